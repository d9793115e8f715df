import io
import multiprocessing
import os
import pickle
import signal
import sys
import warnings
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import make_moons
from sklearn.metrics import accuracy_score, log_loss
from tensorboard.backend.event_processing.event_accumulator import DEFAULT_SIZE_GUIDANCE, EventAccumulator
from torch.utils.tensorboard import SummaryWriter
from tqdm import tqdm

from lessons.ch06_training.monitoring import (
    BATCH_SIZE,
    CUT,
    EPOCHS,
    LR,
    Planted,
    build_network,
    check_data,
    cut,
    identical,
    keep_last,
    log_run,
    make_wells,
    measure,
    read_graph,
    read_histogram,
    read_scalars,
    resume,
    resume_without,
    run,
    save,
    smooth,
    train_epoch,
)

LESSON = Path(__file__).parents[2] / "lessons/ch06_training/monitoring.py"
TAGS = {"loss/train", "loss/test", "accuracy/train", "accuracy/test", "accuracy/running"}
PARTS = {"model", "optimizer", "shuffle", "dropout", "epoch", "history"}
NAN = float("nan")
linux = pytest.mark.skipif(sys.platform == "win32", reason="no fork, no SIGKILL")


def generator(seed):
    return torch.Generator().manual_seed(seed)


def network(seed, p=0.1):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = build_network()
    model.dropout.p = p
    return model


def parts(seed=0):
    """A model, an optimizer and a generator, all new."""
    model = network(seed)
    return model, torch.optim.Adam(model.parameters(), lr=LR), generator(seed)


def load(path):
    return torch.load(path, weights_only=True)


@pytest.fixture(scope="module")
def data():
    return make_wells()


