# %% [markdown] lang="zh"
# # 正则化
# 你开了一家酸奶坊。每批酸奶，仪器记下 40 个读数：奶温、酸度、发酵时间……一批能放几天，却要等变质才知道，
# 所以至今只有 50 批有答案。今天这批要出厂了，瓶盖上印几天？
#
# 用 40 个读数去凑 50 个答案，模型很容易把噪声也背下来，这就是**过拟合**（overfitting）。数据多不了，就约束模型，
# 别让它对训练集百依百顺：这叫**正则化**（regularization）。
#
# 学完这一页，你能：
#
# - 写出三种约束模型的办法：压小权重、及时停下、训练时随机关掉一部分单元；
# - 给 PyTorch 的优化器填对 `weight_decay`，让它和公式一致；
# - 说出每种办法何时帮忙，何时帮倒忙；
# - 认出三个不报错的常见错误。
#
# 先修：[泛化](../ch04_classification/generalization.py) 和 [第一个神经网络](../ch05_networks/first_network.py)。
# 下面折叠的代码导入库、检查输入，初读可以跳过。

# %% [markdown] lang="en"
# # Regularization
# You run a small dairy. For every batch of yoghurt, instruments take 40 readings: the milk's temperature, acidity, hours of
# fermentation and so on. How many days a batch keeps you only learn when it goes off, so only 50 batches have an
# answer so far. Today's batch leaves the dairy. How many days do you print on the lid?
#
# With 40 readings to explain 50 answers, a model easily learns the noise by heart: **overfitting**. If you cannot have
# more data, hold the model back and do not let it please the training set in everything. That is
# **regularization**.
#
# After this page you can
#
# - write three ways to hold a model back: keep its weights small, stop in time, switch off some units at random in training;
# - give an optimizer of PyTorch the `weight_decay` that agrees with the formula;
# - name, for each of the three, a case in which it helps and one in which it hurts;
# - spot three common mistakes that raise no error.
#
# Before this: [generalization](../ch04_classification/generalization.py) and
# [your first neural network](../ch05_networks/first_network.py). The folded code below imports the libraries and
# checks the input; skip it at first reading.

# %% tags=["setup"]
import math
from collections.abc import Callable, Sequence

import matplotlib.pyplot as plt
import torch
from torch import Generator, Tensor


def check_floats(**tensors: Tensor) -> None:
    """Refuse all but non-empty, finite float tensors (检查浮点张量)."""
    for name, t in tensors.items():
        if not isinstance(t, Tensor) or not t.is_floating_point():
            found = getattr(t, "dtype", type(t))
            raise TypeError(f"{name} must be a float tensor, got {found}")
        if t.ndim == 0 or t.numel() == 0:
            raise ValueError(f"{name} must not be empty, got {tuple(t.shape)}")
        if not t.isfinite().all():
            raise ValueError(f"{name} contains NaN or infinity")


def check_data(x: Tensor, y: Tensor) -> None:
    """Refuse all but x (..., n, d) with y (..., n) (检查数据)."""
    check_floats(x=x, y=y)
    if x.ndim < 2 or x.shape[:-1] != y.shape:
        found = f"{tuple(x.shape)} and {tuple(y.shape)}"
        raise ValueError(f"x (..., n, d) and y (..., n) do not fit: {found}")


def check_sets(x: Tensor, y: Tensor, seeds: Sequence[int]) -> None:
    """Refuse all but x (sets, n, d), y (sets, n), a seed each (检查多份数据)."""
    check_data(x, y)
    if x.ndim != 3 or len(seeds) != len(x):
        found = f"{tuple(x.shape)} and {len(seeds)} seeds"
        raise ValueError(f"x must be (sets, n, d) with a seed per set, got {found}")


def check_count(**counts: int) -> None:
    """Refuse all but positive integers (检查个数)."""
    for name, value in counts.items():
        if isinstance(value, bool) or not isinstance(value, int):
            raise TypeError(f"{name} must be an integer, got {value!r}")
        if value < 1:
            raise ValueError(f"{name} must be at least 1, got {value}")


def check_amount(low: float = 0, high: float = math.inf, **values: float) -> None:
    """Refuse all but numbers with low <= value < high (检查大小)."""
    for name, value in values.items():
        if not low <= value < high:
            wanted = f"at least {low} and below {high}"
            raise ValueError(f"{name} must be {wanted}, got {value}")


def generators(seeds: Sequence[int]) -> list[Generator]:
    """A random number generator for each seed (每个种子一个生成器)."""
    return [Generator().manual_seed(seed) for seed in seeds]


def uniform_like(x: Tensor, rng: Generator | Sequence[Generator]) -> Tensor:
    """Numbers from [0, 1) in the shape of ``x`` (均匀随机数).

    A list of generators draws for ``x[0]``, ``x[1]``, … separately.
    """
    if isinstance(rng, Generator):
        return torch.rand(x.shape, generator=rng, dtype=x.dtype)
    if len(rng) != len(x):
        raise ValueError(f"need a generator for each of {len(x)}, got {len(rng)}")
    pairs = zip(x, rng, strict=True)
    return torch.stack([uniform_like(part, g) for part, g in pairs])


# %% [markdown] lang="zh"
# ## 数据：二十家酸奶坊
# 只看一家，分不清是办法好还是运气好。所以造 20 家，每家一个随机种子，各有各的规律：
#
# $$y_i = 20 + \sum_{j=1}^{40} w^{*}_j x_{ij} + \varepsilon_i$$
#
# $y_i$ 是第 $i$ 批能放的天数，平均约 20 天；$x_{ij}$ 是它的第 $j$ 个读数，已经标准化（平均 0，标准差 1）；$w^{*}_j$ 是这个读数每高一个标准差
# 多放的天数，从标准差 0.3 天的正态分布抽取；$\varepsilon_i$ 是读数解释不了的**噪声**，标准差 1 天：预测再好，长期看误差也低不过它。
#
# 张量的第 0 条轴（PyTorch 的参数叫 `dim`）是酸奶坊，第 1 条是批，`tensor_split` 把它切成四段：50 批训练，50 批**验证**（用来挑选），
# 500 批新样本打分，最后 500 批留给“数据多”的情形。

# %% [markdown] lang="en"
# ## Data: twenty dairies
# From one dairy you cannot tell a good method from good luck. So we make 20, each with a random seed and a rule of its own:
#
# $$y_i = 20 + \sum_{j=1}^{40} w^{*}_j x_{ij} + \varepsilon_i$$
#
# $y_i$ says how many days batch $i$ keeps, about 20 on average. $x_{ij}$ is its reading number $j$, standardized (mean 0, standard
# deviation 1). $w^{*}_j$ is how many days one standard deviation of that reading adds, drawn from a normal distribution of standard
# deviation 0.3 days. $\varepsilon_i$ is the **noise**, what the readings do not explain; its standard deviation is 1 day, and in
# the long run no prediction has a smaller error.
#
# Axis 0 of the tensors (PyTorch calls the argument `dim`) is the dairy, axis 1 the batch, and `tensor_split` cuts it in four: 50 for training, 50 for **validation** (to make
# choices), 500 fresh ones for the score; the last 500 are kept for the case of "many data".


