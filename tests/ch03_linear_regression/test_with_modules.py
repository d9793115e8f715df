"""Linear regression with modules: the hand-written lesson, least squares and closed forms are the oracles."""

import math

import numpy as np
import pytest
import torch
from sklearn.linear_model import LinearRegression
from torch import nn

from lessons.ch03_linear_regression import with_modules as lesson
from lessons.ch03_linear_regression.from_scratch import create_dataset
from lessons.ch03_linear_regression.from_scratch import fit as fit_from_scratch
from lessons.ch03_linear_regression.with_modules import (
    InAList,
    LinearModel,
    NoInit,
    condition_number,
    flat,
    forecast,
    forecast_four,
    hessian,
    least_squares,
    make_deliveries,
    new_model,
    standardize,
    steps_needed,
    to_original,
    train,
    train_by_hand,
    train_many,
)

NAN = float("nan")


@pytest.fixture(scope="module")
def data():
    return make_deliveries(seed=0)


def column(n, seed):
    return torch.randn(n, 1, generator=torch.Generator().manual_seed(seed))


def zero_model() -> LinearModel:
    model = new_model(0)
    for parameter in model.parameters():
        nn.init.zeros_(parameter)
    return model


# The data and the model


def test_the_data_are_those_of_the_page():
    x, y = make_deliveries(seed=3, n=20_001)
    assert x.shape == y.shape == (20_001, 1)
    assert (x.min(), x.max()) == (0, 10)
    noise = y - 3 * x - 2
    assert noise.mean().item() == pytest.approx(0, abs=0.05)
    assert noise.std().item() == pytest.approx(2, rel=0.02)
    torch.testing.assert_close(noise, 2 * column(20_001, 3), rtol=0, atol=1e-5)  # the seed's own numbers
    assert not torch.equal(y, make_deliveries(seed=4, n=20_001)[1])
    assert torch.equal(y, make_deliveries(seed=3, n=20_001)[1])
    assert make_deliveries(seed=3)[0].shape == (100, 1)  # as many as the page has
    assert make_deliveries(seed=3, n=2)[0].tolist() == [[0], [10]]  # as few as make a line


def test_a_new_model_depends_on_its_seed_alone():
    state = torch.get_rng_state()
    one, same, other = flat(new_model(5)), flat(new_model(5)), flat(new_model(6))
    assert torch.equal(one, same) and not torch.equal(one, other)
    assert torch.equal(torch.get_rng_state(), state)


def test_first_parameters_lie_between_minus_one_and_one():
    values = torch.stack([flat(new_model(seed)) for seed in range(300)])
    assert values.abs().max() < 1
    assert values.min() < -0.95 and values.max() > 0.95


@pytest.mark.parametrize("inputs", [4, 25])
def test_first_parameters_lie_within_one_over_the_root_of_the_inputs(inputs):
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(inputs)
        values = flat(nn.Linear(inputs, 300))
    bound = 1 / math.sqrt(inputs)
    assert values.abs().max() <= bound
    assert values.min() < -0.95 * bound and values.max() > 0.95 * bound


def test_the_module_is_a_line():
    model = new_model(1)
    w, b = flat(model)
    x = column(7, 2)
    torch.testing.assert_close(model(x), w * x + b)
    assert [name for name, _ in model.named_parameters()] == ["linear.weight", "linear.bias"]


# Step for step like the lesson from scratch


