# %% [markdown] lang="zh"
# # 从零实现线性回归
# 你摆了个冰淇淋摊，记了 120 天的账：当天比往年同期热几度（°C），赚了几元（亏本的日子记负数）。
# 明天预计热 2 °C，大约能赚多少？每热 1 °C 又能多赚多少？
#
# 要回答，得从一堆散点里找出一条直线，这叫**线性回归**（linear regression）。现成的库一行就够，
# 这里却自己写，因为神经网络也是这样训练的，反复做四件事：**预测、量损失、求梯度、更新**。
#
# 学完这一页，你能：
#
# - 用一个数说出一条线有多差，再算出该往哪边改；
# - 自己写出一点点改好这条线的程序，不靠现成的训练工具；
# - 说清学到的线为什么不等于造出数据的那条线，差多少算正常；
# - 认出四个常见错误，其中三个不报错。
#
# PyTorch（`torch`）用**张量**（tensor）计算，张量就是排成行列的一组数；scikit-learn（`sklearn`）在这里只负责造数据。
# 下面折叠的代码导入它们，并定义几个检查，让错误的输入当场报错。初读可以跳过。

# %% [markdown] lang="en"
# # Linear regression from scratch
# You run an ice-cream stall and have kept the books for 120 days: how many degrees (°C) the day was
# warmer than usual, and how many yuan you made (a day in the red has a minus sign). Tomorrow should be
# 2 °C warmer than usual. What will you make? And what is each extra 1 °C worth?
#
# To answer, you need the line hidden in a cloud of points; finding it is called **linear regression**. A library
# does it in one call. Here we write every step ourselves, because neural networks are trained by the same
# four: **predict, measure the loss, take the gradient, update**.
#
# After this page you can
#
# - say in one number how bad a line is, and work out which way to change it;
# - write a program that improves the line bit by bit, without a ready-made training tool;
# - say why the line it learns is not the line that made the data, and how far apart the two may be;
# - spot four common mistakes, three of which raise no error.
#
# PyTorch (`torch`) calculates with **tensors**: numbers arranged in rows and columns. From scikit-learn (`sklearn`) we
# only borrow its data generator. The folded code below imports them and defines checks that refuse senseless input; skip it
# at first reading.

# %% tags=["setup"]
import math
from collections.abc import Callable, Iterator, Sequence

import matplotlib.pyplot as plt
import torch
from sklearn.datasets import make_regression
from torch import Tensor


def check_data(x: Tensor, y: Tensor) -> None:
    """Refuse all but finite floats of one shape (n, 1), n >= 1 (检查数据)."""
    for name, t in (("x", x), ("y", y)):
        if not isinstance(t, Tensor) or not t.is_floating_point():
            found = getattr(t, "dtype", type(t))
            raise TypeError(f"{name} must be a float tensor, got {found}")
        if t.ndim != 2 or t.shape[1] != 1 or len(t) == 0:
            wanted, found = "shape (n, 1) with n >= 1", tuple(t.shape)
            raise ValueError(f"{name} must have {wanted}, got {found}")
        if not t.isfinite().all():
            raise ValueError(f"{name} contains NaN or infinity")
    if x.shape != y.shape:
        found = f"{tuple(x.shape)} and {tuple(y.shape)}"
        raise ValueError(f"x and y differ in shape: {found}")


def check_pair(pred: Tensor, target: Tensor) -> None:
    """Refuse predictions and labels that do not fit together (检查预测与标签)."""
    if not (pred.is_floating_point() and target.is_floating_point()):
        found = f"{pred.dtype} and {target.dtype}"
        raise TypeError(f"pred and target must be float, got {found}")
    if pred.shape != target.shape or pred.numel() == 0:
        found = f"{tuple(pred.shape)} and {tuple(target.shape)}"
        raise ValueError(f"shapes differ or are empty: {found}")


def check_line(w: Tensor, b: Tensor) -> None:
    """Refuse parameters that are not single numbers (检查参数)."""
    if w.ndim or b.ndim:
        found = f"{tuple(w.shape)} and {tuple(b.shape)}"
        raise ValueError(f"w and b must be 0-d, got {found}")


def check_run(lr: float = 1.0, **counts: int) -> None:
    """Refuse senseless learning rates and counts (检查学习率与个数)."""
    if not 0 < lr < math.inf:
        raise ValueError(f"the learning rate must be positive and finite, got {lr}")
    for name, value in counts.items():
        if not isinstance(value, int) or value < 1:
            raise ValueError(f"{name} must be a positive integer, got {value}")


# %% [markdown] lang="zh"
# ## 数据：真值事先知道
# 真实的账本不会告诉你它背后的那条直线。所以我们自己造一本：
#
# $$y_i = w^{*} x_i + b^{*} + \varepsilon_i$$
#
# - $x_i$ 是**特征**（feature）：第 $i$ 天比往年同期热几 °C；
# - $y_i$ 是**标签**（label）：当天的利润，单位是元；
# - $w^{*}$、$b^{*}$ 是**真值**（ground truth）：斜率（元/°C）由 `make_regression` 抽取并告诉我们，
#   截距定为 12，即和往年一样热的日子平均赚 12 元；
# - $\varepsilon_i$ 是**噪声**（noise）：周末、下雨，凡是气温解释不了的都算它。它的**标准差**
#   （standard deviation）是 15 元，也就是说，大约三天里有两天，噪声把利润抬高或压低不到 15 元。
#
# 参数 `random_state=42` 固定数据：谁来运行，都是同样的 120 个点。

# %% [markdown] lang="en"
# ## Data whose truth we know
# Real books never tell you the line behind them. So we make our own:
#
# $$y_i = w^{*} x_i + b^{*} + \varepsilon_i$$
#
# - $x_i$ is the **feature**: how many °C day $i$ was warmer than usual;
# - $y_i$ is the **label**: the profit of that day, in yuan;
# - $w^{*}$ and $b^{*}$ are the **ground truth**: `make_regression` draws the slope (yuan per °C) and tells us;
#   the intercept we set to 12, so a day of the usual temperature earns 12 yuan on average;
# - $\varepsilon_i$ is the **noise**: weekends, rain, everything that temperature does not explain. Its
#   **standard deviation** is 15 yuan, which means that on about two days in three it moves the profit up or down by
#   less than 15 yuan.
#
# The argument `random_state=42` fixes the data: everyone who runs this gets the same 120 points.


# %%
def create_dataset(
    random_state: int = 42, n: int = 120, bias: float = 12, noise: float = 15
) -> tuple[Tensor, Tensor, float]:
    """Points around a known line (已知真值的数据): ``x``, ``y``, the true slope.

    ``x`` (°C) and ``y`` (yuan) are float32 of shape (n, 1); ``noise`` is a
    standard deviation in yuan. Raises ``ValueError`` for n < 1, negative noise
    or NaN. Source: scikit-learn's ``make_regression``.
    """
    x, y, slope = make_regression(
        n_samples=n,
        n_features=1,
        noise=noise,
        bias=bias,
        coef=True,
        random_state=random_state,
    )
    x = torch.tensor(x, dtype=torch.float32)
    y = torch.tensor(y, dtype=torch.float32).reshape(-1, 1)
    return x, y, float(slope)


