# %% [markdown] lang="zh"
# # 从零实现线性回归
# 你摆了个冰淇淋摊，记了 120 天的账：当天比往年同期热几度（°C），赚了几元（亏本记负数）。
# 明天预计热 2 °C，大约能赚多少？每热 1 °C 又能多赚多少？
#
# 要回答，得从一堆散点里找出一条直线。现成的库一行就够，这里却一步步写出来，
# 因为神经网络也是这样训练的：**预测、损失、梯度、更新**。
#
# 学完这一页，你能：
#
# - 写出均方误差和它的梯度，并用自动求导核对；
# - 不用 `torch.optim`，写出数据加载器、更新和训练循环；
# - 说清训练为什么走向最小二乘直线而不是真值，差多少算正常；
# - 认出四个常见错误，其中三个不报错。

# %% [markdown] lang="en"
# # Linear regression from scratch
# You run an ice-cream stall and have kept the books for 120 days: how many degrees (°C) the day was
# warmer than usual, and how many yuan you made (a loss counts as negative). Tomorrow should be 2 °C warmer
# than usual. What will you make? And what is each extra 1 °C worth?
#
# To answer, you need the line hidden in a cloud of points. A library finds it in one call. Here we write
# every step ourselves, because neural networks are trained by the same four:
# **predict, measure the loss, take the gradient, update**.
#
# After this page you can
#
# - write the mean squared error and its gradient, and check them against autograd;
# - write a data loader, the update and the training loop without `torch.optim`;
# - say why training ends at the least-squares line and not at the truth, and how far apart they may be;
# - spot four common mistakes, three of which raise no error.

# %% [markdown] lang="zh"
# ## 数据：答案事先知道
# 真实的账本没有标准答案。所以我们自己造一本：
#
# $$y_i = w^{*} x_i + b^{*} + \varepsilon_i$$
#
# - $x_i$ 是**特征**（feature）：第 $i$ 天比往年同期热几 °C；
# - $y_i$ 是**标签**（label）：当天的利润，单位是元；
# - $w^{*}$、$b^{*}$ 是**真值**（ground truth）：斜率（元/°C）由 `make_regression` 抽取并告诉我们，
#   截距定为 12，即和往年一样热的日子平均赚 12 元；
# - $\varepsilon_i$ 是**噪声**（noise），标准差 15 元：周末、下雨，凡是气温解释不了的都算它。
#
# 参数 `random_state=42` 固定数据：谁来运行，都是同样的 120 个点。

# %% [markdown] lang="en"
# ## Data with a known answer
# Real books come without an answer key. So we make our own:
#
# $$y_i = w^{*} x_i + b^{*} + \varepsilon_i$$
#
# - $x_i$ is the **feature**: how many °C day $i$ was warmer than usual;
# - $y_i$ is the **label**: the profit of that day, in yuan;
# - $w^{*}$ and $b^{*}$ are the **ground truth**: `make_regression` draws the slope (yuan per °C) and tells us;
#   the intercept we set to 12, so a day of the usual temperature earns 12 yuan on average;
# - $\varepsilon_i$ is the **noise**, with a standard deviation of 15 yuan: weekends, rain, everything that
#   temperature does not explain.
#
# The argument `random_state=42` fixes the data: everyone who runs this gets the same 120 points.

# %%
import math
from collections.abc import Callable, Iterator, Sequence

import matplotlib.pyplot as plt
import torch
from sklearn.datasets import make_regression
from torch import Tensor


def check_data(x: Tensor, y: Tensor) -> None:
    """Raise unless ``x`` and ``y`` (特征与标签) are finite floats of one shape (n, 1), with n >= 1."""
    for name, t in (("x", x), ("y", y)):
        if not isinstance(t, Tensor) or not t.is_floating_point():
            raise TypeError(
                f"{name} must be a float tensor, got {getattr(t, 'dtype', type(t))}"
            )
        if t.ndim != 2 or t.shape[1] != 1 or len(t) == 0:
            raise ValueError(
                f"{name} must have shape (n, 1) with n >= 1, got {tuple(t.shape)}"
            )
        if not t.isfinite().all():
            raise ValueError(f"{name} contains NaN or infinity")
    if x.shape != y.shape:
        raise ValueError(
            f"x and y differ in shape: {tuple(x.shape)} and {tuple(y.shape)}"
        )


def create_dataset(
    random_state: int = 42, n: int = 120, bias: float = 12, noise: float = 15
) -> tuple[Tensor, Tensor, float]:
    """Points scattered around a known line (已知真值的数据): ``x``, ``y`` and the true slope.

    ``x`` (°C) and ``y`` (yuan) are float32 of shape (n, 1); ``noise`` is a standard deviation in yuan.
    Raises ``ValueError`` for n < 1, negative noise or NaN. Source: scikit-learn's ``make_regression``.
    """
    x, y, slope = make_regression(
        n_samples=n,
        n_features=1,
        noise=noise,
        bias=bias,
        coef=True,
        random_state=random_state,
    )
    x, y = (
        torch.tensor(x, dtype=torch.float32),
        torch.tensor(y, dtype=torch.float32).reshape(-1, 1),
    )
    return x, y, float(slope)


if __name__ == "__main__":
    x, y, true_w = create_dataset(random_state=42, n=120, bias=12, noise=15)
    for xi, yi in zip(x[:3], y[:3], strict=True):
        print(f"x = {xi.item():.4f}  y = {yi.item():.2f}")
    print(f"{tuple(x.shape)}  w* = {true_w:.2f}")