@pytest.fixture(scope="module")
def logged(data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("events")
    return folder, log_run(folder, data)


@pytest.fixture(scope="module")
def whole(data, tmp_path_factory):
    """The checkpoint and the history of the page's uninterrupted training."""
    path = tmp_path_factory.mktemp("whole") / "whole.pt"
    return load(path) if path.exists() else (run(data, path=path), load(path))[1]


@pytest.fixture(scope="module")
def at_cut(data, tmp_path_factory):
    path = tmp_path_factory.mktemp("cut") / "cut.pt"
    with pytest.raises(KeyboardInterrupt, match="power cut after epoch 24"):
        run(data, path=path, after=cut)
    return path.read_bytes()


# Data and measurement


def test_the_wells(data):
    x, y, x_test, y_test = data
    assert (x.shape, y.shape, x_test.shape, y_test.shape) == ((64, 2), (64, 1), (500, 2), (500, 1))
    assert {t.dtype for t in data} == {torch.float32}
    assert y.sum() == 32 and y_test.sum() == 250
    assert not torch.equal(x, x_test[:64]) and not torch.equal(x, make_wells(seed=1)[0])
    assert identical(data, make_wells())
    big = make_wells(20_000, 1)
    # A crescent has radius 1; the second's centre is (1, 0.5). The radial error is the noise, to first order.
    upper = big[0][big[1][:, 0] == 0].norm(dim=1)
    assert upper.std().item() == pytest.approx(0.3, rel=0.05)


def test_each_seed_has_wells_of_its_own_for_training_and_for_the_test():
    x, y, x_test, y_test = make_wells(5, 8, seed=3)
    for ours, labels, n, state in ((x, y, 5, 6), (x_test, y_test, 8, 7)):
        places, rivers = make_moons(n, noise=0.3, random_state=state)
        np.testing.assert_allclose(ours, places, atol=1e-6)
        np.testing.assert_array_equal(labels[:, 0], rivers)


def test_the_layers_have_the_names_of_the_graph():
    assert [name for name, _ in build_network().named_children()] == ["hidden", "relu", "dropout", "out"]


@given(n=st.integers(1, 40), seed=st.integers(0, 99))
@settings(max_examples=6)
def test_measure_agrees_with_scikit_learn(n, seed):
    model = network(seed, p=0.5)
    x, x_test = (
        torch.randn(n, 2, generator=generator(seed)),
        torch.randn(n + 3, 2, generator=generator(seed + 1)),
    )
    y, y_test = (x[:, :1] > 0.2).float(), (x_test[:, 1:] > 0).float()
    before = torch.get_rng_state()
    row = measure(model, (x, y, x_test, y_test))
    assert torch.equal(torch.get_rng_state(), before)  # no dropout
    assert row.keys() == TAGS - {"accuracy/running"}
    assert all(type(v) is float for v in row.values())
    w, b, v, c = (p.detach().double().numpy() for p in model.parameters())
    for name, inputs, labels in (("train", x, y), ("test", x_test, y_test)):
        z = np.maximum(inputs.double().numpy() @ w.T + b, 0) @ v.T + c
        p = 1 / (1 + np.exp(-z[:, 0]))
        assert row[f"loss/{name}"] == pytest.approx(log_loss(labels[:, 0], p, labels=[0, 1]), rel=1e-4)
        assert row[f"accuracy/{name}"] == pytest.approx(accuracy_score(labels[:, 0], p > 0.5))


# Training


@pytest.mark.parametrize("n", [64, 37])
def test_golden_trajectory(n):
    x, y, *_ = make_wells(n, 1, seed=4)
    model = network(3, p=0.0)
    optimizer = torch.optim.Adam(model.parameters(), lr=LR)
    theta = [p.detach().double().numpy().copy() for p in model.parameters()]
    m, v = ([np.zeros_like(p) for p in theta] for _ in range(2))
    ours, theirs = generator(5), generator(5)
    t = 0
    for _ in range(2):
        running = train_epoch(model, optimizer, ours, x, y)
        right = 0
        order = torch.randperm(n, generator=theirs).numpy()
        for first in range(0, n, BATCH_SIZE):
            rows = order[first : first + BATCH_SIZE]
            a, target = x.double().numpy()[rows], y.double().numpy()[rows]
            hidden = np.maximum(a @ theta[0].T + theta[1], 0)
            z = hidden @ theta[2].T + theta[3]
            right += np.sum((z > 0) == (target == 1))  # before the step
            dz = (1 / (1 + np.exp(-z)) - target) / len(rows)
            dh = dz @ theta[2] * (hidden > 0)
            t += 1
            for i, g in enumerate((dh.T @ a, dh.sum(0), dz.T @ hidden, dz.sum(0))):
                m[i] = 0.9 * m[i] + 0.1 * g
                v[i] = 0.999 * v[i] + 0.001 * g**2
                theta[i] -= LR * (m[i] / (1 - 0.9**t)) / (np.sqrt(v[i] / (1 - 0.999**t)) + 1e-8)
        assert running == pytest.approx(right / n)
        for p, expected in zip(model.parameters(), theta, strict=True):
            np.testing.assert_allclose(p.detach().numpy(), expected, atol=1e-4, rtol=0)
    assert t >= 5


def test_a_logit_of_zero_says_the_first_river():
    model, optimizer, rng = parts()
    with torch.no_grad():
        for p in model.parameters():
            p.zero_()
    y = torch.tensor([1.0, 0, 0, 1, 0])[:, None]
    assert train_epoch(model, optimizer, rng, torch.ones(5, 2), y) == 0.6  # before the only step


def test_training_uses_dropout_and_the_shuffle():
    x, y, *_ = make_wells()
    with torch.random.fork_rng(devices=[]):
        before = torch.get_rng_state()
        model, optimizer, rng = parts()
        start = rng.get_state()
        train_epoch(model.eval(), optimizer, rng, x, y)
        assert not torch.equal(torch.get_rng_state(), before)
        assert not torch.equal(rng.get_state(), start)


# The page's settings, but 30 epochs (a quarter quicker), data and training of one seed.
def test_training_learns_and_overfits(seeds, bar):
    scores, gaps, first = [], [], []
    for seed in seeds:
        _, history = run(make_wells(seed=seed), epochs=30, seed=seed)
        assert len(history) == 30
        scores.append(history[-1]["accuracy/test"])
        assert history[-1]["loss/train"] < history[0]["loss/train"]
        losses = [row["loss/test"] for row in history]
        gaps.append(losses[-1] - min(losses))
        first.append(history[0]["accuracy/running"] - history[0]["accuracy/train"])
    bar(scores, zh="最后的测试准确率", en="last test accuracy", at_least=0.73, at_most=0.99)
    bar(gaps, zh="测试损失，最后减去最低", en="test loss, last minus lowest", of="median", at_least=0.01)
    zh, en = "首轮：边训边算的准确率减去训练准确率", "first epoch: running minus training accuracy"
    bar(first, zh=zh, en=en, of="median", at_most=-0.05)


def test_the_page_overfits(whole):
    losses = [row["loss/test"] for row in whole["history"]]
    best = losses.index(min(losses)) + 1
    assert 5 < best < CUT  # the cut came after the best epoch
    assert losses[-1] > 1.1 * min(losses)
    train = [row["loss/train"] for row in whole["history"]]
    assert train[-1] < 0.8 * train[best - 1]
    first = whole["history"][0]
    assert first["accuracy/running"] < first["accuracy/train"] < first["accuracy/test"]
    assert train[CUT + 1] < 0.15  # without the mistake, epoch 26


def test_the_page_is_surer_of_its_errors(data):
    x, y = data[2:]
    wrong, surprise = {}, {}

    def after(epoch, model, row):
        with torch.no_grad():
            z = model.eval()(x).double()[:, 0]
        p = torch.where(y[:, 0] == 1, z, -z).sigmoid().numpy()  # of the right river
        wrong[epoch], surprise[epoch] = np.sum(p < 0.5), -np.log(p[p < 0.5]).mean()

    _, history = run(data, after=after)
    best = min(wrong, key=lambda epoch: history[epoch - 1]["loss/test"])
    assert abs(wrong[EPOCHS] - wrong[best]) <= 3  # of 500: the accuracy hardly moves
    assert surprise[EPOCHS] > 1.2 * surprise[best]


def test_run_leaves_the_global_generator_alone(data):
    before = torch.get_rng_state()
    first = run(data, epochs=2)[1]
    assert torch.equal(torch.get_rng_state(), before)
    torch.rand(1)
    assert run(data, epochs=2)[1] == first != run(data, epochs=2, seed=1)[1]


def test_the_seed_fixes_weights_dropout_and_order(data):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        model = build_network()
        train_epoch(model, torch.optim.Adam(model.parameters(), lr=LR), generator(3), *data[:2])
    assert identical(run(data, epochs=1, seed=3)[0].state_dict(), model.state_dict())


def test_after_is_called_when_the_epoch_is_saved(data, tmp_path):
    path, calls = tmp_path / "a.pt", []

    def after(epoch, model, row):
        state = load(path)
        assert state["epoch"] == epoch and state["history"][-1] == row
        assert identical(dict(state["model"]), dict(model.state_dict()))
        calls.append(epoch)

    run(data, epochs=3, path=path, after=after)
    assert calls == [1, 2, 3]
    assert [p.name for p in tmp_path.iterdir()] == ["a.pt"]


# TensorBoard


def test_the_event_file_holds_the_history(logged, data, whole):
    folder, history = logged
    assert history == whole["history"]  # logging does not change the training
    for tag in TAGS:
        steps, values = read_scalars(folder, tag)
        assert steps == list(range(1, EPOCHS + 1))
        assert np.array_equal(np.float32(values), np.float32([row[tag] for row in history]))
    events = EventAccumulator(str(folder)).Reload()  # the reader with its own settings
    assert set(events.Tags()["scalars"]) == TAGS


@pytest.mark.parametrize("epoch", [1, 10, 40])
@pytest.mark.parametrize("tag", ["hidden.weight", "out.weight"])
def test_the_histograms_are_those_of_the_weights(logged, data, tag, epoch):
    folder, _ = logged
    model, _ = run(data, epochs=epoch)
    expected, expected_edges = np.histogram(model.state_dict()[tag].numpy(), bins=16)
    edges, counts = read_histogram(folder, tag, epoch)
    assert counts == list(expected)
    np.testing.assert_allclose(edges, expected_edges, atol=1e-6, rtol=0)


def test_histograms_come_after_the_first_and_every_tenth_epoch_and_a_graph_at_the_end(data, tmp_path):
    history = log_run(tmp_path, data, epochs=11, seed=2)
    assert history == run(data, epochs=11, seed=2)[1]
    events = EventAccumulator(str(tmp_path), size_guidance={"tensors": 0, "histograms": 0}).Reload()
    names = {name for name, _ in build_network().named_parameters()}
    assert set(events.Tags()["histograms"]) == names
    for name in names:
        assert [event.step for event in events.Histograms(name)] == [1, 10]
    assert len(read_histogram(tmp_path, "hidden.weight", 10)[1]) == 16
    (wells,) = (node for node in events.Graph().node if node.name.startswith("input/"))
    (shape,) = wells.attr["_output_shapes"].list.shape
    assert [dim.size for dim in shape.dim] == [1, 2]  # traced with a single well


def test_log_run_hides_no_warning_but_that_of_the_trace(data, tmp_path, monkeypatch):
    def add_graph(self, model, inputs):
        warnings.warn("of the trace", DeprecationWarning, stacklevel=2)
        warnings.warn("of something else", UserWarning, stacklevel=2)

    monkeypatch.setattr(SummaryWriter, "add_graph", add_graph)
    with pytest.warns(UserWarning, match="of something else") as heard:
        log_run(tmp_path, data, epochs=1)
    assert len(heard) == 1


def test_the_weights_spread(logged):
    folder, _ = logged
    first, last = (read_histogram(folder, "hidden.weight", epoch)[0] for epoch in (1, EPOCHS))
    assert last[-1] - last[0] > 1.3 * (first[-1] - first[0])
    with pytest.raises(ValueError, match=r"no histogram 'hidden\.weight' at step 2"):
        read_histogram(folder, "hidden.weight", 2)


def test_the_graph_holds_the_layers_in_order(logged):
    assert read_graph(logged[0]) == [
        ("Sequential/Linear[hidden]", "aten::linear"),
        ("Sequential/ReLU[relu]", "aten::relu"),
        ("Sequential/Dropout[dropout]", "aten::dropout"),
        ("Sequential/Linear[out]", "aten::linear"),
    ]


def test_no_points_are_dropped(tmp_path, monkeypatch):
    assert DEFAULT_SIZE_GUIDANCE["scalars"] == 10_000  # kept, unless told otherwise; 100 are quicker
    monkeypatch.setitem(DEFAULT_SIZE_GUIDANCE, "scalars", 100)
    n = 110
    with SummaryWriter(str(tmp_path)) as writer:
        for step in range(n):
            writer.add_scalar("a", step, step)
    assert read_scalars(tmp_path, "a") == (list(range(n)), list(range(n)))
    assert len(EventAccumulator(str(tmp_path)).Reload().Scalars("a")) == 100


def test_two_runs_in_one_folder_become_one_line(data, tmp_path):
    histories = [log_run(tmp_path, data, epochs=3, seed=seed, graph=False) for seed in (0, 1)]
    steps, values = read_scalars(tmp_path, "loss/train")
    assert steps == [1, 2, 3, 1, 2, 3]
    ours = [row["loss/train"] for history in histories for row in history]
    assert np.array_equal(np.float32(values), np.float32(ours))
    for seed in (0, 1):
        log_run(tmp_path / f"seed{seed}", data, epochs=3, seed=seed, graph=False)
        assert read_scalars(tmp_path / f"seed{seed}", "loss/train")[0] == [1, 2, 3]


def test_purge_step_discards_the_points_after_the_checkpoint(tmp_path):
    for value, first, purge in ((1.0, 1, None), (2.0, 3, 3)):
        with SummaryWriter(str(tmp_path), purge_step=purge) as writer:
            for step in range(first, 6):
                writer.add_scalar("a", value, step)
    assert read_scalars(tmp_path, "a") == ([1, 2, 3, 4, 5], [1, 1, 2, 2, 2])


def test_the_bar_counts_and_shows_no_times():
    out = io.StringIO()
    form = "{desc} |{bar:10}| {n_fmt}/{total_fmt}{postfix}"
    with tqdm(total=4, desc="epoch", file=out, mininterval=0, ascii=" #", bar_format=form) as bar:
        for epoch in range(1, 5):
            bar.set_postfix(test=f"{epoch / 10:.3f}", refresh=False)
            bar.update(1)
    screens = [s.strip() for s in out.getvalue().split("\r") if s.strip()]
    assert screens[2] == "epoch |" + "#" * 5 + " " * 5 + "| 2/4, test=0.200"


# Checkpoints


@given(stop=st.integers(1, 8), seed=st.integers(0, 99), n=st.integers(5, 40))
@settings(max_examples=3)
def test_resumed_equals_uninterrupted(tmp_path_factory, stop, seed, n):
    folder, wells = tmp_path_factory.mktemp("resume"), make_wells(n, 11, seed)
    one, two = folder / "one.pt", folder / "two.pt"
    model, history = run(wells, epochs=9, seed=seed, path=one)
    run(wells, epochs=stop, seed=seed, path=two)
    again, resumed = run(wells, epochs=9, seed=seed, path=two)
    a, b = load(one), load(two)
    assert a.keys() == b.keys() == PARTS
    for part in a:
        assert identical(a[part], b[part]), part
    assert resumed == history == run(wells, epochs=9, seed=seed)[1]  # saving changes nothing
    for p, q in zip(model.parameters(), again.parameters(), strict=True):
        assert torch.equal(p, q)


def test_a_finished_run_is_only_read(data, tmp_path):
    path = tmp_path / "a.pt"
    _, history = run(data, epochs=3, path=path)
    content = path.read_bytes()
    assert run(data, epochs=3, path=path)[1] == history
    assert path.read_bytes() == content


def test_save_and_resume_put_every_part_back(tmp_path):
    path = tmp_path / "a.pt"
    x, y, *_ = make_wells()
    with torch.random.fork_rng(devices=[]):
        model, optimizer, rng = parts(1)
        train_epoch(model, optimizer, rng, x, y)
        dropout = torch.get_rng_state()
        save(path, model, optimizer, rng, 1, [{"a": 0.5}])
        torch.rand(3)
        other, other_optimizer, other_rng = parts(2)
        assert resume(path, other, other_optimizer, other_rng) == (1, [{"a": 0.5}])
        assert torch.equal(torch.get_rng_state(), dropout)
        assert torch.equal(other_rng.get_state(), rng.get_state())
        assert identical(dict(other.state_dict()), dict(model.state_dict()))
        assert identical(other_optimizer.state_dict(), optimizer.state_dict())
        assert len(optimizer.state_dict()["state"]) == 4


def killed(data, path, epoch, while_saving):
    """Run in a forked process that SIGKILLs itself after an epoch, or half-way through the next save."""

    def target():
        torch.set_num_threads(1)
        original = torch.save

        def half_save(state, file):
            original(state, file)
            file.flush()
            os.truncate(file.name, os.path.getsize(file.name) // 2)
            os.kill(os.getpid(), signal.SIGKILL)

        def after(done, model, row):
            if done == epoch and while_saving:
                torch.save = half_save
            elif done == epoch:
                os.kill(os.getpid(), signal.SIGKILL)

        run(data, epochs=9, path=path, after=after)

    process = multiprocessing.get_context("fork").Process(target=target)
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL


@linux
@pytest.mark.parametrize("while_saving", [False, True])
def test_a_killed_process_goes_on(data, tmp_path, while_saving):
    one, two = tmp_path / "one.pt", tmp_path / "two.pt"
    run(data, epochs=9, path=one)
    killed(data, two, 5, while_saving)
    assert load(two)["epoch"] == 5  # whole, though epoch 6 was being saved
    assert (tmp_path / "two.pt.tmp").exists() is while_saving
    run(data, epochs=9, path=two)
    assert identical(load(one), load(two))
    assert not (tmp_path / "two.pt.tmp").exists()


def test_a_failing_save_leaves_the_old_checkpoint(data, tmp_path, monkeypatch):
    path = tmp_path / "a.pt"
    run(data, epochs=2, path=path)
    content = path.read_bytes()

    def broken(state, file):
        file.write(content[:100])
        raise OSError("disk full")

    monkeypatch.setattr(torch, "save", broken)
    with pytest.raises(OSError, match="disk full"):
        run(data, epochs=3, path=path)
    assert path.read_bytes() == content


def test_the_draft_is_whole_on_the_disk_before_the_renaming(tmp_path, monkeypatch):
    path, draft = tmp_path / "a.pt", tmp_path / "a.pt.tmp"
    calls = []

    def fsync(number):
        assert os.fstat(number).st_ino == draft.stat().st_ino
        assert load(draft).keys() == PARTS  # nothing is left in a buffer
        calls.append("fsync")

    def replace(source, target):
        assert (Path(source), Path(target)) == (draft, path)
        calls.append("replace")

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "replace", replace)
    save(path, *parts(), 1, [{}])
    assert calls == ["fsync", "replace"]


def test_identical_tells_apart():
    t = torch.tensor([1.0, 2.0])
    assert identical({"a": [t, (1, "b")]}, {"a": [t.clone(), (1, "b")]})
    for a, b in (
        (t, t.double()),
        (t, t + 1e-7),
        (t, [1.0, 2.0]),
        (1, 1.0),
        ({"a": 1}, {"b": 1}),
        ([1], [1, 2]),
        ([t], [t + 1]),
        ((1,), (2,)),
    ):
        assert not identical(a, b)


# The mistakes


@pytest.mark.parametrize("lost", ["optimizer", "random"])
def test_a_lost_part_changes_the_training_of_the_page(data, whole, at_cut, tmp_path, lost):
    losses = [row["loss/train"] for row in whole["history"]]
    gaps = {}
    for what in ("nothing", lost):
        path = tmp_path / what
        path.write_bytes(at_cut)
        _, history = run(data, path=path, load=partial(resume_without, lost=what))
        gaps[what] = [row["loss/train"] - q for row, q in zip(history, losses, strict=True)]
    assert set(gaps["nothing"]) == {0.0}
    assert set(gaps[lost][:CUT]) == {0.0} and gaps[lost][CUT] != 0
    largest = max(gaps[lost], key=abs)
    assert {"optimizer": 0.05 < largest < 0.12, "random": 0.01 < largest < 0.05}[lost]
    if lost == "random":  # now higher, now lower
        assert {np.sign(gap) for gap in gaps[lost][CUT:]} == {-1, 1}


# Cut after 2 epochs. The difference is never 0: the bar is the last digit that float32 has of such a loss.
def test_a_lost_part_always_shows(seeds, bar, tmp_path):
    gaps = {"optimizer": [], "random": []}
    for seed in seeds:
        wells = make_wells(n_test=1, seed=seed)
        path = tmp_path / f"{seed}.pt"
        _, history = run(wells, epochs=2, seed=seed, path=path)
        content = path.read_bytes()
        ends = {}
        for lost in ("nothing", "optimizer", "random"):
            path.write_bytes(content)
            _, other = run(wells, epochs=3, seed=seed, path=path, load=partial(resume_without, lost=lost))
            assert other[:2] == history
            ends[lost] = other[2]["loss/train"]
        assert len(set(ends.values())) == 3
        for lost, found in gaps.items():
            found.append(abs(ends[lost] - ends["nothing"]))
    for lost, zh, en in (("optimizer", "优化器", "optimizer"), ("random", "随机状态", "random state")):
        zh, en = f"丢了{zh}：下一轮训练损失的差", f"{en} lost: difference in the next training loss"
        bar(gaps[lost], zh=zh, en=en, at_least=1e-7)


def test_a_fresh_adam_steps_a_whole_learning_rate(data, at_cut, tmp_path):
    path = tmp_path / "a.pt"
    path.write_bytes(at_cut)
    steps = {}
    for lost in ("nothing", "optimizer"):
        with torch.random.fork_rng(devices=[]):
            model, optimizer, rng = parts()
            resume_without(path, model, optimizer, rng, lost)
            before = model.hidden.weight.detach().clone()
            train_epoch(model, optimizer, rng, data[0][:16], data[1][:16])  # one step
            steps[lost] = (model.hidden.weight - before).abs().detach()
    moved = steps["optimizer"][steps["optimizer"] > 0]
    assert moved.median().item() == pytest.approx(LR, rel=0.01)
    assert steps["nothing"].median() < 0.5 * LR


def test_half_a_checkpoint_cannot_be_read(at_cut, tmp_path):
    path = tmp_path / "half.pt"
    path.write_bytes(at_cut[: len(at_cut) // 2])
    with pytest.raises((RuntimeError, OSError)):
        load(path)


def test_a_planted_order_is_refused_by_every_reader(tmp_path, capsys):
    path = tmp_path / "stranger.pt"
    torch.save({"model": Planted()}, path)
    assert torch.load(path, weights_only=False) == {"model": None}
    assert capsys.readouterr().out == "run by the file\n"
    forgetful = partial(resume_without, lost="optimizer")
    for read in (load, torch.load, lambda p: resume(p, *parts()), lambda p: forgetful(p, *parts())):
        with pytest.raises(pickle.UnpicklingError, match="GLOBAL print was not an allowed global"):
            read(path)
    assert capsys.readouterr().out == ""


# The exercises


@given(values=st.lists(st.floats(-9, 9), min_size=1, max_size=30), beta=st.floats(0, 0.99))
@settings(max_examples=40)
def test_smooth_is_a_weighted_average_of_the_past(values, beta):
    out = smooth(values, beta)
    for t in range(1, len(values) + 1):
        expected = np.average(values[:t], weights=beta ** np.arange(t - 1, -1, -1.0))
        assert out[t - 1] == pytest.approx(expected, abs=1e-6)


def test_smoothing_moves_the_lowest_point_later(whole):
    losses = [row["loss/test"] for row in whole["history"]]
    lowest = [min(smooth(losses, beta)) for beta in (0.0, 0.6, 0.9)]
    places = [smooth(losses, beta).index(low) for beta, low in zip((0.0, 0.6, 0.9), lowest, strict=True)]
    assert places[0] < places[1] < places[2]
    assert min(losses) == lowest[0] < lowest[1] < lowest[2]


@given(epochs=st.sets(st.integers(1, 200), max_size=15), k=st.integers(1, 5))
@settings(max_examples=25)
def test_keep_last_keeps_the_latest(tmp_path_factory, epochs, k):
    folder = tmp_path_factory.mktemp("keep")
    others = {"best.pt", "epoch-7.pt.tmp", "my-epoch-1.pt"}
    for name in others | {f"epoch-{epoch}.pt" for epoch in epochs}:
        (folder / name).touch()
    expected = [f"epoch-{epoch}.pt" for epoch in sorted(epochs)][-k:]
    assert keep_last(folder, k) == expected
    assert {path.name for path in folder.iterdir()} == others | set(expected)


# Bad input

X, Y = torch.zeros(3, 2), torch.zeros(3, 1)


@pytest.mark.parametrize(
    ("bad", "error", "message"),
    [
        ([X, Y, X, Y], TypeError, r"must be a tuple \(x, y, x_test, y_test\)"),
        ((X, Y, X), TypeError, "must be a tuple"),
        ((X, Y.long(), X, Y), TypeError, "must hold float tensors"),
        ((X, Y, X.tolist(), Y), TypeError, "must hold float tensors"),
        ((X.T, Y, X, Y), ValueError, r"need x \(n, 2\) and y \(n, 1\), got \(2, 3\) and \(3, 1\)"),
        ((X, Y[:, 0], X, Y), ValueError, r"got \(3, 2\) and \(3,\)"),
        ((torch.zeros(3, 4), Y, X, Y), ValueError, r"got \(3, 4\) and \(3, 1\)"),
        ((X, Y, X, Y[:2]), ValueError, r"got \(3, 2\) and \(2, 1\)"),
        ((X, Y, X[:0], Y[:0]), ValueError, r"got \(0, 2\) and \(0, 1\)"),
        ((X[None], Y, X, Y), ValueError, r"got \(1, 3, 2\)"),
        ((X, Y, X + NAN, Y), ValueError, "x must be finite"),
        ((X, Y + 2, X, Y), ValueError, "y must hold only 0 and 1"),
    ],
)
def test_bad_data(bad, error, message, tmp_path):
    for function in (check_data, run, partial(log_run, tmp_path), partial(measure, network(0))):
        with pytest.raises(error, match=message):
            function(bad)
    assert not list(tmp_path.iterdir())  # refused before a file is made


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda d, f: make_wells(0), "n must be a positive int, got 0"),
        (lambda d, f: make_wells(n_test=2.0), "n_test must be a positive int, got 2.0"),
        (lambda d, f: run(d, epochs=0), "epochs must be a positive int, got 0"),
        (lambda d, f: run(d, epochs=True), "epochs must be a positive int, got True"),
        (lambda d, f: log_run(f, d, epochs=-1), "epochs must be a positive int, got -1"),
        (lambda d, f: read_scalars(f, "a"), "holds no event file"),
        (lambda d, f: read_histogram(f, "a", 1), "holds no event file"),
        (lambda d, f: read_graph(f), "holds no event file"),
        (lambda d, f: resume(f / "a.pt", *parts()), "there is no checkpoint named a.pt"),
        (lambda d, f: save(f / "a.pt", *parts(), 0, []), "epoch must be a positive int, got 0"),
        (lambda d, f: save(f / "a.pt", *parts(), 2, [{}]), "history must have 2 rows, got 1"),
        (lambda d, f: smooth([1.0], 1.0), "beta must be at least 0 and below 1, got 1.0"),
        (lambda d, f: smooth([1.0], -0.1), "beta must be .* got -0.1"),
        (lambda d, f: smooth([1.0], NAN), "beta must be .* got nan"),
        (lambda d, f: keep_last(f, 0), "k must be a positive int, got 0"),
    ],
)
def test_bad_input(call, message, data, tmp_path):
    with pytest.raises(ValueError, match=message):
        call(data, tmp_path)
    assert not list(tmp_path.iterdir())


