# %% [markdown] lang="zh"
# # 学习率调度与梯度裁剪
# 你在一个海鸟观测站工作，有三件事要算：一只鸟停在两个月牙形小岛中的哪一个；它的巢在观测站往东、往北各几米处；
# 鸟群每年增长百分之几。教程里有两条“训练技巧”：每 30 轮把学习率除以 10；把梯度的长度裁到 1。该照抄吗？
#
# 不必争论，量一量就知道。三件事正好是三种情形：技巧有害、技巧有用、技巧救命。
#
# 学完这一页，你能：
#
# - 让学习率按计划变化，并事先算出它还够不够走到终点；
# - 说出学习率什么时候该逐渐变小，什么时候不该；
# - 看一眼梯度的长度，判断裁剪会不会起作用、裁到多长合适；
# - 认出三个顺序写错的程序，它们照样能运行。
#
# 下面折叠的代码导入 PyTorch，并检查输入，初读可以跳过。

# %% [markdown] lang="en"
# # Learning-rate schedules and gradient clipping
# You work at a seabird station and have three things to compute: on which of two crescent-shaped islands a bird sits; how many
# metres east and north of the station its nest is; and by how many per cent the colony grows each year. Tutorials offer two "training tricks":
# divide the learning rate by 10 every 30 epochs, and cut the gradient down to length 1. Should you copy them?
#
# No need to argue: measure. The three tasks happen to be three cases. A trick harms, a trick helps, a trick saves the run.
#
# After this page you can
#
# - let the learning rate follow a plan, and work out beforehand whether it can still reach the goal;
# - say when the rate should shrink during training, and when it should not;
# - look at the lengths of the gradients and tell whether clipping will do anything, and which limit is sensible;
# - spot three programs whose lines are in the wrong order, although they run.
#
# The folded code below imports PyTorch and checks the input. Skip it at first reading.

# %% tags=["setup"]
import math
import warnings
from collections.abc import Sequence
from typing import NamedTuple

import matplotlib.pyplot as plt
import torch
from sklearn.datasets import make_moons
from torch import Tensor


def check_count(name: str, value: int, least: int = 1) -> None:
    """Refuse all but integers of at least ``least`` (检查个数)."""
    if not isinstance(value, int) or value < least:
        raise ValueError(f"{name} must be an integer >= {least}, got {value}")


def check_positive(name: str, value: float) -> None:
    """Refuse numbers that are not positive and finite (检查正数)."""
    if not 0 < value < math.inf:
        raise ValueError(f"{name} must be positive and finite, got {value}")


def check_share(name: str, value: float) -> None:
    """Refuse numbers outside (0, 1] (检查比例)."""
    if not 0 < value <= 1:
        raise ValueError(f"{name} must lie in (0, 1], got {value}")


def check_float(name: str, t: Tensor, *shape: int | None) -> None:
    """Refuse all but finite floats of a shape (检查张量); None: any length."""
    if not isinstance(t, Tensor) or not t.is_floating_point():
        found = getattr(t, "dtype", type(t))
        raise TypeError(f"{name} must be a float tensor, got {found}")
    wanted = tuple("any" if size is None else size for size in shape)
    fits = t.ndim == len(shape) and t.numel() > 0
    for size, n in zip(shape, t.shape, strict=False):
        fits = fits and size in (None, n)
    if not fits:
        raise ValueError(f"{name} must have shape {wanted}, got {tuple(t.shape)}")
    if not t.isfinite().all():
        raise ValueError(f"{name} contains NaN or infinity")


def check_rates(rates: Sequence[float]) -> None:
    """Refuse empty, negative or non-finite learning rates (检查学习率)."""
    if len(rates) == 0:
        raise ValueError("rates must hold at least one learning rate, got none")
    for rate in rates:
        if not 0 <= rate < math.inf:
            raise ValueError(f"rates must be >= 0 and finite, got {rate}")


def check_seeds(seeds: Sequence[int]) -> None:
    """Refuse an empty list of seeds (检查种子)."""
    if len(seeds) == 0:
        raise ValueError("seeds must hold at least one seed, got none")


def seeded(seed: int) -> torch.Generator:
    """A generator with a seed of its own (带种子的生成器)."""
    return torch.Generator().manual_seed(seed)


# %% [markdown] lang="zh"
# ## 三种调度
# 让学习率随轮次变化的规则，叫**学习率调度**（learning-rate schedule）。道理很直观：离得远时大步走，快到了再小步挪。
# 记起始学习率为 $\eta_0$，第 $t$ 轮（从 0 数起）的学习率为 $\eta_t$。最常见的三种是：
#
# $$\eta_t = \eta_0\, \gamma^{\lfloor t/s \rfloor}, \qquad \eta_t = \eta_0\, \frac{1 + \cos(\pi t / T)}{2}, \qquad \eta_t = \eta_0 \Bigl(r + (1 - r)\frac{\min(t, T)}{T}\Bigr)$$
#
# - **阶梯式**：每 $s$ 轮乘一次 $\gamma$；$\lfloor t/s \rfloor$ 是 $t/s$ 舍去小数，即已经乘了几次；
# - **余弦式**：$T$ 轮里沿余弦曲线从 $\eta_0$ 平滑地降到 0；
# - **预热**（warmup）：从较小的 $r\,\eta_0$ 起，用 $T$ 轮直线升到 $\eta_0$，防止一开头梯度很大时冲出去。

# %% [markdown] lang="en"
# ## Three schedules
# A rule that changes the learning rate over the epochs is a **learning-rate schedule**. The idea is plain: long steps while you are
# far away, short ones when you are nearly there. Let $\eta_0$ be the rate at the start and $\eta_t$ the rate in epoch $t$, counted
# from 0. The three most common schedules:
#
# $$\eta_t = \eta_0\, \gamma^{\lfloor t/s \rfloor}, \qquad \eta_t = \eta_0\, \frac{1 + \cos(\pi t / T)}{2}, \qquad \eta_t = \eta_0 \Bigl(r + (1 - r)\frac{\min(t, T)}{T}\Bigr)$$
#
# - **step**: multiply by $\gamma$ every $s$ epochs; $\lfloor t/s \rfloor$ is $t/s$ without its decimals, the number of times so far;
# - **cosine**: along a cosine curve, smoothly from $\eta_0$ to 0 within $T$ epochs;
# - **warmup**: start at the smaller rate $r\,\eta_0$ and rise in a straight line to $\eta_0$ within $T$ epochs, lest large gradients
#   at the very start throw you out.


