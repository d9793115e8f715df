import math
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.optim import lr_scheduler

from lessons.ch06_training.schedules_clipping import (
    GROWTH,
    NEST,
    NOW,
    accuracy,
    arrived,
    bird_fixes,
    check_rates,
    clip_by_norm,
    clip_by_value,
    cosine_lr,
    find_nest,
    first_guesses,
    fit_growth,
    growth_gradient,
    growth_loss,
    make_nets,
    metres_off,
    nest_fixes,
    reach,
    scores,
    step_lr,
    torch_rates,
    train,
    warm_rates,
    warmup,
)

LESSON = Path(__file__).parents[2] / "lessons/ch06_training/schedules_clipping.py"
NAN, INF = float("nan"), float("inf")
RATES = st.floats(1e-6, 10)


def randn(*shape, seed):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def closed_form(make, lr, epochs, **words):
    """What torch's own closed form says of each epoch."""
    scheduler = make(torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=lr), **words)
    rates = []
    for epoch in range(epochs):
        scheduler.last_epoch = epoch
        rates.append(scheduler._get_closed_form_lr()[0])
    return rates


# Schedules


@settings(max_examples=15)
@given(lr=RATES, step_size=st.integers(1, 9), gamma=st.floats(0.01, 1))
def test_step_lr_equals_torch_step_for_step(lr, step_size, gamma):
    expected = torch_rates(lr_scheduler.StepLR, lr, 25, step_size=step_size, gamma=gamma)
    assert [step_lr(lr, t, step_size, gamma) for t in range(25)] == expected


@settings(max_examples=15)
@given(lr=RATES, epochs=st.integers(1, 30), share=st.floats(0, 1))
def test_cosine_lr_equals_torch(lr, epochs, share):
    words = {"T_max": epochs, "eta_min": lr * share}
    ours = [cosine_lr(lr, t, epochs, lr * share) for t in range(epochs + 5)]
    assert ours == closed_form(lr_scheduler.CosineAnnealingLR, lr, epochs + 5, **words)
    stepped = torch_rates(lr_scheduler.CosineAnnealingLR, lr, epochs + 1, **words)
    np.testing.assert_allclose(ours[: epochs + 1], stepped, atol=1e-13 * lr, rtol=0)
    assert ours[0] == pytest.approx(lr) and ours[epochs] == pytest.approx(lr * share)


@settings(max_examples=15)
@given(lr=RATES, epochs=st.integers(1, 20), start=st.floats(0.01, 1))
def test_warmup_equals_torch(lr, epochs, start):
    words = {"total_iters": epochs, "start_factor": start}
    ours = [warmup(lr, t, epochs, start) for t in range(epochs + 5)]
    assert ours == closed_form(lr_scheduler.LinearLR, lr, epochs + 5, **words)
    np.testing.assert_allclose(ours, torch_rates(lr_scheduler.LinearLR, lr, epochs + 5, **words), rtol=1e-13)
    assert ours[-1] == pytest.approx(lr)


def test_the_defaults_are_torchs():
    assert [step_lr(0.3, t, 2) for t in range(9)] == torch_rates(lr_scheduler.StepLR, 0.3, 9, step_size=2)
    ours = [warmup(0.3, t, 5) for t in range(9)]
    assert ours == closed_form(lr_scheduler.LinearLR, 0.3, 9, total_iters=5)
    assert cosine_lr(0.3, 7, 7) == 0
    assert step_lr(0.05, 90, 30) == pytest.approx(5e-5) and step_lr(0.05, 999, 30) == pytest.approx(5e-35)


def test_schedules_may_stand_still():
    assert step_lr(0.3, 9, step_size=2, gamma=1) == warmup(0.3, 0, 5, start=1) == 0.3
    assert [cosine_lr(0.3, t, 5, lr_min=0.3) for t in range(6)] == [0.3] * 6
    fixes = nest_fixes([1], n=10)
    path = find_nest(fixes, [0.1, 0.0, 0.1])
    assert torch.equal(path[2], path[1]) and not torch.equal(path[3], path[2])


# Clipping