def test_an_unknown_tag(logged):
    with pytest.raises(ValueError, match=r"no scalar 'loss'; there are .*'loss/train'"):
        read_scalars(logged[0], "loss")
    with pytest.raises(ValueError, match="no histogram 'hidden' at step 1"):
        read_histogram(logged[0], "hidden", 1)


@pytest.mark.parametrize("part", sorted(PARTS))
def test_a_checkpoint_that_lacks_a_part(at_cut, tmp_path, part):
    path = tmp_path / "a.pt"
    path.write_bytes(at_cut)
    state = load(path)
    del state[part]
    torch.save(state, path)
    with pytest.raises(ValueError, match=rf"the checkpoint lacks \['{part}'\]"):
        resume(path, *parts())


# The file itself


@pytest.fixture(scope="module")
def lines(program_output):
    return program_output(LESSON).splitlines()


def test_the_page_says_what_the_run_shows(lines, whole):
    assert "power cut after epoch 24" in lines
    for part in PARTS:
        assert f"{part:10} True" in lines
    for tag in TAGS:
        first, last = (row[tag] for row in (whole["history"][0], whole["history"][-1]))
        assert f"{tag:16}  {first:.3f} -> {last:.3f}" in lines
        assert f"{tag:16}  True  steps 1-40" in lines
    assert "nothing    +0.000  +0.000" in lines
    assert "saved: False" in lines and "saved: True  readable: False" in lines
    assert lines[lines.index("run by the file") + 1] == ("refused: GLOBAL print was not an allowed global")
    assert "points = 40  steps = [19, 20, 1, 2]" in lines
    assert "by name: epoch-9.pt" in lines and "['epoch-9.pt', 'epoch-10.pt']" in lines
    half = whole["history"][19]["loss/test"]
    assert f"epoch |{'#' * 5:10}| 20/40, test={half:.3f}" in lines


def test_nothing_printed_depends_on_where_or_when(lines):
    assert not any("/tmp" in line or "tfevents" in line for line in lines)
    assert max(map(len, lines)) <= 60
