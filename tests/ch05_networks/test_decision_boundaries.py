import re
from itertools import pairwise
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from scipy.stats import binomtest
from sklearn.datasets import make_moons
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, log_loss
from torch import nn

from lessons.ch05_networks import decision_boundaries as lesson
from lessons.ch05_networks.decision_boundaries import (
    ACTIVATIONS,
    PASS,
    accuracies,
    accuracy,
    best_of,
    check_data,
    collapse,
    fit_moons,
    hand_made,
    live_folds,
    make_data,
    make_network,
    pass_rate,
    plot_decision_boundary,
    plot_folds,
    wilson,
)

LESSON = Path(lesson.__file__)
TRAIN, TEST = make_data(200, seed=0), make_data(1000, seed=1)


def plane(w1, w2, b):
    """The network w1 x1 + w2 x2 + b."""
    model = nn.Linear(2, 1)
    with torch.no_grad():
        model.weight.copy_(torch.tensor([[w1, w2]]))
        model.bias.fill_(b)
    return model


@pytest.fixture
def ax():
    fig, ax = plt.subplots()
    yield ax
    plt.close(fig)


# ---------------------------------------------------------------- the file


def test_the_page_says_what_the_run_shows(program_output):
    output = program_output(LESSON)
    counts = dict(re.findall(r"^ *(\d+ (?:relu|tanh)): +(\d+),", output, re.MULTILINE))
    # of 1000 seeds: 0, 56, 173, 929 and 995; of the page's 100: 0, 8, 19, 95 and 99
    assert {name: int(count) for name, count in counts.items()} == {
        "2 relu": 0,
        "3 relu": pytest.approx(8, abs=4),
        "4 relu": pytest.approx(19, abs=6),
        "16 relu": pytest.approx(95, abs=4),
        "4 tanh": pytest.approx(99, abs=1),
    }
    assert "Can't call numpy() on Tensor that requires grad" in output


# ---------------------------------------------------------------- data and scores


def test_data_are_sklearn_s_moons_and_depend_on_the_seed_only():
    state = torch.get_rng_state()
    x, y = make_data(31, seed=4, noise=0.3)
    assert (x.shape, y.shape, x.dtype, y.dtype) == ((31, 2), (31, 1), torch.float32, torch.float32)
    points, labels = make_moons(31, noise=0.3, random_state=4)
    np.testing.assert_allclose(x, points, atol=1e-6)
    np.testing.assert_array_equal(y[:, 0], labels)
    assert not torch.equal(x, make_data(31, seed=5, noise=0.3)[0])
    assert torch.equal(torch.get_rng_state(), state)


def test_noise_is_a_tenth_of_the_radius_unless_told():
    clean, label = make_data(400, seed=0, noise=0.0)
    torch.testing.assert_close(clean[label[:, 0] == 0].norm(dim=1), torch.ones(200))  # "radius 1"
    np.testing.assert_allclose(make_data(31, 4)[0], make_moons(31, noise=0.1, random_state=4)[0], atol=1e-6)


def test_two_points_are_enough_for_two_moons():
    x, y = make_data(2, seed=0, noise=0.0)  # where each moon begins
    assert sorted(zip(x.tolist(), y.tolist(), strict=True)) == [([0, 0.5], [1]), ([1, 0], [0])]


def test_on_the_boundary_a_point_counts_as_the_first_moon():
    x, y = torch.ones(5, 2), torch.tensor([[1.0], [0.0], [0.0], [1.0], [0.0]])
    assert accuracy(plane(0.0, 0.0, 0.0), x, y) == pytest.approx(0.6)


