"""What stops a build, with the message a contributor reads; what two builds must have in common; what each stage makes."""

import importlib.util
import json
import multiprocessing
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import matplotlib.pyplot as plt
import psutil
import pytest
import torch
import yaml

from docs.builder import cache, course, execute, run
from docs.builder.course import build_course, read_course, reading_order
from docs.builder.errors import CourseError, CourseErrors
from docs.builder.execute import CellFailed, CellResult, Run, run_lesson
from docs.builder.glossary import read_glossary
from docs.builder.localise import Block, Page
from docs.builder.notebook import render_notebook
from docs.builder.read import Cell, Lesson, read_lesson
from tests.project import contents, differences, processes_in

ROOT = Path(__file__).parents[2]
FIRST = Path("lessons/ch01_tiny/first.py")
SECOND = Path("lessons/ch01_tiny/second.py")
CHAPTER = Path("lessons/ch01_tiny/__init__.py")
PAGE = Path("docs/zh/lessons/ch01_tiny/first.md")

pytestmark = pytest.mark.xdist_group("builds")
FORKS = pytest.mark.skipif(not hasattr(os, "fork"), reason="signals and groups of processes are POSIX")


def error_of(root: Path, **options) -> str:
    """The message of a build that must fail; what had been written before stays as it was."""
    before = contents(root / "docs")
    with pytest.raises((CourseError, CourseErrors)) as caught:
        build_course(root, **options)
    assert contents(root / "docs") == before
    return str(caught.value)


def test_a_failing_cell(tiny, edit):
    line = edit(FIRST, "    return FACTOR * x", "    return FACTOR * x / 0")
    message = error_of(tiny)
    assert f"{FIRST.as_posix()}:{line}: ZeroDivisionError: division by zero" in message
    assert f"{SECOND.as_posix()}:" in message  # both are reported: it imports the first


def test_a_failing_inline_expression(tiny, edit):
    line = edit(FIRST, "答案是 `{python} answer`", "答案是 `{python} anwser`")
    edit(FIRST, "The answer is `{python} answer`", "The answer is `{python} anwser`")
    assert f"{FIRST.as_posix()}:{line}: inline expression 'anwser': NameError" in error_of(tiny)


def test_a_warning(tiny, edit):
    line = edit(FIRST, "    print(answer)", '    import warnings; warnings.warn("old way")')
    assert f"{FIRST.as_posix()}:{line}: UserWarning: old way" in error_of(tiny)


def test_a_missing_partner_cell(tiny, edit):
    line = edit(FIRST, '# %% [markdown] lang="zh" tags=["exercise"]\n# 写出一半。\n', "") + 1
    assert f'{FIRST.as_posix()}:{line}: no partner: a lang="zh" cell must stand right before it' in error_of(
        tiny
    )


def test_an_untranslated_figure_word(tiny, edit):
    line = edit(FIRST, 'ax.set_ylabel("learning rate")', 'ax.set_ylabel("momentum")') - 3
    message = "the figure's label 'momentum' is not in docs/glossary.yml; add it under figures"
    assert f"{FIRST.as_posix()}:{line}: {message}" in error_of(tiny)


def test_a_figure_without_alternative_text(tiny, edit):
    edit(
        FIRST, ' alt_zh="一条线，升到 `{python} answer`" alt_en="A line that rises to `{python} answer`"', ""
    )
    assert "this cell draws: give it alt_zh and alt_en" in error_of(tiny)


def test_a_formula_that_is_none(tiny, edit):
    line = edit(FIRST, "# with $y = 2x$", r"# with $y = \nosuch x$")
    edit(FIRST, "# 用 $y = 2x$", r"# 用 $y = \nosuch x$")
    assert f"{FIRST.as_posix()}:{line}: formula 'y = \\\\nosuch x': Undefined control sequence" in error_of(
        tiny
    )


