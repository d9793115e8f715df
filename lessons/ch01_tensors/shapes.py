# %% [markdown] lang="zh"
# # 形状与内存
# 一张小照片有 4 行 6 列像素，每个像素存 3 个数：红、绿、蓝各有多亮。PyTorch 处理图像的**层**（layer，网络里的一步计算）
# 却要颜色排在最前面：先是整张红色，再是绿色、蓝色。你写下 `photo.reshape(3, 4, 6)`，程序不报错，形状也对，
# 画面却成了一堆杂色方块。数一个没少，照片怎么毁了？该怎么改？
#
# 答案在**内存**（memory）里。不管张量有几条**轴**（axis，数排列的方向），它的数都排成一长条；改形状，往往只是换种读法。
#
# 学完这一页，你能：
#
# - 算出张量里任何一个数排在内存的第几位；
# - 把照片改成层要的形状，画面不乱；
# - 判断一步操作只是换了读法，还是把数据抄了一份；
# - 认出三个不报错的常见错误。
#
# 下面折叠的代码可以跳过；其中的 `same_memory` 回答两个张量读的是不是同一条内存，后面要用。

# %% [markdown] lang="en"
# # Shapes and memory
# A small photo has 4 rows and 6 columns of pixels, and each pixel holds 3 numbers: how bright its red, green and blue
# are. PyTorch's **layers** for images (a layer is one step of a network's calculation) want the colours first: the whole
# picture in red, then all of it in green, then in blue. So you write `photo.reshape(3, 4, 6)`. There is no error, the shape
# is as ordered, and the picture is a heap of coloured blocks. Not one number is missing, so what ruined the photo? And what
# should you have written?
#
# The answer lies in **memory**. However many **axes** a tensor has (directions in which its numbers are arranged), memory
# holds the numbers in one long strip. Changing the shape often just means reading that strip in another way.
#
# After this page you can
#
# - work out where in memory any number of a tensor stands;
# - give the photo the shape the layer wants without scrambling it;
# - say whether an operation only reads differently or copies the data;
# - spot three common mistakes that raise no error.
#
# You may skip the folded code below. Its function `same_memory`, needed later, tells whether two tensors read the same
# strip.

# %% tags=["setup"]
import math
import textwrap
from collections.abc import Sequence
from itertools import pairwise

import matplotlib.pyplot as plt
import torch
from torch import Tensor


def check_counts(name: str, values: Sequence[int]) -> None:
    """Refuse all but a tuple or list of integers >= 0 (检查非负整数)."""
    right = isinstance(values, tuple | list) and all(type(v) is int for v in values)
    if not right:
        raise TypeError(f"{name} must be a tuple or list of int, got {values!r}")
    if any(v < 0 for v in values):
        raise ValueError(f"{name} must not be negative, got {tuple(values)}")


def check_image(image: Tensor, axes: int = 3) -> None:
    """Refuse what is no (..., H, W, C) tensor with 1, 3 or 4 colours (检查图像)."""
    if not isinstance(image, Tensor):
        raise TypeError(f"expected a tensor, got {type(image)}")
    if image.ndim < axes or image.shape[-1] not in (1, 3, 4):
        wanted = f"at least {axes} axes and 1, 3 or 4 colours last"
        raise ValueError(f"expected {wanted}, got shape {tuple(image.shape)}")


def check_float32(image: Tensor) -> None:
    """Refuse all but a float32 tensor (检查数据类型)."""
    if not isinstance(image, Tensor) or image.dtype != torch.float32:
        found = getattr(image, "dtype", type(image))
        raise TypeError(f"expected a float32 tensor, got {found}")


def same_memory(a: Tensor, b: Tensor) -> bool:
    """Whether two tensors read the same strip (是否同一条内存): same start.

    Raises ``TypeError`` unless both are tensors, ``ValueError`` if one is empty.
    """
    if not (isinstance(a, Tensor) and isinstance(b, Tensor)):
        raise TypeError(f"expected two tensors, got {type(a)} and {type(b)}")
    if a.numel() == 0 or b.numel() == 0:
        raise ValueError("an empty tensor has no memory to share")
    return a.untyped_storage().data_ptr() == b.untyped_storage().data_ptr()


# %% [markdown] lang="zh"
# ## 照片与层
# 照片上有蓝天、太阳、红房子和一行草地。每种颜色是三个亮度，从 0（不亮）到 1（最亮）。

# %% [markdown] lang="en"
# ## The photo and the layer
# The photo shows blue sky, a sun, a red house and a row of grass. Each colour is three brightnesses, from 0 (dark) to 1
# (full).


# %%
def make_photo() -> Tensor:
    """A small photo (一张小照片): float32 of shape (4, 6, 3), brightness 0 to 1."""
    sky, sun = (0.4, 0.7, 1.0), (1.0, 0.8, 0.2)
    house, grass = (0.8, 0.2, 0.1), (0.2, 0.6, 0.3)
    rows = [
        [sky, sky, sky, sky, sun, sky],
        [sky] * 6,
        [sky, house, sky, sky, sky, sky],
        [grass] * 6,
    ]
    return torch.tensor(rows)


if __name__ == "__main__":
    torch.set_printoptions(precision=1)  # show one decimal
    photo = make_photo()
    print(f"shape = {tuple(photo.shape)}  numbers = {photo.numel()}")
    print(f"sun = {photo[0, 4]}")