def test_accuracy_agrees_with_sklearn():
    model, (x, y) = plane(0.7, -1.1, 0.2), make_data(37, seed=2)
    said = (0.7 * x[:, 0] - 1.1 * x[:, 1] + 0.2 > 0).numpy()
    assert 0 < said.mean() < 1
    expected = accuracy_score(y[:, 0], said)
    assert accuracy(model, x, y) == pytest.approx(expected) != pytest.approx(1 - expected)
    both = accuracies([model, plane(-0.7, 1.1, -0.2)], x, y)
    torch.testing.assert_close(both, torch.tensor([expected, 1 - expected], dtype=torch.float32))


@pytest.mark.parametrize(("passed", "total"), [(0, 7), (3, 7), (7, 7), (19, 100), (100, 100), (172, 1000)])
@pytest.mark.parametrize("confidence", [0.95, 0.8])
def test_wilson_agrees_with_scipy(passed, total, confidence):
    exact = binomtest(passed, total).proportion_ci(confidence, method="wilson")
    assert wilson(passed, total, confidence) == pytest.approx(tuple(exact), abs=1e-12)


def test_wilson_never_leaves_0_to_1_though_it_is_rounded():
    for total in range(1, 300):
        assert wilson(0, total)[0] >= 0 and wilson(total, total)[1] <= 1


def test_wilson_covers_the_truth_as_often_as_it_says():
    # "compatible at 95 %": the interval holds the true rate in about 95 of 100 repetitions (here .949 exactly)
    truth, total = 0.174, 100
    counts = np.random.default_rng(0).binomial(total, truth, 4000)
    covered = [low <= truth <= high for low, high in (wilson(int(k), total) for k in counts)]
    assert 0.93 < np.mean(covered) < 0.975


def test_pass_rate_counts_networks_at_the_bar_or_above():
    x, y = make_data(40, seed=3, noise=0.0)
    networks = [hand_made(), plane(0.0, 0.0, 1.0), hand_made(), plane(0.0, -1.0, 0.25)]
    assert [a >= PASS for a in accuracies(networks, x, y)] == [True, False, True, False]
    assert pass_rate(networks, x, y) == (2, *wilson(2, 4))
    two_wrong = torch.cat([1 - y[:2], y[2:]])
    assert accuracy(hand_made(), x, two_wrong) == pytest.approx(0.95)
    assert pass_rate([hand_made()], x, two_wrong) == (0, *wilson(0, 1))


def test_49_of_50_is_at_the_bar_and_passes():
    x, y = make_data(50, seed=3, noise=0.0)
    one_wrong = torch.cat([1 - y[:1], y[1:]])
    assert accuracy(hand_made(), x, one_wrong) == pytest.approx(PASS) == 0.98
    assert pass_rate([hand_made()], x, one_wrong) == (1, *wilson(1, 1))


# ---------------------------------------------------------------- shapes


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_make_network_is_the_plain_sequential(activation):
    state = torch.get_rng_state()
    network = make_network(3, activation, seed=5)
    assert torch.equal(torch.get_rng_state(), state)
    torch.manual_seed(5)
    plain = [nn.Linear(2, 3), nn.Linear(3, 1)]
    torch.set_rng_state(state)
    function = {"relu": torch.relu, "tanh": torch.tanh, "none": lambda z: z}[activation]
    x, _ = make_data(11, seed=0)
    torch.testing.assert_close(network(x), plain[1](function(plain[0](x))), rtol=0, atol=0)
    assert not torch.equal(network(x), make_network(3, activation, seed=6)(x))


def test_a_network_may_have_a_single_unit():
    network = make_network(1, "relu", seed=0)
    assert [tuple(p.shape) for p in network.parameters()] == [(1, 2), (1,), (1, 1), (1,)]


def test_the_hand_made_boundary_is_the_zigzag_of_the_text():
    x = torch.rand(500, 2, generator=torch.Generator().manual_seed(0)) * 5 - torch.tensor([2.0, 2.0])
    x1, x2 = x.double().numpy().T
    height = np.interp(x1, [-3, 0, 1, 4], [-5.25, 0.75, -0.25, 5.75])  # slopes 2, -1, 2
    np.testing.assert_allclose(hand_made()(x).detach()[:, 0], height - x2, atol=1e-5)
    assert accuracy(hand_made(), *TEST) >= PASS
    assert live_folds(hand_made(), TRAIN[0]) == 2  # the first unit is a ramp everywhere


