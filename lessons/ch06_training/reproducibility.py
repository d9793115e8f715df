# %% [markdown] lang="zh"
# # 可复现性
# 你训练了一个小网络，看炉温（°C）和烘烤时间（分钟）判断面包烤得好不好。在没见过的面包上，它答对了八成多。
# 同事把你的程序原样跑了一遍，只答对三分之二。谁弄错了？怎样让两次运行一位不差？就算一位不差，这一个数又能信几分？
#
# 一次运行能照样重来，得到同样的结果，就叫**可复现**（reproducible）。学完这一页，你能：
#
# - 让同一台机器上的两次训练每一位都相同，并且查得出来；
# - 说出随机种子管不到的是什么，为什么换台机器末几位会变；
# - 写出有没有显卡都能跑的程序；
# - 用许多个种子公平地比较两种设置；
# - 认出四个常见错误，其中三个不报错。
#
# 下面折叠的代码导入 PyTorch，并检查输入，初读可以跳过。

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
# - say what a random seed does not fix, and why another machine changes the last digits;
# - write a program that runs with or without a GPU;
# - compare two settings fairly, over many seeds;
# - spot four common mistakes, three of which raise no error.
#
# The folded code below imports PyTorch and checks the input. Skip it at first reading.

# %% tags=["setup"]
import math
import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import Generator, Tensor
from torch.nn.functional import binary_cross_entropy_with_logits as cross_entropy
from torch.utils.data import DataLoader


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
# 炉温离 220 °C 不远，时间离 30 分钟不远，面包才好。师傅尝过以后打分：1 是好，0 是不好，可是每十个里他大约看走眼一个，
# 所以谁也答不全对。`torch.rand` 抽 0 到 1 之间的随机数。计算机的随机数其实是算出来的：给**生成器**（generator，
# 即随机数发生器）`torch.Generator` 一个起点，后面抽到的数就全定了。这个起点就是**随机种子**（random seed），用 `manual_seed` 设。

# %% [markdown] lang="en"
# ## The bakery
# A loaf is good if the oven is not far from 220 °C and the time not far from 30 minutes. The baker tastes it and notes 1 for
# good, 0 for bad, but is wrong about one loaf in ten, so nobody can be right about all of them. `torch.rand` draws random numbers
# between 0 and 1. A computer calculates its random numbers: give a **generator** (random number generator), `torch.Generator`, a
# starting point, and every number it will draw is fixed. The starting point is the **random seed**, set by `manual_seed`.

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
    good = (off**2).sum(dim=1) < 1
    mistaken = torch.rand(n, generator=generator) < 0.1
    return x, (good ^ mistaken).float()


if __name__ == "__main__":
    rng = torch.Generator().manual_seed(0)
    train_x, train_y = bake(120, rng)
    test_x, test_y = bake(200, rng)
    again_x, _ = bake(120, torch.Generator().manual_seed(0))
    print(f"first loaf: {train_x[0, 0]:.1f} °C, {train_x[0, 1]:.1f} min")
    print(f"drawn again, equal: {torch.equal(train_x, again_x)}")

# %% tags=["plot"] alt_zh="120 个训练用的面包，横轴炉温，纵轴时间。好面包多在中间的椭圆里，椭圆内外都有看走眼的。" alt_en="The 120 training loaves, temperature against time. Most good loaves lie in an ellipse in the middle; there are wrong verdicts inside and outside."
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
# `^` 是“恰有一个成立”，用来把判断反过来。`torch.equal` 要求形状和每个数都相同。种子一样，120 个面包也就一样。
#
# ## 训练里有哪些随机数
# 训练一个小网络，三处要抽随机数：**初始权重**；每轮**打乱**样本的次序；**丢弃法**（dropout），即训练时每步随机关掉一部分单元，
# 这里是十分之一，剩下的除以 0.9，使平均大小不变。下面的 `streams` 给每种用途指定一个生成器；
# 写 `None` 就用 PyTorch 的**全局生成器**，那是整个程序共用的一个。`peek` 先别管。
#
# 网络有一个 6 个单元的 ReLU 隐藏层，用 Adam 训练，学习率 0.05，40 轮，每批 20 个面包，大多数时候够用，只要零点几秒。
# 张量最前面的轴是“第几次运行”，于是许多次训练可以一起算，后面要用。

