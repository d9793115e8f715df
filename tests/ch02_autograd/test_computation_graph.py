import ast
import inspect
import math
import random
import re
import sys
from pathlib import Path
from weakref import WeakSet

import matplotlib.pyplot as plt
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.autograd.graph import saved_tensors_hooks

from lessons.ch02_autograd import computation_graph
from lessons.ch02_autograd.computation_graph import (
    Value,
    add_losses,
    backward,
    backward_overwriting,
    cardboard,
    check_count,
    check_domain,
    check_inputs,
    check_node,
    check_number,
    check_power,
    check_value,
    detach,
    draw_graph,
    everything,
    graph_nodes,
    numerical_gradient,
    saved_bytes,
    sqrt,
    to_value,
    topological_order,
    volume,
)

LESSON = Path(__file__).parents[2] / "lessons/ch02_autograd/computation_graph.py"
NAN, INF = float("nan"), float("inf")

# Every operation, written so that it works on a Value and on a tensor alike, and where it may be used: far enough from
# its kink, pole or edge that a central difference (1e-5 each way) stays on one smooth piece.
OPERATIONS = {
    "a + b": (lambda a, b: a + b, lambda a, b: True),
    "a - b": (lambda a, b: a - b, lambda a, b: True),
    "a * b": (lambda a, b: a * b, lambda a, b: True),
    "a / b": (lambda a, b: a / b, lambda a, b: abs(b) > 0.4),
    "-a": (lambda a, b: -a, lambda a, b: True),
    "a + 2": (lambda a, b: a + 2, lambda a, b: True),
    "0.3 + a": (lambda a, b: 0.3 + a, lambda a, b: True),
    "a - 1.5": (lambda a, b: a - 1.5, lambda a, b: True),
    "2 - a": (lambda a, b: 2 - a, lambda a, b: True),
    "a * -0.7": (lambda a, b: a * -0.7, lambda a, b: True),
    "3 * a": (lambda a, b: 3 * a, lambda a, b: True),
    "a / 4": (lambda a, b: a / 4, lambda a, b: True),
    "2 / a": (lambda a, b: 2 / a, lambda a, b: abs(a) > 0.4),
    "a ** 2": (lambda a, b: a**2, lambda a, b: True),
    "a ** 3": (lambda a, b: a**3, lambda a, b: True),
    "a ** -2": (lambda a, b: a**-2, lambda a, b: abs(a) > 0.4),
    "a ** 0.5": (lambda a, b: a**0.5, lambda a, b: a > 0.4),
    "exp": (lambda a, b: a.exp(), lambda a, b: a < 2),
    "log": (lambda a, b: a.log(), lambda a, b: a > 0.4),
    "tanh": (lambda a, b: a.tanh(), lambda a, b: True),
    "relu": (lambda a, b: a.relu(), lambda a, b: abs(a) > 0.1),
}
LARGEST = 8  # no value in a random expression is larger


def programs():
    """Inputs, and steps (operation, operand, operand) that pick operands from all that went before: shared freely."""
    step = st.tuples(st.sampled_from(sorted(OPERATIONS)), st.integers(0, 99), st.integers(0, 99))
    number = st.floats(-2, 2).map(lambda x: round(x, 3))
    return st.tuples(st.lists(number, min_size=1, max_size=4), st.lists(step, min_size=1, max_size=12))


def made_safe(inputs, steps):
    """The steps with operands in range; where an operation may not be used, tanh, which may be used everywhere."""
    values, safe = [torch.tensor(x, dtype=torch.float64) for x in inputs], []
    for name, i, j in steps:
        i, j = i % len(values), j % len(values)
        a, b = values[i], values[j]
        operation, allowed = OPERATIONS[name]
        if not allowed(a, b) or abs(operation(a, b)) > LARGEST:
            name = "tanh"
        safe.append((name, i, j))
        values.append(OPERATIONS[name][0](a, b))
    return safe


