import math
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_sample_image

from lessons.ch01_tensors.creation import (
    brighten,
    check_float,
    check_normal,
    check_photo,
    check_shape,
    check_tensor,
    check_ticks,
    describe,
    last_count,
    make_grid,
    seeded_normal,
    shrink,
    video_bytes,
)

LESSON = Path(__file__).parents[2] / "lessons/ch01_tensors/creation.py"
NAN, INF = float("nan"), float("inf")
DTYPES = [torch.uint8, torch.int16, torch.int64, torch.float16, torch.float32, torch.float64, torch.bool]
SHAPES = st.lists(st.integers(0, 5), max_size=4).map(tuple)


@pytest.fixture(scope="module")
def lines(program_output):
    return program_output(LESSON).splitlines()


@pytest.fixture(scope="module")
def photo():
    return torch.tensor(load_sample_image("china.jpg"))


# Shape, dtype, memory


@given(shape=SHAPES, dtype=st.sampled_from(DTYPES))
@settings(max_examples=60)
def test_describe_agrees_with_torch_and_numpy(shape, dtype):
    t = torch.zeros(shape, dtype=dtype)
    array = t.numpy()
    assert describe(t) == f"{array.shape} {array.dtype} n={array.size} bytes={array.nbytes}"
    assert describe(t).endswith(f"n={t.numel()} bytes={t.nbytes}")


def test_describe_as_its_docstring_shows():
    assert describe(torch.zeros(2, 3)) == "(2, 3) float32 n=6 bytes=24"
    assert describe(torch.tensor(21.5)) == "() float32 n=1 bytes=4"  # a scalar is one number
    assert describe(torch.zeros(4, 6)[:, ::2].T) == "(3, 4) float32 n=12 bytes=48"  # its own numbers only


# The grid


@given(
    width=st.integers(1, 7),
    height=st.integers(1, 7),
    dtype=st.sampled_from([torch.float32, torch.float64, torch.int64]),
    seed=st.integers(0, 2**16),
)
@settings(max_examples=60)
def test_make_grid_agrees_with_meshgrid(width, height, dtype, seed):
    rng = np.random.default_rng(seed)
    xs, ys = (torch.tensor(rng.normal(0, 100, n)).to(dtype) for n in (width, height))
    grid = make_grid(xs, ys)
    assert grid.shape == (height, width, 2) and grid.dtype == dtype
    x, y = np.meshgrid(xs.numpy(), ys.numpy())
    np.testing.assert_array_equal(grid.numpy(), np.stack([x, y], axis=-1))
    expected = torch.stack(torch.meshgrid(xs, ys, indexing="xy"), dim=-1)
    assert torch.equal(grid, expected)


def test_the_column_is_x_and_the_row_is_y():
    grid = make_grid(torch.tensor([10, 20, 30]), torch.tensor([1, 2]))
    assert grid.tolist() == [[[10, 1], [20, 1], [30, 1]], [[10, 2], [20, 2], [30, 2]]]


# Random numbers


@given(shape=st.lists(st.integers(1, 5), max_size=4).map(tuple), seed=st.integers(0, 2**31))
@settings(max_examples=40)
def test_seeded_normal_is_mean_plus_std_times_the_standard_draw(shape, seed):
    z = torch.randn(shape, generator=torch.Generator().manual_seed(seed))
    got = seeded_normal(shape, mean=-7.0, std=2.5, seed=seed)
    assert got.shape == shape and got.dtype == torch.float32
    torch.testing.assert_close(got, torch.from_numpy(np.asarray(-7 + 2.5 * z.numpy(), dtype=np.float32)))
    torch.testing.assert_close(seeded_normal(shape, seed=seed), z)  # the defaults


