# %% [markdown] lang="zh"
# # 学习率调度与梯度裁剪
# 你在一个海鸟观测站工作，有三件事要算：一只鸟停在两个月牙形小岛中的哪一个；它的巢在观测站往东、往北各几米处；
# 鸟群每年增长百分之几。教程里有两条“训练技巧”：让学习率越来越小，每 30 轮除以 10；给梯度设上限，长过 1 就裁到 1。该照抄吗？
#
# 不必争论，量一量就知道。这三件事里，技巧一次有害、一次有用、一次救命。
#
# 学完这一页，你能：
#
# - 让学习率按计划变化，并事先算出照这份计划走不走得到终点；
# - 说出学习率什么时候该变小，什么时候不该；
# - 看一眼梯度的长度，判断裁剪会不会起作用，再定出合适的上限；
# - 认出三个把一行写错了地方、却照样能运行的程序。
#
# 下面折叠的代码导入 PyTorch，并检查输入，初读可以跳过。

# %% [markdown] lang="en"
# # Learning-rate schedules and gradient clipping
# You work at a seabird station and have three things to compute: on which of two crescent-shaped islands a bird sits; how many
# metres east and north of the station its nest is; and by how many per cent the colony grows each year. Tutorials offer two "training tricks":
# let the learning rate shrink, dividing it by 10 every 30 epochs; and put a limit on the gradient, clipping it to length 1 if it is longer. Should you copy them?
#
# No need to argue: measure. In these three tasks you will see a trick do harm once, help once and save the run once.
#
# After this page you can
#
# - let the learning rate follow a plan, and work out beforehand whether that plan can reach the goal;
# - say when the rate should shrink during training, and when it should not;
# - look at the lengths of the gradients, tell whether clipping will do anything, and set a sensible limit;
# - spot three programs that have a line in the wrong place and run all the same.
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
# - **阶梯式**：每 $s$ 轮乘一次 $\gamma$，$\eta_t = \eta_0\, \gamma^{\lfloor t/s \rfloor}$，其中 $\lfloor t/s \rfloor$ 是 $t/s$ 舍去小数，即已经乘了几次；
# - **余弦式**：$T$ 轮里沿余弦曲线从 $\eta_0$ 平滑地降到 0，$\eta_t = \eta_0\,(1 + \cos(\pi t / T)) / 2$；
# - **预热**（warmup）：从较小的 $r\,\eta_0$ 起，用 $T$ 轮直线升到 $\eta_0$，$\eta_t = \eta_0\,(r + (1 - r) \min(t, T) / T)$。
#   它防的是开头梯度太大，一步冲过头。

# %% [markdown] lang="en"
# ## Three schedules
# A rule that changes the learning rate over the epochs is a **learning-rate schedule**. The idea is plain: long steps while you are
# far away, short ones when you are nearly there. Let $\eta_0$ be the rate at the start and $\eta_t$ the rate in epoch $t$, counted
# from 0. The three most common schedules:
#
# - **step**: multiply by $\gamma$ every $s$ epochs, $\eta_t = \eta_0\, \gamma^{\lfloor t/s \rfloor}$, where $\lfloor t/s \rfloor$ is $t/s$ without its decimals, the number of times so far;
# - **cosine**: along a cosine curve, smoothly from $\eta_0$ to 0 within $T$ epochs, $\eta_t = \eta_0\,(1 + \cos(\pi t / T)) / 2$;
# - **warmup**: start at the smaller rate $r\,\eta_0$ and rise in a straight line to $\eta_0$ within $T$ epochs, $\eta_t = \eta_0\,(r + (1 - r) \min(t, T) / T)$.
#   It guards against a first gradient so large that one step overshoots.


# %%
def step_lr(lr: float, epoch: int, step_size: int, gamma: float = 0.1) -> float:
    """The rate of ``epoch``, times ``gamma`` every ``step_size`` (阶梯式调度).

    Multiplies one by one, as ``torch.optim.lr_scheduler.StepLR`` does, and so
    equals it in every bit. ``gamma`` in (0, 1]. Raises ``ValueError``.
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

    Beyond ``epochs`` it rises again, as torch's does. Equals in every bit the
    formula inside ``CosineAnnealingLR``, whose ``step`` goes from epoch to epoch
    instead and rounds differently. Raises ``ValueError``.
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

    Then constant. ``start`` in (0, 1]. Equals in every bit the formula inside
    ``LinearLR``, whose ``step`` rounds differently. Raises ``ValueError``.
    """
    check_positive("lr", lr)
    check_count("epoch", epoch, 0)
    check_count("epochs", epochs)
    check_share("start", start)
    return lr * (start + (1 - start) * min(epochs, epoch) / epochs)


if __name__ == "__main__":
    print("epoch      step    cosine    warmup")
    for t in (0, 30, 90, 500, 999):
        three = step_lr(0.05, t, 30), cosine_lr(0.05, t, 1000), warmup(0.05, t, 100)
        print(f"{t:5}" + "".join(f"{rate:10.2g}" for rate in three))

# %% [markdown] lang="zh"
# 表里是 $\eta_0 = 0.05$ 时各轮的学习率。阶梯式用教程的设置 $s = 30$、$\gamma = 0.1$，
# 也就是 `StepLR(step_size=30, gamma=0.1)`；余弦式用 1000 轮；预热用 100 轮，$r = 1/3$。
# 看末行：阶梯式的学习率只剩 `{python} f"{step_lr(0.05, 999, 30):.0e}"`。
#
# ## 有害：冻住的训练
# 第一件事：两个小岛像两弯勾在一起的月牙，[一条直线分不开](../ch05_networks/decision_boundaries.py)。数据是鸟身上的定位器发来的 200 个位置，
# 坐标以 km 计，标签是岛的编号 0 或 1。网络有 2 个输入、4 个 tanh 单元、1 个输出，共 17 个参数；损失是二元交叉熵，
# 每轮用 [Adam](optimizers.py) 走一步。
#
# 我们比较 4 种计划，各 20 个种子；所有网络排在最前的轴上一起训练，学习率各用各的，所以 Adam 直接写在 `train` 里。

