# %% [markdown] lang="zh"
# # 反向传播
# 花园里有两弯月牙形的花圃，互相咬合：一弯红郁金香，一弯黄郁金香。园艺机器人量出一株花的位置（从一块界石起，向东、向北各几米），
# 要用一个小神经网络判断颜色。网络的 17 个参数刚刚随机取值，答得很差。
# 只许把**一个**参数加上或减去 0.01，改哪一个、往哪边改，损失降得最多？
#
# 一加一减逐个试，网络要算 34 遍。**反向传播**（backpropagation）从损失往回走一趟，17 个答案就都有了。
# `loss.backward()` 做的就是这件事，这一页你亲手写一遍。
#
# 学完这一页，你能：
#
# - 不靠 PyTorch 求导，算出两层网络的全部梯度（损失对各参数的导数）；
# - 由形状推出每个矩阵乘法，说清哪里要转置（行列互换）、哪里要求和；
# - 用两种独立的办法检查手写的梯度，再用它训练网络；
# - 认出四种错误，其中大多不报错。
#
# 先修：[计算图与自动求导](../ch02_autograd/computation_graph.py) 的链式法则、
# [逻辑回归](../ch04_classification/logistic_regression.py) 的交叉熵、
# [第一个神经网络](first_network.py) 的隐藏层和 ReLU。下面的折叠导入库、检查输入，初读可跳过；
# `PARAMETERS` 和 `RUNS` 就是上面的 17 和 34。

# %% [markdown] lang="en"
# # Backpropagation
# Two crescent-shaped beds lie hooked into each other in a garden, one of red tulips, one of yellow. A garden robot measures
# where a tulip stands (metres to the east and to the north of a corner stone) and is to tell its colour with a small neural
# network. The network has 17 parameters, drawn at random a moment ago, and answers badly. You may add 0.01 to **one** of
# them, or take it away. Which one, and which way, to lower the loss most?
#
# Trying each of them up and down takes 34 runs of the network. **Backpropagation** makes one trip back from the loss and
# brings all 17 answers. It is what `loss.backward()` does; on this page you write it yourself, in matrices.
#
# After this page you can
#
# - work out without PyTorch's help all gradients of a two-layer network: the derivatives of the loss for its parameters;
# - find each matrix product from the shapes, and say where to transpose (swap rows and columns) and where to sum;
# - check gradients written by hand in two independent ways, and train a network with them;
# - spot four mistakes, most of which raise no error.
#
# Before this: the chain rule of [Computation graphs and autograd](../ch02_autograd/computation_graph.py), the cross-entropy
# of [Logistic regression](../ch04_classification/logistic_regression.py), and the hidden layer and ReLU of
# [Your first neural network](first_network.py). The fold below imports what we need and checks input; skip it at first
# reading. `PARAMETERS` and `RUNS` are the 17 and 34 from above.

# %% tags=["setup"]
import math
from collections.abc import Callable
from functools import partial

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from sklearn.datasets import make_moons
from sklearn.linear_model import LogisticRegression
from torch import Tensor, nn

PARAMETERS = 17  # of the page's network: 4 * 2 + 4 + 4 + 1
RUNS = 34  # to try each parameter up and down


def check_count(**counts: int) -> None:
    """Refuse all but positive whole numbers (检查个数)."""
    for name, count in counts.items():
        if isinstance(count, bool) or not isinstance(count, int) or count < 1:
            raise ValueError(f"{name} must be a positive int, got {count!r}")


def check_step(name: str, step: float) -> None:
    """Refuse all but positive, finite steps (检查步长)."""
    if not 0 < step < math.inf:
        raise ValueError(f"{name} must be positive and finite, got {step}")


def check_floats(tensors: dict[str, Tensor]) -> None:
    """Refuse all but finite float tensors of one dtype (检查数据类型)."""
    for name, t in tensors.items():
        if not isinstance(t, Tensor) or not t.is_floating_point():
            found = getattr(t, "dtype", type(t).__name__)
            raise TypeError(f"{name} must be a float tensor, got {found}")
    if len({t.dtype for t in tensors.values()}) > 1:
        found = ", ".join(f"{k} {t.dtype}" for k, t in tensors.items())
        raise TypeError(f"need one dtype, got {found}")


def check_samples(x: Tensor, y: Tensor) -> None:
    """Refuse all but finite ``x`` (n, d) and ``y`` (n, 1) in 0..1 (检查样本)."""
    check_floats({"x": x, "y": y})
    if x.ndim != 2 or x.numel() == 0 or y.shape != (len(x), 1):
        found = f"{tuple(x.shape)} and {tuple(y.shape)}"
        raise ValueError(f"need x (n, d) and y (n, 1), got {found}")
    if not x.isfinite().all() or not ((y >= 0) & (y <= 1)).all():
        raise ValueError("x must be finite, and y between 0 and 1")


def check_network(
    params: dict[str, Tensor], x: Tensor, y: Tensor, activation: str
) -> None:
    """Refuse parameters that do not fit each other or the samples (检查网络)."""
    check_samples(x, y)
    if activation not in ACTIVATIONS:
        wanted = " or ".join(ACTIVATIONS)
        raise ValueError(f"activation must be {wanted}, got {activation!r}")
    if set(params) != {"w1", "b1", "w2", "b2"}:
        raise ValueError(f"params must be w1, b1, w2, b2, got {sorted(params)}")
    check_floats(params | {"x": x})
    *runs, hidden = params["w1"].shape[:-1]
    wanted = {"w1": (hidden, x.shape[1]), "b1": (1, hidden)}
    wanted |= {"w2": (1, hidden), "b2": (1, 1)}
    for name, shape in wanted.items():
        if params[name].shape != (*runs, *shape):
            found = tuple(params[name].shape)
            raise ValueError(f"{name} must be {(*runs, *shape)}, got {found}")


def check_saved(
    params: dict[str, Tensor], saved: dict[str, Tensor], activation: str
) -> None:
    """Refuse all but what ``forward`` saves for these parameters (检查保存的值)."""
    missing = {"x", "y", "a", "h", "z"} - set(saved)
    if missing:
        raise ValueError(f"saved lacks {sorted(missing)}: call forward first")
    check_network(params, saved["x"], saved["y"], activation)
    *runs, hidden = params["w1"].shape[:-1]
    for name, width in (("a", hidden), ("h", hidden), ("z", 1)):
        wanted, found = (*runs, len(saved["x"]), width), tuple(saved[name].shape)
        if found != wanted:
            raise ValueError(f"{name} must be {wanted}, got {found}")


# %% [markdown] lang="zh"
# ## 去程：从位置到损失
# 一株花是一个样本，占一行；$n$ 株花叠成 $n$ 行。去程叫**前向传播**（forward pass）：
#
# $$A = XW_1^\top + b_1,\qquad H = \max(0, A),\qquad z = HW_2^\top + b_2$$
#
# - $X$ 是位置，形状 $(n, 2)$，单位是米；
# - $W_1$ 是隐藏层的权重，形状 $(4, 2)$，一行一个单元；$b_1$ 是偏置，形状 $(1, 4)$，加到每一行上；
# - $A$ 和 $H$ 是 ReLU 之前和之后的值，形状都是 $(n, 4)$；
# - $W_2$（$(1, 4)$）和 $b_2$（$(1, 1)$）属于输出层；$z$（$(n, 1)$）是**对数几率**（logit），大于 0 就猜“红”；
# - $\top$ 是**转置**（transpose），代码里写 `.mT`。和 `nn.Linear` 一样，每行权重对应一个输出，所以要转置。
#
# 猜“红”的概率 $p = 1/(1+e^{-z})$。标签 $y_i$ 是 1（红）或 0（黄）。损失是二元交叉熵的平均，取自然对数，单位是奈特（nat）：
#
# $$L = \frac1n\sum_{i=1}^{n}\bigl[\ln(1+e^{z_i}) - y_i z_i\bigr]$$
#
# 代入 $y_i=1$，方括号里是 $\ln(1+e^{-z_i})=-\ln p_i$；代入 0，是 $-\ln(1-p_i)$。`logaddexp(z, 0)` 算的是 $\ln(e^z+e^0)$，$z$ 再大也不溢出。
# 参数 `dim` 指明沿哪条轴算，负数从末尾数起：-2 跨过各行，-1 跨过各列。中间的值都**存下来**，回程要用。