@pytest.mark.parametrize("width", [2, 4, 16])
def test_a_relu_network_is_flat_between_its_folds(width):
    network, rng = make_network(width, "relu", seed=1).double(), torch.Generator().manual_seed(0)
    a, b = torch.rand(2, 3000, 2, dtype=torch.float64, generator=rng) * 6 - 3
    with torch.no_grad():
        bend = (network((a + b) / 2) - (network(a) + network(b)) / 2)[:, 0].abs()
        crosses = ((network[0](a) > 0) != (network[0](b) > 0)).any(dim=1)
    assert 100 < crosses.sum() < 2990
    assert bend[~crosses].max() < 1e-12
    assert (bend[crosses] > 1e-6).float().mean() > 0.9


def test_two_relu_units_enclose_only_regions_without_dents():
    rng = torch.Generator().manual_seed(0)
    for _ in range(300):
        network = make_network(2, "relu", seed=0)
        with torch.no_grad():
            for parameter in network.parameters():
                parameter.normal_(generator=rng)
            x = torch.randn(400, 2, generator=rng) * 2
            side, middle = network(x)[:, 0] > 0, (x[:200] + x[200:]) / 2
            middle = network(middle)[:, 0]
        dents = [
            (middle[side[:200] & side[200:]] < -1e-4).any(),  # between two points of class 1: class 0
            (middle[~side[:200] & ~side[200:]] > 1e-4).any(),
        ]
        assert not all(dents)


def test_every_tanh_unit_is_a_step_and_its_network_curves():
    network = make_network(4, "tanh", seed=0).double()
    t = torch.linspace(-2, 2, 9, dtype=torch.float64)[:, None]
    with torch.no_grad():
        f = network(torch.cat([t, 0.3 - t], dim=1))[:, 0]
    assert (f[2:] - 2 * f[1:-1] + f[:-2]).abs().min() > 1e-6  # bends everywhere, not on lines


# ---------------------------------------------------------------- drawing


def test_boundary_is_drawn_where_the_logit_is_zero(ax):
    x, y = make_data(41, seed=0)
    plot_decision_boundary(ax, plane(2.0, -1.0, 0.3), x, y)
    filled, border = ax.collections
    vertices = np.concatenate([path.vertices for path in border.get_paths()])
    np.testing.assert_allclose(2 * vertices[:, 0] - vertices[:, 1] + 0.3, 0, atol=1e-4)
    assert np.ptp(vertices[:, 1]) > 2  # from the lower edge to the upper one
    class_0, class_1 = filled.get_paths()
    assert class_0.contains_point((-1, 1)) and class_1.contains_point((1.5, -0.2))
    assert not class_0.contains_point((1.5, -0.2)) and not class_1.contains_point((-1, 1))
    assert np.allclose(ax.dataLim.min, x.min(dim=0).values - 0.5, atol=1e-4)
    for label, line in enumerate(ax.lines):
        np.testing.assert_array_equal(line.get_xydata(), x[y[:, 0] == label])
    colors = [line.get_color() for line in ax.lines]
    assert colors == ["C0", "C1"] and ax.lines[0].get_marker() != ax.lines[1].get_marker()
    np.testing.assert_allclose(
        filled.get_facecolor()[:, :3], [plt.matplotlib.colors.to_rgb(c) for c in colors]
    )


def test_a_network_without_boundary_is_drawn_without_warning(ax):
    plot_decision_boundary(ax, plane(0.0, 0.0, -1.0), *make_data(20, seed=0))
    assert len(ax.collections) == 1


