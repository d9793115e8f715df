# %% [markdown] lang="zh"
# # 数据加载
# 朋友想租房，从网站导出一张表：126 套房子，每套有面积（m²）、走到地铁的时间（分钟）和月租（元）。
# **50 m²、走 10 分钟的房子，一个月多少钱才算合理？**
#
# 线性模型就能回答，前几课都写过。这次麻烦在前面：表是硬盘上的一个**文本文件**，有一格空着，训练却要一批批整齐的数。
# 这段路上的错误往往没有声响：程序照跑，只是学歪了。
#
# 学完这一页，你能：
#
# - 读一个 CSV 文件，遇到坏数据，说得出在第几行、哪一列；
# - 自己写出取批次的程序，再换成 PyTorch 的 `Dataset` 和 `DataLoader`；
# - 把长短不一的样本拼成一批；
# - 说清另开进程取数据（`num_workers`）什么时候有用，什么时候碍事；
# - 避开四个常见错误。
#
# 下面折叠的代码是导入和输入检查，初读可以跳过。

# %% [markdown] lang="en"
# # Loading data
# A friend is looking for a flat and has exported a table from a website: 126 flats, each with its area (m²), the walk to the
# metro (minutes) and the rent (yuan a month). **What is a fair rent for 50 m² that are 10 minutes from the metro?**
#
# A linear model can answer that, and the last lessons have written one. This time the trouble comes before it: the table is a
# **text file** on a disk, one of its cells is empty, and training wants numbers in tidy batches. Mistakes on the road from
# file to batch are mostly silent: the program runs, and what it learns is wrong.
#
# After this page you can
#
# - read a CSV file and, when data are bad, say in which line and which column;
# - write the code that fetches batches, then replace it by PyTorch's `Dataset` and `DataLoader`;
# - make a batch of samples that differ in length;
# - say when extra processes that load data (`num_workers`) are a help, and when they are in the way;
# - stay clear of four common mistakes.
#
# The folded code holds imports and input checks; skip it at first reading.

# %% tags=["setup"]
import csv
import math
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import matplotlib.pyplot as plt
import torch
from sklearn.datasets import load_diabetes
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset, RandomSampler


def check_count(least: int = 1, **counts: int) -> None:
    """Refuse counts that are no integers of at least ``least`` (检查个数)."""
    for name, value in counts.items():
        if not isinstance(value, int) or value < least:
            raise ValueError(f"{name} must be an integer >= {least}, got {value!r}")


def check_data(x: Tensor, y: Tensor) -> None:
    """Refuse all but finite floats, (n, features) and (n, 1) (检查数据)."""
    for name, t in (("x", x), ("y", y)):
        if not isinstance(t, Tensor) or not t.is_floating_point():
            found = getattr(t, "dtype", type(t))
            raise TypeError(f"{name} must be a float tensor, got {found}")
        if t.ndim != 2 or t.numel() == 0:
            found = tuple(t.shape)
            raise ValueError(f"{name} must have rows and columns, got {found}")
        if not t.isfinite().all():
            raise ValueError(f"{name} contains NaN or infinity")
    if y.shape != (len(x), 1):
        raise ValueError(f"y must have shape ({len(x)}, 1), got {tuple(y.shape)}")


def check_header(names: list[str], file: str, missing: str | dict) -> None:
    """Refuse a first line without names, and an unknown ``missing`` (检查表头)."""
    numbers = [name for name in names if is_number(name)]
    if numbers or not all(names) or len(set(names)) < max(1, len(names)):
        wanted = "expected different column names"
        raise ValueError(f"{file} line 1: {wanted}, got {names}")
    if isinstance(missing, dict):
        unknown = [name for name in missing if name not in names]
        if unknown:
            raise ValueError(f"missing names {unknown}, the columns are {names}")
        if not all(is_number(value) for value in missing.values()):
            raise ValueError(f"missing must give finite numbers, got {missing}")
    elif missing not in ("error", "drop"):
        wanted = "'error', 'drop' or a dict of numbers"
        raise ValueError(f"missing must be {wanted}, got {missing!r}")


def is_number(text: str | float) -> bool:
    """Whether ``text`` is one finite number (是不是有限的数)."""
    try:
        return math.isfinite(float(text))
    except (TypeError, ValueError):
        return False


# %% [markdown] lang="zh"
# ## 磁盘上的表
# 自己造的数据才知道真值，所以表由我们来造：
#
# $$y_i = 60\, a_i - 40\, t_i + 800 + \varepsilon_i$$
#
# $a_i$ 是第 $i$ 套的面积，$t_i$ 是步行时间，$y_i$ 是月租：每多 1 m² 贵 60 元，每多走 1 分钟便宜 40 元，底价 800 元。
# $\varepsilon_i$ 是噪声（装修、楼层），标准差 300 元。网站按面积排了序，这一点后面要紧。
#
# 存盘的格式是 **CSV**（comma-separated values）：一行一套，逗号隔开，第一行是列名。我们故意抹掉一格。

# %% [markdown] lang="en"
# ## A table on disk
# Only of data that we make ourselves do we know the truth. So we make the table:
#
# $$y_i = 60\, a_i - 40\, t_i + 800 + \varepsilon_i$$
#
# Here $a_i$ is the area of flat $i$, $t_i$ the walk and $y_i$ the rent: each m² costs 60 yuan more, each minute of walking
# 40 yuan less, on top of a base of 800 yuan. The noise $\varepsilon_i$ (the kitchen, the floor) has a standard deviation of
# 300 yuan. The website has sorted the flats by area; that will matter.
#
# On disk the format is **CSV**, comma-separated values: a line for each flat, commas between the cells, column names in
# the first line. We empty one cell on purpose.


# %%
NAMES = ["area_m2", "walk_min", "rent_yuan"]


def make_flats(seed: int, n: int) -> Tensor:
    """Invented flats (租房数据), shape (n, 3): m², minutes, yuan; sorted by area.

    Raises ``ValueError`` unless n is a positive integer.
    """
    check_count(n=n)
    rng = torch.Generator().manual_seed(seed)
    area = (20 + 70 * torch.rand(n, generator=rng)).round().sort().values
    walk = torch.randint(1, 21, (n,), generator=rng).float()
    noise = 300 * torch.randn(n, generator=rng)
    rent = (60 * area - 40 * walk + 800 + noise).round()
    return torch.stack([area, walk, rent], dim=1)