# %% [markdown] lang="en"
# The table gives the rate of some epochs for $\eta_0 = 0.05$. The step schedule has the tutorials' setting, $s = 30$ and
# $\gamma = 0.1$, which is `StepLR(step_size=30, gamma=0.1)`; cosine runs over 1000 epochs, warmup over 100 with $r = 1/3$. Look at the last
# line: the step schedule is down to `{python} f"{step_lr(0.05, 999, 30):.0e}"`.
#
# ## Harm: a frozen training
# The first task: the islands are two crescents hooked into each other, which
# [no straight line separates](../ch05_networks/decision_boundaries.py). The data are 200 positions sent by tags on the birds, with coordinates in
# km; the label is the number of the island, 0 or 1. The network has 2 inputs, 4 tanh units and 1 output, in all 17 parameters. The loss is
# binary cross-entropy, and each epoch takes one step of [Adam](optimizers.py).
#
# We compare 4 plans with 20 seeds each; all the networks stand along the leading axis and train together. Each needs a learning rate of
# its own, so Adam is written out inside `train`.


# %%
class History(NamedTuple):
    """A whole training, epoch by epoch (训练的全过程)."""

    params: Tensor  # (epochs + 1, runs, 17)
    losses: Tensor  # (epochs, runs), before each step
    norms: Tensor  # (epochs, runs), lengths of the gradients


