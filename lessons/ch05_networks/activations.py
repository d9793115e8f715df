# %% [markdown] lang="zh"
# # 激活函数
# 山谷里有两块互相咬合的月牙形田地，每块的半径约 1 千米：一块种玉米，一块种茶。你要做一个小盒子，只凭位置（向东、向北各几千米）报出脚下是哪种。芯片很小，只装得下 4 个隐藏单元。别的都定了，只剩一样可选：**激活函数**（activation function），即每个单元算完加权和之后用的函数。选哪一个，盒子最可能学会？
#
# 常见的建议是“都试试”，我们就来试。学完这一页，你能够：
#
# - 说清没有激活函数时，为什么叠多少层都等于一层；
# - 亲手写出五个激活函数和它们的斜率，并验证写得对；
# - 用斜率解释：为什么有的网络叠深了学不动，有的单元再也不变；
# - 知道激活函数该放在哪里，不该放在哪里。
#
# 先修：[第一个神经网络](../ch05_networks/first_network.py)、[决策边界](../ch05_networks/decision_boundaries.py)。折叠的代码是导入和输入检查，初读可以跳过。

# %% [markdown] lang="en"
# # Activation functions
# In a valley, two crescent-shaped fields of about 1 km radius hook into each other: one grows corn, the other tea. You are building a little box that is told its position (kilometres east and north) and says which crop it stands on. Its chip is tiny and holds just 4 hidden units. All else is settled; one choice is left, the **activation function**: the function that each unit applies to its weighted sum. With which is the box most likely to learn?
#
# The usual advice is "try them all", so let us. After this page you can
#
# - say why, without activation functions, any number of layers amounts to one;
# - write five activation functions and their slopes yourself, and show that they are right;
# - explain by slopes why some networks stop learning when layers pile up, and why some units never change again;
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
# ## 数据，以及为什么要有激活函数
# 100 个地点用来学，另外 1000 个用来打分。田边不齐：坐标有标准差 0.1 千米的抖动。标签 0 是玉米，1 是茶；`y[:, None]` 把标签排成一列。

# %% [markdown] lang="en"
# ## The data, and why we need activation functions
# 100 places to learn from, 1000 others to judge by. The fields have ragged edges: the coordinates jitter with a standard deviation of 0.1 km. Label 0 is corn, 1 is tea; `y[:, None]` turns the labels into a column.


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
# 没有激活函数会怎样？先算 $u=3t+1$，再算 $2u-5$，合起来是 $6t-3$，还是一条直线。矩阵也一样，两层可以合并成一层：
#
# $$W_2(W_1x+b_1)+b_2=(W_2W_1)\,x+(W_2b_1+b_2)$$
#
# $x$ 是一个地点，$W_1,b_1$ 和 $W_2,b_2$ 是两层的权重与偏置。下面随机取两层来验证（数据里一行是一个地点，所以要转置，`.T`）。

# %% [markdown] lang="en"
# What happens without an activation function? Take $u=3t+1$ first and $2u-5$ next: together $6t-3$, still a straight line. Matrices do the same, so two layers merge into one:
#
# $$W_2(W_1x+b_1)+b_2=(W_2W_1)\,x+(W_2b_1+b_2)$$
#
# $x$ is a place; $W_1,b_1$ and $W_2,b_2$ are the weights and biases of the two layers. Below we try it with two random layers. In the data a place is a row, so the code has to transpose (`.T`).

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
    bent_gap = (bent - one_layer).abs().max().item()
    print(f"with tanh - one layer: {bent_gap:.1f}")

