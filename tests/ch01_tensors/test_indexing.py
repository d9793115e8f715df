import ast
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lessons.ch01_tensors.indexing import (
    HOURS,
    between,
    block,
    check_columns,
    check_mask,
    check_positions,
    check_size,
    check_table,
    check_tensor,
    checkerboard,
    gather_rows,
    mask_select,
    same_memory,
    write_rows,
)

LESSON = Path(__file__).parents[2] / "lessons/ch01_tensors/indexing.py"
DTYPES = (torch.float32, torch.float64, torch.int64, torch.int16, torch.bool)
NAN = float("nan")


@st.composite
def tables(draw):
    """A table of random size, dtype and values, and a generator for what goes with it."""
    n, m = draw(st.integers(1, 6)), draw(st.integers(1, 6))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    values = torch.from_numpy(rng.integers(-9, 10, (n, m)) + rng.choice([0, 0.25], (n, m)))
    return values.to(draw(st.sampled_from(DTYPES))), rng


def places(rng, limit, count):
    return torch.from_numpy(rng.integers(0, limit, count))


def log():
    """24 readings, no two alike, in an order of no pattern."""
    return torch.from_numpy(np.random.default_rng(5).permutation(24) + 0.5).float().reshape(4, 6)


# The functions, against NumPy and torch


@settings(max_examples=80)
@given(tables())
def test_gather_rows_agrees_with_numpy_and_torch(drawn):
    table, rng = drawn
    n, m = table.shape
    columns = places(rng, m, n)
    before = table.clone()
    result = gather_rows(table, columns)
    assert result.shape == (n,) and result.dtype == table.dtype
    expected = np.take_along_axis(table.numpy(), columns.numpy()[:, None], axis=1)[:, 0]
    np.testing.assert_array_equal(result.numpy(), expected)
    np.testing.assert_array_equal(expected, table.numpy()[np.arange(n), columns.numpy()])
    assert torch.equal(result, torch.gather(table, 1, columns.unsqueeze(1)).squeeze(1))
    assert torch.equal(table, before)
    assert not same_memory(result, table)


@settings(max_examples=80)
@given(st.lists(st.integers(1, 4), max_size=4), st.sampled_from(DTYPES), st.integers(0, 2**32 - 1))
def test_mask_select_agrees_with_numpy_and_torch(shape, dtype, seed):
    rng = np.random.default_rng(seed)
    values = torch.from_numpy(np.asarray(rng.integers(-9, 10, shape))).to(dtype)
    mask = torch.from_numpy(np.asarray(rng.random(shape) < rng.choice([0, 0.4, 1])))
    for v, m in ((values, mask), (values.mT, mask.mT)) if values.ndim > 1 else ((values, mask),):
        result = mask_select(v, m)  # the transposed one does not lie in memory in reading order
        assert result.dtype == dtype
        np.testing.assert_array_equal(result.numpy(), v.numpy()[m.numpy()])
        assert torch.equal(result, torch.masked_select(v, m)) and result.ndim == 1


def test_mask_select_copies():
    values = log()
    picked = mask_select(values, torch.ones(4, 6, dtype=torch.bool))
    picked += 1
    assert torch.equal(values, log())


@settings(max_examples=60)
@given(st.integers(1, 9), st.integers(1, 9))
def test_checkerboard_agrees_with_numpy(height, width):
    board = checkerboard(height, width)
    assert board.dtype == torch.bool
    np.testing.assert_array_equal(board.numpy(), np.indices((height, width)).sum(axis=0) % 2 == 1)


def test_the_board_of_the_page_is_fair():
    board = checkerboard(4, 6)
    assert board.sum(1).tolist() == [3] * 4 and board.sum(0).tolist() == [2] * 6
    # Days and hours of any warmth: the averages differ by what B adds, and by nothing else.
    rng = np.random.default_rng(0)
    for _ in range(20):
        warm = torch.from_numpy(20 * rng.random((4, 1)) + 20 * rng.random((1, 6)))
        readings = torch.where(board, warm + 0.6, warm)
        assert (readings[board].mean() - readings[~board].mean()).item() == pytest.approx(0.6)