def write_table(path: Path, names: Sequence[str], rows: Sequence[Sequence]) -> None:
    """Write a CSV file (写表格). ``ValueError`` for a row of wrong length."""
    if any(len(row) != len(names) for row in rows):
        raise ValueError(f"each row must have {len(names)} cells")
    with open(path, "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([names, *rows])


if __name__ == "__main__":
    numbers = make_flats(seed=4, n=126).long().tolist()
    flats = [[str(number) for number in row] for row in numbers]
    flats[40][1] = ""  # the owner forgot the walk
    for row in [NAMES, *flats[:3]]:
        print(",".join(row))

# %% [markdown] lang="zh"
# 从文件到模型有四站：文件里是文字；`Dataset` 存着数，要几号样本就给几号；`DataLoader` 把编号排出次序，切成段；
# 再按每段编号去取样本，拼成一批。图中是前四套房子，蓝的两格是特征，末格（橙）是标签；编号每 2 个一段，右下是第一段取来的一批。

# %% [markdown] lang="en"
# From file to model there are four stations. The file holds text. A `Dataset` holds the numbers read from it and hands out any one
# sample when asked. A `DataLoader` puts the indices of the samples in some order, cuts them into pieces, and fetches the samples of
# each piece: that is a batch. The figure shows the first four flats; in each sample two cells are features (blue) and the last is the
# label (orange). Each piece has 2 indices, and at the lower right is the batch that the first piece fetched.

# %% tags=["plot"] alt_zh="上排：CSV 文件的四行文字，箭头指向 Dataset 里带编号的四个样本，分特征与标签。下排：DataLoader 打乱的编号，两个一组；第一组从 Dataset 取出一批。" alt_en="Above: four lines of text of the CSV file, with an arrow to four numbered samples, features and label, in the Dataset. Below: the shuffled numbers of the DataLoader, two and two; the first two take a batch out of the Dataset."


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
    first, order = flats[:4], [2, 0, 3, 1]
    kinds, white = ["C0", "C0", "C1"], [["white"] * 3] * 4
    fig, ax = plt.subplots(figsize=(5.6, 5.6))
    draw_cells(ax, first, white)
    draw_cells(ax, first, [kinds] * 4, left=5)
    draw_cells(ax, [order], [["C2", "C2", "C3", "C3"]], 0, 5.8)
    draw_cells(ax, [first[i] for i in order[:2]], [kinds] * 2, 5, 5.8)
    for i in range(4):
        ax.text(4.7, i + 0.5, i, ha="center", va="center", color="gray")
    for left, title in ((1.5, "CSV file"), (6.5, "Dataset")):
        ax.text(left, -0.4, title, ha="center")
    for left, title in ((2, "DataLoader"), (5.6, "batch")):
        ax.text(left, 5.4, title, ha="center")
    for start, end in (((3.2, 2), (4.3, 2)), ((4.1, 6.3), (4.9, 6.3))):
        ax.annotate("", end, start, arrowprops={"arrowstyle": "->"})
    ax.annotate("", (6.5, 5.7), (6.5, 4.1), arrowprops={"arrowstyle": "->"})
    ax.set_aspect("equal")
    ax.axis("off")
    ax.autoscale_view()
    ax.invert_yaxis()
    plt.show()

# %% [markdown] lang="zh"
# 第一站最容易出事。`csv.reader` 给出的每一格都是文字，要用 `float` 变成数；`line_num` 是刚读到第几行，从 1 数起。空着的格怎么办，
# 没有通用的答案，所以由参数 `missing` **明说**：默认报错，也可以丢掉整行（`"drop"`），或按列填一个数。

# %% [markdown] lang="en"
# The first station is where most accidents happen. Every cell that `csv.reader` gives is text, which `float` turns into a
# number; `line_num` is the number of the line just read, counted from 1. What to do about an empty cell has no general answer, so
# the argument `missing` **says it**: an error by default, or leave the row out (`"drop"`), or fill in a number for each column.


# %%
def read_cell(text: str, place: str) -> float:
    """One cell as a number (读一格). ``ValueError`` says where it stood."""
    if not is_number(text):
        raise ValueError(f"{place}: expected a number, got {text!r}")
    return float(text)


def read_table(
    path: str | Path, missing: str | dict[str, float] = "error"
) -> tuple[list[str], Tensor]:
    """Column names and numbers of a CSV file (读表格): float32, (rows, columns).

    Empty cells: ``missing="error"`` refuses them, ``"drop"`` leaves their rows out,
    ``{"walk_min": 12.0}`` fills those of the named columns. Raises ``ValueError``
    that names the file's line and column, and what was expected.
    """
    file_name, rows = Path(path).name, []
    fill = missing if isinstance(missing, dict) else {}
    with open(path, newline="", encoding="utf-8-sig") as file:
        # "-sig" skips the mark that spreadsheets write at the start of a file
        reader = csv.reader(file)
        names = [name.strip() for name in next(reader, [])]
        check_header(names, file_name, missing)
        for cells in reader:
            place = f"{file_name} line {reader.line_num}"
            if len(cells) != len(names):
                found = f"expected {len(names)} cells, got {len(cells)}"
                raise ValueError(f"{place}: {found}")
            pairs = [(n, c.strip()) for n, c in zip(names, cells, strict=True)]
            if missing == "drop" and not all(cell for _, cell in pairs):
                continue
            # an empty cell takes the number given for its column, if any
            full = [(n, c or str(fill.get(n, ""))) for n, c in pairs]
            rows.append([read_cell(c, f"{place}, {n}") for n, c in full])
    if not rows:
        raise ValueError(f"{file_name}: no row of numbers is left")
    return names, torch.tensor(rows)


# %% [markdown] lang="zh" tags=["predict"]
# 126 套里有一格空着。直接读，会发生什么？丢掉那一行，还剩几行？

# %% [markdown] lang="en" tags=["predict"]
# One cell among the 126 flats is empty. What happens if we just read the file? And how many rows are left if we drop that one?

# %%
if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "flats.csv"
        write_table(path, NAMES, flats)
        try:
            read_table(path)
        except ValueError as error:
            print(error)
        _, table = read_table(path, missing="drop")
        _, filled = read_table(path, missing={"walk_min": 10})
    print("drop", tuple(table.shape), "fill", tuple(filled.shape))

# %% [markdown] lang="zh"
# 错误指明了文件、行、列和读到的空文字 `''`。列名是第 1 行，0 号房子是第 2 行，40 号就是第 `{python} 40 + 2` 行。丢掉，剩 `{python} len(table)` 套；
# 填 10 分钟，还是 `{python} len(filled)` 套。只缺一格，丢掉最老实。缺得多才值得填，填的数只能从训练用的行里算；
# 用上测试的行就是偷看考题，叫 [数据泄漏](../ch04_classification/generalization.py)。**标签**缺了则不能填，练习里会看到后果。

# %% [markdown] lang="en"
# The error names file, line and column, and the empty text `''` that stood there. The column names are line 1 and flat 0 is
# line 2, so flat 40 is line `{python} 40 + 2`. Dropping leaves `{python} len(table)` flats; filling in 10 minutes keeps all
# `{python} len(filled)`. With a single gap, dropping is the honest choice. Only many gaps are worth filling, and the number to fill in must come from the rows used for
# training: taking it from the test rows too is to peek at the exam, called
# [data leakage](../ch04_classification/generalization.py). A missing **label** must never be filled; an
# exercise shows what happens.

# %% [markdown] lang="zh"
# 坏行也报错。下面三行，一行把 0 打成字母 O，一行少一格，一行写着 `nan`：

# %% [markdown] lang="en"
# Bad rows raise an error too. Of the next three, one has the letter O for a 0, one lacks a cell, and one says `nan`:

# %%
if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "flats.csv"
        for bad in (["45", "8", "3O00"], ["45", "8"], ["nan", "8", "3000"]):
            path.write_text("\n".join(map(",".join, [NAMES, *flats[:3], bad])))
            try:
                read_table(path)
            except ValueError as error:
                print(error)

# %% [markdown] lang="zh"
# 最险的是第三行：`float("nan")` **不报错**，得到“不是数”（NaN）。谁跟它运算，谁就变成 NaN，一步更新就毁掉全部参数，所以要另外查。
#
# ## Dataset：有几个，第 i 个是什么
# 训练只问数据两件事。一个类能答这两问，就是 PyTorch 说的**数据集**（dataset）：`len(d)` 调用 `__len__`，
# `d[i]` 调用 `__getitem__`。我们的类继承 `torch.utils.data` 里的 `Dataset`。

# %% [markdown] lang="en"
# The third is the most dangerous: `float("nan")` raises **no error** but gives "not a number" (NaN). Whatever meets it in a
# calculation becomes NaN too, and a single update ruins all parameters. Hence a check of its own.
#
# ## Dataset: how many, and which is number i?
# Training asks the data only two things. A class that answers both is what PyTorch calls a **dataset**: `len(d)` calls
# `__len__`, and `d[i]` calls `__getitem__`. Our class inherits from the `Dataset` in `torch.utils.data`.


# %%
class ArrayDataset(Dataset):
    """Samples held in memory (内存数据集): number i is the pair (x[i], y[i]).

    ``x`` has shape (n, features), ``y`` (n, 1). Raises ``TypeError`` unless both
    are float, ``ValueError`` for other shapes or NaN. As torch's ``TensorDataset``.
    """

    def __init__(self, x: Tensor, y: Tensor) -> None:
        check_data(x, y)
        self.x, self.y = x, y

    def __len__(self) -> int:
        return len(self.x)

    def __getitem__(self, i: int) -> tuple[Tensor, Tensor]:
        return self.x[i], self.y[i]


if __name__ == "__main__":
    # 2: and not 2, so that y stays a column, like the model's output
    dataset = ArrayDataset(table[:, :2], table[:, 2:])
    print(len(dataset), dataset[0])

# %% [markdown] lang="zh"
# 打印的是样本数和 0 号样本：两个特征，一个标签。
#
# ## 一批一批地取
# 有了这两问，取批次只要三步：排好编号（`torch.randperm` 抽一个随机次序），切成段（`split`），把每段的样本叠起来（`torch.stack`，x 和 y 各叠各的）。
# $n$ 个样本，每批 $B$ 个，批数是
#
# $$K = \lceil n / B \rceil$$
#
# $\lceil\;\rceil$ 是向上取整：除不尽，最后一批就小一些。

# %% [markdown] lang="en"
# Printed are the number of samples and sample number 0: two features and a label.
#
# ## Batch by batch
# With these two answers, fetching batches takes three steps: put the indices in order (`torch.randperm` draws a random one), cut
# them into pieces (`split`), and stack the samples of each piece (`torch.stack`, the x and the y apart). For $n$ samples in batches of $B$ there are
#
# $$K = \lceil n / B \rceil$$
#
# batches, where $\lceil\;\rceil$ rounds up: if the division leaves a remainder, the last batch is smaller.


# %%
def stack_samples(samples: Sequence[Sequence[Tensor]]) -> list[Tensor]:
    """Pairs (x, y) as one batch (叠成一批): [x, y] with a new first axis.

    Raises ``ValueError`` if there are no samples.
    """
    if not samples:
        raise ValueError("a batch needs at least one sample, got none")
    # zip(*...) turns pairs (x, y) into two columns: all the x, all the y
    return [torch.stack(column) for column in zip(*samples, strict=True)]


def batches(
    dataset: Dataset, batch_size: int, generator: torch.Generator | None = None
) -> Iterator[list[Tensor]]:
    """One epoch of batches by hand (手写批次): every index exactly once.

    Shuffled by ``generator``; without one, in order. Raises ``ValueError`` for an
    empty dataset or a ``batch_size`` that is no positive integer.
    """
    check_count(batch_size=batch_size, samples=len(dataset))
    order = torch.arange(len(dataset))
    if generator is not None:
        order = torch.randperm(len(dataset), generator=generator)
    pieces = order.split(batch_size)
    # a batch is only made when the loop asks for it
    return (stack_samples([dataset[i] for i in rows.tolist()]) for rows in pieces)


# %% [markdown] lang="zh"
# 数据先分两份：随机取 100 套来训练，仍按文件里的次序；其余 25 套留作测试，训练时不看。特征再做 [标准化](many_features.py)：减平均值，除以标准差。
# 两样都只用训练的 100 套来算，测试的房子照搬**同样的数**，将来的新房子也一样。

# %% [markdown] lang="en"
# First we split the data: 100 flats, taken at random, are for training, still in the order of the file; the other 25 are kept out of
# it for testing. Then the features are [standardized](many_features.py): minus the mean, divided by the standard deviation. Both come
# from the 100 training flats alone, and the test flats are converted with **the same numbers**, as any new flat will have to be.

# %% [markdown] lang="zh" tags=["predict"]
# 100 套，每批 32 套：有几批？最后一批几套？

# %% [markdown] lang="en" tags=["predict"]
# 100 flats in batches of 32: how many batches are there, and how large is the last?

# %%
if __name__ == "__main__":
    order = torch.randperm(len(table), generator=torch.Generator().manual_seed(0))
    rows, held_out = order[:100].sort().values, order[-25:]
    mean, std = table[rows, :2].mean(dim=0), table[rows, :2].std(dim=0)
    z, y = (table[:, :2] - mean) / std, table[:, 2:]
    train_set = ArrayDataset(z[rows], y[rows])
    test_set = ArrayDataset(z[held_out], y[held_out])
    by_hand = list(batches(train_set, 32, torch.Generator().manual_seed(0)))
    print([len(batch_y) for _, batch_y in by_hand])

# %% [markdown] lang="zh"
# 四批，最后一批只有 `{python} len(by_hand[-1][1])` 套。
#
# PyTorch 的 `DataLoader` 做的就是同一件事。次序由**采样器**（sampler）给出：`shuffle=True` 用随机的 `RandomSampler`，默认按原次序。

# %% [markdown] lang="en"
# Four batches, the last of `{python} len(by_hand[-1][1])` flats only.
#
# PyTorch's `DataLoader` does the very same. The order comes from a **sampler**: `shuffle=True` takes the random `RandomSampler`, and the
# default keeps the order as it is.

# %% [markdown] lang="zh" tags=["check"]
# 给采样器同样种子的发生器，四批逐一比较，应当分毫不差：

# %% [markdown] lang="en" tags=["check"]
# Give the sampler a generator of the same seed and compare the four batches one by one; all must agree exactly:

# %% tags=["check"]
if __name__ == "__main__":
    sampler = RandomSampler(train_set, generator=torch.Generator().manual_seed(0))
    by_torch = DataLoader(train_set, batch_size=32, sampler=sampler)
    for ours, theirs in zip(by_hand, by_torch, strict=True):
        print(all(torch.equal(a, b) for a, b in zip(ours, theirs, strict=True)))

# %% [markdown] lang="zh"
# ### 为什么打乱
# 下图一列是一个样本，一行是一轮，格子里是它进了第几批（从 0 数起）。

# %% [markdown] lang="en"
# ### Why shuffle?
# In the figure each column is a sample and each row an epoch; the cell says which batch the sample went to, counted from 0.

# %% tags=["plot"] alt_zh="上下两组格子，各四轮、十个样本。上面不打乱，每轮同样的样本同在一批，成了竖条；下面打乱，每轮的同伴都换。" alt_en="Two grids, each of four epochs and ten samples. Above, not shuffled, the same samples share a batch in every epoch: vertical stripes. Below, shuffled, other samples share a batch in each epoch."
if __name__ == "__main__":
    fig, ax = plt.subplots(figsize=(5.2, 5))
    for top, shuffle in ((0, False), (5.5, True)):
        rng = torch.Generator().manual_seed(0)
        loader = DataLoader(range(10), batch_size=4, shuffle=shuffle, generator=rng)
        grid = torch.zeros(4, 10, dtype=torch.int64)
        for epoch in range(4):
            for number, indices in enumerate(loader):
                grid[epoch, indices] = number
        grid = grid.tolist()
        draw_cells(ax, grid, [[f"C{k}" for k in line] for line in grid], top=top)
        title = "shuffled" if shuffle else "not shuffled"
        ax.text(0, top - 0.3, title, ha="left")
        for epoch in range(4):
            ax.text(-0.5, top + epoch + 0.5, epoch + 1, ha="center", va="center")
    ax.text(-1.3, 4.75, "epoch", rotation=90, ha="center", va="center")
    ax.text(5, 10.1, "sample", ha="center", va="center")
    ax.set_aspect("equal")
    ax.axis("off")
    ax.autoscale_view()
    ax.invert_yaxis()
    plt.show()

# %% [markdown] lang="zh"
# 不打乱，同批的永远是那几个样本。表又按面积排过序，每轮最后一步，参数总被最大的 4 套拉过去。打乱以后，每批都像整体的缩影。
#
# ## 从文件到模型
# 末批只有 4 套，各批的损失若直接平均，它每套的份量就是别人的 8 倍。所以一轮的平均损失要按样本数加权。第 $k$ 批有 $n_k$ 个样本，平均损失 $L_k$：
#
# $$\bar L = \frac{\sum_{k=1}^{K} n_k L_k}{\sum_{k=1}^{K} n_k}$$
#
# 训练循环 [前面](with_modules.py) 写过。`skip_init` 建层时不抽随机的初值，因为参数要从 0 开始。
# 给 `DataLoader` 一个 `generator`，次序就能重现。训练完，`in_units` 把权重换回元：设平均值为 $m$，标准差为 $s$，
#
# $$w\,\frac{a - m}{s} + b = \frac{w}{s}\,a + \left(b - \frac{w}{s}\,m\right)$$
#
# 比较的标准是**最小二乘**：训练数据上损失最低的权重和底价，`lstsq` 一步解出。

# %% [markdown] lang="en"
# Not shuffled, the same samples share a batch for ever. And as the table is sorted by area, in the last step of every epoch the 4 largest
# flats pull the parameters their way. Once shuffled, every batch is a small picture of the whole.
#
# ## From the file to the model
# The last batch has only 4 flats. Average the losses of the batches as they are, and each of the 4 counts 8 times as much as any other
# flat. So the mean loss of an epoch weighs each batch by its number of samples. Batch $k$ has $n_k$ samples and mean loss $L_k$:
#
# $$\bar L = \frac{\sum_{k=1}^{K} n_k L_k}{\sum_{k=1}^{K} n_k}$$
#
# The training loop is [one we have written](with_modules.py). `skip_init` makes a layer without drawing random first values, as
# the parameters are to start from 0. With a `generator` for the `DataLoader`, the order can be repeated.
# After training, `in_units` turns the weights back into yuan: with mean $m$ and standard deviation $s$,
#
# $$w\,\frac{a - m}{s} + b = \frac{w}{s}\,a + \left(b - \frac{w}{s}\,m\right)$$
#
# The yardstick is **least squares**: the weights and base of lowest loss on the training data, which `lstsq` finds in one go.


# %%
def epoch_mean(losses: Sequence[float], sizes: Sequence[int]) -> float:
    """Mean loss per sample (按样本数加权的平均) from the batches' means and sizes.

    Raises ``ValueError`` if there are no batches, or not one size for each.
    """
    if not losses:
        raise ValueError("no batches: there is nothing to average")
    if len(losses) != len(sizes):
        raise ValueError(f"expected {len(losses)} sizes, got {len(sizes)}")
    for size in sizes:
        check_count(size=size)
    total = sum(loss * size for loss, size in zip(losses, sizes, strict=True))
    return total / sum(sizes)


def train(
    dataset: Dataset,
    lr: float = 0.02,
    epochs: int = 60,
    batch_size: int = 32,
    shuffle: bool = True,
    seed: int = 0,
) -> tuple[nn.Linear, list[float]]:
    """Fit a linear model from zero by SGD (训练): the model, the epochs' losses.

    Raises ``ValueError`` for a rate that is not positive and finite, or bad counts.
    """
    check_count(epochs=epochs, batch_size=batch_size)
    if not 0 < lr < math.inf:
        raise ValueError(f"the learning rate must be positive and finite, got {lr}")
    rng = torch.Generator().manual_seed(seed)
    loader = DataLoader(dataset, batch_size, shuffle=shuffle, generator=rng)
    model = nn.utils.skip_init(nn.Linear, len(dataset[0][0]), 1)
    for parameter in model.parameters():
        nn.init.zeros_(parameter)
    optimizer, history = torch.optim.SGD(model.parameters(), lr=lr), []
    for _ in range(epochs):
        losses, sizes = [], []
        for x, y in loader:
            loss = nn.functional.mse_loss(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
            sizes.append(len(x))
        history.append(epoch_mean(losses, sizes))
    return model, history


def in_units(model: nn.Linear, mean: Tensor, std: Tensor) -> Tensor:
    """A model of standardized features in the features' own units (换回原单位).

    Returns (w_1, ..., w_k, b); ``mean`` and ``std`` have shape (k,). Raises
    ``ValueError`` for other shapes.
    """
    weight = model.weight[0].detach()
    if not weight.shape == mean.shape == std.shape:
        found = f"{tuple(mean.shape)} and {tuple(std.shape)}"
        raise ValueError(f"mean and std must be {tuple(weight.shape)}, got {found}")
    weight = weight / std
    return torch.cat([weight, model.bias.detach() - weight @ mean])


def least_squares(x: Tensor, y: Tensor) -> Tensor:
    """Weights and intercept of lowest squared error (最小二乘): (w_1, ..., w_k, b).

    Raises like ``check_data``. Source: ``torch.linalg.lstsq``.
    """
    check_data(x, y)
    columns = torch.cat([x, torch.ones(len(x), 1)], dim=1)
    return torch.linalg.lstsq(columns.double(), y.double()).solution.ravel().float()


if __name__ == "__main__":
    model, losses = train(train_set)
    learned = in_units(model, mean, std)
    best = least_squares(table[rows, :2], y[rows])
    in_order = in_units(train(train_set, shuffle=False)[0], mean, std)
    truth = torch.tensor([60.0, -40.0, 800.0])
    print("                yuan/m2  yuan/min   yuan")
    for name, (w_area, w_walk, b) in (
        ("truth", truth.tolist()),
        ("least squares", best.tolist()),
        ("training", learned.tolist()),
        ("not shuffled", in_order.tolist()),
    ):
        print(f"{name:14} {w_area:8.1f} {w_walk:9.1f} {b:6.0f}")
    with torch.no_grad():
        test_loss = nn.functional.mse_loss(model(test_set.x), test_set.y)
    test_error = test_loss.sqrt().item()
    rent = (learned @ torch.tensor([50.0, 10.0, 1.0])).item()
    noise = y[rows, 0] - table[rows, :2] @ truth[:2] - truth[2]
    noise_here = noise.square().mean().sqrt().item()

# %% [markdown] lang="zh"
# 三列是每平方米、每分钟的价钱和底价。学习率为什么取 0.02？标准化以后，损失的导数约是参数差距的 2 倍，每步就补上差距的
# `{python} f"{2 * 0.02:.0%}"`；60 轮共 `{python} 60 * len(by_hand)` 步，差距只剩 `{python} f"{(1 - 2 * 0.02) ** (60 * len(by_hand)):.3%}"`。
# 训练走到了最小二乘旁边，余下的是小批量的抖动；最小二乘与真值的差，来自噪声。和最小二乘比，不打乱，面积的单价差了
# `{python} f"{abs(in_order[0] - best[0]).item():.1f}"` 元，打乱的只差 `{python} f"{abs(learned[0] - best[0]).item():.1f}"` 元。
#
# 损失开了方，单位才是元，可以和噪声比：

# %% [markdown] lang="en"
# The columns are the price of a square metre, of a minute, and the base. Why a learning rate of 0.02? On standardized features the
# derivative of the loss is about twice the gap of a parameter, so each step closes `{python} f"{2 * 0.02:.0%}"` of the gap; after 60 epochs,
# `{python} 60 * len(by_hand)` steps, only `{python} f"{(1 - 2 * 0.02) ** (60 * len(by_hand)):.3%}"` is left. Training ends
# beside least squares, but for the jitter of the mini-batches; what separates least squares from the truth is the noise. Measured from least squares, the price of a square metre is off by
# `{python} f"{abs(in_order[0] - best[0]).item():.1f}"` yuan without shuffling, and with it by only `{python} f"{abs(learned[0] - best[0]).item():.1f}"`.
#
# The loss is a square; its root is in yuan and can be compared with the noise:

# %% tags=["plot"] alt_zh="每轮平均损失的平方根，从 `{python} f'{losses[0] ** 0.5:.0f}'` 元降到 `{python} f'{losses[-1] ** 0.5:.0f}'` 元，约二十轮后贴着噪声的 300 元。" alt_en="The root of each epoch's mean loss falls from `{python} f'{losses[0] ** 0.5:.0f}'` to `{python} f'{losses[-1] ** 0.5:.0f}'` yuan; after some twenty epochs it runs along the 300 yuan of the noise."
if __name__ == "__main__":
    fig, ax = plt.subplots()
    roots = [loss**0.5 for loss in losses]
    ax.plot(range(1, 61), roots, ".-", color="C0", label="training loss")
    ax.axhline(300, ls="--", color="black", label="noise")
    ax.set(xlabel="epoch", ylabel="root of the loss (yuan)", ylim=(0, None))
    ax.legend()
    plt.show()

# %% [markdown] lang="zh"
# 曲线最后略低于 300 元：这 100 套的噪声碰巧只有 `{python} f"{noise_here:.0f}"` 元。
#
# 开头的问题有答案了：50 m²、走 10 分钟的房子，每月约 `{python} f"{rent:.0f}"` 元算合理（真值公式给出
# `{python} 60 * 50 - 40 * 10 + 800` 元）。25 套没见过的房子，通常差 `{python} f"{test_error:.0f}"` 元上下（均方误差的平方根），
# 和噪声相当，没法更准了。
#
# ## 长短不一的样本
# 把样本合成一批，叫**拼批**（collate）。默认是叠起来，样本必须一样长。可是房间有多有少，记下各间的面积，就长短不一：

# %% [markdown] lang="en"
# In the end the curve is a little below 300 yuan: the noise of these 100 flats happens to be smaller, `{python} f"{noise_here:.0f}"` yuan.
#
# That answers the question at the top. For 50 m², 10 minutes from the metro, about `{python} f"{rent:.0f}"` yuan a month is fair (the
# true formula says `{python} 60 * 50 - 40 * 10 + 800`). On 25 flats never seen it is typically off by
# `{python} f"{test_error:.0f}"` yuan (the root of the mean squared error), about as much as the noise; one cannot hope for better.
#
# ## Samples of different length
# To make samples into a batch is to **collate** them. By default they are stacked, so they must be of one length. But flats
# differ in the number of their rooms, and a list of room sizes in its length:


# %%
def pad_rows(samples: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """Rows padded with zeros to the longest (补齐): (batch, longest), lengths.

    Raises ``ValueError`` unless there is a sample and each is a 1-d tensor.
    """
    if not samples or any(row.ndim != 1 for row in samples):
        found = [tuple(row.shape) for row in samples]
        raise ValueError(f"expected at least one 1-d tensor, got shapes {found}")
    lengths = torch.tensor([len(row) for row in samples])
    padded = torch.zeros(len(samples), int(lengths.max()), dtype=samples[0].dtype)
    for i, row in enumerate(samples):
        padded[i, : len(row)] = row
    return padded, lengths


if __name__ == "__main__":
    rooms = [torch.tensor(sizes) for sizes in ([20.0, 12], [15.0], [18.0, 14, 10])]
    try:
        next(iter(DataLoader(rooms, batch_size=3)))
    except RuntimeError as error:
        print(error)
    loader = DataLoader(rooms, batch_size=3, collate_fn=pad_rows)
    padded, lengths = next(iter(loader))
    print(padded, lengths)
    print(padded.mean(dim=1))
    print(padded.sum(dim=1) / lengths)

# %% [markdown] lang="zh"
# `collate_fn` 收到一列样本，交出一批（`next(iter(loader))` 取第一批）。短的补 0，叫**补齐**（padding），再带上真实长度。没有长度就会算错：末两行都是平均房间面积，
# 前一行把补的 0 也算了进去，第二套只有一间 15 m²，却成了 `{python} f"{padded[1].mean().item():.0f}"` m²；后一行除以真实长度，才对。
#
# ## 几个帮手：num_workers
# 默认由主进程自己取数据，这时模型闲着。`num_workers=2` 另开两个**工作进程**（worker，下面叫帮手），提前备好后面的批次。
# 假设取一批要 2 个单位时间，训练要 1 个。图中第一行没有帮手，下面三行有两个；数字是第几批：

# %% [markdown] lang="en"
# `collate_fn` is given a list of samples and returns a batch (`next(iter(loader))` takes the first one). Short ones are
# filled up with 0, which is called **padding**, and the true lengths go along. Without them, results are wrong: the last two lines both
# print the mean room size of each flat. In the first the padding was averaged too, and the second flat, a single room of 15 m², came out
# as `{python} f"{padded[1].mean().item():.0f}"` m²; the other divides by the true lengths and is right.
#
# ## Helpers: num_workers
# By default the main process fetches the data itself, and the model is idle meanwhile. `num_workers=2` starts two more processes, called
# **workers**, that get the next batches ready. Suppose that loading a batch takes 2 units of time and training on it 1. In the figure the
# first row has no workers, the three below have two; the numbers are those of the batches:

# %% tags=["plot"] alt_zh="时间条。没有帮手时，取数据和训练交替，四批用 `{python} alone` 个单位；两个帮手同时取数据，主进程只管训练，共 `{python} helped` 个单位。" alt_en="Bars of time. Without workers, loading and training take turns, `{python} alone` units for four batches; with two workers loading side by side, the main process only trains, `{python} helped` units in all."
if __name__ == "__main__":
    load, learn, alone, helped = 2, 1, 0, 0
    words = {"C0": "load a batch", "C1": "train on it"}
    fig, ax = plt.subplots()
    for k in range(4):
        bars = [(0, alone, load, "C0"), (0, alone + load, learn, "C1")]
        alone += load + learn
        fetched = load * (k // 2 + 1)  # workers 1 and 2 take turns
        helped = max(helped, fetched) + learn
        bars += [(2 + k % 2, fetched - load, load, "C0")]
        bars += [(1, helped - learn, learn, "C1")]
        for line, start, width, color in bars:
            style = {"color": color, "alpha": 0.4, "ec": "black", "height": 0.6}
            style |= {"hatch": "//" if color == "C1" else None}
            ax.barh(line, width, left=start, label=words.pop(color, None), **style)
            box = {"fc": "white", "ec": "none", "pad": 1}
            ax.text(start + width / 2, line, k, ha="center", va="center", bbox=box)
    lines = ["no workers", "main process", "worker 1", "worker 2"]
    ax.set_yticks(range(4), lines)
    ax.invert_yaxis()
    ax.grid(axis="y", visible=False)
    ax.set(xlabel="time (units)", xticks=range(0, 13, 2))
    ax.legend(loc="lower right")
    plt.show()

# %% [markdown] lang="zh"
# 四批从 `{python} alone` 个单位缩到 `{python} helped` 个。取样本很慢（解码图片、读大文件）才值得；数据已在内存，像这张表，
# 开进程、传数据反而更费时，用默认的 0 就好。
#
# 在 Windows 和 macOS 上，帮手是全新的 Python 进程（这种启动方式叫 **spawn**），要先把你的程序文件导入一遍，才认得数据集的类。
# 导入时不该又开始训练，所以主程序要放在 `if __name__ == "__main__":` 里面。它像一道门：直接运行才放行，被导入就跳过。

# %% [markdown] lang="en"
# Four batches take `{python} helped` units instead of `{python} alone`. That pays when fetching a sample is slow (decoding an image,
# reading a large file). When the data are in memory, like our table, starting processes and passing data costs more than it saves;
# stay with the default, 0.
#
# On Windows and macOS a worker is a brand-new Python process (this way of starting is called **spawn**). It must first import your
# program file from the top, or it would not know the class of the dataset. That import should not start the training again. So the main
# program must stand under `if __name__ == "__main__":`, a guard that lets it run when the file is started and skips it on import.

# %% [markdown] lang="zh"
# ```python
# from torch.utils.data import DataLoader
#
#
# def main():
#     for batch in DataLoader(range(8), batch_size=4, num_workers=2):
#         print(batch)
#
#
# if __name__ == "__main__":  # with num_workers > 0, never leave this out
#     main()
# ```

# %% [markdown] lang="en"
# ```python
# from torch.utils.data import DataLoader
#
#
# def main():
#     for batch in DataLoader(range(8), batch_size=4, num_workers=2):
#         print(batch)
#
#
# if __name__ == "__main__":  # with num_workers > 0, never leave this out
#     main()
# ```

# %% [markdown] lang="zh"
# ## 四个常见错误
# ### 忘了主程序的那道门

# %% [markdown] lang="en"
# ## Four common mistakes
# ### No guard around the main program

# %% [markdown] lang="zh" tags=["bug"]
# 去掉上面的 `if`，直接写 `main()`，spawn 出来的帮手导入文件时又会去开帮手。Python 察觉后报 `RuntimeError`，其中有
# `before the current process has finished its bootstrapping phase`（本进程还没启动完），主进程则说帮手 `exited unexpectedly`（意外退出）。
# 在 Linux 上往往碰巧能跑，换台电脑就坏。Notebook 里定义的类，spawn 的帮手也找不到，要放进 `.py` 文件。

# %% [markdown] lang="en" tags=["bug"]
# Leave out the `if` above and just call `main()`, and a spawned worker that imports the file tries to start workers of its own. Python
# notices and raises a `RuntimeError` that says `before the current process has finished its bootstrapping phase`; the main process
# reports that a worker `exited unexpectedly`. On Linux it often happens to work, and breaks on the next computer. A class defined in a
# notebook is out of a spawned worker's reach: put it into a `.py` file.

# %% [markdown] lang="zh"
# ### 各批平均，再平均

# %% [markdown] lang="en"
# ### The mean of batch means

# %% [markdown] lang="zh" tags=["bug"]
# 不加权会怎样？模型和数据都不动，只换 5 种次序：左边把四批的平均损失直接平均，右边是 `epoch_mean`，都开了方，单位是元。

# %% [markdown] lang="en" tags=["bug"]
# What if we do not weigh? Keep model and data and only change the order, 5 times. On the left the four batches' mean losses,
# averaged as they are; on the right `epoch_mean`; both as roots, in yuan.

# %% tags=["bug"]
if __name__ == "__main__":
    plain, weighted = [], []
    for seed in range(5):
        rng = torch.Generator().manual_seed(seed)
        means, sizes = [], []
        with torch.no_grad():
            for x, target in batches(train_set, 32, rng):
                means.append(nn.functional.mse_loss(model(x), target).item())
                sizes.append(len(x))
        plain.append((sum(means) / len(means)) ** 0.5)
        weighted.append(epoch_mean(means, sizes) ** 0.5)
        print(f"{plain[-1]:.1f}  {weighted[-1]:.1f}")

# %% [markdown] lang="zh" tags=["bug"]
# 同一个模型，直接平均在 `{python} f"{min(plain):.1f}"` 和 `{python} f"{max(plain):.1f}"` 之间乱跳，全看哪 4 套落在最后；加权的始终是
# `{python} f"{weighted[0]:.1f}"`。拿乱跳的数比模型，比的是运气。

# %% [markdown] lang="en" tags=["bug"]
# For one and the same model the plain mean jumps about between `{python} f"{min(plain):.1f}"` and `{python} f"{max(plain):.1f}"`, depending
# on which 4 flats come last; the weighted mean is always `{python} f"{weighted[0]:.1f}"`. Compare two models by a number that jumps, and
# you compare their luck.

# %% [markdown] lang="zh"
# ### 特征和标签各打乱各的

# %% [markdown] lang="en"
# ### Features and labels shuffled apart

# %% [markdown] lang="zh" tags=["bug"]
# 自己打乱数据，如果给 `x` 和 `y` 各抽一次次序，每套房子就配上了别人的租金。形状全对，没有报错：

# %% [markdown] lang="en" tags=["bug"]
# If you shuffle the data yourself and draw an order for `x` and another for `y`, each flat is paired with the rent of another. All
# shapes are right, and there is no error:

# %% tags=["bug"]
if __name__ == "__main__":
    rng = torch.Generator().manual_seed(0)
    order_x, order_y = (torch.randperm(100, generator=rng) for _ in range(2))
    apart = ArrayDataset(train_set.x[order_x], train_set.y[order_y])
    apart_model, apart_losses = train(apart)
    w_area = in_units(apart_model, mean, std)[0].item()
    print(f"loss {apart_losses[0]:.3g} -> {apart_losses[-1]:.3g}")
    print(f"{w_area:.1f} yuan/m2")

# %% [markdown] lang="zh" tags=["bug"]
# 损失照样大降，其实只学到平均租金：别人的面积，说明不了这套的租金。面积的单价是 `{python} f"{w_area:.1f}"` 元，真值是 60 元；损失的平方根停在
# `{python} f"{apart_losses[-1] ** 0.5:.0f}"` 元，约等于租金自己的标准差 `{python} f"{y[rows].std().item():.0f}"` 元。
# 放进同一个数据集，一次取一对，就拆不散了。

# %% [markdown] lang="en" tags=["bug"]
# The loss still falls a lot, yet all that is learned is the mean rent: the area of one flat says nothing of the rent of another. A
# square metre costs
# `{python} f"{w_area:.1f}"` yuan, where the truth is 60, and the root of the loss stays at
# `{python} f"{apart_losses[-1] ** 0.5:.0f}"` yuan, about the standard deviation of the rents themselves,
# `{python} f"{y[rows].std().item():.0f}"` yuan. Keep both in one dataset that hands them out in pairs, and
# they cannot come apart.

# %% [markdown] lang="zh"
# ### drop_last 悄悄丢数据

# %% [markdown] lang="en"
# ### drop_last loses data in silence

# %% [markdown] lang="zh" tags=["bug"]
# `drop_last=True` 扔掉不满的最后一批。训练时打乱，每轮扔的不同，无伤大雅；不打乱，扔的总是同样几套。测试时更糟：

# %% [markdown] lang="en" tags=["bug"]
# `drop_last=True` throws away a last batch that is not full. In shuffled training other flats go each epoch, which does little
# harm; without shuffling they are always the same. In testing it is worse:

# %% tags=["bug"]
if __name__ == "__main__":
    loader = DataLoader(train_set, batch_size=32, drop_last=True)
    seen = torch.cat([x for x, _ in loader])[:, 0] * std[0] + mean[0]
    largest = table[rows, 0].max()
    print(f"training: {len(seen)} of {len(train_set)}")
    print(f"largest: {largest:.0f} m2, seen: {seen.max():.0f} m2")
    loader = DataLoader(test_set, batch_size=32, drop_last=True)
    print(f"testing: {len(loader)} batches")
    try:
        epoch_mean([0.0 for _ in loader], [])
    except ValueError as error:
        print(error)

# %% [markdown] lang="zh" tags=["bug"]
# 表按面积排序，最大的 4 套永远不参加训练。测试的 25 套不满一批，**一批也没有**：循环一次不走，
# 幸好 `epoch_mean` 报了错。测试一律用 `drop_last=False`（默认值），并核对看过的样本数。

# %% [markdown] lang="en" tags=["bug"]
# As the table is sorted by area, the 4 largest flats never take part in training. And 25 test flats do not fill a batch, so there
# **is none**: the loop never runs; luckily `epoch_mean` raises an error. For testing, always keep
# `drop_last=False`, the default, and count the samples you have seen.

# %% [markdown] lang="zh"
# ## 练习

# %% [markdown] lang="en"
# ## Exercises

# %% [markdown] lang="zh" tags=["exercise"]
# 房东常不写月租。随机抹掉 30% 的月租，丢掉那些行，或者填上其余月租的平均值，再用最小二乘求面积的单价。
# 先猜：哪个接近 60？另一个大约多少？

# %% [markdown] lang="en" tags=["exercise"]
# Owners often leave out the rent. Remove 30% of the rents at random; then either drop those rows or fill in the mean of the other rents,
# and find the price of a square metre by least squares. Guess first: which will be near 60? And what will the other be, roughly?


# %% tags=["solution"]
def drop_or_fill(
    x: Tensor, y: Tensor, share: float, seed: int = 0
) -> tuple[Tensor, Tensor]:
    """Least squares with a share of the labels lost (缺标签): dropped, filled.

    Raises like ``check_data``, and ``ValueError`` unless 0 <= share < 1.
    """
    check_data(x, y)
    if not 0 <= share < 1:
        raise ValueError(f"share must be in [0, 1), got {share}")
    order = torch.randperm(len(x), generator=torch.Generator().manual_seed(seed))
    kept = order[round(share * len(x)) :]
    filled = y[kept].mean().expand_as(y).clone()
    filled[kept] = y[kept]
    return least_squares(x[kept], y[kept]), least_squares(x, filled)


if __name__ == "__main__":
    dropped, filled = drop_or_fill(table[rows, :2], y[rows], share=0.3)
    print(f"dropped {dropped[0]:.1f}  filled {filled[0]:.1f} yuan/m2")

# %% [markdown] lang="zh" tags=["solution"]
# 丢掉的仍在 60 附近。填的每套都说“面积与租金无关”，把斜率往 0 拉，只剩约七成：`{python} f"{filled[0].item():.1f}"` 元。

# %% [markdown] lang="en" tags=["solution"]
# Dropping stays near 60. Each rent that was filled in says "the area does not matter" and pulls the slope towards 0: about seven tenths
# are left, `{python} f"{filled[0].item():.1f}"` yuan.

# %% [markdown] lang="zh" tags=["exercise"]
# 样本也可以是字典，如 `{"size": torch.tensor([45.0, 8]), "rent": 3200}`。写 `collate` 把一列样本拼成一批：张量叠起来，数合成张量，字典和元组则逐项处理。
# 结果应与 `torch.utils.data.default_collate` 相同。

# %% [markdown] lang="en" tags=["exercise"]
# A sample may be a dict, such as `{"size": torch.tensor([45.0, 8]), "rent": 3200}`. Write `collate`, which makes a list of samples a batch:
# stack tensors, turn numbers into one tensor, and treat dicts and tuples entry by entry. The result should be that of
# `torch.utils.data.default_collate`.


# %% tags=["solution"]
def collate(samples: Sequence) -> Tensor | dict | list:
    """Samples of one kind as a batch (拼批): tensors, numbers, dicts, tuples.

    Raises ``ValueError`` without samples or if dicts differ in keys, ``TypeError``
    for any other kind.
    """
    if not samples:
        raise ValueError("a batch needs at least one sample, got none")
    first = samples[0]
    if isinstance(first, Tensor):
        return torch.stack(list(samples))
    if isinstance(first, int | float):
        return torch.tensor(samples)
    if isinstance(first, dict):
        if any(sample.keys() != first.keys() for sample in samples):
            raise ValueError(f"each sample must have the keys {list(first)}")
        return {key: collate([sample[key] for sample in samples]) for key in first}
    if isinstance(first, tuple):
        return [collate(column) for column in zip(*samples, strict=True)]
    wanted = "tensors, numbers, dicts or tuples"
    raise TypeError(f"expected {wanted}, got {type(first)}")


if __name__ == "__main__":
    homes = [{"size": torch.tensor([20.0, 3]), "rent": 1757}]
    homes += [{"size": torch.tensor([45.0, 8]), "rent": 3200}]
    print(collate(homes))

# %% [markdown] lang="zh" tags=["solution"]
# 一列字典变成一个字典，每个键下是一批：取的时候按名字，不怕记错位置。

# %% [markdown] lang="en" tags=["solution"]
# A list of dicts becomes one dict, with a batch under each key: you take things by name and need not remember their places.

# %% [markdown] lang="zh" tags=["exercise"]
# 文件太大，内存放不下怎么办？写一个 `LineDataset`：建立时只记下每行从第几个字节开始（`file.tell()`），问到第 $i$ 行才去读（`file.seek()`）。

# %% [markdown] lang="en" tags=["exercise"]
# What if a file is too large for the memory? Write a `LineDataset` that, when made, only notes at which byte each line begins
# (`file.tell()`) and reads line $i$ when asked for it (`file.seek()`).


# %% tags=["solution"]
class LineDataset(Dataset):
    """Rows of a CSV file read on demand (按需读盘): row i, float32, (columns,).

    Not handled: quoted cells. Raises ``ValueError`` for a file without rows or a
    bad cell, ``IndexError`` beyond the end.
    """

    def __init__(self, path: str | Path) -> None:
        self.path, self.starts = Path(path), []
        with open(path, "rb") as file:
            while file.readline():
                self.starts.append(file.tell())
        del self.starts[-1:]  # the end of the file begins no row
        if not self.starts:
            raise ValueError(f"{self.path.name}: no rows below the header")

    def __len__(self) -> int:
        return len(self.starts)

    def __getitem__(self, i: int) -> Tensor:
        with open(self.path, "rb") as file:
            file.seek(self.starts[i])
            cells = file.readline().decode().strip().split(",")
        place = f"{self.path.name} row {i}"
        return torch.tensor([read_cell(cell, place) for cell in cells])


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "flats.csv"
        write_table(path, NAMES, flats)
        lines = LineDataset(path)
        print(len(lines), lines[125])

# %% [markdown] lang="zh" tags=["solution"]
# 内存里只有行首的位置。`DataLoader` 照用不误：它只问那两件事。

# %% [markdown] lang="en" tags=["solution"]
# Only the beginnings of the lines are kept in memory. A `DataLoader` takes it as it is: it only ever asks those two questions.

# %% [markdown] lang="zh" tags=["exercise"]
# 换一份真数据走完全程：把 [多个特征](many_features.py) 用过的糖尿病数据（`load_diabetes`，10 个特征和一个分数）写成 CSV 文件，读回来，标准化，
# 用 `train` 训练，再和最小二乘比均方误差的平方根。

# %% [markdown] lang="en" tags=["exercise"]
# Go the whole way with real data: write the diabetes data of [many features](many_features.py) (`load_diabetes`, 10 features and a score)
# to a CSV file, read it back, standardize, train with `train`, and compare the root mean squared error with that of least squares.


# %% tags=["solution"]
def train_from_disk(path: Path) -> tuple[float, float]:
    """Errors after the way over a CSV file (从文件训练): training, least squares.

    In points of the score, on the training data. Writes the bundled table to
    ``path``; raises ``OSError`` if that fails. Source: Efron et al. (2004).
    """
    data = load_diabetes(scaled=False)
    rows = [[*x, y] for x, y in zip(data.data, data.target, strict=True)]
    write_table(path, [*data.feature_names, "score"], rows)
    _, table = read_table(path)
    x, y = table[:, :-1], table[:, -1:]
    z = (x - x.mean(dim=0)) / x.std(dim=0, correction=0)
    model, _ = train(ArrayDataset(z, y))
    *weights, bias = least_squares(z, y)
    with torch.no_grad():
        forecasts = model(z), z @ torch.stack(weights)[:, None] + bias
    trained, best = ((f - y).square().mean().sqrt().item() for f in forecasts)
    return trained, best


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        trained, best_error = train_from_disk(Path(folder) / "diabetes.csv")
    print(f"training {trained:.1f}  least squares {best_error:.1f}")

# %% [markdown] lang="zh" tags=["solution"]
# 读、查、标准化、训练的代码一行没改：换数据只换文件。

# %% [markdown] lang="en" tags=["solution"]
# Not a line of the code that reads, checks and trains had to change: new data are just a new file.

# %% [markdown] lang="zh"
# ## 小结
# - 读文件时就查：坏数据要报出行和列，缺的要明说怎么办。
# - `Dataset` 答两问，`DataLoader` 排次序、切段、拼批；训练打乱，特征和标签同行。
# - 一轮的平均损失按样本数加权；`drop_last` 不用于测试。
# - 取数据慢才用 `num_workers`，并给主程序装上那道门。
#
# 接下来预测的不再是数，而是“是不是”：[逻辑回归](../ch04_classification/logistic_regression.py)。

# %% [markdown] lang="en"
# ## Recap
# - Check while you read: report bad data by line and column, and say what is to be done about gaps.
# - A `Dataset` answers two questions; a `DataLoader` orders, cuts and collates. Shuffle for training; features and labels travel together.
# - Weigh the batches of an epoch by their numbers of samples; no `drop_last` in testing.
# - Use `num_workers` if fetching data is slow, and put the guard around the main program.
#
# Next, what we predict is no longer a number but "yes or no": [logistic regression](../ch04_classification/logistic_regression.py).
