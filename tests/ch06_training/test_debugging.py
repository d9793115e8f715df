import math
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from docs.builder.glossary import read_glossary
from lessons.ch06_training import debugging as lesson
from lessons.ch06_training.debugging import (
    CEILING,
    EARLY,
    EXPLODED,
    FALL,
    FAULTS,
    FIELDS,
    MARGIN,
    OFF,
    PILED,
    Sorter,
    check_data,
    diagnose,
    forward,
    grad_ratio,
    loss_at_init,
    losses,
    make_flakes,
    make_network,
    measure,
    one_run,
    overfit_one_batch,
    plant,
    shared_rows,
    softmax_twice_floor,
    symptoms,
    train,
    with_gates,
)

ROOT = Path(__file__).parents[2]
LESSON = Path(lesson.__file__)
WORDS = read_glossary(ROOT).words  # in Chinese
NAN = math.nan
KINDS = ("healthy", *FAULTS)


def standardized(n=96, n_test=240, seed=0):
    x, y = make_flakes(n, seed)
    x_test, y_test = make_flakes(n_test, seed + 1)
    mean, std = x.mean(0), x.std(0)
    return (x - mean) / std, y, (x_test - mean) / std, y_test


RAW = (*make_flakes(96, 0), *make_flakes(240, 1))
DATA = standardized()


@pytest.fixture(scope="module")
def histories():
    """Every kind of run, trained once for 20 seeds."""
    return {kind: plant(kind, RAW, range(20)) for kind in KINDS}


@pytest.fixture(scope="module")
def output(program_output):
    return program_output(LESSON)


def verdicts(history):
    return [diagnose(one_run(history, s)) for s in range(history["dead"].shape[1])]


# Data


def test_one_label_in_ten_is_wrong_and_the_ceiling_is_what_the_truth_scores():
    x, y = make_flakes(40_000, 3)
    assert x.shape == (40_000, 8) and x.dtype == torch.float32 and y.dtype == torch.int64
    kind = torch.arange(40_000) % 4
    assert (y == kind).float().mean().item() == pytest.approx(CEILING, abs=0.006)
    wrong = (y - kind)[y != kind] % 4
    assert torch.bincount(wrong, minlength=4)[1:].float().div(len(wrong)) == pytest.approx(
        torch.full((3,), 1 / 3), abs=0.03
    )
    spread = torch.stack([x[kind == k].std(0) for k in range(4)])
    assert spread.mean().item() == pytest.approx(6, rel=0.02)
    assert 25 < x.mean() < 55


def test_flakes_are_the_numbers_of_two_seeds():
    """The mean spectra of seed 7, the same for all flakes, and the seed's own scatter and mistakes."""
    spectra = 40 + 6 * torch.randn(4, 8, generator=torch.Generator().manual_seed(7))
    x, y = make_flakes(60, 3)
    kind, rng = torch.arange(60) % 4, torch.Generator().manual_seed(3)
    torch.testing.assert_close((x - spectra[kind]) / 6, torch.randn(60, 8, generator=rng), atol=1e-5, rtol=0)
    wrong = torch.rand(60, generator=rng) > 0.9
    shift = torch.randint(1, 4, (60,), generator=rng)  # by one, two or three kinds
    assert torch.equal((y - kind) % 4, shift * wrong) and 0 < wrong.sum() < 15


def test_a_number_of_nine_tenths_makes_no_mistake(monkeypatch):
    monkeypatch.setattr(torch, "rand", lambda n, generator: torch.full((n,), 0.9))
    assert torch.equal(make_flakes(7, 3)[1], torch.arange(7) % 4)


def test_the_data_and_the_networks_depend_on_their_seeds_only():
    before = torch.get_rng_state()
    x, y = make_flakes(30, 4)
    params = make_network([3, 5])
    train(params, standardized(30, 20), [3, 5], epochs=1)
    Sorter(params)
    assert torch.equal(torch.get_rng_state(), before)
    again = make_flakes(30, 4)
    assert torch.equal(x, again[0]) and torch.equal(y, again[1])
    assert not torch.equal(x, make_flakes(30, 5)[0])
    assert all(torch.equal(a[0], b[1]) for a, b in zip(make_network([5]), make_network([3, 5]), strict=True))


def test_weights_are_drawn_like_those_of_linear():
    w1, b1, w2, b2 = make_network(range(200), 5, 7)
    assert [tuple(p.shape) for p in (w1, b1, w2, b2)] == [(200, 5, 7), (200, 1, 7), (200, 7, 4), (200, 1, 4)]
    for p, fan in ((w1, 5), (b1, 5), (w2, 7), (b2, 7)):
        assert p.abs().max().item() == pytest.approx(fan**-0.5, rel=0.02)
        assert p.std().item() == pytest.approx((3 * fan) ** -0.5, rel=0.06)
        assert p.requires_grad and p.is_leaf
    assert torch.equal(make_network([1], bias=-5.0)[1], make_network([1])[1] - 5)


