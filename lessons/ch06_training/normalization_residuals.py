# %% [markdown] lang="zh"
# # 归一化与残差连接
# 港口要预报码头的水位。每次知道三个数：上次涨潮越过平均水位后过了几小时、气压多少百帕（hPa）、向岸的风速几米每秒（m/s，负数是离岸风）。两个隐藏层的网络，误差只有“永远报平均水位”的三分之一左右；改成 16 层，训练完却也只会报平均水位。层数多了，为什么反而什么都学不到？怎样救回来？
#
# 学完这一页，你能：
#
# - 写出批归一化和层归一化（把网络内部的数重新标准化），指着表格说清各沿哪条轴求平均；
# - 写出残差连接（把一段网络的输入加到输出上），说明它为什么让深网络学得动；
# - 量一量梯度传到第一层还剩多少；
# - 说出它们何时没用、何时有害，并认出三个常见错误。
#
# 折叠起来的代码，初读都可以跳过。

# %% [markdown] lang="en"
# # Normalization and residual connections
# A harbour wants the water level at its quay. Three numbers are known each time: how many hours ago the rising tide passed the average level; the air pressure in hectopascals (hPa); the onshore wind in metres per second (m/s; negative: offshore). A network of two hidden layers makes about a third of the error of always reporting the average level. With 16 layers, after the same training, it reports nothing but that average. Why does a network with more layers learn nothing at all, and what brings it back?
#
# After this page you can
#
# - write batch normalization and layer normalization (both standardize the numbers inside a network again), and point out in a table which axis each one averages over;
# - write a residual connection (adding the input of a piece of network to its output), and say why it lets a deep network learn;
# - measure how much of the gradient reaches the first layer;
# - say when these tools are useless and when they do harm, and spot three common mistakes.
#
# Skip all folded code at first reading.

# %% tags=["setup"]
import math
from collections.abc import Sequence

import matplotlib.pyplot as plt
import torch
from torch import Tensor, nn


def check_float(name: str, t: Tensor, min_axes: int = 2) -> None:
    """Refuse all but finite, non-empty float tensors (检查浮点张量)."""
    if not isinstance(t, Tensor) or not t.is_floating_point():
        found = getattr(t, "dtype", type(t))
        raise TypeError(f"{name} must be a float tensor, got {found}")
    if t.ndim < min_axes or t.numel() == 0:
        wanted = f"{min_axes} axes or more and not be empty"
        raise ValueError(f"{name} must have {wanted}, got shape {tuple(t.shape)}")
    if not t.detach().isfinite().all():
        raise ValueError(f"{name} contains NaN or infinity")


def check_rows(x: Tensor, **rows: Tensor) -> None:
    """Refuse per-feature numbers that are not one row for x (检查每特征一数)."""
    wanted = (*x.shape[:-2], 1, x.shape[-1])
    for name, row in rows.items():
        if row.shape != wanted:
            found = tuple(row.shape)
            raise ValueError(f"{name} must have shape {wanted}, got {found}")


def check_positive(**values: float) -> None:
    """Refuse numbers that are not positive and finite (检查正数)."""
    for name, value in values.items():
        if not 0 < value < math.inf:
            raise ValueError(f"{name} must be positive and finite, got {value}")


def check_counts(**counts: int) -> None:
    """Refuse all but positive integers (检查个数)."""
    for name, value in counts.items():
        if not isinstance(value, int) or value < 1:
            raise ValueError(f"{name} must be a positive integer, got {value}")


def check_pair(x: Tensor, y: Tensor) -> None:
    """Refuse readings and levels that do not fit together (检查读数与水位)."""
    check_float("x", x)
    check_float("y", y)
    if y.shape != (len(x), 1):
        found = f"{tuple(x.shape)} and {tuple(y.shape)}"
        raise ValueError(f"x and y must be (n, features) and (n, 1), got {found}")


# %% [markdown] lang="zh"
# ## 港口的读数
# 数据自己造，真值就知道：水位（米，高于平均为正）是一条周期 12.4 小时、上下各 1.2 米的潮汐曲线；气压每高 1 hPa，水位压低 0.01 米；向岸的风每快 1 m/s，水位抬高 0.03 米。

# %% [markdown] lang="en"
# ## The harbour's readings
# We make the data, so the truth is known. The level (in metres, positive above the average) is a tide with a period of 12.4 hours that goes 1.2 m up and down; each extra hPa of air pressure pushes the water down by 0.01 m; each extra m/s of onshore wind raises it by 0.03 m.


# %%
def create_readings(n: int, seed: int) -> tuple[Tensor, Tensor]:
    """Harbour readings (港口读数): x of shape (n, 3), levels y of shape (n, 1).

    Columns of ``x``: hours in [0, 12.4), pressure in hPa, onshore wind in m/s;
    ``y`` in metres. Raises ``ValueError`` unless n is a positive integer.
    """
    check_counts(n=n)
    rng = torch.Generator().manual_seed(seed)
    hours = 12.4 * torch.rand(n, 1, generator=rng)
    pressure = 1013 + 12 * torch.randn(n, 1, generator=rng)
    wind = 6 * torch.randn(n, 1, generator=rng)
    tide = 1.2 * torch.sin(2 * math.pi * hours / 12.4)
    level = tide - 0.01 * (pressure - 1013) + 0.03 * wind
    return torch.cat([hours, pressure, wind], dim=1), level


if __name__ == "__main__":
    raw, y = create_readings(512, seed=0)
    raw_test, y_test = create_readings(500, seed=1)
    mean, std = raw.mean(0), raw.std(0)
    x, x_test = (raw - mean) / std, (raw_test - mean) / std
    flat = (y_test - y.mean()).square().mean().sqrt().item()
    for row, level in zip(raw[:4].tolist(), y[:4, 0].tolist(), strict=True):
        print("{:4.1f} h {:5.0f} hPa {:5.1f} m/s".format(*row), f"{level:6.2f} m")
    print(f"always the average: RMSE = {flat:.2f} m")

# %% [markdown] lang="zh"
# 训练用 512 次读数（打印了四次），另有 500 次新读数用来打分，分数是均方根误差（RMSE）。最后一行：永远报平均水位，误差是 `{python} f"{flat:.2f}"` 米，这就是“什么都没学到”的样子。三列先按训练数据各自标准化。
#
# ## 病因：一层一层地缩小
# 每层先乘权重，再过 ReLU（负数变 0）。`nn.Linear` 的起始权重在 $\pm 1/\sqrt{n_\text{in}}$ 之间均匀抽取，$n_\text{in}$ 是扇入，即输入的个数。这样的数，平方的平均是 $1/(3n_\text{in})$；$n_\text{in}$ 项加起来，均方只剩 $1/3$，ReLU 再去掉约一半。开方才是大小，所以每过一层，信号只剩大约 $\sqrt{1/6}$，即 `{python} f"{math.sqrt(1 / 6):.2f}"` 倍。梯度倒着走过同样的层，也这样缩小。
#
# 一个种子的结果可能是碰巧，所以本课都用 20 个。`SeedLinear` 把 20 个线性层叠在一起算，最前面的轴是种子。

