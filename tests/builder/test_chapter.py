"""The times of a chapter's page, reckoned by hand."""

from dataclasses import replace
from pathlib import Path

import pytest

from docs.builder.chapter import chapter_values, check_chapter, study_minutes
from docs.builder.errors import CourseError
from docs.builder.execute import Run
from docs.builder.read import Cell, Lesson

CHAPTER = Lesson(Path("/course"), Path("lessons/ch01_a/__init__.py"), (Cell("# A\n[b](b.py)", 2, "zh"),))


def lesson(*cells: Cell, name: str = "b", chapter: str = "ch01_a") -> Lesson:
    return Lesson(Path("/course"), Path(f"lessons/{chapter}/{name}.py"), cells)


def prose(characters: int, words: int, tags: tuple[str, ...] = ()) -> list[Cell]:
    return [Cell("字" * characters, 2, "zh", tags), Cell("word " * words, 4, "en", tags)]


def code(lines: int, *tags: str) -> Cell:
    return Cell("X = 1\n\n" * lines, 6, None, tags)


@pytest.mark.parametrize(
    ("cells", "minutes"),
    [
        (prose(2500, 1700), 10),  # 10 minutes in either language
        (prose(2501, 1700), 15),  # rounded up to five
        (prose(2500, 0), 5),  # the mean of both
        (prose(0, 1700), 5),
        ([code(60)], 5),  # twelve lines a minute; empty ones are none
        ([code(61)], 10),
        ([code(60), code(60)], 10),
        (prose(2500, 1700) * 2, 20),
        ([Cell("word `x` " * 1700, 4, "en")], 5),
        ([code(600, "plot")], 0),
        ([code(600, "setup")], 0),
        ([code(600, "solution")], 0),
        ([code(60, "bug")], 5),
        (prose(0, 0, ("exercise",)) * 2, 15),  # six minutes each
        (prose(9000, 9000, ("solution",)), 0),
        ([*prose(0, 0, ("solution",)), code(60)], 5),  # what comes after is counted
        ([code(600, "plot"), code(60)], 5),
        ([Cell("`字字` $字$ 字" * 2500, 2, "zh")], 5),  # code and formulas are no prose
    ],
)
def test_minutes_to_study(cells, minutes):
    assert study_minutes(lesson(*cells)) == minutes


def values(minutes: list[int], seconds: float, text: str) -> dict[str, str]:
    """What ``text`` on the chapter's page shows where its lessons take these minutes and the slowest these seconds."""
    lessons = [lesson(code(12 * m), name=f"l{k}") for k, m in enumerate(minutes)]
    runs = {part.name: Run([], seconds / (1 + k)) for k, part in enumerate(lessons)}
    other = lesson(code(12_000), chapter="ch02_b")
    runs |= {other.name: Run([], 1e6)}
    run = chapter_values(replace(CHAPTER, cells=(Cell(text, 7, "zh"),)), [*lessons, other], runs)
    assert run.seconds == 0
    return run.cells[0].values


@pytest.mark.parametrize(
    ("minutes", "hours"),
    [([30], "0.5"), ([30, 5], "1"), ([60], "1"), ([60, 60, 5], "2.5"), ([60, 60], "2"), ([60, 60, 35], "3")],
)
def test_hours_are_half_hours_rounded_up(minutes, hours):
    assert values(minutes, 1, "`{python} hours`") == {"hours": hours}


@pytest.mark.parametrize(
    ("slowest", "shown"),
    [(5.9, "6"), (6, "25"), (24, "25"), (25, "60"), (60, "300"), (299.5, "300"), (300.5, "301")],
)
def test_seconds_are_a_class_that_the_slowest_lesson_stays_below(slowest, shown):
    assert values([5, 5], slowest, "`{python} seconds`") == {"seconds": shown}


def test_minutes_are_by_the_lesson_s_file():
    assert values([5, 10], 1, '`{python} minutes["l1"]`') == {'minutes["l1"]': "10"}


def test_a_value_that_there_is_not_is_named_with_its_line():
    message = r"^lessons/ch01_a/__init__\.py:8: inline expression 'days': NameError"
    with pytest.raises(CourseError, match=message):
        values([5], 1, "One.\n`{python} days`")


def test_every_lesson_of_the_chapter_is_linked():
    other = lesson(name="c", chapter="ch02_b")
    check_chapter(CHAPTER, [lesson(), other])
    message = r"^lessons/ch01_a/__init__\.py:1: the chapter's page leads to every lesson; missing: \['a.py', 'c.py'\]$"
    with pytest.raises(CourseError, match=message):
        check_chapter(CHAPTER, [lesson(name="c"), lesson(), lesson(name="a"), other])
    with pytest.raises(CourseError, match=r"^lessons/ch01_a/__init__\.py:1: a chapter without a lesson"):
        check_chapter(CHAPTER, [other])
