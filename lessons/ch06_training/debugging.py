# %% [markdown] lang="zh"
# # 调试训练
# 一家回收厂请你做分拣机：近红外探头在 8 个波段量一片碎塑料的反射率（%），网络判断它是四种塑料中的哪一种。你写完程序，跑了 60 轮：训练损失一路下降，可换上没见过的碎片，四片里只对一片，和瞎猜一样。没有任何报错。**该从哪里查起？**
#
# 训练程序的毛病大多不报错，只留下曲线。这一页把八种毛病一一种进同一个网络，再写一个只看曲线的诊断程序。
#
# 学完这一页，你能：
#
# - 在训练之前就查出一批错误：初始损失应该是多少，八片碎片能不能背下来；
# - 知道每轮该记哪些数，从曲线认出八种常见毛病；
# - 按固定的次序排查，不再东改一下、西改一下；
# - 说清这样的诊断看不出什么。

# %% [markdown] lang="en"
# # Debugging training
# A recycling plant wants a sorter: a near-infrared probe measures how much light a flake of plastic reflects (%) in 8 bands, and a network says which of four plastics it is. Your program is written and has run for 60 epochs. The training loss fell all the way, yet on flakes it has not seen, it is right on one in four, no better than a guess. No error was raised. **Where do you start looking?**
#
# Most faults in a training program raise no error; all they leave is curves. On this page we plant eight faults, one at a time, in the same network, look at what they do to the curves, and write a program that diagnoses from the curves alone.
#
# After this page you can
#
# - catch a class of errors before training starts: what the first loss must be, and whether eight flakes can be learned by heart;
# - say what to record in each epoch, and tell eight common faults from the curves;
# - search in a fixed order instead of changing this and that;
# - say what such a diagnosis cannot see.

# %% tags=["setup"]
import copy
import math
from collections.abc import Callable, Mapping, Sequence

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from torch import Tensor, nn


def check_data(x: Tensor, y: Tensor) -> None:
    """Refuse all but finite floats (n, d) with class numbers (n,) (检查数据)."""
    if not isinstance(x, Tensor) or not x.is_floating_point():
        raise TypeError(f"x must be a float tensor, got {getattr(x, 'dtype', type(x))}")
    if not isinstance(y, Tensor) or y.dtype != torch.int64:
        raise TypeError(
            f"y must be an int64 tensor, got {getattr(y, 'dtype', type(y))}"
        )
    if x.ndim != 2 or len(x) == 0 or y.shape != x.shape[:1]:
        found = f"{tuple(x.shape)} and {tuple(y.shape)}"
        raise ValueError(f"expected shapes (n, d) and (n,) with n >= 1, got {found}")
    if not x.isfinite().all():
        raise ValueError("x contains NaN or infinity")


def check_run(lr: float = 1.0, **counts: int) -> None:
    """Refuse senseless learning rates and counts (检查学习率与个数)."""
    if not 0 < lr < math.inf:
        raise ValueError(f"the learning rate must be positive and finite, got {lr}")
    for name, value in counts.items():
        if not isinstance(value, int) or value < 1:
            raise ValueError(f"{name} must be a positive integer, got {value}")


def check_task(classes: int, ceiling: float) -> None:
    """Refuse senseless numbers of classes and ceilings (检查类别数与上限)."""
    if not isinstance(classes, int) or classes < 2:
        raise ValueError(f"classes must be an integer >= 2, got {classes}")
    if not 1 / classes < ceiling <= 1:
        raise ValueError(f"ceiling must be in (1/classes, 1], got {ceiling}")


def check_history(history: Mapping[str, Sequence[float]]) -> None:
    """Refuse records that are no history of one run (检查记录).

    NaN and infinity are allowed: they are a symptom, not a wrong input.
    """
    if not isinstance(history, Mapping):
        raise TypeError(f"history must be a dict of fields, got {type(history)}")
    missing = [field for field in FIELDS if field not in history]
    if missing:
        raise ValueError(f"history lacks {missing}, expected {list(FIELDS)}")
    shapes = {field: tuple(torch.as_tensor(history[field]).shape) for field in FIELDS}
    if len(set(shapes.values())) > 1 or len(shapes["train_loss"]) != 1:
        raise ValueError(f"all fields must be of one shape (epochs,), got {shapes}")
    if shapes["train_loss"] == (0,):
        raise ValueError("history is empty: expected at least one epoch")
    for field in ("train_acc", "test_acc", "dead", "saturated"):
        values = torch.as_tensor(history[field])
        if ((values < 0) | (values > 1)).any():
            raise ValueError(f"{field} must be a share in [0, 1]: not in per cent")


# %% [markdown] lang="zh"
# ## 碎片、网络与上限
# 训练用 96 片，测试用另外 240 片。标签是工人贴的，事先抽查过：每片有一成的可能贴错。所以不管多好的模型，对着这些标签，准确率都以 90% 左右为**上限**（ceiling）。记住它，后面靠它抓“好得离谱”的毛病。
#
# 输入先标准化（减平均、除以标准差，只用训练集的数算）。网络有一个隐藏层、32 个 ReLU 单元。

# %% [markdown] lang="en"
# ## Flakes, network and ceiling
# We train on 96 flakes and test on 240 others. Workers stuck on the labels, and a spot check has shown that each is wrong with a chance of one in ten. Measured against such labels, no model, however good, gets much beyond 90%: that is the **ceiling**. Remember it; it will catch results that are too good.
#
# The inputs are standardised first (minus the mean, divided by the standard deviation, both of the training set). The network has one hidden layer of 32 ReLU units.

# %%
PLASTICS = ("PET", "HDPE", "PP", "PS")
CEILING = 0.9


def make_flakes(n: int, seed: int) -> tuple[Tensor, Tensor]:
    """Flakes of plastic (塑料碎片): reflectances (n, 8) in %, labels (n,).

    A kind has its own mean spectrum; flakes scatter around it by 6 points. One
    label in ten is wrong. Raises ``ValueError`` for n < 1.
    """
    check_run(n=n)
    k = len(PLASTICS)
    means = 40 + 6 * torch.randn(k, 8, generator=torch.Generator().manual_seed(7))
    rng = torch.Generator().manual_seed(seed)
    kind = torch.arange(n) % k
    x = means[kind] + 6 * torch.randn(n, 8, generator=rng)
    wrong = torch.rand(n, generator=rng) > CEILING
    other = (kind + torch.randint(1, k, (n,), generator=rng)) % k
    return x, torch.where(wrong, other, kind)


