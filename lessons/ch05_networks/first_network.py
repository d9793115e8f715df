# %% [markdown] lang="zh"
# # 第一个神经网络
# 空地中央有一座基站。500 部手机报告了各自的位置（在基站以东、以北多少公里）和有没有信号，却没人告诉我们信号能传多远。只凭这些报告，程序能不能判断一个**新地点**有没有信号？
#
# 真相只有我们知道：1 公里以内有信号。真值已知，学得对不对就可以查。
#
# 读完这一页，你能够：
#
# - 说出隐藏层（hidden layer）能做什么直线做不到的事；
# - 用 `nn.Sequential` 搭一个神经网络（neural network），数出它的参数（parameter）；
# - 按顺序写出训练循环的五步，说明每一步的理由；
# - 用没见过的点，对照基线（baseline），判断网络学会了没有。
#
# 先修：[逻辑回归](../ch04_classification/logistic_regression.py)。其中的对数几率和交叉熵，用到时会再说一遍。

# %% [markdown] lang="en"
# # Your first neural network
# A mobile mast stands in the middle of a field. 500 phones have reported where they are, in kilometres east and north of the mast, and whether they have a signal, but nobody tells us how far the mast reaches. From these reports alone, can a program say whether there is a signal at a **new** place?
#
# The truth is known only to us: there is, within 1 km. Because we know it, we can check what was learned.
#
# After this page you can
#
# - say what a hidden layer does that a straight line cannot;
# - build a neural network with `nn.Sequential` and count its parameters;
# - write the five steps of the training loop in order, and say what each is there for;
# - judge by points the network has never seen, against a baseline, whether it has learned anything.
#
# Before this: [logistic regression](../ch04_classification/logistic_regression.py). Its logits and its cross-entropy are explained again where they are needed.

# %% [markdown] lang="zh"
# ## 数据：圆里还是圆外
# 一个样本（sample）有两个特征（feature）：$x_1$ 是向东的公里数，$x_2$ 是向北的公里数，都取自标准正态分布（平均 0，标准差 1 公里）。标签（label）$y$ 在圆内是 1，在圆外是 0。500 个点是训练集（training set），另外 2000 个是测试集（test set），只用来打分。

# %% [markdown] lang="en"
# ## The data: inside or outside
# A sample has two features: $x_1$, kilometres to the east, and $x_2$, kilometres to the north, both drawn from the standard normal distribution (mean 0, standard deviation 1 km). Its label $y$ is 1 inside the circle and 0 outside. 500 points make up the training set; another 2000 are the test set, used only for scoring.

# %%
import copy
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
# 准确率（accuracy）多高才算好？先看一个什么都不学的人：他对哪里都回答“没有信号”。两个坐标都服从标准正态分布时，到中心的距离 $r$ 满足 $P(r^2>t)=e^{-t/2}$，所以
#
# $$P(r<1) = 1-e^{-1/2}$$
#
# 圆内只占 `{python} f"{1 - math.exp(-0.5):.4f}"`，他能答对约 `{python} f"{math.exp(-0.5):.4f}"`。这就是**基线**：不比它高，等于没学。
#
# 下面的 `accuracy` 计算对数几率（logit）$z>0$（回答“圆内”）与标签相符的比例；`check_data` 只负责拦下形状或数值不对的数据。

# %% [markdown] lang="en"
# What accuracy is good? Take someone who learns nothing and answers "no signal" everywhere. When both coordinates are standard normal, the distance $r$ from the centre obeys $P(r^2>t)=e^{-t/2}$, so
#
# $$P(r<1) = 1-e^{-1/2}$$
#
# Only `{python} f"{1 - math.exp(-0.5):.4f}"` of all points lie inside, and this person is right for about `{python} f"{math.exp(-0.5):.4f}"`. That is the **baseline**: a network that does not beat it has learned nothing.
#
# `accuracy` below is the share of points where "logit $z>0$", which means "inside", agrees with the label; `check_data` only stops data of the wrong shape or value.


# %%
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
    print(f"{baseline:.3f}")