# %% [markdown] lang="zh"
# 两层与一层最多差 `{python} f"{gap:.0e}"`，只是浮点误差。中间插进一个弯曲的函数（这里是 tanh），同样的合并就差到 `{python} f"{bent_gap:.1f}"`。没有它，叠多少层都只画得出直的边界，图见 [决策边界](../ch05_networks/decision_boundaries.py)。
#
# ## 五个函数，和它们的斜率
# 一个单元先算加权和 $t$，再输出 $f(t)$，$f$ 就是激活函数。训练时，梯度从损失往回传，每过一个单元就乘上斜率 $f'(t)$（链式法则，见 [反向传播](../ch05_networks/backpropagation.py)）；乘上 0，前面的权重就动不了。所以每个函数要看两样：**形状**决定网络画得出什么，**斜率**决定它学不学得动。
#
# $$\begin{aligned}
# \sigma(t)&=\frac{1}{1+e^{-t}}\\
# \tanh(t)&=2\,\sigma(2t)-1\\
# \mathrm{ReLU}(t)&=\max(0,\,t)\\
# \mathrm{LeakyReLU}(t)&=\max(at,\,t)\\
# \mathrm{GELU}(t)&=t\,\Phi(t)
# \end{aligned}$$
#
# - $\sigma$ 是 sigmoid 函数，值在 0 与 1 之间；$e$ 是自然对数的底；
# - $\tanh$（双曲正切）是压窄、拉高再下移的 sigmoid，值在 −1 与 1 之间；
# - ReLU 把负数换成 0；LeakyReLU 让负数“漏”（leak）过来一点，负半边的斜率 $a$ 在 0 与 1 之间，PyTorch 默认取 `{python} torch.nn.LeakyReLU().negative_slope`，这里取 0.1，图上看得清；
# - $\Phi(t)$ 是标准正态分布的随机数小于 $t$ 的概率，在 PyTorch 里是 `torch.special.ndtr`。从左到右，它由 0 升到 1，所以 GELU 是一个圆角的 ReLU。
#
# 各自的斜率：
#
# $$\begin{aligned}
# \sigma'(t)&=\sigma(t)\,\sigma(-t)\\
# \tanh'(t)&=4\,\sigma'(2t)\\
# \mathrm{GELU}'(t)&=\Phi(t)+t\,\varphi(t)\\
# \varphi(t)&=\frac{e^{-t^2/2}}{\sqrt{2\pi}}
# \end{aligned}$$
#
# 第一式用到 $\sigma(-t)=1-\sigma(t)$；$\varphi$ 是标准正态分布的密度，即 $\Phi$ 的斜率。ReLU 的斜率左边是 0，LeakyReLU 的是 $a$，右边都是 1。尖角 $t=0$ 处没有斜率，照 PyTorch 取左边的值。

# %% [markdown] lang="en"
# Two layers and one differ by at most `{python} f"{gap:.0e}"`, mere rounding. With a curved function in between (here tanh), the same merger is off by up to `{python} f"{bent_gap:.1f}"`. Without that bend, any number of layers can draw only a straight border; [decision boundaries](../ch05_networks/decision_boundaries.py) shows the picture.
#
# ## Five functions and their slopes
# A unit first takes a weighted sum $t$ and then puts out $f(t)$; this $f$ is the activation function. In training, gradients travel back from the loss and are multiplied by the slope $f'(t)$ of every unit they pass (the chain rule; see [backpropagation](../ch05_networks/backpropagation.py)). Multiply by 0, and the weights before that unit cannot move. So there are two things to look at: the **shape** decides what a network can draw, the **slope** whether it can learn.
#
# $$\begin{aligned}
# \sigma(t)&=\frac{1}{1+e^{-t}}\\
# \tanh(t)&=2\,\sigma(2t)-1\\
# \mathrm{ReLU}(t)&=\max(0,\,t)\\
# \mathrm{LeakyReLU}(t)&=\max(at,\,t)\\
# \mathrm{GELU}(t)&=t\,\Phi(t)
# \end{aligned}$$
#
# - $\sigma$ is the sigmoid, between 0 and 1; $e$ is the base of the natural logarithm;
# - $\tanh$, the hyperbolic tangent, is a sigmoid squeezed in width, stretched in height and moved down, between −1 and 1;
# - ReLU replaces negative numbers by 0; LeakyReLU lets a little of them leak through: the slope $a$ of the negative side is between 0 and 1. PyTorch's default is `{python} torch.nn.LeakyReLU().negative_slope`; we take 0.1, which can be seen in a picture;
# - $\Phi(t)$ is the probability that a standard normal random number is below $t$; PyTorch calls it `torch.special.ndtr`. From left to right it climbs from 0 to 1, so GELU is a ReLU with a rounded corner.
#
# Their slopes:
#
# $$\begin{aligned}
# \sigma'(t)&=\sigma(t)\,\sigma(-t)\\
# \tanh'(t)&=4\,\sigma'(2t)\\
# \mathrm{GELU}'(t)&=\Phi(t)+t\,\varphi(t)\\
# \varphi(t)&=\frac{e^{-t^2/2}}{\sqrt{2\pi}}
# \end{aligned}$$
#
# The first line uses $\sigma(-t)=1-\sigma(t)$; $\varphi$ is the standard normal density, the slope of $\Phi$. On the left the slope of ReLU is 0 and that of LeakyReLU $a$; on the right both are 1. At the corner, $t=0$, it is not defined; like PyTorch, we take the value from the left.


