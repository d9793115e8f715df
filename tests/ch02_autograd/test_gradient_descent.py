import itertools
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lessons.ch02_autograd.gradient_descent import (
    bag_grad,
    bag_hessian,
    check_count,
    check_hessian,
    check_rate,
    check_receipts,
    check_shape,
    check_start,
    condition_number,
    descend,
    max_stable_lr,
    one_by_one,
    pass_factor,
    price_limit,
    price_loss,
    price_slope,
    steps_to_shrink,
    train,
)

LESSON = Path(__file__).parents[2] / "lessons/ch02_autograd/gradient_descent.py"
NAN, INF = float("nan"), float("inf")
KG = torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64)
YUAN = 2 * KG
LAMBDA = 28 / 3  # twice the mean of 1, 4 and 9, by hand
ONE = torch.tensor(1.0, dtype=torch.float64)
CORNER = torch.tensor([3.0, 3.0], dtype=torch.float64)
GOAL = torch.tensor([2.0, 0.0], dtype=torch.float64)

seeds = st.integers(0, 10_000)
sizes = st.integers(1, 7)


def normal(*shape, seed):
    rng = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=rng, dtype=torch.float64)


def slope_at(w):
    return price_slope(w, KG, YUAN)


def valley(curvatures, seed):
    """A symmetric matrix with these eigenvalues, and its eigenvectors, in random directions."""
    directions, _ = np.linalg.qr(normal(len(curvatures), len(curvatures), seed=seed).numpy())
    return directions @ np.diag(curvatures) @ directions.T, directions


# Loss and slope


@settings(max_examples=30)
@given(n=sizes, seed=seeds, price=st.floats(-5, 5))
def test_loss_and_slope_agree_with_numpy_autograd_and_finite_differences(n, seed, price):
    x, y = normal(n, seed=seed) + 1, 3 * normal(n, seed=seed + 1)
    w = torch.tensor(price, dtype=torch.float64, requires_grad=True)

    def loss(w):
        return np.mean((w * x.numpy() - y.numpy()) ** 2)

    result = price_loss(w, x, y)
    assert result.shape == ()
    assert result.item() == pytest.approx(loss(price), rel=1e-12)
    result.backward()
    by_hand = price_slope(w.detach(), x, y)
    torch.testing.assert_close(by_hand, w.grad, rtol=1e-10, atol=1e-10)
    h = 1e-4
    central = (loss(price + h) - loss(price - h)) / (2 * h)  # exact for a parabola, but for rounding
    assert by_hand.item() == pytest.approx(central, rel=1e-6, abs=1e-6)


@settings(max_examples=30)
@given(n=sizes, seed=seeds)
def test_gradient_and_hessian_of_two_unknowns_agree_with_autograd(n, seed):
    x, y, place = normal(n, seed=seed) + 1, 3 * normal(n, seed=seed + 1), normal(2, seed=seed + 2)

    def loss(p):
        return torch.nn.functional.mse_loss(p[0] * x + p[1], y)

    p = place.clone().requires_grad_()
    loss(p).backward()
    torch.testing.assert_close(bag_grad(place, x, y), p.grad, rtol=1e-10, atol=1e-10)
    hessian = torch.autograd.functional.hessian(loss, place)
    torch.testing.assert_close(bag_hessian(x), hessian, rtol=1e-10, atol=1e-10)


def test_the_curvature_is_how_much_the_slope_grows():
    assert (slope_at(ONE + 1) - slope_at(ONE)).item() == pytest.approx(LAMBDA, rel=1e-14)


# Gradient descent: the error after k steps is (1 - lr λ)^k times the first


