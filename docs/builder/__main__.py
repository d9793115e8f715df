"""``python -m docs.builder``: write the pages. ``… site``: publish them into ``site/``. ``… offline``: and pack that.
``… new chNN_topic/name``: lay down a lesson to start from."""

import argparse
import sys
from pathlib import Path

from .course import build_course
from .errors import CourseError, CourseErrors
from .new import new_lesson
from .offline import pack_offline
from .site import build_site

ROOT = Path(__file__).parents[2]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m docs.builder", description=__doc__)
    parser.add_argument("what", nargs="?", choices=["pages", "site", "offline", "new"], default="pages")
    parser.add_argument("lesson", nargs="?", help="with new: its chapter and name, ch05_networks/my_lesson")
    arguments = parser.parse_args()
    if (arguments.what == "new") != (arguments.lesson is not None):
        parser.error("new takes the name of a lesson, ch05_networks/my_lesson; the others take none")
    try:
        if arguments.what == "new":
            print(*(path.as_posix() for path in new_lesson(ROOT, arguments.lesson)), sep="\n")
            return 0
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