# %%
def create_batches(
    seeds: Sequence[int], n: int, noise: float = 1.0, scale: float = 0.3
) -> tuple[Tensor, Tensor]:
    """Yoghurt of known rules (已知真值的数据): readings and days, float32.

    Shapes (sets, n, 40) and (sets, n); each set has its own seed and its own true
    weights of standard deviation ``scale`` (days), ``noise`` is in days too.
    """
    check_count(n=n, sets=len(seeds))
    check_amount(noise=noise, scale=scale)
    readings, days = [], []
    for rng in generators(seeds):
        weights = scale * torch.randn(40, generator=rng)
        x = torch.randn(n, 40, generator=rng)
        readings.append(x)
        days.append(20 + x @ weights + noise * torch.randn(n, generator=rng))
    return torch.stack(readings), torch.stack(days)


if __name__ == "__main__":
    seeds = range(20)
    x, y = create_batches(seeds, n=1100)
    cuts = (50, 100, 600)
    x_train, x_val, x_fresh, x_many = x.tensor_split(cuts, dim=1)
    y_train, y_val, y_fresh, y_many = y.tensor_split(cuts, dim=1)
    spread = y_fresh.std(dim=1).median().item()
    print(f"x_train {tuple(x_train.shape)}")
    print(f"spread = {spread:.2f}")

# %% [markdown] lang="zh"
# `spread` 是天数的标准差，取 20 家的中位数，以下同。什么都不学、总印平均天数，大约就差 `{python} f"{spread:.2f}"` 天：这是**基线**。
#
# ## 压小权重：岭回归
# 最小二乘只管把训练误差降到最低。数据少时，它会用过大的权重去凑训练集的噪声，换一批酸奶就露馅。
# 所以在损失里给大权重标价，叫 **L2 正则化**；用在线性回归上，叫**岭回归**（ridge regression）：
#
# $$J(w, b) = \frac{1}{n} \sum_{i=1}^{n} (x_i \cdot w + b - y_i)^2 + \lambda \sum_{j=1}^{d} w_j^2$$
#
# $n$ 是批数，$x_i$ 是第 $i$ 批的 $d = 40$ 个读数，$w$ 是权重，$b$ 是偏置，$x_i \cdot w$ 是对应的数相乘再相加。$\lambda \ge 0$ 是价钱：0 就是最小二乘，
# 越大，权重越小。$b$ 不标价：平均能放 20 天是规律，不是噪声。
#
# 令导数为 0，就得到一个公式。设 $X$（一行一批）和 $y$ 都已减去各列的平均，$I$ 是单位矩阵（对角线是 1，其余是 0）：
#
# $$\Bigl(\tfrac{1}{n} X^{\top} X + \lambda I\Bigr)\, w = \tfrac{1}{n} X^{\top} y$$
#
# 减掉平均，$b$ 就从方程里消失，最后再补上。$\lambda > 0$ 时总有唯一解；$\lambda = 0$ 时要 $n > d$。
# 代码里，`...` 代表前面所有的轴，`None` 插入新轴，`mT` 转置最后两条轴；`solve` 把 20 家的方程组一起解完。

# %% [markdown] lang="en"
# `spread` is the standard deviation of the days, the median of the 20 dairies, as are the errors below. If you learn nothing and always print the mean, you are
# off by about `{python} f"{spread:.2f}"` days. This is the **baseline**.
#
# ## Small weights: ridge regression
# Least squares cares about the training error alone. With few data it takes weights that are too large, to fit the noise of the training set as well; the next
# batches expose it. So put a price on large weights in the loss. That is **L2 regularization**; in linear
# regression it is called **ridge regression**:
#
# $$J(w, b) = \frac{1}{n} \sum_{i=1}^{n} (x_i \cdot w + b - y_i)^2 + \lambda \sum_{j=1}^{d} w_j^2$$
#
# Here $n$ is the number of batches, $x_i$ the $d = 40$ readings of batch $i$, $w$ the weights and $b$ the bias; $x_i \cdot w$ multiplies
# matching numbers and adds up. $\lambda \ge 0$ is the price: 0 is least squares, and the larger it is, the smaller the weights. $b$
# is free of charge: keeping 20 days on average is the rule, not noise.
#
# Setting the derivatives to 0 gives a formula. Let $X$ (a row per batch) and $y$ be the data minus the mean of each column, and $I$ the identity
# matrix (1 on the diagonal, 0 elsewhere):
#
# $$\Bigl(\tfrac{1}{n} X^{\top} X + \lambda I\Bigr)\, w = \tfrac{1}{n} X^{\top} y$$
#
# Subtracting the means takes $b$ out of the equations; we put it back at the end. With $\lambda > 0$ there is always one solution; $\lambda = 0$ needs
# $n > d$. In the code, `...` stands for all the axes in front, `None` inserts a new axis, `mT` transposes the last two, and
# `solve` solves the equations of all 20 dairies at once.


# %%
def ridge(x: Tensor, y: Tensor, lam: float) -> tuple[Tensor, Tensor]:
    """Ridge regression (岭回归): weights (..., d) and unpenalized bias (...).

    Minimizes mean squared error + ``lam`` * sum of squared weights. ``x`` is
    (..., n, d), ``y`` (..., n). ``ValueError`` for lam < 0, or lam = 0 unless
    n > d. Source: Hoerl and Kennard (1970); scikit-learn's alpha is n * lam.
    """
    check_data(x, y)
    check_amount(lam=lam)
    n, d = x.shape[-2:]
    if lam == 0 and n <= d:
        raise ValueError(f"lam = 0 needs n > d, got n = {n} and d = {d}")
    x_mean, y_mean = x.mean(dim=-2), y.mean(dim=-1)
    x, y = x - x_mean[..., None, :], y - y_mean[..., None]
    left = x.mT @ x / n + lam * torch.eye(d, dtype=x.dtype)
    w = torch.linalg.solve(left, (x.mT @ y[..., None] / n)[..., 0])
    return w, y_mean - (x_mean * w).sum(dim=-1)


def rmse(pred: Tensor, y: Tensor) -> Tensor:
    """Root mean squared error (均方根误差) along the last axis: shape (...)."""
    check_floats(pred=pred, y=y)
    if pred.shape != y.shape:
        found = f"{tuple(pred.shape)} and {tuple(y.shape)}"
        raise ValueError(f"pred and y differ in shape: {found}")
    return (pred - y).square().mean(dim=-1).sqrt()


def linear(x: Tensor, w: Tensor, b: Tensor) -> Tensor:
    """Predicted days x · w + b (线性预测): (..., n) from x (..., n, d)."""
    return (x @ w[..., None])[..., 0] + b[..., None]


if __name__ == "__main__":
    w, b = ridge(x_train, y_train, lam=0)
    plain = [
        rmse(linear(a, w, b), days).median().item()
        for a, days in ((x_train, y_train), (x_fresh, y_fresh))
    ]
    size = w.std(dim=1).median().item()
    print(f"train = {plain[0]:.2f}  fresh = {plain[1]:.2f}  weights = {size:.2f}")

# %% tags=["plot"] alt_zh="第一家：横轴是实际天数，纵轴是最小二乘的预测。训练样本贴着对角线，误差（RMSE）`{python} f'{rmse(train_pred, y_train[0]):.2f}'` 天；新样本散得很开，误差 `{python} f'{rmse(fresh_pred, y_fresh[0, :150]):.2f}'` 天。" alt_en="The first dairy: actual days across, least squares' prediction upwards. Training samples hug the diagonal (RMSE `{python} f'{rmse(train_pred, y_train[0]):.2f}'` days), fresh samples scatter widely (`{python} f'{rmse(fresh_pred, y_fresh[0, :150]):.2f}'` days)."
if __name__ == "__main__":
    fig, ax = plt.subplots()
    fresh_pred = x_fresh[0, :150] @ w[0] + b[0]
    ax.plot(y_fresh[0, :150], fresh_pred, "x", color="C1", label="fresh samples")
    train_pred = x_train[0] @ w[0] + b[0]
    ax.plot(y_train[0], train_pred, "o", color="C0", label="training samples")
    ax.plot([13, 27], [13, 27], "--", color="black")
    ax.set(xlabel="actual shelf life (days)", ylabel="predicted (days)")
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=2)
    plt.show()

