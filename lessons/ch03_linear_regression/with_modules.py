# %% [markdown] lang="zh"
# # 用模块写线性回归
# 快递站想预报送一单要多久。他们记了 100 单：距离从 0 到 10 km，越远越久。可是哪怕距离是 0，取件、爬楼也要花时间。
# **骑一公里要几分钟？还没上路，先要花掉几分钟？**
#
# 用时随距离沿一条直线上升，斜率和截距就是两个答案。[上一课](from_scratch.py) 从零写过训练，这一课换成 PyTorch 现成的零件，
# 神经网络也由它们搭成。然后会遇到一件怪事：训练 100 步，线看着很好，截距却错了一大截。
#
# 学完这一页，你能：
#
# - 用 PyTorch 的零件搭出模型和训练循环，并证明它和手写的**每一步**都一样；
# - 说清楚为什么同一个学习率，斜率几步就学好，截距几百步还没到；
# - 事先算出需要多少步，再把几百步变成几十步；
# - 避开四个常见的错误。
#
# 下面折叠的代码是导入和输入检查，初读可以跳过；其中 `nn` 是 PyTorch 放神经网络零件的地方。

# %% [markdown] lang="en"
# # Linear regression with modules
# A courier service wants to foretell how long a delivery takes. It has written down 100 deliveries, from 0 to 10 km: the
# farther, the longer. But even at distance 0 there is a parcel to pick up and a staircase to climb. **How many minutes does a
# kilometre take? And how many are gone before the wheels turn?**
#
# The time rises with the distance along a straight line, and its slope and intercept are the two answers.
# [The last lesson](from_scratch.py) wrote such a training from scratch. This one uses the ready-made parts of PyTorch, of
# which networks are built later. Then something odd happens: after 100 steps of training the line in the plot looks
# fine, and yet its intercept is badly wrong.
#
# After this page you can
#
# - build a model and a training loop from PyTorch's parts, and prove that **each step** is the one by hand;
# - say why, at the same learning rate, the slope is learned in a few steps and the intercept not in hundreds;
# - work out beforehand how many steps are needed, and turn hundreds of them into dozens;
# - stay clear of four common mistakes.
#
# The folded code holds imports and input checks; skip it at first reading. The `nn` in it is where PyTorch keeps the parts of
# neural networks.

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
# 数据照旧自己造，好知道真值：每公里 3 分钟，出发前 2 分钟。红灯、等电梯这些说不准的事是噪声，标准差也是 2 分钟。

# %% [markdown] lang="en"
# ## The data
# As before we make the data ourselves, so that the truth is known: 3 minutes a kilometre, 2 minutes before the start. Red
# lights, lifts and all that nobody can foretell are the noise, whose standard deviation is 2 minutes as well.


# %%
def make_deliveries(seed: int, n: int = 100) -> tuple[Tensor, Tensor]:
    """Distances and times (快递数据): ``x`` in km, ``y`` in minutes, both (n, 1).

    Raises ``ValueError`` for n < 2.
    """
    if not isinstance(n, int) or n < 2:
        raise ValueError(f"n must be an integer >= 2, got {n}")
    x = torch.linspace(0, 10, n).reshape(-1, 1)
    noise = torch.randn(n, 1, generator=torch.Generator().manual_seed(seed))
    return x, 3 * x + 2 + 2 * noise  # slope 3, intercept 2, noise 2


if __name__ == "__main__":
    x, y = make_deliveries(seed=0)
    print(
        f"{len(x)} deliveries, the last: {x[-1].item():.0f} km, {y[-1].item():.1f} min"
    )

# %% [markdown] lang="zh"
# 最后一单 10 km，没有噪声该用 `{python} 3 * 10 + 2` 分钟，实际用了 `{python} f"{y[-1].item():.1f}"` 分钟。
#
# ## 模型是一个模块
# 上一课的模型是两个散放的张量 `w` 和 `b`。参数有几百万个时，这样就管不过来了。**模块**（module）`nn.Module` 是一个收纳盒：
# 把带参数的零件赋给 `self.…`，它就登记在名单上，要更新时用 `parameters()` 全取出来。
#
# `nn.Linear(1, 1)` 就是这样一个零件，收 1 个数，给 1 个数：
#
# $$\hat y = w x + b$$
#
# $x$ 是距离，$\hat y$ 是预报的分钟数，$w$ 存在 `weight`，$b$ 存在 `bias`。方法 `forward` 写明输入怎样变成输出；
# 用的时候写 `model(x)`，PyTorch 会替你调用它。
#
# `nn.Linear` 的初值由全局随机数发生器抽取。要能重现，`new_model` 就临时给它定个种子，事后由 `fork_rng` 恢复原状。