# %% [markdown] lang="zh"
# ## 一条直线不够，几道折痕就够
# 逻辑回归只算一个数 $z = w_1x_1+w_2x_2+b$（$w_1$、$w_2$ 是权重，$b$ 是偏置），$z>0$ 就回答“圆内”。分界 $z=0$ 是一条直线。可是圆外把圆内团团围住：不管直线怎么画，总有一大片分错。
#
# 神经网络在中间多放一层：
#
# $$h = \max(0,\; W_1x+b_1), \qquad z = W_2h+b_2$$
#
# $x$ 是两个坐标；$W_1$、$b_1$ 是隐藏层的权重和偏置；$h$ 是隐藏层的输出，每个单元（unit）一个数；$W_2$、$b_2$ 属于输出层；$z$ 还是对数几率。$\max(0,t)$ 把负数变成 0，名叫 ReLU，是一种激活函数（activation function）。
#
# 一个单元在某条直线的一侧恒为 0，另一侧是一道斜坡：它把平面**折了一下**。两道斜坡 $h_1=\max(0,x_1)$ 和 $h_2=\max(0,-x_1)$ 拼成山谷 $|x_1|$；四道拼成一只碗，$|x_1|+|x_2|$。碗里低于某个高度的部分是菱形，已经有点像圆了。
#
# `nn.Sequential` 把几层串起来：每一层是一个函数，前一层的输出就是后一层的输入。`build_network` 的权重按随机种子（seed）抽取；`diamond_network` 的由我们手工设成那只碗。

# %% [markdown] lang="en"
# ## One line is not enough, a few folds are
# Logistic regression computes one number, $z = w_1x_1+w_2x_2+b$ (weights $w_1$, $w_2$ and bias $b$), and answers "inside" where $z>0$. The border $z=0$ is a straight line. But the outside surrounds the inside: wherever you draw the line, a large part ends up on the wrong side.
#
# A neural network puts a layer in between:
#
# $$h = \max(0,\; W_1x+b_1), \qquad z = W_2h+b_2$$
#
# $x$ holds the two coordinates; $W_1$ and $b_1$ are the weights and biases of the hidden layer; $h$ is its output, one number per unit; $W_2$ and $b_2$ belong to the output layer; $z$ is the logit as before. $\max(0,t)$ turns negative numbers into 0. It is called ReLU and is one kind of activation function.
#
# One unit is 0 on one side of some line and a ramp on the other: it **folds** the plane. Two ramps, $h_1=\max(0,x_1)$ and $h_2=\max(0,-x_1)$, add up to a valley, $|x_1|$. Four make a bowl, $|x_1|+|x_2|$. The part of the bowl below a given height is a diamond, which is already a little like a circle.
#
# `nn.Sequential` runs layers one after another: each layer is a function, and its output is the input of the next. `build_network` draws its weights at random from a seed; those of `diamond_network` we set by hand, to make the bowl.


# %%
def build_network(n_in: int, hidden: int, seed: int) -> nn.Sequential:
    """One hidden layer of ReLU units (隐藏层): maps (n, n_in) to logits (n, 1).

    Weights and biases are PyTorch's default: uniform in ±1/sqrt(inputs of the layer).
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
# 菱形该多大？试四个大小，取训练集上准确率最高的。

# %% [markdown] lang="en"
# How large should the diamond be? Try four sizes and keep the one with the highest accuracy on the training set.

# %%
if __name__ == "__main__":
    scores = {
        size: accuracy(diamond_network(size), x, y) for size in (1.1, 1.2, 1.3, 1.4)
    }
    size = max(scores, key=scores.get)
    by_hand = accuracy(diamond_network(size), x_test, y_test)
    print(f"{size} km  {by_hand:.3f}")


# %% tags=["plot"] alt_zh="左：两道斜坡 h1 与 h2 相加，得到山谷 |x1|。右：四个单元手工拼成的菱形，四个角伸出真实的圆，四条边切进圆里，测试准确率 `{python} f'{by_hand:.3f}'`。" alt_en="Left: two ramps, h1 and h2, add up to the valley |x1|. Right: the diamond made of four hand-set units; its corners stick out of the true circle and its sides cut into it. Test accuracy `{python} f'{by_hand:.3f}'`."
def draw_surface(ax: Axes, network: nn.Module) -> None:
    """Shade a network's probability (概率); add its boundary and the true circle."""
    side = torch.linspace(-2.5, 2.5, 101)
    with torch.no_grad():
        p = network(torch.cartesian_prod(side, side)).sigmoid()
    p = p.reshape(101, 101).T  # a row for each x2, a column for each x1
    shades = [("C1", 0.5), ("C1", 0.2), ("C0", 0.2), ("C0", 0.5)]
    ax.contourf(side, side, p, levels=[0, 0.1, 0.5, 0.9, 1], colors=shades)
    if p.min() < 0.5 < p.max():
        ax.contour(side, side, p, levels=[0.5], colors="black")
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
    draw_surface(right, diamond_network(size))
    right.legend(loc="upper right")
    plt.show()

