import math
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import Ridge

from lessons.ch06_training.regularization import (
    LAMBDAS,
    best_lambda,
    check_amount,
    check_count,
    check_data,
    check_floats,
    check_sets,
    create_batches,
    descend,
    dropout,
    dropout_price,
    early_stop,
    effect_days,
    generators,
    linear,
    linear_path,
    net_days,
    path_errors,
    ridge,
    ridge_errors,
    rmse,
    train_nets,
    uniform_like,
    unscaled_dropout,
)

LESSON = Path(__file__).parents[2] / "lessons/ch06_training/regularization.py"
NAN, INF = float("nan"), float("inf")


def generator(seed):
    return torch.Generator().manual_seed(seed)


def randn(*shape, seed):
    return torch.randn(*shape, generator=generator(seed), dtype=torch.float64)


@pytest.fixture(scope="module")
def dairies():
    """The page's data: train, validation, fresh, many."""
    x, y = create_batches(range(20), 1100)
    cuts = (50, 100, 600)
    return list(zip(x.tensor_split(cuts, dim=1), y.tensor_split(cuts, dim=1), strict=True))


# The data


def test_the_data_follow_the_stated_truth():
    x, y = create_batches([5, 9], 4000)
    assert x.shape == (2, 4000, 40) and y.shape == (2, 4000)
    assert x.dtype == y.dtype == torch.float32
    for seed, a, b in zip((5, 9), x.double().numpy(), y.double().numpy(), strict=True):
        truth = 0.3 * torch.randn(40, generator=generator(seed)).double().numpy()
        residual = b - 20 - a @ truth
        assert np.std(residual) == pytest.approx(1, rel=0.05)
        assert np.mean(residual) == pytest.approx(0, abs=0.07)
    assert abs(x.mean()) < 0.01 and abs(x.std() - 1) < 0.01
    _, quiet = create_batches([5], 30, noise=0, scale=0)
    assert torch.equal(quiet, torch.full((1, 30), 20.0))
    _, loud = create_batches([5], 5000, noise=3, scale=0)
    assert loud.std().item() == pytest.approx(3, rel=0.05)


def test_a_dairy_is_the_seed_s_own_numbers():
    x, y = create_batches([5], 30)
    rng = generator(5)
    weights, readings, noise = (torch.randn(*shape, generator=rng) for shape in ((40,), (30, 40), (30,)))
    assert torch.equal(x[0], readings)
    torch.testing.assert_close(y[0], 20 + readings @ (0.3 * weights) + noise)


def test_each_dairy_depends_on_its_seed_only():
    before = torch.get_rng_state()
    x, y = create_batches([3, 7, 4], 11)
    for i, seed in enumerate((3, 7, 4)):
        one_x, one_y = create_batches([seed], 11)
        assert torch.equal(x[i], one_x[0]) and torch.equal(y[i], one_y[0])
    assert not torch.equal(x[0], x[1])
    assert torch.equal(torch.get_rng_state(), before)


# Ridge


@settings(max_examples=25)
@given(
    n=st.integers(2, 12),
    d=st.integers(1, 7),
    lam=st.sampled_from([0.01, 0.3, 5.0, 200.0]),
    seed=st.integers(0, 999),
)
def test_ridge_agrees_with_scikit_learn(n, d, lam, seed):
    """Fewer and more rows than columns; alpha = n * lam, the intercept free."""
    x, y = 3 * randn(n, d, seed=seed) + 2, randn(n, seed=seed + 1) - 7
    w, b = ridge(x, y, lam)
    oracle = Ridge(alpha=n * lam, solver="svd").fit(x.numpy(), y.numpy())
    np.testing.assert_allclose(w.numpy(), oracle.coef_, atol=1e-9)
    assert b.item() == pytest.approx(oracle.intercept_, abs=1e-9)


def test_ridge_is_least_squares_at_zero_and_the_mean_at_infinity():
    x, y = randn(9, 4, seed=0) + 1, randn(9, seed=1) + 5
    w, b = ridge(x, y, 0)
    design = np.column_stack([x.numpy(), np.ones(9)])
    np.testing.assert_allclose([*w, b], np.linalg.lstsq(design, y.numpy(), rcond=None)[0], atol=1e-10)
    w, b = ridge(x, y, 1e12)
    assert w.abs().max() < 1e-9
    assert b.item() == pytest.approx(y.mean().item(), abs=1e-8)


def test_ridge_fits_leading_axes_separately():
    x, y = randn(2, 3, 7, 4, seed=0), randn(2, 3, 7, seed=1)
    w, b = ridge(x, y, 0.2)
    assert w.shape == (2, 3, 4) and b.shape == (2, 3)
    for i in range(2):
        for j in range(3):
            torch.testing.assert_close((w[i, j], b[i, j]), ridge(x[i, j], y[i, j], 0.2))


