import re
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from docs.builder.glossary import read_glossary
from lessons.ch06_training.normalization_residuals import (
    KINDS,
    BatchNorm,
    LayerNorm,
    Residual,
    SeedLinear,
    among,
    batch_norm,
    check_counts,
    check_float,
    check_pair,
    check_positive,
    check_rows,
    create_readings,
    first_gradient,
    fold,
    layer_norm,
    make_net,
    rmse,
    train,
    with_residuals,
)

ROOT = Path(__file__).parents[2]
LESSON = ROOT / "lessons/ch06_training/normalization_residuals.py"
WORDS = read_glossary(ROOT).words  # in Chinese
NAN = float("nan")


def generator(seed):
    return torch.Generator().manual_seed(seed)


def draw(*shape, seed=0, dtype=torch.float64):
    return torch.randn(*shape, generator=generator(seed), dtype=dtype)


def prepared():
    raw, y = create_readings(512, seed=0)
    raw_test, y_test = create_readings(500, seed=1)
    mean, std = raw.mean(0), raw.std(0)
    return (raw - mean) / std, y, (raw_test - mean) / std, y_test


@pytest.fixture(scope="module")
def data():
    return prepared()


@pytest.fixture(scope="module")
def output(program_output):
    return program_output(LESSON)


# The data


def test_readings_follow_the_law_of_the_page():
    x, y = create_readings(5000, seed=7)
    hours, pressure, wind = x.double().numpy().T
    assert 0 <= hours.min() < 0.05 < 12.35 < hours.max() < 12.4
    assert abs(pressure.mean() - 1013) < 1 and abs(pressure.std() - 12) < 0.5
    assert abs(wind.mean()) < 0.4 and abs(wind.std() - 6) < 0.3
    level = 1.2 * np.sin(2 * np.pi * hours / 12.4) - 0.01 * (pressure - 1013) + 0.03 * wind
    np.testing.assert_allclose(y[:, 0].numpy(), level, atol=1e-5)
    assert torch.equal(create_readings(5, 3)[0], create_readings(5, 3)[0])
    assert not torch.equal(create_readings(5, 3)[0], create_readings(5, 4)[0])


def test_readings_are_the_seed_s_own_numbers():
    x, _ = create_readings(40, seed=7)
    rng = generator(7)
    torch.rand(40, 1, generator=rng)  # the hours
    for column, mean, std in ((1, 1013, 12), (2, 0, 6)):
        z = torch.randn(40, generator=rng)
        torch.testing.assert_close((x[:, column] - mean) / std, z, atol=1e-4, rtol=0)


# The two normalizations

SIZES = st.integers(2, 9), st.integers(1, 7), st.integers(0, 10_000)


@settings(max_examples=8)
@given(*SIZES, st.floats(0.01, 1), st.sampled_from([1e-5, 1e-2]))
def test_batch_norm_is_torchs_over_several_steps(n, f, seed, momentum, eps):
    theirs = nn.BatchNorm1d(f, momentum=momentum, eps=eps, dtype=torch.float64)
    gamma, beta = (draw(1, f, seed=seed + i).requires_grad_() for i in (1, 2))
    with torch.no_grad():
        theirs.weight.copy_(gamma[0])
        theirs.bias.copy_(beta[0])
    mean, var = torch.zeros(1, f).double(), torch.ones(1, f).double()
    for step in range(5):
        theirs.train(step < 4)
        x = (3 * draw(n + step, f, seed=seed + 10 + step) + 2).requires_grad_()
        other = x.detach().clone().requires_grad_()
        ours = batch_norm(x, gamma, beta, mean, var, step < 4, momentum, eps)
        expected = theirs(other)
        torch.testing.assert_close(ours, expected, atol=1e-6, rtol=0)
        torch.testing.assert_close(mean[0], theirs.running_mean, atol=1e-6, rtol=0)
        torch.testing.assert_close(var[0], theirs.running_var, atol=1e-6, rtol=0)
        pull = draw(n + step, f, seed=seed + 20 + step)
        grads = torch.autograd.grad((ours * pull).sum(), (x, gamma, beta))
        wanted = torch.autograd.grad((expected * pull).sum(), (other, theirs.weight, theirs.bias))
        for got, want in zip(grads, wanted, strict=True):
            torch.testing.assert_close(got.squeeze(), want.squeeze(), atol=1e-6, rtol=1e-6)