@pytest.mark.parametrize("seed", range(3))
def test_training_equals_the_lesson_from_scratch_after_every_step(seed):
    x, y, _ = create_dataset()
    expected, _ = fit_from_scratch(x, y, lr=0.01, epochs=20, batch_size=16, seed=seed)
    path, _ = train(zero_model(), x, y, lr=0.01, epochs=20, batch_size=16, seed=seed)
    assert path.shape == expected.shape == (161, 2)  # eight batches, the last of 8 days
    torch.testing.assert_close(path, expected, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize(("batch_size", "epochs", "steps"), [(10, 8, 32), (1, 2, 74)])
@pytest.mark.parametrize("seed", range(3))
def test_training_equals_training_by_hand_after_every_step(seed, batch_size, epochs, steps):
    x, y = make_deliveries(seed, n=37)
    path, _ = train(new_model(seed), x, y, lr=0.01, epochs=epochs, batch_size=batch_size, seed=seed)
    by_hand = train_by_hand(flat(new_model(seed)), x, y, 0.01, epochs, batch_size, seed)
    assert path.shape == (steps + 1, 2)
    torch.testing.assert_close(path, by_hand, rtol=1e-6, atol=1e-6)


def test_the_first_five_updates_against_float64_numpy():
    x, y = make_deliveries(seed=2)
    path, losses = train(new_model(2), x, y, lr=0.01, epochs=5)
    xs, ys = x.double().numpy().ravel(), y.double().numpy().ravel()
    w, b = flat(new_model(2)).double().numpy()
    for step in range(5):
        np.testing.assert_allclose(path[step], [w, b], atol=1e-4)
        residual = w * xs + b - ys
        assert losses[step] == pytest.approx(np.mean(residual**2), rel=1e-4)
        w, b = w - 0.01 * 2 * np.mean(residual * xs), b - 0.01 * 2 * np.mean(residual)
    np.testing.assert_allclose(path[5], [w, b], atol=1e-4)


def test_training_changes_the_model_and_leaves_the_global_generator_alone(data):
    model, state = new_model(0), torch.get_rng_state()
    path, losses = train(model, *data, lr=0.01, epochs=3, batch_size=30)
    assert torch.equal(flat(model), path[-1])
    assert len(losses) == len(path) - 1 == 12
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.equal(train(new_model(0), *data, lr=0.01, epochs=3, batch_size=30)[0], path)
    other, _ = train(new_model(0), *data, lr=0.01, epochs=3, batch_size=30, seed=1)
    assert not torch.equal(other, path)


# Why the intercept is late


@pytest.mark.parametrize("seed", range(5))
def test_the_hessian_is_that_of_autograd(seed):
    x, y = 3 * column(17, seed).double() + 1, column(17, seed + 50).double()

    def loss(line):
        return ((line[0] * x + line[1] - y) ** 2).mean()

    line = torch.tensor([0.3, -2.0], dtype=torch.float64)
    expected = torch.autograd.functional.hessian(loss, line)
    torch.testing.assert_close(hessian(x), expected, rtol=1e-12, atol=1e-12)
    low, high = np.linalg.eigvalsh(expected.numpy())
    assert condition_number(x) == pytest.approx(high / low, rel=1e-9)


@pytest.mark.parametrize(("shift", "lr", "share"), [(0.0, 0.3, 0.01), (2.0, 0.05, 0.1), (5.0, 0.01, 0.5)])
def test_steps_needed_is_the_first_step_that_suffices(shift, lr, share):
    x = column(23, 7).double() + shift
    steps = steps_needed(x, lr, share)
    step = torch.eye(2, dtype=torch.float64) - lr * hessian(x)
    left = [
        torch.linalg.matrix_norm(torch.linalg.matrix_power(step, k), 2).item() for k in (steps - 1, steps)
    ]
    assert left[1] <= share < left[0]


def test_just_below_the_limit_converges_and_just_above_diverges(data):
    x, y = (t.double() for t in data)
    limit = 2 / torch.linalg.eigvalsh(hessian(x))[-1].item()
    best = least_squares(x, y)
    steepest = torch.linalg.eigh(hessian(x)).eigenvectors[:, -1]
    for factor, grows in ((0.99, False), (1.01, True)):
        path = train_many(x, y, lr=factor * limit, epochs=300)
        error = abs(((path[0] - best) @ steepest).item() / (best @ steepest).item())
        assert error == pytest.approx(abs(1 - 2 * factor) ** 300, rel=1e-6)
        assert (error > 1) is grows


def test_the_path_crosses_the_valley_at_once_and_then_crawls(data):
    x, y = data
    path, losses = train(new_model(0), x, y, lr=0.01, epochs=100)
    best = least_squares(x, y)
    curvatures, directions = torch.linalg.eigh(hessian(x))
    along, across = ((path.double() - best) @ directions).abs().T
    assert across[6] < 0.002 * across[0]
    assert along[100] / along[0] == pytest.approx((1 - 0.01 * curvatures[0].item()) ** 100, rel=1e-3)
    assert along[100] > along[6] / 2  # less than half of the way along the valley
    assert abs(best[1] - path[-1, 1]) == pytest.approx(0.65, abs=0.01)  # half a minute and more
    assert losses[-1] == pytest.approx(1.03 * ((best[0] * x + best[1] - y) ** 2).mean().item(), rel=0.005)


def test_standardizing_makes_both_eigenvalues_two(data):
    z, mean, std = standardize(data[0])
    assert z.mean().item() == pytest.approx(0, abs=1e-6)
    torch.testing.assert_close(hessian(z), 2 * torch.eye(2, dtype=torch.float64), atol=1e-6, rtol=0)
    assert mean == pytest.approx(5) and std == pytest.approx(np.std(np.linspace(0, 10, 100)))


def test_a_line_is_the_same_line_in_both_units(data):
    x, _ = data
    z, mean, std = standardize(x)
    line = torch.tensor([[1.5, -2.0], [0.0, 4.0]])
    back = to_original(line, mean, std)
    for one, other in zip(line, back, strict=True):
        torch.testing.assert_close(one[0] * z + one[1], other[0] * x + other[1], rtol=1e-5, atol=1e-5)


def test_least_squares_agrees_with_scikit_learn(data):
    for x, y in (data, (column(11, 3) - 2, column(11, 4))):
        oracle = LinearRegression().fit(x.double().numpy(), y.double().numpy().ravel())
        np.testing.assert_allclose(least_squares(x, y), [oracle.coef_[0], oracle.intercept_], rtol=1e-5)


def test_many_at_once_are_trained_like_one_by_one():
    x, _ = make_deliveries(0)
    ys = torch.cat([make_deliveries(seed)[1] for seed in range(4)], dim=1)
    together = train_many(x, ys, lr=0.01, epochs=50)
    for i in range(4):
        alone, _ = train(zero_model(), x, ys[:, [i]], lr=0.01, epochs=50)
        torch.testing.assert_close(together[i], alone[-1], rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32, torch.float64])
