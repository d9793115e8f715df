import csv
import math
import multiprocessing
import os
import re
import runpy
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_diabetes
from sklearn.linear_model import LinearRegression
from sklearn.preprocessing import StandardScaler
from torch import nn
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader, RandomSampler, TensorDataset, default_collate

from lessons.ch03_linear_regression.data_loading import (
    NAMES,
    ArrayDataset,
    LineDataset,
    batches,
    check_count,
    check_data,
    collate,
    drop_or_fill,
    epoch_mean,
    in_units,
    is_number,
    least_squares,
    make_flats,
    pad_rows,
    read_cell,
    read_table,
    stack_samples,
    train,
    train_from_disk,
    write_table,
)

LESSON = Path(__file__).parents[2] / "lessons/ch03_linear_regression/data_loading.py"
NAN = float("nan")


def generator(seed):
    return torch.Generator().manual_seed(seed)


def pairs(n, features, seed=0, dtype=torch.float32):
    rng = generator(seed)
    x = torch.randn(n, features, generator=rng, dtype=dtype)
    return x, torch.randn(n, 1, generator=rng, dtype=dtype) + x.sum(dim=1, keepdim=True)


def page():
    """The page's training and test parts, made anew: standardized sets, mean, std, and the raw training part."""
    flats = make_flats(seed=4, n=126)
    flats = torch.cat([flats[:40], flats[41:]])
    order = torch.randperm(125, generator=generator(0))
    rows, held_out = order[:100].sort().values, order[100:]
    x, y = flats[:, :2], flats[:, 2:]
    mean, std = x[rows].mean(dim=0), x[rows].std(dim=0)
    z = (x - mean) / std
    return (
        ArrayDataset(z[rows], y[rows]),
        ArrayDataset(z[held_out], y[held_out]),
        mean,
        std,
        (x[rows], y[rows]),
    )


@pytest.fixture(scope="module")
def flats():
    return page()


@pytest.fixture(scope="module")
def output(program_output):
    return program_output(LESSON)


# The table


def test_the_flats_follow_the_stated_truth():
    flats = make_flats(seed=1, n=20_000).double()
    area, walk, rent = flats.T
    assert flats.shape == (20_000, 3)
    assert (area.min(), area.max()) == (20, 90) and (walk.min(), walk.max()) == (1, 20)
    assert (area.diff() >= 0).all()  # sorted
    noise = rent - (800 + 60 * area - 40 * walk)
    assert noise.mean().item() == pytest.approx(0, abs=10)
    assert noise.std().item() == pytest.approx(300, rel=0.03)
    assert abs(np.corrcoef(noise, area)[0, 1]) < 0.03
    assert torch.equal(flats, flats.round())
    assert not torch.equal(make_flats(seed=1, n=9), make_flats(seed=2, n=9))
    before = torch.get_rng_state()
    page = make_flats(seed=4, n=126)
    assert torch.equal(page, make_flats(seed=4, n=126)) and torch.equal(torch.get_rng_state(), before)
    # as the page prints them; without noise they would cost 1560, 1780 and 1740 yuan
    assert page[:3].tolist() == [[20, 11, 1679], [21, 7, 1500], [21, 8, 1660]]


@settings(max_examples=25)
@given(
    st.integers(1, 5).flatmap(
        lambda k: st.lists(
            st.lists(
                st.floats(-(2**20), 2**20, width=32),
                min_size=k,
                max_size=k,
            ),
            min_size=1,
            max_size=7,
        )
    )
)
def test_a_table_comes_back_as_numpy_reads_it(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("t") / "t.csv"
    names = [f"column {j}" for j in range(len(rows[0]))]
    write_table(path, names, rows)
    found, table = read_table(path)
    assert found == names and table.dtype == torch.float32
    expected = np.loadtxt(path, delimiter=",", skiprows=1, ndmin=2, dtype=np.float32)
    np.testing.assert_array_equal(table.numpy(), expected)
    np.testing.assert_array_equal(table.numpy(), np.array(rows, dtype=np.float32))
    with open(path, newline="", encoding="utf-8") as file:
        assert len(list(csv.reader(file))) == len(rows) + 1


def written(folder, text, name="t.csv", encoding="utf-8"):
    path = folder / name
    path.write_text(text, encoding=encoding)
    return path


GAPS = "a,b,c\n1,2,3\n4,,6\n7, ,9\n10,11,12\n"


def test_gaps_are_refused_dropped_or_filled_as_asked(tmp_path):
    path = written(tmp_path, GAPS)
    with pytest.raises(ValueError, match=r"^t\.csv line 3, b: expected a number, got ''$"):
        read_table(path)
    with pytest.raises(ValueError, match="line 3, b"):
        read_table(str(path), missing={"a": 1.0})  # another column's number is no excuse
    assert read_table(path, missing="drop")[1].tolist() == [[1, 2, 3], [10, 11, 12]]
    filled = read_table(path, missing={"b": -2.5, "c": 0})[1].tolist()
    assert filled == [[1, 2, 3], [4, -2.5, 6], [7, -2.5, 9], [10, 11, 12]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b\n1,2\n3,4O\n", "^t.csv line 3, b: expected a number, got '4O'$"),
        ("a,b\n1,2\n3\n", "^t.csv line 3: expected 2 cells, got 1$"),
        ("a,b\n1,2,3\n", "^t.csv line 2: expected 2 cells, got 3$"),
        ("a,b\n1,2\n\n3,4\n", "^t.csv line 3: expected 2 cells, got 0$"),
        ("a,b\n1,nan\n", "^t.csv line 2, b: expected a number, got 'nan'$"),
        ("a,b\n-inf,1\n", "^t.csv line 2, a: expected a number, got '-inf'$"),
        ('a,b\n"1,200",1\n', "^t.csv line 2, a: expected a number, got '1,200'$"),
        ("a,b\nNA,1\n", "^t.csv line 2, a: expected a number, got 'NA'$"),
        ("a,b\n", "^t.csv: no row of numbers is left$"),
        ("", r"^t.csv line 1: expected different column names, got \[\]$"),
        ("1,2\n3,4\n", r"^t.csv line 1: expected different column names, got \['1', '2'\]$"),
        ("a,a\n3,4\n", "^t.csv line 1: expected different"),
        ("a,\n3,4\n", "^t.csv line 1: expected different"),
    ],
)
def test_bad_files_are_refused_by_line_and_column(tmp_path, text, message):
    with pytest.raises(ValueError, match=message):
        read_table(written(tmp_path, text))