@pytest.mark.parametrize(
    ("target", "message"),
    [
        (
            "third.py",
            "dead link 'third.py'; there is: /glossary.md, /index.md, ch01_tiny/first, "
            "ch01_tiny/index, ch01_tiny/second",
        ),
        (
            "first.py#stop-it",
            "no heading 'stop-it' in ch01_tiny/first; there is: lesson-one-doubling, run-it",
        ),
        ("/glossary.md#momentum", "no heading 'momentum' in /glossary.md; there is: learning-rate, loss"),
        ("notes.txt", "dead link 'notes.txt'"),
    ],
)
def test_a_dead_link(tiny, edit, target, message):
    line = edit(
        SECOND,
        "# Uses `double` of [lesson one](first.py#run-it), back",
        f"# Uses `double` of [lesson one]({target}), back",
    )
    edit(SECOND, "# 用上[第一课](first.py#run-it)的 `double`，", f"# 用上[第一课]({target})的 `double`，")
    assert f"{SECOND.as_posix()}:{line}: {message}" in error_of(tiny)


def test_no_lesson_at_all(tmp_path):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/glossary.yml").write_text("terms: []\nfigures: []\n", encoding="utf-8")
    assert error_of(tmp_path) == "lessons:1: no lesson found; lessons are lessons/chNN_topic/name.py"


def test_an_unchanged_file_is_not_written_and_an_orphan_is_removed(tiny, edit):
    build_course(tiny)
    before = (tiny / PAGE).stat().st_mtime_ns
    edit(CHAPTER, "，再学[第二课](second.py)", "")
    edit(CHAPTER, ", then the [second](second.py)", "")
    (tiny / SECOND).unlink()
    build_course(tiny)
    assert (tiny / PAGE).stat().st_mtime_ns == before
    assert [p for p in contents(tiny / "docs") if "second" in p] == []


