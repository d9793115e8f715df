import re
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.polynomial import Polynomial, polynomial
from sklearn import metrics
from sklearn.model_selection import KFold
from sklearn.neighbors import KNeighborsRegressor, NearestCentroid

from lessons.ch04_classification.generalization import (
    COLDEST,
    HOTTEST,
    TOP,
    accuracy,
    basis,
    best_features,
    check_classes,
    check_count,
    check_floats,
    check_matrix,
    confusion,
    create_days,
    cv_accuracy,
    cv_curve,
    error_curves,
    fit_poly,
    kfold,
    mean_usage,
    median_errors,
    nearest_rmse,
    oil_temperatures,
    precision,
    predict_poly,
    recall,
    rmse,
    train_val_test,
)

LESSON = Path(__file__).parents[2] / "lessons/ch04_classification/generalization.py"
NAN = float("nan")
SEEDS = st.integers(0, 10_000)


def generator(seed):
    return torch.Generator().manual_seed(seed)


def usage_in_numpy(temp):
    temp = np.asarray(temp)
    return 60 + 1.5 * np.logaddexp(0, 14 - temp) + 2.5 * np.logaddexp(0, temp - 24)


def days(n, seed):
    """Days made without the lesson: NumPy's generator, the truth by logaddexp."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(COLDEST, HOTTEST, n)
    return torch.tensor(x), torch.tensor(usage_in_numpy(x) + 5 * rng.standard_normal(n))


def numpy_rmse(x, y, ahead, used, degree):
    """Fit on x, y and score on ahead, used with NumPy's polynomials."""
    curve = Polynomial.fit(x.numpy(), y.numpy(), degree)
    return np.sqrt(np.mean((curve(ahead.numpy()) - used.numpy()) ** 2))


# The data


def test_the_days_follow_the_stated_truth():
    x, y = create_days((40_000,), seed=7)
    assert x.dtype == y.dtype == torch.float64
    assert COLDEST <= x.min() < COLDEST + 0.1 and HOTTEST - 0.1 < x.max() <= HOTTEST
    assert x.mean().item() == pytest.approx((COLDEST + HOTTEST) / 2, abs=0.2)
    residual = y.numpy() - usage_in_numpy(x)
    assert residual.mean() == pytest.approx(0, abs=0.1)
    assert residual.std() == pytest.approx(5, rel=0.02)
    assert abs(np.corrcoef(residual, x)[0, 1]) < 0.02
    x, y = create_days((3, 5), seed=7, noise=0)
    np.testing.assert_allclose(y, usage_in_numpy(x), rtol=1e-12)
    torch.testing.assert_close(mean_usage(x), y)


def test_the_days_depend_on_the_seed_only():
    before = torch.get_rng_state()
    first = create_days((4, 6), seed=1)
    train_val_test(20, seed=1)
    kfold(20, 3, seed=1)
    oil_temperatures(1)
    assert torch.equal(torch.get_rng_state(), before)
    torch.rand(1)
    assert torch.equal(torch.stack(first), torch.stack(create_days((4, 6), seed=1)))
    assert not torch.equal(first[0], create_days((4, 6), seed=2)[0])
    assert torch.equal(oil_temperatures(3)[0], oil_temperatures(3)[0])
    assert not torch.equal(oil_temperatures(3)[0], oil_temperatures(4)[0])


def test_oil_temperatures_are_the_seed_s_normal_numbers_in_degrees():
    oil, truth = oil_temperatures(5)
    z = torch.randn(1000, generator=generator(5))
    torch.testing.assert_close((oil - torch.where(truth == 1, 80.0, 60.0)) / 6, z, rtol=0, atol=1e-5)


# Splitting


@settings(max_examples=60)
@given(st.integers(3, 300), SEEDS, st.integers(1, 98), st.integers(1, 98))
def test_the_three_parts_are_disjoint_and_hold_everything(n, seed, a, b):
    assume(a + b < 100)
    shares = (a / 100, b / 100, (100 - a - b) / 100)
    assume(min(shares) * n >= 1)
    parts = train_val_test(n, seed, shares)
    assert len(parts) == 3
    assert sorted(torch.cat(parts).tolist()) == list(range(n))
    for part, share in zip(parts, shares, strict=True):
        assert abs(len(part) - n * share) <= 1 + 1e-9
    assert abs(len(parts[0]) - n * shares[0]) <= 0.5 + 1e-9


