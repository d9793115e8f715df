# %% [markdown] lang="zh"
# # 用模块写线性回归
# 快递站想预报送一单要多久。他们记了 100 单：距离从 0 到 10 km，用时（分钟）随距离变长。可是哪怕距离是 0，取件、爬楼也要花时间。
# **骑一公里要几分钟？还没上路，先要花掉几分钟？**
#
# 这又是一条直线，[上一课](from_scratch.py) 已经从零写过。这一课用 PyTorch 现成的零件再写一遍，零件以后搭神经网络还要用。
# 然后会遇到一件怪事：同样的写法，训练 100 轮，图上的线看着很好，第二个问题却答错一大截。
#
# 学完这一页，你能：
#
# - 用 `nn.Module`、损失和优化器这几个零件写出训练循环，并证明它和手写的**每一步**都一样；
# - 说清楚为什么同一个学习率，一个参数几步就学好，另一个几百步还没到；
# - 事先算出需要多少步，以及怎样把几百步变成几十步；
# - 避开写模块时的四个错误。
#
# 下面折叠的代码是导入和输入检查，初读可以跳过。

# %% [markdown] lang="en"
# # Linear regression with modules
# A courier service wants to foretell how long a delivery takes. It has written down 100 deliveries: distances from 0 to
# 10 km, and times in minutes, which grow with the distance. But even at distance 0 there is a parcel to pick up and a
# staircase to climb. **How many minutes does a kilometre take? And how many are gone before the wheels turn?**
#
# That is a line again, and [the last lesson](from_scratch.py) wrote it all from scratch. This lesson writes it once more
# with the parts that PyTorch provides, the same parts that networks are built of. Then something odd happens: training
# runs for 100 epochs, the line in the plot looks fine, and the answer to the second question is badly wrong.
#
# After this page you can
#
# - write the training loop with `nn.Module`, a loss and an optimizer, and prove that **each step** is the one by hand;
# - say why, at one and the same learning rate, one parameter is learned in a few steps and the other not in hundreds;
# - work out beforehand how many steps are needed, and turn hundreds of them into dozens;
# - stay clear of four mistakes in writing modules.
#
# The folded code holds imports and input checks; skip it at first reading.

# %% tags=["setup"]
import math
import warnings

import matplotlib.pyplot as plt
import torch
from torch import Tensor, nn


def check_data(x: Tensor, y: Tensor) -> None:
    """Refuse all but finite floats of one shape (n, 1), n >= 1 (检查数据)."""
    for name, t in (("x", x), ("y", y)):
        if not isinstance(t, Tensor) or not t.is_floating_point():
            found = getattr(t, "dtype", type(t))
            raise TypeError(f"{name} must be a float tensor, got {found}")
        if t.ndim != 2 or t.shape[1] != 1 or len(t) == 0:
            wanted, found = "shape (n, 1) with n >= 1", tuple(t.shape)
            raise ValueError(f"{name} must have {wanted}, got {found}")
        if not t.isfinite().all():
            raise ValueError(f"{name} contains NaN or infinity")
    if x.shape != y.shape:
        found = f"{tuple(x.shape)} and {tuple(y.shape)}"
        raise ValueError(f"x and y differ in shape: {found}")


def check_run(lr: float, epochs: int, batch_size: int | None = None) -> None:
    """Refuse senseless learning rates and counts (检查学习率与个数)."""
    if not 0 < lr < math.inf:
        raise ValueError(f"the learning rate must be positive and finite, got {lr}")
    if not isinstance(epochs, int) or epochs < 1:
        raise ValueError(f"epochs must be a positive integer, got {epochs}")
    if batch_size is not None and (not isinstance(batch_size, int) or batch_size < 1):
        raise ValueError(f"batch_size must be a positive integer, got {batch_size}")


# %% [markdown] lang="zh"
# ## 数据
# 数据照旧自己造，真值就看得见：每公里 3 分钟，出发前 2 分钟；红灯、电梯这些说不准的事算作噪声，标准差 2 分钟。

# %% [markdown] lang="en"
# ## The data
# As before we make the data ourselves, so that the truth is known: 3 minutes a kilometre, 2 minutes before the start. Red
# lights, lifts and all that nobody can foretell are the noise, with a standard deviation of 2 minutes.


# %%
def make_deliveries(seed: int, n: int = 100) -> tuple[Tensor, Tensor]:
    """Distances and times (快递数据): ``x`` in km, ``y`` in minutes, both (n, 1).

    Raises ``ValueError`` for n < 2.
    """
    if not isinstance(n, int) or n < 2:
        raise ValueError(f"n must be an integer >= 2, got {n}")
    x = torch.linspace(0, 10, n).reshape(-1, 1)
    noise = torch.randn(n, 1, generator=torch.Generator().manual_seed(seed))
    return x, 3 * x + 2 + 2 * noise


if __name__ == "__main__":
    x, y = make_deliveries(seed=0)
    print(
        f"{len(x)} deliveries, the last: {x[-1].item():.0f} km, {y[-1].item():.1f} min"
    )

# %% [markdown] lang="zh"
# ## 模型是一个模块
# 上一课的模型是两个散放的张量 `w` 和 `b`。参数一多，这样就管不过来了。`nn.Module` 是一个收纳盒：
# 把带参数的零件放进去（赋给 `self.…`），它就自动登记，`parameters()` 能把全部参数交出来。
#
# `nn.Linear(1, 1)` 就是这样一个零件，收 1 个数，给 1 个数：
#
# $$\hat y = w x + b$$
#
# $x$ 是距离，$\hat y$ 是预报的分钟数，$w$ 存在 `weight`，$b$ 存在 `bias`。`forward` 写明输入怎样变成输出；
# 调用 `model(x)`，PyTorch 就去执行它。