def test_nothing_imports_torch_when_nothing_has_to_run(tiny):
    build_course(tiny)
    script = (
        "import sys; from pathlib import Path; from docs.builder.course import build_course\n"
        "build_course(Path(sys.argv[1])); print([m for m in ('torch', 'matplotlib', 'numpy') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, tiny], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_pages_hold_values_boxes_and_outputs_in_both_languages(tiny):
    build_course(tiny)
    zh = (tiny / PAGE).read_text(encoding="utf-8")
    en = (tiny / "docs/en/lessons/ch01_tiny/first.md").read_text(encoding="utf-8")
    assert "答案是 42，来自 `double`。" in zh and "The answer is 42, from `double`." in en
    assert "![一条线，升到 42](" in zh and "![A line that rises to 42](" in en
    for text in (zh, en):
        assert "__main__" not in text and "division by zero" in text
        assert re.findall(r"\{ #([\w-]+) \}", text) == ["lesson-one-doubling", "run-it"]
        assert re.search(r"^\?\?\? note .*\n\n    ``` python\n    def half", text, re.MULTILINE)
    blocks = [
        re.findall(r"^ *``` (?:python|\{ \.text).*?^ *```$", text, re.DOTALL | re.MULTILINE)
        for text in (zh, en)
    ]
    assert blocks[0] == blocks[1] != []  # one execution, two languages


@pytest.mark.parametrize("folder", ["downloads", "workbooks"])
def test_notebooks_are_valid_with_outputs_and_without_solutions(tiny, folder):
    import nbformat

    build_course(tiny)
    path = tiny / f"docs/zh/{folder}/ch01_tiny/first.ipynb"
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert "def half" not in path.read_text(encoding="utf-8")
    outputs = [o for cell in notebook.cells for o in cell.get("outputs", [])]
    assert [o.text for o in outputs if o.output_type == "stream"] == ["42\n", "division by zero\n"]
    assert ["image/svg+xml" in o.data for o in outputs if o.output_type == "display_data"] == [True]
    assert '<a id="run-it"></a>' in path.read_text(encoding="utf-8").replace('\\"', '"')


def test_a_notebook_s_links_lead_somewhere_from_where_it_is(tiny):
    build_course(tiny)
    texts = {
        folder: json.loads((tiny / f"docs/en/{folder}/ch01_tiny/second.ipynb").read_text(encoding="utf-8"))[
            "cells"
        ][0]["source"]
        for folder in ("downloads", "workbooks")
    }
    assert "[lesson one](first.ipynb#run-it)" in texts["downloads"]
    assert "[lesson one](../../../lessons/ch01_tiny/first/#run-it)" in texts["workbooks"]
    assert "back to chapter 1." in texts["downloads"]
    assert "[chapter 1](../../../lessons/ch01_tiny/)" in texts["workbooks"]


LINKS = (
    "[c](c.py#x) [d](../ch02_d/e.py) [章](__init__.py) [词](/glossary.md#loss) [g](/glossary.md) "
    "[t](https://t.org/a.pyz)"
)
BY_HAND = (
    Block(f"# 标题\n{LINKS}", 2, None, False, ("title",)),
    Block("Before.\n\n## Part\nText.\n\n### Sub", 6, None, False, ("part", "sub")),
    Block("import torch", 9, "setup", True),
    Block("x", 12, None, True, (), "1\n", (("<svg/>", "one"), ("<svg>2</svg>", "two"))),
    Block("Try.", 14, "exercise", False),
    Block("y", 16, "solution", True, (), "2\n"),
    Block("z", 18, None, True),
)
DOWNLOAD = "[c](c.ipynb#x) [d](../ch02_d/e.ipynb) 章 词 g [t](https://t.org/a.pyz)"
WORKBOOK = (
    "[c](../../../lessons/ch01_a/c/#x) [d](../../../lessons/ch02_d/e/) [章](../../../lessons/ch01_a/) "
    "[词](../../../glossary/#loss) [g](../../../glossary/) [t](https://t.org/a.pyz)"
)


@pytest.mark.parametrize("for_site, links", [(False, DOWNLOAD), (True, WORKBOOK)])
def test_a_notebook_from_blocks_made_by_hand(for_site, links):
    page = Page(Lesson(Path("/course"), Path("lessons/ch01_a/b.py"), ()), "zh", BY_HAND)
    text = render_notebook(page, for_site)
    fold = {"cellView": "form", "jupyter": {"source_hidden": True}, "title": "导入和输入检查"}

    def markdown(number: int, source: str) -> dict:
        return {"cell_type": "markdown", "id": f"cell-{number}", "metadata": {}, "source": source}

    def code(number: int, source: str, count: int, metadata: dict, *outputs: dict) -> dict:
        same = {"cell_type": "code", "id": f"cell-{number}", "metadata": metadata, "source": source}
        return same | {"execution_count": count, "outputs": list(outputs)}

    pictures = [
        {"output_type": "display_data", "data": {"image/svg+xml": svg, "text/plain": alt}, "metadata": {}}
        for svg, alt in (("<svg/>", "one"), ("<svg>2</svg>", "two"))
    ]
    printed = {"output_type": "stream", "name": "stdout", "text": "1\n"}
    assert json.loads(text) == {
        "cells": [
            markdown(0, f"# 标题\n{links}"),
            markdown(1, 'Before.\n\n## Part <a id="part"></a>\nText.\n\n### Sub <a id="sub"></a>'),
            code(2, "import torch", 1, fold),
            code(3, "x", 2, {}, printed, *pictures),
            markdown(4, "**练习 1**\n\nTry."),
            code(6, "z", 3, {}),
        ],
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    assert text.startswith('{\n "cells": [\n  {\n   "cell_type": "markdown",\n') and text.endswith("\n}\n")
    assert "标题" in text  # letters as they are: people read the differences between two notebooks


def test_a_chapter_s_page_says_how_long_its_lessons_take(tiny):
    build_course(tiny)
    zh, en = (
        (tiny / f"docs/{lang}/lessons/ch01_tiny/index.md").read_text(encoding="utf-8")
        for lang in ("zh", "en")
    )
    # One exercise at six minutes and a minute or so of reading, to the next five; the second takes five.
    assert "先学[加倍](first.md)（10 分钟），" in zh and "(10 minutes)" in en
    assert "一共 0.5 小时，每课在 6 秒内跑完。" in zh and "In all 0.5 hours" in en
    assert "downloads/" not in zh + en
    assert "[chapter 1](index.md)" in (tiny / "docs/en/lessons/ch01_tiny/second.md").read_text(
        encoding="utf-8"
    )
    assert not (tiny / "docs/zh/workbooks/ch01_tiny/index.ipynb").exists()


def test_a_chapter_leads_to_every_lesson_of_its_own(tiny, edit):
    edit(CHAPTER, "，再学[第二课](second.py)", "")
    edit(CHAPTER, ", then the [second](second.py)", "")
    message = "the chapter's page leads to every lesson; missing: ['second.py']"
    assert f"{CHAPTER.as_posix()}:1: {message}" in error_of(tiny)
    assert not (tiny / ".cache/runs").exists()  # found before anything ran


def test_a_chapter_asks_for_a_time_that_there_is_not(tiny, edit):
    line = edit(CHAPTER, 'first.py)（`{python} minutes["first"]`', 'first.py)（`{python} minutes["frist"]`')
    edit(CHAPTER, '(`{python} minutes["first"]` minutes', '(`{python} minutes["frist"]` minutes')
    wanted = f"{CHAPTER.as_posix()}:{line}: inline expression 'minutes[\"frist\"]': KeyError: 'frist'"
    assert wanted in error_of(tiny)


def test_a_chapter_holds_no_code(tiny):
    with (tiny / CHAPTER).open("a", encoding="utf-8") as file:
        file.write("\n# %%\nFACTOR = 2\n")
    line = (tiny / CHAPTER).read_text(encoding="utf-8").splitlines().index("# %%") + 1
    message = "a chapter's page is text alone; code belongs to a lesson"
    assert f"{CHAPTER.as_posix()}:{line}: {message}" in error_of(tiny)


def test_a_chapter_without_a_lesson(tiny):
    (tiny / "lessons/ch02_empty").mkdir()
    shutil.copy(tiny / CHAPTER, tiny / "lessons/ch02_empty/__init__.py")
    assert "lessons/ch02_empty/__init__.py:1: a chapter without a lesson" in error_of(tiny)


def test_a_downloaded_lesson_is_the_file_itself(tiny):
    build_course(tiny)
    assert (tiny / "docs/en/downloads/ch01_tiny/first.py").read_bytes() == (tiny / FIRST).read_bytes()


def test_two_cold_builds_give_identical_bytes(tiny, tmp_path):
    other = shutil.copytree(tiny, tmp_path / "a" / "longer" / "path")
    build_course(tiny)
    build_course(other, workers=1)
    assert differences(contents(tiny / "docs"), contents(other / "docs")) == []


def test_code_that_teaches_nothing_is_folded_and_its_figure_is_not(tiny, edit):
    edit(FIRST, "# %% alt_zh", '# %% tags=["plot"] alt_zh')
    edit(FIRST, "# %%\nimport matplotlib", '# %% tags=["setup"]\nimport matplotlib')
    build_course(tiny)
    page = (tiny / PAGE).read_text(encoding="utf-8")
    assert '??? abstract "导入和输入检查"\n\n    ``` python\n    import matplotlib' in page
    assert '??? abstract "作图代码（图中文字已译）"\n\n    ``` python\n    fig, ax' in page
    assert re.search(r"^!\[一条线", page, re.MULTILINE)  # not indented: outside the box


def test_the_front_matter_is_yaml_whatever_the_title(tiny):
    build_course(tiny)
    text = (tiny / "docs/en/lessons/ch01_tiny/first.md").read_text(encoding="utf-8")
    front = yaml.safe_load(text.split("---\n")[1])
    assert front == {
        "title": 'Lesson one: "doubling"',
        "description": "Double a number, with y = 2x. See the glossary.",
    }


# Lessons run here, in this process: what comes of each cell.


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


# Lessons run in processes of their own: how many at once, how they end, and what is said of it.


@pytest.mark.parametrize("workers, threads", [(2, 2), (None, 3)])
def test_as_many_lessons_at_once_as_asked_for_or_as_there_are_cores(monkeypatch, workers, threads):
    asked = []

    class Pool(ThreadPoolExecutor):
        def __init__(self, number):
            asked.append(number)
            super().__init__(number)

    monkeypatch.setattr(run, "ThreadPoolExecutor", Pool)
    monkeypatch.setattr(run.os, "cpu_count", lambda: 3)
    run.run_lessons([], pytest.fail, workers)
    assert asked == [threads]


def lessons_named(*names: str) -> list[Lesson]:
    return [Lesson(Path("/course"), Path(f"lessons/ch01_a/{name}.py"), ()) for name in names]


def test_each_lesson_that_ends_is_counted_and_the_others_go_on(monkeypatch, capsys):
    def fake(lesson, timeout, processes):
        assert (timeout, processes) == (7, set())
        if lesson.path.stem != "good":
            raise CourseError(lesson.path, 1, "it fails")
        return Run([], 1.5)

    monkeypatch.setattr(run, "_run_in_process", fake)
    kept = []
    with pytest.raises(CourseErrors) as caught:
        run.run_lessons(lessons_named("worse", "good", "bad"), lambda *pair: kept.append(pair), 1, 7)
    assert kept == [(lessons_named("good")[0], Run([], 1.5))]
    said = re.findall(
        r"^\[(\d)/3\] lessons/ch01_a/(\w+)\.py (.*), (\d) left$", capsys.readouterr().err, re.MULTILINE
    )
    assert {name: outcome for _, name, outcome, _ in said} == {
        "good": "ran in 1.5 s",
        "bad": "failed",
        "worse": "failed",
    }
    assert [(number, left) for number, _, _, left in said] == [("1", "2"), ("2", "1"), ("3", "0")]
    assert str(caught.value).splitlines() == [
        f"lessons/ch01_a/{name}.py:1: it fails" for name in ("bad", "worse")
    ]


def test_when_a_run_cannot_be_kept_the_others_are_ended_and_none_begins(monkeypatch):
    begun, ended = [], []

    def fake(lesson, timeout, processes):
        end = threading.Event()
        if lesson.path.stem != "a":
            processes.add(end)
        begun.append(lesson.path.stem)
        if end in processes:
            ended.append(end.wait(20))
        return Run([], 0.0)

    def keep(lesson, run):
        while len(begun) < 3:  # b and c: two at once
            time.sleep(0.01)
        raise CourseError("runs", 1, "no space left")

    monkeypatch.setattr(run, "_run_in_process", fake)
    monkeypatch.setattr(run, "_end", lambda process: process.set())
    with pytest.raises(CourseError, match="no space left"):
        run.run_lessons(lessons_named(*"abcde"), keep, 2)
    assert sorted(begun) == ["a", "b", "c"] and ended == [True, True]


@FORKS
def test_processes_are_forked_from_a_warm_server_and_started_anew_on_windows(monkeypatch):
    spec = importlib.util.spec_from_file_location(run.__name__, run.__file__)
    fresh = importlib.util.module_from_spec(spec)  # of a module whose context no other test has replaced
    spec.loader.exec_module(fresh)
    asked = []

    def context_of(method: str) -> SimpleNamespace:
        asked.append(method)
        return SimpleNamespace(set_forkserver_preload=asked.append, get_start_method=lambda: method)

    monkeypatch.setattr(multiprocessing, "get_context", context_of)
    monkeypatch.setattr("multiprocessing.forkserver.ensure_running", lambda: asked.append("server"))
    preloaded = ["__main__", "docs.builder.warm", "docs.builder.execute"]
    for methods, wanted in (
        (["fork", "spawn", "forkserver"], ["forkserver", preloaded, "server"]),
        (["spawn"], ["spawn"]),
    ):
        asked.clear()
        monkeypatch.setattr(multiprocessing, "get_all_start_methods", lambda methods=methods: methods)
        fresh.start_server()
        assert asked == wanted


def test_what_a_build_says_while_lessons_run(tiny, capsys):
    build_course(tiny, workers=1)
    said = re.sub(r"\d+\.\d s", "0.1 s", capsys.readouterr().err)
    assert sorted(said.splitlines()) == [
        "2 of 2 lessons to run",
        "[1/2] lessons/ch01_tiny/first.py ran in 0.1 s, 1 left",
        "[2/2] lessons/ch01_tiny/second.py ran in 0.1 s, 0 left",
        "running lessons/ch01_tiny/first.py …",
        "running lessons/ch01_tiny/second.py …",
    ]


def test_a_lesson_s_process_is_known_as_long_as_it_runs(tiny, monkeypatch):
    known, seen, real = set(), [], run._receive

    def receive(receiver, lesson, process, *rest):
        seen.append(known == {process})
        return real(receiver, lesson, process, *rest)

    monkeypatch.setattr(run, "_receive", receive)
    result = run._run_in_process(read_lesson(tiny, FIRST), 60, known)
    assert [cell.stdout for cell in result.cells if cell.stdout] == ["42\n", "division by zero\n"]
    assert seen == [True] and known == set()


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("import os; os._exit(3)", "the process died here (exit code 3): it said nothing; run the file itself"),
        ("import os; os.write(2, b'native\\n'); os._exit(3)", "the process died here (exit code 3): native; run"),
        pytest.param("import os; os.kill(os.getpid(), 9)", "the process died here (exit code -9): killed, as", marks=FORKS),
        ("import os; os.write(2, b'native\\n')", "this cell writes past print, to stderr or from another process: 'native';"),
        ("import sys; print('Oh', end='', file=sys.__stdout__)", "this cell writes past print, to stderr or from another process: 'Oh';"),
    ],
)  # fmt: skip
def test_a_lesson_that_does_not_end_well(tiny, edit, code, message):
    line = edit(FIRST, "    print(answer)", f"    {code}") - 2  # the guard's, which stands for its cell
    assert f"{FIRST.as_posix()}:{line}: {message}" in error_of(tiny)


