# %% [markdown] lang="zh"
# # 监控与检查点
# 地下有两条弯弯的暗河。你化验了 64 口井，知道每口连着哪一条；现在让网络从位置（向东、向北各几 km）
# 判断没化验过的井。训练跑了大半夜，停电了。早上你有两个问题：停电之前，训练是不是早就过了头？
# 这大半夜的工夫，要不要从零重来？
#
# 前一个靠**监控**（monitoring）：边训练边记。后一个靠**检查点**（checkpoint）：把训练的全部状态存成文件，断了能接上。
# 我们的网络一秒内训练完，工具却和通宵训练的一样。
#
# 学完这一页，你能：
#
# - 把训练的曲线记下来，用网页工具 TensorBoard 看，也用程序读回来；
# - 分清三种“准确率”，知道哪一种该信；
# - 写出断了能接上的训练，结果和没断过的一位不差；
# - 认出六个常见错误，大多不报错。
#
# 下面折叠的代码导入库、检查输入，初读可以跳过。`tensorboard` 和 `tqdm` 要另装：`pip install tensorboard tqdm`。

# %% [markdown] lang="en"
# # Monitoring and checkpoints
# Two winding rivers run underground. You have analysed the water of 64 wells and know which river feeds each. Now a network
# is to tell it for other wells from where they lie (km east, km north). It trained all night, and before dawn the power
# failed. In the morning you have two questions: had the training gone on for too long already? And must you do the
# better part of a night again, from zero?
#
# The first is a matter of **monitoring**: write things down while training, to look at later. The second is a matter of
# **checkpoints**: the whole state of the training in a file, from which it can go on. Our network is small and
# trains in less than a second, with the tools that people use for whole nights.
#
# After this page you can
#
# - record the curves of a training, look at them on TensorBoard's web page and read them back in a program;
# - tell three kinds of "accuracy" apart, and know which one to trust;
# - write a training that can be cut off and go on, with a result that is the same to the last bit;
# - spot six common mistakes, most of which raise no error.
#
# The folded code below imports the libraries and checks the input. Skip it at first reading. `tensorboard` and `tqdm` are
# installed separately: `pip install tensorboard tqdm`.

# %% tags=["setup"]
import io
import os
import pickle
import re
import tempfile
import warnings
from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from pathlib import Path

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from sklearn.datasets import make_moons
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from torch import Tensor, nn
from torch.utils.tensorboard import SummaryWriter
from tqdm import tqdm


def check_counts(**counts: int) -> None:
    """Refuse what is not a positive whole number (检查个数) with ``ValueError``."""
    for name, value in counts.items():
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise ValueError(f"{name} must be a positive int, got {value!r}")


def check_data(data: tuple[Tensor, ...]) -> None:
    """Refuse all but (x, y, x_test, y_test) that fit together (检查数据)."""
    if not isinstance(data, tuple) or len(data) != 4:
        raise TypeError("data must be a tuple (x, y, x_test, y_test)")
    if not all(torch.is_tensor(t) and t.is_floating_point() for t in data):
        raise TypeError("data must hold float tensors")
    for x, y in (data[:2], data[2:]):
        if x.ndim != 2 or x.shape[1] != 2 or y.shape != (len(x), 1) or len(x) == 0:
            found = f"{tuple(x.shape)} and {tuple(y.shape)}"
            raise ValueError(f"need x (n, 2) and y (n, 1), got {found}")
        if not x.isfinite().all() or not ((y == 0) | (y == 1)).all():
            raise ValueError("x must be finite and y must hold only 0 and 1")


def check_events(folder: str | Path) -> str:
    """The folder as text, if it holds event files (检查事件文件)."""
    if not list(Path(folder).glob("events.out.tfevents.*")):
        raise ValueError("the folder holds no event file of TensorBoard")
    return str(folder)


def check_file(path: str | Path) -> Path:
    """The path, if there is a file (检查文件)."""
    if not Path(path).is_file():
        raise ValueError(f"there is no checkpoint named {Path(path).name}")
    return Path(path)


def check_history(epoch: int, history: list) -> None:
    """Refuse a history that does not have one row an epoch (检查记录)."""
    check_counts(epoch=epoch)
    if len(history) != epoch:
        raise ValueError(f"history must have {epoch} rows, got {len(history)}")


# %% [markdown] lang="zh"
# ## 要看管的训练
# scikit-learn 的 `make_moons` 造数据：两弯月牙是两条河，井的位置在两个方向上各加了标准差 0.3 km 的噪声，有些混在一起，
# 谁也不可能全判对。64 口井用来训练，另有 500 口是测试集，种子（`random_state`）各用一个。
#
# 网络有 64 个隐藏单元，输出 [对数几率](../ch04_classification/logistic_regression.py)，大于 0 就判为 1 号河。
# 训练时还用 [dropout](regularization.py)（丢弃法）：每个隐藏单元以 0.1 的概率暂时输出 0，免得死记。优化器用
# [Adam](optimizers.py)，学习率 0.05，比常用的大，好让 40 轮就看得到训练过头。

# %% [markdown] lang="en"
# ## A training to watch over
# scikit-learn's `make_moons` makes the data: its two crescents are the rivers. In both directions the wells are moved by
# noise with a standard deviation of 0.3 km, so those of the two rivers mix, and nobody can get all of them right. There are
# 64 wells to train on and 500 others to test, each set from a seed of its own (`random_state`).
#
# The network has 64 hidden units and gives a [logit](../ch04_classification/logistic_regression.py); above 0 it says
# "river 1". During training we use [dropout](regularization.py): each hidden unit gives 0 for the moment, with
# probability 0.1, which makes it harder to learn wells by heart. The optimizer is [Adam](optimizers.py); its learning
# rate, 0.05, is larger than usual, so that 40 epochs are enough to see training go too far.

# %%
EPOCHS = 40
CUT = 24  # the power fails after this epoch
BATCH_SIZE = 16
LR = 0.05


