# %% [markdown] lang="zh"
# # 索引与切片
# 阳台上挂着 A、B 两支温度计。周一到周四，每天 11 点到 16 点，两支逐小时轮换着记气温（°C）：周一、周三 A 先记，
# 周二、周四 B 先记。你想知道：
#
# 1. 周二 12 点到 14 点各是几度？每天隔一小时看一次呢？
# 2. 每天浇花的时间不同：周一 14 点，周二 11 点，周三 16 点，周四 12 点。浇花那一刻各是几度？
# 3. 哪些读数超过 30 °C？
# 4. B 是不是平均比 A 偏高？如果是，怎样改正 B 的读数，又保住原来的记录？
#
# 从一张表里取出几格，叫**索引**（indexing）。第四问还要往格子里写，就得先弄清：取出来的是原表的一扇窗，
# 还是另拍的一张照片。
#
# 学完这一页，你能：
#
# - 按一个位置、一串等距或任选的位置、一个条件取数；
# - 一条语句改写许多格子；
# - 动手写之前就说出原表会不会变；
# - 避开三个不报错的常见错误。
#
# PyTorch（`torch`）把排列整齐的数叫**张量**（tensor），一张表是，一行数也是。下面折叠的代码导入它，并检查输入，初读可以跳过。

# %% [markdown] lang="en"
# # Indexing and slicing
# Two thermometers, A and B, hang on a balcony. From Monday to Thursday, on the hour from 11 to 16 o'clock, one of them
# records the temperature (°C). They take turns hour by hour: A begins on Monday and Wednesday, B on Tuesday and Thursday.
# You would like to know:
#
# 1. What were the readings on Tuesday from 12 to 14 o'clock? And on every day, at every second hour?
# 2. The flowers were watered at a different hour each day: Monday at 14, Tuesday at 11, Wednesday at 16, Thursday at 12
#    o'clock. How warm was it at those moments?
# 3. Which readings are above 30 °C?
# 4. Does B on average read higher than A? If so, how can you correct B and still keep the original records?
#
# Taking some cells out of a table is called **indexing**. The fourth question also writes into cells, and then one
# thing must be clear first: is what you took out a window onto the table, or a photo of it?
#
# After this page you can
#
# - take out the cells you want by position, by evenly spaced positions, by any list of positions or by a condition;
# - change many cells in one statement;
# - say before you write whether the original table will change;
# - avoid three common mistakes that raise no error.
#
# PyTorch (`torch`) calls numbers in good order a **tensor**: a table is one, and so is a single row. The folded code
# below imports it and checks input; skip it at first reading.

# %% tags=["setup"]
import matplotlib.pyplot as plt
import torch
from torch import Tensor


def check_tensor(name: str, value: Tensor) -> None:
    """Refuse what is no tensor or has no cell (检查张量)."""
    if not isinstance(value, Tensor):
        raise TypeError(f"{name} must be a tensor, got {type(value).__name__}")
    if value.numel() == 0:
        raise ValueError(f"{name} has no cells, its shape is {tuple(value.shape)}")


def check_table(table: Tensor) -> None:
    """Refuse all but a 2-D tensor with at least one cell (检查表格)."""
    check_tensor("table", table)
    if table.ndim != 2:
        raise ValueError(f"table must have shape (n, m), got {tuple(table.shape)}")


def check_positions(name: str, places: Tensor, size: int) -> None:
    """Refuse all but a list of whole numbers from 0 to size - 1 (检查位置)."""
    check_tensor(name, places)
    if places.dtype != torch.int64:
        raise TypeError(f"{name} must be int64, got {places.dtype}")
    if places.ndim != 1:
        raise ValueError(f"{name} must have shape (k,), got {tuple(places.shape)}")
    if places.min() < 0 or places.max() >= size:
        found = places.tolist()
        raise ValueError(f"{name} must lie between 0 and {size - 1}, got {found}")


def check_columns(table: Tensor, columns: Tensor) -> None:
    """Refuse all but one column number for each row (检查列号)."""
    check_table(table)
    check_positions("columns", columns, table.shape[1])
    if len(columns) != len(table):
        found = f"{len(columns)} for {len(table)} rows"
        raise ValueError(f"columns must hold one number for each row, got {found}")


def check_mask(values: Tensor, mask: Tensor) -> None:
    """Refuse a mask that is not bool or has another shape (检查掩码)."""
    check_tensor("values", values)
    check_tensor("mask", mask)
    if mask.dtype != torch.bool:
        raise TypeError(f"mask must be bool, got {mask.dtype}")
    if mask.shape != values.shape:
        found = f"{tuple(values.shape)} and {tuple(mask.shape)}"
        raise ValueError(f"values and mask differ in shape: {found}")


def check_size(**sizes: int) -> None:
    """Refuse all but positive whole numbers (检查大小)."""
    for name, size in sizes.items():
        if not isinstance(size, int) or isinstance(size, bool) or size < 1:
            raise ValueError(f"{name} must be a positive integer, got {size}")


# %% [markdown] lang="zh"
# ## 一张表，两个下标
# 把记录写成一张表 `temps`：一行一天，一列一个整点。第 $i$ 行第 $j$ 列的读数记作 $x_{i,j}$，$i$ 和 $j$ 叫**下标**（index），
# 都从 0 数起，因为它说的是离开头几步。所以周二是第 1 行，14 点是第 3 列。负的下标从末尾数，`-1` 就是最后一个。
#
# `torch.tensor` 把列表变成张量，`set_printoptions(precision=1)` 让 PyTorch 只显示一位小数。这些读数是编的，好让第四问有现成的答案可对。

