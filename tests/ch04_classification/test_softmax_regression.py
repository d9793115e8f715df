import math
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_digits, load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import confusion_matrix as sklearn_confusion

from lessons.ch04_classification import softmax_regression as lesson
from lessons.ch04_classification.softmax_regression import (
    ENVELOPE,
    accuracy,
    accuracy_on_the_last,
    answer_if_sure,
    check_images,
    check_labels,
    check_run,
    check_scores,
    confusion_matrix,
    cross_entropy,
    cross_entropy_grad,
    double_softmax,
    fit_softmax,
    hold_out,
    iris_accuracy,
    loss_floor,
    safe_lr,
    softmax,
    two_class_probability,
    wrong_axis_loss,
)

SCRIPT = Path(lesson.__file__)
NAN = float("nan")


@pytest.fixture(scope="module")
def digits():
    data = load_digits()
    return torch.tensor(data.data, dtype=torch.float32) / 16, torch.tensor(data.target)


@pytest.fixture(scope="module")
def out(program_output):
    return program_output(SCRIPT)


def splits(digits, seeds):
    """Centred training and test images with their labels, as on the page."""
    x, y = digits
    train, test = hold_out(len(x), 540, seeds)
    mean = x[train].mean(dim=-2, keepdim=True)
    return x[train] - mean, y[train], x[test] - mean, y[test]


@pytest.fixture(scope="module")
def split0(digits):
    x, y, x_test, y_test = (t[0] for t in splits(digits, [0]))
    w, b, losses = fit_softmax(x, y, 10, lr=3, steps=150, l2=0.001)
    return x, y, x_test, y_test, w, b, losses


def randn(*shape, seed=0, scale=1.0, dtype=torch.float64):
    return scale * torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def randint(k, *shape, seed=0):
    return torch.randint(k, shape, generator=torch.Generator().manual_seed(seed))


SHAPES = st.lists(st.integers(1, 5), min_size=1, max_size=3)


# Softmax


@given(SHAPES, st.integers(0, 99), st.sampled_from([0.1, 3.0, 300.0]), st.data())
@settings(max_examples=15)
def test_softmax_agrees_with_torch_along_every_axis(shape, seed, scale, data):
    dim = data.draw(st.integers(-len(shape), len(shape) - 1))
    dtype = data.draw(st.sampled_from([torch.float32, torch.float64]))
    z = randn(*shape, seed=seed, scale=scale).to(dtype)
    p = softmax(z, dim)
    assert p.dtype == dtype
    torch.testing.assert_close(p, F.softmax(z, dim=dim))
    torch.testing.assert_close(p.sum(dim), torch.ones_like(p.sum(dim)))
    torch.testing.assert_close(softmax(z), F.softmax(z, dim=-1))  # classes on the last axis


@given(st.integers(0, 99), st.floats(-1e4, 1e4))
@settings(max_examples=40)
def test_softmax_sees_only_differences(seed, c):
    z = randn(3, 5, seed=seed)
    torch.testing.assert_close(softmax(z + c), softmax(z), rtol=1e-9, atol=1e-12)
    p = softmax(z)
    torch.testing.assert_close((p[:, 1] / p[:, 4]).log(), z[:, 1] - z[:, 4])


def test_softmax_survives_where_the_printed_formula_does_not():
    z = torch.tensor([2.0, 1.0, -1.0]) + 1000
    assert (z.exp() / z.exp().sum()).isnan().all()
    torch.testing.assert_close(softmax(z), softmax(z - 1000))
    assert softmax(torch.tensor([-1e30, 1e30])).tolist() == [0.0, 1.0]
    gap = softmax(torch.tensor([4.0, 3.0]))
    assert (gap[0] / gap[1]).item() == pytest.approx(math.e, rel=1e-6)


# Loss and gradient


@given(st.integers(1, 7), st.integers(1, 6), st.integers(0, 99), st.sampled_from([0.1, 3.0, 1e3]))
@settings(max_examples=30)
def test_cross_entropy_and_its_gradient_agree_with_torch(n, k, seed, scale):
    z, labels = randn(n, k, seed=seed, scale=scale).requires_grad_(), randint(k, n, seed=seed)
    theirs = F.cross_entropy(z, labels)
    theirs.backward()
    ours = cross_entropy(z, labels)
    assert ours.shape == ()
    torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=1e-12)
    by_hand = cross_entropy_grad(z.detach(), labels)
    torch.testing.assert_close(by_hand, z.grad, rtol=1e-9, atol=1e-12)
    torch.testing.assert_close(torch.autograd.grad(ours, z)[0], z.grad, rtol=1e-9, atol=1e-12)
    assert by_hand.sum(-1).abs().max() < 1e-9


