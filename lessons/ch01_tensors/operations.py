# %% [markdown] lang="zh"
# # 张量运算与广播
# 你管配送：A、B、C 三家小店各订了几箱米、面、油、茶，可以从 S、T 两个仓库发货。同一种货，两边价钱（元/箱）不同；
# 送货每千米 4 元；每箱还要付几元的打包费和搬运费。**每家店该从哪个仓库订？账单是多少元？**
#
# 三家店还能手算，三千家呢？把数排成**张量**（tensor），几行代码就能一次算完。张量怎么建，见 [创建张量](creation.py)。
#
# 学完这一页，你能：
#
# - 用一两行算完一整批乘法和加法，不写循环；
# - 看一眼两个张量的形状，就说出能不能一起算、结果是什么形状；
# - 说清 Python 循环为什么慢，大约慢多少倍；
# - 认出三个常见错误：形状不同照样相减，混用两种乘法，改一个张量连累另一个。
#
# 下面折叠的代码导入所需的库；`check_` 开头的函数检查输入，初读可以跳过。

# %% [markdown] lang="en"
# # Tensor operations and broadcasting
# You run a delivery service. Three shops, A, B and C, have each ordered some boxes of rice, flour, oil and tea, and you can
# send the goods from either of two depots, S and T. The depots charge different prices (yuan per box); driving costs 4 yuan
# per km; and every box costs a few yuan for packing and carrying. **Which depot should serve each shop, and what is the
# bill in yuan?**
#
# For three shops you could do it by hand. For three thousand? Arrange the numbers in **tensors**, and a few lines of code do it
# all at once. How to make tensors is the subject of [Creating tensors](creation.py).
#
# After this page you can
#
# - do a whole batch of multiplications and additions in a line or two, without a loop;
# - look at the shapes of two tensors and say whether they can be combined, and what the shape of the result is;
# - explain why a Python loop is slow, and roughly how many times slower;
# - spot three common mistakes: subtracting shapes that differ, mixing up two kinds of product, and changing one tensor
#   when you only meant to change another.
#
# The folded code below imports what we need; functions whose names begin with `check_` check inputs. Skip it at first reading.

# %% tags=["setup"]
import itertools
import textwrap
import timeit
import warnings
from collections.abc import Callable, Sequence

import matplotlib.pyplot as plt
import torch
from torch import Tensor


def check_floats(ndim: int, **tensors: Tensor) -> None:
    """Refuse all but finite, non-empty float tensors of ``ndim`` axes (检查)."""
    for name, t in tensors.items():
        if not isinstance(t, Tensor) or not t.is_floating_point():
            found = getattr(t, "dtype", type(t))
            raise TypeError(f"{name} must be a float tensor, got {found}")
        if t.ndim != ndim or t.numel() == 0:
            wanted, found = f"{ndim} axes, none of them empty", tuple(t.shape)
            raise ValueError(f"{name} must have {wanted}, got shape {found}")
        if not t.isfinite().all():
            raise ValueError(f"{name} contains NaN or infinity")
    dtypes = [t.dtype for t in tensors.values()]
    if len(set(dtypes)) > 1:
        raise TypeError(f"{' and '.join(tensors)} differ in dtype: {dtypes}")


def check_product(a: Tensor, b: Tensor) -> None:
    """Refuse matrices that have no product (检查矩阵乘法)."""
    check_floats(2, a=a, b=b)
    if a.shape[1] != len(b):
        found = f"{tuple(a.shape)} and {tuple(b.shape)}"
        raise ValueError(f"a needs as many columns as b has rows, got {found}")


def check_points(x: Tensor, y: Tensor) -> None:
    """Refuse points that have different numbers of coordinates (检查坐标)."""
    check_floats(2, x=x, y=y)
    if x.shape[1] != y.shape[1]:
        found = f"{x.shape[1]} and {y.shape[1]}"
        raise ValueError(f"x and y need as many coordinates, got {found}")


def check_shapes(shapes: Sequence[Sequence[int]]) -> None:
    """Refuse all but tuples or lists of integers >= 0 (检查形状)."""
    for shape in shapes:
        if not isinstance(shape, tuple | list):
            raise TypeError(f"a shape must be a tuple or list, got {shape!r}")
        if not all(isinstance(n, int) for n in shape):
            raise TypeError(f"a shape must hold integers, got {shape!r}")
        if any(n < 0 for n in shape):
            raise ValueError(f"a length cannot be negative, got {shape!r}")


# %% [markdown] lang="zh"
# ## 数据：两张表
# `orders` 一行是一家店（A、B、C），一列是一种货（米、面、油、茶），数字是箱数。
# `prices` 一行是一种货，一列是一个仓库（S、T），数字是元/箱。

# %% [markdown] lang="en"
# ## The data: two tables
# In `orders`, a row is a shop (A, B, C), a column is one of the goods (rice, flour, oil, tea), and each number counts boxes.
# In `prices`, a row is one of the goods, a column is a depot (S, T), and each number is in yuan per box.

# %%
if __name__ == "__main__":
    orders = torch.tensor(
        [[5.0, 2.0, 1.0, 0.0], [0.0, 4.0, 3.0, 2.0], [2.0, 0.0, 6.0, 1.0]]
    )
    prices = torch.tensor([[20.0, 26.0], [30.0, 24.0], [60.0, 56.0], [40.0, 45.0]])
    print(tuple(orders.shape), tuple(prices.shape))

# %% [markdown] lang="zh"
# 打印的是两张表的**形状**（shape）：3 行 4 列，4 行 2 列。
#
# ## 矩阵乘法：一行乘一列
# B 店的货全从 S 仓库买，要多少元？拿 B 的一行和 S 的一列，每种货用箱数乘价钱，再全部相加：

# %% [markdown] lang="en"
# Printed are the **shapes** of the two tables: 3 rows and 4 columns, 4 rows and 2 columns.
#
# ## The matrix product: a row times a column
# What does shop B's order cost at depot S? Take the row of B and the column of S; for each of the goods multiply boxes by
# price, then add everything up:


# %% tags=["plot"] alt_zh="左下是订单表，B 店那一行涂色；右上是价目表，S 仓库那一列涂色；行列交汇处的一格是乘积之和 `{python} f'{float(orders[1] @ prices[:, 0]):.0f}'`。" alt_en="The orders at the lower left with the row of shop B shaded, the prices at the upper right with the column of depot S shaded. Where row and column meet stands the sum of products, `{python} f'{float(orders[1] @ prices[:, 0]):.0f}'`."
def draw_cells(ax, texts, colors, left=0.0, top=0.0):
    """A grid of labelled cells (画格子), its upper left corner at (left, top)."""
    for i, row in enumerate(texts):
        for j, text in enumerate(row):
            corner = (left + j, top + i)
            ax.add_patch(
                plt.Rectangle(corner, 1, 1, fc=colors[i][j], alpha=0.4, ec="black")
            )
            ax.text(left + j + 0.5, top + i + 0.5, text, ha="center", va="center")


def whole(t):
    """The numbers of a matrix as texts without decimals (写成整数)."""
    return [[f"{number:.0f}" for number in row] for row in t.tolist()]


if __name__ == "__main__":
    fig, ax = plt.subplots(figsize=(5.2, 5.4))
    white = ["white"] * 4
    draw_cells(ax, whole(orders), [white, ["C0"] * 4, white], top=4.7)
    draw_cells(ax, whole(prices), [["C1", "white"]] * 4, left=4.3)
    blank = [["", ""], [f"{orders[1] @ prices[:, 0]:.0f}", ""], ["", ""]]
    colors = [["white"] * 2, ["C2", "white"], ["white"] * 2]
    draw_cells(ax, blank, colors, left=4.3, top=4.7)
    for j, goods in enumerate(["rice", "flour", "oil", "tea"]):
        ax.text(j + 0.5, 4.5, goods, ha="center")
        ax.text(4.1, j + 0.5, goods, ha="right", va="center")
    for i, shop in enumerate("ABC"):
        ax.text(-0.4, i + 5.2, shop, ha="center", va="center")
    for k, depot in enumerate("ST"):
        ax.text(k + 4.8, -0.2, depot, ha="center")
    pairs = zip(orders[1].tolist(), prices[:, 0].tolist(), strict=True)
    products = " + ".join(f"{q:.0f}·{p:.0f}" for q, p in pairs)
    ax.text(3.1, 8.4, f"{products} = {blank[1][0]}", ha="center")
    ax.set_aspect("equal")
    ax.axis("off")
    ax.autoscale_view()
    ax.invert_yaxis()
    plt.show()

# %% [markdown] lang="zh"
# 右下的表每格都这样算。整张表叫两个矩阵的**乘积**（matrix product；矩阵就是有行有列的张量）：
#
# $$C_{ik} = \sum_{j=1}^{m} Q_{ij} P_{jk}$$
#
# $Q_{ij}$ 是第 $i$ 家店订第 $j$ 种货的箱数，$P_{jk}$ 是第 $j$ 种货在第 $k$ 个仓库的价钱，
# $\sum$ 表示把 $m$ 种货的结果加起来，$C_{ik}$ 是第 $i$ 家店从第 $k$ 个仓库买的货款。
# $n$ 家店、$m$ 种货、$p$ 个仓库：形状 $(n, m)$ 乘 $(m, p)$ 得 $(n, p)$。中间的 $m$ 必须相等，加完就没有了。
#
# 照公式写，就是三重循环：`a` 是 $Q$，`b` 是 $P$，全 0 的 `c` 用来累加，最后就是 $C$。公式从 1 数起，Python 从 0 数起。

# %% [markdown] lang="en"
# Every cell of the table at the lower right is computed like this. That table is the **matrix product** of the
# other two (a matrix is a tensor with rows and columns):
#
# $$C_{ik} = \sum_{j=1}^{m} Q_{ij} P_{jk}$$
#
# $Q_{ij}$ is how many boxes of goods $j$ shop $i$ orders, and $P_{jk}$ is the price of goods $j$ at depot $k$. The sign
# $\sum$ adds up the results for all $m$ goods, and $C_{ik}$ is what the goods of shop $i$ cost at depot $k$. For $n$ shops, $m$
# goods and $p$ depots, shape $(n, m)$ times shape $(m, p)$ gives $(n, p)$: the two $m$ in the middle must be equal, and the sum
# uses them up.
#
# Written as the formula says, that is three nested loops: `a` is $Q$, `b` is $P$, and `c`, full of 0 at first, adds up to
# $C$. The formula counts from 1, Python from 0.


# %%
def matmul_loops(a: Tensor, b: Tensor) -> Tensor:
    """Matrix product with three loops (矩阵乘法): (n, m) times (m, p) is (n, p).

    Raises ``TypeError`` unless both are float of one dtype, ``ValueError`` if a
    shape, or a number in it, is bad.
    Source: Goodfellow et al., *Deep Learning* (2016), equation 2.5.
    """
    check_product(a, b)
    c = torch.zeros(len(a), len(b[0]), dtype=a.dtype)
    for i in range(len(a)):
        for k in range(len(b[0])):
            for j in range(len(b)):
                c[i][k] += a[i][j] * b[j][k]
    return c


if __name__ == "__main__":
    cost = matmul_loops(orders, prices)
    print(cost)

# %% [markdown] lang="zh"
# 一行一家店，一列一个仓库，单位是元。B 店的货款在 S 是 `{python} f"{cost[1, 0].item():.0f}"` 元，在 T 是
# `{python} f"{cost[1, 1].item():.0f}"` 元。

# %% [markdown] lang="en"
# A row is a shop, a column a depot, in yuan. The goods of shop B cost `{python} f"{cost[1, 0].item():.0f}"` yuan at S and
# `{python} f"{cost[1, 1].item():.0f}"` at T.

# %% [markdown] lang="zh" tags=["check"]
# PyTorch 的矩阵乘法写作 `@`。这些数都是不大的整数，浮点数存得一点不差，
# 所以两种算法应该完全相等；`torch.equal` 逐格比较：

# %% [markdown] lang="en" tags=["check"]
# PyTorch writes the matrix product as `@`. All numbers here are small whole numbers, which floats store
# exactly, so both ways should agree to the last digit; `torch.equal` compares cell by cell:

# %% tags=["check"]
if __name__ == "__main__":
    print(torch.equal(orders @ prices, cost))

# %% [markdown] lang="zh"
# ## 循环慢多少
# 结果一样，为什么不自己写循环？