def make_network(
    seeds: Sequence[int], n_in: int = 8, hidden: int = 32, bias: float = 0.0
) -> list[Tensor]:
    """One network for each seed (每个种子一个网络): w1, b1, w2, b2, each (S, ...).

    Drawn like ``nn.Linear`` from U(-1, 1) / sqrt(fan-in); ``bias`` is added to b1.
    """
    check_run(seeds=len(seeds), n_in=n_in, hidden=hidden)
    k = len(PLASTICS)
    shapes = ((n_in, hidden), (1, hidden), (hidden, k), (1, k))
    drawn = []
    for seed in seeds:
        rng = torch.Generator().manual_seed(seed)
        u = [2 * torch.rand(shape, generator=rng) - 1 for shape in shapes]
        fans = (n_in, n_in, hidden, hidden)
        drawn.append([t / fan**0.5 for t, fan in zip(u, fans, strict=True)])
    params = [torch.stack(ts) for ts in zip(*drawn, strict=True)]
    params[1] += bias
    return [p.requires_grad_() for p in params]


if __name__ == "__main__":
    x_raw, y = make_flakes(96, seed=0)
    x_test_raw, y_test = make_flakes(240, seed=1)
    mean, std = x_raw.mean(0), x_raw.std(0)
    x, x_test = (x_raw - mean) / std, (x_test_raw - mean) / std

# %% tags=["plot"] alt_zh="四种塑料在 8 个波段的平均反射率，四条折线互相交叉；没有一个波段能单独分开四种塑料。" alt_en="Mean reflectance of four plastics in 8 bands: four lines that cross. No single band separates all four."
if __name__ == "__main__":
    fig, ax = plt.subplots(layout="constrained")
    for k, (name, marker) in enumerate(zip(PLASTICS, "o^sD", strict=True)):
        ax.plot(range(1, 9), x_raw[y == k].mean(0), marker=marker, label=name)
    ax.set(xlabel="band", ylabel="reflectance (%)", xticks=range(1, 9))
    fig.legend(loc="outside lower center", ncols=4)
    plt.show()

# %% [markdown] lang="zh"
# ## 第一查：训练之前的损失
# 没训练的网络什么都不知道，给 $k$ 个类别的概率差不多都是 $1/k$。交叉熵是给正确类别的概率 $p$ 取对数再变号，所以
#
# $$L_0 \approx -\ln\frac1k = \ln k$$
#
# $L_0$ 是训练前的损失，单位是奈特；$k$ 是类别数；$\ln$ 是自然对数。不用训练就能查：差得远，多半是输入或初始权重出了错。`F.cross_entropy` 收得分（logits）和类别编号，自己做 softmax。

# %% [markdown] lang="en"
# ## First check: the loss before training
# A network that has learned nothing gives each of $k$ classes a probability of about $1/k$. Cross-entropy is minus the logarithm of the probability $p$ given to the right class, so
#
# $$L_0 \approx -\ln\frac1k = \ln k$$
#
# $L_0$ is the loss before training, in nats; $k$ is the number of classes, $\ln$ the natural logarithm. This costs no training at all: a loss far from it usually means that the inputs or the initial weights are wrong. `F.cross_entropy` takes scores (logits) and class numbers, and applies softmax itself.


# %%
def loss_at_init(model: nn.Module, x: Tensor, y: Tensor) -> float:
    """Cross-entropy of a model as it stands (初始损失), in nats.

    ``x`` (n, d) float, ``y`` (n,) class numbers. About ln k for k classes.
    """
    check_data(x, y)
    with torch.no_grad():
        return F.cross_entropy(model(x), y).item()


class Sorter(nn.Module):
    """Network ``s`` of ``make_network`` as a module (分拣网络)."""

    def __init__(self, params: Sequence[Tensor], s: int = 0) -> None:
        super().__init__()
        self.params = nn.ParameterList(p[s].detach().clone() for p in params)

    def forward(self, x: Tensor) -> Tensor:
        """Scores (n, k) for reflectances (n, d)."""
        w1, b1, w2, b2 = self.params
        return torch.relu(x @ w1 + b1) @ w2 + b2


# %% [markdown] lang="zh" tags=["predict"]
# 四种塑料，$\ln 4$ 是多少？如果忘了标准化，把 40 左右的反射率直接送进去，初始损失会变大、变小还是不变？

# %% [markdown] lang="en" tags=["predict"]
# With four plastics, what is $\ln 4$? If you forget to standardise and send in reflectances of about 40 as they are, does the initial loss grow, shrink or stay?

# %%
if __name__ == "__main__":
    params = make_network(range(20))
    models = [Sorter(params, s) for s in range(20)]
    ready = [loss_at_init(model, x, y) for model in models]
    raw = [loss_at_init(model, x_raw, y) for model in models]
    print(f"ln 4          {math.log(4):.3f}")
    print(f"standardised  {min(ready):.3f} .. {max(ready):.3f}")
    print(f"raw           {min(raw):.3f} .. {max(raw):.3f}")

# %% [markdown] lang="zh"
# 后两行是 20 个种子的最小值和最大值。标准化后都在 $\ln 4$ = `{python} f"{math.log(4):.3f}"` 附近；原始输入最高到 `{python} f"{max(raw):.1f}"`：网络还什么都没学，就已经斩钉截铁地说错话了。
#
# ## 第二查：背下八片
# 几百个权重，背八片碎片绰绰有余。所以拿**一个小批次**反复训练，损失应当逼近 0；背不下来，就是梯度没传到、更新没生效或输出接错了。

