import math
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lessons.ch01_tensors.shapes import (
    check_counts,
    check_image,
    flat_index,
    grey_layer,
    hwc_to_chw,
    index_at,
    is_row_major,
    make_photo,
    same_memory,
    strides_of,
    video_to_cthw,
)

LESSON = Path(__file__).parents[2] / "lessons/ch01_tensors/shapes.py"
SHAPES = st.lists(st.integers(0, 5), max_size=5).map(tuple)
FILLED = st.lists(st.integers(1, 5), min_size=1, max_size=4).map(tuple)


@pytest.fixture(scope="module")
def lines(program_output):
    return program_output(LESSON).splitlines()


@pytest.fixture
def photo():
    return make_photo()


def numbered(*shape):
    """Every number is its own position in memory."""
    return torch.arange(math.prod(shape)).reshape(shape)


def whole_strip(t):
    """All numbers of the memory behind ``t``, whatever its shape and strides."""
    return torch.empty(0, dtype=t.dtype).set_(t.untyped_storage())


@st.composite
def layouts(draw):
    """A tensor of numbers 0, 1, 2, …, its axes reordered, sliced and perhaps stretched: any strides."""
    t = numbered(*draw(FILLED))
    t = t.permute(*draw(st.permutations(range(t.ndim))))
    steps = [draw(st.integers(1, 3)) for _ in range(t.ndim)]
    t = t[tuple(slice(None, None, step) for step in steps)]
    if draw(st.booleans()):
        t = t.unsqueeze(draw(st.integers(0, t.ndim)))
    if draw(st.booleans()):
        t = t.expand(3, *t.shape)
    return t


# Strides and positions


@given(SHAPES)
@settings(max_examples=200)
def test_strides_of_agrees_with_torch(shape):
    assert strides_of(shape) == torch.empty(shape).stride()
    assert strides_of(list(shape)) == strides_of(torch.Size(shape)) == strides_of(shape)


@given(FILLED)
@settings(max_examples=100)
def test_strides_of_agrees_with_numpy_which_counts_bytes(shape):
    assert tuple(8 * s for s in strides_of(shape)) == np.empty(shape, dtype=np.float64).strides


@pytest.mark.parametrize(
    ("shape", "strides"),
    [((), ()), ((7,), (1,)), ((0,), (1,)), ((2, 0, 3), (3, 3, 1)), ((3, 1, 2), (2, 2, 1))],
)
def test_strides_at_the_edges(shape, strides):
    assert strides_of(shape) == torch.empty(shape).stride() == strides


@given(layouts())
@settings(max_examples=150)
def test_flat_index_finds_every_number_under_any_strides(t):
    strip = whole_strip(t)
    for index in np.ndindex(*t.shape):
        assert strip[flat_index(index, t.stride())] == t[index]


@given(FILLED, st.data())
@settings(max_examples=100)
def test_flat_index_agrees_with_numpy(shape, data):
    index = tuple(data.draw(st.integers(0, n - 1)) for n in shape)
    assert flat_index(index, strides_of(shape)) == np.ravel_multi_index(index, shape)


def test_a_single_number_stands_at_position_0():
    assert flat_index((), ()) == 0
    assert flat_index([2, 3], (10, 1)) == 23


@given(layouts())
@settings(max_examples=50)
def test_same_memory_means_that_writing_shows(t):
    base = numbered(4, 3)
    for other, shared in ((base.T, True), (base[1:], True), (base.clone(), False), (t, False)):
        assert same_memory(base, other) is same_memory(other, base) is shared
    flat = base.reshape(-1)
    flat[5] = -7
    assert base[1, 2] == -7


# The photo


def test_the_photo_is_as_the_page_describes(photo):
    assert photo.shape == (4, 6, 3) and photo.dtype == torch.float32
    assert photo.min() >= 0 and photo.max() <= 1
    sky, sun, house, grass = photo[0, 0], photo[0, 4], photo[2, 1], photo[3, 0]
    torch.testing.assert_close(sun, torch.tensor([1.0, 0.8, 0.2]))
    assert sky.argmax() == 2 and house.argmax() == 0 and grass.argmax() == 1
    assert (photo == sky).all(dim=-1).sum() == 16
    assert (photo[3] == grass).all() and not torch.equal(photo, photo.flip(1))


