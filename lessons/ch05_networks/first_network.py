# %% [markdown] lang="zh"
# # 第一个神经网络
# 空地中央有一座基站。500 部手机报告了各自的位置（在基站以东、以北多少公里）和有没有信号，却没人告诉我们信号能传多远。只凭这些报告，程序能不能判断一个**新地点**有没有信号？
#
# 真相只有我们知道：1 公里以内有信号。程序看不到这句话，但我们可以拿它来查程序学得对不对。
#
# 读完这一页，你能够：
#
# - 说出隐藏层（hidden layer）能做什么直线做不到的事；
# - 用 `nn.Sequential` 搭一个神经网络（neural network），数出它的参数（parameter）；
# - 按顺序写出训练循环的五步，说明每一步的理由；
# - 用没见过的点，对照基线（baseline），判断网络学会了没有。
#
# 先修：[逻辑回归](../ch04_classification/logistic_regression.py)。其中的对数几率和交叉熵，用到时会再说一遍。
#
# 下面折叠的代码导入 PyTorch 和画图的 matplotlib，再定义几个检查和一个后面才用的帮手，初读可以跳过。

# %% [markdown] lang="en"
# # Your first neural network
# A mobile mast stands in the middle of a field. 500 phones have reported where they are, in kilometres east and north of the mast, and whether they have a signal, but nobody tells us how far the mast reaches. From these reports alone, can a program say whether there is a signal at a **new** place?
#
# Only we know the truth: there is a signal within 1 km. The program never sees that, but we can check by it what was learned.
#
# After this page you can
#
# - say what a hidden layer does that a straight line cannot;
# - build a neural network with `nn.Sequential` and count its parameters;
# - write the five steps of the training loop in order, and say what each is there for;
# - judge by points the network has never seen, against a baseline, whether it has learned anything.
#
# Before this: [logistic regression](../ch04_classification/logistic_regression.py). Its logits and its cross-entropy are explained again where they are needed.
#
# The folded code below imports PyTorch and, for drawing, matplotlib; it also defines some checks and a helper for later. Skip it at first reading.

# %% tags=["setup"]
import math
from functools import partial

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from matplotlib.axes import Axes
from torch import Tensor, nn


def check_counts(**counts: int) -> None:
    """Refuse what is not a positive whole number (检查个数) with ``ValueError``."""
    for name, value in counts.items():
        if not isinstance(value, int) or value < 1:
            raise ValueError(f"{name} must be a positive int, got {value!r}")


def check_data(x: Tensor, y: Tensor) -> None:
    """Refuse data that would broadcast into nonsense (检查数据).

    Wants float ``x`` (..., n, features) and ``y`` (..., n, 1) of 0 and 1; raises
    ``TypeError`` or ``ValueError``.
    """
    if not all(torch.is_tensor(t) and t.is_floating_point() for t in (x, y)):
        raise TypeError("x and y must be float tensors")
    if x.ndim < 2 or x.numel() == 0 or y.shape != (*x.shape[:-1], 1):
        shapes = f"{tuple(x.shape)} and {tuple(y.shape)}"
        raise ValueError(f"need x (n, features) and y (n, 1), got {shapes}")
    if not x.isfinite().all() or not ((y == 0) | (y == 1)).all():
        raise ValueError("x must be finite and y must hold only 0 and 1")


def stack_parameters(networks) -> list[Tensor]:
    """Stack the parameters of S networks of one shape (堆叠参数).

    Weights (out, in) become (S, out, in), biases (out,) become (S, 1, out). The
    networks keep their slices: training a stack trains them. Raises ``ValueError``
    for networks that differ in shape.
    """
    rows = [list(network.parameters()) for network in networks]
    shapes = {tuple(tuple(parameter.shape) for parameter in row) for row in rows}
    if len(shapes) != 1:
        raise ValueError(f"need networks of one shape, got {sorted(shapes)}")
    stacks = []
    for same in zip(*rows, strict=True):  # one parameter of all networks
        stack = torch.stack([torch.atleast_2d(p.detach()) for p in same])
        for parameter, part in zip(same, stack, strict=True):
            parameter.data = part.view_as(parameter)  # shares the stack's memory
        stacks.append(stack.requires_grad_())
    return stacks


# %% [markdown] lang="zh"
# ## 数据：圆里还是圆外
# 一个样本（sample）有两个特征（feature）：$x_1$ 是向东的公里数，$x_2$ 是向北的公里数，都取自标准正态分布（平均 0，标准差 1 公里）。标签（label）$y$ 在圆内是 1，在圆外是 0。500 个点是训练集（training set），另外 2000 个是测试集（test set），只用来打分。

# %% [markdown] lang="en"
# ## The data: inside or outside
# A sample has two features: $x_1$, kilometres to the east, and $x_2$, kilometres to the north, both drawn from the standard normal distribution (mean 0, standard deviation 1 km). Its label $y$ is 1 inside the circle and 0 outside. 500 points make up the training set; another 2000 are the test set, used only for scoring.


# %%
def make_circle(n: int, seed: int) -> tuple[Tensor, Tensor]:
    """Random places and whether they lie in the unit circle (单位圆).

    Returns ``x`` (n, 2), in km, and ``y`` (n, 1), 1.0 inside and 0.0 outside.
    Raises ``ValueError`` if ``n`` is below 1.
    """
    check_counts(n=n)
    rng = torch.Generator().manual_seed(seed)
    x = torch.randn(n, 2, generator=rng)
    return x, (x.square().sum(dim=1, keepdim=True) < 1).float()


if __name__ == "__main__":
    x, y = make_circle(500, seed=0)
    x_test, y_test = make_circle(2000, seed=1)

# %% tags=["plot"] alt_zh="训练集的 `{python} len(x)` 个点。圆内的 `{python} int(y.sum())` 个聚在中间，圆外的点从四面把它们围住。" alt_en="The `{python} len(x)` training points. The `{python} int(y.sum())` inside lie together in the middle; the outside points surround them on all sides."
if __name__ == "__main__":
    inside = y[:, 0] == 1
    fig, ax = plt.subplots(figsize=(4.4, 4.4))
    ax.plot(*x[inside].T, "o", markersize=4, label="inside")
    ax.plot(*x[~inside].T, "x", markersize=4, label="outside")
    ax.set(xlabel="$x_1$", ylabel="$x_2$", aspect="equal")
    ax.set(xlim=(-3.5, 3.5), ylim=(-3.5, 3.5))
    ax.legend(loc="lower left")
    plt.show()

