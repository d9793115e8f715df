# %% [markdown] lang="zh"
# # 张量与 NumPy
# 温室里的温度计每四小时记一次气温，存在一个 NumPy 数组里。你发现它总是偏高 0.5 °C，就把数据交给 PyTorch，减去 0.5，继续往下算。
# 第二天同事来问：**存档里的气温怎么全变了？你不是只改了自己的那份吗？**
#
# 你确实只改了一个张量。可是张量和数组可以是**同一块内存的两个名字**，而且 Python 不会提醒你。
# 数据几乎都从 NumPy 来（读文件、scikit-learn、画图都用它），所以这道桥天天要过。
#
# 学完这一页，你能：
#
# - 在数组和张量之间来回转换，事先知道是共用内存还是复制了一份；
# - 自己写一个函数，判断两个对象有没有共用的内存；
# - 看懂两个常见的报错：类型不合，以及需要梯度的张量不肯变成数组；
# - 找出最难找的那种错误：数据被悄悄改掉。
#
# 下面折叠的代码导入两个库，并定义输入检查，初读可以跳过。

# %% [markdown] lang="en"
# # Tensors and NumPy
# The thermometer of a greenhouse writes down the temperature every four hours, into a NumPy array. You notice that it
# reads 0.5 °C too high, hand the data to PyTorch, subtract 0.5 and work on. Next day a colleague asks: **why have all
# the temperatures in the archive changed? Did you not change just your own?**
#
# You did change nothing but a tensor. But a tensor and an array can be **two names for one piece of memory**, and Python
# gives no warning. Nearly all data comes from NumPy (files, scikit-learn and plots all use it), so you cross this
# bridge every day.
#
# After this page you can
#
# - turn arrays into tensors and back, and know beforehand whether they share memory or one is a copy;
# - write a function that tells whether two objects have memory in common;
# - read two common errors: dtypes that do not match, and a tensor with gradients that refuses to become an array;
# - find the hardest kind of mistake: data that is changed behind your back.
#
# The folded code imports both libraries and defines input checks; skip it at first reading.

# %% tags=["setup"]
import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import Tensor


def check_array(a: np.ndarray) -> None:
    """Refuse what is no array of numbers or booleans (检查数组)."""
    if not isinstance(a, np.ndarray):
        raise TypeError(f"expected a NumPy array, got {type(a).__name__}")
    if a.dtype.kind not in "fiub":
        raise TypeError(f"expected numbers or booleans, got dtype {a.dtype}")


def check_shareable(a: np.ndarray) -> None:
    """Refuse arrays whose memory no tensor can use (检查能否共用)."""
    if not a.dtype.isnative:
        raise ValueError(f"byte order {a.dtype.str!r} is foreign; use copy=True")
    if not a.flags.writeable:
        raise ValueError("the array is read-only, a tensor never is; use copy=True")
    if any(stride < 0 for stride in a.strides):
        raise ValueError(f"negative strides {a.strides}; use copy=True")


# %% [markdown] lang="zh"
# ## 一块内存，两个名字
# 先把事情重演一遍。`torch.from_numpy` 把数组变成张量。

# %% [markdown] lang="en"
# ## One piece of memory, two names
# First let it happen again. `torch.from_numpy` turns an array into a tensor.

# %%
if __name__ == "__main__":
    archive = np.array([18.5, 21.0, 24.5, 26.0, 22.5, 19.0])  # °C
    mine = torch.from_numpy(archive)
    print(type(mine).__name__, tuple(mine.shape), mine.dtype)

# %% [markdown] lang="zh" tags=["predict"]
# 现在执行 `mine -= 0.5`，改正偏高的读数。之后 `archive[0]` 还是原来的 18.5 吗？

# %% [markdown] lang="en" tags=["predict"]
# Now run `mine -= 0.5` to correct the readings. Is `archive[0]` still the old 18.5 afterwards?