@given(
    st.lists(st.integers(1, 4), max_size=2), st.integers(1, 5), st.integers(1, 5), st.sampled_from([1, 3, 4])
)
@settings(max_examples=100)
def test_hwc_to_chw_agrees_with_numpy(batch, h, w, c):
    image = numbered(*batch, h, w, c)
    got = hwc_to_chw(image)
    np.testing.assert_array_equal(got.numpy(), np.moveaxis(image.numpy(), -1, -3), strict=True)
    assert got.dtype == image.dtype and same_memory(got, image)  # a view


def test_hwc_to_chw_on_one_image_and_on_a_batch(photo):
    np.testing.assert_array_equal(hwc_to_chw(photo).numpy(), np.transpose(photo.numpy(), (2, 0, 1)))
    assert torch.equal(hwc_to_chw(photo), photo.permute(2, 0, 1))
    assert hwc_to_chw(photo).stride() == (1, 18, 3)
    batch = torch.stack([photo, photo.flip(1)])
    assert torch.equal(hwc_to_chw(batch)[1], hwc_to_chw(photo.flip(1)))
    assert hwc_to_chw(torch.zeros(0, 4, 6, 3, dtype=torch.uint8)).shape == (0, 3, 4, 6)


def test_the_layer_averages_the_colours(photo):
    rng = torch.Generator().manual_seed(0)
    for image in (photo, torch.rand(5, 7, 3, generator=rng)):
        expected = image.double().numpy().mean(axis=-1)
        grey = grey_layer(hwc_to_chw(image))
        assert grey.shape == (1, *image.shape[:2])
        np.testing.assert_allclose(grey[0].numpy(), expected, atol=1e-6)
    torch.testing.assert_close(grey_layer(hwc_to_chw(photo)[None])[0], grey_layer(hwc_to_chw(photo)))


def test_matplotlib_wants_the_colours_last(photo):
    fig, ax = plt.subplots()
    try:
        ax.imshow(photo.numpy())
        with pytest.raises(TypeError, match="Invalid shape"):
            ax.imshow(hwc_to_chw(photo).numpy())
    finally:
        plt.close(fig)


def test_the_layer_refuses_hwc_unless_there_are_three_rows(photo):
    with pytest.raises(RuntimeError, match=r"input\[1, 4, 6, 3\] to have 3 channels, but got 4"):
        grey_layer(photo)
    assert grey_layer(photo[:3]).shape == (1, 6, 3)  # silent, and wrong


def test_the_layers_for_video_want_the_channels_first():
    video = torch.zeros(5, 4, 6, 3)
    weight = torch.zeros(1, 3, 1, 1, 1)
    for wrong in (video, hwc_to_chw(video)):
        with pytest.raises(RuntimeError, match="to have 3 channels, but got 5"):
            torch.nn.functional.conv3d(wrong, weight)
    assert torch.nn.functional.conv3d(video_to_cthw(video), weight).shape == (1, 5, 4, 6)
    assert torch.nn.functional.conv2d(hwc_to_chw(video), weight[..., 0]).shape == (5, 1, 4, 6)


# The mistakes


def test_reshape_mixes_the_colours_and_passes_the_weak_checks(photo):
    wrong, right = photo.reshape(3, 4, 6), hwc_to_chw(photo)
    assert torch.equal(wrong[0, 0], photo[0, :2].flatten())  # two pixels pass for a row of red
    assert torch.equal(right[0, 0], photo[0, :, 0])
    assert wrong.shape == right.shape
    torch.testing.assert_close(wrong.sum(), right.sum())
    assert torch.equal(wrong.reshape(4, 6, 3), photo)
    assert not torch.equal(wrong[:, 0, 4], photo[0, 4]) and torch.equal(right[:, 0, 4], photo[0, 4])
    average = photo.mean(dim=-1)
    assert (grey_layer(wrong)[0] - average).abs().max() > 0.1
    torch.testing.assert_close(grey_layer(right)[0], average)