@settings(max_examples=40)
@given(
    shapes=st.lists(st.lists(st.integers(1, 5), max_size=3), min_size=1, max_size=5),
    scale=st.sampled_from([0.0, 1e-4, 0.3, 1.0, 50.0, 1e5]),
    max_norm=st.floats(0.01, 100),
    double=st.booleans(),
    seed=st.integers(0, 99),
)
def test_clip_by_norm_equals_torch_bit_for_bit(shapes, scale, max_norm, double, seed):
    dtype = torch.float64 if double else torch.float32
    params = [torch.zeros(shape, dtype=dtype) for shape in shapes]
    for i, p in enumerate(params):
        p.grad = scale * randn(*p.shape, seed=seed + 100 * i).to(dtype)
    before = [p.grad.clone() for p in params]
    ours, norm = clip_by_norm([p.grad for p in params], max_norm)
    assert all(torch.equal(p.grad, g) for p, g in zip(params, before, strict=True))  # not in place
    assert torch.equal(norm, torch.nn.utils.clip_grad_norm_(params, max_norm))
    assert all(torch.equal(g, p.grad) for g, p in zip(ours, params, strict=True))


def test_clipping_keeps_the_direction_of_the_whole():
    grads = [randn(3, 5, seed=0), 40 * randn(7, seed=1)]
    clipped, norm = clip_by_norm(grads, 2.0)
    long, short = (torch.cat([g.flatten() for g in gs]) for gs in (grads, clipped))
    assert norm.item() == pytest.approx(long.norm().item()) and norm > 20
    assert short.norm().item() == pytest.approx(2.0, rel=1e-5)
    assert torch.nn.functional.cosine_similarity(long, short, dim=0).item() == pytest.approx(1, abs=1e-5)


def test_the_example_of_the_page():
    (g,), norm = clip_by_norm([torch.tensor([3.0, 4.0])], 1)
    assert norm == 5
    torch.testing.assert_close(g, torch.tensor([0.6, 0.8]))
    small = torch.tensor([0.3, 0.4])
    assert torch.equal(clip_by_norm([small], 1)[0][0], small)


# The islands


def test_bird_fixes_are_the_moons():
    km, island = bird_fixes(50, seed=7)
    assert km.shape == (50, 2) and island.shape == (50,) and km.dtype == island.dtype == torch.float32
    assert island.sum() == 25
    centre = torch.tensor([[0.0, 0.0], [1.0, 0.5]])[island.long()]
    assert ((km - centre).norm(dim=1) - 1).abs().max() < 0.4  # half circles of radius 1
    assert bird_fixes()[0].shape == (200, 2)


def module(row):
    """The same network as an nn.Sequential."""
    net = torch.nn.Sequential(torch.nn.Linear(2, 4), torch.nn.Tanh(), torch.nn.Linear(4, 1))
    with torch.no_grad():
        net[0].weight.copy_(row[:8].reshape(2, 4).T)
        net[0].bias.copy_(row[8:12])
        net[2].weight.copy_(row[None, 12:16])
        net[2].bias.copy_(row[16:])
    return net


def test_make_nets_draws_like_linear():
    nets = make_nets(range(400))
    assert nets.shape == (400, 17)
    for part, bound in ((nets[:, :12], 0.5**0.5), (nets[:, 12:], 0.5)):
        assert 0.98 * bound < part.max() <= bound and -bound <= part.min() < -0.98 * bound
        assert part.mean().abs() < 0.03
    assert torch.equal(make_nets([7, 3]), nets[[7, 3]])


def test_scores_and_accuracy_as_modules():
    nets, (km, island) = make_nets(range(3)), bird_fixes(31)
    z = scores(nets, km)
    for i in range(3):
        torch.testing.assert_close(z[i], module(nets[i])(km)[:, 0].detach())
        expected = np.mean((z[i].numpy() > 0) == island.numpy().astype(bool))
        assert accuracy(nets, km, island)[i].item() == pytest.approx(expected)


def test_a_net_that_cannot_say_puts_every_bird_on_the_first_island():
    km, island = randn(5, 2, seed=3), torch.tensor([1.0, 0, 0, 1, 0])
    assert accuracy(torch.zeros(2, 17), km, island).tolist() == pytest.approx([0.6, 0.6])


def test_a_tiny_gradient_makes_a_short_step_by_adam_s_epsilon():
    nets = torch.zeros(1, 17)
    nets[0, 16] = -18  # sure of the first island, and right
    run = train(nets, torch.tensor([[0.05]]), randn(5, 2, seed=3), torch.zeros(5))
    g = 1 / (1 + math.exp(18))  # 1.5e-8
    assert run.norms.item() == pytest.approx(g, rel=1e-5)
    assert run.params[1, 0, 16].item() == pytest.approx(-18 - 0.05 * g / (g + 1e-8), abs=1e-5)


