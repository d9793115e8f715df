"""The cache is proved by counting executions: `lessons_run` gives the lessons that a build ran."""

import os
import re
from dataclasses import replace
from pathlib import Path

import pytest

from docs.builder import cache
from docs.builder.cache import environment, forget_runs, load_run, run_key, save_run
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


def test_a_library_that_is_not_there_is_absent(monkeypatch):
    monkeypatch.setattr(cache, "LIBRARIES", ("no-such-library",))
    assert environment()[-1] == "no-such-library absent"


def test_an_edited_expression_of_an_alternative_text_changes_the_key(tiny, edit):
    before = run_key(read_lesson(tiny, FIRST), [])
    for text in ("升到 `{python} answer", "rises to `{python} answer"):
        edit(FIRST, text, f"{text} + 1")
    assert run_key(read_lesson(tiny, FIRST), []) != before


def test_lessons_that_import_each_other_or_themselves_have_keys(tiny, edit):
    both = "import lessons.ch01_tiny.first\nimport lessons.ch01_tiny.second\n"
    edit(FIRST, "import matplotlib.pyplot as plt", both)
    before = run_key(read_lesson(tiny, FIRST), [])
    assert run_key(read_lesson(tiny, SECOND), []) != before
    edit(SECOND, "double(double(1))", "double(double(2))")
    assert run_key(read_lesson(tiny, FIRST), []) != before


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


def test_a_kept_run_with_one_sign_changed_or_added_is_damaged(tmp_path):
    save_run(tmp_path, "k", Run([CellResult("步\n")], 0.5))
    path = tmp_path / cache.RUNS / "k.json"
    good = path.read_bytes()
    assert "步".encode() in good  # as it is: an escape takes twice the bytes
    line_end = good.index(b"\n")
    for place in (0, line_end - 1, line_end, line_end + 1, len(good) - 1):
        path.write_bytes(good[:place] + b" " + good[place + 1 :])
        assert load_run(tmp_path, "k") is None, place
    for place in (0, line_end, line_end + 1, len(good)):
        path.write_bytes(good[:place] + b"\n" + good[place:])
        assert load_run(tmp_path, "k") is None, place


def test_a_run_takes_the_place_of_a_folder(tmp_path):
    (tmp_path / cache.RUNS / "k.json" / "inner").mkdir(parents=True)
    run = Run([CellResult("1\n")], 0.5)
    save_run(tmp_path, "k", run)
    assert load_run(tmp_path, "k") == run


def test_the_oldest_runs_go_and_those_in_use_stay(tmp_path, monkeypatch):
    monkeypatch.setattr(cache, "UNUSED_RUNS", 2)
    folder = tmp_path / cache.RUNS
    for seconds, key in enumerate(("used", "d", "a", "c", "b")):  # the oldest first, not in the names' order
        save_run(tmp_path, key, Run([], 0.5))
        os.utime(folder / f"{key}.json", (seconds, seconds))
    (folder / "note.txt").touch()
    forget_runs(tmp_path, ["used"])
    assert {path.name for path in folder.iterdir()} == {"used.json", "c.json", "b.json", "note.txt"}
