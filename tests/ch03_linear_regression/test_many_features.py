"""Many features: scikit-learn, NumPy, autograd and finite differences are the oracles."""

import math
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from sklearn.datasets import load_diabetes
from sklearn.linear_model import LinearRegression
from sklearn.metrics import r2_score, root_mean_squared_error
from sklearn.preprocessing import PolynomialFeatures, StandardScaler

from lessons.ch03_linear_regression import many_features as lesson
from lessons.ch03_linear_regression.many_features import (
    NAMES,
    add_squares,
    condition_number,
    curvatures,
    descend,
    fit_normal,
    load_patients,
    mse_grad,
    predict,
    predict_loop,
    rmse,
    seconds,
    split,
    standardize_fit,
    to_raw,
    try_split,
)

NAN = float("nan")


def normal(*shape, seed=0):
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


@pytest.fixture(scope="module")
def patients():
    return load_patients()


@pytest.fixture(scope="module")
def training(patients):
    x, y = patients
    rows, _ = split(len(x), 100, seed=0)
    mean, std = standardize_fit(x[rows])
    return (x[rows] - mean) / std, y[rows]


# The data


def test_the_patients_are_those_of_scikit_learn(patients):
    x, y = patients
    data = load_diabetes(scaled=False)
    assert x.shape == (442, 10) and x.dtype == y.dtype == torch.float64
    np.testing.assert_array_equal(x, data.data)
    np.testing.assert_array_equal(y, data.target)
    assert (y.min(), y.max()) == (25, 346)
    assert len(NAMES) == 10 and data.feature_names[2:4] == ["bmi", "bp"]


@pytest.mark.parametrize(("n", "test"), [(442, 100), (5, 1), (7, 6)])
def test_a_split_holds_every_row_once(n, test):
    train, held_out = split(n, test, seed=3)
    assert len(held_out) == test
    assert sorted(torch.cat([train, held_out]).tolist()) == list(range(n))
    assert torch.equal(split(n, test, seed=3)[1], held_out)


def test_other_seeds_split_otherwise_and_the_global_generator_rests():
    state = torch.get_rng_state()
    assert len({tuple(split(50, 10, seed)[1].tolist()) for seed in range(20)}) == 20
    assert torch.equal(torch.get_rng_state(), state)


# Matrix form