if __name__ == "__main__":
    true_b, sigma = 12, 15
    x, y, true_w = create_dataset(random_state=42, n=120, bias=true_b, noise=sigma)
    for i in range(3):
        print(f"x = {x[i].item():.4f}  y = {y[i].item():.2f}")
    print(f"{tuple(x.shape)}  w* = {true_w:.2f}")

# %% [markdown] lang="zh"
# 第一天热 `{python} f"{x[0].item():.2f}"` °C，赚 `{python} f"{y[0].item():.2f}"` 元。`x` 和 `y` 都是 $(n, 1)$ 的**列**：
# $n$ 行 1 列，一行一天。形状要紧，后面有个错误就出在这里。
#
# ## 损失：一条线有多差
# 先随便猜一条线：每热 1 °C 多赚 5 元，截距为 0。图中每根竖线是一天的**残差**（residual），即预测减去标签。

# %% [markdown] lang="en"
# The first day was `{python} f"{x[0].item():.2f}"` °C warmer and earned `{python} f"{y[0].item():.2f}"` yuan. Both `x`
# and `y` are **columns** of shape $(n, 1)$: $n$ rows, one for each day, and 1 column. The shape matters; one of
# the mistakes below is about nothing else.
#
# ## The loss: how bad is a line?
# Start with any guess: 5 yuan for each extra 1 °C, intercept 0. Each vertical stick in the figure is the
# **residual** of one day: prediction minus label.

# %% tags=["plot"] alt_zh="散点和一条猜测的直线，竖线是每天的残差。猜测的线太平，也太低：比平常热的 `{python} int((x > 0).sum())` 天里 `{python} int((y > guess)[x > 0].sum())` 天的点在线上方，凉的 `{python} int((x < 0).sum())` 天里也有 `{python} int((y > guess)[x < 0].sum())` 天。" alt_en="The points and a guessed line, with one residual stick per day. The guess is too flat and too low: of the `{python} int((x > 0).sum())` days warmer than usual, `{python} int((y > guess)[x > 0].sum())` lie above the line; of the `{python} int((x < 0).sum())` cooler ones, `{python} int((y > guess)[x < 0].sum())` do too."
if __name__ == "__main__":
    guess_w, guess_b = torch.tensor(5.0), torch.tensor(0.0)
    guess = guess_w * x + guess_b
    ends = torch.stack([x.min(), x.max()])
    fig, ax = plt.subplots()
    ax.vlines(x.ravel(), y.ravel(), guess.ravel(), color="gray", lw=1, label="residual")
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
# $\hat y_i$ 是预测，**权重**（weight）$w$ 和**偏置**（bias）$b$ 是要学的**参数**（parameter），在这里就是斜率和截距。
# $L$ 叫**损失**（loss），越小越好。为什么不用绝对值？它在 0 处有个尖角，没有导数；平方处处光滑，下一步正要用到。

# %% [markdown] lang="en"
# Residuals of opposite sign would cancel, so square them first, then average. That is the
# **mean squared error** (MSE):
#
# $$L(w, b) = \frac{1}{n} \sum_{i=1}^{n} (\hat y_i - y_i)^2, \qquad \hat y_i = w x_i + b$$
#
# $\hat y_i$ is the prediction. The **weight** $w$ and the **bias** $b$ are the **parameters** to learn, here the slope
# and the intercept. $L$ is called the **loss**; smaller is better. Why not absolute values? They have a kink at 0, where
# there is no derivative; the square is smooth everywhere, which we need next.


# %%
def mse(pred: Tensor, target: Tensor) -> Tensor:
    """Mean squared error (均方误差): a 0-d tensor, in squared units of ``target``.

    Raises ``TypeError`` unless both are float, ``ValueError`` if they are empty
    or differ in shape. Source: Goodfellow et al., *Deep Learning* (2016), 5.1.4.
    """
    check_pair(pred, target)
    return ((pred - target) ** 2).mean()


if __name__ == "__main__":
    guess_loss = mse(guess, y).item()
    print(f"{guess_loss:.1f}  {guess_loss**0.5:.1f}")

# %% [markdown] lang="zh"
# 损失是 `{python} f"{guess_loss:.1f}"`，单位是元的平方。开方回到元：这条线每天大约差 `{python} f"{guess_loss**0.5:.1f}"` 元，
# 比噪声的 15 元大得多，还能改好。
#
# ## 梯度：往哪边改
# 把 $b$ 调高一点点，损失变多少？两者之比就是损失对 $b$ 的**导数**，写作 $\partial L / \partial b$；
# 符号 $\partial$ 提醒我们，别的参数不动。两个参数的导数合起来叫**梯度**（gradient）。
#
# 先看一天。残差的平方是 $(w x_i + b - y_i)^2$。平方的导数是括号的两倍，再乘上括号里面的导数：对 $w$ 是 $x_i$，对 $b$ 是 1
# （链式法则）。所有的天取平均：
#
# $$\frac{\partial L}{\partial w} = \frac{2}{n} \sum_{i=1}^{n} (\hat y_i - y_i)\, x_i, \qquad
# \frac{\partial L}{\partial b} = \frac{2}{n} \sum_{i=1}^{n} (\hat y_i - y_i)$$
#
# 导数为正，说明参数变大损失也变大，所以该调小；为负就该调大。总之**逆着梯度走**，损失就下降。

# %% [markdown] lang="en"
# The loss is `{python} f"{guess_loss:.1f}"` squared yuan. Its root is back in yuan: this line typically misses a day by
# `{python} f"{guess_loss**0.5:.1f}"` yuan, far more than the 15 yuan of the noise. There is room to improve.
#
# ## The gradient: which way to go
# Raise $b$ a tiny bit: by how much does the loss change? The ratio of the two changes is the **derivative**
# of the loss with respect to $b$, written $\partial L / \partial b$; the sign $\partial$ reminds us that all other
# parameters stand still. The derivatives for both parameters together are the **gradient**.
#
# Take a single day first. Its squared residual is $(w x_i + b - y_i)^2$. The derivative of a square is twice the bracket,
# times the derivative of what is inside: $x_i$ for $w$ and 1 for $b$ (the chain rule). Then average over all days:
#
# $$\frac{\partial L}{\partial w} = \frac{2}{n} \sum_{i=1}^{n} (\hat y_i - y_i)\, x_i, \qquad
# \frac{\partial L}{\partial b} = \frac{2}{n} \sum_{i=1}^{n} (\hat y_i - y_i)$$
#
# A positive derivative says that a larger parameter means a larger loss, so make it smaller; if it is negative, make the
# parameter larger. In short, **go against the gradient** and the loss goes down.


