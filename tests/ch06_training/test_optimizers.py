from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lessons.ch06_training.optimizers import (
    GOAL,
    KM,
    SGD,
    YUAN,
    Adam,
    AdamW,
    Momentum,
    Optimizer,
    RMSProp,
    SharedMomentum,
    UncorrectedAdam,
    after_decay,
    distance,
    fare_gradient,
    final_rmse,
    make_nets,
    moves,
    polyak,
    race,
    scale_effect,
    steps_needed,
    taxi_rides,
    train,
    uncleared,
    undamped,
)

LESSON = Path(__file__).parents[2] / "lessons/ch06_training/optimizers.py"
NAN, INF = float("nan"), float("inf")
PAIRS = {
    SGD: torch.optim.SGD,
    Momentum: partial(torch.optim.SGD, momentum=0.9),
    RMSProp: torch.optim.RMSprop,
    Adam: torch.optim.Adam,
    AdamW: torch.optim.AdamW,
}
ALL = list(PAIRS)


def randn(*shape, seed):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def tensor(*values):
    return torch.tensor(values, dtype=torch.float64)


# The five optimizers


def same_path(ours, theirs, params, loss, steps=100):
    """Walk both from the same place; the largest difference over all steps, relative to numbers above 1."""
    mine, other = ([p.clone().requires_grad_() for p in params] for _ in range(2))
    us, them, worst = ours(mine), theirs(other), 0.0
    for _ in range(steps):
        for group, optimizer in ((mine, us), (other, them)):
            for p in group:
                p.grad = None
            loss(*group).backward()
            optimizer.step()
        worst = max(worst, *((p - q).abs().max().item() for p, q in zip(mine, other, strict=True)))
    assert all(not torch.equal(p, q) for p, q in zip(mine[:1], params[:1], strict=True))
    return worst


@pytest.mark.parametrize("ours", ALL)
@settings(max_examples=6)
@given(
    n=st.integers(1, 9),
    d=st.integers(1, 5),
    k=st.integers(1, 3),
    decay=st.sampled_from([0.0, 0.01, 0.3]),
    seed=st.integers(0, 99),
)
def test_least_squares_as_torch(ours, n, d, k, decay, seed):
    x, y, w = randn(n, d, seed=seed), randn(n, k, seed=seed + 1), randn(d, k, seed=seed + 2)
    set_up = {"lr": 0.01, "weight_decay": decay}
    worst = same_path(
        lambda p: ours(p, **set_up),
        lambda p: PAIRS[ours](p, **set_up),
        [w],
        lambda w: ((x @ w - y) ** 2).mean(),
    )
    assert worst <= 1e-6


@pytest.mark.parametrize("ours", ALL)
@pytest.mark.parametrize("decay", [None, 0.2])  # None: the defaults must agree
def test_a_network_as_torch(ours, decay):
    x, y = randn(11, 3, seed=0), randn(11, 2, seed=1)
    params = [randn(3, 5, seed=2), randn(5, seed=3), randn(5, 2, seed=4), randn(7, seed=5)]

    def loss(w1, b1, w2, unused):  # the last parameter never gets a gradient
        return ((torch.tanh(x @ w1 + b1) @ w2 - y) ** 2).mean()

    set_up = {"lr": 0.02} if decay is None else {"lr": 0.02, "weight_decay": decay}
    assert same_path(lambda p: ours(p, **set_up), lambda p: PAIRS[ours](p, **set_up), params, loss) <= 1e-6


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (partial(Momentum, beta=0.7), partial(torch.optim.SGD, momentum=0.7)),
        (partial(Momentum, beta=0), partial(torch.optim.SGD, momentum=0)),
        (  # one parameter has nobody to share its record with
            partial(SharedMomentum, beta=0.7, weight_decay=0.2),
            partial(torch.optim.SGD, momentum=0.7, weight_decay=0.2),
        ),
        (partial(RMSProp, beta2=0.8, eps=0.1), partial(torch.optim.RMSprop, alpha=0.8, eps=0.1)),
        (
            partial(Adam, beta1=0.6, beta2=0.9, eps=0.1),
            partial(torch.optim.Adam, betas=(0.6, 0.9), eps=0.1),
        ),
        (
            partial(AdamW, beta1=0.6, beta2=0.9, eps=0.1),
            partial(torch.optim.AdamW, betas=(0.6, 0.9), eps=0.1),
        ),
    ],
)
def test_the_settings_as_torch(ours, theirs):
    x, y, w = randn(4, 3, seed=0), randn(4, 2, seed=1), randn(3, 2, seed=2)
    loss = lambda w: ((x @ w - y) ** 2).mean()  # noqa: E731
    assert same_path(partial(ours, lr=0.05), partial(theirs, lr=0.05), [w], loss) <= 1e-6


