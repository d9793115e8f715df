# %% [markdown] lang="zh"
# # 优化器
# 你想弄清一家出租车公司怎么收费，手里有五张车票：坐 2、4、6、8、10 km，分别付了 14、18、22、26、30 元。
# 起步费是几元？每公里几元？
#
# [梯度下降](../ch02_autograd/gradient_descent.py) 找得到答案，可是要让两个价钱都准到 0.1 元（1 角），得走好几百步。
# 同样的梯度，换一种用法，能省多少步？按梯度改动参数的规则叫**优化器**（optimizer）。
#
# 学完这一页，你能：
#
# - 自己写出最常用的五种优化器，说清每一种为什么那样用梯度；
# - 说明为什么换了优化器，学习率也得重新挑；
# - 公平地比较两种优化器；
# - 认出四个常见错误，它们都不报错。
#
# 下面折叠的代码导入 PyTorch，并检查输入，初读可以跳过。

# %% [markdown] lang="en"
# # Optimizers
# You want to know how a taxi company charges. You have five receipts: rides of 2, 4, 6, 8 and 10 km cost 14, 18, 22,
# 26 and 30 yuan. What is the base fare, and what does each kilometre cost?
#
# [Gradient descent](../ch02_autograd/gradient_descent.py) finds the answer, but it takes many hundreds of steps until both
# prices are right to 0.1 yuan. How many steps can you save by using the same gradients differently? A rule that changes
# parameters by their gradients is called an **optimizer**.
#
# After this page you can
#
# - write the five most common optimizers yourself, and say why each uses the gradient as it does;
# - explain why a new optimizer needs a new learning rate;
# - compare two optimizers fairly;
# - spot four common mistakes, none of which raises an error.
#
# The folded code below imports PyTorch and checks the input. Skip it at first reading.

# %% tags=["setup"]
import math
from collections.abc import Callable, Iterable, Sequence

import matplotlib.pyplot as plt
import torch
from torch import Tensor


def check_float(name: str, t: Tensor) -> None:
    """Refuse all but float tensors (检查浮点张量)."""
    if not isinstance(t, Tensor) or not t.is_floating_point():
        found = getattr(t, "dtype", type(t))
        raise TypeError(f"{name} must be a float tensor, got {found}")


def check_params(params: Iterable[Tensor]) -> list[Tensor]:
    """Several float tensors as a list (检查参数)."""
    if isinstance(params, Tensor):
        raise TypeError("params must be a list of tensors, got a tensor")
    params = list(params)
    if not params:
        raise ValueError("params must hold at least one tensor, got none")
    for p in params:
        check_float("each parameter", p)
    return params


def check_rates(lr: float | Tensor) -> None:
    """Refuse learning rates that are not positive and finite (检查学习率)."""
    rates = torch.as_tensor(lr, dtype=torch.float64)
    if not ((rates > 0) & (rates < math.inf)).all():
        raise ValueError(f"learning rates must be positive and finite, got {lr}")


def check_settings(**values: float) -> None:
    """Refuse shares outside [0, 1), negative eps and decay (检查设置)."""
    for name, value in values.items():
        top = 1 if name in ("beta1", "beta2") else math.inf
        if not 0 <= value < top:
            wanted = f"at least 0 and below {top}"
            raise ValueError(f"{name} must be {wanted}, got {value}")


def check_count(name: str, count: int) -> None:
    """Refuse all but positive integers (检查个数)."""
    if not isinstance(count, int) or count < 1:
        raise ValueError(f"{name} must be a positive integer, got {count}")


def check_pairs(place: Tensor) -> None:
    """Refuse places that are not pairs (w, b) of floats (检查位置)."""
    check_float("place", place)
    if place.ndim == 0 or place.shape[-1] != 2:
        found = tuple(place.shape)
        raise ValueError(f"place must have shape (..., 2), got {found}")


# %% [markdown] lang="zh"
# ## 山谷：两个价钱
# 设每公里 $w$ 元，起步费 $b$ 元，第 $i$ 张票上是 $x_i$ km、$y_i$ 元。损失是 $n = 5$ 张票的均方误差：
#
# $$L(w, b) = \frac{1}{n} \sum_{i=1}^{n} (w x_i + b - y_i)^2$$
#
# 梯度是 $L$ 对 $w$ 和对 $b$ 的两个导数，横线表示对五张票取平均：
#
# $$\frac{\partial L}{\partial w} = 2\,\overline{(wx + b - y)\,x}, \qquad \frac{\partial L}{\partial b} = 2\,\overline{(wx + b - y)}$$
#
# 真值一眼可见：每公里 2 元，起步 10 元，正好用来核对。代码里，`place` 的最后一条轴（参数 `dim=-1`）装着 $(w, b)$，前面的轴随意，
# 于是许多条路可以一起走。`new_tensor` 沿用 `place` 的数据类型。

# %% [markdown] lang="en"
# ## The valley: two prices
# Let a kilometre cost $w$ yuan and the base fare be $b$ yuan; receipt $i$ says $x_i$ km and $y_i$ yuan. The loss is the mean
# squared error of the $n = 5$ receipts:
#
# $$L(w, b) = \frac{1}{n} \sum_{i=1}^{n} (w x_i + b - y_i)^2$$
#
# The gradient consists of the two derivatives of $L$, with respect to $w$ and to $b$; a bar means the average over the five receipts:
#
# $$\frac{\partial L}{\partial w} = 2\,\overline{(wx + b - y)\,x}, \qquad \frac{\partial L}{\partial b} = 2\,\overline{(wx + b - y)}$$
#
# You see the truth at a glance, 2 yuan a kilometre and a base fare of 10 yuan, so we can check against it. In the code, the
# last axis of `place` (the argument `dim=-1`) holds $(w, b)$; there may be any axes before it, so that many paths can be walked
# together. `new_tensor` makes a tensor of the same dtype as `place`.

# %%
KM = (2.0, 4.0, 6.0, 8.0, 10.0)
YUAN = (14.0, 18.0, 22.0, 26.0, 30.0)
GOAL = (2.0, 10.0)  # yuan per km, yuan


def fare_gradient(place: Tensor) -> Tensor:
    """Gradient of the mean squared error of the five receipts (车费损失的梯度).

    ``place`` holds (w, b) in yuan per km and yuan, shape (..., 2); so does the
    result. Raises ``TypeError`` unless float, ``ValueError`` for other shapes.
    """
    check_pairs(place)
    x, y = place.new_tensor(KM), place.new_tensor(YUAN)
    residual = place[..., :1] * x + place[..., 1:] - y
    slopes = ((residual * x).mean(dim=-1), residual.mean(dim=-1))
    return 2 * torch.stack(slopes, dim=-1)


if __name__ == "__main__":
    zero = torch.zeros(2, dtype=torch.float64)
    unit = torch.eye(2, dtype=torch.float64)  # rows (1, 0) and (0, 1)
    hessian = fare_gradient(unit) - fare_gradient(zero)
    flat, steep = torch.linalg.eigvalsh(hessian).tolist()
    print(f"gradient at (0, 0) = {fare_gradient(zero).tolist()}")
    print(f"flat = {flat:.3f}  steep = {steep:.1f}  kappa = {steep / flat:.0f}")

# %% [markdown] lang="zh"
# 第一行是起点的梯度。`eye`（单位矩阵）的两行让 $w$ 或 $b$ 加 1，梯度的变化排成黑塞矩阵。第二行是它的特征值，即最平和最陡方向的
# [曲率](../ch02_autograd/gradient_descent.py)，和两者之比，**条件数** $\kappa$，约为 `{python} f"{steep / flat:.0f}"`。山谷又窄又长：
# 学习率小于 $2/\lambda_{\max}$，即 `{python} f"{2 / steep:.3f}"`，陡的方向才不发散；步子这么小，平的方向只能慢慢挪。
#
# ## 骨架和 SGD
# 五种优化器共用一个骨架：存着参数和学习率，给**每个参数**备一本自己的记录（`state`）；`step()` 逐个更新，没有梯度的跳过。
# 不同的只有 `update`。最简单的是 **SGD**（随机梯度下降；本页用全部数据，并不随机）：
#
# $$w_t = w_{t-1} - \eta\, g_t$$
#
# $w_t$ 是第 $t$ 步之后的参数，$g_t$ 是这一步的梯度，$\eta$ 是学习率。`weight_decay` 和 `decayed` 到 AdamW 再讲。

