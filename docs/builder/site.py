"""Publishes the site: built beside the old one, which is replaced only when everything went well."""

import os
import sys
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from pathlib import Path
from threading import Thread

from .building import building, old_site, work_folder
from .confine import end_with_parent
from .course import prepare_course, write_course
from .errors import CourseErrors
from .policy import protect
from .search import finish_search


def build_site(root: Path) -> None:
    """Build both languages side by side, warnings as errors, into ``root / "site"``.

    Raises ``CourseErrors``; the site that was there then stays.
    """
    with building(root):
        new = _build(root, work_folder(root) / "site-new")
        if (site := root / "site").exists():
            site.rename(old_site(root))  # between this and the next line there is none; `building` mends that
        new.rename(site)


def _build(root: Path, staging: Path) -> Path:
    lessons = prepare_course(root)  # first: the lessons' own imports take longest, and start here
    from .language import build_language, warm_up

    with ProcessPoolExecutor(1, get_context("spawn"), initializer=end_with_parent) as other:
        other.submit(warm_up)
        warming = Thread(target=warm_up)
        warming.start()
        write_course(root, lessons)
        warming.join()
        sys.stderr.write("building the pages of both languages …\n")
        url = os.environ.get("SITE_URL", "").rstrip("/")
        chinese, english = (f"{url}/{below}" if url else "" for below in ("", "en/"))
        in_english = other.submit(build_language, root / "mkdocs.en.yml", staging / "en", english)
        failures = [build_language(root / "mkdocs.yml", staging / "zh", chinese), english_failure(in_english)]
    if any(failures):
        raise CourseErrors([failure for failure in failures if failure])
    (staging / "en").rename(staging / "zh" / "en")
    finish_search(staging / "zh", lessons.glossary.terms)
    protect(staging / "zh")
    return staging / "zh"


def english_failure(building: Future) -> str | None:
    """What went wrong with the language that another process builds, or ``None``."""
    try:
        return building.result()
    except BrokenProcessPool:
        return "mkdocs.en.yml: the process that built these pages died; was the memory full?"