def run(steps, inputs):
    """The last value of a program, on whatever kind of number ``inputs`` are. The sum makes every step count."""
    values = list(inputs)
    for name, i, j in steps:
        values.append(OPERATIONS[name][0](values[i], values[j]))
    total = values[len(inputs)]
    for value in values[len(inputs) + 1 :]:
        total = total + value
    return total


def tensors(numbers):
    return [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in numbers]


def torch_gradient(result, inputs):
    grads = torch.autograd.grad(result, inputs, allow_unused=True)
    return [0.0 if g is None else g.item() for g in grads]


# The engine against torch, and against differences of torch's own values (so that no part of the engine is its own
# judge). Both within 1e-6 of the largest of 1, the value and the gradients: differences lose digits where the result
# is large, and an input's small derivative may be the difference of two large paths.
@settings(max_examples=320)
@given(programs())
def test_random_expressions_agree_with_torch_and_with_differences(program):
    numbers, steps = program
    steps = made_safe(numbers, steps)
    ours, theirs = [Value(x) for x in numbers], tensors(numbers)
    result, expected = run(steps, ours), run(steps, theirs)
    backward(result)
    gradient = torch_gradient(expected, theirs)
    differences = numerical_gradient(lambda *xs: run(steps, map_tensors(xs)).item(), numbers)
    scale = max(1, abs(expected.item()), *map(abs, gradient))
    assert result.data == pytest.approx(expected.item(), abs=1e-12 * scale)
    assert [v.grad for v in ours] == pytest.approx(gradient, abs=1e-9 * scale)
    assert [v.grad for v in ours] == pytest.approx(differences, abs=1e-6 * scale)


def map_tensors(xs):
    return [torch.tensor(x, dtype=torch.float64) for x in xs]


@pytest.mark.parametrize("name", OPERATIONS)
def test_each_operation_agrees_with_torch(name):
    operation, allowed = OPERATIONS[name]
    rng = random.Random(name)
    points = [(rng.uniform(-3, 3), rng.uniform(-3, 3)) for _ in range(40)]
    points = [(a, b) for a, b in points if allowed(a, b)]
    assert len(points) > 9
    for point in points:
        ours, theirs = [Value(x) for x in point], tensors(point)
        result, expected = operation(*ours), operation(*theirs)
        backward(result)
        assert result.data == pytest.approx(expected.item(), rel=1e-12)
        assert [v.grad for v in ours] == pytest.approx(torch_gradient(expected, theirs), rel=1e-12, abs=1e-12)
        for parent, slope in zip(result.parents, result.slopes, strict=True):
            assert type(parent) is Value and type(slope) is float


def test_relu_has_no_slope_at_its_kink_as_in_torch():
    x, t = Value(0), torch.tensor(0.0, requires_grad=True)
    backward(x.relu())
    t.relu().backward()
    assert x.grad == t.grad.item() == 0


def test_one_number_used_twice_in_one_operation():
    for f, slope in ((lambda x: x * x, 6), (lambda x: x + x, 2), (lambda x: x - x, 0), (lambda x: x / x, 0)):
        x = Value(3)
        backward(f(x))
        assert x.grad == pytest.approx(slope, abs=1e-15)


def test_powers_at_the_edge():
    x = Value(0)
    backward(x**1 + x**2)
    assert x.grad == 1
    assert (Value(-2) ** 3).slopes == (12.0,)
    assert (Value(-2) ** -1).data == -0.5
    assert (Value(1e-200) ** 1).data == 1e-200  # a small base is not too large
    assert (Value(1e-200) ** 0.25).slopes == pytest.approx((0.25e150,), rel=1e-12)  # nor a steep slope
    largest = sys.float_info.max
    assert (Value(largest) ** 1).data == largest  # what fits is not refused


