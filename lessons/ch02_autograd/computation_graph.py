# %% [markdown] lang="zh"
# # 计算图与自动求导
# 一个纸箱长 2 dm、宽 3 dm、高 4 dm。（dm 是分米，1 dm 是十分之一米，1 立方分米正好是 1 升，写作 1 L。）
# 允许你把其中一条边加长 1 mm，加长哪一条最划算？能多装多少？
#
# 当然可以逐条边试：改一条，重算一次。可是一个神经网络有几百万个数可调，每个都试一次就太慢了。
# **自动求导**（autograd）只算一遍，再倒着走一遍，就得到所有的答案。这一页，你自己写一个。
#
# 学完这一页，你能：
#
# - 把一个算式画成图，说出每一步的输入动一点，结果动多少；
# - 用不到一百行代码，让程序自己求出这些比例；
# - 说清 PyTorch 求导时做了什么，又留下了什么；
# - 认出四个常见错误，其中两个不报错。
#
# 前半页只用普通的 Python 数。后半页用 PyTorch（`torch`）核对，它用**张量**（tensor）计算，张量就是排列整齐的一组数。
# 下面折叠的代码导入它们，并定义一些检查，让不合理的输入当场报错。初读可以跳过。

# %% [markdown] lang="en"
# # Computation graphs and autograd
# A cardboard box is 2 dm wide, 3 dm deep and 4 dm high. (A decimetre, dm, is a tenth of a metre; a cubic decimetre is
# exactly one litre, 1 L.) You may make one of its sides 1 mm longer. Which side gains the most room, and how much?
#
# You could simply try: change one side, compute again, then the next. But a neural network has millions of numbers to
# adjust, and one trial for each is far too slow. **Autograd** computes once, walks back once, and has all the answers.
# On this page you write one yourself.
#
# After this page you can
#
# - draw an expression as a graph, and say how much each step's result moves when its input moves a little;
# - make a program find all these ratios by itself, in less than a hundred lines;
# - say what PyTorch does when it takes derivatives, and what it leaves behind;
# - spot four common mistakes, two of which raise no error.
#
# The first half of the page needs nothing but ordinary Python numbers. The second half compares with PyTorch (`torch`),
# which calculates with **tensors**, numbers in neat arrays. The folded code below imports what we need and defines
# checks that refuse senseless input. Skip it at first reading.

# %% tags=["setup"]
import math
import sys
from collections.abc import Callable, Sequence
from typing import Any, Self
from weakref import WeakSet

import matplotlib.pyplot as plt
import torch
from torch import Tensor
from torch.autograd.graph import saved_tensors_hooks

LOG_MAX = math.log(sys.float_info.max)


def check_number(name: str, number: float) -> None:
    """Refuse all but finite ints and floats (检查数)."""
    if isinstance(number, bool) or not isinstance(number, int | float):
        raise TypeError(f"{name} must be a number, got {type(number).__name__}")
    if not math.isfinite(number):
        raise ValueError(f"{name} must be finite, got {number}")


def check_value(name: str, value: Any) -> None:
    """Refuse all but nodes of our graph (检查节点)."""
    if not isinstance(value, Value):
        raise TypeError(f"{name} must be a Value, got {type(value).__name__}")


def check_node(data: float, parents: tuple, slopes: tuple) -> None:
    """Refuse nodes with senseless numbers or parents (检查新节点)."""
    check_number("data", data)
    if len(parents) != len(slopes):
        raise ValueError(f"{len(parents)} parents, but {len(slopes)} slopes")
    for parent, slope in zip(parents, slopes, strict=True):
        check_value("a parent", parent)
        check_number("a slope", slope)


def check_power(base: float, exponent: float) -> None:
    """Refuse powers without a finite real value and slope (检查乘方)."""
    check_number("the exponent", exponent)
    if (base < 0 and exponent != int(exponent)) or (base == 0 and exponent < 1):
        raise ValueError(f"({base}) ** {exponent} has no real value and slope")
    size = math.log(abs(base)) if base else 0.0
    if max(exponent * size, (exponent - 1) * size) > LOG_MAX:
        raise ValueError(f"({base}) ** {exponent} is too large for a float")


def check_domain(name: str, number: float, low: float, high: float) -> None:
    """Refuse numbers that are not between low and high (检查定义域)."""
    if not low < number < high:
        raise ValueError(f"{name} needs {low:g} < x < {high:g}, got {number:g}")


def check_inputs(xs: Sequence[float], eps: float) -> None:
    """Refuse an empty or senseless point, and senseless steps (检查输入)."""
    if len(xs) == 0:
        raise ValueError("xs must have at least one number, got none")
    for x in xs:
        check_number("each of xs", x)
    check_number("eps", eps)
    if eps <= 0:
        raise ValueError(f"eps must be positive, got {eps}")


def check_count(name: str, count: int) -> None:
    """Refuse all but positive integers (检查个数)."""
    if isinstance(count, bool) or not isinstance(count, int) or count < 1:
        raise ValueError(f"{name} must be a positive integer, got {count}")


# %% [markdown] lang="zh"
# ## 一步一步算，一步一步求导
# 容积分两步算：先算底面积 $b = xy$，再算容积 $V = bz$，其中 $x$、$y$、$z$ 是长、宽、高。把每个数画成一个**节点**（node），
# 再用箭头标出它由谁算来，就得到**计算图**（computation graph）。
#
# 把 $x$ 加长一点点，$b$ 增加的是这一点点的 $y$ 倍；$b$ 增加一点点，$V$ 增加的是它的 $z$ 倍。
# 这种只看一步的倍数叫**局部导数**（local derivative）。一路相乘，就是**链式法则**（chain rule）：
#
# $$\frac{\partial V}{\partial x} = \frac{\partial V}{\partial b} \cdot \frac{\partial b}{\partial x} = z \cdot y$$
#
# $\partial V / \partial x$ 读作“$V$ 对 $x$ 的导数”：别的边都不动，只让 $x$ 变一点点，$V$ 的变化是它的多少倍，
# 单位是 L/dm。$V$ 对 $x$、$y$、$z$ 的三个导数合起来叫**梯度**（gradient）。
#
# ## 记得来历的数
# 下面的 `Value` 就是一个节点，记住四样东西：数值 `data`，由谁算来 `parents`，对它们各自的局部导数 `slopes`，
# 还有待会儿才填的梯度 `grad`。每种运算都按同样的次序写：**算数值，写局部导数，返回新节点**。看懂乘法，就看懂了全部。

