# %% [markdown] lang="zh"
# # 决策边界：网络能画出什么形状
# 平面上有两弯互相咬合的月牙，每弯一类点。一条直线怎么放，都会切掉月牙的尖。
# 一份流传的教程说：加一个隐藏层（hidden layer），4 个 ReLU 单元就能把两弯分开。可它的证据只有一张图，图里的网络还没有训练过。
# 这一课自己来查：网络能画出什么形状？训练又有多大把握找到它？
#
# 学完这一课，你能够：
#
# - 说出 ReLU 网络的决策边界（decision boundary）由什么拼成，在哪里转弯；
# - 画出任何一个二维分类网络的决策边界；
# - 用许多随机种子（random seed）评判一个配方，报出区间，而不是一次好运气；
# - 认出四个常见错误：没训练就画图、漏掉激活函数（activation function）、相信一个种子、画图时忘了 `eval()` 和 `no_grad()`。
#
# 先修：[第一个神经网络](../ch05_networks/first_network.py)。下面折叠的代码导入要用的库，并定义数据检查和画折痕的函数，初读可以跳过。

# %% [markdown] lang="en"
# # Decision boundaries: what shapes a network can draw
# Two moons lie hooked into each other in the plane, one class of points each. However you lay a straight line,
# it cuts off the tips. A common tutorial says: add one hidden layer, and 4 ReLU units separate the moons. Its
# evidence is one picture, and the network in that picture was never trained. Here we check for ourselves: which
# shapes can a network draw, and how likely is training to find the right one?
#
# After this lesson you can:
#
# - say why the decision boundary of a ReLU network is made of straight pieces, and where it turns;
# - draw the decision boundary of any classifier of points in the plane;
# - judge a recipe by many random seeds, and report an interval instead of one lucky run;
# - recognize four common mistakes: plotting an untrained network, leaving out the activation function, trusting
#   one seed, and plotting without `eval()` and `no_grad()`.
#
# Before this: [your first network](../ch05_networks/first_network.py). The folded code below imports what we need and
# defines a check of the data and a function that draws folds. Skip it at first reading.

# %% tags=["setup"]
import math
from statistics import NormalDist

import matplotlib.pyplot as plt
import torch
from matplotlib.axes import Axes
from sklearn.datasets import make_moons
from torch import Tensor, nn
from torch.nn import functional as F

ACTIVATIONS = {"relu": nn.ReLU, "tanh": nn.Tanh, "none": nn.Identity}
NAMES = {"relu": "ReLU", "tanh": "tanh"}  # for figures, as is the next line
SHARED = {"sharex": True, "sharey": True, "layout": "constrained"}


def check_data(x: Tensor, y: Tensor) -> None:
    """Refuse all but float32 points and labels (检查数据).

    ``x`` (n, 2) must be finite, ``y`` (n, 1) hold 0 and 1 only. Raises
    ``TypeError`` for the wrong dtype, ``ValueError`` for shapes and values.
    """
    if x.dtype != torch.float32 or y.dtype != torch.float32:
        raise TypeError(f"expected float32 tensors, got {x.dtype} and {y.dtype}")
    if x.ndim != 2 or x.shape[1] != 2 or len(x) == 0 or y.shape != (len(x), 1):
        shapes = f"{tuple(x.shape)} and {tuple(y.shape)}"
        raise ValueError(f"expected shapes (n, 2) and (n, 1), got {shapes}")
    if not (x.isfinite().all() and ((y == 0) | (y == 1)).all()):
        raise ValueError("expected finite points and labels 0 or 1")


def plot_folds(ax: Axes, layer: nn.Linear) -> None:
    """Dashed lines ``w . x + b = 0`` (折痕), one for each unit of ``layer``.

    Raises ``ValueError`` unless the layer has 2 inputs.
    """
    if layer.in_features != 2:
        raise ValueError(f"folds are lines for 2 inputs, got {layer.in_features}")
    style = {"color": "gray", "ls": "--", "lw": 1.2, "zorder": 1.5}
    limits = ax.axis()
    for k, (w1, w2) in enumerate(layer.weight.tolist()):
        scale = -layer.bias[k].item() / (w1**2 + w2**2)
        foot = (scale * w1, scale * w2)  # the fold's point nearest to the origin
        ahead = (foot[0] - w2, foot[1] + w1)  # one step along the fold
        ax.axline(foot, ahead, label="_" * (k > 0) + "fold", **style)
    ax.axis(limits)  # a fold may lie outside: do not zoom out for it


# %% [markdown] lang="zh"
# ## 一个单元，一道折痕
# 把一个单元想成盖在平面上方的一张纸：在每个点 $x$ 处，纸有一个高度。ReLU 单元的高度是 $\max(0,\;w\cdot x+b)$，其中 $w\cdot x$ 是两个坐标的加权和。在直线 $w\cdot x+b=0$ 的一侧，高度是 0；在另一侧，纸是一面斜坡。所以一个单元就是一张**折了一次**的纸，那条直线就是折痕。网络在每个点把这些纸的高度乘上权重，再加起来：
#
# $$f(x)=\sum_{k=1}^{H} v_k\,\max(0,\;w_k\cdot x+b_k)+c$$
#
# $x=(x_1,x_2)$ 是一个点；$H$ 是隐藏单元的个数，叫宽度（width）；$w_k$（两个数）和 $b_k$ 是第 $k$ 个单元的权重和偏置，决定折痕在哪里、斜坡多陡；$v_k$ 是它在输出里的权重，把斜坡拉伸，若是负数，上坡就变成下坡；$c$ 是输出的偏置，把整张纸抬高或放低。
#
# $f$ 就是逻辑回归里的对数几率（logit）：$f(x)>0$ 时类别 1 更可能，判为 1；否则判为 0。决策边界是 $f(x)=0$ 的那些点，两类在那里一样可能。

# %% [markdown] lang="en"
# ## One unit, one fold
# Think of a unit as a sheet of paper above the plane: over every point $x$ it has some height. For a ReLU unit this is $\max(0,\;w\cdot x+b)$, where $w\cdot x$ is a weighted sum of the two coordinates. On one side of the line $w\cdot x+b=0$ the sheet lies flat at height 0, on the other side it is a ramp. So one unit is a sheet **folded once**, and the line is its fold. At every point the network multiplies the heights of its sheets by weights and adds them up:
#
# $$f(x)=\sum_{k=1}^{H} v_k\,\max(0,\;w_k\cdot x+b_k)+c$$
#
# $x=(x_1,x_2)$ is a point; $H$ is the number of hidden units, the width; $w_k$ (two numbers) and $b_k$ are weight and bias of unit $k$ and say where its fold lies and how steep its ramp is; $v_k$ is its weight in the output, which stretches the ramp and, if negative, makes it lead down; $c$ is the output's bias and lifts or lowers the whole.
#
# $f$ is the logit you know from logistic regression: where $f(x)>0$, class 1 is the likelier and we predict it, anywhere else class 0. The decision boundary is the set of points with $f(x)=0$, where both classes are equally likely.