@settings(max_examples=15)
@given(*SIZES, st.sampled_from([1e-5, 1e-2]))
def test_layer_norm_is_torchs(n, f, seed, eps):
    f += 1
    theirs = nn.LayerNorm(f, eps=eps, dtype=torch.float64)
    gamma, beta = (draw(1, f, seed=seed + i).requires_grad_() for i in (1, 2))
    with torch.no_grad():
        theirs.weight.copy_(gamma[0])
        theirs.bias.copy_(beta[0])
    x = (3 * draw(n, f, seed=seed) + 2).requires_grad_()
    ours, expected = layer_norm(x, gamma, beta, eps), theirs(x)
    torch.testing.assert_close(ours, expected, atol=1e-6, rtol=0)
    pull = draw(n, f, seed=seed + 5)
    grads = torch.autograd.grad((ours * pull).sum(), (x, gamma, beta))
    wanted = torch.autograd.grad((expected * pull).sum(), (x, theirs.weight, theirs.bias))
    for got, want in zip(grads, wanted, strict=True):
        torch.testing.assert_close(got.squeeze(), want.squeeze(), atol=1e-6, rtol=1e-6)


def test_the_defaults_are_torchs_in_single_precision_too():
    x = draw(11, 4, dtype=torch.float32)
    theirs, rows = nn.BatchNorm1d(4), nn.LayerNorm(4)
    mean, var = torch.zeros(1, 4), torch.ones(1, 4)
    ours = batch_norm(x, torch.ones(1, 4), torch.zeros(1, 4), mean, var)
    torch.testing.assert_close(ours, theirs(x), atol=1e-6, rtol=1e-6)
    torch.testing.assert_close(mean[0], theirs.running_mean, atol=1e-6, rtol=0)
    torch.testing.assert_close(var[0], theirs.running_var, atol=1e-6, rtol=0)
    ours = layer_norm(x, torch.ones(1, 4), torch.zeros(1, 4))
    torch.testing.assert_close(ours, rows(x), atol=1e-6, rtol=1e-6)


def test_each_seed_is_normalized_by_itself():
    x = 3 * draw(4, 7, 5) + 1
    gamma, beta, mean, var = (draw(4, 1, 5, seed=i).abs() for i in range(1, 5))
    for training in (True, False):
        kept = mean.clone(), var.clone()
        together = batch_norm(x, gamma, beta, *kept, training)
        for s in range(4):
            own = mean[s].clone(), var[s].clone()
            alone = batch_norm(x[s], gamma[s], beta[s], *own, training)
            torch.testing.assert_close(together[s], alone)
            torch.testing.assert_close(kept[0][s], own[0])
            torch.testing.assert_close(kept[1][s], own[1])
            assert torch.equal(own[0], mean[s]) is not training  # evaluation leaves them alone


def test_why_one_variance_is_biased_and_the_other_is_not():
    one, zero = torch.ones(1, 1).double(), torch.zeros(1, 1).double()
    x = 5 * draw(40_000, 4, 1)  # 40 000 batches of 4, true variance 25
    rows = [t.expand(40_000, 1, 1) for t in (one, zero)]
    var = one.repeat(40_000, 1, 1)
    out = batch_norm(x, *rows, rows[1].clone(), var, momentum=1.0)
    spread = out.square().mean(dim=1)
    assert spread.median() > 0.999999  # of this very batch, up to eps
    assert var.mean().item() == pytest.approx(25, rel=0.02)
    assert x.var(dim=1, correction=0).mean().item() == pytest.approx(25 * 3 / 4, rel=0.02)


def test_which_axis_is_averaged():
    x = 4 * draw(6, 5) + 3
    one, zero = torch.ones(1, 5).double(), torch.zeros(1, 5).double()
    down, along = batch_norm(x, one, zero, zero.clone(), one.clone()), layer_norm(x, one, zero)
    assert down.mean(0).abs().max() < 1e-12 < 0.1 < down.mean(1).abs().max()
    assert along.mean(1).abs().max() < 1e-12 < 0.1 < along.mean(0).abs().max()


def test_layer_norm_of_raw_readings_says_hardly_anything():
    raw, _ = create_readings(300, seed=5)
    out = layer_norm(raw, torch.ones(1, 3), torch.zeros(1, 3))
    assert out.std(0).max() < 0.01
    assert (out.mean(0) - torch.tensor([-0.70, 1.41, -0.71])).abs().max() < 0.02


# Residual connections