# %% [markdown] lang="en"
# ## Compute step by step, differentiate step by step
# The volume takes two steps: first the area of the base, $b = xy$, then the volume, $V = bz$, where $x$, $y$ and $z$ are
# the width, depth and height. Draw every number as a **node**, with arrows from the numbers it was made of: that is a
# **computation graph**.
#
# Make $x$ a tiny bit longer, and $b$ grows by $y$ times that bit. Let $b$ grow by a tiny bit, and $V$ grows by $z$ times
# that. Such a factor, which looks at one step only, is a **local derivative**. Multiply them along the way and you have
# the **chain rule**:
#
# $$\frac{\partial V}{\partial x} = \frac{\partial V}{\partial b} \cdot \frac{\partial b}{\partial x} = z \cdot y$$
#
# Read $\partial V / \partial x$ as "the derivative of $V$ with respect to $x$": change $x$ by a tiny bit while the other
# sides stand still, and $V$ changes by how many times that? Its unit is L/dm. The three derivatives of $V$, for $x$, $y$
# and $z$, together are the **gradient**.
#
# ## Numbers that remember
# A `Value`, below, is one node. It remembers four things: its number `data`, the nodes it was made of, `parents`, the local
# derivative for each of them, `slopes`, and `grad`, the gradient, which is filled in later. All operations are written in
# the same order: **compute the value, note the local derivatives, return a new node**. Read the product, and you can
# read them all.


# %%
class Value:
    """A number that remembers how it was made (会求导的数), a node of the graph.

    ``slopes[i]`` is its local derivative with respect to ``parents[i]``. Takes
    finite numbers. Raises ``TypeError`` for anything else, and ``ValueError``
    where a result or a slope is not finite. Idea: A. Karpathy's micrograd (2020).
    """

    def __init__(self, data: float, parents: tuple = (), slopes: tuple = ()):
        check_node(data, parents, slopes)
        self.data, self.grad = float(data), 0.0
        self.parents, self.slopes = parents, slopes

    def __add__(self, other: Self | float) -> Self:
        other = to_value(other)
        value = self.data + other.data
        slopes = (1.0, 1.0)
        return Value(value, (self, other), slopes)

    def __mul__(self, other: Self | float) -> Self:
        other = to_value(other)
        value = self.data * other.data
        slopes = (other.data, self.data)
        return Value(value, (self, other), slopes)

    def __neg__(self) -> Self:
        value = -self.data
        slopes = (-1.0,)
        return Value(value, (self,), slopes)

    def __pow__(self, n: float) -> Self:
        check_power(self.data, n)
        value = self.data**n
        slopes = (n * self.data ** (n - 1),)
        return Value(value, (self,), slopes)

    def exp(self) -> Self:
        check_domain("exp", self.data, -math.inf, LOG_MAX)
        value = math.exp(self.data)
        slopes = (value,)
        return Value(value, (self,), slopes)

    def log(self) -> Self:
        check_domain("log", self.data, 0, math.inf)
        value = math.log(self.data)
        slopes = (1 / self.data,)
        return Value(value, (self,), slopes)

    def tanh(self) -> Self:
        value = math.tanh(self.data)
        slopes = (1 - value**2,)
        return Value(value, (self,), slopes)

    def relu(self) -> Self:
        value = max(self.data, 0.0)
        slopes = (1.0 if self.data > 0 else 0.0,)
        return Value(value, (self,), slopes)

    # The rest is made of the above: a - b = a + (-b), a / b = a * b ** -1.
    def __sub__(self, other: Self | float) -> Self:
        return self + -to_value(other)

    def __truediv__(self, other: Self | float) -> Self:
        return self * to_value(other) ** -1

    def __rsub__(self, other: float) -> Self:  # 1 - x, with a plain number first
        return to_value(other) - self

    def __rtruediv__(self, other: float) -> Self:
        return to_value(other) / self

    __radd__, __rmul__ = __add__, __mul__


def to_value(number: Value | float) -> Value:
    """A plain number as a node without parents (转成节点). Raises like Value."""
    return number if isinstance(number, Value) else Value(number)


# %% [markdown] lang="zh"
# `__add__`、`__mul__`、`__neg__`、`__pow__` 是 Python 遇到 `+`、`*`、负号和 `**` 时调用的方法。乘法那几行正是前面说的：
# 一个因数变一点，积的变化是**另一个因数**那么多倍。`exp`、`log` 是 $e^x$ 和自然对数；
# `relu` 保留正数，把负数变成 0；`tanh` 是一条从 −1 升到 1 的曲线，神经网络常用这两个函数。

# %% [markdown] lang="en"
# Python calls `__add__`, `__mul__`, `__neg__` and `__pow__` where it sees `+`, `*`, a minus sign and `**`. The lines of the
# product say what we said above: change one factor a little, and the product changes by **the other factor** times that.
# `exp` and `log` are $e^x$ and the natural logarithm; `relu` keeps positive numbers and turns negative ones into 0; `tanh` is a curve that
# rises from −1 to 1. Neural networks often use these two.


# %%
def volume(x: Any, y: Any, z: Any) -> Any:
    """Volume of a box (容积) in litres. Its sides: any kind of number, in dm."""
    return x * y * z