@pytest.mark.parametrize("exponent", [1, 1.5, 2, 800])
def test_powers_of_zero_agree_with_torch(exponent):
    ours, theirs = Value(0), torch.zeros((), dtype=torch.float64, requires_grad=True)
    result, expected = ours**exponent, theirs**exponent
    backward(result)
    expected.backward()
    assert (result.data, ours.grad) == (expected.item(), theirs.grad.item())


def test_the_engine_has_at_most_a_hundred_lines():
    """With its checks: lines of code that are neither blank nor comment nor docstring."""
    parts = [Value, to_value, topological_order, backward]
    parts += [check_number, check_value, check_node, check_power, check_domain]
    assert sum(code_lines(part) for part in parts) < 100


def code_lines(thing):
    source = inspect.getsource(thing)
    lines = {n for n, line in enumerate(source.splitlines(), 1) if line.strip() and line.strip()[0] != "#"}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node):
            text = node.body[0]
            lines -= set(range(text.lineno, text.end_lineno + 1))
    return len(lines)


def test_code_lines_counts_what_it_says():
    assert code_lines(Envelope) == 3  # a docstring and a blank line are none
    assert code_lines(map_tensors) == 2


# Order and walk


@settings(max_examples=40)
@given(programs())
def test_topological_order_lists_every_node_once_and_parents_first(program):
    numbers, steps = program
    root = run(made_safe(numbers, steps), [Value(x) for x in numbers])
    order = topological_order(root)
    place = {node: i for i, node in enumerate(order)}
    assert len(place) == len(order)
    assert order[-1] is root
    assert all(place[parent] < place[node] for node in order for parent in node.parents)
    reachable, new = {root}, [root]
    while new:
        new = [p for node in new for p in node.parents if p not in reachable]
        reachable.update(new)
    assert set(order) == reachable


def test_an_unused_input_is_not_touched():
    x, unused = Value(2), Value(3)
    unused * 5  # made, but not part of the result
    backward(x * 2)
    assert unused.grad == 0


def test_a_graph_of_ten_thousand_nodes_does_no_harm():
    x = Value(0.5)
    value = x
    for _ in range(10_000):
        value = value + x * 0.25
    assert sys.getrecursionlimit() < 10_000 < len(topological_order(value))
    backward(value)
    assert x.grad == 1 + 10_000 * 0.25
    factors = value = Value(1.0001)
    for _ in range(9_999):
        value = value * factors
    backward(value)
    assert factors.grad == pytest.approx(10_000 * 1.0001**9_999, rel=1e-9)


def test_a_ladder_of_doublings_is_walked_once_not_two_to_the_sixty_times():
    x = value = Value(1)
    for _ in range(60):
        value = value + value
    assert len(topological_order(value)) == 61
    backward(value)
    assert x.grad == 2.0**60


def test_inputs_add_up_over_calls_and_other_nodes_start_anew_as_in_torch():
    ours, theirs = [Value(x) for x in (1.5, -2, 0.7)], tensors((1.5, -2, 0.7))
    result, expected = everything(*ours[:2], ours[2]), everything(*theirs)
    inner = result.parents[0]
    for _ in range(3):
        backward(result)
        expected.backward(retain_graph=True)
        assert [v.grad for v in ours] == pytest.approx([t.grad.item() for t in theirs], rel=1e-12)
        assert inner.grad == result.grad == 1
    leaf, tensor = Value(5), torch.tensor(5.0, requires_grad=True)
    for _ in range(2):
        backward(leaf)
        tensor.backward(retain_graph=True)
    assert leaf.grad == tensor.grad.item() == 2


# The box