# %% [markdown] lang="en"
# The first line is the gradient at the start. `eye` is the identity matrix; its rows raise $w$ or $b$ by 1, and the changes this
# makes to the gradient form the Hessian. The second line holds its eigenvalues, the
# [curvatures](../ch02_autograd/gradient_descent.py) in the flattest and the steepest direction, and their ratio, the
# **condition number** $\kappa$, about `{python} f"{steep / flat:.0f}"`. The valley is long and narrow: the learning rate must be
# below $2/\lambda_{\max}$, that is `{python} f"{2 / steep:.3f}"`, or the steep direction diverges; with such small steps the
# flat one can only creep.
#
# ## The skeleton, and SGD
# All five share one skeleton. It keeps the list of parameters, the learning rate and, for **each parameter**, a record of its own
# (`state`). Its `step()` updates them one by one and skips those without a gradient. Only `update` differs. The simplest rule is
# **SGD**, stochastic gradient descent (on this page every step uses all the data, so nothing is random):
#
# $$w_t = w_{t-1} - \eta\, g_t$$
#
# Here $w_t$ is a parameter after step $t$, $g_t$ the gradient of that step and $\eta$ the learning rate. We come to
# `weight_decay` and `decayed` with AdamW.


# %%
class Optimizer:
    """What all optimizers share (优化器的骨架); subclasses write ``update``.

    ``params``: float tensors whose ``.grad`` someone fills; ``lr``: a number, or a
    tensor that broadcasts to every parameter. Raises ``TypeError`` or
    ``ValueError`` for params that are no float tensors, bad rates or decay.
    """

    def __init__(
        self,
        params: Iterable[Tensor],
        lr: float | Tensor,
        weight_decay: float = 0.0,
    ):
        check_rates(lr)
        check_settings(weight_decay=weight_decay)
        self.params, self.lr = check_params(params), lr
        self.weight_decay = weight_decay
        self.state = [{} for _ in self.params]  # a record for each parameter

    def decayed(self, p: Tensor) -> Tensor:
        """The gradient, with L2 regularization added (加上 L2 的梯度)."""
        return p.grad + self.weight_decay * p if self.weight_decay else p.grad

    @torch.no_grad()
    def step(self) -> None:
        """Update every parameter that has a gradient (更新一步), in place."""
        for p, state in zip(self.params, self.state, strict=True):
            if p.grad is not None:
                self.update(p, self.decayed(p), state)

    def update(self, p: Tensor, g: Tensor, state: dict) -> None:
        """Change ``p`` in place by its gradient ``g`` (更新规则)."""
        raise NotImplementedError("a subclass writes update")


class SGD(Optimizer):
    """Gradient descent (梯度下降); arguments and errors as in ``Optimizer``."""

    def update(self, p: Tensor, g: Tensor, state: dict) -> None:
        """Against the gradient (逆着梯度走)."""
        p -= self.lr * g


# %% [markdown] lang="zh"
# ## 动量：记住走过的方向
# 在窄谷里，陡的方向左一下右一下，相互抵消；平的方向步步朝前。那就把过去的梯度加起来，旧的打个折。这叫**动量**（momentum）：
#
# $$v_t = \beta v_{t-1} + g_t, \qquad w_t = w_{t-1} - \eta\, v_t$$
#
# $v_t$ 是累计的速度，从 $v_0 = 0$ 开始；$\beta$ 是每步留下的比例，通常取 0.9。梯度总是 $g$，$v$ 就趋向
# $g(1 + \beta + \beta^2 + \cdots) = g/(1-\beta)$，放大；梯度每步变号，就只有 $g(1 - \beta + \beta^2 - \cdots) = g/(1+\beta)$，缩小。
#
# `moves` 造一个 `make` 类的优化器，学习率取 1，喂给它现成的梯度，再用 `diff` 求相邻两处之差：每步走多远。
# 第一个参数的梯度总是 1，第二个的正负交替。

# %% [markdown] lang="en"
# ## Momentum: remember the direction
# In a narrow valley, the steep direction goes left and right and left, which cancels; the flat one goes forward every time. So
# add up the past gradients, with a discount for old ones. This is **momentum**:
#
# $$v_t = \beta v_{t-1} + g_t, \qquad w_t = w_{t-1} - \eta\, v_t$$
#
# Here $v_t$ is the velocity so far, starting from $v_0 = 0$, and $\beta$ the share kept at each step, usually 0.9. If the gradient
# is always $g$, then $v$ tends to $g(1 + \beta + \beta^2 + \cdots) = g/(1-\beta)$, which is more; if it changes its sign at every
# step, only $g(1 - \beta + \beta^2 - \cdots) = g/(1+\beta)$ is left, which is less.
#
# The function `moves` makes an optimizer with learning rate 1 (`make` is its class), feeds it ready-made gradients, and takes
# the differences of neighbouring places with `diff`: how far each step goes. The gradient of the first
# parameter is always 1, that of the second alternates in sign.


# %%
class Momentum(Optimizer):
    """SGD with momentum (动量法), 0 <= beta <= 1, else ``ValueError``.

    Otherwise as ``Optimizer``. Source: Polyak (1964), in torch's form.
    """

    def __init__(self, params, lr, beta: float = 0.9, weight_decay: float = 0.0):
        super().__init__(params, lr, weight_decay)
        if not 0 <= beta <= 1:
            raise ValueError(f"beta must lie in [0, 1], got {beta}")
        self.beta = beta

    def update(self, p: Tensor, g: Tensor, state: dict) -> None:
        """Along the discounted sum of gradients (沿累计的梯度走)."""
        state["v"] = self.beta * state.get("v", 0) + g
        p -= self.lr * state["v"]


def moves(make: Callable[..., Optimizer], gradients: Tensor) -> Tensor:
    """How far each step goes, in learning rates (每步走几个学习率).

    ``gradients``: float, shape (steps, d), d separate parameters; so is the
    result, positive when the parameter falls. Raises like ``check_float``,
    ``ValueError`` for other shapes.
    """
    check_float("gradients", gradients)
    if gradients.ndim != 2:
        found = tuple(gradients.shape)
        raise ValueError(f"gradients must have shape (steps, d), got {found}")
    p = torch.zeros_like(gradients[0])
    optimizer, path = make([p], lr=1.0), [p.clone()]
    for g in gradients:
        p.grad = g
        optimizer.step()
        path.append(p.clone())
    return -torch.stack(path).diff(dim=0)


if __name__ == "__main__":
    alternating = (-1.0) ** torch.arange(60)
    both = torch.stack([torch.ones(60), alternating], dim=1)
    glide = moves(Momentum, both)
    print(f"same sign: {glide[-1, 0]:.2f}  alternating: {glide[-1, 1].abs():.2f}")

# %% tags=["plot"] alt_zh="梯度总是 1 时，动量的步长从 1 逐渐升到接近 10；梯度正负交替时，步长缩到约 0.5，仍正负交替。灰线是不用动量的步长 1。" alt_en="When the gradient is always 1, the step with momentum grows from 1 to nearly 10. When it alternates in sign, the step shrinks to about 0.5, still alternating. The gray line is the step of 1 without momentum."
if __name__ == "__main__":
    fig, ax = plt.subplots()
    count = torch.arange(1, 61)
    ax.plot(count, glide[:, 0], "-", color="C0", label="same sign")
    ax.plot(count, glide[:, 1], ".--", color="C1", lw=1, label="alternating")
    ax.axhline(1, color="gray", ls=":", label="no momentum")
    ax.set(xlabel="step", ylabel="step length (learning rates)")
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=3, fontsize=9)
    plt.show()

# %% [markdown] lang="zh"
# 不用动量，每步都长 1（灰线）。60 步后，动量把一致的方向放大到 `{python} f"{glide[-1, 0]:.2f}"`，
# 把来回摆的缩小到 `{python} f"{glide[-1, 1].abs():.2f}"`：**顺着谷加速，横着谷减震**。
#
# ## RMSProp：除以梯度的大小
# 另一个主意：每个参数的步子各定各的。梯度一向很大的，除以大数；一向很小的，除以小数。“一向”用**滑动平均**（moving average）来记：
#
# $$s_t = \beta s_{t-1} + (1 - \beta)\, g_t^2, \qquad w_t = w_{t-1} - \frac{\eta\, g_t}{\sqrt{s_t} + \varepsilon}$$
#
# $s_t$ 是梯度平方的平均，从 0 开始，越旧的占得越少，$\beta$ 取 0.99；$\sqrt{s_t}$ 就是梯度的典型大小。
# $\varepsilon$ 取 `1e-8`，防止 0 除以 0。这样一步约长 $\eta$，与梯度大小无关（开头几步除外）。