# %% [markdown] lang="zh"
# 准确率（accuracy）是答对的比例，多高才算好？先看一个什么都不学的人：他对哪里都回答“没有信号”，圆外全对，圆内全错。两个坐标都服从标准正态分布时，到中心的距离 $r$ 满足 $P(r^2>t)=e^{-t/2}$（推导要用到大学的积分，可以跳过）。取 $t=1$：
#
# $$P(r<1) = 1-e^{-1/2}$$
#
# 所以圆内约占 `{python} f"{1 - math.exp(-0.5):.4f}"`，他能答对约 `{python} f"{math.exp(-0.5):.4f}"`。这就是**基线**：网络若不比它高，就等于没学。
#
# 网络对每个点给出一个数 $z$，叫对数几率（logit），$z>0$ 就算回答“圆内”。下面的 `accuracy` 计算这个回答与标签相符的比例。

# %% [markdown] lang="en"
# Accuracy is the share of right answers. How high must it be to be good? Take someone who learns nothing and answers "no signal" everywhere, which is right outside and wrong inside. When both coordinates are standard normal, the distance $r$ from the centre obeys $P(r^2>t)=e^{-t/2}$. (The proof takes an integral from university; you can skip it.) With $t=1$,
#
# $$P(r<1) = 1-e^{-1/2}$$
#
# So about `{python} f"{1 - math.exp(-0.5):.4f}"` of all points lie inside, and this person is right for about `{python} f"{math.exp(-0.5):.4f}"`. That is the **baseline**: a network that does not beat it has learned nothing.
#
# For each point a network puts out one number $z$, the logit, and $z>0$ counts as "inside". `accuracy` below is the share of answers that agree with the label.


# %%
def accuracy(network: nn.Module, x: Tensor, y: Tensor) -> float:
    """Share of right answers (准确率) on ``x`` (n, features) and ``y`` (n, 1)."""
    check_data(x, y)
    with torch.no_grad():  # only looking: no gradients needed
        return ((network(x) > 0) == (y > 0.5)).float().mean().item()


def baseline_accuracy(y_train: Tensor, y_test: Tensor) -> float:
    """Test accuracy of the commoner training label (基线); both (n, 1)."""
    check_data(y_train, y_train)
    check_data(y_test, y_test)
    return (y_test == (y_train.mean() > 0.5).float()).float().mean().item()


if __name__ == "__main__":
    baseline = baseline_accuracy(y, y_test)
    print(f"baseline: {baseline:.3f}")

# %% [markdown] lang="zh"
# 在我们的 2000 个测试点上，基线是 `{python} f"{baseline:.3f}"`，与算出的 `{python} f"{math.exp(-0.5):.4f}"` 略有出入：点是随机抽的，上下浮动 `{python} f"{math.sqrt(math.exp(-0.5) * (1 - math.exp(-0.5)) / len(y_test)):.3f}"` 左右很正常。
#
# ## 一条直线不够，几道折痕就够
# 逻辑回归只算一个数 $z = w_1x_1+w_2x_2+b$（$w_1$、$w_2$ 是权重，$b$ 是偏置）。“圆内”与“圆外”的分界 $z=0$ 是一条直线。可是圆外把圆内团团围住：不管直线怎么画，总有一大片分错。
#
# 神经网络先在中间算出 $m$ 个数，每个数由一个单元（unit）给出。第 $j$ 个单元有自己的两个权重和一个偏置：
#
# $$h_j = \max(0,\; w_{j1}x_1+w_{j2}x_2+b_j), \qquad j=1,\dots,m$$
#
# 再把这些数加权相加：
#
# $$z = v_1h_1+v_2h_2+\dots+v_mh_m+c$$
#
# 这 $m$ 个单元合称隐藏层；$v_j$ 和 $c$ 是输出层的权重和偏置。$\max(0,t)$ 把负数变成 0，名叫 ReLU，是一种激活函数（activation function）。程序里，各单元的权重一行行摞成 $m$ 行 2 列的矩阵，一次算完所有单元。
#
# 一个单元在某条直线的一侧恒为 0，另一侧是一道斜坡：它把平面**折了一下**。四道折痕就能围住一块地方：
#
# - $h_1=\max(0,x_1)$ 和 $h_2=\max(0,-x_1)$ 相加，是一道山谷 $|x_1|$；
# - 再加上 $h_3=\max(0,x_2)$ 和 $h_4=\max(0,-x_2)$，是一只碗 $|x_1|+|x_2|$；
# - 让四个输出权重都是 −1，输出偏置是 $s$，碗就倒扣过来：
#
# $$z = s-|x_1|-|x_2|$$
#
# $z>0$ 的地方正是碗里比 $s$ 低的部分：一个菱形，已经有点像圆了。
#
# `nn.Sequential` 把几层串起来：每一层是一个函数，前一层的输出就是后一层的输入。`build_network` 的权重按随机种子（seed）抽取；`diamond_network` 的由我们手工设成上面那些数。

# %% [markdown] lang="en"
# On our 2000 test points the baseline is `{python} f"{baseline:.3f}"`, not quite the calculated `{python} f"{math.exp(-0.5):.4f}"`. The points are random, and being off by `{python} f"{math.sqrt(math.exp(-0.5) * (1 - math.exp(-0.5)) / len(y_test)):.3f}"` or so is normal.
#
# ## One line is not enough, a few folds are
# Logistic regression computes one number, $z = w_1x_1+w_2x_2+b$ (weights $w_1$, $w_2$ and bias $b$). The border $z=0$ between "inside" and "outside" is a straight line. But the outside surrounds the inside: wherever you draw the line, a large part ends up on the wrong side.
#
# A neural network first computes $m$ numbers, one in each unit. Unit $j$ has two weights and a bias of its own:
#
# $$h_j = \max(0,\; w_{j1}x_1+w_{j2}x_2+b_j), \qquad j=1,\dots,m$$
#
# Then it adds these numbers up, each with a weight:
#
# $$z = v_1h_1+v_2h_2+\dots+v_mh_m+c$$
#
# Together the $m$ units are the hidden layer; $v_j$ and $c$ are the weights and the bias of the output layer. $\max(0,t)$ turns negative numbers into 0. It is called ReLU and is one kind of activation function. In the program the weights of the units are the rows of a matrix with $m$ rows and 2 columns, and all units are computed at once.
#
# One unit is 0 on one side of some line and a ramp on the other: it **folds** the plane. Four folds can enclose a region:
#
# - $h_1=\max(0,x_1)$ and $h_2=\max(0,-x_1)$ add up to a valley, $|x_1|$;
# - with $h_3=\max(0,x_2)$ and $h_4=\max(0,-x_2)$ on top, it becomes a bowl, $|x_1|+|x_2|$;
# - make all four output weights −1 and the output bias $s$, and the bowl is turned over:
#
# $$z = s-|x_1|-|x_2|$$
#
# Now $z>0$ wherever the bowl was lower than $s$: a diamond, which is already a little like a circle.
#
# `nn.Sequential` runs layers one after another: each layer is a function, and its output is the input of the next. `build_network` draws its weights at random from a seed; those of `diamond_network` we set by hand, to the numbers above.