# %% [markdown] lang="en"
# ## The way out: from place to loss
# A tulip is a sample and takes one row; $n$ tulips make $n$ rows. The way out through the network is the **forward pass**:
#
# $$A = XW_1^\top + b_1,\qquad H = \max(0, A),\qquad z = HW_2^\top + b_2$$
#
# - $X$ holds the places, shape $(n, 2)$, in metres;
# - $W_1$ holds the weights of the hidden layer, shape $(4, 2)$, one row for each unit; $b_1$, the biases, has shape $(1, 4)$
#   and is added to every row;
# - $A$ and $H$ are the values before and after ReLU, both of shape $(n, 4)$;
# - $W_2$ ($(1, 4)$) and $b_2$ ($(1, 1)$) belong to the output layer; $z$ ($(n, 1)$) is the **logit**: above 0 means "red";
# - $\top$ is the **transpose**, in code `.mT`. As in `nn.Linear`, each row of weights makes one output, which is why it stands
#   here.
#
# The probability of "red" is $p = 1/(1+e^{-z})$. A label $y_i$ is 1 (red) or 0 (yellow). The loss is the mean binary
# cross-entropy, in nats because the logarithm is the natural one:
#
# $$L = \frac1n\sum_{i=1}^{n}\bigl[\ln(1+e^{z_i}) - y_i z_i\bigr]$$
#
# Put in $y_i=1$, and the bracket is $\ln(1+e^{-z_i})=-\ln p_i$; put in 0, and it is $-\ln(1-p_i)$. `logaddexp(z, 0)` computes
# $\ln(e^z+e^0)$ without overflow, however large $z$ is. The argument `dim` says along which axis to work, counted from the
# end where negative: -2 runs across the rows, -1 across the columns. All values on the way are **saved**: the way back
# needs them.


# %%
ACTIVATIONS = {"relu": torch.relu, "tanh": torch.tanh}


def make_tulips(n: int, seed: int) -> tuple[Tensor, Tensor]:
    """Tulips in two crescent beds (两弯花圃).

    Returns float64 ``x`` (n, 2), in metres, and ``y`` (n, 1): 1 red, 0 yellow.
    Raises ``ValueError`` if ``n`` is below 1. Source: scikit-learn's make_moons.
    """
    check_count(n=n)
    x, y = make_moons(n, noise=0.1, random_state=seed)
    return torch.tensor(x), torch.tensor(y, dtype=torch.float64).reshape(-1, 1)


def make_params(hidden: int, seed: int) -> dict[str, Tensor]:
    """Random float64 parameters of a 2-hidden-1 network (初始参数).

    Uniform in ±1/sqrt(inputs of the layer), as ``nn.Linear`` draws them.
    Raises ``ValueError`` if ``hidden`` is below 1.
    """
    check_count(hidden=hidden)
    rng = torch.Generator().manual_seed(seed)
    shapes = {"w1": (hidden, 2), "b1": (1, hidden), "w2": (1, hidden), "b2": (1, 1)}
    params = {}
    for name, shape in shapes.items():
        bound = (2 if name in ("w1", "b1") else hidden) ** -0.5
        unit = torch.rand(shape, generator=rng, dtype=torch.float64)
        params[name] = bound * (2 * unit - 1)
    return params


def forward(
    params: dict[str, Tensor], x: Tensor, y: Tensor, activation: str = "relu"
) -> dict[str, Tensor]:
    """Forward pass (前向传播): all values on the way to the mean loss, in nats.

    ``x`` (n, d), ``y`` (n, 1); saves ``a``, ``h`` (n, hidden), ``z`` (n, 1) and
    ``loss``. Parameters may have leading axes, one network each. Raises
    ``TypeError`` or ``ValueError`` where dtypes, shapes or values do not fit.
    """
    check_network(params, x, y, activation)
    a = x @ params["w1"].mT + params["b1"]
    h = ACTIVATIONS[activation](a)
    z = h @ params["w2"].mT + params["b2"]
    losses = torch.logaddexp(z, torch.zeros_like(z)) - y * z
    loss = losses.mean(dim=(-2, -1))
    return {"x": x, "y": y, "a": a, "h": h, "z": z, "loss": loss}


if __name__ == "__main__":
    x, y = make_tulips(300, seed=0)
    params = make_params(4, seed=2)
    saved = forward(params, x, y)
    for name, value in (params | saved).items():
        print(f"{name:4} {tuple(value.shape)}")
    count = sum(p.numel() for p in params.values())
    print(f"parameters = {count}  loss = {saved['loss']:.3f}")

# %% tags=["plot"] alt_zh="`{python} len(x)` 株花的位置。黄色的一弯拱在上面，红色的一弯兜在下面，两弯的尖端各伸进对方的怀里，一条直线分不开。" alt_en="The places of the `{python} len(x)` tulips. The yellow crescent arches above, the red one hangs below, and each reaches with a tip into the other: no straight line parts them."
if __name__ == "__main__":
    fig, ax = plt.subplots(figsize=(5.2, 3))
    is_red = y[:, 0] == 1
    ax.plot(*x[is_red].T, "o", markersize=4, color="C4", label="red")
    ax.plot(*x[~is_red].T, "x", markersize=4, color="C1", label="yellow")
    ax.set(xlabel="east (m)", ylabel="north (m)", aspect="equal")
    ax.legend(loc="upper right")
    plt.show()

# %% [markdown] lang="zh"
# `{python} count` 个参数的网络，起初的损失是 `{python} f"{saved['loss']:.3f}"` 奈特，几乎就是处处说
# $p=\frac12$ 的 $\ln 2$，即 `{python} f"{math.log(2):.3f}"`。
#
# ## 回程：一行去程，一行回程
# 用 $dW_1$ 简记损失对 $W_1$ 的梯度：$W_1$ 的每个数各有一个导数，所以 $dW_1$ **与 $W_1$ 同形状**。其余类推；
# 其中 $dz$、$dH$、$dA$ 一路往回传，叫**信号**。链式法则说：沿路相乘，几条路相加。从 $dL=1$（损失对自己的导数）出发，一行行往回走。
#
# **损失。** 第 $i$ 个样本的 $\ln(1+e^{z_i})$ 的导数是 $e^{z_i}/(1+e^{z_i})=p_i$，$y_iz_i$ 的导数是 $y_i$；
# 平均又让每个样本只占 $1/n$：
#
# $$dz = \frac{p-y}{n}$$
#
# 预测减标签：错得越多，信号越大。
#
# **输出层。** $dW_2$ 应是 $(1, 4)$，手里有 $dz$（$(n, 1)$）和 $H$（$(n, 4)$）。能得到 $(1, 4)$ 的乘法只有 $dz^\top H$，
# 转置由此而来。道理也通：$z_i$ 里 $W_{2,j}$ 的系数是 $H_{ij}$，$n$ 个样本是 $n$ 条路，由矩阵乘法加起来。
# $b_2$ 也有 $n$ 条路，系数都是 1，所以 $db_2$ 是对样本**求和**。
# 反过来，$H_{ij}$ 的系数是 $W_{2,j}$，所以 $dH$ 是 $dz\,W_2$，形状 $(n, 4)$：
#
# $$dW_2 = dz^\top H,\qquad db_2=\sum_i dz_i,\qquad dH = dz\,W_2$$
#
# **ReLU。** $A_{ij}>0$ 时，$H_{ij}=A_{ij}$，斜率是 1，信号照过；$A_{ij}<0$ 时，$H_{ij}$ 停在 0，斜率是 0，信号挡下。
# 这些 0 和 1 就是**掩码**（mask），看的是 ReLU 的**输入**。$\odot$ 是逐元素相乘，$[A>0]$ 在成立处是 1，否则是 0：
#
# $$dA = dH \odot [A>0]$$
#
# **隐藏层** 与输出层同理，$dA_i$ 是 $dA$ 的第 $i$ 行：
#
# $$dW_1 = dA^\top X,\qquad db_1=\sum_i dA_i,\qquad dX = dA\,W_1$$

