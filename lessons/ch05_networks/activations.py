# %% [markdown] lang="zh"
# # 激活函数
# 山谷里有两块互相咬合的月牙形田地，每块的半径约 1 公里：一块种玉米，一块种茶。你要做一个小盒子，只凭位置（向东、向北各几公里）就报出脚下是哪种。盒里的芯片很小，只装得下 4 个隐藏单元。别的都定了，只剩一样可以选：**激活函数**（activation function）。选哪一个，盒子最可能学会？
#
# 常见的建议是“都去试试”。这一课真的去试，并看懂结果。学完这一页，你能够：
#
# - 说出网络里为什么一定要有“弯”；
# - 亲手写出五个激活函数和它们的斜率，并验证写得对；
# - 说清为什么有的函数一层层叠深了就学不动，有的单元会“死”；
# - 知道激活函数该放在哪里，不该放在哪里。
#
# 先修：[第一个神经网络](../ch05_networks/first_network.py)、[决策边界](../ch05_networks/decision_boundaries.py)。下面折叠的代码是导入和输入检查，初读可以跳过。

# %% [markdown] lang="en"
# # Activation functions
# In a valley, two crescent-shaped fields of about 1 km radius hook into each other: one grows corn, the other tea. You are building a little box that is told its position (kilometres east and north) and says which crop it stands on. Its chip is tiny and holds just 4 hidden units. All else is settled; one choice is left, the **activation function**. With which is the box most likely to learn?
#
# The usual advice is "try them all". Here we really do, and we want to understand what comes out. After this page you can
#
# - say why a network cannot do without a bend;
# - write five activation functions and their slopes yourself, and prove them right;
# - explain why some functions stop learning when layers pile up, and how a unit "dies";
# - tell where an activation function belongs, and where it does not.
#
# Before this: [your first network](../ch05_networks/first_network.py) and [decision boundaries](../ch05_networks/decision_boundaries.py). The folded code below imports what we need and checks inputs. Skip it at first reading.

# %% tags=["setup"]
import math
from collections.abc import Callable, Sequence
from itertools import pairwise

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from sklearn.datasets import make_moons
from torch import Tensor


def check_floats(t: Tensor) -> None:
    """Refuse all but tensors of finite floats (检查输入)."""
    if not isinstance(t, Tensor) or not t.is_floating_point():
        found = getattr(t, "dtype", type(t))
        raise TypeError(f"expected a float tensor, got {found}")
    if not t.isfinite().all():
        raise ValueError("expected finite numbers, got NaN or infinity")


def check_data(x: Tensor, y: Tensor) -> None:
    """Refuse all but points (n, 2) with labels 0 and 1 (n, 1) (检查数据)."""
    check_floats(x)
    check_floats(y)
    if x.ndim != 2 or x.shape[1] != 2 or len(x) == 0 or y.shape != (len(x), 1):
        found = f"{tuple(x.shape)} and {tuple(y.shape)}"
        raise ValueError(f"expected shapes (n, 2) and (n, 1), got {found}")
    if not ((y == 0) | (y == 1)).all():
        raise ValueError("expected labels 0 or 1")


def check_leak(leak: float) -> None:
    """Refuse slopes of the negative side outside [0, 1) (检查负半边的斜率)."""
    if not 0 <= leak < 1:
        raise ValueError(f"leak must be in [0, 1), got {leak}")


def check_run(lr: float = 1.0, **counts: int) -> None:
    """Refuse senseless learning rates and counts (检查学习率与个数)."""
    if not 0 < lr < math.inf:
        raise ValueError(f"the learning rate must be positive and finite, got {lr}")
    for name, value in counts.items():
        if not isinstance(value, int) or value < 1:
            raise ValueError(f"{name} must be a positive integer, got {value}")


# %% [markdown] lang="zh"
# ## 数据，以及为什么要有弯
# 100 个地点用来学，另外 1000 个用来打分。田边不齐，坐标有 0.1 公里的抖动（标准差）。标签 0 是玉米，1 是茶。

# %% [markdown] lang="en"
# ## The data, and why we need a bend
# 100 places to learn from, 1000 others to judge by. The fields have ragged edges: a jitter of 0.1 km (standard deviation). Label 0 is corn, 1 is tea.


# %%
def make_fields(n: int, seed: int, noise: float = 0.1) -> tuple[Tensor, Tensor]:
    """Two crescent fields (两块月牙形的田): places (n, 2) in km, labels (n, 1).

    ``noise`` is the standard deviation of the jitter, in km. Raises ``ValueError``
    for n < 2 or a bad ``noise``. Source: ``sklearn.datasets.make_moons``.
    """
    if n < 2 or not 0 <= noise < math.inf:
        raise ValueError(f"expected n >= 2 and 0 <= noise < inf, got {n}, {noise}")
    places, labels = make_moons(n, noise=noise, random_state=seed)
    x, y = torch.from_numpy(places).float(), torch.from_numpy(labels).float()
    return x, y[:, None]


if __name__ == "__main__":
    x, y = make_fields(100, seed=0)  # to learn from
    x_test, y_test = make_fields(1000, seed=1)  # to judge by

# %% tags=["plot"] alt_zh="100 个训练地点：玉米田像一道拱，茶园像一道向下的弧，两块田的尖互相伸进对方的凹处，任何直线都分不开。" alt_en="The 100 training places: the corn field is an arch, the tea field a bowl, and the tip of each reaches into the hollow of the other; no straight line separates them."
if __name__ == "__main__":
    fig, ax = plt.subplots(layout="constrained")
    for k, (name, marker) in enumerate((("corn", "o"), ("tea", "^"))):
        ax.plot(*x[y[:, 0] == k].T, marker, markersize=5, label=name)
    ax.set(xlabel="east (km)", ylabel="north (km)", aspect="equal")
    fig.legend(loc="outside lower center", ncols=2)
    plt.show()

# %% [markdown] lang="zh"
# 没有激活函数会怎样？先算 $3t+1$，再算 $2u-5$（$t$ 是输入，$u$ 是前一步的结果），合起来是 $6t-3$：两步直的，还是一步直的。矩阵也一样：下面随机取两层，合并成一层，比较输出。

# %% [markdown] lang="en"
# What happens without an activation function? Take $3t+1$ first and $2u-5$ next ($t$ is the input, $u$ the result of the first step): together $6t-3$. Two straight steps make one straight step. Matrices do the same. Below, two random layers are merged into one, and the outputs compared:

# %%
if __name__ == "__main__":
    rng = torch.Generator().manual_seed(0)
    w1, b1 = torch.randn(4, 2, generator=rng), torch.randn(4, generator=rng)
    w2, b2 = torch.randn(1, 4, generator=rng), torch.randn(1, generator=rng)
    two_layers = (x @ w1.T + b1) @ w2.T + b2
    one_layer = x @ (w2 @ w1).T + (w2 @ b1 + b2)
    gap = (two_layers - one_layer).abs().max().item()
    print(f"two layers - one layer: {gap:.0e}")
    bent = torch.tanh(x @ w1.T + b1) @ w2.T + b2
    print(f"with a bend: {(bent - one_layer).abs().max().item():.1f}")

# %% [markdown] lang="zh"
# 两层与一层最多差 `{python} f"{gap:.0e}"`，只是浮点误差。中间加一个弯（这里是 tanh），就再也合并不了。没有弯，叠多少层都只有一条直线，图见 [决策边界](../ch05_networks/decision_boundaries.py)。
#
# ## 五个弯，和它们的斜率
# 一个单元先算加权和 $t$，再输出 $f(t)$，$f$ 就是激活函数。训练时梯度往回走，每过一个单元就乘上它的斜率 $f'(t)$（链式法则，见 [反向传播](../ch05_networks/backpropagation.py)）。所以每个函数要看两样：**形状**决定网络画得出什么，**斜率**决定它学不学得动。
#
# $$\sigma(t)=\frac{1}{1+e^{-t}}\qquad \tanh(t)=2\,\sigma(2t)-1$$
#
# $$\mathrm{ReLU}(t)=\max(0,\,t)\qquad \mathrm{LeakyReLU}(t)=\max(at,\,t)$$
#
# $$\mathrm{GELU}(t)=t\,\Phi(t)$$
#
# - $\sigma$ 是 sigmoid 函数，值在 0 与 1 之间；$e$ 是自然对数的底；
# - $\tanh$ 是双曲正切，就是拉宽、拉高后的 sigmoid，值在 −1 与 1 之间；
# - $a$ 是负半边的斜率，在 0 与 1 之间。PyTorch 默认取 `{python} torch.nn.LeakyReLU().negative_slope`，这里取 0.1，图上看得清；
# - $\Phi(t)$ 是标准正态分布的随机数小于 $t$ 的概率，在 PyTorch 里是 `torch.special.ndtr`。$t$ 很大时它近于 1，很小时近于 0，所以 GELU 是一个圆角的 ReLU。
#
# 各自的斜率：
#
# $$\sigma'(t)=\sigma(t)\,\sigma(-t)\qquad \tanh'(t)=4\,\sigma'(2t)$$
#
# $$\mathrm{GELU}'(t)=\Phi(t)+t\,\varphi(t),\quad \varphi(t)=\frac{e^{-t^2/2}}{\sqrt{2\pi}}$$
#
# $\varphi$ 是标准正态分布的密度，即 $\Phi$ 的斜率。ReLU 的斜率左边是 0，右边是 1；LeakyReLU 左边是 $a$，右边是 1。尖角 $t=0$ 处没有斜率，照 PyTorch 取左边的值。

# %% [markdown] lang="en"
# Two layers and one differ by at most `{python} f"{gap:.0e}"`, mere rounding. With a bend in between (here tanh), they no longer merge. Without bends, any number of layers draws one straight line; [decision boundaries](../ch05_networks/decision_boundaries.py) shows the picture.
#
# ## Five bends and their slopes
# A unit first takes a weighted sum $t$ and then puts out $f(t)$; this $f$ is the activation function. In training, gradients travel backwards and are multiplied by the slope $f'(t)$ of every unit they pass (the chain rule; see [backpropagation](../ch05_networks/backpropagation.py)). So there are two things to look at: the **shape** decides what a network can draw, the **slope** whether it can learn.
#
# $$\sigma(t)=\frac{1}{1+e^{-t}}\qquad \tanh(t)=2\,\sigma(2t)-1$$
#
# $$\mathrm{ReLU}(t)=\max(0,\,t)\qquad \mathrm{LeakyReLU}(t)=\max(at,\,t)$$
#
# $$\mathrm{GELU}(t)=t\,\Phi(t)$$
#
# - $\sigma$ is the sigmoid, between 0 and 1; $e$ is the base of the natural logarithm;
# - $\tanh$, the hyperbolic tangent, is a sigmoid squeezed in width and stretched in height, between −1 and 1;
# - $a$ is the slope of the negative side, between 0 and 1. PyTorch's default is `{python} torch.nn.LeakyReLU().negative_slope`; we take 0.1, which can be seen in a picture;
# - $\Phi(t)$ is the probability that a standard normal random number is below $t$; PyTorch calls it `torch.special.ndtr`. It is near 1 for large $t$ and near 0 for very negative $t$, so GELU is a ReLU with a rounded corner.
#
# Their slopes:
#
# $$\sigma'(t)=\sigma(t)\,\sigma(-t)\qquad \tanh'(t)=4\,\sigma'(2t)$$
#
# $$\mathrm{GELU}'(t)=\Phi(t)+t\,\varphi(t),\quad \varphi(t)=\frac{e^{-t^2/2}}{\sqrt{2\pi}}$$
#
# $\varphi$ is the standard normal density, the slope of $\Phi$. The slope of ReLU is 0 on the left and 1 on the right; that of LeakyReLU is $a$ on the left and 1 on the right. At the corner, $t=0$, it is not defined; like PyTorch, we take the value from the left.


# %%
def sigmoid(t: Tensor) -> Tensor:
    """1 / (1 + e^-t) (sigmoid 函数), any shape, without overflow.

    Raises ``TypeError`` unless float, ``ValueError`` for NaN or infinity.
    """
    check_floats(t)
    return torch.exp(-torch.logaddexp(torch.zeros_like(t), -t))


def sigmoid_slope(t: Tensor) -> Tensor:
    """Slope of the sigmoid (sigmoid 的斜率), at most 1/4; same errors."""
    return sigmoid(t) * sigmoid(-t)


def tanh(t: Tensor) -> Tensor:
    """Hyperbolic tangent (双曲正切), any shape; same errors."""
    return 2 * sigmoid(2 * t) - 1


def tanh_slope(t: Tensor) -> Tensor:
    """Slope of tanh (tanh 的斜率), at most 1; same errors."""
    return 4 * sigmoid_slope(2 * t)


def relu(t: Tensor) -> Tensor:
    """max(0, t), any shape; same errors. Source: Nair & Hinton (2010)."""
    check_floats(t)
    return torch.where(t > 0, t, 0.0)


def relu_slope(t: Tensor) -> Tensor:
    """Slope of ReLU (ReLU 的斜率): 1 above 0, else 0; same errors."""
    check_floats(t)
    return (t > 0).to(t.dtype)