# %% [markdown] lang="en"
# `^` is true if exactly one of the two is, and so turns a verdict round. `torch.equal` asks for the same shape and the same
# numbers. Same seed, same 120 loaves.
#
# ## Which random numbers does training use?
# Training a small network draws random numbers for three purposes: the **initial weights**; the **shuffle** of the samples in every
# epoch; and **dropout**, which switches off some randomly chosen units in each training step, here one in ten, and divides the
# others by 0.9 so that the average size stays. Below, `streams` names a generator for each purpose; `None` means PyTorch's **global
# generator**, a single one shared by the whole program. Ignore `peek` for now.
#
# The network has one hidden layer of 6 ReLU units, trained by Adam with learning rate 0.05 for 40 epochs, in batches of 20
# loaves: enough most of the time, and done in a fraction of a second. The first axis of the tensors counts runs, so that many trainings can be
# computed together; we need that later.

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
    width: int = 6,
    epochs: int = 40,
    lr: float = 0.05,
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
        for rows in torch.stack(orders).to(x.device).split(20, dim=1):
            keep = draw((rows.shape[1], width), streams, "dropout") < 0.9
            logits = scores(weights, x[rows], keep.to(x.device) / 0.9)
            each = cross_entropy(logits, y[rows], reduction="none")
            optimizer.zero_grad()
            each.mean(dim=1).sum().backward()  # the runs do not touch one another
            optimizer.step()
            losses.append(each.detach().mean(dim=1))
    return [w.detach() for w in weights], torch.stack(losses).cpu()


def correct(weights: Sequence[Tensor], x: Tensor, y: Tensor) -> Tensor:
    """Which loaves each run judges right (答对与否): bool of shape (runs, n)."""
    return ((scores(weights, x) > 0) == (y > 0.5)).cpu()


# %% [markdown] lang="zh"
# `torch.randperm(n)` 给出 0 到 $n-1$ 的一个随机次序；损失是 [交叉熵](../ch04_classification/logistic_regression.py)。
#
# 再写两个工具。`set_seed` 给 PyTorch、NumPy 和 Python 的全局生成器定种子。`nn.Linear`、`nn.Dropout` 没有 `generator` 参数，
# 只能靠它。写在 `with` 后面，离开那一段就恢复原来的状态（PyTorch 的那份由 `fork_rng` 保管），不影响别处。
# `same_run` 比较两次运行：$a_i$、$b_i$ 是同一个张量里第 $i$ 个数在两次运行中的值，$r$ 是允许的**相对差**：
#
# $$\max_i |a_i - b_i| \le r \max_i |b_i|$$
#
# $r = 0$ 时要求分毫不差。

# %% [markdown] lang="en"
# `torch.randperm(n)` gives 0 to $n-1$ in random order; the loss is
# [cross-entropy](../ch04_classification/logistic_regression.py).
#
# Two more tools. `set_seed` seeds the global generators of PyTorch, NumPy and Python. `nn.Linear` and `nn.Dropout` have no
# argument `generator`, so they need it. Written after `with`, it puts the old state back at the end of the block (`fork_rng` keeps
# PyTorch's part), so the rest of the program notices nothing. `same_run` compares two runs: $a_i$ and $b_i$ are the values
# of the $i$-th number of one tensor in the two runs, and $r$ is the **relative difference** allowed:
#
# $$\max_i |a_i - b_i| \le r \max_i |b_i|$$
#
# With $r = 0$ they must agree exactly.


# %%
@contextmanager
def set_seed(seed: int) -> Iterator[None]:
    """Seed the global generators inside a ``with`` block only (设定种子).

    Covers torch (CPU, CUDA), NumPy's old global state and ``random``. Raises
    ``TypeError`` unless int, ``ValueError`` outside [0, 2**32).
    """
    check_seed(seed)
    python, numpy = random.getstate(), np.random.get_state()  # noqa: NPY002
    try:
        with torch.random.fork_rng(devices=range(torch.cuda.device_count())):
            random.seed(seed)
            np.random.seed(seed)  # noqa: NPY002
            torch.manual_seed(seed)
            yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)  # noqa: NPY002


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
# 三次训练都用全局生成器，种子依次是 7、7、8。哪两次会相同？相同到第几位？正确率会差多少？

# %% [markdown] lang="en" tags=["predict"]
# Three trainings use the global generator with seeds 7, 7 and 8. Which will agree, and to which digit? How far apart will the
# accuracies be?

# %%
GLOBAL = (dict.fromkeys(PURPOSES),)  # one run, None for every purpose

if __name__ == "__main__":
    runs, hits = [], []
    before = torch.get_rng_state()
    for seed in (7, 7, 8):
        with set_seed(seed):
            weights, _ = train(train_x, train_y, GLOBAL)
        runs.append(weights)
        hits.append(correct(weights, test_x, test_y).float().mean().item())
        print(f"seed {seed}: accuracy = {hits[-1]:.1%}")
    print(f"7 and 7: {same_run(runs[0], runs[1])}")
    print(f"7 and 8: {same_run(runs[0], runs[2])}")
    print(f"state left as it was: {torch.equal(before, torch.get_rng_state())}")