# %%
def build_network(n_in: int, hidden: int, seed: int) -> nn.Sequential:
    """One hidden layer of ReLU units (隐藏层): maps (n, n_in) to logits (n, 1).

    They start at PyTorch's default: uniform in ±1/sqrt(inputs of the layer).
    Raises ``ValueError`` for counts below 1.
    Source: Goodfellow et al., *Deep Learning* (2016), chapter 6.
    """
    check_counts(n_in=n_in, hidden=hidden)
    with torch.random.fork_rng(devices=[]):  # restores the global generator
        torch.default_generator.manual_seed(seed)  # nn.Linear draws from it
        return nn.Sequential(
            nn.Linear(n_in, hidden),  # (n, n_in) -> (n, hidden)
            nn.ReLU(),  # negative numbers become 0
            nn.Linear(hidden, 1),  # (n, hidden) -> (n, 1), the logit
        )


def diamond_network(size: float) -> nn.Sequential:
    """Four units with hand-set weights (手工设定的权重).

    Maps ``x`` (n, 2), in km, to ``size - |x1| - |x2|`` (n, 1). ``size`` is in km;
    raises ``ValueError`` unless it is positive.
    """
    if not 0 < size < math.inf:
        raise ValueError(f"size must be positive and finite, got {size}")
    network = build_network(2, 4, seed=0)
    w1 = torch.tensor([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]])
    values = (w1, torch.zeros(4), -torch.ones(1, 4), torch.tensor([size]))
    with torch.no_grad():  # setting values, not computing with them
        for parameter, value in zip(network.parameters(), values, strict=True):
            parameter.copy_(value)
    return network


# %% [markdown] lang="zh"
# 菱形该多大？试四个 $s$，取训练集上准确率最高的那个，再到测试集上打分。

# %% [markdown] lang="en"
# How large should the diamond be? Try four values of $s$, keep the one with the highest accuracy on the training set, and score it on the test set.

# %%
if __name__ == "__main__":
    sizes = (1.1, 1.2, 1.3, 1.4)
    scores = {size: accuracy(diamond_network(size), x, y) for size in sizes}
    for size, score in scores.items():
        print(f"s = {size} km  training accuracy {score:.3f}")
    size = max(scores, key=scores.get)
    by_hand = accuracy(diamond_network(size), x_test, y_test)
    print(f"s = {size} km      test accuracy {by_hand:.3f}")


# %% tags=["plot"] alt_zh="左：两道斜坡 h1 与 h2 相加，得到山谷 |x1|。右：四个单元手工拼成的菱形，里面是蓝色，外面是橙色；四个角伸出真实的圆，四条边切进圆里，测试准确率 `{python} f'{by_hand:.3f}'`。" alt_en="Left: two ramps, h1 and h2, add up to the valley |x1|. Right: the diamond made of four hand-set units, blue inside and orange outside; its corners stick out of the true circle and its sides cut into it. Test accuracy `{python} f'{by_hand:.3f}'`."
def draw_surface(ax: Axes, network: nn.Module) -> None:
    """Colour where z > 0 and where not (决策边界图), with the true circle."""
    side = torch.linspace(-2.5, 2.5, 101)
    with torch.no_grad():
        z = network(torch.cartesian_prod(side, side))
    z = z.reshape(101, 101).T  # a row for each x2, a column for each x1
    levels = [-math.inf, 0, math.inf]
    ax.contourf(side, side, z, levels=levels, colors=["C1", "C0"], alpha=0.35)
    if z.min() < 0 < z.max():
        ax.contour(side, side, z, levels=[0], colors="black")
    ax.plot([], [], color="black", label="decision boundary")
    turn = torch.linspace(0, 2 * math.pi, 100)
    ax.plot(turn.cos(), turn.sin(), "--", color="gray", label="true circle")
    ax.set(xlabel="$x_1$", ylabel="$x_2$", aspect="equal")
    ax.set(xticks=(-2, 0, 2), yticks=(-2, 0, 2))


if __name__ == "__main__":
    fig, (left, right) = plt.subplots(1, 2, figsize=(7, 3.7), layout="constrained")
    t = torch.linspace(-2, 2, 41)
    left.plot(t, t.abs(), color="gray", linewidth=7, alpha=0.4, label="$h_1 + h_2$")
    left.plot(t, t.relu(), label="$h_1$")
    left.plot(t, (-t).relu(), "--", label="$h_2$")
    left.set(xlabel="$x_1$", ylabel="$h$", ylim=(-0.5, 3.5), aspect="equal")
    left.set(xticks=(-2, 0, 2), yticks=(0, 2))
    left.legend(loc="upper center")
    left.set_title("valley")
    draw_surface(right, diamond_network(size))
    right.set_title("diamond")
    right.legend(loc="upper right")
    plt.show()

# %% [markdown] lang="zh"
# 右图里，网络在蓝色处回答“圆内”，在橙色处回答“圆外”。四个单元，没有训练，测试准确率就从基线的 `{python} f"{baseline:.3f}"` 升到 `{python} f"{by_hand:.3f}"`。折痕再多些，多边形会更圆。
#
# 其实我们刚才已经“训练”了一个参数：四个值都试一遍，留下最好的。参数有几十个就试不过来，得靠梯度告诉我们往哪边改。

# %% [markdown] lang="en"
# In the right panel the network answers "inside" where it is blue and "outside" where it is orange. Four units and no training took the test accuracy from the baseline's `{python} f"{baseline:.3f}"` to `{python} f"{by_hand:.3f}"`. With more folds the polygon gets rounder.
#
# In fact we have just "trained" one parameter: we tried four values and kept the best. With dozens of parameters that is hopeless, and we need gradients to tell us which way to change each.

