"""Every mistake that a lesson names, put into the lesson's own functions: its tests must notice.

``bugs.yml`` has, by lesson, what the mistake is called and the texts that it replaces. Each is tried in a copy of the
lesson and its test below a temporary folder.
"""

import contextlib
import os
import shutil
import sys
import tempfile
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from docs.builder.run import warm_context

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
    """In a process that has torch imported already, as the lessons' own programs are tested."""
    context = warm_context()
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_run_tests, args=(sender, root, tests))
    process.start()
    sender.close()
    try:
        code, failed = receiver.recv()
    finally:
        process.join()
        receiver.close()
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        raise RuntimeError(f"pytest ended with {code!r} in a copy of {tests[0]}; can it be imported?")
    return failed


class _FirstFailure:
    """A plugin of pytest that remembers what failed first."""

    name: str | None = None

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed and not self.name:
            self.name = report.nodeid.split("::", 1)[1]


def _run_tests(sender: Connection, root: Path, tests: list[str]) -> None:
    os.chdir(root)
    sys.path[:] = [str(root), *(p for p in sys.path if Path(p).resolve() != ROOT)]
    with open(os.devnull, "w", encoding="utf-8") as nowhere, contextlib.redirect_stdout(nowhere):
        first = _FirstFailure()
        arguments = ["-x", "-q", "-p", "tests.mutants.plugin", "-p", "no:cacheprovider", *tests]
        code = pytest.main(arguments, plugins=[first])
    sender.send((code if not first.name else pytest.ExitCode.TESTS_FAILED, first.name))
    sender.close()
