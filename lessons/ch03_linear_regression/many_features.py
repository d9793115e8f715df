# %% [markdown] lang="zh"
# # 多个特征
# 442 位糖尿病患者各量了十样东西：年龄、性别、体重指数、血压，以及六项血液指标。一年以后，医生给每个人的病情进展打了一个分，
# 从 25 到 346，分越高越糟。现在来了一位新病人，**只凭这十个数，能预报他一年后的分数吗？会差多少分？哪几样最要紧？**
#
# 上一课只有一个特征（距离），模型是 $wx + b$：特征乘权重，加偏置。特征变成十个，靠矩阵，代码还是一样长。
# 可是训练会遇到新麻烦：血脂一百多，有的指标只有 4，各列的数大小悬殊，梯度下降几乎走不动。
#
# 学完这一页，你能：
#
# - 用一次矩阵乘法算出所有病人的预报，再用一次算出所有权重的导数；
# - 说清楚各列大小悬殊为什么拖垮训练，并且正确地标准化；
# - 不训练，用一个公式直接求出最好的权重，再拿它检验训练；
# - 避开三个不报错、却让预报或结论出错的毛病。
#
# 数据是 scikit-learn 自带的（Efron 等，2004）。下面折叠的代码是导入和输入检查，初读可以跳过。

# %% [markdown] lang="en"
# # Many features
# Of each of 442 people with diabetes, ten things were measured: age, sex, body mass index, blood pressure and six blood values.
# A year later a doctor gave a score for how far the disease had progressed, from 25 to 346; higher is worse. Now a new
# patient comes in. **From these ten numbers alone, can we forecast the score in a year? How far off will we be? And which of
# the ten matter most?**
#
# The last lesson had a single feature, distance, and the model $wx + b$: feature times weight, plus bias. With ten features
# and matrices the code is just as long. But training meets a new trouble. Blood fats are above a hundred, another value is
# about 4; with columns of such different size, gradient descent can hardly move.
#
# After this page you can
#
# - forecast all patients with one matrix product, and take the derivatives for all weights with another;
# - say why columns of very different size cripple training, and standardize properly;
# - find the best weights by a formula, without training, and check the training with it;
# - stay clear of three mistakes that raise no error, yet spoil the forecast or the conclusion.
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
        found = getattr(x, "dtype", type(x))
        raise TypeError(f"x must be a float tensor, got {found}")
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
# 只有没见过的病人能告诉我们。分之前先用 `randperm` 打乱行号，免得名单的顺序里藏着什么。
#
# 然后看每一列的平均值和标准差（数一般离平均值多远）。`dim=0` 指第 0 条轴（PyTorch 管轴叫 `dim`）：沿着它把 $n$ 行并成一行，
# 每列剩一个数；`correction=0` 是说方差除以 $n$。

# %% [markdown] lang="en"
# ## The data: one row a patient
# The features are a table $X$ of shape $(n, d)$: $n$ patients, $d$ features. The labels $y$ are $n$ scores.
#
# First part the patients: 100 are locked away until the very end, the **test set**; all others are there to learn from, the
# **training set**. What new patients will be like, only patients never seen can tell. `randperm` shuffles the row numbers first, in case the
# list was sorted by something.
#
# Then look at each column's mean and standard deviation (how far its numbers usually are from the mean). `dim=0` names
# axis 0 (PyTorch calls an axis `dim`): along it $n$ rows become one, and each column is left with one number.
# `correction=0` says that the variance is divided by $n$.

# %%
NAMES = ("age", "sex", "BMI", "blood pressure", "s1", "s2", "s3", "s4", "s5", "s6")


def load_patients() -> tuple[Tensor, Tensor]:
    """The ten measurements as taken, and the scores (病人数据): (442, 10), (442,).

    float64. Source: Efron, Hastie, Johnstone, Tibshirani (2004), "Least angle
    regression", by way of scikit-learn's ``load_diabetes``.
    """
    data = load_diabetes(scaled=False)  # as measured, not yet standardized
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
    spread = x.std(dim=0, correction=0)
    for name, mean, std in zip(NAMES, x.mean(dim=0), spread, strict=True):
        print(f"{name:15} mean {mean:6.1f}  std {std:5.1f}")

# %% [markdown] lang="zh"
# `sex` 记成 1 和 2；`s1` 到 `s6` 是血液指标：总胆固醇、低密度脂蛋白、高密度脂蛋白、胆固醇比值、甘油三酯的对数、血糖。
# 各列的标准差最大和最小相差 `{python} f"{spread.max() / spread.min():.0f}"` 倍，记住这一点。
#
# ## 一次乘法算完所有人
# 一个人的预报，是各特征乘各自的权重，相加，再加偏置。第 $i$ 位病人的预报记作 $\hat y_i$：
#
# $$\hat y_i = \sum_{j=1}^{d} x_{ij} w_j + b$$
#
# $x_{ij}$ 是他的第 $j$ 个特征，$w_j$ 是这个特征的权重，$b$ 是偏置。所有人一起，写成矩阵：
#
# $$\hat y = X w + b$$
#
# $X w$ 是 [矩阵乘法](../ch01_tensors/operations.py)，代码里写 `x @ w`：$(n, d)$ 乘 $(d,)$，得到 $n$ 个预报。

