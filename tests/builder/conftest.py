"""A tiny course of two lessons, copied for each test: `edit` changes a file of it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.project import TINY


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


def mount(folder: Path, size: str) -> None:
    if sys.platform != "linux" or os.getuid():
        pytest.skip("only root mounts a small disk, and only on Linux")
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], capture_output=True, text=True
    )
    if done.returncode:
        pytest.skip(f"no small disk here: {done.stderr.strip()}")


@pytest.fixture
def small_disk(tmp_path):
    """``small_disk(size)``: a folder on a disk of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    yield lambda size: mount(folder, size) or folder
    subprocess.run(["umount", "-l", folder], capture_output=True, check=False)
