# %% [markdown] lang="zh"
# # 拼接与拆分
# 一家咖啡馆有东、西两间店，每天记下卖出多少杯咖啡、茶和果汁。西店的账分在两个本子上，周一到周四一本，周五到周日一本；
# 东店只有一本，记了整整一周。店主想知道：**每间店平均每天卖多少杯？**
#
# 她一次只看得下三天的账，打算每三天求一个平均，再对这几个平均数求一次平均。**这样算，结果一样吗？**
#
# 训练网络也要做这两件事：几份数据先拼成一份，再切成一个个**批次**（batch）轮流用，
# 因为全部数据常常多得一次算不下。
#
# 学完这一页，你能：
#
# - 把几张表接成一张长表或宽表，或者叠成一摞，并且事先说出结果的形状；
# - 把一张表切成几块，事先说出每块多长，尤其是最后一块；
# - 说清哪些操作复制数据，哪些不复制；
# - 认出三个不报错的错误：分不清哪行是谁的，平均数算偏了，程序越跑越慢。
#
# 需要知道的只有一点：数排列的每个方向叫一条**轴**（axis），各轴的长度依次写下来就是**形状**（shape），参见
# [创建张量](creation.py)。PyTorch 的参数把轴的编号叫 `dim`，从 0 数起。下面折叠的代码导入 PyTorch，并定义输入检查，初读可以跳过。

# %% [markdown] lang="en"
# # Joining and splitting
# A café has two branches, west and east, and writes down how many cups of coffee, tea and juice each sells every day. The
# west branch keeps two notebooks, one for Monday to Thursday and one for Friday to Sunday; the east branch has a single
# one for the whole week. The owner asks: **how many cups does each branch sell on an average day?**
#
# She can only take in three days at a time, so she plans to average every three days, and then to average these averages.
# **Will that give the same answer?**
#
# Training a network takes the same two steps: several pieces of data are joined into one, which is then cut into **batches**
# to be used in turn, because all of it at once is often too much to compute with.
#
# After this page you can
#
# - join tables into a longer one, a wider one or a stack of them, and say beforehand what shape comes out;
# - cut a table into pieces and say beforehand how long each is, the last one above all;
# - say which operations copy the data and which do not;
# - spot three mistakes that raise no error: rows whose owner is lost, an average that is off, a program that gets slower
#   and slower.
#
# All you need to know: each direction in which the numbers of a tensor are arranged is an **axis**, and the lengths of the
# axes, one after the other, are its **shape**; see [creating tensors](creation.py). PyTorch's arguments call the number of
# an axis `dim`, counted from 0. The folded code imports PyTorch and defines input checks; skip it at first reading.

# %% tags=["setup"]
import textwrap
from collections.abc import Sequence

import matplotlib.pyplot as plt
import torch
from torch import Tensor


def check_parts(tensors: Sequence[Tensor], dim: int, new_axis: bool) -> int:
    """Refuse parts that cannot be joined (检查待拼接的张量); gives ``dim`` >= 0."""
    if not tensors or not all(isinstance(t, Tensor) for t in tensors):
        wanted = "a non-empty list of tensors"
        raise TypeError(f"expected {wanted}, got {tensors!r:.60}")
    first = tensors[0]
    axes = first.ndim + new_axis
    if not -axes <= dim < axes:
        raise ValueError(f"dim must be from {-axes} to {axes - 1}, got {dim}")
    dim %= axes
    for number, t in enumerate(tensors):
        if t.dtype != first.dtype:
            raise TypeError(f"part {number} is {t.dtype}, part 0 is {first.dtype}")
        a, b = list(first.shape), list(t.shape)
        if not new_axis and t.ndim == first.ndim:
            a[dim] = b[dim] = -1
        if a != b:
            found = f"{tuple(t.shape)} and {tuple(first.shape)}"
            where = "" if new_axis else f" outside axis {dim}"
            raise ValueError(f"parts {number} and 0 differ{where}: {found}")
    return dim


def check_count(name: str, value: int, least: int) -> None:
    """Refuse all but whole numbers from ``least`` on (检查个数)."""
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise ValueError(f"{name} must be an integer >= {least}, got {value!r}")


# %% [markdown] lang="zh"
# ## 三个本子
# 每个本子是一张表：一行一天，三列依次是咖啡、茶和果汁，单位是杯。`tuple` 只是让形状印得简短些。

# %% [markdown] lang="en"
# ## Three notebooks
# Each notebook is a table: one row a day; the three columns are coffee, tea and juice, in cups. `tuple` merely makes the
# shapes print shorter.