# %% [markdown] lang="en"
# `sex` is coded as 1 and 2. `s1` to `s6` are blood values: total cholesterol, LDL, HDL, a ratio of cholesterols, the
# logarithm of triglycerides, blood sugar. The largest standard deviation is `{python} f"{spread.max() / spread.min():.0f}"`
# times the smallest. Remember that.
#
# ## One product for everybody
# The forecast for one person: each feature times its weight, added up, plus the bias. For patient $i$ call it $\hat y_i$:
#
# $$\hat y_i = \sum_{j=1}^{d} x_{ij} w_j + b$$
#
# Here $x_{ij}$ is feature $j$ of this patient, $w_j$ the weight of that feature and $b$ the bias. For all patients at once,
# with matrices:
#
# $$\hat y = X w + b$$
#
# $X w$ is the [matrix product](../ch01_tensors/operations.py), in code `x @ w`: $(n, d)$ times $(d,)$ makes $n$ forecasts.


# %%
def predict(x: Tensor, w: Tensor, b: float | Tensor) -> Tensor:
    """All forecasts at once (矩阵形式): shape (n,).

    ``x`` has shape (n, d), ``w`` (d,), ``b`` is one number. Raises like
    ``check_weights``.
    """
    check_weights(x, w)
    return x @ w + b


def predict_loop(x: Tensor, w: Tensor, b: float) -> Tensor:
    """The same, number by number (循环形式): shape (n,). Raises as ``predict``."""
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
    slow = seconds(lambda: predict_loop(x, some_w, 3.0), repeats=1)
    fast = seconds(lambda: predict(x, some_w, 3.0), repeats=20)
    print(f"largest difference {gap:.0e}")
    print("the loop takes over 100 times as long:", slow > 100 * fast)

# %% [markdown] lang="zh"
# 两种写法算出同样的数，相差 `{python} f"{gap:.0e}"` 是舍入。循环慢了一百倍还不止，因为每个数都要经过一次 Python。
#
# ## 导数也是一次乘法
# 损失还是均方误差 $L = \frac{1}{n} \sum_i (\hat y_i - y_i)^2$。它对第 $j$ 个权重的导数，是每个人的残差 $\hat y_i - y_i$ 乘他的第 $j$ 个特征，再平均，乘 2。
# 十个导数写在一起，又是一次矩阵乘法：
#
# $$\frac{\partial L}{\partial w} = \frac{2}{n} X^{\top} (\hat y - y), \qquad \frac{\partial L}{\partial b} = \frac{2}{n} \sum_{i=1}^{n} (\hat y_i - y_i)$$
#
# $X^{\top}$ 是**转置**（transpose），行列互换，代码里写 `x.T`。它的第 $j$ 行是所有人的第 $j$ 个特征，和残差逐个相乘再相加，正是我们要的和。
# $(d, n)$ 乘 $(n,)$ 得到 $d$ 个导数，形状对得上。
#
# 有了导数就能训练：`descend` 从零出发，每步用全部病人（`new_zeros` 造的零和 `x` 数据类型相同）。
# 损失的单位是分的平方，开方以后又是分，叫**典型误差**，由 `rmse` 计算。

# %% [markdown] lang="en"
# Both give the same numbers; the difference of `{python} f"{gap:.0e}"` is rounding. The loop takes
# more than a hundred times as long, because each single number has to go through Python.
#
# ## The derivatives, one product as well
# The loss is the mean squared error as before, $L = \frac{1}{n} \sum_i (\hat y_i - y_i)^2$. Its derivative for weight $j$ is
# everyone's residual $\hat y_i - y_i$ times their feature $j$, averaged, times 2. Ten derivatives together are a matrix
# product again:
#
# $$\frac{\partial L}{\partial w} = \frac{2}{n} X^{\top} (\hat y - y), \qquad \frac{\partial L}{\partial b} = \frac{2}{n} \sum_{i=1}^{n} (\hat y_i - y_i)$$
#
# $X^{\top}$ is the **transpose**, rows and columns exchanged, in code `x.T`. Its row $j$ holds feature $j$ of everybody; multiplied
# by the residuals one by one and added up, that is just the sum we want. Shape $(d, n)$ times $(n,)$ makes $d$ derivatives:
# the shapes fit.
#
# With derivatives we can train: `descend` starts from zero and uses all patients in each step (`new_zeros` makes zeros of the
# dtype of `x`). The loss is in points squared. Its square root is in points again: the **typical error** of a forecast,
# which `rmse` computes.