def test_what_fails_says_how_to_see_it_all(tiny, edit):
    edit(FIRST, "    print(answer)", "    print(1 / 0)")
    assert f"division by zero (python {FIRST.as_posix()} shows it all)" in error_of(tiny)


@FORKS
def test_a_lesson_that_is_done_is_ended_with_what_it_started(tiny, edit, monkeypatch):
    monkeypatch.setattr(run, "SECONDS_TO_EXIT", 0.2)
    sleep = "[sys.executable, '-Sc', 'import time; time.sleep(600)']"
    child = f"import subprocess, sys; child = subprocess.Popen({sleep}); print(child.pid)"
    thread = "import threading, time; threading.Thread(target=time.sleep, args=(600,)).start()"
    edit(FIRST, "    print(answer)", f"    {child}; {thread}")
    result = run._run_in_process(read_lesson(tiny, FIRST), 60, set())
    (pid,) = (int(cell.stdout) for cell in result.cells if cell.stdout.strip().isdigit())
    assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == "zombie"
    assert processes_in(tiny) == []


@pytest.mark.parametrize("error", [ProcessLookupError, PermissionError, None])
def test_a_process_is_ended_whatever_becomes_of_its_group(monkeypatch, error):
    calls = []

    def killpg(group, number):
        calls.append((group, number))
        raise error

    if error:
        monkeypatch.setattr(run.os, "killpg", killpg, raising=False)
        monkeypatch.setattr(run.signal, "SIGKILL", 9, raising=False)
    else:  # Windows
        monkeypatch.delattr(run.os, "killpg", raising=False)
    run._end(SimpleNamespace(pid=7, kill=lambda: calls.append("kill"), join=lambda: calls.append("join")))
    assert calls == [(7, 9)] * bool(error) + ["kill", "join"]


