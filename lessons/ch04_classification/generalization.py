# %% [markdown] lang="zh"
# # 泛化
# 你替一座小镇预报用电：手里有 50 天的记录，每天一个平均气温（°C）和一个用电量（兆瓦时，MWh；1 兆瓦时就是 1000 度）。
# 明天的电今天就要订好。用这 50 天学出一条曲线，**还没到来的日子**，预报通常会差几兆瓦时？
#
# 曲线弯得够多，就能穿过记录里的每个点，误差为 0，可明天不在记录里。在没见过的样本上也答得好，叫**泛化**
# （generalization）。这一页讲怎样诚实地量它。
#
# 学完这一页，你能：
#
# - 把数据分成三份，说清每份只许用来做什么；
# - 从误差看出曲线是太直还是太弯；
# - 数据少的时候，让每一天轮流当考题；
# - 认出三种“好得不真实”的成绩，知道该怎么改。
#
# 先修：[从零实现线性回归](../ch03_linear_regression/from_scratch.py) 和 [多个特征](../ch03_linear_regression/many_features.py)。
# 下面折叠的代码导入库、检查输入（`check_` 开头的函数），初读可以跳过。

# %% [markdown] lang="en"
# # Generalization
# You forecast how much electricity a small town will use. You have records of 50 days: the mean temperature (°C) and the usage
# in megawatt hours (MWh; one is 1000 kWh). Tomorrow's electricity must be ordered today. If you learn a curve from these
# 50 days, by how many MWh will it typically miss **days that are yet to come**?
#
# A curve with enough bends goes through every recorded point, with an error of 0; but tomorrow is not in the records.
# Answering well on samples never seen before is called **generalization**. This page is about measuring it honestly.
#
# After this page you can
#
# - split data into three parts, and say what each may be used for;
# - tell from the errors whether a curve is too stiff or too wiggly;
# - let every day take its turn as an exam question when there are few of them;
# - recognize three kinds of score that are too good to be true, and put them right.
#
# Before this: [linear regression from scratch](../ch03_linear_regression/from_scratch.py) and
# [many features](../ch03_linear_regression/many_features.py). The folded code below imports the libraries and checks
# the input (the functions called `check_` something); skip it at first reading.

# %% tags=["setup"]
import math

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from torch import Tensor

COLDEST = -5.0  # °C, the range of the thermometer
HOTTEST = 35.0
TOP = 12  # the highest degree that is tried


def check_count(low: int = 1, **counts: int) -> None:
    """Refuse all but whole numbers of at least ``low`` (检查个数)."""
    for name, value in counts.items():
        if isinstance(value, bool) or not isinstance(value, int):
            raise TypeError(f"{name} must be an integer, got {value!r}")
        if value < low:
            raise ValueError(f"{name} must be at least {low}, got {value}")


def check_floats(**tensors: Tensor) -> None:
    """Refuse all but non-empty, finite float tensors of one shape (检查数据)."""
    shapes = [tuple(t.shape) for t in tensors.values() if isinstance(t, Tensor)]
    for name, t in tensors.items():
        if not isinstance(t, Tensor) or not t.is_floating_point():
            found = getattr(t, "dtype", type(t))
            raise TypeError(f"{name} must be a float tensor, got {found}")
        if t.ndim == 0 or t.numel() == 0:
            raise ValueError(f"{name} must hold samples, got {tuple(t.shape)}")
        if not t.isfinite().all():
            raise ValueError(f"{name} contains NaN or infinity")
    if len(set(shapes)) > 1:
        raise ValueError(f"{' and '.join(tensors)} differ in shape: {shapes}")


def check_classes(classes: int, **labels: Tensor) -> None:
    """Refuse all but 1-d int64 labels 0 ... classes - 1 (检查类别)."""
    check_count(2, classes=classes)
    for name, t in labels.items():
        if not isinstance(t, Tensor) or t.dtype != torch.int64:
            found = getattr(t, "dtype", type(t))
            raise TypeError(f"{name} must be an int64 tensor, got {found}")
        if t.ndim != 1 or len(t) == 0:
            raise ValueError(f"{name} must have shape (n,), got {tuple(t.shape)}")
        if t.min() < 0 or t.max() >= classes:
            span = f"{t.min().item()} to {t.max().item()}"
            raise ValueError(f"{name} must lie in 0 to {classes - 1}, got {span}")
    lengths = [len(t) for t in labels.values()]
    if len(set(lengths)) > 1:
        raise ValueError(f"{' and '.join(labels)} differ in length: {lengths}")


def check_matrix(matrix: Tensor) -> None:
    """Refuse all but a square, non-empty table of int64 counts (检查混淆矩阵)."""
    if not isinstance(matrix, Tensor) or matrix.dtype != torch.int64:
        found = getattr(matrix, "dtype", type(matrix))
        raise TypeError(f"matrix must be an int64 tensor, got {found}")
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise ValueError(f"matrix must be square, got shape {tuple(matrix.shape)}")
    if matrix.sum() == 0 or matrix.min() < 0:
        raise ValueError("matrix must hold counts, at least one of them positive")


# %% [markdown] lang="zh"
# ## 数据：真相事先知道
# 天冷要取暖，天热要开空调。照这个道理造数据，就能拿真相来查：
#
# $$
# \begin{aligned}
# y &= f(x) + \varepsilon \\
# f(x) &= 60 + 1.5\, s(14 - x) + 2.5\, s(x - 24) \\
# s(t) &= \ln(1 + e^{t})
# \end{aligned}
# $$
#
# $x$ 是气温，$y$ 是用电量，$f$ 是真相：平时用 60 MWh，比 14 °C 每低 1 °C 多用 1.5 MWh，比 24 °C 每高 1 °C 多用 2.5 MWh。
# $s$（`softplus`）是拐角磨圆的斜坡：$t$ 远小于 0 时约为 0，远大于 0 时约为 $t$。气温从 `COLDEST`（零下 5 °C）到 `HOTTEST`（35 °C）均匀抽取。
#
# $\varepsilon$ 是气温解释不了的**噪声**（noise），标准差是 5 MWh。就算知道 $f$，也猜不到明天的噪声：新日子的误差，长期看谁也低不过它。

# %% [markdown] lang="en"
# ## Data whose truth we know
# Cold days need heating, hot days need cooling. We make our data accordingly, so that we can check against the truth:
#
# $$
# \begin{aligned}
# y &= f(x) + \varepsilon \\
# f(x) &= 60 + 1.5\, s(14 - x) + 2.5\, s(x - 24) \\
# s(t) &= \ln(1 + e^{t})
# \end{aligned}
# $$
#
# $x$ is the temperature, $y$ the usage and $f$ the truth: 60 MWh as a rule, 1.5 more for each °C below 14 °C, and 2.5 more for
# each °C above 24 °C. $s$ (`softplus`) is a ramp with a rounded corner: about 0 for $t$ far below 0, and about $t$ far above. Temperatures are
# drawn evenly from `COLDEST` (5 °C below zero) to `HOTTEST` (35 °C).
#
# $\varepsilon$ is the **noise**, what the temperature does not explain; its standard deviation is 5 MWh. Even someone who knows $f$ cannot guess
# tomorrow's noise, so in the long run no forecast of new days has a smaller error.


