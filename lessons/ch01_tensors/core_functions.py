# %% [markdown] lang="zh"
# # 归约与常用函数
# 四名学生 A、B、C、D 考了数学、物理、历史，每科满分 100 分。每人平均几分？每科平均几分？三科一样难吗？
# D 考得最高的是历史，76 分，历史就是 D 最拿手的一科吗？
#
# 要回答，先得把一行或一列数变成一个数：求和、求平均、取最大。这叫**归约**（reduction）。最容易错的是方向：
# 该按列算，却按行算了，往往不报错，得数也像那么回事。
#
# 学完这一页，你能：
#
# - 运行之前就说出归约的结果有几个数，各是谁的；
# - 找出最大的数和它的位置，再用 0 和 1 表示位置；
# - 把难易不同的科目放在一起比；
# - 中途的数大得存不下，也能算出正确答案；
# - 认出四个不报错的错误。
#
# 下面折叠的代码导入 PyTorch（`torch`）和画图工具，并检查输入，初读可以跳过。

# %% [markdown] lang="en"
# # Reductions and core functions
# Four students, A, B, C and D, sat exams in maths, physics and history, each worth up to 100 points. What is each
# student's mean? And the mean of each subject? Are the subjects equally hard? D's highest mark is the 76 in history: is
# history then what D is best at?
#
# To answer, we first turn a row or a column of numbers into one number: a sum, a mean, a maximum. That is a **reduction**.
# What is easiest to get wrong is the direction: take rows where you wanted columns, and often no error is raised, and the
# numbers that come out look quite reasonable.
#
# After this page you can
#
# - say before you run it how many numbers a reduction returns, and what each of them belongs to;
# - find the largest number and its position, and write the position with 0s and a 1;
# - compare marks from subjects that are not equally hard;
# - get the right answer even where a number halfway through is too large to store;
# - spot four mistakes that raise no error.
#
# The folded code below imports PyTorch (`torch`) and a plotting tool and checks input; skip it at first reading.

# %% tags=["setup"]
import math

import matplotlib.pyplot as plt
import torch
from torch import Tensor


def check_input(x: Tensor, dim: int = 0, name: str = "x") -> None:
    """Refuse what cannot be reduced along ``dim`` (检查输入)."""
    if not isinstance(x, Tensor) or not x.is_floating_point():
        found = getattr(x, "dtype", type(x))
        raise TypeError(f"{name} must be a float tensor, got {found}")
    if x.ndim == 0 or x.numel() == 0:
        found = tuple(x.shape)
        raise ValueError(f"{name} must have entries along an axis, got {found}")
    if type(dim) is not int:
        raise TypeError(f"dim must be an int, got {type(dim)}")
    if not -x.ndim <= dim < x.ndim:
        raise ValueError(f"dim must be from {-x.ndim} to {x.ndim - 1}, got {dim}")
    if x.isnan().any():
        raise ValueError(f"{name} contains NaN")


def check_spread(x: Tensor, std: Tensor, dim: int) -> None:
    """Refuse a standard deviation nobody can divide by (检查标准差)."""
    if (x.amax(dim) == x.amin(dim)).any():
        raise ValueError(f"x is constant along dim {dim}: its spread is 0")
    if not ((std > 0) & std.isfinite()).all():
        raise ValueError(f"the spread of x is too small or too large for {x.dtype}")


def check_labels(labels: Tensor, classes: int) -> None:
    """Refuse labels that are not integers from 0 to classes - 1 (检查标签)."""
    if not isinstance(labels, Tensor) or labels.dtype != torch.int64:
        found = getattr(labels, "dtype", type(labels))
        raise TypeError(f"labels must be an int64 tensor, got {found}")
    if type(classes) is not int or classes < 1:
        raise ValueError(f"classes must be a positive integer, got {classes}")
    if labels.numel() == 0:
        raise ValueError("labels must not be empty")
    low, high = labels.min().item(), labels.max().item()
    if low < 0 or high >= classes:
        wanted = f"labels must be from 0 to {classes - 1}"
        raise ValueError(f"{wanted}, got {low} to {high}")


# %% [markdown] lang="zh"
# ## 两个方向
# 成绩表是一个张量（tensor）：4 行是学生，3 列是科目，单位是分。

# %% [markdown] lang="en"
# ## Two directions
# The table of marks is a tensor: its 4 rows are the students, its 3 columns the subjects, its unit is points.

# %%
SUBJECTS = ["maths", "physics", "history"]

if __name__ == "__main__":
    exam = torch.tensor(
        [
            [72.0, 66.0, 85.0],  # A
            [40.0, 70.0, 88.0],  # B
            [55.0, 48.0, 91.0],  # C
            [61.0, 52.0, 76.0],  # D
        ]
    )
    print("shape =", tuple(exam.shape))
    print("sum =", exam.sum().item())

# %% [markdown] lang="zh"
# 形状 `(4, 3)` 是两个**轴**（axis）的长度，轴从 0 数起：第 0 轴是学生，第 1 轴是科目。`exam.sum()` 不指定方向，
# 把 `{python} exam.numel()` 个分数全加起来，得 `{python} f"{exam.sum().item():.0f}"` 分；`.item()` 取出张量里这一个数。要分开求平均：
#
# $$c_j = \frac{1}{n} \sum_{i=1}^{n} x_{ij}, \qquad r_i = \frac{1}{m} \sum_{j=1}^{m} x_{ij}$$
#
# $x_{ij}$ 是学生 $i$ 的科目 $j$ 的分数，$n = 4$ 是学生数，$m = 3$ 是科目数（公式从 1 数起，代码从 0 数起）。
# 左式让 $i$ 从 1 走到 $n$，把一列加起来，$c_j$ 是科目 $j$ 的平均；右式让 $j$ 走，把一行加起来，$r_i$ 是学生 $i$ 的平均。
# PyTorch 里平均是 `mean`，轴叫 dimension，所以沿哪个轴算，写在参数 `dim` 里。

