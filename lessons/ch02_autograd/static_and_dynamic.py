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
# - 自己写一个小录像机，录下运算再重放，并看出它漏掉什么；
# - 知道同一个 `if`，在三种跑法里各会怎样；
# - 认出三个不报错的错误。
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
# - write a small recorder that films a calculation and replays it, and see what it misses;
# - say what becomes of an `if` in each of three ways to run it;
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
# - **即时执行**（eager execution）：每次都照菜谱做；
# - **追踪**（tracing）：做一次，录下来，以后只放录像；
# - **编译**（compiling）：也录，但给录像写上适用的条件；条件不符，就再录一盘。
#
# ## 即时执行：边算边记
# 设用电 $x$ 度，电费 $B(x)$ 元：
#
# $$B(x) = \begin{cases} 0.5\,x & x \le 240 \\ 120 + 0.8\,(x - 240) & x > 240 \end{cases}$$
#
# 其中 120 元是头 240 度的钱。$B$ 的导数 $B'(x)$ 是再多用一度大约要付的钱：先是 0.5 元，超过 240 度就是 0.8 元。
# 下面由自动求导来求，原理见 [计算图与自动求导](computation_graph.py)。`requires_grad=True` 让 PyTorch 记下用到 `x` 的运算，
# `torch.autograd.grad(y, x)` 沿着记录往回走，得出导数。

# %% [markdown] lang="en"
# ## A recipe and a film
# The recipe says: if the dough is dry, add water. Whoever cooks by the recipe looks at the dough every time. Now film
# the cooking once. If the dough was dry that day, the film shows "add water" and no "if". Cook by the film, and you add
# water however wet the dough is. The `if` of a program is that "if", and there are three ways to run a function:
#
# - **eager execution**: follow the recipe every time;
# - **tracing**: do it once and film it, then only replay the film;
# - **compiling**: film it too, but write on the box when the film applies; when it does not, film again.
#
# ## Eager: recording while it runs
# For a usage of $x$ kWh, the bill is $B(x)$ yuan:
#
# $$B(x) = \begin{cases} 0.5\,x & x \le 240 \\ 120 + 0.8\,(x - 240) & x > 240 \end{cases}$$
#
# Here 120 yuan is the price of the first 240 kWh. The derivative $B'(x)$ of $B$ is about what one more kWh costs: 0.5 yuan
# at first, and 0.8 yuan beyond 240 kWh. Autograd finds it below;
# [Computation graphs and autograd](computation_graph.py) explains how. With `requires_grad=True`, PyTorch records the operations that use `x`, and `torch.autograd.grad(y, x)` walks back along the record to the derivative.


