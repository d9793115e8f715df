# %% [markdown] lang="zh"
# # 创建张量
# 看看你的手机：此刻的气温，今天的天气（气温、湿度、风速），一周的天气，一张照片，一段 2 秒的视频。
# 神经网络（neural network）是从例子中学出来的一长串计算，只认得数。这五样东西怎样变成数？每样有多少个数？
#
# 还有一个谜：把照片的亮度都加 100，天空反而变暗，程序也不报错。为什么？
#
# 学完这一页，你能：
#
# - 说出读数、表格、照片、视频里的数朝哪几个方向排列；
# - 算出一份数据有多少个数、占多少内存；
# - 说清小数为什么存不准，又为什么够用；
# - 造出随机、却能重现的数；
# - 认出三个新手常犯的错误，其中两个不报错。
#
# 折叠的代码导入三个库：PyTorch（`torch`）计算，Matplotlib 画图，scikit-learn（`sklearn`）提供照片。
# 以 `check_` 开头的函数只检查输入，初读可以跳过。

# %% [markdown] lang="en"
# # Creating tensors
# Look at your phone: the temperature right now, today's weather (temperature, humidity, wind), the weather of a week, a
# photo, a video of 2 seconds. A neural network is a long calculation, learned from examples, and it knows nothing but
# numbers. So how do these five things become numbers, and how many numbers is each?
#
# And a riddle: add 100 to every brightness of the photo, and the sky turns dark, without any error. Why?
#
# After this page you can
#
# - say in which directions the numbers of a reading, a table, a photo and a video are arranged;
# - work out how many numbers some data hold and how much memory they take;
# - explain why most decimal numbers are not stored exactly, and why that is good enough;
# - make random numbers that can be repeated;
# - spot three beginner's mistakes, two of which raise no error.
#
# The folded code below imports three libraries: PyTorch (`torch`) calculates, Matplotlib draws, and scikit-learn
# (`sklearn`) lends us a photo. The functions whose names begin with `check_` only check inputs; skip them at first
# reading.

# %% tags=["setup"]
import math
import textwrap
from collections.abc import Sequence

import matplotlib.pyplot as plt
import torch
from sklearn.datasets import load_sample_image
from torch import Tensor


def check_tensor(t: Tensor) -> None:
    """Refuse what is no tensor (检查张量)."""
    if not isinstance(t, Tensor):
        raise TypeError(f"expected a tensor, got {type(t).__name__}")


def check_ticks(xs: Tensor, ys: Tensor) -> None:
    """Refuse all but two non-empty 1-D tensors of one dtype (检查刻度)."""
    for name, t in (("xs", xs), ("ys", ys)):
        check_tensor(t)
        if t.ndim != 1 or len(t) == 0:
            wanted, found = "shape (n,) with n >= 1", tuple(t.shape)
            raise ValueError(f"{name} must have {wanted}, got {found}")
    if xs.dtype != ys.dtype:
        raise TypeError(f"xs and ys differ in dtype: {xs.dtype} and {ys.dtype}")


def check_shape(shape: Sequence[int]) -> None:
    """Refuse lengths that are not positive integers (检查形状)."""
    if not isinstance(shape, Sequence):
        raise TypeError(f"shape must be a tuple like (2, 3), got {shape!r}")
    if not all(isinstance(n, int) and n > 0 for n in shape):
        raise ValueError(f"lengths must be positive integers, got {shape}")


def check_normal(mean: float, std: float) -> None:
    """Refuse a mean or a spread that is no finite number (检查均值与标准差)."""
    if not math.isfinite(mean):
        raise ValueError(f"mean must be finite, got {mean}")
    if not 0 <= std < math.inf:
        raise ValueError(f"std must be finite and not negative, got {std}")


def check_photo(photo: Tensor) -> None:
    """Refuse all but uint8 (检查照片)."""
    check_tensor(photo)
    if photo.dtype != torch.uint8:
        raise TypeError(f"photo must be uint8, got {photo.dtype}")


def check_float(dtype: torch.dtype) -> None:
    """Refuse all but floating-point types (检查浮点类型)."""
    if not isinstance(dtype, torch.dtype) or not dtype.is_floating_point:
        raise TypeError(f"expected a floating-point dtype, got {dtype}")


# %% [markdown] lang="zh"
# ## 张量：排好队的数
# **张量**（tensor）是整齐排列的数，可以排成一行、一张表，或一叠表。排列的每个方向叫一条**轴**（axis），有几条轴就是几维。
# 表有两条轴：往下数是行，往右数是列。各轴的长度依次写下来，就是**形状**（shape）。
# `torch.tensor` 用 Python 的数或列表造张量，列表每套一层，就多一条轴：

# %% [markdown] lang="en"
# ## Tensors: numbers in formation
# A **tensor** is numbers in neat order, for example in a row, in a table, or in a pile of tables. Each direction in
# which they are arranged is an **axis**, and the number of axes is the number of dimensions. A table has two: down,
# from row to row, and across, from column to column. The lengths of the axes, one after the other, are the **shape**.
# `torch.tensor` builds a tensor from a Python number or list; every level of nested lists adds an axis:

# %%
if __name__ == "__main__":
    now = torch.tensor(21.5)  # °C
    today = torch.tensor([21.5, 60.0, 3.2])  # °C, % humidity, m/s wind
    week = torch.tensor(
        [
            [21.5, 60.0, 3.2],  # one row a day
            [22.1, 58.0, 2.8],
            [19.4, 75.0, 5.1],
            [17.8, 88.0, 6.4],
            [18.6, 80.0, 4.0],
            [20.9, 66.0, 2.2],
            [22.7, 55.0, 1.9],
        ]
    )
    print(today)
    print(now.shape, today.shape, week.shape)
    print(week.ndim, now.item())

