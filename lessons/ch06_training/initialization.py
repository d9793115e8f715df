# %% [markdown] lang="zh"
# # 初始化
# 山谷里有两块互相咬合的月牙形田地，一块种玉米，一块种茶。一个小盒子只凭位置（向东、向北各几公里）报出脚下是哪种。这次你买了大芯片：30 个隐藏层，每层 32 个单元，约三万个权重。训练的第一步之前，这些格子里总得先填上数：全填 0？标准正态的随机数？还是 PyTorch 给什么就用什么？
#
# 填错了不报错，网络只是学不动。学完这一页，你能：
#
# - 算出信号每过一层放大或缩小几倍；
# - 亲手写出两种有名的初始化，与 PyTorch 分毫不差；
# - 说清它们什么时候救命，什么时候没用；
# - 认出四个常见错误。
#
# 先修：[激活函数](../ch05_networks/activations.py)、[反向传播](../ch05_networks/backpropagation.py)。下面折叠的代码是导入和输入检查，初读可以跳过。

# %% [markdown] lang="en"
# # Initialization
# In a valley, two crescent-shaped fields hook into each other: one grows corn, the other tea. A little box is told its position (kilometres east and north) and says which crop it stands on. This time you have bought a big chip: 30 hidden layers of 32 units, some thirty thousand weights in all. Before the first step of training, every one of these cells must hold some number. All zeros? Standard normal random numbers? Or whatever PyTorch puts there?
#
# A bad choice raises no error; the network just does not learn. After this page you can
#
# - work out by what factor a signal grows or shrinks in each layer;
# - write two famous initializations yourself, equal to PyTorch's in every digit;
# - say when they save the day and when they make no difference;
# - spot four common mistakes.
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
# 一个单元先算加权和 $z=w_1h_1+\dots+w_mh_m$。$m$ 是它的输入个数，叫**扇入**（fan-in）；$h_j$ 是第 $j$ 个输入，$w_j$ 是它的权重。权重随机，加权和就像一个人走 $m$ 步，每步方向随机：步步相抵，走不到 $m$ 那么远，但也不会停在原地。下面让每个输入都是 1 公里，权重取标准正态随机数，各抽 2000 个单元。

# %% [markdown] lang="en"
# ## A unit is a random walk
# A unit first takes a weighted sum $z=w_1h_1+\dots+w_mh_m$. Here $m$ is the number of its inputs, its **fan-in**; $h_j$ is input $j$ and $w_j$ its weight. With random weights the sum is like a walk of $m$ steps in random directions: steps cancel, so one does not get as far as $m$, but neither does one stay at home. Below, every input is 1 km, the weights are standard normal, and we draw 2000 units of each kind.

# %% tags=["plot"] alt_zh="加权和的直方图，三条钟形曲线都以 0 为中心：4 个输入时标准差约 2，16 个时约 4，64 个时约 8。输入越多，铺得越宽。" alt_en="Histograms of the weighted sums, three bells around 0: the standard deviation is about 2 with 4 inputs, 4 with 16 and 8 with 64. The more inputs, the wider."
if __name__ == "__main__":
    fig, ax = plt.subplots(layout="constrained")
    rng = torch.Generator().manual_seed(0)
    for m, style in ((4, "-"), (16, "--"), (64, ":")):
        sums = torch.randn(2000, m, generator=rng).sum(dim=1)
        bins = torch.linspace(-24, 24, 49).numpy()
        look = {"histtype": "step", "lw": 2, "ls": style}
        ax.hist(sums.numpy(), bins=bins, label=f"{m} inputs", **look)
    ax.set(xlabel="$z$ (km)", ylabel="number of units")
    ax.legend(loc="upper right")
    plt.show()