# %% [markdown] lang="zh"
# 三条轴依次是高、宽、颜色，记作 HWC（height、width、channel）。一种颜色的整张亮度图叫一个**通道**（channel）。
# `numel()` 数出 4 × 6 × 3 = `{python} photo.numel()` 个数；`photo[0, 4]` 是第 0 行第 4 列的太阳，红 1.0、绿 0.8、蓝 0.2。
#
# Matplotlib 和多数读图的库用 HWC，PyTorch 的图像层却约定通道在前：(C, H, W)，记作 CHW（见 [创建张量](creation.py)）。
# 图像层的计算是 `conv2d`：每个通道乘一个权重（weight），再相加。权重都取三分之一，彩色就变成灰度，这是最简单的层。
# 权重由 `torch.full`（造一个填满同一个数的张量）给出，形状 `(1, 3, 1, 1)` 是说：得出 1 个通道，用到 3 个通道，每次看 1 × 1 个像素。

# %% [markdown] lang="en"
# The three axes are height, width and colour, HWC for short; the C is for **channel**, the brightness of one colour over the
# whole picture. `numel()` counts 4 × 6 × 3 = `{python} photo.numel()` numbers, and `photo[0, 4]` is the sun in row 0, column
# 4: red 1.0, green 0.8, blue 0.2.
#
# Matplotlib and most libraries that read images use HWC. PyTorch's layers for images have another convention, channels
# first: (C, H, W), or CHW (see [Creating tensors](creation.py)). What image layers calculate is `conv2d`: it multiplies every
# channel by a weight and adds up. With one third for every weight it turns colour into grey, the simplest of layers. The
# weights come from `torch.full`, which makes a tensor full of one number. Its shape `(1, 3, 1, 1)` says: give 1 channel, use
# 3 channels, look at 1 × 1 pixel at a time.


# %%
def grey_layer(image: Tensor) -> Tensor:
    """Average the colours of each pixel (转灰度): (3, H, W) to (1, H, W).

    A batch (N, 3, H, W) gives (N, 1, H, W). Raises ``TypeError`` unless float32;
    ``conv2d`` raises ``RuntimeError`` unless there are 3 channels.
    """
    check_float32(image)
    thirds = torch.full((1, 3, 1, 1), 1 / 3)
    return torch.nn.functional.conv2d(image, thirds)


if __name__ == "__main__":
    try:
        grey_layer(photo)
    except RuntimeError as error:
        print(textwrap.fill(str(error), 46))  # in lines of at most 46
    print(tuple(grey_layer(photo[:3]).shape))

# %% [markdown] lang="zh"
# 层把最前面的 4 行当成了 4 个通道，所以拒绝（`[1, 4, 6, 3]` 开头的 1 是它自己添的轴，groups 不用管）。这是运气：
# 只给它照片的前 3 行，它就拿行当通道，算出 6 行 3 列的“灰度图”，不报错了（最后一行）。
#
# 照片在内存里是什么样？先排一个像素的三个数，再排右边的像素；一行排完，接着排下一行。图的上半框出前 4 个像素，
# 下半是它们在内存里的 12 格：粗线隔开像素，灰色的数是位置，从 0 数起。

# %% [markdown] lang="en"
# The layer took the 4 rows in front for 4 channels and refused. (It put the 1 at the start of `[1, 4, 6, 3]` there itself;
# never mind the groups.) That was luck. Given the first 3 rows of the photo alone, it takes rows for channels and makes a
# "grey picture" of 6 rows and 3 columns, without an error (last line).
#
# What does the photo look like in memory? First come the three numbers of one pixel, then the pixel to its right; when a row
# is done, the next row follows. The figure frames the first 4 pixels and shows below their 12 cells of memory: thick lines
# separate the pixels, and the grey numbers are positions, counted from 0.


# %% tags=["plot"] alt_zh="上：4 行 6 列的照片，框出第一行的前 4 个像素。下：它们在内存里的 12 个数，R、G、B 三个一组反复出现，下面标着从 0 起的位置。" alt_en="Top: the photo of 4 rows and 6 columns, the first 4 pixels of its first row in a frame. Bottom: their 12 numbers in memory, R, G, B over and over, with their positions, counted from 0, below."
def draw_cells(ax, texts, colors, left=0.0, top=0.0):
    """A grid of labelled cells (一格格地画), upper left corner at (left, top)."""
    for i, row in enumerate(texts):
        for j, text in enumerate(row):
            corner = (left + j, top + i)
            ax.add_patch(
                plt.Rectangle(corner, 1, 1, fc=colors[i][j], alpha=0.4, ec="black")
            )
            ax.text(left + j + 0.5, top + i + 0.5, text, ha="center", va="center")


if __name__ == "__main__":
    ratios = {"height_ratios": [3, 1], "layout": "constrained"}
    fig, (top, bottom) = plt.subplots(2, 1, **ratios)
    top.imshow(photo.numpy())
    for column in range(1, 6):
        top.axvline(column - 0.5, color="black", lw=0.5)
    for row in range(1, 4):
        top.axhline(row - 0.5, color="black", lw=0.5)
    frame = {"fill": False, "ec": "black", "lw": 3, "clip_on": False}
    top.add_patch(plt.Rectangle((-0.5, -0.5), 4, 1, **frame))
    top.set(xticks=range(6), yticks=range(4), xlabel="column", ylabel="row")
    top.grid(False)
    draw_cells(bottom, [["R", "G", "B"] * 4], [["C4", "C2", "C0"] * 4])
    for place in range(12):
        bottom.text(place + 0.5, 1.5, place, ha="center", va="center", color="gray")
    for pixel in range(5):
        bottom.plot([3 * pixel] * 2, [-0.3, 1.3], color="black")
    bottom.text(12.2, 0.5, "…", va="center")
    bottom.set(xlim=(-0.1, 12.8), ylim=(2, -0.4), aspect="equal")
    bottom.axis("off")
    plt.show()

