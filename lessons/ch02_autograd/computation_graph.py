# %% [markdown] lang="zh"
# # 计算图与自动求导
# 一个纸箱长 2 dm、宽 3 dm、高 4 dm。（dm 是分米，1 立方分米正好是 1 升，写作 1 L。）
# 允许你把其中一条边加长 1 mm，加长哪一条最划算？能多装多少？
#
# 三条边可以逐条试。可是神经网络有几百万个数可调，每个都试一次就太慢了。
# **自动求导**（autograd）只算一遍，再倒着走一遍，就得到所有的答案。这一页，你自己写一个。
#
# 学完这一页，你能：
#
# - 把算式画成图，说出每一步把微小的变化放大多少倍；
# - 用不到一百行代码，写一个会求导的程序；
# - 说清 PyTorch 为求导记下了什么，什么时候丢掉；
# - 认出四个常见错误，其中两个不报错。
#
# 前半页只用普通的 Python 数，后半页才用 PyTorch。下面的折叠，初读可以跳过。

# %% [markdown] lang="en"
# # Computation graphs and autograd
# A cardboard box is 2 dm wide, 3 dm deep and 4 dm high. (A dm is a decimetre; a cubic decimetre is exactly one litre,
# 1 L.) You may make one of its sides 1 mm longer. Which side gains the most room, and how much?
#
# Three sides can be tried one by one. But a neural network has millions of numbers to adjust, and one trial for each is
# far too slow. **Autograd** computes once, walks back once, and has all the answers.
# On this page you write one yourself.
#
# After this page you can
#
# - draw an expression as a graph, and say by what factor a small change grows at each step;
# - write a program that takes derivatives, in less than a hundred lines;
# - say what PyTorch notes down for the derivatives, and when it throws that away;
# - spot four common mistakes, two of which raise no error.
#
# The first half of the page needs only ordinary Python numbers, the second half uses PyTorch. Skip the fold below at
# first reading.

# %% tags=["setup"]
import math
import sys
from collections.abc import Callable, Sequence
from typing import Any, Self

import matplotlib.pyplot as plt
import torch
from torch import Tensor

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
# 把 $x$ 加长 1 mm，也就是 0.01 dm，变化会一步步传下去：
#
# - $b$ 从 `{python} 2 * 3` 变成 `{python} f"{2.01 * 3:.2f}"`，多了 `{python} f"{0.01 * 3:.2f}"`，是 0.01 的 3 倍：
#   底面多出一窄条，它的长正是 $y$。
# - $V$ 从 `{python} 2 * 3 * 4` 变成 `{python} f"{2.01 * 3 * 4:.2f}"`，多了 `{python} f"{0.01 * 3 * 4:.2f}"`，
#   是 `{python} f"{0.01 * 3:.2f}"` 的 4 倍：多出的底面积还要乘高 $z$。
#
# 这种只看一步的倍数叫**局部导数**（local derivative），就是中学的导数，即斜率。先放大 3 倍，再放大 4 倍，
# 合起来是 3 × 4 倍。沿路相乘，就是**链式法则**（chain rule）：
#
# $$\frac{\partial V}{\partial x} = \frac{\partial V}{\partial b} \cdot \frac{\partial b}{\partial x} = z \cdot y$$
#
# $\partial V / \partial x$ 读作“$V$ 对 $x$ 的导数”，单位是 L/dm。输入不止一个时，导数记号里的 $d$ 改写成 $\partial$，
# 表示别的输入都不动。$V$ 对 $x$、$y$、$z$ 的导数合起来叫**梯度**（gradient）；其中每一个，也叫那个数的梯度。
#
# ## 记得来历的数
# 下面的 `Value` 就是一个节点，记住四样东西：数值 `data`，由谁算来 `parents`，对它们各自的局部导数 `slopes`，
# 还有它的梯度 `grad`，即最后的结果对它的导数，待会儿才填。
#
# 代码虽长，每种运算都是三步：**算数值，写局部导数，返回新节点**。看懂 `__init__` 和 `__mul__` 就够了。
# `check_` 函数在上面的折叠里。