@pytest.mark.parametrize(("mean", "std"), [(21.5, 0.3), (-4.0, 11.0)])
def test_seeded_normal_has_the_stated_distribution(mean, std):
    n = 200_000
    x = seeded_normal((n // 2, 2), mean, std, seed=5).double()
    assert abs(x.mean().item() - mean) < 5 * std / n**0.5  # five standard errors
    assert abs(x.std().item() / std - 1) < 5 / (2 * n) ** 0.5
    for k in (0.5, 1, 2):  # the share within k standard deviations
        share = ((x - mean).abs() < k * std).double().mean().item()
        assert share == pytest.approx(math.erf(k / 2**0.5), abs=0.006)


def test_a_seed_fixes_the_numbers_and_nothing_else():
    before = torch.get_rng_state()
    first = seeded_normal((4, 3), 1.0, 2.0, seed=9)
    assert torch.equal(torch.get_rng_state(), before)  # the global generator is left alone
    torch.rand(5)
    assert torch.equal(seeded_normal((4, 3), 1.0, 2.0, seed=9), first)
    assert not torch.equal(seeded_normal((4, 3), 1.0, 2.0, seed=10), first)
    assert torch.equal(seeded_normal([4, 3], 1.0, 0.0), torch.ones(4, 3))  # no spread; a list will do
    assert seeded_normal(()).shape == ()
    assert torch.equal(seeded_normal((4, 3)), torch.randn(4, 3, generator=torch.Generator().manual_seed(0)))


# What the page says of PyTorch


def test_layers_want_the_channels_first_and_imshow_wants_them_last():
    hwc = torch.rand(20, 30, 3, generator=torch.Generator().manual_seed(0))
    conv2d = torch.nn.Conv2d(in_channels=3, out_channels=1, kernel_size=1)
    with pytest.raises(RuntimeError, match="to have 3 channels, but got 20 channels instead"):
        conv2d(hwc)
    chw = hwc.permute(2, 0, 1)
    assert conv2d(chw).shape == (1, 20, 30)
    pixel = conv2d.weight.flatten() @ hwc[7, 11] + conv2d.bias  # one number from the three of each pixel
    torch.testing.assert_close(conv2d(chw)[0, 7, 11], pixel[0])
    with pytest.raises(RuntimeError):  # and no layer takes integers
        conv2d(chw.byte())
    fig, ax = plt.subplots()
    with pytest.raises(TypeError, match=r"Invalid shape \(3, 20, 30\) for image data"):
        ax.imshow(hwc.permute(2, 0, 1).numpy())
    assert ax.imshow(hwc.numpy()).get_array().shape == (20, 30, 3)
    plt.close(fig)


@pytest.mark.parametrize(
    ("dtype", "exponent", "fraction"),
    [(torch.float16, 5, 10), (torch.float32, 8, 23), (torch.float64, 11, 52)],
)
def test_the_bits_of_the_figure(dtype, exponent, fraction):
    info = torch.finfo(dtype)
    assert info.eps == 2.0**-fraction
    assert info.bits == 1 + exponent + fraction
    assert math.frexp(info.max)[1] == 2 ** (exponent - 1)


def test_no_float_stores_21_3_exactly():
    for dtype, low, high in [
        (torch.float16, 3e-3, 4e-3),
        (torch.float32, 7e-7, 1e-6),  # less than a millionth
        (torch.float64, 0, 1e-15),
    ]:
        exact = torch.tensor(21.3, dtype=dtype).item().as_integer_ratio()
        off = abs(exact[0] * 10 - 213 * exact[1]) / (10 * exact[1])  # in whole numbers, so without rounding
        assert low < off < high
    mantissa, exponent = math.frexp(21.3)
    assert (2 * mantissa, exponent - 1) == (21.3 / 2**4, 4)  # 1.33125 times 2^4


def test_the_types_of_what_is_created():
    assert torch.tensor([21, 22]).dtype == torch.arange(0, 24, 6).dtype == torch.int64
    assert torch.tensor([21, 22.5]).dtype == torch.zeros(2).dtype == torch.linspace(0, 24, 5).dtype
    assert torch.zeros(2).dtype == torch.float32
    assert torch.zeros_like(torch.tensor([21, 22])).dtype == torch.int64
    assert torch.zeros_like(torch.tensor([1, 2], dtype=torch.uint8)).dtype == torch.uint8
    slipped_in = torch.arange(1, 1.3, 0.1)
    assert slipped_in.tolist() == pytest.approx([1, 1.1, 1.2, 1.3])
    assert len(slipped_in) == math.ceil((1.3 - 1) / 0.1) == 4  # a hair more than 3 steps


# The mistakes


def test_a_capital_t_makes_a_length():
    for n in (3, 5):
        assert torch.Tensor(n).shape == (n,)
        assert torch.Tensor(n).dtype == torch.float32
        assert torch.tensor(n).shape == () and torch.tensor(n).item() == n


def test_integers_cannot_require_gradients():
    for dtype in (torch.int64, torch.int32, torch.uint8, torch.bool):
        with pytest.raises(RuntimeError, match="Only Tensors of floating point and complex dtype"):
            torch.tensor(3, dtype=dtype, requires_grad=True)
    for w in (
        torch.tensor(3.0, requires_grad=True),
        torch.tensor(3, dtype=torch.float32, requires_grad=True),
    ):
        (5 * w).backward()
        assert w.grad.item() == 5


@given(value=st.integers(0, 255), amount=st.integers(0, 255))
@settings(max_examples=100)
def test_uint8_starts_again_at_zero(value, amount):
    assert (torch.tensor(value, dtype=torch.uint8) + amount).item() == (value + amount) % 256


def test_half_the_photo_gets_darker(photo, lines):
    array = photo.numpy().astype(int)
    share = np.mean(array > 155)
    assert ((photo + 100) < photo).float().mean().item() == pytest.approx(share)
    assert 0.45 < share < 0.55
    assert f"{share:.1%}" in lines
    sky = array[:100, 400:]  # the upper right corner
    assert np.mean(sky > 155) > 0.99  # worst in the sky


@given(height=st.integers(1, 9), width=st.integers(1, 9), k=st.integers(1, 4), seed=st.integers(0, 99))
@settings(max_examples=30)
def test_shrink_takes_means_of_squares(height, width, k, seed):
    rng = np.random.default_rng(seed)
    rows, columns = height * k + rng.integers(k), width * k + rng.integers(k)  # the rest is cut off
    array = rng.integers(0, 256, (rows, columns, 3)).astype(np.uint8)
    small = shrink(torch.tensor(array), k)
    assert small.shape == (height, width, 3) and small.dtype == torch.uint8
    i, j = height - 1, width - 1
    mean = array[i * k : i * k + k, j * k : j * k + k].mean(axis=(0, 1))
    assert (small.numpy()[i, j] % 5 == 0).all()
    assert (np.abs(mean - small.numpy()[i, j] - 2.5) <= 2.5 + 1e-4).all()


def test_shrink_takes_squares_of_six_unless_told_otherwise(photo):
    assert photo.shape == (427, 640, 3) and shrink(photo).shape == (71, 106, 3)


# The exercises


@pytest.mark.parametrize("dtype", [torch.uint8, torch.float16, torch.float32])
def test_video_bytes_counts_what_a_tensor_holds(dtype):
    video = torch.zeros(2 * 5, 7, 11, 3, dtype=dtype)
    assert video_bytes(2, 5, 7, 11, dtype) == video.nbytes
    assert video_bytes(60, 30, 1080, 1920) == 4 * video_bytes(60, 30, 1080, 1920, torch.uint8)


@given(
    values=st.lists(st.integers(0, 255), min_size=1, max_size=12),
    amount=st.integers(-300, 300),
)
@settings(max_examples=80)
def test_brighten_stays_in_range(values, amount):
    photo = torch.tensor(values, dtype=torch.uint8)
    got = brighten(photo, amount)
    assert got.dtype == torch.uint8
    assert got.tolist() == [min(max(v + amount, 0), 255) for v in values]
    assert photo.tolist() == values  # a new photo, the old one unchanged


def test_brighten_keeps_the_shape(photo):
    assert brighten(photo, 100).shape == photo.shape
    assert (brighten(photo, 100) >= photo).all()


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_counting_stops_where_the_fraction_ends(dtype):
    stop = last_count(dtype)
    assert type(stop) is int
    assert stop == 2 / torch.finfo(dtype).eps
    assert torch.tensor(stop, dtype=dtype) + 1 == stop
    assert torch.tensor(stop - 1, dtype=dtype) + 1 == stop  # the step before still counts


def test_a_float16_counter_gets_stuck():
    count = torch.zeros((), dtype=torch.float16)
    for _ in range(2060):
        count = count + 1
    assert count.item() == last_count(torch.float16) == 2048


# Bad input

X = torch.arange(3.0)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: check_tensor([1, 2]), TypeError, "expected a tensor, got list"),
        (lambda: describe(3.0), TypeError, "expected a tensor, got float"),
        (lambda: describe(np.zeros(3)), TypeError, "expected a tensor, got ndarray"),
        (lambda: make_grid([1.0], X), TypeError, "expected a tensor, got list"),
        (lambda: make_grid(X, [1.0]), TypeError, "expected a tensor, got list"),
        (
            lambda: make_grid(X.reshape(1, 3), X),
            ValueError,
            r"xs must have shape \(n,\) with n >= 1, got \(1, 3\)",
        ),
        (lambda: make_grid(X, X[0]), ValueError, r"ys must have shape .* got \(\)"),
        (lambda: make_grid(X, X[:0]), ValueError, r"ys must have shape .* got \(0,\)"),
        (
            lambda: check_ticks(X, X.double()),
            TypeError,
            r"differ in dtype: torch\.float32 and torch\.float64",
        ),
        (lambda: make_grid(X, X.long()), TypeError, "xs and ys differ in dtype"),
        (lambda: check_shape(3), TypeError, r"shape must be a tuple like \(2, 3\), got 3"),
        (lambda: seeded_normal(5), TypeError, "shape must be a tuple"),
        (lambda: seeded_normal((2, 0)), ValueError, r"lengths must be positive integers, got \(2, 0\)"),
        (lambda: seeded_normal((-1,)), ValueError, "lengths must be positive integers"),
        (lambda: seeded_normal((2.0,)), ValueError, r"lengths must be .* got \(2.0,\)"),
        (lambda: check_normal(INF, 1), ValueError, "mean must be finite, got inf"),
        (lambda: seeded_normal((2,), mean=NAN), ValueError, "mean must be finite, got nan"),
        (lambda: seeded_normal((2,), std=-0.1), ValueError, "std must be finite and not negative, got -0.1"),
        (lambda: seeded_normal((2,), std=NAN), ValueError, "std must be .* got nan"),
        (lambda: seeded_normal((2,), std=INF), ValueError, "std must be .* got inf"),
        (lambda: check_photo([1]), TypeError, "expected a tensor, got list"),
        (lambda: brighten(X, 1), TypeError, r"photo must be uint8, got torch\.float32"),
        (lambda: video_bytes(0, 30, 2, 2), ValueError, r"positive integers, got \(0, 30, 2, 2\)"),
        (lambda: video_bytes(1, 2.5, 2, 2), ValueError, "positive integers"),
        (lambda: video_bytes(1, 2, -2, 2), ValueError, "positive integers"),
        (lambda: check_float(torch.int64), TypeError, r"expected a floating-point dtype, got torch\.int64"),
        (lambda: last_count(float), TypeError, "expected a floating-point dtype, got <class 'float'>"),
        (lambda: last_count(torch.uint8), TypeError, r"got torch\.uint8"),
    ],
)
def test_bad_input(call, error, message):
    with pytest.raises(error, match=message):
        call()


