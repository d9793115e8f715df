"""One file's mutants, made and tried by mutmut in a folder of their own below ``.cache/mutants``.

mutmut mutates the bodies of functions, keeps all mutants of a file in one module and forks each from a process
that has torch and the tests imported already: some tenths of a second a mutant, where a fresh process (as
cosmic-ray starts for each) spends seconds on imports before the first test begins.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).parents[2]
KEPT = ROOT / ".cache" / "mutants"
LESSONS, BUILDER = "lessons", "docs/builder"
UNTESTED = {
    "__init__.py",  # text only
    "warm.py",  # imports only
    "maths.py",  # both of its functions are decorated
    "bench.py",  # measures for half an hour what `make bench` prints; nothing depends on it
    # the joints to MkDocs: what tests them is the building of whole sites, half a minute a mutant (tests/site)
    *("__main__.py", "hooks.py", "language.py", "material.py", "page_hooks.py", "site.py"),
}
BUILDER_TESTS = {  # where the tests of a module are elsewhere than in its own test file
    "course": ["test_course"],
    "errors": ["test_check"],
    "execute": ["test_execute", "test_course"],
    "glossary_page": ["test_glossary"],
    "localise": ["test_localise", "test_text"],
    "notebook": ["test_course"],
    "repository": ["test_reading"],
    "figures": ["test_figures", "test_reading"],
    "run": ["test_run", "test_course"],
    "workbooks": ["test_fault_files"],
    "write": ["test_fault_files"],
}
SHARED = (
    *("docs/builder", "docs/glossary.yml", "tests/mutants", "tests/seeds.yml"),
    *(f"tests/{name}.py" for name in ("conftest", "program", "project", "seeds")),
)
COURSE = ("lessons", "docs/theme", "docs/zh", "docs/en", "mkdocs.yml", "mkdocs.en.yml", "tests/builder")
SETTINGS = """
[tool.mutmut]
source_paths = ["{file}"]
also_copy = {also_copy}
pytest_add_cli_args = ["-p", "tests.mutants.plugin", "-p", "no:cacheprovider", "-n", "0"]
pytest_add_cli_args_test_selection = {tests}
process_isolation = "forkserver"  # the builder's tests start processes, which a fork of a used process cannot
timeout_multiplier = 3.0
timeout_constant = 5.0
use_git_change_detection = false
track_dependencies = false
# The wording of errors; pages show few of them, and tests match their words.
do_not_mutate_patterns = [
    '^\\s*raise (ValueError|TypeError)\\(',
    '^\\s*(wanted, )?(found|kind|given) = (f"|"|tuple|getattr)',
]
"""


def files() -> list[str]:
    """Every file whose functions are mutated, lessons first."""
    found = [*sorted(ROOT.glob(f"{LESSONS}/ch*/*.py")), *sorted(ROOT.glob(f"{BUILDER}/*.py"))]
    return [p.relative_to(ROOT).as_posix() for p in found if p.name not in UNTESTED]


def tests_of(file: str) -> list[str]:
    """The module's own tests; whole builds kill a few more, but take seconds a mutant."""
    path = Path(file)
    if file.startswith(LESSONS):
        return [f"tests/{path.parent.name}/test_{path.name}"]
    return [f"tests/builder/{name}.py" for name in BUILDER_TESTS.get(path.stem, [f"test_{path.stem}"])]


def folder_of(file: str) -> Path:
    return KEPT / file.removesuffix(".py").replace("/", ".")


def prepare(file: str) -> Path:
    """The folder in which mutmut works: links to what the tests need, and its settings."""
    folder, tests = folder_of(file), tests_of(file)
    needed = [*SHARED, *(COURSE if file.startswith(BUILDER) else [str(Path(file).parent), *tests])]
    for name in needed:
        link = folder / name
        link.parent.mkdir(parents=True, exist_ok=True)
        if not link.is_symlink():
            link.symlink_to(ROOT / name)
    copied = [name for name in needed if not name.startswith("tests/")]  # mutmut copies those anyway
    settings = SETTINGS.format(file=file, also_copy=json.dumps(copied), tests=json.dumps(tests))
    settings += f"# mutmut {version('mutmut')}\n"
    kept = folder / "pyproject.toml"
    if kept.is_file() and not kept.read_text(encoding="utf-8").endswith(settings):
        shutil.rmtree(folder / "mutants", ignore_errors=True)  # mutants may have other numbers now
        (folder / "run.json").unlink(missing_ok=True)
    ours = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    ours = ours.replace(" --randomly-dont-reset-seed", "")  # mutmut turns that plugin off
    kept.write_text(ours + settings, encoding="utf-8")
    return folder


def run(file: str) -> None:
    """Try the mutants that have no result yet, and again those that survived other tests than there are now."""
    folder = prepare(file)
    note = folder / "run.json"
    before = json.loads(note.read_text()) if note.is_file() else {"tests": "", "seconds": 0.0}
    tests = hashlib.sha256(b"".join((ROOT / name).read_bytes() for name in tests_of(file))).hexdigest()
    start = time.monotonic()
    mutmut(folder, "run", "--max-children", "1")
    survivors = [name for name, status in statuses(file).items() if status in ("survived", "untested")]
    if survivors and before["tests"] not in ("", tests):
        mutmut(folder, "run", "--max-children", "1", *survivors)
    seconds = before["seconds"] + time.monotonic() - start
    note.write_text(json.dumps({"tests": tests, "seconds": seconds}))


def mutmut(folder: Path, *arguments: str) -> str:
    """What mutmut prints; ends this program with it where mutmut failed."""
    environment = os.environ | {"OMP_NUM_THREADS": "1", "NO_MKDOCS_2_WARNING": "1"}
    command = [sys.executable, "-m", "mutmut", *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed in {folder}:\n{done.stdout[-5000:]}{done.stderr[-5000:]}")
    return done.stdout


def statuses(file: str) -> dict[str, str]:
    """What became of each mutant of ``file``, by mutmut's name of it: module.x_function__mutmut_7."""
    codes = json.loads((folder_of(file) / "mutants" / f"{file}.meta").read_text(encoding="utf-8"))
    return {name: _status(code) for name, code in codes["exit_code_by_key"].items()}


def _status(code: int | None) -> str:
    """mutmut's exit codes in our four words; what stopped by itself or by a limit is told from what no test ran."""
    if code == 0:
        return "survived"
    if code in (1, 3):  # a test failed, or pytest itself did
        return "killed"
    return "timeout" if code in (-9, -24, 24, 36, 152) else "untested"