# %% [markdown] lang="zh"
# 打印的是最小二乘的**均方根误差**（RMSE，单位是天）：训练集上 `{python} f"{plain[0]:.2f}"` 天，比噪声还小，可见噪声也背下来了；
# 新样本上 `{python} f"{plain[1]:.2f}"` 天，还不如总印平均天数的 `{python} f"{spread:.2f}"`。`weights` 是权重的标准差，比真权重的 0.3 大。
# 图中是第一家，点落在虚线上就是猜对了。

# %% [markdown] lang="en"
# Printed is the **root mean squared error** of least squares (RMSE, in days): `{python} f"{plain[0]:.2f}"` days in
# training, less than the noise, so it has learned noise by heart; and `{python} f"{plain[1]:.2f}"` on fresh samples, worse than the
# `{python} f"{spread:.2f}"` of always printing the mean. `weights` is the standard deviation of the weights, larger than the 0.3 of the true ones. The figure shows
# the first dairy; a point on the dashed line is a right guess.

# %% [markdown] lang="zh" tags=["predict"]
# 把 $\lambda$ 从 0 一直加到 100。训练误差会怎样走？新样本的误差呢？$\lambda$ 极大时，两者各停在哪里？

# %% [markdown] lang="en" tags=["predict"]
# Raise $\lambda$ from 0 up to 100. Which way does the training error go? The error on fresh samples? Where do they end up when
# $\lambda$ is huge?

# %%
LAMBDAS = (0, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 100)


def ridge_errors(lams: Sequence[float], *parts: tuple[Tensor, Tensor]) -> Tensor:
    """Fit on the first part, score on each (误差曲线): (parts, lams, ...)."""
    rows = []
    for lam in lams:
        w, b = ridge(*parts[0], lam)
        rows.append(torch.stack([rmse(linear(a, w, b), days) for a, days in parts]))
    return torch.stack(rows, dim=1)


if __name__ == "__main__":
    parts = ((x_train, y_train), (x_val, y_val), (x_fresh, y_fresh))
    errors = ridge_errors(LAMBDAS, *parts)
    middle = errors.median(dim=-1).values
    print("lambda  train    val  fresh")
    for lam, row in zip(LAMBDAS, middle.T.tolist(), strict=True):
        print(f"{lam:6} " + "  ".join(f"{error:5.2f}" for error in row))
    chosen = errors[1].argmin(dim=0)  # of each dairy, by its validation set
    ridge_fresh = errors[2].gather(0, chosen[None])[0]  # each dairy at its lambda
    ridge_error = ridge_fresh.median().item()
    wins = (ridge_fresh < errors[2, 0]).sum().item()
    lam_0 = LAMBDAS[chosen[0]]
    print(f"chosen: fresh = {ridge_error:.2f}  wins = {wins}  first: {lam_0}")

# %% tags=["plot"] alt_zh="横轴是 λ。训练误差随 λ 一路上升；验证误差和新样本的误差先降后升，谷底在 0.1 到 0.3 附近；λ 极大时三条线都在基线附近。" alt_en="Over λ, the training error only rises. The errors on the validation set and on fresh samples fall, then rise, with the bottom near 0.1 to 0.3. For huge λ all three end up near the baseline."
if __name__ == "__main__":
    fig, ax = plt.subplots()
    names = ("training set", "validation set", "fresh samples")
    styles = ("o-", "s--", "^-.")
    for i, (name, style) in enumerate(zip(names, styles, strict=True)):
        ax.plot(LAMBDAS[1:], middle[i, 1:], style, color=f"C{i}", label=name)
    ax.axhline(1, color="black", ls=":", label="noise")
    ax.set(xscale="log", xlabel=r"$\lambda$", ylabel="RMSE (days)")
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=2)
    plt.show()

# %% tags=["plot"] alt_zh="第一家的 40 个权重随 λ 变化的路径：λ 小时又大又乱，随 λ 增大全部缩向 0。竖线标出验证集选中的 λ = `{python} lam_0`。" alt_en="The 40 weights of the first dairy over λ: large and tangled where λ is small, all shrinking towards 0 as it grows. The upright line marks λ = `{python} lam_0`, chosen by the validation set."
if __name__ == "__main__":
    many = torch.logspace(-2, 2, 50).tolist()
    paths = torch.stack([ridge(x_train[0], y_train[0], lam)[0] for lam in many])
    fig, ax = plt.subplots()
    ax.plot(many, paths, color="C0", lw=1, alpha=0.7)
    ax.axvline(lam_0, color="C1", ls="--", label="chosen by validation")
    ax.set(xscale="log", xlabel=r"$\lambda$", ylabel="weight (days)")
    ax.legend(loc="upper right")
    plt.show()

# %% [markdown] lang="zh"
# 训练误差只升不降：约束总有代价。新样本的误差先降后升，最后回到基线附近（对数轴上没有 $\lambda = 0$）。
# 每家按自己的验证集挑 $\lambda$（最后一行），新样本的误差从 `{python} f"{plain[1]:.2f}"` 天降到
# `{python} f"{ridge_error:.2f}"` 天，20 家里有 `{python} wins` 家变好；`first` 是第一家挑中的 $\lambda$，第二张图画着它的 40 个权重。
#
# **帮倒忙的时候**：$\lambda = 100$，权重全被压到 0 附近，模型只会报平均数，连训练误差都有 `{python} f"{middle[0, -1].item():.2f}"` 天，这是**欠拟合**（underfitting）。
# 也别看着新样本挑 $\lambda$，否则分数虚高，见 [泛化](../ch04_classification/generalization.py)。
#
# ### λ 和 weight_decay 差一个 2
# $\lambda \sum_j w_j^2$ 对 $w_j$ 的导数是 $2 \lambda w_j$。设 $g$ 是均方误差的梯度，$\eta$ 是学习率，一步梯度下降就是
#
# $$w \leftarrow w - \eta\,(g + 2 \lambda w) = (1 - 2 \eta \lambda)\, w - \eta\, g$$
#
# 每步先把权重缩小一点，所以叫**权重衰减**（weight decay）。PyTorch 的 `SGD` 往梯度上加的是 `weight_decay` 乘 $w$，公式里加的是 $2 \lambda w$，
# 所以 `weight_decay` 填 $2\lambda$。$b$ 不该衰减：把参数分成两组，各填各的 `weight_decay`。

