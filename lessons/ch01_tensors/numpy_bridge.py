# %% [markdown] lang="zh"
# # 张量与 NumPy
# NumPy 是 Python 最常用的数值计算库。它的**数组**（array）和张量很像，也是整齐排列的数。
# 温室的温度计每四小时测一次气温，一天六个读数，存在一个 NumPy 数组里。你发现它总是偏高 0.5 °C，就把数据交给 PyTorch，
# 减去 0.5，继续往下算。第二天同事来问：**存档里的气温怎么全变了？你不是只改了自己的那份吗？**
#
# 你确实只改了一个张量。可是张量和数组可以是**同一块内存的两个名字**，改了也没有任何提醒。
# 许多库读数据、画图都用数组，所以数据天天要在两者之间来回。
#
# 学完这一页，你能：
#
# - 把数组变成张量，再变回来，并且事先知道得到的是共用的内存还是副本；
# - 自己写一个函数，判断两个对象有没有共用的内存；
# - 看懂两种常见的报错：数据类型不同，以及带 `requires_grad=True` 的张量不肯变成数组；
# - 找出最难发现的那种错误：数据被悄悄改掉。
#
# 下面折叠的代码导入库，并定义输入检查，初读可以跳过。`np` 是 NumPy 通用的简称。

# %% [markdown] lang="en"
# # Tensors and NumPy
# NumPy is Python's most widely used library for calculating with numbers. Its **array** is much like a tensor: numbers in
# neat order. The thermometer of a greenhouse takes the temperature every four hours, six readings a day, kept in a NumPy
# array. You notice that it reads 0.5 °C too high, hand the data to PyTorch, subtract 0.5 and work on. Next day a colleague
# asks: **why have all the temperatures in the archive changed? Did you not change just your own?**
#
# Indeed you changed nothing but a tensor. But a tensor and an array can be **two names for one piece of memory**, and
# nothing warns you of a change. Many libraries read data into arrays and plot arrays, so data cross between the two
# every day.
#
# After this page you can
#
# - turn an array into a tensor and back, and know beforehand whether you get shared memory or a copy;
# - write a function that tells whether two objects share memory;
# - read two common errors: dtypes that differ, and a tensor with `requires_grad=True` that refuses to become an array;
# - find the mistake that is hardest to notice: data that change behind your back.
#
# The folded code imports the libraries and defines input checks; skip it at first reading. `np` is the usual short name
# of NumPy.

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
# 先把事情重演一遍。`np.array` 用列表造数组，`torch.from_numpy` 把数组变成张量。打印张量的形状和数据类型：

# %% [markdown] lang="en"
# ## One piece of memory, two names
# First let it happen again. `np.array` builds an array from a list, and `torch.from_numpy` turns an array into a tensor. We
# print the tensor's shape and dtype:

# %%
if __name__ == "__main__":
    archive = np.array([18.5, 21.0, 24.5, 26.0, 22.5, 19.0])  # °C
    mine = torch.from_numpy(archive)
    print(tuple(mine.shape), mine.dtype)

# %% [markdown] lang="zh"
# NumPy 存小数默认用 `float64`，张量沿用了它。下一格先用 `.copy()` 给数组留一份副本 `before`，相当于张量的 `clone()`；
# 再改正读数；最后比较两者的**地址**，也就是第一个数从内存的第几个字节开始。`.data_ptr()` 取张量的地址，
# `.ctypes.data` 取数组的。

# %% [markdown] lang="en"
# By default NumPy stores decimals as `float64`, and the tensor took that over. The next cell first keeps a copy, `before`,
# made with `.copy()`, which does for arrays what `clone()` does for tensors. Then it corrects the readings. Last it compares the two
# **addresses**: the byte of memory at which the first number begins. `.data_ptr()` is the address of a tensor,
# `.ctypes.data` that of an array.

# %% [markdown] lang="zh" tags=["predict"]
# 执行 `mine -= 0.5` 之后，`archive[0]` 还是原来的 18.5 吗？

# %% [markdown] lang="en" tags=["predict"]
# After `mine -= 0.5`, is `archive[0]` still the old 18.5?

# %%
if __name__ == "__main__":
    before = archive.copy()
    mine -= 0.5
    print("mine:   ", mine.tolist())
    print("archive:", archive.tolist())
    print("same address:", mine.data_ptr() == archive.ctypes.data)

