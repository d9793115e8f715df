import re
from pathlib import Path

import pytest

from docs.builder import check
from docs.builder.check import _expression_errors, _syntax_problem, _typed_numbers, check_lesson, pairs
from docs.builder.errors import CourseErrors
from docs.builder.read import Cell, Lesson, read_lesson

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
    lines = errors_of(tiny).splitlines()
    assert len(lines) == 2 and all(re.match(rf"{re.escape(FIRST.as_posix())}:\d+: ", line) for line in lines)


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


# Lessons of a few cells made by hand; the title's pair stands in lines 2 and 4

TITLE = (Cell("# 甲\n课", 2, "zh"), Cell("# A\nText", 4, "en"))
B = "lessons/ch01_a/b.py"


def found(*cells: Cell, path: str = B) -> list[str]:
    try:
        check_lesson(Lesson(Path("/course"), Path(path), cells))
    except CourseErrors as caught:
        return [str(error) for error in caught.errors]
    return []


def test_a_chapter_has_no_code_and_its_other_mistakes_are_told_too():
    chapter = "lessons/ch01_a/__init__.py"
    code = (Cell("X = 1", 9), Cell("Y = 1", 12))
    message = "a chapter's page is text alone; code belongs to a lesson"
    alone = [f"{chapter}:8: {message}", f"{chapter}:11: {message}"]
    assert found(*TITLE, *code, path=chapter) == alone
    assert found(*TITLE, Cell("值", 6, "zh"), *code, path=chapter) == [
        f'{chapter}:5: no partner: a lang="en" cell must follow it',
        *alone,
    ]
    assert found(*TITLE, *code) == []


def test_every_cell_without_a_partner_is_named():
    cells = (
        *TITLE,
        Cell("X = 1", 6),
        Cell("一", 8, "zh"),
        Cell("二", 10, "zh"),
        Cell("Two", 12, "en"),
        Cell("Three", 14, "en"),
        Cell("四", 16, "zh"),
        Cell("X = 1", 18),
        Cell("Five", 20, "en"),
        Cell("六", 22, "zh"),
    )
    follow, before = (
        'no partner: a lang="en" cell must follow it',
        'no partner: a lang="zh" cell must stand right before it',
    )
    assert found(*cells) == [
        f"{B}:7: {follow}",
        f"{B}:13: {before}",
        f"{B}:15: {follow}",
        f"{B}:19: {before}",
        f"{B}:21: {follow}",
    ]
    tree = Lesson(Path("/course"), Path(B), cells)
    assert [(zh.line, en.line) for zh, en in pairs(tree)] == [(2, 4), (10, 12)]


def test_every_difference_between_partners_is_named():
    zh = Cell("# 甲\n```\nx\n```\n[a](a.py) `b` $c$ `{python} d` $$e$$", 2, "zh")
    en = Cell("# A\n```\ny\n```\n[a](f.py) `g` $h$ `{python} i` $$e$$", 9, "en")
    assert found(zh, en) == [
        f"{B}:9: formulas differ from the zh cell's: missing ['c'], extra ['h']",
        f"{B}:9: links differ from the zh cell's: missing ['a.py'], extra ['f.py']",
        f"{B}:9: inline code differ from the zh cell's: missing ['```\\nx\\n```', '`b`'], extra ['```\\ny\\n```', '`g`']",
        f"{B}:9: inline expressions differ from the zh cell's: missing ['d'], extra ['i']",
    ]
    same = (Cell("$a$ $b$ `c` `d`", 6, "zh"), Cell("`d` $b$ `c` $ a $ $a$", 8, "en"))
    assert found(*TITLE, *same) == []  # in any order, as often as the language wants


def test_partners_have_the_same_headings_and_begin_alike():
    one = (Cell("## 一\n### 二", 6, "zh"), Cell("## One", 9, "en"))
    assert found(*TITLE, *one) == [
        f"{B}:9: heading levels differ from the zh cell's: missing ['###'], extra []"
    ]
    begin = (Cell("先\n## 一", 6, "zh"), Cell("## One\nFirst", 9, "en"))
    assert found(*TITLE, *begin) == [
        f"{B}:9: beginnings differ from the zh cell's: missing ['text'], extra ['heading']"
    ]
    tags = (Cell("一", 6, "zh", ("bug",)), Cell("One", 9, "en"))
    assert found(*TITLE, *tags) == [f"{B}:8: tags differ: zh ['bug'], en []"]