def test_cross_entropy_of_a_batch_of_runs_is_one_number_a_run():
    z, labels = randn(4, 7, 3), randint(3, 4, 7)
    each = torch.stack([F.cross_entropy(a, b) for a, b in zip(z, labels, strict=True)])
    torch.testing.assert_close(cross_entropy(z, labels), each)
    grads = torch.stack([cross_entropy_grad(a, b) for a, b in zip(z, labels, strict=True)])
    torch.testing.assert_close(cross_entropy_grad(z, labels), grads)


def test_gradient_against_finite_differences():
    z, labels, h = randn(5, 3, seed=4).numpy(), randint(3, 5, seed=4), 1e-6

    def loss(z):
        return np.mean(np.log(np.exp(z).sum(1)) - z[np.arange(5), labels.numpy()])

    expected = np.zeros_like(z)
    for i in np.ndindex(z.shape):
        up, down = z.copy(), z.copy()
        up[i] += h
        down[i] -= h
        expected[i] = (loss(up) - loss(down)) / (2 * h)
    np.testing.assert_allclose(cross_entropy_grad(torch.from_numpy(z), labels).numpy(), expected, atol=1e-8)


def test_the_true_score_is_pushed_up_and_the_most_confident_wrong_one_hardest_down():
    grad = cross_entropy_grad(torch.tensor([[0.3, 2.0, -1.0, 1.0]]), torch.tensor([0]))[0]
    assert grad[0] < 0 < grad[2] < grad[3] < grad[1]


# Splits


@pytest.mark.parametrize(("n", "held_out"), [(1797, 540), (7, 3), (5, 1)])
def test_hold_out_uses_every_row_once(n, held_out):
    train, test = hold_out(n, held_out, [3, 8])
    assert train.shape == (2, n - held_out) and test.shape == (2, held_out)
    both = torch.cat([train, test], dim=1)
    assert torch.equal(both.sort(dim=1).values, torch.arange(n).expand(2, n))
    assert n == 5 or not torch.equal(train[0], train[1])
    order = torch.randperm(n, generator=torch.Generator().manual_seed(8))
    assert torch.equal(both[1], order)
    state = torch.get_rng_state()
    hold_out(n, held_out, [0])
    assert torch.equal(torch.get_rng_state(), state)


def test_the_envelope_is_unseen_and_says_what_the_page_says(digits):
    _, test = hold_out(1797, 540, range(10))
    assert set(ENVELOPE) <= set(test[0].tolist())
    assert digits[1][list(ENVELOPE)].tolist() == [1, 0, 0, 0, 8, 4]
    assert (digits[0].min(), digits[0].max(), len(digits[0])) == (0, 1, 1797)


# Training


def numpy_fit(x, y, k, lr, steps, l2):
    """The lesson's training in float64 with the gradient written out: weights, biases, losses."""
    w, b, hot = np.zeros((x.shape[1], k)), np.zeros(k), np.eye(k)[y]
    path, losses = [], []
    for _ in range(steps):
        e = np.exp(x @ w + b)
        p = e / e.sum(axis=1, keepdims=True)
        losses.append(-np.mean(np.log(p[np.arange(len(y)), y])))
        error = (p - hot) / len(y)
        w, b = w - lr * (x.T @ error + l2 * w), b - lr * error.sum(axis=0)
        path.append((w, b))
    return path, losses


@pytest.mark.parametrize(("n", "d", "k", "l2"), [(23, 4, 3, 0.0), (31, 2, 5, 0.1)])
def test_golden_trajectory(n, d, k, l2):
    x, y = randn(n, d, seed=n, dtype=torch.float32) + 0.3, randint(k, n, seed=n)
    path, losses = numpy_fit(x.double().numpy(), y.numpy(), k, 0.7, 5, l2)
    for steps, (w_expected, b_expected) in enumerate(path, start=1):
        w, b, ours = fit_softmax(x, y, k, lr=0.7, steps=steps, l2=l2)
        assert w.shape == (d, k) and b.shape == (1, k) and ours.shape == (steps,)
        np.testing.assert_allclose(w.numpy(), w_expected, atol=1e-4)
        np.testing.assert_allclose(b[0].numpy(), b_expected, atol=1e-4)
        np.testing.assert_allclose(ours.numpy(), losses[:steps], atol=1e-4)
    assert not w.requires_grad and not ours.requires_grad and w.dtype == torch.float32
    assert losses[0] == pytest.approx(math.log(k))