# %% [markdown] lang="zh"
# 存档的第一个数从 `{python} before[0]` 变成了 `{python} archive[0]`。地址相同，说明这六个数在内存里只有一份：
# `from_numpy` 不复制，只给数组的内存加一个名字；`-=` 又是**原地**运算，直接改写这块内存（见 [张量运算与广播](operations.py)）。
# 不复制是为了省：数据有几个 GB 时，复制既费时间又费内存，加一个名字却几乎不费什么。
#
# 下图的上半是刚才的情形；下半是先复制、再减 0.5 的情形，存档不变。

# %% [markdown] lang="en"
# The first number of the archive went from `{python} before[0]` to `{python} archive[0]`. The addresses are the same, so memory holds
# these six numbers only once. `from_numpy` copies nothing, it just gives the array's memory another name; and `-=` works
# **in place**, it overwrites that memory (see [Tensor operations and broadcasting](operations.py)). Not copying saves a lot: with gigabytes
# of data, a copy takes time and memory, and another name takes next to nothing.
#
# The upper half of the figure shows what has just happened; the lower half, what happens if you copy before subtracting
# 0.5: the archive stays as it was.


# %% tags=["plot"] alt_zh="上：共用内存，archive 和 mine 两个箭头指向同一条内存，第一个数是 `{python} archive[0]`。下：复制之后，archive 指着原来的数，从 `{python} before[0]` 开始，mine 另有一条，从 `{python} archive[0]` 开始。" alt_en="Top: shared memory, archive and mine both point at one strip, whose first number is `{python} archive[0]`. Bottom: after a copy, archive points at the old numbers, which begin with `{python} before[0]`, and mine at a strip of its own, which begins with `{python} archive[0]`."
def draw_cells(ax, texts, colors, left=0.0, top=0.0):
    """A grid of labelled cells (画格子), its upper left corner at (left, top)."""
    for i, row in enumerate(texts):
        for j, text in enumerate(row):
            corner = (left + j, top + i)
            ax.add_patch(
                plt.Rectangle(corner, 1, 1, fc=colors[i][j], alpha=0.4, ec="black")
            )
            ax.text(left + j + 0.5, top + i + 0.5, text, ha="center", va="center")


def draw_strip(ax, values: np.ndarray, color: str, top: float) -> None:
    """The numbers of a strip of memory (一条内存)."""
    draw_cells(ax, [[f"{v:.1f}" for v in values]], [[color] * len(values)], top=top)


def draw_name(ax, name: str, y: float, target: float) -> None:
    """A name and its arrow to the strip at height ``target`` (名字指向内存)."""
    arrow = {"arrowstyle": "->", "color": "black"}
    ax.annotate(
        name, (-0.05, target), (-1.0, y), ha="right", va="center", arrowprops=arrow
    )


if __name__ == "__main__":
    fig, (shared, copied) = plt.subplots(2, 1, figsize=(5.2, 3.8))
    draw_strip(shared, archive, "C0", top=0.5)
    draw_name(shared, "archive", 0.2, 0.8)
    draw_name(shared, "mine", 1.8, 1.2)
    draw_strip(copied, before, "C0", top=0)
    draw_strip(copied, archive, "C1", top=1.4)
    draw_name(copied, "archive", 0.5, 0.5)
    draw_name(copied, "mine", 1.9, 1.9)
    for ax, title in ((shared, "shared memory"), (copied, "after a copy")):
        ax.set_title(title)
        ax.set(xlim=(-3.1, 6.1), ylim=(2.6, -0.2))
        ax.set_aspect("equal")
        ax.axis("off")
    plt.show()

# %% [markdown] lang="zh"
# ## 怎么判断有没有共用
# 比较地址还不够。切片 `archive[2:]` 不是副本（这一点与列表的切片不同），而是同一块内存里从第三个数开始的那一段。
# 它的地址变了，却仍与存档共用。所以要看两者各占了哪些字节。
#
# 一个 `float64` 占 8 个字节。设第一个数的地址是 $p$；沿第 $k$ 条轴走一格，在内存里要跨过 $s_k$ 个字节，
# $s_k$ 叫这条轴的**步幅**（stride），轴从 0 数起。那么下标为 $(i_0, i_1, \dots)$ 的数，地址是
#
# $$p + i_0 s_0 + i_1 s_1 + \dots$$
#
# 先看 `archive[2:]` 的地址比存档的大多少，再看步幅。`reshape(2, 3)` 不动内存，把六个读数当成 2 行 3 列来读：