# %% [markdown] lang="en"
# ## Compute step by step, differentiate step by step
# The volume takes two steps: first the area of the base, $b = xy$, then the volume, $V = bz$, where $x$, $y$ and $z$ are
# the width, depth and height. Draw every number as a **node**, with arrows from the numbers it was made of: that is a
# **computation graph**.
#
# Make $x$ longer by 1 mm, which is 0.01 dm, and watch the change travel:
#
# - $b$ goes from `{python} 2 * 3` to `{python} f"{2.01 * 3:.2f}"`. It gains `{python} f"{0.01 * 3:.2f}"`, 3 times 0.01: the base
#   grows by a narrow strip, and that strip is $y$ long.
# - $V$ goes from `{python} 2 * 3 * 4` to `{python} f"{2.01 * 3 * 4:.2f}"`. It gains `{python} f"{0.01 * 3 * 4:.2f}"`, 4 times
#   `{python} f"{0.01 * 3:.2f}"`: the new strip of the base is multiplied by the height $z$.
#
# Such a factor, which looks at one step only, is a **local derivative**: the derivative you know from school, a slope. First
# 3 times as much, then 4 times that, makes 3 × 4 times. Multiply along the way: that is the
# **chain rule**:
#
# $$\frac{\partial V}{\partial x} = \frac{\partial V}{\partial b} \cdot \frac{\partial b}{\partial x} = z \cdot y$$
#
# Read $\partial V / \partial x$ as "the derivative of $V$ with respect to $x$"; its unit is L/dm. With several inputs, the $d$
# of a derivative is written $\partial$, which says that the other inputs stand still. The three derivatives of $V$, for $x$, $y$
# and $z$, together are the **gradient**; each of them is also called the gradient of that number.
#
# ## Numbers that remember
# A `Value`, below, is one node. It remembers four things: its number `data`, the nodes it was made of, `parents`, the local
# derivative for each of them, `slopes`, and its gradient `grad`, which is the derivative of the final result with respect
# to it and is filled in later.
#
# The code is long, but every operation takes the same three steps: **compute the value, write the local derivatives, return a
# new node**. It is enough to understand `__init__` and `__mul__`. The `check_` functions are in the fold above.


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
        slopes = (-1.0,)  # the comma makes it a tuple, of one
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

    __radd__, __rmul__ = __add__, __mul__  # 2 + x is x + 2


def to_value(number: Value | float) -> Value:
    """A plain number as a node without parents (转成节点). Raises like Value."""
    return number if isinstance(number, Value) else Value(number)


# %% [markdown] lang="zh"
# `__add__`、`__mul__`、`__neg__`、`__pow__` 是 Python 遇到 `+`、`*`、负号和 `**` 时调用的方法。乘法那几行正是前面说的：
# 一个因数变一点，积变它的**另一个因数**那么多倍。其余的照导数表写：`exp`（$e^x$）的导数是它自己，
# `log`（自然对数）的是 $1/x$。神经网络常用最后两个：`tanh` 是一条从 −1 升到 1 的曲线，导数是 $1 - \tanh^2 x$；
# `relu` 保留正数，把负数变成 0，所以局部导数是 1 或 0。

# %% [markdown] lang="en"
# Python calls `__add__`, `__mul__`, `__neg__` and `__pow__` where it sees `+`, `*`, a minus sign and `**`. The lines of the
# product say what we said above: change one factor a little, and the product changes by **the other factor** times that. The
# others come from a table of derivatives: `exp` ($e^x$) is its own derivative, that of `log` (the natural logarithm) is $1/x$.
# Neural networks often use the last two: `tanh` is a curve that rises from −1 to 1, with the derivative
# $1 - \tanh^2 x$; `relu` keeps positive numbers and turns negative ones into 0, so its local derivative is 1 or 0.


# %%
def volume(x: Any, y: Any, z: Any) -> Any:
    """Volume of a box (容积) in litres. Its sides: any kind of number, in dm."""
    return x * y * z