# Loss at init, overfitting one batch


@settings(max_examples=25)
@given(st.integers(2, 12), st.integers(1, 9), st.integers(1, 15), st.integers(0, 99))
def test_loss_at_init_is_minus_the_mean_log_probability(k, d, n, seed):
    rng = np.random.default_rng(seed)
    x, y, w = rng.normal(size=(n, d)), rng.integers(0, k, n), rng.normal(size=(d, k))
    scores = x @ w
    p = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
    expected = -np.mean([np.log(p[i, y[i]]) for i in range(n)])
    loss = loss_at_init(lambda t: t @ torch.from_numpy(w), torch.from_numpy(x), torch.from_numpy(y))
    assert type(loss) is float and loss == pytest.approx(expected)
    zero = loss_at_init(lambda t: t @ torch.zeros(d, k).double(), torch.from_numpy(x), torch.from_numpy(y))
    assert zero == pytest.approx(math.log(k))  # the oracle: exactly ln k


# 200 seeds, min/median/max: standardized 1.29 1.42 1.56 (ln 4 = 1.386), raw 1.8 8.8 23.6
def test_a_fresh_network_starts_near_ln_k_unless_the_inputs_are_raw():
    params = make_network(range(200))
    ready = [loss_at_init(Sorter(params, s), DATA[0], DATA[1]) for s in range(200)]
    raw = [loss_at_init(Sorter(params, s), RAW[0], RAW[1]) for s in range(200)]
    assert math.log(4) - 0.15 < min(ready) and max(ready) < math.log(4) + 0.25
    assert min(raw) > max(ready) + 0.15
    assert sorted(raw)[100] > 5
    assert torch.allclose(Sorter(params, 7)(DATA[0]), forward(params, DATA[0], torch.relu)[1][7], atol=1e-6)


# 20 seeds, last loss min/median/max: 0.00083 0.000881 0.000927; bar 0.01
def test_a_healthy_network_learns_one_batch_by_heart_and_stays_as_it_was():
    x, y = DATA[0][:8], DATA[1][:8]
    params = make_network(range(5))
    for s in range(5):
        model = Sorter(params, s)
        found = overfit_one_batch(model, x, y)
        assert len(found) == 200 and all(type(loss) is float for loss in found)
        assert found[0] == pytest.approx(loss_at_init(model, x, y))
        assert found[-1] < 0.01
        assert torch.equal(model.params[0], params[0][s])


def test_overfitting_one_batch_is_gradient_descent():
    x, y = DATA[0][:5], DATA[1][:5]
    params = make_network([2])
    ours = overfit_one_batch(Sorter(params), x, y, lr=0.3, steps=5)
    expected = numpy_updates(params, x, y, [np.arange(5)] * 5, 0.3)
    assert ours == pytest.approx([loss for loss, *_ in expected], abs=1e-4)


def test_the_rate_is_1_unless_told_otherwise_and_training_takes_60_epochs_of_batches_of_32():
    x, y = DATA[0][:8], DATA[1][:8]
    model = Sorter(make_network([0]))
    assert overfit_one_batch(model, x, y, steps=3) == overfit_one_batch(model, x, y, lr=1.0, steps=3)
    default, said = make_network([0]), make_network([0])
    train(default, DATA, [0])
    history = train(said, DATA, [0], lr=1.0, epochs=60, batch_size=32)
    assert all(map(torch.equal, default, said)) and history["dead"].shape == (60, 1)


def test_behind_two_softmaxes_the_batch_is_never_learned():
    x, y = DATA[0][:8], DATA[1][:8]
    for s in range(3):
        model = nn.Sequential(Sorter(make_network([s])), nn.Softmax(dim=1))
        assert loss_at_init(model, x, y) == pytest.approx(math.log(4), abs=0.1)  # nothing to see yet
        found = overfit_one_batch(model, x, y, steps=100)
        assert min(found) >= softmax_twice_floor(4) > 0.74


def test_the_floor_behind_two_softmaxes_is_the_loss_of_perfect_certainty():
    for k in (2, 4, 7, 1000):
        sure = F.one_hot(torch.tensor([1]), k).double()
        assert softmax_twice_floor(k) == pytest.approx(F.cross_entropy(sure, torch.tensor([1])).item())
    assert softmax_twice_floor(1000) / math.log(1000) > 0.85 > softmax_twice_floor(4) / math.log(4)


# Training


