# %% [markdown] lang="zh"
# # 动态图与静态图
# 你家的电费分两档：每月头 240 度（kWh）每度 0.5 元，超出的每度 0.8 元。五月用了 100 度，
# 你把算电费的每一步照样记下，免得以后再想。八月开空调，用了 400 度，你照五月的步骤重做一遍。
# 算出来对吗？不对的话，差多少元？
#
# PyTorch 也会把运算记成一张**计算图**（computation graph）：每步运算是一个节点，箭头说明它用了谁的结果。
# 边算边记、每次重新记的叫**动态图**（dynamic graph）；先记好、再反复用的叫**静态图**（static graph）。
#
# 学完这一页，你能：
#
# - 说清 PyTorch 在什么时候记录运算，记下了什么；
# - 写一个小程序，记下各步运算再照做一遍，并看出它漏掉什么；
# - 说出程序里的 `if` 在动态图和静态图里各会怎样；
# - 认出三种算错却不报错的写法。
#
# 折叠的代码是导入和输入检查，初读可以跳过。

# %% [markdown] lang="en"
# # Dynamic and static graphs
# Your electricity has two prices: the first 240 kWh of a month cost 0.5 yuan each, every further kWh costs 0.8 yuan.
# In May you used 100 kWh and wrote down each step of the sum, to save yourself the thinking next time. In August the air
# conditioner ran, you used 400 kWh, and you repeat May's steps. Is the result right? If not, how many yuan is it off?
#
# PyTorch, too, writes its sums down, as a **computation graph**: each operation is a node, and arrows say whose result
# it uses. A graph that is written while the sum runs, anew every time, is a **dynamic graph**; one that is written first
# and then used again and again is a **static graph**.
#
# After this page you can
#
# - say when PyTorch records operations, and what it records;
# - write a small program that notes the steps of a calculation and repeats them, and see what it misses;
# - say what becomes of an `if` in a dynamic and in a static graph;
# - spot three mistakes that raise no error.
#
# The folded code holds imports and input checks; skip it at first reading.

# %% tags=["setup"]
import math
import operator
from collections.abc import Callable
from textwrap import fill
from time import perf_counter
from timeit import repeat

import matplotlib.pyplot as plt
import torch
from torch import Tensor
from torch.fx import Graph, GraphModule, symbolic_trace
from torch.fx.proxy import TraceError


def check_function(f: Callable) -> None:
    """Refuse what cannot be called (检查函数)."""
    if not callable(f):
        raise TypeError(f"f must be a function, got {f!r}")


def check_number(name: str, x: Tensor) -> None:
    """Refuse all but a single finite float (检查单个数)."""
    if not isinstance(x, Tensor) or not x.is_floating_point():
        found = getattr(x, "dtype", type(x))
        raise TypeError(f"{name} must be a float tensor, got {found}")
    if x.ndim or not x.isfinite():
        found = f"shape {tuple(x.shape)}" if x.ndim else x.item()
        raise ValueError(f"{name} must be one finite number, got {found}")


def check_usage(kwh: float) -> None:
    """Refuse a usage that no meter shows (检查用电量)."""
    if isinstance(kwh, bool) or not isinstance(kwh, int | float):
        raise TypeError(f"kwh must be a number, got {kwh!r}")
    if not 0 <= kwh < math.inf:
        raise ValueError(f"kwh must be finite and not negative, got {kwh}")


# %% [markdown] lang="zh"
# ## 菜谱与录像
# 菜谱写着：如果面团太干，就加水。按菜谱做，每次都会看看面团。某天做的时候拍了录像，
# 那天面团恰好太干，录像里就只有“加水”，没有“如果”。以后照着录像做，面团再湿也会加水。
# 程序里的 `if` 就是这个“如果”。同一个函数有三种跑法：
#
# - **即时执行**（eager execution）：每次都照菜谱做，图是动态的；
# - **追踪**（tracing）：做一次，录下来，以后只放录像。录像就是一张静态图；
# - **编译**（compiling）：也录，但录到“如果”先停下，看了面团再接着录；每段录像写明适用的条件，不符就重录。
#
# ## 即时执行：边算边记
# 设用电 $x$ 度，电费 $B(x)$ 元：
#
# $$B(x) = \begin{cases} 0.5\,x & x \le 240 \\ 120 + 0.8\,(x - 240) & x > 240 \end{cases}$$
#
# 其中 120 元是头 240 度的钱。$B$ 的导数 $B'(x)$ 是再多用一度大约要付的钱：先是 0.5 元，超过 240 度就是 0.8 元。
# 只有一个输入，导数也就是梯度。PyTorch 怎么求它，见 [计算图与自动求导](computation_graph.py)。下面改用
# `torch.autograd.grad(y, x)`：它和 `backward()` 一样往回走，但不往 `.grad` 里加，而是直接返回导数。

# %% [markdown] lang="en"
# ## A recipe and a film
# The recipe says: if the dough is dry, add water. Whoever cooks by the recipe looks at the dough every time. Now film
# the cooking once. If the dough was dry that day, the film shows "add water" and no "if". Cook by the film, and you add
# water however wet the dough is. The `if` of a program is that "if", and there are three ways to run a function:
#
# - **eager execution**: follow the recipe every time; the graph is dynamic;
# - **tracing**: do it once and film it, then only replay the film, which is a static graph;
# - **compiling**: film it too, but stop at the "if", look at the dough and film on; each piece of film says when it
#   applies, and when it does not, film again.
#
# ## Eager: recording while it runs
# For a usage of $x$ kWh, the bill is $B(x)$ yuan:
#
# $$B(x) = \begin{cases} 0.5\,x & x \le 240 \\ 120 + 0.8\,(x - 240) & x > 240 \end{cases}$$
#
# Here 120 yuan is the price of the first 240 kWh. The derivative $B'(x)$ of $B$ is about what one more kWh costs: 0.5 yuan
# at first, and 0.8 yuan beyond 240 kWh. With a single input, the derivative is also the gradient. How PyTorch finds it is told in
# [Computation graphs and autograd](computation_graph.py). Below we use `torch.autograd.grad(y, x)`: it walks back like
# `backward()`, but instead of adding to `.grad` it returns the derivative.