# %% [markdown] lang="en"
# The network of `{python} count` parameters starts at a loss of `{python} f"{saved['loss']:.3f}"` nats, hardly better than
# saying $p=\frac12$ everywhere, which gives $\ln 2$, or `{python} f"{math.log(2):.3f}"`.
#
# ## The way back: one line out, one line back
# Write $dW_1$ for the gradient of the loss with respect to $W_1$: every number in $W_1$ has its own derivative, so $dW_1$
# **has the shape of $W_1$**; likewise for all the others. Those that travel back, $dz$, $dH$ and $dA$, we call the
# **signal**. The chain rule says: multiply along a path, add over paths. Start from $dL=1$ (the loss with respect to itself)
# and go back line by line.
#
# **The loss.** For sample $i$, the derivative of $\ln(1+e^{z_i})$ is $e^{z_i}/(1+e^{z_i})=p_i$, and that of $y_iz_i$ is $y_i$.
# The mean leaves each sample a share of $1/n$:
#
# $$dz = \frac{p-y}{n}$$
#
# Prediction minus label: the more wrong it is, the stronger the signal.
#
# **The output layer.** $dW_2$ must be $(1, 4)$, and we have $dz$ ($(n, 1)$) and $H$ ($(n, 4)$). The only product of the
# two with shape $(1, 4)$ is $dz^\top H$; this is where the transpose comes from. It makes sense, too: in $z_i$ the weight
# $W_{2,j}$ is multiplied by $H_{ij}$, the $n$ samples are $n$ paths, and the matrix product adds them up. $b_2$ is added
# to every sample: $n$ paths again, each with the factor 1, so $db_2$ is a **sum** over the samples. The other way round,
# $H_{ij}$ is multiplied by $W_{2,j}$, so $dH$ is $dz\,W_2$, of shape $(n, 4)$:
#
# $$dW_2 = dz^\top H,\qquad db_2=\sum_i dz_i,\qquad dH = dz\,W_2$$
#
# **ReLU.** Where $A_{ij}>0$, $H_{ij}=A_{ij}$, the slope is 1, and the signal passes. Where $A_{ij}<0$, $H_{ij}$ stays 0, the
# slope is 0, and the signal is stopped. These ones and zeros are the **mask**. It looks at the **input** of ReLU. With
# $\odot$ for elementwise multiplication and $[A>0]$ for 1 where that holds and 0 where not:
#
# $$dA = dH \odot [A>0]$$
#
# **The hidden layer** is like the output layer; $dA_i$ is row $i$ of $dA$:
#
# $$dW_1 = dA^\top X,\qquad db_1=\sum_i dA_i,\qquad dX = dA\,W_1$$

# %% tags=["plot"] alt_zh="上排从左到右是去程：X (n, 2)、A (n, 4)、H (n, 4)、z (n, 1)、L。下排从右到左是回程，每个梯度与正上方的量同形状。中间是参数的梯度，由下排的信号（橙色细线）和上排存下的值（灰色虚线）得到；掩码由 A 得到，拦在 dH 到 dA 的路上。" alt_en="The top row runs from left to right, the way out: X (n, 2), A (n, 4), H (n, 4), z (n, 1), L. The bottom row runs back, every gradient shaped like the value above it. The gradients of the parameters, in between, are made of the signal below (thin orange lines) and the saved value above (dashed gray lines); the mask comes from A and stands on the way from dH to dA."
if __name__ == "__main__":
    fig, ax = plt.subplots(figsize=(7, 4.2))
    names = ("X", "A", "H", "z", "L")
    shapes = ("(n, 2)", "(n, 4)", "(n, 4)", "(n, 1)", "()")
    center = {"ha": "center", "va": "center"}
    stored = {"arrowstyle": "-|>", "lw": 1.2, "color": "gray", "ls": "--"}
    signal = stored | {"color": "C1", "ls": "-"}
    for i, (name, shape) in enumerate(zip(names, shapes, strict=True)):
        for top, color, text in ((4, "C0", f"${name}$"), (0, "C1", f"$d{name}$")):
            box = plt.Rectangle((2 * i - 0.55, top - 0.5), 1.1, 1, fc=color)
            ax.add_patch(box).set(alpha=0.3, ec="black")
            ax.text(2 * i, top + 0.2, text, **center)
            ax.text(2 * i, top - 0.25, shape, **center)
        if i < 4:
            go = {"arrowstyle": "-|>", "lw": 2, "color": "C0"}
            ax.annotate("", (2 * i + 1.45, 4), (2 * i + 0.55, 4), arrowprops=go)
            back = go | {"color": "C1"}
            ax.annotate("", (2 * i + 0.55, 0), (2 * i + 1.45, 0), arrowprops=back)
    for left, layer, shapes in ((0, 1, ("4, 2", "1, 4")), (4, 2, ("1, 4", "1, 1"))):
        corner = (left - 0.15, 1.5)
        ax.add_patch(plt.Rectangle(corner, 1.9, 1, fc="C2", alpha=0.3, ec="black"))
        ax.text(left + 0.8, 2.2, f"$dW_{layer}$  ({shapes[0]})", **center)
        ax.text(left + 0.8, 1.75, f"$db_{layer}$  ({shapes[1]})", **center)
        ax.annotate("", (left + 0.35, 2.5), (left + 0.15, 3.5), arrowprops=stored)
        ax.annotate("", (left + 1.4, 1.5), (left + 1.8, 0.5), arrowprops=signal)
        ax.text(left + 1, 4.45, f"$W_{layer}$", **center)
        ax.text(left + 1, -0.5, f"$W_{layer}$", **center)
    ax.annotate("", (2.85, 2.3), (2.25, 3.5), arrowprops=stored)
    ax.annotate("", (3, 0.1), (3, 1.75), arrowprops=stored)
    ax.text(3, 2, "mask", bbox={"fc": "white", "ec": "gray"}, **center)
    ax.text(4, 5.1, "forward", color="C0", **center)
    ax.text(4, -1.1, "back", color="C1", **center)
    ax.set(xlim=(-0.7, 8.7), ylim=(-1.4, 5.4))
    ax.axis("off")
    plt.show()

# %% [markdown] lang="zh"
# 灰色虚线送来存下的值，橙色细线送来信号：$dW_1$ 要用 $X$，掩码要用 $A$。所以训练比只预测更费内存。
# 去程的每个矩阵乘法，回程要做两个（一个给权重，一个继续往回送），所以回程约合两趟去程。
#
# 下面 `torch.sigmoid` 由 $z$ 算 $p$；`.to(a.dtype)` 把真假变成 1 和 0；`keepdim=True` 把求和的轴留下，长度是 1。

# %% [markdown] lang="en"
# Dashed gray arrows bring saved values, thin orange ones the signal: $dW_1$ needs $X$, the mask needs $A$. That is why training
# takes more memory than predicting. For each matrix product on the way out there are two on the way back (one for the weights,
# one to send the signal on), so the way back costs about twice the way out.
#
# Below, `torch.sigmoid` makes $p$ of $z$; `.to(a.dtype)` turns true and false into 1 and 0; `keepdim=True` keeps the axis that
# is summed over, with length 1.


# %%
def mlp_grads(
    params: dict[str, Tensor], saved: dict[str, Tensor], activation: str = "relu"
) -> dict[str, Tensor]:
    """Backpropagation by hand (反向传播): each gradient in the shape of its value.

    ``saved`` comes from ``forward``. Raises ``ValueError`` if it does not fit.
    Source: Goodfellow et al., *Deep Learning* (2016), section 6.5.
    """
    check_saved(params, saved, activation)
    x, y, a, h = (saved[name] for name in ("x", "y", "a", "h"))
    slope = (a > 0).to(a.dtype) if activation == "relu" else 1 - h**2
    dz = (torch.sigmoid(saved["z"]) - y) / len(x)  # (n, 1)
    dw2 = dz.mT @ h  # (1, n) @ (n, 4)
    db2 = dz.sum(dim=-2, keepdim=True)  # over the n rows
    dh = dz @ params["w2"]  # (n, 1) @ (1, 4)
    da = dh * slope
    dw1 = da.mT @ x  # (4, n) @ (n, 2)
    db1 = da.sum(dim=-2, keepdim=True)
    dx = da @ params["w1"]  # (n, 4) @ (4, 2)
    grads = {"z": dz, "w2": dw2, "b2": db2, "h": dh, "a": da}
    return grads | {"w1": dw1, "b1": db1, "x": dx}