# %%
def mse_grad(x: Tensor, y: Tensor, w: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """Gradient of ``mse(w * x + b, y)`` by hand (手写梯度): two 0-d tensors.

    ``x``, ``y`` have shape (n, 1); ``w``, ``b`` are 0-d. Raises like
    ``check_data``, and ``ValueError`` unless ``w`` and ``b`` are 0-d.
    """
    check_data(x, y)
    check_line(w, b)
    residual = w * x + b - y
    return 2 * (residual * x).mean(), 2 * residual.mean()


if __name__ == "__main__":
    grad_w, grad_b = mse_grad(x, y, guess_w, guess_b)
    print(f"{grad_w.item():.2f} {grad_b.item():.2f}")
    change = mse(guess + 0.1, y) - mse(guess, y)
    print(f"{change.item():.2f}")

# %% [markdown] lang="zh"
# $b$ 的导数 `{python} f"{grad_b.item():.2f}"` 是说：$b$ 调高 0.1，损失大约下降 `{python} f"{-0.1 * grad_b.item():.1f}"`；
# 实际下降了 `{python} f"{-change.item():.2f}"`。两个导数都为负，所以线该更高也更陡，和图上看到的一样。
#
# ### 让 PyTorch 求导
# 神经网络有几百万个参数，导数得靠 PyTorch 的**自动求导**（autograd）。
# 建张量时写上 `requires_grad=True`，PyTorch 就记下用它做的每一步运算；对损失调用 `backward()`，
# 它沿着记录倒着用链式法则，把导数存进各个参数的 `.grad`。这里的 `w`、`b` 和损失都只有一个数，没有行列，
# 叫 0 维张量；`.item()` 把这个数取出来。

# %% [markdown] lang="en"
# The derivative for $b$, `{python} f"{grad_b.item():.2f}"`, says: raise $b$ by 0.1 and the loss falls by about
# `{python} f"{-0.1 * grad_b.item():.1f}"`. Measured, it fell by `{python} f"{-change.item():.2f}"`. Both derivatives are
# negative, so the line should be higher and steeper, just as the figure suggests.
#
# ### Let PyTorch take the derivatives
# A neural network has millions of parameters and leaves derivatives to PyTorch's **autograd**. Make a tensor with
# `requires_grad=True`, and PyTorch records every operation that uses it. Call `backward()` on the loss, and it goes back
# through the record, applies the chain rule, and leaves each parameter's derivative in its `.grad`. Here `w`, `b` and
# the loss are single numbers without rows or columns, 0-d tensors; `.item()` takes the number out.

# %% [markdown] lang="zh" tags=["check"]
# 自动求导和手写的梯度应该一致：

# %% [markdown] lang="en" tags=["check"]
# Autograd should agree with the gradient we wrote by hand:

# %% tags=["check"]
if __name__ == "__main__":
    w = torch.tensor(5.0, requires_grad=True)
    b = torch.tensor(0.0, requires_grad=True)
    mse(w * x + b, y).backward()
    print(f"{w.grad.item():.2f} {b.grad.item():.2f}")

# %% [markdown] lang="zh"
# ## 小批量
# 每走一步都看完全部数据，数据多了就太慢。所以每步只抽几个样本，叫**小批量**（mini-batch），用它们的平均梯度
# 代替全体的。单次有偏差，但时正时负，走多了就互相抵消。用完一遍数据，叫一个**轮次**（epoch）。
#
# 每轮先**打乱**次序：账本若按气温排好，开头几批就全是冷天，参数会被带偏。次序来自带种子的 `torch.Generator`，
# 可以重现。每批取 16 个，是个折中：16 天的平均让噪声缩到四分之一，一轮又还能更新好几次。
# 120 除以 16 除不尽，最后一批就小一些。

# %% [markdown] lang="en"
# ## Mini-batches
# Reading all the data for every step is too slow once there is a lot of it. So each step takes only a few samples, a
# **mini-batch**, and uses their average gradient in place of the full one: off each time, but now to one side, now to
# the other, so over many steps the errors cancel. One pass through all the data is an **epoch**.
#
# Every epoch starts with a **shuffle**: if the books were sorted by temperature, the first batches would be all cold
# days and would pull the parameters their way. The order comes from a seeded `torch.Generator`, so it can be repeated.
# A batch of 16 is a compromise: averaging 16 days cuts the noise to a quarter, and an epoch still has several
# updates. 120 is not a multiple of 16, so the last batch is smaller.


# %%
def data_loader(
    x: Tensor, y: Tensor, batch_size: int, generator: torch.Generator
) -> Iterator[tuple[Tensor, Tensor]]:
    """One epoch of shuffled mini-batches (数据加载器), pairs of shape (batch, 1).

    Every sample comes exactly once; the last batch may be smaller. Raises like
    ``check_data``, and ``ValueError`` if ``batch_size`` is no positive integer.
    """
    check_data(x, y)
    check_run(batch_size=batch_size)
    order = torch.randperm(len(x), generator=generator)
    return ((x[rows], y[rows]) for rows in order.split(batch_size))


if __name__ == "__main__":
    rng = torch.Generator().manual_seed(0)
    print([len(batch_x) for batch_x, _ in data_loader(x, y, 16, rng)])

# %% [markdown] lang="zh"
# ## 更新
# 有了梯度，每个参数就逆着它走一小步：
#
# $$w \leftarrow w - \eta \frac{\partial L}{\partial w}, \qquad b \leftarrow b - \eta \frac{\partial L}{\partial b}$$
#
# $\eta$ 是**学习率**（learning rate），决定步子多大，代码里叫 `lr`。批次是随机抽的，所以这个办法叫
# **随机梯度下降**（stochastic gradient descent，SGD）。
#
# 更新不是预测的一部分，所以放进 `torch.no_grad()`，不让自动求导记录，否则 PyTorch 会拒绝改动参数。
# `backward()` 会把新的导数**加**到 `.grad` 里原有的数上，所以用完要清掉，不然下一步走的就是新旧梯度之和。

# %% [markdown] lang="en"
# ## The update
# Once we have the gradient, each parameter takes a small step against it:
#
# $$w \leftarrow w - \eta \frac{\partial L}{\partial w}, \qquad b \leftarrow b - \eta \frac{\partial L}{\partial b}$$
#
# $\eta$ is the **learning rate**, which sets the size of the step; in the code it is called `lr`. Because the batch is
# drawn at random, the method is called **stochastic gradient descent** (SGD); "stochastic" means random.
#
# The update is not part of the prediction, so `torch.no_grad()` keeps autograd from recording it; without that, PyTorch
# refuses to change the parameter. And `backward()` **adds** the new derivative to whatever `.grad` holds, so we clear it
# after use; otherwise the next step would follow the sum of new and old gradients.


# %%
def sgd(params: Sequence[Tensor], lr: float) -> None:
    """One step of stochastic gradient descent (随机梯度下降), then clear gradients.

    Changes ``params`` in place. Raises ``ValueError`` if ``lr`` is not positive
    and finite, or if a parameter has no gradient.
    """
    check_run(lr)
    if any(p.grad is None for p in params):
        raise ValueError("a parameter has no gradient: call backward() first")
    with torch.no_grad():
        for p in params:
            p -= lr * p.grad
            p.grad = None


# %% [markdown] lang="zh"
# ## 训练循环
# 训练就是一批一批地重复开头说的四件事，代码里标了号：

# %% [markdown] lang="en"
# ## The training loop
# Training repeats the four steps from the top of this page, batch after batch. They are numbered in the code:


# %%
def fit(
    x: Tensor,
    y: Tensor,
    lr: float = 0.01,
    epochs: int = 50,
    batch_size: int = 16,
    seed: int = 0,
    loss_fn: Callable[[Tensor, Tensor], Tensor] = mse,
) -> tuple[Tensor, list[float]]:
    """Fit y = w x + b by SGD (训练): the path of (w, b), each epoch's mean loss.

    ``path`` has shape (steps + 1, 2), from (0, 0) to the result; ``x``, ``y``
    have shape (n, 1). Raises like ``check_data`` and ``check_run``.
    """
    check_data(x, y)
    check_run(lr, epochs=epochs, batch_size=batch_size)
    rng = torch.Generator().manual_seed(seed)
    w, b = (torch.zeros((), dtype=x.dtype, requires_grad=True) for _ in range(2))
    path, losses = [(w.item(), b.item())], []
    for _ in range(epochs):
        total = 0.0
        for batch_x, batch_y in data_loader(x, y, batch_size, rng):
            pred = w * batch_x + b  # 1. predict
            loss = loss_fn(pred, batch_y)  # 2. measure the loss
            loss.backward()  # 3. take the gradient
            sgd([w, b], lr)  # 4. update
            total += loss.item() * len(batch_x)
            path.append((w.item(), b.item()))
        losses.append(total / len(x))
    return torch.tensor(path), losses


# %% [markdown] lang="zh"
# 参数在函数里面新建，每次调用都从 0 开始：看数据之前什么也不假定。一批的损失是平均值，乘上样本数 `len(batch_x)` 才还原成总和；
# 总和相加再除以总天数，每一天的份量就相同。
#
# 为什么学习率取 0.01，训练 50 轮？假设只有 $b$ 不对，低了 10 元。残差平均就是 −10，导数是它的两倍 −20，
# 一步把 $b$ 提高 `{python} f"{0.01 * 20:.1f}"` 元，补上差距的 `{python} f"{0.01 * 20 / 10:.0%}"`。每步都补上剩余差距的这个比例，
# 走 100 步还剩 `{python} f"{(1 - 2 * 0.01) ** 100:.0%}"`；50 轮、每轮 8 批共 `{python} 50 * 8` 步，绰绰有余。$w$ 的快慢差不多。
# 学习率大些会更快，但步子太大就会跨过最低点，越走越远，练习里会看到。
#
# 检验训练有两个参照。一个是**真值直线**，数据由它造出；另一个是对这 120 个点来说损失最低的直线，
# 叫**最小二乘**（least squares），用 `torch.linalg.lstsq` 可以一步解出（神经网络没有这样的公式）。
# 训练只看得见这些点，所以它的目标只能是第二个。

# %% [markdown] lang="en"
# The parameters are made inside the function, so every call starts at 0: before seeing the data we assume nothing. The
# loss of a batch is a mean; times its size, `len(batch_x)`, it is a sum again. The sums, divided by the number of days in
# the end, give every day the same say.
#
# Why a learning rate of 0.01 and 50 epochs? Suppose only $b$ is wrong, and 10 yuan too low. The residuals are then −10 on
# average, the derivative is twice that, −20, and one step raises $b$ by `{python} f"{0.01 * 20:.1f}"` yuan:
# `{python} f"{0.01 * 20 / 10:.0%}"` of the gap. As each step closes that share of what remains, 100 steps leave
# `{python} f"{(1 - 2 * 0.01) ** 100:.0%}"`, and 50 epochs of 8 batches, `{python} 50 * 8` steps, are plenty. $w$ moves at a similar pace.
# A larger rate is faster, but too large a step jumps over the lowest point and ends ever farther away; an exercise shows
# it.
#
# There are two references to compare the result with. One is the **true line**, which made the data. The
# other is the line of lowest loss for these 120 points, called **least squares**; `torch.linalg.lstsq` solves for it in one
# go (neural networks have no such formula). Training sees only the points, so it can only aim at the second.


# %%
def least_squares(x: Tensor, y: Tensor) -> Tensor:
    """Slope and intercept of lowest MSE (最小二乘): a tensor [w, b].

    ``x``, ``y`` have shape (n, 1). Raises like ``check_data``, and
    ``ValueError`` if all ``x`` are equal.
    """
    check_data(x, y)
    if x.min() == x.max():
        raise ValueError("x needs at least two different values")
    design = torch.cat([x, torch.ones_like(x)], dim=1)
    return torch.linalg.lstsq(design, y).solution.flatten()


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

# %%
if __name__ == "__main__":
    path, losses = fit(x, y, lr=0.01, epochs=50, batch_size=16, seed=0)
    w, b = path[-1].tolist()
    best_w, best_b = least_squares(x, y).tolist()
    true_loss = mse(true_w * x + true_b, y).item()
    best_loss = mse(best_w * x + best_b, y).item()
    loss = mse(w * x + b, y).item()
    print(f"truth          {true_w:.2f} {true_b:.2f} {true_loss:.1f}")
    print(f"least squares  {best_w:.2f} {best_b:.2f} {best_loss:.1f}")
    print(f"training       {w:.2f} {b:.2f} {loss:.1f}")

# %% tags=["plot"] alt_zh="散点和三条直线。训练的直线与最小二乘几乎重合，斜率 `{python} f'{w:.2f}'` 与真值相近，截距 `{python} f'{b:.2f}'` 却明显高于 12。" alt_en="The points and three lines. The trained line lies on least squares; its slope, `{python} f'{w:.2f}'`, is nearly the true one, but its intercept, `{python} f'{b:.2f}'`, is clearly above 12."
if __name__ == "__main__":
    fig, ax = plt.subplots()
    ax.plot(x, y, "o", color="gray", alpha=0.5, markersize=4, label="data")
    ax.plot(ends, true_w * ends + true_b, "--", color="black", label="truth")
    wide = {"lw": 7, "alpha": 0.35}
    ax.plot(ends, best_w * ends + best_b, color="C0", label="least squares", **wide)
    ax.plot(ends, w * ends + b, color="C1", label="training")
    ax.set(xlabel="warmer than usual (°C)", ylabel="profit (yuan)")
    ax.legend()
    plt.show()

# %% [markdown] lang="zh"
# | 直线 | 斜率 $w$ | 截距 $b$ | 损失 |
# |---|---|---|---|
# | 真值 | `{python} f"{true_w:.2f}"` | 12 | `{python} f"{true_loss:.1f}"` |
# | 最小二乘 | `{python} f"{best_w:.2f}"` | `{python} f"{best_b:.2f}"` | `{python} f"{best_loss:.1f}"` |
# | 训练 | `{python} f"{w:.2f}"` | `{python} f"{b:.2f}"` | `{python} f"{loss:.1f}"` |
#
# 开头的问题有答案了：明天热 2 °C，大约赚 `{python} f"{w:.2f}"` × 2 + `{python} f"{b:.2f}"` ≈ `{python} f"{w * 2 + b:.0f}"`
# 元；每热 1 °C 多赚约 `{python} f"{w:.0f}"` 元。不过单独一天还会上下浮动 15 元左右。
#
# 训练停在离最小二乘不到 0.1 的地方，剩下的是小批量的抖动：换个种子，就停在旁边另一处。离真值 12 却还远，下面再说。
#
# 损失也到不了 0：噪声没法预测，只能留在损失里。它的平方长期平均是标准差的平方，即 `{python} sigma**2`；
# 这 120 天运气好，真值直线的损失只有 `{python} f"{true_loss:.1f}"`。最小二乘又专门迁就这些点，再降到
# `{python} f"{best_loss:.1f}"`。没有直线能比它更低：这是损失的**地板**。

# %% [markdown] lang="en"
# | line | slope $w$ | intercept $b$ | loss |
# |---|---|---|---|
# | truth | `{python} f"{true_w:.2f}"` | 12 | `{python} f"{true_loss:.1f}"` |
# | least squares | `{python} f"{best_w:.2f}"` | `{python} f"{best_b:.2f}"` | `{python} f"{best_loss:.1f}"` |
# | training | `{python} f"{w:.2f}"` | `{python} f"{b:.2f}"` | `{python} f"{loss:.1f}"` |
#
# Now the questions from the top have their answers. Tomorrow, 2 °C warmer, you should make about
# `{python} f"{w:.2f}"` × 2 + `{python} f"{b:.2f}"` ≈ `{python} f"{w * 2 + b:.0f}"` yuan, and each extra 1 °C is worth about
# `{python} f"{w:.0f}"` yuan. A single day still scatters by some 15 yuan around that.
#
# Training stopped within 0.1 of least squares. That last bit is the jitter of the mini-batches: with another seed it stops
# at another place nearby. The true 12 is much farther off; we shall come to that.
#
# Nor is the loss 0: noise cannot be predicted, so it stays in the loss. In the long run its square averages the
# square of the standard deviation, `{python} sigma**2`. These 120 days were lucky, and the true line has a loss of only
# `{python} f"{true_loss:.1f}"`. Least squares then adapts to these very points and gets down to
# `{python} f"{best_loss:.1f}"`. No line at all gets lower: this is the **floor** of the loss.

# %% tags=["plot"] alt_zh="每轮的平均损失从 `{python} f'{losses[0]:.0f}'` 降下来，约二十轮后贴着最小二乘的 `{python} f'{best_loss:.1f}'` 不再下降。" alt_en="The mean loss of each epoch falls from `{python} f'{losses[0]:.0f}'` and after some twenty epochs runs along the least-squares floor, `{python} f'{best_loss:.1f}'`."
if __name__ == "__main__":
    fig, ax = plt.subplots()
    ax.plot(range(1, 51), losses, ".-", color="C0", label="training loss")
    ax.axhline(best_loss, ls="--", color="black", label="least squares")
    ax.set(xlabel="epoch", ylabel="loss (squared yuan)", ylim=(0, None))
    ax.legend()
    plt.show()

# %% [markdown] lang="zh"
# 把下图当作登山地图：横向是 $w$，纵向是 $b$，每个位置就是一条直线；海拔是它的损失，同一圈等高线上的直线一样差，
# 圈上标着损失。训练从 $(0, 0)$ 一路下山，走到谷底的最小二乘；真值在旁边的坡上。

# %% [markdown] lang="en"
# Read the next figure like a hiking map. $w$ grows to the right and $b$ upwards, so every place is a line. The height there
# is its loss; all lines on one ring are equally bad, and the ring says how bad. Training walks downhill from $(0, 0)$ to
# least squares, at the bottom of the valley. The truth lies a little way up the slope.

# %% tags=["plot"] alt_zh="损失的等高线。参数的路径从 (0, 0) 走到最小二乘所在的谷底，真值的截距比谷底小 `{python} f'{best_b - 12:.1f}'`。" alt_en="Contours of the loss. The path of the parameters runs from (0, 0) to the least-squares point at the bottom; the intercept of the truth is `{python} f'{best_b - 12:.1f}'` smaller."
if __name__ == "__main__":
    all_w, all_b = torch.linspace(-4, 44, 49), torch.linspace(-4, 32, 37)
    preds = all_w * x[:, :, None] + all_b[:, None]  # shape (120, 37, 49)
    heights = ((preds - y[:, :, None]) ** 2).mean(dim=0)
    fig, ax = plt.subplots()
    levels = [205, 250, 350, 500, 700, 950]
    rings = ax.contour(all_w, all_b, heights, levels, colors="gray", linewidths=0.8)
    ax.clabel(rings, levels[1:], fmt="%d", fontsize=9)
    ax.plot(*path.T, "-", color="C0", label="path")
    ax.plot(best_w, best_b, "*", color="C1", markersize=14, label="least squares")
    ax.plot(true_w, true_b, "x", color="black", markersize=9, label="truth")
    ax.set(xlabel="$w$", ylabel="$b$")
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=3)
    plt.show()

