import itertools
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.linear_model import LinearRegression

from lessons.ch03_linear_regression.from_scratch import (
    check_data,
    check_line,
    check_pair,
    check_run,
    create_dataset,
    data_loader,
    fit,
    fit_outside,
    fit_slope,
    largest_lr,
    least_squares,
    mse,
    mse_grad,
    sgd,
    unchecked_mse,
)

LESSON = Path(__file__).parents[2] / "lessons/ch03_linear_regression/from_scratch.py"
NAN = float("nan")


@pytest.fixture(scope="module")
def data():
    x, y, _ = create_dataset()
    return x, y


def column(n, seed):
    return torch.randn(n, 1, generator=torch.Generator().manual_seed(seed))


def generator(seed):
    return torch.Generator().manual_seed(seed)


def numpy_fit(x, y, lr, epochs, batch_size, seed):
    """The lesson's training in float64, with the gradient written out: the path and the mean losses."""
    x, y = x.double().numpy().ravel(), y.double().numpy().ravel()
    rng = generator(seed)
    w = b = 0.0
    path, losses = [(w, b)], []
    for _ in range(epochs):
        order = torch.randperm(len(x), generator=rng).numpy()
        squares = 0.0
        for first in range(0, len(x), batch_size):
            rows = order[first : first + batch_size]
            residual = w * x[rows] + b - y[rows]
            squares += np.sum(residual**2)
            w, b = w - lr * 2 * np.mean(residual * x[rows]), b - lr * 2 * np.mean(residual)
            path.append((w, b))
        losses.append(squares / len(x))
    return np.array(path), np.array(losses)


# The data


def test_the_data_are_those_of_the_page(data):
    # make_regression(random_state=42) as run by hand, outside the lesson
    x, y = data
    *_, slope = create_dataset()
    assert x.shape == y.shape == (120, 1)
    assert x.dtype == y.dtype == torch.float32
    torch.testing.assert_close(x[:3, 0], torch.tensor([0.9313, 0.2961, 0.3571]), atol=1e-4, rtol=0)
    torch.testing.assert_close(y[:3, 0], torch.tensor([42.2001, 1.7484, 36.4793]), atol=1e-3, rtol=0)
    assert slope == pytest.approx(23.763754, abs=1e-5)


def test_the_data_follow_the_stated_truth():
    x, y, slope = create_dataset(random_state=7, n=50, bias=-3, noise=0)
    torch.testing.assert_close(y, slope * x - 3)
    assert slope != create_dataset(random_state=8)[2]
    x, y, slope = create_dataset(random_state=7, n=20_000, bias=-3, noise=4)
    assert (y - slope * x + 3).std().item() == pytest.approx(4, rel=0.03)


# Loss and gradient


def test_mse_agrees_with_torch_and_numpy():
    pred, target = column(37, 1), 5 * column(37, 2)
    expected = np.mean((pred.double().numpy() - target.double().numpy()) ** 2)
    assert mse(pred, target).shape == ()
    assert mse(pred, target).item() == pytest.approx(expected, rel=1e-6)
    torch.testing.assert_close(mse(pred, target), torch.nn.functional.mse_loss(pred, target))


@pytest.mark.parametrize("seed", range(5))
def test_mse_grad_agrees_with_autograd_and_finite_differences(seed):
    x, y = column(37, seed).double() + 0.5, 4 * column(37, seed + 100).double()
    w, b = torch.tensor([1.5, -0.7], dtype=torch.float64, requires_grad=True).unbind()
    w.retain_grad()
    b.retain_grad()
    mse(w * x + b, y).backward()
    by_hand = mse_grad(x, y, w.detach(), b.detach())
    torch.testing.assert_close(by_hand, (w.grad, b.grad), rtol=1e-12, atol=1e-12)

    def loss(w, b):
        return np.mean((w * x.numpy() + b - y.numpy()) ** 2)

    h = 1e-6
    assert by_hand[0].item() == pytest.approx((loss(1.5 + h, -0.7) - loss(1.5 - h, -0.7)) / (2 * h), rel=1e-6)
    assert by_hand[1].item() == pytest.approx((loss(1.5, -0.7 + h) - loss(1.5, -0.7 - h)) / (2 * h), rel=1e-6)


