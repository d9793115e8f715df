"""One lesson and its run, in one language: text with its values filled in, figures with their words."""

import re
from dataclasses import dataclass, field
from itertools import chain, count

from .check import pairs
from .errors import CourseError, CourseErrors
from .execute import CellResult, Run
from .figures import localise_figure
from .glossary import Glossary, UnknownWord
from .maths import FormulaError, render_formula
from .read import Cell, Lesson, page_name
from .replay import localise_replay
from .text import FORMULAS, fill, headings, links, parts

WIDE = "\u3000-\u303f\uff00-\uffef“”‘’…—"  # Chinese punctuation brings its own space
CHINESE = rf"[\u3400-\u9fff{WIDE}]"
NO_SPACE = re.compile(rf"{CHINESE}\n{CHINESE}|[{WIDE}]\n|.\n[{WIDE}]")
OWN_LINE = re.compile(r"\s*(?:$|[#|>]|\$\$|```)")
NEW_ITEM = re.compile(r"\s*(?:\d+\.|[-*+:])\s")


@dataclass(frozen=True)
class Block:
    """A cell as one language shows it. ``source`` is Markdown (formulas and links as written) or code."""

    source: str
    line: int
    tag: str | None
    is_code: bool
    heading_ids: tuple[str, ...] = ()
    stdout: str = ""
    figures: tuple[tuple[str, str], ...] = ()  # (SVG, alternative text)
    replay: tuple[str, str] | None = None  # (JSON, alternative text)


@dataclass(frozen=True)
class Page:
    """A lesson in one language."""

    lesson: Lesson
    lang: str
    blocks: tuple[Block, ...] = field(repr=False)

    @property
    def title(self) -> str:
        return headings(self.blocks[0].source)[0].title


def localise(lesson: Lesson, run: Run, lang: str, glossary: Glossary, targets: dict[str, set[str]]) -> Page:
    """Raises ``CourseErrors`` for unknown figure words, formulas KaTeX cannot read and links that lead nowhere.

    ``targets`` are the pages that a link may lead to, with their heading ids: "ch05_networks/first_network", or
    "/glossary.md" for a page that is no lesson.
    """
    ids, errors, blocks = iter(heading_ids(lesson)), [], []
    for number, (cell, result) in enumerate(zip(lesson.cells, run.cells, strict=True)):
        if cell.is_code:
            try:
                blocks.append(_code_block(lesson, number, result, lang, glossary))
            except CourseErrors as several:
                errors += several.errors
        elif cell.lang == lang:
            errors += _formula_errors(lesson, cell) + _link_errors(lesson, cell, targets)
            text = fill(cell.source, result.values)
            text = join_lines(text) if lang == "zh" else text
            own = tuple(next(ids) for _ in headings(text))
            blocks.append(Block(text, cell.line, cell.tags[0] if cell.tags else None, False, own))
    if errors:
        raise CourseErrors(errors)
    return Page(lesson, lang, tuple(blocks))


def _code_block(lesson: Lesson, number: int, result: CellResult, lang: str, glossary: Glossary) -> Block:
    """Raises ``CourseErrors`` for a drawing without alternative text, and for words that the glossary lacks."""
    cell = lesson.cells[number]
    alt, figures, replay, errors = fill(cell.alt.get(lang, ""), result.values), [], None, []
    if not alt and (result.figures or result.replay):
        message = "this cell draws: give it alt_zh and alt_en"
        raise CourseErrors([CourseError(lesson.path, cell.line - 1, message)])
    for svg in result.figures:
        try:
            figures.append((localise_figure(svg, lang, glossary, alt), alt))
        except UnknownWord as word:
            errors.append(_unknown(lesson, cell, word))
    if result.replay:
        try:
            replay = (localise_replay(result.replay, lang, glossary), alt)
        except UnknownWord as word:
            errors.append(_unknown(lesson, cell, word))
    if errors:
        raise CourseErrors(errors)
    tag = cell.tags[0] if cell.tags else None
    shown = lesson.code[number].shown
    return Block(shown, cell.line, tag, True, (), result.stdout, tuple(figures), replay)


def _unknown(lesson: Lesson, cell: Cell, word: UnknownWord) -> CourseError:
    message = f"the figure's label {str(word)!r} is not in docs/glossary.yml; add it under figures"
    return CourseError(lesson.path, cell.line, message)


def join_lines(text: str) -> str:
    """Chinese text without the line breaks that a browser would show as spaces.

    >>> join_lines("每一步，\\n都更新参数。\\n- 一项")
    '每一步，都更新参数。\\n- 一项'
    """
    joined, in_fence = [], False
    for line in text.split("\n"):
        in_fence ^= line.lstrip().startswith("```")
        own = (
            in_fence
            or OWN_LINE.match(line)
            or NEW_ITEM.match(line)
            or not joined
            or OWN_LINE.match(joined[-1])
        )
        if not own and NO_SPACE.match(f"{joined[-1][-1]}\n{line.lstrip()[0]}"):
            joined[-1] += line.lstrip()
        else:
            joined.append(line)
    return "\n".join(joined)


def heading_ids(lesson: Lesson) -> list[str]:
    """One id per heading, from the English words, the same in both languages."""
    ids: list[str] = []
    for _, en in pairs(lesson):
        for heading in headings(en.source):
            slug = re.sub(r"[^a-z0-9]+", "-", heading.title.lower()).strip("-")
            numbered = (f"{slug}-{number}" for number in count(2))
            ids.append(next(name for name in chain([slug], numbered) if name not in ids))
    return ids


def _formula_errors(lesson: Lesson, cell: Cell) -> list[CourseError]:
    errors = []
    for part in parts(cell.source):
        if part.kind in FORMULAS:
            try:
                render_formula(part.text, part.kind == "display")
            except FormulaError as error:
                errors.append(
                    CourseError(lesson.path, cell.line + part.offset, f"formula {part.text!r}: {error}")
                )
    return errors


def _link_errors(lesson: Lesson, cell: Cell, targets: dict[str, set[str]]) -> list[CourseError]:
    errors = []
    for target, offset in links(cell.source):
        if target.startswith(("http://", "https://")):
            continue
        page, _, anchor = target.partition("#")
        name, line = resolve(lesson, page), cell.line + offset
        if name not in targets:
            known = ", ".join(sorted(targets))
            errors.append(CourseError(lesson.path, line, f"dead link {target!r}; there is: {known}"))
        elif anchor and anchor not in targets[name]:
            known = ", ".join(sorted(targets[name]))
            errors.append(
                CourseError(lesson.path, line, f"no heading {anchor!r} in {name}; there is: {known}")
            )
    return errors


def resolve(lesson: Lesson, page: str) -> str:
    """The name in ``targets`` that the page part of a link means, or the link itself where it means none."""
    if not page:
        return lesson.name
    if page.startswith("/") or not page.endswith(".py"):
        return page
    steps = lesson.name.split("/")[:-1]
    for step in page_name(page).split("/"):
        if step == "..":
            steps = steps[:-1]
        else:
            steps.append(step)
    return "/".join(steps)