# %% [markdown] lang="zh"
# 四个单元，没有训练，测试准确率就从基线的 `{python} f"{baseline:.3f}"` 升到 `{python} f"{by_hand:.3f}"`。折痕再多些，多边形会更圆。
#
# 其实我们刚才已经“训练”了一个参数：四个值都试一遍。参数有几十个就试不过来，得靠梯度。

# %% [markdown] lang="en"
# Four units and no training took the test accuracy from the baseline's `{python} f"{baseline:.3f}"` to `{python} f"{by_hand:.3f}"`. With more folds the polygon gets rounder.
#
# In fact we have just "trained" one parameter, by trying four values. With dozens of parameters trying is hopeless; that is what gradients are for.

# %% [markdown] lang="zh"
# ## 训练循环的五步
# 网络给出的概率是 $p = 1/(1+e^{-z})$。一个样本的损失是二元交叉熵（binary cross-entropy）：
#
# $$\ell = -\bigl[\,y\log p + (1-y)\log(1-p)\,\bigr]$$
#
# 答对又有把握，损失接近 0；错得越自信，罚得越重。训练要压低它的平均值。代码里的 `BCE`（写成层是 `nn.BCEWithLogitsLoss`）从 $z$ 算起，数值更稳，所以网络末尾**不加** sigmoid。
#
# 每个轮次（epoch）做五步：
#
# 1. `zero_grad`：清掉旧梯度，因为 `backward` 会往上**累加**。
# 2. `network(x)`：前向传播，一次算出所有点的 $z$。
# 3. `loss_fn`：把错得多厉害汇成一个数。
# 4. `backward`：反向传播，求出这个数对每个参数的梯度。
# 5. `step`：优化器（optimizer）让每个参数逆着梯度走一小步。
#
# 优化器用 Adam，它是梯度下降的一种，给每个参数单独调步长，第一步差不多就是学习率（learning rate）。初始权重都在 $\pm 1$ 之内，一步 0.05，几十步能走遍这个范围，又不会一步跨过头。

# %% [markdown] lang="en"
# ## The five steps of the training loop
# The network's probability is $p = 1/(1+e^{-z})$. The loss of one sample is the binary cross-entropy:
#
# $$\ell = -\bigl[\,y\log p + (1-y)\log(1-p)\,\bigr]$$
#
# Right and sure costs almost nothing; the surer a wrong answer, the more it costs. Training lowers its mean. `BCE` in the code (as a layer, `nn.BCEWithLogitsLoss`) starts from $z$ itself, which is numerically safer, so the network does **not** end in a sigmoid.
#
# Every epoch takes five steps:
#
# 1. `zero_grad`: clear the old gradients, because `backward` **adds** to them.
# 2. `network(x)`: the forward pass, $z$ for all points at once.
# 3. `loss_fn`: one number for how wrong they are.
# 4. `backward`: backpropagation, the gradient of that number for each parameter.
# 5. `step`: the optimizer moves each parameter a little against its gradient.
#
# The optimizer is Adam, a form of gradient descent that scales the step of each parameter by itself; the first step is about as large as the learning rate. The weights start within $\pm 1$, so steps of 0.05 can cross that range in a few dozen epochs without leaping over everything in one.


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
        optimizer.zero_grad()  # 1
        logits = network(x)  # 2
        loss = loss_fn(logits, y)  # 3
        loss.backward()  # 4
        optimizer.step()  # 5
        losses.append(loss.item())
    return losses


# %% [markdown] lang="zh" tags=["predict"]
# 下面用同一个循环训练两个模型：一条直线 `nn.Linear(2, 1)`，和一个有 16 个单元的网络。网络有多少个参数？训练之前损失大约是多少（提示：还没学的网络处处说 $p\approx\frac12$）？直线能胜过基线吗？

# %% [markdown] lang="en" tags=["predict"]
# Below, the same loop trains two models: a line, `nn.Linear(2, 1)`, and a network with 16 units. How many parameters does the network have? What is its loss before training? (Hint: a network that has learned nothing says $p\approx\frac12$ everywhere.) Will the line beat the baseline?

