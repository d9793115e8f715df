# %% [markdown] lang="zh"
# # softmax 回归
# 分拣机拍下信封上的六位邮政编码（图在下一节）。前五位好认，最后一位是几？机器不但要答，还得说有多大把握，
# 没把握的信才好交给人看。
#
# [逻辑回归](logistic_regression.py) 回答“是不是”；这里有十个答案，只有一个对。
#
# 学完这一页，你能：
#
# - 把十个得分变成加起来等于 1 的十个概率；
# - 亲手写出损失和梯度，训练一个认数字的模型；
# - 看出模型学到了什么，常把哪个数字认成哪个；
# - 认出三个常见错误，它们往往不报错。
#
# 下面折叠的代码导入要用的库，并检查输入，初读可以跳过。

# %% [markdown] lang="en"
# # Softmax regression
# A sorting machine photographs the six-digit postcode on an envelope (pictured in the next section). The first five
# digits are easy. What is the last? The machine has to answer, and also to say how sure it is, so that doubtful letters can
# go to a person.
#
# [Logistic regression](logistic_regression.py) answers yes or no. Here there are ten answers, and one is right.
#
# After this page you can
#
# - turn ten scores into ten probabilities that add up to 1;
# - write the loss and its gradient yourself, and train a model that reads digits;
# - see what the model has learned, and which digits it confuses;
# - spot three common mistakes, which often raise no error.
#
# The folded code below imports what we need and checks inputs; skip it at first reading.

# %% tags=["setup"]
import math
import textwrap
from collections.abc import Callable, Sequence

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits, load_iris
from torch import Tensor


def check_scores(z: Tensor) -> None:
    """Refuse all but finite floats with classes on the last axis (检查得分)."""
    if not isinstance(z, Tensor) or not z.is_floating_point():
        found = getattr(z, "dtype", type(z).__name__)
        raise TypeError(f"scores must be a float tensor, got {found}")
    if z.ndim == 0 or z.numel() == 0:
        raise ValueError(f"scores must have shape (..., k), got {tuple(z.shape)}")
    if not z.isfinite().all():
        raise ValueError("scores contain NaN or infinity")


def check_labels(labels: Tensor, shape: Sequence[int], classes: int) -> None:
    """Refuse all but int64 class numbers 0 ... classes - 1 (检查标签)."""
    if not isinstance(labels, Tensor) or labels.dtype != torch.int64:
        found = getattr(labels, "dtype", type(labels).__name__)
        raise TypeError(f"labels must be int64 class numbers, got {found}")
    if labels.shape != torch.Size(shape) or labels.numel() == 0:
        found = f"{tuple(labels.shape)}"
        raise ValueError(f"labels must have shape {tuple(shape)}, got {found}")
    low, high = labels.aminmax()
    if low < 0 or high >= classes:
        wanted = f"0 to {classes - 1}"
        raise ValueError(f"labels must be {wanted}, got {low} to {high}")


def check_images(x: Tensor) -> None:
    """Refuse all but finite floats of shape (..., n, d) (检查特征)."""
    if not isinstance(x, Tensor) or not x.is_floating_point():
        found = getattr(x, "dtype", type(x).__name__)
        raise TypeError(f"x must be a float tensor, got {found}")
    if x.ndim < 2 or x.numel() == 0 or not x.isfinite().all():
        raise ValueError(f"x must be finite, (..., n, d), got {tuple(x.shape)}")


def check_run(lr: float, steps: int, l2: float) -> None:
    """Refuse senseless settings of a training (检查训练的设置)."""
    if not (0 < lr < math.inf and 0 <= l2 < math.inf):
        raise ValueError(f"need lr > 0 and l2 >= 0, got {lr} and {l2}")
    if not isinstance(steps, int) or steps < 1:
        raise ValueError(f"steps must be a positive integer, got {steps}")


# %% [markdown] lang="zh"
# ## 数据：一张图是 64 个数
# scikit-learn 的 `load_digits` 有近一千八百张手写数字，每张 8 × 8 个**像素**（pixel），
# 每个像素的墨量是 0 到 16。除以 16，就在 0 与 1 之间；排成一行，一张图就是 64 个特征。标签是 0 到 9 的**类别编号**。
#
# 分数要在没见过的图上量，所以留出 540 张只用来打分，叫**测试集**；其余用来训练，叫**训练集**。
# 留哪些靠抽签，运气有好有坏，我们换 10 个种子抽 10 次，得到 10 种分法。
# `torch.randperm(n)` 把 0 到 $n-1$ 打乱，排在最后的 540 个就是测试集的行号。

# %% [markdown] lang="en"
# ## Data: an image is 64 numbers
# The `load_digits` of scikit-learn has almost eighteen hundred handwritten digits of 8 × 8 **pixels**; the ink in a
# pixel goes from 0 to 16. Divided by 16 it lies between 0 and 1, and laid out in one row an image is 64 features. The label
# is the **class number**, 0 to 9.
#
# A score counts only on images the model has not seen. So we hold out 540 for scoring, the **test set**; the rest, the
# **training set**, are for training. Which ones is decided by lot, and luck varies: we draw 10 times, with 10 seeds, and get
# 10 ways to split, 10 splits. `torch.randperm(n)` shuffles 0 to $n-1$; the last 540 are the rows of the test set.

# %%
ENVELOPE = (1367, 1365, 140, 526, 933, 1384)  # images that make up our postcode


def hold_out(n: int, held_out: int, seeds: Sequence[int]) -> tuple[Tensor, Tensor]:
    """Random splits, one a seed (留出法): row numbers to train on and to test on.

    Shapes (seeds, n - held_out) and (seeds, held_out). ``ValueError`` unless
    0 < held_out < n and there is a seed.
    """
    if not 0 < held_out < n or len(seeds) == 0:
        found = f"{held_out} of {n}, {len(seeds)} seeds"
        raise ValueError(f"need 0 < held_out < n and a seed, got {found}")
    orders = [
        torch.randperm(n, generator=torch.Generator().manual_seed(s)) for s in seeds
    ]
    rows = torch.stack(orders)
    return rows[:, : n - held_out], rows[:, n - held_out :]


if __name__ == "__main__":
    digits = load_digits()
    images = torch.tensor(digits.images, dtype=torch.float32).reshape(-1, 64) / 16
    labels = torch.tensor(digits.target)
    train_rows, test_rows = hold_out(len(images), 540, seeds=range(10))
    print(tuple(images.shape), labels.dtype, tuple(train_rows.shape))