def test_residual_adds_its_input_and_keeps_the_straight_gradient():
    body = nn.Linear(4, 4, dtype=torch.float64)
    x = draw(3, 4, seed=1).requires_grad_()
    out = Residual(body)(x)
    torch.testing.assert_close(out, x + x @ body.weight.T + body.bias)
    jacobian = torch.autograd.functional.jacobian(lambda row: Residual(body)(row), x[0])
    torch.testing.assert_close(jacobian, torch.eye(4).double() + body.weight.detach())


def test_residual_with_a_shortcut_and_without_a_fitting_one():
    h = draw(5, 3, dtype=torch.float32)
    widen, project, narrow = (SeedLinear(3, k, [generator(i)]) for i, k in enumerate((8, 8, 1)))
    torch.testing.assert_close(Residual(widen, project)(h), widen(h) + project(h))
    with pytest.raises(RuntimeError, match=r"tensor a \(3\) must match .* tensor b \(8\)"):
        h + widen(h)
    assert (h + narrow(h)).shape == (1, 5, 3)  # silent
    with pytest.raises(ValueError, match=r"differ in shape: \(5, 3\) and \(5, 1\)"):
        Residual(nn.Linear(3, 1))(h)


# The networks


def test_seed_linear_starts_like_nn_linear():
    layer = SeedLinear(8, 50, [generator(seed) for seed in range(40)])
    bound = 1 / 8**0.5
    for p in (layer.weight, layer.bias):
        assert 0.99 * bound < p.max() <= bound and -bound <= p.min() < -0.99 * bound
        assert abs(p.std().item() - bound / 3**0.5) < 0.01 * bound
    assert layer.weight.shape == (40, 8, 50) and layer.bias.shape == (40, 1, 50)
    theirs = nn.Linear(8, 50)
    assert theirs.weight.abs().max() <= bound and theirs.bias.abs().max() <= bound
    with torch.no_grad():
        theirs.weight.copy_(layer.weight[7].T)
        theirs.bias.copy_(layer.bias[7, 0])
    x = draw(6, 8, dtype=torch.float32)
    torch.testing.assert_close(layer(x)[7], theirs(x))


def forward(net, x, seed, kind):
    """One seed's network written out with NumPy, float64, in training mode; the output and what backward needs."""
    linears = [m for m in net.modules() if isinstance(m, SeedLinear)]
    norms = [m for m in net.modules() if isinstance(m, LayerNorm)]
    get = lambda p: p.detach()[seed].double().numpy().copy()  # noqa: E731
    params = [[get(m.weight), get(m.bias)] for m in linears]
    scales = [[get(m.gamma), get(m.beta)] for m in norms]
    return params, scales


def numpy_net(params, scales, x, target, kind):
    """Loss and gradients of one network, written out in NumPy."""
    axis = 0 if kind == "batch norm" else 1
    h, tape = x @ params[0][0] + params[0][1], []
    for i, (w, b) in enumerate(params[1:]):
        skip = kind == "residual" and i < len(params) - 2
        z, unit, sd = h, None, None
        if scales:
            centered = h - h.mean(axis, keepdims=True)
            sd = np.sqrt((centered**2).mean(axis, keepdims=True) + 1e-5)
            unit = centered / sd
            z = unit * scales[i][0] + scales[i][1]
        a = np.maximum(z, 0)
        out = a @ w + b
        tape.append((z, a, unit, sd, skip))
        h = h + out if skip else out
    loss = ((h - target) ** 2).mean()
    g = 2 * (h - target) / h.size
    grads, scale_grads = [], []
    for i in reversed(range(len(tape))):
        z, a, unit, sd, skip = tape[i]
        w = params[i + 1][0]
        grads.insert(0, [a.T @ g, g.sum(0, keepdims=True)])
        d = (g @ w.T) * (z > 0)
        if scales:
            scale_grads.insert(0, [(d * unit).sum(0, keepdims=True), d.sum(0, keepdims=True)])
            d = d * scales[i][0]
            d = d - d.mean(axis, keepdims=True) - unit * (d * unit).mean(axis, keepdims=True)
            d = d / sd
        g = d + g if skip else d
    grads.insert(0, [x.T @ g, g.sum(0, keepdims=True)])
    return loss, grads, scale_grads


