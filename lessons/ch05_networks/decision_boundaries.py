# %% [markdown] lang="zh"
# # 决策边界：网络能画出什么形状
# 平面上有两弯互相咬合的月牙，每弯一类点。一条直线怎么放，都会切掉月牙的尖。
# 一份流传的教程说：加一个隐藏层（hidden layer），4 个 ReLU 单元就能把两弯分开。可它只画了一张图，图里的网络还没有训练过。
# 这一课自己来查：网络能画出什么形状？训练又有多大把握找到它？
#
# 学完这一课，你能够：
#
# - 说出 ReLU 网络的决策边界（decision boundary）由什么拼成，在哪里转弯；
# - 画出任何一个二维分类网络的决策边界；
# - 用许多随机种子（random seed）评判一个配方，报出区间，而不是一次好运气；
# - 认出四个常见错误：没训练就画图、漏掉激活函数（activation function）、相信一个种子、画图时忘了 `eval()` 和 `no_grad()`。

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
# - recognise four common mistakes: plotting an untrained network, leaving out the activation function, trusting
#   one seed, and plotting without `eval()` and `no_grad()`.

# %% [markdown] lang="zh"
# ## 一个单元，一道折痕
# 把平面想成一张纸，纸的高度就是网络的输出。一个 ReLU 单元算出 $\max(0,\;w\cdot x+b)$，
# 其中 $w\cdot x$ 是两个坐标的加权和。# 在直线 $w\cdot x+b=0$ 的一侧，高度是 0；在另一侧，纸是一面斜坡。所以一个单元就是一张**折了一次**的纸，那条直线就是折痕。
# 网络把这些纸按权重叠加起来：
#
# $$f(x)=\sum_{k=1}^{H} v_k\,\max(0,\;w_k\cdot x+b_k)+c$$
#
# $x=(x_1,x_2)$ 是一个点；$H$ 是隐藏单元的个数，叫宽度（width）；$w_k$（两个数）和 $b_k$ 是第 $k$ 个单元的权重和偏置，
# 决定折痕在哪里；$v_k$ 是它在输出里的权重，决定折得多陡；$c$ 是输出的偏置。$f$ 是对数几率（logit）：
# $f(x)>0$ 判为类别 1，否则判为类别 0。决策边界就是 $f(x)=0$ 的那些点。
#
# 折痕之间的每一块都是平面，所以边界在块内只能走直线，**只有穿过折痕时才能转弯**。
#
# 先写数据、网络和两个画图函数。`make_network` 用 `fork_rng` 借用随机数发生器，用完还原：同一个种子总是给出同一个网络。

# %% [markdown] lang="en"
# ## One unit, one fold
# Think of the plane as a sheet of paper whose height is the network's output. One ReLU unit computes
# $\max(0,\;w\cdot x+b)$, where $w\cdot x$ is a weighted sum of the two coordinates: on one side of the line $w\cdot x+b=0$ the paper lies flat at height 0, on the other side it
# is a ramp. So one unit is a sheet **folded once**, and the line is its fold. The network adds up such sheets, each
# with a weight:
#
# $$f(x)=\sum_{k=1}^{H} v_k\,\max(0,\;w_k\cdot x+b_k)+c$$
#
# $x=(x_1,x_2)$ is a point; $H$ is the number of hidden units, the width; $w_k$ (two numbers) and $b_k$ are weight
# and bias of unit $k$ and say where its fold lies; $v_k$ is its weight in the output and says how sharp the fold is;
# $c$ is the output's bias. $f$ is the logit: $f(x)>0$ means class 1, anything else class 0. The decision boundary
# is the set of points with $f(x)=0$.
#
# Every patch between folds is a plane, so inside a patch the boundary can only run straight. **It turns only where it
# crosses a fold.**
#
# First the data, the network, and two drawing functions. `make_network` borrows the random number generator with
# `fork_rng` and puts it back afterwards, so that one seed always gives one and the same network.

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
SHARED = {"sharex": True, "sharey": True, "layout": "constrained"}  # for figures


def check_data(x: Tensor, y: Tensor) -> None:
    """Refuse all but float32 ``x`` (n, 2), finite, and ``y`` (n, 1) of 0 and 1 (检查数据).

    Raises ``TypeError`` for the wrong dtype, ``ValueError`` for shapes and values.
    """
    if x.dtype != torch.float32 or y.dtype != torch.float32:
        raise TypeError(f"expected float32 tensors, got {x.dtype} and {y.dtype}")
    if x.ndim != 2 or x.shape[1] != 2 or len(x) == 0 or y.shape != (len(x), 1):
        shapes = f"{tuple(x.shape)} and {tuple(y.shape)}"
        raise ValueError(f"expected shapes (n, 2) and (n, 1), got {shapes}")
    if not (x.isfinite().all() and ((y == 0) | (y == 1)).all()):
        raise ValueError("expected finite points and labels 0 or 1")


