"""Reads a lesson file (percent format) into cells that know their lines.

jupytext reads the same format but forgets line numbers, and an error without its line helps nobody; a test
compares this reader with jupytext on every lesson.
"""

import ast
import json
import re
import textwrap
import warnings
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from .errors import CourseError

HEADER = re.compile(r"# %%(?P<markdown> \[markdown\])?(?P<options>.*)")
ODD_MARKER = re.compile(r"(?!# %%)\s*#\s*%%")  # editors take some of these for a cell as well
OPTION = re.compile(r'\s+(\w+)=("(?:[^"\\]|\\.)*"|\[[^\]]*\])')
OPTIONS = {True: {"lang", "tags"}, False: {"tags", "alt_zh", "alt_en"}}
FOLDED_CODE = {"setup", "plot", "measure", "replay"}  # code that a page folds
TAGS = {"predict", "bug", "check", "exercise", "solution", *FOLDED_CODE}
LANGUAGES = ("zh", "en")


@dataclass(frozen=True)
class Cell:
    """One cell: its text without comment signs, and the file's line at which that text begins."""

    source: str
    line: int
    lang: str | None = None  # None: a code cell
    tags: tuple[str, ...] = ()
    alt: dict[str, str] = field(default_factory=dict)

    @property
    def is_code(self) -> bool:
        return self.lang is None


@dataclass(frozen=True)
class Lesson:
    """A lesson file, or a chapter's (its ``__init__.py``, text only); ``path`` is relative to the root."""

    root: Path
    path: Path
    cells: tuple[Cell, ...]

    @property
    def name(self) -> str:
        """The path of its page below ``lessons/``, without suffix."""
        return page_name(self.path.relative_to("lessons").as_posix())

    @property
    def is_chapter(self) -> bool:
        return self.path.name == "__init__.py"

    @cached_property
    def code(self) -> dict[int, "Code"]:
        """The code cells' parsed code, by cell index."""
        return {i: parse_code(self.path, cell) for i, cell in enumerate(self.cells) if cell.is_code}


def page_name(file: str) -> str:
    """The page of a lesson's or a chapter's Python file, without suffix.

    >>> page_name("ch01_tensors/__init__.py")
    'ch01_tensors/index'
    """
    return re.sub(r"\b__init__$", "index", file.removesuffix(".py"))


@dataclass(frozen=True)
class Code:
    """A code cell, taken apart: what runs, and what a reader sees (the guard's block without its guard)."""

    tree: ast.Module  # with the file's line numbers
    shown: str


def read_text(root: Path, path: Path) -> str:
    """The text of ``root / path``: UTF-8, with or without a byte-order mark, any line ends. Raises ``CourseError``."""
    try:
        data = (root / path).read_bytes()
    except OSError as error:
        raise CourseError(path, 1, f"this file cannot be read: {error.strerror}") from None
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = f"this is not UTF-8 (byte {data[error.start]:#04x}); save the file as UTF-8"
        raise CourseError(path, line, message) from None


def read_lesson(root: Path, path: Path) -> Lesson:
    """Read ``root / path``; ``path`` is relative. Raises ``CourseError`` at the first line it cannot read."""
    # not splitlines, which also splits at signs within a line
    lines = read_text(root, path).removesuffix("\n").split("\n")
    starts = [i for i, line in enumerate(lines) if line.startswith("# %%")]
    for number, line in enumerate(lines, 1):
        if ODD_MARKER.match(line):
            raise CourseError(path, number, f"a cell's first line begins with '# %%', not {line[:8]!r}")
    before = lines[: starts[0]] if starts else lines
    for number, line in enumerate(before, 1):
        if line.strip():
            raise CourseError(path, number, "text before the first cell; begin the file with a '# %%' line")
    if not starts:
        raise CourseError(path, 1, "no cell in this file; a cell begins with '# %%'")
    ends = [*starts[1:], len(lines)]
    cells = tuple(_read_cell(path, lines[a:b], a + 1) for a, b in zip(starts, ends, strict=True))
    return Lesson(root, path, cells)