# %% [markdown] lang="en"
# ## One table, two indices
# Write the records as a table `temps`: a row for each day, a column for each hour. The reading in row $i$ and column $j$ is
# called $x_{i,j}$. Both **indices**, $i$ and $j$, count from 0, because they say how many steps it is from the start. So
# Tuesday is row 1 and 14 o'clock is column 3. A negative index counts from the end: `-1` is the last one.
#
# `torch.tensor` turns lists into a tensor, and `set_printoptions(precision=1)` makes PyTorch display one decimal only. The
# readings are made up, so that our answer to the fourth question can be compared with a known one.

# %%
HOURS = (11, 12, 13, 14, 15, 16)  # o'clock, one for each column

if __name__ == "__main__":
    torch.set_printoptions(precision=1)
    temps = torch.tensor(
        [
            [26.3, 28.2, 28.9, 30.9, 31.3, 30.7],  # Monday, °C
            [27.7, 28.4, 30.6, 30.8, 32.4, 31.1],
            [24.1, 26.5, 27.4, 29.1, 29.7, 28.6],
            [29.0, 29.9, 31.7, 32.3, 33.7, 32.1],  # Thursday
        ]
    )
    print(temps.shape)
    print(temps[1])
    print(temps[1, 3])
    print(temps[-1, -2])

# %% [markdown] lang="zh"
# 表有两条**轴**（axis），也就是数排列的两个方向：轴 0 走过 4 天，轴 1 走过 6 个整点。第一行输出是各轴的长度，叫**形状**（shape）。
# 一个下标 `temps[1]` 取出一整行，即周二；两个下标 `temps[1, 3]` 取出一格，周二 14 点。最后一行从末尾数，是周四 15 点。
# 取出的一格仍是张量，只是一条轴也没有。
#
# ## 切片：等距地取
# `start:stop:step` 叫**切片**（slice）。起点 $s$、终点 $e$、步长 $k$ 取出的下标是
#
# $$s,\; s + k,\; s + 2k,\; \dots \quad (< e)$$
#
# 终点自己不取，所以步长为 1 时，个数正好是 $e - s$，而 `0:3` 和 `3:6` 相接，不重不漏。三个数都可以省，默认从头到尾、
# 步长为 1；单独一个 `:` 就是全部。步长必须为正；要倒过来，另有 `flip`。
#
# 逗号前选行，逗号后选列。图中涂色的是取到的格子，灰色的数是下标：

# %% [markdown] lang="en"
# The table has two **axes**, the two directions in which its numbers are lined up: axis 0 runs through 4 days, axis 1 through
# 6 hours. The first line of output gives the length of each axis and is called the **shape**. One index, `temps[1]`, takes out a
# whole row, Tuesday; two indices, `temps[1, 3]`, take out one cell, Tuesday at 14 o'clock. The last line counts from the end
# and is Thursday at 15 o'clock. A single cell is still a tensor, only without any axis.
#
# ## Slices: evenly spaced cells
# `start:stop:step` is called a **slice**. With start $s$, stop $e$ and step $k$ it takes the indices
#
# $$s,\; s + k,\; s + 2k,\; \dots \quad (< e)$$
#
# The stop itself is left out. With a step of 1 that makes exactly $e - s$ indices, and `0:3` and `3:6` meet without gap or
# overlap. Each of the three may be omitted: the start is then the beginning, the stop the end, the step 1. A `:` by itself
# means everything. The step must be positive; to reverse the order there is `flip`.
#
# What stands before the comma chooses rows, what stands after it columns. In the figure, the cells taken are coloured, and
# the gray numbers are the indices:

# %%
if __name__ == "__main__":
    print(temps[1, 1:4])
    print(temps[:, ::2])


# %% tags=["plot"] alt_zh="四张 4 行 6 列的表，取出的格子涂了颜色，写着读数：一整行、一行中的 3 格、隔一列取一列、倒数第一行的倒数第二格。" alt_en="Four tables of 4 rows and 6 columns; the cells taken are coloured and show their readings: a whole row, 3 cells of a row, every second column, and the last cell but one of the last row."
def draw_cells(ax, texts, colors, left=0.0, top=0.0):
    """A grid of labelled cells (画格子), its upper left corner at (left, top)."""
    for i, row in enumerate(texts):
        for j, text in enumerate(row):
            corner = (left + j, top + i)
            ax.add_patch(
                plt.Rectangle(corner, 1, 1, fc=colors[i][j], alpha=0.4, ec="black")
            )
            ax.text(left + j + 0.5, top + i + 0.5, text, ha="center", va="center")


def draw_selection(ax, table, index, title="", left=0.0):
    """A table with the cells of ``table[index]`` coloured (画出选中的格子)."""
    chosen = torch.zeros(table.shape, dtype=torch.bool)
    chosen[index] = True
    rows, columns = table.shape
    texts = [["" for _ in range(columns)] for _ in range(rows)]
    colors = [["white" for _ in range(columns)] for _ in range(rows)]
    for i, j in chosen.nonzero().tolist():
        texts[i][j], colors[i][j] = f"{table[i, j]:.1f}", "C0"
    draw_cells(ax, texts, colors, left)
    for i in range(rows):
        ax.text(left - 0.3, i + 0.5, i, color="gray", ha="center", va="center")
    for j in range(columns):
        ax.text(left + j + 0.5, -0.4, j, color="gray", ha="center", va="center")
    ax.set_title(title, pad=18)
    ax.set_aspect("equal")
    ax.axis("off")
    ax.autoscale_view()
    ax.invert_yaxis()