# %% [markdown] lang="en"
# ## How slow is the loop?
# Both give the same result, so why not write the loop?

# %% [markdown] lang="zh" tags=["predict"]
# 两个 $16 \times 16$ 的矩阵相乘，得到 $16 \times 16$ 格，每格 16 次乘法，一共 `{python} 16**3` 次，用循环、用 `@` 都一样多。
# 循环慢几倍：3 倍、30 倍，还是更多？先把张量换成 Python 列表再循环，会快些还是慢些？

# %% [markdown] lang="en" tags=["predict"]
# The product of two $16 \times 16$ matrices has $16 \times 16$ cells with 16 multiplications each,
# `{python} 16**3` in all, in a loop and with `@` alike. How many times slower is the loop: 3 times, 30 times, or more? And if
# you first turn the tensors into Python lists, does the loop get faster or slower?

# %% [markdown] lang="zh"
# `matmul_lists` 先用 `tolist()` 换成列表，循环和刚才一样。`slowdown` 量循环比 `@` 慢几倍：`timeit.repeat` 反复计时，
# `min` 取最快的一次，因为别的程序只会拖慢它。准确的倍数随机器而变，所以只报它达到 `CLASSES` 里的哪一档。

# %% [markdown] lang="en"
# `matmul_lists` first makes lists with `tolist()`; its loops are those from above. `slowdown` measures how many times slower than
# `@` a loop is: `timeit.repeat` times it again and again, and `min` picks the fastest, since other programs can only slow it down.
# The exact ratio depends on the machine, so we only report which of the `CLASSES` it reaches.


# %%
CLASSES = (1, 3, 30, 300, 3000)


def matmul_lists(a: Tensor, b: Tensor) -> Tensor:
    """Matrix product with loops over lists (用列表): like ``matmul_loops``."""
    check_product(a, b)
    dtype = a.dtype
    c = torch.zeros(len(a), len(b[0])).tolist()
    a, b = a.tolist(), b.tolist()
    for i in range(len(a)):
        for k in range(len(b[0])):
            for j in range(len(b)):
                c[i][k] += a[i][j] * b[j][k]
    return torch.tensor(c, dtype=dtype)


def slowdown(loops: Callable, a: Tensor, b: Tensor, repeats: int = 40) -> int:
    """How many times slower than ``a @ b`` is ``loops(a, b)`` (慢多少倍), at least.

    The largest of ``CLASSES`` that the ratio reaches, 0 for none. Raises like
    ``matmul_loops``, and ``ValueError`` if ``repeats`` is below 1.
    """
    check_product(a, b)
    if repeats < 1:
        raise ValueError(f"repeats must be at least 1, got {repeats}")
    # One `@` is too quick for the clock: 30 are timed together.
    fast = min(timeit.repeat(lambda: a @ b, number=30, repeat=repeats)) / 30
    slow = min(timeit.repeat(lambda: loops(a, b), number=1, repeat=repeats))
    return max((c for c in CLASSES if c <= slow / fast), default=0)


if __name__ == "__main__":
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # a single processor core
    rng = torch.Generator().manual_seed(0)
    a, b = (torch.rand(16, 16, generator=rng) for _ in range(2))
    small = slowdown(matmul_loops, orders, prices)
    large = slowdown(matmul_loops, a, b, repeats=3)  # so slow that 3 will do
    large_lists = slowdown(matmul_lists, a, b)
    torch.set_num_threads(threads)
    print(f"3x4 @ 4x2      tensors >= {small}")
    print(f"16x16 @ 16x16  tensors >= {large}")
    print(f"16x16 @ 16x16  lists   >= {large_lists}")

# %% [markdown] lang="zh"
# 货款那张表有 $3 \times 2$ 格，每格 4 次乘法，直接循环张量至少慢 `{python} small` 倍；$16 \times 16$ 时至少慢 `{python} large` 倍，
# 先换成列表会快些，但仍至少慢 `{python} large_lists` 倍。
#
# **为什么？** 循环里每个数都要 Python 走一步：取数、看类型、相乘、存回。张量的一格取出来还是张量，每步更贵，所以循环张量最慢。
# `@` 只让 Python 走一步，其余由编译好的机器代码一口气做完，这叫**向量化**（vectorization）。矩阵越大，那一步的开销摊得越薄，
# 差距就越大。这里只用一个处理器核心（`set_num_threads(1)`），可见快不是靠多核并行。

# %% [markdown] lang="en"
# Our table of costs has $3 \times 2$ cells with 4 multiplications each, and the loop over tensors is at least `{python} small`
# times slower; at $16 \times 16$ it is at least `{python} large` times slower. Lists make it faster, but it is still at
# least `{python} large_lists` times slower.
#
# **Why?** In a loop, Python takes a step for every single number: fetch it, look at its type, multiply, store. One cell of a
# tensor is a tensor again, which makes each step dearer, so the loop over tensors is the slowest. With `@`, Python takes one step, and
# compiled machine code does the rest in one go; this is called **vectorization**. The larger the matrices, the less that one step
# weighs, and the wider the gap. We allowed a single processor core (`set_num_threads(1)`), so the speed does not come from
# several cores at work.

# %% [markdown] lang="zh"
# ## 广播：短的轴自动拉长
# `+`、`-`、`*`、`/` 都是**逐元素**（elementwise）运算：相同位置的两个数算一次。形状不同呢？
#
# 打包费看货：米、面、油、茶每箱 1、1、3、2 元，排成一行 `packing`。搬运费看店的楼层：A、B、C 每箱 0、2、1 元，
# 排成一列 `carrying`。每家店、每种货，一箱共要多少元？

# %% [markdown] lang="en"
# ## Broadcasting: short axes stretch by themselves
# The signs `+`, `-`, `*` and `/` work **elementwise**: they add, subtract, multiply or divide the two numbers in the same
# place. What if the shapes differ?
#
# Packing depends on the goods: a box of rice, flour, oil or tea costs 1, 1, 3 or 2 yuan, a single row called `packing`.
# Carrying depends on the floor of the shop: at A, B, C a box costs 0, 2, 1 yuan, a single column called
# `carrying`. What we want is a table: for every shop and each of the goods, how much is it per box altogether?