# %% [markdown] lang="zh"
# ## 步幅：一步跨几格
# 先看小的：只有一种颜色的 6 个像素，排成 2 行 3 列。`torch.arange(6)` 给出 0 到 5 这一条，`reshape(2, 3)` 把它断成两行。
# 于是 `tiny` 里的每个数，就是它在内存里的位置。

# %% [markdown] lang="en"
# ## Strides: how far is one step?
# Start small: 6 pixels of a single colour, in 2 rows and 3 columns. `torch.arange(6)` gives the strip 0 to 5 and
# `reshape(2, 3)` breaks it into two rows, so each number in `tiny` is its own position in memory.

# %%
if __name__ == "__main__":
    tiny = torch.arange(6).reshape(2, 3)
    print(tiny)
    print(f"stride = {tiny.stride()}")


# %% tags=["plot"] alt_zh="上：2 行 3 列的格子，写着 0 到 5，从 1 往下一格到 4，往右一格到 2。下：同样的 6 格排成一条，往下的一步跨 3 格，往右的一步跨 1 格。" alt_en="Top: a grid of 2 rows and 3 columns holding 0 to 5, with a step down from 1 to 4 and a step right from 1 to 2. Bottom: the same 6 cells in one strip; the step down spans 3 cells, the step right 1."
def draw_step(ax, start, end, curve=0.0, color="black", style="-"):
    """An arrow from one cell to another (从一格走到另一格)."""
    bend = f"arc3,rad={curve}"
    line = {"color": color, "ls": style, "lw": 2, "shrinkA": 0, "shrinkB": 0}
    arrow = {"arrowstyle": "->", "connectionstyle": bend, **line}
    ax.annotate("", end, start, arrowprops=arrow)


if __name__ == "__main__":
    two_rows = ["C0"] * 3 + ["C1"] * 3
    fig, ax = plt.subplots()
    draw_cells(ax, tiny.tolist(), [two_rows[:3], two_rows[3:]], left=1.5)
    draw_cells(ax, [range(6)], [two_rows], top=4.2)
    draw_step(ax, (3, 0.72), (3, 1.22), color="C4")
    draw_step(ax, (3.2, 0.5), (3.8, 0.5), color="C2", style=":")
    draw_step(ax, (1.5, 4.2), (4.5, 4.2), curve=-0.35, color="C4")
    draw_step(ax, (1.5, 5.2), (2.5, 5.2), curve=0.5, color="C2", style=":")
    ax.text(3.1, 3.3, "+3", ha="center", color="C4")
    ax.text(2, 6, "+1", ha="center", color="C2")
    ax.text(0.9, 1, "tensor", ha="right", va="center")
    ax.text(-0.3, 4.7, "memory", ha="right", va="center")
    ax.set(xlim=(-1.8, 6.1), ylim=(6.2, -0.1), aspect="equal")
    ax.axis("off")
    plt.show()

# %% [markdown] lang="zh"
# `stride()` 给出**步幅**（stride）：沿每条轴走一步，在内存里跨过几格（NumPy 按字节数）。往下一步（实线）越过一整行，跨 3 格；
# 往右一步（点线）跨 1 格。所以 `tiny` 的步幅是 (3, 1)。第 1 行第 2 列要往下 1 步、往右 2 步：1 × 3 + 2 × 1 = 5，那里正是 5。
# 一般地，位置是每条轴的步数乘步幅，再加起来：
#
# $$p = i_0 s_0 + i_1 s_1 + \dots + i_{d-1} s_{d-1}$$
#
# - $p$ 是位置，$d$ 是轴的条数；
# - $i_k$ 是第 $k$ 条轴上的下标，也就是走几步；
# - $s_k$ 是第 $k$ 条轴的步幅。
#
# 新造的张量一行接一行地存，所以走一步，要越过后面各条轴的全部数：
#
# $$s_k = n_{k+1} \times n_{k+2} \times \dots \times n_{d-1}$$
#
# $n_k$ 是第 $k$ 条轴的长度。最后一条轴后面什么也没有，步幅是 1。写成代码，就从最后一条轴往前，边走边乘
# （PyTorch 约定，长度为 0 的轴按 1 算）：

# %% [markdown] lang="en"
# `stride()` gives the **strides**: how many cells of memory one step along each axis spans (NumPy counts bytes). A step down
# (solid) passes a whole row, 3 cells; a step right (dotted) spans 1. So the strides of `tiny` are (3, 1). Row 1, column 2 is 1
# step down and 2 to the right: 1 × 3 + 2 × 1 = 5, and 5 is what stands there. In general, the position is steps times stride,
# added up over the axes:
#
# $$p = i_0 s_0 + i_1 s_1 + \dots + i_{d-1} s_{d-1}$$
#
# - $p$ is the position, $d$ the number of axes;
# - $i_k$ is the index on axis $k$, that is, how many steps to take;
# - $s_k$ is the stride of axis $k$.
#
# A new tensor is stored row after row, so one step passes all the numbers of the axes that come later:
#
# $$s_k = n_{k+1} \times n_{k+2} \times \dots \times n_{d-1}$$
#
# $n_k$ is the length of axis $k$. After the last axis there is nothing, so its stride is 1. The code therefore goes from the
# last axis to the first and multiplies on the way (an axis of length 0 counts as 1, which is PyTorch's convention):


# %%
def strides_of(shape: Sequence[int]) -> tuple[int, ...]:
    """Row-major strides (按行存放的步幅) of a new tensor, in numbers, not bytes.

    Raises ``TypeError`` unless ``shape`` holds integers, ``ValueError`` if one
    is negative. Source: NumPy manual, "Internal memory layout of an ndarray".
    """
    check_counts("shape", shape)
    strides, span = [], 1
    for length in reversed(shape):
        strides.append(span)
        span *= max(length, 1)
    return tuple(reversed(strides))