# %%
def mean_usage(temp: Tensor) -> Tensor:
    """The truth (真值): mean MWh of days of ``temp`` °C, same shape."""
    check_floats(temp=temp)
    return 60 + 1.5 * F.softplus(14 - temp) + 2.5 * F.softplus(temp - 24)


def create_days(
    shape: tuple[int, ...], seed: int, noise: float = 5
) -> tuple[Tensor, Tensor]:
    """Days of a known truth (已知真值的数据): °C and MWh, float64 of ``shape``.

    Temperatures are uniform from ``COLDEST`` to ``HOTTEST``; ``noise`` is a
    standard deviation in MWh. Raises ``ValueError`` for empty shapes or noise < 0.
    """
    check_count(**{f"shape[{i}]": size for i, size in enumerate(shape)})
    if not 0 <= noise < math.inf:
        raise ValueError(f"noise must be finite and not below 0, got {noise}")
    rng = torch.Generator().manual_seed(seed)
    share = torch.rand(shape, generator=rng, dtype=torch.float64)
    temp = COLDEST + (HOTTEST - COLDEST) * share
    spread = noise * torch.randn(shape, generator=rng, dtype=torch.float64)
    return temp, mean_usage(temp) + spread


if __name__ == "__main__":
    sigma = 5
    x, y = create_days((50,), seed=0, noise=sigma)
    for temp, used in zip(x[:3], y[:3], strict=True):
        print(f"{temp:.1f} °C  {used:.1f} MWh")

# %% [markdown] lang="zh"
# ## 分成三份
# 考题若是做过的作业，分数就不说明问题。所以先打乱 50 天，再分成互不相交的三份（下图里一根竖条是一天）：
#
# - **训练集**（training set）：用来拟合曲线；
# - **验证集**（validation set）：用来挑选，比如曲线该多弯；
# - **测试集**（test set）：锁起来，一切定好之后**只用一次**，给最后的分数。
#
# 60%、20%、20% 是常见的折中：训练集太小学不好，后两份太小，分数全凭运气。

# %% [markdown] lang="en"
# ## Three parts
# A mark proves nothing if the exam repeats the homework. So first shuffle the 50 days, then cut them into three parts that have no day
# in common (in the picture below, a bar is a day):
#
# - the **training set**, to fit the curve;
# - the **validation set**, to make choices, such as how many bends the curve should have;
# - the **test set**, locked away until everything is decided, then used **once**, for the final score.
#
# 60%, 20% and 20% is a common compromise: a small training set teaches little, and small other parts leave the scores to luck.


# %%
def train_val_test(
    n: int, seed: int, shares: tuple[float, float, float] = (0.6, 0.2, 0.2)
) -> tuple[Tensor, Tensor, Tensor]:
    """Shuffled row numbers of three disjoint parts (训练、验证、测试集).

    Three int64 tensors that together hold 0 ... n - 1 once each. Raises
    ``ValueError`` unless the shares add up to 1 and every part gets a row.
    """
    check_count(3, n=n)
    if len(shares) != 3 or min(shares) <= 0 or not math.isclose(sum(shares), 1):
        raise ValueError(f"shares must be 3 positive numbers, sum 1, got {shares}")
    cuts = (round(n * shares[0]), round(n * (shares[0] + shares[1])))
    order = torch.randperm(n, generator=torch.Generator().manual_seed(seed))
    parts = order.tensor_split(cuts)
    if min(len(part) for part in parts) == 0:
        raise ValueError(f"n = {n} leaves a part of shares {shares} empty")
    return parts


if __name__ == "__main__":
    train, val, test = train_val_test(len(x), seed=0)
    print(f"train {len(train)}  val {len(val)}  test {len(test)}")

# %% tags=["plot"] alt_zh="50 天排成一行，每天一根竖条，分在三排里：训练集 `{python} len(train)` 天，验证集 `{python} len(val)` 天，测试集 `{python} len(test)` 天，互相穿插，每天只属于一排。" alt_en="50 days side by side, one bar each, in three rows: `{python} len(train)` days of training, `{python} len(val)` of validation and `{python} len(test)` of test, well mixed, each day in one row only."
if __name__ == "__main__":
    fig, ax = plt.subplots(figsize=(5.2, 2.4))
    names = ("training set", "validation set", "test set")
    for row, part in enumerate((train, val, test)):
        ax.bar(part + 1, 0.8, bottom=2 - row, color=f"C{row}", width=0.8)
    ax.set_yticks([2.4, 1.4, 0.4], names)
    ax.set(xlabel="day", xlim=(0, 51), xticks=[1, 10, 20, 30, 40, 50])
    plt.show()

# %% [markdown] lang="zh"
# ## 一族曲线，从直到弯
# 曲线用**多项式**（polynomial）：$\hat y = c_0 + c_1 u + c_2 u^2 + \dots + c_d u^d$。$u$ 是换算到 $-1$ 至 1 的气温，
# **次数**（degree）$d$ 越高，曲线能弯得越多，最高试到 12 次（`TOP`）。不换算，高次幂会大得离谱，带来舍入误差。换算用温度计的量程，不看数据。
#
# `basis` 给每一天排一行 $1, u, \dots, u^d$；系数 $c_k$ 照旧由最小二乘（`lstsq`）算出。下标里的 `...` 代表前面所有的轴，
# 后面要一次拟合许多座镇。预报有多差，用**均方根误差**（RMSE）量：
#
# $$\text{RMSE} = \sqrt{\frac{1}{n} \sum_{i=1}^{n} (\hat y_i - y_i)^2}$$
#
# $n$ 是天数，$\hat y_i$ 是第 $i$ 天的预报，$y_i$ 是实际用电量；开方之后，单位还是 MWh。`error_curves` 只用第一份数据拟合，给每一份都打分：
# 一行是一份数据，一列是一个次数，`argmin` 找出误差最小的列。

# %% [markdown] lang="en"
# ## A family of curves, from stiff to wiggly
# Our curves are **polynomials**, $\hat y = c_0 + c_1 u + c_2 u^2 + \dots + c_d u^d$, where $u$ is the temperature rescaled to
# run from $-1$ to 1. The higher the **degree** $d$, the more the curve can bend; we try up to degree 12 (`TOP`). Without rescaling, high powers would be huge, and
# their rounding errors large. The rescaling uses the thermometer's range, nothing from the data.
#
# `basis` makes a row $1, u, \dots, u^d$ for each day. The coefficients $c_k$ come from least squares (`lstsq`), as before. In an index, `...` stands for all the axes in front: later we shall fit many towns at once. How bad a forecast is, we measure by the
# **root mean squared error** (RMSE):
#
# $$\text{RMSE} = \sqrt{\frac{1}{n} \sum_{i=1}^{n} (\hat y_i - y_i)^2}$$
#
# $n$ is the number of days, $\hat y_i$ the forecast for day $i$ and $y_i$ what was used; thanks to the root the unit is MWh again. `error_curves` fits
# on the first part of the data alone and scores every part: a row for each part, a column for each degree. `argmin` finds the column with the smallest error.