# %% [markdown] lang="en"
# The shape `(4, 3)` gives the lengths of two **axes**. Axes are counted from 0: axis 0 is the students, axis 1 the subjects.
# `exam.sum()` names no direction and adds all `{python} exam.numel()` marks, `{python} f"{exam.sum().item():.0f}"` points;
# `.item()` takes that one number out of the tensor. For separate means:
#
# $$c_j = \frac{1}{n} \sum_{i=1}^{n} x_{ij}, \qquad r_i = \frac{1}{m} \sum_{j=1}^{m} x_{ij}$$
#
# Here $x_{ij}$ is the mark of student $i$ in subject $j$, $n = 4$ is the number of students and $m = 3$ the number of
# subjects (the formula counts from 1, the code from 0). On the left $i$ goes from 1 to $n$ and adds up a column, so $c_j$ is
# the mean of subject $j$; on the right $j$ moves and adds up a row, so $r_i$ is the mean of student $i$. In PyTorch the mean
# is `mean`, and an axis is called a dimension: the argument `dim` says along which one to go.

# %% [markdown] lang="zh" tags=["predict"]
# `exam.mean(dim=0)` 有 3 个数还是 4 个？第一个数是谁的平均？

# %% [markdown] lang="en" tags=["predict"]
# Does `exam.mean(dim=0)` hold 3 numbers or 4? Whose mean is the first?

# %%
if __name__ == "__main__":
    by_subject = exam.mean(dim=0)
    by_student = exam.mean(dim=1)
    print("dim=0:", by_subject)
    print("dim=1:", by_student)


# %% tags=["plot"] alt_zh="成绩表。`dim=0` 的箭头从每一列向下，得到三科的平均 `{python} ', '.join(f'{v:.1f}' for v in by_subject.tolist())`；`dim=1` 的箭头从每一行向右，得到四人的平均 `{python} ', '.join(f'{v:.1f}' for v in by_student.tolist())`。" alt_en="The table of marks. Arrows of `dim=0` lead down from every column to the three subject means, `{python} ', '.join(f'{v:.1f}' for v in by_subject.tolist())`. Arrows of `dim=1` lead right from every row to the four student means, `{python} ', '.join(f'{v:.1f}' for v in by_student.tolist())`."
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
    fig, ax = plt.subplots(figsize=(5.2, 5.4))
    fig.subplots_adjust(left=0, right=1, bottom=0, top=1)
    marks = [[f"{mark:.0f}" for mark in row] for row in exam.tolist()]
    draw_cells(ax, marks, [["white"] * 3] * 4)
    draw_cells(ax, [[f"{v:.1f}" for v in by_subject.tolist()]], [["C0"] * 3], top=5)
    column = [[f"{v:.1f}"] for v in by_student.tolist()]
    draw_cells(ax, column, [["C1"]] * 4, left=4)
    for j in range(3):
        down = {"arrowstyle": "->", "color": "C0", "lw": 2}
        ax.annotate("", (j + 0.5, 5), (j + 0.5, 4), arrowprops=down)
        ax.text(j + 0.5, -0.3, SUBJECTS[j], ha="center")
    for i in range(4):
        right = {"arrowstyle": "->", "color": "C1", "lw": 2}
        ax.annotate("", (4, i + 0.5), (3, i + 0.5), arrowprops=right)
        ax.text(-0.3, i + 0.5, "ABCD"[i], ha="center", va="center")
    ax.text(-0.1, 5.5, "dim=0", color="C0", ha="right", va="center")
    ax.text(4.5, -0.3, "dim=1", color="C1", ha="center")
    ax.set_aspect("equal")
    ax.axis("off")
    ax.autoscale_view()
    ax.invert_yaxis()
    plt.show()

# %% [markdown] lang="zh"
# `dim=0` 给出 3 个数，第一个是数学的平均 `{python} f"{by_subject[0].item():.0f}"` 分。第 0 轴是学生，怎么得到科目的平均？
# 因为 `dim` 说的不是留下谁，而是压掉谁：沿第 0 轴往下走，4 名学生压成一个数，剩下科目。规则是：**指定的轴消失**。
# 形状 `(4, 3)` 去掉第 0 轴剩 `(3,)`，去掉第 1 轴剩 `(4,)`；公式里求和的下标 $i$ 也不再出现在 $c_j$ 里。
# 负数从末尾数起，`dim=-1` 是最后的轴。

# %% [markdown] lang="en"
# `dim=0` gives 3 numbers, and the first is the mean of maths, `{python} f"{by_subject[0].item():.0f}"` points. But axis 0 is the
# students: why does it give the means of the subjects? Because `dim` names not what is kept but what is used up: going down
# along axis 0 turns 4 students into one number, and the subjects are left. The rule is: **the axis you name disappears**. The
# shape `(4, 3)` without axis 0 is `(3,)`, without axis 1 it is `(4,)`; and in the formula the index of the sum, $i$, is gone
# from $c_j$. Negative numbers count from the end: `dim=-1` is the last axis.

# %% [markdown] lang="zh" tags=["check"]
# 用纯 Python 把每科的四个分数相加再除以 4，应当与 `dim=0` 一致：

# %% [markdown] lang="en" tags=["check"]
# In plain Python, add the four marks of each subject and divide by 4. That should agree with `dim=0`:

# %% tags=["check"]
if __name__ == "__main__":
    rows = exam.tolist()
    print([sum(row[j] for row in rows) / 4 for j in range(3)])

# %% [markdown] lang="zh"
# ## 最大值和它的位置
# 求和 `sum`、平均 `mean`、最大 `max` 都是归约，`dim` 的规则相同。也有不归约的，如 `cumsum`：

# %% [markdown] lang="en"
# ## The maximum and where it is
# The sum `sum`, the mean `mean` and the maximum `max` are reductions and follow the same rule for `dim`. Some functions, like
# `cumsum`, do not reduce:

# %%
if __name__ == "__main__":
    best, where = exam.max(dim=1)
    print("best =", best.tolist())
    print("where =", where.tolist())
    print("cumsum A =", exam.cumsum(dim=1)[0].tolist())

# %% [markdown] lang="zh"
# 写了 `dim` 的 `max` 返回两个张量：`best` 是各人的最高分，`where` 是它在第几列，2 就是历史，四个人都一样。
# 只要位置，用 `argmax`；只要数值，用 `amax`；不写 `dim`，`max` 只给全表最大的数。
#
# `cumsum` 逐个累加，每一步的和都留着，所以轴不消失。