# %% tags=["plot"] alt_zh="左：一个单元，折痕的左下方是平地，右上方的等高线是平行的直线，越远越高。右：两个单元之和，等高线在第二道折痕上转弯，成为 V 形，别处都是直的。" alt_en="Left: one unit; flat to the lower left of its fold, with straight parallel level lines that rise to the upper right. Right: the sum of two units; the level lines turn into a V on the second fold and are straight elsewhere."
if __name__ == "__main__":
    fig, panels = plt.subplots(1, 2, figsize=(7, 3.4), **SHARED)
    axis = torch.linspace(-1, 3, 161)
    x1, x2 = torch.meshgrid(axis, axis, indexing="ij")
    one = torch.relu(x1 + x2 - 1)
    two = one - 2 * torch.relu(x1 - 1)
    spots = {"one unit": (0.75, 1, 1.25), "two units": (0, 0, 0)}
    sums = zip(panels, (one, two), spots.items(), strict=True)
    for ax, height, (name, x1s) in sums:
        levels = [0.5, 1, 1.5]
        lines = ax.contour(x1, x2, height, levels=levels, colors="C2")
        places = [(a, 1 + level - a) for a, level in zip(x1s, levels, strict=True)]
        ax.clabel(lines, manual=places)
        ax.axline((0, 1), (1, 0), color="gray", ls="--", label="fold")
        ax.set(xlabel="$x_1$", ylabel="$x_2$", title=name, xticks=range(-1, 4))
    ax.axvline(1, color="gray", ls="--")
    fig.legend(*ax.get_legend_handles_labels(), loc="outside lower center")
    plt.show()

# %% [markdown] lang="zh"
# 左图是一个单元，$\max(0,\;x_1+x_2-1)$，绿线上的数是高度。右图再加上第二张纸，权重是 $-2$：$-2\max(0,\;x_1-1)$。和里面两道折痕都在，每条等高线走到第二道折痕才转弯。
#
# 为什么只在那里转弯？不在折痕上的地方，每张纸不是平地就是斜坡，都是平面；平面加起来还是平面，而一个平面和高度 0 只相交于一条直线。所以边界由直线段拼成，**只有穿过折痕时才能转弯**。
#
# 现在写数据和网络。月牙的半径是 1；噪声 0.1 是每个坐标抖动的标准差。200 个点用来学，另外 1000 个用来评判。网络的初始权重是随机抽的，抽到什么由种子这个整数决定；`fork_rng` 让抽取不影响程序里别处的随机数。

# %% [markdown] lang="en"
# On the left is one unit, $\max(0,\;x_1+x_2-1)$; the numbers on the green lines are heights. On the right a second sheet is added with weight $-2$: $-2\max(0,\;x_1-1)$. The sum has both folds, and every level line turns when it comes to the second.
#
# Why only there? Away from the folds, each sheet is flat ground or a ramp, and both are planes. Planes add up to a plane, and a plane meets height 0 in a straight line. So the boundary is made of straight pieces, and **it turns only where it crosses a fold.**
#
# Now the data and the network. A moon has radius 1; the noise of 0.1 is the standard deviation of the jitter on each coordinate. We learn from 200 points and judge by another 1000. The network's first weights are drawn at random; the seed, an integer, decides what is drawn. `fork_rng` keeps the draw from disturbing random numbers elsewhere.


# %%
def make_data(n: int, seed: int, noise: float = 0.1) -> tuple[Tensor, Tensor]:
    """Two moons (双月数据) of radius 1: float32 points (n, 2), labels 0, 1 (n, 1).

    ``noise`` is the std of the jitter on each coordinate. Raises ``ValueError`` for
    n < 2 or a bad ``noise``. Source: ``sklearn.datasets.make_moons``.
    """
    if n < 2 or not 0 <= noise < math.inf:
        raise ValueError(f"expected n >= 2, 0 <= noise < inf, got {n} and {noise}")
    points, labels = make_moons(n, noise=noise, random_state=seed)
    x, y = torch.from_numpy(points).float(), torch.from_numpy(labels).float()
    return x, y[:, None]


def make_network(width: int, activation: str, seed: int) -> nn.Sequential:
    """One hidden layer (一个隐藏层), 2 -> ``width`` -> 1, drawn with ``seed``.

    Raises ``ValueError`` for a width below 1 or an unknown ``activation``.
    """
    if width < 1 or activation not in ACTIVATIONS:
        known = ", ".join(ACTIVATIONS)
        raise ValueError(
            f"expected width >= 1 and {known}, got {width}, {activation!r}"
        )
    layer = ACTIVATIONS[activation]()
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)  # nn.Linear draws from it
        return nn.Sequential(nn.Linear(2, width), layer, nn.Linear(width, 1))


if __name__ == "__main__":
    x, y = make_data(200, seed=0)  # to learn from
    x_test, y_test = make_data(1000, seed=1)  # to judge by

# %% [markdown] lang="zh"
# ## 三个单元就画得出来
# 先不训练，用手摆三张纸。要的边界是一条折线：先上坡，到 $x_1=0$ 转为下坡，到 $x_1=1$ 再转为上坡。
#
# $$f(x)=\max(0,\;2x_1-x_2+10)-3\max(0,\;x_1)+3\max(0,\;x_1-1)-10+0.75$$
#
# 第一个单元的偏置 10 很大，折痕被推到图外很远，所以图里它总在斜坡上，可以去掉它的 $\max$。这样就能从 $f(x)=0$ 解出边界：
#
# $$x_2=2x_1+0.75-3\max(0,\;x_1)+3\max(0,\;x_1-1)$$
#
# 左边的斜率是 2；从 $x_1=0$ 起，第二个单元把它改成 $2-3=-1$；从 $x_1=1$ 起，第三个再改回 $-1+3=2$。0.75 是左边那个拐角的高度，这样折线正好落在两弯之间。

# %% [markdown] lang="en"
# ## Three units can draw it
# No training yet: we place three sheets by hand. The boundary we want is a zigzag: up, down from $x_1=0$, up again from $x_1=1$.
#
# $$f(x)=\max(0,\;2x_1-x_2+10)-3\max(0,\;x_1)+3\max(0,\;x_1-1)-10+0.75$$
#
# The first unit's large bias, 10, pushes its fold far out of the picture. Inside the picture it is always on its ramp, so we can drop its $\max$, and then solve $f(x)=0$ for the boundary:
#
# $$x_2=2x_1+0.75-3\max(0,\;x_1)+3\max(0,\;x_1-1)$$
#
# On the left the slope is 2; from $x_1=0$ on, the second unit changes it to $2-3=-1$; from $x_1=1$ on, the third changes it back to $-1+3=2$. The 0.75 is the height of the left corner, chosen so that the zigzag runs between the moons.


# %%
def hand_made() -> nn.Sequential:
    """Three ReLU units that separate the moons (手工设定的网络), no training."""
    model = make_network(3, "relu", seed=0)
    with torch.no_grad():
        # row k of the first weight is w_k; the second weight holds v_1, v_2, v_3
        model[0].weight.copy_(torch.tensor([[2.0, -1.0], [1.0, 0.0], [1.0, 0.0]]))
        model[0].bias.copy_(torch.tensor([10.0, 0.0, -1.0]))
        model[2].weight.copy_(torch.tensor([[1.0, -3.0, 3.0]]))
        model[2].bias.fill_(0.75 - 10)
    return model