# %% [markdown] lang="zh"
# 种子相同，两次训练的权重每一位都相同；换成 8，200 个测试面包上的正确率从 `{python} f"{hits[0]:.1%}"` 变为
# `{python} f"{hits[2]:.1%}"`。数据和程序都没变，差别全来自随机数。最后一行说，`set_seed` 之后全局生成器的状态和原来一样。
#
# ## 全局生成器很脆弱
# 全局生成器像一卷写好了数的纸带，谁要就撕下一个。种子只定下纸带，定不下谁撕走哪一个。

# %% [markdown] lang="en"
# With the same seed, the weights of two trainings agree in every bit. With seed 8, the accuracy on the 200 test loaves changes
# from `{python} f"{hits[0]:.1%}"` to `{python} f"{hits[2]:.1%}"`. Data and program are the same; random numbers make all the
# difference. The last line says that after `set_seed` the global generator is in the state it was in before.
#
# ## A global generator is fragile
# The global generator is like a paper tape of numbers from which everybody tears off the next one. The seed fixes the tape, not
# who gets which number.

# %% [markdown] lang="zh" tags=["bug"]
# 在建好网络之后、开始训练之前，有人加了一行，随便看一个随机数（`peek=True`）。它不参与训练，种子也没动：

# %% [markdown] lang="en" tags=["bug"]
# After the network is built and before it is trained, somebody adds a line that looks at one random number (`peek=True`). Training
# does not use it, and the seed is the same:

# %% tags=["bug"]
if __name__ == "__main__":
    with set_seed(7):
        peeked, _ = train(train_x, train_y, GLOBAL, peek=True)
    peeked_hit = correct(peeked, test_x, test_y).float().mean().item()
    print(f"same as without: {same_run(runs[0], peeked)}")
    print(f"accuracy: {hits[0]:.1%} -> {peeked_hit:.1%}")

# %% [markdown] lang="zh" tags=["bug"]
# 结果变了，却没有任何提示：抽走一个数，后面拿到的全错开，打乱的次序和 dropout 关掉的单元都换了。
# 多看一个随机样本、多建一层，也会这样。正确的做法是**每种用途一个生成器**。

# %% [markdown] lang="en" tags=["bug"]
# The result has changed, and nothing told us. With one number gone, everybody after it gets other numbers, so the shuffles
# and the units that dropout switches off are all different. Looking at a random sample or building one more layer does the same. The
# right way is **one generator for each purpose**.


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
    plain, _ = train(train_x, train_y, [make_streams(7)])
    peeked, _ = train(train_x, train_y, [make_streams(7)], peek=True)
    print(f"same as without: {same_run(plain, peeked)}")
    rng = make_streams(7)["shuffle"]
    loader = DataLoader(range(6), 2, shuffle=True, generator=rng)
    print([batch.tolist() for batch in loader])


# %% tags=["plot"] alt_zh="四行格子，每格一个随机数。上面两行共用一个生成器，多抽一个数以后，打乱和 dropout 拿到的数都错了位；下面两行各用各的生成器，多抽的数不影响别的格子。" alt_en="Four rows of cells, one random number in each. The upper two rows share one generator: after an extra draw, shuffle and dropout get other numbers. The lower two have one generator per purpose: the extra draw leaves all other cells alone."
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
    fig, ax = plt.subplots(figsize=(5.2, 4.2))
    one = torch.Generator().manual_seed(7)
    for block, title in ((0, "one generator"), (3.2, "one generator per purpose")):
        ax.text(0, block - 0.2, title)
        for row, with_peek in enumerate((False, True)):
            one.manual_seed(7)
            own = make_streams(7)
            for j, user in enumerate(users):
                if user == "peek" and not with_peek:
                    continue
                source = own[user] if block else one
                number = f"{torch.rand(1, generator=source).item():.2f}"
                draw_cells(ax, [[number]], [[paint[user]]], left=j, top=block + row)
    labels = ("weights", "extra draw", "shuffle", "dropout")
    for color, label in zip(paint.values(), labels, strict=True):
        ax.plot([], [], "s", color=color, alpha=0.4, label=label)
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, 0), ncols=2)
    ax.set_aspect("equal")
    ax.axis("off")
    ax.autoscale_view()
    ax.invert_yaxis()
    plt.show()

# %% [markdown] lang="zh"
# 这回结果分毫不变。为什么不把种子 7 直接给每个生成器？那样它们抽出的数完全相同，权重和 dropout 就有了瓜葛。
# 所以由一个母生成器用 `torch.randint`（抽整数）给它们各抽一个种子。
#
# 最后一行是 `DataLoader` 打乱 0 到 5、两个一批：`generator=` 定下次序。开了工作进程（`num_workers`），各进程自己的全局生成器也由它定种子，
# 各不相同；你自己造的生成器，要在 `worker_init_fn` 里用 `torch.initial_seed()` 定种子，否则各进程抽出同样的数。