# %% [markdown] lang="en"
# With `dim`, `max` returns two tensors: `best`, the highest mark of each student, and `where`, the column it is in: 2, which is
# history, for all four. For the position alone there is `argmax`, for the value alone `amax`; without `dim`, `max` gives just the largest number of the table.
#
# `cumsum` adds up and keeps every subtotal, so the axis stays.

# %% [markdown] lang="zh"
# ## 换成同一把尺
# 历史人人高分，直接比分数不公平。该问比这科的平均高多少；高 10 分算不算多，又要看这科的分数拉得多开：
#
# $$z_{ij} = \frac{x_{ij} - c_j}{s_j}, \qquad s_j = \sqrt{\frac{1}{n} \sum_{i=1}^{n} (x_{ij} - c_j)^2}$$
#
# $s_j$ 是科目 $j$ 的**标准差**（standard deviation），大致说明分数离平均多远。与平均 $c_j$ 的差有正有负，加起来总是 0，
# 所以先平方，再取平均，最后开方回到分。$z_{ij}$ 是学生 $i$ 高出平均几个标准差，没有单位，低于平均就是负数。
# 这叫**标准化**（standardization）：每科的平均变成 0，标准差变成 1。送进网络的数单位不同，也常先这样换算。

# %% [markdown] lang="en"
# ## One yardstick for all subjects
# In history everybody scored high, so comparing points is unfair. Ask instead: how far above the mean of its subject is a mark?
# And whether 10 points above is a lot depends on how far apart the marks of that subject lie:
#
# $$z_{ij} = \frac{x_{ij} - c_j}{s_j}, \qquad s_j = \sqrt{\frac{1}{n} \sum_{i=1}^{n} (x_{ij} - c_j)^2}$$
#
# $s_j$ is the **standard deviation** of subject $j$; it says roughly how far from the mean the marks lie. The differences from
# the mean $c_j$ are positive and negative and always add up to 0, so square them first, then average, and take the root to be
# back in points. $z_{ij}$ says how many standard deviations student $i$ is above the mean; it has no unit, and below the mean
# it is negative. This is **standardization**: every subject gets mean 0 and standard deviation 1. Inputs of a network that
# come in different units are often treated like this first.


# %%
def standardize(x: Tensor, dim: int) -> Tensor:
    """Mean 0 and standard deviation 1 along ``dim`` (标准化); no unit.

    The result has the shape of ``x``. Divides by the population standard deviation,
    the one with 1/n, as scikit-learn's ``StandardScaler``. Raises ``TypeError``
    unless ``x`` is float and ``dim`` an int; ``ValueError`` for empty input, NaN,
    infinity, a ``dim`` that ``x`` lacks, or numbers all equal along ``dim``.
    """
    check_input(x, dim)
    mean = x.mean(dim, keepdim=True)
    std = ((x - mean) ** 2).mean(dim, keepdim=True).sqrt()
    check_spread(x, std, dim)
    return (x - mean) / std


# %% [markdown] lang="zh"
# 除去两行检查，函数体就是公式，`sqrt` 是开方。`keepdim=True` 让被压掉的轴留下来，长度为 1：平均的形状是 `(1, 3)` 而不是 `(3,)`。
# 这样不论 `dim` 是几，[广播](operations.py) 都把它拉长到 `x` 的形状，每个数减去自己那一排的平均。
#
# 全班同分的科目，标准差是 0，不能做除数，`check_spread` 会报错。

# %% [markdown] lang="en"
# But for the two checks, the body is the formula; `sqrt` is the root. `keepdim=True` keeps the reduced axis, with length 1:
# the mean has shape `(1, 3)` instead of `(3,)`. Then, whatever `dim` is, [broadcasting](operations.py) stretches it to the shape of `x`,
# and each number loses the mean of its own row or column.
#
# If everyone has the same mark in a subject, its standard deviation is 0. As nothing can be divided by 0, `check_spread`
# raises an error.

# %% [markdown] lang="zh" tags=["predict"]
# 标准化以后，D 的历史是正数还是负数？B 的最高分也在历史，标准化以后，B 最突出的还是历史吗？

# %% [markdown] lang="en" tags=["predict"]
# Once standardized, is D's history positive or negative? B's highest mark is in history, too: is history still what B stands
# out in?

# %%
if __name__ == "__main__":
    std = exam.std(dim=0, correction=0)
    z = standardize(exam, dim=0)
    strongest = z.argmax(dim=1)
    print("std =", std)
    print(z)
    print("strongest =", strongest.tolist())

# %% tags=["plot"] alt_zh="上图是三科的分数：历史的点都在 `{python} f'{exam[:, 2].min().item():.0f}'` 分以上，数学分得最开。下图是标准化以后：三科都以 0 为中心，散开的程度相同，D 的历史在最下面，`{python} f'{z[3, 2].item():.2f}'`。" alt_en="Above, the points in each subject: all of history is at `{python} f'{exam[:, 2].min().item():.0f}'` or above, and maths is spread the most. Below, after standardizing: all three are centred on 0 with the same spread, and D's history is at the very bottom, `{python} f'{z[3, 2].item():.2f}'`."
if __name__ == "__main__":
    fig, (above, below) = plt.subplots(2, 1, figsize=(5.2, 5.8), sharex=True)
    for i, marker in enumerate("osv*"):
        dots = {"marker": marker, "color": f"C{i}", "s": 80 if i == 3 else 45}
        above.scatter(range(3), exam[i], label="ABCD"[i], **dots)
        below.scatter(range(3), z[i], **dots)
    dash = {"marker": "_", "s": 700, "color": "black", "zorder": 1}
    above.scatter(range(3), by_subject, label="mean", **dash)
    below.scatter(range(3), [0, 0, 0], **dash)
    above.set(xlim=(-0.4, 3.2), ylabel="points")
    below.set(ylabel="standard deviations")
    below.set_xticks(range(3), SUBJECTS)
    above.legend(loc="upper right")
    fig.tight_layout()
    plt.show()

# %% [markdown] lang="zh"
# `std` 是三科的标准差，单位是分（`correction=0` 后面解释）。图中的短横线是各科的平均，
# 标准化把它们都移到 0。D 的历史（星）成了 `{python} f"{z[3, 2].item():.2f}"`，全班最低：76 分虽高，别人更高。
# `strongest` 是各人最突出的一科：A 和 D 是数学（0），B 是物理（1），只有 C 是历史（2）。