# %% [markdown] lang="en"
# Without momentum every step has length 1 (gray line). After 60 steps momentum has amplified the steady direction to
# `{python} f"{glide[-1, 0]:.2f}"` and reduced the swinging one to `{python} f"{glide[-1, 1].abs():.2f}"`: **faster along the
# valley, damped across it**.
#
# ## RMSProp: divide by the size of the gradient
# Another idea: give every parameter a step of its own. Where gradients are usually large, divide by a large number; where they are
# small, by a small one. "Usually" is kept by a **moving average**:
#
# $$s_t = \beta s_{t-1} + (1 - \beta)\, g_t^2, \qquad w_t = w_{t-1} - \frac{\eta\, g_t}{\sqrt{s_t} + \varepsilon}$$
#
# Here $s_t$ is an average of the squared gradients. It starts at 0 and gives less weight to older ones; $\beta$ is 0.99. Hence
# $\sqrt{s_t}$ is the typical size of the gradient. $\varepsilon$ is `1e-8` and prevents 0 divided by 0. A step is now about
# $\eta$ long, whatever the size of the gradient (except for the first few steps).


# %%
class RMSProp(Optimizer):
    """Divide by the typical size of the gradient (除以梯度的典型大小).

    ``beta2`` in [0, 1), ``eps`` >= 0, else ``ValueError``; otherwise as
    ``Optimizer``. Source: Tieleman and Hinton, lecture 6.5 (2012).
    """

    def __init__(self, params, lr, beta2=0.99, eps=1e-8, weight_decay=0.0):
        super().__init__(params, lr, weight_decay)
        check_settings(beta2=beta2, eps=eps)
        self.beta2, self.eps = beta2, eps

    def update(self, p: Tensor, g: Tensor, state: dict) -> None:
        """A step of about one learning rate (一步约长一个学习率)."""
        state["s"] = self.beta2 * state.get("s", 0) + (1 - self.beta2) * g**2
        p -= self.lr * g / (state["s"].sqrt() + self.eps)


# %% [markdown] lang="zh"
# ## Adam：两样都要，再修正
# **Adam** 把两个主意合起来：分子是梯度的滑动平均 $m_t$，分母是平方的滑动平均 $s_t$ 的平方根。动量里的和，换成了平均：
#
# $$m_t = \beta_1 m_{t-1} + (1 - \beta_1)\, g_t, \qquad s_t = \beta_2 s_{t-1} + (1 - \beta_2)\, g_t^2$$
#
# 通常 $\beta_1 = 0.9$，$\beta_2 = 0.999$。两个平均都从 0 开始，所以开头都偏小：第一步 $m_1$ 只有 $g_1$ 的 0.1，$s_1$ 只有
# $g_1^2$ 的 0.001。第 $t$ 步时，各个梯度的份额加起来是 $(1 - \beta)(1 + \beta + \cdots + \beta^{t-1}) = 1 - \beta^t$，不到 1，除以它就补足了。这叫**偏差修正**（bias correction）：
#
# $$\hat m_t = \frac{m_t}{1 - \beta_1^t}, \quad \hat s_t = \frac{s_t}{1 - \beta_2^t}, \quad w_t = w_{t-1} - \frac{\eta\, \hat m_t}{\sqrt{\hat s_t} + \varepsilon}$$

# %% [markdown] lang="en"
# ## Adam: both, and a correction
# **Adam** joins the two ideas: above the line a moving average $m_t$ of the gradients, below it the root of the average $s_t$ of
# their squares. What was a sum in momentum is now an average:
#
# $$m_t = \beta_1 m_{t-1} + (1 - \beta_1)\, g_t, \qquad s_t = \beta_2 s_{t-1} + (1 - \beta_2)\, g_t^2$$
#
# Usually $\beta_1 = 0.9$ and $\beta_2 = 0.999$. Both averages start at 0, so both are too small at first: $m_1$ is only 0.1 of $g_1$,
# and $s_1$ only 0.001 of $g_1^2$. At step $t$ the shares of all gradients add up to
# $(1 - \beta)(1 + \beta + \cdots + \beta^{t-1}) = 1 - \beta^t$, which is less than 1; divide by it, and the average is right. This is the **bias correction**:
#
# $$\hat m_t = \frac{m_t}{1 - \beta_1^t}, \quad \hat s_t = \frac{s_t}{1 - \beta_2^t}, \quad w_t = w_{t-1} - \frac{\eta\, \hat m_t}{\sqrt{\hat s_t} + \varepsilon}$$


# %%
class Adam(Optimizer):
    """Momentum over typical size, bias corrected (Adam).

    ``beta1``, ``beta2`` in [0, 1), ``eps`` >= 0, else ``ValueError``; otherwise
    as ``Optimizer``. Source: Kingma and Ba, "Adam" (2015), algorithm 1.
    """

    def __init__(
        self,
        params,
        lr,
        beta1=0.9,
        beta2=0.999,
        eps=1e-8,
        weight_decay=0.0,
    ):
        super().__init__(params, lr, weight_decay)
        check_settings(beta1=beta1, beta2=beta2, eps=eps)
        self.beta1, self.beta2, self.eps = beta1, beta2, eps

    def correct(self, average: Tensor, beta: float, t: int) -> Tensor:
        """An average that started at 0, made unbiased (偏差修正)."""
        return average / (1 - beta**t)

    def update(self, p: Tensor, g: Tensor, state: dict) -> None:
        """The mean gradient over its typical size (平均梯度除以典型大小)."""
        t = state["t"] = state.get("t", 0) + 1
        m = state["m"] = self.beta1 * state.get("m", 0) + (1 - self.beta1) * g
        s = state["s"] = self.beta2 * state.get("s", 0) + (1 - self.beta2) * g**2
        m, s = self.correct(m, self.beta1, t), self.correct(s, self.beta2, t)
        p -= self.lr * m / (s.sqrt() + self.eps)


# %% [markdown] lang="zh"
# ## AdamW：衰减另算
# [正则化](../ch04_classification/generalization.py) 给损失加上 $\frac{\lambda}{2} w^2$，把权重往 0 拉，梯度就多出 $\lambda w$。骨架里的
# `decayed` 加的正是它。可在 Adam 里，这一项也会被 $\sqrt{\hat s_t}$ 除，拉力就变了样。**AdamW** 不把它放进梯度，而是先直接缩小参数，再照 Adam 走：
#
# $$w_t = (1 - \eta\lambda)\, w_{t-1} - \frac{\eta\, \hat m_t}{\sqrt{\hat s_t} + \varepsilon}$$
#
# $\lambda$ 就是 `weight_decay`，这种直接缩小叫解耦的**权重衰减**（weight decay），PyTorch 默认 0.01。代码只改写 `decayed`，趁 `step` 来取梯度时缩小参数。

# %% [markdown] lang="en"
# ## AdamW: decay on its own
# [Regularization](../ch04_classification/generalization.py) adds $\frac{\lambda}{2} w^2$ to the loss and so pulls weights towards 0;
# the gradient gains $\lambda w$. That is what `decayed` adds in the skeleton. But in Adam this term, too, is divided by
# $\sqrt{\hat s_t}$, which distorts the pull. **AdamW** keeps it out of the gradient. It first shrinks the parameter directly, then
# goes on as Adam:
#
# $$w_t = (1 - \eta\lambda)\, w_{t-1} - \frac{\eta\, \hat m_t}{\sqrt{\hat s_t} + \varepsilon}$$
#
# $\lambda$ is `weight_decay`; this direct shrinking is called decoupled **weight decay**. PyTorch's default is 0.01. The code only rewrites
# `decayed`, which shrinks the parameter when `step` asks for its gradient.


# %%
class AdamW(Adam):
    """Adam with decoupled weight decay (解耦的权重衰减).

    Arguments and errors as in ``Adam``. Source: Loshchilov and Hutter (2019).
    """

    def __init__(
        self,
        params,
        lr,
        beta1=0.9,
        beta2=0.999,
        eps=1e-8,
        weight_decay=0.01,
    ):
        super().__init__(params, lr, beta1, beta2, eps, weight_decay)

    def decayed(self, p: Tensor) -> Tensor:
        """Shrink ``p`` in place; its gradient stays as it is (直接缩小参数)."""
        p *= 1 - self.lr * self.weight_decay
        return p.grad


