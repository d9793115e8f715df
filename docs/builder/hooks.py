"""MkDocs calls these for the Chinese site (mkdocs.yml): lessons are rendered before it, English is built beside it."""

import logging
import shutil
import sys
from concurrent.futures import Future, ProcessPoolExecutor, wait
from contextlib import ExitStack
from multiprocessing import get_context
from pathlib import Path

from mkdocs.exceptions import Abort

ROOT = Path(__file__).parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from docs.builder.building import building, work_folder
from docs.builder.confine import end_with_parent
from docs.builder.course import GENERATED, prepare_course, write_course
from docs.builder.errors import CourseError, CourseErrors
from docs.builder.language import build_language, warm_up
from docs.builder.policy import protect
from docs.builder.search import finish_search, known_terms
from docs.builder.site import english_failure

log = logging.getLogger("mkdocs.hooks.builder")
GENERATED_PAGES = (*GENERATED, "glossary.md")


class _English:
    """The English site, built in a process of its own while this one builds the Chinese; and where we stand."""

    pool: ProcessPoolExecutor | None = None
    result: Future | None = None
    folder = work_folder(ROOT) / "english"
    held = ExitStack()  # from the first page to the last, no other build writes
    serving = False
    built_once = False


def on_startup(command, dirty):
    _English.serving = command == "serve"
    # One process for all the builds of a server; "spawn": MkDocs has threads.
    _English.pool = ProcessPoolExecutor(1, get_context("spawn"), initializer=end_with_parent)
    _English.pool.submit(warm_up)


def on_pre_build(config):
    try:
        _English.held.enter_context(building(ROOT))
        write_course(ROOT, prepare_course(ROOT))
    except (CourseError, CourseErrors) as error:
        message = f"The course was not built; its pages are as they were.\n{error}"
        if not (_English.serving and _English.built_once):
            raise Abort(message) from None
        # An Abort would leave the server stuck until the next save; the old pages serve better.
        log.error(message)
    url = f"{config.site_url}en/" if config.site_url else ""
    _English.result = _English.pool.submit(
        build_language, ROOT / "mkdocs.en.yml", _English.folder, url, config.strict
    )


def on_post_build(config):
    if message := english_failure(_English.result):
        raise Abort(f"The English site was not built. {message}")
    shutil.copytree(_English.folder, Path(config.site_dir, "en"), dirs_exist_ok=True)
    finish_search(Path(config.site_dir), known_terms(ROOT))
    if not _English.serving:  # a server's pages get a script of MkDocs' own, which reloads them
        protect(Path(config.site_dir))
    _English.built_once = True
    _English.held.close()


def on_build_error(error):
    wait([_English.result] if _English.result else [])  # it writes where the next build will
    _English.held.close()


def on_serve(server, config, builder):
    """Watch what people write, not what the builder writes: its own output must not start the next build."""
    server.unwatch(config.docs_dir)
    for docs in (ROOT / "docs" / "zh", ROOT / "docs" / "en"):
        for path in docs.iterdir():
            if path.name not in GENERATED_PAGES:
                server.watch(str(path))
    return server


def on_shutdown():
    _English.pool.shutdown(cancel_futures=True)