def test_the_split_is_shuffled_and_seeded():
    first, again, other = (torch.cat(train_val_test(50, seed)) for seed in (0, 0, 1))
    assert [len(part) for part in train_val_test(50, 0)] == [30, 10, 10]
    assert torch.equal(first, again) and not torch.equal(first, other)
    assert first.tolist() != list(range(50))
    where = torch.stack([train_val_test(50, seed)[2].double().mean() for seed in range(300)])
    assert where.mean().item() == pytest.approx(24.5, abs=1)  # no part prefers early days


@settings(max_examples=60)
@given(st.integers(2, 120), st.integers(2, 12), SEEDS)
def test_kfold_agrees_with_scikit_learn(n, k, seed):
    assume(k <= n)
    rounds = kfold(n, k, seed)
    oracle = list(KFold(k, shuffle=True, random_state=0).split(np.zeros(n)))
    assert [(len(a), len(b)) for a, b in rounds] == [(len(a), len(b)) for a, b in oracle]
    assert sorted(torch.cat([held for _, held in rounds]).tolist()) == list(range(n))
    for rows, held in rounds:
        assert sorted(rows.tolist() + held.tolist()) == list(range(n))


def test_kfold_is_shuffled_and_seeded():
    first, again, other = (torch.cat([held for _, held in kfold(40, 5, seed)]) for seed in (0, 0, 1))
    assert torch.equal(first, again) and not torch.equal(first, other)
    assert first.tolist() != list(range(40))


# Polynomials


def test_the_coldest_and_the_hottest_day_belong_to_the_range():
    ends = torch.tensor([COLDEST, 15.0, HOTTEST])
    assert basis(ends, 3).tolist() == [[1, -1, 1, -1], [1, 0, 0, 0], [1, 1, 1, 1]]


@settings(max_examples=30)
@given(st.integers(0, TOP), st.integers(1, 30), SEEDS)
def test_fit_poly_agrees_with_numpy(degree, spare, seed):
    x, y = days(degree + 1 + spare, seed)
    u = (x.numpy() - 15) / 20
    np.testing.assert_allclose(basis(x, degree), polynomial.polyvander(u, degree), atol=1e-12)
    design = polynomial.polyvander(u, degree)
    assume(np.linalg.cond(design) < 1e6)
    coef = fit_poly(x, y, degree)
    assert coef.shape == (degree + 1,)
    expected = polynomial.polyfit(u, y.numpy(), degree)
    np.testing.assert_allclose(coef, expected, rtol=1e-6, atol=1e-6)
    inner = torch.linspace(x.min().item(), x.max().item(), 17, dtype=torch.float64)
    curve = Polynomial.fit(x.numpy(), y.numpy(), degree)(inner.numpy())
    np.testing.assert_allclose(predict_poly(coef, inner), curve, rtol=1e-5, atol=1e-5)


def test_low_degrees_agree_with_polyfit():
    x, y = days(23, 5)
    for degree in range(5):
        expected = np.polyval(np.polyfit(x.numpy(), y.numpy(), degree), x.numpy())
        np.testing.assert_allclose(predict_poly(fit_poly(x, y, degree), x), expected, rtol=1e-7)