# %%
def bill(kwh: Tensor) -> Tensor:
    """Electricity bill in yuan with two prices (两档电费), with a Python ``if``.

    ``kwh`` is 0-d. Unchecked on purpose: a check of a value is an ``if`` as well.
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
    (slope,) = torch.autograd.grad(y, x)
    return y.item(), slope.item()


def backward_steps(y: Tensor) -> list[str]:
    """The recorded operations from ``y`` back to its input (反向的各步).

    Follows the first input of each. Raises ``ValueError`` if nothing was recorded.
    """
    node, names = y.grad_fn, []
    if node is None:
        raise ValueError("y has no record: its input needs requires_grad=True")
    while node is not None and node.name() != "torch::autograd::AccumulateGrad":
        names.append(node.name())
        node = next((n for n, _ in node.next_functions if n is not None), None)
    return names


if __name__ == "__main__":
    for kwh in (100, 400):
        yuan, price = bill_and_price(bill, kwh)
        print(f"kWh = {kwh}  yuan = {yuan:.1f}  next = {price:.1f}")
        x = torch.tensor(float(kwh), requires_grad=True)
        print(" ", *backward_steps(bill(x)))
    may, august = bill_and_price(bill, 100)[0], bill_and_price(bill, 400)[0]

# %% [markdown] lang="zh"
# `yuan` 是电费，`next` 是下一度的价钱。缩进的一行是 PyTorch 的记录，从结果往回读：`MulBackward0` 是反向走过一次乘法。
# 同一个函数，100 度时记了一步，400 度时记了三步：**图是每次运行时新建的**，`if` 由 Python 当场判断，不进图。
#
# 有一种说法：平常写程序叫“函数式编程”，要先编译、链接成可执行文件；计算图则从先定义再执行，变成了即时编译（JIT）。
# 这并不准确。编译再链接，是 C 这类语言的做法，Python 由解释器直接执行；函数式编程另有所指，即用不改动外部变量的函数
# 搭成程序。PyTorch 默认就是即时执行，每次从输入算到输出都重新建图；编译只是可选的一步。
#
# ## 记一次，反复用
# 自己写个录像机，就知道追踪是怎么回事。`Recorded` 是一个会记录的数：对它做加、减、乘，它照算，并往 `tape`
# （磁带）上写一步。比较也照答，但答案不是运算的结果，没有地方写。

# %% [markdown] lang="en"
# `yuan` is the bill and `next` the price of the next kWh. The indented line is PyTorch's record, read from the result
# backwards: `MulBackward0` is the way back through a multiplication. The same function left one step at 100 kWh and
# three at 400 kWh: **the graph is built anew on each run**, and the `if` is decided by Python on the spot; it is not in
# the graph.
#
# One sometimes reads that ordinary programming is called "functional programming" and means compiling and linking an
# executable, while graphs went from define-then-run to just-in-time compilation (JIT). That is not accurate. Compiling
# and linking is what languages like C do; the Python interpreter simply runs your program. Functional programming means
# something else: building programs from functions that change no variables outside. And PyTorch is eager by
# default and builds the graph anew each time it goes from input to output; compiling is optional.
#
# ## Record once, replay often
# Write a recorder yourself and you know what tracing is. `Recorded` is a number that takes notes: add, subtract or
# multiply it, and it does so and writes one step on the `tape`. It answers comparisons too, but there is no place on the
# tape for the answer.

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
        return type(self)(result, self.tape)

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
        values[f"v{i}"] = OPS[sign](values[left], values.get(right, right))
    return values[f"v{len(tape)}"]


if __name__ == "__main__":
    may_tape = trace(bill, torch.tensor(100.0))
    for i, step in enumerate(may_tape, 1):
        print(f"v{i} =", *step)
    june = torch.tensor(150.0)
    june_replay = replay(may_tape, june).item()
    print(f"150 kWh: {june_replay:.1f} {bill(june).item():.1f}")

# %% [markdown] lang="zh"
# 五月的磁带上只有一步：`v0` 是用电量，乘 0.5 得 `v1`。六月用 150 度，重放得 `{python} f"{june_replay:.1f}"` 元
# （最后一行左边），和即时执行（右边）一样。看来可以放心用了？

# %% [markdown] lang="en"
# May's tape has a single step: `v0` is the usage, and `v1` is 0.5 times that. In June, 150 kWh, the replay (left on the
# last line) gives `{python} f"{june_replay:.1f}"` yuan, the same as the eager run (right). So we can rely on it?

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

# %% tags=["bug"]
if __name__ == "__main__":
    august_tape = trace(bill, torch.tensor(400.0))
    for i, step in enumerate(august_tape, 1):
        print(f"v{i} =", *step)
    august_replay, august_slope = bill_and_price(lambda x: replay(may_tape, x), 400)
    may_replay, may_slope = bill_and_price(lambda x: replay(august_tape, x), 100)
    print(f"400 kWh: {august_replay:.1f} {august:.1f}  next = {august_slope:.1f}")
    print(f"100 kWh: {may_replay:.1f} {may:.1f}  next = {may_slope:.1f}")

# %% [markdown] lang="zh" tags=["bug"]
# 后两行：左边是重放，右边是该付的，`next` 是重放给出的下一度价钱。两处都错了，却没有报错。原因是追踪时 `kwh > 240` 只回答了一次，
# 磁带**只留下走过的那条路**，梯度也跟着错。函数走哪条路要看数值的话，就不能只录一次。

# %% [markdown] lang="en" tags=["bug"]
# On the last two lines, left is the replay, right is what is due, and `next` is the replay's price of the next kWh. All of it
# is wrong, and no error says so. While tracing, `kwh > 240` was answered once, and the tape **keeps only the road that was
# taken**; the gradient goes wrong with it. A function whose road depends on a value cannot be recorded just once.

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

# %% tags=["plot"] alt_zh="电费随用电量变化。即时执行的折线在 240 度处变陡；100 度时录的磁带过了 240 度仍按低价走，400 度时录的在 240 度以下偏低，甚至低于 0。" alt_en="The bill against the usage. The eager line becomes steeper at 240 kWh. The tape recorded at 100 kWh keeps the low price beyond it; the one recorded at 400 kWh is too low below it, even below 0."
if __name__ == "__main__":
    usage = torch.linspace(0, 500, 101)
    fig, ax = plt.subplots()
    eager = [bill(x).item() for x in usage]
    ax.plot(usage, eager, color="C0", lw=5, alpha=0.4, label="eager")
    for tape, kwh, style in ((may_tape, 100, "C1--"), (august_tape, 400, "C2:")):
        ax.plot(usage, replay(tape, usage), style, label=f"recorded at {kwh} kWh")
    ax.axvline(240, color="gray", lw=1)
    ax.set(xlabel="usage (kWh)", ylabel="bill (yuan)")
    ax.legend()
    plt.show()

# %% [markdown] lang="zh"
# 开头的问题有答案了：照五月的步骤，八月算成 `{python} f"{august_replay:.0f}"` 元，该付 `{python} f"{august:.0f}"` 元，
# 少了 `{python} f"{august - august_replay:.0f}"` 元。竖线是 240 度，每盘磁带只在自己那一边对。
#
# ## PyTorch 的追踪：宁可报错
# `torch.fx.symbolic_trace` 也用一个会记录的数去跑函数，但这个数没有值，答不出 `kwh > 240`，只好报错。报错比悄悄算错好。
# （旧的 `torch.jit.trace` 像我们的录像机一样只留一条路，顶多警告一声；它已被弃用。）
#
# 要让图里有选择，就把选择写成运算：`torch.where(c, a, b)` 把 `a`、`b` 两边都算出来，条件 `c` 成立处取 `a`，否则取 `b`。

# %% [markdown] lang="en"
# That answers the question at the top: by May's steps, August comes to `{python} f"{august_replay:.0f}"` yuan; due are
# `{python} f"{august:.0f}"` yuan, so it is `{python} f"{august - august_replay:.0f}"` yuan short. The vertical line marks 240 kWh;
# each tape is right on its own side only.
#
# ## PyTorch's tracing prefers an error
# `torch.fx.symbolic_trace` also runs the function on a number that takes notes. But this number has no value, so it cannot
# answer `kwh > 240`, and raises an error. An error beats a silent wrong bill. (The old `torch.jit.trace` keeps one road
# like our recorder and at most warns; it is deprecated.)
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
        print(fill(str(error), 56))
    traced = symbolic_trace(bill_where)
    for kwh in (100, 400):
        print(f"{kwh} kWh: {traced(torch.tensor(float(kwh))).item():.1f}")

# %% [markdown] lang="zh"
# 前两行是错误信息：记录用的数不能决定走哪条路。换成 `bill_where`，录一次，两种用电量都对。录下的图在 `traced.graph` 里，
# 画出来，两条路和比较都在：

# %% [markdown] lang="en"
# The first two lines are the error message: a number made for recording cannot decide which way to go. `bill_where`, recorded once, is right
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
# `torch.compile(f, backend=…)` 不必改写函数。第一次调用时它读 Python 代码，把能录的运算录成图，交给**后端**（backend），
# 以后就运行后端交回的函数。每张图附有**守卫**（guard），也就是适用的条件：输入的形状、类型，用到的 Python 数值。不符就重录。
#
# 默认的后端会生成机器码，要装 C++ 编译器，这一页不用它。我们自己写一个：只记下收到的图里有哪些运算，
# 再把原样执行这张图的 `gm.forward` 交回去。

# %% [markdown] lang="en"
# ## Compiling: films with conditions
# `torch.compile(f, backend=…)` leaves the function as it is. On the first call it reads the Python code, records what it
# can as graphs and hands them to a **backend**; later calls run what the backend returned. Each graph has **guards**,
# conditions under which it holds: shapes and types of the inputs, Python numbers that were used. If they fail, it records again.
#
# The default backend generates machine code and needs a C++ compiler; this page does without it. We write our own: it
# notes which operations are in the graph it is given, and returns `gm.forward`, which runs the graph as it is.


# %%
def collector(graphs: list[list[str]]) -> Callable:
    """A torch.compile backend that collects the graphs' operations (收集图的后端).

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
# 四笔都对。`new` 是新录的图：第一次录了 `{python} captures[0]` 张，`gt` 算出比较的结果，`mul` 是低价那条路。
# 比较之后录不下去，图在这里断开（**图断裂**，graph break），由 Python 看答案选路。400 度走另一条路，再录
# `{python} captures[1]` 张；以后两条路都有录像，新录 `{python} captures[2]` 张。（不想让图断裂，就加上 `fullgraph=True`，断裂便成了错误。）最后一行是 `bill_where`：不断裂，
# 一共 `{python} len(one_graph)` 张图，管所有用电量。