# %%
if __name__ == "__main__":
    line, network = nn.Linear(2, 1), build_network(2, 16, seed=0)
    for parameter in line.parameters():
        nn.init.zeros_(parameter)
    for model in (line, network):
        losses = train(model, adam(model.parameters()), x, y, epochs=300)
        score = accuracy(model, x_test, y_test)
        print(count_parameters(model), end=" ")
        print(f"{losses[0]:.3f} -> {losses[-1]:.3f}  {score:.3f}")

# %% tags=["plot"] alt_zh="左：直线整张图只有一种颜色，处处判为圆外。右：网络的边界几乎与真实的圆重合，答错的 `{python} len(wrong)` 个测试点用叉标出，都贴着圆。" alt_en="Left: the line's panel has a single colour, outside everywhere. Right: the network's boundary nearly covers the true circle; crosses mark its `{python} len(wrong)` wrong test points, all close to the circle."
if __name__ == "__main__":
    wrong = x_test[((network(x_test) > 0) != (y_test > 0.5))[:, 0]]
    fig, (left, right) = plt.subplots(1, 2, figsize=(7, 3.7), layout="constrained")
    draw_surface(left, line)
    draw_surface(right, network)
    right.plot(*wrong.T, "x", color="black", markersize=5, label="wrong")
    right.legend(loc="upper right")
    plt.show()

# %% [markdown] lang="zh"
# 每行依次是参数个数、损失从多少降到多少、测试准确率。
#
# 直线的准确率是 `{python} f"{accuracy(line, x_test, y_test):.3f}"`，正好是基线：最好的直线退到离中心 `{python} f"{(line.bias.abs() / line.weight.norm()).item():.1f}"` 公里的地方，对每个点都回答“没有信号”。
#
# 网络有 `{python} count_parameters(network)` 个参数：每个隐藏单元两个权重、一个偏置，输出层 16 个权重、一个偏置。损失从 $\ln 2$（`{python} f"{math.log(2):.4f}"`）附近开始；测试准确率是 `{python} f"{score:.3f}"`，2000 个点错 `{python} len(wrong)` 个，离真实的圆最远的也只有 `{python} f"{(wrong.norm(dim=1) - 1).abs().max().item():.2f}"` 公里。没人告诉它什么是距离，圆是它自己学来的。

# %% [markdown] lang="en"
# Each row shows the number of parameters, the loss from first to last, and the test accuracy.
#
# The line scores `{python} f"{accuracy(line, x_test, y_test):.3f}"`, exactly the baseline: the best line has retreated to `{python} f"{(line.bias.abs() / line.weight.norm()).item():.1f}"` km from the centre and answers "no signal" for every point.
#
# The network has `{python} count_parameters(network)` parameters: two weights and a bias for each hidden unit, 16 weights and a bias in the output layer. Its loss starts near $\ln 2$ (`{python} f"{math.log(2):.4f}"`). Its test accuracy is `{python} f"{score:.3f}"`: of 2000 points `{python} len(wrong)` are wrong, none farther than `{python} f"{(wrong.norm(dim=1) - 1).abs().max().item():.2f}"` km from the true circle. Nobody told it what a distance is; it found the circle by itself.

# %% [markdown] lang="zh"
# ## 换个种子还成吗
# 一次成功可能是运气。下面把许多网络叠在一起训练：每个参数前面多一维，第几片就是第几个网络，数据和初始权重各不相同。损失先在每个网络内取平均，再**相加**；一个网络的损失里没有别人的参数，所以和单独训练结果相同。

# %% [markdown] lang="en"
# ## Does another seed do as well?
# One success may be luck. So we stack many networks and train them side by side: each parameter gets one more dimension in front, one slice per network, and each network has data and initial weights of its own. The loss is averaged within each network, and the averages are **added**. No network's loss contains another's parameters, so the result is the same as training them one by one.


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
    rows = list(zip(*(network.parameters() for network in networks), strict=True))
    stacks = [torch.stack(row).detach().requires_grad_() for row in rows]
    w1, b1, w2, b2 = stacks
    optimizer, losses = make_optimizer(stacks), []
    for _ in range(epochs):
        optimizer.zero_grad()
        logits = F.relu(x @ w1.mT + b1[:, None]) @ w2.mT + b2[:, None]  # (S, n, 1)
        loss = loss_fn(logits, y, reduction="none").mean(dim=(1, 2))  # (S,)
        loss.sum().backward()
        optimizer.step()
        losses.append(loss.detach())
    for row, stack in zip(rows, stacks, strict=True):
        for parameter, value in zip(row, stack, strict=True):
            parameter.data.copy_(value)
    return torch.stack(losses)