# %%
def step_lr(lr: float, epoch: int, step_size: int, gamma: float = 0.1) -> float:
    """The rate of ``epoch``, times ``gamma`` every ``step_size`` (阶梯式调度).

    Multiplies one by one, as ``torch.optim.lr_scheduler.StepLR`` does, and so
    equals it bit for bit. ``gamma`` in (0, 1]. Raises ``ValueError``.
    """
    check_positive("lr", lr)
    check_count("epoch", epoch, 0)
    check_count("step_size", step_size)
    check_share("gamma", gamma)
    for _ in range(epoch // step_size):
        lr *= gamma
    return lr


def cosine_lr(lr: float, epoch: int, epochs: int, lr_min: float = 0.0) -> float:
    """Half a cosine from ``lr`` to ``lr_min`` in ``epochs`` (余弦式调度).

    Beyond ``epochs`` it rises again, as torch's does. Equals the closed form of
    ``CosineAnnealingLR`` bit for bit; the scheduler itself multiplies from epoch
    to epoch and rounds differently. Raises ``ValueError``.
    Source: Loshchilov and Hutter (2017), SGDR.
    """
    check_positive("lr", lr)
    check_count("epoch", epoch, 0)
    check_count("epochs", epochs)
    if not 0 <= lr_min <= lr:
        raise ValueError(f"lr_min must lie in [0, lr], got {lr_min}")
    return lr_min + (lr - lr_min) * (1 + math.cos(math.pi * epoch / epochs)) / 2


def warmup(lr: float, epoch: int, epochs: int, start: float = 1 / 3) -> float:
    """A straight rise from ``start * lr`` to ``lr`` in ``epochs`` (预热).

    Then constant. ``start`` in (0, 1]. Equals the closed form of ``LinearLR`` bit
    for bit (the scheduler itself rounds differently). Raises ``ValueError``.
    """
    check_positive("lr", lr)
    check_count("epoch", epoch, 0)
    check_count("epochs", epochs)
    check_share("start", start)
    return lr * (start + (1 - start) * min(epochs, epoch) / epochs)


if __name__ == "__main__":
    print("epoch   step    cosine  warmup")
    for t in (0, 30, 90, 500, 999):
        three = step_lr(0.05, t, 30), cosine_lr(0.05, t, 1000), warmup(0.05, t, 100)
        print(f"{t:5}" + "".join(f"{rate:8.1g}" for rate in three))

# %% [markdown] lang="zh"
# 表里是 $\eta_0 = 0.05$ 时各轮的学习率。阶梯式用教程的设置 $s = 30$、$\gamma = 0.1$，
# 也就是 `StepLR(step_size=30, gamma=0.1)`；余弦式用 1000 轮；预热用 100 轮。
#
# ## 有害：冻住的训练
# 第一件事：两个小岛像两弯勾在一起的月牙，[一条直线分不开](../ch05_networks/decision_boundaries.py)。数据是 200 个定位，
# 坐标以 km 计，标签是岛的编号 0 或 1。网络有 2 个输入、4 个 tanh 单元、1 个输出，共 17 个参数；损失是二元交叉熵，
# 每轮用 [Adam](optimizers.py) 走一步。3 种调度各 20 个种子，所有网络排在最前的轴上，一起训练。

# %% [markdown] lang="en"
# The table gives the rate of some epochs for $\eta_0 = 0.05$. The step schedule has the tutorials' setting, $s = 30$ and
# $\gamma = 0.1$, which is `StepLR(step_size=30, gamma=0.1)`; cosine runs over 1000 epochs, warmup over 100.
#
# ## Harm: a frozen training
# The first task: the islands are two crescents hooked into each other, which
# [no straight line separates](../ch05_networks/decision_boundaries.py). The data are 200 fixes with coordinates in km; the label
# is the number of the island, 0 or 1. The network has 2 inputs, 4 tanh units and 1 output, in all 17 parameters. The loss is
# binary cross-entropy, and each epoch takes one step of [Adam](optimizers.py). Three schedules with 20 seeds each: all these
# networks stand along the leading axis and train together.


# %%
class History(NamedTuple):
    """A whole training, epoch by epoch (训练的全过程)."""

    params: Tensor  # (epochs + 1, runs, 17)
    losses: Tensor  # (epochs, runs), nats, before each step
    norms: Tensor  # (epochs, runs), lengths of the gradients


def bird_fixes(n: int = 200, seed: int = 42) -> tuple[Tensor, Tensor]:
    """Fixes on two islands (两岛的定位): km (n, 2), island 0 or 1 (n,), float32.

    ``ValueError`` for n < 2. Source: ``sklearn.datasets.make_moons``, noise 0.1.
    """
    check_count("n", n, 2)
    km, island = make_moons(n, noise=0.1, random_state=seed)
    return tuple(torch.tensor(t, dtype=torch.float32) for t in (km, island))


def make_nets(seeds: Sequence[int]) -> Tensor:
    """Parameters as ``nn.Linear`` draws them (初始参数), (seeds, 17).

    A network's row: 8 weights, 4 biases; 4 weights, 1 bias. Layers with k inputs
    draw from U(-1/sqrt(k), 1/sqrt(k)). ``ValueError`` without seeds.
    """
    check_seeds(seeds)
    draws = [torch.rand(17, generator=seeded(s)) for s in seeds]
    reach = torch.tensor([1 / math.sqrt(2)] * 12 + [1 / math.sqrt(4)] * 5)
    return (2 * torch.stack(draws) - 1) * reach


def scores(params: Tensor, km: Tensor) -> Tensor:
    """Logits of all networks (得分), (runs, n); positive means island 1."""
    check_float("params", params, None, 17)
    check_float("km", km, None, 2)
    weights, biases = params[:, :8].reshape(-1, 2, 4), params[:, None, 8:12]
    hidden = torch.tanh(km @ weights + biases)
    return (hidden @ params[:, 12:16, None])[..., 0] + params[:, 16:]


def accuracy(params: Tensor, km: Tensor, island: Tensor) -> Tensor:
    """Share of fixes put on the right island (准确率), (runs,)."""
    check_float("island", island, len(km))
    return ((scores(params, km) > 0) == (island > 0.5)).float().mean(dim=1)


def train(params: Tensor, rates: Tensor, km: Tensor, island: Tensor) -> History:
    """Adam with a rate for every epoch and run (按调度训练).

    ``params`` (runs, 17), ``rates`` (epochs, runs), ``km`` (n, 2), ``island``
    (n,). Raises ``TypeError`` or ``ValueError`` for other inputs.
    """
    check_float("rates", rates, None, len(params))
    check_float("island", island, len(km))
    m, s, path, losses, norms = 0.0, 0.0, [params.detach()], [], []
    bce = torch.nn.functional.binary_cross_entropy_with_logits
    for t, rate in enumerate(rates, 1):
        p = path[-1].requires_grad_()
        z = scores(p, km)
        loss = bce(z, island.expand_as(z), reduction="none").mean(dim=1)
        (g,) = torch.autograd.grad(loss.sum(), p)
        m, s = 0.9 * m + 0.1 * g, 0.999 * s + 0.001 * g**2
        step = (m / (1 - 0.9**t)) / ((s / (1 - 0.999**t)).sqrt() + 1e-8)
        path.append((p - rate[:, None] * step).detach())
        losses.append(loss.detach())
        norms.append(g.norm(dim=1))
    path = [p.detach() for p in path]
    return History(torch.stack(path), torch.stack(losses), torch.stack(norms))


# %% [markdown] lang="zh" tags=["predict"]
# 训练 1000 轮。不用调度、`StepLR(30, 0.1)`、余弦式，各有几个种子能答对至少 95% 的定位？

# %% [markdown] lang="en" tags=["predict"]
# Train for 1000 epochs with a constant rate, with `StepLR(30, 0.1)` and with cosine. For how many of the seeds does each get at
# least 95% of the fixes right?

# %%
if __name__ == "__main__":
    epochs, names = 1000, ("constant", "StepLR", "cosine")
    plans = [
        [0.05, step_lr(0.05, t, 30, 0.1), cosine_lr(0.05, t, epochs)]
        for t in range(epochs)
    ]
    plans = torch.tensor(plans)  # (epochs, 3)
    km, island = bird_fixes()
    nets = make_nets(range(20)).repeat(3, 1)
    run = train(nets, plans.repeat_interleave(20, dim=1), km, island)
    right = accuracy(run.params[-1], km, island).reshape(3, 20)
    solved = (right >= 0.95).sum(dim=1).tolist()
    final = run.losses[-1].reshape(3, 20).median(dim=1).values.tolist()
    for row, name in enumerate(names):
        mid = right[row].median().item()
        print(f"{name:8}  {solved[row]:2} of 20  {mid:.3f}  {final[row]:.4f}")

# %% tags=["plot"] alt_zh="左：三种学习率随轮次变化；阶梯式每 30 轮掉一级，很快出了图的下沿。右：20 个种子的损失中位数；阶梯式很快就成了水平线，停在 `{python} f'{final[1]:.2f}'`，恒定和余弦式一直降到 0.01 以下。" alt_en="Left: the three learning rates over the epochs; the step schedule drops a level every 30 epochs and soon leaves the picture. Right: the median loss of 20 seeds; with the step schedule it is soon a level line, at `{python} f'{final[1]:.2f}'`, while constant and cosine fall below 0.01."
if __name__ == "__main__":
    size = {"figsize": (7, 3.4), "layout": "constrained"}
    fig, (ax1, ax2) = plt.subplots(1, 2, **size)
    curves = run.losses.reshape(epochs, 3, 20).median(dim=2).values
    for i, style in enumerate(("C0-", "C1--", "C2-.")):
        ax1.plot(plans[:, i], style, label=names[i])
        ax2.plot(curves[:, i], style)
    for ax, ylabel in ((ax1, "learning rate"), (ax2, "training loss")):
        ax.set(yscale="log", xlabel="epoch", ylabel=ylabel)
    ax1.set_ylim(1e-6, 0.2)
    ax2.set_ylim(5e-4, 1)
    fig.legend(loc="outside upper center", ncols=3)
    plt.show()

# %% [markdown] lang="zh"
# 每行是成功的种子数、准确率的中位数、最后损失的中位数。照抄 `StepLR(30, 0.1)`，20 个种子只有 `{python} solved[1]` 个成功，
# 不用调度反而是 `{python} solved[0]` 个。余弦式也都成功，但损失没有恒定的低：这里每轮都用全部数据，没有抖动要平息，调度帮不上忙。
#
# 为什么冻住？Adam 一步大约走一个学习率那么远。所以**学习率之和就是还能走的路**，而等比数列的和是有限的：
#
# $$\sum_{t=0}^{\infty} \eta_t = s\,\eta_0\,(1 + \gamma + \gamma^2 + \cdots) = \frac{s\,\eta_0}{1 - \gamma}$$

# %% [markdown] lang="en"
# Each line gives the seeds that succeed, the median accuracy and the median of the last loss. With `StepLR(30, 0.1)` as copied,
# `{python} solved[1]` of 20 seeds succeed; without any schedule, `{python} solved[0]`. Cosine succeeds every time too, but its loss is
# not as low as with the constant rate: here every epoch uses all the data, there is no jitter to calm, and a schedule cannot help.
#
# Why does it freeze? A step of Adam is about one learning rate long. So **the sum of the rates is the way that is left**, and a
# geometric series has a finite sum:
#
# $$\sum_{t=0}^{\infty} \eta_t = s\,\eta_0\,(1 + \gamma + \gamma^2 + \cdots) = \frac{s\,\eta_0}{1 - \gamma}$$

# %%
if __name__ == "__main__":
    left_to_go = plans[90:].sum(dim=0)
    moved = (run.params[-1] - run.params[90]).abs().reshape(3, -1).max(dim=1).values
    for i, name in enumerate(names):
        print(f"{name:8} rates left = {left_to_go[i]:.2g}  moved = {moved[i]:.2g}")
    print(f"step: epoch 90 {step_lr(0.05, 90, 30):.0e}", end="")
    print(f"  epoch 999 {step_lr(0.05, 999, 30):.0e}")

# %% [markdown] lang="zh"
# 第 90 轮以后，学习率之和只剩 `{python} f"{left_to_go[1].item():.4f}"`；用阶梯式的 20 个网络里，参数再走的路最远也只有
# `{python} f"{moved[1].item():.4f}"`。恒定学习率的网络，有的参数还走了 `{python} f"{moved[0].item():.0f}"`。
# 从右图看，它冻在了损失的一段平台上；恒定学习率也经过那里，到第 `{python} int((curves[:, 0] < 0.2).nonzero()[0])` 轮，损失的中位数才降到
# 0.2 以下。到最后一轮，阶梯式的学习率是 `{python} f"{step_lr(0.05, 999, 30):.0e}"`：程序在跑，什么也没学。除以 10 没有错，错在 30 轮对 1000 轮太短。
#
# ## 有用：平息小批量的抖动
# 第二件事：找巢。定位器给出 400 个定位，误差的标准差是 30 m。位置 $p$ 的损失是它到各个定位的距离平方的平均，
# 最低处就是定位的平均位置。我们假装不知道，从观测站 $(0, 0)$ 出发，用 10 个一批的随机梯度下降去找。每一批都有些偏，
# 所以梯度总在抖。

# %% [markdown] lang="en"
# After epoch 90 the rates add up to only `{python} f"{left_to_go[1].item():.4f}"`, and in the 20 networks with the step schedule no
# parameter moves by more than `{python} f"{moved[1].item():.4f}"` again. With the constant rate, some still move by
# `{python} f"{moved[0].item():.0f}"`. The right-hand figure shows that training froze on a plateau of the loss. The constant rate comes
# by there too; its median loss falls below 0.2 in epoch `{python} int((curves[:, 0] < 0.2).nonzero()[0])`. In the last epoch, the rate of
# the step schedule is `{python} f"{step_lr(0.05, 999, 30):.0e}"`: the program runs and learns nothing. Dividing by 10 is not wrong; 30 epochs are too few for a run of 1000.
#
# ## Help: calming the jitter of mini-batches
# The second task: find the nest. A tag has sent 400 fixes whose errors have a standard deviation of 30 m. The loss of a place $p$ is
# the mean of its squared distances to the fixes, and is lowest at the mean of the fixes. We pretend not to know, start from the
# station at $(0, 0)$ and look for it by stochastic gradient descent with batches of 10. Every batch is a little off, so the gradient
# jitters.


# %%
NEST = (300.0, 400.0)  # metres east and north of the station


def nest_fixes(seeds: Sequence[int], n: int = 400) -> Tensor:
    """Noisy fixes of the nest in metres (巢的定位), (seeds, n, 2).

    The noise has standard deviation 30 m. Raises ``ValueError`` without seeds.
    """
    check_seeds(seeds)
    check_count("n", n)
    noise = [torch.randn(n, 2, generator=seeded(s)) for s in seeds]
    return torch.tensor(NEST) + 30 * torch.stack(noise)


def find_nest(fixes: Tensor, rates: Sequence[float], seed: int = 0) -> Tensor:
    """SGD with one rate per batch of 10 (随机梯度下降找巢): the path in metres.

    ``fixes`` (runs, n, 2), n a multiple of 10, shuffled anew in every epoch. The
    path has shape (len(rates) + 1, runs, 2). Raises ``TypeError``, ``ValueError``.
    """
    check_float("fixes", fixes, None, None, 2)
    check_rates(rates)
    per_epoch, rest = divmod(fixes.shape[1], 10)
    if rest:
        raise ValueError(f"n must be a multiple of 10, got {fixes.shape[1]}")
    rng = seeded(seed)
    path = [torch.zeros_like(fixes[:, 0])]
    for k, rate in enumerate(rates):
        if k % per_epoch == 0:
            shuffled = fixes[:, torch.randperm(fixes.shape[1], generator=rng)]
        batch = shuffled[:, 10 * (k % per_epoch) :][:, :10]
        gradient = 2 * (path[-1] - batch.mean(dim=1))
        path.append(path[-1] - rate * gradient)
    return torch.stack(path)


def metres_off(path: Tensor, fixes: Tensor) -> Tensor:
    """Distance to the lowest loss (离最低点的距离), metres, (steps + 1, runs)."""
    check_float("fixes", fixes, None, None, 2)
    check_float("path", path, None, len(fixes), 2)
    return (path - fixes.mean(dim=1)).norm(dim=-1)


if __name__ == "__main__":
    fixes, batches = nest_fixes(range(20)), 10 * 40  # 10 epochs of 40 batches
    cosine = [cosine_lr(0.1, k, batches) for k in range(batches)]
    tries = {
        "constant 0.1": [0.1] * batches,
        "constant 0.005": [0.005] * batches,
        "cosine": cosine,
    }
    off = {}
    for name, rates in tries.items():
        off[name] = metres = metres_off(find_nest(fixes, rates), fixes)
        low, mid, high = metres[-1].quantile(torch.tensor([0, 0.5, 1])).tolist()
        print(f"{name:14}  {low:5.2f}  {mid:5.2f}  {high:5.2f} m")
    closer = int((off["cosine"][-1] < off["constant 0.1"][-1]).sum())
    print(f"cosine closer than constant 0.1: {closer} of 20")

# %% tags=["plot"] alt_zh="离最低点的距离随步数变化，20 个种子的中位数，纵轴为对数。恒定 0.1 很快降到几米，然后在原处抖动；恒定 0.005 平稳但慢，还没走完；余弦式先一样快，后半程越降越低。" alt_en="Distance to the minimum over the steps, median of 20 seeds, logarithmic. Constant 0.1 quickly falls to a few metres and jitters there; constant 0.005 is smooth but slow and has not arrived; cosine is as fast at first and goes on falling in the second half."
if __name__ == "__main__":
    fig, ax = plt.subplots()
    for name, style in zip(off, ("C0-", "C1--", "C2-."), strict=True):
        ax.plot(off[name].median(dim=1).values, style, label=name, lw=1.3)
    ax.set(yscale="log", xlabel="step", ylabel="distance to the minimum (m)")
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=3, fontsize=9)
    plt.show()

