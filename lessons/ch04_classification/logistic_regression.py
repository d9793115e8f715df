# %% [markdown] lang="zh"
# # 逻辑回归：把“是不是”变成概率
# 一名学生学了 5 小时，考试会及格吗？翻翻往年的记录：学了同样时间的人，有的及格，有的没有，所以诚实的回答是一个概率。
# 可记录里只写着“及格”或“不及格”，从来没有写过概率。怎样从是与否里学出概率？
#
# **学完这一课，你能**
#
# - 把一个得分变成概率，并说清学到的数是什么意思；
# - 写出衡量“有多意外”的损失，得分再大也不出错；
# - 训练模型，看清直线边界能做到什么程度；
# - 认出几种不报错、却让训练停住或让概率失真的写法。

# %% [markdown] lang="en"
# # Logistic regression: turning yes or no into a probability
# A student has studied for 5 hours. Will she pass the exam? Look at past records: of the people who studied that
# long, some passed and some did not. So the honest answer is a probability. Yet the records only say "passed" or
# "failed"; nobody wrote down a probability. How can one be learned from yes and no?
#
# **After this lesson you can**
#
# - turn a score into a probability, and say what the learned numbers mean;
# - write a loss that measures surprise, and that no score is too large for;
# - train the model, and see how far a straight boundary can go;
# - recognize code that raises no error, yet stalls the training or distorts the probabilities.

# %% tags=["setup"]
import math
from collections.abc import Callable
from itertools import pairwise

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from torch import Tensor


def check_floats(**tensors: Tensor) -> None:
    """Raise unless all are finite floats of one shape, not empty (检查输入)."""
    for name, t in tensors.items():
        if not isinstance(t, Tensor) or not t.is_floating_point():
            kind = getattr(t, "dtype", type(t).__name__)
            raise TypeError(f"{name} must be a float tensor, got {kind}")
        if t.numel() == 0 or not t.isfinite().all():
            raise ValueError(f"{name} is empty or holds NaN or infinity")
    shapes = {name: tuple(t.shape) for name, t in tensors.items()}
    if len(set(shapes.values())) > 1:  # broadcasting would hide the mistake
        raise ValueError(f"need one shape, got {shapes}")


def check_fit(
    x: Tensor,
    y: Tensor,
    lr: float,
    steps: int,
    l2: float,
    start: tuple[Tensor, Tensor] | None,
) -> None:
    """Raise unless ``fit_logistic`` can work with these (检查训练的输入)."""
    check_floats(x=x), check_floats(y=y)
    shapes = tuple(x.shape), tuple(y.shape)
    if x.dim() < 2 or y.shape != (*x.shape[:-1], 1):
        raise ValueError(f"need x (..., n, d) and y (..., n, 1), got {shapes}")
    if not (0 < lr < math.inf and steps > 0 and 0 <= l2 < math.inf):
        found = f"{lr}, {steps}, {l2}"
        raise ValueError(f"need lr > 0, steps > 0, l2 >= 0, got {found}")
    *runs, _, d = x.shape
    if start and [t.shape for t in start] != [(*runs, d, 1), (*runs, 1, 1)]:
        shapes = " and ".join(str(tuple(t.shape)) for t in start)
        raise ValueError(f"start has shapes {shapes}")


# %% [markdown] lang="zh"
# ## 一条直线不够用
# 我们造 200 名学生：学习时长在 0 到 10 小时之间均匀分布，及格的概率由一条已知的曲线决定。
# 学 4 小时的人有一半及格（`HALF`）；每多学 1 小时，及格与不及格的人数之比就变成原来的约
# `{python} f"{math.exp(0.9):.2f}"` 倍，也就是 $e^{0.9}$ 倍（`SLOPE`）。真值是我们定的，最后可以对答案。
#
# 最先想到的办法：把及格记作 1，不及格记作 0，用 [线性回归](../ch03_linear_regression/from_scratch.py) 拟合一条直线。
# `lstsq` 直接解出误差平方和最小的那一条。

# %% [markdown] lang="en"
# ## A straight line is not enough
# We make up 200 students. Their hours are spread evenly between 0 and 10, and a known curve sets the probability
# of passing. Of those who study 4 hours, half pass (`HALF`); each further hour multiplies the ratio of passes to
# fails by about `{python} f"{math.exp(0.9):.2f}"`, which is $e^{0.9}$ (`SLOPE`). We chose the truth, so at the end we can
# compare with it.
#
# The first idea: write 1 for a pass and 0 for a fail, and fit a straight line by
# [linear regression](../ch03_linear_regression/from_scratch.py). `lstsq` finds the one with the smallest sum of
# squared errors directly.

# %%
SLOPE = 0.9  # the truth: what one more hour adds to the log-odds
HALF = 4.0  # the truth: hours at which half of the students pass


def make_students(n: int, seed: int) -> tuple[Tensor, Tensor]:
    """Hours of study and results (学习时长与考试结果), float32 of shape (n, 1).

    ``hours`` is uniform in [0, 10); ``passed`` is 1 with probability
    1 / (1 + exp(-SLOPE * (hours - HALF))), else 0. ``ValueError`` if ``n`` < 1.
    """
    if n < 1:
        raise ValueError(f"n must be at least 1, got {n}")
    rng = torch.Generator().manual_seed(seed)
    hours = 10 * torch.rand(n, 1, generator=rng)
    p = torch.sigmoid(SLOPE * (hours - HALF))
    return hours, torch.bernoulli(p, generator=rng)


if __name__ == "__main__":
    hours, passed = make_students(200, seed=0)
    design = torch.cat([hours, torch.ones_like(hours)], dim=1)
    line = torch.linalg.lstsq(design, passed).solution  # slope and intercept
    ends = (torch.tensor([[0.0, 1.0], [10.0, 1.0]]) @ line).flatten()
    print(f"line at 0 h: {ends[0]:.2f}, at 10 h: {ends[1]:.2f}")


# %% tags=["plot"] alt_zh="横轴是学习时长，纵轴是及格概率。每小时一组的及格比例沿 S 形上升，拟合直线却在 10 小时处升到 `{python} f'{ends[1]:.2f}'`，超过了 1。" alt_en="Probability of passing against hours of study. The share who passed in each hour rises along an S; the fitted straight line reaches `{python} f'{ends[1]:.2f}'` at 10 hours, above 1."
def plot_students(ax: plt.Axes, hours: Tensor, passed: Tensor) -> None:
    """Draw the students and the share who passed each hour (每小时的及格比例)."""
    check_floats(hours=hours, passed=passed)
    if hours.min() < 0 or hours.max() >= 10:
        found = f"{hours.min():g} to {hours.max():g}"
        raise ValueError(f"hours outside [0, 10): {found}")
    hour = hours.flatten().long()
    share = torch.bincount(hour, passed.flatten(), 10)
    share /= torch.bincount(hour, minlength=10)
    ax.plot(hours, passed, "|", color="gray", alpha=0.6, label="student")
    middle = torch.arange(10) + 0.5
    ax.plot(middle, share, "o", color="C0", label="share who passed")
    ax.set(xlabel="hours of study", ylabel="probability of passing")


if __name__ == "__main__":
    fig, ax = plt.subplots()
    plot_students(ax, hours, passed)
    ax.plot([0, 10], ends, "--", color="C1", label="straight line")
    ax.legend(loc="lower right", bbox_to_anchor=(1, 0.08))
    plt.show()

