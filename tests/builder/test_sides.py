"""Which text is the partner of which: the numbers in the Markdown, and what a cell must have for them to agree."""

import doctest
import re
from pathlib import Path

import pytest

from docs.builder import sides, text
from docs.builder.course import build_course
from docs.builder.errors import CourseErrors

FIRST = Path("lessons/ch01_tiny/first.py")


@pytest.mark.parametrize("module", [sides, text])
def test_the_examples_in_the_docstrings(module):
    assert doctest.testmod(module).failed == 0


def test_the_title_alone_stays_outside():
    assert sides.mark("# Shapes\nWhat is\none?\n", 12) == (
        "# Shapes\n\n<!--cell 12-->\n\nWhat is\none?\n\n<!--/cell-->"
    )


def test_the_marks_of_a_box_leave_their_paragraphs():
    marked = "<p><!--cell 2--></p>\n<p>One</p>\n<p><!--/cell--></p>\n<p>Two</p>"
    assert sides.bare_marks(marked) == "<!--cell 2-->\n<p>One</p>\n<!--/cell-->\n<p>Two</p>"


@pytest.mark.parametrize("lang, words", [("zh", "同时显示英文"), ("en", "Show the Chinese too")])
def test_each_section_is_wrapped_and_the_switch_stands_before_the_first(lang, words):
    assert sides.wrap("<h1/>\n<!--cell 1-->A<!--/cell-->\n<!--cell 11-->B<!--/cell-->", lang) == (
        '<h1/>\n<p class="both-languages"><label><input type="checkbox" autocomplete="off"> '
        f"{words}</label></p>\n"
        '<div class="cell" data-cell="1">A</div>\n<div class="cell" data-cell="11">B</div>'
    )


def test_a_cell_is_cut_at_its_headings_and_nowhere_else():
    source = "So much for that.\n\n## One\nText.\n\n```\n## no heading\n```\n\n### Two\nMore."
    assert text.sections(source) == [
        "So much for that.",
        "## One\nText.\n\n```\n## no heading\n```",
        "### Two\nMore.",
    ]


def test_a_heading_in_one_language_where_the_other_has_text(tiny, edit):
    edit(FIRST, "# ## 运行它\n# 数字 21 的两倍是多少？", "# 数字 21 的两倍是多少？\n#\n# ## 运行它")
    line = (tiny / FIRST).read_text(encoding="utf-8").splitlines().index("# ## Run it") + 1
    with pytest.raises(CourseErrors) as caught:
        build_course(tiny)
    message = "beginnings differ from the zh cell's: missing ['text'], extra ['heading']"
    assert f"{FIRST.as_posix()}:{line}: {message}" in str(caught.value)


def test_the_same_numbers_in_both_languages_inside_boxes_too(tiny):
    build_course(tiny)
    for lang in ("zh", "en"):
        page = (tiny / f"docs/{lang}/lessons/ch01_tiny/first.md").read_text(encoding="utf-8")
        assert re.findall(r"<!--cell (\d+)-->", page) == ["1", "2", "3", "4", "5"]
        assert page.count("<!--/cell-->") == 5
        assert re.search(r'^!!! bug "[^"]+"\n\n    <!--cell 4-->\n\n    \S', page, re.MULTILINE)
        assert page.index("<!--cell 1-->") > page.index(".lesson-files")