def make_wells(n: int = 64, n_test: int = 500, seed: int = 0) -> tuple[Tensor, ...]:
    """Wells on two rivers (两条河边的井): ``x``, ``y``, ``x_test``, ``y_test``.

    Positions (n, 2) in km east and north; labels (n, 1), 0 or 1 for the river.
    Raises ``ValueError`` for counts below 1. Source: sklearn's ``make_moons``.
    """
    check_counts(n=n, n_test=n_test)
    parts = []
    for count, state in ((n, 2 * seed), (n_test, 2 * seed + 1)):
        x, y = make_moons(count, noise=0.3, random_state=state)
        parts.append(torch.tensor(x, dtype=torch.float32))
        parts.append(torch.tensor(y, dtype=torch.float32).reshape(-1, 1))
    return tuple(parts)


def build_network() -> nn.Sequential:
    """2 inputs, 64 hidden units with dropout, 1 logit (搭网络)."""
    layers = OrderedDict()
    layers["hidden"] = nn.Linear(2, 64)
    layers["relu"] = nn.ReLU()
    layers["dropout"] = nn.Dropout(0.1)
    layers["out"] = nn.Linear(64, 1)
    return nn.Sequential(layers)


# %% [markdown] lang="zh"
# 一个轮次（epoch）把训练数据用一遍：`train_epoch` 打乱次序，每批 16 口井更新一步，顺手数出各批答对多少，
# 这是许多教程打印的“准确率”。`measure` 在一轮结束后量训练集和测试集上的损失（二元交叉熵）与准确率：
# 先用 `eval()` 换到**评估模式**（evaluation mode），关掉 dropout；只量不学，所以用 `no_grad` 省去求导。

# %% [markdown] lang="en"
# An epoch is one pass through the training data: `train_epoch` shuffles, then takes one step for every batch of 16 wells. On
# the way it counts the right answers, which is the "accuracy" that many tutorials print. `measure`, in contrast, takes four
# numbers once the epoch is over: the loss (binary cross-entropy) and the accuracy on the training set and on the test set. It
# switches to **evaluation mode** with `eval()` first, which turns dropout off; and since it does not train, `no_grad`
# spares it the derivatives.


# %%
def train_epoch(model, optimizer, generator: torch.Generator, x, y) -> float:
    """One shuffled epoch (训练一轮); returns the accuracy before the steps.

    ``x`` (n, 2), ``y`` (n, 1). Dropout draws from torch's global generator.
    """
    model.train()
    right = 0
    for rows in torch.randperm(len(x), generator=generator).split(BATCH_SIZE):
        logits = model(x[rows])
        right += ((logits > 0) == (y[rows] == 1)).sum()
        optimizer.zero_grad()
        F.binary_cross_entropy_with_logits(logits, y[rows]).backward()
        optimizer.step()
    return right.item() / len(x)


@torch.no_grad()
def measure(model: nn.Module, data: tuple[Tensor, ...]) -> dict[str, float]:
    """Loss and accuracy on both sets, without dropout (测量): tag -> value.

    Losses are mean cross-entropies in nats. Raises like ``check_data``.
    """
    check_data(data)
    model.eval()
    row = {}
    for name, x, y in (("train", *data[:2]), ("test", *data[2:])):
        logits = model(x)
        loss = F.binary_cross_entropy_with_logits(logits, y)
        row[f"loss/{name}"] = loss.item()
        row[f"accuracy/{name}"] = ((logits > 0) == (y == 1)).float().mean().item()
    return row


# %% [markdown] lang="zh"
# ### 哪个准确率
# `train_epoch` 数的和 `measure` 量的都叫“训练准确率”，却不是一回事。一轮走 $K$ 步，第 $k$ 步用批次 $B_k$ 把全部参数从
# $\theta_{k-1}$ 变成 $\theta_k$；$r(\theta, B)$ 是参数为 $\theta$ 时 $B$ 里答对的个数，$n$ 是训练样本数，$D$ 是全部训练数据。
# 后面的输出称它们 `running` 和 `train`：
#
# $$\text{running} = \frac{1}{n} \sum_{k=1}^{K} r(\theta_{k-1}, B_k), \qquad
# \text{train} = \frac{1}{n}\, r(\theta_K, D)$$
#
# 前一个由 $K$ 组参数的成绩拼成，都是**更新之前**的，还开着 dropout：它不是哪一个网络的成绩。后一个是手上这个网络的，
# 可量的仍是训练过的井。没见过的井要看测试准确率，所以三个都记。

# %% [markdown] lang="en"
# ### Which accuracy?
# What `train_epoch` counts and what `measure` takes both go by the name of "training accuracy", but they are not the same. An epoch
# takes $K$ steps. Step $k$ uses the batch $B_k$ to turn all the parameters $\theta_{k-1}$ into $\theta_k$; $r(\theta, B)$
# is how many of $B$ are answered right with the parameters $\theta$, $n$ is the number of training samples, and $D$ is all
# the training data. Under the names `running` and `train`, which the outputs below use, they are
#
# $$\text{running} = \frac{1}{n} \sum_{k=1}^{K} r(\theta_{k-1}, B_k), \qquad
# \text{train} = \frac{1}{n}\, r(\theta_K, D)$$
#
# The first is pieced together from the answers of $K$ sets of parameters, all from **before the update**, with dropout
# on: it is the score of no single network. The second belongs to the network in your hands. Yet both ask about wells
# that it was trained on. Only the test accuracy says how it does on wells it has never seen. So we record all three.

# %% [markdown] lang="zh"
# ## 断了能接上的训练
# 只存权重够吗？下一步要用到的有：
#
# - 权重：`model.state_dict()` 是个字典，从名字查到张量；
# - 优化器的状态：Adam 给每个参数记着梯度和它平方的滑动平均，还有步数；
# - 打乱次序的**生成器**（generator，即随机数发生器）抽到了哪里：`generator.get_state()`；
# - dropout 从 PyTorch 的全局生成器抽数，它抽到了哪里：`torch.get_rng_state()`；
# - 第几轮，以及到这时的记录。
#
# 存到一半也可能断。所以先写临时文件，用 `os.fsync` 逼它落到硬盘上，再用 `os.replace` 换上正式的名字。
# 换名要么做完、要么没做，旧的检查点一直完好。读回时的 `weights_only=True` 后面再讲。