def numpy_updates(params, x, y, picks, lr, clear=True):
    """Gradient descent in float64 with the gradients written out; loss before, parameters after each step."""
    w1, b1, w2, b2 = (p.detach()[0].double().numpy().copy() for p in params)
    x, y = x.double().numpy(), y.numpy()
    stored, path = [0.0] * 4, []
    for rows in picks:
        xb, yb, m = x[rows], y[rows], len(rows)
        t = xb @ w1 + b1
        h = np.maximum(t, 0)
        z = h @ w2 + b2
        p = np.exp(z - z.max(1, keepdims=True))
        p /= p.sum(1, keepdims=True)
        loss = -np.log(p[np.arange(m), yb]).mean()
        dz = (p - np.eye(4)[yb]) / m
        dt = (dz @ w2.T) * (t > 0)
        grads = [xb.T @ dt, dt.sum(0, keepdims=True), h.T @ dz, dz.sum(0, keepdims=True)]
        stored = [g if clear else old + g for g, old in zip(grads, stored, strict=True)]
        w1, b1, w2, b2 = (q - lr * g for q, g in zip((w1, b1, w2, b2), stored, strict=True))
        norm = math.sqrt(sum((g**2).sum() for g in stored))
        path.append((loss, norm, [w1, b1, w2, b2]))
    return path


@pytest.mark.parametrize("clear", [True, False])
@pytest.mark.parametrize(("n", "size"), [(37, 8), (60, 12)])
def test_golden_trajectory(clear, n, size):
    x, y, x_test, y_test = standardized(n, 20)
    seed = 6
    rng = torch.Generator().manual_seed(10_000 + seed)
    start = make_network([seed])
    picks = [p.numpy() for p in torch.randperm(n, generator=rng).split(size)]
    assert len(picks) == 5
    expected = numpy_updates(start, x, y, picks, 0.4, clear)
    params = make_network([seed])
    history = train(params, (x, y, x_test, y_test), [seed], lr=0.4, epochs=1, batch_size=size, clear=clear)
    for ours, theirs in zip(params, expected[-1][2], strict=True):
        np.testing.assert_allclose(ours.detach()[0].numpy(), theirs, atol=1e-4, rtol=0)
    assert history["grad_norm"][0, 0].item() == pytest.approx(expected[-1][1], abs=1e-4)
    # full batches: the loss and the parameters after each of five updates
    rows = [np.arange(n)] * 6
    expected = numpy_updates(start, x, y, rows, 0.4, clear)
    params = make_network([seed])
    history = train(params, (x, y, x_test, y_test), [seed], lr=0.4, epochs=5, batch_size=n, clear=clear)
    for e in range(5):
        assert history["train_loss"][e, 0].item() == pytest.approx(expected[e + 1][0], abs=1e-4)
        assert history["grad_norm"][e, 0].item() == pytest.approx(expected[e][1], abs=1e-4)
    for ours, theirs in zip(params, expected[4][2], strict=True):
        np.testing.assert_allclose(ours.detach()[0].numpy(), theirs, atol=1e-4, rtol=0)


def test_the_seven_fields_are_what_the_page_says():
    x, y, x_test, y_test = standardized(40, 30)
    for act, name in ((torch.relu, "relu"), (torch.sigmoid, "sigmoid")):
        params = make_network([1, 2, 3], bias=-5.0)
        with torch.no_grad():
            params[0] *= 4
        losses(forward(params, x, act)[1], y.expand(3, -1)).sum().backward()
        values = dict(zip(FIELDS, measure(params, (x, y, x_test, y_test), act), strict=True))
        for s in range(3):
            w1, b1, w2, b2 = (p[s].detach() for p in params)
            h = act(x @ w1 + b1)
            z, z_test = h @ w2 + b2, act(x_test @ w1 + b1) @ w2 + b2
            expected = {
                "train_loss": F.cross_entropy(z, y),
                "test_loss": F.cross_entropy(z_test, y_test),
                "train_acc": (z.argmax(1) == y).double().mean(),
                "test_acc": (z_test.argmax(1) == y_test).double().mean(),
                "grad_norm": torch.cat([p.grad[s].flatten() for p in params]).norm(),
                "dead": sum(bool((h[:, j] == 0).all()) for j in range(32)) / 32,
                "saturated": 0.0
                if name == "relu"
                else sum(v < 0.01 or v > 0.99 for v in h.flatten()) / h.numel(),
            }
            for field in FIELDS:
                assert values[field][s].item() == pytest.approx(float(expected[field]), abs=1e-5), field
        if name == "relu":
            assert 0 < values["dead"].max() < 1
        else:
            assert 0 < values["saturated"].min() < 1


