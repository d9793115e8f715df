"""Runs one lesson, in a process of its own. This module's text is part of the cache key."""

import ast
import contextlib
import gc
import io
import sys
import tempfile
import time
import traceback
import types
import warnings
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

from .figures import tidy_figure
from .read import Cell, Lesson
from .replay import ReplayError, take_replay
from .text import parts

STYLE = Path(__file__).with_name("figure.mplstyle")


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


def serve_run(connection: Connection, lesson: Lesson) -> None:
    """Run ``lesson`` and send ("cell", line) before each cell, then ("done", Run) or ("failed", line, message)."""
    gc.enable()  # the server that this process was forked from has no use for it
    try:
        with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
            sys.path.insert(0, str(lesson.root))
            run = run_lesson(lesson, lambda line: connection.send(("cell", line)))
        connection.send(("done", run))
    except CellFailed as failure:
        connection.send(("failed", failure.line, failure.message))
    finally:
        connection.close()


def run_lesson(lesson: Lesson, starting=lambda line: None) -> Run:
    """Run the code cells in order, in one namespace; evaluate each inline expression after the code above it."""
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
            starting(cell.line)
            result = CellResult()
            if cell.is_code:
                code = compile(lesson.code[i].tree, str(lesson.path), "exec")
                result.stdout = _run_cell(code, module.__dict__, lesson, cell.line)
                result.figures = [tidy_figure(svg, f"f{i}-{k}-") for k, svg in enumerate(_take_figures(plt))]
                result.replay = _take_replay(module.__dict__, cell) if "replay" in cell.tags else ""
            for text in (cell.source, *cell.alt.values()) if not cell.is_code else cell.alt.values():
                line = cell.line - 1 if cell.is_code else cell.line
                result.values |= evaluate_all(text, module.__dict__, lesson, line)
            results.append(result)
    return Run(results, time.process_time() - start)


def _run_cell(code: types.CodeType, namespace: dict, lesson: Lesson, line: int) -> str:
    out = io.StringIO()
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
            exec(code, namespace)
    except (Exception, SystemExit) as error:
        frames = traceback.extract_tb(error.__traceback__)
        line = next((f.lineno for f in reversed(frames) if f.filename == str(lesson.path)), line)
        raise CellFailed(line, f"{type(error).__name__}: {error}") from None
    return out.getvalue()


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
    except Exception as error:
        message = f"inline expression {expression!r}: {type(error).__name__}: {error}"
        raise CellFailed(line, message) from None


def _take_replay(namespace: dict, cell: Cell) -> str:
    try:
        return take_replay(namespace)
    except ReplayError as error:
        raise CellFailed(cell.line, str(error)) from None


def _take_figures(plt) -> list[str]:
    """Every figure a cell left open, as SVG, the same bytes for the same figure; then closes them."""
    figures = []
    for number in plt.get_fignums():
        buffer = io.StringIO()
        plt.figure(number).savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
        figures.append(buffer.getvalue())
    plt.close("all")
    return figures