def leaky_relu(t: Tensor, leak: float = 0.1) -> Tensor:
    """t above 0, else leak * t, any shape; same errors. Source: Maas et al. (2013).

    Also raises ``ValueError`` unless 0 <= leak < 1.
    """
    check_floats(t)
    check_leak(leak)
    return torch.where(t > 0, t, leak * t)


def leaky_relu_slope(t: Tensor, leak: float = 0.1) -> Tensor:
    """Slope of LeakyReLU (LeakyReLU 的斜率): 1 above 0, else leak; same errors."""
    check_leak(leak)
    steep = relu_slope(t)
    return steep + leak * (1 - steep)


def gelu(t: Tensor) -> Tensor:
    """t Phi(t), any shape; same errors. Source: Hendrycks & Gimpel (2016)."""
    check_floats(t)
    return t * torch.special.ndtr(t)


def gelu_slope(t: Tensor) -> Tensor:
    """Slope of GELU (GELU 的斜率): Phi(t) + t phi(t); same errors."""
    check_floats(t)
    density = torch.exp(-t.square() / 2) / math.sqrt(2 * math.pi)
    return torch.special.ndtr(t) + t * density


FUNCTIONS = {
    "sigmoid": (sigmoid, sigmoid_slope),
    "tanh": (tanh, tanh_slope),
    "ReLU": (relu, relu_slope),
    "LeakyReLU": (leaky_relu, leaky_relu_slope),
    "GELU": (gelu, gelu_slope),
}

# %% tags=["plot"] alt_zh="每行左边是函数，右边是斜率。上行：sigmoid 的斜率最高 0.25，tanh 最高 1，离开 0 几个单位就都贴近 0。下行：ReLU、LeakyReLU、GELU 右边的斜率都是或接近 1；左边，ReLU 恰好是 0，LeakyReLU 是 0.1，GELU 先略小于 0 再趋于 0。" alt_en="Each row has the functions on the left and their slopes on the right. Top: the sigmoid's slope is at most 0.25, that of tanh at most 1, and a few units away from 0 both are almost 0. Bottom: on the right, ReLU, LeakyReLU and GELU have slopes of or near 1; on the left, ReLU has exactly 0, LeakyReLU 0.1, and GELU dips below 0 before it nears 0."
if __name__ == "__main__":
    fig, axes = plt.subplots(2, 2, figsize=(7, 6.4), layout="constrained")
    t = torch.linspace(-5, 5, 401)
    rows = (("sigmoid", "tanh"), ("ReLU", "LeakyReLU", "GELU"))
    styles = {
        name: (f"C{i}", s)
        for i, (name, s) in enumerate(
            zip(FUNCTIONS, ("-", "--", "-", "--", ":"), strict=True)
        )
    }
    for (left, right), names in zip(axes, rows, strict=True):
        for name in names:
            color, style = styles[name]
            for ax, function in zip((left, right), FUNCTIONS[name], strict=True):
                ax.plot(t, function(t), style, color=color, lw=2, label=name)
        left.set_title("function")
        right.set_title("slope")
        left.legend(loc="upper left")
        for ax in (left, right):
            ax.set(xlabel="$t$", xticks=(-4, -2, 0, 2, 4))
    axes[0, 1].axhline(0.25, color="gray", lw=1)
    plt.show()

# %% [markdown] lang="zh"
# 上行的两个函数离 0 远了就变平，斜率近于 0，这叫**饱和**（saturation）。灰线是 1/4：sigmoid 的斜率从不超过它，因为 $\sigma'=s(1-s)$（$s=\sigma(t)$），在 $s=1/2$ 时最大。下行的三个函数右半边从不饱和。

# %% [markdown] lang="en"
# The two functions in the top row grow flat far from 0, and their slopes near 0: they **saturate**. The grey line is 1/4, which the sigmoid's slope never exceeds, for $\sigma'=s(1-s)$ with $s=\sigma(t)$ is largest at $s=1/2$. The three in the bottom row never saturate on the right.

# %% [markdown] lang="zh" tags=["check"]
# 写对了吗？拿三样东西对照：PyTorch 自带的函数；自动求导给出的斜率；中心差分给出的斜率，即向左、向右各挪一小步 $h$（`1e-5`）量出来的
#
# $$f'(t)\approx\frac{f(t+h)-f(t-h)}{2h}$$
#
# 在 −6 到 6 之间取 400 个点（不含尖角 0），再加上 ±200 两个极端。每行是三项对照的最大误差。

# %% [markdown] lang="en" tags=["check"]
# Are they right? We compare with three things: PyTorch's own functions; slopes by autograd; and slopes by central differences, measured by stepping a little $h$ (`1e-5`) to the left and to the right:
#
# $$f'(t)\approx\frac{f(t+h)-f(t-h)}{2h}$$
#
# We take 400 points from −6 to 6 (none at the corner 0) and add the extremes ±200. Each line has the largest error of each comparison.


# %% tags=["check"]
def autograd_slope(f: Callable[[Tensor], Tensor], t: Tensor) -> Tensor:
    """f'(t) by autograd (自动求导), same shape as ``t``; same errors as ``f``."""
    t = t.detach().clone().requires_grad_()
    (slope,) = torch.autograd.grad(f(t).sum(), t)
    return slope


if __name__ == "__main__":
    ends = torch.tensor([-200.0, 200.0], dtype=torch.float64)
    t = torch.cat([torch.linspace(-6, 6, 400, dtype=torch.float64), ends])
    h = 1e-5
    torch_has = [
        torch.sigmoid,
        torch.tanh,
        F.relu,
        lambda t: F.leaky_relu(t, 0.1),
        F.gelu,
    ]
    pairs = zip(FUNCTIONS.items(), torch_has, strict=True)
    for (name, (f, slope)), theirs in pairs:
        by_steps = (f(t + h) - f(t - h)) / (2 * h)
        answers = (theirs(t), f(t)), (autograd_slope(f, t), slope(t))
        errors = [(a - b).abs().max().item() for a, b in answers]
        errors.append((by_steps - slope(t)).abs().max().item())
        print(f"{name:9} " + "  ".join(f"{error:.0e}" for error in errors))
    far = torch.tensor([-200.0])  # float32
    naive = autograd_slope(lambda t: 1 / (1 + torch.exp(-t)), far)
    print(f"t = -200: naive {naive.item()}, ours {sigmoid_slope(far).item()}")

# %% [markdown] lang="zh" tags=["check"]
# 前两列只是 float64 的舍入误差，第三列是差分法自身的误差。最后一行是为什么不照公式直接写 sigmoid：在 float32 里 $e^{200}$ 溢出成无穷大，函数值碰巧还对，斜率却成了 `{python} naive.item()`（不是数）。所以代码把它改写成 $e^{-\ln(e^0+e^{-t})}$；`torch.logaddexp` 算其中的对数，不会溢出（见 [归约与常用函数](../ch01_tensors/core_functions.py)）。