# %%
def make_data(n: int, seed: int, noise: float = 0.1) -> tuple[Tensor, Tensor]:
    """Two moons (双月数据) of radius 1: points (n, 2) and labels 0 or 1 (n, 1), float32.

    ``noise`` is the std of the jitter on each coordinate. Raises ``ValueError`` for
    n < 2 or a bad ``noise``. Source: ``sklearn.datasets.make_moons``.
    """
    if n < 2 or not 0 <= noise < math.inf:
        raise ValueError(f"expected n >= 2 and 0 <= noise < inf, got {n} and {noise}")
    points, labels = make_moons(n, noise=noise, random_state=seed)
    x, y = torch.from_numpy(points).float(), torch.from_numpy(labels).float()
    return x, y[:, None]


def make_network(width: int, activation: str, seed: int) -> nn.Sequential:
    """One hidden layer (一个隐藏层), 2 -> ``width`` -> 1, as torch starts it for ``seed``.

    Raises ``ValueError`` for a width below 1 or an unknown ``activation``.
    """
    if width < 1 or activation not in ACTIVATIONS:
        known = ", ".join(ACTIVATIONS)
        raise ValueError(
            f"expected width >= 1 and {known}, got {width}, {activation!r}"
        )
    layer = ACTIVATIONS[activation]()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return nn.Sequential(nn.Linear(2, width), layer, nn.Linear(width, 1))


def plot_decision_boundary(ax: Axes, model: nn.Module, x: Tensor, y: Tensor) -> None:
    """Colour the plane by predicted class (决策边界图).

    ``model`` maps points (m, 2) to logits (m, 1); ``x`` and ``y`` are drawn on top.
    """
    check_data(x, y)
    low, high = x.min(dim=0).values - 0.5, x.max(dim=0).values + 0.5
    axes = [torch.linspace(low[i], high[i], 200) for i in (0, 1)]
    x1, x2 = torch.meshgrid(axes, indexing="ij")  # "ij": x1 along dim 0, x2 along dim 1
    was_training = model.training
    model.eval()  # layers such as dropout stop being random
    with torch.no_grad():  # drawing needs no gradients
        f = model(torch.stack([x1.flatten(), x2.flatten()], dim=1)).reshape(x1.shape)
    model.train(was_training)
    levels = [-math.inf, 0, math.inf]
    ax.contourf(x1, x2, f, levels=levels, colors=["C0", "C1"], alpha=0.25)
    if f.min() < 0 < f.max():  # else the plane has one colour and no boundary
        ax.contour(x1, x2, f, levels=[0], colors="black")
    for k, marker in enumerate("o^"):
        style = {"color": f"C{k}", "markersize": 4, "label": f"class {k}"}
        ax.plot(*x[y[:, 0] == k].T, marker, **style)
    ax.set(xlabel="$x_1$", ylabel="$x_2$")


def plot_folds(ax: Axes, layer: nn.Linear) -> None:
    """Dashed lines ``w . x + b = 0`` (折痕), one for each unit of ``layer``.

    Raises ``ValueError`` unless the layer has 2 inputs.
    """
    if layer.in_features != 2:
        raise ValueError(f"folds are lines for 2 inputs, got {layer.in_features}")
    style = {"color": "gray", "ls": "--", "lw": 1.2}
    limits = ax.axis()
    for k, (w1, w2) in enumerate(layer.weight.tolist()):
        scale = -layer.bias[k].item() / (w1**2 + w2**2)
        foot = (scale * w1, scale * w2)  # the fold's point nearest to the origin
        ahead = (foot[0] - w2, foot[1] + w1)  # one step along the fold
        ax.axline(foot, ahead, label="_" * (k > 0) + "fold", **style)
    ax.axis(limits)  # a fold may lie outside: do not zoom out for it


if __name__ == "__main__":
    x, y = make_data(200, seed=0)  # to learn from
    x_test, y_test = make_data(1000, seed=1)  # to judge by