def stack_data(make, seeds) -> tuple[Tensor, Tensor]:
    """Stack what ``make(seed)`` returns (堆叠数据): (S, n, features) and (S, n, 1)."""
    x, y = zip(*map(make, seeds), strict=True)
    return torch.stack(x), torch.stack(y)


# %% tags=["check"]
if __name__ == "__main__":
    xs, ys = stack_data(lambda seed: make_circle(500, seed), range(20))
    many = [build_network(2, 16, seed) for seed in range(20)]
    ours = train_many(many, adam, xs, ys, epochs=300)
    x_fresh, y_fresh = make_circle(2000, seed=1000)
    scores = sorted(accuracy(each, x_fresh, y_fresh) for each in many)
    print(f"{scores[0]:.3f} .. {scores[-1]:.3f}")
    print(f"{losses[-1]:.4f} {ours[-1, 0]:.4f}")

# %% [markdown] lang="zh" tags=["check"]
# 20 个种子在新点上的准确率，最低 `{python} f"{scores[0]:.3f}"`，最高 `{python} f"{scores[-1]:.3f}"`。最差的也远高于基线，所以不是运气。第一个种子就是前面那个网络：单独训练的最后损失 `{python} f"{losses[-1]:.4f}"`，叠着训练的 `{python} f"{ours[-1, 0]:.4f}"`。

# %% [markdown] lang="en" tags=["check"]
# Accuracy on fresh points over 20 seeds: lowest `{python} f"{scores[0]:.3f}"`, highest `{python} f"{scores[-1]:.3f}"`. Even the worst is far above the baseline, so it was not luck. The first seed is the network from before: its last loss was `{python} f"{losses[-1]:.4f}"` when trained alone and is `{python} f"{ours[-1, 0]:.4f}"` in the stack.

# %% [markdown] lang="zh" tags=["bug"]
# **跑不出来的损失**。一份流传的教程解同一个题：100 个点、4 个单元、随机梯度下降（SGD，学习率 0.1）、100 轮，印出第 10、20、100 轮的损失 0.5247、0.3142、0.0957。照它的设置跑 200 个种子：

# %% [markdown] lang="en" tags=["bug"]
# **Losses that no run gives.** A common tutorial solves this problem with 100 points, 4 units and 100 epochs of stochastic gradient descent (SGD, learning rate 0.1), and prints the losses 0.5247, 0.3142 and 0.0957 for epochs 10, 20 and 100. Here are its settings with 200 seeds:

# %% tags=["bug"]
CLAIMED = {10: 0.5247, 20: 0.3142, 100: 0.0957}  # epoch: loss

if __name__ == "__main__":
    data = stack_data(lambda seed: make_circle(100, seed), range(200))
    small = [build_network(2, 4, seed) for seed in range(200)]
    theirs = train_many(small, partial(torch.optim.SGD, lr=0.1), *data, epochs=100)
    for epoch, claim in CLAIMED.items():
        at = theirs[epoch - 1]
        reached = (at <= claim).sum()
        print(f"{epoch:3}: {at.min():.3f} .. {at.max():.3f}  {reached}/200 <= {claim}")

# %% tags=["bug"] alt_zh="两条损失带，纵轴取对数。教程的设置到第 100 轮仍在 `{python} f'{theirs[-1].min():.2f}'` 到 `{python} f'{theirs[-1].max():.2f}'` 之间，三个声称的值全在带子下方；我们的设置在第 300 轮不超过 `{python} f'{ours[-1].max():.3f}'`。" alt_en="Two bands of losses on a logarithmic axis. At epoch 100 the tutorial's settings are still between `{python} f'{theirs[-1].min():.2f}'` and `{python} f'{theirs[-1].max():.2f}'`, and all three claimed values lie below the band; our settings are at most `{python} f'{ours[-1].max():.3f}'` at epoch 300."
if __name__ == "__main__":
    fig, ax = plt.subplots()
    bands = {"Adam, 16 units": ours, "SGD, 4 units": theirs}
    for (name, band), style in zip(bands.items(), ("-", "--"), strict=True):
        epochs = range(1, len(band) + 1)
        ax.plot(epochs, band.median(dim=1).values, style, label=name)
        ax.fill_between(epochs, band.amin(dim=1), band.amax(dim=1), alpha=0.3)
    claims = list(CLAIMED.values())
    ax.plot(list(CLAIMED), claims, "x", color="black", ms=9, mew=2, label="claimed")
    ax.set(xlabel="epoch", ylabel="loss", yscale="log")
    ax.legend()
    plt.show()