# %% [markdown] lang="zh"
# ## 训练循环的五步
# 网络给出的概率是 $p = 1/(1+e^{-z})$，这个由 $z$ 算 $p$ 的函数叫 sigmoid。一个样本的损失是二元交叉熵（binary cross-entropy）：
#
# $$\ell = -\bigl[\,y\log p + (1-y)\log(1-p)\,\bigr]$$
#
# 答对又有把握，损失接近 0；错得越自信，罚得越重。训练要压低它的平均值。先算 $p$ 却有危险：$z$ 很大时 $p$ 会舍入成 1，$\log(1-p)$ 就成了 $\log 0$。所以代码里的 `BCE`（写成层是 `nn.BCEWithLogitsLoss`）用只含 $z$ 的等价式子，网络末尾**不加** sigmoid。
#
# 每个轮次（epoch）把训练集用一遍，做五步：
#
# 1. `zero_grad`：清掉旧梯度。`backward` 会把新梯度**加**到旧的上面（这样数据可以分几份算），不清，就混进了上一轮的。
# 2. `network(x)`：前向传播（forward pass），算出所有点的 $z$。先看网络怎么答，才谈得上改它。
# 3. `loss_fn`：把错得多厉害汇成一个数，能比大小，才说得清什么叫“变好”。
# 4. `backward`：反向传播（backpropagation）。每个参数增大一点点，损失会变多少？这个变化率就是它的梯度。从损失出发，用复合函数的求导法则一层层往回算，一趟就得到全部梯度。
# 5. `step`：优化器（optimizer）让每个参数逆着梯度走一小步，损失便下降。步子要小，因为梯度只管得了附近。
#
# 优化器用 Adam，它是梯度下降的一种：把每个参数的梯度除以这个梯度近来的大小，再乘以学习率（learning rate）0.05。所以第一步不论梯度大小，每个参数都挪动约 0.05。隐藏层的初始权重在 $\pm 1/\sqrt2$ 之间，约 ±`{python} f"{1 / math.sqrt(2):.2f}"`，从 0 走到头要 `{python} math.ceil(1 / math.sqrt(2) / 0.05)` 步：300 轮绰绰有余，一步又不至于跨过头。

# %% [markdown] lang="en"
# ## The five steps of the training loop
# The network's probability is $p = 1/(1+e^{-z})$; the function that makes $p$ of $z$ is called the sigmoid. The loss of one sample is the binary cross-entropy:
#
# $$\ell = -\bigl[\,y\log p + (1-y)\log(1-p)\,\bigr]$$
#
# Right and sure costs almost nothing; the surer a wrong answer, the more it costs. Training lowers its mean. Computing $p$ first is risky: a large $z$ rounds $p$ to 1, and $\log(1-p)$ becomes $\log 0$. So `BCE` in the code (as a layer, `nn.BCEWithLogitsLoss`) uses an equivalent formula in $z$ alone, and the network does **not** end in a sigmoid.
#
# Every epoch uses the whole training set once and takes five steps:
#
# 1. `zero_grad`: clear the old gradients. `backward` **adds** new gradients to the old (so that data can be handled in parts), and those of the last epoch would get mixed in.
# 2. `network(x)`: the forward pass, $z$ for all points. You must see what the network answers before you can improve it.
# 3. `loss_fn`: one number for how wrong the answers are. Being comparable, it gives "better" a meaning.
# 4. `backward`: backpropagation. If a parameter grew a little, how much would the loss change? That rate is its gradient. The chain rule, applied layer by layer from the loss backwards, gives all gradients in one trip.
# 5. `step`: the optimizer moves each parameter a little against its gradient, and the loss goes down. Only a little, because a gradient holds only nearby.
#
# The optimizer is Adam, a form of gradient descent: it divides each parameter's gradient by the recent size of that gradient, then multiplies by the learning rate 0.05. So in the first step every parameter moves by about 0.05, whatever its gradient. The weights of the hidden layer start within $\pm 1/\sqrt2$, about ±`{python} f"{1 / math.sqrt(2):.2f}"`, so from 0 to either end takes `{python} math.ceil(1 / math.sqrt(2) / 0.05)` steps: 300 epochs are ample, and no single step leaps over the range.


# %%
BCE = F.binary_cross_entropy_with_logits


def adam(parameters) -> torch.optim.Optimizer:
    """The optimizer of this page (优化器). Source: Kingma & Ba, *Adam* (2015)."""
    return torch.optim.Adam(parameters, lr=0.05)


def count_parameters(network: nn.Module) -> int:
    """How many numbers training can change (参数个数)."""
    return sum(parameter.numel() for parameter in network.parameters())


def train(
    network, optimizer, x: Tensor, y: Tensor, epochs: int, loss_fn=BCE
) -> list[float]:
    """Train on all of ``x`` (n, features), ``y`` (n, 1) in every epoch (训练循环).

    Changes ``network``; returns the loss before each update. Raises ``ValueError``
    for bad data or ``epochs``.
    """
    check_data(x, y)
    check_counts(epochs=epochs)
    losses = []
    for _ in range(epochs):
        optimizer.zero_grad()  # 1. clear the old gradients
        logits = network(x)  # 2. forward
        loss = loss_fn(logits, y)  # 3. how wrong
        loss.backward()  # 4. backward: all gradients
        optimizer.step()  # 5. change the parameters
        losses.append(loss.item())
    return losses


# %% [markdown] lang="zh" tags=["predict"]
# 下面用同一个循环训练两个模型：一条直线 `nn.Linear(2, 1)`，和一个有 16 个单元的网络。网络有多少个参数？训练之前损失大约是多少（提示：还没学的网络处处说 $p\approx\frac12$）？直线能胜过基线吗？

# %% [markdown] lang="en" tags=["predict"]
# Below, the same loop trains two models: a line, `nn.Linear(2, 1)`, and a network with 16 units. How many parameters does the network have? What is its loss before training? (Hint: a network that has learned nothing says $p\approx\frac12$ everywhere.) Will the line beat the baseline?


# %%
def wrong_points(network: nn.Module, x: Tensor, y: Tensor) -> Tensor:
    """The rows of ``x`` that are answered wrongly (答错的点): (wrong, features)."""
    check_data(x, y)
    with torch.no_grad():
        return x[((network(x) > 0) != (y > 0.5))[:, 0]]


if __name__ == "__main__":
    line, network = nn.Linear(2, 1), build_network(2, 16, seed=0)
    for parameter in line.parameters():
        nn.init.zeros_(parameter)  # a line needs no random start
    print("         parameters  first loss  last loss  test accuracy")
    for name, model in (("line", line), ("network", network)):
        losses = train(model, adam(model.parameters()), x, y, epochs=300)
        score, count = accuracy(model, x_test, y_test), count_parameters(model)
        print(f"{name:9}{count:10}{losses[0]:12.3f}{losses[-1]:11.3f}{score:15.3f}")

    far = (line.bias.abs() / line.weight.norm()).item()
    print(f"the line is {far:.1f} km from the mast")
    wrong = wrong_points(network, x_test, y_test)
    off = (wrong.norm(dim=1) - 1).abs().max().item()
    print(f"network: {len(wrong)} wrong, at most {off:.2f} km from the circle")