# %%
def bill(kwh: Tensor) -> Tensor:
    """Electricity bill in yuan with two prices (两档电费), with a Python ``if``.

    ``kwh`` is 0-d. Not checked on purpose: that would be one more ``if``.
    """
    if kwh > 240:
        return (kwh - 240) * 0.8 + 120
    return kwh * 0.5


def bill_and_price(f: Callable, kwh: float) -> tuple[float, float]:
    """The bill and the price of the next kWh (电费与下一度的价钱), in yuan.

    ``f`` maps a 0-d tensor to a 0-d tensor. Raises ``TypeError`` unless ``f`` is
    callable and ``kwh`` a number, ``ValueError`` if it is negative or not finite.
    """
    check_function(f)
    check_usage(kwh)
    x = torch.tensor(float(kwh), requires_grad=True)
    y = f(x)
    (slope,) = torch.autograd.grad(y, x)  # a tuple: one slope, as there is one x
    return y.item(), slope.item()


def backward_steps(y: Tensor) -> list[str]:
    """The recorded operations from ``y`` back to its input (反向的各步).

    Follows the first input of each. Raises ``ValueError`` if nothing was recorded.
    """
    node, names = y.grad_fn, []  # grad_fn: the last step, the one that made y
    if node is None:
        raise ValueError("y has no record: its input needs requires_grad=True")
    # AccumulateGrad is the node of the input itself
    while node is not None and node.name() != "torch::autograd::AccumulateGrad":
        names.append(node.name())
        earlier = [n for n, _ in node.next_functions if n is not None]
        node = earlier[0] if earlier else None
    return names


if __name__ == "__main__":
    for kwh in (100, 400):
        yuan, price = bill_and_price(bill, kwh)
        print(f"kWh = {kwh}  yuan = {yuan:.1f}  next = {price:.1f}")
        x = torch.tensor(float(kwh), requires_grad=True)
        print(" ", *backward_steps(bill(x)))
    may, august = bill_and_price(bill, 100)[0], bill_and_price(bill, 400)[0]

# %% [markdown] lang="zh"
# `yuan` 是电费，`next` 是下一度的价钱。缩进的一行是 PyTorch 的记录：`backward_steps` 从结果的 `grad_fn` 出发，
# 沿 `next_functions` 往回走，到输入为止，所以最后做的加法排在最前。
# `MulBackward0` 是给乘法求导的一步，末尾的 0 只是编号。
#
# 同一个函数，100 度时记了一步，400 度时记了三步：**图是每次运行时新建的**，`if` 由 Python 当场判断，不进图。
# 这是 PyTorch 的默认跑法，什么也不编译；常听说的即时编译（JIT）是后面的 `torch.compile`，
# 要自己开启。
#
# ## 记一次，反复用
# 即时执行总是对的，为什么还要录？有了整张图，才能把几步并成一步来提速，或搬到没有 Python 的机器上跑。
#
# 先自己写个录像机。`Recorded` 是一个会记录的数：`__add__`、`__sub__`、`__mul__`、`__gt__`
# 是它遇到 `+`、`-`、`*`、`>` 时做的事。加、减、乘照算，并往磁带 `tape`（这就是录像）上写一步；每步的结果依次叫 `v1`、`v2`……
# 比较也照答，但不写：磁带上写的是数怎么算出来，而比较的答案只交给 `if` 选路。

# %% [markdown] lang="en"
# `yuan` is the bill and `next` the price of the next kWh. The indented line is PyTorch's record. `backward_steps` starts at
# the `grad_fn` of the result and follows `next_functions` back until it reaches the input, so the addition, done last, comes
# first. `MulBackward0` is the step that differentiates a multiplication; the 0 at the end is a mere serial number.
#
# The same function left one step at 100 kWh and three at 400 kWh: **the graph is built anew on each run**, and the `if` is
# decided by Python on the spot; it is not in the graph. This is how PyTorch runs by default. Nothing is compiled; the just-in-time compiling (JIT)
# that one reads about is `torch.compile` further down, and you have to ask for it.
#
# ## Record once, replay often
# Eager execution is always right, so why record at all? With the whole graph in hand, several steps can be merged into one for
# speed, and the calculation can move to a machine that has no Python.
#
# First, a recorder of our own. `Recorded` is a number that takes notes: `__add__`, `__sub__`,
# `__mul__` and `__gt__` are what it does when it meets `+`, `-`, `*` and `>`. It adds, subtracts or multiplies, and writes a
# step on a tape, `tape`, which is our film; the results of the steps are called `v1`, `v2` and so on. It answers comparisons too, but writes
# nothing: the tape says how numbers are computed, and the answer of a comparison only tells the `if` which road to take.

# %%
OPS = {"+": operator.add, "-": operator.sub, "*": operator.mul}


class Recorded:
    """A number that writes down what is done to it (会记录的数).

    A step on ``tape`` is (left, sign, right); ``v0`` is the input and ``v1``,
    ``v2``, … are the results of the steps. Only ``+ - *``, Recorded on the left.
    """

    def __init__(self, value: Tensor, tape: list[tuple]) -> None:
        self.value, self.tape, self.name = value, tape, f"v{len(tape)}"

    def _record(self, sign: str, other: object) -> "Recorded":
        is_known = isinstance(other, Recorded)
        result = OPS[sign](self.value, other.value if is_known else other)
        self.tape.append((self.name, sign, other.name if is_known else other))
        return type(self)(result, self.tape)  # a Recorded again

    def __add__(self, other: object) -> "Recorded":
        return self._record("+", other)

    def __sub__(self, other: object) -> "Recorded":
        return self._record("-", other)

    def __mul__(self, other: object) -> "Recorded":
        return self._record("*", other)

    def __gt__(self, other: float) -> Tensor:
        return self.value > other  # answered, not written down


