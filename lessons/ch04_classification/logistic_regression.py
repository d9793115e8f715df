# %% [markdown] lang="zh"
# # 逻辑回归：把“是不是”变成概率
# 一名学生学了 5 小时，考试会及格吗？翻翻往年的记录：学了同样时间的人，有的及格，有的没有。
# 所以诚实的回答是一个概率。可记录里只写着“及格”或“不及格”，从来没有写过概率。怎样从是与否里学出概率？
#
# **学完这一课，你能**
#
# - 说清 sigmoid 怎样把得分变成概率，权重又意味着什么；
# - 写出不会溢出的二元交叉熵，并解释最小化它为什么就是最小化 KL 散度；
# - 训练、画出决策边界，看清一条直线的极限；
# - 认出几种不报错、却让训练停住或概率失真的写法。

# %% [markdown] lang="en"
# # Logistic regression: turning yes or no into a probability
# A student has studied for 5 hours. Will she pass the exam? Look at past records: of the people who studied that
# long, some passed and some did not. So the honest answer is a probability. Yet the records only say "passed" or
# "failed"; nobody wrote down a probability. How can one be learned from yes and no?
#
# **After this lesson you can**
#
# - say how the sigmoid turns a score into a probability, and what the weight then means;
# - write a binary cross-entropy that cannot overflow, and explain why minimising it minimises the KL divergence;
# - train, draw the decision boundary, and see how far a straight line can go;
# - recognise code that raises no error, yet stalls the training or distorts the probabilities.

# %% [markdown] lang="zh"
# ## 一条直线不够用
# 我们造 200 名学生：学习时长在 0 到 10 小时之间均匀分布，及格的概率由一条已知的曲线决定。
# 学 4 小时的人有一半及格（`HALF`）；每多学 1 小时，及格与不及格的人数之比乘以 $e^{0.9}$（`SLOPE`）。
# 真值是我们定的，最后可以对答案。
#
# 最先想到的办法：把及格记作 1，不及格记作 0，用 [线性回归](../ch03_linear_regression/from_scratch.py) 拟合一条直线。

# %% [markdown] lang="en"
# ## A straight line is not enough
# We make up 200 students. Their hours are spread evenly between 0 and 10, and a known curve sets the probability
# of passing. Of those who study 4 hours, half pass (`HALF`); each further hour multiplies the ratio of passes to
# fails by $e^{0.9}$ (`SLOPE`). We chose the truth, so at the end we can compare with it.
#
# The first idea: write 1 for a pass and 0 for a fail, and fit a straight line by
# [linear regression](../ch03_linear_regression/from_scratch.py).

# %%
import math
from collections.abc import Callable

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from torch import Tensor

SLOPE = 0.9  # the truth: what one more hour adds to the log-odds
HALF = 4.0  # the truth: hours at which half of the students pass
CLAIM = 0.85  # the accuracy that a common tutorial announces for two moons


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


# %% tags=["plot"] alt_zh="横轴是学习时长，纵轴是及格概率。每小时的及格比例沿 S 形上升，拟合直线却在 10 小时处升到 `{python} f'{ends[1]:.2f}'`，超过了 1。" alt_en="Probability of passing against hours of study. The share who passed rises along an S; the fitted straight line reaches `{python} f'{ends[1]:.2f}'` at 10 hours, above 1."
def plot_students(ax: plt.Axes, hours: Tensor, passed: Tensor) -> None:
    """Draw each student and the share who passed in each hour (每小时的及格比例)."""
    check_floats(hours=hours, passed=passed)
    if hours.min() < 0 or hours.max() >= 10:
        raise ValueError(f"hours outside [0, 10): {hours.min():g} to {hours.max():g}")
    hour = hours.flatten().long()
    share = torch.bincount(hour, passed.flatten(), 10)
    share /= torch.bincount(hour, minlength=10)
    ax.plot(hours, passed, "|", color="gray", alpha=0.6, label="student")
    ax.plot(torch.arange(10) + 0.5, share, "o", color="C0", label="share who passed")
    ax.set(xlabel="hours of study", ylabel="probability of passing")


if __name__ == "__main__":
    fig, ax = plt.subplots()
    plot_students(ax, hours, passed)
    ax.plot([0, 10], ends, "--", color="C1", label="straight line")
    ax.legend(loc="lower right", bbox_to_anchor=(1, 0.08))
    plt.show()

# %% [markdown] lang="zh"
# 直线在 0 小时处给出 `{python} f"{ends[0]:.2f}"`，在 10 小时处给出 `{python} f"{ends[1]:.2f}"`，可概率只能在 0 与 1 之间。圆点的走势是 S 形：两头平，中间陡。
#
# ## 从得分到概率
# 办法是留下直线，再把它压弯：
#
# $$z = wx + b, \qquad p = \sigma(z) = \frac{1}{1 + e^{-z}}$$
#
# $x$ 是特征（这里用“时长减 5”：以 0 为中心，梯度下降走得更快），$w$ 是权重，$b$ 是偏置。
# 得分 $z$ 可以是任何实数；sigmoid 函数 $\sigma$ 把它压进 0 与 1 之间；$p$ 就是及格（$y=1$）的概率。
# 反过来，$z = \ln\frac{p}{1-p}$ 是几率 $\frac{p}{1-p}$ 的对数，叫**对数几率**（logit）。
# 所以多学 1 小时，logit 加 $w$，几率乘以 $e^w$。$z=0$ 时 $p=\frac12$，那里就是决策边界。