@settings(max_examples=50)
@given(
    curvature=st.floats(1e-3, 1e3),
    rate=st.floats(1e-3, 2.4),  # times 1 / λ, on both sides of the limit
    first=st.floats(-5, 5),
    best=st.floats(-5, 5),
    steps=st.integers(1, 40),
)
def test_one_unknown_shrinks_by_the_factor(curvature, rate, first, best, steps):
    start = torch.tensor(first, dtype=torch.float64)
    path = descend(lambda w: curvature * (w - best), start, rate / curvature, steps)
    assert path.shape == (steps + 1,) and path.dtype == torch.float64
    expected = best + (1 - rate) ** np.arange(steps + 1) * (first - best)
    np.testing.assert_allclose(path.numpy(), expected, rtol=1e-10, atol=1e-10 * max(1, 1.4**steps))


@settings(max_examples=50)
@given(
    curvatures=st.lists(st.floats(0.05, 20), min_size=1, max_size=5),
    rate=st.floats(0.01, 2.4),  # times 1 / λmax
    seed=seeds,
)
def test_a_vector_shrinks_by_its_own_factor_in_each_eigendirection(curvatures, rate, seed):
    hessian, directions = valley(curvatures, seed)
    best, start = normal(len(curvatures), seed=seed + 1), normal(len(curvatures), seed=seed + 2)
    lr, steps = rate / max(curvatures), 20
    matrix = torch.from_numpy(hessian)
    path = descend(lambda p: matrix @ (p - best), start, lr, steps)
    assert path.shape == (steps + 1, len(curvatures))
    errors = (path - best).numpy() @ directions
    powers = (1 - lr * np.array(curvatures)) ** np.arange(steps + 1)[:, None]
    expected = powers * ((start - best).numpy() @ directions)
    np.testing.assert_allclose(errors, expected, rtol=0, atol=1e-10 * max(1, 1.4**steps / 10))


def test_descend_takes_any_shape_and_leaves_its_start_alone():
    start = normal(2, 3, seed=1)
    kept = start.clone()
    path = descend(lambda p: 2 * p, start, 0.25, 3)
    assert path.shape == (4, 2, 3)
    torch.testing.assert_close(path, torch.stack([kept * 0.5**k for k in range(4)]))
    assert torch.equal(start, kept)


@settings(max_examples=40)
@given(curvatures=st.lists(st.floats(0.05, 20), min_size=1, max_size=5), seed=seeds)
def test_the_limit_separates_convergence_from_divergence(curvatures, seed):
    hessian, directions = valley(curvatures, seed)
    matrix = torch.from_numpy(hessian)
    limit = max_stable_lr(matrix)
    assert limit == pytest.approx(2 / max(curvatures), rel=1e-9)
    assert limit == pytest.approx(2 / np.linalg.eigvalsh(hessian).max(), rel=1e-12)
    steepest = torch.from_numpy(directions[:, int(np.argmax(curvatures))].copy())
    ends = [descend(lambda p: matrix @ p, steepest, c * limit, 200)[-1].norm() for c in (0.99, 1.01)]
    assert ends[0] == pytest.approx(0.98**200, rel=1e-6)  # 1 - 0.99 * 2 = -0.98
    assert ends[1] == pytest.approx(1.02**200, rel=1e-6)
    anywhere = normal(len(curvatures), seed=seed + 1)
    inside = descend(lambda p: matrix @ p, anywhere, 0.99 * limit, 200)
    lengths = inside.norm(dim=1)
    assert (lengths[1:] <= lengths[:-1] * (1 + 1e-12)).all() and lengths[-1] < lengths[0]


def test_the_limit_takes_float32_and_flat_directions():
    assert max_stable_lr(torch.tensor([[4.0, 0.0], [0.0, 0.0]])) == 0.5
    assert max_stable_lr(torch.tensor([[1.0, 2.0], [2.0, 4.0]])) == pytest.approx(2 / 5)
    assert isinstance(max_stable_lr(torch.eye(3)), float)