# %% [markdown] lang="zh"
# 直线在 0 小时处给出 `{python} f"{ends[0]:.2f}"`，在 10 小时处给出 `{python} f"{ends[1]:.2f}"`，可概率只能在 0 与 1 之间。
# 蓝点是把学生按每 1 小时分成一组，各组的及格比例。它们排成 S 形：两头平，中间陡。
#
# ## 从得分到概率
# 直线什么数都会取到，所以先把概率换成一个什么数都能取的量。概率 $p$ 在 0 与 1 之间；
# **几率**（odds）$\frac{p}{1-p}$，即及格与不及格之比，可以是任何正数；它的对数叫**对数几率**（logit），可以是任何实数。
# 让它等于直线，再解出 $p$：
#
# $$\ln\frac{p}{1-p} = z = wx + b \quad\Longrightarrow\quad p = \sigma(z) = \frac{1}{1 + e^{-z}}$$
#
# $x$ 是特征，这里用“时长减 5”；$w$ 是权重，$b$ 是偏置，$z$ 叫得分，$\sigma$ 叫 sigmoid 函数。
# 多学 1 小时，得分加 $w$，几率就乘以 $e^w$。$z=0$ 时 $p=\frac12$，那里是**决策边界**。
#
# $z$ 很负时 $e^{-z}$ 大得溢出，这时分子分母同乘 $e^z$，改用 $\frac{e^z}{1+e^z}$。
# 代码把两种情况合写成 $e^{\min(z,0)}$ 除以 $1+e^{-|z|}$。

# %% [markdown] lang="en"
# The line says `{python} f"{ends[0]:.2f}"` at 0 hours and `{python} f"{ends[1]:.2f}"` at 10, but a probability lies between 0
# and 1. Each blue dot is the share who passed among the students of one hour. The dots follow an S: flat at both
# ends, steep in the middle.
#
# ## From a score to a probability
# A line takes every value, so first exchange the probability for something that can. The probability $p$ lies between 0 and
# 1; the **odds** $\frac{p}{1-p}$, passes to fails, may be any positive number; their logarithm, the **logit**, may be any
# number at all. Set that equal to the line, and solve for $p$:
#
# $$\ln\frac{p}{1-p} = z = wx + b \quad\Longrightarrow\quad p = \sigma(z) = \frac{1}{1 + e^{-z}}$$
#
# $x$ is the feature, here "hours minus 5"; $w$ is the weight, $b$ the bias, $z$ the score, and $\sigma$ the sigmoid
# function. One more hour adds $w$ to the score and so multiplies the odds by $e^w$. At $z=0$ we have $p=\frac12$: that is
# the **decision boundary**.
#
# For a very negative $z$, $e^{-z}$ overflows; there we multiply top and bottom by $e^z$ and use $\frac{e^z}{1+e^z}$. The code
# writes both cases as one: $e^{\min(z,0)}$ divided by $1+e^{-|z|}$.


# %%
def sigmoid(z: Tensor) -> Tensor:
    """Probability from a logit (sigmoid 函数), elementwise, for any finite logit.

    As typed, 1 / (1 + exp(-z)) overflows in float32 below z = -88, and its gradient
    becomes NaN. Source: Goodfellow et al., *Deep Learning* (2016), section 3.10.
    """
    check_floats(z=z)
    smaller = torch.minimum(z, torch.zeros_like(z))
    return torch.exp(smaller) / (1 + torch.exp(-z.abs()))


# %% [markdown] lang="zh"
# ## 有多意外：交叉熵
# 模型给“真正发生的事”的概率越小，我们就越意外。意外程度取这个概率的 $-\ln$：
# 概率为 1，罚 0；一半，罚 $\ln 2$，即 `{python} f"{math.log(2):.3f}"`；趋于 0，罚到无穷大。
# 及格（$y=1$）罚 $-\ln p$，不及格（$y=0$）罚 $-\ln(1-p)$，合写成一个式子，就是
# **二元交叉熵**（binary cross-entropy，BCE）：
#
# $$\ell = -y\ln p - (1-y)\ln(1-p)$$
#
# 为什么取对数？学生彼此独立，全班结果的概率是各人的概率相乘；取对数后变成相加。
# 让平均损失最小，就是让已经发生的结果最有可能，这叫**最大似然**（maximum likelihood）。
#
# 把 $p=\sigma(z)$ 代进去：不及格罚 $\ln(1+e^z)$，及格罚 $\ln(1+e^{-z})$，也就是 $\ln(1+e^z)-z$。所以
#
# $$\ell = \ln(1+e^z) - zy, \qquad \frac{\partial\ell}{\partial z} = \frac{e^z}{1+e^z} - y = p - y$$
#
# 导数简单得惊人：预测减去标签。$z$ 很大时 $e^z$ 会溢出，就改用相等的 $z+\ln(1+e^{-z})$；
# 代码把两种情况合写成 $\max(z,0)+\ln(1+e^{-|z|})$。

# %% [markdown] lang="en"
# ## How surprised: cross-entropy
# The smaller the probability that the model gave to what did happen, the greater our surprise. Measure it as $-\ln$ of
# that probability: probability 1 costs 0; one half costs $\ln 2$, that is `{python} f"{math.log(2):.3f}"`; towards 0 the
# cost grows without limit. A pass ($y=1$) costs $-\ln p$ and a fail ($y=0$) costs $-\ln(1-p)$. Both in one formula are the
# **binary cross-entropy** (BCE):
#
# $$\ell = -y\ln p - (1-y)\ln(1-p)$$
#
# Why the logarithm? The students are independent, so the probability of the results of the whole class is the
# product of theirs, and the logarithm turns it into a sum. Making the mean loss smallest makes the results that did
# happen most probable: that is called **maximum likelihood**.
#
# Put in $p=\sigma(z)$: a fail costs $\ln(1+e^z)$, a pass $\ln(1+e^{-z})$, which equals $\ln(1+e^z)-z$. So
#
# $$\ell = \ln(1+e^z) - zy, \qquad \frac{\partial\ell}{\partial z} = \frac{e^z}{1+e^z} - y = p - y$$
#
# The derivative is surprisingly simple: prediction minus label. For a large $z$, $e^z$ overflows, and its equal
# $z+\ln(1+e^{-z})$ takes over; the code writes both cases as one: $\max(z,0)+\ln(1+e^{-|z|})$.


# %%
def bce_with_logits(z: Tensor, y: Tensor) -> Tensor:
    """Binary cross-entropy from logits (二元交叉熵) in nats, one loss per element.

    ``z`` and ``y`` have one shape, ``y`` lies in [0, 1]; else ``ValueError``.
    Source: Murphy, *Probabilistic Machine Learning* (2022), section 10.2.
    """
    check_floats(z=z, y=y)
    if y.min() < 0 or y.max() > 1:
        raise ValueError(f"y must lie in [0, 1], got {y.min():g} to {y.max():g}")
    larger = torch.maximum(z, torch.zeros_like(z))
    return larger - z * y + torch.log1p(torch.exp(-z.abs()))  # log1p(t) = ln(1 + t)


# %% [markdown] lang="zh" tags=["bug"]
# **先算概率，再取对数**。三种写法来比较：照抄公式、对概率用 `BCELoss`、对得分用 `bce_with_logits`。
# 每种列出损失（loss）和它对 $z$ 的导数（slope）。

# %% [markdown] lang="en" tags=["bug"]
# **Probability first, logarithm second.** Compare three ways: the formula as printed, `BCELoss` on the probability, and
# `bce_with_logits` on the score. For each we print the loss, and its derivative with respect to $z$ (slope).


# %% tags=["bug"]
def slope(loss_fn: Callable, z: Tensor, y: Tensor) -> Tensor:
    """Derivative of ``loss_fn(z, y)`` by each ``z`` (对 logit 的导数)."""
    check_floats(z=z, y=y)
    z = z.detach().clone().requires_grad_()
    return torch.autograd.grad(loss_fn(z, y).sum(), z)[0]


def bce_textbook(z: Tensor, y: Tensor) -> Tensor:
    """The formula as printed (照抄公式): fails once p rounds to 0 or 1."""
    check_floats(z=z, y=y)
    p = torch.sigmoid(z)
    return -y * p.log() - (1 - y) * (1 - p).log()


def bce_on_probability(z: Tensor, y: Tensor) -> Tensor:
    """``BCELoss`` behind a sigmoid (对概率用 BCELoss): logarithms stop at -100."""
    return F.binary_cross_entropy(torch.sigmoid(z), y, reduction="none")