def test_lines_have_the_precision_of_their_data(dtype):
    x, y = (t.to(dtype) for t in make_deliveries(0))
    assert train_many(x, y, lr=0.01, epochs=1).dtype == dtype


# A seed draws the noise. The bars where training arrives are at some ten times the worst seed.


def test_standardized_training_arrives_for_every_seed_and_raw_training_does_not(seeds, bar):
    x, _ = make_deliveries(0)
    ys = torch.cat([make_deliveries(seed)[1] for seed in seeds], dim=1)
    best = torch.stack([least_squares(x, ys[:, [i]]) for i in range(len(seeds))])
    z, mean, std = standardize(x)
    miss = (to_original(train_many(z, ys, lr=0.1, epochs=100), mean, std) - best).abs()
    raw = (train_many(x, ys, lr=0.01, epochs=100) - best).abs()
    late = (train_many(x, ys, lr=0.01, epochs=3000) - best).abs()
    ready_zh, ready_en = "标准化，100 轮", "standardized, 100 epochs"
    raw_zh, raw_en = "未标准化，100 轮", "raw, 100 epochs"
    zh, en = "偏置与最小二乘相差（分钟）", "bias, minutes from least squares"
    bar(
        miss[:, 0],
        zh=f"{ready_zh}：权重与最小二乘相差（分钟/千米）",
        en=f"{ready_en}: weight, minutes/km from least squares",
        at_most=1e-5,
    )
    bar(miss[:, 1], zh=f"{ready_zh}：{zh}", en=f"{ready_en}: {en}", at_most=3e-5)
    bar(raw[:, 1], zh=f"{raw_zh}：{zh}", en=f"{raw_en}: {en}", at_least=0.1)
    bar(
        raw[:, 1] < 0.5,
        zh=f"{raw_zh}：{zh}，不到 0.5",
        en=f"{raw_en}: {en}, below 0.5",
        of="share",
        at_most=0.1,
    )
    bar(late[:, 1], zh=f"未标准化，3000 轮：{zh}", en=f"raw, 3000 epochs: {en}", at_most=0.001)


# The mistakes


def test_a_module_without_its_box():
    with pytest.raises(AttributeError, match=r"cannot assign module before Module.__init__"):
        NoInit()


def test_a_part_in_a_list_is_not_registered():
    hidden = InAList()
    assert list(hidden.parameters()) == []
    assert hidden(torch.ones(3, 1)).shape == (3, 1)  # it works, and would never learn