def test_towns_at_once_are_towns_one_by_one():
    x, y = create_days((2, 3, 31), seed=5)
    ahead = create_days((2, 3, 7), seed=6)[0]
    coef = fit_poly(x, y, 4)
    assert coef.shape == (2, 3, 5)
    curves = error_curves((x[:, :, :20], y[:, :, :20]), (x[:, :, 20:], y[:, :, 20:]), top=4)
    folds = cv_curve(x, y, k=4, seed=3, top=4)
    assert curves.shape == (2, 5, 2, 3) and folds.shape == (5, 2, 3)
    for i, j in np.ndindex(2, 3):
        a, b = x[i, j], y[i, j]
        alone = fit_poly(a, b, 4)
        torch.testing.assert_close(coef[i, j], alone, rtol=1e-9, atol=1e-9)
        torch.testing.assert_close(predict_poly(coef, ahead)[i, j], predict_poly(alone, ahead[i, j]))
        torch.testing.assert_close(
            curves[:, :, i, j], error_curves((a[:20], b[:20]), (a[20:], b[20:]), top=4)
        )
        torch.testing.assert_close(folds[:, i, j], cv_curve(a, b, k=4, seed=3, top=4))


def test_rmse_agrees_with_scikit_learn():
    pred = torch.randn(4, 9, generator=generator(0), dtype=torch.float64)
    y = 3 * torch.randn(4, 9, generator=generator(1), dtype=torch.float64)
    assert rmse(pred, y).shape == (4,)
    for row in range(4):
        expected = metrics.root_mean_squared_error(y[row], pred[row])
        assert rmse(pred[row], y[row]).item() == pytest.approx(expected, rel=1e-12)


def test_error_curves_fit_on_the_first_part_only():
    (x, y), (ahead, used) = days(30, 1), days(12, 2)
    curves = error_curves((x, y), (ahead, used), (x, y), top=6)
    assert curves.shape == (3, 7)
    for degree in range(7):
        assert curves[0, degree].item() == pytest.approx(numpy_rmse(x, y, x, y, degree), rel=1e-6)
        assert curves[1, degree].item() == pytest.approx(numpy_rmse(x, y, ahead, used, degree), rel=1e-6)
    assert torch.equal(curves[0], curves[2])
    assert error_curves((x, y)).shape == (1, TOP + 1)


@pytest.mark.parametrize(("n", "k"), [(40, 5), (31, 4)])
def test_cv_curve_pools_the_errors_of_all_days(n, k):
    x, y = days(n, 3)
    for degree, value in enumerate(cv_curve(x, y, k, seed=8, top=5).tolist()):
        squares = np.zeros(n)
        for rows, held in kfold(n, k, seed=8):
            curve = Polynomial.fit(x[rows].numpy(), y[rows].numpy(), degree)
            squares[held] = (curve(x[held].numpy()) - y[held].numpy()) ** 2
        assert value == pytest.approx(np.sqrt(squares.mean()), rel=1e-6)


# The U-curve and what is chosen by it


@pytest.fixture(scope="module")
def split():
    return train_val_test(50, seed=0)


def test_p_coefficients_soak_up_p_shares_of_noise():
    x, _ = create_days((600, 30), seed=9)
    noise = torch.randn(600, 30, generator=generator(10), dtype=torch.float64)
    for degree in (1, 4, TOP):
        left = error_curves((x, noise), top=degree)[0, degree].square().mean().item()
        assert left == pytest.approx(1 - (degree + 1) / 30, rel=0.04)


def town_medians(seed, split, towns=200):
    """Medians over towns of what the page measures, for one draw of all towns."""
    train, val, test = split
    x, y = create_days((towns, 50), seed)
    fresh = create_days((towns, 500), seed + 1000)
    usable = torch.cat([train, val])
    first = error_curves(*((x[:, rows], y[:, rows]) for rows in (train, val)))
    refit = error_curves(*((x[:, rows], y[:, rows]) for rows in (usable, test)), fresh)
    town = torch.arange(towns)
    by_cv = cv_curve(x[:, usable], y[:, usable], k=5, seed=0).argmin(dim=0)
    by_val, by_test = first[1].argmin(dim=0), refit[1].argmin(dim=0)
    typical = first.median(dim=2).values
    told, real = refit[1, by_test, town], refit[2, by_test, town]
    return {
        "best": typical[1].argmin().item(),
        "rise": (typical[1, TOP] / typical[1].min()).item(),
        "stiff": (typical[1, 0] / typical[1].min()).item(),
        "train": typical[0, TOP].item(),
        "falls": bool((first[0].diff(dim=0) <= 1e-9).all()),
        "tail": (refit[2, by_val, town].quantile(0.9) / refit[2, by_cv, town].quantile(0.9)).item(),
        "cheat": (told - real).median().item(),
        "below": (told < 5).double().mean().item(),
        "fair": (refit[1, by_cv, town] - refit[2, by_cv, town]).median().item(),
        "fresh": refit[2, by_cv, town].median().item(),
    }