def test_ridge_is_the_minimum_of_its_loss():
    x, y, lam = randn(8, 3, seed=2), randn(8, seed=3) + 4, 0.7
    w, b = (t.clone().requires_grad_() for t in ridge(x, y, lam))
    (((x @ w + b - y) ** 2).mean() + lam * (w**2).sum()).backward()
    assert w.grad.abs().max() < 1e-12 and b.grad.abs() < 1e-12


@pytest.mark.parametrize("lam", [0.05, 0.3, 1.0])
def test_weight_decay_of_two_lambda_is_ridge(lam):
    x, y = randn(60, 5, seed=4), randn(60, seed=5) + 20
    w, b = ridge(x, y, lam)
    torch.testing.assert_close(descend(x, y, lam), (w, b), atol=1e-8, rtol=0)
    half = descend(x, y, lam / 2)[0]  # weight_decay = lam is another problem
    assert (half - w).abs().max() > 1e-3


def test_300_steps_of_the_page_are_enough(dairies):
    """Each step leaves at most about 1 - 2 eta lambda = 0.94 of the distance to the answer."""
    x = torch.cat([dairies[0][0][0], torch.ones(50, 1)], dim=1).double()
    price = 0.3 * torch.diag(torch.tensor([1.0] * 40 + [0.0], dtype=torch.float64))
    kept = 1 - 0.1 * torch.linalg.eigvalsh(2 * (x.T @ x / 50 + price))
    assert kept.min() > 0 and kept.max().item() == pytest.approx(0.94, abs=0.005)
    assert kept.max() ** 300 < 1e-7


def test_descend_takes_300_steps_unless_told_otherwise():
    x, y = randn(20, 5, seed=4), randn(20, seed=5) + 20
    x[:, 0] /= 10  # slow to learn
    w = descend(x, y, 0.001)[0]
    assert torch.equal(w, descend(x, y, 0.001, steps=300)[0])
    assert (w - ridge(x, y, 0.001)[0]).abs().max() > 1e-3  # a step more would still move it


def test_one_step_of_descend_is_the_formula_of_the_page():
    x, y, lam, eta = randn(7, 3, seed=6), randn(7, seed=7), 0.4, 0.1
    for decay_bias in (False, True):
        w, b = np.zeros(3), 0.0
        for _ in range(5):
            residual = x.numpy() @ w + b - y.numpy()
            grad_w, grad_b = 2 * x.numpy().T @ residual / 7, 2 * residual.mean()
            w = (1 - 2 * eta * lam) * w - eta * grad_w
            b = (1 - 2 * eta * lam * decay_bias) * b - eta * grad_b
        ours = descend(x, y, lam, decay_bias=decay_bias, steps=5)
        np.testing.assert_allclose([*ours[0], ours[1]], [*w, b], atol=1e-12)


def test_rmse_and_linear():
    x, w, b = randn(2, 5, 3, seed=0), randn(2, 3, seed=1), randn(2, seed=2)
    expected = np.einsum("snd,sd->sn", x.numpy(), w.numpy()) + b.numpy()[:, None]
    np.testing.assert_allclose(linear(x, w, b).numpy(), expected, atol=1e-12)
    y = randn(2, 5, seed=3)
    error = np.sqrt(np.mean((expected - y.numpy()) ** 2, axis=1))
    np.testing.assert_allclose(rmse(linear(x, w, b), y).numpy(), error, atol=1e-12)


def test_ridge_errors_fit_on_the_first_part_alone():
    parts = [(randn(2, n, 3, seed=n), randn(2, n, seed=n + 1)) for n in (9, 6, 5)]
    table = ridge_errors((0.1, 2.0), *parts)
    assert table.shape == (3, 2, 2)
    for j, lam in enumerate((0.1, 2.0)):
        for s in range(2):
            oracle = Ridge(alpha=9 * lam).fit(parts[0][0][s].numpy(), parts[0][1][s].numpy())
            for i, (x, y) in enumerate(parts):
                gap = oracle.predict(x[s].numpy()) - y[s].numpy()
                assert table[i, j, s].item() == pytest.approx(np.sqrt(np.mean(gap**2)), rel=1e-6)


# A seed is a dairy. Lambda 100 predicts the mean: its error is the labels' spread.
def test_ridge_helps_and_too_much_hurts(seeds, bar):
    x, y = create_batches(seeds, 600)
    (x_train, x_fresh), (y_train, y_fresh) = (t.tensor_split([50, 600], dim=1)[:2] for t in (x, y))
    train, fresh = ridge_errors(LAMBDAS, (x_train, y_train), (x_fresh, y_fresh))
    middle = fresh.median(dim=1).values
    at = {lam: i for i, lam in enumerate(LAMBDAS)}
    assert middle.argmin() in (at[0.1], at[0.3])  # the theory says 0.22
    some, none, far = fresh[at[0.3]], fresh[0], fresh[-1]
    bar(some < none, zh="λ = 0.3 胜过最小二乘", en="λ = 0.3 beats least squares", of="share", at_least=0.95)
    zh, en = "新样本误差：最小二乘与 λ = 0.3", "fresh error: least squares to λ = 0.3"
    bar(torch.stack([none, some], dim=1), zh=zh, en=en, of="ratio", at_least=1.3)
    assert (train.diff(dim=0) > 0).all()  # in training it only costs
    pairs = torch.stack([far, y_fresh.std(dim=1)], dim=1)
    zh, en = "λ = 100 的误差与标签的标准差", "error of λ = 100 to the labels' standard deviation"
    bar(pairs, zh=zh, en=en, of="ratio", at_least=0.95, at_most=1.05)
    bar(far > some, zh="λ = 100 不如 λ = 0.3", en="λ = 100 is worse than λ = 0.3", of="share", at_least=0.95)


