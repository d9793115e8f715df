"""Side by side: which text of a page is the partner of which text in the other language.

The Markdown carries comments, which leave the search's sections, the contents and the heading ids alone; the finished
page has an element around each section of a cell. languages.js shows the one of the other page below.
"""

import re

MARK = re.compile(r"<!--cell (\d+)-->|<!--/cell-->")
MARK_IN_BOX = re.compile(rf"<p>({MARK.pattern})</p>")
SWITCH = {"zh": "同时显示英文", "en": "Show the Chinese too"}


def mark(section: str, number: int) -> str:
    """The section of a cell between two comments; the page's title stays outside.

    >>> mark("# Shapes\\nWhat is one?", 1)
    '# Shapes\\n\\n<!--cell 1-->\\n\\nWhat is one?\\n\\n<!--/cell-->'
    """
    title, _, text = section.partition("\n") if section.startswith("# ") else ("", "", section)
    return f"{title}\n\n<!--cell {number}-->\n\n{text.strip()}\n\n<!--/cell-->".lstrip()


def bare_marks(content: str) -> str:
    """The page's HTML without the paragraphs that Markdown makes of the comments inside a box."""
    return MARK_IN_BOX.sub(r"\1", content)


def wrap(output: str, lang: str) -> str:
    """The finished page with an element around each section, and the switch that opens all before the first."""
    switch = f'<p class="both-languages"><label><input type="checkbox" autocomplete="off"> {SWITCH[lang]}</label></p>\n'
    output = output.replace("<!--cell 1-->", f"{switch}<!--cell 1-->", 1)
    return MARK.sub(lambda m: f'<div class="cell" data-cell="{m[1]}">' if m[1] else "</div>", output)
