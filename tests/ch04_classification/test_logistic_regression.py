import math
from itertools import pairwise
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import entropy as scipy_entropy
from sklearn.datasets import load_breast_cancer
from sklearn.datasets import make_moons as sklearn_moons
from sklearn.linear_model import LogisticRegression

from lessons.ch04_classification import logistic_regression as lesson
from lessons.ch04_classification.logistic_regression import (
    HALF,
    SLOPE,
    accuracy,
    bce_on_probability,
    bce_textbook,
    bce_with_logits,
    best_line_accuracy,
    check_floats,
    double_sigmoid,
    fit_logistic,
    kl_divergence,
    linear_bce,
    linear_mse,
    logistic_grad,
    make_moons,
    make_students,
    mse_on_probability,
    plot_students,
    sigmoid,
    slope,
)

SCRIPT = Path(lesson.__file__)
SIX_X = torch.tensor([[1.0], [2.0], [0.5], [2.5], [2.6], [3.1]])
SIX_Y = torch.tensor([[1.0], [1.0], [0.0], [1.0], [1.0], [1.0]])


def classes(seeds):
    """One class of 200 students for each seed: hours minus 5 and results, (S, 200, 1)."""
    pairs = [make_students(200, seed) for seed in seeds]
    return torch.stack([hours for hours, _ in pairs]) - 5, torch.stack([passed for _, passed in pairs])


def random_data(n, d, seed):
    rng = torch.Generator().manual_seed(seed)
    x = torch.randn(n, d, generator=rng, dtype=torch.float64)
    return x, torch.bernoulli(torch.rand(n, 1, generator=rng, dtype=torch.float64), generator=rng)


def newton(x, y):
    """Exact solution of many logistic regressions in float64: Newton's method, no gradient descent, no torch."""
    x, y = np.asarray(x, float), np.asarray(y, float)[..., 0]
    design = np.concatenate([x, np.ones((*x.shape[:-1], 1))], axis=-1)
    theta = np.zeros((*x.shape[:-2], design.shape[-1]))
    for _ in range(30):
        p = 1 / (1 + np.exp(-np.einsum("...nd,...d->...n", design, theta)))
        grad = np.einsum("...nd,...n->...d", design, p - y)
        hessian = np.einsum("...ni,...n,...nj->...ij", design, p * (1 - p), design)
        theta -= np.linalg.solve(hessian, grad[..., None])[..., 0]
    z = np.einsum("...nd,...d->...n", design, theta)
    return theta, (np.logaddexp(0, z) - y * z).mean(axis=-1)


# --- the functions against independent oracles ---


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_sigmoid_is_torch_sigmoid_with_its_gradient(dtype):
    z = 30 * torch.randn(3, 7, generator=torch.Generator().manual_seed(0), dtype=dtype)
    z = torch.cat([z.flatten(), torch.tensor([0.0, 200.0, -200.0, 1e4, -1e4], dtype=dtype)])
    torch.testing.assert_close(sigmoid(z), torch.sigmoid(z), atol=0, rtol=1e-5)
    p = torch.sigmoid(z)
    torch.testing.assert_close(slope(lambda z, y: sigmoid(z), z, z), p * (1 - p), atol=1e-7, rtol=0)


def test_sigmoid_as_typed_has_no_gradient_below_minus_88():
    as_typed = slope(lambda z, y: 1 / (1 + torch.exp(-z)), z := torch.tensor([-90.0, -80.0]), z)
    assert as_typed.isnan().tolist() == [True, False]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_bce_is_torch_bce_and_its_slope_is_p_minus_y(dtype):
    rng = torch.Generator().manual_seed(1)
    z = torch.cat([10 * torch.randn(40, generator=rng), torch.tensor([0.0, 0.0, 200, 200, -200, -200])])
    y = torch.cat([torch.rand(40, generator=rng), torch.tensor([0.0, 1, 0, 1, 0, 1])])
    z, y = z.to(dtype).reshape(2, 23), y.to(dtype).reshape(2, 23)
    theirs = F.binary_cross_entropy_with_logits(z, y, reduction="none")
    torch.testing.assert_close(bce_with_logits(z, y), theirs, atol=1e-6, rtol=1e-6)
    torch.testing.assert_close(slope(bce_with_logits, z, y), torch.sigmoid(z) - y, atol=1e-6, rtol=0)


def test_bce_keeps_the_digits_of_a_tiny_loss():
    z, y = torch.tensor([20.0, -20.0]), torch.tensor([1.0, 0.0])
    torch.testing.assert_close(
        bce_with_logits(z, y).double(), torch.full((2,), 2.0611536e-9).double(), rtol=1e-6, atol=0
    )


def test_bce_slope_by_finite_differences():
    z = torch.tensor([[-3.0, 0.4, 2.0], [0.0, 7.0, -0.1]], dtype=torch.float64)
    y = torch.tensor([[1.0, 0.0, 0.3], [1.0, 1.0, 0.9]], dtype=torch.float64)
    step = 1e-6
    numeric = (bce_with_logits(z + step, y) - bce_with_logits(z - step, y)) / (2 * step)
    torch.testing.assert_close(slope(bce_with_logits, z, y), numeric, atol=1e-8, rtol=0)


def distributions(k):
    return st.lists(st.floats(0.01, 1), min_size=k, max_size=k).map(
        lambda v: torch.tensor(v, dtype=torch.float64)
    )