# %% [markdown] lang="en"
# This time the extra look changes nothing, not one bit. Why not give seed 7 to every generator? They would then draw the very same
# numbers, and tie dropout to the weights. So a parent generator draws a seed for each (`torch.randint` draws integers).
#
# The last line of output is 0 to 5 as shuffled by a `DataLoader`, in batches of two: `generator=` fixes the order. With worker
# processes (`num_workers`), the global generator of each is seeded from it too, each differently. A generator that you made yourself must
# be seeded in `worker_init_fn`, from `torch.initial_seed()`, or all workers draw the same numbers.

# %% [markdown] lang="zh"
# ## 种子管不到什么
# 换一台机器，随机数还是那些，末几位却可能不同。原因是加法的次序：float32 只留 24 个二进制位，每加一次就舍入一次：
#
# $$\mathrm{fl}(a + b) = (a + b)(1 + \delta), \qquad |\delta| \le 2^{-24}$$
#
# $\mathrm{fl}$ 是“舍入成 float32”，$a$、$b$ 是要加的数，$\delta$ 是这一次的相对误差，最大约 `{python} f"{2**-24:.0e}"`。
# 次序不同，舍入就不同。

# %% [markdown] lang="en"
# ## What a seed does not fix
# On another machine, the random numbers may be the same, and still the last digits differ. The reason is the order of additions:
# float32 keeps 24 binary digits, and every addition rounds:
#
# $$\mathrm{fl}(a + b) = (a + b)(1 + \delta), \qquad |\delta| \le 2^{-24}$$
#
# $\mathrm{fl}$ means "rounded to float32", $a$ and $b$ are the numbers to add, and $\delta$ is the relative error of this one
# addition, at most about `{python} f"{2**-24:.0e}"`. Another order rounds differently.

# %% [markdown] lang="zh" tags=["predict"]
# 设 `big` 是 $2^{24}$，即 16777216。在 float32 里，`(big + 1) + 1` 和 `big + (1 + 1)` 相等吗？
# 100000 个烘烤时间（分钟）分成 1、2、4、8 段，各段先加好再合计，四个总和一样吗？

# %% [markdown] lang="en" tags=["predict"]
# Let `big` be $2^{24}$, that is 16777216. In float32, is `(big + 1) + 1` equal to `big + (1 + 1)`? Guess also: add up 100000 baking
# times (minutes) in 1, 2, 4 or 8 pieces, each piece first and then the totals. Are the four sums the same?


# %%
def sum_in_pieces(values: Tensor, pieces: int) -> Tensor:
    """Sum each piece, then the totals (分段求和), as threads would: a 0-d tensor.

    ``values`` is 1-d, its length a multiple of ``pieces``; else ``ValueError``.
    """
    check_count("pieces", pieces)
    if values.ndim != 1 or len(values) % pieces:
        found = f"shape {tuple(values.shape)} and {pieces} pieces"
        raise ValueError(f"values must be 1-d and divide evenly, got {found}")
    return values.reshape(pieces, -1).sum(dim=1).sum()


if __name__ == "__main__":
    big = torch.tensor(16777216.0)
    print(f"{((big + 1) + 1).item():.0f} {(big + (1 + 1)).item():.0f}")
    rng = torch.Generator().manual_seed(0)
    minutes = 10 + 40 * torch.rand(100000, generator=rng)
    exact = math.fsum(minutes.tolist())
    sums = [sum_in_pieces(minutes, pieces).item() for pieces in (1, 2, 4, 8)]
    print(f"exact: {exact:.2f}")
    print(f"float32: {sums}")
    print(f"relative spread: {(max(sums) - min(sums)) / exact:.0e}")

# %% [markdown] lang="zh"
# $2^{24} + 1$ 在 float32 里存不下，舍入回 $2^{24}$，所以第一种次序两个 1 都丢了。总和也随分段而变，相对差约
# `{python} f"{(max(sums) - min(sums)) / exact:.0e}"`（`math.fsum` 只在最后舍入一次，算是精确值）。分段正是多个**线程**（thread，一个程序里同时计算的几路之一）的做法：
# 换线程数、换 CPU、换到显卡、换 PyTorch 版本，求和的次序都可能变。显卡上有的运算连两次之间的次序都不定；
# `torch.use_deterministic_algorithms(True)` 让 PyTorch 改用次序固定的算法，没有就报错，有的矩阵乘法还要先设环境变量 `CUBLAS_WORKSPACE_CONFIG`。
#
# 训练会放大这一丁点差别吗？把一个面包的炉温改动 float32 能改的最小一步（`torch.nextafter`），种子不变，再训练一遍，
# 比较每一步的损失，取 10 个种子中相对差最大的。学习率一次用 0.05，一次用大得过分的 1.0：