# %% [markdown] lang="zh"
# 输入多到 4 倍，宽度才到 2 倍：标准差随 $\sqrt m$ 增长。记 $\operatorname{Var}(w)$ 为权重的方差（标准差的平方），$\overline{h^2}$ 为输入平方的平均。权重互相独立、平均为 0 时，各项的方差相加：
#
# $$\overline{z^2}=m\,\operatorname{Var}(w)\,\overline{h^2}$$
#
# 输入本身是前一层的 $\max(0,z)$（ReLU）。$z$ 正负各半，ReLU 把负的一半变成 0，平方的平均也就剩一半。所以每过一层，$\overline{z^2}$ 乘上
#
# $$\tfrac12\,m\,\operatorname{Var}(w)$$
#
# 要 30 层都不放大、不缩小，这个数只能是 1，即 $\operatorname{Var}(w)=2/m$：这就是 **Kaiming 初始化**（又叫 He 初始化），2 补的是 ReLU 丢掉的一半。
#
# 梯度倒着走：每个单元从后一层的 $k$ 个单元收回梯度，$k$ 是它连出去的个数，叫**扇出**（fan-out）。同样的道理，梯度不变要求 $\operatorname{Var}(w)=2/k$。**Xavier 初始化**（又叫 Glorot 初始化）在两者间折中，而且为 0 附近斜率是 1 的 tanh 设计，不补那一半：
#
# $$\operatorname{Var}(w)=\frac{2}{m+k}$$
#
# PyTorch 的权重形状是 `(out, in)`，所以扇入是 `shape[1]`，扇出是 `shape[0]`。`nn.Linear` 的默认值在 $\pm1/\sqrt m$ 之间均匀抽，方差是 $1/(3m)$，只有 Kaiming 的六分之一。下面的 `normal_` 和 `uniform_` 原地填入正态、均匀的随机数。

# %% [markdown] lang="en"
# Four times the inputs, only twice the width: the standard deviation grows like $\sqrt m$. Write $\operatorname{Var}(w)$ for the variance of the weights (their squared standard deviation) and $\overline{h^2}$ for the mean of the squared inputs. If weights are independent with mean 0, the variances of the terms add up:
#
# $$\overline{z^2}=m\,\operatorname{Var}(w)\,\overline{h^2}$$
#
# The inputs themselves are $\max(0,z)$ of the layer before (ReLU). Half of the $z$ are negative; ReLU makes them 0, and half of the mean square is left. So each layer multiplies $\overline{z^2}$ by
#
# $$\tfrac12\,m\,\operatorname{Var}(w)$$
#
# For 30 layers neither to blow up nor to fade, this number must be 1, so $\operatorname{Var}(w)=2/m$. That is the **Kaiming initialization** (also named after He); its 2 makes up for the half that ReLU throws away.
#
# Gradients travel the other way: a unit collects them from the $k$ units of the next layer that it feeds, its **fan-out**. By the same reasoning they keep their size if $\operatorname{Var}(w)=2/k$. The **Xavier initialization** (or Glorot's) is a compromise between the two, and it is made for tanh, whose slope is 1 near 0, so it does not make up for a lost half:
#
# $$\operatorname{Var}(w)=\frac{2}{m+k}$$
#
# PyTorch's weights have the shape `(out, in)`, so the fan-in is `shape[1]` and the fan-out `shape[0]`. The default of `nn.Linear` is uniform between $\pm1/\sqrt m$, a variance of $1/(3m)$: a sixth of Kaiming's. Below, `normal_` and `uniform_` fill a tensor with normal or uniform random numbers in place.


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
# 写对了吗？用种子相同的随机数发生器（`torch.Generator`），与 PyTorch 的 `nn.init` 比较，每个权重都要相等。再抽 200 个 32 × 20 的矩阵，一行里先是量到的标准差，后是公式算出的。

# %% [markdown] lang="en" tags=["check"]
# Are they right? With generators (`torch.Generator`) of the same seed, we compare with PyTorch's `nn.init`, and every single weight must be equal. Then we draw 200 matrices of 32 × 20; each line has the measured standard deviation first and the one by the formula next.

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
# 现在装好芯片。偏置（加在每个加权和上的数）一律是 0，只比权重。每种填法抽 20 个种子，叠成一个张量一起算，最前的轴是种子。对 50 个地点，在每一层量两样：加权和 $z$（信号）有多大，损失（二元交叉熵）对 $z$ 的梯度有多大。“多大”取平方的平均再开方，即离 0 的标准差。表里 `N(0, 1)` 是标准正态，`default` 是 `nn.Linear` 的默认值。