# %% [markdown] lang="en"
# ## A training that can go on
# Is it enough to save the weights? The next step will use all of these:
#
# - the weights: `model.state_dict()` is a dict from names to tensors;
# - the optimizer's state: for each parameter, Adam keeps moving averages of the gradient and of its square, and the number of
#   steps;
# - how far the **generator** (random number generator) that shuffles has come: `generator.get_state()`;
# - how far PyTorch's global generator has come, from which dropout draws: `torch.get_rng_state()`;
# - which epoch it is, and the history up to here.
#
# The program may also be cut off while it saves. So write to a temporary file, force it onto the disk with
# `os.fsync`, and only then give it the real name with `os.replace`. Renaming happens or it does not, and the old
# checkpoint is whole all the time. More about the `weights_only=True` on reading later.


# %%
def save(path, model, optimizer, generator, epoch: int, history: list) -> None:
    """Write the whole state of a training (保存检查点), all of it or nothing.

    Raises ``ValueError`` unless ``history`` has one row for each epoch done.
    """
    check_history(epoch, history)
    state = {
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "shuffle": generator.get_state(),
        "dropout": torch.get_rng_state(),
        "epoch": epoch,
        "history": history,
    }
    draft = Path(path).with_name(Path(path).name + ".tmp")
    with open(draft, "wb") as file:
        torch.save(state, file)
        os.fsync(file.fileno())
    os.replace(draft, path)


def resume(path, model, optimizer, generator) -> tuple[int, list]:
    """Put a saved state back (恢复); returns the epochs done and the history.

    Sets torch's global generator too. Raises ``ValueError`` if there is no file,
    or a part of the state is missing in it.
    """
    state = torch.load(check_file(path), weights_only=True)
    parts = {"model", "optimizer", "shuffle", "dropout", "epoch", "history"}
    if not parts <= state.keys():
        raise ValueError(f"the checkpoint lacks {sorted(parts - state.keys())}")
    model.load_state_dict(state["model"])
    optimizer.load_state_dict(state["optimizer"])
    generator.set_state(state["shuffle"])
    torch.set_rng_state(state["dropout"])
    return state["epoch"], state["history"]


# %% [markdown] lang="zh"
# 训练函数 `run` 有检查点就接着跑，没有就从零开始：停电之后，同一条命令再运行一次就行。
# `torch.manual_seed` 动的是整个程序共用的全局生成器，所以放进 `torch.random.fork_rng`，出了这一块就恢复原样
# （`devices=[]`：不管显卡）。每轮存好之后调用 `after`，监控就接在这里；恢复用的函数 `load`，后面要换成错的试试。

# %% [markdown] lang="en"
# With a checkpoint, the training function `run` goes on; without one, it starts from zero. So after a power cut you
# give the same command once more. `torch.manual_seed` touches the global generator, which the whole program shares, so
# it stands inside `torch.random.fork_rng`, after which that generator is as it was before (`devices=[]`: leave GPUs
# alone). When an epoch is saved, `run` calls `after`: here monitoring is plugged in. `load` is the function that
# resumes; later we try wrong ones.


# %%
def run(
    data: tuple[Tensor, ...],
    epochs: int = EPOCHS,
    seed: int = 0,
    path: str | Path | None = None,
    after: Callable | None = None,
    load: Callable = resume,
) -> tuple[nn.Sequential, list[dict[str, float]]]:
    """Train, or go on from ``path`` (训练或接着训练): the network, the history.

    Saves to ``path`` after each epoch, then calls ``after(epoch, model, row)``.
    Raises like ``check_data`` and ``check_counts``.
    """
    check_data(data)
    check_counts(epochs=epochs)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)  # the first weights, and dropout
        generator = torch.Generator().manual_seed(seed)  # the order of the wells
        model = build_network()
        optimizer = torch.optim.Adam(model.parameters(), lr=LR)
        done, history = 0, []
        if path is not None and Path(path).exists():
            done, history = load(path, model, optimizer, generator)
        for epoch in range(done + 1, epochs + 1):
            running = train_epoch(model, optimizer, generator, *data[:2])
            history.append(measure(model, data) | {"accuracy/running": running})
            if path is not None:
                save(path, model, optimizer, generator, epoch, history)
            if after is not None:
                after(epoch, model, history[-1])
    return model, history


# %% [markdown] lang="zh"
# ## 记下来：TensorBoard
# **TensorBoard** 分两半。程序这一半是 `SummaryWriter`，往文件夹里写**事件文件**（event file）：
# `add_scalar` 记一个数，配上名字和轮次；`add_histogram` 记一组权重的分布，`bins=16` 是分成 16 个等宽的格；
# `add_graph` 记网络的结构（它会引出“已过时”的警告，代码里压住了）。用 `with` 包住，才保证结束时全都写进文件。
#
# 名字里的斜杠会分组：`loss/train` 和 `loss/test` 在网页上排在一起。

# %% [markdown] lang="en"
# ## Writing it down: TensorBoard
# **TensorBoard** has two halves. The half in your program is `SummaryWriter`, which writes **event files** into a folder:
# `add_scalar` records one number with a name and an epoch, `add_histogram` how a set of weights is spread, over 16 bins of
# equal width with `bins=16`, and `add_graph` the structure of the network; it causes a warning that something is
# deprecated, which we silence. `with` makes sure that at the end all of it is in the file.
#
# A slash in a name makes a group: on the web page `loss/train` and `loss/test` stand together.


# %%
def log_run(
    folder: str | Path,
    data: tuple[Tensor, ...],
    epochs: int = EPOCHS,
    seed: int = 0,
    graph: bool = True,
) -> list[dict[str, float]]:
    """Train and write TensorBoard's event files (记录训练); returns the history.

    Scalars every epoch, histograms of the weights after epoch 1 and every 10th,
    the graph at the end. Raises like ``run``.
    """
    check_data(data)
    check_counts(epochs=epochs)
    with SummaryWriter(str(folder)) as writer:

        def log(epoch: int, model: nn.Module, row: dict[str, float]) -> None:
            for tag, value in row.items():
                writer.add_scalar(tag, value, epoch)
            if epoch == 1 or epoch % 10 == 0:
                for name, weights in model.named_parameters():
                    writer.add_histogram(name, weights, epoch, bins=16)

        model, history = run(data, epochs, seed, after=log)
        if graph:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)
                writer.add_graph(model.eval(), data[0][:1])
    return history