# %% [markdown] lang="zh"
# 第一行是 `today`，打印时默认四位小数。第二行是三个 `.shape`，显示成 `torch.Size`：`now` 没有轴，方括号就空着；
# `today` 有一条轴，长 3；`week` 有 7 行 3 列。最后一行，`.ndim` 数轴的条数（PyTorch 的参数把轴叫作 `dim`），
# `.item()` 把 `now` 里唯一的数变回 Python 的数。
#
# 没有轴的张量叫**标量**（scalar），只有一条轴的叫**向量**（vector）。`today` 用三个数描述同一天，每个叫一个**特征**
# （feature）。`week` 的两条轴是（时间，特征）。
#
# 照片放大了看，是一个个小方格，叫**像素**（pixel）。每个像素三个数：红、绿、蓝光各有多亮，从 0 到 255。
# 这三种颜色叫**通道**（channel）。`load_sample_image` 读出的照片，三条轴是（高，宽，通道）。
#
# 视频是一帧（frame）接一帧的照片，前面多一条轴。先用 `torch.zeros` 造一段全黑的：2 秒，每秒 24 帧，
# 每帧和照片一样大，也只存 0 到 255 的整数，写作 `dtype=torch.uint8`。

# %% [markdown] lang="en"
# The first line is `today`; printing shows four decimals. The second holds the `.shape` of the three tensors, shown as
# `torch.Size`: `now` has no axis, so its brackets are empty; `today` has one axis of length 3; `week` has 7 rows and 3
# columns. In the last line, `.ndim` is the number of axes (PyTorch's arguments call an axis `dim`), and `.item()` turns
# the only number of `now` back into a Python number.
#
# A tensor without axes is a **scalar**, one with a single axis a **vector**. The three numbers of `today` describe the
# same day; each is called a **feature**. The two axes of `week` are (time, features).
#
# And a photo? Enlarge it, and you see small squares, the **pixels**. Each pixel is three numbers: how bright its red,
# green and blue light are, from 0 to 255. These three colours are the **channels**. The photo that `load_sample_image`
# reads has three axes: (height, width, channels).
#
# A video is photos, one frame after another, so it gets one more axis in front. We let `torch.zeros` make an all-black
# one: 2 seconds, 24 frames a second, each frame as large as the photo and, like it, of whole numbers from 0 to 255,
# which is written `dtype=torch.uint8`.

# %%
if __name__ == "__main__":
    photo = torch.tensor(load_sample_image("china.jpg"))
    video = torch.zeros(2 * 24, 427, 640, 3, dtype=torch.uint8)
    print(photo.shape)
    print(photo[90, 100])  # row 90, column 100, both counted from 0


# %% tags=["plot"] alt_zh="左边是颐和园的照片，标着三个点：天空 A、红墙 B、树叶 C。右边是这三个像素的红、绿、蓝：A 为 `{python} photo[90, 100].tolist()`，B 为 `{python} photo[330, 250].tolist()`，C 为 `{python} photo[390, 100].tolist()`。" alt_en="Left: a photo of the Summer Palace with three marked places, sky A, red wall B, leaves C. Right: red, green and blue of these pixels: A `{python} photo[90, 100].tolist()`, B `{python} photo[330, 250].tolist()`, C `{python} photo[390, 100].tolist()`."
def draw_cells(ax, texts, colors, left=0.0, top=0.0):
    """Labelled cells (一格格地画), their upper left corner at (left, top)."""
    for i, row in enumerate(texts):
        for j, text in enumerate(row):
            corner = (left + j, top + i)
            ax.add_patch(
                plt.Rectangle(corner, 1, 1, fc=colors[i][j], alpha=0.4, ec="black")
            )
            ax.text(left + j + 0.5, top + i + 0.5, text, ha="center", va="center")


