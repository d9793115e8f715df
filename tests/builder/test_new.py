"""`python -m docs.builder new`: the lesson it lays down is one that every check accepts; a bad name changes nothing."""

import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from docs.builder.__main__ import main
from docs.builder.course import build_course
from docs.builder.errors import CourseError
from docs.builder.new import NAV, new_lesson
from tests.project import contents, nav_of

ROOT = Path(__file__).parents[2]
NAME = "laid_down_by_a_test"  # not the guide's my_lesson: a newcomer may just have laid that down
CHAPTERS = sorted(path.parent.name for path in ROOT.glob("lessons/ch*/__init__.py"))

pytestmark = pytest.mark.xdist_group("builds")


@pytest.fixture
def project(tmp_path) -> Path:
    """What a new lesson touches, and what it is checked with: the real chapters' pages, one lesson, the glossary."""
    keep = shutil.ignore_patterns("[a-z]*.py", ".*", "__pycache__")
    shutil.copytree(ROOT / "lessons", tmp_path / "lessons", ignore=keep)
    for name in ("mkdocs.yml", "mkdocs.en.yml", "pyproject.toml", "lessons/ruff.toml"):
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "docs").mkdir()
    shutil.copy(ROOT / "docs/glossary.yml", tmp_path / "docs")
    return tmp_path


PAGE = """\
# %% [markdown] lang="zh"
# # 一章
# | 课 | 学完你能 | 用时 |
# |---|---|---|
# | [本章](__init__.py) | 读 | 5 分钟 |

# %% [markdown] lang="en"
# # A chapter
# | Lesson | Afterwards you can | Time |
# |---|---|---|
# | [Itself](__init__.py) | read | 5 minutes |
"""


def test_what_it_lays_down_builds_and_passes(project):
    """A course of this one lesson: the builder accepts it, its tests and every lesson's pass, ruff finds nothing."""
    for chapter in CHAPTERS[1:]:
        shutil.rmtree(project / "lessons" / chapter)
    (project / "lessons" / CHAPTERS[0] / "__init__.py").write_text(PAGE, encoding="utf-8")
    shutil.copytree(ROOT / "docs/builder", project / "docs/builder")
    (project / "tests").mkdir()
    for name in ("conftest", "program", "seeds", "test_lessons", "test_prose"):
        shutil.copy(ROOT / f"tests/{name}.py", project / "tests")
    (project / "tests/seeds.yml").write_text("{}", encoding="utf-8")
    new_lesson(project, f"{CHAPTERS[0]}/my_lesson")
    build_course(project)
    for lang in ("zh", "en"):
        pages = project / "docs" / lang / "lessons" / CHAPTERS[0]
        assert (pages / "my_lesson.md").read_text(encoding="utf-8").count(
            "$"
        ) >= 2 * 6  # tests/site wants six
        assert "](my_lesson.md)" in (pages / "index.md").read_text(encoding="utf-8")
    of_other_files = "not glossary and not pages and not readme and not guide"
    for command in (
        ["ruff", "check", "lessons", "tests"],
        ["ruff", "format", "--check", "lessons", "tests"],
        ["pytest", "-q", "-k", of_other_files, "tests"],
    ):
        command = [sys.executable, "-m", *command]
        done = subprocess.run(command, cwd=project, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_it_comes_last_in_the_nav_and_the_table_of_every_chapter(project, chapter):
    before = {config: nav_of(project / config) for config in NAV}
    new_lesson(project, f"{chapter}/{NAME}")
    for config, old in before.items():
        added = f"lessons/{chapter}/{NAME}.md"
        order = nav_of(project / config)
        assert [path for path in order if path != added] == old
        last = [path for path in old if path.startswith(f"lessons/{chapter}/") and "claims" not in path][-1]
        assert order.index(added) == order.index(last) + 1
    old, page = (
        (root / "lessons" / chapter / "__init__.py").read_text(encoding="utf-8").splitlines()
        for root in (ROOT, project)
    )
    added = [line for line in page if NAME in line]
    assert [line for line in page if line not in added] == old and len(added) == 2
    for row in added:
        above, below = page[page.index(row) - 1], page[page.index(row) + 1]
        assert above.count("|") == row.count("|") and not below.startswith("# |")


def test_both_files_speak_of_this_lesson_alone(project):
    """The templates' own names, ch00_chapter and lesson, are gone wherever they stand for this one's."""
    lesson, test, *_ = (project / path for path in new_lesson(project, f"ch03_linear_regression/{NAME}"))
    for path in (lesson, test):
        assert "ch00_chapter" not in path.read_text(encoding="utf-8")
    assert f"from lessons.ch03_linear_regression.{NAME} import" in test.read_text(encoding="utf-8")
    assert f'"lessons/ch03_linear_regression/{NAME}.py"' in test.read_text(encoding="utf-8")


def test_the_entry_stands_where_the_one_before_it_stands(project):
    plain = "nav:\n  - lessons/ch01_tensors/index.md\n  - lessons/ch01_tensors/creation.md\n"
    nested = f"{plain}  - More:\n      - lessons/ch01_tensors/shapes.md\n"
    for config in NAV:
        (project / config).write_text(f"{nested}  - glossary.md\n", encoding="utf-8")
    new_lesson(project, f"ch01_tensors/{NAME}")
    for config in NAV:
        added = f"{nested}      - lessons/ch01_tensors/{NAME}.md\n  - glossary.md\n"
        assert (project / config).read_text(encoding="utf-8") == added


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("my_lesson", "lessons:1: cannot name a lesson 'my_lesson'; expected chNN_topic/lesson_name"),
        ("ch01_tensors/My-Lesson", "cannot name a lesson"),
        ("ch01_tensors/../creation", "cannot name a lesson"),
        (f"ch01_tensors/{'x' * 31}", "at most 30"),
        ("ch99_dreams/my_lesson", f"there is no chapter ch99_dreams; there is: {', '.join(CHAPTERS)}"),
        ("ch01_tensors/random", "lessons/ch01_tensors/random.py:1: 'random' is a name of Python's"),
        ("ch01_tensors/torch", "'torch' is a name of Python's or of a library"),
        ("ch01_tensors/index", "'index' is a name"),
        ("ch01_tensors/lambda", "'lambda' is a name"),
        ("ch01_tensors/taken", "lessons/ch01_tensors/taken.py:1: there is such a file already"),
        ("ch01_tensors/tested", "tests/ch01_tensors/test_tested.py:1: there is such a file already"),
    ],
)
def test_a_bad_name_changes_nothing(project, name, message):
    (project / "lessons/ch01_tensors/taken.py").touch()
    (project / "tests/ch01_tensors").mkdir(parents=True)
    (project / "tests/ch01_tensors/test_tested.py").touch()
    before = contents(project)
    with pytest.raises(CourseError) as caught:
        new_lesson(project, name)
    assert message in str(caught.value)
    assert contents(project) == before