# %% [markdown] lang="zh"
# 激活函数换成 `tanh`，只有 `slope` 一行不同：斜率是 $1-\tanh^2$，即 `1 - h**2`。别的见 [激活函数](activations.py)。
#
# ## 只看一株花
# 取一组好算的参数和一株红花（东 1 m、北 0.5 m），用笔跟着算。$b_1$ 全是 0，$b_2=1$，
#
# $$W_1=\begin{pmatrix}1&2\\-1&1\\2&-1\\-2&-1\end{pmatrix},\qquad W_2=(1,\,2,\,-2,\,1)$$

# %% [markdown] lang="en"
# With `tanh` for the activation, only the line `slope` differs: its slope is $1-\tanh^2$, which is `1 - h**2`. For others see
# [Activation functions](activations.py).
#
# ## One tulip only
# Take one red tulip, 1 m east and 0.5 m north, and parameters that are easy to calculate with, and follow with a pencil. $b_1$
# is all zeros, $b_2=1$,
#
# $$W_1=\begin{pmatrix}1&2\\-1&1\\2&-1\\-2&-1\end{pmatrix},\qquad W_2=(1,\,2,\,-2,\,1)$$

# %% [markdown] lang="zh" tags=["predict"]
# 去程算出 $A=(2,\,-0.5,\,1.5,\,-2.5)$，$z=0$。17 个参数里，有几个的梯度是 0？

# %% [markdown] lang="en" tags=["predict"]
# The way out gives $A=(2,\,-0.5,\,1.5,\,-2.5)$ and $z=0$. Of the 17 parameters, how many have the gradient 0?

# %%
if __name__ == "__main__":
    numbers = {"b1": [[0.0] * 4], "b2": [[1.0]], "w2": [[1.0, 2.0, -2.0, 1.0]]}
    numbers["w1"] = [[1.0, 2.0], [-1.0, 1.0], [2.0, -1.0], [-2.0, -1.0]]
    simple = {name: torch.tensor(rows) for name, rows in numbers.items()}
    flower, red = torch.tensor([[1.0, 0.5]]), torch.tensor([[1.0]])
    one = forward(simple, flower, red)
    for name in ("a", "h", "z"):
        print(f"{name:2} = {one[name].tolist()}")
    back = mlp_grads(simple, one)
    for name, grad in back.items():
        print(f"d{name:2} = {(grad + 0.0).tolist()}")  # + 0.0 turns -0.0 into 0.0
    zeros = sum((back[name] == 0).sum().item() for name in simple)
    print(f"zero gradients: {zeros} of {PARAMETERS}")

# %% tags=["plot"] alt_zh="一株花的网络。每个单元的框里，黑色是通向它的权重和它的数值，橙色是它们的梯度。第 2、4 个隐藏单元的输入是负数，被掩码关掉，da 和权重的梯度都是 0，连线画成灰色虚线。" alt_en="The network for one tulip. In each unit's box, the weights that lead to it and its values in black, their gradients in orange. The inputs of hidden units 2 and 4 are negative, the mask shuts them off, da and the gradients of their weights are 0, and their lines are gray and dashed."
if __name__ == "__main__":
    fig, ax = plt.subplots(figsize=(7, 6))
    mids = [6.9 - 2.3 * j for j in range(4)]

    def draw_box(x_mid: float, y_mid: float, half: float, lines: list[str]) -> None:
        """A unit: half of its lines black, half orange (一个单元)."""
        high = 0.45 * len(lines)
        corner = (x_mid - half, y_mid - high / 2)
        kind = {"fc": "white", "ec": "black", "zorder": 3}
        ax.add_patch(plt.Rectangle(corner, 2 * half, high, **kind))
        for k, line in enumerate(lines):
            up = y_mid + high / 2 - 0.45 * (k + 0.5)
            color = "black" if k < len(lines) / 2 else "C1"
            place = {"ha": "center", "va": "center", "zorder": 4}
            ax.text(x_mid, up, f"${line}$", color=color, **place)

    def comma(row: torch.Tensor) -> str:
        """The numbers of a row (一行数)."""
        return ",\\,".join(f"{{{value + 0.0:g}}}" for value in row.tolist())

    for j, mid in enumerate(mids):
        passes = one["a"][0, j] > 0
        style = {"color": "C0"} if passes else {"color": "gray", "ls": "--"}
        for start in (5.1, 1.8):
            ax.plot((1, 2.85), (start, mid), **style)
        ax.plot((7.15, 8.9), (mid, 3.45), **style)
        lines = [f"w=({comma(simple['w1'][j])})"]
        lines.append(f"a={one['a'][0, j]:g},\\ h={one['h'][0, j]:g}")
        lines.append(f"da={back['a'][0, j] + 0.0:g}")
        draw_box(5, mid, 2.15, [*lines, f"dw=({comma(back['w1'][j])})"])
    for k, start in enumerate((5.1, 1.8)):
        name = f"x_{k + 1}"
        lines = [f"{name}={flower[0, k]:g}", f"d{name}={back['x'][0, k]:g}"]
        draw_box(0, start, 1.1, lines)
    lines = [f"w=({comma(simple['w2'][0])})", f"z={one['z'].item():g}"]
    lines += [f"dz={back['z'].item():g}", f"dw=({comma(back['w2'][0])})"]
    draw_box(11.5, 3.45, 2.6, lines)
    ax.set(xlim=(-1.15, 14.15), ylim=(-1, 7.9))
    ax.axis("off")
    plt.show()

# %% [markdown] lang="zh"
# 框里黑色是数值，`w` 是通向它的权重；橙色是梯度。$z=0$，所以 $p=0.5$，$dz=(0.5-1)/1=-0.5$；导数为负，$z$ 变大，损失就减小。
# 权重的梯度是线的起点的值乘终点的信号，例如第三个单元的第一个权重：1 × 1 = 1。
# 从 $x_1$ 出发有四条路，虚线的两条不通，另外两条相加：$dx_1=1\times(-0.5)+2\times1=1.5$。
#
# `{python} zeros` 个 0 有两种来历：单元 2 和 4 的 $h=0$，所以 $dW_2$ 里有两个；掩码又挡住信号，
# 于是 $dW_1$ 的两行（四个数）和 $db_1$ 的两个数也是。

# %% [markdown] lang="en"
# In the boxes values are black, `w` being the weights that lead there; gradients are orange. $z=0$ means $p=0.5$ and
# $dz=(0.5-1)/1=-0.5$; the derivative is negative, so a larger $z$ would lower the loss. The gradient of a weight is the value
# where its line starts times the signal where it ends. For the first weight of the third unit that is 1 × 1 = 1. From $x_1$
# there are four paths, of which the two dashed ones are shut; the other two add up: $dx_1=1\times(-0.5)+2\times1=1.5$.
#
# There are `{python} zeros` zeros, for two reasons. Units 2 and 4 have $h=0$, which makes two zeros in $dW_2$; and the mask
# stops their signal, which makes two rows of $dW_1$ (four numbers) and two numbers of $db_1$ zero.

# %% [markdown] lang="zh"
# ## 怎么知道算对了
# 请两位裁判。一位是 PyTorch 的自动求导。另一位只用去程：把一个数挪动 $\pm\varepsilon$，看损失差多少，再除以 $2\varepsilon$，
# 这叫**中心差分**（central difference）；$\varepsilon$ 取 `1e-5`，太大不准，太小会被舍入淹没。
# 梯度 $g$ 与裁判的 $g^{*}$ 用**相对差**（relative difference）来比，$\max$ 是各数中最大的：
#
# $$r = \frac{\max|g-g^{*}|}{\max|g^{*}|}$$
#
# `torch.autograd.grad(loss, tensors)` 返回损失对列出的各个张量的梯度，中间值也行；事先 `requires_grad_()` 要求记录。
# `F.linear` 就是 `nn.Linear` 的运算。