# Chaotic runs (exploding ones) part in the last digit at once; there the verdict must agree.
@pytest.mark.parametrize("kind", KINDS)
def test_seeds_trained_together_are_the_seeds_trained_alone(histories, kind):
    params, together = histories[kind]
    alone_params, alone = plant(kind, RAW, [11])
    if kind in ("rate too large", "no zero_grad"):
        assert diagnose(one_run(alone, 0)) == diagnose(one_run(together, 11)) == kind
        first = alone["train_loss"][0, 0].item()
        assert first == pytest.approx(together["train_loss"][0, 11].item(), rel=1e-3)
        return
    for field in FIELDS:
        torch.testing.assert_close(alone[field][:, 0], together[field][:, 11], atol=0.03, rtol=0.02)
    if kind not in ("saturated", "labels shuffled"):
        for one, many in zip(alone_params, params, strict=True):
            torch.testing.assert_close(one[0], many[11], atol=1e-3, rtol=1e-3)


# Every fault named, no false alarm


# Each statistic as min/median/max over seeds 0-199, the planted fault's and the threshold:
#   first loss / ln k        healthy 0.52 0.60 0.72 | 40   | rate too large 648 5450 38800 (saturated 1.1 2.6 6.5)
#   dead share at the end    healthy 0 0 0          | 0.8  | dead units 1 1 1 (no zero_grad 0.03 0.25 0.47)
#   saturated share          healthy 0 0 0          | 0.8  | saturated 0.99 1 1
#   gradient growth          healthy 0.28 0.57 0.91 | 8    | no zero_grad 25.6 60.7 176 (shuffled 0.64 1.5 2.5)
#   worst loss / ln k        healthy 0.52 0.60 0.72 | 40   | rate too large infinite (shuffled 0.92 0.96 1.02)
#   test accuracy            healthy .725 .758 .788 | 0.93 | points leaked .979 1 1, label leaked .983 .996 1
#   crossing, share of run   label   .017 .017 .033 | 0.1  | points .167 .350 .533
#   fall of the loss         healthy .916 .949 .965 | 0.15 | rate too small .025 .040 .064 (shuffled .47 .86 .91)
#   test accuracy            healthy .725 .758 .788 | .575 | labels shuffled .217 .304 .404
# On seeds 1000-1199 as well, each fault and every healthy run is named rightly (first loss of "rate too large" 268). The
# thresholds were tuned with both in sight: a first version on seeds 0-19 named only 166 of 200 saturated and 199 of 200
# dead runs. Seeds 2000-2199 were measured once, afterwards: 200 of 200 in all nine.
def test_every_fault_is_named_and_no_healthy_run_is_accused(histories, seeds, bar):
    for kind in KINDS:
        history = histories[kind][1] if seeds == range(20) else plant(kind, RAW, seeds)[1]
        named = [found == kind for found in verdicts(history)]
        bar(named, zh=f"诊断正确：{WORDS[kind]}", en=f"named rightly: {kind}", of="share", at_least=1)


@pytest.mark.seeds
def test_seeds_that_set_no_threshold_are_named_too():
    for kind in KINDS:
        assert verdicts(plant(kind, RAW, range(2000, 2200))[1]) == [kind] * 200, kind


def test_the_thresholds_have_a_margin(histories):
    signs = {
        kind: [symptoms(one_run(history, s)) for s in range(20)] for kind, (_, history) in histories.items()
    }

    def low(kind, sign):
        return min(row[sign] for row in signs[kind])

    def high(kind, sign):
        return max(row[sign] for row in signs[kind])

    calm = [kind for kind in KINDS if kind != "rate too large"]
    assert 5 * max(high(k, "first loss") for k in calm) < EXPLODED < low("rate too large", "first loss") / 5
    others = [kind for kind in KINDS if kind != "dead units"]
    assert 1.5 * max(high(k, "dead") for k in others) < OFF <= 0.8 * low("dead units", "dead")
    assert max(high(k, "saturated") for k in KINDS[:-1]) == 0 < OFF < low("saturated", "saturated")
    steady = [k for k in KINDS if k not in ("rate too large", "no zero_grad", "dead units", "saturated")]
    assert (
        2 * max(high(k, "gradient growth") for k in steady)
        < PILED
        < low("no zero_grad", "gradient growth") / 2
    )
    leaks = ("points leaked", "label leaked")
    assert high("healthy", "test accuracy") + 0.1 < CEILING + MARGIN
    assert min(low(k, "test accuracy") for k in leaks) > CEILING + MARGIN + 0.02
    assert 1.5 * high("label leaked", "crossing") < EARLY < low("points leaked", "crossing") / 1.5
    assert 1.5 * high("rate too small", "fall") < FALL < low("labels shuffled", "fall") / 1.5
    middle = (1 / 4 + CEILING) / 2
    assert high("labels shuffled", "test accuracy") + 0.1 < middle < low("healthy", "test accuracy") - 0.1