def trace(f: Callable, example: Tensor) -> list[tuple]:
    """Run ``f`` once on ``example`` and return its steps (追踪).

    ``example`` is a 0-d float tensor. Raises ``TypeError`` or ``ValueError`` if it
    is not, and ``ValueError`` unless ``f`` returns the result of its last step.
    """
    check_function(f)
    check_number("example", example)
    tape = []
    out = f(Recorded(example, tape))
    if not isinstance(out, Recorded) or out.name != f"v{len(tape)}":
        raise ValueError("f must return the result of its last step")
    return tape


def replay(tape: list[tuple], x: Tensor) -> Tensor:
    """Do the recorded steps on ``x`` of any shape (重放).

    Raises ``TypeError`` unless ``x`` is a float tensor.
    """
    if not isinstance(x, Tensor) or not x.is_floating_point():
        found = getattr(x, "dtype", type(x))
        raise TypeError(f"x must be a float tensor, got {found}")
    values = {"v0": x}
    for i, (left, sign, right) in enumerate(tape, 1):
        other = values.get(right, right)  # by its name, or a plain number
        values[f"v{i}"] = OPS[sign](values[left], other)
    return values[f"v{len(tape)}"]


if __name__ == "__main__":
    may_tape = trace(bill, torch.tensor(100.0))
    for i, step in enumerate(may_tape, 1):
        print(f"v{i} =", *step)
    june = torch.tensor(150.0)
    june_replay = replay(may_tape, june).item()
    print(f"150 kWh: replay = {june_replay:.1f}  bill = {bill(june).item():.1f}")

# %% [markdown] lang="zh"
# 五月的磁带上只有一步：`v0` 是用电量，乘 0.5 得 `v1`。六月用 150 度，重放得 `{python} f"{june_replay:.1f}"` 元，
# 和即时执行的 `bill` 一样。看来可以放心用了？

# %% [markdown] lang="en"
# May's tape has a single step: `v0` is the usage, and `v1` is 0.5 times that. In June, 150 kWh, the replay gives
# `{python} f"{june_replay:.1f}"` yuan, the same as `bill` run eagerly. So we can rely on it?

# %% [markdown] lang="zh" tags=["predict"]
# 1. 八月 400 度，重放五月的磁带，会得到多少元？会报错吗？
# 2. 反过来，用 400 度录一盘，磁带上有几步？拿它重放五月的 100 度，又是多少元？

# %% [markdown] lang="en" tags=["predict"]
# 1. August, 400 kWh: what bill does May's tape give? Will there be an error?
# 2. The other way round: record at 400 kWh. How many steps are on the tape, and what is May's bill, 100 kWh, when you replay it?

# %% [markdown] lang="zh"
# ### 录像里没有“如果”

# %% [markdown] lang="en"
# ### The film has no "if"

# %% [markdown] lang="zh" tags=["bug"]
# 再录一盘八月的，然后两盘换着用。`lambda` 那一行把“重放这盘磁带”当成一个只收用电量的函数：

# %% [markdown] lang="en" tags=["bug"]
# Record August too, then use each tape for the other month. `lambda` makes "replay this tape" a function of the usage alone:

# %% tags=["bug"]
if __name__ == "__main__":
    august_tape = trace(bill, torch.tensor(400.0))
    for i, step in enumerate(august_tape, 1):
        print(f"v{i} =", *step)
    august_replay, august_slope = bill_and_price(lambda x: replay(may_tape, x), 400)
    print(f"400 kWh: replay = {august_replay:.1f}  bill = {august:.1f}")
    print(f"  replayed next = {august_slope:.1f}")
    may_replay, may_slope = bill_and_price(lambda x: replay(august_tape, x), 100)
    print(f"100 kWh: replay = {may_replay:.1f}  bill = {may:.1f}")
    print(f"  replayed next = {may_slope:.1f}")

# %% [markdown] lang="zh" tags=["bug"]
# 两笔电费都错了，下一度的价钱也正好颠倒，却没有报错。
# 追踪时 `kwh > 240` 只回答了一次，磁带**只留下走过的那条路**。函数走哪条路要看数值的话，就不能只录一次。

# %% [markdown] lang="en" tags=["bug"]
# Both bills are wrong, and the prices of the next kWh are just the wrong way round, yet there was no error. While tracing,
# `kwh > 240` was answered once, and the tape **keeps only the road that was taken**. A function whose road depends on a
# value cannot be recorded just once.

# %% [markdown] lang="zh"
# 把两盘磁带画成图，从上往下看，里面都没有比较：

# %% [markdown] lang="en"
# The two tapes as graphs, to be read from the top; neither holds a comparison:

# %% tags=["plot"] alt_zh="两盘磁带画成图。100 度时录的只有一步：乘 0.5；400 度时录的有三步：减 240、乘 0.8、加 120。两张图里都没有比较。" alt_en="The two tapes drawn as graphs. The one recorded at 100 kWh has one step, times 0.5; the one at 400 kWh has three: minus 240, times 0.8, plus 120. Neither holds a comparison."
SIGNS = {"+": "+", "-": "−", "*": "×"}


def tape_nodes(tape: list[tuple]) -> dict[str, tuple[str, list[str]]]:
    """Name -> (label, inputs) of each value on a tape (磁带上的节点)."""
    nodes = {"v0": ("kWh", [])}
    for i, (left, sign, right) in enumerate(tape, 1):
        both = right in nodes
        label = SIGNS[sign] if both else f"{SIGNS[sign]} {right}"
        nodes[f"v{i}"] = (label, [left, right] if both else [left])
    return nodes