# %%
if __name__ == "__main__":
    before = archive.copy()
    mine -= 0.5
    print("mine:   ", mine.tolist())
    print("archive:", archive.tolist())

# %% [markdown] lang="zh"
# 存档从 `{python} before[0]` 变成了 `{python} archive[0]`。张量没有自己的数，它只记着一个**地址**（数从内存的哪里开始）、形状和类型，
# 指的是数组的那块内存。这样做是为了快：数据有几个 GB 时，复制既费时间又费内存，改个名字却不花什么。

# %% [markdown] lang="en"
# The archive changed from `{python} before[0]` to `{python} archive[0]`. The tensor has no numbers of its own. It holds an
# **address** (where in memory the numbers begin), a shape and a dtype, and the address is the array's. The reason is
# speed: with gigabytes of data, a copy costs time and memory, and a second name costs next to nothing.


# %% tags=["plot"] alt_zh="上：archive 和 mine 两个箭头指向同一条内存。下：复制之后，两个名字各指各的一条。" alt_en="Top: archive and mine both point at one strip of memory. Bottom: after a copy, each name points at a strip of its own."
def draw_cells(ax, texts, colors, left=0.0, top=0.0):
    """A grid of labelled cells (一格格地画), its upper left corner at (left, top)."""
    for i, row in enumerate(texts):
        for j, text in enumerate(row):
            corner = (left + j, top + i)
            ax.add_patch(
                plt.Rectangle(corner, 1, 1, fc=colors[i][j], alpha=0.4, ec="black")
            )
            ax.text(left + j + 0.5, top + i + 0.5, text, ha="center", va="center")


def draw_strip(ax, values: np.ndarray, color: str, top: float) -> None:
    """The numbers of a strip of memory (一条内存)."""
    draw_cells(ax, [[f"{v:g}" for v in values]], [[color] * len(values)], top=top)


def draw_name(ax, name: str, y: float, target: float) -> None:
    """A name and its arrow to the strip at height ``target`` (名字指向内存)."""
    arrow = {"arrowstyle": "->", "color": "black"}
    ax.annotate(
        name, (-0.05, target), (-1.5, y), ha="right", va="center", arrowprops=arrow
    )


if __name__ == "__main__":
    fig, (shared, copied) = plt.subplots(2, 1, figsize=(5.2, 3.6))
    draw_strip(shared, archive, "C0", top=0.5)
    draw_name(shared, "archive", 0.2, 0.8)
    draw_name(shared, "mine", 1.8, 1.2)
    draw_strip(copied, before, "C0", top=0)
    draw_strip(copied, archive, "C1", top=1.4)
    draw_name(copied, "archive", 0.5, 0.5)
    draw_name(copied, "mine", 1.9, 1.9)
    for ax in (shared, copied):
        ax.set(xlim=(-3.6, 6.1), ylim=(2.6, -0.2))
        ax.set_aspect("equal")
        ax.axis("off")
    plt.show()

# %% [markdown] lang="zh"
# ## 怎么判断有没有共用
# 每个数在内存里都有地址。设第一个数的地址是 $p$，沿第 $k$ 条轴走一格要跨过 $s_k$ 个字节（这个数叫**步幅**，stride），
# 那么下标为 $(i_1, i_2, \dots)$ 的数住在
#
# $$p + i_1 s_1 + i_2 s_2 + \dots$$
#
# 从这里开始占几个字节，由类型决定：`float64` 占 8 个，`float32` 占 4 个。列出两个对象占用的全部字节，
# 有一个相同，就共用内存。步幅为什么重要，[形状与内存](shapes.py) 会细讲。