def bird_fixes(n: int = 200, seed: int = 42) -> tuple[Tensor, Tensor]:
    """Positions on two islands (两岛的位置): km (n, 2), island 0 or 1 (n,).

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
    bound = torch.tensor([1 / math.sqrt(2)] * 12 + [1 / math.sqrt(4)] * 5)
    return (2 * torch.stack(draws) - 1) * bound


def scores(params: Tensor, km: Tensor) -> Tensor:
    """Logits of all networks (得分), (runs, n); positive means island 1."""
    check_float("params", params, None, 17)
    check_float("km", km, None, 2)
    # None makes an axis of length 1, to be broadcast along.
    weights, biases = params[:, :8].reshape(-1, 2, 4), params[:, None, 8:12]
    hidden = torch.tanh(km @ weights + biases)  # (runs, n, 4)
    return (hidden @ params[:, 12:16, None])[..., 0] + params[:, 16:]


def accuracy(params: Tensor, km: Tensor, island: Tensor) -> Tensor:
    """Share of positions put on the right island (准确率), (runs,)."""
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
        p = path[-1].detach().requires_grad_()
        z = scores(p, km)
        loss = bce(z, island.expand_as(z), reduction="none").mean(dim=1)
        (g,) = torch.autograd.grad(loss.sum(), p)  # each network gets its own
        m, s = 0.9 * m + 0.1 * g, 0.999 * s + 0.001 * g**2
        step = (m / (1 - 0.9**t)) / ((s / (1 - 0.999**t)).sqrt() + 1e-8)
        path.append((p - rate[:, None] * step).detach())
        losses.append(loss.detach())
        norms.append(g.norm(dim=1))
    return History(torch.stack(path), torch.stack(losses), torch.stack(norms))


# %% [markdown] lang="zh" tags=["predict"]
# 学习率都从 0.05 起，训练 1000 轮。不用调度、`StepLR(30, 0.1)`、`StepLR(300, 0.1)`、余弦式，各有几个种子能分对至少 95% 的位置？

# %% [markdown] lang="en" tags=["predict"]
# All rates start at 0.05; train for 1000 epochs. With a constant rate, `StepLR(30, 0.1)`, `StepLR(300, 0.1)` and cosine, how many of the
# seeds get at least 95% of the positions right?

# %%
if __name__ == "__main__":
    epochs, names = 1000, ("constant", "StepLR 30", "StepLR 300", "cosine")
    columns = (
        [0.05] * epochs,
        [step_lr(0.05, t, 30, 0.1) for t in range(epochs)],
        [step_lr(0.05, t, 300, 0.1) for t in range(epochs)],
        [cosine_lr(0.05, t, epochs) for t in range(epochs)],
    )
    plans = torch.tensor(columns).T  # (epochs, 4)
    km, island = bird_fixes()
    nets = make_nets(range(20)).repeat(4, 1)  # the same 20 starts, 4 times over
    rates = plans.repeat_interleave(20, dim=1)  # each column 20 times: (epochs, 80)
    run = train(nets, rates, km, island)
    right = accuracy(run.params[-1], km, island).reshape(4, 20)
    solved = (right >= 0.95).sum(dim=1).tolist()
    final = run.losses[-1].reshape(4, 20).median(dim=1).values.tolist()
    print("plan        solved    accuracy    loss")
    for row, name in enumerate(names):
        mid = right[row].median().item()
        print(f"{name:10}  {solved[row]:2} of 20  {mid:8.3f}  {final[row]:.4f}")

# %% tags=["plot"] alt_zh="左：四种学习率随轮次变化，纵轴为对数；每 30 轮降一级的很快出了图的下沿，每 300 轮降一级的只降了三级。右：20 个种子的损失中位数，纵轴为对数；每 30 轮降一级的很快成了水平线，停在 `{python} f'{final[1]:.2f}'`，另外三种都降到 0.01 以下，恒定的最低。" alt_en="Left: the four learning rates over the epochs, logarithmic. The one that drops every 30 epochs soon leaves the picture; the one that drops every 300 comes down by three levels only. Right: the median loss of 20 seeds, logarithmic. Dropping every 30 epochs, it is soon a level line, at `{python} f'{final[1]:.2f}'`; the other three fall below 0.01, constant the lowest."
if __name__ == "__main__":
    size = {"figsize": (7, 3.6), "layout": "constrained"}
    fig, (ax1, ax2) = plt.subplots(1, 2, **size)
    curves = run.losses.reshape(epochs, 4, 20).median(dim=2).values
    for i, style in enumerate(("C0-", "C1--", "C3:", "C2-.")):
        ax1.plot(plans[:, i], style, label=names[i])
        ax2.plot(curves[:, i], style)
    for ax, ylabel in ((ax1, "learning rate"), (ax2, "training loss")):
        ax.set(yscale="log", xlabel="epoch", ylabel=ylabel)
    ax1.set_ylim(1e-6, 0.2)
    ax2.set_ylim(5e-4, 1)
    fig.legend(loc="outside upper center", ncols=2)
    plt.show()

# %% [markdown] lang="zh"
# 表里的准确率和损失，图里的损失，都是 20 个种子的中位数。照抄 `StepLR(30, 0.1)`，成功的有 `{python} solved[1]` 个种子；
# 不用调度，反而是 `{python} solved[0]` 个。改成每 300 轮除以 10，也有 `{python} solved[2]` 个：除以 10 没有错，错在 30 轮对 1000 轮太短。
# 余弦式也都成功，但恒定的损失最低：这里每轮都用全部数据，没有抖动要平息，学习率变小只会走得更慢。
#
# 为什么冻住？Adam 走一步，每个参数大约移动一个学习率，有时稍多。所以**学习率之和大致就是能走的路**，而等比数列的和是有限的：
#
# $$\sum_{t=0}^{\infty} \eta_t = s\,\eta_0\,(1 + \gamma + \gamma^2 + \cdots) = \frac{s\,\eta_0}{1 - \gamma}$$

# %% [markdown] lang="en"
# Accuracy and loss in the table, and the loss in the figure, are medians of 20 seeds. With `StepLR(30, 0.1)` as copied,
# `{python} solved[1]` seeds succeed; without any schedule, `{python} solved[0]`. Dividing by 10 every 300 epochs instead,
# `{python} solved[2]` do: dividing by 10 is not wrong, 30 epochs are too few for a run of 1000. Cosine always succeeds too, but the
# constant rate has the lowest loss: here every epoch uses all the data, there is no jitter to calm, and a smaller rate is only slower.
#
# Why does it freeze? In one step of Adam, each parameter moves by about one learning rate, at times a little more. So **the sum of
# the rates is roughly how far it can go**, and a geometric series has a finite sum:
#
# $$\sum_{t=0}^{\infty} \eta_t = s\,\eta_0\,(1 + \gamma + \gamma^2 + \cdots) = \frac{s\,\eta_0}{1 - \gamma}$$

# %%
if __name__ == "__main__":
    total, late = plans.sum(dim=0), plans[90:].sum(dim=0)
    moved = (run.params[-1] - run.params[90]).abs().reshape(4, -1).max(dim=1).values
    print("plan           all  from 90    moved")
    for i, name in enumerate(names):
        print(f"{name:10} {total[i]:7.3g}  {late[i]:7.2g}  {moved[i]:7.2g}")

# %% [markdown] lang="zh"
# `all` 是学习率的总和，`from 90` 是第 90 轮起的和，`moved` 是此后参数最多走了多远。`StepLR(30, 0.1)` 总共只有
# `{python} f"{total[1].item():.2f}"`，正合公式；第 90 轮起只剩 `{python} f"{late[1].item():.4f}"`，20 个网络里没有一个参数再走超过
# `{python} f"{moved[1].item():.4f}"`。
# 右图里，它冻在一段平台上，那里损失几乎不降；恒定学习率到第 `{python} int((curves[:, 0] < 0.2).nonzero()[0])` 轮才走出来，
# 损失的中位数降到 0.2 以下。程序一直在跑，却什么也没学。
#
# 自己放一遍，用第二个滑块换计划，盯住学习率之和：在 `StepLR(30, 0.1)` 下，它从哪一轮起不再增加，损失又从哪一轮起不再下降？

# %% [markdown] lang="en"
# `all` is the sum of all rates, `from 90` their sum from epoch 90 on, and `moved` how far the parameter moved that went farthest after
# that. `StepLR(30, 0.1)` has only `{python} f"{total[1].item():.2f}"` in all, as the formula says; from epoch 90 on only
# `{python} f"{late[1].item():.4f}"` is left, and in 20 networks no parameter then moves by more than
# `{python} f"{moved[1].item():.4f}"`.
# In the right-hand figure, training froze on a plateau, where the loss hardly falls. The constant rate
# leaves it only in epoch `{python} int((curves[:, 0] < 0.2).nonzero()[0])`, when its median loss falls below 0.2. The program goes on
# running and learns nothing.
#
# Play it yourself, choose a plan with the second slider, and keep an eye on the sum of the rates: with `StepLR(30, 0.1)`, in
# which epoch does it stop growing, and in which does the loss stop falling?

# %% tags=["replay"] alt_zh="左边是学习率，右边是损失的中位数，都用对数轴，虚线是恒定学习率的损失。StepLR(30, 0.1) 的学习率之和到第 90 轮已是 `{python} f'{sums[1][90]:.2f}'`，以后再加也不超过 `{python} f'{sums[1][-1]:.2f}'`，损失冻在 `{python} f'{curves[-1, 1]:.2f}'`；恒定的和到了 `{python} f'{sums[0][-1]:.0f}'`，损失降到 `{python} f'{curves[-1, 0]:.4f}'`。" alt_en="Left the learning rate, right the median loss, both on log axes; the dashed line is the loss with a constant rate. With StepLR(30, 0.1) the rates add up to `{python} f'{sums[1][90]:.2f}'` by epoch 90 and never to more than `{python} f'{sums[1][-1]:.2f}'`; the loss freezes at `{python} f'{curves[-1, 1]:.2f}'`. The constant rate adds up to `{python} f'{sums[0][-1]:.0f}'`, and its loss falls to `{python} f'{curves[-1, 0]:.4f}'`."
if __name__ == "__main__":
    frames = [*range(0, 200, 10), *range(200, 1000, 25), 999]
    sums = plans.T.cumsum(dim=1)
    replay = {
        "frame": {"label": "epoch", "values": frames},
        "setting": {"label": "plan", "values": list(names)},
        "readout": [
            {"label": "learning rate", "values": plans.T[:, frames]},
            {"label": "sum of the rates", "values": sums[:, frames]},
            {"label": "training loss", "values": curves.T[:, frames]},
        ],
        "panels": [
            {
                "x": {"label": "epoch", "range": [0, 1000]},
                "y": {"label": "learning rate", "range": [1e-6, 0.2], "log": True},
                "layers": [
                    {"kind": "trail", "x": [frames] * 4, "y": plans.T[:, frames]}
                ],
            },
            {
                "x": {"label": "epoch", "range": [0, 1000]},
                "y": {"label": "training loss", "range": [5e-4, 1], "log": True},
                "layers": [
                    {
                        "kind": "curve",
                        "x": frames,
                        "y": curves[frames, 0],
                        "dashed": True,
                        "color": "gray",
                        "label": "constant",
                    },
                    {
                        "kind": "trail",
                        "x": [frames] * 4,
                        "y": curves.T[:, frames],
                        "color": "C1",
                    },
                ],
            },
        ],
    }

# %% [markdown] lang="zh"
# ## 有用：平息小批量的抖动
# 第二件事：找巢。定位器发来 400 个位置，误差的标准差是 30 m。地点 $p$ 的损失，是它到各个位置的距离平方的平均；平均位置处最低。
# 假装不知道，从观测站 $(0, 0)$ 出发，每步只看随机一批 10 个位置。这一批的平均记作 $\bar x$，梯度就是 $2(p - \bar x)$，
# 一步走完去 $\bar x$ 的路的 $2\eta$：学习率 0.1 走五分之一，0.005 走百分之一。每批的 $\bar x$ 都有些偏，所以 $p$ 总在抖。
#
# 一轮有 40 批。这里每步换一次学习率，公式里的 $t$ 数的是步，$T = 400$。

# %% [markdown] lang="en"
# ## Help: calming the jitter of mini-batches
# The second task: find the nest. A tag has sent 400 positions whose errors have a standard deviation of 30 m. The loss of a place $p$ is
# the mean of its squared distances to them, lowest at their mean. We pretend not to know, start from the station at $(0, 0)$, and look at one
# random batch of 10 positions in each step. If the mean of the batch is $\bar x$, the gradient is $2(p - \bar x)$, and a step
# covers $2\eta$ of the way to $\bar x$: a fifth at the learning rate 0.1, a hundredth at 0.005. Each $\bar x$ is a little off, so $p$ jitters.
#
# An epoch has 40 batches. Here the rate changes in every step, so the $t$ of the formulas counts steps, and $T = 400$.


# %%
NEST = (300.0, 400.0)  # metres east and north of the station


def nest_fixes(seeds: Sequence[int], n: int = 400) -> Tensor:
    """Noisy positions of the nest in metres (巢的位置), (seeds, n, 2).

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
        first = 10 * (k % per_epoch)
        batch = shuffled[:, first : first + 10]
        gradient = 2 * (path[-1] - batch.mean(dim=1))
        path.append(path[-1] - rate * gradient)
    return torch.stack(path)


