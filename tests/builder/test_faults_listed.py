"""The list of faults, which contributors read, names the tests of faults: all of them, and no others."""

import ast
import re

from tests.project import ROOT

FILES = ("test_fault_builds.py", "test_fault_files.py", "test_fault_lessons.py")


def test_the_list_of_faults_names_every_test_and_no_other():
    rows = re.findall(
        r"^\|.*\| `(test_\w+)` \|$", (ROOT / ".github/FAULTS.md").read_text("utf-8"), re.MULTILINE
    )
    trees = [ast.parse((ROOT / "tests/builder" / name).read_text(encoding="utf-8")) for name in FILES]
    tests = [n.name for tree in trees for n in tree.body if isinstance(n, ast.FunctionDef)]
    assert set(rows) == {name for name in tests if name.startswith("test_")}


def test_a_dagger_marks_what_make_faults_runs():
    text = (ROOT / ".github/FAULTS.md").read_text(encoding="utf-8")
    code = "".join((ROOT / "tests/builder" / name).read_text(encoding="utf-8") for name in FILES)
    long = re.findall(r"@pytest\.mark\.faults\n(?:@.*\n)*def (\w+)", code)
    assert set(re.findall(r"^\|.*†.*\| `(\w+)` \|$", text, re.MULTILINE)) == set(long) != set()
