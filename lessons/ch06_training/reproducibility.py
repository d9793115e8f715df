# %% [markdown] lang="zh"
# # 可复现性
# 你训练了一个小网络，看炉温（°C）和烘烤时间（分钟）判断面包烤得好不好。在没见过的面包上，它答对了八成多。
# 同事原样跑一遍你的程序，只答对三分之二。谁弄错了？怎样让两次运行一位不差？就算一位不差，这一个数又能信几分？
#
# 照样再运行一次，得到同样的结果，就叫**可复现**（reproducible）。学完这一页，你能：
#
# - 让同一台机器上的两次训练每一位都相同，并且查得出来；
# - 说出定住随机数以后，末几位为什么还会变；
# - 写出有没有显卡都能跑的程序；
# - 用许多次运行公平地比较两种设置；
# - 避开四个常见错误，其中三个不报错。
#
# 折叠的代码导入 PyTorch、检查输入，初读可跳过。

# %% [markdown] lang="en"
# # Reproducibility
# You train a small network to tell from oven temperature (°C) and baking time (minutes) whether a loaf turns out well. On
# loaves it has never seen, it is right more than eight times in ten. A colleague runs your program, unchanged, and is right only
# two times in three. Who made a mistake? How do you make two runs agree to the last digit? And even when they agree, how far
# can you trust that one number?
#
# A run that can be repeated with the same result is called **reproducible**. After this page you can
#
# - make two trainings on one machine agree in every bit, and check that they do;
# - say why the last digits may still change once the random numbers are fixed;
# - write a program that runs with or without a GPU;
# - compare two settings fairly, over many runs;
# - avoid four common mistakes, three of which raise no error.
#
# The folded code below imports PyTorch and checks the input. Skip it at first reading.

# %% tags=["setup"]
# ruff: noqa: NPY002  (NumPy's old global generator is part of the subject)
import math
import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import Generator, Tensor
from torch.nn.functional import binary_cross_entropy_with_logits as cross_entropy


def check_seed(seed: int) -> None:
    """Refuse all but whole numbers from 0 to 2**32 - 1 (检查种子)."""
    if isinstance(seed, bool) or not isinstance(seed, int):
        raise TypeError(f"seed must be an int, got {seed!r}")
    if not 0 <= seed < 2**32:
        raise ValueError(f"seed must be at least 0 and below 2**32, got {seed}")


def check_count(name: str, count: int) -> None:
    """Refuse all but positive integers (检查个数)."""
    if not isinstance(count, int) or count < 1:
        raise ValueError(f"{name} must be a positive integer, got {count}")


def check_loaves(x: Tensor, y: Tensor) -> None:
    """Refuse all but floats of shapes (n, 2) and (n,), n >= 1 (检查面包)."""
    for name, t in (("x", x), ("y", y)):
        if not isinstance(t, Tensor) or not t.is_floating_point():
            found = getattr(t, "dtype", type(t))
            raise TypeError(f"{name} must be a float tensor, got {found}")
    if x.ndim != 2 or x.shape[1] != 2 or len(x) == 0 or y.shape != x.shape[:1]:
        found = f"{tuple(x.shape)} and {tuple(y.shape)}"
        raise ValueError(f"x and y must have shapes (n, 2) and (n,), got {found}")


def check_streams(streams: Sequence[Mapping[str, Generator | None]]) -> None:
    """Refuse lists that are empty or lack a purpose (检查生成器)."""
    if isinstance(streams, Mapping) or not streams:
        raise ValueError("streams must be a list of dicts, one a run, got none")
    for stream in streams:
        if missing := [name for name in PURPOSES if name not in stream]:
            raise ValueError(f"each run needs a generator for {missing}")


def check_tensors(first: Sequence[Tensor], second: Sequence[Tensor]) -> None:
    """Refuse runs that cannot be compared (检查两次运行)."""
    for name, run in (("first", first), ("second", second)):
        if isinstance(run, Tensor) or not run:
            raise TypeError(f"{name} must be a list of tensors, got {type(run)}")
        if any(t.isnan().any() for t in run):
            raise ValueError(f"{name} contains NaN, which equals nothing")


def check_scores(**scores: Tensor) -> None:
    """Refuse all but rows of finite floats (检查成绩)."""
    for name, t in scores.items():
        if not t.is_floating_point() or t.ndim != 1 or len(t) == 0:
            found = f"{t.dtype} of shape {tuple(t.shape)}"
            raise ValueError(f"{name} must be floats of shape (n,), got {found}")
        if not t.isfinite().all():
            raise ValueError(f"{name} contains NaN or infinity")


# %% [markdown] lang="zh"
# ## 面包房
# 炉温离 220 °C 不远，时间离 30 分钟不远，面包才好，也就是落在下图的虚线椭圆里。师傅尝过以后打分，1 是好，0 是不好；
# 十个里他大约看走眼一个，所以谁也答不全对。`good ^ mistaken` 把看走眼的反过来（`^`：恰有一个成立）。
#
# 计算机的随机数其实是算出来的：给**生成器**（generator，即随机数发生器）一个起点，后面的数就全定了。起点叫**随机种子**（random seed），
# 用 `manual_seed` 设；生成器走到哪里，叫它的状态。`torch.rand` 抽 0 到 1 之间的数，`generator=` 说明用哪个生成器。

# %% [markdown] lang="en"
# ## The bakery
# A loaf is good if the oven is not far from 220 °C and the time not far from 30 minutes: inside the dashed ellipse of the picture
# below. The baker tastes it and notes 1 for good, 0 for bad, but is wrong about one loaf in ten, so nobody can be right about all
# of them. In the code, `good ^ mistaken` turns the wrong verdicts round (`^`: exactly one of the two is true).
#
# A computer calculates its random numbers: give a **generator** (random number generator) a starting point, and every number it
# will draw is fixed. The starting point is the **random seed**, set by `manual_seed`; where the generator has got to is its
# state. `torch.rand` draws numbers between 0 and 1, and `generator=` says from which generator.

# %%
CENTER = (220.0, 30.0)  # °C, minutes: the perfect loaf
REACH = (25.0, 12.0)  # how far a good loaf may be off