# %% [markdown] lang="en"
# The line says `{python} f"{ends[0]:.2f}"` at 0 hours and `{python} f"{ends[1]:.2f}"` at 10, but a probability lies between 0
# and 1. The dots follow an S: flat at both ends, steep in the middle.
#
# ## From a score to a probability
# Keep the line, then bend it:
#
# $$z = wx + b, \qquad p = \sigma(z) = \frac{1}{1 + e^{-z}}$$
#
# $x$ is the feature (here "hours minus 5": centred on 0, gradient descent gets there faster), $w$ the weight, $b$ the
# bias. The score $z$ may be any real number; the sigmoid function $\sigma$ squeezes it between 0 and 1; $p$ is the
# probability of a pass ($y=1$). The other way round, $z = \ln\frac{p}{1-p}$ is the logarithm of the odds
# $\frac{p}{1-p}$, called the **logit**. So one more hour adds $w$ to the logit and multiplies the odds by $e^w$.
# At $z=0$ we have $p=\frac12$: that is the decision boundary.


# %%
def sigmoid(z: Tensor) -> Tensor:
    """Probability from a logit (sigmoid 函数), elementwise; safe for any finite logit.

    As typed, 1 / (1 + exp(-z)) has the gradient NaN once exp(-z) overflows, in float32
    below z = -88. Source: Goodfellow et al., *Deep Learning* (2016), section 3.10.
    """
    check_floats(z=z)
    m = z.clamp(min=0)  # top and bottom times exp(z - m): no exponent is above 0
    return torch.exp(z - m) / (torch.exp(z - m) + torch.exp(-m))


# %% [markdown] lang="zh"
# ## 有多意外：交叉熵
# 模型给“真正发生的事”的概率越小，就越意外。意外程度取这个概率的 $-\ln$：
# 概率为 1，罚 0；一半，罚 $\ln 2$，即 `{python} f"{math.log(2):.3f}"`；趋于 0，罚到无穷大。
# 及格（$y=1$）与不及格（$y=0$）合写成一个式子，就是**二元交叉熵**（binary cross-entropy，BCE）：
#
# $$\ell = -y\ln p - (1-y)\ln(1-p)$$
#
# 为什么取对数？学生彼此独立，全班结果的概率是各人的概率相乘；取对数后变成相加。
# 让平均损失最小，就是让已经发生的结果最有可能，这叫最大似然（maximum likelihood）。
#
# 把 $p=\sigma(z)$ 代进去化简，得到只用 logit 的稳定写法，导数也简单得惊人：
#
# $$\ell = \max(z,0) - zy + \ln\bigl(1+e^{-|z|}\bigr), \qquad \frac{\partial\ell}{\partial z} = p - y$$

# %% [markdown] lang="en"
# ## How surprised: cross-entropy
# The smaller the probability that the model gave to what did happen, the greater the surprise. Measure it as $-\ln$ of
# that probability: probability 1 costs 0; one half costs $\ln 2$, that is `{python} f"{math.log(2):.3f}"`; towards 0 the
# cost grows without limit. Passing ($y=1$) and failing ($y=0$) in one formula give the
# **binary cross-entropy** (BCE):
#
# $$\ell = -y\ln p - (1-y)\ln(1-p)$$
#
# Why the logarithm? The students are independent, so the probability of the results of the whole class is the
# product of theirs, and the logarithm turns it into a sum. Making the mean loss smallest makes the results that did
# happen most probable: maximum likelihood.
#
# Put in $p=\sigma(z)$ and simplify: the stable form needs the logit only, and its derivative is surprisingly simple.
#
# $$\ell = \max(z,0) - zy + \ln\bigl(1+e^{-|z|}\bigr), \qquad \frac{\partial\ell}{\partial z} = p - y$$


# %%
def bce_with_logits(z: Tensor, y: Tensor) -> Tensor:
    """Binary cross-entropy from logits (二元交叉熵) in nats, one loss per element.

    ``z`` and ``y`` have one shape, ``y`` lies in [0, 1]; else ``ValueError``.
    Source: Murphy, *Probabilistic Machine Learning* (2022), section 10.2.
    """
    check_floats(z=z, y=y)
    if y.min() < 0 or y.max() > 1:
        raise ValueError(f"y must lie in [0, 1], got {y.min():g} to {y.max():g}")
    # maximum, not clamp: at z = 0 both sides share the gradient, so it is 1/2 - y
    larger = torch.maximum(z, torch.zeros_like(z))
    return larger - z * y + torch.log1p(torch.exp(-z.abs()))


# %% [markdown] lang="zh" tags=["bug"]
# **先算概率，再取对数**。三种写法：照抄公式、对概率用 `BCELoss`、对 logit 用 `bce_with_logits`。每种两列：损失，它对 $z$ 的导数。