# %%
if __name__ == "__main__":
    weekdays = torch.tensor(
        [
            [52, 31, 18],
            [48, 28, 15],
            [50, 35, 20],
            [47, 30, 16],
        ]
    )
    weekend = torch.tensor([[63, 33, 25], [80, 41, 38], [76, 44, 35]])
    east = torch.tensor(
        [
            [30, 22, 12],
            [33, 20, 14],
            [29, 25, 11],
            [35, 24, 13],
            [44, 27, 19],
            [61, 39, 33],
            [58, 36, 30],
        ]
    )
    print("weekdays", tuple(weekdays.shape))
    print("weekend ", tuple(weekend.shape))
    print("east    ", tuple(east.shape))

# %% [markdown] lang="zh"
# `(4, 3)` 是四行三列：第 0 条轴是天，第 1 条轴是饮料。拼之前先问一句：**沿哪条轴？**
#
# ## 沿已有的轴接起来：`cat`
# 西店的两本账该上下相接，沿第 0 条轴：天数变多，饮料还是三种（下图左边）。接好以后，西店和东店还可以左右相接，
# 沿第 1 条轴：仍是七天，每天六个数（下图右边）。两种都叫**拼接**（concatenate，`cat`）：沿一条已有的轴首尾相接。

# %% [markdown] lang="en"
# `(4, 3)` is four rows and three columns: axis 0 is the days, axis 1 the drinks. Before joining, ask: **along which axis?**
#
# ## End to end along an axis that exists: `cat`
# The two notebooks of the west branch belong one below the other, along axis 0: more days, still three drinks (on the left of
# the figure). After that, west and east can also stand side by side, along axis 1: still seven days, with six numbers each
# (on the right). Both are **concatenation** (`cat`): end to end along an axis that is already there.


# %% tags=["plot"] alt_zh="左边：周一至周四的四行和周五至周日的三行，沿向下的箭头 dim=0 接成七行三列。右边：西店和东店的两张七行三列，沿向右的箭头 dim=1 接成七行六列。" alt_en="Left: four rows for Monday to Thursday and three for Friday to Sunday, joined along a downward arrow, dim=0, into seven rows of three. Right: the tables of west and east, seven rows of three each, joined along an arrow to the right, dim=1, into seven rows of six."
def draw_cells(ax, texts, colors, left=0.0, top=0.0):
    """Labelled cells (一格格地画), their upper left corner at (left, top)."""
    for i, row in enumerate(texts):
        for j, text in enumerate(row):
            corner = (left + j, top + i)
            ax.add_patch(
                plt.Rectangle(corner, 1, 1, fc=colors[i][j], alpha=0.4, ec="black")
            )
            ax.text(left + j + 0.5, top + i + 0.5, text, ha="center", va="center")


def draw_table(ax, table: Tensor, color: str, left: float = 0, top: float = 0):
    """``table`` as cells of one colour (把一张表画成格子)."""
    texts = [[str(v) for v in row] for row in table.tolist()]
    draw_cells(ax, texts, [[color] * table.shape[1]] * len(table), left, top)


def finish(ax) -> None:
    """No axes, square cells, the first row on top (收尾)."""
    ax.set_aspect("equal")
    ax.axis("off")
    ax.autoscale_view()
    ax.invert_yaxis()


def draw_arrow(ax, start: tuple, end: tuple) -> None:
    """The direction of an axis (轴的方向)."""
    ax.annotate("", end, start, arrowprops={"arrowstyle": "->", "color": "black"})


if __name__ == "__main__":
    fig, ax = plt.subplots(figsize=(5.2, 3.4))
    fig.subplots_adjust(left=0, right=1, bottom=0, top=1)
    for left in (0, 4.8):
        draw_table(ax, weekdays, "C0", left=left)
        draw_table(ax, weekend, "C1", left=left, top=4)
    draw_table(ax, east, "C2", left=7.8)
    draw_arrow(ax, (3.4, 0), (3.4, 7))
    draw_arrow(ax, (4.8, -0.4), (10.8, -0.4))
    ax.text(3.4, -0.4, "dim=0", ha="center", va="center")
    ax.text(7.8, -0.9, "dim=1", ha="center", va="center")
    ax.text(-0.2, 2, "weekdays", ha="right", va="center")
    ax.text(-0.2, 5.5, "weekend", ha="right", va="center")
    ax.text(6.3, 7.5, "west", ha="center", va="center")
    ax.text(9.3, 7.5, "east", ha="center", va="center")
    ax.plot([-2.9, 10.9], [-1.3, 7.9], alpha=0)  # room for the labels
    finish(ax)
    plt.show()