if __name__ == "__main__":
    x, y, z = Value(2), Value(3), Value(4)
    V = volume(x, y, z)
    b = V.parents[0]
    print(f"b = {b.data}  slopes = {b.slopes}")
    print(f"V = {V.data}  slopes = {V.slopes}")


# %% tags=["plot"] alt_zh="容积的计算图，自上而下：x 与 y 相乘得到 b，b 与 z 相乘得到 V。方框里是数值，箭头上是局部导数：x 到 b 是 3，b 到 V 是 4。" alt_en="The graph of the volume, from top to bottom: x times y makes b, b times z makes V. The values stand in the boxes, the local derivatives on the arrows: 3 from x to b, 4 from b to V."
def draw_graph(ax: Any, places: dict, root: str = "", path: Sequence = ()) -> None:
    """Values and slopes (画计算图); with a root, the gradients flowing back.

    ``places`` gives each node its name, x and y. Edges between nodes of ``path``
    are thick.
    """
    boxes, (width, height) = {}, (1.4, 0.64) if root else (0.9, 0.4)
    for node, (name, x, y) in places.items():
        corner = (x - width / 2, y - height / 2)
        box = plt.Rectangle(corner, width, height, fc="white", ec="black")
        boxes[node] = ax.add_patch(box)
        lift = 0.15 if root else 0
        ax.text(x, y + lift, f"{name} = {node.data:g}", ha="center", va="center")
        if root:
            text = f"∂{root}/∂{name} = {node.grad:g}"
            ax.text(x, y - lift, text, color="C1", ha="center", va="center")
    for node in places:
        for parent, slope in zip(node.parents, node.slopes, strict=True):
            start, end = (node, parent) if root else (parent, node)
            arrow = {"arrowstyle": "-|>", "color": "C1" if root else "black"}
            arrow |= {"patchA": boxes[start], "patchB": boxes[end]}
            arrow["lw"] = 3 if node in path and parent in path else 1.2
            ax.annotate("", places[end][1:], places[start][1:], arrowprops=arrow)
            (_, x, y), (_, px, py) = places[node], places[parent]
            spot = (px + 0.65 * (x - px), py + 0.65 * (y - py))
            paper = {"facecolor": "white", "edgecolor": "none", "pad": 1}
            ax.text(*spot, f"×{slope:g}", ha="center", va="center", bbox=paper)
    ax.axis("off")


if __name__ == "__main__":
    places = {x: ("x", 0, 3), y: ("y", 2, 3), b: ("b", 1, 1.5)}
    places |= {z: ("z", 3, 1.5), V: ("V", 2, 0)}
    fig, ax = plt.subplots()
    draw_graph(ax, places)
    ax.set(xlim=(-0.75, 3.75), ylim=(-0.4, 3.4))
    plt.show()

# %% [markdown] lang="zh"
# 底面积是 `{python} f"{b.data:g}"` 平方分米，容积是 `{python} f"{V.data:g}"` L。局部导数在算的时候就记在了箭头上，求导只差把它们乘起来。
#
# ## 倒着走一遍
# 从结果出发：$V$ 对自己的导数是 1。每到一个节点，就用它的梯度乘上箭头上的局部导数，交给箭头另一端的父节点。
#
# 前提是到达一个节点时，该交给它的都交齐了。所以先排好次序，每个数都排在用到它的数之前，叫**拓扑排序**（topological
# order）；然后倒着走。排序用循环写，不用递归（函数调用自己）：Python 的递归一般到 1000 层左右就报错，而图可以有上万层。

# %% [markdown] lang="en"
# The base has `{python} f"{b.data:g}"` square decimetres and the volume is `{python} f"{V.data:g}"` L. The local derivatives
# were noted on the arrows while computing; all that is left is to multiply them.
#
# ## One walk back
# Start from the result: the derivative of $V$ with respect to itself is 1. At each node, take its gradient, multiply it by
# the local derivative on the arrow, and hand it to the parent at the other end of the arrow.
#
# This needs one thing: when we come to a node, everything due to it must have arrived. So first put the nodes in an order in
# which each number stands before those that use it, a **topological order**; then walk it backwards. The sorting is a loop and
# does not call itself, because Python stops such calls at a depth of about 1000, and graphs can be ten thousand deep.


# %%
def topological_order(root: Value) -> list[Value]:
    """All nodes that ``root`` is made of, parents first (拓扑排序), ``root`` last.

    A depth-first search with its own stack, so that deep graphs do no harm.
    Raises ``TypeError`` unless ``root`` is a ``Value``.
    """
    check_value("root", root)
    order, seen, stack = [], set(), [(root, False)]
    while stack:
        node, parents_done = stack.pop()
        if parents_done:
            order.append(node)
        elif node not in seen:
            seen.add(node)
            stack.append((node, True))
            stack.extend((parent, False) for parent in node.parents)
    return order


def backward(root: Value) -> None:
    """Add the derivatives of ``root`` to the ``grad`` of its inputs (反向传播).

    Nodes with parents get theirs anew in each call; inputs add up, as in torch.
    Raises ``TypeError`` unless ``root`` is a ``Value``.
    """
    order = topological_order(root)
    for node in order:
        if node.parents:
            node.grad = 0.0
    root.grad += 1.0
    for node in reversed(order):
        for parent, slope in zip(node.parents, node.slopes, strict=True):
            parent.grad += slope * node.grad


# %% [markdown] lang="zh" tags=["predict"]
# $V$ 对 $x$、$y$、$z$ 的三个导数各是多少？加长哪条边装得最多？

# %% [markdown] lang="en" tags=["predict"]
# What are the three derivatives of $V$, for $x$, $y$ and $z$? Which side is the best one to lengthen?

# %%
if __name__ == "__main__":
    backward(V)
    print(f"dV/dx = {x.grad}  dV/dy = {y.grad}  dV/dz = {z.grad}")
    mm = 0.01  # 1 mm in dm
    longer = volume(2 + mm, 3, 4)
    print(f"V with x 1 mm longer = {longer:.2f}")