# Dropout


@settings(max_examples=25)
@given(
    rows=st.integers(1, 5),
    columns=st.integers(1, 7),
    p=st.sampled_from([0.0, 0.1, 0.5, 0.9]),
    seed=st.integers(0, 99),
    double=st.booleans(),
)
def test_dropout_gives_zero_or_x_over_one_minus_p(rows, columns, p, seed, double):
    x = randn(rows, columns, seed=seed).to(torch.float64 if double else torch.float32)
    out = dropout(x, p, generator(seed))
    assert out.shape == x.shape and out.dtype == x.dtype
    kept = out != 0
    torch.testing.assert_close(out, torch.where(kept, x / (1 - p), 0.0))
    assert torch.equal(dropout(x, p, generator(seed)), out)
    assert torch.equal(dropout(x, p, generator(seed), training=False), x)
    if p == 0:
        assert torch.equal(out, x)


def test_a_double_is_drawn_for_a_double():
    x = randn(3, 4, seed=0)
    expected = torch.rand(3, 4, generator=generator(5), dtype=torch.float64)
    assert torch.equal(uniform_like(x, generator(5)), expected)
    assert torch.equal(uniform_like(x.float(), generator(5)), torch.rand(3, 4, generator=generator(5)))


@pytest.mark.parametrize("drop", [dropout, unscaled_dropout])
def test_what_is_drawn_below_p_is_dropped_and_p_itself_is_not(drop):
    """From [0, 1): so p = 0 drops nothing, not even where 0 is drawn."""
    drawn = torch.rand(9, generator=generator(3), dtype=torch.float64)
    for p in drawn.tolist():
        out = drop(torch.ones(9, dtype=torch.float64), p, generator(3))
        assert torch.equal(out == 0, drawn < p)


@pytest.mark.parametrize("p", [0.2, 0.5, 0.8])
def test_dropout_has_the_law_of_torch(p):
    """The mean, the share of zeros and the spread, each within five standard errors."""
    n = 40_000
    x = torch.tensor([1.5, -2.0, 4.0], dtype=torch.float64).expand(n, 3)
    ours = dropout(x, p, generator(0))
    with torch.random.fork_rng():
        torch.manual_seed(1)
        theirs = torch.nn.functional.dropout(x, p)
    for out in (ours, theirs):
        zero = (out == 0).double().mean(dim=0)
        assert (zero - p).abs().max() < 5 * math.sqrt(p * (1 - p) / n)
        se = x[0].abs() * math.sqrt(p / (1 - p) / n)
        assert ((out.mean(dim=0) - x[0]).abs() < 5 * se).all()  # E[dropout(x)] = x
    for i in range(3):
        torch.testing.assert_close(ours[:, i].unique(), theirs[:, i].unique())
    cells = (ours != 0).double()
    assert abs(np.corrcoef(cells.T.numpy())[0, 1]) < 5 / math.sqrt(n)  # each number on its own
    assert torch.equal(torch.nn.functional.dropout(x, p, training=False), x)


def test_dropout_passes_the_gradient_through_its_mask():
    x = randn(6, 4, seed=0).requires_grad_()
    out = dropout(x, 0.25, generator(2))
    out.sum().backward()
    torch.testing.assert_close(x.grad, (out != 0).double() / 0.75)


def test_a_list_of_generators_draws_as_each_alone():
    x = randn(3, 4, 5, seed=0)
    both = dropout(x, 0.5, generators([8, 2, 5]))
    for i, seed in enumerate((8, 2, 5)):
        assert torch.equal(both[i], dropout(x[i], 0.5, generator(seed)))


def test_without_division_the_mean_shrinks():
    x = torch.ones(20_000, 2)
    assert unscaled_dropout(x, 0.5, generator(0)).mean().item() == pytest.approx(0.5, abs=0.02)
    assert dropout(x, 0.5, generator(0)).mean().item() == pytest.approx(1, abs=0.04)
    scaled = dropout(x, 0.3, generator(1))
    torch.testing.assert_close(unscaled_dropout(x, 0.3, generator(1)), 0.7 * scaled)