@settings(max_examples=40, deadline=None)
@given(distributions(4), distributions(4))
def test_kl_divergence_is_scipys_and_obeys_the_entropy_identity(q, p):
    q, p = q / q.sum(), p / p.sum()
    kl = kl_divergence(q, p)
    assert kl.item() == pytest.approx(scipy_entropy(q.numpy(), p.numpy()), abs=1e-9)
    assert kl.item() == pytest.approx(-(q * p.log()).sum().item() + (q * q.log()).sum().item(), abs=1e-9)
    assert kl >= -1e-12 and kl_divergence(q, q) == 0


def test_kl_divergence_of_rows_zeros_and_hard_labels():
    q = torch.tensor([[0.0, 1.0, 0.0], [0.5, 0.5, 0.0]])
    p = torch.tensor([[0.2, 0.3, 0.5], [0.5, 0.0, 0.5]])
    kl = kl_divergence(q, p)
    assert kl.shape == (2,) and kl[1] == math.inf
    assert kl[0].item() == pytest.approx(-math.log(0.3))  # a hard label: KL is the cross-entropy
    z = torch.tensor([[-1.5], [0.7]])
    both = torch.cat([sigmoid(z), sigmoid(-z)], dim=1)
    hard = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    torch.testing.assert_close(kl_divergence(hard, both), bce_with_logits(z, hard[:, :1]).flatten())


def test_cross_entropy_and_kl_are_lowest_at_the_same_probability():
    q = torch.tensor(0.7, dtype=torch.float64)
    p = torch.linspace(0.01, 0.99, 99, dtype=torch.float64)
    ce = bce_with_logits(torch.logit(p), q.expand_as(p))
    kl = kl_divergence(torch.stack([q, 1 - q]).expand(99, 2), torch.stack([p, 1 - p], dim=1))
    assert p[ce.argmin()].item() == pytest.approx(0.7) and ce.argmin() == kl.argmin()
    torch.testing.assert_close(ce - kl, torch.full_like(p, scipy_entropy([0.7, 0.3])))


def test_moons_without_noise_are_scikit_learns():
    x, y = make_moons(14, noise=0.0, seed=0)
    their_x, their_y = sklearn_moons(14, shuffle=False, noise=None)
    np.testing.assert_allclose(x.numpy(), their_x, atol=1e-6)
    assert y.flatten().tolist() == their_y.tolist() and x.dtype == y.dtype == torch.float32


def test_moons_noise_is_a_standard_deviation_and_the_seed_decides():
    clean, noisy = make_moons(10_000, 0.0, seed=3)[0], make_moons(10_000, 0.2, seed=3)[0]
    torch.testing.assert_close((noisy - clean).std(dim=0), torch.full((2,), 0.2), atol=0.006, rtol=0)
    assert torch.equal(noisy, make_moons(10_000, 0.2, seed=3)[0])
    assert not torch.equal(noisy, make_moons(10_000, 0.2, seed=4)[0])


def test_students_pass_with_the_stated_probability():
    hours, passed = make_students(200_000, seed=5)
    assert hours.shape == passed.shape == (200_000, 1) and hours.min() >= 0 and hours.max() < 10
    assert set(passed.unique().tolist()) == {0.0, 1.0}
    for at in (1.0, HALF, 6.5):
        near = (hours - at).abs() < 0.25
        expected = 1 / (1 + math.exp(-SLOPE * (at - HALF)))
        assert passed[near].mean().item() == pytest.approx(expected, abs=0.025)  # 10 000 of them: 5 std
    assert hours.mean().item() == pytest.approx(5, abs=0.05)
    assert not torch.equal(hours, make_students(200_000, seed=6)[0])


def test_shares_are_counted_hour_by_hour():
    hours = torch.arange(10.0).repeat_interleave(4).reshape(-1, 1) + 0.999
    passed = (torch.arange(40) % 4 < torch.arange(10).repeat_interleave(4) % 5).float().reshape(-1, 1)
    fig, ax = plt.subplots()
    plot_students(ax, hours, passed)
    plt.close(fig)
    assert ax.lines[0].get_xydata().tolist() == torch.cat([hours, passed], dim=1).tolist()
    assert ax.lines[1].get_xdata().tolist() == [hour + 0.5 for hour in range(10)]
    assert ax.lines[1].get_ydata().tolist() == [0, 0.25, 0.5, 0.75, 1, 0, 0.25, 0.5, 0.75, 1]


def test_accuracy_counts_each_run():
    z = torch.tensor([[[2.0], [-1.0], [0.1]], [[-2.0], [-1.0], [0.1]]])
    y = torch.tensor([[[1.0], [0.0], [0.0]], [[1.0], [1.0], [0.0]]])
    assert accuracy(z, y).tolist() == [pytest.approx(2 / 3), 0.0]


def test_the_loss_curves_upwards_by_p_times_one_minus_p():
    z = torch.linspace(-8, 8, 33, dtype=torch.float64)
    up, down = (slope(bce_with_logits, z + step, torch.ones_like(z)) for step in (1e-5, -1e-5))
    p = torch.sigmoid(z)
    torch.testing.assert_close((up - down) / 2e-5, p * (1 - p), atol=1e-8, rtol=0)


# --- training ---