@pytest.mark.parametrize("seed", range(10))
def test_the_gradients_of_the_box_are_those_of_geometry(seed):
    rng = random.Random(seed)
    x, y, z = (rng.uniform(0.5, 9) for _ in range(3))
    for f, value, slopes in (
        (volume, x * y * z, [y * z, x * z, x * y]),
        (cardboard, 2 * (x * y + y * z + z * x), [2 * (y + z), 2 * (x + z), 2 * (x + y)]),
    ):
        sides = [Value(side) for side in (x, y, z)]
        result = f(*sides)
        backward(result)
        assert result.data == pytest.approx(value) == f(x, y, z)
        assert [side.grad for side in sides] == pytest.approx(slopes)
        theirs = tensors((x, y, z))
        assert torch_gradient(f(*theirs), theirs) == pytest.approx(slopes)
        assert numerical_gradient(f, [x, y, z]) == pytest.approx(slopes, rel=1e-8)


@pytest.mark.parametrize("seed", range(10))
def test_the_shortest_side_gains_most_room_and_the_longest_most_ruler(seed):
    rng = random.Random(seed)
    sides = [rng.uniform(0.5, 9) for _ in range(3)]
    gains = numerical_gradient(volume, sides)
    assert gains.index(max(gains)) == sides.index(min(sides))
    longer = [math.dist((0, 0, 0), [s + 0.01 * (i == j) for j, s in enumerate(sides)]) for i in range(3)]
    assert longer.index(max(longer)) == sides.index(max(sides))


def test_everything_uses_every_operation():
    names = {node for node in ast.walk(ast.parse(inspect.getsource(everything)))}
    used = {type(node.op).__name__ for node in names if isinstance(node, ast.BinOp | ast.UnaryOp)}
    assert used == {"Add", "Sub", "Mult", "Div", "Pow", "USub"}
    assert {n.attr for n in names if isinstance(n, ast.Attribute)} == {"relu", "tanh", "exp", "log"}


@pytest.mark.parametrize("point", [(2.0, 3.0, 4.0), (-1.5, -2.0, 0.7), (1.0, -0.5, 3.0)])
def test_everything_is_its_formula(point):
    x, y, z = point
    expected = (max(x * y - z, 0) + math.tanh(x / z)) ** 3 / (1 + math.exp(-y)) + math.log(z)
    assert everything(*[Value(number) for number in point]).data == pytest.approx(expected)
    assert everything(*tensors(point)).item() == pytest.approx(expected)


def test_numerical_gradient_is_central():
    point = [0.3, -1.2]

    def f(a, b):
        return math.exp(a) + b**3

    slopes = [math.exp(0.3), 3 * 1.2**2]
    assert numerical_gradient(f, point) == pytest.approx(slopes, rel=1e-8)
    assert point == [0.3, -1.2]
    for eps in (0.1, 0.01):  # its error is eps² times a sixth of the third derivative
        error = [n - s for n, s in zip(numerical_gradient(f, point, eps), slopes, strict=True)]
        assert error == pytest.approx([eps**2 / 6 * math.exp(0.3), eps**2], rel=2e-2 * eps + 1e-3)
    calls = []
    numerical_gradient(lambda *xs: calls.append(xs) or 0.0, [1, 2, 3])
    assert len(calls) == 6  # two runs for each input


def test_the_step_of_one_half_is_exact_on_the_box():
    assert numerical_gradient(volume, [2, 3, 4], eps=0.5) == [12, 8, 6]
    assert numerical_gradient(cardboard, [2, 3, 4], eps=0.5) == [14, 12, 10]


# The mistakes


def test_gradients_add_up_until_they_are_cleared():
    ours, theirs = [Value(x) for x in (2, 3, 4)], tensors((2.0, 3.0, 4.0))
    for times in (1, 2, 3):
        backward(volume(*ours))
        volume(*theirs).backward()
        assert [v.grad for v in ours] == [t.grad.item() for t in theirs] == [12 * times, 8 * times, 6 * times]
    for our, their in zip(ours, theirs, strict=True):
        our.grad, their.grad = 0.0, None
    backward(volume(*ours))
    volume(*theirs).backward()
    assert [v.grad for v in ours] == [t.grad.item() for t in theirs] == [12, 8, 6]


