import ast
import re
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.preprocessing import StandardScaler

from lessons.ch01_tensors.core_functions import (
    check_input,
    check_labels,
    check_spread,
    logsumexp,
    naive_logsumexp,
    one_hot,
    softplus,
    standardize,
    student_means,
    weighted_mean,
)

LESSON = Path(__file__).parents[2] / "lessons/ch01_tensors/core_functions.py"
NAN, INF = float("nan"), float("inf")
FLOATS = (torch.float32, torch.float64)


def exam(rows=4):
    """The page's table: students A to D by maths, physics, history."""
    return torch.tensor([[72.0, 66, 85], [40, 70, 88], [55, 48, 91], [61, 52, 76]])[:rows]


def normal(*shape, seed=0, dtype=torch.float64):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


@st.composite
def tensors_and_dims(draw, shortest=1):
    """A random float tensor of 1 to 3 axes, and a dim, from either end."""
    shape = draw(st.lists(st.integers(shortest, 5), min_size=1, max_size=3))
    dim = draw(st.integers(-len(shape), len(shape) - 1))
    dtype, scale = draw(st.sampled_from(FLOATS)), draw(st.sampled_from([1e-3, 1.0, 300.0]))
    return scale * normal(*shape, seed=draw(st.integers(0, 999)), dtype=dtype), dim


def tolerance(x):
    return {"rtol": 1e-5, "atol": 1e-5} if x.dtype == torch.float32 else {"rtol": 1e-12, "atol": 1e-12}


# Log-sum-exp


@settings(max_examples=60)
@given(tensors_and_dims())
def test_logsumexp_agrees_with_torch(case):
    x, dim = case
    ours = logsumexp(x, dim)
    assert ours.dtype == x.dtype
    torch.testing.assert_close(ours, torch.logsumexp(x, dim), **tolerance(x))  # shapes and dtypes, too


@settings(max_examples=40)
@given(tensors_and_dims())
def test_logsumexp_lies_above_the_maximum_by_at_most_ln_m(case):
    x, dim = case
    above = logsumexp(x, dim) - x.amax(dim)
    slack = 1e-4 if x.dtype == torch.float32 else 1e-12
    assert above.min() >= -slack and above.max() <= np.log(x.shape[dim]) + slack


def test_logsumexp_in_decimal_arithmetic():
    # ln(e^1000 + e^1001 + e^998) = 1001 + ln(1 + e^-1 + e^-3)
    expected = 1001 + np.log1p(np.exp(-1) + np.exp(-3))
    x = torch.tensor([1000.0, 1001.0, 998.0], dtype=torch.float64)
    assert logsumexp(x, 0).item() == pytest.approx(expected, rel=1e-14)
    assert logsumexp(x - 2000, 0).item() == pytest.approx(expected - 2000, rel=1e-14)


@pytest.mark.parametrize("dtype", FLOATS)
def test_logsumexp_takes_infinities_as_torch_does(dtype):
    rows = [[-INF, 85, 3], [-INF, -INF, -INF], [INF, 2, -1], [INF, INF, 0], [INF, -INF, 0], [1e3, -1e3, 1e3]]
    x = torch.tensor(rows, dtype=dtype)
    assert torch.equal(logsumexp(x, 1), torch.logsumexp(x, 1))
    assert torch.equal(logsumexp(x.T, 0), torch.logsumexp(x.T, 0))
    assert logsumexp(x, 1)[:4].tolist() == [85, -INF, INF, INF]


def test_the_gradient_of_logsumexp_is_the_share_of_each_term():
    x = normal(3, 5).requires_grad_()
    logsumexp(x, 1).sum().backward()
    torch.testing.assert_close(x.grad, torch.softmax(x.detach(), 1))