def test_training_as_torch_with_a_scheduler():
    nets, (km, island) = make_nets([4]), bird_fixes(23)
    rates = torch.tensor([[step_lr(0.05, t, 4, 0.5)] for t in range(15)])
    run = train(nets, rates, km, island)
    net = module(nets[0])
    optimizer = torch.optim.Adam(net.parameters(), lr=0.05)
    scheduler = lr_scheduler.StepLR(optimizer, 4, 0.5)
    for t in range(15):
        optimizer.zero_grad()
        loss = torch.nn.functional.binary_cross_entropy_with_logits(net(km)[:, 0], island)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(net.parameters(), 1e9)
        assert run.losses[t, 0].item() == pytest.approx(loss.item(), abs=1e-4)
        assert run.norms[t, 0].item() == pytest.approx(norm.item(), abs=1e-4)
        optimizer.step()
        scheduler.step()
        row = run.params[t + 1, 0]
        torch.testing.assert_close(row[:8].reshape(2, 4).T, net[0].weight.detach(), atol=1e-4, rtol=0)
        torch.testing.assert_close(row[12:16], net[2].weight[0].detach(), atol=1e-4, rtol=0)
    assert run.params.shape == (16, 1, 17) and not run.params.requires_grad


def test_golden_trajectory():
    """The first five updates in float64 NumPy, with the gradient written out."""
    nets, (km, island) = make_nets([2]), bird_fixes(19)
    run = train(nets, torch.tensor([[0.05], [0.04], [0.03], [0.02], [0.01]]), km, island)
    p, x, y = nets[0].double().numpy(), km.double().numpy(), island.double().numpy()
    m = s = 0.0
    for t in range(1, 6):
        h = np.tanh(x @ p[:8].reshape(2, 4) + p[8:12])
        z = h @ p[12:16] + p[16]
        loss = np.mean(np.logaddexp(0, z) - y * z)
        dz = (1 / (1 + np.exp(-z)) - y) / len(y)
        dh = np.outer(dz, p[12:16]) * (1 - h**2)
        g = np.concatenate([(x.T @ dh).ravel(), dh.sum(0), h.T @ dz, [dz.sum()]])
        m, s = 0.9 * m + 0.1 * g, 0.999 * s + 0.001 * g * g
        p = p - (0.06 - 0.01 * t) * (m / (1 - 0.9**t)) / (np.sqrt(s / (1 - 0.999**t)) + 1e-8)
        assert run.losses[t - 1, 0].item() == pytest.approx(loss, abs=1e-4)
        assert run.norms[t - 1, 0].item() == pytest.approx(np.linalg.norm(g), abs=1e-4)
        np.testing.assert_allclose(run.params[t, 0].numpy(), p, atol=1e-4, rtol=0)


def test_runs_in_a_batch_equal_separate_runs():
    nets, (km, island) = make_nets(range(3)), bird_fixes(20)
    rates = torch.tensor([[0.05, 0.001, 0.02]]).repeat(8, 1)
    together = train(nets, rates, km, island)
    for i in range(3):
        alone = train(nets[i : i + 1], rates[:, i : i + 1], km, island)
        for a, b in zip(together, alone, strict=True):
            torch.testing.assert_close(a[:, i], b[:, 0], atol=1e-5, rtol=0)
    assert torch.equal(together.params[0], nets) and not nets.requires_grad


# 1000 epochs. The bar of 0.95 leaves 0.05 above and 0.075 below. The program trains seeds 0-19 in this very way, see the
# tests of what it prints: one of them will do here every day.
@pytest.mark.parametrize("seeds", [range(1), pytest.param(range(200), marks=pytest.mark.seeds)])
def test_step_lr_freezes_the_islands(seeds, bar):
    km, island = bird_fixes()
    nets, n = make_nets(seeds), len(seeds)
    plans = torch.tensor(
        [[0.05, step_lr(0.05, t, 30), cosine_lr(0.05, t, 1000), step_lr(0.05, t, 300)] for t in range(1000)]
    )
    run = train(nets.repeat(4, 1), plans.repeat_interleave(n, dim=1), km, island)
    right = accuracy(run.params[-1], km, island).reshape(4, n)
    final = run.losses[-1].reshape(4, n)
    names = (("常数", "constant"), ("StepLR(30)",) * 2, ("余弦", "cosine"), ("StepLR(300)",) * 2)
    for plan, (zh, en) in enumerate(names):
        frozen = plan == 1  # the others have enough reach
        low, high = (None, 0.949) if frozen else (0.95, None)
        bar(right[plan], zh=f"{zh}：准确率", en=f"{en}: accuracy", at_least=low, at_most=high)
        low, high = (0.25, None) if frozen else (None, 0.01)
        bar(
            final[plan],
            zh=f"{zh}：最后的损失",
            en=f"{en}: last loss",
            of="median",
            at_least=low,
            at_most=high,
        )
    final = final.median(dim=1).values
    assert final[0] < final[2] < final[3]
    largest = run.norms[:, :n].amax(dim=0)
    bar(largest, zh="最大的梯度范数", en="largest gradient norm", at_most=0.999)  # max_norm=1 never acts
    moved = (run.params[-1] - run.params[90]).abs().reshape(4, n, -1).amax(dim=2)
    assert 2 * plans[90:, 1].sum() < 0.004
    for plan, low, high in ((1, None, 0.004), (0, 3, None)):
        zh, en = (f"{names[plan][0]}：90 轮后的移动", f"{names[plan][1]}: move after epoch 90")
        bar(moved[plan], zh=zh, en=en, at_least=low, at_most=high)
    whole = (run.params[-1] - run.params[0])[:n].abs().max(dim=1).values
    assert reach(0.05, 30, 0.1) < 0.5 * whole.min() and whole.max() < reach(0.05, 300, 0.1)
    assert plans[:, 1].sum().item() == pytest.approx(reach(0.05, 30, 0.1), rel=1e-5)  # as the page prints