@settings(max_examples=60)
@given(tables())
def test_block_agrees_with_numpy(drawn):
    table, rng = drawn
    rows = places(rng, table.shape[0], rng.integers(1, 8))
    columns = places(rng, table.shape[1], rng.integers(1, 8))
    expected = table.numpy()[np.ix_(rows.numpy(), columns.numpy())]
    np.testing.assert_array_equal(block(table, rows, columns).numpy(), expected)


@settings(max_examples=60)
@given(tables(), st.integers(-10, 10), st.integers(0, 8))
def test_between_agrees_with_numpy(drawn, low, more):
    table, _ = drawn
    if table.dtype == torch.bool:
        table = table.int()
    mask = between(table, low, low + more)
    array = table.numpy()
    np.testing.assert_array_equal(mask.numpy(), np.logical_and(array >= low, array <= low + more))


def test_between_includes_both_ends_and_no_nan():
    values = torch.tensor([27.9, 28.0, 30.0, 30.1, NAN])
    assert between(values, 28, 30).tolist() == [False, True, True, False, False]


@settings(max_examples=60)
@given(tables())
def test_write_rows_agrees_with_numpy_and_torch(drawn):
    table, rng = drawn
    n, m = table.shape
    columns = places(rng, m, n)
    values = torch.from_numpy(rng.integers(-9, 10, n)).to(table.dtype)
    before = table.clone()
    result = write_rows(table, columns, values)
    assert torch.equal(table, before)  # the original does not change
    expected = before.numpy().copy()
    np.put_along_axis(expected, columns.numpy()[:, None], values.numpy()[:, None], axis=1)
    np.testing.assert_array_equal(result.numpy(), expected)
    assert torch.equal(result, table.scatter(1, columns.unsqueeze(1), values.unsqueeze(1)))
    assert torch.equal(gather_rows(result, columns), values)  # the reverse of gather


# Slices: the formula of the page