if __name__ == "__main__":
    fig, axes = plt.subplots(2, 2, figsize=(5.8, 4.6), layout="constrained")
    draw_selection(axes[0, 0], temps, 1, "temps[1]")
    draw_selection(axes[0, 1], temps, (1, slice(1, 4)), "temps[1, 1:4]")
    every_second = (slice(None), slice(None, None, 2))
    draw_selection(axes[1, 0], temps, every_second, "temps[:, ::2]")
    draw_selection(axes[1, 1], temps, (-1, -2), "temps[-1, -2]")
    plt.show()

# %% [markdown] lang="zh"
# 周二 12 点到 14 点是第 1 到第 3 列，写成 `1:4`，$4 - 1 = 3$ 个读数。`temps[:, ::2]` 取出每一天的 11、13、15 点。
#
# ## 列表：随意地挑
# 要不规则地挑，就用列表写出位置，次序随你，也可以重复：`temps[[3, 0]]` 先取周四，再取周一。外层方括号表示取，里层是 Python 的列表；
# 列表也可以换成整数的张量。
#
# 行和列**各给一个列表**时，两个列表逐对配合：`temps[[0, 1], [3, 0]]` 取的是 $x_{0,3}$ 和 $x_{1,0}$ 两格，
# 而不是两行两列共四格。第二问要的正是这个：每天一格，第 $i$ 天取第 $c_i$ 列，
#
# $$y_i = x_{i,\,c_i}$$
#
# $c_i$ 是第 $i$ 天浇花那个整点的列号，$y_i$ 是那一刻的气温。先照着公式一行一行地取。`torch.empty` 只占位置、不填数：
# 表有多少行（`len(table)`）就占多少个，数据类型（dtype，存的是哪种数）和表相同。`.tolist()` 把张量变成列表，`torch.arange(4)` 造出行号 0 到 3。

# %% [markdown] lang="en"
# On Tuesday, 12 to 14 o'clock are columns 1 to 3, written `1:4`, which makes $4 - 1 = 3$ readings. `temps[:, ::2]` takes 11, 13 and
# 15 o'clock of every day.
#
# ## Lists: pick as you like
# For an irregular choice write a list of positions, in any order, with repeats if you want: `temps[[3, 0]]` takes Thursday
# first, then Monday. The outer brackets do the taking, the inner ones are a Python list; a tensor of integers serves as well.
#
# Give **one list for the rows and one for the columns**, and the two are used in pairs: `temps[[0, 1], [3, 0]]` takes
# the two cells $x_{0,3}$ and $x_{1,0}$, not the four where two rows cross two columns. This is just what the second question
# needs: one cell for each day, on day $i$ from column $c_i$,
#
# $$y_i = x_{i,\,c_i}$$
#
# where $c_i$ is the column of the hour at which the flowers were watered on day $i$, and $y_i$ is the temperature then.
# First as the formula says, row by row. `torch.empty` reserves places without filling them: as many as the table has rows,
# `len(table)`, and of the same dtype, the kind of number stored. `.tolist()` turns a tensor into a list, and
# `torch.arange(4)` makes the row numbers 0 to 3.


# %%
def gather_rows(table: Tensor, columns: Tensor) -> Tensor:
    """One value from each row (按行收集): ``table[i, columns[i]]``, shape (n,).

    ``table`` has shape (n, m); ``columns``, shape (n,), holds integers (int64) from 0
    to m - 1. Raises ``TypeError`` or ``ValueError`` for all else. Source:
    ``torch.gather``.
    """
    check_columns(table, columns)
    result = torch.empty(len(table), dtype=table.dtype)
    for i, j in enumerate(columns.tolist()):
        result[i] = table[i, j]
    return result


if __name__ == "__main__":
    days = torch.arange(4)
    watered = torch.tensor([HOURS.index(hour) for hour in (14, 11, 16, 12)])
    print(days)
    print(watered)
    print(gather_rows(temps, watered))


# %% [markdown] lang="zh"
# 打印的是行号、列号（例如 `HOURS.index(14)` 查出 14 点在第 3 列）和四天浇花时的气温。下图上半是取到的格子，下半是结果：

# %% [markdown] lang="en"
# Printed are the row numbers, the column numbers (`HOURS.index(14)`, say, finds that 14 o'clock is column 3) and the four days'
# temperatures at watering time. In the figure, the cells taken are coloured above, and the results stand below:

# %% tags=["plot"] alt_zh="左：第 3 行和第 0 行整行涂色，下面的结果里第 3 行在前。右：每行只有一格涂色，依次在第 3、0、5、1 列；下面是这四个读数排成的一条。" alt_en="Left: rows 3 and 0 are coloured from end to end; in the result below, row 3 comes first. Right: a single cell of each row is coloured, in columns 3, 0, 5 and 1; below, these four readings in one line."
if __name__ == "__main__":
    size = (5.8, 3.2)
    fig, (left, right) = plt.subplots(1, 2, figsize=size, layout="constrained")
    for ax, result in ((left, temps[[3, 0]]), (right, temps[days, watered])):
        texts = [[f"{v:.1f}" for v in row] for row in torch.atleast_2d(result)]
        draw_cells(ax, texts, [["C0"] * len(row) for row in texts], top=4.6)
    draw_selection(left, temps, [3, 0], "temps[[3, 0]]")
    draw_selection(right, temps, (days, watered), "temps[days, watered]")
    right.set_ylim(left.get_ylim())
    plt.show()