# %% [markdown] lang="zh" tags=["check"]
# 和 PyTorch 自带的比：都从 $(0, 0)$ 走 100 步，每一步相差都小于 `1e-6` 吗？

# %% [markdown] lang="en" tags=["check"]
# Compare with PyTorch's own: both take 100 steps from $(0, 0)$. Do they stay within `1e-6` of each other
# at every step?

# %% tags=["check"]
if __name__ == "__main__":
    torch_sgd = torch.optim.SGD
    pairs = [
        (SGD, torch_sgd, {}),
        (Momentum, torch_sgd, {"momentum": 0.9}),
        (RMSProp, torch.optim.RMSprop, {}),
        (Adam, torch.optim.Adam, {}),
        (AdamW, torch.optim.AdamW, {}),
    ]
    for ours, theirs, options in pairs:
        p, q = (torch.zeros(2, dtype=torch.float64) for _ in range(2))
        us, them, apart = ours([p], lr=0.01), theirs([q], lr=0.01, **options), 0.0
        for _ in range(100):
            p.grad, q.grad = fare_gradient(p), fare_gradient(q)
            us.step()
            them.step()
            apart = max(apart, (p - q).abs().max().item())
        print(f"{ours.__name__:8} within 1e-6: {apart < 1e-6}")

# %% [markdown] lang="zh" tags=["check"]
# 五个都吻合。在 PyTorch 里，动量是 `SGD` 的选项 `momentum=0.9`。

# %% [markdown] lang="en" tags=["check"]
# All five agree. In PyTorch, momentum is an option of `SGD`, `momentum=0.9`.

# %% [markdown] lang="zh"
# ## 比赛：谁先到
# 误差取 $\sqrt{(w - 2)^2 + (b - 10)^2}$，即到目标的直线距离：它小于 0.1 元，两个价钱就都准到了 1 角。`steps_needed` 找出最后一个不准的步
# （`amax` 沿轴取最大的编号），此后一直准；走完还不准的，由 `masked_fill` 改成无穷大 `inf`。
#
# 学习率必须**各挑各的**：从 0.001 到 10 按等比取 33 个，`rates[:, None]` 让每行用一个，一次全跑，取步数最少的。

# %% [markdown] lang="en"
# ## The race: who arrives first?
# The error is $\sqrt{(w - 2)^2 + (b - 10)^2}$, the straight-line distance to the goal: once it is below 0.1 yuan, both prices are right to
# 0.1 yuan. `steps_needed` finds the last step that is not yet so close (`amax` takes the largest number along an axis); after it the
# path stays close. For a path that is not close at the end, `masked_fill` writes infinity, `inf`.
#
# Each optimizer must have **a rate of its own**: take 33 from 0.001 to 10, each larger than the last by the same factor; `rates[:, None]` gives
# each row one of them. Run all at once and take the one with the fewest steps.


# %%
def race(make: Callable[..., Optimizer], rates: Tensor, steps: int = 800) -> Tensor:
    """Paths from (0, 0), one for each rate (各学习率的路径).

    ``rates``: float of shape (k,); the result (steps + 1, k, 2). Raises like
    ``check_float``, ``check_rates``, ``check_count``, ``ValueError`` for shapes.
    """
    check_float("rates", rates)
    check_count("steps", steps)
    if rates.ndim != 1 or len(rates) == 0:
        wanted, found = "shape (k,), k >= 1", tuple(rates.shape)
        raise ValueError(f"rates must have {wanted}, got {found}")
    p = torch.zeros(len(rates), 2, dtype=rates.dtype)
    optimizer, path = make([p], lr=rates[:, None]), [p.clone()]
    for _ in range(steps):
        p.grad = fare_gradient(p)
        optimizer.step()
        path.append(p.clone())
    return torch.stack(path)


def distance(path: Tensor) -> Tensor:
    """Distance to the goal in yuan (到目标的距离), shape ``path.shape[:-1]``.

    Raises like ``check_pairs``.
    """
    check_pairs(path)
    return (path - path.new_tensor(GOAL)).norm(dim=-1)


def steps_needed(far: Tensor, within: float = 0.1) -> Tensor:
    """From which step on distances stay below ``within`` (所需步数), or inf.

    ``far``: float, shape (steps + 1, k), NaN counting as far; the result (k,).
    Raises like ``check_float``, ``ValueError`` for other shapes.
    """
    check_float("far", far)
    if far.ndim != 2 or len(far) == 0:
        found = tuple(far.shape)
        raise ValueError(f"far must have shape (steps + 1, k), got {found}")
    number = torch.arange(1, len(far) + 1)[:, None]
    last = (~(far < within) * number).amax(dim=0).double()  # 0 if never outside
    return last.masked_fill(last == len(far), math.inf)


# %% [markdown] lang="zh" tags=["predict"]
# 1. 动量能省掉多少步：一半，还是九成？
# 2. Adam 兼有两个主意，它会是第一名吗？
# 3. 五个里有一个走 800 步也到不了，会是谁？

# %% [markdown] lang="en" tags=["predict"]
# 1. How many steps does momentum save: half of them, or nine in ten?
# 2. Adam has both ideas. Does it come first?
# 3. One of the five does not arrive within 800 steps. Which?

# %%
if __name__ == "__main__":
    rates = 0.001 * 10 ** (torch.arange(33, dtype=torch.float64) / 8)
    walks, needed, chosen = {}, {}, {}
    for make in (SGD, Momentum, RMSProp, Adam, AdamW):
        name, paths = make.__name__, race(make, rates)
        needs = steps_needed(distance(paths))
        best = needs.argmin().item()
        if needs[best] == math.inf:
            best = chosen["Adam"]  # none arrives: Adam's rate
        chosen[name], walks[name], needed[name] = best, paths[:, best], needs[best]
        end = distance(walks[name])[-1]
        print(f"{name:8} lr = {rates[best]:.4f}", end="")
        print(f"  steps = {needed[name]:3.0f}  end = {end:.2f}")

    def long_memory(params, lr):
        return RMSProp(params, lr, beta2=0.999)

    longer = steps_needed(distance(race(long_memory, rates))).min()
    print(f"RMSProp, beta2 = 0.999  steps = {longer:.0f}")

# %% tags=["plot"] alt_zh="两幅图，同一个狭长的山谷，各画前 `{python} shown - 1` 步。左：SGD 先冲到谷底，再沿谷慢慢爬，还不到半路；动量横着摆动，幅度越来越小，已到星号。右：Adam 摆了几个大弯，已在星号旁；AdamW 起初同路，停在星号前；RMSProp 直走一段就慢下来，还远。" alt_en="Two panels of one long narrow valley, each with the first `{python} shown - 1` steps. Left: SGD drops to the valley floor, then creeps along it and is not half-way; momentum swings across the valley, ever less, and has reached the star. Right: Adam swings in a few wide bends and is beside the star; AdamW goes the same way at first but stays before the star; RMSProp goes straight for a bit, slows down and is still far away."
if __name__ == "__main__":
    fig, axes = plt.subplots(1, 2, figsize=(7, 3.9), sharey=True)
    all_w = torch.linspace(-1, 7, 80, dtype=torch.float64)
    all_b = torch.linspace(-1, 14, 80, dtype=torch.float64)
    off = torch.stack(torch.meshgrid(all_w - 2, all_b - 10, indexing="xy"), dim=-1)
    height = (off @ hessian * off).sum(dim=-1) / 2
    styles = {
        "SGD": ("o-", "C0"),
        "Momentum": ("s-", "C1"),
        "RMSProp": ("d:", "C2"),
        "Adam": ("^-", "C3"),
        "AdamW": ("x--", "C4"),
    }
    every = {"RMSProp": 5, "Adam": (0, 2), "AdamW": (1, 2)}  # marks apart
    shown = int(needed["Momentum"]) + 1
    sides = (["SGD", "Momentum"], ["RMSProp", "Adam", "AdamW"])
    for ax, names in zip(axes, sides, strict=True):
        levels = [0.5, 5, 20, 60, 150]
        ax.contour(all_w, all_b, height, levels, colors="gray", linewidths=0.8)
        for name in names:
            marker, color = styles[name]
            style = {"color": color, "ms": 4, "lw": 1, "label": name}
            path = walks[name][:shown]
            ax.plot(*path.T, marker, mfc="none", markevery=every.get(name), **style)
            ax.plot(*path[-1], marker[0], color=color, ms=9)
        ax.plot(*GOAL, "*", color="black", markersize=12, label="truth")
        ax.set(xlim=(-1, 7), ylim=(-1, 14), xlabel="price per km (yuan)")
        ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=2, fontsize=9)
    axes[0].set_ylabel("base fare (yuan)")
    plt.show()

