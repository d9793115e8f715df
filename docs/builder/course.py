"""The whole course: every stage in order, and the only module that writes below ``docs/``."""

import re
import sys
from dataclasses import dataclass
from pathlib import Path

from .building import building
from .cache import RUNS, environment, forget_runs, load_run, run_key, save_run
from .chapter import chapter_values, check_chapter
from .check import check_lesson
from .errors import CourseError, CourseErrors
from .execute import Run
from .figures import page_colours
from .glossary import Glossary, read_glossary, term_id
from .glossary_page import render_glossary
from .localise import Page, heading_ids, localise
from .notebook import render_notebook
from .page import figure_name, render_page, replay_name
from .read import LANGUAGES, Lesson, read_lesson, read_text
from .repository import repository
from .run import TIMEOUT_SECONDS, run_lessons, start_server
from .seeds import Measured, read_seeds
from .tips import introductions, used_terms, with_tips
from .write import write_all

GENERATED = (
    "lessons",
    "workbooks",
    "downloads",
    "figures",
    "replays",
)  # folders below docs/<lang>/, all of them git-ignored


@dataclass(frozen=True)
class Prepared:
    """What a build knows before it runs anything: the lessons, the key of each, and the runs already kept."""

    glossary: Glossary
    lessons: list[Lesson]
    chapters: list[Lesson]  # their pages: text alone, nothing to run
    keys: dict[str, str]
    kept: dict[str, Run]
    repository: str | None  # owner/name on GitHub
    measured: dict[str, Measured]  # over many seeds, by the tests

    @property
    def missing(self) -> list[Lesson]:
        return [lesson for lesson in self.lessons if lesson.name not in self.kept]


def build_course(root: Path, workers: int | None = None, timeout: float = TIMEOUT_SECONDS) -> None:
    """Write the pages, notebooks, downloads and figures of every lesson below ``root / "docs"``.

    Raises ``CourseErrors`` before anything is written.
    """
    with building(root):
        write_course(root, prepare_course(root), workers, timeout)


def prepare_course(root: Path) -> Prepared:
    """Read and check everything; where lessons have to run, start the server that they are forked from."""
    if not any((root / RUNS).glob("*.json")):
        start_server()  # a first build: its imports need not wait for the reading
    glossary, everything, versions = read_glossary(root), read_course(root), environment()
    lessons = [lesson for lesson in everything if not lesson.is_chapter]
    chapters = [lesson for lesson in everything if lesson.is_chapter]
    _each(chapters, lambda chapter: check_chapter(chapter, lessons))
    keys = {lesson.name: run_key(lesson, versions) for lesson in lessons}
    runs = {name: load_run(root, key) for name, key in keys.items()}
    kept = {name: run for name, run in runs.items() if run}
    prepared = Prepared(glossary, lessons, chapters, keys, kept, repository(), read_seeds(root, lessons))
    if prepared.missing:
        start_server()
    return prepared


def write_course(
    root: Path, course: Prepared, workers: int | None = None, timeout: float = TIMEOUT_SECONDS
) -> None:
    """Run what has to run, render all, and write it."""
    runs = dict(course.kept)

    def keep(lesson: Lesson, run: Run) -> None:
        save_run(root, course.keys[lesson.name], run)
        runs[lesson.name] = run

    if course.missing:
        print(f"{len(course.missing)} of {len(course.lessons)} lessons to run", file=sys.stderr, flush=True)
        run_lessons(course.missing, keep, workers, timeout)
    runs |= {c.name: chapter_values(c, course.lessons, runs) for c in course.chapters}
    everything = [*course.chapters, *course.lessons]
    write_files(root, render_course(everything, runs, course))
    forget_runs(root, course.keys.values())


def read_course(root: Path) -> list[Lesson]:
    """Every lesson and chapter below ``root / "lessons"``, read and checked, in reading order."""
    paths = sorted(p.relative_to(root) for p in (root / "lessons").glob("ch*/*.py"))
    if not paths:
        raise CourseError("lessons", 1, "no lesson found; lessons are lessons/chNN_topic/name.py")
    lessons, order = _each(paths, lambda path: _checked(read_lesson(root, path))), reading_order(root)
    return sorted(lessons, key=lambda lesson: order.get(lesson.name, len(order)))


def reading_order(root: Path) -> dict[str, int]:
    """The place of each page in the navigation of ``mkdocs.yml``, which alone knows the order; may be empty."""
    config = root / "mkdocs.yml"
    text = config.read_text(encoding="utf-8") if config.is_file() else ""
    return {name: place for place, name in enumerate(re.findall(r"lessons/(\w+/\w+)\.md", text))}


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


def render_course(lessons: list[Lesson], runs: dict[str, Run], course: Prepared) -> dict[Path, str]:
    """The content of every generated file, by its path below ``docs/``; ``lessons`` with the chapters."""
    glossary = course.glossary
    targets = {lesson.name: set(heading_ids(lesson)) for lesson in lessons}
    targets |= {"/index.md": set(), "/glossary.md": {term_id(term) for term in glossary.terms}}
    wanted = [(lesson, lang) for lesson in lessons for lang in LANGUAGES]
    pages = _each(wanted, lambda item: localise(item[0], runs[item[0].name], item[1], glossary, targets))
    files = {Path("theme/stylesheets/figures.css"): page_colours()}
    used = {lesson.name: used_terms(lesson, glossary) for lesson in lessons}
    introduced = introductions([lesson for lesson in lessons if not lesson.is_chapter], glossary, used)
    for lang in LANGUAGES:
        titles = {page.lesson.name: page.title for page in pages if page.lang == lang}
        files[Path(lang, "glossary.md")] = render_glossary(glossary, lang, introduced, titles)
    for page in pages:
        sources = with_tips(page, glossary, used[page.lesson.name])
        files |= _page_files(page, sources, course)
    return files


def _page_files(page: Page, sources: list[str], course: Prepared) -> dict[Path, str]:
    folder, name = Path(page.lang), page.lesson.name
    text = render_page(page, sources, course.repository, course.measured.get(name))
    files = {folder / "lessons" / f"{name}.md": text}
    if page.lesson.is_chapter:
        return files
    files |= {
        folder / "workbooks" / f"{name}.ipynb": render_notebook(page, for_site=True),
        folder / "downloads" / f"{name}.ipynb": render_notebook(page, for_site=False),
        folder / "downloads" / f"{name}.py": read_text(page.lesson.root, page.lesson.path),
    }
    for block in page.blocks:
        for number, (svg, _) in enumerate(block.figures):
            files[folder / "figures" / figure_name(page, block, number)] = svg + "\n"
        if block.replay:  # a script, not JSON: a page opened from disk may load the one and not the other
            script = f"globalThis.replay = {block.replay[0]}\n"
            files[folder / "replays" / replay_name(page, block)] = script
    return files


def write_files(root: Path, files: dict[Path, str]) -> None:
    """Write what changed (or a watching server would rebuild for ever) and remove what no lesson makes any more."""
    docs = root / "docs"
    contents = {docs / path: text.encode() for path, text in files.items()}
    changed = {
        path.relative_to(root): content
        for path, content in contents.items()
        if not path.is_file() or path.read_bytes() != content
    }
    write_all(root, changed)
    for folder in (docs / lang / kind for lang in LANGUAGES for kind in GENERATED):
        for path in sorted(folder.rglob("*"), reverse=True):
            if path.is_dir() and not any(path.iterdir()):
                path.rmdir()
            elif path.is_file() and path.relative_to(docs) not in files:
                path.unlink()