# %% [markdown] lang="en"
# The last delivery, 10 km, would take `{python} 3 * 10 + 2` minutes without noise; it took
# `{python} f"{y[-1].item():.1f}"`.
#
# ## The model is a module
# In the last lesson the model was two loose tensors, `w` and `b`. With millions of parameters that becomes a mess. A
# **module**, `nn.Module`, is a box to keep them in: assign a part with parameters to `self.…`, and the box registers it;
# when it is time to update, `parameters()` hands out the whole list.
#
# `nn.Linear(1, 1)` is such a part. It takes 1 number and gives 1 number:
#
# $$\hat y = w x + b$$
#
# Here $x$ is the distance and $\hat y$ the forecast in minutes; $w$ is kept in `weight`, $b$ in `bias`. The method `forward`
# says how the input becomes the output; to use it, write `model(x)`, and PyTorch calls it for you.
#
# `nn.Linear` draws its first values from the global random number generator. So that they can be repeated, `new_model` gives
# that generator a seed for the moment, and `fork_rng` puts it back as it was.


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
    with torch.random.fork_rng(devices=[]):  # afterwards all as before
        torch.default_generator.manual_seed(seed)  # the global generator
        return LinearModel()


if __name__ == "__main__":
    for name, parameter in new_model(seed=0).named_parameters():
        print(name, tuple(parameter.shape), f"{parameter.item():.3f}")

# %% [markdown] lang="zh"
# `named_parameters()` 连名字一起交出。`weight` 是矩阵，形状为（输出数，输入数），`bias` 的形状是（输出数，），这里都只有一个数。
# 初值在 $\pm 1/\sqrt{\text{in}}$ 之间均匀地抽，$\text{in}$ 是输入数；输入只有 1 个，就是 -1 到 1。
#
# ## 训练循环
# 手写的每一步，都有一个现成的零件：
#
# | 要做的事 | 手写 | 零件 |
# |---|---|---|
# | 预测 | `pred = w * x + b` | `pred = model(x)` |
# | 量损失 | `((pred - y) ** 2).mean()` | `nn.MSELoss()` |
# | 清掉旧梯度 | `w.grad = None` | `optimizer.zero_grad()` |
# | 求梯度 | `loss.backward()` | `loss.backward()` |
# | 更新 | `w -= lr * w.grad` | `optimizer.step()` |
#
# **优化器**（optimizer）`torch.optim.SGD` 拿着参数名单，`step()` 给名单上的每个参数减去学习率乘梯度。
# 它不管参数是谁的，所以换一个模型，循环照旧。
#
# 小批量和上一课一样：每轮用 `randperm` 打乱行号，`split` 切成几份，一份走一步。每步之后，`flat` 用 `parameters_to_vector`
# 把参数排成一行，`detach` 让它脱离自动求导，存进 `path`，供后面比较。

# %% [markdown] lang="en"
# `named_parameters()` hands out the names, too. `weight` is a matrix of shape (outputs, inputs), `bias` has shape (outputs,);
# here each holds a single number. The first values are drawn evenly between $\pm 1/\sqrt{\text{in}}$, where $\text{in}$
# is the number of inputs: for 1 input, from -1 to 1.
#
# ## The training loop
# For every step done by hand there is a ready-made part:
#
# | To do | By hand | Part |
# |---|---|---|
# | predict | `pred = w * x + b` | `pred = model(x)` |
# | measure the loss | `((pred - y) ** 2).mean()` | `nn.MSELoss()` |
# | clear old gradients | `w.grad = None` | `optimizer.zero_grad()` |
# | take the gradient | `loss.backward()` | `loss.backward()` |
# | update | `w -= lr * w.grad` | `optimizer.step()` |
#
# The **optimizer** `torch.optim.SGD` holds the list of parameters, and `step()` subtracts learning rate times gradient from
# each of them. It need not know whose they are, so the loop stays the same when the model changes.
#
# The mini-batches are those of the last lesson: in every epoch `randperm` shuffles the row numbers, `split` cuts them into
# portions, and each portion makes one step. After each step `flat` lines up all parameters in one row with
# `parameters_to_vector`, `detach` takes it out of autograd, and it goes into `path`, to be compared later.


# %%
MSE = nn.MSELoss()


def flat(model: nn.Module) -> Tensor:
    """A copy of all parameters in one row, here (w, b) (参数排成一行)."""
    return nn.utils.parameters_to_vector(model.parameters()).detach()