# %% [markdown] lang="en"
# `std` holds the standard deviations of the three subjects, in points (`correction=0` is explained below). The
# short lines in the figure are the means of the subjects; standardizing moves them all to 0. D's history (the star) becomes
# `{python} f"{z[3, 2].item():.2f}"`, the lowest in class: 76 is a high mark, but the others have higher ones. `strongest` is the subject in which each student stands out most:
# maths (0) for A and D, physics (1) for B, and history (2) only for C.

# %% [markdown] lang="zh" tags=["check"]
# 平均应当变成 0，标准差变成 1；用 NumPy 另算，应得同一张表。舍入有误差，只看绝对值（`abs`）是否小于百万分之一：

# %% [markdown] lang="en" tags=["check"]
# The means should now be 0 and the standard deviations 1, and NumPy should compute the same table. Rounding leaves a small
# error, so we ask whether its absolute value (`abs`) is below a millionth:

# %% tags=["check"]
if __name__ == "__main__":
    a = exam.numpy()
    from_numpy = torch.from_numpy((a - a.mean(axis=0)) / a.std(axis=0))
    print("mean < 1e-6:", z.mean(dim=0).abs().max().item() < 1e-6)
    print("std:", z.std(dim=0, correction=0))
    print("difference < 1e-6:", (z - from_numpy).abs().max().item() < 1e-6)

# %% [markdown] lang="zh"
# ## 位置写成 0 和 1
# 每科各是几个人的强项？`strongest` 里的 0、1、2 只是编号，不是数量：0 和 2 的平均是 1，可数学和历史的“平均”并不是物理。
# 所以把编号写成一行数，它指的那一列是 1，其余是 0，这叫**独热编码**（one-hot encoding）。训练网络分辨猫狗，答案也常这样写。

# %% [markdown] lang="en"
# ## A position as 0s and a 1
# For how many students is each subject the strongest? The 0, 1 and 2 in `strongest` are names, not amounts: the mean of 0 and
# 2 is 1, but the "mean" of maths and history is not physics. So write each as a row of numbers with a 1 in the column it
# names and 0 elsewhere, its **one-hot encoding**. To train a network to tell cats from dogs, the answers are often written
# like that, too.


# %%
def one_hot(labels: Tensor, classes: int) -> Tensor:
    """One row of 0s and a single 1 for each label (独热编码), int64.

    ``labels`` is int64 of any shape, with values 0 to classes - 1; the result has
    one more axis at the end, of length ``classes``. Raises ``TypeError`` for
    another dtype; ``ValueError`` for labels out of range or empty, or classes < 1.
    Source: PyTorch's ``torch.nn.functional.one_hot``.
    """
    check_labels(labels, classes)
    return (labels.unsqueeze(-1) == torch.arange(classes)).long()


if __name__ == "__main__":
    hot = one_hot(strongest, 3)
    print(hot)
    print("count =", hot.sum(dim=0).tolist())
    print("by points =", one_hot(where, 3).sum(dim=0).tolist())

# %% [markdown] lang="zh"
# `unsqueeze(-1)` 在末尾添一个长度为 1 的轴，`(4,)` 成了一列 `(4, 1)`；`torch.arange(3)` 是一行 0、1、2。两者比较，广播成 `(4, 3)`：
# 每个编号与 0、1、2 各比一次，相等处是 `True`。`long()` 换成整数（int64），`True` 变成 1。
#
# 每列的和就是人数：标准化后数学、物理、历史是 `{python} hot.sum(dim=0).tolist()`，按原始分数却是 `{python} one_hot(where, 3).sum(dim=0).tolist()`。

# %% [markdown] lang="en"
# `unsqueeze(-1)` adds an axis of length 1 at the end, so `(4,)` becomes a column, `(4, 1)`; `torch.arange(3)` is a row 0, 1, 2.
# Comparing the two broadcasts to `(4, 3)`: every label meets 0, 1 and 2 once, with `True` where they are equal. `long()` makes
# integers of it (int64), and `True` becomes 1.
#
# The sum of each column counts the students: `{python} hot.sum(dim=0).tolist()` for maths, physics and history once standardized,
# but `{python} one_hot(where, 3).sum(dim=0).tolist()` by plain points.

# %% [markdown] lang="zh"
# ## 柔和的最大值
# 来了两名转学生，最高分都是 85，第二高分却一个是 84，一个是 40，第三科都是 20。`max` 分不出他们。
# 把得分换成概率的模型，如 [逻辑回归](../ch04_classification/logistic_regression.py)，要让每个得分都起作用，用的是 **log-sum-exp**：取指数，求和，再取对数，
#
# $$\operatorname{lse}(x) = \ln \sum_{j=1}^{m} e^{x_j}$$
#
# $x_j$ 是一名学生的 $m$ 个分数，$e \approx$ `{python} f"{math.e:.3f}"`，$\ln$ 是以 $e$ 为底的对数，与取指数互相抵消。
# 比最高分每低 1 分，$e^{x_j}$ 就除以一次 $e$，所以 84 还有分量，40 几乎没有。先照公式直写：

# %% [markdown] lang="en"
# ## A soft maximum
# Two students join the class, both with a highest mark of 85. The second-highest mark of one is 84, of the other only 40;
# the third is 20 for both. `max` cannot tell them apart. In models that turn scores into probabilities, such as
# [logistic regression](../ch04_classification/logistic_regression.py), every score must count. They use **log-sum-exp**: take
# exponentials, add them, take the logarithm,
#
# $$\operatorname{lse}(x) = \ln \sum_{j=1}^{m} e^{x_j}$$
#
# where $x_j$ are the $m$ marks of a student, $e \approx$ `{python} f"{math.e:.3f}"`, and $\ln$ is the logarithm to base $e$, which
# undoes the exponential. For every point below the highest mark, $e^{x_j}$ is divided by $e$ once more, so 84 still has weight
# and 40 has hardly any. First, the formula as it stands:


# %%
def naive_logsumexp(x: Tensor, dim: int) -> Tensor:
    """The formula as it stands (错误示范). Raises like ``logsumexp``."""
    check_input(x, dim)
    return x.exp().sum(dim).log()


