"""A chapter's page: text from ``lessons/chNN_topic/__init__.py``, with the time that its lessons take.

Its inline expressions may use ``minutes["creation"]`` (to study one lesson), ``hours`` (all of them) and
``seconds`` (within which the slowest of them runs).
"""

import math
import re

from .errors import CourseError
from .execute import CellFailed, CellResult, Run, evaluate_all
from .localise import resolve
from .read import FOLDED_CODE, Lesson
from .text import links, parts

# Our assumptions: one reads to learn, slower than English non-fiction is usually read, at some 240 words a minute
# (Brysbaert 2019, Journal of Memory and Language 109).
CHARACTERS_A_MINUTE = 250
WORDS_A_MINUTE = 170
CODE_LINES_A_MINUTE = 12
MINUTES_AN_EXERCISE = 6
FOLDED = {*FOLDED_CODE, "solution"}  # code that a reader need not read
RUN_CLASSES = (6, 25, 60, 300)  # seconds; coarse, so that two builds say the same


def chapter_values(chapter: Lesson, lessons: list[Lesson], runs: dict[str, Run]) -> Run:
    """The values of the chapter's inline expressions, in the form that a lesson's run has.

    Raises ``CourseError`` if the page asks for a value that there is not.
    """
    own = _lessons_of(chapter, lessons)
    minutes = {lesson.path.stem: study_minutes(lesson) for lesson in own}
    slowest = max(runs[lesson.name].seconds for lesson in own)
    values = {
        "minutes": minutes,
        "hours": f"{math.ceil(sum(minutes.values()) / 30) / 2:g}",
        "seconds": next((limit for limit in RUN_CLASSES if slowest < limit), math.ceil(slowest)),
    }
    try:
        cells = [
            CellResult(values=evaluate_all(cell.source, values, chapter, cell.line)) for cell in chapter.cells
        ]
    except CellFailed as failure:
        raise CourseError(chapter.path, failure.line, failure.message) from None
    return Run(cells, 0.0)


def study_minutes(lesson: Lesson) -> int:
    """Minutes to read ``lesson``, run it and do its exercises, to the next five; one number for both languages."""
    characters = words = lines = exercises = 0
    for index, cell in enumerate(lesson.cells):
        if cell.is_code:
            if not set(cell.tags) & FOLDED:
                lines += sum(bool(line.strip()) for line in lesson.code[index].shown.splitlines())
            continue
        if "solution" in cell.tags:
            continue
        prose = "".join(part.text for part in parts(cell.source) if part.kind == "prose")
        if cell.lang == "zh":
            characters += len(re.findall(r"[\u3400-\u9fff]", prose))
            exercises += "exercise" in cell.tags
        else:
            words += len(prose.split())
    reading = (characters / CHARACTERS_A_MINUTE + words / WORDS_A_MINUTE) / 2
    total = reading + lines / CODE_LINES_A_MINUTE + exercises * MINUTES_AN_EXERCISE
    return 5 * math.ceil(total / 5)


def check_chapter(chapter: Lesson, lessons: list[Lesson]) -> None:
    """Raise ``CourseError`` if the chapter has no lesson, or its page leaves one of them out."""
    own = _lessons_of(chapter, lessons)
    if not own:
        raise CourseError(chapter.path, 1, "a chapter without a lesson; remove the folder or add one")
    linked = {resolve(chapter, link.target) for cell in chapter.cells for link in links(cell.source)}
    if missing := sorted(lesson.path.name for lesson in own if lesson.name not in linked):
        raise CourseError(chapter.path, 1, f"the chapter's page leads to every lesson; missing: {missing}")


def _lessons_of(chapter: Lesson, lessons: list[Lesson]) -> list[Lesson]:
    return [lesson for lesson in lessons if lesson.path.parent == chapter.path.parent]