# %% [markdown] lang="zh"
# 设有 $m$ 块，沿拼接的轴各长 $n_1, n_2, \dots, n_m$，拼完这条轴的长度就是
#
# $$n = n_1 + n_2 + \dots + n_m$$
#
# 西店是 4 加 3，得 7。其余的轴，各块必须一样长，拼完也还是那么长。
#
# 自己写一遍。先用 `new_empty` 开一块放得下的新内存，数据类型和第一块相同，里面的数还没填。再把各块依次抄进去：
# `narrow(dim, start, length)` 选出沿轴 `dim` 从 `start` 起、长 `length` 的一段。这一段和 `joined` 是同一块内存，往里抄，
# 就是往 `joined` 里抄。`copy_` 就是抄，名字末尾的下划线表示原地改写。折叠的 `check_parts` 检查输入，还把从后往前数的
# `dim`（如 `-1`）换成从前往后数的。

# %% [markdown] lang="en"
# Let there be $m$ parts, with the lengths $n_1, n_2, \dots, n_m$ along the axis of joining. Afterwards this axis has the length
#
# $$n = n_1 + n_2 + \dots + n_m$$
#
# For the west branch that is 4 plus 3, or 7. Along every other axis the parts must be equally long, and stay so.
#
# Write it once by hand. `new_empty` reserves new memory that is large enough, with the dtype of the first part; its numbers are
# not filled in yet. Then copy the parts in, one after the other: `narrow(dim, start, length)` selects the stretch along axis
# `dim` that begins at `start` and is `length` long. This stretch is part of the memory of `joined`, so whatever is copied into
# it lands in `joined`. `copy_` does the copying; the underscore at its end means in place. The folded `check_parts` checks the
# input and turns a `dim` that counts from the end, such as `-1`, into one that counts from the front.


# %%
def cat_by_hand(tensors: Sequence[Tensor], dim: int = 0) -> Tensor:
    """Parts end to end along an axis (拼接): a new tensor with its own memory.

    All shapes agree outside ``dim``. Raises ``TypeError`` for no tensor or mixed
    dtypes, ``ValueError`` for other shapes or a bad ``dim``. Source: ``torch.cat``.
    """
    dim = check_parts(tensors, dim, new_axis=False)
    shape = list(tensors[0].shape)
    shape[dim] = sum(t.shape[dim] for t in tensors)
    joined, start = tensors[0].new_empty(shape), 0
    for t in tensors:
        joined.narrow(dim, start, t.shape[dim]).copy_(t)
        start += t.shape[dim]
    return joined


if __name__ == "__main__":
    west = cat_by_hand([weekdays, weekend], dim=0)
    print("west        ", tuple(west.shape))
    print("side by side", tuple(cat_by_hand([west, east], dim=1).shape))

# %% [markdown] lang="zh"
# ## 叠成一摞：`stack`
# 现在两间店各有一张 `(7, 3)` 的表。要分别算两间店，最好有一条**店**的轴。**堆叠**（`stack`）做的正是这件事：
# 像把纸叠成一摞，多出一条新轴，有几张纸，它就多长。纸要叠得齐，所以各张的形状必须完全相同。
#
# 只有一步是新的：`unsqueeze(dim)` 给每张表插入一条长 1 的轴，例如 `(7, 3)` 变成 `(1, 7, 3)`。然后沿这条新轴拼接。

# %% [markdown] lang="en"
# ## On top of each other: `stack`
# Now there is one table of shape `(7, 3)` for each branch. To work out each branch by itself, we want an axis for the
# **branch**. That is what `stack` does: it lays the tables on top of each other like sheets of paper and adds a new axis,
# which is as long as there are sheets. Sheets must lie flush, so all of them must have exactly the same shape.
#
# Only one step is new: `unsqueeze(dim)` gives each table an axis of length 1, so that `(7, 3)` becomes, for instance,
# `(1, 7, 3)`. Then join along this new axis.


# %%
def stack_by_hand(tensors: Sequence[Tensor], dim: int = 0) -> Tensor:
    """Equal shapes along a new axis at ``dim`` (堆叠): a new tensor.

    Raises ``TypeError`` for no tensor or mixed dtypes, ``ValueError`` for shapes
    that differ or a bad ``dim``. Source: ``torch.stack``.
    """
    dim = check_parts(tensors, dim, new_axis=True)
    return cat_by_hand([t.unsqueeze(dim) for t in tensors], dim)