if __name__ == "__main__":
    print(f"{'textbook':>20} {'BCELoss':>15} {'with logits':>15}")
    print("   z y" + "     loss  slope" * 3)
    for z, y in torch.tensor([[20.0, 1.0], [20.0, 0.0], [-120.0, 1.0]]):
        row = f"{z:4.0f} {y:.0f}"
        for loss_fn in (bce_textbook, bce_on_probability, bce_with_logits):
            row += f"{loss_fn(z, y):z9.3g} {slope(loss_fn, z, y):z6.1f}"  # z: no -0
        print(row)

# %% [markdown] lang="zh" tags=["bug"]
# 第一行答对了，也很有把握，照抄的公式却给出 `nan`：float32 只有约 7 位有效数字，$p$ 已经舍入成 1，于是出现了 $0\cdot\ln 0$。
# 后两行错得离谱。`BCELoss` 把对数截断在 −100，第二行该罚 20，它写成 100；导数又是 0，最该纠正的样本不再起作用。
# 只有最后一种给出正确的 1 和 −1。所以让模型输出得分，用 `BCEWithLogitsLoss`（PyTorch 里的 `bce_with_logits`）训练；
# 要读概率时再套一次 sigmoid。

# %% [markdown] lang="en" tags=["bug"]
# The first row is right, and sure of it, yet the printed formula says `nan`: float32 keeps about 7 digits, so $p$ has
# rounded to 1, which leaves $0\cdot\ln 0$. The other two rows are badly wrong. `BCELoss` cuts the logarithm off at −100: in
# the second row it says 100 where the loss is 20, and the derivative is 0, so the samples that most need correcting no
# longer count. Only the last way gives the correct 1 and −1. So let the model put out the score, train with
# `BCEWithLogitsLoss` (what PyTorch calls our `bce_with_logits`), and apply one sigmoid when you want to read a probability.

# %% [markdown] lang="zh"
# ## 训练
# 损失对 $z$ 再求一次导，得 $\sigma'(z)=p(1-p)$，总是正的。所以损失处处向上弯，没有假的谷底，参数从 0 开始就行，不用随机数。
# 学生数据里两类互相重叠，谷底在有限的地方；后面会遇到谷底跑到无穷远的数据。
#
# `x` 的形状是（人数，特征数），这里是 `(200, 1)`。100 个班叠在一起就是 `(100, 200, 1)`，可以并排训练：
# 损失只在最后两维上平均，每班各得一个。`l2` 留到后面用。

# %% [markdown] lang="en"
# ## Training
# Differentiate the loss by $z$ once more: $\sigma'(z)=p(1-p)$, always positive. So the loss curves upwards everywhere and has
# no false bottom; the parameters may begin at 0, and no random number is needed. In the students' data the two classes
# overlap, and the bottom is at a finite place; later we meet data whose bottom is at infinity.
#
# `x` has the shape (students, features), here `(200, 1)`. Stack 100 classes and it is `(100, 200, 1)`: they train side by
# side, because only the last two dimensions are averaged, into one loss for each class. Leave `l2` for later.


# %%
def fit_logistic(
    x: Tensor,
    y: Tensor,
    lr: float,
    steps: int,
    l2: float = 0.0,
    start: tuple[Tensor, Tensor] | None = None,
    loss_fn: Callable[[Tensor, Tensor], Tensor] = bce_with_logits,
) -> tuple[Tensor, Tensor, Tensor]:
    """Logistic regression by full-batch gradient descent (全批量梯度下降).

    ``x`` (..., n, d), ``y`` (..., n, 1); leading dimensions are independent runs.
    Minimizes the mean of ``loss_fn`` plus ``l2 / 2`` times the sum of squared
    weights, from zeros or from ``start`` = (w, b). Returns ``w`` (..., d, 1),
    ``b`` (..., 1, 1) and the loss before each update (steps, ...). ``ValueError``
    if shapes do not match or ``lr``, ``steps``, ``l2`` are out of range. Source:
    Bishop, *Pattern Recognition and Machine Learning* (2006), section 4.3.2.
    """
    check_fit(x, y, lr, steps, l2, start)
    *runs, _, d = x.shape  # runs: [100] for 100 classes, [] for one
    zeros = x.new_zeros(*runs, d, 1), x.new_zeros(*runs, 1, 1)
    w, b = (p.detach().clone().requires_grad_() for p in start or zeros)
    losses = []
    for _ in range(steps):
        data_loss = loss_fn(x @ w + b, y).mean(dim=(-2, -1))  # one for each run
        loss = data_loss + l2 / 2 * w.square().sum(dim=(-2, -1))
        loss.sum().backward()  # a run's w and b are in its own loss only
        with torch.no_grad():
            for p in (w, b):
                p -= lr * p.grad
                p.grad = None  # gradients accumulate: clear them
        losses.append(loss.detach())
    return w.detach(), b.detach(), torch.stack(losses)


def accuracy(z: Tensor, y: Tensor) -> Tensor:
    """Share of labels on the side that the logits say (准确率), one per run.

    ``z`` and ``y`` have shape (..., n, 1); else ``ValueError``.
    """
    check_floats(z=z, y=y)
    if z.dim() < 2:
        raise ValueError(f"need shape (..., n, 1), got {tuple(z.shape)}")
    return ((z > 0) == (y > 0.5)).float().mean(dim=(-2, -1))


# %% [markdown] lang="zh" tags=["predict"]
# 训练用 200 名学生。学到的 $w$ 与真值 0.9 会相差多少：0.01、0.1，还是 1？

# %% [markdown] lang="en" tags=["predict"]
# We train on 200 students. How far will the learned $w$ be from the true 0.9: by 0.01, by 0.1, or by 1?

# %%
if __name__ == "__main__":
    x = hours - 5
    w, b, losses = fit_logistic(x, passed, lr=0.5, steps=300)
    half = 5 - (b / w).item()  # z = 0 at x = -b / w
    late = losses[100] - losses[-1]
    print(f"w = {w.item():.3f}, b = {b.item():.3f}, half at {half:.2f} h")
    print(f"loss {losses[0]:.4f} -> {losses[-1]:.4f}, last 200 steps: {late:.0e}")
    print(f"accuracy {accuracy(x @ w + b, passed):.3f}")

# %% tags=["plot"] alt_zh="学到的 S 形曲线与真值曲线几乎重合，都穿过每小时一组的及格比例；学到的曲线在 `{python} f'{half:.2f}'` 小时处过一半。" alt_en="The learned S-curve nearly covers the true one, and both pass through the hourly shares; the learned curve crosses one half at `{python} f'{half:.2f}'` hours."
if __name__ == "__main__":
    grid = torch.linspace(0, 10, 101).reshape(-1, 1)
    truth = sigmoid(SLOPE * (grid - HALF))
    fig, ax = plt.subplots()
    plot_students(ax, hours, passed)
    ax.plot(grid, sigmoid((grid - 5) @ w + b), color="C1", label="learned")
    ax.plot(grid, truth, "--", color="black", label="truth")
    ax.legend(loc="lower right", bbox_to_anchor=(1, 0.08))
    plt.show()

# %% [markdown] lang="zh"
# 学到的 $w$ 是 `{python} f"{w.item():.3f}"`：每多学 1 小时，几率乘以 `{python} f"{w.exp().item():.2f}"`。
# $b$ 是 $x=0$ 即学 5 小时的得分，所以开头的问题有了答案：及格的概率是 $\sigma(b)$，
# 即 `{python} f"{sigmoid(b).item():.1%}"`（真值 `{python} f"{sigmoid(torch.tensor(SLOPE * (5 - HALF))):.1%}"`）。
# 决策边界在 $x=-b/w$，加回 5 就是 `{python} f"{half:.2f}"` 小时。准确率只有 `{python} f"{accuracy(x @ w + b, passed):.1%}"`，
# 却不怪模型：边界附近能否及格，本来就像抛硬币。
#
# 训练前人人的概率都是一半，所以第一个损失正是 $\ln 2$；后 200 步总共只降了 `{python} f"{late:.0e}"`，300 步已经收敛。
# 学习率为什么是 0.5？先看抛物线 $\frac12cw^2$，$c$ 叫曲率。导数是 $cw$，用学习率 $\eta$ 走一步，$w$ 变成 $(1-\eta c)w$；
# 要它缩小，就得 $|1-\eta c|<1$，即 $\eta<\frac2c$。我们的损失对 $z$ 的二阶导数 $p(1-p)$ 最大是 $\frac14$。
# $b$ 加 1，$z$ 就加 1；$w$ 加 1，$z$ 就加 $x$。求两次导，这两个倍数各要平方，所以曲率不超过
# $\frac14(1+\overline{x^2})$，其中 $\overline{x^2}$ 是 $x^2$ 的平均。学生数据的上限 $\frac2c$ 由此是
# `{python} f"{8 / (1 + x.square().mean().item()):.2f}"`。时长要是不减 5，$\overline{x^2}$ 大得多，上限只有
# `{python} f"{8 / (1 + hours.square().mean().item()):.2f}"`，得多走许多步。