# %% [markdown] lang="zh"
# 第一天热 `{python} f"{x[0].item():.2f}"` °C，赚 `{python} f"{y[0].item():.2f}"` 元。（一份流传的教程用同一份数据，
# 印的却是别的数：那不是程序跑出来的。）`x` 和 `y` 都是 $(n, 1)$ 的**列**，一行一天，$n$ 是天数。
# 形状要紧，后面有个错误就出在这里。
#
# ## 损失：一条线有多差
# 先随便猜一条线：每热 1 °C 多赚 5 元，截距为 0。图中每根竖线是一天的**残差**（residual），即预测减去标签。

# %% [markdown] lang="en"
# The first day was `{python} f"{x[0].item():.2f}"` °C warmer and earned `{python} f"{y[0].item():.2f}"` yuan. (A common
# tutorial uses the same data but prints other numbers; no program printed those.) Both `x` and `y` are **columns** of shape
# $(n, 1)$: one row a day, $n$ days. The shape matters; one of the mistakes below is about nothing else.
#
# ## The loss: how bad is a line?
# Start with any guess: 5 yuan for each extra 1 °C, intercept 0. Each vertical stick in the figure is the
# **residual** of one day: prediction minus label.

# %% alt_zh="散点和一条猜测的直线，竖线是每天的残差。猜测的线太平：热天的点大多在线上方，冷天的点大多在下方。" alt_en="The points and a guessed line, with one residual stick per day. The guess is too flat: hot days lie mostly above the line, cold days mostly below."
if __name__ == "__main__":
    guess_w, guess_b = 5.0, 0.0
    ends = torch.stack([x.min(), x.max()])
    fig, ax = plt.subplots()
    ax.vlines(
        x.flatten(),
        y.flatten(),
        (guess_w * x + guess_b).flatten(),
        color="gray",
        lw=0.8,
    )
    ax.plot(x, y, "o", color="C0", markersize=4, label="data")
    ax.plot(ends, guess_w * ends + guess_b, "--", color="C1", label="guess")
    ax.set(xlabel="warmer than usual (°C)", ylabel="profit (yuan)")
    ax.legend()
    plt.show()

# %% [markdown] lang="zh"
# 残差有正有负，相加会抵消，所以先平方再平均，得到**均方误差**（mean squared error，MSE）：
#
# $$L(w, b) = \frac{1}{n} \sum_{i=1}^{n} (\hat y_i - y_i)^2, \qquad \hat y_i = w x_i + b$$
#
# $\hat y_i$ 是预测，**权重** $w$ 和**偏置** $b$ 是要学的参数，也就是斜率和截距；损失 $L$ 的单位是元的平方。
# 平方还让大错罚得更重，而且处处可导，下一步正要用到。

# %% [markdown] lang="en"
# Residuals of opposite sign would cancel, so square them first, then average. That is the
# **mean squared error** (MSE):
#
# $$L(w, b) = \frac{1}{n} \sum_{i=1}^{n} (\hat y_i - y_i)^2, \qquad \hat y_i = w x_i + b$$
#
# $\hat y_i$ is the prediction. The **weight** $w$ and the **bias** $b$ are the parameters to learn, here the slope
# and the intercept. The loss $L$ is in squared yuan. Squaring also makes far misses cost more, and leaves a loss with
# a derivative everywhere, which is what we need next.


# %%
def mse(pred: Tensor, target: Tensor) -> Tensor:
    """Mean squared error (均方误差): a 0-d tensor, in squared units of ``target``.

    Raises ``TypeError`` unless both are float, ``ValueError`` if they are empty or differ in shape.
    Source: Goodfellow et al., *Deep Learning* (2016), section 5.1.4.
    """
    if not (pred.is_floating_point() and target.is_floating_point()):
        raise TypeError(
            f"pred and target must be float, got {pred.dtype} and {target.dtype}"
        )
    if pred.shape != target.shape or pred.numel() == 0:
        raise ValueError(
            f"shapes differ or are empty: {tuple(pred.shape)} and {tuple(target.shape)}"
        )
    return ((pred - target) ** 2).mean()


if __name__ == "__main__":
    print(f"{mse(guess_w * x + guess_b, y).item():.1f}")

# %% [markdown] lang="zh"
# ## 梯度：往哪边改
# **梯度**（gradient）是损失对每个参数的导数：参数变大一点，损失怎么变。由链式法则：
#
# $$\frac{\partial L}{\partial w} = \frac{2}{n} \sum_{i=1}^{n} (\hat y_i - y_i)\, x_i, \qquad
# \frac{\partial L}{\partial b} = \frac{2}{n} \sum_{i=1}^{n} (\hat y_i - y_i)$$
#
# 两个式子都读得懂。对 $b$ 的是平均残差的两倍：预测普遍偏低时为负，$b$ 该变大。对 $w$ 的还乘上 $x_i$：
# 热天偏低、冷天偏高时为负，线该更陡。上图正是如此。

# %% [markdown] lang="en"
# ## The gradient: which way to go
# The **gradient** is the derivative of the loss with respect to each parameter: how the loss changes when the
# parameter grows a little. The chain rule gives
#
# $$\frac{\partial L}{\partial w} = \frac{2}{n} \sum_{i=1}^{n} (\hat y_i - y_i)\, x_i, \qquad
# \frac{\partial L}{\partial b} = \frac{2}{n} \sum_{i=1}^{n} (\hat y_i - y_i)$$
#
# Both can be read. The one for $b$ is twice the mean residual: negative if predictions are generally too low, so $b$
# should grow. The one for $w$ weighs each residual by $x_i$: negative if hot days are predicted too low and cold
# days too high, so the line should be steeper. The figure shows just that.