# %% tags=["plot"] alt_zh="左：直线的图只有“圆外”一种颜色，圆内的测试点全部打了叉。右：网络的边界几乎与真实的圆重合，答错的 `{python} len(wrong)` 个测试点都贴着圆。" alt_en="Left: the line's panel has one colour, outside, and every test point in the circle is crossed as wrong. Right: the network's boundary nearly covers the true circle, and its `{python} len(wrong)` wrong test points lie close to it."
if __name__ == "__main__":
    fig, axes = plt.subplots(1, 2, figsize=(7, 3.9), layout="constrained")
    titles = {"straight line": line, "neural network": network}
    for ax, (title, model) in zip(axes, titles.items(), strict=True):
        draw_surface(ax, model)
        missed = wrong_points(model, x_test, y_test)
        ax.plot(*missed.T, "x", color="black", markersize=3, mew=0.7, label="wrong")
        ax.set_title(title)
    axes[1].legend(loc="upper right")
    plt.show()

# %% [markdown] lang="zh"
# 直线的准确率是 `{python} f"{accuracy(line, x_test, y_test):.3f}"`，正好是基线。圆内的点聚在中央，往哪边走都会走出去，所以两个权重帮不上忙，训练只给了它们很小的值。直线到中心的距离是 $|b|/\sqrt{w_1^2+w_2^2}$，权重越小就越远：它退到了 `{python} f"{far:.1f}"` 公里外，在左图的范围之外，所以图中处处都答“圆外”。
#
# 网络有 `{python} count_parameters(network)` 个参数：每个隐藏单元两个权重、一个偏置，输出层 16 个权重、一个偏置。损失从 $\ln 2$（`{python} f"{math.log(2):.4f}"`）附近开始，因为 $p=\frac12$ 时 $-\log p$ 正是 $\ln 2$。训练后测试准确率是 `{python} f"{score:.3f}"`，2000 个点错了 `{python} len(wrong)` 个，其中离真实的圆最远的也只有约 `{python} f"{off:.2f}"` 公里。没人告诉它什么是距离，圆是它自己学来的。

# %% [markdown] lang="en"
# The line scores `{python} f"{accuracy(line, x_test, y_test):.3f}"`, exactly the baseline. The inside points lie in the middle, and you leave them whichever way you walk, so the two weights are no help and training gave them small values. The line is $|b|/\sqrt{w_1^2+w_2^2}$ away from the centre: the smaller the weights, the farther. It has retreated to `{python} f"{far:.1f}"` km, beyond the left panel, so the answer is "outside" all over it.
#
# The network has `{python} count_parameters(network)` parameters: two weights and a bias for each hidden unit, 16 weights and a bias in the output layer. Its loss starts near $\ln 2$ (`{python} f"{math.log(2):.4f}"`), because that is what $-\log p$ comes to at $p=\frac12$. After training its test accuracy is `{python} f"{score:.3f}"`: of 2000 points `{python} len(wrong)` are wrong, and even the farthest of these is only about `{python} f"{off:.2f}"` km from the true circle. Nobody told it what a distance is; it found the circle by itself.

# %% [markdown] lang="zh"
# ## 换个种子还成吗
# 一次成功可能是运气。所以我们换 20 个种子，每个种子都重新抽数据和初始权重，各练一个网络。
#
# 用 `for` 循环一个个练也行，只是慢得多。下面的 `train_many` 把网络**摞起来**一起练，还是那五步。一个网络的隐藏层权重是 (16, 2) 的表，20 张摞成 (20, 16, 2)；每份数据是 (500, 2)，摞成 (20, 500, 2)。矩阵乘法 `@` 让每份数据只乘自己那张表；`.mT` 先把表的行列对调，让点的坐标对上单元的权重。
#
# `reduction="none"` 留住每个点的损失，好在每个网络内分别取平均，再**相加**成一个数，供 `backward` 出发。一个网络的损失里没有别人的参数，所以梯度和单独训练时一样。

# %% [markdown] lang="en"
# ## Does another seed do as well?
# One success may be luck. So we take 20 seeds, draw new data and initial weights from each, and train a network on them.
#
# A `for` loop would do, only far more slowly. `train_many` below **stacks** the networks and trains them together, in the same five steps. The hidden weights of one network are a table of shape (16, 2), and 20 of them stack up to (20, 16, 2); one data set is (500, 2), and the stack is (20, 500, 2). The matrix product `@` multiplies each data set with its own table; `.mT` first swaps rows and columns of the tables, so that coordinates meet their weights.
#
# `reduction="none"` keeps the loss of every point, so that we can average within each network; the averages are **added** to give `backward` one number to start from. No network's loss contains another's parameters, so the gradients are those of training alone.


# %%
def train_many(
    networks, make_optimizer, x: Tensor, y: Tensor, epochs: int, loss_fn=BCE
) -> Tensor:
    """Train S networks of one shape side by side (同时训练多个网络).

    Each changes as :func:`train` would change it alone. ``x`` is (S, n, features),
    ``y`` (S, n, 1); ``make_optimizer`` gets the list of stacked parameters. Returns
    losses (epochs, S). Raises ``ValueError`` for bad data or counts.
    """
    check_data(x, y)
    check_counts(epochs=epochs)
    if x.ndim != 3 or len(networks) != len(x):
        raise ValueError(f"need {len(networks)} data sets, got x {tuple(x.shape)}")
    w1, b1, w2, b2 = stacks = stack_parameters(networks)  # w1: (S, units, features)
    optimizer, losses = make_optimizer(stacks), []
    for _ in range(epochs):
        optimizer.zero_grad()  # 1
        h = F.relu(x @ w1.mT + b1)  # 2: the hidden layer, (S, n, units)
        logits = h @ w2.mT + b2  # and the output layer, (S, n, 1)
        loss = loss_fn(logits, y, reduction="none").mean(dim=(1, 2))  # 3: (S,)
        loss.sum().backward()  # 4
        optimizer.step()  # 5
        losses.append(loss.detach())
    return torch.stack(losses)


def stack_data(make, seeds) -> tuple[Tensor, Tensor]:
    """Data of ``make(seed)``, stacked (堆叠数据): (S, n, features), (S, n, 1)."""
    sets = [make(seed) for seed in seeds]
    return torch.stack([x for x, _ in sets]), torch.stack([y for _, y in sets])