def shrink(photo: Tensor, k: int = 6) -> Tensor:
    """Means of k-by-k squares (缩小), down to multiples of 5: a lighter page."""
    height, width = photo.shape[0] // k, photo.shape[1] // k
    squares = photo[: height * k, : width * k].reshape(height, k, width, k, 3)
    return (squares.float().mean(dim=(1, 3)) // 5 * 5).to(torch.uint8)


if __name__ == "__main__":
    places = {"A": (90, 100), "B": (330, 250), "C": (390, 100)}
    panels = {"width_ratios": [1.7, 1]}
    fig, (ax, cells) = plt.subplots(1, 2, figsize=(5.6, 2.3), gridspec_kw=panels)
    few = shrink(photo)
    extent = (0, 6 * few.shape[1], 6 * few.shape[0], 0)
    ax.imshow(few.numpy(), extent=extent, interpolation="none")
    for name, (row, column) in places.items():
        ax.plot(column, row, "o", color="black", mfc="white", markersize=14)
        ax.text(column, row, name, ha="center", va="center_baseline", fontsize=9)
    ax.axis("off")
    colors = [["C4", "C2", "C0"]] * 3
    draw_cells(cells, [photo[p].tolist() for p in places.values()], colors)
    for i, name in enumerate(places):
        cells.text(-0.3, i + 0.5, name, ha="center", va="center")
    for j, name in enumerate(["red", "green", "blue"]):
        cells.text(j + 0.5, -0.15, name, ha="center", va="bottom", fontsize=9)
    cells.set_aspect("equal")
    cells.axis("off")
    cells.set(xlim=(-0.5, 3.1), ylim=(3.1, -0.6))
    plt.show()

# %% [markdown] lang="zh"
# `photo[90, 100]` 指定了行和列，只剩通道一条轴，所以是三个数：天空里的一个像素，图中的 A。天空偏蓝，蓝最大；B 是红墙，
# 红最大；C 是树叶，蓝最小。（照片：danielbuechele，[CC BY](https://creativecommons.org/licenses/by/2.0/)，
# 图中缩小了。）
#
# 五样东西正好从 0 维排到 4 维。下面 $(3,)$ 里的逗号是 Python 的写法，表示只有一项。最后一张卡片也是 4 维，轴的含义却不同：
# 网络常一次算许多张照片，比一张张算快；这 16 张叫**一批**（batch）。

# %% [markdown] lang="en"
# `photo[90, 100]` names the row and the column and leaves one axis, the channels, so it is three numbers: one pixel of
# the sky, place A in the figure. The sky is bluish, so blue is the largest; on the red wall, B, red is; in the leaves,
# C, blue is the smallest. (Photo: danielbuechele, [CC BY](https://creativecommons.org/licenses/by/2.0/); shown smaller
# in the figure.)
#
# Our five things are 0-D, 1-D, 2-D, 3-D and 4-D (D for dimensions). The comma of $(3,)$ below is Python's way of saying
# that there is a single entry. The last card has 4 dimensions as well, but its axes mean something else: networks often
# take many photos at once, which is faster than one by one; these 16 are called a **batch**.


# %% tags=["plot"] alt_zh="六张卡片，各画一种数据并标出每个轴：标量没有轴；向量的轴是特征；表格是时间和特征；照片是高、宽、通道；视频多一个帧的轴；一批照片多一个照片的轴。" alt_en="Six cards, each drawing one kind of data with its axes named: a scalar has none; a vector has features; a table time and features; a photo height, width and channels; a video adds frames; a batch adds photos."
def draw_photo(ax, left, top, width=3.0, height=2.0):
    """Three offset sheets, one a channel (一张照片的三个通道)."""
    for k, color in enumerate(["C0", "C2", "C4"]):
        corner = (left + 0.3 * (2 - k), top + 0.3 * (2 - k))
        for face, alpha in (("white", 1), (color, 0.5)):
            style = {"fc": face, "alpha": alpha, "ec": "black"}
            ax.add_patch(plt.Rectangle(corner, width, height, **style))


if __name__ == "__main__":
    fig, axes = plt.subplots(3, 2, figsize=(5.2, 6.2))
    cards = zip(
        ["scalar", "vector", "table", "photo", "video", "batch"],
        [
            "( )",
            "(3,)",
            "(7, 3)",
            "(427, 640, 3)",
            "(48, 427, 640, 3)",
            "(16, 427, 640, 3)",
        ],
        axes.flat,
        strict=True,
    )
    small = {"ha": "center", "va": "center", "fontsize": 9}
    for k, (name, shape, ax) in enumerate(cards):
        ax.text(0, 0.3, name, va="center", weight="bold")
        axes_label = "1 axis" if k == 1 else f"{min(k, 4)} axes"
        ax.text(8, 0.3, axes_label, ha="right", va="center", fontsize=9)
        ax.text(4, 7.2, shape, ha="center", va="center")
        if k == 0:
            draw_cells(ax, [[""]], [["C1"]], 3.5, 3)
        elif k == 1:
            draw_cells(ax, [[""] * 3], [["C1"] * 3], 2.5, 3)
            ax.text(4, 4.6, "features", **small)
        elif k == 2:
            for i in range(7):
                for j in range(3):
                    corner = (2.5 + j, 1.2 + 0.6 * i)
                    style = {"fc": "C1", "alpha": 0.4, "ec": "black"}
                    ax.add_patch(plt.Rectangle(corner, 1, 0.6, **style))
            ax.text(4, 6, "features", **small)
            ax.text(2.1, 3.3, "time", rotation=90, **small)
        elif k == 3:
            draw_photo(ax, 1.7, 1.9)
            ax.text(3.8, 5, "width", **small)
            ax.text(1.3, 3, "height", rotation=90, **small)
            ax.text(5.5, 3.4, "channels", **(small | {"ha": "left"}))
        else:
            for m in range(3):
                draw_photo(ax, 0.2 + 2.7 * m, 2.4, 1.6, 1.6)
            ax.annotate("", (7.9, 5.1), (0.2, 5.1), arrowprops={"arrowstyle": "->"})
            ax.text(4, 5.7, "frames" if k == 4 else "photos", **small)
        ax.set(xlim=(-0.3, 8.3), ylim=(7.9, -0.5))
        ax.add_patch(plt.Rectangle((-0.2, -0.4), 8.4, 8.2, fc="none", ec="gray"))
        ax.axis("off")
    fig.subplots_adjust(wspace=0.03, hspace=0.03)
    plt.show()

# %% [markdown] lang="zh"
# 张量只存数和形状，不记轴叫什么。$(7, 3)$ 可以是一座城市的 7 天，即（时间，特征）；也可以是同一天的 7 座城市，即
# （批次，特征）。哪条轴代表什么，得由你记住。
#
# ## 多少个数，多少内存
# `week` 有 7 行，每行 3 个数，共 `{python} week.numel()` 个；每个占 4 字节（byte），共 `{python} week.nbytes` 字节。
# 一般地，把各轴的长度相乘：
#
# $$N = n_1 \times n_2 \times \dots \times n_d$$
#
# $$M = N \times b$$
#
# $n_1, \dots, n_d$ 是 $d$ 条轴的长度，$N$ 是数的个数，$b$ 是一个数占几个字节，$M$ 是总字节数。$b$ 取决于**数据类型**（dtype）：
# 0 到 255 的整数用 `uint8`，占 1 字节；小数默认用 `float32`，占 4 字节。
#
# 下面的 `math.prod` 把各轴的长度相乘，`itemsize` 就是 $b$。

# %% [markdown] lang="en"
# A tensor stores numbers and a shape, not the names of its axes. $(7, 3)$ may be 7 days in one city, that is (time,
# features), or 7 cities on one day, that is (batch, features). Which axis means what is for you to remember.
#
# ## How many numbers, how much memory?
# `week` has 7 rows of 3 numbers, `{python} week.numel()` in all; each takes 4 bytes, which makes `{python} week.nbytes`
# bytes. In general, multiply the lengths of all axes:
#
# $$N = n_1 \times n_2 \times \dots \times n_d$$
#
# $$M = N \times b$$
#
# $n_1, \dots, n_d$ are the lengths of the $d$ axes, $N$ counts the numbers, $b$ is how many bytes one number takes, and
# $M$ is the total in bytes. $b$ depends on the **data type**, dtype for short: whole numbers from 0 to 255 are `uint8`
# and take 1 byte; numbers with a decimal point are `float32` unless you say otherwise and take 4.
#
# Below, `math.prod` multiplies the lengths, and `itemsize` is $b$.


# %%
def describe(t: Tensor) -> str:
    """Shape, dtype, count and memory of a tensor (张量的形状、类型、个数与字节数).

    ``describe(torch.zeros(2, 3))`` is ``"(2, 3) float32 n=6 bytes=24"``. Any
    shape. Raises ``TypeError`` for anything but a tensor.
    """
    check_tensor(t)
    n = math.prod(t.shape)
    name = str(t.dtype).removeprefix("torch.")
    return f"{tuple(t.shape)} {name} n={n} bytes={n * t.dtype.itemsize}"


# %% [markdown] lang="zh" tags=["predict"]
# 标量没有长度可乘，乘积是 0 还是 1？2 秒的视频大约几 MB（1 MB 是一百万字节）？

# %% [markdown] lang="en" tags=["predict"]
# A scalar has no length to multiply. Is the product 0 or 1? And roughly how many MB (a MB is a million bytes) is the
# video of 2 seconds?

# %%
if __name__ == "__main__":
    for t in (now, today, week, photo, video):
        print(describe(t))

# %% [markdown] lang="zh"
# 每行依次是形状、数据类型、个数 `n` 和字节数。连乘从 1 开始，没有长度可乘就还是 1：标量正是 1 个数。
# 视频有 `{python} f"{video.nbytes / 1e6:.0f}"` MB；视频文件小得多，因为压缩过，计算之前要展开。

# %% [markdown] lang="en"
# Each line gives the shape, the data type, the number of elements `n` and the bytes. A product starts from 1, and with
# no length to multiply it stays 1: a scalar is just 1 number. The video takes `{python} f"{video.nbytes / 1e6:.0f}"`
# MB. The file on your phone is far smaller because it is compressed; to calculate with it, it must be unpacked.

# %% [markdown] lang="zh" tags=["check"]
# PyTorch 自己也会数：`.numel()` 给出个数，`.nbytes` 给出字节数。

# %% [markdown] lang="en" tags=["check"]
# PyTorch counts too: `.numel()` gives the number of elements, `.nbytes` the bytes.

# %% tags=["check"]
if __name__ == "__main__":
    print(photo.numel(), photo.nbytes)
    print(week.numel(), week.nbytes)

# %% [markdown] lang="zh"
# ## 通道在前，还是在后？
# 记错轴会怎样？Matplotlib 画图，要通道在**最后**：（高，宽，通道），简写 HWC，`photo` 就是这样。网络里的一步计算叫
# **层**（layer），PyTorch 处理图像的层要通道在**最前**：（通道，高，宽），简写 CHW。下面的 `torch.nn.Conv2d` 造一个
# **卷积层**（convolutional layer），它把每个像素的三个数算成一个：

# %% [markdown] lang="en"
# ## Channels first or channels last?
# What if you confuse the axes? Matplotlib, which draws pictures, wants the channels **last**: (height, width,
# channels), HWC for short, and that is what `photo` is. One step of a network's calculation is called a **layer**, and
# PyTorch's layers for images want the channels **first**: (channels, height, width), or CHW. Below, `torch.nn.Conv2d`
# makes a **convolutional layer** that turns the three numbers of each pixel into one; how it calculates does not matter
# yet:

# %%
if __name__ == "__main__":
    layer = torch.nn.Conv2d(in_channels=3, out_channels=1, kernel_size=1)
    image = photo.permute(2, 0, 1)  # old axes 2, 0, 1: channels, height, width
    print(tuple(image.shape), "->", tuple(layer(image / 255).shape))
    try:
        layer(photo / 255)
    except RuntimeError as error:
        print(textwrap.fill(str(error), 56))

# %% [markdown] lang="zh"
# `permute` 按给出的次序重排各轴（见 [形状与内存](shapes.py)），得到 CHW 的 `image`，它顺利通过，三个通道变成一个
# （`kernel_size=1`：每次看 1 个像素）。除以 255，是因为层只收小数。
#
# HWC 的 `photo` 被拒绝。报错只看后半句：层把最前的轴当作通道，要 3 个，却数出 `{python} photo.shape[0]` 个，那其实是高。

# %% [markdown] lang="en"
# `permute` puts the axes into the order we list (see [Shapes and memory](shapes.py)), which gives the CHW `image`. It
# passes, and three channels become one (`kernel_size=1`: look at 1 pixel at a time). We divide by 255 because the layer
# takes no whole numbers.
#
# The HWC `photo` is refused. The end of the message says it all: the layer takes the first axis for the channels, wants
# 3, and counts `{python} photo.shape[0]`, which is the height.

# %% [markdown] lang="zh"
# ## 一个数占多少位
# 计算机把数存成一串 0 和 1，每个叫一**位**（bit），8 位是 1 字节。小数存成**浮点数**（floating-point number），就像科学
# 记数法：21.3 写成 `{python} 21.3 / 2**4` $\times 2^4$。正负号占一位；**指数**（exponent）这里是 4，管数有多大；
# **尾数**（fraction）存小数点后面的部分，管数有多准。整数没有指数和尾数，`uint8` 连符号位也没有。

# %% [markdown] lang="en"
# ## How many bits does a number take?
# A computer stores a number as a row of 0s and 1s, each called a **bit**; 8 bits are 1 byte. Numbers with a decimal
# point become **floating-point numbers**, which work like scientific notation: 21.3 is written as
# `{python} 21.3 / 2**4` $\times 2^4$. One bit is for the sign; the **exponent**, here 4, says how large the number is;
# the **fraction** holds what follows the decimal point and says how precise it is. Integers (whole numbers) have no
# exponent and no fraction, and `uint8` does not even have a sign.

# %% tags=["plot"] alt_zh="各种 dtype 的位数。uint8 有 8 位整数，int64 有 64 位；float16、float32、float64 分成符号、指数、尾数，尾数依次为 10、23、52 位。" alt_en="Bits of some dtypes. uint8 has 8 bits for an integer, int64 has 64; float16, float32 and float64 split into sign, exponent and fraction, the fraction having 10, 23 and 52 bits."
if __name__ == "__main__":
    bits = {  # sign, exponent, fraction, integer
        "uint8": (0, 0, 0, 8),
        "float16": (1, 5, 10, 0),
        "float32": (1, 8, 23, 0),
        "float64": (1, 11, 52, 0),
        "int64": (1, 0, 0, 63),
    }
    fig, ax = plt.subplots(figsize=(5.2, 3.2))
    start = [0] * len(bits)
    kinds = {"sign": "black", "exponent": "C1", "fraction": "C0", "integer": "C2"}
    hatches = ["", "////", "", "\\\\"]
    for k, (kind, color) in enumerate(kinds.items()):
        sizes = [row[k] for row in bits.values()]
        style = {"color": color, "alpha": 0.55, "ec": "white", "hatch": hatches[k]}
        ax.barh(list(bits), sizes, left=start, label=kind, **style)
        for row, (left, size) in enumerate(zip(start, sizes, strict=True)):
            if size > 1:
                badge = {"fc": "white", "ec": "none", "alpha": 0.8, "pad": 1}
                middle = (left + size / 2, row)
                ax.text(*middle, size, ha="center", va="center", bbox=badge)
        start = [a + b for a, b in zip(start, sizes, strict=True)]
    ax.set(xlabel="bits", xticks=[0, 8, 16, 32, 64])
    ax.invert_yaxis()
    ax.grid(axis="y", visible=False)
    place = {"loc": "lower center", "bbox_to_anchor": (0.45, 1), "ncols": 4}
    ax.legend(**place, handlelength=1.3, columnspacing=1.2)
    plt.show()

# %% [markdown] lang="zh" tags=["predict"]
# 把 21.3 °C 存成 `float16`、`float32`、`float64`，再原样取出来，哪一种分毫不差？

# %% [markdown] lang="en" tags=["predict"]
# Store 21.3 °C as `float16`, `float32` and `float64`, and take it out again. Which one gives back exactly 21.3?

# %%
if __name__ == "__main__":
    for dtype in (torch.float16, torch.float32, torch.float64):
        stored = torch.tensor(21.3, dtype=dtype)
        print(dtype, stored.nbytes, f"{stored.item():.17g}")  # up to 17 digits

# %% [markdown] lang="zh"
# 每行是数据类型、字节数和取出来的数。没有一种是准的：21.3 写成二进制没有尽头，好比三分之一写不成有限小数。
#
# `float16` 差了 `{python} f"{abs(torch.tensor(21.3, dtype=torch.float16).item() - 21.3):.3f}"` °C。训练要累加许多微小的
# 改动，这么粗就会丢掉一些（见最后一道练习）。`float32` 差不到百万分之一度，比温度计精细得多。`float64` 更准，但内存翻倍，
# 也更慢，多出的精度又淹没在数据的误差里。所以默认用 `float32`。

# %% [markdown] lang="en"
# Each line: the data type, its bytes, the number we get back. None is exact: in binary 21.3 never ends, just as one
# third never ends in decimals.
#
# `float16` is off by `{python} f"{abs(torch.tensor(21.3, dtype=torch.float16).item() - 21.3):.3f}"` °C. Training adds
# up many tiny changes, and numbers this coarse lose some of them (see the last exercise). `float32` is off by less than
# a millionth of a degree, far finer than a thermometer. `float64` is finer still, but takes twice the memory and is
# slower, and what it gains drowns in the errors of the data. That is why `float32` is the default.

# %% [markdown] lang="zh"
# ## 不用一个个写
# 大的张量不必逐个敲数，给出形状，或起点和终点就行：

# %% [markdown] lang="en"
# ## Without typing every number
# Nobody types the numbers of a large tensor. These functions take a shape, or a start and an end:

# %%
if __name__ == "__main__":
    print(torch.zeros(2, 3))
    print(torch.ones(3))
    print(torch.full((2,), 21.5))
    print(torch.zeros_like(photo[90, 100]))
    print(torch.arange(0, 24, 6))
    print(torch.linspace(0, 24, 5))
    print(torch.arange(1, 1.3, 0.1))

# %% [markdown] lang="zh"
# | 函数 | 造出什么 |
# |---|---|
# | `zeros`、`ones` | 全 0，全 1 |
# | `full` | 全是给定的数；形状要加括号 |
# | `zeros_like` | 全 0，形状和数据类型照抄另一个张量 |
# | `arange` | 从 0 起，每次加 6，**不含**终点 24 |
# | `linspace` | 从 0 到 24 等距的 5 个数，**含**两端 |
#
# 带小数点的是浮点数，不带的是整数。只给整数时，`torch.tensor` 和 `torch.arange` 造出 `int64`。
#
# 最后一行是个陷阱。从 1 起每次加 0.1，不含终点 1.3，该有 3 个数，却得到 4 个：小数存不准，`(1.3 - 1) / 0.1`
# 算出来是 `{python} (1.3 - 1) / 0.1`，比 3 步多一丁点。小数请用 `linspace`，明说要几个。

# %% [markdown] lang="en"
# | function | what it makes |
# |---|---|
# | `zeros`, `ones` | nothing but 0, nothing but 1 |
# | `full` | a given number everywhere; the shape goes in brackets |
# | `zeros_like` | 0s with the shape and data type of another tensor |
# | `arange` | from 0 in steps of 6, the end 24 **excluded** |
# | `linspace` | 5 evenly spaced numbers from 0 to 24, both ends **included** |
#
# A decimal point marks floating-point numbers; without it they are integers. Given integers only, `torch.tensor` and
# `torch.arange` make `int64`.
#
# The last line is a trap. From 1 in steps of 0.1, the end 1.3 excluded, should be 3 numbers, but we get 4: decimal
# numbers are not stored exactly, and `(1.3 - 1) / 0.1` comes out as `{python} (1.3 - 1) / 0.1`, a hair more than 3
# steps. For decimal numbers use `linspace` and say how many you want.

# %% [markdown] lang="zh"
# ### 网格：每个位置的坐标
# 要画整个房间的气温，先要有每一点的坐标 $(x, y)$。以后画网络的 [决策边界](../ch05_networks/decision_boundaries.py)，
# 也要这样逐点去问。房间宽 4 米、深 3 米，每米一个点，坐标排成（高，宽，2）的形状，最后一条轴是 $x$ 和 $y$：

# %% [markdown] lang="en"
# ### A grid: the coordinates of every place
# To map the temperature of a whole room, you first need the coordinates $(x, y)$ of every place. Later, when we draw a
# network's [decision boundary](../ch05_networks/decision_boundaries.py), we shall ask at every place in the same way.
# The room is 4 m wide and 3 m deep, with a point every metre. The coordinates have the shape (height, width, 2), and
# the last axis is $x$ and $y$:


# %%
def make_grid(xs: Tensor, ys: Tensor) -> Tensor:
    """Coordinates of every place on a plane (坐标网格): ``grid[i, j]`` is x_j, y_i.

    ``xs`` has shape (width,), ``ys`` (height,), the result (height, width, 2), all
    of one dtype. Raises ``TypeError`` for other types, ``ValueError`` for shapes.
    """
    check_ticks(xs, ys)
    rows = [[[x, y] for x in xs.tolist()] for y in ys.tolist()]
    return torch.tensor(rows, dtype=xs.dtype)


if __name__ == "__main__":
    xs, ys = torch.linspace(0, 4, 5), torch.linspace(0, 3, 4)
    grid = make_grid(xs, ys)
    x, y = grid[:, :, 0], grid[:, :, 1]  # a colon keeps the whole axis
    heat = 18 + 6 / (1 + (x - 1) ** 2 + (y - 2) ** 2)  # a stove at (1, 2)
    print(describe(grid), grid[2, 1])
    for row in heat.tolist():
        print("  ".join(f"{t:.1f}" for t in row))

# %% [markdown] lang="zh"
# `grid[2, 1]` 在第 2 行第 1 列（从 0 数起），是 $x = 1$、$y = 2$：行管 $y$，列管 $x$，次序和坐标相反。后四行是四行点的
# 气温：房间设为 18 °C，这一点有个炉子，多 6 °C，成了 `{python} f"{heat[2, 1].item():.0f}"` °C，越远多得越少。

# %% [markdown] lang="en"
# `grid[2, 1]`, in row 2 and column 1 (counted from 0), is $x = 1$, $y = 2$: the row gives $y$ and the column $x$, the
# reverse of the coordinates. The other four lines are the temperatures of the four rows of points: we made the room 18
# °C and put a stove at this point, which adds 6 °C and makes it `{python} f"{heat[2, 1].item():.0f}"` °C; farther away
# it adds less.

# %% [markdown] lang="zh" tags=["check"]
# PyTorch 自带的 `meshgrid` 应该给出同样的结果。`torch.equal` 问两个张量是否完全一样：

# %% [markdown] lang="en" tags=["check"]
# PyTorch's own `meshgrid` should give the same. `torch.equal` asks whether two tensors are exactly equal:

# %% tags=["check"]
if __name__ == "__main__":
    all_x, all_y = torch.meshgrid(xs, ys, indexing="xy")
    print(torch.equal(x, all_x), torch.equal(y, all_y))

# %% [markdown] lang="zh"
# ## 随机，但可以重现
# 训练之前，网络里的数通常是随机的。最常用的是**正态分布**（normal distribution）：多数靠近均值，越远越少。
# 散得多开，看**标准差**（standard deviation）：约三分之二的数，离均值不到一个标准差。`torch.randn` 抽出
# 均值 0、标准差 1 的数 $z$，再换算成 $x$：
#
# $$x = \mu + \sigma z$$
#
# $\mu$ 是想要的均值，$\sigma$ 是想要的标准差。可是每次抽的数都不同，出了错怎么查？给一个**种子**（seed）：
# 种子相同，抽出的数就相同。

# %% [markdown] lang="en"
# ## Random, yet repeatable
# Before training, most numbers inside a network are random. The usual choice is the **normal distribution**: most
# values lie near the mean, fewer and fewer farther away. How widely they spread is told by the **standard deviation**:
# about two in three lie within one standard deviation of the mean. `torch.randn` draws numbers $z$ of mean 0 and
# standard deviation 1, which we convert into $x$:
#
# $$x = \mu + \sigma z$$
#
# $\mu$ is the mean we want, $\sigma$ the standard deviation we want. But how do you find an error in something that
# comes out differently each time? Give the random numbers a **seed**: the same seed draws the same numbers.


# %%
def seeded_normal(
    shape: Sequence[int], mean: float = 0.0, std: float = 1.0, seed: int = 0
) -> Tensor:
    """Normal random numbers that can be repeated (带种子的正态随机数): float32.

    Draws from a generator of its own. Raises ``TypeError`` or ``ValueError`` for
    bad lengths, ``ValueError`` for a mean or std not finite or std < 0.
    """
    check_shape(shape)
    check_normal(mean, std)
    generator = torch.Generator().manual_seed(seed)
    return mean + std * torch.randn(tuple(shape), generator=generator)


if __name__ == "__main__":
    readings = seeded_normal((1000,), mean=21.5, std=0.3, seed=0)
    print(f"mean = {readings.mean():.3f}  std = {readings.std():.3f}")
    near = (readings - 21.5).abs() < 0.3  # abs: no sign; True or False for each
    share = near.float().mean().item()  # float: True becomes 1, False becomes 0
    print(f"share = {share:.1%}")

# %% tags=["plot"] alt_zh="1000 个模拟读数的直方图，像一座钟，中心在 21.5 °C，和正态分布的曲线大致重合。" alt_en="Histogram of 1000 simulated readings: a bell centred at 21.5 °C that roughly follows the curve of the normal distribution."
if __name__ == "__main__":
    fig, ax = plt.subplots()
    step = 0.1
    edges, t = torch.linspace(20.5, 22.5, 21), torch.linspace(20.5, 22.5, 81)
    z = (t - 21.5) / 0.3
    curve = 1000 * step * torch.exp(-(z**2) / 2) / (0.3 * math.sqrt(2 * math.pi))
    ax.hist(readings, bins=edges, color="C0", alpha=0.5, label="drawn")
    ax.plot(t, curve, color="C1", label="normal distribution")
    ax.set(xlabel="temperature (°C)", ylabel="number of readings")
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=2)
    plt.show()