# %% [markdown] lang="zh"
# 把训练重放一遍：先看这条线怎样转到位，再用第二个滑块换学习率。0.5 在谷底附近抖个不停，1.25 一步比一步跨得远，
# 直线甩出了图外；界限在哪里，练习 1 会算。

# %% [markdown] lang="en"
# Replay the training: watch the line turn into place, then choose another learning rate with the second slider. At 0.5 it
# keeps trembling around the bottom. At 1.25 each step overshoots farther than the last and flings the line out of the
# picture; exercise 1 computes where the limit lies.

# %% tags=["replay"] alt_zh="左边的直线从水平转到最小二乘的位置，右边是它对全部数据的损失，两轴都取对数。从 `{python} f'{heights[0][0]:.0f}'` 出发，学习率 0.01 和 0.1 降到 `{python} f'{heights[0][-1]:.1f}'` 上下；0.5 在后半程最高又到 `{python} f'{heights[2][200:].max():.0f}'`；1.25 第 `{python} int((heights[3] > heights[3][0]).nonzero()[0])` 步起就超过起点，冲出图外。" alt_en="On the left the line turns from level to least squares, on the right its loss on all the data, both axes logarithmic. From `{python} f'{heights[0][0]:.0f}'`, the learning rates 0.01 and 0.1 come down to about `{python} f'{heights[0][-1]:.1f}'`; 0.5 is back at up to `{python} f'{heights[2][200:].max():.0f}'` in the second half; 1.25 is above its start in step `{python} int((heights[3] > heights[3][0]).nonzero()[0])` and leaves the picture."
if __name__ == "__main__":
    rates = [0.01, 0.1, 0.5, 1.25]
    paths = [path, *(fit(x, y, lr=rate)[0] for rate in rates[1:])]
    heights = [((p[:, :1] * x.T + p[:, 1:] - y.T) ** 2).mean(dim=1) for p in paths]
    frames = [*range(20), *range(20, 60, 4), *range(60, 401, 20)]
    across = torch.tensor([-2.8, 2.8])
    replay = {
        "frame": {"label": "step", "values": frames},
        "setting": {"label": "learning rate", "values": rates},
        "readout": [
            {"label": "w", "values": [p[frames, 0] for p in paths]},
            {"label": "b", "values": [p[frames, 1] for p in paths]},
            {"label": "loss (squared yuan)", "values": [h[frames] for h in heights]},
        ],
        "panels": [
            {
                "x": {"label": "warmer than usual (°C)", "range": [-2.8, 2.8]},
                "y": {"label": "profit (yuan)", "range": [-80, 120]},
                "layers": [
                    {
                        "kind": "points",
                        "x": x.ravel(),
                        "y": y.ravel(),
                        "color": "gray",
                        "label": "data",
                    },
                    {
                        "kind": "curve",
                        "x": across,
                        "y": best_w * across + best_b,
                        "dashed": True,
                        "color": "C0",
                        "label": "least squares",
                    },
                    {
                        "kind": "line",
                        "x": across,
                        "y": [
                            p[frames] @ torch.stack([across, across**0]) for p in paths
                        ],
                        "color": "C1",
                        "label": "training",
                    },
                ],
            },
            {
                "x": {"label": "step", "range": [1, 400], "log": True},
                "y": {
                    "label": "loss (squared yuan)",
                    "range": [100, 100_000],
                    "log": True,
                },
                "layers": [
                    {
                        "kind": "curve",
                        "x": [1, 400],
                        "y": [best_loss, best_loss],
                        "dashed": True,
                        "label": "least squares",
                    },
                    {
                        "kind": "trail",
                        "x": [[math.nan, *frames[1:]]] * 4,  # step 0: no logarithm
                        "y": [h[frames] for h in heights],
                        "color": "C1",
                        "label": "training",
                    },
                ],
            },
        ],
    }