# %% tags=["plot"] alt_zh="西店的表在前，东店的表在后，露出上边和右边。三个箭头：dim=0 从前一张指向后一张，dim=1 向下，dim=2 向右。" alt_en="The table of west lies in front of that of east, whose upper and right edge can be seen. Three arrows: dim=0 from the front sheet to the one behind, dim=1 down, dim=2 to the right."
if __name__ == "__main__":
    fig, ax = plt.subplots(figsize=(4, 4.2))
    fig.subplots_adjust(left=0, right=1, bottom=0, top=1)
    seen = [
        [str(v) if i == 0 or j == 2 else "" for j, v in enumerate(row)]
        for i, row in enumerate(east.tolist())
    ]  # numbers of the sheet behind that the one in front leaves free
    draw_cells(ax, seen, [["C2"] * 3] * len(east), left=1.2, top=-1.2)
    ax.add_patch(plt.Rectangle((0, 0), 3, 7, fc="white"))
    draw_table(ax, west, "C0")
    ax.text(0.9, -0.45, "west", ha="right", va="center")
    ax.text(2.7, -1.6, "east", ha="center", va="center")
    draw_arrow(ax, (3.2, 7.3), (4.4, 6.1))
    draw_arrow(ax, (-0.3, 0), (-0.3, 7))
    draw_arrow(ax, (0, 7.3), (3, 7.3))
    ax.text(4.1, 7.0, "dim=0", va="center")
    ax.text(-0.5, 3.5, "dim=1", ha="right", va="center")
    ax.text(1.5, 7.8, "dim=2", ha="center", va="center")
    ax.plot([-2.2, 5.8], [-2, 8.2], alpha=0)  # room for the labels
    finish(ax)
    plt.show()

# %% [markdown] lang="zh" tags=["predict"]
# `west` 和 `east` 都是 `(7, 3)`。下面三个形状各是什么？沿第 0 条轴拼接、沿第 0 条轴堆叠、沿第 1 条轴堆叠。

# %% [markdown] lang="en" tags=["predict"]
# `west` and `east` are both `(7, 3)`. What are these three shapes: concatenated along axis 0, stacked along axis 0,
# stacked along axis 1?

# %%
if __name__ == "__main__":
    shops = stack_by_hand([west, east], dim=0)
    print("cat,   dim=0:", tuple(cat_by_hand([west, east], dim=0).shape))
    print("stack, dim=0:", tuple(shops.shape))
    print("stack, dim=1:", tuple(stack_by_hand([west, east], dim=1).shape))

# %% [markdown] lang="zh"
# 拼接让一条轴变长，7 加 7 得 14。堆叠多出一条长 2 的轴，`dim` 说它排在第几位。`dim=0` 就是上图，三条轴依次是店、天、饮料，
# 每间店一张表；`dim=1` 则是每天一张小表，两行是两间店。
#
# 有了店的轴，就能回答第一个问题了。`sum(dim=2)` 把三种饮料加起来，饮料那条轴随之消失；`mean(dim=1)` 再对七天求平均，
# 每间店剩下一个数。杯数是整数，而 PyTorch 只给浮点数求平均，所以先用 `double()` 换成 `float64`：

# %% [markdown] lang="en"
# Concatenating makes one axis longer: 7 plus 7 is 14. Stacking adds an axis of length 2, and `dim` says in which place. With
# `dim=0`, as in the figure, the axes are branch, day and drink: one table for each branch. With `dim=1` there is one small
# table for each day, with a row for each branch.
#
# With an axis for the branch, the first question can be answered. `sum(dim=2)` adds up the three drinks, and the axis of the
# drinks disappears; `mean(dim=1)` then averages over the seven days, which leaves one number for each branch. Cups are
# integers, and PyTorch takes means of floating-point numbers only, so `double()` turns them into `float64` first:

# %%
if __name__ == "__main__":
    daily = shops.sum(dim=2)
    per_shop = daily.double().mean(dim=1)
    print("daily:", tuple(daily.shape), " per_shop:", tuple(per_shop.shape))
    print(f"west = {per_shop[0]:.2f}  east = {per_shop[1]:.2f}")

# %% [markdown] lang="zh"
# 西店平均每天 `{python} f"{per_shop[0]:.2f}"` 杯，东店 `{python} f"{per_shop[1]:.2f}"` 杯。沿轴求和、求平均的细节，
# 见 [归约](core_functions.py)。

# %% [markdown] lang="en"
# The west branch sells `{python} f"{per_shop[0]:.2f}"` cups on an average day, the east branch
# `{python} f"{per_shop[1]:.2f}"`. There is more about sums and means along an axis in [reductions](core_functions.py).

# %% [markdown] lang="zh" tags=["check"]
# 手写的两个函数，结果应当和 PyTorch 自己的 `torch.cat`、`torch.stack` 一个数都不差。`torch.equal` 在形状和所有的数都相同时
# 给出 `True`；`dim` 不写就是 0。测试还比较过几百组随机的形状、轴和数据类型。

# %% [markdown] lang="en" tags=["check"]
# The two functions should agree with PyTorch's own `torch.cat` and `torch.stack` to the last number. `torch.equal` gives `True`
# if the shape and all numbers are the same; a `dim` that is left out is 0. The tests compare them on hundreds of random
# shapes, axes and dtypes as well.

# %% tags=["check"]
if __name__ == "__main__":
    side_by_side = cat_by_hand([west, east], dim=1)
    print(torch.equal(side_by_side, torch.cat([west, east], dim=1)))
    print(torch.equal(shops, torch.stack([west, east])))