def test_functional_dropout_trains_by_default():
    """The page's warning: eval() does not reach F.dropout."""

    class Net(torch.nn.Module):
        def forward(self, x):
            return torch.nn.functional.dropout(x, 0.5)

    x = torch.ones(1000)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        assert (Net().eval()(x) == 0).any()
        assert torch.equal(torch.nn.Dropout(0.5).eval()(x), x)


# Early stopping


@pytest.mark.parametrize(
    ("history", "patience", "answer"),
    [
        ([3.0, 2.0, 1.0], 1, (2, 2)),  # never stopped
        ([3.0, 2.0, 2.5, 1.0], 1, (1, 2)),  # too hasty: 1.0 is never seen
        ([3.0, 2.0, 2.5, 1.0], 2, (3, 3)),
        ([1.0, 2.0, 3.0, 4.0, 5.0], 3, (0, 3)),
        ([2.0, 2.0, 2.0, 1.0], 2, (0, 2)),  # a tie is no improvement
        ([5.0, 4.0, 6.0, 3.0, 6.0, 7.0, 8.0, 0.0], 3, (3, 6)),
        ([5.0, 4.0, 4.5, 4.2, 4.1], 2, (1, 3)),  # better than the last, not than the best
        ([7.0], 5, (0, 0)),
    ],
)
def test_early_stop_on_histories_by_hand(history, patience, answer):
    assert early_stop(history, patience) == answer


@settings(max_examples=60)
@given(st.lists(st.integers(0, 9), min_size=1, max_size=15), st.integers(1, 6))
def test_early_stop_in_other_words(history, patience):
    best, stop = early_stop(history, patience)
    assert history[best] == min(history[: stop + 1])
    assert history.index(history[best]) == best
    assert stop == min(best + patience, len(history) - 1) or stop == len(history) - 1
    assert stop - best <= patience
    for end in range(stop):  # not one check earlier
        seen = history[: end + 1]
        assert end - seen.index(min(seen)) < patience


def numpy_path(x, y, epochs, seed):
    rng, w, b = generator(seed), np.zeros(x.shape[1]), y.mean()
    path = [[*w, b]]
    for _ in range(epochs):
        order = torch.randperm(len(x), generator=rng).numpy()
        for first in range(0, len(x), 10):
            rows = order[first : first + 10]
            residual = x[rows] @ w + b - y[rows]
            w, b = w - 0.03 * 2 * x[rows].T @ residual / len(rows), b - 0.03 * 2 * residual.mean()
            path.append([*w, b])
    return np.array(path)


def test_golden_trajectory_of_the_linear_model():
    x, y = randn(2, 23, 4, seed=1).float() + 0.5, randn(2, 23, seed=2).float() + 20
    ws, bs = linear_path(x, y, [3, 8], epochs=2)
    assert ws.shape == (7, 2, 4) and bs.shape == (7, 2)
    for i, seed in enumerate((3, 8)):
        ours = torch.cat([ws[:, i], bs[:, i, None]], dim=1).numpy()
        expected = numpy_path(x[i].double().numpy(), y[i].double().numpy(), 2, seed)
        np.testing.assert_allclose(ours, expected, atol=1e-4, rtol=0)
    errors = path_errors((ws, bs), x, y)
    for k in range(7):
        torch.testing.assert_close(errors[k], rmse(linear(x, ws[k], bs[k]), y), atol=1e-5, rtol=0)


def test_a_path_has_150_epochs_unless_told_otherwise():
    ws, bs = linear_path(randn(2, 20, 3, seed=1), randn(2, 20, seed=2), [3, 8])
    assert len(ws) == len(bs) == 2 * 150 + 1  # two batches of ten


def test_early_stopping_helps_and_haste_hurts(seeds, bar):
    x, y = create_batches(seeds, 300)
    x_train, x_val, x_fresh = x.tensor_split([50, 100], dim=1)
    y_train, y_val, y_fresh = y.tensor_split([50, 100], dim=1)
    path = linear_path(x_train, y_train, seeds)
    val, fresh = path_errors(path, x_val, y_val), path_errors(path, x_fresh, y_fresh)
    ends = {}
    for every, patience in ((1, 1), (1, 10), (5, 1)):
        best = torch.tensor([early_stop(run.tolist(), patience)[0] for run in val[::every].T])
        ends[every, patience] = fresh[::every].gather(0, best[None])[0]
    patient = ends[1, 10]
    zh, en = "耐心 10 胜过走完全部", "patience 10 beats all updates"
    bar(patient < fresh[-1], zh=zh, en=en, of="share", at_least=0.9)
    for errors, zh, en, low, high in (
        (fresh[-1], "走完全部", "all updates", 1.2, None),
        (ends[1, 1], "耐心 1 ", "patience 1", 1.08, None),
        (ends[5, 1], "耐心 1，每 5 次更新看一次", "patience 1, looking at every 5th update", None, 1.05),
    ):
        zh, en = f"新样本误差：{zh}与耐心 10", f"fresh error: {en} to patience 10"
        bar(torch.stack([errors, patient], dim=1), zh=zh, en=en, of="ratio", at_least=low, at_most=high)