def test_bad_rows_are_refused_whatever_is_done_about_gaps(tmp_path):
    path = written(tmp_path, "a,b\n1,2\n3,x\n")
    for missing in ("error", "drop", {"b": 1.0}):
        with pytest.raises(ValueError, match="line 3, b: expected a number, got 'x'"):
            read_table(path, missing=missing)
    with pytest.raises(ValueError, match="no row of numbers is left"):
        read_table(written(tmp_path, "a,b\n1,\n,2\n"), missing="drop")


@pytest.mark.parametrize(
    ("missing", "message"),
    [
        ("fill", "missing must be 'error', 'drop' or a dict of numbers, got 'fill'"),
        (None, "missing must be .* got None"),
        ({"d": 1.0}, r"missing names \['d'\], the columns are \['a', 'b', 'c'\]"),
        ({"b": NAN}, "missing must give finite numbers"),
        ({"b": None}, "missing must give finite numbers"),
    ],
)
def test_an_unknown_choice_is_refused(tmp_path, missing, message):
    with pytest.raises(ValueError, match=message):
        read_table(written(tmp_path, GAPS), missing=missing)


def test_a_file_saved_by_a_spreadsheet_is_read(tmp_path):
    path = written(tmp_path, "a, b\r\n1, 2\r\n", encoding="utf-8-sig")  # a mark at the start, spaces, \r\n
    names, table = read_table(path)
    assert names == ["a", "b"] and table.tolist() == [[1, 2]]
    with pytest.raises(FileNotFoundError):
        read_table(tmp_path / "no.csv")