if __name__ == "__main__":
    newcomers = torch.tensor([[85.0, 84.0, 20.0], [85.0, 40.0, 20.0]])
    print("max =", newcomers.amax(dim=1))
    print("lse =", naive_logsumexp(newcomers, dim=1))

# %% [markdown] lang="zh"
# 头一名转学生高出 `{python} f"{naive_logsumexp(newcomers, dim=1)[0].item() - 85:.2f}"`，即 $\ln (1 + 1/e)$：
# 84 那一项是 85 那一项的 $1/e$。轮到 A、B、C、D。

# %% [markdown] lang="en"
# The first of the two is `{python} f"{naive_logsumexp(newcomers, dim=1)[0].item() - 85:.2f}"` higher, which is $\ln (1 + 1/e)$: the
# term of the 84 is $1/e$ of that of the 85. Next, A, B, C and D.

# %% [markdown] lang="zh" tags=["predict"]
# 小数张量默认的数据类型是 float32，能存的最大的数大约是 $e^{88}$ 的 `{python} f"{torch.finfo(torch.float32).max / math.exp(88):.0f}"` 倍，
# 再大就存不下。四人的最高分是 85、88、91、76，谁的结果会出错？

# %% [markdown] lang="en" tags=["predict"]
# Tensors of decimal numbers have the data type float32 unless told otherwise. The largest number it can store is about
# `{python} f"{torch.finfo(torch.float32).max / math.exp(88):.0f}"` times $e^{88}$, and nothing larger fits. The highest marks of the
# four are 85, 88, 91 and 76. Whose result will be wrong?

# %% tags=["bug"]
if __name__ == "__main__":
    naive = naive_logsumexp(exam, dim=1)
    limit = math.log(torch.finfo(torch.float32).max)
    print("naive =", naive)
    print(f"limit = {limit:.1f}")

# %% [markdown] lang="zh" tags=["bug"]
# 是 C。`torch.finfo(torch.float32).max` 是 float32 的上限，取对数得 `{python} f"{limit:.1f}"`。$x$ 再大，
# $e^{x}$ 就**溢出**（overflow），成了无穷大 `inf`，对数也救不回来，而真正的答案不过 91。程序不报错，
# 用 `inf` 接着算，还可能得到 `nan`（“不是数”），比如无穷大减无穷大。正确的做法是先减去最大值。

# %% [markdown] lang="en" tags=["bug"]
# C's. `torch.finfo(torch.float32).max` is the largest number of float32, and its logarithm is `{python} f"{limit:.1f}"`.
# For larger $x$, $e^{x}$ **overflows** to infinity, `inf`, and the logarithm cannot bring it back, although the true answer is
# a mere 91. No error is raised, and what you go on to compute from `inf` may become `nan`, "not a number": infinity minus
# infinity, for example. The right way is to subtract the maximum first.

# %% [markdown] lang="zh"
# 设 $M$ 是最大的 $x_j$（代码里叫 `top`）。每一项都有因子 $e^{M}$，把它提出来，乘积的对数等于对数之和：
#
# $$\ln \sum_{j} e^{x_j} = \ln \Bigl( e^{M} \sum_{j} e^{x_j - M} \Bigr) = M + \ln \sum_{j} e^{x_j - M}$$
#
# 右边的 $x_j - M$ 都不大于 0，每项至多是 1，不会溢出；最大的那项恰好是 $e^0 = 1$，和不是 0，能取对数。
# 和在 1 与 $m$ 之间，结果就比最大值高出 0 到 $\ln m$，所以说它柔和。

# %% [markdown] lang="en"
# Let $M$ be the largest $x_j$ (`top` in the code). Every term has the factor $e^{M}$. Take it out; the logarithm of a product
# is the sum of the logarithms:
#
# $$\ln \sum_{j} e^{x_j} = \ln \Bigl( e^{M} \sum_{j} e^{x_j - M} \Bigr) = M + \ln \sum_{j} e^{x_j - M}$$
#
# On the right no $x_j - M$ is above 0, so no term is above 1 and nothing overflows. The largest term is exactly $e^0 = 1$, so
# the sum is never 0 and has a logarithm. The sum lies between 1 and $m$, so the result is above the maximum by something
# from 0 to $\ln m$. That is what makes it soft.


# %%
def logsumexp(x: Tensor, dim: int) -> Tensor:
    """ln(sum of exp(x)) along ``dim``, without overflow (柔和的最大值).

    Entries may be infinite: -inf adds nothing. Raises ``TypeError`` unless ``x``
    is float and ``dim`` an int; ``ValueError`` for empty input, NaN, or a ``dim``
    that ``x`` lacks. Source: Blanchard, Higham & Higham (2021), IMA J. Numer. Anal.
    """
    check_input(x, dim)
    top = x.amax(dim, keepdim=True)
    top = torch.where(top.isinf(), 0, top)  # inf - inf would be NaN
    return top.squeeze(dim) + (x - top).exp().sum(dim).log()


if __name__ == "__main__":
    print(logsumexp(exam, dim=1))

# %% [markdown] lang="zh"
# C 得到 `{python} f"{logsumexp(exam, dim=1)[2].item():.2f}"`。`squeeze(dim)` 去掉 `keepdim` 留下的轴。`torch.where(c, a, b)` 在 `c` 成立处取 `a`，
# 否则取 `b`：最大值若是无穷大（`isinf`），就改为减 0，免得得到 `nan`。

# %% [markdown] lang="en"
# C gets `{python} f"{logsumexp(exam, dim=1)[2].item():.2f}"`. `squeeze(dim)` drops the axis that `keepdim` had kept. `torch.where(c, a, b)`
# takes `a` where `c` holds and `b` elsewhere: where the maximum is infinite (`isinf`), subtract 0 instead, to keep `nan` away.

# %% [markdown] lang="zh" tags=["check"]
# 与 PyTorch 自带的 `torch.logsumexp` 比。四行输入：两个 1000；两个 −1000；缺考一科，记负无穷，$e^{-\infty} = 0$，不占分量；两科都缺考。

