"""The bars themselves: what they let pass, and what the table of 200 seeds must be."""

import numpy as np
import pytest

from tests.seeds import TABLE, Bars, read_table

LABEL = {"zh": "损失", "en": "loss"}
ROOT = TABLE.parents[1]
MANY = np.linspace(0.1, 0.3, 200)


def rows(values=MANY, **options):
    """What 200 seeds leave in the table."""
    bars = Bars("test_it", True, [])
    bars(values, **LABEL, **options)
    return bars.rows


def daily(values, known, **options):
    bars = Bars("test_it", False, known)
    bars(values, **LABEL, **options)
    bars.finish()


def test_a_row_has_the_bar_and_what_was_measured():
    (row,) = rows(at_most=0.5)
    assert row == {
        "test": "test_it",
        "en": "loss",
        "zh": "损失",
        "at_most": 0.5,
        "least": 0.1,
        "median": 0.2,
        "most": 0.3,
    }


@pytest.mark.parametrize(
    ("of", "values", "expected"),
    [
        ("median", np.tile([0.0, 1.0, 5.0, 1.0], 50), 1.0),
        ("mean", np.tile([0.0, 1.0, 5.0, 2.0], 50), 2.0),
        ("share", np.tile([True, False, True, True], 50), 0.75),
        ("ratio", np.tile([[6.0, 2.0], [1.0, 2.0], [7.0, 2.0]], (67, 1))[:200], 3.0),
    ],
)
def test_groups_of_twenty(of, values, expected):
    (row,) = rows(values, of=of, at_least=0.5)
    assert row["of"] == of and row["least"] == row["median"] == row["most"] == expected
    values[20:40] = 0 if of != "ratio" else [0.1, 1]  # one group alone
    with pytest.raises(AssertionError, match="loss: 1 of 10 break"):
        rows(values, of=of, at_least=0.5)


@pytest.mark.parametrize("value", [0.51, 0.04, np.nan, np.inf, -np.inf])
def test_one_value_beyond_either_bar_fails(value):
    values = MANY.copy()
    values[137] = value
    with pytest.raises(AssertionError, match="loss: 1 of 200 break"):
        rows(values, at_least=0.05, at_most=0.5)


def test_the_bounds_pass_and_anything_but_one_value_a_seed_does_not():
    assert rows(np.full(200, 0.5), at_least=0.5, at_most=0.5)
    with pytest.raises(AssertionError, match="199 values, not one a seed"):
        rows(MANY[1:], at_most=0.5)
    with pytest.raises(AssertionError, match="one value a seed, not"):
        rows(MANY[:, None], at_most=0.5)
    bars = Bars("test_it", True, [])
    bars(MANY, **LABEL, at_most=0.5)
    with pytest.raises(AssertionError, match="two bars are named 'loss'"):
        bars(MANY, **LABEL, at_most=0.5)


def test_the_table_must_be_about_these_bars_and_this_training():
    known = rows(at_most=0.5)
    daily(MANY[:20], known, at_most=0.5)
    daily([0.36, 0.02], known, at_most=0.5)  # another machine: half the range beyond
    for options in ({"at_most": 0.4}, {"at_most": 0.5, "at_least": 0.0}, {"at_most": 0.5, "of": "median"}):
        with pytest.raises(AssertionError, match=r"seeds\.yml lacks this bar, run `make seeds`"):
            daily(MANY[:20], known, **options)
    for value in (0.41, -0.01):
        with pytest.raises(AssertionError, match="about another training"):
            daily([0.2, value], known, at_most=0.5)
    with pytest.raises(AssertionError, match="bars that are gone"):
        daily(MANY[:20], [*known, known[0] | {"en": "accuracy"}], at_most=0.5)


def test_every_row_has_a_name_of_its_own_and_belongs_to_a_test_that_there_is():
    for name, lesson in read_table().items():
        chapter, topic = name.split("/")
        text = (ROOT / "tests" / chapter / f"test_{topic}.py").read_text(encoding="utf-8")
        for row in lesson["bars"]:
            assert f"def {row['test']}(" in text, (
                f"{TABLE.name} has {row['test']} of {name}: run `make seeds`"
            )
        for lang in ("zh", "en"):
            names = [(row[lang], row.get("of")) for row in lesson["bars"]]
            assert sorted(set(names), key=str) == sorted(names, key=str), name
        assert lesson["seeds"] == 200
