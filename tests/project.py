"""A project of its own for a test: this one's builder and theme, the tiny course's lessons."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
import yaml

from docs.builder.course import build_course
from docs.builder.errors import CourseError, CourseErrors

ROOT = Path(__file__).parents[1]
TINY = ROOT / "tests/builder/tiny"
NAV = re.compile(r"(?ms)^nav:.*?^(?=\S(?<!nav:))")  # what follows it has tags of MkDocs' own


def make_project(folder: Path) -> Path:
    """Lay the project down in ``folder``, which need not exist."""
    lay_down(folder, *(f"lessons/ch01_tiny/{name}.md" for name in ("index", "first", "second")))
    return shutil.copytree(TINY, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))


def lay_down(folder: Path, *pages: str) -> None:
    """Builder and theme, and a site of these pages between home and glossary; the lessons are still to come."""
    generated = ("lessons", "workbooks", "downloads", "figures", "replays", "__pycache__")
    shutil.copytree(ROOT / "docs", folder / "docs", ignore=shutil.ignore_patterns(*generated))
    for config in ("mkdocs.yml", "mkdocs.en.yml"):
        text = (ROOT / config).read_text(encoding="utf-8")
        nav = f"nav: [{', '.join(('index.md', *pages, 'glossary.md'))}]\n"
        (folder / config).write_text(NAV.sub(nav, text), encoding="utf-8")
    for index in folder.glob("docs/??/index.md"):
        index.write_text("# Home { #home }\n", encoding="utf-8")


def publish(project: Path, what: str = "site", **variables: str) -> subprocess.CompletedProcess:
    """``python -m docs.builder site`` (or ``offline``) there, with these variables in its environment."""
    command = [sys.executable, "-m", "docs.builder", what]
    environment = os.environ | variables
    return subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below ``folder``, by its path from there."""
    return {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()
    }


def differences(one: dict[str, bytes], other: dict[str, bytes]) -> list[str]:
    """The names of the files that only one of two ``contents`` has, or that differ."""
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))


def error_of(root: Path, **options) -> str:
    """The message of a build that must fail; what had been written before stays as it was."""
    before = contents(root / "docs")
    with pytest.raises((CourseError, CourseErrors)) as caught:
        build_course(root, **options)
    assert contents(root / "docs") == before
    return str(caught.value)


def processes_in(folder: Path) -> list[psutil.Process]:
    """What works below ``folder``: the processes of its lessons, and what they started."""
    inside = f"{folder}{os.sep}"
    return [p for p in psutil.process_iter(["cwd"]) if (p.info["cwd"] or "").startswith(inside)]


def nav_of(config: Path) -> list[str]:
    """The pages of a configuration's nav, in their order."""
    return _pages(yaml.safe_load(NAV.search(config.read_text(encoding="utf-8"))[0])["nav"])


def _pages(entries: list) -> list[str]:
    flat = []
    for entry in entries:
        value = next(iter(entry.values())) if isinstance(entry, dict) else entry
        flat += _pages(value) if isinstance(value, list) else [value]
    return flat