# %% [markdown] lang="en"
# We train on 512 readings (four are printed) and score on 500 fresh ones. The score is the root mean squared error (RMSE), in metres. The last line: always reporting the average has an error of `{python} f"{flat:.2f}"` m. That is what "learned nothing" looks like. Each column is first standardized with the mean and standard deviation of the training data.
#
# ## The cause: smaller with every layer
# Each layer multiplies by weights and applies a ReLU (negative numbers become 0). The starting weights of `nn.Linear` are uniform between $\pm 1/\sqrt{n_\text{in}}$, where $n_\text{in}$ is the fan-in, the number of inputs. The mean square of such numbers is $1/(3n_\text{in})$; $n_\text{in}$ of them add up, so $1/3$ of the mean square is left, and the ReLU removes about half of that. The size is the root of the mean square, so with every layer only about $\sqrt{1/6}$ of the signal is left, a factor of `{python} f"{math.sqrt(1 / 6):.2f}"`. The gradient travels back through the same layers and shrinks in the same way.
#
# The result of one seed may be luck, so we use 20 throughout. `SeedLinear` stacks 20 linear layers and computes them together; the first axis is the seed.


# %%
class SeedLinear(nn.Module):
    """One nn.Linear per generator, side by side (每个种子一个线性层).

    (n, n_in) or (seeds, n, n_in) to (seeds, n, n_out). Starts like ``nn.Linear``:
    U(-1/sqrt(n_in), 1/sqrt(n_in)). Raises ``ValueError`` for a bad size.
    """

    def __init__(self, n_in: int, n_out: int, rngs: Sequence[torch.Generator]) -> None:
        super().__init__()
        check_counts(n_in=n_in, n_out=n_out, generators=len(rngs))
        draws = torch.stack([torch.rand(n_in + 1, n_out, generator=g) for g in rngs])
        start = (2 * draws - 1) / math.sqrt(n_in)
        self.weight = nn.Parameter(start[:, :-1].clone())
        self.bias = nn.Parameter(start[:, -1:].clone())  # the last row drawn

    def forward(self, x: Tensor) -> Tensor:
        return x @ self.weight + self.bias


if __name__ == "__main__":
    rngs = [torch.Generator().manual_seed(seed) for seed in range(20)]
    h, spreads = SeedLinear(3, 8, rngs)(x), {}
    for layer in range(1, 17):
        spreads[layer] = h.std(dim=1).mean().item()  # h: (20, 512, 8)
        h = SeedLinear(8, 8, rngs)(h.relu())
    for layer in (1, 4, 16):
        print(f"layer {layer:2d}: {spreads[layer]:.1e}")

# %% [markdown] lang="zh"
# 打印的是第 1、4、16 层输出在 512 次读数之间的标准差：从 `{python} f"{spreads[1]:.2f}"` 缩到 `{python} f"{spreads[16]:.0e}"`，平均每层 `{python} f"{(spreads[16] / spreads[1]) ** (1 / 15):.2f}"` 倍，和估计的差不多。到第 16 层，高潮和低潮几乎一样，只能报平均；传回来的梯度也太小，训练改不了它。把起始权重放大（见 [初始化](../ch06_training/initialization.py) 一课）只管起点；下面的办法在训练中一直起作用。
#
# ## 批归一化：和同一批的别人比
# 信号缩小了，就在每一层重新标准化。下图里同色的格子一起求均值和方差。左边，每一列（一个特征）在一批读数之间求，这是**批归一化**（batch normalization）；右边，每一行（一次读数）自己求，这是**层归一化**（layer normalization）。

# %% [markdown] lang="en"
# Printed is the standard deviation over the 512 readings, at the outputs of layers 1, 4 and 16: it falls from `{python} f"{spreads[1]:.2f}"` to `{python} f"{spreads[16]:.0e}"`, by a factor of `{python} f"{(spreads[16] / spreads[1]) ** (1 / 15):.2f}"` per layer on average, not far from the estimate. At layer 16 high and low tide look almost the same, so the average is all that is left to report; and the gradient that comes back is too small for training to mend this. Larger starting weights (see [initialization](../ch06_training/initialization.py)) take care of the start only; the remedies below work all through training.
#
# ## Batch normalization: compare with the others in the batch
# If the signal shrinks, standardize it again in every layer. In the figure, cells of one colour share a mean and a variance. On the left, every column (a feature) takes them over the readings of the batch; this is **batch normalization**. On the right, every row (a reading) takes its own; this is **layer normalization**.


# %% tags=["plot"] alt_zh="同一张表画两遍，四行是四次读数，三列是小时、气压、风速。左边同一列同色：批归一化沿列求平均。右边同一行同色：层归一化沿行求平均。" alt_en="The same table twice; four rows are four readings, three columns are hours, pressure and wind. Left: each column has one colour, as batch norm averages down the columns. Right: each row has one colour, as layer norm averages along the rows."
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
    fig, axes = plt.subplots(1, 2, figsize=(6.4, 3.2), layout="constrained")
    texts = [[f"{h:.1f}", f"{p:.0f}", f"{w:.1f}"] for h, p, w in raw[:4].tolist()]
    by_column = [[f"C{j}" for j in range(3)] for _ in range(4)]
    by_row = [[f"C{i}"] * 3 for i in range(4)]
    labels = ("batch norm", "layer norm")
    for ax, colors, label in zip(axes, (by_column, by_row), labels, strict=True):
        draw_cells(ax, texts, colors)
        for j, unit in enumerate(("h", "hPa", "m/s")):
            ax.text(j + 0.5, -0.25, unit, ha="center", va="center")
        ax.text(1.5, -0.8, label, ha="center", va="center")
        ax.set_aspect("equal")
        ax.axis("off")
        ax.autoscale_view()
        ax.invert_yaxis()
    plt.show()

