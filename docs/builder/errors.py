"""The one error that a contributor sees."""

from pathlib import Path


class CourseError(Exception):
    """What is wrong and how to mend it, at a line of a file."""

    def __init__(self, path: Path | str, line: int, message: str):
        super().__init__(f"{Path(path).as_posix()}:{line}: {message}")


class CourseErrors(Exception):
    """Several at once, so that one build shows them all."""

    def __init__(self, errors: list[CourseError | str]):
        self.errors = errors
        super().__init__("\n".join(str(error) for error in errors))