# %% [markdown] lang="en"
# ## Signals and gradients, layer by layer
# Now fill the chip. All biases (the numbers added to the weighted sums) are 0, so that only weights are compared. For each filling we draw 20 seeds and stack them in one tensor, whose first axis counts the seeds. At 50 places, in every layer, we measure two things: how large the weighted sums $z$ (the signal) are, and how large the gradient of the loss (binary cross-entropy) with respect to $z$ is. For "how large" we take the root of the mean square: the standard deviation about 0. In the table, `N(0, 1)` is the standard normal and `default` that of `nn.Linear`.


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
    target = y.T.expand_as(z)
    bce = F.binary_cross_entropy_with_logits(z, target, reduction="none")
    return bce.mean(dim=(1, 2))


def size(sums: list[Tensor]) -> Tensor:
    """Standard deviation about 0 (离 0 的标准差) of each layer, (layers, S)."""
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
# 扇入 32，标准正态的权重每层把信号乘上 $\sqrt{32/2}=4$。30 层之后是多少？PyTorch 的默认值每层乘上 $\sqrt{1/6}$，约 `{python} f"{math.sqrt(1 / 6):.2f}"`；Xavier 乘上 $\sqrt{1/2}$，约 `{python} f"{math.sqrt(1 / 2):.2f}"`。各剩多少？

# %% [markdown] lang="en" tags=["predict"]
# With a fan-in of 32, standard normal weights multiply the signal by $\sqrt{32/2}=4$ in each layer. What is it after 30? PyTorch's default multiplies by $\sqrt{1/6}$, about `{python} f"{math.sqrt(1 / 6):.2f}"`, and Xavier by $\sqrt{1/2}$, about `{python} f"{math.sqrt(1 / 2):.2f}"`. What is left of each?

# %%
CHIP = (2, *[32] * 30, 1)  # inputs, 30 hidden layers, one output
SEEDS = range(20)

if __name__ == "__main__":
    x, y = make_fields(50, seed=0)
    print(f"weights: {sum(m * out for m, out in pairwise(CHIP))}")
    print("layer:   signal 1, 30        gradient 1, 30")
    chips, signals, gradients = {}, {}, {}
    for name, init in INITS.items():
        chips[name] = make_layers(init, CHIP, SEEDS)
        of_seeds = signal_std(chips[name], torch.relu, x)
        signals[name] = of_seeds.median(dim=1).values.tolist()
        of_seeds = gradient_std(chips[name], torch.relu, x, y)
        gradients[name] = of_seeds.median(dim=1).values.tolist()
        ends = [d[name][i] for d in (signals, gradients) for i in (0, -1)]
        print(f"{name:8} " + "  ".join(f"{v:8.1e}" for v in ends))
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
    axes[0].set(ylabel="signal (km)", yscale="log")
    axes[1].set(xlabel="layer", ylabel="gradient", yscale="log")
    fig.legend(loc="outside lower center", ncols=2)
    plt.show()

# %% [markdown] lang="zh"
# 表里每行四个数：第 1 层和第 30 层的信号（公里），第 1 层和第 30 层的梯度，都是 20 个种子的中位数。灰色虚线是公式：第 1 层的信号，乘上每层的倍数。
#
# - 标准正态：信号到第 30 层是 `{python} last["N(0, 1)"]` 公里，第 1 层的梯度是 `{python} first["N(0, 1)"]`。这是**梯度爆炸**。
# - 默认值：信号剩 `{python} last["default"]`，第 1 层的梯度剩 `{python} first["default"]`。这是**梯度消失**。
# - Xavier 也消失，只是慢些：ReLU 丢掉的一半，它没有补。
# - Kaiming：信号从 `{python} f"{signals['Kaiming'][0]:.1f}"` 到 `{python} f"{signals['Kaiming'][-1]:.1f}"`，梯度的变化也不到三倍。信号略有下降，因为公式保住的是平均，而层窄时少数种子特别大，中位数就低一些（见练习）。
# - 全 0：处处是 0，对数图上画不出来。
#
# 再看整群单元：把 $|z|$ 取常用对数，画成直方图，每种颜色一层。