@pytest.mark.parametrize("ours", ALL)
def test_a_parameter_without_gradient_stays_and_joins_later(ours):
    """Gradients that come and go: torch counts a parameter's own steps, and so must we."""
    groups = [[tensor(1, -2), tensor(3, 4, 5)] for _ in range(2)]
    optimizers = [ours(groups[0], lr=0.1, weight_decay=0.3), PAIRS[ours](groups[1], lr=0.1, weight_decay=0.3)]
    for k in range(12):
        for params, optimizer in zip(groups, optimizers, strict=True):
            params[0].grad = randn(2, seed=k)
            params[1].grad = None if k < 4 or k == 7 else randn(3, seed=50 + k)
            optimizer.step()
        if k == 3:
            assert torch.equal(groups[0][1], tensor(3, 4, 5))
        torch.testing.assert_close(groups[0], groups[1], rtol=0, atol=1e-9)


@pytest.mark.parametrize("ours", ALL)
def test_step_is_in_place_keeps_gradients_and_is_not_recorded(ours):
    p = tensor(1, 2).requires_grad_()
    address = p.data_ptr()
    (p * tensor(3, -4)).sum().backward()
    optimizer = ours((q for q in [p]), lr=0.1)  # any iterable
    optimizer.step()
    assert p.data_ptr() == address and p.is_leaf and p.requires_grad
    torch.testing.assert_close(p.grad, tensor(3, -4))
    assert p[0] < 1 and p[1] > (1.99 if ours is AdamW else 2)
    with pytest.raises(NotImplementedError, match=r"^a subclass writes update$"):
        Optimizer([p], lr=0.1).step()


@pytest.mark.parametrize("ours", ALL)
def test_an_overflown_parameter_stays_infinite_as_in_torch(ours):
    """Without decay the parameter has no say in its gradient: 0 times infinity would make it nan."""
    groups = [[tensor(INF, 2)] for _ in range(2)]
    for params, make in zip(groups, (ours, PAIRS[ours]), strict=True):
        optimizer = make(params, lr=0.1)
        for k in range(3):
            params[0].grad = randn(2, seed=k)
            optimizer.step()
    assert groups[0][0][0] == INF
    torch.testing.assert_close(groups[0], groups[1])


@pytest.mark.parametrize("lr", [1e-60, 1e60])
def test_rates_may_be_too_small_or_too_large_for_float32(lr):
    p = tensor(0.0)
    p.grad = tensor(3 / lr)
    SGD([p], lr).step()
    assert p.item() == pytest.approx(-3)


@pytest.mark.parametrize("make", ALL)
def test_several_rates_at_once_equal_separate_races(make):
    rates = tensor(0.002, 0.01, 0.3)
    together = race(make, rates, steps=30)
    assert together.shape == (31, 3, 2) and torch.equal(together[0], torch.zeros(3, 2, dtype=torch.float64))
    for i in range(3):
        p = torch.zeros(2, dtype=torch.float64)
        theirs = PAIRS[make]([p], lr=rates[i].item())
        for k in range(30):
            p.grad = fare_gradient(p)
            theirs.step()
            torch.testing.assert_close(together[k + 1, i], p, rtol=1e-7, atol=1e-9)


# The ideas, in numbers