@pytest.mark.parametrize(
    ("name", "rows", "l2", "steps"), [("iris", 150, 0.02, 1500), ("digits", 700, 0.02, 400)]
)
def test_the_optimum_is_that_of_scikit_learn(digits, name, rows, l2, steps):
    if name == "iris":
        data = load_iris()
        x, y = torch.tensor(data.data), torch.tensor(data.target)
        x, k = (x - x.mean(0)) / x.std(0), 3
    else:
        x, y, k = digits[0][:rows].double(), digits[1][:rows], 10
        x = x - x.mean(0)
    w, b, _ = fit_softmax(x, y, k, lr=0.95 * safe_lr(x, l2), steps=steps, l2=l2)
    # C weighs the sum of the losses against half the sum of squares: our objective times C * n
    oracle = LogisticRegression(C=1 / (l2 * rows), tol=1e-10, max_iter=5000).fit(x.numpy(), y.numpy())
    np.testing.assert_allclose(w.T.numpy(), oracle.coef_, atol=2e-5)
    np.testing.assert_allclose(b[0].numpy(), oracle.intercept_, atol=2e-5)
    z = x @ w + b
    np.testing.assert_allclose(softmax(z).numpy(), oracle.predict_proba(x.numpy()), atol=1e-5)
    grad = x.T @ cross_entropy_grad(z, y) + l2 * w
    assert grad.abs().max() < 1e-6 < 1e-2 < (l2 * w).abs().max()


def test_a_batch_of_runs_equals_separate_runs(digits):
    x, y, *_ = splits(digits, range(3))
    x, y = x[:, :200], y[:, :200]
    w, b, losses = fit_softmax(x, y, 10, lr=3, steps=40, l2=0.001)
    assert w.shape == (3, 64, 10) and b.shape == (3, 1, 10) and losses.shape == (40, 3)
    for i in range(3):
        alone = fit_softmax(x[i], y[i], 10, lr=3, steps=40, l2=0.001)
        torch.testing.assert_close((w[i], b[i], losses[:, i]), alone, atol=1e-4, rtol=1e-4)


# A seed is a split of the page's images. Both runs here are the page's, for all splits and in every line of the table;
# the bars leave a margin of a fifth or more of the range.
def test_outcome_over_splits(digits, seeds, bar):
    train_right, right, last, modest, middle = ([] for _ in range(5))
    for first in range(0, len(seeds), 10):
        x, y, x_test, y_test = splits(digits, seeds[first : first + 10])
        w, b, losses = fit_softmax(x, y, 10, lr=3, steps=150, l2=0.001)
        assert losses[0].tolist() == pytest.approx([math.log(10)] * 10)
        z = x_test @ w + b
        train_right.append(accuracy(x @ w + b, y))
        right.append(accuracy(z, y_test))
        last.append(losses[-1])
        modest.append(right[-1] - softmax(z).amax(-1).mean(-1))
        middle.append(w.reshape(-1, 8, 8, 10)[:, 3:5, 3:5, 0].amax(dim=(1, 2)))
    bar(torch.cat(train_right), zh="训练准确率", en="training accuracy", at_least=0.955)
    bar(torch.cat(right), zh="测试准确率", en="test accuracy", at_least=0.92)
    bar(torch.cat(last), zh="最后的损失", en="last loss", at_most=0.19)
    # the model is too modest
    bar(
        torch.cat(modest),
        zh="测试准确率减去模型自报的概率",
        en="test accuracy minus claimed probability",
        at_least=0.03,
    )
    # ink in the middle is no 0
    bar(
        torch.cat(middle),
        zh="数字 0 正中四个像素的最大权重",
        en="largest of digit 0's four middle weights",
        at_most=-0.6,
    )


@pytest.mark.parametrize("seeds", [range(1), pytest.param(range(200), marks=pytest.mark.seeds)])
def test_softmax_twice_over_splits(digits, seeds, bar):
    above, twice_right, lost = [], [], []
    for first in range(0, len(seeds), 10):
        x, y, x_test, y_test = splits(digits, seeds[first : first + 10])
        w, b, _ = fit_softmax(x, y, 10, lr=3, steps=150, l2=0.001)
        right = accuracy(x_test @ w + b, y_test)
        w, b, losses = fit_softmax(x, y, 10, lr=3, steps=150, l2=0.001, loss_fn=double_softmax)
        above.append(losses[-1] - loss_floor(10))
        twice_right.append(accuracy(x_test @ w + b, y_test))
        lost.append(right - twice_right[-1])
    zh, en = "两次 softmax", "softmax twice"
    bar(
        torch.cat(above),
        zh=f"{zh}：损失高出下限",
        en=f"{en}: loss above its floor",
        at_least=0.1,
        at_most=0.18,
    )
    bar(torch.cat(twice_right), zh=f"{zh}：测试准确率", en=f"{en}: test accuracy", at_least=0.88)
    bar(torch.cat(lost), zh=f"{zh}：少了的准确率", en=f"{en}: accuracy lost", at_least=-0.01, at_most=0.07)