def metres_off(path: Tensor, fixes: Tensor) -> Tensor:
    """Distance to the lowest loss (离最低点的距离), metres, (steps + 1, runs)."""
    check_float("fixes", fixes, None, None, 2)
    check_float("path", path, None, len(fixes), 2)
    return (path - fixes.mean(dim=1)).norm(dim=-1)


if __name__ == "__main__":
    fixes, steps = nest_fixes(range(20)), 10 * 40  # 10 epochs of 40 batches
    tries = {
        "constant 0.1": [0.1] * steps,
        "constant 0.005": [0.005] * steps,
        "cosine": [cosine_lr(0.1, k, steps) for k in range(steps)],
    }
    off, last = {}, {}
    for name, rates in tries.items():
        off[name] = metres_off(find_nest(fixes, rates), fixes)
        end = off[name][-1]
        last[name] = end.median().item()
        print(f"{name:14}  {end.min():5.2f}  {last[name]:5.2f}  {end.max():5.2f} m")
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
# 打印的是 20 个种子最后距离的最小值、中位数和最大值，图里是中位数。恒定 0.1 到得快，却停不稳，离最低点
# `{python} f"{last['constant 0.1']:.1f}"` m；恒定 0.005 走得稳，却还差 `{python} f"{last['constant 0.005']:.1f}"` m；余弦式先快后稳，只差
# `{python} f"{last['cosine']:.2f}"` m，20 个种子里 `{python} closer` 个比恒定 0.1 近。**先用大步赶路，再用小步平息抖动**：这才是调度的用处。
#
# ## 梯度裁剪
# **梯度裁剪**（gradient clipping）管的是另一件事：偶尔一个大得离谱的梯度。把所有参数的梯度连成一个长向量 $g$，太长就缩短：
#
# $$g' = g \cdot \min\Bigl(1, \frac{c}{\lVert g \rVert + \varepsilon}\Bigr)$$
#
# $\lVert g \rVert$ 是 $g$ 的**范数**（norm），即长度，各数平方和的平方根；$c$ 是允许的最大长度，参数名 `max_norm`；$\varepsilon$ 是 `1e-6`，
# 防止除以 0，小得可以不计。**方向不变，只改长度**；比 $c$ 短的，原样不动。

