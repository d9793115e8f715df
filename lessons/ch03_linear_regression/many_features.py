# %% [markdown] lang="zh"
# # 多个特征
# 442 位糖尿病患者各量了十样东西：年龄、性别、体重指数、血压，以及六项血液指标。一年以后，医生给每个人的病情进展打了一个分，
# 从 25 到 346，分越高越糟。现在来了一位新病人，**只凭这十个数，能预报他一年后的分数吗？会差多少分？哪几样最要紧？**
#
# 前两课只有一个特征。特征变成十个，难道要写十个权重、十行代码？不用：矩阵让代码和一个特征时一样长。
# 可是训练会遇到新麻烦：年龄几十岁，血脂一百多，有的指标只有 4，尺度一乱，梯度下降几乎走不动。
#
# 学完这一页，你能：
#
# - 用一次矩阵乘法算完所有病人的预报，再用一次算完所有权重的导数；
# - 说清楚尺度不一为什么拖垮训练，并且正确地标准化；
# - 不训练，用一个公式直接求出最好的权重，再拿它检验训练；
# - 避开三个会让考分好看、上线出丑的错误。
#
# 数据是 scikit-learn 自带的（Efron 等，2004）。下面折叠的代码是导入和输入检查，初读可以跳过。

# %% [markdown] lang="en"
# # Many features
# Of each of 442 people with diabetes, ten things were measured: age, sex, body mass index, blood pressure and six blood values.
# A year later a doctor gave a score for how far the disease had progressed, from 25 to 346; higher is worse. Now a new
# patient comes in. **From these ten numbers alone, can we forecast the score in a year? How far off will we be? And which of
# the ten matter most?**
#
# The last two lessons had a single feature. Do ten features mean ten weights and ten lines of code? No: with matrices the code is
# as long as for one. But training meets a new trouble. Age is some tens of years, blood fats are above a hundred, another
# value is about 4; with scales so different, gradient descent can hardly move.
#
# After this page you can
#
# - forecast all patients with one matrix product, and take the derivatives for all weights with another;
# - say why mixed scales cripple training, and standardise properly;
# - find the best weights by a formula, without training, and check the training with it;
# - stay clear of three mistakes that make a score look good, or fail with the first real patient.
#
# The data come with scikit-learn (Efron et al., 2004). The folded code holds imports and input checks; skip it at first reading.

# %% tags=["setup"]
import math
import time
from collections.abc import Callable

import matplotlib.pyplot as plt
import torch
from sklearn.datasets import load_diabetes
from torch import Tensor


def check_table(x: Tensor) -> None:
    """Refuse all but a non-empty table of finite floats (检查特征表)."""
    if not isinstance(x, Tensor) or not x.is_floating_point():
        raise TypeError(f"x must be a float tensor, got {getattr(x, 'dtype', type(x))}")
    if x.ndim != 2 or x.numel() == 0:
        raise ValueError(f"x must have shape (n, features), got {tuple(x.shape)}")
    if not x.isfinite().all():
        raise ValueError("x contains NaN or infinity")


def check_labels(x: Tensor, y: Tensor) -> None:
    """Refuse labels that do not fit the table (检查标签)."""
    check_table(x)
    if not isinstance(y, Tensor) or y.dtype != x.dtype:
        found = getattr(y, "dtype", type(y))
        raise TypeError(f"y must be of x's dtype {x.dtype}, got {found}")
    if y.shape != (len(x),):
        raise ValueError(f"y must have shape ({len(x)},), got {tuple(y.shape)}")
    if not y.isfinite().all():
        raise ValueError("y contains NaN or infinity")


def check_weights(x: Tensor, w: Tensor) -> None:
    """Refuse weights that are not one per feature (检查权重)."""
    check_table(x)
    if w.shape != (x.shape[1],):
        raise ValueError(f"w must have shape ({x.shape[1]},), got {tuple(w.shape)}")


# %% [markdown] lang="zh"
# ## 数据：一行一位病人
# 特征排成一张表 $X$，形状 $(n, d)$：$n$ 位病人，$d$ 个特征。标签 $y$ 是 $n$ 个分数。
#
# 先把病人分成两份：100 位锁起来，最后才用，叫**测试集**（test set）；其余的用来学，叫**训练集**（training set）。新病人什么样，
# 只有没见过的病人能告诉我们。分之前先打乱次序，免得名单的顺序里藏着什么。

# %% [markdown] lang="en"
# ## The data: one row a patient
# The features are a table $X$ of shape $(n, d)$: $n$ patients, $d$ features. The labels $y$ are $n$ scores.
#
# First part the patients: 100 are locked away until the very end, the **test set**; all others are there to learn from, the
# **training set**.
# What new patients will be like, only patients never seen can tell. The order is shuffled first, in case the list was
# sorted by something.

# %%
NAMES = ("age", "sex", "BMI", "blood pressure", "s1", "s2", "s3", "s4", "s5", "s6")