# %% [markdown] lang="zh" tags=["check"]
# 行号和列号成对，一次就能取到：`temps[days, watered]`。`torch.equal` 问两个张量是否形状相同、处处相等：

# %% [markdown] lang="en" tags=["check"]
# Row and column numbers in pairs do it at once: `temps[days, watered]`. `torch.equal` asks whether two tensors have the same shape
# and agree everywhere:

# %% tags=["check"]
if __name__ == "__main__":
    by_hand = gather_rows(temps, watered)
    print(torch.equal(by_hand, temps[days, watered]))

# %% [markdown] lang="zh"
# ## 条件：哪些格子符合
# `temps > 30` 逐格比较，得到一张同样形状的表，每格是 `True` 或 `False`，叫**掩码**（mask）。拿它当下标，就取出 `True` 的格子。
# 掩码说到底也是一个位置列表：一行接一行给格子编号，记下 `True` 的号码。`flatten()` 就按这个次序把表摊成一条。

# %% [markdown] lang="en"
# ## Conditions: which cells qualify
# `temps > 30` compares cell by cell and gives a table of the same shape, `True` or `False` in each cell, called a **mask**. Use it
# as an index, and you get the cells where it is `True`. In the end a mask is a list of positions, too: number the cells row after
# row and note the numbers of those that are `True`. `flatten()` lays the table out as one line in this very order.


# %%
def mask_select(values: Tensor, mask: Tensor) -> Tensor:
    """The values where ``mask`` is True (掩码选取), in reading order, shape (k,).

    ``mask`` is bool and has the shape of ``values``; k, its number of True, may be
    0. Raises ``TypeError`` or ``ValueError`` for all else. Source: Harris et al.,
    *Array programming with NumPy* (2020).
    """
    check_mask(values, mask)
    places = [place for place, keep in enumerate(mask.flatten().tolist()) if keep]
    return values.flatten()[places]


if __name__ == "__main__":
    mask = temps > 30
    print(mask[0])
    hot = mask_select(temps, mask)
    print(hot.shape, torch.equal(hot, temps[mask]))


# %% tags=["plot"] alt_zh="上：超过 30 °C 的 `{python} len(hot)` 格涂了颜色。下：这些读数按阅读次序排成一条。" alt_en="Top: the `{python} len(hot)` cells above 30 °C are coloured. Bottom: these readings in one line, in reading order."
if __name__ == "__main__":
    fig, ax = plt.subplots(figsize=(5.8, 3.2), layout="constrained")
    draw_cells(ax, [[f"{value:.1f}" for value in hot]], [["C0"] * len(hot)], top=5)
    draw_selection(ax, temps, mask, "temps[temps > 30]", left=(len(hot) - 6) / 2)
    plt.show()

# %% [markdown] lang="zh"
# 先打印的是掩码的第 0 行：周一从 14 点起超过了 30 °C。再是结果的形状：共 `{python} len(hot)` 个读数，只剩一条轴，
# 因为各行的个数不同（周三一个也没有），拼不成表。最后的 `True` 说明手写的和 PyTorch 的一致。
#
# ## 往格子里写
# 下标放在等号左边，就是往那些格子里写；右边只有一个数时，每格都写上它。按轮换的次序，B 记的是 $i + j$ 为奇数的格子，像国际象棋的棋盘。
# 先用 `torch.zeros` 造一张全是 0 的表，数据类型是真假（`torch.bool`），0 就是 `False`；再写两条切片：偶数行的奇数列，奇数行的偶数列。

# %% [markdown] lang="en"
# Printed first is row 0 of the mask: on Monday it was above 30 °C from 14 o'clock on. Then comes the shape of the result:
# `{python} len(hot)` readings, on a single axis, because the rows hold different numbers of them (Wednesday none
# at all) and do not make up a table. The last `True` says that ours agrees with PyTorch's.
#
# ## Writing into cells
# Put an index to the left of the equals sign, and you write into those cells; a single number on the right goes into every one of
# them. Taking turns as they do, B has the cells where $i + j$ is odd, as on a chessboard. First `torch.zeros` makes a table of
# zeros, of the true-or-false dtype (`torch.bool`), where a zero is `False`; then come two slices: the odd columns of even rows and
# the even columns of odd rows.


# %%
def checkerboard(height: int, width: int) -> Tensor:
    """A chessboard (棋盘), bool, shape (height, width): True where i + j is odd.

    Raises ``ValueError`` unless both are positive integers. Source: the exercise
    of N. Rougier, *100 NumPy exercises*, number 19.
    """
    check_size(height=height, width=width)
    board = torch.zeros(height, width, dtype=torch.bool)
    board[::2, 1::2] = True
    board[1::2, ::2] = True
    return board


if __name__ == "__main__":
    board = checkerboard(4, 6)
    print(board[:2])
    gap = (temps[board].mean() - temps[~board].mean()).item()
    print(f"gap = {gap:.2f}")


