"""Where the project is published, if the build is told: GitHub Actions tells it of itself, a person may with REPOSITORY."""

import os
import re

from .errors import CourseError

# Colab opens notebooks from a branch only, and ours are generated: publishing pushes them to this one.
NOTEBOOKS_BRANCH = "notebooks"
VARIABLES = ("REPOSITORY", "GITHUB_REPOSITORY")


def repository() -> str | None:
    """``owner/name`` on GitHub, from the environment.

    Raises ``CourseError`` for a value that is no such pair.
    """
    for variable in VARIABLES:
        if value := os.environ.get(variable):
            if not re.fullmatch(r"[\w.-]+/[\w.-]+", value, re.ASCII):
                raise CourseError(variable, 1, f"the environment variable is {value!r}; expected owner/name")
            return value
    return None


def colab_address(repository: str, lang: str, name: str) -> str:
    """Where Colab opens the notebook of the lesson ``name``: ``<lang>/<name>.ipynb`` on the notebooks' branch."""
    place = f"{repository}/blob/{NOTEBOOKS_BRANCH}/{lang}/{name}.ipynb"
    return f"https://colab.research.google.com/github/{place}"