# %% tags=["plot"] alt_zh="离目标的距离随迭代步变化，纵轴为对数。动量和 Adam 不到 100 步就降到虚线 0.1 元以下；SGD 要七百多步；RMSProp 五百多步就到了，七百步前后又跳出来一次；AdamW 最后还差 `{python} f'{end:.2f}'` 元。" alt_en="Distance to the goal against the step, on a logarithmic axis. Momentum and Adam fall below the dashed line at 0.1 yuan in fewer than 100 steps; SGD takes more than seven hundred; RMSProp arrives after some five hundred but jumps out once around seven hundred; AdamW is still `{python} f'{end:.2f}'` yuan off at the end."
if __name__ == "__main__":
    fig, ax = plt.subplots()
    lines = ("-", "--", ":", "-", "-.")
    for name, line in zip(walks, lines, strict=True):
        far, color = distance(walks[name]), styles[name][1]
        ax.plot(far, line, color=color, lw=1.3, label=name)
    ax.axhline(0.1, color="black", ls="--", lw=0.8)
    ax.set(yscale="log", ylim=(0.01, 30), xlabel="step")
    ax.set_ylabel("distance to the goal (yuan)")
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=3, fontsize=9)
    plt.show()

# %% [markdown] lang="zh"
# `steps` 是步数，`end` 是 800 步后的误差。上图只画前 `{python} f"{needed['Momentum']:.0f}"` 步，大记号是终点，灰线是等高线；下图的虚线是 0.1 元。
#
# SGD 要 `{python} f"{needed['SGD']:.0f}"` 步，动量只要 `{python} f"{needed['Momentum']:.0f}"` 步，省掉九成：它左右摆，但越摆越小，朝前却在加速。
# Adam 要 `{python} f"{needed['Adam']:.0f}"` 步，没有更快。学习率的意思也变了：Adam 的 `{python} f"{rates[chosen['Adam']]:.1f}"` 约是开头每步走的元数；
# 换给 SGD，已是界限的 `{python} f"{rates[chosen['Adam']] * steep / 2:.0f}"` 倍。
#
# RMSProp 只记得最近百来步：梯度变小，分母很快也变小，步子总在 $\eta$ 左右，$\eta$ 只好很小；就这样，到了还会跳出来（下图的尖峰）。
# 把它的 $\beta$ 也改成 0.999（输出的最后一行），就只要 `{python} f"{longer:.0f}"` 步：它还记得开头的大梯度，步子便随梯度变短。Adam 正是这样。
# AdamW 用哪个学习率，800 步内都到不了，这里借了 Adam 的：衰减总把两个价钱往 0 拉，最后还差 `{python} f"{distance(walks['AdamW'])[-1]:.2f}"` 元。
#
# ## 换成神经网络
# 真实的出租车费有转折：10 元含 3 km，之后每公里 2 元，超过 10 km 每公里 3 元。让 8 个 tanh 单元的网络学它：32 趟车，0.5 到 20 km，
# 距离和车费都标准化。每步用全部数据，共 200 步。最后算均方根误差（RMSE），乘回车费的标准差，单位就是元。
#
# 一个种子可能碰巧，所以每种优化器试 9 个学习率，各用 10 个种子，挑中位误差最小的，再用 20 个**新**种子打分，免得把运气也算成本领。
# 所有网络排在最前的轴上一起训练；`repeat` 把整组网络抄 9 份，`repeat_interleave` 把每个学习率连写 10 遍，正好对上；
# `nan_to_num` 把发散得到的 `nan` 记作 `inf`。

# %% [markdown] lang="en"
# `steps` counts the steps; `end` is the error after 800. The upper figure only shows the first
# `{python} f"{needed['Momentum']:.0f}"` steps, with a large mark at the last and gray contours; the dashed line in the lower one
# is 0.1 yuan.
#
# SGD takes `{python} f"{needed['SGD']:.0f}"` steps, momentum only `{python} f"{needed['Momentum']:.0f}"`: nine in ten are saved. Its path
# swings from side to side, but ever less, while it speeds up forward. Adam takes `{python} f"{needed['Adam']:.0f}"` and is no
# faster. A learning rate also has a new meaning: Adam's `{python} f"{rates[chosen['Adam']]:.1f}"` is about the yuan it goes in each of
# its first steps, yet it is `{python} f"{rates[chosen['Adam']] * steep / 2:.0f}"` times the limit of SGD.
#
# RMSProp remembers only the last hundred steps or so. When gradients get smaller, its denominator soon does too, and steps stay near
# $\eta$; so $\eta$ has to be small, and even then it jumps out again after arriving (the spike in the lower figure). Set its
# $\beta$ to 0.999 as well (the last line of output), and it takes only
# `{python} f"{longer:.0f}"`: it still remembers the large gradients of the start, so its steps get shorter with the gradient.
# That is what Adam does. AdamW does not arrive within 800 steps at any rate, so here it has Adam's: decay keeps pulling both prices towards 0, and
# in the end `{python} f"{distance(walks['AdamW'])[-1]:.2f}"` yuan are missing.
#
# ## Now a neural network
# Real taxi fares have bends: 10 yuan for the first 3 km, then 2 yuan a kilometre, beyond 10 km 3 yuan. Let a network of 8 tanh units
# learn this from 32 rides of 0.5 to 20 km, with distance and fare standardized. Each of 200 steps uses all the data. At the end
# take the root mean squared error (RMSE) and multiply it by the standard deviation of the fares, which makes it yuan again.
#
# One seed may be luck. So each optimizer tries 9 learning rates with 10 seeds each; the rate with the smallest median error is then
# scored on 20 **new** seeds, which keeps luck from passing for skill. All networks are lined up along the first axis and trained together:
# `repeat` copies the whole group 9 times, `repeat_interleave` writes each rate 10 times in a row, and the two match; `nan_to_num`
# turns the `nan` of diverged runs into `inf`.


# %%
def taxi_rides(n: int = 32) -> tuple[Tensor, Tensor, float]:
    """Standardized distances and fares, and the fares' standard deviation (车费).

    Both float32 of shape (n, 1); the last in yuan. ``n`` must be at least 2.
    """
    check_count("n - 1", n - 1)
    km = torch.linspace(0.5, 20, n).reshape(-1, 1)
    yuan = 10 + 2 * (km - 3).clamp(min=0) + (km - 10).clamp(min=0)
    x, y = ((t - t.mean()) / t.std() for t in (km, yuan))
    return x, y, yuan.std().item()


def make_nets(seeds: Sequence[int], width: int = 8) -> list[Tensor]:
    """Fresh parameters w1, b1, w2, b2, one network a seed (新网络).

    Shapes (s, 1, width) twice, (s, width, 1), (s, 1, 1), standard normal, w2
    divided by the root of ``width``. ``ValueError`` for no seeds or bad width.
    """
    check_count("width", width)
    check_count("the number of seeds", len(seeds))
    nets = []
    for seed in seeds:
        rng = torch.Generator().manual_seed(seed)
        w1, b1, w2 = torch.randn(3, width, generator=rng)
        shaped = (w1[None], b1[None], w2[:, None] / width**0.5, torch.zeros(1, 1))
        nets.append(shaped)
    return [torch.stack(group) for group in zip(*nets, strict=True)]


def train(optimizer: Optimizer, x: Tensor, y: Tensor, steps: int = 200) -> Tensor:
    """Train the networks in ``optimizer.params`` (训练): losses (steps + 1, s).

    Row k holds each network's loss after k steps. ``x``, ``y``: float, (n, 1).
    Raises like ``check_count``, ``check_float``; ``ValueError`` for shapes.
    """
    check_count("steps", steps)
    check_float("x", x)
    check_float("y", y)
    if x.shape != y.shape or x.ndim != 2 or x.shape[1] != 1 or len(x) == 0:
        found = f"{tuple(x.shape)} and {tuple(y.shape)}"
        raise ValueError(f"x and y must both have shape (n, 1), got {found}")
    losses, (w1, b1, w2, b2) = [], optimizer.params
    for k in range(steps + 1):
        pred = torch.tanh(x @ w1 + b1) @ w2 + b2
        loss = ((pred - y) ** 2).mean(dim=(1, 2))
        losses.append(loss.detach())
        if k < steps:
            for p in optimizer.params:
                p.grad = None
            loss.sum().backward()  # each network only sees its own loss
            optimizer.step()
    return torch.stack(losses)