# %% tags=["plot"] alt_zh="4 行 6 列的棋盘，A、B 相间。偶数行的 B 是一种颜色，奇数行的 B 是另一种，分别由两条切片写出。" alt_en="A board of 4 rows and 6 columns on which A and B alternate. The B of even rows have one colour, those of odd rows another; each colour is written by one slice."
if __name__ == "__main__":
    fig, ax = plt.subplots(figsize=(5.2, 2.2), layout="constrained")
    letters = [["B" if is_b else "A" for is_b in row] for row in board]
    shades = [
        [f"C{i % 2}" if is_b else "white" for is_b in row]
        for i, row in enumerate(board)
    ]
    draw_cells(ax, letters, shades)
    ax.text(6.4, 0.5, "board[::2, 1::2]", color="C0", va="center")
    ax.text(6.4, 1.5, "board[1::2, ::2]", color="C1", va="center")
    ax.set_aspect("equal")
    ax.axis("off")
    ax.set(xlim=(-0.1, 9.8), ylim=(4.1, -0.1))
    plt.show()

# %% [markdown] lang="zh"
# 先打印的是棋盘的前两行。棋盘本身就是掩码：`temps[board]` 是 B 的读数；`~` 把真假对调，`temps[~board]` 就是 A 的；
# `.mean()` 求平均，`.item()` 把只有一个数的张量变成普通的 Python 数。
#
# B 平均高 `{python} f"{gap:.2f}"` °C（`gap`）。编数时给 B 加的是 0.6 °C，相差的一点来自气温本身零碎的起伏。轮流记，比较才公平：
# 每天各记 3 次，每个整点各记 2 次，热天和热的钟点两边一样多。

# %% [markdown] lang="en"
# Printed first are the first two rows of the board. The board is a mask itself: `temps[board]` are B's readings; `~` swaps true and
# false, so `temps[~board]` are A's; `.mean()` is the average, and `.item()` turns a tensor of one number into a plain Python number.
#
# B reads `{python} f"{gap:.2f}"` °C higher on average (`gap`). When the data were made up, 0.6 °C were added to B; the small difference
# comes from the temperatures' own little ups and downs. Taking turns makes the comparison fair: each has 3 readings on every
# day and 2 at every hour, so warm days and warm hours count the same for both.

# %% [markdown] lang="zh"
# ## 窗，还是照片
# 改正 B 之前，先分清两样。**视图**（view）是开在原表上的窗，看的是同一块内存，往里写，原表就变。**副本**（copy）是照片，
# 有自己的内存，怎么涂改，原表都不变。取出来的是哪一样，就看它和原表是不是同一块内存：`untyped_storage()` 是张量背后的那块内存，
# `data_ptr()` 是它的起始地址。

# %% [markdown] lang="en"
# ## A window or a photo?
# Before correcting B, tell two things apart. A **view** is a window onto the table: it looks at the same memory, and if
# you write into it, the table changes. A **copy** is a photo with memory of its own: scribble on it as you like, the table stays.
# To tell which one you took out, see whether it shares the table's memory: `untyped_storage()` is the block of memory behind a
# tensor, `data_ptr()` the address where it begins.


# %%
def same_memory(a: Tensor, b: Tensor) -> bool:
    """Do two tensors live in one block of memory (共用内存)?

    They may use different cells of it. Raises ``TypeError`` for what is no tensor,
    ``ValueError`` for a tensor without cells. Source: ``Tensor.untyped_storage``.
    """
    check_tensor("a", a)
    check_tensor("b", b)
    return a.untyped_storage().data_ptr() == b.untyped_storage().data_ptr()


# %% [markdown] lang="zh" tags=["predict"]
# 下面五种取法，哪些是窗（`True`），哪些是照片（`False`）？`temps[1]` 和 `temps[[1]]` 取的都是周二的读数，只差一层方括号，有区别吗？

# %% [markdown] lang="en" tags=["predict"]
# Of the five ways below, which give a window (`True`) and which a photo (`False`)? `temps[1]` and `temps[[1]]` both take Tuesday's
# readings and differ by a pair of brackets only. Does it matter?

# %%
if __name__ == "__main__":
    print("temps[1]          ", same_memory(temps[1], temps))
    print("temps[1, 3]       ", same_memory(temps[1, 3], temps))
    print("temps[:, ::2]     ", same_memory(temps[:, ::2], temps))
    print("temps[[1]]        ", same_memory(temps[[1]], temps))
    print("temps[temps > 30] ", same_memory(temps[temps > 30], temps))
    record = temps.clone()
    window, snapshot = record[1], record[[1]]
    window[0] = 0.0
    snapshot[0, 0] = 99.0
    print(record[1, 0], snapshot[0, 0])

# %% tags=["plot"] alt_zh="两条内存。上面一条由 record[1] 和 window 共用，第一格是写进去的 0。下面一条只属于 snapshot，第一格是 99。" alt_en="Two strips of memory. The upper one is shared by record[1] and window, and its first cell is the 0 that was written. The lower one belongs to snapshot alone; its first cell is 99."
if __name__ == "__main__":
    fig, ax = plt.subplots(figsize=(5.2, 1.8), layout="constrained")
    strips = (record[1], 0.5, "C1"), (snapshot[0], 2.1, "C2")
    for strip, top, color in strips:
        numbers = [[f"{value:.1f}" for value in strip]]
        draw_cells(ax, numbers, [[color] + ["white"] * 5], top=top)
    for name, height, target in (
        ("record[1]", 0.6, 0.9),
        ("window", 1.4, 1.1),
        ("snapshot", 2.6, 2.6),
    ):
        arrow = {"arrowstyle": "->", "color": "black", "relpos": (1, 0.5)}
        spot = {"xy": (0, target), "xytext": (-0.7, height), "arrowprops": arrow}
        ax.annotate(name, **spot, ha="right", va="center")
    ax.set_aspect("equal")
    ax.axis("off")
    ax.set(xlim=(-2.3, 6.1), ylim=(3.2, 0.3))
    plt.show()