# %%
def basis(x: Tensor, degree: int) -> Tensor:
    """Powers 0 ... degree (各次幂) of °C ``x``, rescaled to -1 ... 1.

    From shape (..., n) to (..., n, degree + 1). Raises ``ValueError`` for
    temperatures outside ``COLDEST`` ... ``HOTTEST``.
    """
    check_count(0, degree=degree)
    check_floats(x=x)
    if x.min() < COLDEST or x.max() > HOTTEST:
        raise ValueError(f"x must lie in {COLDEST} to {HOTTEST} °C")
    u = (2 * x - COLDEST - HOTTEST) / (HOTTEST - COLDEST)
    return u[..., None] ** torch.arange(degree + 1)


def fit_poly(x: Tensor, y: Tensor, degree: int) -> Tensor:
    """Least-squares polynomial (多项式拟合): coefficients (..., degree + 1).

    ``x`` (°C) and ``y`` (MWh) have shape (..., n), n > degree; leading axes hold
    data sets of their own. Raises ``ValueError`` for n <= degree. Source:
    Bishop, *Pattern Recognition* (2006), 1.1.
    """
    check_floats(x=x, y=y)
    design = basis(x, degree)
    if degree >= x.shape[-1]:
        raise ValueError(f"degree {degree} needs more than {x.shape[-1]} points")
    column = y[..., None]  # lstsq wants columns
    return torch.linalg.lstsq(design, column).solution[..., 0]


def predict_poly(coef: Tensor, x: Tensor) -> Tensor:
    """Forecasts (预测) in MWh for °C ``x`` (..., n), by ``fit_poly``'s ``coef``."""
    check_floats(coef=coef)
    return (basis(x, coef.shape[-1] - 1) @ coef[..., None])[..., 0]


def rmse(pred: Tensor, y: Tensor) -> Tensor:
    """Root mean squared error (均方根误差) along the last axis: shape (...)."""
    check_floats(pred=pred, y=y)
    return (pred - y).square().mean(dim=-1).sqrt()


def error_curves(*parts: tuple[Tensor, Tensor], top: int = TOP) -> Tensor:
    """Fit on the first part, score on each (误差曲线): (parts, top + 1, ...).

    Each part is a pair ``x``, ``y`` of shape (..., n). Row ``d`` is degree ``d``.
    """
    rows = []
    for degree in range(top + 1):
        coef = fit_poly(*parts[0], degree)
        rows.append(torch.stack([rmse(predict_poly(coef, a), b) for a, b in parts]))
    return torch.stack(rows, dim=1)


# %% [markdown] lang="zh" tags=["predict"]
# 次数从 0（水平线）升到 12，每次都只在训练集上拟合。训练误差会怎样走？验证误差呢？训练误差能低于噪声的 5 MWh 吗？

# %% [markdown] lang="en" tags=["predict"]
# Let the degree rise from 0 (a level line) to 12, always fitting on the training set alone. Which way will the training error go? And the
# validation error? Can the training error fall below the 5 MWh of the noise?

# %%
if __name__ == "__main__":
    errors = error_curves((x[train], y[train]), (x[val], y[val]))
    print("degree  train    val")
    for degree in range(TOP + 1):
        fit_error, val_error = errors[:, degree].tolist()
        print(f"{degree:6}  {fit_error:5.2f}  {val_error:5.2f}")
    chosen = errors[1].argmin().item()
    print(f"chosen = {chosen}")

# %% tags=["plot"] alt_zh="三幅图，同样的训练点、验证点和虚线真相。上：1 次的直线错过两头。中：`{python} chosen` 次的曲线贴着真相。下：`{python} TOP` 次的曲线追着训练点扭来扭去。" alt_en="Three panels with the same training points, validation points and dashed truth. Top: degree 1, a straight line, misses both ends. Middle: degree `{python} chosen` stays close to the truth. Bottom: degree `{python} TOP` twists after the training points."
if __name__ == "__main__":
    fig, axes = plt.subplots(3, 1, figsize=(5.2, 7), sharex=True, sharey=True)
    grid = torch.linspace(COLDEST, HOTTEST, 300, dtype=torch.float64)
    for ax, degree in zip(axes, (1, chosen, TOP), strict=True):
        ax.plot(x[train], y[train], "o", color="C0", alpha=0.6, label=names[0])
        ax.plot(x[val], y[val], "^", color="C1", label=names[1])
        ax.plot(grid, mean_usage(grid), "--", color="black", label="truth")
        curve = predict_poly(fit_poly(x[train], y[train], degree), grid)
        ax.plot(grid, curve, color="C2", label="forecast")
        ax.set(ylabel="usage (MWh)", ylim=(45, 110), yticks=[60, 80, 100])
        ax.text(15, 102, f"degree {degree}", ha="center")
    axes[2].set(xlabel="temperature (°C)", xticks=[-5, 5, 15, 25, 35])
    axes[0].legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=2)
    plt.show()

# %% [markdown] lang="zh"
# 训练误差一路下降，从 `{python} f"{errors[0, 0]:.1f}"` 到 `{python} f"{errors[0, TOP]:.1f}"` MWh，低于噪声：曲线把噪声也背下来了。
# 验证误差大体先降后升，`{python} chosen` 次最低，是 `{python} f"{errors[1, chosen]:.1f}"` MWh。（它也低于噪声，甚至低于训练误差：
# 不是背的，是这 10 天碰巧好猜。）次数太低，连规律都没学到，叫**欠拟合**（underfitting），两种误差都大；次数太高，叫**过拟合**
# （overfitting），训练误差小，验证误差大。12 次最糟：`{python} f"{x[val].max():.1f}"` °C 附近没有训练日管住曲线，它竟预报 `{python} f"{predict_poly(fit_poly(x[train], y[train], TOP), x[val].max()[None]).item():.0f}"` MWh，冲出了图底。
#
# 一座镇也许是碰巧。再造 200 座规律相同的小镇，各记 50 天，一次全部拟合。`many` 的三条轴依次是数据、次数、小镇，
# `median(dim=2)` 沿小镇轴取中位数：

