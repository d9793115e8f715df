import ast
import itertools
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lessons.ch01_tensors.operations import (
    broadcast_shape,
    check_floats,
    check_points,
    check_product,
    check_shapes,
    distances_by_matmul,
    matmul_lists,
    matmul_loops,
    pairwise_distances,
    price_table,
    shape_or_error,
    slowdown,
    whole,
)

LESSON = Path(__file__).parents[2] / "lessons/ch01_tensors/operations.py"
ROUNDING = {torch.float32: 1e-5, torch.float64: 1e-12}
LENGTHS = st.integers(1, 6)
SEEDS = st.integers(0, 10**6)
DTYPES = st.sampled_from([torch.float32, torch.float64])

ORDERS = torch.tensor([[5.0, 2, 1, 0], [0, 4, 3, 2], [2, 0, 6, 1]])
PRICES = torch.tensor([[20.0, 26], [30, 24], [60, 56], [40, 45]])
SHOPS = torch.tensor([[5.0, 8], [2, 5], [2, 0]])
DEPOTS = torch.tensor([[0.0, 4], [8, 4]])


@pytest.fixture(scope="module")
def output(program_output):
    return program_output(LESSON)


def normal(seed, *shape, dtype=torch.float32):
    return torch.randn(shape, dtype=dtype, generator=torch.Generator().manual_seed(seed))


# The matrix product


@settings(max_examples=30)
@given(
    n=LENGTHS,
    m=LENGTHS,
    p=LENGTHS,
    seed=SEEDS,
    dtype=DTYPES,
    loops=st.sampled_from([matmul_loops, matmul_lists]),
)
def test_the_loops_are_the_matrix_product(n, m, p, seed, dtype, loops):
    a, b = normal(seed, n, m, dtype=dtype), normal(seed + 1, m, p, dtype=dtype)
    before = a.clone(), b.clone()
    c = loops(a, b)
    assert c.shape == (n, p) and c.dtype == dtype
    torch.testing.assert_close(c, a @ b, rtol=ROUNDING[dtype], atol=ROUNDING[dtype])
    expected = np.einsum("ij,jk->ik", a.double().numpy(), b.double().numpy())
    np.testing.assert_allclose(c.double().numpy(), expected, rtol=1e-4, atol=ROUNDING[dtype])
    assert torch.equal(a, before[0]) and torch.equal(b, before[1])


def test_lists_turn_the_tensors_into_lists(monkeypatch):
    calls = []
    tolist = torch.Tensor.tolist
    monkeypatch.setattr(torch.Tensor, "tolist", lambda t: calls.append(t.shape) or tolist(t))
    matmul_loops(normal(0, 3, 4), normal(1, 4, 2))
    assert calls == []
    matmul_lists(normal(0, 3, 4), normal(1, 4, 2))
    assert sorted(calls) == [(3, 2), (3, 4), (4, 2)]


# Speed


@pytest.mark.parametrize(
    ("ratio", "expected"),
    [(0.9, 0), (1, 1), (2.9, 1), (3, 3), (29, 3), (30, 30), (299, 30), (300, 300), (3000, 3000), (1e9, 3000)],
)
def test_slowdown_divides_the_fastest_loops_by_the_fastest_call(monkeypatch, ratio, expected):
    used, asked = [], []

    def repeat(call, number, repeat):
        call()
        asked.append((number, repeat))
        one = 1.0 if len(asked) == 1 else ratio  # `@` first, then the loops
        return [2 * number * one, number * one, 3 * number * one]

    monkeypatch.setattr("timeit.repeat", repeat)
    assert slowdown(lambda a, b: used.append((a, b)), ORDERS, PRICES, repeats=7) == expected
    assert asked == [(30, 7), (1, 7)] and used == [(ORDERS, PRICES)]


def test_slowdown_times_once_where_one_repeat_is_asked_for():
    calls = []
    assert slowdown(lambda a, b: calls.append(1), ORDERS, PRICES, repeats=1) in (0, 1, 3, 30, 300, 3000)
    assert calls == [1]


