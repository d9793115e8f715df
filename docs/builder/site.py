"""Publishes the site: built beside the old one, which is replaced only when everything went well."""

import os
import shutil
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from threading import Thread

from .course import prepare_course, write_course
from .errors import CourseErrors
from .policy import protect
from .search import finish_search


def build_site(root: Path) -> None:
    """Build both languages side by side, warnings as errors, into ``root / "site"``.

    Raises ``CourseErrors``; the site that was there then stays.
    """
    staging = root / ".cache" / "site-new"
    shutil.rmtree(staging, ignore_errors=True)
    lessons = prepare_course(root)  # first: the lessons' own imports take longest, and start here
    from .language import build_language, warm_up

    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as other:
        other.submit(warm_up)
        warming = Thread(target=warm_up)
        warming.start()
        write_course(root, lessons)
        warming.join()
        sys.stderr.write("building the pages of both languages …\n")
        url = os.environ.get("SITE_URL", "").rstrip("/")
        chinese, english = (f"{url}/{below}" if url else "" for below in ("", "en/"))
        in_english = other.submit(build_language, root / "mkdocs.en.yml", staging / "en", english)
        failures = [build_language(root / "mkdocs.yml", staging / "zh", chinese), in_english.result()]
    if any(failures):
        raise CourseErrors([failure for failure in failures if failure])
    (staging / "en").rename(staging / "zh" / "en")
    finish_search(staging / "zh", lessons.glossary.terms)
    protect(staging / "zh")
    _replace(staging / "zh", root / "site", root / ".cache" / "site-old")


def _replace(new: Path, site: Path, old: Path) -> None:
    shutil.rmtree(old, ignore_errors=True)
    if site.exists():
        site.rename(old)
    new.rename(site)
    shutil.rmtree(old, ignore_errors=True)