def load_patients() -> tuple[Tensor, Tensor]:
    """The ten measurements as taken, and the scores (病人数据): (442, 10), (442,).

    float64. Source: Efron, Hastie, Johnstone, Tibshirani (2004), "Least angle
    regression", by way of scikit-learn's ``load_diabetes``.
    """
    data = load_diabetes(scaled=False)
    return torch.from_numpy(data.data), torch.from_numpy(data.target)


def split(n: int, test: int, seed: int) -> tuple[Tensor, Tensor]:
    """Row numbers for training and for the test (划分), shuffled by ``seed``.

    Raises ``ValueError`` unless both parts get at least one row.
    """
    if not 0 < test < n:
        raise ValueError(f"test must be between 1 and {n - 1}, got {test}")
    order = torch.randperm(n, generator=torch.Generator().manual_seed(seed))
    return order[test:], order[:test]


if __name__ == "__main__":
    all_x, all_y = load_patients()
    train_rows, test_rows = split(442, test=100, seed=0)
    x, y = all_x[train_rows], all_y[train_rows]
    test_x, test_y = all_x[test_rows], all_y[test_rows]
    print("x", tuple(x.shape), " y", tuple(y.shape))
    for name, mean, std in zip(NAMES, x.mean(dim=0), x.std(dim=0), strict=True):
        print(f"{name:15} mean {mean:6.1f}  std {std:5.1f}")

# %% [markdown] lang="zh"
# `s1` 到 `s6` 是血液指标（总胆固醇、低密度脂蛋白、高密度脂蛋白、胆固醇比值、甘油三酯的对数、血糖）。各列的标准差从不到 1 到三十多，
# 尺度相差几十倍。记住这一点。
#
# ## 一次乘法算完所有人
# 一个人的预报，是各特征乘各自的权重，相加，再加偏置。对第 $i$ 位病人：
#
# $$\hat y_i = \sum_{j=1}^{d} x_{ij} w_j + b$$
#
# 所有人一起，写成矩阵：
#
# $$\hat y = X w + b$$
#
# $x_{ij}$ 是第 $i$ 位病人的第 $j$ 个特征，$w_j$ 是这个特征的权重，$b$ 是偏置。$X w$ 就是 [矩阵乘法](../ch01_tensors/operations.py)，
# 代码里写 `x @ w`。一行代码，十个特征和一万个特征都一样。

# %% [markdown] lang="en"
# `s1` to `s6` are blood values (total cholesterol, LDL, HDL, a ratio of cholesterols, the logarithm of triglycerides, blood
# sugar). The standard deviations of the columns run from below 1 to above thirty. Remember that.
#
# ## One product for everybody
# The forecast for one person: each feature times its weight, added up, plus the bias. For patient $i$:
#
# $$\hat y_i = \sum_{j=1}^{d} x_{ij} w_j + b$$
#
# For all of them at once, with matrices:
#
# $$\hat y = X w + b$$
#
# Here $x_{ij}$ is feature $j$ of patient $i$, $w_j$ the weight of that feature and $b$ the bias. $X w$ is the
# [matrix product](../ch01_tensors/operations.py), in code `x @ w`: one line, for ten features or ten thousand.


# %%
def predict(x: Tensor, w: Tensor, b: float | Tensor) -> Tensor:
    """All forecasts at once (矩阵形式): shape (n,).

    ``x`` has shape (n, d), ``w`` (d,), ``b`` is one number. Raises like
    ``check_weights``.
    """
    check_weights(x, w)
    return x @ w + b


def predict_loop(x: Tensor, w: Tensor, b: float) -> Tensor:
    """The same, number by number (循环形式): shape (n,). Raises like ``predict``."""
    check_weights(x, w)
    forecasts = torch.zeros(len(x), dtype=x.dtype)
    for i in range(len(x)):
        total = b
        for j in range(x.shape[1]):
            total += x[i, j] * w[j]
        forecasts[i] = total
    return forecasts


def seconds(work: Callable[[], object], repeats: int) -> float:
    """The best of several timings (计时)."""
    best = math.inf
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
    return best


if __name__ == "__main__":
    some_w = torch.linspace(-1, 1, 10, dtype=torch.float64)
    gap = (predict(x, some_w, 3.0) - predict_loop(x, some_w, 3.0)).abs().max()
    slow = seconds(lambda: predict_loop(x, some_w, 3.0), repeats=2)
    fast = seconds(lambda: predict(x, some_w, 3.0), repeats=20)
    times = max(c for c in (1, 3, 10, 30, 100, 300) if slow / fast >= c)
    print(
        f"largest difference {gap:.0e}, the loop takes at least {times} times as long"
    )