# %% [markdown] lang="en"
# The training error only rises: a constraint always costs something. The error on fresh samples falls, then rises, and ends near the baseline
# (a logarithmic axis has no $\lambda = 0$). If each dairy chooses $\lambda$ by its own
# validation set (last line), the error on fresh samples falls from `{python} f"{plain[1]:.2f}"` days to `{python} f"{ridge_error:.2f}"`, and `{python} wins` of
# the 20 dairies do better; `first` is the $\lambda$ chosen by the first one, whose 40 weights are in the second figure.
#
# **When it hurts**: at $\lambda = 100$ all weights are pressed to nearly 0, and the model can only give the mean. Even the training error is
# `{python} f"{middle[0, -1].item():.2f}"` days: **underfitting**. And do not choose $\lambda$ by the fresh samples, whose score would then flatter you; see
# [generalization](../ch04_classification/generalization.py).
#
# ### Between λ and weight_decay there is a factor of 2
# The derivative of $\lambda \sum_j w_j^2$ with respect to $w_j$ is $2 \lambda w_j$. If $g$ is the gradient of the mean squared error and $\eta$ the
# learning rate, a step of gradient descent is
#
# $$w \leftarrow w - \eta\,(g + 2 \lambda w) = (1 - 2 \eta \lambda)\, w - \eta\, g$$
#
# Each step first shrinks the weights a little, hence the name **weight decay**. PyTorch's `SGD` adds `weight_decay` times $w$ to the gradient, the formula
# adds $2 \lambda w$; so set `weight_decay` to $2\lambda$. $b$ should not decay, hence two groups of parameters, each with its own `weight_decay`.


# %%
def descend(
    x: Tensor, y: Tensor, lam: float, decay_bias: bool = False, steps: int = 300
) -> tuple[Tensor, Tensor]:
    """Ridge by SGD with weight_decay, full batch (用权重衰减求岭回归).

    ``x`` is (n, d), ``y`` (n,). With ``decay_bias`` the bias decays too: wrong.
    """
    check_data(x, y)
    check_amount(lam=lam)
    check_count(steps=steps)
    w = torch.zeros(x.shape[1], dtype=x.dtype, requires_grad=True)
    b = torch.zeros((), dtype=x.dtype, requires_grad=True)
    decay = 2 * lam
    groups = [
        {"params": [w], "weight_decay": decay},
        {"params": [b], "weight_decay": decay if decay_bias else 0},
    ]
    optimizer = torch.optim.SGD(groups, lr=0.1)
    for _ in range(steps):
        optimizer.zero_grad()
        ((x @ w + b - y) ** 2).mean().backward()
        optimizer.step()
    return w.detach(), b.detach()


# %% [markdown] lang="zh" tags=["check"]
# 公式和梯度下降应该给出同一个答案。取 $\lambda = 0.3$，学习率 0.1：每走一步，离答案的距离至多约剩 `{python} f"{1 - 2 * 0.1 * 0.3:.2f}"` 倍（$1 - 2 \eta \lambda$），
# 300 步后不到千万分之一。权重和偏置的最大差距小于 0.001 吗？

# %% [markdown] lang="en" tags=["check"]
# The formula and gradient descent should agree. With $\lambda = 0.3$ and a learning rate of 0.1, each step leaves at most about `{python} f"{1 - 2 * 0.1 * 0.3:.2f}"` of the distance to
# the answer ($1 - 2 \eta \lambda$), and 300 steps less than a ten-millionth. Is the largest difference of weights, and of bias, below 0.001?

# %% tags=["check"]
if __name__ == "__main__":
    exact_w, exact_b = ridge(x_train[0], y_train[0], lam=0.3)
    walked_w, walked_b = descend(x_train[0], y_train[0], lam=0.3)
    gap_w = (exact_w - walked_w).abs().max().item()
    gap_b = (exact_b - walked_b).abs().item()
    print(f"w < 0.001: {gap_w < 0.001}  b < 0.001: {gap_b < 0.001}")

# %% [markdown] lang="zh"
# ## 及时停下：早停
# 让权重从 0 出发，一步步变大：先学到明显的规律，后来才背噪声，所以不妨半路停下。什么时候停？每次更新之后在验证集上打分，
# 连续 $k$ 次没有刷新最好成绩就停，并取回**最好**那一次的权重，这叫**早停**（early stopping）。$k$ 叫**耐心**（patience）：小批量训练的误差上下抖动，一次变差说明不了什么。

# %% [markdown] lang="en"
# ## Stop in time: early stopping
# Let the weights start at 0 and grow step by step. What is plain in the data is learned first, the noise later. So stop halfway. But when? Score on the validation set after each update; after $k$ scores in a row without a new best, stop and take back the weights of
# the **best** one. That is **early stopping**, and $k$ is the **patience**: with mini-batches the error jitters, and
# one bad score proves little.


# %%
def early_stop(history: Sequence[float], patience: int) -> tuple[int, int]:
    """Where to stop (早停): the best check so far, and the check that stops.

    ``history`` holds validation errors, one a check. Only a smaller error is an
    improvement. Source: Goodfellow et al., *Deep Learning* (2016), 7.8.
    """
    check_count(patience=patience)
    if len(history) == 0 or not all(math.isfinite(error) for error in history):
        raise ValueError(f"history must hold finite errors, got {list(history)}")
    best = 0
    for now, error in enumerate(history):
        if error < history[best]:
            best = now
        if now - best >= patience:
            break
    return best, now


# %% [markdown] lang="zh"
# 折叠的代码训练 20 家的线性模型，记下每次更新之后的误差。每步 10 个样本，学习率 0.03（再大抖得更凶），150 轮足以过拟合。

# %% [markdown] lang="en"
# The folded code trains the linear models of the 20 dairies and records the errors after each update. A step takes 10 samples, the learning rate is 0.03 (a larger one jitters
# more), and 150 epochs are enough to overfit.


# %% tags=["measure"]
def linear_path(
    x: Tensor, y: Tensor, seeds: Sequence[int], epochs: int = 150
) -> tuple[Tensor, Tensor]:
    """SGD on the mean squared error (小批量梯度下降), a seed per data set.

    ``x`` (sets, n, d), ``y`` (sets, n). Returns weights (updates + 1, sets, d) and
    biases (updates + 1, sets). Batches of 10, lr 0.03, from w = 0, b = mean of y.
    """
    check_sets(x, y, seeds)
    check_count(epochs=epochs)
    rngs, sets = generators(seeds), torch.arange(len(x))[:, None]
    w, b = x.new_zeros(len(x), x.shape[2]), y.mean(dim=1)
    path = [(w, b)]
    for _ in range(epochs):
        order = [torch.randperm(x.shape[1], generator=rng) for rng in rngs]
        for rows in torch.stack(order).split(10, dim=1):
            batch = x[sets, rows]
            residual = linear(batch, w, b) - y[sets, rows]
            w = w - 0.03 * 2 * (residual[..., None] * batch).mean(dim=1)
            b = b - 0.03 * 2 * residual.mean(dim=1)
            path.append((w, b))
    ws, bs = zip(*path, strict=True)
    return torch.stack(ws), torch.stack(bs)


def path_errors(path: tuple[Tensor, Tensor], x: Tensor, y: Tensor) -> Tensor:
    """RMSE in days along ``linear_path`` (沿途误差): (updates + 1, sets)."""
    check_data(x, y)
    ws, bs = path
    pred = x @ ws.permute(1, 2, 0) + bs.T[:, None]  # (sets, n, updates + 1)
    return rmse(pred.mT, y[:, None].expand_as(pred.mT)).T


# %%
if __name__ == "__main__":
    path = linear_path(x_train, y_train, seeds)
    curves = torch.stack([path_errors(path, *part) for part in parts])
    never = curves[2, -1].median().item()
    print(f"never stopped:  fresh = {never:.2f}")
    stopped = {}
    for every, patience in ((1, 1), (1, 3), (1, 10), (1, 30), (5, 1)):
        val, score = curves[1, ::every], curves[2, ::every]  # some of the updates
        stops = [early_stop(run.tolist(), patience) for run in val.T]
        best, last = torch.tensor(stops).T
        fresh = score.gather(0, best[None])[0]
        better = (fresh < curves[2, -1]).sum().item()
        end, error = every * last.median().item(), fresh.median().item()
        stopped[every, patience] = end, error, better
        print(f"every {every}, patience {patience:2}: stop = {end:2}", end="")
        print(f"  fresh = {error:.2f}  wins = {better}")