# %% [markdown] lang="zh" tags=["predict"]
# `carrying` 的形状是 $(3, 1)$，`packing` 是 $(1, 4)$。`carrying + packing` 会报错吗？不报错的话，结果是什么形状？

# %% [markdown] lang="en" tags=["predict"]
# `carrying` has shape $(3, 1)$ and `packing` $(1, 4)$. Is `carrying + packing` an error? If not, what is the shape of the
# result?

# %%
if __name__ == "__main__":
    carrying = torch.tensor([[0.0], [2.0], [1.0]])
    packing = torch.tensor([[1.0, 1.0, 3.0, 2.0]])
    handling = carrying + packing
    print(handling)

# %% tags=["plot"] alt_zh="上排两个 3 行 4 列的网格：左边实色的一列向右拉长，右边实色的一行向下拉长，拉出来的格子颜色浅。下排是逐格相加的结果。" alt_en="Two grids of 3 rows and 4 columns in the upper row: on the left a solid column stretched to the right, on the right a solid row stretched downwards, the stretched copies pale. Below, their sum, cell by cell."
if __name__ == "__main__":
    fig, ax = plt.subplots(figsize=(5.6, 5))
    draw_cells(ax, whole(carrying.expand(3, 4)[:, 1:]), [["C0"] * 3] * 3, left=1)
    draw_cells(ax, whole(packing.expand(3, 4)[1:]), [["C1"] * 4] * 2, left=5, top=1)
    for patch in ax.patches:  # the stretched copies
        patch.set_alpha(0.1)
    draw_cells(ax, whole(carrying), [["C0"]] * 3)
    draw_cells(ax, whole(packing), [["C1"] * 4], left=5)
    draw_cells(ax, whole(handling), [["C2"] * 4] * 3, left=2.5, top=4.2)
    for left, top, shape in [
        (2, -0.2, "(3, 1)"),
        (7, -0.2, "(1, 4)"),
        (4.5, 4, "(3, 4)"),
    ]:
        ax.text(left, top, shape, ha="center")
    ax.text(4.5, 1.5, "+", ha="center", va="center", fontsize=16)
    ax.text(2, 5.7, "=", ha="center", va="center", fontsize=16)
    ax.set_aspect("equal")
    ax.axis("off")
    ax.autoscale_view()
    ax.invert_yaxis()
    plt.show()

# %% [markdown] lang="zh"
# 不报错，得到 $(3, 4)$：一列向右、一行向下，各自拉长，再逐格相加。这叫**广播**（broadcasting），
# 并不真的复制，只是同一个数读多次。规则只有两条：
#
# 1. 两个形状**靠右对齐**，左边缺的轴补 1；
# 2. 每个轴上，长度相等，或者其中一个是 1（它拉长成另一个）；否则报错。
#
# 写成函数：`zip_longest` 从右往左，每次取出各形状的一个轴，取完的用 1 补上。其中不是 1 的长度记作 `others`，重复的只算一个：
# 有两个就报错，有一个就是结果，没有就是 1。试四对形状：

# %% [markdown] lang="en"
# No error; the result is $(3, 4)$. The column stretches to the right, the row downwards, and then they are added cell by cell.
# This is **broadcasting**. Nothing is really copied: the same number is just read several times. There are only
# two rules:
#
# 1. **align** the shapes **on the right**, and fill in 1 for axes missing on the left;
# 2. on each axis the lengths are equal, or one of them is 1 (which stretches to the other); anything else is an error.
#
# As a function: from right to left, `zip_longest` takes one axis of each shape, and 1 where a shape has run out. `others` are the
# lengths among them other than 1, each counted once: two of them are an error, one is the result, and if there is none the result is
# 1. We try four pairs of shapes:


# %%
def broadcast_shape(*shapes: Sequence[int]) -> tuple[int, ...]:
    """The shape that ``shapes`` broadcast to (广播后的形状).

    Raises ``TypeError`` unless each is a tuple or list of integers, ``ValueError``
    if one is negative or the shapes do not fit. Source: NumPy user guide,
    "Broadcasting".
    """
    check_shapes(shapes)
    result = []
    from_the_right = (reversed(shape) for shape in shapes)
    for lengths in itertools.zip_longest(*from_the_right, fillvalue=1):
        others = set(lengths) - {1}
        if len(others) > 1:
            given = " and ".join(str(tuple(shape)) for shape in shapes)
            clash = " meets ".join(str(n) for n in sorted(others))
            raise ValueError(f"cannot broadcast {given}: {clash}")
        result.insert(0, others.pop() if others else 1)
    return tuple(result)


if __name__ == "__main__":
    tries = [((3, 1), (1, 4)), ((3, 1), (4,)), ((3, 2), (3, 1)), ((3, 4), (3,))]
    for one, other in tries:
        try:
            print(one, other, "->", broadcast_shape(one, other))
        except ValueError as error:
            print(error)

# %% [markdown] lang="zh"
# 第二对里，`(4,)` 左边补 1，成了 $(1, 4)$，结果与第一对相同。最后一对不合：靠右对齐，3 对的是 4。三个搬运费想按**店**相加，
# 就得排成 $(3, 1)$ 的一列。要是恰好四家店、四种货，写成 `(4,)` 不报错，费用却加到了货上。

# %% [markdown] lang="en"
# In the second pair, `(4,)` is filled up on the left to $(1, 4)$, so the result is that of the first. The last pair does not fit:
# aligned on the right, the 3 meets the 4. To add three carrying fees by **shop**, arrange them as a column, $(3, 1)$. And if there
# happened to be four shops and four goods, shape `(4,)` would raise no error and add the fees to the goods.

# %% [markdown] lang="zh" tags=["check"]
# 和 PyTorch 自己的 `torch.broadcast_shapes` 比。轴有 0 到 2 个、每个长 0 到 3 的形状，一共 $1 + 4 + 16$ 种
# （长 0 的轴里一个数也没有），两两试一遍。打印一共几对、报错几对、两个函数不一致的几对：

# %% [markdown] lang="en" tags=["check"]
# We compare with PyTorch's own `torch.broadcast_shapes`. There are $1 + 4 + 16$ shapes of 0 to 2 axes, each 0 to 3 long (an axis of
# length 0 holds no number at all), and we try every pair. Below are the number of pairs, how many of them are errors, and on how many
# the two functions disagree:


# %% tags=["check"]
def shape_or_error(rule: Callable[..., Sequence[int]], *shapes) -> tuple | str:
    """What ``rule`` makes of ``shapes``: a shape or "error" (形状或报错)."""
    try:
        return tuple(rule(*shapes))
    except (ValueError, RuntimeError):
        return "error"


if __name__ == "__main__":
    lengths = range(4)
    shapes = [s for k in range(3) for s in itertools.product(lengths, repeat=k)]
    couples = list(itertools.product(shapes, repeat=2))
    ours = [shape_or_error(broadcast_shape, *c) for c in couples]
    torchs = [shape_or_error(torch.broadcast_shapes, *c) for c in couples]
    wrong = sum(one != other for one, other in zip(ours, torchs, strict=True))
    print(len(couples), ours.count("error"), wrong)

# %% [markdown] lang="zh"
# 每家店的杂费，即打包费加搬运费：箱数和每箱的费用逐元素相乘，再把每行加起来。PyTorch 把轴的编号叫 `dim`，从 0 数起：
# `sum(dim=1)` 横着加，每行得一个数；`keepdim=True` 让结果仍是一列 $(3, 1)$，以后好广播。
# 更多见 [归约与常用函数](core_functions.py)。三家店的杂费（元）是：

# %% [markdown] lang="en"
# Now the handling of each shop, packing plus carrying: multiply boxes by the fee per box, elementwise, and add up each row. PyTorch
# calls the number of an axis `dim` and counts from 0: `sum(dim=1)` sums across the columns, one number for each row, and
# `keepdim=True` keeps the result a column, $(3, 1)$, ready to be broadcast. For more, see
# [Reductions and core functions](core_functions.py). The handling of the three shops, in yuan, is

# %%
if __name__ == "__main__":
    extra = (orders * handling).sum(dim=1, keepdim=True)
    print(extra)

# %% [markdown] lang="zh"
# ## 距离：一次算出每家店到每个仓库
# 送货费要看距离。地图上，向东、向北各多少千米，是两个坐标。第 $i$ 家店的坐标是 $(x_{i1}, x_{i2})$，第 $k$ 个仓库的是
# $(y_{k1}, y_{k2})$，由勾股定理，直线距离是
#
# $$D_{ik} = \sqrt{(x_{i1} - y_{k1})^2 + (x_{i2} - y_{k2})^2}$$
#
# 要让**每家**店减**每个**仓库，就像刚才那张图，店排成一列，仓库排成一行。`None` 插入一个长 1 的轴，`:` 表示整个轴照旧：
# `x[:, None, :]` 是 $(n, 1, d)$，`y[None, :, :]` 是 $(1, p, d)$，$d$ 是坐标的个数。相减广播成 $(n, p, d)$；平方，
# 沿坐标那个轴求和，再用 `sqrt()` 开方。打印的距离（千米）一行一家店，一列一个仓库；图中实线通向较近的仓库。

# %% [markdown] lang="en"
# ## Distances: every shop to every depot at once
# Driving costs depend on the distance. On the map, each place has two coordinates: how many km east, how many km north. Shop $i$
# is at $(x_{i1}, x_{i2})$ and depot $k$ at $(y_{k1}, y_{k2})$. By Pythagoras, the straight line between them measures
#
# $$D_{ik} = \sqrt{(x_{i1} - y_{k1})^2 + (x_{i2} - y_{k2})^2}$$
#
# To subtract **every** depot from **every** shop, do as in the picture above: shops in a column, depots in a row. `None` inserts
# an axis of length 1, and `:` keeps an axis as it is: `x[:, None, :]` is $(n, 1, d)$ and `y[None, :, :]` is $(1, p, d)$, where
# $d$ is the number of coordinates. The difference broadcasts to $(n, p, d)$; square it, sum along the axis of coordinates, and take the
# root with `sqrt()`. In the distances printed (km), a row is a shop, a column a depot; on the map, solid lines lead to the nearer depot.


# %%
def pairwise_distances(x: Tensor, y: Tensor) -> Tensor:
    """Distance of every x to every y (两两距离): (n, d) and (p, d) give (n, p).

    In the unit of the coordinates. Raises ``TypeError`` unless both are float of
    one dtype, ``ValueError`` if a shape, or a number in it, is bad.
    Source: Pythagoras.
    """
    check_points(x, y)
    difference = x[:, None, :] - y[None, :, :]
    return (difference**2).sum(dim=2).sqrt()


if __name__ == "__main__":
    shops = torch.tensor([[5.0, 8.0], [2.0, 5.0], [2.0, 0.0]])
    depots = torch.tensor([[0.0, 4.0], [8.0, 4.0]])
    km = pairwise_distances(shops, depots)
    print(km)

# %% tags=["plot"] alt_zh="地图：三家店和两个仓库，每家店与两个仓库之间都有连线，标着千米数，到较近仓库的是实线。A 靠近 T，B 和 C 靠近 S。" alt_en="A map of the three shops and two depots, with lines from each shop to both depots that show the km; the line to the nearer depot is solid. A is nearer to T, B and C are nearer to S."
if __name__ == "__main__":
    fig, ax = plt.subplots(figsize=(5.2, 5))
    for i, (east, north) in enumerate(shops.tolist()):
        for k, (to_east, to_north) in enumerate(depots.tolist()):
            style = "-" if km[i, k] == km[i].min() else ":"
            ax.plot([east, to_east], [north, to_north], style, color="gray")
            spot = (0.6 * east + 0.4 * to_east, 0.6 * north + 0.4 * to_north)
            box = {"fc": "white", "ec": "none", "pad": 1}
            ax.text(*spot, f"{km[i, k]:.1f}", ha="center", va="center", bbox=box)
    ax.plot(*shops.T, "o", color="C0", markersize=9, label="shop")
    ax.plot(*depots.T, "s", color="C1", markersize=10, label="depot")
    for name, (east, north) in zip(
        "ABCST", shops.tolist() + depots.tolist(), strict=True
    ):
        ax.text(east, north + (-0.9 if name in "BC" else 0.4), name, ha="center")
    ax.set(xlabel="east (km)", ylabel="north (km)", xlim=(-1, 9), ylim=(-1.3, 9.5))
    ax.set_aspect("equal")
    ax.legend(loc="lower right")
    plt.show()