# %% [markdown] lang="zh" tags=["bug"]
# 线是中位数，带子从最小到最大。三个声称的值，没有一个种子达到；第 100 轮最小的损失是 `{python} f"{theirs[-1].min():.3f}"`。梯度小，每步只走它的 0.1 倍，100 步才刚起步。印出来的数字要能重跑。

# %% [markdown] lang="en" tags=["bug"]
# Lines are medians; bands run from the smallest to the largest. Not one seed reaches any of the three claimed values; the smallest loss at epoch 100 is `{python} f"{theirs[-1].min():.3f}"`. The gradients are small here, each step is 0.1 times the gradient, and after 100 of them training has barely begun. A printed number should be one that can be run again.

# %% [markdown] lang="zh"
# 设置要紧，损失函数也要紧。

# %% [markdown] lang="en"
# The settings matter, and so does the loss.

# %% [markdown] lang="zh" tags=["bug"]
# **sigmoid 之后接均方误差**，也是教程里常见的写法。错得很自信时（$z=-10$，而 $y=1$），sigmoid 是平的，均方误差几乎没有梯度。设想报告把“有”和“没有”全弄反了，上面的 20 个网络已经照着学会；现在改正标签，再练 300 轮。

# %% [markdown] lang="en" tags=["bug"]
# **Mean squared error after a sigmoid** is another habit of tutorials. Where the network is wrong and sure ($z=-10$ while $y=1$) the sigmoid is flat, and the squared error has almost no gradient. Suppose yes and no were swapped in all reports, and the 20 networks above have learned them that way. Now the labels are corrected and training goes on for 300 epochs.


# %% tags=["bug"]
def mse_after_sigmoid(logits: Tensor, y: Tensor, reduction: str = "mean") -> Tensor:
    """Squared error of the probability (概率的均方误差); both are (..., n, 1)."""
    check_data(logits, y)
    return F.mse_loss(logits.sigmoid(), y, reduction=reduction)


if __name__ == "__main__":
    untrained, recovered = [build_network(2, 16, seed) for seed in range(20)], []
    for loss_fn in (BCE, mse_after_sigmoid):
        z = torch.tensor([[-10.0]], requires_grad=True)
        loss_fn(z, torch.ones(1, 1)).backward()
        for start in (untrained, many):
            again = copy.deepcopy(start)
            corrected = 1 - ys[:, :100]
            train_many(again, adam, xs[:, :100], corrected, 300, loss_fn)
            scores = [accuracy(each, x_fresh, 1 - y_fresh) for each in again]
            recovered.append(sum(score > 0.9 for score in scores))
        print(f"{z.grad.item():8.1e}  {recovered[-2]}/20  {recovered[-1]}/20")

# %% [markdown] lang="zh" tags=["bug"]
# 上一行是交叉熵，下一行是均方误差。第一列是 $z=-10$ 处的梯度，后两列是准确率超过 0.9 的网络数。从随机权重出发（第二列），两种损失都行，毛病被盖住了；学反了再改（第三列），交叉熵救回 `{python} recovered[1]` 个，均方误差救回 `{python} recovered[3]` 个。

# %% [markdown] lang="en" tags=["bug"]
# The upper row is cross-entropy, the lower one squared error. The first column is the gradient at $z=-10$, the other two count networks that pass an accuracy of 0.9. From random weights (second column) either loss will do, which hides the fault. From labels learned the wrong way round (third column) cross-entropy brings back `{python} recovered[1]` networks, the squared error `{python} recovered[3]`.

# %% [markdown] lang="zh"
# ## 学会了，还是背下来了
# 有的入门程序连规律都没有：10 个样本，每个 10 个特征，标签与特征毫无关系，像**掷硬币**定的；网络有 5 个单元，练完就拿训练样本上的输出当结果。另取一个有规律的题目作对照：10 个特征之和大于 0，标签就是 1。