def test_the_larger_product_is_slower_in_a_loop():
    # Classes with a margin: 20 000, 160 and 150 measured, where the page says 3000, 30 and 30.
    a, b = normal(0, 16, 16), normal(1, 16, 16)
    assert slowdown(matmul_loops, a, b, repeats=3) == 3000
    assert slowdown(matmul_lists, a, b) == 30
    assert slowdown(matmul_loops, ORDERS, PRICES) == 30


# Broadcasting

SHAPES = st.lists(st.lists(st.integers(0, 4), max_size=4).map(tuple), max_size=4)


def nearly(shape, draw):
    """A shape that often fits ``shape``: some axes 1, some dropped on the left."""
    axes = [draw(st.sampled_from([n, n, 1])) for n in shape]
    return tuple(axes[draw(st.integers(0, len(axes))) :])


@st.composite
def fitting(draw):
    shape = draw(st.lists(st.integers(0, 4), max_size=4))
    return [nearly(shape, draw) for _ in range(draw(st.integers(1, 4)))]


@settings(max_examples=200)
@given(shapes=st.one_of(SHAPES, fitting()))
def test_broadcast_shape_agrees_with_torch_and_numpy(shapes):
    assert shape_or_error(broadcast_shape, *shapes) == shape_or_error(torch.broadcast_shapes, *shapes)
    assert shape_or_error(broadcast_shape, *shapes) == shape_or_error(np.broadcast_shapes, *shapes)


@settings(max_examples=50)
@given(shapes=fitting())
def test_shapes_that_fit_have_a_shape_and_real_tensors_agree(shapes):
    result = broadcast_shape(*shapes)
    assert type(result) is tuple and all(type(n) is int for n in result)
    total = sum((torch.zeros(shape) for shape in shapes), torch.zeros(()))
    assert total.shape == result


@pytest.mark.parametrize(
    ("shapes", "expected"),
    [
        ([], ()),
        ([()], ()),
        ([(3, 1), (1, 4)], (3, 4)),
        ([(0,), (1,)], (0,)),
        ([(2, 1, 4), (3, 1)], (2, 3, 4)),
        ([[5, 1], torch.Size([5])], (5, 5)),
        ([(3, 1, 1), (1, 0), (1,)], (3, 1, 0)),
    ],
)
def test_broadcast_shape(shapes, expected):
    assert broadcast_shape(*shapes) == expected


def test_shape_or_error_says_error_and_lets_other_errors_through():
    assert shape_or_error(broadcast_shape, (3, 4), (3,)) == "error"  # as the page prints it
    with pytest.raises(TypeError):
        shape_or_error(broadcast_shape, 3)


def test_stretching_copies_nothing():
    column = normal(0, 3, 1)
    wide = column.expand(3, 4)
    assert wide.stride() == (1, 0)  # the next column is the same number again
    assert wide.data_ptr() == column.data_ptr()


def test_as_many_shops_as_goods_hide_the_mistake():
    fees, goods = torch.tensor([0.0, 2, 1, 5]), torch.zeros(4, 4)
    assert (goods + fees).tolist() == [[0, 2, 1, 5]] * 4  # by column: on the goods
    assert (goods + fees[:, None]).tolist() == [[fee] * 4 for fee in (0, 2, 1, 5)]


# Distances


@settings(max_examples=60)
@given(n=LENGTHS, p=LENGTHS, d=LENGTHS, seed=SEEDS)
def test_pairwise_distances_agree_with_cdist_and_a_loop(n, p, d, seed):
    x, y = normal(seed, n, d, dtype=torch.float64), 3 * normal(seed + 1, p, d, dtype=torch.float64)
    km = pairwise_distances(x, y)
    exact = torch.cdist(x, y, compute_mode="donot_use_mm_for_euclid_dist")
    torch.testing.assert_close(km, exact, rtol=1e-12, atol=1e-12)
    for i, k in itertools.product(range(n), range(p)):
        assert km[i, k].item() == pytest.approx(np.linalg.norm(x[i].numpy() - y[k].numpy()))
    torch.testing.assert_close(distances_by_matmul(x, y), exact, rtol=1e-9, atol=1e-9)