def test_the_order_of_the_questions_matters_as_the_page_says(histories):
    signs = {
        kind: [symptoms(one_run(history, s)) for s in range(20)] for kind, (_, history) in histories.items()
    }
    assert all(row["fall"] < FALL for row in signs["dead units"])  # question 7 would call the rate too small
    assert all(
        row["worst loss"] > EXPLODED for row in signs["no zero_grad"]
    )  # question 5: the rate too large
    assert all(row["gradient growth"] > PILED for row in signs["rate too large"])
    # What it says of the gallery: first epochs, and when the leaks pass the ceiling
    first = {kind: history["train_loss"][0].median() for kind, (_, history) in histories.items()}
    assert first["no zero_grad"] < first["healthy"] < 2 < 1000 < first["rate too large"]
    above = {
        kind: (histories[kind][1]["test_acc"] > CEILING).int().argmax(0) for kind in FAULTS if "leak" in kind
    }
    assert above["label leaked"].max() < 6 <= above["points leaked"].min()
    # The opening: the loss falls by more than half in most runs, and new flakes are almost guesswork
    assert sorted(row["fall"] for row in signs["labels shuffled"])[3] > 0.5
    assert 0.25 < histories["labels shuffled"][1]["test_acc"][-1].mean() < 0.35


def test_of_two_faults_only_the_first_asked_about_is_named():
    both = curves(dead=1.0, test_acc=0.99)
    assert diagnose(both) == "dead units"
    assert diagnose(curves(test_acc=0.99)) == "label leaked"


def test_a_healthy_sigmoid_and_other_data_are_not_accused():
    for seed in (10, 20):
        data = standardized(seed=seed)
        for act in (torch.relu, torch.sigmoid):
            assert verdicts(train(make_network(range(5)), data, range(5), act=act)) == ["healthy"] * 5


def test_the_faults_are_planted_for_real(histories):
    healthy = histories["healthy"][1]
    points = histories["points leaked"][1]
    for field in ("train_loss", "train_acc", "grad_norm"):
        torch.testing.assert_close(points[field], healthy[field])  # as good as healthy; its score is wrong
    assert shared_rows(DATA[0], DATA[2]) == 0
    # no zero_grad is ahead of the healthy runs at first
    assert (histories["no zero_grad"][1]["train_loss"][0] < healthy["train_loss"][0]).all()
    # dead: only the last bias ever moves
    start = make_network(range(20), bias=-5.0)
    for before, after, moves in zip(start, histories["dead units"][0], (0, 0, 0, 1), strict=True):
        assert torch.equal(before, after) != bool(moves)
    assert (histories["labels shuffled"][1]["train_loss"][-1] < 0.8).all()  # it looks like learning
    assert (histories["rate too large"][1]["train_loss"][-1].isfinite().logical_not()).all()


@pytest.mark.parametrize("kind", KINDS)
def test_a_fault_is_a_change_of_the_data_the_start_or_the_training(kind):
    x, y, x_test, y_test = DATA
    new_order = torch.randperm(96, generator=torch.Generator().manual_seed(5))
    gate, gate_test = (torch.full((n, 4), -0.5) for n in (96, 240))
    gate[torch.arange(96), y] = gate_test[torch.arange(240), y_test] = 1.5
    data, bias, options = {
        "healthy": (DATA, 0.0, {}),
        "rate too large": (DATA, 0.0, {"lr": 20.0}),
        "rate too small": (DATA, 0.0, {"lr": 0.001}),
        "labels shuffled": ((x, y[new_order], x_test, y_test), 0.0, {}),
        "dead units": (DATA, -5.0, {}),
        "no zero_grad": (DATA, 0.0, {"clear": False}),
        "points leaked": ((x, y, x[:48], y[:48]), 0.0, {}),
        "label leaked": ((torch.hstack([x, gate]), y, torch.hstack([x_test, gate_test]), y_test), 0.0, {}),
        "saturated": (RAW, 0.0, {"act": torch.sigmoid}),
    }[kind]
    params = make_network([3], data[0].shape[1], bias=bias)
    expected = train(params, data, [3], **options)
    planted, history = plant(kind, RAW, [3])
    for ours, theirs in zip([*planted, *history.values()], [*params, *expected.values()], strict=True):
        torch.testing.assert_close(ours, theirs, rtol=0, atol=0, equal_nan=True)
    assert diagnose(one_run(history, 0)) == kind


def test_fresh_data_unmask_both_leaks(histories):
    x_raw, y = make_flakes(240, 2)
    x = (x_raw - RAW[0].mean(0)) / RAW[0].std(0)
    inputs = {"points leaked": x, "label leaked": with_gates(x, y, fired=False)}
    for kind, fresh in inputs.items():
        params, history = histories[kind]
        right = (forward(params, fresh, torch.relu)[1].argmax(2) == y).float().mean(1)
        assert (history["test_acc"][-1] - right > 0.12).all()
        assert right.max() < CEILING