# %% [markdown] lang="en" tags=["check"]
# Compare with PyTorch's own `torch.logsumexp`, on four rows: two 1000s; two −1000s; one exam not taken, which counts as minus
# infinity and has no weight, as $e^{-\infty} = 0$; neither exam taken.

# %% tags=["check"]
if __name__ == "__main__":
    rows = [[1e3, 1e3], [-1e3, -1e3], [-torch.inf, 85], [-torch.inf] * 2]
    extreme = torch.tensor(rows)
    print("ours  =", logsumexp(extreme, dim=1).tolist())
    print("torch =", torch.logsumexp(extreme, dim=1).tolist())
    print("naive =", naive_logsumexp(extreme, dim=1).tolist())

# %% [markdown] lang="zh" tags=["check"]
# 直接算，头两行成了无穷大和负无穷大（$e^{-1000}$ 太小，存成了 0）；我们的四行都对。

# %% [markdown] lang="en" tags=["check"]
# The naive version turns the first two rows into plus and minus infinity ($e^{-1000}$ is so small that it is stored as 0);
# ours gets all four right.

# %% tags=["plot"] alt_zh="一科 85 分，另一科从 80 变到 93 分。虚线 max 在 85 处有折角；logsumexp 是光滑的曲线，在 85 处比它高 `{python} f'{math.log(2):.2f}'`；直接算的曲线到 `{python} f'{limit:.1f}'` 就断了。" alt_en="One mark is 85, the other goes from 80 to 93. The dashed max has a corner at 85; logsumexp is a smooth curve, `{python} f'{math.log(2):.2f}'` above it at 85; the naive curve breaks off at `{python} f'{limit:.1f}'`."
if __name__ == "__main__":
    other = torch.linspace(80, 93, 261)
    pair = torch.stack([torch.full_like(other, 85), other], dim=1)
    direct = naive_logsumexp(pair, dim=1)
    fine = direct.isfinite()
    fig, ax = plt.subplots()
    wide = {"lw": 8, "alpha": 0.35, "color": "C1"}
    ax.plot(other[fine], direct[fine], label="naive", **wide)
    ax.plot(other[fine][-1], direct[fine][-1], "X", color="C1", markersize=11)
    ax.plot(other, logsumexp(pair, dim=1), color="C0", label="logsumexp")
    ax.plot(other, pair.amax(dim=1), "--", color="black", lw=1.5, label="max")
    ax.axvline(limit, ls=":", color="gray", label="float32 limit")
    ax.set(xlabel="the other mark (points)", ylabel="points")
    ax.legend()
    plt.show()

# %% [markdown] lang="zh"
# 图中一科固定为 85 分：两科同分时，曲线比 `max` 高得最多，高 $\ln 2$；差距拉开就与它重合。叉是直接算断掉的地方。

# %% [markdown] lang="en"
# In the figure one mark is fixed at 85: the curve is farthest above `max`, by $\ln 2$, where the two marks
# are equal, and meets it again as they draw apart. The cross is where the naive curve breaks off.

# %% [markdown] lang="zh"
# ## 另外三个不报错的错误
# ### 方向写错

# %% [markdown] lang="en"
# ## Three more mistakes that raise no error
# ### The wrong direction

# %% [markdown] lang="zh" tags=["bug"]
# D 请假，只剩三人，表成了 3 行 3 列。要每科的平均，却写了 `dim=1`：

# %% [markdown] lang="en" tags=["bug"]
# D is away, three students are left, and the table is 3 by 3. We want the mean of each subject but write `dim=1`:

# %% tags=["bug"]
if __name__ == "__main__":
    trio = exam[:3]
    print("wrong:", trio.mean(dim=1))
    print("right:", trio.mean(dim=0))

# %% [markdown] lang="zh" tags=["bug"]
# 都是三个数，都像平均分，但上一行是三个人的：数学平均 `{python} f"{trio.mean(dim=0)[0].item():.1f}"`，
# 却报成了 `{python} f"{trio.mean(dim=1)[0].item():.1f}"`。行列数相等的表会掩盖这个错误，4 行 3 列的表一数就露馅。
# 所以测试要用**行列数不等**的表，并亲手核对其中一个数。

# %% [markdown] lang="en" tags=["bug"]
# Both are three numbers and both look like mean marks, but the first line belongs to students: the mean of maths is
# `{python} f"{trio.mean(dim=0)[0].item():.1f}"` and was reported as `{python} f"{trio.mean(dim=1)[0].item():.1f}"`. A square table
# hides the mistake; with 4 rows and 3 columns, counting the numbers gives it away. So test with a table that is **not
# square**, and work out one of the numbers by hand.

# %% [markdown] lang="zh"
# ### 忘了 keepdim

# %% [markdown] lang="en"
# ### Forgetting keepdim

# %% [markdown] lang="zh" tags=["bug"]
# 每个分数比本人的平均高几分？减对了，每人的差相加就是 0。先不写 `keepdim`：

# %% [markdown] lang="en" tags=["bug"]
# How far is each mark above its student's own mean? Done right, the differences of each student add up to 0. First without
# `keepdim`:

# %% tags=["bug"]
if __name__ == "__main__":
    try:
        exam - exam.mean(dim=1)
    except RuntimeError as error:
        print(str(error).replace(" must", "\nmust").replace(" at", "\nat"))
    lost = trio - trio.mean(dim=1)
    kept = trio - trio.mean(dim=1, keepdim=True)
    print("lost:", lost.sum(dim=1))
    print("kept < 1e-4:", kept.sum(dim=1).abs().max().item() < 1e-4)

# %% [markdown] lang="zh" tags=["bug"]
# 4 行的表报错，是好事：广播从最后的轴对起，3 和 4 对不上（non-singleton 是说轴长不是 1）。
# 3 行的表却通过了：`(3,)` 被当成一行，**每个人的数学**减去 A 的平均，物理减去 B 的（下图的格子里是减去的数，右边是错的）。
# A 的总分 `{python} f"{trio[0].sum().item():.0f}"` 减去了三个人的平均，共 `{python} f"{trio.mean(dim=1).sum().item():.0f}"`，剩 `{python} f"{lost[0].sum().item():.0f}"` 而不是 0，破绽在此。
# 写上 `keepdim=True`，形状是 `(3, 1)`，才是每行减自己的（`kept` 的和只剩舍入误差）。