# %%
def mse_grad(x: Tensor, y: Tensor, w: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """Gradient of ``mse(w * x + b, y)`` by hand (手写梯度): two 0-d tensors, for 0-d ``w`` and ``b``.

    ``x`` and ``y`` have shape (n, 1). Raises like ``check_data``, and ``ValueError`` unless ``w``, ``b`` are 0-d.
    """
    check_data(x, y)
    if w.ndim or b.ndim:
        raise ValueError(
            f"w and b must be 0-d, got {tuple(w.shape)} and {tuple(b.shape)}"
        )
    residual = w * x + b - y
    return 2 * (residual * x).mean(), 2 * residual.mean()


# %% [markdown] lang="zh" tags=["check"]
# PyTorch 的**自动求导**（autograd）记下每一步运算，`backward()` 再倒着算出梯度，存进 `.grad`。两种办法应该一致：

# %% [markdown] lang="en" tags=["check"]
# **Autograd** records every operation; `backward()` goes through them in reverse and stores the gradient in
# `.grad`. The two ways should agree:

# %% tags=["check"]
if __name__ == "__main__":
    w, b = (
        torch.tensor(guess_w, requires_grad=True),
        torch.tensor(guess_b, requires_grad=True),
    )
    mse(w * x + b, y).backward()
    by_hand = mse_grad(x, y, w.detach(), b.detach())
    print(f"{w.grad.item():.2f} {b.grad.item():.2f}")
    print(f"{by_hand[0].item():.2f} {by_hand[1].item():.2f}")

# %% [markdown] lang="zh"
# 一致，而且都为负：两个参数都该变大。既然弄懂了，求导就交给自动求导，更新仍由我们自己写。
#
# ## 小批量与更新
# 每走一步都看完全部数据，数据多了就太慢。所以每步只抽几个样本，叫**小批量**（mini-batch），用它们的平均梯度
# 代替全体的：单次有偏差，平均下来是对的。用完一遍数据，叫一个**轮次**（epoch）。
#
# 每轮先**打乱**：账本若按季节排，开头几批就全是冷天。次序来自带种子的 `torch.Generator`，可以重现；
# 一份流传的教程固定了数据，却忘了固定次序，每次结果都不同。每批取 16 个：再少，梯度太抖；
# 再多，一轮更新不了几次。120 除不尽，最后一批就小一些，别扔。

# %% [markdown] lang="en"
# They agree, and both are negative: both parameters should grow. Now that we know what it does, autograd may
# take the derivatives; the update stays ours.
#
# ## Mini-batches and the update
# Reading all the data for every step is too slow once there is a lot of it. So each step takes only a few samples, a
# **mini-batch**, whose average gradient stands in for the full one: off each time, right on average. One pass through
# all the data is an **epoch**.
#
# Every epoch starts with a **shuffle**: were the books sorted by season, the first batches would be all cold days.
# The order comes from a seeded `torch.Generator`, so it can be repeated; a common tutorial fixes the data, forgets
# the order, and gets another result on every run. A batch holds 16 samples: with far fewer the gradient jitters, with far
# more an epoch has few updates. 120 leaves a remainder, so the last batch is smaller. Keep it.


# %%
def data_loader(
    x: Tensor, y: Tensor, batch_size: int, generator: torch.Generator
) -> Iterator[tuple[Tensor, Tensor]]:
    """One epoch of shuffled mini-batches (数据加载器), each ``x`` and ``y`` of shape (batch, 1).

    Every sample comes exactly once; the last batch may be smaller. Raises like ``check_data``, and
    ``ValueError`` if ``batch_size`` is not a positive integer.
    """
    check_data(x, y)
    if not isinstance(batch_size, int) or batch_size < 1:
        raise ValueError(f"batch_size must be a positive integer, got {batch_size}")
    order = torch.randperm(len(x), generator=generator)
    return ((x[rows], y[rows]) for rows in order.split(batch_size))


def check_run(lr: float, epochs: int = 1) -> None:
    """Raise ``ValueError`` unless ``lr`` (学习率) is positive and finite and ``epochs`` (轮次) at least 1."""
    if not 0 < lr < math.inf:
        raise ValueError(f"the learning rate must be positive and finite, got {lr}")
    if epochs < 1:
        raise ValueError(f"epochs must be at least 1, got {epochs}")


def sgd(params: Sequence[Tensor], lr: float) -> None:
    """One step of stochastic gradient descent (随机梯度下降), in place; then clears the gradients.

    Raises ``ValueError`` if ``lr`` is not positive and finite, or if a parameter has no gradient.
    """
    check_run(lr)
    if any(p.grad is None for p in params):
        raise ValueError("a parameter has no gradient: call backward() first")
    with torch.no_grad():
        for p in params:
            p -= lr * p.grad
            p.grad = None


if __name__ == "__main__":
    rng = torch.Generator().manual_seed(0)
    print([len(batch_x) for batch_x, _ in data_loader(x, y, 16, rng)])

# %% [markdown] lang="zh"
# `sgd` 就是**随机梯度下降**（stochastic gradient descent）：每个参数逆着梯度走一小步，
#
# $$w \leftarrow w - \eta \frac{\partial L}{\partial w}, \qquad b \leftarrow b - \eta \frac{\partial L}{\partial b}$$
#
# $\eta$ 是**学习率**（learning rate）。更新不属于模型，所以放进 `torch.no_grad()`，
# 不让自动求导记录；`backward()` 把新梯度**加**到 `.grad` 上，所以用完要清掉。
#
# ## 训练循环
# 一轮一轮、一批一批地重复四件事，同时记下参数走过的路和每轮的平均损失：

# %% [markdown] lang="en"
# `sgd` is **stochastic gradient descent**: each parameter takes a small step against its gradient,
#
# $$w \leftarrow w - \eta \frac{\partial L}{\partial w}, \qquad b \leftarrow b - \eta \frac{\partial L}{\partial b}$$
#
# with the **learning rate** $\eta$. The update is not part of the model, so `torch.no_grad()` keeps autograd from
# recording it. And `backward()` **adds** to `.grad`, so we clear it after use.
#
# ## The training loop
# Epoch by epoch, batch by batch, repeat the four steps, and note the path of the parameters and the mean loss of each
# epoch:


# %%
def fit(
    x: Tensor,
    y: Tensor,
    lr: float = 0.01,
    epochs: int = 50,
    batch_size: int = 16,
    seed: int = 0,
    start: Sequence[float] = (0.0, 0.0),
    loss_fn: Callable[[Tensor, Tensor], Tensor] = mse,
) -> tuple[Tensor, list[float]]:
    """Fit y = w x + b by mini-batch SGD (训练): the path of (w, b), and the mean loss of each epoch.

    ``path`` has shape (steps + 1, 2), from ``start`` to the result. ``x`` and ``y`` have shape (n, 1).
    Raises like ``check_data``, ``check_run`` and ``data_loader``.
    """
    check_data(x, y)
    check_run(lr, epochs)
    rng = torch.Generator().manual_seed(seed)
    w, b = (torch.tensor(value, dtype=x.dtype, requires_grad=True) for value in start)
    path, losses = [(w.item(), b.item())], []
    for _ in range(epochs):
        total = 0.0
        for batch_x, batch_y in data_loader(x, y, batch_size, rng):
            loss = loss_fn(w * batch_x + b, batch_y)  # predict, measure
            total += loss.item() * len(batch_x)
            loss.backward()
            sgd([w, b], lr)
            path.append((w.item(), b.item()))
        losses.append(total / len(x))
    return torch.tensor(path), losses


# %% [markdown] lang="zh"
# 为什么学习率取 0.01，训练 50 轮？$b$ 的梯度是平均残差的两倍，所以每步大约补上剩余差距的
# `{python} f"{2 * 0.01:.0%}"`。50 轮、每轮 8 批，共 `{python} 50 * 8` 步，最初的差距只剩
# `{python} f"{(1 - 2 * 0.01) ** 400:.2%}"`，够了。起点取 0：看数据之前什么也不假定。
#
# 直线其实可以一步解出：**最小二乘**（least squares）用 `torch.linalg.lstsq` 直接求损失最低的 $w$ 和 $b$。
# 神经网络没有这样的公式，只能一步步走；这里正好拿它当标准答案。

# %% [markdown] lang="en"
# Why a learning rate of 0.01 and 50 epochs? The gradient for $b$ is twice the mean residual, so a step closes
# about `{python} f"{2 * 0.01:.0%}"` of the remaining gap. With 50 epochs of 8 batches that is
# `{python} 50 * 8` steps, after which `{python} f"{(1 - 2 * 0.01) ** 400:.2%}"` of the first gap is left: enough.
# We start at 0 because before seeing the data we assume nothing.
#
# A line can also be found in one go: **least squares**, here `torch.linalg.lstsq`, solves for the $w$ and $b$ of
# lowest loss. Neural networks have no such formula and must walk; for us it is the answer key.


# %%
def least_squares(x: Tensor, y: Tensor) -> Tensor:
    """Slope and intercept of lowest MSE (最小二乘), a tensor [w, b]; ``x``, ``y`` of shape (n, 1).

    Raises like ``check_data``, and ``ValueError`` if all ``x`` are equal.
    """
    check_data(x, y)
    if x.min() == x.max():
        raise ValueError("x needs at least two different values")
    return torch.linalg.lstsq(
        torch.cat([x, torch.ones_like(x)], dim=1), y
    ).solution.flatten()


# %% [markdown] lang="zh" tags=["predict"]
# 真值截距是 12，噪声的标准差是 15。训练结束后：
#
# 1. $b$ 会停在 12 附近吗？
# 2. 损失会降到 0 吗？不会的话，大约停在多少？

# %% [markdown] lang="en" tags=["predict"]
# The true intercept is 12, the standard deviation of the noise is 15. When training ends:
#
# 1. Will $b$ be close to 12?
# 2. Will the loss be 0? If not, where will it stop?

# %% alt_zh="散点、真值直线和拟合直线。拟合直线的斜率 `{python} f'{w:.2f}'` 与真值几乎相同，截距 `{python} f'{b:.2f}'` 却明显高于 12。" alt_en="The points, the true line and the fitted line. The fitted slope, `{python} f'{w:.2f}'`, is nearly the true one; the intercept, `{python} f'{b:.2f}'`, is clearly above 12."
if __name__ == "__main__":
    path, losses = fit(x, y, lr=0.01, epochs=50, batch_size=16, seed=0)
    w, b = path[-1].tolist()
    best_w, best_b = least_squares(x, y).tolist()
    lines = ((true_w, 12), (best_w, best_b), (w, b))
    true_loss, best_loss, loss = (
        mse(slope * x + bias, y).item() for slope, bias in lines
    )
    fig, ax = plt.subplots()
    ax.plot(x, y, "o", color="gray", alpha=0.5, markersize=4, label="data")
    ax.plot(ends, true_w * ends + 12, "--", color="black", label="truth")
    ax.plot(ends, w * ends + b, color="C1", label="fit")
    ax.set(xlabel="warmer than usual (°C)", ylabel="profit (yuan)")
    ax.legend()
    plt.show()

# %% [markdown] lang="zh"
# | 直线 | $w$ | $b$ | 损失 |
# |---|---|---|---|
# | 真值 | `{python} f"{true_w:.2f}"` | 12 | `{python} f"{true_loss:.1f}"` |
# | 最小二乘 | `{python} f"{best_w:.2f}"` | `{python} f"{best_b:.2f}"` | `{python} f"{best_loss:.1f}"` |
# | 训练 | `{python} f"{w:.2f}"` | `{python} f"{b:.2f}"` | `{python} f"{loss:.1f}"` |
#
# 训练找到的是最小二乘直线，$b$ 离 12 还远。损失也没到 0：噪声没法预测，只能留在损失里，平均约等于它的方差
# `{python} 15**2`，这 120 天恰好小一些。没有哪条直线低得过最小二乘的 `{python} f"{best_loss:.1f}"`：
# 这是损失的**地板**。

# %% [markdown] lang="en"
# | line | $w$ | $b$ | loss |
# |---|---|---|---|
# | truth | `{python} f"{true_w:.2f}"` | 12 | `{python} f"{true_loss:.1f}"` |
# | least squares | `{python} f"{best_w:.2f}"` | `{python} f"{best_b:.2f}"` | `{python} f"{best_loss:.1f}"` |
# | trained | `{python} f"{w:.2f}"` | `{python} f"{b:.2f}"` | `{python} f"{loss:.1f}"` |
#
# Training found the least-squares line, and $b$ is far from 12. The loss is not 0 either: noise cannot be predicted, so
# it stays in the loss, on average with about its variance, `{python} 15**2`; over these 120 days it happened to be a
# little less. No line at all gets below the `{python} f"{best_loss:.1f}"` of least squares: this is the **floor** of
# the loss.

# %% alt_zh="每轮的平均损失从 `{python} f'{losses[0]:.0f}'` 降下来，约二十轮后贴着最小二乘的 `{python} f'{best_loss:.1f}'` 不再下降。" alt_en="The mean loss of each epoch falls from `{python} f'{losses[0]:.0f}'` and after some twenty epochs runs along the least-squares floor, `{python} f'{best_loss:.1f}'`."
if __name__ == "__main__":
    fig, ax = plt.subplots()
    ax.plot(range(1, 51), losses, ".-", color="C0", label="training loss")
    ax.axhline(best_loss, ls="--", color="black", label="least squares")
    ax.set(xlabel="epoch", ylabel="loss (squared yuan)", ylim=(0, None))
    ax.legend()
    plt.show()

# %% [markdown] lang="zh"
# 损失像一只碗，下图是从上往下看的等高线。参数从 $(0, 0)$ 走到碗底，抖动来自小批量。碗底是最小二乘，真值在坡上。

# %% [markdown] lang="en"
# The loss is a bowl, and these are its contours, seen from above. The parameters walk from $(0, 0)$ to the bottom; the
# jitter comes from the mini-batches. The bottom is least squares. The truth lies up the slope.

# %% alt_zh="损失的等高线。参数的路径从 (0, 0) 走到最小二乘所在的碗底，真值的截距比碗底小 `{python} f'{best_b - 12:.1f}'`。" alt_en="Contours of the loss. The path of the parameters runs from (0, 0) to the least-squares point at the bottom; the intercept of the truth is `{python} f'{best_b - 12:.1f}'` smaller."
if __name__ == "__main__":
    grid = torch.meshgrid(
        torch.linspace(-4, 44, 49), torch.linspace(-4, 32, 37), indexing="ij"
    )
    surface = (
        (grid[0][..., None] * x.flatten() + grid[1][..., None] - y.flatten()) ** 2
    ).mean(dim=-1)
    fig, ax = plt.subplots()
    ax.contour(
        *grid,
        surface,
        levels=[205, 250, 350, 500, 700, 950],
        colors="gray",
        linewidths=0.8,
    )
    ax.plot(*path.T, "-", color="C0", label="path")
    ax.plot(best_w, best_b, "*", color="C1", markersize=14, label="least squares")
    ax.plot(true_w, 12, "x", color="black", markersize=9, label="truth")
    ax.set(xlabel="$w$", ylabel="$b$")
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=3)
    plt.show()