@pytest.mark.parametrize("kind", KINDS)
def test_golden_trajectory(data, kind):
    x, y, *_ = data
    net = make_net(3, kind, [4, 9], width=5)
    params, scales = forward(net, x, 1, kind)
    curve = train(net, x, y, steps=5, lr=0.01, batch_size=17, seed=6)
    rng = generator(6)
    flat = [p for pair in params + scales for p in pair]
    first, second = [np.zeros_like(p) for p in flat], [np.zeros_like(p) for p in flat]
    for t in range(1, 6):
        rows = torch.randint(512, (17,), generator=rng)
        batch = (t_[rows].double().numpy() for t_ in (x, y))
        loss, grads, scale_grads = numpy_net(params, scales, *batch, kind)
        assert curve[t - 1, 1].item() == pytest.approx(loss**0.5, abs=1e-4)
        for p, m, v, g in zip(
            flat, first, second, [g for pair in grads + scale_grads for g in pair], strict=True
        ):
            m += 0.1 * (g - m)
            v += 0.001 * (g * g - v)
            p -= 0.01 * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
    after, scales_after = forward(net, x, 1, kind)
    got = [p for pair in after + scales_after for p in pair]
    # A bias before batch norm is subtracted again: its gradient is rounding noise, which Adam scales up to a step.
    idle = (1, 3, 5) if kind == "batch norm" else ()
    for i in set(range(len(flat))) - set(idle):
        np.testing.assert_allclose(got[i], flat[i], atol=1e-4, rtol=0)


@pytest.mark.parametrize("kind", KINDS)
def test_first_gradient_is_that_of_numpy(data, kind):
    x, y = data[0][:31], data[1][:31]
    net = make_net(4, kind, [3, 8], width=6)
    ours = first_gradient(net, x, y)
    assert ours.shape == (2,)
    for s in range(2):
        params, scales = forward(net, x, s, kind)
        _, grads, _ = numpy_net(params, scales, x.double().numpy(), y.double().numpy(), kind)
        assert ours[s].item() == pytest.approx(np.linalg.norm(grads[0][0]), rel=1e-4)


@pytest.mark.parametrize("kind", KINDS)
def test_seeds_together_are_seeds_apart(data, kind):
    x, y, x_test, y_test = data
    net = make_net(3, kind, [2, 5])
    curve, scores = train(net, x, y, steps=12), rmse(net, x_test, y_test)
    for i, seed in enumerate((2, 5)):
        alone = make_net(3, kind, [seed])
        torch.testing.assert_close(train(alone, x, y, steps=12)[:, 0], curve[:, i], atol=1e-4, rtol=0)
        if kind != "batch norm":  # whose biases wander on rounding noise, and the running mean after them
            torch.testing.assert_close(rmse(alone, x_test, y_test)[0], scores[i], atol=1e-4, rtol=0)


def test_make_net_has_the_layers_it_says():
    for kind in KINDS:
        net = make_net(6, kind, range(3), width=5)
        parts = list(net.modules())
        assert sum(isinstance(m, SeedLinear) for m in parts) == 7
        assert sum(isinstance(m, Residual) for m in parts) == (5 if kind == "residual" else 0)
        assert sum(isinstance(m, BatchNorm) for m in parts) == (6 if kind == "batch norm" else 0)
        assert sum(type(m) is LayerNorm for m in parts) == (6 if kind == "layer norm" else 0)
        assert net(torch.ones(4, 3) + torch.arange(4.0)[:, None]).shape == (3, 4, 1)


def test_training_leaves_the_global_generator_alone_and_switches_modes(data):
    x, y, *_ = data
    before = torch.get_rng_state()
    net = make_net(2, "batch norm", [0]).eval()
    train(net, x, y, steps=2)
    assert net.training
    assert torch.equal(torch.get_rng_state(), before)
    kept = net[1][0].mean.clone()
    rmse(net, x, y)
    assert not net.training and torch.equal(net[1][0].mean, kept)
    saved = net.state_dict()
    assert "1.0.mean" in saved and "1.0.var" in saved  # buffers are saved with the model
    assert not any("mean" in name for name, _ in net.named_parameters())


def test_training_takes_80_steps_of_64_readings_unless_told_otherwise(data):
    x, y, *_ = data
    default, said = (make_net(2, "plain", [0], width=4) for _ in range(2))
    curve = train(default, x, y)
    assert curve.shape == (80, 1)
    assert torch.equal(curve, train(said, x, y, steps=80, batch_size=64))


def test_rmse_is_the_root_of_the_mean_square(data):
    x, y = data[0][:20], data[1][:20]
    net = make_net(2, "plain", [0, 1])
    errors = (net(x) - y).detach().numpy()
    np.testing.assert_allclose(rmse(net, x, y), np.sqrt((errors**2).mean((1, 2))), rtol=1e-5)


