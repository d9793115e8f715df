"""Publishes the site: built beside the old one, which is replaced only when everything went well."""

import os
import shutil
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from .course import build_course
from .errors import CourseErrors
from .language import build_language, warm_up

CONFIGS = {"mkdocs.yml": "", "mkdocs.en.yml": "en/"}  # configuration -> where its site goes below the other


def build_site(root: Path) -> None:
    """Build both languages side by side, warnings as errors, into ``root / "site"``.

    Raises ``CourseErrors``; the site that was there then stays.
    """
    staging = root / ".cache" / "site-new"
    shutil.rmtree(staging, ignore_errors=True)
    with ProcessPoolExecutor(len(CONFIGS), mp_context=get_context("spawn")) as pool:
        for _ in CONFIGS:
            pool.submit(warm_up)
        build_course(root)
        sys.stderr.write("building the pages of both languages …\n")
        url = os.environ.get("SITE_URL", "")
        builds = [
            pool.submit(build_language, root / config, staging / config, url and f"{url.rstrip('/')}/{below}")
            for config, below in CONFIGS.items()
        ]
        failures = [failure for build in builds if (failure := build.result())]
    if failures:
        raise CourseErrors(failures)
    (staging / "mkdocs.en.yml").rename(staging / "mkdocs.yml" / "en")
    _replace(staging / "mkdocs.yml", root / "site", root / ".cache" / "site-old")


def _replace(new: Path, site: Path, old: Path) -> None:
    shutil.rmtree(old, ignore_errors=True)
    if site.exists():
        site.rename(old)
    new.rename(site)
    shutil.rmtree(old, ignore_errors=True)