# Networks


def numpy_net(x, y, seed, hidden, p, epochs, batch, lr=0.01):
    """One network in float64, backpropagation and Adam written out."""
    rng, d = generator(seed), x.shape[1]
    w1 = (torch.randn(d, hidden, generator=rng) * (2 / d) ** 0.5).double().numpy()
    w2 = (torch.randn(hidden, 1, generator=rng) * (2 / hidden) ** 0.5).double().numpy()
    net = [w1, np.zeros((1, hidden)), w2, np.full((1, 1), y.mean())]
    m, s, t = [0.0] * 4, [0.0] * 4, 0
    for _ in range(epochs):
        order = torch.randperm(len(x), generator=rng).numpy()
        for first in range(0, len(x), batch):
            rows = order[first : first + batch]
            z = x[rows] @ net[0] + net[1]
            keep = (torch.rand(z.shape, generator=rng).numpy() >= p) / (1 - p)
            h = np.maximum(z, 0) * keep
            delta = 2 * (h @ net[2] + net[3] - y[rows, None]) / len(rows)
            back = (delta @ net[2].T) * keep * (z > 0)
            grads = [x[rows].T @ back, back.sum(0, keepdims=True), h.T @ delta, delta.sum(0, keepdims=True)]
            t += 1
            for i, g in enumerate(grads):
                m[i] = 0.9 * m[i] + 0.1 * g
                s[i] = 0.999 * s[i] + 0.001 * g**2
                step = lr * (m[i] / (1 - 0.9**t)) / (np.sqrt(s[i] / (1 - 0.999**t)) + 1e-8)
                net[i] = net[i] - step
    return net


@pytest.mark.parametrize("p", [0, 0.5])
def test_golden_trajectory_of_the_networks(p):
    x, y = randn(2, 17, 4, seed=1).float(), randn(2, 17, seed=2).float() + 20
    for epochs in (1, 3):
        nets = train_nets(x, y, [6, 9], 5, p, epochs, batch=10)
        for i, seed in enumerate((6, 9)):
            one = numpy_net(x[i].double().numpy(), y[i].double().numpy(), seed, 5, p, epochs, 10)
            for ours, expected in zip(nets, one, strict=True):
                np.testing.assert_allclose(ours[i].numpy(), expected, atol=1e-4, rtol=0)
    expected = np.maximum(x[1].numpy() @ one[0] + one[1], 0) @ one[2] + one[3]
    np.testing.assert_allclose(net_days(nets, x)[1].numpy(), expected[:, 0], atol=1e-3, rtol=0)


def test_networks_are_as_precise_as_their_data():
    x, y = randn(2, 17, 4, seed=1), randn(2, 17, seed=2) + 20
    nets = train_nets(x, y, [6, 9], 5, 0, 1, batch=10)
    for i, seed in enumerate((6, 9)):
        one = numpy_net(x[i].numpy(), y[i].numpy(), seed, 5, 0, 1, 10)
        for ours, expected in zip(nets, one, strict=True):
            np.testing.assert_allclose(ours[i].numpy(), expected, atol=1e-6, rtol=0)


def test_batches_are_of_ten_unless_told_otherwise():
    x, y = randn(1, 23, 4, seed=1).float(), randn(1, 23, seed=2).float()
    default, said = train_nets(x, y, [6], 5, 0.5, 2), train_nets(x, y, [6], 5, 0.5, 2, batch=10)
    assert all(map(torch.equal, default, said))


def test_each_gradient_is_that_of_its_own_mean_loss(monkeypatch):
    # Adam hides a factor in the loss, SGD does not: the losses must be added, not averaged over the networks
    monkeypatch.setattr(torch.optim, "Adam", torch.optim.SGD)
    x, y = randn(3, 12, 4, seed=1).float(), randn(3, 12, seed=2).float()
    together = train_nets(x, y, [6, 9, 1], 5, 0, 2)
    for i, seed in enumerate((6, 9, 1)):
        alone = train_nets(x[i : i + 1], y[i : i + 1], [seed], 5, 0, 2)
        for a, b in zip(together, alone, strict=True):
            torch.testing.assert_close(a[i : i + 1], b, atol=1e-5, rtol=0)


def test_dairies_train_together_as_alone(dairies):
    x, y = (t[:3] for t in dairies[0])
    together = train_nets(x, y, [0, 1, 2], 6, 0.5, 2)
    paths = linear_path(x, y, [0, 1, 2], epochs=2)
    for i in range(3):
        part = slice(i, i + 1)
        alone = train_nets(x[part], y[part], [i], 6, 0.5, 2)
        for a, b in zip(together, alone, strict=True):
            torch.testing.assert_close(a[part], b, atol=1e-5, rtol=0)
        ws, bs = linear_path(x[part], y[part], [i], epochs=2)
        torch.testing.assert_close((paths[0][:, part], paths[1][:, part]), (ws, bs), atol=1e-5, rtol=0)