# %% [markdown] lang="en" tags=["bug"]
# **Probability first, logarithm second.** Three ways: the formula as printed, `BCELoss` on the probability, and
# `bce_with_logits` on the logit. Two columns each: the loss, and its derivative with respect to $z$.


# %% tags=["bug"]
def slope(loss_fn: Callable, z: Tensor, y: Tensor) -> Tensor:
    """Derivative of ``loss_fn(z, y)`` by each ``z`` (对 logit 的导数), in its shape."""
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
    print("    z  y         textbook          BCELoss      with logits")
    for z, y in torch.tensor([[20.0, 1.0], [20.0, 0.0], [-120.0, 1.0]]):
        row = f"{z:5.0f} {y:2.0f}"
        for loss_fn in (bce_textbook, bce_on_probability, bce_with_logits):
            row += f"{loss_fn(z, y) + 0:10.3g} {slope(loss_fn, z, y) + 0:6.1g}"
        print(row)

# %% [markdown] lang="zh" tags=["bug"]
# 第一行猜对了，也很有把握，照抄的公式却给出 `nan`：$p$ 已经舍入成 1，于是出现了 $0\cdot\ln 0$。
# 后两行错得离谱。`BCELoss` 把对数截断在 −100，损失看着正常，导数却是 0：最该纠正的样本不再起作用。
# 只有最后一种给出正确的 1 和 −1。所以让模型输出 logit，配 `BCEWithLogitsLoss`；要读概率时再套一次 sigmoid。

# %% [markdown] lang="en" tags=["bug"]
# The first row is right, and sure of it, yet the printed formula says `nan`: $p$ has rounded to 1, which leaves
# $0\cdot\ln 0$. The other two rows are badly wrong. `BCELoss` cuts the logarithm off at −100, so the loss looks
# sane, but the derivative is 0: the samples that most need correcting no longer count. Only the last way gives the
# correct 1 and −1. So let the model put out the logit, train with `BCEWithLogitsLoss`, and apply one sigmoid when you
# want to read a probability.

# %% [markdown] lang="zh"
# ## 训练
# 这个损失像一只碗，从哪里出发都走向同一个谷底，所以参数从 0 开始，不用随机数。
# `l2` 留到后面用。`x` 前面可以多出一维，几份数据并排训练，互不影响。

# %% [markdown] lang="en"
# ## Training
# This loss is shaped like a bowl: every start leads to the same bottom, so the parameters begin at 0 and no random
# number is needed. Leave `l2` for later. `x` may have an extra dimension in front: several data sets then train side by
# side without touching each other.


