"""A localised lesson as a notebook, with its outputs and without its solutions.

Two forms: the download, and the one mkdocs-jupyter renders as the workbook page, whose links lead to pages.
"""

import json
import re
from functools import partial

from .localise import Page, resolve
from .page import box_titles
from .read import FOLDED_CODE, Lesson
from .text import change_links, headings

METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def render_notebook(page: Page, for_site: bool) -> str:
    """The notebook as JSON (nbformat 4.5), the same bytes for the same lesson."""
    titles, cells, count = box_titles(page), [], 0
    link = partial(_site_link if for_site else _download_link, page.lesson)
    for index, block in enumerate(page.blocks):
        if block.tag == "solution":
            continue
        if block.is_code:
            count += 1
            outputs = (
                [{"output_type": "stream", "name": "stdout", "text": block.stdout}] if block.stdout else []
            )
            outputs += [_picture(svg, alt) for svg, alt in block.figures]
            folded = _folded(titles[index]) if block.tag in FOLDED_CODE else {}
            cells.append(
                _cell(index, "code", block.source, metadata=folded, execution_count=count, outputs=outputs)
            )
        else:
            text = _anchored(block.source, block.heading_ids)
            if index in titles:
                text = f"**{titles[index]}**\n\n{text}"
            cells.append(_cell(index, "markdown", change_links(text, link)))
    notebook = {"cells": cells, "metadata": METADATA, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(notebook, ensure_ascii=False, indent=1) + "\n"


def _cell(index: int, kind: str, source: str, **rest) -> dict:
    return {"cell_type": kind, "id": f"cell-{index}", "metadata": {}, "source": source, **rest}


def _folded(title: str) -> dict:
    """Metadata by which JupyterLab, Colab and the workbook page (its ``title``) fold a cell's code."""
    return {"cellView": "form", "jupyter": {"source_hidden": True}, "title": title}


def _picture(svg: str, alt: str) -> dict:
    return {"output_type": "display_data", "data": {"image/svg+xml": svg, "text/plain": alt}, "metadata": {}}


def _anchored(source: str, ids: tuple[str, ...]) -> str:
    """Headings with the ids that the lesson page has: those a notebook makes of Chinese words are empty."""
    for heading, name in reversed(list(zip(headings(source), ids, strict=True))):
        if heading.level > 1:
            source = f'{source[: heading.end]} <a id="{name}"></a>{source[heading.end :]}'
    return source


def _download_link(lesson: Lesson, label: str, target: str) -> str:
    """In a download, a lesson is the notebook in the chapter's folder; other pages of the site are out of reach."""
    if target.startswith("/") or "__init__.py" in target:
        return label
    return f"[{label}]({re.sub(r'[.]py(?=$|#)', '.ipynb', target)})"


def _site_link(lesson: Lesson, label: str, target: str) -> str:
    """From the workbook page, at workbooks/chapter/lesson/, to the page of a lesson or of the site."""
    page, mark, anchor = target.partition("#")
    if page.startswith("/"):
        page = f"../../..{page.removesuffix('.md')}/"
    elif page.endswith(".py"):
        page = f"../../../lessons/{resolve(lesson, page).removesuffix('/index')}/"
    return f"[{label}]({page}{mark}{anchor})"