def test_training_leaves_the_global_generator_alone(dairies):
    before = torch.get_rng_state()
    x, y = (t[:2] for t in dairies[0])
    train_nets(x, y, [0, 1], 3, 0.5, 1)
    linear_path(x, y, [0, 1], epochs=1)
    assert torch.equal(torch.get_rng_state(), before)


def test_dropout_helps_a_large_net_and_hurts_a_small_one(seeds, bar):
    x, y = create_batches(seeds, 750)
    fresh = x[:, 550:], y[:, 550:]
    large, small = {}, {}
    for p in (0, 0.5):
        net = train_nets(x[:, :50], y[:, :50], seeds, 32, p, 40)
        large[p] = rmse(net_days(net, fresh[0]), fresh[1])
        net = train_nets(x[:, 50:550], y[:, 50:550], seeds, 2, p, 20, batch=50)
        small[p] = rmse(net_days(net, fresh[0]), fresh[1])
    longer = train_nets(x[:, :50], y[:, :50], seeds, 32, 0.5, 60)
    late = rmse(net_days(longer, fresh[0]), fresh[1])  # more epochs change the errors little
    for above, below, zh, en, low, high in (
        (
            late,
            large[0.5],
            "32 个单元，p = 0.5，60 轮与 40 轮",
            "32 units, p = 0.5: 60 epochs to 40",
            0.95,
            1.05,
        ),
        (large[0.5], large[0], "32 个单元：p = 0.5 与 p = 0", "32 units: p = 0.5 to p = 0", None, 0.98),
        (small[0.5], small[0], "2 个单元：p = 0.5 与 p = 0", "2 units: p = 0.5 to p = 0", 1.1, None),
    ):
        zh, en = f"新样本误差，{zh}", f"fresh error, {en}"
        bar(torch.stack([above, below], dim=1), zh=zh, en=en, of="ratio", at_least=low, at_most=high)
    zh, en = "32 个单元：丢弃法有益", "32 units: dropout helps"
    bar(large[0.5] < large[0], zh=zh, en=en, of="share", at_least=0.6)
    zh, en = "2 个单元：丢弃法有害", "2 units: dropout does harm"
    bar(small[0.5] > small[0], zh=zh, en=en, of="share", at_least=0.9)


# The mistakes


def test_the_mistakes_of_dropout(dairies):
    (x, y), _, (x_fresh, y_fresh), _ = dairies
    seeds = range(20)
    net = train_nets(x, y, seeds, 32, 0.5, 40)
    rngs = generators(seeds)
    first, second = (net_days(net, x_fresh, lambda h: dropout(h, 0.5, rngs)) for _ in range(2))
    assert not torch.equal(first[0, 0], second[0, 0])
    assert torch.equal(net_days(net, x_fresh), net_days(net, x_fresh))
    right = rmse(net_days(net, x_fresh), y_fresh)
    assert (rmse(first, y_fresh) > right).all()
    bad = train_nets(x, y, seeds, 32, 0.5, 40, drop=unscaled_dropout)
    spread = net_days(bad, x_fresh).std(dim=1) / net_days(net, x_fresh).std(dim=1)
    assert 1.6 < spread.median() < 2.4  # the signal doubles
    assert rmse(net_days(bad, x_fresh), y_fresh).median() > 1.08 * right.median()


def test_a_decaying_bias_is_too_low(dairies):
    (x, y), _, (x_fresh, y_fresh), _ = dairies
    for i in range(3):
        right = linear(x_fresh[i], *descend(x[i], y[i], 0.3))
        wrong = linear(x_fresh[i], *descend(x[i], y[i], 0.3, decay_bias=True))
        assert abs((right - y_fresh[i]).mean()) < 1
        assert (y_fresh[i] - wrong).mean() > 3
        assert rmse(wrong, y_fresh[i]) > 2 * rmse(right, y_fresh[i])
    design = torch.cat([x[0], torch.ones(50, 1)], dim=1).double()  # the bias as a weight
    left = design.T @ design / 50 + 0.3 * torch.eye(41, dtype=torch.float64)
    exact = torch.linalg.solve(left, design.T @ y[0].double() / 50)
    w, b = descend(x[0].double(), y[0].double(), 0.3, decay_bias=True, steps=400)
    torch.testing.assert_close(torch.cat([w, b[None]]), exact, atol=1e-6, rtol=0)


# The exercises


def test_best_lambda_is_the_theory():
    assert best_lambda(50) == pytest.approx(1 / 4.5)
    assert best_lambda(7, noise=3, scale=0.5) == pytest.approx(9 / 1.75)
    x, y = create_batches(range(300), 90, noise=2, scale=0.5)
    grid = [best_lambda(50, 2, 0.5) * k for k in (0.3, 1, 3)]
    _, fresh = ridge_errors(grid, (x[:, :50], y[:, :50]), (x[:, 50:], y[:, 50:]))
    assert fresh.square().mean(dim=1).argmin() == 1