# %% [markdown] lang="en"
# The training error falls all the way, from `{python} f"{errors[0, 0]:.1f}"` to `{python} f"{errors[0, TOP]:.1f}"` MWh. That is below the noise: the
# curve has learned the noise by heart. The validation error on the whole falls and then rises; it is lowest at degree `{python} chosen`,
# `{python} f"{errors[1, chosen]:.1f}"` MWh. (That, too, is below the noise, even below the training error: nothing was learned by heart here, these 10 days
# just happen to be easy.) With too low a degree the curve cannot even follow the rule: **underfitting**, both errors are large. With too high a
# degree: **overfitting**, a small training error with a large validation error. Degree 12 is worst: near `{python} f"{x[val].max():.1f}"` °C no
# training day holds the curve, and its forecast is `{python} f"{predict_poly(fit_poly(x[train], y[train], TOP), x[val].max()[None]).item():.0f}"` MWh, far below the bottom of the picture.
#
# One town may be chance. Make 200 more that follow the same rule, 50 days each, and fit them all at once. The axes of `many` are, in order, parts,
# degrees and towns; `median(dim=2)` takes the median along the axis of towns:

# %%
if __name__ == "__main__":
    towns, usage = create_days((200, 50), seed=1)
    fresh = create_days((200, 500), seed=2)  # days yet to come
    split = [(towns[:, rows], usage[:, rows]) for rows in (train, val, test)]
    many = error_curves(*split, fresh)  # train, val, test, fresh
    typical = many.median(dim=2).values
    for degree in (1, 3, TOP):
        low, mid = typical[0, degree], typical[1, degree]
        print(f"degree {degree:2}: train {low:.2f}  val {mid:.2f}")

# %% tags=["plot"] alt_zh="200 座小镇的误差随次数变化，纵轴是对数刻度。训练误差的中位数从 `{python} f'{typical[0, 0]:.1f}'` 一路降到 `{python} f'{typical[0, TOP]:.1f}'` MWh，穿过噪声线；验证误差在 `{python} typical[1].argmin().item()` 次最低，为 `{python} f'{typical[1].min():.1f}'`，之后回升，带子越来越宽，越出图顶。" alt_en="Errors of 200 towns by degree, logarithmic axis. The median training error falls from `{python} f'{typical[0, 0]:.1f}'` to `{python} f'{typical[0, TOP]:.1f}'` MWh, through the line of the noise; the validation error is lowest at degree `{python} typical[1].argmin().item()`, `{python} f'{typical[1].min():.1f}'`, then rises, its band ever wider until it leaves the picture."
if __name__ == "__main__":
    fig, ax = plt.subplots()
    degrees = torch.arange(TOP + 1)
    for row, style in enumerate(("o-", "^-")):
        ends = torch.tensor([0.1, 0.9], dtype=torch.float64)
        low, high = many[row].quantile(ends, dim=1)
        ax.fill_between(degrees, low, high, color=f"C{row}", alpha=0.2)
        ax.plot(degrees, typical[row], style, color=f"C{row}", label=names[row])
    ax.axhline(sigma, ls="--", color="black", label="noise")
    ax.set(xlabel="degree", ylabel="RMSE (MWh)", yscale="log", ylim=(2, 100))
    ax.set_yticks([2, 5, 10, 20, 50, 100], ["2", "5", "10", "20", "50", "100"])
    ax.minorticks_off()
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=3, fontsize=9)
    plt.show()

# %% [markdown] lang="zh"
# 线是中位数，带子里是中间八成的小镇；纵轴是对数刻度。验证误差呈 **U 形**：典型的小镇在 `{python} typical[1].argmin().item()` 次最好，到 12 次已升到
# `{python} f"{typical[1, TOP]:.1f}"` MWh，最倒霉的一成更超过 `{python} f"{many[1, TOP].quantile(0.9):.0f}"` MWh。

# %% [markdown] lang="en"
# The lines are medians, the bands hold the middle eight towns in ten, and the vertical axis is logarithmic. The validation error is **U-shaped**: a typical town does best at degree
# `{python} typical[1].argmin().item()`. By degree 12 it is up to `{python} f"{typical[1, TOP]:.1f}"` MWh, and above `{python} f"{many[1, TOP].quantile(0.9):.0f}"` MWh in the unluckiest tenth.

# %% [markdown] lang="zh" tags=["check"]
# 训练误差为什么会低于噪声？$n$ 个系数足够穿过 $n$ 个点，误差为 0。次数是 $d$，就有 $p = d + 1$ 个系数，平均吸走噪声平方的 $p / n$，
# 剩下 $\sigma \sqrt{1 - p / n}$（$\sigma$ 是噪声的标准差）。拿 200 座镇来对，先平均误差的平方，再开方：

# %% [markdown] lang="en" tags=["check"]
# Why can the training error be below the noise? A curve with $n$ coefficients can pass through $n$ points with an error of 0. One of degree $d$ has
# $p = d + 1$ coefficients, and on average they soak up $p / n$ of the squared noise, leaving $\sigma \sqrt{1 - p / n}$, where $\sigma$ is the
# standard deviation of the noise. Compare with the 200 towns, taking the mean of the squared errors and then the root:

# %% tags=["check"]
if __name__ == "__main__":
    for degree in (6, 9, TOP):
        theory = sigma * (1 - (degree + 1) / len(train)) ** 0.5
        measured = many[0, degree].square().mean().sqrt().item()
        print(f"degree {degree:2}: theory {theory:.2f}  measured {measured:.2f}")

# %% [markdown] lang="zh" tags=["check"]
# 只差百分之一左右，200 座镇的平均也只能准到这里。

# %% [markdown] lang="en" tags=["check"]
# They differ by about one part in a hundred, which is as close as an average over 200 towns can be.

# %% [markdown] lang="zh"
# ## k 折交叉验证
# 10 天的验证集太小，选出的次数多半看运气。办法是轮流：把可用的 40 天打乱，切成 $k$ 份，每份叫一**折**（fold）；每轮拿一折验证，
# 其余训练。$k$ 轮之后，每天都恰好当过一次考题；把全部误差的平方取平均，再开方（各折天数可能不同，所以乘 `len(held)`）。
# 这叫 **k 折交叉验证**（k-fold cross-validation）。下图把 10 天分成 5 折：一列是一天，一行是一轮，写着编号的是这一轮的考题。

# %% [markdown] lang="en"
# ## k-fold cross-validation
# Ten days of validation are few, so the degree they pick is largely luck. The remedy is to take turns. Shuffle the 40 days you may use and cut them into $k$
# parts, called **folds**. In each round, one fold validates and the others train. After $k$ rounds every day has been an exam question exactly
# once; take the mean of all the squared errors, then the root (folds may differ in size, hence the factor `len(held)` in the code). This is **k-fold cross-validation**. The
# picture has 10 days in 5 folds: a column is a day, a row is a round, and the numbered cells are the questions of that round.