def bake(n: int, generator: Generator) -> tuple[Tensor, Tensor]:
    """Loaves and verdicts (烤面包): x (n, 2) in °C and min, y (n,) 0 or 1.

    One verdict in ten is wrong. Raises ``ValueError`` unless n is positive.
    """
    check_count("n", n)
    x = torch.rand(n, 2, generator=generator)
    x = x * torch.tensor([80.0, 40.0]) + torch.tensor([180.0, 10.0])
    off = (x - torch.tensor(CENTER)) / torch.tensor(REACH)
    good = (off**2).sum(dim=1) < 1  # inside the ellipse
    mistaken = torch.rand(n, generator=generator) < 0.1
    return x, (good ^ mistaken).float()


if __name__ == "__main__":
    rng = torch.Generator().manual_seed(0)
    train_x, train_y = bake(120, rng)  # few, so that runs are quick
    test_x, test_y = bake(200, rng)
    again_x, _ = bake(120, torch.Generator().manual_seed(0))
    print(f"first loaf: {train_x[0, 0]:.1f} °C, {train_x[0, 1]:.1f} min")
    print(f"drawn again, equal: {torch.equal(train_x, again_x)}")

# %% tags=["plot"] alt_zh="120 个训练用的面包，横轴炉温，纵轴时间。好面包多在中间的虚线椭圆里，椭圆内外都有看走眼的。" alt_en="The 120 training loaves, temperature against time. Most good loaves lie in the dashed ellipse in the middle; there are wrong verdicts inside and outside."
if __name__ == "__main__":
    fig, ax = plt.subplots()
    styles = ((1, "o", "C0", "good"), (0, "x", "C1", "bad"))
    for value, marker, color, name in styles:
        here = train_x[train_y == value]
        ax.plot(here[:, 0], here[:, 1], marker, color=color, label=name)
    turn = torch.linspace(0, 2 * math.pi, 100)
    edge = [
        c + r * f(turn)
        for c, r, f in zip(CENTER, REACH, (torch.cos, torch.sin), strict=True)
    ]
    ax.plot(*edge, "--", color="black", label="truth")
    ax.set(xlabel="oven (°C)", ylabel="time (min)")
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=3)
    plt.show()

# %% [markdown] lang="zh"
# `torch.equal` 要求形状和每个数都相同。种子一样，120 个面包就一样。
#
# ## 训练里有哪些随机数
# 训练有三处要抽随机数：**初始权重**；每轮**打乱**样本的次序；[丢弃法](regularization.py)（dropout）每步关掉哪些单元，
# 这里关十分之一，留下的除以 0.9。`nn.Linear`、`nn.Dropout` 不能指定生成器，所以自己写。
# 每次运行在 `streams` 里有一个字典，写明每种用途用哪个生成器；`None` 是 PyTorch 的**全局生成器**（global generator），整个程序共用。`peek` 后面再讲。
#
# 网络有一个 4 个单元的 ReLU 隐藏层，用 Adam 训练，学习率 0.1，20 轮，每批 20 个面包：不到一秒练完，多数时候够用。
# 第 0 轴（轴就是参数 `dim`）是“第几次运行”：许多次训练一起算，各算各的。
# `x.new_tensor` 造的张量和 `x` 数据类型、设备都相同；`torch.randperm(n)` 随机排列 0 到 $n-1$，`split` 再切成批次；
# 损失是 [交叉熵](../ch04_classification/logistic_regression.py)。

# %% [markdown] lang="en"
# `torch.equal` asks for the same shape and the same numbers. Same seed, same 120 loaves.
#
# ## Which random numbers does training use?
# Training draws random numbers for three purposes: the **initial weights**; the **shuffle** of the samples in every epoch; and
# which units [dropout](regularization.py) switches off in each step, here one in ten, while the others are divided by 0.9. The
# ready-made `nn.Linear` and `nn.Dropout` cannot be told which generator to use, so we write these steps ourselves. In `streams`, each run
# has a dictionary that names the generator for every purpose; `None` is PyTorch's **global generator**, shared by the whole program. `peek` comes
# later.
#
# The network has one hidden layer of 4 ReLU units, trained by Adam with learning rate 0.1 for 20 epochs, in batches of 20 loaves:
# done in less than a second, and enough most of the time. Axis 0 of the tensors (the argument `dim` names an axis) counts runs, so
# that many trainings can be computed together, each for itself. `x.new_tensor` makes a tensor with the dtype and the device of `x`;
# `torch.randperm(n)` puts 0 to $n-1$ in random order, and `split` cuts it into batches; the loss is
# [cross-entropy](../ch04_classification/logistic_regression.py).

# %%
PURPOSES = ("weights", "shuffle", "dropout", "peek")


def draw(shape: tuple, streams: Sequence[Mapping], purpose: str) -> Tensor:
    """Uniform numbers in [0, 1) for each run (抽数): (runs, *shape), on the CPU."""
    return torch.stack([torch.rand(shape, generator=s[purpose]) for s in streams])


def new_weights(streams: Sequence[Mapping], width: int) -> list[Tensor]:
    """Parameters within 1 / sqrt(inputs) of 0, like nn.Linear (初始权重)."""
    shapes = ((2, width), (1, width), (width, 1), (1, 1))
    pairs = zip(shapes, (2, 2, width, width), strict=True)
    return [(2 * draw(s, streams, "weights") - 1) / k**0.5 for s, k in pairs]


def scores(weights: Sequence[Tensor], x: Tensor, mask: Tensor | int = 1) -> Tensor:
    """Scores (得分), above 0 for "good": x (..., n, 2) gives (runs, n)."""
    w1, b1, w2, b2 = weights
    z = (x - x.new_tensor(CENTER)) / x.new_tensor(REACH)
    return (((z @ w1 + b1).relu() * mask) @ w2 + b2).squeeze(-1)