def test_momentum_amplifies_and_damps():
    signs = (-1.0) ** torch.arange(300, dtype=torch.float64)
    glide = moves(Momentum, torch.stack([torch.ones_like(signs), signs], dim=1))
    assert glide.shape == (300, 2)
    assert glide[:3, 0].tolist() == pytest.approx([1, 1.9, 2.71])
    assert glide[-1, 0].item() == pytest.approx(1 / (1 - 0.9))
    assert glide[-1, 1].item() == pytest.approx(-1 / (1 + 0.9))
    assert glide[:3, 1].tolist() == pytest.approx([1, -0.1, 0.91])


def test_moves_takes_a_single_step():
    assert moves(SGD, tensor([3, -4])).tolist() == [[3, -4]]


def test_first_steps_with_and_without_correction():
    ones = torch.ones(60, 1, dtype=torch.float64)
    for scale in (1, 1000):  # whatever the size of the gradient
        torch.testing.assert_close(moves(Adam, scale * ones), ones, rtol=0, atol=1e-6)
        raw = moves(UncorrectedAdam, scale * ones)[:, 0]
        t = np.arange(1, 61)
        expected = (1 - 0.9**t) / np.sqrt(1 - 0.999**t)
        np.testing.assert_allclose(raw.numpy(), expected, rtol=1e-5)
        assert raw[0].item() == pytest.approx(0.1 / 0.001**0.5, rel=1e-5)  # too long, not too short
        assert 6.5 < raw.max() < 6.6
        assert moves(RMSProp, scale * ones)[0].item() == pytest.approx(10, rel=1e-5)
        assert 1 < moves(RMSProp, scale * ones)[-1] < 1.6
    p = tensor(0.0)
    p.grad = tensor(1.0)
    torch.optim.RMSprop([p], lr=1.0).step()
    assert p.item() == pytest.approx(-10, rel=1e-5)  # torch's has no correction either


def test_l2_is_not_decay_in_adam_but_is_in_sgd():
    none, l2, decoupled = after_decay(Adam, 0.0), after_decay(Adam, 0.1), after_decay(AdamW, 0.1)
    assert none.min() > 0.97 and l2[0] > 0.97 and (none[0] - l2[0]) < 0.01
    assert abs(l2[1]) < 0.05
    torch.testing.assert_close(decoupled[0], decoupled[1], rtol=0, atol=1e-3)
    assert decoupled[0].item() == pytest.approx((1 - 0.01 * 0.1) ** 300, abs=0.02)
    for make, theirs in ((Adam, torch.optim.Adam), (AdamW, torch.optim.AdamW)):
        p = tensor(1, 1)
        optimizer = theirs([p], lr=0.01, weight_decay=0.1)
        for k in range(300):
            p.grad = (-1) ** k * tensor(100, 0.01)
            optimizer.step()
        torch.testing.assert_close(after_decay(make, 0.1), p, rtol=0, atol=1e-6)
    by_hand, p = tensor(1, 1), tensor(1, 1)
    optimizer = SGD([p], lr=0.01, weight_decay=0.1)
    for k in range(50):
        p.grad = randn(2, seed=k)
        optimizer.step()
        by_hand = (1 - 0.01 * 0.1) * by_hand - 0.01 * p.grad
    torch.testing.assert_close(p, by_hand)


def test_a_shared_record_spoils_the_other_parameter():
    ends = {}
    for make in (Momentum, SharedMomentum):
        w, b = torch.zeros(2, 1, dtype=torch.float64)
        optimizer = make([w, b], lr=0.01)
        for _ in range(100):
            w.grad, b.grad = fare_gradient(torch.cat([w, b])).split(1)
            optimizer.step()
        ends[make] = b.item()
    assert optimizer.state[0] is optimizer.state[1]
    separate = Momentum([w, b], 0.1).state
    assert separate[0] is not separate[1]
    assert abs(ends[Momentum] - 10) < 0.1 and 5 < abs(ends[SharedMomentum] - 10) < 6


@pytest.mark.parametrize("make", [RMSProp, Adam, AdamW])
def test_without_eps_a_zero_gradient_is_nan(make):
    for eps, bad in ((0, True), (1e-8, False)):
        p = tensor(1, 1)
        p.grad = tensor(0.5, 0)
        make([p], lr=0.1, eps=eps).step()
        assert p[0].isfinite() and p[1].isnan() == bad