# %% [markdown] lang="zh"
# 这支温度计的读数会抖：真实气温 21.5 °C，标准差 0.3 °C，读 1000 次。曲线是正态分布预期的个数。
# 抽到的均值、标准差与设定略有出入，抽得越多，通常越接近；离 21.5 °C 不到 0.3 °C 的占 `{python} f"{share:.1%}"`，约三分之二。
#
# 函数自造一个随机数发生器 `torch.Generator`，用 `manual_seed` 定下种子，别处抽数影响不到它。

# %% [markdown] lang="en"
# This is a thermometer that wavers: the air is at 21.5 °C, the standard deviation is 0.3 °C, and we read it 1000 times.
# The curve is the count to expect from the normal distribution. Mean and standard deviation of the draw are not quite
# what we asked for; the more we draw, the closer they usually are. `{python} f"{share:.1%}"`, about two in three, are
# within 0.3 °C of 21.5 °C.
#
# The function makes a `torch.Generator`, a source of random numbers of its own, and sets its seed with `manual_seed`;
# what the rest of the program draws makes no difference to it.

# %% [markdown] lang="zh" tags=["check"]
# 别处先抽 5 个数。种子相同，抽出的数还相同吗？换个种子呢？

# %% [markdown] lang="en" tags=["check"]
# Somebody else draws 5 numbers first. Does the same seed still give the same numbers? Does another seed?