# %% [markdown] lang="zh"
# ## 为什么不是真值
# 这 120 天的噪声恰好把点往上推，线就跟着上移，最小二乘的截距比真值高了
# `{python} f"{best_b - true_b:.2f}"` 元。差这么多正常吗？
#
# 换一批噪声，最小二乘的 $b$ 就换一个值。这些值的标准差叫**标准误**（standard error），
# 在 $x$ 的平均值接近 0 时：
#
# $$\mathrm{SE}(b) \approx \frac{\sigma}{\sqrt{n}}$$
#
# $\sigma$ 是噪声的标准差。截距大致是 $n$ 天的平均，而求平均时，有高有低的噪声会抵消掉一部分：
# 数据多到 4 倍，剩下的噪声减半，所以除以 $\sqrt{n}$。这里约为 `{python} f"{sigma / math.sqrt(len(x)):.2f}"` 元。
# 对不对，试试就知道：气温不变，把噪声重抽 1000 次，得到 1000 本账。

# %% [markdown] lang="en"
# ## Why not the truth?
# The noise of these 120 days happened to push the points up, the line followed, and the intercept of least squares came
# out `{python} f"{best_b - true_b:.2f}"` yuan above the true one. Is that normal?
#
# With other noise, least squares gives another $b$. The standard deviation of those values is called the
# **standard error**; while the mean of $x$ is near 0,
#
# $$\mathrm{SE}(b) \approx \frac{\sigma}{\sqrt{n}}$$
#
# where $\sigma$ is the standard deviation of the noise. The intercept is roughly an average over $n$ days, and in an
# average the ups and downs of the noise partly cancel: with 4 times the data, half the noise is left, hence
# $\sqrt{n}$. Here that makes about `{python} f"{sigma / math.sqrt(len(x)):.2f}"` yuan. Let us try: keep the temperatures
# and draw the noise 1000 times anew, for 1000 other sets of books.