# %%
def mse_grad(x: Tensor, y: Tensor, w: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """Gradient of the mean squared error by hand (手写梯度): shapes (d,) and ().

    ``x`` has shape (n, d), ``y`` (n,), ``w`` (d,). Raises like ``check_labels`` and
    ``check_weights``.
    """
    check_labels(x, y)
    residual = predict(x, w, b) - y
    return 2 / len(x) * (x.T @ residual), 2 * residual.mean()


def rmse(forecast: Tensor, y: Tensor) -> float:
    """Root of the mean squared error (均方根误差), in the units of ``y``.

    Raises ``ValueError`` unless both have one shape (n,), n >= 1.
    """
    if forecast.shape != y.shape or y.ndim != 1 or len(y) == 0:
        found = f"{tuple(forecast.shape)} and {tuple(y.shape)}"
        raise ValueError(f"expected two equal shapes (n,), got {found}")
    return ((forecast - y) ** 2).mean().item() ** 0.5


def descend(
    x: Tensor, y: Tensor, lr: float, steps: int
) -> tuple[Tensor, Tensor, list[float]]:
    """Gradient descent from zero, all rows in each step (训练): w, b, losses.

    The losses are those before each step. Raises like ``check_labels``,
    and ``ValueError`` for a rate that is not positive and finite, or steps < 1.
    """
    check_labels(x, y)
    if not 0 < lr < math.inf or steps < 1:
        found = f"{lr} and {steps}"
        raise ValueError(f"lr must be positive and steps >= 1, got {found}")
    w, b = x.new_zeros(x.shape[1]), x.new_zeros(())
    losses = []
    for _ in range(steps):
        losses.append(((x @ w + b - y) ** 2).mean().item())
        slope_w, slope_b = mse_grad(x, y, w, b)
        w, b = w - lr * slope_w, b - lr * slope_b
    return w, b, losses


# %% [markdown] lang="zh" tags=["check"]
# 手写的导数和自动求导对一下，应当只差舍入：

# %% [markdown] lang="en" tags=["check"]
# Compare the derivatives by hand with autograd. They should differ by rounding only:

# %% tags=["check"]
if __name__ == "__main__":
    auto_w = some_w.clone().requires_grad_()
    auto_b = torch.tensor(3.0, dtype=torch.float64, requires_grad=True)
    ((predict(x, auto_w, auto_b) - y) ** 2).mean().backward()
    hand_w, hand_b = mse_grad(x, y, some_w, auto_b.detach())
    print(f"w: relative difference {(auto_w.grad / hand_w - 1).abs().max():.0e}")
    print(f"b: relative difference {(auto_b.grad / hand_b - 1).abs():.0e}")

# %% [markdown] lang="zh"
# ## 各列大小悬殊，训练走不动
# 直接训练，走 1000 步试试。学习率取多大？[梯度下降](../ch02_autograd/gradient_descent.py) 说过：损失像一个碗，各个方向弯得不一样，
# 有多弯由黑塞矩阵（二阶导数排成的矩阵）的特征值 $\lambda$ 说明。学习率要小于 $2 / \lambda_{\max}$，否则最弯的方向会发散；
# 可是步子这么小，最平的方向几乎不动。两头之比 $\lambda_{\max} / \lambda_{\min}$ 叫**条件数**，越大越难训练。
#
# 给 $X$ 添一列 1，偏置就成了最后一个权重（它的特征永远是 1）。这样，均方误差的黑塞矩阵就是 $\frac{2}{n} X^{\top} X$。

# %% [markdown] lang="en"
# ## Columns of different size: training is stuck
# Just train, 1000 steps. At what learning rate? As [gradient descent](../ch02_autograd/gradient_descent.py) showed, the loss is
# like a bowl that curves differently in each direction. How strongly is told by the eigenvalues $\lambda$ of the
# Hessian, the matrix of second derivatives. The learning rate must stay below $2 / \lambda_{\max}$, or the direction that
# curves most diverges; but with such small steps the flattest direction hardly moves. The ratio of the two ends,
# $\lambda_{\max} / \lambda_{\min}$, is the **condition number**: the larger, the harder to train.
#
# Add a column of ones to $X$, and the bias becomes the last weight (its feature is always 1). Then the Hessian of the mean
# squared error is $\frac{2}{n} X^{\top} X$.

# %% [markdown] lang="zh" tags=["predict"]
# 各列的标准差最多相差几十倍。条件数会是几十、几千，还是几千万？

# %% [markdown] lang="en" tags=["predict"]
# The columns' standard deviations differ some tens of times at most. Will the condition number be in the tens, in the
# thousands, or in the tens of millions?


# %%
def curvatures(x: Tensor) -> Tensor:
    """Eigenvalues of the Hessian in (w, b), rising (特征值): shape (d + 1,).

    ``x`` has shape (n, d). Raises like ``check_table``.
    """
    check_table(x)
    columns = torch.cat([x, x.new_ones(len(x), 1)], dim=1)  # 1 for the bias
    return torch.linalg.eigvalsh(2 / len(x) * columns.T @ columns)


def condition_number(x: Tensor) -> float:
    """How much steeper the steepest direction is than the flattest (条件数), >= 1.

    Infinite if some direction is flat. Raises like ``check_table``.
    """
    low, high = curvatures(x)[[0, -1]].tolist()
    return high / low if low > 1e-14 * high else math.inf  # smaller is rounding


if __name__ == "__main__":
    raw_limit = 2 / curvatures(x)[-1].item()
    raw_w, raw_b, raw_losses = descend(x, y, lr=0.9 * raw_limit, steps=1000)
    raw_error = rmse(predict(x, raw_w, raw_b), y)
    guess_error = rmse(torch.full_like(y, y.mean().item()), y)
    print(f"condition number {condition_number(x):.1e}, largest lr {raw_limit:.0e}")
    print(f"after 1000 steps: typical error {raw_error:.1f}")
    print(f"always the mean:  typical error {guess_error:.1f}")

# %% [markdown] lang="zh"
# 条件数 `{python} f"{condition_number(x):.1e}"`，五千多万！$X^{\top} X$ 里特征乘了两遍，标准差的差距先要平方，变成几千倍；
# 平均值离 0 很远，有几列又互相牵连，再放大许多。学习率的上限只有十万分之一左右。取它的九成，走了 1000 步，
# 典型误差是 `{python} f"{raw_error:.1f}"` 分；一律猜平均分是 `{python} f"{guess_error:.1f}"` 分。最好能到多少？
#
# ## 正确地标准化
# 上一课标准化了一列，现在每一列都减去自己的平均值，除以自己的标准差：
#
# $$z_{ij} = \frac{x_{ij} - m_j}{s_j}$$
#
# $m_j$ 和 $s_j$ 是第 $j$ 列的平均值和标准差，**只从训练集算**。测试集代表还没来的病人，他们的平均值你不可能预先知道。

# %% [markdown] lang="en"
# The condition number is `{python} f"{condition_number(x):.1e}"`, more than fifty million! In $X^{\top} X$ features are multiplied
# twice, so the ratio of the standard deviations is squared first, which makes thousands. Means far from 0, and columns
# that go together, raise it further. The limit of the learning rate is about a hundred-thousandth. At nine tenths of it, 1000
# steps bring the typical error to `{python} f"{raw_error:.1f}"` points; always guessing the mean gives
# `{python} f"{guess_error:.1f}"`. How low could it get?
#
# ## Standardize properly
# The last lesson standardized one column; now do it to each. Subtract its own mean, divide by its own standard deviation:
#
# $$z_{ij} = \frac{x_{ij} - m_j}{s_j}$$
#
# Here $m_j$ and $s_j$ are mean and standard deviation of column $j$, **from the training set alone**. The test set stands for
# patients who have not come yet, and you cannot know their mean.


# %%
def standardize_fit(x: Tensor) -> tuple[Tensor, Tensor]:
    """Each column's mean and standard deviation (标准化参数): both (d,).

    ``x`` has shape (n, d). Raises like ``check_table``, ``ValueError`` if a column
    is constant: it has no scale.
    """
    check_table(x)
    mean, std = x.mean(dim=0), x.std(dim=0, correction=0)
    if not (std > 0).all():
        column = int((std <= 0).nonzero()[0])
        raise ValueError(f"column {column} is constant, it cannot be standardized")
    return mean, std


if __name__ == "__main__":
    mean, std = standardize_fit(x)
    z, test_z = (x - mean) / std, (test_x - mean) / std  # both by x
    w, b, losses = descend(z, y, lr=0.2, steps=1000)
    z_limit = 2 / curvatures(z)[-1].item()
    print(f"condition number {condition_number(z):.0f}, largest lr {z_limit:.2f}")
    print(f"after 1000 steps: typical error {rmse(predict(z, w, b), y):.1f}")
    caught_up = sum(loss > raw_error**2 for loss in losses)
    print(f"better than the raw run's 1000 steps after {caught_up} steps")

# %% [markdown] lang="zh"
# 条件数降到 `{python} f"{condition_number(z):.0f}"`，学习率可以取 0.2（上限的八成），`{python} caught_up` 步就超过了原始数据的 1000 步，
# 典型误差降到 `{python} f"{losses[-1] ** 0.5:.1f}"`。下图的横轴每一大格是 10 倍：

# %% [markdown] lang="en"
# The condition number comes down to `{python} f"{condition_number(z):.0f}"`, the learning rate may be 0.2 (eight tenths of the
# limit), and after `{python} caught_up` steps it is ahead of the raw run's 1000. The typical error ends at
# `{python} f"{losses[-1] ** 0.5:.1f}"`. In the figure, each large division across is a factor of 10:

# %% tags=["plot"] alt_zh="典型误差随迭代步下降，横轴是对数刻度。标准化的曲线十步左右就到底，原始数据的曲线 1000 步后仍在 `{python} f'{raw_error:.0f}'`。" alt_en="Typical error against the step, on a log axis. The standardized curve is at the bottom after some ten steps; the raw one is still at `{python} f'{raw_error:.0f}'` after 1000."
if __name__ == "__main__":
    fig, ax = plt.subplots()
    steps = range(1, 1001)
    raw_curve = [loss**0.5 for loss in raw_losses]
    curve = [loss**0.5 for loss in losses]
    ax.semilogx(steps, raw_curve, "--", color="C1", label="raw")
    ax.semilogx(steps, curve, color="C0", label="standardized")
    ax.set(xlabel="step", ylabel="typical error")
    ax.legend()
    plt.show()

# %% [markdown] lang="zh"
# 为什么快了？只动体重指数和 `s5` 的权重，从最低点（星号）量起，每一圈上的损失一样高。两条轴用同一把尺：

# %% [markdown] lang="en"
# Why so much faster? Move only the weights of BMI and `s5`, measured from the lowest point (the star). On each ring the loss is
# the same. Both axes have the same scale:


# %% tags=["plot"] alt_zh="体重指数和 s5 两个权重上的损失等高线。左：原始单位，是一条很窄的长条。右：标准化以后，是略扁的椭圆。" alt_en="Contours of the loss in the weights of BMI and s5. Left: in raw units, a very narrow long strip. Right: standardized, slightly flattened ellipses."
def draw_valley(ax: plt.Axes, pair: Tensor, reach: float) -> None:
    """The loss above its minimum around it, in two weights (两个权重的山谷)."""
    pair = pair - pair.mean(dim=0)
    side = torch.linspace(-reach, reach, 161, dtype=pair.dtype)
    steps = torch.stack(torch.meshgrid(side, side, indexing="ij"), dim=-1)
    loss = ((steps @ (pair.T @ pair / len(pair))) * steps).sum(dim=-1)
    ax.contour(side, side, loss.T, levels=[100, 300, 600], colors="C0")
    ax.plot(0, 0, "*", color="C1", markersize=10)
    ax.set_xlabel("weight of BMI")
    ax.set_aspect("equal")


if __name__ == "__main__":
    fig, (left, right) = plt.subplots(1, 2, figsize=(7, 3.6))
    draw_valley(left, x[:, [2, 8]], reach=60)
    draw_valley(right, z[:, [2, 8]], reach=40)
    left.set(ylabel="weight of s5", title="raw")
    right.set(title="standardized")
    plt.show()

# %% [markdown] lang="zh"
# 窄窄的峡谷变成了宽碗。碗还不圆，条件数也没有降到 1，因为有些特征互相牵连，尤其是 `s1` 和 `s2`，几乎同涨同落
# （相关系数 `{python} f"{torch.corrcoef(x[:, 4:6].T)[0, 1]:.2f}"`）：一个的权重加一点，另一个减一点，预报几乎不变。这样的方向是平的，标准化也没有办法。

# %% [markdown] lang="en"
# The narrow canyon has become a wide bowl. It is not round yet, nor is the condition number 1, because some features go
# together. Most of all `s1` and `s2`, which rise and fall nearly as one (correlation
# `{python} f"{torch.corrcoef(x[:, 4:6].T)[0, 1]:.2f}"`): add a little to the weight of one, take a little
# from the other, and the forecast hardly changes. That direction is flat, and standardizing is no cure for it.

# %% [markdown] lang="zh"
# ## 不训练也行：正规方程
# 线性回归很特别，最低点有公式。在最低点导数为零，即 $X^{\top}(X w - y) = 0$（$X$ 仍添一列 1，$w$ 的末尾就是偏置），移项得到
# **正规方程**（normal equations）：
#
# $$X^{\top} X\, w = X^{\top} y$$
#
# 这是 $d + 1$ 个未知数的一次方程组，`torch.linalg.solve` 直接解出。（数据用 `float64`：`float32` 只有七位左右的有效数字，
# 条件数上千万，要丢掉其中几位。）神经网络没有这样的公式，只能训练；在这里，公式正好用来检验训练。

# %% [markdown] lang="en"
# ## Without training: the normal equations
# Linear regression is special, its lowest point has a formula. There the derivative is zero, $X^{\top}(X w - y) = 0$ ($X$ has its
# column of ones again, and $w$ ends with the bias). Rearranged, these are the **normal equations**:
#
# $$X^{\top} X\, w = X^{\top} y$$
#
# That is a system of linear equations with $d + 1$ unknowns, which `torch.linalg.solve` solves. (The data are `float64`:
# `float32` has only some seven digits, and a condition number of tens of millions costs several of them.) Neural networks have no such formula
# and must be trained; here, the formula serves to check the training.


# %%
def fit_normal(x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """The weights and bias of lowest loss (正规方程): shapes (d,) and ().

    ``x`` has shape (n, d), ``y`` (n,). Raises like ``check_labels``, ``ValueError``
    if the columns do not determine the weights.
    """
    check_labels(x, y)
    if condition_number(x) == math.inf:
        raise ValueError("columns depend on each other: weights not determined")
    columns = torch.cat([x, x.new_ones(len(x), 1)], dim=1)
    solution = torch.linalg.solve(columns.T @ columns, columns.T @ y)
    return solution[:-1], solution[-1]


# %% [markdown] lang="zh" tags=["check"]
# 公式和训练应当走到同一点；测试里再和 scikit-learn 的 `LinearRegression` 比。

# %% [markdown] lang="en" tags=["check"]
# Formula and training should come to the same point; the tests also compare with `LinearRegression` of scikit-learn.

# %% tags=["check"]
if __name__ == "__main__":
    best_w, best_b = fit_normal(z, y)
    print(f"formula:    error {rmse(predict(z, best_w, best_b), y):.2f}")
    for steps in (10, 1000, 4000):
        long_w, long_b, _ = descend(z, y, lr=0.2, steps=steps)
        found = rmse(predict(z, long_w, long_b), y)
        off = (long_w - best_w).abs().max()
        print(f"{steps:4} steps: error {found:.2f}, weights off by {off:.0e}")

# %% [markdown] lang="zh" tags=["check"]
# 训练走到了公式那里。10 步以后误差就快到底了，权重却还差得远：剩下的路都在平的方向上，那里权重变了，预报也差不多。

# %% [markdown] lang="en" tags=["check"]
# Training does arrive where the formula points. After 10 steps the error is nearly at the bottom, but the weights are still far off:
# what is left of the way lies in flat directions, where the weights may change and the forecast hardly does.

# %% [markdown] lang="zh"
# ## 回答医生
# 现在打开测试集，用两把尺子量。一是典型误差，和一律猜训练集平均分相比；二是 $R^2$，分数的起伏有几成被预报说中：
#
# $$R^2 = 1 - \frac{\sum_i (\hat y_i - y_i)^2}{\sum_i (y_i - \bar y)^2}$$
#
# $\bar y$ 是这些测试病人的平均分。$R^2 = 1$ 是全对，0 是不比猜平均分强。
#
# 只有 100 位测试病人，结果要看怎样划分。所以再随机划分 200 次，看误差和权重怎么变。

# %% [markdown] lang="en"
# ## The doctor's answer
# Now open the test set and take two measures. One is the typical error, beside that of always guessing the training set's
# mean. The other is $R^2$, the share of the scores' ups and downs that the forecast gets:
#
# $$R^2 = 1 - \frac{\sum_i (\hat y_i - y_i)^2}{\sum_i (y_i - \bar y)^2}$$
#
# Here $\bar y$ is the mean of these test patients. $R^2 = 1$ is perfect, 0 is no better than guessing the mean.
#
# There are only 100 test patients, and the result depends on the split. So split at random 200 times, and see how far error
# and weights vary.


# %%
def try_split(x: Tensor, y: Tensor, seed: int) -> tuple[float, float, Tensor]:
    """Test errors of the fit and of the mean, and w, for one split (试一次划分).

    Raises like ``check_labels`` and ``split``.
    """
    check_labels(x, y)
    rows, held_out = split(len(x), test=100, seed=seed)
    mean, std = standardize_fit(x[rows])
    w, b = fit_normal((x[rows] - mean) / std, y[rows])
    forecast = predict((x[held_out] - mean) / std, w, b)
    guess = torch.full_like(forecast, y[rows].mean().item())
    return rmse(forecast, y[held_out]), rmse(guess, y[held_out]), w


if __name__ == "__main__":
    forecast = predict(test_z, best_w, best_b)
    error = rmse(forecast, test_y)
    base = rmse(torch.full_like(test_y, y.mean().item()), test_y)
    r2 = 1 - error**2 / test_y.var(correction=0).item()
    near = int(((forecast - test_y).abs() < error).sum())
    print(f"test error {error:.1f}, always the mean {base:.1f}, R2 {r2:.2f}")
    print(f"off by less than that: {near} of 100 patients")
    tries = [try_split(all_x, all_y, seed) for seed in range(200)]
    errors = torch.tensor([(fit, guess) for fit, guess, _ in tries])
    fits, guesses = errors.T
    low, middle, high = fits.min(), fits.median(), fits.max()
    print(f"200 splits: {low:.1f} to {high:.1f}, median {middle:.1f}")
    print("better than the mean in", int((fits < guesses).sum()), "of 200")
    weights = torch.stack([w for _, _, w in tries])
    least, most = weights.amin(dim=0), weights.amax(dim=0)
    for j in (2, 3, 4, 8):
        print(f"weight of {NAMES[j]:14} {least[j]:3.0f} to {most[j]:3.0f}")

# %% [markdown] lang="zh"
# 左图一点一位病人，落在虚线上就是报对了。右图的条是权重，细线是 200 次划分里权重的范围（`amin`、`amax` 沿一条轴取最小、最大）。

# %% [markdown] lang="en"
# On the left each point is a patient, forecast right if it is on the dashed line. On the right bars are weights, and thin lines
# the range of each weight over the 200 splits (`amin` and `amax` take the least and the largest along an axis).

# %% tags=["plot"] alt_zh="左：预报对真实分数，点散布在虚线两侧，高分预报偏低。右：十个标准化权重的条形图和范围。BMI、血压和 s5 的范围都在 0 右边，s1 的范围从 `{python} f'{least[4]:.0f}'` 到 `{python} f'{most[4]:.0f}'`。" alt_en="Left: forecast against true score; the points scatter about the dashed line, and high scores are forecast too low. Right: bars of the ten standardized weights with ranges. Those of BMI, blood pressure and s5 lie right of 0, that of s1 runs from `{python} f'{least[4]:.0f}'` to `{python} f'{most[4]:.0f}'`."
if __name__ == "__main__":
    fig, (left, right) = plt.subplots(1, 2, figsize=(7, 3.5))
    left.plot(test_y, forecast, "o", color="C0", markersize=4)
    left.plot([25, 346], [25, 346], "--", color="gray")
    left.set(xlabel="true score", ylabel="forecast")
    right.barh(NAMES, best_w.numpy(), color="C2")
    right.hlines(NAMES, least, most, color="black", lw=1)
    right.invert_yaxis()
    right.set(xlabel="weight")
    fig.tight_layout()
    plt.show()

# %% [markdown] lang="zh"
# 能预报，典型误差约 `{python} f"{error:.0f}"` 分，100 位里有 `{python} near` 位差得比这少；换着划分 200 次，误差从 `{python} f"{low:.0f}"` 到
# `{python} f"{high:.0f}"` 分。次次都比猜平均分好，却谈不上准：起伏只说中一半左右，高分大多报低了。
#
# 标准化以后，权重可以互相比：特征升高一个标准差，分数变多少。体重指数、血压和 `s5`（甘油三酯）推高分数，怎样划分都如此。
# `s1` 的条也长，可是它的权重从 `{python} f"{least[4]:.0f}"` 变到 `{python} f"{most[4]:.0f}"`：它和 `s2` 同涨同落，功劳怎么分，
# 换些病人就变，不能单独解释。

# %% [markdown] lang="en"
# Yes, the score can be forecast, with a typical error of about `{python} f"{error:.0f}"`; `{python} near` of the 100 patients are off
# by less. Over 200 splits it lies between `{python} f"{low:.0f}"` and `{python} f"{high:.0f}"`. That always beats the mean, but
# is far from precise: only about half of the ups and downs are caught, and on the left most high scores are forecast too low.
#
# After standardizing, weights can be compared: by how much does the score change if a feature rises by one standard
# deviation? BMI, blood pressure and `s5` (triglycerides) push it up, whatever the split. The bar of `s1` is long too, but its
# weight runs from `{python} f"{least[4]:.0f}"` to `{python} f"{most[4]:.0f}"`. It rises and falls with `s2`, and how the two share the
# credit changes with a few patients. Such a weight cannot be read alone.

# %% [markdown] lang="zh"
# ## 常见的错误
# ### 用新数据自己的统计量来标准化

# %% [markdown] lang="en"
# ## Common mistakes
# ### New data standardized by themselves

# %% [markdown] lang="zh" tags=["bug"]
# 把测试集另外标准化一次，好像更“公平”。可是到了诊室里，一次只来一位病人：

# %% [markdown] lang="en" tags=["bug"]
# To standardize the test set by its own mean and deviation looks "fair". But in the surgery, patients come one at a time:

# %% tags=["bug"]
if __name__ == "__main__":
    for i in range(3):
        one = test_x[i : i + 1]
        by_itself = (one - one.mean(dim=0)) / (one.std(dim=0, correction=0) + 1e-8)
        wrong = predict(by_itself, best_w, best_b).item()
        right_one = predict(test_z[i : i + 1], best_w, best_b).item()
        print(f"wrong {wrong:.1f}  right {right_one:.1f}  true {test_y[i]:.0f}")

# %% [markdown] lang="zh" tags=["bug"]
# 一个人减去自己的平均值，永远是 0：谁来都报同一个分，就是偏置。（常有人加 `1e-8` 防止除以零，也把错误藏了起来。）
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
# 误差变成了 `{python} f"{(differences**2).mean() ** 0.5:.1f}"`：每个人的预报和**所有人**的分数比了一遍，却不报错。所以 `rmse` 先比形状。

# %% [markdown] lang="en" tags=["bug"]
# The error comes out as `{python} f"{(differences**2).mean() ** 0.5:.1f}"`: everyone's forecast was compared with **everybody's**
# score. No error is raised. That is why `rmse` compares shapes first.

# %% [markdown] lang="zh"
# ### 比较原始单位的权重

# %% [markdown] lang="en"
# ### Comparing weights in raw units

# %% [markdown] lang="zh" tags=["bug"]
# 不标准化，公式也能解，预报一样准。那就直接看哪个权重大？

# %% [markdown] lang="en" tags=["bug"]
# The formula works without standardizing too, and its forecasts are just as good. So why not see which of those weights are large?

# %% tags=["bug"]
if __name__ == "__main__":
    per_unit, _ = fit_normal(x, y)
    for j in (1, 2, 3, 8):
        units = f"raw {per_unit[j]:6.1f}  standardized {best_w[j]:6.1f}"
        print(f"{NAMES[j]:15} {units}")

# %% [markdown] lang="zh" tags=["bug"]
# 照原始权重看，性别的分量是体重指数的 `{python} f"{(per_unit[1] / per_unit[2]).abs():.0f}"` 倍，标准化以后却还不到它的一半。原始权重说的是特征增加 1，
# 分数变多少；性别加 1 是换了性别，体重指数加 1 只是稍胖一点。单位不同的权重不能比。

# %% [markdown] lang="en" tags=["bug"]
# By its raw weight, sex counts `{python} f"{(per_unit[1] / per_unit[2]).abs():.0f}"` times as much as BMI; standardized, less than half
# as much. A raw weight says how the score changes when the feature rises by 1. For sex that is from one to the other, for
# BMI it is just a little heavier. Weights in different units cannot be compared.

# %% [markdown] lang="zh"
# ## 练习

# %% [markdown] lang="en"
# ## Exercises

# %% [markdown] lang="zh" tags=["exercise"]
# 医生只想代入量出来的数。写出 `to_raw(w, b, mean, std)`，把标准化的权重和偏置换成原始单位的，预报不变。

# %% [markdown] lang="en" tags=["exercise"]
# The doctor wants to put in the numbers as measured. Write `to_raw(w, b, mean, std)`, which turns weights and
# bias for standardized features into those for raw ones; the forecasts stay the same.


# %% tags=["solution"]
def to_raw(
    w: Tensor,
    b: Tensor,
    mean: Tensor,
    std: Tensor,
) -> tuple[Tensor, Tensor]:
    """Weights and bias for the features as measured (换回原始单位).

    All but ``b`` have shape (d,). Raises ``ValueError`` unless std is positive.
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
# 一张平面太直怎么办？写出 `add_squares(z)`，把每一列的平方也当作特征，列数翻倍（性别只有两个值，平方没有新信息，先去掉这一列）。
# 在同样的 200 次划分上，测试误差的中位数变好了还是变坏了？训练误差呢？

# %% [markdown] lang="en" tags=["exercise"]
# What if a plane is too stiff? Write `add_squares(z)`, which takes the square of each column as a feature as well and so
# doubles their number (sex has but two values, its square says nothing new: leave that column out first). Over the same 200
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
        tests = [try_split(table, all_y, seed)[0] for seed in range(200)]
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
# - **医生的三个问题**：能预报，典型误差 `{python} f"{error:.0f}"` 分（一律猜平均分是 `{python} f"{base:.0f}"` 分）；体重指数、血压和 `s5`（甘油三酯）
#   最要紧，互相牵连的血脂不能单独解释。
# - 预报 `x @ w + b`，导数 `x.T @ residual`：特征再多，还是这两行。
# - 各列大小悬殊，条件数能上千万；标准化以后降到 `{python} f"{condition_number(z):.0f}"`。平均值和标准差只从训练集算，并随模型保存。
# - 打分之前先比形状，比权重之前先标准化。
#
# 下一课 [数据加载](data_loading.py)：数据在磁盘上的文件里，有缺的、有坏的，怎样一批批送进训练。

# %% [markdown] lang="en"
# ## Recap
# - **The doctor's three questions**: yes, we can forecast, with a typical error of `{python} f"{error:.0f}"` (always guessing the
#   mean gives `{python} f"{base:.0f}"`); BMI, blood pressure and `s5` (triglycerides) matter most, and blood fats that go
#   together cannot be read one by one.
# - Forecast `x @ w + b`, derivatives `x.T @ residual`: two lines, however many features.
# - Columns of different size can bring the condition number to tens of millions; standardized it is
#   `{python} f"{condition_number(z):.0f}"`. Take mean and standard deviation from the training set alone and keep them with the model.
# - Compare shapes before you score, and standardize before you compare weights.
#
# Next, [loading data](data_loading.py): data in a file on disk, with values missing and rows broken, and how it gets into
# training batch by batch.