# The nest


def test_nest_fixes_are_scattered_around_the_nest():
    fixes = nest_fixes(range(50))
    assert fixes.shape == (50, 400, 2)
    torch.testing.assert_close(fixes.mean(dim=(0, 1)), torch.tensor(NEST), atol=1, rtol=0)
    assert fixes.std(dim=1).mean().item() == pytest.approx(30, rel=0.02)
    assert torch.equal(nest_fixes([9])[0], fixes[9])


def test_the_scatter_of_the_fixes_is_the_seed_s_own():
    z = torch.stack([randn(40, 2, seed=seed) for seed in (9, 4)])
    torch.testing.assert_close((nest_fixes([9, 4], n=40) - torch.tensor(NEST)) / 30, z, rtol=0, atol=1e-5)


def test_the_nest_is_looked_for_with_seed_0_unless_told_otherwise():
    fixes, rates = nest_fixes([5], n=30), [0.3, 0.1, 0.2]
    assert torch.equal(find_nest(fixes, rates), find_nest(fixes, rates, seed=0))


def test_find_nest_step_by_step():
    fixes, rates = nest_fixes([5, 6], n=30), [0.3, 0.1, 0.2, 0.05, 0.4]
    path = find_nest(fixes, rates, seed=4)
    rng, p, data = torch.Generator().manual_seed(4), np.zeros((2, 2)), fixes.double().numpy()
    for k, rate in enumerate(rates):
        if k % 3 == 0:
            order = torch.randperm(30, generator=rng).numpy()
        rows = order[10 * (k % 3) : 10 * (k % 3) + 10]
        p = p - rate * np.mean(2 * (p[:, None] - data[:, rows]), axis=1)
        np.testing.assert_allclose(path[k + 1].numpy(), p, atol=1e-3)
    assert path.shape == (6, 2, 2) and torch.equal(path[0], torch.zeros(2, 2))
    torch.testing.assert_close(find_nest(fixes[1:], rates, seed=4), path[:, 1:])
    assert not torch.equal(find_nest(fixes, rates, seed=5), path)


def test_the_mean_of_the_fixes_is_the_minimum():
    fixes = nest_fixes([3], n=40)
    off = metres_off(find_nest(fixes, [0.01] * 800), fixes)
    assert off.shape == (801, 1)
    assert off[0].item() == pytest.approx(np.linalg.norm(fixes[0].double().numpy().mean(0)), rel=1e-5)
    assert off[-1] < 2  # what is left is the jitter


def test_a_falling_rate_settles_closer(seeds, bar):
    fixes = nest_fixes(seeds)
    cosine = [cosine_lr(0.1, k, 400) for k in range(400)]
    fast, slow, falling = (
        metres_off(find_nest(fixes, r), fixes)[-1] for r in ([0.1] * 400, [0.005] * 400, cosine)
    )
    for off, zh, en, of, low, high in (
        (fast, "常数 0.1", "constant 0.1", "median", 2, 4.5),
        (slow, "常数 0.005", "constant 0.005", None, 8, 10),
        (falling, "余弦", "cosine", "median", None, 0.5),
        (falling, "余弦", "cosine", None, None, 1.5),
    ):
        zh, en = f"鸟巢，{zh}：距离（米）", f"nest, {en}: distance (m)"
        bar(off, zh=zh, en=en, of=of, at_least=low, at_most=high)
    zh, en = "鸟巢：余弦比常数 0.1 更近", "nest: cosine is closer than constant 0.1"
    bar(falling < fast, zh=zh, en=en, of="share", at_least=0.95)


# The colony


