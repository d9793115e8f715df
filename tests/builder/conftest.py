"""A tiny course of two lessons, copied for each test: `edit` changes a file of it."""

import shutil
from pathlib import Path

import pytest

TINY = Path(__file__).parent / "tiny"


@pytest.fixture
def tiny(tmp_path):
    """The root of a fresh copy of the tiny course."""
    return shutil.copytree(TINY, tmp_path / "tiny", ignore=shutil.ignore_patterns("__pycache__"))


@pytest.fixture
def edit(tiny):
    """``edit(path, old, new)`` replaces a text that stands exactly once; returns the line where it stood."""

    def replace(path: Path | str, old: str, new: str) -> int:
        text = (tiny / path).read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {path}"
        (tiny / path).write_text(text.replace(old, new), encoding="utf-8")
        return text[: text.index(old)].count("\n") + 1

    return replace