# %% tags=["plot"] alt_zh="六张手写数字排成一行，前五张是 1、0、0、0、8，最后一张有一个封闭的圈，既像 4，又像 6。" alt_en="Six handwritten digits in a row. The first five are 1, 0, 0, 0, 8; the last has a closed loop and looks like a 4 and like a 6."
if __name__ == "__main__":
    fig, ax = plt.subplots(figsize=(5.2, 1.2))
    for i, row in enumerate(ENVELOPE):
        box = (9 * i, 9 * i + 8, 0, 8)  # left, right, bottom, top
        picture = images[row].reshape(8, 8).numpy()
        ax.imshow(picture, cmap="gray_r", extent=box, interpolation="none")
    ax.set(xlim=(-0.5, 53.5), ylim=(-0.5, 8.5))
    ax.axis("off")
    plt.show()

# %% [markdown] lang="zh"
# 打印的是全部图像的形状（`{python} len(images)` 张）、标签的数据类型，以及训练集行号的形状：10 种分法，
# 各 `{python} train_rows.shape[1]` 张。上面六张都取自第 0 种分法的测试集，最后一张特意挑了难认的：你会说是几？
#
# ## 十个得分，十个概率
# 每个数字各有一套权重，各算一个得分。图像 $x$ 是 64 个数的一行，$W$ 是 64 行 10 列的权重，$b$ 是 10 个偏置：
#
# $$z = xW + b, \qquad p_j = \frac{e^{z_j}}{\sum_i e^{z_i}}$$
#
# $z_j$ 是数字 $j$ 的得分，也叫 **logit**；$p_j$ 是模型给它的概率；$i$ 走遍 0 到 9。右式叫 **softmax**：取指数，
# 让得分都变成正数；除以总和，让它们加起来等于 1。得分比别人高 1，概率就是别人的 $e$ 倍，约
# `{python} f"{math.e:.2f}"` 倍。
#
# 麻烦在于，得分一过 `{python} f"{math.log(torch.finfo(torch.float32).max):.1f}"`，float32 的指数就溢出成无穷大。
# 好在所有得分都加上 $c$，分子分母各多一个 $e^c$，正好约掉：softmax 只看得分之差。于是先减去最大的得分，指数就不超过 1。
# `dim` 说沿哪条轴做，-1 是最后一条，即类别那条。

# %% [markdown] lang="en"
# Printed are the shape of all images (`{python} len(images)` of them), the data type of the labels, and the
# shape of the training rows: 10 splits of `{python} train_rows.shape[1]` each. All six images come from the test set of split 0,
# and the last was picked because it is hard: what do you say?
#
# ## Ten scores, ten probabilities
# Each digit gets a score of its own, from weights of its own. The image $x$ is one row of 64 numbers, $W$ holds weights in
# 64 rows and 10 columns, $b$ holds 10 biases:
#
# $$z = xW + b, \qquad p_j = \frac{e^{z_j}}{\sum_i e^{z_i}}$$
#
# $z_j$ is the score of digit $j$, also called **logit**, $p_j$ the probability that the model gives it, and $i$ runs over 0
# to 9. The formula on the right is **softmax**: the exponential makes every score positive, and dividing by the sum makes
# them add up to 1. If one score is higher than another by 1, its probability is $e$ times the other's, about
# `{python} f"{math.e:.2f}"` times.
#
# There is a snag: above a score of `{python} f"{math.log(torch.finfo(torch.float32).max):.1f}"` the exponential overflows
# float32 to infinity. But add $c$ to every score, and top and bottom both gain a factor $e^c$, which cancels:
# softmax sees only differences. So we subtract the largest score first, and no exponential exceeds 1. `dim` says
# along which axis; -1 is the last, that of the classes.


# %%
def softmax(z: Tensor, dim: int = -1) -> Tensor:
    """Probabilities from scores along ``dim`` (softmax), in the shape of ``z``.

    Finite floats only. Source: Goodfellow et al., *Deep Learning* (2016), 4.1.
    """
    check_scores(z)
    top = z.amax(dim, keepdim=True)  # the maximum; the axis stays, with length 1
    e = torch.exp(z - top)
    return e / e.sum(dim, keepdim=True)


if __name__ == "__main__":
    z = torch.tensor([2.0, 1.0, -1.0])
    print("scores     ", z)
    print("softmax    ", softmax(z))
    print("plus 1000  ", softmax(z + 1000))
    print("directly   ", (z + 1000).exp() / (z + 1000).exp().sum())

# %% [markdown] lang="zh"
# 加 1000，概率一点没变。最后一行照公式直接算，却得到 `nan`：分子分母都溢出，无穷除以无穷没有结果。
#
# ## 损失：对真类别有多意外
# 和逻辑回归一样，损失是**真类别** $y$ 的概率取负对数，即**交叉熵**（cross-entropy），单位还是奈特（nat）：
#
# $$\ell = -\ln p_y = \ln\sum_i e^{z_i} - z_y$$
#
# 概率为 1，损失为 0；概率越小，越意外，损失越大。商的对数等于对数相减，所以右边不经过概率，直接从得分算。
# `gather` 按编号从每行取一个得分；编号要排成一列（`unsqueeze`），取完再去掉多出的轴（`squeeze`）。

# %% [markdown] lang="en"
# Adding 1000 changes no probability. The last line, computed directly from the formula, is `nan`: top and bottom overflow,
# and infinity over infinity has no value.
#
# ## The loss: how surprising is the true class?
# As in logistic regression, the loss is minus the logarithm of the probability of the **true class** $y$, the
# **cross-entropy**, and its unit is the nat:
#
# $$\ell = -\ln p_y = \ln\sum_i e^{z_i} - z_y$$
#
# Probability 1 costs 0; the smaller the probability, the greater the surprise and the loss. The logarithm of a
# quotient is the difference of the logarithms, so the right-hand side needs no probability and works directly on the scores.
# `gather` picks one score from each row by number; it wants the numbers in a column (`unsqueeze`), and the extra axis is taken
# away afterwards (`squeeze`).


# %%
def cross_entropy(z: Tensor, labels: Tensor) -> Tensor:
    """Mean cross-entropy from scores, in nats (交叉熵): one for each run.

    Scores (..., n, k), int64 class numbers (..., n); returns shape (...).
    Source: Murphy, *Probabilistic Machine Learning* (2022), section 10.3.
    """
    check_scores(z)
    check_labels(labels, z.shape[:-1], z.shape[-1])
    z = z - z.amax(-1, keepdim=True)
    true = z.gather(-1, labels.unsqueeze(-1)).squeeze(-1)
    return (z.exp().sum(-1).log() - true).mean(-1)


