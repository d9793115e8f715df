"""Keeps the runs of lessons by what can change their results, so that an edit of prose runs nothing."""

import ast
import hashlib
import json
import platform
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from . import execute, figures, replay
from .execute import CellResult, Run
from .read import Lesson, read_lesson
from .text import expressions
from .write import write_all

RUNS = Path(".cache/runs")
UNUSED_RUNS = 200  # kept besides those in use, some 20 MB: an edit undone or another branch runs nothing
LIBRARIES = ("torch", "numpy", "scipy", "scikit-learn", "matplotlib", "tensorboard")


def environment() -> list[str]:
    """The executor's own text (with what it does to figures), Python and the libraries: a change of any of them runs every lesson."""
    versions = [f"{name} {_version(name)}" for name in LIBRARIES]
    sources = [
        path.read_text(encoding="utf-8")
        for path in (*(Path(module.__file__) for module in (execute, figures, replay)), execute.STYLE)
    ]
    return [*sources, platform.python_version(), *versions]


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "absent"


def run_key(lesson: Lesson, environment: list[str]) -> str:
    """A digest of the environment, the lesson's code and expressions, and the code of every lesson it imports."""
    imported = [_code_and_expressions(other) for other in _imports(lesson, {})]
    text = json.dumps([environment, lesson.path.as_posix(), _code_and_expressions(lesson), imported])
    return hashlib.sha256(text.encode()).hexdigest()


def _code_and_expressions(lesson: Lesson) -> list[list[str]]:
    """Cell by cell: code as it stands, of alt texts and prose only the inline expressions. No line numbers."""
    found = []
    for cell in lesson.cells:
        texts = cell.alt.values() if cell.is_code else [cell.source]
        evaluated = sorted({e for text in texts for e in expressions(text)})
        found.append([cell.source if cell.is_code else "", *evaluated])
    return found


def _imports(lesson: Lesson, seen: dict[Path, Lesson]) -> list[Lesson]:
    """The lessons that ``lesson`` imports, directly or through others, in the order of their paths."""
    for path in _imported_paths(lesson):
        if path not in seen and path != lesson.path:
            seen[path] = read_lesson(lesson.root, path)
            _imports(seen[path], seen)
    return [seen[path] for path in sorted(seen)]


def _imported_paths(lesson: Lesson) -> Iterator[Path]:
    for code in lesson.code.values():
        for node in ast.walk(code.tree):
            names = []
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            elif isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            for name in names:
                path = Path(*name.split(".")).with_suffix(".py")
                if name.startswith("lessons.") and (lesson.root / path).is_file():
                    yield path


def load_run(root: Path, key: str) -> Run | None:
    """The kept run, or ``None`` if there is none or it is damaged, in whatever way."""
    try:
        digest, text = _path(root, key).read_text(encoding="utf-8").split("\n", 1)
        if digest != _digest(key, text):
            return None
        data = json.loads(text)
        return Run([CellResult(**cell) for cell in data["cells"]], data["seconds"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def save_run(root: Path, key: str, run: Run) -> None:
    """Keep ``run``: a digest and the JSON, in one atomic step."""
    text, path = json.dumps(asdict(run), ensure_ascii=False), _path(root, key)
    if path.is_dir():  # no build makes one, but none should fail for ever because of it
        shutil.rmtree(path)
    write_all(root, {path.relative_to(root): f"{_digest(key, text)}\n{text}".encode()})


def _path(root: Path, key: str) -> Path:
    return root / RUNS / f"{key}.json"


def _digest(key: str, text: str) -> str:
    """Of the key too: an entry under another's name is damaged."""
    return hashlib.sha256(f"{key}\n{text}".encode()).hexdigest()


def forget_runs(root: Path, used: Iterable[str]) -> None:
    """Remove the oldest runs that are not in use."""
    unused = set((root / RUNS).glob("*.json")) - {_path(root, key) for key in used}
    newest = sorted(unused, key=lambda path: path.stat().st_mtime, reverse=True)
    for path in newest[UNUSED_RUNS:]:
        path.unlink()