# %% [markdown] lang="en"
# ## How to tell whether they share
# Every number in memory has an address. Let $p$ be the address of the first number, and let one step along axis $k$ skip
# $s_k$ bytes (the **stride** of that axis). Then the number with the index $(i_1, i_2, \dots)$ lives at
#
# $$p + i_1 s_1 + i_2 s_2 + \dots$$
#
# How many bytes it takes up from there is a matter of its dtype: `float64` takes 8, `float32` takes 4. List all the
# bytes that each of two objects uses; if one byte is in both lists, they share memory. [Shapes and
# memory](shapes.py) has more about strides.


# %%
def byte_addresses(x: np.ndarray | Tensor) -> np.ndarray:
    """The address of every byte that ``x`` uses (字节地址): 1-D, int64.

    Raises ``TypeError`` for what is neither array nor tensor.
    """
    if isinstance(x, Tensor):
        start, size = x.data_ptr(), x.element_size()
        strides = [step * size for step in x.stride()]  # torch counts in numbers
    elif isinstance(x, np.ndarray):
        start, size, strides = x.ctypes.data, x.itemsize, x.strides
    else:
        raise TypeError(f"expected an array or a tensor, got {type(x).__name__}")
    places = np.array([start])
    for length, stride in zip(x.shape, strides, strict=True):
        places = np.add.outer(places, np.arange(length) * stride)
    return np.add.outer(places, np.arange(size)).ravel()


def shares_memory(a: np.ndarray | Tensor, b: np.ndarray | Tensor) -> bool:
    """Whether any byte belongs to both (是否共用内存); meant for small data.

    Raises ``TypeError`` like ``byte_addresses``. Source: ``numpy.shares_memory``.
    """
    return np.intersect1d(byte_addresses(a), byte_addresses(b)).size > 0


if __name__ == "__main__":
    print("mine and archive:  ", shares_memory(mine, archive))
    print("mine and a copy:   ", shares_memory(mine, archive.copy()))
    print("first and last two:", shares_memory(mine[:2], archive[-2:]))

# %% [markdown] lang="zh" tags=["check"]
# NumPy 有自己的 `np.shares_memory`，只认数组。让两者在同一批切片上对答案；测试还比较了几百对随机的切片。
# 每行依次是：切片、我们的答案、NumPy 的答案。

# %% [markdown] lang="en" tags=["check"]
# NumPy has its own `np.shares_memory`, for arrays alone. Let both answer for the same slices; the tests compare them on
# hundreds of random pairs. Each line: the slice, our answer, NumPy's.

# %% tags=["check"]
if __name__ == "__main__":
    evens = archive[::2]
    for name, part in (("[1::2]", archive[1::2]), ("[2:3]", archive[2:3])):
        print(f"{name:6}", shares_memory(evens, part), np.shares_memory(evens, part))

# %% [markdown] lang="zh"
# 取偶数位的 `[::2]` 和取奇数位的 `[1::2]` 在内存里交错，却没有一个共同的字节；`[2:3]` 那个数两边都有。
#
# ## 哪些门共用，哪些门复制
# 过桥的门不止一道，记住两条就够：**名字里说“复制”的才一定复制**；**换类型就不得不复制**，因为字节数变了。
# 下面逐个试。`clone()` 和 `copy()` 是两个库各自的“复制”，`float()` 换成 `float32`，`double()` 换成 `float64`。

# %% [markdown] lang="en"
# Even places `[::2]` and odd places `[1::2]` interlock in memory and have not a byte in common; the number `[2:3]` belongs to
# both.
#
# ## Which doors share, which copy
# There is more than one way across. Two rules are enough: **only what says "copy" is sure to copy**, and **a new dtype has to
# be a copy**, because the numbers take another number of bytes. Let us try them. `clone()` and `copy()` are the words for
# "copy" in the two libraries; `float()` changes to `float32`, `double()` to `float64`.