def test_a_name_in_quotes_may_take_two_lines(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes(b'"area\r\nm2",walk\r\n45,8\r\n')
    names, table = read_table(path)
    assert names == ["area\r\nm2", "walk"] and table.tolist() == [[45, 8]]


def test_one_nan_ruins_all_parameters():
    assert math.isnan(float("nan"))  # no error
    x, y = pairs(8, 2)
    x[3, 1] = NAN
    model, _ = train(TensorDataset(x, y), epochs=1, batch_size=8)
    assert all(p.isnan().all() for p in model.parameters())
    with pytest.raises(ValueError, match="x contains NaN"):
        ArrayDataset(x, y)


# Dataset and batches


def test_array_dataset_is_torchs_tensor_dataset():
    x, y = pairs(7, 3)
    ours, theirs = ArrayDataset(x, y), TensorDataset(x, y)
    assert len(ours) == len(theirs) == 7
    for i in (*range(7), -1):
        assert all(torch.equal(a, b) for a, b in zip(ours[i], theirs[i], strict=True))
    with pytest.raises(IndexError):
        ours[7]
    assert len(list(ours)) == 7  # a loop ends


@settings(max_examples=40)
@given(
    st.integers(1, 40),
    st.integers(1, 4),
    st.integers(1, 45),
    st.integers(0, 9),
    st.sampled_from([torch.float32, torch.float64]),
)
def test_batches_equal_torchs_loader(n, features, batch_size, seed, dtype):
    dataset = ArrayDataset(*pairs(n, features, seed, dtype))
    sampler = RandomSampler(dataset, generator=generator(seed))
    for ours, theirs in (
        (
            batches(dataset, batch_size, generator(seed)),
            DataLoader(dataset, batch_size, sampler=sampler, generator=generator(1)),
        ),
        (batches(dataset, batch_size), DataLoader(dataset, batch_size, generator=generator(1))),
    ):
        ours, theirs = list(ours), list(theirs)
        assert len(ours) == len(theirs) == math.ceil(n / batch_size)
        for a, b in zip(ours, theirs, strict=True):
            assert all(torch.equal(s, t) and s.dtype == t.dtype for s, t in zip(a, b, strict=True))


@settings(max_examples=20)
@given(st.integers(1, 30), st.integers(1, 33), st.integers(0, 99))
def test_every_index_comes_once_an_epoch(n, batch_size, seed):
    x = torch.arange(n, dtype=torch.float32).reshape(-1, 1)
    dataset, rng = ArrayDataset(x, 10 * x), generator(seed)
    for _ in range(2):
        drawn = list(batches(dataset, batch_size, rng))
        seen = torch.cat([bx for bx, _ in drawn])
        assert seen.flatten().sort().values.tolist() == list(range(n))
        assert torch.equal(torch.cat([by for _, by in drawn]), 10 * seen)  # together


def test_each_epoch_has_its_own_order_and_the_global_generator_is_left_alone():
    dataset, rng = ArrayDataset(*pairs(50, 2)), generator(0)
    before = torch.get_rng_state()
    first, second = (torch.cat([x for x, _ in batches(dataset, 8, rng)]) for _ in range(2))
    train(dataset, epochs=1)
    assert torch.equal(torch.get_rng_state(), before)
    assert not torch.equal(first, second)
    assert not torch.equal(first, dataset.x)
    assert torch.equal(torch.cat([x for x, _ in batches(dataset, 8)]), dataset.x)


def test_stack_samples_is_the_default_collate():
    samples = [(torch.randn(3, generator=generator(i)), torch.tensor([float(i)])) for i in range(5)]
    for ours, theirs in zip(stack_samples(samples), default_collate(samples), strict=True):
        assert torch.equal(ours, theirs)


# The mean of an epoch


@settings(max_examples=30)
@given(st.lists(st.integers(1, 9), min_size=1, max_size=6), st.integers(0, 99))
def test_epoch_mean_is_the_mean_over_all_samples(sizes, seed):
    parts = [torch.rand(size, generator=generator(seed + i)).double() for i, size in enumerate(sizes)]
    found = epoch_mean([part.mean().item() for part in parts], sizes)
    assert found == pytest.approx(torch.cat(parts).mean().item(), rel=1e-12)
    assert found == pytest.approx(np.average([part.mean() for part in parts], weights=sizes))


# Training


def numpy_train(x, y, lr, epochs, batch_size, seed):
    """The lesson's training in float64, gradient written out; the order from a loader of indices."""
    x, y = x.double().numpy(), y.double().numpy().ravel()
    loader = DataLoader(range(len(x)), batch_size, shuffle=True, generator=generator(seed))
    w, b, path, losses = np.zeros(x.shape[1]), 0.0, [], []
    for _ in range(epochs):
        squares = 0.0
        for rows in loader:
            residual = x[rows] @ w + b - y[rows]
            squares += (residual**2).sum()
            w, b = w - lr * 2 * x[rows].T @ residual / len(rows), b - lr * 2 * residual.mean()
            path.append([*w, b])
        losses.append(squares / len(x))
    return np.array(path), losses


def flat(model):
    return nn.utils.parameters_to_vector(model.parameters()).detach().numpy()


@pytest.mark.parametrize(("n", "features", "batch_size"), [(12, 3, 12), (37, 2, 10), (5, 1, 3)])
def test_golden_trajectory(n, features, batch_size):
    # one update an epoch in the first case: the first five updates; ragged last batches in the others
    x, y = pairs(n, features, seed=5)
    path, losses = numpy_train(x, y, 0.05, 5, batch_size, seed=3)
    updates = math.ceil(n / batch_size)
    for epochs in range(1, 6):
        model, found = train(ArrayDataset(x, y), lr=0.05, epochs=epochs, batch_size=batch_size, seed=3)
        np.testing.assert_allclose(flat(model), path[epochs * updates - 1], atol=1e-4, rtol=0)
        np.testing.assert_allclose(found, losses[:epochs], atol=1e-4, rtol=0)


# The page's flats, lr 0.02, 60 epochs, batches of 32. The bars are about twice as far from the median as the worst seed.
def test_training_reaches_least_squares(flats, seeds, bar):
    train_set, test_set, mean, std, (x, y) = flats
    best = least_squares(x, y)
    floor = nn.functional.mse_loss(x @ best[:2, None] + best[2], y).item()
    in_order = in_units(train(train_set, shuffle=False)[0], mean, std)
    assert abs(in_order[0] - best[0]) > 1.9  # not shuffled, worse than any of the 200 shuffled runs
    off, reached, answer, error, last = [], [], [], [], []
    for seed in seeds:
        model, losses = train(train_set, seed=seed)
        learned = in_units(model, mean, std)
        with torch.no_grad():
            reached.append(nn.functional.mse_loss(model(train_set.x), train_set.y).item() / floor)
            error.append(nn.functional.mse_loss(model(test_set.x), test_set.y).item() ** 0.5)
        off.append(abs(learned[0] - best[0]).item())
        answer.append(abs((learned - best) @ torch.tensor([50.0, 10.0, 1.0])).item())
        last.append(losses[-1] / floor)
    bar(off, zh="每平方米价格与最小二乘相差（元）", en="price of a m², yuan from least squares", at_most=1.9)
    bar(reached, zh="损失与最小二乘的损失之比", en="loss over that of least squares", at_most=1.025)
    bar(
        answer,
        zh="开头问题的答案与最小二乘相差（元）",
        en="the opening's answer, yuan from least squares",
        at_most=60,
    )
    bar(error, zh="测试误差（元）", en="test error (yuan)", at_least=280, at_most=320)
    bar(
        last,
        zh="末轮平均损失与最小二乘的损失之比",
        en="mean loss of the last epoch over that of least squares",
        at_least=0.97,
        at_most=1.04,
    )


def test_training_depends_on_its_seed_only(flats):
    train_set = flats[0]
    model, losses = train(train_set, epochs=2)
    torch.rand(1)
    again, losses_again = train(train_set, epochs=2)
    assert np.array_equal(flat(model), flat(again)) and losses == losses_again
    assert losses != train(train_set, epochs=2, seed=1)[1]
    assert all(type(loss) is float for loss in losses)
    assert len(train(train_set)[1]) == 60  # as many epochs as the page says, unless told otherwise
    assert train(train_set, 0.02, 2, 32, False, 0)[1] == train(train_set, 0.02, 2, 32, False, 1)[1]


def test_least_squares_agrees_with_scikit_learn():
    for n, features in ((11, 1), (40, 3)):
        x, y = pairs(n, features, seed=n)
        oracle = LinearRegression().fit(x.double().numpy(), y.double().numpy().ravel())
        np.testing.assert_allclose(
            least_squares(x, y).numpy(), [*oracle.coef_, oracle.intercept_], atol=1e-5, rtol=1e-5
        )


def test_in_units_gives_the_same_predictions():
    x, _ = pairs(9, 3, seed=2)
    x = 7 * x + 30
    mean, std = x.mean(dim=0), x.std(dim=0)
    with torch.random.fork_rng():
        model = nn.Linear(3, 1)
    coefficients = in_units(model, mean, std)
    expected = model((x - mean) / std).detach()[:, 0]
    torch.testing.assert_close(x @ coefficients[:3] + coefficients[3], expected, atol=1e-4, rtol=1e-4)


def test_each_step_closes_four_per_cent_of_the_gap(flats):
    z = flats[0].x[:, :1]
    z = (z - z.mean()) / z.std(correction=0)
    model, _ = train(ArrayDataset(z, 10 * z + 5), epochs=1, batch_size=100)
    np.testing.assert_allclose(flat(model), [0.4, 0.2], rtol=1e-4)


# Samples of different length


@settings(max_examples=30)
@given(st.lists(st.integers(0, 6), min_size=1, max_size=5), st.sampled_from([torch.float32, torch.int64]))
def test_pad_rows_is_torchs_pad_sequence(lengths, dtype):
    rows = [torch.arange(1, n + 1).to(dtype) + 10 * i for i, n in enumerate(lengths)]
    padded, found = pad_rows(rows)
    assert found.tolist() == lengths
    assert padded.dtype == dtype
    assert torch.equal(padded, pad_sequence(rows, batch_first=True))


def test_default_collate_refuses_ragged_rows_and_padding_lowers_the_mean():
    rooms = [torch.tensor(sizes) for sizes in ([20.0, 12], [15.0], [18.0, 14, 10])]
    with pytest.raises(RuntimeError, match="stack expects each tensor to be equal size"):
        next(iter(DataLoader(rooms, batch_size=3, generator=generator(0))))
    loader = DataLoader(rooms, batch_size=3, collate_fn=pad_rows, generator=generator(0))
    padded, lengths = next(iter(loader))
    assert padded.mean(dim=1).tolist() == pytest.approx([32 / 3, 5, 14])
    assert (padded.sum(dim=1) / lengths).tolist() == [16, 15, 14]


# Workers


def script_of_the_page():
    """The program shown in the text, the same in both languages."""
    text = LESSON.read_text(encoding="utf-8")
    fences = re.findall(r"^# ```python\n(.*?)^# ```$", text, flags=re.MULTILINE | re.DOTALL)
    assert len(fences) == 2 and fences[0] == fences[1]
    return re.sub(r"^# ?", "", fences[0], flags=re.MULTILINE)


def run_script(folder, script):
    path = folder / "program.py"
    path.write_text(script, encoding="utf-8")
    command = [sys.executable, "-W", "error", str(path)]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, env=environment, check=False)
    return done.returncode, done.stdout, done.stderr