@pytest.mark.seeds
def test_four_times_the_steps_change_the_mean_accuracy_by_less_than_a_point(digits):
    x, y, x_test, y_test = splits(digits, range(10))  # measured: 0.9628 and 0.9672
    short, long = (
        accuracy(x_test @ w + b, y_test).mean().item()
        for w, b, _ in (fit_softmax(x, y, 10, lr=3, steps=n, l2=0.001) for n in (150, 600))
    )
    assert 0 < long - short < 0.01


# 45 flowers: a flower is 0.022, and the bar three of them below the worst seed.
def test_iris_outcome(seeds, bar):
    right = iris_accuracy(seeds)
    assert right.shape == (len(seeds),)
    bar(right, zh="鸢尾花的测试准确率", en="iris: test accuracy", at_least=0.8)
    bar(right, zh="鸢尾花的测试准确率", en="iris: test accuracy", of="mean", at_least=0.92)


def test_iris_accuracy_against_scikit_learn():
    data = load_iris()
    train, test = (rows[0].numpy() for rows in hold_out(150, 45, [5]))
    mean, std = data.data[train].mean(0), data.data[train].std(0, ddof=1)
    x = (data.data - mean) / std
    oracle = LogisticRegression(C=1 / (0.001 * 105), max_iter=5000).fit(x[train], data.target[train])
    ours = iris_accuracy([5]).item()
    assert abs(ours - oracle.score(x[test], data.target[test])) <= 1.5 / 45


# In the last split, of a thousand, a flower is so near the border of two species that the 201st step would move it over.
def test_iris_accuracy_counts_the_flowers_that_numpy_tells():
    data, right = load_iris(), []
    for seed in (5, 29, 145, 430):
        train, test = (rows[0].numpy() for rows in hold_out(150, 45, [seed]))
        x = (data.data - data.data[train].mean(0)) / data.data[train].std(0, ddof=1)
        w, b = numpy_fit(x[train], data.target[train], 3, 1.0, 200, 0.001)[0][-1]
        right.append(np.sum((x[test] @ w + b).argmax(axis=1) == data.target[test]))
    assert (45 * iris_accuracy([5, 29, 145, 430])).tolist() == pytest.approx(right)


def test_regularization_makes_the_model_modest_and_its_lack_makes_weights_grow(split0):
    x, y, x_test, *_ = split0
    claims = []
    for l2 in (0.0, 0.001, 0.01):
        w, b, _ = fit_softmax(x[:400], y[:400], 10, lr=3, steps=80, l2=l2)
        claims.append(softmax(x_test @ w + b).amax(-1).mean().item())
    assert claims[0] > claims[1] + 0.01 > claims[2] + 0.05
    w, b, _ = fit_softmax(x[:400], y[:400], 10, lr=3, steps=600)
    sure = softmax(x_test @ w + b).amax(-1).mean().item()
    assert sure > claims[1] + 0.05  # unregularized and trained on, the modesty is gone
    apart, labels = torch.tensor([[-1.0], [0.0], [1.0]]), torch.tensor([0, 1, 1])
    norms = [fit_softmax(apart, labels, 2, 1.0, steps)[0].norm().item() for steps in (50, 200, 800)]
    assert norms[1] - norms[0] > 0.7 and norms[2] - norms[1] > 0.7


# The learning rate


@pytest.mark.parametrize("seed", range(4))
def test_safe_lr_bounds_the_curvature(seed):
    n, d, k, l2 = 9 + seed, 2, 3, 0.05 * seed
    x, y = randn(n, d, seed=seed) + 0.5, randint(k, n, seed=seed)

    def loss(params):
        w, b = params[: d * k].reshape(d, k), params[d * k :]
        return F.cross_entropy(x @ w + b, y) + l2 / 2 * w.square().sum()

    for scale in (0.0, 1.0, 5.0):
        point = randn(d * k + k, seed=seed + 50, scale=scale)
        curvature = torch.linalg.eigvalsh(torch.autograd.functional.hessian(loss, point))
        assert 0 <= curvature[-1].item() <= 2 / safe_lr(x, l2)
        assert curvature[0].item() > -1e-9  # convex
    _, _, losses = fit_softmax(x, y, k, lr=0.99 * safe_lr(x), steps=200)
    assert (losses.diff() < 1e-12).all()