# %% [markdown] lang="en"
# ## The model is a module
# In the last lesson the model was two loose tensors, `w` and `b`. With more parameters that becomes a mess. `nn.Module` is a
# box to keep them in: put parts with parameters into it (assign them to `self.…`), and it registers them, so that
# `parameters()` can hand out all of them.
#
# `nn.Linear(1, 1)` is such a part. It takes 1 number and gives 1 number:
#
# $$\hat y = w x + b$$
#
# Here $x$ is the distance and $\hat y$ the forecast in minutes; $w$ is kept in `weight`, $b$ in `bias`. `forward` says how the
# input becomes the output; call `model(x)`, and PyTorch runs it.


# %%
class LinearModel(nn.Module):
    """A line (线性模型): float input of shape (n, 1) to output of shape (n, 1)."""

    def __init__(self) -> None:
        super().__init__()  # makes the box; without it nothing can be put in
        self.linear = nn.Linear(1, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.linear(x)


def new_model(seed: int) -> LinearModel:
    """A model with random parameters that depend on ``seed`` alone (新模型)."""
    with torch.random.fork_rng(devices=[]):  # leaves the global generator as it was
        torch.default_generator.manual_seed(seed)  # nn.Linear draws from it
        return LinearModel()


if __name__ == "__main__":
    for name, parameter in new_model(seed=0).named_parameters():
        print(name, tuple(parameter.shape), f"{parameter.item():.3f}")

# %% [markdown] lang="zh"
# `weight` 的形状是（输出数，输入数），`bias` 是（输出数，）。没训练过的值是随机抽的，对 `nn.Linear(1, 1)` 来说在 -1 与 1 之间。
#
# ## 训练循环
# 手写的每一步，都有一个现成的零件：
#
# | 要做的事 | 手写 | 零件 |
# |---|---|---|
# | 预测 | `w * x + b` | `model(x)` |
# | 量损失 | `((pred - y) ** 2).mean()` | `nn.MSELoss()` |
# | 清掉旧梯度 | `w.grad = None` | `optimizer.zero_grad()` |
# | 求梯度 | `loss.backward()` | `loss.backward()` |
# | 更新 | `w -= lr * w.grad` | `optimizer.step()` |
#
# **优化器**（optimizer）`torch.optim.SGD` 拿着参数的名单，`step()` 把名单上每个参数减去学习率乘梯度。换一个模型，循环一个字都不用改，
# 这就是零件的好处。代码里 `randperm` 打乱 0 到 $n - 1$ 的行号，`split` 把它们切成小批量，和上一课一样。

# %% [markdown] lang="en"
# The shape of `weight` is (outputs, inputs), that of `bias` (outputs,). Before training the values are drawn at random, for
# `nn.Linear(1, 1)` between -1 and 1.
#
# ## The training loop
# For every step done by hand there is a ready-made part:
#
# | To do | By hand | Part |
# |---|---|---|
# | predict | `w * x + b` | `model(x)` |
# | measure the loss | `((pred - y) ** 2).mean()` | `nn.MSELoss()` |
# | clear old gradients | `w.grad = None` | `optimizer.zero_grad()` |
# | take the gradient | `loss.backward()` | `loss.backward()` |
# | update | `w -= lr * w.grad` | `optimizer.step()` |
#
# The **optimizer** `torch.optim.SGD` holds the list of parameters; `step()` subtracts learning rate times gradient from each
# of them. Change the model, and not a word of the loop changes. That is what the parts are good for. In the code, `randperm`
# shuffles the row numbers from 0 to $n - 1$ and `split` cuts them into mini-batches, as in the last lesson.


# %%
def train(
    model: nn.Module,
    x: Tensor,
    y: Tensor,
    lr: float,
    epochs: int,
    batch_size: int | None = None,
    seed: int = 0,
    loss_fn: nn.Module | None = None,
) -> tuple[Tensor, list[float]]:
    """Train ``model`` in place by SGD (训练): (steps + 1, 2) path of (w, b), losses.

    ``x``, ``y`` have shape (n, 1); ``batch_size=None`` takes all samples at once. The
    losses are one per step. Raises like ``check_data`` and ``check_run``.
    """
    check_data(x, y)
    check_run(lr, epochs, batch_size)
    loss_fn = loss_fn or nn.MSELoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    rng = torch.Generator().manual_seed(seed)
    path, losses = [flat(model)], []
    for _ in range(epochs):
        for rows in torch.randperm(len(x), generator=rng).split(batch_size or len(x)):
            loss = loss_fn(model(x[rows]), y[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
            path.append(flat(model))
    return torch.stack(path), losses


def flat(model: nn.Module) -> Tensor:
    """A copy of all parameters in one row, here (w, b) (参数排成一行)."""
    return nn.utils.parameters_to_vector(model.parameters()).detach()


# %% [markdown] lang="zh" tags=["check"]
# 零件真的和手写一样吗？从同样的参数出发，按同样的次序用同样的小批量（每批 16 单），手写的导数和更新放在旁边，
# **每一步**都比。打印的是 10 轮里最大的差。测试还和 [从零实现](from_scratch.py) 那一课的 `fit` 逐步比过。

# %% [markdown] lang="en" tags=["check"]
# Do the parts really do what we did by hand? Start from the same parameters, take the same mini-batches of 16 in the same
# order, put derivatives and updates written by hand beside them, and compare after **each step**. Printed is the
# largest difference in 10 epochs. The tests compare step by step with `fit` of [the lesson from scratch](from_scratch.py), too.


# %% tags=["check"]
def train_by_hand(
    start: Tensor,
    x: Tensor,
    y: Tensor,
    lr: float,
    epochs: int,
    batch_size: int,
    seed: int,
) -> Tensor:
    """The same training without autograd and parts (手写训练): the path of (w, b).

    ``start`` holds w and b. Raises like ``check_data`` and ``check_run``.
    """
    check_data(x, y)
    check_run(lr, epochs, batch_size)
    rng = torch.Generator().manual_seed(seed)
    w, b = start
    path = [start]
    for _ in range(epochs):
        for rows in torch.randperm(len(x), generator=rng).split(batch_size):
            residual = w * x[rows] + b - y[rows]
            slopes = 2 * (residual * x[rows]).mean(), 2 * residual.mean()
            w, b = w - lr * slopes[0], b - lr * slopes[1]
            path.append(torch.stack([w, b]))
    return torch.stack(path)


if __name__ == "__main__":
    start = flat(new_model(seed=0))
    by_parts, _ = train(new_model(seed=0), x, y, lr=0.01, epochs=10, batch_size=16)
    by_hand = train_by_hand(start, x, y, lr=0.01, epochs=10, batch_size=16, seed=0)
    print(
        f"{len(by_hand) - 1} steps, largest difference {(by_parts - by_hand).abs().max():.0e}"
    )

# %% [markdown] lang="zh"
# 差别只在 `float32` 的舍入。画在一起，两条路径完全重合：

# %% [markdown] lang="en"
# The difference is mere rounding of `float32`. Drawn together, the two paths are one:

# %% tags=["plot"] alt_zh="w 和 b 随步数的变化。零件的曲线上每隔几步有一个手写的点，全在曲线上。w 几步就到 3 附近，b 慢慢爬升。" alt_en="w and b against the step. On the curves of the parts lie the dots of the training by hand, all of them on the curve. w is near 3 after a few steps, b creeps upwards."
if __name__ == "__main__":
    fig, ax = plt.subplots()
    for column, (name, color) in enumerate((("w", "C0"), ("b", "C1"))):
        ax.plot(by_parts[:, column], color=color, label=f"{name}, module")
        ax.plot(
            range(0, 71, 5),
            by_hand[::5, column],
            "o",
            color=color,
            label=f"{name}, by hand",
        )
    ax.set(xlabel="step", ylabel="parameter")
    ax.legend(loc=(0.34, 0.44), ncols=2, fontsize="small")
    plt.show()

# %% [markdown] lang="zh"
# ## 怪事：线很好，截距不对
# 现在每步都用全部 100 单，学习率 0.01，走 100 步。这样一步就是一轮，没有小批量的抖动。

# %% [markdown] lang="en"
# ## Odd: a fine line with a wrong intercept
# Now use all 100 deliveries in every step, at a learning rate of 0.01, for 100 steps. A step is an epoch then, and no
# mini-batch makes it shake.

# %% [markdown] lang="zh" tags=["predict"]
# 100 步以后，`w` 会接近 3 吗？`b` 会接近 2 吗？在上一张图里找线索。

# %% [markdown] lang="en" tags=["predict"]
# After 100 steps, will `w` be near 3? Will `b` be near 2? The last figure has a clue.


# %%
def least_squares(x: Tensor, y: Tensor) -> Tensor:
    """The line of lowest mean squared error (最小二乘): (w, b), float64.

    ``x``, ``y`` have shape (n, 1). Raises like ``check_data``. Source:
    ``torch.linalg.lstsq``.
    """
    check_data(x, y)
    columns = torch.cat([x, torch.ones_like(x)], dim=1).double()
    return torch.linalg.lstsq(columns, y.double()).solution.ravel()


if __name__ == "__main__":
    raw_path, raw_losses = train(new_model(seed=0), x, y, lr=0.01, epochs=100)
    best = least_squares(x, y)
    best_loss = nn.functional.mse_loss(best[0] * x + best[1], y.double()).item()
    print(f"trained        w = {raw_path[-1, 0]:.2f}  b = {raw_path[-1, 1]:.2f}")
    print(f"least squares  w = {best[0]:.2f}  b = {best[1]:.2f}")
    print(f"loss {raw_losses[-1]:.2f}, least squares {best_loss:.2f}")

# %% [markdown] lang="zh"
# 最小二乘是这批数据最好的线，用公式直接算出。训练的 `b` 是 `{python} f"{raw_path[-1, 1]:.2f}"` 分钟，最好的是 `{python} f"{best[1]:.2f}"` 分钟，
# 差得很远；损失却只差 `{python} f"{100 * (raw_losses[-1] / best_loss - 1):.0f}"`%。只看损失曲线和散点图，谁也看不出没学完：

# %% [markdown] lang="en"
# Least squares is the best line for these data, straight from a formula. The trained `b` is
# `{python} f"{raw_path[-1, 1]:.2f}"` minutes, the best one `{python} f"{best[1]:.2f}"`: far off. Yet the losses differ by
# only `{python} f"{100 * (raw_losses[-1] / best_loss - 1):.0f}"` per cent. From the loss curve and the scatter plot nobody
# could tell that training is not done:

# %% tags=["plot"] alt_zh="左：散点、训练得到的线和最小二乘的线，两条线几乎重合，只在左端分开。右：损失头几步就降到底，之后看起来是平的。" alt_en="Left: the points, the trained line and the least-squares line, nearly one but for the left end. Right: the loss drops to the bottom within a few steps and looks flat from then on."
if __name__ == "__main__":
    fig, (left, right) = plt.subplots(1, 2, figsize=(7, 3.3))
    left.plot(x, y, "o", color="gray", markersize=3, label="data")
    ends = torch.tensor([0.0, 10.0])
    left.plot(
        ends, raw_path[-1, 0] * ends + raw_path[-1, 1], color="C0", label="trained"
    )
    left.plot(ends, best[0] * ends + best[1], "--", color="C1", label="least squares")
    left.set(xlabel="distance (km)", ylabel="time (min)")
    left.legend()
    right.semilogy(raw_losses, color="C0")
    right.set(xlabel="step", ylabel="training loss")
    plt.show()

# %% [markdown] lang="zh"
# ## 为什么：一个方向陡，一个方向平
# 损失是 $w$ 和 $b$ 的函数，形状是一条山谷。山谷有多弯，由**黑塞矩阵**（Hessian）$H$ 说明，它收着损失的二阶导数。对均方误差来说
#
# $$H = \frac{2}{n} \begin{pmatrix} \sum_i x_i^2 & \sum_i x_i \\ \sum_i x_i & n \end{pmatrix}$$
#
# $n$ 是单数，$x_i$ 是第 $i$ 单的距离。$H$ 的**特征值**（eigenvalue）$\lambda$ 就是山谷在两个主方向上的弯曲程度，越大越陡。
# [梯度下降](../ch02_autograd/gradient_descent.py) 一课说过：每走一步，误差沿各方向乘上
#
# $$1 - \eta \lambda$$
#
# $\eta$ 是学习率。陡的方向缩得快，平的方向缩得慢；而 $\eta$ 不能超过 $2 / \lambda_{\max}$，否则最陡的方向会发散。
# 最大与最小特征值之比叫**条件数**（condition number），它越大，山谷越狭长，就越难两头兼顾。

# %% [markdown] lang="en"
# ## Why: steep one way, flat the other
# The loss is a function of $w$ and $b$, shaped like a valley. How strongly it curves is in the **Hessian** $H$, which holds the
# second derivatives of the loss. For the mean squared error it is
#
# $$H = \frac{2}{n} \begin{pmatrix} \sum_i x_i^2 & \sum_i x_i \\ \sum_i x_i & n \end{pmatrix}$$
#
# where $n$ is the number of deliveries and $x_i$ the distance of delivery $i$. The **eigenvalues** $\lambda$ of $H$ say how
# strongly the valley curves in its two main directions: the larger, the steeper. As
# [gradient descent](../ch02_autograd/gradient_descent.py) showed, each step multiplies the error in each direction by
#
# $$1 - \eta \lambda$$
#
# where $\eta$ is the learning rate. Steep directions shrink fast, flat ones slowly; and $\eta$ must stay below
# $2 / \lambda_{\max}$, or the steepest direction diverges. The largest eigenvalue divided by the smallest is the
# **condition number**: the larger it is, the longer and narrower the valley, and the harder to do both justice.


# %%
def hessian(x: Tensor) -> Tensor:
    """Second derivatives of the mean squared error in (w, b) (黑塞矩阵): (2, 2).

    ``x`` has shape (n, 1); float64. Raises like ``check_data``.
    """
    check_data(x, x)
    columns = torch.cat([x, torch.ones_like(x)], dim=1).double()
    return 2 / len(x) * columns.T @ columns


def steps_needed(x: Tensor, lr: float, share: float = 0.01) -> int:
    """Steps until every error is below ``share`` of its start (所需步数).

    Raises ``ValueError`` for a share outside (0, 1), for a rate at which the steepest
    direction does not shrink, and for a flat direction (all ``x`` equal).
    """
    if not 0 < share < 1:
        raise ValueError(f"share must be between 0 and 1, got {share}")
    curvature = torch.linalg.eigvalsh(hessian(x))
    factor = (1 - lr * curvature).abs().max().item()
    if lr <= 0 or factor >= 1 - 1e-12:
        limit = 2 / curvature.max().item()
        raise ValueError(
            f"at lr = {lr} some error never shrinks; the limit is {limit:.4f}"
        )
    return math.ceil(math.log(share) / math.log(factor))


if __name__ == "__main__":
    low, high = torch.linalg.eigvalsh(hessian(x)).tolist()
    print(f"eigenvalues {low:.3f} and {high:.2f}, condition number {high / low:.0f}")
    print(f"largest learning rate {2 / high:.4f}")
    print(f"a step multiplies: steep {1 - 0.01 * high:.2f}, flat {1 - 0.01 * low:.4f}")
    print(f"left after 100 steps in the flat direction: {(1 - 0.01 * low) ** 100:.2f}")
    print(f"steps until 1 % is left: {steps_needed(x, lr=0.01)}")

# %% [markdown] lang="zh"
# 平的方向每步只缩小千分之五，100 步之后还剩 `{python} f"{(1 - 0.01 * low) ** 100:.0%}"` 的误差。要剩 1%，得走
# `{python} steps_needed(x, lr=0.01)` 步。调大学习率也救不了多少：上限是 `{python} f"{2 / high:.4f}"`，还不到现在的三倍。
# 平的方向几乎就是 $b$ 的方向：距离都是正数，截距调高一点，斜率调低一点，损失几乎不变，所以没有什么力量推着它走。

# %% [markdown] lang="en"
# In the flat direction a step takes off about half a per cent, so after 100 steps
# `{python} f"{(1 - 0.01 * low) ** 100:.0%}"` of the error is left. To get down to 1% takes `{python} steps_needed(x, lr=0.01)`
# steps. A higher learning rate is no great help: its limit is `{python} f"{2 / high:.4f}"`, less than three times the present
# one. The flat direction is nearly that of $b$. All distances are positive, so a somewhat higher intercept with a somewhat lower
# slope leaves the loss nearly as it was, and there is little to push it on.

# %% [markdown] lang="zh"
# ## 换一把尺子：标准化
# 毛病在 $x$ 的尺度，不在循环。先把 $x$ **标准化**（standardise）：减去平均值，再除以标准差，
#
# $$z_i = \frac{x_i - \bar x}{s}$$
#
# $\bar x$ 是距离的平均值，$s$ 是标准差，$z_i$ 是标准化后的距离。这时 $\sum z_i = 0$，$\sum z_i^2 = n$，代进 $H$，两个特征值都是 2，山谷变成一只圆碗。
# 在圆碗里，各个方向一样快，学习率也可以大得多：取 0.1，每步误差乘 0.8。学完再换算回公里：斜率除以 $s$，截距减去斜率乘 $\bar x$。

# %% [markdown] lang="en"
# ## Another ruler: standardising
# The trouble lies in the scale of $x$, not in the loop. So first **standardise** $x$: subtract the mean, divide by the
# standard deviation,
#
# $$z_i = \frac{x_i - \bar x}{s}$$
#
# where $\bar x$ is the mean of the distances, $s$ their standard deviation and $z_i$ the standardised distance. Now
# $\sum z_i = 0$ and $\sum z_i^2 = n$; put into $H$, both eigenvalues are 2, and the valley becomes a round bowl. In a bowl all
# directions are equally fast, and the learning rate may be much larger: with 0.1, each step multiplies the error by 0.8.
# Afterwards convert back to kilometres: divide the slope by $s$, then subtract slope times $\bar x$ from the intercept.


# %%
def standardize(x: Tensor) -> tuple[Tensor, float, float]:
    """``x`` with mean 0 and standard deviation 1, and both (标准化).

    ``x`` has shape (n, 1). Raises like ``check_data``, ``ValueError`` if all are equal.
    """
    check_data(x, x)
    mean, std = x.mean().item(), x.std(correction=0).item()
    if not std > 0:
        raise ValueError("all x are equal: there is nothing to standardise")
    return (x - mean) / std, mean, std


def to_original(line: Tensor, mean: float, std: float) -> Tensor:
    """(w, b) for standardised x as (w, b) for x itself (换算回原单位).

    ``line`` has shape (..., 2). Raises ``ValueError`` for a std that is not positive.
    """
    if not std > 0:
        raise ValueError(f"std must be positive, got {std}")
    slope = line[..., 0] / std
    return torch.stack([slope, line[..., 1] - slope * mean], dim=-1)


if __name__ == "__main__":
    z, mean, std = standardize(x)
    low_z, high_z = torch.linalg.eigvalsh(hessian(z)).tolist()
    print(f"eigenvalues {low_z:.3f} and {high_z:.3f}, steps {steps_needed(z, lr=0.1)}")
    z_path, _ = train(new_model(seed=0), z, y, lr=0.1, epochs=100)
    good = to_original(z_path[-1], mean, std)
    print(f"standardised   w = {good[0]:.2f}  b = {good[1]:.2f}")
    print(f"least squares  w = {best[0]:.2f}  b = {best[1]:.2f}")


# %% tags=["plot"] alt_zh="左：原始数据的损失是一条狭长斜谷，路径一步跨到谷底，然后沿谷底慢慢爬，100 步仍没到星号。右：标准化后是圆形等高线，路径笔直走到星号。" alt_en="Left: with raw data the loss is a long slanting valley; the path jumps to the valley floor and then crawls along it, and after 100 steps has not reached the star. Right: after standardising, the contours are circles and the path goes straight to the star."
def draw_valley(ax: plt.Axes, x: Tensor, path: Tensor, best: Tensor) -> None:
    """Loss above its minimum as contours, a path, and the goal (画山谷)."""
    ends = torch.stack([path.min(0).values, path.max(0).values, best.float()])
    low, high = ends.min(0).values - 1.2, ends.max(0).values + 1.2
    w, b = (torch.linspace(low[i], high[i], 60).double() for i in range(2))
    gap = torch.stack(torch.meshgrid(w - best[0], b - best[1], indexing="ij"), dim=-1)
    loss = ((gap @ hessian(x)) * gap).sum(dim=-1) / 2
    ax.contour(
        w, b, loss.T, levels=[0.1, 1, 5, 20, 60, 150], colors="gray", linewidths=0.8
    )
    ax.plot(path[:, 0], path[:, 1], ".-", color="C0", label="path")
    ax.plot(*best, "*", color="C1", markersize=13, label="least squares")
    ax.set(xlabel="w", ylabel="b")


if __name__ == "__main__":
    fig, (left, right) = plt.subplots(1, 2, figsize=(7, 3.4))
    draw_valley(left, x, raw_path, best)
    draw_valley(right, z, z_path, least_squares(z, y))
    left.legend(loc="lower left")
    plt.show()

# %% [markdown] lang="zh"
# 同样的循环、同样的步数，`b` 现在是 `{python} f"{good[1]:.2f}"` 分钟，和最小二乘一致。
#
# ### 会不会碰巧？
# 换 200 批数据，每批换一组噪声，各训练 100 步。200 个模型一起算：参数排成一行，一次算完（测试证明这和一个个训练相同）。

# %% [markdown] lang="en"
# The same loop, as many steps, and `b` is now `{python} f"{good[1]:.2f}"` minutes, just as least squares has it.
#
# ### Was it luck?
# Take 200 sets of data, each with noise of its own, and train 100 steps on each. All 200 models are trained at once, with
# their parameters in a row (a test proves that this is the same as one by one).


# %%
def train_many(x: Tensor, ys: Tensor, lr: float, epochs: int) -> Tensor:
    """One line per data set, all samples in each step (同时训练): (sets, 2).

    ``x`` has shape (n, 1), ``ys`` (n, sets); each line starts at (0, 0). Raises like
    ``check_data`` and ``check_run``.
    """
    check_data(x, ys[:, :1])
    check_run(lr, epochs)
    w, b = torch.zeros(2, ys.shape[1], dtype=x.dtype)
    for _ in range(epochs):
        residual = x * w + b - ys
        slopes = 2 * (x * residual).mean(dim=0), 2 * residual.mean(dim=0)
        w, b = w - lr * slopes[0], b - lr * slopes[1]
    return torch.stack([w, b], dim=1)


if __name__ == "__main__":
    ys = torch.cat([make_deliveries(seed)[1] for seed in range(200)], dim=1)
    bests = torch.stack([least_squares(x, ys[:, [i]]) for i in range(200)])
    raw_miss = (train_many(x, ys, lr=0.01, epochs=100) - bests)[:, 1].abs()
    z_lines = to_original(train_many(z, ys, lr=0.1, epochs=100), mean, std)
    z_miss = (z_lines - bests)[:, 1].abs()
    for name, miss in (("raw", raw_miss), ("standardised", z_miss)):
        print(f"{name:12} b misses by {miss.min():.0e} to {miss.max():.0e} min")
    print("raw: within half a minute in", int((raw_miss < 0.5).sum()), "of 200")

# %% [markdown] lang="zh"
# 不标准化，200 批里只有 `{python} int((raw_miss < 0.5).sum())` 批的截距差在半分钟以内；标准化以后，全部准到小数点后五位。
#
# ## 常见的错误
# ### 忘了 `super().__init__()`

# %% [markdown] lang="en"
# Without standardising, the intercept is within half a minute in only `{python} int((raw_miss < 0.5).sum())` of the 200 sets;
# with it, all are right to five decimal places.
#
# ## Common mistakes
# ### `super().__init__()` left out

# %% [markdown] lang="zh" tags=["bug"]
# 收纳盒还没做好，就往里放东西：

# %% [markdown] lang="en" tags=["bug"]
# Putting things into the box before the box is made:


# %% tags=["bug"]
class NoInit(nn.Module):
    """Forgets to make the box (忘了初始化)."""

    def __init__(self) -> None:
        self.linear = nn.Linear(1, 1)


if __name__ == "__main__":
    try:
        NoInit()
    except AttributeError as error:
        print(error)

# %% [markdown] lang="zh"
# ### 放进列表的零件没有登记

# %% [markdown] lang="en"
# ### Parts in a plain list are not registered

# %% [markdown] lang="zh" tags=["bug"]
# `nn.Module` 只登记直接赋给 `self` 的零件，藏在 Python 列表里的它看不见，优化器就拿到一张空名单：

# %% [markdown] lang="en" tags=["bug"]
# `nn.Module` registers what is assigned to `self` directly. It does not see what hides in a Python list, and the optimizer
# gets an empty list of parameters:


# %% tags=["bug"]
class InAList(nn.Module):
    """Hides its part in a list (零件藏在列表里)."""

    def __init__(self) -> None:
        super().__init__()
        self.parts = [nn.Linear(1, 1)]  # right: nn.ModuleList([nn.Linear(1, 1)])

    def forward(self, x: Tensor) -> Tensor:
        return self.parts[0](x)


if __name__ == "__main__":
    try:
        torch.optim.SGD(InAList().parameters(), lr=0.01)
    except ValueError as error:
        print(error)

# %% [markdown] lang="zh" tags=["bug"]
# 这里还好，报了错。要是别的零件登记上了，就只有这一个悄悄地不学。列表请用 `nn.ModuleList`。

# %% [markdown] lang="en" tags=["bug"]
# Here we are lucky to get an error. Had other parts been registered, this one alone would silently not learn. Use
# `nn.ModuleList` for lists.

# %% [markdown] lang="zh"
# ### 以为前向传播会更新参数

# %% [markdown] lang="en"
# ### Thinking that the forward pass updates

# %% [markdown] lang="zh" tags=["bug"]
# 有的教程说，数据流过模型时参数会自动更新。一步步看 `b` 变了没有：

# %% [markdown] lang="en" tags=["bug"]
# One reads that the parameters are updated as data pass through the model. Watch `b` at each stage:

# %% tags=["bug"]
if __name__ == "__main__":
    model = new_model(seed=0)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    stages = [model.linear.bias.item()]
    loss = nn.functional.mse_loss(model(x), y)
    stages.append(model.linear.bias.item())
    loss.backward()
    stages.append(model.linear.bias.item())
    optimizer.step()
    stages.append(model.linear.bias.item())
    for name, value in zip(
        ("start", "forward", "backward", "step"), stages, strict=True
    ):
        print(f"{name:8} b = {value:.4f}")

# %% [markdown] lang="zh" tags=["bug"]
# 只有 `step()` 改参数。`backward()` 只把导数存进 `.grad`，前向传播什么都不改。

# %% [markdown] lang="en" tags=["bug"]
# Only `step()` changes parameters. `backward()` just leaves the derivatives in `.grad`, and the forward pass changes nothing.

# %% [markdown] lang="zh"
# ### 旧写法 `size_average`，以及求和与求平均

# %% [markdown] lang="en"
# ### The old `size_average`, and sum against mean

# %% [markdown] lang="zh" tags=["bug"]
# 老教程写 `MSELoss(size_average=False)`，意思是把平方误差**相加**而不平均。今天写成 `reduction="sum"`；旧写法还能用，但会警告。
# 更要紧的是，$n$ 个样本的和是平均的 $n$ 倍，梯度也是，等于学习率乘了 $n$：

# %% [markdown] lang="en" tags=["bug"]
# Old tutorials write `MSELoss(size_average=False)`, meaning: **add** the squared errors up instead of averaging. Today that
# is `reduction="sum"`; the old spelling still works, with a warning. More important, the sum over $n$ samples is $n$ times
# the mean, and so is its gradient, as if the learning rate had been multiplied by $n$:

# %% tags=["bug"]
if __name__ == "__main__":
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        old = nn.MSELoss(size_average=False)
    print(caught[0].message)
    summed = nn.MSELoss(reduction="sum")
    print(f"sum / mean = {summed(x, y) / nn.functional.mse_loss(x, y):.0f}")
    path, losses = train(new_model(seed=0), x, y, lr=0.01, epochs=100, loss_fn=summed)
    print(f"summed loss, lr 0.01: {losses[0]:.0e} -> {losses[-1]}")

# %% [markdown] lang="zh" tags=["bug"]
# 同样的学习率 0.01，换成求和就发散成 `nan`（不是数）。用求和，就得把学习率除以 $n$；批次大小一变，又得重调。所以平均更好用。

# %% [markdown] lang="en" tags=["bug"]
# At the same learning rate of 0.01, the sum diverges until it is `nan` (not a number). With a sum, the learning rate must be
# divided by $n$, and changed again whenever the batch size changes. That is why the mean is handier.

# %% [markdown] lang="zh"
# ## 练习

# %% [markdown] lang="en"
# ## Exercises

# %% [markdown] lang="zh" tags=["exercise"]
# 只减去平均值、不除以标准差，够不够？算出中心化以后的条件数和学习率 0.01 所需的步数，和原始数据、标准化的数据比一比。

# %% [markdown] lang="en" tags=["exercise"]
# Would it be enough to subtract the mean, without dividing by the standard deviation? Work out the condition number after
# centring, and the steps needed at a learning rate of 0.01, and compare with the raw and the standardised data.


# %% tags=["solution"]
def condition_number(x: Tensor) -> float:
    """Largest over smallest eigenvalue of the Hessian (条件数), at least 1.

    Raises like ``check_data``, ``ValueError`` if all ``x`` are equal.
    """
    low, high = torch.linalg.eigvalsh(hessian(x)).tolist()
    if low <= 1e-12 * high:
        raise ValueError("all x are equal: one direction is flat")
    return high / low


if __name__ == "__main__":
    for name, column in (("raw", x), ("centred", x - x.mean()), ("standardised", z)):
        steps = steps_needed(column, lr=0.01)
        print(f"{name:12} condition {condition_number(column):5.1f}  steps {steps}")

# %% [markdown] lang="zh" tags=["solution"]
# 中心化已经解决了大半：斜坡和截距不再互相牵连。除以标准差让两个方向一样陡，学习率才能一起放大。

# %% [markdown] lang="en" tags=["solution"]
# Centring does most of it: slope and intercept no longer pull at each other. Dividing by the standard deviation makes both
# directions equally steep, so that the learning rate can grow for both.

# %% [markdown] lang="zh" tags=["exercise"]
# 三张收据：1 km 用 2 分钟，2 km 用 4 分钟，3 km 用 6 分钟，没有噪声。用 `reduction="sum"`、学习率 0.01 训练 1000 步，预报 4 km。
# 离 8 分钟差多少？换成求平均再试一次，为什么差得更多？

# %% [markdown] lang="en" tags=["exercise"]
# Three deliveries without noise: 1 km in 2 minutes, 2 km in 4, 3 km in 6. Train 1000 steps with `reduction="sum"` at a
# learning rate of 0.01, and forecast 4 km. How far from 8 minutes is it? Try again with the mean: why is it worse?


# %% tags=["solution"]
def forecast_four(reduction: str) -> float:
    """The forecast for 4 km after 1000 steps (预报 4 公里), in minutes.

    Raises ``ValueError`` unless ``reduction`` is "sum" or "mean".
    """
    if reduction not in ("sum", "mean"):
        raise ValueError(f'reduction must be "sum" or "mean", got {reduction!r}')
    x = torch.tensor([[1.0], [2.0], [3.0]])
    model = new_model(seed=0)
    train(
        model, x, 2 * x, lr=0.01, epochs=1000, loss_fn=nn.MSELoss(reduction=reduction)
    )
    with torch.no_grad():
        return model(torch.tensor([[4.0]])).item()


if __name__ == "__main__":
    for reduction in ("sum", "mean"):
        print(f"{reduction:4} {forecast_four(reduction):.4f}")

# %% [markdown] lang="zh" tags=["solution"]
# 求平均的梯度小三倍，同样的步数走得就少。两种写法通向同一个答案，快慢不同。

# %% [markdown] lang="en" tags=["solution"]
# The mean's gradient is three times smaller, so the same number of steps gets less far. Both lead to the same answer, at
# different speeds.

# %% [markdown] lang="zh" tags=["exercise"]
# 六单的记录：1、2、0.5、2.5、2.6、3.1 km，用时 3.7、4.6、1.65、5.68、5.98、6.95 分钟。写出 `forecast(x, y, km)`：先标准化，
# 用学习率 0.1 训练 100 步，再预报。预报 3.5 km，和不标准化、学习率 0.01、训练 1000 步的结果比一比。哪个更接近最小二乘？
# 3.5 km 比见过的都远，这样的预报可靠吗？

# %% [markdown] lang="en" tags=["exercise"]
# Six deliveries: 1, 2, 0.5, 2.5, 2.6 and 3.1 km took 3.7, 4.6, 1.65, 5.68, 5.98 and 6.95 minutes. Write `forecast(x, y, km)`,
# which standardises, trains 100 steps at a learning rate of 0.1, and forecasts. Forecast 3.5 km, and compare with 1000
# steps at 0.01 without standardising. Which is closer to least squares? All distances seen are below 3.5 km: can the
# forecast be trusted?


# %% tags=["solution"]
def forecast(x: Tensor, y: Tensor, km: float) -> float:
    """The time for ``km`` by a line trained on standardised x (预报), in minutes.

    ``x``, ``y`` have shape (n, 1). Raises like ``standardize`` and ``train``.
    """
    z, mean, std = standardize(x)
    path, _ = train(new_model(seed=0), z, y, lr=0.1, epochs=100)
    w, b = to_original(path[-1], mean, std)
    return (w * km + b).item()


if __name__ == "__main__":
    six_x = torch.tensor([[1.0], [2.0], [0.5], [2.5], [2.6], [3.1]])
    six_y = torch.tensor([[3.7], [4.6], [1.65], [5.68], [5.98], [6.95]])
    six_path, _ = train(new_model(seed=0), six_x, six_y, lr=0.01, epochs=1000)
    six_best = least_squares(six_x, six_y)
    print(f"raw           {six_path[-1, 0] * 3.5 + six_path[-1, 1]:.4f}")
    print(f"standardised  {forecast(six_x, six_y, 3.5):.4f}")
    print(f"least squares {six_best[0] * 3.5 + six_best[1]:.4f}")

# %% [markdown] lang="zh" tags=["solution"]
# 标准化的一百步和最小二乘一致，原始数据走一千步还差一点。至于可靠：线只在 0.5 到 3.1 km 之间对过数据，再往外就是假定它一直是直的。

# %% [markdown] lang="en" tags=["solution"]
# A hundred steps on standardised data agree with least squares; a thousand on the raw data are still a little off. As for
# trust: the line was compared with data between 0.5 and 3.1 km; beyond, one assumes that it stays straight.

# %% [markdown] lang="zh"
# ## 小结
# - **快递站的两个问题**：一公里 `{python} f"{good[0]:.2f}"` 分钟，出发前 `{python} f"{good[1]:.2f}"` 分钟（真值 3 和 2，差别来自噪声）。
#   不标准化只训练 100 步，会答成 `{python} f"{raw_path[-1, 1]:.2f}"` 分钟。
# - `nn.Module` 登记参数，损失函数量误差，优化器更新；它们和手写的每一步都相同。
# - 损失看着平了，不等于学完了：平的方向要 `{python} steps_needed(x, lr=0.01)` 步，标准化后只要 `{python} steps_needed(z, lr=0.1)` 步。
# - 只有 `step()` 改参数；忘了 `super().__init__()`、把零件藏进列表、求和当平均，都会坏事。
#
# 下一课 [多个特征](many_features.py)：不止距离，还有楼层、天气……矩阵让代码一行都不用多写。

# %% [markdown] lang="en"
# ## Recap
# - **The courier's two questions**: a kilometre takes `{python} f"{good[0]:.2f}"` minutes, and
#   `{python} f"{good[1]:.2f}"` are gone before the start (the truth is 3 and 2; the rest is noise). With 100 steps and no
#   standardising, the second answer would be `{python} f"{raw_path[-1, 1]:.2f}"`.
# - `nn.Module` registers parameters, the loss measures, the optimizer updates; step by step they do what we did by hand.
# - A loss that looks flat does not mean that training is done: the flat direction needs `{python} steps_needed(x, lr=0.01)`
#   steps, and after standardising only `{python} steps_needed(z, lr=0.1)`.
# - Only `step()` changes parameters. Leaving out `super().__init__()`, hiding parts in a list, or a sum taken for a mean all
#   do harm.
#
# Next, [many features](many_features.py): not distance alone but floors, weather and more, with matrices and not one more
# line of code.