# %%
def check_fit(x: Tensor, y: Tensor, lr: float, steps: int, l2: float) -> None:
    """Raise unless ``fit_logistic`` can work with these (检查训练的输入)."""
    check_floats(x=x), check_floats(y=y)
    shapes = tuple(x.shape), tuple(y.shape)
    if x.dim() < 2 or y.shape != (*x.shape[:-1], 1):
        raise ValueError(f"need x (..., n, d) and y (..., n, 1), got {shapes}")
    if not (0 < lr < math.inf and steps > 0 and 0 <= l2 < math.inf):
        raise ValueError(f"need lr > 0, steps > 0, l2 >= 0, got {lr}, {steps}, {l2}")


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
    Minimises the mean of ``loss_fn`` plus ``l2 / 2`` times the sum of squared weights,
    from zeros or from ``start`` = (w, b). Returns ``w`` (..., d, 1), ``b`` (..., 1, 1)
    and the loss before each update (steps, ...). ``ValueError`` if shapes do not match
    or ``lr``, ``steps``, ``l2`` are out of range.
    Source: Bishop, *Pattern Recognition and Machine Learning* (2006), section 4.3.2.
    """
    check_fit(x, y, lr, steps, l2)
    runs = x.shape[:-2]
    zeros = x.new_zeros(*runs, x.shape[-1], 1), x.new_zeros(*runs, 1, 1)
    w, b = (p.detach().clone().requires_grad_() for p in start or zeros)
    if (w.shape, b.shape) != (zeros[0].shape, zeros[1].shape):
        raise ValueError(f"start has shapes {tuple(w.shape)} and {tuple(b.shape)}")
    losses = []
    for _ in range(steps):
        data_loss = loss_fn(x @ w + b, y).mean(dim=(-2, -1))
        loss = data_loss + l2 / 2 * w.square().sum(dim=(-2, -1))
        loss.sum().backward()  # over runs: each still gets its own gradient
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
    half = 5 - (b / w).item()  # where z = 0
    print(f"w = {w.item():.3f}, b = {b.item():.3f}, half at {half:.2f} h")
    print(f"loss {losses[0]:.4f} -> {losses[-1]:.4f}")
    print(f"accuracy {accuracy(x @ w + b, passed):.3f}")

# %% tags=["plot"] alt_zh="学到的 S 形曲线与真值曲线几乎重合，都穿过每小时的及格比例；学到的曲线在 `{python} f'{half:.2f}'` 小时处过一半。" alt_en="The learned S-curve nearly covers the true one, and both pass through the hourly shares; the learned curve crosses one half at `{python} f'{half:.2f}'` hours."
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
# 开头的问题有了答案：学 5 小时，及格的概率是 `{python} f"{sigmoid(b).item():.1%}"`
# （真值 `{python} f"{sigmoid(torch.tensor(SLOPE * (5 - HALF))):.1%}"`）。学到的 $w$ 是 `{python} f"{w.item():.3f}"`：
# 每多学 1 小时，几率乘以 `{python} f"{w.exp().item():.2f}"`。准确率只有 `{python} f"{accuracy(x @ w + b, passed):.1%}"`，
# 却不怪模型：边界附近能否及格，本来就像抛硬币。
#
# 学习率为什么是 0.5？sigmoid 的斜率最大是 $\frac14$，所以损失的曲率不超过 $\frac14(1+\overline{x^2})$，
# $\overline{x^2}$ 是 $x^2$ 的平均。2 除以它得 `{python} f"{8 / (1 + x.square().mean().item()):.2f}"`，小于这个数就不会发散。
# 为什么是 300 步？后 200 步总共只让损失降了 `{python} f"{losses[100] - losses[-1]:.0e}"`，已经收敛。

# %% [markdown] lang="en"
# The opening question has its answer: after 5 hours the probability of passing is `{python} f"{sigmoid(b).item():.1%}"`
# (the truth: `{python} f"{sigmoid(torch.tensor(SLOPE * (5 - HALF))):.1%}"`). The learned $w$ is
# `{python} f"{w.item():.3f}"`: each further hour multiplies the odds by `{python} f"{w.exp().item():.2f}"`. The accuracy is only
# `{python} f"{accuracy(x @ w + b, passed):.1%}"`, but the model is not to blame: near the boundary, passing really is
# close to the toss of a coin.
#
# Why a learning rate of 0.5? The slope of the sigmoid is at most $\frac14$, so the curvature of the loss is at most
# $\frac14(1+\overline{x^2})$, where $\overline{x^2}$ is the mean of $x^2$. Divide 2 by it:
# `{python} f"{8 / (1 + x.square().mean().item()):.2f}"`; with any smaller rate, training cannot diverge. Why 300 steps?
# The last 200 together lowered the loss by `{python} f"{losses[100] - losses[-1]:.0e}"`: it has converged.

# %% [markdown] lang="zh" tags=["check"]
# **怎么知道是对的？** 谷底的梯度为 0，而偏置的梯度是 $p-y$ 的平均，所以预测概率的平均必须等于及格的比例。
# 再换 100 个班重新训练，看学到的 $w$ 怎样散布在 0.9 周围。测试还拿损失与 PyTorch、拿参数与 scikit-learn 逐个比较。

# %% [markdown] lang="en" tags=["check"]
# **How do we know?** At the bottom the gradient is 0. That of the bias is the mean of $p-y$, so the mean predicted
# probability must equal the share who passed. Then train on 100 other classes and see how the learned $w$ scatters
# around 0.9. The tests also compare the loss with PyTorch's and every parameter with scikit-learn's solution.

# %% tags=["check"]
if __name__ == "__main__":
    RUNS = 100
    print(f"{sigmoid(x @ w + b).mean():.4f} {passed.mean():.4f}")
    classes = [make_students(200, seed) for seed in range(1, RUNS + 1)]
    many_x = torch.stack([hours for hours, _ in classes]) - 5
    many_y = torch.stack([passed for _, passed in classes])
    many_w, _, _ = fit_logistic(many_x, many_y, lr=0.5, steps=300)
    low, median, high = many_w.quantile(torch.tensor([0.05, 0.5, 0.95]))
    print(f"w: {low:.2f} {median:.2f} {high:.2f}")

# %% [markdown] lang="zh"
# `{python} RUNS` 个班学到的 $w$，中位数是 `{python} f"{median:.2f}"`，九成落在
# `{python} f"{low:.2f}"` 与 `{python} f"{high:.2f}"` 之间。刚才的答案是“0.1 上下”：200 人的数据只能说得这么准。
#
# ## 最小化交叉熵就是最小化 KL 散度
# 常听说逻辑回归“比较两个分布”：观测到的比例 $q$ 和模型的概率 $p$。它们的差异用 KL 散度来量：
#
# $$\mathrm{KL}(q\,\|\,p) = \sum_k q_k \ln\frac{q_k}{p_k}$$
#
# $k$ 数遍各种结果（及格、不及格）。把对数拆开：
#
# $$-\sum_k q_k\ln p_k = -\sum_k q_k\ln q_k + \mathrm{KL}(q\,\|\,p)$$
#
# 左边是交叉熵，右边第一项是熵 $H(q)$，与模型无关。下图的两条曲线只差一个常数，谷底自然在同一处。

# %% [markdown] lang="en"
# In the `{python} RUNS` classes the median of the learned $w$ is `{python} f"{median:.2f}"`, and nine in ten lie between
# `{python} f"{low:.2f}"` and `{python} f"{high:.2f}"`. So the answer was "about 0.1": 200 students can say no more than that.
#
# ## Minimising cross-entropy is minimising the KL divergence
# You may hear that logistic regression "compares two distributions": the observed share $q$ and the probability $p$ of
# the model. Their difference is measured by the KL divergence:
#
# $$\mathrm{KL}(q\,\|\,p) = \sum_k q_k \ln\frac{q_k}{p_k}$$
#
# $k$ runs over the outcomes (pass, fail). Split the logarithm:
#
# $$-\sum_k q_k\ln p_k = -\sum_k q_k\ln q_k + \mathrm{KL}(q\,\|\,p)$$
#
# The left side is the cross-entropy. The first term on the right is the entropy $H(q)$, which has nothing to do with the
# model. The two curves below differ by a constant, so they are lowest at the same place.


# %%
def kl_divergence(q: Tensor, p: Tensor) -> Tensor:
    """KL divergence of ``p`` from ``q`` (KL 散度) in nats, over the last dimension.

    Infinite where ``p`` is 0 and ``q`` is not. ``ValueError`` unless the shapes agree
    and each row is a distribution.
    Source: Cover and Thomas, *Elements of Information Theory* (2006), section 2.3.
    """
    check_floats(q=q, p=p)
    for t in (q, p):
        if t.min() < 0 or (t.sum(dim=-1) - 1).abs().max() > 1e-5:
            raise ValueError("q and p must be at least 0 and sum to 1 in each row")
    return (torch.xlogy(q, q) - torch.xlogy(q, p)).sum(dim=-1)  # xlogy: 0 ln 0 = 0


if __name__ == "__main__":
    q = passed[hours.long() == 5].mean()  # of those who studied 5 to 6 hours
    p = torch.linspace(0.02, 0.98, 97)
    ce = bce_with_logits(torch.logit(p), q.expand_as(p))
    observed = torch.stack([q, 1 - q]).expand(97, 2)
    kl = kl_divergence(observed, torch.stack([p, 1 - p], dim=1))
    entropy = -torch.xlogy(q, q) - torch.xlogy(1 - q, 1 - q)
    gap = ce - kl
    print(f"q {q:.3f}, H(q) {entropy:.4f}, CE - KL {gap.min():.4f} to {gap.max():.4f}")

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
# 学了 5 到 6 小时的人有 `{python} f"{q:.1%}"` 及格；两条曲线处处相差 `{python} f"{entropy:.3f}"`，正是 $H(q)$。
# 单个学生的标签非 0 即 1，熵为 0，两者就是同一个数。纵轴的单位奈特（nat）来自自然对数。
#
# ## 两个特征：边界是一条直线
# 有两个特征时 $z=w_1x_1+w_2x_2+b$，决策边界 $z=0$ 是平面上的一条直线。
# 拿“双月”来试：两个互相咬合的半圆，各 100 个点，坐标加标准差 0.1 的噪声。

# %% [markdown] lang="en"
# Of those who studied 5 to 6 hours, `{python} f"{q:.1%}"` passed; everywhere the curves are
# `{python} f"{entropy:.3f}"` apart, which is $H(q)$. The label of a single student is 0 or 1: its entropy is 0, and the two
# are the same number. The nat, the unit of the vertical axis, comes from the natural logarithm.
#
# ## Two features: the boundary is a straight line
# With two features $z=w_1x_1+w_2x_2+b$, and the decision boundary $z=0$ is a straight line in the plane. Try it on
# "two moons": two half circles that reach into each other, 100 points each, with noise of standard deviation 0.1.


# %%
def make_moons(n: int, noise: float, seed: int) -> tuple[Tensor, Tensor]:
    """Two interleaving half circles (双月数据): ``x`` (n, 2), ``y`` (n, 1), float32.

    Half of the points are of class 0, half of class 1; ``noise`` is the std added to
    each coordinate. ``ValueError`` for odd or small ``n`` and for negative ``noise``.
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
    print(f"train 10000: {ceiling:.3f}; nearest neighbour: {neighbour:.3f}")