# %% [markdown] lang="zh"
# 记 $x_{ij}$ 为批次里第 $i$ 个样本的第 $j$ 个特征，$n$ 为样本数：
#
# $$\mu_j = \frac{1}{n}\sum_{i=1}^{n} x_{ij}, \qquad \sigma_j^2 = \frac{1}{n}\sum_{i=1}^{n} (x_{ij}-\mu_j)^2$$
#
# $$z_{ij} = \gamma_j \frac{x_{ij}-\mu_j}{\sqrt{\sigma_j^2+\epsilon}} + \beta_j$$
#
# $\mu_j$、$\sigma_j^2$ 是这一列的均值和方差；$z_{ij}$ 是输出；$\epsilon=10^{-5}$ 防止除以 0；缩放 $\gamma_j$ 和平移 $\beta_j$ 是参数，从 1 和 0 学起。前一层的偏置从此没用：它给整列加同一个数，减均值时又减掉了。本课为了简单，仍留着它。
#
# 预报时往往只有一次读数，没有“别人”可比。所以训练时顺便记一份**滑动统计**（running statistics），每批按 $m=0.1$ 掺入新值：$r_j \leftarrow (1-m)\,r_j + m\,\mu_j$，$r_j$ 是记下的均值（方差也一样）。**训练模式**用本批的统计，**评估模式**用记下的。$m$ 在 PyTorch 里叫 `momentum`，但不是优化器的动量。
#
# 记方差时还要乘以 $n/(n-1)$：$\mu_j$ 取自同一批，样本离它比离真均值近，所以除以 $n$ 的方差，平均只有**所有读数**方差的 $(n-1)/n$。乘过的叫无偏（unbiased）估计。

# %% [markdown] lang="en"
# Let $x_{ij}$ be feature $j$ of sample $i$ in the batch, and $n$ the number of samples:
#
# $$\mu_j = \frac{1}{n}\sum_{i=1}^{n} x_{ij}, \qquad \sigma_j^2 = \frac{1}{n}\sum_{i=1}^{n} (x_{ij}-\mu_j)^2$$
#
# $$z_{ij} = \gamma_j \frac{x_{ij}-\mu_j}{\sqrt{\sigma_j^2+\epsilon}} + \beta_j$$
#
# $\mu_j$ and $\sigma_j^2$ are the mean and variance of the column; $z_{ij}$ is the output; $\epsilon=10^{-5}$ prevents a division by 0; the scale $\gamma_j$ and the shift $\beta_j$ are parameters that start at 1 and 0, and let the network learn another size if it needs one. The bias of the layer before loses its use: it adds one number to the whole column, and subtracting the mean takes it off again. This page keeps it all the same, for simplicity.
#
# In use, a network often sees a single reading, with no others to compare. So training also keeps **running statistics**, into which each batch is mixed with a share of $m=0.1$: $r_j \leftarrow (1-m)\,r_j + m\,\mu_j$, where $r_j$ is the mean that is kept (and the variance likewise). **Training mode** uses the statistics of the batch, **evaluation mode** the ones kept. PyTorch calls this $m$ `momentum`; it is not the momentum of an optimizer.
#
# Before a variance is kept, it is multiplied by $n/(n-1)$: $\mu_j$ comes from the same batch, so the samples lie closer to it than to the true mean, and a variance that divides by $n$ is on average only $(n-1)/n$ of that of **all readings**. The product is called the unbiased estimate.