def test_least_squares_agrees_with_scikit_learn(data):
    for x, y in (data, (column(11, 3) - 2, column(11, 4))):
        oracle = LinearRegression().fit(x.double().numpy(), y.double().numpy().ravel())
        expected = torch.tensor([oracle.coef_[0], oracle.intercept_], dtype=torch.float32)
        torch.testing.assert_close(least_squares(x, y), expected, atol=1e-4, rtol=1e-5)


# Batches and the update


@pytest.mark.parametrize(
    ("n", "batch_size", "sizes"), [(120, 16, [16] * 7 + [8]), (5, 9, [5]), (6, 1, [1] * 6)]
)
def test_data_loader_yields_every_pair_once(n, batch_size, sizes):
    x = torch.arange(n, dtype=torch.float32).reshape(-1, 1)
    batches = list(data_loader(x, 10 * x, batch_size, generator(0)))
    assert [len(bx) for bx, _ in batches] == sizes
    seen = torch.cat([bx for bx, _ in batches])
    torch.testing.assert_close(seen.sort(dim=0).values, x)
    torch.testing.assert_close(torch.cat([by for _, by in batches]), 10 * seen)  # shuffled together


def test_data_loader_shuffles_by_its_generator():
    x = torch.arange(50.0).reshape(-1, 1)

    def order(rng):
        return torch.cat([bx for bx, _ in data_loader(x, x, 8, rng)]).flatten().tolist()

    rng = generator(0)
    first, second = order(rng), order(rng)
    assert first != second  # another order each epoch
    assert first == order(generator(0)) != order(generator(1))
    assert first != x.flatten().tolist()


def test_sgd_steps_against_the_gradient_and_clears_it():
    w, b = torch.tensor(3.0, requires_grad=True), torch.tensor([1.0, 2.0], requires_grad=True)
    (2 * w + (b * torch.tensor([4.0, -5.0])).sum()).backward()
    sgd([w, b], lr=0.1)
    torch.testing.assert_close((w.detach(), b.detach()), (torch.tensor(2.8), torch.tensor([0.6, 2.5])))
    assert w.grad is None and b.grad is None
    assert w.is_leaf and w.requires_grad  # the update was not recorded


# Training


@pytest.mark.parametrize(("n", "batch_size"), [(120, 16), (37, 10), (13, 13)])
def test_golden_trajectory(n, batch_size):
    x, y = column(n, 5) + 0.3, 3 * column(n, 6) + 1
    path, losses = fit(x, y, lr=0.05, epochs=5, batch_size=batch_size, seed=3)
    expected_path, expected_losses = numpy_fit(x, y, 0.05, 5, batch_size, 3)
    assert path.shape == expected_path.shape
    assert len(path) > 5
    np.testing.assert_allclose(path.numpy(), expected_path, atol=1e-4, rtol=0)
    np.testing.assert_allclose(losses, expected_losses, atol=1e-4, rtol=0)
    assert all(type(loss) is float for loss in losses)  # numbers, not graphs


# The page's data, lr 0.01, batch 16, 50 epochs. The bars leave a margin of two or more to the worst seed; none of 1000
# fresh seeds broke one.
def test_fit_reaches_the_least_squares_line(data, seeds, bar):
    x, y = data
    best = least_squares(x, y)
    floor = mse(best[0] * x + best[1], y).item()
    paths, losses = zip(*(fit(x, y, seed=seed) for seed in seeds), strict=True)
    ends, losses = torch.stack([path[-1] for path in paths]), np.array(losses) / floor
    off = (ends - best).abs()
    reached = [mse(w * x + b, y).item() / floor for w, b in ends]
    bar(off[:, 0], zh="斜率与最小二乘相差（元/°C）", en="slope, yuan/°C from least squares", at_most=0.6)
    bar(off[:, 1], zh="截距与最小二乘相差（元）", en="intercept, yuan from least squares", at_most=0.6)
    bar(reached, zh="损失与最小二乘的损失之比", en="loss over that of least squares", at_most=1.002)
    zh, en = "平均损失与最小二乘的损失之比", "mean loss over that of least squares"
    bar(losses[:, -1], zh=f"末轮：{zh}", en=f"last epoch: {en}", at_least=0.98, at_most=1.02)
    bar(losses[:, 0], zh=f"首轮：{zh}", en=f"first epoch: {en}", at_least=4.05, at_most=4.2)


