# %% [markdown] lang="zh"
# # 初始化
# 山谷里，两块月牙形田地互相咬合，一块种玉米，一块种茶。小盒子里是一个只有 4 个单元的网络，凭位置（向东、向北各几公里）报出脚下是哪种。这次你换上大芯片：30 个隐藏层，每层 32 个单元，约三万个权重。训练只会把已有的数慢慢改好，起点得先填上，这叫**初始化**（initialization）。全填 0？标准正态的随机数？还是 PyTorch 给什么就用什么？填错了不报错，网络只是学不动。
#
# 学完这一页，你能：
#
# - 算出 30 层下来，数会放大或缩小多少；
# - 亲手写出两种有名的初始化，与 PyTorch 一个数不差；
# - 说清它们何时管用，何时没用，何时添乱；
# - 打印每层的大小，查出填错的地方。
#
# 先修：[激活函数](../ch05_networks/activations.py)、[反向传播](../ch05_networks/backpropagation.py)。下面折叠的代码是导入和输入检查，初读可以跳过。

# %% [markdown] lang="en"
# # Initialization
# In a valley, two crescent-shaped fields hook into each other: one grows corn, the other tea. A little box, a network of just 4 units, is told its position (kilometres east and north) and says which crop it stands on. Now you fit a big chip: 30 hidden layers of 32 units, some thirty thousand weights in all. Training only improves numbers that are already there, so someone has to fill in the first ones. That is **initialization**. All zeros? Standard normal random numbers? Or whatever PyTorch puts there? A bad choice raises no error; the network just does not learn.
#
# After this page you can
#
# - work out how much numbers grow or shrink through 30 layers;
# - write two famous initializations yourself, equal to PyTorch's in every number;
# - say when they help, when they make no difference, and when they do harm;
# - print the size of every layer and find where it was filled wrongly.
#
# Before this: [activation functions](../ch05_networks/activations.py) and [backpropagation](../ch05_networks/backpropagation.py). The folded code below imports what we need and checks inputs. Skip it at first reading.

# %% tags=["setup"]
import math
from collections.abc import Callable, Sequence
from itertools import pairwise

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from sklearn.datasets import make_moons
from torch import Generator, Tensor, nn

INIT = Callable[[tuple[int, int], Generator], Tensor]
LAYERS = list[tuple[Tensor, Tensor]]
OPTIM = Callable[..., torch.optim.Optimizer]


def check_data(x: Tensor, y: Tensor) -> None:
    """Refuse all but points (n, 2) with labels 0 and 1 (n, 1) (检查数据)."""
    for name, t in (("x", x), ("y", y)):
        if not isinstance(t, Tensor) or not t.is_floating_point():
            found = getattr(t, "dtype", type(t))
            raise TypeError(f"{name} must be a float tensor, got {found}")
        if not t.isfinite().all():
            raise ValueError(f"{name} contains NaN or infinity")
    if x.ndim != 2 or x.shape[1] != 2 or len(x) == 0 or y.shape != (len(x), 1):
        found = f"{tuple(x.shape)} and {tuple(y.shape)}"
        raise ValueError(f"expected shapes (n, 2) and (n, 1), got {found}")
    if not ((y == 0) | (y == 1)).all():
        raise ValueError("expected labels 0 or 1")


def check_run(lr: float = 1.0, **counts: int) -> None:
    """Refuse senseless learning rates and counts (检查学习率与个数)."""
    if not 0 < lr < math.inf:
        raise ValueError(f"the learning rate must be positive and finite, got {lr}")
    for name, value in counts.items():
        if not isinstance(value, int) or value < 1:
            raise ValueError(f"{name} must be a positive integer, got {value}")


def check_sizes(sizes: Sequence[int], seeds: Sequence[int] = (0,)) -> None:
    """Refuse networks without layers or without seeds (检查网络大小)."""
    if len(seeds) == 0 or len(sizes) < 2:
        given = f"{len(seeds)} seeds and {len(sizes)} sizes"
        raise ValueError(f"expected seeds and at least two sizes, got {given}")
    for size in sizes:
        check_run(size=size)


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


# %% [markdown] lang="zh"
# ## 一个单元就是一次随机游走
# 一个单元先算加权和 $z=w_1h_1+\dots+w_mh_m$。$m$ 是输入的个数，叫**扇入**（fan-in）；$h_j$ 是第 $j$ 个输入，$w_j$ 是它的权重。权重随机，加权和就像走 $m$ 步的随机游走：每步可左可右，有长有短，大半互相抵消。走完离起点多远？下面让每个输入都是 1 公里，权重取标准正态（平均 0，标准差 1）随机数，输入有 4、16、64 个，各抽 2000 个单元。

# %% [markdown] lang="en"
# ## A unit is a random walk
# A unit first takes a weighted sum $z=w_1h_1+\dots+w_mh_m$. Here $m$ is the number of its inputs, its **fan-in**; $h_j$ is input $j$ and $w_j$ its weight. With random weights the sum is a random walk of $m$ steps, to the left or to the right, short or long, which mostly cancel. How far from the start does it end? Below, every input is 1 km, the weights are standard normal (mean 0, standard deviation 1), and we draw 2000 units each with 4, 16 and 64 inputs.

# %% tags=["plot"] alt_zh="加权和的直方图，三条钟形曲线都以 0 为中心：4 个输入时标准差约 2，16 个时约 4，64 个时约 8。输入越多，铺得越宽。" alt_en="Histograms of the weighted sums, three bells around 0: the standard deviation is about 2 with 4 inputs, 4 with 16 and 8 with 64. The more inputs, the wider."
if __name__ == "__main__":
    fig, ax = plt.subplots(layout="constrained")
    rng, widths = torch.Generator().manual_seed(0), []
    for m, style in ((4, "-"), (16, "--"), (64, ":")):
        sums = torch.randn(2000, m, generator=rng).sum(dim=1)
        widths.append(f"{sums.std().item():.1f}")
        bins = torch.linspace(-24, 24, 49).numpy()
        look = {"histtype": "step", "lw": 2, "ls": style}
        ax.hist(sums.numpy(), bins=bins, label=f"{m} inputs", **look)
    ax.set(xlabel="$z$ (km)", ylabel="number of units")
    ax.legend(loc="upper right")
    plt.show()

