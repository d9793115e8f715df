# %% [markdown] lang="zh"
# # 梯度下降
# 你买过三次橘子，留着三张小票：1 kg 付了 2 元，2 kg 付了 4 元，3 kg 付了 6 元。1 kg 卖多少钱？
#
# 2 元，一眼就看出来了。电脑没有这一眼，它先猜一个价，量一量猜得有多差，往好的方向挪一小步，如此反复。
# 这叫**梯度下降**（gradient descent），神经网络正是这样训练的：未知数有几百万个，谁都没有那一眼。
# 这里答案早就知道，每一步都能核对。
#
# 学完这一页，你能：
#
# - 从随便一个猜测出发，一步步走到合适的价格，先手写，再用 PyTorch；
# - 迈步之前，就算出步子最多能多大；
# - 估计要走多少步，说清为什么有时特别慢；
# - 认出三个常见错误。
#
# 下面折叠的代码导入 PyTorch，并检查输入，初读可以跳过。

# %% [markdown] lang="en"
# # Gradient descent
# You bought mandarins three times and kept the receipts: 2 yuan for 1 kg, 4 yuan for 2 kg, 6 yuan for 3 kg. What
# does 1 kg cost?
#
# You see it at a glance: 2 yuan. A computer has no such glance. It can guess a price, measure how bad the guess is,
# move a little in the better direction, and repeat. That is **gradient descent**, and it is how neural networks are
# trained: with millions of unknowns nobody has the glance. Here we know the answer, so we can check every step.
#
# After this page you can
#
# - walk from any guess to the right price, first by hand and then with PyTorch;
# - compute, before the first step, how large the steps may be;
# - estimate how many steps are needed, and say why it is sometimes so slow;
# - spot three common mistakes.
#
# The folded code below imports PyTorch and checks the input. Skip it at first reading.

# %% tags=["setup"]
import math
from collections.abc import Callable

import matplotlib.pyplot as plt
import torch
from torch import Tensor


def check_receipts(x: Tensor, y: Tensor) -> None:
    """Refuse all but finite floats of one shape (n,), n >= 1 (检查小票)."""
    for name, t in (("x", x), ("y", y)):
        if not isinstance(t, Tensor) or not t.is_floating_point():
            found = getattr(t, "dtype", type(t))
            raise TypeError(f"{name} must be a float tensor, got {found}")
        if t.ndim != 1 or len(t) == 0 or not t.isfinite().all():
            wanted = "finite numbers of shape (n,), n >= 1"
            raise ValueError(f"{name} must be {wanted}, got {t}")
    if x.shape != y.shape:
        raise ValueError(f"x and y differ in length: {len(x)} and {len(y)}")


def check_shape(name: str, t: Tensor, shape: tuple[int, ...]) -> None:
    """Refuse parameters or gradients of another shape (检查形状)."""
    if not isinstance(t, Tensor) or t.shape != shape:
        found = tuple(t.shape) if isinstance(t, Tensor) else type(t)
        raise ValueError(f"{name} must be a tensor of shape {shape}, got {found}")


def check_rate(lr: float) -> None:
    """Refuse learning rates that are not positive and finite (检查学习率)."""
    if not 0 < lr < math.inf:
        raise ValueError(f"the learning rate must be positive and finite, got {lr}")


def check_count(name: str, count: int) -> None:
    """Refuse all but positive integers (检查个数)."""
    if not isinstance(count, int) or count < 1:
        raise ValueError(f"{name} must be a positive integer, got {count}")


def check_start(start: Tensor) -> None:
    """Refuse starting points that are no finite floats (检查起点)."""
    if not isinstance(start, Tensor) or not start.is_floating_point():
        found = getattr(start, "dtype", type(start))
        raise TypeError(f"start must be a float tensor, got {found}")
    if not start.isfinite().all():
        raise ValueError(f"start must be finite, got {start}")


def check_hessian(hessian: Tensor) -> None:
    """Refuse all but finite symmetric matrices, at least 1 x 1 (检查对称矩阵)."""
    if not isinstance(hessian, Tensor) or not hessian.is_floating_point():
        found = getattr(hessian, "dtype", type(hessian))
        raise TypeError(f"hessian must be a float tensor, got {found}")
    if hessian.ndim != 2 or len(hessian) == 0 or len(hessian) != hessian.shape[1]:
        wanted, found = "shape (d, d), d >= 1", tuple(hessian.shape)
        raise ValueError(f"hessian must have {wanted}, got {found}")
    if not hessian.isfinite().all() or not torch.allclose(hessian, hessian.T):
        raise ValueError(f"hessian must be finite and symmetric, got {hessian}")


# %% [markdown] lang="zh"
# ## 损失：猜得有多差
# 把价格记作 $w$（元/kg）。第 $i$ 张小票上是 $x_i$ 公斤、$y_i$ 元，按价格 $w$ 该付 $w x_i$ 元。
# 把差值平方，高了低了都算错，错得多就罚得重；再对 $n$ 张小票取平均，得到**损失**（loss）：
#
# $$L(w) = \frac{1}{n} \sum_{i=1}^{n} (w x_i - y_i)^2$$

# %% [markdown] lang="en"
# ## The loss: how bad is a guess?
# Call the price $w$ (yuan per kg). Receipt $i$ says $x_i$ kg and $y_i$ yuan; at price $w$ it should say $w x_i$ yuan.
# Square the difference, so that too high and too low both count, and large misses count most. The mean over all $n$
# receipts is the **loss**:
#
# $$L(w) = \frac{1}{n} \sum_{i=1}^{n} (w x_i - y_i)^2$$


# %%
def price_loss(w: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """Mean squared error of the price ``w`` (均方误差), a 0-d tensor in yuan².

    ``w`` is 0-d (yuan per kg); ``x`` (kg) and ``y`` (yuan) have shape (n,).
    Raises like ``check_receipts`` and ``check_shape``.
    """
    check_receipts(x, y)
    check_shape("w", w, ())
    return ((w * x - y) ** 2).mean()


if __name__ == "__main__":
    x = torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64)  # kg
    y = torch.tensor([2.0, 4.0, 6.0], dtype=torch.float64)  # yuan
    for guess in (0.0, 1.0, 2.0, 3.0):
        w = torch.tensor(guess, dtype=torch.float64)
        loss = price_loss(w, x, y).item()
        print(f"w = {guess}  loss = {loss:.2f}")

# %% [markdown] lang="zh"
# 猜 2 元，损失为 0；猜 1 元或 3 元，都是 `{python} f"{loss:.2f}"`（单位是元的平方）。`float64` 让每个数多留几位，便于和公式核对。
#
# ## 斜率：该往哪边挪
# 想象在大雾里下山：看不见谷底，但脚下哪边低，踩得出来。$w$ 增加一点点，损失变化是它的多少倍？这就是**导数**
# （derivative）$L'(w)$，脚下的斜率。平方的导数是括号的两倍，再乘 $w$ 的系数 $x_i$（[链式法则](computation_graph.py)）：
#
# $$L'(w) = \frac{2}{n} \sum_{i=1}^{n} (w x_i - y_i)\, x_i$$
#
# 斜率为正，$w$ 该减小；为负，该增大。总之**逆着斜率走**。未知数不止一个时，各个导数合称**梯度**（gradient），方法由此得名。