# %% [markdown] lang="en"
# $2^{24} + 1$ does not fit into float32 and is rounded back to $2^{24}$, so the first order loses both ones. The sums change with the
# pieces too, by a relative difference of about `{python} f"{(max(sums) - min(sums)) / exact:.0e}"` (`math.fsum` gives the exact sum, rounded only once at the end).
# Pieces are what **threads** (parts of a program that compute at the same time) do. Another number of threads, another CPU, a GPU or
# another version of PyTorch may all add in another order. On a GPU, some operations do not even keep their order from one run to
# the next: `torch.use_deterministic_algorithms(True)` makes PyTorch choose algorithms of fixed order, or raise an error where there is
# none; some matrix products also need the environment variable `CUBLAS_WORKSPACE_CONFIG`, set beforehand.
#
# Does training magnify so small a difference? Change the temperature of one loaf by the smallest step float32 allows
# (`torch.nextafter`), keep the seeds, train again, and compare the losses step by step: the largest relative difference among 10
# seeds. Use learning rate 0.05, and then a far too large 1.0:

# %%
if __name__ == "__main__":
    nudged_x = train_x.clone()
    nudged_x[0, 0] = torch.nextafter(train_x[0, 0], torch.tensor(math.inf))
    gaps, grown = {}, {}
    for lr in (0.05, 1.0):
        ends, losses = [], []
        for x in (train_x, nudged_x):
            streams = [make_streams(seed) for seed in range(10)]
            weights, history = train(x, train_y, streams, lr=lr)
            ends.append(weights)
            losses.append(history)
        gaps[lr] = ((losses[1] - losses[0]).abs() / losses[0]).amax(dim=1)
        grown[lr] = gaps[lr][-20:].max().item()
        bits, near = same_run(*ends), same_run(*ends, rtol=1e-5)
        print(f"lr = {lr}: same bits {bits}, within 1e-5 {near}")
        print(f"  gap {gaps[lr][:20].max():.0e} -> {grown[lr]:.0e}")

# %% tags=["plot"] alt_zh="每一步损失的相对差，对数纵轴。学习率 0.05 时最后 20 步最大 `{python} f'{grown[0.05]:.0e}'`，一直贴近一次舍入；学习率 1.0 时一路升高，最后 20 步最大 `{python} f'{grown[1.0]:.0e}'`。" alt_en="The relative difference of the loss at each step, log axis. With learning rate 0.05 it is at most `{python} f'{grown[0.05]:.0e}'` in the last 20 steps and stays near one rounding; with 1.0 it climbs, to `{python} f'{grown[1.0]:.0e}'` in the last 20."
if __name__ == "__main__":
    fig, ax = plt.subplots()
    steps = torch.arange(1, len(gaps[1.0]) + 1)
    for lr, marker, color in ((1.0, "s", "C1"), (0.05, "o", "C0")):
        seen = gaps[lr] > 0
        style = {"color": color, "markersize": 3, "label": f"learning rate {lr}"}
        ax.plot(steps[seen], gaps[lr][seen], marker, **style)
    ax.axhline(2**-24, ls="--", color="black", label="one rounding")
    ax.set(xlabel="step", ylabel="relative difference of the loss", yscale="log")
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=2)
    plt.show()

# %% [markdown] lang="zh"
# 学习率合适，差别始终不超过 `{python} f"{gaps[0.05].max().item():.0e}"`；学习率过大，训练不稳，同样的一小步被放大到 `{python} f"{grown[1.0]:.0e}"`。
# 所以本课程的页面最多给四位有效数字，训练得来的常常只给两三位；正确率更粗，200 个面包里多错一个就是
# `{python} 100 / len(test_y)` 个百分点。换一个 CPU，末位仍可能动一动，结论不该动。自己核对时，同一台机器、同一版本用 `rtol=0`，换了机器就给个容差。
#
# ## 有没有显卡都能跑
# `pick_device` 挑一个**设备**（device，张量所在、计算发生的地方）：有 NVIDIA 显卡用 `cuda`，苹果芯片用 `mps`，都没有就用 `cpu`。
# 点名要的设备若不存在，它就报错，不悄悄改用 CPU：训练了一夜才发现没用上显卡，太晚了。