# %% [markdown] lang="en"
# All four are right. `new` lists the new graphs. The first call recorded `{python} captures[0]`: `gt` computes the comparison,
# `mul` is the road of the low price. After the comparison, recording cannot go on; the graph breaks there (a **graph break**), and
# Python looks at the answer and picks the road. At 400 kWh it is the other road, so `{python} captures[1]` more is recorded; after that both
# roads are on film and `{python} captures[2]` new graphs are needed. (With `fullgraph=True`, a graph break becomes an error.) The last line is `bill_where`: no break, `{python} len(one_graph)` graph
# in all, good for every usage.

# %% [markdown] lang="zh" tags=["check"]
# 怎么知道三种跑法一样（追踪用的是 `bill_where`）？从 0 到 500 度每 20 度算一次，电费和下一度的价钱都与公式相减，看最大的差：

# %% [markdown] lang="en" tags=["check"]
# How do we know that the three ways (the traced one is `bill_where`) agree? Every 20 kWh from 0 to 500, subtract bill and price of the next kWh from those of the
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
# 差都只有 `{python} f"{max(gaps):.8f}"` 元左右：`float32` 只有约 7 位有效数字。（240 度处是折角，`kwh > 240` 不成立，所以价钱是 0.5 元。）

# %% [markdown] lang="en" tags=["check"]
# All differ by no more than about `{python} f"{max(gaps):.8f}"` yuan: `float32` has some 7 significant digits. (At 240 kWh there is a kink;
# `kwh > 240` is false there, so the price is 0.5 yuan.)