# The race


@settings(max_examples=20)
@given(st.integers(0, 999), st.sampled_from([(2,), (3, 2), (2, 5, 2)]))
def test_fare_gradient_agrees_with_autograd(seed, shape):
    place = (5 * randn(*shape, seed=seed)).requires_grad_()
    x, y = tensor(*KM), tensor(*YUAN)
    ((place[..., :1] * x + place[..., 1:] - y) ** 2).mean(dim=-1).sum().backward()
    torch.testing.assert_close(fare_gradient(place.detach()), place.grad)


def test_the_goal_is_the_least_squares_solution():
    design = np.column_stack([KM, np.ones(5)])
    np.testing.assert_allclose(np.linalg.lstsq(design, np.array(YUAN), rcond=None)[0], GOAL)
    assert fare_gradient(tensor(*GOAL)).abs().max() < 1e-12
    curvature = np.linalg.eigvalsh(2 * design.T @ design / 5)
    assert curvature[1] / curvature[0] == pytest.approx(251, abs=0.5)
    # SGD's limit 2 / 89.6 lies just above the rate of the page, and Adam's rate is far beyond it
    assert 0.0178 < 2 / curvature[1] < 0.0237
    assert 2.3714 / (2 / curvature[1]) == pytest.approx(106, abs=0.5)
    assert not distance(race(SGD, tensor(1.0), steps=800))[-1].isfinite().any()


def test_distance_and_steps_needed():
    path = tensor(5, 14, 2, 10).reshape(2, 1, 2)
    assert distance(path).tolist() == [[5], [0]]
    far = torch.tensor([[1, 1, 0.05, 1], [0.05, 1, 0.05, 0.05], [1, 1, 0.05, NAN], [0.05, 1, 0.05, 0.05]])
    assert steps_needed(far).tolist() == [3, INF, 0, 3]
    assert steps_needed(far[:3]).tolist() == [INF, INF, 0, INF]
    assert steps_needed(far, within=2).tolist() == [0, 0, 0, 3]
    assert steps_needed(torch.tensor([[0.1], [0.05]])).item() == 1  # 0.1 is not below 0.1


def test_momentum_without_discount_is_forgetting_to_clear():
    path = uncleared(lr=0.003, steps=40)
    assert path.shape == (41, 2)
    torch.testing.assert_close(race(undamped, tensor(0.003), steps=40)[:, 0], path, rtol=0, atol=1e-9)
    late = distance(uncleared(steps=400))[300:]
    assert late.max() > 5  # still swinging


def test_the_numbers_of_steps_of_the_page():
    assert race(SGD, tensor(0.01)).shape == (801, 1, 2)  # "does not arrive within 800 steps"
    assert uncleared().shape == (51, 2)  # the exercise: 50 steps


def test_scale_effect():
    for make in (SGD, Momentum):
        assert scale_effect(make) == pytest.approx(16)
        assert scale_effect(make, 0.5) == pytest.approx(0.5)
    for make in (RMSProp, Adam, AdamW):
        assert scale_effect(make) == pytest.approx(1, abs=0.01)
        assert scale_effect(make, 1e30) == pytest.approx(1, abs=0.01)  # its square is no float32
    # an eps of the gradients' size makes the effect depend on each of the five
    lengths = []
    for scale in (16, 1):
        p = tensor(0.0)
        optimizer, path = torch.optim.Adam([p], lr=1.0, eps=0.5), [0.0]
        for g in (1.0, 0.5, -0.3, 0.8, 0.2):
            p.grad = tensor(scale * g)
            optimizer.step()
            path.append(p.item())
        lengths.append(np.linalg.norm(np.diff(path)))
    assert scale_effect(partial(Adam, eps=0.5)) == pytest.approx(lengths[0] / lengths[1], rel=1e-9)