# %% [markdown] lang="zh"
# 打印的是 20 个种子里最后距离的最小值、中位数和最大值。恒定 0.1 到得快，却停不稳，离最低点
# `{python} f"{off['constant 0.1'][-1].median().item():.1f}"` m；恒定 0.005 走得稳，却还差
# `{python} f"{off['constant 0.005'][-1].median().item():.1f}"` m；余弦式先快后稳，只差 `{python} f"{off['cosine'][-1].median().item():.2f}"` m，
# 20 个种子里 `{python} closer` 个比恒定 0.1 近。**先用大步赶路，再用小步平息抖动**：这才是调度的用处。
#
# ## 梯度裁剪
# **梯度裁剪**（gradient clipping）管的是另一件事：偶尔一个大得离谱的梯度。把所有参数的梯度连成一个长向量 $g$，太长就缩短：
#
# $$g' = g \cdot \min\Bigl(1, \frac{c}{\lVert g \rVert + \varepsilon}\Bigr)$$
#
# $\lVert g \rVert$ 是 $g$ 的**范数**（norm），即长度，各数平方和的平方根；$c$ 是允许的最大长度，参数名 `max_norm`；$\varepsilon$ 是 `1e-6`，
# 防止除以 0。**方向不变，只改长度**；不超过 $c$ 的，几乎原样不动。