def test_the_special_rates_of_the_page():
    at_once = descend(slope_at, ONE, 1 / LAMBDA, 3)
    np.testing.assert_allclose(at_once.numpy(), [1, 2, 2, 2], atol=1e-14)
    forever = descend(slope_at, ONE, 2 / LAMBDA, 50)
    np.testing.assert_allclose(forever.numpy(), [1, 3] * 25 + [1], atol=1e-12)
    below, above = descend(slope_at, ONE, 0.09, 20), descend(slope_at, ONE, 0.2, 20)
    assert (below < 2 + 1e-12).all()  # slides down one side
    assert ((above[1:] - 2) * (above[:-1] - 2) < 0).all()  # crosses the bottom each time
    assert (above[-1] - 2).abs() < 0.06 < 0.14 < (descend(slope_at, ONE, 0.01, 20)[-1] - 2).abs()
    assert (descend(slope_at, ONE, 0.22, 20)[-1] - 2).abs() > 2.8


# Claims C70's neighbour table: 0.721 and 33.3 for the summed loss, condition 46, limit 0.060098; ours is a mean of three.
def test_the_valley_of_the_page():
    flat, steep = np.linalg.eigvalsh(bag_hessian(KG).numpy())
    assert flat == pytest.approx(0.721 / 3, rel=1e-3)
    assert steep == pytest.approx(33.28 / 3, rel=1e-3)
    assert max_stable_lr(bag_hessian(KG)) == pytest.approx(3 * 0.060098, rel=1e-4)
    ends = {}
    for lr, steps in ((0.01, 30), (0.09, 30), (0.17, 30), (0.19, 6)):
        ends[lr] = (descend(lambda p: bag_grad(p, KG, YUAN), CORNER, lr, steps)[-1] - GOAL).norm().item()
    assert ends[0.17] < ends[0.09] < ends[0.01] < (CORNER - GOAL).norm() < ends[0.19]
    assert 1 / steep == pytest.approx(0.09, rel=0.01)  # "0.09 is nearly that": one step into the valley
    wide = descend(lambda p: bag_grad(p, KG, YUAN), CORNER, 0.19, 7)
    inside = (wide[:, 0] > -2.2) & (wide[:, 0] < 5.2) & (wide[:, 1] > -1.5) & (wide[:, 1] < 4.5)
    assert inside.tolist() == [True] * 7 + [False]  # the seventh step leaves the figure
    assert bag_hessian(KG.float()).dtype == torch.float32


@settings(max_examples=60)
@given(curvature=st.floats(1e-3, 1e3), rate=st.floats(0.01, 1.99), times=st.floats(1.5, 1e6))
def test_steps_to_shrink_is_the_first_step_that_suffices(curvature, rate, times):
    count = steps_to_shrink(rate / curvature, curvature, times)
    factor = abs(1 - rate / curvature * curvature)
    assert count >= 1
    assert factor**count <= (1 + 1e-9) / times
    assert count == 1 or factor ** (count - 1) > (1 - 1e-9) / times


def test_steps_to_shrink_on_the_page():
    flat, steep = np.linalg.eigvalsh(bag_hessian(KG).numpy())
    assert steps_to_shrink(0.5, 2.0) == 1  # one step at 1 / λ
    assert [steps_to_shrink(lr, steep) for lr in (0.01, 0.09, 0.17)] == [40, 1, 38]
    assert [steps_to_shrink(lr, flat) for lr in (0.01, 0.09, 0.17)] == [1914, 211, 111]
    # the summed loss of claims.md: 636 steps at 0.01 for the slow mode, that is 0.03 for the mean
    assert steps_to_shrink(0.03, flat) == pytest.approx(636, abs=2)
    path = descend(lambda p: bag_grad(p, KG, YUAN), CORNER, 0.09, 211)
    _, directions = np.linalg.eigh(bag_hessian(KG).numpy())
    along = np.abs((path - GOAL).numpy() @ directions[:, 0])
    assert along[211] <= along[0] / 100 < along[210]
    assert steps_to_shrink(1 / steep, flat) == pytest.approx(steep / flat * math.log(100), rel=0.02)