def test_reshape_keeps_the_strip_and_the_transpose_its_strides():
    tiny = numbered(2, 3)
    assert tiny.T.tolist() == [[0, 3], [1, 4], [2, 5]] and tiny.T.stride() == (1, 3)
    other = tiny.reshape(3, 2)
    assert other.tolist() == [[0, 1], [2, 3], [4, 5]] and other.stride() == (2, 1)
    assert same_memory(tiny.T, tiny) and same_memory(other, tiny)


def test_view_merges_axes_only_where_one_stride_will_do(photo):
    right = hwc_to_chw(photo)
    assert not right.is_contiguous()
    merged = right.view(3, 24)  # not contiguous, and yet
    assert merged.stride() == (1, 3) and same_memory(merged, photo)
    last_red = flat_index((0, 3, 5), right.stride())
    assert (last_red, flat_index((1, 0, 0), right.stride())) == (69, 1)  # not 3 cells on
    for shape in ((72,), (12, 6), (2, 36)):
        with pytest.raises(RuntimeError, match="view size is not compatible"):
            right.view(shape)
    assert right.contiguous().view(72).tolist() == [
        photo[i, j, k] for k in range(3) for i in range(4) for j in range(6)
    ]


def test_reshape_copies_in_silence_when_it_must(photo):
    right = hwc_to_chw(photo)
    right.reshape(72)[4] = 0.0
    assert right[0, 0, 4] == photo[0, 4, 0] == 1.0  # the copy took it
    right[0, 0, 4] = 0.0
    assert photo[0, 4, 0] == 0.0  # written through the view
    photo.reshape(72)[12] = 0.5
    assert right[0, 0, 4] == photo[0, 4, 0] == 0.5


def test_who_shares_memory(photo):
    right = hwc_to_chw(photo)
    views = (
        photo.view(24, 3),
        photo.reshape(24, -1),
        photo.flatten(),
        photo.unsqueeze(0),
        photo.squeeze(0),
        photo.unsqueeze(0).squeeze(0),
        photo.contiguous(),  # nothing to do
        right,
        right.transpose(0, 1),
    )
    assert all(same_memory(photo, view) for view in views)
    copies = (right.flatten(), right.contiguous(), right.reshape(-1), photo.clone())
    assert not any(same_memory(photo, copy) for copy in copies)
    assert right.contiguous().stride() == strides_of(right.shape) == (24, 6, 1)


@pytest.mark.parametrize("n", [1, 2, 5])
def test_squeeze_takes_the_batch_axis_of_a_single_image(photo, n):
    grey = grey_layer(torch.stack([hwc_to_chw(photo)] * n))
    assert grey.squeeze(1).shape == (n, 4, 6)
    assert grey.squeeze().shape == ((4, 6) if n == 1 else (n, 4, 6))
    assert len(grey.squeeze()) == (4 if n == 1 else n)


def test_the_table_of_ways_to_change_a_shape(photo):
    right = hwc_to_chw(photo)
    assert right.flatten(1).shape == (3, 24)
    assert right.unsqueeze(0).flatten(1).shape == (1, 72)
    assert torch.equal(photo.reshape(24, -1), photo.view(24, 3))
    assert photo.squeeze(0).shape == photo.shape  # an axis that is not of length 1 stays


# The exercises


@given(FILLED, st.data())
@settings(max_examples=150)
def test_index_at_agrees_with_numpy(shape, data):
    position = data.draw(st.integers(0, math.prod(shape) - 1))
    index = index_at(position, shape)
    assert index == tuple(int(i) for i in np.unravel_index(position, shape))
    assert flat_index(index, strides_of(shape)) == position