# %% [markdown] lang="en"
# Printed are the smallest, the median and the largest final distance of 20 seeds. Constant 0.1 arrives fast but never settles: it is
# `{python} f"{off['constant 0.1'][-1].median().item():.1f}"` m from the minimum. Constant 0.005 walks steadily but still has
# `{python} f"{off['constant 0.005'][-1].median().item():.1f}"` m to go. Cosine is fast first and steady later, only
# `{python} f"{off['cosine'][-1].median().item():.2f}"` m off, and closer than constant 0.1 for `{python} closer` of 20 seeds. **Long
# steps to cover the distance, short ones to calm the jitter**: that is what a schedule is for.
#
# ## Gradient clipping
# **Gradient clipping** is for something else: the occasional gradient that is absurdly large. Join the gradients of all parameters
# into one long vector $g$; if it is too long, shorten it:
#
# $$g' = g \cdot \min\Bigl(1, \frac{c}{\lVert g \rVert + \varepsilon}\Bigr)$$
#
# Here $\lVert g \rVert$ is the **norm** of $g$, its length: the root of the sum of all squares. $c$ is the greatest length allowed,
# called `max_norm`; $\varepsilon$ is `1e-6` and prevents division by 0. **The direction stays, only the length changes**; a gradient
# no longer than $c$ is left as it is, or very nearly so.