def test_growth_gradient_as_autograd():
    a = torch.linspace(0.5, 1.5, 11, dtype=torch.float64, requires_grad=True)
    growth_loss(a).sum().backward()
    torch.testing.assert_close(growth_gradient(a.detach()), a.grad)
    assert growth_loss(torch.tensor(GROWTH, dtype=torch.float64)) == 0
    assert pytest.approx(2.6533, abs=1e-4) == NOW


def test_first_guesses():
    guesses = first_guesses(range(300))
    assert guesses.dtype == torch.float64
    assert 0.9 <= guesses.min() < 0.91 and 1.39 < guesses.max() < 1.4
    assert torch.equal(first_guesses([8, 2]), guesses[[8, 2]])


@pytest.mark.parametrize("max_norm", [INF, 100.0, 3.0])
def test_fit_growth_clips_each_run_as_clip_by_norm(max_norm):
    start, rates = torch.tensor([1.2, 0.95, 1.06], dtype=torch.float64), [1e-4, 3e-5, 2e-4, 1e-4]
    path = fit_growth(start, rates, max_norm)
    assert path.shape == (5, 3)
    for i in range(3):
        a = start[i].clone().requires_grad_()
        for k, rate in enumerate(rates):
            a.grad = None
            growth_loss(a).backward()
            if max_norm < INF:
                (a.grad,), _ = clip_by_norm([a.grad], max_norm)
            with torch.no_grad():
                a -= rate * a.grad
            torch.testing.assert_close(path[k + 1, i], a.detach(), rtol=1e-12, atol=0, equal_nan=True)


# 200 steps. Without clipping 88 of 200 runs become NaN.
def test_clipping_saves_the_colony(seeds, bar):
    guesses, n = first_guesses(seeds), len(seeds)
    there = {}
    for limit in (INF, 100, 10, 1):
        end = fit_growth(guesses, [1e-4] * 200, limit)[-1]
        there[limit] = arrived(end)
        assert end.isfinite().all() == (limit < INF)
    for limit, low, high in ((INF, 0.2, 0.6), (100, 1, None), (1, None, 0.25)):
        zh, en = ("不裁剪", "no clipping") if limit == INF else (f"裁剪到 {limit}", f"clipped to {limit}")
        zh, en = f"鸟群，{zh}：收敛", f"colony, {en}: converged"
        bar(there[limit], zh=zh, en=en, of="share", at_least=low, at_most=high)
    assert there[1].sum() < there[10].sum() < n
    warm = arrived(fit_growth(guesses, warm_rates(1e-4, 200, 100))[-1]).sum()
    assert there[INF].sum() < warm < n


def test_a_clipped_step_is_at_most_rate_times_max_norm():
    path = fit_growth(first_guesses(range(20)), [1e-4] * 200, 1.0)
    assert path.diff(dim=0).abs().max() <= 1e-4 * (1 + 1e-9)
    assert (path[-1] - path[0]).abs().max() <= 0.02 + 1e-9


def test_the_explosion_of_the_page():
    path = fit_growth(torch.tensor([1.3], dtype=torch.float64), [1e-4] * 5).flatten()
    assert -120 < path[1] < -100 and path[2] > 1e70 and path[-1].isnan()
    grid = first_guesses(range(200))
    end = fit_growth(grid, [1e-4] * 200)[-1]
    stopped = end.isfinite() & ~arrived(end)
    assert stopped.sum() == 32 and (end[stopped] < 0.9).all()  # thrown past the bottom
    assert 1e-4 * growth_gradient(end[stopped]).abs().max() < 0.001  # where they hardly move
    assert path[3] == -INF


def test_100_is_a_little_above_the_usual_gradients():
    usual = growth_gradient(torch.linspace(0.9, GROWTH, 1000)).abs().max().item()
    assert usual == pytest.approx(69.5, abs=0.5)


def test_warmup_only_loses_time_at_the_nest(seeds, bar):
    fixes = nest_fixes(seeds)
    warm, constant = (
        metres_off(find_nest(fixes, r), fixes) for r in (warm_rates(0.1, 400, 100), [0.1] * 400)
    )
    zh, en = "第 40 步的距离（米）", "distance at step 40 (m)"
    bar(warm[40], zh=f"鸟巢，预热：{zh}", en=f"nest, warmup: {en}", at_least=80)
    bar(constant[40], zh=f"鸟巢，不预热：{zh}", en=f"nest, no warmup: {en}", at_most=15)
    torch.testing.assert_close(warm[400], constant[400], atol=0.01, rtol=0)


def test_arrived():
    assert (
        arrived(torch.tensor([1.05, 1.0505, 1.0485, 1.0515, NAN, INF])).tolist() == [True, True] + [False] * 4
    )