# %% [markdown] lang="zh"
# 下标和切片是窗，列表和掩码是照片。`temps[[1]]` 里层是列表，所以是照片，而且是只有一行的表，因此要写 `snapshot[0, 0]`。
# 等距的格子只要记下从哪里起、每步多远、共几个，就能在原来的内存里找到，不必抄；任意的位置没有这样的规律，只好抄一份。
#
# `.clone()` 先抄出整张表 `record`，免得弄坏 `temps`。往 `window` 里写 0，`record` 的那一格跟着变成 0；
# 往 `snapshot` 里写 99，`record` 不受影响（最后一行输出和图）。
#
# 照片说的是**取出来**的东西。放在等号左边时，列表和掩码同样写进原表。

# %% [markdown] lang="en"
# Indices and slices give windows, lists and masks give photos. The inner brackets of `temps[[1]]` are a list, so it is a photo, and a
# table of a single row at that, which is why the code says `snapshot[0, 0]`. Evenly spaced cells can be found in the old memory by
# noting where to start, how far to step and how many to take, so nothing needs to be copied. Arbitrary positions follow no
# such rule and have to be copied out.
#
# First `.clone()` copies the whole table to `record`, so that `temps` stays safe. Write 0 into `window`, and that cell of
# `record` is 0 as well; write 99 into `snapshot`, and `record` does not notice (last line of output, and the figure).
#
# Photos are what you **take out**. To the left of the equals sign, lists and masks, too, write into the table itself.

# %% [markdown] lang="zh"
# ## 三个常见错误
# 三个都不报错，只是结果不对。
#
# ### 以为改的是照片，其实是窗

# %% [markdown] lang="en"
# ## Three common mistakes
# None of them raises an error; the result is simply wrong.
#
# ### It looked like a photo but was a window

# %% [markdown] lang="zh" tags=["bug"]
# 想试试周二的读数都减 0.6 会怎样，就取出那一行：

# %% [markdown] lang="en" tags=["bug"]
# You want to see what Tuesday would look like with 0.6 subtracted, so you take out its row:

# %% tags=["bug"]
if __name__ == "__main__":
    record = temps.clone()
    tuesday = record[1]
    tuesday -= 0.6
    print(record[1, 0], temps[1, 0])

# %% [markdown] lang="zh" tags=["bug"]
# 左边是 `record` 里周二 11 点的读数，右边是原来的：记录被改掉了。`tuesday` 是窗，`-=` 又是**原地**（in place）改，不造新张量。
# 想要照片，就写 `record[1].clone()`；或者写 `tuesday = tuesday - 0.6`，造一个新张量。

# %% [markdown] lang="en" tags=["bug"]
# On the left is Tuesday, 11 o'clock, in `record`, on the right what it used to be: the record has been overwritten. `tuesday` is
# a window, and `-=` works **in place**, without making a new tensor. If you want a photo, say so: `record[1].clone()`. Or write
# `tuesday = tuesday - 0.6`, which makes a new tensor.

# %% [markdown] lang="zh"
# ### 连取两次，写进了照片

# %% [markdown] lang="en"
# ### Taking twice, and writing into a photo

# %% [markdown] lang="zh" tags=["bug"]
# 第一个超过 30 °C 的读数抄错了，应该是 29.9。先取出超过 30 的，再改其中的第 0 个：

# %% [markdown] lang="en" tags=["bug"]
# The first reading above 30 °C was copied wrongly and should be 29.9. Take those above 30, then change number 0 of them:

# %% tags=["bug"]
if __name__ == "__main__":
    record = temps.clone()
    record[record > 30][0] = 29.9
    print(torch.equal(record, temps))
    spots = (record > 30).nonzero()
    row, col = spots[0].tolist()
    record[row, col] = 29.9
    print(row, col, record[row, col])

# %% [markdown] lang="zh" tags=["bug"]
# `True` 说明什么也没改。Python 先算 `record[record > 30]`，得到一张没有名字的照片，29.9 写在照片上，照片随即扔掉。
# **等号左边只取一次**，写的才是原表：`nonzero()` 列出每个 `True` 的行号和列号，取出第 0 对，再一次写进第 0 行第 3 列，就改成了。
# 要把超过 30 的全改掉，`record[record > 30] = 29.9` 也只取一次。

# %% [markdown] lang="en" tags=["bug"]
# `True` says that nothing was changed. Python first evaluates `record[record > 30]`, a photo without a name; 29.9 goes into the
# photo, and the photo is thrown away. **Index only once to the left of the equals sign**, and you write into the table itself:
# `nonzero()` lists the row and column of every `True`; we take pair number 0 and write into row 0, column 3, in one go. That
# works. To change all those above 30, `record[record > 30] = 29.9` also indexes only once.

# %% [markdown] lang="zh"
# ### 切片越界，不作声

# %% [markdown] lang="en"
# ### A slice past the end keeps quiet

# %% [markdown] lang="zh" tags=["bug"]
# 以为 16 点之后还记过一次，就写 `4:7` 取最后 3 个。再用单个下标 6 取一次，作为对比：

# %% [markdown] lang="en" tags=["bug"]
# You believe in one more reading after 16 o'clock and write `4:7` for the last 3. The single index 6 is tried for comparison:

# %% tags=["bug"]
if __name__ == "__main__":
    print(temps[1, 4:7])
    try:
        print(temps[1, 6])
    except IndexError as error:
        print(error)

# %% [markdown] lang="zh" tags=["bug"]
# 第一行该有 $7 - 4 = 3$ 个读数，只有 2 个：终点超出末尾时，切片取到末尾为止，不报错。单个下标越界才报错：轴 1 的长度是 6，
# 最大的下标是 5（PyTorch 把轴叫 dimension，参数里写作 `dim`）。取完看一眼 `.shape`，和 $e - s$ 对一对。

# %% [markdown] lang="en" tags=["bug"]
# The first line should have $7 - 4 = 3$ readings and has 2: when the stop lies beyond the end, a slice takes what there is and
# raises no error. Only a single index complains: axis 1 has length 6, so its largest index is 5 (PyTorch calls an axis a
# dimension, and `dim` where it is an argument). Look at `.shape` after taking a slice and compare it with $e - s$.

# %% [markdown] lang="zh"
# ## 回到开头
# 现在改正 B：先抄一份，再写 `fixed[board] -= gap`。它会白写在照片上吗？不会，它就是 `fixed[board] = fixed[board] - gap`：
# 右边拿照片算出新的读数，左边的掩码把它们写回表里。

# %% [markdown] lang="en"
# ## Back to the questions
# Now B can be corrected: copy first, then write `fixed[board] -= gap`. Is this, too, lost on a photo? No, it means
# `fixed[board] = fixed[board] - gap`: the right-hand side computes the new readings from a photo, and the mask on the left writes them
# back into the table.

# %%
if __name__ == "__main__":
    fixed = temps.clone()
    fixed[board] -= gap
    left_over = abs(fixed[board].mean() - fixed[~board].mean()).item()
    print(f"gap left = {left_over:.2f}")
    print(temps[0, :2], fixed[0, :2])

# %% [markdown] lang="zh"
# 改正后，两支的平均之差是 `{python} f"{left_over:.2f}"`。最后一行是周一 11 点和 12 点，左边原来，右边改正后：11 点归 A，没动；
# 12 点归 B，低了 `{python} f"{(temps - fixed)[0, 1].item():.2f}"`（显示时舍入到一位小数）；`temps` 完好。
#
# 四问的答案：
#
# 1. 周二 12 点到 14 点：`temps[1, 1:4]`，读数是 `{python} ", ".join(f"{t:.1f}" for t in temps[1, 1:4])` °C；隔一小时：`temps[:, ::2]`。
# 2. 浇花那一刻：`temps[days, watered]`，依次是 `{python} ", ".join(f"{t:.1f}" for t in by_hand)` °C。
# 3. 超过 30 °C 的：`temps[temps > 30]`，共 `{python} len(hot)` 个：周一从 14 点起，周二、周四从 13 点起。
# 4. B 高约 `{python} f"{gap:.2f}"` °C；`.clone()` 之后再写 `fixed[board] -= gap`。

# %% [markdown] lang="en"
# After the correction, the two averages differ by `{python} f"{left_over:.2f}"`. In the last line, Monday at 11 and 12 o'clock: original
# on the left, corrected on the right. 11 o'clock is A's and has not moved; 12 o'clock is B's and is
# `{python} f"{(temps - fixed)[0, 1].item():.2f}"` lower (rounded to one decimal on display); `temps` is intact.
#
# The four answers:
#
# 1. Tuesday from 12 to 14 o'clock: `temps[1, 1:4]`, that is `{python} ", ".join(f"{t:.1f}" for t in temps[1, 1:4])` °C. Every second hour: `temps[:, ::2]`.
# 2. At watering time: `temps[days, watered]`, that is `{python} ", ".join(f"{t:.1f}" for t in by_hand)` °C.
# 3. Above 30 °C: `temps[temps > 30]`, `{python} len(hot)` readings: from 14 o'clock on Monday, from 13 o'clock on Tuesday and Thursday.
# 4. B reads about `{python} f"{gap:.2f}"` °C higher; use `.clone()`, then `fixed[board] -= gap`.

# %% [markdown] lang="zh"
# ## 练习

# %% [markdown] lang="en"
# ## Exercises

# %% [markdown] lang="zh" tags=["exercise"]
# 想取周一和周四在 12 点、13 点的四个读数，写成 `temps[[0, 3], [1, 2]]`。先猜会得到几个。再写 `block(table, rows, columns)`，
# 取出这些行与这些列相交的全部格子。

# %% [markdown] lang="en" tags=["exercise"]
# You want the four readings of Monday and Thursday at 12 and 13 o'clock and write `temps[[0, 3], [1, 2]]`. Guess first: how many
# do you get? Then write `block(table, rows, columns)`, which takes all the cells where these rows cross these columns.