# %%
def clip_by_norm(
    grads: Sequence[Tensor], max_norm: float
) -> tuple[list[Tensor], Tensor]:
    """Shorten gradients to ``max_norm`` together (按范数裁剪).

    Returns the new gradients and the norm before. Same operations in the same
    order as ``torch.nn.utils.clip_grad_norm_``, hence equal bit for bit (which
    changes ``.grad`` in place instead). Raises ``TypeError`` or ``ValueError``.
    Source: Pascanu, Mikolov and Bengio (2013).
    """
    check_positive("max_norm", max_norm)
    if isinstance(grads, Tensor) or len(grads) == 0:
        raise ValueError("grads must be a list of at least one tensor")
    for g in grads:
        check_float("each gradient", g, *g.shape)
    norms = torch.stack([torch.linalg.vector_norm(g) for g in grads])
    norm = torch.linalg.vector_norm(norms)
    factor = (max_norm / (norm + 1e-6)).clamp(max=1)
    return [g * factor for g in grads], norm


if __name__ == "__main__":
    for pair in ([3.0, 4.0], [0.3, 0.4]):
        (short,), norm = clip_by_norm([torch.tensor(pair)], max_norm=1)
        rounded = [round(v, 4) for v in short.tolist()]
        print(f"{pair} norm = {norm:.1f} -> {rounded}")
    usual = run.norms[:, :20]  # the 20 runs at a constant rate
    over, count = int((usual > 1).sum()), usual.numel()
    print(f"norm > 1: {over} of {count}  largest = {usual.max():.3f}")

# %% tags=["plot"] alt_zh="小岛网络 `{python} count` 步的梯度范数直方图，横轴为对数，全部在裁剪线 1 的左边，最大 `{python} f'{usual.max().item():.2f}'`。" alt_en="Histogram of the gradient norms of `{python} count` steps of the island networks, on a logarithmic axis. All lie to the left of the clip line at 1; the largest is `{python} f'{usual.max().item():.2f}'`."
if __name__ == "__main__":
    fig, ax = plt.subplots()
    edges = torch.logspace(-4, 0.5, 46).numpy()
    ax.hist(usual.flatten().numpy(), bins=edges, color="C0")
    ax.axvline(1, color="C1", ls="--", label="max_norm = 1")
    ax.set(xscale="log", xlabel="gradient norm", ylabel="number of steps")
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1))
    plt.show()

# %% [markdown] lang="zh"
# $(3, 4)$ 长 5，两个数都除以 5，长度成了 1，方向没变；$(0.3, 0.4)$ 长 0.5，不动。再看小岛网络：`{python} count` 步里，范数超过 1 的有
# `{python} over` 步，最长的才 `{python} f"{usual.max().item():.2f}"`。所以在教程自己的例子里，`max_norm=1` 从来没有起过作用。
#
# ## 救命：悬崖
# 第三件事：鸟群 20 年前有 1 千对，现在约 `{python} f"{1.05**20:.2f}"` 千对。每年乘以几？模型是 $a$ 的 20 次方，损失是差的平方，
# 梯度用链式法则：
#
# $$L(a) = (a^{n} - y)^2, \qquad \frac{dL}{da} = 2\,(a^{n} - y)\, n\, a^{n-1}$$
#
# $n$ 是年数 20，$y$ 是现在的数目，真值 $a^{*} = 1.05$，即每年增长 5%。许多个数连乘，是**梯度爆炸**（exploding gradient）的根源：
# 很深的网络和循环神经网络也是这样。

# %% [markdown] lang="en"
# $(3, 4)$ has length 5; both numbers are divided by 5, which makes the length 1 and keeps the direction; $(0.3, 0.4)$ has length 0.5 and stays. Now the island networks:
# of `{python} count` steps, `{python} over` have a norm above 1; the longest is `{python} f"{usual.max().item():.2f}"`. In the
# tutorials' own example, `max_norm=1` never does anything.
#
# ## Rescue: a cliff
# The third task: 20 years ago the colony had 1 thousand pairs; now it has about
# `{python} f"{1.05**20:.2f}"` thousand. What is the factor per year? The model
# is $a$ to the power of 20, the loss is the squared difference, and the chain rule gives the gradient:
#
# $$L(a) = (a^{n} - y)^2, \qquad \frac{dL}{da} = 2\,(a^{n} - y)\, n\, a^{n-1}$$
#
# Here $n$ is the number of years, 20, $y$ the count now, and the truth is $a^{*} = 1.05$, which is 5% a year. Multiplying many
# numbers in a row is where **exploding gradients** come from, in very deep networks and in recurrent ones as well.


# %%
YEARS = 20
GROWTH = 1.05
NOW = GROWTH**YEARS  # 2.65 thousand pairs


def growth_loss(a: Tensor) -> Tensor:
    """Squared error of the count in 20 years (增长损失), (1000 pairs)²."""
    return (a**YEARS - NOW) ** 2


def growth_gradient(a: Tensor) -> Tensor:
    """Derivative of ``growth_loss`` (增长损失的导数)."""
    return 2 * (a**YEARS - NOW) * YEARS * a ** (YEARS - 1)


def first_guesses(seeds: Sequence[int]) -> Tensor:
    """A factor from U(0.9, 1.4) for each seed (起点), float64 (seeds,)."""
    check_seeds(seeds)
    draws = [torch.rand((), generator=seeded(s)) for s in seeds]
    return 0.9 + 0.5 * torch.stack(draws).double()


def fit_growth(
    start: Tensor, rates: Sequence[float], max_norm: float = math.inf
) -> Tensor:
    """Gradient descent on the yearly factor (拟合增长): the path.

    ``start`` (runs,), one rate per step. Each run is clipped by itself, as by
    ``clip_by_norm``; ``math.inf`` means no clipping. The path has shape
    (len(rates) + 1, runs). Raises ``TypeError`` or ``ValueError``.
    """
    check_float("start", start, None)
    check_rates(rates)
    if not max_norm > 0:
        raise ValueError(f"max_norm must be positive, got {max_norm}")
    path = [start]
    for rate in rates:
        g = growth_gradient(path[-1])
        if max_norm < math.inf:
            g = g * (max_norm / (g.abs() + 1e-6)).clamp(max=1)
        path.append(path[-1] - rate * g)
    return torch.stack(path)


def arrived(a: Tensor) -> Tensor:
    """Whether the factor is within 0.001 of the truth (是否到达)."""
    return (a - GROWTH).abs() < 0.001