# The mistakes


def test_scheduler_first_warns_and_skips_the_first_rate():
    weight = torch.tensor(1.0, requires_grad=True)
    optimizer = torch.optim.SGD([weight], lr=0.1)
    scheduler, used = lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.1), []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for _ in range(3):
            scheduler.step()
            used.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
    assert len(caught) == 1 and "before `optimizer.step()`" in str(caught[0].message)
    assert used == pytest.approx([step_lr(0.1, t + 1, 1) for t in range(3)])


def test_clipping_before_backward_does_nothing_or_clips_old_gradients():
    a = torch.tensor(1.3, dtype=torch.float64, requires_grad=True)
    assert torch.equal(torch.nn.utils.clip_grad_norm_([a], 100), torch.tensor(0.0))
    growth_loss(a).backward()
    assert a.grad > 1e6
    old = a.grad.clone()
    assert torch.nn.utils.clip_grad_norm_([a], 100) == old  # next step, not cleared: the old gradient
    assert a.grad.item() == pytest.approx(100)


def test_scheduling_every_batch_freezes(seeds, bar):
    fixes = nest_fixes(seeds)
    right = [step_lr(0.1, k // 40, 2, 0.5) for k in range(400)]
    wrong = [step_lr(0.1, k, 2, 0.5) for k in range(400)]
    good, bad = (metres_off(find_nest(fixes, r), fixes) for r in (right, wrong))
    zh, en = "鸟巢，学习率每 2 {}减半：距离（米）", "nest, halved every 2 {}: distance (m)"
    bar(good[-1], zh=zh.format("轮"), en=en.format("epochs"), at_most=5)
    bar(bad[-1], zh=zh.format("批"), en=en.format("batches"), at_least=190)
    assert torch.allclose(bad[100], bad[-1], atol=0.01)  # not one step more
    assert wrong[-1] < 1e-60 and math.isclose(right[-1], 0.1 / 16)


# The exercises


def test_reach_is_the_sum_of_the_rates():
    for lr, step_size, gamma in ((0.05, 30, 0.1), (0.3, 7, 0.6)):
        total = sum(step_lr(lr, t, step_size, gamma) for t in range(60 * step_size))
        assert reach(lr, step_size, gamma) == pytest.approx(total)


def test_warm_rates():
    rates = warm_rates(0.2, 9, 4)
    assert rates == pytest.approx([0.002, 0.0515, 0.101, 0.1505] + [0.2] * 5)


@settings(max_examples=15)
@given(n=st.integers(1, 6), limit=st.floats(0.1, 3), seed=st.integers(0, 99))
def test_clip_by_value_as_torch(n, limit, seed):
    p = torch.zeros(n, 3)
    p.grad = 2 * randn(n, 3, seed=seed)
    ours = clip_by_value(p.grad.clone(), limit)
    torch.nn.utils.clip_grad_value_([p], limit)
    assert torch.equal(ours, p.grad)


# Bad input

ROW, KM, ISLAND = torch.zeros(2, 17), torch.zeros(5, 2), torch.zeros(5)
FIXES, START = torch.zeros(2, 20, 2), torch.ones(3)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: step_lr(0, 1, 2), ValueError, "lr must be positive and finite, got 0"),
        (lambda: step_lr(NAN, 1, 2), ValueError, "lr must be positive and finite, got nan"),
        (lambda: step_lr(0.1, -1, 2), ValueError, "epoch must be an integer >= 0, got -1"),
        (lambda: step_lr(0.1, 1, 0), ValueError, "step_size must be an integer >= 1, got 0"),
        (lambda: step_lr(0.1, 1, 2, 1.5), ValueError, r"gamma must lie in \(0, 1\], got 1.5"),
        (lambda: step_lr(0.1, 1, 2, 0), ValueError, "gamma must lie"),
        (lambda: cosine_lr(INF, 1, 2), ValueError, "lr must be positive and finite, got inf"),
        (lambda: cosine_lr(0.1, 1.5, 2), ValueError, "epoch must be an integer >= 0, got 1.5"),
        (lambda: cosine_lr(0.1, 1, 0), ValueError, "epochs must be an integer >= 1"),
        (lambda: cosine_lr(0.1, 1, 5, 0.2), ValueError, r"lr_min must lie in \[0, lr\], got 0.2"),
        (lambda: cosine_lr(0.1, 1, 5, -0.2), ValueError, "lr_min must lie"),
        (lambda: warmup(-1, 1, 5), ValueError, "lr must be positive"),
        (lambda: warmup(0.1, -1, 5), ValueError, "epoch must be"),
        (lambda: warmup(0.1, 1, 0), ValueError, "epochs must be"),
        (lambda: warmup(0.1, 1, 5, 0), ValueError, r"start must lie in \(0, 1\], got 0"),
        (lambda: check_rates([]), ValueError, "rates must hold at least one"),
        (lambda: check_rates([0.1, NAN]), ValueError, "rates must be >= 0 and finite, got nan"),
        (lambda: check_rates([INF]), ValueError, "rates must be >= 0 and finite, got inf"),
        (lambda: clip_by_norm([ISLAND], 0), ValueError, "max_norm must be positive and finite, got 0"),
        (lambda: clip_by_norm(ISLAND, 1), ValueError, "list of at least one tensor"),
        (lambda: clip_by_norm([], 1), ValueError, "list of at least one tensor"),
        (lambda: clip_by_norm([ISLAND.long()], 1), TypeError, r"float tensor, got torch\.int64"),
        (lambda: clip_by_norm([ISLAND, ISLAND + NAN], 1), ValueError, "each gradient contains NaN or inf"),
        (lambda: bird_fixes(1), ValueError, "n must be an integer >= 2, got 1"),
        (lambda: make_nets([]), ValueError, "seeds must hold at least one seed"),
        (
            lambda: scores(torch.zeros(17), KM),
            ValueError,
            r"params must have shape \('any', 17\), got \(17,\)",
        ),
        (lambda: scores(ROW, torch.zeros(5, 3)), ValueError, r"km must have shape .* got \(5, 3\)"),
        (lambda: scores(ROW, [1, 2]), TypeError, "km must be a float tensor, got <class 'list'>"),
        (lambda: accuracy(ROW, KM, ISLAND[:4]), ValueError, r"island must have shape \(5,\), got \(4,\)"),
        (
            lambda: train(ROW, torch.zeros(3, 1), KM, ISLAND),
            ValueError,
            r"rates must have shape \('any', 2\)",
        ),
        (lambda: train(ROW, torch.zeros(0, 2), KM, ISLAND), ValueError, r"rates must .* got \(0, 2\)"),
        (lambda: train(ROW, torch.zeros(3, 2), KM, ISLAND[:, None]), ValueError, "island must have shape"),
        (lambda: train(ROW, torch.zeros(3, 2), KM, ISLAND[:1]), ValueError, r"island must .* got \(1,\)"),
        (lambda: train(ROW, torch.zeros(3, 2), KM + INF, ISLAND), ValueError, "km contains NaN or infinity"),
        (lambda: nest_fixes([]), ValueError, "seeds must hold"),
        (lambda: nest_fixes([1], 0), ValueError, "n must be an integer >= 1"),
        (lambda: find_nest(FIXES[:, :15], [0.1]), ValueError, "n must be a multiple of 10, got 15"),
        (lambda: find_nest(FIXES[0], [0.1]), ValueError, "fixes must have shape"),
        (lambda: find_nest(torch.zeros(2, 20, 3), [0.1]), ValueError, r"fixes must .* got \(2, 20, 3\)"),
        (lambda: find_nest(FIXES, [-0.1]), ValueError, "rates must be >= 0 and finite, got -0.1"),
        (
            lambda: metres_off(torch.zeros(4, 3, 2), FIXES),
            ValueError,
            r"path must have shape \('any', 2, 2\)",
        ),
        (lambda: metres_off(FIXES, FIXES[0]), ValueError, "fixes must have shape"),
        (lambda: metres_off(torch.zeros(4, 2, 2), FIXES[..., :1]), ValueError, r"got \(2, 20, 1\)"),
        (lambda: first_guesses([]), ValueError, "seeds must hold"),
        (lambda: fit_growth(torch.ones(2, 2), [0.1]), ValueError, r"start must have shape \('any',\)"),
        (lambda: fit_growth(START, []), ValueError, "rates must hold"),
        (lambda: fit_growth(START, [0.1], 0), ValueError, "max_norm must be positive, got 0"),
        (lambda: fit_growth(START, [0.1], NAN), ValueError, "max_norm must be positive, got nan"),
        (lambda: torch_rates(lr_scheduler.StepLR, 0, 5, step_size=1), ValueError, "lr must be positive"),
        (lambda: torch_rates(lr_scheduler.StepLR, 1, 0, step_size=1), ValueError, "epochs must be"),
        (lambda: warm_rates(0.1, 0, 5), ValueError, "steps must be an integer >= 1, got 0"),
        (lambda: reach(0.1, 5, 1), ValueError, r"gamma must lie in \(0, 1\), got 1"),
        (lambda: reach(0.1, 5, 0), ValueError, r"gamma must lie in \(0, 1\), got 0"),
        (lambda: reach(-0.1, 5, 0.5), ValueError, "lr must be positive"),
        (lambda: reach(0.1, 0, 0.5), ValueError, "step_size must be"),
        (lambda: clip_by_value(ISLAND, 0), ValueError, "limit must be positive and finite, got 0"),
        (lambda: clip_by_value(ISLAND.int(), 1), TypeError, "g must be a float tensor"),
    ],
)
def test_bad_input(call, error, message):
    with pytest.raises(error, match=message):
        call()