@pytest.mark.parametrize("training", [True, False])
def test_drawing_is_steady_needs_no_gradient_and_restores_the_mode(ax, training):
    seen = []

    class Probe(nn.Linear):
        def forward(self, x):
            seen.append((self.training, torch.is_grad_enabled()))
            return super().forward(x)

    model = nn.Sequential(Probe(2, 3), nn.Dropout(0.5), nn.Linear(3, 1)).train(training)
    state = torch.get_rng_state()
    plot_decision_boundary(ax, model, *make_data(20, seed=0))
    assert seen == [(False, False)] and model.training is training and torch.is_grad_enabled()
    assert torch.equal(torch.get_rng_state(), state)


def test_folds_are_the_lines_where_units_switch(ax):
    plot_decision_boundary(ax, hand_made(), *TRAIN)
    limits, drawn = ax.axis(), len(ax.lines)
    layer = make_network(3, "relu", seed=8)[0]
    with torch.no_grad():
        layer.weight[0] = torch.tensor([1.5, 0.0])  # a vertical fold
        layer.bias[1] = 50.0  # one far outside
    plot_folds(ax, layer)
    assert len(ax.lines) == drawn + 3 and ax.axis() == limits
    for k, line in enumerate(ax.lines[drawn:]):
        points = torch.tensor([line.get_xy1(), line.get_xy2()], dtype=torch.float32)
        torch.testing.assert_close(layer(points)[:, k], torch.zeros(2), atol=1e-4, rtol=0)
        assert (points[0] - points[1]).norm() > 0.1
    assert ax.get_legend_handles_labels()[1] == ["class 0", "class 1", "fold"]


# ---------------------------------------------------------------- training


def numpy_updates(network, activation, x, y, steps, lr=0.05):
    """Losses and parameters of ``steps`` Adam updates in float64, gradients by hand."""
    w1, b1, w2, b2 = params = [p.detach().double().numpy().copy() for p in network.parameters()]
    x, y = x.double().numpy(), y.double().numpy()
    first, second, losses, path = [0.0] * 4, [0.0] * 4, [], []
    for step in range(1, steps + 1):
        a = x @ w1.T + b1
        h, slope = {
            "relu": (np.where(a > 0, a, 0), (a > 0).astype(float)),
            "tanh": (np.tanh(a), 1 - np.tanh(a) ** 2),
            "none": (a, np.ones_like(a)),
        }[activation]
        p = 1 / (1 + np.exp(-(h @ w2.T + b2)))
        losses.append(log_loss(y[:, 0], p[:, 0]))
        dz = (p - y) / len(x)
        da = (dz @ w2) * slope
        for i, (param, g) in enumerate(zip(params, (da.T @ x, da.sum(0), dz.T @ h, dz.sum(0)), strict=True)):
            first[i] = 0.9 * first[i] + 0.1 * g
            second[i] = 0.999 * second[i] + 0.001 * g**2
            param -= lr * first[i] / (1 - 0.9**step) / (np.sqrt(second[i] / (1 - 0.999**step)) + 1e-8)
        path.append([param.copy() for param in params])
    return losses, path


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_golden_trajectory(activation):
    x, y = make_data(29, seed=7)
    seeds = [5, 2, 11]
    exact = [numpy_updates(make_network(3, activation, s), activation, x, y, 5) for s in seeds]
    for steps in range(1, 6):
        networks, losses = fit_moons(3, activation, seeds, x, y, epochs=steps)
        assert losses.shape == (steps, 3) and not losses.requires_grad
        for i, network in enumerate(networks):
            np.testing.assert_allclose(losses[:, i], exact[i][0][:steps], atol=1e-4)
            for parameter, expected in zip(network.parameters(), exact[i][1][steps - 1], strict=True):
                np.testing.assert_allclose(parameter.detach(), expected, atol=1e-4)