def test_distances_keep_the_dtype_and_are_zero_between_equal_points():
    x = normal(0, 4, 3)
    for function in (pairwise_distances, distances_by_matmul):
        assert function(x, x[:2]).dtype == torch.float32
        assert function(x, x[:2]).isfinite().all()  # no root of a negative number
    assert pairwise_distances(x, x).diagonal().tolist() == [0.0] * 4


def test_clamping_keeps_rounding_from_making_nan():
    x = normal(3, 40, 7) + 30
    squares = (x**2).sum(dim=1, keepdim=True) - 2 * x @ x.T + (x**2).sum(dim=1)
    assert (squares < 0).any()  # so that the test can fail
    assert distances_by_matmul(x, x).isfinite().all()


def test_far_away_the_formula_with_the_product_loses_the_distance():
    far = 10_000.0
    exact = pairwise_distances(SHOPS, DEPOTS)
    assert exact[0, 1] == 5
    torch.testing.assert_close(pairwise_distances(SHOPS + far, DEPOTS + far), exact)
    lost = distances_by_matmul(SHOPS + far, DEPOTS + far)
    squares = (lost.double() ** 2).round()
    assert ((squares % 16) == 0).all()  # neighbouring float32 numbers near 2e8 are 16 apart
    assert (lost - exact).abs().max() > 0.4
    assert np.spacing(np.float32(2e8)) == 16
    doubles = distances_by_matmul((SHOPS + far).double(), (DEPOTS + far).double())
    torch.testing.assert_close(doubles.float(), exact, atol=1e-4, rtol=0)


@settings(max_examples=30)
@given(n=LENGTHS, m=LENGTHS, seed=SEEDS, dtype=DTYPES)
def test_price_table_is_the_outer_product(n, m, seed, dtype):
    factors, prices = normal(seed, n, dtype=dtype), normal(seed + 1, m, dtype=dtype)
    assert torch.equal(price_table(factors, prices), torch.outer(factors, prices))


# The mistakes


def test_column_minus_row_is_a_wrong_loss_without_a_warning(recwarn):
    predicted, measured = torch.tensor([[20.0], [35], [50]]), torch.tensor([20.0, 35, 50])
    assert ((predicted - measured) ** 2).mean() == 300
    assert recwarn.list == []
    # every prediction perfect, and yet the loss is twice the variance of the labels
    labels = normal(0, 11, dtype=torch.float64)
    loss = ((labels[:, None] - labels) ** 2).mean()
    torch.testing.assert_close(loss, 2 * labels.var(correction=0))
    assert ((predicted - measured.reshape(3, 1)) ** 2).mean() == 0


def test_torch_warns_and_is_as_wrong():
    predicted, measured = torch.tensor([[20.0], [35], [50]]), torch.tensor([20.0, 35, 50])
    with pytest.warns(UserWarning, match="target size"):
        assert torch.nn.functional.mse_loss(predicted, measured) == 300


def test_star_is_not_at():
    with pytest.raises(RuntimeError, match="must match"):
        ORDERS * PRICES
    items = ORDERS * PRICES[:, 0]
    assert items.shape == (3, 4)
    assert torch.equal(items.sum(dim=1), ORDERS @ PRICES[:, 0])
    square, other = normal(0, 3, 3), normal(1, 3, 3)
    assert (square * other).shape == (square @ other).shape
    assert (square * other - square @ other).abs().min() > 1e-3


def test_in_place_changes_every_name_of_a_tensor():
    old = torch.tensor([20.0, 30])
    new = old.clone()
    new += 1
    assert old.tolist() == [20, 30]
    new = old + 1
    assert old.tolist() == [20, 30]
    new = old
    new += 1
    assert old.tolist() == [21, 31]