# %% [markdown] lang="en"
# ## How do we know it is right?
# Call two judges. One is PyTorch's autograd. The other uses the way out only: move one number by $\pm\varepsilon$, see by
# how much the two losses differ, and divide by $2\varepsilon$: a **central difference**. $\varepsilon$ is `1e-5`: much larger is
# inexact, much smaller drowns in rounding. We compare each gradient $g$ with the judge's $g^{*}$ by their **relative
# difference**, $\max$ being the largest of all numbers:
#
# $$r = \frac{\max|g-g^{*}|}{\max|g^{*}|}$$
#
# `torch.autograd.grad(loss, tensors)` returns the gradients of the loss for the listed tensors, values on the way included;
# `requires_grad_()` asks for the record beforehand. `F.linear` is the operation inside `nn.Linear`.


# %%
def autograd_grads(
    params: dict[str, Tensor], x: Tensor, y: Tensor, activation: str = "relu"
) -> dict[str, Tensor]:
    """The same gradients by autograd (自动求导的梯度), names as in ``mlp_grads``.

    Uses torch's own layer, loss and activation. Raises like ``forward``.
    """
    check_network(params, x, y, activation)
    inputs = {k: v.detach().clone() for k, v in (params | {"x": x}).items()}
    for value in inputs.values():
        value.requires_grad_()
    a = F.linear(inputs["x"], inputs["w1"], inputs["b1"].flatten())
    h = ACTIVATIONS[activation](a)
    z = F.linear(h, inputs["w2"], inputs["b2"].flatten())
    loss = F.binary_cross_entropy_with_logits(z, y)
    values = inputs | {"a": a, "h": h, "z": z}
    grads = torch.autograd.grad(loss, list(values.values()))
    return dict(zip(values, grads, strict=True))


def nudge(values: dict[str, Tensor], name: str, i: int, by: float) -> dict:
    """A new dict with number ``i`` of one tensor moved (挪动一个数).

    ``i`` counts in the flattened tensor. Raises ``IndexError`` if there is none.
    """
    flat = values[name].flatten().clone()
    flat[i] += by
    return values | {name: flat.reshape(values[name].shape)}


def numerical_grads(
    params: dict[str, Tensor],
    x: Tensor,
    y: Tensor,
    activation: str = "relu",
    eps: float = 1e-5,
) -> dict[str, Tensor]:
    """Central differences for parameters and ``x`` (中心差分).

    ``eps`` is the step. Raises like ``forward``, or for a bad ``eps``.
    """
    check_network(params, x, y, activation)
    check_step("eps", eps)
    inputs, grads = params | {"x": x}, {}
    for name, value in inputs.items():
        slopes = []
        for i in range(value.numel()):
            losses = []
            for shift in (eps, -eps):
                moved = nudge(inputs, name, i, shift)
                place = moved.pop("x")
                losses.append(forward(moved, place, y, activation)["loss"])
            slopes.append((losses[0] - losses[1]) / (2 * eps))
        grads[name] = torch.stack(slopes).reshape(value.shape)
    return grads


def check_grads(ours: dict[str, Tensor], theirs: dict[str, Tensor]) -> dict:
    """Relative difference of each gradient the judge has (相对差), floats by name.

    0 where both are 0, infinite where only the judge's is. Raises ``ValueError``
    for a gradient that is missing or has another shape.
    """
    differences = {}
    for name, right in theirs.items():
        if name not in ours or ours[name].shape != right.shape:
            found = tuple(ours[name].shape) if name in ours else "nothing"
            raise ValueError(f"d{name} must be {tuple(right.shape)}, got {found}")
        gap, scale = (ours[name] - right).abs().max(), right.abs().max()
        differences[name] = 0.0 if gap == 0 else (gap / scale).item()
    return differences


# %% tags=["check"]
if __name__ == "__main__":
    few, few_y = x[:7], y[:7]
    for activation in ACTIVATIONS:
        walk = forward(params, few, few_y, activation)
        ours = mlp_grads(params, walk, activation)
        by_autograd = autograd_grads(params, few, few_y, activation)
        by_nudging = numerical_grads(params, few, few_y, activation)
        for judge in (by_autograd, by_nudging):
            worst = max(check_grads(ours, judge).values())
            close = worst < 1e-8
            print(f"{activation}: {len(judge)} gradients, within 1e-8: {close}")

# %% [markdown] lang="zh" tags=["check"]
# 取 7 株花：样本数和 2、4、1 都不同，转置错了就躲不过去。用 float64，八个梯度与自动求导、
# 五个（四组参数和 $X$）与中心差分，相对差都不到一亿分之一。中心差分不用求导公式，不会和我们犯同样的错。

# %% [markdown] lang="en" tags=["check"]
# We take 7 tulips: a number of samples unlike 2, 4 and 1, so that no wrong transpose can hide. In float64 the eight gradients
# agree with autograd, and five of them (the four sets of parameters and $X$) with central differences, to one part in a hundred
# million. Central differences use no derivative formula, so they cannot share a mistake of ours.

# %% [markdown] lang="zh"
# ## 回到开头：改哪一个参数
# 改动很小时，损失的变化约等于梯度乘改动。大小都是 0.01，就该选梯度绝对值最大的，逆着它的符号改。
# 用全部 300 株花求一次梯度，找出它；再逐个试 34 遍，看是不是它。

# %% [markdown] lang="en"
# ## Back to the start: which parameter?
# When a change is small, the loss changes by about the gradient times the change. All changes are of size 0.01, so take the
# parameter whose gradient is largest in absolute value, and go against its sign. We compute the gradients of all 300 tulips once
# to find it; then come 34 honest runs: do they choose the same one?


# %%
def best_change(
    params: dict[str, Tensor], x: Tensor, y: Tensor, step: float = 0.01
) -> tuple[str, int, float, float]:
    """The single change by ±step that lowers the loss most (最好的一次改动).

    Tries all (ReLU). Returns the parameter's name, its position when flattened,
    the change and the loss after it. Raises like ``forward``, or for a bad step.
    """
    check_step("step", step)
    best = ("", 0, 0.0, math.inf)
    for name, value in params.items():
        for i in range(value.numel()):
            for change in (step, -step):
                moved = nudge(params, name, i, change)
                loss = forward(moved, x, y)["loss"].item()
                if loss < best[-1]:
                    best = (name, i, change, loss)
    return best


if __name__ == "__main__":
    grads = mlp_grads(params, saved)
    top = max(params, key=lambda name: grads[name].abs().max())
    place = grads[top].abs().argmax().item()
    steepest = grads[top].flatten()[place].item()
    print(f"one trip: {top}, position {place}, gradient {steepest:.4f}")
    name, i, change, loss = best_change(params, x, y)
    gain = loss - saved["loss"].item()
    print(f"{RUNS} runs:  {name}, position {i}, by {change:+}, loss by {gain:+.5f}")

# %% [markdown] lang="zh"
# 找到的是同一个（位置从 0 数起）。开头的问题有了答案：把 `{python} top` 改动 `{python} f"{change:+}"`。
# 损失应变化约 `{python} f"{change * steepest:.5f}"`；实测 `{python} f"{gain:.5f}"`，因为坡度沿途略变缓。
# 参数哪怕有一百万个，反向传播也只要一趟。
#
# ## 用手写的梯度训练
# 梯度下降每一步把所有参数往梯度的反方向挪一点。学习率取 1：起初的梯度最大也只有 `{python} f"{abs(steepest):.2f}"`，一步不算大。共 400 步。
# 再由 `nn.Linear`、`backward()` 和 `torch.optim.SGD` 从同样的起点走一遍（代码已折叠），逐步比较。

# %% [markdown] lang="en"
# Both choose the same (positions count from 0). So the answer to the question of the beginning is: change `{python} top` by
# `{python} f"{change:+}"`. The loss should change by about `{python} f"{change * steepest:.5f}"`; measured, it is
# `{python} f"{gain:.5f}"`, because the slope flattens a little on the way. Even with a million parameters, backpropagation
# takes one trip.
#
# ## Train with the gradients made by hand
# In every step of gradient descent all parameters move a little against their gradients. The learning rate is 1; at the start no
# gradient is larger than `{python} f"{abs(steepest):.2f}"`, so a step is not large. We take 400 of them. Then `nn.Linear`,
# `backward()` and `torch.optim.SGD` walk from the same start (the code is folded further down), and we compare step by step.