@given(layouts())
@settings(max_examples=300)
def test_is_row_major_agrees_with_torch(t):
    assert is_row_major(t) is t.is_contiguous()


def test_is_row_major_at_the_edges():
    tiny = numbered(2, 3)
    for t, expected in (
        (tiny, True),
        (tiny.T, False),
        (tiny[:1].T, True),  # an axis of length 1: its stride does not matter
        (tiny[:, ::2], False),
        (tiny[:, 1:], False),
        (tiny[1:], True),
        (torch.tensor(4), True),
        (torch.empty(3, 0, 2).permute(2, 1, 0), True),
        (torch.tensor([1]).expand(3), False),
    ):
        assert is_row_major(t) is t.is_contiguous() is expected


@given(st.integers(1, 4), st.integers(1, 4), st.integers(1, 4), st.sampled_from([1, 3, 4]))
@settings(max_examples=50)
def test_video_to_cthw_agrees_with_numpy(t, h, w, c):
    video = numbered(t, h, w, c)
    got = video_to_cthw(video)
    np.testing.assert_array_equal(got.numpy(), np.transpose(video.numpy(), (3, 0, 1, 2)), strict=True)
    assert same_memory(got, video)
    assert torch.equal(got[:, t - 1], hwc_to_chw(video[t - 1]))


# Bad input

IMAGE = torch.zeros(4, 6, 3)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: check_counts("shape", "23"), TypeError, "shape must be a tuple or list of int, got '23'"),
        (lambda: check_counts("shape", (2, True)), TypeError, r"list of int, got \(2, True\)"),
        (lambda: check_image(IMAGE, axes=4), ValueError, r"at least 4 axes .* got shape \(4, 6, 3\)"),
        (lambda: strides_of(3), TypeError, "shape must be a tuple or list of int, got 3"),
        (lambda: strides_of((2, 3.0)), TypeError, r"list of int, got \(2, 3\.0\)"),
        (lambda: strides_of((2, -1)), ValueError, r"shape must not be negative, got \(2, -1\)"),
        (lambda: flat_index(1, (1,)), TypeError, "index must be a tuple or list of int, got 1"),
        (lambda: flat_index((1.5,), (1,)), TypeError, r"index must be .* got \(1\.5,\)"),
        (lambda: flat_index((1,), ("1",)), TypeError, r"strides must be .* got \('1',\)"),
        (lambda: flat_index((-1, 0), (3, 1)), ValueError, r"index must not be negative, got \(-1, 0\)"),
        (lambda: flat_index((1, 0), (-3, 1)), ValueError, r"strides must not be negative, got \(-3, 1\)"),
        (lambda: flat_index((1, 2), (6, 2, 1)), ValueError, "index and strides differ in length: 2 and 3"),
        (lambda: hwc_to_chw(IMAGE.numpy()), TypeError, "expected a tensor, got <class 'numpy.ndarray'>"),
        (lambda: hwc_to_chw(IMAGE[0]), ValueError, r"at least 3 axes .* got shape \(6, 3\)"),
        (lambda: hwc_to_chw(hwc_to_chw(IMAGE)), ValueError, r"3 or 4 colours last, got shape \(3, 4, 6\)"),
        (lambda: hwc_to_chw(IMAGE[..., :2]), ValueError, r"got shape \(4, 6, 2\)"),
        (lambda: video_to_cthw(IMAGE), ValueError, r"at least 4 axes .* got shape \(4, 6, 3\)"),
        (
            lambda: video_to_cthw(IMAGE[None, None]),
            ValueError,
            r"expected 4 axes, got shape \(1, 1, 4, 6, 3\)",
        ),
        (lambda: video_to_cthw([IMAGE]), TypeError, "expected a tensor, got <class 'list'>"),
        (lambda: same_memory(IMAGE, [1]), TypeError, "expected two tensors, got .*Tensor.* and .*list"),
        (lambda: same_memory([1], IMAGE), TypeError, "expected two tensors"),
        (lambda: same_memory(IMAGE, IMAGE[:0]), ValueError, "an empty tensor has no memory to share"),
        (lambda: same_memory(IMAGE[:0], IMAGE), ValueError, "an empty tensor"),
        (lambda: index_at(72, (4, 6, 3)), ValueError, r"no position 72 in shape \(4, 6, 3\)"),
        (lambda: index_at(0, (2, 0)), ValueError, "no position 0"),
        (lambda: index_at(-1, (4,)), ValueError, r"position must not be negative, got \(-1,\)"),
        (lambda: index_at(1.0, (4,)), TypeError, "position must be .* got"),
        (lambda: index_at(1, 4), TypeError, "shape must be .* got 4"),
        (lambda: grey_layer(IMAGE.numpy()), TypeError, "expected a float32 tensor, got float32"),
        (lambda: grey_layer(torch.zeros(3, 4, 6).int()), TypeError, r"float32 tensor, got torch\.int32"),
        (lambda: grey_layer([IMAGE]), TypeError, "float32 tensor, got <class 'list'>"),
        (lambda: is_row_major([1, 2]), TypeError, "expected a tensor, got <class 'list'>"),
    ],
)
def test_bad_input(call, error, message):
    with pytest.raises(error, match=message):
        call()