# Training with autograd


def numpy_train(x, y, start, lr, steps):
    x, y, w = x.double().numpy(), y.double().numpy(), start
    prices, losses = [w], []
    for _ in range(steps):
        losses.append(np.mean((w * x - y) ** 2))
        w = w - lr * np.mean(2 * x * (w * x - y))
        prices.append(w)
    return np.array(prices), np.array(losses)


@pytest.mark.parametrize(("n", "start", "seed"), [(3, 1.0, 0), (5, -2.0, 1), (11, 4.0, 2)])
def test_golden_trajectory(n, start, seed):
    x = normal(n, seed=seed).float() + 1
    y = 3 * x + normal(n, seed=seed + 10).float()
    prices, losses = train(x, y, start=start, lr=0.05, steps=5)
    expected_prices, expected_losses = numpy_train(x, y, start, 0.05, 5)
    assert prices.shape == (6,) and prices.dtype == torch.float32 and not prices.requires_grad
    np.testing.assert_allclose(prices.numpy(), expected_prices, atol=1e-4, rtol=0)
    np.testing.assert_allclose(losses, expected_losses, atol=1e-4, rtol=1e-5)
    assert all(type(loss) is float for loss in losses)  # numbers, not graphs


def test_train_walks_the_path_of_descend():
    prices, _ = train(KG, YUAN, start=-1.5, lr=0.07, steps=30)
    by_hand = descend(slope_at, torch.tensor(-1.5, dtype=torch.float64), 0.07, 30)
    torch.testing.assert_close(prices, by_hand, rtol=0, atol=1e-12)


# A seed is a start in U(-5, 5). float32 near 2 has steps of 2.4e-7: the bars leave ten or more of them.
def test_every_start_reaches_the_price(seeds, bar):
    x, y = KG.float(), YUAN.float()
    miss, loss, off = [], [], []
    for start in np.random.default_rng(0).uniform(-5, 5, len(seeds)):
        prices, losses = train(x, y, start=float(start), lr=0.05, steps=40)
        assert losses[0] > 1e-9
        miss.append(abs(prices[-1].item() - 2))
        loss.append(losses[-1])
        expected = 2 + (1 - 0.05 * LAMBDA) ** 20 * (start - 2)
        off.append(abs(prices[20].item() - expected))
    bar(miss, zh="40 步后的单价与 2 元相差", en="price after 40 steps, yuan from 2", at_most=1e-5)
    bar(loss, zh="40 步后的损失", en="loss after 40 steps", at_most=1e-9)
    bar(off, zh="20 步后的单价与公式相差", en="price after 20 steps, yuan from the formula", at_most=2e-6)


def test_one_receipt_a_step_reaches_the_price(seeds, bar):
    x, y = KG.float(), YUAN.float()
    starts = np.random.default_rng(1).uniform(-5, 5, len(seeds))
    paths = [one_by_one(x, y, float(start), 0.01, 100) for start in starts]
    last = np.array([w[-1].item() for w in paths])
    shrunk = [((w[9] - 2) / (w[0] - 2)).item() ** 2 for w in paths]
    once = "逐张小票更新"
    one = "one receipt a step"
    bar(abs(last - 2), zh=f"{once}：单价与 2 元相差", en=f"{one}: price, yuan from 2", at_most=1e-5)
    bar(abs(4 * last - 8), zh=f"{once}：4 千克与 8 元相差", en=f"{one}: 4 kg, yuan from 8", at_most=1e-4)
    bar(
        shrunk,
        zh=f"{once}：第 10 遍与第 1 遍的损失之比",
        en=f"{one}: loss of pass 10 over that of pass 1",
        at_least=0.0042,
        at_most=0.0045,
    )


# The mistakes