# %% tags=["plot"] alt_zh="同一个图，箭头倒着走：V 的梯度是 1，b 是 4，x、y、z 依次是 `{python} '%g' % x.grad`、`{python} '%g' % y.grad`、`{python} '%g' % z.grad`。" alt_en="The same graph with its arrows turned round: the gradient is 1 at V, 4 at b, and `{python} '%g' % x.grad`, `{python} '%g' % y.grad` and `{python} '%g' % z.grad` at x, y and z."
if __name__ == "__main__":
    fig, ax = plt.subplots(figsize=(5.2, 4.2))
    draw_graph(ax, places, root="V")
    ax.set(xlim=(-0.75, 3.75), ylim=(-0.4, 3.4))
    plt.show()

# %% [markdown] lang="zh"
# 框里的第二行是梯度。走到 $x$ 的路上是 1 × 4 × 3，所以 $x$ 的导数是 `{python} f"{x.grad:g}"` L/dm。
# 1 mm 是 0.01 dm，于是加长 $x$ 能多装 `{python} f"{mm * x.grad:.2f}"` L，加长 $y$ 多装 `{python} f"{mm * y.grad:.2f}"` L，
# 加长 $z$ 多装 `{python} f"{mm * z.grad:.2f}"` L。直接重算，容积是 `{python} f"{longer:.2f}"` L，正好多了
# `{python} f"{longer - V.data:.2f}"` L。开头的问题有了答案：**加长最短的边**，因为它的导数是另外两条长边之积。
#
# ## 两条路，加起来
# 加长一条边，也更费纸板。箱子有六个面，两两相同，面积（平方分米）是
#
# $$A = 2\,(xy + zx + yz)$$
#
# $x$ 用了两次，从 $x$ 到 $A$ 就有两条路。$x$ 变一点，两条路上的变化都会传到 $A$，所以要**相加**：
#
# $$\frac{\partial A}{\partial x} = \sum_k \frac{\partial A}{\partial u_k} \cdot \frac{\partial u_k}{\partial x}$$
#
# $u_k$ 是直接用到 $x$ 的各个节点，这里是 $xy$ 和 $zx$。`backward` 里的 `+=` 做的正是这件事。

# %% [markdown] lang="en"
# The second line in each box is the gradient. On the way to $x$ stand 1 × 4 × 3, so the derivative for $x$ is
# `{python} f"{x.grad:g}"` L/dm. Since 1 mm is 0.01 dm, a longer $x$ gains `{python} f"{mm * x.grad:.2f}"` L, a longer $y$
# gains `{python} f"{mm * y.grad:.2f}"` L, and a longer $z$ gains `{python} f"{mm * z.grad:.2f}"` L. Computed anew, the volume is
# `{python} f"{longer:.2f}"` L, just `{python} f"{longer - V.data:.2f}"` L more. That answers the question from the top:
# **lengthen the shortest side**, because its derivative is the product of the two long ones.
#
# ## Two paths, added up
# A longer side also takes more cardboard. The six faces come in equal pairs; together their area, in square decimetres, is
#
# $$A = 2\,(xy + zx + yz)$$
#
# Here $x$ is used twice, so two paths lead from $x$ to $A$. Change $x$, and the change travels to $A$ along both, so they
# **add up**:
#
# $$\frac{\partial A}{\partial x} = \sum_k \frac{\partial A}{\partial u_k} \cdot \frac{\partial u_k}{\partial x}$$
#
# The $u_k$ are the nodes that use $x$ directly, here $xy$ and $zx$. This is what `+=` in `backward` does.


# %%
def cardboard(x: Any, y: Any, z: Any) -> Any:
    """Area of a box's six faces (纸板面积) in dm². Its sides: as in volume."""
    return (x * y + z * x + y * z) * 2


if __name__ == "__main__":
    x, y, z = Value(2), Value(3), Value(4)  # new sides: their gradients are 0
    A = cardboard(x, y, z)
    backward(A)
    print(f"A = {A.data}  dA/dx = {x.grad}")

# %% tags=["plot"] alt_zh="纸板面积的计算图，梯度自下而上流回。从 A 到 x 的两条路画成粗线：经过 p = xy 的一条带来 2 乘 3，经过 q = zx 的一条带来 2 乘 4，合计 `{python} f'{x.grad:g}'`。" alt_en="The graph of the cardboard area, its gradients flowing up. The two paths from A to x are thick: the one through p = xy brings 2 times 3, the one through q = zx brings 2 times 4, in all `{python} f'{x.grad:g}'`."
if __name__ == "__main__":
    faces, two = A.parents
    pq, r = faces.parents
    p, q = pq.parents
    places = {x: ("x", 0, 6), y: ("y", 1.7, 6), z: ("z", 3.4, 6)}
    places |= {p: ("p", 0, 4.5), q: ("q", 1.7, 4.5), r: ("r", 3.4, 4.5)}
    places |= {pq: ("s", 0.85, 3), faces: ("t", 2.1, 1.5)}
    places |= {two: ("c", 3.7, 1.5), A: ("A", 2.9, 0)}
    fig, ax = plt.subplots(figsize=(5.2, 6.6))
    draw_graph(ax, places, root="A", path=(x, p, q, pq, faces, A))
    ax.set(xlim=(-0.8, 4.5), ylim=(-0.4, 6.4))
    plt.show()

# %% [markdown] lang="zh"
# 图里 $p$、$q$、$r$ 是 $xy$、$zx$、$yz$，$s$、$t$ 是两步相加，$c$ 是常数 2，它也是一个节点。粗线是两条路：经过 $p$ 的带来 2 × 3，
# 经过 $q$ 的带来 2 × 4，合计 `{python} f"{x.grad:g}"`。所以 $x$ 加长 1 mm，要多用 `{python} f"{mm * x.grad:.2f}"`
# 平方分米纸板。
#
# ## 算得对吗
# 换一个完全不懂求导的办法来核对：把一个输入调高一点点、调低一点点，各算一次，相减，再除以两次的间距。这叫**中心差分**
# （central difference）。