# %% [markdown] lang="en"
# Each line of the table has four numbers: the signal (km) in layers 1 and 30, and the gradient in layers 1 and 30, all medians of 20 seeds. The dashed grey lines are the formula: the signal of layer 1 times the factor of each layer.
#
# - Standard normal: by layer 30 the signal is `{python} last["N(0, 1)"]` km, and the gradient of layer 1 is `{python} first["N(0, 1)"]`. This is an **exploding gradient**.
# - Default: `{python} last["default"]` is left of the signal and `{python} first["default"]` of the gradient in layer 1. This is a **vanishing gradient**.
# - Xavier vanishes too, only more slowly: it does not make up for the half that ReLU throws away.
# - Kaiming: the signal goes from `{python} f"{signals['Kaiming'][0]:.1f}"` to `{python} f"{signals['Kaiming'][-1]:.1f}"`, and the gradient changes by less than a factor of three. The signal sinks a little, for the formula preserves the average; in narrow layers a few seeds come out very large, and the median lies lower (see the exercises).
# - Zeros: 0 everywhere, which a logarithmic plot cannot show.
#
# Here are whole populations of units: histograms of the common logarithm of $|z|$, one colour a layer.

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
# ## 学得动吗？
# 只看大小还不算数，得真的训练。同样的芯片、同样的 20 个种子，用 Adam 走 20 步（学习率 0.003，30 层经不起大步），再在另外 400 个地点上打分。

# %% [markdown] lang="en"
# ## Does it learn?
# Sizes alone prove little; we have to train. The same chips and 20 seeds take 20 steps of Adam (learning rate 0.003, as 30 layers cannot take large ones), and are then scored on 400 other places.


# %%
def train(
    layers: LAYERS,
    f: Callable[[Tensor], Tensor],
    x: Tensor,
    y: Tensor,
    epochs: int,
    lr: float,
) -> None:
    """Train S networks at once, in place (原地训练), full-batch Adam.

    Raises like ``check_data`` and ``check_run``. Source: Kingma & Ba (2015).
    """
    check_data(x, y)
    check_run(lr, epochs=epochs)
    params = [p for layer in layers for p in layer]
    optimizer = torch.optim.Adam(params, lr=lr, fused=True)  # one call for all
    for _ in range(epochs):
        optimizer.zero_grad()
        losses(forward(layers, f, x)[0], y).sum().backward()  # no seed sees another
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
    deep = {}
    for name in ("default", "Kaiming"):
        train(chips[name], torch.relu, x, y, epochs=20, lr=0.003)
        deep[name] = accuracies(chips[name], torch.relu, x_test, y_test)
        low, middle, high = (f(deep[name]) for f in (min, torch.median, max))
        print(f"{name:8} {low:.1%} {middle:.1%} {high:.1%}")

# %% [markdown] lang="zh"
# 每行是 20 个种子里最低、居中和最高的准确率。默认值的 20 个网络全都是抛硬币；Kaiming 的中位数是 `{python} f"{deep['Kaiming'].median().item():.0%}"`，最差的也有 `{python} f"{deep['Kaiming'].min().item():.0%}"`。程序一模一样，只差起点。

# %% [markdown] lang="en"
# Each line has the lowest, the middle and the highest accuracy of 20 seeds. With the default all 20 networks are coin flips; with Kaiming the median is `{python} f"{deep['Kaiming'].median().item():.0%}"` and the worst has `{python} f"{deep['Kaiming'].min().item():.0%}"`. The program is the same in all but its start.

# %% [markdown] lang="zh"
# ## 什么时候没用
# 常见的说法是：网络没学会，加一句 `kaiming_normal_` 就好。拿小盒子试试：2 个输入、4 个 ReLU 单元、1 个输出，100 个地点，种子 200 个，训练 150 轮，学习率 0.1，在同样 400 个新地点上准确率到 98% 算成功。再把 ReLU 换成 tanh。

# %% [markdown] lang="en"
# ## When it does not help
# One often reads that a network that fails to learn is cured by `kaiming_normal_`. Try it on the little box: 2 inputs, 4 ReLU units, 1 output, 100 places to learn from, 200 seeds, 150 epochs with learning rate 0.1; an accuracy of 98% on the same 400 new places is a pass. Then the same with tanh in place of ReLU.

