"""The lists that mutation runs rest on, and what they report."""

import pytest
import yaml

from tests.branches import Function, reached, read_functions
from tests.mutants import campaign, results
from tests.mutants.bugs import Bug, killer, read_bugs
from tests.mutants.campaign import ROOT, files
from tests.mutants.table import problems, render

FILE = "lessons/ch01_tensors/shapes.py"
MUTANT = {"function": "f", "line": 7, "old": "x = 1", "new": "x = 2"}


def result(*survivors: dict, mutants: int = 20) -> dict:
    numbers = {
        "mutants": mutants,
        "drawing": 3,
        "timeouts": 1,
        "seconds": 60,
        "python": "3.11.7",
        "torch": "2.13.0",
    }
    return numbers | {"survivors": list(survivors)}


def test_every_file_has_tests():
    assert FILE in files() and "docs/builder/text.py" in files()
    missing = [test for file in files() for test in campaign.tests_of(file) if not (ROOT / test).is_file()]
    assert missing == []


def test_every_bug_can_be_put_into_its_lesson():
    assert {bug.file for bug in read_bugs()} == {f for f in files() if f.startswith("lessons/")} - {
        "lessons/ch06_training/claims_checked.py"  # checks what others claim, and shows no bug of its own
    }


def test_every_equivalent_mutant_changes_a_line_that_there_is():
    listed = yaml.safe_load(results.EQUIVALENT.read_text(encoding="utf-8"))
    del listed["every file"]
    for file, entries in listed.items():
        text = " ".join((ROOT / file).read_text(encoding="utf-8").split())
        gone = [entry["old"] for entry in entries if " ".join(entry["old"].split()) not in text]
        assert gone == [], file


@pytest.fixture
def listed(tmp_path, monkeypatch):
    """``listed(entries)`` makes these the list of equivalent mutants of FILE."""

    def write(*entries: dict) -> None:
        rules = [{"part": "strict=True", "instead": ["strict=False"], "why": "Same length."}]
        (tmp_path / "equivalent.yml").write_text(yaml.safe_dump({"every file": rules, FILE: list(entries)}))
        monkeypatch.setattr(results, "EQUIVALENT", tmp_path / "equivalent.yml")

    return write


def test_survivors_are_explained_or_open(listed):
    listed({"in": "f", "old": "x = 1", "new": "x = 2", "why": "Never used."})
    zipped = MUTANT | {"old": "zip(a, strict=True)", "new": "zip(a, strict=False)"}
    other = MUTANT | {"new": "x = None"}
    found, stale = results.explained({FILE: result(MUTANT, zipped, other)})
    assert [why for _, why in found[FILE]] == ["Never used.", "Same length.", ""]
    assert stale == []
    assert problems({FILE: result(MUTANT, mutants=20)}, found, {}) == [
        f"{FILE}:7: f: no test tells 'x = None' from 'x = 1'"
    ]


def test_a_reason_for_what_is_killed_is_an_error(listed):
    listed({"in": "f", "old": "x = 1", "new": "x = 2", "why": "Never used."})
    assert results.explained({FILE: result()})[1] == [
        f"equivalent.yml: {FILE}: no survivor of f: x = 1 -> x = 2"
    ]


def test_too_few_killed_and_a_bug_that_no_test_sees_are_problems():
    few = {FILE: result(MUTANT, MUTANT, mutants=19)}
    found = {FILE: [(MUTANT, "Never used.")] * 2}
    bugs = {f"{FILE}: wrong dim": None, f"{FILE}: overflow": "test_it"}
    assert problems(few, found, bugs) == [
        f"{FILE}: less than 90% of 19 mutants are killed",
        f"no test fails with {FILE}: wrong dim",
    ]
    assert problems({FILE: result(MUTANT, MUTANT, mutants=20)}, found, {}) == []


def test_the_page_has_a_row_for_each_file_bug_and_survivor():
    found = {FILE: [(MUTANT, "Never used."), (MUTANT, "")]}
    page = render(
        {FILE: result(MUTANT, MUTANT)}, found, {"a: b": None, "a: c": "test_it"}, [FILE, "other.py"]
    )
    assert "**20 mutants in 1 of 2 files, 18 killed (90.0%)**" in page
    assert f"| `{FILE}` | 20 | 18 | 1 | 1 | 1 | 90.0% | 60 |" in page
    assert "1 of 2 killed" in page and "| a: b | **no test** |" in page and "| a: c | `test_it` |" in page
    assert f"- {FILE}:7 `f`: `x = 1` → `x = 2`. Never used.\n" in page and "**Open.**" in page
    assert "Not tried yet: `other.py`." in page


def test_a_bug_that_leaves_no_lesson_to_import_is_not_killed_but_wrong():
    lesson = "lessons/ch01_tensors/numpy_bridge.py"
    with pytest.raises(RuntimeError, match="can it be imported"):
        killer(Bug(lesson, "half a line", "import torch\n", "import\n"))


def test_a_function_s_lines_and_branches_are_counted_without_the_module_level():
    def region(covered: int, total: int, lines: list, branches: list) -> dict:
        numbers = {
            "covered_lines": covered,
            "covered_branches": 1,
            "num_statements": total,
            "num_branches": 2,
        }
        return {"summary": numbers, "missing_lines": lines, "missing_branches": branches}

    functions = {"": region(0, 9, [1], []), "C.f": region(3, 4, [8], [[7, 8], [9, -2]])}
    found = read_functions({"files": {"lessons/a.py": {"functions": functions}}})
    assert found == [Function("lessons/a.py", "C.f", 4, 6, ["8", "7->8", "9->exit"])]


def test_the_bars_of_coverage(capsys):
    assert reached("lessons", [Function("a", "f", 6, 6, [])])
    assert not reached("lessons", [Function("a", "f", 5, 6, ["8"])])
    assert not reached("lessons", [])
    assert reached("docs/builder", [Function("a", "f", 19, 20, ["8"])])
    assert not reached("docs/builder", [Function("a", "f", 18, 20, ["8", "9"])])
    assert (
        "docs/builder: 18 of 20 lines and branches of 1 functions, 90.00%; bar 95% MISSED"
        in capsys.readouterr().out
    )
