"""Keeps the runs of lessons by what can change their results, so that an edit of prose runs nothing."""

import ast
import hashlib
import json
import os
import platform
from collections.abc import Iterator
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from . import execute, figures, replay
from .execute import CellResult, Run
from .read import Lesson, read_lesson
from .text import expressions

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


def load_run(folder: Path, key: str) -> Run | None:
    """The kept run, or ``None`` if there is none or its file is damaged."""
    try:
        digest, text = (folder / f"{key}.json").read_text(encoding="utf-8").split("\n", 1)
        if digest != hashlib.sha256(text.encode()).hexdigest():
            return None
        data = json.loads(text)
        return Run([CellResult(**cell) for cell in data["cells"]], data["seconds"])
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def save_run(folder: Path, key: str, run: Run) -> None:
    """Keep ``run``: a digest and the JSON, in one atomic step."""
    text = json.dumps(asdict(run), ensure_ascii=False)
    content = hashlib.sha256(text.encode()).hexdigest() + "\n" + text
    write_atomically(folder / f"{key}.json", content.encode())


def write_atomically(path: Path, content: bytes) -> None:
    """A reader sees the old file or the new one, never half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_bytes(content)
    draft.replace(path)