def accuracy(model: nn.Module, x: Tensor, y: Tensor) -> float:
    """Share of points on the right side of the boundary (准确率), from 0 to 1."""
    check_data(x, y)
    with torch.no_grad():
        return ((model(x) > 0) == (y > 0.5)).float().mean().item()


def accuracies(models: list[nn.Module], x: Tensor, y: Tensor) -> Tensor:
    """The accuracy of each of S networks (各网络的准确率), shape (S,)."""
    if len(models) == 0:
        raise ValueError("expected at least one network")
    return torch.tensor([accuracy(model, x, y) for model in models])


if __name__ == "__main__":
    by_hand = hand_made()
    print(f"{accuracy(by_hand, x_test, y_test):.3f}")

# %% [markdown] lang="zh"
# 手摆的网络在 1000 个没见过的点上，准确率是 `{python} f"{accuracy(by_hand, x_test, y_test):.1%}"`。
#
# 怎样把边界画出来？在平面上铺一张 200 × 200 的细网格，问网络每个格点的 $f$，按正负涂上颜色；两种颜色相接处就是边界。为什么要 `eval()` 和 `no_grad()`，见第四个常见错误。

# %% [markdown] lang="en"
# On 1000 points it has not seen, the network placed by hand is right for `{python} f"{accuracy(by_hand, x_test, y_test):.1%}"`.
#
# How does one draw a boundary? Lay a fine grid of 200 × 200 points over the plane, ask the network for $f$ at each, and colour by its sign. Where the two colours meet is the boundary. For `eval()` and `no_grad()` see the fourth mistake.


# %%
def plot_decision_boundary(
    ax: Axes,
    model: nn.Module,
    x: Tensor,
    y: Tensor,
) -> None:
    """Colour the plane by predicted class (决策边界图).

    ``model`` maps points (m, 2) to logits (m, 1); ``x`` and ``y`` are drawn on top.
    """
    check_data(x, y)
    low, high = x.min(dim=0).values - 0.5, x.max(dim=0).values + 0.5
    axes = [torch.linspace(low[i], high[i], 200) for i in (0, 1)]
    x1, x2 = torch.meshgrid(axes, indexing="ij")  # (200, 200), x1 along dim 0
    was_training = model.training
    model.eval()  # layers such as dropout stop being random
    with torch.no_grad():  # drawing needs no gradients
        f = model(torch.stack([x1, x2], dim=2).reshape(-1, 2)).reshape(x1.shape)
    model.train(was_training)
    levels = [-math.inf, 0, math.inf]
    ax.contourf(x1, x2, f, levels=levels, colors=["C0", "C1"], alpha=0.25)
    if f.min() < 0 < f.max():  # else the plane has one colour and no boundary
        ax.contour(x1, x2, f, levels=[0], colors="black")
    for k, marker in enumerate("o^"):
        style = {"color": f"C{k}", "markersize": 4, "label": f"class {k}"}
        ax.plot(*x[y[:, 0] == k].T, marker, **style)
    ax.set(xlabel="$x_1$", ylabel="$x_2$")


# %% tags=["plot"] alt_zh="三个单元的边界是一条折线，恰好在两道折痕上转弯，从两弯月牙之间穿过。" alt_en="The boundary of three units is a zigzag that turns exactly on two folds and runs between the moons."
if __name__ == "__main__":
    fig, ax = plt.subplots(figsize=(5.2, 4), layout="constrained")
    plot_decision_boundary(ax, by_hand, x, y)
    plot_folds(ax, by_hand[0])
    fig.legend(*ax.get_legend_handles_labels(), loc="outside lower center", ncols=3)
    plt.show()

# %% [markdown] lang="zh"
# 可见 3 个单元**画得出**这条边界，4 个当然也行。但画得出，不等于训练**找得到**。
#
# ## 训练找得到吗
# 训练前，折痕的位置由随机种子决定；梯度下降（gradient descent）再一点点移动它们。起点不同，终点也可能不同。要知道把握有多大，只能训练很多次。
#
# 为了快，把 $S$ 个网络的权重叠成一个张量，新的第 0 维是网络的编号：形状 $(H,2)$ 变成 $(S,H,2)$，`@` 会替每个网络各做一次矩阵乘法。每个网络各算各的平均损失（二元交叉熵，binary cross-entropy），再把 $S$ 个损失**相加**。第 $i$ 个网络的权重只影响第 $i$ 个损失，所以梯度和单独训练时一样；优化器 Adam 逐个参数更新，也不会把网络混在一起。
#
# 学习率 0.05 和那份教程相同：Adam 的一步大约把一个权重挪动 0.05，几十步就能把一道折痕移过整张图。只训练 300 轮（epoch），是因为再练一倍，失败的网络也很少翻身，后面会量给你看。

# %% [markdown] lang="en"
# So 3 units **can draw** this boundary, and 4 can too. But that a network can draw it does not mean that training **finds** it.
#
# ## Does training find it?
# Before training, the random seed decides where the folds lie; gradient descent then moves them bit by bit. Another seed is another start, and perhaps another end. To learn how good the odds are we must train many times.
#
# To be quick, we stack the weights of $S$ networks in one tensor whose new first dimension numbers the networks: shape $(H,2)$ becomes $(S,H,2)$, and `@` multiplies matrices for each network separately. Each network has its own mean loss (binary cross-entropy), and we **add up** the $S$ losses. The weights of network $i$ affect loss $i$ only, so its gradient is the one it would get alone; and the optimizer, Adam, updates parameter by parameter, so it does not mix the networks either.
#
# The learning rate, 0.05, is the tutorial's: one step of Adam moves a weight by roughly 0.05, so some dozens of steps can carry a fold across the picture. We stop after 300 epochs, because twice as many rescue hardly any network that failed; we measure that below.


# %%
def fit_moons(
    width: int,
    activation: str,
    seeds: list[int] | range,
    x: Tensor,
    y: Tensor,
    epochs: int = 300,
    lr: float = 0.05,
) -> tuple[list[nn.Sequential], Tensor]:
    """Train one network for each seed, all at once (同时训练一批网络).

    Returns the S networks and their losses before each update, (epochs, S). Raises
    ``ValueError`` for no seeds, ``epochs`` below 1 or a rate that is not positive.
    Full-batch Adam. Source: Kingma & Ba (2015).
    """
    check_data(x, y)
    if len(seeds) == 0 or epochs < 1 or not 0 < lr < math.inf:
        given = f"{len(seeds)} seeds, {epochs} epochs, rate {lr}"
        raise ValueError(f"expected seeds, epochs and a positive rate, got {given}")
    models = [make_network(width, activation, seed) for seed in seeds]
    states = [model.state_dict() for model in models]
    stacks = {
        name: torch.stack([state[name] for state in states]) for name in states[0]
    }
    w1, b1, w2, b2 = (stack.requires_grad_() for stack in stacks.values())
    # (S, H, 2), (S, H), (S, 1, H) and (S, 1)
    points = x.T.contiguous()  # (2, n): a point in each column
    targets = y.T.expand(len(models), -1)  # (S, n)
    optimizer = torch.optim.Adam([w1, b1, w2, b2], lr=lr, fused=True)  # faster
    history = []
    for _ in range(epochs):
        hidden = models[0][1](w1 @ points + b1[:, :, None])  # (S, H, n)
        logits = (w2 @ hidden + b2[:, :, None]).squeeze(1)  # (S, n)
        bce = F.binary_cross_entropy_with_logits(logits, targets, reduction="none")
        losses = bce.mean(dim=1)  # (S,): one for each network
        optimizer.zero_grad()
        losses.sum().backward()
        optimizer.step()
        history.append(losses.detach())
    for i, model in enumerate(models):
        model.load_state_dict({k: stack[i].detach() for k, stack in stacks.items()})
    return models, torch.stack(history)


