"""Every mistake that a lesson names, put into the lesson's own functions: its tests must notice.

``bugs.yml`` has, by lesson, what the mistake is called and the texts that it replaces. Each is tried in a copy of the
lesson and its test below a temporary folder.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import yaml

from .campaign import ROOT, SHARED, tests_of

BUGS = Path(__file__).with_name("bugs.yml")


class Bug(NamedTuple):
    file: str
    name: str
    old: str
    new: str


def read_bugs() -> list[Bug]:
    """Raises ``ValueError`` where an old text does not stand in its lesson exactly once."""
    data = yaml.safe_load(BUGS.read_text(encoding="utf-8"))
    bugs = [
        Bug(file, entry["bug"], entry["old"], entry["new"])
        for file, entries in data.items()
        for entry in entries
    ]
    for bug in bugs:
        count = (ROOT / bug.file).read_text(encoding="utf-8").count(bug.old)
        if count != 1:
            raise ValueError(
                f"{BUGS.name}: {bug.file}: {bug.name}: its old text stands there {count} times, not once"
            )
    return bugs


def killer(bug: Bug) -> str | None:
    """The first test that fails with ``bug`` in the lesson; ``None`` if all pass."""
    with tempfile.TemporaryDirectory() as folder:
        root, tests = Path(folder), tests_of(bug.file)
        for name in (*SHARED, "pyproject.toml", str(Path(bug.file).parent), *tests):
            copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            copy(ROOT / name, root / name)
        text = (root / bug.file).read_text(encoding="utf-8")
        (root / bug.file).write_text(text.replace(bug.old, bug.new), encoding="utf-8")
        return _first_failure(root, tests)


def _first_failure(root: Path, tests: list[str]) -> str | None:
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "tests.mutants.plugin", "--tb=no", *tests]
    environment = os.environ | {"PYTHONPATH": os.environ.get("PYTHONPATH", ""), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    failed = [
        line.split(" - ")[0].split("::", 1)[1]
        for line in done.stdout.splitlines()
        if line.startswith("FAILED")
    ]
    return failed[0] if failed else None