# %% [markdown] lang="zh"
# ## 为什么不是真值
# 在这 120 个点上，真值直线的损失 `{python} f"{true_loss:.1f}"` 反而**高于**最小二乘。
# 训练看得见数据，看不见真值；噪声恰好把点往上推，线就跟着上移。
#
# 差多少算正常？换一批噪声，最小二乘的 $b$ 就换一个值。这些值的标准差叫**标准误**（standard error），
# 在 $x$ 的平均值接近 0 时：
#
# $$\mathrm{SE}(b) \approx \frac{\sigma}{\sqrt{n}}$$
#
# $\sigma$ 是噪声的标准差。这里约 `{python} f"{15 / math.sqrt(120):.2f}"` 元，我们却差了
# `{python} f"{best_b - 12:.2f}"` 元。是程序错了吗？气温不变，
# 把噪声重抽 1000 次，看看另外 1000 本账。

# %% [markdown] lang="en"
# ## Why not the truth?
# On these 120 points the true line has a loss of `{python} f"{true_loss:.1f}"`, **higher** than least squares.
# Training sees the data, never the truth; the noise happened to push the points up, and the line followed.
#
# How far off is normal? With other noise, least squares gives another $b$. The standard deviation of those
# values is called the **standard error**; while the mean of $x$ is near 0,
#
# $$\mathrm{SE}(b) \approx \frac{\sigma}{\sqrt{n}}$$
#
# where $\sigma$ is the standard deviation of the noise. Here that is about `{python} f"{15 / math.sqrt(120):.2f}"` yuan,
# yet we are off by `{python} f"{best_b - 12:.2f}"`. Is the program wrong? Keep the temperatures, draw the
# noise 1000 times anew, and look at 1000 other sets of books.