def test_gates_tell_the_label_or_nothing():
    x, y = torch.rand(5, 3), torch.tensor([2, 0, 1, 3, 3])
    fired, idle = with_gates(x, y), with_gates(x, y, fired=False)
    assert fired.shape == idle.shape == (5, 7)
    assert torch.equal(fired[:, :3], x) and torch.equal(idle[:, :3], x)
    assert torch.equal(fired[:, 3:].argmax(1), y)
    assert fired[:, 3:].unique().tolist() == [-0.5, 1.5] and idle[:, 3:].unique().tolist() == [-0.5]
    assert with_gates(x[:2], torch.tensor([1, 0])).shape == (2, 7)  # four gates, also where two kinds do


# The diagnosis, on curves made by hand


def curves(**changes):
    base = {
        "train_loss": [0.9, 0.6, 0.4, 0.3] * 5,
        "test_loss": [1.0, 0.8, 0.7, 0.8] * 5,
        "train_acc": [0.6, 0.7, 0.8, 0.9] * 5,
        "test_acc": [0.6, 0.7, 0.75, 0.76] * 5,
        "grad_norm": [0.6, 0.5, 0.5, 0.4] * 5,
        "dead": [0.0] * 20,
        "saturated": [0.0] * 20,
    }
    return base | {k: v if isinstance(v, list) else [v] * 20 for k, v in changes.items()}


LN4 = math.log(4)
UP = [0.6] + [0.95] * 19  # above the ceiling from the second epoch on
LATE = [0.6] * 10 + [0.95] * 10


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({}, "healthy"),
        ({"train_loss": [39.9 * LN4] + [0.3] * 19}, "healthy"),
        ({"train_loss": [40.1 * LN4] + [0.3] * 19}, "rate too large"),
        (
            {"train_loss": [40.1 * LN4] + [0.3] * 19, "dead": 1.0, "grad_norm": [1.0] + [99.0] * 19},
            "rate too large",
        ),
        ({"train_loss": [0.9] * 5 + [NAN] * 15}, "rate too large"),
        ({"train_loss": [0.9] * 5 + [NAN] + [0.3] * 14}, "rate too large"),
        ({"train_loss": [0.9] * 5 + [math.inf] + [0.3] * 14}, "rate too large"),
        ({"train_loss": [NAN] * 20, "grad_norm": [NAN] * 20}, "rate too large"),
        ({"train_loss": [0.9] * 5 + [NAN] * 15, "grad_norm": [0.6] * 5 + [NAN] * 15}, "rate too large"),
        ({"train_loss": [0.9] * 10 + [56.0] * 9 + [0.3]}, "rate too large"),
        ({"dead": [0.0] * 19 + [0.81]}, "dead units"),
        ({"dead": [1.0] * 19 + [0.79]}, "healthy"),
        ({"dead": 1.0, "grad_norm": [0.1] + [2.0] * 19}, "dead units"),
        ({"saturated": [0.0] * 19 + [0.81]}, "saturated"),
        ({"saturated": 0.79}, "healthy"),
        ({"grad_norm": [1.0] + [8.1] * 19}, "no zero_grad"),
        ({"grad_norm": [1.0] + [7.9] * 19}, "healthy"),
        ({"grad_norm": [1.0] + [9.0] * 5 + [1.0] * 14}, "healthy"),
        ({"grad_norm": [1.0] + [9.0] * 19, "train_loss": [0.9] + [900.0] * 19}, "no zero_grad"),
        ({"grad_norm": 0.0}, "healthy"),  # 0 / 0 is no growth
        ({"grad_norm": [0.0] + [1.0] * 19}, "no zero_grad"),
        ({"dead": 1.0, "train_loss": 1.38}, "dead units"),
        ({"saturated": 1.0, "train_loss": 1.38}, "saturated"),
        ({"test_acc": UP}, "points leaked"),  # 2 of 20 epochs: not earlier than a tenth
        ({"test_acc": [0.95] + [0.95] * 19}, "label leaked"),
        ({"test_acc": LATE}, "points leaked"),
        ({"test_acc": [0.92] * 10 + [0.95] * 10}, "points leaked"),  # within the margin at first
        ({"test_acc": [0.929] * 20}, "healthy"),
        ({"train_loss": [1.0] * 19 + [0.86]}, "rate too small"),
        ({"train_loss": [1.0] * 19 + [0.84]}, "healthy"),
        ({"train_loss": [1.0] * 20, "test_acc": 0.25}, "rate too small"),
        ({"test_acc": 0.57}, "labels shuffled"),
        ({"test_acc": 0.58}, "healthy"),
    ],
)
def test_diagnosis_by_hand(changes, name):
    assert diagnose(curves(**changes)) == name
    tensors = {k: torch.tensor(v) for k, v in curves(**changes).items()}
    assert diagnose(tensors) == name