# %% [markdown] lang="en"
# ## Learned, or memorised?
# Some first programs have no rule to learn at all: 10 samples of 10 features, with labels that have nothing to do with them, as if a **coin** had been tossed. A network with 5 units is trained, and its output on the training samples is shown as the result. Compare a problem that has a rule: the label is 1 where the sum of the 10 features is above 0.


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
    """Accuracy of 10-5-1 networks on their training and on 1000 fresh samples (泛化).

    ``n`` training samples, ``coin`` as in :func:`make_ten`; returns (S,) and (S,).
    """
    x, y = stack_data(lambda seed: make_ten(n, seed, coin), seeds)
    networks = [build_network(10, 5, seed) for seed in seeds]
    train_many(networks, adam, x, y, epochs=100)
    seen = [accuracy(*each) for each in zip(networks, x, y, strict=True)]
    fresh_data = (make_ten(1000, 1000 + seed, coin) for seed in seeds)
    fresh = [accuracy(n, *d) for n, d in zip(networks, fresh_data, strict=True)]
    return torch.tensor(seen), torch.tensor(fresh)


# %% [markdown] lang="zh" tags=["predict"]
# 标签是掷硬币时，网络在训练样本上能答对多少？在 1000 个新样本上呢？训练样本从 10 个加到 300 个，两个准确率各往哪边走？

# %% [markdown] lang="en" tags=["predict"]
# With coin-flip labels, how many training samples can the network get right? How many of 1000 fresh ones? When the training samples grow from 10 to 300, which way does each accuracy move?

# %%
if __name__ == "__main__":
    sizes = (10, 30, 100, 300)
    coins, rule = (
        torch.stack(
            [torch.stack(seen_and_fresh(n, coin)).median(dim=1).values for n in sizes]
        )
        for coin in (True, False)
    )

# %% tags=["plot"] alt_zh="横轴是训练样本数，取对数；点是 20 个种子的中位数。左图标签是掷硬币：训练准确率从 `{python} f'{coins[0, 0]:.2f}'` 降到 `{python} f'{coins[-1, 0]:.2f}'`，新样本始终在 0.5 附近。右图有规律：训练准确率一直接近 1，新样本从 `{python} f'{rule[0, 1]:.2f}'` 升到 `{python} f'{rule[-1, 1]:.2f}'`。" alt_en="Training samples on a logarithmic axis; markers are medians of 20 seeds. Left, coin flips: training accuracy falls from `{python} f'{coins[0, 0]:.2f}'` to `{python} f'{coins[-1, 0]:.2f}'`, fresh samples stay near 0.5. Right, a rule: training accuracy stays near 1, fresh samples rise from `{python} f'{rule[0, 1]:.2f}'` to `{python} f'{rule[-1, 1]:.2f}'`."
if __name__ == "__main__":
    fig, axes = plt.subplots(1, 2, figsize=(7, 3.4), sharey=True)
    for ax, curve, title in ((axes[0], coins, "coin flips"), (axes[1], rule, "a rule")):
        ax.semilogx(sizes, curve[:, 0], "o-", label="training samples")
        ax.semilogx(sizes, curve[:, 1], "s--", label="fresh samples")
        ax.set(xlabel="number of training samples", title=title)
        ax.set_xticks(sizes, sizes)
    axes[0].set_ylabel("accuracy")
    axes[1].legend(loc="lower right")
    plt.show()

# %% [markdown] lang="zh"
# 左图：样本少，网络能把硬币**背下来**；样本一多就背不动。在新样本上它始终在猜：标签与特征无关，任何网络的期望准确率都是一半。右图：有规律可学，样本越多，新样本答得越好，这叫**泛化**（generalization）。只看训练准确率，两图最左边的点一模一样，分不出背诵和学习。

# %% [markdown] lang="en"
# Left: with few samples the network **memorises** the coins; with more it cannot keep up. On fresh samples it is guessing throughout: where labels have nothing to do with features, the expected accuracy of any network is one half. Right: where there is a rule, more samples make for better answers on fresh ones. This is **generalization**. By training accuracy alone, the leftmost points of both panels are the same: you cannot tell memorising from learning.

# %% [markdown] lang="zh" tags=["bug"]
# **用训练过的点来测试**。10 枚硬币，200 个种子：第一行照教程的设置（均方误差，SGD，学习率 0.01，50 轮），第二行用本页的训练。

# %% [markdown] lang="en" tags=["bug"]
# **Testing on the training points.** 10 coins, 200 seeds: the first row with the tutorial's settings (squared error, SGD, learning rate 0.01, 50 epochs), the second trained as on this page.