# %% [markdown] lang="zh"
# ## 切开：每块多长？
# 店主一次看三天，就得把七天切开。不写 `dim` 就沿第 0 条轴切，正好是按天。常用的切法有两种，问的问题不同：
#
# - `split(3)`：**每块三天**，要切几块？
# - `chunk(3)`：**切成三块**，每块几天？
#
# 七天切成三块，除不尽。`chunk` 的规矩是：每块的天数向上取整，前面的块都装满，余下的归最后一块。设共有 $n$ 天、要 $k$ 块，
# 每块的天数是
#
# $$s = \lceil n / k \rceil$$
#
# $\lceil\ \rceil$ 表示向上取整。七除以三得二点几，$s$ 就是 3，三块依次是 3、3、1 天。
#
# Python 的 `//` 是向下取整的除法，在它前后各取一次负号，就成了向上取整：`-7 // 3` 得 `-3`，再取负号得 3。
# 每块从 `start` 开始，长 `size`，但不能超过还剩的 `n - start`，所以用 `min` 取小的那个。

# %% [markdown] lang="en"
# ## Taking apart: how long is each piece?
# The owner looks at three days at a time, so the seven days must be cut. Without a `dim` the cut is along axis 0, which is
# the days. There are two common ways to cut, and they answer different questions:
#
# - `split(3)`: **three days a piece**; how many pieces?
# - `chunk(3)`: **three pieces**; how many days in each?
#
# Seven days in three pieces do not come out even. `chunk` rounds the days of a piece up, fills the first pieces and leaves the
# last one what remains. For $n$ days and $k$ pieces, a piece has
#
# $$s = \lceil n / k \rceil$$
#
# days, where $\lceil\ \rceil$ means rounded up. Seven over three is two and a bit, so $s$ is 3, and the pieces have 3, 3 and
# 1 days.
#
# Python's `//` divides and rounds down; with a minus sign before and after, it rounds up: `-7 // 3` is `-3`, and minus that
# is 3. A piece begins at `start` and is `size` long, but no longer than the `n - start` days that are left, so `min` takes the
# smaller of the two.