# A seed draws 200 towns; a value is their median. The bars leave about as much room as the range is wide.
@pytest.mark.parametrize("seeds", [range(2), pytest.param(range(200), marks=pytest.mark.seeds)])
def test_what_the_page_says_of_200_towns_holds_for_others(split, seeds, bar):
    towns = [town_medians(seed + 5000, split) for seed in seeds]
    m = {name: np.array([town[name] for town in towns]) for name in towns[0]}
    assert m["falls"].all()  # the training error of every town
    bar(m["best"], zh="验证误差最小的次数", en="degree of the lowest validation error", at_least=2, at_most=4)
    best_zh, best_en = "的验证误差与最小值之比", "validation error over the lowest"
    bar(m["rise"], zh=f"{TOP} 次{best_zh}", en=f"degree {TOP}: {best_en}", at_least=1.2)
    bar(m["stiff"], zh=f"0 次{best_zh}", en=f"degree 0: {best_en}", at_least=1.75)
    zh, en = f"{TOP} 次的训练误差（MWh）", f"degree {TOP}: training error (MWh)"
    bar(m["train"], zh=zh, en=en, at_most=3.95)  # the noise is 5
    zh, en = "最差一成：单次划分与 5 折之比", "worst tenth: one split over 5 folds"
    bar(m["tail"], zh=zh, en=en, at_least=0.95)
    bar(
        m["below"],
        zh="用测试集挑：报出的误差低于噪声的占比",
        en="chosen on the test set: share reported below the noise",
        at_least=0.4,
        at_most=0.78,
    )
    told_zh, told_en = "报出的误差减去新日子的误差（MWh）", "reported minus fresh error (MWh)"
    bar(m["cheat"], zh=f"用测试集挑：{told_zh}", en=f"chosen on the test set: {told_en}", at_most=-0.4)
    zh, en = f"用 5 折挑：{told_zh}", f"chosen by 5 folds: {told_en}"
    bar(m["fair"], zh=zh, en=en, at_least=-0.75, at_most=0.3)
    bar(m["cheat"] - m["fair"], zh="上两行之差（MWh）", en="difference of the two (MWh)", at_most=-0.2)
    bar(
        m["fresh"],
        zh="用 5 折挑：新日子的误差（MWh）",
        en="chosen by 5 folds: fresh error (MWh)",
        at_least=5.25,
        at_most=5.7,
    )


def test_the_page_town_overfits(split):
    x, y = create_days((50,), seed=0)
    train, val, _ = split
    errors = error_curves((x[train], y[train]), (x[val], y[val]))
    assert errors[1].argmin() == 4
    assert errors[0, TOP] < 5 < 40 < errors[1, TOP]
    assert (errors[1, :4] < errors[0, :4]).all() and errors[1, 4] < errors[0, 4]
    hottest = x[val].max()
    assert ((x[train] - hottest).abs() > 2).all()  # no training day nearby
    assert predict_poly(fit_poly(x[train], y[train], TOP), hottest[None]) < 0


# Confusion matrix


@settings(max_examples=60)
@given(st.integers(2, 5), st.integers(1, 60), SEEDS)
def test_confusion_and_scores_agree_with_scikit_learn(classes, n, seed):
    pred, truth = torch.randint(classes, (2, n), generator=generator(seed))
    matrix = confusion(pred, truth, classes)
    labels = list(range(classes))
    assert matrix.tolist() == metrics.confusion_matrix(truth, pred, labels=labels).tolist()
    assert accuracy(matrix).item() == pytest.approx(metrics.accuracy_score(truth, pred), rel=1e-6)
    options = {"labels": labels, "average": None, "zero_division": np.nan}
    expected = metrics.precision_score(truth, pred, **options)
    np.testing.assert_allclose(precision(matrix), expected, rtol=1e-6)
    expected = metrics.recall_score(truth, pred, **options)
    np.testing.assert_allclose(recall(matrix), expected, rtol=1e-6)