def test_dropout_price_is_exact():
    """All 2^d masks of a row, weighed by their probability."""
    x, w, p, y = randn(4, 3, seed=0), randn(3, seed=1), 0.3, randn(4, seed=2)
    total = 0.0
    for code in range(8):
        m = torch.tensor([code >> j & 1 for j in range(3)], dtype=torch.float64)
        chance = (1 - p) ** m.sum().item() * p ** (3 - m.sum().item())
        total += chance * ((x * m / (1 - p)) @ w - y).square().mean().item()
    plain = (x @ w - y).square().mean()
    assert (plain + dropout_price(w, x, p)).item() == pytest.approx(total, rel=1e-12)


def test_a_unit_changes_ridge_but_not_least_squares():
    x, y = randn(30, 4, seed=0), randn(30, seed=1) + 3 * randn(30, 4, seed=0)[:, 2]
    plain = effect_days(x, y, 0, 2, 1)
    assert plain == pytest.approx((ridge(x, y, 0)[0][2] * x[:, 2].std()).item())
    assert effect_days(x, y, 0, 2, 1000) == pytest.approx(plain, rel=1e-6)
    assert abs(effect_days(x, y, 0.3, 2, 1000)) < 1e-3 < 1 < effect_days(x, y, 0.3, 2, 1)
    assert torch.equal(x, randn(30, 4, seed=0))  # the input is left alone


# Bad input

X, Y = torch.zeros(2, 4, 3), torch.zeros(2, 4)
G = torch.Generator()


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: check_floats(x=[1.0]), TypeError, "x must be a float tensor, got <class 'list'>"),
        (lambda: check_floats(x=X.long()), TypeError, r"float tensor, got torch\.int64"),
        (lambda: check_floats(x=X[:0]), ValueError, r"must not be empty, got \(0, 4, 3\)"),
        (lambda: check_floats(x=torch.tensor(1.0)), ValueError, r"must not be empty, got \(\)"),
        (lambda: check_floats(x=X + NAN), ValueError, "x contains NaN or infinity"),
        (lambda: check_data(X, Y[0]), ValueError, r"\(2, 4, 3\) and \(4,\) do not fit|do not fit: "),
        (lambda: check_data(torch.zeros(3), torch.zeros(3)), ValueError, "do not fit"),
        (lambda: check_data(X, Y.long()), TypeError, r"y must be a float tensor, got torch\.int64"),
        (lambda: check_data(X, Y + NAN), ValueError, "y contains NaN or infinity"),
        (lambda: check_sets(X, Y, [1]), ValueError, r"got \(2, 4, 3\) and 1 seeds"),
        (lambda: check_sets(X[0], Y[0], range(4)), ValueError, "with a seed per set"),
        (lambda: check_count(n=1.5), TypeError, "n must be an integer, got 1.5"),
        (lambda: check_count(n=True), TypeError, "n must be an integer, got True"),
        (lambda: check_count(n=0), ValueError, "n must be at least 1, got 0"),
        (lambda: check_amount(lam=NAN), ValueError, "lam must be at least 0 .* got nan"),
        (lambda: check_amount(lam=INF), ValueError, "got inf"),
        (lambda: uniform_like(X, [G]), ValueError, "a generator for each of 2, got 1"),
        (lambda: uniform_like(X, [G, G, G]), ValueError, "a generator for each of 2, got 3"),
        (lambda: create_batches([1], 0), ValueError, "n must be at least 1"),
        (lambda: create_batches([], 5), ValueError, "sets must be at least 1, got 0"),
        (lambda: create_batches([1], 5, noise=-1), ValueError, "noise must be at least 0"),
        (lambda: create_batches([1], 5, scale=-1), ValueError, "scale must be at least 0"),
        (lambda: ridge(X, Y, -0.1), ValueError, "lam must be at least 0 and below inf, got -0.1"),
        (lambda: ridge(torch.zeros(3, 3), torch.zeros(3), 0), ValueError, "lam = 0 needs n > d, got n = 3"),
        (lambda: ridge(X, Y[:, :3], 1), ValueError, "do not fit"),
        (lambda: ridge(X.int(), Y, 1), TypeError, "x must be a float tensor"),
        (lambda: rmse(X, Y), ValueError, "pred and y differ in shape"),
        (lambda: rmse(Y, Y + NAN), ValueError, "y contains NaN"),
        (lambda: rmse(Y + NAN, Y), ValueError, "pred contains NaN"),
        (lambda: ridge_errors([-1], (X, Y)), ValueError, "lam"),
        (lambda: descend(X[0], Y[0], -1), ValueError, "lam"),
        (lambda: descend(X[0], Y[1, :2], 1), ValueError, "do not fit"),
        (lambda: descend(X[0], Y[0], 1, steps=0), ValueError, "steps"),
        (lambda: early_stop([], 1), ValueError, r"must hold finite errors, got \[\]"),
        (lambda: early_stop([1.0, NAN], 1), ValueError, r"finite errors, got \[1.0, nan\]"),
        (lambda: early_stop([1.0], 0), ValueError, "patience must be at least 1, got 0"),
        (lambda: early_stop([1.0], 2.0), TypeError, "patience must be an integer"),
        (lambda: linear_path(X, Y, [1]), ValueError, "seed per set"),
        (lambda: linear_path(X, Y, [1, 2], epochs=0), ValueError, "epochs"),
        (lambda: path_errors((X, Y), X, Y[0]), ValueError, "do not fit"),
        (lambda: dropout(X, 1, G), ValueError, "p must be at least 0 and below 1, got 1"),
        (lambda: dropout(X, -0.1, G), ValueError, "p must be at least 0"),
        (lambda: dropout(X, 1.5, G, training=False), ValueError, "p must be"),
        (lambda: dropout(X.int(), 0.5, G), TypeError, "float tensor"),
        (lambda: train_nets(X, Y, [1], 2, 0.5, 1), ValueError, "seed per set"),
        (lambda: train_nets(X, Y, [1, 2], 0, 0.5, 1), ValueError, "hidden"),
        (lambda: train_nets(X, Y, [1, 2], 2, 1.0, 1), ValueError, "p must be"),
        (lambda: train_nets(X, Y, [1, 2], 2, 1.5, 1, drop=unscaled_dropout), ValueError, "p must be"),
        (lambda: train_nets(X, Y, [1, 2], 2, 0.5, 0), ValueError, "epochs"),
        (lambda: train_nets(X, Y, [1, 2], 2, 0.5, 1, batch=0), ValueError, "batch"),
        (lambda: best_lambda(0), ValueError, "n must be"),
        (lambda: best_lambda(5, scale=0), ValueError, "scale must be positive, got 0"),
        (lambda: best_lambda(5, noise=-1), ValueError, "noise"),
        (lambda: best_lambda(5, scale=-1), ValueError, "scale must be at least 0 .* got -1"),
        (lambda: dropout_price(Y[0, :3] + NAN, X[0], 0.5), ValueError, "w contains NaN"),
        (lambda: dropout_price(Y[0, :3], X[0] + NAN, 0.5), ValueError, "x contains NaN"),
        (lambda: dropout_price(Y[0, :3], X[0], 1), ValueError, "p must be"),
        (lambda: effect_days(X[0], Y[0], 1, 0, 0), ValueError, "unit must be positive and finite, got 0"),
        (lambda: effect_days(X[0], Y[0], 1, 0, INF), ValueError, "unit must be positive .* got inf"),
        (lambda: effect_days(X[0], Y, 1, 0, 1), ValueError, "do not fit"),
    ],
)
def test_bad_input(call, error, message):
    with pytest.raises(error, match=message):
        call()


