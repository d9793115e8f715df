"""A localised lesson as plain Markdown, with its figures as files beside it."""

import html
import json
import re
import textwrap
from collections import Counter
from collections.abc import Iterator
from itertools import count

from .localise import Block, Page
from .read import FOLDED_CODE, page_name
from .repository import colab_address
from .seeds import Measured, render_seeds
from .sides import mark
from .text import change_links, headings, sections

BOXES = {  # tag -> (Material's admonition, open or folded, title by language)
    "predict": ("question", "!!!", {"zh": "先猜再跑", "en": "Predict before you run"}),
    "bug": ("bug", "!!!", {"zh": "常见错误", "en": "Common mistake"}),
    "check": ("success", "!!!", {"zh": "怎么知道是对的", "en": "How we know"}),
    "exercise": ("example", "!!!", {"zh": "练习 {}", "en": "Exercise {}"}),
    "solution": ("note", "???", {"zh": "参考解答", "en": "Solution"}),
    "setup": ("abstract", "???", {"zh": "导入和输入检查", "en": "Imports and input checks"}),
    "plot": ("abstract", "???", {"zh": "作图代码（图中文字已译）", "en": "Plotting code"}),
    "replay": ("abstract", "???", {"zh": "回放的代码", "en": "Code of the replay"}),
    "measure": ("abstract", "???", {"zh": "辅助代码 {}", "en": "Supporting code {}"}),
}
ALONE = {"exercise", *FOLDED_CODE}  # each cell is a box of its own; of the other tags, neighbours share one
FILES = {
    "zh": "[:material-file-code: Python 文件]({py}){{ download }} · [:material-notebook: 笔记本]({ipynb}){{ download }} · [在线看笔记本]({workbook})",
    "en": "[:material-file-code: Python file]({py}){{ download }} · [:material-notebook: Notebook]({ipynb}){{ download }} · [View the notebook]({workbook})",
}
ELSEWHERE = {
    "zh": " · [GitHub 上的源文件]({source}) · [在 Colab 中打开]({colab})",
    "en": " · [Source on GitHub]({source}) · [Open in Colab]({colab})",
}
DONE = {  # progress.js keeps the mark
    "zh": ("学完了这一课", "只记在这个浏览器里"),
    "en": ("I have finished this lesson", "kept in this browser alone"),
}


def box_titles(page: Page) -> dict[int, str]:
    """The title of each box, by the index of the box's first block; boxes of a kind are counted."""
    titles, count = {}, Counter()
    for index, block in enumerate(page.blocks):
        if block.tag and (index == 0 or page.blocks[index - 1].tag != block.tag or block.tag in ALONE):
            count[block.tag] += 1
            titles[index] = BOXES[block.tag][2][page.lang].format(count[block.tag])
    return titles


def figure_name(page: Page, block: Block, number: int) -> str:
    """The file of a figure below ``figures/``: by the order of figures in the lesson."""
    before = sum(len(b.figures) for b in page.blocks if b.line < block.line)
    return f"{page.lesson.name}-{before + number + 1}.svg"


def replay_name(page: Page, block: Block) -> str:
    """The file of a replay below ``replays/``."""
    before = sum(b.replay is not None for b in page.blocks if b.line < block.line)
    return f"{page.lesson.name}-{before + 1}.js"


def render_page(
    page: Page, sources: list[str], repository: str | None = None, measured: Measured | None = None
) -> str:
    """The lesson's page in Markdown; ``sources`` are the blocks' texts as the page shows them, with tips.

    It leads to the lesson's source and to Colab where the ``repository`` is known. What the tests ``measured`` stands
    after the last check.
    """
    titles, chunks, numbers = box_titles(page), [], count(1)
    last_check = max((i for i, block in enumerate(page.blocks) if block.tag == "check"), default=None)
    for index, (block, source) in enumerate(zip(page.blocks, sources, strict=True)):
        text = _code(page, block) if block.is_code else _markdown(source, block.heading_ids, numbers)
        if not block.tag:
            chunks.append(text)
            continue
        if index in titles:
            kind, marks, _ = BOXES[block.tag]
            chunks.append(f'{marks} {kind} "{titles[index]}"')
        if block.tag in FOLDED_CODE:  # what the code makes stays in sight, only the code is folded
            chunks += [textwrap.indent(_fenced("python", block.source), "    "), _outcome(page, block)]
        else:
            chunks.append(textwrap.indent(text, "    "))
        if measured and index == last_check:
            chunks.append(render_seeds(measured, page.lang))
    head, rest = chunks[0].split("\n", 1) if "\n" in chunks[0] else (chunks[0], "")
    chunks[:1] = [_front_matter(page) + head, rest.strip("\n")]
    if not page.lesson.is_chapter:
        chunks.insert(1, _files(page, repository))
        chunks.append(_done(page))
    return "\n\n".join(chunks) + "\n"