def train(
    x: Tensor,
    y: Tensor,
    streams: Sequence[Mapping],
    width: int = 4,
    epochs: int = 20,
    lr: float = 0.1,
    peek: bool = False,
) -> tuple[list[Tensor], Tensor]:
    """Train one network per run (训练): final weights, losses (steps, runs).

    ``x`` (n, 2) in °C and min and ``y`` (n,) may be on any device. Raises like the
    checks. Dropout: Srivastava et al. (2014).
    """
    check_loaves(x, y)
    check_streams(streams)
    check_count("width", width)
    check_count("epochs", epochs)
    if not 0 < lr < math.inf:
        raise ValueError(f"the learning rate must be positive and finite, got {lr}")
    weights = [w.to(x.device).requires_grad_() for w in new_weights(streams, width)]
    if peek:
        draw((1,), streams, "peek")  # an innocent look at one random number
    optimizer, losses = torch.optim.Adam(weights, lr=lr), []
    for _ in range(epochs):
        orders = [torch.randperm(len(x), generator=s["shuffle"]) for s in streams]
        keep = draw((len(x), width), streams, "dropout") < 0.9
        both = torch.stack(orders), keep
        parts = [t.to(x.device).split(20, dim=1) for t in both]
        for rows, kept in zip(*parts, strict=True):
            logits = scores(weights, x[rows], kept / 0.9)
            each = cross_entropy(logits, y[rows], reduction="none").mean(dim=1)
            optimizer.zero_grad()
            each.sum().backward()  # a run's loss does not touch other runs' weights
            optimizer.step()
            losses.append(each.detach())
    return [w.detach() for w in weights], torch.stack(losses).cpu()


def correct(weights: Sequence[Tensor], x: Tensor, y: Tensor) -> Tensor:
    """Which loaves each run judges right (答对与否): bool of shape (runs, n)."""
    return ((scores(weights, x) > 0) == (y > 0.5)).cpu()


# %% [markdown] lang="zh"
# `set_seed` 给 PyTorch、NumPy 和 Python 的全局生成器定种子。`@contextmanager` 让它能写在 `with` 后面：
# `yield` 处运行 `with` 里的代码，离开时放回原来的状态（PyTorch 的那份由 `fork_rng` 保管）。
#
# `same_run` 比较两次运行。$a_i$、$b_i$ 是同一个张量的第 $i$ 个数在两次运行中的值，$r$（参数 `rtol`）是允许的**相对差**：
#
# $$\max_i |a_i - b_i| \le r \max_i |b_i|$$
#
# 都和最大的数比，免得接近 0 的数小题大做。$r = 0$ 时要求一位不差。

# %% [markdown] lang="en"
# `set_seed` seeds the global generators of PyTorch, NumPy and Python. `@contextmanager` lets it stand after `with`: the
# code of the `with` block runs at `yield`, and at its end the old states are put back (`fork_rng` keeps PyTorch's).
#
# `same_run` compares two runs. $a_i$ and $b_i$ are the values of the $i$-th number of one tensor in the two runs, and $r$ (the argument
# `rtol`) is the **relative difference** allowed:
#
# $$\max_i |a_i - b_i| \le r \max_i |b_i|$$
#
# All are compared with the largest, so that a number near 0 does not raise a false alarm. With $r = 0$ the two must agree in every bit.


# %%
@contextmanager
def set_seed(seed: int) -> Iterator[None]:
    """Seed the global generators inside a ``with`` block only (设定种子).

    Covers torch (CPU, CUDA), NumPy's old global state and ``random``. Raises
    ``TypeError`` unless int, ``ValueError`` outside [0, 2**32).
    """
    check_seed(seed)
    python, numpy = random.getstate(), np.random.get_state()
    try:
        with torch.random.fork_rng(devices=range(torch.cuda.device_count())):
            random.seed(seed)
            np.random.seed(seed)
            torch.manual_seed(seed)
            yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)


def same_run(
    first: Sequence[Tensor], second: Sequence[Tensor], rtol: float = 0.0
) -> bool:
    """Whether two runs agree, exactly or within ``rtol`` (两次运行是否相同).

    Tensors must match in number, shape and dtype. Raises ``ValueError`` for NaN or
    a bad ``rtol``, ``TypeError`` unless given lists of tensors.
    """
    check_tensors(first, second)
    if not 0 <= rtol < 1:
        raise ValueError(f"rtol must be at least 0 and below 1, got {rtol}")
    if [(t.shape, t.dtype) for t in first] != [(t.shape, t.dtype) for t in second]:
        return False
    if rtol == 0:
        return all(map(torch.equal, first, second))
    pairs = list(zip(first, second, strict=True))
    return all((a - b).abs().max() <= rtol * b.abs().max() for a, b in pairs)


# %% [markdown] lang="zh" tags=["predict"]
# 三次训练都用全局生成器，种子依次是 6、6、7。哪两次会相同？相同到第几位？正确率会差多少？

# %% [markdown] lang="en" tags=["predict"]
# Three trainings use the global generator with seeds 6, 6 and 7. Which will agree, and to which digit? How far apart will the
# accuracies be?

# %%
GLOBAL = (dict.fromkeys(PURPOSES),)  # one run, None for every purpose

if __name__ == "__main__":
    runs, hits = [], []
    before = torch.get_rng_state()
    for seed in (6, 6, 7):
        with set_seed(seed):
            weights, _ = train(train_x, train_y, GLOBAL)
        runs.append(weights)
        hits.append(correct(weights, test_x, test_y).float().mean().item())
        print(f"seed {seed}: accuracy = {hits[-1]:.1%}")
    print(f"6 and 6: {same_run(runs[0], runs[1])}")
    print(f"6 and 7: {same_run(runs[0], runs[2])}")
    print(f"state left as it was: {torch.equal(before, torch.get_rng_state())}")

# %% [markdown] lang="zh"
# 种子相同，权重每一位都相同；种子换成 7，测试正确率从 `{python} f"{hits[0]:.1%}"` 变为
# `{python} f"{hits[2]:.1%}"`，差别全来自随机数。这两个种子是特意挑的：0 到 9 里，6 最差，7 最好；
# 一般差多少，后面用 40 个种子量。最后一行说，`set_seed` 没有动外面的状态。
#
# ## 全局生成器很脆弱
# 全局生成器像一卷写好了数的纸带，谁要就撕下一个。种子定下纸带，定不下谁撕走哪一个。