def spawning(script):
    assert script.count("num_workers=2") == 1
    return script.replace("num_workers=2", 'num_workers=1, multiprocessing_context="spawn"')


@pytest.mark.seeds
def test_with_the_guard_spawned_workers_work(tmp_path):
    code, out, err = run_script(tmp_path, spawning(script_of_the_page()))
    assert (code, err) == (0, "")
    assert out == "tensor([0, 1, 2, 3])\ntensor([4, 5, 6, 7])\n"


def without_guard(script):
    bare = re.sub(r'^if __name__ == "__main__":.*\n    main\(\)', "main()", script, flags=re.MULTILINE)
    assert bare != script and "__main__" not in bare
    return bare


def test_what_a_spawned_worker_does_with_the_file(tmp_path, monkeypatch):
    # the worker's first step without the process: `multiprocessing.spawn` imports the file as `__mp_main__`
    monkeypatch.setattr(multiprocessing.current_process(), "_inheriting", True, raising=False)
    path, script = tmp_path / "program.py", spawning(script_of_the_page())
    path.write_text(script, encoding="utf-8")
    assert callable(runpy.run_path(str(path), run_name="__mp_main__")["main"])  # nothing runs
    path.write_text(without_guard(script), encoding="utf-8")
    with pytest.raises(
        RuntimeError, match=r"before the\s+current process has finished its bootstrapping phase"
    ):
        runpy.run_path(str(path), run_name="__mp_main__")
    told = re.findall(r"`([^`\n]+)`", LESSON.read_text(encoding="utf-8"))
    assert "before the current process has finished its bootstrapping phase" in told
    assert "exited unexpectedly" in told