# %% [markdown] lang="zh" tags=["predict"]
# 200 个 ReLU 小盒子里，默认值会成功几个，Kaiming 呢？在芯片里爆炸的标准正态呢？换成 tanh，名次会变吗？

# %% [markdown] lang="en" tags=["predict"]
# Of 200 little ReLU boxes, how many will pass with the default, and how many with Kaiming? With the standard normal, which blew up in the chip? And does the order change with tanh?

# %%
if __name__ == "__main__":
    x_box, y_box = make_fields(100, seed=0)
    passed = {}
    three = ("default", "Kaiming", "N(0, 1)")
    for kind, f, names in (
        ("ReLU", torch.relu, three),
        ("tanh", torch.tanh, three[:2]),
    ):
        for name in names:
            boxes = make_layers(INITS[name], (2, 4, 1), range(200))
            train(boxes, f, x_box, y_box, epochs=150, lr=0.1)
            good = accuracies(boxes, f, x_test, y_test) >= 0.98
            passed[kind, name] = int(good.sum())
            print(f"{kind} {name:8} {passed[kind, name]:3}")
    p = passed["ReLU", "Kaiming"] / 200
    luck = math.sqrt(200 * p * (1 - p))

# %% [markdown] lang="zh"
# 成功数光凭运气也会变：换 200 个新种子，ReLU 加 Kaiming 那一行会上下浮动约 `{python} f"{luck:.0f}"` 个（标准误，公式是 $\sqrt{200\,p(1-p)}$，$p$ 是成功率）。
#
# - ReLU：Kaiming 成功 `{python} passed["ReLU", "Kaiming"]` 个，默认值 `{python} passed["ReLU", "default"]` 个。确实有帮助，但大半仍然失败：4 个 ReLU 单元太少，死一个就缺一个（见 [决策边界](../ch05_networks/decision_boundaries.py)）。
# - 标准正态成功 `{python} passed["ReLU", "N(0, 1)"]` 个，不比 Kaiming 差。第一层的扇入是 2，两者的标准差恰好都是 1；只有一个隐藏层，也没有什么一路相乘。这里有用的是权重大一些，不是那个公式。
# - tanh：默认值 `{python} passed["tanh", "default"]` 个，Kaiming `{python} passed["tanh", "Kaiming"]` 个。不但不需要，还学得慢些：放在 tanh 前面，权重偏大了。
#
# 30 层的 tanh 又怎样？下图是第 30 层 $\tanh(z)$ 的分布。

# %% [markdown] lang="en"
# Counts vary by luck alone: with 200 new seeds, the line of ReLU with Kaiming would move by about `{python} f"{luck:.0f}"` (its standard error, by the formula $\sqrt{200\,p(1-p)}$, where $p$ is the share that passes).
#
# - ReLU: Kaiming passes `{python} passed["ReLU", "Kaiming"]` times, the default `{python} passed["ReLU", "default"]`. It does help, yet most still fail: 4 ReLU units are too few, and every dead one is missing (see [decision boundaries](../ch05_networks/decision_boundaries.py)).
# - The standard normal passes `{python} passed["ReLU", "N(0, 1)"]` times, no worse than Kaiming. The fan-in of the first layer is 2, so both have the standard deviation 1 there, and with one hidden layer nothing multiplies along the way. What helps here is that weights are larger, not the formula.
# - tanh: `{python} passed["tanh", "default"]` with the default, `{python} passed["tanh", "Kaiming"]` with Kaiming. There is no need for it, and learning is a little slower: in front of tanh its weights are on the large side.
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
# 标准正态有 `{python} f"{saturated['N(0, 1)']:.0%}"` 的值贴在两端（绝对值超过 0.95），那里 tanh 已**饱和**，斜率近于 0；默认值全缩到 0。从第 30 层回到第 1 层，梯度乘上的倍数：Xavier `{python} f"{tanh_first['Xavier']:.1f}"`，Kaiming `{python} f"{tanh_first['Kaiming']:.1f}"`，默认值 `{python} f"{tanh_first['default']:.0e}"`，标准正态 `{python} f"{tanh_first['N(0, 1)']:.0e}"`。Xavier 缩一点，Kaiming 涨一点，两个都还能用；另外两个差了好几个数量级。**先看激活函数，再选初始化。**