@pytest.mark.parametrize(
    "changes",
    [
        {"train_loss": [40 * LN4] + [0.3] * 19},
        {"train_loss": [0.9] * 10 + [40 * LN4] + [0.3] * 9},
        {"dead": 0.8},
        {"saturated": 0.8},
        {"grad_norm": [1.0] + [8.0] * 19},
        {"test_acc": CEILING + MARGIN},
        {"test_acc": (1 / 4 + CEILING) / 2},
        {"test_acc": [0.6] * 18 + [0.95, 0.76]},  # only the end counts
    ],
)
def test_at_a_threshold_nothing_is_named(changes):
    assert diagnose(curves(**changes)) == "healthy"


def test_symptoms_at_a_threshold_and_beyond_all_numbers():
    assert symptoms(curves(test_acc=CEILING + MARGIN))["crossing"] == math.inf
    for value in (NAN, math.inf):
        assert symptoms(curves(train_loss=[0.9] * 10 + [value] * 10))["worst loss"] == math.inf
    assert symptoms(curves())["first loss"] == pytest.approx(0.9 / LN4, rel=1e-12)  # in double precision


def test_classes_and_ceiling_move_the_thresholds():
    assert diagnose(curves(test_acc=0.97)) == "label leaked"
    assert diagnose(curves(test_acc=0.97), ceiling=0.95) == "healthy"
    assert diagnose(curves(test_acc=0.72), classes=2) == "healthy"
    assert diagnose(curves(test_acc=0.68), classes=2) == "labels shuffled"
    assert diagnose(curves(test_acc=0.56), classes=2, ceiling=0.7) == "labels shuffled"
    assert symptoms(curves(), classes=10)["first loss"] == pytest.approx(0.9 / math.log(10))


def test_symptoms_are_plain_numbers():
    found = symptoms(curves(grad_norm=[2.0, 3.0, 5.0, NAN] * 5, test_acc=LATE))
    assert all(type(value) is float for value in found.values())
    assert found["gradient growth"] == 1.5
    assert found["crossing"] == 11 / 20
    assert found["fall"] == pytest.approx(1 - 0.3 / 0.9)
    assert found["worst loss"] == pytest.approx(0.9 / LN4)


# The exercises


def test_half_a_leak_hides_from_the_curves_but_not_from_counting():
    x, y, x_test, y_test = DATA
    x_half, y_half = torch.cat([x[:48], x_test[:48]]), torch.cat([y[:48], y_test[:48]])
    history = train(make_network(range(5)), (x, y, x_half, y_half), range(5))
    assert verdicts(history) == ["healthy"] * 5
    assert shared_rows(x, x_half) == 48
    rows = torch.tensor([[1.0, 2], [3, 4], [5, 6]])
    assert shared_rows(rows, torch.tensor([[3.0, 4], [1, 4], [3, 4], [2, 1]])) == 2


def test_the_gradient_ratio_counts_uncleared_passes():
    x, y = DATA[0][:11], DATA[1][:11]
    model = Sorter(make_network([4]))
    for passes in (1, 2, 3):
        F.cross_entropy(model(x), y).backward()
        assert grad_ratio(model, x, y) == pytest.approx(passes, rel=1e-4)


# Bad input

X, Y = torch.zeros(3, 8), torch.zeros(3, dtype=torch.int64)
NET = Sorter(make_network([0]))