# %% tags=["check"]
if __name__ == "__main__":
    torch.rand(5)
    again = seeded_normal((1000,), mean=21.5, std=0.3, seed=0)
    other = seeded_normal((1000,), mean=21.5, std=0.3, seed=1)
    print(torch.equal(again, readings), torch.equal(other, readings))

# %% [markdown] lang="zh"
# ## 三个常见错误
# ### 大写的 Tensor

# %% [markdown] lang="en"
# ## Three common mistakes
# ### Tensor with a capital T

# %% [markdown] lang="zh" tags=["bug"]
# 想存 3 °C，手一滑写成大写：

# %% [markdown] lang="en" tags=["bug"]
# You want to store 3 °C, and a capital letter slips in:

# %% tags=["bug"]
if __name__ == "__main__":
    print(describe(torch.tensor(3)))
    print(describe(torch.Tensor(3)))

# %% [markdown] lang="zh" tags=["bug"]
# 小写的 `torch.tensor(3)` 是值为 3 的标量。大写的 `torch.Tensor(3)` 把 3 当作**长度**，给出 3 个 `float32`，里面是
# 内存中残留的东西，可能是 0，也可能是天文数字。它不报错。一律用小写；要 3 个位置，就写 `torch.zeros(3)`。

# %% [markdown] lang="en" tags=["bug"]
# The lower-case `torch.tensor(3)` is a scalar of value 3. The capital `torch.Tensor(3)` takes 3 for a **length** and
# gives three `float32` that hold whatever was left in that memory, perhaps 0, perhaps an astronomical number. No error
# is raised. Always use the lower case; for three places write `torch.zeros(3)`.

