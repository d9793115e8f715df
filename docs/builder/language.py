"""Builds one language's site from its MkDocs configuration."""

import logging
import os
from pathlib import Path

os.environ.setdefault("NO_MKDOCS_2_WARNING", "1")

from mkdocs.commands.build import build
from mkdocs.config import load_config
from mkdocs.exceptions import Abort


def build_language(config_file: Path, site_dir: str, parent_url: str | None, strict: bool) -> str | None:
    """Build into ``site_dir``; returns what went wrong, or ``None``."""
    _show_warnings()
    config = load_config(str(config_file), site_dir=site_dir, strict=strict)
    config.site_url = f"{parent_url}en/" if parent_url else ""
    config.plugins.on_startup(command="build", dirty=False)
    try:
        build(config)
    except Abort as error:
        return str(error)
    finally:
        config.plugins.on_shutdown()
    return None


def _show_warnings() -> None:
    logger = logging.getLogger("mkdocs")
    if not logger.handlers:
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("%(levelname)s -  [en] %(message)s"))
        handler.setLevel(logging.WARNING)
        logger.addHandler(handler)
        logger.propagate = False
