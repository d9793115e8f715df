# %% [markdown] lang="zh"
# # 拼接与拆分
# 一家咖啡馆有两间店，记录每天卖出多少杯咖啡、茶和果汁。西店的账分在两个本子上：周一到周四一本，周五到周日一本；
# 东店只有一本，记了整整一周。店主想知道：**每间店平均每天卖多少杯？** 而且她只有看三天账的耐心，一次只肯看三天：
# **三天三天地算，结果会一样吗？**
#
# 训练网络时天天要做同样的事：把几份数据拼成一份，再切成一小批一小批来用。
#
# 学完这一页，你能：
#
# - 把几张表接成一张长表、一张宽表，或者叠成一摞，并且事先说出结果的形状；
# - 把一张表切成几块，说出每块有多大，尤其是最后一块；
# - 说清楚哪些操作复制数据，哪些只是换个角度看同一份；
# - 避开三个不报错的错误。
#
# 需要知道的只有一点：张量是排列整齐的数，它的**形状**（shape）是每条轴的长度，参见 [创建张量](creation.py)。
# 下面折叠的代码导入 PyTorch，并定义几个检查，初读可以跳过。

# %% [markdown] lang="en"
# # Joining and splitting
# A café has two branches and writes down how many cups of coffee, tea and juice each sells every day. The west branch
# keeps two notebooks, one for Monday to Thursday and one for Friday to Sunday; the east branch has a single one for the
# whole week. The owner asks: **how many cups does each branch sell on an average day?** And she has patience for
# three days at a time, no more: **if we work three days by three days, is the answer the same?**
#
# Training a network does this all day long: join pieces of data into one, then cut it into small batches.
#
# After this page you can
#
# - join tables into a longer one, a wider one or a stack of them, and say beforehand what shape comes out;
# - cut a table into pieces and say how large each is, the last one above all;
# - say which operations copy the data and which only look at the same data in another way;
# - stay clear of three mistakes that raise no error.
#
# All you need to know: a tensor is numbers in good order, and its **shape** is the length of each axis; see
# [creating tensors](creation.py). The folded code imports PyTorch and defines a few checks; skip it at first reading.

# %% tags=["setup"]
from collections.abc import Sequence

import matplotlib.pyplot as plt
import torch
from torch import Tensor


def check_parts(tensors: Sequence[Tensor], dim: int, new_axis: bool) -> int:
    """Refuse parts that cannot be joined (检查待拼接的张量); returns ``dim`` >= 0."""
    if not tensors or not all(isinstance(t, Tensor) for t in tensors):
        raise TypeError(f"expected a non-empty list of tensors, got {tensors!r:.60}")
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
# 每个本子是一张表：一行一天，三列依次是咖啡、茶和果汁，单位是杯。

# %% [markdown] lang="en"
# ## Three notebooks
# Each notebook is a table: one row a day; the three columns are coffee, tea and juice, in cups.

# %%
if __name__ == "__main__":
    weekdays = torch.tensor([[52, 31, 18], [48, 28, 15], [50, 35, 20], [47, 30, 16]])
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
    for name, table in (("weekdays", weekdays), ("weekend", weekend), ("east", east)):
        print(f"{name:8} {tuple(table.shape)}")

# %% [markdown] lang="zh"
# `(4, 3)` 读作“四行三列”：第 0 条轴是天，第 1 条轴是饮料。拼接时只问一个问题：**沿哪条轴？**
#
# ## 沿已有的轴接起来：`cat`
# 西店的两本账要上下相接，天数变多，饮料还是三种。两间店也可以左右相接，一天一行，六列。
# 这都叫**拼接**（concatenate，`cat`）：沿一条已有的轴首尾相接。

# %% [markdown] lang="en"
# `(4, 3)` reads "four rows, three columns": axis 0 is the days, axis 1 the drinks. Joining asks a single question:
# **along which axis?**
#
# ## End to end along an axis that exists: `cat`
# The two notebooks of the west branch belong one below the other: more days, still three drinks. The two branches can
# also stand side by side, one row a day and six columns. Both are **concatenation** (`cat`): end to end along an axis
# that is already there.


# %% tags=["plot"] alt_zh="左图：四行的表和三行的表上下相接，成为七行三列。右图：两张三行三列的表左右相接，成为三行六列。" alt_en="Left: a table of four rows and one of three, joined one below the other into seven rows of three. Right: two tables of three rows, joined side by side into three rows of six."
def draw_cells(ax, texts, colors, left=0.0, top=0.0):
    """A grid of labelled cells (一格格地画), its upper left corner at (left, top)."""
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