def test_the_limit_of_exp_is_that_of_the_page():
    limit = float(np.log(torch.finfo(torch.float32).max))
    assert f"{limit:.1f}" == "88.7"
    assert torch.tensor([limit - 0.01, limit + 0.01]).exp().isinf().tolist() == [False, True]
    largest = torch.finfo(torch.float32).max
    assert 1.9 < largest / np.exp(88) < 2.1 and largest < np.exp(89)


def test_exp_overflows_in_silence():
    assert naive_logsumexp(exam(), 1).isinf().tolist() == [False, False, True, False]
    assert logsumexp(exam(), 1).tolist() == pytest.approx([85, 88, 91, 76], abs=1e-4)
    assert (torch.tensor(INF) - INF).isnan()
    extreme = torch.tensor([[1000.0, 1000.0], [-1000.0, -1000.0]])
    assert naive_logsumexp(extreme, 1).tolist() == [INF, -INF]
    mild = normal(4, 3)
    torch.testing.assert_close(
        naive_logsumexp(mild, 0), logsumexp(mild, 0)
    )  # right where it does not overflow


def test_log_sum_exp_sees_a_close_second():
    second = torch.tensor([[85.0, 84, 20], [85, 40, 20]], dtype=torch.float64)
    assert (logsumexp(second, 1) - 85).tolist() == pytest.approx([np.log1p(np.exp(-1)), 0], abs=1e-12)


# One-hot


@settings(max_examples=50)
@given(st.lists(st.integers(1, 4), max_size=3), st.integers(1, 6), st.integers(0, 999))
def test_one_hot_agrees_with_torch(shape, classes, seed):
    rng = torch.Generator().manual_seed(seed)
    labels = torch.randint(classes, shape, generator=rng)
    ours = one_hot(labels, classes)
    assert ours.dtype == torch.int64 and ours.shape == (*shape, classes)
    assert torch.equal(ours, F.one_hot(labels, classes))
    assert torch.equal(ours.argmax(dim=-1), labels)


def test_counts_are_those_of_the_page():
    assert one_hot(standardize(exam(), 0).argmax(1), 3).sum(0).tolist() == [2, 1, 1]
    assert one_hot(exam().argmax(1), 3).sum(0).tolist() == [0, 0, 4]


# Standardize


@settings(max_examples=60)
@given(tensors_and_dims(shortest=2))
def test_standardize_agrees_with_numpy(case):
    x, dim = case
    a = x.double().numpy()
    expected = (a - a.mean(axis=dim, keepdims=True)) / a.std(axis=dim, keepdims=True)
    ours = standardize(x, dim)
    assert ours.dtype == x.dtype and ours.shape == x.shape
    if a.std(axis=dim).min() > 0.05 * np.abs(a).max():  # else rounding of x itself is what one sees
        np.testing.assert_allclose(ours.double().numpy(), expected, atol=1e-4)
    torch.testing.assert_close(ours.std(dim, correction=0), torch.ones_like(ours.sum(dim)), rtol=1e-3, atol=0)


@pytest.mark.parametrize("seed", range(5))
def test_standardize_agrees_with_scikit_learn(seed):
    x = 10 * normal(7, 3, seed=seed) + torch.tensor([5.0, -40.0, 100.0])
    np.testing.assert_allclose(
        standardize(x, 0).numpy(), StandardScaler().fit_transform(x.numpy()), atol=1e-12
    )
    np.testing.assert_allclose(
        standardize(x.T, 1).numpy(), StandardScaler().fit_transform(x.numpy()).T, atol=1e-12
    )


def test_standardize_does_not_depend_on_the_unit():
    torch.testing.assert_close(standardize(exam() * 3 + 20, 0), standardize(exam(), 0))
    torch.testing.assert_close(standardize(-exam(), 0), -standardize(exam(), 0))


def test_the_page_is_right_about_the_students():
    z = standardize(exam(), 0)
    assert exam().argmax(1).tolist() == [2, 2, 2, 2]
    assert z.argmax(1).tolist() == [0, 1, 2, 0]
    assert z[:, 2].argmin() == 3 and z.min() == z[3, 2]  # D's history, the lowest of all
    assert z[3, 2].item() == pytest.approx(-9 / 31.5**0.5, rel=1e-6)
    assert z[3, 0].item() == pytest.approx(4 / 133.5**0.5, rel=1e-6)