# %%
def sigmoid(t: Tensor) -> Tensor:
    """1 / (1 + e^-t) (sigmoid 函数), any shape, without overflow.

    Raises ``TypeError`` unless float, ``ValueError`` for NaN or infinity.
    """
    check_floats(t)
    log = -torch.logaddexp(torch.zeros_like(t), -t)  # why: told below
    return torch.exp(log)


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
    return torch.where(t > 0, t, 0.0)  # t where t > 0, elsewhere 0


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
    fig, axes = plt.subplots(2, 2, figsize=(5.6, 5.6), layout="constrained")
    t = torch.linspace(-5, 5, 401)
    lines = ("-", "--", "-", "--", ":")
    styles = {
        name: (f"C{i}", line)
        for i, (name, line) in enumerate(zip(FUNCTIONS, lines, strict=True))
    }
    rows = (("sigmoid", "tanh"), ("ReLU", "LeakyReLU", "GELU"))
    for (left, right), names in zip(axes, rows, strict=True):
        for name in names:
            color, style = styles[name]
            for ax, function in zip((left, right), FUNCTIONS[name], strict=True):
                ax.plot(t, function(t), style, color=color, label=name)
        left.set(title="function", xlabel="$t$", xticks=(-4, -2, 0, 2, 4))
        right.set(title="slope", xlabel="$t$", xticks=(-4, -2, 0, 2, 4))
        left.legend(loc="upper left")
    axes[0, 0].set(ylim=(-1.1, 1.9), yticks=(-1, -0.5, 0, 0.5, 1))  # a legend fits
    axes[0, 1].set_yticks((0, 0.25, 0.5, 0.75, 1))
    axes[0, 1].axhline(0.25, color="gray", lw=1)
    plt.show()

# %% [markdown] lang="zh"
# 上行的两个函数离 0 远了就变平，斜率近于 0，这叫**饱和**（saturation）。sigmoid 的斜率 $s(1-s)$（$s=\sigma(t)$）在 $s=1/2$ 时最大，从不超过灰线处的 1/4。下行的三个函数右边不饱和；左边，ReLU 的斜率恰好是 0，GELU 的趋于 0，只有 LeakyReLU 一直留着 $a$。

# %% [markdown] lang="en"
# The two functions in the top row grow flat far from 0, where their slopes are almost 0: they **saturate**. The sigmoid's slope $s(1-s)$, with $s=\sigma(t)$, is largest at $s=1/2$ and never exceeds 1/4, the grey line. The three in the bottom row do not saturate on the right; on the left, the slope of ReLU is exactly 0 and that of GELU nears 0, while LeakyReLU always keeps its $a$.

# %% [markdown] lang="zh" tags=["check"]
# 写对了吗？三列数依次是与三样东西的最大误差：PyTorch 自带的函数；自动求导给出的斜率；中心差分给出的斜率，即向左、向右各挪一小步 $h$（`1e-5`）量出来的
#
# $$f'(t)\approx\frac{f(t+h)-f(t-h)}{2h}$$
#
# 在 −6 到 6 之间取 400 个点（偶数个，避开尖角 0），再用 `torch.cat` 接上 ±200 两个极端。

# %% [markdown] lang="en" tags=["check"]
# Are they right? Three columns give the largest errors against three things: PyTorch's own functions; slopes by autograd; and slopes by central differences, measured by stepping a little $h$ (`1e-5`) to the left and to the right:
#
# $$f'(t)\approx\frac{f(t+h)-f(t-h)}{2h}$$
#
# We take 400 points from −6 to 6 (an even count, which misses the corner 0), and `torch.cat` adds the extremes ±200.


# %% tags=["check"]
def autograd_slope(f: Callable[[Tensor], Tensor], t: Tensor) -> Tensor:
    """f'(t) by autograd (自动求导), same shape as ``t``; same errors as ``f``."""
    t = t.detach().clone().requires_grad_()
    # autograd starts from one number: a sum, whose points do not affect each other
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
# 前两列只是 float64 的舍入误差；第三列把它除以很小的 $2h$，放大了。最后一行说明为什么不照公式写 sigmoid：float32 装不下 $e^{200}$，它成了无穷大；函数值碰巧还对，斜率却遇上 0 乘无穷大，得 `{python} naive.item()`（不是数）。所以代码先算 $\ln\sigma(t)=-\ln(e^0+e^{-t})$，再取指数；`torch.logaddexp` 求这样的对数不会溢出（见 [归约与常用函数](../ch01_tensors/core_functions.py)）。

# %% [markdown] lang="en" tags=["check"]
# The first two columns are rounding errors of float64; the third divides such errors by the tiny $2h$, which makes them larger. The last line shows why we did not just type the sigmoid's formula: $e^{200}$ is too large for float32 and becomes infinity. The function still happens to come out right, but its slope meets 0 times infinity and is `{python} naive.item()` (not a number). So the code first takes $\ln\sigma(t)=-\ln(e^0+e^{-t})$ and then the exponential; `torch.logaddexp` finds such logarithms without overflow (see [reductions and core functions](../ch01_tensors/core_functions.py)).