def final_rmse(
    make: Callable[..., Optimizer], rates: Sequence[float], seeds: Sequence[int]
) -> Tensor:
    """Typical error after training in yuan (训练后的典型误差), (rates, seeds).

    Diverged runs count as inf. Raises like ``make_nets`` and ``check_rates``.
    """
    check_count("the number of rates", len(rates))
    x, y, yuan = taxi_rides()
    params = [p.repeat(len(rates), 1, 1) for p in make_nets(seeds)]
    each = torch.tensor(rates).repeat_interleave(len(seeds)).reshape(-1, 1, 1)
    optimizer = make([p.requires_grad_() for p in params], lr=each)
    rmse = train(optimizer, x, y)[-1].sqrt() * yuan
    return rmse.nan_to_num(nan=math.inf).reshape(len(rates), len(seeds))


if __name__ == "__main__":
    net_rates = [0.004 * 2**k for k in range(9)]
    tuned, fresh, medians = {}, {}, {}
    for make in (SGD, Momentum, RMSProp, Adam, AdamW):
        name, errors = make.__name__, final_rmse(make, net_rates, range(10))
        medians[name] = errors.median(dim=1).values
        tuned[name] = net_rates[medians[name].argmin()]
        fresh[name] = final_rmse(make, [tuned[name]], range(20, 40))[0]
        low, mid, high = (fresh[name].quantile(q) for q in (0, 0.5, 1))
        print(f"{name:8} lr = {tuned[name]:.3f}  min = {low:.2f}", end="")
        print(f"  median = {mid:.2f}  max = {high:.2f}")
    duel = (fresh["Adam"] < fresh["Momentum"]).sum().item()
    good = {name: int((m < 0.7).sum()) for name, m in medians.items()}
    print(f"Adam below Momentum: {duel} of 20")
    print(f"rates below 0.7 yuan: {good}")

# %% tags=["plot"] alt_zh="五种优化器训练后的典型误差随学习率变化，取 10 个种子的中位数，两轴都是对数。动量、Adam 和 AdamW 的曲线底部又宽又平，几乎重合；SGD 一路下降，动量最后也降到谷底，再往右两者都发散，没有点；RMSProp 在小学习率处最低，再往右误差急剧升高。" alt_en="Typical error after training against the learning rate for the five optimizers, median of 10 seeds, both axes logarithmic. The curves of momentum, Adam and AdamW have a wide flat bottom and nearly coincide there; SGD falls all the way; farther right, SGD and momentum diverge and have no points; RMSProp is lowest at small rates and far worse to the right."
if __name__ == "__main__":
    fig, ax = plt.subplots()
    for name, values in medians.items():
        marker, color = styles[name]
        marker = "d:" if name == "RMSProp" else marker
        style = {"color": color, "markersize": 5, "lw": 1.2, "label": name}
        ax.plot(net_rates, values, marker, mfc="none", **style)
    ax.set(xscale="log", yscale="log", xlabel="learning rate", ylim=(0.2, 14))
    ax.set(ylabel="RMSE (yuan)", yticks=[0.3, 1, 3, 10], xticks=[0.01, 0.1, 1])
    ax.set_yticklabels(["0.3", "1", "3", "10"])
    ax.set_xticklabels(["0.01", "0.1", "1"])
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=3, fontsize=9)
    plt.show()

# %% [markdown] lang="zh"
# 前五行的误差以元计；图里断掉的线，再往右就发散了。
#
# Adam 的中位数最低，`{python} f"{fresh['Adam'].quantile(0.5):.2f}"` 元，动量是 `{python} f"{fresh['Momentum'].quantile(0.5):.2f}"` 元；
# 20 个种子里 Adam 赢了 `{python} duel` 个。可它最差的一个错了 `{python} f"{fresh['Adam'].max():.2f}"` 元，动量最差也不过
# `{python} f"{fresh['Momentum'].max():.2f}"` 元：看图，Adam 挑中的学习率再大一档，误差就回升。Adam 的长处是**不挑**：
# 以 0.7 元为界（换成 0.5 或 1 元，次序不变），9 个学习率有 `{python} good["Adam"]` 个合格，动量 `{python} good["Momentum"]` 个，SGD 只有 `{python} good["SGD"]` 个。
#
# 常见的说法是“Adam 总比 SGD 好”。图上随便取一个学习率，确实如此。可各自挑好学习率，SGD 加动量在山谷里不输，在网络上稳得多。换个问题，还得重新比。

# %% [markdown] lang="en"
# The errors in the first five lines are in yuan. Where a curve in the figure breaks off, larger rates diverge.
#
# Adam has the lowest median, `{python} f"{fresh['Adam'].quantile(0.5):.2f}"` yuan, against
# `{python} f"{fresh['Momentum'].quantile(0.5):.2f}"` for momentum, and wins on `{python} duel` of the 20 seeds. But its worst network is
# wrong by `{python} f"{fresh['Adam'].max():.2f}"` yuan, that of momentum by no more than
# `{python} f"{fresh['Momentum'].max():.2f}"`: one rate above the one Adam chose, the figure shows, its error rises again. Adam's strength is
# that it is **not choosy**: if we ask for less than 0.7 yuan (0.5 or 1 give the same order), `{python} good["Adam"]` of the 9 rates
# will do; momentum has `{python} good["Momentum"]` such rates, SGD only `{python} good["SGD"]`.
#
# One often reads that "Adam is always better than SGD". At any single rate in the figure, so it is. But with a tuned rate for each, SGD with
# momentum is as fast in the valley and far steadier on the network. On another problem, compare again.

# %% [markdown] lang="zh"
# ## 四个常见错误
# ### 忘了偏差修正

# %% [markdown] lang="en"
# ## Four common mistakes
# ### No bias correction

# %% [markdown] lang="zh" tags=["predict"]
# 不修正，第一步的 $m_1$ 和 $s_1$ 都偏小。那么 Adam 的第一步会太短，还是太长？

# %% [markdown] lang="en" tags=["predict"]
# Without the correction, $m_1$ and $s_1$ are both too small. Is Adam's first step then too short, or too long?


# %% tags=["bug"]
class UncorrectedAdam(Adam):
    """Adam without bias correction (错误示范)."""

    def correct(self, average: Tensor, beta: float, t: int) -> Tensor:
        """Leave the average as it is (不修正)."""
        return average


if __name__ == "__main__":
    constant = torch.ones(60, 1, dtype=torch.float64)
    starts = {}
    for make in (Adam, UncorrectedAdam, RMSProp):
        starts[make] = moves(make, constant)[:, 0]
        longest = starts[make].argmax().item()
        print(f"{make.__name__}: first = {starts[make][0]:.2f}", end="")
        print(f"  largest = {starts[make][longest]:.2f}")

# %% tags=["plot"] alt_zh="梯度总是 1 时前 60 步的步长。Adam 始终是 1；不修正的 Adam 从约 3 升到约 `{python} f'{starts[UncorrectedAdam].max():.1f}'`，再慢慢下降；RMSProp 从 10 降到略高于 1。" alt_en="Step lengths of the first 60 steps when the gradient is always 1. Adam stays at 1; Adam without correction rises from about 3 to about `{python} f'{starts[UncorrectedAdam].max():.1f}'` and then falls slowly; RMSProp falls from 10 to a little above 1."
if __name__ == "__main__":
    fig, ax = plt.subplots()
    looks = {
        Adam: ("-", "C3", "Adam"),
        UncorrectedAdam: ("--", "C5", "Adam, no correction"),
        RMSProp: (":", "C2", "RMSProp"),
    }
    for make, (line, color, label) in looks.items():
        ax.plot(count, starts[make], line, color=color, lw=1.8, label=label)
    ax.set(xlabel="step", ylabel="step length (learning rates)", ylim=(0, 10.5))
    ax.legend(loc="upper right")
    plt.show()