# %% [markdown] lang="en"
# With the same seed, the weights agree in every bit. With seed 7, the accuracy on the test loaves changes from
# `{python} f"{hits[0]:.1%}"` to `{python} f"{hits[2]:.1%}"`; random numbers make all the difference. These two seeds were picked on purpose: of seeds 0 to 9, 6 is the worst and 7 the best. How much seeds differ in general we
# measure later, with 40 of them. The last line says that `set_seed` left the state outside alone.
#
# ## A global generator is fragile
# The global generator is like a paper tape of numbers from which everybody tears off the next one. The seed fixes the tape, not
# who gets which number.

# %% [markdown] lang="zh" tags=["bug"]
# 网络建好、还没训练时，有人加了一行，随便看一个随机数（`peek=True`）。训练用不到它，种子也没动：

# %% [markdown] lang="en" tags=["bug"]
# After the network is built and before it is trained, somebody adds a line that looks at one random number (`peek=True`). Training
# does not use it, and the seed is the same:

# %% tags=["bug"]
if __name__ == "__main__":
    with set_seed(6):
        peeked, _ = train(train_x, train_y, GLOBAL, peek=True)
    peeked_hit = correct(peeked, test_x, test_y).float().mean().item()
    print(f"same as without: {same_run(runs[0], peeked)}")
    print(f"accuracy: {hits[0]:.1%} -> {peeked_hit:.1%}")

# %% [markdown] lang="zh" tags=["bug"]
# 结果变了，却没有任何提示：抽走一个数，后面拿到的全错开，打乱的次序和关掉的单元都换了。
# 多建一层也会这样。正确的做法是**每种用途一个生成器**。

# %% [markdown] lang="en" tags=["bug"]
# The result has changed, and nothing told us. With one number gone, everybody after it gets other numbers, so the shuffles
# and the units that are switched off are all different. Building one more layer does the same. The right
# way is **one generator for each purpose**.

# %% [markdown] lang="zh"
# 要是都用种子 6，抽出的数就完全相同，所以由一个母生成器用 `torch.randint`（抽整数）给它们各抽一个种子：

# %% [markdown] lang="en"
# If all of them had seed 6, they would draw the very same numbers. So let a parent generator draw a seed for each
# (`torch.randint` draws integers):


# %%
def make_streams(seed: int) -> dict[str, Generator]:
    """One generator per purpose (每种用途一个生成器), all fixed by ``seed``.

    A parent draws the seed of each. Raises like ``check_seed``.
    """
    check_seed(seed)
    parent = torch.Generator().manual_seed(seed)
    seeds = torch.randint(2**31, (len(PURPOSES),), generator=parent).tolist()
    pairs = zip(PURPOSES, seeds, strict=True)
    return {name: torch.Generator().manual_seed(s) for name, s in pairs}


if __name__ == "__main__":
    plain, _ = train(train_x, train_y, [make_streams(6)])
    peeked, _ = train(train_x, train_y, [make_streams(6)], peek=True)
    print(f"same as without: {same_run(plain, peeked)}")


# %% tags=["plot"] alt_zh="两组格子，每组两行，每格一个随机数；下行比上行多了偷看的一个。上面一组共用一个生成器，偷看以后，打乱和丢弃法拿到的数都错开一格；下面一组各用各的生成器，别的格子不变。" alt_en="Two groups of cells, two rows each, one random number in each cell; the lower row has one more, the peek. The upper group shares one generator: after the peek, shuffle and dropout get the numbers one place on. The lower group has one generator per purpose: the other cells stay as they were."
def draw_cells(ax, texts, colors, left=0.0, top=0.0):
    """A grid of labelled cells (画格子), its upper left corner at (left, top)."""
    for i, row in enumerate(texts):
        for j, text in enumerate(row):
            corner = (left + j, top + i)
            ax.add_patch(
                plt.Rectangle(corner, 1, 1, fc=colors[i][j], alpha=0.4, ec="black")
            )
            ax.text(left + j + 0.5, top + i + 0.5, text, ha="center", va="center")


if __name__ == "__main__":
    users = ["weights"] * 3 + ["peek"] + ["shuffle"] * 2 + ["dropout"] * 2
    paint = {"weights": "C0", "peek": "C3", "shuffle": "C1", "dropout": "C2"}
    fig, ax = plt.subplots(figsize=(5.2, 4))
    one = torch.Generator()
    for block, title in ((0, "one generator"), (3.7, "one generator per purpose")):
        ax.text(0, block - 0.8, title)
        for middle, name in ((1.5, "weights"), (3.5, "peek"), (5, "shuffle")):
            ax.text(middle, block - 0.15, name, ha="center")
        ax.text(7, block - 0.15, "dropout", ha="center")
        for row, with_peek in enumerate((False, True)):
            one.manual_seed(10)
            own = make_streams(10)
            for j, user in enumerate(users):
                if user == "peek" and not with_peek:
                    continue
                source = own[user] if block else one
                number = f"{torch.rand(1, generator=source).item():.2f}"
                draw_cells(ax, [[number]], [[paint[user]]], left=j, top=block + row)
    ax.set_aspect("equal")
    ax.axis("off")
    ax.autoscale_view()
    ax.invert_yaxis()
    plt.show()

# %% [markdown] lang="zh"
# 这回权重一位不变。图里每格是抽到的一个数，每组的上行不偷看，下行偷看：共用一个生成器，后面的数全错开一格；
# 各用各的，别处不变。`DataLoader` 也有参数 `generator`。

# %% [markdown] lang="en"
# This time not one bit of the weights changes. In the picture, each cell is a number drawn; in each group the upper row is without the peek, the
# lower row with it. With one generator, all later numbers move on by one cell; with one per purpose, nothing else changes.
# `DataLoader` has an argument `generator`, too.

# %% [markdown] lang="zh"
# ## 种子管不到什么
# 换一台机器，即使随机数一样，末几位也可能不同，因为加法的次序变了。float32 只留 24 个二进制位，每加一次就舍入一次，
# 相对误差至多 $2^{-24}$，约 `{python} f"{2**-24:.0e}"`。次序不同，舍入就不同。