# %% tags=["check"]
if __name__ == "__main__":
    xs, ys = stack_data(lambda seed: make_circle(500, seed), range(20))
    many = [build_network(2, 16, seed) for seed in range(20)]
    ours = train_many(many, adam, xs, ys, epochs=300)
    x_fresh, y_fresh = make_circle(2000, seed=1000)
    scores = sorted(accuracy(each, x_fresh, y_fresh) for each in many)
    print(f"test accuracy: {scores[0]:.3f} .. {scores[-1]:.3f}")
    print(f"last loss of seed 0: alone {losses[-1]:.4f}, stacked {ours[-1, 0]:.4f}")
    shared = (xs[1][:, None] == x_test).all(dim=2).any(dim=1).sum().item()
    print(f"training points of seed 1 found in x_test: {shared}/500")

# %% [markdown] lang="zh" tags=["check"]
# 20 个网络的测试准确率，最低 `{python} f"{scores[0]:.3f}"`，最高 `{python} f"{scores[-1]:.3f}"`。最差的也远高于基线，所以不是运气。种子 0 就是前面那个网络：单独训练的最后损失 `{python} f"{losses[-1]:.4f}"`，摞着训练的 `{python} f"{ours[-1, 0]:.4f}"`。
#
# 打分不能再用 `x_test`：它也出自种子 1，种子 1 的 500 个训练点竟有 `{python} shared` 个在它里面。所以新点取自没用过的种子 1000。

# %% [markdown] lang="en" tags=["check"]
# The test accuracy of the 20 networks runs from `{python} f"{scores[0]:.3f}"` to `{python} f"{scores[-1]:.3f}"`. Even the worst is far above the baseline, so it was not luck. Seed 0 is the network from before: its last loss was `{python} f"{losses[-1]:.4f}"` when trained alone and is `{python} f"{ours[-1, 0]:.4f}"` in the stack.
#
# `x_test` will not do for this: it comes from seed 1 too, and contains `{python} shared` of the 500 training points of seed 1. So the fresh points come from the unused seed 1000.

# %% [markdown] lang="zh" tags=["bug"]
# **跑不出来的损失**。一份流传的教程解同一个题，用 100 个点、4 个单元、随机梯度下降（SGD，学习率 0.1）练 100 轮，印出第 10、20、100 轮的损失 0.5247、0.3142、0.0957。我们照它的设置，用 200 个种子各跑一次，看有几个能降到印出的值。

# %% [markdown] lang="en" tags=["bug"]
# **Losses that no run gives.** A common tutorial solves this problem with 100 points, 4 units and 100 epochs of stochastic gradient descent (SGD, learning rate 0.1), and prints the losses 0.5247, 0.3142 and 0.0957 for epochs 10, 20 and 100. We run its settings with 200 seeds and count how many get down to the printed values.

# %% tags=["bug"]
CLAIMED = {10: 0.5247, 20: 0.3142, 100: 0.0957}  # epoch: loss

if __name__ == "__main__":
    data = stack_data(lambda seed: make_circle(100, seed), range(200))
    small = [build_network(2, 4, seed) for seed in range(200)]
    theirs = train_many(small, partial(torch.optim.SGD, lr=0.1), *data, epochs=100)
    print("epoch  smallest  largest  claimed  reached")
    for epoch, claim in CLAIMED.items():
        at = theirs[epoch - 1]
        reached = f"{(at <= claim).sum()}/200"
        print(f"{epoch:5}{at.min():10.3f}{at.max():9.3f}{claim:9}{reached:>9}")

# %% [markdown] lang="zh" tags=["bug"]
# 三个声称的值，没有一个种子达到；到第 100 轮，最小的损失还有 `{python} f"{theirs[-1].min():.3f}"`。SGD 的步子就是梯度乘以学习率；这里梯度不大，再乘以 0.1，100 步才刚起步。印出来的数字，应当是谁照着跑都能得到的。

# %% [markdown] lang="en" tags=["bug"]
# Not one seed reaches any of the three claimed values; at epoch 100 the smallest loss is still `{python} f"{theirs[-1].min():.3f}"`. The step of SGD is simply the gradient times the learning rate. The gradients are small here, 0.1 makes them smaller, and after 100 steps training has barely begun. Anybody should be able to get a printed number by running the code.

# %% tags=["plot"] alt_zh="损失带，纵轴取对数：照教程的设置，到第 100 轮仍在 `{python} f'{theirs[-1].min():.2f}'` 到 `{python} f'{theirs[-1].max():.2f}'` 之间，三个声称的值全在带子下方。" alt_en="A band of losses on a logarithmic axis: with the tutorial's settings they are still between `{python} f'{theirs[-1].min():.2f}'` and `{python} f'{theirs[-1].max():.2f}'` at epoch 100, and all three claimed values lie below the band."
if __name__ == "__main__":
    fig, ax = plt.subplots()
    epochs = range(1, len(theirs) + 1)
    ax.plot(epochs, theirs.median(dim=1).values, "--", label="SGD, 4 units")
    low, high = theirs.amin(dim=1), theirs.amax(dim=1)
    ax.fill_between(epochs, low, high, color="C0", alpha=0.3)
    claims = list(CLAIMED.values())
    ax.plot(list(CLAIMED), claims, "x", color="black", ms=9, mew=2, label="claimed")
    ax.set(xlabel="epoch", ylabel="loss", yscale="log")
    ax.set_yticks([0.1, 0.2, 0.5, 1], ["0.1", "0.2", "0.5", "1"], minor=False)
    ax.legend()
    plt.show()

# %% [markdown] lang="zh"
# 虚线是 200 个种子的中位数，带子从最小到最大；三个声称的值都落在带子下面。
#
# 设置会左右训练的成败，损失函数也会。下面这种损失，教程里也常见。

# %% [markdown] lang="en"
# The dashed line is the median of the 200 seeds; the band runs from the smallest to the largest, and all three claimed values lie below it.
#
# The settings can make or break a training, and so can the loss. The next one is common in tutorials too.

# %% [markdown] lang="zh" tags=["bug"]
# **sigmoid 之后接均方误差**，就是用 $(p-y)^2$ 的平均当损失。差别在梯度上：损失随 $z$ 的变化率，交叉熵与平方误差分别是
#
# $$\frac{d\ell}{dz} = p-y, \qquad \frac{d}{dz}(p-y)^2 = 2(p-y)\,p(1-p)$$
#
# 右边多了因子 $p(1-p)$。如果 $y=1$ 而网络坚信不是，$p$ 就接近 0，这个因子也接近 0：正该大改，梯度却几乎没有。我们取一个错得离谱的起点来看：把输出偏置 $c$ 设成 −10，网络便处处坚信“圆外”，再用两种损失各练 300 轮。优化器用 SGD，它的步子与梯度成正比（Adam 会放大小梯度，多半能掩盖毛病）；学习率 0.5，交叉熵用它 300 轮学得会。