def draw_graph(ax: plt.Axes, nodes: dict[str, tuple[str, list[str]]]) -> None:
    """Boxes with arrows from inputs to results, top to bottom (画计算图)."""
    row, rows = {}, {}
    for name, (_, inputs) in nodes.items():
        row[name] = 1 + max((row[i] for i in inputs), default=-1)
        rows.setdefault(row[name], []).append(name)
    place = {
        name: (1.9 * (names.index(name) - (len(names) - 1) / 2), r)
        for r, names in rows.items()
        for name in names
    }
    box = {"boxstyle": "round,pad=0.4", "fc": "white", "ec": "C0"}
    arrow = {"arrowstyle": "->", "color": "gray", "shrinkA": 0, "shrinkB": 0}
    for name, (label, inputs) in nodes.items():
        x, y = place[name]
        ax.text(x, y, label, ha="center", va="center", bbox=box, zorder=2)
        for i in inputs:
            from_x, from_y = place[i]
            start, end = (from_x, from_y + 0.27), (x + (from_x - x) / 6, y - 0.27)
            ax.annotate("", end, start, arrowprops=arrow)
    ax.set(xlim=(-2.5, 2.5), ylim=(max(rows) + 0.5, -0.5))
    ax.axis("off")


if __name__ == "__main__":
    tapes = (may_tape, august_tape)
    fig, axes = plt.subplots(1, 2, figsize=(5.2, 3))
    for ax, tape, kwh in zip(axes, tapes, (100, 400), strict=True):
        draw_graph(ax, tape_nodes(tape))
        ax.set(title=f"recorded at {kwh} kWh", ylim=(3.5, -0.5))
    plt.show()

# %% [markdown] lang="zh"
# 再用它们算 0 到 500 度的电费：

# %% [markdown] lang="en"
# Now let them bill every usage from 0 to 500 kWh:

# %% tags=["plot"] alt_zh="电费随用电量变化。即时执行的折线在 240 度处变陡；100 度时录的磁带过了 240 度仍按低价走，400 度时录的在 240 度以下偏低，甚至低于 0。" alt_en="The bill against the usage. The eager line becomes steeper at 240 kWh. The tape recorded at 100 kWh keeps the low price beyond it; the one recorded at 400 kWh is too low below it, even below 0."
if __name__ == "__main__":
    usage = torch.linspace(0, 500, 101)
    fig, ax = plt.subplots()
    eager = [bill(x).item() for x in usage]
    ax.plot(usage, eager, color="C0", lw=5, alpha=0.4, label="eager")
    for tape, kwh, style in ((may_tape, 100, "C1--"), (august_tape, 400, "C2:")):
        ax.plot(usage, replay(tape, usage), style, label=f"recorded at {kwh} kWh")
    ax.vlines(240, -100, 120, color="gray", lw=1)
    ax.set(xlabel="usage (kWh)", ylabel="bill (yuan)", ylim=(-100, 350))
    ax.set_xticks([0, 100, 240, 400, 500])
    ax.legend()
    plt.show()

# %% [markdown] lang="zh"
# 开头的问题有答案了：照五月的步骤，八月算成 `{python} f"{august_replay:.0f}"` 元，该付 `{python} f"{august:.0f}"` 元，
# 少了 `{python} f"{august - august_replay:.0f}"` 元。竖线是 240 度，每盘磁带只在自己那一边对，八月那盘甚至算出负的电费。
#
# ## PyTorch 的追踪：宁可报错
# `torch.fx` 是 PyTorch 录图的工具。`symbolic_trace(f)` 也用一个会记录的数去跑 `f`，录好后返回一个新函数，调用它就是重放。
# 但这个数没有值，答不出 `kwh > 240`，只好报错。报错比悄悄算错好。（旧教程里的 `torch.jit.trace`
# 也只留一条路，顶多警告一声，已经弃用。）
#
# 要让图里有选择，就把选择写成运算：`torch.where(c, a, b)` 把 `a`、`b` 两边都算出来，条件 `c` 成立处取 `a`，否则取 `b`。

# %% [markdown] lang="en"
# That answers the question at the top: by May's steps, August comes to `{python} f"{august_replay:.0f}"` yuan; due are
# `{python} f"{august:.0f}"` yuan, so it is `{python} f"{august - august_replay:.0f}"` yuan short. The vertical line marks 240 kWh;
# each tape is right on its own side only, and August's tape even arrives at negative bills.
#
# ## PyTorch's tracing prefers an error
# `torch.fx` is PyTorch's tool for recording graphs. `symbolic_trace(f)`, too, runs `f` on a number that takes notes, and
# returns a new function; to call it is to replay. But this number has no value, so it cannot answer `kwh > 240`, and raises
# an error. An error beats a silent wrong bill. (`torch.jit.trace`, found in old tutorials, keeps one road like our recorder
# and at most warns; it is deprecated.)
#
# To get the choice into the graph, write it as an operation: `torch.where(c, a, b)` computes both sides,
# `a` and `b`, and takes `a` where the condition `c` holds, else `b`.


# %%
def bill_where(kwh: Tensor) -> Tensor:
    """``bill`` without an ``if`` (不用 if 的电费), for ``kwh`` of any shape."""
    return torch.where(kwh > 240, (kwh - 240) * 0.8 + 120, kwh * 0.5)


if __name__ == "__main__":
    try:
        symbolic_trace(bill)
    except TraceError as error:
        print(fill(str(error), 40))  # in lines of at most 40 characters
    traced = symbolic_trace(bill_where)
    for kwh in (100, 400):
        print(f"{kwh} kWh: {traced(torch.tensor(float(kwh))).item():.1f}")

# %% [markdown] lang="zh"
# 前两行是错误信息：追踪用的数不能拿来选路。换成 `bill_where`，录一次，两种用电量都对。录下的图在 `traced.graph` 里，
# 画出来，两条路和比较都在：