# The file itself


WAYS = "plan           all  from 90    moved"


@pytest.fixture(scope="module")
def lines(program_output):
    return program_output(LESSON).splitlines()


def test_the_page_says_what_the_run_shows(lines):
    assert [line[12:14] for line in lines if " of 20  " in line] == ["20", " 0", "20", "20"]
    losses = {line[:10].strip(): float(line.split()[-1]) for line in lines if " of 20  " in line}
    assert losses["constant"] < losses["cosine"] < losses["StepLR 300"] < 0.01 < 0.25 < losses["StepLR 30"]
    assert losses.keys() == {"constant", "StepLR 30", "StepLR 300", "cosine"}
    ways = [[float(w) for w in line.split()[-3:]] for line in lines[lines.index(WAYS) + 1 :][:4]]
    assert [way[0] for way in ways] == [50, 1.67, 16.7, 25]
    assert ways[1][1] == 0.0017 and ways[1][2] < 2 * ways[1][1] and ways[0][2] > 3
    assert any(line.startswith("norm > 1: 0 of 20000  largest = 0.4") for line in lines)
    assert "cosine closer than constant 0.1: 20 of 20" in lines
    assert "[3.0, 4.0] norm = 5.0 -> [0.6, 0.8]" in lines
    assert "  999     5e-35   1.2e-07      0.05" in lines
    saved = {line[:14].split()[-1]: line.split() for line in lines if "  arrived " in line}
    assert saved["100"][-3:] == ["40", "nan", "0"] and saved["inf"][-1] != "0"
    arrivals = {name: int(words[-3]) for name, words in saved.items()}
    assert arrivals["1"] < arrivals["inf"] < arrivals["10"] < 40
    assert arrivals["inf"] < arrivals["warmup"] < 40
    waits = [line.split() for line in lines if ": warmup " in line]
    assert [(w[1], w[3] == w[6]) for w in waits] == [("40:", False), ("400:", True)]
    assert any(line.startswith("step_size >= 14") for line in lines)