@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_training_together_is_training_alone(activation):
    x, y = make_data(53, seed=1)
    together, losses = fit_moons(5, activation, [9, 4, 0], x, y, epochs=40, lr=0.02)
    for i, seed in enumerate([9, 4, 0]):
        alone = make_network(5, activation, seed)
        optimizer = torch.optim.Adam(alone.parameters(), lr=0.02)
        for epoch in range(40):
            loss = nn.BCEWithLogitsLoss()(alone(x), y)
            assert losses[epoch, i].item() == pytest.approx(loss.item(), abs=1e-5)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        torch.testing.assert_close(together[i].state_dict(), alone.state_dict(), atol=1e-4, rtol=0)


def test_each_gradient_is_that_of_its_own_mean_loss(monkeypatch):
    # Adam hides a factor in the loss, SGD does not: the losses must be added, not averaged over the networks
    monkeypatch.setattr(torch.optim, "Adam", lambda params, lr, fused: torch.optim.SGD(params, lr=lr))
    x, y = make_data(53, seed=1)
    together, _ = fit_moons(5, "relu", range(7), x, y, epochs=1, lr=1.0)
    for seed, network in enumerate(together):
        start = make_network(5, "relu", seed)
        nn.BCEWithLogitsLoss()(start(x), y).backward()
        for new, old in zip(network.parameters(), start.parameters(), strict=True):
            torch.testing.assert_close(new, old - old.grad, atol=1e-5, rtol=0)


def test_defaults_are_the_page_s_300_epochs_at_a_rate_of_0_05():
    default = fit_moons(2, "tanh", [0], *make_data(20, seed=0))
    said = fit_moons(2, "tanh", [0], *make_data(20, seed=0), epochs=300, lr=0.05)
    torch.testing.assert_close(default[1], said[1], rtol=0, atol=0)
    torch.testing.assert_close(default[0][0].state_dict(), said[0][0].state_dict(), rtol=0, atol=0)


def test_training_leaves_the_global_generator_alone():
    state = torch.get_rng_state()
    fit_moons(2, "relu", [0, 1], *make_data(20, seed=0), epochs=2)
    assert torch.equal(torch.get_rng_state(), state)


# Of 1000 seeds pass: 4 tanh 995 (of 20 in a row 19 or 20), 4 ReLU 173 (0 to 7), 16 ReLU 929 (15 to 20), 3 ReLU 56, 2 none.
def test_four_tanh_units_solve_the_moons_nearly_always(seeds, bar):
    networks, losses = fit_moons(4, "tanh", seeds, *TRAIN)
    passed = accuracies(networks, *TEST) >= PASS
    bar(passed, zh="4 个 tanh 单元学会", en="4 tanh units solve it", of="share", at_least=0.9)
    assert len(seeds) < 200 or passed.sum() >= 192
    bar(losses[-1], zh="4 个 tanh 单元：最后的损失", en="4 tanh units: last loss", of="median", at_most=0.025)


def test_four_relu_units_solve_the_moons_for_few_seeds(seeds, bar):
    # The best failure .903, the worst success .990: nothing between.
    networks, _ = fit_moons(4, "relu", seeds, *TRAIN)
    scores = accuracies(networks, *TEST)
    passed = scores >= PASS
    bar(passed, zh="4 个 ReLU 单元学会", en="4 ReLU units solve it", of="share", at_most=0.5)
    assert (20 <= passed.sum() <= 60) if len(seeds) == 200 else passed.any()
    assert not ((scores > 0.93) & ~passed).any()
    for network, score in zip(networks, scores, strict=True):
        assert live_folds(network, TRAIN[0]) >= 3 or score < PASS  # 1000 seeds: no success with fewer


def test_sixteen_relu_units_solve_them_for_most(seeds, bar):
    networks, _ = fit_moons(16, "relu", seeds, *TRAIN)
    passed = accuracies(networks, *TEST) >= PASS
    bar(passed, zh="16 个 ReLU 单元学会", en="16 ReLU units solve it", of="share", at_least=0.7)
    assert len(seeds) < 200 or passed.sum() >= 170