def test_a_tenth_is_constant_though_its_mean_is_rounded():
    x = torch.full((3, 2), 0.1)
    x[:, 1] = torch.tensor([1.0, 2.0, 4.0])
    for rows in (3, 1):  # one row is always constant
        with pytest.raises(ValueError, match="constant along dim 0: its spread is 0"):
            standardize(x[:rows], 0)
    with pytest.raises(ValueError, match="constant along dim -1"):
        standardize(torch.tensor([[1.0, 2.0], [7.0, 7.0]]), -1)
    check_spread(x[:, 1:], x[:, 1:].std(0, correction=0), 0)  # the other column is fine


# The mistakes


def test_a_square_table_hides_the_wrong_direction():
    trio = exam(rows=3)
    wrong, right = trio.mean(dim=1), trio.mean(dim=0)
    assert wrong.shape == right.shape and not torch.allclose(wrong, right, atol=1)
    assert [f"{right[0]:.1f}", f"{wrong[0]:.1f}"] == ["55.7", "74.3"]
    assert exam().mean(dim=1).shape != exam().mean(dim=0).shape


def test_without_keepdim_a_square_table_loses_the_wrong_mean():
    trio = exam(rows=3)
    with pytest.raises(RuntimeError, match=r"tensor a \(3\) must match the size of tensor b \(4\)"):
        exam() - exam().mean(dim=1)
    lost, kept = trio - trio.mean(dim=1), trio - trio.mean(dim=1, keepdim=True)
    assert lost.shape == kept.shape
    assert kept.sum(dim=1).abs().max() < 1e-4 and lost.sum(dim=1).abs().min() > 5
    for j in range(3):  # column j loses the mean of student j
        torch.testing.assert_close(lost[:, j], trio[:, j] - trio[j].mean())


def test_torch_and_numpy_divide_by_different_numbers():
    maths = exam()[:, 0]
    assert f"{maths.std().item():.2f}" == "13.34" and f"{maths.numpy().std():.2f}" == "11.55"
    assert maths.std(correction=0).item() == pytest.approx(np.std([72, 40, 55, 61]), rel=1e-6)
    assert maths.std().item() == pytest.approx(np.std([72, 40, 55, 61], ddof=1), rel=1e-6)
    rough = (maths - maths.mean()) / maths.std()
    assert rough.numpy().std() == pytest.approx(0.75**0.5, rel=1e-5)  # 0.866
    assert standardize(maths, 0).numpy().std() == pytest.approx(1, rel=1e-6)


# The exercises


def test_student_means_agree_with_numpy():
    terms = normal(2, 5, 3)
    np.testing.assert_allclose(student_means(terms).numpy(), terms.numpy().mean(axis=(0, 2)), rtol=1e-12)
    later = exam() + torch.tensor([2.0, -3.0, 4.0])
    rise = student_means(torch.stack([exam(), later])) - exam().mean(dim=1)
    torch.testing.assert_close(rise, torch.full((4,), 0.5))


@settings(max_examples=30)
@given(st.integers(1, 5), st.integers(1, 4), st.integers(0, 999))
def test_weighted_mean_agrees_with_numpy(n, m, seed):
    x, weights = normal(n, m, seed=seed), normal(m, seed=seed + 1).abs() + 0.1
    expected = np.average(x.numpy(), axis=1, weights=weights.numpy())
    np.testing.assert_allclose(weighted_mean(x, weights).numpy(), expected, rtol=1e-10, atol=1e-12)


def test_weighted_mean_takes_the_last_axis_of_any_number_of_axes():
    weights = torch.tensor([2.0, 1, 0.5, 3], dtype=torch.float64)
    for shape in ((4,), (2, 3, 4)):
        x = normal(*shape)
        expected = np.average(x.numpy(), axis=-1, weights=weights.numpy())
        np.testing.assert_allclose(weighted_mean(x, weights).numpy(), expected, rtol=1e-12)