def test_each_language_has_one_title_and_begins_with_it():
    message = "the first {} cell begins with the page's only '# ' title"
    both = [message.format(lang) for lang in ("zh", "en")]
    assert found(Cell("X = 1", 2)) == [f"{B}:1: {text}" for text in both]
    untitled = (Cell("一\n# 甲", 2, "zh"), Cell("One\n# A", 5, "en"))
    assert found(*untitled) == [f"{B}:2: {both[0]}", f"{B}:5: {both[1]}"]
    twice = (*TITLE, Cell("# 乙", 6, "zh"), Cell("# B", 8, "en"))
    assert found(*twice) == [f"{B}:2: {both[0]}", f"{B}:4: {both[1]}"]
    boxed = (*TITLE, Cell("## 一", 6, "zh", ("bug",)), Cell("## One", 8, "en", ("bug",)))
    assert found(*boxed) == [
        f"{B}:{line}: a bug cell has no heading; put it in a cell before" for line in (6, 8)
    ]


def test_alternative_texts_are_checked_at_the_cell_s_header():
    code = [
        Cell("X = 1", 7, alt={"zh": "甲 `{python} a`", "en": "A `{python} b`"}),
        Cell("X = 1", 9, alt={"en": "A"}),
    ]
    assert found(*TITLE, *code) == [
        f"{B}:6: alt_zh and alt_en show different inline expressions",
        f"{B}:8: give both alt_zh and alt_en",
    ]
    typed = Cell("X = 1", 7, alt={"zh": "甲", "en": "A\n 77"})
    message = (
        "the number 77 is typed: write it as an inline expression, "
        "or give it a place in the lesson's code if it is a setting"
    )
    assert found(*TITLE, typed) == [f"{B}:7: {message}"]


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("see 42", ["42"]),
        ("one\n3.5\n`77` $88$", ["3.5", "77", "88"]),
        ("1e-3 and 1e5", ["1e-3", "1e5"]),
        (r"5 % and $7\%$ and 8", ["5 %", r"7\%"]),
        ("```\n42\n```\n`{python} 42`", []),
        ("(Kaiming 2015) and (1899)", ["1899"]),
        ("12. item\n13. item", []),
        ("[a](b42.py) https://x.org/42 v42 4.2.1", []),
        ("## 42 things\n42", ["42"]),
        ("10^3 and 2^10", []),
        ("`{python} 42` 43", ["43"]),
        ("(2015)42", ["42"]),
    ],
)
def test_typed_numbers(text, typed):
    assert [number for _, number in _typed_numbers(text)] == typed


def test_numbers_of_the_code_may_be_typed_in_the_text():
    text = "12, 1.5, 25 %, 30%, -7.5, 12.34567 %"
    cells = (
        Cell(text, 6, "zh"),
        Cell(text, 8, "en"),
        Cell("X = [12, 1.5, 0.25, 7.5, True, 'a', 0.123457]", 10),
    )
    short = [error.split(" is typed")[0] for error in found(*TITLE, *cells)]
    assert short == [f"{B}:6: the number 30%", f"{B}:8: the number 30%"]
    assert list(_typed_numbers("(2015,\n2016)\n99")) == [(2, "99")]
    lines = (Cell("a\n`b`\n99\n", 6, "zh"), Cell("a\n`b`\n99\n", 20, "en"))
    assert [error.split(": ")[0] for error in found(*TITLE, *lines)] == [f"{B}:8", f"{B}:22"]


def test_what_is_no_inline_expression_is_named_with_its_line():
    cells = (
        Cell("One.\n\nThen `{python} x +`, `{python} '{python}'` and\n``{python} y``.", 10, "en"),
        Cell("One\ntwo {python} a\n{python} b", 20, "en"),
        Cell("X = 1", 30, None, (), {"en": "`{python} x = 1`"}),
    )
    errors = [str(error) for error in _expression_errors(Lesson(Path("/course"), Path(B), cells))]
    message = "an inline expression stands between two backticks: `{python} name`"
    assert errors[:3] == [
        f"{B}:12: inline expression 'x +': SyntaxError: invalid syntax",
        f"{B}:13: {message}",
        f"{B}:21: {message}",
    ]
    assert len(errors) == 4 and errors[3].startswith(
        f"{B}:29: inline expression 'x = 1': SyntaxError: invalid"
    )


def test_before_python_3_11_4_a_null_byte_in_an_expression_is_a_value_error(monkeypatch):
    def refuse(*_, **__):
        raise ValueError("source code string cannot contain null bytes")

    monkeypatch.setattr(check.ast, "parse", refuse)
    problem = _syntax_problem("1")
    monkeypatch.undo()
    assert problem == "source code string cannot contain null bytes"