# %% [markdown] lang="en"
# The first two lines are the error message: a number made for tracing cannot choose the way. `bill_where`, recorded once, is right
# for both usages. The recorded graph is in `traced.graph`; drawn, it shows both roads and the comparison:

# %% tags=["plot"] alt_zh="录下的 `{python} len(traced.graph.nodes) - 2` 步运算：用电量分三路，一路比较，一路减、乘、加，一路乘 0.5，最后都进 where。" alt_en="The `{python} len(traced.graph.nodes) - 2` recorded operations: from the usage, one path compares, one subtracts, multiplies and adds, one multiplies by 0.5; all end in where."
FX_SIGNS = {
    operator.gt: ">",
    operator.add: "+",
    operator.sub: "−",
    operator.mul: "×",
    torch.where: "where",
}


def fx_nodes(graph: Graph) -> dict[str, tuple[str, list[str]]]:
    """Name -> (label, inputs) of each node of a torch.fx graph (fx 图的节点)."""
    nodes = {}
    for node in graph.nodes:
        inputs = [i.name for i in node.all_input_nodes]
        if node.op == "placeholder":
            nodes[node.name] = ("kWh", inputs)
        elif node.op == "call_function":
            numbers = [str(a) for a in node.args if isinstance(a, int | float)]
            nodes[node.name] = (" ".join([FX_SIGNS[node.target], *numbers]), inputs)
    return nodes


if __name__ == "__main__":
    fig, ax = plt.subplots(figsize=(5.2, 4))
    draw_graph(ax, fx_nodes(traced.graph))
    plt.show()

# %% [markdown] lang="zh"
# ## 编译：录像加条件
# `torch.compile(f, backend=…)` 返回一个新函数，`f` 不必改写。第一次调用时，它读 `f` 的 Python 代码，把能录的运算录成图，
# 交给**后端**（backend）；后端把图变成可以运行的函数，以后就运行它。每张图附有**守卫**（guard），也就是适用的条件：
# 输入的形状、数据类型，用到的 Python 数值。不符就重录。守卫不管张量里装的是什么数，那么 `kwh > 240` 怎么办？
#
# 默认的后端会生成机器码，要装 C++ 编译器，这一页不用它。我们自己写一个：`gm.graph` 是收到的图，其中
# `call_function` 一类的节点是运算，记下它们的名字；返回的 `gm.forward` 原样执行这张图。

# %% [markdown] lang="en"
# ## Compiling: films with conditions
# `torch.compile(f, backend=…)` returns a new function and leaves `f` as it is. On the first call it reads the Python code of
# `f`, records what it can as graphs and hands them to a **backend**, which turns each graph into a function that can run; later
# calls run that. Each graph has **guards**, conditions under which it holds: shapes and dtypes of the inputs, Python numbers
# that were used. If they fail, it records again. Guards do not look at the numbers in a tensor, so what about `kwh > 240`?
#
# The default backend generates machine code and needs a C++ compiler; this page does without it. We write our own: `gm.graph`
# is the graph it is given, whose nodes of the kind `call_function` are operations, and it notes their names; `gm.forward`, which
# it returns, runs the graph as it is.


# %%
def collector(graphs: list[list[str]]) -> Callable:
    """A torch.compile backend that collects the graphs' operations (收集图的后端).

    torch calls a backend with the graph and with sample inputs, unused here.
    Raises ``TypeError`` unless ``graphs`` is a list.
    """
    if not isinstance(graphs, list):
        raise TypeError(f"graphs must be a list, got {graphs!r}")

    def backend(gm: GraphModule, example_inputs: list) -> Callable:
        nodes = gm.graph.nodes
        graphs.append([node.name for node in nodes if node.op == "call_function"])
        return gm.forward

    return backend


# %% [markdown] lang="zh" tags=["predict"]
# 编译带 `if` 的 `bill`，依次算 100、400、100、300 度。四笔电费都对吗？每次会新录几张图？

# %% [markdown] lang="en" tags=["predict"]
# Compile `bill`, the one with the `if`, and run it on 100, 400, 100 and 300 kWh. Will all four bills be right? How many new graphs
# does each call record?

# %%
if __name__ == "__main__":
    torch.compiler.reset()  # forget earlier recordings
    graphs = []
    compiled = torch.compile(bill, backend=collector(graphs))
    captures = []
    for kwh in (100, 400, 100, 300):
        known = len(graphs)
        yuan, price = bill_and_price(compiled, kwh)
        captures.append(len(graphs) - known)
        print(f"kWh = {kwh}  yuan = {yuan:.1f}  next = {price:.1f}")
        print("  new =", graphs[known:])
    one_graph = []
    whole = torch.compile(bill_where, backend=collector(one_graph))
    for kwh in (100, 400):
        bill_and_price(whole, kwh)
    print("where =", one_graph)

# %% [markdown] lang="zh"
# 四笔都对。`new` 是新录的图，里层的每对方括号是一张。第一次录了 `{python} captures[0]` 张：`gt`（大于）算出比较的结果，
# 下一步要看数值，图就在这里断开（**图断裂**，graph break）；Python 看了答案，选低价那条路，再录 `mul`。
# 400 度时 `gt` 那张照用，但走另一条路，又录 `{python} captures[1]` 张；以后两条路都有录像，新录 `{python} captures[2]` 张。
# （加上 `fullgraph=True`，图断裂就变成错误。）最后一行是 `bill_where`：不断裂，一共 `{python} len(one_graph)` 张图，
# 管所有用电量；`mul_1` 是第二个乘法。

# %% [markdown] lang="en"
# All four are right. `new` lists the new graphs, one in each inner pair of brackets. The first call recorded
# `{python} captures[0]`: `gt` ("greater than") computes the comparison. Which road comes next depends on its value, so the graph
# breaks there (a **graph break**); Python looks at the answer, picks the road of the low price, and `mul` is recorded. At 400 kWh the
# graph with `gt` serves again, but the road is the other one, so `{python} captures[1]` more is recorded; after that both roads are
# on film and `{python} captures[2]` new graphs are needed. (With `fullgraph=True`, a graph break becomes an error.) The last line is
# `bill_where`: no break, `{python} len(one_graph)` graph in all, good for every usage; `mul_1` is the second multiplication.