@settings(max_examples=20)
@given(st.floats(0.01, 10), st.floats(1, 500))
def test_polyak_makes_both_ends_equally_fast(flat, kappa):
    lr, beta = polyak(flat, flat * kappa)
    radii = []
    for curvature in (flat, flat * kappa):
        step = np.array([[1 + beta - lr * curvature, -beta], [1, 0]])
        radii.append(np.abs(np.linalg.eigvals(step)).max())
    assert radii == pytest.approx([beta**0.5] * 2, abs=1e-5)
    # a slightly different rate or discount is slower in one of the two directions
    for other in ((lr * 1.03, beta), (lr * 0.97, beta), (lr, beta + 0.1 * (1 - beta)), (lr, beta * 0.9)):
        worse = [
            np.abs(np.linalg.eigvals([[1 + other[1] - other[0] * c, -other[1]], [1, 0]])).max()
            for c in (flat, flat * kappa)
        ]
        assert max(worse) >= max(radii) - 1e-6


# The networks


def numpy_updates(kind, lr, x, y, params, steps):
    """Backpropagation and the update rules in float64, written out."""
    w1, b1, w2, b2 = (p.double().numpy().copy() for p in params)
    values, memory, losses, path = [w1, b1, w2, b2], [[0.0, 0.0] for _ in range(4)], [], []
    for t in range(1, steps + 1):
        w1, b1, w2, b2 = values
        hidden = np.tanh(x @ w1 + b1)
        error = hidden @ w2 + b2 - y
        losses.append(np.mean(error**2))
        d = 2 * error / len(x)
        back = d @ w2.T * (1 - hidden**2)
        slopes = [x.T @ back, back.sum(0, keepdims=True), hidden.T @ d, d.sum(0, keepdims=True)]
        for i, g in enumerate(slopes):
            a, b = memory[i]
            if kind == "Momentum":
                memory[i] = [0.9 * a + g, 0]
                change = memory[i][0]
            else:
                memory[i] = [0.9 * a + 0.1 * g, 0.999 * b + 0.001 * g * g]
                m, s = memory[i][0] / (1 - 0.9**t), memory[i][1] / (1 - 0.999**t)
                change = m / (np.sqrt(s) + 1e-8)
            values[i] = values[i] - lr * change
        path.append([v.copy() for v in values])
    return path, losses


@pytest.mark.parametrize(("make", "lr"), [(Momentum, 0.1), (Adam, 0.05)])
def test_golden_trajectory(make, lr):
    x, y, _ = taxi_rides(13)
    params = make_nets([3, 8], width=5)
    starts = [p.clone() for p in params]
    optimizer = make([p.requires_grad_() for p in params], lr=lr)
    ours = []
    for _ in range(5):
        losses = train(optimizer, x, y, steps=1)
        ours.append((losses[0], [p.detach().clone() for p in params]))
    for net in range(2):
        path, expected = numpy_updates(
            make.__name__, lr, x.double().numpy(), y.double().numpy(), [p[net] for p in starts], 5
        )
        for k in range(5):
            assert ours[k][0][net].item() == pytest.approx(expected[k], abs=1e-4)
            for p, q in zip(ours[k][1], path[k], strict=True):
                np.testing.assert_allclose(p[net].numpy(), q, atol=1e-4)


@pytest.mark.parametrize(("make", "lr"), [(Momentum, 0.004), (Adam, 0.004)])
def test_final_rmse_is_that_of_the_page_s_network(make, lr):
    """8 units, 32 rides and 200 steps; after 199 or 201 steps the error is 0.2 % off."""
    km = np.linspace(0.5, 20, 32)[:, None]
    fare = np.interp(km, (0, 3, 10, 20), (10, 10, 24, 54))
    x, y = ((t - t.mean()) / t.std(ddof=1) for t in (km, fare))
    start = [p[0] for p in make_nets([3], width=8)]
    losses = numpy_updates(make.__name__, lr, x, y, start, 201)[1]
    expected = np.sqrt(losses[200]) * fare.std(ddof=1)
    assert final_rmse(make, [lr], [3]).item() == pytest.approx(expected, rel=1e-4)