# %% [markdown] lang="en"
# With a good learning rate the difference never exceeds `{python} f"{gaps[0.05].max().item():.0e}"`. With one that is too large, training is unstable and
# magnifies the same small step to `{python} f"{grown[1.0]:.0e}"`. This is why the pages of this course show four
# significant digits at most, and after a training often two or three. Accuracies are coarser: one more mistake among 200 loaves is
# `{python} 100 / len(test_y)` percentage points. Another CPU may still move the last digit, but should not move the conclusion. When
# you check your own runs, use `rtol=0` on the same machine and version, and a tolerance on another.
#
# ## With or without a GPU
# `pick_device` chooses the **device**, the place where tensors live and are computed: `cuda` if there is an NVIDIA GPU, else `mps` on
# an Apple chip, else `cpu`. If you ask for a device that is missing, it raises an error and does not quietly take the CPU: to learn
# after a night of training that the GPU was idle is too late.


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
# 打印的是本页这次运行的环境：设备、PyTorch 版本、线程数，报告结果时一并写上。后面的训练都在这个设备上；
# 随机数仍在 CPU 上抽，再用 `.to(device)` 搬过去，因为同样的种子，显卡的生成器会抽出别的数。本页只在 CPU 上运行过，没有在显卡上试。

# %% [markdown] lang="en"
# The printed lines are the surroundings of this run: device, PyTorch version, number of threads. Report them with your results.
# From here on, training runs on this device. The random numbers are still drawn on the CPU and moved with `.to(device)`, because the
# generator of a GPU draws other numbers from the same seed. This page has been run on a CPU only, not tried on a GPU.

# %% [markdown] lang="zh" tags=["bug"]
# 忘了搬其中一个张量，会怎样？没有显卡也能看到：`meta` 是只记形状、不存数的设备，每台机器都有。

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
# 一个在 `meta`，一个在 `cpu`，不能一起算。在显卡上，错误信息措辞不同，意思一样：所有张量要在同一个设备上。
# 改法：新张量用 `x.new_tensor(...)` 建在 `x` 的设备上，或者用 `.to(x.device)` 搬过去，像 `train` 那样。

# %% [markdown] lang="en" tags=["bug"]
# One is on `meta`, one on `cpu`: they cannot be combined. On a GPU the message is worded differently and means the same: all
# tensors must be on one device. The remedy: make new tensors with `x.new_tensor(...)`, on the device of `x`, or move them with
# `.to(x.device)`, as `train` does.

# %% [markdown] lang="zh"
# ## 一个种子只是个例
# 一位不差，不等于可信：种子 7 可能只是运气坏。比较 4 个和 6 个单元的网络，各用 40 个种子，一起训练。
# 同事若各跑一个种子来比，有多少机会选错？设 $a_i$ 是较差设置第 $i$ 个种子的正确率，$b_j$ 是较好设置第 $j$ 个种子的，各有 $m$ 个，选错的比例是
#
# $$P = \frac{1}{m^2} \sum_{i=1}^{m} \sum_{j=1}^{m} \left( [a_i > b_j] + \tfrac{1}{2} [a_i = b_j] \right)$$
#
# 方括号里成立记 1，不成立记 0；打平就当掷硬币。

# %% [markdown] lang="en"
# ## One seed is an anecdote
# Agreement to the last bit is not yet trust: seed 7 may just have been unlucky. Compare networks of 4 and of 6 units, each on
# 40 seeds, trained together. If a colleague compares one seed of each, how often does the worse setting win? Let $a_i$ be the accuracy of the
# worse setting with its $i$-th seed and $b_j$ that of the better with its $j$-th, $m$ of each. The share of wrong choices is
#
# $$P = \frac{1}{m^2} \sum_{i=1}^{m} \sum_{j=1}^{m} \left( [a_i > b_j] + \tfrac{1}{2} [a_i = b_j] \right)$$
#
# A bracket is 1 if what it says is true, else 0; a tie is decided by a coin.

# %% [markdown] lang="zh" tags=["predict"]
# 40 个种子的正确率，最好和最差的相差几个百分点？一对一地比，多少对会选错？

# %% [markdown] lang="en" tags=["predict"]
# Guess: over 40 seeds, how many percentage points lie between the best and the worst accuracy? And in what share of the pairs does
# the worse setting win?


# %%
def upset_share(worse: Tensor, better: Tensor) -> float:
    """How often the worse setting wins (选错的比例), ties counting half.

    Both are scores, one a seed, shape (m,) and (n,). Raises ``ValueError``
    otherwise. Source: Mann and Whitney (1947), U / (m n).
    """
    check_scores(worse=worse, better=better)
    a, b = worse[:, None], better[None, :]
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