# %% tags=["plot"] alt_zh="第一家的训练曲线。训练误差一路抖着下降；验证误差先降，到第 `{python} first_best` 次更新最低，之后慢慢回升。耐心 10 在第 `{python} first_stop` 次停，耐心 1 在第 `{python} hasty` 次就停了。" alt_en="Training curves of the first dairy. The training error jitters downwards; the validation error is lowest at update `{python} first_best`, then slowly rises. Patience 10 stops at update `{python} first_stop`, patience 1 already at update `{python} hasty`."
if __name__ == "__main__":
    first_best, first_stop = early_stop(curves[1, :, 0].tolist(), 10)
    _, hasty = early_stop(curves[1, :, 0].tolist(), 1)
    fig, ax = plt.subplots()
    ax.plot(curves[0, :151, 0], "--", color="C0", label="training set")
    ax.plot(curves[1, :151, 0], "-", color="C1", label="validation set")
    lowest = curves[1, first_best, 0]
    ax.plot(first_best, lowest, "*", color="black", markersize=12, label="best")
    ax.axvline(first_stop, color="black", ls=":", label="patience 10")
    ax.axvline(hasty, color="gray", ls="-.", label="patience 1")
    ax.set(xlabel="number of updates", ylabel="RMSE (days)")
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=2)
    plt.show()

# %% [markdown] lang="zh"
# 每行是停下时的更新次数、误差，和比练满 `{python} len(curves[0]) - 1` 次更好的家数；图是第一家的前 150 次，验证误差先降后升。练满的误差是 `{python} f"{never:.2f}"` 天；
# 耐心 10 约 `{python} stopped[1, 10][0]` 次更新就停，误差 `{python} f"{stopped[1, 10][1]:.2f}"` 天，`{python} stopped[1, 10][2]` 家都变好，和岭回归差不多，还省时间。
#
# **帮倒忙的时候**：耐心太短。耐心 1 被抖动骗了，约 `{python} stopped[1, 1][0]` 次更新就停，规律还没学到，误差 `{python} f"{stopped[1, 1][1]:.2f}"` 天。耐心 30 只是多等。
# 也可以每 5 次更新（一轮）才打一次分（最后一行）：进步盖过抖动，耐心 1 也有 `{python} f"{stopped[5, 1][1]:.2f}"` 天。

# %% [markdown] lang="en"
# Each line holds the update that stops, the error, and how many dairies do better than with all `{python} len(curves[0]) - 1` updates; the figure shows the first 150 of the first dairy, where the validation error falls, then rises.
# All updates give `{python} f"{never:.2f}"` days. Patience 10 stops after about `{python} stopped[1, 10][0]` and gives `{python} f"{stopped[1, 10][1]:.2f}"` days, better for
# `{python} stopped[1, 10][2]` dairies, much like ridge, and saves time.
#
# **When it hurts**: with too little patience. Patience 1 is fooled by the jitter and stops after about `{python} stopped[1, 1][0]` updates, before the rule has been learned, with an error of
# `{python} f"{stopped[1, 1][1]:.2f}"` days. Patience 30 only waits longer. Or score only every 5 updates, once an epoch (last line): progress outweighs the jitter, and even
# patience 1 gives `{python} f"{stopped[5, 1][1]:.2f}"` days.

# %% [markdown] lang="zh"
# ## 随机关掉单元：丢弃法
# 网络也会背噪声。**丢弃法**（dropout）的作者这样想：一个隐藏单元出了错，别的单元会专门去抵消，换了样本便不灵。所以训练的每一步，
# 每个单元都以概率 $p$ 关掉，谁也不能指望谁。
#
# $$\text{dropout}(h) = \frac{m\, h}{1 - p}$$
#
# $h$ 是单元的输出，$m$ 是每次重抽的掩码：以概率 $p$ 为 0，否则为 1。为什么除以 $1 - p$？有的关掉，留下的就放大，平均正好不变：
# $p \cdot 0 + (1-p) \cdot h/(1-p) = h$。所以预测时（**评估模式**）全体上场，dropout 原样返回。
#
# `uniform_like`（在开头折叠的代码里）给每个数配一个 0 到 1 的均匀随机数，不小于 $p$ 的留下。

# %% [markdown] lang="en"
# ## Switch off units at random: dropout
# Networks learn noise as well. The authors of **dropout** put it like this: where one hidden unit errs, others learn just to cancel its mistake, which fails on new samples. So at every
# training step each unit is switched off with probability $p$, and none can count on another.
#
# $$\text{dropout}(h) = \frac{m\, h}{1 - p}$$
#
# $h$ is the output of a unit. $m$ is a mask drawn afresh each time: 0 with probability $p$, else 1. Why divide by $1 - p$? Some units are off, so
# those that stay are amplified, and the mean is unchanged: $p \cdot 0 + (1-p) \cdot h/(1-p) = h$. So when the network predicts (**evaluation mode**), all units take part, and dropout
# returns its input as it is.
#
# `uniform_like` (in the folded code at the top) draws for each number a random one, evenly from 0 to 1; where it is at least $p$, the number stays.


# %%
def dropout(
    x: Tensor,
    p: float,
    rng: Generator | Sequence[Generator],
    training: bool = True,
) -> Tensor:
    """Zero each number with probability p, else divide it by 1 - p (丢弃法).

    Any shape; in evaluation the identity. ``rng``: a generator, or one for each
    ``x[i]``. ``ValueError`` unless 0 <= p < 1. Source: Srivastava et al. (2014).
    """
    check_floats(x=x)
    check_amount(high=1, p=p)
    if not training:
        return x
    keep = uniform_like(x, rng) >= p
    return x * keep / (1 - p)


if __name__ == "__main__":
    units = torch.tensor([1.0, 3.0, 5.0, 2.0, 4.0])
    rng = Generator().manual_seed(7)
    draws = dropout(units.expand(10_000, 5), 0.5, rng)
    print(draws[:3].tolist())
    average = draws.mean(dim=0)
    print("mean " + " ".join(f"{value:.2f}" for value in average))


# %% tags=["plot"] alt_zh="五个单元的输出 1、3、5、2、4，下面三排是三次抽签：白格被关掉成 0，其余翻倍。最后一排是一万次的平均，与第一排几乎相同。" alt_en="Outputs of five units, 1, 3, 5, 2, 4; below, three draws: white cells are switched off, the others doubled. The last row, the mean of ten thousand draws, is almost the first."
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
    fig, ax = plt.subplots()
    table = torch.stack([units, *draws[:3], average])
    texts = [[f"{value:.1f}" for value in row] for row in table.tolist()]
    shown = ["C0"] * 5
    drawn = [["C1" if value else "white" for value in row] for row in draws[:3]]
    draw_cells(ax, texts, [shown, *drawn, shown])
    for i, name in enumerate(("outputs", "draw 1", "draw 2", "draw 3", "mean")):
        ax.text(-1.8, i + 0.5, name, va="center")
    ax.set_aspect("equal")
    ax.axis("off")
    ax.autoscale_view()
    ax.invert_yaxis()
    plt.show()