def test_the_wrong_sign_climbs_at_any_rate():
    for lr in (0.05, 0.0005):
        path = descend(lambda w: -slope_at(w), ONE, lr, 5)
        expected = 2 - (1 + lr * LAMBDA) ** np.arange(6)
        np.testing.assert_allclose(path.numpy(), expected, rtol=1e-12)
        losses = [price_loss(w, KG, YUAN) for w in path]
        assert all(late > early for early, late in itertools.pairwise(losses))
    assert descend(lambda w: -slope_at(w), ONE, 0.05, 5)[-1] < 0


def test_a_rate_beyond_the_limit_overflows_float32():
    x, y = KG.float(), YUAN.float()
    path = descend(lambda w: price_slope(w, x, y), ONE.float(), 0.3, 200)
    loss = torch.stack([price_loss(w, x, y) for w in path])
    first = [torch.nonzero(t)[0].item() for t in (loss.isinf(), path.isinf(), path.isnan())]
    assert first == [74, 148, 149]
    assert path[149:].isnan().all()  # nothing returns
    # float64, by the formula: the sum of three squares passes the largest float32 at step 74
    e = 1.8 ** np.arange(76)
    assert 14 * e[73] ** 2 < torch.finfo(torch.float32).max < 14 * e[74] ** 2
    assert max_stable_lr(torch.tensor([[LAMBDA]])) < 0.3


def test_uncleared_gradients_swing_for_ever():
    lr = 0.05
    prices, losses = train(KG, YUAN, lr=lr, steps=500, clear=False)
    error = prices.numpy() - 2
    # w[k+1] - w[k] = -lr * (sum of slopes) gives e[k+1] = (2 - lr λ) e[k] - e[k-1], a pure cosine
    angle = math.acos(1 - lr * LAMBDA / 2)
    expected = -np.cos((np.arange(501) + 0.5) * angle) / math.cos(angle / 2)
    np.testing.assert_allclose(error, expected, atol=1e-9)
    assert np.abs(error[-10:]).max() > 1 and max(losses[-10:]) > losses[0]
    cleared, _ = train(KG, YUAN, lr=lr, steps=60)
    assert prices[1] == cleared[1]  # no old gradient yet
    assert prices[2] != cleared[2]
    assert abs(cleared[-1].item() - 2) < 1e-9


# The exercises


@settings(max_examples=20)
@given(n=sizes, seed=seeds)
def test_price_limit_is_the_limit(n, seed):
    x = normal(n, seed=seed) + 2
    limit = price_limit(x)
    assert limit == pytest.approx(n / np.sum(x.numpy() ** 2), rel=1e-12)
    assert price_limit(1000 * x) == pytest.approx(limit / 1e6, rel=1e-9)
    ends = [train(x, 2 * x, lr=c * limit, steps=100)[0][-1].item() - 2 for c in (0.99, 1.01)]
    assert abs(ends[0]) < 0.98**99 and abs(ends[1]) > 1.02**99


@settings(max_examples=20)
@given(curvatures=st.lists(st.floats(0.05, 20), min_size=1, max_size=4), seed=seeds)
def test_condition_number_agrees_with_numpy(curvatures, seed):
    hessian, _ = valley(curvatures, seed)
    expected = np.linalg.cond(hessian)
    assert condition_number(torch.from_numpy(hessian)) == pytest.approx(expected, rel=1e-8)


def test_without_the_mean_the_valley_is_a_bowl():
    assert condition_number(bag_hessian(KG)) == pytest.approx(46, abs=0.2)
    centred = bag_hessian(KG - 2)
    assert condition_number(centred) == pytest.approx(1.5)
    assert centred[0, 1].item() == pytest.approx(0, abs=1e-15)  # nothing to do with each other
    assert max_stable_lr(centred) == pytest.approx(1.0)
    assert steps_to_shrink(0.5, 2 / 1.5) == 5
    assert condition_number(torch.tensor([[4.0, 0.0], [0.0, 0.0]])) == math.inf
    path = descend(lambda p: bag_grad(p, KG - 2, YUAN), CORNER, 0.5, 200)
    torch.testing.assert_close(path[-1], torch.tensor([2.0, 4.0], dtype=torch.float64))  # b: what 2 kg cost