# %% [markdown] lang="en" tags=["check"]
# The first two columns are rounding errors of float64, the third the error of the differences themselves. The last line shows why we did not just type the sigmoid's formula: in float32 $e^{200}$ overflows to infinity; the function still happens to come out right, but its slope is `{python} naive.item()` (not a number). So the code writes it as $e^{-\ln(e^0+e^{-t})}$, and `torch.logaddexp` takes that logarithm without overflow (see [reductions and core functions](../ch01_tensors/core_functions.py)).

# %% [markdown] lang="zh"
# ## 斜率一路相乘
# 把 $n$ 个单元首尾相接，每个权重都是 1：$t_1=f(t_0)$，$t_2=f(t_1)$，……，这里 $t_0$ 是输入，$t_k$ 是第 $k$ 个单元的输出。链式法则说，输入动一点，输出动多少，由各处斜率的乘积决定：
#
# $$\frac{\mathrm{d}t_n}{\mathrm{d}t_0}=f'(t_0)\,f'(t_1)\cdots f'(t_{n-1})$$
#
# 代码用 `torch.autograd.grad` 求它，梯度直接返回，不存进 `.grad`；`retain_graph=True` 留住计算图，下一步还要用。

# %% [markdown] lang="en"
# ## Slopes multiply along the way
# Put $n$ units in a row, each with weight 1: $t_1=f(t_0)$, $t_2=f(t_1)$ and so on, where $t_0$ is the input and $t_k$ the output of unit $k$. By the chain rule, how far the output moves when the input moves a little is the product of all slopes on the way:
#
# $$\frac{\mathrm{d}t_n}{\mathrm{d}t_0}=f'(t_0)\,f'(t_1)\cdots f'(t_{n-1})$$
#
# The code gets it from `torch.autograd.grad`, which returns the gradient instead of storing it in `.grad`; `retain_graph=True` keeps the graph, which the next step still needs.

# %% [markdown] lang="zh" tags=["predict"]
# 从 $t_0=1$ 出发，经过 10 个单元，乘积还剩多少？sigmoid 最多剩 $(1/4)^{10}$；ReLU 呢？

# %% [markdown] lang="en" tags=["predict"]
# Start from $t_0=1$ and pass 10 units. What is left of the product? For the sigmoid, at most $(1/4)^{10}$. And for ReLU?


# %%
def chain_slopes(f: Callable[[Tensor], Tensor], start: float, depth: int) -> Tensor:
    """dt_k / dt_0 for k = 1 ... ``depth`` (链上的斜率), float64, shape (depth,).

    Raises ``ValueError`` for a depth below 1 or a ``start`` that is not finite.
    """
    check_run(depth=depth)
    t0 = torch.tensor(start, dtype=torch.float64, requires_grad=True)
    check_floats(t0)
    t, slopes = t0, []
    for _ in range(depth):
        t = f(t)
        slopes += torch.autograd.grad(t, t0, retain_graph=True)
    return torch.stack(slopes)


if __name__ == "__main__":
    chains = {name: chain_slopes(f, 1.0, 10) for name, (f, _) in FUNCTIONS.items()}
    for name, slopes in chains.items():
        print(f"{name:9} {slopes[-1].item():.1e}")
    sigmoid_left, bound = chains["sigmoid"][-1].item(), 0.25**10

# %% tags=["plot"] alt_zh="纵轴是对数刻度的斜率乘积，横轴是链上的单元数。sigmoid 笔直下坠，10 个单元后只剩 `{python} f'{sigmoid_left:.0e}'`；tanh 和 GELU 缓缓下降；ReLU 与 LeakyReLU 始终是 1。" alt_en="The product of slopes, on a logarithmic scale, against the number of units in the chain. The sigmoid falls straight to `{python} f'{sigmoid_left:.0e}'` after 10 units; tanh and GELU sink slowly; ReLU and LeakyReLU stay at 1."
if __name__ == "__main__":
    fig, ax = plt.subplots(layout="constrained")
    for (name, slopes), marker in zip(chains.items(), "os^xv", strict=True):
        color, style = styles[name]
        ax.plot(range(1, 11), slopes, style + marker, color=color, label=name)
    ax.set(xlabel="units in the chain", ylabel="product of slopes", yscale="log")
    ax.legend(loc="lower left")
    plt.show()

# %% [markdown] lang="zh"
# sigmoid 只剩 `{python} f"{sigmoid_left:.0e}"`，在上限 `{python} f"{bound:.0e}"` 以内。梯度到最前几层已近于 0，这叫**梯度消失**（vanishing gradient）。tanh 剩 `{python} f"{chains['tanh'][-1].item():.2f}"`；ReLU 只要输入为正，一点不减。真实的网络还要乘上权重，但斜率这一份躲不掉。
#
# ## 都去试试
# 现在训练盒子里的网络：2 个输入、4 个隐藏单元、1 个输出 $z$（对数几率，$z>0$ 判为茶）。和 [决策边界](../ch05_networks/decision_boundaries.py) 一样，把 50 个种子的权重叠成一个张量一起训练，最前的轴是种子，各算各的损失。初始权重在 $\pm1/\sqrt{m}$ 之间均匀抽取，$m$ 是该层的输入个数，这也是 `nn.Linear` 的默认范围。五个函数用的初始权重完全相同。

# %% [markdown] lang="en"
# The sigmoid keeps `{python} f"{sigmoid_left:.0e}"`, within its bound of `{python} f"{bound:.0e}"`. By the time such a gradient reaches the first layers it is almost 0: a **vanishing gradient**. tanh keeps `{python} f"{chains['tanh'][-1].item():.2f}"`; ReLU loses nothing while its input is positive. In a real network weights are multiplied in as well, but the slopes are always there.
#
# ## Trying them all
# Now train the network of the box: 2 inputs, 4 hidden units, 1 output $z$ (a logit; $z>0$ means tea). To be quick we stack the weights of 50 seeds in one tensor, as in [decision boundaries](../ch05_networks/decision_boundaries.py), and train them together: the first axis counts the seeds, and each has a loss of its own. First weights are drawn evenly between $\pm1/\sqrt{m}$, where $m$ is the number of the layer's inputs, the default range of `nn.Linear` too. All five functions start from the very same weights.