# %%
def kfold(n: int, k: int, seed: int) -> list[tuple[Tensor, Tensor]]:
    """Rows for training and validation in each of ``k`` rounds (k 折交叉验证).

    Every one of 0 ... n - 1 validates in exactly one round. Raises ``ValueError``
    unless 2 <= k <= n. Source: Hastie et al., *Elements* (2009), 7.10.
    """
    check_count(2, n=n, k=k)
    if k > n:
        raise ValueError(f"k = {k} folds need at least {k} rows, got {n}")
    order = torch.randperm(n, generator=torch.Generator().manual_seed(seed))
    folds = order.tensor_split(k)
    rest = [torch.cat([*folds[:i], *folds[i + 1 :]]) for i in range(k)]
    return list(zip(rest, folds, strict=True))


def cv_curve(x: Tensor, y: Tensor, k: int, seed: int, top: int = TOP) -> Tensor:
    """Cross-validated RMSE of degrees 0 ... top (交叉验证误差): (top + 1, ...)."""
    check_floats(x=x, y=y)
    total = torch.zeros(())
    for rows, held in kfold(x.shape[-1], k, seed):
        parts = [(x[..., some], y[..., some]) for some in (rows, held)]
        total = total + len(held) * error_curves(*parts, top=top)[1] ** 2
    return (total / x.shape[-1]).sqrt()


if __name__ == "__main__":
    usable = torch.cat([train, val])  # the test set stays locked
    cv_errors = cv_curve(x[usable], y[usable], k=5, seed=0)
    best = cv_errors.argmin().item()
    print(f"degree {best}: {cv_errors[best]:.2f} MWh")


# %% tags=["plot"] alt_zh="5 行、每行 10 格：10 天分成 5 折，每行有两格写着天的编号，是这一轮的验证集，其余训练。每一列恰好有一格是验证。" alt_en="5 rows of 10 cells: 10 days in 5 folds. In each row the two cells with the number of their day validate, the others train. Each column has exactly one validation cell."
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
    fig, ax = plt.subplots(figsize=(5.2, 2.6))
    rounds = [set(held.tolist()) for _, held in kfold(10, 5, seed=0)]
    cells = [[str(i) if i in held else "" for i in range(10)] for held in rounds]
    colors = [["C1" if text else "C0" for text in row] for row in cells]
    draw_cells(ax, cells, colors)
    for row in range(5):
        ax.text(-0.2, row + 0.5, f"fold {row + 1}", ha="right", va="center")
    for i, left in enumerate((1, 5.5)):
        ax.add_patch(plt.Rectangle((left, 5.4), 0.6, 0.6, fc=f"C{i}", alpha=0.4))
        ax.text(left + 0.8, 5.7, names[i], va="center")
    ax.set_aspect("equal")
    ax.axis("off")
    ax.autoscale_view()
    ax.invert_yaxis()
    plt.show()

# %% [markdown] lang="zh"
# 我们这座镇选了 `{python} best` 次。多花 5 倍的计算，值得吗？在 200 座镇上比：两种办法各选一个次数，都用 40 天重新拟合，再到每座镇的 500 个新日子上量。
# `refit[2, picked, town]` 给每座镇取出所选次数的误差；`quantile(0.9)` 是九成小镇不超过的值，最差的一成（`worst tenth`）从它算起：

# %% [markdown] lang="en"
# For our town it picks degree `{python} best`. Is it worth 5 times the computing? Compare on the 200 towns: both methods pick a degree, which is fitted to all 40 days again
# and measured on 500 fresh days of each town. `refit[2, picked, town]` takes, for each town, the error at the degree picked; `quantile(0.9)` is the value that
# nine towns in ten do not exceed, where the `worst tenth` begins:

# %%
if __name__ == "__main__":
    forty = (towns[:, usable], usage[:, usable])
    locked = (towns[:, test], usage[:, test])
    refit = error_curves(forty, locked, fresh)  # 40 days, test, fresh
    town = torch.arange(len(towns))
    by_val = many[1].argmin(dim=0)
    by_cv = cv_curve(*forty, k=5, seed=0).argmin(dim=0)
    tails = []
    for name, picked in (("one split", by_val), ("5 folds", by_cv)):
        scores = refit[2, picked, town]
        tails.append(scores.quantile(0.9).item())
        print(f"{name:9}: median {scores.median():.2f}  worst tenth {tails[-1]:.2f}")

# %% [markdown] lang="zh"
# 典型的小镇差不多；差别在倒霉的小镇，从 `{python} f"{tails[0]:.1f}"` MWh 降到 `{python} f"{tails[1]:.1f}"`：轮流考，不容易被 10 道题骗。
# 常用 5 折或 10 折：折越多，每次训练用的天越多，计算也越多。
#
# ## 打开测试集
# 次数定了，用 40 天重新拟合。测试集出场，只用这一次。真相已知，还能再造 10000 个新日子来对照：

# %% [markdown] lang="en"
# A typical town hardly notices; the unlucky ones do: `{python} f"{tails[0]:.1f}"` MWh falls to `{python} f"{tails[1]:.1f}"`. When all take turns, ten odd days
# mislead less. Common choices are 5 or 10 folds: with more of them, each training has more days, and there is more to compute.
#
# ## Unlocking the test set
# The degree is settled and fitted to all 40 days. Now the test set appears, this once. As we know the truth, we can also make 10,000 fresh days to compare with:

# %%
if __name__ == "__main__":
    coef = fit_poly(x[usable], y[usable], best)
    score = rmse(predict_poly(coef, x[test]), y[test]).item()
    ahead, used = create_days((10_000,), seed=3)
    future = rmse(predict_poly(coef, ahead), used).item()
    honest = refit[1, by_cv, town]
    spread = honest.quantile(torch.tensor([0.1, 0.9], dtype=torch.float64))
    print(f"test {score:.2f}  fresh {future:.2f}")
    print(f"200 towns: test {spread[0]:.2f} to {spread[1]:.2f}")
    later = refit[2, by_cv, town].median().item()
    print(f"medians: test {honest.median():.2f}  fresh {later:.2f}")

# %% [markdown] lang="zh"
# **开头的问题**：测试集回答，通常差 `{python} f"{score:.1f}"` MWh；新日子量出来是 `{python} f"{future:.1f}"`。只考 10 天，成绩很粗：
# 200 座镇的测试成绩，中间八成从 `{python} f"{spread[0]:.1f}"` 到 `{python} f"{spread[1]:.1f}"`，我们这座镇的运气比这还差。但测试集并不偏袒谁：
# 测试成绩的中位数是 `{python} f"{honest.median():.2f}"`，新日子的是 `{python} f"{later:.2f}"`，相差不多。
#
# 前提是新日子和旧日子出自同一规律。若要从冬天预报夏天，打乱再分就太乐观，因为考题都夹在见过的日子中间；该拿最后一段日子来测试。