# %%
if __name__ == "__main__":
    doors = {
        "torch.from_numpy(a)": torch.from_numpy(archive),
        "torch.as_tensor(a)": torch.as_tensor(archive),
        "torch.tensor(a)": torch.tensor(archive),
        "t.numpy()": mine.numpy(),
        "np.asarray(t)": np.asarray(mine),
        "t.numpy().copy()": mine.numpy().copy(),
        "t.clone().numpy()": mine.clone().numpy(),
        "t.double()": mine.double(),
        "t.float()": mine.float(),
    }
    for name, result in doors.items():
        word = "shares" if shares_memory(result, archive) else "copies"
        print(f"{name:20} {word}")

# %% [markdown] lang="zh"
# 两处容易记错。`torch.tensor` 复制，`torch.as_tensor` 不复制，差别只在两个字母。`double()` 看着像在换类型，可是数组本来就是
# `float64`，没有什么可换，它就把原来的张量还给你，照样共用。
#
# 所以最好把意图写进代码。下面的函数要你说清楚 `copy`：要共用却做不到时，它报错，而不是悄悄复制。

# %% [markdown] lang="en"
# Two of these are easily confused. `torch.tensor` copies and `torch.as_tensor` does not, for the sake of two letters. And
# `double()` looks like a change of dtype, but the array already is `float64`: there is nothing to change, so it hands
# back the tensor itself, which shares as before.
#
# It is best to say in the code what you mean. The function below wants to be told `copy`; asked to share where it cannot,
# it raises an error rather than copy in silence.


# %%
def to_torch(a: np.ndarray, copy: bool) -> Tensor:
    """Array to tensor of the same shape and dtype (转成张量), copied or shared.

    Raises ``TypeError`` for what is no array of numbers, ``ValueError`` if ``a`` is
    to be shared but is read-only, reversed or of foreign byte order.
    """
    check_array(a)
    if copy:
        native = a.astype(a.dtype.newbyteorder("="))  # astype always copies
        return torch.from_numpy(native)
    check_shareable(a)
    return torch.from_numpy(a)


if __name__ == "__main__":
    own = to_torch(archive, copy=True)
    print("copy: ", shares_memory(own, archive))
    print("share:", shares_memory(to_torch(archive, copy=False), archive))
    try:
        to_torch(archive[::-1], copy=False)
    except ValueError as error:
        print(error)

# %% [markdown] lang="zh"
# 前两行回答“与存档共用吗”。倒过来的切片 `[::-1]` 步幅是负的，每走一格后退 8 个字节；张量不支持负步幅，只好复制。
#
# ## 常见的错误
# ### 数据被悄悄改掉

# %% [markdown] lang="en"
# The first two lines answer "does it share with the archive?". The reversed slice `[::-1]` has a negative stride, 8 bytes
# back at each step; tensors know no negative strides, so it must be copied.
#
# ## Common mistakes
# ### Data changed behind your back

# %% [markdown] lang="zh" tags=["bug"]
# 在笔记本里，一个单元格常常会多跑几遍。改正读数的那一格跑了三遍，每跑一遍，原始数据就再低 0.5 °C：

# %% [markdown] lang="en" tags=["bug"]
# In a notebook, a cell is often run more than once. The cell that corrects the readings was run three times, and
# each run takes another 0.5 °C off the original data:

# %% tags=["bug"]
if __name__ == "__main__":
    raw = before.copy()
    days = [raw.copy()]
    for _ in range(3):
        corrected = torch.from_numpy(raw)
        corrected -= 0.5
        days.append(raw.copy())
    print([f"{day[0]:.1f}" for day in days])

    raw = before.copy()
    for _ in range(3):
        corrected = torch.from_numpy(raw) - 0.5  # a new tensor
    print(f"{corrected[0]:.1f}  {raw[0]:.1f}")

# %% [markdown] lang="zh" tags=["bug"]
# 错在 `-=`：它原地修改，改的是共用的内存。写成 `t - 0.5` 就会造一个新张量，原始数据不动，跑几遍都一样
# （最后一行：改正后的读数，以及原始读数）。原则：**别人的数据只读**；真要原地改，先 `clone()`。