def flat_index(index: Sequence[int], strides: Sequence[int]) -> int:
    """Position in memory (内存中的位置) of one number, counted from the first.

    Knows no shape, so it cannot notice an index too large. Raises ``TypeError``
    for other than integers, ``ValueError`` if negative or of different length.
    """
    check_counts("index", index)
    check_counts("strides", strides)
    if len(index) != len(strides):
        found = f"{len(index)} and {len(strides)}"
        raise ValueError(f"index and strides differ in length: {found}")
    return sum(i * s for i, s in zip(index, strides, strict=True))


if __name__ == "__main__":
    strides = strides_of(photo.shape)
    place = flat_index((0, 4, 0), strides)
    print(f"strides = {strides}  position = {place}")
    print(f"strip[{place}] = {photo.flatten()[place]}")

# %% [markdown] lang="zh"
# 照片的步幅是 `{python} strides`：往下一行跨 6 × 3 = `{python} strides[0]` 格，往右一个像素跨 3 格，换一种颜色跨 1 格。
# 太阳的红色 `photo[0, 4, 0]` 在位置 4 × 3 = `{python} place`。`flatten()` 把照片拉成一条，那里果然是太阳的 1.0。

# %% [markdown] lang="en"
# The strides of the photo are `{python} strides`: a row down is 6 × 3 = `{python} strides[0]` cells, a pixel to the right 3
# cells, the next colour 1 cell. The red of the sun, `photo[0, 4, 0]`, is at position 4 × 3 = `{python} place`. `flatten()`
# lays the photo out as one strip, and there it is: the 1.0 of the sun.

# %% [markdown] lang="zh" tags=["check"]
# 一个位置不足为凭。把照片里的数逐个核对，再拿几种形状与 PyTorch 的 `.stride()` 比（`torch.empty` 只占内存，不填数）。
# 每行是形状、我们的步幅、两者是否相同：

# %% [markdown] lang="en" tags=["check"]
# One right position proves little. Compare every number of the photo, and then several shapes with PyTorch's own
# `.stride()` (`torch.empty` takes memory and fills nothing in). Each line gives the shape, our strides, and whether the two
# agree:

# %% tags=["check"]
if __name__ == "__main__":
    strip = photo.flatten()
    found = [
        strip[flat_index((i, j, k), strides)] == photo[i, j, k]
        for i in range(4)
        for j in range(6)
        for k in range(3)
    ]
    print(f"{sum(found)} of {len(found)}")
    for shape in [(5,), (2, 0, 3), (4, 1, 6), (5, 4, 6, 3)]:
        ours, theirs = strides_of(shape), torch.empty(shape).stride()
        print(f"{shape!s:<13} {ours!s:<15} {ours == theirs}")

# %% [markdown] lang="zh"
# ## 同一条内存，两种读法
# 把 `tiny` 改成 3 行 2 列，有两种办法：`tiny.T` 是**转置**（transpose），行列互换，原来的行成了列；`reshape(3, 2)` 只管形状。
# 打印各自的步幅，以及是否与 `tiny` 读同一条内存：

# %% [markdown] lang="en"
# ## One strip, two ways to read it
# There are two ways to make 3 rows and 2 columns of `tiny`. `tiny.T` is the **transpose**, which swaps rows and columns: what
# was a row becomes a column. `reshape(3, 2)` cares about the shape alone. Print the strides of each, and whether it reads
# the same memory as `tiny`:

# %%
if __name__ == "__main__":
    for name, t in (("T", tiny.T), ("reshape", tiny.reshape(3, 2))):
        print(f"{name:<8}{t.stride()}  {same_memory(t, tiny)}")

# %% [markdown] lang="zh"
# 图的上半是得到的张量，颜色表示 `tiny` 原来的两行；下半的箭头，是一行行读它时在内存里怎么走：

# %% [markdown] lang="en"
# The figure shows the two results, coloured by the two rows of `tiny`. The arrows below are the walk through memory when you
# read each row by row:

# %% tags=["plot"] alt_zh="左：转置，三行是 0 3、1 4、2 5，读的时候在内存里一进三格、一退两格。右：reshape，三行是 0 1、2 3、4 5，一格一格往前走；中间一行混着原来两行的数。" alt_en="Left: the transpose with rows 0 3, 1 4, 2 5; reading it jumps 3 cells ahead and 2 back. Right: reshape with rows 0 1, 2 3, 4 5; reading it goes cell by cell, and its middle row mixes the two old rows."
if __name__ == "__main__":
    fig, axes = plt.subplots(1, 2, figsize=(5.2, 3.7))
    pair = (("transpose", tiny.T), ("reshape", tiny.reshape(3, 2)))
    for ax, (name, t) in zip(axes, pair, strict=True):
        colors = [[two_rows[number] for number in row] for row in t.tolist()]
        draw_cells(ax, t.tolist(), colors, left=2)
        draw_cells(ax, [range(6)], [two_rows], top=5)
        order = t.flatten().tolist()
        for here, there in pairwise(order):
            edge = 5 if there > here else 6  # ahead above the strip, back below it
            draw_step(ax, (here + 0.5, edge), (there + 0.5, edge), curve=-0.5)
        ax.set_title(name)
        ax.set(xlim=(-0.1, 6.1), ylim=(7.2, -0.1), aspect="equal")
        ax.axis("off")
    plt.show()

# %% [markdown] lang="zh"
# 两个都是 `True`：谁也没有搬动数据，这样的结果叫**视图**（view）。区别在读法：
#
# - 转置把步幅对调，(3, 1) 变成 (1, 3)，于是**换了次序读**：进 3 格，退 2 格，再进 3 格；
# - `reshape` 仍从头读到尾，只是**换个地方断行**，所以中间一行混着原来两行的数。
#
# 照片要换的是次序。轴多于两条就用 `permute`，依次写出新轴各是原来的第几条。颜色原来是第 2 条，高和宽是第 0、1 条，
# 所以写 `photo.permute(2, 0, 1)`。长度和步幅一起换位置。
#
# 层通常一次处理许多张图片，叫一个**批次**（batch），所以最前面可能多一条轴。`*batch` 收下它，原样放回：