def test_the_checks_and_bugs_of_the_page(lines):
    assert sum(line.endswith("below 1e-15: True") for line in lines) == 3
    assert "step    0.0e+00  below 1e-15: True" in lines
    assert "clipping equal: True" in lines
    assert "right ['1e-01', '1e-02', '1e-03'] warnings = 0" in lines
    assert "wrong ['1e-02', '1e-03', '1e-04'] warnings = 1" in lines
    assert "Detected call of `lr_scheduler.step()` before" in lines
    assert "tensor(0.)" in lines
    assert any(line.startswith("[0.5, 1.0] 19.4 degrees") for line in lines)
    assert all(len(line) <= 60 for line in lines)


def test_the_replay_shows_the_plans_and_the_frozen_one(replay_of, lines):
    replay = replay_of(LESSON)
    epochs, names = replay["frame"]["values"], replay["setting"]["values"]
    rates, sums, losses = (np.array(entry["values"]) for entry in replay["readout"])
    plans = [
        (lr_scheduler.StepLR, {"step_size": 1001}),  # never
        (lr_scheduler.StepLR, {"step_size": 30}),
        (lr_scheduler.StepLR, {"step_size": 300}),
        (lr_scheduler.CosineAnnealingLR, {"T_max": 1000}),
    ]
    for i, (make, words) in enumerate(plans):
        expected = np.array(torch_rates(make, 0.05, 1000, **words))
        np.testing.assert_allclose(rates[i], expected[epochs], rtol=2e-3, atol=1e-9)
        np.testing.assert_allclose(sums[i], expected.cumsum()[epochs], rtol=2e-3)
    printed = {line[:10].strip(): float(line.split()[-1]) for line in lines if " of 20  " in line}
    assert losses[:, -1] == pytest.approx([printed[name] for name in names], abs=1e-4)
    frozen, late = names.index("StepLR 30"), epochs.index(150)
    assert np.ptp(losses[frozen, late:]) < 1e-3 < 0.1 < np.ptp(losses[0, late:])
    assert np.ptp(sums[frozen, late:]) < 1e-3