# %% [markdown] lang="zh"
# 三群的标准差是 `{python} widths[0]`、`{python} widths[1]`、`{python} widths[2]` 公里：输入多到 4 倍，宽度只到 2 倍，随 $\sqrt m$ 增长。道理是：权重互相独立、平均为 0 时，各项的**方差**（variance，标准差的平方）直接相加。记 $\operatorname{Var}(w)$ 为权重的方差，第 $j$ 项 $w_jh_j$ 的方差就是 $\operatorname{Var}(w)\,h_j^2$。$m$ 项加起来（横线表示平均）：
#
# $$\overline{z^2}=m\,\operatorname{Var}(w)\,\overline{h^2}$$
#
# 从第二层起，输入是前一层的 $\max(0,z)$（ReLU）。$z$ 正负各半，负的一半变成 0，平方的平均也只剩一半。所以每过一层，$\overline{z^2}$ 乘上
#
# $$\tfrac12\,m\,\operatorname{Var}(w)$$
#
# 这个数一层层连乘：大于 1 会爆炸，小于 1 会消失，只能是 1，即 $\operatorname{Var}(w)=2/m$。这就是 **Kaiming 初始化**（又叫 He 初始化），2 补的是 ReLU 丢掉的一半。
#
# 梯度倒着走：每个单元从后一层的 $k$ 个单元收回梯度，$k$ 叫**扇出**（fan-out）。同理，梯度不变要求 $\operatorname{Var}(w)=2/k$。**Xavier 初始化**（又叫 Glorot 初始化）为 tanh 设计：tanh 在 0 附近斜率是 1，没丢什么，不用补；$m$ 和 $k$ 不能兼顾，就取平均：
#
# $$\operatorname{Var}(w)=\frac{1}{(m+k)/2}=\frac{2}{m+k}$$
#
# PyTorch 的权重形状是 `(out, in)`，所以扇入是 `shape[1]`，扇出是 `shape[0]`。$\pm b$ 之间均匀分布的方差是 $b^2/3$；`nn.Linear` 的权重默认在 $\pm1/\sqrt m$ 之间均匀抽，方差是 $1/(3m)$，只有 Kaiming 的六分之一。`torch.empty` 开一块还没填数的张量，`normal_` 和 `uniform_` 用随机数发生器 `generator` 原地填上随机数。

# %% [markdown] lang="en"
# The three groups have standard deviations of `{python} widths[0]`, `{python} widths[1]` and `{python} widths[2]` km: four times the inputs, only twice the width, which grows like $\sqrt m$. For if weights are independent with mean 0, the **variances** (squared standard deviations) of the terms just add up. Write $\operatorname{Var}(w)$ for the variance of the weights; then term $j$, $w_jh_j$, has the variance $\operatorname{Var}(w)\,h_j^2$. With a bar for the mean, the $m$ terms together give
#
# $$\overline{z^2}=m\,\operatorname{Var}(w)\,\overline{h^2}$$
#
# From the second layer on, the inputs are $\max(0,z)$ of the layer before (ReLU). Half of the $z$ are negative; ReLU makes them 0, and half of the mean square is left. So each layer multiplies $\overline{z^2}$ by
#
# $$\tfrac12\,m\,\operatorname{Var}(w)$$
#
# Layer after layer multiplies by this number: above 1, signals explode; below 1, they vanish. It has to be 1, so $\operatorname{Var}(w)=2/m$. That is the **Kaiming initialization** (also named after He); its 2 makes up for the half that ReLU throws away.
#
# Gradients travel the other way: a unit collects them from the $k$ units of the next layer; $k$ is its **fan-out**. By the same reasoning they keep their size if $\operatorname{Var}(w)=2/k$. The **Xavier initialization** (or Glorot's) is made for tanh, whose slope is 1 near 0, so there is no lost half to make up for; and as one cannot serve both $m$ and $k$, it takes their mean:
#
# $$\operatorname{Var}(w)=\frac{1}{(m+k)/2}=\frac{2}{m+k}$$
#
# PyTorch's weights have the shape `(out, in)`, so the fan-in is `shape[1]` and the fan-out `shape[0]`. Uniform numbers between $\pm b$ have the variance $b^2/3$; the weights of `nn.Linear` are by default uniform between $\pm1/\sqrt m$, with a variance of $1/(3m)$: a sixth of Kaiming's. Below, `torch.empty` makes a tensor that holds no numbers yet; `normal_` and `uniform_` fill it in place with random numbers from the `generator`.


# %%
def fans(shape: tuple[int, int]) -> tuple[int, int]:
    """Fan-in and fan-out (扇入与扇出) of a weight of shape (out, in).

    Raises ``ValueError`` unless the shape is two positive integers.
    """
    if len(shape) != 2:
        raise ValueError(f"expected a shape (out, in), got {tuple(shape)}")
    check_sizes(shape)
    return shape[1], shape[0]


def normal(shape: tuple[int, int], generator: Generator, std: float = 1) -> Tensor:
    """Normal weights, mean 0 (正态权重), float32. Raises like ``fans``.

    Also raises ``TypeError`` without a generator, ``ValueError`` unless std > 0.
    """
    fans(shape)
    if not isinstance(generator, Generator):
        raise TypeError(f"expected a torch.Generator, got {type(generator)}")
    if not 0 < std < math.inf:
        raise ValueError(f"std must be positive and finite, got {std}")
    return torch.empty(shape).normal_(0, std, generator=generator)


def kaiming(
    shape: tuple[int, int], generator: Generator, mode: str = "fan_in"
) -> Tensor:
    """Kaiming initialization for ReLU (Kaiming 初始化): variance 2 / fan.

    ``mode`` "fan_in" keeps signals, "fan_out" gradients; else ``ValueError``.
    Raises like ``normal``. Source: He et al. (2015), section 2.2.
    """
    fan_in, fan_out = fans(shape)
    if mode not in ("fan_in", "fan_out"):
        raise ValueError(f"mode must be 'fan_in' or 'fan_out', got {mode!r}")
    fan = fan_in if mode == "fan_in" else fan_out
    return normal(shape, generator, math.sqrt(2) / math.sqrt(fan))


def xavier(shape: tuple[int, int], generator: Generator) -> Tensor:
    """Xavier initialization (Xavier 初始化): variance 2 / (fan-in + fan-out).

    Raises like ``normal``. Source: Glorot & Bengio (2010), section 4.2.1.
    """
    fan_in, fan_out = fans(shape)
    return normal(shape, generator, math.sqrt(2 / (fan_in + fan_out)))


def torch_default(shape: tuple[int, int], generator: Generator) -> Tensor:
    """The weights of ``nn.Linear`` (PyTorch 的默认值): uniform, ± 1 / √fan-in.

    Raises like ``fans``.
    """
    bound = 1 / math.sqrt(fans(shape)[0])
    return torch.empty(shape).uniform_(-bound, bound, generator=generator)


def zeros(shape: tuple[int, int], generator: Generator) -> Tensor:
    """All weights 0 (全 0). Raises like ``fans``."""
    fans(shape)
    return torch.zeros(shape)


INITS: dict[str, INIT] = {
    "zeros": zeros,
    "N(0, 1)": normal,
    "default": torch_default,
    "Xavier": xavier,
    "Kaiming": kaiming,
}

# %% [markdown] lang="zh" tags=["check"]
# 写对了吗？随机数发生器的种子相同，抽出的权重就该与 PyTorch 的 `nn.init` 个个相等。再抽 200 个 32 × 20 的矩阵，每行先是量到的标准差，后是公式算出的。