# %% [markdown] lang="en"
# Both say `True`: nobody moved any data, and such a result is called a **view**. They differ in how they read:
#
# - the transpose swaps the strides, (3, 1) becomes (1, 3), and so it **reads in another order**: 3 cells ahead, 2 back, 3
#   ahead again;
# - `reshape` still reads from start to end and only **breaks the lines elsewhere**, so its middle row mixes numbers of
#   both old rows.
#
# The photo needs another order. For more than two axes there is `permute`, to which you say which old axis each new one
# is. Colour was axis 2, height and width were axes 0 and 1, so write `photo.permute(2, 0, 1)`. Lengths and strides move
# together.
#
# Layers usually take many images at once, a **batch**, so there may be one more axis in front. `*batch` takes it and puts it
# back as it was:


# %%
def hwc_to_chw(image: Tensor) -> Tensor:
    """Colours to the front (通道提前): (..., H, W, C) to (..., C, H, W), a view.

    Axes before H, such as a batch of images, stay. Any dtype. Raises ``TypeError``
    unless a tensor, ``ValueError`` unless it ends in 1, 3 or 4 colours: 1 is grey,
    4 adds transparency.
    """
    check_image(image)
    *batch, h, w, c = range(image.ndim)  # for the photo: h, w, c = 0, 1, 2
    return image.permute(*batch, c, h, w)


# %% [markdown] lang="zh" tags=["predict"]
# 照片在内存里以 R G B R G B R … 开头。
#
# 1. `photo.reshape(3, 4, 6)` 的第 0 个通道本该全是红色。它的第一行会是哪 6 个数？
# 2. `hwc_to_chw(photo)` 的步幅是多少？

# %% [markdown] lang="en" tags=["predict"]
# In memory, the photo begins with R G B R G B R …
#
# 1. Channel 0 of `photo.reshape(3, 4, 6)` should be nothing but red. Which 6 numbers will be in its first row?
# 2. What are the strides of `hwc_to_chw(photo)`?

# %%
if __name__ == "__main__":
    wrong = photo.reshape(3, 4, 6)
    right = hwc_to_chw(photo)
    for name, planes in (("reshape", wrong), ("permute", right)):
        print(name, tuple(planes.shape), planes.stride())
        print(planes[0, 0])

# %% tags=["plot"] alt_zh="两行图。上一行用 permute：照片完好，红、绿、蓝三个通道都看得出太阳、房子和草地。下一行用 reshape：照片成了杂色方块，三个“通道”里是一道道条纹。" alt_en="Two rows of pictures. Top, permute: the photo is intact, and sun, house and grass show in the red, green and blue channels. Bottom, reshape: the photo is coloured blocks, and the so-called channels hold stripes."
if __name__ == "__main__":
    fig, axes = plt.subplots(2, 4, figsize=(5.2, 2.4))
    titles = ["photo", "red", "green", "blue"]
    for row, name, planes in zip(
        axes, ("permute", "reshape"), (right, wrong), strict=True
    ):
        colour_last = planes.permute(1, 2, 0)  # as Matplotlib wants it
        row[0].imshow(colour_last.numpy())
        row[0].set_ylabel(name)
        for ax, plane in zip(row[1:], planes, strict=True):
            ax.imshow(plane.numpy(), cmap="gray", vmin=0, vmax=1)
        for ax in row:
            ax.set(xticks=[], yticks=[])
            ax.spines[:].set_visible(True)
    for ax, title in zip(axes[0], titles, strict=True):
        ax.set_title(title)
    plt.show()

# %% [markdown] lang="zh"
# 打印的是形状、步幅和第 0 个通道的第一行。图中右边是三个通道，越白越亮；左边把它们合成彩色。
#
# 开头的问题有答案了。`reshape` 只问数的个数对不对：4 × 6 × 3 和 3 × 4 × 6 都是 `{python} photo.numel()`，所以不报错。
# 可它仍从头读起，头两个像素的红、绿、蓝，共 6 个数，被当成了一行红色。应该写 `photo.permute(2, 0, 1)`：
# 步幅从 `{python} strides` 换成 `{python} right.stride()`，往右一步跨 3 格，读到的全是红色，第 4 列正是太阳的 1.0。

# %% [markdown] lang="en"
# Printed are shape, strides and the first row of channel 0. The figure has the three channels on the right, brighter where they
# are whiter, and on the left the colours they make together.
#
# This answers the question from the top. `reshape` only asks whether the count is right: 4 × 6 × 3 and 3 × 4 × 6 are both
# `{python} photo.numel()`, so there is no error. But it still reads from the start, and the red, green and blue of the first
# two pixels, 6 numbers, pass for a row of red. Write `photo.permute(2, 0, 1)`: the strides `{python} strides` become
# `{python} right.stride()`, a step to the right spans 3 cells, and all you read is red, with the 1.0 of the sun in column 4.

# %% [markdown] lang="zh" tags=["check"]
# 灰度应该等于每个像素三种亮度的平均。`mean(dim=-1)` 直接从 HWC 的照片算：PyTorch 的参数 `dim` 就是指轴，-1 是最后一条。
# `torch.allclose` 问两个张量是否处处相等（不计舍入误差），`[0]` 取出灰度图唯一的通道：

