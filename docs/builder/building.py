"""One build of a course at a time; where one was killed, the next takes its leavings away."""

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from .errors import CourseError

WAIT_SECONDS = 900


def work_folder(root: Path) -> Path:
    """What a build has not finished lies here, and nowhere else: drafts, the lessons' folders, the new site."""
    return root / ".cache" / "work"


def old_site(root: Path) -> Path:
    """Where the published site waits for the moment in which the new one takes its place."""
    return work_folder(root) / "site-old"


@contextmanager
def building(root: Path, wait: float = WAIT_SECONDS) -> Iterator[None]:
    """Keep other builds of ``root`` waiting, with a work folder that is empty at first and gone in the end.

    Raises ``CourseError`` where another build takes longer than ``wait`` seconds, and for what the system refuses
    (a full disk, a file that may not be written).
    """
    try:
        (root / ".cache").mkdir(exist_ok=True)
        with _alone(root / ".cache" / "build.lock", wait):
            _clear(root)
            try:
                yield
            finally:
                _clear(root)
    except OSError as error:
        raise CourseError(
            str(error.filename or root), 1, f"{error.strerror or error}; site/ is as it was"
        ) from error


@contextmanager
def _alone(path: Path, wait: float) -> Iterator[None]:
    """Hold the lock. It is the system's, on the open file: it ends with this process, however that ends."""
    lock = FileLock(path)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        print("another build of this course is running; waiting for it …", file=sys.stderr, flush=True)
        try:
            lock.acquire(timeout=wait)
        except Timeout:
            message = f"another build of this course is still running after {wait:g} s; end it and try again"
            raise CourseError(path.relative_to(path.parents[1]), 1, message) from None
    try:
        yield
    finally:
        lock.release()


def _clear(root: Path) -> None:
    old, site = old_site(root), root / "site"
    if old.exists() and not site.exists():  # killed, or refused, between the two renames that publish
        old.rename(site)
    shutil.rmtree(work_folder(root), ignore_errors=True)