def test_networks_in_a_batch_are_trained_separately():
    together = final_rmse(Adam, [0.01, 0.1], [4, 7, 9])
    assert together.shape == (2, 3)
    for i, rate in enumerate((0.01, 0.1)):
        alone = final_rmse(Adam, [rate], [7])
        torch.testing.assert_close(alone[0, 0], together[i, 1], rtol=0.01, atol=0)
    assert final_rmse(SGD, [1.024], [0]).isinf().all()  # diverged
    x, y, _ = taxi_rides()
    losses = train(SGD([p.requires_grad_() for p in make_nets([1, 2])], lr=0.05), x, y, steps=7)
    assert losses.shape == (8, 2) and (losses[-1] < losses[0]).all()


def test_the_rides():
    x, y, yuan = taxi_rides(40)
    assert x.shape == y.shape == (40, 1)
    for t in (x, y):
        assert t.mean().item() == pytest.approx(0, abs=1e-6) and t.std().item() == pytest.approx(1)
    km = np.linspace(0.5, 20, 40)
    fare = [10 if k <= 3 else 10 + 2 * (k - 3) if k <= 10 else 24 + 3 * (k - 10) for k in km]
    assert yuan == pytest.approx(np.std(fare, ddof=1), rel=1e-5)
    np.testing.assert_allclose(y.ravel().numpy(), (fare - np.mean(fare)) / np.std(fare, ddof=1), atol=1e-5)


def test_make_nets_follows_its_seeds_only():
    before = torch.get_rng_state()
    nets, again = make_nets([5, 6], width=4), make_nets([6], width=4)
    assert torch.equal(torch.get_rng_state(), before)
    assert [tuple(p.shape) for p in nets] == [(2, 1, 4), (2, 1, 4), (2, 4, 1), (2, 1, 1)]
    assert all(torch.equal(p[1:], q) for p, q in zip(nets, again, strict=True))
    w1, b1, w2, b2 = make_nets(range(500), width=4)
    for p, sd in ((w1, 1), (b1, 1), (w2, 0.5)):
        assert p.std().item() == pytest.approx(sd, rel=0.06)
    assert not b2.any()


# After 200 steps. Bars on the median leave more than the range of the groups on each side. Adam at 0.512 has no bar on
# single seeds: that is the point.
def test_outcomes(seeds, bar):
    momentum, sgd = (final_rmse(kind, [0.256], seeds).flatten() for kind in (Momentum, SGD))
    adam, wild = final_rmse(Adam, [0.128, 0.512], seeds)
    for errors, name, worst, low, high in (
        (sgd, "SGD 0.256", None, 0.46, None),
        (momentum, "Momentum 0.256", 1.2, 0.33, 0.47),
        (adam, "Adam 0.128", 0.8, 0.33, 0.47),
        (wild, "Adam 0.512", None, 0.18, 0.36),
    ):
        label = {"zh": f"{name}：典型误差（元）", "en": f"{name}: typical error (yuan)"}
        if worst:
            bar(errors, **label, at_most=worst)
        bar(errors, **label, of="median", at_least=low, at_most=high)


# Bad input

P = torch.zeros(2)
X = torch.zeros(3, 1)


@pytest.mark.parametrize("make", ALL)
@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((P, 0.1), TypeError, "params must be a list of tensors, got a tensor"),
        (([], 0.1), ValueError, "at least one tensor, got none"),
        (([P, 3.0], 0.1), TypeError, "each parameter must be a float tensor, got <class 'float'>"),
        (([P.long()], 0.1), TypeError, r"each parameter .* got torch\.int64"),
        (([P], 0), ValueError, "learning rates must be positive and finite, got 0"),
        (([P], -0.1), ValueError, "learning rates .* got -0.1"),
        (([P], NAN), ValueError, "learning rates .* got nan"),
        (([P], INF), ValueError, "learning rates .* got inf"),
        (([P], torch.tensor([0.1, 0.0])), ValueError, "learning rates must be positive"),
    ],
)
def test_bad_optimizers(make, arguments, error, message):
    with pytest.raises(error, match=message):
        make(*arguments)