# %% [markdown] lang="zh"
# ## 斜率一路相乘
# 把 $n$ 个单元首尾相接，每个权重都是 1：$t_1=f(t_0)$，$t_2=f(t_1)$，……，这里 $t_0$ 是输入，$t_k$ 是第 $k$ 个单元的输出。链式法则说，输入动一点，输出动多少，由各处斜率的乘积决定：
#
# $$\frac{\mathrm{d}t_n}{\mathrm{d}t_0}=f'(t_0)\,f'(t_1)\cdots f'(t_{n-1})$$

# %% [markdown] lang="en"
# ## Slopes multiply along the way
# Put $n$ units in a row, each with weight 1: $t_1=f(t_0)$, $t_2=f(t_1)$ and so on, where $t_0$ is the input and $t_k$ the output of unit $k$. By the chain rule, how far the output moves when the input moves a little is the product of all slopes on the way:
#
# $$\frac{\mathrm{d}t_n}{\mathrm{d}t_0}=f'(t_0)\,f'(t_1)\cdots f'(t_{n-1})$$

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
        # keep the graph: the next round walks back through it again
        (slope,) = torch.autograd.grad(t, t0, retain_graph=True)
        slopes.append(slope)
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
# sigmoid 只剩 `{python} f"{sigmoid_left:.0e}"`，比上限 $(1/4)^{10}$（约 `{python} f"{bound:.0e}"`）还小。梯度传到最前几层已近于 0，这叫**梯度消失**（vanishing gradient）。tanh 剩 `{python} f"{chains['tanh'][-1].item():.3f}"`；GELU 剩 `{python} f"{chains['GELU'][-1].item():.3f}"`，因为输出越走越近 0，那里斜率只有一半；ReLU 和 LeakyReLU 的输入一直为正，一点不减，两条线重合。真实的网络还要乘上权重，但斜率总躲不掉。
#
# ## 都去试试
# 现在训练盒子里的网络：2 个输入、4 个隐藏单元、1 个输出 $z$（对数几率，$z>0$ 判为茶）。和 [决策边界](../ch05_networks/decision_boundaries.py) 一样，50 个种子的权重叠成一个张量一起训练，最前的轴（PyTorch 叫 `dim`）数种子，损失各算各的。初始权重在 $\pm1/\sqrt{m}$ 之间均匀抽取（$m$ 是该层的输入个数），和 `nn.Linear` 一样。五个函数的起点相同。

# %% [markdown] lang="en"
# The sigmoid keeps `{python} f"{sigmoid_left:.0e}"`, even less than its bound $(1/4)^{10}$ (about `{python} f"{bound:.0e}"`). By the time such a gradient reaches the first layers it is almost 0: a **vanishing gradient**. tanh keeps `{python} f"{chains['tanh'][-1].item():.3f}"`. GELU keeps `{python} f"{chains['GELU'][-1].item():.3f}"`, because its outputs creep towards 0, where the slope is one half. ReLU and LeakyReLU have positive inputs all along and lose nothing; their lines coincide. In a real network weights are multiplied in as well, but the slopes are always there.
#
# ## Trying them all
# Now train the network of the box: 2 inputs, 4 hidden units, 1 output $z$ (a logit; $z>0$ means tea). As in [decision boundaries](../ch05_networks/decision_boundaries.py), we stack the weights of 50 seeds in one tensor and train them together. Its first axis counts the seeds (PyTorch calls an axis `dim`), and each has a loss of its own. First weights are drawn evenly between $\pm1/\sqrt{m}$, where $m$ is the number of the layer's inputs, as `nn.Linear` does by default. All five functions start from the very same weights.


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
    for m, out in pairwise(sizes):  # (2, 4), then (4, 1)
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


# %% [markdown] lang="zh"
# 损失和训练循环在 [第一个神经网络](../ch05_networks/first_network.py) 里讲过。优化器 Adam 的一步大约把权重挪动一个学习率：取 0.1，十几步就走遍初始权重的范围，300 轮够走许多趟。每 25 轮用测试地点打一次分，准确率达到 98% 算成功。

# %% [markdown] lang="en"
# The loss and the training loop are those of [your first network](../ch05_networks/first_network.py). One step of the optimizer Adam moves a weight by about one learning rate. At 0.1 it crosses the range of first weights in a dozen steps or so, and 300 epochs make many such crossings. Every 25 epochs we score on the test places; an accuracy of 98% is a pass.