if __name__ == "__main__":
    z = torch.tensor([[2.0, 1.0, -1.0]])  # one sample, three classes
    for y in range(3):
        print(f"true class {y}: {cross_entropy(z, torch.tensor([y])):.4f}")

# %% [markdown] lang="zh"
# 真类别的得分每低 1，损失就高 1。
#
# ## 梯度：概率减去独热
# 训练时靠自动求导，亲手推一遍是为了看清梯度往哪里推。$\ln\sum_i e^{z_i}$ 对 $z_j$ 求导，得
# $e^{z_j}/\sum_i e^{z_i}$，也就是 $p_j$；$-z_y$ 只在 $j=y$ 时再给一个 $-1$。所以对 $n$ 个样本的平均损失 $L$：
#
# $$\frac{\partial L}{\partial z} = \frac{p - h}{n}$$
#
# $h$ 是标签的**独热编码**（one-hot）：真类别那格是 1，其余是 0。代码拿一列标签与一行编号比，由广播得到它。

# %% [markdown] lang="en"
# For each point that the true class's score is lower, the loss is higher by 1.
#
# ## The gradient: probability minus one-hot
# In training, autograd finds the gradient; we derive it to see where it pushes. The derivative of
# $\ln\sum_i e^{z_i}$ with respect to $z_j$ is $e^{z_j}/\sum_i e^{z_i}$, which is $p_j$; $-z_y$ adds $-1$, but only where $j=y$.
# So for the mean loss $L$ of $n$ samples:
#
# $$\frac{\partial L}{\partial z} = \frac{p - h}{n}$$
#
# $h$ is the **one-hot encoding** of the label: 1 in the cell of the true class, 0 elsewhere. The code compares a column of
# labels with a row of class numbers, and broadcasting does the rest.


# %%
def cross_entropy_grad(z: Tensor, labels: Tensor) -> Tensor:
    """Gradient of ``cross_entropy`` by the scores (对得分的梯度), (..., n, k)."""
    check_scores(z)
    check_labels(labels, z.shape[:-1], z.shape[-1])
    one_hot = (labels.unsqueeze(-1) == torch.arange(z.shape[-1])).to(z.dtype)
    return (softmax(z) - one_hot) / z.shape[-2]


if __name__ == "__main__":
    print(cross_entropy_grad(z, torch.tensor([1])))  # true class: 1

# %% [markdown] lang="zh"
# 梯度下降要**减去**梯度：真类别那格是负的，得分被推高；其余被压低，概率越大的错答压得越重。三个数加起来等于 0。

# %% [markdown] lang="en"
# Gradient descent **subtracts** the gradient: the true class's cell is negative, so its score is pushed up; the others go
# down, and the wrong answer with the larger probability goes down harder. The three numbers add up to 0.

# %% [markdown] lang="zh" tags=["check"]
# 用 float64 随机生成 7 个样本、10 类的得分，与 PyTorch 的 `F.softmax`、`F.cross_entropy`（`F` 是 `torch.nn.functional`）
# 和自动求导比，看最大的差是否小于 1e-12：

# %% [markdown] lang="en" tags=["check"]
# For random float64 scores of 7 samples and 10 classes, compare with PyTorch's `F.softmax`, `F.cross_entropy` (`F` is
# `torch.nn.functional`) and autograd, and see whether the largest difference is below 1e-12:

# %% tags=["check"]
if __name__ == "__main__":
    rng = torch.Generator().manual_seed(0)
    z = torch.randn(7, 10, generator=rng, dtype=torch.float64, requires_grad=True)
    theirs = F.cross_entropy(z, labels[:7])
    theirs.backward()
    gaps = {
        "softmax": softmax(z) - F.softmax(z, dim=-1),
        "loss": cross_entropy(z, labels[:7]) - theirs,
        "gradient": cross_entropy_grad(z.detach(), labels[:7]) - z.grad,
    }
    for name, gap in gaps.items():
        print(f"{name} below 1e-12: {gap.abs().max().item() < 1e-12}")

# %% [markdown] lang="zh"
# ## 训练
# 10 种分法叠成一批，`x` 的形状是（分法，图像，像素），一次训练 10 个互不相干的模型。
# 损失没有假的谷底（是凸的），从哪里出发都行，参数就从 0 开始。`l2` 是 L2 正则化的 $\lambda$：给损失加上权重平方和的
# $\frac{\lambda}{2}$ 倍，免得全部分对之后权重还一直长。我们取 0.001，罚得很轻。

# %% [markdown] lang="en"
# ## Training
# The 10 splits are stacked into one batch: `x` has the shape (splits, images, pixels), and 10 models that know nothing of
# each other train at once. The loss has no false bottom (it is convex), so any start will do, and the parameters start at 0.
# `l2` is the $\lambda$ of L2 regularization: it adds $\frac{\lambda}{2}$ times the sum of squared weights to the loss, lest the
# weights grow for ever once all training images can be told apart. We take 0.001, a light penalty.


# %%
def fit_softmax(
    x: Tensor,
    labels: Tensor,
    classes: int,
    lr: float,
    steps: int,
    l2: float = 0.0,
    loss_fn: Callable[[Tensor, Tensor], Tensor] = cross_entropy,
) -> tuple[Tensor, Tensor, Tensor]:
    """Softmax regression by full-batch gradient descent (全批量梯度下降).

    ``x`` (..., n, d), int64 ``labels`` (..., n); leading axes are separate runs.
    Minimizes ``loss_fn`` + ``l2`` / 2 * sum of squared weights. Returns ``w``
    (..., d, classes), ``b`` (..., 1, classes) and ``loss_fn`` before each update
    (steps, ...). Source: Bishop, *PRML* (2006), section 4.3.4.
    """
    check_images(x)
    check_labels(labels, x.shape[:-1], classes)
    check_run(lr, steps, l2)
    *runs, _, d = x.shape  # runs: the axes before the last two
    w = x.new_zeros(*runs, d, classes, requires_grad=True)  # of x's dtype
    b = x.new_zeros(*runs, 1, classes, requires_grad=True)
    losses = []
    for _ in range(steps):
        loss = loss_fn(x @ w + b, labels)
        penalty = l2 / 2 * w.square().sum(dim=(-2, -1))
        (loss + penalty).sum().backward()  # a run's loss moves its own w and b only
        with torch.no_grad():
            for p in (w, b):
                p -= lr * p.grad
                p.grad = None
        losses.append(loss.detach())
    return w.detach(), b.detach(), torch.stack(losses)


