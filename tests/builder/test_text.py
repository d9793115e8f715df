from docs.builder.localise import join_lines
from docs.builder.text import change_links, expressions, fill, headings, links, parts, sections


def test_parts_are_all_of_the_text_in_order():
    source = "a `b` $c$\n\n$$d$$ `{python} e` \\$5 ``x ` y``\n```python\n# no heading $x$\n```\nend"
    kinds = [(p.kind, p.text) for p in parts(source) if p.kind != "prose"]
    assert kinds == [
        ("code", "`b`"),
        ("inline", "c"),
        ("display", "d"),
        ("expression", "e"),
        ("code", "``x ` y``"),
        ("fence", "```python\n# no heading $x$\n```"),
    ]
    assert [p.offset for p in parts(source) if p.kind in ("display", "fence")] == [2, 3]


def test_headings_and_links_inside_code_or_formulas_are_none():
    source = "## The `fit` loop\n```\n# comment [a](b)\n```\n`[c](d)` $[e](f)$ [`g`](h.py)"
    assert [(h.level, h.title) for h in headings(source)] == [(2, "The `fit` loop")]
    assert [(link.target, link.offset) for link in links(source)] == [("h.py", 4)]
    assert change_links(source, lambda label, target: f"<{label}|{target}>").endswith("$[e](f)$ <`g`|h.py>")


def test_inline_expressions_are_filled_and_code_is_left_alone():
    source = 'w is `{python} f"{w:.2f}"`, not `w`'
    assert expressions(source) == ['f"{w:.2f}"']
    assert fill(source, {'f"{w:.2f}"': "2.97"}) == "w is 2.97, not `w`"


def test_chinese_lines_join_without_a_space():
    assert join_lines("每一步\n都更新，\n用 torch\n和 `lr`\n来算") == "每一步都更新，用 torch\n和 `lr`\n来算"
    kept = [
        "# 标题\n正文",
        "先说：\n\n- 甲\n- 乙",
        "甲。\n1. 乙",
        "看。\n$$x$$",
        "甲。\n| 表 |",
        "```\n甲，\n乙\n```",
    ]
    assert [join_lines(text) for text in kept] == kept
    assert join_lines("- 甲，\n    乙") == "- 甲，乙"


def test_every_part_knows_its_line():
    source = "one\n`a` two\n$$\nb\n$$\n`{python} c`$d$ three"
    assert parts(source) == [
        ("prose", "one\n", 0),
        ("code", "`a`", 1),
        ("prose", " two\n", 1),
        ("display", "\nb\n", 2),
        ("prose", "\n", 4),
        ("expression", "c", 5),
        ("inline", "d", 5),
        ("prose", " three", 5),
    ]
    assert parts("`a`") == [("code", "`a`", 0)]
    assert parts("\n`a`") == [("prose", "\n", 0), ("code", "`a`", 1)]
    assert parts("\n$X$`b`\n$$Y$$ c") == [
        ("prose", "\n", 0),
        ("inline", "X", 1),
        ("code", "`b`", 1),
        ("prose", "\n", 1),
        ("display", "Y", 2),
        ("prose", " c", 2),
    ]
    assert parts("`a` x\ny") == [("code", "`a`", 0), ("prose", " x\ny", 0)]
    assert parts("") == []


def test_a_heading_ends_behind_its_title():
    source = "# One  \ntext\n### Two `$` $x$\n####### seven"
    assert headings(source) == [(1, "One", 5), (3, "Two `$` $x$", 28)]
    assert source[:5] == "# One" and source[:28].endswith("$x$")


def test_a_cell_is_cut_before_each_heading():
    assert sections("It fell.\n\n## Why\nBecause.\n\n### How\n") == [
        "It fell.",
        "## Why\nBecause.",
        "### How",
    ]
    assert sections("# Title\nText.") == ["# Title\nText."]
    assert sections("X one.  \n\n## Two X\n\n") == ["X one.  ", "## Two X"]
    assert sections("\n# Title") == ["", "# Title"]
    assert sections("\nText.\n# Title") == ["Text.", "# Title"]
    assert sections("Text.\n```\n# comment\n```") == ["Text.\n```\n# comment\n```"]


def test_links_are_changed_and_the_rest_stays():
    source = "![figure](f.svg) [a](b.py)\nand [c `d`](e.py#g) $[x](y)$."
    assert links(source) == [("b.py", 0), ("e.py#g", 1)]
    assert links("\n[a](b.py)") == [("b.py", 1)]
    changed = change_links(source, lambda label, target: f"<{label}={target}>")
    assert changed == "![figure](f.svg) <a=b.py>\nand <c `d`=e.py#g> $[x](y)$."
    assert change_links("none", lambda label, target: "") == "none"