# %% [markdown] lang="en"
# In the figure, $p$, $q$ and $r$ are $xy$, $zx$ and $yz$; $s$ and $t$ are the two additions, and $c$ is the constant 2, a node
# as well. The thick lines are the two paths: the one through $p$ brings 2 × 3, the one through $q$ brings 2 × 4, in all
# `{python} f"{x.grad:g}"`. So 1 mm more of $x$ takes `{python} f"{mm * x.grad:.2f}"` square decimetres more cardboard.
#
# ## Is it right?
# Check it by a method that knows nothing about derivatives. Raise one input a tiny bit, lower it a tiny bit, compute both
# times, subtract, and divide by the distance of the two inputs. That is a **central difference**.


# %%
def numerical_gradient(
    f: Callable[..., float], xs: Sequence[float], eps: float = 1e-5
) -> list[float]:
    """Central differences (中心差分) of ``f(*xs)``, one for each input.

    ``eps`` is how far an input moves each way, in its own unit. Raises
    ``TypeError`` and ``ValueError`` unless all numbers are finite, eps positive.
    """
    check_inputs(xs, eps)
    slopes = []
    for i in range(len(xs)):
        up, down = list(xs), list(xs)
        up[i], down[i] = xs[i] + eps, xs[i] - eps
        rise = f(*up) - f(*down)
        check_number("the change of f", rise)
        slopes.append(rise / (2 * eps))
    return slopes


# %% [markdown] lang="zh" tags=["check"]
# 再请 PyTorch 来当第三位裁判。`torch.tensor(2.0, requires_grad=True)` 造出只装一个数的张量，并要求 PyTorch 记下用它做的每一步；
# 对结果调用 `backward()`，导数就进了各个输入的 `.grad`，用 `.item()` 取出那个数。下面这个算式没有含义，只是把每种运算都用上：

# %% [markdown] lang="en" tags=["check"]
# Let PyTorch be the third judge. `torch.tensor(2.0, requires_grad=True)` makes a tensor of a single number and asks PyTorch to
# record every step that uses it. Call `backward()` on the result, and the derivatives are in the `.grad` of the inputs;
# `.item()` takes the number out. The formula below means nothing, it just uses every operation:


# %% tags=["check"]
def everything(x: Any, y: Any, z: Any) -> Any:
    """A formula with all the operations of the engine (所有运算)."""
    return ((x * y - z).relu() + (x / z).tanh()) ** 3 / (1 + (-y).exp()) + z.log()


if __name__ == "__main__":
    ours = [Value(2), Value(3), Value(4)]
    theirs = [torch.tensor(side, requires_grad=True) for side in (2.0, 3.0, 4.0)]
    backward(everything(*ours))
    everything(*theirs).backward()

    def plain(*sides: float) -> float:
        return everything(*map(Value, sides)).data

    rows = {
        "ours": [v.grad for v in ours],
        "differences": numerical_gradient(plain, [2, 3, 4]),
        "torch": [t.grad.item() for t in theirs],
    }
    for name, row in rows.items():
        print(f"{name:12}", *(f"{slope:8.4f}" for slope in row))

# %% [markdown] lang="zh" tags=["check"]
# 三行是三种算法，三列是对 $x$、$y$、$z$ 的导数，完全一致。这一课的测试还用几百个随机算式比较，
# 用双精度浮点数计算，相对于结果的大小，三者之差都不到百万分之一。
#
# 既然中心差分这么简单，为什么不一直用它？每个输入都要算两次，一百万个输入就是两百万次；倒着走，不论输入有多少，只要一次。

# %% [markdown] lang="en" tags=["check"]
# The rows are the three methods, the columns the derivatives for $x$, $y$ and $z$: they agree. The tests of this
# lesson compare them on hundreds of random formulas too; in double precision they differ by less than a millionth of
# the size of the result.
#
# If central differences are so simple, why not use them always? They need two runs for each input: two million runs for a
# million inputs. The walk back is a single one, however many inputs there are.

# %% [markdown] lang="zh"
# PyTorch 做的和我们的引擎一样，只是一步算的是整个张量。它每算一遍就重新记一张图。有两点要记住：
# 输入的梯度会一直**累加**；为求导存下的数，`backward()` 用过一次就丢掉。常见错误多半由此而来。
#
# ## 四个常见错误
# ### 忘了清零

# %% [markdown] lang="en"
# PyTorch does the same as our engine, except that each step handles whole tensors. Each time you compute, it records a new
# graph. Keep two things in mind: the gradients of the inputs **add up** from call to call, and `backward()` throws away the
# numbers saved for it once it has used them. Most of the common mistakes come from there.
#
# ## Four common mistakes
# ### Not clearing the gradients

# %% [markdown] lang="zh" tags=["bug"]
# 同一个箱子，把容积算三遍，求三遍导数。每行左边是我们的 $\partial V / \partial x$，右边是 PyTorch 的：

# %% [markdown] lang="en" tags=["bug"]
# Compute the volume of the same box three times, and differentiate each time. Each line has our
# $\partial V / \partial x$ on the left and that of PyTorch on the right:

# %% tags=["bug"]
if __name__ == "__main__":
    ours = [Value(2), Value(3), Value(4)]
    theirs = [torch.tensor(side, requires_grad=True) for side in (2.0, 3.0, 4.0)]
    for _ in range(3):
        backward(volume(*ours))
        volume(*theirs).backward()
        print(ours[0].grad, theirs[0].grad.item())
    ours[0].grad, theirs[0].grad = 0.0, None  # clear, then once more
    backward(volume(*ours))
    volume(*theirs).backward()
    print(ours[0].grad, theirs[0].grad.item())