# %% [markdown] lang="zh" tags=["check"]
# 从 0 到 500 度每 20 度算一次，三种跑法（追踪用的是 `bill_where`）的电费和下一度的价钱都与公式相减，看最大的差：

# %% [markdown] lang="en" tags=["check"]
# Every 20 kWh from 0 to 500, compare bill and price of the next kWh of all three ways (the traced one is `bill_where`) with the
# formula, and look at the largest difference:

# %% tags=["check"]
if __name__ == "__main__":
    ways = {"eager": bill, "traced": traced, "compiled": compiled}
    for name, way in ways.items():
        gaps = []
        for kwh in range(0, 501, 20):
            yuan, price = bill_and_price(way, kwh)
            if kwh > 240:
                due, slope = 120 + 0.8 * (kwh - 240), 0.8
            else:
                due, slope = 0.5 * kwh, 0.5
            gaps += [abs(yuan - due), abs(price - slope)]
        print(f"{name}: {max(gaps):.8f}")

# %% [markdown] lang="zh" tags=["check"]
# 三种跑法最多都只差约 `{python} f"{max(gaps):.8f}"` 元：`float32` 存不准 0.8，差的就是这一点。（240 度处是折角，
# 求出的是低价那条路的导数。）

# %% [markdown] lang="en" tags=["check"]
# All three are off by about `{python} f"{max(gaps):.8f}"` yuan at most: `float32` cannot hold 0.8 exactly, and that is all. (At the
# kink, 240 kWh, the derivative is that of the road taken, the low price.)

# %% [markdown] lang="zh"
# ## 值得编译吗？量一量
# 给 1000 户同时算电费，一次调用要花即时执行的几倍时间？倍数随机器变，所以只看它够得上哪一档：3、10、30、100 还是
# 300 倍；不到 3 倍的记为 1。每种量几遍，取最快的，因为别的程序只会把它拖慢。

# %% [markdown] lang="en"
# ## Is it worth compiling? Measure it
# Compute the bills of 1000 households at once: how many times as long as an eager call does a call take? The ratio changes with
# the machine, so we only ask which class it reaches: 3, 10, 30, 100 or 300 times; less than 3 counts as 1. Each is
# timed several times, and the fastest counts, because other programs can only slow it down.

# %%
CLASSES = (1, 3, 10, 30, 100, 300)


def time_class(ratio: float) -> int:
    """The largest class that ``ratio`` reaches, at least 1 (时间的档次).

    Raises ``ValueError`` unless ``ratio`` is positive and finite.
    """
    if not 0 < ratio < math.inf:
        raise ValueError(f"ratio must be positive and finite, got {ratio}")
    return max((c for c in CLASSES if c <= ratio), default=1)


def call_time(f: Callable, x: Tensor, repeats: int = 7, number: int = 20) -> float:
    """Seconds of one call ``f(x)`` (调用一次的时间), the best of ``repeats``.

    Raises ``TypeError`` unless ``f`` is callable.
    """
    check_function(f)
    # repeats times, number calls each time
    seconds = repeat(lambda: f(x), repeat=repeats, number=number)
    return min(seconds) / number


def first_call_time(f: Callable, x: Tensor, repeats: int = 3) -> float:
    """Seconds of the first call, which captures (首次调用的时间), the best one.

    Raises ``TypeError`` unless ``f`` is callable.
    """
    check_function(f)
    seconds = []
    for _ in range(repeats):
        torch.compiler.reset()
        fresh = torch.compile(f, backend=collector([]))
        start = perf_counter()  # a clock, in seconds
        fresh(x)
        seconds.append(perf_counter() - start)
    return min(seconds)


if __name__ == "__main__":
    homes = torch.linspace(0, 500, 1000)
    first = first_call_time(bill_where, homes)
    again = torch.compile(bill_where, backend=collector([]))
    again(homes)  # the recording call is not timed here
    base = call_time(bill_where, homes)
    times = {
        "eager": base,
        "traced": call_time(traced, homes),
        "compiled, first call": first,
        "compiled, later calls": call_time(again, homes),
    }
    classes = {name: time_class(t / base) for name, t in times.items()}

# %% tags=["plot"] alt_zh="以即时执行为 1 的时间档次：追踪和编译后的调用同为 `{python} classes['traced']`，编译的首次调用不低于 `{python} classes['compiled, first call']`。" alt_en="Time classes with an eager call as 1: traced calls and later compiled calls are both `{python} classes['traced']`; the first compiled call is at least `{python} classes['compiled, first call']`."
if __name__ == "__main__":
    fig, ax = plt.subplots(figsize=(5.2, 2.4))
    ax.plot(list(classes.values()), list(classes), "o")
    for row, value in enumerate(classes.values()):
        label = f"≥ {value}" if value > 1 else "< 3" if row else "1"
        ax.text(value * 1.3, row, label, va="center")
    ax.set(xscale="log", xlim=(0.6, 1500), xlabel="time of a call (eager = 1)")
    ax.set_xticks([1, 10, 100, 1000], ["1", "10", "100", "1000"])
    ax.minorticks_off()
    ax.set_ylim(3.5, -0.5)
    plt.show()

# %% [markdown] lang="zh"
# 横轴每格是 10 倍。首次调用要读代码、录图，至少是即时执行的 `{python} classes["compiled, first call"]` 倍；以后每次与即时执行同档。
# 我们的后端只是原样执行，当然不会更快：编译若能省时间，省在后端生成的机器码里，本页没有量。
# 所以测速时别把首次调用算进去；只跑几次的程序，也不值得编译。
#
# ## 另外两个常见错误
# 第一个是丢掉 `if`。这两个同样不报错。
#
# ### 改了价，录像还按旧价