# %% [markdown] lang="zh" tags=["predict"]
# 训练 100 个网络，每个 4 个 ReLU 单元，种子从 0 数起。测试准确率达到 98% 就算成功。先猜：100 个里有几个成功？失败的网络，准确率会散布在 50% 到 98% 之间，还是挤在一起？

# %% [markdown] lang="en" tags=["predict"]
# We train 100 networks with 4 ReLU units each, their seeds counted from 0. One that reaches a test accuracy of 98% passes. Guess first: how many of the 100 will pass? And will the failures scatter between 50% and 98%, or huddle together?

# %%
PASS = 0.98  # the test accuracy that counts as solved
SEEDS = range(100)

if __name__ == "__main__":
    relu4, losses4 = fit_moons(4, "relu", SEEDS, x, y)
    scores = accuracies(relu4, x_test, y_test)
    lucky, unlucky = scores[scores >= PASS], scores[scores < PASS]
    for name, group in (("pass", lucky), ("fail", unlucky)):
        print(f"{name}: {len(group)}, {group.min():.3f} ... {group.max():.3f}")

# %% tags=["plot"] alt_zh="左：种子 1 的边界只朝一个方向拐，切掉了月牙的尖，准确率 `{python} f'{scores[1]:.3f}'`。右：种子 3 的边界是左右都拐的折线，从两弯之间穿过，准确率 `{python} f'{scores[3]:.3f}'`。虚线是四个单元的折痕。" alt_en="Left: the boundary of seed 1 turns one way only and cuts off a tip, accuracy `{python} f'{scores[1]:.3f}'`. Right: the boundary of seed 3 is a zigzag that runs between the moons, accuracy `{python} f'{scores[3]:.3f}'`. Dashed: the folds of the four units."
if __name__ == "__main__":
    fig, axes = plt.subplots(1, 2, figsize=(7, 3.2), **SHARED)
    for ax, seed in zip(axes, (1, 3), strict=True):
        plot_decision_boundary(ax, relu4[seed], x, y)
        plot_folds(ax, relu4[seed][0])
        ax.set_title(f"seed {seed}")
    plt.show()

# %% [markdown] lang="zh"
# 每行先是个数，再是最低和最高的准确率。成功了 `{python} len(lucky)` 个。失败的挤在 `{python} f"{unlucky.min():.1%}"` 到 `{python} f"{unlucky.max():.1%}"` 之间，和一条直线差不多（直线的准确率后面会量）；成功的最低也有 `{python} f"{lucky.min():.1%}"`。中间一个也没有，所以及格线画在 98% 还是 95%，结果一样。
#
# 图里的边界（黑线）果然只在折痕（虚线）上转弯。每弯月牙的尖都伸进另一弯的凹处，所以边界要先向一边拐，再向另一边拐。种子 3 做到了。种子 1 的边界在两弯之间只朝一个方向拐，围出的区域没有凹口，总要切掉一个尖：能让它拐回来的折痕，停在了别处。
#
# 换一百个种子，成功的个数会稍有不同，所以还要报一个区间。如果真实的成功率是 $p$，$n$ 次试验的成功比例就围绕 $p$ 波动，标准误差是 $\sqrt{p(1-p)/n}$。**Wilson 区间**（Wilson interval）收下所有让我们的结果不算少见的 $p$：
#
# $$\left|\frac{k}{n}-p\right|\le z\sqrt{\frac{p(1-p)}{n}}$$
#
# $k$ 是成功的个数；$z$ 由置信度决定，95% 对应 `{python} f"{NormalDist().inv_cdf(0.975):.2f}"`。取等号、两边平方，得到 $p$ 的二次方程，两个根就是区间的两端。

# %% [markdown] lang="en"
# Each line has the count, then the lowest and the highest accuracy. `{python} len(lucky)` pass. The failures huddle between `{python} f"{unlucky.min():.1%}"` and `{python} f"{unlucky.max():.1%}"`, about as good as a straight line (whose accuracy we measure below), while the worst success has `{python} f"{lucky.min():.1%}"`. Nothing lies between, so a bar of 98% or of 95% gives the same count.
#
# And indeed the boundary (black) turns on the folds (dashed) only. The tip of each moon reaches into the hollow of the other, so the boundary must turn one way around the first tip, then the other way around the second. Seed 3 does. Between the moons, the boundary of seed 1 turns one way only; what it encloses has no dent, so it always cuts off a tip. The fold that could turn it back has come to rest elsewhere.
#
# Another hundred seeds would give a slightly different count, so we should report an interval too. If the true success rate is $p$, the share that pass in $n$ trials varies around $p$ with a standard error of $\sqrt{p(1-p)/n}$. The **Wilson interval** collects all $p$ for which our result is not rare:
#
# $$\left|\frac{k}{n}-p\right|\le z\sqrt{\frac{p(1-p)}{n}}$$
#
# $k$ is the number that passed; the confidence decides $z$, which for 95% is `{python} f"{NormalDist().inv_cdf(0.975):.2f}"`. With equality, and both sides squared, this is a quadratic equation for $p$; its two roots are the ends of the interval.


# %%
def wilson(
    passed: int,
    total: int,
    confidence: float = 0.95,
) -> tuple[float, float]:
    """Interval for a success rate (Wilson 区间), ``passed`` of ``total`` trials.

    Raises ``ValueError`` unless 0 <= passed <= total > 0 and 0 < confidence < 1.
    Source: Wilson (1927), JASA 22, 209-212.
    """
    if not 0 <= passed <= total or total == 0 or not 0 < confidence < 1:
        given = f"{passed} of {total} at confidence {confidence}"
        raise ValueError(f"expected 0 <= passed <= total, got {given}")
    z = NormalDist().inv_cdf((1 + confidence) / 2)  # in standard errors
    centre = (passed + z**2 / 2) / (total + z**2)
    spread = passed * (total - passed) / total + z**2 / 4
    half = z / (total + z**2) * math.sqrt(spread)
    return max(0.0, centre - half), min(1.0, centre + half)


if __name__ == "__main__":
    low, high = wilson(len(lucky), len(SEEDS))
    print(f"{low:.2f} ... {high:.2f}")

# %% [markdown] lang="zh"
# 与“100 个里成功 `{python} len(lucky)` 个”相容的成功率，在 95% 的置信度下是 `{python} f"{low:.0%}"` 到 `{python} f"{high:.0%}"`。所以“4 个 ReLU 单元能分开两弯月牙”这句话，大约每 `{python} f"{len(SEEDS) / len(lucky):.0f}"` 个种子才有一个应验。