# %% [markdown] lang="en"
# Printed are the smallest, the median and the largest final distance of 20 seeds; the figure shows medians. Constant 0.1 arrives fast
# but never settles: it is `{python} f"{last['constant 0.1']:.1f}"` m from the minimum. Constant 0.005 walks steadily but still has
# `{python} f"{last['constant 0.005']:.1f}"` m to go. Cosine is fast first and steady later, only `{python} f"{last['cosine']:.2f}"` m off, and
# closer than constant 0.1 for `{python} closer` of 20 seeds. **Long steps to cover the distance, short ones to calm the jitter**: that
# is what a schedule is for.
#
# ## Gradient clipping
# **Gradient clipping** is for something else: the occasional gradient that is absurdly large. Join the gradients of all parameters
# into one long vector $g$; if it is too long, shorten it:
#
# $$g' = g \cdot \min\Bigl(1, \frac{c}{\lVert g \rVert + \varepsilon}\Bigr)$$
#
# Here $\lVert g \rVert$ is the **norm** of $g$, its length: the root of the sum of all squares. $c$ is the greatest length allowed,
# called `max_norm`; $\varepsilon$ is `1e-6`, prevents division by 0 and is otherwise too small to matter. **The direction stays, only the
# length changes**; a gradient shorter than $c$ is left as it is.


# %%
def clip_by_norm(
    grads: Sequence[Tensor], max_norm: float
) -> tuple[list[Tensor], Tensor]:
    """Shorten gradients to ``max_norm`` together (按范数裁剪).

    Returns the new gradients and the norm before. Same operations in the same
    order as ``torch.nn.utils.clip_grad_norm_``, hence equal in every bit (torch
    changes ``.grad`` in place instead). Raises ``TypeError`` or ``ValueError``.
    Source: Pascanu, Mikolov and Bengio (2013).
    """
    check_positive("max_norm", max_norm)
    if isinstance(grads, Tensor) or len(grads) == 0:
        raise ValueError("grads must be a list of at least one tensor")
    for g in grads:
        check_float("each gradient", g, *g.shape)
    norms = torch.stack([torch.linalg.vector_norm(g) for g in grads])
    norm = torch.linalg.vector_norm(norms)  # squares add up: the norm of them all
    factor = (max_norm / (norm + 1e-6)).clamp(max=1)  # at most 1
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
# $(3, 4)$ 长 5，两个数都除以 5，长度成了 1；$(0.3, 0.4)$ 长 0.5，不动。再看恒定学习率的 20 个小岛网络：`{python} count` 步里，范数超过 1 的有
# `{python} over` 步，最长的才 `{python} f"{usual.max().item():.2f}"`（图的横轴每格是前一格的 10 倍）。在小岛上，`max_norm=1` 从来没有起过作用。
#
# ## 救命：悬崖
# 第三件事：鸟群 20 年前有 1 千对，现在约 `{python} f"{1.05**20:.2f}"` 千对。每年乘以几？模型是 $a$ 的 20 次方，损失是差的平方，
# 梯度用链式法则：
#
# $$L(a) = (a^{n} - y)^2$$
#
# $$\frac{dL}{da} = 2\,(a^{n} - y)\, n\, a^{n-1}$$
#
# $n$ 是年数 20，$y$ 是现在的数目，真值 $a^{*} = 1.05$，即每年增长 5%。开 20 次方就有答案，这里仍用梯度下降：[很深的网络](initialization.py)
# 也要连乘许多个数，却没有方可开。连乘正是**梯度爆炸**（exploding gradient）的根源。

