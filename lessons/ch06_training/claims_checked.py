# %% [markdown] lang="zh"
# # 说法核对
# 学一门新手艺，最先读到的往往是别人的教程：某个网络能分开两个月牙，某个技巧有用，某段程序最后打印出某个损失。
# 怎么知道说得对不对？把它照样跑一遍。换 100 个随机种子，再跑一遍。
#
# 这一页就这样做。我们选了五篇中文教程，讲的和这门课一样，把里面的说法逐条列出：文中印了什么数，我们测得多少，跑了多少个种子，成立不成立，
# 哪一课讲它。“我们测得”里的数，都是下面的程序在生成本页时算出来的。这些错人人都容易犯，所以值得一看。
#
# 表怎么读：
#
# - **编号** 后面是结论：✓ 成立，◐ 部分成立，✗ 不成立或文本里没有，– 无所谓对错。
# - **说法** 用我们自己的话写；括号里的“文中”是文章印出的数。我们手上是网页转成的纯文本，图和公式可能在转存时丢了。
# - **我们测得** 里的三个数 `a / b / c`，是各个种子里最小、居中、最大的；`m/n` 是 `n` 个种子里有 `m` 个；`1e-3` 是 0.001。最小二乘是直接算出的最优直线，训练应该走到那里。
# - **种子** 是跑了多少个。“1”表示不靠种子，跑一次就够；“读”表示说的是文章本身，只用读。

# %% [markdown] lang="en"
# # Claims, checked
# When you learn a new craft, the first thing you read is somebody's tutorial: this network separates two moons, that trick helps, this
# program ends with that loss. How do you know that it is so? Run it as it stands. Then run it with 100 random seeds.
#
# This page does that. We took five Chinese tutorials on what this course teaches and list their claims one by one: the number
# they print, the number we measured, over how many seeds, whether the claim holds, and which lesson shows it. Every number under “What we measured”
# was computed by the program below when this page was made. These are slips that anybody makes, which is why they are worth a look.
#
# How to read the tables:
#
# - The verdict stands behind **No.**: ✓ holds, ◐ holds in part, ✗ does not hold or is not in our text, – neither right nor wrong.
# - A **claim** is put in our words; “printed” are the article's own numbers. What we have is the plain text of web pages, where pictures and formulas may have been lost.
# - Three numbers under **What we measured**, `a / b / c`, are the least, the middle and the largest over the seeds; `m/n` means `m` of `n` seeds; `1e-3` is 0.001. Least squares is the best line, computed directly; training should arrive there.
# - **Seeds** is how many were run. “1”: no seed matters and one run is enough; “read”: the claim is about the article itself, which only has to be read.

# %% tags=["setup"]
import contextlib
import importlib.util
import io
import math
import tempfile
import time
import warnings
from collections.abc import Callable, Iterable
from itertools import pairwise

import matplotlib.font_manager
import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F
from sklearn.datasets import make_moons, make_regression
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from torch import Tensor, nn
from torch.utils.tensorboard import SummaryWriter

SEEDS = range(100)
FRESH = 10_000  # added to a seed: data that its training has not seen


def mark(*holds: bool) -> str:
    """A claim's verdict (结论): all its parts hold, none of them does, or some do."""
    if not holds:
        raise ValueError("a verdict needs at least one measured condition, got none")
    return "✓" if all(holds) else "◐" if any(holds) else "✗"


def spread(values: Tensor, digits: int = 3) -> str:
    """The least, the middle and the largest of one number a seed (最小、中位、最大)."""
    if values.ndim != 1 or not len(values):
        raise ValueError(
            f"spread takes one value a seed, got shape {tuple(values.shape)}"
        )
    ends = (values.min(), values.median(), values.max())
    return " / ".join(f"{v:.{digits}g}" for v in ends)


def count(holds: Tensor) -> str:
    """For how many of the seeds something holds (多少个种子成立)."""
    return f"{int(holds.sum())}/{holds.numel()}"


def error_of(source: str, **names) -> str:
    """What ends a piece of code that runs alone (单独运行): the error's type, or nothing."""
    try:
        exec(compile(source, "snippet", "exec"), dict(names))
    except Exception as error:
        return type(error).__name__
    return ""


def warning_of(action: Callable[[], object]) -> str:
    """The category of the warning (警告) that ``action`` gives, or nothing."""
    before = torch.is_warn_always_enabled()
    torch.set_warn_always(True)  # else a process hears each of torch's warnings once
    try:
        with warnings.catch_warnings(record=True) as heard:
            warnings.simplefilter("always")
            action()
    finally:
        torch.set_warn_always(before)
    return heard[0].category.__name__ if heard else ""


def draws(seeds: Iterable[int]) -> list[torch.Generator]:
    """One generator (生成器) a seed."""
    return [torch.Generator().manual_seed(s) for s in seeds]


def randn(*shape: int, by: list[torch.Generator]) -> Tensor:
    """Normal numbers, shape (seeds, *shape); each seed's from its own generator."""
    return torch.stack([torch.randn(shape, generator=g) for g in by])


class Networks:
    """As many networks (网络) as seeds, side by side; weights drawn as ``nn.Linear`` does.

    Takes x of shape (seeds, samples, sizes[0]), gives (seeds, samples, sizes[-1]).
    """

    def __init__(self, sizes, by, activation=torch.relu):
        self.activation, self.layers = activation, []
        for n_in, n_out in pairwise(sizes):
            bound = 1 / math.sqrt(n_in)
            shapes = ((n_in, n_out), (1, n_out))
            pair = [
                torch.stack([torch.rand(s, generator=g) for g in by]) for s in shapes
            ]
            self.layers.append([((2 * p - 1) * bound).requires_grad_() for p in pair])

    def __call__(self, x: Tensor) -> Tensor:
        for i, (w, b) in enumerate(self.layers):
            x = torch.baddbmm(b, self.activation(x) if i else x, w)
        return x

    def parameters(self) -> list[Tensor]:
        return [p for pair in self.layers for p in pair]


def mse(out: Tensor, y: Tensor) -> Tensor:
    """Squared error (平方误差) of each output."""
    return (out - y) ** 2


def bce(logits: Tensor, y: Tensor) -> Tensor:
    """Binary cross-entropy (二元交叉熵) of each logit."""
    return F.binary_cross_entropy_with_logits(logits, y, reduction="none")


def train(net, data, loss, optimizer, steps, schedule=None, watch=None) -> Tensor:
    """Full-batch training (整批训练) of all seeds at once; losses before each step, (steps, seeds)."""
    (x, y), history = data, []
    for step in range(steps):
        losses = loss(net(x), y).mean(dim=(1, 2))
        optimizer.zero_grad()
        losses.sum().backward()  # a seed's gradient comes from its own loss alone
        if watch:
            watch(step)
        optimizer.step()
        if schedule:
            schedule.step()
        history.append(losses.detach())
    return torch.stack(history)


def moons(seeds: Iterable[int], n: int = 200) -> tuple[Tensor, Tensor]:
    """Two-moons data (双月数据) a seed: x (seeds, n, 2), labels (seeds, n, 1)."""
    sets = [make_moons(n_samples=n, noise=0.1, random_state=s) for s in seeds]
    x, y = (
        torch.tensor(np.stack(part), dtype=torch.float32)
        for part in zip(*sets, strict=True)
    )
    return x, y.unsqueeze(-1)


def accuracy(net, data) -> Tensor:
    """Share of right answers (准确率) a seed."""
    x, y = data
    with torch.no_grad():
        return ((net(x) > 0) == (y > 0.5)).double().mean(dim=(1, 2))


def least_squares(x: Tensor, y: Tensor) -> Tensor:
    """Slope and intercept of least squares (最小二乘) a seed, in float64: (seeds, 2)."""
    x, y = x.double(), y.double()
    return torch.linalg.lstsq(
        torch.cat((x, torch.ones_like(x)), dim=-1), y
    ).solution.squeeze(-1)


def line_of(net: Networks) -> Tensor:
    """Slope and intercept that a one-layer network (单层网络) has learnt: (seeds, 2)."""
    w, b = net.layers[0]
    return torch.cat((w.detach().flatten(1), b.detach().flatten(1)), dim=1).double()


# Claims about the text alone, or definitions: read, not run.
READ = {
    "C11": "✗",
    "C18": "✗",
    "C24": "✗",
    "C26": "✗",
    "C27": "✗",
    "C47": "✗",
    "C48": "✗",
    "C49": "✓",
    "C76": "◐",
    "C78": "–",
    "C81": "✗",
    "C82": "✗",
    "C84": "✓",
    "C85": "◐",
    "C88": "✗",
    "C101": "–",
    "C114": "✓",
    "C126": "◐",
}
LAST_OF = (25, 47, 81, 101, 127)  # the last claim of each article


def tally(verdict: dict[str, str]) -> list[dict[str, int]]:
    """How often each verdict (结论) was given, one dictionary an article.

    Raises ValueError if a claim has no verdict.
    """
    missing = [n for n in range(1, LAST_OF[-1] + 1) if f"C{n:02d}" not in verdict]
    if missing:
        raise ValueError(f"every claim needs a verdict, missing: {missing}")
    found = []
    for first, last in pairwise((0, *LAST_OF)):
        marks = [verdict[f"C{n:02d}"] for n in range(first + 1, last + 1)]
        found.append({sign: marks.count(sign) for sign in "✓◐✗–"})
    return found


# %% tags=["measure"]
CLAIMED_ACCURACY = 0.85
STEP_SIZE = 30
GAMMA = 0.1
FROZEN = (90, 300, 999)  # epochs at which the rate is looked at
MAX_NORM = 1.0
FEW = 10  # fits with scikit-learn
PACKAGES = ("torch", "matplotlib", "sklearn", "tensorboard")


def noisy_line(seeds) -> tuple[Tensor, Tensor]:
    """y = 3x + 2 + noise of standard deviation 2, 100 points on [0, 10] a seed."""
    x = torch.linspace(0, 10, 100).reshape(1, -1, 1).expand(len(seeds), -1, -1)
    return x, 3 * x + 2 + 2 * randn(100, 1, by=draws(seeds))


def sigmoid_is_one(dtype: torch.dtype) -> float:
    """The least z, to 0.001, whose sigmoid is exactly 1 in ``dtype``."""
    z = torch.arange(10, 40, 0.001, dtype=torch.float64)
    return z[torch.sigmoid(z.to(dtype)) == 1][0].item()


def fit_moons(
    data, activation=torch.relu, optimizer=torch.optim.Adam, epochs=1000, **how
):
    """2-4-1 networks on moons; ``how``: init, step_size, gamma, watch. Returns networks, losses."""
    net = Networks((2, 4, 1), draws(range(len(data[0]))), activation)
    if "init" in how:
        how["init"](net.layers[0][0])
    steps = optimizer(net.parameters(), lr=0.05)
    schedule = None
    if "step_size" in how:
        schedule = torch.optim.lr_scheduler.StepLR(
            steps, how["step_size"], how["gamma"]
        )
    watch = how.get("watch")
    losses = train(
        net,
        data,
        bce,
        steps,
        epochs,
        schedule,
        watch and (lambda step: watch(net, step)),
    )
    return net, losses


def kaiming(weight: Tensor) -> None:
    """``nn.init.kaiming_normal_`` for two inputs: standard deviation sqrt(2 / 2)."""
    with torch.no_grad():
        for seed, w in enumerate(weight):
            w.copy_(torch.randn(w.shape, generator=torch.Generator().manual_seed(seed)))