if __name__ == "__main__":
    x, y, z = Value(2), Value(3), Value(4)
    V = volume(x, y, z)
    b = V.parents[0]  # x * y * z is (x * y) * z
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
            arrow |= {"patchA": boxes[start], "patchB": boxes[end], "shrinkA": 5}
            arrow["lw"] = 3 if node in path and parent in path else 1.2
            ax.annotate("", places[end][1:], places[start][1:], arrowprops=arrow)
            (_, x, y), (_, px, py) = places[node], places[parent]
            part = 0.7 if root else 0.5  # of the way from the parent
            spot = (px + part * (x - px), py + part * (y - py))
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
# `b` 那行的 `slopes` 依次是对 $x$、$y$ 的局部导数，`V` 那行是对 $b$、$z$ 的。
# 它们就是图中箭头上的倍数：×3 表示 $x$ 变一点，$b$ 变它的 3 倍。求导要用的数，算的时候就记下了。
#
# ## 倒着走一遍
# 从结果出发：$V$ 对自己的导数是 1。每到一个节点，就用它的梯度乘上箭头上的局部导数，交给箭头另一端的父节点。
#
# 一个节点要先收齐各个箭头送来的，才能再交出去。所以先排好次序，让每个数都排在用到它的数之前，这叫**拓扑排序**
# （topological order）；然后倒着走。
#
# `backward` 先把算出来的节点清零，却不清输入（没有父节点的数）：新导数加在旧的上，与 PyTorch 一样。

# %% [markdown] lang="en"
# The `slopes` of `b` are its local derivatives for $x$ and $y$, in this order; those of `V` are for $b$ and $z$. They are
# the factors on the arrows: ×3 says that when $x$ changes a little, $b$ changes by 3 times that. All that the derivatives need was
# noted while computing.
#
# ## One walk back
# Start from the result: the derivative of $V$ with respect to itself is 1. At each node, take its gradient, multiply it by
# the local derivative on the arrow, and hand it to the parent at the other end of the arrow.
#
# A node must have received what all its arrows bring before it hands anything on. So first put the nodes in an order in
# which each number stands before those that use it, a **topological order**; then walk it backwards.
#
# `backward` first sets computed nodes to zero, but not the inputs (numbers without parents): new derivatives are added to
# the old ones, as in PyTorch.


# %%
def topological_order(root: Value) -> list[Value]:
    """All nodes that ``root`` is made of, parents first (拓扑排序), ``root`` last.

    A depth-first search with its own stack: recursion fails on deep graphs.
    Raises ``TypeError`` unless ``root`` is a ``Value``.
    """
    check_value("root", root)
    order, seen, stack = [], set(), [(root, False)]
    while stack:
        node, parents_done = stack.pop()
        if parents_done:  # the second time: now it is the node's turn
            order.append(node)
        elif node not in seen:
            seen.add(node)
            stack.append((node, True))  # back again, below its parents
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
# 框里的第二行是梯度。走到 $x$ 的路上是 1 × 4 × 3，得 `{python} f"{x.grad:g}"` L/dm。
# 1 mm 是 0.01 dm，于是加长 $x$ 能多装 `{python} f"{mm * x.grad:.2f}"` L，加长 $y$ 多装 `{python} f"{mm * y.grad:.2f}"` L，
# 加长 $z$ 多装 `{python} f"{mm * z.grad:.2f}"` L。直接重算，容积是 `{python} f"{longer:.2f}"` L，对得上。
# 开头的问题有了答案：**加长最短的边**，因为它的导数是另外两条长边之积。
#
# ## 两条路，加起来
# 加长一条边，也更费纸板。箱子有六个面，两两相同，大小是 $p = xy$、$q = zx$、$r = yz$，总面积（平方分米）是
#
# $$A = 2\,(p + q + r)$$
#
# $p$ 和 $q$ 都用到 $x$，从 $x$ 到 $A$ 就有两条路，变化会沿两条路传到 $A$，所以要**相加**：
#
# $$\frac{\partial A}{\partial x} = \frac{\partial A}{\partial p} \cdot \frac{\partial p}{\partial x} + \frac{\partial A}{\partial q} \cdot \frac{\partial q}{\partial x} = 2y + 2z$$
#
# 每有一条路走到 $x$，`backward` 里的 `+=` 就加上一次。