# %% [markdown] lang="en" tags=["check"]
# The grey should equal the average of each pixel's three brightnesses. `mean(dim=-1)` takes it straight from the
# HWC photo: `dim` is what PyTorch calls the argument for an axis, and -1 is the last one. `torch.allclose` asks whether two
# tensors agree everywhere up to rounding, and `[0]` picks the only channel of the grey image:

# %% tags=["check"]
if __name__ == "__main__":
    average = photo.mean(dim=-1)
    print(f"permute: {torch.allclose(grey_layer(right)[0], average)}")
    print(f"reshape: {torch.allclose(grey_layer(wrong)[0], average)}")

# %% [markdown] lang="zh"
# ## 换了读法，还是抄了一份
# 改形状的常用写法：
#
# | 写法 | 做什么 |
# |---|---|
# | `view(24, 3)` | 换个地方断行；必须抄数据时，报错 |
# | `reshape(24, -1)` | 同上；必须抄时，就抄一份；-1 是说“这个长度你来算” |
# | `flatten()` | 拉成一条；`flatten(1)` 保留第 0 轴，只拉平后面的 |
# | `unsqueeze(0)` | 在最前面添一条长度为 1 的轴 |
# | `squeeze(0)` | 第 0 轴长度为 1 时去掉它，否则不动 |
# | `permute(2, 0, 1)` | 换轴的次序 |
# | `contiguous()` | 需要时抄一份，让内存的次序与读的次序一致 |
#
# 每一种都和照片共用内存吗？

# %% [markdown] lang="en"
# ## Another reading, or a copy?
# The usual ways to change a shape:
#
# | code | what it does |
# |---|---|
# | `view(24, 3)` | breaks the lines elsewhere; if that takes a copy, raises an error |
# | `reshape(24, -1)` | the same; if that takes a copy, copies; -1 means "work out this length for me" |
# | `flatten()` | makes one strip; `flatten(1)` keeps axis 0 and flattens the rest |
# | `unsqueeze(0)` | puts an axis of length 1 in front |
# | `squeeze(0)` | takes axis 0 away if its length is 1, else does nothing |
# | `permute(2, 0, 1)` | reorders the axes |
# | `contiguous()` | copies if needed, so that memory has the order of reading |
#
# Does each of them share the memory of the photo?

# %%
if __name__ == "__main__":
    results = {
        "photo.view(24, 3)": photo.view(24, 3),
        "photo.reshape(24, -1)": photo.reshape(24, -1),
        "photo.flatten()": photo.flatten(),
        "photo.unsqueeze(0)": photo.unsqueeze(0),
        "photo.squeeze(0)": photo.squeeze(0),
        "photo.permute(2, 0, 1)": right,
        "right.flatten()": right.flatten(),
        "right.contiguous()": right.contiguous(),
    }
    for name, t in results.items():
        print(f"{name:<23}{tuple(t.shape)!s:<14}{same_memory(photo, t)}")

# %% [markdown] lang="zh"
# 前六个只是换了读法，改其中一个数，照片也跟着变（见 [索引与切片](indexing.py)）。后两个抄了一份，叫**副本**（copy）：
# 按 `right` 的次序读，在内存里要跳来跳去，想拉成一条，只能重抄。一行行读下去，在内存里正好一格接一格，就叫**连续**（contiguous）：
# `photo` 连续，`right` 不连续。

# %% [markdown] lang="en"
# The first six only read differently; change a number in one of them and the photo changes too (see
# [Indexing and slicing](indexing.py)). The last two are **copies**: reading `right` means jumping about in memory, so a strip
# in that order has to be written anew. A tensor is called **contiguous** if reading it row by row goes through memory cell by
# cell; `photo` is, `right` is not.

# %% [markdown] lang="zh"
# ## 三个常见错误
# ### 用 reshape 换轴，常规检查都通过

# %% [markdown] lang="en"
# ## Three common mistakes
# ### Swapping axes with reshape, and the usual checks pass

# %% [markdown] lang="zh" tags=["bug"]
# 下面比较形状和总和，再改回去，用 `torch.equal` 看是不是原样，最后看太阳的颜色。哪几项能发现照片毁了？

# %% [markdown] lang="en" tags=["bug"]
# Below we compare the shape and the sum, reshape back and ask `torch.equal` whether the original returns, and last look at
# the colour of the sun. Which of these notices the ruined photo?

# %% tags=["bug"]
if __name__ == "__main__":
    print(f"shape: {wrong.shape == right.shape}")
    print(f"sum: {torch.allclose(wrong.sum(), right.sum())}")
    print(f"round trip: {torch.equal(wrong.reshape(4, 6, 3), photo)}")
    print(f"sun: {torch.equal(wrong[:, 0, 4], photo[0, 4])}")

# %% [markdown] lang="zh" tags=["bug"]
# 前三项全通过：数一个不少，次序也没变，改回去当然是原样。查一个**认得出的位置**才露馅：太阳的三种颜色该在 `[:, 0, 4]`。
# 轴要换次序，就用 `permute`、`transpose`（对调两条轴，如 `transpose(0, 1)`）或 `.T`；`reshape` 只用来合并或拆开相邻的轴。

# %% [markdown] lang="en" tags=["bug"]
# The first three pass: the numbers are all there, still in their order, so of course they go back. Only a **place you can
# recognize** tells: the three colours of the sun belong at `[:, 0, 4]`. To reorder axes use `permute`, `transpose` (which
# swaps two, as in `transpose(0, 1)`) or `.T`; keep `reshape` for merging or splitting axes that are neighbours.

# %% [markdown] lang="zh"
# ### 不连续的张量：view 报错，reshape 悄悄抄

# %% [markdown] lang="en"
# ### Not contiguous: view complains, reshape copies in silence