# %%
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
    target = y.T.expand_as(z)  # the same labels for every network
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
    test: tuple[Tensor, Tensor] | None = None,
) -> list[Tensor]:
    """Train S networks at once, in place (原地训练), full-batch Adam.

    Given ``test`` (places and labels), returns the ``accuracies`` there after every
    25th epoch. Raises ``ValueError`` for bad counts, rates or data.
    Source: Kingma & Ba (2015).
    """
    check_data(x, y)
    check_run(lr, epochs=epochs)
    params = [p for layer in layers for p in layer]
    optimizer = torch.optim.Adam(params, lr=lr, fused=True)  # faster
    scores = []
    for epoch in range(1, epochs + 1):
        optimizer.zero_grad()
        losses(layers, f, x, y).sum().backward()  # summed: no network sees another
        optimizer.step()
        if test and epoch % 25 == 0:
            scores.append(accuracies(layers, f, *test))
    return scores


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
        scores = train(layers, f, x, y, test=(x_test, y_test))
        scores = torch.stack(scores)  # (12, S): a row every 25 epochs
        trained[name], shares[name] = layers, (scores >= PASS).float().mean(dim=1)
    passed = {name: round(share[-1].item() * 50) for name, share in shares.items()}
    # share[3] is the fourth score, at epoch 100
    early = {name: round(share[3].item() * 50) for name, share in shares.items()}
    for name in FUNCTIONS:
        print(f"{name:9} epoch 100: {early[name]:2}  epoch 300: {passed[name]:2}")

# %% tags=["plot"] alt_zh="横轴是轮次，纵轴是成功的种子所占比例。tanh 最先升到顶，sigmoid 起步晚，最后升到 `{python} passed['sigmoid']`/50；GELU 慢慢爬到 `{python} passed['GELU']`/50，LeakyReLU 停在 `{python} passed['LeakyReLU']`/50，ReLU 停在 `{python} passed['ReLU']`/50。" alt_en="Share of seeds that pass against epochs. tanh is the first to reach the top; the sigmoid starts late and ends at `{python} passed['sigmoid']`/50; GELU creeps up to `{python} passed['GELU']`/50, LeakyReLU stops at `{python} passed['LeakyReLU']`/50 and ReLU at `{python} passed['ReLU']`/50."
if __name__ == "__main__":
    fig, ax = plt.subplots(figsize=(5.2, 4.2), layout="constrained")
    for (name, share), marker in zip(shares.items(), "os^xv", strict=True):
        color, style = styles[name]
        ax.plot(range(25, 301, 25), share, style + marker, color=color, label=name)
    ax.set(xlabel="epoch", ylabel="share of seeds that pass", xlim=(0, 310))
    fig.legend(loc="outside lower center", ncols=2, columnspacing=4)
    plt.show()

# %% [markdown] lang="zh"
# 100 轮时，tanh 已成功 `{python} early["tanh"]` 个，sigmoid 才 `{python} early["sigmoid"]` 个；到 300 轮，sigmoid 成功 `{python} passed["sigmoid"]` 个，追平了。它的斜率至多 1/4，权重挪一步，输出变得少，所以慢；但隐藏层只有一个，斜率只乘一次，不会消失。ReLU 早早停在 `{python} passed["ReLU"]` 个；LeakyReLU 左边留了一点斜率，成功 `{python} passed["LeakyReLU"]` 个；GELU 有 `{python} passed["GELU"]` 个，还在涨。ReLU 输在左边的零斜率上吗？后面来数。
#
# 名次取决于单元数、层数和耐心：ReLU 单元多了，成功率也高（见 [决策边界](../ch05_networks/decision_boundaries.py)，那里还给成功率配了区间）。
#
# ## 三个常见错误
# ### 深网络里用 sigmoid

# %% [markdown] lang="en"
# At epoch 100 tanh has solved `{python} early["tanh"]`, the sigmoid just `{python} early["sigmoid"]`; by epoch 300 the sigmoid has `{python} passed["sigmoid"]` and has caught up. Its slope is 1/4 at most, so one step of the weights changes its output little: it is slow. But with a single hidden layer that slope is multiplied in once only, and nothing vanishes. ReLU soon stops at `{python} passed["ReLU"]`. LeakyReLU, which keeps a little slope on the left, solves `{python} passed["LeakyReLU"]`; GELU has `{python} passed["GELU"]`, and rising. Is the zero slope on the left what beats ReLU? We shall count.
#
# The ranking depends on units, layers and patience. With more ReLU units the pass rate is high too (see [decision boundaries](../ch05_networks/decision_boundaries.py), which also puts intervals on such rates).
#
# ## Three common mistakes
# ### The sigmoid in a deep network