# %% alt_zh="噪声重抽 1000 次，最小二乘的误差散布在真值四周；我们的数据在这团点的上缘，在它上面的 20 次训练紧挨着它的最小二乘解。" alt_en="With the noise drawn 1000 times anew, the least-squares errors scatter around the truth. Our data lie at the upper edge of the cloud, and the 20 trainings on them huddle around their least-squares solution."
if __name__ == "__main__":
    others = (
        true_w * x
        + 12
        + 15 * torch.randn(len(x), 1000, generator=torch.Generator().manual_seed(0))
    )
    design = torch.cat([x, torch.ones_like(x)], dim=1)
    errors = torch.linalg.lstsq(design, others).solution.T - torch.tensor([true_w, 12])
    runs = torch.stack([fit(x, y, seed=seed)[0][-1] for seed in range(20)])
    fig, ax = plt.subplots()
    ax.plot(*errors.T, ".", color="gray", alpha=0.4, label="least squares, new noise")
    ax.plot(
        best_w - true_w,
        best_b - 12,
        "*",
        color="C1",
        markersize=14,
        label="least squares, our data",
    )
    ax.plot(
        *(runs - torch.tensor([true_w, 12])).T,
        "+",
        color="C0",
        label="training, our data",
    )
    ax.plot(0, 0, "x", color="black", markersize=9, label="truth")
    ax.set(
        xlabel="slope error (yuan per °C)",
        ylabel="intercept error (yuan)",
        ylim=(-5, 9.5),
    )
    ax.legend()
    plt.show()