# What the page measures

# Test RMSE in m: the median's bounds, and those of the share below 0.3 m. The margin is the range of the groups or more.
BARS = {
    (16, "plain"): (0.88, 0.92, None, 0.05),
    (16, "batch norm"): (0.40, 0.62, None, 0.1),
    (16, "layer norm"): (0.88, 0.92, None, 0),
    (16, "residual"): (0.13, 0.28, 0.7, None),
    (2, "plain"): (0.22, 0.37, 0.1, 0.9),
    (2, "batch norm"): (0.15, 0.24, 0.75, None),
    (2, "layer norm"): (0.20, 0.30, 0.6, None),
    (2, "residual"): (0.23, 0.41, 0.1, 0.65),
}


def test_deep_and_shallow_networks_do_as_the_page_says(data, seeds, output, bar):
    x, y, x_test, y_test = data
    median = {}
    for (depth, kind), (low, high, fewest, most) in BARS.items():
        if len(seeds) == 20:  # the median and the share that the program has just printed
            line = re.search(rf"^ ?{depth} layers, {kind} +(\S+) m +(\d+)/20$", output, re.MULTILINE)
            scores, good = [float(line[1])], [int(line[2]) / 20]
        else:
            net = make_net(depth, kind, seeds)
            train(net, x, y)
            scores = rmse(net, x_test, y_test)
            good = scores < 0.3
        median[depth, kind] = np.median(scores)
        zh, en = f"{depth} 层，{WORDS[kind]}", f"{depth} layers, {kind}"
        bar(scores, zh=f"{zh}：误差（米）", en=f"{en}: error (m)", of="median", at_least=low, at_most=high)
        bar(good, zh=f"{zh}：低于 0.3 米", en=f"{en}: below 0.3 m", of="share", at_least=fewest, at_most=most)
    flat = (y_test - y.mean()).square().mean().sqrt().item()
    for kind in ("plain", "layer norm"):
        assert median[16, kind] == pytest.approx(flat, abs=0.01)
    assert median[2, "residual"] >= median[2, "plain"] - 0.01  # no help where nothing vanished


# Batches of two, 80 steps. The worst plain network is better than the best with batch norm, and its best is worse than
# the typical one with layer norm: the bars lie between them.
def test_batch_norm_does_harm_in_tiny_batches(data, seeds, bar):
    x, y, x_test, y_test = data
    scores = {}
    for kind, of, low, high in (
        ("plain", None, 0.41, 0.65),
        ("batch norm", None, 0.65, None),
        ("layer norm", "median", None, 0.41),
    ):
        net = make_net(2, kind, seeds)
        train(net, x, y, batch_size=2)
        scores[kind] = rmse(net, x_test, y_test)
        zh, en = f"每批两个，{WORDS[kind]}：误差（米）", f"batches of two, {kind}: error (m)"
        bar(scores[kind], zh=zh, en=en, of=of, at_least=low, at_most=high)
    assert scores["batch norm"].min() > scores["plain"].max()
    assert scores["layer norm"].median() < scores["plain"].min()


def test_gradient_of_the_first_layer_by_depth(data, seeds, bar):
    x, y = data[0][:64], data[1][:64]
    bars = {
        "plain": (0.08, 0.3, None, 1e-12),
        "batch norm": (0.4, 1.3, 80, 600),
        "layer norm": (0.25, 1.0, 1e-5, 1e-3),
        "residual": (0.35, 0.75, 0.8, 30),
    }
    for kind, (low, high, deep_low, deep_high) in bars.items():
        for depth, least, most in ((2, low, high), (30, deep_low, deep_high)):
            gradient = first_gradient(make_net(depth, kind, seeds), x, y)
            zh, en = f"{depth} 层，{WORDS[kind]}：首层梯度", f"{depth} layers, {kind}: first gradient"
            bar(gradient, zh=zh, en=en, of="median", at_least=least, at_most=most)


def test_layer_norm_keeps_the_rows_and_lets_the_readings_become_alike(data, seeds, bar):
    net = make_net(16, "layer norm", seeds)
    with torch.no_grad():
        early, late = net[1][0](net[0](data[0])), net[-1][0](net[:-1](data[0]))
    for out in (early, late):
        assert out.std(dim=2, correction=0).mean().item() == pytest.approx(1, abs=0.02)
    for out, zh, en, low, high in ((early, "首", "first", 0.7, None), (late, "第 16 ", "16th", 0.002, 0.1)):
        spread = out.std(dim=1).mean(dim=1)
        zh, en = f"层归一化：{zh}层各样本的标准差", f"layer norm: spread of the samples in the {en} layer"
        bar(spread, zh=zh, en=en, of="mean", at_least=low, at_most=high)