# %% [markdown] lang="en"
# The last two lines hold the smallest and the largest value of 20 seeds. Standardised, all lie near $\ln 4$ = `{python} f"{math.log(4):.3f}"`; with raw inputs the loss reaches `{python} f"{max(raw):.1f}"`: a network that has learned nothing already gives wrong answers with full confidence.
#
# ## Second check: learn eight flakes by heart
# Eight flakes against hundreds of weights: learning them by heart must be easy. If it fails, gradients do not arrive, updates have no effect, or the output is wired wrongly, and no amount of data will help. So train on **one small batch** again and again. The loss should approach 0.


# %%
def overfit_one_batch(
    model: nn.Module, x: Tensor, y: Tensor, lr: float = 1.0, steps: int = 200
) -> list[float]:
    """Losses while a copy of ``model`` learns one batch by heart (背下一批).

    ``x`` (n, d), ``y`` (n,). The model itself stays as it is. Source: Karpathy,
    "A Recipe for Training Neural Networks" (2019).
    """
    check_data(x, y)
    check_run(lr, steps=steps)
    model = copy.deepcopy(model)
    losses = []
    for _ in range(steps):
        model.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        with torch.no_grad():
            for p in model.parameters():
                p -= lr * p.grad
        losses.append(loss.item())
    return losses


if __name__ == "__main__":
    model = models[0]
    good = overfit_one_batch(model, x[:8], y[:8])
    print(f"first {good[0]:.3f}  last {good[-1]:.4f}")

# %% [markdown] lang="zh"
# 损失从 `{python} f"{good[0]:.2f}"` 降到 `{python} f"{good[-1]:.4f}"`：八片都背下了，网络接得对。

# %% [markdown] lang="en"
# The loss falls from `{python} f"{good[0]:.2f}"` to `{python} f"{good[-1]:.4f}"`: all eight are learned, and the network is wired rightly.

# %% [markdown] lang="zh" tags=["bug"]
# 有人在网络末尾加了 softmax，“好让输出是概率”；可 `F.cross_entropy` 里已经有一个，于是做了两遍。**你会看到**：初始损失正常，八片却背不下来。

# %% [markdown] lang="en" tags=["bug"]
# Someone adds a softmax at the end of the network, "so that the output is a probability". `F.cross_entropy` has one inside already, so it is applied twice. **What you see**: the initial loss is fine, but the eight flakes are never learned.

# %% tags=["bug"]
if __name__ == "__main__":
    twice = nn.Sequential(model, nn.Softmax(dim=1))
    stuck = overfit_one_batch(twice, x[:8], y[:8])
    lowest = math.log(1 + 3 / math.e)
    print(f"at init {stuck[0]:.3f}  last {stuck[-1]:.3f}  lowest {lowest:.3f}")

# %% [markdown] lang="zh" tags=["bug"]
# **原因**：概率最大是 1，其余是 0；再当作得分做一次 softmax，正确类别最多得 $e/(e+3)$，损失不会低于 $\ln(1+3/e)$ = `{python} f"{lowest:.3f}"`（第三个数）。**正确做法**：网络交出得分，softmax 留给损失函数。

# %% [markdown] lang="en" tags=["bug"]
# **Why**: a probability is at most 1, with 0 for the others. Taken as scores, these give the right class at most $e/(e+3)$ after the second softmax, so the loss cannot fall below $\ln(1+3/e)$ = `{python} f"{lowest:.3f}"` (the third number). **The right way**: the network hands out scores; the softmax belongs to the loss function.

# %% [markdown] lang="zh"
# ## 每轮记什么
# 两查通过，才值得正式训练。每轮结束记七个数，诊断只许看它们：
#
# - `train_loss`、`test_loss`：训练集、测试集的损失（奈特）；
# - `train_acc`、`test_acc`：准确率，0 到 1；
# - `grad_norm`：最后一步所用的 `.grad`，全部参数合起来的长度；
# - `dead`：**死单元**的比例，即对所有训练碎片都输出 0 的隐藏单元；
# - `saturated`：**饱和**的比例，即 sigmoid 输出小于 0.01 或大于 0.99、斜率几乎为 0 的情形（ReLU 网络记 0）。
#
# 每次更新用 32 片的小批量，学习率 1，下文的扫描会说明为什么。20 个种子叠成一批，一起训练，互不影响。

# %% [markdown] lang="en"
# ## What to record in each epoch
# Only after these two checks is real training worth while. At the end of each epoch we record seven numbers, and the diagnosis may look at nothing else:
#
# - `train_loss`, `test_loss`: loss on the training and on the test set (nats);
# - `train_acc`, `test_acc`: accuracy, from 0 to 1;
# - `grad_norm`: the length of the `.grad` that the last step used, all parameters taken together;
# - `dead`: the share of **dead units**, hidden units that put out 0 for every training flake;
# - `saturated`: the share that is **saturated**, that is, sigmoid outputs below 0.01 or above 0.99, where the slope is almost 0 (a ReLU network records 0).
#
# Each update uses a mini-batch of 32 flakes, with a learning rate of 1; the sweep below says why. The 20 seeds are stacked and trained as one batch, without touching each other.

# %%
FIELDS = (
    "train_loss",
    "test_loss",
    "train_acc",
    "test_acc",
    "grad_norm",
    "dead",
    "saturated",
)


def forward(
    params: Sequence[Tensor], x: Tensor, act: Callable
) -> tuple[Tensor, Tensor]:
    """Hidden outputs (S, n, H) and scores (S, n, k) (前向计算)."""
    w1, b1, w2, b2 = params
    h = act(torch.matmul(x, w1) + b1)
    return h, torch.matmul(h, w2) + b2


def losses(z: Tensor, y: Tensor) -> Tensor:
    """Cross-entropy of each seed (每个种子的损失): z (S, n, k), y (S, n) -> (S,)."""
    return F.cross_entropy(z.mT, y, reduction="none").mean(1)


