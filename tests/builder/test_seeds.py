"""The table of what the tests measured: on the page, and what is wrong with the file."""

import pytest
import yaml

from docs.builder.course import build_course, read_course
from docs.builder.errors import CourseError
from docs.builder.seeds import PATH, number, read_seeds

pytestmark = pytest.mark.xdist_group("builds")
NAME = "ch01_tiny/first"
ROWS = [
    {"test": "t", "en": "loss", "zh": "损失", "at_most": 0.6, "least": 1.5e-7, "median": 0.25, "most": 0.5},
    {"test": "t", "en": "a|b", "zh": "甲|乙", "at_least": 5, "least": 5.25, "median": 6.5, "most": 7.0},
    {
        "test": "t",
        "en": "solved",
        "zh": "学会",
        "of": "share",
        "at_least": 0.1,
        "at_most": 0.9,
        "least": 0.25,
        "median": 0.5,
        "most": 0.75,
    },
    {
        "test": "t",
        "en": "c",
        "zh": "丙",
        "at_least": 1,
        "at_most": 1,
        "least": 1.0,
        "median": 1.0,
        "most": 1.0,
    },
]


@pytest.fixture(autouse=True)
def checked(edit):
    """The tiny course's first lesson has a check."""
    for head in ('lang="zh" tags=["bug"]', 'lang="en" tags=["bug"]', '# %% tags=["bug"]'):
        edit(f"lessons/{NAME}.py", head, head.replace("bug", "check"))


def table(tiny, rows, name=NAME):
    lesson = {"made_with": "torch 9.9", "seeds": 200, "group": 20, "bars": rows}
    path = tiny / PATH
    path.parent.mkdir(exist_ok=True)
    path.write_text("# made\n" + yaml.safe_dump({name: lesson}, allow_unicode=True), encoding="utf-8")


def page(tiny, lang, name=NAME):
    return (tiny / f"docs/{lang}/lessons/{name}.md").read_text(encoding="utf-8")


def test_the_page_shows_bar_worst_and_median_after_the_last_check(tiny):
    build_course(tiny)
    without = {lang: page(tiny, lang) for lang in ("zh", "en")}
    table(tiny, ROWS)
    runs = sorted((tiny / ".cache/runs").iterdir())
    build_course(tiny)
    assert sorted((tiny / ".cache/runs").iterdir()) == runs  # no lesson was run again
    shown = page(tiny, "en")
    start = shown.index('???+ success seeds "How we know: 200 seeds"')
    lines = [line.strip() for line in shown[start:].splitlines() if line.startswith("    ")]
    assert lines[:6] == [
        "| What is measured | Bar | Worst | Median |",
        "| --- | --- | --- | --- |",
        "| loss | ≤\xa00.6 | 0.5 | 0.25 |",
        "| a&#124;b | ≥\xa05 | 5.25 | 6.5 |",
        "| solved<br>*share of 20 seeds* | 0.1\xa0… 0.9 | 0.25\xa0… 0.75 | 0.5 |",
        "| c | 1 | 1 | 1 |",
    ]
    assert "(torch 9.9)" in lines[6]
    assert "| 损失 | ≤\xa00.6 | 0.5 | 0.25 |" in page(tiny, "zh")
    for lang, old in without.items():  # nothing else has changed, and the table follows the check
        before, box = page(tiny, lang).split("???+ success seeds")
        after = box.split("torch 9.9", 1)[1].split("\n\n", 1)[1]
        assert before + after == old and "!!! success" in before and "!!! success" not in after
    assert "success seeds" not in page(tiny, "en", "ch01_tiny/second")
    (tiny / PATH).unlink()
    build_course(tiny)
    assert {lang: page(tiny, lang) for lang in ("zh", "en")} == without


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.0, "0"),
        (1, "1"),
        (0.98765, "0.9877"),
        (-0.5, "−0.5"),
        (0.0001, "0.0001"),
        (-2.5e-7, "−2.5\xa0× 10⁻⁷"),
        (1e13, "10¹³"),
    ],
)
def test_numbers_have_at_most_four_digits(value, shown):
    assert number(value) == shown


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"median": None}, "numbers and a bar expected"),
        ({"at_most": "0.6"}, "numbers and a bar expected"),
        ({"most": float("inf")}, "numbers and a bar expected"),
        ({"at_most": ...}, "numbers and a bar expected"),
        ({"least": ...}, "'least'"),
        ({"zh": ...}, "'zh'"),
        ({"en": 3}, "labels expected"),
        ({"of": "mode"}, "labels expected"),
    ],
)
def test_a_row_that_says_too_little(tiny, change, message):
    row = {name: value for name, value in (ROWS[0] | change).items() if value is not ...}
    table(tiny, [row])
    with pytest.raises(CourseError, match=f"^tests/seeds.yml:2: {NAME} has a row .*{message}"):
        read_seeds(tiny, read_course(tiny))


def test_a_lesson_that_there_is_not_and_a_file_that_is_none(tiny):
    for name in ("third", "second"):  # the second is there, and has no check
        table(tiny, ROWS, f"ch01_tiny/{name}")
        with pytest.raises(
            CourseError, match=rf"^tests/seeds\.yml:2: no lesson 'ch01_tiny/{name}' with a cell"
        ):
            read_seeds(tiny, read_course(tiny))
    for text in ("a: [", "", "- a"):
        (tiny / PATH).write_text(text, encoding="utf-8")
        with pytest.raises(CourseError, match=r"^tests/seeds\.yml:1: not a table"):
            read_seeds(tiny, read_course(tiny))