# %% [markdown] lang="zh"
# 另一半是网页。真正训练时把 `folder` 写成 `runs/first`，在终端运行 `tensorboard --logdir runs`，
# 用浏览器打开它给出的网址。**Scalars** 是曲线，**Histograms** 是权重分布的变化，**Graphs** 是结构图，双击展开。训练时也能看。
#
# 网页上的东西，程序也能读。`EventAccumulator` 是 TensorBoard 自带的读取器，点太多时会随机丢掉一些；
# `size_guidance` 说每种留多少，0 表示全留。直方图和结构图的读法折叠在后面。

# %% [markdown] lang="en"
# The other half is a web page. In real training, let `folder` be `runs/first`, then type `tensorboard --logdir runs` in a
# terminal and open the address it gives in a browser. **Scalars** shows the curves, **Histograms** how the weights spread
# from epoch to epoch, **Graphs** the structure of the network; double-click to unfold it. It works during training, too.
#
# What the page shows, a program can read. `EventAccumulator` is TensorBoard's own reader. If there are too many points,
# it drops some at random; `size_guidance` says how many of each kind to keep, and 0 means all. The functions that read
# histograms and the graph are folded away after these.


# %%
def read_events(folder: str | Path) -> EventAccumulator:
    """All the events in a folder (读事件文件); ``ValueError`` if there are none."""
    guidance = {"scalars": 0, "histograms": 0}
    return EventAccumulator(check_events(folder), size_guidance=guidance).Reload()


def read_scalars(folder: str | Path, tag: str) -> tuple[list[int], list[float]]:
    """The steps and values of one tag (读标量), in the order of the file.

    Raises ``ValueError`` for a folder without events or an unknown tag.
    """
    events = read_events(folder)
    if tag not in (known := events.Tags()["scalars"]):
        raise ValueError(f"no scalar {tag!r}; there are {sorted(known)}")
    points = events.Scalars(tag)
    return [p.step for p in points], [p.value for p in points]


# %% tags=["measure"]
def read_histogram(folder: str | Path, tag: str, step: int) -> tuple[list, list]:
    """One histogram (读直方图): m + 1 bin edges and m counts.

    Raises ``ValueError`` for a folder without events, an unknown tag or step.
    """
    events = read_events(folder)
    known = events.Histograms(tag) if tag in events.Tags()["histograms"] else []
    found = [h.histogram_value for h in known if h.step == step]
    if not found:
        raise ValueError(f"no histogram {tag!r} at step {step}")
    # TensorBoard stores right edges and starts with an empty bin.
    return list(found[0].bucket_limit), list(found[0].bucket[1:])


def read_graph(folder: str | Path) -> list[tuple[str, str]]:
    """The layers and operations of the graph (读结构图), in the order they run."""
    nodes = read_events(folder).Graph().node
    layers = [node for node in nodes if node.op.startswith("aten::")]
    return [(node.name.rsplit("/", 1)[0], node.op) for node in layers]


# %% [markdown] lang="zh" tags=["predict"]
# 下面边训练边记，再读回来画。先猜：第一轮里三种准确率谁最低？测试损失会一直降吗？

# %% [markdown] lang="en" tags=["predict"]
# Now train for 40 epochs, recording all the while, then read the file back and draw it. Guess first: which of the three
# accuracies is the lowest in the first epoch? And does the test loss fall until the end?

# %%
if __name__ == "__main__":
    data = make_wells()
    tags = ["loss/train", "loss/test"]
    tags += ["accuracy/running", "accuracy/train", "accuracy/test"]
    with tempfile.TemporaryDirectory() as folder:
        history = log_run(folder, data)
        curves = {tag: read_scalars(folder, tag) for tag in tags}
        name = "hidden.weight"
        spread = {e: read_histogram(folder, name, e) for e in (1, EPOCHS)}
        layers = read_graph(folder)
    for tag, (_, values) in curves.items():
        print(f"{tag:16}  {values[0]:.3f} -> {values[-1]:.3f}")

# %% tags=["plot"] alt_zh="从事件文件读回的曲线。上：训练损失降到 `{python} f'{final:.2f}'`，测试损失在第 `{python} best` 轮最低，之后回升。下：第一轮里边训练边数的准确率最低；后来训练准确率高于测试准确率。" alt_en="Curves read back from the event file. Top: the training loss falls to `{python} f'{final:.2f}'`, the test loss is lowest after epoch `{python} best` and then rises. Bottom: in the first epoch the accuracy counted while training is the lowest; later the training accuracy is above that on the test set."
if __name__ == "__main__":
    test_losses = curves["loss/test"][1]
    best = 1 + test_losses.index(min(test_losses))
    final = curves["loss/train"][1][-1]
    size = {"figsize": (5.2, 6.4), "sharex": True, "layout": "constrained"}
    fig, (upper, lower) = plt.subplots(2, 1, **size)
    looks = {"train": ("C0", "-"), "test": ("C1", "--"), "running": ("gray", ":")}
    names = {"train": "training set", "test": "test set"}
    names["running"] = "while training"
    for tag, (steps, values) in curves.items():
        quantity, kind = tag.split("/")
        ax = upper if quantity == "loss" else lower
        color, line = looks[kind]
        ax.plot(steps, values, line, color=color, label=names[kind])
    star = {"color": "C1", "markersize": 12, "label": "lowest"}
    upper.plot(best, min(test_losses), "*", **star)
    upper.set(ylabel="loss", ylim=(0, None))
    lower.set(xlabel="epoch", ylabel="accuracy")
    upper.legend(loc="lower left")
    lower.legend(loc="lower right")
    plt.show()

# %% [markdown] lang="zh"
# 箭头两边是第一轮和最后一轮。第一轮里，边训练边数的准确率是 `{python} f"{curves['accuracy/running'][1][0]:.3f}"`，
# 轮末的网络在同样的井上却有 `{python} f"{curves['accuracy/train'][1][0]:.3f}"`：前者把还没学好时答的也算了进去。
# 训练井只有 64 口，一口就占一个多百分点：起先测试准确率最高，后来前两种互有高低，都是碰巧。
#
# 测试损失在第 `{python} best` 轮最低，是 `{python} f"{min(test_losses):.3f}"`，到最后反升到
# `{python} f"{test_losses[-1]:.3f}"`，训练损失却总的还在降：**过拟合**（overfitting）。只记训练损失就看不出来。
# 测试准确率没怎么变：它只管对错，损失还看把握，而网络判错时越来越有把握。
# 要按曲线决定何时停，得另留验证集，否则测试集就不再是没见过的数据。