# %% [markdown] lang="zh"
# 前一行是三次抽签，后一行是一万次的平均，和原来几乎一样（图里只写一位小数）。
#
# 现在训练真正的网络：40 个读数、一层 ReLU 隐藏单元（用 dropout）、一个输出。折叠的训练循环和 [第一个神经网络](../ch05_networks/first_network.py) 一样（Adam，学习率 0.01），
# 只是 20 家同时训练，初始权重照 [初始化](initialization.py)，输出的偏置从平均天数出发。

# %% [markdown] lang="en"
# The first line holds three draws, the second the mean of ten thousand: almost the original (the figure shows one decimal only).
#
# Now train a real network: 40 readings, one layer of hidden ReLU units with dropout, one output. The folded training loop is that of [your first neural network](../ch05_networks/first_network.py) (Adam, learning rate 0.01), except that all 20 dairies are trained at
# once, the first weights follow [initialization](initialization.py), and the output's bias starts at the mean number of days.


# %%
def net_days(
    net: Sequence[Tensor], x: Tensor, drop: Callable[[Tensor], Tensor] | None = None
) -> Tensor:
    """Predicted days (网络的预测), (sets, n); ``drop`` acts on the hidden units."""
    w1, b1, w2, b2 = net
    hidden = torch.relu(x @ w1 + b1)
    if drop is not None:
        hidden = drop(hidden)
    return (hidden @ w2 + b2)[..., 0]


# %% tags=["measure"]
def train_nets(
    x: Tensor,
    y: Tensor,
    seeds: Sequence[int],
    hidden: int,
    p: float,
    epochs: int,
    batch: int = 10,
    drop: Callable[..., Tensor] = dropout,
) -> list[Tensor]:
    """A network per data set, trained with dropout (用丢弃法训练网络).

    ``x`` (sets, n, d), ``y`` (sets, n). Returns w1, b1, w2, b2, leading axis sets.
    """
    check_sets(x, y, seeds)
    check_count(hidden=hidden, epochs=epochs, batch=batch)
    check_amount(high=1, p=p)
    rngs, sets = generators(seeds), torch.arange(len(x))[:, None]
    d, zeros = x.shape[2], x.new_zeros(len(x), 1, hidden)
    w1 = [torch.randn(d, hidden, generator=g) * (2 / d) ** 0.5 for g in rngs]
    w2 = [torch.randn(hidden, 1, generator=g) * (2 / hidden) ** 0.5 for g in rngs]
    net = [torch.stack(w1), zeros, torch.stack(w2), y.mean(dim=1)[:, None, None]]
    net = [part.to(x.dtype).requires_grad_() for part in net]
    optimizer = torch.optim.Adam(net, lr=0.01)
    for _ in range(epochs):
        order = [torch.randperm(x.shape[1], generator=g) for g in rngs]
        for rows in torch.stack(order).split(batch, dim=1):
            optimizer.zero_grad()
            pred = net_days(net, x[sets, rows], lambda h: drop(h, p, rngs))
            ((pred - y[sets, rows]) ** 2).mean(dim=1).sum().backward()
            optimizer.step()
    return [part.detach() for part in net]


# %% [markdown] lang="zh" tags=["predict"]
# 两种处境：网络大、数据少（32 个单元，50 批，练 40 轮）；网络小、数据多（2 个单元，500 批，练 20 轮）。再练下去，误差变化不大。
# $p$ 从 0（不用 dropout）改成 0.5，新样本的误差各会怎样变？

# %% [markdown] lang="en" tags=["predict"]
# Two cases: a large network with few data (32 units, 50 batches, 40 epochs), and a small one with many (2 units, 500 batches, 20 epochs). More epochs change the errors little. If $p$ goes from 0 (no
# dropout) to 0.5, how does the error on fresh samples change in each?

# %%
if __name__ == "__main__":
    cases = {
        "32 units": (x_train, y_train, 32, 40, 10),
        " 2 units": (x_many, y_many, 2, 20, 50),
    }
    nets, net_errors = {}, {}
    for name, (a, days, *sizes) in cases.items():
        hidden, epochs, batch = sizes
        for p in (0, 0.5):
            net = train_nets(a, days, seeds, hidden, p, epochs, batch)
            seen, fresh = (
                rmse(net_days(net, a), days),
                rmse(net_days(net, x_fresh), y_fresh),
            )
            nets[name, p], net_errors[name, p] = net, fresh
            net_errors[name, p, "train"] = seen.median().item()
            print(f"{name}  p = {p:3}  train = {seen.median():.2f}", end="")
            print(f"  fresh = {fresh.median():.2f}")
    wide = [net_errors["32 units", p].median().item() for p in (0, 0.5)]
    narrow = [net_errors[" 2 units", p].median().item() for p in (0, 0.5)]
    narrow_train = [net_errors[" 2 units", p, "train"] for p in (0, 0.5)]
    wide_wins, narrow_wins = (
        (net_errors[name, 0.5] < net_errors[name, 0]).sum().item() for name in cases
    )
    print(f"wins of p = 0.5: {wide_wins} and {narrow_wins} of 20")

# %% [markdown] lang="zh"
# `train` 也在评估模式下量。网络大、数据少：不用 dropout，训练集全被背下来；用了，新样本的误差从 `{python} f"{wide[0]:.2f}"` 天降到 `{python} f"{wide[1]:.2f}"` 天，
# 20 家里 `{python} wide_wins` 家变好。两者都不如岭回归的 `{python} f"{ridge_error:.2f}"` 天：真相本来就是加权和，用不着网络。
#
# **帮倒忙的时候**：网络小、数据多，本来就不大过拟合；两个单元还要随机关掉，规律都学不全：训练误差从 `{python} f"{narrow_train[0]:.2f}"` 天升到 `{python} f"{narrow_train[1]:.2f}"` 天，
# 新样本的误差从 `{python} f"{narrow[0]:.2f}"` 天升到 `{python} f"{narrow[1]:.2f}"` 天，`{python} 20 - narrow_wins` 家变差。

# %% [markdown] lang="en"
# `train` is measured in evaluation mode, too. With few data, the large network without dropout learns its whole training set by heart. With dropout, the error on
# fresh samples falls from `{python} f"{wide[0]:.2f}"` days to `{python} f"{wide[1]:.2f}"`, and `{python} wide_wins` of the 20 dairies do better. Neither is as good as ridge with
# `{python} f"{ridge_error:.2f}"` days: the truth is a weighted sum and needs no network.
#
# **When it hurts**: with many data, the small network hardly overfits to begin with. If either of its two units may be missing, it cannot even learn the rule: the training error
# rises from `{python} f"{narrow_train[0]:.2f}"` days to `{python} f"{narrow_train[1]:.2f}"`, the one on fresh samples from `{python} f"{narrow[0]:.2f}"` to
# `{python} f"{narrow[1]:.2f}"`, and `{python} 20 - narrow_wins` dairies do worse.

# %% [markdown] lang="zh"
# ## 三个常见错误
# ### 评估时忘了关 dropout

# %% [markdown] lang="en"
# ## Three common mistakes
# ### Dropout left on in evaluation

# %% [markdown] lang="zh" tags=["bug"]
# 用训练好的网络，给第一家的一批酸奶猜三次，再量全部新样本的误差：

# %% [markdown] lang="en" tags=["bug"]
# Let the trained network judge one batch of the first dairy three times, then measure the error on all fresh samples:

# %% tags=["bug"]
if __name__ == "__main__":
    net = nets["32 units", 0.5]
    rngs = generators(seeds)

    def left_on(hidden):
        return dropout(hidden, 0.5, rngs)

    guesses = [net_days(net, x_fresh, left_on)[0, 0].item() for _ in range(3)]
    print("on:  " + " ".join(f"{guess:.1f}" for guess in guesses))
    print(f"off: {net_days(net, x_fresh)[0, 0].item():.1f}")
    noisy = rmse(net_days(net, x_fresh, left_on), y_fresh).median().item()
    print(f"fresh: on = {noisy:.2f}  off = {wide[1]:.2f}")

# %% [markdown] lang="zh" tags=["bug"]
# 同一批酸奶，三次三个答案；误差 `{python} f"{noisy:.2f}"` 天，不是 `{python} f"{wide[1]:.2f}"` 天。用 `nn.Dropout` 时，预测前调用 `model.eval()`，回到训练再调用
# `model.train()`：它们拨动开关 `self.training`。函数 `torch.nn.functional.dropout(h, p)` 却不看开关，默认当作训练，要写上 `training=self.training`。

# %% [markdown] lang="en" tags=["bug"]
# Three answers for the same yoghurt, and an error of `{python} f"{noisy:.2f}"` days in place of `{python} f"{wide[1]:.2f}"`. With `nn.Dropout`, call `model.eval()` before you predict
# and `model.train()` when training goes on: they turn the switch `self.training`. But the function `torch.nn.functional.dropout(h, p)` ignores the switch and trains by default: add
# `training=self.training`.

# %% [markdown] lang="zh"
# ### 漏了除以 1 − p

# %% [markdown] lang="en"
# ### No division by 1 − p


# %% tags=["bug"]
def unscaled_dropout(
    x: Tensor, p: float, rng: Generator | Sequence[Generator]
) -> Tensor:
    """Dropout that does not divide by 1 - p (错误示范)."""
    return x * (uniform_like(x, rng) >= p)


if __name__ == "__main__":
    bad = train_nets(x_train, y_train, seeds, 32, 0.5, 40, drop=unscaled_dropout)
    bad_days = net_days(bad, x_fresh)
    bad_error = rmse(bad_days, y_fresh).median().item()
    bad_spread = bad_days.std(dim=1).median().item()
    good_spread = net_days(net, x_fresh).std(dim=1).median().item()
    print(f"spread: unscaled = {bad_spread:.2f}  scaled = {good_spread:.2f}")
    print(f"fresh:  unscaled = {bad_error:.2f}  scaled = {wide[1]:.2f}")

# %% [markdown] lang="zh" tags=["bug"]
# 训练时平均只有一半单元出声，评估时全体上场，信号成了两倍。预测散得太开（`spread` 是标准差），误差 `{python} f"{bad_error:.2f}"` 天，
# 比不用 dropout 的 `{python} f"{wide[0]:.2f}"` 天还糟。要么训练时除以 $1 - p$，要么评估时乘 $1 - p$（早先的做法）。

# %% [markdown] lang="en" tags=["bug"]
# In training only half of the units speak on average; in evaluation all of them do, and the signal doubles. The
# predicted days (`spread` is their standard deviation) scatter too far, and the error of `{python} f"{bad_error:.2f}"` days is worse than the `{python} f"{wide[0]:.2f}"` without any
# dropout. Divide by $1 - p$ in training, or multiply by $1 - p$ in evaluation (the older way).

# %% [markdown] lang="zh"
# ### 偏置也被压小

# %% [markdown] lang="en"
# ### Shrinking the bias as well

# %% [markdown] lang="zh" tags=["bug"]
# 最顺手的写法 `SGD(model.parameters(), weight_decay=…)` 会让偏置也衰减。第一家，$\lambda$ 还是 0.3：

# %% [markdown] lang="en" tags=["bug"]
# The handiest form, `SGD(model.parameters(), weight_decay=…)`, makes the bias decay, too. For the first dairy, with $\lambda$ at 0.3 again:

# %% tags=["bug"]
if __name__ == "__main__":
    bias_error = {}
    for decay_bias in (False, True):
        w, b = descend(x_train[0], y_train[0], lam=0.3, decay_bias=decay_bias)
        days = linear(x_fresh[0], w, b)
        bias_error[decay_bias] = rmse(days, y_fresh[0]).item()
        print(f"decay_bias = {decay_bias!s:5}  mean = {days.mean():.1f}", end="")
        print(f"  fresh = {bias_error[decay_bias]:.2f}")
    low = (y_fresh[0] - days).mean().item()

# %% [markdown] lang="zh" tags=["bug"]
# 偏置也衰减，就平均少报 `{python} f"{low:.1f}"` 天：偏置从约 20 被拉向 0，权重替它去凑训练集，也学歪了，误差从 `{python} f"{bias_error[False]:.2f}"` 天变成 `{python} f"{bias_error[True]:.2f}"` 天。
# 像 `descend` 那样分成两组，偏置的 `weight_decay` 填 0。

# %% [markdown] lang="en" tags=["bug"]
# If the bias decays, too, predictions are `{python} f"{low:.1f}"` days too low on average: the bias is drawn from about 20 towards 0, the weights try to make up for it on the training set and go wrong as well. The error grows from
# `{python} f"{bias_error[False]:.2f}"` days to `{python} f"{bias_error[True]:.2f}"`. Make two groups, as in `descend`, with a `weight_decay` of 0 for the bias.

# %% [markdown] lang="zh"
# ## 回到瓶盖

# %% [markdown] lang="en"
# ## Back to the lid

# %%
if __name__ == "__main__":
    w, b = ridge(x_train[0], y_train[0], lam=lam_0)
    guess = linear(x_fresh[0], w, b)
    today, typical = guess[0].item(), ridge_fresh[0].item()
    lids = (guess - 2 * typical).floor()
    kept = (y_fresh[0] >= lids).float().mean().item()
    print(f"today = {today:.1f}  error = {typical:.2f}  lid = {lids[0]:.0f}")
    print(f"actual = {y_fresh[0, 0].item():.1f}  kept = {kept:.0%}")

# %% [markdown] lang="zh"
# 第一家今天这批，用验证集挑好 $\lambda$ 的岭回归预测 `{python} f"{today:.1f}"` 天，在新样本上通常差 `{python} f"{typical:.1f}"` 天（单是噪声就有 1 天）。
# 瓶盖上宁短勿长：减去两个典型误差，印 `{python} int(lids[0])` 天。照这样印，500 批新样本有 `{python} f"{kept:.0%}"` 放得到；今天这批后来放了 `{python} f"{y_fresh[0, 0].item():.1f}"` 天。

# %% [markdown] lang="en"
# For today's batch of the first dairy, ridge regression with the $\lambda$ chosen by the validation set predicts `{python} f"{today:.1f}"` days; on fresh samples it is typically off by
# `{python} f"{typical:.1f}"` days (the noise alone is 1 day). On a lid, rather too short than too long: take off two typical errors and print `{python} int(lids[0])` days. With such lids, `{python} f"{kept:.0%}"` of the 500 fresh batches
# keep as long as they say; today's batch kept for `{python} f"{y_fresh[0, 0].item():.1f}"` days in the end.

# %% [markdown] lang="zh"
# ## 练习

# %% [markdown] lang="en"
# ## Exercises

# %% [markdown] lang="zh" tags=["exercise"]
# 训练样本从 50 批变成 500 批，最好的 $\lambda$ 变大还是变小？先猜。噪声的标准差 $\sigma$ 和真权重的标准差 $\tau$ 已知时，理论上最好的是 $\lambda = \sigma^2 / (n \tau^2)$。
# 写出来，再用 `LAMBDAS` 里误差最小的核对。