# %% [markdown] lang="en" tags=["bug"]
# The table with 4 rows raises an error, which is good news: broadcasting compares shapes from the last axis, and 3 and 4 do
# not match ("non-singleton": an axis not of length 1). With 3 rows it passes: `(3,)` is taken for a row, **everyone's maths**
# loses A's mean, and physics loses B's (the cells of the figure below hold what is subtracted; the right half is wrong). A's
# total of `{python} f"{trio[0].sum().item():.0f}"` loses the means of all three, `{python} f"{trio.mean(dim=1).sum().item():.0f}"`
# together, and `{python} f"{lost[0].sum().item():.0f}"` is left instead of 0; that is what gives it away. With `keepdim=True` the
# shape is `(3, 1)`, and each row loses its own mean (what is left in the sums of `kept` is rounding).

# %% tags=["plot"] alt_zh="两张 3 行 3 列的表，格里是被减去的平均。左：写了 keepdim，A、B、C 每行减自己的平均。右：没写，每一列减一个人的平均，A 的一行减去了三个不同的数。" alt_en="Two 3 by 3 tables of the means that are subtracted. Left, with keepdim: each of the rows A, B, C has its own mean. Right, without: each column has the mean of one student, so that row A has three different numbers."
if __name__ == "__main__":
    fig, axes = plt.subplots(1, 2, figsize=(7, 3))
    means = [f"{v:.1f}" for v in trio.mean(dim=1).tolist()]
    grids = [[[m] * 3 for m in means], [means] * 3]
    tints = [[[f"C{i}"] * 3 for i in range(3)], [["C0", "C1", "C2"]] * 3]
    for ax, title, grid, tint in zip(
        axes, ["keepdim=True", "keepdim=False"], grids, tints, strict=True
    ):
        draw_cells(ax, grid, tint)
        for k in range(3):
            ax.text(-0.3, k + 0.5, "ABC"[k], ha="center", va="center")
            ax.text(k + 0.5, -0.15, SUBJECTS[k], ha="center", fontsize=10)
        ax.text(1.5, 3.45, title, ha="center")
        ax.set_aspect("equal")
        ax.axis("off")
        ax.autoscale_view()
        ax.invert_yaxis()
    plt.show()

# %% [markdown] lang="zh"
# ### 两种标准差

# %% [markdown] lang="en"
# ### Two standard deviations

# %% [markdown] lang="zh" tags=["bug"]
# 同样四个数学分数，都用默认设置，PyTorch 和 NumPy 的 `std` 却不同：

# %% [markdown] lang="en" tags=["bug"]
# The same four marks in maths, both with default settings, yet the `std` of PyTorch and that of NumPy differ:

# %% tags=["bug"]
if __name__ == "__main__":
    maths = exam[:, 0]  # all rows, column 0
    print(f"torch: {maths.std().item():.2f}  numpy: {maths.numpy().std():.2f}")
    print(f"correction=0: {maths.std(correction=0).item():.2f}")
    rough = (maths - maths.mean()) / maths.std()
    print(f"after: {rough.numpy().std():.3f}")

# %% [markdown] lang="zh" tags=["bug"]
# 差在除以几：`torch.std` 默认除以 $n - 1$，NumPy 除以 $n$。用样本推测更大的群体时，样本离自己的平均通常偏近，除以 $n - 1$ 是补偿。
# 我们只描述这四个人，所以除以 $n$，写作 `correction=0`。最后一行是混用的后果：标准化后，NumPy 算出的标准差不是 1，
# 而是 $\sqrt{(n - 1)/n}$，即 `{python} f"{rough.numpy().std():.3f}"`。

# %% [markdown] lang="en" tags=["bug"]
# They divide by different numbers: `torch.std` by $n - 1$ unless told otherwise, NumPy by $n$. When samples stand for a larger
# group, they usually lie a little too close to their own mean, and dividing by $n - 1$ makes up for it. But we only describe these
# four students, so we use $n$, written `correction=0`. The last line shows what mixing the two does: after standardizing, the
# standard deviation as NumPy computes it is not 1 but $\sqrt{(n - 1)/n}$, which is `{python} f"{rough.numpy().std():.3f}"`.

# %% [markdown] lang="zh"
# ## 回到成绩表
# - 每人平均：A、B、C、D 依次是 `{python} ", ".join(f"{v:.1f}" for v in by_student.tolist())` 分（`dim=1`）。
# - 每科平均：数学、物理、历史依次是 `{python} ", ".join(f"{v:.1f}" for v in by_subject.tolist())` 分（`dim=0`）。三科不一样难：对这四人，历史最容易。
# - 历史不是 D 的强项：76 分比平均低 `{python} f"{-z[3, 2].item():.1f}"` 个标准差。D 最拿手的是数学，高 `{python} f"{z[3, 0].item():.2f}"` 个。
#
# ## 练习

# %% [markdown] lang="en"
# ## Back to the marks
# - Each student's mean: `{python} ", ".join(f"{v:.1f}" for v in by_student.tolist())` points for A, B, C, D (`dim=1`).
# - Each subject's mean: `{python} ", ".join(f"{v:.1f}" for v in by_subject.tolist())` points for maths, physics, history (`dim=0`). The
#   subjects are not equally hard: for these four, history was the easiest.
# - History is not what D is best at: the 76 is `{python} f"{-z[3, 2].item():.1f}"` standard deviations below the mean. D is best at maths,
#   `{python} f"{z[3, 0].item():.2f}"` above it.
#
# ## Exercises

# %% [markdown] lang="zh" tags=["exercise"]
# 下学期又考一次，每人数学多 2 分，物理少 3 分，历史多 4 分。用 [`torch.stack`](joining_splitting.py) 把两次叠成形状 `(2, 4, 3)`：学期、学生、科目。
# `mean(dim=0)`、`mean(dim=1)`、`mean(dim=2)` 各是什么形状、什么意思？再求每人的总平均：`dim` 可以是括号里的几个数。

# %% [markdown] lang="en" tags=["exercise"]
# Next term there is another exam: everyone has 2 points more in maths, 3 fewer in physics, 4 more in history. With
# [`torch.stack`](joining_splitting.py), stack the two into shape `(2, 4, 3)`: term, student, subject. What are the shapes and the
# meanings of `mean(dim=0)`, `mean(dim=1)` and `mean(dim=2)`? Then find each student's mean over everything: `dim` may be
# several numbers in brackets.