@settings(max_examples=20)
@given(n=st.integers(2, 5), seed=seeds, lr=st.floats(0.001, 0.2), start=st.floats(-5, 5))
def test_one_pass_multiplies_the_error_by_the_product(n, seed, lr, start):
    x = normal(n, seed=seed)
    for order in (x, x.flip(0)):
        w = one_by_one(order, 2 * order, start, lr, 2).numpy()
        expected = 2 + pass_factor(x, lr) ** np.arange(3) * (start - 2)
        np.testing.assert_allclose(w, expected, rtol=1e-9, atol=1e-9)


def test_one_by_one_is_the_popular_program():
    w = torch.tensor([1.0], requires_grad=True)
    for _ in range(4):
        for xi, yi in ((1.0, 2.0), (2.0, 4.0), (3.0, 6.0)):
            loss = (xi * w - yi) ** 2
            loss.backward()
            w.data = w.data - 0.01 * w.grad.data
            w.grad.data.zero_()
    mine = one_by_one(KG.float(), YUAN.float(), 1.0, 0.01, 4)
    assert mine.shape == (5,)
    assert mine[-1].item() == pytest.approx(w.item(), abs=1e-6)
    assert pass_factor(KG, 0.01) == pytest.approx(0.98 * 0.92 * 0.82)
    assert abs(pass_factor(KG, 0.2039)) < 1 < abs(pass_factor(KG, 0.2041))  # claim C51: stable below 0.2040


def test_receipts_that_disagree_make_the_order_matter():
    y = torch.tensor([2.0, 5.0, 5.5], dtype=torch.float64)
    forward = one_by_one(KG, y, 1.0, 0.01, 50)[-1]
    backward = one_by_one(KG.flip(0), y.flip(0), 1.0, 0.01, 50)[-1]
    assert (forward - backward).abs() > 1e-3


# The edges


def test_the_calls_of_the_page_without_settings():
    x, y = KG.float(), YUAN.float()
    for given_by_hand, by_default in (
        (train(x, y, 1.0, 0.05, 20)[0], train(x, y)[0]),
        (one_by_one(x, y, 1.0, 0.01, 100), one_by_one(x, y)),
    ):
        assert torch.equal(by_default, given_by_hand)


def test_float64_stays_float64():
    assert bag_hessian(torch.tensor([0.1, 0.7], dtype=torch.float64)).dtype == torch.float64
    far = torch.tensor([1e-3], dtype=torch.float64)
    prices, _ = train(far, far, start=1e39, lr=1.0, steps=1)  # float32 ends at 3e38
    assert prices[0] == 1e39


def test_rounding_that_is_just_allowed():
    valley_or_not = torch.diag(torch.tensor([1e6, -1.0], dtype=torch.float64))  # -1 is a millionth of 1e6
    assert max_stable_lr(valley_or_not) == 2e-6
    flat = torch.diag(torch.tensor([1e12, 1.0], dtype=torch.float64))
    assert condition_number(flat) == math.inf


# Bad input

X = torch.tensor([1.0, 2.0, 4.0])
W = torch.tensor(1.0)
P = torch.tensor([1.0, 0.0])
RECEIPTS = [
    ([1.0], X, TypeError, "x must be a float tensor, got <class 'list'>"),
    (X.long(), X, TypeError, r"x must be a float tensor, got torch\.int64"),
    (X, X.bool(), TypeError, "y must be a float tensor"),
    (X.reshape(3, 1), X, ValueError, r"x must be finite numbers of shape \(n,\)"),
    (X[:0], X[:0], ValueError, "x must be finite numbers"),
    (X, X * NAN, ValueError, "y must be finite numbers"),
    (X * INF, X, ValueError, "x must be finite numbers"),
    (X, X[:2], ValueError, "x and y differ in length: 3 and 2"),
]