# %% [markdown] lang="zh"
# ## 值得编译吗？量一量
# 给 1000 户同时算电费，以即时执行的一次为 1。倍数随机器和负载变，所以只报档次：1、3、10、30、100、300 之中，
# 实测倍数够得上的最大的一档；不到 3 的都记为 1。每种量几遍，取最快的。

# %% [markdown] lang="en"
# ## Is it worth compiling? Measure it
# Compute the bills of 1000 households at once, and take one eager call as 1. Ratios change with the machine and its load, so we report a
# class only: the largest of 1, 3, 10, 30, 100 and 300 that the measured ratio reaches; everything below 3 counts as 1. Each is
# timed a few times, and the fastest counts.

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
    return min(repeat(lambda: f(x), repeat=repeats, number=number)) / number


def first_call_time(f: Callable, x: Tensor, repeats: int = 3) -> float:
    """Seconds of the first call, which captures (首次调用的时间), the best one.

    Raises ``TypeError`` unless ``f`` is callable.
    """
    check_function(f)
    seconds = []
    for _ in range(repeats):
        torch.compiler.reset()
        fresh, start = torch.compile(f, backend=collector([])), perf_counter()
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
    fig, ax = plt.subplots(figsize=(5.2, 2.6))
    colors = ["C0", "C1", "C3", "C2"]
    ax.barh(list(classes), list(classes.values()), color=colors, alpha=0.6)
    for row, value in enumerate(classes.values()):
        ax.text(value * 1.15, row, f"≥ {value}" if value > 1 else "1", va="center")
    ax.set(xscale="log", xlim=(0.3, 2000), xlabel="time of a call (eager = 1)")
    ax.set_xticks([1, 10, 100, 1000], ["1", "10", "100", "1000"])
    ax.minorticks_off()
    ax.grid(axis="y", visible=False)
    ax.invert_yaxis()
    plt.show()

# %% [markdown] lang="zh"
# 首次调用要读代码、录图，至少是即时执行的 `{python} classes["compiled, first call"]` 倍；以后每次与即时执行同档。
# 这里的后端只是原样执行，当然不会更快：编译若能省时间，省在后端生成的机器码里（比如把几步并成一步），本页没有量。
# 所以测速时别把首次调用算进去；只跑几次的程序，也不值得编译。
#
# ## 另外两个常见错误
# 第一个错误（丢掉 `if`）已经见过。这两个同样不报错。
#
# ### 改了价，录像还按旧价