@pytest.mark.seeds
def test_without_the_guard_spawned_workers_fail_as_the_page_says(tmp_path):
    bare = without_guard(spawning(script_of_the_page()))
    code, out, err = run_script(tmp_path, bare)
    assert code != 0 and out == ""
    assert "RuntimeError" in err
    assert "before the\n        current process has finished its bootstrapping phase" in err
    assert "exited unexpectedly" in err


@pytest.mark.seeds
def test_two_workers_as_the_page_has_it(tmp_path):
    code, out, err = run_script(tmp_path, script_of_the_page())
    assert (code, err) == (0, "")
    assert out == "tensor([0, 1, 2, 3])\ntensor([4, 5, 6, 7])\n"


# The mistakes


def test_the_mean_of_batch_means_depends_on_the_order(flats):
    train_set = flats[0]
    model, _ = train(train_set)
    plain, weighted = [], []
    for seed in range(20):
        with torch.no_grad():
            drawn = list(batches(train_set, 32, generator(seed)))
            losses = [nn.functional.mse_loss(model(x), y).item() for x, y in drawn]
        plain.append(np.mean(losses) ** 0.5)
        weighted.append(epoch_mean(losses, [32, 32, 32, 4]) ** 0.5)
    with torch.no_grad():
        exact = nn.functional.mse_loss(model(train_set.x), train_set.y).item() ** 0.5
    assert max(plain) - min(plain) > 25
    assert weighted == pytest.approx([exact] * 20, rel=1e-6)


def test_a_sample_of_the_small_batch_counts_eight_times():
    # one sample with a loss of 1, all others 0: first in a batch of 32, then in the batch of 4
    in_large, in_small = [1 / 32, 0, 0, 0], [0, 0, 0, 1 / 4]
    assert np.mean(in_small) == 8 * np.mean(in_large)
    assert epoch_mean(in_small, [32, 32, 32, 4]) == epoch_mean(in_large, [32, 32, 32, 4]) == 1 / 100


# The seeds are pairs of orders. The slope scatters around 0 by 6.6: the bar is five times that.
@pytest.mark.parametrize("seeds", [range(5), pytest.param(range(200), marks=pytest.mark.seeds)])
def test_shuffled_apart_the_slope_is_gone_and_the_loss_still_falls(flats, seeds, bar):
    train_set, _, mean, std, (_, y) = flats
    slopes, fallen, left = [], [], []
    for seed in seeds:
        rng = generator(seed)
        order_x, order_y = (torch.randperm(100, generator=rng) for _ in range(2))
        apart = ArrayDataset(train_set.x[order_x], train_set.y[order_y])
        model, losses = train(apart)
        slopes.append(in_units(model, mean, std)[0].item())
        fallen.append(losses[-1] / losses[0])
        left.append(losses[-1] ** 0.5 / y.std().item())
    apart_zh, apart_en = "分开打乱", "shuffled apart"
    bar(
        slopes,
        zh=f"{apart_zh}：每平方米价格（元）",
        en=f"{apart_en}: price of a m² (yuan)",
        at_least=-35,
        at_most=35,
    )
    bar(fallen, zh=f"{apart_zh}：末轮与首轮损失之比", en=f"{apart_en}: last loss over the first", at_most=0.2)
    bar(
        left,
        zh=f"{apart_zh}：误差与标签标准差之比",
        en=f"{apart_en}: error over the labels' standard deviation",
        at_least=0.85,
        at_most=1.05,
    )
    order = torch.randperm(100, generator=generator(0))
    together = ArrayDataset(train_set.x[order], train_set.y[order])
    assert in_units(train(together)[0], mean, std)[0].item() == pytest.approx(60, abs=2)