# The file itself


def test_the_run_shows_positions_and_strides(lines):
    assert "shape = (4, 6, 3)  numbers = 72" in lines and "sun = tensor([1.0, 0.8, 0.2])" in lines
    refused = lines.index("Given groups=1, weight of size [1, 3, 1, 1],")
    assert lines[refused + 1 : refused + 4] == [
        "expected input[1, 4, 6, 3] to have 3 channels,",
        "but got 4 channels instead",
        "(1, 6, 3)",  # three rows pass for channels
    ]
    assert "strides = (18, 3, 1)  position = 12" in lines and "strip[12] = 1.0" in lines
    assert "72 of 72" in lines
    assert sum(line.endswith(" True") and line.startswith("(") for line in lines) == 6  # 4 shapes, 2 layouts
    assert "reshape (3, 4, 6) (24, 6, 1)" in lines and "permute (3, 4, 6) (1, 18, 3)" in lines
    red = lines.index("permute (3, 4, 6) (1, 18, 3)") + 1
    assert lines[red] == "tensor([0.4, 0.4, 0.4, 0.4, 1.0, 0.4])"
    assert lines[red - 2] == "tensor([0.4, 0.7, 1.0, 0.4, 0.7, 1.0])"  # two pixels of sky
    assert "T       (1, 3)  True" in lines and "reshape (2, 1)  True" in lines
    assert "permute: True" in lines and "reshape: False" in lines


def test_the_run_says_who_shares(lines):
    table = [line for line in lines if line.startswith(("photo.", "right."))]
    assert [line.split()[-1] for line in table] == ["True"] * 6 + ["False"] * 2


def test_the_run_shows_the_mistakes(lines):
    first = lines.index("shape: True")
    assert lines[first : first + 4] == ["shape: True", "sum: True", "round trip: True", "sun: False"]
    assert "view(3, 24): (3, 24)" in lines and "sun, red: 1.0" in lines
    assert any(line.startswith("view size is not compatible") for line in lines)
    assert "N = 2  squeeze() (2, 4, 6)  squeeze(1) (2, 4, 6)" in lines
    assert "N = 1  squeeze() (4, 6)  squeeze(1) (1, 4, 6)" in lines


def test_the_run_shows_the_solutions(lines):
    assert "index = (2, 1, 0)  0.8 0.8" in lines
    answers = [
        line.split()[-2:] for line in lines if line.endswith(("True", "False")) and line.startswith("(")
    ]
    assert answers[-4:] == [["True"] * 2, ["False"] * 2, ["False"] * 2, ["True"] * 2]
    assert "video   (3, 5, 4, 6) (1, 72, 18, 3)" in lines
    assert "images  (5, 3, 4, 6) (72, 1, 18, 3)" in lines
    assert max(map(len, lines)) <= 60
