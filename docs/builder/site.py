"""Publishes the site: built beside the old one, which is replaced only when everything went well."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from .errors import CourseErrors


def build_site(root: Path) -> None:
    """Build both languages with MkDocs, warnings as errors, into ``root / "site"``.

    Raises ``CourseErrors``; the site that was there then stays.
    """
    staging, site, old = root / ".cache" / "site-new", root / "site", root / ".cache" / "site-old"
    for folder in (staging, old):
        shutil.rmtree(folder, ignore_errors=True)
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(staging)]
    done = subprocess.run(command, cwd=root, env=os.environ | {"NO_MKDOCS_2_WARNING": "1"}, check=False)
    if done.returncode:
        raise CourseErrors([])
    if site.exists():
        site.rename(old)
    staging.rename(site)
    shutil.rmtree(old, ignore_errors=True)