# %% [markdown] lang="en"
# Left and right of the arrow: the first and the last epoch. In the first, the accuracy counted while training is
# `{python} f"{curves['accuracy/running'][1][0]:.3f}"`, but the network at the end of it scores
# `{python} f"{curves['accuracy/train'][1][0]:.3f}"` on the same wells: the first number also counts answers from before
# it had learned. With only 64 wells for training, one well is more than one percentage point: that the test accuracy is
# the highest at first is chance, and so is which of the other two is ahead later.
#
# The test loss is lowest after epoch `{python} best`, `{python} f"{min(test_losses):.3f}"`, and has risen to
# `{python} f"{test_losses[-1]:.3f}"` at the end, while the training loss on the whole still went down: **overfitting**.
# The training loss alone would never have told you. The test accuracy hardly moves, because it only asks for right or
# wrong; the loss also looks at how sure the network is, and it grows ever surer about the wells it gets wrong. If you
# want to use this curve to decide when to stop, choose on a separate validation set, or the test set is no longer data
# that nobody has looked at.

# %% tags=["plot"] alt_zh="从事件文件读回的隐藏层权重直方图。第 1 轮后的权重集中在 -1 到 1 之间，第 40 轮后散得更开。" alt_en="Histograms of the hidden layer's weights, read back from the event file. After epoch 1 the weights lie about between -1 and 1; after epoch 40 they are spread wider."
if __name__ == "__main__":
    fig, ax = plt.subplots()
    for epoch, color, line in ((1, "C0", "-"), (EPOCHS, "C1", "--")):
        edges, counts = spread[epoch]
        style = {"color": color, "ls": line, "lw": 2}
        ax.stairs(counts, edges, label=f"epoch {epoch}", **style)
    ax.set(xlabel="weight", ylabel="number of weights")
    ax.legend()
    plt.show()

# %% [markdown] lang="zh"
# 图中是隐藏层的 `{python} int(sum(spread[EPOCHS][1]))` 个权重（2 个输入乘 64 个单元）。各分 16 格，格宽不同，
# 别比高低，只看左右：到最后散得更开。哪一层的直方图若从头到尾不动，多半没在学。
#
# 读回来的结构图，每行是一层和它的运算（`aten` 是 PyTorch 的运算库）：

# %% [markdown] lang="en"
# These are the `{python} int(sum(spread[EPOCHS][1]))` weights of the hidden layer (2 inputs times 64 units). Each time
# there are 16 bins, of different width, so do not compare heights but look from left to right: in the end the weights
# are spread wider. A layer whose histogram never changes is probably not learning.
#
# Now the graph as read back, one layer and its operation a line (`aten` is PyTorch's library of operations):

# %%
if __name__ == "__main__":
    for layer, operation in layers:
        print(f"{layer:27} {operation}")

# %% [markdown] lang="zh" tags=["check"]
# 文件里的数和内存里的一样吗？事件文件存的是 float32，`torch.tensor` 把内存里的也换成 float32，应当一位不差：

# %% [markdown] lang="en" tags=["check"]
# Are the numbers in the file those in memory? An event file holds float32, and `torch.tensor` makes those in memory float32
# too, so not a bit should differ:

# %% tags=["check"]
if __name__ == "__main__":
    for tag, (steps, values) in curves.items():
        ours = torch.tensor([row[tag] for row in history])
        same = torch.equal(torch.tensor(values), ours)
        print(f"{tag:16}  {same}  steps {steps[0]}-{steps[-1]}")

# %% [markdown] lang="zh"
# ### 进度条
# 还要等多久？把循环写成 `for epoch in tqdm(range(40)):`，终端里就有一根进度条，报出用时和剩余时间。
# 我们的循环在 `run` 里，所以手动推：`set_postfix` 在后面加上你给的数，`update(1)` 前进一格。
#
# 用时每次不同，本页用 `bar_format` 去掉；再让它写进内存（`io.StringIO`），在每次重画前的 `\r`（回到行首）处切开，
# 打印第 1、20、40 轮的画面：

# %% [markdown] lang="en"
# ### A progress bar
# How long must you still wait? Write the loop as `for epoch in tqdm(range(40)):`, and the terminal shows a progress bar with the
# time used and the time left. Our loop is inside `run`, so we push the bar by hand: `set_postfix` puts your numbers after
# it, and `update(1)` moves it by one.
#
# Times differ from run to run, so on this page `bar_format` leaves them out. The bar goes to memory (`io.StringIO`); we
# split it at the `\r` (back to the start of the line) before each drawing, and print those of epochs 1, 20 and 40:

# %%
if __name__ == "__main__":
    screen = io.StringIO()
    form = "{desc} |{bar:10}| {n_fmt}/{total_fmt}{postfix}"
    quiet = {"file": screen, "ascii": " #", "bar_format": form}
    quiet["mininterval"] = 0  # seconds: draw every update, however fast they come
    with tqdm(total=EPOCHS, desc="epoch", **quiet) as bar:

        def show(epoch: int, model: nn.Module, row: dict[str, float]) -> None:
            bar.set_postfix(test=f"{row['loss/test']:.3f}", refresh=False)
            bar.update(1)

        run(data, after=show)
    screens = [s.strip() for s in screen.getvalue().split("\r") if s.strip()]
    print(screens[1], screens[20], screens[EPOCHS], sep="\n")

# %% [markdown] lang="zh"
# ## 停电，再接上
# 让电在第 24 轮之后断：`cut` 抛出 `KeyboardInterrupt`，就是按 Ctrl+C 时的异常。
# 再运行同一条命令，跑到第 40 轮，和没断过的训练比。检查点里字典套着张量，`==` 比不了，
# `identical` 就一层层拆开，用 `torch.equal` 比。