@settings(max_examples=100)
@given(st.integers(0, 9), st.integers(0, 9), st.integers(1, 4))
def test_a_slice_takes_what_the_formula_says(start, length, step):
    stop = start + length
    taken = torch.arange(30)[start:stop:step].tolist()
    assert taken == [i for i in range(30) if start <= i < stop and (i - start) % step == 0]
    assert len(taken) == -(-(stop - start) // step)  # rounded up


def test_lists_keep_their_order_and_work_in_pairs():
    table = log()
    assert torch.equal(table[[3, 0]], torch.stack([table[3], table[0]]))
    assert torch.equal(table[[2, 2]], torch.stack([table[2], table[2]]))
    assert table[[0, 1], [3, 0]].tolist() == [table[0, 3], table[1, 0]]
    assert table[[0, 3], [1, 2]].shape == (2,)


# Window or photo


VIEWS = [
    np.s_[1],
    np.s_[1, 3],
    np.s_[:, ::2],
    np.s_[1:3, -2:],
    np.s_[...],
]
COPIES = [
    [1],
    np.s_[:, [0, 2]],
    np.s_[[0, 1], [3, 0]],
    torch.arange(24).reshape(4, 6) > 11,
    torch.tensor([True, False, True, False]),
]


@pytest.mark.parametrize("index", VIEWS, ids=str)
def test_indices_and_slices_are_views(index):
    table = log()
    part = table[index]
    assert same_memory(part, table)
    assert np.shares_memory(part.numpy(), table.numpy())
    part.fill_(-1)
    assert (table == -1).sum() == part.numel()


@pytest.mark.parametrize("index", COPIES, ids=range(5))
def test_lists_and_masks_are_copies(index):
    table = log()
    part = table[index]
    assert not same_memory(part, table)
    assert not np.shares_memory(part.numpy(), table.numpy())
    part.fill_(-1)
    assert torch.equal(table, log())
    table[index] = -1  # but to the left of the equals sign they write to the table itself
    assert (table == -1).sum() == part.numel()


def test_same_memory_is_about_the_block_not_the_cell():
    table = log()
    assert same_memory(table[0], table[1])
    assert not np.shares_memory(table[0].numpy(), table[1].numpy())
    assert not same_memory(table, table.clone())
    assert same_memory(table[0].view(2, 3), table)
    two = torch.zeros(3), torch.zeros(3)
    assert same_memory(two[0], two[0][1:]) and not same_memory(*two)


# The mistakes


def test_subtracting_from_a_row_changes_the_table():
    record = log()
    tuesday = record[1]
    tuesday -= 0.6
    torch.testing.assert_close(record[1], log()[1] - 0.6)
    record = log()
    tuesday = record[1].clone()
    tuesday -= 0.6
    assert torch.equal(record, log())
    tuesday = record[1]
    tuesday = tuesday - 0.6
    assert torch.equal(record, log()) and not same_memory(tuesday, record)


def test_chained_assignment_does_nothing():
    record = log()
    record[record > 10][0] = -1
    record[[1, 2]][0] = -1
    assert torch.equal(record, log())
    record[1][0] = -1  # works by luck: record[1] is a view
    assert record[1, 0] == -1 and (record == log()).sum() == 23
    record = log()
    row, col = (record > 10).nonzero()[0].tolist()
    record[row, col] = -1
    first = np.argwhere(log().numpy() > 10)[0]
    assert (row, col) == tuple(first)
    assert record[row, col] == -1 and (record == log()).sum() == 23
    record = log()
    record[record > 10] = 10
    assert torch.equal(record, log().clamp(max=10))


def test_subtracting_from_a_mask_is_not_lost_on_a_photo():
    board = checkerboard(4, 6)
    fixed, written_out = log(), log()
    fixed[board] -= 0.6
    written_out[board] = written_out[board] - 0.6
    assert torch.equal(fixed, written_out)
    torch.testing.assert_close(fixed, log() - 0.6 * board)


def test_slices_never_run_out_of_range_but_indices_do():
    table = log()
    assert table[1, 1:4].shape == (3,)
    assert torch.equal(table[1, 4:7], table[1, 4:])  # two cells, not 7 - 4
    assert table[1, 4:7].shape == (2,) and table[1, 6:9].shape == (0,)
    with pytest.raises(IndexError, match="index 6 is out of bounds for dimension 1 with size 6"):
        table[1, 6]


def test_steps_are_positive_and_flip_reverses():
    table = log()
    with pytest.raises(ValueError, match="step must be greater than zero"):
        table[:, ::-1]
    np.testing.assert_array_equal(table.flip(1).numpy(), table.numpy()[:, ::-1])


def test_chained_comparison_is_ambiguous():
    table = log()
    with pytest.raises(RuntimeError, match="ambiguous"):
        _ = 28 <= table <= 30


# Bad input

T = torch.arange(6.0).reshape(2, 3)
C = torch.tensor([2, 0])
M = T > 2


def long(*numbers):
    return torch.tensor(numbers, dtype=torch.int64)


@pytest.mark.parametrize(
    ("table", "columns", "error", "message"),
    [
        ([[1.0]], C, TypeError, "table must be a tensor, got list"),
        (T[:0], C, ValueError, r"table has no cells, its shape is \(0, 3\)"),
        (T[0], C, ValueError, r"table must have shape \(n, m\), got \(3,\)"),
        (T[None], C, ValueError, r"table must have shape \(n, m\), got \(1, 2, 3\)"),
        (T, [2, 0], TypeError, "columns must be a tensor, got list"),
        (T, C.int(), TypeError, "columns must be int64, got torch.int32"),
        (T, C.float(), TypeError, "columns must be int64, got torch.float32"),
        (T, C[:0], ValueError, r"columns has no cells, its shape is \(0,\)"),
        (T, C[:, None], ValueError, r"columns must have shape \(k,\), got \(2, 1\)"),
        (T, long(0, 3), ValueError, r"columns must lie between 0 and 2, got \[0, 3\]"),
        (T, long(-1, 0), ValueError, r"columns must lie between 0 and 2, got \[-1, 0\]"),
        (T, long(0, 1, 2), ValueError, "one number for each row, got 3 for 2 rows"),
        (T, long(1), ValueError, "one number for each row, got 1 for 2 rows"),
    ],
)
def test_bad_columns(table, columns, error, message):
    for call in (check_columns, gather_rows, lambda t, c: write_rows(t, c, torch.zeros(2))):
        with pytest.raises(error, match=message):
            call(table, columns)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: check_tensor("x", 3), TypeError, "x must be a tensor, got int"),
        (lambda: check_tensor("x", T[:, :0]), ValueError, r"x has no cells, its shape is \(2, 0\)"),
        (lambda: check_table(T.numpy()), TypeError, "table must be a tensor, got ndarray"),
        (lambda: check_positions("rows", long(5), 5), ValueError, r"between 0 and 4, got \[5\]"),
        (lambda: check_mask(T, T), TypeError, "mask must be bool, got torch.float32"),
        (lambda: mask_select(T, [True]), TypeError, "mask must be a tensor, got list"),
        (lambda: mask_select([1.0], M), TypeError, "values must be a tensor, got list"),
        (lambda: mask_select(T, M.byte()), TypeError, "mask must be bool, got torch.uint8"),
        (
            lambda: mask_select(T, M[0]),
            ValueError,
            r"values and mask differ in shape: \(2, 3\) and \(3,\)",
        ),
        (lambda: mask_select(T, M.T), ValueError, r"differ in shape: \(2, 3\) and \(3, 2\)"),
        (lambda: mask_select(T[:0], M[:0]), ValueError, "values has no cells"),
        (lambda: mask_select(T, M[:0]), ValueError, "mask has no cells"),
        (lambda: check_size(n=0), ValueError, "n must be a positive integer, got 0"),
        (lambda: checkerboard(0, 3), ValueError, "height must be a positive integer, got 0"),
        (lambda: checkerboard(3, -1), ValueError, "width must be a positive integer, got -1"),
        (lambda: checkerboard(2.0, 3), ValueError, "height must be a positive integer, got 2.0"),
        (lambda: checkerboard(2, True), ValueError, "width must be a positive integer, got True"),
        (lambda: same_memory(T, T.numpy()), TypeError, "b must be a tensor, got ndarray"),
        (lambda: same_memory(3, T), TypeError, "a must be a tensor, got int"),
        # Every empty tensor has address 0: the answer would be True for two strangers.
        (lambda: same_memory(torch.empty(0), torch.empty(0)), ValueError, "a has no cells"),
        (lambda: same_memory(T, T[:0]), ValueError, "b has no cells"),
        (lambda: block(T[0], C, C), ValueError, r"table must have shape"),
        (lambda: block(T, C, C), ValueError, r"rows must lie between 0 and 1, got \[2, 0\]"),
        (lambda: block(T, long(0), long(3)), ValueError, r"columns must lie between 0 and 2, got \[3\]"),
        (lambda: block(T, M[:, 0], C), TypeError, "rows must be int64, got torch.bool"),
        (lambda: between([1.0], 0, 1), TypeError, "values must be a tensor, got list"),
        (lambda: between(T[:0], 0, 1), ValueError, "values has no cells"),
        (lambda: between(T, 2, 1), ValueError, "low must not exceed high, got 2 and 1"),
        (lambda: between(T, NAN, 1), ValueError, "low must not exceed high, got nan and 1"),
        (lambda: write_rows(T, C, [1.0, 2.0]), TypeError, "values must be a tensor, got list"),
        (lambda: write_rows(T, C, C), TypeError, "values must be torch.float32, got torch.int64"),
        (
            lambda: write_rows(T, C, torch.zeros(2, 1)),
            ValueError,
            r"values must have shape \(2,\), got \(2, 1\)",
        ),
        (
            lambda: write_rows(T, C, torch.zeros(1)),
            ValueError,
            r"values must have shape \(2,\), got \(1,\)",
        ),
    ],
)
def test_bad_input(call, error, message):
    with pytest.raises(error, match=message):
        call()