@torch.no_grad()
def measure(
    params: Sequence[Tensor], data: Sequence[Tensor], act: Callable
) -> list[Tensor]:
    """The seven ``FIELDS`` of this moment (此刻的七个数), each of shape (S,)."""
    x, y, x_test, y_test = data
    h, z = forward(params, x, act)
    z_test = forward(params, x_test, act)[1]
    ys, ys_test = y.expand(len(z), -1), y_test.expand(len(z), -1)
    norm = sum(p.grad.square().sum((1, 2)) for p in params).sqrt()
    dead = (h == 0).all(1).float().mean(1)
    flat = ((h < 0.01) | (h > 0.99)).float().mean((1, 2))
    return [
        losses(z, ys),
        losses(z_test, ys_test),
        (z.argmax(2) == ys).float().mean(1),
        (z_test.argmax(2) == ys_test).float().mean(1),
        norm,
        dead,
        flat if act is torch.sigmoid else torch.zeros_like(flat),
    ]


def train(
    params: Sequence[Tensor],
    data: Sequence[Tensor],
    seeds: Sequence[int],
    lr: float = 1.0,
    epochs: int = 60,
    batch_size: int = 32,
    act: Callable = torch.relu,
    clear: bool = True,
) -> dict[str, Tensor]:
    """Train one network per seed, in place (训练); the history, (epochs, S) each.

    ``data``: x (n, d), y (n,), x_test, y_test. ``clear``: empty ``.grad`` before
    each step. Raises ``ValueError`` for bad data, rates and counts.
    """
    check_data(*data[:2])
    check_data(*data[2:])
    check_run(lr, epochs=epochs, batch_size=batch_size, seeds=len(seeds))
    x, y, *_ = data
    rngs = [torch.Generator().manual_seed(10_000 + seed) for seed in seeds]
    records = []
    for _ in range(epochs):
        order = torch.stack([torch.randperm(len(x), generator=rng) for rng in rngs])
        for picks in order.split(batch_size, dim=1):
            if clear:
                for p in params:
                    p.grad = None
            losses(forward(params, x[picks], act)[1], y[picks]).sum().backward()
            with torch.no_grad():
                for p in params:
                    p -= lr * p.grad
        records.append(measure(params, data, act))
    columns = zip(*records, strict=True)
    return {f: torch.stack(c) for f, c in zip(FIELDS, columns, strict=True)}


# %% [markdown] lang="zh"
# ## 第三查：扫一遍学习率
# 别猜学习率。每个只跑 10 轮、5 个种子，从很小试到很大，每次乘 10。

# %% [markdown] lang="en"
# ## Third check: sweep the learning rate
# Do not guess the rate. Give each one 10 epochs and 5 seeds, from very small to very large, in steps of a factor of 10.

# %%
if __name__ == "__main__":
    data = (x, y, x_test, y_test)
    rates = [0.001, 0.01, 0.1, 1, 10, 100]
    swept = []
    for rate in rates:
        runs = train(make_network(range(5)), data, range(5), lr=rate, epochs=10)
        swept.append(runs["train_loss"][-1].median().item())
        print(f"lr {rate:<5}  loss {swept[-1]:.3g}")

# %% tags=["plot"] alt_zh="横轴学习率，纵轴 10 轮后的训练损失，都是对数刻度。从 0.001 的 `{python} f'{swept[0]:.2f}'` 降到 1 处的 `{python} f'{swept[3]:.2f}'`；10 和 100 已经爆炸，画成顶上的三角。虚线是 ln 4。" alt_en="Training loss after 10 epochs against the learning rate, both on logarithmic scales. It falls from `{python} f'{swept[0]:.2f}'` at 0.001 to `{python} f'{swept[3]:.2f}'` at 1; 10 and 100 have exploded and are drawn as triangles at the top. The dashed line is ln 4."
if __name__ == "__main__":
    fig, ax = plt.subplots(layout="constrained")
    ax.axhline(math.log(4), color="gray", ls="--", label="pure guessing")
    ax.loglog(rates[:4], swept[:4], "o-", label="training loss")
    ax.plot(rates[4:], [4, 4], "^", color="C1", label="exploded")
    ax.set(xlabel="learning rate", ylabel="nats", ylim=(0.2, 5))
    ax.set_yticks([0.3, 1, 3], ["0.3", "1", "3"], minor=False)
    ax.minorticks_off()
    fig.legend(loc="outside lower center", ncols=3)
    plt.show()

# %% [markdown] lang="zh"
# 打印的是 5 个种子损失的中位数，单位是奈特；`nan` 表示“不是数”，是溢出的结果。太小不动，太大爆炸，1 处最低。
#
# ## 种下八种毛病
# 数据、网络、种子都不变，每次只错一处：

# %% [markdown] lang="en"
# Printed are the medians of 5 seeds, in nats; `nan` means "not a number" and comes from overflow. Too small and nothing moves, too large and it explodes; 1 is lowest.
#
# ## Planting eight faults
# Data, network and seeds stay the same, and each time exactly one thing is wrong:

# %%
FAULTS = (
    "rate too large",
    "rate too small",
    "labels shuffled",
    "dead units",
    "no zero_grad",
    "points leaked",
    "label leaked",
    "saturated",
)


def with_gates(x: Tensor, y: Tensor, fired: bool = True) -> Tensor:
    """Four more inputs (四个光栅): did bin k's light gate fire? (n, d + 4)."""
    gates = F.one_hot(y, 4).float() if fired else torch.zeros(len(y), 4)
    return torch.cat([x, 2 * gates - 0.5], dim=1)


def plant(fault: str, raw: Sequence[Tensor], seeds: Sequence[int]) -> tuple[list, dict]:
    """Train with one fault planted (种下一种毛病): parameters and history.

    ``raw`` holds reflectances in %. Any name outside ``FAULTS`` but "healthy"
    raises ``ValueError``.
    """
    if fault not in ("healthy", *FAULTS):
        raise ValueError(f"unknown fault {fault!r}, expected one of {FAULTS}")
    x_raw, y, x_test_raw, y_test = raw
    mean, std = x_raw.mean(0), x_raw.std(0)
    x, x_test = (x_raw - mean) / std, (x_test_raw - mean) / std
    bias, options = 0.0, {}
    if fault == "rate too large":
        options["lr"] = 20.0  # 1 was meant
    elif fault == "rate too small":
        options["lr"] = 0.001  # Adam's usual rate, but this is SGD
    elif fault == "labels shuffled":  # y in a new order, x in the old one
        y = y[torch.randperm(len(y), generator=torch.Generator().manual_seed(5))]
    elif fault == "dead units":
        bias = -5.0  # the biases start too low
    elif fault == "no zero_grad":
        options["clear"] = False
    elif fault == "points leaked":
        x_test, y_test = x[:48], y[:48]  # tested on flakes of the training set
    elif fault == "label leaked":
        x, x_test = with_gates(x, y), with_gates(x_test, y_test)
    elif fault == "saturated":
        x, x_test = x_raw, x_test_raw  # not standardised, and a sigmoid
        options["act"] = torch.sigmoid
    params = make_network(seeds, x.shape[1], bias=bias)
    return params, train(params, (x, y, x_test, y_test), seeds, **options)