def test_a_leaf_that_requires_grad_refuses_changes_in_place():
    rate = torch.tensor(4.0, requires_grad=True)
    with pytest.raises(RuntimeError, match="a leaf Variable that requires grad"):
        rate += 1
    assert rate.item() == 4
    (3 * rate).backward()
    assert rate.is_leaf and rate.grad == 3  # stored in the leaf
    with torch.no_grad():
        rate += 1
    assert rate.item() == 5 and rate.is_leaf and rate.requires_grad


# What the page prints


def test_the_costs_and_the_bills(output):
    assert "(3, 4) (4, 2)\n" in output
    cost = ORDERS.numpy() @ PRICES.numpy()
    assert cost[1].tolist() == [380, 354]
    assert f"{torch.tensor(cost)}\nTrue\n" in output
    handling = np.array([[0.0], [2], [1]]) + np.array([1.0, 1, 3, 2])
    assert f"{torch.tensor(handling, dtype=torch.float32)}\n" in output
    extra = (ORDERS.numpy() * handling).sum(axis=1)
    km = np.hypot(*(SHOPS.numpy()[:, None] - DEPOTS.numpy()).transpose(2, 0, 1))
    assert f"{torch.tensor(km)}\n" in output
    bill = cost + extra[:, None] + 4 * km
    lines = [f"{torch.tensor(bill, dtype=torch.float32)}\n"]
    for name, table in [("cost", cost), ("km  ", km), ("bill", bill)]:
        lines.append(" ".join([name, *("ST"[k] for k in table.argmin(axis=1))]) + "\n")
    assert "".join(lines) in output
    # as the page says: by goods alone C is wrong, by distance alone A and B
    assert [[int(t[i].argmin()) for t in (cost, km, bill)] for i in range(3)] == [
        [0, 1, 0],
        [1, 0, 1],
        [1, 0, 0],
    ]


def test_the_classes_of_the_page(output):
    rows = re.findall(r"^(\S+) @ \S+ +(tensors|lists) +>= (\d+)$", output, re.MULTILINE)
    assert [row[:2] for row in rows] == [("3x4", "tensors"), ("16x16", "tensors"), ("16x16", "lists")]
    small, large, lists = (int(row[2]) for row in rows)
    assert large == 3000
    assert small == lists == 30


def test_the_shapes_of_the_page(output):
    assert "(3, 1) (1, 4) -> (3, 4)\n(3, 1) (4,) -> (3, 4)\n(3, 2) (3, 1) -> (3, 2)\n" in output
    assert "cannot broadcast (3, 4) and (3,): 3 meets 4\n" in output
    shapes = [s for axes in range(3) for s in itertools.product(range(4), repeat=axes)]
    errors = sum(shape_or_error(np.broadcast_shapes, a, b) == "error" for a in shapes for b in shapes)
    assert f"{len(shapes) ** 2} {errors} 0\n" in output
    assert "(5, 7) True\n" in output
    assert "(5, 1) (5,) (5, 5)\n(2, 3) (2,) error\n(0,) (1,) (0,)\n" in output


def test_the_mistakes_of_the_page(output):
    assert "[ 30.,  15.,   0.]])\n300.0\n300.0\nUsing a target size" in output
    assert "they have the same size.\n0.0\nThe size of tensor a (4) must match" in output
    assert "tensor([220., 380., 440.])\n" in output
    assert "new = old.clone() tensor([20., 30.])\nnew = old         tensor([21., 31.])\n" in output
    assert "a leaf Variable that requires grad" in output
    assert "operation.\n5.0 True\n" in output
    table = torch.tensor([[20.0, 30, 60, 40], [18, 27, 54, 36], [16, 24, 48, 32]])
    assert f"{table}\n" in output


def test_the_distances_of_the_page(output):
    *_, by_matmul = re.findall(r"tensor\((\[.*?\])\)(?=\n|$)", output, re.DOTALL)
    exact = pairwise_distances(SHOPS, DEPOTS).numpy()
    np.testing.assert_allclose(ast.literal_eval(by_matmul), exact, atol=2e-4)