@pytest.mark.parametrize(("x", "y", "error", "message"), RECEIPTS)
def test_bad_receipts(x, y, error, message):
    for function in (
        check_receipts,
        lambda x, y: price_loss(W, x, y),
        lambda x, y: price_slope(W, x, y),
        lambda x, y: bag_grad(P, x, y),
        train,
        lambda x, y: one_by_one(x, y, 1.0, 0.1, 1),
    ):
        with pytest.raises(error, match=message):
            function(x, y)


@pytest.mark.parametrize("function", [bag_hessian, price_limit, lambda x: pass_factor(x, 0.1)])
def test_bad_weights(function):
    with pytest.raises(TypeError, match=r"x must be a float tensor, got torch\.int64"):
        function(X.long())
    with pytest.raises(ValueError, match="x must be finite numbers"):
        function(X * NAN)
    with pytest.raises(ValueError, match="x must be finite numbers"):
        function(X[None])


@pytest.mark.parametrize(
    ("hessian", "error", "message"),
    [
        ([[1.0]], TypeError, "hessian must be a float tensor, got <class 'list'>"),
        (torch.eye(2).long(), TypeError, r"hessian must be a float tensor, got torch\.int64"),
        (W, ValueError, r"hessian must have shape \(d, d\), d >= 1, got \(\)"),
        (torch.zeros(0, 0), ValueError, r"got \(0, 0\)"),
        (torch.ones(2, 3), ValueError, r"got \(2, 3\)"),
        (torch.tensor([[1.0, 2.0], [3.0, 4.0]]), ValueError, "must be finite and symmetric"),
        (torch.tensor([[NAN]]), ValueError, "must be finite and symmetric"),
        (torch.tensor([[-1.0]]), ValueError, "not a valley: curvatures from -1 to -1"),
        (torch.diag(torch.tensor([3.0, -1.0])), ValueError, "not a valley: curvatures from -1 to 3"),
        (torch.zeros(2, 2), ValueError, "not a valley: curvatures from 0 to 0"),
    ],
)
def test_bad_hessians(hessian, error, message):
    for function in (max_stable_lr, condition_number):
        with pytest.raises(error, match=message):
            function(hessian)
    if "valley" not in message:
        with pytest.raises(error, match=message):
            check_hessian(hessian)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: check_rate(0), ValueError, "learning rate must be positive and finite, got 0"),
        (lambda: check_rate(NAN), ValueError, "learning rate .* got nan"),
        (lambda: check_count("steps", 0), ValueError, "steps must be a positive integer, got 0"),
        (lambda: check_count("steps", 2.0), ValueError, "steps must be a positive integer, got 2.0"),
        (lambda: check_start(1.0), TypeError, "start must be a float tensor, got <class 'float'>"),
        (lambda: check_start(torch.tensor(1)), TypeError, r"start .* got torch\.int64"),
        (lambda: check_start(X * NAN), ValueError, "start must be finite"),
        (lambda: check_shape("w", X, ()), ValueError, r"w must be a tensor of shape \(\), got \(3,\)"),
        (lambda: check_shape("w", 2.0, ()), ValueError, "w must be .* got <class 'float'>"),
        (lambda: price_loss(X, X, X), ValueError, r"w must be a tensor of shape \(\), got \(3,\)"),
        (lambda: price_slope(X, X, X), ValueError, r"w must be a tensor of shape \(\), got \(3,\)"),
        (lambda: bag_grad(X, X, X), ValueError, r"place must be a tensor of shape \(2,\), got \(3,\)"),
        (lambda: bag_grad(W, X, X), ValueError, r"place must be .* got \(\)"),
        (lambda: descend(lambda w: w, 1.0, 0.1, 1), TypeError, "start must be a float tensor"),
        (lambda: descend(lambda w: w, W * INF, 0.1, 1), ValueError, "start must be finite"),
        (lambda: descend(lambda w: w, W, -0.1, 1), ValueError, "learning rate .* got -0.1"),
        (lambda: descend(lambda w: w, W, INF, 1), ValueError, "learning rate .* got inf"),
        (lambda: descend(lambda w: w, W, 0.1, 0), ValueError, "steps must be a positive integer, got 0"),
        (lambda: descend(lambda w: w.sum(), X, 0.1, 1), ValueError, r"gradient .* shape \(3,\), got \(\)"),
        (lambda: descend(lambda w: 1.0, W, 0.1, 1), ValueError, "gradient must be .* got <class 'float'>"),
        (lambda: steps_to_shrink(0, 1.0), ValueError, "learning rate"),
        (lambda: steps_to_shrink(0.1, 20.0), ValueError, r"does not shrink: \|1 - lr \* λ\| = 1"),
        (lambda: steps_to_shrink(0.1, 0.0), ValueError, "does not shrink"),
        (lambda: steps_to_shrink(0.1, -1.0), ValueError, "does not shrink"),
        (lambda: steps_to_shrink(0.1, NAN), ValueError, "does not shrink"),
        (lambda: steps_to_shrink(0.1, 1.0, 1), ValueError, "times must be finite and above 1, got 1"),
        (lambda: steps_to_shrink(0.1, 1.0, INF), ValueError, "times must be .* got inf"),
        (lambda: train(X, X, start=NAN), ValueError, "start must be finite"),
        (lambda: train(X, X, lr=0), ValueError, "learning rate"),
        (lambda: train(X, X, steps=0), ValueError, "steps must be a positive integer"),
        (lambda: one_by_one(X, X, NAN, 0.1, 1), ValueError, "start must be finite"),
        (lambda: one_by_one(X, X, 1.0, 0.0, 1), ValueError, "learning rate"),
        (lambda: one_by_one(X, X, 1.0, 0.1, 0), ValueError, "passes must be a positive integer"),
        (lambda: pass_factor(X, -1), ValueError, "learning rate"),
        (lambda: price_limit(X * 0), ValueError, "not a valley"),
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
    assert [line for line in lines if line.startswith("w = 3.0")] == ["w = 3.0  loss = 4.67"]
    assert "slope at w = 1: -9.3333" in lines and "w.grad = -9.3333" in lines  # both agree
    assert "ratios 0.5333 to 0.5333" in lines
    assert "all 11 errors agree: True" in lines and "same path: True" in lines
    agree = [f"lr = {lr}  agree: True" for lr in (0.01, 0.09, 0.17, 0.19)]
    assert [line for line in lines if "  agree: " in line] == agree
    assert "curvatures 0.2404 and 11.0929  limit 0.1803" in lines
    assert "lr = 0.01  across = 40  along = 1914" in lines
    assert "w = 2.0000  last loss = 2e-10" in lines
    assert "largest float32: 3.4e+38" in lines and "loss inf 74  w inf 148  w nan 149" in lines
    assert "kg 0.214  g 2.14e-07" in lines
    assert "kappa = 46.14  lr = 0.090  211 steps" in lines
    assert "kappa = 1.50  lr = 0.500  5 steps" in lines
    assert lines[-3:] == ["0.7393  w = 2.0000"] * 2 + ["formula 0.7393"]


def test_the_climb_of_the_page(lines):
    climb = [line for line in lines if line.startswith("w = -")]
    assert len(climb) == 4 and climb[-1] == "w = -4.787  loss = 214.9"


def test_the_swing_of_the_page(lines):
    swing = {line[4:6].strip(): line for line in lines if "not cleared" in line}
    assert swing["1"] == "k =  1  cleared 1.467  not cleared 1.467"
    assert swing["60"].startswith("k = 60  cleared 2.000") and "2.000" not in swing["60"][20:]
    assert all(len(line) <= 60 for line in lines)