def safe_lr(x: Tensor, l2: float = 0.0) -> float:
    """A rate below which training must converge (安全的学习率), for x (n, d)."""
    check_images(x)
    check_run(1.0, 1, l2)
    if x.ndim != 2:
        raise ValueError(f"x must have shape (n, d), got {tuple(x.shape)}")
    design = torch.cat([x, torch.ones_like(x[:, :1])], dim=1)  # ones for the bias
    largest = torch.linalg.eigvalsh(design.T @ design / len(x))[-1].item()
    return 2 / (largest / 2 + l2)


def accuracy(z: Tensor, labels: Tensor) -> Tensor:
    """Share of rows whose highest score is the label's (准确率), one a run."""
    check_scores(z)
    check_labels(labels, z.shape[:-1], z.shape[-1])
    return (z.argmax(dim=-1) == labels).float().mean(-1)


# %% [markdown] lang="zh"
# 学习率多大才安全？[梯度下降](../ch02_autograd/gradient_descent.py) 要求它小于 2 除以最大的曲率。softmax 损失对得分的曲率最多
# $\frac12$（不证了）；换成对权重，还要乘上一个随特征变大的数，`safe_lr` 用 `eigvalsh` 求它，细节可以略过。
# `accuracy` 里的 `argmax` 给出得分最高的类别编号。先看原样的像素，再看减去训练集平均图像之后的。

# %% [markdown] lang="en"
# Which learning rate is safe? [Gradient descent](../ch02_autograd/gradient_descent.py) needs it below 2 over the largest
# curvature. With respect to the scores, that of softmax's loss is at most $\frac12$ (we skip the proof); with respect to the
# weights, it is multiplied by a number that grows with the features. `safe_lr` finds it with `eigvalsh`; you may skip the
# details. In `accuracy`, `argmax` gives the number of the class with the highest score. See first the plain pixels, then the
# pixels minus the mean training image.

# %%
if __name__ == "__main__":
    raw, y_train = images[train_rows], labels[train_rows]
    mean_image = raw.mean(dim=-2, keepdim=True)  # over the images of a split
    x_train = raw - mean_image
    x_test, y_test = images[test_rows] - mean_image, labels[test_rows]
    print(f"safe lr: raw {safe_lr(raw[0], 0.001):.2f}", end=", ")
    print(f"centred {safe_lr(x_train[0], 0.001):.2f}")

# %% [markdown] lang="zh"
# 减去平均图像，学习率可以大十倍多，步数就省下来了。我们取 3，留一点余地。测试图减的也是**训练集**的平均，因为测试集不能参与训练。

# %% [markdown] lang="en"
# Subtracting the mean image allows a rate more than ten times larger, and so saves steps. We take 3, with a little to
# spare. From test images, too, we subtract the mean of the **training set**: the test set must have no part in training.

# %% [markdown] lang="zh" tags=["predict"]
# 参数全是 0 时，第一个损失是多少？训练后，没见过的数字能认对几成？整个六位编码全对的又有几成？

# %% [markdown] lang="en" tags=["predict"]
# With all parameters 0, what is the first loss? After training, what share of unseen digits will be right? And of whole
# six-digit codes?

# %%
if __name__ == "__main__":
    w, b, losses = fit_softmax(x_train, y_train, 10, lr=3, steps=150, l2=0.001)
    z_test = x_test @ w + b
    right = accuracy(z_test, y_test)
    code = right.mean().item() ** 6
    print(f"first loss {losses[0, 0]:.4f}, ln 10 = {math.log(10):.4f}")
    print(f"last loss {losses[-1].mean():.4f}")
    print(f"training accuracy {accuracy(x_train @ w + b, y_train).mean():.3f}")
    low, high = right.min(), right.max()
    print(f"test accuracy {right.mean():.3f}, {low:.3f} to {high:.3f}")
    print(f"six digits all right {code:.2f}")

# %% [markdown] lang="zh"
# 参数为 0，十个得分都是 0，概率都是十分之一，损失正好是 $\ln 10$。**$k$ 类的分类，初始损失应当接近 $\ln k$**，
# 离得远就先查代码。
#
# 测试准确率平均 `{python} f"{right.mean():.1%}"`，只因分法不同就能从 `{python} f"{right.min():.1%}"` 差到
# `{python} f"{right.max():.1%}"`，所以别拿一次的成绩下结论。六位要全对，若各位的错互不相干，就得连乘六次，
# 只剩 `{python} f"{code:.0%}"`：难怪要问“有多大把握”。

# %% [markdown] lang="en"
# With parameters 0, all ten scores are 0 and each probability is one tenth, so the loss is exactly $\ln 10$. **With $k$
# classes, the initial loss should be near $\ln k$**; if it is far off, check the code first.
#
# The test accuracy averages `{python} f"{right.mean():.1%}"`, and the split alone moves it from
# `{python} f"{right.min():.1%}"` to `{python} f"{right.max():.1%}"`: draw no conclusion from a single one. For six digits to be
# all right, if their mistakes are independent, multiply six times, and only `{python} f"{code:.0%}"` is left. This is why "how
# sure" matters.

# %% [markdown] lang="zh" tags=["check"]
# 150 步还没走到谷底：最后三分之一仍让损失降了 `{python} f"{(losses[100] - losses[-1]).mean():.3f}"`。但测试文件查过，
# 走四倍的步数，平均测试准确率也变不了 1 个百分点；在较小的数据上训练到底，权重与 scikit-learn 的 `LogisticRegression` 一致。

# %% [markdown] lang="en" tags=["check"]
# After 150 steps we are not at the bottom: the last third still lowered the loss by
# `{python} f"{(losses[100] - losses[-1]).mean():.3f}"`. But the test file has checked: four times the steps change the mean test
# accuracy by less than 1 percentage point; and trained to the end on smaller data, the weights are those of scikit-learn's
# `LogisticRegression`.

# %% [markdown] lang="zh"
# ## 学到了什么：十张模板
# $W$ 的一列有 64 个数，排回 8 × 8，就是一张**模板**。方块处有墨，加分；圆圈处有墨，扣分；画得越大，权重越大
# （很小的没画）。

# %% [markdown] lang="en"
# ## What it learned: ten templates
# A column of $W$ has 64 numbers; put back into 8 × 8, they are a **template**. Ink on a square raises the score, ink on a
# circle lowers it; the larger the mark, the larger the weight (tiny ones are left out).