def _read_cell(path: Path, lines: list[str], number: int) -> Cell:
    is_markdown, options = _read_header(path, lines[0], number)
    body = lines[1:]
    while body and not body[-1].strip():
        body.pop()
    if is_markdown:
        for offset, line in enumerate(body, 1):
            if not (line == "#" or line.startswith("# ")):
                raise CourseError(path, number + offset, "a markdown cell's lines begin with '# '")
        body = [line[2:] for line in body]
    if not body:
        raise CourseError(path, number, "empty cell; remove it or fill it")
    alt = {lang: options[f"alt_{lang}"] for lang in LANGUAGES if f"alt_{lang}" in options}
    tags = tuple(options.get("tags", ()))
    return Cell("\n".join(body), number + 1, options.get("lang") if is_markdown else None, tags, alt)


def _read_header(path: Path, line: str, number: int) -> tuple[bool, dict]:
    match = HEADER.fullmatch(line)
    is_markdown = bool(match and match["markdown"])
    rest = match["options"] if match else line
    options = {key: _read_option(path, number, key, value) for key, value in OPTION.findall(rest)}
    if not match or OPTION.sub("", rest).strip():
        raise CourseError(path, number, f'cannot read the cell header {line!r}; write key="value" pairs')
    if unknown := sorted(set(options) - OPTIONS[is_markdown]):
        raise CourseError(
            path, number, f"unknown option {unknown[0]!r}; known: {sorted(OPTIONS[is_markdown])}"
        )
    if is_markdown and options.get("lang") not in LANGUAGES:
        raise CourseError(path, number, 'a markdown cell says its language: lang="zh" or lang="en"')
    if unknown := sorted(set(options.get("tags", ())) - TAGS):
        raise CourseError(path, number, f"unknown tag {unknown[0]!r}; known: {sorted(TAGS)}")
    if len(options.get("tags", ())) > 1:
        raise CourseError(path, number, "one tag a cell")
    return is_markdown, options


def _read_option(path: Path, number: int, key: str, value: str) -> str | list[str]:
    try:
        found = json.loads(value)
    except json.JSONDecodeError as error:
        raise CourseError(path, number, f"cannot read {key}={value}: {error}") from None
    words, wanted = [found], f'a text, {key}="…"'
    if key == "tags":
        words, wanted = found if isinstance(found, list) else [None], 'a list of words, tags=["bug"]'
    if not all(isinstance(word, str) for word in words):
        raise CourseError(path, number, f"cannot read {key}={value}: expected {wanted}")
    return found


def parse_code(path: Path, cell: Cell) -> Code:
    """Split definitions from the ``if __name__ == "__main__":`` block and drop its guard."""
    try:
        tree = _parsed(cell.source)
    except SyntaxError as error:
        raise CourseError(path, cell.line + (error.lineno or 1) - 1, f"SyntaxError: {error.msg}") from None
    except ValueError as error:  # a NUL, before Python 3.11.4
        raise CourseError(path, cell.line, f"SyntaxError: {error}") from None
    guard = tree.body[-1] if tree.body and _is_guard(tree.body[-1]) else None
    definitions = tree.body[:-1] if guard else tree.body
    for node in definitions:
        if not _is_definition(node):
            raise CourseError(
                path,
                cell.line + node.lineno - 1,
                "importing a lesson only defines names; put what runs under "
                "'if __name__ == \"__main__\":' at the end of its cell",
            )
    shown = cell.source
    if guard:
        lines = cell.source.split("\n")
        block = textwrap.dedent("\n".join(lines[guard.lineno :]))
        shown = "\n".join([*lines[: guard.lineno - 1], block]).strip("\n")
    runs = ast.Module([*definitions, *(guard.body if guard else [])], tree.type_ignores)
    if not _means(shown, runs):
        raise CourseError(path, cell.line, "a text over several lines must be indented like its block")
    return Code(ast.increment_lineno(runs, cell.line - 1), shown)


def _parsed(source: str) -> ast.Module:
    """The tree of code that compiles without a warning: ``return`` outside a function parses, and so does "\\d"."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", SyntaxWarning)
        warnings.simplefilter("error", DeprecationWarning)
        compile(source, "<cell>", "exec")
        return ast.parse(source)


def _means(shown: str, runs: ast.Module) -> bool:
    try:
        return ast.dump(ast.parse(shown)) == ast.dump(runs)
    except SyntaxError:
        return False


def _is_guard(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and not node.orelse and ast.unparse(node.test) == "__name__ == '__main__'"


def _is_definition(node: ast.stmt) -> bool:
    if isinstance(node, ast.Assign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        return all(isinstance(t, ast.Name) and t.id.isupper() for t in targets)
    return isinstance(node, ast.Import | ast.ImportFrom | ast.FunctionDef | ast.ClassDef)