# %%
def make_layers(
    sizes: Sequence[int], seeds: Sequence[int]
) -> list[tuple[Tensor, Tensor]]:
    """First weights of S networks (初始权重): (S, out, in) and (S, out, 1) a layer.

    ``sizes`` counts inputs, hidden units and outputs, for example (2, 4, 1). Raises
    ``ValueError`` for no seeds, fewer than two sizes, or a size below 1.
    """
    if len(seeds) == 0 or len(sizes) < 2:
        given = f"{len(seeds)} seeds and {len(sizes)} sizes"
        raise ValueError(f"expected seeds and at least two sizes, got {given}")
    for size in sizes:
        check_run(size=size)
    rngs = [torch.Generator().manual_seed(seed) for seed in seeds]
    layers = []
    for m, out in pairwise(sizes):
        draws = torch.stack([torch.rand(out, m + 1, generator=g) for g in rngs])
        both = (2 * draws - 1) / math.sqrt(m)  # the last column is the bias
        w, b = both[..., :-1].clone(), both[..., -1:].clone()
        layers.append((w.requires_grad_(), b.requires_grad_()))
    return layers


def forward(
    layers: list[tuple[Tensor, Tensor]], f: Callable[[Tensor], Tensor], x: Tensor
) -> Tensor:
    """Outputs (S, out, n) for ``x`` (n, in); no ``f`` after the last layer."""
    *hidden, (w_last, b_last) = layers
    h = x.T  # (in, n): a place in each column
    for w, b in hidden:
        h = f(w @ h + b)  # (S, out, n)
    return w_last @ h + b_last


def losses(
    layers: list[tuple[Tensor, Tensor]],
    f: Callable[[Tensor], Tensor],
    x: Tensor,
    y: Tensor,
) -> Tensor:
    """Mean binary cross-entropy (二元交叉熵) of each network, (S,), in nats."""
    if y.shape != (len(x), 1):
        raise ValueError(f"expected labels ({len(x)}, 1), got {tuple(y.shape)}")
    z = forward(layers, f, x)
    target = y.T.expand_as(z)
    bce = F.binary_cross_entropy_with_logits(z, target, reduction="none")
    return bce.mean(dim=(1, 2))


def accuracies(
    layers: list[tuple[Tensor, Tensor]],
    f: Callable[[Tensor], Tensor],
    x: Tensor,
    y: Tensor,
) -> Tensor:
    """Share of right answers of each network (准确率), shape (S,)."""
    check_data(x, y)
    with torch.no_grad():
        right = (forward(layers, f, x) > 0) == (y.T > 0.5)
    return right.float().mean(dim=(1, 2))


def train(
    layers: list[tuple[Tensor, Tensor]],
    f: Callable[[Tensor], Tensor],
    x: Tensor,
    y: Tensor,
    epochs: int = 300,
    lr: float = 0.1,
    watch: Callable[[], Tensor] | None = None,
) -> list[Tensor]:
    """Train S networks at once, in place (原地训练), full-batch Adam.

    Returns what ``watch()`` gives after every 25th epoch. Raises ``ValueError``
    for bad counts or rates. Source: Kingma & Ba (2015).
    """
    check_data(x, y)
    check_run(lr, epochs=epochs)
    params = [p for layer in layers for p in layer]
    optimizer = torch.optim.Adam(params, lr=lr, fused=True)  # one call for all
    seen = []
    for epoch in range(1, epochs + 1):
        optimizer.zero_grad()
        losses(layers, f, x, y).sum().backward()  # summed: no network sees another
        optimizer.step()
        if watch and epoch % 25 == 0:
            seen.append(watch())
    return seen


# %% [markdown] lang="zh"
# 优化器用 Adam，一步大约把一个权重挪动一个学习率那么多。学习率 0.1，300 轮，每 25 轮在 1000 个测试地点上打一次分，达到 98% 算成功。

# %% [markdown] lang="en"
# The optimizer is Adam, whose step moves a weight by about one learning rate. The rate is 0.1, for 300 epochs; every 25 epochs we score on the 1000 test places, and 98% is a pass.

# %% [markdown] lang="zh" tags=["predict"]
# 五个函数各从 50 个种子出发。按成功的个数，你会怎样排名？sigmoid 会垫底吗？

# %% [markdown] lang="en" tags=["predict"]
# Each of the five functions starts from 50 seeds. How would you rank them by how many pass? Will the sigmoid come last?

# %%
PASS = 0.98  # the test accuracy that counts as learned
SEEDS = range(50)

if __name__ == "__main__":
    trained, shares = {}, {}
    for name, (f, _) in FUNCTIONS.items():
        layers = make_layers((2, 4, 1), SEEDS)

        def score(layers=layers, f=f):
            return accuracies(layers, f, x_test, y_test)

        seen = torch.stack(train(layers, f, x, y, watch=score))  # (12, S)
        trained[name], shares[name] = layers, (seen >= PASS).float().mean(dim=1)
    passed = {name: round(share[-1].item() * 50) for name, share in shares.items()}
    early = {name: round(share[3].item() * 50) for name, share in shares.items()}
    for name in FUNCTIONS:
        print(f"{name:9} epoch 100: {early[name]:2}  epoch 300: {passed[name]:2}")

# %% tags=["plot"] alt_zh="横轴是轮次，纵轴是成功的种子所占比例。tanh 最先升到顶，sigmoid 起步晚，最后升到 `{python} passed['sigmoid']`/50；GELU 慢慢爬到 `{python} passed['GELU']`/50，LeakyReLU 停在 `{python} passed['LeakyReLU']`/50，ReLU 停在 `{python} passed['ReLU']`/50。" alt_en="Share of seeds that pass against epochs. tanh is the first to reach the top; the sigmoid starts late and ends at `{python} passed['sigmoid']`/50; GELU creeps up to `{python} passed['GELU']`/50, LeakyReLU stops at `{python} passed['LeakyReLU']`/50 and ReLU at `{python} passed['ReLU']`/50."
if __name__ == "__main__":
    fig, ax = plt.subplots(figsize=(5.6, 4.2), layout="constrained")
    for (name, share), marker in zip(shares.items(), "os^xv", strict=True):
        color, style = styles[name]
        ax.plot(range(25, 301, 25), share, style + marker, color=color, label=name)
    ax.set(xlabel="epoch", ylabel="share of seeds that pass", xlim=(0, 310))
    fig.legend(loc="outside lower center", ncols=3)
    plt.show()

# %% [markdown] lang="zh"
# 100 轮时，tanh 已成功 `{python} early["tanh"]` 个，sigmoid 才 `{python} early["sigmoid"]` 个；到 300 轮，sigmoid 成功 `{python} passed["sigmoid"]` 个，追平了。它的斜率小，所以慢；但只有一个隐藏层，斜率只乘一次，还没有消失。ReLU 早早停在 `{python} passed["ReLU"]` 个：它的斜率在左边恰好是 0，单元一旦对所有数据都是 0，就再也回不来。LeakyReLU 给左边留了一点斜率，成功 `{python} passed["LeakyReLU"]` 个，GELU `{python} passed["GELU"]` 个，而且还在涨。
#
# 名次取决于单元数、层数和耐心：ReLU 层只要够宽，几乎总能成功（见 [决策边界](../ch05_networks/decision_boundaries.py)，那里也讲了怎样给成功率配上区间）。
#
# ## 三个常见错误
# ### 深网络里用 sigmoid