# %% [markdown] lang="en"
# Each mark on the axis is ten times the one before. The first call has to read the code and record the graph, and takes at least
# `{python} classes["compiled, first call"]` times as long as an eager call; later calls are in the same class as eager ones. Our backend
# runs the graph as it is, so of course nothing gets faster. Where compiling saves time, it is in the machine code that a backend
# generates, which this page does not measure. So leave the first call out when you measure speed, and do not compile what runs only
# a few times.
#
# ## Two more common mistakes
# The first was the lost `if`. These two are just as silent.
#
# ### A new price, an old film

# %% [markdown] lang="zh" tags=["bug"]
# 单价放在函数外面的 `TARIFF` 里。录完以后，每度从 0.5 元涨到 0.6 元，再算 100 度：

# %% [markdown] lang="en" tags=["bug"]
# The price is kept outside the function, in `TARIFF`. After the recording it rises from 0.5 to 0.6 yuan per kWh; then we bill 100 kWh:

# %% tags=["bug"]
TARIFF = {"price": 0.5}


def flat_bill(kwh: Tensor) -> Tensor:
    """A bill with one price, kept in TARIFF (单一电价), any shape."""
    return kwh * TARIFF["price"]


if __name__ == "__main__":
    usage_100 = torch.tensor(100.0)
    price_graphs = []
    flat_traced = symbolic_trace(flat_bill)
    flat_compiled = torch.compile(flat_bill, backend=collector(price_graphs))
    flat_compiled(usage_100)  # the first call records
    TARIFF["price"] = 0.6
    old_price = flat_traced(usage_100).item()
    new_price = flat_compiled(usage_100).item()
    print(f"traced = {old_price:.1f}  compiled = {new_price:.1f}")
    print("graphs =", len(price_graphs))
    TARIFF["price"] = 0.5  # so that this cell can be run again

# %% [markdown] lang="zh" tags=["bug"]
# 追踪时读到的 0.5 成了图里的常数，还是 `{python} f"{old_price:.0f}"` 元。编译的守卫记着单价，发现变了就重录，得
# `{python} f"{new_price:.0f}"` 元，图也变成 `{python} len(price_graphs)` 张。用追踪时，会变的数要当作函数的参数传进去。

# %% [markdown] lang="en" tags=["bug"]
# The 0.5 that tracing read became a constant of the graph, so the bill stays at `{python} f"{old_price:.0f}"` yuan. The guard of the compiled
# function remembers the price, notices the change and records again: `{python} f"{new_price:.0f}"` yuan, and now
# `{python} len(price_graphs)` graphs. When you trace, pass numbers that may change as arguments of the function.

# %% [markdown] lang="zh"
# ### `where` 的两边都会算

# %% [markdown] lang="en"
# ### `where` computes both sides

# %% [markdown] lang="zh" tags=["bug"]
# 平均每度多少钱？电费除以用电量。出门一个月用了 0 度，不能除，就约定为 0.5 元：

# %% [markdown] lang="en" tags=["bug"]
# What is the average price of a kWh? The bill divided by the usage. After a month away you used 0 kWh and cannot divide, so let us say 0.5 yuan:


# %% tags=["bug"]
def average_wrong(kwh: Tensor) -> Tensor:
    """Average price in yuan per kWh, with a hidden 0 / 0 (错误示范)."""
    return torch.where(kwh > 0, bill_where(kwh) / kwh, 0.5)


def average_price(kwh: Tensor) -> Tensor:
    """Average price in yuan per kWh, 0.5 at 0 kWh (平均电价), any shape."""
    safe = torch.where(kwh > 0, kwh, 1.0)  # never divide by 0
    return torch.where(kwh > 0, bill_where(safe) / safe, 0.5)


if __name__ == "__main__":
    for f in (average_wrong, average_price):
        mean_price, slope = bill_and_price(f, 0)
        print(f"{mean_price:.1f}  gradient = {slope:.1f}")

# %% [markdown] lang="zh" tags=["bug"]
# 值都对，第一种写法的梯度却是 `nan`（不是数）。没选中的那边也算了 0 ÷ 0。往回走时，`where` 分给它的梯度是 0；
# 再经过除法这一步，要除以用电量，也就是 0，0 ÷ 0 得 `nan`。对的写法是先把除数换成安全的 1，再除。

# %% [markdown] lang="en" tags=["bug"]
# Both values are right, but the gradient of the first is `nan` (not a number). The side that was not taken computed 0 ÷ 0 too.
# On the way back `where` hands it the gradient 0; the division then divides that by the usage, which is 0, and 0 ÷ 0 is `nan`. The
# right way is to replace the divisor by a safe 1 first, and then divide.

# %% [markdown] lang="zh"
# ## 练习

# %% [markdown] lang="en"
# ## Exercises

# %% [markdown] lang="zh" tags=["exercise"]
# 给我们的录像机加上守卫：录的时候把每次比较和它的答案也记下来；重放前先核对，答案都一样才用这盘，否则再录一盘。
# 写出 `remember(f)`，返回新函数和录像的列表。提示：写一个 `Recorded` 的子类，换掉 `__gt__`。

# %% [markdown] lang="en" tags=["exercise"]
# Give our recorder guards. While recording, note each comparison with its answer; before a replay, check them: use the film only if all
# answers are the same, else record another. Write `remember(f)`, which returns the new function and the list of films. Hint: a subclass
# of `Recorded` with another `__gt__`.


