"""Builds one language's site from its MkDocs configuration, in a process of its own."""

import gc
import logging
import os
from importlib import import_module
from pathlib import Path

import jieba

os.environ.setdefault("NO_MKDOCS_2_WARNING", "1")
os.environ.setdefault(
    "SOURCE_DATE_EPOCH", "315532800"
)  # 1980: the same lessons make the same site on every day

from mkdocs.commands.build import build
from mkdocs.config import load_config
from mkdocs.exceptions import Abort

from .maths import render_formula

PAGE_HOOKS = "docs/builder/page_hooks.py"


def warm_up() -> None:
    """Import and start what every build needs; a process can do so while the lessons still run."""
    gc.disable()
    for plugin in ("material.plugins.search.plugin", "mkdocs_jupyter.plugin"):
        import_module(plugin)
    jieba.setLogLevel(logging.WARNING)
    jieba.initialize()
    render_formula("x", display=False)
    gc.freeze()
    gc.enable()


def build_language(
    config_file: Path, site_dir: Path, site_url: str | None = None, strict: bool = True
) -> str | None:
    """Build pages that are already rendered into ``site_dir``; returns what went wrong, or ``None``."""
    name = config_file.name
    _show_warnings(name)
    config = load_config(str(config_file), site_dir=str(site_dir), strict=strict, hooks=[PAGE_HOOKS])
    if site_url is not None:
        config.site_url = site_url
    config.plugins.on_startup(command="build", dirty=False)
    gc.disable()  # one build's trees fit into memory; collecting them costs a tenth of the time
    try:
        build(config)
    except (Abort, OSError) as error:
        return f"{name}: {error}"
    finally:
        gc.enable()
        config.plugins.on_shutdown()
    return None


def _show_warnings(name: str) -> None:
    logger = logging.getLogger("mkdocs")
    if not logger.handlers:
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter(f"%(levelname)s -  [{name}] %(message)s"))
        handler.setLevel(logging.WARNING)
        logger.addHandler(handler)
        logger.propagate = False