def test_double_maths_changes_the_ranking():
    equal, double = exam().mean(1), weighted_mean(exam(), torch.tensor([2.0, 1, 1]))
    assert equal.argsort(descending=True).tolist() == [0, 1, 2, 3]
    assert double.argsort(descending=True).tolist() == [0, 3, 2, 1]
    assert weighted_mean(exam(), torch.tensor([0.0, 0, 1])).tolist() == [85, 88, 91, 76]


@pytest.mark.parametrize("dtype", FLOATS)
def test_softplus_agrees_with_torch(dtype):
    z = torch.cat([30 * normal(6, dtype=dtype), torch.tensor([-1e4, -100, 0, 100, 1e4], dtype=dtype)])
    ours = softplus(z)
    expected = F.softplus(z.double(), threshold=1e9)  # threshold: no shortcut below 1e9
    torch.testing.assert_close(
        ours.double(), torch.where(z > 500, z.double(), expected), rtol=1e-6, atol=1e-6
    )
    assert ours.shape == z.shape and softplus(z[:6].reshape(2, 3)).shape == (2, 3)
    assert (1 + torch.tensor(100.0).exp()).log().isinf()  # the direct formula


# Bad input

X = exam()
LABELS = torch.tensor([0, 2, 1])
BAD_INPUT = [
    ([1.0, 2.0], 0, TypeError, "x must be a float tensor, got <class 'list'>"),
    (X.long(), 0, TypeError, r"x must be a float tensor, got torch\.int64"),
    (torch.tensor(3.0), 0, ValueError, r"x must have entries along an axis, got \(\)"),
    (X[:0], 1, ValueError, r"x must have entries along an axis, got \(0, 3\)"),
    (X, 2, ValueError, "dim must be from -2 to 1, got 2"),
    (X, -3, ValueError, "dim must be from -2 to 1, got -3"),
    (X, 1.0, TypeError, "dim must be an int, got <class 'float'>"),
    (X, True, TypeError, "dim must be an int, got <class 'bool'>"),
    (X * NAN, 0, ValueError, "x contains NaN"),
]


@pytest.mark.parametrize(("x", "dim", "error", "message"), BAD_INPUT)
def test_bad_input(x, dim, error, message):
    for function in (check_input, logsumexp, naive_logsumexp, standardize):
        with pytest.raises(error, match=message):
            function(x, dim)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: standardize(torch.tensor([1.0, INF]), 0), ValueError, "too small or too large"),
        (lambda: standardize(torch.tensor([1e30, -1e30]), 0), ValueError, r"too large for torch\.float32"),
        (lambda: standardize(torch.tensor([0.0, 1e-30]), 0), ValueError, "too small or too large"),
        (lambda: one_hot([0, 1], 2), TypeError, "labels must be an int64 tensor, got <class 'list'>"),
        (lambda: one_hot(LABELS.float(), 3), TypeError, r"int64 tensor, got torch\.float32"),
        (lambda: one_hot(LABELS.bool(), 3), TypeError, r"int64 tensor, got torch\.bool"),
        (lambda: one_hot(LABELS[:0], 3), ValueError, "labels must not be empty"),
        (lambda: one_hot(LABELS, 2), ValueError, "labels must be from 0 to 1, got 0 to 2"),
        (lambda: one_hot(LABELS - 1, 3), ValueError, "labels must be from 0 to 2, got -1 to 1"),
        (lambda: one_hot(LABELS, 0), ValueError, "classes must be a positive integer, got 0"),
        (lambda: one_hot(LABELS, 3.0), ValueError, "classes must be a positive integer, got 3.0"),
        (lambda: check_labels(LABELS, True), ValueError, "classes must be a positive integer, got True"),
        (lambda: student_means(X), ValueError, "terms must have 3 axes, got 2"),
        (lambda: student_means(X.int()), TypeError, "terms must be a float tensor"),
        (lambda: weighted_mean(X, torch.ones(4)), ValueError, r"weights must have shape \(3,\), got \(4,\)"),
        (lambda: weighted_mean(X, torch.ones(1)), ValueError, r"weights must have shape \(3,\), got \(1,\)"),
        (lambda: weighted_mean(X, torch.zeros(3)), ValueError, "weights must be >= 0 with a finite sum > 0"),
        (lambda: weighted_mean(X, torch.tensor([2.0, -1, 1])), ValueError, r"got \[2.0, -1.0, 1.0\]"),
        (lambda: weighted_mean(X, torch.tensor([INF, 1, 1])), ValueError, "finite sum > 0"),
        (lambda: weighted_mean(X, LABELS), TypeError, r"weights must be a float tensor, got torch\.int64"),
        (lambda: weighted_mean(X.int(), torch.ones(3)), TypeError, "x must be a float tensor"),
        (lambda: softplus(X * NAN), ValueError, "z contains NaN"),
        (lambda: softplus(LABELS), TypeError, "z must be a float tensor"),
    ],
)
def test_other_bad_input(call, error, message):
    with pytest.raises(error, match=message):
        call()