# %% [markdown] lang="en"
# At epoch 100 tanh has solved `{python} early["tanh"]`, the sigmoid just `{python} early["sigmoid"]`; by epoch 300 the sigmoid has `{python} passed["sigmoid"]` and has caught up. Its small slope makes it slow, but with a single hidden layer that slope is multiplied in once only, and nothing vanishes. ReLU soon stops at `{python} passed["ReLU"]`: its slope on the left is exactly 0, and a unit that is 0 on all the data does not return. LeakyReLU keeps a little slope there and solves `{python} passed["LeakyReLU"]`; GELU has `{python} passed["GELU"]`, and rising.
#
# The ranking depends on units, layers and patience. A ReLU layer that is wide enough nearly always passes (see [decision boundaries](../ch05_networks/decision_boundaries.py), which also puts intervals on such shares).
#
# ## Three common mistakes
# ### The sigmoid in a deep network

# %% [markdown] lang="zh" tags=["bug"]
# sigmoid 刚拿了满分，你就换了大芯片，叠上 10 个隐藏层，每层 4 个单元。下面比较 10 个种子：训练前第一层和最后一层权重的梯度有多长（中位数），以及 100 轮之后的成绩（学习率降到 0.03，深网络经不起大步）。准确率不到 51% 记作抛硬币。

# %% [markdown] lang="en" tags=["bug"]
# The sigmoid has just scored full marks, so you buy a bigger chip and pile up 10 hidden layers of 4 units. For 10 seeds we compare the lengths of the gradients of the first and the last layer's weights before training (median), and the scores after 100 epochs (with the learning rate down to 0.03, as deep networks cannot take large steps). An accuracy below 51% counts as a coin flip.


# %% tags=["bug"]
def gradient_norms(
    layers: list[tuple[Tensor, Tensor]],
    f: Callable[[Tensor], Tensor],
    x: Tensor,
    y: Tensor,
) -> Tensor:
    """Length of each weight matrix's gradient (梯度的长度), shape (layers, S)."""
    check_data(x, y)
    weights = [w for w, _ in layers]
    grads = torch.autograd.grad(losses(layers, f, x, y).sum(), weights)
    return torch.stack([g.norm(dim=(1, 2)) for g in grads])


if __name__ == "__main__":
    deep = {}
    for name in ("sigmoid", "tanh"):
        f = FUNCTIONS[name][0]
        layers = make_layers((2, *[4] * 10, 1), range(10))
        norms = gradient_norms(layers, f, x, y).median(dim=1).values
        train(layers, f, x, y, epochs=100, lr=0.03)
        scores = accuracies(layers, f, x_test, y_test)
        flips, middle = int((scores < 0.51).sum()), scores.median().item()
        deep[name] = (norms[0].item(), norms[-1].item(), flips, middle)
        print(f"{name}: first {norms[0]:.0e}, last {norms[-1]:.0e}")
        print(f"  coin flips {flips}, median accuracy {middle:.3f}")

# %% [markdown] lang="zh" tags=["bug"]
# sigmoid 的梯度从最后一层的 `{python} f"{deep['sigmoid'][1]:.0e}"` 缩到第一层的 `{python} f"{deep['sigmoid'][0]:.0e}"`，10 个网络里有 `{python} deep['sigmoid'][2]` 个等于抛硬币；程序不报错。tanh 缩得少得多，抛硬币的有 `{python} deep['tanh'][2]` 个，准确率的中位数是 `{python} f"{deep['tanh'][3]:.0%}"`，但仍不如只有一层时：深的网络更难训练。**深网络的隐藏层里不用 sigmoid，它的位置在输出端，用来表示概率。**

# %% [markdown] lang="en" tags=["bug"]
# With the sigmoid the gradient shrinks from `{python} f"{deep['sigmoid'][1]:.0e}"` in the last layer to `{python} f"{deep['sigmoid'][0]:.0e}"` in the first, and `{python} deep['sigmoid'][2]` of 10 networks are no better than a coin flip, without any error. tanh shrinks far less: `{python} deep['tanh'][2]` coin flips and a median accuracy of `{python} f"{deep['tanh'][3]:.0%}"`, though that is worse than with one layer: deep networks are harder to train. **Do not put the sigmoid in the hidden layers of a deep network. Its place is at the output, where it stands for a probability.**

# %% [markdown] lang="zh"
# ### 一大步，ReLU 单元就死了

# %% [markdown] lang="en"
# ### One huge step, and ReLU units are dead

# %% [markdown] lang="zh" tags=["bug"]
# 学习率打错了：第一步是学习率 30 的普通梯度下降，发现后立刻改回正常训练。能补救吗？单元的权重 $w$ 的梯度是
#
# $$\frac{\partial L}{\partial w}=\frac1n\sum_{i=1}^{n}\delta_i\,f'(t_i)\,x_i$$
#
# $L$ 是损失，$n$ 是地点数，$x_i$ 是第 $i$ 个地点，$t_i$ 是单元在那里的加权和，$\delta_i$ 是从输出端传回来的部分。若所有 $t_i\le0$，ReLU 的 $f'(t_i)$ 全是 0，梯度恰好是 0，单元永远不动：它**死**了。下面数一数 50 × 4 = 200 个单元里有几个 $t_i$ 全不为正。

# %% [markdown] lang="en" tags=["bug"]
# A typing error: the first step was plain gradient descent with a learning rate of 30. You notice at once and train normally from there. Is it mended? The gradient of a unit's weights $w$ is
#
# $$\frac{\partial L}{\partial w}=\frac1n\sum_{i=1}^{n}\delta_i\,f'(t_i)\,x_i$$
#
# $L$ is the loss, $n$ the number of places, $x_i$ the $i$-th place, $t_i$ the unit's weighted sum there, and $\delta_i$ what comes back from the output. If all $t_i\le0$, then ReLU's $f'(t_i)$ are all 0, the gradient is exactly 0, and the unit never moves again: it is **dead**. Of the 50 × 4 = 200 units, we count those for which no $t_i$ is positive.


# %% tags=["bug"]
def off_units(layers: list[tuple[Tensor, Tensor]], x: Tensor) -> Tensor:
    """Which first-layer units have no t > 0 on ``x`` (n, in) (全不为正的单元).

    Returns bools (S, H). For ReLU these are the dead units (死单元).
    """
    check_floats(x)
    w, b = layers[0]
    return ((w @ x.T + b) <= 0).all(dim=2)