# %% [markdown] lang="zh" tags=["check"]
# A 到 T 向东 3、向南 4，勾三股四弦五，正是 `{python} f"{km[0, 1].item():.0f}"` 千米。`torch.cdist` 是 PyTorch 自己的两两距离，
# 拿 5 个和 7 个随机点来比，各有三个坐标，用更精确的 `float64`。打印结果的形状，再看最大的差是否不到 1e-12，
# 也就是只差舍入（`abs()` 取绝对值）：

# %% [markdown] lang="en" tags=["check"]
# From A to T it is 3 east and 4 south: a triangle with sides 3, 4, 5, hence the `{python} f"{km[0, 1].item():.0f}"` km.
# `torch.cdist` is PyTorch's own function for all distances between two sets of points; we compare on 5 and 7 random points with three
# coordinates each, in `float64`, which is more precise. Printed are the shape of the result, and whether the largest difference is
# below 1e-12, that is, mere rounding (`abs()` drops the sign):

# %% tags=["check"]
if __name__ == "__main__":
    rng = torch.Generator().manual_seed(0)
    here = torch.randn(5, 3, dtype=torch.float64, generator=rng)
    there = torch.randn(7, 3, dtype=torch.float64, generator=rng)
    by_hand = pairwise_distances(here, there)
    gap = (by_hand - torch.cdist(here, there)).abs().max().item()
    print(tuple(by_hand.shape), gap < 1e-12)

# %% [markdown] lang="zh"
# ## 合起来：账单
# 账单等于货款、杂费、送货费之和。`cost` 和 `4 * km` 都是 $(3, 2)$，`extra` 是 $(3, 1)$，广播到两个仓库。
# 先打印账单（元），再打印 A、B、C 各选哪个仓库，依次看货款、距离、账单：`argmin(dim=1)` 给出每行最小的数在第几列。

# %% [markdown] lang="en"
# ## Putting it together: the bill
# The bill is the goods plus the handling plus the driving. `cost` and `4 * km` have shape $(3, 2)$; `extra`, $(3, 1)$, is broadcast
# to both depots. First comes the bill in yuan, then the depot for A, B and C, chosen by the goods, by the distance and by the bill:
# `argmin(dim=1)` tells in which column the smallest number of each row stands.

# %%
if __name__ == "__main__":
    bill = cost + extra + 4 * km
    print(bill)
    for name, table in [("cost", cost), ("km", km), ("bill", bill)]:
        print(f"{name:4}", *("ST"[k] for k in table.argmin(dim=1).tolist()))

# %% [markdown] lang="zh"
# 开头的问题有答案了：A 店从 S 订，`{python} f"{bill[0].min().item():.1f}"` 元；B 店从 T 订，
# `{python} f"{bill[1].min().item():.1f}"` 元；C 店从 S 订，`{python} f"{bill[2].min().item():.1f}"` 元。
# 只挑便宜的货，C 会选错；只挑近的仓库，A 和 B 会选错。换成三千家店，这几行算式一个字也不用改。

# %% [markdown] lang="en"
# So the questions from the top have their answers: A orders from S for `{python} f"{bill[0].min().item():.1f}"` yuan, B from T for
# `{python} f"{bill[1].min().item():.1f}"` yuan, and C from S for `{python} f"{bill[2].min().item():.1f}"` yuan. Looking at the goods
# alone, C would choose wrongly; looking at the distance alone, A and B would. For three thousand shops, these formulas
# would stay exactly as they are.

# %% [markdown] lang="zh"
# ## 三个常见错误
# ### 一列减一行，损失悄悄算错

# %% [markdown] lang="en"
# ## Three common mistakes
# ### Column minus row: a wrong loss, in silence

# %% [markdown] lang="zh" tags=["bug"]
# 你预测三趟车各开几分钟，排成一列，$(3, 1)$；实际用时却是 `(3,)`。预测全对，所以**均方误差**（mean squared error，
# 差的平方再取平均）应该是 0。它是一种**损失**（loss），即衡量预测有多差的数。打印所有的差，再打印损失：

# %% [markdown] lang="en" tags=["bug"]
# You predicted how many minutes three trips take, a column, $(3, 1)$; the times they took are stored as `(3,)`. Every prediction is
# right, so the **mean squared error** (square each difference, then average) should be 0. It is a **loss**, a number that says how bad
# predictions are. Here are all the differences, then the loss:

# %% tags=["bug"]
if __name__ == "__main__":
    predicted = torch.tensor([[20.0], [35.0], [50.0]])
    measured = torch.tensor([20.0, 35.0, 50.0])
    differences = predicted - measured
    print(differences)
    wrong_loss = (differences**2).mean().item()
    print(wrong_loss)

# %% tags=["plot"] alt_zh="减法表：左边一列减上面一行，得 3 行 3 列的差。只有对角线上的三格是该算的，都是 0；其余六格把一趟车和别的车相减。" alt_en="A subtraction table: the column on the left minus the row on top gives 3 by 3 differences. Only the three cells on the diagonal belong there, and they are 0; the other six compare one trip with another."
if __name__ == "__main__":
    fig, ax = plt.subplots(figsize=(4, 4))
    colors = [["C2" if i == j else "C1" for j in range(3)] for i in range(3)]
    draw_cells(ax, whole(differences), colors)
    draw_cells(ax, whole(predicted), [["white"]] * 3, left=-1.6)
    draw_cells(ax, whole(measured[None, :]), [["white"] * 3], top=-1.6)
    ax.text(-1.1, 3.4, "(3, 1)", ha="center")
    ax.text(3.1, -1.1, "(3,)", va="center")
    ax.text(-1.1, -1.1, "−", ha="center", va="center", fontsize=16)
    ax.set_aspect("equal")
    ax.axis("off")
    ax.autoscale_view()
    ax.invert_yaxis()
    plt.show()

# %% [markdown] lang="zh" tags=["bug"]
# 损失成了 `{python} f"{wrong_loss:.0f}"`，没有报错，也没有警告：`(3,)` 补成 $(1, 3)$，列减行广播出
# 9 个差，只有图中对角线上的 3 个该算。相减之前要让形状相同：`reshape(3, 1)` 排成一列，见 [形状与内存](shapes.py)。
# PyTorch 自己的 `mse_loss` 一样算错，但会警告。下面依次是它的结果、
# 警告（`catch_warnings` 截下，`textwrap.fill` 断成短行）、改正以后的损失：