# %% [markdown] lang="en"
# $(3, 4)$ has length 5; both numbers are divided by 5, which makes the length 1; $(0.3, 0.4)$ has length 0.5
# and stays. Now the 20 island networks with the constant rate: of `{python} count` steps, `{python} over` have a norm above 1; the longest
# is `{python} f"{usual.max().item():.2f}"` (each mark on the figure's axis is 10 times the one before). On the islands, `max_norm=1` never
# does anything.
#
# ## Rescue: a cliff
# The third task: 20 years ago the colony had 1 thousand pairs; now it has about
# `{python} f"{1.05**20:.2f}"` thousand. What is the factor per year? The model
# is $a$ to the power of 20, the loss is the squared difference, and the chain rule gives the gradient:
#
# $$L(a) = (a^{n} - y)^2$$
#
# $$\frac{dL}{da} = 2\,(a^{n} - y)\, n\, a^{n-1}$$
#
# Here $n$ is the number of years, 20, $y$ the count now, and the truth is $a^{*} = 1.05$, which is 5% a year. The 20th root gives the
# answer at once. We use gradient descent all the same, because [very deep networks](initialization.py) multiply many numbers in a row as
# well, and there is no root to take. Such products are where **exploding gradients** come from.


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
    return 0.9 + (1.4 - 0.9) * torch.stack(draws).double()


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
        if max_norm < math.inf:  # one parameter a run: |g| is its norm
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
    calm = growth_gradient(torch.linspace(0.9, GROWTH, 100)).abs().max().item()
    print(f"0.9 <= a <= 1.05: norms up to {calm:.0f}")
    guesses, rates = first_guesses(range(40)), [1e-4] * 200
    warm = [warmup(1e-4, k, 100, start=0.01) for k in range(200)]
    ends, paths = {}, {}
    tries = {f"max_norm = {c}": (rates, c) for c in (math.inf, 100, 10, 1)}
    for name, (plan, limit) in (tries | {"warmup": (warm, math.inf)}).items():
        end = fit_growth(guesses, plan, limit)[-1]
        ends[name] = int(arrived(end).sum()), int((~end.isfinite()).sum())
        paths[name] = fit_growth(one, plan, limit).flatten()
        print(f"{name:14}  arrived {ends[name][0]:2}  nan {ends[name][1]:2}")

# %% tags=["plot"] alt_zh="左：损失随增长倍数变化；真值 1.05 附近是一片平地，往右像悬崖一样升高，圆点标出起点 1.3。右：从 1.3 出发的四条路；不裁剪的第一步就跌出图外，max_norm 为 100 的几十步到达 1.05，为 10 的慢得多，没走完，为 1 的几乎不动。" alt_en="Left: the loss over the growth factor. Around the truth, 1.05, it is a plain; to the right it rises like a cliff. A dot marks the start at 1.3. Right: four paths from 1.3. Without clipping the first step falls out of the picture; max_norm 100 reaches 1.05 within some dozens of steps, 10 is much slower and does not arrive, 1 hardly moves."
if __name__ == "__main__":
    fig, (cliff, walk) = plt.subplots(1, 2, **size)
    grid = torch.linspace(0.9, 1.31, 500, dtype=torch.float64)
    cliff.plot(grid, growth_loss(grid), color="black")
    cliff.plot(1.3, growth_loss(one), "o", color="black")
    cliff.axvline(GROWTH, color="gray", lw=1)
    cliff.set(xlabel="growth factor", ylabel="loss", yticks=(0, 20_000, 40_000))
    walk.axhline(GROWTH, color="gray", lw=1, label="truth")
    for name, style in zip(tries, ("C1-", "C0--", "C2-.", "C3:"), strict=True):
        label = "no clipping" if "inf" in name else name
        walk.plot(paths[name], style, label=label)
    walk.plot(0, 1.3, "o", color="black")
    walk.set(xlim=(-10, 200), ylim=(0.97, 1.35))
    walk.set(xlabel="step", ylabel="growth factor")
    fig.legend(loc="outside upper center", ncols=2)
    plt.show()

# %% [markdown] lang="zh"
# 左图的谷底是一片平地，右边是悬崖。从 1.3 出发，梯度约为 `{python} f"{round(growth_gradient(one).item(), -5):,.0f}"`；
# 学习率只有 `1e-4`，第一步仍把 $a$ 抛到 `{python} f"{lone[1]:.0f}"`。后面一步比一步远，超出了 float64 的范围，成了 `-inf`，再加上 `inf` 就是 `nan`。
#
# 40 个种子（起点从 0.9 到 1.4 随机抽取）各走 200 步，离 1.05 不到 0.001 算到达。不裁剪，到达的有
# `{python} ends["max_norm = inf"][0]` 个，变成 `nan` 的有 `{python} ends["max_norm = inf"][1]` 个，剩下的被抛过谷底，停在左边几乎不动。
# 裁到 100，`{python} ends["max_norm = 100"][0]` 个全部到达。不裁剪而用 100 步预热，到达 `{python} ends["warmup"][0]` 个：
# 起点太高的，开头那 1% 的学习率也嫌大。
#
# 上限怎么定？不在悬崖上时（0.9 到 1.05），梯度最长 `{python} f"{calm:.0f}"`。100 比它大一点，只拦离谱的。`max_norm=10` 把平常的步子也裁短了，到达
# `{python} ends["max_norm = 10"][0]` 个；`max_norm=1` 时只有 `{python} ends["max_norm = 1"][0]` 个，因为梯度下降一步最长是
# $\eta\, c$，200 步最多走 `{python} f"{200 * 1e-4:.2f}"`。$c$ 没有万能的值：先记下平常的范数，再取大一点的数。

# %% [markdown] lang="en"
# In the left-hand figure, the bottom is a plain with a cliff to its right. At 1.3 the gradient is about
# `{python} f"{round(growth_gradient(one).item(), -5):,.0f}"`. The learning rate is only `1e-4`, yet the first step throws $a$ to
# `{python} f"{lone[1]:.0f}"`. Each later step goes farther, out of the range of float64 to `-inf`; add `inf` to that, and you have `nan`.
#
# Now 40 seeds, with starts drawn from 0.9 to 1.4, 200 steps each; within 0.001 of 1.05 counts as arrived. Without clipping,
# `{python} ends["max_norm = inf"][0]` arrive and `{python} ends["max_norm = inf"][1]` become `nan`; the others are thrown past the bottom and hardly
# move any more. Clipped to 100, all `{python} ends["max_norm = 100"][0]` arrive. With 100 steps of warmup and no clipping,
# `{python} ends["warmup"][0]` do; for the highest starts, even the 1% of the rate at the beginning is too much.
#
# How to set the limit? Off the cliff, from 0.9 to 1.05, the longest gradient is `{python} f"{calm:.0f}"`. A limit of 100 is a little
# more, and stops only the absurd ones. `max_norm=10` shortens ordinary steps as well, and
# `{python} ends["max_norm = 10"][0]` arrive; with `max_norm=1`, only `{python} ends["max_norm = 1"][0]`, for no step of gradient descent is longer than
# $\eta\, c$, and 200 steps cover at most `{python} f"{200 * 1e-4:.2f}"`. There is no $c$ for all purposes: record the usual norms first,
# then take a little more.