# %% tags=["plot"] alt_zh="双月数据与学到的直线边界。200 个点里有 `{python} int(wrong.sum())` 个落在错的一侧，打了叉：直线切掉了两个月牙的尖。" alt_en="The two moons and the straight boundary that was learned. Of 200 points, `{python} int(wrong.sum())` lie on the wrong side and carry a cross: the line cuts off the tip of each moon."
if __name__ == "__main__":
    wrong = ((mx[0] @ mw[0] + mb[0] > 0) != (my[0] > 0.5)).flatten()
    x1 = torch.tensor([-1.4, 2.4])
    x2 = -(mw[0, 0] * x1 + mb[0, 0]) / mw[0, 1]  # z = 0, solved for x2
    fig, ax = plt.subplots()
    ax.plot(*mx[0, :100].T, "o", color="C0", label="class 0")
    ax.plot(*mx[0, 100:].T, "^", color="C1", label="class 1")
    ax.plot(*mx[0, wrong].T, "x", color="black", label="wrong side")
    ax.plot(x1, x2, color="black", label="boundary")
    ax.set(xlabel="$x_1$", ylabel="$x_2$", ylim=(-1, 2.2))
    ax.legend(ncols=2, loc="upper right")
    plt.show()

# %% [markdown] lang="zh"
# 一份流传的教程用这种数据和模型，宣布“训练后准确率大于 `{python} f"{CLAIM:.0%}"`”。`{python} RUNS` 份数据里有
# `{python} int((train_acc > CLAIM).sum())` 份如此，但那是在训练数据上量的，换 200 个点，数字就在
# `{python} f"{train_acc.min():.3f}"` 到 `{python} f"{train_acc.max():.3f}"` 之间晃。拿一万个新点来量，
# 全在 `{python} f"{new_acc.min():.3f}"` 到 `{python} f"{new_acc.max():.3f}"` 之间。
# （学习率 3 仍低于上限 `{python} f"{8 / (1 + mx.square().sum(-1).mean(-1).max().item()):.2f}"`。）
#
# 用一万个点训练，也只有 `{python} f"{ceiling:.3f}"`：这是直线的极限。不怪噪声：
# 照抄最近的训练点的标签（最近邻），就有 `{python} f"{neighbour:.3f}"`。缺的不是数据，而是会拐弯的边界，
# 这要靠 [神经网络](../ch05_networks/decision_boundaries.py)。
#
# ## 线性可分：权重停不下来
# 另一份流传的教程只用 6 个样本：一个标签是 0，五个是 1；学习率 0.01，训练 1000 步。
# 它预测 $x=3.5$，得到 1，便算成功。我们换 100 个随机起点照做，再看看那个唯一的 0（在 $x=0.5$）。