# %%
def train(
    params: dict[str, Tensor],
    x: Tensor,
    y: Tensor,
    activation: str = "relu",
    lr: float = 1.0,
    steps: int = 400,
    grads: Callable = mlp_grads,
) -> tuple[dict[str, Tensor], Tensor]:
    """Gradient descent with ``grads`` (手写梯度的训练): the path, the losses.

    The path of each parameter has a leading axis of steps + 1. Raises like
    ``forward``, or for a senseless ``lr`` or ``steps``.
    """
    check_step("lr", lr)
    check_count(steps=steps)
    path, losses = [params], []
    for _ in range(steps):
        saved = forward(params, x, y, activation)
        slopes = grads(params, saved, activation)
        params = {name: params[name] - lr * slopes[name] for name in params}
        path.append(params)
        losses.append(saved["loss"])
    stacks = {name: torch.stack([p[name] for p in path]) for name in params}
    return stacks, torch.stack(losses)


# %% tags=["measure"]
def train_autograd(
    params: dict[str, Tensor],
    x: Tensor,
    y: Tensor,
    lr: float = 1.0,
    steps: int = 400,
) -> tuple[dict[str, Tensor], Tensor]:
    """The same ReLU training by PyTorch (自动求导的训练). Raises like train."""
    check_network(params, x, y, "relu")
    check_step("lr", lr)
    check_count(steps=steps)
    hidden, features = params["w1"].shape
    # skip_init builds a layer without drawing random numbers for it
    layers = [nn.utils.skip_init(nn.Linear, features, hidden), nn.ReLU()]
    layers.append(nn.utils.skip_init(nn.Linear, hidden, 1))
    for layer, k in ((layers[0], "1"), (layers[2], "2")):
        layer.weight = nn.Parameter(params["w" + k].detach().clone())
        layer.bias = nn.Parameter(params["b" + k].detach().flatten().clone())
    network = nn.Sequential(*layers)
    optimizer = torch.optim.SGD(network.parameters(), lr=lr)
    path, losses = [[p.detach().clone() for p in network.parameters()]], []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.binary_cross_entropy_with_logits(network(x), y)
        loss.backward()
        optimizer.step()
        path.append([p.detach().clone() for p in network.parameters()])
        losses.append(loss.detach())
    stacks = [torch.stack(steps_of_one) for steps_of_one in zip(*path, strict=True)]
    named = dict(zip(("w1", "b1", "w2", "b2"), stacks, strict=True))
    biases = {name: named[name].unsqueeze(-2) for name in ("b1", "b2")}
    return named | biases, torch.stack(losses)


def accuracy(
    params: dict[str, Tensor], x: Tensor, y: Tensor, activation: str = "relu"
) -> Tensor:
    """Share of tulips told right (准确率), one for each network. Like forward."""
    z = forward(params, x, y, activation)["z"]
    return ((z > 0) == (y > 0.5)).double().mean(dim=(-2, -1))


# %%
if __name__ == "__main__":
    test_x, test_y = make_tulips(2000, seed=1)
    path, losses = train(params, x, y)
    their_path, their_losses = train_autograd(params, x, y)
    apart = max((path[k] - their_path[k]).abs().max().item() for k in params)
    print(f"largest difference in 400 steps below 1e-6: {apart < 1e-6}")
    trained = {name: steps[-1] for name, steps in path.items()}
    score = accuracy(trained, test_x, test_y).item()
    print(f"loss {losses[0]:.3f} -> {losses[-1]:.3f}  test accuracy {score:.3f}")

# %% [markdown] lang="zh"
# 400 步里，17 个参数与 PyTorch 的始终相差不到百万分之一，这只是舍入误差。网络在 2000 株新花上答对
# `{python} f"{score:.1%}"`。不过种子是挑过的：四个 ReLU 单元常常学不到这么好，
# 见 [决策边界](decision_boundaries.py)。
#
# ## 四个常见错误和一个约定
# 下面的函数每次写错一行，其余都对；写错哪行由 `bug` 指定，`BUGS` 的最后一个是约定。

# %% [markdown] lang="en"
# Through 400 steps all 17 parameters stay within a millionth of PyTorch's; what is left is rounding. On 2000 new tulips the
# network is right for `{python} f"{score:.1%}"`. But we picked the seed: four ReLU units often do worse, as
# [Decision boundaries](decision_boundaries.py) shows.
#
# ## Four common mistakes and a convention
# The function below gets one line wrong at a time, the one that `bug` names, and the rest right. The last of
# `BUGS` is the convention.


# %% tags=["bug"]
BUGS = ("no transpose", "no 1/n", "mask of the gradient", "no mask", ">=")


def wrong_grads(
    params: dict[str, Tensor],
    saved: dict[str, Tensor],
    activation: str = "relu",
    bug: str = "no mask",
) -> dict[str, Tensor]:
    """``mlp_grads`` of a ReLU network with one mistake (错误示范).

    Raises ``ValueError`` for an unknown bug, else like ``mlp_grads``.
    """
    check_saved(params, saved, activation)
    if bug not in BUGS or activation != "relu":
        raise ValueError(f"need relu and a bug of {BUGS}, got {activation}, {bug}")
    x, a, h = saved["x"], saved["a"], saved["h"]
    n = 1 if bug == "no 1/n" else len(x)
    dz = (torch.sigmoid(saved["z"]) - saved["y"]) / n
    dh = dz @ params["w2"]
    masks = {"mask of the gradient": dh > 0, ">=": a >= 0}
    mask = masks.get(bug, a > 0)
    da = dh if bug == "no mask" else dh * mask
    dw1 = da @ x if bug == "no transpose" else da.mT @ x
    grads = {"z": dz, "w2": dz.mT @ h, "b2": dz.sum(dim=-2, keepdim=True), "h": dh}
    db1 = da.sum(dim=-2, keepdim=True)
    return grads | {"a": da, "w1": dw1, "b1": db1, "x": da @ params["w1"]}


# %% [markdown] lang="zh"
# ### 漏了转置

# %% [markdown] lang="en"
# ### A missing transpose

# %% [markdown] lang="zh" tags=["bug"]
# 把 $dA^\top X$ 写成 $dA\,X$。先用 300 株花，再用 4 株花一批：

# %% [markdown] lang="en" tags=["bug"]
# Write $dA\,X$ for $dA^\top X$. Try it on 300 tulips, then on a batch of 4:

# %% tags=["bug"]
if __name__ == "__main__":
    try:
        wrong_grads(params, saved, bug="no transpose")
    except RuntimeError as error:
        print(error)
    four, four_y = x[:4], y[:4]
    batch = forward(params, four, four_y)
    right = autograd_grads(params, four, four_y)
    silent = wrong_grads(params, batch, bug="no transpose")
    off = check_grads(silent, right)["w1"]
    print(f"shape {tuple(silent['w1'].shape)}  relative difference {off:.2f}")

# %% [markdown] lang="zh" tags=["bug"]
# 300 株时，$(300, 4)$ 乘 $(300, 2)$，形状不合，当场报错。4 株时，$dA$ 恰好是方阵，$(4, 4)$ 乘 $(4, 2)$ 得到的形状也对，
# 数却不对，相对差 `{python} f"{off:.2f}"`：错得和梯度本身一样大。所以检查梯度要用**各边都不相等**的形状。

# %% [markdown] lang="en" tags=["bug"]
# With 300 tulips, $(300, 4)$ times $(300, 2)$ does not fit, and we are told at once. With 4, $dA$ happens to be square;
# $(4, 4)$ times $(4, 2)$ has the right shape and wrong numbers, with a relative difference of `{python} f"{off:.2f}"`: an
# error as large as the gradient itself. So check gradients with shapes whose sides are **all different**.

# %% [markdown] lang="zh"
# ### 忘了 1/n，弄错掩码

# %% [markdown] lang="en"
# ### A forgotten 1/n and wrong masks

# %% [markdown] lang="zh" tags=["bug"]
# 另有三种错从不报错：忘了除以 $n$；掩码看了梯度的正负，而不是输入的；忘了掩码。
# 第一种走一步，后两种各训练 400 步，与一条直线（[逻辑回归](../ch04_classification/logistic_regression.py)）比准确率。
# 再用那 4 株花（漏了转置也不报错）算每个梯度的相对差。`partial` 预先填好函数的一个参数。