# %% [markdown] lang="zh" tags=["bug"]
# sigmoid 刚拿了满分，你就换了大芯片，叠上 10 个隐藏层，每层 4 个单元，训练 20 个种子。看两样：训练前，第一层和最后一层权重的梯度有多大（`norm`：平方和再开方；取中位数）；50 轮之后的准确率，不到 51% 算抛硬币。学习率降到 0.03，因为 0.1 常把深网络练坏。

# %% [markdown] lang="en" tags=["bug"]
# The sigmoid has just scored full marks, so you buy a bigger chip, pile up 10 hidden layers of 4 units and train 20 seeds. We look at two things: before training, how large the gradients of the first and the last layer's weights are (the root of the sum of squares, `norm`; we take the median); and the accuracy after 50 epochs, where below 51% counts as a coin flip. The learning rate is down to 0.03, because 0.1 often ruins deep networks.


# %% tags=["bug"]
def gradient_norms(
    layers: list[tuple[Tensor, Tensor]],
    f: Callable[[Tensor], Tensor],
    x: Tensor,
    y: Tensor,
) -> Tensor:
    """Norm of each weight matrix's gradient (梯度的大小), shape (layers, S)."""
    check_data(x, y)
    weights = [w for w, _ in layers]
    grads = torch.autograd.grad(losses(layers, f, x, y).sum(), weights)
    return torch.stack([g.norm(dim=(1, 2)) for g in grads])


if __name__ == "__main__":
    deep = {}
    for name in ("sigmoid", "tanh"):
        f = FUNCTIONS[name][0]
        layers = make_layers((2, *[4] * 10, 1), range(20))
        norms = gradient_norms(layers, f, x, y).median(dim=1).values
        train(layers, f, x, y, epochs=50, lr=0.03)
        scores = accuracies(layers, f, x_test, y_test)
        flips, middle = int((scores < 0.51).sum()), scores.median().item()
        deep[name] = (norms[0].item(), norms[-1].item(), flips, middle)
        print(f"{name}: first {norms[0]:.0e}, last {norms[-1]:.0e}")
        print(f"  coin flips {flips}, median accuracy {middle:.3f}")

# %% [markdown] lang="zh" tags=["bug"]
# sigmoid 的梯度从最后一层的 `{python} f"{deep['sigmoid'][1]:.0e}"` 缩到第一层的 `{python} f"{deep['sigmoid'][0]:.0e}"`，20 个网络里有 `{python} deep['sigmoid'][2]` 个和抛硬币一样，程序却不报错。tanh 缩得少得多，抛硬币的有 `{python} deep['tanh'][2]` 个，准确率的中位数是 `{python} f"{deep['tanh'][3]:.0%}"`，但还不如一个隐藏层：深网络更难训练。**深网络的隐藏层里不用 sigmoid。它的位置在输出端，把对数几率变成概率。**

# %% [markdown] lang="en" tags=["bug"]
# With the sigmoid the gradient shrinks from `{python} f"{deep['sigmoid'][1]:.0e}"` in the last layer to `{python} f"{deep['sigmoid'][0]:.0e}"` in the first, and `{python} deep['sigmoid'][2]` of 20 networks are no better than a coin flip, without any error. tanh shrinks far less: `{python} deep['tanh'][2]` coin flips and a median accuracy of `{python} f"{deep['tanh'][3]:.0%}"`, though that is worse than with one hidden layer: deep networks are harder to train. **Do not put the sigmoid in the hidden layers of a deep network. Its place is at the output, where it turns a logit into a probability.**

# %% [markdown] lang="zh"
# ### 一大步，ReLU 单元就死了

# %% [markdown] lang="en"
# ### One huge step, and ReLU units are dead

# %% [markdown] lang="zh" tags=["bug"]
# 学习率打错了：第一步成了学习率 30 的普通梯度下降。你立刻发现，改回正常训练。来得及吗？一个单元的权重 $w$ 的梯度是
#
# $$\frac{\partial L}{\partial w}=\frac1n\sum_{i=1}^{n}\delta_i\,f'(t_i)\,x_i$$
#
# $L$ 是 $n$ 个地点的平均损失，$x_i$ 是第 $i$ 个地点，$t_i$ 是单元在那里的加权和，$\delta_i$ 是那里的损失对单元输出的导数。偏置的梯度只是少了 $x_i$。若所有 $t_i\le0$，ReLU 的 $f'(t_i)$ 全是 0，两个梯度恰好都是 0，单元再也不动：它**死**了。下面数一数：50 个网络的 200 个单元里，几个的 $t_i$ 全不为正。