# %% [markdown] lang="en"
# ## How to tell whether they share
# Comparing addresses is not enough. The slice `archive[2:]` is no copy (unlike a slice of a list) but a part of the same
# memory, from the third number on. Its address is another one, and yet it shares with the archive. So what counts is which bytes each of
# the two occupies.
#
# A `float64` takes 8 bytes. Let $p$ be the address of the first number; let one step along axis $k$ span $s_k$ bytes of
# memory, called the **stride** of that axis; axes count from 0. Then the number with the index $(i_0, i_1, \dots)$ has the
# address
#
# $$p + i_0 s_0 + i_1 s_1 + \dots$$
#
# First let us see how far the address of `archive[2:]` has moved, then look at strides. `reshape(2, 3)` leaves the memory
# alone and reads the six readings as 2 rows of 3:

# %%
if __name__ == "__main__":
    print("moved: ", archive[2:].ctypes.data - archive.ctypes.data)
    table = archive.reshape(2, 3)
    print("arrays:", archive.strides, table.strides)
    print("tensor:", mine.stride(), mine.element_size())

# %% [markdown] lang="zh"
# `archive` 走一格跨 8 个字节，走 2 格就是 `{python} 2 * archive.strides[0]` 个，与第一行相符。`table` 往下一行要越过 3 个数，
# 是 `{python} table.strides[0]` 个字节，往右一格是 8 个。所以第 1 行第 2 列（从 0 数起）在 $p$ 之后 1 × `{python} table.strides[0]` + 2 × 8 =
# `{python} table.strides[0] + 2 * table.strides[1]` 个字节处，正是存档的最后一个数。
#
# 张量的 `.stride()` 数的却是隔几个数，要乘上每个数的字节数 `.element_size()`。步幅还有什么用，[形状与内存](shapes.py) 会细讲。
#
# 下面的 `byte_addresses` 照公式列出全部字节。`places` 起初只有 $p$；每处理一条轴，就把其中每个地址换成沿这条轴排开的
# 一串；最后再把每个数展开成它的各个字节，放进集合（`set`）。`isdisjoint` 判断两个集合是否毫无交集。
# `.itemsize` 是数组里每个数的字节数。

# %% [markdown] lang="en"
# A step in `archive` spans 8 bytes, so 2 steps make `{python} 2 * archive.strides[0]`, as the first line says. In `table`, a
# step down passes 3 numbers, `{python} table.strides[0]` bytes, and a step right 8. So row 1, column 2
# (counting from 0) lies 1 × `{python} table.strides[0]` + 2 × 8 =
# `{python} table.strides[0] + 2 * table.strides[1]` bytes after $p$, and that is the last number of the archive.
#
# The `.stride()` of a tensor, however, counts numbers; multiply it by the bytes of each number, `.element_size()`.
# [Shapes and memory](shapes.py) shows what else strides are good for.
#
# `byte_addresses` follows the formula and lists every byte. At first `places` holds $p$ alone; each axis then turns
# every address in it into a row of addresses along that axis; in the end each number is spread out into its bytes,
# which go into a `set`. `isdisjoint` tells whether two sets have nothing in common. `.itemsize` is the bytes of each
# number in an array.


# %%
def byte_addresses(x: np.ndarray | Tensor) -> set[int]:
    """The address of every byte that ``x`` uses (字节地址); meant for small data.

    Raises ``TypeError`` for what is neither array nor tensor.
    """
    if isinstance(x, Tensor):
        start, size = x.data_ptr(), x.element_size()
        strides = [step * size for step in x.stride()]  # numbers to bytes
    elif isinstance(x, np.ndarray):
        start, size, strides = x.ctypes.data, x.itemsize, x.strides
    else:
        raise TypeError(f"expected an array or a tensor, got {type(x).__name__}")
    places = [start]
    for length, stride in zip(x.shape, strides, strict=True):
        places = [p + i * stride for p in places for i in range(length)]
    return {p + byte for p in places for byte in range(size)}


def shares_memory(a: np.ndarray | Tensor, b: np.ndarray | Tensor) -> bool:
    """Whether any byte belongs to both (是否共用内存), like ``np.shares_memory``.

    Raises ``TypeError`` like ``byte_addresses``.
    """
    return not byte_addresses(a).isdisjoint(byte_addresses(b))