# %% [markdown] lang="en" tags=["bug"]
# The loss became `{python} f"{wrong_loss:.0f}"`, with no error and no warning: `(3,)` was filled up to $(1, 3)$, and column minus
# row broadcast to the 9 differences of the picture, of which only the 3 on the diagonal belong there. Make the shapes equal
# before you subtract: `reshape(3, 1)` arranges a column, see [Shapes and memory](shapes.py). PyTorch's own `mse_loss` gives the same
# wrong number, but it warns. Below: its result, its warning (caught by `catch_warnings`, broken into short lines by
# `textwrap.fill`), and the loss put right:

# %% tags=["bug"]
if __name__ == "__main__":
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")  # skip none
        torch_loss = torch.nn.functional.mse_loss(predicted, measured).item()
    print(torch_loss)
    print(textwrap.fill(str(caught[0].message), 58))
    column = measured.reshape(3, 1)
    print(((predicted - column) ** 2).mean().item())

# %% [markdown] lang="zh"
# ### 把 `*` 当成 `@`

# %% [markdown] lang="en"
# ### Taking `*` for `@`

# %% [markdown] lang="zh" tags=["bug"]
# `*` 是逐元素相乘，不求和。形状不合就报错，这算走运（报错里的 dimension 就是轴，non-singleton 是说长度不是 1）。
# 只乘 S 仓库的价目，即第 0 列 `prices[:, 0]`，形状 `(4,)`，就不报错了：

# %% [markdown] lang="en" tags=["bug"]
# `*` multiplies elementwise and sums nothing. With shapes that do not fit it raises an error, which is lucky (in the message,
# a dimension is an axis, and non-singleton means that its length is not 1). Multiply by the prices of depot S alone, column 0,
# `prices[:, 0]` of shape `(4,)`, and there is no error to see:

# %% tags=["bug"]
if __name__ == "__main__":
    try:
        orders * prices
    except RuntimeError as error:
        print(textwrap.fill(str(error), 58))
    at_s = prices[:, 0]
    print(orders * at_s)
    print(orders @ at_s)

# %% [markdown] lang="zh" tags=["bug"]
# `*` 给出 `{python} orders.numel()` 个数，是每家店每种货各花多少元；`@` 把 `(4,)` 当作一列，
# 乘完再把每行加起来，才是三家店的货款。两个方阵（行数等于列数）相乘，连形状都一样，只有数值不同。

# %% [markdown] lang="en" tags=["bug"]
# `*` gives `{python} orders.numel()` numbers: what each shop pays for each of the goods. `@` takes `(4,)` as a column and also
# adds up each row, and only that is what the goods cost the three shops.
# For two square matrices (as many rows as columns) even the shapes agree; only the numbers differ.

# %% [markdown] lang="zh"
# ### 原地改动

# %% [markdown] lang="en"
# ### Changing a tensor in place

# %% [markdown] lang="zh" tags=["bug"]
# 明年每箱涨 1 元。`new = new + 1` 造一个新张量；`new += 1` 却是**原地**（in-place）运算，直接改写原来那块内存。
# 而 `new = old` 不造副本，只给同一个张量多起一个名字：改了 `new`，`old` 也跟着变。`old.clone()` 才造出副本。
# 两次都打印 `old`：

# %% [markdown] lang="en" tags=["bug"]
# Next year each box costs 1 yuan more. `new = new + 1` makes a new tensor, but `new += 1` works **in place**: it overwrites the
# memory it has. And `new = old` makes no copy, just a second name for the same tensor: change `new`, and `old` changes too. What makes a
# copy is `old.clone()`. Both times we print `old`:

# %% tags=["bug"]
if __name__ == "__main__":
    old = torch.tensor([20.0, 30.0])  # yuan per box
    new = old.clone()
    new += 1
    print("new = old.clone()", old)
    new = old
    new += 1
    print("new = old        ", old)

# %% [markdown] lang="zh" tags=["bug"]
# 训练要用导数；下面这个错误，学到 [计算图与自动求导](../ch02_autograd/computation_graph.py) 再看也行。用 `requires_grad=True`
# 亲手建的张量叫**叶子**（leaf）：PyTorch 记下它参与的运算，最后把导数存在它那里。要是把“加 1”也记下，它就成了算出来的，
# 导数没处存，所以 PyTorch 拒绝。放进 `torch.no_grad()`，这一步不做记录，就改得了。最后打印新的值，以及它是否仍是叶子：

# %% [markdown] lang="en" tags=["bug"]
# Training needs derivatives; you may leave this next error until
# [Computation graphs and autograd](../ch02_autograd/computation_graph.py). A tensor that you make yourself with `requires_grad=True`
# is a **leaf**: PyTorch records the operations it takes part in and in the end stores the derivative in it. Recording "plus 1" would
# make it the result of a computation, with no place for the derivative, so PyTorch refuses. Under `torch.no_grad()` nothing is
# recorded, and the change goes through. Last come the new value and whether the tensor is still a leaf:

# %% tags=["bug"]
if __name__ == "__main__":
    rate = torch.tensor(4.0, requires_grad=True)  # yuan per km
    try:
        rate += 1
    except RuntimeError as error:
        print(textwrap.fill(str(error), 58))
    with torch.no_grad():
        rate += 1
    print(rate.item(), rate.is_leaf)

# %% [markdown] lang="zh"
# ## 练习

# %% [markdown] lang="en"
# ## Exercises

# %% [markdown] lang="zh" tags=["exercise"]
# 先猜再用 `broadcast_shape` 验证：`(2, 1, 4)` 和 `(3, 1)`；`(5, 1)` 和 `(5,)`；`(2, 3)` 和 `(2,)`；`(0,)` 和 `(1,)`。

# %% [markdown] lang="en" tags=["exercise"]
# Guess first, then check with `broadcast_shape`: `(2, 1, 4)` and `(3, 1)`; `(5, 1)` and `(5,)`; `(2, 3)` and `(2,)`; `(0,)` and
# `(1,)`.