# %% [markdown] lang="en"
# The second line in each box is the gradient. On the way to $x$ stand 1 × 4 × 3, which makes
# `{python} f"{x.grad:g}"` L/dm. Since 1 mm is 0.01 dm, a longer $x$ gains `{python} f"{mm * x.grad:.2f}"` L, a longer $y$
# gains `{python} f"{mm * y.grad:.2f}"` L, and a longer $z$ gains `{python} f"{mm * z.grad:.2f}"` L. Computed anew, the volume is
# `{python} f"{longer:.2f}"` L, as it should be. That answers the question from the top:
# **lengthen the shortest side**, because its derivative is the product of the two long ones.
#
# ## Two paths, added up
# A longer side also takes more cardboard. The six faces come in equal pairs, of the sizes $p = xy$, $q = zx$ and $r = yz$;
# together their area, in square decimetres, is
#
# $$A = 2\,(p + q + r)$$
#
# Both $p$ and $q$ use $x$, so two paths lead from $x$ to $A$. A change travels along both, and what arrives must be
# **added**:
#
# $$\frac{\partial A}{\partial x} = \frac{\partial A}{\partial p} \cdot \frac{\partial p}{\partial x} + \frac{\partial A}{\partial q} \cdot \frac{\partial q}{\partial x} = 2y + 2z$$
#
# For each path that arrives at $x$, `+=` in `backward` adds once.


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
# 图里 $s$、$t$ 是两步相加，$c$ 是常数 2，也算节点。粗线是两条路：经过 $p$ 的带来 2 × 3，
# 经过 $q$ 的带来 2 × 4，合计 `{python} f"{x.grad:g}"`。所以 $x$ 加长 1 mm，要多用 `{python} f"{mm * x.grad:.2f}"`
# 平方分米纸板。
#
# ## 算得对吗
# 换一个不懂求导的办法来核对：把一个输入调高一点、调低一点，各算一次，相减，再除以两次的间距。这叫**中心差分**
# （central difference）。两边都挪，曲线弯曲的误差大半抵消。每边挪 `eps`，默认十万分之一：太大，误差明显；太小，
# 两个结果几乎相同，相减后剩不下几位数字。

# %% [markdown] lang="en"
# In the figure, $s$ and $t$ are the two additions, and $c$ is the constant 2, a node as well. The thick lines are the two
# paths: the one through $p$ brings 2 × 3, the one through $q$ brings 2 × 4, in all
# `{python} f"{x.grad:g}"`. So 1 mm more of $x$ takes `{python} f"{mm * x.grad:.2f}"` square decimetres more cardboard.
#
# ## Is it right?
# Check it by a method that knows nothing about derivatives. Raise one input a tiny bit, lower it a tiny bit, compute both
# times, subtract, and divide by the distance of the two inputs. That is a **central difference**. With a step to
# each side, most of the error that comes from the bend of a curve cancels. Each step is `eps`, one hundred-thousandth by
# default: with a long step the error shows, with a tiny one the two results are so close that few digits survive the
# subtraction.


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
        rise = f(*up) - f(*down)  # * spreads a list over the arguments
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
        return everything(*[Value(side) for side in sides]).data

    rows = {
        "ours": [v.grad for v in ours],
        "differences": numerical_gradient(plain, [2, 3, 4]),
        "torch": [t.grad.item() for t in theirs],
    }
    for name, row in rows.items():
        print(f"{name:12}", *(f"{slope:8.4f}" for slope in row))

# %% [markdown] lang="zh" tags=["check"]
# 三行是三种算法，三列是对 $x$、$y$、$z$ 的导数，印出的每一位都相同。第三列是负的：$z$ 变大，结果变小。
#
# 中心差分这么简单，为什么不一直用？每个输入都要算两次，一百万个输入就是两百万次；倒着走，输入再多也只要一次。

# %% [markdown] lang="en" tags=["check"]
# The rows are the three methods, the columns the derivatives for $x$, $y$ and $z$: every printed digit is the same. The third
# column is negative: when $z$ grows, the result falls.
#
# If central differences are so simple, why not use them always? They need two runs for each input: two million runs for a
# million inputs. The walk back is a single one, however many inputs there are.

# %% [markdown] lang="zh"
# PyTorch 做的和我们的引擎（`Value` 加 `backward`）一样，只是一步算的是整个张量。它每算一遍就重新记一张图，
# 并存下求导要用的数，例如乘法的因数。要记住：输入的梯度会一直**累加**；存下的数，`backward()` 用过一次就丢掉。
#
# ## 四个常见错误
# ### 忘了清零