# %% [markdown] lang="zh" tags=["bug"]
# 想把太阳的红色调成 0：它在 `right` 的第 0 通道第 0 行第 4 列，拉平后下标是 4。先用 `view(3, 24)` 合并高和宽，
# 再用 `view(72)` 全部拉平，最后听从报错的建议，改用 `reshape`：

# %% [markdown] lang="en" tags=["bug"]
# Let us dim the red of the sun to 0. In `right` it is in channel 0, row 0, column 4, so after flattening its index is 4.
# First `view(3, 24)` merges height and width, then `view(72)` flattens it all, and at last we take the advice of the error
# message and use `reshape`:

# %% tags=["bug"]
if __name__ == "__main__":
    print(f"view(3, 24): {tuple(right.view(3, 24).shape)}")
    try:
        right.view(72)
    except RuntimeError as error:
        print(textwrap.fill(str(error), 46))
    right.reshape(72)[4] = 0.0
    print(f"sun, red: {right[0, 0, 4]}")

# %% [markdown] lang="zh" tags=["bug"]
# `view` 从不抄数据，所以合并成的轴必须能用一个步幅走完。`right` 的步幅是 `{python} right.stride()`：一行走 6 步，每步 3 格，
# 正好到下一行，高和宽合得起来。通道合不进去：红色读到位置 `{python} flat_index((0, 3, 5), right.stride())`，
# 接下来的绿色却在位置 1，不是再跨 3 格，于是报错（dimension 就是轴）。可见“不连续就不能 `view`”并不准确。
#
# `reshape` 不报错，却抄了一份：0 写进了副本，太阳还是 `{python} f"{right[0, 0, 4].item():.1f}"`。要改原来的数，
# 就写 `right[0, 0, 4] = 0.0`；只要连续的数据，就写 `right.contiguous().view(72)`，明说要抄。

# %% [markdown] lang="en" tags=["bug"]
# `view` never copies, so one stride must do for the whole of a merged axis. The strides of `right` are
# `{python} right.stride()`: 6 steps of 3 cells end exactly at the next row, and height and width fit together. The channels
# do not. Red ends at position `{python} flat_index((0, 3, 5), right.stride())`, but the green that follows is at position 1,
# which is not 3 cells on, hence the error (a dimension is an axis). So it is not quite true that `view` fails on whatever is
# not contiguous.
#
# `reshape` raises no error but copies: the 0 went into the copy, and the sun is still
# `{python} f"{right[0, 0, 4].item():.1f}"`. To change the number itself, write `right[0, 0, 4] = 0.0`. If you only want
# contiguous data, `right.contiguous().view(72)` says openly that it copies.

# %% [markdown] lang="zh"
# ### 批次里只有一张图

# %% [markdown] lang="en"
# ### A batch of one image

# %% [markdown] lang="zh" tags=["bug"]
# 灰度图只有一个通道，这条轴长度为 1，常用 `squeeze()` 去掉。批次里有两张图时没问题，只剩一张呢？
# `torch.stack` 把几张图叠成一个批次：

# %% [markdown] lang="en" tags=["bug"]
# Grey images have one channel, an axis of length 1, and `squeeze()` is often used to remove it. With two images in the batch
# all is well; what if only one is left? `torch.stack` piles images into a batch:

# %% tags=["bug"]
if __name__ == "__main__":
    for n in (2, 1):
        grey = grey_layer(torch.stack([right] * n))
        loose, tight = tuple(grey.squeeze().shape), tuple(grey.squeeze(1).shape)
        print(f"N = {n}  squeeze() {loose}  squeeze(1) {tight}")

# %% [markdown] lang="zh" tags=["bug"]
# `squeeze()` 去掉**所有**长度为 1 的轴。只有一张时，批次的轴也没了：一张 4 行的图，看上去像 4 张。写明去掉哪条，
# `squeeze(1)`，就不随张数变。

# %% [markdown] lang="en" tags=["bug"]
# `squeeze()` removes **every** axis of length 1. With one image the batch axis goes too, and one image of 4 rows looks like
# 4 images. Name the axis, `squeeze(1)`, and the result no longer depends on how many images there are.

# %% [markdown] lang="zh"
# ## 练习

# %% [markdown] lang="en"
# ## Exercises

# %% [markdown] lang="zh" tags=["exercise"]
# 倒过来算：照片的内存里，位置 39 上是哪个像素的哪种颜色？先笔算，再写 `index_at(position, shape)`，用 `photo` 核对。

# %% [markdown] lang="en" tags=["exercise"]
# The other way round: which colour of which pixel is at position 39 of the photo's memory? Work it out on paper, then write
# `index_at(position, shape)` and compare with `photo`.