# %% tags=["solution"]
def block(table: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """The cells where rows cross columns (行列相交的块), shape (p, q).

    ``table`` has shape (n, m); ``rows``, shape (p,), and ``columns``, shape (q,),
    are int64 positions. Raises ``TypeError`` or ``ValueError`` for all else.
    Source: ``numpy.ix_``.
    """
    check_table(table)
    check_positions("rows", rows, table.shape[0])
    check_positions("columns", columns, table.shape[1])
    return table[rows][:, columns]


if __name__ == "__main__":
    print(temps[[0, 3], [1, 2]])
    print(block(temps, torch.tensor([0, 3]), torch.tensor([1, 2])))

# %% [markdown] lang="zh" tags=["solution"]
# 列表成对使用，只得到两个：周一 12 点和周四 13 点。要整块就分两步：先挑行，再在其中挑列。

# %% [markdown] lang="en" tags=["solution"]
# The two lists are used in pairs, so you get only two: Monday at 12 and Thursday at 13 o'clock. For the whole block go in two
# steps: choose the rows, then the columns among these.

# %% [markdown] lang="zh" tags=["exercise"]
# 写 `between(values, low, high)`，返回掩码：`low` 到 `high`（含两端）之间的格子是 `True`。再数一数 28 到 30 °C 的读数有几个。
# 提示：`&` 是逐格的“并且”，两边的比较都要加圆括号。直接写 `28 <= temps <= 30` 会怎样？

# %% [markdown] lang="en" tags=["exercise"]
# Write `between(values, low, high)`, which returns a mask that is `True` for the cells from `low` to `high`, both included. Use it to count
# the readings from 28 to 30 °C. Hint: `&` is a cell-by-cell "and", and the comparisons on both sides need parentheses.
# What happens if you simply write `28 <= temps <= 30`?


# %% tags=["solution"]
def between(values: Tensor, low: float, high: float) -> Tensor:
    """Where ``low <= values <= high`` (在范围内), a bool mask of the same shape.

    Raises ``TypeError`` for what is no tensor, ``ValueError`` for one without cells
    and unless ``low <= high``.
    """
    check_tensor("values", values)
    if not low <= high:
        raise ValueError(f"low must not exceed high, got {low} and {high}")
    return (low <= values) & (values <= high)


if __name__ == "__main__":
    print(between(temps, 28, 30).sum().item())
    try:
        print(28 <= temps <= 30)
    except RuntimeError as error:
        print(error)

# %% [markdown] lang="zh" tags=["solution"]
# `True` 相加时算 1，所以 `.sum()` 就是个数，共 `{python} between(temps, 28, 30).sum().item()` 个。连写的比较报错：Python 把它当作两个比较用 `and` 相连，
# 而 `and` 要的是一个真假，整张表的真假“有歧义”（ambiguous）。

# %% [markdown] lang="en" tags=["solution"]
# In a sum `True` counts as 1, so `.sum()` is the number of readings: `{python} between(temps, 28, 30).sum().item()`. The chained
# comparison raises an error: Python reads it as two comparisons joined by `and`, and `and` needs a single truth value, which for a
# whole table is "ambiguous".

# %% [markdown] lang="zh" tags=["exercise"]
# `gather_rows` 每行取一格，反过来呢？写 `write_rows(table, columns, values)`：返回一张新表，第 $i$ 行第 $c_i$ 列换成 `values` 的第 $i$ 个数。
# 原表不变，也不用循环。

# %% [markdown] lang="en" tags=["exercise"]
# `gather_rows` takes one cell from each row. What about the reverse? Write `write_rows(table, columns, values)`, which returns a new
# table where column $c_i$ of row $i$ holds number $i$ of `values`. The original must not change. Use no loop.


# %% tags=["solution"]
def write_rows(table: Tensor, columns: Tensor, values: Tensor) -> Tensor:
    """A new table with one cell of each row replaced (按行写入).

    ``table`` has shape (n, m), ``columns`` and ``values`` have shape (n,). Raises
    like ``gather_rows``, also unless ``values`` has the dtype of ``table``.
    """
    check_columns(table, columns)
    check_tensor("values", values)
    if values.dtype != table.dtype:
        raise TypeError(f"values must be {table.dtype}, got {values.dtype}")
    if values.shape != columns.shape:
        found = tuple(values.shape)
        raise ValueError(f"values must have shape ({len(columns)},), got {found}")
    result = table.clone()
    result[torch.arange(len(table)), columns] = values
    return result


if __name__ == "__main__":
    cooled = write_rows(temps, watered, gather_rows(temps, watered) - 1)
    print((cooled != temps).long())

# %% [markdown] lang="zh" tags=["solution"]
# 先 `.clone()`，再在等号左边用成对列表。打印的是两表哪里不同（`.long()` 把真假变成 1 和 0）：每行恰有一个 1，就在浇花的那一格。

# %% [markdown] lang="en" tags=["solution"]
# First `.clone()`, then the pair of lists to the left of the equals sign. Printed is where the two tables
# differ, with `.long()` turning true and false into 1 and 0: a single 1 in each row, in the cell of the watering.

# %% [markdown] lang="zh"
# ## 小结
# - 下标从 0 数起；切片 `start:stop:step` 不含终点。
# - 列表随意挑，两个列表成对用；掩码挑出为真的格子，结果摊成一条。
# - 下标和切片给窗（视图），列表和掩码给照片（副本）；拿不准就用 `same_memory`。
# - 往格子里写，等号左边只取一次；要保住原表，先 `.clone()`。
#
# 接下来看 [形状与内存](shapes.py)：一条内存怎样当成表来用，窗又为什么不必抄。

# %% [markdown] lang="en"
# ## Recap
# - Indices count from 0; a slice `start:stop:step` leaves out its stop.
# - A list picks as you like, two lists work in pairs; a mask picks the cells that are true and lays them out in one line.
# - Indices and slices give windows (views), lists and masks give photos (copies). When in doubt, ask `same_memory`.
# - To write into cells, index only once to the left of the equals sign; to keep the original, `.clone()` first.
#
# Next comes [Shapes and memory](shapes.py): how one strip of memory serves as a table, and why a window needs no copy.
