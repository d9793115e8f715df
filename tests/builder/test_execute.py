"""Lessons run here, in this process: what comes of each cell."""

import json
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import matplotlib.pyplot as plt
import pytest
import torch

from docs.builder import execute
from docs.builder.execute import CellFailed, CellResult, run_lesson
from docs.builder.read import Cell, Lesson


@pytest.fixture
def run_cells(tmp_path, monkeypatch):
    """``run_cells(*cells)``: the run of a lesson that has these cells."""
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])
    with plt.rc_context():
        yield lambda *cells, **rest: run_lesson(Lesson(tmp_path, Path("lessons/ch01_a/b.py"), cells), **rest)
    plt.close("all")


def guarded(code: str, line: int, *tags: str, **alt: str) -> Cell:
    """A cell whose guard stands at ``line``."""
    block = "".join(f"    {row}\n" for row in code.split("\n"))
    return Cell(f'if __name__ == "__main__":\n{block}', line, None, tags, alt)


REPLAY = {"frame": {"label": "step", "values": [0, 1]}, "readout": [], "panels": []}


def test_what_each_cell_leaves(run_cells, tmp_path):
    before = time.process_time()
    run = run_cells(
        guarded("x = 2\nimport __main__\nprint(x, __name__, __main__.x, __file__)", 2),
        Cell("`{python} x + 1` and `{python} x`, $x$, `x`", 8, "zh"),
        guarded("x = 5", 10, zh="`{python} x`", en="`{python} x * 2`"),
        Cell("`{python} x`", 13, "en"),
        guarded(f"replay = {REPLAY}", 15, "replay"),
        guarded("print('replay' in globals())", 18),
    )
    texts = [f"2 __main__ 2 {tmp_path / 'lessons/ch01_a/b.py'}\n", "", "", "", "", "False\n"]
    assert [cell.stdout for cell in run.cells] == texts
    assert [cell.values for cell in run.cells] == [
        {},
        {"x + 1": "3", "x": "2"},
        {"x": "5", "x * 2": "10"},
        {"x": "5"},
        {},
        {},
    ]
    assert [cell.replay and json.loads(cell.replay) for cell in run.cells] == ["", "", "", "", REPLAY, ""]
    assert [cell.figures for cell in run.cells] == [[]] * 6
    assert 0 <= run.seconds <= time.process_time() - before


def test_figures_are_taken_in_order_and_closed(run_cells):
    draw = "import matplotlib.pyplot as plt\nfor n in (1, 2):\n    plt.subplots()[1].plot([0, n], label='n')\nplt.show()"
    run = run_cells(guarded(draw, 2), guarded("print(plt.get_fignums())", 8), guarded("plt.figure()", 10))
    assert [len(cell.figures) for cell in run.cells] == [2, 0, 1] and run.cells[1].stdout == "[]\n"
    first, second = run.cells[0].figures
    assert 'id="f0-0-' in first and "f0-1-" not in first and 'id="f0-1-' in second
    assert "var(--fig-0, " in first  # the course's style: its colours have names
    assert plt.get_fignums() == []


def test_each_cell_runs_within_what_is_given(run_cells):
    lines = []

    @contextmanager
    def around(line):
        lines.append(line)
        yield
        lines.append(-line)

    run_cells(guarded("pass", 2), Cell("Text.", 6, "en"), around=around)
    assert lines == [2, -2, 6, -6]


def test_a_figure_may_be_shown_where_there_is_a_screen(run_cells, monkeypatch):
    monkeypatch.setenv("DISPLAY", ":0")  # without one, Matplotlib says nothing
    run = run_cells(guarded("import matplotlib.pyplot as plt\nplt.figure()\nplt.show()", 2))
    assert len(run.cells[0].figures) == 1


def test_a_lesson_s_sums_take_one_thread(run_cells):
    run_cells(guarded("pass", 2))
    assert torch.get_num_threads() == 1


@pytest.mark.parametrize(
    ("code", "past_print", "message"),
    [
        ("import beside_the_lessons\nprint(beside_the_lessons.VALUE)", "", ("done", [CellResult("7\n")])),
        ("pass\n1 / 0", "", ("failed", 4, "ZeroDivisionError: division by zero")),
        (
            "pass",
            "one\nOh\n",
            (
                "failed",
                2,
                "this cell writes past print, to stderr or from another process: 'Oh'; a page shows what print writes",
            ),
        ),
    ],
)
def test_what_a_lesson_s_process_sends(run_cells, tmp_path, monkeypatch, code, past_print, message):
    sent = []
    connection = SimpleNamespace(send=sent.append, close=lambda: sent.append("closed"))
    monkeypatch.setattr(execute, "confine", sent.append)
    monkeypatch.setattr(sys, "path", sys.path.copy())
    (tmp_path / "beside_the_lessons.py").write_text("VALUE = 7\n")
    (tmp_path / "output").write_text(past_print)
    lesson = Lesson(tmp_path, Path("lessons/ch01_a/b.py"), (guarded(code, 2),))
    execute.serve_run(connection, lesson, tmp_path)
    told = [("done", entry[1].cells) if entry[0] == "done" else entry for entry in sent[1:]]
    assert sent[0] == tmp_path and told == [("cell", 2), message, "closed"]
    assert sys.path[0] == str(tmp_path)