# %% tags=["plot"] alt_zh="0 到 9 的十张模板。0 的中央是一片圆圈，也就是负权重，四周是方块；其他数字的模板各有自己的正负图案。" alt_en="Templates of 0 to 9. That of 0 has circles, negative weights, in its middle and squares around them; every other digit has a pattern of its own."
if __name__ == "__main__":
    fig, ax = plt.subplots(figsize=(6.4, 3.5))
    levels = w[0].abs().max() * torch.tensor([0.1, 0.3, 0.55, 1.01])
    looks = (("s", "C0", "positive weight"), ("o", "C1", "negative weight"))
    for (mark, color, name), sign in zip(looks, (1, -1), strict=True):
        for size in range(3):
            strength = sign * w[0]  # (64, 10)
            chosen = (strength >= levels[size]) & (strength < levels[size + 1])
            pixel, digit = chosen.nonzero(as_tuple=True)
            across = pixel % 8 + 10 * (digit % 5)
            down = pixel // 8 + 12 * (digit // 5)
            style = {"color": color, "ms": 1.9 + 2.4 * size, "mew": 0.8}
            face = color if sign > 0 else "none"
            style["label"] = name if size == 2 else ""  # one entry a sign
            ax.plot(across, down, mark, mfc=face, **style)
    for digit in range(10):
        left, top = 10 * (digit % 5), 12 * (digit // 5)
        ax.add_patch(
            plt.Rectangle((left - 0.7, top - 0.7), 8.4, 8.4, fill=False, ec="gray")
        )
        ax.text(left + 3.5, top - 1.1, str(digit), ha="center", va="bottom")
    ax.set_aspect("equal")
    ax.axis("off")
    ax.invert_yaxis()
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.08), ncols=2)
    plt.show()

# %% [markdown] lang="zh"
# 0 的中央是一团圆圈：那里有墨就不像 0。得分只是图像与模板逐格相乘再相加，加上偏置。别的模板不大像字：
# 它们记的不是字形，而是哪里的墨能把这个数字与别的分开。
#
# ## 谁被认成谁
# **混淆矩阵**（confusion matrix）的每一格，数的是真类别为这一行、答案为这一列的图。每一对编成一个号，
# `bincount` 数各个号出现几次。对角线上是答对的，我们看其余的格子。

# %% [markdown] lang="en"
# In the middle of 0 is a clump of circles: ink there speaks against a 0. A score is no more than image times template, cell
# by cell, added up, plus the bias. The other templates hardly look like digits, for they do not store a shape but where ink
# tells this digit from the others.
#
# ## Which digits are confused
# The **confusion matrix** counts the images whose true class is the row and whose answer is the column. Each such
# pair gets a number, and `bincount` counts how often each number occurs. The diagonal holds the right answers; we
# look at the other cells only.


# %%
def confusion_matrix(labels: Tensor, answers: Tensor, classes: int) -> Tensor:
    """Counts by true class (rows) and answer (columns), (k, k) (混淆矩阵)."""
    check_labels(labels, labels.shape, classes)
    check_labels(answers, labels.shape, classes)
    pairs = (labels * classes + answers).flatten()  # a number for each pair
    return torch.bincount(pairs, minlength=classes**2).reshape(classes, classes)


if __name__ == "__main__":
    counts = confusion_matrix(y_test, z_test.argmax(dim=-1), 10)
    wrong = counts - torch.diag(counts.diag())  # diagonal set to 0
    truth, answer = divmod(wrong.argmax().item(), 10)  # cell number: row, column
    total, most = wrong.sum().item(), wrong.max().item()
    print(f"{counts.sum()} answers, {total} wrong")
    print(f"most often: {truth} read as {answer}, {most} times")

# %% tags=["plot"] alt_zh="10 行 10 列的混淆矩阵，只写出错的次数，颜色越深次数越多。最多的一格是把 `{python} truth` 认成 `{python} answer`，`{python} most` 次。" alt_en="The confusion matrix, ten by ten, with the mistakes written in and darker for more. The largest is `{python} truth` read as `{python} answer`, `{python} most` times."
if __name__ == "__main__":
    fig, ax = plt.subplots(figsize=(5.2, 4.4))
    for i in range(10):
        corner = (i - 0.5, i - 0.5)
        ax.add_patch(plt.Rectangle(corner, 1, 1, fc="gray", alpha=0.25))
    for i, j in wrong.nonzero().tolist():
        depth = 0.1 + 0.6 * wrong[i, j].item() / most
        ax.add_patch(plt.Rectangle((j - 0.5, i - 0.5), 1, 1, fc="C1", alpha=depth))
        ax.text(j, i, str(wrong[i, j].item()), ha="center", va="center")
    ax.set(xlim=(-0.5, 9.5), ylim=(9.5, -0.5), xlabel="answer", ylabel="true digit")
    ax.set(xticks=range(10), yticks=range(10), aspect="equal")
    ax.grid(False)
    plt.show()

# %% [markdown] lang="zh"
# 灰格是对角线，空白是 0 次。10 种分法合计 `{python} int(counts.sum())` 次作答，错 `{python} total` 次，其中 `{python} most` 次是把
# `{python} truth` 认成 `{python} answer`。矩阵不对称：反过来只有 `{python} wrong[answer, truth].item()` 次。
#
# ## 信封上的最后一位
# 现在回答开头的问题，用第 0 种分法训练的模型。

# %% [markdown] lang="en"
# Grey is the diagonal, and an empty cell means 0. Of `{python} int(counts.sum())` answers over the 10 splits,
# `{python} total` are wrong, and `{python} most` of those read `{python} truth` as `{python} answer`. The matrix is not symmetric: the reverse happens only
# `{python} wrong[answer, truth].item()` times.
#
# ## The last digit on the envelope
# Now for the opening question, with the model of split 0.

# %%
if __name__ == "__main__":
    rows = torch.tensor(ENVELOPE)
    p = softmax((images[rows] - mean_image[0]) @ w[0] + b[0])
    sure, read = p.max(dim=-1)  # the largest in each row, and its number
    print("read  =", read.tolist())
    print("truth =", labels[rows].tolist())
    print("p     =", [round(v, 2) for v in sure.tolist()])
    best = p[-1].topk(3)  # the three largest, and their numbers
    chances = [round(v, 2) for v in best.values.tolist()]
    print("last  =", best.indices.tolist(), chances)
    said = softmax(z_test).amax(dim=-1).mean().item()
    print(f"whole test set: claimed {said:.2f}, right {right.mean():.2f}")

