"""Checks that need no run: language pairs agree, and no result is typed where it could be computed."""

import ast
import re
from collections.abc import Iterator
from itertools import pairwise

from .errors import CourseError, CourseErrors
from .read import Cell, Lesson
from .text import FORMULAS, HEADING, expressions, headings, links, parts

# A number a run could have produced: two digits or more, a decimal point, or a per cent sign. "float32", "2-D",
# "C0" and list markers are words, years in parentheses are sources, 10^ is notation.
NUMBER = re.compile(
    r"(?<![A-Za-z_\d.^])(?P<number>\d+(?:\.\d+)?(?:e-?\d+)?)(?P<percent>\s?\\?%)?(?![A-Za-z_\d^]|\.\d)"
)
YEAR = re.compile(r"[(（][^()（）]*\b(?:19|20)\d\d[^()（）]*[)）]")
MARKER = re.compile(r"^\s*\d+\. ", re.MULTILINE)
URL = re.compile(r"\]\([^)\s]*\)|https?://\S+")


def check_lesson(lesson: Lesson) -> None:
    """Raise ``CourseErrors`` with everything that is wrong in ``lesson``."""
    checks = (_pair_errors, _title_errors, _number_errors, _alt_errors, _expression_errors)
    errors = [error for check in checks for error in check(lesson)]
    if lesson.is_chapter:
        message = "a chapter's page is text alone; code belongs to a lesson"
        errors += [CourseError(lesson.path, c.line - 1, message) for c in lesson.cells if c.is_code]
    if errors:
        raise CourseErrors(errors)


def pairs(lesson: Lesson) -> Iterator[tuple[Cell, Cell]]:
    """The (zh, en) markdown pairs of a checked lesson."""
    return ((a, b) for a, b in pairwise(lesson.cells) if (a.lang, b.lang) == ("zh", "en"))


def _pair_errors(lesson: Lesson) -> Iterator[CourseError]:
    cells, i = lesson.cells, 0
    while i < len(cells):
        zh, en = cells[i], cells[i + 1] if i + 1 < len(cells) else None
        if zh.is_code:
            i += 1
        elif zh.lang == "en":
            yield CourseError(
                lesson.path, zh.line - 1, 'no partner: a lang="zh" cell must stand right before it'
            )
            i += 1
        elif en is None or en.lang != "en":
            yield CourseError(lesson.path, zh.line - 1, 'no partner: a lang="en" cell must follow it')
            i += 1
        else:
            yield from _difference_errors(lesson, zh, en)
            i += 2


def _difference_errors(lesson: Lesson, zh: Cell, en: Cell) -> Iterator[CourseError]:
    if zh.tags != en.tags:
        yield CourseError(lesson.path, en.line - 1, f"tags differ: zh {list(zh.tags)}, en {list(en.tags)}")
    one, other = _structure(zh), _structure(en)
    for what in one:
        if one[what] != other[what]:
            missing = [x for x in one[what] if x not in other[what]]
            extra = [x for x in other[what] if x not in one[what]]
            message = f"{what} differ from the zh cell's: missing {missing}, extra {extra}"
            yield CourseError(lesson.path, en.line, message)


def _structure(cell: Cell) -> dict[str, list[str]]:
    """What must be the same in both languages: heading levels in order, the rest as sets."""
    split = parts(cell.source)
    return {
        "heading levels": ["#" * h.level for h in headings(cell.source)],
        "beginnings": ["heading" if HEADING.match(cell.source) else "text"],  # sections are shown as pairs
        "formulas": sorted({p.text.strip() for p in split if p.kind in FORMULAS}),
        "links": sorted({link.target for link in links(cell.source)}),
        "inline code": sorted({p.text for p in split if p.kind in ("code", "fence")}),
        "inline expressions": sorted(set(expressions(cell.source))),
    }


def _title_errors(lesson: Lesson) -> Iterator[CourseError]:
    for lang in ("zh", "en"):
        cells = [c for c in lesson.cells if c.lang == lang]
        titles = [h for c in cells for h in headings(c.source) if h.level == 1]
        if not cells or not cells[0].source.startswith("# ") or len(titles) != 1:
            line = cells[0].line if cells else 1
            yield CourseError(
                lesson.path, line, f"the first {lang} cell begins with the page's only '# ' title"
            )
        elif "\n" not in cells[0].source:
            yield CourseError(lesson.path, cells[0].line, "say below the title what the page is about")
    for cell in lesson.cells:
        if not cell.is_code and cell.tags and headings(cell.source):
            yield CourseError(
                lesson.path, cell.line, f"a {cell.tags[0]} cell has no heading; put it in a cell before"
            )


def _alt_errors(lesson: Lesson) -> Iterator[CourseError]:
    for cell in lesson.cells:
        if len(cell.alt) == 1:
            yield CourseError(lesson.path, cell.line - 1, "give both alt_zh and alt_en")
        elif cell.alt and set(expressions(cell.alt["zh"])) != set(expressions(cell.alt["en"])):
            yield CourseError(
                lesson.path, cell.line - 1, "alt_zh and alt_en show different inline expressions"
            )


def _number_errors(lesson: Lesson) -> Iterator[CourseError]:
    known = _literals(lesson)
    for source, line in _texts(lesson):
        for offset, number in _typed_numbers(source):
            if not _is_known(number, known):
                message = (
                    f"the number {number} is typed: write it as an inline expression, "
                    "or give it a place in the lesson's code if it is a setting"
                )
                yield CourseError(lesson.path, line + offset, message)


def _expression_errors(lesson: Lesson) -> Iterator[CourseError]:
    for source, line in _texts(lesson):
        for part in parts(source):
            if part.kind != "expression" and "{python}" in part.text:
                message = "an inline expression stands between two backticks: `{python} name`"
                offset = part.offset + part.text[: part.text.index("{python}")].count("\n")
                yield CourseError(lesson.path, line + offset, message)
            if part.kind == "expression" and (problem := _syntax_problem(part.text)):
                message = f"inline expression {part.text!r}: SyntaxError: {problem}"
                yield CourseError(lesson.path, line + part.offset, message)


def _syntax_problem(expression: str) -> str | None:
    try:
        ast.parse(expression, mode="eval")
    except (SyntaxError, ValueError) as error:
        return getattr(error, "msg", str(error))
    return None


def _texts(lesson: Lesson) -> Iterator[tuple[str, int]]:
    """The prose and the alt texts, each with its first line."""
    for cell in lesson.cells:
        yield from ((text, cell.line - 1) for text in cell.alt.values())
        if not cell.is_code:
            yield cell.source, cell.line


def _typed_numbers(source: str) -> Iterator[tuple[int, str]]:
    for part in parts(source):
        if part.kind in ("expression", "fence"):
            continue
        text = part.text
        for free in (YEAR, MARKER, URL, HEADING):
            text = free.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), text)
        for match in NUMBER.finditer(text):
            if len(match["number"]) > 1 or match["percent"]:
                yield part.offset + text.count("\n", 0, match.start()), match[0].strip()


def _is_known(number: str, known: set[float]) -> bool:
    value = float(number.rstrip("%\\ "))
    return value in known or (number.endswith("%") and round(value / 100, 6) in known)


def _literals(lesson: Lesson) -> set[float]:
    constants = (
        n.value for code in lesson.code.values() for n in ast.walk(code.tree) if isinstance(n, ast.Constant)
    )
    return {float(value) for value in constants if isinstance(value, int | float)}