# %% [markdown] lang="en"
# PyTorch does the same as our engine (`Value` and `backward`), except that each step handles whole tensors. Each time you
# compute, it records a new graph and saves the numbers that the derivatives need, such as the factors of a product. Keep
# in mind: the gradients of the inputs **add up** from call to call, and `backward()` throws the saved numbers away once
# it has used them.
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
    for our, their in zip(ours, theirs, strict=True):
        our.grad, their.grad = 0.0, None  # clear, then once more
    backward(volume(*ours))
    volume(*theirs).backward()
    print(ours[0].grad, theirs[0].grad.item())

# %% [markdown] lang="zh" tags=["bug"]
# 前三行越加越大，却没有报错：新导数加在了旧的上面。两条路要靠 `+=` 相加，而引擎分不清哪些是上一遍留下的。
# 所以每次求导前要由你清掉，像最后一行那样。PyTorch 的 `.grad` 清成 `None`，即还没求过导的样子。

# %% [markdown] lang="en" tags=["bug"]
# The first three lines keep growing, without an error: new derivatives were added to the old ones. Two paths need the `+=`, and
# the engine cannot tell what was left over from the last time. So you must clear the gradients before
# each walk back, as before the last line. In PyTorch set `.grad` to `None`, as it was before the first walk.

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
# 报错的意思是：只有**标量**（scalar，单独一个数）才有现成的起点。倒着走从一个 1 出发，可是两个结果，谁是 1 呢？
# 先合成一个数，例如 `.sum()`：每个箱子的容积只和自己的长有关，所以总和的梯度正是各自的导数。

# %% [markdown] lang="en" tags=["bug"]
# The message means: only for a **scalar**, a single number, is it plain where to start. The walk back starts from a 1, but with
# two results, which of them is the 1? Make a single number first, for example with `.sum()`: each volume depends on its
# own width alone, so the gradient of the sum holds the derivative of each.

# %% [markdown] lang="zh"
# ### 同一张图走两遍

# %% [markdown] lang="en"
# ### Walking back twice through one graph

# %% [markdown] lang="zh" tags=["bug"]
# 容积算一遍，导数求两遍。第二遍被拒绝，说你想“第二次倒着走同一张图”：

# %% [markdown] lang="en" tags=["bug"]
# Compute the volume once and differentiate it twice. The second walk back through the same graph is refused:

# %% tags=["bug"]
if __name__ == "__main__":
    V = volume(*theirs)
    V.backward()
    try:
        V.backward()
    except RuntimeError as error:
        print(str(error).split(" (")[0])  # the start of a long message
    theirs[0].grad = None
    V = volume(*theirs)
    V.backward(retain_graph=True)
    V.backward()
    print(theirs[0].grad.item())

# %% [markdown] lang="zh" tags=["bug"]
# 存下的数占内存，所以 PyTorch 用完就丢。一般该重算一遍 `volume`，得到一张新图；真要走两遍，第一遍写
# `retain_graph=True`，要它留着。最后一行是两个 `{python} f"{ours[0].grad:g}"` 之和。

# %% [markdown] lang="en" tags=["bug"]
# The saved numbers take memory, so PyTorch throws them away after use. As a rule, compute `volume` again,
# which makes a new graph. If you really must walk twice, write `retain_graph=True` the first time, and they are kept; the
# last line is twice `{python} f"{ours[0].grad:g}"`, one for each walk.

# %% [markdown] lang="zh"
# ### 把整张图加进了总和

# %% [markdown] lang="en"
# ### Adding whole graphs to a total

# %% [markdown] lang="zh" tags=["bug"]
# 快递公司每天收 1000 个小盒子，容积在 0 到 1 L 之间。它按每升 0.5 元（`rate`）估运费，实际是每升 0.6 元。
# 每个盒子的估价误差，平方后取平均，叫当天的**损失**（loss）。我们只想看损失的总和，可是 `total += loss` 加进去的不只是一个数：
# 每个 `loss` 都连着自己的图，图里存着那天的数据。
#
# 数一数。张量的 `grad_fn` 是算出它的那一步，PyTorch 的节点就是这样的步骤；`next_functions` 通向前面的步骤，
# 像我们的 `parents`；节点存下的东西，名字以 `_saved_` 开头。