# %% [markdown] lang="zh"
# 两种写法算出同样的数，循环慢了至少 `{python} times` 倍（具体多少看机器）。慢在每个数都要经过一次 Python。
#
# ## 导数也是一次乘法
# 损失还是均方误差 $L = \frac{1}{n} \sum_i (\hat y_i - y_i)^2$。它对第 $j$ 个权重的导数，是每个人的残差乘他的第 $j$ 个特征，再平均，乘 2。
# 十个导数写在一起，又是一次矩阵乘法：
#
# $$\frac{\partial L}{\partial w} = \frac{2}{n} X^{\top} (\hat y - y), \qquad \frac{\partial L}{\partial b} = \frac{2}{n} \sum_{i=1}^{n} (\hat y_i - y_i)$$
#
# $X^{\top}$ 是**转置**（transpose），行列互换，形状 $(d, n)$；乘上 $n$ 个残差，正好得到 $d$ 个导数。形状对得上，公式多半就没记错。

# %% [markdown] lang="en"
# Both give the same numbers, and the loop takes at least `{python} times` times as long (how much depends on the machine): each
# single number has to go through Python.
#
# ## The derivatives, one product as well
# The loss is the mean squared error as before, $L = \frac{1}{n} \sum_i (\hat y_i - y_i)^2$. Its derivative for weight $j$ is
# everyone's residual times their feature $j$, averaged, times 2. Ten derivatives together are a matrix product again:
#
# $$\frac{\partial L}{\partial w} = \frac{2}{n} X^{\top} (\hat y - y), \qquad \frac{\partial L}{\partial b} = \frac{2}{n} \sum_{i=1}^{n} (\hat y_i - y_i)$$
#
# $X^{\top}$ is the **transpose**, rows and columns exchanged, of shape $(d, n)$; times $n$ residuals, it gives just $d$
# derivatives. If the shapes fit, the formula is probably remembered right.