# %% [markdown] lang="en"
# **The opening question**: the test set answers that the forecast typically misses by `{python} f"{score:.1f}"` MWh; the fresh days say
# `{python} f"{future:.1f}"`. With ten days the score is rough: the test scores of the middle eight towns in ten reach from
# `{python} f"{spread[0]:.1f}"` to `{python} f"{spread[1]:.1f}"`, and our town was unluckier than that. But the test set flatters nobody: the median test score is
# `{python} f"{honest.median():.2f}"`, that of the fresh days `{python} f"{later:.2f}"`, not far away.
#
# There is one condition: the days to come follow the same rule as the days recorded. To forecast summer from winter, a shuffled split puts the questions among
# days already seen, and the score is too optimistic; test on the last stretch of days instead.

# %% [markdown] lang="zh"
# ## 三种好得不真实的成绩
# ### 拿测试集来挑

# %% [markdown] lang="en"
# ## Three scores too good to be true
# ### Choosing by the test set

# %% [markdown] lang="zh" tags=["bug"]
# “反正有测试集，`{python} TOP + 1` 种次数都测一遍，报最好的那个。”在 200 座镇上这样做，比较报告的误差和新日子的误差：

# %% [markdown] lang="en" tags=["bug"]
# "There is a test set anyway, so try all `{python} TOP + 1` degrees on it and report the best." Do that in 200 towns, and put the error reported beside the error on fresh
# days:

# %% tags=["bug"]
if __name__ == "__main__":
    by_test = refit[1].argmin(dim=0)
    told, real = (refit[row, by_test, town] for row in (1, 2))
    print(f"reported {told.median():.2f}  fresh {real.median():.2f}")
    impossible = (told < sigma).double().mean().item()
    print(f"reported below the noise: {impossible:.0%}")

# %% tags=["plot"] alt_zh="报告的误差减新日子误差的直方图。按交叉验证选的大致以 0 为中心；按测试集选的整体偏左，中位数是 `{python} f'{(told - real).median():.2f}'` MWh。差得比 6 MWh 还多、没画出来的，分别有 `{python} int((fair.abs() > 6).sum())` 座和 `{python} int(((told - real).abs() > 6).sum())` 座。" alt_en="Histograms of the error reported minus the error on fresh days. Choosing by cross-validation centres on about 0; choosing by the test set leans to the left, with a median of `{python} f'{(told - real).median():.2f}'` MWh. Not drawn, as they differ by more than 6 MWh: `{python} int((fair.abs() > 6).sum())` and `{python} int(((told - real).abs() > 6).sum())` towns."
if __name__ == "__main__":
    fig, ax = plt.subplots()
    fair = honest - refit[2, by_cv, town]
    style = {"bins": 24, "range": (-6, 6)}
    name = "chosen by cross-validation"
    ax.hist(fair, **style, color="C0", alpha=0.4, label=name)
    name = "chosen by test set"
    ax.hist(told - real, **style, histtype="step", lw=2, color="C1", label=name)
    ax.axvline(0, ls="--", color="black")
    ax.set(xlabel="reported minus fresh (MWh)", ylabel="number of towns")
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=2, fontsize=9)
    plt.show()

# %% [markdown] lang="zh"
# 报告的误差中位数是 `{python} f"{told.median():.2f}"`，实际是 `{python} f"{real.median():.2f}"`；`{python} f"{impossible:.0%}"` 的小镇甚至报出低于噪声的误差。
# 图中虚线左边是报得太好：按测试集选，整体偏左。每个成绩都带运气，取最小就是专挑好运气，好运气带不到明天。曲线未必差，假的是成绩。
# 挑选交给验证集或交叉验证；测试集看过一次，就不再改。

# %% [markdown] lang="en"
# The median error reported is `{python} f"{told.median():.2f}"`, the real one `{python} f"{real.median():.2f}"`; `{python} f"{impossible:.0%}"` of the towns even
# report less than the noise. Left of the dashed line are reports too good: choosing by the test set leans that way. Every score has its luck, and taking the smallest
# picks good luck, which does not last until tomorrow. The curve need not be bad; its score is false. Leave choosing to the validation set or to
# cross-validation, and change nothing once you have looked at the test set.

# %% [markdown] lang="zh"
# ### 准确率很高，一点没用

# %% [markdown] lang="en"
# ### High accuracy, no use

# %% [markdown] lang="zh" tags=["bug"]
# 镇上有 1000 台变压器，10 台有故障（类别 1），其余健康（类别 0）。健康的油温平均 60 °C，故障的 80 °C，标准差都是 6 °C。
# 规则“超过 72 °C 就报警”和什么也不看、永远答“健康”，哪个准确率高？
#
# [上一课](softmax_regression.py) 的**混淆矩阵**（confusion matrix）把答案摊开：$M_{ij}$ 是真为 $i$、报成 $j$ 的台数，$i$ 是行，$j$ 是列。由它得出
#
# $$A = \frac{M_{0 0} + M_{1 1}}{n}$$
#
# $$P_1 = \frac{M_{1 1}}{M_{0 1} + M_{1 1}}, \quad R_1 = \frac{M_{1 1}}{M_{1 0} + M_{1 1}}$$
#
# **准确率**（accuracy）$A$：$n$ 台里答对的比例，对的都在对角线（`diag`）上；**精确率**（precision）$P_1$：报警的有多少真有故障；
# **召回率**（recall）$R_1$：真有故障的有多少被找到。类别 0 同理，代码把各类一起算。

# %% [markdown] lang="en" tags=["bug"]
# The town has 1000 transformers; 10 of them are faulty (class 1), the others healthy (class 0). The oil of healthy ones is at 60 °C on average, of
# faulty ones at 80 °C, each with a standard deviation of 6 °C. Which has the higher accuracy: the rule "alarm above 72 °C", or always answering
# "healthy" without looking?
#
# The **confusion matrix** of the [last lesson](softmax_regression.py) lays the answers open: $M_{ij}$ counts those that are $i$ and were called $j$, with $i$ the row and $j$ the column. From it come
#
# $$A = \frac{M_{0 0} + M_{1 1}}{n}$$
#
# $$P_1 = \frac{M_{1 1}}{M_{0 1} + M_{1 1}}, \quad R_1 = \frac{M_{1 1}}{M_{1 0} + M_{1 1}}$$
#
# **Accuracy** $A$: of all $n$, the share of right answers, which are on the diagonal (`diag`). **Precision** $P_1$: of the alarms, the share that are faults.
# **Recall** $R_1$: of the faults, the share that were found. Class 0 has its own two, so the code computes all classes together.


# %% tags=["bug"]
def confusion(pred: Tensor, truth: Tensor, classes: int) -> Tensor:
    """Confusion matrix (混淆矩阵): counts, truth in rows, predictions in columns.

    ``pred`` and ``truth`` are int64 of shape (n,) with values 0 ... classes - 1.
    """
    check_classes(classes, pred=pred, truth=truth)
    cells = torch.bincount(truth * classes + pred, minlength=classes**2)
    return cells.reshape(classes, classes)