# %% [markdown] lang="zh" tags=["bug"]
# 前三行越加越大，却没有报错：新导数加在了旧的上面。两条路要靠 `+=` 相加，而引擎分不清哪些是上一遍留下的。
# 所以每次求导前由你清掉：最后一行先清零，又对了。

# %% [markdown] lang="en" tags=["bug"]
# The first three lines keep growing, without an error: new derivatives were added to the old ones. Two paths need the `+=`, and
# the engine cannot tell what was left over from the last time. So you must clear the gradients before
# each walk back, as before the last line, which is right again.

# %% [markdown] lang="zh"
# ### 结果不是一个数

# %% [markdown] lang="en"
# ### A result that is not one number

# %% [markdown] lang="zh" tags=["bug"]
# 两个箱子一起算，长 2 dm 和 5 dm，宽都是 3 dm，高都是 4 dm。结果是两个容积：

# %% [markdown] lang="en" tags=["bug"]
# Two boxes at once, 2 dm and 5 dm wide, both 3 dm deep and 4 dm high. The result is two volumes:

# %% tags=["bug"]
if __name__ == "__main__":
    xs = torch.tensor([2.0, 5.0], requires_grad=True)
    try:
        volume(xs, 3, 4).backward()
    except RuntimeError as error:
        print(error)
    volume(xs, 3, 4).sum().backward()
    print(xs.grad)

# %% [markdown] lang="zh" tags=["bug"]
# 倒着走要从一个 1 出发，可是两个结果，谁是 1 呢？`backward()` 只接受**标量**（scalar，单独一个数）。先合成一个数，
# 例如 `.sum()`：每个箱子的容积只和自己的长有关，所以总和的梯度正是各自的导数。

# %% [markdown] lang="en" tags=["bug"]
# The walk back starts from a 1, but with two results, which of them is the 1? `backward()` takes a **scalar** only, a single
# number. Make one first, for example with `.sum()`: each volume depends on its own width alone, so the gradient of the sum
# holds the derivative of each.

# %% [markdown] lang="zh"
# ### 同一张图走两遍

# %% [markdown] lang="en"
# ### Walking back twice through one graph

# %% [markdown] lang="zh" tags=["bug"]
# 容积算一遍，导数求两遍。第二遍被拒绝，说这是“第二次走过同一张图”：

# %% [markdown] lang="en" tags=["bug"]
# Compute the volume once and differentiate it twice. The second time is refused:

# %% tags=["bug"]
if __name__ == "__main__":
    V = volume(*theirs)
    V.backward()
    try:
        V.backward()
    except RuntimeError as error:
        print(str(error).split(" (")[0])
    theirs[0].grad = None
    V = volume(*theirs)
    V.backward(retain_graph=True)
    V.backward()
    print(theirs[0].grad.item())

# %% [markdown] lang="zh" tags=["bug"]
# 为求导存的数占内存，PyTorch 用完就丢。一般该重算一遍 `volume`，得到一张新图；真要走两遍，第一遍写
# `retain_graph=True`，要它留着。最后一行就是走两遍的和。我们的引擎从来不丢，总能再走，
# 但只要结果还在，内存就一直占着。

# %% [markdown] lang="en" tags=["bug"]
# The numbers saved for the derivatives take memory, so PyTorch throws them away after use. As a rule, compute `volume` again,
# which makes a new graph. If you really must walk twice, write `retain_graph=True` the first time, and they are kept; the
# last line is the sum of two walks. Our engine never throws anything away: it can always walk again, but its memory stays
# occupied as long as the result is there.

# %% [markdown] lang="zh"
# ### 把整张图加进了总和

# %% [markdown] lang="en"
# ### Adding whole graphs to a total

# %% [markdown] lang="zh" tags=["bug"]
# 快递公司每天收 1000 个箱子，容积在 0 到 48 L 之间。它按每升 0.5 元（`rate`）估运费，真价是每升 0.6 元。
# 每天算出**损失**（loss），即估价误差平方的平均，再逐日累加。只看不求导，所以不调用 `backward()`。
# 可是 `total += loss` 加进去的不只是一个数：每个 `loss` 都连着自己的图，图里存着那天的数据。
#
# 存了多少？PyTorch 每存下一个求导要用的张量，`saved_tensors_hooks` 就先把它交给我们的 `pack`，装进信封，再登记在 `WeakSet` 里。
# 这份名单不会延长信封的寿命：图一消失，信封也从名单上消失。把名单上的字节数加起来，就是活着的图存下的数据。

# %% [markdown] lang="en" tags=["bug"]
# A parcel service takes 1000 boxes a day, of 0 to 48 L each. It guesses a fee of 0.5 yuan per litre (`rate`); the true fee is
# 0.6 yuan per litre. Every day it computes the **loss**, the mean of the squared errors, and adds it to a total. It only looks
# and takes no derivatives, so there is no `backward()`. But `total += loss` adds more than a number: each `loss` hangs on
# its own graph, and that graph holds the data of the day.
#
# How much does it hold? Whenever PyTorch saves a tensor for the walk back, `saved_tensors_hooks` lets our `pack` have it first.
# We put it into an envelope and list that in a `WeakSet`. The list does not make envelopes live longer: when a graph goes,
# its envelopes vanish from the list. Add up the bytes on the list, and you have the data held by the graphs still alive.


# %% tags=["bug"]
class Envelope:
    """Holds one tensor that a graph saved (信封)."""

    def __init__(self, tensor: Tensor):
        self.tensor = tensor