# %% [markdown] lang="en"
# A common tutorial takes such data and this model and announces "accuracy above `{python} f"{CLAIM:.0%}"` after training". So
# it is for `{python} int((train_acc > CLAIM).sum())` of `{python} RUNS` data sets. But that was measured on the training
# data, where another 200 points give anything from `{python} f"{train_acc.min():.3f}"` to
# `{python} f"{train_acc.max():.3f}"`. On ten thousand new points all get between
# `{python} f"{new_acc.min():.3f}"` and `{python} f"{new_acc.max():.3f}"`. (The learning rate of 3 is still below the limit,
# `{python} f"{8 / (1 + mx.square().sum(-1).mean(-1).max().item()):.2f}"`.)
#
# Trained on ten thousand points it still gets `{python} f"{ceiling:.3f}"`: that is as far as a straight line goes. Nor is
# the noise to blame: copying the label of the nearest training point (nearest neighbour) gets
# `{python} f"{neighbour:.3f}"`. What is missing is not data but a boundary that bends, and that takes a
# [neural network](../ch05_networks/decision_boundaries.py).
#
# ## Separable data: the weights never settle
# Another common tutorial has only 6 samples, one labelled 0 and five labelled 1; the learning rate is 0.01, for 1000
# steps. It predicts $x=3.5$, gets 1, and calls that a success. Do the same from 100 random starts, then look at the one
# sample that is 0 (at $x=0.5$).

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
        print(f"x = {point}: p {p.min():.3f} to {p.max():.3f}, class 1 in {ones} runs")
    best = accuracy(six_x @ sw + sb, many[1]).max()
    print(f"accuracy at best {best:.3f}, always 1: {six_y.mean():.3f}")

# %% [markdown] lang="zh" tags=["bug"]
# `{python} RUNS` 次里有 `{python} int((p > 0.5).sum())` 次，它被判成了 1。六个里对五个，
# 闭着眼睛永远答 1 也是这个成绩，还照样通过 $x=3.5$ 的测试。**要测边界附近的点，还要和基线比。**

# %% [markdown] lang="en" tags=["bug"]
# In `{python} int((p > 0.5).sum())` of `{python} RUNS` runs it is classified as 1. That is five right of six; answering 1
# every time with eyes closed scores the same, and also passes the test at $x=3.5$. **Test near the boundary, and
# compare with a baseline.**

# %% [markdown] lang="zh"
# 那就把学习率提到 1（上限是 `{python} f"{8 / (1 + six_x.square().mean().item()):.2f}"`），接着训练，看权重走到哪里。

# %% [markdown] lang="en"
# So raise the learning rate to 1 (the limit is `{python} f"{8 / (1 + six_x.square().mean().item()):.2f}"`), train on, and
# watch where the weight goes.

# %%
if __name__ == "__main__":
    stops, paths = [10, 30, 100, 300, 1000], {}
    for l2 in (0.0, 0.01):
        last, paths[l2] = None, []
        for more in (10, 20, 70, 200, 700):  # each run goes on where the last stopped
            last = fit_logistic(six_x, six_y, 1.0, more, l2=l2, start=last)[:2]
            paths[l2].append(last[0].item())
        right = accuracy(six_x @ last[0] + last[1], six_y)
        print(l2, [round(weight, 2) for weight in paths[l2]], right.item())

# %% tags=["plot"] alt_zh="权重随步数（对数轴）变化。不加正则化时一直上升，到 `{python} stops[-1]` 步已是 `{python} f'{paths[0.0][-1]:.1f}'`；加 L2 后停在 `{python} f'{paths[0.01][-1]:.2f}'`。" alt_en="Weight against steps on a logarithmic axis. Without regularisation it keeps rising, to `{python} f'{paths[0.0][-1]:.1f}'` after `{python} stops[-1]` steps; with L2 it settles at `{python} f'{paths[0.01][-1]:.2f}'`."
if __name__ == "__main__":
    fig, ax = plt.subplots()
    ax.semilogx(stops, paths[0.0], "o-", color="C1", label="no regularisation")
    ax.semilogx(stops, paths[0.01], "s--", color="C0", label="L2 0.01")
    ax.set(xlabel="step", ylabel="weight")
    ax.legend()
    plt.show()