# %% [markdown] lang="en"
# The learned $w$ is `{python} f"{w.item():.3f}"`: each further hour multiplies the odds by
# `{python} f"{w.exp().item():.2f}"`. $b$ is the score at $x=0$, after 5 hours, so the opening question has its answer: the
# probability of passing is $\sigma(b)$, that is `{python} f"{sigmoid(b).item():.1%}"` (the truth:
# `{python} f"{sigmoid(torch.tensor(SLOPE * (5 - HALF))):.1%}"`). The decision boundary is at $x=-b/w$; add the 5 again, and it is
# `{python} f"{half:.2f}"` hours. The accuracy is only `{python} f"{accuracy(x @ w + b, passed):.1%}"`, but the model is not
# to blame: near the boundary, passing really is close to the toss of a coin.
#
# Before training everybody's probability is one half, so the first loss is exactly $\ln 2$; the last 200 steps together
# lowered it by `{python} f"{late:.0e}"`, so after 300 it has converged. Why a learning rate of 0.5? Look at a parabola first,
# $\frac12cw^2$, where $c$ is called the curvature. Its derivative is $cw$, so a step with the learning rate $\eta$ turns $w$
# into $(1-\eta c)w$, which shrinks if $|1-\eta c|<1$, that is $\eta<\frac2c$. The second derivative of our loss by $z$,
# $p(1-p)$, is at most $\frac14$. Add 1 to $b$, and $z$ grows by 1; add 1 to $w$, and $z$ grows by $x$. Two derivatives square
# these factors, so the curvature is at most $\frac14(1+\overline{x^2})$, where $\overline{x^2}$ is the mean of $x^2$. For the
# students that puts the limit $\frac2c$ at `{python} f"{8 / (1 + x.square().mean().item()):.2f}"`. Without "minus 5",
# $\overline{x^2}$ would be much larger, the limit only `{python} f"{8 / (1 + hours.square().mean().item()):.2f}"`, and
# training would take many more steps.

# %% [markdown] lang="zh" tags=["check"]
# 第一，$b$ 加一点，人人的 $z$ 就加同样一点，所以平均损失对 $b$ 的导数是 $p-y$ 的平均。谷底的导数是 0，
# 因此预测概率的平均必须等于及格的比例。第二，换 100 个班重新训练，看学到的 $w$ 怎样散布在 0.9 周围。
# 测试文件 `tests/ch04_classification/test_logistic_regression.py` 还把损失与 PyTorch 比，把参数与 scikit-learn 比。

# %% [markdown] lang="en" tags=["check"]
# First, add a little to $b$, and everybody's $z$ grows by as much, so the derivative of the mean loss by $b$ is the mean of
# $p-y$. At the bottom it is 0; therefore the mean predicted probability must equal the share who passed. Second, train on
# 100 other classes and see how the learned $w$ scatters around 0.9. The test file
# `tests/ch04_classification/test_logistic_regression.py` also compares the loss with PyTorch's and the parameters with scikit-learn's.

# %% tags=["check"]
if __name__ == "__main__":
    RUNS = 100
    print(f"mean p {sigmoid(x @ w + b).mean():.4f}, mean y {passed.mean():.4f}")
    classes = [make_students(200, seed) for seed in range(1, RUNS + 1)]
    many_x = torch.stack([hours for hours, _ in classes]) - 5
    many_y = torch.stack([passed for _, passed in classes])
    many_w, _, _ = fit_logistic(many_x, many_y, lr=0.5, steps=300)
    low, median, high = many_w.quantile(torch.tensor([0.05, 0.5, 0.95]))
    far = int(((many_w - SLOPE).abs() > 0.1).sum())
    print(f"w: {low:.2f} {median:.2f} {high:.2f}, off by over 0.1: {far}")

# %% [markdown] lang="zh"
# 先猜的答案是“0.1 上下”。我们这一班只差 `{python} f"{abs(w.item() - SLOPE):.3f}"`，算是走运：`{python} RUNS` 个班里有
# `{python} far` 个差得比 0.1 还多，九成的 $w$ 落在 `{python} f"{low:.2f}"` 与 `{python} f"{high:.2f}"` 之间。
#
# ## 最小化交叉熵就是最小化 KL 散度
# 怎样从一个人的是与否走到一群人的比例？把学了 5 到 6 小时的人看作一组，近似地给他们同一个概率 $p$。
# 设其中及格的比例是 $q$：及格的人各罚 $-\ln p$，不及格的人各罚 $-\ln(1-p)$，平均起来还是原来的式子，只是 $y$ 换成了 $q$：
#
# $$\mathrm{CE}(q,p) = -q\ln p - (1-q)\ln(1-p)$$
#
# 它对 $p$ 的导数 $\frac{1-q}{1-p}-\frac{q}{p}$ 在 $p<q$ 时为负，在 $p>q$ 时为正，所以最低点在 $p=q$。
# 最低值 $H(q)=\mathrm{CE}(q,q)$ 叫**熵**（entropy）：哪怕概率报得完全准，结果仍有偶然，这份意外谁也省不掉。
# 高出最低值的部分叫 **KL 散度**：
#
# $$\mathrm{KL}(q\,\|\,p) = \mathrm{CE}(q,p) - H(q) = q\ln\frac{q}{p} + (1-q)\ln\frac{1-q}{1-p}$$
#
# 所以它不会小于 0，只在 $p=q$ 时等于 0。熵与模型无关，让交叉熵最小，也就是让 KL 散度最小。

# %% [markdown] lang="en"
# So the answer was "about 0.1". Our class missed by only `{python} f"{abs(w.item() - SLOPE):.3f}"`, which was lucky: of
# `{python} RUNS` classes, `{python} far` are off by more than 0.1, and nine in ten have a $w$ between
# `{python} f"{low:.2f}"` and `{python} f"{high:.2f}"`.
#
# ## Minimizing cross-entropy is minimizing the KL divergence
# How do we get from one person's yes or no to the share of a group? Take those who studied 5 to 6 hours, and give them,
# roughly, one probability $p$. Let $q$ be the share of them who passed. Each pass costs $-\ln p$, each fail
# $-\ln(1-p)$, and the mean is the old formula with $q$ in the place of $y$:
#
# $$\mathrm{CE}(q,p) = -q\ln p - (1-q)\ln(1-p)$$
#
# Its derivative by $p$, $\frac{1-q}{1-p}-\frac{q}{p}$, is negative for $p<q$ and positive for $p>q$, so the lowest point is at $p=q$.
# The lowest value $H(q)=\mathrm{CE}(q,q)$ is called the **entropy**: however right the probability, the results still
# depend on chance, and that surprise nobody can save. What lies above it is the **KL divergence**:
#
# $$\mathrm{KL}(q\,\|\,p) = \mathrm{CE}(q,p) - H(q) = q\ln\frac{q}{p} + (1-q)\ln\frac{1-q}{1-p}$$
#
# So it is never below 0, and it is 0 only at $p=q$. The entropy has nothing to do with the model: to make the cross-entropy
# smallest is to make the KL divergence smallest.