def kept_bytes(
    days: int, add: Callable[[Tensor], Any], walk_back: bool = False
) -> tuple[list[int], Any]:
    """Bytes saved by living graphs after each day (图占的字节), and the total.

    ``add`` says what of each loss goes into the total; ``walk_back`` calls
    backward first. Raises ``ValueError`` unless ``days`` is a positive integer.
    """
    check_count("days", days)
    alive, kept, total = WeakSet(), [], 0.0

    def pack(tensor: Tensor) -> Envelope:
        alive.add(envelope := Envelope(tensor))
        return envelope

    rng = torch.Generator().manual_seed(0)
    rate = torch.tensor(0.5, requires_grad=True)  # yuan per litre
    with saved_tensors_hooks(pack, lambda envelope: envelope.tensor):
        for _ in range(days):
            litres = 48 * torch.rand(1000, generator=rng)
            loss = ((rate * litres - 0.6 * litres) ** 2).mean()
            if walk_back:
                loss.backward()
            total += add(loss)
            kept.append(sum(envelope.tensor.nbytes for envelope in alive))
    return kept, total


if __name__ == "__main__":
    graphs, _ = kept_bytes(300, lambda loss: loss)  # total += loss
    numbers, _ = kept_bytes(300, lambda loss: loss.item())  # total += loss.item()
    for day in (100, 200, 300):
        with_graphs, without = graphs[day - 1], numbers[day - 1]
        print(f"{day}: {with_graphs} / {without} = {with_graphs / without:.0f}")

# %% tags=["plot"] alt_zh="图占的内存随天数变化：`total += loss` 是一条直线，第 300 天到 `{python} f'{graphs[-1] / 1000:.0f}'` kB；`total += loss.item()` 始终是 `{python} f'{numbers[-1] / 1000:.0f}'` kB，贴着横轴。" alt_en="Memory held by the graphs against days: `total += loss` rises in a straight line to `{python} f'{graphs[-1] / 1000:.0f}'` kB on day 300; `total += loss.item()` stays at `{python} f'{numbers[-1] / 1000:.0f}'` kB, along the axis."
if __name__ == "__main__":
    fig, ax = plt.subplots()
    days = range(1, 301)
    ax.plot(days, [n / 1000 for n in graphs], color="C1", label="total += loss")
    low = [n / 1000 for n in numbers]
    ax.plot(days, low, "--", color="C0", label="total += loss.item()")
    ax.set(xlabel="day", ylabel="saved by graphs (kB)")
    ax.legend()
    plt.show()

# %% [markdown] lang="zh" tags=["bug"]
# 每行是天数，图存的字节（不用和用 `.item()`），以及两者之比。一天的图存着两个张量，各有 1000 个数，每个数 4 字节，共
# `{python} numbers[-1]` 字节。用了 `.item()`，加进去的只是普通的数，活着的只有当天的图；不用，到第 300 天就有 300 张图活着。
#
# 先调用 `backward()`，存的张量不就丢了吗？再数一数还剩几个节点：

# %% [markdown] lang="en" tags=["bug"]
# Each line has the day, the bytes held without and with `.item()`, and their ratio. The graph of one day saves two tensors of
# 1000 numbers, 4 bytes each: `{python} numbers[-1]` bytes. With `.item()` a plain number goes into the total, and only the
# graph of the current day is alive. Without it, 300 graphs are alive on day 300.
#
# But `backward()` throws the saved tensors away, doesn't it? Call it first, and count the nodes that are left:


# %% tags=["bug"]
def count_nodes(result: Tensor) -> int:
    """How many nodes PyTorch's graph of ``result`` has (节点数).

    Raises ``ValueError`` for anything without a graph.
    """
    if getattr(result, "grad_fn", None) is None:
        raise ValueError(f"the result must have a graph, got {result}")
    seen, stack = set(), [result.grad_fn]
    while stack:
        node = stack.pop()
        if node is not None and node not in seen:
            seen.add(node)
            stack.extend(parent for parent, _ in node.next_functions)
    return len(seen)


if __name__ == "__main__":
    for days in (100, 200, 300):
        kept, total = kept_bytes(days, lambda loss: loss, walk_back=True)
        print(f"{days}: {kept[-1]} bytes, {count_nodes(total)} nodes")

# %% [markdown] lang="zh" tags=["bug"]
# 数据丢了，图的骨架还在，每天多 5 个节点。箱子再多，骨架也一样大，所以涨得慢，更难发现。累加时总要写 `.item()`。

# %% [markdown] lang="en" tags=["bug"]
# The data are gone, but the skeletons of the graphs still pile up, 5 nodes a day. However many boxes there are, a skeleton
# has the same size; so this grows slowly and is harder to notice. Always write `.item()` when you add up.

# %% [markdown] lang="zh"
# 只想看结果、不求导时，干脆不让 PyTorch 记录：在 `with torch.no_grad():` 里做的运算都不进图。只想在一处剪断，就用
# `t.detach()`：它给出同样的数，与 `t` 共用内存，但没有来历，导数到它为止。

# %% [markdown] lang="en"
# When you only want results and no derivatives, do not let PyTorch record at all: nothing computed inside
# `with torch.no_grad():` enters a graph. To cut at one place only, use `t.detach()`: the same numbers, in the same memory
# as `t`, but without a past, so that derivatives end there.

# %%
if __name__ == "__main__":
    with torch.no_grad():
        print(volume(*theirs).requires_grad)
    V = volume(*theirs)
    print(V.requires_grad, V.detach().requires_grad)

# %% [markdown] lang="zh"
# `requires_grad` 说的是这个结果有没有图可以往回走：`no_grad` 里的没有，平常算的有，`detach` 之后又没有。
#
# ## 练习

# %% [markdown] lang="en"
# `requires_grad` says whether a result has a graph to walk back through: not inside `no_grad`, yes when computed as usual, and
# not after `detach`.
#
# ## Exercises

# %% [markdown] lang="zh" tags=["exercise"]
# 箱子里最长能放多长的直尺？从一个角斜到对角，长 $d = \sqrt{x^2 + y^2 + z^2}$。给引擎写一个 `sqrt(v)`，还是那三行。
# $\sqrt{v}$ 的导数是 $1 / (2\sqrt{v})$。哪条边加长 1 mm，尺子能长得最多？先猜。