# %% [markdown] lang="en" tags=["bug"]
# Three more never raise an error: forgetting to divide by $n$; a mask that looks at the sign of the gradient, not of the
# input; no mask at all. We take one step with the first and train for 400 steps with each of the others, to compare their
# accuracy with a straight line's, which is [logistic regression](../ch04_classification/logistic_regression.py). Then we
# compute the relative difference of each gradient on the same 4 tulips (where a missing transpose raises no error either).
# `partial` fills in an argument of a function beforehand.

# %% tags=["bug"]
if __name__ == "__main__":
    spoiled = {}
    for bug in BUGS[:-1]:  # all but the convention
        spoiled[bug] = check_grads(wrong_grads(params, batch, bug=bug), right)
    no_mean = partial(wrong_grads, bug="no 1/n")
    _, jump = train(params, x, y, grads=no_mean, steps=2)
    print(f"no 1/n, first step    loss {jump[0]:.3f} -> {jump[1]:.3f}")
    curves, scores = {}, {}
    for bug in ("mask of the gradient", "no mask"):
        ends, curves[bug] = train(params, x, y, grads=partial(wrong_grads, bug=bug))
        last = {name: steps[-1] for name, steps in ends.items()}
        scores[bug] = accuracy(last, test_x, test_y).item()
        print(f"{bug:20}  loss {curves[bug][-1]:6.3f}  accuracy {scores[bug]:.3f}")
    line = LogisticRegression().fit(x.numpy(), y[:, 0].numpy())
    straight = line.score(test_x.numpy(), test_y[:, 0].numpy())
    print(f"straight line                       accuracy {straight:.3f}")
    of_gradient, no_mask = (curve[-1].item() for curve in curves.values())


# %% tags=["plot"] alt_zh="四种错误乘八个梯度的表，橙色格子是与自动求导的相对差，0 表示正确。漏了转置只坏 dW1；漏了 1/n 全坏；两种掩码错误都从 dA 坏起，一直坏到 dX。" alt_en="A table of four mistakes by eight gradients; orange cells hold the relative difference to autograd, 0 is right. A missing transpose spoils dW1 only; a forgotten 1/n spoils all; both wrong masks spoil everything from dA back to dX."
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
    order = ("z", "w2", "b2", "h", "a", "w1", "b1", "x")
    heads = ("z", "W_2", "b_2", "H", "A", "W_1", "b_1", "X")
    table = [[row[name] for name in order] for row in spoiled.values()]
    texts = [[f"{d:.1f}" if d > 1e-8 else "0" for d in row] for row in table]
    colors = [["C1" if d > 1e-8 else "white" for d in row] for row in table]
    fig, ax = plt.subplots(figsize=(7, 3))
    draw_cells(ax, texts, colors)
    for j, head in enumerate(heads):
        ax.text(j + 0.5, -0.35, f"$d{head}$", ha="center", va="center")
    for i, bug in enumerate(spoiled):
        ax.text(-0.2, i + 0.5, bug, ha="right", va="center")
    ax.set_aspect("equal")
    ax.axis("off")
    ax.autoscale_view()
    ax.invert_yaxis()
    plt.show()

# %% [markdown] lang="zh"
# 表中是与自动求导的相对差，各列按回程的次序排。错误从写错的那一行开始，顺着信号往回传；之前算好的梯度仍然对。
# 所以**第一个不对的梯度，指出该查的那一行**。漏了 1/n，4 株花的梯度都成了 4 倍，多出 3 倍。

# %% [markdown] lang="en"
# Each cell holds the relative difference to autograd. The columns follow the way back. A mistake starts at
# its line and travels on with the signal; gradients worked out before it stay right. So **the first gradient that is off points
# to the line to look at**. Without 1/n, the gradients of 4 tulips are all 4 times as large: too much by 3 times their size.

# %% tags=["plot"] alt_zh="训练损失随步数的变化，纵轴为对数。手写与自动求导的曲线重合，降到 `{python} f'{losses[-1]:.3f}'`；漏了掩码停在 `{python} f'{no_mask:.3f}'`；用梯度做掩码停在 `{python} f'{of_gradient:.3f}'`。" alt_en="Training loss against steps, on a logarithmic scale. By hand and autograd coincide and fall to `{python} f'{losses[-1]:.3f}'`; without the mask it stays at `{python} f'{no_mask:.3f}'`; with the mask of the gradient at `{python} f'{of_gradient:.3f}'`."
if __name__ == "__main__":
    fig, ax = plt.subplots()
    ax.plot(losses, color="C0", label="by hand")
    marks = {"color": "black", "mfc": "none", "ls": "none"}
    every = torch.arange(0, 400, 50)
    ax.plot(every, their_losses[every], "o", label="autograd", **marks)
    ax.plot(curves["no mask"], "--", color="C1", label="no mask")
    name = "mask of the gradient"
    ax.plot(curves[name], "-.", color="C2", label=name)
    ax.set(xlabel="step", ylabel="training loss", yscale="log")
    ax.set(yticks=(0.02, 0.1, 0.5), yticklabels=("0.02", "0.1", "0.5"))
    ax.minorticks_off()
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=2)
    plt.show()

# %% [markdown] lang="zh"
# 纵轴是对数刻度。漏了掩码最难发现：损失照样下降，准确率 `{python} f"{scores['no mask']:.1%}"`，看上去像“网络太小”。
# 回程把 ReLU 当成直线，隐藏层就学歪了，结果和一条直线的 `{python} f"{straight:.1%}"` 差不多。
# 可写对的网络换个种子也常停在这里，只有检查梯度才能发现。
#
# 用梯度做掩码，负的信号全丢了，$db_1$ 不会小于 0，$b_1$ 只降不升，
# 准确率只剩 `{python} f"{scores['mask of the gradient']:.1%}"`，和抛硬币差不多。忘了 1/n，每步是该有的 300 倍，
# 第一步就把损失抬到 `{python} f"{jump[1]:.1f}"`；学习率除以 300 能掩盖它，一换样本数又会坏。

# %% [markdown] lang="en"
# The vertical scale is logarithmic. The missing mask is the hardest to notice: the loss falls all the same, the accuracy is
# `{python} f"{scores['no mask']:.1%}"`, and one would say "the network is too small". The signal goes back as if ReLU were a
# straight line, the hidden layer is led astray, and the result is about the `{python} f"{straight:.1%}"` of a
# straight line. But with another seed a correct network often stops there, too: only a check of the gradients gives the mistake
# away.
#
# With the mask of the gradient, every negative signal is lost, $db_1$ is never below 0, $b_1$ can only sink, and
# `{python} f"{scores['mask of the gradient']:.1%}"` is left, about as good as a coin. Without 1/n every step is 300 times too
# long, and the very first one lifts the loss to `{python} f"{jump[1]:.1f}"`. A learning rate divided by 300 hides it, until the
# number of samples changes.

# %% [markdown] lang="zh"
# ### 恰好在 0 上

# %% [markdown] lang="en"
# ### Exactly at zero

# %% [markdown] lang="zh" tags=["bug"]
# 掩码写 `a > 0` 还是 `a >= 0`？随机的数几乎碰不到 0，查不出差别。可偏置是 0、花又在原点时，$A$ 恰好是 0：

# %% [markdown] lang="en" tags=["bug"]
# Is the mask `a > 0` or `a >= 0`? Random numbers hardly ever hit 0, and no check sees a difference. But where the biases
# are 0 and a tulip stands at the origin, $A$ is exactly 0:

# %% tags=["bug"]
if __name__ == "__main__":
    origin = torch.zeros(1, 2)
    at_zero = forward(simple, origin, red)
    strict = mlp_grads(simple, at_zero)
    at_zero_dz = strict["z"].item()
    print("> ", (strict["b1"] + 0.0).tolist()[0])
    other = wrong_grads(simple, at_zero, bug=">=")["b1"]
    print(">=", [round(slope, 3) for slope in other.tolist()[0]])
    torchs = autograd_grads(simple, origin, red)["b1"]
    print("autograd", (torchs + 0.0).tolist()[0])

# %% [markdown] lang="zh" tags=["bug"]
# 三行都是 $db_1$。写成 `>=`，四个单元全都放行，得到 $dz\,W_2$；这里 $z=b_2=1$，$dz=p-1$，是 `{python} f"{at_zero_dz:.3f}"`。
# ReLU 在 0 处是个尖角，左边斜率 0，右边斜率 1，没有导数，只有约定：PyTorch 取 0，照它写 `a > 0`。