# %% tags=["plot"] alt_zh="最后一位的十个概率：4 是 `{python} f'{p[-1, 4]:.2f}'`，6 是 `{python} f'{p[-1, 6]:.2f}'`，0 是 `{python} f'{p[-1, 0]:.2f}'`，其余接近 0。虚线是未训练时的十分之一。" alt_en="Ten probabilities for the last digit: 4 has `{python} f'{p[-1, 4]:.2f}'`, 6 has `{python} f'{p[-1, 6]:.2f}'`, 0 has `{python} f'{p[-1, 0]:.2f}'`, the rest are near 0. A dashed line marks the untrained one tenth."
if __name__ == "__main__":
    fig, ax = plt.subplots(figsize=(5.2, 2.6))
    ax.bar(range(10), p[-1].tolist(), color="C0", alpha=0.7)
    ax.axhline(0.1, ls="--", color="black", label="untrained")
    ax.set(xlabel="digit", ylabel="probability", xticks=range(10))
    ax.legend()
    plt.show()

# %% [markdown] lang="zh"
# 前三行是答案、真值、答案的概率，第四行是最后一位的前三名；图中虚线是未训练时的概率。六位全对，
# 可最后一位的 `{python} read[-1].item()` 只有 `{python} f"{sure[-1]:.0%}"` 的把握，`{python} best.indices[1].item()` 紧随其后，
# 有 `{python} f"{best.values[1]:.0%}"`。所以回答是：**最可能是 4，但这封信该交给人看。**
#
# 这些概率可信吗？在全部测试作答中，模型自报的把握平均是 `{python} f"{said:.0%}"`，实际答对
# `{python} f"{right.mean():.0%}"`：它偏谦虚，因为正则化压住了权重，步数又不多，得分拉不开。自报的把握能信几分，
# 要和对错比。
#
# ## 三个常见错误
# ### 先 softmax，再交叉熵

# %% [markdown] lang="en"
# The first three lines are the answers, the truth, and the probability of each answer; the fourth has the top three for the
# last digit (in the picture, a dashed line marks the untrained probability). All six are right, but the last,
# `{python} read[-1].item()`, has only `{python} f"{sure[-1]:.0%}"`, closely followed by `{python} best.indices[1].item()` with
# `{python} f"{best.values[1]:.0%}"`. So the answer is: **most likely a 4, but this letter should go to a person.**
#
# Can we trust these probabilities? Over all test answers, the model claims `{python} f"{said:.0%}"` on average and is
# right in `{python} f"{right.mean():.0%}"`: too modest, because regularization holds the weights down, the steps are few, and
# the scores stay close together. How far to believe what a model claims, only a comparison with right and wrong can tell.
#
# ## Three common mistakes
# ### Softmax before cross-entropy

# %% [markdown] lang="zh" tags=["bug"]
# `CrossEntropyLoss` 收的是得分，自己会做 softmax。模型末尾再加一层 softmax，就做了两次，不报错。
# 第二次的“得分”都在 0 与 1 之间：就算真类别得 1、其余九个得 0，代进公式，损失也还有 $\ln(e^1 + 9e^0) - 1$。

# %% [markdown] lang="en" tags=["bug"]
# `CrossEntropyLoss` takes scores and applies softmax itself. With a softmax at the end of the model it is applied twice,
# and no error is raised. The second one gets "scores" between 0 and 1: even if the true class has 1 and the other
# nine have 0, the formula leaves a loss of $\ln(e^1 + 9e^0) - 1$.


# %% tags=["bug"]
def double_softmax(z: Tensor, labels: Tensor) -> Tensor:
    """Cross-entropy that takes probabilities for scores (套了两次 softmax)."""
    return cross_entropy(softmax(z), labels)


def loss_floor(classes: int) -> float:
    """The lowest ``double_softmax`` there is (损失的下限), in nats."""
    if classes < 2:
        raise ValueError(f"classes must be at least 2, got {classes}")
    return math.log(math.e + classes - 1) - 1


if __name__ == "__main__":
    one = x_train[0], y_train[0], 10  # split 0; *one hands over all three
    setup = {"lr": 3, "steps": 150, "l2": 0.001}
    tw, tb, twice = fit_softmax(*one, **setup, loss_fn=double_softmax)
    twice_right = accuracy(x_test[0] @ tw + tb, y_test[0]).item()
    print(f"loss {twice[0]:.3f} -> {twice[-1]:.3f}, floor {loss_floor(10):.3f}")
    print(f"test accuracy {twice_right:.3f}, once {right[0]:.3f}")

# %% tags=["plot"] alt_zh="训练损失随迭代步变化。正确的交叉熵从 `{python} f'{losses[0, 0]:.2f}'` 降到 `{python} f'{losses[-1, 0]:.2f}'`，套两次的只到 `{python} f'{twice[-1]:.2f}'`，在下限 `{python} f'{loss_floor(10):.2f}'` 的虚线之上。" alt_en="Training loss by step. Cross-entropy falls from `{python} f'{losses[0, 0]:.2f}'` to `{python} f'{losses[-1, 0]:.2f}'`; softmax twice ends at `{python} f'{twice[-1]:.2f}'`, above the dashed floor at `{python} f'{loss_floor(10):.2f}'`."
if __name__ == "__main__":
    fig, ax = plt.subplots()
    ax.plot(twice, "-.", color="C1", label="softmax twice")
    ax.axhline(loss_floor(10), ls="--", color="black", lw=1.2, label="floor")
    ax.plot(losses[:, 0], color="C0", label="cross-entropy")
    ax.set(xlabel="step", ylabel="nats", ylim=(0, 2.5))
    ax.legend(loc="center right", bbox_to_anchor=(1, 0.42))
    plt.show()

# %% [markdown] lang="zh" tags=["bug"]
# 损失只降到 `{python} f"{twice[-1]:.2f}"`，准确率却有 `{python} f"{twice_right:.1%}"`，只低
# `{python} f"{100 * (right[0].item() - twice_right):.1f}"` 个百分点，所以很难发现。
# 记住破绽：**十类的损失怎么也降不到 `{python} f"{loss_floor(10):.2f}"` 以下，就去找多出来的 softmax**。
# 正确做法：训练时交得分，要看概率时再做一次 softmax。