# %% [markdown] lang="en" tags=["exercise"]
# How long a ruler fits into the box? From one corner to the opposite one it is $d = \sqrt{x^2 + y^2 + z^2}$. Give the engine a `sqrt(v)`, in the same three
# lines. The derivative of $\sqrt{v}$ is $1 / (2\sqrt{v})$. Which side, made 1 mm longer, makes room for the longest ruler?
# Guess first.


# %% tags=["solution"]
def sqrt(v: Value) -> Value:
    """Square root (平方根) of a positive ``Value``. Raises like ``Value.log``."""
    check_value("v", v)
    check_domain("sqrt", v.data, 0, math.inf)
    value = math.sqrt(v.data)
    slopes = (1 / (2 * value),)
    return Value(value, (v,), slopes)


if __name__ == "__main__":
    x, y, z = Value(2), Value(3), Value(4)
    d = sqrt(x**2 + y**2 + z**2)
    backward(d)
    print(f"d = {d.data:.3f}  {x.grad:.3f} {y.grad:.3f} {z.grad:.3f}")

# %% [markdown] lang="zh" tags=["solution"]
# 尺子最长 `{python} f"{d.data:.2f}"` dm。后面三个数是对 $x$、$y$、$z$ 的导数 $x/d$、$y/d$、$z/d$：这次是最长的边最有用，
# 加长 1 mm，尺子能长 `{python} f"{z.grad:.2f}"` mm。

# %% [markdown] lang="en" tags=["solution"]
# The longest ruler has `{python} f"{d.data:.2f}"` dm. The other three numbers are the derivatives for $x$, $y$ and $z$, which
# are $x/d$, $y/d$, $z/d$: now the longest side helps most, `{python} f"{z.grad:.2f}"` mm of ruler for 1 mm.

# %% [markdown] lang="zh" tags=["exercise"]
# 把 `backward` 里最后的 `+=` 改成 `=`。先猜：$V$ 和 $A$，哪个的梯度还对，为什么？再写出来看。

# %% [markdown] lang="en" tags=["exercise"]
# In the last line of `backward`, turn `+=` into `=`. Guess first: $V$ and $A$, which of their gradients are still right, and
# why? Then write it and see.


# %% tags=["solution"]
def backward_overwriting(root: Value) -> None:
    """``backward`` with = for += (错误示范): the last path wins. Raises like it."""
    order = topological_order(root)
    root.grad = 1.0
    for node in reversed(order):
        for parent, slope in zip(node.parents, node.slopes, strict=True):
            parent.grad = slope * node.grad


if __name__ == "__main__":
    for f in (volume, cardboard):
        sides = [Value(2), Value(3), Value(4)]
        backward_overwriting(f(*sides))
        wrong = [side.grad for side in sides]
        print(f.__name__, wrong, numerical_gradient(f, [2, 3, 4], eps=0.5))

# %% [markdown] lang="zh" tags=["solution"]
# 左边是错的程序，右边是中心差分（对每条边来说，这两个函数都是直线，一次挪 0.5 也没有误差）。容积里每个数只用一次，只有一条路，
# 所以碰巧全对；纸板里每条边用两次，后到的一条路盖掉了先到的，就全错了。所以测试求导，一定要让同一个数用上两次。

# %% [markdown] lang="en" tags=["solution"]
# On the left the wrong program, on the right central differences (both functions are straight lines in each side, so even a
# step of 0.5 makes no error). In the volume every number is used once, there is one path, and so all happens to be right. In
# the cardboard each side is used twice, the later path wipes out the earlier one, and all is wrong. When you test
# derivatives, be sure to use one number twice.

# %% [markdown] lang="zh" tags=["exercise"]
# 给引擎写一个 `detach(v)`。再猜一猜：$f = x \cdot$ `detach(V)` 对 $x$ 的导数是多少？

# %% [markdown] lang="en" tags=["exercise"]
# Write a `detach(v)` for the engine. Then guess: what is the derivative of $f = x \cdot$ `detach(V)` with respect to $x$?


# %% tags=["solution"]
def detach(v: Value) -> Value:
    """The same number without its past (剪断). Raises ``TypeError`` for others."""
    check_value("v", v)
    return Value(v.data)


if __name__ == "__main__":
    for cut in (True, False):
        x, y, z = Value(2), Value(3), Value(4)
        V = volume(x, y, z)
        backward(x * (detach(V) if cut else V))
        print(cut, x.grad)

# %% [markdown] lang="zh" tags=["solution"]
# 剪断后只剩一条路，导数就是 $V$ 的数值；不剪，$f = x^2yz$，导数是两倍。

# %% [markdown] lang="en" tags=["solution"]
# After the cut one path is left, and the derivative is just the number $V$. Without the cut, $f = x^2yz$, and it is twice that.

# %% [markdown] lang="zh"
# ## 小结
# - 计算图记下每个数由谁算来；局部导数在算的时候就知道了。
# - 链式法则：沿着一条路相乘，几条路相加。倒着走一遍，所有输入的导数都有了。
# - 梯度会累加，求导前先清零；一张图只走一遍；起点是一个数。
# - 累加损失写 `.item()`，只看结果用 `no_grad`。
#
# PyTorch 一边算一边记图。图能不能事先录好、反复使用？见 [动态图与静态图](static_and_dynamic.py)。

# %% [markdown] lang="en"
# ## Recap
# - A computation graph notes what each number was made of; the local derivatives are known as soon as it is computed.
# - The chain rule: multiply along a path, add over paths. One walk back, and the derivatives for all inputs are there.
# - Gradients add up, so clear them before you differentiate; walk through a graph once; start from one number.
# - Add losses with `.item()`; when you only look, use `no_grad`.
#
# PyTorch records its graph while it computes. Can a graph be recorded beforehand and used again and again? See
# [Dynamic and static graphs](static_and_dynamic.py).