# %%
def batch_norm(
    x: Tensor,
    gamma: Tensor,
    beta: Tensor,
    running_mean: Tensor,
    running_var: Tensor,
    training: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """Batch normalization (批归一化) of x, shape (..., n, features).

    The four others have shape (..., 1, features); training changes the running
    ones in place. Raises ``TypeError``/``ValueError`` for a wrong dtype, shape,
    momentum or eps, and for n = 1 in training. Source: Ioffe and Szegedy (2015).
    """
    check_float("x", x)
    check_rows(
        x, gamma=gamma, beta=beta, running_mean=running_mean, running_var=running_var
    )
    check_positive(momentum=momentum, eps=eps)
    n = x.shape[-2]
    if training and n == 1:
        raise ValueError("a batch of 1 in training: all outputs would be beta")
    mean = x.mean(dim=-2, keepdim=True) if training else running_mean
    centered = x - mean
    var = running_var
    if training:
        var = centered.square().mean(dim=-2, keepdim=True)  # biased: divided by n
        with torch.no_grad():
            running_mean += momentum * (mean - running_mean)
            running_var += momentum * (var * n / (n - 1) - running_var)  # unbiased
    return centered * (gamma / (var + eps).sqrt()) + beta


def layer_norm(x: Tensor, gamma: Tensor, beta: Tensor, eps: float = 1e-5) -> Tensor:
    """Layer normalization (层归一化) of x, shape (..., n, features).

    Each row by itself; ``gamma``, ``beta`` have shape (..., 1, features). Raises
    like ``batch_norm``. Source: Ba, Kiros and Hinton (2016).
    """
    check_float("x", x)
    check_rows(x, gamma=gamma, beta=beta)
    check_positive(eps=eps)
    centered = x - x.mean(dim=-1, keepdim=True)
    var = centered.square().mean(dim=-1, keepdim=True)
    return centered / (var + eps).sqrt() * gamma + beta


if __name__ == "__main__":
    ones, zeros = torch.ones(1, 3), torch.zeros(1, 3)
    down = batch_norm(raw[:4], ones, zeros, zeros.clone(), ones.clone())
    along = layer_norm(raw[:4], ones, zeros)
    print("    batch norm     |     layer norm")
    for left, right in zip(down.tolist(), along.tolist(), strict=True):
        print("{:5.2f} {:5.2f} {:5.2f}".format(*left), end="  |  ")
        print("{:5.2f} {:5.2f} {:5.2f}".format(*right))

# %% [markdown] lang="zh"
# PyTorch 把轴叫 `dim`，负数从后往前数：`dim=-2` 是样本轴，`dim=-1` 是特征轴；`keepdim=True` 留着这条轴，好相减。批归一化会原地改写滑动统计，所以用 `clone()` 给它副本。左边每列均值为 0，看得出第四次气压最高（`{python} f"{down[3, 1]:.2f}"`）。右边四行几乎一样，因为一行里 hPa 的数总是最大。**单位不同的原始特征不能做层归一化**；它用在网络内部，那里一行的数同类。它的好处是不看别人：批次多大都行，没有滑动统计，也不分模式。

# %% [markdown] lang="en"
# PyTorch calls an axis `dim`, and negative numbers count from the end: `dim=-2` is the axis of samples, `dim=-1` that of features; `keepdim=True` keeps the axis, so that we can subtract. Batch norm changes the running statistics in place, so `clone()` gives it copies. On the left, each column has mean 0, and you can see that the fourth reading has the highest pressure (`{python} f"{down[3, 1]:.2f}"`). On the right, four rows almost alike, because the hPa number is always the largest of its row. **Raw features of different units are not for layer norm**; it belongs inside a network, where the numbers of a row are of one kind. Its advantage: it never looks at the others, so any batch size will do, and there are no running statistics and no modes.

# %% [markdown] lang="zh" tags=["check"]
# 和 PyTorch 自带的比：训练六批，再评估一次。输出、滑动均值、滑动方差、层归一化，差别都小于 $10^{-6}$ 吗？

# %% [markdown] lang="en" tags=["check"]
# Compare with PyTorch's own: six batches of training, then one evaluation. Are the differences in the outputs, the running mean, the running variance, and in layer norm all below $10^{-6}$?

# %% tags=["check"]
if __name__ == "__main__":
    data = raw.double()
    theirs = nn.BatchNorm1d(3, dtype=torch.float64)
    one, zero = torch.ones(1, 3).double(), torch.zeros(1, 3).double()
    kept_mean, kept_var, gap = zero.clone(), one.clone(), 0.0
    for step in range(7):
        theirs.train(step < 6)  # train(False) is eval()
        batch = data[40 * step : 40 * step + 40]
        ours = batch_norm(batch, one, zero, kept_mean, kept_var, training=step < 6)
        gap = max(gap, (ours - theirs(batch)).abs().max().item())
    row_norm = nn.LayerNorm(3, dtype=torch.float64)
    gaps = [gap, (kept_mean - theirs.running_mean).abs().max().item()]
    gaps += [(kept_var - theirs.running_var).abs().max().item()]
    gaps += [(layer_norm(data, one, zero) - row_norm(data)).abs().max().item()]
    print([gap < 1e-6 for gap in gaps])

# %% [markdown] lang="zh"
# ## 残差连接：留一条直路
# 另一个办法只改接法。一段网络 $F$ 不再输出 $F(x)$，而是输出
#
# $$y = x + F(x), \qquad \frac{\partial y}{\partial x} = 1 + F'(x)$$
#
# 这叫**残差连接**（residual connection）：$x$ 走直路过去，$F$ 只学剩下的差 $y-x$，名字由此而来。$F'$ 是 $F$ 的导数，这里把 $x$ 当成一个数来写。没有直路时，30 层的导数是 30 个 $F'$ 相乘，个个小，积就近于 0，这就是 [激活函数](../ch05_networks/activations.py) 一课说的**梯度消失**；有了直路，$F'$ 越小，因子离 1 越近。
#
# 两边形状要相同才能加；不同时，直路上也放一个线性层。`nn.Identity` 原样交出输入。

# %% [markdown] lang="en"
# ## Residual connections: keep a straight road
# The other remedy only changes the wiring. A piece of network $F$ no longer puts out $F(x)$ but
#
# $$y = x + F(x), \qquad \frac{\partial y}{\partial x} = 1 + F'(x)$$
#
# This is a **residual connection**: $x$ takes the straight road, and $F$ learns only the difference that remains, $y-x$; hence the name. $F'$ is the derivative of $F$, written here as if $x$ were a single number. Without the road, the derivative of 30 layers is the product of 30 factors $F'$; each is small, and the product is nearly 0: the **vanishing gradient** of the lesson on [activation functions](../ch05_networks/activations.py). With the road, the smaller $F'$ is, the nearer the factor is to 1.
#
# The two sides need the same shape to be added; where they differ, the road gets a linear layer too. `nn.Identity` hands on its input unchanged.


# %%
class Residual(nn.Module):
    """x + body(x), a residual connection (残差连接).

    ``shortcut`` is what x passes on the straight road, by default nothing. Raises
    ``ValueError`` if the two sides differ in shape. Source: He et al. (2016).
    """

    def __init__(self, body: nn.Module, shortcut: nn.Module | None = None) -> None:
        super().__init__()
        self.body = body
        self.shortcut = nn.Identity() if shortcut is None else shortcut

    def forward(self, x: Tensor) -> Tensor:
        straight, added = self.shortcut(x), self.body(x)
        if straight.shape != added.shape:
            found = f"{tuple(straight.shape)} and {tuple(added.shape)}"
            raise ValueError(f"shortcut and body differ in shape: {found}")
        return straight + added


# %% [markdown] lang="zh"
# ## 搭出几种网络
# 模块 `BatchNorm`、`LayerNorm` 收着 $\gamma$、$\beta$（前者还有滑动统计）。`register_buffer` 存不训练、但随模型保存的张量；`self.training` 由 `train()` 和 `eval()` 切换。每段 $F$ 依次是（归一化）、ReLU、线性层；ReLU 不放最后，不然 $F$ 只能加、不能减。宽度为 8，深度是隐藏层的个数。
#
# `first_gradient` 求第一层权重梯度的范数（各数平方和的平方根）。种子之间互不相干，损失加起来求一次梯度，各得各的。

# %% [markdown] lang="en"
# ## Building the networks
# The modules `BatchNorm` and `LayerNorm` hold $\gamma$ and $\beta$ (the former also the running statistics). `register_buffer` stores a tensor that is not trained but saved with the model; `self.training` is switched by `train()` and `eval()`. Each piece $F$ is (a normalization), a ReLU, a linear layer; with the ReLU at the end, $F$ could only add, never take away. The width is 8; the depth is the number of hidden layers.
#
# `first_gradient` computes the norm of the gradient of the first layer's weights: the root of the sum of its squared numbers. The seeds have nothing to do with each other, so one gradient of the sum of their losses gives each seed its own.


# %%
class LayerNorm(nn.Module):
    """``layer_norm`` with its parameters, for several seeds (层归一化模块)."""

    def __init__(self, features: int, seeds: int) -> None:
        super().__init__()
        check_counts(features=features, seeds=seeds)
        self.gamma = nn.Parameter(torch.ones(seeds, 1, features))
        self.beta = nn.Parameter(torch.zeros(seeds, 1, features))

    def forward(self, x: Tensor) -> Tensor:
        return layer_norm(x, self.gamma, self.beta)


class BatchNorm(LayerNorm):  # to inherit gamma and beta
    """``batch_norm`` with its parameters and running statistics (批归一化模块)."""

    def __init__(self, features: int, seeds: int) -> None:
        super().__init__(features, seeds)
        self.register_buffer("mean", torch.zeros(seeds, 1, features))
        self.register_buffer("var", torch.ones(seeds, 1, features))

    def forward(self, x: Tensor) -> Tensor:
        kept = (self.mean, self.var)
        return batch_norm(x, self.gamma, self.beta, *kept, self.training)


NORMS = {"batch norm": BatchNorm, "layer norm": LayerNorm}
KINDS = ("plain", "batch norm", "layer norm", "residual")


def make_net(depth: int, kind: str, seeds: Sequence[int], width: int = 8) -> nn.Module:
    """A network of ``depth`` hidden layers per seed (造网络).

    From (n, 3) to (seeds, n, 1); seeds fix the starting weights. Raises
    ``ValueError`` for an unknown kind, no seeds, or a depth or width that is not
    a positive integer.
    """
    check_counts(depth=depth, width=width, seeds=len(seeds))
    if kind not in KINDS:
        raise ValueError(f"kind must be one of {KINDS}, got {kind!r}")
    rngs = [torch.Generator().manual_seed(seed) for seed in seeds]
    layers: list[nn.Module] = [SeedLinear(3, width, rngs)]
    for i in range(depth):
        norm = [NORMS[kind](width, len(seeds))] if kind in NORMS else []
        n_out = width if i < depth - 1 else 1  # the last piece puts out the level
        body = nn.Sequential(*norm, nn.ReLU(), SeedLinear(width, n_out, rngs))
        wrap = kind == "residual" and i < depth - 1
        layers.append(Residual(body) if wrap else body)
    return nn.Sequential(*layers)


def first_gradient(net: nn.Module, x: Tensor, y: Tensor) -> Tensor:
    """Gradient norm of the first layer's weights (第一层梯度的大小), one per seed.

    Of the mean squared error on x (n, 3) and y (n, 1); raises like ``check_pair``.
    """
    check_pair(x, y)
    errors = (net(x) - y).square().mean(dim=(1, 2))  # one per seed
    (grad,) = torch.autograd.grad(errors.sum(), net[0].weight)
    return grad.flatten(1).norm(dim=1)


# %% [markdown] lang="zh" tags=["predict"]
# 四种网络，都没训练，深度从 2 到 30：什么都不加、批归一化、层归一化、残差。第一层的梯度随深度怎样变？有没有哪种会**变大**？

# %% [markdown] lang="en" tags=["predict"]
# Four kinds of network, 2 to 30 layers deep, not yet trained: with nothing added, with batch norm, with layer norm, with residuals. How does the first layer's gradient change with depth? Does any of them **grow**?

# %%
if __name__ == "__main__":
    depths, seeds = (2, 4, 8, 16, 30), range(20)
    norms = {kind: [] for kind in KINDS}
    for kind in KINDS:
        for depth in depths:
            grads = first_gradient(make_net(depth, kind, seeds), x[:64], y[:64])
            norms[kind].append(grads.median().item())
        first, last = norms[kind][0], norms[kind][-1]
        print(f"{kind:10}  2: {first:.1e}  30: {last:.1e}")
    net = make_net(16, "layer norm", seeds)
    alike = net[-1][0](net[:-1](x)).std(dim=1).mean().item()
    print(f"layer norm, between readings: {alike:.2f}")

# %% tags=["plot"] alt_zh="横轴深度，纵轴第一层梯度的大小，对数刻度。什么都不加的一路降到 `{python} f\"{norms['plain'][-1]:.0e}\"`；批归一化升到 `{python} f\"{norms['batch norm'][-1]:.0f}\"`；层归一化缓缓下降；残差留在 1 附近，略有上升。" alt_en="Gradient norm of the first layer against depth, log scale. Plain falls all the way to `{python} f\"{norms['plain'][-1]:.0e}\"`; batch norm rises to `{python} f\"{norms['batch norm'][-1]:.0f}\"`; layer norm falls slowly; residual stays near 1 and rises a little."
if __name__ == "__main__":
    fig, ax = plt.subplots(layout="constrained")
    labels = dict(zip(KINDS, (*KINDS[:3], "residual connection"), strict=True))
    for kind, style in zip(KINDS, ("o-", "s--", "^:", "D-."), strict=True):
        ax.plot(depths, norms[kind], style, label=labels[kind])
    ax.set(yscale="log", xlabel="hidden layers", ylabel="gradient norm, first layer")
    ax.set_xticks(depths)
    ax.legend(loc="lower left", handlelength=3)
    plt.show()

# %% [markdown] lang="zh"
# 数都是 20 个种子的中位数。什么都不加的，从 `{python} f"{norms['plain'][0]:.2f}"` 掉到 `{python} f"{norms['plain'][-1]:.0e}"`。残差只从 `{python} f"{norms['residual'][0]:.1f}"` 变到 `{python} f"{norms['residual'][-1]:.1f}"`。意外的是批归一化：梯度反而涨到 `{python} f"{norms['batch norm'][-1]:.0f}"`，从 16 层到 30 层平均每层 `{python} f"{(norms['batch norm'][-1] / norms['batch norm'][-2]) ** (1 / 14):.2f}"` 倍，层层相乘，这叫**梯度爆炸**。原因：过 ReLU 时，梯度的均方剩一半，标准正态的信号方差却只剩 `{python} f"{(math.pi - 1) / (2 * math.pi):.2f}"`；梯度回程要除以这个更小的标准差，补过了头：网络又宽又深时，每层接近 $\sqrt{\pi/(\pi-1)}$，即 `{python} f"{math.sqrt(math.pi / (math.pi - 1)):.2f}"` 倍。
#
# 层归一化则缓缓下降：它保住每一行的大小，却不管行与行的差别。到第 16 层，读数之间的标准差只剩 `{python} f"{alike:.2f}"`（最后一行）。
#
# ## 训练 16 层
# 每步随机取 64 次读数，只走 80 步，看谁学得快；用 [Adam](../ch06_training/optimizers.py)，学习率 0.02，四种网络都一样，没替谁单独调过。新读数上的 RMSE 小于 0.3 米（永远报平均的三分之一）算成功。

# %% [markdown] lang="en"
# All numbers are medians over 20 seeds. Plain drops from `{python} f"{norms['plain'][0]:.2f}"` to `{python} f"{norms['plain'][-1]:.0e}"`. Residual only moves from `{python} f"{norms['residual'][0]:.1f}"` to `{python} f"{norms['residual'][-1]:.1f}"`. The surprise is batch norm: its gradient grows to `{python} f"{norms['batch norm'][-1]:.0f}"`, `{python} f"{(norms['batch norm'][-1] / norms['batch norm'][-2]) ** (1 / 14):.2f}"` times per layer on average from 16 to 30 layers, which multiplies to an **exploding gradient**. The reason: the ReLU lets through half of the mean square of the gradient, but of a standard normal signal it leaves a variance of only `{python} f"{(math.pi - 1) / (2 * math.pi):.2f}"`. On the way back the gradient is divided by that smaller standard deviation, which makes up for too much: in a wide and deep network the factor per layer comes close to $\sqrt{\pi/(\pi-1)}$, that is `{python} f"{math.sqrt(math.pi / (math.pi - 1)):.2f}"`.
#
# Layer norm falls slowly: it keeps the size of every row but not the differences between rows. At layer 16 the standard deviation between readings is down to `{python} f"{alike:.2f}"` (the last line).
#
# ## Training 16 layers
# Each step takes 64 readings at random; there are only 80 steps, to see who learns quickly, of [Adam](../ch06_training/optimizers.py) with a learning rate of 0.02, the same for all four kinds and tuned for none of them. It counts as success if the RMSE on fresh readings is below 0.3 m (a third of always reporting the average).


# %%
def train(
    net: nn.Module,
    x: Tensor,
    y: Tensor,
    steps: int = 80,
    lr: float = 0.02,
    batch_size: int = 64,
    seed: int = 0,
) -> Tensor:
    """Train every seed's network with Adam (训练): batch RMSEs, (steps, seeds).

    ``x`` is (n, 3), ``y`` is (n, 1). Raises ``ValueError`` for senseless data,
    counts or learning rate.
    """
    check_pair(x, y)
    check_counts(steps=steps, batch_size=batch_size)
    check_positive(lr=lr)
    rng = torch.Generator().manual_seed(seed)
    optimizer = torch.optim.Adam(net.parameters(), lr=lr, fused=True)  # faster
    net.train()
    curve = []
    for _ in range(steps):
        rows = torch.randint(len(x), (batch_size,), generator=rng)
        errors = (net(x[rows]) - y[rows]).square().mean(dim=(1, 2))  # one per seed
        optimizer.zero_grad()
        errors.sum().backward()
        optimizer.step()
        curve.append(errors.detach().sqrt())
    return torch.stack(curve)


def rmse(net: nn.Module, x: Tensor, y: Tensor) -> Tensor:
    """Root mean squared error per seed (均方根误差), in metres, in eval mode."""
    check_pair(x, y)
    net.eval()
    with torch.no_grad():
        return (net(x) - y).square().mean(dim=(1, 2)).sqrt()


if __name__ == "__main__":
    curves, scores = {}, {}
    for depth in (16, 2):
        for kind in KINDS:
            net = make_net(depth, kind, seeds)
            curves[depth, kind] = train(net, x, y).median(dim=1).values
            scores[depth, kind] = rmse(net, x_test, y_test)
            if (depth, kind) == (2, "batch norm"):
                shallow = net  # used again below
    median = {key: score.median().item() for key, score in scores.items()}
    passed = {key: int((score < 0.3).sum()) for key, score in scores.items()}
    for depth, kind in scores:
        result = f"{median[depth, kind]:.2f} m  {passed[depth, kind]:2d}/{len(seeds)}"
        print(f"{depth:2d} layers, {kind:10}  {result}")

# %% tags=["plot"] alt_zh="横轴迭代步，纵轴训练批次上的均方根误差，都是 16 层。什么都不加的和层归一化停在 `{python} f'{flat:.1f}'` 米上下；批归一化降得慢；残差降得最快，最后是 `{python} f\"{curves[16, 'residual'][-1]:.1f}\"` 米。" alt_en="Batch RMSE against step, all with 16 layers. Plain and layer norm stay at about `{python} f'{flat:.1f}'` m; batch norm falls slowly; residual falls fastest and ends at `{python} f\"{curves[16, 'residual'][-1]:.1f}\"` m."
if __name__ == "__main__":
    fig, ax = plt.subplots(layout="constrained")
    for kind, style in zip(KINDS, ("-", "--", ":", "-."), strict=True):
        ax.plot(curves[16, kind], style, label=labels[kind])
    ax.axhline(flat, color="gray", lw=1, ls=":")
    ax.set(xlabel="step", ylabel="RMSE (m)", ylim=(0, 1.8))
    ax.legend(loc="upper right", handlelength=3)
    plt.show()

# %% [markdown] lang="zh"
# 每行是新读数上 RMSE 的中位数，和 20 个种子里成功的个数。16 层，什么都不加：`{python} f"{median[16, 'plain']:.2f}"` 米，正是只报平均的 `{python} f"{flat:.2f}"` 米（图中灰线；曲线是训练批次上的误差），成功 `{python} passed[16, "plain"]` 个。批归一化动起来了，到 `{python} f"{median[16, 'batch norm']:.2f}"` 米，但一个也没成功。层归一化单独用，救不了这个网络，还是 `{python} f"{median[16, 'layer norm']:.2f}"` 米。残差到 `{python} f"{median[16, 'residual']:.2f}"` 米，成功 `{python} passed[16, "residual"]` 个。
#
# ## 什么时候没用，什么时候有害
# **浅网络不需要残差**：2 层时，什么都不加是 `{python} f"{median[2, 'plain']:.2f}"` 米，加残差是 `{python} f"{median[2, 'residual']:.2f}"` 米，没有变好：梯度本来就没消失。两种归一化倒有用，批归一化是 `{python} f"{median[2, 'batch norm']:.2f}"` 米，层归一化是 `{python} f"{median[2, 'layer norm']:.2f}"` 米。
#
# **批次太小，批归一化有害**。一批只有两次读数时会怎样？

# %% [markdown] lang="en"
# Each line has the median RMSE on fresh readings and the number of successes out of 20 seeds. With 16 layers, plain gets `{python} f"{median[16, 'plain']:.2f}"` m, just the `{python} f"{flat:.2f}"` m of reporting the average (the gray line; the curves are errors on the training batches), and `{python} passed[16, "plain"]` successes. Batch norm gets moving, to `{python} f"{median[16, 'batch norm']:.2f}"` m, but without a single success. Layer norm on its own cannot save this network: still `{python} f"{median[16, 'layer norm']:.2f}"` m. Residual gets to `{python} f"{median[16, 'residual']:.2f}"` m, with `{python} passed[16, "residual"]` successes.
#
# ## When they are useless, and when they do harm
# **A shallow network needs no residuals**: with 2 layers, plain gets `{python} f"{median[2, 'plain']:.2f}"` m and residual `{python} f"{median[2, 'residual']:.2f}"` m, no better: no gradient had vanished. The two normalizations do help: batch norm gets `{python} f"{median[2, 'batch norm']:.2f}"` m, layer norm `{python} f"{median[2, 'layer norm']:.2f}"` m.
#
# **With tiny batches, batch norm does harm**. What happens in a batch of just two readings?

# %% [markdown] lang="zh" tags=["predict"]
# 把 40 次风速两两一批做批归一化（$\gamma=1$，$\beta=0$），输出会是些什么数？

# %% [markdown] lang="en" tags=["predict"]
# Take 40 wind speeds in batches of two and apply batch norm ($\gamma=1$, $\beta=0$). What numbers come out?

# %%
if __name__ == "__main__":
    wind = raw[:40, 2:]
    one, zero = torch.ones(1, 1), torch.zeros(1, 1)
    normed = {}
    for size in (2, 40):
        parts = [
            batch_norm(part, one, zero, zero.clone(), one.clone())
            for part in wind.split(size)
        ]
        normed[size] = torch.cat(parts)
    print([f"{value:.2f}" for value in normed[2][:6, 0].tolist()])
    tiny = {}
    for kind in ("plain", "batch norm", "layer norm"):
        net = make_net(2, kind, seeds)
        train(net, x, y, batch_size=2)
        tiny[kind] = rmse(net, x_test, y_test).median().item()
        print(f"batch of 2, {kind:10}  {tiny[kind]:.2f} m")

# %% tags=["plot"] alt_zh="横轴风速，纵轴批归一化的输出。四十个一批时，点落在一条上升的直线上；两个一批时，输出只有 +1 和 -1 两排。" alt_en="Output of batch norm against wind speed. In one batch of forty the points lie on a rising line; in batches of two the outputs form two rows, at +1 and -1."
if __name__ == "__main__":
    fig, ax = plt.subplots(layout="constrained")
    for size, marker in ((40, "x"), (2, "o")):
        ax.plot(wind, normed[size], marker, ms=5, label=f"batch of {size}")
    ax.set(xlabel="wind (m/s)", ylabel="output of batch norm")
    ax.legend(loc="upper left")
    plt.show()

# %% [markdown] lang="zh"
# 两个一批，均值在两者正中，大的变 1，小的变 -1：差多少全看不出来，只剩谁大谁小。用这样的批次训练 2 层网络，批归一化是 `{python} f"{tiny['batch norm']:.2f}"` 米，什么都不加是 `{python} f"{tiny['plain']:.2f}"` 米，层归一化是 `{python} f"{tiny['layer norm']:.2f}"` 米。批次只能很小时，先试层归一化。
#
# ## 常见错误
# ### 忘了 `eval()`

# %% [markdown] lang="en"
# In a batch of two the mean lies half-way between them; the larger becomes 1 and the smaller -1. By how much they differ is lost; only which one is larger remains. Training the 2-layer network on such batches, batch norm gets `{python} f"{tiny['batch norm']:.2f}"` m, plain `{python} f"{tiny['plain']:.2f}"` m, layer norm `{python} f"{tiny['layer norm']:.2f}"` m. If batches have to be tiny, try layer norm first.
#
# ## Common mistakes
# ### Forgetting `eval()`


# %% tags=["bug"]
def among(net: nn.Module, reading: Tensor, others: Tensor) -> Tensor:
    """Predictions for one reading (1, 3) amid others (与别人同批): (seeds,), in m.

    In whichever mode the network is; raises ``ValueError`` for other shapes.
    """
    check_float("reading", reading)
    check_float("others", others)
    if reading.shape != (1, others.shape[1]):
        raise ValueError(f"reading must be one row, got {tuple(reading.shape)}")
    with torch.no_grad():
        return net(torch.cat([reading, others]))[:, 0, 0]


if __name__ == "__main__":
    reading = x_test[:1]
    by_hour = x_test[x_test[:, 0].argsort()]
    company = {"high": by_hour[110:140], "low": by_hour[360:390]}  # near 3 h, 9 h
    first_norm = shallow[1][0]  # shallow: trained, 2 layers, batch norm
    before = first_norm.mean.clone()
    levels = []
    for mode in (False, True, False):
        shallow.train(mode)  # train(False) is eval()
        for name, others in company.items():
            levels.append(among(shallow, reading, others)[0].item())  # seed 0
            print(f"training={mode!s:5}  {name:4}  {levels[-1]:.2f} m")
    moved = (first_norm.mean - before).abs().max().item()
    print(f"running mean moved by {moved:.2f}; truth {y_test[0].item():.2f} m")

# %% [markdown] lang="zh" tags=["bug"]
# 不报错。训练模式下，同一次读数和 30 次高潮的读数（`high`）同批，报 `{python} f"{levels[2]:.2f}"` 米，和 30 次低潮的（`low`）同批，报 `{python} f"{levels[3]:.2f}"` 米，真值是 `{python} f"{y_test[0].item():.2f}"` 米：别人变了，你的答案也变。评估模式下两行相同；可先后两次评估又不同，从 `{python} f"{levels[0]:.2f}"` 变成了 `{python} f"{levels[4]:.2f}"` 米：中间那两次预报改动了滑动统计（最后一行是均值改了多少），模型越用越走样。**预报前调用 `eval()`，继续训练前调用 `train()`**。`torch.no_grad()` 只是不记梯度，管不了这件事。

# %% [markdown] lang="en" tags=["bug"]
# No error. In training mode the same reading gets `{python} f"{levels[2]:.2f}"` m in the company of 30 readings at high tide (`high`) and `{python} f"{levels[3]:.2f}"` m in that of 30 at low tide (`low`), where the truth is `{python} f"{y_test[0].item():.2f}"` m: your answer depends on the others. In evaluation mode the two lines always agree. But the two evaluations differ, `{python} f"{levels[0]:.2f}"` m before and `{python} f"{levels[4]:.2f}"` m after: the two predictions in between changed the running statistics (the last line says how far the mean moved), so merely using the model spoils it. **Call `eval()` before predicting and `train()` before training on**. `torch.no_grad()` only stops the recording of gradients and does not help.

# %% [markdown] lang="zh"
# ### 训练时一批只有一个

# %% [markdown] lang="en"
# ### A batch of one in training

# %% tags=["bug"]
if __name__ == "__main__":
    one_row, gamma = raw[:1], torch.ones(1, 3)
    beta = torch.tensor([[1.0, 2.0, 3.0]])
    layer = nn.BatchNorm1d(3)
    try:
        layer(one_row)
    except ValueError as error:
        print(str(error).replace(", got", ",\n  got"))
    try:
        batch_norm(one_row, gamma, beta, zeros.clone(), ones.clone())
    except ValueError as error:
        print(error)
    centered = one_row - one_row.mean(dim=-2, keepdim=True)
    print((centered * gamma + beta).tolist())
    print(tuple(layer.eval()(one_row).shape))
    print([len(batch) for batch in x[:65].split(64)])

# %% [markdown] lang="zh" tags=["bug"]
# 先是 PyTorch 的报错（每个通道要多于一个值），再是我们的。按公式硬算：样本减自己得 0，输出恒为 $\beta$；$n-1=0$ 又让滑动方差没法算。评估模式下一个也行（下一行是输出的形状）。常见的来由是最后一批：65 个样本每批 64 个，末批就剩 `{python} len(x[:65].split(64)[-1])` 个（最后一行）。**在 `DataLoader` 里写 `drop_last=True`，训练时丢掉零头。**

# %% [markdown] lang="en" tags=["bug"]
# First PyTorch's error, then ours. Then what the formula would give: a sample minus itself is 0, so the output is always $\beta$; and $n-1=0$ leaves no running variance. In evaluation mode one sample is fine (the next line is the shape of the output). The usual culprit is the last batch: 65 samples in batches of 64 leave a last one of `{python} len(x[:65].split(64)[-1])` (the last line). **Give `DataLoader` the argument `drop_last=True`, which leaves the rest out of training.**

# %% [markdown] lang="zh"
# ### 残差两边宽度不同

# %% [markdown] lang="en"
# ### A residual of another width


# %% tags=["bug"]
if __name__ == "__main__":
    rng = torch.Generator().manual_seed(0)
    h = torch.randn(5, 3, generator=rng)
    widen, project = SeedLinear(3, 8, [rng]), SeedLinear(3, 8, [rng])
    try:
        h + widen(h)
    except RuntimeError as error:
        print(str(error).replace("(8) ", "(8)\n  "))
    print(tuple((h + SeedLinear(3, 1, [rng])(h)).shape))  # no error
    print(tuple(Residual(widen, project)(h).shape))

# %% [markdown] lang="zh" tags=["bug"]
# 3 列加 8 列，报错。3 列加 1 列却不报错，一列被悄悄广播成三列（第二行的形状）。所以 `Residual` 先比形状。**宽度不同，就在直路上放线性层**，如 `project`（第三行的形状）。

# %% [markdown] lang="en" tags=["bug"]
# 3 columns plus 8 raise an error. But 3 columns plus 1 do not: the single one is silently broadcast to three (the shape in the second line). So `Residual` compares the shapes first. **Where widths differ, put a linear layer on the straight road**, like `project`, which gives the third shape.

# %% [markdown] lang="zh"
# ## 练习

# %% [markdown] lang="en"
# ## Exercises

# %% [markdown] lang="zh" tags=["exercise"]
# 评估模式的批归一化只是每列乘一个数、加一个数，能并进前面的线性层 $xW+b$。写 `fold(weight, bias, gamma, beta, mean, var)`，返回新的权重和偏置。

# %% [markdown] lang="en" tags=["exercise"]
# In evaluation mode, batch norm only multiplies and shifts each column, so it can be merged into the linear layer $xW+b$ before it. Write `fold(weight, bias, gamma, beta, mean, var)`, which returns the new weights and bias.


# %% tags=["solution"]
def fold(
    weight: Tensor,
    bias: Tensor,
    gamma: Tensor,
    beta: Tensor,
    mean: Tensor,
    var: Tensor,
    eps: float = 1e-5,
) -> tuple[Tensor, Tensor]:
    """Weight (n_in, n_out), bias (1, n_out) with batch norm inside (并入批归一化).

    The other tensors have shape (1, n_out). Raises ``ValueError`` otherwise.
    """
    check_float("weight", weight)
    check_rows(weight, bias=bias, gamma=gamma, beta=beta, mean=mean, var=var)
    check_positive(eps=eps)
    scale = gamma / (var + eps).sqrt()
    return weight * scale, (bias - mean) * scale + beta


if __name__ == "__main__":
    weight, bias = project.weight[0].detach(), project.bias[0].detach()
    rows = torch.rand(4, 8, generator=rng).split(1)  # gamma, beta, mean, var
    weight2, bias2 = fold(weight, bias, *rows)
    gap = batch_norm(h @ weight + bias, *rows, training=False) - (h @ weight2 + bias2)
    print(gap.abs().max().item() < 1e-5)

# %% [markdown] lang="zh" tags=["exercise"]
# 归一化和残差可以合用：把批归一化网络中间的各段都套进 `Residual`。写 `with_residuals(net)`，再量第一层的梯度。30 层时还爆炸吗？

# %% [markdown] lang="en" tags=["exercise"]
# Normalization and residuals go together: wrap every middle piece of a network with batch norm in `Residual`. Write `with_residuals(net)` and measure the first layer's gradient. Does it still explode at 30 layers?


# %% tags=["solution"]
def with_residuals(net: nn.Sequential) -> nn.Sequential:
    """The same pieces, the middle ones with a straight road (中间各段加直路).

    Raises ``ValueError`` for fewer than 3 pieces, which have no middle.
    """
    if len(net) < 3:
        raise ValueError(f"net must have 3 pieces or more, got {len(net)}")
    return nn.Sequential(net[0], *(Residual(piece) for piece in net[1:-1]), net[-1])


if __name__ == "__main__":
    for depth in (2, 30):
        net = with_residuals(make_net(depth, "batch norm", seeds))
        grads = first_gradient(net, x[:64], y[:64])
        print(f"{depth:2d}  {grads.median().item():.1f}")

# %% [markdown] lang="zh" tags=["solution"]
# 不爆炸了，两种深度都在 1 左右：梯度走直路，绕开那些除法。He 等人的残差网络就这样，每段里都有批归一化。

# %% [markdown] lang="en" tags=["solution"]
# No more: it is about 1 at both depths, since the gradient can take the straight road past all those divisions. The residual networks of He et al. are built like this, with batch norm in every piece.

# %% [markdown] lang="zh"
# ## 小结
# 港口的 16 层网络为什么只会报平均？信号和梯度层层缩小，第一层收到的梯度近于 0。加上**残差连接**，同样 80 步，误差从 `{python} f"{median[16, 'plain']:.2f}"` 米降到 `{python} f"{median[16, 'residual']:.2f}"` 米。不过 2 层什么都不加也能做到 `{python} f"{median[2, 'plain']:.2f}"` 米：先问要不要那么深。
#
# - 批归一化沿样本轴求平均，训练用本批，评估用滑动统计；批次不能太小。
# - 层归一化沿特征轴求平均，只看自己，不分模式。
# - 残差连接给梯度一条直路，每层的因子在 1 附近。
# - 深网络才需要残差。训练不动时，先量第一层的梯度。
#
# 训练途中还该盯住哪些数，见 [监控与检查点](../ch06_training/monitoring.py)。术语见 [术语表](/glossary.md)。

# %% [markdown] lang="en"
# ## Recap
# Why did the harbour's 16-layer network only report the average? Signal and gradient shrink with every layer, and next to nothing reaches the first one. With **residual connections**, the same 80 steps bring the error from `{python} f"{median[16, 'plain']:.2f}"` m down to `{python} f"{median[16, 'residual']:.2f}"` m. Then again, 2 layers with nothing added get `{python} f"{median[2, 'plain']:.2f}"` m: first ask whether you need the depth.
#
# - Batch normalization averages over the axis of samples; in training over the batch, in evaluation with running statistics. Batches must not be tiny.
# - Layer normalization averages over the axis of features; it looks at one sample only and has no modes.
# - A residual connection gives the gradient a straight road, with a factor near 1 for each layer.
# - Only deep networks need residuals. If training does not move, measure the gradient of the first layer first.
#
# Which other numbers to watch during training is the subject of [monitoring and checkpoints](../ch06_training/monitoring.py). Terms are in the [glossary](/glossary.md).