# %%
if __name__ == "__main__":
    rng = torch.Generator().manual_seed(0)
    others = torch.empty(1000, 2)
    for i in range(1000):
        new_noise = sigma * torch.randn(x.shape, generator=rng)
        others[i] = least_squares(x, true_w * x + true_b + new_noise)
    errors, se = others[:, 1] - true_b, sigma / math.sqrt(len(x))
    runs = torch.stack([fit(x, y, seed=seed)[0][-1] for seed in range(20)])
    farthest = (runs - torch.tensor([best_w, best_b])).abs().max().item()
    print(f"{errors.std().item():.2f}  {farthest:.2f}")

# %% tags=["plot"] alt_zh="噪声重抽 1000 次，最小二乘截距的直方图是以真值 12 为中心的一座小丘，大多落在标准误的阴影之内。我们的数据得到 `{python} f'{best_b:.1f}'`，在右边的尾巴上；20 次训练都挤在它旁边。" alt_en="Histogram of the least-squares intercept over 1000 draws of the noise: a hill around the truth, 12, most of it within the shaded standard error. Our data gave `{python} f'{best_b:.1f}'`, far out in the right tail, and the 20 trainings crowd around that."
if __name__ == "__main__":
    fig, ax = plt.subplots()
    band = {"color": "black", "alpha": 0.1, "label": "standard error"}
    ax.axvspan(true_b - se, true_b + se, **band)
    new = "least squares, new noise"
    ax.hist(others[:, 1], bins=30, color="gray", alpha=0.6, label=new)
    ax.axvline(true_b, ls="--", color="black", label="truth")
    ours = "least squares, our data"
    ax.plot(best_b, 6, "*", color="C1", markersize=14, label=ours)
    height = torch.full((len(runs),), 16)
    ax.plot(runs[:, 1], height, "o", color="C0", mfc="none", label="training, our data")
    ax.set(xlabel="intercept (yuan)", ylabel="number of data sets")
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=2, fontsize=9)
    plt.show()

# %% [markdown] lang="zh" tags=["check"]
# 公式没错：1000 个截距的标准差是 `{python} f"{errors.std().item():.2f}"` 元，其中
# `{python} f"{(errors.abs() < se).float().mean().item():.0%}"`（约三分之二）离真值不到一个标准误，也就是落在阴影里。（星和圆圈的高低没有含义。）
# 比我们偏得更远的，不论偏高偏低，只有 `{python} int((errors.abs() > best_b - true_b).sum())` 个：
# 人人爱用的 `random_state=42` 恰好抽到一本罕见的账。
#
# 训练准不准？同样的数据，换 20 种次序，参数离最小二乘最远也只有
# `{python} f"{farthest:.2f}"`，远小于标准误。所以训练结果要和**最小二乘**比；想靠近真值，该添的是数据，不是轮次。

# %% [markdown] lang="en" tags=["check"]
# The formula holds: the 1000 intercepts have a standard deviation of `{python} f"{errors.std().item():.2f}"` yuan, and
# `{python} f"{(errors.abs() < se).float().mean().item():.0%}"` of them, about two in three, are within one standard error of
# the truth, in the shaded band. (How high the star and the circles stand means nothing.) Only `{python} int((errors.abs() > best_b - true_b).sum())` are farther off than ours, in
# either direction: everybody's favourite, `random_state=42`, happens to draw an unusual set.
#
# Is the training accurate? On the same data, over 20 shuffles, no parameter ends farther than
# `{python} f"{farthest:.2f}"` from least squares, far less than the standard error. So compare training with
# **least squares**. To come closer to the truth, get more data, not more epochs.

# %% [markdown] lang="zh"
# ## 四个常见错误
# 从网上抄来的代码里，这些错误都可能有。第一个会报错，这是好事；后三个一声不响。
#
# ### 忘了取平均

# %% [markdown] lang="en"
# ## Four common mistakes
# You may meet any of these in code copied from the web. The first raises an error, which is good news; the
# other three are silent.
#
# ### Forgetting the mean

# %% [markdown] lang="zh" tags=["bug"]
# 少写 `.mean()`，损失就不是一个数，而是一列，一天一个。`backward()` 只能从**标量**（scalar，单独一个数）出发：
# 一列数里，该让哪一个变小呢？

# %% [markdown] lang="en" tags=["bug"]
# Without `.mean()` the loss is not one number but a column of them, one for each day. `backward()` can only start from a
# **scalar**, a single number: of a whole column, which entry should it make smaller?