def test_a_wide_batch_norm_enlarges_the_gradient_as_the_page_reckons():
    after_relu = draw(200_000).relu()
    assert after_relu.var().item() == pytest.approx((np.pi - 1) / (2 * np.pi), abs=0.005)
    x = draw(256, 3, dtype=torch.float32)
    y = x.sum(1, keepdim=True).sin()
    near, far = (
        first_gradient(make_net(d, "batch norm", range(3), width=150), x, y).median() for d in (16, 40)
    )
    assert (far / near).item() ** (1 / 24) == pytest.approx((np.pi / (np.pi - 1)) ** 0.5, abs=0.03)


def test_a_bias_before_batch_norm_idles():
    h = draw(9, 4)
    rows = [torch.full((1, 4), v).double() for v in (1.0, 0.0, 0.0, 1.0)]
    torch.testing.assert_close(batch_norm(h + draw(1, 4, seed=3), *rows), batch_norm(h, *rows))


def test_the_signal_shrinks_by_the_root_of_a_sixth():
    rngs = [generator(seed) for seed in range(20)]
    before = draw(3000, 400, dtype=torch.float32)[:300]
    after = SeedLinear(400, 400, rngs[:1])(before.relu())
    assert (after.std() / before.std()).item() == pytest.approx(6**-0.5, rel=0.05)


# The mistakes


def trained_batch_norm(data):
    net = make_net(2, "batch norm", range(20))
    train(net, data[0], data[1])
    return net


def test_forgetting_eval_makes_the_company_matter_and_spoils_the_model(data):
    x_test = data[2]
    net = trained_batch_norm(data)
    by_hour = x_test[x_test[:, 0].argsort()]
    high, low = by_hour[110:140], by_hour[360:390]
    net.eval()
    kept = net[1][0].mean.clone()
    first = among(net, x_test[:1], high)
    torch.testing.assert_close(among(net, x_test[:1], low), first)
    assert torch.equal(net[1][0].mean, kept)
    net.train()
    gap = (among(net, x_test[:1], high) - among(net, x_test[:1], low)).abs()
    assert gap.median() > 0.1
    assert (net[1][0].mean - kept).abs().max() > 0.01
    net.eval()
    assert (among(net, x_test[:1], high) - first).abs().max() > 0.01  # spoilt
    for kind in ("layer norm", "plain", "residual"):  # no modes: the company is of no matter
        other = make_net(2, kind, range(20)).train()
        torch.testing.assert_close(among(other, x_test[:1], high), among(other, x_test[:1], low))


def test_a_batch_of_one_is_refused_in_training_and_fine_in_evaluation():
    x, layer = draw(1, 3, dtype=torch.float32), nn.BatchNorm1d(3)
    gamma, beta = torch.ones(1, 3), torch.tensor([[1.0, 2.0, 3.0]])
    mean, var = torch.zeros(1, 3), torch.ones(1, 3)
    with pytest.raises(ValueError, match="Expected more than 1 value per channel when training"):
        layer(x)
    with pytest.raises(ValueError, match="a batch of 1 in training: all outputs would be beta"):
        batch_norm(x, gamma, beta, mean, var)
    assert mean.abs().max() == 0 and (var == 1).all()  # refused before anything changed
    out = batch_norm(x, gamma, beta, mean, var, training=False)
    torch.testing.assert_close(out, x / (1 + 1e-5) ** 0.5 + beta)
    # what it would have been: beta, whatever the input (torch's function agrees for two equal rows)
    same = torch.cat([x, x])
    torch.testing.assert_close(batch_norm(same, gamma, beta, mean, var), beta.expand(2, 3))


def test_in_a_batch_of_two_only_the_order_is_left():
    x = 6 * draw(30, 2, 1)
    rows = [torch.full((30, 1, 1), v).double() for v in (1.0, 0.0, 0.0, 1.0)]
    out = batch_norm(x, *rows)[:, :, 0]
    clear = (x[:, 0] - x[:, 1]).abs()[:, 0] > 0.1
    torch.testing.assert_close(out[clear].abs(), torch.ones_like(out[clear]), atol=0.003, rtol=0)
    assert torch.equal(out[:, 0] > out[:, 1], (x[:, 0] > x[:, 1])[:, 0])