def test_rows_are_the_truth():
    matrix = confusion(torch.tensor([1, 1, 0]), torch.tensor([0, 0, 0]), classes=3)
    assert matrix.tolist() == [[1, 2, 0], [0, 0, 0], [0, 0, 0]]
    assert recall(matrix)[0].item() == pytest.approx(1 / 3) and precision(matrix)[0] == 1
    assert recall(matrix)[1].isnan() and precision(matrix)[2].isnan()


# accuracy and recall of the rule over seeds 0-199 (min / median / max): 0.966 0.977 0.991; 0.6 0.9 1.0
def test_the_useless_rule_has_the_higher_accuracy():
    for seed in range(300, 340):
        oil, truth = oil_temperatures(seed)
        assert truth.dtype == torch.int64 and truth.sum() == 10 and len(truth) == 1000
        blind = confusion(torch.zeros_like(truth), truth, 2)
        rule = confusion((oil > 72).long(), truth, 2)
        assert accuracy(blind).item() == pytest.approx(0.99) and recall(blind)[1] == 0
        assert precision(blind)[1].isnan()
        assert accuracy(rule) < accuracy(blind) and recall(rule)[1] >= 0.5
    many = [oil_temperatures(seed) for seed in range(400, 600)]
    faults = torch.cat([oil[truth == 1] for oil, truth in many])
    healthy = torch.cat([oil[truth == 0] for oil, truth in many])
    assert [t.mean().item() for t in (healthy, faults)] == pytest.approx([60, 80], abs=0.6)
    assert [t.std().item() for t in (healthy, faults)] == pytest.approx([6, 6], rel=0.05)


# The leak


def noise_data(seed):
    rng = generator(seed)
    return torch.randn(40, 1000, generator=rng), torch.randint(2, (40,), generator=rng)


def test_best_features_agrees_with_corrcoef():
    x, y = torch.randn(23, 31, generator=generator(2)) + 5, torch.randint(2, (23,), generator=generator(3))
    scale = torch.logspace(-2, 2, 31)  # a correlation does not depend on the unit
    strength = [abs(np.corrcoef(column, y.numpy())[0, 1]) for column in x.double().numpy().T]
    expected = np.argsort(strength)[::-1][:6].tolist()
    assert best_features(x * scale, y, 6).tolist() == expected
    assert best_features(-x.double(), y, 6).tolist() == expected


def test_all_features_may_be_asked_for_and_come_in_order():
    x, y = torch.randn(23, 5, generator=generator(2)), torch.randint(2, (23,), generator=generator(3))
    strength = [abs(np.corrcoef(column, y.numpy())[0, 1]) for column in x.double().numpy().T]
    assert best_features(x, y, 5).tolist() == np.argsort(strength)[::-1].tolist()


@pytest.mark.parametrize("leak", [True, False])
def test_cv_accuracy_agrees_with_scikit_learn(leak):
    x, y = noise_data(12)
    hits = 0
    for rows, held in kfold(40, 7, seed=4):
        some = best_features(x, y, 10) if leak else best_features(x[rows], y[rows], 10)
        oracle = NearestCentroid().fit(x[rows][:, some].numpy(), y[rows].numpy())
        hits += (oracle.predict(x[held][:, some].numpy()) == y[held].numpy()).sum()
    assert cv_accuracy(x, y, 7, 4, leak) == pytest.approx(hits / 40)


# Mean accuracy over 20 data sets, for 50 such groups (min / median / max): leak 0.894 0.912 0.935; clean 0.461 0.501
# 0.551.
def test_picking_features_first_invents_an_accuracy():
    leaky, clean = (
        np.array([cv_accuracy(*noise_data(seed), 5, seed, leak) for seed in range(500, 540)])
        for leak in (True, False)
    )
    assert leaky.mean() > 0.86 and leaky.min() > 0.65
    assert abs(clean.mean() - 0.5) < 0.07