# %% tags=["solution"]
def remember(f: Callable) -> tuple[Callable, list]:
    """``f`` recorded once for each road (带守卫的录像): the function, its films.

    A film is (tape, guards); a guard (n, m, answer) says whether the result of
    step n was above m. Raises ``TypeError`` unless ``f`` is callable.
    """
    check_function(f)
    films = []

    def run(x: Tensor) -> Tensor:
        for tape, guards in films:
            if all(bool(replay(tape[:n], x) > m) == yes for n, m, yes in guards):
                return replay(tape, x)
        guards = []

        class Guarded(Recorded):
            def __gt__(self, other: float) -> bool:
                answer = bool(self.value > other)
                guards.append((int(self.name[1:]), other, answer))
                return answer

        tape = trace(lambda x: f(Guarded(x.value, x.tape)), x)
        films.append((tape, guards))
        return replay(tape, x)

    return run, films


if __name__ == "__main__":
    run, films = remember(bill)
    for kwh in (100, 400, 100, 300):
        yuan = run(torch.tensor(float(kwh))).item()
        print(f"{kwh} kWh: {yuan:.1f}  films = {len(films)}")

# %% [markdown] lang="zh" tags=["solution"]
# 电费全对，录像到 `{python} len(films)` 盘为止，一条路一盘。`torch.compile` 的守卫也是先核对、再使用，只是不核对张量里的数。

# %% [markdown] lang="en" tags=["solution"]
# All bills are right and the films stop at `{python} len(films)`, one for each road. The guards of `torch.compile`, too, are
# checked before use, only they do not look at the numbers in a tensor.

# %% [markdown] lang="zh" tags=["exercise"]
# 加一档：超过 400 度的部分每度 1 元。不用 `if`，也不用 `torch.where`，只用 `clamp(min=0)`（把负数换成 0）写出来。
# 提示：每过一档，单价就加一点。先手算 500 度的电费，再核对。

# %% [markdown] lang="en" tags=["exercise"]
# Add a third price: beyond 400 kWh, each kWh costs 1 yuan. Use neither `if` nor `torch.where`, only `clamp(min=0)`, which replaces negative
# numbers by 0. Hint: at each step the price rises a little. Work out 500 kWh by hand first, then compare.


# %% tags=["solution"]
def bill_three(kwh: Tensor) -> Tensor:
    """A bill with three prices and no choice in it (三档电费), any shape."""
    second = (kwh - 240).clamp(min=0) * 0.3  # 0.8 - 0.5
    third = (kwh - 400).clamp(min=0) * 0.2  # 1.0 - 0.8
    return kwh * 0.5 + second + third


if __name__ == "__main__":
    three = symbolic_trace(bill_three)
    yuan, price = bill_and_price(three, 500)
    print(f"yuan = {yuan:.1f}  next = {price:.1f}")

# %% [markdown] lang="zh" tags=["solution"]
# 过了 240 度，每度多付 0.3 元；过了 400 度，再多付 0.2 元。没有选择，录一次就管所有用电量：500 度是
# `{python} f"{yuan:.0f}"` 元。

# %% [markdown] lang="en" tags=["solution"]
# Beyond 240 kWh each kWh costs 0.3 yuan more, and beyond 400 kWh another 0.2 yuan more. There is no choice left, so one
# recording serves every usage: 500 kWh cost `{python} f"{yuan:.0f}"` yuan.

# %% [markdown] lang="zh" tags=["exercise"]
# 假设编译多花 $T = 20000$ 毫秒，每次调用从 $a = 12$ 毫秒降到 $b = 10$ 毫秒。调用多少次才回本？

# %% [markdown] lang="en" tags=["exercise"]
# Suppose compiling costs $T = 20000$ extra milliseconds and a call falls from $a = 12$ to $b = 10$ milliseconds. After how many calls has it paid off?


# %% tags=["solution"]
def break_even(extra: float, before: float, after: float) -> int:
    """Calls after which compiling has paid off (回本次数); all in one unit of time.

    Raises ``ValueError`` unless extra >= 0 and before > after > 0.
    """
    if not (0 <= extra < math.inf and 0 < after < before < math.inf):
        found = f"{extra}, {before}, {after}"
        raise ValueError(f"need extra >= 0 and before > after > 0, got {found}")
    return math.ceil(extra / (before - after))


if __name__ == "__main__":
    calls = break_even(20000, 12, 10)
    print(calls)

# %% [markdown] lang="zh" tags=["solution"]
# 每次省 $a - b$ 毫秒，所以要 $T / (a - b)$ 次，即 `{python} calls` 次。训练神经网络，每步调用一次，常有这么多步。

# %% [markdown] lang="en" tags=["solution"]
# Each call saves $a - b$ milliseconds, so it takes $T / (a - b)$ calls: `{python} calls`. Training a neural network, one call a
# step, often has as many steps.

# %% [markdown] lang="zh"
# ## 小结
# - PyTorch 默认即时执行，图是动态的：每次运行都新建，`if` 由 Python 当场判断。
# - 追踪得到静态图，只留下走过的路和当时的数；`symbolic_trace` 遇到看数值的 `if` 会报错，可改用 `torch.where` 或 `clamp`。
# - `torch.compile` 给录像加上守卫，不符就重录；遇到看数值的 `if`，图会断开；首次调用很慢。
# - `torch.where` 两边都算，除法要先换成安全的除数。
#
# 接下来，顺着梯度的反方向一步步走，就能把一个数调到最好：[梯度下降](gradient_descent.py)。

# %% [markdown] lang="en"
# ## Recap
# - PyTorch is eager by default and its graphs are dynamic: every run builds a new one, and Python decides each `if` on the spot.
# - A trace is a static graph: it keeps the road that was taken and the numbers of that moment. `symbolic_trace` refuses an `if` that looks at values;
#   use `torch.where` or `clamp` instead.
# - `torch.compile` adds guards to its recordings and records again when they fail; at an `if` that looks at values the
#   graph breaks; the first call is slow.
# - `torch.where` computes both sides, so make a divisor safe before dividing.
#
# Next, steps against the gradient bring a number to its best value: [gradient descent](gradient_descent.py).