# The file itself


def test_the_page_says_what_the_run_shows(lines, photo):
    assert photo.shape == (427, 640, 3) and photo.dtype == torch.uint8
    n = 427 * 640 * 3
    assert f"(427, 640, 3) uint8 n={n} bytes={n}" in lines
    assert f"(48, 427, 640, 3) uint8 n={48 * n} bytes={48 * n}" in lines
    assert f"{n} {n}" in lines and "21 84" in lines  # torch's count agrees
    where = lines.index("(3, 427, 640) -> (1, 427, 640)") + 1
    assert " ".join(lines[where : where + 3]).endswith("to have 3 channels, but got 427 channels instead")
    assert "torch.Size([]) torch.Size([3]) torch.Size([7, 3])" in lines and "2 21.5" in lines
    assert "tensor([1.0000, 1.1000, 1.2000, 1.3000])" in lines
    assert "tensor([0, 0, 0], dtype=torch.uint8)" in lines
    assert "torch.float16 2 21.296875" in lines and "torch.float64 8 21.300000000000001" in lines
    assert str(photo[90, 100]) in lines
    red, green, blue = photo[90, 100].tolist()
    assert red < green < blue  # the sky is bluish
    assert (
        photo[330, 250].argmax() == 0 and photo[390, 100].argmin() == 2
    )  # red wall, leaves with little blue
    assert "tensor([200, 255,   0,  44], dtype=torch.uint8)" in lines
    assert "tensor([200, 255, 255, 255], dtype=torch.uint8)" in lines
    assert "tensor([ 0, 35, 36, 80], dtype=torch.uint8)" in lines
    assert "torch.float32 44.8 GB" in lines and "torch.uint8 11.2 GB" in lines
    assert "torch.float16 2048" in lines and "torch.float32 16777216" in lines
    assert "(3,) float32 n=3 bytes=12" in lines and "() int64 n=1 bytes=8" in lines