# The exercises


def test_nearest_rmse_agrees_with_scikit_learn():
    x, y = days(37, 6)
    rows, held, _ = train_val_test(37, 5)
    oracle = KNeighborsRegressor(1).fit(x[rows].numpy()[:, None], y[rows].numpy())
    expected = metrics.root_mean_squared_error(y[held], oracle.predict(x[held].numpy()[:, None]))
    assert nearest_rmse(x, y, rows, held).item() == pytest.approx(expected, rel=1e-12)


def test_twins_across_the_split_hide_the_error():
    by_row, by_day = [], []
    for seed in range(700, 800):
        x, y = (t.repeat(2) for t in create_days((50,), seed))
        rows, held, _ = train_val_test(100, seed)
        by_row.append(nearest_rmse(x, y, rows, held).item())
        train, val, _ = train_val_test(50, seed)
        pair = [torch.cat([part, part + 50]) for part in (train, val)]
        by_day.append(nearest_rmse(x, y, *pair).item())
    assert np.median(by_row) < 4.7 < 6.5 < np.median(by_day) < 8
    assert nearest_rmse(x, y, torch.arange(50), torch.arange(50, 100)) == 0


def test_more_days_cure_overfitting():
    seen, unseen = zip(*(median_errors(n, TOP, seed=60) for n in (30, 100, 1000)), strict=True)
    assert seen[0] < seen[1] < seen[2] < 5.1
    assert unseen[0] > 8 > 6 > unseen[1] > unseen[2] > 4.9
    x, y = create_days((50, 30), 60)
    errors = sorted(numpy_rmse(a, b, a, b, TOP) for a, b in zip(x, y, strict=True))
    assert seen[0] == pytest.approx(errors[24], rel=1e-5)  # torch's median of 50: the lower of the middle two
    assert median_errors(30, 2, 1) != median_errors(30, 2, 2)


def test_median_errors_agree_with_numpy_on_500_days_of_the_next_seed():
    x, y = create_days((9, 30), 60)
    ahead, used = create_days((9, 500), 61)
    seen = [numpy_rmse(a, b, a, b, 3) for a, b in zip(x, y, strict=True)]
    unseen = [numpy_rmse(*town, 3) for town in zip(x, y, ahead, used, strict=True)]
    found = median_errors(30, 3, seed=60, sets=9)
    assert found == pytest.approx((np.median(seen), np.median(unseen)), rel=1e-6)


# Bad input