def _files(page: Page, repository: str | None) -> str:
    """The line under the title that offers the lesson as files."""
    name, up = page.lesson.name, "../.."
    links = FILES[page.lang].format(
        py=f"{up}/downloads/{name}.py",
        ipynb=f"{up}/downloads/{name}.ipynb",
        workbook=f"{up}/workbooks/{name}.ipynb",
    )
    if repository:
        links += ELSEWHERE[page.lang].format(
            source=f"https://github.com/{repository}/blob/HEAD/{page.lesson.path.as_posix()}",
            colab=colab_address(repository, page.lang, name),
        )
    return f"{links}\n{{ .lesson-files }}"


def _done(page: Page) -> str:
    """The box to tick at the lesson's end; one name, so one mark, for both languages."""
    label, where = DONE[page.lang]
    box = f'<input type="checkbox" data-lesson="{page.lesson.name}">'
    return (
        f'<p class="lesson-done" data-search-exclude><label>{box} {label}</label> <small>{where}</small></p>'
    )


def _front_matter(page: Page) -> str:
    """Title and first paragraph, for the navigation, search engines and link previews."""
    text = page.blocks[0].source[headings(page.blocks[0].source)[0].end :].strip().split("\n\n")[0]
    text = re.sub(r"[*`$\\]", "", change_links(" ".join(text.split()), lambda label, _: label))
    description = textwrap.shorten(text, 160, placeholder=" …") if page.lang == "en" else text[:120]
    quoted = {
        name: json.dumps(value, ensure_ascii=False)
        for name, value in (("title", page.title), ("description", description))
    }
    return "---\n" + "".join(f"{name}: {value}\n" for name, value in quoted.items()) + "---\n"


def _markdown(text: str, heading_ids: tuple[str, ...], numbers: Iterator[int]) -> str:
    """The cell's text, each section of it marked with the number that its partner has in the other language."""
    for heading, name in reversed(list(zip(headings(text), heading_ids, strict=True))):
        text = f"{text[: heading.end]} {{ #{name} }}{text[heading.end :]}"
    return "\n\n".join(mark(section, next(numbers)) for section in sections(change_links(text, _link)))


def _link(label: str, target: str) -> str:
    page, mark, anchor = target.partition("#")
    if page.startswith("/"):
        page = f"../..{page}"
    elif page.endswith(".py"):
        page = f"{page_name(page)}.md"
    return f"[{label}]({page}{mark}{anchor})"


def _code(page: Page, block: Block) -> str:
    outcome = _outcome(page, block)
    return _fenced("python", block.source) + (f"\n\n{outcome}" if outcome else "")


def _outcome(page: Page, block: Block) -> str:
    chunks = (
        [_fenced("{ .text .output .no-copy }", block.stdout.rstrip("\n"))] if block.stdout.strip() else []
    )
    for number, (_, alt) in enumerate(block.figures):
        label = alt.replace("[", "(").replace("]", ")").replace("\n", " ")
        chunks.append(f"![{label}](../../figures/{figure_name(page, block, number)}){{ .figure }}")
    if block.replay:
        data, alt = block.replay
        panels = len(json.loads(data)["panels"])
        source = f"../../../replays/{replay_name(page, block)}"
        # replay.js draws above the text; without JavaScript the text is what there is
        chunks.append(
            f'<div class="replay" data-source="{source}" data-panels="{panels}"><p>{html.escape(alt)}</p></div>'
        )
    return "\n\n".join(chunks)


def _fenced(info: str, text: str) -> str:
    ticks = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
    return f"{ticks} {info}\n{text}\n{ticks}"