# %% [markdown] lang="en"
# With standard normal weights `{python} f"{saturated['N(0, 1)']:.0%}"` of the values sit at the ends (beyond 0.95 in absolute value), where tanh **saturates** and its slope is near 0; with the default all have shrunk to 0. From layer 30 back to layer 1 the gradient is multiplied by `{python} f"{tanh_first['Xavier']:.1f}"` (Xavier), `{python} f"{tanh_first['Kaiming']:.1f}"` (Kaiming), `{python} f"{tanh_first['default']:.0e}"` (default) and `{python} f"{tanh_first['N(0, 1)']:.0e}"` (standard normal). Xavier shrinks it a little and Kaiming stretches it a little, so both will do; the other two are off by many orders of magnitude. **Look at the activation function first, then choose the initialization.**

# %% [markdown] lang="zh"
# ## 四个常见错误
# ### 全填同一个数

# %% [markdown] lang="en"
# ## Four common mistakes
# ### The same number everywhere

# %% [markdown] lang="zh" tags=["bug"]
# 为什么非随机不可？全填 0 或全填 0.5，同一层的单元就一模一样：同样的输入，同样的输出，收到同样的梯度，走同样的一步，永远是同一个单元。用 4 个 tanh 单元的盒子训练 200 轮，看第一层 4 行权重彼此最多差多少，以及准确率：

# %% [markdown] lang="en" tags=["bug"]
# Why random at all? Fill in 0, or 0.5, everywhere, and the units of a layer are identical: the same inputs, the same output, the same gradient, the same step; they stay one unit for ever. We train boxes of 4 tanh units for 200 epochs and print how far their 4 rows of first-layer weights differ at most, and the accuracy:


# %% tags=["bug"]
def halves(shape: tuple[int, int], generator: Generator) -> Tensor:
    """All weights 0.5 (全 0.5), a wrong initialization. Raises like ``fans``."""
    return zeros(shape, generator) + 0.5


def row_gap(layers: LAYERS) -> float:
    """How far the units of the first layer differ (单元之间的最大差)."""
    w = layers[0][0].detach()
    return (w - w[:, :1]).abs().max().item()


if __name__ == "__main__":
    alike = {}
    for name, init in (("zeros", zeros), ("halves", halves), ("Xavier", xavier)):
        boxes = make_layers(init, (2, 4, 1), [0])
        train(boxes, torch.tanh, x_box, y_box, epochs=200, lr=0.1)
        alike[name] = accuracies(boxes, torch.tanh, x_test, y_test).item()
        print(f"{name:7} {row_gap(boxes):.4f} {alike[name]:.1%}")

# %% [markdown] lang="zh" tags=["bug"]
# 全 0 时连梯度都是 0，只有输出的偏置会动，准确率 `{python} f"{alike['zeros']:.0%}"`。全 0.5 时 4 个单元始终相同，等于 1 个，停在 `{python} f"{alike['halves']:.0%}"`；随机的到 `{python} f"{alike['Xavier']:.0%}"`。随机是为了打破这种**对称**（symmetry），有权重随机就够了，所以偏置可以从 0 开始。

# %% [markdown] lang="en" tags=["bug"]
# With zeros even the gradients are 0; only the output's bias moves, and the accuracy is `{python} f"{alike['zeros']:.0%}"`. With 0.5 the 4 units stay alike, as good as 1, and stop at `{python} f"{alike['halves']:.0%}"`; the random ones reach `{python} f"{alike['Xavier']:.0%}"`. Randomness is there to break this **symmetry**. Random weights are enough for that, which is why biases may start at 0.

# %% [markdown] lang="zh"
# ### 偏置也随机，信号看着还活着

# %% [markdown] lang="en"
# ### Random biases make a dead signal look alive

# %% [markdown] lang="zh" tags=["bug"]
# `nn.Linear` 的偏置默认也在 $\pm1/\sqrt m$ 之间随机。用默认值装 30 层，打印第 30 层的信号，和同一个单元在不同地点之间的标准差，单位都是公里：