# %% tags=["bug"]
if __name__ == "__main__":
    flips = stack_data(lambda seed: make_ten(10, seed, coin=True), range(200))
    ten = [build_network(10, 5, seed) for seed in range(200)]
    sgd = partial(torch.optim.SGD, lr=0.01)
    slow = train_many(ten, sgd, *flips, 50, mse_after_sigmoid)
    seen, fresh = seen_and_fresh(10, True, range(200))
    print(f"{slow[0].median():.3f} -> {slow[-1].median():.3f}")
    print(f"{(seen == 1).sum()}/200  {fresh.min():.3f} .. {fresh.max():.3f}")

# %% [markdown] lang="zh" tags=["bug"]
# 照原样，损失的中位数从 `{python} f"{slow[0].median().item():.3f}"` 挪到 `{python} f"{slow[-1].median().item():.3f}"`，几乎没动。好好训练，200 个网络中 `{python} int((seen == 1).sum())` 个在训练点上全对；换成新样本，最好的也只有 `{python} f"{fresh.max().item():.3f}"`。拿训练点当测试，满分什么也证明不了。

# %% [markdown] lang="en" tags=["bug"]
# As printed, the median loss moves from `{python} f"{slow[0].median().item():.3f}"` to `{python} f"{slow[-1].median().item():.3f}"`, hardly at all. Trained properly, `{python} int((seen == 1).sum())` of 200 networks are right on every training point; on fresh samples the best of them has `{python} f"{fresh.max().item():.3f}"`. Tested on training points, a perfect score proves nothing.

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
    """Parameters of a network with one hidden layer and one output (按公式数参数)."""
    check_counts(n_in=n_in, hidden=hidden)
    return (n_in + 1) * hidden + (hidden + 1)  # + 1: a bias for each unit


if __name__ == "__main__":
    print(count_by_formula(2, 16), count_parameters(network))
    print(count_by_formula(10, 5), count_parameters(ten[0]))

# %% [markdown] lang="zh" tags=["exercise"]
# 把特征换成 $x_1^2$ 和 $x_2^2$，再训练那条“直线”。它还输给网络吗？由学到的权重算出圆的半径。什么时候才需要隐藏层？

# %% [markdown] lang="en" tags=["exercise"]
# Give the "line" the features $x_1^2$ and $x_2^2$ and train it again. Does it still lose to the network? Work out the circle's radius from the weights it learned. When do you need a hidden layer?


# %% tags=["solution"]
def learned_radius(line: nn.Linear) -> float:
    """Radius (半径), in km, of the circle where ``w (x1^2 + x2^2) + b = 0``.

    ``w`` is the mean of the line's two weights. Raises ``ValueError`` without a circle.
    """
    squared = (-line.bias / line.weight.mean()).item()
    if not 0 < squared < math.inf:
        raise ValueError(f"no circle with weights {line.weight} and bias {line.bias}")
    return math.sqrt(squared)


if __name__ == "__main__":
    train(line, adam(line.parameters()), x.square(), y, epochs=300)
    score = accuracy(line, x_test.square(), y_test)
    print(f"{score:.3f}  {learned_radius(line):.3f} km")

# %% [markdown] lang="zh" tags=["solution"]
# 三个参数就不输给网络，半径也接近真实的 1 公里。知道该用什么特征，就不需要隐藏层；不知道时，隐藏层把特征学出来。

# %% [markdown] lang="en" tags=["solution"]
# With three parameters it does no worse than the network, and its radius is close to the true 1 km. If you know the right features, you need no hidden layer. If you do not, a hidden layer learns them.

# %% [markdown] lang="zh"
# ## 小结
# - 每个 ReLU 单元给平面加一道折痕，几道折痕围得出直线围不出的区域。
# - 训练循环五步：清梯度、前向、损失、反向、更新。
# - 输出层给 $z$，损失从 $z$ 算，末尾不加 sigmoid。
# - 用没见过的点打分，与基线比，换种子再看。
#
# 多少个单元才够？下一课：[决策边界](decision_boundaries.py)。换宽度（width），换激活函数，看边界怎么变。

# %% [markdown] lang="en"
# ## Recap
# - Each ReLU unit adds a fold to the plane; a few folds enclose what no line can.
# - The training loop is five steps: clear gradients, forward, loss, backward, update.
# - The output layer gives $z$, the loss starts from $z$, and no sigmoid comes last.
# - Score on points never seen, compare with the baseline, and look again with other seeds.
#
# How many units are enough? Next: [decision boundaries](decision_boundaries.py), where the width and the activation function change, and the boundary with them.