def test_safe_lr_by_hand_and_on_the_page(digits, split0):
    x = torch.tensor([[-2.0], [2.0]])  # mean square 4, the bias's is 1
    assert safe_lr(x) == pytest.approx(2 / (4 / 2))
    assert safe_lr(x, 0.5) == pytest.approx(2 / (4 / 2 + 0.5))
    raw = safe_lr(digits[0][hold_out(1797, 540, [0])[0][0]], 0.001)
    centred = safe_lr(split0[0], 0.001)
    assert centred > 3 and centred / raw > 10


def test_the_curvature_of_one_half_is_reached():
    p = torch.tensor([0.5, 0.5, 0.0], dtype=torch.float64)
    assert torch.linalg.eigvalsh(torch.diag(p) - torch.outer(p, p))[-1].item() == pytest.approx(0.5)


# Accuracy and confusion


@given(st.integers(1, 30), st.integers(2, 6), st.integers(0, 99))
@settings(max_examples=40)
def test_confusion_matrix_and_accuracy_agree_with_scikit_learn(n, k, seed):
    labels, z = randint(k, n, seed=seed), randn(n, k, seed=seed)
    answers = z.argmax(-1)
    ours = confusion_matrix(labels, answers, k)
    assert np.array_equal(ours.numpy(), sklearn_confusion(labels, answers, labels=range(k)))
    assert accuracy(z, labels).item() == pytest.approx((ours.diag().sum() / n).item())


def test_confusion_matrix_pools_a_batch_and_accuracy_does_not():
    labels, answers = torch.tensor([[0, 1, 2], [2, 2, 1]]), torch.tensor([[0, 2, 2], [2, 1, 1]])
    assert confusion_matrix(labels, answers, 4).tolist() == [
        [1, 0, 0, 0],
        [0, 1, 1, 0],
        [0, 1, 2, 0],
        [0, 0, 0, 0],
    ]
    right = accuracy(F.one_hot(answers, 4).float(), labels)
    torch.testing.assert_close(right, torch.tensor([2 / 3, 2 / 3]))


def test_labels_of_a_batch_are_compared_with_the_number_of_classes():
    z, labels = randn(2, 5, 3), torch.full((2, 5), 3)  # five images a run, classes 0 to 2
    for call in (cross_entropy, cross_entropy_grad, accuracy, wrong_axis_loss):
        with pytest.raises(ValueError, match="labels must be 0 to 2, got 3 to 3"):
            call(z, labels)
    with pytest.raises(ValueError, match="labels must be 0 to 2, got 3 to 3"):
        answer_if_sure(softmax(z), labels, 0.5)


def test_the_last_digit_is_a_doubtful_four(digits, split0):
    *_, w, b, _ = split0
    train, _ = hold_out(1797, 540, [0])
    rows = list(ENVELOPE)
    p = softmax((digits[0][rows] - digits[0][train[0]].mean(0)) @ w + b)
    assert p.argmax(-1).tolist() == [1, 0, 0, 0, 8, 4]
    assert p[:5].amax(-1).min() > 0.8
    assert p[5].argsort(descending=True)[:3].tolist() == [4, 6, 0]
    assert p[5, 4] < 0.45 and p[5, 4] - p[5, 6] < 0.08


# The mistakes


@given(st.integers(2, 12), st.integers(0, 99), st.sampled_from([0.1, 5.0, 500.0]))
@settings(max_examples=40)
def test_double_softmax_has_a_floor(k, seed, scale):
    z, labels = randn(6, k, seed=seed, scale=scale), randint(k, 6, seed=seed)
    loss = double_softmax(z, labels)
    assert loss >= loss_floor(k) - 1e-12
    torch.testing.assert_close(loss, F.cross_entropy(F.softmax(z, dim=-1), labels))
    perfect = double_softmax(1e3 * F.one_hot(labels, k).double(), labels)
    assert perfect.item() == pytest.approx(loss_floor(k), abs=1e-12)
    assert loss_floor(10) == pytest.approx(1.461150, abs=1e-6)


def test_the_wrong_axis_normalizes_columns_and_starts_at_ln_n(split0):
    z, labels = randn(6, 10), randint(10, 6)
    torch.testing.assert_close(softmax(z, dim=0).sum(0), torch.ones(10, dtype=z.dtype))
    assert (softmax(z, dim=0).sum(1) - 1).abs().max() > 0.1
    assert softmax(z[:1], dim=0).tolist() == [[1.0] * 10]
    expected = F.nll_loss(F.log_softmax(z, dim=0), labels)
    torch.testing.assert_close(wrong_axis_loss(z, labels), expected)
    runs, classes = randn(2, 5, 3), randint(3, 2, 5)
    expected = F.nll_loss(F.log_softmax(runs, dim=0).reshape(10, 3), classes.flatten())
    torch.testing.assert_close(wrong_axis_loss(runs, classes), expected)
    x, y, *_ = split0
    _, _, losses = fit_softmax(x, y, 10, lr=3, steps=150, l2=0.001, loss_fn=wrong_axis_loss)
    assert losses[0].item() == pytest.approx(math.log(1257), abs=1e-4)
    assert losses[-1] < losses[0] - 1  # it looks like learning