if __name__ == "__main__":
    raw_data = (x_raw, y, x_test_raw, y_test)
    trained = {f: plant(f, raw_data, range(20)) for f in ("healthy", *FAULTS)}
    history = {fault: runs for fault, (_, runs) in trained.items()}

# %% [markdown] lang="zh" tags=["predict"]
# 漏了 `zero_grad` 和学习率太大都会爆炸。想一想：两者的**第一轮**有什么不同？两种泄漏的测试准确率都好得离谱，哪一种先好起来？

# %% [markdown] lang="en" tags=["predict"]
# Both a forgotten `zero_grad` and a rate that is too large explode. How might their **first epochs** differ? Both leaks give a test accuracy that is too good: which becomes good first?

# %% tags=["plot"] alt_zh="八格小图，灰线是 20 个健康的训练，彩线是有毛病的。学习率太大：损失冲到十的多少次方；太小：损失几乎不动；标签错位：测试准确率停在四分之一；死单元：比例为 1；漏清梯度：梯度越积越大；测试点泄漏：准确率慢慢越过上限；标签泄漏：几轮就越过；饱和：比例近 1。" alt_en="Eight panels, 20 healthy runs in gray behind the sick ones. Rate too large: the loss shoots up by powers of ten; too small: it hardly moves; labels shuffled: test accuracy stays at a quarter; dead units: share 1; no zero_grad: the gradient piles up; points leaked: accuracy slowly passes the ceiling; label leaked: within a few epochs; saturated: share near 1."
if __name__ == "__main__":
    names = {
        "train_loss": "training loss",
        "test_acc": "test accuracy",
        "grad_norm": "gradient norm",
        "dead": "dead share",
        "saturated": "saturated share",
    }
    shown = ("train_loss", "train_loss", "test_acc", "dead", "grad_norm")
    shown += ("test_acc", "test_acc", "saturated")
    fig, axes = plt.subplots(4, 2, figsize=(7, 10), layout="constrained")
    for ax, fault, field in zip(axes.flat, FAULTS, shown, strict=True):
        epochs = range(1, 61)
        sick = history[fault][field].clamp(max=1e12)  # NaN leaves a gap
        ax.plot(epochs, history["healthy"][field], color="gray", alpha=0.5, lw=1)
        ax.plot(epochs, sick, color="C1", alpha=0.6, lw=1)
        if field == "test_acc":
            ax.axhline(CEILING, color="black", ls="--")
        if field == "grad_norm" or fault == "rate too large":
            ax.set_yscale("log")
        else:
            ax.set_ylim(-0.05, 1.6 if field == "train_loss" else 1.05)
        ax.set(title=fault, xlabel="epoch", ylabel=names[field])
    plt.show()

# %% [markdown] lang="zh"
# 灰线是健康的 20 次训练，橙线是有毛病的，虚线是 90% 的上限。每格只画最能说明问题的那一条曲线。
#
# ## 诊断：只看曲线
# 先把曲线化成几个数，再按次序问。次序要紧：死单元的梯度小得忽长忽短，容易错当成“越积越长”，所以先问死单元，再问梯度。

# %% [markdown] lang="en"
# Gray: the 20 healthy runs. Orange: the sick ones. Dashed: the ceiling of 90%. Each panel shows the one curve that tells most.
#
# ## A diagnosis from curves alone
# First boil the curves down to a few numbers, then ask in order. The order matters: with dead units the gradient is so small that its ups and downs can pass for piling up, so ask about dead units before gradients.

# %%
EXPLODED = 40.0  # losses, in multiples of ln k
PILED = 8.0  # median gradient norm / first
OFF = 0.8  # share of units
MARGIN = 0.03  # above the ceiling
EARLY = 0.1  # share of the run
FALL = 0.15  # share of the first loss


def symptoms(
    history: Mapping[str, Sequence[float]], classes: int = 4, ceiling: float = 0.9
) -> dict[str, float]:
    """What ``diagnose`` looks at (症状), from the history of one run.

    Losses in multiples of ln(classes), NaN counting as infinity; the rest are
    ratios and shares. Errors as for ``diagnose``.
    """
    check_history(history)
    check_task(classes, ceiling)
    h = {f: torch.as_tensor(history[f], dtype=torch.float64) for f in FIELDS}
    loss = h["train_loss"].nan_to_num(math.inf, math.inf) / math.log(classes)
    norm = h["grad_norm"]
    middle = norm[norm.isfinite()].nanmedian() if norm[0] > 0 else norm[0] + 1
    above = (h["test_acc"] > ceiling + MARGIN).nonzero()
    return {
        "first loss": loss[0].item(),
        "gradient growth": (middle / norm[0]).item(),
        "worst loss": loss.max().item(),
        "dead": h["dead"][-1].item(),
        "saturated": h["saturated"][-1].item(),
        "test accuracy": h["test_acc"][-1].item(),
        "crossing": (int(above[0]) + 1) / len(loss) if len(above) else math.inf,
        "fall": (1 - loss[-1] / loss[0]).item(),
    }