# %% [markdown] lang="en"
# A guess of 2 yuan has loss 0; 1 yuan and 3 yuan both have `{python} f"{loss:.2f}"` (in squared yuan). `float64`
# keeps more digits of each number, for we shall compare closely with formulas.
#
# ## The slope: which way to go
# Imagine walking down a mountain in fog. You cannot see the valley, but your feet feel which way is down. Raise $w$ a
# tiny bit: by how much does the loss change? The ratio of the two changes is the **derivative** $L'(w)$, the slope under
# your feet. The derivative of a square is twice the bracket, times the factor $x_i$ that $w$ has inside it (the
# [chain rule](computation_graph.py)):
#
# $$L'(w) = \frac{2}{n} \sum_{i=1}^{n} (w x_i - y_i)\, x_i$$
#
# If the slope is positive, make $w$ smaller; if it is negative, make $w$ larger. In short, **go against the slope**. With
# several unknowns, their derivatives together are called the **gradient**, which gives the method its name.


# %%
def price_slope(w: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """Derivative of ``price_loss`` with respect to ``w`` (手写导数), a 0-d tensor.

    Shapes, units and errors as in ``price_loss``.
    """
    check_receipts(x, y)
    check_shape("w", w, ())
    return 2 * ((w * x - y) * x).mean()


if __name__ == "__main__":
    start = torch.tensor(1.0, dtype=torch.float64)
    slope = price_slope(start, x, y).item()
    print(f"slope at w = 1: {slope:.4f}")

# %% [markdown] lang="zh" tags=["check"]
# 让 PyTorch 也求一遍：它从损失沿计算图倒着走，把导数存进 `w.grad`。

# %% [markdown] lang="en" tags=["check"]
# Let PyTorch take the derivative too: it walks back through the graph, from the loss, and leaves the derivative in `w.grad`.

# %% tags=["check"]
if __name__ == "__main__":
    w = torch.tensor(1.0, dtype=torch.float64, requires_grad=True)
    price_loss(w, x, y).backward()
    print(f"w.grad = {w.grad.item():.4f}")

# %% [markdown] lang="zh"
# 两种算法一致。斜率为负，所以 1 元太低，该往上挪。
#
# ## 一步一步下山
# 坡陡，离谷底多半还远，该迈大步；坡缓，该迈小步。所以让步子与斜率成正比，方向相反：
#
# $$w_{k+1} = w_k - \eta\, L'(w_k)$$
#
# $w_k$ 是第 $k$ 步之后的价格，$w_0$ 是最初的猜测。比例系数 $\eta$ 是**学习率**（learning rate），由我们定，代码里叫 `lr`。
#
# 下面的函数只需知道每一处的梯度，由另一个函数 `gradient_at` 告诉它：收一个张量，还一个张量（`Callable[[Tensor], Tensor]`），
# 调用时用 `lambda w: …` 就地写出。经过的位置由 `torch.stack` 堆叠成路径；位置可以是一个数，也可以是几个。

# %% [markdown] lang="en"
# Both agree. The slope is negative: 1 yuan is too low, and the price must go up.
#
# ## Downhill, step by step
# Where it is steep, the bottom is probably still far away, and the step should be long; where it is flat, short. So make each
# step proportional to the slope, in the opposite direction:
#
# $$w_{k+1} = w_k - \eta\, L'(w_k)$$
#
# Here $w_k$ is the price after $k$ steps and $w_0$ the first guess. The factor $\eta$ is the **learning rate**. We choose it; in
# the code it is called `lr`.
#
# All that the function below needs to know is the gradient at each place. Another function, `gradient_at`, tells it: one that
# takes a tensor and returns a tensor (`Callable[[Tensor], Tensor]`), written on the spot in the calls as `lambda w: …`. The
# places visited are put together by `torch.stack` and make the path; a place may be one number or several.


# %%
def descend(
    gradient_at: Callable[[Tensor], Tensor], start: Tensor, lr: float, steps: int
) -> Tensor:
    """The path of gradient descent (梯度下降), shape (steps + 1, *start.shape).

    ``gradient_at(place)`` must be shaped like ``start``, else ``ValueError``;
    also raises like ``check_start``, ``check_rate`` and ``check_count``. Source:
    Cauchy, "Méthode générale pour la résolution des systèmes d'équations" (1847).
    """
    check_start(start)
    check_rate(lr)
    check_count("steps", steps)
    path = [start]
    for _ in range(steps):
        gradient = gradient_at(path[-1])
        check_shape("the gradient", gradient, tuple(start.shape))
        path.append(path[-1] - lr * gradient)
    return torch.stack(path)


# %% [markdown] lang="zh" tags=["predict"]
# 从 1 元出发，学习率取 0.05（理由后面会讲），走 10 步。
#
# 1. 每一步都一样长吗？
# 2. 10 步之后，正好走到 2 元吗？

# %% [markdown] lang="en" tags=["predict"]
# Start at 1 yuan, with learning rate 0.05 (we shall see why), and take 10 steps.
#
# 1. Are all the steps equally long?
# 2. Are you at exactly 2 yuan after 10 steps?

# %%
if __name__ == "__main__":
    path = descend(lambda w: price_slope(w, x, y), start, lr=0.05, steps=10)
    errors = path - 2
    for k in (0, 1, 2, 3, 10):
        print(f"k = {k:2}  w = {path[k]:.4f}  error = {errors[k]:.4f}")
    ratios = errors[1:] / errors[:-1]  # each error by the one before
    print(f"ratios {ratios.min():.4f} to {ratios.max():.4f}")

# %% tags=["plot"] alt_zh="损失随价格变化的曲线像一只碗，最低点在 2 元。虚线是 1 元处的切线，向右下倾斜。从 1 元出发的 10 步沿左壁滑下，越来越短，最后停在 `{python} f'{path[-1]:.3f}'` 元。" alt_en="The loss against the price is a bowl with its lowest point at 2 yuan. The dashed tangent at 1 yuan points down to the right. The 10 steps from 1 yuan slide down the left side, shorter each time, to `{python} f'{path[-1]:.3f}'` yuan."
if __name__ == "__main__":
    fig, ax = plt.subplots()
    prices = torch.linspace(0.6, 3.1, 60, dtype=torch.float64)
    bowl = ((prices[:, None] * x - y) ** 2).mean(dim=1)
    heights = ((path[:, None] * x - y) ** 2).mean(dim=1)
    ax.plot(prices, bowl, color="gray", label="loss")
    near = torch.tensor([0.75, 1.45])
    tangent = heights[0] + slope * (near - 1)
    ax.plot(near, tangent, "--", color="black", label="tangent")
    ax.plot(path, heights, "o-", color="C0", lw=1.2, label="path")
    ax.plot(2, 0, "*", color="C1", markersize=14, label="truth")
    ax.set(xlabel="price (yuan per kg)", ylabel="loss (squared yuan)")
    ax.legend(loc="upper center")
    plt.show()

# %% [markdown] lang="zh"
# 损失曲线像一只碗，圆点是每步的位置，虚线是起点的切线，它的斜率就是起点的斜率。第一步走了 `{python} f"{path[1] - path[0]:.3f}"` 元，
# 第二步只有 `{python} f"{path[2] - path[1]:.3f}"` 元：越近碗底坡越缓，步子自己就变短。误差（error）是 $w$ 减 2，10 步之后还差
# `{python} f"{-errors[10]:.4f}"` 元：不会正好走到，但要多近有多近。最后一行是相邻误差之比的最小值和最大值：
# 每个误差竟都是前一个的 `{python} f"{ratios[0]:.4f}"` 倍。为什么？
#
# ## 误差每步乘同一个数
# 小票上 $y_i = 2 x_i$，所以 $w x_i - y_i = (w - 2)\, x_i$。记最合适的价格为 $w^*$（这里是 2），斜率就成了
#
# $$L'(w) = \lambda\,(w - w^*), \qquad \lambda = \frac{2}{n} \sum_{i=1}^{n} x_i^2$$
#
# $\lambda$ 是**曲率**（curvature）：$w$ 每增加 1，斜率增加多少，也就是碗弯得有多厉害。代进更新公式，两边减去 $w^*$：
#
# $$\begin{aligned} w_{k+1} - w^* &= (w_k - w^*) - \eta\lambda\,(w_k - w^*) \\ &= (1 - \eta\lambda)(w_k - w^*) \end{aligned}$$
#
# 每走一步，误差就乘一次 $1 - \eta\lambda$。走 $k$ 步，就乘 $k$ 次：
#
# $$w_k - w^* = (1 - \eta\lambda)^k\,(w_0 - w^*)$$

# %% [markdown] lang="en"
# The curve of the loss is a bowl. The dots are the places, and the dashed line is the tangent at the start; its slope is the
# slope there. The first step was `{python} f"{path[1] - path[0]:.3f}"` yuan long, the second only
# `{python} f"{path[2] - path[1]:.3f}"`: the bowl gets flatter towards the bottom, so the steps get shorter by themselves.
# The error is $w$ minus 2; after 10 steps `{python} f"{-errors[10]:.4f}"` yuan are still missing. You do not arrive at exactly
# 2, but you come as close as you like. The last line has the smallest and the largest ratio of an error to the one
# before: every error is `{python} f"{ratios[0]:.4f}"` times its predecessor. Why?
#
# ## Each step multiplies the error by the same number
# On the receipts $y_i = 2 x_i$, hence $w x_i - y_i = (w - 2)\, x_i$. Write $w^*$ for the best price, here 2; then the slope is
#
# $$L'(w) = \lambda\,(w - w^*), \qquad \lambda = \frac{2}{n} \sum_{i=1}^{n} x_i^2$$
#
# $\lambda$ is the **curvature**: how much the slope grows when $w$ grows by 1, that is, how strongly the bowl bends. Put
# this slope into the update and subtract $w^*$ on both sides:
#
# $$\begin{aligned} w_{k+1} - w^* &= (w_k - w^*) - \eta\lambda\,(w_k - w^*) \\ &= (1 - \eta\lambda)(w_k - w^*) \end{aligned}$$
#
# Each step multiplies the error by $1 - \eta\lambda$. After $k$ steps it has been multiplied $k$ times:
#
# $$w_k - w^* = (1 - \eta\lambda)^k\,(w_0 - w^*)$$

# %% [markdown] lang="zh" tags=["check"]
# 算出曲率和乘数（factor），再把 11 个误差和公式比。`torch.allclose` 看相差是否都不超过 `atol`，这里只容许舍入误差：

# %% [markdown] lang="en" tags=["check"]
# Compute the curvature and the factor, and compare all 11 errors with the formula. `torch.allclose` asks whether all
# differences are at most `atol`, here just enough for rounding:

# %% tags=["check"]
if __name__ == "__main__":
    curvature = 2 * (x**2).mean().item()
    factor = 1 - 0.05 * curvature
    expected = errors[0] * factor ** torch.arange(11, dtype=torch.float64)
    print(f"curvature = {curvature:.4f}  factor = {factor:.4f}")
    agree = torch.allclose(errors, expected, rtol=0, atol=1e-12)
    print(f"all {len(errors)} errors agree: {agree}")

# %% [markdown] lang="zh"
# ## 步子多大合适
# 学习率该多大，看乘数 $1 - \eta\lambda$ 就知道：
#
# - $\eta < 1/\lambda$：乘数为正，从碗的一侧滑下去；
# - $\eta = 1/\lambda$：乘数为 0，一步到位；
# - $1/\lambda < \eta < 2/\lambda$：乘数为负，每步跨过碗底到对面，但越来越近，仍然**收敛**（converge）；
# - $\eta > 2/\lambda$：乘数小于 −1，越跨越远，**发散**（diverge）。正好等于 $2/\lambda$，就在两点之间永远来回。

# %% [markdown] lang="en"
# ## How large a step?
# How large the learning rate should be, you can read from the factor $1 - \eta\lambda$:
#
# - $\eta < 1/\lambda$: the factor is positive, and you slide down one side of the bowl;
# - $\eta = 1/\lambda$: it is zero, and you arrive in one step;
# - $1/\lambda < \eta < 2/\lambda$: it is negative, and each step crosses the bottom to the other side, yet ever closer; this
#   still **converges**;
# - $\eta > 2/\lambda$: it is below −1, and each step lands farther away; this **diverges**. At exactly $2/\lambda$ you jump
#   between two places for ever.

# %% [markdown] lang="zh" tags=["predict"]
# 这里 $2/\lambda$ 约为 `{python} f"{2 / curvature:.3f}"`。从 1 元出发走 20 步，学习率取 0.01、0.05、$1/\lambda$、0.2 和 0.22，
# 哪个离 2 元最近？哪个最远？0.2 和 0.01 谁更近？

# %% [markdown] lang="en" tags=["predict"]
# Here $2/\lambda$ is about `{python} f"{2 / curvature:.3f}"`. Take 20 steps from 1 yuan with the learning rates 0.01, 0.05,
# $1/\lambda$, 0.2 and 0.22. Which comes closest to 2 yuan, and which ends farthest away? Which is closer, 0.2 or 0.01?

# %%
if __name__ == "__main__":
    runs = {}
    for lr in (0.01, 0.05, 1 / curvature, 0.2, 0.22):
        run = descend(lambda w: price_slope(w, x, y), start, lr, steps=20)
        runs[lr] = (run - 2).abs()  # the size of the error after each step
        factor = abs(1 - lr * curvature)
        last = runs[lr][-1]
        print(f"lr = {lr:.4f}  |factor| = {factor:.4f}  |error| = {last:.6f}")

# %% tags=["plot"] alt_zh="误差乘数的绝对值随学习率变化，呈 V 形：从 1 降到 1/λ 处的 0，再升回 2/λ 处的 1，更大就进入阴影的发散区。五个圆点是刚试过的学习率，只有 0.22 落在阴影里。" alt_en="The size of the error factor against the learning rate is a V: from 1 down to 0 at 1/λ, back up to 1 at 2/λ and then into the shaded zone of divergence. Five dots mark the rates just tried; only 0.22 lies in the shade."
if __name__ == "__main__":
    fig, ax = plt.subplots()
    etas = torch.linspace(0, 0.25, 101)
    ax.axhspan(1, 1.4, color="C1", alpha=0.2, lw=0)
    ax.plot(etas, (1 - etas * curvature).abs(), color="C0")
    sizes = [abs(1 - lr * curvature) for lr in runs]
    ax.plot(list(runs), sizes, "o", color="black", clip_on=False)
    ax.text(0.107, 1.2, "diverge", ha="center", va="center")
    ax.text(0.107, 0.75, "converge", ha="center", va="center")
    ax.set(xlabel="learning rate", ylabel="|factor|", ylim=(0, 1.4))
    ticks = [0, 1 / curvature, 2 / curvature]
    ax.set_xticks(ticks, ["0", r"$1/\lambda$", r"$2/\lambda$"])
    plt.show()

# %% [markdown] lang="zh"
# 圆点是这五个学习率，乘数的绝对值低于 1 才收敛。$1/\lambda$ 一步就到；前面用的 0.05 约是它的一半，从一侧稳稳滑下。
# 0.2 虽然来回跨，剩下的误差 `{python} f"{runs[0.2][-1]:.3f}"` 元却比 0.01 的 `{python} f"{runs[0.01][-1]:.3f}"` 元小：
# 步子太小，也是一种错。0.22 只比界限大一点，误差已经涨到 `{python} f"{runs[0.22][-1]:.2f}"` 元。
#
# 下图是各步的误差，纵轴用对数刻度，“每步乘同一个数”就成了直线，乘数越小越陡。（没画 $1/\lambda$：误差一步就是 0，没有对数。）

# %% [markdown] lang="en"
# The dots are the five rates; to converge, the absolute value of the factor must be below 1. The rate
# $1/\lambda$ arrives in one step; the 0.05 we took before is about half of it and slides down safely on one side. The rate 0.2
# jumps to and fro, yet its remaining error, `{python} f"{runs[0.2][-1]:.3f}"` yuan, is smaller than that of 0.01,
# `{python} f"{runs[0.01][-1]:.3f}"` yuan: too small a step is a mistake as well. With 0.22, just above the limit, the error has
# grown to `{python} f"{runs[0.22][-1]:.2f}"` yuan.
#
# The next figure shows the error after each step. On its logarithmic axis "the same factor each step" becomes a straight
# line, and the smaller the factor, the steeper. ($1/\lambda$ is left out: its error is 0 after one step and has no logarithm.)

# %% tags=["plot"] alt_zh="误差的大小随迭代步变化，纵轴为对数刻度，每个学习率是一条直线：0.01 缓缓下降，0.05 降得最快，0.2 又慢了，0.22 上升。" alt_en="Size of the error against step on a logarithmic axis; each learning rate is a straight line. 0.01 falls slowly, 0.05 fastest, 0.2 is slow again, and 0.22 rises."
if __name__ == "__main__":
    fig, ax = plt.subplots()
    styles = {0.01: "o-", 0.05: "s--", 0.2: "D:", 0.22: "v-."}
    for i, (lr, style) in enumerate(styles.items()):
        look = {"color": f"C{i}", "markersize": 4, "lw": 1.5, "markevery": 2}
        ax.semilogy(runs[lr], style, label=f"learning rate {lr}", **look)
    ax.set(xlabel="step", ylabel="|error| (yuan per kg)", xticks=(0, 5, 10, 15, 20))
    ax.legend(loc="lower center", bbox_to_anchor=(0.45, 1), ncols=2, fontsize=10)
    plt.show()

# %% [markdown] lang="zh"
# 自己走一遍：先用第二个滑块选学习率，再一步一步走。界限 $2/\lambda$ 两边，结局完全不同。

# %% [markdown] lang="en"
# Walk it yourself: choose a learning rate with the second slider, then go step by step. On the two sides of the limit
# $2/\lambda$ the walk ends in quite different places.

# %% tags=["replay"] alt_zh="左边是碗和走过的路，右边是误差。学习率小于 2/λ（约 `{python} f'{2 / curvature:.4f}'`）时误差一路变小，等于它时在 1 元和 3 元之间来回，0.22 和 0.25 越跨越远，冲出图外。" alt_en="The bowl with the path on the left, the error on the right. Below 2/λ, about `{python} f'{2 / curvature:.4f}'`, the error shrinks; at 2/λ the price jumps between 1 and 3 yuan for ever; 0.22 and 0.25 leap ever farther and leave the picture."
if __name__ == "__main__":
    rates = [0.01, 0.05, 1 / curvature, 0.2, 2 / curvature, 0.22, 0.25]
    walked = [descend(lambda w: price_slope(w, x, y), start, r, 30) for r in rates]
    losses = [((walk[:, None] * x - y) ** 2).mean(dim=1) for walk in walked]
    sizes = [(walk - 2).abs().clamp(min=1e-6) for walk in walked]
    wide = torch.linspace(-1, 5, 61, dtype=torch.float64)
    bowl = ((wide[:, None] * x - y) ** 2).mean(dim=1)
    steps = list(range(31))
    replay = {
        "frame": {"label": "step", "values": steps},
        "setting": {"label": "learning rate", "values": rates},
        "readout": [
            {"label": "price (yuan per kg)", "values": walked},
            {"label": "loss (squared yuan)", "values": losses},
        ],
        "panels": [
            {
                "x": {"label": "price (yuan per kg)", "range": [-1, 5]},
                "y": {"label": "loss (squared yuan)", "range": [0, 42]},
                "layers": [
                    {"kind": "curve", "x": wide, "y": bowl, "color": "gray"},
                    {"kind": "trail", "x": walked, "y": losses, "label": "path"},
                ],
            },
            {
                "x": {"label": "step", "range": [0, 30]},
                "y": {
                    "label": "|error| (yuan per kg)",
                    "range": [1e-6, 100],
                    "log": True,
                },
                "layers": [
                    {
                        "kind": "trail",
                        "x": [steps] * len(rates),
                        "y": sizes,
                        "color": "C1",
                    }
                ],
            },
        ],
    }

# %% [markdown] lang="zh"
# ## 两个未知数：山谷
# 摊主会不会每次另收一笔袋子钱？设它是 $b$ 元，$x_i$ 公斤就该付 $w x_i + b$ 元，未知数成了两个。
# 把 $(w, b)$ 当作地图上的位置，损失当作海拔，地形是一条狭长的山谷，最低点在 $(2, 0)$。
#
# 学习率的界限还得看曲率，可现在曲率又看方向：横跨山谷很弯，顺谷几乎是平的。各个方向中，一个最弯，一个最平，互相垂直，
# 曲率记作 $\lambda_{\max}$ 和 $\lambda_{\min}$。把误差拆到这两个方向上，各是一只碗，各乘各的 $1 - \eta\lambda$。
# 哪个都不能发散，所以界限由最弯的方向定：
#
# $$\eta < \frac{2}{\lambda_{\max}}$$
#
# 怎么求这两个曲率？先写出两个斜率，横线表示对小票取平均：
#
# $$\frac{\partial L}{\partial w} = 2\,\overline{(wx + b - y)\,x}, \qquad \frac{\partial L}{\partial b} = 2\,\overline{(wx + b - y)}$$
#
# $w$ 增加 1，它们增加 $2\,\overline{x^2}$ 和 $2\,\overline{x}$；$b$ 增加 1，它们增加 $2\,\overline{x}$ 和 2。
# 这四个数是二阶导数（导数的导数），排成**黑塞矩阵**（Hessian）：
#
# $$H = 2 \begin{pmatrix} \overline{x^2} & \overline{x} \\ \overline{x} & 1 \end{pmatrix}$$
#
# 左上角就是前面的 $\lambda$。两个曲率是 $H$ 的**特征值**（eigenvalue），`torch.linalg.eigvalsh` 会从小到大算出来。

# %% [markdown] lang="en"
# ## Two unknowns: a valley
# One more question: does the seller charge for a bag each time? Say $b$ yuan, so that $x_i$ kg cost $w x_i + b$ yuan.
# Now there are two unknowns. Take $(w, b)$ as a place on a map and the loss as its height. This landscape is a long,
# narrow valley with its lowest point at $(2, 0)$.
#
# The curvature limits the learning rate again, but now it depends on the direction: strong across the valley, almost none
# along it. In one direction the ground bends most, in another least, and the two are at right angles. Call their curvatures
# $\lambda_{\max}$ and $\lambda_{\min}$. Split the error into these two directions, and each is a bowl of its own, with its own
# factor $1 - \eta\lambda$. Neither may diverge, so the direction that bends most sets the limit:
#
# $$\eta < \frac{2}{\lambda_{\max}}$$
#
# How do we find these two curvatures? First write down the two slopes; a bar means the average over the receipts:
#
# $$\frac{\partial L}{\partial w} = 2\,\overline{(wx + b - y)\,x}, \qquad \frac{\partial L}{\partial b} = 2\,\overline{(wx + b - y)}$$
#
# Raise $w$ by 1, and they grow by $2\,\overline{x^2}$ and $2\,\overline{x}$; raise $b$ by 1, and they grow by
# $2\,\overline{x}$ and 2. These four numbers are second derivatives (derivatives of derivatives); together they are the
# **Hessian**, a matrix:
#
# $$H = 2 \begin{pmatrix} \overline{x^2} & \overline{x} \\ \overline{x} & 1 \end{pmatrix}$$
#
# Its top left is the $\lambda$ from above. The two curvatures are the **eigenvalues** of $H$, which `torch.linalg.eigvalsh`
# computes for us, the smallest first.


# %%
def bag_grad(place: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """Gradient of the loss at ``place`` = [price, bag fee] (两个未知数的梯度).

    ``place`` and the result have shape (2,), in yuan per kg and yuan; ``x`` (kg)
    and ``y`` (yuan): (n,). Raises like ``check_receipts`` and ``check_shape``.
    """
    check_receipts(x, y)
    check_shape("place", place, (2,))
    residual = place[0] * x + place[1] - y
    return 2 * torch.stack([(residual * x).mean(), residual.mean()])


def bag_hessian(x: Tensor) -> Tensor:
    """Second derivatives of the loss of price and bag fee (黑塞矩阵), shape (2, 2).

    ``x`` (kg) has shape (n,). Raises like ``check_receipts``.
    """
    check_receipts(x, x)
    mean, square = x.mean(), (x**2).mean()
    return 2 * torch.tensor([[square, mean], [mean, 1]], dtype=x.dtype)


def max_stable_lr(hessian: Tensor) -> float:
    """The limit 2 / λmax of stable learning rates (学习率的上限).

    ``hessian`` is symmetric, shape (d, d), curved upwards; ``ValueError`` if some
    direction bends downwards or all are flat. Also raises like ``check_hessian``.
    Source: Goh, "Why Momentum Really Works", Distill (2017).
    """
    check_hessian(hessian)
    curvatures = torch.linalg.eigvalsh(hessian)
    lowest, highest = curvatures[0].item(), curvatures[-1].item()
    if highest <= 0 or lowest < -1e-6 * highest:  # rounding may leave a bit < 0
        found = f"{lowest:.3g} to {highest:.3g}"
        raise ValueError(f"not a valley: curvatures from {found}")
    return 2 / highest


if __name__ == "__main__":
    corner = torch.tensor([3.0, 3.0], dtype=torch.float64)  # 3 yuan/kg, bag 3 yuan
    hessian = bag_hessian(x)
    flat, steep = torch.linalg.eigvalsh(hessian).tolist()
    limit = max_stable_lr(hessian)
    print(f"curvatures {flat:.4f} and {steep:.4f}  limit {limit:.4f}")

# %% [markdown] lang="zh" tags=["predict"]
# 从 $(3, 3)$ 出发，学习率取 0.01、0.09、0.17，各走 30 步；再取 0.19，走 6 步（再走就出图了）。
# 界限约是 `{python} f"{limit:.2f}"`。哪几条路会来回折？前三条里，哪一条离 $(2, 0)$ 最近？

# %% [markdown] lang="en" tags=["predict"]
# Start at $(3, 3)$ and take 30 steps with each of the learning rates 0.01, 0.09 and 0.17; then 6 steps with 0.19 (one more
# would leave the figure). The limit is about `{python} f"{limit:.2f}"`. Which paths go to and fro? Which of the first three ends
# closest to $(2, 0)$?

# %%
if __name__ == "__main__":
    goal = torch.tensor([2.0, 0.0], dtype=torch.float64)
    walks = {}
    for lr, steps in ((0.01, 30), (0.09, 30), (0.17, 30), (0.19, 6)):
        walks[lr] = descend(lambda p: bag_grad(p, x, y), corner, lr, steps)
        w, b = walks[lr][-1].tolist()
        away = math.hypot(w - 2, b)  # on the map, by Pythagoras
        print(f"lr = {lr}  w = {w:.2f}  b = {b:.2f}  distance = {away:.2f}")

# %% tags=["plot"] alt_zh="四张等高线图，同一条斜的狭长山谷，谷底标星。0.01 横着下到谷里就几乎停住；0.09 一步跨到谷里，再慢慢沿谷走；0.17 在两壁之间来回折，却离谷底最近；0.19 越折越宽，冲出谷外。" alt_en="Four contour maps of the same slanting valley, with a star at its lowest point. 0.01 walks down the side and then nearly stops; 0.09 steps into the valley at once and creeps along it; 0.17 zigzags between the sides and yet comes closest; the zigzag of 0.19 widens and leaves the valley."
if __name__ == "__main__":
    fig, axes = plt.subplots(2, 2, figsize=(6.4, 5.4), sharex=True, sharey=True)
    all_w, all_b = torch.linspace(-2.2, 5.2, 150), torch.linspace(-1.5, 4.5, 120)
    heights = sum((all_w * q + all_b[:, None] - 2 * q) ** 2 for q in (1, 2, 3)) / 3
    levels = [0.1, 0.5, 2, 6, 12, 20, 35]
    for ax, (lr, walk) in zip(axes.flat, walks.items(), strict=True):
        ax.contour(all_w, all_b, heights, levels, colors="gray", linewidths=0.8)
        ax.plot(*walk.T, "o-", color="C0", markersize=3, lw=1)
        ax.plot(*goal, "*", color="C1", markersize=13)
        ax.set(title=f"learning rate {lr}", xlim=(-2.2, 5.2))
        ax.set(xticks=(-2, 0, 2, 4), yticks=(0, 2, 4), aspect="equal")
        ax.grid(False)
    for ax in axes[1]:
        ax.set(xlabel="$w$")
    for ax in axes[:, 0]:
        ax.set(ylabel="$b$")
    plt.show()

# %% [markdown] lang="zh"
# 同一圈等高线上损失相等，星是最低点，distance 是终点在图上离它多远。梯度与等高线垂直，在狭长的山谷里几乎只指着谷壁。
# 0.01 下到谷里，就几乎不动了；0.09 约是 $1/\lambda_{\max}$，一步进谷，再顺谷慢慢挪；0.17 贴近界限，来回折，
# 但顺谷的步子大，反而离星最近；0.19 过了界限，越折越宽。

# %% [markdown] lang="en"
# The loss is the same all along a contour; the star is the lowest point, and the distance printed is how far from it, on the
# map, a path ends. The gradient is at right angles to the contours, so in a long valley it points almost straight at the
# side. The rate 0.01 walks down the side and then barely moves; 0.09, about $1/\lambda_{\max}$, steps into the valley at once
# and creeps along it; 0.17, close to the limit, zigzags, but since its steps along the valley are large, it comes closest.
# The rate 0.19 is beyond the limit, and its zigzag widens.

# %% [markdown] lang="zh" tags=["check"]
# 真的各乘各的吗？`eigh` 连方向也求出来，矩阵乘法 `@` 把误差拆成两列，一列一个方向，再和 $(1 - \eta\lambda)^k$ 比：

# %% [markdown] lang="en" tags=["check"]
# Does each direction really have its own factor? `eigh` gives the directions as well, and the matrix product `@` splits the
# errors into the two, one a column. Compare with $(1 - \eta\lambda)^k$:

# %% tags=["check"]
if __name__ == "__main__":
    curvatures, directions = torch.linalg.eigh(hessian)
    for lr, walk in walks.items():
        parts = (walk - goal) @ directions  # a row for each step
        k = torch.arange(len(walk))[:, None]  # 0, 1, 2, ... in a column
        powers = (1 - lr * curvatures) ** k
        agree = torch.allclose(parts, powers * parts[0], rtol=0, atol=1e-10)
        print(f"lr = {lr}  agree: {agree}")

# %% [markdown] lang="zh"
# ## 要走多少步
# 想让误差缩小到百分之一，只要 $|1 - \eta\lambda|^k \le 1/100$。两边取自然对数 $\ln$；小于 1 的数对数为负，除以它时不等号反向：
#
# $$k \ge \frac{\ln 100}{-\ln|1 - \eta\lambda|}$$

# %% [markdown] lang="en"
# ## How many steps?
# To shrink an error to one hundredth, we need $|1 - \eta\lambda|^k \le 1/100$. Take the natural logarithm $\ln$ of both
# sides; that of a number below 1 is negative, so dividing by it turns the inequality round:
#
# $$k \ge \frac{\ln 100}{-\ln|1 - \eta\lambda|}$$


# %%
def steps_to_shrink(lr: float, curvature: float, times: float = 100) -> int:
    """Steps until an error is ``times`` smaller (所需步数), at least 1.

    Raises like ``check_rate``; ``ValueError`` unless ``times`` > 1, and if the
    error does not shrink at this rate and curvature.
    """
    check_rate(lr)
    if not 1 < times < math.inf:
        raise ValueError(f"times must be finite and above 1, got {times}")
    factor = abs(1 - lr * curvature)
    if not factor < 1:
        raise ValueError(f"the error does not shrink: |1 - lr * λ| = {factor:.4g}")
    if factor == 0:
        return 1
    return max(1, math.ceil(math.log(times) / -math.log(factor)))


if __name__ == "__main__":
    for lr in (0.01, 0.09, 0.17):
        across, along = (steps_to_shrink(lr, c) for c in (steep, flat))
        print(f"lr = {lr}  across = {across}  along = {along}")

# %% [markdown] lang="zh"
# 横跨（across）山谷很快，顺谷（along）却要一百多步到近两千步：最弯的方向限制学习率，最平的方向决定快慢。
# 两个曲率之比 $\kappa = \lambda_{\max} / \lambda_{\min}$ 叫**条件数**（condition number），这里是 `{python} f"{steep / flat:.0f}"`。
# 取 $\eta = 1/\lambda_{\max}$（0.09 差不多就是），顺谷的乘数是 $1 - 1/\kappa$：碗越圆，$\kappa$ 越接近 1，走得越快。
#
# 实际训练中不知道 $\lambda$，只能看着损失，几乎不降时停下。可是 0.01 走了 30 步，几乎不动了，
# 袋子钱却还错着 `{python} f"{walks[0.01][-1, 1]:.1f}"` 元。走得慢，不等于走到了。
#
# ## 交给 PyTorch
# 模型大了，导数就交给 PyTorch。下面四件事是训练的骨架：

# %% [markdown] lang="en"
# Across the valley is quick; along it takes from over a hundred steps to nearly two thousand. The direction that bends most
# limits the rate, but the flattest one decides the speed. The ratio of the two curvatures,
# $\kappa = \lambda_{\max} / \lambda_{\min}$, is the **condition number**, here `{python} f"{steep / flat:.0f}"`. With
# $\eta = 1/\lambda_{\max}$ (0.09 is nearly that) the factor along the valley is $1 - 1/\kappa$: the rounder the bowl,
# the closer $\kappa$ is to 1, and the faster you go.
#
# In real training you do not know $\lambda$. You watch the loss and stop when it hardly falls any more. But beware: after 30 steps
# at rate 0.01 the path hardly moves any more, yet its bag fee is still wrong by `{python} f"{walks[0.01][-1, 1]:.1f}"`
# yuan. Slow is not the same as done.
#
# ## Over to PyTorch
# For larger models, leave the derivatives to PyTorch. These four actions are the skeleton of training:


# %%
def train(
    x: Tensor,
    y: Tensor,
    start: float = 1.0,
    lr: float = 0.05,
    steps: int = 20,
    clear: bool = True,
) -> tuple[Tensor, list[float]]:
    """Find the price with autograd (训练): prices, shape (steps + 1,), and losses.

    ``losses[k]`` belongs to ``prices[k]``, k < steps. ``x`` (kg), ``y`` (yuan):
    (n,). Raises like ``check_receipts``, ``check_start``, ``check_rate``,
    ``check_count``.
    """
    check_receipts(x, y)
    check_rate(lr)
    check_count("steps", steps)
    check_start(torch.tensor(start, dtype=x.dtype))
    w = torch.tensor(start, dtype=x.dtype, requires_grad=True)
    prices, losses = [w.item()], []
    for _ in range(steps):
        if clear:
            w.grad = None  # 1. clear the old gradient
        loss = price_loss(w, x, y)  # 2. measure the loss
        loss.backward()  # 3. take the gradient
        with torch.no_grad():
            w -= lr * w.grad  # 4. update
        prices.append(w.item())
        losses.append(loss.item())
    return torch.tensor(prices, dtype=x.dtype), losses


if __name__ == "__main__":
    x32, y32 = x.float(), y.float()
    prices, losses = train(x32, y32, steps=20)
    print(f"w = {prices[-1]:.4f}  last loss = {losses[-1]:.1g}")
    same = torch.allclose(prices[:11], path.float(), rtol=0, atol=1e-6)
    print(f"same path: {same}")

# %% [markdown] lang="zh"
# 第一件：`backward()` 会把新导数**加**到 `.grad` 原有的数上，所以先清掉。
# 第四件放在 `torch.no_grad()` 里：更新不该被记录。存的是 `.item()` 取出的数，若存张量，每步的图都会留在内存里。
# `.float()` 换成 PyTorch 默认的 `float32`。
#
# 前 10 步和手写的一样，最后的损失只有 `{python} f"{losses[-1]:.0e}"`。开头的问题有了答案：1 kg 卖 `{python} f"{prices[-1]:.2f}"` 元。
# 电脑从头到尾只知道哪边低。

# %% [markdown] lang="en"
# Action 1: `backward()` **adds** the new derivative to what `.grad` already holds, so clear it first. Action 4 stands inside
# `torch.no_grad()`, because the update should not be recorded. We store numbers taken out by `.item()`; tensors would keep
# the graph of every step in memory. `.float()` converts to `float32`, PyTorch's default.
#
# The first 10 steps are the same as by hand. The last loss is a mere `{python} f"{losses[-1]:.0e}"`. And the question
# from the top has its answer: 1 kg costs `{python} f"{prices[-1]:.2f}"` yuan. All the computer ever knew was which way is down.

# %% [markdown] lang="zh"
# ## 三个常见错误
# ### 符号写反

# %% [markdown] lang="en"
# ## Three common mistakes
# ### The wrong sign

# %% [markdown] lang="zh" tags=["bug"]
# 把减号写成加号，就成了上山：

# %% [markdown] lang="en" tags=["bug"]
# Write plus instead of minus, and you climb:

# %% tags=["bug"]
if __name__ == "__main__":
    w = torch.tensor(1.0, dtype=torch.float64)
    climb = []
    for _ in range(5):
        w = w + 0.05 * price_slope(w, x, y)  # wrong: should be minus
        climb.append(price_loss(w, x, y).item())
        print(f"w = {w:.3f}  loss = {climb[-1]:.1f}")

# %% [markdown] lang="zh" tags=["bug"]
# 不报错，损失却一路上涨，价格成了负数：误差每步乘 `{python} f"{1 + 0.05 * curvature:.3f}"`，即 $1 + \eta\lambda$，学习率再小也大于 1。

# %% [markdown] lang="en" tags=["bug"]
# There is no error message, but the loss keeps rising and the price turns negative. Each step multiplies the error by
# `{python} f"{1 + 0.05 * curvature:.3f}"`, that is $1 + \eta\lambda$, which is above 1 for any rate, however small.

# %% [markdown] lang="zh"
# ### 学习率太大

# %% [markdown] lang="en"
# ### Too large a learning rate

# %% [markdown] lang="zh" tags=["bug"]
# 学习率 0.3，超过了界限 `{python} f"{2 / curvature:.3f}"`。误差会大到 `float32` 也装不下，那时先出现 `inf`（无穷大），
# 后出现 `nan`（不是数）。`nonzero` 列出它们出现的步，`[0]` 取第一个：

# %% [markdown] lang="en" tags=["bug"]
# The learning rate 0.3 is beyond the limit, `{python} f"{2 / curvature:.3f}"`. The error grows until not even `float32` can hold it;
# then come first `inf` (infinite) and later `nan` (not a number). `nonzero` lists the steps where they are, and `[0]` is the
# first:

# %% tags=["bug"]
if __name__ == "__main__":
    print(f"largest float32: {torch.finfo(torch.float32).max:.1e}")
    blown = descend(lambda w: price_slope(w, x32, y32), start.float(), 0.3, 200)
    print(f"w = {[round(w, 2) for w in blown[:5].tolist()]}")
    loss = torch.stack([price_loss(w, x32, y32) for w in blown])
    loss_inf = loss.isinf().nonzero()[0].item()
    w_inf = blown.isinf().nonzero()[0].item()
    w_nan = blown.isnan().nonzero()[0].item()
    print(f"loss inf {loss_inf}  w inf {w_inf}  w nan {w_nan}")

# %% [markdown] lang="zh" tags=["bug"]
# 误差每步乘 `{python} f"−{0.3 * curvature - 1:.1f}"`，正负交替，越来越大。平方先**溢出**（overflow）：损失在第 `{python} loss_inf` 步就成了 `inf`，
# 价格撑到第 `{python} w_inf` 步；下一次更新是无穷大减无穷大，得到 `nan`，再也回不来。见到这种情形，先把学习率除以 10 再试。

# %% [markdown] lang="en" tags=["bug"]
# Each step multiplies the error by `{python} f"−{0.3 * curvature - 1:.1f}"`, so it grows and its sign alternates. The square **overflows** first:
# the loss is `inf` at step `{python} loss_inf`, while the price holds out until step `{python} w_inf`. The next update is infinity minus
# infinity, which gives `nan`, and from `nan` nothing returns. When you see this, divide the learning rate by 10 and try again.

# %% [markdown] lang="zh"
# ### 忘了清梯度

# %% [markdown] lang="en"
# ### Not clearing the gradient

# %% [markdown] lang="zh" tags=["bug"]
# 去掉第一件事，每一步就按至今所有斜率之和来走：

# %% [markdown] lang="en" tags=["bug"]
# Leave out action 1, and each step follows the sum of all slopes so far:

# %% tags=["bug"]
if __name__ == "__main__":
    swing, _ = train(x32, y32, steps=60, clear=False)
    right, _ = train(x32, y32, steps=60)
    for k in (1, 2, 3, 5, 9, 60):
        print(f"k = {k:2}  cleared {right[k]:.3f}  not cleared {swing[k]:.3f}")

# %% [markdown] lang="zh" tags=["bug"]
# 第 1 步还没有旧梯度，两者一样。后来到了碗底，旧斜率的和还不是 0，于是冲过去，到对面才折回，
# 像没有摩擦的钟摆，在 `{python} f"{swing.min():.2f}"` 与 `{python} f"{swing.max():.2f}"` 元之间摆个不停（下图）。

# %% [markdown] lang="en" tags=["bug"]
# At step 1 there is no old gradient yet, and both are the same. But later, at the bottom, the sum of the old slopes is not 0, so
# the price runs past and turns only on the other side: a pendulum without friction, swinging for ever between
# `{python} f"{swing.min():.2f}"` and `{python} f"{swing.max():.2f}"` yuan (figure).

# %% tags=["plot"] alt_zh="价格随迭代步变化。清了梯度，价格很快贴住 2 元；没清，价格在 `{python} f'{swing.min():.2f}'` 与 `{python} f'{swing.max():.2f}'` 元之间不停摆动，60 步后也不见减弱。" alt_en="The price against the step. With the gradient cleared it soon settles at 2 yuan; not cleared, it keeps swinging between `{python} f'{swing.min():.2f}'` and `{python} f'{swing.max():.2f}'` yuan, as strongly after 60 steps as at first."
if __name__ == "__main__":
    fig, ax = plt.subplots()
    ax.plot(swing, "o-", color="C1", markersize=3, lw=1, label="not cleared")
    ax.plot(right, "s--", color="C0", markersize=3, lw=1, label="cleared")
    ax.set(xlabel="step", ylabel="price (yuan per kg)")
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=2)
    plt.show()

# %% [markdown] lang="zh"
# ## 练习

# %% [markdown] lang="en"
# ## Exercises

# %% [markdown] lang="zh" tags=["exercise"]
# 只有 $w$ 一个未知数，小票改用克来记（1 kg 等于 1000 g），$w$ 的单位成了元/g。学习率的界限变成原来的多少倍？先猜，再算。

# %% [markdown] lang="en" tags=["exercise"]
# With $w$ as the only unknown, write the receipts in grams (1 kg is 1000 g); $w$ is then in yuan per g. By what factor does
# the limit of the learning rate change? Guess first, then compute.


# %% tags=["solution"]
def price_limit(x: Tensor) -> float:
    """The largest stable learning rate of ``price_loss`` (一个未知数的上限).

    ``x`` has shape (n,). Raises like ``check_receipts`` and ``max_stable_lr``.
    """
    check_receipts(x, x)
    return max_stable_lr(2 * (x**2).mean().reshape(1, 1))


if __name__ == "__main__":
    print(f"kg {price_limit(x):.3g}  g {price_limit(1000 * x):.3g}")

# %% [markdown] lang="zh" tags=["solution"]
# 变成原来的百万分之一：$x$ 成了 1000 倍，$\lambda$ 里有它的平方。换了单位，好好的学习率也会发散。

# %% [markdown] lang="en" tags=["solution"]
# It is a million times smaller: $x$ grows by 1000, and $\lambda$ contains its square. In another unit, a rate that
# used to work diverges.

# %% [markdown] lang="zh" tags=["exercise"]
# 回到两个未知数。把每个重量减去平均值 2 kg 再用。条件数变成多少？取 $\eta = 1/\lambda_{\max}$，最慢的方向缩小 100 倍要几步？

# %% [markdown] lang="en" tags=["exercise"]
# Back to two unknowns. Subtract the mean weight, 2 kg, from each weight before using it. What is the condition number now?
# With $\eta = 1/\lambda_{\max}$, how many steps does the slowest direction take to shrink 100 times?


# %% tags=["solution"]
def condition_number(hessian: Tensor) -> float:
    """λmax / λmin of a symmetric matrix (条件数), inf if a direction is flat.

    Raises like ``max_stable_lr``.
    """
    highest = 2 / max_stable_lr(hessian)
    lowest = torch.linalg.eigvalsh(hessian)[0].item()
    return highest / lowest if lowest > 1e-12 * highest else math.inf


if __name__ == "__main__":
    for weights in (x, x - x.mean()):
        valley = bag_hessian(weights)
        kappa, lr = condition_number(valley), max_stable_lr(valley) / 2
        count = steps_to_shrink(lr, 1 / (lr * kappa))  # flattest direction
        print(f"kappa = {kappa:.2f}  lr = {lr:.3f}  {count} steps")

# %% [markdown] lang="zh" tags=["solution"]
# 狭长的山谷成了近乎圆的碗，两百多步减到 `{python} count` 步。原来 $w$ 变大，该付的钱全都变多，和 $b$ 变大差不多，谷就又斜又长；
# 减去平均值，两者互不相干。（这时 $b$ 是买 2 kg 该付的钱。）

# %% [markdown] lang="en" tags=["solution"]
# The long valley becomes a nearly round bowl, and over two hundred steps become `{python} count`. Before, raising $w$ raised
# every amount due, much as raising $b$ does, hence the long slanting valley. Without the mean they are independent. ($b$ now
# means what 2 kg cost.)

# %% [markdown] lang="zh" tags=["exercise"]
# 也可以每步只看一张小票，损失是 $(w x_i - y_i)^2$，三张轮流，学习率 0.01。用完三张，误差一共乘了多少？
# 次序要紧吗？写出来，并用公式核对。

# %% [markdown] lang="en" tags=["exercise"]
# A step can also use a single receipt, with loss $(w x_i - y_i)^2$; the three take turns, with learning rate 0.01. By what is
# the error multiplied after all three? Does their order matter? Write it, and check with a formula.


# %% tags=["solution"]
def one_by_one(
    x: Tensor,
    y: Tensor,
    start: float = 1.0,
    lr: float = 0.01,
    passes: int = 100,
) -> Tensor:
    """One receipt a step (逐张小票): prices after each pass, shape (passes + 1,).

    Raises like ``train``.
    """
    check_receipts(x, y)
    check_count("passes", passes)
    prices = [torch.tensor(start, dtype=x.dtype)]
    for _ in range(passes):
        w = prices[-1]
        for i in range(len(x)):
            here = (x[i : i + 1], y[i : i + 1])
            w = descend(lambda v, here=here: price_slope(v, *here), w, lr, 1)[-1]
        prices.append(w)
    return torch.stack(prices)


def pass_factor(x: Tensor, lr: float) -> float:
    """What one pass of ``one_by_one`` multiplies the error by (一轮的乘数).

    Raises like ``check_receipts`` and ``check_rate``.
    """
    check_receipts(x, x)
    check_rate(lr)
    return (1 - 2 * lr * x**2).prod().item()


if __name__ == "__main__":
    for order in (x, x.flip(0)):
        turns = one_by_one(order, 2 * order, start=1.0, lr=0.01, passes=100)
        print(f"{(turns[1] - 2) / (turns[0] - 2):.4f}  w = {turns[-1]:.4f}")
    print(f"formula {pass_factor(x, 0.01):.4f}")

# %% [markdown] lang="zh" tags=["solution"]
# 第 $i$ 步的曲率是 $2 x_i^2$，三个 $1 - 2\eta x_i^2$ 相乘得 `{python} f"{pass_factor(x, 0.01):.4f}"`。乘法不分先后，次序不要紧。
# 但这是因为三张小票完全一致；若有出入，每一步都往不同的价格拉。

# %% [markdown] lang="en" tags=["solution"]
# Step $i$ has curvature $2 x_i^2$, and the three factors $1 - 2\eta x_i^2$ multiply to `{python} f"{pass_factor(x, 0.01):.4f}"`. A
# product does not depend on the order. But that is only so because the three receipts agree perfectly; if they did not,
# each step would pull towards another price.

# %% [markdown] lang="zh"
# ## 小结
# - 梯度下降：算损失，求梯度，逆着它走一步，反复做。
# - 在碗里，每步把误差乘上 $1 - \eta\lambda$；学习率低于 $2/\lambda_{\max}$ 才稳定。
# - 最弯的方向限制学习率，最平的方向决定步数。
# - PyTorch 的四件事：清梯度、算损失、`backward()`、更新。
#
# 接下来，数据有了误差，也多到一百多条：[从零实现线性回归](../ch03_linear_regression/from_scratch.py)。

# %% [markdown] lang="en"
# ## Recap
# - Gradient descent: measure the loss, take the gradient, step against it, repeat.
# - In a bowl, each step multiplies the error by $1 - \eta\lambda$; only learning rates below $2/\lambda_{\max}$ are stable.
# - The direction that bends most limits the rate; the flattest sets the number of steps.
# - PyTorch's four actions: clear the gradient, compute the loss, `backward()`, update.
#
# Next, the data are noisy and there are more than a hundred of them:
# [linear regression from scratch](../ch03_linear_regression/from_scratch.py).