# %% [markdown] lang="zh"
# ## 三个单元就画得出来
# 先不训练，用手摆三张纸。要的边界是一条折线：先上坡，到 $x_1=0$ 转为下坡，到 $x_1=1$ 再转为上坡。
#
# $$f(x)=\max(0,\;2x_1-x_2+10)-3\max(0,\;x_1)+3\max(0,\;x_1-1)-9.25$$
#
# 第一个单元的偏置 10 很大，它的折痕在图外很远，所以图里它只是一面斜坡，给出斜率为 2 的直线。
# 第二个单元从 $x_1=0$ 起把斜率改成 $2-3=-1$，第三个从 $x_1=1$ 起再改回 $-1+3=2$。$-9.25$ 把整条折线上下移到两弯中间。

# %% [markdown] lang="en"
# ## Three units can draw it
# No training yet: we place three sheets by hand. The boundary we want is a zigzag: up, down from $x_1=0$, up again
# from $x_1=1$.
#
# $$f(x)=\max(0,\;2x_1-x_2+10)-3\max(0,\;x_1)+3\max(0,\;x_1-1)-9.25$$
#
# The first unit has the large bias 10, so its fold lies far outside the picture; inside it is just a ramp and gives a
# line of slope 2. From $x_1=0$ on, the second unit changes the slope to $2-3=-1$; from $x_1=1$ on, the third changes
# it back to $-1+3=2$. The $-9.25$ shifts the zigzag up or down, into the gap between the moons.


# %%
def hand_made() -> nn.Sequential:
    """Three ReLU units that separate the moons (手工设定的网络), no training."""
    model = make_network(3, "relu", seed=0)
    with torch.no_grad():
        # row k of the first weight is w_k; the second weight holds v_1, v_2, v_3
        model[0].weight.copy_(torch.tensor([[2.0, -1.0], [1.0, 0.0], [1.0, 0.0]]))
        model[0].bias.copy_(torch.tensor([10.0, 0.0, -1.0]))
        model[2].weight.copy_(torch.tensor([[1.0, -3.0, 3.0]]))
        model[2].bias.fill_(-9.25)
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

# %% tags=["plot"] alt_zh="左：一个单元，折痕的左下方是平地，右上方的等高线平行而均匀，越远越高。右：三个单元的边界是一条折线，恰好在两道折痕上转弯，从两弯月牙之间穿过。" alt_en="Left: one unit; flat to the lower left of its fold, evenly spaced level lines rising to the upper right. Right: the boundary of three units is a zigzag that turns exactly on two folds and runs between the moons."
if __name__ == "__main__":
    fig, (left, right) = plt.subplots(1, 2, figsize=(7, 3.6), **SHARED)
    plot_decision_boundary(right, by_hand, x, y)
    plot_folds(right, by_hand[0])
    axis = torch.linspace(-2, 3, 50)
    x1, x2 = torch.meshgrid(axis, axis, indexing="ij")
    height = torch.relu(x1 + x2 - 1)
    heights = left.contour(x1, x2, height, levels=[0.5, 1, 1.5], colors="C2")
    left.clabel(heights, manual=[(p, p) for p in (0.75, 1, 1.25)])
    left.axline((0, 1), (1, 0), color="gray", ls="--")
    left.set(xlabel="$x_1$", ylabel="$x_2$", title="one unit")
    right.set(title="three units", xlim=right.get_xlim(), ylim=right.get_ylim())
    fig.legend(*right.get_legend_handles_labels(), loc="outside lower center", ncols=3)
    plt.show()

# %% [markdown] lang="zh"
# 训练集有 200 个点；噪声 0.1 是坐标抖动的标准差，月牙的半径是 1。在 1000 个没见过的点上，手摆的网络准确率是
# `{python} f"{accuracy(by_hand, x_test, y_test):.1%}"`。可见 3 个单元**画得出**这条边界，4 个当然也行。
# 但画得出，不等于训练**找得到**。
#
# ## 训练找得到吗
# 训练前，折痕的位置由随机种子决定；梯度下降（gradient descent）再一点点移动它们。起点不同，终点也可能不同。
# 要知道把握有多大，只能训练很多次。一个一个来太慢，所以把 $S$ 个网络的权重叠成一个张量，新的第 0 维是网络的编号：
# 形状 $(H,2)$ 变成 $(S,H,2)$。每个网络各算各的平均损失（二元交叉熵，binary cross-entropy），再把 $S$ 个损失**相加**。第 $i$ 个网络的权重只影响第 $i$ 个损失，
# 所以梯度和单独训练时一样；Adam 逐个元素更新，也不会把网络混在一起。
#
# 学习率 0.05 和教程相同。只训练 400 轮（epoch），是因为再练下去，失败的网络也很少翻身，后面会量给你看。