# %% [markdown] lang="en"
# ## What a seed does not fix
# On another machine, even if the random numbers are the same, the last digits may differ. The reason is the order of additions.
# float32 keeps 24 binary digits, and every addition rounds, with a relative error of at most $2^{-24}$, about
# `{python} f"{2**-24:.0e}"`. Another order rounds differently.

# %% [markdown] lang="zh" tags=["predict"]
# 设 `big` 是 $2^{24}$，即 16777216。在 float32 里，`(big + 1) + 1` 和 `big + (1 + 1)` 相等吗？
# 100000 个烘烤时间（分钟）分成 1、2、4、8 段，先加各段再合计，四个总和一样吗？

# %% [markdown] lang="en" tags=["predict"]
# Let `big` be $2^{24}$, that is 16777216. In float32, is `(big + 1) + 1` equal to `big + (1 + 1)`? Guess also: add up 100000 baking
# times (minutes) in 1, 2, 4 or 8 pieces, each piece first and then the totals. Are the four sums the same?

# %%
if __name__ == "__main__":
    big = torch.tensor(16777216.0)
    print(f"{((big + 1) + 1).item():.0f} {(big + (1 + 1)).item():.0f}")
    rng = torch.Generator().manual_seed(0)
    minutes = 10 + 40 * torch.rand(100000, generator=rng)
    pieces = (minutes.reshape(k, -1) for k in (1, 2, 4, 8))
    sums = [rows.sum(dim=1).sum().item() for rows in pieces]
    print(f"sums: {sums}")
    print(f"relative spread: {(max(sums) - min(sums)) / sums[0]:.0e}")

# %% [markdown] lang="zh"
# $2^{24} + 1$ 在 float32 里存不下，舍入回 $2^{24}$，所以第一种次序丢了两个 1。分段也改变总和，相对差约
# `{python} f"{(max(sums) - min(sums)) / sums[0]:.0e}"`。多个**线程**（thread，一个程序里同时计算的几路）就这样分段：换线程数、换设备、
# 换 PyTorch 版本，次序都可能变；后两样连抽到的随机数也可能变。显卡上有的运算每次次序都不定，
# `torch.use_deterministic_algorithms(True)` 让 PyTorch 只用结果固定的算法，没有就报错。
#
# 训练会放大这一丁点差别吗？把一个面包的炉温改动 float32 能改的最小一步（`torch.nextafter`），种子不变，再训练一遍，
# 每一步都看损失的相对差，取 10 个种子里最大的。学习率用 0.1 和大得过分的 1.0，训练 30 轮，看它长到多大：

# %% [markdown] lang="en"
# $2^{24} + 1$ does not fit into float32 and is rounded back to $2^{24}$, so the first order loses both ones. Pieces change the sum,
# too, by a relative difference of about `{python} f"{(max(sums) - min(sums)) / sums[0]:.0e}"`. Such pieces are what **threads** (parts of
# a program that compute at the same time) make: another number of threads, another device or another version of PyTorch may all add in
# another order; the latter two may even draw other random numbers. On a GPU, some operations change their order from one run to the
# next: `torch.use_deterministic_algorithms(True)` makes PyTorch use only algorithms that repeat their result, and raise an error
# where there is none.
#
# Does training magnify so small a difference? Change the temperature of one loaf by the smallest step float32 allows
# (`torch.nextafter`), keep the seeds, train again, and look at the relative difference of the loss at each step, the largest among 10
# seeds. Use learning rate 0.1, and then a far too large 1.0; train for 30 epochs to give the difference time to grow:

# %%
if __name__ == "__main__":
    nudged_x = train_x.clone()
    nudged_x[0, 0] = torch.nextafter(train_x[0, 0], torch.tensor(math.inf))
    gaps, worst = {}, {}
    for lr in (0.1, 1.0):
        ends, losses = [], []
        for x in (train_x, nudged_x):
            streams = [make_streams(seed) for seed in range(10)]
            weights, history = train(x, train_y, streams, epochs=30, lr=lr)
            ends.append(weights)
            losses.append(history)
        gaps[lr] = ((losses[1] - losses[0]).abs() / losses[0]).amax(dim=1)
        worst[lr] = gaps[lr].max().item()
        bits, near = same_run(*ends), same_run(*ends, rtol=1e-5)
        print(f"lr = {lr}: same bits {bits}, within 1e-5 {near}")
        print(f"  largest gap: {worst[lr]:.0e}")

# %% tags=["plot"] alt_zh="每一步损失的相对差，对数纵轴。学习率 0.1 时最大 `{python} f'{worst[0.1]:.0e}'`，一直贴近一次舍入；学习率 1.0 时一路升高，最大 `{python} f'{worst[1.0]:.0e}'`。" alt_en="The relative difference of the loss at each step, log axis. With learning rate 0.1 it is at most `{python} f'{worst[0.1]:.0e}'` and stays near one rounding; with 1.0 it climbs, to `{python} f'{worst[1.0]:.0e}'` at most."
if __name__ == "__main__":
    fig, ax = plt.subplots()
    steps = torch.arange(1, len(gaps[1.0]) + 1)
    for lr, marker, color in ((1.0, "s", "C1"), (0.1, "o", "C0")):
        seen = gaps[lr] > 0
        style = {"color": color, "markersize": 3, "label": f"learning rate {lr}"}
        ax.plot(steps[seen], gaps[lr][seen], marker, **style)
    ax.axhline(2**-24, ls="--", color="black", label="one rounding")
    ax.set(xlabel="step", ylabel="relative difference of the loss", yscale="log")
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=2)
    plt.show()

# %% [markdown] lang="zh"
# 学习率合适，差别不超过 `{python} f"{worst[0.1]:.0e}"`，比第四位有效数字小得多，所以本课程最多给四位；学习率过大，训练不稳，
# 同样的一小步被放大到 `{python} f"{worst[1.0]:.0e}"`。自己核对时，同样的环境（设备、版本、线程数）用 `rtol=0`；
# 换了环境给个容差，如 `rtol=1e-5`，训练不稳时连它也通不过。
#
# ## 有没有显卡都能跑
# `pick_device` 挑一个**设备**（device，张量所在、计算发生的地方）：有 NVIDIA 显卡用 `cuda`，苹果芯片用 `mps`，都没有就用 `cpu`。
# 点名要的设备若没有，它就报错，不悄悄改用 CPU，免得训练一夜才发现没用上显卡。

