"""``python -m tests.branches``: the whole suite under coverage.py, and the branches of function bodies that no test takes.

Module level is left out: importing a file runs it, and what lessons do as programs is compared elsewhere.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / ".cache" / "coverage"
BARS = {"lessons": 1.0, "docs/builder": 0.95}
OPERATIONS = "tests/ch01_tensors/test_operations.py"
TIMED = (  # what they time is slower where every line is counted
    f"{OPERATIONS}::test_the_larger_product_is_slower_in_a_loop",
    f"{OPERATIONS}::test_the_classes_of_the_page",
)
PYTEST = ["-m", "pytest", "-n", "auto", "--dist", "loadgroup", *(f"--deselect={test}" for test in TIMED)]


class Function(NamedTuple):
    """What the tests run of one function: lines and branches together."""

    file: str
    name: str
    covered: int
    total: int
    missing: list[str]  # "LINE" and "LINE->LINE"


def main() -> int:
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    for arguments in (["run", *PYTEST], ["combine", "-q"]):
        code = subprocess.run(
            [sys.executable, "-m", "coverage", *arguments], cwd=ROOT, check=False
        ).returncode
        if code:
            return code
    report = FOLDER / "report.json"
    command = [sys.executable, "-m", "coverage", "json", "-q", "-o", os.fspath(report)]
    subprocess.run(command, cwd=ROOT, check=True)
    functions = read_functions(json.loads(report.read_text(encoding="utf-8")))
    lines = [f"{f.file}: {f.name}: no test runs {', '.join(f.missing)}" for f in functions if f.missing]
    print(*lines, sep="\n")
    verdicts = [reached(folder, [f for f in functions if f.file.startswith(folder)]) for folder in BARS]
    return not all(verdicts)


def read_functions(report: dict) -> list[Function]:
    """The functions of coverage.py's JSON report; its region without a name is the module level."""
    found = []
    for file, data in report["files"].items():
        for name, region in data["functions"].items():
            numbers = region["summary"]
            covered = numbers["covered_lines"] + numbers["covered_branches"]
            total = numbers["num_statements"] + numbers["num_branches"]
            branches = [f"{a}->{b if b > 0 else 'exit'}" for a, b in region["missing_branches"]]
            if name:
                missing = [*map(str, region["missing_lines"]), *branches]
                found.append(Function(Path(file).as_posix(), name, covered, total, missing))
    return found


def reached(folder: str, functions: list[Function]) -> bool:
    covered, total = sum(f.covered for f in functions), sum(f.total for f in functions)
    enough = total > 0 and covered >= BARS[folder] * total
    verdict = "reached" if enough else "MISSED"
    print(
        f"{folder}: {covered} of {total} lines and branches of {len(functions)} functions, {covered / max(total, 1):.2%}; bar {BARS[folder]:.0%} {verdict}"
    )
    return enough


if __name__ == "__main__":
    sys.exit(main())