@pytest.mark.parametrize(("n", "d"), [(7, 3), (1, 5), (20, 1)])
def test_the_matrix_form_equals_the_loop_and_numpy(n, d):
    x, w = normal(n, d), normal(d, seed=1)
    expected = np.einsum("ij,j->i", x.numpy(), w.numpy()) - 1.5
    np.testing.assert_allclose(predict(x, w, -1.5), expected, rtol=1e-12)
    np.testing.assert_allclose(predict_loop(x, w, -1.5), expected, rtol=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_the_gradient_agrees_with_autograd_and_finite_differences(seed):
    x, y = normal(11, 4, seed=seed), normal(11, seed=seed + 10)
    w = normal(4, seed=seed + 20).requires_grad_()
    b = torch.tensor(0.7, dtype=torch.float64, requires_grad=True)
    ((x @ w + b - y) ** 2).mean().backward()
    slope_w, slope_b = mse_grad(x, y, w.detach(), b.detach())
    torch.testing.assert_close((slope_w, slope_b), (w.grad, b.grad), rtol=1e-12, atol=1e-12)

    def loss(w, b):
        return np.mean((x.numpy() @ w + b - y.numpy()) ** 2)

    w0, h = w.detach().numpy(), 1e-6
    for j in range(4):
        e = h * np.eye(4)[j]
        assert slope_w[j].item() == pytest.approx((loss(w0 + e, 0.7) - loss(w0 - e, 0.7)) / (2 * h), rel=1e-6)


def test_the_first_five_updates_against_float64_numpy(training):
    z, y = (t.float() for t in training)
    xs, ys = z.double().numpy(), y.double().numpy()
    w, b, losses = np.zeros(10), 0.0, []
    for steps in range(1, 6):
        residual = xs @ w + b - ys
        losses.append(np.mean(residual**2))
        w, b = w - 0.2 * 2 * xs.T @ residual / len(xs), b - 0.2 * 2 * np.mean(residual)
        ours = descend(z, y, lr=0.2, steps=steps)
        np.testing.assert_allclose(ours[0], w, atol=1e-4)
        assert ours[1].item() == pytest.approx(b, abs=1e-4)
        np.testing.assert_allclose(ours[2], losses, rtol=1e-5)


# Conditioning and standardizing


@pytest.mark.parametrize("seed", range(3))
def test_curvatures_are_those_of_autograd_s_hessian(seed):
    x, y = 3 * normal(13, 4, seed=seed) + 1, normal(13, seed=9)

    def loss(v):
        return ((x @ v[:4] + v[4] - y) ** 2).mean()

    expected = np.linalg.eigvalsh(torch.autograd.functional.hessian(loss, normal(5)).numpy())
    np.testing.assert_allclose(curvatures(x), expected, rtol=1e-9)
    assert condition_number(x) == pytest.approx(expected[-1] / expected[0], rel=1e-9)


def test_a_flat_direction_has_an_infinite_condition_number():
    x = normal(9, 2)
    assert condition_number(torch.cat([x, x[:, :1] + x[:, 1:]], dim=1)) == math.inf
    assert condition_number(torch.cat([x, torch.ones(9, 1)], dim=1)) == math.inf  # the bias twice


@pytest.mark.parametrize("scale", [0.001, 1.0, 10.0, 1000.0])
def test_a_column_twice_is_flat_whatever_rounding_leaves_of_its_curvature(scale):
    for seed in range(5):
        x = scale * normal(9, 2, seed=seed)
        assert condition_number(torch.cat([x, x[:, :1]], dim=1)) == math.inf


def test_just_below_the_limit_converges_and_just_above_diverges(training):
    z, y = training
    limit = 2 / curvatures(z)[-1].item()
    _, _, below = descend(z, y, lr=0.99 * limit, steps=400)
    _, _, above = descend(z, y, lr=1.01 * limit, steps=400)
    assert below[-1] < 3000 and above[-1] > 2 * above[0]


def test_standardizing_agrees_with_scikit_learn(patients):
    x, _ = patients
    mean, std = standardize_fit(x)
    np.testing.assert_allclose((x - mean) / std, StandardScaler().fit_transform(x.numpy()), atol=1e-12)
    with pytest.raises(ValueError, match="column 1 is constant"):
        standardize_fit(torch.stack([x[:, 0], torch.full((442,), 7.0)], dim=1))
    with pytest.raises(ValueError, match="column 2 is constant"):  # the others vary, if little
        standardize_fit(torch.stack([x[:, 2] / 1000, x[:, 3] / 1000, torch.ones(442)], dim=1))
    with pytest.raises(ValueError, match="column 0 is constant"):
        standardize_fit(x[:1])  # one patient has no scale


# Closed form


@pytest.mark.parametrize("seed", range(4))
def test_the_normal_equations_agree_with_scikit_learn(patients, seed):
    tables = [patients, (normal(30, 3, seed=seed), normal(30, seed=seed + 5))]
    for x, y in tables:
        oracle = LinearRegression().fit(x.numpy(), y.numpy())
        w, b = fit_normal(x, y)
        np.testing.assert_allclose(w, oracle.coef_, rtol=1e-6, atol=1e-8)
        assert b.item() == pytest.approx(oracle.intercept_, rel=1e-6)


def test_training_arrives_where_the_formula_points(training):
    z, y = training
    w, b, losses = descend(z, y, lr=0.2, steps=5000)
    best_w, best_b = fit_normal(z, y)
    torch.testing.assert_close(w, best_w, atol=1e-5, rtol=0)
    torch.testing.assert_close(b, best_b, atol=1e-9, rtol=0)
    assert all(later <= earlier for earlier, later in pairwise(losses[:100]))


def test_the_forecast_beats_the_mean_on_every_split(patients, seeds, bar):
    tries = [try_split(*patients, seed) for seed in seeds]
    errors, weights = torch.tensor([t[:2] for t in tries]), torch.stack([t[2] for t in tries])
    for column, zh, en in (
        (2, "BMI ", "BMI"),
        (3, "血压", "blood pressure"),
        (8, "s5 ", "s5"),
    ):  # they raise the score
        bar(weights[:, column], zh=f"{zh}的权重", en=f"weight of {en}", at_least=5)
    bar(
        errors[:, 0] / errors[:, 1],
        zh="测试误差与只猜均值之比",
        en="test error over that of the mean",
        at_most=0.9,
    )
    bar(errors[:, 0], zh="测试误差（分）", en="test error (points)", at_least=44, at_most=67)


@pytest.mark.parametrize("seed", range(3))
def test_the_split_error_agrees_with_scikit_learn(patients, seed):
    x, y = (t.numpy() for t in patients)
    train, test = (rows.numpy() for rows in split(442, 100, seed))
    forecast = LinearRegression().fit(x[train], y[train]).predict(x[test])
    ours, mean, w = try_split(*patients, seed)
    scaled = LinearRegression().fit(StandardScaler().fit_transform(x[train]), y[train])
    np.testing.assert_allclose(w, scaled.coef_, rtol=1e-6, atol=1e-6)
    assert ours == pytest.approx(root_mean_squared_error(y[test], forecast), rel=1e-8)
    assert mean == pytest.approx(np.sqrt(np.mean((y[test] - y[train].mean()) ** 2)), rel=1e-12)


# Mistakes and solutions


def test_a_patient_standardized_alone_is_always_zero(patients, training):
    x, _ = patients
    w, b = fit_normal(*training)
    alone = (x[:1] - x[:1].mean(dim=0)) / (x[:1].std(dim=0, correction=0) + 1e-8)
    assert predict(alone, w, b).item() == b.item()


def test_labels_as_a_column_make_n_by_n_differences():
    forecast, y = normal(6), normal(6, seed=1)
    assert (forecast - y.reshape(-1, 1)).shape == (6, 6)
    with pytest.raises(ValueError, match=r"got \(6,\) and \(6, 1\)"):
        rmse(forecast, y.reshape(-1, 1))
    assert rmse(forecast, y) == pytest.approx(root_mean_squared_error(y.numpy(), forecast.numpy()))


def test_raw_weights_make_the_same_forecasts(patients, training):
    x, _ = patients
    mean, std = standardize_fit(x[:300])
    w, b = fit_normal(*training)
    raw_w, raw_b = to_raw(w, b, mean, std)
    torch.testing.assert_close(
        predict(x, raw_w, raw_b), predict((x - mean) / std, w, b), rtol=1e-10, atol=1e-9
    )


def test_squares_agree_with_scikit_learn_s_polynomials():
    z = normal(7, 3)
    columns = PolynomialFeatures(2, include_bias=False).fit_transform(z.numpy())
    squares = [0, 1, 2, 3, 6, 8]  # of a, b, c, aa, ab, ac, bb, bc, cc
    np.testing.assert_allclose(add_squares(z), columns[:, squares], rtol=1e-12)


def test_seconds_is_the_best_of_its_runs():
    calls = []
    assert seconds(lambda: calls.append(1), repeats=4) >= 0
    assert len(calls) == 4


def test_seconds_is_the_shortest_time_between_two_readings(monkeypatch):
    clock = iter([10.0, 15.0, 20.0, 22.0, 30.0, 33.0])  # 5, 2 and 3 seconds
    monkeypatch.setattr(lesson, "time", SimpleNamespace(perf_counter=lambda: next(clock)))
    assert seconds(lambda: None, repeats=3) == 2


# Bad input


@pytest.mark.parametrize(
    ("x", "error", "message"),
    [
        ([[1.0]], TypeError, "x must be a float tensor, got <class 'list'>"),
        (torch.ones(3, 2).long(), TypeError, "x must be a float tensor, got torch.int64"),
        (torch.ones(3), ValueError, r"x must have shape \(n, features\), got \(3,\)"),
        (torch.ones(0, 2), ValueError, r"got \(0, 2\)"),
        (torch.tensor([[1.0, NAN]]), ValueError, "x contains NaN or infinity"),
    ],
)
@pytest.mark.parametrize(
    "function",
    [
        lambda x: predict(x, torch.ones(2), 0.0),
        lambda x: predict_loop(x, torch.ones(2), 0.0),
        lambda x: descend(x, torch.ones(3), 0.1, 1),
        lambda x: fit_normal(x, torch.ones(3)),
        curvatures,
        condition_number,
        standardize_fit,
        add_squares,
    ],
)
def test_bad_tables(function, x, error, message):
    with pytest.raises(error, match=message):
        function(x)


@pytest.mark.parametrize(
    ("y", "error", "message"),
    [
        ([1.0] * 3, TypeError, "y must be of x's dtype torch.float64, got <class 'list'>"),
        (torch.ones(3), TypeError, "y must be of x's dtype torch.float64, got torch.float32"),
        (normal(3, 1), ValueError, r"y must have shape \(3,\), got \(3, 1\)"),
        (normal(4), ValueError, r"y must have shape \(3,\), got \(4,\)"),
        (torch.full((3,), NAN, dtype=torch.float64), ValueError, "y contains NaN or infinity"),
    ],
)
def test_bad_labels(y, error, message):
    x = normal(3, 2)
    for call in (
        lambda: mse_grad(x, y, normal(2), normal(1)[0]),
        lambda: descend(x, y, 0.1, 1),
        lambda: fit_normal(x, y),
        lambda: try_split(x, y, 0),
    ):
        with pytest.raises(error, match=message):
            call()


def test_other_bad_input():
    x, y = normal(5, 2), normal(5)
    for function in (predict, predict_loop):
        with pytest.raises(ValueError, match=r"w must have shape \(2,\), got \(3,\)"):
            function(x, normal(3), 0.0)
    for lr, steps in ((0.0, 5), (-1.0, 5), (math.inf, 5), (NAN, 5), (0.1, 0)):
        with pytest.raises(ValueError, match="lr must be positive and steps >= 1"):
            descend(x, y, lr, steps)
    for test in (0, 5, -1):
        with pytest.raises(ValueError, match=f"test must be between 1 and 4, got {test}"):
            split(5, test, 0)
    with pytest.raises(ValueError, match="columns depend on each other"):
        fit_normal(torch.cat([x, x], dim=1), y)
    with pytest.raises(ValueError, match="columns depend on each other"):
        fit_normal(normal(2, 3), normal(2))  # more weights than patients
    with pytest.raises(ValueError, match="std must be positive"):
        to_raw(normal(2), y[0], normal(2), torch.tensor([1.0, 0.0]))
    for shape, other in (((0,), (0,)), ((6,), (5,)), ((6,), (1,)), ((6, 2), (6, 2))):
        with pytest.raises(ValueError, match="expected two equal shapes"):
            rmse(normal(*shape), normal(*other))


# What the page says


@pytest.fixture(scope="module")
def output(program_output) -> list[str]:
    return program_output(lesson.__file__).splitlines()


def number(output: list[str], start: str) -> list[float]:
    line = next(text for text in output if text.startswith(start))
    words = line.removeprefix(start).replace(",", " ").split()
    return [float(w) for w in words if w.replace(".", "").replace("-", "").replace("e+", "").isdigit()]


def test_the_page_s_story(output, patients):
    x, y = (t.numpy() for t in patients)
    train, test = (rows.numpy() for rows in split(442, 100, 0))
    forecast = LinearRegression().fit(x[train], y[train]).predict(x[test])
    error, score = root_mean_squared_error(y[test], forecast), r2_score(y[test], forecast)
    base = np.sqrt(np.mean((y[test] - y[train].mean()) ** 2))
    assert f"test error {error:.1f}, always the mean {base:.1f}, R2 {score:.2f}" in output
    assert "better than the mean in 200 of 200" in output
    assert "the loop takes over 100 times as long: True" in output
    low = {name: number(output, f"weight of {name:14}") for name in ("BMI", "blood pressure", "s1", "s5")}
    assert min(low[name][0] for name in ("BMI", "blood pressure", "s5")) > 5
    assert low["s1"][1] - low["s1"][0] > 50
    formula, short, long = (number(output, start) for start in ("formula:", "  10 steps:", "4000 steps:"))
    assert formula[0] == long[0] and 0 < short[0] - formula[0] < 0.2
    assert any(text.startswith("condition number 5.5e+07,") for text in output)
    assert any(text.startswith("condition number 513,") for text in output)
    raw = number(output, "after 1000 steps: typical error")[0]
    assert raw > 55 and number(output, "better than the raw run's 1000 steps after")[0] < 20


def test_the_page_s_mistakes(output):
    wrong = {text.split()[1] for text in output if text.startswith("wrong ")}
    assert len(wrong) == 1  # the same score for everybody
    assert any(text.startswith("(100, 100) ") for text in output)
    raw, standard = zip(*(number(output, f"{name:15} raw") for name in ("sex", "BMI")), strict=True)
    assert abs(raw[0]) > 3 * abs(raw[1]) and abs(standard[0]) < abs(standard[1]) / 2
    plain, squares = (number(output, f"{name} ") for name in ("plain", "squares"))
    assert squares[1] < plain[1] - 1 and abs(squares[0] - plain[0]) < 0.5