# %% tags=["solution"]
def student_means(terms: Tensor) -> Tensor:
    """Mean of each student over terms and subjects (每人的总平均).

    ``terms`` is float of shape (terms, students, subjects), the result of shape
    (students,). Raises like ``logsumexp``, and ``ValueError`` unless 3-D.
    """
    check_input(terms, name="terms")
    if terms.ndim != 3:
        raise ValueError(f"terms must have 3 axes, got {terms.ndim}")
    return terms.mean(dim=(0, 2))


if __name__ == "__main__":
    terms = torch.stack([exam, exam + torch.tensor([2.0, -3.0, 4.0])])
    for dim in range(3):
        print(f"dim={dim}:", tuple(terms.mean(dim=dim).shape))
    print(student_means(terms))

# %% [markdown] lang="zh" tags=["solution"]
# 指定的轴消失：`dim=0` 得到两学期平均的成绩表；`dim=1` 是每学期各科的平均；`dim=2` 是每学期各人的平均。
# 最后去掉学期和科目，剩四名学生，每人比上学期高 `{python} f"{(student_means(terms) - by_student)[0].item():.1f}"` 分。

# %% [markdown] lang="en" tags=["solution"]
# The axis you name disappears: `dim=0` gives the table averaged over the terms, `dim=1` the subject means of each term, `dim=2`
# the student means of each term. The last line drops terms and subjects and leaves the four students, each
# `{python} f"{(student_means(terms) - by_student)[0].item():.1f}"` points above the first term.

# %% [markdown] lang="zh" tags=["exercise"]
# 数学算双份：权重是数学 2、物理 1、历史 1。用乘法和归约写出每人的加权平均。名次变了吗？

# %% [markdown] lang="en" tags=["exercise"]
# Maths counts double: the weights are 2 for maths, 1 for physics, 1 for history. Write each student's weighted mean with a
# product and reductions. Does the ranking change?


# %% tags=["solution"]
def weighted_mean(x: Tensor, weights: Tensor) -> Tensor:
    """Weighted mean along the last axis (加权平均), in the unit of ``x``.

    ``weights`` has shape (m,), like the last axis of ``x``. Raises like
    ``logsumexp``, and ``ValueError`` for weights that do not fit, are negative or
    infinite, or add up to 0.
    """
    check_input(x)
    check_input(weights, name="weights")
    if weights.shape != x.shape[-1:]:
        found = tuple(weights.shape)
        raise ValueError(f"weights must have shape ({x.shape[-1]},), got {found}")
    if (weights < 0).any() or not 0 < weights.sum() < torch.inf:
        found = weights.tolist()
        raise ValueError(f"weights must be >= 0 with a finite sum > 0, got {found}")
    return (x * weights).sum(dim=-1) / weights.sum()


if __name__ == "__main__":
    print("equal: ", by_student)
    print("double:", weighted_mean(exam, torch.tensor([2.0, 1.0, 1.0])))

# %% [markdown] lang="zh" tags=["solution"]
# 广播让每行都乘上三个权重，再求和；除以权重之和 4，不是科目数 3。B 从第二名掉到最后，D 从最后升到第二。

# %% [markdown] lang="en" tags=["solution"]
# Broadcasting multiplies every row by the three weights; then add. Divide by the sum of the weights, 4, not by the number of
# subjects, 3. B falls from second to last, and D rises from last to second.

# %% [markdown] lang="zh" tags=["exercise"]
# 逻辑回归要算 $\ln (1 + e^{z})$，$z$ 是得分。直接算，$z = 100$ 就溢出。因为 $1 = e^0$，它正是 0 与 $z$ 的 log-sum-exp。
# 用 `logsumexp` 写出来。

# %% [markdown] lang="en" tags=["exercise"]
# Logistic regression needs $\ln (1 + e^{z})$ of a score $z$. Computed directly it overflows at $z = 100$. Since $1 = e^0$, it is the
# log-sum-exp of 0 and $z$. Write it with `logsumexp`.


# %% tags=["solution"]
def softplus(z: Tensor) -> Tensor:
    """ln(1 + exp(z)) of each entry without overflow (稳定的 softplus).

    Returns the shape of ``z``. Raises like ``logsumexp``.
    """
    check_input(z, name="z")
    return logsumexp(torch.stack([torch.zeros_like(z), z]), dim=0)


if __name__ == "__main__":
    scores = torch.tensor([-100.0, 0.0, 100.0])
    print("direct:", (1 + scores.exp()).log())
    print("stable:", softplus(scores))

# %% [markdown] lang="zh" tags=["solution"]
# `zeros_like` 造出形状相同的 0，与 `z` 叠成新的第 0 轴，再压掉它。得分 100 得 100，不再是 `inf`；得分 0 得 $\ln 2$。

# %% [markdown] lang="en" tags=["solution"]
# `zeros_like` makes zeros of the same shape; stack them and `z` along a new axis 0, and reduce it. A score of 100 gives 100 and
# no longer `inf`; a score of 0 gives $\ln 2$.

# %% [markdown] lang="zh"
# ## 小结
# - 指定的轴消失；加上 `keepdim=True`，它留下来，长度为 1。
# - 带 `dim` 的 `max` 还给出位置；位置是编号，用独热编码计数。
# - 标准化是问离平均几个标准差；先说定除以 $n$ 还是 $n - 1$。
# - 取指数之前，先减去最大值。
# - 用行列数不等的表来测试。
#
# 接下来让 PyTorch 求导数：[计算图与自动求导](../ch02_autograd/computation_graph.py)。

# %% [markdown] lang="en"
# ## Recap
# - The axis you name disappears; with `keepdim=True` it stays, with length 1.
# - With `dim`, `max` gives positions, too. Positions are names; the one-hot encoding makes them countable.
# - A standardized mark says how many standard deviations it is from the mean; settle beforehand whether you divide by $n$ or by $n - 1$.
# - Subtract the maximum before you take exponentials.
# - Test with tables that are not square.
#
# Next, PyTorch takes derivatives for us:
# [Computation graphs and autograd](../ch02_autograd/computation_graph.py).