# %% [markdown] lang="en"
# ## A power cut, and on it goes
# Now let the power fail after epoch 24: `cut` raises `KeyboardInterrupt`, the exception you get from Ctrl+C. Then the same
# command again, up to epoch 40, to be compared with a training that was never cut off. A checkpoint has tensors inside dicts, on
# which `==` fails; so `identical` unpacks them layer by layer and compares with `torch.equal`.

# %% [markdown] lang="zh" tags=["predict"]
# 接上的和没断过的，最后的损失差多少：百分之几，万分之几，还是一位不差？

# %% [markdown] lang="en" tags=["predict"]
# How far is the loss of the resumed training from that of the uninterrupted one in the end: a few per cent, a few in ten
# thousand, or not a bit?


# %%
def cut(epoch: int, model: nn.Module, row: dict[str, float]) -> None:
    """Stop the training after epoch ``CUT``, as a power cut would (断电)."""
    if epoch == CUT:
        raise KeyboardInterrupt(f"power cut after epoch {epoch}")


def identical(a, b) -> bool:
    """Equal bit for bit, inside dicts, lists and tuples too (逐位相等)."""
    if type(a) is not type(b):
        return False
    if isinstance(a, Tensor):
        return a.dtype == b.dtype and torch.equal(a, b)
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(identical(a[k], b[k]) for k in a)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(identical, a, b))
    return a == b


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        one, two = Path(folder, "uninterrupted.pt"), Path(folder, "resumed.pt")
        _, whole = run(data, path=one)
        try:
            run(data, path=two, after=cut)
        except KeyboardInterrupt as error:
            print(error)
        at_cut = two.read_bytes()
        _, resumed = run(data, path=two)
        a, b = (torch.load(path, weights_only=True) for path in (one, two))
    for part in a:
        print(f"{part:10} {identical(a[part], b[part])}")

# %% [markdown] lang="zh" tags=["check"]
# 两个检查点的六部分全是 `True`，一位不差。本课的测试还用 `SIGKILL` 真的杀死训练进程，一次杀在保存的半途中，
# 接上后结果相同。中途换了机器或版本就难说，舍入可能不同。

# %% [markdown] lang="en" tags=["check"]
# All six parts of the two checkpoints are `True`: not a bit differs. The tests of this lesson also kill a training
# process for real with `SIGKILL`, once in the middle of saving, and resume it, with the same result. If you change the
# machine or the version in between, there is no such promise: it may round differently.

# %% [markdown] lang="zh"
# ## 六个常见错误
# ### 恢复时忘了优化器，或者忘了随机状态

# %% [markdown] lang="en"
# ## Six common mistakes
# ### Resuming without the optimizer, or without the random state

# %% [markdown] lang="zh" tags=["bug"]
# 一种是新建了优化器，忘了恢复；另一种是忘了随机状态，生成器又从种子开始。两种都不报错。下面从第 24 轮的检查点接着跑三次，
# 拿训练损失减去没断过的，打印接上后第一轮的差和最大的差：

# %% [markdown] lang="en" tags=["bug"]
# One mistake is to make a new optimizer and not to restore it. Another is to forget the random state: the generators
# start from their seeds again. Neither raises an error. Below we go on from the checkpoint of epoch 24 three times, and
# print the training loss minus that of the uninterrupted run: in the first epoch after resuming, and where they differ
# most:


# %% tags=["bug"]
def resume_without(path, model, optimizer, generator, lost: str) -> tuple:
    """A wrong ``resume`` (错误示范) that forgets "optimizer" or "random"."""
    state = torch.load(path, weights_only=True)
    model.load_state_dict(state["model"])
    if lost != "optimizer":
        optimizer.load_state_dict(state["optimizer"])
    if lost != "random":
        generator.set_state(state["shuffle"])
        torch.set_rng_state(state["dropout"])
    return state["epoch"], state["history"]


if __name__ == "__main__":
    gaps = {}
    with tempfile.TemporaryDirectory() as folder:
        for lost in ("nothing", "optimizer", "random"):
            path = Path(folder, lost)
            path.write_bytes(at_cut)
            _, other = run(data, path=path, load=partial(resume_without, lost=lost))
            pairs = list(zip(other, whole, strict=True))[CUT:]
            gaps[lost] = [p["loss/train"] - q["loss/train"] for p, q in pairs]
            largest = max(gaps[lost], key=abs)
            print(f"{lost:9}  {gaps[lost][0]:+.3f}  {largest:+.3f}")
    jump, drift = (max(gaps[lost], key=abs) for lost in ("optimizer", "random"))
    worst = CUT + gaps["optimizer"].index(jump) + 1

# %% tags=["plot"] alt_zh="接上之后，训练损失与没断过的训练之差，逐轮画出。什么都不丢：恒为 0。丢了优化器状态：最大差 `{python} f'{jump:+.3f}'`。丢了随机状态：最大差 `{python} f'{drift:+.3f}'`。" alt_en="The training loss after resuming, minus that of the uninterrupted training, epoch by epoch. Nothing lost: always 0. Optimizer state lost: at most `{python} f'{jump:+.3f}'`. Random state lost: at most `{python} f'{drift:+.3f}'`."
if __name__ == "__main__":
    fig, ax = plt.subplots(layout="constrained")
    marks = {
        "nothing": ("black", "-"),
        "optimizer": ("C1", "o-"),
        "random": ("C2", "s--"),
    }
    labels = {"nothing": "nothing lost", "optimizer": "optimizer state lost"}
    labels["random"] = "random state lost"
    for lost, gap in gaps.items():
        color, mark = marks[lost]
        epochs = range(CUT + 1, EPOCHS + 1)
        ax.plot(epochs, gap, mark, color=color, markersize=4, label=labels[lost])
    ax.set(xlabel="epoch", ylabel="difference of training loss")
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=1)
    plt.show()

# %% [markdown] lang="zh" tags=["bug"]
# 丢了优化器状态，第 `{python} worst` 轮的训练损失本来是 `{python} f"{whole[worst - 1]['loss/train']:.3f}"`，现在高出
# `{python} f"{jump:.3f}"`：滑动平均清零，Adam 的第一步只剩当下的梯度除以它自己的大小，又走整整一个学习率。
# 丢了随机状态，时高时低，不见得更差；可次序和 dropout 从头重放，成了另一次训练。
# 正确做法是像 `resume` 那样全部放回，缺一部分就报错。