# The file itself


@pytest.fixture(scope="module")
def lines(program_output):
    return program_output(LESSON).splitlines()


def test_the_page_says_what_the_run_shows(lines):
    assert lines[:4] == [
        "torch.Size([4, 6])",
        "tensor([27.7, 28.4, 30.6, 30.8, 32.4, 31.1])",
        "tensor(30.8)",
        "tensor(33.7)",
    ]
    assert lines[4] == "tensor([28.4, 30.6, 30.8])"
    assert lines[9:13] == [
        "tensor([0, 1, 2, 3])",
        "tensor([3, 0, 5, 1])",
        "tensor([30.9, 27.7, 28.6, 29.9])",
        "True",
    ]
    assert lines[13:15] == [
        "tensor([False, False, False,  True,  True,  True])",  # Monday: from 14 o'clock on
        "torch.Size([11]) True",
    ]
    assert lines[15:17] == [
        "tensor([[False,  True, False,  True, False,  True],",
        "        [ True, False,  True, False,  True, False]])",
    ]
    assert lines[17] == "gap = 0.57"
    assert HOURS == (11, 12, 13, 14, 15, 16)


def test_the_page_shows_views_copies_and_mistakes(lines):
    shared = {line[:17].strip(): line.split()[-1] for line in lines if line.startswith("temps[")}
    assert shared == {
        "temps[1]": "True",
        "temps[1, 3]": "True",
        "temps[:, ::2]": "True",
        "temps[[1]]": "False",
        "temps[temps > 30]": "False",
    }
    assert lines[23:25] == ["tensor(0.) tensor(99.)", "tensor(27.1) tensor(27.7)"]
    assert lines[25:27] == ["True", "0 3 tensor(29.9)"]
    assert lines[27:29] == [
        "tensor([32.4, 31.1])",
        "index 6 is out of bounds for dimension 1 with size 6",
    ]
    assert lines[29:31] == ["gap left = 0.00", "tensor([26.3, 28.2]) tensor([26.3, 27.6])"]