def test_golden_trajectory():
    """First five updates against float64 NumPy, with L2 and a start off zero; every sign and factor shows."""
    x, y = random_data(17, 3, seed=2)
    rng = np.random.default_rng(0)
    w, b, lr, l2 = rng.normal(size=(3, 1)), np.array([[0.3]]), 0.7, 0.2
    start = torch.tensor(w, dtype=torch.float32), torch.tensor(b, dtype=torch.float32)
    xs, ys, losses = x.numpy(), y.numpy(), []
    for steps in range(1, 6):
        p = 1 / (1 + np.exp(-(xs @ w + b)))
        losses.append((-ys * np.log(p) - (1 - ys) * np.log(1 - p)).mean() + l2 / 2 * (w**2).sum())
        w, b = w - lr * (xs.T @ (p - ys) / 17 + l2 * w), b - lr * (p - ys).mean()
        got_w, got_b, got_losses = fit_logistic(x.float(), y.float(), lr, steps, l2=l2, start=start)
        np.testing.assert_allclose(got_w.numpy(), w, atol=1e-4)
        np.testing.assert_allclose(got_b.numpy(), b, atol=1e-4)
        np.testing.assert_allclose(got_losses.numpy(), losses, atol=1e-4)


def test_the_first_loss_is_ln_2_and_the_start_is_left_alone():
    x, y = random_data(9, 2, seed=0)
    start = torch.ones(2, 1).double(), torch.ones(1, 1).double()
    assert fit_logistic(x, y, 0.1, 1)[2].item() == pytest.approx(math.log(2))
    w, b, losses = fit_logistic(x, y, 0.1, 3, start=start)
    assert torch.equal(start[0], torch.ones(2, 1).double()) and torch.equal(
        start[1], torch.ones(1, 1).double()
    )
    assert w.dtype == torch.float64 and not w.requires_grad and not b.requires_grad and losses.shape == (3,)


