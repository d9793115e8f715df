import re
from pathlib import Path

import pytest

from docs.builder.check import check_lesson
from docs.builder.errors import CourseErrors
from docs.builder.read import read_lesson

FIRST = Path("lessons/ch01_tiny/first.py")


def errors_of(root) -> str:
    with pytest.raises(CourseErrors) as caught:
        check_lesson(read_lesson(root, FIRST))
    return str(caught.value)


def test_the_tiny_course_is_clean(tiny):
    check_lesson(read_lesson(tiny, FIRST))


@pytest.mark.parametrize(
    ("old", "new", "shift", "message"),
    [
        (
            '# %% [markdown] lang="en"\n# ## Run it\n# What is twice 21?\n',
            "",
            -4,
            'no partner: a lang="en" cell must follow',
        ),
        (
            '# %% [markdown] lang="zh"\n# ## 运行它\n# 数字 21 的两倍是多少？\n',
            "",
            1,
            'no partner: a lang="zh" cell must stand right before',
        ),
        ("# ## Run it", "# ### Run it", 0, "heading levels differ"),
        (
            "# with $y = 2x$",
            "# with $y = 3x$",
            -2,
            "formulas differ from the zh cell's: missing ['y = 2x'], extra ['y = 3x']",
        ),
        ("See the [glossary](/glossary.md#learning-rate).", "See the glossary.", -2, "links differ"),
        ("from `double`.\n", "from `FACTOR`.\n", 0, "inline code differ"),
        ("is `{python} answer`, from", "is `{python} answer + 0`, from", 0, "inline expressions differ"),
        ('lang="en" tags=["bug"]', 'lang="en" tags=["check"]', 0, "tags differ: zh ['bug'], en ['check']"),
        ("# # Lesson one:", "# ## Lesson one:", 0, "heading levels differ"),
        (
            "\n# Double a number,\n# with $y = 2x$. See the [glossary](/glossary.md#learning-rate).",
            "",
            0,
            "say below the title what the page is about",
        ),
        ("# Write the half.", "# ## Write the half.", 0, "heading levels differ"),
        ("# What is twice 21?", "# What is twice 21? It is 42.", 0, "the number 42 is typed"),
        ("# What is twice 21?", "# What is twice 21? It is 4 times 9.5.", 0, "the number 9.5 is typed"),
        ("# What is twice 21?", "# What is twice 21? It is 5 % more.", 0, "the number 5 % is typed"),
        (
            "A line that rises to `{python} answer`",
            "A line that rises to 42",
            0,
            "alt_zh and alt_en show different",
        ),
        (' alt_en="A line that rises to `{python} answer`"', "", 0, "give both alt_zh and alt_en"),
    ],
)
def test_names_the_line_of_each_mistake(tiny, edit, old, new, shift, message):
    line = edit(FIRST, old, new) + shift
    found = errors_of(tiny)
    assert message in found
    assert f"{FIRST.as_posix()}:{line}: {message}" in found


def test_reports_every_mistake_at_once(tiny, edit):
    edit(FIRST, "# ## Run it", "# ### Run it")
    edit(FIRST, "# What is twice 21?", "# What is twice 1234?")
    assert len(errors_of(tiny).splitlines()) == 2


@pytest.mark.parametrize(
    "text",
    [
        "(Goodfellow et al., 2016, section 5)",
        "float32 and C0",
        "a 2-D plot",
        "step 3 of 4",
        "exactly 21",
        "`{python} 3.14`",
        "$10^{-3}$",
    ],
)
def test_numbers_that_are_no_results_may_be_typed(tiny, edit, text):
    edit(FIRST, "# What is twice 21?", f"# What is twice 21? {text}")
    edit(FIRST, "# 数字 21 的两倍是多少？", f"# 数字 21 的两倍是多少？{text}")
    check_lesson(read_lesson(tiny, FIRST))


def test_a_box_has_no_heading(tiny, edit):
    edit(FIRST, "# Write the half.", "# ## Write the half.")
    edit(FIRST, "# 写出一半。", "# ## 写出一半。")
    assert len(re.findall("a exercise cell has no heading", errors_of(tiny))) == 2