if __name__ == "__main__":
    one = torch.tensor([1.3], dtype=torch.float64)
    print(f"a = 1.3: gradient = {growth_gradient(one).item():.3g}")
    lone = fit_growth(one, [1e-4] * 4).flatten().tolist()
    print("no clipping:", *[f"{a:.3g}" for a in lone])
    guesses, rates = first_guesses(range(40)), [1e-4] * 200
    ends, paths = {}, {}
    for limit in (math.inf, 100, 10, 1):
        end = fit_growth(guesses, rates, limit)[-1]
        if limit == math.inf:
            mirrored = int(arrived(-end).sum())
        lost = int((~end.isfinite()).sum())
        ends[limit] = (int(arrived(end).sum()), lost)
        paths[limit] = fit_growth(one, rates, limit).flatten()
        print(f"max_norm = {limit:<4} arrived {ends[limit][0]:2}  nan {lost:2}")

# %% tags=["plot"] alt_zh="左：损失随增长倍数变化，纵轴为对数，1.05 处是谷底，右边像悬崖一样升高。右：从 1.3 出发的四条路；不裁剪的一步就跌出图外，max_norm 为 100 的几十步到达 1.05，为 10 的慢得多，没走完，为 1 的几乎不动。" alt_en="Left: the loss over the growth factor, logarithmic, with the bottom at 1.05 and a cliff to the right of it. Right: four paths from 1.3. Without clipping the first step falls out of the picture; max_norm 100 reaches 1.05 within some dozens of steps, 10 is much slower and does not arrive, 1 hardly moves."
if __name__ == "__main__":
    fig, (cliff, walk) = plt.subplots(1, 2, **size)
    grid = torch.linspace(0.9, 1.4, 500, dtype=torch.float64)
    cliff.plot(grid, growth_loss(grid), color="gray")
    cliff.plot(1.3, growth_loss(one), "o", color="C1")
    cliff.set(yscale="log", ylim=(1e-3, 1e6), xlabel="growth factor", ylabel="loss")
    styles = {math.inf: "C1-", 100: "C0--", 10: "C2-.", 1: "C4:"}
    for limit, style in styles.items():
        name = "no clipping" if limit == math.inf else f"max_norm = {limit}"
        walk.plot(paths[limit], style, label=name)
    walk.axhline(GROWTH, color="gray", lw=0.8)
    walk.set(xlim=(-10, 200), ylim=(0.97, 1.35))
    walk.set(xlabel="step", ylabel="growth factor")
    fig.legend(loc="outside upper center", ncols=2)
    plt.show()

# %% [markdown] lang="zh"
# 从 1.3 出发，梯度约为 `{python} f"{growth_gradient(one).item():,.0f}"`；学习率只有 `1e-4`，第一步仍把 $a$ 抛到
# `{python} f"{lone[1]:.0f}"`，再走就溢出成 `nan`。40 个种子（起点从 0.9 到 1.4 随机抽取）各走 200 步：不裁剪，到达的有
# `{python} ends[math.inf][0]` 个，变成 `nan` 的有 `{python} ends[math.inf][1]` 个，剩下的被抛过了谷底，落在左边的平地上几乎不动，
# 还有 `{python} mirrored` 个落进 $a = -1.05$：那里损失也是 0，却毫无意义。裁到 100，
# `{python} ends[100][0]` 个全部到达。
#
# 但裁得太狠也不行：`max_norm=10` 时到达 `{python} ends[10][0]` 个，`max_norm=1` 时只有 `{python} ends[1][0]` 个。因为一步最长是
# $\eta\, c$，$c = 1$ 时 200 步最多走 `{python} f"{200 * 1e-4:.2f}"`。所以 $c$ 没有万能的值：先记下平常的范数，再取比它大几倍的数。

# %% [markdown] lang="en"
# At 1.3 the gradient is about `{python} f"{growth_gradient(one).item():,.0f}"`. The learning rate is only `1e-4`, yet the first step
# throws $a$ to `{python} f"{lone[1]:.0f}"`, and after that it overflows to `nan`. Now 40 seeds, with starts drawn from 0.9 to 1.4, and
# 200 steps each. Without clipping, `{python} ends[math.inf][0]` arrive and `{python} ends[math.inf][1]` become `nan`; the others are
# thrown past the bottom and hardly move on the plain to the left of it, and `{python} mirrored` of them ends at $a = -1.05$, where the loss
# is 0 as well but means nothing. Clipped to 100, all `{python} ends[100][0]` arrive.
#
# Clipping too hard is no good either: with `max_norm=10`, `{python} ends[10][0]` arrive, with `max_norm=1` only
# `{python} ends[1][0]`. For no step is longer than $\eta\, c$; with $c = 1$, 200 steps cover at most `{python} f"{200 * 1e-4:.2f}"`. So
# there is no $c$ for all purposes: log the usual norms first, then take a few times as much.

# %% [markdown] lang="zh" tags=["check"]
# 我们写的和 PyTorch 的一样吗？调度器的用法是：每轮先 `optimizer.step()`，再 `scheduler.step()`。下面把各轮的学习率记下来，
# 打印与我们的最大差距；再拿三个形状不同的随机梯度比较裁剪。

# %% [markdown] lang="en" tags=["check"]
# Are ours the same as PyTorch's? A scheduler is used like this: in every epoch first `optimizer.step()`, then `scheduler.step()`. Below
# we record the rates of all epochs and print the largest difference from ours; then we compare clipping on three random gradients of
# different shapes.


# %% tags=["check"]
def torch_rates(make, lr: float, epochs: int, **settings: float) -> list[float]:
    """The rates of a torch scheduler, epoch by epoch (torch 的学习率)."""
    check_positive("lr", lr)
    check_count("epochs", epochs)
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=lr)
    scheduler, rates = make(optimizer, **settings), []
    for _ in range(epochs):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return rates


if __name__ == "__main__":
    plan = torch.optim.lr_scheduler
    pairs = {
        "step": (step_lr, (30,), plan.StepLR, {"step_size": 30}),
        "cosine": (cosine_lr, (1000,), plan.CosineAnnealingLR, {"T_max": 1000}),
        "warmup": (warmup, (100,), plan.LinearLR, {"total_iters": 100}),
    }
    gaps = {}
    for name, (ours, args, theirs, words) in pairs.items():
        expected = torch_rates(theirs, 0.05, 1000, **words)
        gaps[name] = max(
            abs(ours(0.05, t, *args) - rate) for t, rate in enumerate(expected)
        )
        print(f"{name:6}  {gaps[name]:.1e}  below 1e-15: {gaps[name] < 1e-15}")
    rng = seeded(0)
    shapes = ((3, 5), (5,), (2, 4, 1))
    tensors = [torch.zeros(shape, requires_grad=True) for shape in shapes]
    for p in tensors:
        p.grad = torch.randn(p.shape, generator=rng)
    mine, norm = clip_by_norm([p.grad for p in tensors], 1)
    theirs = torch.nn.utils.clip_grad_norm_(tensors, 1)
    same = all(torch.equal(g, p.grad) for g, p in zip(mine, tensors, strict=True))
    print(f"clipping equal: {same and torch.equal(norm, theirs)}")