def test_a_lesson_that_runs_too_long_stands_at_the_cell_that_it_began(tmp_path):
    (lesson,), messages = lessons_named("a"), [("cell", 9), ("cell", 2)]
    receiver = SimpleNamespace(poll=lambda seconds: bool(messages), recv=messages.pop)
    message = "lessons/ch01_a/a.py:9: still running after 30 s; make this cell's work smaller"
    with pytest.raises(CourseError, match=f"^{re.escape(message)}$"):
        run._receive(receiver, lesson, None, 30, tmp_path)


@pytest.mark.parametrize("timeout, least, most", [(30, 20, 30), (-5, 0, 0)])
def test_before_its_first_cell_a_lesson_stands_at_its_first_line(tmp_path, timeout, least, most):
    (lesson,), asked = lessons_named("a"), []
    silent = SimpleNamespace(poll=lambda seconds: asked.append(seconds))
    with pytest.raises(CourseError, match=rf"^lessons/ch01_a/a\.py:1: still running after {timeout} s"):
        run._receive(silent, lesson, None, timeout, tmp_path)
    assert least <= asked[0] <= most
    receiver, sender = multiprocessing.Pipe(duplex=False)
    sender.close()
    process = SimpleNamespace(exitcode=1, join=asked.append)
    with (
        receiver,
        pytest.raises(CourseError, match=r"^lessons/ch01_a/a\.py:1: the process died here \(exit code 1\)"),
    ):
        run._receive(receiver, lesson, process, 30, tmp_path)
    assert asked[1:] == [run.SECONDS_TO_EXIT]