# %% [markdown] lang="en"
# On 1000 points it has not seen, the network placed by hand is right for
# `{python} f"{accuracy(by_hand, x_test, y_test):.1%}"`. (There are 200 training points; the noise of 0.1 is the standard
# deviation of the jitter on each coordinate, and a moon has radius 1.) So 3 units **can draw** this boundary, and 4 can too.
# But that a network can draw it does not mean that training **finds** it.
#
# ## Does training find it?
# Before training, the random seed decides where the folds lie; gradient descent then moves them bit by bit. Another
# seed is another start, and perhaps another end. To learn how good the odds are we must train many times. One by one
# is slow, so we stack the weights of $S$ networks in one tensor whose new first dimension numbers the networks: shape
# $(H,2)$ becomes $(S,H,2)$. Each network has its own mean loss (binary cross-entropy), and we **add up** the $S$ losses. The weights of network
# $i$ affect loss $i$ only, so its gradient is the one it would get alone; and Adam updates element by element, so it
# does not mix the networks either.
#
# The learning rate, 0.05, is the tutorial's. We stop after 400 epochs, because more of them seldom
# rescue a network that failed; we measure that below.


# %%
def fit_moons(
    width: int,
    activation: str,
    seeds: list[int] | range,
    x: Tensor,
    y: Tensor,
    epochs: int = 400,
    lr: float = 0.05,
) -> tuple[list[nn.Sequential], Tensor]:
    """Train one network for each seed, all at once (同时训练一批网络), by full-batch Adam.

    Returns the S networks and their losses before each update, (epochs, S). Raises
    ``ValueError`` for no seeds, ``epochs`` below 1 or a rate that is not positive.
    Source: Kingma & Ba (2015) for Adam.
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
    optimizer = torch.optim.Adam([w1, b1, w2, b2], lr=lr, fused=True)  # fused: faster
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


def wilson(passed: int, total: int, confidence: float = 0.95) -> tuple[float, float]:
    """Interval for a success rate (Wilson 区间) after ``passed`` of ``total`` trials.

    Raises ``ValueError`` unless 0 <= passed <= total, total > 0 and 0 < confidence < 1.
    Source: Wilson (1927), JASA 22, 209-212.
    """
    if not 0 <= passed <= total or total == 0 or not 0 < confidence < 1:
        given = f"{passed} of {total} at confidence {confidence}"
        raise ValueError(f"expected 0 <= passed <= total, got {given}")
    z = NormalDist().inv_cdf((1 + confidence) / 2)  # 1.96 standard errors for 95 %
    centre = (passed + z**2 / 2) / (total + z**2)
    half = z / (total + z**2) * math.sqrt(passed * (total - passed) / total + z**2 / 4)
    return max(0.0, centre - half), min(1.0, centre + half)


# %% [markdown] lang="zh" tags=["predict"]
# 训练 100 个网络，每个 4 个 ReLU 单元，种子从 0 数起。测试准确率达到 98% 就算成功。先猜：100 个里有几个成功？
# 失败的网络，准确率会散布在 50% 到 98% 之间，还是挤在一起？

# %% [markdown] lang="en" tags=["predict"]
# We train 100 networks with 4 ReLU units each, their seeds counted from 0. One that reaches a test accuracy of 98% passes.
# Guess first: how many of the 100 will pass? And will the failures scatter between 50% and 98%, or huddle together?

# %%
PASS = 0.98  # the test accuracy that counts as solved
SEEDS = range(100)

if __name__ == "__main__":
    relu4, losses4 = fit_moons(4, "relu", SEEDS, x, y)
    scores = accuracies(relu4, x_test, y_test)
    lucky, unlucky = scores[scores >= PASS], scores[scores < PASS]
    low, high = wilson(len(lucky), len(SEEDS))
    print(f"{len(lucky)} / {len(SEEDS)}, 95 %: {low:.2f} ... {high:.2f}")
    print(f"{unlucky.min():.3f} ... {unlucky.max():.3f}")
    print(f"{lucky.min():.3f} ... {lucky.max():.3f}")

# %% tags=["plot"] alt_zh="左：种子 1 的边界只朝一个方向拐，切掉了月牙的尖，准确率 `{python} f'{scores[1]:.3f}'`。右：种子 3 的边界是左右都拐的折线，从两弯之间穿过，准确率 `{python} f'{scores[3]:.3f}'`。虚线是四个单元的折痕。" alt_en="Left: the boundary of seed 1 turns one way only and cuts off a tip, accuracy `{python} f'{scores[1]:.3f}'`. Right: the boundary of seed 3 is a zigzag that runs between the moons, accuracy `{python} f'{scores[3]:.3f}'`. Dashed: the folds of the four units."
if __name__ == "__main__":
    fig, axes = plt.subplots(1, 2, figsize=(7, 3.2), **SHARED)
    for ax, seed in zip(axes, (1, 3), strict=True):
        plot_decision_boundary(ax, relu4[seed], x, y)
        plot_folds(ax, relu4[seed][0])
        ax.set_title(f"seed {seed}")
    plt.show()

# %% [markdown] lang="zh"
# 100 个种子里成功了 `{python} len(lucky)` 个。失败的挤在一起，最好的也只有 `{python} f"{unlucky.max():.1%}"`，
# 比一条直线强不了多少；成功的最低也有 `{python} f"{lucky.min():.1%}"`。中间一个也没有，所以及格线画在 98% 还是 95%，结果一样。
#
# 图里的边界（黑线）果然只在折痕（虚线）上转弯。种子 3 的边界先向一边拐，再向另一边拐，绕过了两个月牙尖。
# 种子 1 的边界只朝一个方向拐，只能围出没有凹口的区域，总要切掉一个尖：它的折痕停在了没用的地方。
#
# 换一百个种子，成功的个数会稍有不同。**Wilson 区间**（Wilson interval）给出的，是在 95% 的置信度下与“100 个里成功
# `{python} len(lucky)` 个”相容的成功率：`{python} f"{low:.0%}"` 到 `{python} f"{high:.0%}"`。
# 所以“4 个 ReLU 单元能分开两弯月牙”这句话，大约每 `{python} f"{len(SEEDS) / len(lucky):.0f}"` 个种子才有一个应验。

# %% [markdown] lang="en"
# Of 100 seeds, `{python} len(lucky)` pass. The failures huddle together: the best of them reaches
# `{python} f"{unlucky.max():.1%}"`, hardly more than a straight line, while the worst success has
# `{python} f"{lucky.min():.1%}"`. Nothing lies between, so a bar of 98% or of 95% gives the same count.
#
# And indeed the boundary (black) turns on the folds (dashed) only. That of seed 3
# turns one way, then the other, and so gets around both tips. That of seed 1 turns one way only: it can enclose a
# region without dents and nothing else, and always cuts off a tip. Its folds have come to rest where they do not help.
#
# Another hundred seeds would give a slightly different count. The **Wilson interval** names the success rates that
# agree, at 95% confidence, with “`{python} len(lucky)` of 100”: from `{python} f"{low:.0%}"` to
# `{python} f"{high:.0%}"`. So “4 ReLU units separate the moons” comes true for about one seed in
# `{python} f"{len(SEEDS) / len(lucky):.0f}"`.

# %% [markdown] lang="zh" tags=["check"]
# 一起训练，会不会练错？用普通的训练循环单独训练种子 3 的网络 100 步，再和一批里编号为 3 的那个比较：
# 对数几率的最大差距应当只是浮点误差。

# %% [markdown] lang="en" tags=["check"]
# Is training together the same as training alone? We train the network of seed 3 alone for 100 steps with the
# ordinary loop, and compare it with number 3 of a batch: their logits should differ by rounding errors only.

# %% tags=["check"]
if __name__ == "__main__":
    alone = make_network(4, "relu", seed=3)
    optimizer = torch.optim.Adam(alone.parameters(), lr=0.05)
    for _ in range(100):
        loss = F.binary_cross_entropy_with_logits(alone(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    together, _ = fit_moons(4, "relu", range(10), x, y, epochs=100)
    print(f"{(alone(x) - together[3](x)).abs().max().item():.0e}")

# %% [markdown] lang="zh"
# ## 更宽，还是换激活函数
# 每个单元都带来一道折痕，也多一次抽到好位置的机会。双曲正切（tanh）单元不是折痕，而是一个光滑的台阶：
# 两头是平的，中间是斜坡，所以它画出的边界是弯的。每种配方各训练 100 个种子，每行是成功的个数和 95% 区间：

# %% [markdown] lang="en"
# ## Wider, or another activation
# Every unit brings one more fold, and one more chance of a good start. A tanh unit is not a fold but a smooth step:
# flat at both ends, a ramp between, so the boundary it draws is curved. Here are 100 seeds for each recipe,
# a line being the number that pass and the 95% interval:


# %%
RECIPES = [*((width, "relu") for width in (2, 3, 4, 8, 16)), (4, "tanh")]


def pass_rate(
    models: list[nn.Module], x: Tensor, y: Tensor
) -> tuple[int, float, float]:
    """How many networks reach ``PASS`` (成功个数), and the interval of their share."""
    passed = int((accuracies(models, x, y) >= PASS).sum())
    return passed, *wilson(passed, len(models))


if __name__ == "__main__":
    trained, rates = {(4, "relu"): (relu4, losses4)}, {}
    for recipe in RECIPES:
        if recipe not in trained:
            trained[recipe] = fit_moons(*recipe, SEEDS, x, y)
        rates[recipe] = pass_rate(trained[recipe][0], x_test, y_test)
        print("{:2} {}: {:3}, {:.2f} ... {:.2f}".format(*recipe, *rates[recipe]))

# %% tags=["plot"] alt_zh="100 个种子的成功率随隐藏单元数变化，每个点带 95% 区间。ReLU 从 2 个单元成功 `{python} rates[2, 'relu'][0]` 个，一路升到 16 个单元的 `{python} rates[16, 'relu'][0]` 个；tanh 只用 4 个单元就有 `{python} rates[4, 'tanh'][0]` 个。" alt_en="Pass rate over 100 seeds against hidden units, with 95% intervals. ReLU climbs from `{python} rates[2, 'relu'][0]` passes with 2 units to `{python} rates[16, 'relu'][0]` with 16; tanh has `{python} rates[4, 'tanh'][0]` with only 4."
if __name__ == "__main__":
    fig, ax = plt.subplots()
    for kind, style, name in (("relu", "o-", "ReLU"), ("tanh", "s", "tanh")):
        widths = [width for width, activation in RECIPES if activation == kind]
        passed, low, high = torch.tensor([rates[width, kind] for width in widths]).T
        share = passed / len(SEEDS)
        error = torch.stack([share - low, high - share])
        ax.errorbar(widths, share, yerr=error, fmt=style, capsize=4, label=name)
    ax.set(xlabel="hidden units", ylabel="share of seeds that pass")
    ax.set_xticks([2, 4, 8, 16])
    ax.legend(loc="center right")
    plt.show()

# %% [markdown] lang="zh"
# 3 个单元画得出正确的边界，我们亲手摆过；可是训练只让 `{python} rates[3, "relu"][0]` 个种子找到它。
# 16 个单元有 `{python} rates[16, "relu"][0]` 个成功。多出来的单元对“画”并无必要，它们换来的是**运气**：
# 折痕越多，越可能有几道恰好停在有用的地方。
#
# 4 个 tanh 单元成功了 `{python} rates[4, "tanh"][0]` 个，参数却和 4 个 ReLU 单元一样多。但全部成功也不等于必然成功：
# 区间的下端是 `{python} f"{rates[4, 'tanh'][1]:.0%}"`。这些数只对这份数据和这套设置成立，tanh 并非总是更好；后面有一课专门比较激活函数。
#
# 再看每种配方里训练损失最小的那个网络画出了什么：

# %% [markdown] lang="en"
# 3 units can draw the right boundary, we placed them ourselves; yet training finds it from just
# `{python} rates[3, "relu"][0]` seeds. With 16 units, `{python} rates[16, "relu"][0]` pass. The extra units are not
# needed for the drawing. What they buy is **luck**: the more folds, the likelier that a few come to rest where they help.
#
# With 4 tanh units, `{python} rates[4, "tanh"][0]` pass, though they have no more parameters than 4 ReLU units. But no
# failure so far is no certainty: the interval starts at `{python} f"{rates[4, 'tanh'][1]:.0%}"`. And all these numbers
# hold for this data and these settings; tanh is not always better, and a later lesson compares activation functions.
#
# Now look at what the network with the lowest training loss draws, for four of the recipes:

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
        ax.set_title(f"{'ReLU' if activation == 'relu' else activation} {width}")
    plt.show()

# %% [markdown] lang="zh"
# 2 个 ReLU 单元的边界只会朝一个方向拐，所以 `{python} len(SEEDS)` 个种子里成功 `{python} rates[2, "relu"][0]` 个，这一回不怪运气。
# 单元多了，直线段变短、变多；换成 tanh，转角变圆。

# %% [markdown] lang="en"
# The boundary of 2 ReLU units can turn one way only, which is why `{python} rates[2, "relu"][0]` of
# `{python} len(SEEDS)` seeds pass: this time luck is not to blame. With more units the straight pieces get shorter and
# more; with tanh the corners become round.

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
    one_class = sum((model(x_test) > 0).unique().numel() == 1 for model in untrained)
    print(f"{guesses.min():.3f}, {guesses.median():.3f}, {guesses.max():.3f}")
    print(one_class)

# %% [markdown] lang="zh" tags=["bug"]
# 第一行是最低、中位数和最高的准确率：中位数 `{python} f"{guesses.median():.0%}"`，等于抛硬币。
# 第二行说，`{python} one_class` 个网络根本没有边界。
# **画图之前，先打印准确率和损失。**

# %% [markdown] lang="en" tags=["bug"]
# The first line is the lowest, median and highest accuracy: the median is `{python} f"{guesses.median():.0%}"`, a coin
# flip. The second says that `{python} one_class` networks have no boundary at all. **Print accuracy and loss before you plot.**

# %% [markdown] lang="zh"
# ### 漏掉激活函数

# %% [markdown] lang="en"
# ### Leaving out the activation function

# %% [markdown] lang="zh" tags=["bug"]
# 两层之间没有激活函数，两个矩阵就乘成一个：
#
# $$W_2(W_1x+b_1)+b_2=(W_2W_1)\,x+(W_2b_1+b_2)$$
#
# $W_1,b_1$ 和 $W_2,b_2$ 是两层的权重与偏置。右边只是一层，所以无论多宽、多深，边界都是一条直线。用 16 个单元和 20 个种子来看：

# %% [markdown] lang="en" tags=["bug"]
# Without an activation function between two layers, their matrices multiply to one:
#
# $$W_2(W_1x+b_1)+b_2=(W_2W_1)\,x+(W_2b_1+b_2)$$
#
# $W_1,b_1$ and $W_2,b_2$ are the layers' weights and biases. The right side is a single layer, so however wide and deep
# the network, its boundary is one straight line. With 16 units and 20 seeds:

# %% tags=["bug"]
if __name__ == "__main__":
    lines, _ = fit_moons(16, "none", range(20), x, y)
    first, _, second = lines[0]
    weight = second.weight @ first.weight  # (1, 2)
    bias = second.weight @ first.bias + second.bias  # (1,)
    print(f"{(lines[0](x) - (x @ weight.T + bias)).abs().max().item():.0e}")
    best_line = accuracies(lines, x_test, y_test).max()
    print(f"{best_line:.3f}")

# %% tags=["bug"] alt_zh="左：没有训练的网络，边界与两弯月牙无关。右：没有激活函数的 16 个单元，训练后边界仍是一条直线，切掉两个月牙尖。" alt_en="Left: an untrained network; its boundary has nothing to do with the moons. Right: 16 units without activation function; after training the boundary is still one straight line and cuts off both tips."
if __name__ == "__main__":
    fig, axes = plt.subplots(1, 2, figsize=(7, 3.2), **SHARED)
    with_boundary = next(m for m in untrained if 0.3 < (m(x) > 0).float().mean() < 0.7)
    pair = {"untrained": with_boundary, "no activation": lines[0]}
    for ax, (name, model) in zip(axes, pair.items(), strict=True):
        plot_decision_boundary(ax, model, x, y)
        ax.set_title(name)
    plt.show()

# %% [markdown] lang="zh" tags=["bug"]
# 合并成一层后，对数几率只差浮点误差；20 个网络里最好的准确率是 `{python} f"{best_line:.1%}"`，
# 不过是一条直线的水平（[逻辑回归](../ch04_classification/logistic_regression.py)）。程序同样不报错。

# %% [markdown] lang="en" tags=["bug"]
# Merged into one layer, the logits differ by rounding errors only; the best of 20 networks reaches
# `{python} f"{best_line:.1%}"`, no more than a straight line
# ([logistic regression](../ch04_classification/logistic_regression.py)). Again nothing fails.

# %% [markdown] lang="zh"
# ### 相信一个种子

# %% [markdown] lang="en"
# ### Trusting one seed

# %% [markdown] lang="zh" tags=["bug"]
# 你用 4 个 ReLU 单元，碰巧从种子 1 开始，准确率停在九成左右。是训练得不够久吗？取前 20 个失败的种子，每个多练 600 轮。

# %% [markdown] lang="en" tags=["bug"]
# You use 4 ReLU units, happen to start from seed 1, and the accuracy stops near nine in ten. Is it a lack of patience?
# We take the first 20 seeds that failed and train each for 600 epochs more.

# %% tags=["bug"]
if __name__ == "__main__":
    failed = [seed for seed in SEEDS if scores[seed] < PASS][:20]
    patient, history = fit_moons(4, "relu", failed, x, y, epochs=400 + 600)
    rescued = pass_rate(patient, x_test, y_test)[0]
    stuck = failed.index(1)
    print(f"{history[400, stuck]:.3f} -> {history[-1, stuck]:.3f}")
    print(f"{rescued} / {len(failed)}")

# %% [markdown] lang="zh" tags=["bug"]
# 种子 1 的损失停在 `{python} f"{history[-1, stuck]:.2f}"`，而种子 3 早已降到 `{python} f"{losses4[-1, 3]:.3f}"`。
# 练到两倍半的轮数，`{python} len(failed)` 个里救回 `{python} rescued` 个：其余的卡住了。
# 更管用的办法上面都量过：换几个种子重来，加宽，或换成 tanh。反过来，种子 3 的一次成功也证明不了配方可靠。
# **报告成功率时，写明试了多少个种子。**

# %% [markdown] lang="en" tags=["bug"]
# The loss of seed 1 has stopped at `{python} f"{history[-1, stuck]:.2f}"`, while that of seed 3 fell to
# `{python} f"{losses4[-1, 3]:.3f}"` long before. Two and a half times the epochs rescued `{python} rescued` of
# `{python} len(failed)`: the others are stuck. Better cures were measured above: try other seeds, widen the layer, or take
# tanh. In the same way, one success from seed 3 does not prove the recipe. **With a success rate, say how many
# seeds you tried.**

# %% [markdown] lang="zh"
# ### 忘了 `eval()` 和 `no_grad()`

# %% [markdown] lang="en"
# ### Forgetting `eval()` and `no_grad()`

# %% [markdown] lang="zh" tags=["bug"]
# 网络的输出带着计算图，不能直接变成 NumPy 数组来画图。另外，有的层在训练时是随机的，例如 `nn.Dropout`
# 会随机关掉一半单元（后面的课会讲）。不先调用 `eval()`，同一个点问两次，答案可能不同。

# %% [markdown] lang="en" tags=["bug"]
# A network's output carries its computation graph and cannot become a NumPy array as it is. Besides, some
# layers are random while training: `nn.Dropout` switches off half of the units at random (a later lesson explains
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
    print(f"{changed:.3f}, {steady:.3f}")

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
    """Merge linear layers into one (合并线性层); ``ValueError`` for any other layer."""
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
# 坏运气可以用重来克服。把 `relu4` 的 100 个网络每 10 个分成一组，每组只留一个。该按什么来选：训练损失，还是测试准确率？
# 写 `best_of(models, x, y)`，数一数 10 组里有几组成功。如果单个网络的成功率是 $p$，按 $1-(1-p)^{10}$ 你预期有几组？

# %% [markdown] lang="en" tags=["exercise"]
# Bad luck can be beaten by trying again. Split the 100 networks of `relu4` into groups of 10 and keep one of each.
# What should decide: training loss or test accuracy? Write `best_of(models, x, y)` and count how many of the 10 groups
# pass. If one network passes with probability $p$, how many does $1-(1-p)^{10}$ let you expect?


# %% tags=["solution"]
def best_of(models: list[nn.Sequential], x: Tensor, y: Tensor) -> nn.Sequential:
    """The network with the smallest loss on TRAINING data (多次重来，取最好)."""
    check_data(x, y)
    if len(models) == 0:
        raise ValueError("expected at least one network")
    with torch.no_grad():
        losses = [F.binary_cross_entropy_with_logits(model(x), y) for model in models]
    return models[torch.stack(losses).argmin()]


if __name__ == "__main__":
    kept = [best_of(relu4[i : i + 10], x, y) for i in range(0, 100, 10)]
    print(pass_rate(kept, x_test, y_test)[0])
    print(f"{10 * (1 - (1 - len(lucky) / 100) ** 10):.1f}")

# %% [markdown] lang="zh" tags=["solution"]
# 按训练损失选。如果按测试准确率选，测试集就参与了训练，最后报的准确率会偏高。

# %% [markdown] lang="en" tags=["solution"]
# The training loss decides. Choosing by test accuracy would make the test set part of the training, and the accuracy
# you report in the end would be too good.

# %% [markdown] lang="zh" tags=["exercise"]
# 有的单元对所有训练点都是 0（“死”了，梯度也是 0），有的对所有点都大于 0（只是一面斜坡），它们都没有可用的折痕。
# 写 `live_folds(model, x)`，数出有几个单元在一部分点上为 0、在另一部分点上大于 0。比较 `relu4` 里成功和失败的网络。

# %% [markdown] lang="en" tags=["exercise"]
# Some units are 0 on all training points (“dead”: their gradient is 0 too), some are above 0 on all
# points (just a ramp); neither has a useful fold. Write `live_folds(model, x)`: count the units that are 0 on some
# points and above 0 on others. Compare the lucky and the unlucky networks in `relu4`.


# %% tags=["solution"]
def live_folds(model: nn.Sequential, x: Tensor) -> int:
    """How many hidden units have their fold among the points ``x`` (n, 2) (有用的折痕).

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