def test_wrong_labels(split0):
    _, _, x_test, y, w, b, _ = split0
    z = x_test @ w + b
    for target, error, match in (
        (y.float(), RuntimeError, "Long.* (got|but found) Float"),
        (y.unsqueeze(1), RuntimeError, "multi-target not supported"),
        (y + 1, IndexError, "Target 10 is out of bounds"),
        (F.one_hot(y, 10), RuntimeError, "class probabilities, got Long"),
    ):
        with pytest.raises(error, match=match):
            F.cross_entropy(z, target)
        with pytest.raises((TypeError, ValueError), match="labels must"):
            cross_entropy(z, target)
    torch.testing.assert_close(F.cross_entropy(z, F.one_hot(y, 10).float()), cross_entropy(z, y))
    assert F.cross_entropy(z, (y + 1) % 10) > 2 * math.log(10)  # no error
    assert cross_entropy(z, y) < 0.3


# The exercises


@given(st.integers(0, 99), st.sampled_from([1.0, 40.0]))
@settings(max_examples=30)
def test_two_classes_are_a_sigmoid(seed, scale):
    z = randn(4, 3, 2, seed=seed, scale=scale)
    p = two_class_probability(z)
    torch.testing.assert_close(p, F.softmax(z, dim=-1)[..., 1])
    torch.testing.assert_close(p, torch.sigmoid(z[..., 1] - z[..., 0]))


def test_answer_if_sure(split0):
    p = torch.tensor([[0.9, 0.1], [0.2, 0.8], [0.4, 0.6], [0.5, 0.5]])
    labels = torch.tensor([0, 1, 0, 1])
    assert answer_if_sure(p, labels, 0.8) == pytest.approx((0.5, 1.0))
    assert answer_if_sure(p, labels, 0.6) == pytest.approx((0.75, 2 / 3))
    alone = answer_if_sure(p.unsqueeze(1), labels.unsqueeze(1), 0.6)  # runs of one sample
    assert alone == pytest.approx((0.75, 2 / 3))
    share, hits = answer_if_sure(p, labels, 1.0)
    assert share == 0 and math.isnan(hits)
    _, _, x_test, y_test, w, b, _ = split0
    p = softmax(x_test @ w + b)
    shares, right = zip(*(answer_if_sure(p, y_test, t) for t in (0.0, 0.5, 0.7, 0.9)), strict=True)
    assert shares[0] == 1 and right[0] == pytest.approx(accuracy(x_test @ w + b, y_test).item())
    assert list(shares) == sorted(shares, reverse=True) and list(right) == sorted(right)
    assert shares[3] < 0.75 and right[3] > 0.99


def test_the_last_images_are_harder_because_neighbours_are_alike(digits):
    x, y = digits
    assert accuracy_on_the_last(x, y, 540) < 0.93  # the worst of 200 random splits: 0.9389
    few, labels = x[:300], y[:300]  # against NumPy, on a part to save time
    last = accuracy_on_the_last(few, labels, 120)
    centred = (few.double() - few[:-120].double().mean(0)).numpy()
    w, b = numpy_fit(centred[:-120], labels[:-120].numpy(), 10, 3, 150, 0.001)[0][-1]
    answers = (centred[-120:] @ w + b).argmax(axis=1)
    assert last == pytest.approx(np.mean(answers == labels[-120:].numpy()), abs=1.5 / 120)
    darker = accuracy_on_the_last(few + 3, labels, 120)
    assert darker == pytest.approx(last, abs=1.5 / 120)  # the mean is subtracted
    distances = torch.cdist(x, x).fill_diagonal_(torch.inf)
    places = torch.arange(len(x))
    near = (distances.argmin(dim=1) - places).abs() <= 100
    by_chance = ((places - places.unsqueeze(1)).abs() <= 100).float().mean()
    assert near.float().mean() > 0.5 > 4 * by_chance  # images that look alike stand close together