def test_the_sum_is_n_times_the_mean_and_so_is_its_step():
    x, y = make_deliveries(1, n=10)
    summed, _ = train(new_model(0), x, y, lr=0.0005, epochs=5, loss_fn=nn.MSELoss(reduction="sum"))
    mean, _ = train(new_model(0), x, y, lr=0.005, epochs=5)
    torch.testing.assert_close(summed, mean, rtol=1e-4, atol=1e-5)


def test_the_old_spelling_warns():
    with pytest.warns(UserWarning, match="please use reduction='sum' instead"):
        assert nn.MSELoss(size_average=False).reduction == "sum"


@pytest.mark.parametrize("reduction", ["sum", "mean"])
def test_the_forecast_for_four_kilometres_in_closed_form(reduction):
    x = np.array([1.0, 2, 3])
    h = 2 * np.array([[np.sum(x**2), np.sum(x)], [np.sum(x), 3]]) / (3 if reduction == "mean" else 1)
    error = flat(new_model(0)).double().numpy() - [2, 0]
    w, b = np.linalg.matrix_power(np.eye(2) - 0.01 * h, 1000) @ error + [2, 0]
    assert forecast_four(reduction) == pytest.approx(4 * w + b, abs=1e-4)


def test_the_forecast_agrees_with_scikit_learn():
    x = torch.tensor([[1.0], [2.0], [0.5], [2.5], [2.6], [3.1]])
    y = torch.tensor([[3.7], [4.6], [1.65], [5.68], [5.98], [6.95]])
    oracle = LinearRegression().fit(x.numpy(), y.numpy())
    assert forecast(x, y, 3.5) == pytest.approx(oracle.predict([[3.5]]).item(), abs=1e-4)
    assert oracle.predict([[3.5]]).item() == pytest.approx(7.6196, abs=1e-4)
    with pytest.raises(ValueError, match="nothing to standardize"):
        forecast(torch.ones(3, 1), torch.ones(3, 1), 2.0)


# Bad input


@pytest.mark.parametrize(
    ("x", "y", "error", "message"),
    [
        ([1.0], torch.zeros(1, 1), TypeError, "x must be a float tensor, got <class 'list'>"),
        (torch.zeros(3, 1), torch.zeros(3, 1).long(), TypeError, "y must be a float tensor, got torch.int64"),
        (torch.zeros(3), torch.zeros(3), ValueError, r"x must have shape \(n, 1\) with n >= 1, got \(3,\)"),
        (torch.zeros(0, 1), torch.zeros(0, 1), ValueError, r"got \(0, 1\)"),
        (torch.zeros(3, 2), torch.zeros(3, 2), ValueError, r"got \(3, 2\)"),
        (torch.zeros(3, 1), torch.zeros(4, 1), ValueError, r"differ in shape: \(3, 1\) and \(4, 1\)"),
        (torch.full((3, 1), NAN), torch.zeros(3, 1), ValueError, "x contains NaN or infinity"),
        (torch.zeros(3, 1), torch.full((3, 1), math.inf), ValueError, "y contains NaN or infinity"),
    ],
)
def test_bad_data(x, y, error, message):
    calls = (
        lambda: train(new_model(0), x, y, lr=0.1, epochs=1),
        lambda: train_by_hand(torch.zeros(2), x, y, 0.1, 1, 1, 0),
        lambda: least_squares(x, y),
    )
    for call in calls:
        with pytest.raises(error, match=message):
            call()


@pytest.mark.parametrize(
    ("run", "message"),
    [
        ({"lr": 0.0, "epochs": 1}, "learning rate must be positive and finite, got 0.0"),
        ({"lr": NAN, "epochs": 1}, "got nan"),
        ({"lr": math.inf, "epochs": 1}, "got inf"),
        ({"lr": 0.1, "epochs": 0}, "epochs must be a positive integer, got 0"),
        ({"lr": 0.1, "epochs": 1.5}, "epochs must be a positive integer, got 1.5"),
        ({"lr": 0.1, "epochs": 1, "batch_size": 0}, "batch_size must be a positive integer, got 0"),
        ({"lr": 0.1, "epochs": 1, "batch_size": 2.0}, "batch_size must be a positive integer"),
    ],
)
def test_bad_runs(data, run, message):
    with pytest.raises(ValueError, match=message):
        train(new_model(0), *data, **run)
    if "batch_size" not in run:
        with pytest.raises(ValueError, match=message):
            train_many(*data, **run)