# %% [markdown] lang="en"
# With a good learning rate the difference is at most `{python} f"{worst[0.1]:.0e}"`, far below the fourth significant digit; that is why
# this course shows four at most. With one that is too large, training is unstable and magnifies the same small step to
# `{python} f"{worst[1.0]:.0e}"`. When you check your own runs, use `rtol=0` in the same surroundings (device, version,
# number of threads). In others, allow a tolerance such as `rtol=1e-5`; an unstable training fails even that.
#
# ## With or without a GPU
# `pick_device` chooses the **device**, the place where tensors live and are computed: `cuda` if there is an NVIDIA GPU, else `mps`
# on an Apple chip, else `cpu`. If you ask for a device that is missing, it raises an error and does not quietly take the CPU,
# lest you learn after a night of training that the GPU was idle.


# %%
def pick_device(prefer: str | None = None) -> torch.device:
    """The best device, or the one asked for (挑选设备): cuda, mps or cpu.

    Raises ``ValueError`` for another name, ``RuntimeError`` if it is not there.
    """
    found = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }
    if prefer is not None and prefer not in found:
        raise ValueError(f"prefer must be one of {list(found)}, got {prefer!r}")
    here = [name for name, available in found.items() if available]
    if prefer is not None and prefer not in here:
        raise RuntimeError(f"asked for {prefer!r}, this machine has {here}")
    return torch.device(prefer or here[0])


if __name__ == "__main__":
    device = pick_device()
    print(f"device = {device.type}")
    print(f"torch = {torch.__version__}  threads = {torch.get_num_threads()}")
    train_x, train_y = train_x.to(device), train_y.to(device)
    test_x, test_y = test_x.to(device), test_y.to(device)

# %% [markdown] lang="zh"
# 打印的是这次运行的环境，你的多半不同，报告结果时要写上。后面都在这个设备上训练；
# 随机数仍在 CPU 上抽，再用 `.to(device)` 搬过去，因为同样的种子，显卡会抽出别的数。本页只在 CPU 上运行过，没有在显卡上试。

# %% [markdown] lang="en"
# The printed lines are the surroundings of this run. Yours will probably differ; report them with your results. From here on,
# training runs on this device. The random numbers are still drawn on the CPU and moved with `.to(device)`, because a GPU draws other
# numbers from the same seed. This page has been run on a CPU only, not tried on a GPU.

# %% [markdown] lang="zh" tags=["bug"]
# 漏搬一个张量会怎样？没有显卡也能看到：`meta` 是只记形状、不存数的设备，每台机器都有。

# %% [markdown] lang="en" tags=["bug"]
# What if you forget to move one tensor? You can see it without a GPU: `meta`, a device that keeps shapes but no numbers, is on
# every machine.

# %% tags=["bug"]
if __name__ == "__main__":
    batch, center = torch.ones(4, 2), torch.ones(2, device="meta")
    try:
        batch - center
    except RuntimeError as error:
        print(error)

# %% [markdown] lang="zh" tags=["bug"]
# 所有张量要在同一个设备上；显卡上的报错措辞不同，意思一样。改法：新张量用 `x.new_tensor(...)` 造，或者用 `.to(x.device)` 搬过去，像 `train` 那样。

# %% [markdown] lang="en" tags=["bug"]
# All tensors must be on one device; on a GPU the message is worded differently and means the same. The remedy: make new tensors
# with `x.new_tensor(...)`, or move them with `.to(x.device)`, as `train` does.

# %% [markdown] lang="zh"
# ## 一个种子只是个例
# 一位不差，不等于可信：种子 6 可能只是运气坏。换成 6 个单元会好些吗？各用 $m = 40$ 个种子，一起训练。
# 要是两边各凭一个种子来比，有多少机会选错？先猜。种子两两配成 $m^2$ 对，较差的设置赢 $W$ 对，打平 $T$ 对（靠掷硬币），选错的比例是
#
# $$P = \frac{W + T/2}{m^2}$$

# %% [markdown] lang="en"
# ## One seed is an anecdote
# Agreement to the last bit is not yet trust: seed 6 may just have been unlucky. Are 6 units better? Train each setting with
# $m = 40$ seeds, all together. If you compare a single seed of each, how likely are you to choose wrongly? Guess first. The seeds make $m^2$
# pairs. The worse setting wins $W$ of them, and $T$ are ties, decided by a coin. The share of wrong choices is
#
# $$P = \frac{W + T/2}{m^2}$$


# %%
def upset_share(worse: Tensor, better: Tensor) -> float:
    """How often the worse setting wins (选错的比例), ties counting half.

    Both are scores, one a seed, shape (m,) and (n,). Raises ``ValueError``
    otherwise. Source: Mann and Whitney (1947), U / (m n).
    """
    check_scores(worse=worse, better=better)
    a, b = worse[:, None], better[None, :]  # broadcasting makes the pairs
    return ((a > b).double() + (a == b).double() / 2).mean().item()


if __name__ == "__main__":
    accuracy, nets = {}, {}
    for width in (4, 6):
        streams = [make_streams(seed) for seed in range(40)]
        nets[width], _ = train(train_x, train_y, streams, width=width)
        accuracy[width] = correct(nets[width], test_x, test_y).float().mean(dim=1)
        a = accuracy[width]
        print(f"{width} units: {a.min():.1%} to {a.max():.1%}, mean {a.mean():.1%}")
    upset = upset_share(accuracy[4], accuracy[6])
    print(f"wrong choices: {upset:.0%}")