# %% [markdown] lang="en" tags=["check"]
# Are they right? Generators of one seed draw the same numbers, so every single weight must equal that of PyTorch's `nn.init`. Then we draw 200 matrices of 32 × 20; each line has the measured standard deviation first and the one by the formula next.

# %% tags=["check"]
if __name__ == "__main__":
    seeded = [torch.Generator().manual_seed(7) for _ in range(4)]
    theirs = nn.init.kaiming_normal_(
        torch.empty(32, 20), nonlinearity="relu", generator=seeded[0]
    )
    same = torch.equal(kaiming((32, 20), seeded[1]), theirs)
    theirs = nn.init.xavier_normal_(torch.empty(32, 20), generator=seeded[2])
    print(f"equal: {same}, {torch.equal(xavier((32, 20), seeded[3]), theirs)}")
    formulas = {"default": 1 / (3 * 20), "Xavier": 2 / (20 + 32), "Kaiming": 2 / 20}
    for name, variance in formulas.items():
        draws = torch.stack([INITS[name]((32, 20), seeded[0]) for _ in range(200)])
        print(f"{name:8} {draws.std().item():.4f} {math.sqrt(variance):.4f}")

# %% [markdown] lang="zh"
# ## 信号和梯度，一层层量
# 现在装好芯片。偏置（加在加权和上的数）先填 0，只比权重。20 个种子的网络叠成一个张量一起算：最前的轴是种子，`@` 替每个种子各做一次矩阵乘法（见 [决策边界](../ch05_networks/decision_boundaries.py)）。`pairwise` 把相邻两层的大小配成对。

# %% [markdown] lang="en"
# ## Signals and gradients, layer by layer
# Now fill the chip. All biases (the numbers added to the weighted sums) start at 0 for now, so that only weights are compared. The networks of 20 seeds are stacked in one tensor: its first axis counts the seeds, and `@` multiplies matrices for each seed separately (see [decision boundaries](../ch05_networks/decision_boundaries.py)). `pairwise` pairs the sizes of neighbouring layers.


# %%
def make_layers(init: INIT, sizes: Sequence[int], seeds: Sequence[int]) -> LAYERS:
    """First weights (S, out, in) and biases 0 (S, out, 1) of S networks (初始权重).

    ``sizes`` counts inputs, hidden units and outputs, for example (2, 4, 1). Raises
    ``ValueError`` for no seeds, fewer than two sizes, or a size below 1.
    """
    check_sizes(sizes, seeds)
    rngs = [torch.Generator().manual_seed(seed) for seed in seeds]
    layers = []
    for m, out in pairwise(sizes):
        w = torch.stack([init((out, m), rng) for rng in rngs])
        b = torch.zeros(len(rngs), out, 1)
        layers.append((w.requires_grad_(), b.requires_grad_()))
    return layers


def forward(
    layers: LAYERS, f: Callable[[Tensor], Tensor], x: Tensor
) -> tuple[Tensor, list[Tensor]]:
    """Outputs (S, out, n) for ``x`` (n, in), z of all hidden layers (前向传播)."""
    *hidden, (w_last, b_last) = layers
    h, sums = x.T, []  # (in, n): a place in each column
    for w, b in hidden:
        sums.append(w @ h + b)  # (S, out, n)
        h = f(sums[-1])
    return w_last @ h + b_last, sums


def losses(z: Tensor, y: Tensor) -> Tensor:
    """Mean binary cross-entropy (二元交叉熵) of each network, (S,), in nats."""
    # every network gets the same labels, and a loss of its own
    target = y.T.expand_as(z)
    bce = F.binary_cross_entropy_with_logits(z, target, reduction="none")
    return bce.mean(dim=(1, 2))


# %% [markdown] lang="zh"
# 对 50 个地点，在每一层量两样：加权和 $z$（信号）有多大，损失对 $z$ 的梯度有多大。“多大”是平方的平均再开方。轴在 PyTorch 里叫 `dim`：`dim=(1, 2)` 对单元和地点求平均，只留下种子。`torch.autograd.grad` 交出损失对每层 $z$ 的梯度。

# %% [markdown] lang="en"
# At 50 places, in every layer, we measure two things: how large the weighted sums $z$ (the signal) are, and how large the gradient of the loss with respect to $z$ is. For "how large" we take the root of the mean square. PyTorch calls an axis `dim`: `dim=(1, 2)` averages over units and places and leaves the seeds. `torch.autograd.grad` hands over the gradient of the loss with respect to the $z$ of every layer.


# %%
def size(sums: list[Tensor]) -> Tensor:
    """Root mean square (平方的平均再开方) of each layer, (layers, S)."""
    # float64, as squares may leave the range of float32
    return torch.stack([z.double().square().mean(dim=(1, 2)).sqrt() for z in sums])