def test_fewer_relu_units_hardly_ever_solve_them(seeds, bar):
    for width, share, most in ((2, 0, 0), (3, 0.25, 30)):
        networks, _ = fit_moons(width, "relu", seeds, *TRAIN)
        passed = accuracies(networks, *TEST) >= PASS
        bar(
            passed,
            zh=f"{width} 个 ReLU 单元学会",
            en=f"{width} ReLU units solve it",
            of="share",
            at_most=share,
        )
        assert len(seeds) < 200 or min(width - 2, 1) * 2 <= passed.sum() <= most


# ---------------------------------------------------------------- the bugs


def test_an_untrained_network_is_a_coin_flip():
    # 1000 seeds: .117/.500/.882; 564 have no boundary among the points (of the first 100: 61)
    networks = [make_network(4, "relu", seed) for seed in range(100)]
    scores = accuracies(networks, *TEST)
    assert scores.max() < 0.9 and abs(scores.median() - 0.5) < 0.02
    one_class = [(network(TEST[0]) > 0).unique().numel() == 1 for network in networks]
    assert 45 < sum(one_class) < 75


def test_without_activation_the_network_is_logistic_regression(seeds, bar):
    networks, losses = fit_moons(16, "none", seeds, *TRAIN, epochs=100)
    exact = LogisticRegression(C=np.inf, tol=1e-8).fit(TRAIN[0].double(), TRAIN[1][:, 0])
    floor = log_loss(TRAIN[1][:, 0], exact.predict_proba(TRAIN[0].double()))
    zh, en = "没有激活函数", "no activation function"
    off = (losses[-1] - floor).abs()
    bar(
        off, zh=f"{zh}：损失与逻辑回归相差", en=f"{en}: loss, distance from logistic regression", at_most=1e-3
    )
    bar(accuracies(networks, *TEST), zh=f"{zh}：测试准确率", en=f"{en}: test accuracy", at_most=0.89)
    first, _, second = networks[0]
    merged = TRAIN[0] @ (second.weight @ first.weight).T + (second.weight @ first.bias + second.bias)
    torch.testing.assert_close(networks[0](TRAIN[0]), merged, atol=1e-5, rtol=1e-5)


def test_patience_rescues_few_of_the_unlucky():
    # of 168 unlucky seeds below 200, 3 pass after 600 epochs, and no more after 900 or 1200
    networks, _ = fit_moons(4, "relu", range(25), *TRAIN)
    scores = accuracies(networks, *TEST)
    assert scores[1] < 0.93 and scores[3] >= PASS  # the seeds in the picture
    failed = [seed for seed in range(25) if scores[seed] < PASS]
    patient, losses = fit_moons(4, "relu", failed, *TRAIN, epochs=600)
    assert pass_rate(patient, *TEST)[0] <= 4 < len(failed) - 10
    stuck = losses[:, failed.index(1)]
    assert stuck[299] - stuck[-1] < 0.01 and stuck[-1] > 0.15


def test_output_with_a_graph_is_no_numpy_array():
    with pytest.raises(RuntimeError, match="requires grad"):
        make_network(4, "relu", 3)(TEST[0]).numpy()


def test_dropout_answers_twice_differently_until_eval():
    first, relu, second = fit_moons(4, "relu", [3], *TRAIN)[0][0]
    noisy = nn.Sequential(first, relu, nn.Dropout(0.5), second)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        changed = ((noisy(TEST[0]) > 0) != (noisy(TEST[0]) > 0)).float().mean()
        noisy.eval()
        steady = ((noisy(TEST[0]) > 0) != (noisy(TEST[0]) > 0)).float().mean()
    assert 0.2 < changed < 0.45 and steady == 0


# ---------------------------------------------------------------- solutions