# %% tags=["plot"] alt_zh="两行点图，每个点是一个种子的测试正确率。4 个单元平均 `{python} f'{accuracy[4].mean().item():.1%}'`，6 个单元平均 `{python} f'{accuracy[6].mean().item():.1%}'`；4 个单元有一串低分，最高的几分两边相近。" alt_en="Two rows of dots, one for the test accuracy of each seed. With 4 units the mean is `{python} f'{accuracy[4].mean().item():.1%}'`, with 6 units `{python} f'{accuracy[6].mean().item():.1%}'`; 4 units have a tail of low scores, while the highest scores of the two are alike."
if __name__ == "__main__":
    fig, axes = plt.subplots(2, 1, sharex=True, sharey=True, figsize=(5.2, 4.2))
    styles = zip(axes, (4, 6), "os", ("C1", "C0"), strict=True)
    for ax, width, marker, color in styles:
        values, counts = (accuracy[width] * 100).unique(return_counts=True)
        for value, count in zip(values.tolist(), counts.tolist(), strict=True):
            ax.plot([value] * count, range(1, count + 1), marker, color=color, ms=4)
        mean = accuracy[width].mean().item() * 100
        ax.axvline(mean, ls="--", color="black", label="mean", zorder=1)
        ax.set(ylabel="seeds", title=f"{width} units", yticks=(1, 4, 7))
    axes[0].legend(loc="upper left")
    axes[1].set(xlabel="test accuracy (%)")
    plt.show()

# %% [markdown] lang="zh"
# 平均起来 6 个单元更好，高 `{python} f"{(accuracy[6].mean() - accuracy[4].mean()).item() * 100:.1f}"` 个百分点；可只比一个种子，
# `{python} f"{upset:.0%}"` 的情况会选错。所以要报告许多种子的平均和范围（多少个才够，见练习）。

# %% [markdown] lang="en"
# On average 6 units are better, by `{python} f"{(accuracy[6].mean() - accuracy[4].mean()).item() * 100:.1f}"` percentage points; and yet, with a single
# seed of each, you would choose wrongly in `{python} f"{upset:.0%}"` of the cases. So report the mean and the range of many seeds, not
# a single number (the first exercise measures how many are enough).

# %% [markdown] lang="zh" tags=["check"]
# 一起训练的网络互不影响吗？和前面单独训练的种子 6（`plain`）比一比。加法次序可能变了，所以再给个容差：

# %% [markdown] lang="en" tags=["check"]
# Do the 40 networks trained together leave one another alone? Compare with seed 6, trained by itself before (`plain`). The order of
# additions may have changed, so compare with a tolerance as well:

# %% tags=["check"]
if __name__ == "__main__":
    together = [w[6:7].cpu() for w in nets[4]]
    bits, near = same_run(together, plain), same_run(together, plain, rtol=1e-5)
    print(f"same bits {bits}, within 1e-5 {near}")

# %% [markdown] lang="zh"
# ## 再看两个错误
# ### 在循环里设种子

# %% [markdown] lang="en"
# ## Two more mistakes
# ### Setting the seed inside the loop

# %% [markdown] lang="zh" tags=["bug"]
# 为求保险，有人每轮开头都设一次种子。看 6 个面包三轮的次序：

# %% [markdown] lang="en" tags=["bug"]
# To be on the safe side, somebody sets the seed at the start of every epoch. See the order of 6 loaves in three epochs:

# %% tags=["bug"]
if __name__ == "__main__":
    rng = torch.Generator()
    for _ in range(3):
        rng.manual_seed(6)  # the mistake
        print(torch.randperm(6, generator=rng).tolist())

# %% [markdown] lang="zh" tags=["bug"]
# 三轮一模一样，打乱等于没打乱；dropout 每轮关掉的单元也会一样。而且不报错。种子只在程序开头设一次。

# %% [markdown] lang="en" tags=["bug"]
# All three are the same: the shuffle shuffles nothing, and dropout would switch off the same units in every epoch. And there is no
# error. Set the seed once, at the start of the program.

# %% [markdown] lang="zh"
# ### 挑最好的种子来报告

# %% [markdown] lang="en"
# ### Reporting the best seed

# %% [markdown] lang="zh" tags=["bug"]
# 只报告 40 个种子里测试成绩最好的，会夸大多少？烤 5000 个新面包，分成 25 份测试集，每份 200 个，各挑一次，
# 再看挑中的网络在全部 5000 个上的成绩：

# %% [markdown] lang="en" tags=["bug"]
# Somebody reports the best of 40 seeds on the test set. By how much does this exaggerate? Bake 5000 new loaves and deal them into 25
# test sets of 200; pick on each of them, and see how the chosen network does on all 5000:

# %% tags=["bug"]
if __name__ == "__main__":
    new_x, new_y = bake(5000, torch.Generator().manual_seed(1))
    right = correct(nets[6], new_x.to(device), new_y.to(device)).float()
    by_set = right.reshape(40, 25, 200).mean(dim=2)  # (networks, test sets)
    top, best = by_set.max(dim=0)  # the best score on each set, and whose it is
    reported, honest = top.mean().item(), right.mean(dim=1)[best].mean().item()
    print(f"reported {reported:.1%}, on new loaves {honest:.1%}")
    print(f"mean of all seeds {right.mean().item():.1%}")

# %% [markdown] lang="zh" tags=["bug"]
# 平均报告 `{python} f"{reported:.1%}"`，实际只有 `{python} f"{honest:.1%}"`，全部种子的平均是 `{python} f"{right.mean().item():.1%}"`：挑中的确实好一点，但也碰巧合那 200 个面包。
# 要挑，就在验证集上挑，再用没碰过的测试集打分，并说明从几个里挑的。

# %% [markdown] lang="en" tags=["bug"]
# On average the report says `{python} f"{reported:.1%}"`, the truth is `{python} f"{honest:.1%}"`, and the mean of all seeds is `{python} f"{right.mean().item():.1%}"`: the chosen network is
# somewhat better, but it also happens to suit those 200 loaves. If you must pick, pick on a validation set, score on an untouched
# test set, and say how many you picked from.

# %% [markdown] lang="zh"
# ## 练习

# %% [markdown] lang="en"
# ## Exercises

# %% [markdown] lang="zh" tags=["exercise"]
# 要几个种子才够？每种设置随机取 $k$ 个种子（可以重复）求平均，平均高的当选。重复 2000 次，量出 $k = 1$、5、20 时选错的比例。先猜。

# %% [markdown] lang="en" tags=["exercise"]
# How many seeds are enough? Take $k$ seeds of each setting at random (repeats allowed), average, and let the higher mean win. Do it
# 2000 times and measure the share of wrong choices for $k = 1$, 5 and 20. Guess first.