def diagnose(
    history: Mapping[str, Sequence[float]], classes: int = 4, ceiling: float = 0.9
) -> str:
    """Name the fault of one run from its curves (诊断), or "healthy".

    ``history`` maps each of ``FIELDS`` to one number per epoch: losses in nats,
    accuracies and shares in [0, 1]. ``ceiling`` is the best accuracy that the
    noise of the labels allows. Raises ``TypeError`` or ``ValueError`` for missing,
    empty or uneven fields; NaN is a symptom, not an error.
    """
    s = symptoms(history, classes, ceiling)
    if s["first loss"] > EXPLODED:
        return "rate too large"
    if s["dead"] > OFF:
        return "dead units"
    if s["saturated"] > OFF:
        return "saturated"
    if s["gradient growth"] > PILED:
        return "no zero_grad"
    if s["worst loss"] > EXPLODED:
        return "rate too large"
    if s["test accuracy"] > ceiling + MARGIN:
        return "label leaked" if s["crossing"] < EARLY else "points leaked"
    if s["fall"] < FALL:
        return "rate too small"
    if s["test accuracy"] < (1 / classes + ceiling) / 2:
        return "labels shuffled"
    return "healthy"


def one_run(history: Mapping[str, Tensor], s: int) -> dict[str, Tensor]:
    """Run number ``s`` of a history (取出一次训练), each field (epochs,)."""
    return {field: values[:, s] for field, values in history.items()}


# %% [markdown] lang="zh"
# 门槛一个个说：
#
# 1. **第一轮损失 > `{python} f"{EXPLODED:.0f}"` × $\ln k$**：瞎猜也只有 $\ln k$。饱和的网络会到几倍，几十倍以上就是被一步甩出去的：学习率太大。
# 2. **最后死单元超过 `{python} f"{OFF:.0%}"`**；3. **最后饱和超过 `{python} f"{OFF:.0%}"`**：多数单元没有梯度，剩下的学不了多少。爆炸也会顺手杀死一些，但不到一半，所以门槛定得高。
# 4. **梯度长度的中位数 > `{python} f"{PILED:.0f}"` × 第一轮的**：健康时梯度越来越短；不清零，新旧相加，越积越长。第一步没有旧梯度，所以第一轮是好的。
# 5. **任何一轮损失 > `{python} f"{EXPLODED:.0f}"` × $\ln k$，或出现 `nan`**：也是学习率太大，只是来得晚。
# 6. **测试准确率比上限还高 `{python} MARGIN`**：不可能。240 片的准确率偶然会上下约 `{python} f"{(CEILING * (1 - CEILING) / 240) ** 0.5:.2f}"`，所以留点余地。若在前 `{python} f"{EARLY:.0%}"` 的轮数里就越过，说明输入里有现成答案（标签泄漏）；慢慢才越过，说明网络在背那些贴错的标签，而测试题正是背过的（测试点泄漏）。
# 7. **损失的降幅不到 `{python} f"{FALL:.0%}"`**：单元都活着，却几乎没动：学习率太小。
# 8. **测试准确率不到瞎猜与上限的正中**：训练损失降了，新碎片却全不会：学到的标签不是这些碎片的。

# %% [markdown] lang="en"
# The thresholds, one by one:
#
# 1. **First loss > `{python} f"{EXPLODED:.0f}"` × $\ln k$**: pure guessing costs only $\ln k$. A saturated network gets to a few times that; dozens of times means that a step has thrown the network out: the rate is too large.
# 2. **More than `{python} f"{OFF:.0%}"` of the units dead at the end**; 3. **more than `{python} f"{OFF:.0%}"` saturated**: most units have no gradient, and the rest cannot learn much. An explosion kills some units in passing, but less than half; hence the high threshold.
# 4. **Median gradient norm > `{python} f"{PILED:.0f}"` × the first**: in health, gradients grow shorter. Not cleared, old and new add up and grow. The very first step has nothing old to add, so the first epoch looks fine.
# 5. **Loss > `{python} f"{EXPLODED:.0f}"` × $\ln k$ in any epoch, or `nan`**: a rate too large as well, only later.
# 6. **Test accuracy `{python} MARGIN` above the ceiling**: impossible. On 240 flakes, chance moves an accuracy by some `{python} f"{(CEILING * (1 - CEILING) / 240) ** 0.5:.2f}"` either way, hence the allowance. If it is passed within the first `{python} f"{EARLY:.0%}"` of the epochs, the inputs contain the answer (label leaked). If it is passed slowly, the network is learning wrong labels by heart, and the test asks for those very flakes (points leaked).
# 7. **The loss fell by less than `{python} f"{FALL:.0%}"`**: all units live but hardly move: the rate is too small.
# 8. **Test accuracy below the middle between guessing and the ceiling**: the training loss fell, yet new flakes are a riddle: the labels learned were not those of these flakes.

# %%
if __name__ == "__main__":
    found = {}
    for fault, runs in history.items():
        found[fault] = [diagnose(one_run(runs, s)) for s in range(20)]
    print(" " * 18 + "".join(f"{k:>4}" for k in range(9)))
    for k, fault in enumerate(history):
        row = "".join(f"{found[fault].count(name):4}" for name in history)
        print(f"{k} {fault:16}{row}")

# %% [markdown] lang="zh"
# 这是混淆矩阵：行是种下的，列是诊断出的，同一编号。20 次健康训练，误报 `{python} 20 - found["healthy"].count("healthy")` 次；八种毛病认对最少的一种，20 次里对 `{python} min(found[f].count(f) for f in FAULTS)` 次。

# %% [markdown] lang="en"
# This is a confusion matrix: rows are what was planted, columns what was diagnosed, by the same numbers. Of 20 healthy runs, `{python} 20 - found["healthy"].count("healthy")` raise a false alarm; for the fault recognised least often, `{python} min(found[f].count(f) for f in FAULTS)` of 20 are named rightly.

# %% [markdown] lang="zh" tags=["check"]
# 门槛是看着这些种子定的，满分不稀奇，要看**余地**。每行：症状，健康的最小与最大，门槛，有毛病的最小与最大。

# %% [markdown] lang="en" tags=["check"]
# The thresholds were set on these very seeds, so full marks prove little; look at the **margins**. In each row: symptom, smallest and largest of the healthy runs, threshold, smallest and largest of the sick ones.