# %% [markdown] lang="zh"
# ### 整数不能求导

# %% [markdown] lang="en"
# ### Integers have no gradient

# %% [markdown] lang="zh" tags=["bug"]
# 训练时要问：一个数改动一点点，结果变多少？这叫**梯度**（gradient），造张量时用 `requires_grad=True` 申请。初值写成 3：

# %% [markdown] lang="en" tags=["bug"]
# Training asks: if a number changes a tiny bit, by how much does the result change? That is the **gradient**, and you
# ask for it with `requires_grad=True` when you make the tensor. Suppose you start from 3:

# %% tags=["bug"]
if __name__ == "__main__":
    try:
        torch.tensor(3, requires_grad=True)
    except RuntimeError as error:
        print(textwrap.fill(str(error), 56))
    print(torch.tensor(3.0, requires_grad=True))

# %% [markdown] lang="zh" tags=["bug"]
# 整数没有“一点点”：3 的下一个就是 4，所以 PyTorch 拒绝。写成 `3.0`，或注明 `dtype=torch.float32`。

# %% [markdown] lang="en" tags=["bug"]
# Integers do not change by a tiny bit: after 3 comes 4, with nothing in between, so PyTorch refuses. Write `3.0`, or
# say `dtype=torch.float32`.

# %% [markdown] lang="zh"
# ### 亮过了头，反而变暗