# %%
def mse_grad(x: Tensor, y: Tensor, w: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """Gradient of the mean squared error by hand (手写梯度): shapes (d,) and ().

    ``x`` has shape (n, d), ``y`` (n,), ``w`` (d,). Raises like ``check_labels`` and
    ``check_weights``.
    """
    check_labels(x, y)
    residual = predict(x, w, b) - y
    return 2 / len(x) * (x.T @ residual), 2 * residual.mean()


def descend(
    x: Tensor, y: Tensor, lr: float, steps: int
) -> tuple[Tensor, Tensor, list[float]]:
    """Gradient descent from zero, all rows in each step (训练): w, b, losses.

    The losses are those before each step. Raises like ``check_labels``, ``ValueError``
    for a learning rate that is not positive and finite, or steps < 1.
    """
    check_labels(x, y)
    if not 0 < lr < math.inf or steps < 1:
        raise ValueError(f"lr must be positive and steps >= 1, got {lr} and {steps}")
    w, b = x.new_zeros(x.shape[1]), x.new_zeros(())
    losses = []
    for _ in range(steps):
        losses.append(((predict(x, w, b) - y) ** 2).mean().item())
        slope_w, slope_b = mse_grad(x, y, w, b)
        w, b = w - lr * slope_w, b - lr * slope_b
    return w, b, losses


# %% [markdown] lang="zh" tags=["check"]
# 手写的导数和自动求导对一下：

# %% [markdown] lang="en" tags=["check"]
# Compare the derivatives by hand with autograd:

# %% tags=["check"]
if __name__ == "__main__":
    auto_w = some_w.clone().requires_grad_()
    ((predict(x, auto_w, 3.0) - y) ** 2).mean().backward()
    by_hand, _ = mse_grad(x, y, some_w, torch.tensor(3.0))
    print(f"relative difference {((auto_w.grad - by_hand) / by_hand).abs().max():.0e}")

# %% [markdown] lang="zh"
# ## 尺度之害
# 直接训练，走 1000 步试试。学习率取多大？[梯度下降](../ch02_autograd/gradient_descent.py) 给出过上限：$2 / \lambda_{\max}$，
# $\lambda_{\max}$ 是损失的二阶导数矩阵（黑塞矩阵）最大的特征值，也就是最陡的方向有多弯。最大与最小特征值之比叫**条件数**，
# 它说明最陡与最平的方向差多少倍，要走的步数大致与它成正比。

# %% [markdown] lang="en"
# ## The harm of mixed scales
# Just train, 1000 steps. At what learning rate? [Gradient descent](../ch02_autograd/gradient_descent.py) gave the limit,
# $2 / \lambda_{\max}$, where $\lambda_{\max}$ is the largest eigenvalue of the loss's matrix of second derivatives (the
# Hessian): how strongly the steepest direction curves. The largest over the smallest eigenvalue is the **condition
# number**. It says how many times steeper the steepest direction is than the flattest, and the number of steps that are
# needed grows roughly in proportion to it.

# %% [markdown] lang="zh" tags=["predict"]
# 各列的标准差从不到 1 到三十多。条件数会是几十、几千，还是几千万？

# %% [markdown] lang="en" tags=["predict"]
# The columns' standard deviations run from below 1 to above thirty. Will the condition number be some tens, some
# thousands, or some ten millions?


# %%
def curvatures(x: Tensor) -> Tensor:
    """Eigenvalues of the Hessian in (w, b), rising (特征值): shape (d + 1,).

    ``x`` has shape (n, d). Raises like ``check_table``.
    """
    check_table(x)
    columns = torch.cat([x, x.new_ones(len(x), 1)], dim=1)  # the bias: a column of ones
    return torch.linalg.eigvalsh(2 / len(x) * columns.T @ columns)


def condition_number(x: Tensor) -> float:
    """How much steeper the steepest direction is than the flattest (条件数), >= 1.

    Infinite if some direction is flat. Raises like ``check_table``.
    """
    low, high = curvatures(x)[[0, -1]].tolist()
    return high / low if low > 1e-14 * high else math.inf


if __name__ == "__main__":
    raw_limit = 2 / curvatures(x)[-1].item()
    raw_w, raw_b, raw_losses = descend(x, y, lr=0.9 * raw_limit, steps=1000)
    print(f"condition number {condition_number(x):.0e}, largest lr {raw_limit:.0e}")
    print(f"after 1000 steps: typical error {raw_losses[-1] ** 0.5:.1f}")
    print(f"always the mean:  typical error {y.std(correction=0):.1f}")

# %% [markdown] lang="zh"
# 条件数 `{python} f"{condition_number(x):.0e}"`，也就是五千万左右；学习率最大只能取十万分之一。走了 1000 步，典型误差（均方误差的平方根）
# 是 `{python} f"{raw_losses[-1] ** 0.5:.1f}"` 分。比一律猜平均分的 `{python} f"{y.std(correction=0):.1f}"` 分好，可是还差多少才到底，下面才看得出来。
#
# ## 正确地标准化
# 每一列减去自己的平均值，除以自己的标准差，各列就都以 0 为中心、以 1 为尺度：
#
# $$z_{ij} = \frac{x_{ij} - m_j}{s_j}$$
#
# $m_j$ 和 $s_j$ 是第 $j$ 列的平均值和标准差，**只从训练集算**。测试集代表还没来的病人，他们的平均值你不可能预先知道。

# %% [markdown] lang="en"
# The condition number is `{python} f"{condition_number(x):.0e}"`, some fifty million, and the learning rate cannot be larger than
# a hundred-thousandth. After 1000 steps the typical error (the root of the mean squared error) is
# `{python} f"{raw_losses[-1] ** 0.5:.1f}"`. That is better than always guessing the mean, `{python} f"{y.std(correction=0):.1f}"`,
# but how far from the best it is will only show below.
#
# ## Standardise properly
# Take from each column its mean and divide by its standard deviation; then all columns are centred at 0, on a scale of 1:
#
# $$z_{ij} = \frac{x_{ij} - m_j}{s_j}$$
#
# Here $m_j$ and $s_j$ are mean and standard deviation of column $j$, **from the training set alone**. The test set stands for
# patients who have not come yet, and you cannot know their mean.


# %%
def standardize_fit(x: Tensor) -> tuple[Tensor, Tensor]:
    """Each column's mean and standard deviation (标准化参数): both (d,).

    ``x`` has shape (n, d). Raises like ``check_table``, ``ValueError`` if a column is
    constant: it has no scale.
    """
    check_table(x)
    mean, std = x.mean(dim=0), x.std(dim=0, correction=0)
    if not (std > 0).all():
        column = int((std <= 0).nonzero()[0])
        raise ValueError(f"column {column} is constant, it cannot be standardised")
    return mean, std


if __name__ == "__main__":
    mean, std = standardize_fit(x)
    z, test_z = (x - mean) / std, (test_x - mean) / std
    w, b, losses = descend(z, y, lr=0.2, steps=1000)
    print(
        f"condition number {condition_number(z):.0f}, limit {2 / curvatures(z)[-1]:.2f}"
    )
    print(f"after 1000 steps: typical error {losses[-1] ** 0.5:.1f}")
    caught_up = sum(loss > raw_losses[-1] for loss in losses)
    print(f"better than the raw run's 1000 steps after {caught_up} steps")

# %% [markdown] lang="zh"
# 条件数降到 `{python} f"{condition_number(z):.0f}"`，学习率可以取 0.2（上限的八成），`{python} caught_up` 步就超过了原始数据的 1000 步。条件数没有降到 1，因为有几列
# 互相牵连：总胆固醇和低密度脂蛋白几乎同涨同落，把一个的权重加上去、另一个减下来，预报几乎不变，这个方向就是平的。

# %% [markdown] lang="en"
# The condition number comes down to `{python} f"{condition_number(z):.0f}"`, the learning rate may be 0.2 (eight tenths of the
# limit), and after `{python} caught_up` steps it is ahead of the raw run's 1000. It does not come down to 1, because
# some columns go together: total cholesterol and LDL rise and fall nearly as one. Add to the weight of one, take from
# that of the other, and the forecast hardly changes: that direction is flat.

# %% tags=["plot"] alt_zh="损失随步数下降，对数坐标。标准化的曲线十来步就落到底，原始数据的曲线 1000 步后仍明显高于它。" alt_en="Loss against the step on a log axis. The standardised curve is at the bottom after some ten steps; the raw one is still well above it after 1000."
if __name__ == "__main__":
    fig, ax = plt.subplots()
    steps = range(1, 1001)
    ax.loglog(steps, raw_losses, "--", color="C1", label="raw")
    ax.loglog(steps, losses, color="C0", label="standardised")
    ax.set(xlabel="step", ylabel="training loss")
    ax.legend()
    plt.show()


# %% tags=["plot"] alt_zh="只看体重指数和血压两个权重的损失等高线。左：原始单位，是又窄又斜的一条。右：标准化以后，接近圆形。" alt_en="Contours of the loss in the weights of BMI and blood pressure alone. Left: in raw units a narrow slanting strip. Right: standardised, nearly circles."
def draw_valley(ax: plt.Axes, pair: Tensor, reach: float) -> None:
    """The loss above its minimum around it, in two weights (两个权重的山谷)."""
    pair = pair - pair.mean(dim=0)
    side = torch.linspace(-reach, reach, 61, dtype=pair.dtype)
    steps = torch.stack(torch.meshgrid(side, side, indexing="ij"), dim=-1)
    loss = ((steps @ (pair.T @ pair / len(pair))) * steps).sum(dim=-1)
    ax.contour(side, side, loss.T, levels=[20, 100, 300, 700], colors="C0")
    ax.plot(0, 0, "*", color="C1", markersize=12)
    ax.set_xlabel("weight of BMI")
    ax.set_aspect("equal")


if __name__ == "__main__":
    fig, (left, right) = plt.subplots(1, 2, figsize=(7, 3.6))
    draw_valley(left, x[:, 2:4], reach=5)
    draw_valley(right, z[:, 2:4], reach=25)
    left.set_ylabel("weight of blood pressure")
    plt.show()

# %% [markdown] lang="zh"
# 图里只动两个权重，从最低点（星号）量起。左边是原始单位，右边是标准化以后：狭谷变成了近乎圆形的碗。

# %% [markdown] lang="en"
# Only two weights move in the figure, measured from the lowest point (the star). On the left in raw units, on the right
# standardised: the narrow valley has become nearly a round bowl.

# %% [markdown] lang="zh"
# ## 不训练也行：正规方程
# 线性回归很特别，最低点有公式。在最低点导数为零，即 $X^{\top}(X w - y) = 0$（把一列 1 并进 $X$，偏置就成了最后一个权重），移项得到
# **正规方程**（normal equations）：
#
# $$X^{\top} X\, w = X^{\top} y$$
#
# 这是 $d + 1$ 个未知数的一次方程组，`torch.linalg.solve` 直接解出。既然有公式，为什么还要训练？因为神经网络没有这样的公式；
# 而在这里，公式正好用来检验训练。

# %% [markdown] lang="en"
# ## Without training: the normal equations
# Linear regression is special, its lowest point has a formula. There the derivative is zero, $X^{\top}(X w - y) = 0$ (put a
# column of ones into $X$, and the bias becomes the last weight). Rearranged, these are the **normal equations**:
#
# $$X^{\top} X\, w = X^{\top} y$$
#
# That is a system of linear equations with $d + 1$ unknowns, which `torch.linalg.solve` solves. With a formula, why train at
# all? Because networks have none; and here the formula serves to check the training.


# %%
def fit_normal(x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """The weights and bias of lowest loss (正规方程): shapes (d,) and ().

    ``x`` has shape (n, d), ``y`` (n,). Raises like ``check_labels``, ``ValueError`` if
    the columns do not determine the weights.
    """
    check_labels(x, y)
    if condition_number(x) == math.inf:
        raise ValueError("columns depend on each other: the weights are not determined")
    columns = torch.cat([x, x.new_ones(len(x), 1)], dim=1)
    solution = torch.linalg.solve(columns.T @ columns, columns.T @ y)
    return solution[:-1], solution[-1]


# %% [markdown] lang="zh" tags=["check"]
# 公式和训练应当走到同一点。训练 10000 步，比较每个权重；测试里再和 scikit-learn 的 `LinearRegression` 比。

# %% [markdown] lang="en" tags=["check"]
# Formula and training should come to the same point. Train 10000 steps and compare each weight; the tests also compare with
# `LinearRegression` of scikit-learn.

# %% tags=["check"]
if __name__ == "__main__":
    best_w, best_b = fit_normal(z, y)
    for steps in (1000, 3000, 10000):
        long_w, _, _ = descend(z, y, lr=0.2, steps=steps)
        print(f"{steps:5} steps: weights off by {(long_w - best_w).abs().max():.0e}")

# %% [markdown] lang="zh"
# ## 回答医生
# 现在打开测试集。除了典型误差，再给两个参照：一律猜训练集的平均分，以及误差中被解释掉的比例
#
# $$R^2 = 1 - \frac{\sum_i (\hat y_i - y_i)^2}{\sum_i (y_i - \bar y)^2}$$
#
# $\bar y$ 是被打分的这些病人的平均分。$R^2 = 1$ 是全对，0 是不比猜平均分强。
#
# 只有 100 位测试病人，换一种分法，结果会不同。所以再随机划分 200 次，看误差的范围。

# %% [markdown] lang="en"
# ## The doctor's answer
# Now open the test set. Beside the typical error there are two things to compare with: always guessing the mean of the
# training set, and the share of the squared error that is explained,
#
# $$R^2 = 1 - \frac{\sum_i (\hat y_i - y_i)^2}{\sum_i (y_i - \bar y)^2}$$
#
# where $\bar y$ is the mean of the patients that are scored. $R^2 = 1$ is perfect, 0 is no better than guessing the mean.
#
# There are only 100 test patients; split otherwise, the result differs. So split at random 200 times, and see the range.


# %%
def rmse(forecast: Tensor, y: Tensor) -> float:
    """Root of the mean squared error (均方根误差), in the units of ``y``.

    Raises ``ValueError`` unless both have one shape (n,), n >= 1.
    """
    if forecast.shape != y.shape or y.ndim != 1 or len(y) == 0:
        found = f"{tuple(forecast.shape)} and {tuple(y.shape)}"
        raise ValueError(f"expected two equal shapes (n,), got {found}")
    return ((forecast - y) ** 2).mean().item() ** 0.5


def split_error(x: Tensor, y: Tensor, seed: int) -> tuple[float, float]:
    """Test error of the fit and of the mean, for one split (一次划分的误差).

    Raises like ``check_labels`` and ``split``.
    """
    check_labels(x, y)
    rows, held_out = split(len(x), test=100, seed=seed)
    mean, std = standardize_fit(x[rows])
    w, b = fit_normal((x[rows] - mean) / std, y[rows])
    forecast = predict((x[held_out] - mean) / std, w, b)
    guess = y[rows].mean().expand(len(held_out))
    return rmse(forecast, y[held_out]), rmse(guess, y[held_out])


if __name__ == "__main__":
    forecast = predict(test_z, best_w, best_b)
    error = rmse(forecast, test_y)
    r2 = 1 - error**2 / test_y.var(correction=0).item()
    base = rmse(y.mean().expand(100), test_y)
    print(f"test error {error:.1f}, always the mean {base:.1f}, R2 {r2:.2f}")
    errors = torch.tensor([split_error(all_x, all_y, seed) for seed in range(200)])
    low, middle, high = errors[:, 0].quantile(torch.tensor([0.0, 0.5, 1.0])).tolist()
    print(f"200 splits: {low:.1f} to {high:.1f}, median {middle:.1f}")
    print("better than the mean in", int((errors[:, 0] < errors[:, 1]).sum()), "of 200")

# %% tags=["plot"] alt_zh="左：预报对真实分数，点散布在对角线两侧，高分预报偏低。右：十个标准化权重的条形图，s1 最负，s5、s2、BMI 和血压较大。" alt_en="Left: forecast against true score; the points scatter about the diagonal, and high scores are forecast too low. Right: bars of the ten standardised weights; s1 is the most negative, s5, s2, BMI and blood pressure are large."
if __name__ == "__main__":
    fig, (left, right) = plt.subplots(1, 2, figsize=(7, 3.5))
    left.plot(test_y, forecast, "o", color="C0", markersize=4)
    left.plot([25, 346], [25, 346], "--", color="gray")
    left.set(xlabel="true score", ylabel="forecast")
    right.barh(NAMES, best_w.numpy(), color="C2")
    right.invert_yaxis()
    right.set(xlabel="weight")
    fig.tight_layout()
    plt.show()

# %% [markdown] lang="zh"
# 新病人的分数大约能准到 ±`{python} f"{error:.0f}"` 分，200 种分法的中位数是 `{python} f"{middle:.1f}"`。比猜平均分好，却远谈不上准：
# 十个数解释了一半左右，左图的点离对角线还很远。
#
# 标准化以后，权重可以互相比：特征升高一个标准差，分数变多少。体重指数、血压和 `s5` 推高分数。但别急着解释 `s1` 的大负数：`s1` 和 `s2` 几乎同涨同落，
# 它们的权重一负一正、互相抵消，单独看哪一个都没有意义。

# %% [markdown] lang="en"
# The score of a new patient can be told to within about ±`{python} f"{error:.0f}"`; the median over 200 splits is
# `{python} f"{middle:.1f}"`. Better than the mean, but far from precise: ten numbers explain about half, and on the left
# the points are still far from the diagonal.
#
# After standardising, weights can be compared: by how much does the score change if a feature rises by one standard
# deviation? BMI, blood pressure and `s5` push it up. But do not read much into the large negative `s1`. `s1` and `s2`
# rise and fall together, and their weights, one negative and one positive, cancel; neither means anything alone.

# %% [markdown] lang="zh"
# ## 常见的错误
# ### 用新数据自己的统计量来标准化

# %% [markdown] lang="en"
# ## Common mistakes
# ### New data standardised by themselves

# %% [markdown] lang="zh" tags=["bug"]
# 把测试集另外标准化一次，好像更“公平”。可是到了诊室里，一次只来一位病人：

# %% [markdown] lang="en" tags=["bug"]
# To standardise the test set by its own mean and deviation looks "fair". But in the surgery, patients come one at a time:

# %% tags=["bug"]
if __name__ == "__main__":
    for i in range(3):
        one = test_x[i : i + 1]
        by_itself = (one - one.mean(dim=0)) / (one.std(dim=0, correction=0) + 1e-8)
        wrong = predict(by_itself, best_w, best_b).item()
        right_one = predict(test_z[i : i + 1], best_w, best_b).item()
        print(f"wrong {wrong:.1f}  right {right_one:.1f}  true {test_y[i]:.0f}")

# %% [markdown] lang="zh" tags=["bug"]
# 一个人减去自己的平均值，永远是 0：谁来都报同一个分数，也就是偏置。（加上 `1e-8` 是许多人防止除以零的做法，它也把错误藏了起来。）
# 平均值和标准差是模型的一部分，从训练集算好，存下来，以后一直用它。

# %% [markdown] lang="en" tags=["bug"]
# A person minus their own mean is always 0, so everybody gets the same score: the bias. (Adding `1e-8` is a common way to
# avoid dividing by zero; it also hides the mistake.) Mean and standard deviation are part of the model. Take them from the
# training set, store them, and use them ever after.

# %% [markdown] lang="zh"
# ### 标签多出一条轴

# %% [markdown] lang="en"
# ### Labels with an axis too many

# %% [markdown] lang="zh" tags=["bug"]
# 标签存成 $(n, 1)$ 的一列，预报是 $(n,)$ 的一排，相减时 [广播](../ch01_tensors/operations.py) 会悄悄造出 $n \times n$ 个差：

# %% [markdown] lang="en" tags=["bug"]
# Labels kept as a column $(n, 1)$ and forecasts as $(n,)$: subtract them, and [broadcasting](../ch01_tensors/operations.py)
# silently makes $n \times n$ differences:

# %% tags=["bug"]
if __name__ == "__main__":
    column = test_y.reshape(-1, 1)
    differences = forecast - column
    print(tuple(differences.shape), f"{(differences**2).mean() ** 0.5:.1f}")
    try:
        rmse(forecast, column)
    except ValueError as error_message:
        print(error_message)

# %% [markdown] lang="zh" tags=["bug"]
# 误差变成了 `{python} f"{(differences**2).mean() ** 0.5:.1f}"`：每个人的预报和**所有人**的分数比了一遍。不报错，只是错。所以 `rmse` 先比形状。

# %% [markdown] lang="en" tags=["bug"]
# The error comes out as `{python} f"{(differences**2).mean() ** 0.5:.1f}"`: everyone's forecast was compared with **everybody's**
# score. No error is raised, the result is just wrong. That is why `rmse` compares shapes first.

# %% [markdown] lang="zh"
# ### 在 `float32` 里解正规方程

# %% [markdown] lang="en"
# ### Normal equations in `float32`

# %% [markdown] lang="zh" tags=["bug"]
# $X^{\top} X$ 的条件数就是上面的五千万，`float32` 却只有七位左右的有效数字。偏置的真值是 `float64` 的那个：

# %% [markdown] lang="en" tags=["bug"]
# The condition number of $X^{\top} X$ is the fifty million from above, and `float32` has only some seven significant
# digits. The true bias is the one of `float64`:

# %% tags=["bug"]
if __name__ == "__main__":
    for dtype in (torch.float32, torch.float64):
        columns = torch.cat([x, x.new_ones(len(x), 1)], dim=1).to(dtype)
        solution = torch.linalg.solve(columns.T @ columns, columns.T @ y.to(dtype))
        print(f"{dtype!s:13} b = {solution[-1]:.3f}")

# %% [markdown] lang="zh" tags=["bug"]
# 它的数字里只有前四位可信。先标准化再解，或者用 `float64`，或者用 `torch.linalg.lstsq`，它不去算 $X^{\top} X$。

# %% [markdown] lang="en" tags=["bug"]
# Of its digits only the first four can be trusted. Standardise first, or use `float64`, or `torch.linalg.lstsq`, which never
# computes $X^{\top} X$.

# %% [markdown] lang="zh"
# ## 练习

# %% [markdown] lang="en"
# ## Exercises

# %% [markdown] lang="zh" tags=["exercise"]
# 医生不会标准化，只会代入原始的数。写出 `to_raw(w, b, mean, std)`，把标准化的权重和偏置换成原始单位的，预报不变。

# %% [markdown] lang="en" tags=["exercise"]
# The doctor does not standardise but puts in the numbers as measured. Write `to_raw(w, b, mean, std)`, which turns weights and
# bias for standardised features into those for raw ones; the forecasts stay the same.


# %% tags=["solution"]
def to_raw(w: Tensor, b: Tensor, mean: Tensor, std: Tensor) -> tuple[Tensor, Tensor]:
    """Weights and bias for the features as measured (换回原始单位).

    All but ``b`` have shape (d,). Raises ``ValueError`` for a std that is not positive.
    """
    if not (std > 0).all():
        raise ValueError("std must be positive")
    raw = w / std
    return raw, b - (raw * mean).sum()


if __name__ == "__main__":
    doctor_w, doctor_b = to_raw(best_w, best_b, mean, std)
    same = (predict(test_x, doctor_w, doctor_b) - forecast).abs().max()
    print(f"largest difference {same:.0e}, one point of BMI adds {doctor_w[2]:.1f}")

# %% [markdown] lang="zh" tags=["exercise"]
# 一张平面太直怎么办？写出 `add_squares(z)`，把每一列的平方也当作特征，10 列变成 20 列（性别只有两个值，平方以后还是同样的信息，先去掉它）。
# 在同样的 200 次划分上，测试误差的中位数变好了还是变坏了？训练误差呢？

# %% [markdown] lang="en" tags=["exercise"]
# What if a plane is too stiff? Write `add_squares(z)`, which takes the square of each column as a feature as well, so that 10
# columns become 20 (sex has but two values, its square says nothing new: leave that column out first). Over the same 200
# splits, does the median test error get better or worse? And the training error?


# %% tags=["solution"]
def add_squares(z: Tensor) -> Tensor:
    """The columns and their squares (添加平方特征): shape (n, 2d).

    Raises like ``check_table``.
    """
    check_table(z)
    return torch.cat([z, z**2], dim=1)


if __name__ == "__main__":
    nine = (all_x - all_x.mean(dim=0))[:, [0, 2, 3, 4, 5, 6, 7, 8, 9]]
    for name, table in (("plain", nine), ("squares", add_squares(nine))):
        tests = [split_error(table, all_y, seed)[0] for seed in range(200)]
        fit_w, fit_b = fit_normal(table / table.std(dim=0), all_y)
        known = rmse(predict(table / table.std(dim=0), fit_w, fit_b), all_y)
        middle_test = torch.tensor(tests).median()
        print(f"{name:8} test {middle_test:.1f}  all patients known {known:.1f}")

# %% [markdown] lang="zh" tags=["solution"]
# 见过的病人拟合得更好，没见过的却没有：多出来的权重有一部分学了噪声。这叫过拟合，[泛化](../ch04_classification/generalization.py) 一课专门讲它。

# %% [markdown] lang="en" tags=["solution"]
# Patients that were seen are fitted better, patients that were not are no better off: some of the new weights have learned
# noise. That is overfitting, the subject of [generalization](../ch04_classification/generalization.py).

# %% [markdown] lang="zh"
# ## 小结
# - **医生的三个问题**：能预报，典型误差 `{python} f"{error:.0f}"` 分（一律猜平均分是 `{python} f"{base:.0f}"` 分）；体重指数、血压和 `s5` 最推高分数，
#   互相牵连的血脂不能单独解读。
# - 预报 `x @ w + b`，导数 `x.T @ residual`：特征再多，还是这两行。
# - 尺度不一，条件数可以到五千万；标准化以后降到 `{python} f"{condition_number(z):.0f}"`。平均值和标准差只从训练集算，并随模型保存。
# - 线性回归有公式，可以用来检验训练；打分之前先比形状。
#
# 下一课 [数据加载](data_loading.py)：数据在磁盘上的文件里，有缺的、有坏的，怎样一批批送进训练。

# %% [markdown] lang="en"
# ## Recap
# - **The doctor's three questions**: yes, we can forecast, with a typical error of `{python} f"{error:.0f}"` (always guessing the
#   mean gives `{python} f"{base:.0f}"`); BMI, blood pressure and `s5` push the score up most, and blood fats that go together
#   cannot be read one by one.
# - Forecast `x @ w + b`, derivatives `x.T @ residual`: two lines, however many features.
# - Mixed scales can bring the condition number to fifty million; standardised it is `{python} f"{condition_number(z):.0f}"`. Take
#   mean and standard deviation from the training set alone and keep them with the model.
# - Linear regression has a formula, good for checking the training; compare shapes before you score.
#
# Next, [loading data](data_loading.py): data in a file on disk, with values missing and rows broken, and how it gets into
# training batch by batch.