# %% tags=["bug"]
if __name__ == "__main__":
    new_w = torch.tensor(0.0, requires_grad=True)
    squares = (new_w * x - y) ** 2
    try:
        squares.backward()
    except RuntimeError as error:
        print(error)

# %% [markdown] lang="zh"
# ### 平均损失除错了数

# %% [markdown] lang="en"
# ### Dividing the average by the wrong number

# %% [markdown] lang="zh" tags=["bug"]
# 要报告一轮的损失，很容易想到把各批的平均损失相加，再除以**样本数**。可每个平均值都已经除过一次了：

# %% [markdown] lang="en" tags=["bug"]
# To report the loss of an epoch, it is tempting to add up the mean losses of the batches and divide by the number of
# **samples**.
# But each of these means has been divided once already:

# %% tags=["bug"]
if __name__ == "__main__":
    batches = list(data_loader(x, y, 16, rng))
    means = [mse(w * bx + b, by).item() for bx, by in batches]
    sizes = [len(bx) for bx, _ in batches]
    wrong = sum(means) / len(x)
    right = sum(m * size for m, size in zip(means, sizes, strict=True)) / len(x)
    print(f"{wrong:.1f} {right:.1f}")

# %% [markdown] lang="zh" tags=["bug"]
# 8 个平均值之和，本该除以 8 左右，却除以了 120，结果只剩大约 `{python} f"{len(x) / len(means):.0f}"` 分之一。破绽在地板：
# 没有直线低于 `{python} f"{best_loss:.1f}"`，所以 `{python} f"{wrong:.1f}"` 好得不可能。
# 像 `fit` 那样先乘上每批的样本数，再除以总数，才分毫不差。

# %% [markdown] lang="en" tags=["bug"]
# The sum of 8 means should be divided by about 8, not by 120, so the result is too small by a factor of about
# `{python} f"{len(x) / len(means):.0f}"`. The floor gives it away: no line has a loss below
# `{python} f"{best_loss:.1f}"`, so `{python} f"{wrong:.1f}"` is too good to be true. Multiply each mean by the size of its
# batch before you divide by the total, as `fit` does, and the result is exact.

# %% [markdown] lang="zh"
# ### 更新时又除了一次

# %% [markdown] lang="en"
# ### Dividing again in the update

# %% [markdown] lang="zh" tags=["bug"]
# 损失已是平均值，更新时又除以批次大小：`w -= lr * w.grad / 16`。这等于把学习率除以 16：

# %% [markdown] lang="en" tags=["bug"]
# The loss is a mean already, yet the update divides by the batch size again: `w -= lr * w.grad / 16`. That is the same
# as a learning rate 16 times smaller:

# %% tags=["bug"]
if __name__ == "__main__":
    slow_path, _ = fit(x, y, lr=0.01 / 16)
    slow_w, slow_b = slow_path[-1].tolist()
    slow_ratio = mse(slow_w * x + slow_b, y).item() / best_loss
    print(f"{slow_w:.2f} {slow_b:.2f}  {slow_ratio:.2f}")

# %% [markdown] lang="zh" tags=["bug"]
# 同样 50 轮，$w$ 才走到 `{python} f"{slow_w:.2f}"`，损失还是最低值的 `{python} f"{slow_ratio:.1f}"` 倍。
# 两种写法选一种：要么损失里把平方加起来，更新时除一次；要么损失里取平均，更新时不再除。

# %% [markdown] lang="en" tags=["bug"]
# After the same 50 epochs $w$ has only reached `{python} f"{slow_w:.2f}"`, and the loss is still
# `{python} f"{slow_ratio:.1f}"` times the lowest. Either add up squared errors in the loss and divide once in the
# update, or take the mean in the loss and do not divide again.

# %% [markdown] lang="zh"
# ### 形状不同，悄悄广播

# %% [markdown] lang="en"
# ### Shapes that broadcast in silence

# %% [markdown] lang="zh" tags=["bug"]
# 忘了 `reshape(-1, 1)`，标签的形状就是 `(n,)`，预测却是 `(n, 1)`。相减不报错，PyTorch 会做**广播**（broadcasting）：
# 每个预测减去**每一个**标签。看三个全对的预测，再看整套训练：

# %% [markdown] lang="en" tags=["bug"]
# Without `reshape(-1, 1)` the labels have shape `(n,)`, but the predictions `(n, 1)`. Subtracting raises no error; PyTorch
# applies **broadcasting** and subtracts **every** label from each prediction. See three perfect predictions first, then
# the whole training:


# %% tags=["bug"]
def unchecked_mse(pred: Tensor, target: Tensor) -> Tensor:
    """A wrong loss (错误示范): labels of shape (n,) meet predictions of (n, 1)."""
    return ((pred - target.flatten()) ** 2).mean()


if __name__ == "__main__":
    three = torch.tensor([1.0, 2.0, 3.0])
    print(three.reshape(-1, 1) - three)  # shapes (3, 1) and (3,)
    flat_path, flat_losses = fit(x, y, loss_fn=unchecked_mse)
    flat_w, flat_b = flat_path[-1].tolist()
    print(f"{flat_losses[0]:.0f} -> {flat_losses[-1]:.0f}")
    print(f"w = {flat_w:.2f}  b = {flat_b:.2f}")

# %% [markdown] lang="zh" tags=["bug"]
# 该是三个 0，却成了 $3 \times 3$ 个差，只有对角线对。训练的损失照样下降，线却几乎是平的：每个预测都要讨好一批里所有的标签，
# 只好接近平均利润（`{python} f"{y.mean().item():.1f}"` 元）。16 个标签里总算有一个是自己的，所以还留下约十六分之一的斜率
# （`{python} f"{best_w / 16:.1f}"`）。`mse` 先查形状，防的就是它。

# %% [markdown] lang="en" tags=["bug"]
# Instead of three zeros we get $3 \times 3$ differences, right only on the diagonal. In training the loss still falls, but the
# line is nearly flat: each prediction tries to please all the labels of its batch, so it stays near the mean profit
# (`{python} f"{y.mean().item():.1f}"` yuan). A little slope survives because one label in 16 is its own: about a sixteenth
# of the slope (`{python} f"{best_w / 16:.1f}"`). This is what the shape check in `mse` is for.

# %% [markdown] lang="zh"
# ## 练习

# %% [markdown] lang="en"
# ## Exercises

# %% [markdown] lang="zh" tags=["exercise"]
# 学习率越大越快吗？把全部数据当作一批（`batch_size=len(x)`），这样没有抖动。从 0.25 起逐渐加大学习率，
# 每次训练 50 轮，找到损失不降反升的地方。先猜一猜。
#
# 学过矩阵的话，这个界限还可以算出来：它是 $2 / \lambda_{\max}$，$\lambda_{\max}$ 是损失的二阶导数矩阵 $H$
# 的最大特征值，用 `torch.linalg.eigvalsh` 求；横线表示对样本求平均：
#
# $$H = 2 \begin{pmatrix} \overline{x^2} & \overline{x} \\ \overline{x} & 1 \end{pmatrix}$$