# The exercises


@settings(max_examples=15)
@given(st.integers(1, 6), st.integers(1, 6), st.integers(0, 1000))
def test_fold_is_linear_and_batch_norm_in_one(n_in, n_out, seed):
    linear = nn.Linear(n_in, n_out, dtype=torch.float64)
    norm = nn.BatchNorm1d(n_out, dtype=torch.float64)
    with torch.no_grad():
        for i, t in enumerate((norm.weight, norm.bias, norm.running_mean, norm.running_var)):
            t.copy_(draw(n_out, seed=seed + i).abs() + 0.1)
    norm.eval()
    rows = (linear.bias, norm.weight, norm.bias, norm.running_mean, norm.running_var)
    weight, bias = fold(linear.weight.T, *(t.reshape(1, -1) for t in rows))
    x = draw(7, n_in, seed=seed)
    torch.testing.assert_close(x @ weight + bias, norm(linear(x)))


def test_batch_norm_with_residuals_no_longer_explodes(data, seeds, bar):
    x, y = data[0][:64], data[1][:64]
    for depth in (2, 30):
        plain = make_net(depth, "batch norm", seeds)
        net = with_residuals(plain)
        assert [type(m) for m in net[1:-1]] == [Residual] * (depth - 1)
        assert net[0] is plain[0] and net[-1] is plain[-1] and net[1].body is plain[1]
        zh, en = (
            f"练习，{depth} 层，批归一化加残差：首层梯度",
            f"exercise, {depth} layers, batch norm with residuals: first gradient",
        )
        bar(first_gradient(net, x, y), zh=zh, en=en, of="median", at_least=0.4, at_most=1.7)


# Bad input

X, Y = torch.ones(4, 3), torch.ones(4, 1)
ROW = torch.ones(1, 3)
NET = make_net(2, "plain", [0])


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: check_float("x", [1.0]), TypeError, "x must be a float tensor, got <class 'list'>"),
        (lambda: check_float("x", X.int()), TypeError, r"x must be a float tensor, got torch\.int32"),
        (lambda: check_float("x", X[0]), ValueError, r"2 axes or more .* got shape \(3,\)"),
        (lambda: check_float("x", X[:0]), ValueError, r"not be empty, got shape \(0, 3\)"),
        (lambda: check_float("x", X * NAN), ValueError, "x contains NaN or infinity"),
        (lambda: check_rows(X, beta=X), ValueError, r"beta must have shape \(1, 3\), got \(4, 3\)"),
        (lambda: check_positive(lr=NAN), ValueError, "lr must be positive and finite, got nan"),
        (lambda: check_positive(lr=float("inf")), ValueError, "lr must be positive and finite, got inf"),
        (lambda: check_counts(n=1.0), ValueError, "n must be a positive integer, got 1.0"),
        (lambda: check_pair(X, Y[:3]), ValueError, r"got \(4, 3\) and \(3, 1\)"),
        (lambda: check_pair(X, Y.long()), TypeError, "y must be a float tensor"),
        (lambda: check_pair(X.long(), Y), TypeError, "^x must be a float tensor"),
        (lambda: create_readings(0, 0), ValueError, "n must be a positive integer, got 0"),
        (lambda: batch_norm(X.int(), *[ROW] * 4), TypeError, "x must be a float tensor"),
        (lambda: batch_norm(X[0], *[ROW] * 4), ValueError, "2 axes"),
        (lambda: batch_norm(X, ROW[0], ROW, ROW, ROW), ValueError, r"gamma must have shape .* got \(3,\)"),
        (lambda: batch_norm(X, ROW, X, ROW, ROW), ValueError, "beta must have shape"),
        (lambda: batch_norm(X, ROW, ROW, X.T, ROW), ValueError, "running_mean must have shape"),
        (lambda: batch_norm(X, ROW, ROW, ROW, Y), ValueError, "running_var must have shape"),
        (lambda: batch_norm(X, *[ROW] * 4, momentum=0.0), ValueError, "momentum must be positive"),
        (lambda: batch_norm(X, *[ROW] * 4, eps=-1.0), ValueError, "eps must be positive"),
        (lambda: layer_norm(X * NAN, ROW, ROW), ValueError, "^x contains NaN"),
        (lambda: layer_norm(X, ROW, Y), ValueError, "beta must have shape"),
        (lambda: layer_norm(X, X, ROW), ValueError, "gamma must have shape"),
        (lambda: layer_norm(X, ROW, ROW, eps=0.0), ValueError, "eps must be positive"),
        (lambda: SeedLinear(0, 2, [generator(0)]), ValueError, "n_in must be a positive integer"),
        (lambda: SeedLinear(2, 0, [generator(0)]), ValueError, "n_out must be a positive integer, got 0"),
        (lambda: SeedLinear(2, 2, []), ValueError, "generators must be a positive integer, got 0"),
        (lambda: LayerNorm(0, 2), ValueError, "features must be"),
        (lambda: BatchNorm(2, 0), ValueError, "seeds must be"),
        (lambda: make_net(0, "plain", [0]), ValueError, "depth must be a positive integer, got 0"),
        (lambda: make_net(2, "plain", []), ValueError, "seeds must be a positive integer, got 0"),
        (lambda: make_net(2, "plain", [0], width=0), ValueError, "width must be"),
        (lambda: make_net(2, "norm", [0]), ValueError, "kind must be one of .* got 'norm'"),
        (lambda: first_gradient(NET, X, Y[:1]), ValueError, "x and y must be"),
        (lambda: train(NET, X, X), ValueError, r"\(n, features\) and \(n, 1\)"),
        (lambda: train(NET, X, Y, steps=0), ValueError, "steps must be"),
        (lambda: train(NET, X, Y, batch_size=0), ValueError, "batch_size must be"),
        (lambda: train(NET, X, Y, lr=0.0), ValueError, "lr must be positive"),
        (lambda: rmse(NET, X, Y[0]), ValueError, "2 axes"),
        (lambda: among(NET, X, X), ValueError, r"reading must be one row, got \(4, 3\)"),
        (lambda: among(NET, X[:1], X.int()), TypeError, "others must be a float tensor"),
        (lambda: among(NET, X[:1].int(), X), TypeError, "reading must be a float tensor"),
        (lambda: fold(X, Y, *[ROW] * 4), ValueError, "bias must have shape"),
        (lambda: fold(X, ROW, Y, *[ROW] * 3), ValueError, "gamma must have shape"),
        (lambda: fold(X, ROW, ROW, Y, ROW, ROW), ValueError, "beta must have shape"),
        (lambda: fold(X, *[ROW] * 3, Y, ROW), ValueError, "mean must have shape"),
        (lambda: fold(X, *[ROW] * 4, Y), ValueError, "var must have shape"),
        (lambda: fold(X, *[ROW] * 5, eps=0.0), ValueError, "eps must be positive"),
        (lambda: fold(X.int(), *[ROW] * 5), TypeError, "weight must be a float tensor"),
        (lambda: with_residuals(nn.Sequential(NET, NET)), ValueError, "3 pieces or more, got 2"),
    ],
)
def test_bad_input(call, error, message):
    with pytest.raises(error, match=message):
        call()