# %% [markdown] lang="en"
# At 95% confidence, success rates from `{python} f"{low:.0%}"` to `{python} f"{high:.0%}"` agree with “`{python} len(lucky)` of 100”. So “4 ReLU units separate the moons” comes true for about one seed in `{python} f"{len(SEEDS) / len(lucky):.0f}"`.

# %% [markdown] lang="zh" tags=["check"]
# 一起训练，会不会练错？用普通的训练循环单独训练种子 3 的网络 100 步，和一批里编号为 3 的那个比较：每一步的损失都应当相同，只差浮点误差。

# %% [markdown] lang="en" tags=["check"]
# Is training together the same as training alone? We train the network of seed 3 alone for 100 steps with the ordinary loop, and compare it with number 3 of the batch: in every step their losses should differ by rounding errors only.

# %% tags=["check"]
if __name__ == "__main__":
    alone, losses = make_network(4, "relu", seed=3), []
    optimizer = torch.optim.Adam(alone.parameters(), lr=0.05)
    for _ in range(100):
        loss = F.binary_cross_entropy_with_logits(alone(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.detach())
    print(f"{(torch.stack(losses) - losses4[:100, 3]).abs().max().item():.0e}")

# %% [markdown] lang="zh"
# ## 更宽，还是换激活函数
# 每个单元都带来一道折痕，也多一次抽到好位置的机会。双曲正切（tanh）单元不是折痕，而是一个光滑的台阶：两头是平的，中间是斜坡，所以它画出的边界是弯的。每种配方各训练 100 个种子，每行是成功的个数和 95% 区间：

# %% [markdown] lang="en"
# ## Wider, or another activation
# Every unit brings one more fold, and one more chance of a good start. A tanh unit is not a fold but a smooth step: flat at both ends, a ramp between, so the boundary it draws is curved. Here are 100 seeds for each recipe, a line being the number that pass and the 95% interval:


# %%
RECIPES = [*((width, "relu") for width in (2, 3, 4, 16)), (4, "tanh")]


def pass_rate(
    models: list[nn.Module], x: Tensor, y: Tensor
) -> tuple[int, float, float]:
    """How many networks reach ``PASS`` (成功个数), and their share's interval."""
    passed = int((accuracies(models, x, y) >= PASS).sum())
    return passed, *wilson(passed, len(models))


if __name__ == "__main__":
    trained, rates = {(4, "relu"): (relu4, losses4)}, {}
    for recipe in RECIPES:
        if recipe not in trained:
            trained[recipe] = fit_moons(*recipe, SEEDS, x, y)
        rates[recipe] = pass_rate(trained[recipe][0], x_test, y_test)
        print("{:2} {}: {:3}, {:.2f} ... {:.2f}".format(*recipe, *rates[recipe]))

# %% [markdown] lang="zh"
# 先看画得出什么。下面是四种配方各自最好的一次：100 个网络里训练损失最小的那个。

# %% [markdown] lang="en"
# First, what can they draw? Here is the best attempt of four of the recipes: of its 100 networks, the one with the lowest training loss.

# %% tags=["plot"] alt_zh="四种配方，各取训练损失最小的网络。ReLU 2：边界只朝一个方向拐。ReLU 4：几段折线，绕过两个尖。ReLU 16：许多折痕，边界由更多短直线段组成。tanh 4：光滑的 S 形曲线。" alt_en="Four recipes, for each the network with the lowest training loss. ReLU 2: the boundary turns one way only. ReLU 4: a zigzag of a few pieces around both tips. ReLU 16: many folds, more and shorter pieces. tanh 4: a smooth S."
if __name__ == "__main__":
    fig, axes = plt.subplots(2, 2, figsize=(7, 5.8), **SHARED)
    shown = [(2, "relu"), (4, "relu"), (16, "relu"), (4, "tanh")]
    for ax, (width, activation) in zip(axes.flat, shown, strict=True):
        models, losses = trained[width, activation]
        model = models[losses[-1].argmin()]
        plot_decision_boundary(ax, model, x, y)
        if activation == "relu":
            plot_folds(ax, model[0])
        ax.set_title(f"{NAMES[activation]} {width}")
    plt.show()

# %% [markdown] lang="zh"
# 2 个 ReLU 单元最好的一次也只朝一个方向拐，所以 `{python} len(SEEDS)` 个种子里成功 `{python} rates[2, "relu"][0]` 个：这一回不怪运气，是画不出来。单元多了，直线段变短、变多；换成 tanh，转角变圆。再看找得到的把握有多大：

# %% [markdown] lang="en"
# Even the best attempt of 2 ReLU units turns one way only, which is why `{python} rates[2, "relu"][0]` of `{python} len(SEEDS)` seeds pass: this time luck is not to blame, the shape is out of reach. With more units the straight pieces get shorter and more; with tanh the corners become round. And how good are the odds of finding it?

# %% tags=["plot"] alt_zh="100 个种子的成功率，每个点带 95% 区间。ReLU 从 2 个单元成功 `{python} rates[2, 'relu'][0]` 个，一路升到 16 个单元的 `{python} rates[16, 'relu'][0]` 个；tanh 只用 4 个单元就有 `{python} rates[4, 'tanh'][0]` 个。" alt_en="Pass rate over 100 seeds, with 95% intervals. ReLU climbs from `{python} rates[2, 'relu'][0]` passes with 2 units to `{python} rates[16, 'relu'][0]` with 16; tanh has `{python} rates[4, 'tanh'][0]` with only 4."
if __name__ == "__main__":
    fig, ax = plt.subplots(figsize=(5.2, 2.8))
    for (width, activation), (passed, low, high) in rates.items():
        share, style = passed / len(SEEDS), "C0o" if activation == "relu" else "C1s"
        error = [[share - low], [high - share]]
        name = f"{NAMES[activation]} {width}"
        ax.errorbar([share], [name], xerr=error, fmt=style, capsize=4)
    ax.invert_yaxis()
    ax.set_xlabel("share of seeds that pass")
    plt.show()

# %% [markdown] lang="zh"
# 3 个单元画得出正确的边界，我们亲手摆过；可是训练只让 `{python} rates[3, "relu"][0]` 个种子找到它。16 个单元有 `{python} rates[16, "relu"][0]` 个成功。多出来的单元对“画”并无必要，它们换来的是**运气**：折痕越多，越可能有几道恰好停在有用的地方。
#
# 4 个 tanh 单元成功了 `{python} rates[4, "tanh"][0]` 个，参数却和 4 个 ReLU 单元一样多。一个不同之处是：tanh 没有哪里是全平的，每个点始终能推动每个单元；ReLU 单元会怎样，看练习 3。但几乎全部成功不等于必然成功：区间的下端是 `{python} f"{rates[4, 'tanh'][1]:.0%}"`。这些数只对这份数据和这套设置成立，tanh 并非总是更好；后面有一课专门比较激活函数。

# %% [markdown] lang="en"
# 3 units can draw the right boundary, we placed them ourselves; yet training finds it from just `{python} rates[3, "relu"][0]` seeds. With 16 units, `{python} rates[16, "relu"][0]` pass. The extra units are not needed for the drawing. What they buy is **luck**: the more folds, the likelier that a few come to rest where they help.
#
# With 4 tanh units, `{python} rates[4, "tanh"][0]` pass, though they have no more parameters than 4 ReLU units. One difference: tanh is nowhere quite flat, so every point keeps pushing every unit; what becomes of ReLU units, exercise 3 will show. But nearly always is not always: the interval starts at `{python} f"{rates[4, 'tanh'][1]:.0%}"`. And all these numbers hold for this data and these settings; tanh is not always better, and a later lesson compares activation functions.

# %% [markdown] lang="zh"
# 看它们怎样练出来：先放一遍，再用第二个滑块换网络。种子 1 和种子 3 的边界，是从哪一轮起分道扬镳的？

# %% [markdown] lang="en"
# Watch them learn: play the training, then choose another network with the second slider. From which epoch on do the
# boundaries of seed 1 and seed 3 go separate ways?

# %% tags=["replay"] alt_zh="左边是两弯月牙和逐轮移动的边界，右边是训练损失，对数轴。300 轮后的测试准确率：2 个单元 `{python} f'{rights[0][-1]:.3f}'`；4 个单元，种子 1 是 `{python} f'{rights[1][-1]:.3f}'`，种子 3 是 `{python} f'{rights[2][-1]:.3f}'`；16 个单元 `{python} f'{rights[3][-1]:.3f}'`。" alt_en="Left, the two moons and the boundary, moving epoch by epoch; right, the training loss on a log axis. Test accuracy after 300 epochs: `{python} f'{rights[0][-1]:.3f}'` with 2 units; with 4 units, `{python} f'{rights[1][-1]:.3f}'` for seed 1 and `{python} f'{rights[2][-1]:.3f}'` for seed 3; `{python} f'{rights[3][-1]:.3f}'` with 16 units."
if __name__ == "__main__":
    best2, best16 = (int(trained[n, "relu"][1][-1].argmin()) for n in (2, 16))
    chosen = [(2, best2), (4, 1), (4, 3), (16, best16)]  # width and seed
    frames = [0, 2, 4, 6, 8, 10, 13, 16, 20, 24, 28, 32, 37, 42, 48, 55, 63, 72]
    frames += [85, 100, 120, 150, 190, 240, 300]
    sides = torch.linspace(-1.5, 2.5, 26), torch.linspace(-1.1, 1.6, 22)
    grid = torch.stack(torch.meshgrid(*sides, indexing="xy"), dim=2).reshape(-1, 2)
    watched = [make_network(width, "relu", seed) for width, seed in chosen]
    params = [param for model in watched for param in model.parameters()]
    optimizer = torch.optim.Adam(params, lr=0.05, fused=True)
    fields, falls, rights = [], [], []
    for epoch in range(301):  # their losses are added up, as in fit_moons
        fall = [F.binary_cross_entropy_with_logits(model(x), y) for model in watched]
        if epoch in frames:
            with torch.no_grad():  # a third of f: the colours show how far f is from 0
                levels = [torch.sigmoid(model(grid) / 3) for model in watched]
            fields.append(torch.stack(levels).reshape(-1, 22, 26))
            falls.append(torch.stack(fall).detach())
            rights.append(accuracies(watched, x_test, y_test))
        optimizer.zero_grad()
        sum(fall).backward()
        optimizer.step()
    # from (frame, network) to (network, frame)
    fields, falls, rights = (torch.stack(t, dim=1) for t in (fields, falls, rights))
    moons = [
        {
            "kind": "points",
            "x": x[y[:, 0] == k, 0],
            "y": x[y[:, 0] == k, 1],
            "color": f"C{k}",
            "marker": "os"[k],
            "label": f"class {k}",
        }
        for k in (0, 1)
    ]
    replay = {
        "frame": {"label": "epoch", "values": frames},
        "setting": {
            "label": "network",
            "values": [f"{width} units, seed {seed}" for width, seed in chosen],
        },
        "readout": [
            {"label": "training loss", "values": falls},
            {"label": "test accuracy", "values": rights},
        ],
        "panels": [
            {
                "x": {"label": "x₁", "range": [-1.5, 2.5]},
                "y": {"label": "x₂", "range": [-1.1, 1.6]},
                "layers": [
                    {
                        "kind": "field",
                        "levels": fields,
                        "colors": ["C0", "C1"],
                    },
                    *moons,
                ],
            },
            {
                "x": {"label": "epoch", "range": [0, 300]},
                "y": {"label": "training loss", "range": [0.001, 1], "log": True},
                "layers": [{"kind": "trail", "x": [frames] * len(chosen), "y": falls}],
            },
        ],
    }

# %% [markdown] lang="zh"
# ## 四个常见错误
# ### 没训练就画图

# %% [markdown] lang="en"
# ## Four common mistakes
# ### Plotting an untrained network

# %% [markdown] lang="zh" tags=["bug"]
# 开头那份教程建好了网络和优化器，训练循环却只留下一行注释，接着就画出“非线性的边界”。程序不报错，图也像模像样。
# 对 100 个种子，算一算没训练的网络有多准，又有几个把所有测试点都判成同一类。

# %% [markdown] lang="en" tags=["bug"]
# The tutorial from the start builds the network and the optimizer, leaves a comment where the training loop should
# be, and plots its “non-linear boundary”. Nothing fails, and the picture looks the part. For 100 seeds: how accurate
# are untrained networks, and how many put all test points in one class?

# %% tags=["bug"]
if __name__ == "__main__":
    untrained = [make_network(4, "relu", seed) for seed in SEEDS]
    guesses = accuracies(untrained, x_test, y_test)
    one_class = sum((net(x_test) > 0).unique().numel() == 1 for net in untrained)
    low, middle, high = guesses.min(), guesses.median(), guesses.max()
    print(f"{low:.3f} ... {middle:.3f} ... {high:.3f}")
    print(f"one class: {one_class}")

# %% [markdown] lang="zh" tags=["bug"]
# 第一行是最低、中位数和最高的准确率：中位数 `{python} f"{guesses.median():.0%}"`，等于抛硬币。
# 第二行说，`{python} one_class` 个网络在这些点之间根本没有边界。
# **画图之前，先打印准确率和损失。**

# %% [markdown] lang="en" tags=["bug"]
# The first line is the lowest, median and highest accuracy: the median is `{python} f"{guesses.median():.0%}"`, a coin
# flip. The second says that `{python} one_class` networks have no boundary among the points at all. **Print accuracy and loss before you plot.**

# %% [markdown] lang="zh"
# ### 漏掉激活函数

# %% [markdown] lang="en"
# ### Leaving out the activation function

# %% [markdown] lang="zh" tags=["bug"]
# 两层之间没有激活函数，两个矩阵就乘成一个：
#
# $$W_2(W_1x+b_1)+b_2=(W_2W_1)\,x+(W_2b_1+b_2)$$
#
# $W_1,b_1$ 和 $W_2,b_2$ 是两层的权重与偏置。右边只是一层，所以无论多宽、多深，边界都是一条直线。用 16 个单元和 5 个种子来看：

# %% [markdown] lang="en" tags=["bug"]
# Without an activation function between two layers, their matrices multiply to one:
#
# $$W_2(W_1x+b_1)+b_2=(W_2W_1)\,x+(W_2b_1+b_2)$$
#
# $W_1,b_1$ and $W_2,b_2$ are the layers' weights and biases. The right side is a single layer, so however wide and deep
# the network, its boundary is one straight line. With 16 units and 5 seeds:

# %% tags=["bug"]
if __name__ == "__main__":
    lines, _ = fit_moons(16, "none", range(5), x, y, epochs=100)
    first, _, second = lines[0]
    weight = second.weight @ first.weight  # (1, 2)
    bias = second.weight @ first.bias + second.bias  # (1,)
    merged = x @ weight.T + bias
    best_line = accuracies(lines, x_test, y_test).max()
    print(f"difference: {(lines[0](x) - merged).abs().max().item():.0e}")
    print(f"best: {best_line:.3f}")

# %% [markdown] lang="zh" tags=["bug"]
# 第一个网络合并成一层后，对数几率只差浮点误差；5 个网络里最好的准确率是 `{python} f"{best_line:.1%}"`，不过是一条直线的水平（[逻辑回归](../ch04_classification/logistic_regression.py)）。程序同样不报错。

# %% [markdown] lang="en" tags=["bug"]
# Merged into one layer, the first network gives the same logits but for rounding errors; the best of 5 networks reaches `{python} f"{best_line:.1%}"`, no more than a straight line ([logistic regression](../ch04_classification/logistic_regression.py)). Again nothing fails.

# %% tags=["plot"] alt_zh="左：没有训练的网络，边界与两弯月牙无关。右：没有激活函数的 16 个单元，训练后边界仍是一条直线，切掉两个月牙尖。" alt_en="Left: an untrained network; its boundary has nothing to do with the moons. Right: 16 units without activation function; after training the boundary is still one straight line and cuts off both tips."
if __name__ == "__main__":
    fig, axes = plt.subplots(1, 2, figsize=(7, 3.2), **SHARED)
    # the first untrained network that puts 30 to 70 % of the points in class 1
    shares = [(net(x) > 0).float().mean() for net in untrained]
    with_boundary = next(
        net for net, s in zip(untrained, shares, strict=True) if 0.3 < s < 0.7
    )
    pair = {"untrained": with_boundary, "no activation": lines[0]}
    for ax, (name, model) in zip(axes, pair.items(), strict=True):
        plot_decision_boundary(ax, model, x, y)
        ax.set_title(name)
    plt.show()

# %% [markdown] lang="zh"
# 左边的网络没有训练，右边的训练了，却没有激活函数。两张图都像模像样，两个网络都没有分开月牙。
#
# ### 相信一个种子

# %% [markdown] lang="en"
# The network on the left is untrained; that on the right is trained, but has no activation function. Both pictures look the part, and neither network separates the moons.
#
# ### Trusting one seed

# %% [markdown] lang="zh" tags=["bug"]
# 你用 4 个 ReLU 单元，碰巧从种子 1 开始，准确率停在九成左右。是训练得不够久吗？取前 10 个失败的种子，把轮数加倍，各练 600 轮。

# %% [markdown] lang="en" tags=["bug"]
# You use 4 ReLU units, happen to start from seed 1, and the accuracy stops near nine in ten. Is it a lack of patience? We take the first 10 seeds that failed and train each for 600 epochs, twice as many.

# %% tags=["bug"]
if __name__ == "__main__":
    failed = [seed for seed in SEEDS if scores[seed] < PASS][:10]
    patient, history = fit_moons(4, "relu", failed, x, y, epochs=600)
    rescued = pass_rate(patient, x_test, y_test)[0]
    stuck = history[:, failed.index(1)]
    print(f"seed 1: {stuck[299]:.3f} -> {stuck[-1]:.3f}")
    print(f"seed 3: {losses4[-1, 3]:.3f}")
    print(f"pass: {rescued} / {len(failed)}")

# %% [markdown] lang="zh" tags=["bug"]
# 种子 1 的损失从第 300 轮到第 600 轮一直停在 `{python} f"{stuck[-1]:.2f}"`，而种子 3 练 300 轮就降到 `{python} f"{losses4[-1, 3]:.3f}"`。加倍的轮数在 `{python} len(failed)` 个里救回 `{python} rescued` 个：其余的卡住了。更管用的办法上面都量过：换几个种子重来，加宽，或换成 tanh。反过来，种子 3 的一次成功也证明不了配方可靠。**报告成功率时，写明试了多少个种子。**

# %% [markdown] lang="en" tags=["bug"]
# From epoch 300 to epoch 600 the loss of seed 1 stays at `{python} f"{stuck[-1]:.2f}"`, while that of seed 3 is down to `{python} f"{losses4[-1, 3]:.3f}"` after 300. Twice the epochs rescued `{python} rescued` of `{python} len(failed)`: the others are stuck. Better cures were measured above: try other seeds, widen the layer, or take tanh. In the same way, one success from seed 3 does not prove the recipe. **With a success rate, say how many seeds you tried.**

# %% [markdown] lang="zh"
# ### 忘了 `eval()` 和 `no_grad()`

# %% [markdown] lang="en"
# ### Forgetting `eval()` and `no_grad()`

# %% [markdown] lang="zh" tags=["bug"]
# 画图的库要的是 NumPy 数组。网络的输出却连着算出它的每一步，好让 `backward()` 往回求梯度，因此不能直接变成数组。另外，有的层在训练时是随机的，例如 `nn.Dropout`
# 会随机关掉一半单元（后面的课会讲）。不先调用 `eval()`，同一个点问两次，答案可能不同。

# %% [markdown] lang="en" tags=["bug"]
# Plotting libraries work with NumPy arrays. But a network's output is tied to every step that computed it, so that
# `backward()` can find the gradients, and cannot become an array as it is. Besides, some layers are random while training: `nn.Dropout` switches off half of the units at random (a later lesson explains
# it). Without `eval()` first, the same point asked twice may get two answers.

# %% tags=["bug"]
if __name__ == "__main__":
    try:
        relu4[3](x_test).numpy()
    except RuntimeError as error:
        print(error)
    torch.manual_seed(0)
    first, relu, second = relu4[3]
    noisy = nn.Sequential(first, relu, nn.Dropout(0.5), second)
    changed = ((noisy(x_test) > 0) != (noisy(x_test) > 0)).float().mean()
    noisy.eval()
    steady = ((noisy(x_test) > 0) != (noisy(x_test) > 0)).float().mean()
    print(f"train: {changed:.3f}, eval: {steady:.3f}")

# %% [markdown] lang="zh" tags=["bug"]
# 两次预测之间，`{python} f"{changed:.0%}"` 的测试点换了类别；调用 `eval()` 之后是 `{python} f"{steady:.0%}"`。
# `plot_decision_boundary` 两件事都做，画完还把模式还原。

# %% [markdown] lang="en" tags=["bug"]
# Between two predictions, `{python} f"{changed:.0%}"` of the test points change class; after `eval()` it is
# `{python} f"{steady:.0%}"`. `plot_decision_boundary` does both, and restores the mode when it has drawn.

# %% [markdown] lang="zh"
# ## 练习

# %% [markdown] lang="en"
# ## Exercises

# %% [markdown] lang="zh" tags=["exercise"]
# 写 `collapse(model)`：把任意多个 `nn.Linear` 串成的网络合并成一个 `nn.Linear`。用三层的网络检查，输出应当相同。

# %% [markdown] lang="en" tags=["exercise"]
# Write `collapse(model)`: merge a chain of any number of `nn.Linear` into one `nn.Linear`. Check with three layers
# that the outputs agree.


# %% tags=["solution"]
def collapse(model: nn.Sequential) -> nn.Linear:
    """Merge linear layers (合并线性层); ``ValueError`` for any other layer."""
    if len(model) == 0 or not all(isinstance(layer, nn.Linear) for layer in model):
        raise ValueError("expected one or more nn.Linear and nothing else")
    inputs = model[0].in_features
    with torch.no_grad():
        bias = model(torch.zeros(1, inputs))  # (1, outputs): what becomes of zero
        weight = (model(torch.eye(inputs)) - bias).T  # and of each unit vector
        merged = nn.Linear(inputs, len(weight))
        merged.weight.copy_(weight)
        merged.bias.copy_(bias[0])
    return merged


if __name__ == "__main__":
    chain = nn.Sequential(nn.Linear(2, 7), nn.Linear(7, 5), nn.Linear(5, 1))
    print(f"{(chain(x) - collapse(chain)(x)).abs().max().item():.0e}")

# %% [markdown] lang="zh" tags=["exercise"]
# 坏运气可以用重来克服。把 `relu4` 的 100 个网络每 10 个分成一组，每组只留最好的一个。“最好”该看训练损失，还是看测试准确率？
# 写 `best_of(models, x, y)`，数一数 10 组里有几组成功。如果单个网络的成功率是 $p$，10 个全都失败的概率是 $(1-p)^{10}$，
# 你预期有几组成功？

# %% [markdown] lang="en" tags=["exercise"]
# Bad luck can be beaten by trying again. Split the 100 networks of `relu4` into groups of 10 and keep the best of
# each. Should “best” mean the training loss or the test accuracy? Write `best_of(models, x, y)` and count how many of
# the 10 groups pass. If one network passes with probability $p$, all 10 fail with probability $(1-p)^{10}$: how many
# groups do you expect to pass?


# %% tags=["solution"]
def best_of(models: list[nn.Sequential], x: Tensor, y: Tensor) -> nn.Sequential:
    """The network with the smallest loss on TRAINING data (多次重来，取最好)."""
    check_data(x, y)
    if len(models) == 0:
        raise ValueError("expected at least one network")
    with torch.no_grad():
        losses = [F.binary_cross_entropy_with_logits(net(x), y) for net in models]
    return models[torch.stack(losses).argmin()]


if __name__ == "__main__":
    kept = [best_of(relu4[i : i + 10], x, y) for i in range(0, 100, 10)]
    expected = 10 * (1 - (1 - len(lucky) / 100) ** 10)
    print(f"{pass_rate(kept, x_test, y_test)[0]}, expected {expected:.1f}")

# %% [markdown] lang="zh" tags=["solution"]
# 按训练损失选。如果按测试准确率选，测试集就参与了训练，最后报的准确率会偏高。

# %% [markdown] lang="en" tags=["solution"]
# The training loss decides. Choosing by test accuracy would make the test set part of the training, and the accuracy
# you report in the end would be too good.

# %% [markdown] lang="zh" tags=["exercise"]
# 有的单元对所有训练点都是 0。这样的单元“死”了：它的梯度也是 0，再也动不了。有的单元对所有点都大于 0，只是一面斜坡。两种单元的折痕都不在点之间，派不上用场。
# 写 `live_folds(model, x)`，数出有几个单元在一部分点上为 0、在另一部分点上大于 0。比较 `relu4` 里成功和失败的网络。

# %% [markdown] lang="en" tags=["exercise"]
# Some units are 0 on all training points. Such a unit is “dead”: its gradient is 0 too, so it can never move again.
# Others are above 0 on all points and are just a ramp. Neither kind has a fold among the points, where it would be useful. Write `live_folds(model, x)`: count the units that are 0 on some
# points and above 0 on others. Compare the lucky and the unlucky networks in `relu4`.


# %% tags=["solution"]
def live_folds(model: nn.Sequential, x: Tensor) -> int:
    """How many units have their fold among the points ``x`` (n, 2) (有用的折痕).

    Raises ``ValueError`` for another shape or no points.
    """
    if x.ndim != 2 or x.shape[1] != 2 or len(x) == 0:
        raise ValueError(f"expected points (n, 2), got {tuple(x.shape)}")
    on = model[0](x) > 0  # (n, H)
    return int((on.any(dim=0) & ~on.all(dim=0)).sum())


if __name__ == "__main__":
    folds = torch.tensor([live_folds(model, x) for model in relu4])
    for group in (folds[scores >= PASS], folds[scores < PASS]):
        print(torch.bincount(group, minlength=5).tolist())

# %% [markdown] lang="zh" tags=["solution"]
# 两行分别是成功和失败的网络里，有 0、1、2、3、4 道有用折痕的各有几个。成功的至少有 `{python} folds[scores >= PASS].min().item()` 道；
# 失败的里面，也有折痕够多却停错了地方的。

# %% [markdown] lang="en" tags=["solution"]
# The two lines count the lucky and the unlucky networks with 0, 1, 2, 3 and 4 useful folds. A lucky one has at least
# `{python} folds[scores >= PASS].min().item()`; among the unlucky, some have enough folds, but in the wrong places.

# %% [markdown] lang="zh"
# ## 小结
# - 一个 ReLU 单元是一道折痕；边界由直线段拼成，只在折痕上转弯。tanh 画曲线；没有激活函数，只有一条直线。
# - 画得出不等于找得到：4 个 ReLU 单元 `{python} len(SEEDS)` 个种子成功 `{python} len(lucky)` 个，
#   16 个单元成功 `{python} rates[16, "relu"][0]` 个，4 个 tanh 单元成功 `{python} rates[4, "tanh"][0]` 个。
# - 用许多种子和区间来评判配方；画图前先看准确率；画图时用 `eval()` 和 `no_grad()`。
#
# 怎样搭建和训练一个网络：[第一个神经网络](../ch05_networks/first_network.py)。术语：[术语表](/glossary.md)。
# 接下来的问题是：梯度怎样穿过两层，告诉每道折痕往哪里移？那就是反向传播（backpropagation）。

# %% [markdown] lang="en"
# ## Recap
# - One ReLU unit is one fold; the boundary is made of straight pieces and turns on folds only. tanh draws curves;
#   without an activation function there is one straight line.
# - Can draw is not will find: of `{python} len(SEEDS)` seeds, 4 ReLU units solved the moons from
#   `{python} len(lucky)`, 16 units from `{python} rates[16, "relu"][0]`, 4 tanh units from `{python} rates[4, "tanh"][0]`.
# - Judge a recipe by many seeds and an interval; look at the accuracy before the picture; plot with `eval()` and
#   `no_grad()`.
#
# [The first network](../ch05_networks/first_network.py) shows how to build and train one; terms are in the
# [glossary](/glossary.md). The next question: how does a gradient pass through two layers and tell each fold where to
# move? That is backpropagation.