# %% [markdown] lang="en" tags=["bug"]
# **Mean squared error after a sigmoid** takes the mean of $(p-y)^2$ as the loss. The difference is in the gradient, the rate at which the loss changes with $z$. For cross-entropy and for the squared error it is
#
# $$\frac{d\ell}{dz} = p-y, \qquad \frac{d}{dz}(p-y)^2 = 2(p-y)\,p(1-p)$$
#
# The right one has an extra factor $p(1-p)$. Where $y=1$ and the network is sure of the opposite, $p$ is near 0 and so is this factor: just where most should change, there is almost no gradient. Let us start badly wrong: with the output bias $c$ set to −10 the network is sure of "outside" everywhere. Then we train it for 300 epochs with either loss. The optimizer is SGD, whose steps are proportional to the gradient (Adam enlarges small gradients and would mostly hide the fault); with its learning rate of 0.5, cross-entropy can learn the circle in 300 epochs.


# %% tags=["bug"]
def mse_after_sigmoid(logits: Tensor, y: Tensor, reduction: str = "mean") -> Tensor:
    """Squared error of the probability (概率的均方误差); both are (..., n, 1)."""
    check_data(logits, y)
    return F.mse_loss(logits.sigmoid(), y, reduction=reduction)


if __name__ == "__main__":
    print("               gradient  first loss  last loss  test accuracy")
    kinds = {"cross-entropy": BCE, "squared error": mse_after_sigmoid}
    slopes, after = [], []
    for name, loss_fn in kinds.items():
        z = torch.tensor([[-10.0]], requires_grad=True)
        loss_fn(z, torch.ones(1, 1)).backward()  # sure of "outside", but y = 1
        slopes.append(z.grad.item())
        sure = build_network(2, 16, seed=0)
        nn.init.constant_(sure[2].bias, -10.0)  # c
        sgd = torch.optim.SGD(sure.parameters(), lr=0.5)
        path = train(sure, sgd, x, y, 300, loss_fn)
        after.append(accuracy(sure, x_test, y_test))
        row = f"{name:13}{slopes[-1]:10.1g}{path[0]:12.3f}{path[-1]:11.3f}"
        print(f"{row}{after[-1]:15.3f}")

# %% [markdown] lang="zh" tags=["bug"]
# 第一列是 $z=-10$、$y=1$ 处的梯度。交叉熵的几乎是 −1，网络改正了过来，准确率达到 `{python} f"{after[0]:.3f}"`。平方误差的只有 `{python} f"{slopes[1]:.6f}"`，损失原地不动，准确率还是基线的 `{python} f"{after[1]:.3f}"`。从普通的随机权重出发，两种损失都学得会，所以毛病平时不露面。

# %% [markdown] lang="en" tags=["bug"]
# The first column is the gradient at $z=-10$, $y=1$. With cross-entropy it is almost −1; the network corrects itself and gets to an accuracy of `{python} f"{after[0]:.3f}"`. With the squared error it is a mere `{python} f"{slopes[1]:.6f}"`: the loss has not moved, and the accuracy is still the baseline's `{python} f"{after[1]:.3f}"`. From ordinary random weights both losses learn the circle, which is why this fault usually goes unnoticed.

# %% [markdown] lang="zh"
# ## 学会了，还是背下来了
# 准确率高，也可能只是背下了训练样本的答案。怎样分辨？做一个极端的实验：标签用**掷硬币**来定，没有规律可学，答对就只能靠背或靠碰。
#
# 一份流传的入门程序正是这样：10 个样本，每个 10 个特征，标签与特征无关；网络有 5 个单元，练完就拿训练样本上的输出当成果。再取一个有规律的题目对照：10 个特征之和大于 0，标签就是 1。

# %% [markdown] lang="en"
# ## Learned, or memorized?
# A high accuracy may only mean that the answers to the training samples were memorized. How can we tell? By an extreme experiment: let the **toss of a coin** decide each label, whatever the features. There is no rule to learn, so every right answer is memory or luck.
#
# A common first program does just that: 10 samples of 10 features, with labels that have nothing to do with them; a network with 5 units is trained, and its output on the training samples is shown as the result. Compare a problem that has a rule: the label is 1 where the sum of the 10 features is above 0.


# %%
def make_ten(n: int, seed: int, coin: bool) -> tuple[Tensor, Tensor]:
    """Ten features (n, 10), labels (n, 1): coin flips (掷硬币) or "sum above 0"."""
    check_counts(n=n)
    rng = torch.Generator().manual_seed(seed)
    x = torch.randn(n, 10, generator=rng)
    flips = torch.randint(2, (n, 1), generator=rng)
    y = flips if coin else x.sum(dim=1, keepdim=True) > 0
    return x, y.float()


def seen_and_fresh(n: int, coin: bool, seeds=range(20)) -> tuple[Tensor, Tensor]:
    """Accuracy of 10-5-1 networks on seen and on 1000 fresh samples (泛化).

    ``n`` training samples, ``coin`` as in :func:`make_ten`; returns (S,) and (S,).
    """
    x, y = stack_data(lambda seed: make_ten(n, seed, coin), seeds)
    networks = [build_network(10, 5, seed) for seed in seeds]
    train_many(networks, adam, x, y, epochs=100)
    seen, fresh = [], []
    for network, seed, x_seen, y_seen in zip(networks, seeds, x, y, strict=True):
        seen.append(accuracy(network, x_seen, y_seen))
        fresh.append(accuracy(network, *make_ten(1000, 1000 + seed, coin)))
    return torch.tensor(seen), torch.tensor(fresh)


# %% [markdown] lang="zh" tags=["predict"]
# 标签是掷硬币时，网络在训练样本上能答对多少？在 1000 个新样本上呢？训练样本从 10 个加到 300 个，两个准确率各往哪边走？

# %% [markdown] lang="en" tags=["predict"]
# With coin-flip labels, how many training samples can the network get right? How many of 1000 fresh ones? When the training samples grow from 10 to 300, which way does each accuracy move?


# %%
def median_scores(coin: bool, sizes) -> Tensor:
    """Medians over 20 seeds of :func:`seen_and_fresh` (中位数): (len(sizes), 2)."""
    pairs = [torch.stack(seen_and_fresh(n, coin)) for n in sizes]
    return torch.stack(pairs).median(dim=2).values