if __name__ == "__main__":
    print("mine and archive:    ", shares_memory(mine, archive))
    print("mine and a copy:     ", shares_memory(mine, archive.copy()))
    print("mine and archive[2:]:", shares_memory(mine, archive[2:]))
    print("first and last two:  ", shares_memory(mine[:2], archive[-2:]))

# %% [markdown] lang="zh"
# 副本有自己的字节，所以不共用；`archive[2:]` 地址不同，仍然共用。最后一行的前两个数和后两个数虽在同一条内存里，
# 却没有一个共同的字节：改前两个，动不了后两个。

# %% [markdown] lang="en"
# A copy has bytes of its own and does not share; `archive[2:]` has another address and still shares. In the last line,
# the first two numbers and the last two lie in one strip of memory but have no byte in common: changing the first two
# cannot touch the last two.

# %% [markdown] lang="zh" tags=["check"]
# NumPy 自带 `np.shares_memory`，不过只认数组。拿 `[::2]`（下标为偶数的数）和另外两个切片比，每行依次是：另一个切片、
# 我们的答案、NumPy 的答案。测试还比较了几百对随机的切片。

# %% [markdown] lang="en" tags=["check"]
# NumPy has its own `np.shares_memory`, for arrays alone. We compare `[::2]` (the numbers with even indices) with two other
# slices. Each line: the other slice, our answer, NumPy's. The tests do the same for hundreds of random pairs of slices.

# %% tags=["check"]
if __name__ == "__main__":
    evens = archive[::2]
    for name, part in (("[1::2]", archive[1::2]), ("[2:3]", archive[2:3])):
        ours, theirs = shares_memory(evens, part), np.shares_memory(evens, part)
        print(f"{name:6}", ours, theirs)

# %% [markdown] lang="zh"
# 下标为偶数的数和下标为奇数的数（`[1::2]`）在内存里交错，却没有一个共同的字节。`[2:3]` 只有下标为 2 的那个数，
# `[::2]` 里也有它，所以共用。
#
# ## 哪些写法共用，哪些写法复制
# 在数组和张量之间转换，写法不止一种，三条规则就够：
#
# - 明说要新的一份，**一定复制**：`clone()`、`copy()`、`torch.tensor`；
# - **换数据类型，只好复制**：每个数要换一种存法，原来的字节不能再用；
# - 其余的，**能共用就共用**。
#
# 下面逐个试。名字里的 `a` 是数组 `archive`，`t` 是张量 `mine`。`as_tensor` 和 `np.asarray` 的意思是“当作张量”“当作数组”，
# `t.numpy()` 把张量变成数组，`float()` 换成 `float32`，`double()` 换成 `float64`。每一个都与存档比：

# %% [markdown] lang="en"
# In memory, the numbers with even indices and those with odd ones (`[1::2]`) take turns, but no byte belongs to both. `[2:3]` is
# just the number with index 2, which is in `[::2]` too, so they share.
#
# ## Which calls share, which copy
# There are several ways between arrays and tensors, and three rules are enough:
#
# - What asks for a new one **always copies**: `clone()`, `copy()`, `torch.tensor`.
# - **Another dtype has to be a copy**: every number is to be stored in another way, and the old bytes will not do.
# - Everything else **shares if it can**.
#
# Let us try them. In the names, `a` is the array `archive` and `t` the tensor `mine`. `as_tensor` and `np.asarray` mean "take it as a
# tensor" and "as an array", `t.numpy()` turns a tensor into an array, `float()` changes to `float32`, and `double()` to `float64`. Each
# result is compared with the archive:

# %%
if __name__ == "__main__":
    results = {
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
    for name, result in results.items():
        word = "shares" if shares_memory(result, archive) else "copies"
        print(f"{name:20} {word}")

# %% [markdown] lang="zh"
# 两处容易记错。`torch.tensor` 复制，`torch.as_tensor` 却不复制。`double()` 看着像在换数据类型，可是 `mine` 本来就是
# `float64`，没有什么可换，它就把原来的张量还给你，照样共用。
#
# 靠记忆不如把意图写进代码。下面的 `to_torch` 要你说清楚 `copy`：要共用却做不到，它就报错，而不是悄悄复制。
# 三种数组不能放心共用，由折叠代码里的 `check_shareable` 拦下：步幅为负的；只读的（张量总是可写）；
# 字节顺序与本机相反的（有些文件这样存数）。`astype` 转换数据类型，而且总是复制；`newbyteorder("=")` 是同一种数据类型，
# 按本机的字节顺序：

# %% [markdown] lang="en"
# Two of these are easily confused. `torch.tensor` copies and `torch.as_tensor` does not. And `double()` looks like a change of dtype,
# but `mine` already is `float64`: there is nothing to change, so it hands back the tensor itself, which shares as before.
#
# Rather than rely on memory, say in the code what you mean. `to_torch` wants to be told `copy`; asked to share where it cannot,
# it raises an error and does not copy in silence. Three kinds of arrays are not safe to share, and `check_shareable` in the
# folded code stops them: those with a negative stride; read-only ones (a tensor can always be written to); and those
# whose bytes stand in the opposite order to this machine's (some files store numbers so). `astype` converts the dtype and always
# copies; `newbyteorder("=")` is the same dtype in this machine's byte order:


# %%
def to_torch(a: np.ndarray, copy: bool) -> Tensor:
    """Array to tensor of the same shape and dtype (转成张量), copied or shared.

    Raises ``TypeError`` for what is no array of numbers, ``ValueError`` if ``a`` is
    to be shared but is read-only, reversed or of foreign byte order.
    """
    check_array(a)
    if copy:
        native = a.astype(a.dtype.newbyteorder("="))
        return torch.from_numpy(native)
    check_shareable(a)
    return torch.from_numpy(a)


if __name__ == "__main__":
    print("copy: ", shares_memory(to_torch(archive, copy=True), archive))
    print("share:", shares_memory(to_torch(archive, copy=False), archive))
    try:
        to_torch(archive[::-1], copy=False)
    except ValueError as error:
        print(error)
    print(to_torch(archive[::-1], copy=True).tolist())

# %% [markdown] lang="zh"
# 前两行回答“与存档共用吗”。切片 `[::-1]` 把数组倒过来读：从最后一个数开始，每走一格后退 8 个字节，所以步幅是
# `{python} archive[::-1].strides[0]`。张量不支持负的步幅，只好复制，最后一行就是倒过来的副本。
#
# ## 常见的错误
# ### 数据被悄悄改掉

# %% [markdown] lang="en"
# The first two lines answer "does it share with the archive?". The slice `[::-1]` reads the array backwards: it begins at the
# last number and goes 8 bytes back at each step, so its stride is `{python} archive[::-1].strides[0]`. Tensors do not support
# negative strides, so it has to be copied; the last line is the reversed copy.
#
# ## Common mistakes
# ### Data changed behind your back

# %% [markdown] lang="zh" tags=["bug"]
# 在笔记本（notebook）里，同一格代码常常会跑好几遍。下面用循环模拟：改正读数的那一格跑了三遍，开头和每遍之后
# 都记下原始数据 `raw`，最后打印每份的第一个数：

# %% [markdown] lang="en" tags=["bug"]
# In a notebook, one and the same cell is often run several times. A loop stands for three runs of the cell that corrects
# the readings. At the start and after each run we keep the original data, `raw`, as they are then; in the end we print the
# first number of each:

# %% tags=["bug"]
if __name__ == "__main__":
    raw = before.copy()
    history = [raw.copy()]
    for _ in range(3):
        corrected = torch.from_numpy(raw)
        corrected -= 0.5
        history.append(raw.copy())
    print([f"{readings[0]:.1f}" for readings in history])

    raw = before.copy()
    for _ in range(3):
        corrected = torch.from_numpy(raw) - 0.5  # a new tensor
    print(f"{corrected[0]:.1f}  {raw[0]:.1f}")

# %% [markdown] lang="zh" tags=["bug"]
# 每跑一遍，原始数据就再低 0.5 °C：`-=` 改的是共用的内存。后一种写法用不带等号的减号，每次都造一个新张量，原始数据不动，
# 跑几遍都一样（最后一行：改正后的读数，原始读数）。原则：**别人的数据只读不写**；真要原地改，先 `clone()`。

# %% [markdown] lang="en" tags=["bug"]
# Each run takes another 0.5 °C off the original data, for `-=` changes the shared memory. The second loop subtracts
# without the equals sign. That makes a new tensor each time and leaves the original alone, however often it runs (last
# line: the corrected reading, the original one). The rule: **read other people's data, do not write to them**; if you must
# work in place, `clone()` first.

# %% [markdown] lang="zh"
# 下图是错误写法里的原始数据。每跑一遍，六个读数一起降 0.5 °C；曲线的样子没变，光看一条，看不出数据坏了。

# %% [markdown] lang="en"
# The figure shows the original data of the wrong version. With each run all six readings sink by 0.5 °C. The curve keeps its form:
# look at one alone, and you would not see that the data are spoilt.

# %% tags=["plot"] alt_zh="四条形状相同的气温曲线，从上到下依次是跑过零、一、二、三遍之后的原始数据，每条比上一条低 0.5 °C；0 时的读数从 `{python} history[0][0]` 降到 `{python} history[3][0]`。" alt_en="Four temperature curves of one form, from top to bottom the original data after no, one, two and three runs, each 0.5 °C below the one before; the reading at hour 0 goes down from `{python} history[0][0]` to `{python} history[3][0]`."
if __name__ == "__main__":
    fig, ax = plt.subplots()
    hours = range(0, 24, 4)
    looks = zip(history, ("-", "--", "-.", ":"), "os^D", strict=True)
    for run, (readings, line, marker) in enumerate(looks):
        style = {"marker": marker, "color": f"C{run}"}
        ax.plot(hours, readings, line, label=f"runs: {run}", **style)
    ax.set(xlabel="hour of the day", ylabel="temperature (°C)", xticks=hours)
    ax.legend(loc="lower center")
    plt.show()

# %% [markdown] lang="zh"
# ### 数据类型不同

# %% [markdown] lang="en"
# ### Dtypes that differ

# %% [markdown] lang="zh" tags=["bug"]
# NumPy 存小数默认用 `float64`，PyTorch 默认用 `float32`。网络要算的，多半是数据与自己的系数相乘再相加，也就是 `@`，
# 而 `@` 不收两种数据类型。用它求六个读数的平均，每个数乘六分之一，再加起来：

# %% [markdown] lang="en" tags=["bug"]
# By default decimals are `float64` in NumPy and `float32` in PyTorch. Most of what a network does is to multiply data by
# coefficients of its own and add up, that is `@`, and `@` does not take two dtypes. We use it to average the six readings:
# a sixth of each, added up.

# %% tags=["bug"]
if __name__ == "__main__":
    sixths = torch.ones(6) / 6
    try:
        torch.from_numpy(archive) @ sixths
    except RuntimeError as error:
        print(error)
    single = torch.from_numpy(archive).float()
    print(f"{single @ sixths:.4f}  {archive.mean():.4f}")
    print(archive.nbytes, "->", single.nbytes, "bytes")

# %% [markdown] lang="zh" tags=["bug"]
# 报错里的 Double 是 `float64`，Float 是 `float32`。先用 `.float()` 转换就行。第二行是这样求出的平均和 NumPy 用 `float64` 求的，四位小数都相同，
# 对气温绰绰有余。第三行的 `.nbytes` 是总字节数：六个数，每个从 8 字节减到 4 字节。

# %% [markdown] lang="en" tags=["bug"]
# In the message, Double is `float64` and Float is `float32`. Convert with `.float()` first. The second line has the average
# so found and NumPy's, found in `float64`: they agree in all four decimals, more than enough for a temperature. In the third
# line, `.nbytes` is the bytes in all: six numbers, each down from 8 bytes to 4.

# %% [markdown] lang="zh"
# ### 需要梯度的张量

# %% [markdown] lang="en"
# ### A tensor that requires gradients

# %% [markdown] lang="zh" tags=["bug"]
# 网络里训练要调的系数叫**权重**（weight），它们带着 `requires_grad=True`：PyTorch 记下它们参与的运算，好求导数
# （见 [计算图与自动求导](../ch02_autograd/computation_graph.py)）。NumPy 不做记录，所以 PyTorch 不让它们直接变成数组。
# `detach()` 给出一个不做记录的张量。往两个数组里各写一个数，看权重变不变：

# %% [markdown] lang="en" tags=["bug"]
# The coefficients that training adjusts in a network are its **weights**. They carry `requires_grad=True`: PyTorch records the
# operations they take part in, to find derivatives (see [Computation graphs and autograd](../ch02_autograd/computation_graph.py)). NumPy
# records nothing, so PyTorch does not let them become an array just like that. `detach()` gives a tensor without
# the recording. We write a number into each of two arrays and see whether the weights change:

# %% tags=["bug"]
if __name__ == "__main__":
    weights = torch.ones(3, requires_grad=True)
    try:
        weights.numpy()
    except RuntimeError as error:
        print(error)
    weights.detach().numpy()[0] = 99
    print(weights.tolist())
    weights.detach().clone().numpy()[1] = 99
    print(weights.tolist())

# %% [markdown] lang="zh" tags=["bug"]
# 照报错说的用 `detach()`，就能转了。但 `detach()` 只停记录，不复制：往数组里写 99，权重也成了 99，训练就这样悄悄毁了。
# 拿去画图、打印没有问题；要改，就用 `detach().clone().numpy()`，最后一行的权重没有再变。

# %% [markdown] lang="en" tags=["bug"]
# Do as the message says, use `detach()`, and it works. But `detach()` only stops the recording and copies nothing: write 99
# into the array, and the weight is 99 too. That is how to ruin a training without noticing. For plotting or printing
# it is fine; to change the numbers, use `detach().clone().numpy()`: in the last line the weights have not changed again.

# %% [markdown] lang="zh"
# ## 练习

# %% [markdown] lang="en"
# ## Exercises

# %% [markdown] lang="zh" tags=["exercise"]
# 写出 `to_fahrenheit(celsius)`：参数是摄氏温度的数组，用 PyTorch 算出华氏温度（乘 1.8 再加 32），返回一个数组，
# 而且**绝不改动参数**。0 °C 应得 32 °F。

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

# %% [markdown] lang="zh" tags=["solution"]
# 打印的是第一个读数的华氏温度，以及原来的数组，它没有变。`t * 1.8 + 32` 本来就造新张量；这里复制，是为了倒过来的、
# 只读的数组也能用。

# %% [markdown] lang="en" tags=["solution"]
# Printed are the first reading in °F and the old array's, which has not changed. `t * 1.8 + 32` makes a new tensor anyway; we copy so
# that reversed and read-only arrays work too.

# %% [markdown] lang="zh" tags=["exercise"]
# 写出 `as_float32(a)`，返回两样东西：`float32` 的张量，以及它是否与 `a` 共用内存。先猜：`a` 是 `float64` 时会怎样？
# 是 `float32` 时呢？

# %% [markdown] lang="en" tags=["exercise"]
# Write `as_float32(a)`, which returns two things: a `float32` tensor, and whether it shares memory with `a`. Guess first:
# what will it say if `a` is `float64`, and what if it is `float32`?


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

# %% [markdown] lang="zh" tags=["solution"]
# `float64` 要换数据类型，只好复制；`float32` 没有什么可换，所以共用。

# %% [markdown] lang="en" tags=["solution"]
# `float64` has to change its dtype, so it is copied; `float32` has nothing to change, so it shares.

# %% [markdown] lang="zh"
# ## 小结
# - **存档为什么变了**：`from_numpy` 没有复制，`-=` 原地改了共用的内存，`archive[0]` 从 `{python} before[0]` 变成 `{python} archive[0]`。
# - 一定复制：`torch.tensor`、`clone()`、`copy()`，以及真正换了数据类型的转换。能共用就共用：`from_numpy`、`as_tensor`、
#   `.numpy()`、`detach()`。
# - 判断的办法：看有没有共同的字节；地址不同，也可能共用。
# - 从 NumPy 来的小数，先用 `.float()` 转换；别人的数据不要原地修改。
#
# 下一课 [拼接与拆分](joining_splitting.py)：几份数据怎样接成一份，一份又怎样切成几批。

# %% [markdown] lang="en"
# ## Recap
# - **Why the archive changed**: `from_numpy` made no copy, and `-=` worked in place, in shared memory; `archive[0]` went from
#   `{python} before[0]` to `{python} archive[0]`.
# - These always copy: `torch.tensor`, `clone()`, `copy()`, and any real change of dtype. These share if they can: `from_numpy`,
#   `as_tensor`, `.numpy()`, `detach()`.
# - The way to tell: look for a byte that belongs to both; different addresses do not rule it out.
# - Convert decimals from NumPy with `.float()` first; never change other people's data in place.
#
# Next, [joining and splitting](joining_splitting.py): how several pieces of data become one, and one becomes batches.