def test_backward_wants_a_scalar():
    lengths = torch.tensor([2.0, 5.0, 1.0], requires_grad=True)
    with pytest.raises(RuntimeError, match="only for scalar outputs"):
        volume(lengths, 3, 4).backward()
    volume(lengths, 3, 4).sum().backward()
    assert lengths.grad.tolist() == [12, 12, 12]


def test_torch_walks_through_a_graph_once_and_we_as_often_as_we_like():
    theirs = tensors((2.0, 3.0, 4.0))
    V = volume(*theirs)
    V.backward()
    with pytest.raises(RuntimeError, match="through the graph a second time"):
        V.backward()
    theirs = tensors((2.0, 3.0, 4.0))
    V = volume(*theirs)
    V.backward(retain_graph=True)
    V.backward()
    assert theirs[0].grad.item() == 24
    ours = [Value(x) for x in (2, 3, 4)]
    V = volume(*ours)
    backward(V)
    backward(V)
    assert ours[0].grad == 24


def test_a_total_of_losses_keeps_every_graph():
    for days in (1, 2, 40):
        total = add_losses(days)
        assert saved_bytes(total) == 8000 * days  # two tensors of 1000 floats of 4 bytes a day
        assert len(graph_nodes(total)) == 5 * days + 1
    names = [node.name().rstrip("0123456789") for node in graph_nodes(add_losses(3))]
    assert {name: names.count(name) for name in names} == {
        **dict.fromkeys(["MulBackward", "SubBackward", "PowBackward", "MeanBackward", "AddBackward"], 3),
        "torch::autograd::AccumulateGrad": 1,  # the rate
    }


def test_a_total_is_the_sum_of_a_hundredth_of_the_mean_squares():
    rng = torch.Generator().manual_seed(
        0
    )  # the rate is 0.5, the price 0.6: each error is a tenth of the litres
    litres = torch.stack([torch.rand(1000, generator=rng) for _ in range(7)]).double()
    expected = litres.square().mean(dim=1).sum().item() / 100
    for how in ({}, {"item": True}, {"walk_back": True}):
        assert torch.as_tensor(add_losses(7, **how)).item() == pytest.approx(expected, rel=1e-5)


def test_a_day_saves_the_litres_and_the_errors():
    mean = add_losses(1).grad_fn.next_functions[0][0]
    square = mean.next_functions[0][0]
    product = square.next_functions[0][0].next_functions[0][0]
    assert square.name().startswith("Pow") and product.name().startswith("Mul")
    errors, litres = square._saved_self, product._saved_other
    assert errors.data_ptr() != litres.data_ptr()
    assert litres.min() >= 0 and 0.9 < litres.max() <= 1
    torch.testing.assert_close(errors, -0.1 * litres, atol=1e-6, rtol=0)


class Envelope:
    """Holds one tensor that a graph saved."""

    def __init__(self, tensor):
        self.tensor = tensor


@pytest.mark.parametrize(
    ("how", "alive_after"),
    [({}, 20), ({"item": True}, 0), ({"walk_back": True}, 0)],
)
def test_saved_bytes_counts_what_is_alive(how, alive_after):
    """An independent count: hand torch an envelope for each tensor it saves, and see how many live on."""
    alive = WeakSet()

    def pack(tensor):
        alive.add(envelope := Envelope(tensor.detach()))
        return envelope

    with saved_tensors_hooks(pack, lambda envelope: envelope.tensor):
        total = add_losses(10, **how)
    assert len(alive) == alive_after
    if not how:
        assert saved_bytes(total) == sum(envelope.tensor.nbytes for envelope in alive) == 80_000
    del total
    assert len(alive) == 0


def test_a_total_of_numbers_has_no_graph():
    total = add_losses(40, item=True)
    assert type(total) is float
    assert total == pytest.approx(add_losses(40).item(), rel=1e-5)
    with pytest.raises(ValueError, match="must have a graph, got"):
        graph_nodes(total)
    with pytest.raises(ValueError, match="must have a graph, got"):
        saved_bytes(total)