def rate_at(epochs: Iterable[int]) -> list[float]:
    """Learning rates of StepLR(30, 0.1) from 0.05 on, at these epochs."""
    return [0.05 * GAMMA ** (epoch // STEP_SIZE) for epoch in epochs]


def norms_of(net: Networks) -> Tensor:
    """Length of each seed's gradient (梯度范数)."""
    return sum(p.grad.pow(2).sum(dim=(1, 2)) for p in net.parameters()).sqrt()


def lines_on_one_axes(plots: int, closed: bool = False) -> int:
    """Lines on the axes in the end, if every plot is followed by plt.show() without a screen.

    ``closed``: and by closing the figure, as a reader closes its window.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # "FigureCanvasAgg is non-interactive"
        for _ in range(plots):
            if closed:
                plt.close()
            plt.plot([0, 1])
            plt.show()
    lines = len(plt.gca().lines)
    plt.close()
    return lines


def points_logged(epochs: int) -> list[int]:
    """Scalars that TensorBoard's reader finds after two were logged in each epoch."""
    with tempfile.TemporaryDirectory() as folder:
        with SummaryWriter(folder) as writer:
            for epoch in range(epochs):
                writer.add_scalar("Loss/train", 1.0, epoch)
                writer.add_scalar("Accuracy/train", 0.5, epoch)
        reader = EventAccumulator(folder, size_guidance={"scalars": 0}).Reload()
        return [len(reader.Scalars(tag)) for tag in reader.Tags()["scalars"]]


if __name__ == "__main__":
    verdict = dict(READ)
    line_data = noisy_line(SEEDS)
    net = Networks((1, 1), draws(SEEDS))
    line_losses = train(
        net, line_data, mse, torch.optim.SGD(net.parameters(), lr=0.01), 100
    )
    line_end, line_best = line_of(net), least_squares(*line_data)
    best_mse = (
        line_best[:, :1, None] * line_data[0] + line_best[:, 1:, None] - line_data[1]
    ).pow(2)
    best_mse = best_mse.mean(dim=(1, 2))
    far_b = (line_end - line_best)[:, 1].abs()
    x, y = line_data
    scaled = (x - x.mean()) / x.std(correction=0)
    net_scaled = Networks((1, 1), draws(SEEDS))
    train(
        net_scaled,
        (scaled, y),
        mse,
        torch.optim.SGD(net_scaled.parameters(), lr=0.1),
        100,
    )
    gap_scaled = (line_of(net_scaled) - least_squares(scaled, y)).abs().amax(dim=1)
    verdict["C01"] = mark(bool((gap_scaled < 1e-4).all()))
    verdict["C02"] = mark(bool(line_losses.isfinite().all()))
    verdict["C03"] = mark(
        bool(((line_end - line_best)[:, 0].abs() < 0.5).all()),
        bool((far_b < 0.5).all()),
    )
    verdict["C04"] = mark(bool((best_mse > 2).all()))
    line_size = sum(p[0].numel() for p in net.parameters())
    verdict["C05"] = mark(line_size == 2)

    one32, one64 = sigmoid_is_one(torch.float32), sigmoid_is_one(torch.float64)
    verdict["C06"] = mark(
        torch.sigmoid(torch.tensor(17.0)) < 1,
        torch.sigmoid(torch.tensor(17.0).double()) < 1,
    )
    zero, one, z = (
        torch.zeros(1),
        torch.ones(1),
        torch.tensor([-120.0], requires_grad=True),
    )
    worst_bce = F.binary_cross_entropy(zero, one).item()
    (lost,) = torch.autograd.grad(F.binary_cross_entropy(torch.sigmoid(z), one), z)
    (kept,) = torch.autograd.grad(F.binary_cross_entropy_with_logits(z, one), z)
    third = F.binary_cross_entropy(torch.tensor([0.3]), one).item()
    verdict["C07"] = mark(
        math.isclose(third, -math.log(0.3), rel_tol=1e-6), lost.item() != 0
    )
    alone08 = error_of("x = torch.tensor([1.0])")
    verdict["C08"] = mark(
        not alone08, not error_of("x = torch.tensor([1.0])", torch=torch)
    )

    moon_data, moon_fresh = moons(SEEDS), moons(range(FRESH, FRESH + len(SEEDS)))
    net = Networks((2, 1), draws(SEEDS))
    train(net, moon_data, bce, torch.optim.Adam(net.parameters(), lr=0.1), 1000)
    train10, test10 = accuracy(net, moon_data), accuracy(net, moon_fresh)
    learnt = torch.cat([p.detach().flatten(1) for p in net.parameters()], dim=1)
    exact = [
        LogisticRegression(C=np.inf, tol=1e-8).fit(a.numpy(), b.ravel().numpy())
        for a, b in zip(moon_data[0][:FEW], moon_data[1][:FEW], strict=True)
    ]
    exact = torch.tensor(np.array([[*m.coef_[0], m.intercept_[0]] for m in exact]))
    gap09 = (learnt[:FEW] - exact).abs().amax(dim=1)
    verdict["C09"] = mark(bool((gap09 < 1e-2).all()))
    verdict["C10"] = mark(
        bool(train10.median() > CLAIMED_ACCURACY),
        bool((train10 > CLAIMED_ACCURACY).all()),
    )
    many, fresh_many = moons([0], 10_000), moons([FRESH], 2000)
    both = [(a[0].numpy(), b[0].ravel().numpy()) for a, b in (many, fresh_many)]
    ceiling = LogisticRegression(C=np.inf).fit(*both[0]).score(*both[1])
    nearest = KNeighborsClassifier(5).fit(*both[0]).score(*both[1])
    verdict["C12"] = mark(ceiling < 0.95 < nearest)
    grid_warning = warning_of(lambda: torch.meshgrid(torch.arange(2), torch.arange(3)))
    verdict["C13"] = mark(True, not grid_warning)
    lines14 = lines_on_one_axes(3)
    verdict["C14"] = mark(lines14 == 1, lines_on_one_axes(3, closed=True) == 1)

    untrained = Networks((2, 4, 1), draws(SEEDS))
    size15 = sum(p[0].numel() for p in untrained.parameters())
    verdict["C15"] = mark(size15 == 2 * 4 + 4 + 4 + 1)
    acc16 = accuracy(untrained, moon_data)
    verdict["C16"] = mark(bool((acc16 > CLAIMED_ACCURACY).all()))
    norms, before = [], []

    def watch(net, step):
        norms.append(norms_of(net))
        if step == 999:
            before.append(accuracy(net, moon_data))

    relu4, _ = fit_moons(moon_data, watch=watch)
    acc17 = accuracy(relu4, moon_data)
    tanh4, _ = fit_moons(moon_data, torch.tanh)
    tanh17 = accuracy(tanh4, moon_data)
    verdict["C17"] = mark(bool((acc17 >= 0.95).all()))
    acc19 = accuracy(fit_moons(moon_data, init=kaiming)[0], moon_data)
    alone19 = error_of(
        "kaiming_normal_(self.fc1.weight)", kaiming_normal_=nn.init.kaiming_normal_
    )
    verdict["C19"] = mark(
        not alone19, bool((acc19 >= 0.95).sum() > (acc17 >= 0.95).sum())
    )
    # 300 epochs are enough: all the later rates together are below 1e-9.
    frozen = {"epochs": 300, "step_size": STEP_SIZE, "gamma": GAMMA}
    relu20 = accuracy(fit_moons(moon_data, **frozen)[0], moon_data)
    tanh20 = accuracy(fit_moons(moon_data, torch.tanh, **frozen)[0], moon_data)
    rates20 = " / ".join(f"{rate:.0e}" for rate in rate_at(FROZEN))
    verdict["C20"] = mark(bool((tanh20 >= 0.95).sum() >= (tanh17 >= 0.95).sum()))
    norms = torch.stack(norms)
    verdict["C21"] = mark(bool((norms > MAX_NORM).any()))
    logged = points_logged(1000)
    verdict["C22"] = mark(logged == [1000, 1000])
    same23 = before[0] == acc17
    verdict["C23"] = mark(bool(same23.double().mean() > 0.5), bool(same23.all()))
    absent = [p for p in PACKAGES if importlib.util.find_spec(p) is None]
    verdict["C25"] = mark(not absent, int(torch.__version__.split(".")[0]) >= 2)

# %% tags=["measure"]
SHOWN_X = (-1.3282, 0.1941, 0.8944)
SHOWN_Y = (-40.2345, 15.2934, 45.1282)
SHOWN_COEF = 35.0
BIAS = 12.0
NOISE = 15
POINTS = 120
BATCH = 16


def regression(noise: float = NOISE, state: int = 42) -> tuple[Tensor, Tensor, float]:
    """The article's data: x and y of shape (120, 1), and the coefficient they were made with."""
    how = {
        "n_samples": POINTS,
        "n_features": 1,
        "noise": noise,
        "coef": True,
        "bias": BIAS,
    }
    x, y, coef = make_regression(**how, random_state=state)
    return torch.tensor(x).float(), torch.tensor(y).float().reshape(-1, 1), float(coef)


def batches(by: list[torch.Generator], keep_rest: bool) -> list[Tensor]:
    """One epoch's indices, shuffled a seed: batches of shape (seeds, up to 16)."""
    order = torch.stack([torch.randperm(POINTS, generator=g) for g in by])
    return [b for b in order.split(BATCH, dim=1) if keep_rest or b.shape[1] == BATCH]


def fit_batches(
    x, y, seeds, epochs=50, lr=0.01, keep_rest=False, divide_by=1, start=None
) -> dict:
    """The article's training, from w = 0.5, b = 0 or ``start`` (seeds, 2).

    Returns w and b (seeds,), the batches' losses (epochs, batches, seeds) and sizes.
    """
    by = draws(seeds)
    p = torch.tensor([0.5, 0.0]).repeat(len(by), 1) if start is None else start
    history, sizes = [], []
    for _ in range(epochs):
        for rows in batches(by, keep_rest):
            error = p[:, :1] * x[rows, 0] + p[:, 1:] - y[rows, 0]
            history.append(error.pow(2).mean(dim=1))
            sizes.append(rows.shape[1])
            grad = torch.stack(
                ((2 * error * x[rows, 0]).mean(dim=1), (2 * error).mean(dim=1)), dim=1
            )
            p = p - lr * grad / divide_by
    losses = torch.stack(history).reshape(epochs, -1, len(by))
    return {
        "w": p[:, 0],
        "b": p[:, 1],
        "losses": losses,
        "sizes": torch.tensor(sizes[: losses.shape[1]]),
    }


def full_mse(x: Tensor, y: Tensor, fit: dict) -> Tensor:
    """Mean squared error over all points (全体均方误差) a seed."""
    return (fit["w"] * x + fit["b"] - y).pow(2).mean(dim=0)


def glyphs_missing(text: str) -> int:
    """How many characters of ``text`` matplotlib's own font has no picture for."""
    font = matplotlib.font_manager.get_font(
        matplotlib.font_manager.findfont("DejaVu Sans")
    )
    return sum(font.get_char_index(ord(c)) == 0 for c in text)


if __name__ == "__main__":
    x, y, coef = regression()
    exact_x, exact_y, exact_coef = regression(noise=0)
    gap28 = (exact_y - (exact_coef * exact_x + BIAS)).abs().max().item()
    verdict["C28"] = mark(gap28 < 1e-4)
    fit = fit_batches(x, y, SEEDS)
    best_w, best_b = least_squares(x, y).tolist()
    verdict["C29"] = mark(
        torch.equal(regression()[0], x), bool((fit["w"] == fit["w"][0]).all())
    )
    found_x = sum(bool((x - v).abs().min() < 1e-4) for v in SHOWN_X)
    first_x = ", ".join(f"{v:.4f}" for v in x[:3, 0].tolist())
    verdict["C30"] = mark(bool((x[:3, 0] - torch.tensor(SHOWN_X)).abs().max() < 1e-4))
    first_y = ", ".join(f"{v:.4f}" for v in y[:3, 0].tolist())
    verdict["C31"] = mark(bool((y[:3, 0] - torch.tensor(SHOWN_Y)).abs().max() < 1e-4))
    coefs = torch.tensor([regression(state=s)[2] for s in range(200)])
    near32 = (coefs - SHOWN_COEF).abs() < 1
    verdict["C32"] = mark(abs(coef - SHOWN_COEF) < 1)
    rest = y - (best_w * x + best_b)
    r2 = 1 - (rest.pow(2).sum() / (y - y.mean()).pow(2).sum()).item()
    deviation = math.sqrt(rest.pow(2).sum().item() / (POINTS - 2))
    verdict["C33"] = mark(0.3 < r2 < 0.99)
    seen = sum(b.shape[1] for b in batches(draws([0]), keep_rest=False))
    verdict["C34"] = mark(seen > 0, seen == POINTS)
    shape35 = tuple((torch.tensor(0.5) * x[:BATCH] + torch.tensor(0.0)).shape)
    verdict["C35"] = mark(shape35 == (BATCH, 1))
    vector = (x[:BATCH] - y[:BATCH]) ** 2
    verdict["C36"] = mark(vector.numel() == 1, vector.mean().numel() == 1)
    verdict["C39"] = verdict["C36"]
    names = {"loss": vector.clone().requires_grad_()}
    error37 = error_of("loss.item()", **names), error_of("loss.backward()", **names)
    verdict["C37"] = mark(not any(error37))
    sixteenth = fit_batches(x, y, SEEDS, divide_by=BATCH)
    times38 = full_mse(x, y, sixteenth) / full_mse(x, y, fit)
    verdict["C38"] = mark(bool((times38 < 1.01).all()))
    said40 = fit["losses"].sum(dim=1)[-1] / POINTS
    times40 = full_mse(x, y, fit) / said40
    verdict["C40"] = mark(bool(((times40 - 1).abs() < 0.01).all()))
    ragged = fit_batches(x, y, SEEDS, keep_rest=True)
    last, sizes = ragged["losses"][-1], ragged["sizes"][:, None]
    plain41, weighted41 = last.mean(dim=0), (last * sizes).sum(dim=0) / POINTS
    verdict["C41"] = mark(bool(((plain41 / weighted41 - 1).abs() < 0.01).all()))
    gap42 = torch.stack((fit["w"] - best_w, fit["b"] - best_b)).abs().amax(dim=0)
    verdict["C42"] = mark(bool((full_mse(x, y, fit) / rest.pow(2).mean() < 1.01).all()))
    standard = deviation / math.sqrt(POINTS)  # of b; x has mean near zero
    away43 = (best_b - BIAS) / standard
    verdict["C43"] = mark(abs(best_w - coef) < 1, abs(best_b - BIAS) < 1)
    again = fit_batches(
        x, y, SEEDS, epochs=1, start=torch.stack((fit["w"], fit["b"]), dim=1)
    )
    first44, again44 = (f["losses"][0].sum(dim=0) / POINTS for f in (fit, again))
    verdict["C44"] = mark(
        bool(again44.isfinite().all()), bool((again44 > first44 / 2).all())
    )
    missing45 = glyphs_missing("数据点拟合直线")
    verdict["C45"] = mark(missing45 == 0, True)
    verdict["C46"] = mark(
        not error_of(
            "torch.tensor(c) * torch.linspace(x.min(), x.max(), 100)",
            torch=torch,
            c=np.float64(coef),
            x=x,
        )
    )

# %% tags=["measure"]
THREE_X = (1.0, 2.0, 3.0)
THREE_Y = (2.0, 4.0, 6.0)
UNTRAINED_SLOPE = 1.0
CRASH_EPOCHS = 100
MODEL = """
class LinearModel(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = torch.nn.Linear(1, 1)
"""


def nodes_of(total: Tensor) -> int:
    """Nodes of the graph (计算图) that ``total`` keeps alive."""
    seen, todo = set(), [total.grad_fn]
    while todo:
        node = todo.pop()
        if node is not None and node not in seen:
            seen.add(node)
            todo += [parent for parent, _ in node.next_functions]
    return len(seen)


def graph_growth(steps: int) -> float:
    """Nodes that ``total += loss`` adds a step, loss being (w x - y)^2."""
    w, total = torch.tensor(1.0, requires_grad=True), torch.tensor(0.0)
    sizes = []
    for _ in range(steps):
        total = total + (w * 3.0 - 6.0) ** 2
        sizes.append(nodes_of(total))
    return (sizes[-1] - sizes[0]) / (steps - 1)


def sample_by_sample(
    start: Tensor, lr: float = 0.01, epochs: int = 100, zero: bool = True
):
    """w of y = 2x after updates on one sample at a time, and the last epoch's three losses."""
    w, grad, losses = start.clone(), torch.zeros_like(start), []
    for _ in range(epochs):
        losses = []
        for x, y in zip(THREE_X, THREE_Y, strict=True):
            new = 2 * (w * x - y) * x
            losses.append((w * x - y) ** 2)
            grad = new if zero else grad + new
            w = w - lr * grad
    return w, torch.stack(losses)


def crash_epoch(seed: int, epochs: int = CRASH_EPOCHS) -> int:
    """Epoch in which BCELoss refuses a linear model's outputs; 0 if it never does."""
    net = Networks((1, 1), draws([seed]))
    x, y = (
        torch.tensor(THREE_X).reshape(1, -1, 1),
        torch.tensor([0.0, 0.0, 1.0]).reshape(1, -1, 1),
    )
    optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
    for epoch in range(1, epochs + 1):
        optimizer.zero_grad()
        try:
            F.binary_cross_entropy(net(x), y).backward()
        except RuntimeError:
            return epoch
        optimizer.step()
    return 0


def first_values(count: int) -> Tensor:
    """Weight and bias of ``count`` new ``nn.Linear(1, 1)``, shape (count, 2)."""
    with (
        torch.random.fork_rng()
    ):  # a layer draws from the global generator; leave that as it was
        torch.manual_seed(0)
        layers = [nn.Linear(1, 1) for _ in range(count)]
    pairs = [
        torch.cat([p.detach().flatten() for p in layer.parameters()])
        for layer in layers
    ]
    return torch.stack(pairs)


def best_time(work: Callable[[], object], repeats: int = 5) -> float:
    """Shortest of several timings, in seconds."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def times_faster(n: int = 10_000) -> int:
    """w x + b on n numbers at once against a loop over them: the largest class that it exceeds."""
    x = torch.linspace(0, 1, n)
    ratio = best_time(lambda: [2 * v + 1 for v in x], 2) / best_time(lambda: 2 * x + 1)
    return max(c for c in (1, 10, 30, 100, 300, 1000) if ratio > c)


if __name__ == "__main__":
    growth = graph_growth(20)
    total = 0.0
    total += ((torch.tensor(1.0, requires_grad=True) * 3.0 - 6.0) ** 2).item()
    verdict["C50"] = mark(growth > 0 and isinstance(total, float))
    start = randn(by=draws(SEEDS))
    one51, _ = sample_by_sample(torch.tensor(UNTRAINED_SLOPE))
    verdict["C51"] = mark(abs(4 * one51.item() - 8) < 1e-4)
    error52 = error_of("torch.tensor(2, requires_grad=True)", torch=torch)
    verdict["C52"] = mark(bool(error52))
    w53 = torch.tensor(1.0, requires_grad=True)
    for _ in range(3):
        (w53 * 2.0).square().div(2).backward()
    tripled = w53.grad.item() / 4
    unzeroed = (sample_by_sample(start, zero=False)[0] - 2).abs()
    zeroed = (sample_by_sample(start)[0] - 2).abs()
    verdict["C53"] = mark(tripled == 3)
    _, first54 = sample_by_sample(torch.tensor(UNTRAINED_SLOPE), epochs=1)
    verdict["C54"] = mark(bool(torch.isclose(first54[-1], first54.mean())))
    w55 = torch.tensor(3.0, requires_grad=True)
    square = w55 * w55
    w55.data = w55.data - 1.0
    square.backward()
    verdict["C55"] = mark(w55.item() == 2.0, w55.grad.item() == 6.0)
    pair = (
        torch.rand(6, 1, generator=draws([0])[0]),
        torch.rand(6, generator=draws([1])[0]).round(),
    )
    shape56 = tuple((pair[0] - pair[1]).shape)
    mse56 = warning_of(lambda: F.mse_loss(*pair))
    bce56 = error_of("F.binary_cross_entropy(*pair)", F=F, pair=pair)
    verdict["C56"] = mark(shape56 == (6, 6))
    alone57 = error_of(MODEL)
    verdict["C57"] = mark(not alone57, not error_of(MODEL, torch=torch))
    plain58 = torch.tensor(3.0, requires_grad=True)
    (plain58**3 - plain58 * 9).backward()
    verdict["C58"] = mark(plain58.grad.item() != 18.0)
    error59 = error_of(
        MODEL.replace("super().__init__()", "pass") + "LinearModel()", torch=torch
    )
    verdict["C59"] = mark(bool(error59))
    error60 = error_of(
        MODEL.replace("__init__()\n        self", "init()\n        self")
        + "LinearModel()",
        torch=torch,
    )
    verdict["C60"] = mark(not error60)
    errors61 = [
        error_of("class LinearModel(torch.nn.Module):"),
        error_of("super().init()"),
        error_of("self.linear(x)"),
    ]
    whole61 = error_of("def forward(self, x):\n    return self.linear(x)")
    verdict["C61"] = mark(*[not e for e in (*errors61, whole61)])
    with torch.random.fork_rng():
        layer, conv = nn.Linear(1, 1), (nn.Conv2d(3, 8, 3), nn.Conv3d(3, 8, 3))
    error62 = error_of("layer(torch.tensor(1.0))", layer=layer, torch=torch)
    shape62 = tuple(layer(torch.ones(3, 1)).shape)
    verdict["C62"] = mark(shape62 == (3, 1))
    first63 = first_values(1000)
    verdict["C63"] = mark(
        bool((first63.abs() <= 1).all()) and bool(first63.std() > 0.5)
    )
    verdict["C64"] = mark(
        repr(layer.weight).startswith("Parameter containing:")
        and "requires_grad=True" in repr(layer.bias)
    )
    verdict["C65"] = mark(layer.weight.shape == (1, 1), layer.bias.shape == (1,))
    grad66 = layer.weight.grad
    before67 = layer.weight.detach().clone()
    for _ in range(1000):
        out67 = layer(torch.ones(1, 1))
    moved67 = not torch.equal(before67, layer.weight.detach())
    out67.sum().backward()
    verdict["C66"] = mark(layer.weight.grad is not None, grad66 is not None)
    moved67_later = not torch.equal(before67, layer.weight.detach())
    verdict["C67"] = mark(moved67, moved67_later)
    error68 = error_of("layer.weight.data.fill_(value)", layer=layer)
    verdict["C68"] = mark(
        not error68,
        not error_of("layer.weight.data.fill_(value)", layer=layer, value=2.0),
    )
    warning69 = warning_of(lambda: nn.MSELoss(size_average=False))
    verdict["C69"] = mark(
        nn.MSELoss(reduction="sum")(torch.zeros(2), torch.ones(2)).item() == 2.0,
        not warning69,
    )
    three = tuple(
        torch.tensor(v).reshape(1, -1, 1).expand(len(SEEDS), -1, -1)
        for v in (THREE_X, THREE_Y)
    )
    net = Networks((1, 1), draws(SEEDS))
    train(
        net,
        three,
        lambda out, y: 3 * mse(out, y),
        torch.optim.SGD(net.parameters(), lr=0.01),
        1000,
    )
    w70, b70 = line_of(net).T
    at4 = 4 * w70 + b70
    verdict["C70"] = mark(
        bool(((w70 - 2).abs() < 1e-3).all()), bool(((at4 - 8).abs() < 1e-3).all())
    )
    verdict["C71"] = mark(torch.equal(layer.weight.data, layer.weight.detach()))
    p72, q72 = torch.tensor([0.2, 0.8]), torch.tensor([0.6, 0.4])
    gap72 = (
        -(p72 * q72.log()).sum()
        + (p72 * p72.log()).sum()
        - (p72 * (p72 / q72).log()).sum()
    ).item()
    verdict["C72"] = mark(abs(gap72) < 1e-6)
    error73 = error_of("y = `F.sigmoid(x)`")
    verdict["C73"] = mark(not error73)
    warning74 = warning_of(lambda: F.sigmoid(torch.zeros(1)))
    verdict["C74"] = mark(not warning74)
    crashes = torch.tensor([crash_epoch(s) for s in SEEDS])
    verdict["C75"] = mark(bool((crashes == 0).all()))
    faster = times_faster()
    verdict["C77"] = mark(faster > 1, torch.get_num_threads() > 1)
    verdict["C79"] = mark(bool((unzeroed < 1e-5).all()))
    names80 = {
        "ReLU": torch.relu,
        "LeakyReLU": lambda x: F.leaky_relu(x, 0.1),
        "ELU": F.elu,
        "GELU": F.gelu,
        "SiLU": F.silu,
    }
    passes80 = {
        name: (accuracy(fit_moons(moon_data, f)[0], moon_data) >= 0.98)
        for name, f in names80.items()
        if name != "ReLU"
    }
    passes80 = {"ReLU": acc17 >= 0.98, **passes80, "tanh": tanh17 >= 0.98}
    said80 = ", ".join(f"{name} {int(ok.sum())}" for name, ok in passes80.items())
    verdict["C80"] = mark(
        max(int(ok.sum()) for ok in passes80.values()) > 2 * int(passes80["ReLU"].sum())
    )

# %% tags=["measure"]
SIX_X = (1.0, 2.0, 0.5, 2.5, 2.6, 3.1)
SIX_Y = (3.7, 4.6, 1.65, 5.68, 5.98, 6.95)
SIX_LABELS = (1.0, 1.0, 0.0, 1.0, 1.0, 1.0)
ASKED = 3.5


def six(values: tuple[float, ...], seeds=SEEDS) -> Tensor:
    """The article's six numbers for every seed: (seeds, 6, 1)."""
    return torch.tensor(values).reshape(1, -1, 1).expand(len(seeds), -1, -1)


def fit_six(
    targets: tuple[float, ...], loss, x=SIX_X, epochs: int = 1000
) -> tuple[Networks, Tensor]:
    """One linear unit on six points, SGD with rate 0.01; networks and losses."""
    net = Networks((1, 1), draws(SEEDS))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
    return net, train(net, (six(x), six(targets)), loss, optimizer, epochs)


if __name__ == "__main__":
    nodes83 = [((w53 * 2.0) ** 2).grad_fn for _ in range(2)]
    verdict["C83"] = mark(nodes83[0] is not None, torch.compiler.is_compiling())
    image, video = torch.zeros(32, 32, 3), torch.zeros(16, 32, 32, 3)
    error86 = error_of("conv(image)", conv=conv[0], image=image)
    error87 = error_of("conv(video)", conv=conv[1], video=video)
    shape86 = tuple(conv[0](image.permute(2, 0, 1)).shape)
    shape87 = tuple(conv[1](video.permute(3, 0, 1, 2)).shape)
    verdict["C86"] = mark(not error86, shape86 == (8, 30, 30))
    verdict["C87"] = mark(not error87, shape87 == (8, 14, 30, 30))
    xyz = [torch.tensor(v, requires_grad=True) for v in (2.0, 3.0, 4.0)]
    product = xyz[0] * xyz[1] * xyz[2]
    product.backward()
    grads89 = [v.grad.item() for v in xyz]
    again89 = error_of("product.backward()", product=product)
    verdict["C89"] = mark(grads89 == [12.0, 8.0, 6.0])
    at90 = torch.tensor([[ASKED]])
    verdict["C90"] = mark(torch.allclose(layer(at90), at90 * layer.weight + layer.bias))
    net, losses92 = fit_six(SIX_Y, mse)
    turned, _ = fit_six(SIX_Y[::-1], mse, SIX_X[::-1])
    gap91 = (line_of(net) - line_of(turned)).abs().max().item()
    verdict["C91"] = mark(gap91 > 1e-3)
    verdict["C92"] = mark(
        bool((losses92[-1] < losses92[0]).all()) and len(losses92[99::100]) == 10
    )
    best93 = least_squares(six(SIX_X), six(SIX_Y))
    gap93 = (line_of(net) - best93).abs().amax(dim=1)
    lines = line_of(net)
    end_mse = (
        (lines[:, :1] * six(SIX_X)[..., 0] + lines[:, 1:] - six(SIX_Y)[..., 0])
        .pow(2)
        .mean(dim=1)
    )
    least = (
        (best93[:, :1] * six(SIX_X)[..., 0] + best93[:, 1:] - six(SIX_Y)[..., 0])
        .pow(2)
        .mean(dim=1)
    )
    verdict["C93"] = mark(bool((end_mse / least < 1.01).all()))
    two = [nn.Parameter(torch.ones(1)) for _ in range(2)]
    for p in two:
        p.grad = torch.ones(1)
    torch.optim.SGD(two[:1], lr=0.1).zero_grad()
    verdict["C94"] = mark(two[0].grad is None, two[1].grad is None)
    at95 = lines[:, 0] * ASKED + lines[:, 1]
    best95 = (best93[0, 0] * ASKED + best93[0, 1]).item()
    verdict["C95"] = mark(
        bool(((at95 - best95).abs() < 0.1).all()), min(SIX_X) <= ASKED <= max(SIX_X)
    )
    z96 = torch.linspace(-5, 5, 1000)
    verdict["C96"] = mark(torch.equal(torch.sigmoid(z96) > 0.5, z96 > 0))
    net98, losses98 = fit_six(SIX_LABELS, bce)
    p97 = torch.sigmoid(net98(six(SIX_X))).detach()
    gap97 = (
        (
            F.binary_cross_entropy(p97, six(SIX_LABELS))
            - bce(net98(six(SIX_X)), six(SIX_LABELS)).mean()
        )
        .abs()
        .item()
    )
    verdict["C97"] = mark(gap97 < 1e-5)
    right98 = ((p97 > 0.5) == (six(SIX_LABELS) > 0.5)).sum(dim=(1, 2))
    p_half = p97[:, SIX_LABELS.index(0.0), 0]
    verdict["C98"] = mark(bool((right98 == 6).any()))
    threshold = (1.0 + 0.5) / 2  # between the only negative point and its neighbour
    scales = (1, 10, 100)
    scaled99 = [
        bce(k * (six(SIX_X)[:1] - threshold), six(SIX_LABELS)[:1]).mean().item()
        for k in scales
    ]
    said99 = " / ".join(f"{v:.1e}" for v in scaled99)
    verdict["C99"] = mark(scaled99[0] < scaled99[1])
    at100 = torch.sigmoid(net98(six((ASKED,)))).detach().flatten()
    always = sum(SIX_LABELS) / len(SIX_LABELS)
    verdict["C100"] = mark(
        bool((at100 > 0.5).all()), bool((right98 > always * 6).all())
    )

# %% tags=["measure"]
COIN_LABELS = (1, 0, 0, 1, 1, 1, 0, 0, 1, 1)
FIRST_LOSS = 0.2591968774795532
SECOND_LOSS = 0.25902628898620605
PRINTED = {10: 0.5247, 20: 0.3142, 100: 0.0957}  # losses of the circle, by epoch


def coins(seeds) -> tuple[Tensor, Tensor]:
    """Ten points of ten random numbers and labels that have nothing to do with them."""
    y = torch.tensor(COIN_LABELS).float().reshape(1, -1, 1).expand(len(seeds), -1, -1)
    return randn(10, 10, by=draws(seeds)), y


def fresh_coins(seeds, n: int = 100) -> tuple[Tensor, Tensor]:
    """New points a seed, and labels tossed with the same share of ones."""
    by = draws(range(FRESH, FRESH + len(seeds)))
    tossed = torch.stack([torch.rand(n, 1, generator=g) for g in by])
    return randn(n, 10, by=by), (tossed < sum(COIN_LABELS) / len(COIN_LABELS)).float()


def circle(seeds, n: int = 100) -> tuple[Tensor, Tensor]:
    """Points around the origin, a seed, labelled 1 inside the unit circle."""
    x = randn(n, 2, by=draws(seeds))
    return x, (x.pow(2).sum(dim=-1, keepdim=True) < 1).float()


def mse_of_sigmoid(logits: Tensor, y: Tensor) -> Tensor:
    """Squared error of the probability (概率)."""
    return (torch.sigmoid(logits) - y) ** 2


def fit_coins(
    epochs: int, optimizer=torch.optim.SGD, lr=0.01, loss=mse_of_sigmoid, hidden=5
):
    """10-5-1 networks on the ten coins; networks, losses."""
    net = Networks((10, hidden, 1), draws(range(FRESH, FRESH + len(SEEDS))))
    return net, train(
        net, coins(SEEDS), loss, optimizer(net.parameters(), lr=lr), epochs
    )


def fit_circle(data, epochs: int = 100, optimizer=torch.optim.SGD, lr=0.1):
    """2-4-1 networks on the circle; networks, losses."""
    net = Networks((2, 4, 1), draws(range(FRESH, FRESH + len(SEEDS))))
    return net, train(net, data, bce, optimizer(net.parameters(), lr=lr), epochs)


def slope_at(loss, z: float) -> float:
    """Derivative of ``loss`` by the logit z, at label 1."""
    z = torch.tensor(z, requires_grad=True)
    return torch.autograd.grad(loss(z, torch.tensor(1.0)), z)[0].item()


def wrong_start(loss, data) -> Tensor:
    """Accuracy of logistic regression that begins far off, w = (-8, 8), after 500 epochs of SGD, rate 1."""
    net = Networks((2, 1), draws(SEEDS))
    with torch.no_grad():
        net.layers[0][0].copy_(torch.tensor([[-8.0], [8.0]]))
    train(net, data, loss, torch.optim.SGD(net.parameters(), lr=1.0), 500)
    return accuracy(net, data)


def shows_both_colours(net: Networks, data) -> Tensor:
    """Whether a seed's boundary runs through the picture: both classes on a grid of points."""
    x = data[0]
    low, high = x.amin(dim=1, keepdim=True) - 1, x.amax(dim=1, keepdim=True) + 1
    grid = torch.cartesian_prod(torch.linspace(0, 1, 40), torch.linspace(0, 1, 40))
    with torch.no_grad():
        inside = (net(low + grid * (high - low)) > 0).squeeze(-1)
    return inside.any(dim=1) & ~inside.all(dim=1)


if __name__ == "__main__":
    coin_net, coin_losses = fit_coins(50)
    coin_data = coins(SEEDS)
    fresh102 = accuracy(coin_net, fresh_coins(SEEDS))
    verdict["C102"] = mark(bool((fresh102 > 0.6).all()))
    slopes103 = slope_at(mse_of_sigmoid, -10.0), slope_at(bce, -10.0)
    starts103 = wrong_start(mse_of_sigmoid, moon_data), wrong_start(bce, moon_data)
    verdict["C103"] = mark(bool((starts103[0] >= starts103[1]).all()))
    coin_net_turned = Networks((10, 5, 1), draws(range(FRESH, FRESH + len(SEEDS))))
    train(
        coin_net_turned,
        tuple(v.flip(1) for v in coin_data),
        mse_of_sigmoid,
        torch.optim.SGD(coin_net_turned.parameters(), lr=0.01),
        50,
    )
    gap104 = max(
        (a - b).abs().max().item()
        for a, b in zip(
            coin_net.parameters(), coin_net_turned.parameters(), strict=True
        )
    )
    verdict["C104"] = mark(gap104 > 1e-3)
    drop105 = 1 - coin_losses[-1] / coin_losses[0]
    verdict["C105"] = mark(
        bool((coin_losses.diff(dim=0) <= 0).all()), bool((drop105 > 0.5).all())
    )
    drop106 = coin_losses[0] - coin_losses[1]
    verdict["C106"] = mark(
        bool(
            (coin_losses[0].min() <= FIRST_LOSS) & (coin_losses[0].max() >= FIRST_LOSS)
        ),
        bool(
            (drop106.min() <= FIRST_LOSS - SECOND_LOSS)
            & (drop106.max() >= FIRST_LOSS - SECOND_LOSS)
        ),
    )
    page = io.StringIO()
    with contextlib.redirect_stdout(page):
        print("epoch: ", 0, "loss: ", 0.25)
    verdict["C107"] = mark(
        page.getvalue().startswith("epoch:  0 loss:  "),
        page.getvalue().startswith("epoch: 0 loss: "),
    )
    size108 = sum(p[0].numel() for p in coin_net.parameters())
    verdict["C108"] = mark(size108 == 10 * 5 + 5 + 5 + 1)
    acc109 = accuracy(coin_net, coin_data)
    majority = sum(COIN_LABELS) / len(COIN_LABELS)
    better109 = acc109 > majority + 1e-6
    wide, _ = fit_coins(300, torch.optim.Adam, 0.05, bce, 16)
    wide109 = accuracy(wide, coin_data)
    verdict["C109"] = mark(bool(better109.all()))
    fresh110 = accuracy(wide, fresh_coins(SEEDS))
    verdict["C110"] = mark(bool(fresh110.mean() > 0.75))
    wa, wb = (randn(3, 3, by=draws([s]))[0] for s in (1, 2))
    xa = randn(5, 3, by=draws([3]))[0]
    gap111 = ((xa @ wa) @ wb - xa @ (wa @ wb)).abs().max().item()
    no_relu = accuracy(fit_moons(moon_data, lambda v: v, epochs=300)[0], moon_data)
    verdict["C111"] = mark(gap111 < 1e-5 and bool((no_relu < 0.95).all()))
    verdict["C112"] = verdict["C06"]
    w113 = nn.Parameter(torch.tensor(1.0))
    sgd113 = torch.optim.SGD([w113], lr=0.1)
    w113.grad = torch.tensor(5.0)
    sgd113.zero_grad()
    (w113 * 3.0).backward()
    sgd113.step()
    verdict["C113"] = mark(math.isclose(w113.item(), 1 - 0.1 * 3, rel_tol=1e-6))
    error115 = error_of("data = torch.randn(100, 2)")
    error116 = error_of("model = SimpleNN()")
    error117 = error_of("criterion = torch.nn.MSELoss()")
    verdict["C115"], verdict["C116"], verdict["C117"] = (
        mark(not error115),
        mark(not error116),
        mark(not error117),
    )
    p118 = torch.sigmoid(coin_net(coin_data[0])).detach().squeeze(-1)
    middle118 = ((p118 > 0.3) & (p118 < 0.7)).float().mean().item()
    verdict["C118"] = mark(middle118 < 0.5)
    circle_data, circle_fresh = (
        circle(SEEDS),
        circle(range(2 * FRESH, 2 * FRESH + len(SEEDS)), 1000),
    )
    share119 = circle_data[1].mean(dim=(1, 2))
    theory119 = 1 - math.exp(-0.5)
    verdict["C119"] = mark(abs(circle_fresh[1].mean().item() - theory119) < 0.01)
    flat = Networks((2, 1), draws(SEEDS))
    train(flat, circle_data, bce, torch.optim.Adam(flat.parameters(), lr=0.1), 300)
    squares = Networks((2, 1), draws(SEEDS))
    train(
        squares,
        (circle_data[0] ** 2, circle_data[1]),
        bce,
        torch.optim.Adam(squares.parameters(), lr=0.1),
        1000,
    )
    acc120 = (
        accuracy(flat, circle_fresh),
        accuracy(squares, (circle_fresh[0] ** 2, circle_fresh[1])),
    )
    circle_net, circle_losses = fit_circle(circle_data)
    acc127 = accuracy(
        fit_circle(circle_data, 500, torch.optim.Adam, 0.3)[0], circle_data
    )
    verdict["C120"] = mark(
        bool((acc127 >= 0.95).double().mean() > 0.9), bool((acc120[0] >= 0.95).all())
    )
    verdict["C121"] = mark(bool(circle_losses.isfinite().all()))
    reached = torch.stack([circle_losses[e - 1] <= loss for e, loss in PRINTED.items()])
    at122 = {e: spread(circle_losses[e - 1]) for e in PRINTED}
    verdict["C122"] = mark(*[bool(r.all()) for r in reached])
    acc123 = accuracy(circle_net, circle_data), accuracy(circle_net, circle_fresh)
    share_most = torch.maximum(
        circle_fresh[1].mean(dim=(1, 2)), 1 - circle_fresh[1].mean(dim=(1, 2))
    )
    verdict["C123"] = mark(bool((acc123[1] > share_most).all()))
    drawn124 = shows_both_colours(circle_net, circle_data)
    verdict["C124"] = mark(bool(drawn124.all()))
    verdict["C125"] = verdict["C13"]
    verdict["C127"] = mark(
        *[bool((a >= 0.95).double().mean() > 0.9) for a in (acc127, acc123[0])]
    )
    tallies = tally(verdict)

# %% [markdown] lang="zh"
# ## 结果
# `{python} LAST_OF[-1]` 条里，成立的 `{python} sum(t['✓'] for t in tallies)` 条，部分成立的 `{python} sum(t['◐'] for t in tallies)` 条，不成立的 `{python} sum(t['✗'] for t in tallies)` 条，无所谓对错的 `{python} sum(t['–'] for t in tallies)` 条。
# 图中一篇一行，次序和下面的表一样。

# %% [markdown] lang="en"
# ## Results
# Of `{python} LAST_OF[-1]` claims `{python} sum(t['✓'] for t in tallies)` hold, `{python} sum(t['◐'] for t in tallies)` hold in part, `{python} sum(t['✗'] for t in tallies)` do not, and `{python} sum(t['–'] for t in tallies)` is neither right nor wrong.
# The figure has a row for each article, in the order of the tables.

# %% tags=["plot"] alt_zh="五篇教程各一行的条形图：成立、部分成立、不成立的条数依次为 `{python} [list(t.values())[:3] for t in tallies]`" alt_en="A bar for each of five articles; claims that hold, hold in part, do not hold: `{python} [list(t.values())[:3] for t in tallies]`"
if __name__ == "__main__":
    fig, ax = plt.subplots(figsize=(5.2, 2.8))
    left = np.zeros(len(tallies))
    styles = {
        "✓": ("holds", "C2", ""),
        "◐": ("holds in part", "C1", "//"),
        "✗": ("does not hold", "C4", "xx"),
    }
    rows = [str(i) for i in range(1, len(tallies) + 1)]
    for sign, (label, colour, hatch) in styles.items():
        widths = np.array([t[sign] for t in tallies])
        ax.barh(
            rows, widths, left=left, color=colour, alpha=0.6, hatch=hatch, label=label
        )
        left = left + widths
    ax.invert_yaxis()
    ax.set_xlabel("number of claims")
    ax.set_ylabel("article")
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3, frameon=False)
    plt.show()

# %% [markdown] lang="zh"
# 有三类错最值得记住。**印的和跑的不一样**：边界是没训练过的网络画的（C16），印出的损失没有一个种子能达到（C122）。**没有换种子**：成不成要看运气，却写成了规律（C17）。
# **没有对照**：技巧用上了，却没有和不用的时候比过（C20、C21）。写自己的程序，也一样容易犯。

# %% [markdown] lang="en"
# Three kinds of slip are worth remembering. **What is printed is not what runs**: a boundary drawn by a network that was never trained (C16), losses that no seed reaches (C122).
# **Not repeated**: what depends on luck is taken for a rule (C17). **Not compared**: a trick is put in and never tried against leaving it out (C20, C21). All three happen easily in one's own programs.

# %% [markdown] lang="zh"
# ## 1 回归、分类和第一个多层网络
# 一篇无题的中文教程：线性回归、逻辑回归、多层网络，外加三个“优化技巧”和 TensorBoard。
#
# | 编号 | 说法 | 我们测得 | 种子 | 课 |
# |---|---|---|---|---|
# | C01 `{python} verdict['C01']` | 模型是 $y=wx+b$，最小化均方误差就能学到 $w$、$b$ | 是：把 $x$ 标准化再训练，参数与最小二乘最多差 `{python} f'{gap_scaled.max():.0e}'` | `{python} len(SEEDS)` | [从零实现](../ch03_linear_regression/from_scratch.py) |
# | C02 `{python} verdict['C02']` | 线性回归程序能运行 | 能，损失始终是有限的数：`{python} count(line_losses.isfinite().all(dim=0))` | `{python} len(SEEDS)` | [从零实现](../ch03_linear_regression/from_scratch.py) |
# | C03 `{python} verdict['C03']` | 训练 100 轮后拟合出 $y=3x+2$ | 斜率差不多：$w$ 是 `{python} spread(line_end[:, 0])`；截距还没到：$b$ 是 `{python} spread(line_end[:, 1])`，与最小二乘的 $b$ 相差不到 0.5 的只有 `{python} count(far_b < 0.5)`。先标准化 $x$ 就行（C01） | `{python} len(SEEDS)` | [用模块写](../ch03_linear_regression/with_modules.py) |
# | C04 `{python} verdict['C04']` | 数据里加了噪声 | 是，所以损失到不了 0：连最小二乘的均方误差也有 `{python} spread(best_mse)` | `{python} len(SEEDS)` | [从零实现](../ch03_linear_regression/from_scratch.py) |
# | C05 `{python} verdict['C05']` | `Linear(1, 1)` 是单层神经元 | 是：一个权重、一个偏置，参数共 `{python} line_size` 个 | 1 | [用模块写](../ch03_linear_regression/with_modules.py) |
# | C06 `{python} verdict['C06']` | Sigmoid 把数映到 $(0,1)$，不含两端 | 对实数成立；用 float32 算，$z$ 到 `{python} f'{one32:.2f}'` 就恰好得 1（float64 要到 `{python} f'{one64:.2f}'`） | 1 | [逻辑回归](../ch04_classification/logistic_regression.py) |
# | C07 `{python} verdict['C07']` | 损失用二元交叉熵（Sigmoid 后接 `BCELoss`） | 损失选得对，但这样写会截断：`BCELoss` 最多给到 `{python} f'{worst_bce:g}'`；$z=-120$、标签 1 时梯度是 `{python} f'{abs(lost.item()):g}'`，直接从 logit 算则是 `{python} f'{kept.item():g}'` | 1 | [逻辑回归](../ch04_classification/logistic_regression.py) |
# | C08 `{python} verdict['C08']` | 逻辑回归那段代码能运行 | 单独运行：`{python} alone08`，因为没有导入 torch；接在前一段后面就行 | 1 | [逻辑回归](../ch04_classification/logistic_regression.py) |
# | C09 `{python} verdict['C09']` | 加上 Sigmoid 就是逻辑回归 | 是：参数与 scikit-learn 不加惩罚的逻辑回归最多差 `{python} f'{gap09.max():.0e}'` | `{python} FEW` | [逻辑回归](../ch04_classification/logistic_regression.py) |
# | C10 `{python} verdict['C10']` | 训练后准确率超过 85% | 几乎总是：训练集上 `{python} spread(train10)`，超过的有 `{python} count(train10 > CLAIMED_ACCURACY)`；没见过的点上 `{python} spread(test10)` | `{python} len(SEEDS)` | [逻辑回归](../ch04_classification/logistic_regression.py) |
# | C11 `{python} verdict['C11']` | 准确率是这个程序的“关键输出” | 代码没有算准确率，也没有打印它 | 读 | [逻辑回归](../ch04_classification/logistic_regression.py) |
# | C12 `{python} verdict['C12']` | 边界图显示出线性分类器的局限 | 是：直线的准确率上限是 `{python} f'{ceiling:.3f}'`；让最近的五个点投票，有 `{python} f'{nearest:.4f}'` | 1 | [决策边界](../ch05_networks/decision_boundaries.py) |
# | C13 `{python} verdict['C13']` | 画边界的函数能用 | 能画，但 `torch.meshgrid` 给出 `{python} grid_warning`；写上 `indexing="ij"` 就没有了 | 1 | [决策边界](../ch05_networks/decision_boundaries.py) |
# | C14 `{python} verdict['C14']` | 每次 `plt.show()` 总会另起一张图 | 没有屏幕时（比如在服务器上）不会：`{python} lines14` 次画的都落在同一张图上；先写 `plt.figure()` 就分开了 | 1 | [从零实现](../ch03_linear_regression/from_scratch.py) |
# | C15 `{python} verdict['C15']` | 网络是 2 → 4（ReLU）→ 1 | 是，参数共 `{python} size15` 个 | 1 | [决策边界](../ch05_networks/decision_boundaries.py) |
# | C16 `{python} verdict['C16']` | 多层网络的代码画出了非线性边界 | 训练循环只写成一句注释，照抄就没有训练；没训练过的网络准确率 `{python} spread(acc16)` | `{python} len(SEEDS)` | [决策边界](../ch05_networks/decision_boundaries.py) |
# | C17 `{python} verdict['C17']` | 补上循环，4 个 ReLU 单元就能分开双月 | 训练准确率到 95% 的：`{python} count(acc17 >= 0.95)`；换成 tanh：`{python} count(tanh17 >= 0.95)` | `{python} len(SEEDS)` | [决策边界](../ch05_networks/decision_boundaries.py) |
# | C18 `{python} verdict['C18']` | 有前向传播和反向传播的公式 | 文本里只有这两个标题 | 读 | [反向传播](../ch05_networks/backpropagation.py) |
# | C19 `{python} verdict['C19']` | `kaiming_normal_` 是优化技巧 | 照抄在类外面：`{python} alone19`；写进类里有帮助，到 95% 的从 `{python} count(acc17 >= 0.95)` 变成 `{python} count(acc19 >= 0.95)` | `{python} len(SEEDS)` | [初始化](initialization.py) |
# | C20 `{python} verdict['C20']` | `StepLR(30, 0.1)` 是优化技巧 | 文中没有调用 `scheduler.step()`，不起作用。每轮调用，第 90、300、999 轮的学习率是 `{python} rates20.replace(' / ', ', ')`，训练冻住了。到 95% 的：ReLU `{python} count(relu20 >= 0.95)`（不用它 `{python} count(acc17 >= 0.95)`），tanh `{python} count(tanh20 >= 0.95)`（不用它 `{python} count(tanh17 >= 0.95)`） | `{python} len(SEEDS)` | [调度与裁剪](schedules_clipping.py) |
# | C21 `{python} verdict['C21']` | 把梯度范数裁剪到 1 是优化技巧 | 在这里不起作用：`{python} len(norms) * len(SEEDS)` 步里，范数超过 1 的有 `{python} int((norms > MAX_NORM).sum())` 步，最大的是 `{python} f'{norms.max():.2f}'` | `{python} len(SEEDS)` | [调度与裁剪](schedules_clipping.py) |
# | C22 `{python} verdict['C22']` | 监控代码是完整的 | 是：从两条曲线分别读回 `{python} logged[0]` 和 `{python} logged[1]` 个点 | 1 | [监控](monitoring.py) |
# | C23 `{python} verdict['C23']` | `Accuracy/train` 是训练准确率 | 是每次更新之前的；最后一个值与训练完的准确率相等的有 `{python} count(same23)` | `{python} len(SEEDS)` | [监控](monitoring.py) |
# | C24 `{python} verdict['C24']` | 照文章的顺序运行，图上是训练好的网络 | 网络到最后的监控代码里才第一次训练，那时边界早已画完 | 读 | [决策边界](../ch05_networks/decision_boundaries.py) |
# | C25 `{python} verdict['C25']` | PyTorch 2.0 以上，装这四个包就够 | 够：这里是 `{python} torch.__version__.split('+')[0]`，四个包里缺 `{python} len(absent)` 个 | 1 | [可复现性](reproducibility.py) |

# %% [markdown] lang="en"
# ## 1 Regression, classification and a first network
# An untitled Chinese tutorial: linear regression, logistic regression, a network, three “tricks” and TensorBoard.
#
# | No. | Claim | What we measured | Seeds | Lesson |
# |---|---|---|---|---|
# | C01 `{python} verdict['C01']` | the model is $y=wx+b$; minimizing the mean squared error learns $w$ and $b$ | yes: trained on standardized $x$, the parameters end at most `{python} f'{gap_scaled.max():.0e}'` from least squares | `{python} len(SEEDS)` | [From scratch](../ch03_linear_regression/from_scratch.py) |
# | C02 `{python} verdict['C02']` | the program for linear regression runs | it does; losses finite throughout: `{python} count(line_losses.isfinite().all(dim=0))` | `{python} len(SEEDS)` | [From scratch](../ch03_linear_regression/from_scratch.py) |
# | C03 `{python} verdict['C03']` | 100 epochs fit $y=3x+2$ | the slope nearly: $w$ is `{python} spread(line_end[:, 0])`; the intercept not yet: $b$ is `{python} spread(line_end[:, 1])`, within 0.5 of least squares for `{python} count(far_b < 0.5)` only. Standardizing $x$ mends it (C01) | `{python} len(SEEDS)` | [With modules](../ch03_linear_regression/with_modules.py) |
# | C04 `{python} verdict['C04']` | noise was added to the data | yes, so the loss cannot reach 0: even least squares has a mean squared error of `{python} spread(best_mse)` | `{python} len(SEEDS)` | [From scratch](../ch03_linear_regression/from_scratch.py) |
# | C05 `{python} verdict['C05']` | `Linear(1, 1)` is one layer with one neuron | yes: a weight and a bias, `{python} line_size` parameters in all | 1 | [With modules](../ch03_linear_regression/with_modules.py) |
# | C06 `{python} verdict['C06']` | the sigmoid maps to $(0,1)$, ends excluded | true of real numbers; in float32 it is exactly 1 once $z$ reaches `{python} f'{one32:.2f}'` (in float64 `{python} f'{one64:.2f}'`) | 1 | [Logistic regression](../ch04_classification/logistic_regression.py) |
# | C07 `{python} verdict['C07']` | the loss is binary cross-entropy (`BCELoss` after a sigmoid) | the right loss, but cut off: `BCELoss` never exceeds `{python} f'{worst_bce:g}'`; at $z=-120$ and label 1 its gradient is `{python} f'{abs(lost.item()):g}'`, where the loss of logits gives `{python} f'{kept.item():g}'` | 1 | [Logistic regression](../ch04_classification/logistic_regression.py) |
# | C08 `{python} verdict['C08']` | the code for logistic regression runs | alone: `{python} alone08`, since torch is not imported; after the code before it, yes | 1 | [Logistic regression](../ch04_classification/logistic_regression.py) |
# | C09 `{python} verdict['C09']` | adding a sigmoid makes it logistic regression | yes: the parameters differ by at most `{python} f'{gap09.max():.0e}'` from scikit-learn's without penalty | `{python} FEW` | [Logistic regression](../ch04_classification/logistic_regression.py) |
# | C10 `{python} verdict['C10']` | accuracy above 85% after training | nearly always: on the training set `{python} spread(train10)`, above 85% for `{python} count(train10 > CLAIMED_ACCURACY)`; on unseen points `{python} spread(test10)` | `{python} len(SEEDS)` | [Logistic regression](../ch04_classification/logistic_regression.py) |
# | C11 `{python} verdict['C11']` | the accuracy is a “key output” of this program | the code neither computes nor prints an accuracy | read | [Logistic regression](../ch04_classification/logistic_regression.py) |
# | C12 `{python} verdict['C12']` | the picture of the boundary shows the limits of a linear classifier | yes: a line gets no further than an accuracy of `{python} f'{ceiling:.3f}'`; a vote of the five nearest points gets `{python} f'{nearest:.4f}'` | 1 | [Decision boundaries](../ch05_networks/decision_boundaries.py) |
# | C13 `{python} verdict['C13']` | the function that draws the boundary works | it draws, but `torch.meshgrid` gives a `{python} grid_warning`; `indexing="ij"` ends it | 1 | [Decision boundaries](../ch05_networks/decision_boundaries.py) |
# | C14 `{python} verdict['C14']` | each `plt.show()` always leaves a new figure | not without a screen, as on a server: all `{python} lines14` plots end on one figure; `plt.figure()` before each keeps them apart | 1 | [From scratch](../ch03_linear_regression/from_scratch.py) |
# | C15 `{python} verdict['C15']` | the network is 2 → 4 (ReLU) → 1 | yes, with `{python} size15` parameters in all | 1 | [Decision boundaries](../ch05_networks/decision_boundaries.py) |
# | C16 `{python} verdict['C16']` | the code of the network shows a non-linear boundary | the training loop is only a comment, so as printed nothing is trained; accuracy of the untrained network: `{python} spread(acc16)` | `{python} len(SEEDS)` | [Decision boundaries](../ch05_networks/decision_boundaries.py) |
# | C17 `{python} verdict['C17']` | with the loop, 4 ReLU units separate the moons | 95% training accuracy is reached by `{python} count(acc17 >= 0.95)`; with tanh by `{python} count(tanh17 >= 0.95)` | `{python} len(SEEDS)` | [Decision boundaries](../ch05_networks/decision_boundaries.py) |
# | C18 `{python} verdict['C18']` | there are formulas for the forward and the backward pass | our text has the two headings only | read | [Backpropagation](../ch05_networks/backpropagation.py) |
# | C19 `{python} verdict['C19']` | `kaiming_normal_` is a trick that helps | as printed, outside the class: `{python} alone19`; inside the class it helps: those at 95% go from `{python} count(acc17 >= 0.95)` to `{python} count(acc19 >= 0.95)` | `{python} len(SEEDS)` | [Initialization](initialization.py) |
# | C20 `{python} verdict['C20']` | `StepLR(30, 0.1)` is a trick that helps | `scheduler.step()` is not called, so it does nothing. Called each epoch, it freezes training: rates `{python} rates20.replace(' / ', ', ')` at epochs 90, 300, 999. At 95%: ReLU `{python} count(relu20 >= 0.95)` (without it `{python} count(acc17 >= 0.95)`), tanh `{python} count(tanh20 >= 0.95)` (without it `{python} count(tanh17 >= 0.95)`) | `{python} len(SEEDS)` | [Schedules and clipping](schedules_clipping.py) |
# | C21 `{python} verdict['C21']` | clipping the gradient to norm 1 is a trick that helps | it does nothing here: of `{python} len(norms) * len(SEEDS)` steps `{python} int((norms > MAX_NORM).sum())` had a norm above 1; the largest was `{python} f'{norms.max():.2f}'` | `{python} len(SEEDS)` | [Schedules and clipping](schedules_clipping.py) |
# | C22 `{python} verdict['C22']` | the code for monitoring is complete | yes: `{python} logged[0]` and `{python} logged[1]` points can be read back from its two curves | 1 | [Monitoring](monitoring.py) |
# | C23 `{python} verdict['C23']` | `Accuracy/train` is the training accuracy | it is the one before each update; its last value equals the accuracy after training for `{python} count(same23)` | `{python} len(SEEDS)` | [Monitoring](monitoring.py) |
# | C24 `{python} verdict['C24']` | run in the article's order, the picture shows the trained network | the network is first trained by the monitoring code at the end, after its boundary was drawn | read | [Decision boundaries](../ch05_networks/decision_boundaries.py) |
# | C25 `{python} verdict['C25']` | PyTorch 2.0 or later and these four packages are enough | yes: this is `{python} torch.__version__.split('+')[0]`, and of the four `{python} len(absent)` are missing | 1 | [Reproducibility](reproducibility.py) |

# %% [markdown] lang="zh"
# ## 2 从零手写线性回归
# 《从零手写线性回归模型：PyTorch 实现深度学习入门教程》，一个系列的第九篇。
#
# | 编号 | 说法 | 我们测得 | 种子 | 课 |
# |---|---|---|---|---|
# | C26 `{python} verdict['C26']` | 系列的十篇都在这里 | 有正文的只有第九篇，其余只列了标题 | 读 | [创建张量](../ch01_tensors/creation.py) |
# | C27 `{python} verdict['C27']` | 从零手写线性回归，SGD 也手写 | 最后的程序用的是 `torch.optim.SGD`，手写的 `sgd()` 没有被调用过 | 读 | [从零实现](../ch03_linear_regression/from_scratch.py) |
# | C28 `{python} verdict['C28']` | 数据是系数乘 $x$ 加 12 | 关掉噪声，最多差 `{python} f'{gap28:.0e}'`；完整的式子还要加上噪声 | 1 | [从零实现](../ch03_linear_regression/from_scratch.py) |
# | C29 `{python} verdict['C29']` | `random_state=42` 保证结果一致 | 数据每次一样；打乱的次序没有设种子，学到的 $w$：`{python} spread(fit['w'], 4)` | `{python} len(SEEDS)` | [可复现性](reproducibility.py) |
# | C30 `{python} verdict['C30']` | 程序生成的前三个 $x$（文中：`{python} ', '.join(map(str, SHOWN_X))`） | 实际的前三个：`{python} first_x`；文中那三个里，数据里有的：`{python} found_x` 个 | 1 | [从零实现](../ch03_linear_regression/from_scratch.py) |
# | C31 `{python} verdict['C31']` | 程序生成的前三个 $y$（文中：`{python} ', '.join(map(str, SHOWN_Y))`） | 实际的前三个：`{python} first_y`；而且排成一列，形状 `{python} tuple(y.shape)` | 1 | [从零实现](../ch03_linear_regression/from_scratch.py) |
# | C32 `{python} verdict['C32']` | 程序生成数据用的系数（文中：`{python} SHOWN_COEF`） | 实际是 `{python} f'{coef:.4g}'`；换别的 `random_state`，与 35 相差不到 1 的：`{python} count(near32)` | 200 | [从零实现](../ch03_linear_regression/from_scratch.py) |
# | C33 `{python} verdict['C33']` | 数据呈线性趋势，带噪声 | 是：$R^2$ = `{python} f'{r2:.3f}'`；直线解释不了的部分，标准差 `{python} f'{deviation:.1f}'` | 1 | [从零实现](../ch03_linear_regression/from_scratch.py) |
# | C34 `{python} verdict['C34']` | 加载器按批次走完数据 | 每轮只用到 `{python} seen`/`{python} POINTS` 个点，不足一批的丢掉了 | 1 | [数据加载](../ch03_linear_regression/data_loading.py) |
# | C35 `{python} verdict['C35']` | $w$、$b$ 是 0 维张量，$wx+b$ 照样能算 | 能：广播成形状 `{python} shape35` | 1 | [张量运算与广播](../ch01_tensors/operations.py) |
# | C36 `{python} verdict['C36']` | `square_loss` 就是公式里的均方误差 | 第三节的返回 `{python} vector.numel()` 个数，没有平均；最后的完整程序里才有 | 1 | [从零实现](../ch03_linear_regression/from_scratch.py) |
# | C37 `{python} verdict['C37']` | 第五节的 `train()` 能运行 | 损失是 `{python} vector.numel()` 个数，不能当一个数用。`loss.item()`：`{python} error37[0]`；去掉这一句，`loss.backward()`：`{python} error37[1]` | 1 | [计算图与自动求导](../ch02_autograd/computation_graph.py) |
# | C38 `{python} verdict['C38']` | 损失取平均，更新时梯度再除以批次大小 | 除了两次，步子只剩十六分之一：训练完的均方误差是只除一次的 `{python} spread(times38)` 倍 | `{python} len(SEEDS)` | [从零实现](../ch03_linear_regression/from_scratch.py) |
# | C39 `{python} verdict['C39']` | `loss` 是“当前批次的平均损失” | 在完整程序里是；在第五节里是 `{python} vector.numel()` 个损失（见 C36） | 1 | [从零实现](../ch03_linear_regression/from_scratch.py) |
# | C40 `{python} verdict['C40']` | 各批损失之和除以样本数是“平均损失” | 每批已经平均过，该除以批数：真正的均方误差是印出的 `{python} spread(times40)` 倍 | `{python} len(SEEDS)` | [从零实现](../ch03_linear_regression/from_scratch.py) |
# | C41 `{python} verdict['C41']` | 留下较小的末批，各批损失也可以直接平均 | 按样本数加权：`{python} spread(weighted41)`；直接平均：`{python} spread(plain41)`，忽高忽低 | `{python} len(SEEDS)` | [数据加载](../ch03_linear_regression/data_loading.py) |
# | C42 `{python} verdict['C42']` | 完整程序能运行并收敛 | 是：$w$、$b$ 与最小二乘最多差 `{python} spread(gap42, 2)` | `{python} len(SEEDS)` | [从零实现](../ch03_linear_regression/from_scratch.py) |
# | C43 `{python} verdict['C43']` | 拟合的直线接近“真实直线” | 斜率接近，截距不：最小二乘与真值，$w$ 差 `{python} f'{best_w - coef:.2f}'`，$b$ 差 `{python} f'{best_b - BIAS:.2f}'`（约 `{python} f'{away43:.0f}'` 个标准误）。训练好不好，该和最小二乘比 | 1 | [从零实现](../ch03_linear_regression/from_scratch.py) |
# | C44 `{python} verdict['C44']` | `train()` 可以再调用一次 | 能，但接着旧的 $w$、$b$ 训练：第一轮印出的损失从 `{python} spread(first44)` 变成 `{python} spread(again44)` | `{python} len(SEEDS)` | [从零实现](../ch03_linear_regression/from_scratch.py) |
# | C45 `{python} verdict['C45']` | 设成 `SimHei` 就能显示中文 | 装了这个字体才行；否则用 Matplotlib 自带的，图例里的 7 个字缺 `{python} missing45` 个 | 1 | [从零实现](../ch03_linear_regression/from_scratch.py) |
# | C46 `{python} verdict['C46']` | 画“真实直线”的代码能运行 | 能，没有报错 | 1 | [从零实现](../ch03_linear_regression/from_scratch.py) |
# | C47 `{python} verdict['C47']` | 示例输出有两张图 | 文本里只有图的名字 | 读 | [从零实现](../ch03_linear_regression/from_scratch.py) |

# %% [markdown] lang="en"
# ## 2 Linear regression by hand
# “Writing linear regression from zero: a PyTorch introduction to deep learning” (in Chinese), part 9 of a series.
#
# | No. | Claim | What we measured | Seeds | Lesson |
# |---|---|---|---|---|
# | C26 `{python} verdict['C26']` | all ten parts of the series are here | part 9 has its text, the others are titles | read | [Creating tensors](../ch01_tensors/creation.py) |
# | C27 `{python} verdict['C27']` | linear regression by hand, SGD included | the final program uses `torch.optim.SGD`; the `sgd()` written by hand is never called | read | [From scratch](../ch03_linear_regression/from_scratch.py) |
# | C28 `{python} verdict['C28']` | the data are coefficient times $x$ plus 12 | with the noise off at most `{python} f'{gap28:.0e}'` away; in full, noise is added to it | 1 | [From scratch](../ch03_linear_regression/from_scratch.py) |
# | C29 `{python} verdict['C29']` | `random_state=42` makes the results the same | the data are the same; the shuffling has no seed, and the learnt $w$ is `{python} spread(fit['w'], 4)` | `{python} len(SEEDS)` | [Reproducibility](reproducibility.py) |
# | C30 `{python} verdict['C30']` | the first three $x$ that the program makes (printed: `{python} ', '.join(map(str, SHOWN_X))`) | the real first three: `{python} first_x`; of the printed ones the data hold `{python} found_x` | 1 | [From scratch](../ch03_linear_regression/from_scratch.py) |
# | C31 `{python} verdict['C31']` | the first three $y$ that the program makes (printed: `{python} ', '.join(map(str, SHOWN_Y))`) | the real first three: `{python} first_y`; they form a column of shape `{python} tuple(y.shape)` | 1 | [From scratch](../ch03_linear_regression/from_scratch.py) |
# | C32 `{python} verdict['C32']` | the coefficient behind the data (printed: `{python} SHOWN_COEF`) | really `{python} f'{coef:.4g}'`; over many values of `random_state` it is within 1 of 35 for `{python} count(near32)` | 200 | [From scratch](../ch03_linear_regression/from_scratch.py) |
# | C33 `{python} verdict['C33']` | a linear trend with noise | yes: $R^2$ = `{python} f'{r2:.3f}'`; what the line leaves over has a standard deviation of `{python} f'{deviation:.1f}'` | 1 | [From scratch](../ch03_linear_regression/from_scratch.py) |
# | C34 `{python} verdict['C34']` | the loader goes through the data in batches | an epoch uses `{python} seen` of `{python} POINTS` points: the incomplete batch is dropped | 1 | [Loading data](../ch03_linear_regression/data_loading.py) |
# | C35 `{python} verdict['C35']` | $w$ and $b$ are 0-d tensors, and $wx+b$ works | it does: broadcast to shape `{python} shape35` | 1 | [Operations and broadcasting](../ch01_tensors/operations.py) |
# | C36 `{python} verdict['C36']` | `square_loss` is the mean squared error of the formula | in section 3 it returns `{python} vector.numel()` numbers, not their mean; the complete program has it right | 1 | [From scratch](../ch03_linear_regression/from_scratch.py) |
# | C37 `{python} verdict['C37']` | `train()` of section 5 runs | its loss is `{python} vector.numel()` numbers, not one. `loss.item()`: `{python} error37[0]`; without that line `loss.backward()`: `{python} error37[1]` | 1 | [Computation graphs](../ch02_autograd/computation_graph.py) |
# | C38 `{python} verdict['C38']` | the loss is a mean, and the update divides by the batch size as well | that divides twice and leaves a sixteenth of each step: the mean squared error ends at `{python} spread(times38)` times that of dividing once | `{python} len(SEEDS)` | [From scratch](../ch03_linear_regression/from_scratch.py) |
# | C39 `{python} verdict['C39']` | `loss` is “the mean loss of this batch” | in the complete program, yes; in section 5 it is `{python} vector.numel()` losses (see C36) | 1 | [From scratch](../ch03_linear_regression/from_scratch.py) |
# | C40 `{python} verdict['C40']` | the sum of the batches' losses over the number of samples is “the mean loss” | each batch's loss is a mean already, so divide by the batches: the true error is `{python} spread(times40)` times what is printed | `{python} len(SEEDS)` | [From scratch](../ch03_linear_regression/from_scratch.py) |
# | C41 `{python} verdict['C41']` | with a smaller last batch kept, the plain mean of the batches' losses will do | weighted by size: `{python} spread(weighted41)`; plain: `{python} spread(plain41)`, up and down by chance | `{python} len(SEEDS)` | [Loading data](../ch03_linear_regression/data_loading.py) |
# | C42 `{python} verdict['C42']` | the complete program runs and converges | yes: $w$ and $b$ end at most `{python} spread(gap42, 2)` from least squares | `{python} len(SEEDS)` | [From scratch](../ch03_linear_regression/from_scratch.py) |
# | C43 `{python} verdict['C43']` | the fitted line is near the “true line” | in slope, not in intercept: least squares is off by `{python} f'{best_w - coef:.2f}'` in $w$ and `{python} f'{best_b - BIAS:.2f}'` in $b$ (about `{python} f'{away43:.0f}'` standard errors). Compare training with least squares | 1 | [From scratch](../ch03_linear_regression/from_scratch.py) |
# | C44 `{python} verdict['C44']` | `train()` can be called again | yes, but it goes on from the old $w$ and $b$: the loss printed first goes from `{python} spread(first44)` to `{python} spread(again44)` | `{python} len(SEEDS)` | [From scratch](../ch03_linear_regression/from_scratch.py) |
# | C45 `{python} verdict['C45']` | setting `SimHei` makes Chinese visible | only where that font is installed; otherwise Matplotlib's own is used, which lacks `{python} missing45` of the legend's 7 characters | 1 | [From scratch](../ch03_linear_regression/from_scratch.py) |
# | C46 `{python} verdict['C46']` | the code that draws the “true line” runs | it does, without an error | 1 | [From scratch](../ch03_linear_regression/from_scratch.py) |
# | C47 `{python} verdict['C47']` | the sample output has two pictures | our text has their captions only | read | [From scratch](../ch03_linear_regression/from_scratch.py) |

# %% [markdown] lang="zh"
# ## 3 一份听课笔记
# 一份网上公开的 PyTorch 听课笔记（标题 overview）：线性模型、梯度下降、反向传播、逻辑回归。
#
# | 编号 | 说法 | 我们测得 | 种子 | 课 |
# |---|---|---|---|---|
# | C48 `{python} verdict['C48']` | 数据分成训练集和开发集 | 建议很好，但后面的程序都没有分 | 读 | [泛化](../ch04_classification/generalization.py) |
# | C49 `{python} verdict['C49']` | 线性模型最简单，代价是均方误差 | 是定义，不用测 | 读 | [从零实现](../ch03_linear_regression/from_scratch.py) |
# | C50 `{python} verdict['C50']` | 累加损失用 `l.item()`；直接加 `l`，计算图会越来越大 | 是：直接加，每步多 `{python} f'{growth:g}'` 个节点；`l.item()` 是普通的数，一个也不多 | 1 | [计算图与自动求导](../ch02_autograd/computation_graph.py) |
# | C51 `{python} verdict['C51']` | 逐个样本更新，100 轮学到 $y=2x$ | 是：对 $x=4$ 的预测，训练前后是 `{python} f'{4 * UNTRAINED_SLOPE:g}'` → `{python} f'{4 * one51.item():.4f}'` | 1 | [从零实现](../ch03_linear_regression/from_scratch.py) |
# | C52 `{python} verdict['C52']` | `backward` 给 `requires_grad` 的张量算梯度 | 是；整数张量不能设 `requires_grad`：`{python} error52` | 1 | [计算图与自动求导](../ch02_autograd/computation_graph.py) |
# | C53 `{python} verdict['C53']` | 梯度会累积，更新后要清零 | 是：不清零，三次 `backward` 得到一次的 `{python} f'{tripled:g}'` 倍 | 1 | [计算图与自动求导](../ch02_autograd/computation_graph.py) |
# | C54 `{python} verdict['C54']` | `progress` 打印的是一轮的损失 | 只是最后一个样本的：第一轮印 `{python} f'{first54[-1]:.3g}'`，三个样本的平均是 `{python} f'{first54.mean():.3g}'` | 1 | [从零实现](../ch03_linear_regression/from_scratch.py) |
# | C55 `{python} verdict['C55']` | 通过 `w.data` 更新参数 | 能用，但绕过了自动求导：在前向之后、反向之前改，梯度成了 `{python} f'{w55.grad.item():g}'`（该是 `{python} f'{2 * 3.0:g}'`），也不报错 | 1 | [计算图与自动求导](../ch02_autograd/computation_graph.py) |
# | C56 `{python} verdict['C56']` | PyTorch 有广播 | 有，形状不合时也会：(6, 1) 减 (6,) 得到 `{python} shape56`。`mse_loss` 只给 `{python} mse56`，`binary_cross_entropy` 报 `{python} bce56` | 1 | [张量运算与广播](../ch01_tensors/operations.py) |
# | C57 `{python} verdict['C57']` | `LinearModel` 的代码能运行 | 单独运行：`{python} alone57`；先 `import torch` 就行 | 1 | [用模块写](../ch03_linear_regression/with_modules.py) |
# | C58 `{python} verdict['C58']` | 自动求导来自继承 `nn.Module` | 张量自己就有：$x^3-9x$ 在 $x=3$ 处的导数算出 `{python} f'{plain58.grad.item():g}'`。继承带来的是登记参数 | 1 | [计算图与自动求导](../ch02_autograd/computation_graph.py) |
# | C59 `{python} verdict['C59']` | 必须先调用父类的 `__init__` | 是，不调用：`{python} error59` | 1 | [用模块写](../ch03_linear_regression/with_modules.py) |
# | C60 `{python} verdict['C60']` | 用 `super().init()` 调用父类的构造函数 | `{python} error60`：`init` 两边少了下划线 | 1 | [用模块写](../ch03_linear_regression/with_modules.py) |
# | C61 `{python} verdict['C61']` | 讲解里的代码片段能单独运行 | 其中三段：`{python} ', '.join(errors61)`；只定义函数的能 | 1 | [用模块写](../ch03_linear_regression/with_modules.py) |
# | C62 `{python} verdict['C62']` | `Linear(1, 1)`：一个特征进，一个出 | 是：(3, 1) 进，`{python} shape62` 出；0 维张量进不去：`{python} error62` | 1 | [用模块写](../ch03_linear_regression/with_modules.py) |
# | C63 `{python} verdict['C63']` | `weight` 和 `bias` 自动初始化 | 是，在 ±1 之间均匀抽；抽到的 `weight`：`{python} spread(first63[:, 0])` | 1000 | [初始化](initialization.py) |
# | C64 `{python} verdict['C64']` | 打印出来以 `Parameter containing:` 开头 | 是 | 1 | [用模块写](../ch03_linear_regression/with_modules.py) |
# | C65 `{python} verdict['C65']` | `weight` 是 1×1，`bias` 是一个数 | 是：形状 `{python} tuple(layer.weight.shape)` 和 `{python} tuple(layer.bias.shape)` | 1 | [用模块写](../ch03_linear_regression/with_modules.py) |
# | C66 `{python} verdict['C66']` | `requires_grad=True`：训练时自动算梯度 | 调用 `backward()` 才算；在那之前 `grad` 是 `{python} grad66` | 1 | [用模块写](../ch03_linear_regression/with_modules.py) |
# | C67 `{python} verdict['C67']` | 数据通过网络，参数就自动更新 | 前向 1000 次之后变了吗？`{python} moved67`。`backward()` 之后？`{python} moved67_later`。要靠 `optimizer.step()` | 1 | [用模块写](../ch03_linear_regression/with_modules.py) |
# | C68 `{python} verdict['C68']` | 用 `fill_(value)` 设权重 | 照抄：`{python} error68`；像文中说的，把 `value` 换成一个数就行 | 1 | [初始化](initialization.py) |
# | C69 `{python} verdict['C69']` | 损失写作 `MSELoss(size_average=False)` | 能用，但给出 `{python} warning69`；现在写 `reduction="sum"` | 1 | [用模块写](../ch03_linear_regression/with_modules.py) |
# | C70 `{python} verdict['C70']` | 1000 轮后 $w=2$、$b=0$，对 $x=4$ 预测 8 | 是，误差最大也只有：$w$ `{python} f'{(w70 - 2).abs().max():.1e}'`，$b$ `{python} f'{b70.abs().max():.1e}'`，预测 `{python} f'{(at4 - 8).abs().max():.1e}'` | `{python} len(SEEDS)` | [用模块写](../ch03_linear_regression/with_modules.py) |
# | C71 `{python} verdict['C71']` | 用 `y_test.data` 取值 | 能，与 `detach()` 的数相同；现在多用后者 | 1 | [计算图与自动求导](../ch02_autograd/computation_graph.py) |
# | C72 `{python} verdict['C72']` | 逻辑回归的损失衡量两个分布的差异：KL 散度 | 是，只多一个常数（熵）：交叉熵减去熵，与 KL 散度相差 `{python} f'{abs(gap72):.1g}'` | 1 | [逻辑回归](../ch04_classification/logistic_regression.py) |
# | C73 `{python} verdict['C73']` | 逻辑回归的代码能运行 | `{python} error73`：代码里混进了反引号 | 1 | [逻辑回归](../ch04_classification/logistic_regression.py) |
# | C74 `{python} verdict['C74']` | 可以用 `F.sigmoid` | 可以：常听说它已弃用，这里给出的警告有 `{python} int(bool(warning74))` 个 | 1 | [激活函数](../ch05_networks/activations.py) |
# | C75 `{python} verdict['C75']` | 逻辑回归用 `model = LinearModel()` 训练 | 它的输出不是概率：`{python} CRASH_EPOCHS` 轮以内 `BCELoss` 报错的有 `{python} count(crashes > 0)`。该用 `LogisticRegressionModel()` | `{python} len(SEEDS)` | [逻辑回归](../ch04_classification/logistic_regression.py) |
# | C76 `{python} verdict['C76']` | 比线性回归“就多了一步” | 多了 Sigmoid 这一步，损失也要换 | 读 | [逻辑回归](../ch04_classification/logistic_regression.py) |
# | C77 `{python} verdict['C77']` | 矩阵运算能并行，不用写循环 | 不写循环，快 `{python} faster` 倍以上；但不是靠并行，这里只有 `{python} torch.get_num_threads()` 个线程 | 1 | [张量运算与广播](../ch01_tensors/operations.py) |
# | C78 `{python} verdict['C78']` | 一个变量名 `x` 用到底 | 写法的习惯，无所谓对错 | 读 | [用模块写](../ch03_linear_regression/with_modules.py) |
# | C79 `{python} verdict['C79']` | 预测、损失、`backward`、更新，四步 | 少了清零。不清零，100 轮后 $w$ 与 2 相差 `{python} spread(unzeroed, 2)`；清零，最多差 `{python} f'{zeroed.max():.0e}'` | `{python} len(SEEDS)` | [从零实现](../ch03_linear_regression/from_scratch.py) |
# | C80 `{python} verdict['C80']` | 激活函数很多，都去试试 | 值得：用 4 个单元分开双月，准确率到 98% 的种子有 `{python} said80` 个 | `{python} len(SEEDS)` | [激活函数](../ch05_networks/activations.py) |
# | C81 `{python} verdict['C81']` | 讲了多维特征、加载数据集和多分类 | 第一项有几句话，后两项在文本里只有标题 | 读 | [多个特征](../ch03_linear_regression/many_features.py)、[数据加载](../ch03_linear_regression/data_loading.py)、[softmax 回归](../ch04_classification/softmax_regression.py) |

# %% [markdown] lang="en"
# ## 3 Notes from a lecture
# Notes on a PyTorch lecture, public on the web under the title “overview” (in Chinese): linear models, gradient descent, backpropagation, logistic regression.
#
# | No. | Claim | What we measured | Seeds | Lesson |
# |---|---|---|---|---|
# | C48 `{python} verdict['C48']` | the data are split into a training and a development set | good advice, but no program in the notes does so | read | [Generalization](../ch04_classification/generalization.py) |
# | C49 `{python} verdict['C49']` | a linear model is the simplest, its cost the mean squared error | a definition, nothing to measure | read | [From scratch](../ch03_linear_regression/from_scratch.py) |
# | C50 `{python} verdict['C50']` | add up `l.item()`: adding `l` itself makes the graph grow | yes: adding `l` costs `{python} f'{growth:g}'` nodes a step; `l.item()` is a plain number and costs none | 1 | [Computation graphs](../ch02_autograd/computation_graph.py) |
# | C51 `{python} verdict['C51']` | one sample at a time, 100 epochs learn $y=2x$ | yes: the prediction for $x=4$, before → after: `{python} f'{4 * UNTRAINED_SLOPE:g}'` → `{python} f'{4 * one51.item():.4f}'` | 1 | [From scratch](../ch03_linear_regression/from_scratch.py) |
# | C52 `{python} verdict['C52']` | `backward` computes gradients of tensors with `requires_grad` | yes; a tensor of whole numbers cannot have it: `{python} error52` | 1 | [Computation graphs](../ch02_autograd/computation_graph.py) |
# | C53 `{python} verdict['C53']` | gradients add up and must be cleared after an update | yes: three `backward` without clearing give `{python} f'{tripled:g}'` times the gradient of one | 1 | [Computation graphs](../ch02_autograd/computation_graph.py) |
# | C54 `{python} verdict['C54']` | `progress` prints the loss of an epoch | only its last sample's: `{python} f'{first54[-1]:.3g}'` in the first epoch, where the mean of the three is `{python} f'{first54.mean():.3g}'` | 1 | [From scratch](../ch03_linear_regression/from_scratch.py) |
# | C55 `{python} verdict['C55']` | parameters are updated through `w.data` | works, but behind autograd's back: changed between forward and backward, the gradient is `{python} f'{w55.grad.item():g}'` (not `{python} f'{2 * 3.0:g}'`), without an error | 1 | [Computation graphs](../ch02_autograd/computation_graph.py) |
# | C56 `{python} verdict['C56']` | PyTorch broadcasts | it does, even where shapes differ by mistake: (6, 1) minus (6,) is `{python} shape56`. `mse_loss` only gives a `{python} mse56`, `binary_cross_entropy` a `{python} bce56` | 1 | [Operations and broadcasting](../ch01_tensors/operations.py) |
# | C57 `{python} verdict['C57']` | the code of `LinearModel` runs | alone: `{python} alone57`; after `import torch`, yes | 1 | [With modules](../ch03_linear_regression/with_modules.py) |
# | C58 `{python} verdict['C58']` | autograd comes from inheriting `nn.Module` | a plain tensor has it: the derivative of $x^3-9x$ at $x=3$ comes out as `{python} f'{plain58.grad.item():g}'`. What the class gives is a list of parameters | 1 | [Computation graphs](../ch02_autograd/computation_graph.py) |
# | C59 `{python} verdict['C59']` | the parent's `__init__` must be called first | yes; without it: `{python} error59` | 1 | [With modules](../ch03_linear_regression/with_modules.py) |
# | C60 `{python} verdict['C60']` | the parent's constructor is called by `super().init()` | `{python} error60`: the underscores around `init` are missing | 1 | [With modules](../ch03_linear_regression/with_modules.py) |
# | C61 `{python} verdict['C61']` | the fragments in the explanation run alone | three of them: `{python} ', '.join(errors61)`; those that only define a function do | 1 | [With modules](../ch03_linear_regression/with_modules.py) |
# | C62 `{python} verdict['C62']` | `Linear(1, 1)`: one feature in, one out | yes: (3, 1) in, `{python} shape62` out; a 0-d tensor does not fit: `{python} error62` | 1 | [With modules](../ch03_linear_regression/with_modules.py) |
# | C63 `{python} verdict['C63']` | `weight` and `bias` are initialized for you | yes, uniform between ±1; the `weight` drawn: `{python} spread(first63[:, 0])` | 1000 | [Initialization](initialization.py) |
# | C64 `{python} verdict['C64']` | printed, they begin with `Parameter containing:` | they do | 1 | [With modules](../ch03_linear_regression/with_modules.py) |
# | C65 `{python} verdict['C65']` | `weight` is 1×1, `bias` a single number | yes: shapes `{python} tuple(layer.weight.shape)` and `{python} tuple(layer.bias.shape)` | 1 | [With modules](../ch03_linear_regression/with_modules.py) |
# | C66 `{python} verdict['C66']` | `requires_grad=True`: gradients are computed in training | only by `backward()`; until then `grad` is `{python} grad66` | 1 | [With modules](../ch03_linear_regression/with_modules.py) |
# | C67 `{python} verdict['C67']` | parameters are updated as data pass through | changed after 1000 forward passes? `{python} moved67`. After `backward()`? `{python} moved67_later`. It takes `optimizer.step()` | 1 | [With modules](../ch03_linear_regression/with_modules.py) |
# | C68 `{python} verdict['C68']` | set weights with `fill_(value)` | as printed: `{python} error68`; with a number for `value`, as the notes say, it works | 1 | [Initialization](initialization.py) |
# | C69 `{python} verdict['C69']` | the loss is `MSELoss(size_average=False)` | works with a `{python} warning69`; today it is `reduction="sum"` | 1 | [With modules](../ch03_linear_regression/with_modules.py) |
# | C70 `{python} verdict['C70']` | after 1000 epochs $w=2$, $b=0$, and 8 is predicted for $x=4$ | yes; largest errors: $w$ `{python} f'{(w70 - 2).abs().max():.1e}'`, $b$ `{python} f'{b70.abs().max():.1e}'`, the prediction `{python} f'{(at4 - 8).abs().max():.1e}'` | `{python} len(SEEDS)` | [With modules](../ch03_linear_regression/with_modules.py) |
# | C71 `{python} verdict['C71']` | read values through `y_test.data` | works: the same values as `detach()`, which one writes today | 1 | [Computation graphs](../ch02_autograd/computation_graph.py) |
# | C72 `{python} verdict['C72']` | the loss of logistic regression is the KL divergence of two distributions | yes, but for a constant, the entropy: cross-entropy minus entropy is `{python} f'{abs(gap72):.1g}'` away from it | 1 | [Logistic regression](../ch04_classification/logistic_regression.py) |
# | C73 `{python} verdict['C73']` | the code of logistic regression runs | `{python} error73`: there are backticks in the code | 1 | [Logistic regression](../ch04_classification/logistic_regression.py) |
# | C74 `{python} verdict['C74']` | one can use `F.sigmoid` | yes: often called deprecated, but the warnings it gives here are `{python} int(bool(warning74))` | 1 | [Activations](../ch05_networks/activations.py) |
# | C75 `{python} verdict['C75']` | logistic regression is trained with `model = LinearModel()` | its outputs are no probabilities: within `{python} CRASH_EPOCHS` epochs `BCELoss` fails for `{python} count(crashes > 0)`. It should be `LogisticRegressionModel()` | `{python} len(SEEDS)` | [Logistic regression](../ch04_classification/logistic_regression.py) |
# | C76 `{python} verdict['C76']` | “just one step more” than linear regression | the sigmoid is one step; the loss changes too | read | [Logistic regression](../ch04_classification/logistic_regression.py) |
# | C77 `{python} verdict['C77']` | matrices bring parallelism, no loops needed | without a loop it is more than `{python} faster` times faster, but not by parallelism: there is `{python} torch.get_num_threads()` thread here | 1 | [Operations and broadcasting](../ch01_tensors/operations.py) |
# | C78 `{python} verdict['C78']` | one name, `x`, to the end | a habit of style, neither right nor wrong | read | [With modules](../ch03_linear_regression/with_modules.py) |
# | C79 `{python} verdict['C79']` | prediction, loss, `backward`, update: four steps | clearing is missing. Without it, after 100 epochs, $w$ is `{python} spread(unzeroed, 2)` away from 2; with it at most `{python} f'{zeroed.max():.0e}'` | `{python} len(SEEDS)` | [From scratch](../ch03_linear_regression/from_scratch.py) |
# | C80 `{python} verdict['C80']` | there are many activations: try them | worth it: seeds of 4 units that reach 98% on the moons: `{python} said80` | `{python} len(SEEDS)` | [Activations](../ch05_networks/activations.py) |
# | C81 `{python} verdict['C81']` | many features, loading data and many classes are taught | a few sentences on the first; of the other two our text has the headings | read | [Many features](../ch03_linear_regression/many_features.py), [Loading data](../ch03_linear_regression/data_loading.py), [Softmax regression](../ch04_classification/softmax_regression.py) |

# %% [markdown] lang="zh"
# ## 4 自动梯度、线性回归与逻辑回归
# 《深度学习基础：自动梯度、线性回归与逻辑回归的 PyTorch 实践》。
#
# | 编号 | 说法 | 我们测得 | 种子 | 课 |
# |---|---|---|---|---|
# | C82 `{python} verdict['C82']` | “函数式编程”：写完检查语法，再编译、链接成可执行文件 | 这是编译型语言的做法，不叫函数式；Python 是解释执行的 | 读 | [动态图与静态图](../ch02_autograd/static_and_dynamic.py) |
# | C83 `{python} verdict['C83']` | 计算图分静态和动态；从前先定义再执行，现在多用 JIT | PyTorch 默认用动态图，每次前向新建一张（两次的节点相同吗？`{python} nodes83[0] is nodes83[1]`）；JIT 要另外打开 | 1 | [动态图与静态图](../ch02_autograd/static_and_dynamic.py) |
# | C84 `{python} verdict['C84']` | 1 维张量放一个样本的特征 | 是，一种常见用法 | 读 | [创建张量](../ch01_tensors/creation.py) |
# | C85 `{python} verdict['C85']` | 2 维张量放序列（时间，特征） | 这是一种用法；更常见的是（样本，特征） | 读 | [创建张量](../ch01_tensors/creation.py) |
# | C86 `{python} verdict['C86']` | 3 维张量放图像（高，宽，通道） | 在 NumPy 里是；PyTorch 的 `Conv2d` 报 `{python} error86`，换成（通道，高，宽）才行 | 1 | [形状与内存](../ch01_tensors/shapes.py) |
# | C87 `{python} verdict['C87']` | 4 维张量放视频（帧，高，宽，通道） | 作为存法可以；`Conv3d` 报 `{python} error87`，要（通道，帧，高，宽） | 1 | [形状与内存](../ch01_tensors/shapes.py) |
# | C88 `{python} verdict['C88']` | 用一个例子说明链式法则 | 文本里没有它的公式 | 读 | [计算图与自动求导](../ch02_autograd/computation_graph.py) |
# | C89 `{python} verdict['C89']` | 自动求出 $f=xyz$ 在 2、3、4 处的梯度 | 是：`{python} ', '.join(f'{g:g}' for g in grads89)`；再调用一次 `backward`：`{python} again89` | 1 | [计算图与自动求导](../ch02_autograd/computation_graph.py) |
# | C90 `{python} verdict['C90']` | 可以用 `nn.Linear` 写线性回归 | 可以：输出与 $wx+b$ 相同 | 1 | [用模块写](../ch03_linear_regression/with_modules.py) |
# | C91 `{python} verdict['C91']` | 训练用随机梯度下降 | 每步都用全部六个样本，没有随机：次序倒过来，参数最多差 `{python} f'{gap91:.0e}'` | `{python} len(SEEDS)` | [从零实现](../ch03_linear_regression/from_scratch.py) |
# | C92 `{python} verdict['C92']` | 1000 轮，每 100 轮打印一次损失 | 是：`{python} len(losses92[99::100])` 行；结束时的损失都低于开始时 | `{python} len(SEEDS)` | [用模块写](../ch03_linear_regression/with_modules.py) |
# | C93 `{python} verdict['C93']` | 1000 轮后模型训练好了 | 基本上：损失比最小二乘高不到 1%；$w$、$b$ 最多差 `{python} spread(gap93, 2)` | `{python} len(SEEDS)` | [用模块写](../ch03_linear_regression/with_modules.py) |
# | C94 `{python} verdict['C94']` | “将优化器的梯度清零” | 梯度存在参数里，优化器只清自己管的；不归它管的参数清了吗？`{python} two[1].grad is None` | 1 | [用模块写](../ch03_linear_regression/with_modules.py) |
# | C95 `{python} verdict['C95']` | 训练好后可以预测 $x=3.5$ | 得到 `{python} spread(at95, 4)`（最小二乘 `{python} f'{best95:.3f}'`）；但数据只到 $x=$ `{python} max(SIX_X)`，再往外没有验证过 | `{python} len(SEEDS)` | [用模块写](../ch03_linear_regression/with_modules.py) |
# | C96 `{python} verdict['C96']` | Sigmoid 大于 0.5 判为正类 | 是，与 $z>0$ 完全一样；所以边界仍是直线 | 1 | [逻辑回归](../ch04_classification/logistic_regression.py) |
# | C97 `{python} verdict['C97']` | Sigmoid 之后用 `BCELoss` | 可以：与直接从 logit 算的损失相差 `{python} f'{gap97:.0e}'`；$z$ 很大时见 C07 | `{python} len(SEEDS)` | [逻辑回归](../ch04_classification/logistic_regression.py) |
# | C98 `{python} verdict['C98']` | 1000 轮训练好了逻辑回归 | 六个点答对 `{python} spread(right98.double(), 1)` 个；唯一的负样本都被判为正类，概率 `{python} spread(p_half)` | `{python} len(SEEDS)` | [逻辑回归](../ch04_classification/logistic_regression.py) |
# | C99 `{python} verdict['C99']` | 这六个标签适合训练逻辑回归 | 五个 1、一个 0，一刀就能切开，所以没有最优的 $w$：放大 1、10、100 倍，损失一直降：`{python} said99.replace(' / ', ', ')` | 1 | [逻辑回归](../ch04_classification/logistic_regression.py) |
# | C100 `{python} verdict['C100']` | $x=3.5$ 预测为 1 | 是：`{python} count(at100 > 0.5)`；但永远答 1 也是这个答案，六个点也能对 `{python} f'{always * 6:.0f}'` 个 | `{python} len(SEEDS)` | [泛化](../ch04_classification/generalization.py) |
# | C101 `{python} verdict['C101']` | 总结：可以灵活用于实际问题 | 全文没有测试集，没有检验过新数据 | 读 | [泛化](../ch04_classification/generalization.py) |

# %% [markdown] lang="en"
# ## 4 Autograd, linear and logistic regression
# “Foundations of deep learning: autograd, linear regression and logistic regression in PyTorch” (in Chinese).
#
# | No. | Claim | What we measured | Seeds | Lesson |
# |---|---|---|---|---|
# | C82 `{python} verdict['C82']` | “functional programming”: check the syntax, compile, link, get an executable | that is how compiled languages work, functional or not; Python is interpreted | read | [Dynamic and static graphs](../ch02_autograd/static_and_dynamic.py) |
# | C83 `{python} verdict['C83']` | graphs are static or dynamic; once defined first and then run, now mostly compiled just in time | PyTorch's are dynamic by default, a new one each forward pass (the same node twice? `{python} nodes83[0] is nodes83[1]`); JIT has to be asked for | 1 | [Dynamic and static graphs](../ch02_autograd/static_and_dynamic.py) |
# | C84 `{python} verdict['C84']` | 1-D tensors hold the features of a sample | yes, a common use | read | [Creating tensors](../ch01_tensors/creation.py) |
# | C85 `{python} verdict['C85']` | 2-D tensors hold sequences (time, features) | one use; (samples, features) is more common | read | [Creating tensors](../ch01_tensors/creation.py) |
# | C86 `{python} verdict['C86']` | 3-D tensors hold images (height, width, channels) | in NumPy, yes; PyTorch's `Conv2d` gives a `{python} error86` and wants (channels, height, width) | 1 | [Shapes and memory](../ch01_tensors/shapes.py) |
# | C87 `{python} verdict['C87']` | 4-D tensors hold videos (frames, height, width, channels) | to store them, yes; `Conv3d` gives a `{python} error87` and wants (channels, frames, height, width) | 1 | [Shapes and memory](../ch01_tensors/shapes.py) |
# | C88 `{python} verdict['C88']` | an example explains the chain rule | its formulas are not in our text | read | [Computation graphs](../ch02_autograd/computation_graph.py) |
# | C89 `{python} verdict['C89']` | autograd finds the gradient of $f=xyz$ at 2, 3, 4 | yes: `{python} ', '.join(f'{g:g}' for g in grads89)`; a second `backward`: `{python} again89` | 1 | [Computation graphs](../ch02_autograd/computation_graph.py) |
# | C90 `{python} verdict['C90']` | linear regression can be written with `nn.Linear` | yes: its output equals $wx+b$ | 1 | [With modules](../ch03_linear_regression/with_modules.py) |
# | C91 `{python} verdict['C91']` | it trains by stochastic gradient descent | each step uses all six samples, so nothing is random: in reverse order the parameters differ by at most `{python} f'{gap91:.0e}'` | `{python} len(SEEDS)` | [From scratch](../ch03_linear_regression/from_scratch.py) |
# | C92 `{python} verdict['C92']` | 1000 epochs, the loss printed every 100 | yes: `{python} len(losses92[99::100])` lines; all losses end below where they began | `{python} len(SEEDS)` | [With modules](../ch03_linear_regression/with_modules.py) |
# | C93 `{python} verdict['C93']` | after 1000 epochs the model is trained | nearly: the loss is less than 1% above least squares; $w$ and $b$ are at most `{python} spread(gap93, 2)` away | `{python} len(SEEDS)` | [With modules](../ch03_linear_regression/with_modules.py) |
# | C94 `{python} verdict['C94']` | “the optimizer's gradients are cleared” | gradients belong to parameters, and an optimizer clears its own; is any other cleared? `{python} two[1].grad is None` | 1 | [With modules](../ch03_linear_regression/with_modules.py) |
# | C95 `{python} verdict['C95']` | once trained, it can predict at $x=3.5$ | it gives `{python} spread(at95, 4)` (least squares `{python} f'{best95:.3f}'`), but the data end at $x=$ `{python} max(SIX_X)`; beyond, nothing was tested | `{python} len(SEEDS)` | [With modules](../ch03_linear_regression/with_modules.py) |
# | C96 `{python} verdict['C96']` | a sigmoid above 0.5 means positive | yes, exactly the same as $z>0$; so the boundary stays a line | 1 | [Logistic regression](../ch04_classification/logistic_regression.py) |
# | C97 `{python} verdict['C97']` | `BCELoss` after the sigmoid | works: `{python} f'{gap97:.0e}'` from the loss of logits; for extreme $z$ see C07 | `{python} len(SEEDS)` | [Logistic regression](../ch04_classification/logistic_regression.py) |
# | C98 `{python} verdict['C98']` | 1000 epochs train the logistic regression | right points of six: `{python} spread(right98.double(), 1)`; the only negative one is always called positive, with probability `{python} spread(p_half)` | `{python} len(SEEDS)` | [Logistic regression](../ch04_classification/logistic_regression.py) |
# | C99 `{python} verdict['C99']` | these six labels suit logistic regression | five 1s, one 0, and one cut separates them, so no $w$ is best: scaled by 1, 10, 100 the loss keeps falling: `{python} said99.replace(' / ', ', ')` | 1 | [Logistic regression](../ch04_classification/logistic_regression.py) |
# | C100 `{python} verdict['C100']` | the predicted class at $x=3.5$ is 1 | yes: `{python} count(at100 > 0.5)`; but so does always answering 1, which is right for `{python} f'{always * 6:.0f}'` of the six | `{python} len(SEEDS)` | [Generalization](../ch04_classification/generalization.py) |
# | C101 `{python} verdict['C101']` | summary: ready for use on real problems | there is no test set, so nothing was checked on new data | read | [Generalization](../ch04_classification/generalization.py) |

# %% [markdown] lang="zh"
# ## 5 第一个神经网络
# 菜鸟教程《PyTorch 第一个神经网络》。
#
# | 编号 | 说法 | 我们测得 | 种子 | 课 |
# |---|---|---|---|---|
# | C102 `{python} verdict['C102']` | 网络完成了一个二分类任务 | 标签与输入无关，没有规律可学：新点上的准确率 `{python} spread(fresh102)` | `{python} len(SEEDS)` | [第一个网络](../ch05_networks/first_network.py) |
# | C103 `{python} verdict['C103']` | 二分类用均方误差作损失 | 错得离谱时学不动：$z=-10$、标签 1 的梯度是 `{python} f'{slopes103[0]:.2g}'`，交叉熵是 `{python} f'{slopes103[1]:.2g}'`。从这样的起点学双月，准确率 `{python} spread(starts103[0])`，交叉熵 `{python} spread(starts103[1])`；起点好就看不出来 | `{python} len(SEEDS)` | [逻辑回归](../ch04_classification/logistic_regression.py)、[第一个网络](../ch05_networks/first_network.py) |
# | C104 `{python} verdict['C104']` | 优化器是随机梯度下降 | 每步都用全部十个点，没有随机：次序倒过来，参数最多差 `{python} f'{gap104:.0e}'` | `{python} len(SEEDS)` | [从零实现](../ch03_linear_regression/from_scratch.py) |
# | C105 `{python} verdict['C105']` | 训练逐步调整参数 | 调整了，但很少：50 轮里损失只降了百分之 `{python} spread(drop105 * 100, 2)` | `{python} len(SEEDS)` | [第一个网络](../ch05_networks/first_network.py) |
# | C106 `{python} verdict['C106']` | 第一、二轮的损失（文中：`{python} f'{FIRST_LOSS:.4f}'`；`{python} f'{SECOND_LOSS:.4f}'`） | 可信：第一轮 `{python} spread(coin_losses[0])`，到第二轮降 `{python} spread(drop106, 2)` | `{python} len(SEEDS)` | [第一个网络](../ch05_networks/first_network.py) |
# | C107 `{python} verdict['C107']` | 输出印成 `epoch: 0 loss: …` | 程序在冒号后印两个空格，文中是一个 | 1 | [第一个网络](../ch05_networks/first_network.py) |
# | C108 `{python} verdict['C108']` | 网络是 10 → 5 → 1 | 是，参数共 `{python} size108` 个 | 1 | [第一个网络](../ch05_networks/first_network.py) |
# | C109 `{python} verdict['C109']` | 网络学会了这十个标签 | 50 轮后训练准确率 `{python} spread(acc109)`，胜过“只答多数类”的有 `{python} count(better109)`。换成 16 个单元、Adam、交叉熵、300 轮，全对的有 `{python} count(wide109 == 1)` | `{python} len(SEEDS)` | [第一个网络](../ch05_networks/first_network.py) |
# | C110 `{python} verdict['C110']` | 训练集全对就是学会了 | 只是背下来了：C109 里全对的那些网络，新点上的准确率 `{python} spread(fresh110)` | `{python} len(SEEDS)` | [第一个网络](../ch05_networks/first_network.py) |
# | C111 `{python} verdict['C111']` | ReLU 增加非线性 | 是：没有它，两层等于一层（相差 `{python} f'{gap111:.0e}'`），双月准确率到 95% 的：`{python} count(no_relu >= 0.95)` | `{python} len(SEEDS)` | [决策边界](../ch05_networks/decision_boundaries.py) |
# | C112 `{python} verdict['C112']` | Sigmoid 映到 0 和 1 之间 | 对实数成立；浮点数会恰好得 1（C06） | 1 | [逻辑回归](../ch04_classification/logistic_regression.py) |
# | C113 `{python} verdict['C113']` | `zero_grad`、`backward`、`step` 的讲解 | 对：旧梯度清掉了，再从 $w=1$ 走一步（学习率 0.1，梯度 3），到 `{python} f'{w113.item():.1f}'` | 1 | [第一个网络](../ch05_networks/first_network.py) |
# | C114 `{python} verdict['C114']` | 同一段程序再列一遍 | 是，与第一遍相同 | 读 | [第一个网络](../ch05_networks/first_network.py) |
# | C115 `{python} verdict['C115']` | 作图、数据、完整代码各列两遍，都能运行 | 第二遍少了 `import torch`：`{python} error115` | 1 | [第一个网络](../ch05_networks/first_network.py) |
# | C116 `{python} verdict['C116']` | `SimpleNN` 列了两遍，都能运行 | 第二遍少了 `class` 那一行：`{python} error116` | 1 | [第一个网络](../ch05_networks/first_network.py) |
# | C117 `{python} verdict['C117']` | 讲解里的单行代码能单独运行 | 单独运行：`{python} error117`，要接在导入之后 | 1 | [第一个网络](../ch05_networks/first_network.py) |
# | C118 `{python} verdict['C118']` | “实际与预测”图显示拟合得如何 | 几乎没有拟合可看：预测在 0.3 和 0.7 之间的占 `{python} f'{middle118:.0%}'` | `{python} len(SEEDS)` | [第一个网络](../ch05_networks/first_network.py) |
# | C119 `{python} verdict['C119']` | 圆内的点标为 1 | 是：它们占 `{python} spread(share119)`，理论上 `{python} f'{theory119:.3f}'` | `{python} len(SEEDS)` | [第一个网络](../ch05_networks/first_network.py) |
# | C120 `{python} verdict['C120']` | 线性变换加激活就能捕获非线性 | 训练够了才行（C127）。没有隐藏层，新点上的准确率只有 `{python} spread(acc120[0])`；把 $x$ 的平方喂给它，有 `{python} spread(acc120[1])` | `{python} len(SEEDS)` | [第一个网络](../ch05_networks/first_network.py) |
# | C121 `{python} verdict['C121']` | 二元交叉熵加 SGD，能训练 100 轮 | 能，损失始终是有限的数：`{python} count(circle_losses.isfinite().all(dim=0))` | `{python} len(SEEDS)` | [第一个网络](../ch05_networks/first_network.py) |
# | C122 `{python} verdict['C122']` | 第 10、20、100 轮的损失（文中：`{python} ', '.join(map(str, PRINTED.values()))`） | 第 10 轮 `{python} at122[10]`；第 20 轮 `{python} at122[20]`；第 100 轮 `{python} at122[100]`。降到过其中任何一个的：`{python} count(reached.any(dim=0))` | `{python} len(SEEDS)` | [第一个网络](../ch05_networks/first_network.py) |
# | C123 `{python} verdict['C123']` | “我们测试模型” | 只画了训练用过的点。训练准确率 `{python} spread(acc123[0])`，新点上 `{python} spread(acc123[1])`；新点上不比“只答多数类”好的有 `{python} count(acc123[1] <= share_most)` | `{python} len(SEEDS)` | [泛化](../ch04_classification/generalization.py) |
# | C124 `{python} verdict['C124']` | 图中是学到的边界 | 图里有边界的：`{python} count(drawn124)`；其余整张一个颜色 | `{python} len(SEEDS)` | [第一个网络](../ch05_networks/first_network.py) |
# | C125 `{python} verdict['C125']` | 用 `meshgrid` 和 `contourf` 画边界 | 能画，但给出 `{python} grid_warning`（同 C13） | 1 | [决策边界](../ch05_networks/decision_boundaries.py) |
# | C126 `{python} verdict['C126']` | `plot_decision_boundary(model, data)`：给这两样就能画 | 能画，但标签没有传进去，用的是全局变量 `labels` | 读 | [决策边界](../ch05_networks/decision_boundaries.py) |
# | C127 `{python} verdict['C127']` | 4 个 ReLU 单元就够 | 训练准确率到 95% 的：改用 Adam、学习率 0.3、500 轮，`{python} count(acc127 >= 0.95)`；照文中的设置，`{python} count(acc123[0] >= 0.95)` | `{python} len(SEEDS)` | [第一个网络](../ch05_networks/first_network.py) |

# %% [markdown] lang="en"
# ## 5 A first neural network
# “A first neural network in PyTorch” (in Chinese), from the site Runoob.
#
# | No. | Claim | What we measured | Seeds | Lesson |
# |---|---|---|---|---|
# | C102 `{python} verdict['C102']` | the network solves a task of two classes | the labels have nothing to do with the inputs, so there is no rule to learn: accuracy on new points `{python} spread(fresh102)` | `{python} len(SEEDS)` | [First network](../ch05_networks/first_network.py) |
# | C103 `{python} verdict['C103']` | two classes are learnt with the mean squared error | far from the truth it hardly learns: gradient at $z=-10$ and label 1 `{python} f'{slopes103[0]:.2g}'`, with cross-entropy `{python} f'{slopes103[1]:.2g}'`. From such a start, accuracy on the moons `{python} spread(starts103[0])`; with cross-entropy `{python} spread(starts103[1])`. A good start hides it | `{python} len(SEEDS)` | [Logistic regression](../ch04_classification/logistic_regression.py), [First network](../ch05_networks/first_network.py) |
# | C104 `{python} verdict['C104']` | the optimizer is stochastic gradient descent | each step uses all ten points, so nothing is random: in reverse order the parameters differ by at most `{python} f'{gap104:.0e}'` | `{python} len(SEEDS)` | [From scratch](../ch03_linear_regression/from_scratch.py) |
# | C105 `{python} verdict['C105']` | training adjusts the parameters step by step | it does, but little: in 50 epochs the loss falls by `{python} spread(drop105 * 100, 2)` per cent | `{python} len(SEEDS)` | [First network](../ch05_networks/first_network.py) |
# | C106 `{python} verdict['C106']` | the losses of the first two epochs (printed: `{python} f'{FIRST_LOSS:.4f}'`; `{python} f'{SECOND_LOSS:.4f}'`) | plausible: the first is `{python} spread(coin_losses[0])`, and the second lower by `{python} spread(drop106, 2)` | `{python} len(SEEDS)` | [First network](../ch05_networks/first_network.py) |
# | C107 `{python} verdict['C107']` | the output reads `epoch: 0 loss: …` | the program prints two blanks after a colon, the article shows one | 1 | [First network](../ch05_networks/first_network.py) |
# | C108 `{python} verdict['C108']` | the network is 10 → 5 → 1 | yes, with `{python} size108` parameters in all | 1 | [First network](../ch05_networks/first_network.py) |
# | C109 `{python} verdict['C109']` | the network learns the ten labels | training accuracy after 50 epochs `{python} spread(acc109)`, better than always giving the majority's answer for `{python} count(better109)`. With 16 units, Adam, cross-entropy and 300 epochs all are right for `{python} count(wide109 == 1)` | `{python} len(SEEDS)` | [First network](../ch05_networks/first_network.py) |
# | C110 `{python} verdict['C110']` | all right on the training set means learnt | only memorized: accuracy on new points of the networks of C109 that were all right: `{python} spread(fresh110)` | `{python} len(SEEDS)` | [First network](../ch05_networks/first_network.py) |
# | C111 `{python} verdict['C111']` | ReLU adds non-linearity | yes: without it two layers equal one (to `{python} f'{gap111:.0e}'`), and 95% on the moons is reached by `{python} count(no_relu >= 0.95)` | `{python} len(SEEDS)` | [Decision boundaries](../ch05_networks/decision_boundaries.py) |
# | C112 `{python} verdict['C112']` | the sigmoid maps between 0 and 1 | true of real numbers; floats reach exactly 1 (C06) | 1 | [Logistic regression](../ch04_classification/logistic_regression.py) |
# | C113 `{python} verdict['C113']` | what is said of `zero_grad`, `backward` and `step` | right: the old gradient is gone, and a step from $w=1$ (rate 0.1, gradient 3) leads to `{python} f'{w113.item():.1f}'` | 1 | [First network](../ch05_networks/first_network.py) |
# | C114 `{python} verdict['C114']` | the same program is listed again | yes, the same as before | read | [First network](../ch05_networks/first_network.py) |
# | C115 `{python} verdict['C115']` | plotting, data and complete code are listed twice; both run | the second listing lacks `import torch`: `{python} error115` | 1 | [First network](../ch05_networks/first_network.py) |
# | C116 `{python} verdict['C116']` | `SimpleNN` is listed twice; both run | the second listing lacks the line with `class`: `{python} error116` | 1 | [First network](../ch05_networks/first_network.py) |
# | C117 `{python} verdict['C117']` | the single lines of the explanation run alone | alone: `{python} error117`; they need the imports | 1 | [First network](../ch05_networks/first_network.py) |
# | C118 `{python} verdict['C118']` | the plot “actual vs predicted” shows the fit | there is hardly a fit to see: `{python} f'{middle118:.0%}'` of the predictions lie between 0.3 and 0.7 | `{python} len(SEEDS)` | [First network](../ch05_networks/first_network.py) |
# | C119 `{python} verdict['C119']` | points inside the circle are labelled 1 | yes: their share is `{python} spread(share119)`, in theory `{python} f'{theory119:.3f}'` | `{python} len(SEEDS)` | [First network](../ch05_networks/first_network.py) |
# | C120 `{python} verdict['C120']` | a linear map and an activation capture the non-linearity | given enough training (C127). Without a hidden layer, accuracy on new points is `{python} spread(acc120[0])`; fed with the squares of $x$ it is `{python} spread(acc120[1])` | `{python} len(SEEDS)` | [First network](../ch05_networks/first_network.py) |
# | C121 `{python} verdict['C121']` | binary cross-entropy and SGD run for 100 epochs | they do; losses finite throughout: `{python} count(circle_losses.isfinite().all(dim=0))` | `{python} len(SEEDS)` | [First network](../ch05_networks/first_network.py) |
# | C122 `{python} verdict['C122']` | the losses after 10, 20 and 100 epochs (printed: `{python} ', '.join(map(str, PRINTED.values()))`) | after 10: `{python} at122[10]`; 20: `{python} at122[20]`; 100: `{python} at122[100]`. Down to any of the three: `{python} count(reached.any(dim=0))` | `{python} len(SEEDS)` | [First network](../ch05_networks/first_network.py) |
# | C123 `{python} verdict['C123']` | “we test the model” | only training points are drawn. Training accuracy `{python} spread(acc123[0])`, on new points `{python} spread(acc123[1])`, where `{python} count(acc123[1] <= share_most)` do no better than always giving the majority's answer | `{python} len(SEEDS)` | [Generalization](../ch04_classification/generalization.py) |
# | C124 `{python} verdict['C124']` | the figure shows the boundary that was learnt | there is a boundary in `{python} count(drawn124)`; the others are of one colour | `{python} len(SEEDS)` | [First network](../ch05_networks/first_network.py) |
# | C125 `{python} verdict['C125']` | `meshgrid` and `contourf` draw the boundary | they do, with a `{python} grid_warning` (as C13) | 1 | [Decision boundaries](../ch05_networks/decision_boundaries.py) |
# | C126 `{python} verdict['C126']` | `plot_decision_boundary(model, data)` needs these two | it draws, but the labels are not passed: it takes the global variable `labels` | read | [Decision boundaries](../ch05_networks/decision_boundaries.py) |
# | C127 `{python} verdict['C127']` | 4 ReLU units are enough | at 95% on the training set: with Adam, rate 0.3, 500 epochs `{python} count(acc127 >= 0.95)`; with the article's settings `{python} count(acc123[0] >= 0.95)` | `{python} len(SEEDS)` | [First network](../ch05_networks/first_network.py) |

# %% [markdown] lang="zh"
# ## 怎么知道测得对

# %% [markdown] lang="en"
# ## How we know that the measuring is right

# %% [markdown] lang="zh" tags=["check"]
# 100 个种子的网络排成一批，同时训练，这样快得多。测试取出其中几个，用 `nn.Linear` 和 `torch.optim` 单独训练，参数在 1e-5 以内相同。另有一次独立的测量，照原样运行教程里的代码；测试要求两次的结论一致，数也落在彼此的范围里。

# %% [markdown] lang="en" tags=["check"]
# The networks of 100 seeds are trained side by side, as one batch, which is much faster. The tests take a few of them and train each alone with `nn.Linear` and `torch.optim`: the parameters agree within 1e-5. In another, independent measurement the tutorials' code was run as printed; the tests ask that both come to the same verdicts, with numbers in each other's range.

# %% [markdown] lang="zh"
# ## 你也可以
# 读到一个数，先问三件事：它是算出来的吗？换个种子还成立吗？不用这个技巧会怎样？三个问题都能用几行代码回答，本页折叠起来的程序就是例子。
# 觉得哪一条核对得不对，欢迎指出来：每个数都能在程序里找到算出它的那一行。

# %% [markdown] lang="en"
# ## You can do this too
# When you read a number, ask three things: was it computed? Does it survive another seed? What happens without the trick? A few lines of code
# answer each, as the folded program of this page shows. If you think that one of our checks is wrong, tell us: every number has a line of code that made it.