# %%
def chunk_sizes(n: int, chunks: int) -> list[int]:
    """The lengths of the pieces that ``chunk`` cuts ``n`` rows into (分块大小).

    Zero rows give ``chunks`` empty pieces. Raises ``ValueError`` for negative ``n``
    or ``chunks`` < 1. Source: the documentation of ``torch.chunk``.
    """
    check_count("n", n, least=0)
    check_count("chunks", chunks, least=1)
    if n == 0:
        return [0] * chunks
    size = -(-n // chunks)  # rounded up
    return [min(size, n - start) for start in range(0, n, size)]


if __name__ == "__main__":
    for k in (2, 3, 4, 5):
        pieces = west.chunk(k)
        print(f"chunk({k}): {chunk_sizes(7, k)}  torch: {[len(p) for p in pieces]}")
    print(f"tensor_split(5): {[len(p) for p in west.tensor_split(5)]}")

# %% [markdown] lang="zh"
# 前四行里，左边是算出来的，右边是 PyTorch 切出来的（`len` 数每块有几行），全部一致。但 `chunk(5)` 要五块，
# 只得到 `{python} len(pieces)` 块：七除以五，向上取整得 2，三块装六天，第四块装一天，已经装完了。`chunk(k)` 只保证**不超过** $k$ 块。
# 一定要 $k$ 块，就用 `tensor_split(k)`：各块最多差一天，长的在前，见最后一行和下图。

# %% [markdown] lang="en"
# In the first four lines the left side is computed and the right side is what PyTorch cuts (`len` counts the rows of a piece);
# they all agree. But `chunk(5)` was asked for five pieces and gave `{python} len(pieces)`: seven over five, rounded up, is 2;
# three pieces hold six days, the fourth holds one, and nothing is left. `chunk(k)` promises **at most** $k$ pieces. If there
# must be $k$, use `tensor_split(k)`: its pieces differ by one day at most, the longer ones first, see the last line and the figure.

# %% tags=["plot"] alt_zh="三行长条，每条七天。split 三天一块：3、3、1；chunk 五块：2、2、2、1，只有四块；tensor_split 五块：2、2、1、1、1。" alt_en="Three bars of seven days. split, three days a piece: 3, 3, 1. chunk into five: 2, 2, 2, 1, only four pieces. tensor_split into five: 2, 2, 1, 1, 1."
if __name__ == "__main__":
    cuts = {
        "split(3)": west.split(3),
        "chunk(5)": west.chunk(5),
        "tensor_split(5)": west.tensor_split(5),
    }
    fig, ax = plt.subplots(figsize=(5.2, 2.6))
    for row, pieces_of_week in enumerate(cuts.values()):
        start = 0
        for number, piece in enumerate(pieces_of_week):
            bar = (start + 0.06, len(piece) - 0.12)
            ax.broken_barh([bar], (row - 0.3, 0.6), color=f"C{number}", alpha=0.6)
            middle = start + len(piece) / 2
            ax.text(middle, row, str(len(piece)), ha="center", va="center")
            start += len(piece)
    ax.set_yticks(range(len(cuts)), list(cuts))
    ax.set_xticks([day + 0.5 for day in range(7)], range(1, 8))
    ax.set(xlabel="day")
    ax.grid(False)
    ax.invert_yaxis()
    plt.show()

# %% [markdown] lang="zh"
# ### 切开不复制，拼接要复制
# 切出来的每一块都是**视图**（view）：不占新的内存，和原表共用同一份数。改了块，原表跟着变。拼接和堆叠则总要抄一份新的，
# 也就是**副本**（copy）。先看西店周一的咖啡是几杯，再改第一块，最后把三块拼回去，改拼好的表。
# 每次打印的都是 `week`；它是用 `clone()` 造的副本，免得弄坏 `west`。

# %% [markdown] lang="en"
# ### Cutting copies nothing, joining copies everything
# Every piece is a **view**: it takes no new memory and shares the numbers of the table. Change the piece and the table changes
# with it. Concatenating and stacking, in contrast, always make a **copy**. Look at the coffee sold in the west branch on
# Monday; then change the first piece; and at last join the pieces again and change the result. What is printed each time is
# `week`, a copy made by `clone()` so that `west` comes to no harm.

# %%
if __name__ == "__main__":
    week = west.clone()
    pieces = week.split(3)
    print("at first:              week =", week[0, 0].item())
    pieces[0][0, 0] = 0
    print("after the piece is 0:  week =", week[0, 0].item())
    joined = torch.cat(pieces)
    joined[0, 0] = 99
    print("after joined is 99:    week =", week[0, 0].item())

# %% [markdown] lang="zh"
# 写进块里的 0 到了 `week` 里：块是视图。写进 `joined` 的 99 没有到：拼接得到的是副本。

# %% [markdown] lang="en"
# The 0 written into the piece has reached `week`: the piece is a view. The 99 written into `joined` has not: what was joined
# is a copy.

# %% [markdown] lang="zh"
# ## 三个不报错的错误
# ### 该堆叠的拼接了

# %% [markdown] lang="en"
# ## Three mistakes without an error
# ### Concatenated what should be stacked

# %% [markdown] lang="zh" tags=["bug"]
# 想求两间店各自的日均杯数，却用了 `cat`。两张表接成一串，店的轴没有了，一求平均，两间店就混成一个数
# （`mean()` 不写 `dim`，是对所有的数求平均）。反过来，西店的两本账该拼接，却用了 `stack`，倒会报错；
# `fill` 把报错断成短行。

# %% [markdown] lang="en" tags=["bug"]
# The mean of each branch is wanted, but the tables were joined with `cat`. They form one long list without an axis for the
# branch, so a mean mixes the two branches into one number (`mean()` without a `dim` averages all numbers). The opposite
# mistake, `stack` where the two notebooks of the west branch should be concatenated, does raise an error; `fill` breaks it
# into short lines.

# %% tags=["bug"]
if __name__ == "__main__":
    mixed = torch.cat([west, east])
    mixed_mean = mixed.sum(dim=1).double().mean()
    print(tuple(mixed.shape), f"{mixed_mean:.2f}")
    try:
        torch.stack([weekdays, weekend])
    except RuntimeError as error:
        print(textwrap.fill(str(error), 60))

# %% [markdown] lang="zh" tags=["bug"]
# `{python} f"{mixed_mean:.2f}"` 既不是西店的日均，也不是东店的，而在两者正中间。拼之前先问：以后还要分清哪份是谁的吗？
# 要，就用 `stack`。报错说的是：第 0 张（entry 0）有四行，第 1 张只有三行，叠不齐。

# %% [markdown] lang="en" tags=["bug"]
# `{python} f"{mixed_mean:.2f}"` belongs to neither branch: it is halfway between the two means. So ask before joining: must I be able
# to tell afterwards which came from where? If so, `stack`. The error says that sheet 0 (entry 0) has four rows and sheet 1
# only three, so they do not lie flush.

# %% [markdown] lang="zh"
# ### 平均数的平均
# 店主的第二个问题：三天一批，每批求一个平均，再对三个平均数求平均，还是原来的日均吗？

# %% [markdown] lang="en"
# ### The mean of the means
# The owner's second question: three days a batch, a mean for each batch, and then the mean of the three means. Is that still
# the mean of the week?

# %% [markdown] lang="zh" tags=["bug"]
# 看西店。`cups` 是每天的总杯数，`means` 是各批的平均，`naive` 是店主的算法，`weighted` 让每批的平均先乘上这批的天数：

# %% [markdown] lang="en" tags=["bug"]
# Take the west branch. `cups` holds the cups of each day, `means` the mean of each batch; `naive` is the owner's way, and
# `weighted` first multiplies each mean by the days of its batch:

# %% tags=["bug"]
if __name__ == "__main__":
    cups = west.sum(dim=1).double()
    batches = cups.split(3)
    sizes = [len(batch) for batch in batches]
    means = [batch.mean().item() for batch in batches]
    naive = sum(means) / len(means)
    total = sum(len(batch) * batch.mean().item() for batch in batches)
    weighted = total / len(cups)
    print("sizes:", sizes, " means:", [round(m, 2) for m in means])
    print(f"mean of means = {naive:.2f}  weighted = {weighted:.2f}")
    print(f"mean of all   = {cups.mean():.2f}")

# %% [markdown] lang="zh" tags=["bug"]
# 店主得到 `{python} f"{naive:.2f}"` 杯，真正的日均是 `{python} f"{cups.mean():.2f}"` 杯。错在最后一批：它只有星期日一天，
# 却占了三分之一的分量，而那天卖了 `{python} f"{means[-1]:.0f}"` 杯，比另两批的平均都高。让每批的平均乘上天数，加起来，
# 再除以总天数，就对了。训练网络时求各批损失的平均，也是这个道理，见 [从零实现线性回归](../ch03_linear_regression/from_scratch.py)。

# %% [markdown] lang="en" tags=["bug"]
# The owner gets `{python} f"{naive:.2f}"` cups, while the true mean is `{python} f"{cups.mean():.2f}"`. The last batch is to blame:
# it is Sunday alone, yet it has a third of the weight, and with `{python} f"{means[-1]:.0f}"` cups it lies above the
# means of the other two. Multiply each mean by its days, add up, divide by all days, and it is right. The same goes for
# averaging the losses of the batches in training; see [linear regression from scratch](../ch03_linear_regression/from_scratch.py).

# %% [markdown] lang="zh"
# ### 在循环里一次次拼接

# %% [markdown] lang="en"
# ### Concatenating in a loop

# %% [markdown] lang="zh" tags=["bug"]
# 每天记一行，就每天 `table = cat([table, row])`。可是拼接总要复制，以前的行天天都要重抄一遍。数一数一年要抄多少行
# （`torch.zeros(0, 3)` 是一张 0 行 3 列的空表）：

# %% [markdown] lang="en" tags=["bug"]
# One row a day, and so every day `table = cat([table, row])`. But joining always copies, so all earlier rows are copied
# again, day after day. Count the rows that are copied in a year (`torch.zeros(0, 3)` is an empty table, 0 rows of 3 columns):

# %% tags=["bug"]
if __name__ == "__main__":
    table, copied_in_loop = torch.zeros(0, 3), 0
    rows = []
    for _ in range(365):
        row = torch.zeros(1, 3)
        table = torch.cat([table, row])
        copied_in_loop += len(table)
        rows.append(row)
    once = torch.cat(rows)
    print(f"in the loop: {copied_in_loop} rows   once: {len(once)} rows")
    print(f"{copied_in_loop / len(once):.0f} times")

# %% [markdown] lang="zh" tags=["bug"]
# 第一天抄 1 行，第二天抄 2 行，最后一天抄 365 行，加起来是 `{python} copied_in_loop` 行，约为 365 的
# `{python} f"{copied_in_loop / len(once):.0f}"` 倍。天数翻倍，每次抄的行数也翻倍，总共就要抄大约四倍。
# 正确的写法：循环里只把每一行放进 Python 的列表，最后 `cat` 一次。

# %% [markdown] lang="en" tags=["bug"]
# 1 row on the first day, 2 on the second, 365 on the last: `{python} copied_in_loop` rows in all, about
# `{python} f"{copied_in_loop / len(once):.0f}"` times 365. Twice as many days, with twice as many rows to copy each time, make about
# four times the work. The right way: collect the rows in a Python list, and `cat` once in the end.

# %% [markdown] lang="zh"
# ## 练习

# %% [markdown] lang="en"
# ## Exercises

# %% [markdown] lang="zh" tags=["exercise"]
# 写出 `split_sizes(n, size)`：`split(size)` 把 `n` 行切成的各块有多长？三天一块切七天，应得到 3、3、1。

# %% [markdown] lang="en" tags=["exercise"]
# Write `split_sizes(n, size)`: how long are the pieces that `split(size)` makes of `n` rows? Seven days, three a piece,
# should give 3, 3, 1.


# %% tags=["solution"]
def split_sizes(n: int, size: int) -> list[int]:
    """The lengths that ``split(size)`` makes of ``n`` rows (按长度切块).

    Zero rows give one empty piece. Raises ``ValueError`` for n < 0 or size < 1.
    """
    check_count("n", n, least=0)
    check_count("size", size, least=1)
    return [min(size, n - start) for start in range(0, max(n, 1), size)]


if __name__ == "__main__":
    print(split_sizes(7, 3), split_sizes(7, 7), split_sizes(7, 10))

# %% [markdown] lang="zh" tags=["exercise"]
# 堆叠可以倒过来做。写出 `unstack_by_hand(t, dim)`：沿轴 `dim` 把张量拆成一个列表，那条轴消失。
# `select(dim, i)` 取出第 `i` 张。对 `shops` 沿第 0 条轴拆开，应当还原出 `west` 和 `east`。

# %% [markdown] lang="en" tags=["exercise"]
# Stacking can be undone. Write `unstack_by_hand(t, dim)`, which takes the tensor apart along axis `dim` into a list; the
# axis disappears. `select(dim, i)` picks sheet `i`. Taking `shops` apart along axis 0 should give back `west` and `east`.


# %% tags=["solution"]
def unstack_by_hand(t: Tensor, dim: int = 0) -> list[Tensor]:
    """The sheets of ``t`` along ``dim`` (拆开一摞): views, one axis fewer.

    Raises ``ValueError`` for a 0-d tensor or a bad ``dim``.
    """
    if not -t.ndim <= dim < t.ndim:
        found = f"dim {dim} of {t.ndim} axes"
        raise ValueError(f"there is no such axis to take apart: {found}")
    return [t.select(dim, i) for i in range(t.shape[dim])]


if __name__ == "__main__":
    back = unstack_by_hand(shops)
    print(len(back), torch.equal(back[0], west), torch.equal(back[1], east))

# %% [markdown] lang="zh" tags=["exercise"]
# 店主想让两间店的同一种饮料挨在一起：西店咖啡、东店咖啡、西店茶、东店茶……共六列。写出 `interleave(a, b)`，
# 不用循环。提示：堆叠时让店排在最后一条轴，再用 `flatten(1)` 把第 1 条轴和它后面的轴合成一条。

# %% [markdown] lang="en" tags=["exercise"]
# The owner wants the same drink of both branches next to each other: coffee west, coffee east, tea west, tea east, and so
# on, six columns. Write `interleave(a, b)` without a loop. Hint: stack so that the branch is the last axis; then
# `flatten(1)` merges axis 1 with all that follow.


# %% tags=["solution"]
def interleave(a: Tensor, b: Tensor) -> Tensor:
    """Columns of two (n, k) tables in turn (列交错): shape (n, 2k).

    Raises like ``stack_by_hand``, and ``ValueError`` unless there are two axes.
    """
    if a.ndim != 2:
        raise ValueError(f"expected tables with two axes, got {tuple(a.shape)}")
    return stack_by_hand([a, b], dim=2).flatten(1)


if __name__ == "__main__":
    print(interleave(west, east)[0].tolist())

# %% [markdown] lang="zh"
# ## 小结
# - **店主的两个问题**：西店日均 `{python} f"{per_shop[0]:.2f}"` 杯，东店 `{python} f"{per_shop[1]:.2f}"` 杯。三天一批也能算，
#   但各批的平均要按天数加权，否则西店会算成 `{python} f"{naive:.2f}"` 杯。
# - `cat` 沿已有的轴相接，那条轴变长；`stack` 多出一条新轴，各张的形状必须相同。
# - `split(size)` 定每块的长度，`chunk(k)` 至多切 $k$ 块，`tensor_split(k)` 恰好 $k$ 块；除不尽时，最后一块往往小一些。
# - 切开得到视图，拼接得到副本。不要在循环里拼接，先攒成列表，最后拼一次。
#
# 下一课 [索引与切片](indexing.py)：不再整块整块地切，而是按位置、按条件取出想要的数。

# %% [markdown] lang="en"
# ## Recap
# - **The owner's two questions**: the west branch sells `{python} f"{per_shop[0]:.2f}"` cups a day, the east branch
#   `{python} f"{per_shop[1]:.2f}"`. Three days at a time works too, if each mean is weighted by its days; if not, the
#   west branch comes out at `{python} f"{naive:.2f}"`.
# - `cat` joins along an axis that exists and makes it longer; `stack` adds an axis and wants equal shapes.
# - `split(size)` fixes the length of a piece, `chunk(k)` makes at most $k$ pieces, `tensor_split(k)` exactly $k$; the last
#   piece is often smaller.
# - Cutting gives views, joining gives copies. Do not join in a loop: collect a list and join once.
#
# Next, [indexing and slicing](indexing.py): no longer whole pieces, but single values by position and by condition.