def test_after_backward_the_nodes_stay_without_their_data():
    for days in (10, 20, 30):
        total = add_losses(days, walk_back=True)
        assert len(graph_nodes(total)) == 5 * days + 1
        with pytest.raises(RuntimeError, match="already been freed"):
            saved_bytes(total)


def test_no_grad_keeps_nothing():
    with torch.no_grad():
        total = add_losses(5)
    assert not total.requires_grad and total.grad_fn is None


def test_add_losses_leaves_the_global_generator_alone():
    before = torch.get_rng_state()
    assert add_losses(2, item=True) == add_losses(2, item=True)
    assert torch.equal(torch.get_rng_state(), before)


def test_a_graph_counted_by_hand():
    x, y = tensors((2.0, 3.0))
    assert len(graph_nodes(x * y)) == 3  # the product and the two inputs
    assert saved_bytes(x * y) == 16  # both factors, float64
    b = x * y
    assert len(graph_nodes(b * b + x)) == 5  # shared nodes once
    assert saved_bytes(b + x) == 16  # a sum saves nothing
    for _ in range(60):
        b = b + b
    assert len(graph_nodes(b)) == 63  # not two to the sixty
    with pytest.raises(ValueError, match=r"must have a graph, got 3\.0"):
        graph_nodes(3.0)
    with pytest.raises(ValueError, match="must have a graph"):
        graph_nodes(x)


def test_detach_gives_the_same_numbers_without_a_past():
    x, y, z = tensors((2.0, 3.0, 4.0))
    V = volume(x, y, z)
    assert V.detach() == V
    assert V.requires_grad and not V.detach().requires_grad
    with torch.no_grad():
        assert not volume(x, y, z).requires_grad


# The exercises


@pytest.mark.parametrize("seed", range(5))
def test_sqrt_and_the_diagonal(seed):
    rng = random.Random(seed)
    numbers = [rng.uniform(0.5, 9) for _ in range(3)]
    sides, theirs = [Value(x) for x in numbers], tensors(numbers)
    d = sqrt(sides[0] ** 2 + sides[1] ** 2 + sides[2] ** 2)
    backward(d)
    expected = torch.stack(theirs).norm()
    assert d.data == pytest.approx(expected.item()) == pytest.approx(math.dist((0, 0, 0), numbers))
    assert [s.grad for s in sides] == pytest.approx(torch_gradient(expected, theirs))
    assert [s.grad for s in sides] == pytest.approx([x / d.data for x in numbers])


@pytest.mark.parametrize("seed", range(10))
def test_overwriting_is_right_along_one_path_and_wrong_along_two(seed):
    rng = random.Random(seed)
    numbers = [rng.uniform(0.5, 9) for _ in range(3)]
    for f, right in ((volume, True), (cardboard, False)):
        sides = [Value(x) for x in numbers]
        backward_overwriting(f(*sides))
        for side, slope in zip(sides, numerical_gradient(f, numbers), strict=True):
            assert (side.grad == pytest.approx(slope, rel=1e-6)) is right


def test_a_detached_node_is_the_end_of_the_way():
    x, y, z = (Value(side) for side in (2, 3, 4))
    V = volume(x, y, z)
    cut = detach(V)
    assert cut.data == V.data and cut.parents == () and cut is not V
    backward(x * cut)
    tensor = tensors((2.0, 3.0, 4.0))
    (tensor[0] * volume(*tensor).detach()).backward()
    assert x.grad == tensor[0].grad.item() == 24
    assert y.grad == z.grad == 0 and tensor[1].grad is None
    x, y, z = (Value(side) for side in (2, 3, 4))
    backward(x * volume(x, y, z))
    assert x.grad == 48


# The pictures