# %% [markdown] lang="zh" tags=["check"]
# 我们写的和 PyTorch 的一样吗？调度器（scheduler）的用法是：每轮先 `optimizer.step()`，再 `scheduler.step()`，它就改写优化器里存着的学习率
# `optimizer.param_groups[0]["lr"]`。下面打印各轮学习率与我们的最大差距，再拿三个随机梯度比较裁剪。

# %% [markdown] lang="en" tags=["check"]
# Are ours the same as PyTorch's? A scheduler is used like this: in every epoch first `optimizer.step()`, then `scheduler.step()`, which
# rewrites the learning rate that the optimizer keeps, `optimizer.param_groups[0]["lr"]`. Below we print the largest
# difference between its rates and ours over all epochs; then we compare clipping on three random gradients.


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
    sched = torch.optim.lr_scheduler
    pairs = {
        "step": (step_lr, (30,), sched.StepLR, {"step_size": 30}),
        "cosine": (cosine_lr, (1000,), sched.CosineAnnealingLR, {"T_max": 1000}),
        "warmup": (warmup, (100,), sched.LinearLR, {"total_iters": 100}),
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
# 阶梯式和裁剪逐位相同。另两种，PyTorch 从上一轮的学习率推算，我们直接用公式，只差在舍入，不到 `1e-15`。

# %% [markdown] lang="en" tags=["check"]
# The step schedule and clipping agree to the last bit. For the other two, PyTorch goes from one epoch's rate to the next while we use
# the formula; only their rounding differs, by less than `1e-15`.

# %% [markdown] lang="zh"
# ## 三个常见错误
# 都是一行写错了地方，程序照样运行。
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
        scheduler, used = sched.StepLR(optimizer, step_size=1, gamma=0.1), []
        with warnings.catch_warnings(record=True) as caught:  # a list of them
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
# 打印的是三轮实际用的学习率。写反了，第一个 `1e-01` 从没用过，整张计划提前一轮。PyTorch 会警告（最后两行是
# 它的开头）：`lr_scheduler.step()` 在 `optimizer.step()` 之前。别忽略它，把 `scheduler.step()` 挪到每轮的末尾。

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
# 裁剪写在 `backward()` 之前，那时还没有梯度，它返回 `tensor(0.)`，什么也没裁，随后的梯度照样爆炸。若旧梯度还没清，
# 裁的就是旧的。破绽是返回值：范数总是 0 就不对。次序应是清梯度、`backward()`、裁剪、`optimizer.step()`。

# %% [markdown] lang="en" tags=["bug"]
# Before `backward()` there is no gradient yet, so clipping returns `tensor(0.)` and clips nothing; the gradient that follows explodes as
# ever. If the old gradients have not been cleared yet, it clips those. The return value gives it away: a norm
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
    per_epoch = [step_lr(0.1, k // 40, 2, 0.5) for k in range(steps)]
    per_batch = [step_lr(0.1, k, 2, 0.5) for k in range(steps)]
    stuck = {}
    for name, plan in (("epoch", per_epoch), ("batch", per_batch)):
        stuck[name] = metres_off(find_nest(fixes, plan), fixes)[-1].median()
        print(f"{name}: last rate = {plan[-1]:.0e}  {stuck[name]:.1f} m off")

# %% [markdown] lang="zh" tags=["bug"]
# 每轮 40 批，计划快了 40 倍，训练冻在 `{python} f"{stuck['batch'].item():.0f}"` m 外。症状和小岛那里一样：损失很快变平，却不低。
# 每批调度一次也行，只是计划里的数要按批来定。打印学习率，一眼就能看出来。

# %% [markdown] lang="en" tags=["bug"]
# With 40 batches an epoch, the plan runs 40 times too fast, and training freezes `{python} f"{stuck['batch'].item():.0f}"` m away. The
# symptom is that of the islands: the loss is soon flat, but not low. You may well step the scheduler every batch, but then count the plan in
# batches. Print the rate, and you see it at once.

# %% [markdown] lang="zh"
# ## 回到观测站
# 该照抄吗？不该，先量。`StepLR(30, 0.1)` 让小岛网络 20 个种子里 `{python} solved[1]` 个成功，不用它是 `{python} solved[0]` 个；
# `max_norm=1` 在那里从不起作用，在鸟群那里又太小。小批量抖得停不下来，再让学习率变小：
# 找巢从 `{python} f"{last['constant 0.1']:.1f}"` m 近到 `{python} f"{last['cosine']:.2f}"` m。梯度偶尔长得离谱，再裁剪：鸟群每年增长 5%，就是这样求出来的。

# %% [markdown] lang="en"
# ## Back at the station
# Should you copy the tricks? No, measure first. With `StepLR(30, 0.1)`, `{python} solved[1]` of 20 seeds solve the islands, without it
# `{python} solved[0]`; `max_norm=1` never acts there, and is too small for the colony. If mini-batches keep you jittering, let the rate
# shrink: that brought us from `{python} f"{last['constant 0.1']:.1f}"` m to `{python} f"{last['cosine']:.2f}"` m from the best place for the nest. If a
# gradient is absurdly long now and then, clip: that is how we found that the colony grows by 5% a year.

# %% [markdown] lang="zh"
# ## 练习

# %% [markdown] lang="en"
# ## Exercises

# %% [markdown] lang="zh" tags=["exercise"]
# 预热什么时候帮倒忙？找巢时，让学习率用 100 步从 0.1 的 1% 升到 0.1，以后不变。40 步和 400 步以后，离最低点各多远（20 个种子的中位数）？
# 和恒定 0.1 比一比。

# %% [markdown] lang="en" tags=["exercise"]
# When does warmup hurt? For the nest, let the rate rise from 1% of 0.1 to 0.1 within 100 steps, and then keep it. How far from the minimum are you
# after 40 steps and after 400 (median of 20 seeds)? Compare with constant 0.1.


# %% tags=["solution"]
def warm_rates(lr: float, steps: int, warm: int) -> list[float]:
    """One rate per step, from 1% of lr (预热的学习率). Raises like ``warmup``."""
    check_count("steps", steps)
    return [warmup(lr, k, warm, start=0.01) for k in range(steps)]


if __name__ == "__main__":
    slow = metres_off(find_nest(fixes, warm_rates(0.1, 400, 100)), fixes)
    for k in (40, 400):
        both = slow[k].median(), off["constant 0.1"][k].median()
        print(f"step {k:3}: warmup {both[0]:5.2f} m  constant {both[1]:5.2f} m")

# %% [markdown] lang="zh" tags=["solution"]
# 40 步以后，预热的还差 `{python} f"{slow[40].median().item():.0f}"` m，恒定的只差 `{python} f"{off['constant 0.1'][40].median().item():.1f}"` m；
# 400 步以后就一样了。这里的梯度不会爆炸，预热只是耽误时间。

# %% [markdown] lang="en" tags=["solution"]
# After 40 steps, warmup has `{python} f"{slow[40].median().item():.0f}"` m to go, the constant rate only
# `{python} f"{off['constant 0.1'][40].median().item():.1f}"` m; after 400 they are equal. No gradient explodes here, and
# warmup only loses time.

# %% [markdown] lang="zh" tags=["exercise"]
# 写一个函数，求阶梯式调度无限走下去的学习率之和。恒定学习率的小岛网络里，走得最远的参数离起点多远（20 个网络的中位数）？
# $\eta_0 = 0.05$、$\gamma = 0.1$ 时，$s$ 至少要多大，和才够走这么远？

# %% [markdown] lang="en" tags=["exercise"]
# Write a function for the sum of the rates of a step schedule that goes on for ever. In the island networks with a constant rate, how far
# from its start does the parameter end that went farthest (median of 20 networks)? With $\eta_0 = 0.05$ and $\gamma = 0.1$, how large must $s$ be
# at least for the sum to cover that?


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
    needed = whole.median().item()
    enough = next(n for n in range(1, 1000) if reach(0.05, n, 0.1) >= needed)
    print(f"StepLR(30, 0.1): {reach(0.05, 30, 0.1):.2f}  needed: {needed:.1f}")
    print(f"step_size >= {enough}")

# %% [markdown] lang="zh" tags=["solution"]
# 最远的参数要走 `{python} f"{needed:.1f}"`，`StepLR(30, 0.1)` 总共只有 `{python} f"{reach(0.05, 30, 0.1):.2f}"`；$s$ 至少要
# `{python} enough`。不用训练，算一下就知道。

# %% [markdown] lang="en" tags=["solution"]
# The farthest parameter has to go `{python} f"{needed:.1f}"`, and `StepLR(30, 0.1)` has only `{python} f"{reach(0.05, 30, 0.1):.2f}"` in
# all. $s$ must be at least `{python} enough`. No training needed: a sum tells.

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
# 按值裁剪得 $(0.5, 1)$，转了 `{python} f"{turns[0]:.0f}"` 度；按范数裁剪不转，所以更常用。

# %% [markdown] lang="en" tags=["solution"]
# Clipping by value gives $(0.5, 1)$ and turns it by `{python} f"{turns[0]:.0f}"` degrees; clipping by norm does not turn it, and
# is therefore more common.

# %% [markdown] lang="zh"
# ## 小结
# - 学习率之和大致是能走的路；降得太快，训练就冻住。
# - 学习率变小，能平息小批量的抖动；没有抖动的小岛，恒定的最好。
# - 裁剪只限制步长，不改方向；$c$ 取得比平常的范数大一点。
# - 预热防的是开头梯度太大，否则只耽误时间。
# - 次序：清梯度、`backward()`、裁剪、`optimizer.step()`，每轮末尾 `scheduler.step()`。
#
# 接下来：训练得又快又稳，也可能只是把数据背了下来。怎样防止，见 [正则化](regularization.py)。

# %% [markdown] lang="en"
# ## Recap
# - The sum of the rates is roughly how far you can go; let them fall too fast, and training freezes.
# - A shrinking rate calms the jitter of mini-batches; on the islands, where nothing jitters, the constant rate was best.
# - Clipping limits the length of a step and keeps its direction; choose $c$ a little above the usual norms.
# - Warmup guards against too large gradients at the start; otherwise it only loses time.
# - The order: clear, `backward()`, clip, `optimizer.step()`, and at the end of the epoch `scheduler.step()`.
#
# Next: a fast and steady training may merely learn the data by heart. How to prevent that is the subject of
# [regularization](regularization.py).