def test_drop_last_drops_the_largest_flats_or_everything(flats):
    train_set, test_set, *_ = flats
    assert (len(train_set), len(test_set)) == (100, 25)
    loader = DataLoader(train_set, 32, drop_last=True, generator=generator(0))
    for _ in range(3):
        seen = torch.cat([x for x, _ in loader])
        assert torch.equal(seen, train_set.x[:96])  # always the same, the smallest
    assert train_set.x[96:, 0].min() >= seen[:, 0].max()
    empty = DataLoader(test_set, 32, drop_last=True, generator=generator(0))
    assert len(empty) == len(list(empty)) == 0
    assert len(DataLoader(test_set, 32)) == 1
    rng = generator(0)
    loader = DataLoader(range(100), 32, shuffle=True, drop_last=True, generator=rng)
    dropped = [set(range(100)) - set(torch.cat(list(loader)).tolist()) for _ in range(2)]
    assert len(dropped[0]) == len(dropped[1]) == 4 and dropped[0] != dropped[1]


# The exercises


def test_filling_labels_flattens_the_slope_in_proportion(flats, seeds, bar):
    x, y = flats[4]
    best = least_squares(x, y)[0].item()
    for share, margin in ((0.3, 0.05), (0.6, 0.08)):
        runs = [drop_or_fill(x, y, share, seed) for seed in seeds]
        dropped, filled = (np.array([run[i][0].item() for run in runs]) / best for i in range(2))
        zh, en = f"标签缺 {share:.0%}", f"{share:.0%} of the labels lost"
        bar(
            dropped,
            zh=f"{zh}，丢弃：斜率之比",
            en=f"{en}, dropped: slope ratio",
            of="mean",
            at_least=0.97,
            at_most=1.03,
        )
        low, high = round(1 - share - margin, 2), round(1 - share + margin, 2)
        bar(
            filled,
            zh=f"{zh}，填充：斜率之比",
            en=f"{en}, filled: slope ratio",
            of="mean",
            at_least=low,
            at_most=high,
        )
    unless_told = zip(drop_or_fill(x, y, 0.3), drop_or_fill(x, y, 0.3, seed=0), strict=True)
    assert all(torch.equal(a, b) for a, b in unless_told)
    nothing = drop_or_fill(x, y, 0.0)
    torch.testing.assert_close(nothing[0], nothing[1])
    torch.testing.assert_close(nothing[0], least_squares(x, y), atol=1e-2, rtol=1e-4)
    for share in (1.0, -0.1, NAN):
        with pytest.raises(ValueError, match=r"share must be in \[0, 1\), got"):
            drop_or_fill(x, y, share)


def test_drop_or_fill_by_hand():
    x, y = pairs(10, 1, seed=4)
    order = torch.randperm(10, generator=generator(7))
    lost, kept = order[:4], order[4:]
    before = y.clone()
    dropped, filled = drop_or_fill(x, y, 0.4, seed=7)
    assert torch.equal(y, before)
    torch.testing.assert_close(dropped, least_squares(x[kept], y[kept]))
    y[lost] = y[kept].mean()
    torch.testing.assert_close(filled, least_squares(x, y))


SAMPLES = st.recursive(
    st.sampled_from(["int", "float", "vector", "matrix"]),
    lambda inner: st.one_of(
        st.dictionaries(st.sampled_from("abc"), inner, min_size=1),
        st.lists(inner, min_size=1, max_size=3).map(tuple),
    ),
    max_leaves=5,
)


def sample(kind, rng):
    if isinstance(kind, dict):
        return {key: sample(inner, rng) for key, inner in kind.items()}
    if isinstance(kind, tuple):
        return tuple(sample(inner, rng) for inner in kind)
    if kind in ("int", "float"):
        number = int(rng.integers(100))
        return number if kind == "int" else number / 8
    return torch.from_numpy(rng.standard_normal(3 if kind == "vector" else (2, 3)))


def same(a, b):
    if isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in b)
    if isinstance(b, list | tuple):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b, strict=True))
    return a.shape == b.shape and torch.equal(a.double(), b.double())


@settings(max_examples=40)
@given(SAMPLES, st.integers(1, 4))
def test_collate_is_the_default_collate(kind, n):
    rng = np.random.default_rng(0)
    samples = [sample(kind, rng) for _ in range(n)]
    assert same(collate(samples), default_collate(samples))