# %% [markdown] lang="en" tags=["bug"]
# With the optimizer's state lost, the training loss of epoch `{python} worst`, which should be
# `{python} f"{whole[worst - 1]['loss/train']:.3f}"`, is higher by `{python} f"{jump:.3f}"`: the moving averages are
# zero again, and all that Adam has for its first step is the gradient of the moment divided by its own size, so once
# more it goes a whole learning rate. With the random state lost, the loss is now higher, now lower, and not clearly
# worse; but shuffling and dropout are replayed from the start, so this is another training. The right way is to put
# everything back, as `resume` does, and to raise an error if a part is missing.

# %% [markdown] lang="zh"
# ### 训练完才保存，或者直接写在旧文件上

# %% [markdown] lang="en"
# ### Saving at the end only, or right over the old file

# %% [markdown] lang="zh" tags=["bug"]
# 训练完才 `torch.save`，一断就什么也没有。每轮都存、却直接写在旧文件上，断在半途，新旧都没了。
# 截掉半个检查点来模拟：

# %% [markdown] lang="en" tags=["bug"]
# If `torch.save` stands in the last line of the program only, a power cut leaves nothing. If you save every epoch but
# straight over the old file, a cut in the middle leaves the new one unfinished and the old one gone. Cut off half a
# checkpoint to see it:

# %% tags=["bug"]
if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "last.pt")
        try:
            run(data, after=cut)  # would be saved after training
        except KeyboardInterrupt:
            print(f"saved: {path.exists()}")
        path.write_bytes(at_cut[: len(at_cut) // 2])  # cut off while writing
        readable = True
        try:
            torch.load(path, weights_only=True)
        except (RuntimeError, OSError):
            readable = False
        print(f"saved: {path.exists()}  readable: {readable}")

# %% [markdown] lang="zh" tags=["bug"]
# 第一行：没有文件，24 轮白费。第二行：有文件，却读不出来。`run` 每轮都存，`save` 写完才换名，都躲过了。

# %% [markdown] lang="en" tags=["bug"]
# First line: no file, 24 epochs for nothing. Second line: a file, but not one that can be read. `run` saves every epoch, and
# `save` renames only what is complete, so both are avoided.

# %% [markdown] lang="zh"
# ### 读别人的检查点不设防

# %% [markdown] lang="en"
# ### Loading a stranger's checkpoint unguarded

# %% [markdown] lang="zh" tags=["bug"]
# `torch.save` 用的是 Python 的 pickle，pickle 文件可以带一条指令：“读的时候调用这个函数”。`Planted` 的 `__reduce__`
# 写明函数和它的参数，这里是无害的 `print`，换成删文件也行。先不设防地读，再设 `weights_only=True`，
# 只许读张量、数、字典、列表之类。报错很长，只打印要点：

# %% [markdown] lang="en" tags=["bug"]
# `torch.save` uses Python's pickle, and a pickle may carry an order: "when you are read, call this function". In
# `Planted`, `__reduce__` gives the function and its argument, here a harmless `print`; it could delete files just as
# well. Load it unguarded, then with `weights_only=True`, which allows only tensors, numbers, dicts, lists and the like.
# The error is long; we print its core:


# %% tags=["bug"]
class Planted:
    """An object whose pickle calls a function on loading (埋着指令的对象)."""

    def __reduce__(self) -> tuple:
        return print, ("run by the file",)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "stranger.pt")
        torch.save({"model": Planted()}, path)
        torch.load(path, weights_only=False)
        try:
            torch.load(path, weights_only=True)
        except pickle.UnpicklingError as error:
            print("refused:", re.search(r"GLOBAL .*? global", str(error))[0])

# %% [markdown] lang="zh" tags=["bug"]
# 第一行是文件里的指令打印的：光是读，代码就执行了。第二次被拒绝，`print` 不在许可之列。
# 所以只存这几样，读时写明 `weights_only=True`：新版的 PyTorch 默认如此，旧版不是。

# %% [markdown] lang="en" tags=["bug"]
# The first line was printed by an order in the file: merely reading it ran code. The second time it was refused,
# because `print` is not on the list of what is allowed. So save only tensors, numbers, dicts and lists, and always load
# with `weights_only=True`: it is the default in new versions of PyTorch, but was not in old ones.

# %% [markdown] lang="zh"
# ### 两次训练写进一个文件夹

# %% [markdown] lang="en"
# ### Two runs in one folder

# %% [markdown] lang="zh" tags=["bug"]
# 换个种子再训练，忘了换文件夹：

# %% [markdown] lang="en" tags=["bug"]
# Train once more with another seed, and forget to change the folder:

# %% tags=["bug"]
if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        for seed in (0, 1):
            log_run(folder, data, epochs=20, seed=seed, graph=False)
        steps, values = read_scalars(folder, "loss/train")
    print(f"points = {len(steps)}  steps = {steps[18:22]}")

# %% tags=["plot"] alt_zh="从混用的文件夹读回的一条线：走到第 20 轮，又斜着折回第 1 轮，再走一遍。" alt_en="The one line read back from the shared folder: it runs to epoch 20, slants back to epoch 1 and runs through again."
if __name__ == "__main__":
    fig, ax = plt.subplots()
    ax.plot(steps, values, "o-", color="C3", markersize=4, label="one folder")
    ax.set(xlabel="epoch", ylabel="training loss", xticks=range(0, 21, 5))
    ax.legend()
    plt.show()

# %% [markdown] lang="zh" tags=["bug"]
# 读取器把两个文件接成一条线，走到第 20 轮又折回第 1 轮。正确做法：每次训练一个文件夹，如 `runs/seed0`、`runs/seed1`，
# `--logdir runs` 就画成两条。只有断掉再接上的训练才用原来的文件夹，写成 `SummaryWriter(folder, purge_step=CUT + 1)`：
# 这一轮起的旧点，读时就不算了。

# %% [markdown] lang="en" tags=["bug"]
# The reader joins the two files into one line: it goes to epoch 20, then back to epoch 1. The right way is a folder for
# each run, such as `runs/seed0` and `runs/seed1`; then `--logdir runs` draws two curves. Only a run that goes on after
# a cut takes its old folder, with `SummaryWriter(folder, purge_step=CUT + 1)`: old points from this epoch on are then
# ignored in reading.

# %% [markdown] lang="zh"
# ## 练习

# %% [markdown] lang="en"
# ## Exercises

# %% [markdown] lang="zh" tags=["exercise"]
# TensorBoard 的网页上有个滑块，能把曲线抹平：$s_t = \beta s_{t-1} + (1 - \beta) v_t$，$s_0 = 0$，再除以各份额之和
# $1 - \beta^t$；$v_t$ 是第 $t$ 个值，$\beta$ 是滑块的位置。写出 `smooth`。先猜：抹平之后，测试损失的最低点会往哪边移？

# %% [markdown] lang="en" tags=["exercise"]
# A slider on TensorBoard's page smooths the curves: $s_t = \beta s_{t-1} + (1 - \beta) v_t$ with $s_0 = 0$, then
# divided by the sum of all shares, $1 - \beta^t$; $v_t$ is value number $t$ and $\beta$ is where the slider stands.
# Write `smooth`. Guess first: which way does smoothing move the lowest point of the test loss?


# %% tags=["solution"]
def smooth(values: list[float], beta: float) -> list[float]:
    """A moving average as on TensorBoard's page (平滑), bias corrected.

    Raises ``ValueError`` unless 0 <= ``beta`` < 1.
    """
    if not 0 <= beta < 1:
        raise ValueError(f"beta must be at least 0 and below 1, got {beta}")
    average, out = 0.0, []
    for t, value in enumerate(values, start=1):
        average = beta * average + (1 - beta) * value
        out.append(average / (1 - beta**t))
    return out


if __name__ == "__main__":
    for beta in (0.0, 0.6, 0.9):
        flat = smooth(test_losses, beta)
        low = min(flat)
        print(f"{beta}: lowest {low:.3f} after epoch {1 + flat.index(low)}")

# %% [markdown] lang="zh" tags=["solution"]
# 抹平的值是过去的平均，所以最低点往后移，也不再是真的最低值。抹平只用来看趋势，读数时把滑块拉到 0。

# %% [markdown] lang="en" tags=["solution"]
# Each smoothed value is an average of the past, so the lowest point moves later and is no longer the true minimum.
# Smooth to see a trend; to read off a number, move the slider to 0.

# %% [markdown] lang="zh" tags=["exercise"]
# 每轮存一个 `epoch-1.pt`、`epoch-2.pt`……硬盘会满。写 `keep_last(folder, k)`，只留轮次最大的 $k$ 个。先猜：按文件名，
# `epoch-9.pt` 和 `epoch-10.pt` 哪个更靠后？

# %% [markdown] lang="en" tags=["exercise"]
# One file an epoch, `epoch-1.pt`, `epoch-2.pt` and so on, fills the disk. Write `keep_last(folder, k)`, which keeps the
# $k$ with the highest epochs. Guess first: by name, which of `epoch-9.pt` and `epoch-10.pt` comes later?


# %% tags=["solution"]
def keep_last(folder: str | Path, k: int) -> list[str]:
    """Delete all but the ``k`` latest checkpoints (只留最近的); returns names.

    Checkpoints are named ``epoch-N.pt``; other files are left alone. Raises
    ``ValueError`` if ``k`` is no positive integer.
    """
    check_counts(k=k)
    found = {}
    for path in Path(folder).iterdir():
        if match := re.fullmatch(r"epoch-(\d+)\.pt", path.name):
            found[int(match[1])] = path
    for epoch in sorted(found)[:-k]:
        found[epoch].unlink()
    return [found[epoch].name for epoch in sorted(found)[-k:]]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        for epoch in range(1, 11):
            Path(folder, f"epoch-{epoch}.pt").touch()
        print(f"by name: {max(path.name for path in Path(folder).iterdir())}")
        print(keep_last(folder, 2))

# %% [markdown] lang="zh" tags=["solution"]
# 按名字，`9` 排在 `10` 后面（先比第一个字符），最新的反被删掉。所以要按数排序。

# %% [markdown] lang="en" tags=["solution"]
# By name, `9` comes after `10` (the first character decides), so the newest would be deleted. Sort by number instead.

# %% [markdown] lang="zh"
# ## 早上的答案
# 训练过了头吗？过了：停电在第 24 轮之后，测试损失早在第 `{python} best` 轮就最低。可惜只留着最后一个检查点，
# 那一轮的网络没了；下次用验证集，损失每创新低就另存一份。
#
# 要从零重来吗？不用：想跑满 40 轮，同一条命令再运行一次，只补 `{python} EPOCHS - CUT` 轮，结果和没停过电的一位不差。
#
# ## 小结
# - 训练和测试的损失、准确率都记；边训练边数的准确率不是哪一个网络的成绩。
# - 每次训练一个文件夹，`SummaryWriter` 用 `with` 包住。
# - 检查点要有权重、优化器状态、全部随机状态、轮次和记录。
# - 每轮都存，先写临时文件再换名；读的时候写 `weights_only=True`。
#
# 接下来：曲线不对劲时怎么找原因，见 [调试训练](debugging.py)。

# %% [markdown] lang="en"
# ## The answers in the morning
# Had it trained for too long? Yes: the power failed after epoch 24, but the test loss was lowest as early as epoch
# `{python} best`. Sadly we kept only the last checkpoint, and the network of that epoch is gone. Next time use a validation set,
# and save a copy whenever its loss reaches a new low.
#
# Must you start from zero? No: if you still want all 40 epochs, give the same command once more, and it does the missing
# `{python} EPOCHS - CUT`; the result is the same to the last bit as without the power cut.
#
# ## Recap
# - Record losses and accuracies on the training set and the test set; the accuracy counted while training is the score
#   of no single network.
# - A folder for each run, and `SummaryWriter` inside a `with`.
# - A checkpoint holds weights, the optimizer's state, all random states, the epoch and the history.
# - Save every epoch, to a temporary file that is then renamed; load with `weights_only=True`.
#
# Next: what to do when a curve looks wrong, in [debugging training](debugging.py).