# %% tags=["plot"] alt_zh="两行点图，每个点是一个种子的测试正确率。4 个单元平均 `{python} f'{accuracy[4].mean().item():.1%}'`，6 个单元平均 `{python} f'{accuracy[6].mean().item():.1%}'`，两堆点大片重叠。" alt_en="Two rows of dots, one for the test accuracy of each seed. With 4 units the mean is `{python} f'{accuracy[4].mean().item():.1%}'`, with 6 units `{python} f'{accuracy[6].mean().item():.1%}'`; the two heaps overlap widely."
if __name__ == "__main__":
    fig, axes = plt.subplots(2, 1, sharex=True, sharey=True, figsize=(5.2, 4.2))
    styles = zip(axes, (4, 6), "os", ("C1", "C0"), strict=True)
    for ax, width, marker, color in styles:
        values, counts = (accuracy[width] * 100).unique(return_counts=True)
        for value, count in zip(values.tolist(), counts.tolist(), strict=True):
            ax.plot([value] * count, range(1, count + 1), marker, color=color, ms=4)
        mean = accuracy[width].mean().item() * 100
        ax.axvline(mean, ls="--", color="black", label="mean")
        ax.set(ylabel="seeds", title=f"{width} units")
        ax.legend(loc="upper left")
    axes[1].set(xlabel="test accuracy (%)")
    plt.show()

# %% [markdown] lang="zh"
# 平均起来 6 个单元更好，高 `{python} f"{(accuracy[6].mean() - accuracy[4].mean()).item() * 100:.1f}"` 个百分点；可只比一个种子，
# `{python} f"{upset:.0%}"` 的情况会选错。所以报告时写几十个种子的平均和范围，而不是一个数。

# %% [markdown] lang="en"
# On average 6 units are better, by `{python} f"{(accuracy[6].mean() - accuracy[4].mean()).item() * 100:.1f}"` percentage points; and yet, with a single
# seed of each, you would choose wrongly in `{python} f"{upset:.0%}"` of the cases. So report the mean and the range of some dozens
# of seeds, not a single number.

# %% [markdown] lang="zh" tags=["check"]
# 一起训练的 40 个网络互不影响吗？单独训练种子 7，再比一比。计算次序不同，所以比较开头几轮，并给千分之一的容差：

# %% [markdown] lang="en" tags=["check"]
# Do the 40 networks trained together leave one another alone? Train seed 7 by itself and compare. The order of calculation differs, so
# compare the first epochs, and allow one part in a thousand:

# %% tags=["check"]
if __name__ == "__main__":
    together, _ = train(
        train_x, train_y, streams=[make_streams(7), make_streams(8)], epochs=5
    )
    alone, _ = train(train_x, train_y, streams=[make_streams(7)], epochs=5)
    print(same_run([w[:1] for w in together], alone, rtol=0.001))

# %% [markdown] lang="zh"
# ## 再看两个错误
# ### 在循环里设种子

# %% [markdown] lang="en"
# ## Two more mistakes
# ### Setting the seed inside the loop

# %% [markdown] lang="zh" tags=["bug"]
# 为求保险，有人每轮开头都设一次种子。看 6 个面包三轮的次序，再数 40 轮里一次都没有参加训练的（面包，单元）组合：

# %% [markdown] lang="en" tags=["bug"]
# To be on the safe side, somebody sets the seed at the start of every epoch. See the order of 6 loaves in three epochs, then count
# the pairs (loaf, unit) that dropout never once lets take part in 40 epochs:


# %% tags=["bug"]
def never_used(inside: bool, seed: int = 7) -> float:
    """Share of 120 x 6 dropout cells off in all of 40 epochs (从未参加的比例)."""
    rng = torch.Generator().manual_seed(seed)
    used = torch.zeros(120, 6, dtype=torch.bool)
    for _ in range(40):
        if inside:
            rng.manual_seed(seed)  # the mistake
        order = torch.randperm(120, generator=rng)
        used[order] |= torch.rand(120, 6, generator=rng) < 0.9
    return 1 - used.float().mean().item()


if __name__ == "__main__":
    rng = torch.Generator()
    for _ in range(3):
        rng.manual_seed(7)  # the mistake
        print(torch.randperm(6, generator=rng).tolist())
    print(f"never used: {never_used(True):.1%}, without: {never_used(False):.1%}")

# %% [markdown] lang="zh" tags=["bug"]
# 每一轮都是同样的次序、同样的 dropout，打乱等于没打乱，`{python} f"{never_used(True):.1%}"` 的组合从头到尾关着，而且不报错。
# 种子只在程序开头设一次。

# %% [markdown] lang="en" tags=["bug"]
# Every epoch has the same order and the same dropout: the shuffle shuffles nothing, and `{python} f"{never_used(True):.1%}"` of the pairs stay
# off from beginning to end. And there is no error. Set the seed once, at the start of the program.

# %% [markdown] lang="zh"
# ### 挑最好的种子来报告

# %% [markdown] lang="en"
# ### Reporting the best seed

# %% [markdown] lang="zh" tags=["bug"]
# 从 40 个种子里挑测试成绩最好的来报告。烤 5000 个新面包，分成 25 份测试集，每份 200 个，各挑一次，
# 再看挑中的网络在全部 5000 个上的成绩：