@pytest.mark.parametrize("make", ALL)
def test_bad_decay(make):
    for value in (-0.1, NAN, INF):
        with pytest.raises(ValueError, match=f"weight_decay must be at least 0 and below inf, got {value}"):
            make([P], 0.1, weight_decay=value)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: Momentum([P], 0.1, beta=1.1), ValueError, r"beta must lie in \[0, 1\], got 1.1"),
        (lambda: Momentum([P], 0.1, beta=-0.1), ValueError, "beta must lie in"),
        (lambda: RMSProp([P], 0.1, beta2=1), ValueError, "beta2 must be at least 0 and below 1, got 1"),
        (lambda: RMSProp([P], 0.1, eps=-1), ValueError, "eps must be at least 0"),
        (lambda: Adam([P], 0.1, beta1=1.0), ValueError, "beta1 must be at least 0 and below 1, got 1.0"),
        (lambda: Adam([P], 0.1, beta2=-0.1), ValueError, "beta2"),
        (lambda: AdamW([P], 0.1, eps=NAN), ValueError, "eps .* got nan"),
        (lambda: fare_gradient([1.0, 2.0]), TypeError, "place must be a float tensor, got <class 'list'>"),
        (lambda: fare_gradient(X), ValueError, r"place must have shape \(\.\.\., 2\), got \(3, 1\)"),
        (lambda: fare_gradient(torch.tensor(1.0)), ValueError, "place must have shape"),
        (lambda: distance(P.long()), TypeError, "float tensor"),
        (lambda: distance(X), ValueError, r"shape \(\.\.\., 2\)"),
        (lambda: moves(SGD, [1.0]), TypeError, "gradients must be a float tensor"),
        (lambda: moves(SGD, P), ValueError, r"gradients must have shape \(steps, d\), got \(2,\)"),
        (lambda: race(SGD, [0.1]), TypeError, "rates must be a float tensor"),
        (lambda: race(SGD, X), ValueError, r"rates must have shape \(k,\), k >= 1, got \(3, 1\)"),
        (lambda: race(SGD, P[:0]), ValueError, r"rates must have shape .* got \(0,\)"),
        (lambda: race(SGD, P), ValueError, "learning rates must be positive"),
        (lambda: race(SGD, P + 1, steps=0), ValueError, "steps must be a positive integer, got 0"),
        (lambda: steps_needed([1.0]), TypeError, "far must be a float tensor"),
        (lambda: steps_needed(P), ValueError, r"far must have shape \(steps \+ 1, k\), got \(2,\)"),
        (lambda: steps_needed(X[:0]), ValueError, r"far must have .* got \(0, 1\)"),
        (lambda: taxi_rides(1), ValueError, "n - 1 must be a positive integer, got 0"),
        (lambda: make_nets([]), ValueError, "the number of seeds must be a positive integer, got 0"),
        (lambda: make_nets([1], width=0), ValueError, "width must be a positive integer, got 0"),
        (lambda: train(SGD(make_nets([1]), 0.1), X, P), ValueError, r"got \(3, 1\) and \(2,\)"),
        (lambda: train(SGD(make_nets([1]), 0.1), P, P), ValueError, r"shape \(n, 1\), got \(2,\)"),
        (lambda: train(SGD(make_nets([1]), 0.1), X.long(), X), TypeError, "x must be a float tensor"),
        (lambda: train(SGD(make_nets([1]), 0.1), X, X.long()), TypeError, "y must be a float tensor"),
        (lambda: train(SGD(make_nets([1]), 0.1), X[:0], X[:0]), ValueError, "must both have shape"),
        (lambda: train(SGD(make_nets([1]), 0.1), X, X, steps=0), ValueError, "steps must be"),
        (lambda: final_rmse(SGD, [], [1]), ValueError, "the number of rates must be"),
        (lambda: final_rmse(SGD, [0.1], []), ValueError, "the number of seeds must be"),
        (lambda: final_rmse(SGD, [-0.1], [1]), ValueError, "learning rates"),
        (lambda: after_decay(Adam, 0.1, steps=1.5), ValueError, "steps must be .* got 1.5"),
        (lambda: after_decay(Adam, -0.1), ValueError, "weight_decay"),
        (lambda: scale_effect(SGD, 0), ValueError, "scale must be positive and finite, got 0"),
        (lambda: scale_effect(SGD, INF), ValueError, "scale must be .* got inf"),
        (lambda: uncleared(steps=-1), ValueError, "steps must be a positive integer, got -1"),
        (lambda: uncleared(lr=0), ValueError, "learning rates"),
        (lambda: polyak(0, 1), ValueError, "need 0 < flat <= steep, got 0 and 1"),
        (lambda: polyak(2, 1), ValueError, "need 0 < flat <= steep"),
        (lambda: polyak(1, INF), ValueError, "need 0 < flat <= steep"),
    ],
)
def test_bad_input(call, error, message):
    with pytest.raises(error, match=message):
        call()