# %% [markdown] lang="zh" tags=["bug"]
# 常听说“不修正，开头的步子就太小”。其实偏小的只是两个**平均**：$m_1$ 是该有的 0.1，分母 $\sqrt{s_1}$ 却只有该有的 $\sqrt{0.001}$，约 `{python} f"{0.001**0.5:.3f}"`。
# 一除，第一步反而**太长**，`{python} f"{starts[UncorrectedAdam][0]:.2f}"` 个学习率，最长时 `{python} f"{starts[UncorrectedAdam].max():.1f}"` 个。
# RMSProp 不修正（PyTorch 的也一样），第一步是学习率的 `{python} f"{starts[RMSProp][0]:.0f}"` 倍。

# %% [markdown] lang="en" tags=["bug"]
# One often hears "without it, the first steps are too small". But only the two **averages** are too small. $m_1$ is 0.1 of what
# it should be, yet the root below it, $\sqrt{s_1}$, is only $\sqrt{0.001}$ of that, about `{python} f"{0.001**0.5:.3f}"`.
# Divide, and the first step is **too long**:
# `{python} f"{starts[UncorrectedAdam][0]:.2f}"` learning rates, at worst
# `{python} f"{starts[UncorrectedAdam].max():.1f}"`. RMSProp has no
# correction, in PyTorch either, so its first step is `{python} f"{starts[RMSProp][0]:.0f}"` times the learning rate.

# %% [markdown] lang="zh"
# ### 把 L2 当成权重衰减

# %% [markdown] lang="en"
# ### Taking L2 for weight decay

# %% [markdown] lang="zh" tags=["bug"]
# 两个权重从 1 出发，梯度一个是 ±100（`loud`），一个是 ±0.01（`quiet`），每步变号，损失几乎不推动它们。第一行不衰减，后两行的 $\lambda$ 是 0.1：

# %% [markdown] lang="en" tags=["bug"]
# Two weights start at 1. The gradients of one are ±100 (`loud`), of the other ±0.01 (`quiet`), with a new sign at each step; so the loss
# hardly moves them. The first line is without decay; in the other two $\lambda$ is 0.1:


# %% tags=["bug"]
def after_decay(make: Callable[..., Optimizer], decay: float, steps: int = 300):
    """Two weights, loud and quiet gradients, decayed (衰减之后): a (2,) tensor.

    Learning rate 0.01. Raises like ``check_count`` and ``check_settings``.
    """
    check_count("steps", steps)
    p = torch.ones(2, dtype=torch.float64)
    optimizer = make([p], lr=0.01, weight_decay=decay)
    for k in range(steps):
        p.grad = (-1) ** k * p.new_tensor([100, 0.01])
        optimizer.step()
    return p


if __name__ == "__main__":
    left = {}
    for make, decay in ((Adam, 0.0), (Adam, 0.1), (AdamW, 0.1)):
        loud, quiet = left[make, decay] = after_decay(make, decay).tolist()
        print(f"{make.__name__:5} {decay}  loud = {loud:.3f}  quiet = {quiet:.3f}")

# %% [markdown] lang="zh" tags=["bug"]
# 不衰减，两个都剩 `{python} f"{left[Adam, 0.0][0]:.2f}"`（开头没有旧梯度可抵消）。AdamW 再乘 $(1 - \eta\lambda)^{300}$，约 `{python} f"{(1 - 0.01 * 0.1) ** 300:.2f}"`，
# 两个都剩 `{python} f"{left[AdamW, 0.1][0]:.2f}"`，不管梯度多大。Adam 里的 L2 却被梯度的大小除过：梯度大的几乎不衰减，
# 剩 `{python} f"{left[Adam, 0.1][0]:.2f}"`；梯度小的被拉到 0 附近。所以 `Adam(weight_decay=…)` 和 `AdamW(weight_decay=…)` 不能互换；想要衰减，用 AdamW。
# 用 SGD 时两者是一回事：$w - \eta (g + \lambda w) = (1 - \eta\lambda) w - \eta g$。

# %% [markdown] lang="en" tags=["bug"]
# Without decay both are left at `{python} f"{left[Adam, 0.0][0]:.2f}"` (at the start no old gradient is there to cancel with). AdamW
# multiplies by another $(1 - \eta\lambda)^{300}$, about `{python} f"{(1 - 0.01 * 0.1) ** 300:.2f}"`, and leaves both at
# `{python} f"{left[AdamW, 0.1][0]:.2f}"`, whatever their gradients. In Adam, L2 is divided by the size of the gradient: the
# weight with large ones hardly decays and stays at `{python} f"{left[Adam, 0.1][0]:.2f}"`, the one with small ones is
# drawn close to 0. So `Adam(weight_decay=…)` and `AdamW(weight_decay=…)` are not interchangeable; for decay, use AdamW. For SGD the
# two are the same: $w - \eta (g + \lambda w) = (1 - \eta\lambda) w - \eta g$.

# %% [markdown] lang="zh"
# ### 几个参数共用一本记录

# %% [markdown] lang="en"
# ### One record for several parameters

# %% [markdown] lang="zh" tags=["bug"]
# `[{}] * n` 看着像 $n$ 本记录，其实是同一本写了 $n$ 次。$w$ 的速度于是混进 $b$ 的更新：

# %% [markdown] lang="en" tags=["bug"]
# `[{}] * n` looks like $n$ records, but it is one, listed $n$ times. So the velocity of $w$ gets into the update of $b$:


# %% tags=["bug"]
class SharedMomentum(Momentum):
    """Momentum with one record for all parameters (错误示范)."""

    def __init__(self, params, lr, **settings):
        super().__init__(params, lr, **settings)
        self.state = [{}] * len(self.params)  # wrong: the same dict n times


if __name__ == "__main__":
    ends = {}
    for make in (Momentum, SharedMomentum):
        place = torch.zeros(2, dtype=torch.float64)
        w, b = place[:1], place[1:]  # two parameters, views of place
        optimizer = make([w, b], lr=0.01)
        for _ in range(100):
            g = fare_gradient(place)
            w.grad, b.grad = g[:1], g[1:]
            optimizer.step()
        ends[make] = (b - 10).abs().item()
        print(f"w = {w.item():.2f}  b = {b.item():.2f}")
    right, shared = ends.values()  # errors of b

# %% [markdown] lang="zh" tags=["bug"]
# 同样走 100 步，$b$ 的误差从 `{python} f"{right:.2f}"` 元变成 `{python} f"{shared:.1f}"` 元。要写
# `[{} for _ in params]`，每个参数一本。

# %% [markdown] lang="en" tags=["bug"]
# After the same 100 steps the error of $b$ is `{python} f"{shared:.1f}"` yuan instead of `{python} f"{right:.2f}"`. Write
# `[{} for _ in params]`, one record each.

# %% [markdown] lang="zh"
# ### 省掉 ε

# %% [markdown] lang="en"
# ### Leaving out ε

# %% tags=["bug"]
if __name__ == "__main__":
    p = torch.tensor([1.0, 1.0])
    p.grad = torch.tensor([0.5, 0.0])  # the second one: a dead unit, say
    Adam([p], lr=0.1, eps=0).step()
    print(p.tolist())

# %% [markdown] lang="zh" tags=["bug"]
# 第二个参数的梯度是 0（[激活函数](../ch05_networks/activations.py) 里的死单元就是这样），0 除以 0 得 `nan`，随后传遍网络。
# 有了 $\varepsilon$，这一步就是 0。

# %% [markdown] lang="en" tags=["bug"]
# The gradient of the second parameter is 0, as for a dead unit in [activation functions](../ch05_networks/activations.py). 0 divided by
# 0 is `nan`, which soon spreads through the whole network. With $\varepsilon$ the step is simply 0.

# %% [markdown] lang="zh"
# ## 回到车费
# 起步 `{python} f"{walks['Momentum'][-1, 1]:.0f}"` 元，每公里 `{python} f"{walks['Momentum'][-1, 0]:.0f}"` 元。准到 0.1 元，SGD 要
# `{python} f"{needed['SGD']:.0f}"` 步，动量 `{python} f"{needed['Momentum']:.0f}"` 步，省了 `{python} f"{needed['SGD'] - needed['Momentum']:.0f}"` 步；
# 代价是每个参数多记一个数（Adam 多记两个）。训练自己的网络，不妨从不挑学习率的 Adam 或 AdamW 开始，再和挑好学习率的动量比。