# %% [markdown] lang="en" tags=["exercise"]
# Is a larger learning rate always faster? Take all the data as one batch (`batch_size=len(x)`), so that nothing jitters.
# Starting at 0.25, raise the rate, train for 50 epochs each time, and find where the loss grows instead of falling. Guess
# first.
#
# If you know matrices, you can also compute this limit. It is $2 / \lambda_{\max}$, where $\lambda_{\max}$ is the largest
# eigenvalue of $H$, the matrix of second derivatives of the loss; `torch.linalg.eigvalsh` finds it. A bar means the
# average over the samples:
#
# $$H = 2 \begin{pmatrix} \overline{x^2} & \overline{x} \\ \overline{x} & 1 \end{pmatrix}$$


# %% tags=["solution"]
def largest_lr(x: Tensor) -> float:
    """The limit 2 / λmax of full-batch gradient descent (学习率的上限).

    ``x`` has shape (n, 1). Raises like ``check_data``.
    """
    check_data(x, x)
    design = torch.cat([x, torch.ones_like(x)], dim=1)
    return 2 / torch.linalg.eigvalsh(2 * design.T @ design / len(x))[-1].item()


if __name__ == "__main__":
    for lr in (0.25, 0.5, 0.75, 1.0, 1.25):
        _, history = fit(x, y, lr=lr, batch_size=len(x))
        print(f"{lr}: {history[0]:.4g} -> {history[-1]:.4g}")
    print(f"{largest_lr(x):.2f}")

# %% [markdown] lang="zh" tags=["solution"]
# 界限在 0.75 和 1 之间，算出来约为 `{python} f"{largest_lr(x):.2f}"`。低于它就收敛；高于它，每步都跨过谷底，落到对面更高处，
# 越走越远：**发散**。

# %% [markdown] lang="en" tags=["solution"]
# The limit lies between 0.75 and 1; computed, it is about `{python} f"{largest_lr(x):.2f}"`. Below it, training converges.
# Above it, each step jumps over the bottom of the valley to a higher place on the other side, farther every time: it
# **diverges**.

# %% [markdown] lang="zh" tags=["exercise"]
# 有的程序把 `w` 和 `b` 放在训练函数外面，只创建一次；又用 `n // batch_size` 算批数。先猜：第二次调用训练函数，
# 第一轮的损失是多少？每一轮又有几天的账没有用上？再写出来验证。

# %% [markdown] lang="en" tags=["exercise"]
# Some programs create `w` and `b` once, outside the training function, and count the batches with `n // batch_size`. Guess
# first: when the training function is called a second time, what is the loss of its first epoch? And how many days are
# not used in each epoch? Then write it and see.


# %% tags=["solution"]
def fit_outside(params: Sequence[Tensor], x: Tensor, y: Tensor, seed: int = 0) -> list:
    """Train parameters made elsewhere, dropping the last batch (两处错误).

    ``params`` are 0-d ``w`` and ``b``. Returns (mean loss, samples used) of each of 50
    epochs; lr 0.01, batches of 16. Raises like ``check_data`` and ``check_line``.
    """
    check_data(x, y)
    check_line(*params)
    rng, history = torch.Generator().manual_seed(seed), []
    for _ in range(50):
        total, used = 0.0, 0
        full = len(x) // 16
        for batch_x, batch_y in list(data_loader(x, y, 16, rng))[:full]:
            loss = mse(params[0] * batch_x + params[1], batch_y)
            loss.backward()
            sgd(params, 0.01)
            total += loss.item() * len(batch_x)
            used += len(batch_x)
        history.append((total / used, used))
    return history


if __name__ == "__main__":
    outside = [torch.zeros((), requires_grad=True) for _ in range(2)]
    for call in (1, 2):
        history = fit_outside(outside, x, y, seed=call)
        print(f"call {call}: {history[0][0]:.1f} -> {history[-1][0]:.1f}")
    missed = len(x) - history[0][1]
    print(f"{missed} of {len(x)} days missed in each epoch")

# %% [markdown] lang="zh" tags=["solution"]
# 第二次调用从第一次停下的地方接着走，一开始就在地板附近：这不是训练变快了，而是参数没有重来。所以 `fit` 在函数里面创建参数。
# 每轮漏掉的 `{python} missed` 天每次不同，结果只差一点，也就更难发现。

# %% [markdown] lang="en" tags=["solution"]
# The second call goes on where the first stopped and begins near the floor: training has not become faster, its parameters
# were not made anew. That is why `fit` makes them inside. The `{python} missed` days that each epoch misses are others each
# time; the result is only a little off, and so this is even harder to notice.

# %% [markdown] lang="zh" tags=["exercise"]
# 写一个最小的随机梯度下降：三个点 $(1, 2)$、$(2, 4)$、$(3, 6)$，模型 $\hat y = w x$，从 $w = 1$ 开始，
# 每步一个样本，学习率 0.01，训练 100 轮，打印每轮的平均损失。再试试不清梯度会怎样。

# %% [markdown] lang="en" tags=["exercise"]
# Write the smallest SGD: three points $(1, 2)$, $(2, 4)$, $(3, 6)$ and the model $\hat y = w x$. Start at $w = 1$, take one
# sample a step, learning rate 0.01, 100 epochs, and print the mean loss of each epoch. Then see what happens if you do
# not clear the gradient.


# %% tags=["solution"]
def fit_slope(
    x: Tensor,
    y: Tensor,
    lr: float = 0.01,
    epochs: int = 100,
    start: float = 1.0,
    clear: bool = True,
) -> tuple[float, list[float]]:
    """Fit y = w x one sample at a time (逐样本随机梯度下降): w, the mean losses.

    ``x`` and ``y`` have shape (n, 1). Raises like ``check_data`` and ``check_run``.
    """
    check_data(x, y)
    check_run(lr, epochs=epochs)
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
        print(f"w = {slope:.4f}  {history[0]:.3f} -> {max(history[-10:]):.2g}")

# %% [markdown] lang="zh" tags=["solution"]
# 箭头两边是第一轮的损失和最后 10 轮里最高的损失。没有噪声，损失真能降到 0。不清梯度，旧梯度越积越多，$w$ 来回摆动，
# 损失一次次弹回高处。

# %% [markdown] lang="en" tags=["solution"]
# Left and right of the arrow: the loss of the first epoch and the highest of the last 10. Without noise, the loss really goes
# to 0. Without clearing, old gradients pile up, $w$ swings to and fro, and the loss bounces back up again and again.

# %% [markdown] lang="zh"
# ## 小结
# - 每一步：预测、量损失、求梯度、更新，然后清掉梯度。
# - 训练走向这些数据的最小二乘直线；离真值有多远，看噪声和数据量。
# - 有噪声，损失就有地板；低于地板的数要怀疑。
# - 平均只除一次，相减的形状要一样。
#
# 接下来，“多少”换成“是不是”：[逻辑回归](../ch04_classification/logistic_regression.py) 用同样的循环做分类。

# %% [markdown] lang="en"
# ## Recap
# - Each step: predict, measure the loss, take the gradient, update. Then clear the gradient.
# - Training goes to the least-squares line of these data; how far that is from the truth depends on the noise and on the
#   amount of data.
# - With noise, the loss has a floor; distrust a number below it.
# - Divide once for a mean, and subtract only what has the same shape.
#
# Next, "how much" becomes "yes or no": [logistic regression](../ch04_classification/logistic_regression.py) uses the
# same loop to classify.