# %%
def kl_divergence(q: Tensor, p: Tensor) -> Tensor:
    """KL divergence of ``p`` from ``q`` (KL 散度) in nats, over the last dimension.

    Infinite where ``p`` is 0 and ``q`` is not. ``ValueError`` unless the shapes
    agree and each row is a distribution.
    Source: Cover and Thomas, *Elements of Information Theory* (2006), section 2.3.
    """
    check_floats(q=q, p=p)
    for t in (q, p):
        if t.min() < 0 or (t.sum(dim=-1) - 1).abs().max() > 1e-5:
            raise ValueError("q and p must be at least 0 and sum to 1 in each row")
    # xlogy(q, p) is q ln p, and 0 where q is 0
    return (torch.xlogy(q, q) - torch.xlogy(q, p)).sum(dim=-1)


if __name__ == "__main__":
    q = passed[hours.long() == 5].mean()  # of those who studied 5 to 6 hours
    p = torch.linspace(0.02, 0.98, 97)
    ce = bce_with_logits(torch.logit(p), q.expand_as(p))
    observed = torch.stack([q, 1 - q]).expand(97, 2)
    kl = kl_divergence(observed, torch.stack([p, 1 - p], dim=1))
    entropy = -torch.xlogy(q, q) - torch.xlogy(1 - q, 1 - q)
    gap = ce - kl
    print(f"q {q:.3f}, H(q) {entropy:.4f}")
    print(f"CE - KL: {gap.min():.4f} to {gap.max():.4f}")

# %% tags=["plot"] alt_zh="交叉熵与 KL 散度随预测概率变化的两条曲线，形状相同，竖直相差 `{python} f'{entropy:.3f}'`，都在观测比例 `{python} f'{q:.3f}'` 处最低。" alt_en="Cross-entropy and KL divergence against the predicted probability: the same shape, `{python} f'{entropy:.3f}'` apart, both lowest at the observed share `{python} f'{q:.3f}'`."
if __name__ == "__main__":
    fig, ax = plt.subplots()
    ax.plot(p, ce, color="C0", label="cross-entropy")
    ax.plot(p, kl, "--", color="C1", label="KL divergence")
    ax.axvline(q, color="gray", linestyle=":", label="observed share")
    ax.set(xlabel="predicted probability", ylabel="nats")
    ax.legend()
    plt.show()

# %% [markdown] lang="zh"
# 这一组有 `{python} f"{q:.1%}"` 及格。两条曲线处处相差 `{python} f"{entropy:.3f}"`，正是 $H(q)$，谷底在同一处。
# 如果一组只有一个人，$q$ 非 0 即 1，熵为 0，交叉熵就等于 KL 散度。纵轴的单位奈特（nat）来自自然对数。
#
# ## 两个特征：边界是一条直线
# 有两个特征时 $z=w_1x_1+w_2x_2+b$，决策边界 $z=0$ 是平面上的一条直线。
# 拿“双月”来试：两个互相咬合的半圆，各 100 个点，坐标加标准差 0.1 的噪声。

# %% [markdown] lang="en"
# Of this group, `{python} f"{q:.1%}"` passed. Everywhere the curves are `{python} f"{entropy:.3f}"` apart, which is $H(q)$,
# and they are lowest at the same place. In a group of one person, $q$ is 0 or 1, the entropy is 0, and the cross-entropy
# equals the KL divergence. The nat, the unit of the vertical axis, comes from the natural logarithm.
#
# ## Two features: the boundary is a straight line
# With two features $z=w_1x_1+w_2x_2+b$, and the decision boundary $z=0$ is a straight line in the plane. Try it on
# "two moons": two half circles that reach into each other, 100 points each, with noise of standard deviation 0.1.