def accuracy(matrix: Tensor) -> Tensor:
    """Share of right answers (准确率): the diagonal over the total, 0-d."""
    check_matrix(matrix)
    return matrix.diag().sum() / matrix.sum()


def precision(matrix: Tensor) -> Tensor:
    """Right among those called c (精确率), shape (classes,); NaN if none was."""
    check_matrix(matrix)
    return matrix.diag() / matrix.sum(dim=0)


def recall(matrix: Tensor) -> Tensor:
    """Found among the real c (召回率), shape (classes,); NaN if there is none."""
    check_matrix(matrix)
    return matrix.diag() / matrix.sum(dim=1)


def oil_temperatures(seed: int) -> tuple[Tensor, Tensor]:
    """1000 transformers (变压器): oil in °C and class, 1 for the 10 faulty ones."""
    rng = torch.Generator().manual_seed(seed)
    truth = (torch.arange(1000) < 10).long()
    return 60 + 20 * truth + 6 * torch.randn(1000, generator=rng), truth


if __name__ == "__main__":
    oil, faulty = oil_temperatures(seed=0)
    rules = {"always healthy": torch.zeros_like(faulty), "72 °C": (oil > 72).long()}
    for name, pred in rules.items():
        matrix = confusion(pred, faulty, classes=2)
        found = recall(matrix)[1].item()
        print(f"{name}: {matrix.tolist()}")
        print(f"  accuracy {accuracy(matrix):.1%}  recall {found:.0%}")
        print(f"  precision {precision(matrix)[1]:.2f}")
    tables = []
    for seed in range(200):
        oil, faulty = oil_temperatures(seed)
        tables.append(confusion((oil > 72).long(), faulty, classes=2))
    mean_accuracy = torch.stack([accuracy(m) for m in tables]).mean().item()
    mean_recall = torch.stack([recall(m)[1] for m in tables]).mean().item()
    print(f"200 seeds: accuracy {mean_accuracy:.1%}  recall {mean_recall:.0%}")

# %% [markdown] lang="zh" tags=["bug"]
# 什么也不看，准确率 `{python} f"{(faulty == 0).double().mean():.0%}"`，却一台故障也没找到；它从不报警，精确率是 0 除以 0，即 `nan`。有用的规则报警 `{python} matrix[:, 1].sum().item()` 台，
# 只有 `{python} matrix[1, 1].item()` 台真有故障（第二列），漏掉 `{python} matrix[1, 0].item()` 台。换 200 个种子平均，它的准确率也只有
# `{python} f"{mean_accuracy:.1%}"`，却找到了 `{python} f"{mean_recall:.0%}"` 的故障。各类数量悬殊时，看混淆矩阵和少数类的召回率、精确率，
# 并和“永远答多数类”的基线比。

# %% [markdown] lang="en" tags=["bug"]
# Without looking at anything the accuracy is `{python} f"{(faulty == 0).double().mean():.0%}"`, and not one fault is found; there never was an alarm, so the precision is 0 divided by 0, `nan`. The
# useful rule raises `{python} matrix[:, 1].sum().item()` alarms, of which only `{python} matrix[1, 1].item()` are faults (second column), and misses `{python} matrix[1, 0].item()`. On average over 200
# seeds, too, its accuracy is only `{python} f"{mean_accuracy:.1%}"`, yet it finds `{python} f"{mean_recall:.0%}"` of the faults. When the classes
# are of very different size, look at the confusion matrix and at the recall and precision of the rare class, and compare with the baseline that always answers
# with the common one.

# %% [markdown] lang="zh"
# ### 先挑特征，再划分

# %% [markdown] lang="en"
# ### Picking features before the split

# %% [markdown] lang="zh" tags=["bug"]
# 40 台变压器各有 1000 个读数，哪些明年会坏？这里故意造出学不会的数据：读数是纯噪声，标签靠掷硬币，谁也不可能长期超过 50%。先用**全部**数据挑出与标签最相关的
# 10 个读数，再做 5 折交叉验证；分类时，看离哪一类训练样本的平均更近。对照的做法，每一轮只用训练部分来挑。
#
# 相关的强弱：读数和标签各减平均，对应相乘再相加，取绝对值，除以读数的长度（`norm`，平方和开方）。`topk` 取最大的几个。

# %% [markdown] lang="en" tags=["bug"]
# Each of 40 transformers has 1000 readings; which will fail next year? Here is data made to be unlearnable: the readings are pure noise and the labels coin flips, so in the long run nobody can beat
# 50%. Pick the 10 readings that correlate best with the labels in **all** the data, then cross-validate with 5 folds; a transformer gets the
# class whose mean over the training samples is nearer. The other way picks in each round, from the training part alone.
#
# The strength of a correlation: take the mean off readings and labels, multiply them in pairs, add up, take the absolute value, and divide by the length of
# the readings (`norm`, the root of the sum of squares). `topk` takes the largest.


# %% tags=["bug"]
def best_features(x: Tensor, y: Tensor, count: int) -> Tensor:
    """Columns of ``x`` (n, m) that correlate best with 0/1 labels (挑特征)."""
    check_floats(x=x)
    check_classes(2, y=y)
    check_count(count=count)
    if x.ndim != 2 or len(x) != len(y) or count > x.shape[1]:
        found = f"{tuple(x.shape)}, {tuple(y.shape)} and {count}"
        raise ValueError(f"x (n, m), y (n,) and count <= m do not fit: {found}")
    centred = x - x.mean(dim=0)
    products = (y - y.double().mean()).to(x.dtype) @ centred
    return (products.abs() / centred.norm(dim=0)).topk(count).indices


def cv_accuracy(x: Tensor, y: Tensor, k: int, seed: int, leak: bool) -> float:
    """Cross-validated accuracy of the nearer class mean (交叉验证准确率).

    With ``leak`` the 10 features are picked from all rows: wrong (错误示范).
    """
    hits, leaked = 0, best_features(x, y, 10)
    for rows, held in kfold(len(y), k, seed):
        chosen = leaked if leak else best_features(x[rows], y[rows], 10)
        seen, asked = x[rows][:, chosen], x[held][:, chosen]
        means = torch.stack([seen[y[rows] == c].mean(dim=0) for c in (0, 1)])
        hits += (torch.cdist(asked, means).argmin(dim=1) == y[held]).sum().item()
    return hits / len(y)


if __name__ == "__main__":
    results = {True: [], False: []}
    for seed in range(100):
        rng = torch.Generator().manual_seed(seed)
        readings = torch.randn(40, 1000, generator=rng)
        coins = torch.randint(2, (40,), generator=rng)
        for leak, values in results.items():
            values.append(cv_accuracy(readings, coins, 5, seed, leak))
    leaky, clean = (sum(values) / len(values) for values in results.values())
    print(f"picked before: {leaky:.1%}  picked inside: {clean:.1%}")