def test_the_run_of_the_page_stops_within_a_tenth_of_least_squares(data):
    path, _ = fit(*data)
    assert (path[-1] - least_squares(*data)).abs().max() < 0.1


def test_raising_b_by_a_tenth_lowers_the_loss_as_the_gradient_says(data):
    x, y = data
    _, slope = mse_grad(x, y, torch.tensor(5.0), torch.tensor(0.0))
    change = mse(5 * x + 0.1, y) - mse(5 * x, y)
    assert change.item() == pytest.approx(0.1 * slope.item(), rel=0.005)  # 2.8 on the page
    assert change < -2.5


def test_a_step_closes_two_per_cent_of_the_gap():
    x = torch.tensor([[-1.0], [1.0], [0.0]])
    path, _ = fit(x, 0 * x + 10, epochs=100, batch_size=3)
    assert path[1, 1].item() == pytest.approx(0.2)
    assert 1 - path[100, 1].item() / 10 == pytest.approx(0.98**100, rel=1e-3)


def test_fit_depends_on_its_seed_only(data):
    before = torch.get_rng_state()
    path, losses = fit(*data, epochs=2)
    create_dataset()
    assert torch.equal(torch.get_rng_state(), before)  # the global generator is left alone
    torch.rand(1)
    again, losses_again = fit(*data, epochs=2)
    assert torch.equal(path, again) and losses == losses_again
    assert not torch.equal(path, fit(*data, epochs=2, seed=1)[0])


def test_the_truth_is_not_the_minimum(data):
    x, y = data
    *_, slope = create_dataset()
    best = least_squares(x, y)
    assert mse(slope * x + 12, y) > 1.05 * mse(best[0] * x + best[1], y)
    assert best[1].item() - 12 > 2.5 * 15 / 120**0.5  # more than two and a half standard errors


def test_the_standard_error_of_the_page(data):
    x, _ = data
    design = np.column_stack([x.double().numpy(), np.ones(120)])
    exact = 15 * np.sqrt(np.linalg.inv(design.T @ design)[1, 1])
    assert exact == pytest.approx(15 / 120**0.5, rel=0.01)
    rng = np.random.default_rng(0)
    noise = 15 * rng.standard_normal((120, 20_000))
    errors = np.linalg.lstsq(design, noise, rcond=None)[0][1]
    assert np.mean(np.abs(errors) < exact) == pytest.approx(0.683, abs=0.015)  # two in three
    best = least_squares(*data)[1].item()
    assert 0 < np.mean(np.abs(errors) > best - 12) < 0.02  # the page's data are unusual


# The mistakes


def test_without_the_mean_training_stops(data):
    with pytest.raises(RuntimeError, match="only for scalar outputs"):
        fit(*data, loss_fn=lambda pred, target: (pred - target) ** 2)


def test_the_wrong_average_is_fifteen_times_too_small(data):
    x, y = data
    w, b = least_squares(x, y)
    floor = mse(w * x + b, y).item()
    for seed in range(20):
        means = [mse(w * bx + b, by).item() for bx, by in data_loader(x, y, 16, generator(seed))]
        assert len(means) == 8
        assert 13 <= floor / (sum(means) / len(x)) <= 17  # 120 / 8 = 15
    assert 0.98 <= fit(x, y)[1][-1] / floor <= 1.02