# The file itself


@pytest.fixture(scope="module")
def printed(program_output):
    return program_output(LESSON)


def numbers(printed, label):
    """The list or tensor printed after ``label``."""
    line = next(line for line in printed.splitlines() if line.startswith(label))
    text = re.sub(r"\binf\b", "1e999", re.search(r"\[.*\]", line)[0])
    return ast.literal_eval(text)


def test_the_page_shows_its_table(printed):
    np_exam = exam().numpy()
    assert numbers(printed, "dim=0: tensor") == pytest.approx(np_exam.mean(axis=0).tolist(), abs=1e-4)
    assert numbers(printed, "dim=1: tensor") == pytest.approx(np_exam.mean(axis=1).tolist(), abs=1e-4)
    assert f"sum = {np_exam.sum():.1f}" in printed
    assert numbers(printed, "[57") == np_exam.mean(axis=0).tolist()  # in plain Python
    assert numbers(printed, "best") == np_exam.max(axis=1).tolist()
    assert numbers(printed, "where") == np_exam.argmax(axis=1).tolist()
    assert numbers(printed, "cumsum A") == np_exam.cumsum(axis=1)[0].tolist()
    assert numbers(printed, "std") == pytest.approx(np_exam.std(axis=0).tolist(), abs=1e-4)


def test_the_page_says_what_the_run_shows(printed):
    assert numbers(printed, "strongest") == [0, 1, 2, 0]
    assert numbers(printed, "count") == [2, 1, 1] and numbers(printed, "by points") == [0, 0, 4]
    assert numbers(printed, "naive") == [85, 88, INF, 76]
    assert numbers(printed, "ours") == numbers(printed, "torch =")
    assert "naive = [inf, -inf, 85.0, -inf]" in printed
    assert numbers(printed, "wrong") != numbers(printed, "right")
    assert "must match the size of tensor b (4)" in printed
    assert all(f"{line}: True" in printed for line in ("mean < 1e-6", "difference < 1e-6", "kept < 1e-4"))
    assert numbers(printed, "std: ") == pytest.approx([1, 1, 1], abs=1e-4)
    assert numbers(printed, "lost") == pytest.approx([18, -7, -11], abs=1e-3)
    assert "torch: 13.34  numpy: 11.55" in printed and "after: 0.866" in printed
    shapes = [f"dim={dim}: {shape}" for dim, shape in enumerate(["(4, 3)", "(2, 3)", "(2, 4)"])]
    assert all(shape in printed for shape in shapes)
    assert numbers(printed, "direct")[2] == INF and numbers(printed, "stable") == [0, 0.6931, 100]