def test_draw_graph_writes_values_slopes_and_gradients():
    x, y, z = (Value(side) for side in (2, 3, 5))
    V = volume(x, y, z)
    b = V.parents[0]
    places = {x: ("x", 0, 2), y: ("y", 2, 2), b: ("b", 1, 1), z: ("z", 3, 1), V: ("V", 2, 0)}
    backward(V)
    fig, (before, after) = plt.subplots(ncols=2)
    draw_graph(before, places)
    draw_graph(after, places, root="V", path=(x, b, V))
    values = {"x = 2", "y = 3", "z = 5", "b = 6", "V = 30"}
    slopes = {"×2", "×3", "×5", "×6"}
    gradients = {"∂V/∂x = 15", "∂V/∂y = 10", "∂V/∂z = 6", "∂V/∂b = 5", "∂V/∂V = 1"}
    assert {text.get_text() for text in before.texts} - {""} == values | slopes
    assert {text.get_text() for text in after.texts} - {""} == values | slopes | gradients
    ends = {(note.xy, note.xyann) for note in before.texts if not note.get_text()}
    assert ((1, 1), (0, 2)) in ends  # the arrow points from x to b, and back again
    notes = {(note.xy, note.xyann): note for note in after.texts if not note.get_text()}
    assert set(notes) == {(start, end) for end, start in ends}
    wide = {ends for ends, note in notes.items() if note.arrow_patch.get_linewidth() > 2}
    assert wide == {((0, 2), (1, 1)), ((1, 1), (2, 0))}
    plt.close(fig)


# Bad input

ONE = Value(1)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: Value("2"), TypeError, "data must be a number, got str"),
        (lambda: Value(True), TypeError, "data must be a number, got bool"),
        (lambda: Value(torch.tensor(2.0)), TypeError, "data must be a number, got Tensor"),
        (lambda: Value(NAN), ValueError, "data must be finite, got nan"),
        (lambda: Value(INF), ValueError, "data must be finite, got inf"),
        (lambda: Value(1, (ONE,), ()), ValueError, "1 parents, but 0 slopes"),
        (lambda: Value(1, (2,), (1.0,)), TypeError, "a parent must be a Value, got int"),
        (lambda: Value(1, (ONE,), (NAN,)), ValueError, "a slope must be finite, got nan"),
        (lambda: ONE + "2", TypeError, "data must be a number, got str"),
        (lambda: [2] * ONE, TypeError, "data must be a number, got list"),
        (lambda: ONE - None, TypeError, "data must be a number, got NoneType"),
        (lambda: ONE / 0, ValueError, r"\(0.0\) \*\* -1 has no real value and slope"),
        (lambda: 2 / Value(0), ValueError, r"\(0.0\) \*\* -1 has no real"),
        (lambda: Value(0) ** 0.5, ValueError, r"\(0.0\) \*\* 0.5 has no real"),
        (lambda: Value(0) ** 0, ValueError, r"\(0.0\) \*\* 0 has no real"),
        (lambda: Value(-8) ** 0.5, ValueError, r"\(-8.0\) \*\* 0.5 has no real"),
        (lambda: Value(1e200) ** 2, ValueError, "too large for a float"),
        (lambda: Value(1e-200) ** -1, ValueError, "too large for a float"),  # its slope is
        (lambda: ONE**ONE, TypeError, "the exponent must be a number, got Value"),
        (lambda: ONE**NAN, ValueError, "the exponent must be finite"),
        (lambda: Value(1e200) * 1e200, ValueError, "data must be finite, got inf"),
        (lambda: Value(710).exp(), ValueError, "exp needs -inf < x < 709.783, got 710"),
        (lambda: check_domain("f", 0.0, 0.0, 2.0), ValueError, "f needs 0 < x < 2, got 0"),
        (lambda: check_domain("f", 2.0, 0.0, 2.0), ValueError, "f needs 0 < x < 2, got 2"),
        (lambda: Value(0).log(), ValueError, "log needs 0 < x < inf, got 0"),
        (lambda: Value(-1).log(), ValueError, "log needs 0 < x < inf, got -1"),
        (lambda: to_value([1]), TypeError, "data must be a number, got list"),
        (lambda: topological_order(3.0), TypeError, "root must be a Value, got float"),
        (lambda: backward(torch.tensor(1.0)), TypeError, "root must be a Value, got Tensor"),
        (lambda: backward_overwriting(1), TypeError, "root must be a Value, got int"),
        (lambda: numerical_gradient(volume, []), ValueError, "at least one number, got none"),
        (lambda: numerical_gradient(volume, [1, "2", 3]), TypeError, "each of xs must be a number, got str"),
        (lambda: numerical_gradient(volume, [1, NAN, 3]), ValueError, "each of xs must be finite, got nan"),
        (lambda: numerical_gradient(volume, [1, 2, 3], 0), ValueError, "eps must be positive, got 0"),
        (lambda: numerical_gradient(volume, [1, 2, 3], -1e-5), ValueError, "eps must be positive"),
        (lambda: numerical_gradient(volume, [1, 2, 3], INF), ValueError, "eps must be finite"),
        (lambda: numerical_gradient(lambda x: ONE, [1]), TypeError, "the change of f must be a number"),
        (lambda: numerical_gradient(lambda x: NAN, [1]), ValueError, "the change of f must be finite"),
        (lambda: add_losses(0), ValueError, "days must be a positive integer, got 0"),
        (lambda: add_losses(2.0), ValueError, "days must be a positive integer, got 2.0"),
        (lambda: check_count("n", True), ValueError, "n must be a positive integer, got True"),
        (lambda: sqrt(Value(0)), ValueError, "sqrt needs 0 < x < inf, got 0"),
        (lambda: sqrt(4), TypeError, "v must be a Value, got int"),
        (lambda: detach(4), TypeError, "v must be a Value, got int"),
        (lambda: check_inputs((), 1), ValueError, "xs must have at least one"),
    ],
)
def test_bad_input(call, error, message):
    with pytest.raises(error, match=message):
        call()