def test_collate_refuses_what_it_does_not_know():
    with pytest.raises(ValueError, match="at least one sample, got none"):
        collate([])
    with pytest.raises(ValueError, match=r"each sample must have the keys \['a'\]"):
        collate([{"a": 1}, {"a": 1, "b": 2}])
    with pytest.raises(TypeError, match="expected tensors, numbers, dicts or tuples, got <class 'str'>"):
        collate(["a", "b"])


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_line_dataset_reads_what_read_table_reads(tmp_path, end):
    rows = make_flats(seed=2, n=7).tolist()
    text = end.join(",".join(map(str, row)) for row in [NAMES, *rows])
    for last in ("", end):
        path = tmp_path / "t.csv"
        path.write_bytes((text + last).encode())
        lines, (_, table) = LineDataset(path), read_table(path)
        assert len(lines) == 7
        assert torch.equal(torch.stack([lines[i] for i in range(7)]), table)
        assert torch.equal(lines[-1], table[-1])
        with pytest.raises(IndexError):
            lines[7]
    loader = DataLoader(lines, batch_size=3, generator=generator(0))
    assert torch.equal(torch.cat(list(loader)), table)


def test_line_dataset_finds_rows_below_a_header_that_is_no_utf8(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes("面积,租金\n45,3000\n52,3100\n".encode("gb18030"))  # as old spreadsheets save it
    assert torch.stack(list(LineDataset(path))).tolist() == [[45, 3000], [52, 3100]]


def test_line_dataset_refuses_bad_files(tmp_path):
    for text in ("", "a,b\n", "a,b"):
        with pytest.raises(ValueError, match=r"^t\.csv: no rows below the header$"):
            LineDataset(written(tmp_path, text))
    lines = LineDataset(written(tmp_path, "a,b\n1,2\n3,x\n"))
    with pytest.raises(ValueError, match=r"^t\.csv row 1: expected a number, got 'x'$"):
        lines[1]
    assert not hasattr(lines, "x") and len(lines.starts) == 2  # only places are kept


# Bad input

X, Y = torch.zeros(3, 2), torch.zeros(3, 1)


@pytest.mark.parametrize(
    ("x", "y", "error", "message"),
    [
        ([1.0, 2.0], Y, TypeError, "x must be a float tensor, got <class 'list'>"),
        (X.long(), Y, TypeError, r"x must be a float tensor, got torch\.int64"),
        (X, Y.bool(), TypeError, "y must be a float tensor"),
        (torch.zeros(3), Y, ValueError, r"x must have rows and columns, got \(3,\)"),
        (torch.zeros(0, 2), torch.zeros(0, 1), ValueError, r"x must have rows and columns, got \(0, 2\)"),
        (X, torch.zeros(3), ValueError, r"y must have rows and columns, got \(3,\)"),
        (X, torch.zeros(4, 1), ValueError, r"y must have shape \(3, 1\), got \(4, 1\)"),
        (X, torch.zeros(3, 2), ValueError, r"y must have shape \(3, 1\), got \(3, 2\)"),
        (X + NAN, Y, ValueError, "x contains NaN or infinity"),
        (X, Y + float("inf"), ValueError, "y contains NaN or infinity"),
    ],
)
def test_bad_data(x, y, error, message):
    for function in (check_data, ArrayDataset, least_squares, lambda x, y: drop_or_fill(x, y, 0.3)):
        with pytest.raises(error, match=message):
            function(x, y)


def test_bad_counts_and_rates():
    dataset = ArrayDataset(X, Y)
    for bad in (0, -1, 2.0, None, "2"):
        with pytest.raises(ValueError, match="batch_size must be an integer >= 1, got"):
            batches(dataset, bad)  # at the call, not at the first batch
        with pytest.raises(ValueError, match="epochs must be an integer >= 1, got"):
            train(dataset, epochs=bad)
        with pytest.raises(ValueError, match="batch_size must be an integer >= 1, got"):
            train(dataset, batch_size=bad)
        with pytest.raises(ValueError, match="n must be an integer >= 1, got"):
            make_flats(0, bad)
    for lr in (0, -0.1, NAN, float("inf")):
        with pytest.raises(ValueError, match="the learning rate must be positive and finite, got"):
            train(dataset, lr=lr)
    with pytest.raises(ValueError, match="samples must be an integer >= 1, got 0"):
        batches([], 2)
    with pytest.raises(ValueError, match="k must be an integer >= 1, got 0"):
        check_count(k=0)


def test_other_bad_input(tmp_path):
    with pytest.raises(ValueError, match="a batch needs at least one sample, got none"):
        stack_samples([])
    with pytest.raises(ValueError, match="no batches: there is nothing to average"):
        epoch_mean([], [])
    with pytest.raises(ValueError, match="expected 2 sizes, got 1"):
        epoch_mean([1.0, 2.0], [3])
    with pytest.raises(ValueError, match="size must be an integer >= 1, got 0"):
        epoch_mean([1.0, 2.0], [3, 0])
    with pytest.raises(ValueError, match=r"expected at least one 1-d tensor, got shapes \[\]"):
        pad_rows([])
    with pytest.raises(ValueError, match=r"got shapes \[\(2,\), \(1, 3\)\]"):
        pad_rows([torch.zeros(2), torch.zeros(1, 3)])
    with pytest.raises(ValueError, match=r"mean and std must be \(2,\), got \(2,\) and \(1,\)"):
        in_units(nn.utils.skip_init(nn.Linear, 2, 1), torch.zeros(2), torch.ones(1))
    with pytest.raises(ValueError, match="each row must have 2 cells"):
        write_table(tmp_path / "t.csv", ["a", "b"], [[1, 2], [3]])
    with pytest.raises(ValueError, match=r"^here: expected a number, got 'x'$"):
        read_cell("x", "here")
    assert read_cell(" -1.5e3", "here") == -1500
    assert [is_number(text) for text in ("1", "inf", "", 2.5, NAN, None)] == [
        True,
        False,
        False,
        True,
        False,
        False,
    ]


# The program


def test_the_table_as_the_page_prints_it(output):
    assert output.startswith("area_m2,walk_min,rent_yuan\n20,11,1679\n21,7,1500\n")
    assert "flats.csv line 42, walk_min: expected a number, got ''\n" in output
    assert "drop (125, 3) fill (126, 3)\n" in output
    assert "flats.csv line 5, rent_yuan: expected a number, got '3O00'\n" in output
    assert "flats.csv line 5: expected 3 cells, got 2\n" in output
    assert "flats.csv line 5, area_m2: expected a number, got 'nan'\n" in output
    assert "[32, 32, 32, 4]\nTrue\nTrue\nTrue\nTrue\n" in output


def test_the_bundled_data_survive_the_way_over_the_disk(tmp_path):
    trained, best = train_from_disk(tmp_path / "diabetes.csv")
    data = load_diabetes(scaled=False)
    names, table = read_table(tmp_path / "diabetes.csv")
    assert names == [*data.feature_names, "score"]
    np.testing.assert_allclose(table, np.column_stack([data.data, data.target]), rtol=1e-6)
    forecast = LinearRegression().fit(data.data, data.target).predict(data.data)
    assert best == pytest.approx(np.sqrt(np.mean((forecast - data.target) ** 2)), rel=1e-4)
    assert best <= trained < 1.01 * best
    z = torch.from_numpy(StandardScaler().fit_transform(data.data))
    path, _ = numpy_train(z, torch.from_numpy(data.target), lr=0.02, epochs=60, batch_size=32, seed=0)
    residual = z.numpy() @ path[-1, :-1] + path[-1, -1] - data.target
    assert trained == pytest.approx(np.sqrt(np.mean(residual**2)), rel=2e-7)
    with pytest.raises(OSError):
        train_from_disk(tmp_path / "no such folder" / "diabetes.csv")


def test_the_errors_on_the_bundled_data_are_those_that_the_page_prints(tmp_path, output):
    trained, best = train_from_disk(tmp_path / "diabetes.csv")
    assert f"training {trained:.1f}  least squares {best:.1f}\n" in output


def test_the_results_as_the_page_prints_them(output, flats):
    train_set, _, mean, std, (x, y) = flats
    model, losses = train(train_set)
    learned = in_units(model, mean, std)
    in_order = in_units(train(train_set, shuffle=False)[0], mean, std)
    for name, expected in (
        ("truth", [60, -40, 800]),
        ("least squares", least_squares(x, y).tolist()),
        ("training", learned.tolist()),
        ("not shuffled", in_order.tolist()),
    ):
        found = re.search(rf"^{name} +(\S+) +(\S+) +(\S+)$", output, flags=re.MULTILINE)
        np.testing.assert_allclose([float(v) for v in found.groups()], expected, atol=0.51, rtol=0)
    rent = learned @ torch.tensor([50.0, 10.0, 1.0])
    assert abs(rent - 3400) < 60  # the answer to the opening question
    noise = (y[:, 0] - x @ torch.tensor([60.0, -40.0]) - 800).square().mean().sqrt().item()
    assert noise == pytest.approx(290, abs=1)  # as the page says of the curve's end, below 300
    assert 280 < losses[-1] ** 0.5 < 295
    assert "tensor([10.6667,  5.0000, 14.0000])\ntensor([16., 15., 14.])\n" in output


def test_the_mistakes_as_the_page_prints_them(output):
    slope = re.search(r"^(\S+) yuan/m2$", output, flags=re.MULTILINE)
    assert abs(float(slope[1])) < 12
    assert "training: 96 of 100\nlargest: 90 m2, seen: 87 m2\ntesting: 0 batches\nno batches" in output
    dropped, filled = re.search(r"dropped (\S+)  filled (\S+) yuan/m2", output).groups()
    assert abs(float(dropped) - 60) < 2 and abs(float(filled) - 42) < 3
    means = re.findall(r"^(\d{3}\.\d)  (\d{3}\.\d)$", output, flags=re.MULTILINE)
    assert len(means) == 5
    assert len({plain for plain, _ in means}) > 1 and len({weighted for _, weighted in means}) == 1