# %% [markdown] lang="en" tags=["bug"]
# The loss gets down only to `{python} f"{twice[-1]:.2f}"`, yet the accuracy is `{python} f"{twice_right:.1%}"`, only
# `{python} f"{100 * (right[0].item() - twice_right):.1f}"` percentage points lower, so the mistake is hard to
# notice. What gives it away: **if a loss over ten classes never gets below
# `{python} f"{loss_floor(10):.2f}"`, look for the extra softmax**. The right way: train on scores, and apply one softmax
# when you want to read probabilities.

# %% [markdown] lang="zh"
# ### softmax 的轴错了

# %% [markdown] lang="en"
# ### Softmax along the wrong axis

# %% [markdown] lang="zh" tags=["bug"]
# 一行是一张图，一列是一个类别，每行的概率该加起来等于 1（`dim=-1`）。写成 `dim=0`，就成了各张图抢同一个数字：

# %% [markdown] lang="en" tags=["bug"]
# A row is an image and a column is a class, so probabilities must add up to 1 along a row (`dim=-1`). With `dim=0` the
# images compete for one digit instead:


# %% tags=["bug"]
def wrong_axis_loss(z: Tensor, labels: Tensor) -> Tensor:
    """Minus log of probabilities that add up to 1 in columns (轴错了)."""
    check_labels(labels, z.shape[:-1], z.shape[-1])
    p = softmax(z, dim=0)
    return -p.gather(-1, labels.unsqueeze(-1)).log().mean()


if __name__ == "__main__":
    q = softmax((images[rows] - mean_image[0]) @ w[0] + b[0], dim=0)
    print("row sums   ", [round(v, 2) for v in q.sum(dim=1).tolist()])
    print("column sums", [round(v, 2) for v in q.sum(dim=0)[:6].tolist()])
    alone = softmax(torch.tensor([[2.0, 1.0, -1.0]]), dim=0)
    print("one image  ", alone.tolist())
    *_, tilted = fit_softmax(*one, **setup, loss_fn=wrong_axis_loss)  # the losses
    print(f"first loss {tilted[0]:.3f}, ln {len(x_train[0])} = ", end="")
    print(f"{math.log(len(x_train[0])):.3f}, last {tilted[-1]:.3f}")

# %% [markdown] lang="zh" tags=["bug"]
# 六张图的行和各不相同，列和（打印前六个）却都是 1；只有一张图时，每个概率都成了 1。训练也不报错，损失还在降。
# 破绽在第一个损失：不是 $\ln 10$，而是 $\ln$（图像张数）。

# %% [markdown] lang="en" tags=["bug"]
# For six images, every row has another sum, while the column sums (six of them are printed) are 1; for a single image,
# every probability becomes 1. Training raises no error, and the loss even falls. The first loss gives it away: it is
# not $\ln 10$ but $\ln$ of the number of images.

# %% [markdown] lang="zh"
# ### 标签不是类别编号

# %% [markdown] lang="en"
# ### Labels that are not class numbers

# %% [markdown] lang="zh" tags=["bug"]
# `F.cross_entropy` 要 int64 的编号，形状 $(n,)$，从 0 数起。给它浮点数、一列、从 1 数起的编号、整数的独热：

# %% [markdown] lang="en" tags=["bug"]
# `F.cross_entropy` wants int64 numbers of shape $(n,)$, counted from 0. Give it floats, a column, numbers counted from 1,
# and an integer one-hot:

# %% tags=["bug"]
if __name__ == "__main__":
    z, y = z_test[0], y_test[0]
    bad = {"float": y.float(), "column": y.unsqueeze(1), "from 1": y + 1}
    bad["one-hot"] = F.one_hot(y, 10)
    for name, target in bad.items():
        try:
            F.cross_entropy(z, target)
        except (RuntimeError, IndexError) as error:
            print(textwrap.fill(f"{name}: {error}", 58))
    shifted = (y + 1) % 10  # in range, but the wrong digit
    print(f"as floats, one-hot: {F.cross_entropy(z, bad['one-hot'].float()):.3f}")
    print(f"numbers:            {F.cross_entropy(z, y):.3f}")
    print(f"shifted, in range:  {F.cross_entropy(z, shifted):.3f}")

# %% [markdown] lang="zh" tags=["bug"]
# 前四个都报错。浮点的独热却能用，结果与编号相同：PyTorch 当它是各类的概率。最险的是最后一行：编号错位但没越界，
# 不报错，训练好的模型损失却高过 $\ln 10$。用 `labels.min()` 和 `labels.max()` 看范围，再看几张图对不对得上。

# %% [markdown] lang="en" tags=["bug"]
# The first four raise errors. A one-hot of floats works and gives the same as the numbers: PyTorch takes it for
# the probabilities of the classes. The last line is the dangerous one: numbers that are shifted but in range raise nothing,
# yet the loss of a trained model is above $\ln 10$. Look at the range with `labels.min()` and `labels.max()`, and hold a few
# images against their labels.

# %% [markdown] lang="zh"
# ## 练习

# %% [markdown] lang="en"
# ## Exercises

# %% [markdown] lang="zh" tags=["exercise"]
# 只有两类时，softmax 给类别 1 的概率，就是得分之差的 sigmoid。先在纸上推一遍，再写成函数，与 `torch.sigmoid` 比。

# %% [markdown] lang="en" tags=["exercise"]
# With two classes, softmax gives class 1 the sigmoid of the difference of the scores. Derive it on paper, then write the
# function and compare with `torch.sigmoid`.


# %% tags=["solution"]
def two_class_probability(z: Tensor) -> Tensor:
    """Softmax probability of class 1 from scores (..., 2) (两类的概率)."""
    check_scores(z)
    if z.shape[-1] != 2:
        raise ValueError(f"need two scores, got {z.shape[-1]}")
    return 1 / (1 + torch.exp(z[..., 0] - z[..., 1]))


if __name__ == "__main__":
    pair = torch.tensor([[0.5, 2.0], [1.0, -1.0]])
    print(two_class_probability(pair), torch.sigmoid(pair[:, 1] - pair[:, 0]))

# %% [markdown] lang="zh" tags=["solution"]
# $p_1 = e^{z_1}/(e^{z_0}+e^{z_1})$，上下同除以 $e^{z_1}$，得 $1/(1+e^{z_0-z_1})$。逻辑回归就是两类的 softmax 回归。

# %% [markdown] lang="en" tags=["solution"]
# $p_1 = e^{z_1}/(e^{z_0}+e^{z_1})$; divide top and bottom by $e^{z_1}$ and get $1/(1+e^{z_0-z_1})$. Logistic regression is
# softmax regression with two classes.

# %% [markdown] lang="zh" tags=["exercise"]
# 概率低于门槛的数字交给人看。门槛取 0.5、0.7、0.9 时，机器自己答几成？答的部分对几成？