# %% [markdown] lang="en" tags=["exercise"]
# With 500 training batches in place of 50, is the best $\lambda$ larger or smaller? Guess first. If the standard deviations $\sigma$ of the noise and $\tau$ of the true weights are known, theory
# says that $\lambda = \sigma^2 / (n \tau^2)$ is best. Write it, and compare with the entry of `LAMBDAS` with the smallest error.


# %% tags=["solution"]
def best_lambda(n: int, noise: float = 1.0, scale: float = 0.3) -> float:
    """The best price for n samples, by theory (理论上最好的 λ).

    ``noise`` and ``scale`` in days, scale > 0. Source: Hastie et al., *The Elements
    of Statistical Learning* (2009), 3.4.1: ridge as the mean of a posterior.
    """
    check_count(n=n)
    check_amount(noise=noise, scale=scale)
    if scale == 0:
        raise ValueError("scale must be positive, got 0")
    return noise**2 / (n * scale**2)


if __name__ == "__main__":
    measured = {}
    for n, part in ((50, (x_train, y_train)), (500, (x_many, y_many))):
        fresh = ridge_errors(LAMBDAS, part, (x_fresh, y_fresh))[1].mean(dim=1)
        measured[n] = LAMBDAS[fresh.argmin()], fresh.min().item()
        print(f"n = {n:3}  theory {best_lambda(n):.3f}  measured {measured[n][0]}")

# %% [markdown] lang="zh" tags=["solution"]
# 变小：数据越多，越不需要约束；噪声越大、真权重越小，越该多压。实测最好的两个 $\lambda$，都是表里离理论值最近的。

# %% [markdown] lang="en" tags=["solution"]
# Smaller: the more data, the less holding back is needed; the louder the noise and the smaller the true weights, the more. Both times the best $\lambda$ measured is the entry nearest to the theory.

# %% [markdown] lang="zh" tags=["exercise"]
# 不在隐藏单元，而在线性模型的**输入**上用 dropout，平均来看等于岭回归：许多次抽签的平均损失，等于均方误差加
# $\frac{p}{1-p} \sum_j w_j^2\, \overline{x_j^2}$，横线是对样本求平均。为什么？用 $p = 0.2$ 抽 2000 次验证。

# %% [markdown] lang="en" tags=["exercise"]
# Apply dropout not to hidden units but to the **inputs** of a linear model, and on average you get ridge regression: the mean loss over many draws is the mean squared error plus
# $\frac{p}{1-p} \sum_j w_j^2\, \overline{x_j^2}$, where the bar is a mean over samples. Why? Check with $p = 0.2$ and 2000 draws.


# %% tags=["solution"]
def dropout_price(w: Tensor, x: Tensor, p: float) -> Tensor:
    """What dropout on the inputs adds to the mean loss (输入丢弃的价钱), 0-d.

    ``w`` (d,), ``x`` (n, d). Source: Srivastava et al. (2014), section 9.
    """
    check_floats(w=w, x=x)
    check_amount(high=1, p=p)
    return p / (1 - p) * (w**2 * x.square().mean(dim=0)).sum()


if __name__ == "__main__":
    w, b = ridge(x_train[0], y_train[0], lam=0)
    rng = Generator().manual_seed(1)
    masked = dropout(x_train[0].expand(2000, 50, 40), 0.2, rng)
    mean_loss = (linear(masked, w, b[None]) - y_train[0]).square().mean().item()
    loss = (linear(x_train[0], w, b) - y_train[0]).square().mean()
    promised = (loss + dropout_price(w, x_train[0], 0.2)).item()
    print(f"drawn = {mean_loss:.2f}  promised = {promised:.2f}")

# %% [markdown] lang="zh" tags=["solution"]
# 每个输入乘了一个平均为 1 的随机数，方差是 $p/(1-p)$。预测的平均不变，却多了方差；平方误差的平均，正好加上方差。
# 输入标准化之后 $\overline{x_j^2} \approx 1$，于是 $\lambda = p/(1-p)$。

# %% [markdown] lang="en" tags=["solution"]
# Each input is multiplied by a random number of mean 1 and variance $p/(1-p)$. The mean prediction stays, but it gains a variance, and a mean squared error grows by exactly that. With standardized
# inputs, $\overline{x_j^2} \approx 1$, so $\lambda = p/(1-p)$.

# %% [markdown] lang="zh" tags=["exercise"]
# 有人把一个读数的单位从克换成千克，数值除以 1000。岭回归里，它左右几天（权重乘读数的标准差）会怎样变？$\lambda = 0$ 呢？先猜再量。

# %% [markdown] lang="en" tags=["exercise"]
# Someone changes the unit of one reading from grams to kilograms: its numbers are divided by 1000. In ridge regression, what happens to the days by which it moves the prediction (its weight times
# its standard deviation)? And with $\lambda = 0$? Guess, then measure.


# %% tags=["solution"]
def effect_days(x: Tensor, y: Tensor, lam: float, col: int, unit: float) -> float:
    """Days that one standard deviation of a reading adds (一个读数左右几天).

    ``x`` (n, d) is first divided by ``unit`` in that column, unit > 0.
    """
    check_data(x, y)
    if not 0 < unit < math.inf:
        raise ValueError(f"unit must be positive and finite, got {unit}")
    scaled = x.clone()
    scaled[:, col] /= unit
    w, _ = ridge(scaled, y, lam)
    return (w[col] * scaled[:, col].std()).item()


if __name__ == "__main__":
    exact = x_train[0].double(), y_train[0].double()
    strongest = ridge(x_train[0], y_train[0], lam=0.3)[0].abs().argmax().item()
    for lam in (0, 0.3):
        both = [effect_days(*exact, lam, strongest, unit) for unit in (1, 1000)]
        print(f"lambda {lam}: g = {both[0]:.3f}  kg = {both[1]:.3f}")

# %% [markdown] lang="zh" tags=["solution"]
# 最小二乘不变：权重大 1000 倍就补回来了。岭回归里，这么大的权重贵得买不起，这个读数等于被删掉。先标准化，价钱才公平。

# %% [markdown] lang="en" tags=["solution"]
# Least squares does not change: a weight 1000 times larger makes up for it. In ridge regression such a weight is beyond any price, and the reading is as good as deleted. Standardize first, and
# the price is fair.

# %% [markdown] lang="zh"
# ## 小结
# - 正则化用较大的训练误差，换较小的新样本误差；过拟合时值得，欠拟合时帮倒忙。
# - 岭回归：损失取平均时 `weight_decay` 填 $2\lambda$，偏置不衰减。
# - 早停：取回验证误差最低的权重，耐心要长过抖动。
# - dropout：训练时关掉一些、除以 $1-p$；评估时什么也不做。
# - 约束多大，由验证集决定。
#
# 接下来：网络一深，信号和梯度的大小就难以控制，见 [归一化与残差连接](normalization_residuals.py)。

# %% [markdown] lang="en"
# ## Recap
# - Regularization accepts a larger training error for a smaller one on fresh samples: worth it when a model overfits, harmful when it underfits.
# - Ridge: if the loss is a mean, `weight_decay` is $2\lambda$; the bias does not decay.
# - Early stopping: take back the weights with the lowest validation error, with a patience longer than the jitter.
# - Dropout: in training switch some off and divide by $1-p$; in evaluation do nothing.
# - The validation set decides how strong the constraint is.
#
# Next: in a deep network the sizes of signals and gradients are hard to control; see [normalization and residual connections](normalization_residuals.py).