# %% [markdown] lang="en"
# ### So bright that it turns dark

# %% [markdown] lang="zh" tags=["bug"]
# 开头的谜：先拿四个亮度试试，再轮到照片：

# %% [markdown] lang="en" tags=["bug"]
# The riddle from the top, tried first with four brightnesses and then with the photo:

# %% tags=["bug"]
if __name__ == "__main__":
    sky = torch.tensor([100, 155, 156, 200], dtype=torch.uint8)
    print(sky + 100)
    brighter = photo + 100
    darkened = (brighter < photo).float().mean().item()  # share of True
    print(f"{darkened:.1%}")

# %% [markdown] lang="zh" tags=["bug"]
# 8 位最多表示 255，再加 1，就像里程表转到头那样回到 0，这叫**溢出**（overflow）：155 加 100 是 255，156 加 100 就成了 0，200 加 100
# 成了 `{python} (sky + 100)[-1].item()`。照片里有 `{python} f"{darkened:.1%}"` 的数不升反降，程序却一声不响。先用 `.float()`
# 换成 `float32` 再算。

# %% [markdown] lang="en" tags=["bug"]
# 8 bits count up to 255; one more and they start again at 0, like a mileage counter at its end. That is **overflow**:
# 155 plus 100 is 255, but 156 plus 100 becomes 0, and 200 plus 100 becomes `{python} (sky + 100)[-1].item()`. In the
# photo, `{python} f"{darkened:.1%}"` of the numbers went down instead of up, and the program said nothing. Convert to
# `float32` with `.float()` before you calculate.

# %% [markdown] lang="zh"
# 左边溢出，原本最亮的天空最惨；右边先换成 `float32` 再加，超过 255 的画成 255：

# %% [markdown] lang="en"
# On the left the overflow, worst where it was brightest, in the sky. On the right the photo became `float32` first, and
# whatever exceeds 255 is drawn as 255:

# %% tags=["plot"] alt_zh="左：每个亮度加 100 之后的照片，原本明亮的天空变暗、变色。右：先换成小数再加，超过 255 的取 255，整张照片都变亮。" alt_en="Left: the photo after adding 100 to every brightness; the bright sky has turned dark and discoloured. Right: converted first and cut off at 255, the whole photo is brighter."
if __name__ == "__main__":
    few = shrink(photo)
    left, right = few + 100, (few.float() + 100).clamp(max=255) / 255
    fig, (left_ax, right_ax) = plt.subplots(1, 2, figsize=(5.6, 2.3))
    for ax, picture, title in (
        (left_ax, left, "added as uint8"),
        (right_ax, right, "added as float32"),
    ):
        ax.imshow(picture.numpy(), interpolation="none")
        ax.set_title(title, fontsize=10)
        ax.axis("off")
    fig.subplots_adjust(wspace=0.05)
    plt.show()

# %% [markdown] lang="zh"
# ## 练习

# %% [markdown] lang="en"
# ## Exercises

# %% [markdown] lang="zh" tags=["exercise"]
# 一分钟的视频，每秒 30 帧，每帧 1080 行 1920 列，3 个通道。换成 `float32` 要多少 GB（1 GB 是十亿字节）？
# 你的电脑装得下吗？写成函数，用上 `dtype.itemsize`。