# %% tags=["check"]
if __name__ == "__main__":
    signs = {
        fault: [symptoms(one_run(runs, s)) for s in range(20)]
        for fault, runs in history.items()
    }
    tests = (
        ("first loss", EXPLODED, "rate too large"),
        ("gradient growth", PILED, "no zero_grad"),
        ("dead", OFF, "dead units"),
        ("saturated", OFF, "saturated"),
        ("test accuracy", CEILING + MARGIN, "points leaked"),
        ("test accuracy", CEILING + MARGIN, "label leaked"),
        ("fall", FALL, "rate too small"),
        ("test accuracy", (1 / 4 + CEILING) / 2, "labels shuffled"),
    )
    spans = []
    for sign, limit, fault in tests:
        span = []
        for name in ("healthy", fault):
            values = [row[sign] for row in signs[name]]
            span += [min(values), max(values)]
        spans.append(span)
        a, b, c, d = span
        print(f"{sign:15} {a:5.2f} {b:5.2f} |{limit:5.2f} | {c:6.2f} {d:8.2f}")
    early = [max(row["crossing"] for row in signs["label leaked"])]
    early += [min(row["crossing"] for row in signs["points leaked"])]
    print(f"crossing: label <= {early[0]:.2f} < {EARLY} < {early[1]:.2f} <= points")

# %% [markdown] lang="zh" tags=["check"]
# 每个门槛两边都有余地，最紧的是测试准确率的上限。本页的测试文件还用没参与定门槛的种子核对过，次数写在那里。

# %% [markdown] lang="en" tags=["check"]
# There is room on both sides of every threshold; it is tightest at the ceiling of the test accuracy. The tests of this page repeat the diagnosis with seeds that had no part in setting the thresholds and state the counts.

# %% [markdown] lang="zh"
# ## 八种毛病怎么治

# %% [markdown] lang="en"
# ## Curing the eight faults

# %% [markdown] lang="zh" tags=["bug"]
# 上面的图和表都是实跑的。对症下药：
#
# - **学习率太大**：步子跨过了谷底，越跳越高，直到 `nan`。做第三查，取最低点或更小一些。
# - **学习率太小**：曲线平而光滑，单元都活着。常见于把 Adam 的 0.001 抄给 SGD。同样做第三查。
# - **标签错位**：训练损失靠硬背下降，新碎片全错。打乱时 `x` 和 `y` 必须用同一个次序；打印几个样本，用眼看。
# - **死单元**：ReLU 的输入全是负的，梯度恰好为 0，永远不动。查偏置、初始化和学习率。
# - **漏清梯度**（`zero_grad`）：前几轮甚至比健康的还快，随后摇摆、爆炸。每步之前 `optimizer.zero_grad()`。
# - **饱和**：sigmoid 的输入太大，落在平处。先标准化；隐藏层改用 ReLU。
# - **两种泄漏**：唯一让人高兴的毛病，所以最危险。最硬的证据是**新数据**：再去量 240 片，光栅还没动作，因为还没人分拣：

# %% [markdown] lang="en" tags=["bug"]
# The figure and the tables above come from real runs. The cures:
#
# - **Rate too large**: each step leaps across the valley and lands higher, up to `nan`. Do the third check, and take the lowest point or a little less.
# - **Rate too small**: flat, smooth curves and living units. Often it is Adam's 0.001 copied to SGD. The third check again.
# - **Labels shuffled**: the training loss falls by rote learning, and new flakes are all wrong. `x` and `y` must be shuffled in the same order; print a few samples and look at them.
# - **Dead units**: the input of the ReLU is always negative, the gradient exactly 0, and nothing moves again. Check biases, initialisation and rate.
# - **No `zero_grad`**: the first epochs are even faster than in health, then it swings and explodes. `optimizer.zero_grad()` before each step.
# - **Saturated**: the inputs of the sigmoid are so large that it is flat. Standardise; use ReLU in hidden layers.
# - **The two leaks**: the only faults that make you happy, and so the most dangerous. The hardest evidence is **fresh data**: measure 240 more flakes, whose light gates have not fired, because nobody has sorted them yet:

# %% tags=["bug"]
if __name__ == "__main__":
    fresh_raw, y_fresh = make_flakes(240, seed=2)
    fresh = (fresh_raw - mean) / std
    inputs = {"points leaked": fresh}
    inputs["label leaked"] = with_gates(fresh, y_fresh, fired=False)
    real = {}
    for fault, x_new in inputs.items():
        scores = forward(trained[fault][0], x_new, torch.relu)[1]
        real[fault] = (scores.argmax(2) == y_fresh).float().mean().item()
        claimed = history[fault]["test_acc"][-1].mean().item()
        print(f"{fault}: test {claimed:.1%}, fresh {real[fault]:.1%}")

# %% [markdown] lang="zh" tags=["bug"]
# 两个数是 20 个种子平均的测试准确率和新碎片的准确率。“光栅”记的是碎片掉进了哪个箱子，也就是标签本身；它在训练表里有，在用的时候没有。测试点泄漏的网络其实和健康的一样好，错的只是分数。**正确做法**：先分好训练集和测试集，再做别的；每一列都问一句：用的时候，这个数已经有了吗？

# %% [markdown] lang="en" tags=["bug"]
# The two numbers are the accuracies on the test set and on fresh flakes, averaged over 20 seeds. A light gate records into which bin a flake has fallen, which is the label itself: present in the training table, absent in use. Where test points leaked, the network is as good as a healthy one; only its score is wrong. **The right way**: split first, and do everything else after; and ask of each column whether its number is there yet when the model is used.

# %% [markdown] lang="zh"
# ## 练习

# %% [markdown] lang="en"
# ## Exercises

# %% [markdown] lang="zh" tags=["exercise"]
# 把测试集的一半换成训练碎片：48 片训练过的，48 片没见过的。`diagnose` 怎么说？写 `shared_rows(x, x_test)`，数测试集中有几行在训练集里也有。

# %% [markdown] lang="en" tags=["exercise"]
# Let only half of the test set be training flakes: 48 of them, and 48 that are new. What does `diagnose` say? Write `shared_rows(x, x_test)`, which counts the rows of the test set that the training set has too.