def huge_step(
    layers: list[tuple[Tensor, Tensor]],
    f: Callable[[Tensor], Tensor],
    x: Tensor,
    y: Tensor,
    lr: float,
) -> None:
    """One step of gradient descent on all networks, in place (原地走一步)."""
    check_data(x, y)
    check_run(lr)
    params = [p for layer in layers for p in layer]
    grads = torch.autograd.grad(losses(layers, f, x, y).sum(), params)
    with torch.no_grad():
        for p, grad in zip(params, grads, strict=True):
            p -= lr * grad


if __name__ == "__main__":
    counts = {}
    for name in ("ReLU", "LeakyReLU"):
        f = FUNCTIONS[name][0]
        layers = make_layers((2, 4, 1), SEEDS)
        before = off_units(layers, x)
        huge_step(layers, f, x, y, lr=30)
        after = off_units(layers, x)
        train(layers, f, x, y, epochs=100)
        still = after & off_units(layers, x)
        counts[name] = [int(t.sum()) for t in (before, after, still)]
        print(f"{name}: start {counts[name][0]}, step {counts[name][1]},", end=" ")
        print(f"of these after training {counts[name][2]}")

# %% [markdown] lang="zh" tags=["bug"]
# 开始时就有 `{python} counts["ReLU"][0]` 个，抽到的初始权重不巧；一大步之后是 `{python} counts["ReLU"][1]` 个。再训练 100 轮，这 `{python} counts["ReLU"][1]` 个 ReLU 单元还死着的有 `{python} counts["ReLU"][2]` 个：一个也救不回。LeakyReLU 的 `{python} counts["LeakyReLU"][1]` 个只剩 `{python} counts["LeakyReLU"][2]` 个，因为左边的斜率 0.1 还能把它们拉回来。学习率正常也会慢慢死掉一些：前面那 50 个 ReLU 网络，300 轮后 200 个单元里有 `{python} int(off_units(trained["ReLU"], x).sum())` 个是死的。**重来、调小学习率，或换成 LeakyReLU。**

# %% [markdown] lang="en" tags=["bug"]
# `{python} counts["ReLU"][0]` are off from the start, by an unlucky draw; after the huge step it is `{python} counts["ReLU"][1]`. After 100 more epochs, of these `{python} counts["ReLU"][1]` ReLU units `{python} counts["ReLU"][2]` are still dead: not one was saved. Of the `{python} counts["LeakyReLU"][1]` with LeakyReLU, `{python} counts["LeakyReLU"][2]` are left, because the slope of 0.1 on the left pulls them back. A sane learning rate kills some too, slowly: in the 50 ReLU networks above, `{python} int(off_units(trained["ReLU"], x).sum())` of 200 units were dead after 300 epochs. **Start again, lower the learning rate, or take LeakyReLU.**

# %% [markdown] lang="zh"
# ### 最后一层之后也加 ReLU

# %% [markdown] lang="en"
# ### A ReLU after the last layer

# %% [markdown] lang="zh" tags=["bug"]
# 盒子还要报出脚下比水渠高几米，低则为负。地面是斜的：高度 = 2 × 向北公里数 − 0.5，单位是米。网络用 4 个 tanh 单元，误差用均方误差。有人顺手在输出后面也加了一个 ReLU：

# %% [markdown] lang="en" tags=["bug"]
# The box should also tell how many metres a place lies above the canal, below it being negative. The ground slopes: the height is 2 × kilometres north − 0.5, in metres. The network has 4 tanh units and the loss is the mean squared error. Out of habit, someone adds a ReLU after the output as well:


# %% tags=["bug"]
def fit_heights(
    output: Callable[[Tensor], Tensor],
    seeds: Sequence[int],
    x: Tensor,
    heights: Tensor,
) -> Tensor:
    """Train tanh networks with ``output`` on top (预测高度); predictions (S, n).

    ``heights`` (n, 1) in m. Raises ``ValueError`` for other shapes.
    """
    check_floats(x)
    check_floats(heights)
    if x.ndim != 2 or heights.shape != (len(x), 1):
        found = f"{tuple(x.shape)} and {tuple(heights.shape)}"
        raise ValueError(f"expected shapes (n, in) and (n, 1), got {found}")
    layers = make_layers((x.shape[1], 4, 1), seeds)
    optimizer = torch.optim.Adam([p for layer in layers for p in layer], lr=0.1)
    for _ in range(100):
        optimizer.zero_grad()
        errors = output(forward(layers, tanh, x)) - heights.T
        errors.square().mean(dim=(1, 2)).sum().backward()
        optimizer.step()
    return output(forward(layers, tanh, x)).detach().squeeze(1)


if __name__ == "__main__":
    heights = 2 * x[:, 1:] - 0.5
    clipped = fit_heights(relu, range(20), x, heights)
    free = fit_heights(lambda z: z, range(20), x, heights)
    all_zero = (clipped == 0).all(dim=1)
    lived = int((~all_zero).nonzero()[0])  # the first seed that is not all 0
    print(f"lowest: true {heights.min():.2f}, ReLU {clipped.min():.2f},", end=" ")
    print(f"none {free[lived].min():.2f}")
    print(f"all 0: {int(all_zero.sum())} of {len(all_zero)}")

# %% tags=["plot"] alt_zh="横轴真实高度，纵轴预测高度。不加 ReLU 的点落在对角线上；加了 ReLU 的点，真实高度为负时全停在 0 米，为正时才跟上对角线。" alt_en="Predicted against true height. Without ReLU the points lie on the diagonal; with it, all points of negative true height stay at 0 m, and only those above follow the diagonal."
if __name__ == "__main__":
    fig, ax = plt.subplots(layout="constrained")
    ax.axline((0, 0), slope=1, color="gray", lw=1)
    ax.plot(heights, clipped[lived], "o", ms=5, label="ReLU on the output")
    ax.plot(heights, free[lived], "x", ms=5, label="no ReLU on the output")
    ax.set(xlabel="true height (m)", ylabel="predicted height (m)")
    ax.legend(loc="upper left")
    plt.show()

# %% [markdown] lang="zh" tags=["bug"]
# 第一行是真实高度和两种预测的最低值，单位是米：ReLU 的输出不可能为负，低于水渠的地方都报 0 米。第二行更糟：20 个种子里有 `{python} int(all_zero.sum())` 个网络处处输出 0，输出单元自己就死了。**最后一层之后放什么，看答案是什么样的数：可正可负的数什么都不加；对数几率也不加，损失函数自己会处理。**