# %% [markdown] lang="zh"
# 六个全对了，权重却停不下来：步数每乘 10，它就再涨一截。因为这些点**线性可分**，一刀就能切开。
# 一旦全对，把 $w$ 和 $b$ 都加倍，每个点就更有把握，损失更低：谷底在无穷远处。
# 这时的“概率”取决于训练了多久，不能当真。给损失加上 $\frac{\lambda}{2}w^2$（L2 正则化，$\lambda$ 即 `l2`）就有了谷底：
# $\lambda=0.01$ 时 $w$ 停在 `{python} f"{paths[0.01][-1]:.2f}"`。
#
# ## 两个不报错的错误

# %% [markdown] lang="en"
# All six are right, yet the weight does not settle: ten times as many steps, and it has grown again. The points
# are **linearly separable**: one cut parts them. Once all are right, doubling $w$ and $b$ makes every point more
# certain and the loss lower: the bottom lies at infinity. The "probabilities" then depend on how long you trained
# and mean nothing. Add $\frac{\lambda}{2}w^2$ to the loss (L2 regularisation; $\lambda$ is `l2`), and there
# is a bottom: for $\lambda=0.01$, $w$ settles at `{python} f"{paths[0.01][-1]:.2f}"`.
#
# ## Two mistakes that raise no error

# %% [markdown] lang="zh" tags=["bug"]
# **套了两次 sigmoid**：模型已经输出概率，又交给内含 sigmoid 的 `BCEWithLogitsLoss`。
# **对概率用均方误差**：分类用了回归的损失。两者都能跑。先看 $y=1$ 时，损失对 $z$ 的导数。

# %% [markdown] lang="en" tags=["bug"]
# **Sigmoid twice**: the model already puts out a probability, and `BCEWithLogitsLoss` applies its own sigmoid to it.
# **Squared error on probabilities**: a loss for regression in a classifier. Both run. First, for $y=1$, look at the
# derivative of the loss with respect to $z$.


# %% tags=["bug"] alt_zh="标签为 1 时三种损失对 logit 的导数。logit 很负，也就是错得很有把握时，二元交叉熵的导数趋于 −1，另外两种趋于 0。" alt_en="Derivative of three losses with respect to the logit for label 1. Where the logit is very negative, so wrong and certain, that of cross-entropy tends to −1; the other two tend to 0."
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
    z = torch.linspace(-10, 10, 201)
    fig, ax = plt.subplots()
    for (name, loss_fn), style in zip(rivals.items(), ("-", "--", ":"), strict=True):
        ax.plot(z, slope(loss_fn, z, torch.ones_like(z)), style, label=name)
    ax.set(xlabel="logit", ylabel="slope of the loss")
    ax.legend()
    plt.show()

# %% [markdown] lang="zh" tags=["bug"]
# 错得越有把握，交叉熵纠正得越用力（趋于 −1），另外两个却撒手不管（趋于 0）。
# 现在让 $w$ 从 $0$ 和 $-8$（学得越久越不及格）出发，各训练 300 步。每组三个数：$w$、准确率、学 4 小时的及格概率（真值是一半）。

# %% [markdown] lang="en" tags=["bug"]
# The more certain the mistake, the harder cross-entropy pushes (towards −1), while the other two let go (towards 0).
# Now start $w$ at $0$ and at $-8$ (as if more study meant failing), and train 300 steps each. Three numbers for each start: $w$,
# the accuracy, and the probability of passing after 4 hours (the truth is one half).

# %% tags=["bug"]
if __name__ == "__main__":
    two_x, two_y, table = x.expand(2, 200, 1), passed.expand(2, 200, 1), {}
    start = torch.tensor([0.0, -8.0]).reshape(2, 1, 1), torch.zeros(2, 1, 1)
    for name, loss_fn in rivals.items():
        vw, vb, _ = fit_logistic(two_x, two_y, 0.5, 300, start=start, loss_fn=loss_fn)
        right = accuracy(two_x @ vw + vb, two_y)
        at_half = sigmoid((HALF - 5) * vw + vb).flatten()
        table[name] = torch.stack([vw.flatten(), right, at_half], dim=1)
        print(f"{name:13}", *(f"{value:7.3f}" for value in table[name].flatten()))

# %% [markdown] lang="zh" tags=["bug"]
# 从 −8 出发，交叉熵走了回来，另外两个几乎没动，准确率停在 `{python} f"{table['sigmoid twice'][1, 1]:.1%}"`。
# 从 0 出发，准确率看不出毛病，可“两次”给学 4 小时的人报的概率是 `{python} f"{table['sigmoid twice'][0, 2]:.3f}"`。
# 第二个 sigmoid 的输出困在 0.5 与 `{python} f"{sigmoid(torch.tensor(1.0)):.3f}"` 之间，再有把握的“不及格”也只算一半，
# 只好撑大 $w$ 来补。**只看准确率，发现不了失真的概率。**