# %% [markdown] lang="en" tags=["bug"]
# The culprit is `-=`, which works in place, in the shared memory. `t - 0.5` makes a new tensor and leaves the original
# alone, however often it runs (last line: the corrected reading, then the original one). The rule: **read other
# people's data, do not write to it**; if you must work in place, `clone()` first.

# %% tags=["plot"] alt_zh="四条气温曲线，从上到下依次是原始读数和跑过一、二、三遍之后的存档，每条比上一条低 0.5 °C。" alt_en="Four temperature curves, from top to bottom the original readings and the archive after one, two and three runs, each 0.5 °C below the one before."
if __name__ == "__main__":
    fig, ax = plt.subplots()
    hours = range(0, 24, 4)
    for run, (day, style) in enumerate(zip(days, ("-", "--", "-.", ":"), strict=True)):
        ax.plot(hours, day, style, marker="o", color=f"C{run}", label=f"runs: {run}")
    ax.set(xlabel="hour of the day", ylabel="temperature (°C)", xticks=hours)
    ax.legend(loc="lower center")
    plt.show()

# %% [markdown] lang="zh"
# ### 类型不合

# %% [markdown] lang="en"
# ### Dtypes that do not match

# %% [markdown] lang="zh" tags=["bug"]
# NumPy 的小数默认是 `float64`，PyTorch 默认是 `float32`。把存档直接交给一个层（`torch.nn.Linear` 求输入的加权和，
# 是网络的零件），它的权重是 `float32`，就不肯算：

# %% [markdown] lang="en" tags=["bug"]
# NumPy makes decimals `float64`, PyTorch `float32`. Hand the archive to a layer (`torch.nn.Linear` takes a weighted sum of
# its inputs; networks are built of it): its weights are `float32`, and it refuses:

# %% tags=["bug"]
if __name__ == "__main__":
    layer = torch.nn.utils.skip_init(
        torch.nn.Linear, 6, 1
    )  # weights do not matter here
    try:
        layer(torch.from_numpy(archive))
    except RuntimeError as error:
        print(error)
    single = torch.from_numpy(archive).float()
    print(tuple(layer(single).shape), archive.nbytes, "->", single.nbytes, "bytes")

# %% [markdown] lang="zh" tags=["bug"]
# 报错里 Double 是 `float64`，Float 是 `float32`。转换一次就好：`.float()`。内存减半，气温的精度绰绰有余。

# %% [markdown] lang="en" tags=["bug"]
# In the message, Double is `float64` and Float is `float32`. Convert once, with `.float()`. It halves the memory, and for a
# temperature it is more than precise enough.

# %% [markdown] lang="zh"
# ### 需要梯度的张量

# %% [markdown] lang="en"
# ### A tensor that requires gradients

# %% [markdown] lang="zh" tags=["bug"]
# 训练要改的数（权重）带着 `requires_grad=True`，PyTorch 会记下它们的运算，好求导数（见 [计算图](../ch02_autograd/computation_graph.py)）。
# NumPy 不会记，所以 PyTorch 不让它直接变成数组：

# %% [markdown] lang="en" tags=["bug"]
# The numbers that training changes (weights) carry `requires_grad=True`: PyTorch records what is done with them, to
# differentiate it (see [computation graphs](../ch02_autograd/computation_graph.py)). NumPy records nothing, so PyTorch
# does not let them become an array just like that:

# %% tags=["bug"]
if __name__ == "__main__":
    weights = torch.ones(3, requires_grad=True)
    try:
        weights.numpy()
    except RuntimeError as error:
        print(error)
    array = weights.detach().numpy()
    array[0] = 99
    print(weights.tolist())

# %% [markdown] lang="zh" tags=["bug"]
# 照它说的用 `detach()`，就能转了。但 `detach()` 也只是换个名字：往数组里写 99，权重就成了 99，训练毁于无声。
# 拿去画图、打印没有问题；要改，用 `detach().clone().numpy()`。

