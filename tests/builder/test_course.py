"""What stops a build, with the message a contributor reads; and what two builds must have in common."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from docs.builder.course import build_course
from docs.builder.errors import CourseError, CourseErrors
from tests.project import contents, differences

ROOT = Path(__file__).parents[2]
FIRST = Path("lessons/ch01_tiny/first.py")
SECOND = Path("lessons/ch01_tiny/second.py")
CHAPTER = Path("lessons/ch01_tiny/__init__.py")
PAGE = Path("docs/zh/lessons/ch01_tiny/first.md")

pytestmark = pytest.mark.xdist_group("builds")


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
    assert "no lesson found" in error_of(tmp_path)


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