X = torch.zeros(5)
L = torch.tensor([0, 1, 1, 0, 1])
R = torch.zeros(5, 12)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: check_count(n=2.0), TypeError, "n must be an integer, got 2.0"),
        (lambda: check_count(n=True), TypeError, "n must be an integer, got True"),
        (lambda: check_count(n=0), ValueError, "n must be at least 1, got 0"),
        (lambda: check_floats(x=[1.0]), TypeError, "x must be a float tensor, got <class 'list'>"),
        (lambda: check_floats(x=L), TypeError, r"x must be a float tensor, got torch\.int64"),
        (lambda: check_floats(x=X[0]), ValueError, r"x must hold samples, got \(\)"),
        (lambda: check_floats(x=X[:0]), ValueError, r"x must hold samples, got \(0,\)"),
        (lambda: check_floats(x=X + NAN), ValueError, "x contains NaN or infinity"),
        (lambda: check_floats(x=X, y=X[1:]), ValueError, r"x and y differ in shape: .*\(5,\), \(4,\)"),
        (lambda: check_classes(1, y=L), ValueError, "classes must be at least 2, got 1"),
        (lambda: check_classes(2, y=L.int()), TypeError, r"y must be an int64 tensor, got torch\.int32"),
        (lambda: check_classes(2, y=[0]), TypeError, "y must be an int64 tensor, got <class 'list'>"),
        (lambda: check_classes(2, y=L[None]), ValueError, r"y must have shape \(n,\), got \(1, 5\)"),
        (lambda: check_classes(2, y=L[:0]), ValueError, r"y must have shape \(n,\), got \(0,\)"),
        (lambda: check_classes(2, y=L + 1), ValueError, "y must lie in 0 to 1, got 1 to 2"),
        (lambda: check_classes(2, y=L - 1), ValueError, "y must lie in 0 to 1, got -1 to 0"),
        (lambda: check_classes(2, a=L, b=L[1:]), ValueError, r"a and b differ in length: \[5, 4\]"),
        (lambda: check_matrix(R), TypeError, r"matrix must be an int64 tensor, got torch\.float32"),
        (lambda: check_matrix([[1]]), TypeError, "matrix must be an int64 tensor, got <class 'list'>"),
        (lambda: check_matrix(L), ValueError, r"matrix must be square, got shape \(5,\)"),
        (lambda: check_matrix(R.long()), ValueError, r"matrix must be square, got shape \(5, 12\)"),
        (lambda: check_matrix(torch.zeros(2, 2).long()), ValueError, "at least one of them positive"),
        (lambda: check_matrix(torch.tensor([[3, -1], [0, 1]])), ValueError, "must hold counts"),
        (lambda: mean_usage(X + NAN), ValueError, "temp contains NaN"),
        (lambda: create_days((3, 0), 0), ValueError, r"shape\[1\] must be at least 1, got 0"),
        (lambda: create_days((3,), 0, noise=-1), ValueError, "noise must be finite and not below 0, got -1"),
        (lambda: create_days((3,), 0, noise=NAN), ValueError, "noise .* got nan"),
        (lambda: create_days((3,), 0, noise=float("inf")), ValueError, "noise .* got inf"),
        (lambda: train_val_test(2, 0), ValueError, "n must be at least 3, got 2"),
        (lambda: train_val_test(50.0, 0), TypeError, "n must be an integer"),
        (lambda: train_val_test(50, 0, (0.5, 0.5)), ValueError, "3 positive numbers, sum 1"),
        (lambda: train_val_test(50, 0, (0.5, 0.5, 0.1)), ValueError, "sum 1, got"),
        (lambda: train_val_test(50, 0, (0.5, 0.5, 0.0)), ValueError, "positive"),
        (lambda: train_val_test(4, 0, (0.9, 0.05, 0.05)), ValueError, "n = 4 leaves a part of shares"),
        (lambda: kfold(1, 2, 0), ValueError, "n must be at least 2, got 1"),
        (lambda: kfold(10, 1, 0), ValueError, "k must be at least 2, got 1"),
        (lambda: kfold(10, 2.5, 0), TypeError, "k must be an integer, got 2.5"),
        (lambda: kfold(4, 5, 0), ValueError, "k = 5 folds need at least 5 rows, got 4"),
        (lambda: basis(X, -1), ValueError, "degree must be at least 0, got -1"),
        (lambda: basis(X, 1.5), TypeError, "degree must be an integer"),
        (lambda: basis(X + 36, 2), ValueError, r"x must lie in -5\.0 to 35\.0 °C"),
        (lambda: basis(X - 6, 2), ValueError, "x must lie in"),
        (lambda: fit_poly(X, X[1:], 1), ValueError, "x and y differ in shape"),
        (lambda: fit_poly(X, L, 1), TypeError, "y must be a float tensor"),
        (lambda: fit_poly(X, X, 5), ValueError, "degree 5 needs more than 5 points"),
        (lambda: predict_poly(X + NAN, X), ValueError, "coef contains NaN"),
        (lambda: predict_poly(X, X + 99), ValueError, "x must lie in"),
        (lambda: rmse(X, X[1:]), ValueError, "pred and y differ in shape"),
        (lambda: rmse(X[:, None], X), ValueError, "pred and y differ in shape"),
        (lambda: error_curves((X, X), (X, X), top=5), ValueError, "degree 5 needs"),
        (lambda: cv_curve(X, X[1:], 2, 0), ValueError, "differ in shape"),
        (lambda: cv_curve(X, X, 6, 0), ValueError, "k = 6 folds"),
        (lambda: confusion(L, L[1:], 2), ValueError, "pred and truth differ in length"),
        (lambda: confusion(L + 1, L, 2), ValueError, "pred must lie in 0 to 1"),
        (lambda: confusion(L.double(), L, 2), TypeError, "pred must be an int64 tensor"),
        (lambda: accuracy(R.long()), ValueError, "square"),
        (lambda: precision(R), TypeError, "int64"),
        (lambda: recall(L), ValueError, "square"),
        (lambda: best_features(R, L[1:], 2), ValueError, r"do not fit: \(5, 12\), \(4,\) and 2"),
        (lambda: best_features(X, L, 2), ValueError, "do not fit"),
        (lambda: best_features(R, L, 13), ValueError, r"do not fit: .* and 13"),
        (lambda: best_features(R, L, 0), ValueError, "count must be at least 1"),
        (lambda: best_features(R, L + 1, 2), ValueError, "y must lie in 0 to 1"),
        (lambda: cv_accuracy(R, L[1:], 2, 0, False), ValueError, "do not fit"),
        (lambda: nearest_rmse(X, X[1:], L, L), ValueError, "differ in shape"),
        (lambda: median_errors(0, 1, 0), ValueError, "n must be at least 1"),
        (lambda: median_errors(5, 1, 0, sets=0), ValueError, "sets must be at least 1"),
    ],
)
def test_bad_input(call, error, message):
    with pytest.raises(error, match=message):
        call()


