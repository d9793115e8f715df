"""``python -m docs.builder``: write the pages. ``… site``: publish them into ``site/``. ``… offline``: and pack that."""

import argparse
import sys
from pathlib import Path

from .course import build_course
from .errors import CourseError, CourseErrors
from .offline import pack_offline
from .site import build_site

ROOT = Path(__file__).parents[2]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m docs.builder", description=__doc__)
    parser.add_argument("what", nargs="?", choices=["pages", "site", "offline"], default="pages")
    arguments = parser.parse_args()
    try:
        build_course(ROOT) if arguments.what == "pages" else build_site(ROOT)
        if arguments.what == "offline":
            path = pack_offline(ROOT)
            print(f"{path.name}: {path.stat().st_size / 1e6:.1f} MB")
    except (CourseError, CourseErrors) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