# %% tags=["solution"]
def upset_of_means(worse: Tensor, better: Tensor, k: int, seed: int = 0) -> float:
    """How often the mean of k worse scores wins (平均后选错的比例), 2000 tries.

    Raises like ``upset_share``, and ``ValueError`` unless k is positive.
    """
    check_scores(worse=worse, better=better)
    check_count("k", k)
    rng = torch.Generator().manual_seed(seed)
    means = []
    for t in (worse, better):
        picks = torch.randint(len(t), (2000, k), generator=rng)
        means.append(t.double()[picks].mean(dim=1))
    gap = means[0] - means[1]
    ties = gap.abs() < 1e-9  # equal but for rounding
    return ((gap > 0) & ~ties).double().add(ties / 2).mean().item()


if __name__ == "__main__":
    upsets = {k: upset_of_means(accuracy[4], accuracy[6], k) for k in (1, 5, 20)}
    for k, share in upsets.items():
        print(f"k = {k}: {share:.1%}")

# %% [markdown] lang="zh" tags=["solution"]
# 从 `{python} f"{upsets[1]:.0%}"` 降到 `{python} f"{upsets[5]:.0%}"`，再到 `{python} f"{upsets[20]:.1%}"`：平均的抖动按 $1/\sqrt{k}$ 缩小。
# 两种设置越接近，需要的种子越多。

# %% [markdown] lang="en" tags=["solution"]
# From `{python} f"{upsets[1]:.0%}"` to `{python} f"{upsets[5]:.0%}"` and then `{python} f"{upsets[20]:.1%}"`: the jitter of a mean shrinks as $1/\sqrt{k}$.
# The closer two settings are, the more seeds you need.

# %% [markdown] lang="zh" tags=["exercise"]
# 训练中断后怎样接着跑，次序和没断过一样？`get_state()` 取出生成器的状态，`set_state` 放回去。写一个函数，从存下的状态给出后几轮的次序。

# %% [markdown] lang="en" tags=["exercise"]
# Training was interrupted. How do you go on in the same order as if nothing had happened? `get_state()` takes out a generator's
# state, `set_state` puts it back. Write a function that gives the orders of the next epochs from a saved state.


# %% tags=["solution"]
def next_orders(state: Tensor, n: int, epochs: int) -> list[Tensor]:
    """The orders of the next epochs after a saved state (接着打乱), each (n,).

    Raises ``ValueError`` unless n and epochs are positive.
    """
    check_count("n", n)
    check_count("epochs", epochs)
    rng = torch.Generator()
    rng.set_state(state)
    return [torch.randperm(n, generator=rng) for _ in range(epochs)]


if __name__ == "__main__":
    rng = torch.Generator().manual_seed(7)
    whole = next_orders(rng.get_state(), 120, 5)
    for _ in range(2):
        torch.randperm(120, generator=rng)
    resumed = next_orders(rng.get_state(), 120, 3)
    fresh = next_orders(torch.Generator().manual_seed(7).get_state(), 120, 3)
    print(f"from the state: {same_run(whole[2:], resumed)}")
    print(f"from the seed: {same_run(whole[2:], fresh)}")

# %% [markdown] lang="zh" tags=["solution"]
# 存下状态，次序接得上；只重新设种子，就从第一轮重来了。所以 [检查点](monitoring.py) 里除了权重和优化器，还要有生成器的状态。

# %% [markdown] lang="en" tags=["solution"]
# With the saved state the orders go on; with the seed alone they begin again at the first epoch. So a [checkpoint](monitoring.py) needs the
# states of the generators besides the weights and the optimizer.

# %% [markdown] lang="zh"
# ## 回到开头的问题
# 谁也没弄错：没定种子，两次运行就抽到不同的随机数。这个网络在 40 个种子上从 `{python} f"{accuracy[4].min().item():.1%}"` 到
# `{python} f"{accuracy[4].max().item():.1%}"` 不等：不超过 `{python} f"{hits[0]:.1%}"` 的有 `{python} int((accuracy[4] < hits[0] + 1e-4).sum())` 个，同事运气坏；
# 不低于 `{python} f"{hits[2]:.1%}"` 的有 `{python} int((accuracy[4] > hits[2] - 1e-4).sum())` 个，你运气好。
# 每种用途用一个定了种子的生成器，同样的环境里就一位不差。
# 可是一个种子只是个例，值得信的是许多个种子的平均：`{python} f"{accuracy[4].mean().item():.1%}"`。
#
# ## 小结
# - 每种用途一个生成器，全局生成器只在 `set_seed` 里用。
# - 加法次序一变，末几位可能变；同样的环境用 `rtol=0`，换了给容差。
# - `pick_device` 挑设备，张量都搬到同一处；报告设备、版本、线程数。
# - 比较设置用许多种子，报告平均和范围，不挑最好的。
#
# 下一页 [说法核对](claims_checked.py) 用许多个种子去量教程里的常见说法。

# %% [markdown] lang="en"
# ## Back to the question
# Nobody made a mistake: without a seed, two runs draw different random numbers. Over 40 seeds this network ranges from
# `{python} f"{accuracy[4].min().item():.1%}"` to `{python} f"{accuracy[4].max().item():.1%}"`. At most `{python} f"{hits[0]:.1%}"`:
# `{python} int((accuracy[4] < hits[0] + 1e-4).sum())` of them; your colleague was unlucky. At least `{python} f"{hits[2]:.1%}"`:
# `{python} int((accuracy[4] > hits[2] - 1e-4).sum())` of them; you were lucky. With one seeded generator per purpose, two runs in the
# same surroundings agree to the last bit. But the score of one seed is an anecdote; what deserves trust is the mean of many seeds:
# `{python} f"{accuracy[4].mean().item():.1%}"`.
#
# ## Recap
# - Use one generator for each purpose, and the global one only inside `set_seed`.
# - Another order of additions may change the last digits: use `rtol=0` in the same surroundings, a tolerance in others.
# - `pick_device` chooses the device; bring all tensors there. Report device, version and number of threads.
# - Compare settings over many seeds; report mean and range, and do not pick the best.
#
# The next page, [Claims, checked](claims_checked.py), measures common claims of tutorials over many seeds.