@pytest.mark.parametrize("sizes", [(3, 2), (2, 7, 1), (4, 3, 5, 2)])
def test_collapse_is_the_same_function(sizes):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        chain = nn.Sequential(*(nn.Linear(a, b) for a, b in pairwise(sizes)))
        x = torch.randn(13, sizes[0])
    merged = collapse(chain)
    assert type(merged) is nn.Linear and merged.weight.shape == (sizes[-1], sizes[0])
    torch.testing.assert_close(merged(x), chain(x), atol=1e-5, rtol=1e-5)


def test_best_of_keeps_the_smallest_training_loss():
    networks, losses = fit_moons(4, "relu", range(8), *TRAIN, epochs=200)
    now = [log_loss(TRAIN[1][:, 0], torch.sigmoid(net(TRAIN[0])).detach().double()) for net in networks]
    assert best_of(networks, *TRAIN) is networks[int(np.argmin(now))] is networks[int(losses[-1].argmin())]
    assert best_of(networks[::-1], *TRAIN) is networks[int(np.argmin(now))]


def test_live_folds_agree_with_counting():
    x = torch.tensor([[0.0, 0.0], [1.0, 0.0], [2.0, 0.0]])
    network = make_network(4, "relu", seed=0)
    with torch.no_grad():
        network[0].weight.copy_(torch.tensor([[1.0, 0.0], [-1.0, 0.0], [1.0, 0.0], [-1.0, 0.0]]))
        network[0].bias.copy_(torch.tensor([-1.5, 0.5, 0.5, -0.5]))
    assert live_folds(network, x) == 2  # two folds among the points, one unit always on, one dead
    assert live_folds(network, x[:1]) == 0


def test_on_its_fold_a_unit_is_off():
    network = make_network(1, "relu", seed=0)
    with torch.no_grad():
        network[0].weight.copy_(torch.tensor([[1.0, 0.0]]))
        network[0].bias.zero_()
    assert live_folds(network, torch.tensor([[-1.0, 0.0], [0.0, 0.0]])) == 0  # off at both
    assert live_folds(network, torch.tensor([[0.0, 0.0], [1.0, 0.0]])) == 1


# ---------------------------------------------------------------- bad input

X, Y = make_data(6, seed=0)