def signal_std(layers: LAYERS, f: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """Size of the weighted sums (信号的大小), (hidden layers, S), in km."""
    with torch.no_grad():
        return size(forward(layers, f, x)[1])


def gradient_std(
    layers: LAYERS, f: Callable[[Tensor], Tensor], x: Tensor, y: Tensor
) -> Tensor:
    """Size of the loss's gradient by z (梯度的大小), (hidden layers, S).

    Raises like ``check_data``.
    """
    check_data(x, y)
    out, sums = forward(layers, f, x)
    return size(list(torch.autograd.grad(losses(out, y).sum(), sums)))


# %% [markdown] lang="zh" tags=["predict"]
# 扇入 32，标准正态的权重每层把信号乘上 $\sqrt{32/2}=4$。第 1 层约是 1 公里，第 30 层呢？PyTorch 的默认值每层乘上 $\sqrt{1/6}$，约 `{python} f"{math.sqrt(1 / 6):.2f}"`；Xavier 乘上 $\sqrt{1/2}$，约 `{python} f"{math.sqrt(1 / 2):.2f}"`。各剩多少？

# %% [markdown] lang="en" tags=["predict"]
# With a fan-in of 32, standard normal weights multiply the signal by $\sqrt{32/2}=4$ in each layer. If it is about 1 km in layer 1, what is it in layer 30? PyTorch's default multiplies by $\sqrt{1/6}$, about `{python} f"{math.sqrt(1 / 6):.2f}"`, and Xavier by $\sqrt{1/2}$, about `{python} f"{math.sqrt(1 / 2):.2f}"`. What is left of each?

# %%
CHIP = (2, *[32] * 30, 1)  # inputs, 30 hidden layers, one output
SEEDS = range(20)

if __name__ == "__main__":
    x, y = make_fields(50, seed=0)
    print(f"weights: {sum(m * out for m, out in pairwise(CHIP))}")
    print(f"{'':7}{'z 1':>8}{'z 30':>8}{'g 1':>8}{'g 30':>8}")
    chips, signals, gradients = {}, {}, {}
    for name, init in INITS.items():
        chips[name] = make_layers(init, CHIP, SEEDS)
        of_seeds = signal_std(chips[name], torch.relu, x)  # (30, 20)
        signals[name] = of_seeds.median(dim=1).values.tolist()
        of_seeds = gradient_std(chips[name], torch.relu, x, y)
        gradients[name] = of_seeds.median(dim=1).values.tolist()
        ends = [d[name][i] for d in (signals, gradients) for i in (0, -1)]
        print(f"{name:7}" + "".join(f" {v:7.1e}" for v in ends))
    last = {name: f"{values[-1]:.0e}" for name, values in signals.items()}
    first = {name: f"{values[0]:.0e}" for name, values in gradients.items()}

# %% tags=["plot"] alt_zh="对数刻度，上图信号，下图梯度，横轴是层。标准正态的信号直线上升到 `{python} last['N(0, 1)']`，默认值和 Xavier 直线下降到 `{python} last['default']` 和 `{python} last['Xavier']`，Kaiming 几乎是平的。梯度从右往左走，同样的四条线反过来。灰色虚线是公式的预测，贴着信号。" alt_en="Logarithmic scales, signals above, gradients below, against the layer. Standard normal signals climb straight to `{python} last['N(0, 1)']`; the default and Xavier fall straight to `{python} last['default']` and `{python} last['Xavier']`; Kaiming is almost level. Gradients run from right to left and show the same four lines in reverse. Dashed grey lines, the formula's prediction, keep close to the signals."
if __name__ == "__main__":
    fig, axes = plt.subplots(2, figsize=(5.2, 6), sharex=True, layout="constrained")
    steps = range(1, 31)
    per_layer = {"N(0, 1)": 4, "default": 6**-0.5, "Xavier": 2**-0.5, "Kaiming": 1}
    for (name, factor), marker in zip(per_layer.items(), "os^x", strict=True):
        axes[0].plot(steps, signals[name], marker, ms=4, label=name)
        line = [signals[name][0] * factor ** (i - 1) for i in steps]
        axes[0].plot(steps, line, "--", color="gray", lw=1)
        axes[1].plot(steps, gradients[name], marker, ms=4)
    powers = [10.0**p for p in range(-15, 16, 5)]
    axes[0].set(ylabel="signal (km)", yscale="log", yticks=powers[1:])
    axes[1].set(xlabel="layer", ylabel="gradient", yscale="log", yticks=powers)
    fig.legend(loc="outside lower center", ncols=2)
    plt.show()

# %% [markdown] lang="zh"
# 每行是第 1、30 层的信号 $z$（公里）和梯度 $g$，都是 20 个种子的中位数；e 后面是 10 的指数。`N(0, 1)` 是标准正态，`default` 是 PyTorch 的默认值。图中灰色虚线是公式：第 1 层的信号，每层乘一次倍数。
#
# - 标准正态：第 30 层的信号有 `{python} last["N(0, 1)"]` 公里（公式说 `{python} f"{signals['N(0, 1)'][0] * 4**29:.0e}"`），第 1 层的梯度有 `{python} first["N(0, 1)"]`。这是**梯度爆炸**。
# - 默认值：信号剩 `{python} last["default"]`，第 1 层的梯度剩 `{python} first["default"]`。这是**梯度消失**。
# - Xavier 也消失，只是慢些：ReLU 丢掉的一半，它没有补。
# - Kaiming：信号从 `{python} f"{signals['Kaiming'][0]:.1f}"` 到 `{python} f"{signals['Kaiming'][-1]:.1f}"`，梯度变化不到三倍。信号略降，因为公式保住的是许多种子的平均：少数种子特别大，中位数就低些（见练习 2）。
# - 全 0：处处是 0，对数刻度画不出来。
#
# 再看单个单元：下面是 $|z|$ 的常用对数的直方图，每种线一层。

# %% [markdown] lang="en"
# Each line of the table has the signal $z$ (km) and the gradient $g$ in layers 1 and 30, all medians of 20 seeds; the number after e is the power of 10. `N(0, 1)` is the standard normal and `default` PyTorch's own. In the figure, dashed grey lines are the formula: the signal of layer 1, times the factor once a layer.
#
# - Standard normal: by layer 30 the signal is `{python} last["N(0, 1)"]` km (the formula says `{python} f"{signals['N(0, 1)'][0] * 4**29:.0e}"`), and the gradient of layer 1 is `{python} first["N(0, 1)"]`. This is an **exploding gradient**.
# - Default: `{python} last["default"]` is left of the signal and `{python} first["default"]` of the gradient in layer 1. This is a **vanishing gradient**.
# - Xavier vanishes too, only more slowly: it does not make up for the half that ReLU throws away.
# - Kaiming: the signal goes from `{python} f"{signals['Kaiming'][0]:.1f}"` to `{python} f"{signals['Kaiming'][-1]:.1f}"`, and the gradient changes by less than a factor of three. The signal sinks a little, for the formula preserves the average over many seeds: a few come out very large, and the median lies lower (see exercise 2).
# - Zeros: 0 everywhere, which a logarithmic scale cannot show.
#
# Now single units: here are histograms of the common logarithm of $|z|$, one line style a layer.

# %% tags=["plot"] alt_zh="四行直方图，横轴是信号绝对值的常用对数。标准正态的四层一层比一层靠右；默认值一层比一层靠左；Xavier 也向左，慢些；Kaiming 的四层叠在一起，都在 0 附近。" alt_en="Four rows of histograms of the common logarithm of the signal. With standard normal weights, layers 1, 10, 20 and 30 march to the right; with the default, to the left; with Xavier, to the left more slowly; with Kaiming, all four lie on top of each other near 0."
if __name__ == "__main__":
    fig, axes = plt.subplots(
        4, 1, figsize=(5.2, 6.4), sharex=True, layout="constrained"
    )
    bins = torch.linspace(-18, 20, 153).numpy()
    for ax, name in zip(axes, list(INITS)[1:], strict=True):
        with torch.no_grad():
            sums = forward(chips[name], torch.relu, x)[1]
        for i, style in ((1, "-"), (10, "--"), (20, "-."), (30, ":")):
            powers = sums[i - 1].flatten()[::5].abs().log10().numpy()  # every fifth
            look = {"histtype": "step", "lw": 1.5, "ls": style}
            label = f"layer {i}" if name == "Kaiming" else None
            ax.hist(powers, bins=bins, label=label, **look)
        ax.set(title=name, yticks=())
    axes[-1].set(xlabel=r"$\log_{10}\,|z|$")
    fig.legend(loc="outside lower center", ncols=4, fontsize=9)
    plt.show()

# %% [markdown] lang="zh"
# 各层的形状差不多，只是整群平移：前三种越走越远，Kaiming 的四层叠在一起。

# %% [markdown] lang="en"
# Every layer has much the same shape; the whole crowd just moves. The first three go further and further, while the four layers of Kaiming lie on top of each other.

# %% [markdown] lang="zh"
# ## 学得动吗？
# 大小说完了，真的训练一下。从同样的起点，两种优化器各走 20 步：SGD 的步子与梯度成正比；Adam 先把梯度除以它近来的大小（见 [第一个神经网络](../ch05_networks/first_network.py)）。学习率 0.03 和 0.003 是试出来的：大 10 倍，Kaiming 也多半学不成。最后在另外 400 个地点上打分。

# %% [markdown] lang="en"
# ## Does it learn?
# Sizes alone prove little; we have to train. From the same start we take 20 steps with each of two optimizers: the steps of SGD are proportional to the gradient; Adam first divides the gradient by its recent size (see [your first network](../ch05_networks/first_network.py)). The learning rates, 0.03 and 0.003, were found by trial: with 10 times as much, Kaiming mostly fails too. Then we score on 400 other places.


# %%
def train(
    layers: LAYERS,
    f: Callable[[Tensor], Tensor],
    x: Tensor,
    y: Tensor,
    epochs: int,
    lr: float,
    optim: OPTIM = torch.optim.Adam,
) -> None:
    """Train S networks at once, in place (原地训练), on all places in each step.

    Raises like ``check_data`` and ``check_run``. Adam: Kingma & Ba (2015).
    """
    check_data(x, y)
    check_run(lr, epochs=epochs)
    params = [p for layer in layers for p in layer]
    optimizer = optim(params, lr=lr, fused=True)  # fused: the same, faster
    for _ in range(epochs):
        optimizer.zero_grad()
        # summed: the weights of one seed do not touch another seed's loss
        losses(forward(layers, f, x)[0], y).sum().backward()
        optimizer.step()


def accuracies(
    layers: LAYERS, f: Callable[[Tensor], Tensor], x: Tensor, y: Tensor
) -> Tensor:
    """Share of right answers of each network (准确率), shape (S,)."""
    check_data(x, y)
    with torch.no_grad():
        right = (forward(layers, f, x)[0] > 0) == (y.T > 0.5)
    return right.float().mean(dim=(1, 2))


if __name__ == "__main__":
    x_test, y_test = make_fields(400, seed=1)
    deep, loss = {}, {}
    for kind, optim, lr in (
        ("SGD", torch.optim.SGD, 0.03),
        ("Adam", torch.optim.Adam, 0.003),
    ):
        for name in list(INITS)[1:]:
            layers = make_layers(INITS[name], CHIP, SEEDS)
            train(layers, torch.relu, x, y, epochs=20, lr=lr, optim=optim)
            a = accuracies(layers, torch.relu, x_test, y_test)
            with torch.no_grad():
                bce = losses(forward(layers, torch.relu, x_test)[0], y_test)
            deep[kind, name], loss[kind, name] = a, bce.median().item()
            shares = f"{a.min():4.0%} {a.median():4.0%} {a.max():4.0%}"
            print(f"{kind:4} {name:7} {shares} {loss[kind, name]:7.1e}")
    eps = torch.optim.Adam([torch.zeros(1)]).defaults["eps"]

# %% [markdown] lang="zh"
# 每行是 20 个种子里最低、居中、最高的准确率，最后是损失的中位数；`{python} f"{math.log(2):.2f}"` 是抛硬币的损失。
#
# - SGD：标准正态的步子太大，损失成了 `nan`；默认值和 Xavier 几乎不动；只有 Kaiming 在学，居中的是 `{python} f"{deep['SGD', 'Kaiming'].median().item():.0%}"`。
# - Adam 不计较梯度大小，Xavier 也到 `{python} f"{deep['Adam', 'Xavier'].median().item():.0%}"`。标准正态到 `{python} f"{deep['Adam', 'N(0, 1)'].median().item():.0%}"`，损失却是 `{python} f"{loss['Adam', 'N(0, 1)']:.0e}"`：错的地方错得离谱。默认值仍在抛硬币：Adam 的分母里有个防止除以 0 的 `{python} f"{eps:.0e}"`，默认值的梯度比它还小得多。
#
# 两次都是 Kaiming 最好。

# %% [markdown] lang="en"
# Each line has the lowest, the middle and the highest accuracy of 20 seeds, and last the median loss; `{python} f"{math.log(2):.2f}"` is the loss of a coin flip.
#
# - SGD: the steps of the standard normal are so large that the loss becomes `nan`; the default and Xavier hardly move; only Kaiming learns, and its middle is `{python} f"{deep['SGD', 'Kaiming'].median().item():.0%}"`.
# - Adam does not mind the size of a gradient, so Xavier too reaches `{python} f"{deep['Adam', 'Xavier'].median().item():.0%}"`. The standard normal has `{python} f"{deep['Adam', 'N(0, 1)'].median().item():.0%}"`, but its loss is `{python} f"{loss['Adam', 'N(0, 1)']:.0e}"`: where it errs, it errs wildly. The default still flips coins, for Adam adds `{python} f"{eps:.0e}"` to its denominator so as not to divide by 0, and these gradients are much smaller than that.
#
# With either optimizer Kaiming comes first.

# %% [markdown] lang="zh"
# ## 什么时候没用，什么时候添乱
# 有的教程说：网络没学会，加一句 `kaiming_normal_` 就好。拿小盒子试试：2 个输入、4 个 ReLU 单元、1 个输出，100 个地点，种子 200 个；网络浅，Adam 的学习率可以取 0.1。练 150 轮，在同样 400 个新地点上准确率到 98% 算成功。再换成 tanh。

# %% [markdown] lang="en"
# ## When it does not help, and when it harms
# Some tutorials say that a network that fails to learn is cured by `kaiming_normal_`. Try it on the little box: 2 inputs, 4 ReLU units, 1 output, 100 places, 200 seeds; a shallow network can take a learning rate of 0.1 for Adam. After 150 epochs, an accuracy of 98% on the same 400 new places is a pass. Then the same with tanh.

# %% [markdown] lang="zh" tags=["predict"]
# 200 个 ReLU 小盒子里，默认值会成功几个，Kaiming 呢？在芯片里爆炸的标准正态呢？换成 tanh，名次会变吗？

# %% [markdown] lang="en" tags=["predict"]
# Of 200 little ReLU boxes, how many will pass with the default, and how many with Kaiming? With the standard normal, which blew up in the chip? And does the order change with tanh?

# %%
if __name__ == "__main__":
    x_box, y_box = make_fields(100, seed=0)
    passed = {}
    three = ("default", "Kaiming", "N(0, 1)")
    for kind, f, epochs, names in (
        ("ReLU", torch.relu, 150, three),
        ("tanh", torch.tanh, 150, three),
        ("tanh", torch.tanh, 300, three[:2]),
    ):
        for name in names:
            boxes = make_layers(INITS[name], (2, 4, 1), range(200))
            train(boxes, f, x_box, y_box, epochs=epochs, lr=0.1)
            good = accuracies(boxes, f, x_test, y_test) >= 0.98
            passed[kind, epochs, name] = int(good.sum())
            print(f"{kind} {epochs} {name:7} {good.sum():3}")
    p = passed["ReLU", 150, "Kaiming"] / 200
    luck = math.sqrt(200 * p * (1 - p))

# %% [markdown] lang="zh"
# 换 200 个新种子，ReLU 加 Kaiming 的成功数会浮动约 `{python} f"{luck:.0f}"` 个（标准差 $\sqrt{200\,p(1-p)}$，$p$ 是成功率）。
#
# - ReLU：Kaiming 成功 `{python} passed["ReLU", 150, "Kaiming"]` 个，默认值 `{python} passed["ReLU", 150, "default"]` 个，不只是运气。确实管用，但大半仍失败：4 个 ReLU 单元太少，死一个就缺一个。
# - 标准正态成功 `{python} passed["ReLU", 150, "N(0, 1)"]` 个，不比 Kaiming 差。第一层的扇入是 2，两者的标准差都是 1；只有一个隐藏层，也没什么一路相乘。管用的是权重大一些，不是那个公式。
# - tanh：150 轮时，默认值 `{python} passed["tanh", 150, "default"]` 个，Kaiming `{python} passed["tanh", 150, "Kaiming"]` 个，标准正态 `{python} passed["tanh", 150, "N(0, 1)"]` 个。权重越大，越靠近 tanh 的平坦处，这回 Kaiming 添了乱。练到 300 轮，差距几乎没了：`{python} passed["tanh", 300, "default"]` 对 `{python} passed["tanh", 300, "Kaiming"]`。
#
# 30 层的 tanh 又怎样？下图是第 30 层 $\tanh(z)$ 的分布。

# %% [markdown] lang="en"
# With 200 new seeds, the count of ReLU with Kaiming would move by about `{python} f"{luck:.0f}"` (a standard deviation of $\sqrt{200\,p(1-p)}$, where $p$ is the share that passes).
#
# - ReLU: Kaiming passes `{python} passed["ReLU", 150, "Kaiming"]` times, the default `{python} passed["ReLU", 150, "default"]`, a gap that is not mere luck. It does help, yet most still fail: 4 ReLU units are too few, and every dead one is missing.
# - The standard normal passes `{python} passed["ReLU", 150, "N(0, 1)"]` times, no worse than Kaiming. The fan-in of the first layer is 2, so both have the standard deviation 1 there, and with one hidden layer nothing multiplies along the way. What helps here is that weights are larger, not the formula.
# - tanh: after 150 epochs `{python} passed["tanh", 150, "default"]` with the default, `{python} passed["tanh", 150, "Kaiming"]` with Kaiming and `{python} passed["tanh", 150, "N(0, 1)"]` with the standard normal. The larger the weights, the nearer to where tanh is flat; here Kaiming did harm. After 300 epochs the gap has almost closed: `{python} passed["tanh", 300, "default"]` against `{python} passed["tanh", 300, "Kaiming"]`.
#
# And 30 layers of tanh? Below are the distributions of $\tanh(z)$ in layer 30.

# %% tags=["plot"] alt_zh="四幅直方图，横轴从 −1 到 1。标准正态几乎全堆在 −1 和 1 两端；默认值全缩在 0 上；Xavier 是 0 附近的一座小山；Kaiming 几乎铺满整个区间。" alt_en="Four histograms from −1 to 1. Standard normal: nearly everything is piled up at −1 and 1. Default: all shrunk to 0. Xavier: a hill around 0. Kaiming: spread over nearly the whole interval."
if __name__ == "__main__":
    fig, axes = plt.subplots(2, 2, figsize=(6, 5), sharex=True, layout="tight")
    tanh_first, saturated = {}, {}
    for ax, name in zip(axes.flat, list(INITS)[1:], strict=True):
        layers = make_layers(INITS[name], CHIP, SEEDS)
        with torch.no_grad():
            h = forward(layers, torch.tanh, x)[1][-1].tanh().flatten()
        saturated[name] = (h.abs() > 0.95).float().mean().item()
        grads = gradient_std(layers, torch.tanh, x, y).median(dim=1).values
        tanh_first[name] = (grads[0] / grads[-1]).item()
        ax.hist(h[::5].numpy(), bins=torch.linspace(-1, 1, 42).numpy())
        ax.set(title=name, yticks=(), xticks=(-1, 0, 1))
    for ax in axes[1]:
        ax.set(xlabel=r"$\tanh(z)$")
    plt.show()

# %% [markdown] lang="zh"
# 标准正态有 `{python} f"{saturated['N(0, 1)']:.0%}"` 的值贴在两端（绝对值超过 0.95），tanh 在那里**饱和**，斜率近于 0；默认值全缩到 0。梯度从第 30 层回到第 1 层，乘上的倍数：Xavier `{python} f"{tanh_first['Xavier']:.1f}"`，Kaiming `{python} f"{tanh_first['Kaiming']:.1f}"`，都在十倍以内；默认值 `{python} f"{tanh_first['default']:.0e}"`，消失；标准正态 `{python} f"{tanh_first['N(0, 1)']:.0e}"`，爆炸，因为没饱和的单元还在乘大权重。Xavier 遇上 ReLU 会消失，遇上 tanh 就合适：**先看激活函数，再选初始化。**

# %% [markdown] lang="en"
# With standard normal weights `{python} f"{saturated['N(0, 1)']:.0%}"` of the values sit at the ends (beyond 0.95 in absolute value), where tanh **saturates** and its slope is near 0; with the default all have shrunk to 0. And the gradient, by what is it multiplied from layer 30 back to layer 1? Xavier `{python} f"{tanh_first['Xavier']:.1f}"` and Kaiming `{python} f"{tanh_first['Kaiming']:.1f}"`, both within a factor of ten; the default `{python} f"{tanh_first['default']:.0e}"`, it vanishes; the standard normal `{python} f"{tanh_first['N(0, 1)']:.0e}"`, it explodes, for the units that are not saturated still multiply by large weights. Xavier vanishes with ReLU and is about right with tanh: **look at the activation function first, then choose the initialization.**

# %% [markdown] lang="zh"
# ## 四个常见错误
# ### 全填同一个数

# %% [markdown] lang="en"
# ## Four common mistakes
# ### The same number everywhere

# %% [markdown] lang="zh" tags=["bug"]
# 为什么非随机不可？全填 0 或 0.5，同层的单元就一模一样：同样的输入和输出，同样的梯度，同样的一步，永远是同一个单元。4 个 tanh 单元训练 200 轮，打印各单元的权重与第一个最多差多少，以及准确率；`one` 只有 1 个单元，用来对照。

# %% [markdown] lang="en" tags=["bug"]
# Why random at all? Fill in 0, or 0.5, everywhere, and the units of a layer are identical: the same inputs and output, the same gradient, the same step; they stay one unit for ever. We train boxes of 4 tanh units for 200 epochs and print how far the weights of a unit differ from those of the first at most, and the accuracy; `one` has just 1 unit, for comparison.


# %% tags=["bug"]
def halves(shape: tuple[int, int], generator: Generator) -> Tensor:
    """All weights 0.5 (全 0.5), a wrong initialization. Raises like ``fans``."""
    return zeros(shape, generator) + 0.5


def row_gap(layers: LAYERS) -> float:
    """How far hidden units differ from the first one (与第一个单元的最大差)."""
    w = layers[0][0].detach()
    return (w - w[:, :1]).abs().max().item()


if __name__ == "__main__":
    alike = {}
    for name, init, units in (
        ("zeros", zeros, 4),
        ("halves", halves, 4),
        ("one", xavier, 1),
        ("Xavier", xavier, 4),
    ):
        boxes = make_layers(init, (2, units, 1), [0])
        train(boxes, torch.tanh, x_box, y_box, epochs=200, lr=0.1)
        alike[name] = accuracies(boxes, torch.tanh, x_test, y_test).item()
        print(f"{name:7} {row_gap(boxes):.4f} {alike[name]:.1%}")

# %% [markdown] lang="zh" tags=["bug"]
# 全 0 时连权重的梯度都是 0，只有输出的偏置会动，准确率 `{python} f"{alike['zeros']:.0%}"`。全 0.5 时 4 个单元只顶 1 个，停在 `{python} f"{alike['halves']:.0%}"`；随机的到 `{python} f"{alike['Xavier']:.1%}"`。随机是为了打破这种**对称**（symmetry）。权重随机就够了，偏置可以从 0 开始。

# %% [markdown] lang="en" tags=["bug"]
# With zeros even the gradients of the weights are 0; only the output's bias moves, and the accuracy is `{python} f"{alike['zeros']:.0%}"`. With 0.5 the 4 units do the work of 1 and stop at `{python} f"{alike['halves']:.0%}"`; the random ones reach `{python} f"{alike['Xavier']:.1%}"`. Randomness is there to break this **symmetry**. Random weights are enough for that; biases may start at 0.

# %% [markdown] lang="zh"
# ### 偏置也随机，信号看着还活着

# %% [markdown] lang="en"
# ### Random biases make a dead signal look alive

# %% [markdown] lang="zh" tags=["bug"]
# 前面的偏置都是 0，其实 `nn.Linear` 的偏置默认也在 $\pm1/\sqrt m$ 之间随机。补上它们，打印第 30 层的信号，和单元在不同地点之间的标准差（公里；用 float64，免得被舍入误差盖住）：

# %% [markdown] lang="en" tags=["bug"]
# So far all biases were 0, but by default those of `nn.Linear` are random between $\pm1/\sqrt m$ too. We put them in and print the signal in layer 30 and, next to it, the standard deviation of one unit between places (in km; computed in float64, lest rounding cover it):


# %% tags=["bug"]
def between_places(sums: list[Tensor]) -> Tensor:
    """Standard deviation over places (地点之间的标准差), (layers, S)."""
    return size([z - z.mean(dim=2, keepdim=True) for z in sums])


if __name__ == "__main__":
    layers = make_layers(torch_default, CHIP, SEEDS)
    rng = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for w, b in layers:
            bound = 1 / math.sqrt(w.shape[2])
            b.uniform_(-bound, bound, generator=rng)
        precise = [(w.double(), b.double()) for w, b in layers]
        sums = forward(precise, torch.relu, x.double())[1]
    alive = size(sums)[-1].median().item()
    told = between_places(sums)[-1].median().item()
    print(f"{alive:.3f} {told:.0e}")

# %% [markdown] lang="zh" tags=["bug"]
# 信号有 `{python} f"{alive:.2f}"`，看着不小，可几乎全是偏置：在哪块田答案都一样。随地点变的只有 `{python} f"{told:.0e}"`，和偏置为 0 时一样小。要看的是信号随输入变多少。

# %% [markdown] lang="en" tags=["bug"]
# The signal is `{python} f"{alive:.2f}"`, which does not look small, but nearly all of it is bias: the same answer in either field. Only `{python} f"{told:.0e}"` changes with the place, as little as with biases of 0. What counts is how much a signal changes with the input.

# %% [markdown] lang="zh"
# ### 扇入扇出弄反

# %% [markdown] lang="en"
# ### Fan-in and fan-out swapped

# %% [markdown] lang="zh" tags=["bug"]
# 自己写 `x @ W` 时，`W` 的形状常是 `(in, out)`，交给 `nn.init`，它就把扇出当成了扇入。下面的网络先变宽再变窄，打印每层的信号：第一行用扇入，第二行误用扇出。

# %% [markdown] lang="en" tags=["bug"]
# Those who write `x @ W` themselves often store `W` as `(in, out)`; hand that to `nn.init`, and it takes the fan-out for the fan-in. The network below first widens and then narrows; we print the signal in each layer, with the fan-in in the first line and the fan-out in the second.


# %% tags=["bug"]
def wrong_fan(shape: tuple[int, int], generator: Generator) -> Tensor:
    """Kaiming with the fan-out (扇出当扇入). Raises like ``fans``."""
    return kaiming(shape, generator, mode="fan_out")


FUNNEL = (2, 32, 128, 512, 128, 32, 2, 1)

if __name__ == "__main__":
    funnel = {}
    for init in (kaiming, wrong_fan):
        layers = make_layers(init, FUNNEL, SEEDS)
        funnel[init] = signal_std(layers, torch.relu, x).median(dim=1).values
        print(" ".join(f"{v:.2f}" for v in funnel[init].tolist()))

# %% [markdown] lang="zh" tags=["bug"]
# 从 2 个输入到 512 个单元，信号该是 1 左右，却只有 `{python} f"{funnel[wrong_fan][2].item():.2f}"`：每层都错 $\sqrt{m/k}$ 倍，连乘是 $\sqrt{2/512}$，即 1/16。再变窄又补了回来，末尾看不出错；层层一样宽时，处处看不出。对策：权重按 `(out, in)` 存，或打印每层的大小。

# %% [markdown] lang="en" tags=["bug"]
# Between 2 inputs and 512 units the signal should stay near 1, but it has come down to `{python} f"{funnel[wrong_fan][2].item():.2f}"`: each layer is wrong by $\sqrt{m/k}$, together $\sqrt{2/512}$, which is 1/16. As the layers narrow again, all of it is made up for, and the end looks right; with layers of one width it shows nowhere at all. Store weights as `(out, in)`, or print the size of every layer.

# %% [markdown] lang="zh"
# ### `self` 用在类外面

# %% [markdown] lang="en"
# ### `self` outside its class

# %% [markdown] lang="zh" tags=["bug"]
# 把 `nn.init.kaiming_normal_(self.fc1.weight)` 照抄在程序最外层，就会报错，因为 `self` 只在类的方法里才有。它该放在 `__init__` 里，跟在建层之后：

# %% [markdown] lang="en" tags=["bug"]
# Pasted at the top level of a program, `nn.init.kaiming_normal_(self.fc1.weight)` is an error, since `self` exists only inside a class's methods. Its place is in `__init__`, after the layer has been made:


# %% tags=["bug"]
class Box(nn.Module):
    """The little box with Kaiming weights (小盒子): 2 inputs, 4 ReLU, 1 output."""

    def __init__(self, generator: Generator) -> None:
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(2, 4), nn.Linear(4, 1)
        for layer in (self.fc1, self.fc2):
            nn.init.kaiming_normal_(
                layer.weight, nonlinearity="relu", generator=generator
            )
            nn.init.zeros_(layer.bias)

    def forward(self, x: Tensor) -> Tensor:
        """Logits (n, 1) (对数几率) for places (n, 2)."""
        return self.fc2(torch.relu(self.fc1(x)))


if __name__ == "__main__":
    try:
        nn.init.kaiming_normal_(self.fc1.weight)
    except NameError as error:
        print(error)
    box = Box(torch.Generator().manual_seed(0))
    ours = kaiming((4, 2), torch.Generator().manual_seed(0))
    print(torch.equal(box.fc1.weight, ours))

# %% [markdown] lang="zh" tags=["bug"]
# `True` 说明类里的权重与手写的 `kaiming` 逐位相等。

# %% [markdown] lang="en" tags=["bug"]
# `True` says that the weights in the class equal our own `kaiming` bit by bit.

# %% [markdown] lang="zh"
# ## 练习

# %% [markdown] lang="en"
# ## Exercises

# %% [markdown] lang="zh" tags=["exercise"]
# 正态不是必需的，要紧的是方差。在 $\pm b$ 之间均匀抽，方差是 $b^2/3$。写 `kaiming_uniform(shape, generator)`，与 `nn.init.kaiming_uniform_` 对照，再看 30 层后的信号。

# %% [markdown] lang="en" tags=["exercise"]
# Weights need not be normal; what matters is their variance. Uniform numbers between $\pm b$ have the variance $b^2/3$. Write `kaiming_uniform(shape, generator)`, compare with `nn.init.kaiming_uniform_`, and look at the signal after 30 layers.


# %% tags=["solution"]
def kaiming_uniform(shape: tuple[int, int], generator: Generator) -> Tensor:
    """Uniform Kaiming initialization (均匀分布的 Kaiming). Raises like ``fans``."""
    bound = math.sqrt(3) * (math.sqrt(2) / math.sqrt(fans(shape)[0]))
    return torch.empty(shape).uniform_(-bound, bound, generator=generator)


if __name__ == "__main__":
    seeded = [torch.Generator().manual_seed(7) for _ in range(2)]
    theirs = nn.init.kaiming_uniform_(
        torch.empty(32, 20), nonlinearity="relu", generator=seeded[0]
    )
    print(torch.equal(kaiming_uniform((32, 20), seeded[1]), theirs))
    layers = make_layers(kaiming_uniform, CHIP, SEEDS)
    print(f"{signal_std(layers, torch.relu, x)[-1].median().item():.1f}")

# %% [markdown] lang="zh" tags=["exercise"]
# Kaiming 保住的是平均，单个种子仍会漂。写 `scatter(width)`：20 个种子，30 层，宽度为 `width`，第 30 层的信号最大的种子是最小的几倍？比较宽度 8 和 64。

# %% [markdown] lang="en" tags=["exercise"]
# Kaiming keeps the average; single seeds still drift. Write `scatter(width)`: with 20 seeds and 30 layers of `width` units, how many times larger is the signal of layer 30 in the largest seed than in the smallest? Compare widths 8 and 64.


# %% tags=["solution"]
def scatter(width: int, x: Tensor) -> float:
    """Largest over smallest signal of layer 30 (最大与最小之比), 20 seeds.

    Raises ``ValueError`` for a bad width.
    """
    layers = make_layers(kaiming, (2, *[width] * 30, 1), range(20))
    ends = signal_std(layers, torch.relu, x)[-1]
    return (ends.max() / ends.min()).item()


if __name__ == "__main__":
    ratios = {width: scatter(width, x) for width in (8, 64)}
    print(" ".join(f"{width}: {ratio:.0e}" for width, ratio in ratios.items()))

# %% [markdown] lang="zh" tags=["solution"]
# 两个数是宽度 8 和 64 时的倍数。每层的倍数是许多项的平均，项越少越不准，30 层的误差又会相乘。网络又窄又深，再好的公式也不保险。

# %% [markdown] lang="en" tags=["solution"]
# The two ratios are for widths 8 and 64. The factor of a layer is an average of many terms; with few terms it is unreliable, and the errors of 30 layers multiply. A network that is narrow and deep is not safe with any formula.

# %% [markdown] lang="zh"
# ## 小结
# 大芯片该填什么？隐藏层用 ReLU，就用 **Kaiming**：权重随机，平均 0，方差 $2/m$；偏置全 0。Adam 走 20 步，准确率居中 `{python} f"{deep['Adam', 'Kaiming'].median().item():.0%}"`；用 PyTorch 的默认值，20 个种子全在抛硬币。
#
# - 每层的倍数一路相乘，好的初始化让它接近 1。
# - 深的 ReLU 网络用 Kaiming；换成 tanh，Xavier 也合适。只有一个隐藏层时，Kaiming 帮得有限，遇上 tanh 还会添乱。
# - 权重必须随机，否则同层的单元永远一样；偏置可以全 0。
# - 没把握，就打印每层的大小。
#
# 初始化只管出发那一刻。后面怎么走，见 [优化器](../ch06_training/optimizers.py)；怎样一路都稳，见 [归一化与残差连接](../ch06_training/normalization_residuals.py)。术语见 [术语表](/glossary.md)。

# %% [markdown] lang="en"
# ## Recap
# What goes into the big chip? With ReLU in the hidden layers, **Kaiming**: random weights with mean 0 and variance $2/m$, and all biases 0. After 20 steps of Adam its middle accuracy is `{python} f"{deep['Adam', 'Kaiming'].median().item():.0%}"`; with PyTorch's default all 20 seeds flip coins.
#
# - The factors of the layers multiply; a good initialization keeps them near 1.
# - Use Kaiming in deep ReLU networks; with tanh, Xavier is fine as well. With one hidden layer Kaiming helps a little, and with tanh it can even do harm.
# - Weights must be random, or the units of a layer stay alike for ever; biases may start at 0.
# - If in doubt, print the size of every layer.
#
# Initialization only looks after the start. How to take each step from there is told in [optimizers](../ch06_training/optimizers.py), and how to keep signals steady all the way in [normalization and residual connections](../ch06_training/normalization_residuals.py). Terms are in the [glossary](/glossary.md).