# %% [markdown] lang="en" tags=["bug"]
# Somebody picks the best of 40 seeds on the test set for the report. Bake 5000 new loaves and deal them into 25 test sets of 200; pick on
# each of them, and see how the chosen network does on all 5000:

# %% tags=["bug"]
if __name__ == "__main__":
    new_x, new_y = bake(5000, torch.Generator().manual_seed(1))
    right = correct(nets[6], new_x.to(device), new_y.to(device)).float()
    by_set = right.reshape(40, 25, 200).mean(dim=2)
    reported, best = by_set.max(dim=0)
    reported, honest = reported.mean().item(), right.mean(dim=1)[best].mean().item()
    print(f"reported {reported:.1%}, on new loaves {honest:.1%}")
    print(f"mean of all seeds {right.mean().item():.1%}")

# %% [markdown] lang="zh" tags=["bug"]
# 平均报告 `{python} f"{reported:.1%}"`，实际只有 `{python} f"{honest:.1%}"`，全部种子的平均是 `{python} f"{right.mean().item():.1%}"`：挑中的，有本事，也有那 200 个面包恰好合它的运气。
# 要挑，就在验证集上挑，再用没碰过的测试集打分，并说明挑过几个。

# %% [markdown] lang="en" tags=["bug"]
# On average the report says `{python} f"{reported:.1%}"`, the truth is `{python} f"{honest:.1%}"`, and the mean of all seeds is `{python} f"{right.mean().item():.1%}"`: the pick rewards skill, but also the luck that these
# 200 loaves happened to suit the network. If you must pick, pick on a validation set, score on an untouched test set, and say how many you
# picked from.

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
# 训练中断后，怎样接着跑，次序和没断过一样？生成器的 `get_state()` 取出它现在的位置，`set_state` 放回去。写一个函数：从存下的状态接着给出后几轮的次序。

# %% [markdown] lang="en" tags=["exercise"]
# Training was interrupted. How do you go on in the same order as if nothing had happened? A generator's `get_state()` takes out its
# present position, `set_state` puts it back. Write a function that goes on from a saved state with the orders of the next epochs.


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
# 存下状态，次序接得上；只重新设种子，就从第一轮重来了。所以检查点里除了权重和优化器，还要有生成器的状态。

# %% [markdown] lang="en" tags=["solution"]
# With the saved state the orders go on; with the seed alone they begin again at the first epoch. So a checkpoint needs the states of the
# generators besides the weights and the optimizer.

# %% [markdown] lang="zh"
# ## 回到开头的问题
# 谁也没弄错：没有定种子，两次运行抽到不同的随机数，6 个单元的网络在 40 个种子上就从 `{python} f"{accuracy[6].min().item():.1%}"` 到
# `{python} f"{accuracy[6].max().item():.1%}"` 不等。每种用途用一个定了种子的生成器，同一台机器、同一版本上的两次运行就一位不差。
# 你抽中了好种子，同事抽中了坏种子，就像 8 和 7。
# 可是一个种子的成绩只是个例，值得相信的是许多个种子的平均：`{python} f"{accuracy[6].mean().item():.1%}"`。
#
# ## 小结
# - 种子定下随机数，不定下谁用哪一个：每种用途一个生成器，全局生成器只在 `set_seed` 里用。
# - 加法次序一变，末几位就变；同机用 `rtol=0`，跨机给容差。
# - `pick_device` 挑设备，张量都搬到同一处；把设备、版本、线程数写进报告。
# - 比较设置要用许多种子，报告平均和范围，不挑最好的。
#
# 会了这些，就能检验别人的说法。下一页“说法核对”，正是用许多个种子去量各种教程里的常见说法。

# %% [markdown] lang="en"
# ## Back to the question
# Nobody made a mistake. Without a seed, two runs draw different random numbers, and over 40 seeds the network of 6 units ranges from
# `{python} f"{accuracy[6].min().item():.1%}"` to `{python} f"{accuracy[6].max().item():.1%}"`. With one seeded generator per purpose, two runs on the same
# machine and version agree to the last bit. You drew a lucky seed and your colleague an unlucky one, like 8 and
# 7. But the score of one seed is an anecdote; what deserves trust is the mean of many seeds:
# `{python} f"{accuracy[6].mean().item():.1%}"`.
#
# ## Recap
# - A seed fixes the numbers, not who uses which: one generator for each purpose, and the global one only inside `set_seed`.
# - Another order of additions changes the last digits: `rtol=0` on one machine, a tolerance between machines.
# - `pick_device` chooses the device; bring all tensors there. Report device, version and number of threads.
# - Compare settings over many seeds; report mean and range, and do not pick the best.
#
# With this you can test what others say. The next page, "Claims, checked", measures common claims of tutorials over many seeds.