def test_the_answers_at_the_end_of_the_page():
    source = LESSON.read_text(encoding="utf-8")
    temps = np.array(
        ast.literal_eval(re.search(r"temps = torch.tensor\(\s*(\[.*?\n {8}\])", source, re.S)[1])
    )
    hot = [[HOURS[j] for j in np.flatnonzero(row > 30)] for row in temps]
    assert hot == [[14, 15, 16], [13, 14, 15, 16], [], [13, 14, 15, 16]]
    board = np.indices(temps.shape).sum(0) % 2 == 1
    assert f"{temps[board].mean() - temps[~board].mean():.2f}" == "0.57"


def test_the_page_shows_the_solutions(lines):
    rest = lines[31:]
    assert rest[0] == "tensor([28.2, 31.7])"
    assert rest[1:3] == ["tensor([[28.2, 28.9],", "        [29.9, 31.7]])"]
    assert rest[3:5] == ["8", "Boolean value of Tensor with more than one value is ambiguous"]
    assert rest[5:] == [  # where the flowers were watered
        "tensor([[0, 0, 0, 1, 0, 0],",
        "        [1, 0, 0, 0, 0, 0],",
        "        [0, 0, 0, 0, 0, 1],",
        "        [0, 1, 0, 0, 0, 0]])",
    ]


def test_no_line_is_too_wide_for_a_phone(lines):
    assert max(map(len, lines)) <= 61  # torch's longest message
