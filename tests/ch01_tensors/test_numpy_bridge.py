"""The bridge to NumPy: np.shares_memory is the oracle for sharing, NumPy's own arithmetic for values."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lessons.ch01_tensors import numpy_bridge as lesson
from lessons.ch01_tensors.numpy_bridge import (
    as_float32,
    byte_addresses,
    shares_memory,
    to_fahrenheit,
    to_torch,
)

SLICES = st.builds(slice, st.integers(0, 6), st.integers(0, 6), st.integers(1, 3))
SIGNED = st.builds(
    slice, st.none() | st.integers(0, 6), st.none() | st.integers(0, 6), st.sampled_from([-2, -1, 1, 2])
)
NUMBERS = ["float64", "float32", "float16", "int64", "int32", "uint8", "bool"]


@settings(max_examples=300)
@given(st.tuples(SIGNED, SIGNED), st.tuples(SIGNED, SIGNED), st.booleans())
def test_shares_memory_equals_numpy_on_slices_of_one_array(one, other, transposed):
    base = np.arange(30, dtype=np.float32).reshape(5, 6)
    a, b = base[one], (base.T if transposed else base)[other]
    assert shares_memory(a, b) == np.shares_memory(a, b)


@settings(max_examples=200)
@given(st.tuples(SLICES, SLICES), st.tuples(SLICES, SLICES), st.booleans())
def test_shares_memory_of_tensors_is_that_of_their_arrays(one, other, transposed):
    base = torch.arange(30.0).reshape(5, 6)
    a, b = base[one], (base.T if transposed else base)[other]
    wanted = np.shares_memory(a.numpy(), b.numpy())
    assert shares_memory(a, b) == shares_memory(a.numpy(), b) == shares_memory(a, b.numpy()) == wanted


def test_two_halves_of_one_number_share_with_it():
    whole = np.zeros(3, dtype=np.float64)
    halves = whole.view(np.float32)
    assert shares_memory(whole[1:2], halves[3:4])  # the second half of the second number
    assert not shares_memory(whole[1:2], halves[4:5])
    pixels = np.zeros(4, dtype=np.uint8)
    assert shares_memory(pixels[:2], pixels[1:])  # a single byte is enough


def test_every_byte_is_listed_once():
    x = torch.zeros(4, 3, dtype=torch.float64)[::2, 1]
    addresses = sorted(address - x.data_ptr() for address in byte_addresses(x))
    assert addresses == [*range(8), *range(48, 56)]  # the next but one row begins 6 numbers later
    assert byte_addresses(torch.zeros(0, 3)) == set()
    assert len(byte_addresses(np.array(1.0))) == 8


@settings(max_examples=100)
@given(st.sampled_from(NUMBERS), st.booleans(), st.lists(st.integers(0, 4), max_size=3))
def test_to_torch_keeps_values_shape_and_dtype(name, copy, shape):
    a = (np.arange(np.prod(shape, dtype=int)) % 2).reshape(shape).astype(name)
    t = to_torch(a, copy=copy)
    assert t.dtype == getattr(torch, name)
    assert t.numpy().dtype == a.dtype
    np.testing.assert_array_equal(t.numpy(), a)
    assert np.shares_memory(t.numpy(), a) == (not copy and a.size > 0)


def test_what_cannot_be_shared_can_be_copied():
    a = np.arange(6.0).reshape(2, 3)
    read_only = np.broadcast_to(a, (4, 2, 3))
    for array, reason in (
        (a[:, ::-1], "negative strides"),
        (read_only, "the array is read-only"),
        (a.astype(">f8"), "byte order '>f8' is foreign"),
    ):
        with pytest.raises(ValueError, match=f"{reason}.*use copy=True"):
            to_torch(array, copy=False)
        copied = to_torch(array, copy=True)
        np.testing.assert_array_equal(copied.numpy(), array)
        copied += 1  # a tensor of its own, written to without harm
    assert a.sum() == 15


def test_a_copy_is_independent_and_what_is_shared_is_not():
    a = np.arange(4.0)
    to_torch(a, copy=True).zero_()
    assert a.tolist() == [0, 1, 2, 3]
    to_torch(a, copy=False)[1] = 50
    assert a.tolist() == [0, 50, 2, 3]


def test_fahrenheit_against_numpy_and_the_input_stays():
    celsius = np.linspace(-40, 100, 21).reshape(7, 3)
    before = celsius.copy()
    np.testing.assert_allclose(to_fahrenheit(celsius), celsius * 9 / 5 + 32, rtol=1e-14)
    np.testing.assert_array_equal(celsius, before)
    np.testing.assert_array_equal(
        to_fahrenheit(np.array([[-40, 100]])[:, ::-1]), [[212, -40]]
    )  # whole, reversed


def test_as_float32_shares_only_what_is_float32():
    for name, expected in (("float64", False), ("float32", True), ("int32", False)):
        a = np.arange(5).astype(name)
        t, shared = as_float32(a)
        assert t.dtype == torch.float32 and t.tolist() == [0, 1, 2, 3, 4]
        assert shared is expected
        t[0] = 7
        assert bool(a[0] == 7) is expected


@pytest.mark.parametrize("function", [to_fahrenheit, as_float32, lambda a: to_torch(a, copy=True)])
def test_what_is_no_array_of_numbers_is_refused(function):
    with pytest.raises(TypeError, match="expected a NumPy array, got list"):
        function([1.0, 2.0])
    with pytest.raises(TypeError, match="expected a NumPy array, got Tensor"):
        function(torch.zeros(3))
    with pytest.raises(TypeError, match="expected numbers or booleans, got dtype <U3"):
        function(np.array(["hot"]))
    with pytest.raises(TypeError, match="expected numbers or booleans, got dtype object"):
        function(np.array([None]))


def test_shares_memory_refuses_other_things():
    with pytest.raises(TypeError, match="expected an array or a tensor, got list"):
        shares_memory([1.0], np.zeros(1))
    with pytest.raises(TypeError, match="got float"):
        byte_addresses(3.0)


# What the page says


@pytest.fixture(scope="module")
def output(program_output) -> list[str]:
    return program_output(lesson.__file__).splitlines()


def test_the_page_s_archive_is_changed(output):
    assert output[0] == "(6,) torch.float64"
    lowered = "[18.0, 20.5, 24.0, 25.5, 22.0, 18.5]"
    assert output[1:4] == [f"mine:    {lowered}", f"archive: {lowered}", "same address: True"]
    assert output[4:7] == ["moved:  16", "arrays: (8,) (24, 8)", "tensor: (1,) 8"]
    assert output[7:11] == [
        "mine and archive:     True",
        "mine and a copy:      False",
        "mine and archive[2:]: True",
        "first and last two:   False",
    ]
    assert "[1::2] False False" in output and "[2:3]  True True" in output


def test_the_page_s_formula_finds_the_last_number():
    table = np.arange(6.0).reshape(2, 3)
    down, right = table.strides
    assert table[1, 2:].ctypes.data - table.ctypes.data == 1 * down + 2 * right == 40


def test_the_page_s_ways_to_convert(output):
    said = {line[:20].strip(): line[20:].strip() for line in output if line.endswith(("shares", "copies"))}
    sharing = {"torch.from_numpy(a)", "torch.as_tensor(a)", "t.numpy()", "np.asarray(t)", "t.double()"}
    copying = {"torch.tensor(a)", "t.numpy().copy()", "t.clone().numpy()", "t.float()"}
    assert said == dict.fromkeys(sharing, "shares") | dict.fromkeys(copying, "copies")


def test_the_page_s_mistakes(output):
    assert "['18.5', '18.0', '17.5', '17.0']" in output
    assert "18.0  18.5" in output
    assert "dot : expected both vectors to have same dtype, but found Double and Float" in output
    assert "21.4167  21.4167" in output
    assert "48 -> 24 bytes" in output
    assert "Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead." in output
    assert output.count("[99.0, 1.0, 1.0]") == 2  # the copy was changed, the weights were not
    reversed_copy = output.index("negative strides (-8,); use copy=True") + 1
    assert output[reversed_copy] == "[18.5, 22.0, 25.5, 24.0, 20.5, 18.0]"
    assert output[-3:] == ["65.3 18.5", "float64 False", "float32 True"]