# %% [markdown] lang="en" tags=["bug"]
# By default, the biases of `nn.Linear` are random between $\pm1/\sqrt m$ too. We fill 30 layers with the defaults and print the signal in layer 30 and, next to it, the standard deviation of one unit between places, both in km:


# %% tags=["bug"]
def between_places(sums: list[Tensor]) -> Tensor:
    """Standard deviation over places (地点之间的标准差), (layers, S)."""
    return size([z.double() - z.double().mean(dim=2, keepdim=True) for z in sums])


if __name__ == "__main__":
    layers = make_layers(torch_default, CHIP, SEEDS)
    rng = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for w, b in layers:
            bound = 1 / math.sqrt(w.shape[2])
            b.uniform_(-bound, bound, generator=rng)
        sums = forward(layers, torch.relu, x)[1]
    alive = size(sums)[-1].median().item()
    told = between_places(sums)[-1].median().item()
    print(f"{alive:.3f} {told:.0e}")

# %% [markdown] lang="zh" tags=["bug"]
# 信号停在 `{python} f"{alive:.2f}"`，看着不小，可那全是偏置：不管在哪块田，答案都一样。地点之间只剩 `{python} f"{told:.0e}"`，是舍入误差。所以要看信号随输入变不变；偏置从 0 开始，就不会被骗。

# %% [markdown] lang="en" tags=["bug"]
# The signal has settled at `{python} f"{alive:.2f}"`, which does not look small, but it is all bias: the same answer in either field. Between places only `{python} f"{told:.0e}"` is left, mere rounding. When you measure a signal, see whether it changes with the input; with biases that start at 0 you are not fooled.

# %% [markdown] lang="zh"
# ### 扇入扇出弄反

# %% [markdown] lang="en"
# ### Fan-in and fan-out swapped

# %% [markdown] lang="zh" tags=["bug"]
# 自己写 `x @ W` 时，`W` 的形状常是 `(in, out)`，交给 `nn.init`，它就把扇出当成了扇入。方的矩阵看不出来。下面的网络先变宽再变窄，打印每层的信号：第一行用扇入，第二行误用扇出。

# %% [markdown] lang="en" tags=["bug"]
# Those who write `x @ W` themselves often store `W` as `(in, out)`; hand that to `nn.init`, and it takes the fan-out for the fan-in. Square matrices hide it. The network below first widens and then narrows; we print the signal in each layer, with the fan-in in the first line and the fan-out in the second.


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
# 从 2 个输入到 512 个单元，信号该是 1 左右，却只有 `{python} f"{funnel[wrong_fan][2].item():.2f}"`：每层都错 $\sqrt{m/k}$ 倍，连乘起来是 $\sqrt{2/512}$，即 1/16。再变窄时又一层层补回来，末尾看不出错，所以这个错误常常藏得住。对策：权重按 `(out, in)` 存，或者打印每层的标准差。

# %% [markdown] lang="en" tags=["bug"]
# Between 2 inputs and 512 units the signal should stay near 1, but it has come down to `{python} f"{funnel[wrong_fan][2].item():.2f}"`: each layer is wrong by $\sqrt{m/k}$, together $\sqrt{2/512}$, which is 1/16. As the layers narrow again, all of it is made up for, and the end looks right; so this mistake often stays hidden. Store weights as `(out, in)`, or print the standard deviation of every layer.

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
# LeakyReLU 的负半边斜率是 $a$，平方的平均剩下 $(1+a^2)/2$。权重的标准差应是 $g/\sqrt m$，求**增益**（gain）$g$，写 `leaky_gain(a)`，与 `nn.init.calculate_gain` 对照。PyTorch 源码里，`nn.Linear` 的默认值写作 `kaiming_uniform_(a=√5)`；算算它的 $g$，它真是 Kaiming 吗？

# %% [markdown] lang="en" tags=["exercise"]
# LeakyReLU has the slope $a$ on the negative side and keeps $(1+a^2)/2$ of the mean square. The weights' standard deviation should be $g/\sqrt m$. Find the **gain** $g$, write `leaky_gain(a)`, and compare with `nn.init.calculate_gain`. In PyTorch's source the default of `nn.Linear` reads `kaiming_uniform_(a=√5)`. Work out its $g$: is it really Kaiming?


