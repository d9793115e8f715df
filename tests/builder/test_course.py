"""What stops a build, with the message a contributor reads; what two builds must have in common; what each stage makes."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from docs.builder import cache, course, run
from docs.builder.course import build_course, read_course, reading_order
from docs.builder.glossary import read_glossary
from docs.builder.localise import Block, Page
from docs.builder.notebook import render_notebook
from docs.builder.read import Lesson
from tests.project import contents, differences, error_of

ROOT = Path(__file__).parents[2]
FIRST = Path("lessons/ch01_tiny/first.py")
SECOND = Path("lessons/ch01_tiny/second.py")
CHAPTER = Path("lessons/ch01_tiny/__init__.py")
PAGE = Path("docs/zh/lessons/ch01_tiny/first.md")

pytestmark = pytest.mark.xdist_group("builds")


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