# The file itself


@pytest.fixture(scope="module")
def printed(program_output):
    return program_output(LESSON)


def numbers(pattern, text):
    found = re.search(pattern, text)
    assert found, pattern
    return [float(value) for value in found.groups()]


def test_the_page_says_what_the_run_shows(printed, split):
    assert "train 30  val 10  test 10" in printed and "chosen = 4" in printed
    best, error = numbers(r"degree (\d+): ([\d.]+) MWh", printed)
    x, y = create_days((50,), seed=0)
    train, val, test = split
    usable = torch.cat([train, val])
    cv = cv_curve(x[usable], y[usable], k=5, seed=0)
    assert best == cv.argmin() and error == pytest.approx(cv.min().item(), abs=0.01)
    told, fresh = numbers(r"test ([\d.]+)  fresh ([\d.]+)", printed)
    exact = numpy_rmse(x[usable], y[usable], x[test], y[test], int(best))
    assert told == pytest.approx(exact, abs=0.01) and told > 7.5 and 6 < fresh < 7
    medians = numbers(r"one split: median ([\d.]+)  worst tenth ([\d.]+)", printed)
    folds = numbers(r"5 folds  : median ([\d.]+)  worst tenth ([\d.]+)", printed)
    assert abs(medians[0] - folds[0]) < 0.2 and medians[1] > folds[1] + 0.5
    for theory, measured in re.findall(r"theory ([\d.]+)  measured ([\d.]+)", printed):
        assert float(measured) == pytest.approx(float(theory), rel=0.015)
    low, high = numbers(r"200 towns: test ([\d.]+) to ([\d.]+)", printed)
    assert low < 4.5 < 7 < high < told  # our town was unluckier than the middle eight in ten
    median, later = numbers(r"medians: test ([\d.]+)  fresh ([\d.]+)", printed)
    assert median == pytest.approx(later, abs=0.3)


def test_the_mistakes_print_what_the_page_says(printed):
    told, real = numbers(r"reported ([\d.]+)  fresh ([\d.]+)", printed)
    assert told < 5 < 5.3 < real
    assert 40 < numbers(r"below the noise: (\d+)%", printed)[0] < 70
    assert "always healthy: [[990, 0], [10, 0]]\n  accuracy 99.0%  recall 0%\n  precision nan" in printed
    share, found = numbers(r"200 seeds: accuracy ([\d.]+)%  recall (\d+)%", printed)
    assert 97 < share < 98.5 and 88 < found < 94
    leaky, clean = numbers(r"before: ([\d.]+)%  picked inside: ([\d.]+)%", printed)
    assert leaky > 88 and 47 < clean < 53
    by_row, by_day = numbers(r"by row ([\d.]+)  by day ([\d.]+)", printed)
    assert by_row < 5 < 6.8 < by_day < 7.6