# %% [markdown] lang="zh" tags=["bug"]
# 100 次平均，先挑的准确率高达 `{python} f"{leaky:.0%}"`，全是假的；每轮只在训练部分里挑，才是 `{python} f"{clean:.0%}"`。1000 列噪声里总有几列碰巧
# 像标签，而挑的时候已经看过考题，这叫**数据泄漏**（data leakage）。凡是从数据里学来的，包括标准化用的平均和标准差，都只能从训练部分学。

# %% [markdown] lang="en" tags=["bug"]
# On average over 100 seeds, picking first claims an accuracy of `{python} f"{leaky:.0%}"`, all of it false; picking inside each training part gives
# `{python} f"{clean:.0%}"`. Among 1000 columns of noise, a few resemble the labels by chance, and the picking had already seen the exam questions: **data
# leakage**. Whatever is learned from data, the mean and standard deviation for standardizing included, must be learned from the training part alone.

# %% [markdown] lang="zh"
# ## 练习

# %% [markdown] lang="en"
# ## Exercises

# %% [markdown] lang="zh" tags=["exercise"]
# 记录员把每一天都抄了两遍（`repeat(2)`：第 $d$ 天是第 $d$ 行和第 $d + 50$ 行）。用**最近邻**预报：照抄气温最接近的训练日的用电量。
# 按行打乱，和按天打乱（同一天的两行总在一起），验证误差各是多少？先猜，再对 200 座镇验证。

# %% [markdown] lang="en" tags=["exercise"]
# The clerk copied every day twice (`repeat(2)`: day $d$ is row $d$ and row $d + 50$). Forecast by the **nearest neighbour**: repeat the usage of the training day with the closest temperature. What is the
# validation error when rows are shuffled, and when days are (both rows of a day stay together)? Guess first, then try 200 towns.


# %% tags=["solution"]
def nearest_rmse(x: Tensor, y: Tensor, rows: Tensor, held: Tensor) -> Tensor:
    """RMSE on ``held`` of copying the nearest of ``rows`` (最近邻误差), 0-d.

    ``x`` (°C) and ``y`` (MWh) have shape (n,); the others are row numbers.
    """
    check_floats(x=x, y=y)
    nearest = (x[held][:, None] - x[rows]).abs().argmin(dim=1)
    return rmse(y[rows][nearest], y[held])


if __name__ == "__main__":
    by_row, by_day = [], []
    for seed in range(200):
        twice_x, twice_y = (t[seed].repeat(2) for t in (towns, usage))
        rows, held, _ = train_val_test(100, seed)
        by_row.append(nearest_rmse(twice_x, twice_y, rows, held))
        days, asked, _ = train_val_test(50, seed)  # day d is rows d and d + 50
        both = [torch.cat([part, part + 50]) for part in (days, asked)]
        by_day.append(nearest_rmse(twice_x, twice_y, *both))
    by_row, by_day = (torch.stack(t).median().item() for t in (by_row, by_day))
    print(f"by row {by_row:.2f}  by day {by_day:.2f}")

# %% [markdown] lang="zh" tags=["solution"]
# 按行打乱，一多半验证日的另一份抄本就在训练集里，照抄即得满分，误差只剩 `{python} f"{by_row:.1f}"` MWh，比噪声还低；按天打乱是
# `{python} f"{by_day:.1f}"`，比噪声的 $\sqrt{2}$ 倍略高，因为抄来的和要猜的各带一份噪声。先去重，再划分；同一个人、同一台机器的记录也要放在同一边。

# %% [markdown] lang="en" tags=["solution"]
# With shuffled rows, more than half of the validation days have their copy in the training set and are repeated without any error, so only `{python} f"{by_row:.1f}"` MWh
# remain, less than the noise. By days it is `{python} f"{by_day:.1f}"`, a little above $\sqrt{2}$ times the noise, because the copied and the asked day
# each bring noise of their own. Remove duplicates before you split, and keep records of one person or one machine on the same side.

# %% [markdown] lang="zh" tags=["exercise"]
# 12 次的曲线永远过拟合吗？先猜，再把训练日从 30 天加到 100 天、1000 天，看训练误差和新日子误差的中位数。50 座镇就够。

# %% [markdown] lang="en" tags=["exercise"]
# Does a curve of degree 12 always overfit? Guess first. Then raise the training days from 30 to 100 and 1000, and look at the median errors in training and on fresh
# days; 50 towns are enough.


# %% tags=["solution"]
def median_errors(
    n: int, degree: int, seed: int, sets: int = 50
) -> tuple[float, float]:
    """Median RMSE in training on ``n`` days and on 500 fresh ones (误差中位数)."""
    check_count(n=n, sets=sets)
    x, y = create_days((sets, n), seed)
    ahead, used = create_days((sets, 500), seed + 1)
    coef = fit_poly(x, y, degree)
    seen = rmse(predict_poly(coef, x), y).median().item()
    return seen, rmse(predict_poly(coef, ahead), used).median().item()


if __name__ == "__main__":
    for n in (30, 100, 1000):
        seen, unseen = median_errors(n, TOP, seed=4)
        print(f"{n:4} days: train {seen:.2f}  fresh {unseen:.2f}")

# %% [markdown] lang="zh" tags=["solution"]
# 不会。到 1000 天，两个误差（`{python} f"{seen:.2f}"` 和 `{python} f"{unseen:.2f}"`）都贴近噪声。过拟合是次数**相对于**数据量太高；
# 数据多了，同样弯的曲线就背不动噪声。

# %% [markdown] lang="en" tags=["solution"]
# No. With 1000 days both errors (`{python} f"{seen:.2f}"` and `{python} f"{unseen:.2f}"`) come close to the noise. Overfitting means too high a degree **for** the amount of
# data; with more days, the same curve can no longer learn the noise by heart.

# %% [markdown] lang="zh"
# ## 小结
# - 训练集拟合，验证集挑选，测试集只用一次。
# - 两种误差都大是欠拟合；训练小、验证大是过拟合。
# - 数据少，就用交叉验证轮流考。
# - 低于噪声的误差、数量悬殊时的准确率、没查过泄漏的好成绩，都要怀疑。
#
# 接下来，[第一个神经网络](../ch05_networks/first_network.py) 用新样本打分；
# [决策边界](../ch05_networks/decision_boundaries.py) 再看网络的宽度和种子怎样改变答案。

# %% [markdown] lang="en"
# ## Recap
# - Fit on the training set, choose by the validation set, use the test set once.
# - Both errors large: underfitting. Small in training, large in validation: overfitting.
# - With few data, take turns: cross-validation.
# - Distrust errors below the noise, accuracy on classes of very different size, and good scores that nobody has checked for leaks.
#
# Next, [your first neural network](../ch05_networks/first_network.py) is scored on fresh samples, and
# [decision boundaries](../ch05_networks/decision_boundaries.py) shows how a network's width and seed change its answer.