if __name__ == "__main__":
    fig, (tall, wide) = plt.subplots(1, 2, figsize=(6.6, 3.4), width_ratios=(3, 6))
    draw_table(tall, weekdays, "C0")
    draw_table(tall, weekend, "C1", top=4)
    draw_table(wide, weekend, "C1")
    draw_table(wide, east[4:], "C2", left=3)
    tall.set_title("dim=0")
    wide.set_title("dim=1")
    finish(tall)
    finish(wide)
    plt.show()

# %% [markdown] lang="zh"
# 设第 $k$ 块沿拼接轴 $d$ 的长度是 $n_k$，一共 $m$ 块。结果沿这条轴的长度是
#
# $$n = n_1 + n_2 + \dots + n_m$$
#
# 其余的轴必须一样长，结果也不变。自己写一遍：先开一块放得下的新内存（`new_empty`），再从左到右把每块抄进去。
# `narrow(dim, start, length)` 选出沿轴 `dim`、从 `start` 开始、长 `length` 的那一段；`copy_` 把数抄进这一段。

# %% [markdown] lang="en"
# Let $n_k$ be the length of part $k$ along the axis $d$ of joining, and $m$ the number of parts. Along this axis the
# result has the length
#
# $$n = n_1 + n_2 + \dots + n_m$$
#
# All other axes must agree, and stay as they are. Write it once by hand: reserve new memory that is large enough
# (`new_empty`), then copy the parts in, one after the other. `narrow(dim, start, length)` selects the stretch along axis
# `dim` that begins at `start` and is `length` long; `copy_` copies numbers into that stretch.