# %% [markdown] lang="en" tags=["bug"]
# The first line has the lowest true height and the lowest prediction of each kind, in metres: behind a ReLU nothing can be negative, so every place below the canal is reported as 0 m. The second line is worse: `{python} int(all_zero.sum())` of 20 networks put out 0 everywhere, because their output unit is itself dead. **What comes after the last layer depends on what kind of number the answer is: for a number of either sign, nothing; for a logit, nothing either, as the loss function takes care of it.**

# %% [markdown] lang="zh"
# ## 练习

# %% [markdown] lang="en"
# ## Exercises

# %% [markdown] lang="zh" tags=["exercise"]
# SiLU 是 $t\,\sigma(t)$。写出 `silu` 和 `silu_slope`（乘积的导数），用自动求导核对，再看 50 个种子成功几个。

# %% [markdown] lang="en" tags=["exercise"]
# SiLU is $t\,\sigma(t)$. Write `silu` and `silu_slope` (the derivative of a product), check them by autograd, and see how many of the 50 seeds pass.


# %% tags=["solution"]
def silu(t: Tensor) -> Tensor:
    """t sigma(t), any shape; errors as for ``sigmoid``. Source: Elfwing (2018)."""
    return t * sigmoid(t)


def silu_slope(t: Tensor) -> Tensor:
    """Slope of SiLU (SiLU 的斜率): sigma(t) + t sigma'(t)."""
    return sigmoid(t) + t * sigmoid_slope(t)


if __name__ == "__main__":
    t = torch.linspace(-6, 6, 400, dtype=torch.float64)
    print(f"{(autograd_slope(silu, t) - silu_slope(t)).abs().max().item():.0e}")
    layers = make_layers((2, 4, 1), SEEDS)
    train(layers, silu, x, y)
    print(int((accuracies(layers, silu, x_test, y_test) >= PASS).sum()))

# %% [markdown] lang="zh" tags=["exercise"]
# 有人说：改用 $\sigma(4t)$，它的最大斜率是 1，就不会消失了。写出 `steep_sigmoid`，用 `chain_slopes` 从 $t_0=1$ 走 10 个单元，看看对不对，为什么。

# %% [markdown] lang="en" tags=["exercise"]
# Someone says: take $\sigma(4t)$; its largest slope is 1, so nothing vanishes. Write `steep_sigmoid`, walk 10 units from $t_0=1$ with `chain_slopes`, and see whether that is right, and why.


# %% tags=["solution"]
def steep_sigmoid(t: Tensor) -> Tensor:
    """sigma(4 t) (陡的 sigmoid), any shape; errors as for ``sigmoid``."""
    return sigmoid(4 * t)


if __name__ == "__main__":
    steep = chain_slopes(steep_sigmoid, 1.0, 10)[-1].item()
    print(f"{steep:.0e}")

# %% [markdown] lang="zh" tags=["solution"]
# 反而更小。斜率 1 只在 $t=0$ 处有，而输出总是正的，下一个单元的输入就停在 1 附近，正好是饱和区。tanh 的输出以 0 为中心，能留在陡的地方。

# %% [markdown] lang="en" tags=["solution"]
# It is even smaller. The slope is 1 at $t=0$ only, but the outputs are always positive, so the next input comes to rest near 1, where the function is saturated. The outputs of tanh are centred on 0 and can stay where it is steep.

# %% [markdown] lang="zh" tags=["exercise"]
# 在 LeakyReLU 那段错误里，把 $a$ 换成 0、0.01、0.1，写 `revived(leak)`，算出一大步之后全不为正的单元里，训练后有多大比例活了过来。

# %% [markdown] lang="en" tags=["exercise"]
# In the mistake with the huge step, let $a$ be 0, 0.01 and 0.1. Write `revived(leak)`: of the units that are off after the step, the share that training brings back.


# %% tags=["solution"]
def revived(leak: float, x: Tensor, y: Tensor) -> float:
    """Share of the units off after a huge step that recover (复活的比例)."""

    def f(t: Tensor) -> Tensor:
        return leaky_relu(t, leak)

    layers = make_layers((2, 4, 1), range(20))
    huge_step(layers, f, x, y, lr=30)
    off = off_units(layers, x)
    train(layers, f, x, y, epochs=50)
    return 1 - off_units(layers, x)[off].float().mean().item()


if __name__ == "__main__":
    for leak in (0.0, 0.01, 0.1):
        print(f"a = {leak}: {revived(leak, x, y):.0%}")

# %% [markdown] lang="zh" tags=["solution"]
# $a=0$ 就是 ReLU，一个也不活。很小的 $a$ 已经够用：Adam 的步长与梯度的大小关系不大，只要梯度不恰好是 0。

# %% [markdown] lang="en" tags=["solution"]
# $a=0$ is ReLU, and none comes back. A very small $a$ is enough: the steps of Adam hardly depend on how large a gradient is, as long as it is not exactly 0.

# %% [markdown] lang="zh"
# ## 小结
# 盒子该选哪个？一个隐藏层、4 个单元，选 **tanh**：50 个种子成功 `{python} passed["tanh"]` 个，而且最快；sigmoid 也能到 `{python} passed["sigmoid"]` 个，但慢；ReLU 只有 `{python} passed["ReLU"]` 个。
#
# - 没有弯，多少层都等于一层。
# - 斜率决定学不学得动：sigmoid 每过一层至多剩四分之一；ReLU 右边不减，左边全无。
# - 单元多、层数多时，从 ReLU 或 GELU 开始；死单元多就换 LeakyReLU；别用 sigmoid。
# - 最后一层之后放什么，由答案的种类决定。
#
# 梯度怎样一层层传回来，见 [反向传播](../ch05_networks/backpropagation.py)；拿到梯度之后怎样走每一步，见 [优化器](../ch06_training/optimizers.py)。术语见 [术语表](/glossary.md)。

# %% [markdown] lang="en"
# ## Recap
# Which one for the box? With one hidden layer and 4 units, **tanh**: `{python} passed["tanh"]` of 50 seeds pass, and it is the fastest. The sigmoid gets to `{python} passed["sigmoid"]` too, but slowly; ReLU to just `{python} passed["ReLU"]`.
#
# - Without a bend, any number of layers is one layer.
# - The slope decides whether a network can learn: each sigmoid layer keeps a quarter at most; ReLU keeps all on the right and nothing on the left.
# - With many units and layers, start with ReLU or GELU; if many units die, take LeakyReLU; avoid the sigmoid.
# - What follows the last layer is decided by the kind of answer.
#
# How gradients travel back through the layers is told in [backpropagation](../ch05_networks/backpropagation.py), and what to do with them at each step in [optimizers](../ch06_training/optimizers.py). Terms are in the [glossary](/glossary.md).