# %% [markdown] lang="en" tags=["bug"]
# A parcel service takes 1000 small boxes a day, of 0 to 1 L each. It guesses a fee of 0.5 yuan per litre (`rate`); the true fee is
# 0.6 yuan per litre. Square the error of each box and take the mean: that is the **loss** of the day. All we want is to see
# the total of the losses. But `total += loss` adds more than a number: each `loss` hangs on its own graph, and that
# graph holds the data of the day.
#
# Let us count. The `grad_fn` of a tensor is the step that made it, and such steps are the nodes in PyTorch. A node's
# `next_functions` lead to the steps before it, like our `parents`; all that it saves has a name that starts with `_saved_`.


# %% tags=["bug"]
def graph_nodes(result: Tensor) -> set:
    """All nodes of PyTorch's graph of ``result`` (图的节点).

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
    return seen


def saved_bytes(result: Tensor) -> int:
    """Bytes of all tensors saved in the graph of ``result`` (图存下的字节).

    Raises like ``graph_nodes``, and ``RuntimeError`` after a walk back.
    """
    size = 0
    for node in graph_nodes(result):
        for name in dir(node):  # the names of all its attributes
            saved = getattr(node, name) if name.startswith("_saved_") else None
            if isinstance(saved, Tensor):
                size += saved.nbytes
    return size


def add_losses(days: int, item: bool = False, walk_back: bool = False) -> Any:
    """Total of the losses of some days (损失之和), by .item() or as tensors.

    ``walk_back`` calls backward on each loss. Raises ``ValueError`` unless
    ``days`` is a positive integer.
    """
    check_count("days", days)
    rng = torch.Generator().manual_seed(0)
    rate = torch.tensor(0.5, requires_grad=True)  # yuan per litre
    total = 0.0
    for _ in range(days):
        litres = torch.rand(1000, generator=rng)
        loss = ((rate * litres - 0.6 * litres) ** 2).mean()
        if walk_back:
            loss.backward()
        total += loss.item() if item else loss
    return total


if __name__ == "__main__":
    for days in (100, 200, 300):
        total = add_losses(days)
        nodes = len(graph_nodes(total))
        print(f"{days}: {nodes} nodes, {saved_bytes(total)} bytes")
    print(type(add_losses(300, item=True)))

# %% [markdown] lang="zh" tags=["bug"]
# 每行是天数、节点数和存下的字节数。每天存两个张量：`litres`，乘 `rate` 要用；误差，平方要用。
# 各有 1000 个数，每个数 4 字节，共 `{python} saved_bytes(add_losses(1))` 字节。每天 5 个节点：乘、减、平方、平均、
# 加进总和；各天共用的 `rate` 也占一个。它们都挂在 `total` 上，一天比一天多。
# 改用 `.item()`，总和只是普通的 `float`，没有图。
#
# 先调用 `backward()`，存的张量不就丢了吗？再数一数：

# %% [markdown] lang="en" tags=["bug"]
# Each line has the days, the nodes and the bytes saved. Every day saves two tensors: `litres`, which the product with
# `rate` needs, and the errors, which the square needs. Each has 1000 numbers of 4 bytes, so a day takes
# `{python} saved_bytes(add_losses(1))` bytes. Every day has 5 nodes: product, difference, square, mean, and the addition to
# the total; one more is `rate`, which all days share. They all hang on `total`, more of them every day. With `.item()`
# the total is just a `float`, without a graph.
#
# But `backward()` throws the saved tensors away, doesn't it? Call it first, and count the nodes again:

# %% tags=["bug"]
if __name__ == "__main__":
    total = add_losses(300, walk_back=True)
    print(f"{len(graph_nodes(total))} nodes")

# %% [markdown] lang="zh" tags=["bug"]
# 节点一个没少。数据丢了，骨架还在，内存涨得慢些，更难发现。累加时总要写 `.item()`。

# %% [markdown] lang="en" tags=["bug"]
# No node is missing. The data are gone, but the skeleton of the graph stays; memory grows more slowly, and that is
# harder to notice. Always write `.item()` when you add up.

# %% [markdown] lang="zh"
# 只想看结果、不求导时，干脆不让 PyTorch 记录：`with torch.no_grad():` 里的运算不进图。只想在一处剪断，就用
# `t.detach()`：同样的数，但没有来历，导数到它为止。有没有图可以往回走，看 `requires_grad`：

# %% [markdown] lang="en"
# When you only want results and no derivatives, do not let PyTorch record at all: nothing computed inside
# `with torch.no_grad():` enters a graph. To cut at one place only, use `t.detach()`: the same numbers, but without a past, so
# that derivatives end there. Whether there is a graph to walk back through, `requires_grad` tells:

# %%
if __name__ == "__main__":
    with torch.no_grad():
        print(volume(*theirs).requires_grad)
    V = volume(*theirs)
    print(V.requires_grad, V.detach().requires_grad)

# %% [markdown] lang="zh"
# `no_grad` 里算的没有，平常算的有，`detach` 之后又没有。
#
# ## 练习

# %% [markdown] lang="en"
# Not inside `no_grad`; yes when computed as usual; not after `detach`.
#
# ## Exercises

# %% [markdown] lang="zh" tags=["exercise"]
# 箱子里最长能放多长的直尺？从一个角斜到对角，长 $d = \sqrt{x^2 + y^2 + z^2}$。给引擎写一个 `sqrt(v)`，还是那三步。
# $\sqrt{v}$ 的导数是 $1 / (2\sqrt{v})$。哪条边加长 1 mm，尺子能长得最多？先猜。

# %% [markdown] lang="en" tags=["exercise"]
# How long a ruler fits into the box? From one corner to the opposite one it is $d = \sqrt{x^2 + y^2 + z^2}$. Give the engine a `sqrt(v)`, in the same three
# steps. The derivative of $\sqrt{v}$ is $1 / (2\sqrt{v})$. Which side, made 1 mm longer, makes room for the longest ruler?
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
# 尺子最长 `{python} f"{d.data:.2f}"` dm。后面三个数是导数 $x/d$、$y/d$、$z/d$：这次是最长的边最有用，
# 加长 1 mm，尺子能长 `{python} f"{z.grad:.2f}"` mm。

# %% [markdown] lang="en" tags=["solution"]
# The longest ruler has `{python} f"{d.data:.2f}"` dm. The other three numbers are the derivatives
# $x/d$, $y/d$ and $z/d$: now the longest side helps most, `{python} f"{z.grad:.2f}"` mm of ruler for 1 mm.

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
# 左边是错的程序，右边是中心差分（只看一条边，两个函数都是直线，挪 0.5 也没有误差）。容积里每个数只用一次，只有一条路，
# 碰巧全对；纸板里每条边用两次，后到的路盖掉先到的，全错。测试求导，一定要让同一个数用上两次。

# %% [markdown] lang="en" tags=["solution"]
# On the left the wrong program, on the right central differences (both functions are straight lines in each side, so even a
# step of 0.5 makes no error). In the volume every number is used once, there is one path, and so all happens to be right. In
# the cardboard each side is used twice, the later path wipes out the earlier one, and all is wrong. When you test
# derivatives, be sure to use one number twice.

# %% [markdown] lang="zh" tags=["exercise"]
# 给引擎写一个 `detach(v)`。设 $c$ 是 `detach(V)`，再猜一猜：$f = xc$ 对 $x$ 的导数是多少？

# %% [markdown] lang="en" tags=["exercise"]
# Write a `detach(v)` for the engine. Let $c$ be `detach(V)` and guess: what is the derivative of $f = xc$ with respect to $x$?


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
# - 计算图记下每个数由谁算来，也记下局部导数。
# - 链式法则：沿一条路相乘，几条路相加。倒着走一遍，所有输入的导数都有了。
# - 梯度会累加，求导前先清；一张图只走一遍；起点是一个数。
# - 累加损失写 `.item()`，只看结果用 `no_grad`。
#
# PyTorch 边算边记图。图能不能事先录好、反复使用？见 [动态图与静态图](static_and_dynamic.py)。

# %% [markdown] lang="en"
# ## Recap
# - A computation graph notes what each number was made of, and the local derivatives.
# - The chain rule: multiply along a path, add over paths. One walk back, and the derivatives for all inputs are there.
# - Gradients add up, so clear them before you differentiate; walk through a graph once; start from one number.
# - Add losses with `.item()`; when you only look, use `no_grad`.
#
# PyTorch records its graph while it computes. Can a graph be recorded beforehand and used again and again? See
# [Dynamic and static graphs](static_and_dynamic.py).