# %% [markdown] lang="en"
# ## Back to the fares
# The base fare is `{python} f"{walks['Momentum'][-1, 1]:.0f}"` yuan, a kilometre
# `{python} f"{walks['Momentum'][-1, 0]:.0f}"`. To be right to
# 0.1 yuan, SGD takes `{python} f"{needed['SGD']:.0f}"` steps and momentum `{python} f"{needed['Momentum']:.0f}"`; that saves
# `{python} f"{needed['SGD'] - needed['Momentum']:.0f}"`. The price is one more number kept for each parameter (two for
# Adam). For a network of
# your own, start with Adam or AdamW, which are not choosy about the rate; then compare with momentum at a tuned rate.

# %% [markdown] lang="zh"
# ## 练习

# %% [markdown] lang="en"
# ## Exercises

# %% [markdown] lang="zh" tags=["exercise"]
# 一批 16 个样本，有人把损失里的平均写成了求和，梯度成了 16 倍。哪些优化器走的路会变？先猜，再用 `moves` 验证。

# %% [markdown] lang="en" tags=["exercise"]
# For a batch of 16 samples, someone wrote a sum for the mean in the loss, which makes gradients 16 times larger. Which
# optimizers now walk differently? Guess, then check with `moves`.


# %% tags=["solution"]
def scale_effect(make: Callable[..., Optimizer], scale: float = 16) -> float:
    """How many times longer ``scale`` times the gradient makes steps (放大几倍).

    Over five fixed steps. ``ValueError`` unless ``scale`` is positive.
    """
    if not 0 < scale < math.inf:
        raise ValueError(f"scale must be positive and finite, got {scale}")
    g = torch.tensor([[1.0], [0.5], [-0.3], [0.8], [0.2]], dtype=torch.float64)
    return (moves(make, scale * g).norm() / moves(make, g).norm()).item()


if __name__ == "__main__":
    for make in (SGD, Momentum, RMSProp, Adam, AdamW):
        print(f"{make.__name__:8} x {scale_effect(make):.2f}")

# %% [markdown] lang="zh" tags=["solution"]
# SGD 和动量的步子也成了 16 倍，等于学习率乘 16；另外三个除以梯度的大小，毫无变化。所以用 Adam 时，这种错误不会露马脚。

# %% [markdown] lang="en" tags=["solution"]
# SGD and momentum take steps 16 times longer, as if the learning rate were 16 times larger. The other three divide by the size of
# the gradient and do not change. So with Adam this mistake does not show.

# %% [markdown] lang="zh" tags=["exercise"]
# 忘了清梯度，`.grad` 里就是至今所有梯度之和。这相当于 $\beta$ 取多少的动量？写出来，走 50 步验证。

# %% [markdown] lang="en" tags=["exercise"]
# If you forget to clear gradients, `.grad` holds the sum of all so far. Which $\beta$ of momentum is that? Write it and check over
# 50 steps.


# %% tags=["solution"]
def uncleared(lr: float = 0.001, steps: int = 50) -> Tensor:
    """SGD on the fares whose gradients pile up (不清梯度), path (steps + 1, 2).

    Raises like ``check_count`` and ``check_rates``.
    """
    check_count("steps", steps)
    p = torch.zeros(2, dtype=torch.float64)
    p.grad, optimizer, path = torch.zeros_like(p), SGD([p], lr), [p.clone()]
    for _ in range(steps):
        p.grad += fare_gradient(p)
        optimizer.step()
        path.append(p.clone())
    return torch.stack(path)


def undamped(params: Iterable[Tensor], lr: float | Tensor) -> Momentum:
    """Momentum that forgets nothing (不打折的动量)."""
    return Momentum(params, lr, beta=1)


if __name__ == "__main__":
    kept = race(undamped, rates[:1], steps=50)[:, 0]
    print(f"same path: {torch.allclose(kept, uncleared(), rtol=0, atol=1e-9)}")

# %% [markdown] lang="zh" tags=["solution"]
# $\beta = 1$：什么也不忘，像没有摩擦的钟摆。打的折扣就是摩擦。

# %% [markdown] lang="en" tags=["solution"]
# $\beta = 1$: it forgets nothing, like a pendulum without friction. The discount is the friction.

# %% [markdown] lang="zh" tags=["exercise"]
# 知道两个曲率 $\lambda_{\min}$、$\lambda_{\max}$（与权重衰减的 $\lambda$ 无关）时，动量的最佳设置有公式（Polyak）：
#
# $$\eta = \frac{4}{(\sqrt{\lambda_{\max}} + \sqrt{\lambda_{\min}})^2}, \qquad \beta = \Bigl(\frac{\sqrt{\kappa} - 1}{\sqrt{\kappa} + 1}\Bigr)^2$$
#
# 这个山谷的最佳 $\beta$ 是多少？走到误差小于 0.1 元，比 0.9 省几步？小于 `1e-6` 元呢？

# %% [markdown] lang="en" tags=["exercise"]
# If you know the two curvatures $\lambda_{\min}$ and $\lambda_{\max}$ (not the $\lambda$ of weight decay), there is
# a formula for the best setting of momentum (Polyak):
#
# $$\eta = \frac{4}{(\sqrt{\lambda_{\max}} + \sqrt{\lambda_{\min}})^2}, \qquad \beta = \Bigl(\frac{\sqrt{\kappa} - 1}{\sqrt{\kappa} + 1}\Bigr)^2$$
#
# What is the best $\beta$ of this valley, and how many steps does it save against 0.9 until the error is below
# 0.1 yuan? Until it is below `1e-6` yuan?


# %% tags=["solution"]
def polyak(flat: float, steep: float) -> tuple[float, float]:
    """The best lr and beta of momentum between two curvatures (最佳设置).

    ``ValueError`` unless 0 < flat <= steep, both finite.
    """
    if not 0 < flat <= steep < math.inf:
        raise ValueError(f"need 0 < flat <= steep, got {flat} and {steep}")
    root = math.sqrt(steep / flat)
    lr = 4 / (math.sqrt(steep) + math.sqrt(flat)) ** 2
    return lr, ((root - 1) / (root + 1)) ** 2


if __name__ == "__main__":
    lr, beta = polyak(flat, steep)

    def best_momentum(params, lr):
        return Momentum(params, lr, beta=beta)

    best_far = distance(race(best_momentum, rates.new_tensor([lr])))
    usual_far = distance(walks["Momentum"])[:, None]
    print(f"lr = {lr:.4f}  beta = {beta:.3f}")
    counts = {}
    for within in (0.1, 1e-6):
        both = (steps_needed(far, within).item() for far in (best_far, usual_far))
        best_steps, usual_steps = counts[within] = tuple(both)
        print(f"within {within}: best = {best_steps:.0f}", end="")
        print(f"  0.9 = {usual_steps:.0f}")

# %% [markdown] lang="zh" tags=["solution"]
# $\beta$ 约为 `{python} f"{beta:.2f}"`。误差小于 0.1 元，只省 `{python} f"{counts[0.1][1] - counts[0.1][0]:.0f}"` 步；要求越高省得越多，小于 `1e-6` 元时省
# `{python} f"{counts[1e-6][1] - counts[1e-6][0]:.0f}"` 步。真实的网络不知道曲率，先用 0.9。

# %% [markdown] lang="en" tags=["solution"]
# $\beta$ is about `{python} f"{beta:.2f}"`. To 0.1 yuan it saves only `{python} f"{counts[0.1][1] - counts[0.1][0]:.0f}"`
# steps; the more
# accuracy you want, the more it saves: `{python} f"{counts[1e-6][1] - counts[1e-6][0]:.0f}"` steps to `1e-6` yuan. In a
# real network the curvatures are unknown; start with 0.9.

# %% [markdown] lang="zh"
# ## 小结
# - 动量累计过去的梯度：顺着谷加速，横着谷减震。
# - RMSProp 把梯度除以它的典型大小；Adam 两样都做，再修正开头的偏差。
# - AdamW 直接缩小参数，与 Adam 里的 L2 不是一回事。
# - 比较优化器，学习率各挑各的，多试种子，用新种子打分。
#
# 接下来：学习率该不该边走边变，见 [学习率调度与梯度裁剪](schedules_clipping.py)。

# %% [markdown] lang="en"
# ## Recap
# - Momentum adds up past gradients: faster along the valley, damped across it.
# - RMSProp divides the gradient by its typical size; Adam does both and corrects the start.
# - AdamW shrinks the parameters directly, which is not what L2 does in Adam.
# - To compare optimizers, tune the rate of each, use many seeds, and score on new ones.
#
# Next: should the learning rate change on the way? See [learning-rate schedules and clipping](schedules_clipping.py).
