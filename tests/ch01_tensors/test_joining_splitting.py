"""Joining and splitting: torch's own cat, stack, chunk, split and unbind are the oracles."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lessons.ch01_tensors import joining_splitting as lesson
from lessons.ch01_tensors.joining_splitting import (
    cat_by_hand,
    chunk_sizes,
    interleave,
    split_sizes,
    stack_by_hand,
    unstack_by_hand,
)

DTYPES = st.sampled_from([torch.float32, torch.float64, torch.int64, torch.uint8, torch.bool])


def numbered(shape, dtype, start=0):
    """Values that tell every position from every other (as far as the dtype can)."""
    count = torch.Size(shape).numel()
    return (torch.arange(start, start + count) % 251).reshape(shape).to(dtype)


@st.composite
def joinable(draw):
    """Tensors that agree outside one axis, that axis (from either end) and all of one dtype."""
    shape = draw(st.lists(st.integers(0, 4), min_size=1, max_size=4))
    dim = draw(st.integers(-len(shape), len(shape) - 1))
    dtype = draw(DTYPES)
    parts = []
    for number, length in enumerate(draw(st.lists(st.integers(0, 5), min_size=1, max_size=4))):
        shape[dim] = length
        parts.append(numbered(shape, dtype, 17 * number))
    return parts, dim


@settings(max_examples=300)
@given(joinable())
def test_cat_equals_torch(case):
    parts, dim = case
    result = cat_by_hand(parts, dim)
    expected = torch.cat(parts, dim)
    assert result.dtype == expected.dtype
    assert torch.equal(result, expected)


@settings(max_examples=300)
@given(st.lists(st.integers(0, 4), max_size=3), st.integers(1, 4), DTYPES, st.data())
def test_stack_equals_torch(shape, count, dtype, data):
    parts = [numbered(shape, dtype, 31 * i) for i in range(count)]
    dim = data.draw(st.integers(-len(shape) - 1, len(shape)))
    result = stack_by_hand(parts, dim)
    assert torch.equal(result, torch.stack(parts, dim))
    if shape or dim in (0, -1):
        back = unstack_by_hand(result, dim)
        assert len(back) == count and all(map(torch.equal, back, parts))


@settings(max_examples=300)
@given(st.integers(0, 60), st.integers(1, 70))
def test_sizes_equal_torch(n, k):
    rows = torch.zeros(n, 2)
    assert chunk_sizes(n, k) == [len(piece) for piece in rows.chunk(k)]
    assert split_sizes(n, k) == [len(piece) for piece in rows.split(k)]
    assert sum(chunk_sizes(n, k)) == sum(split_sizes(n, k)) == n


def test_chunk_may_give_fewer_pieces_and_tensor_split_never_does():
    week = torch.zeros(7, 3)
    assert chunk_sizes(7, 5) == [2, 2, 2, 1]
    assert [len(p) for p in week.tensor_split(5)] == [2, 2, 1, 1, 1]


def test_the_result_of_joining_shares_no_memory_and_a_piece_does():
    table = numbered((5, 3), torch.float32)
    for joined in (cat_by_hand([table]), stack_by_hand([table])):
        joined.zero_()
        assert table.sum() == sum(range(15))
    table.chunk(2)[1].zero_()
    assert table[3:].sum() == 0 and table[:3].sum() > 0
    unstack_by_hand(table, 1)[0].zero_()
    assert table[:, 0].sum() == 0


def test_without_a_dim_sheets_are_stacked_and_taken_apart_along_the_first_axis():
    sheets = [numbered((4, 3), torch.int64), numbered((4, 3), torch.int64, 100)]
    pile = stack_by_hand(sheets)
    assert torch.equal(pile, torch.stack(sheets))
    assert all(map(torch.equal, unstack_by_hand(pile), pile.unbind()))
    assert len(unstack_by_hand(pile)) == 2


def test_interleave_against_a_loop():
    a, b = numbered((4, 3), torch.int64), numbered((4, 3), torch.int64, 100)
    expected = [[v for pair in zip(x, y, strict=True) for v in pair] for x, y in zip(a, b, strict=True)]
    assert interleave(a, b).tolist() == [[int(v) for v in row] for row in expected]


# Bad input


@pytest.mark.parametrize("join", [cat_by_hand, stack_by_hand])
def test_joining_refuses_what_is_no_list_of_tensors_of_one_type(join):
    with pytest.raises(TypeError, match="expected a non-empty list of tensors, got \\[\\]"):
        join([])
    with pytest.raises(TypeError, match="expected a non-empty list of tensors"):
        join([[1.0], [2.0]])
    with pytest.raises(TypeError, match=r"part 1 is torch\.int64, part 0 is torch\.float32"):
        join([torch.zeros(2), torch.zeros(2, dtype=torch.int64)])


@pytest.mark.parametrize(
    ("join", "dim", "allowed"),
    [
        (cat_by_hand, 2, "from -2 to 1"),
        (cat_by_hand, -3, "from -2 to 1"),
        (stack_by_hand, 3, "from -3 to 2"),
        (stack_by_hand, -4, "from -3 to 2"),
    ],
)
def test_joining_refuses_an_axis_that_there_is_not(join, dim, allowed):
    with pytest.raises(ValueError, match=f"dim must be {allowed}, got {dim}"):
        join([torch.zeros(2, 3)] * 2, dim)


def test_joining_refuses_shapes_that_do_not_fit():
    with pytest.raises(ValueError, match=r"parts 1 and 0 differ outside axis 0: \(4, 2\) and \(4, 3\)"):
        cat_by_hand([torch.zeros(4, 3), torch.zeros(4, 2)], 0)
    with pytest.raises(ValueError, match=r"differ outside axis 0: \(3,\) and \(4, 3\)"):
        cat_by_hand([torch.zeros(4, 3), torch.zeros(3)], 0)
    with pytest.raises(ValueError, match=r"parts 2 and 0 differ: \(3, 3\) and \(4, 3\)"):
        stack_by_hand([torch.zeros(4, 3), torch.zeros(4, 3), torch.zeros(3, 3)])
    with pytest.raises(ValueError, match="dim must be from 0 to -1"):
        cat_by_hand([torch.tensor(1.0)], 0)  # a single number has no axis to join along


@pytest.mark.parametrize(("function", "second"), [(chunk_sizes, "chunks"), (split_sizes, "size")])
@pytest.mark.parametrize(
    ("n", "k", "wrong"),
    [(-1, 2, 0), (7.0, 2, 0), (7, 0, 1), (7, -3, 1), (7, 2.5, 1), (7, True, 1)],
)
def test_sizes_refuse_senseless_counts(function, second, n, k, wrong):
    name, given = [("n", n), (second, k)][wrong]
    with pytest.raises(ValueError, match=f"^{name} must be an integer >= {wrong}, got {given}$"):
        function(n, k)


def test_the_other_solutions_refuse_bad_input():
    with pytest.raises(ValueError, match="there is no such axis to take apart: dim 2 of 2 axes"):
        unstack_by_hand(torch.zeros(2, 3), 2)
    with pytest.raises(ValueError, match="there is no such axis"):
        unstack_by_hand(torch.tensor(1.0))
    with pytest.raises(ValueError, match=r"tables with two axes, got \(3,\)"):
        interleave(torch.zeros(3), torch.zeros(3))
    with pytest.raises(ValueError, match="differ"):
        interleave(torch.zeros(3, 2), torch.zeros(3, 4))


# What the page says


@pytest.fixture(scope="module")
def output(program_output) -> list[str]:
    return program_output(lesson.__file__).splitlines()


def test_the_page_s_shapes_and_means(output):
    assert output[:5] == [
        "weekdays (4, 3)",
        "weekend  (3, 3)",
        "east     (7, 3)",
        "west         (7, 3)",
        "side by side (7, 6)",
    ]
    assert "cat,   dim=0: (14, 3)" in output
    assert "stack, dim=0: (2, 7, 3)" in output
    assert "stack, dim=1: (7, 2, 3)" in output
    assert "daily: (2, 7)  per_shop: (2,)" in output
    west = [101, 91, 105, 93, 121, 159, 155]  # a day's cups, added up by hand
    east = [64, 67, 65, 72, 90, 133, 124]
    assert f"west = {sum(west) / 7:.2f}  east = {sum(east) / 7:.2f}" in output
    assert f"(14, 3) {sum(west + east) / 14:.2f}" in output


def test_the_page_s_pieces(output):
    sizes = {2: [4, 3], 3: [3, 3, 1], 4: [2, 2, 2, 1], 5: [2, 2, 2, 1]}  # counted by hand
    for k, expected in sizes.items():
        assert f"chunk({k}): {expected}  torch: {expected}" in output
    assert "tensor_split(5): [2, 2, 1, 1, 1]" in output


def test_the_page_s_mistakes(output):
    naive = (297 / 3 + 373 / 3 + 155) / 3
    assert f"mean of means = {naive:.2f}  weighted = {825 / 7:.2f}" in output
    assert f"mean of all   = {825 / 7:.2f}" in output
    assert any(line.startswith("stack expects each tensor to be equal size") for line in output)
    copied = 365 * 366 // 2  # 1 + 2 + ... + 365
    assert f"in the loop: {copied} rows   once: 365 rows" in output
    assert f"{copied / 365:.0f} times" in output
    assert "at first:              week = 52" in output
    assert "after the piece is 0:  week = 0" in output
    assert "after joined is 99:    week = 0" in output
    assert output.count("True") == 2
    assert "2 True True" in output