# What a build reads, runs and writes, stage by stage.


LOSS_REPLAY = {"frame": {"label": "loss", "values": [0, 1]}, "readout": [], "panels": []}


def test_the_files_of_a_course(tiny, edit, monkeypatch):
    monkeypatch.setenv("REPOSITORY", "a/b")
    head = '# %% tags=["replay"] alt_zh="甲" alt_en="A"\nif __name__ == "__main__":\n    answer'
    edit(FIRST, head[:4] + head[head.index("\n") :], head)
    edit(FIRST, "    print(answer)", f"    print(answer)\n    replay = {LOSS_REPLAY}")
    edit(FIRST, "# 数字 21 的两倍是多少？", "# 21 的损失？")
    edit(FIRST, "# What is twice 21?", "# The loss of 21?")
    for head in ('lang="zh" tags=["bug"]', 'lang="en" tags=["bug"]', '# %% tags=["bug"]'):
        edit(FIRST, head, head.replace("bug", "check"))
    bar = {"test": "t", "en": "loss", "zh": "损失", "at_most": 2, "least": 0, "median": 0, "most": 1}
    measured = {"ch01_tiny/first": {"made_with": "torch 9.9", "seeds": 200, "group": 20, "bars": [bar]}}
    (tiny / "tests").mkdir()
    (tiny / "tests/seeds.yml").write_text(yaml.safe_dump(measured, allow_unicode=True), encoding="utf-8")
    build_course(tiny)
    docs = contents(tiny / "docs")
    of_a_language = {
        "glossary.md",
        *(f"lessons/ch01_tiny/{name}.md" for name in ("index", "first", "second")),
        *(
            f"{kind}/ch01_tiny/{name}.ipynb"
            for kind in ("workbooks", "downloads")
            for name in ("first", "second")
        ),
        *(f"downloads/ch01_tiny/{name}.py" for name in ("first", "second")),
        "figures/ch01_tiny/first-1.svg",
        "replays/ch01_tiny/first-1.js",
    }
    generated = {f"{lang}/{name}" for lang in ("zh", "en") for name in of_a_language}
    assert set(docs) == generated | {"glossary.yml", "theme/stylesheets/figures.css"}
    assert docs["theme/stylesheets/figures.css"].startswith(b":root{--fig-0:")
    script = docs["zh/replays/ch01_tiny/first-1.js"].decode()
    start = "globalThis.replay = "
    assert json.loads(script.removeprefix(start))["frame"] == {"label": "损失", "values": [0, 1]}
    assert script.startswith(start) and script.endswith("}\n")
    figure = docs["en/figures/ch01_tiny/first-1.svg"].decode()
    assert figure.startswith("<svg ") and figure.endswith("</svg>\n") and "learning rate" in figure
    page, second = (docs[f"en/lessons/ch01_tiny/{name}.md"].decode() for name in ("first", "second"))
    assert "https://github.com/a/b/blob/HEAD/lessons/ch01_tiny/first.py" in page
    assert "success seeds" in page and "success seeds" not in second
    assert '[loss](../../glossary.md#loss "loss · 损失: How wrong the model is."){ .tip }' in page
    assert "glossary.md" not in json.loads(docs["en/downloads/ch01_tiny/first.ipynb"])["cells"][3]["source"]
    for lang, title in (("zh", "第一课：“加倍”"), ("en", 'Lesson one: "doubling"')):
        assert f"[{title}](lessons/ch01_tiny/first.md)" in docs[f"{lang}/glossary.md"].decode()