# %% [markdown] lang="en" tags=["bug"]
# A typing error: the first step was plain gradient descent with a learning rate of 30. You notice at once and train normally from there. Is it in time? The gradient of a unit's weights $w$ is
#
# $$\frac{\partial L}{\partial w}=\frac1n\sum_{i=1}^{n}\delta_i\,f'(t_i)\,x_i$$
#
# $L$ is the mean loss of $n$ places, $x_i$ the $i$-th place, $t_i$ the unit's weighted sum there, and $\delta_i$ the derivative of the loss there with respect to the unit's output. The gradient of the bias just lacks the $x_i$. If all $t_i\le0$, then ReLU's $f'(t_i)$ are all 0, both gradients are exactly 0, and the unit never moves again: it is **dead**. Of the 200 units in 50 networks, we count those for which no $t_i$ is positive.


# %% tags=["bug"]
def off_units(layers: list[tuple[Tensor, Tensor]], x: Tensor) -> Tensor:
    """Which first-layer units have no t > 0 on ``x`` (n, in) (全不为正的单元).

    Returns bools (S, H). For ReLU these are the dead units (死单元).
    """
    check_floats(x)
    w, b = layers[0]
    return ((w @ x.T + b) <= 0).all(dim=2)  # at all places


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
        train(layers, f, x, y, epochs=50)
        still = after & off_units(layers, x)
        counts[name] = [int(t.sum()) for t in (before, after, still)]
        print(f"{name}: start {counts[name][0]}, step {counts[name][1]},", end=" ")
        print(f"of these after training {counts[name][2]}")
    dead = off_units(trained["ReLU"], x)  # the 50 networks trained above
    hit = dead.any(dim=1)
    good = accuracies(trained["ReLU"], relu, x_test, y_test) >= PASS
    n_hit, n_spared = int(hit.sum()), int((~hit).sum())
    hit_good, spared_good = int((hit & good).sum()), int((~hit & good).sum())
    print(f"no huge step: {int(dead.sum())} dead;", end=" ")
    print(f"pass {hit_good} of {n_hit}, {spared_good} of {n_spared}")

# %% [markdown] lang="zh" tags=["bug"]
# 开始时有 `{python} counts["ReLU"][0]` 个，是初始权重抽得不巧；一大步之后，ReLU 有 `{python} counts["ReLU"][1]` 个，再训练 50 轮，其中还死着的有 `{python} counts["ReLU"][2]` 个：一个也没救回。LeakyReLU 的 `{python} counts["LeakyReLU"][1]` 个只剩 `{python} counts["LeakyReLU"][2]` 个：左边的斜率 0.1 能拉它们回来。
#
# 学习率正常，单元也会死。最后一行是前面那 50 个 ReLU 网络，共有死单元 `{python} int(dead.sum())` 个。有死单元的 `{python} n_hit` 个网络成功 `{python} hit_good` 个，其余 `{python} n_spared` 个也只成功 `{python} spared_good` 个：死单元有害，却不是唯一的原因，四道折痕本来就难摆对（见 [决策边界](../ch05_networks/decision_boundaries.py)）。**调小学习率重来，或换成 LeakyReLU。**

# %% [markdown] lang="en" tags=["bug"]
# `{python} counts["ReLU"][0]` are off at the start, by an unlucky draw; after the huge step ReLU has `{python} counts["ReLU"][1]`, of which 50 more epochs leave `{python} counts["ReLU"][2]` dead: not one was saved. Of the `{python} counts["LeakyReLU"][1]` with LeakyReLU, `{python} counts["LeakyReLU"][2]` are left: the slope of 0.1 on the left pulls them back.
#
# Units die at a sane learning rate, too. The last line is about the 50 ReLU networks trained above, which have `{python} int(dead.sum())` dead units. Of the `{python} n_hit` networks with a dead unit, `{python} hit_good` pass; of the other `{python} n_spared`, just `{python} spared_good`. Dead units do harm, but are not the only reason: four folds are hard to put in the right places anyway (see [decision boundaries](../ch05_networks/decision_boundaries.py)). **Start again with a lower learning rate, or take LeakyReLU.**

# %% [markdown] lang="zh"
# ### 最后一层之后也加 ReLU

# %% [markdown] lang="en"
# ### A ReLU after the last layer

# %% [markdown] lang="zh" tags=["bug"]
# 盒子还要报出脚下比水渠高几米，低则为负。高度 = 2 × 向北的千米数 − 0.5，单位是米。网络用 4 个 tanh 单元，损失用均方误差。有人顺手在输出后面也加了一个 ReLU：

