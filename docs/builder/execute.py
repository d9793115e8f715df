"""Runs one lesson, in a process of its own. This module's text is part of the cache key."""

import ast
import contextlib
import gc
import io
import sys
import time
import traceback
import types
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

from .confine import confine, written_past_print
from .figures import tidy_figure
from .read import Cell, Lesson
from .replay import ReplayError, take_replay
from .text import parts

STYLE = Path(__file__).with_name("figure.mplstyle")
CELL_LIMIT = 1_000_000  # characters that a cell may leave; the course's largest leaves 150,000


@dataclass
class CellResult:
    """What a cell left behind: printed text, figures as SVG, a replay, and the values of its inline expressions."""

    stdout: str = ""
    figures: list[str] = field(default_factory=list)
    values: dict[str, str] = field(default_factory=dict)
    replay: str = ""  # JSON


@dataclass
class Run:
    """A lesson's results, one per cell, and the processor's seconds it took: a busy machine does not lengthen them."""

    cells: list[CellResult]
    seconds: float


class CellFailed(Exception):
    """A cell or an inline expression raised: the line in the lesson, and the exception in one line."""

    def __init__(self, line: int, message: str):
        super().__init__(line, message)
        self.line, self.message = line, message


class TooMuch(Exception):
    """A cell leaves more than ``CELL_LIMIT`` characters."""


class Printed(io.StringIO):
    """What a cell prints; it is cut off before it fills the memory."""

    full = False

    def write(self, text: str) -> int:
        self.full = self.full or self.tell() + len(text) > CELL_LIMIT
        if self.full:
            raise TooMuch(f"this cell prints more than {CELL_LIMIT} characters; print what a reader needs")
        return super().write(text)


def serve_run(connection: Connection, lesson: Lesson, folder: Path) -> None:
    """Run ``lesson`` and send ("cell", line) before each cell, then ("done", Run) or ("failed", line, message)."""
    gc.enable()  # the server that this process was forked from has no use for it

    @contextlib.contextmanager
    def watched(line: int):
        connection.send(("cell", line))
        yield
        for stream in (sys.__stdout__, sys.__stderr__):
            stream.flush()
        if said := written_past_print(folder):
            message = f"this cell writes past print, to stderr or from another process: {said!r}; a page shows what print writes"
            raise CellFailed(line, message)

    try:
        from . import warm  # noqa: F401 - before anything counts as the lesson's; where nothing was forked, as on Windows

        confine(folder)
        sys.path.insert(0, str(lesson.root))
        connection.send(("done", run_lesson(lesson, watched)))
    except CellFailed as failure:
        connection.send(("failed", failure.line, failure.message))
    finally:
        connection.close()


def run_lesson(
    lesson: Lesson,
    around: Callable[[int], contextlib.AbstractContextManager] = contextlib.nullcontext,
) -> Run:
    """Run the code cells in order, in one namespace; evaluate each inline expression after the code above it.

    Each cell runs within ``around(line)``.
    """
    import matplotlib.pyplot as plt
    import torch

    torch.set_num_threads(1)
    plt.style.use(STYLE)
    module = types.ModuleType("__main__")
    module.__file__ = str(lesson.root / lesson.path)
    sys.modules["__main__"] = module
    start = time.process_time()
    results = []
    with warnings.catch_warnings():
        warnings.simplefilter(
            "error"
        )  # a lesson that warns teaches a bad habit, or means to show it and catches it
        warnings.filterwarnings(
            "ignore", message="FigureCanvasAgg is non-interactive"
        )  # plt.show() without a screen
        for i, cell in enumerate(lesson.cells):
            with around(cell.line):
                results.append(_result(lesson, i, module.__dict__))
    return Run(results, time.process_time() - start)


def _result(lesson: Lesson, number: int, namespace: dict) -> CellResult:
    cell, result = lesson.cells[number], CellResult()
    if cell.is_code:
        code = compile(lesson.code[number].tree, str(lesson.path), "exec")
        result.stdout = _run_cell(code, namespace, lesson, cell.line)
        result.figures = _take_figures(cell, f"f{number}-")
        result.replay = _take_replay(namespace, cell) if "replay" in cell.tags else ""
    line = cell.line - 1 if cell.is_code else cell.line
    for text in cell.alt.values() if cell.is_code else [cell.source]:
        result.values |= evaluate_all(text, namespace, lesson, line)
    size = sum(map(len, (result.stdout, result.replay, *result.figures, *result.values.values())))
    if size > CELL_LIMIT:
        message = f"this cell leaves {size} characters on its page, more than {CELL_LIMIT}"
        raise CellFailed(cell.line, f"{message}; in figures of many points, rasterized=True helps")
    return result


def _run_cell(code: types.CodeType, namespace: dict, lesson: Lesson, line: int) -> str:
    out = Printed()
    try:
        with contextlib.redirect_stdout(out):
            exec(code, namespace)
        if out.full:  # and the cell caught it
            out.write("")
        return out.getvalue()
    except (
        BaseException
    ) as error:  # sys.exit and KeyboardInterrupt too: whatever it raises, this process reports it
        frames = traceback.extract_tb(error.__traceback__)
        line = next((f.lineno for f in reversed(frames) if f.filename == str(lesson.path)), line)
        raise CellFailed(line, f"{type(error).__name__}: {error}") from None


def evaluate_all(text: str, namespace: dict, lesson: Lesson, line: int) -> dict[str, str]:
    """The values, as text, of the inline expressions of a text that begins at ``line``. Raises ``CellFailed``."""
    return {
        part.text: _evaluate(part.text, namespace, lesson, line + part.offset)
        for part in parts(text)
        if part.kind == "expression"
    }


def _evaluate(expression: str, namespace: dict, lesson: Lesson, line: int) -> str:
    try:
        return str(eval(compile(ast.parse(expression, mode="eval"), str(lesson.path), "eval"), namespace))
    except BaseException as error:
        message = f"inline expression {expression!r}: {type(error).__name__}: {error}"
        raise CellFailed(line, message) from None


def _take_replay(namespace: dict, cell: Cell) -> str:
    try:
        return take_replay(namespace)
    except ReplayError as error:
        raise CellFailed(cell.line, str(error)) from None


def _take_figures(cell: Cell, prefix: str) -> list[str]:
    """Every figure a cell left open, as SVG, the same bytes for the same figure; then closes them."""
    import matplotlib.pyplot as plt

    figures = []
    try:
        for k, number in enumerate(plt.get_fignums()):
            buffer = io.StringIO()
            plt.figure(number).savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
            figures.append(tidy_figure(buffer.getvalue(), f"{prefix}{k}-"))
    except Exception as error:  # only now is the figure drawn: a formula that is none, a sign without a font
        raise CellFailed(cell.line, f"this cell's figure: {type(error).__name__}: {error}") from None
    plt.close("all")
    return figures