# %% [markdown] lang="en" tags=["bug"]
# All three lines are $db_1$. With `>=` all four units let the signal pass, which gives $dz\,W_2$; here $z=b_2=1$ and $dz=p-1$
# is `{python} f"{at_zero_dz:.3f}"`. At 0 ReLU has a corner, with slope 0 on the left and 1 on the right: there is no
# derivative, only a convention. PyTorch takes 0; do the same and write `a > 0`.

# %% [markdown] lang="zh"
# ## 练习

# %% [markdown] lang="en"
# ## Exercises

# %% [markdown] lang="zh" tags=["exercise"]
# 把损失换成均方误差 $\frac1n\sum_i(z_i-y_i)^2$。回程里要改哪几行？写出来，再请自动求导来查。

# %% [markdown] lang="en" tags=["exercise"]
# Replace the loss by the mean squared error $\frac1n\sum_i(z_i-y_i)^2$. Which lines of the way back change? Write them, and let
# autograd check.


# %% tags=["solution"]
def mse_dz(z: Tensor, y: Tensor) -> Tensor:
    """Gradient of the mean squared error (均方误差的梯度), (n, 1) like both.

    Raises ``ValueError`` for other shapes, ``TypeError`` for other dtypes.
    """
    check_floats({"z": z, "y": y})
    if z.shape != y.shape or z.ndim != 2 or z.numel() == 0:
        found = f"{tuple(z.shape)} and {tuple(y.shape)}"
        raise ValueError(f"need two of shape (n, 1), got {found}")
    return 2 * (z - y) / len(z)


if __name__ == "__main__":
    z = saved["z"].clone().requires_grad_()
    F.mse_loss(z, y).backward()
    gap = check_grads({"z": mse_dz(saved["z"], y)}, {"z": z.grad})["z"]
    print(f"within 1e-8: {gap < 1e-8}")

# %% [markdown] lang="zh" tags=["solution"]
# 只改第一行：$dz = 2(z-y)/n$。其余各行不问损失是什么。

# %% [markdown] lang="en" tags=["solution"]
# Only the first: $dz = 2(z-y)/n$. The other lines do not ask what the loss is.

# %% [markdown] lang="zh" tags=["exercise"]
# 写一个任意深的网络的回程：`layers` 是一串 $(W, b)$，层与层之间是 ReLU。提示：去程把每层的输入存进列表，回程倒着用。

# %% [markdown] lang="en" tags=["exercise"]
# Write the way back of a network of any depth: `layers` is a list of pairs $(W, b)$, with ReLU between the layers. Hint: on
# the way out, put the input of each layer into a list; on the way back, use it in reverse.


# %% tags=["solution"]
def deep_grads(
    layers: list[tuple[Tensor, Tensor]], x: Tensor, y: Tensor
) -> list[tuple[Tensor, Tensor]]:
    """Backpropagation at any depth (任意深度): (dW, db) of each layer.

    W (out, in), b (1, out), ReLU between layers, one logit at the end. Raises
    ``ValueError`` for no layers or an output that is not (n, 1).
    """
    check_samples(x, y)
    if not layers or len(layers[-1][0]) != 1:
        raise ValueError("need at least one layer, the last with one output")
    inputs, value = [], x
    for i, (w, b) in enumerate(layers):
        inputs.append(value if i == 0 else value.relu())
        value = inputs[-1] @ w.mT + b
    signal, grads = (torch.sigmoid(value) - y) / len(x), []
    for (w, _), before in zip(reversed(layers), reversed(inputs), strict=True):
        grads.append((signal.mT @ before, signal.sum(dim=0, keepdim=True)))
        signal = (signal @ w) * (before > 0)  # the first layer's is not used
    return grads[::-1]


if __name__ == "__main__":
    rng = torch.Generator().manual_seed(0)
    sizes, layers = (2, 5, 3, 1), []
    for i in range(3):
        shapes = (sizes[i + 1], sizes[i]), (1, sizes[i + 1])
        drawn = [torch.randn(s, generator=rng, dtype=x.dtype) for s in shapes]
        layers.append(tuple(t.requires_grad_() for t in drawn))
    value = x
    for i, (w, b) in enumerate(layers):
        value = F.linear(value if i == 0 else value.relu(), w, b.flatten())
    F.binary_cross_entropy_with_logits(value, y).backward()
    with torch.no_grad():
        for (w, b), (dw, db) in zip(layers, deep_grads(layers, x, y), strict=True):
            gaps = check_grads({"w": dw, "b": db}, {"w": w.grad, "b": b.grad})
            print(f"dW {tuple(dw.shape)}  within 1e-8: {max(gaps.values()) < 1e-8}")

# %% [markdown] lang="zh" tags=["solution"]
# ReLU 的输出 `before` 大于 0 之处，正是输入大于 0 之处，所以也能当掩码。每层还是那三行。

# %% [markdown] lang="en" tags=["solution"]
# `before` is the output of ReLU; it is above 0 exactly where the input was, so it can serve as the mask. Each layer takes the
# same three lines.

# %% [markdown] lang="zh" tags=["exercise"]
# 全部参数都从 0 开始，花红黄各半，ReLU 网络的哪些参数会动？先按那几行式子猜，再写程序验证。只把 $W_1$ 换成随机的呢？

# %% [markdown] lang="en" tags=["exercise"]
# Start all parameters at 0; half of the tulips are red. Which parameters of the ReLU network will move? Guess from the
# formulas, then check with a program. And if only $W_1$ is random?


# %% tags=["solution"]
def moving(params: dict[str, Tensor], x: Tensor, y: Tensor) -> list[str]:
    """Names of the parameters with a gradient other than 0 (会动的参数)."""
    grads = mlp_grads(params, forward(params, x, y))
    return [name for name in params if grads[name].abs().max() > 1e-12]


if __name__ == "__main__":
    blank = {name: torch.zeros_like(value) for name, value in params.items()}
    print(f"red = {(y == 1).sum()}  yellow = {(y == 0).sum()}")
    print("all zero:", moving(blank, x, y))
    print("w1 random:", moving(blank | {"w1": params["w1"]}, x, y))

# %% [markdown] lang="zh" tags=["solution"]
# 一个都不动。$H=0$，所以 $dW_2=0$；$W_2=0$，信号传不过去，所以 $dW_1=db_1=0$；$p$ 处处是 0.5，红黄各半，$dz$ 加起来
# 是 0，连 $db_2$ 也是 0。$W_1$ 随机，$H$ 就有了数，$W_2$ 先动，下一步信号才能传到前面。

# %% [markdown] lang="en" tags=["solution"]
# None. $H=0$, so $dW_2=0$. $W_2=0$ lets no signal through, so $dW_1=db_1=0$. And $p$ is 0.5 everywhere while half of the
# tulips are red, so $dz$ adds up to 0, and even $db_2$ is 0. With a random $W_1$, $H$ has something in it and $W_2$ moves
# first; only in the next step does the signal get through.

# %% [markdown] lang="zh"
# ## 小结
# - 去程存下中间值，回程一行对一行；每个梯度与它的量同形状。
# - 从 $dz=(p-y)/n$ 出发；权重的梯度是信号的转置乘输入，偏置的是对样本求和，ReLU 按输入的正负放行。
# - 用自动求导和中心差分检查，形状各边不同；第一个不对的梯度指出错在哪行。
#
# 掩码挡住信号，`tanh` 的斜率不超过 1，把它压小。该选哪种激活函数？见 [激活函数](activations.py)。术语见 [术语表](/glossary.md)。

# %% [markdown] lang="en"
# ## Recap
# - The way out saves its values; the way back answers line by line, and every gradient has the shape of its value.
# - Start from $dz=(p-y)/n$. The gradient of weights is the transposed signal times the input, that of biases a sum over the
#   samples, and ReLU lets through by the sign of its input.
# - Check with autograd and central differences, with sides all different; the first gradient that is off points to the line.
#
# The mask can stop a signal altogether; the slope of `tanh` is at most 1 and makes it smaller. Which activation should you
# choose? See [Activation functions](activations.py). Terms are in the [glossary](/glossary.md).