# %% [markdown] lang="en" tags=["bug"]
# From −8, cross-entropy finds its way back; the other two hardly move, and the accuracy stays at
# `{python} f"{table['sigmoid twice'][1, 1]:.1%}"`. From 0 the accuracy shows nothing wrong, yet "twice" reports
# `{python} f"{table['sigmoid twice'][0, 2]:.3f}"` for 4 hours of study. What comes out of the second sigmoid is caught between 0.5
# and `{python} f"{sigmoid(torch.tensor(1.0)):.3f}"`: even the surest "fail" counts as one half, and a swollen $w$ has to make
# up for it. **Accuracy alone does not reveal distorted probabilities.**

# %% [markdown] lang="zh"
# ## 练习

# %% [markdown] lang="en"
# ## Exercises

# %% [markdown] lang="zh" tags=["exercise"]
# 用 $\partial\ell/\partial z = p-y$ 写出平均损失对 $w$ 和 $b$ 的梯度，不用 `backward()`。在训练好的参数处，它应当是多少？

# %% [markdown] lang="en" tags=["exercise"]
# From $\partial\ell/\partial z = p-y$, write the gradient of the mean loss for $w$ and $b$ without `backward()`. What
# should it be at the trained parameters?


# %% tags=["solution"]
def logistic_grad(x: Tensor, y: Tensor, w: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """Gradient of the mean cross-entropy (平均交叉熵的梯度) for ``w`` and ``b``."""
    z = x @ w + b
    check_floats(z=z, y=y)
    error = sigmoid(z) - y
    return x.T @ error / len(x), error.mean(dim=0, keepdim=True)


if __name__ == "__main__":
    print([f"{g.item():.0e}" for g in logistic_grad(x, passed, w, b)])

# %% [markdown] lang="zh" tags=["exercise"]
# 一份流传的教程定义了带 sigmoid 的 `LogisticRegressionModel`，下一行却写成 `model = LinearModel()`，得分直接交给了 `BCELoss`。
# 会发生什么？换成均方误差呢？用 `fit_logistic` 的 `loss_fn` 试试。

# %% [markdown] lang="en" tags=["exercise"]
# A common tutorial defines `LogisticRegressionModel` with a sigmoid, but the next line reads `model = LinearModel()`, so the
# bare score goes into `BCELoss`. What happens? And with the squared error? Try it with the `loss_fn` of `fit_logistic`.


# %% tags=["solution"]
def linear_bce(score: Tensor, y: Tensor) -> Tensor:
    """``BCELoss`` on a bare score (得分直接进 BCELoss): fails outside [0, 1]."""
    return F.binary_cross_entropy(score, y, reduction="none")


def linear_mse(score: Tensor, y: Tensor) -> Tensor:
    """Squared error of a bare score (得分的均方误差): linear regression, no error."""
    check_floats(score=score, y=y)
    return (score - y) ** 2


if __name__ == "__main__":
    try:
        fit_logistic(x, passed, lr=0.01, steps=300, loss_fn=linear_bce)
    except RuntimeError as error:
        print(error)
    lw, lb, _ = fit_logistic(x, passed, lr=0.1, steps=100, loss_fn=linear_mse)
    print(f"10 h: {(5 * lw + lb).item():.2f}")  # the straight line of the first picture

# %% [markdown] lang="zh" tags=["exercise"]
# 逻辑回归最小化的是交叉熵，不是错误的个数。双月上有没有准确率明显更高的直线？试 60 个方向，每个方向试遍所有切点。

# %% [markdown] lang="en" tags=["exercise"]
# Logistic regression minimises cross-entropy, not the number of mistakes. Does some straight line get clearly more of the
# moons right? Try 60 directions, and every cut along each.


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
# - 得分 $z=wx+b$ 是对数几率，sigmoid 把它变成概率；特征每加 1，它就加 $w$。
# - 损失用二元交叉熵，从 logit 直接算，导数是 $p-y$。最小化它就是最大似然，也是最小化 KL 散度。
# - 边界永远是直的。数据线性可分又不加正则化，权重停不下来。
# - sigmoid 只套一次；准确率在新数据上量，还要和基线比。
#
# 类别多于两个时，sigmoid 换成 softmax，交叉熵照旧。想让边界拐弯，先去搭 [第一个神经网络](../ch05_networks/first_network.py)。

# %% [markdown] lang="en"
# ## Recap
# - The score $z=wx+b$ is a logit, and the sigmoid turns it into a probability; one more unit of the feature adds $w$ to it.
# - The loss is binary cross-entropy, computed from the logit; its derivative is $p-y$. Minimising it
#   is maximum likelihood, and it is minimising the KL divergence.
# - The boundary is always straight. On linearly separable data without regularisation, the weights never settle.
# - Apply the sigmoid exactly once; measure accuracy on new data, and compare it with a baseline.
#
# With more than two classes, softmax takes the place of the sigmoid and cross-entropy stays. For a boundary that
# bends, go and build the [first neural network](../ch05_networks/first_network.py).