def test_accuracy_on_the_last_counts_what_numpy_does():
    n, held_out = (
        4000,
        3800,
    )  # scores so close that another rate, mean or number of steps changes some answers
    x = randn(n, 20, seed=1)
    labels = (x[:, :10] + randn(n, 10, seed=2)).argmax(dim=1)
    drift = torch.linspace(0, 1, n).unsqueeze(1) * torch.linspace(
        -0.5, 0.5, 20
    )  # the last rows are unlike the first
    x = 0.02 * x * torch.linspace(1, 3, 20) + drift
    ours = held_out * accuracy_on_the_last(x, labels, held_out)
    x, y = (x - x[:200].mean(0)).numpy(), labels.numpy()
    w, b = numpy_fit(x[:200], y[:200], 10, 3, 150, 0.001)[0][-1]
    assert ours == pytest.approx(np.sum((x[200:] @ w + b).argmax(axis=1) == y[200:]), abs=0.01)


def test_one_row_can_be_the_last():
    x = torch.tensor([[-1.0], [1.0], [2.0]])
    assert accuracy_on_the_last(x, torch.tensor([0, 1, 1]), 1) == 1
    assert accuracy_on_the_last(x, torch.tensor([0, 1, 0]), 1) == 0


# Bad input

Z, Y = torch.zeros(3, 4), torch.zeros(3, dtype=torch.int64)
BAD_SCORES = [
    ([1.0], TypeError, "scores must be a float tensor, got list"),
    (Z.long(), TypeError, r"scores must be a float tensor, got torch\.int64"),
    (torch.tensor(1.0), ValueError, r"scores must have shape \(\.\.\., k\), got \(\)"),
    (Z[:0], ValueError, r"got \(0, 4\)"),
    (Z + NAN, ValueError, "scores contain NaN or infinity"),
    (Z + math.inf, ValueError, "scores contain NaN or infinity"),
]
BAD_LABELS = [
    ([0, 1, 2], TypeError, "labels must be int64 class numbers, got list"),
    (Y.float(), TypeError, r"int64 class numbers, got torch\.float32"),
    (Y.int(), TypeError, r"got torch\.int32"),
    (Y.unsqueeze(1), ValueError, r"labels must have shape \(3,\), got \(3, 1\)"),
    (Y[:2], ValueError, r"labels must have shape \(3,\), got \(2,\)"),
    (Y + 4, ValueError, "labels must be 0 to 3, got 4 to 4"),
    (Y - 1, ValueError, "labels must be 0 to 3, got -1 to -1"),
]


@pytest.mark.parametrize(("z", "error", "match"), BAD_SCORES)
def test_bad_scores(z, error, match):
    for call in (
        check_scores,
        softmax,
        two_class_probability,
        lambda z: cross_entropy(z, Y),
        lambda z: cross_entropy_grad(z, Y),
        lambda z: double_softmax(z, Y),
        lambda z: accuracy(z, Y),
        lambda z: answer_if_sure(z, Y, 0.5),
    ):
        with pytest.raises(error, match=match):
            call(z)


@pytest.mark.parametrize(("labels", "error", "match"), BAD_LABELS)
def test_bad_labels(labels, error, match):
    for call in (
        lambda y: check_labels(y, (3,), 4),
        lambda y: cross_entropy(Z, y),
        lambda y: cross_entropy_grad(Z, y),
        lambda y: double_softmax(Z, y),
        lambda y: wrong_axis_loss(Z, y),
        lambda y: accuracy(Z, y),
        lambda y: answer_if_sure(Z + 0.25, y, 0.5),
        lambda y: fit_softmax(Z, y, 4, 1.0, 1),
    ):
        with pytest.raises(error, match=match):
            call(labels)