def test_the_mean_of_batch_means_weighs_a_small_batch_too_much():
    # One sample is far off; alone in the last batch it counts for half.
    y = torch.tensor([[0.0]] * 4 + [[10.0]])
    x = torch.ones(5, 1)
    seed = next(s for s in range(100) if torch.randperm(5, generator=generator(s))[-1] == 4)
    _, losses = fit(x, y, lr=1e-12, epochs=1, batch_size=4, seed=seed)
    assert losses[0] == pytest.approx(20)  # 100 / 5, where the plain mean of means is (0 + 100) / 2


def test_dividing_by_the_batch_size_twice_is_a_small_learning_rate(data):
    x, y = data
    path, losses = fit(x, y, lr=0.01 / 16)
    w, b = torch.tensor(0.0, requires_grad=True), torch.tensor(0.0, requires_grad=True)
    rng = generator(0)
    for _ in range(50):
        for bx, by in data_loader(x, y, 16, rng):
            mse(w * bx + b, by).backward()
            with torch.no_grad():
                for p in (w, b):
                    p -= 0.01 * p.grad / 16
                    p.grad = None
    torch.testing.assert_close(path[-1], torch.stack([w, b]).detach(), atol=1e-4, rtol=0)
    best = least_squares(x, y)
    assert 2.4 < mse(w * x + b, y) / mse(best[0] * x + best[1], y) < 2.7
    assert abs(w.item() - 7.95) < 0.2
    assert all(late < early for early, late in itertools.pairwise(losses))  # it looks like learning


def test_dividing_once_is_right_for_a_sum(data):
    x, y = data[0][:112], data[1][:112]  # seven full batches
    by_mean, _ = fit(x, y, epochs=3)
    by_sum, _ = fit(x, y, epochs=3, lr=0.01 / 16, loss_fn=lambda p, t: ((p - t) ** 2).sum())
    torch.testing.assert_close(by_sum, by_mean, atol=1e-4, rtol=0)


def test_broadcasting_flattens_the_line_in_silence(data):
    x, y = data
    assert (x - y.flatten()).shape == (120, 120)
    path, losses = fit(x, y, loss_fn=unchecked_mse)
    assert losses[-1] < 0.85 * losses[0]  # it looks like learning
    assert abs(path[-1, 0]) < 3 < 20 < least_squares(x, y)[0]  # but the slope is gone
    assert abs(path[-1, 1] - y.mean()) < 1
    perfect = torch.tensor([[1.0], [2.0], [3.0]])
    assert unchecked_mse(perfect, perfect) == pytest.approx(12 / 9)  # not 0
    with pytest.raises(ValueError, match=r"\(120, 1\) and \(120,\)"):
        mse(x, y.flatten())
    with pytest.warns(UserWarning, match="target size"):  # torch's own loss only warns
        torch.nn.functional.mse_loss(x, y.flatten())


# One seed scatters by 0.14, the mean of 20 by 0.03.
def test_one_label_in_sixteen_leaves_a_sixteenth_of_the_slope(data, seeds, bar):
    slopes = [fit(*data, loss_fn=unchecked_mse, seed=seed)[0][-1, 0].item() for seed in seeds]
    bar(
        np.array(slopes) * 16 / least_squares(*data)[0].item(),
        zh="广播错误下的斜率，乘 16，与最小二乘之比",
        en="slope with the broadcasting mistake, times 16, over least squares",
        of="mean",
        at_least=0.75,
        at_most=1.25,
    )
    slope = fit(*data, loss_fn=unchecked_mse, lr=0.1, batch_size=120)[0][-1, 0].item()
    assert abs(slope) < 0.05  # all labels at once: nothing of it is left


# The exercises


