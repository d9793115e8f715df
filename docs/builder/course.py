"""The whole course: every stage in order, and the only module that writes below ``docs/``."""

import sys
from pathlib import Path

from .cache import environment, load_run, run_key, save_run, write_atomically
from .check import check_lesson
from .errors import CourseError, CourseErrors
from .execute import Run
from .figures import page_colours
from .glossary import Glossary, read_glossary
from .glossary_page import render_glossary, term_id
from .localise import Page, heading_ids, localise
from .notebook import render_notebook
from .page import figure_name, render_page
from .read import LANGUAGES, Lesson, read_lesson
from .run import TIMEOUT_SECONDS, run_lessons

GENERATED = (
    "lessons",
    "workbooks",
    "downloads",
    "figures",
)  # folders below docs/<lang>/, all of them git-ignored


def build_course(root: Path, workers: int | None = None, timeout: float = TIMEOUT_SECONDS) -> None:
    """Write the pages, notebooks, downloads and figures of every lesson below ``root / "docs"``.

    Raises ``CourseErrors`` before anything is written.
    """
    glossary = read_glossary(root)
    lessons = read_course(root)
    runs = run_course(root, lessons, workers, timeout)
    write_files(root, render_course(lessons, runs, glossary))


def read_course(root: Path) -> list[Lesson]:
    """Every lesson below ``root / "lessons"``, read and checked."""
    paths = sorted(
        p.relative_to(root) for p in (root / "lessons").glob("ch*/*.py") if p.name != "__init__.py"
    )
    if not paths:
        raise CourseError("lessons", 1, "no lesson found; lessons are lessons/chNN_topic/name.py")
    return _each(paths, lambda path: _checked(read_lesson(root, path)))


def _checked(lesson: Lesson) -> Lesson:
    lesson.code  # noqa: B018 - parses the code cells: their errors belong to this stage
    check_lesson(lesson)
    return lesson


def _each(items: list, work) -> list:
    """``work`` on each item; the errors of all of them are raised together."""
    results, errors = [], []
    for item in items:
        try:
            results.append(work(item))
        except CourseErrors as several:
            errors += several.errors
        except CourseError as error:
            errors.append(error)
    if errors:
        raise CourseErrors(errors)
    return results


def run_course(root: Path, lessons: list[Lesson], workers: int | None, timeout: float) -> dict[str, Run]:
    """The run of each lesson by name: from the cache where nothing that matters changed, otherwise run now."""
    folder, versions = root / ".cache" / "runs", environment()
    keys = {lesson.name: run_key(lesson, versions) for lesson in lessons}
    kept = {lesson.name: load_run(folder, keys[lesson.name]) for lesson in lessons}
    runs = {name: run for name, run in kept.items() if run}

    def keep(lesson: Lesson, run: Run) -> None:
        save_run(folder, keys[lesson.name], run)
        runs[lesson.name] = run

    if missing := [lesson for lesson in lessons if lesson.name not in runs]:
        print(f"{len(missing)} of {len(lessons)} lessons to run", file=sys.stderr, flush=True)
        run_lessons(missing, keep, workers, timeout)
    return runs


def render_course(lessons: list[Lesson], runs: dict[str, Run], glossary: Glossary) -> dict[Path, str]:
    """The content of every generated file, by its path below ``docs/``."""
    targets = {lesson.name: set(heading_ids(lesson)) for lesson in lessons}
    targets |= {"/index.md": set(), "/glossary.md": {term_id(term) for term in glossary.terms}}
    wanted = [(lesson, lang) for lesson in lessons for lang in LANGUAGES]
    pages = _each(wanted, lambda item: localise(item[0], runs[item[0].name], item[1], glossary, targets))
    files = {Path("theme/stylesheets/figures.css"): page_colours()}
    for lang in LANGUAGES:
        files[Path(lang, "glossary.md")] = render_glossary(glossary, lang)
    for page in pages:
        files |= _page_files(page)
    return files


def _page_files(page: Page) -> dict[Path, str]:
    folder, name = Path(page.lang), page.lesson.name
    files = {
        folder / "lessons" / f"{name}.md": render_page(page),
        folder / "workbooks" / f"{name}.ipynb": render_notebook(page, for_site=True),
        folder / "downloads" / f"{name}.ipynb": render_notebook(page, for_site=False),
        folder / "downloads" / f"{name}.py": (page.lesson.root / page.lesson.path).read_text(
            encoding="utf-8"
        ),
    }
    for block in page.blocks:
        for number, (svg, _) in enumerate(block.figures):
            files[folder / "figures" / figure_name(page, block, number)] = svg + "\n"
    return files


def write_files(root: Path, files: dict[Path, str]) -> None:
    """Write what changed (or a watching server would rebuild for ever) and remove what no lesson makes any more."""
    docs = root / "docs"
    for path, text in files.items():
        content = text.encode()
        if not (docs / path).is_file() or (docs / path).read_bytes() != content:
            write_atomically(docs / path, content)
    for folder in (docs / lang / kind for lang in LANGUAGES for kind in GENERATED):
        for path in sorted(folder.rglob("*"), reverse=True):
            if path.is_dir() and not any(path.iterdir()):
                path.rmdir()
            elif path.is_file() and path.relative_to(docs) not in files:
                path.unlink()