def test_lessons_are_read_in_the_order_of_the_nav_and_others_last(tiny):
    assert reading_order(tiny) == {}
    nav = "# 导航\nnav:\n  - lessons/ch01_tiny/second.md\n  - 词: lessons/ch01_tiny/first.md\n"
    (tiny / "mkdocs.yml").write_text(nav, encoding="utf-8")
    assert reading_order(tiny) == {"ch01_tiny/second": 0, "ch01_tiny/first": 1}
    assert [lesson.name for lesson in read_course(tiny)] == [
        f"ch01_tiny/{name}" for name in ("second", "first", "index")
    ]


def test_the_mistakes_of_all_lessons_are_told_at_once(tiny, edit):
    line = edit(FIRST, "FACTOR = 2", "FACTOR = ")
    edit(SECOND, "# Uses `double`", "# ## Uses `double`")
    edit(CHAPTER, "# # 1 Tiny", "# ## 1 Tiny")
    message = error_of(tiny)
    assert f"{FIRST.as_posix()}:{line}: SyntaxError" in message
    assert f"{SECOND.as_posix()}:" in message and f"{CHAPTER.as_posix()}:" in message


def test_the_server_is_started_early_or_late_or_not_at_all(tiny, edit, monkeypatch):
    started, real = [], course.start_server
    monkeypatch.setattr(
        course, "read_glossary", lambda root: started.append("reading") or read_glossary(root)
    )
    monkeypatch.setattr(course, "start_server", lambda: started.append("start") or real())
    build_course(tiny)
    assert started == ["start", "reading", "start"]  # nothing kept: before anything is read
    started.clear()
    build_course(tiny)
    assert started == ["reading"]
    started.clear()
    edit(SECOND, "double(double(1))", "double(double(2))")
    build_course(tiny)
    assert started == ["reading", "start"]