def test_largest_lr_is_the_limit(data):
    x, y = data
    a = x.double().numpy()
    hessian = 2 * np.array([[np.mean(a**2), np.mean(a)], [np.mean(a), 1]])
    limit = largest_lr(x)
    assert limit == pytest.approx(2 / np.linalg.eigvalsh(hessian).max(), rel=1e-5)
    best = least_squares(x, y)
    inside, _ = fit(x, y, lr=0.95 * limit, batch_size=120, epochs=200)
    torch.testing.assert_close(inside[-1], best, atol=1e-2, rtol=0)
    outside, losses = fit(x, y, lr=1.05 * limit, batch_size=120, epochs=200)
    assert losses[-1] > 1e6 * losses[0]
    assert (outside[-1] - best).abs().max() > 1e4


def test_parameters_made_outside_are_trained_on_and_the_last_batch_is_dropped(data):
    x, y = data
    params = [torch.zeros((), requires_grad=True) for _ in range(2)]
    first, second = (fit_outside(params, x, y, seed=seed) for seed in (0, 1))
    floor = mse(x * least_squares(x, y)[0] + least_squares(x, y)[1], y).item()
    assert first[0][0] > 3.5 * floor  # from 0, as on the page of `fit`
    assert second[0][0] < 1.2 * floor  # from where the first call stopped
    assert {used for _, used in first + second} == {120 // 16 * 16} == {112}
    fresh = fit_outside([torch.zeros((), requires_grad=True) for _ in range(2)], x, y, seed=0)
    assert fresh == first  # parameters made anew, the same run
    with pytest.raises(ValueError, match="0-d"):
        fit_outside([torch.zeros(1), torch.zeros(1)], x, y)


def test_fit_outside_step_by_step(data):
    x, y = data[0][:33], data[1][:33]  # two batches of 16, one sample is dropped
    params = [torch.zeros((), requires_grad=True) for _ in range(2)]
    history = fit_outside(params, x, y)
    x, y, rng, w, b, expected = x.double().numpy(), y.double().numpy(), generator(0), 0.0, 0.0, []
    for _ in range(50):
        order, squares = torch.randperm(33, generator=rng).numpy(), 0.0
        for rows in (order[:16], order[16:32]):
            residual = w * x[rows] + b - y[rows]
            squares += np.sum(residual**2)
            w, b = w - 0.02 * np.mean(residual * x[rows]), b - 0.02 * np.mean(residual)
        expected.append((squares / 32, 32))
    np.testing.assert_allclose(history, expected, rtol=1e-4)
    assert [p.item() for p in params] == pytest.approx([w, b], abs=1e-4)


def test_training_is_as_precise_as_its_data(data):
    x, y = (t.double() for t in data)
    expected = numpy_fit(x, y, 0.01, 3, 16, seed=0)[1]
    np.testing.assert_allclose(fit(x, y, epochs=3)[1], expected, rtol=1e-13)
    third = torch.tensor([[1.0], [2.0], [3.0]], dtype=torch.float64)
    w, losses = fit_slope(third, third, start=1 / 3)
    assert len(losses) == 100
    assert losses[0] > 0 and w != torch.tensor(w, dtype=torch.float32).item()


# 100 epochs on three points. A seed is a start in U(-5, 5): nothing else varies.
def test_fit_slope_finds_the_slope(seeds, bar):
    x = torch.tensor([[1.0], [2.0], [3.0]])
    starts = np.random.default_rng(0).uniform(-5, 5, len(seeds))
    slopes, losses = zip(*(fit_slope(x, 2 * x, start=float(start)) for start in starts), strict=True)
    assert all(row[0] > 1e-9 for row in losses)
    bar(
        abs(np.array(slopes) - 2),
        zh="练习：斜率与 2 相差",
        en="exercise: slope, distance from 2",
        at_most=1e-5,
    )
    bar([row[-1] for row in losses], zh="练习：末轮损失", en="exercise: last loss", at_most=1e-9)


def test_fit_slope_step_by_step():
    x = torch.tensor([[1.0], [2.0], [3.0]])
    w, expected = 1.0, []
    for _ in range(4):
        squares = []
        for xi in (1.0, 2.0, 3.0):
            squares.append((w * xi - 2 * xi) ** 2)
            w -= 0.01 * 2 * xi * (w * xi - 2 * xi)
        expected.append(sum(squares) / 3)
        last = squares[-1]
    slope, losses = fit_slope(x, 2 * x, epochs=4)
    assert slope == pytest.approx(w, abs=1e-5)
    assert losses == pytest.approx(expected, abs=1e-4)
    assert losses[-1] < 0.7 * last  # the last sample alone tells another story
    assert fit_slope(x, 2 * x)[0] * 4 == pytest.approx(8, abs=1e-4)


def test_uncleared_gradients_never_settle():
    x = torch.tensor([[1.0], [2.0], [3.0]])
    _, losses = fit_slope(x, 2 * x, clear=False)
    assert max(losses[-10:]) > losses[0]
    ends = [fit_slope(x, 2 * x, clear=False, epochs=epochs)[0] for epochs in range(90, 101)]
    assert min(ends) < 1.5 < 2.5 < max(ends)  # still swinging around 2


# Bad input

X = torch.zeros(3, 1)
BAD_DATA = [
    ([1.0, 2.0], X, TypeError, "x must be a float tensor, got <class 'list'>"),
    (X.long(), X, TypeError, r"x must be a float tensor, got torch\.int64"),
    (X, X.bool(), TypeError, "y must be a float tensor"),
    (torch.zeros(3), X, ValueError, r"x must have shape \(n, 1\) with n >= 1, got \(3,\)"),
    (X, torch.zeros(3), ValueError, r"y must have shape .* got \(3,\)"),
    (torch.zeros(3, 2), X, ValueError, r"x must have shape .* got \(3, 2\)"),
    (torch.zeros(0, 1), torch.zeros(0, 1), ValueError, r"x must have shape .* got \(0, 1\)"),
    (X, torch.zeros(4, 1), ValueError, r"x and y differ in shape: \(3, 1\) and \(4, 1\)"),
    (X + NAN, X, ValueError, "x contains NaN or infinity"),
    (X, X + float("inf"), ValueError, "y contains NaN or infinity"),
]
ZERO = torch.tensor(0.0)


@pytest.mark.parametrize(("x", "y", "error", "message"), BAD_DATA)
def test_bad_data(x, y, error, message):
    for function in (
        check_data,
        fit,
        lambda x, y: fit_outside([ZERO, ZERO], x, y),
        fit_slope,
        least_squares,
        lambda x, y: mse_grad(x, y, ZERO, ZERO),
        lambda x, y: data_loader(x, y, 2, generator(0)),  # at the call, not at the first batch
    ):
        with pytest.raises(error, match=message):
            function(x, y)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: check_run(0), ValueError, "learning rate must be positive and finite, got 0"),
        (lambda: check_run(NAN), ValueError, "learning rate .* got nan"),
        (lambda: check_run(0.1, epochs=0), ValueError, "epochs must be a positive integer, got 0"),
        (lambda: check_run(size=2.0), ValueError, "size must be a positive integer, got 2.0"),
        (lambda: check_pair(X, X.int()), TypeError, r"must be float, got torch\.float32 and torch\.int32"),
        (lambda: check_pair(X, X.T), ValueError, r"shapes differ .* \(3, 1\) and \(1, 3\)"),
        (lambda: check_line(ZERO, X), ValueError, r"must be 0-d, got \(\) and \(3, 1\)"),
        (lambda: create_dataset(n=0), ValueError, "n_samples"),
        (lambda: create_dataset(noise=-1), ValueError, "noise"),
        (lambda: create_dataset(noise=NAN), ValueError, "noise|NaN"),
        (lambda: create_dataset(bias=NAN), ValueError, "bias|NaN"),
        (
            lambda: data_loader(X, X, 0, generator(0)),
            ValueError,
            "batch_size must be a positive integer, got 0",
        ),
        (lambda: data_loader(X, X, 1.5, generator(0)), ValueError, "batch_size must be .* got 1.5"),
        (lambda: fit(X, X, lr=-0.1), ValueError, "learning rate .* got -0.1"),
        (lambda: fit(X, X, lr=float("inf")), ValueError, "learning rate .* got inf"),
        (lambda: fit(X, X, epochs=0), ValueError, "epochs must be a positive integer, got 0"),
        (lambda: fit(X, X, batch_size=-1), ValueError, "batch_size"),
        (lambda: fit_slope(X, X, lr=0), ValueError, "learning rate"),
        (lambda: fit_slope(X, X, epochs=-1), ValueError, "epochs"),
        (lambda: largest_lr(torch.zeros(3)), ValueError, "shape"),
        (lambda: largest_lr(X.int()), TypeError, "float tensor"),
        (lambda: least_squares(X + 2, X), ValueError, "at least two different values"),
        (lambda: mse(X, X.squeeze()), ValueError, r"shapes differ or are empty: \(3, 1\) and \(3,\)"),
        (lambda: mse(X[:0], X[:0]), ValueError, r"empty: \(0, 1\)"),
        (lambda: mse(X, X.long()), TypeError, r"must be float, got torch\.float32 and torch\.int64"),
        (lambda: mse_grad(X, X, torch.zeros(1), ZERO), ValueError, r"must be 0-d, got \(1,\) and \(\)"),
        (lambda: mse_grad(X, X, ZERO, torch.zeros(3, 1)), ValueError, "must be 0-d"),
        (lambda: sgd([ZERO.clone().requires_grad_()], 0.1), ValueError, "has no gradient: call backward"),
        (lambda: sgd([], 0.0), ValueError, "learning rate"),
    ],
)
def test_bad_input(call, error, message):
    with pytest.raises(error, match=message):
        call()