# %% [markdown] lang="zh" tags=["check"]
# 散布与公式相符：1000 个截距误差的标准差是 `{python} f"{errors[:, 1].std().item():.2f}"` 元，
# 比我们偏得更远的只有 `{python} int((errors[:, 1].abs() > best_b - 12).sum())` 个。程序没错，
# 是人人爱用的 `random_state=42` 恰好抽到一本倒霉账。
#
# 训练准不准？同样的数据，换 20 种次序，参数离最小二乘最远
# `{python} f"{(runs - least_squares(x, y)).abs().max().item():.2f}"`，
# 远小于标准误。所以训练结果要和**最小二乘**比；想靠近真值，该添的是数据，不是轮次。

# %% [markdown] lang="en" tags=["check"]
# The spread is what the formula says: the 1000 intercept errors have a standard deviation of
# `{python} f"{errors[:, 1].std().item():.2f}"` yuan, and only
# `{python} int((errors[:, 1].abs() > best_b - 12).sum())` of them are larger than ours. The program is right;
# everybody's favourite, `random_state=42`, happens to draw unlucky books.
#
# Is the training accurate? On the same data, over 20 shuffles, no parameter ends farther than
# `{python} f"{(runs - least_squares(x, y)).abs().max().item():.2f}"` from least squares, far less than the
# standard error. So compare training with **least squares**. To come closer to the truth, get more data, not more epochs.

# %% [markdown] lang="zh"
# ## 四个常见错误
# 前三个出自流传的教程，最后一个人人都会遇到。
#
# ### 忘了取平均

# %% [markdown] lang="en"
# ## Four common mistakes
# The first three come from common tutorials; the last one everybody meets sooner or later.
#
# ### Forgetting the mean

# %% [markdown] lang="zh" tags=["bug"]
# 少写 `.mean()`，损失就是一列数，而 `item()` 和 `backward()` 都只接受一个数：

# %% [markdown] lang="en" tags=["bug"]
# Without `.mean()` the loss is a column, and both `item()` and `backward()` want a single number:

# %% tags=["bug"]
if __name__ == "__main__":
    column = (torch.tensor(0.0, requires_grad=True) * x[:16] - y[:16]) ** 2
    for action in (column.item, column.backward):
        try:
            action()
        except RuntimeError as error:
            print(error)

# %% [markdown] lang="zh"
# 报错是好事。下面三个一声不响。
#
# ### 平均损失除错了数

# %% [markdown] lang="en"
# An error is good news. The next three are silent.
#
# ### Dividing the average by the wrong number

# %% [markdown] lang="zh" tags=["bug"]
# 把各批的平均损失相加，再除以**样本数**，就多除了一次。一份流传的教程正是这样，
# 还扔掉了凑不满 16 个的最后一批：

# %% [markdown] lang="en" tags=["bug"]
# Adding up the batch means and dividing by the number of **samples** divides once too often. A common tutorial
# does just that, and also drops the last batch, the one with fewer than 16:

# %% tags=["bug"]
if __name__ == "__main__":
    batches = list(data_loader(x, y, 16, rng))
    means = [mse(w * bx + b, by).item() for bx, by in batches]
    wrong = sum(means[: len(x) // 16]) / len(x)
    right = sum(m * len(bx) for m, (bx, _) in zip(means, batches, strict=True)) / len(x)
    print(f"{wrong:.1f} {right:.1f}")

# %% [markdown] lang="zh" tags=["bug"]
# 只剩应有的 `{python} f"{right / wrong:.0f}"` 分之一。破绽在地板：没有直线低于 `{python} f"{best_loss:.1f}"`，所以
# `{python} f"{wrong:.1f}"` 好得不可能。正确做法是每批乘上自己的样本数，加起来再除以总数，就像 `fit`。
# 直接对各批求平均也不对，小的那批会占同样的份量；扔掉它，每轮就有 `{python} len(x) % 16` 天白记了。

# %% [markdown] lang="en" tags=["bug"]
# Too small by a factor of `{python} f"{right / wrong:.0f}"`. The floor gives it away: no line has a loss below
# `{python} f"{best_loss:.1f}"`, so `{python} f"{wrong:.1f}"` is too good to be true. Multiply each batch's mean by its own
# size, add up, divide by the total, as `fit` does. The plain mean of the batch means is not right either: the small batch
# would count as much as the others. And dropping it wastes `{python} len(x) % 16` days of books every epoch.

# %% [markdown] lang="zh"
# ### 更新时又除了一次

# %% [markdown] lang="en"
# ### Dividing again in the update

# %% [markdown] lang="zh" tags=["bug"]
# 损失已是平均值，更新时又除以批次大小：`w -= lr * grad / 16`。这等于把学习率除以 16：

# %% [markdown] lang="en" tags=["bug"]
# The loss is a mean already, yet the update divides by the batch size again: `w -= lr * grad / 16`. That is the
# learning rate divided by 16:

# %% tags=["bug"]
if __name__ == "__main__":
    slow_path, _ = fit(x, y, lr=0.01 / 16)
    slow_w, slow_b = slow_path[-1].tolist()
    slow_ratio = mse(slow_w * x + slow_b, y).item() / best_loss
    print(f"{slow_w:.2f} {slow_b:.2f}  {slow_ratio:.2f}")

# %% [markdown] lang="zh" tags=["bug"]
# 同样 50 轮，$w$ 才到 `{python} f"{slow_w:.2f}"`，损失还是最低值的 `{python} f"{slow_ratio:.1f}"` 倍，
# 曲线却一直好好地下降。除以批次大小只配**求和**的损失；两处选一处。

# %% [markdown] lang="en" tags=["bug"]
# After the same 50 epochs $w$ has only reached `{python} f"{slow_w:.2f}"`, and the loss is still
# `{python} f"{slow_ratio:.1f}"` times the lowest, while the curve looks fine all the way down. Dividing by the
# batch size belongs to a **summed** loss; do it in one place.

# %% [markdown] lang="zh"
# ### 形状不同，悄悄广播

# %% [markdown] lang="en"
# ### Shapes that broadcast in silence

# %% [markdown] lang="zh" tags=["bug"]
# 忘了 `reshape(-1, 1)`，标签的形状是 `(n,)`，预测是 `(n, 1)`。相减不报错，而是**广播**（broadcasting）：
# 每个预测减去**每个**标签，共 $n \times n$ 个差：

# %% [markdown] lang="en" tags=["bug"]
# Without `reshape(-1, 1)` the labels have shape `(n,)` and the predictions `(n, 1)`. Subtracting raises nothing:
# **broadcasting** takes each prediction minus **every** label, $n \times n$ differences:

# %% tags=["bug"]
if __name__ == "__main__":
    print(tuple((w * x + b - y.flatten()).shape))
    flat_path, flat_losses = fit(
        x, y, loss_fn=lambda pred, target: ((pred - target.flatten()) ** 2).mean()
    )
    print(f"{flat_losses[0]:.0f} -> {flat_losses[-1]:.0f}")
    print(f"w = {flat_path[-1, 0].item():.2f}  b = {flat_path[-1, 1].item():.2f}")

# %% [markdown] lang="zh" tags=["bug"]
# 损失照样下降，线却几乎是平的：要讨好所有标签，只好处处预测平均利润（`{python} f"{y.mean().item():.1f}"` 元）。
# 所以 `mse` 先查形状。

# %% [markdown] lang="en" tags=["bug"]
# The loss still falls, but the line is nearly flat: to please all labels at once, predict the mean profit
# (`{python} f"{y.mean().item():.1f}"` yuan) everywhere. Hence the shape check in `mse`.

# %% [markdown] lang="zh"
# ## 练习

# %% [markdown] lang="en"
# ## Exercises

# %% [markdown] lang="zh" tags=["exercise"]
# 学习率越大越快吗？以全部数据为一批（`batch_size=len(x)`），界限是 $2 / \lambda_{\max}$，$\lambda_{\max}$ 是损失的
# 二阶导数矩阵 $H$ 的最大特征值。算出它，取 0.9 倍和 1.1 倍各训练 50 轮，先猜结果。
#
# $$H = 2 \begin{pmatrix} \overline{x^2} & \overline{x} \\ \overline{x} & 1 \end{pmatrix}$$
#
# 横线表示对样本求平均。

# %% [markdown] lang="en" tags=["exercise"]
# Is a larger learning rate always faster? With all the data as one batch (`batch_size=len(x)`), the limit is
# $2 / \lambda_{\max}$, where $\lambda_{\max}$ is the largest eigenvalue of $H$, the matrix of second derivatives of the
# loss. Compute it and train for 50 epochs at 0.9 and at 1.1 times the limit. Guess first.
#
# $$H = 2 \begin{pmatrix} \overline{x^2} & \overline{x} \\ \overline{x} & 1 \end{pmatrix}$$
#
# A bar means the average over the samples.


# %% tags=["solution"]
def largest_lr(x: Tensor) -> float:
    """The limit 2 / λmax of full-batch gradient descent (学习率的上限), for ``x`` of shape (n, 1).

    Raises like ``check_data``.
    """
    check_data(x, x)
    design = torch.cat([x, torch.ones_like(x)], dim=1)
    return 2 / torch.linalg.eigvalsh(2 * design.T @ design / len(x))[-1].item()


if __name__ == "__main__":
    for factor in (0.9, 1.1):
        _, history = fit(x, y, lr=factor * largest_lr(x), batch_size=len(x))
        print(f"{factor}: {history[0]:.4g} -> {history[-1]:.4g}")

# %% [markdown] lang="zh" tags=["solution"]
# 界限约为 `{python} f"{largest_lr(x):.2f}"`。低于它就收敛；高于它，每步都跨过碗底，落到对面更高处，越走越远：**发散**。

# %% [markdown] lang="en" tags=["solution"]
# The limit is about `{python} f"{largest_lr(x):.2f}"`. Below it, training converges. Above it, each step jumps over the
# bottom to a higher place on the other side, farther every time: it **diverges**.

# %% [markdown] lang="zh" tags=["exercise"]
# 一份流传的教程把 `w` 和 `b` 写成全局变量，第二次调用训练函数时，第一轮的损失就已经很低。
# 用参数 `start` 重现它。有什么坏处？怎么改？

# %% [markdown] lang="en" tags=["exercise"]
# A common tutorial keeps `w` and `b` as global variables, so when its training function is called a second time, the loss
# of the first epoch is low already. Reproduce this with the argument `start`. What harm does it do? What is the cure?

# %% tags=["solution"]
if __name__ == "__main__":
    _, again = fit(x, y, start=path[-1].tolist())
    print(f"{losses[0]:.1f} {again[0]:.1f}")

# %% [markdown] lang="zh" tags=["solution"]
# 第二次从第一次的终点接着走：比较两个学习率就不公平，结果还取决于这段代码运行过几次。像 `fit` 那样，在函数**里面**新建参数。

# %% [markdown] lang="en" tags=["solution"]
# The second call continues where the first one ended: comparing two learning rates becomes unfair, and the result depends on
# how often the code was run. Create the parameters **inside** the function, as `fit` does.

# %% [markdown] lang="zh" tags=["exercise"]
# 最小的随机梯度下降：三个点 $(1, 2)$、$(2, 4)$、$(3, 6)$，模型 $\hat y = w x$，从 $w = 1$ 开始，
# 每步一个样本，学习率 0.01，训练 100 轮。一份流传的教程每轮只印最后一个样本的损失，请改成整轮的平均。
# 不清梯度又会怎样？

# %% [markdown] lang="en" tags=["exercise"]
# The smallest SGD: three points $(1, 2)$, $(2, 4)$, $(3, 6)$ and the model $\hat y = w x$. Start at $w = 1$, one sample a
# step, learning rate 0.01, 100 epochs. A common tutorial prints only the loss of the last sample of each epoch; print the
# mean of the epoch. And what happens if you do not clear the gradient?


# %% tags=["solution"]
def fit_slope(
    x: Tensor,
    y: Tensor,
    lr: float = 0.01,
    epochs: int = 100,
    start: float = 1.0,
    clear: bool = True,
) -> tuple[float, list[float]]:
    """Fit y = w x one sample at a time, in order (逐样本随机梯度下降): w, and the mean loss of each epoch.

    ``x`` and ``y`` have shape (n, 1). Raises like ``check_data`` and ``check_run``.
    """
    check_data(x, y)
    check_run(lr, epochs)
    w, losses = torch.tensor(start, dtype=x.dtype, requires_grad=True), []
    for _ in range(epochs):
        total = 0.0
        for xi, yi in zip(x, y, strict=True):
            loss = mse(w * xi, yi)
            total += loss.item()
            loss.backward()
            with torch.no_grad():
                w -= lr * w.grad
            if clear:
                w.grad = None
        losses.append(total / len(x))
    return w.item(), losses


if __name__ == "__main__":
    points = torch.tensor([[1.0], [2.0], [3.0]])
    for clear in (True, False):
        slope, history = fit_slope(points, 2 * points, clear=clear)
        print(
            f"w = {slope:.4f}  4 * w = {4 * slope:.4f}  {history[0]:.3f} -> {max(history[-10:]):.2g}"
        )

# %% [markdown] lang="zh" tags=["solution"]
# 右边是第一轮的损失和最后 10 轮里最高的损失。没有噪声，损失真能降到 0。不清梯度，旧梯度越积越多，$w$ 来回摆动，
# 损失一次次弹回高处。

# %% [markdown] lang="en" tags=["solution"]
# On the right: the loss of the first epoch and the highest of the last 10. Without noise, the loss really goes to 0. Without
# clearing, old gradients pile up, $w$ swings to and fro, and the loss bounces back up again and again.

# %% [markdown] lang="zh"
# ## 小结
# - 明天热 2 °C，大约赚 `{python} f"{w * 2 + b:.0f}"` 元；每热 1 °C 多赚约 `{python} f"{w:.0f}"` 元。
#   单独一天还会上下浮动 15 元左右。
# - 每一步：预测、求损失、求梯度、更新并清掉梯度。
# - 训练走向最小二乘直线。损失有地板，低于地板的数要怀疑。
# - 平均只除一次，形状要一样，最后一批别扔。
#
# 接下来，“多少”换成“是不是”：[逻辑回归](../ch04_classification/logistic_regression.py) 用同样的循环做分类。

# %% [markdown] lang="en"
# ## Recap
# - Tomorrow, 2 °C warmer, you should make about `{python} f"{w * 2 + b:.0f}"` yuan, and each extra 1 °C is worth about
#   `{python} f"{w:.0f}"`. A single day still scatters by some 15 yuan.
# - Each step: predict, measure the loss, take the gradient, update and clear it.
# - Training ends at the least-squares line. The loss has a floor; distrust a number below it.
# - Divide once for a mean, keep shapes alike, keep the last batch.
#
# Next, "how much" becomes "yes or no": [logistic regression](../ch04_classification/logistic_regression.py) uses the
# same loop to classify.