def test_runs_side_by_side_train_as_they_do_alone():
    data = [random_data(15, 2, seed) for seed in range(6)]
    x = torch.stack([x for x, _ in data]).reshape(2, 3, 15, 2)
    y = torch.stack([y for _, y in data]).reshape(2, 3, 15, 1)
    w, b, losses = fit_logistic(x, y, 0.8, 12, l2=0.05)
    assert w.shape == (2, 3, 2, 1) and b.shape == (2, 3, 1, 1) and losses.shape == (12, 2, 3)
    for i, (one_x, one_y) in enumerate(data):
        alone_w, alone_b, alone_losses = fit_logistic(one_x, one_y, 0.8, 12, l2=0.05)
        torch.testing.assert_close(w[i // 3, i % 3], alone_w)
        torch.testing.assert_close(b[i // 3, i % 3], alone_b)
        torch.testing.assert_close(losses[:, i // 3, i % 3], alone_losses)


def test_students_reach_scikit_learns_solution():
    hours, passed = make_students(200, seed=0)
    w, b, _ = fit_logistic(hours - 5, passed, lr=0.5, steps=300)
    oracle = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(
        hours.double().numpy() - 5, passed.flatten()
    )
    assert w.item() == pytest.approx(oracle.coef_.item(), abs=1e-4)
    assert b.item() == pytest.approx(oracle.intercept_.item(), abs=1e-4)


def test_l2_is_scikit_learns_on_breast_cancer():
    x, y = load_breast_cancer(return_X_y=True)
    x = (x - x.mean(axis=0)) / x.std(axis=0)
    l2, n = (
        0.1,
        len(x),
    )  # scikit-learn minimizes |w|^2 / 2 + C times the SUM of the losses, hence C = 1 / (n l2)
    w, b, _ = fit_logistic(torch.tensor(x), torch.tensor(y).double()[:, None], lr=0.25, steps=1000, l2=l2)
    oracle = LogisticRegression(C=1 / (n * l2), tol=1e-10, max_iter=2000).fit(x, y)
    np.testing.assert_allclose(w.numpy().T, oracle.coef_, atol=1e-5)
    np.testing.assert_allclose(b.numpy().flatten(), oracle.intercept_, atol=1e-5)
    assert np.abs(oracle.coef_).max() > 0.1  # not all shrunk to nothing


# 200 students each, lr 0.5, 300 steps. The bars hold for 1000 seeds; the worst of those is at 3.0e-2 from Newton.
def test_students_bar(seeds, bar):
    x, y = classes(seeds)
    w, b, _ = fit_logistic(x, y, lr=0.5, steps=300)
    theta, best = newton(x, y)
    got = torch.cat([w, b], dim=-2)[..., 0].numpy()
    off = np.abs(got - theta).max(axis=1)
    bar(off, zh="参数与牛顿法相差", en="parameters, distance from Newton's", at_most=0.05)
    losses = bce_with_logits(x @ w + b, y).mean(dim=(-2, -1)).numpy()
    bar(losses - best, zh="损失减去最小值", en="loss minus its minimum", at_least=-1e-6, at_most=3e-5)
    bar(w.flatten(), zh="权重", en="weight", at_least=0.5, at_most=1.7)
    half = (5 - b / w).flatten()
    bar(
        half, zh="概率为一半的学习时间（小时）", en="hours at probability one half", at_least=2.8, at_most=5.0
    )
    new_hours, new_passed = make_students(10_000, seed=10**6)
    new = accuracy((new_hours - 5) @ w + b, new_passed.expand(len(seeds), -1, -1))
    bar(new, zh="一万名新学生的准确率", en="accuracy on 10 000 new students", at_least=0.82, at_most=0.87)
    # at the bottom the gradient is zero: the mean prediction is the share who passed
    p = sigmoid(x @ w + b)
    torch.testing.assert_close(p.mean(dim=-2), y.mean(dim=-2), atol=2e-3, rtol=0)


# 200 points, lr 3, 300 steps. The bars hold for 1000 seeds. They are on both sides: a straight line cannot do better.
def test_moons_bar(seeds, bar):
    data = [make_moons(200, noise=0.1, seed=seed) for seed in seeds]
    x, y = torch.stack([x for x, _ in data]), torch.stack([y for _, y in data])
    w, b, _ = fit_logistic(x, y, lr=3.0, steps=300)
    losses = bce_with_logits(x @ w + b, y).mean(dim=(-2, -1)).numpy()
    bar(losses - newton(x, y)[1], zh="双月：损失减去最小值", en="moons: loss minus its minimum", at_most=2e-4)
    new_x, new_y = make_moons(10_000, noise=0.1, seed=10**6)
    new = accuracy(new_x @ w + b, new_y.expand(len(seeds), -1, -1))
    bar(
        new,
        zh="双月：一万个新点的准确率",
        en="moons: accuracy on 10 000 new points",
        at_least=0.87,
        at_most=0.895,
    )
    train = accuracy(x @ w + b, y)
    bar(train, zh="双月：训练准确率", en="moons: training accuracy", at_least=0.825, at_most=0.94)


def test_below_the_stated_limit_the_loss_never_rises_and_far_above_it_does():
    x, y = classes(range(20))
    limit = 8 / (1 + x.square().mean(dim=(-2, -1)).max().item())
    safe = fit_logistic(x, y, lr=0.999 * limit, steps=100)[2]
    assert (safe[1:] - safe[:-1]).max() < 1e-6
    wild = fit_logistic(x, y, lr=20.0, steps=100)[2]
    assert ((wild[1:] - wild[:-1]).amax(dim=0) > 1).all()


def test_centring_the_hours_speeds_up_gradient_descent():
    hours, passed = make_students(200, seed=0)
    theta, _ = newton(hours - 5, passed)
    errors = []
    for x in (hours - 5, hours):
        limit = 8 / (1 + x.square().mean().item())
        errors.append(abs(fit_logistic(x, passed, lr=limit / 2, steps=300)[0].item() - theta[0]))
    assert errors[0] < 1e-3 and errors[1] > 0.1


# --- the six separable points ---


def test_six_points_as_in_the_tutorial_are_no_better_than_always_one():
    """nn.Linear, BCELoss on its sigmoid, SGD 0.01, 1000 steps: the real thing, from three of its own starts."""
    for seed in range(3):
        rng = torch.Generator().manual_seed(seed)
        model = torch.nn.utils.skip_init(torch.nn.Linear, 1, 1)
        with torch.no_grad():
            for p in model.parameters():
                p.uniform_(-1, 1, generator=rng)
        start = model.weight.detach().T.clone(), model.bias.detach().reshape(1, 1).clone()
        optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
        for _ in range(1000):
            optimizer.zero_grad()
            torch.nn.BCELoss()(torch.sigmoid(model(SIX_X)), SIX_Y).backward()
            optimizer.step()
        w, b, _ = fit_logistic(SIX_X, SIX_Y, lr=0.01, steps=1000, start=start)
        assert (w.item(), b.item()) == pytest.approx((model.weight.item(), model.bias.item()), abs=1e-4)
        z = SIX_X @ w + b
        assert (z > 0).all() and accuracy(z, SIX_Y) == accuracy(torch.ones(6, 1), SIX_Y)


def test_on_separable_data_the_weight_never_settles_but_with_l2_it_does():
    x, y = SIX_X.double(), SIX_Y.double()
    weights = [fit_logistic(x, y, lr=1.0, steps=steps)[0].item() for steps in (10, 100, 1000, 2000)]
    assert all(later > earlier + 1 for earlier, later in pairwise(weights)) and weights[-1] > 12
    w, b, _ = fit_logistic(x, y, lr=1.0, steps=1000, l2=0.01)
    oracle = LogisticRegression(C=1 / (6 * 0.01), tol=1e-12, max_iter=1000).fit(x.numpy(), y.numpy().ravel())
    assert w.item() == pytest.approx(oracle.coef_.item(), abs=1e-4)
    assert accuracy(x @ w + b, y) == 1


def test_once_all_are_right_doubling_the_parameters_lowers_every_loss():
    w, b, _ = fit_logistic(SIX_X, SIX_Y, lr=1.0, steps=100)
    z = SIX_X @ w + b
    assert accuracy(z, SIX_Y) == 1 and (bce_with_logits(2 * z, SIX_Y) < bce_with_logits(z, SIX_Y)).all()


# --- the named mistakes ---


def test_bce_on_probabilities_is_cut_off_and_has_no_slope():
    z, y = torch.tensor([20.0, -120.0, 120.0]), torch.tensor([0.0, 1.0, 0.0])
    assert bce_on_probability(z, y).tolist() == [100, 100, 100]
    assert slope(bce_on_probability, z, y).tolist() == [0, 0, 0]
    assert torch.nn.BCELoss()(torch.sigmoid(z), y).item() == 100
    torch.testing.assert_close(bce_with_logits(z, y), torch.tensor([20.0, 120.0, 120.0]))
    torch.testing.assert_close(slope(bce_with_logits, z, y), torch.tensor([1.0, -1.0, 1.0]))


def test_the_formula_as_printed_fails_at_both_ends_and_agrees_in_between():
    ends = bce_textbook(torch.tensor([20.0, 20.0, -120.0]), torch.tensor([1.0, 0.0, 1.0]))
    assert ends[0].isnan() and ends[1:].tolist() == [math.inf, math.inf]
    assert slope(bce_textbook, torch.tensor([20.0, -120.0]), torch.tensor([0.0, 1.0])).isnan().all()
    z, y = torch.linspace(-5, 5, 14), (torch.arange(14) % 3 == 0).float()
    torch.testing.assert_close(bce_textbook(z, y), bce_with_logits(z, y), atol=1e-5, rtol=1e-5)


def test_squared_error_lets_go_of_a_certain_mistake():
    z = torch.tensor([-10.0, -1.0, 0.5], dtype=torch.float64)
    y, p = torch.tensor([1.0, 1.0, 0.0], dtype=torch.float64), torch.sigmoid(z)
    torch.testing.assert_close(mse_on_probability(z, y), (p - y) ** 2)
    torch.testing.assert_close(slope(mse_on_probability, z, y), 2 * (p - y) * p * (1 - p))
    assert slope(mse_on_probability, z, y)[0].item() == pytest.approx(-9.07e-5, rel=0.01)
    assert slope(bce_with_logits, z, y)[0].item() == pytest.approx(-1, abs=1e-4)


def test_double_sigmoid_is_bcewithlogits_behind_a_sigmoid():
    z = torch.tensor([-50.0, -2.0, 0.0, 3.0, 50.0])
    y = torch.tensor([0.0, 1.0, 0.0, 1.0, 1.0])
    theirs = torch.nn.BCEWithLogitsLoss(reduction="none")(torch.sigmoid(z), y)
    torch.testing.assert_close(double_sigmoid(z, y), theirs)
    assert double_sigmoid(z, y)[0].item() == pytest.approx(math.log(2))  # the surest fail counts as one half
    assert double_sigmoid(z, y)[4].item() == pytest.approx(
        math.log1p(math.exp(-1))
    )  # and the surest pass as 0.731
    assert slope(double_sigmoid, torch.tensor([-10.0]), torch.tensor([1.0])).abs() < 1e-4
    p = torch.sigmoid(z)
    torch.testing.assert_close(slope(double_sigmoid, z, y), (torch.sigmoid(p) - y) * p * (1 - p))


@pytest.mark.parametrize("q", [0.3, 0.5, 0.6, 0.7, 0.9])
def test_double_sigmoid_makes_the_probability_equal_the_logit(q):
    """Of a group of which the share q passed, the lowest mean loss is at p = logit(q), if that is between 0 and 1."""
    p = torch.linspace(0.001, 0.999, 999, dtype=torch.float64)
    losses = double_sigmoid(torch.logit(p), torch.full_like(p, q))  # linear in y: q is the mean of the labels
    assert p[losses.argmin()].item() == pytest.approx(min(max(math.log(q / (1 - q)), 0.001), 0.999), abs=1e-3)


# 300 steps at lr 0.5. The bars hold for 1000 seeds. At 4 hours the true probability is 0.5.
def test_wrong_losses_stay_wrong_from_a_wrong_start_and_distort_from_a_good_one(seeds, bar):
    x, y = classes(seeds)
    bad = torch.full((len(seeds), 1, 1), -8.0), torch.zeros(len(seeds), 1, 1)
    right_w, right_b, _ = fit_logistic(x, y, lr=0.5, steps=300)
    back_w, _, _ = fit_logistic(x, y, lr=0.5, steps=300, start=bad)
    zh, en = "从 w = −8 出发", "from w = −8"
    back = (back_w - right_w).abs().flatten()
    bar(back, zh=f"{zh}，交叉熵：权重的差", en=f"{en}, cross-entropy: weight, distance", at_most=0.05)
    for wrong, name_zh, name_en in (
        (double_sigmoid, "两次 sigmoid", "sigmoid twice"),
        (mse_on_probability, "均方误差", "mean squared error"),
    ):
        stuck_w, stuck_b, _ = fit_logistic(x, y, lr=0.5, steps=300, start=bad, loss_fn=wrong)
        bar(stuck_w.flatten(), zh=f"{zh}，{name_zh}：权重", en=f"{en}, {name_en}: weight", at_most=-6.5)
        right = accuracy(x @ stuck_w + stuck_b, y)
        bar(right, zh=f"{zh}，{name_zh}：准确率", en=f"{en}, {name_en}: accuracy", at_most=0.35)
    w, b, _ = fit_logistic(x, y, lr=0.5, steps=300, loss_fn=double_sigmoid)
    zh, en = "从 0 出发，两次 sigmoid", "from 0, sigmoid twice"
    bar(
        (w / right_w).flatten(),
        zh=f"{zh}：权重与交叉熵之比",
        en=f"{en}: weight over cross-entropy's",
        at_least=1.2,
    )
    told = sigmoid((HALF - 5) * w + b).flatten()
    bar(told, zh=f"{zh}：学 4 小时的概率", en=f"{en}: probability at 4 hours", at_most=0.46)
    gap = (accuracy(x @ w + b, y) - accuracy(x @ right_w + right_b, y)).abs()
    bar(gap, zh=f"{zh}：准确率的差", en=f"{en}: difference in accuracy", at_most=0.1)


@pytest.mark.parametrize("seed", range(10))
def test_the_wrong_model_class_crashes_in_bceloss(seed):
    """A model without a sigmoid, as torch starts it or from zero: within ten updates an output leaves [0, 1]."""
    x, y = (tensor[0] for tensor in classes([seed]))
    w, b = (2 * torch.rand(2, 1, 1, generator=torch.Generator().manual_seed(seed)) - 1).unbind()
    for start in ((w, b), None):
        with pytest.raises(RuntimeError, match="between 0 and 1"):
            fit_logistic(x, y, lr=0.01, steps=10, start=start, loss_fn=linear_bce)


def test_the_wrong_model_class_with_squared_error_is_linear_regression():
    hours, passed = make_students(200, seed=0)
    w, b, _ = fit_logistic(hours - 5, passed, lr=0.1, steps=200, loss_fn=linear_mse)
    design = torch.cat([hours - 5, torch.ones(200, 1)], dim=1)
    line = torch.linalg.lstsq(design, passed).solution
    torch.testing.assert_close(torch.cat([w, b]), line, atol=1e-4, rtol=0)
    assert (5 * w + b).item() > 1.1  # a "probability" above 1, and no error


# --- the other solutions ---


def test_logistic_grad_is_autograds_and_vanishes_at_the_optimum():
    x, y = random_data(11, 4, seed=7)
    rng = torch.Generator().manual_seed(0)
    w = torch.randn(4, 1, generator=rng, dtype=torch.float64, requires_grad=True)
    b = torch.randn(1, 1, generator=rng, dtype=torch.float64, requires_grad=True)
    F.binary_cross_entropy_with_logits(x @ w + b, y).backward()
    torch.testing.assert_close(logistic_grad(x, y, w.detach(), b.detach()), (w.grad, b.grad))
    hours, passed = make_students(200, seed=1)
    w, b, _ = fit_logistic(hours - 5, passed, lr=0.5, steps=300)
    assert max(g.abs().item() for g in logistic_grad(hours - 5, passed, w, b)) < 1e-5


@pytest.mark.parametrize("flip", [False, True])
def test_best_line_by_brute_force(flip):
    x, y = make_moons(24, noise=0.3, seed=4)
    y = 1 - y[torch.randperm(24, generator=torch.Generator().manual_seed(1))] if flip else y
    y[4:7] = 1.0  # unequal classes, and not separable
    best = 0
    for k in range(7):
        along = x.numpy() @ [math.cos(k * math.pi / 7), math.sin(k * math.pi / 7)]
        for cut in [-9, *along]:
            right = ((along > cut) == (y.flatten().numpy() > 0.5)).sum()
            best = max(best, right, 24 - right)
    assert best_line_accuracy(x, y, directions=7) == pytest.approx(best / 24)
    assert 0.5 < best / 24 < 1


def test_the_best_line_is_hardly_better_than_logistic_regression():
    x, y = make_moons(4000, noise=0.1, seed=9)
    w, b, _ = fit_logistic(x, y, lr=3.0, steps=200)
    gain = best_line_accuracy(x, y) - accuracy(x @ w + b, y).item()
    assert -0.002 < gain < 0.012
    assert best_line_accuracy(torch.cat([SIX_X, -SIX_X], dim=1), SIX_Y) == 1


# --- bad input ---

Z, Y = torch.zeros(4, 1), torch.tensor([[0.0], [1.0], [1.0], [0.0]])
NAN = torch.full((4, 1), math.nan)
LOSSES = [
    bce_with_logits,
    bce_textbook,
    bce_on_probability,
    double_sigmoid,
    mse_on_probability,
    linear_bce,
    linear_mse,
]


@pytest.mark.parametrize("bad", [NAN, torch.full((4, 1), math.inf), torch.empty(0, 1)])
def test_not_finite_or_empty_is_refused(bad):
    calls = [
        lambda: sigmoid(bad),
        lambda: bce_with_logits(bad, bad),
        lambda: slope(bce_with_logits, bad, bad),
        lambda: kl_divergence(bad, bad),
        lambda: accuracy(bad, bad),
        lambda: fit_logistic(bad, bad, 0.1, 1),
        lambda: best_line_accuracy(bad, bad),
        lambda: plot_students(None, bad, bad),
        lambda: logistic_grad(bad, bad, torch.ones(1, 1), torch.ones(1, 1)),
        lambda: bce_textbook(bad, bad),
        lambda: mse_on_probability(bad, bad),
        lambda: double_sigmoid(bad, bad),
        lambda: linear_mse(bad, bad),
    ]
    for call in calls:
        with pytest.raises(ValueError, match="is empty or holds NaN or infinity"):
            call()


@pytest.mark.parametrize("bad", [torch.zeros(4, 1, dtype=torch.long), [[0.0]], None])
def test_what_is_no_float_tensor_is_refused(bad):
    for call in (
        lambda: sigmoid(bad),
        lambda: bce_with_logits(Z, bad),
        lambda: kl_divergence(bad, Z),
        lambda: accuracy(Z, bad),
        lambda: fit_logistic(bad, Y, 0.1, 1),
        lambda: fit_logistic(Z, bad, 0.1, 1),
        lambda: best_line_accuracy(torch.zeros(4, 2), bad),
    ):
        with pytest.raises(TypeError, match="must be a float tensor, got"):
            call()


@pytest.mark.parametrize("loss_fn", LOSSES)
def test_no_loss_broadcasts(loss_fn):
    with pytest.raises(ValueError, match=r"need one shape|size"):
        loss_fn(Z + 0.5, Y.flatten())


def test_other_shapes_are_refused():
    for call in (lambda: check_floats(a=Z, b=Z.T), lambda: kl_divergence(Z, Z.T), lambda: accuracy(Z, Y.T)):
        with pytest.raises(ValueError, match=r"need one shape, got {.*\(4, 1\).*\(1, 4\)}"):
            call()
    with pytest.raises(ValueError, match="need one shape"):
        logistic_grad(Z, Y.flatten(), torch.ones(1, 1), torch.ones(1, 1))
    with pytest.raises(ValueError, match="need one shape"):
        slope(bce_with_logits, Z, Y.flatten())
    with pytest.raises(ValueError, match=r"need shape \(\.\.\., n, 1\), got \(4,\)"):
        accuracy(Z.flatten(), Y.flatten())


@pytest.mark.parametrize("label", [-0.1, 1.5, 2.0])
def test_labels_outside_0_to_1_are_refused(label):
    bad = torch.full((4, 1), label)
    for call in (lambda: bce_with_logits(Z, bad), lambda: fit_logistic(Z, bad, 0.1, 1)):
        with pytest.raises(ValueError, match=r"y must lie in \[0, 1\]"):
            call()


@pytest.mark.parametrize("bad", [[[0.5, 0.6]], [[1.2, -0.2]], [[0.0, 0.0]]])
def test_what_is_no_distribution_is_refused(bad):
    good = torch.tensor([[0.5, 0.5]])
    for pair in ((torch.tensor(bad), good), (good, torch.tensor(bad))):
        with pytest.raises(ValueError, match="must be at least 0 and sum to 1"):
            kl_divergence(*pair)


@pytest.mark.parametrize(
    ("x", "y"), [(Z, Y.flatten()), (Z, Y[:3]), (Z.flatten(), Y.flatten()), (Z.T, Y), (Z[None], Y)]
)
def test_fit_refuses_shapes_that_do_not_match(x, y):
    with pytest.raises(ValueError, match=r"need x \(\.\.\., n, d\) and y \(\.\.\., n, 1\), got \(\("):
        fit_logistic(x, y, 0.1, 1)


@pytest.mark.parametrize(
    ("lr", "steps", "l2"),
    [
        (0, 1, 0),
        (-0.1, 1, 0),
        (math.nan, 1, 0),
        (math.inf, 1, 0),
        (0.1, 0, 0),
        (0.1, -1, 0),
        (0.1, 1, -1),
        (0.1, 1, math.nan),
    ],
)
def test_fit_refuses_rates_and_steps_out_of_range(lr, steps, l2):
    with pytest.raises(ValueError, match="need lr > 0, steps > 0, l2 >= 0, got"):
        fit_logistic(Z, Y, lr, steps, l2=l2)


def test_fit_refuses_a_start_of_other_shapes():
    with pytest.raises(ValueError, match=r"start has shapes \(1,\) and \(1, 1\)"):
        fit_logistic(Z, Y, 0.1, 1, start=(torch.zeros(1), torch.zeros(1, 1)))


def test_makers_refuse_sizes_and_noise_out_of_range():
    with pytest.raises(ValueError, match="n must be at least 1, got 0"):
        make_students(0, seed=0)
    for n, noise in ((0, 0.1), (-2, 0.1), (7, 0.1), (8, -0.1), (8, math.nan), (8, math.inf)):
        with pytest.raises(ValueError, match="need an even n >= 2 and noise >= 0"):
            make_moons(n, noise, seed=0)
    with pytest.raises(ValueError, match=r"hours outside \[0, 10\): 10 to 10"):
        plot_students(None, torch.tensor([[10.0]]), torch.tensor([[1.0]]))


@pytest.mark.parametrize(
    ("x", "y", "directions"),
    [(torch.zeros(4, 3), Y, 6), (torch.zeros(4, 2), Y.flatten(), 6), (torch.zeros(4, 2), Y, 0)],
)
def test_best_line_refuses_other_shapes(x, y, directions):
    with pytest.raises(ValueError, match=r"need x \(n, 2\), y \(n, 1\), got"):
        best_line_accuracy(x, y, directions)


# --- the edges of what is allowed ---


def test_the_smallest_data_are_allowed():
    assert make_students(1, 0)[0].shape == (1, 1)
    assert make_moons(2, 0.0, 0)[0].tolist() == [[1, 0], [0, 0.5]]
    assert best_line_accuracy(torch.tensor([[0.0, 0.0], [1.0, 0.0]]), torch.tensor([[0.0], [1.0]]), 1) == 1
    with pytest.raises(ValueError, match="inf"):
        fit_logistic(SIX_X, SIX_Y, 0.1, 1, l2=math.inf)


def test_a_score_of_zero_and_a_label_of_one_half_count_as_class_0():
    zero, half, one = torch.zeros(1, 1), torch.full((1, 1), 0.5), torch.ones(1, 1)
    assert accuracy(zero, zero) == 1 and accuracy(zero, one) == 0
    assert accuracy(-one, half) == 1


def test_noise_is_added_to_the_moons():
    noise = torch.randn(10, 2, generator=torch.Generator().manual_seed(3))
    torch.testing.assert_close(make_moons(10, 0.2, 3)[0], make_moons(10, 0.0, 3)[0] + 0.2 * noise)


def test_best_line_tries_sixty_directions():
    scores = []
    for seed in range(20):
        x, y = (t.float() for t in random_data(60, 2, seed))
        scores.append([best_line_accuracy(x, y, *directions) for directions in ((), (60,), (61,))])
    assert all(default == sixty for default, sixty, _ in scores)
    assert any(sixty != other for _, sixty, other in scores)


@pytest.mark.parametrize("name", ["z", "y"])
def test_slope_refuses_what_is_no_float_tensor(name):
    inputs = {"z": SIX_X, "y": SIX_Y} | {name: SIX_X.long()}
    with pytest.raises(TypeError, match=f"{name} .*int64"):
        slope(lambda z, y: z * y, **inputs)  # a loss without checks of its own


# --- the page ---


def test_making_data_and_training_leave_the_global_generator_alone():
    before = torch.get_rng_state()
    make_students(10, seed=0), make_moons(10, 0.1, seed=0)
    fit_logistic(Z, Y, 0.1, 2)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.fixture(scope="module")
def output(program_output):
    return program_output(SCRIPT)


def numbers(output, head):
    """The numbers of the one line that starts with ``head``."""
    (line,) = [line for line in output.splitlines() if line.startswith(head)]
    return [
        float(word.strip(",;[]"))
        for word in line[len(head) :].split()
        if word.strip(",;[]-").replace(".", "").isdigit()
    ]


def test_the_page_says_what_the_run_shows(output):
    assert numbers(output, "w = ")[0] == pytest.approx(SLOPE, abs=0.2)
    off = numbers(output, "w: ")
    assert off[0] > 0.6 and off[2] < 1.3 and 20 < off[-1] < 60  # "off by over 0.1: 37"
    q, entropy = numbers(output, "q ")
    low, high = numbers(output, "CE - KL:")
    assert low == high == entropy != round(math.log(2), 4) and 0.5 < q < 1
    train_low, _, train_high = numbers(output, "train 200:")
    new_low, _, new_high = numbers(output, "new points:")
    ceiling, neighbour = numbers(output, "train 10000:")
    assert new_high - new_low < (train_high - train_low) / 4  # 200 training points make a noisy ruler
    assert abs(ceiling - new_high) < 0.005 and neighbour > 0.99  # more data is no help, a bent boundary is
    claimed, runs = numbers(output, "train 200, above 0.85:")
    assert 90 <= claimed < runs == 100
    assert output.count("class 1: 100\n") == 2  # also the only sample of class 0
    best, always_one = numbers(output, "accuracy at best")
    assert best == always_one
    for right in ((free := numbers(output, "0.0 "))[5:], (held := numbers(output, "0.01 "))[5:]):
        assert right == [0.83, 0.83, 1, 1, 1]  # the early stops gain less: the boundary has yet to arrive
    assert free[4] > 3 * held[4] and held[4] - held[3] < 0.05 and free[1] - free[0] < free[2] - free[1]
    line, logistic = numbers(output, "best line")
    assert 0 <= line - logistic < 0.01
    twice, squared = numbers(output, "sigmoid twice"), numbers(output, "squared error")
    crossed = numbers(output, "cross-entropy")
    assert crossed[:3] == crossed[3:] and twice[4] == squared[4] < 0.2  # accuracy from the wrong start
    assert twice[1] > crossed[1] and twice[2] < 0.2  # accuracy looks fine, probability at 4 hours does not
    assert twice[0] > 2 * crossed[0] and abs(squared[2] - crossed[2]) < 0.05
    assert "all elements of input should be between 0 and 1" in output


def test_the_replay_shows_the_six_points_with_and_without_l2(replay_of, output):
    replay = replay_of(SCRIPT)
    marks, penalties = replay["frame"]["values"], replay["setting"]["values"]
    losses, weights, at_zero = (np.array(entry["values"]) for entry in replay["readout"])
    curve, points = replay["panels"][0]["layers"]
    assert sorted(zip(points["x"], points["y"], strict=True))[0] == (0.5, 0)
    x, y = SIX_X.double().numpy().ravel(), SIX_Y.double().numpy().ravel()
    for i, l2 in enumerate(penalties):
        w = b = 0.0
        for step in range(marks[-1] + 1):
            p = 1 / (1 + np.exp(-(w * x + b)))
            if step in marks:
                frame = marks.index(step)
                loss = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)) + l2 / 2 * w**2
                assert losses[i, frame] == pytest.approx(loss, rel=1e-3)
                assert weights[i, frame] == pytest.approx(w, rel=1e-3, abs=1e-3)
                assert at_zero[i, frame] == pytest.approx(1 / (1 + np.exp(-(0.5 * w + b))), abs=1e-3)
                drawn = 1 / (1 + np.exp(-(w * np.array(curve["x"]) + b)))
                np.testing.assert_allclose(curve["y"][i][frame], drawn, atol=1e-3)
            w, b = w - np.mean((p - y) * x) - l2 * w, b - np.mean(p - y)
    stop = marks.index(300)  # the fourth weight that the page prints
    for i in (0, 1):
        assert weights[i, stop] == pytest.approx(numbers(output, f"{penalties[i]} ")[3], abs=0.006)
    assert losses[0, -1] < 0.95 * losses[0, -3] and losses[1, -1] > 0.99 * losses[1, -3]  # one never settles
    assert at_zero[0, -1] < 0.5 < at_zero[2, -1]