if __name__ == "__main__":
    sizes = (10, 30, 100, 300)
    coins, rule = median_scores(True, sizes), median_scores(False, sizes)
    print("          coins          rule")
    print("samples   seen  fresh    seen  fresh")
    for n, (a, b), (c, d) in zip(sizes, coins, rule, strict=True):
        print(f"{n:7}{a:7.2f}{b:7.2f}{c:8.2f}{d:7.2f}")

# %% tags=["plot"] alt_zh="横轴是训练样本数，取对数；点是 20 个种子的中位数。左图标签是掷硬币：训练准确率从 `{python} f'{coins[0, 0]:.2f}'` 降到 `{python} f'{coins[-1, 0]:.2f}'`，新样本始终在 0.5 附近。右图有规律：训练准确率一直接近 1，新样本从 `{python} f'{rule[0, 1]:.2f}'` 升到 `{python} f'{rule[-1, 1]:.2f}'`。" alt_en="Training samples on a logarithmic axis; markers are medians of 20 seeds. Left, coin flips: training accuracy falls from `{python} f'{coins[0, 0]:.2f}'` to `{python} f'{coins[-1, 0]:.2f}'`, fresh samples stay near 0.5. Right, a rule: training accuracy stays near 1, fresh samples rise from `{python} f'{rule[0, 1]:.2f}'` to `{python} f'{rule[-1, 1]:.2f}'`."
if __name__ == "__main__":
    fig, axes = plt.subplots(1, 2, figsize=(7, 3.4), sharey=True)
    curves = {"coin flips": coins, "a rule": rule}
    for ax, (title, curve) in zip(axes, curves.items(), strict=True):
        ax.semilogx(sizes, curve[:, 0], "o-", label="training samples")
        ax.semilogx(sizes, curve[:, 1], "s--", label="fresh samples")
        ax.set(xlabel="number of training samples", title=title)
        ax.set_xticks(sizes, sizes)
    axes[0].set_ylabel("accuracy")
    axes[1].legend(loc="lower right")
    plt.show()

# %% [markdown] lang="zh"
# 左图：样本少，网络能把硬币**背下来**；样本一多就背不动。在没见过的新样本上它始终在猜，因为标签与特征无关，任何网络平均都只能对一半。右图：有规律可学，样本越多，新样本答得越好，这叫**泛化**（generalization）。再看两图最左边的训练准确率：一模一样，分不出背诵和学习。所以，**用训练过的点来测试**，满分也证明不了什么。

# %% [markdown] lang="en"
# Left: with few samples the network **memorizes** the coins; with more it cannot keep up. On fresh samples it is guessing throughout: where labels have nothing to do with features, any network is right half of the time on average. Right: where there is a rule, more samples make for better answers on fresh ones. This is **generalization**. Now compare the training accuracy at the far left of both panels: it is the same, and does not tell memorizing from learning. **Tested on the training points**, a perfect score proves nothing.

# %% [markdown] lang="zh"
# ## 练习

# %% [markdown] lang="en"
# ## Exercises

# %% [markdown] lang="zh" tags=["exercise"]
# 不建网络，只用输入个数和单元个数算出参数个数，再用 `count_parameters` 验算。

# %% [markdown] lang="en" tags=["exercise"]
# Without building a network, compute its number of parameters from its numbers of inputs and units. Check it with `count_parameters`.


# %% tags=["solution"]
def count_by_formula(n_in: int, hidden: int) -> int:
    """Parameters of a network with one hidden layer, one output (按公式数参数)."""
    check_counts(n_in=n_in, hidden=hidden)
    return (n_in + 1) * hidden + (hidden + 1)  # + 1: a bias for each unit


if __name__ == "__main__":
    print(count_by_formula(2, 16), count_parameters(network))
    print(count_by_formula(10, 5), count_parameters(build_network(10, 5, seed=0)))

# %% [markdown] lang="zh" tags=["exercise"]
# 把特征换成 $x_1^2$ 和 $x_2^2$，再训练那条“直线”。它还输给网络吗？由学到的权重算出圆的半径。什么时候才需要隐藏层？

# %% [markdown] lang="en" tags=["exercise"]
# Give the "line" the features $x_1^2$ and $x_2^2$ and train it again. Does it still lose to the network? Work out the circle's radius from the weights it learned. When do you need a hidden layer?


# %% tags=["solution"]
def learned_radius(line: nn.Linear) -> float:
    """Radius (半径), in km, of the circle where ``w (x1^2 + x2^2) + b = 0``.

    ``w`` is the mean of the two weights. Raises ``ValueError`` without a circle.
    """
    squared = (-line.bias / line.weight.mean()).item()
    if not 0 < squared < math.inf:
        raise ValueError(f"no circle: weights {line.weight}, bias {line.bias}")
    return math.sqrt(squared)


if __name__ == "__main__":
    train(line, adam(line.parameters()), x.square(), y, epochs=300)
    score = accuracy(line, x_test.square(), y_test)
    print(f"test accuracy {score:.3f}, radius {learned_radius(line):.3f} km")

# %% [markdown] lang="zh" tags=["solution"]
# 它只有三个参数，却不输给网络，半径也接近真实的 1 公里。知道该用什么特征，就不需要隐藏层；不知道时，隐藏层会把特征学出来。

# %% [markdown] lang="en" tags=["solution"]
# With three parameters it does no worse than the network, and its radius is close to the true 1 km. If you know the right features, you need no hidden layer. If you do not, a hidden layer learns them.

# %% [markdown] lang="zh"
# ## 小结
# - 每个 ReLU 单元给平面加一道折痕，几道折痕能围出直线围不出的区域。
# - 训练循环有五步：清梯度、前向传播、算损失、反向传播、更新参数。
# - 网络输出 $z$，损失也从 $z$ 算起，所以末尾不加 sigmoid，也不用均方误差。
# - 要用没见过的点打分，与基线比较，再换几个种子看看。
#
# 多少个单元才够？下一课 [决策边界](decision_boundaries.py) 换宽度（width）、换激活函数，看边界怎么变。

# %% [markdown] lang="en"
# ## Recap
# - Each ReLU unit adds a fold to the plane; a few folds enclose what no line can.
# - The training loop is five steps: clear gradients, forward, loss, backward, update.
# - The network puts out $z$ and the loss starts from $z$, so no sigmoid comes last, and no squared error after it.
# - Score on points never seen, compare with the baseline, and look again with other seeds.
#
# How many units are enough? Next: [decision boundaries](decision_boundaries.py), where the width and the activation function change, and the boundary with them.