X = torch.zeros(3, 2)


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda: check_images([[1.0]]), TypeError, "x must be a float tensor, got list"),
        (lambda: check_images(X.long()), TypeError, r"x must be a float tensor, got torch\.int64"),
        (lambda: check_images(X[0]), ValueError, r"x must be finite, \(\.\.\., n, d\), got \(2,\)"),
        (lambda: check_images(X[:0]), ValueError, r"got \(0, 2\)"),
        (lambda: check_images(X + NAN), ValueError, "x must be finite"),
        (lambda: check_run(0, 1, 0), ValueError, "need lr > 0 and l2 >= 0, got 0 and 0"),
        (lambda: check_run(1, 1, -0.1), ValueError, "got 1 and -0.1"),
        (lambda: check_run(NAN, 1, 0), ValueError, "got nan"),
        (lambda: check_run(math.inf, 1, 0), ValueError, "got inf"),
        (lambda: check_run(1, 1, math.inf), ValueError, "got 1 and inf"),
        (lambda: check_run(1, 0, 0), ValueError, "steps must be a positive integer, got 0"),
        (lambda: check_run(1, 2.0, 0), ValueError, "steps must be a positive integer, got 2.0"),
        (lambda: fit_softmax(X.long(), Y, 4, 1.0, 1), TypeError, "x must be a float tensor"),
        (lambda: fit_softmax(X, Y, 4, -1.0, 1), ValueError, "need lr > 0"),
        (lambda: fit_softmax(X, Y, 4, 1.0, 0), ValueError, "steps"),
        (lambda: fit_softmax(X, Y, 4, 1.0, 1, l2=NAN), ValueError, "l2 >= 0, got 1.0 and nan"),
        (lambda: safe_lr(X.unsqueeze(0)), ValueError, r"x must have shape \(n, d\), got \(1, 3, 2\)"),
        (lambda: safe_lr(X.int()), TypeError, "x must be a float tensor"),
        (lambda: safe_lr(X, -1.0), ValueError, "l2 >= 0"),
        (lambda: hold_out(5, 0, [0]), ValueError, "need 0 < held_out < n and a seed, got 0 of 5"),
        (lambda: hold_out(5, 5, [0]), ValueError, "got 5 of 5"),
        (lambda: iris_accuracy([]), ValueError, "0 seeds"),
        (lambda: hold_out(5, 2, []), ValueError, "got 2 of 5, 0 seeds"),
        (lambda: confusion_matrix(Y, Y + 4, 4), ValueError, "labels must be 0 to 3, got 4"),
        (lambda: confusion_matrix(Y - 1, Y, 4), ValueError, "got -1"),
        (lambda: confusion_matrix(Y, Y[:2], 4), ValueError, r"labels must have shape \(3,\), got \(2,\)"),
        (lambda: loss_floor(1), ValueError, "classes must be at least 2, got 1"),
        (lambda: two_class_probability(Z), ValueError, "need two scores, got 4"),
        (lambda: answer_if_sure(Z, Y, 1.5), ValueError, r"threshold must lie in \[0, 1\], got 1.5"),
        (lambda: answer_if_sure(Z, Y, -0.1), ValueError, "got -0.1"),
        (lambda: accuracy_on_the_last(X, Y, 3), ValueError, "need 0 < held_out < 3, got 3"),
        (lambda: accuracy_on_the_last(X, Y, 0), ValueError, "got 0"),
        (lambda: accuracy_on_the_last(X[0], Y, 1), ValueError, "x must be finite"),
    ],
)
def test_bad_input(call, error, match):
    with pytest.raises(error, match=match):
        call()


# The file itself


def numbers(line):
    return [float(word.strip(",")) for word in line.split() if word.strip(",").replace(".", "", 1).isdigit()]


def test_the_page_says_what_the_run_shows(out):
    lines = out.splitlines()
    find = {line.split("  ")[0].strip(): line for line in lines}
    assert lines[0] == "(1797, 64) torch.int64 (10, 1257)"
    assert find["softmax"].split("tensor")[1] == find["plus 1000"].split("tensor")[1]
    assert find["directly"].endswith("tensor([nan, nan, nan])")
    assert sum(line.endswith("below 1e-12: True") for line in lines) == 3
    by_class = [float(line.split()[-1]) for line in lines if line.startswith("true class")]
    assert by_class == pytest.approx(
        [math.log(math.e**2 + math.e + 1 / math.e) - s for s in (2, 1, -1)], abs=1e-4
    )
    assert "tensor([[ 0.7054, -0.7405,  0.0351]])" in lines
    assert any(line.startswith("last  = [4, 6, 0] [0.39, 0.36, 0.21]") for line in lines)
    claimed, hit = numbers(next(line for line in lines if line.startswith("whole test set")))
    assert claimed + 0.05 < hit
    assert "first loss 2.3026, ln 10 = 2.3026" in lines
    assert "read  = [1, 0, 0, 0, 8, 4]" in lines
    right, low, high = numbers(
        next(line for line in lines if line.startswith("test accuracy") and "to" in line)
    )
    assert low < right < high and high - low > 0.015
    code = numbers(next(line for line in lines if line.startswith("six digits")))[0]
    assert code == pytest.approx(right**6, abs=0.01)
    wrong = next(line for line in lines if line.endswith("wrong"))
    assert numbers(wrong)[1] == pytest.approx(5400 * (1 - right), abs=3.5)
    most = next(line for line in lines if line.startswith("most often: 8 read as 1"))
    assert abs(numbers(most)[-1] - 33) <= 3  # rounding differs from machine to machine
    last, lots = (
        float(part.split()[-1]) for part in next(x for x in lines if x.startswith("last 540")).split(",")
    )
    assert last < low and lots == right
    assert "one image   [[1.0, 1.0, 1.0]]" in lines
    assert "column sums [1.0, 1.0, 1.0, 1.0, 1.0, 1.0]" in lines
    assert max(len(line) for line in lines) <= 60