def train(
    model: nn.Module,
    x: Tensor,
    y: Tensor,
    lr: float,
    epochs: int,
    batch_size: int | None = None,
    seed: int = 0,
    loss_fn: nn.Module = MSE,
) -> tuple[Tensor, list[float]]:
    """Train ``model`` in place by SGD (训练): path of (w, b), losses.

    ``x``, ``y`` have shape (n, 1); ``batch_size=None`` takes all samples at once.
    The path has shape (steps + 1, 2), the losses are one per step, before it.
    Raises like ``check_data`` and ``check_run``.
    """
    check_data(x, y)
    check_run(lr, epochs, batch_size)
    size = len(x) if batch_size is None else batch_size
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    rng = torch.Generator().manual_seed(seed)
    path, losses = [flat(model)], []
    for _ in range(epochs):
        for rows in torch.randperm(len(x), generator=rng).split(size):
            loss = loss_fn(model(x[rows]), y[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
            path.append(flat(model))
    return torch.stack(path), losses


# %% [markdown] lang="zh" tags=["check"]
# 零件真的和手写一样吗？另写一份不用零件的训练，导数用上一课推出的式子：残差乘 $x$ 的平均、残差的平均，都再乘 2。
# 参数从同样的初值出发，每批同样的 16 单，走一步比一次，打印最大的差：

# %% [markdown] lang="en" tags=["check"]
# Do the parts really do what we did by hand? Write the training once more without parts, with the derivatives from the last
# lesson: twice the mean of residual times $x$, and twice the mean residual. Start from the same values, take the same batches
# of 16, compare after every step, and print the largest difference:


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
    apart = (by_parts - by_hand).abs().max()
    print(f"{len(by_hand) - 1} steps, largest difference {apart:.0e}")

# %% [markdown] lang="zh"
# 100 单切成 7 批，10 轮就是 `{python} len(by_hand) - 1` 步。差别只是 `float32` 的舍入。图上曲线是零件，圆圈是手写（每 5 步一个），
# 虚线是真值，$w$ 的是 3，$b$ 的是 2：

# %% [markdown] lang="en"
# The 100 deliveries make 7 batches, so 10 epochs are `{python} len(by_hand) - 1` steps. The difference is mere rounding of
# `float32`. In the figure the curves are the parts, the circles (one every 5 steps) the training by hand, and the dashed lines
# the truth: 3 for $w$, 2 for $b$.

# %% tags=["plot"] alt_zh="w 和 b 随步数的变化。手写的圆圈每 5 步一个，全落在零件的曲线上。w 一步到 `{python} f'{by_parts[1, 0]:.2f}'`，就在真值 3 附近；b 先跳到 `{python} f'{by_parts[1, 1]:.2f}'`，再慢慢爬，到最后是 `{python} f'{by_parts[-1, 1]:.2f}'`，离真值 2 还远。" alt_en="w and b against the step. The circles of the training by hand, one every 5 steps, all lie on the curves of the parts. w is at `{python} f'{by_parts[1, 0]:.2f}'`, near its true value, 3, after one step; b jumps to `{python} f'{by_parts[1, 1]:.2f}'`, then creeps, and ends at `{python} f'{by_parts[-1, 1]:.2f}'`, still far from its true value, 2."
if __name__ == "__main__":
    fig, ax = plt.subplots()
    for column, (name, color) in enumerate((("w", "C0"), ("b", "C1"))):
        ax.plot(by_parts[:, column], color=color, label=f"{name}, module")
        dots = by_hand[::5, column]
        look = {"color": color, "mfc": "none", "label": f"{name}, by hand"}
        ax.plot(range(0, 71, 5), dots, "o", **look)
    ax.axhline(3, ls="--", color="gray", lw=1, label="truth")
    ax.axhline(2, ls="--", color="gray", lw=1)
    ax.set(xlabel="step", ylabel="parameter")
    ax.legend(loc="lower center", bbox_to_anchor=(0.45, 1), ncols=3, fontsize=9)
    plt.show()

# %% [markdown] lang="zh"
# ## 怪事：线很好，截距不对
# 小批量让 $w$ 微微抖动。现在每步都用全部 100 单，一步就是一轮，不再抖。学习率还是 0.01，走 100 步。

# %% [markdown] lang="en"
# ## Odd: a fine line with a wrong intercept
# The mini-batches make $w$ tremble a little. Use all 100 deliveries in every step, and it stops; a step is an epoch then. Keep
# the learning rate of 0.01 and take 100 steps.

# %% [markdown] lang="zh" tags=["predict"]
# 100 步以后，`w` 会接近 3 吗？`b` 会接近 2 吗？上一张图里有线索。

# %% [markdown] lang="en" tags=["predict"]
# After 100 steps, will `w` be near 3? Will `b` be near 2? The last figure has a clue.

# %% [markdown] lang="zh"
# 拿最小二乘来比，它是损失最低的直线，`lstsq` 一步解出。和上一课一样，`cat` 沿第二条轴（参数叫 `dim`，从 0 数起）
# 在 $x$ 旁拼上一列 1，这一列的权重就是截距；`double` 换成 `float64`，算得更准。

# %% [markdown] lang="en"
# Compare with least squares, the line of lowest loss, which `lstsq` finds in one go. As in the last lesson, `cat` joins a
# column of ones to $x$ along the second axis (the argument is `dim`, counted from 0), and the weight of that column is the
# intercept; `double` turns to `float64`, for accuracy.


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
    best_loss = MSE(best[0] * x + best[1], y.double()).item()
    print(f"trained        w = {raw_path[-1, 0]:.2f}  b = {raw_path[-1, 1]:.2f}")
    print(f"least squares  w = {best[0]:.2f}  b = {best[1]:.2f}")
    print(f"loss {raw_losses[-1]:.2f}, least squares {best_loss:.2f}")

# %% [markdown] lang="zh"
# `w` 差不多，`b` 却只有 `{python} f"{raw_path[-1, 1]:.2f}"` 分钟，最小二乘是 `{python} f"{best[1]:.2f}"` 分钟。
# 损失只高 `{python} f"{100 * (raw_losses[-1] / best_loss - 1):.0f}"`%，难怪看不出来：左图的两条线只在最左端分开一点，
# 右图的损失（对数刻度）几步以后像是平了。

# %% [markdown] lang="en"
# `w` is nearly right, but `b` is only `{python} f"{raw_path[-1, 1]:.2f}"` minutes where least squares has
# `{python} f"{best[1]:.2f}"`. The loss is a mere `{python} f"{100 * (raw_losses[-1] / best_loss - 1):.0f}"` per cent higher, so
# it hardly shows: on the left the two lines part a little at the far left only, and on the right the loss (on a
# logarithmic scale) seems flat after a few steps.

# %% tags=["plot"] alt_zh="左：散点、训练得到的线和最小二乘的线，两条线几乎重合，只在左端分开：0 km 处是 `{python} f'{raw_path[-1, 1]:.2f}'` 对 `{python} f'{best[1]:.2f}'` 分钟。右：损失从 `{python} f'{raw_losses[0]:.0f}'` 出发，第 5 步就到 `{python} f'{raw_losses[5]:.2f}'`，之后看起来是平的。" alt_en="Left: the points, the trained line and the least-squares line, nearly one but for the left end: at 0 km `{python} f'{raw_path[-1, 1]:.2f}'` against `{python} f'{best[1]:.2f}'` minutes. Right: the loss falls from `{python} f'{raw_losses[0]:.0f}'` to `{python} f'{raw_losses[5]:.2f}'` in 5 steps and looks flat from then on."
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
# 截距调高一点，斜率调低一点，近的单报得长些，远的短些，一多一少，损失几乎不变。距离全是正数，才能这样互相补偿。
# 所以在 $(w, b)$ 的地图上，损失是一条又长又平的斜谷：

# %% [markdown] lang="en"
# ## Why: steep one way, flat the other
# Raise the intercept a little and lower the slope a little: near deliveries are forecast longer, far ones shorter, and the loss
# hardly changes. This trade works because all distances are positive. So on the map of $(w, b)$ the loss is a long, flat,
# slanting valley:


# %% tags=["plot"] alt_zh="原始数据的损失是一条又窄又长的斜谷。路径几步就横着跨到谷底，然后沿谷底慢慢爬，100 步后 b 才到 `{python} f'{raw_path[-1, 1]:.2f}'`，星号（最小二乘）在 `{python} f'{best[1]:.2f}'`。" alt_en="With raw data the loss is a narrow, long, slanting valley. In a few steps the path crosses to the valley floor, then it crawls along it, and after 100 steps b is only at `{python} f'{raw_path[-1, 1]:.2f}'`; the star (least squares) is at `{python} f'{best[1]:.2f}'`."
def draw_valley(ax: plt.Axes, x: Tensor, y: Tensor, path: Tensor) -> None:
    """Loss above its minimum as contours, a path, and least squares (画山谷)."""
    best = least_squares(x, y)
    ends = torch.stack([path[0].double(), best])
    low, high = ends.min(0).values, ends.max(0).values
    pad = 0.35 * (high - low)
    all_w, all_b = (
        torch.linspace(low[i] - pad[i], high[i] + pad[i], 150) for i in range(2)
    )
    preds = all_w * x[:, :, None] + all_b[:, None]  # shape (n, 150, 150)
    heights = ((preds - y[:, :, None]) ** 2).mean(dim=0)
    levels = [0.1, 1, 5, 20, 60, 150, 300]
    above = heights - MSE(best[0] * x + best[1], y.double())
    ax.contour(all_w, all_b, above, levels, colors="gray", linewidths=0.8)
    ax.plot(*path.T, ".-", color="C0", label="path")
    ax.plot(*best, "*", color="C1", markersize=13, label="least squares")
    ax.set(xlabel="$w$", ylabel="$b$", aspect="equal")
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=2)


if __name__ == "__main__":
    fig, ax = plt.subplots()
    draw_valley(ax, x, y, raw_path)
    plt.show()

# %% [markdown] lang="zh"
# 同一条等高线上损失相等，一个圆点是一步。头几步横跨到谷底，后面九十多步沿着谷底爬，一半都没爬到。
#
# 要爬多少步，[梯度下降](../ch02_autograd/gradient_descent.py) 一课教过怎么算。山谷在各个方向上有多弯，记在**黑塞矩阵**（Hessian）里：
#
# $$H = \frac{2}{n} \begin{pmatrix} \sum_i x_i^2 & \sum_i x_i \\ \sum_i x_i & n \end{pmatrix}$$
#
# 数据一共 $n$ 单，$x_i$ 是第 $i$ 单的距离。第一列说 $w$ 增加 1 时两个导数各增加多少，第二列换成 $b$。它的两个**特征值**（eigenvalue）
# $\lambda$ 就是曲率，大的横跨山谷，小的顺着山谷。参数离谷底的误差拆到这两个方向，每走一步各乘
#
# $$1 - \eta \lambda$$
#
# $\eta$ 是学习率，必须小于 $2 / \lambda_{\max}$，否则横跨的步子越跨越大；而顺谷的 $\lambda$ 小，乘数接近 1，误差缩得就慢。
# 大小特征值之比叫**条件数**（condition number），越大，山谷越狭长。
#
# 代码里 `.T` 是转置，`@` 是矩阵乘法，`columns.T @ columns` 正是 $H$ 里的四个和；`eigvalsh` 从小到大给出特征值。
# `steps_needed` 取最慢的乘数，用对数解出它的几次方降到 0.01，即误差剩 1%。

# %% [markdown] lang="en"
# The loss is the same all along a contour, and each dot is a step. The first few cross to the valley floor;
# the other ninety and more crawl along it and do not get half-way.
#
# How many steps the crawl takes, [gradient descent](../ch02_autograd/gradient_descent.py) taught us to work out. How strongly
# the valley bends in each direction is kept in the **Hessian**:
#
# $$H = \frac{2}{n} \begin{pmatrix} \sum_i x_i^2 & \sum_i x_i \\ \sum_i x_i & n \end{pmatrix}$$
#
# where $n$ is the number of deliveries and $x_i$ the distance of delivery $i$. Its first column says how much the two
# derivatives grow when $w$ grows by 1, the second when $b$ does. Its two **eigenvalues** $\lambda$ are the curvatures: the
# large one across the valley, the small one along it. Split the error, from the parameters to the lowest point, into these
# two directions, and each step multiplies each part by its own
#
# $$1 - \eta \lambda$$
#
# where $\eta$ is the learning rate. It must stay below $2 / \lambda_{\max}$, or the steps across grow and grow. Along
# the valley $\lambda$ is small, the factor is close to 1, and the error shrinks slowly. The largest eigenvalue over the
# smallest is the **condition number**: the larger it is, the longer and narrower the valley.
#
# In the code `.T` transposes and `@` is the matrix product, so `columns.T @ columns` gives just the four sums in $H$;
# `eigvalsh` returns the eigenvalues, the smallest first. `steps_needed` takes the slowest factor and uses logarithms to
# find the power that brings it down to 0.01, when 1% of the error is left.


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

    Raises ``ValueError`` for a share outside (0, 1), for a rate at which the
    steepest direction does not shrink, and for a flat one (all ``x`` equal).
    """
    if not 0 < share < 1:
        raise ValueError(f"share must be between 0 and 1, got {share}")
    curvature = torch.linalg.eigvalsh(hessian(x))
    factor = (1 - lr * curvature).abs().max().item()
    if lr <= 0 or factor >= 1 - 1e-12:  # a flat direction, but for rounding
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
# 顺谷每步只缩小约千分之五，100 步之后误差还剩 `{python} f"{(1 - 0.01 * low) ** 100:.0%}"`，缺的就是那半分多钟。要只剩 1%，得走
# `{python} steps_needed(x, lr=0.01)` 步。调大学习率也救不了多少：上限是 `{python} f"{2 / high:.4f}"`，还不到现在的三倍。
#
# ## 换一把尺子：标准化
# 毛病出在 $x$ 的尺度，不在循环。那就先把 $x$ **标准化**（standardize）：减去平均，距离有正有负，
# 斜率和截距就不再互相补偿；再除以标准差，两个方向就一样陡。
#
# $$z_i = \frac{x_i - \bar x}{s}$$
#
# $\bar x$ 是距离的平均，$s$ 是标准差，$z_i$ 是标准化的结果。减了平均，$\sum_i z_i = 0$；标准差除以 $n$ 来算
# （`correction=0`，默认是 $n - 1$），$\sum_i z_i^2 = n$。代进 $H$：
#
# $$H = \frac{2}{n} \begin{pmatrix} n & 0 \\ 0 & n \end{pmatrix} = \begin{pmatrix} 2 & 0 \\ 0 & 2 \end{pmatrix}$$
#
# 两个特征值都是 2，山谷变成圆碗，学习率的上限升到 1。我们保守些，取它的十分之一，每步误差乘 `{python} 1 - 0.1 * 2`。
#
# 学到的 $w_z$、$b_z$ 属于 $z$。把 $z$ 的定义代进 $w_z z + b_z$，就换算回公里：
#
# $$w = \frac{w_z}{s}, \qquad b = b_z - w \bar x$$

# %% [markdown] lang="en"
# Along the valley a step takes off about half a per cent, so after 100 steps `{python} f"{(1 - 0.01 * low) ** 100:.0%}"` of the
# error is left: the missing half minute and more. To get down to 1% takes `{python} steps_needed(x, lr=0.01)` steps. A higher
# learning rate is no great help: its limit is `{python} f"{2 / high:.4f}"`, less than three times the present one.
#
# ## Another ruler: standardizing
# The trouble lies in the scale of $x$, not in the loop. So first **standardize** $x$: subtract the mean, and with distances
# of both signs slope and intercept no longer make up for each other; divide by the standard deviation, and both directions
# are equally steep.
#
# $$z_i = \frac{x_i - \bar x}{s}$$
#
# Here $\bar x$ is the mean of the distances, $s$ their standard deviation and $z_i$ the standardized distance. With the mean
# gone, $\sum_i z_i = 0$; with a standard deviation that divides by $n$ (`correction=0`; the default is $n - 1$),
# $\sum_i z_i^2 = n$. Put them into $H$:
#
# $$H = \frac{2}{n} \begin{pmatrix} n & 0 \\ 0 & n \end{pmatrix} = \begin{pmatrix} 2 & 0 \\ 0 & 2 \end{pmatrix}$$
#
# Both eigenvalues are 2, the valley is a round bowl, and the limit of the learning rate rises to 1. We stay careful and take a
# tenth of it, so that each step multiplies the error by `{python} 1 - 0.1 * 2`.
#
# The $w_z$ and $b_z$ we learn belong to $z$. Put the definition of $z$ into $w_z z + b_z$, and we are back at kilometres:
#
# $$w = \frac{w_z}{s}, \qquad b = b_z - w \bar x$$


# %%
def standardize(x: Tensor) -> tuple[Tensor, float, float]:
    """``x`` with mean 0 and standard deviation 1, and both (标准化).

    ``x`` has shape (n, 1). Raises like ``check_data``, and ``ValueError`` if all
    are equal.
    """
    check_data(x, x)
    mean, std = x.mean().item(), x.std(correction=0).item()
    if not std > 0:
        raise ValueError("all x are equal: there is nothing to standardize")
    return (x - mean) / std, mean, std


def to_original(line: Tensor, mean: float, std: float) -> Tensor:
    """(w, b) for standardized x as (w, b) for x itself (换算回原单位).

    ``line`` has shape (..., 2), with any number of axes before the last. Raises
    ``ValueError`` for a std that is not positive.
    """
    if not std > 0:
        raise ValueError(f"std must be positive, got {std}")
    slope = line[..., 0] / std
    return torch.stack([slope, line[..., 1] - slope * mean], dim=-1)


if __name__ == "__main__":
    z, mean, std = standardize(x)
    low_z, high_z = torch.linalg.eigvalsh(hessian(z)).tolist()
    print(f"eigenvalues {low_z:.3f} and {high_z:.3f}")
    print(f"steps until 1 % is left: {steps_needed(z, lr=0.1)}")
    z_path, _ = train(new_model(seed=0), z, y, lr=0.1, epochs=100)
    good = to_original(z_path[-1], mean, std)
    print(f"standardized   w = {good[0]:.2f}  b = {good[1]:.2f}")
    print(f"least squares  w = {best[0]:.2f}  b = {best[1]:.2f}")


# %% [markdown] lang="zh"
# 算下来 `{python} steps_needed(z, lr=0.1)` 步就够，为了公平还是走 100 步：`b` 是 `{python} f"{good[1]:.2f}"` 分钟，和最小二乘一致。
# 图上是 $(w_z, b_z)$：距离为平均值（5 km）时要 `{python} f"{z_path[-1, 1]:.1f}"` 分钟，
# 每远一个标准差（`{python} f"{std:.1f}"` km），多花 `{python} f"{z_path[-1, 0]:.1f}"` 分钟。

# %% [markdown] lang="en"
# By this reckoning `{python} steps_needed(z, lr=0.1)` steps are enough; to be fair we take 100 again, and `b` is
# `{python} f"{good[1]:.2f}"` minutes, just as least squares has it. The figure shows $(w_z, b_z)$:
# the mean distance (5 km) takes `{python} f"{z_path[-1, 1]:.1f}"` minutes, and each standard deviation
# (`{python} f"{std:.1f}"` km) farther adds `{python} f"{z_path[-1, 0]:.1f}"`.

# %% tags=["plot"] alt_zh="标准化后，等高线是圆。路径从 (0, 0) 笔直走向圆心的星号，停在 (`{python} f'{z_path[-1, 0]:.1f}'`, `{python} f'{z_path[-1, 1]:.1f}'`)，步子越来越小。" alt_en="After standardizing, the contours are circles. The path goes from (0, 0) straight to the star at their centre and ends at (`{python} f'{z_path[-1, 0]:.1f}'`, `{python} f'{z_path[-1, 1]:.1f}'`), with ever smaller steps."
if __name__ == "__main__":
    fig, ax = plt.subplots(figsize=(4.2, 5))
    draw_valley(ax, z, y, z_path)
    ax.set(xlabel="$w_z$", ylabel="$b_z$")
    plt.show()

# %% [markdown] lang="zh"
# ### 会不会碰巧？
# 换 200 组噪声，各训练 100 步。`train_many` 用广播一次训练 200 条线：`ys` 一列一组，`w` 和 `b` 各有 200 个数。

# %% [markdown] lang="en"
# ### Was it luck?
# Draw 200 sets of noise and train 100 steps on each. `train_many` trains all 200 lines at once by broadcasting: `ys` has a
# column for each set, `w` and `b` hold 200 numbers each.


# %%
def train_many(x: Tensor, ys: Tensor, lr: float, epochs: int) -> Tensor:
    """One line per data set, all samples in each step (同时训练): (sets, 2).

    ``x`` has shape (n, 1), ``ys`` (n, sets); each line starts at (0, 0). Raises
    like ``check_data`` and ``check_run``.
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
    bests = torch.stack([least_squares(x, ys[:, i : i + 1]) for i in range(200)])
    raw_miss = (train_many(x, ys, lr=0.01, epochs=100) - bests)[:, 1].abs()
    z_lines = to_original(train_many(z, ys, lr=0.1, epochs=100), mean, std)
    z_miss = (z_lines - bests)[:, 1].abs()
    for name, miss in (("raw", raw_miss), ("standardized", z_miss)):
        print(f"{name:12} b misses by {miss.min():.1g} to {miss.max():.1g} min")
    print("raw: within half a minute in", int((raw_miss < 0.5).sum()), "of 200")

# %% [markdown] lang="zh"
# 不标准化，只有 `{python} int((raw_miss < 0.5).sum())` 组的截距差在半分钟以内；标准化以后，200 组全都准到小数点后五位。
#
# ## 常见的错误
# ### 忘了 `super().__init__()`

# %% [markdown] lang="en"
# Without standardizing, the intercept is within half a minute in only `{python} int((raw_miss < 0.5).sum())` sets; with it, all
# 200 are right to five decimal places.
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
# 这里还好，报了错。要是名单上另有别的零件，就不报错，只有这一个悄悄地不学。要用列表，就写 `nn.ModuleList`。

# %% [markdown] lang="en" tags=["bug"]
# Here we are lucky to get an error. Had other parts been on the list, there would be no error, and this one alone would
# silently not learn. For a list, write `nn.ModuleList`.

# %% [markdown] lang="zh"
# ### 以为前向传播会更新参数

# %% [markdown] lang="en"
# ### Thinking that the forward pass updates

# %% [markdown] lang="zh" tags=["bug"]
# 有的教程说，数据流过模型（前向传播）时参数会自动更新。看看 `b` 变了没有：

# %% [markdown] lang="en" tags=["bug"]
# Some tutorials say that the parameters are updated as data pass through the model (the forward pass). Watch `b` at each stage:

# %% tags=["bug"]
if __name__ == "__main__":
    model = new_model(seed=0)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    stages = [model.linear.bias.item()]
    loss = MSE(model(x), y)
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
    print(f"sum / mean = {summed(x, y) / MSE(x, y):.0f}")
    _, losses = train(new_model(seed=0), x, y, lr=0.01, epochs=100, loss_fn=summed)
    print(f"summed loss, lr 0.01: {losses[0]:.0e} -> {losses[-1]}")

# %% [markdown] lang="zh" tags=["bug"]
# 学习率 0.01 用在和上，相当于平均的 `{python} f"{0.01 * len(x):.0f}"`，远超上限 `{python} f"{2 / high:.4f}"`。于是损失发散，
# 大到存不下，变成 `nan`（不是数）。用求和，学习率就得除以 $n$，批次大小一变又得重调，所以平均更好用。

# %% [markdown] lang="en" tags=["bug"]
# A rate of 0.01 on the sum is like `{python} f"{0.01 * len(x):.0f}"` on the mean, far above the limit of
# `{python} f"{2 / high:.4f}"`. So the loss diverges until it is too large to store and turns into `nan` (not a number). With a
# sum, the learning rate must be divided by $n$, and again whenever the batch size changes. That is why the mean is handier.

# %% [markdown] lang="zh"
# ## 练习

# %% [markdown] lang="en"
# ## Exercises

# %% [markdown] lang="zh" tags=["exercise"]
# 只减去平均、不除以标准差（叫中心化），够不够？算出条件数和学习率 0.01 所需的步数，和原始数据、标准化的数据比一比。

# %% [markdown] lang="en" tags=["exercise"]
# Would it be enough to subtract the mean, without dividing by the standard deviation (this is called centring)? Work out the
# condition number and the steps needed at a learning rate of 0.01, and compare with the raw and the standardized data.


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
    for name, column in (("raw", x), ("centred", x - x.mean()), ("standardized", z)):
        steps = steps_needed(column, lr=0.01)
        print(f"{name:12} condition {condition_number(column):5.1f}  steps {steps}")

# %% [markdown] lang="zh" tags=["solution"]
# 中心化解决了大半：斜率和截距不再互相补偿，学习率同是 0.01，步数和标准化一样多。再除以标准差，陡的方向变缓，学习率才能放大。

# %% [markdown] lang="en" tags=["solution"]
# Centring does most of it: slope and intercept can no longer make up for each other, and at the same rate of 0.01 it needs as
# many steps as standardizing. Dividing by the standard deviation makes the steep direction gentler, so that the rate can grow.

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
    loss_fn = nn.MSELoss(reduction=reduction)
    train(model, x, 2 * x, lr=0.01, epochs=1000, loss_fn=loss_fn)
    with torch.no_grad():
        return model(torch.tensor([[4.0]])).item()


if __name__ == "__main__":
    for reduction in ("sum", "mean"):
        print(f"{reduction:4} {forecast_four(reduction):.4f}")

# %% [markdown] lang="zh" tags=["solution"]
# 求平均的梯度只有求和的三分之一，同样的步数走得就少。

# %% [markdown] lang="en" tags=["solution"]
# The mean's gradient is a third of the sum's, so the same number of steps gets less far.

# %% [markdown] lang="zh" tags=["exercise"]
# 六单的记录：1、2、0.5、2.5、2.6、3.1 km，用时 3.7、4.6、1.65、5.68、5.98、6.95 分钟。写出 `forecast(x, y, km)`：先标准化，
# 用学习率 0.1 训练 100 步，再预报。预报 3.5 km，和不标准化、学习率 0.01 的 1000 步比，哪个更接近最小二乘？
# 3.5 km 比见过的都远，预报可靠吗？

# %% [markdown] lang="en" tags=["exercise"]
# Six deliveries: 1, 2, 0.5, 2.5, 2.6 and 3.1 km took 3.7, 4.6, 1.65, 5.68, 5.98 and 6.95 minutes. Write `forecast(x, y, km)`,
# which standardizes, trains 100 steps at a learning rate of 0.1, and forecasts. Forecast 3.5 km, and compare with 1000
# steps at 0.01 without standardizing. Which is closer to least squares? All distances seen are below 3.5 km: can the
# forecast be trusted?


# %% tags=["solution"]
def forecast(x: Tensor, y: Tensor, km: float) -> float:
    """The time for ``km`` by a line trained on standardized x (预报), in minutes.

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
    print(f"standardized  {forecast(six_x, six_y, 3.5):.4f}")
    print(f"least squares {six_best[0] * 3.5 + six_best[1]:.4f}")

# %% [markdown] lang="zh" tags=["solution"]
# 标准化的一百步和最小二乘一致，原始数据一千步还差一点。可靠吗？线只在 0.5 到 3.1 km 之间对过数据，再往外就是假定它一直是直的。

# %% [markdown] lang="en" tags=["solution"]
# A hundred steps on standardized data agree with least squares; a thousand on the raw data are still a little off. As for
# trust: the line was compared with data between 0.5 and 3.1 km; beyond, one assumes that it stays straight.

# %% [markdown] lang="zh"
# ## 小结
# - **快递站的两个问题**：一公里 `{python} f"{good[0]:.2f}"` 分钟，出发前 `{python} f"{good[1]:.2f}"` 分钟（真值 3 和 2，差别来自噪声）。
#   不标准化只训练 100 步，会答成 `{python} f"{raw_path[-1, 1]:.2f}"` 分钟。
# - `nn.Module` 登记参数，损失函数量误差，优化器更新，每一步都和手写相同。
# - 损失看着平了，不等于学完了：原始数据（学习率 0.01）要 `{python} steps_needed(x, lr=0.01)` 步，标准化后（0.1）只要
#   `{python} steps_needed(z, lr=0.1)` 步。
# - 只有 `step()` 改参数。别忘了 `super().__init__()`，别把零件藏进列表，别拿和当平均。
#
# 下一课 [多个特征](many_features.py)：输入从一个数变成十个，矩阵让代码和现在一样短。

# %% [markdown] lang="en"
# ## Recap
# - **The courier's two questions**: a kilometre takes `{python} f"{good[0]:.2f}"` minutes, and
#   `{python} f"{good[1]:.2f}"` are gone before the start (the truth is 3 and 2; the rest is noise). With 100 steps and no
#   standardizing, the second answer would be `{python} f"{raw_path[-1, 1]:.2f}"`.
# - `nn.Module` registers parameters, the loss measures, the optimizer updates; step by step they do what we did by hand.
# - A loss that looks flat does not mean that training is done: raw data (at rate 0.01) need
#   `{python} steps_needed(x, lr=0.01)` steps, standardized data (at 0.1) only `{python} steps_needed(z, lr=0.1)`.
# - Only `step()` changes parameters. Do not forget `super().__init__()`, hide parts in a list, or take a sum for a mean.
#
# Next, [many features](many_features.py): ten numbers as input instead of one, and matrices keep the code as short as now.