# %% tags=["solution"]
if __name__ == "__main__":
    tries = [((2, 1, 4), (3, 1)), ((5, 1), (5,)), ((2, 3), (2,)), ((0,), (1,))]
    for one, other in tries:
        print(one, other, shape_or_error(broadcast_shape, one, other))

# %% [markdown] lang="zh" tags=["solution"]
# 第二个就是悄悄算错的那种。最后一个的 1“拉”成了 0，也就是一次也不用。

# %% [markdown] lang="en" tags=["solution"]
# The second is the one that goes wrong in silence. In the last, the 1 is "stretched" to 0, that is, never used.

# %% [markdown] lang="zh" tags=["exercise"]
# 多买打折：买 1、10、50 箱，单价分别乘 1、0.9、0.8。不用循环，写 `price_table(factors, prices)`：两个参数都只有一个轴，
# 返回一张表，一行一个折扣，一列一种货。

# %% [markdown] lang="en" tags=["exercise"]
# Larger orders are cheaper: for 1, 10 or 50 boxes the price per box is multiplied by 1, 0.9 or 0.8. Without a loop, write
# `price_table(factors, prices)`: both arguments have a single axis, and the result is a table with a row for each discount and a column
# for each of the goods.


# %% tags=["solution"]
def price_table(factors: Tensor, prices: Tensor) -> Tensor:
    """Every factor times every price (价目表): (n,) and (m,) give (n, m).

    In the unit of ``prices``. Raises ``TypeError`` unless both are float of one
    dtype, ``ValueError`` if they are not 1-d, empty or not finite.
    """
    check_floats(1, factors=factors, prices=prices)
    return factors[:, None] * prices


if __name__ == "__main__":
    discounts = {1: 1.0, 10: 0.9, 50: 0.8}  # boxes: factor
    print(price_table(torch.tensor(list(discounts.values())), at_s))

# %% [markdown] lang="zh" tags=["solution"]
# `factors[:, None]` 是一列，`prices` 是一行，广播成一张表。PyTorch 里叫 `torch.outer`。

# %% [markdown] lang="en" tags=["solution"]
# `factors[:, None]` is a column, `prices` a row; they broadcast to a table. In PyTorch this is `torch.outer`.

# %% [markdown] lang="zh" tags=["exercise"]
# 1000 个点对 1000 个点，每个点 100 个坐标：`pairwise_distances` 的中间结果 $(n, p, d)$ 有多少个数？用 `@` 可以不造它，
# 因为距离的平方能展开：
#
# $$D_{ik}^2 = \lVert x_i \rVert^2 - 2\, x_i \cdot y_k + \lVert y_k \rVert^2$$
#
# $\lVert x_i \rVert^2$ 是 $x_i$ 各坐标的平方和，$x_i \cdot y_k$ 是对应坐标相乘再相加。写出 `distances_by_matmul`。
# （`y.T` 把行列对调；舍入可能算出负数，`clamp(min=0)` 把它改成 0。）

# %% [markdown] lang="en" tags=["exercise"]
# Take 1000 points against 1000 points with 100 coordinates each. How many numbers does the $(n, p, d)$ in the middle of
# `pairwise_distances` hold? With `@` you can do without it, because the square of a distance multiplies out to
#
# $$D_{ik}^2 = \lVert x_i \rVert^2 - 2\, x_i \cdot y_k + \lVert y_k \rVert^2$$
#
# $\lVert x_i \rVert^2$ is the sum of the squared coordinates of $x_i$, and $x_i \cdot y_k$ multiplies matching coordinates and adds up.
# Write `distances_by_matmul`. (`y.T` swaps rows and columns. Rounding may produce negative numbers; `clamp(min=0)` turns them into
# 0.)


# %% tags=["solution"]
def distances_by_matmul(x: Tensor, y: Tensor) -> Tensor:
    """Distance of every x to every y by ``@`` (用矩阵乘法求距离): (n, p).

    In the unit of the coordinates; inaccurate for points that are far away and
    close together. Raises like ``pairwise_distances``.
    """
    check_points(x, y)
    square_x = (x**2).sum(dim=1, keepdim=True)  # (n, 1)
    square_y = (y**2).sum(dim=1)  # (p,)
    return (square_x - 2 * x @ y.T + square_y).clamp(min=0).sqrt()


if __name__ == "__main__":
    numbers = 1000 * 1000 * 100  # of a tensor (n, p, d)
    print(distances_by_matmul(shops, depots))

# %% [markdown] lang="zh" tags=["solution"]
# 中间结果有 $1000 \times 1000 \times 100$，即 `{python} f"{numbers / 1e8:.0f}"` 亿个数；用 `@` 只要它的百分之一。
# 打印的距离和前面一样。不过，点离原点很远、彼此又很近时，两个大数相减会丢掉精度，那时还是先相减再平方好。

# %% [markdown] lang="en" tags=["solution"]
# The tensor in the middle holds $1000 \times 1000 \times 100$ numbers, that is `{python} f"{numbers / 1e8:.0f}"` times a hundred
# million; with `@` a hundredth of that is enough. The distances printed are those from above. But for points far from the origin and
# close together, subtracting two large numbers loses accuracy; then it is better to subtract first and square afterwards.

# %% [markdown] lang="zh"
# ## 小结
# - `+`、`*` 逐元素；`@` 一行乘一列再相加，$(n, m)$ 乘 $(m, p)$ 得 $(n, p)$。
# - 广播：靠右对齐，每个轴相等或有一个是 1。
# - 用一次 `@` 代替循环，两个 $16 \times 16$ 的矩阵相乘至少快 `{python} large_lists` 倍。
# - 相减之前看形状；要副本用 `clone()`。
#
# 接下来：数据常从 NumPy 来，[张量与 NumPy](numpy_bridge.py) 讲两者怎样共用一块内存。

# %% [markdown] lang="en"
# ## Recap
# - `+` and `*` work elementwise; `@` multiplies a row by a column and adds up, $(n, m)$ times $(m, p)$ gives $(n, p)$.
# - Broadcasting: align on the right; on each axis the lengths are equal or one is 1.
# - A single `@` instead of loops: at least `{python} large_lists` times faster for two $16 \times 16$ matrices.
# - Look at the shapes before you subtract; for a copy, call `clone()`.
#
# Next: data often come from NumPy, and [Tensors and NumPy](numpy_bridge.py) shows how the two share one piece of memory.
