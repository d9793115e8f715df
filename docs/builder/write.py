"""Writes files whole: each is a draft in the work folder first, and then takes its place in one step."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from .building import work_folder
from .errors import CourseError


def write_all(root: Path, files: Mapping[Path, bytes]) -> None:
    """Write ``files``, by their paths below ``root``: all of them or, where the disk is full, none.

    Raises ``CourseError`` with the file that could not be written.
    """
    drafts = work_folder(root) / "drafts"
    for number, path in enumerate(files):
        with _named(path):
            drafts.mkdir(parents=True, exist_ok=True)
            (drafts / str(number)).write_bytes(files[path])
    for number, path in enumerate(files):
        with _named(path):
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (drafts / str(number)).replace(root / path)


@contextmanager
def _named(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise CourseError(path, 1, f"this file cannot be written: {error.strerror or error}") from error