FAILS = guarded("def fail():\n    raise KeyError('x')", 2)  # its second line is the file's fourth


@pytest.mark.parametrize(
    ("cells", "line", "message"),
    [
        ([FAILS, guarded("print(1)\nfail()", 8)], 4, "KeyError: 'x'"),
        ([guarded("print(1)\nint('x')", 8)], 10, "ValueError: invalid literal for int() with base 10: 'x'"),
        ([guarded("import sys\nsys.exit(3)", 8)], 10, "SystemExit: 3"),
        ([guarded("import warnings\nwarnings.warn('old')", 8)], 10, "UserWarning: old"),
        ([Cell("One.\n\n`{python} 1 / 0`", 3, "en")], 5, "inline expression '1 / 0': ZeroDivisionError: division by zero"),
        ([Cell("`{python} nope`", 3, "en")], 3, "inline expression 'nope': NameError: name 'nope' is not defined"),
        ([guarded("pass", 8, en="`{python} nope`")], 7, "inline expression 'nope': NameError: name 'nope' is not defined"),
        ([guarded("pass", 8, "replay")], 8, "a replay cell leaves a dictionary named replay (docs/builder/replay.py says which)"),
    ],
)  # fmt: skip
def test_what_fails_names_its_line(run_cells, cells, line, message):
    with pytest.raises(CellFailed) as caught:
        run_cells(*cells)
    assert (caught.value.line, caught.value.message) == (line, message) == caught.value.args


def test_a_figure_that_cannot_be_drawn_names_its_cell(run_cells):
    with pytest.raises(CellFailed) as caught:
        run_cells(guarded("import matplotlib.pyplot as plt\nplt.subplots()[1].set_title(r'$\\nosuch$')", 4))
    assert caught.value.line == 4 and caught.value.message.startswith("this cell's figure: ValueError: ")


def test_a_cell_may_print_so_much_and_no_more(run_cells, monkeypatch):
    monkeypatch.setattr(execute, "CELL_LIMIT", 20)
    assert (
        run_cells(guarded("print('x' * 9)\nprint('y' * 9)", 2)).cells[0].stdout == f"{'x' * 9}\n{'y' * 9}\n"
    )
    message = "TooMuch: this cell prints more than 20 characters; print what a reader needs"
    catch = "try:\n    print('x' * 21)\nexcept Exception:\n    pass\nprint(1)"
    for code, line in (
        ("print('x' * 21)", 3),
        ("print('x' * 9)\nprint('y' * 10, end='')\nprint('')\nprint('z')", 5),
        (catch, 7),
        (catch.removesuffix("\nprint(1)"), 2),  # nothing fails any more, so the cell does
    ):
        with pytest.raises(CellFailed) as caught:
            run_cells(guarded(code, 2))
        assert caught.value.args == (line, message)


def test_all_that_a_cell_leaves_counts(run_cells, monkeypatch):
    monkeypatch.setattr(execute, "CELL_LIMIT", 20)
    ten, eleven = (guarded("print('x' * 9)", 2, zh=f"`{{python}} 'y' * {size}`") for size in (10, 11))
    assert run_cells(ten).cells == [CellResult(f"{'x' * 9}\n", [], {"'y' * 10": "y" * 10})]
    with pytest.raises(CellFailed) as caught:
        run_cells(eleven)
    assert caught.value.line == 2
    assert caught.value.message.startswith(
        "this cell leaves 21 characters on its page, more than 20; in figures"
    )


def test_a_figure_and_a_replay_count(run_cells, monkeypatch):
    draw = guarded("import matplotlib.pyplot as plt\nplt.figure()", 2)
    replay = guarded(f"replay = {REPLAY}", 2, "replay")
    for cell, kind in ((draw, "figures"), (replay, "replay")):
        left = getattr(run_cells(cell).cells[0], kind)
        size = len(left if kind == "replay" else left[0])
        monkeypatch.setattr(execute, "CELL_LIMIT", size)
        run_cells(cell)
        monkeypatch.setattr(execute, "CELL_LIMIT", size - 1)
        with pytest.raises(CellFailed, match=f"this cell leaves {size} characters"):
            run_cells(cell)
        monkeypatch.setattr(execute, "CELL_LIMIT", 10**6)