# The file itself


def test_the_page_says_what_the_run_shows(program_output):
    lines = program_output(LESSON).splitlines()
    assert "[16, 16, 16, 16, 16, 16, 16, 8]" in lines
    assert "grad can be implicitly created only for scalar outputs" in lines
    gradients = [line.split() for line in lines if len(line.split()) == 2 and line.startswith("-")]
    assert len(gradients) == 2 and gradients[0] == gradients[1]  # autograd's and ours


def test_the_replay_shows_the_trainings(replay_of, program_output, data):
    replay, (x, y) = replay_of(LESSON), data
    frames, rates = replay["frame"]["values"], replay["setting"]["values"]
    ws, bs, losses = (np.array(entry["values"], float) for entry in replay["readout"])  # None becomes NaN
    points, _, line = replay["panels"][0]["layers"]
    np.testing.assert_allclose([points["x"], points["y"]], np.stack([x.ravel(), y.ravel()]), rtol=1e-3)
    for i, rate in enumerate(rates):
        path = numpy_fit(x, y, rate, 50, 16, seed=0)[0][frames]
        errors = path[:, :1] * x.double().numpy().T + path[:, 1:] - y.double().numpy().T
        kept = slice(None) if rate < 1 else slice(30)  # beyond, float32 overflows
        np.testing.assert_allclose(np.stack([ws[i], bs[i]], 1)[kept], path[kept], rtol=2e-3, atol=2e-3)
        np.testing.assert_allclose(losses[i][kept], np.mean(errors**2, axis=1)[kept], rtol=2e-3)
        drawn = path[:, :1] * np.array(line["x"]) + path[:, 1:]
        np.testing.assert_allclose(np.array(line["y"][i], float)[kept], drawn[kept], rtol=2e-3, atol=1e-2)
    printed = next(li for li in program_output(LESSON).splitlines() if li.startswith("training ")).split()
    assert [ws[0, -1], bs[0, -1], losses[0, -1]] == pytest.approx([float(n) for n in printed[1:]], abs=0.05)
    limit = largest_lr(x)
    assert rates[-2] < limit < rates[-1]
    top, wild = replay["panels"][1]["y"]["range"][1], losses[-1]
    assert not (wild[-10:] < top).any() and (wild[7:] > 2 * wild[0]).sum() > 20  # seen to diverge
    assert (losses[:-1] <= losses[0, 0]).all()