def test_the_checks_of_the_page_hold(lines):
    assert lines.count("True True") == 1  # meshgrid
    assert lines.count("True False") == 1  # same seed, other seed


def test_the_stove_is_the_warmest_place(lines):
    first = lines.index("(4, 5, 2) float32 n=40 bytes=160 tensor([1., 2.])") + 1
    heat = np.array([[float(t) for t in line.split()] for line in lines[first : first + 4]])
    y, x = np.mgrid[0:4, 0:5]
    np.testing.assert_allclose(heat, 18 + 6 / (1 + (x - 1) ** 2 + (y - 2) ** 2), atol=0.051)
    assert np.unravel_index(heat.argmax(), heat.shape) == (2, 1) and heat.max() == 24


def test_the_readings_of_the_page(lines):
    row = next(line for line in lines if line.startswith("mean = "))
    mean, std = float(row.split()[2]), float(row.split()[5])
    assert abs(mean - 21.5) < 3 * 0.3 / 1000**0.5
    assert abs(std / 0.3 - 1) < 3 / 2000**0.5
    share = float(lines[lines.index(row) + 1].split()[2].rstrip("%"))
    assert share == pytest.approx(68.3, abs=3 * 1.5)  # three standard errors of 1000 readings


def test_what_is_printed_fits_a_phone(lines):
    assert max(map(len, lines)) <= 60