# %% tags=["solution"]
def shared_rows(x: Tensor, x_test: Tensor) -> int:
    """How many rows of ``x_test`` (m, d) also stand in ``x`` (n, d) (重复的行)."""
    if x.ndim != 2 or x_test.ndim != 2 or x.shape[1] != x_test.shape[1]:
        found = f"{tuple(x.shape)} and {tuple(x_test.shape)}"
        raise ValueError(f"expected shapes (n, d) and (m, d), got {found}")
    return int((x_test[:, None] == x).all(2).any(1).sum())


if __name__ == "__main__":
    x_half = torch.cat([x[:48], x_test[:48]])
    y_half = torch.cat([y[:48], y_test[:48]])
    half_data = (x, y, x_half, y_half)
    half = train(make_network(range(5)), half_data, range(5))
    print([diagnose(one_run(half, s)) for s in range(5)].count("healthy"), "of 5")
    print(f"test accuracy {half['test_acc'][-1].mean():.2f}")
    print(f"shared {shared_rows(x, x_half)} of {len(x_half)}")

# %% [markdown] lang="zh" tags=["solution"]
# 5 次里有几次说“健康”，见第一行：一半虚高、一半真实，平均没有越过上限，曲线看不出来；数重复的行却一眼就看到。**“健康”的意思只是没有发现这八种毛病。**

# %% [markdown] lang="en" tags=["solution"]
# The first line says in how many of 5 runs the verdict is "healthy": half is too good, half is honest, and the average stays below the ceiling. Curves cannot show it, but counting shared rows does at once. **"Healthy" means no more than: none of these eight was found.**

# %% [markdown] lang="zh" tags=["exercise"]
# 写 `grad_ratio(model, x, y)`：参数里现有的 `.grad` 的长度，除以同一批数据重新求的梯度的长度。连做两次 `backward()` 而不清零，它应当是几？

# %% [markdown] lang="en" tags=["exercise"]
# Write `grad_ratio(model, x, y)`: the length of the `.grad` now stored in the parameters, divided by the length of the gradient computed anew on the same batch. What should it be after two calls of `backward()` without clearing?


# %% tags=["solution"]
def grad_ratio(model: nn.Module, x: Tensor, y: Tensor) -> float:
    """Length of ``.grad`` / length of the fresh gradient (梯度之比); 1 is right."""
    check_data(x, y)
    params = list(model.parameters())
    if any(p.grad is None for p in params):
        raise ValueError("a parameter has no gradient: call backward() first")
    fresh = torch.autograd.grad(F.cross_entropy(model(x), y), params)
    stored = torch.cat([p.grad.flatten() for p in params]).norm()
    return (stored / torch.cat([g.flatten() for g in fresh]).norm()).item()


if __name__ == "__main__":
    for _ in range(2):
        F.cross_entropy(model(x), y).backward()
        print(f"{grad_ratio(model, x, y):.2f}")

# %% [markdown] lang="zh" tags=["exercise"]
# 做了两遍 softmax，$k$ 个类别的损失最低是多少？写 `softmax_twice_floor(k)`。类别越多，这个毛病越明显还是越隐蔽？

# %% [markdown] lang="en" tags=["exercise"]
# With softmax applied twice, what is the lowest loss for $k$ classes? Write `softmax_twice_floor(k)`. With more classes, is the fault easier or harder to notice?


# %% tags=["solution"]
def softmax_twice_floor(k: int) -> float:
    """Lowest cross-entropy behind two softmaxes (两遍 softmax 的下限), in nats."""
    check_task(k, 1.0)
    return math.log(1 + (k - 1) / math.e)


if __name__ == "__main__":
    for k in (2, 4, 1000):
        print(f"k = {k}: {softmax_twice_floor(k):.2f} of ln k = {math.log(k):.2f}")

# %% [markdown] lang="zh" tags=["solution"]
# 越明显：类别很多时，下限几乎就是 $\ln k$，损失看上去根本不动。

# %% [markdown] lang="en" tags=["solution"]
# Easier: with many classes the floor is almost $\ln k$, and the loss does not seem to move at all.

# %% [markdown] lang="zh"
# ## 小结
# 开头那台分拣机：训练损失降了，所以学习率和梯度没问题；新碎片只对四分之一，所以学到的标签不是这些碎片的。诊断是**标签错位**：打乱时 `x` 和 `y` 用了不同的次序。
#
# 把这张清单贴在桌边，按次序查：
#
# 1. **初始损失**：是不是 $\ln k$ 左右？
# 2. **背下一批**：损失能不能逼近 0？
# 3. **扫学习率**：每次乘 10，取最低处。
# 4. **比训练与测试**：测试好过上限？新数据差很多？
# 5. **看梯度**：越积越大？单元死了、饱和了？
#
# 梯度怎样传回来，见 [反向传播](../ch05_networks/backpropagation.py)；死单元与饱和，见 [激活函数](../ch05_networks/activations.py)；泄漏与留出，见 [泛化](../ch04_classification/generalization.py)。下一页 [可复现性](../ch06_training/reproducibility.py) 问：同一个程序跑两遍，怎样才能得到同样的曲线？术语见 [术语表](/glossary.md)。

# %% [markdown] lang="en"
# ## Recap
# The sorter of the opening: its training loss fell, so rate and gradients are fine; new flakes are right one time in four, so the labels it learned were not theirs. The diagnosis is **labels shuffled**: `x` and `y` were put in different orders.
#
# Keep this list by your desk and go through it in order:
#
# 1. **Loss at init**: is it about $\ln k$?
# 2. **Overfit one batch**: does the loss approach 0?
# 3. **Sweep the rate**: factors of 10, take the lowest.
# 4. **Compare training and test**: is the test above the ceiling? Is fresh data much worse?
# 5. **Look at the gradients**: do they pile up? Are units dead or saturated?
#
# How gradients travel back is told in [backpropagation](../ch05_networks/backpropagation.py), dead and saturated units in [activation functions](../ch05_networks/activations.py), leaks and holding out in [generalization](../ch04_classification/generalization.py). The next page, [reproducibility](../ch06_training/reproducibility.py), asks: how do two runs of one program give the same curves? Terms are in the [glossary](/glossary.md).