# The file itself


@pytest.fixture(scope="module")
def lines(program_output):
    return program_output(LESSON).splitlines()


def number(line, name):
    return float(line.split(f"{name} = ")[1].split()[0])


def test_the_page_says_what_the_run_shows(lines):
    def find(start):
        return next(line for line in lines if line.strip().startswith(start))

    spread = number(find("spread ="), "spread")
    least = find("train = 0")
    assert number(least, "train") < 1 and number(least, "fresh") > spread  # worse than the mean
    assert number(least, "weights") > 0.38  # the true ones: 0.3
    chosen = find("chosen:")
    assert number(chosen, "wins") == 20 and chosen.endswith("first: 0.3")
    assert find("w < 0.001") == "w < 0.001: True  b < 0.001: True"
    hasty, patient, rarely = (
        find(f"every {start}") for start in ("1, patience  1", "1, patience 10", "5, patience  1")
    )
    assert number(hasty, "fresh") > number(patient, "fresh") + 0.2
    assert number(patient, "fresh") < number(find("never"), "fresh") - 0.4
    assert number(patient, "wins") == 20
    assert number(rarely, "fresh") < number(hasty, "fresh") - 0.2  # progress outweighs the jitter
    assert abs(number(patient, "fresh") - number(chosen, "fresh")) < 0.1  # much like ridge
    assert find("wins of p = 0.5") == "wins of p = 0.5: 16 and 0 of 20"
    assert len(set(find("on: ").split()[1:])) == 3
    free, decayed = (find(f"decay_bias = {word}") for word in ("False", "True"))
    assert number(free, "mean") - number(decayed, "mean") > 4
    assert number(decayed, "fresh") > 3 * number(free, "fresh")
    assert number(find("today ="), "lid") == 17 < number(find("actual ="), "actual")
    assert find("actual =").endswith("kept = 99%")
    assert "n =  50  theory 0.222  measured 0.3" in lines
    assert "n = 500  theory 0.022  measured 0.03" in lines
    drawn = find("drawn =")
    assert abs(number(drawn, "drawn") - number(drawn, "promised")) < 0.02