@pytest.mark.parametrize(
    ("lr", "epochs", "batch_size", "message"),
    [
        (0.0, 1, 10, "learning rate must be positive and finite, got 0.0"),
        (0.1, 0, 10, "epochs must be a positive integer, got 0"),
        (0.1, 1, 0, "batch_size must be a positive integer, got 0"),
    ],
)
def test_bad_runs_by_hand(data, lr, epochs, batch_size, message):
    with pytest.raises(ValueError, match=message):
        train_by_hand(torch.zeros(2), *data, lr, epochs, batch_size, seed=0)


def test_other_bad_input(data):
    x, _ = data
    equal = torch.full((5, 1), 3.0)
    for n in (1, 2.5):
        with pytest.raises(ValueError, match=f"n must be an integer >= 2, got {n}"):
            make_deliveries(0, n=n)
    with pytest.raises(ValueError, match="nothing to standardize"):
        standardize(equal)
    for kilometres in (0.1, 7.7, 1234.5, 9876.5):  # equal, whatever rounding leaves of their curvature
        with pytest.raises(ValueError, match="one direction is flat"):
            condition_number(torch.full((7, 1), kilometres))
    for share in (0, 1, -0.5, NAN):
        with pytest.raises(ValueError, match="share must be between 0 and 1"):
            steps_needed(x, 0.01, share)
    for lr in (0.0, -0.01, 0.03):
        with pytest.raises(ValueError, match=f"at lr = {lr} some error never shrinks; the limit is 0.0292"):
            steps_needed(x, lr)
    with pytest.raises(ValueError, match="some error never shrinks"):
        steps_needed(equal, 0.01)
    ends = torch.tensor([[-1.0], [1.0]], dtype=torch.float64)  # curvature 2 in every direction
    with pytest.raises(ValueError, match="some error never shrinks"):
        steps_needed(ends, 0.5e-12)  # a step leaves 1 - 1e-12: no more than rounding
    assert steps_needed(ends, 1e-12) == pytest.approx(math.log(100) / 2e-12, rel=1e-3)
    for std in (0.0, NAN):
        with pytest.raises(ValueError, match="std must be positive"):
            to_original(torch.zeros(2), 0.0, std)
    with pytest.raises(ValueError, match='reduction must be "sum" or "mean"'):
        forecast_four("none")
    for function in (hessian, standardize, condition_number):
        with pytest.raises(ValueError, match="x contains NaN"):
            function(torch.full((3, 1), NAN))


# What the page says


@pytest.fixture(scope="module")
def output(program_output) -> list[str]:
    return program_output(lesson.__file__).splitlines()


def test_the_page_s_story(output, data):
    x, y = data
    best = LinearRegression().fit(x.double().numpy(), y.double().numpy().ravel())
    line = f"w = {best.coef_[0]:.2f}  b = {best.intercept_:.2f}"
    assert output.count(f"least squares  {line}") == 2
    assert f"standardized   {line}" in output
    trained = next(text for text in output if text.startswith("trained"))
    w, b = (float(text.split()[0]) for text in trained.split("= ")[1:])
    assert abs(w - best.coef_[0]) < 0.15 and abs(b - best.intercept_) > 0.5
    assert "eigenvalues 0.496 and 68.51, condition number 138" in output
    assert "largest learning rate 0.0292" in output
    assert f"left after 100 steps in the flat direction: {(1 - 0.00496396) ** 100:.2f}" in output
    assert "steps until 1 % is left: 926" in output
    assert "eigenvalues 2.000 and 2.000" in output
    assert "steps until 1 % is left: 21" in output  # 0.8 ** 21 < 0.01 < 0.8 ** 20


def test_the_page_s_mistakes(output):
    assert "cannot assign module before Module.__init__() call" in output
    assert "optimizer got an empty parameter list" in output
    start, forward, backward, step = (
        next(float(text.split("= ")[1]) for text in output if text.startswith(f"{name} "))
        for name in ("start", "forward", "backward", "step")
    )
    assert start == forward == backward != step
    assert any("please use reduction='sum' instead" in text for text in output)
    assert "sum / mean = 100" in output
    assert any(text.startswith("summed loss, lr 0.01:") and text.endswith("-> nan") for text in output)
    assert any(text.startswith("70 steps, largest difference") for text in output)