# %% [markdown] lang="en"
# The first call has to read the code and record the graph, and takes at least `{python} classes["compiled, first call"]` times as long as an eager
# call; later calls are in the same class as eager ones. Our backend runs the graph as it is, so of course nothing gets faster. Where
# compiling saves time, it is in the machine code that a backend generates (several steps merged into one, for example), which this page
# does not measure. So leave the first call out when you measure speed, and do not compile what runs only a few times.
#
# ## Two more common mistakes
# You have seen the first mistake, the lost `if`. These two are just as silent.
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
    film, price_graphs = symbolic_trace(flat_bill), []
    guarded = torch.compile(flat_bill, backend=collector(price_graphs))
    guarded(usage_100)
    TARIFF["price"] = 0.6
    old_price, new_price = film(usage_100).item(), guarded(usage_100).item()
    print(f"traced = {old_price:.1f}  compiled = {new_price:.1f}")
    print("graphs =", len(price_graphs))
    TARIFF["price"] = 0.5

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
# 值都对，第一种写法的梯度却是 `nan`（不是数）。没选中的那边也算了 0 ÷ 0。反向时它分到的梯度是 0，
# 可是除法还要再除以 0 度，0 ÷ 0 就是 `nan`。对的写法是先把除数换成安全的 1，再除。

# %% [markdown] lang="en" tags=["bug"]
# Both values are right, but the gradient of the first is `nan` (not a number). The side that was not taken computed 0 ÷ 0 too.
# On the way back it receives the gradient 0, but the division divides that by 0 kWh once more, and 0 ÷ 0 is `nan`. The right way is to
# replace the divisor by a safe 1 first, and then divide.

# %% [markdown] lang="zh"
# ## 练习

# %% [markdown] lang="en"
# ## Exercises

# %% [markdown] lang="zh" tags=["exercise"]
# 给我们的录像机加上守卫：录的时候把每次比较和它的答案也记下来；重放前先核对，答案都一样才用这盘，否则再录一盘。
# 写出 `remember(f)`，返回新函数和录像的列表。

# %% [markdown] lang="en" tags=["exercise"]
# Give our recorder guards. While recording, note each comparison with its answer; before a replay, check them: use the film only if all
# answers are the same, else record another. Write `remember(f)`, which returns the new function and the list of films.


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
# 电费全对，录像到 `{python} len(films)` 盘为止，一条路一盘。`torch.compile` 的守卫也是这个意思，只是条件更多。

# %% [markdown] lang="en" tags=["solution"]
# All bills are right and the films stop at `{python} len(films)`, one for each road. The guards of `torch.compile` are the same idea, with
# more conditions.

# %% [markdown] lang="zh" tags=["exercise"]
# 加一档：超过 400 度的部分每度 1 元。不用 `if`，也不用 `torch.where`，只用 `clamp(min=0)`（把负数换成 0）写出来。
# 提示：每过一档，单价就加一点。用 500 度检验。

# %% [markdown] lang="en" tags=["exercise"]
# Add a third price: beyond 400 kWh, each kWh costs 1 yuan. Use neither `if` nor `torch.where`, only `clamp(min=0)`, which replaces negative
# numbers by 0. Hint: at each step the price rises a little. Try 500 kWh.


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
# 每次省 $a - b$ 毫秒，所以要 $T / (a - b)$ 次，即 `{python} calls` 次。训练神经网络，一步一次调用，常有这么多步；试跑几步则不值得。

# %% [markdown] lang="en" tags=["solution"]
# Each call saves $a - b$ milliseconds, so it takes $T / (a - b)$ calls: `{python} calls`. Training a neural network often has as many steps,
# one call each; trying out a few steps does not.

# %% [markdown] lang="zh"
# ## 小结
# - PyTorch 默认即时执行：每次运行都新建一张图，`if` 由 Python 当场判断。
# - 追踪只留下走过的路和当时的数；`symbolic_trace` 遇到看数值的 `if` 会报错，可改用 `torch.where` 或 `clamp`。
# - `torch.compile` 给录像加上守卫，不符就重录；首次调用很慢。
# - `torch.where` 两边都算，除法要先换成安全的除数。
#
# 接下来，顺着梯度的反方向一步步走，就能把一个数调到最好：[梯度下降](gradient_descent.py)。

# %% [markdown] lang="en"
# ## Recap
# - PyTorch is eager by default: every run builds a new graph, and Python decides each `if` on the spot.
# - A trace keeps the road that was taken and the numbers of that moment. `symbolic_trace` refuses an `if` that looks at values;
#   use `torch.where` or `clamp` instead.
# - `torch.compile` adds guards to its recordings and records again when they fail; the first call is slow.
# - `torch.where` computes both sides, so make a divisor safe before dividing.
#
# Next, steps against the gradient bring a number to its best value: [gradient descent](gradient_descent.py).
