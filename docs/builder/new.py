"""``python -m docs.builder new ch05_networks/my_lesson``: a lesson to start from, with its test, on its chapter's page and in the nav."""

import importlib.util
import keyword
import re
from pathlib import Path

from .building import building
from .errors import CourseError
from .write import write_all

TEMPLATE = Path(__file__).parent / "new_lesson"
NAME = re.compile(r"(?P<chapter>ch\d\d_[a-z][a-z0-9_]*)/(?P<name>[a-z][a-z0-9_]{0,29})")
ROWS = re.compile(r"(?m)^# \| \[.*\n(?!# \|)")  # the last row of each table
NAV = ("mkdocs.yml", "mkdocs.en.yml")
# The row of the chapter's table, in the order in which the languages stand in its page.
NEW_ROWS = (
    '# | [新的一课]({0}.py) | 写下学完能做什么 | 约 `{{python}} minutes["{0}"]` 分钟 |\n',
    '# | [A new lesson]({0}.py) | say what a reader can do afterwards | about `{{python}} minutes["{0}"]` minutes |\n',
)


def new_lesson(root: Path, name: str) -> list[Path]:
    """Lay down the lesson ``name``, chapter/lesson; returns the files written or changed, relative to ``root``.

    Raises ``CourseError`` for a name that will not do; then, and when a file cannot be written, nothing has changed.
    """
    match = NAME.fullmatch(name)
    if not match:
        expected = (
            "expected chNN_topic/lesson_name, of lower-case letters, digits and _ (the lesson's at most 30)"
        )
        raise CourseError("lessons", 1, f"cannot name a lesson {name!r}; {expected}")
    chapter, lesson = match.groups()
    _check_free(root, chapter, lesson)
    files = {
        Path("lessons", chapter, f"{lesson}.py"): _filled("lesson.txt", chapter, lesson),
        Path("tests", chapter, f"test_{lesson}.py"): _filled("test_lesson.txt", chapter, lesson),
        Path("lessons", chapter, "__init__.py"): _with_rows(root, chapter, lesson),
    }
    files |= {Path(config): _with_entry(root, config, chapter, lesson) for config in NAV}
    with building(root):
        write_all(root, {path: text.encode() for path, text in files.items()})
    return list(files)


def _check_free(root: Path, chapter: str, lesson: str) -> None:
    file = Path("lessons", chapter, f"{lesson}.py")
    if not (root / "lessons" / chapter / "__init__.py").is_file():
        known = sorted(path.parent.name for path in root.glob("lessons/ch*/__init__.py"))
        raise CourseError(file, 1, f"there is no chapter {chapter}; there is: {', '.join(known)}")
    # `python lessons/…` puts the chapter's folder first on the path: `import random` would find lessons/…/random.py.
    if keyword.iskeyword(lesson) or lesson == "index" or importlib.util.find_spec(lesson):
        raise CourseError(file, 1, f"{lesson!r} is a name of Python's or of a library; choose another")
    for path in (file, Path("tests", chapter, f"test_{lesson}.py")):
        if (root / path).exists():
            raise CourseError(path, 1, "there is such a file already; choose another name")


def _filled(template: str, chapter: str, lesson: str) -> str:
    text = (TEMPLATE / template).read_text(encoding="utf-8")
    return re.sub(r"\bch00_chapter([./])lesson\b", rf"{chapter}\g<1>{lesson}", text)


def _with_rows(root: Path, chapter: str, lesson: str) -> str:
    """The chapter's page with a row for the lesson at the end of its table, in both languages."""
    path = Path("lessons", chapter, "__init__.py")
    text, rows = (root / path).read_text(encoding="utf-8"), iter(NEW_ROWS)
    if len(ROWS.findall(text)) != len(NEW_ROWS):
        raise CourseError(path, 1, "expected one table of lessons in each language, whose rows begin '# | ['")
    return ROWS.sub(lambda match: match[0] + next(rows).format(lesson), text)


def _with_entry(root: Path, config: str, chapter: str, lesson: str) -> str:
    """The configuration with the lesson at the end of its chapter's nav."""
    text = (root / config).read_text(encoding="utf-8")
    entries = list(re.finditer(rf"(?m)^( +- )lessons/{chapter}/\w+\.md\n", text))
    if not entries:
        raise CourseError(config, 1, f"the nav has no entry '- lessons/{chapter}/….md' to follow")
    end = entries[-1].end()
    return f"{text[:end]}{entries[-1][1]}lessons/{chapter}/{lesson}.md\n{text[end:]}"