# %% [markdown] lang="en" tags=["exercise"]
# Digits with a probability below a threshold go to a person. At 0.5, 0.7 and 0.9, what share does the machine answer
# itself, and what share of those is right?


# %% tags=["solution"]
def answer_if_sure(
    p: Tensor,
    labels: Tensor,
    threshold: float,
) -> tuple[float, float]:
    """Share answered, and share right among those (有把握才答). NaN if none.

    Probabilities ``p`` (..., n, k), int64 ``labels`` (..., n), 0 <= threshold <= 1.
    """
    check_scores(p)
    check_labels(labels, p.shape[:-1], p.shape[-1])
    if not 0 <= threshold <= 1:
        raise ValueError(f"threshold must lie in [0, 1], got {threshold}")
    sure, read = p.max(dim=-1)
    answered = sure >= threshold
    hits = (read == labels)[answered].float().mean()
    return answered.float().mean().item(), hits.item()


if __name__ == "__main__":
    for threshold in (0.5, 0.7, 0.9):
        share, hits = answer_if_sure(softmax(z_test), y_test, threshold)
        print(f"{threshold}: answered {share:.3f}, right {hits:.4f}")

# %% [markdown] lang="zh" tags=["solution"]
# 门槛越高，答得越少，也越准。选多高，看错投一封信和请人看一眼各要多少钱。

# %% [markdown] lang="en" tags=["solution"]
# The higher the threshold, the fewer answers, and the more of them right. Where to set it depends on what a misdirected
# letter and a person's glance cost.

# %% [markdown] lang="zh" tags=["exercise"]
# 同样的函数也能认花。`load_iris` 有 150 朵鸢尾花，3 个品种，4 个以厘米计的尺寸。标准化（减平均、除以标准差，都只用训练集），
# 留出 45 朵，换 20 种分法，看测试准确率。

# %% [markdown] lang="en" tags=["exercise"]
# The same functions can tell flowers apart. `load_iris` has 150 irises of 3 species, with 4 measurements in cm. Standardize
# (subtract the mean and divide by the standard deviation, both of the training set only), hold out 45, and look at the test
# accuracy over 20 splits.


# %% tags=["solution"]
def iris_accuracy(seeds: Sequence[int]) -> Tensor:
    """Held-out accuracy on iris, one for each split (鸢尾花的测试准确率)."""
    iris = load_iris()
    x = torch.tensor(iris.data, dtype=torch.float32)
    y = torch.tensor(iris.target)
    train, test = hold_out(150, 45, seeds)
    mean = x[train].mean(dim=-2, keepdim=True)
    std = x[train].std(dim=-2, keepdim=True)
    w, b, _ = fit_softmax((x[train] - mean) / std, y[train], 3, 1.0, 200, l2=0.001)
    return accuracy((x[test] - mean) / std @ w + b, y[test])


if __name__ == "__main__":
    flowers = iris_accuracy(range(20))
    print(f"mean {flowers.mean():.3f}, {flowers.min():.3f} to {flowers.max():.3f}")

# %% [markdown] lang="zh" tags=["solution"]
# 胡猜只对三分之一，模型平均对 `{python} f"{flowers.mean():.1%}"`。测试集只有 45 朵，错一朵就差 2 个多百分点，所以起落比手写数字那边大。

# %% [markdown] lang="en" tags=["solution"]
# A guess is right one time in three; the model, `{python} f"{flowers.mean():.1%}"` on average. With a test set of 45, one flower
# counts for more than 2 percentage points, so the accuracy varies more than for the digits.

# %% [markdown] lang="zh" tags=["exercise"]
# `load_digits` 的图出自十三人之手，看来同一人写的图挨在一起：与一张图最像的那张，多半就排在附近。不抽签，改留最后 540 张，
# 准确率会怎样？

# %% [markdown] lang="en" tags=["exercise"]
# The images of `load_digits` come from thirteen people, and one person's seem to be next to each other: the image most like a given
# one is mostly close by in the file. What happens to the accuracy if, instead of drawing lots, you hold out the last 540?


# %% tags=["solution"]
def accuracy_on_the_last(x: Tensor, labels: Tensor, held_out: int) -> float:
    """Test accuracy on the last rows, trained on those before (留出末尾)."""
    check_images(x)
    if not 0 < held_out < len(x):
        raise ValueError(f"need 0 < held_out < {len(x)}, got {held_out}")
    x = x - x[:-held_out].mean(dim=0)
    w, b, _ = fit_softmax(
        x[:-held_out], labels[:-held_out], 10, lr=3, steps=150, l2=0.001
    )
    return accuracy(x[-held_out:] @ w + b, labels[-held_out:]).item()


if __name__ == "__main__":
    strangers = accuracy_on_the_last(images, labels, 540)
    print(f"last 540: {strangers:.3f}, by lot: {right.mean():.3f}")

# %% [markdown] lang="zh" tags=["solution"]
# 降到 `{python} f"{strangers:.1%}"`，比抽签的哪一次都低：抽签时，测试图的作者多半也在训练集里。
# 邮局见的全是生人的字，该信这个数。

# %% [markdown] lang="en" tags=["solution"]
# It falls to `{python} f"{strangers:.1%}"`, below every split drawn by lot: there, the hands of the test set most likely wrote
# part of the training set too. A post office meets strangers' handwriting, and should believe this
# number.

# %% [markdown] lang="zh"
# ## 小结
# - softmax 把得分变成概率：先减最大值，再取指数、除以总和；轴是类别那条轴。
# - 损失是真类别概率的负对数，从得分直接算；梯度是概率减去独热，再除以 $n$。
# - 初始损失约为 $\ln k$；后来一直偏高，先找多出来的 softmax。
# - 报准确率，要在没见过的图上量，换几种分法，再看混淆矩阵。
#
# 数据究竟该怎样留，才不骗自己？见 [泛化](generalization.py)。

# %% [markdown] lang="en"
# ## Recap
# - Softmax turns scores into probabilities: subtract the maximum, take exponentials, divide by their sum, along the axis of
#   the classes.
# - The loss is minus the logarithm of the true class's probability, computed from the scores; its gradient is
#   probability minus one-hot, over $n$.
# - The initial loss is about $\ln k$. If it stays high later, look first for an extra softmax.
# - Measure accuracy on unseen images, over several splits, and then look at the confusion matrix.
#
# How should data be held out so that we do not fool ourselves? See [Generalization](generalization.py).