# The file itself


def test_the_page_says_what_the_run_shows(output):
    assert "[True, True, True, True]" in output
    found = dict(re.findall(r"^((?:16| 2) layers, [a-z ]+?) +(\d\.\d\d) m", output, re.MULTILINE))
    scores = {" ".join(key.split()): float(value) for key, value in found.items()}
    assert len(scores) == 8
    flat = float(re.search(r"RMSE = (.*) m", output)[1])
    assert abs(scores["16 layers, plain"] - flat) < 0.02  # the average, nothing more
    assert scores["16 layers, residual"] < scores["16 layers, batch norm"] < scores["16 layers, plain"]
    assert scores["2 layers, batch norm"] < scores["2 layers, plain"] <= scores["2 layers, residual"]
    assert scores["2 layers, layer norm"] < scores["2 layers, plain"]
    tiny = {k.strip(): float(v) for k, v in re.findall(r"batch of 2, ([a-z ]+?) +(\d\.\d\d) m", output)}
    assert tiny["layer norm"] < tiny["plain"] < tiny["batch norm"]
    assert "['-1.00', '1.00', '1.00', '-1.00', '1.00', '-1.00']" in output
    assert "Expected more than 1 value per channel when training," in output
    assert "[[1.0, 2.0, 3.0]]\n(1, 3)\n[64, 1]\n" in output
    assert "layer norm, between readings: 0.05\n" in output
    assert "(1, 5, 3)\n(1, 5, 8)\n" in output
    levels = [float(v) for v in re.findall(r"training=\w+ +\w+ +(-?\d\.\d\d) m", output)]
    assert levels[0] == levels[1] != levels[4] == levels[5]
    assert abs(levels[2] - levels[3]) > 0.3