# %%
def make_moons(n: int, noise: float, seed: int) -> tuple[Tensor, Tensor]:
    """Two interleaving half circles (双月数据): ``x`` (n, 2), ``y`` (n, 1).

    Half of the points are of class 0, half of class 1; ``noise`` is the std added
    to each coordinate. ``ValueError`` for odd or small ``n``, negative ``noise``.
    """
    if n < 2 or n % 2 or not 0 <= noise < math.inf:
        raise ValueError(f"need an even n >= 2 and noise >= 0, got {n} and {noise}")
    t = torch.linspace(0, math.pi, n // 2)
    upper = torch.stack([t.cos(), t.sin()], dim=1)
    lower = torch.stack([1 - t.cos(), 0.5 - t.sin()], dim=1)
    rng = torch.Generator().manual_seed(seed)
    x = torch.cat([upper, lower]) + noise * torch.randn(n, 2, generator=rng)
    return x, torch.arange(2.0).repeat_interleave(n // 2).reshape(n, 1)


# %% [markdown] lang="zh" tags=["predict"]
# 训练数据从 200 点增加到一万点，新数据上的准确率会提高吗？

# %% [markdown] lang="en" tags=["predict"]
# Raise the training data from 200 points to ten thousand. Will the accuracy on new data rise?

# %%
CLAIM = 0.85  # the training accuracy that a common tutorial announces

if __name__ == "__main__":
    moons = [make_moons(200, noise=0.1, seed=seed) for seed in range(RUNS)]
    mx, my = torch.stack([x for x, _ in moons]), torch.stack([y for _, y in moons])
    big_x, big_y = make_moons(10_000, noise=0.1, seed=RUNS)
    new_x, new_y = make_moons(10_000, noise=0.1, seed=RUNS + 1)
    mw, mb, _ = fit_logistic(mx, my, lr=3.0, steps=300)
    big_w, big_b, _ = fit_logistic(big_x, big_y, lr=3.0, steps=300)
    train_acc = accuracy(mx @ mw + mb, my)
    new_acc = accuracy(new_x @ mw + mb, new_y.expand(RUNS, -1, -1))
    ceiling = accuracy(new_x @ big_w + big_b, new_y)
    nearest = torch.cdist(new_x, mx[0]).argmin(dim=1)
    neighbour = (my[0, nearest] == new_y).float().mean()
    for name, acc in (("train 200:", train_acc), ("new points:", new_acc)):
        print(f"{name:11} {acc.min():.3f} {acc.median():.3f} {acc.max():.3f}")
    claimed = int((train_acc > CLAIM).sum())
    print(f"train 200, above {CLAIM}: {claimed} of {RUNS}")
    print(f"train 10000: {ceiling:.3f}; nearest neighbour: {neighbour:.3f}")

# %% tags=["plot"] alt_zh="第 0 份双月数据与学到的直线边界。200 个点里有 `{python} int(wrong.sum())` 个落在错的一侧，套了圆圈：直线切掉了两个月牙的尖。" alt_en="Data set 0 of the two moons and the straight boundary that was learned. Of 200 points, `{python} int(wrong.sum())` lie on the wrong side and are circled: the line cuts off the tip of each moon."
if __name__ == "__main__":
    wrong = ((mx[0] @ mw[0] + mb[0] > 0) != (my[0] > 0.5)).flatten()
    x1 = torch.tensor([-1.4, 2.4])
    x2 = -(mw[0, 0] * x1 + mb[0, 0]) / mw[0, 1]  # z = 0, solved for x2
    fig, ax = plt.subplots()
    ax.plot(*mx[0, :100].T, "o", color="C0", markersize=4, label="class 0")
    ax.plot(*mx[0, 100:].T, "^", color="C1", markersize=4, label="class 1")
    ring = {"markersize": 9, "markerfacecolor": "none"}
    ax.plot(*mx[0, wrong].T, "o", color="black", **ring, label="wrong side")
    ax.plot(x1, x2, color="black", label="boundary")
    ax.set(xlabel="$x_1$", ylabel="$x_2$", ylim=(-1, 2.2))
    ax.legend(ncols=2, loc="upper right")
    plt.show()

# %% [markdown] lang="zh"
# 图里是第 0 份数据。一份流传的教程用这种数据和模型，宣布“训练后准确率大于 `{python} f"{CLAIM:.0%}"`”。
# `{python} RUNS` 份里确有 `{python} claimed` 份如此，但那是在训练数据上量的：只有 200 个点，数字就在
# `{python} f"{train_acc.min():.3f}"` 到 `{python} f"{train_acc.max():.3f}"` 之间晃（图里是 `{python} f"{train_acc[0]:.3f}"`）。
# 拿一万个新点来量，全在 `{python} f"{new_acc.min():.3f}"` 到 `{python} f"{new_acc.max():.3f}"` 之间。
# （学习率 3 低于双月数据的上限 `{python} f"{8 / (1 + mx.square().sum(-1).mean(-1).max().item()):.2f}"`，算法同前。）
#
# 用一万个点训练，新数据上也只有 `{python} f"{ceiling:.3f}"`：再加数据没有帮助。这是逻辑回归所选直线的水平，别的直线见练习 3。
# 会不会是噪声太大，谁也分不清？不是：给每个新点照抄第 0 份里离它最近的训练点的标签（最近邻，nearest neighbour），
# 就有 `{python} f"{neighbour:.3f}"`。信息就在数据里，缺的是会拐弯的边界，这要靠 [神经网络](../ch05_networks/decision_boundaries.py)。
#
# ## 线性可分：权重停不下来
# 另一份流传的教程只用 6 个样本：$x=0.5$ 的标签是 0，其余五个都是 1；学习率 0.01，训练 1000 步。
# 它预测 $x=3.5$，得到 1，便算成功。我们换 100 个随机起点照做，再问问那个唯一的 0。

# %% [markdown] lang="en"
# The picture shows data set 0. A common tutorial takes such data and this model and announces "accuracy above
# `{python} f"{CLAIM:.0%}"` after training". It is, for `{python} claimed` of `{python} RUNS` data sets. But that was measured on
# the training data, and with only 200 points it comes out anywhere from `{python} f"{train_acc.min():.3f}"` to
# `{python} f"{train_acc.max():.3f}"` (in the picture, `{python} f"{train_acc[0]:.3f}"`). On ten thousand new points all get between
# `{python} f"{new_acc.min():.3f}"` and `{python} f"{new_acc.max():.3f}"`. (The learning rate of 3 is below the limit for the moons,
# `{python} f"{8 / (1 + mx.square().sum(-1).mean(-1).max().item()):.2f}"`, by the same rule.)
#
# Trained on ten thousand points it still gets `{python} f"{ceiling:.3f}"` on new data: more data is no help. That is
# the line that logistic regression chooses; for other lines see exercise 3. Is there so much noise that nobody could
# tell the classes apart? No: give each new point the label of the training point in data set 0 that is closest to it
# (nearest neighbour), and you get `{python} f"{neighbour:.3f}"`. The information is in the data. What is missing is a
# boundary that bends, and that takes a [neural network](../ch05_networks/decision_boundaries.py).
#
# ## Separable data: the weights never settle
# Another common tutorial has only 6 samples: $x=0.5$ is labelled 0, the other five are labelled 1; the learning rate is
# 0.01, for 1000 steps. It predicts $x=3.5$, gets 1, and calls that a success. Do the same from 100 random starts, then
# ask about the only 0.

# %% tags=["bug"]
if __name__ == "__main__":
    six_x = torch.tensor([[1.0], [2.0], [0.5], [2.5], [2.6], [3.1]])
    six_y = torch.tensor([[1.0], [1.0], [0.0], [1.0], [1.0], [1.0]])
    many = six_x.expand(RUNS, 6, 1), six_y.expand(RUNS, 6, 1)
    rng = torch.Generator().manual_seed(0)
    start = 2 * torch.rand(2, RUNS, 1, 1, generator=rng) - 1  # as nn.Linear(1, 1)
    sw, sb, _ = fit_logistic(*many, lr=0.01, steps=1000, start=tuple(start))
    for point in (3.5, 0.5):
        p = sigmoid(point * sw + sb)
        ones = int((p > 0.5).sum())
        print(f"x = {point}: p {p.min():.3f} to {p.max():.3f}, class 1: {ones}")
    best = accuracy(six_x @ sw + sb, many[1]).max()
    print(f"accuracy at best {best:.3f}, always 1: {six_y.mean():.3f}")

# %% [markdown] lang="zh" tags=["bug"]
# `{python} RUNS` 次里有 `{python} ones` 次，那个 0 被判成了 1。六个里对五个，闭着眼睛永远答 1 也能做到，
# 还照样通过 $x=3.5$ 的测试。这种不动脑筋的成绩叫**基线**（baseline）。**要测边界附近的点，还要和基线比**。

# %% [markdown] lang="en" tags=["bug"]
# In `{python} ones` of `{python} RUNS` runs that 0 is classified as 1. Five of six are right, but so they are if you answer 1
# every time with your eyes closed, and that also passes the test at $x=3.5$. The score of such a thoughtless answer is
# called a **baseline**. **Test near the boundary, and compare with a baseline.**

# %% [markdown] lang="zh"
# 那就把学习率提到 1（这 6 个样本的上限是 `{python} f"{8 / (1 + six_x.square().mean().item()):.2f}"`），从 0 重新训练。
# 每行先是 `l2`，然后是五站的权重，再是五站的准确率。

# %% [markdown] lang="en"
# So raise the learning rate to 1 (the limit for these 6 samples is `{python} f"{8 / (1 + six_x.square().mean().item()):.2f}"`)
# and train again from 0. Each line has `l2`, then the weight at five stops, then the accuracy there.

# %%
if __name__ == "__main__":
    stops, paths = [10, 30, 100, 300, 1000], {}
    for l2 in (0.0, 0.01):
        last, paths[l2], right = None, [], []
        for more in (10, 20, 70, 200, 700):  # goes on where it last stopped
            last = fit_logistic(six_x, six_y, 1.0, more, l2=l2, start=last)[:2]
            paths[l2].append(last[0].item())
            right.append(accuracy(six_x @ last[0] + last[1], six_y))
        print(l2, *(f"{v:6.2f}" for v in paths[l2]), *(f"{v:5.2f}" for v in right))

# %% tags=["plot"] alt_zh="权重随步数（对数轴）变化。不加正则化时一直上升，到 `{python} stops[-1]` 步已是 `{python} f'{paths[0.0][-1]:.1f}'`；加 L2 后停在 `{python} f'{paths[0.01][-1]:.2f}'`。" alt_en="Weight against steps on a logarithmic axis. Without regularization it keeps rising, to `{python} f'{paths[0.0][-1]:.1f}'` after `{python} stops[-1]` steps; with L2 it settles at `{python} f'{paths[0.01][-1]:.2f}'`."
if __name__ == "__main__":
    fig, ax = plt.subplots()
    ax.semilogx(stops, paths[0.0], "o-", color="C1", label="no regularization")
    ax.semilogx(stops, paths[0.01], "s--", color="C0", label="L2 0.01")
    ax.set(xlabel="step", ylabel="weight")
    ax.legend()
    plt.show()

# %% [markdown] lang="zh"
# 六个全对了，权重却停不下来。这些点**线性可分**（linearly separable）：在 0.5 与 1 之间一刀就能切开。
# 头几站涨得少，是因为边界还没挪到那里。一旦全对，把 $w$ 和 $b$ 都加倍，边界不动，每个点却更有把握，损失更低，
# 所以谷底在无穷远处。这时的“概率”取决于训练了多久，不能当真。
#
# 办法是给损失加上 $\frac{\lambda}{2}w^2$，这叫 **L2 正则化**，$\lambda$ 就是 `l2`。原来的损失降不到 0 以下，
# 这一项却随 $w$ 越涨越快，两者之和就有了谷底。$\lambda=0.01$ 很轻：$w=1$ 时只罚千分之五，$w=10$ 时才罚到 0.5。
# $w$ 停在 `{python} f"{paths[0.01][-1]:.2f}"`，六个仍然全对。
#
# 把训练重放一遍，再用第二个滑块换 `l2`：曲线停在哪里，损失又从哪一步起不再下降？

# %% [markdown] lang="en"
# All six are right, yet the weight does not settle. The points are **linearly separable**: one cut between 0.5 and 1 parts
# them. The first stops gain less because the boundary has yet to get there. Once all are right, doubling $w$ and $b$ leaves
# the boundary where it is, but makes every point more certain and the loss lower, so the bottom lies at infinity. The
# "probabilities" then depend on how long you trained and mean nothing.
#
# The cure is to add $\frac{\lambda}{2}w^2$ to the loss: **L2 regularization**, where $\lambda$ is `l2`. The old loss cannot fall
# below 0, while this term grows faster and faster with $w$; their sum has a bottom. $\lambda=0.01$ is light: $w=1$ costs
# five thousandths, and only $w=10$ costs 0.5. $w$ settles at `{python} f"{paths[0.01][-1]:.2f}"`, and all six are still right.
#
# Replay the training, then change `l2` with the second slider: where does the curve come to rest, and from which step on does
# the loss stop falling?

# %% tags=["replay"] alt_zh="左边是六个样本和预测概率的曲线，右边是损失，两轴都取对数。不加正则化，曲线越来越陡，损失一直降，300 步时权重已是 `{python} f'{ws[0][-1].item():.2f}'`；L2 取 0.01，损失停在 `{python} f'{falls[1][-1]:.3f}'`；取 0.1，损失停在 `{python} f'{falls[2][-1]:.3f}'`，但 0.5 处的概率还有 `{python} f'{at_zero[2][-1]:.2f}'`，那个 0 判错了。" alt_en="Left, the six samples and the curve of the predicted probability; right, the loss, both axes logarithmic. Without regularization the curve gets ever steeper and the loss falls on and on; after 300 steps the weight is `{python} f'{ws[0][-1].item():.2f}'`. With L2 at 0.01 the loss settles at `{python} f'{falls[1][-1]:.3f}'`. At 0.1 it settles at `{python} f'{falls[2][-1]:.3f}'`, but the probability at 0.5 is still `{python} f'{at_zero[2][-1]:.2f}'`: that 0 comes out wrong."
if __name__ == "__main__":
    marks = [*range(10), *range(10, 30, 2), *range(30, 100, 10), *range(100, 301, 25)]
    penalties, ws, falls, curves, at_zero = [0.0, 0.01, 0.1], [], [], [], []
    axis = torch.linspace(0, 3.5, 36)
    for l2 in penalties:
        places = [(torch.zeros(1, 1), torch.zeros(1, 1))]
        for first, last in pairwise(marks):
            more, start = last - first, places[-1]
            places.append(fit_logistic(six_x, six_y, 1.0, more, l2=l2, start=start)[:2])
        fw, fb = (torch.stack(p) for p in zip(*places, strict=True))  # (frames, 1, 1)
        logits = six_x @ fw + fb
        bce = bce_with_logits(logits, six_y.expand_as(logits)).mean(dim=(1, 2))
        ws.append(fw.flatten())
        falls.append(bce + l2 / 2 * ws[-1].square())
        curves.append(sigmoid(fw[:, 0] * axis + fb[:, 0]))
        at_zero.append(sigmoid(logits[:, 2, 0]))
    replay = {
        "frame": {"label": "step", "values": marks},
        "setting": {"label": "L2", "values": penalties},
        "readout": [
            {"label": "loss", "values": falls},
            {"label": "weight", "values": ws},
            {"label": "p(0.5)", "values": at_zero},
        ],
        "panels": [
            {
                "x": {"label": "x", "range": [0, 3.5]},
                "y": {"label": "predicted probability", "range": [-0.05, 1.05]},
                "layers": [
                    {
                        "kind": "line",
                        "x": axis,
                        "y": curves,
                        "color": "C1",
                        "label": "learned",
                    },
                    {
                        "kind": "points",
                        "x": six_x.ravel(),
                        "y": six_y.ravel(),
                        "color": "black",
                        "label": "data",
                    },
                ],
            },
            {
                "x": {"label": "step", "range": [1, 300], "log": True},
                "y": {"label": "loss", "range": [0.01, 1], "log": True},
                "layers": [
                    {
                        "kind": "trail",
                        "x": [[math.nan, *marks[1:]]] * 3,  # step 0: no logarithm
                        "y": falls,
                        "color": "C1",
                    }
                ],
            },
        ],
    }

# %% [markdown] lang="zh"
# ## 两个不报错的错误

# %% [markdown] lang="en"
# ## Two mistakes that raise no error

# %% [markdown] lang="zh" tags=["bug"]
# **套了两次 sigmoid**：模型已经输出概率，又交给内含 sigmoid 的 `BCEWithLogitsLoss`。
# **对概率用均方误差**：分类用了回归的损失。两者都能跑。
# 我们让 $w$ 从 $0$ 和 $-8$ 出发，各训练 300 步；$-8$ 是很差的起点，等于认定学得越久越不及格。
# 每个起点列出 $w$、准确率（acc）、学 4 小时的及格概率（真值是一半）。

# %% [markdown] lang="en" tags=["bug"]
# **Sigmoid twice**: the model already puts out a probability, and `BCEWithLogitsLoss` applies its own sigmoid to it.
# **Squared error on probabilities**: a loss for regression in a classifier. Both run. We start $w$ at $0$ and at $-8$, and
# train 300 steps each; $-8$ is a very bad start, as if more study meant failing. For each start we print $w$, the accuracy
# (acc), and the probability of passing after 4 hours (the truth is one half).


# %% tags=["bug"]
def double_sigmoid(z: Tensor, y: Tensor) -> Tensor:
    """``BCEWithLogitsLoss`` behind a model with a sigmoid (套了两次 sigmoid)."""
    return bce_with_logits(sigmoid(z), y)


def mse_on_probability(z: Tensor, y: Tensor) -> Tensor:
    """Squared error of the probability (对概率用均方误差)."""
    check_floats(z=z, y=y)
    return (sigmoid(z) - y) ** 2


if __name__ == "__main__":
    rivals = {"cross-entropy": bce_with_logits, "sigmoid twice": double_sigmoid}
    rivals["squared error"] = mse_on_probability
    two_x, two_y, table = x.expand(2, 200, 1), passed.expand(2, 200, 1), {}
    start = torch.tensor([0.0, -8.0]).reshape(2, 1, 1), torch.zeros(2, 1, 1)
    print(" " * 13 + "       w     acc  p(4 h)" * 2)
    for name, loss_fn in rivals.items():
        vw, vb, _ = fit_logistic(
            two_x, two_y, lr=0.5, steps=300, start=start, loss_fn=loss_fn
        )
        right = accuracy(two_x @ vw + vb, two_y)
        at_half = sigmoid((HALF - 5) * vw + vb).flatten()
        edge = 5 - (vb / vw).flatten()  # hours at the decision boundary
        table[name] = torch.stack([vw.flatten(), right, at_half, edge], dim=1)
        print(name + "".join(f"{v:8.3f}" for v in table[name][:, :3].flatten()))

# %% [markdown] lang="zh" tags=["bug"]
# 从 0 出发，均方误差看不出毛病。套两次的准确率甚至略高，可它给学 4 小时的人报的概率只有
# `{python} f"{table['sigmoid twice'][0, 2]:.3f}"`。为什么？`BCEWithLogitsLoss` 把收到的数当作 logit，
# 训练就逼着 $p$ 去等于 logit。学 4 小时的 logit 是 0，$p$ 便被拉向 0；再多学 `{python} f"{1 / SLOPE:.1f}"` 小时，
# logit 到了 1，$p$ 便该到 1。整条 S 形挤进这么窄的一段，$w$ 撑大了，$b$ 也变小了，
# 边界从 `{python} f"{table['cross-entropy'][0, 3]:.2f}"` 挪到 `{python} f"{table['sigmoid twice'][0, 3]:.2f}"` 小时。
# **只看准确率，发现不了失真的概率**。
#
# 从 −8 出发，交叉熵走了回来，另外两个几乎没动，准确率停在 `{python} f"{table['sigmoid twice'][1, 1]:.1%}"`。下图说明原因。

# %% [markdown] lang="en" tags=["bug"]
# From 0, the squared error shows nothing wrong. "Twice" even has a slightly higher accuracy, yet for 4 hours of study it
# reports a probability of only `{python} f"{table['sigmoid twice'][0, 2]:.3f}"`. Why? `BCEWithLogitsLoss` takes what
# it is given for a logit, so training pushes $p$ to equal the logit. After 4 hours the logit is 0, and $p$ is pulled
# towards 0; `{python} f"{1 / SLOPE:.1f}"` hours later the logit is 1, and $p$ should be 1. To fit the whole S into so narrow a
# stretch, $w$ swells and $b$ shrinks, and the boundary moves from `{python} f"{table['cross-entropy'][0, 3]:.2f}"` to
# `{python} f"{table['sigmoid twice'][0, 3]:.2f}"` hours. **Accuracy alone does not reveal distorted probabilities.**
#
# From −8, cross-entropy finds its way back; the other two hardly move, and the accuracy stays at
# `{python} f"{table['sigmoid twice'][1, 1]:.1%}"`. The picture below says why.

# %% tags=["plot"] alt_zh="标签为 1 时三种损失对 logit 的导数。logit 很负，也就是错得很有把握时，二元交叉熵的导数趋于 −1，另外两种趋于 0。" alt_en="Derivative of three losses with respect to the logit for label 1. Where the logit is very negative, so wrong and certain, that of cross-entropy tends to −1; the other two tend to 0."
if __name__ == "__main__":
    z = torch.linspace(-10, 10, 201)
    fig, ax = plt.subplots()
    styles = iter(("-", "--", ":"))
    for name, loss_fn in rivals.items():
        ax.plot(z, slope(loss_fn, z, torch.ones_like(z)), next(styles), label=name)
    ax.set(xlabel="logit", ylabel="slope of the loss")
    ax.legend()
    plt.show()

# %% [markdown] lang="zh"
# 图中的标签是 1，所以越往左，错得越有把握。交叉熵在那里纠正得最用力，另外两个却撒手不管。
# 因为三个导数里都有因子 $\sigma'(z)=p(1-p)$，$p$ 接近 0 时它也接近 0。只有 $-\ln p$ 在那里陡得正好把它抵消。
#
# ## 练习

# %% [markdown] lang="en"
# The label in the picture is 1, so the further left, the more certain the mistake. There cross-entropy pushes hardest,
# and the other two let go. All three derivatives have the factor $\sigma'(z)=p(1-p)$, which is near 0 when $p$ is. Only
# $-\ln p$ is so steep there that it cancels this factor.
#
# ## Exercises

# %% [markdown] lang="zh" tags=["exercise"]
# 用 $\partial\ell/\partial z = p-y$ 写出平均损失对 $w$ 和 $b$ 的梯度，不用 `backward()`。在训练好的参数处，它应当是多少？

# %% [markdown] lang="en" tags=["exercise"]
# From $\partial\ell/\partial z = p-y$, write the gradient of the mean loss for $w$ and $b$ without `backward()`. What
# should it be at the trained parameters?


# %% tags=["solution"]
def logistic_grad(
    x: Tensor,
    y: Tensor,
    w: Tensor,
    b: Tensor,
) -> tuple[Tensor, Tensor]:
    """Gradient of the mean cross-entropy (平均交叉熵的梯度) for ``w`` and ``b``."""
    z = x @ w + b
    check_floats(z=z, y=y)
    error = sigmoid(z) - y
    return x.T @ error / len(x), error.mean(dim=0, keepdim=True)


if __name__ == "__main__":
    print([f"{g.item():.0e}" for g in logistic_grad(x, passed, w, b)])

# %% [markdown] lang="zh" tags=["exercise"]
# 一份流传的教程定义了两个模型，却用错了一个：
#
# ```python
# class LinearModel(nn.Module):  # returns self.linear(x)
# class LogisticRegressionModel(nn.Module):  # returns sigmoid(self.linear(x))
# model = LinearModel()
# criterion = nn.BCELoss()
# ```
#
# 得分就这样直接交给了 `BCELoss`。会发生什么？换成均方误差呢？用 `fit_logistic` 的 `loss_fn` 试试。

# %% [markdown] lang="en" tags=["exercise"]
# A common tutorial defines two models, and then takes the wrong one:
#
# ```python
# class LinearModel(nn.Module):  # returns self.linear(x)
# class LogisticRegressionModel(nn.Module):  # returns sigmoid(self.linear(x))
# model = LinearModel()
# criterion = nn.BCELoss()
# ```
#
# So the bare score goes into `BCELoss`. What happens? And with the squared error? Try it with the `loss_fn` of
# `fit_logistic`.


# %% tags=["solution"]
def linear_bce(score: Tensor, y: Tensor) -> Tensor:
    """``BCELoss`` on a bare score (得分直接进 BCELoss): fails outside [0, 1]."""
    return F.binary_cross_entropy(score, y, reduction="none")


def linear_mse(score: Tensor, y: Tensor) -> Tensor:
    """Squared error of a bare score (得分的均方误差): linear regression."""
    check_floats(score=score, y=y)
    return (score - y) ** 2


if __name__ == "__main__":
    try:
        fit_logistic(x, passed, lr=0.01, steps=300, loss_fn=linear_bce)
    except RuntimeError as error:
        print(error)
    lw, lb, _ = fit_logistic(x, passed, lr=0.1, steps=100, loss_fn=linear_mse)
    print(f"10 h: {(5 * lw + lb).item():.2f}")  # the first picture's line

# %% [markdown] lang="zh" tags=["exercise"]
# 逻辑回归最小化的是交叉熵，不是错误的个数。双月上有没有准确率明显更高的直线？
# 试 60 个方向：沿每个方向把点排成一队，在相邻两点之间各切一刀。

# %% [markdown] lang="en" tags=["exercise"]
# Logistic regression minimizes cross-entropy, not the number of mistakes. Does some straight line get clearly more of the
# moons right? Try 60 directions: line the points up along each, and cut between any two neighbours.


# %% tags=["solution"]
def best_line_accuracy(x: Tensor, y: Tensor, directions: int = 60) -> float:
    """Best accuracy of any line (最好的直线) over evenly spaced directions.

    ``x`` (n, 2) and 0/1 labels ``y`` (n, 1); else ``ValueError``.
    """
    check_floats(x=x), check_floats(y=y)
    shapes = tuple(x.shape), tuple(y.shape)
    if shapes != ((len(x), 2), (len(x), 1)) or directions < 1:
        raise ValueError(f"need x (n, 2), y (n, 1), got {shapes}, {directions}")
    angle = torch.arange(directions) * (math.pi / directions)
    order = (x @ torch.stack([angle.cos(), angle.sin()])).argsort(dim=0)
    sign = 2 * y[order, 0] - 1  # +1 or -1, sorted along each direction
    right = y.sum() - sign.cumsum(dim=0)  # after each cut, if class 1 is beyond it
    return torch.maximum(right, len(x) - right).max().item() / len(x)


if __name__ == "__main__":
    best = best_line_accuracy(new_x, new_y)
    print(f"best line {best:.3f}, logistic regression {ceiling:.3f}")

# %% [markdown] lang="zh"
# ## 小结
# - 得分 $z=wx+b$ 是对数几率，sigmoid 把它变成概率；sigmoid 只套一次。
# - 二元交叉熵从得分直接算，导数是 $p-y$。最小化它就是最大似然，也是最小化 KL 散度。
# - 边界永远是直的。数据线性可分时加上正则化，权重才停得下来。
# - 准确率在新数据上量，还要和基线比。
#
# 想让边界拐弯，先去搭 [第一个神经网络](../ch05_networks/first_network.py)。

# %% [markdown] lang="en"
# ## Recap
# - The score $z=wx+b$ is a logit, and the sigmoid, applied exactly once, turns it into a probability.
# - Compute binary cross-entropy from the score; its derivative is $p-y$. Minimizing it is maximum likelihood, and it is
#   minimizing the KL divergence.
# - The boundary is always straight. On linearly separable data the weights settle only with regularization.
# - Measure accuracy on new data, and compare it with a baseline.
#
# For a boundary that bends, go and build the [first neural network](../ch05_networks/first_network.py).