# %% tags=["solution"]
def leaky_gain(a: float) -> float:
    """√(2 / (1 + a²)) (增益); ``ValueError`` for an ``a`` that is not finite."""
    if not math.isfinite(a):
        raise ValueError(f"the slope must be finite, got {a}")
    return math.sqrt(2 / (1 + a**2))


if __name__ == "__main__":
    for a in (0.0, 0.1, math.sqrt(5)):
        theirs = nn.init.calculate_gain("leaky_relu", a)
        print(f"{leaky_gain(a):.4f} {theirs:.4f}")

# %% [markdown] lang="zh" tags=["solution"]
# 三行的 $a$ 是 0（即 ReLU）、0.1 和 $\sqrt5$。最后的 $g$ 是 $\sqrt{1/3}$，方差 $1/(3m)$，正是均匀分布 $\pm1/\sqrt m$ 的方差。名字里有 Kaiming，数值不是给 ReLU 用的那个。

# %% [markdown] lang="en" tags=["solution"]
# The three lines have $a$ of 0 (ReLU), 0.1 and $\sqrt5$. The last $g$ is $\sqrt{1/3}$, a variance of $1/(3m)$, just that of the uniform distribution between $\pm1/\sqrt m$. The name says Kaiming, but the value is not the one for ReLU.

# %% [markdown] lang="zh" tags=["exercise"]
# 正态不是必需的。在 $\pm b$ 之间均匀抽，方差是 $b^2/3$。写 `kaiming_uniform(shape, generator)`，与 `nn.init.kaiming_uniform_` 对照，再看 30 层后的信号。

# %% [markdown] lang="en" tags=["exercise"]
# It need not be normal. Uniform numbers between $\pm b$ have the variance $b^2/3$. Write `kaiming_uniform(shape, generator)`, compare with `nn.init.kaiming_uniform_`, and look at the signal after 30 layers.


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
# 每层的倍数是许多项的平均，项越少越不准，而 30 层的误差又会相乘。所以窄而深的网络，再好的公式也不保险。

# %% [markdown] lang="en" tags=["solution"]
# The factor of a layer is an average of many terms; with few terms it is unreliable, and the errors of 30 layers multiply. A network that is narrow and deep is not safe with any formula.

# %% [markdown] lang="zh"
# ## 小结
# 大芯片该填什么？隐藏层用 ReLU，就用 **Kaiming**：权重是平均为 0、方差为 $2/m$ 的随机数，偏置全 0。同样的训练，默认值 20 个全是抛硬币，Kaiming 的中位数是 `{python} f"{deep['Kaiming'].median().item():.0%}"`。
#
# - 每层的倍数会一路相乘；好的初始化让它等于 1。
# - 深的 ReLU 网络用 Kaiming；tanh 不需要它，Xavier 就够。只有一个隐藏层的小网络，它帮得有限，也不比别的大权重强。
# - 必须随机，否则单元永远一样；偏置从 0 开始就行。
# - 没把握时，打印每层的标准差。
#
# 初始化只管出发那一刻，后面每一步怎么走，见 [优化器](../ch06_training/optimizers.py)；想让信号一路都稳，见 [归一化与残差连接](../ch06_training/normalization_residuals.py)。术语见 [术语表](/glossary.md)。

# %% [markdown] lang="en"
# ## Recap
# What goes into the big chip? With ReLU in the hidden layers, **Kaiming**: random weights with mean 0 and variance $2/m$, and all biases 0. In the same training, all 20 networks with the default were coin flips, while Kaiming's median was `{python} f"{deep['Kaiming'].median().item():.0%}"`.
#
# - The factors of the layers multiply; a good initialization makes them 1.
# - Kaiming for deep ReLU networks; tanh has no need of it, and Xavier will do. In a small network with one hidden layer it helps a little, and no more than other large weights do.
# - Weights must be random, or units stay alike for ever; biases may start at 0.
# - If in doubt, print the standard deviation of every layer.
#
# Initialization only looks after the start. How to take each step from there is told in [optimizers](../ch06_training/optimizers.py), and how to keep signals steady all the way in [normalization and residual connections](../ch06_training/normalization_residuals.py). Terms are in the [glossary](/glossary.md).