# %% tags=["solution"]
def index_at(position: int, shape: Sequence[int]) -> tuple[int, ...]:
    """The index of the number at a position (由位置求下标), row-major.

    Raises like ``strides_of``, ``ValueError`` if the position is beyond the end.
    """
    check_counts("position", (position,))
    strides, index = strides_of(shape), []
    if position >= math.prod(shape):
        raise ValueError(f"no position {position} in shape {tuple(shape)}")
    for stride in strides:
        index.append(position // stride)
        position %= stride
    return tuple(index)


if __name__ == "__main__":
    spot = index_at(39, photo.shape)
    print(f"index = {spot}  {photo[spot]:.1f} {photo.flatten()[39]:.1f}")

# %% [markdown] lang="zh" tags=["solution"]
# 从大步走起：39 除以 `{python} strides[0]` 得 2，余 3；3 除以 3 得 1，余 0。所以是 `{python} spot`：第 2 行第 1 列的红色，
# 红房子，两种取法都是 0.8。`//` 取商，`%` 取余数。

# %% [markdown] lang="en" tags=["solution"]
# Take the largest steps first: 39 divided by `{python} strides[0]` is 2, remainder 3; 3 divided by 3 is 1, remainder 0. So the
# index is `{python} spot`, the red of the pixel in row 2, column 1: the red house, 0.8 either way. `//` gives the quotient,
# `%` the remainder.

# %% [markdown] lang="zh" tags=["exercise"]
# 只看形状和步幅，写出 `is_row_major(t)`，判断张量是否连续，与 `t.is_contiguous()` 一致。试试 `photo`、`right`、
# `tiny.T` 和 `tiny[:1].T`，后两个结果一样吗？提示：连续的张量，步幅几乎总是 `strides_of(t.shape)`。

# %% [markdown] lang="en" tags=["exercise"]
# From shape and strides alone, write `is_row_major(t)`, which says whether a tensor is contiguous, in agreement with
# `t.is_contiguous()`. Try `photo`, `right`, `tiny.T` and `tiny[:1].T`; do the last two get the same answer? A hint: the
# strides of a contiguous tensor are nearly always `strides_of(t.shape)`.


# %% tags=["solution"]
def is_row_major(t: Tensor) -> bool:
    """Whether memory has the order of reading (是否连续), by shape and strides.

    Raises ``TypeError`` unless ``t`` is a tensor.
    """
    if not isinstance(t, Tensor):
        raise TypeError(f"expected a tensor, got {type(t)}")
    axes = zip(t.shape, t.stride(), strides_of(t.shape), strict=True)
    return t.numel() == 0 or all(n == 1 or s == wanted for n, s, wanted in axes)


if __name__ == "__main__":
    for t in (photo, right, tiny.T, tiny[:1].T):
        layout = f"{tuple(t.shape)!s:<10}{t.stride()!s:<11}"
        print(f"{layout} {is_row_major(t)!s:<6} {t.is_contiguous()}")

# %% [markdown] lang="zh" tags=["solution"]
# 打印的是形状、步幅、我们的答案和 PyTorch 的答案。`tiny[:1].T` 只有一列。长度为 1 的轴上从来不走一步，
# 步幅是多少都不要紧，所以它仍然连续。一个数也没有的张量，也算连续。

# %% [markdown] lang="en" tags=["solution"]
# Printed are shape, strides, our answer and PyTorch's. `tiny[:1].T` has a single column. On an axis of length 1 nobody ever
# takes a step, so its stride does not matter, and the tensor is still contiguous. So is one without any numbers.

# %% [markdown] lang="zh" tags=["exercise"]
# 一段 5 帧的视频，形状是 (T, H, W, C)，T 是帧数；PyTorch 的视频层却要 (C, T, H, W)。
# 拿 `torch.arange(360).reshape(5, 4, 6, 3)` 当视频，写 `video_to_cthw(video)`，先猜结果的步幅。改用 `hwc_to_chw` 会得到什么？

# %% [markdown] lang="en" tags=["exercise"]
# A video of 5 frames has the shape (T, H, W, C), with T frames, but PyTorch's layers for video want (C, T, H, W). Take
# `torch.arange(360).reshape(5, 4, 6, 3)` for the video, write `video_to_cthw(video)`, and guess the strides of the result
# first. What would `hwc_to_chw` give instead?


# %% tags=["solution"]
def video_to_cthw(video: Tensor) -> Tensor:
    """The same for a video (视频通道提前): (T, H, W, C) to (C, T, H, W), a view.

    Raises like ``hwc_to_chw``, and ``ValueError`` unless there are 4 axes.
    """
    check_image(video, axes=4)
    if video.ndim != 4:
        raise ValueError(f"expected 4 axes, got shape {tuple(video.shape)}")
    return video.permute(3, 0, 1, 2)


if __name__ == "__main__":
    video = torch.arange(360).reshape(5, 4, 6, 3)
    for name, t in (("video", video_to_cthw(video)), ("images", hwc_to_chw(video))):
        print(f"{name:<7} {tuple(t.shape)} {t.stride()}")

# %% [markdown] lang="zh" tags=["solution"]
# 步幅 `{python} video.stride()` 换了位置，成了 `{python} video_to_cthw(video).stride()`。
# `hwc_to_chw` 却把帧当作批次里的 5 张图，得到 (T, C, H, W)，那是图像层要的。

# %% [markdown] lang="en" tags=["solution"]
# The strides `{python} video.stride()` change places and become `{python} video_to_cthw(video).stride()`. `hwc_to_chw` takes
# the frames for a batch of 5 images and gives (T, C, H, W), which is what layers for images want.

# %% [markdown] lang="zh"
# ## 小结
# - 数在内存里排成一条，形状和步幅规定怎样读它。位置 = 各条轴的步数 × 步幅之和。
# - `reshape` 不换次序，只换断行的地方；换轴用 `permute` 或转置。形状对了，不等于内容对了。
# - Matplotlib 用 HWC，PyTorch 的图像层用 CHW。
# - 视图共用内存；必须抄数据时，`view` 报错，`reshape` 抄一份。
# - 去掉长度为 1 的轴，写明是哪一条。
#
# 接下来，沿一条轴求和、求平均：[归约与常用函数](core_functions.py)。

# %% [markdown] lang="en"
# ## Recap
# - Numbers stand in one strip of memory; shape and strides say how to read it. Position = the sum of steps × stride over
#   the axes.
# - `reshape` keeps the order and only breaks the lines elsewhere; to reorder axes use `permute` or a transpose. A right
#   shape does not mean right contents.
# - Matplotlib uses HWC, PyTorch's layers for images CHW.
# - Views share memory. Where a copy is needed, `view` raises an error and `reshape` copies.
# - When you remove an axis of length 1, say which.
#
# Next: sums and means along one axis, in [Reductions and core functions](core_functions.py).
