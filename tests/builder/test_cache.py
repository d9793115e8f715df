"""The cache is proved by counting executions: `lessons_run` gives the lessons that a build ran."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from docs.builder import cache
from docs.builder.cache import environment, load_run, run_key, save_run
from docs.builder.course import build_course
from docs.builder.execute import CellResult, Run
from docs.builder.read import read_lesson

FIRST = Path("lessons/ch01_tiny/first.py")
SECOND = Path("lessons/ch01_tiny/second.py")  # imports first

pytestmark = pytest.mark.xdist_group("builds")


@pytest.fixture
def lessons_run(tiny, capfd):
    def build() -> set[str]:
        capfd.readouterr()
        build_course(tiny)
        return set(re.findall(r"^running (\S+) …$", capfd.readouterr().err, re.MULTILINE))

    assert build() == {FIRST.as_posix(), SECOND.as_posix()}  # cold
    return build


def test_nothing_runs_again_without_a_change(lessons_run):
    assert lessons_run() == set()


def test_a_prose_edit_runs_nothing_and_reaches_the_page(tiny, edit, lessons_run):
    edit(FIRST, "# 把一个数加倍，", "# 添上一行，\n# 把一个数加倍，")
    edit(FIRST, 'alt_en="A line', 'alt_en="A straight line')
    assert lessons_run() == set()
    assert "添上一行，把一个数加倍" in (tiny / "docs/zh/lessons/ch01_tiny/first.md").read_text(
        encoding="utf-8"
    )


def test_a_code_edit_runs_the_lesson_and_its_importers(edit, lessons_run):
    edit(FIRST, "FACTOR = 2", "FACTOR = 3")
    assert lessons_run() == {FIRST.as_posix(), SECOND.as_posix()}
    edit(SECOND, "double(double(1))", "double(double(2))")
    assert lessons_run() == {SECOND.as_posix()}


def test_an_edited_inline_expression_runs_its_lesson(edit, lessons_run):
    edit(FIRST, "答案是 `{python} answer`", "答案是 `{python} answer + 1`")
    edit(FIRST, "The answer is `{python} answer`", "The answer is `{python} answer + 1`")
    assert FIRST.as_posix() in lessons_run()


def test_a_version_change_runs_everything(lessons_run, monkeypatch):
    real = cache._version
    monkeypatch.setattr(cache, "_version", lambda name: "0" if name == "torch" else real(name))
    assert lessons_run() == {FIRST.as_posix(), SECOND.as_posix()}


def test_the_environment_names_executor_python_and_libraries(monkeypatch):
    before = environment()
    assert any(text.startswith("torch 2.") for text in before)
    monkeypatch.setattr(cache.platform, "python_version", lambda: "3.99.0")
    assert environment() != before


def test_a_key_depends_on_neither_place_nor_time(tiny, tmp_path):
    other = tmp_path / "elsewhere"
    tiny.rename(other)
    here, there = read_lesson(other, FIRST), replace(read_lesson(other, FIRST), root=other)
    assert run_key(here, ["e"]) == run_key(there, ["e"]) != run_key(here, ["f"])


@pytest.mark.parametrize("damage", [b"", b"abc\n{}", b"\xff\xfe"])
def test_a_kept_run_comes_back_whole_or_not_at_all(tmp_path, damage):
    run = Run([CellResult("out\n", ["<svg/>"], {"x": "1"}), CellResult()], 0.5)
    save_run(tmp_path, "k", run)
    assert load_run(tmp_path, "k") == run
    (tmp_path / cache.RUNS / "k.json").write_bytes(damage)
    assert load_run(tmp_path, "k") is None
    assert load_run(tmp_path, "absent") is None