# The file itself


@pytest.fixture(scope="module")
def lines(program_output):
    return program_output(LESSON).splitlines()


def row(lines, start):
    return next(line for line in lines if line.startswith(start)).split()


def test_all_five_agree_with_torch_on_the_page(lines):
    assert sum("within 1e-6: True" in line for line in lines) == 5


def test_the_race_of_the_page(lines):
    steps = {}
    for line in lines:
        if "steps =" in line:
            steps[line.split("  ")[0].split(" lr")[0].strip()] = float(line.split("steps =")[1].split()[0])
    assert steps["Momentum"] < 0.12 * steps["SGD"]  # nine in ten saved
    assert steps["Momentum"] < steps["Adam"] < 80
    assert 700 < steps["RMSProp"] < steps["SGD"] < 800
    assert steps["AdamW"] == INF
    assert steps["RMSProp, beta2 = 0.999"] == 135
    rates = 0.001 * 10 ** (torch.arange(33, dtype=torch.float64) / 8)
    needs = {make: steps_needed(distance(race(make, rates))) for make in ALL}
    assert needs[AdamW].isinf().all()  # not for want of a better rate
    for make in (SGD, Momentum, RMSProp, Adam):
        assert needs[make].min() == steps[make.__name__]
    far = distance(race(RMSProp, rates[needs[RMSProp].argmin()][None]))[:, 0]
    assert far[550:650].max() < 0.1 < far[650:].max()  # arrives, and jumps out again


def test_a_long_memory_makes_adam_fast():
    rates = 0.001 * 10 ** (torch.arange(33, dtype=torch.float64) / 8)

    def fewest(make):
        return steps_needed(distance(race(make, rates))).min()

    # the page: RMSProp is slow because it forgets; neither Adam's correction nor anything else makes up for that
    assert fewest(partial(RMSProp, beta2=0.999)) < 150 < 600 < fewest(partial(Adam, beta1=0.0, beta2=0.99))


def test_the_networks_of_the_page(lines):
    scores = {}
    for line in lines:
        if "median =" in line:
            words = line.split()
            scores[words[0]] = [float(words[words.index(key) + 2]) for key in ("min", "median", "max")]
    assert set(scores) == {make.__name__ for make in ALL}
    assert min(scores, key=lambda name: scores[name][1]) == "Adam"  # the lowest median
    assert scores["Adam"][2] > 2 > 0.8 > scores["Momentum"][2]  # but the worst network
    duel = int(row(lines, "Adam below Momentum")[3])
    assert duel > 10
    good = next(line for line in lines if line.startswith("rates below"))
    counts = {name: int(good.split(f"'{name}': ")[1][0]) for name in scores}
    assert counts["Adam"] > counts["Momentum"] > counts["SGD"]
    rates = [0.004 * 2**k for k in range(9)]
    medians = {
        make: final_rmse(make, rates, range(10)).median(dim=1).values for make in (SGD, Momentum, Adam)
    }
    for bar in (0.5, 0.7, 1.0):  # the order does not hang on the bar
        good = [int((medians[make] < bar).sum()) for make in (Adam, Momentum, SGD)]
        assert good[0] > good[1] > good[2], bar
    assert (medians[Adam] < medians[SGD]).all()  # at any single rate
    best = medians[Adam].argmin()
    assert medians[Adam][best + 1] > 1.5 * medians[Adam][best]  # its choice is next to a rise


def test_the_bugs_of_the_page(lines):
    assert row(lines, "UncorrectedAdam")[3] == "3.16"
    assert row(lines, "RMSProp: first")[3] == "10.00"
    assert any(line.startswith("[0.89") and line.endswith("nan]") for line in lines)
    assert "same path: True" in lines