# The file itself


@pytest.fixture(scope="module")
def lines(program_output):
    return program_output(LESSON).splitlines()


def test_the_page_says_what_the_run_shows(lines):
    assert lines[:5] == [
        "b = 6.0  slopes = (3.0, 2.0)",
        "V = 24.0  slopes = (4.0, 6.0)",
        "dV/dx = 12.0  dV/dy = 8.0  dV/dz = 6.0",  # the seed's numbers
        "V with x 1 mm longer = 24.12",
        "A = 52.0  dA/dx = 14.0",
    ]
    judges = [re.split(r" +", line)[1:] for line in lines if re.match("ours|differences|torch", line)]
    assert len(judges) == 3 and judges[0] == judges[1] == judges[2]
    start = lines.index("12.0 12.0")
    assert lines[start : start + 4] == ["12.0 12.0", "24.0 24.0", "36.0 36.0", "12.0 12.0"]
    assert "grad can be implicitly created only for scalar outputs" in lines
    assert lines[lines.index("Trying to backward through the graph a second time") + 1] == "24.0"
    start = lines.index("100: 501 nodes, 800000 bytes")
    assert lines[start : start + 3] == [f"{n}: {5 * n + 1} nodes, {8000 * n} bytes" for n in (100, 200, 300)]
    assert lines[start + 3 : start + 5] == ["<class 'float'>", "1501 nodes"]
    assert lines[lines.index("False") :][:2] == ["False", "True False"]
    assert "True 24.0" in lines and "False 48.0" in lines
    assert all(len(line) <= 60 for line in lines)


def test_importing_the_lesson_defines_names_only():
    assert not hasattr(computation_graph, "x") and not hasattr(computation_graph, "V")