def test_lines_fit_a_phone(output):
    assert max(len(line) for line in output.splitlines()) <= 60


def test_whole_writes_numbers_without_decimals():
    assert whole(torch.tensor([[1.0, -15.0, 20.4]])) == [["1", "-15", "20"]]


# Bad input

NAN = float("nan")
M = torch.ones(3, 2)
BAD_MATRICES = [
    ([[1.0]], M, TypeError, "must be a float tensor, got <class 'list'>"),
    (M, M.int(), TypeError, r"must be a float tensor, got torch\.int32"),
    (M, M.bool(), TypeError, r"must be a float tensor, got torch\.bool"),
    (M[0], M, ValueError, r"must have 2 axes, none of them empty, got shape \(2,\)"),
    (M, M[None], ValueError, r"must have 2 axes.* got shape \(1, 3, 2\)"),
    (M[:0], M, ValueError, r"must have 2 axes.* got shape \(0, 2\)"),
    (M, M[:, :0], ValueError, r"must have 2 axes.* got shape \(3, 0\)"),
    (M * NAN, M, ValueError, "contains NaN or infinity"),
    (M, M / 0, ValueError, "contains NaN or infinity"),
    (M, M.double(), TypeError, r"differ in dtype: \[torch\.float32, torch\.float64\]"),
]


@pytest.mark.parametrize(("one", "other", "error", "message"), BAD_MATRICES)
def test_bad_matrices(one, other, error, message):
    for function in (
        check_product,
        check_points,
        matmul_loops,
        matmul_lists,
        lambda a, b: slowdown(matmul_loops, a, b),
        pairwise_distances,
        distances_by_matmul,
    ):
        with pytest.raises(error, match=message):
            function(one, other)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: check_floats(1, t=M), ValueError, r"t must have 1 axes.* got shape \(3, 2\)"),
        (lambda: check_product(M, M), ValueError, r"as b has rows, got \(3, 2\) and \(3, 2\)"),
        (lambda: matmul_loops(M, M), ValueError, r"as many columns as b has rows"),
        (lambda: matmul_lists(M, M), ValueError, r"as many columns as b has rows"),
        (lambda: slowdown(matmul_loops, M, M), ValueError, r"as many columns as b has rows"),
        (lambda: pairwise_distances(M, M[:, :1]), ValueError, "as many coordinates, got 2 and 1"),
        (lambda: distances_by_matmul(M[:, :1], M), ValueError, "as many coordinates, got 1 and 2"),
        (lambda: price_table(M, M[0]), ValueError, r"factors must have 1 axes.* \(3, 2\)"),
        (lambda: price_table(M[0], M[0].int()), TypeError, r"prices must be a float tensor"),
        (lambda: price_table(M[0], M[0, :0]), ValueError, r"prices must have .* \(0,\)"),
        (lambda: price_table(M[0] * NAN, M[0]), ValueError, "factors contains NaN"),
        (lambda: price_table(M[0], M[0].double()), TypeError, "factors and prices differ in dtype"),
        (lambda: check_shapes([3]), TypeError, "a shape must be a tuple or list, got 3"),
        (lambda: broadcast_shape("34"), TypeError, "a shape must be a tuple or list, got '34'"),
        (lambda: broadcast_shape((3,), (1.0,)), TypeError, r"must hold integers, got \(1\.0,\)"),
        (lambda: broadcast_shape((3, -1)), ValueError, r"cannot be negative, got \(3, -1\)"),
        (lambda: broadcast_shape((3, 4), [3]), ValueError, r"broadcast \(3, 4\) and \(3,\): 3 meets 4"),
        (lambda: broadcast_shape((2,), (0,)), ValueError, "0 meets 2"),
        (lambda: broadcast_shape((5,), (3,), (4,)), ValueError, "3 meets 4 meets 5"),
        (lambda: slowdown(matmul_loops, M, M.T, repeats=0), ValueError, "repeats must be at least 1, got 0"),
    ],
)
def test_bad_input(call, error, message):
    with pytest.raises(error, match=message):
        call()