@pytest.mark.parametrize(
    ("x", "y", "error", "match"),
    [
        (X.double(), Y, TypeError, "float64"),
        (X, Y.long(), TypeError, "int64"),
        (X, Y[:, 0], ValueError, r"\(6,\)"),
        (X[:, :1], Y, ValueError, r"\(6, 1\) and"),
        (X, Y[:5], ValueError, r"\(5, 1\)"),
        (X[:0], Y[:0], ValueError, r"\(0, 2\)"),
        (X[0], Y[0], ValueError, r"\(2,\)"),
        (X * torch.nan, Y, ValueError, "finite"),
        (X, Y + 0.5, ValueError, "0 or 1"),
        (X, Y * torch.nan, ValueError, "0 or 1"),
    ],
)
def test_bad_data_are_refused(ax, x, y, error, match):
    model = plane(1.0, 1.0, 0.0)
    for call in (
        lambda: check_data(x, y),
        lambda: accuracy(model, x, y),
        lambda: accuracies([model], x, y),
        lambda: pass_rate([model], x, y),
        lambda: best_of([model], x, y),
        lambda: plot_decision_boundary(ax, model, x, y),
        lambda: fit_moons(2, "relu", [0], x, y, epochs=1),
    ):
        with pytest.raises(error, match=match):
            call()


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: make_data(1, seed=0), "got 1"),
        (lambda: make_data(10, seed=0, noise=-0.1), "-0.1"),
        (lambda: make_data(10, seed=0, noise=float("nan")), "nan"),
        (lambda: make_data(10, seed=0, noise=float("inf")), "expected n >= 2, .* got 10 and inf"),
        (lambda: make_network(0, "relu", 0), "got 0"),
        (lambda: make_network(4, "step", 0), "expected width >= 1 and relu, tanh, none, got 4, 'step'"),
        (lambda: fit_moons(4, "step", [0], X, Y), "'step'"),
        (lambda: fit_moons(0, "relu", [0], X, Y), "got 0"),
        (lambda: fit_moons(4, "relu", [], X, Y), "0 seeds"),
        (lambda: fit_moons(4, "relu", [0], X, Y, epochs=0), "0 epochs"),
        (lambda: fit_moons(4, "relu", [0], X, Y, lr=0.0), "rate 0.0"),
        (lambda: fit_moons(4, "relu", [0], X, Y, lr=-1.0), "rate -1.0"),
        (lambda: fit_moons(4, "relu", [0], X, Y, lr=float("nan")), "rate nan"),
        (lambda: fit_moons(4, "relu", [0], X, Y, lr=float("inf")), "rate inf"),
        (lambda: plot_folds(None, nn.Linear(3, 1)), "got 3"),
        (lambda: wilson(-1, 5), "-1 of 5"),
        (lambda: wilson(6, 5), "6 of 5"),
        (lambda: wilson(0, 0), "0 of 0"),
        (lambda: wilson(1, 5, 1.0), "confidence 1.0"),
        (lambda: wilson(1, 5, 0.0), "confidence 0.0"),
        (lambda: accuracies([], X, Y), "at least one"),
        (lambda: pass_rate([], X, Y), "at least one"),
        (lambda: best_of([], X, Y), "at least one"),
        (lambda: collapse(nn.Sequential()), "one or more"),
        (lambda: collapse(make_network(3, "relu", 0)), "nothing else"),
        (lambda: live_folds(make_network(3, "relu", 0), X[:0]), r"\(0, 2\)"),
        (lambda: live_folds(make_network(3, "relu", 0), X.T), r"\(2, 6\)"),
    ],
)
def test_bad_settings_are_refused(call, match):
    with pytest.raises(ValueError, match=match):
        call()


# ---------------------------------------------------------------- the replay


def test_the_replay_shows_networks_trained_alone(replay_of):
    replay, (x, y) = replay_of(LESSON), TRAIN
    epochs, (plane_panel, _) = replay["frame"]["values"], replay["panels"]
    losses, scores = (torch.tensor(entry["values"]) for entry in replay["readout"])
    levels = plane_panel["layers"][0]["levels"]
    x1, x2 = (
        torch.linspace(*plane_panel[name]["range"], size)
        for name, size in (("x", levels.shape[3]), ("y", levels.shape[2]))
    )
    grid = torch.stack(torch.meshgrid(x2, x1, indexing="ij"), dim=2).flip(2)  # row: x2, column: x1
    for i, name in enumerate(replay["setting"]["values"]):
        width, seed = (int(n) for n in re.findall(r"\d+", name))
        history = fit_moons(width, "relu", [seed], x, y)[1][:, 0]
        for frame in (0, 3, 12):  # later, single networks drift apart from stacked ones by rounding
            epoch = epochs[frame]
            assert losses[i, frame].item() == pytest.approx(history[epoch].item(), rel=2e-3)
            model = make_network(width, "relu", seed)
            if epoch:
                model = fit_moons(width, "relu", [seed], x, y, epochs=epoch)[0][0]
            with torch.no_grad():
                expected = torch.sigmoid(model(grid)[..., 0] / 3)
            torch.testing.assert_close(levels[i, frame], expected, atol=0.012, rtol=0)  # 64 levels
            assert scores[i, frame].item() == pytest.approx(accuracy(model, *TEST), abs=0.002)
        assert losses[i, -1].item() == pytest.approx(history[-1].item(), rel=0.1)
    assert [bool(v) for v in scores[:, -1] >= PASS] == [False, False, True, True]
    drawn = sum(len(layer["x"]) for layer in plane_panel["layers"][1:])
    assert drawn == len(x) and epochs[-1] == 300