# %% [markdown] lang="en" tags=["bug"]
# The box should also tell how many metres a place lies above the canal, below it being negative. The height is 2 × kilometres north − 0.5, in metres. The network has 4 tanh units and the loss is the mean squared error. Out of habit, someone adds a ReLU after the output as well:


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
    lived = all_zero.tolist().index(False)  # the first seed that is not all 0
    print(f"lowest: true {heights.min():.2f}, ReLU {clipped.min():.2f},", end=" ")
    print(f"none {free[lived].min():.2f}")
    print(f"all 0: {int(all_zero.sum())} of {len(all_zero)}")

# %% [markdown] lang="zh" tags=["bug"]
# 第一行是三个最低值：真实高度、加 ReLU 的预测、不加的预测。ReLU 的输出不会为负，低于水渠的地方都报 0 米。第二行更糟：20 个网络里有 `{python} int(all_zero.sum())` 个处处输出 0，输出单元自己就死了。**最后一层之后放什么，看答案是什么样的数：可正可负的数什么都不加；对数几率也不加，损失函数里已经有 sigmoid。**

# %% [markdown] lang="en" tags=["bug"]
# The first line has three lowest values: of the true heights, of the predictions with ReLU, and of those without. Behind a ReLU nothing can be negative, so every place below the canal is reported as 0 m. The second line is worse: `{python} int(all_zero.sum())` of 20 networks put out 0 everywhere, because their output unit is itself dead. **What comes after the last layer depends on what kind of number the answer is: for a number of either sign, nothing; for a logit, nothing either, as the loss function has its own sigmoid.**

# %% tags=["plot"] alt_zh="横轴真实高度，纵轴预测高度。不加 ReLU 的点落在对角线上；加了 ReLU 的点，真实高度为负时全停在 0 米，为正时才跟上对角线。" alt_en="Predicted against true height. Without ReLU the points lie on the diagonal; with it, all points of negative true height stay at 0 m, and only those above follow the diagonal."
if __name__ == "__main__":
    fig, ax = plt.subplots(layout="constrained")
    ax.axline((0, 0), slope=1, color="gray", lw=1)
    ax.plot(heights, clipped[lived], "o", ms=5, label="ReLU on the output")
    ax.plot(heights, free[lived], "x", ms=5, label="no ReLU on the output")
    ax.set(xlabel="true height (m)", ylabel="predicted height (m)")
    ax.legend(loc="upper left")
    plt.show()

# %% [markdown] lang="zh"
# 图中是种子 `{python} lived` 的两个网络。灰线上，预测等于真实高度。
#
# ## 练习

# %% [markdown] lang="en"
# The picture shows the two networks of seed `{python} lived`. On the grey line, prediction and truth agree.
#
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
# 在“一大步”的实验里，把 $a$ 换成 0、0.01、0.1。写一个 `revived(leak, x, y)`：一大步之后 $t_i$ 全不为正的单元，训练后有多大比例活过来？

# %% [markdown] lang="en" tags=["exercise"]
# In the experiment with the huge step, let $a$ be 0, 0.01 and 0.1. Write `revived(leak, x, y)`: of the units without a positive $t_i$ after the step, the share that training brings back.


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
# - 没有激活函数，多少层都等于一层。
# - 斜率决定学不学得动：不算权重，sigmoid 每过一层至多剩四分之一；ReLU 右边不减，左边全无。
# - 单元够多时，ReLU 也行；死单元多就换 LeakyReLU；深网络的隐藏层别用 sigmoid。
# - 最后一层之后放什么，由答案的种类决定。
#
# 有了梯度，每一步怎样走？见 [优化器](../ch06_training/optimizers.py)。术语见 [术语表](/glossary.md)。

# %% [markdown] lang="en"
# ## Recap
# Which one for the box? With one hidden layer and 4 units, **tanh**: `{python} passed["tanh"]` of 50 seeds pass, and it is the fastest. The sigmoid gets to `{python} passed["sigmoid"]` too, but slowly; ReLU to just `{python} passed["ReLU"]`.
#
# - Without activation functions, any number of layers is one layer.
# - The slope decides whether a network can learn: weights apart, each sigmoid layer keeps a quarter at most; ReLU keeps all on the right and nothing on the left.
# - With enough units, ReLU will do; if many units die, take LeakyReLU; keep the sigmoid out of the hidden layers of a deep network.
# - What follows the last layer is decided by the kind of answer.
#
# What to do with the gradients at each step is told in [optimizers](../ch06_training/optimizers.py). Terms are in the [glossary](/glossary.md).