# %% [markdown] lang="en" tags=["bug"]
# Do as it says, use `detach()`, and it works. But `detach()` is just one more name: write 99 into the array and
# the weight is 99, a training ruined without a sound. For plotting or printing that is fine; to change the numbers, take
# `detach().clone().numpy()`.

# %% [markdown] lang="zh"
# ## 练习

# %% [markdown] lang="en"
# ## Exercises

# %% [markdown] lang="zh" tags=["exercise"]
# 写出 `to_fahrenheit(celsius)`：收一个摄氏温度的数组，用 PyTorch 算出华氏温度（乘 1.8 再加 32），还一个数组，
# 而且**绝不改动输入**。0 °C 应得 32 °F。

# %% [markdown] lang="en" tags=["exercise"]
# Write `to_fahrenheit(celsius)`: it takes an array in °C, computes °F with PyTorch (times 1.8, plus 32), returns an array,
# and **never changes its input**. 0 °C should give 32 °F.


# %% tags=["solution"]
def to_fahrenheit(celsius: np.ndarray) -> np.ndarray:
    """Degrees Fahrenheit (华氏温度), same shape; the input stays as it is.

    Raises ``TypeError`` for what is no array of numbers.
    """
    t = to_torch(celsius, copy=True)
    return (t * 1.8 + 32).numpy()


if __name__ == "__main__":
    print(f"{to_fahrenheit(before)[0]:.1f}", f"{before[0]:.1f}")

# %% [markdown] lang="zh" tags=["exercise"]
# 写出 `as_float32(a)`，还两样东西：`float32` 的张量，以及它是否与 `a` 共用内存。先猜：输入是 `float64` 和 `float32` 时，
# 各会怎样？

# %% [markdown] lang="en" tags=["exercise"]
# Write `as_float32(a)`, which returns two things: a `float32` tensor, and whether it shares memory with `a`. Guess first:
# what will it say for a `float64` and for a `float32` input?


# %% tags=["solution"]
def as_float32(a: np.ndarray) -> tuple[Tensor, bool]:
    """``a`` as float32, and whether it is still the same memory (转成 float32).

    Raises like ``to_torch`` with ``copy=False``.
    """
    t = to_torch(a, copy=False).float()
    return t, shares_memory(t, a)


if __name__ == "__main__":
    for dtype in (np.float64, np.float32):
        print(np.dtype(dtype).name, as_float32(before.astype(dtype))[1])

# %% [markdown] lang="zh"
# ## 小结
# - **存档为什么变了**：`from_numpy` 没有复制，`-=` 原地改了共用的内存，`archive[0]` 从 `{python} before[0]` 变成 `{python} archive[0]`。
# - 共用：`from_numpy`、`as_tensor`、`.numpy()`、`detach()`，以及什么都不用换的类型转换。复制：`torch.tensor`、`clone()`、`copy()`，
#   以及真正的类型转换。
# - 判断的办法：看有没有共同的字节。
# - 从 NumPy 来的小数先 `.float()`；别人的数据不要原地修改。
#
# 下一课 [拼接与拆分](joining_splitting.py)：几份数据怎样接成一份，又怎样切成小批。

# %% [markdown] lang="en"
# ## Recap
# - **Why the archive changed**: `from_numpy` made no copy, and `-=` worked in place, in shared memory; `archive[0]` went from
#   `{python} before[0]` to `{python} archive[0]`.
# - These share: `from_numpy`, `as_tensor`, `.numpy()`, `detach()`, and a change of dtype that changes nothing. These copy:
#   `torch.tensor`, `clone()`, `copy()`, and a real change of dtype.
# - The way to tell: look for a byte that belongs to both.
# - Decimals from NumPy go through `.float()` first; never work in place on other people's data.
#
# Next, [joining and splitting](joining_splitting.py): how several pieces of data become one, and one becomes batches.