# %%
def cat_by_hand(tensors: Sequence[Tensor], dim: int = 0) -> Tensor:
    """Parts end to end along an axis (拼接): a new tensor, nothing is shared.

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
# 现在两间店各有一张 `(7, 3)` 的表。要问“哪间店”，就该有一条**店**的轴。**堆叠**（`stack`）正是这样：
# 像把两张纸叠在一起，多出一条新轴，长度是张数。旧的轴都不动，所以各张的形状必须完全相同。
#
# 做法只有一行是新的：`unsqueeze(dim)` 给每张表插入一条长为 1 的轴，例如 `(7, 3)` 变成 `(1, 7, 3)`，然后沿它拼接。

# %% [markdown] lang="en"
# ## On top of each other: `stack`
# Now there are two tables of shape `(7, 3)`, one for each branch. To ask "which branch?" we want an axis for the
# **branch**. That is what `stack` does: it lays the tables on top of each other like sheets of paper and adds a new axis,
# as long as there are sheets. The old axes stay, so all sheets must have exactly the same shape.
#
# Only one thing in it is new: `unsqueeze(dim)` gives each table an axis of length 1, so that `(7, 3)` becomes
# `(1, 7, 3)`; then join along that axis.


# %%
def stack_by_hand(tensors: Sequence[Tensor], dim: int = 0) -> Tensor:
    """Equal shapes along a new axis at ``dim`` (堆叠): a new tensor.

    Raises ``TypeError`` for no tensor or mixed dtypes, ``ValueError`` for shapes
    that differ or a bad ``dim``. Source: ``torch.stack``.
    """
    dim = check_parts(tensors, dim, new_axis=True)
    return cat_by_hand([t.unsqueeze(dim) for t in tensors], dim)


# %% tags=["plot"] alt_zh="两张七行三列的表叠在一起，后面一张露出上边和右边：多出的轴长为 2。" alt_en="Two tables of seven rows and three columns lie on top of each other; of the one behind, the upper and right edge can be seen. The new axis has length 2."
if __name__ == "__main__":
    fig, ax = plt.subplots(figsize=(4, 3.6))
    seen = [
        [str(v) if i == 0 or j == 2 else "" for j, v in enumerate(row)]
        for i, row in enumerate(east.tolist())
    ]  # numbers of the sheet behind that the one in front leaves free
    draw_cells(ax, seen, [["C2"] * 3] * len(east), left=1.2, top=-1.2)
    ax.add_patch(plt.Rectangle((0, 0), 3, 7, fc="white"))
    draw_table(ax, west, "C0")
    ax.text(1.5, 7.5, "west", ha="center", va="center")
    ax.text(4.5, 6.2, "east", va="center")
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
    per_shop = shops.sum(dim=2).double().mean(dim=1)
    print(f"west = {per_shop[0]:.2f}  east = {per_shop[1]:.2f}")

# %% [markdown] lang="zh"
# 拼接让一条轴变长，堆叠多出一条轴；`dim` 说新轴插在第几位。
#
# 有了店的轴，第一个问题就有答案了：`sum(dim=2)` 把三种饮料加起来，`mean(dim=1)` 对七天取平均。
# 西店平均每天 `{python} f"{per_shop[0]:.2f}"` 杯，东店 `{python} f"{per_shop[1]:.2f}"` 杯。
# （`double()` 把整数换成浮点数，因为整数不能取平均。沿轴求和、求平均的细节见 [归约](core_functions.py)。）

# %% [markdown] lang="en"
# Concatenating makes one axis longer, stacking adds an axis; `dim` says in which place.
#
# With an axis for the branch, the first question is answered: `sum(dim=2)` adds the three drinks up, `mean(dim=1)` averages
# over the seven days. The west branch sells `{python} f"{per_shop[0]:.2f}"` cups on an average day, the east branch
# `{python} f"{per_shop[1]:.2f}"`. (`double()` turns the integers into floats, because integers have no mean. More about
# sums and means along an axis: [reductions](core_functions.py).)

# %% [markdown] lang="zh" tags=["check"]
# 手写的两个函数应当和 PyTorch 自己的 `torch.cat`、`torch.stack` 一个数都不差。测试还用几百组随机的形状、轴和类型比较过。

# %% [markdown] lang="en" tags=["check"]
# The two functions should agree with `torch.cat` and `torch.stack` to the last number. The tests compare them
# on hundreds of random shapes, axes and dtypes as well.

# %% tags=["check"]
if __name__ == "__main__":
    print(torch.equal(cat_by_hand([west, east], dim=1), torch.cat([west, east], dim=1)))
    print(torch.equal(shops, torch.stack([west, east])))

# %% [markdown] lang="zh"
# ## 切开：每块多大？
# 店主一次只看三天，就要把七天切开。PyTorch 有两种切法，问的问题不同：
#
# - `split(3)`：**每块三天**，要切几块？
# - `chunk(3)`：**切成三块**，每块几天？
#
# 七天分三块，除不尽。`chunk` 的规矩是：每块先取向上取整的长度，剩下多少，最后一块就是多少。设共有 $n$ 天、要 $k$ 块，
# 则每块长
#
# $$s = \lceil n / k \rceil$$
#
# $\lceil\ \rceil$ 表示向上取整。实际切出 $m = \lceil n / s \rceil$ 块，最后一块剩 $n - (m - 1)\, s$ 天。

# %% [markdown] lang="en"
# ## Taking apart: how large is each piece?
# The owner looks at three days at a time, so the seven days must be cut. PyTorch cuts in two ways, which answer
# different questions:
#
# - `split(3)`: **three days a piece**; how many pieces?
# - `chunk(3)`: **three pieces**; how many days in each?
#
# Seven days in three pieces do not come out even. `chunk` rounds the length of a piece up, and the last piece gets
# what is left. For $n$ days and $k$ pieces, each piece is
#
# $$s = \lceil n / k \rceil$$
#
# days long, where $\lceil\ \rceil$ means rounded up. That makes $m = \lceil n / s \rceil$ pieces, and the last one
# has $n - (m - 1)\, s$ days.


# %%
def chunk_sizes(n: int, chunks: int) -> list[int]:
    """The lengths that ``chunk`` makes of ``n`` rows (分块大小), at most ``chunks``.

    Zero rows give ``chunks`` empty pieces. Raises ``ValueError`` for negative ``n``
    or ``chunks`` < 1. Source: the documentation of ``torch.chunk``.
    """
    check_count("n", n, least=0)
    check_count("chunks", chunks, least=1)
    if n == 0:
        return [0] * chunks
    size = -(-n // chunks)  # rounds up: // rounds down, and the signs turn it around
    return [min(size, n - start) for start in range(0, n, size)]


if __name__ == "__main__":
    for k in (2, 3, 4, 5):
        pieces = west.chunk(k)
        print(f"chunk({k}): {chunk_sizes(7, k)}  torch: {[len(p) for p in pieces]}")

# %% [markdown] lang="zh"
# 最后一行请再看一眼：要五块，只得到 `{python} len(pieces)` 块！七除以五向上取整得 2，四块就已经装完。
# `chunk(k)` 只保证**不超过** $k$ 块。一定要五块，就用 `tensor_split`，它让各块的长度最多差 1。

# %% [markdown] lang="en"
# Look at the last line again: we asked for five pieces and got `{python} len(pieces)`. Seven over five, rounded up, is 2,
# and four pieces hold it all. `chunk(k)` promises **at most** $k$ pieces. If it must be five, use `tensor_split`, whose
# pieces differ by 1 at most.

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
            ax.text(
                start + len(piece) / 2, row, str(len(piece)), ha="center", va="center"
            )
            start += len(piece)
    ax.set_yticks(range(len(cuts)), list(cuts))
    ax.set(xlabel="day", xticks=range(8))
    ax.invert_yaxis()
    plt.show()

# %% [markdown] lang="zh"
# ### 切开不复制，拼接要复制
# 切出来的每一块都是**视图**（view）：还是原来那块内存，只是换个角度看。改了块，原表跟着变。拼接和堆叠则总是抄一份新的。

# %% [markdown] lang="en"
# ### Cutting copies nothing, joining copies everything
# Every piece is a **view**: the same memory, looked at in another way. Change the piece and the table changes with it.
# Concatenating and stacking, in contrast, always make a copy.

# %%
if __name__ == "__main__":
    week = west.clone()
    first_days = week.split(3)[0]
    first_days[0, 0] = 0
    print("after changing the piece: week =", week[0, 0].item())
    joined = torch.cat([week])
    joined[0, 0] = 99
    print("after changing the joined: week =", week[0, 0].item())

# %% [markdown] lang="zh"
# 第一行是 0：改动穿过视图，到了原表 `week` 里。第二行还是 0：拼接得到的是副本，写进去的 99 原表看不见。

# %% [markdown] lang="en"
# The first line says 0: the change went through the view into the table `week`. The second still says 0: what was joined
# is a copy, and the 99 written into it never reaches the table.

# %% [markdown] lang="zh"
# ## 常见的错误
# ### 该堆叠的拼接了

# %% [markdown] lang="en"
# ## Common mistakes
# ### Concatenated what should be stacked

# %% [markdown] lang="zh" tags=["bug"]
# 想求每间店的日均杯数，却用了 `cat`。两间店的行接成一长串，店的轴没有了，对行取平均便把两间店混成一个数：

# %% [markdown] lang="en" tags=["bug"]
# The mean of each branch is wanted, but the tables were joined with `cat`. The rows of both
# branches form one long list without an axis for the branch; averaging over them mixes the branches into one number:

# %% tags=["bug"]
if __name__ == "__main__":
    mixed = torch.cat([west, east])
    print(tuple(mixed.shape), f"{mixed.sum(dim=1).double().mean():.2f}")
    try:
        torch.stack([weekdays, weekend])
    except RuntimeError as error:
        print(error)

# %% [markdown] lang="zh" tags=["bug"]
# 不报错，形状也说得过去。拼接前先问：之后还要分得清谁是谁吗？要，就用 `stack`。
# 反过来倒会报错：两本账天数不同，`stack` 拒绝，该用 `cat`。

# %% [markdown] lang="en" tags=["bug"]
# No error, and the shape looks plausible. So ask before joining: must I tell afterwards which came from where? If so,
# `stack`. The opposite mistake does raise an error: the notebooks differ in days, so `stack` refuses; use `cat`.

# %% [markdown] lang="zh"
# ### 各批的平均再平均

# %% [markdown] lang="en"
# ### The mean of the batch means

# %% [markdown] lang="zh" tags=["bug"]
# 现在回答第二个问题。三天一批，算出每批的平均，再对三个平均取平均：

# %% [markdown] lang="en" tags=["bug"]
# Now for the second question. Three days a batch, a mean for each batch, and then the mean of the three means:

# %% tags=["bug"]
if __name__ == "__main__":
    cups = west.sum(dim=1).double()  # a day's cups, all drinks
    batches = cups.split(3)
    sizes = [len(batch) for batch in batches]
    means = [batch.mean().item() for batch in batches]
    naive = sum(means) / len(means)
    weighted = sum(s * m for s, m in zip(sizes, means, strict=True)) / sum(sizes)
    print("sizes:", sizes, " means:", [round(m, 2) for m in means])
    print(f"mean of means = {naive:.2f}  weighted = {weighted:.2f}")
    print(f"mean of all   = {cups.mean():.2f}")

# %% [markdown] lang="zh" tags=["bug"]
# 得到 `{python} f"{naive:.2f}"` 杯，而真正的日均是 `{python} f"{cups.mean():.2f}"` 杯。最后一批只有星期日一天，这一天却占了三分之一的分量。
# 每批的平均乘上这批的天数，相加后除以总天数，就对了。训练时统计每轮的平均损失，也是同一个道理，见
# [从零实现线性回归](../ch03_linear_regression/from_scratch.py)。

# %% [markdown] lang="en" tags=["bug"]
# That gives `{python} f"{naive:.2f}"` cups, while the true mean is `{python} f"{cups.mean():.2f}"`. The last batch is Sunday
# alone, and this one day got a third of the weight. Multiply each mean by the days of its batch, add up, divide by
# all days, and it is right. The average loss of an epoch is computed the same way in training; see
# [linear regression from scratch](../ch03_linear_regression/from_scratch.py).

# %% [markdown] lang="zh"
# ### 在循环里一次次拼接

# %% [markdown] lang="en"
# ### Concatenating in a loop

# %% [markdown] lang="zh" tags=["bug"]
# 每天记一行，每天都 `table = cat([table, row])`。因为拼接总要复制，前面的行每次都要重抄一遍。数一数一年抄了多少行：

# %% [markdown] lang="en" tags=["bug"]
# One row a day, and every day `table = cat([table, row])`. Joining always copies, so all earlier rows are copied once
# more each time. Count the rows that are copied in a year:

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
# 抄了 `{python} copied_in_loop` 行，是 365 行的 `{python} f"{copied_in_loop / len(once):.0f}"` 倍；天数翻倍，就要抄四倍。
# 正确的写法：循环里只把每一行放进 Python 的列表，最后 `cat` 一次。

# %% [markdown] lang="en" tags=["bug"]
# `{python} copied_in_loop` rows, `{python} f"{copied_in_loop / len(once):.0f}"` times the 365 that are needed; twice as
# many days, four times as many copies. The right way: collect the rows in a Python list, and `cat` once in the end.

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
# 堆叠可以倒过来做。写出 `unstack_by_hand(t, dim)`：沿轴 `dim` 拆成一列张量，那条轴消失。
# 用 `select(dim, i)`（取第 `i` 张，轴随之消失）。对 `shops` 沿第 0 条轴拆开，应当还原出 `west` 和 `east`。

# %% [markdown] lang="en" tags=["exercise"]
# Stacking can be undone. Write `unstack_by_hand(t, dim)`, which takes the tensor apart along axis `dim` into a list; the
# axis disappears. Use `select(dim, i)`, which picks sheet `i` and drops the axis. Taking `shops` apart along axis 0
# should give back `west` and `east`.


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
# 不用循环。提示：先在最后多出一条店的轴，再用 `flatten(1)` 把第 1 条轴及其后的轴合成一条。

# %% [markdown] lang="en" tags=["exercise"]
# The owner wants the same drink of both branches next to each other: coffee west, coffee east, tea west, tea east, and so
# on, six columns. Write `interleave(a, b)` without a loop. Hint: add the axis of the branch at the very end, then
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
# - **店主的两个问题**：西店日均 `{python} f"{per_shop[0]:.2f}"` 杯，东店 `{python} f"{per_shop[1]:.2f}"` 杯。三天三天地算也行，
#   但要按天数加权，否则西店会算成 `{python} f"{naive:.2f}"` 杯。
# - `cat` 沿已有的轴相接，那条轴变长；`stack` 多出一条新轴，各张形状必须相同。
# - `split(size)` 定每块的长度，`chunk(k)` 至多切 $k$ 块，`tensor_split(k)` 恰好 $k$ 块；最后一块往往小一些。
# - 切开得到视图，拼接得到副本。循环里不要拼接，攒成列表，最后拼一次。
#
# 下一课 [索引与切片](indexing.py)：不再整块整块地切，而是按位置、按条件取出想要的数。

# %% [markdown] lang="en"
# ## Recap
# - **The owner's two questions**: the west branch sells `{python} f"{per_shop[0]:.2f}"` cups a day, the east branch
#   `{python} f"{per_shop[1]:.2f}"`. Three days at a time works too, if each batch counts by its days; if not, the
#   west branch comes out at `{python} f"{naive:.2f}"`.
# - `cat` joins along an axis that exists and makes it longer; `stack` adds an axis and wants equal shapes.
# - `split(size)` fixes the length of a piece, `chunk(k)` makes at most $k$ pieces, `tensor_split(k)` exactly $k$; the last
#   piece is often smaller.
# - Cutting gives views, joining gives copies. Do not join in a loop: collect a list and join once.
#
# Next, [indexing and slicing](indexing.py): no longer whole pieces, but single values by position and by condition.