def test_only_what_has_to_run_runs_as_the_caller_wants(tiny, edit, monkeypatch, capsys):
    asked, real = [], course.run_lessons

    def run_lessons(lessons, keep, workers, timeout):
        asked.append(([lesson.path for lesson in lessons], workers, timeout))
        real(lessons, keep, workers, timeout)

    monkeypatch.setattr(course, "run_lessons", run_lessons)
    monkeypatch.setattr(cache, "UNUSED_RUNS", 0)
    build_course(tiny, 1, 77)
    edit(SECOND, "double(double(1))", "double(double(2))")
    build_course(tiny)
    build_course(tiny)
    monkeypatch.setattr(course, "environment", lambda: ["another Python"])
    build_course(tiny, 2)
    both = [FIRST, SECOND]
    assert asked == [(both, 1, 77), ([SECOND], None, run.TIMEOUT_SECONDS), (both, 2, run.TIMEOUT_SECONDS)]
    said = [row for row in capsys.readouterr().err.splitlines() if row.endswith("to run")]
    assert said == [f"{number} of 2 lessons to run" for number in (2, 1, 2)]
    assert len(list((tiny / ".cache/runs").iterdir())) == 2  # those in use


def test_what_changed_is_written_and_what_nothing_makes_is_removed(tmp_path):
    docs = tmp_path / "docs"
    old = {
        "zh/lessons/ch01_a/same.md": "一",
        "zh/lessons/ch01_a/other.md": "一",
        "zh/lessons/ch01_a/gone.md": "一",
        "zh/lessons/ch09_gone/deep/gone.md": "一",
        "en/replays/ch01_a/gone.js": "1",
        "en/index.md": "by hand",
        "lessons/notes.md": "of no language",
    }
    for name, text in old.items():
        (docs / name).parent.mkdir(parents=True, exist_ok=True)
        (docs / name).write_text(text, encoding="utf-8")
    (docs / "en/figures/empty").mkdir(parents=True)
    before = (docs / "zh/lessons/ch01_a/same.md").stat().st_mtime_ns
    new = {"zh/lessons/ch01_a/same.md": "一", "zh/lessons/ch01_a/other.md": "二", "en/glossary.md": "3"}
    course.write_files(tmp_path, {Path(name): text for name, text in new.items()})
    kept = {name: old[name] for name in ("en/index.md", "lessons/notes.md")}
    assert contents(docs) == {name: text.encode() for name, text in (new | kept).items()}
    assert (docs / "zh/lessons/ch01_a/same.md").stat().st_mtime_ns == before
    folders = {path.relative_to(docs).as_posix() for path in docs.rglob("*") if path.is_dir()}
    assert not folders & {"zh/lessons/ch09_gone", "en/figures/empty", "en/replays/ch01_a"}