@pytest.mark.parametrize(
    ("file", "old", "message"),
    [
        ("lessons/ch01_tensors/__init__.py", "# | [", "expected one table of lessons in each language"),
        ("mkdocs.en.yml", "- lessons/ch01", "the nav has no entry '- lessons/ch01_tensors/….md' to follow"),
    ],
)
def test_a_page_or_a_nav_without_a_place_for_it_changes_nothing(project, file, old, message):
    text = (project / file).read_text(encoding="utf-8")
    (project / file).write_text(text.replace(old, "# * ["), encoding="utf-8")
    before = contents(project)
    with pytest.raises(CourseError) as caught:
        new_lesson(project, "ch01_tensors/my_lesson")
    assert f"{file}:1: {message}" in str(caught.value)
    assert contents(project) == before


def test_when_a_file_cannot_be_written_nothing_is(project, monkeypatch):
    before, write = contents(project), Path.write_bytes

    def full(path: Path, content: bytes) -> int:
        if b"docs_dir: docs/en" in content:  # mkdocs.en.yml, the last
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(path, content)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(CourseError, match=r"mkdocs\.en\.yml:1: this file cannot be written: No space left"):
        new_lesson(project, "ch01_tensors/my_lesson")
    after = contents(project)
    del after[".cache/build.lock"]  # the builder's, no file of the course
    assert after == before


@pytest.mark.parametrize("arguments", [["new"], ["site", "ch01_tensors/my_lesson"]])
def test_the_command_asks_for_a_name(monkeypatch, capsys, arguments):
    monkeypatch.setattr(sys, "argv", ["builder", *arguments])
    with pytest.raises(SystemExit) as caught:
        main()
    assert caught.value.code == 2 and "new takes the name of a lesson" in capsys.readouterr().err


def test_the_command_reports_a_mistake(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["builder", "new", "ch01_tensors/creation"])
    assert main() == 1
    assert "lessons/ch01_tensors/creation.py:1: there is such a file already" in capsys.readouterr().err