# %% [markdown] lang="en" tags=["exercise"]
# A phone records one minute of video at 30 frames a second, each frame 1080 rows by 1920 columns with 3 channels.
# Converted to `float32`, how many GB (a GB is a billion bytes) is it? Does it fit into your computer? Write a function
# that uses `dtype.itemsize`.


# %% tags=["solution"]
def video_bytes(
    seconds: int, fps: int, height: int, width: int, dtype=torch.float32
) -> int:
    """Memory of a colour video in bytes (视频的字节数); ``fps`` is frames a second.

    Raises ``ValueError`` unless all lengths are positive integers.
    """
    check_shape((seconds, fps, height, width))
    return seconds * fps * height * width * 3 * dtype.itemsize


if __name__ == "__main__":
    for dtype in (torch.uint8, torch.float32):
        print(dtype, f"{video_bytes(60, 30, 1080, 1920, dtype) / 1e9:.1f} GB")

# %% [markdown] lang="zh" tags=["solution"]
# `float32` 是 `uint8` 的四倍，多数笔记本电脑装不下。所以要分批读、分批换。

# %% [markdown] lang="en" tags=["solution"]
# `float32` takes four times as much as `uint8`, more than most laptops hold. So programs read a small batch at a time
# and convert only that.

# %% [markdown] lang="zh" tags=["exercise"]
# 写一个不溢出的 `brighten(photo, amount)`，收进和给出的都是 `uint8`。
# 提示：`.clamp(0, 255)` 把超出范围的数拉回两端，`.to(torch.uint8)` 换数据类型。

# %% [markdown] lang="en" tags=["exercise"]
# Write `brighten(photo, amount)` without overflow, `uint8` in and `uint8` out. Hint: `.clamp(0, 255)` pulls numbers
# back to the ends of the range, `.to(torch.uint8)` changes the data type.


# %% tags=["solution"]
def brighten(photo: Tensor, amount: float) -> Tensor:
    """Add brightness without overflow (不溢出地调亮): uint8 of the same shape.

    A negative ``amount`` darkens. Raises ``TypeError`` unless ``photo`` is uint8.
    """
    check_photo(photo)
    return (photo.float() + amount).clamp(0, 255).to(torch.uint8)


if __name__ == "__main__":
    print(brighten(sky, 100))
    print(brighten(sky, -120))

# %% [markdown] lang="zh" tags=["solution"]
# 次序要紧：换成浮点数，相加，收进范围，再换回来。两行是加 100 和减 120。

# %% [markdown] lang="en" tags=["solution"]
# The order matters: convert to floating point, add, pull into the range, and only then convert back. The two lines are
# 100 added and 120 taken away.

# %% [markdown] lang="zh" tags=["exercise"]
# 用 `float16` 的标量记步数，每步加 1，会一直数下去吗？写函数找出第一个加 1 却不变的数。
# 提示：数翻一倍，相邻浮点数的间隔也翻一倍，所以从 1 起不断翻倍来试就行。

# %% [markdown] lang="en" tags=["exercise"]
# A step counter keeps its count in a `float16` scalar and adds 1 for each step. Will it count forever? Write a function
# that finds the first number that adding 1 does not change. Hint: each time a number doubles, the gap between
# neighbouring floating-point numbers doubles too, so it is enough to start at 1 and try doubles.


# %% tags=["solution"]
def last_count(dtype: torch.dtype) -> int:
    """Where counting by 1 gets stuck (数到哪里就停); smaller integers are exact.

    Raises ``TypeError`` unless ``dtype`` is a floating-point type.
    """
    check_float(dtype)
    n = torch.ones((), dtype=dtype)
    while n + 1 != n:
        n = 2 * n
    return int(n.item())


if __name__ == "__main__":
    for dtype in (torch.float16, torch.float32):
        print(dtype, last_count(dtype))

# %% [markdown] lang="zh" tags=["solution"]
# 数到 `{python} last_count(torch.float16)` 就不动了：尾数用完，相邻两个数相差 2，加 1 又舍回原处。
# `float32` 能数到一千六百多万。计数请用整数。

# %% [markdown] lang="en" tags=["solution"]
# It stops at `{python} last_count(torch.float16)`: the fraction has run out of bits, neighbouring numbers are 2 apart,
# and adding 1 rounds back to where it was. `float32` counts beyond sixteen million. Integers are the better counters.

# %% [markdown] lang="zh"
# ## 回到手机
# 开头的两个问题都有了答案：
#
# - 此刻的气温：0 维，1 个数；
# - 今天的天气：1 维，`{python} today.numel()` 个数；
# - 一周的天气：2 维，`{python} week.numel()` 个数；
# - 一张照片：3 维，`{python} f"{photo.numel():,}"` 个数；
# - 2 秒的视频：4 维，`{python} f"{video.numel():,}"` 个数，是照片的 `{python} len(video)` 倍；
# - 天空变暗：`uint8` 装不下 255 以上的数，加过了头又从 0 数起。
#
# ## 小结
# - 形状是各轴的长度，轴的含义由你记住；长度之积是个数，再乘每个数的字节数就是内存。
# - 小数默认 `float32`，整数默认 `int64`；照片多是 `uint8`，先换成浮点数再算。
# - 随机数要带种子。
#
# 接下来拿它们计算：[张量运算与广播](operations.py)。

# %% [markdown] lang="en"
# ## Back to your phone
# Both questions from the top have an answer:
#
# - the temperature right now: 0-D, 1 number;
# - today's weather: 1-D, `{python} today.numel()` numbers;
# - the weather of a week: 2-D, `{python} week.numel()` numbers;
# - a photo: 3-D, `{python} f"{photo.numel():,}"` numbers;
# - a video of 2 seconds: 4-D, `{python} f"{video.numel():,}"` numbers, `{python} len(video)` times the photo;
# - the dark sky: `uint8` holds nothing above 255, so what went over the top started again from 0.
#
# ## Recap
# - The shape is the lengths of the axes; what each axis means is for you to remember. The product of the lengths is the
#   number of elements; times the bytes of one number, it is the memory.
# - Numbers with a decimal point are `float32` by default, integers `int64`. Photos are usually `uint8`: convert them to
#   floating point before you calculate.
# - Give random numbers a seed.
#
# Next, we calculate with these numbers: [Tensor operations and broadcasting](operations.py).