# %% [markdown] lang="zh" tags=["check"]
# 阶梯式和裁剪逐位相同。另两种，PyTorch 每轮从上一轮的学习率推算，我们直接用公式，舍入略有不同，差距不到 `1e-15`。

# %% [markdown] lang="en" tags=["check"]
# The step schedule and clipping agree to the last bit. For the other two, PyTorch goes from one epoch's rate to the next while we use
# the formula; they round a little differently, by less than `1e-15`.

# %% [markdown] lang="zh"
# ## 三个常见错误
# 这三个错误都是把一行写错了地方。程序照样运行。
#
# ### 先调度，后更新

# %% [markdown] lang="en"
# ## Three common mistakes
# In each of these, one line is in the wrong place. The program runs all the same.
#
# ### The scheduler before the optimizer

# %% tags=["bug"]
if __name__ == "__main__":
    for order in ("right", "wrong"):
        weight = torch.tensor(1.0, requires_grad=True)
        optimizer = torch.optim.SGD([weight], lr=0.1)
        scheduler, used = plan.StepLR(optimizer, step_size=1, gamma=0.1), []
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            for _ in range(3):
                weight.grad = torch.tensor(1.0)
                if order == "wrong":
                    scheduler.step()
                used.append(optimizer.param_groups[0]["lr"])
                optimizer.step()
                if order == "right":
                    scheduler.step()
        print(order, [f"{rate:.0e}" for rate in used], f"warnings = {len(caught)}")
    warning = str(caught[0].message)
    print(warning[: warning.index(". ") + 1].replace("before `opt", "before\n`opt"))

# %% [markdown] lang="zh" tags=["bug"]
# 打印的是三轮实际用的学习率。写反了，第一个学习率 `1e-01` 从没用过，整张计划提前了一轮。PyTorch 会警告，最后两行就是警告的
# 开头：检测到 `lr_scheduler.step()` 在 `optimizer.step()` 之前。别忽略它，把 `scheduler.step()` 挪到每轮的末尾。

# %% [markdown] lang="en" tags=["bug"]
# Printed are the rates really used in three epochs. In the wrong order, the first rate, `1e-01`, is never used; the whole plan is an
# epoch early. PyTorch warns; the last two lines are how its warning begins: `lr_scheduler.step()` came before `optimizer.step()`. Do not
# ignore it: move `scheduler.step()` to the end of the epoch.

# %% [markdown] lang="zh"
# ### 先裁剪，后求梯度

# %% [markdown] lang="en"
# ### Clipping before the gradient exists

# %% tags=["bug"]
if __name__ == "__main__":
    a = torch.tensor(1.3, dtype=torch.float64, requires_grad=True)
    print(torch.nn.utils.clip_grad_norm_([a], max_norm=100))
    growth_loss(a).backward()
    unclipped = a.grad.item()
    torch.nn.utils.clip_grad_norm_([a], max_norm=100)  # the right place
    print(f"wrong: {unclipped:.4g}  right: {a.grad.item():.4g}")

# %% [markdown] lang="zh" tags=["bug"]
# 裁剪写在 `backward()` 之前，那时还没有梯度，它返回 `tensor(0.)`，什么也没裁，随后的梯度照样爆炸。（循环里若还没清梯度，裁的就是
# 上一步的旧梯度。）破绽是返回值：范数总是 0 就不对。次序应是清梯度、`backward()`、裁剪、`optimizer.step()`。

# %% [markdown] lang="en" tags=["bug"]
# Before `backward()` there is no gradient yet, so clipping returns `tensor(0.)` and clips nothing; the gradient that follows explodes as
# ever. (If a loop has not cleared its gradients by then, it clips the old ones of the step before.) The return value gives it away: a norm
# that is always 0 is wrong. The order is: clear, `backward()`, clip, `optimizer.step()`.

# %% [markdown] lang="zh"
# ### 本该每轮，却每批调度一次

# %% [markdown] lang="en"
# ### Scheduling every batch instead of every epoch

# %% [markdown] lang="zh" tags=["bug"]
# 找巢时想每 2 轮把学习率减半，`scheduler.step()` 却缩进到了批次的循环里，成了每 2 **批**减半：

# %% [markdown] lang="en" tags=["bug"]
# For the nest, the rate should halve every 2 epochs, but `scheduler.step()` is indented into the loop over batches, so it halves every 2
# **batches**:

# %% tags=["bug"]
if __name__ == "__main__":
    per_epoch = [step_lr(0.1, k // 40, 2, 0.5) for k in range(batches)]
    per_batch = [step_lr(0.1, k, 2, 0.5) for k in range(batches)]
    stuck = {}
    for name, plan_rates in (("epoch", per_epoch), ("batch", per_batch)):
        stuck[name] = metres_off(find_nest(fixes, plan_rates), fixes)[-1].median()
        print(f"{name}: last rate = {plan_rates[-1]:.0e}  {stuck[name]:.1f} m off")

# %% [markdown] lang="zh" tags=["bug"]
# 每轮 40 批，计划快了 40 倍，训练冻在 `{python} f"{stuck['batch'].item():.0f}"` m 外。症状和开头一样：损失很快变平，却不低。
# 打印每轮的学习率，一眼就能看出来。

# %% [markdown] lang="en" tags=["bug"]
# With 40 batches an epoch, the plan runs 40 times too fast, and training freezes `{python} f"{stuck['batch'].item():.0f}"` m away. The
# symptom is that of the islands: the loss is soon flat, but not low. Print the rate in every epoch, and you see it at once.

# %% [markdown] lang="zh"
# ## 回到观测站
# 该照抄吗？不该。`StepLR(30, 0.1)` 让小岛网络 20 个种子里 `{python} solved[1]` 个成功，不用它是 `{python} solved[0]` 个；
# `max_norm=1` 在那里从不起作用，在鸟群那里又太小。该做的是先量：小批量抖得停不下来，让学习率逐渐变小，
# 找巢就从 `{python} f"{off['constant 0.1'][-1].median().item():.1f}"` m 近到 `{python} f"{off['cosine'][-1].median().item():.2f}"` m；
# 范数偶尔大得离谱，才裁剪，鸟群每年增长 5% 就是这样求出来的。

# %% [markdown] lang="en"
# ## Back at the station
# Should you copy the tricks? No. With `StepLR(30, 0.1)`, `{python} solved[1]` of 20 seeds solve the islands, without it
# `{python} solved[0]`; `max_norm=1` never acts there, and is too small for the colony. Measure first. If mini-batches keep you jittering,
# let the rate shrink: that brought us from `{python} f"{off['constant 0.1'][-1].median().item():.1f}"` m to
# `{python} f"{off['cosine'][-1].median().item():.2f}"` m from the best place for the nest. If the norm is absurdly large now and then, clip:
# that is how we found that the colony grows by 5% a year.

# %% [markdown] lang="zh"
# ## 练习

# %% [markdown] lang="en"
# ## Exercises

# %% [markdown] lang="zh" tags=["exercise"]
# 不裁剪，改用预热，能救鸟群的拟合吗？让学习率从 `1e-4` 的 1% 起，用 100 步升到 `1e-4`，共走 200 步，40 个种子里几个到达？

# %% [markdown] lang="en" tags=["exercise"]
# Can warmup save the colony without clipping? Let the rate rise from 1% of `1e-4` to `1e-4` within 100 of the 200 steps. How many of the 40 seeds
# arrive?


# %% tags=["solution"]
def warm_rates(lr: float, steps: int, warm: int) -> list[float]:
    """One rate per step, from 1% of lr (预热的学习率). Raises like ``warmup``."""
    check_count("steps", steps)
    return [warmup(lr, k, warm, start=0.01) for k in range(steps)]


if __name__ == "__main__":
    warm_end = fit_growth(guesses, warm_rates(1e-4, 200, 100))[-1]
    warm_ok = int(arrived(warm_end).sum())
    print(f"arrived {warm_ok}  nan {int((~warm_end.isfinite()).sum())}")

# %% [markdown] lang="zh" tags=["solution"]
# 到达的从 `{python} ends[math.inf][0]` 个增加到 `{python} warm_ok` 个：离悬崖不太远的，先小步走下来了。起点更高的，1% 的学习率仍嫌大。
# 裁剪直接限制步长，更可靠。

# %% [markdown] lang="en" tags=["solution"]
# The number rises from `{python} ends[math.inf][0]` to `{python} warm_ok`: those not too far up the cliff come down in short steps
# first. For higher starts even 1% of the rate is too much. Clipping limits the step itself and is more reliable.

# %% [markdown] lang="zh" tags=["exercise"]
# 写一个函数，求阶梯式调度无限走下去的学习率之和。`StepLR(30, 0.1)` 和 `StepLR(300, 0.5)` 各是多少？恒定学习率的小岛网络，
# 每个网络走得最远的参数离起点多远（取 20 个的中位数）？

# %% [markdown] lang="en" tags=["exercise"]
# Write a function for the sum of the rates of a step schedule that goes on for ever. What is it for `StepLR(30, 0.1)` and for
# `StepLR(300, 0.5)`? In the island networks with a constant rate, how far from its start does the parameter end that went farthest
# (median of 20 networks)?


# %% tags=["solution"]
def reach(lr: float, step_size: int, gamma: float) -> float:
    """The sum of all rates of a step schedule (学习率之和), gamma in (0, 1)."""
    check_positive("lr", lr)
    check_count("step_size", step_size)
    if not 0 < gamma < 1:
        raise ValueError(f"gamma must lie in (0, 1), got {gamma}")
    return lr * step_size / (1 - gamma)


if __name__ == "__main__":
    whole = (run.params[-1] - run.params[0])[:20].abs().max(dim=1).values
    print(f"{reach(0.05, 30, 0.1):.2f}  {reach(0.05, 300, 0.5):.1f}")
    print(f"needed: {whole.median():.1f}")

# %% [markdown] lang="zh" tags=["solution"]
# 前者只有 `{python} f"{reach(0.05, 30, 0.1):.2f}"`，够不着 `{python} f"{whole.median().item():.1f}"`；后者是
# `{python} f"{reach(0.05, 300, 0.5):.0f}"`，绰绰有余。不用训练，算一下就知道。

# %% [markdown] lang="en" tags=["solution"]
# The first is only `{python} f"{reach(0.05, 30, 0.1):.2f}"`, which cannot cover `{python} f"{whole.median().item():.1f}"`; the second is
# `{python} f"{reach(0.05, 300, 0.5):.0f}"`, more than enough. No training needed: a sum tells.

# %% [markdown] lang="zh" tags=["exercise"]
# 另一种裁剪把每个数单独限制在 $[-c, c]$ 里（`torch.nn.utils.clip_grad_value_`）。写出来，对梯度 $(0.5, 4)$ 取 $c = 1$，
# 方向转了几度？

# %% [markdown] lang="en" tags=["exercise"]
# Another way to clip limits every number to $[-c, c]$ by itself (`torch.nn.utils.clip_grad_value_`). Write it. For the gradient
# $(0.5, 4)$ and $c = 1$, by how many degrees does the direction turn?


# %% tags=["solution"]
def clip_by_value(g: Tensor, limit: float) -> Tensor:
    """Each number limited to [-limit, limit] (按值裁剪).

    Raises ``TypeError`` or ``ValueError``.
    """
    check_positive("limit", limit)
    check_float("g", g, *g.shape)
    return g.clamp(-limit, limit)


if __name__ == "__main__":
    g = torch.tensor([0.5, 4.0])
    by_value, ((by_norm,), _) = clip_by_value(g, 1), clip_by_norm([g], 1)
    turns = []
    for clipped in (by_value, by_norm):
        angle = torch.atan2(g[1], g[0]) - torch.atan2(clipped[1], clipped[0])
        turns.append(abs(math.degrees(angle)))
        print([round(v, 3) for v in clipped.tolist()], f"{turns[-1]:.1f} degrees")

# %% [markdown] lang="zh" tags=["solution"]
# 按值裁剪得 $(0.5, 1)$，转了 `{python} f"{turns[0]:.0f}"` 度；按范数裁剪不转。所以一般按范数裁剪。

# %% [markdown] lang="en" tags=["solution"]
# Clipping by value gives $(0.5, 1)$ and turns it by `{python} f"{turns[0]:.0f}"` degrees; clipping by norm does not turn it. That is why
# one usually clips by norm.

# %% [markdown] lang="zh"
# ## 小结
# - 学习率之和是还能走的路；降得太快，训练就冻住。
# - 小批量的抖动要靠变小的学习率平息；没有抖动，调度帮不上忙。
# - 裁剪只限制步长，不改方向；$c$ 按平常的范数来定。
# - 次序：清梯度、`backward()`、裁剪、`optimizer.step()`，每轮末尾 `scheduler.step()`。
#
# 接下来：训练得又快又稳，也可能只是把数据背了下来。怎样防止，见 [正则化](regularization.py)。

# %% [markdown] lang="en"
# ## Recap
# - The sum of the rates is the way that is left; let them fall too fast, and training freezes.
# - A shrinking rate calms the jitter of mini-batches; where nothing jitters, a schedule does not help.
# - Clipping limits the length of a step and keeps its direction; choose $c$ by the usual norms.
# - The order: clear, `backward()`, clip, `optimizer.step()`, and at the end of the epoch `scheduler.step()`.
#
# Next: a fast and steady training may merely learn the data by heart. How to prevent that is the subject of
# [regularization](regularization.py).