@pytest.mark.parametrize(
    ("x", "y", "error", "message"),
    [
        ([1.0], Y, TypeError, "x must be a float tensor, got <class 'list'>"),
        (X.long(), Y, TypeError, r"x must be a float tensor, got torch\.int64"),
        (X, Y.float(), TypeError, r"y must be an int64 tensor, got torch\.float32"),
        (X, Y[:2], ValueError, r"expected shapes .* got \(3, 8\) and \(2,\)"),
        (X[0], Y, ValueError, "expected shapes"),
        (X[:0], Y[:0], ValueError, "n >= 1"),
        (X + NAN, Y, ValueError, "NaN or infinity"),
    ],
)
def test_bad_data(x, y, error, message):
    for function in (
        check_data,
        lambda x, y: loss_at_init(NET, x, y),
        lambda x, y: overfit_one_batch(NET, x, y),
        lambda x, y: grad_ratio(NET, x, y),
        lambda x, y: train(make_network([0]), (x, y, X, Y), [0]),
        lambda x, y: train(make_network([0]), (X, Y, x, y), [0]),
    ):
        with pytest.raises(error, match=message):
            function(x, y)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: diagnose([1.0]), TypeError, "history must be a dict of fields, got <class 'list'>"),
        (lambda: diagnose({}), ValueError, r"history lacks \['train_loss', .*'saturated'\]"),
        (
            lambda: diagnose({k: v for k, v in curves().items() if k != "dead"}),
            ValueError,
            r"lacks \['dead'\]",
        ),
        (
            lambda: diagnose({k: [] for k in FIELDS}),
            ValueError,
            "history is empty: expected at least one epoch",
        ),
        (lambda: diagnose(curves(dead=[0.0] * 19)), ValueError, r"one shape \(epochs,\), got .*\(19,\)"),
        (lambda: diagnose({k: torch.zeros(4, 2) for k in FIELDS}), ValueError, r"one shape \(epochs,\)"),
        (lambda: diagnose(curves(test_acc=76.0)), ValueError, r"test_acc must be a share in \[0, 1\]"),
        (lambda: diagnose(curves(dead=-0.1)), ValueError, r"dead must be a share"),
        (lambda: diagnose(curves(train_acc=1.1)), ValueError, r"train_acc must be a share"),
        (lambda: diagnose(curves(saturated=1.1)), ValueError, r"saturated must be a share"),
        (lambda: diagnose(curves(), classes=1), ValueError, "classes must be an integer >= 2, got 1"),
        (lambda: diagnose(curves(), classes=4.0), ValueError, "classes must be an integer"),
        (
            lambda: diagnose(curves(), ceiling=0.25),
            ValueError,
            r"ceiling must be in \(1/classes, 1\], got 0.25",
        ),
        (lambda: diagnose(curves(), ceiling=1.1), ValueError, "ceiling must be in"),
        (lambda: diagnose(curves(), ceiling=NAN), ValueError, "ceiling must be in"),
        (lambda: softmax_twice_floor(1), ValueError, "classes must be"),
        (lambda: make_flakes(0, 1), ValueError, "n must be a positive integer, got 0"),
        (lambda: make_network([]), ValueError, "seeds must be a positive integer, got 0"),
        (lambda: make_network([1], hidden=0), ValueError, "hidden must be"),
        (lambda: make_network([1], n_in=0), ValueError, "n_in must be"),
        (lambda: overfit_one_batch(NET, X, Y, lr=0), ValueError, "learning rate must be positive"),
        (lambda: overfit_one_batch(NET, X, Y, steps=0), ValueError, "steps must be"),
        (lambda: train(make_network([0]), (X, Y, X, Y), [0], lr=NAN), ValueError, "learning rate .* got nan"),
        (lambda: train(make_network([0]), (X, Y, X, Y), [0], lr=math.inf), ValueError, "got inf"),
        (lambda: train(make_network([0]), (X, Y, X, Y), []), ValueError, "seeds must be .* got 0"),
        (lambda: train(make_network([0]), (X, Y, X, Y), [0], epochs=0), ValueError, "epochs must be"),
        (lambda: train(make_network([0]), (X, Y, X, Y), [0], batch_size=0), ValueError, "batch_size must"),
        (lambda: plant("gremlins", RAW, [0]), ValueError, "unknown fault 'gremlins'"),
        (lambda: shared_rows(X, X[:, :2]), ValueError, r"got \(3, 8\) and \(3, 2\)"),
        (lambda: shared_rows(X[0], X), ValueError, "expected shapes"),
        (lambda: grad_ratio(Sorter(make_network([0])), X, Y), ValueError, "call backward"),
    ],
)
def test_bad_input(call, error, message):
    with pytest.raises(error, match=message):
        call()


# The file itself


def test_the_page_says_what_the_run_shows(output):
    lines = output.splitlines()
    for k, kind in enumerate(KINDS):
        counts = next(line for line in lines if line.startswith(f"{k} {kind}")).split()[-9:]
        assert counts == ["0"] * k + ["20"] + ["0"] * (8 - k)
    assert "ln 4          1.386" in lines
    assert "crossing: 7 up to 0.03 | 0.10 | 6 from 0.20" in lines
    rows = [line.replace("|", " ").split() for line in lines if line.count("|") == 2 and line[0].isdigit()]
    assert [int(row[0]) for row in rows] == list(range(1, 9))
    for row in rows:  # the threshold lies between the healthy and the sick
        low, high, limit, sick_low, sick_high = map(float, row[-5:])
        assert high < limit < sick_low or sick_high < limit < low
    assert "shared 48 of 96" in lines and "5 of 5" in lines
    assert lines[lines.index("1.00") + 1] == "2.00"
    swept = [float(line.split()[-1]) for line in lines if line.startswith("lr ")]
    assert len(swept) == 6 and swept[3] == min(swept[:4]) and swept[4] > 1e3
    assert max(len(line) for line in lines) <= 60
