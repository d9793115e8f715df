"""A lesson of a few cells with a run made by hand, in each language: its blocks, and the errors with their lines."""

from pathlib import Path

import pytest

from docs.builder.errors import CourseErrors
from docs.builder.execute import CellResult, Run
from docs.builder.glossary import Glossary
from docs.builder.localise import heading_ids, join_lines, localise, resolve
from docs.builder.read import Cell, Lesson

GLOSSARY = Glossary((), {"loss": "损失"})
PATH = Path("lessons/ch01_a/b.py")
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><text>{}</text></svg>'
REPLAY = '{{"panels": [{{"x": {{"label": "{}"}}, "y": {{"label": ""}}, "layers": []}}], "frame": {{"label": "loss"}}, "readout": []}}'


def lesson(*cells: Cell) -> Lesson:
    title = (Cell("# 标题\n好，\n是。", 2, "zh"), Cell("# The `title`!\nYes,\nit is.", 6, "en"))
    return Lesson(Path("/course"), PATH, (*title, *cells))


def blocks(lang: str, cells: list[Cell], results: list[CellResult], targets: dict | None = None):
    run = Run([CellResult(), CellResult(), *results], 1.0)
    return localise(lesson(*cells), run, lang, GLOSSARY, targets or {"ch01_a/b": set()}).blocks


def errors(
    cell: Cell, result: CellResult | None = None, targets: dict | None = None, lang: str = "en"
) -> list[str]:
    with pytest.raises(CourseErrors) as caught:
        blocks(lang, [cell], [result or CellResult()], targets)
    return [str(error) for error in caught.value.errors]


def test_a_language_has_its_own_cells_and_all_code():
    cells = [
        Cell("值是 `{python} x`。\n\n## 甲", 10, "zh", ("check",)),
        Cell("It is `{python} x`.\n\n## One", 14, "en", ("check",)),
        Cell("X = 1", 18, None, ("setup",)),
    ]
    results = [CellResult(values={"x": "7"}), CellResult(values={"x": "7"}), CellResult("out\n")]
    zh, en = (blocks(lang, cells, results) for lang in ("zh", "en"))
    assert [(b.source, b.line, b.tag, b.is_code, b.heading_ids) for b in zh] == [
        ("# 标题\n好，是。", 2, None, False, ("the-title",)),
        ("值是 7。\n\n## 甲", 10, "check", False, ("one",)),
        ("X = 1", 18, "setup", True, ()),
    ]
    assert [b.source for b in en] == ["# The `title`!\nYes,\nit is.", "It is 7.\n\n## One", "X = 1"]
    assert [b.line for b in en] == [6, 14, 18]
    assert [(b.stdout, b.figures, b.replay) for b in en] == [("", (), None)] * 2 + [("out\n", (), None)]


def test_the_title_of_a_page_is_its_language_s():
    run = Run([CellResult(), CellResult()], 1.0)
    assert [localise(lesson(), run, lang, GLOSSARY, {}).title for lang in ("zh", "en")] == [
        "标题",
        "The `title`!",
    ]


def test_drawings_have_the_words_and_the_alternative_text_of_the_language():
    cell = Cell("X = 1", 10, alt={"zh": "图 `{python} x`", "en": "Figure `{python} x`"})
    result = CellResult(figures=[SVG.format("loss")], values={"x": "7"}, replay=REPLAY.format("loss"))
    for lang, word, alt in (("zh", "损失", "图 7"), ("en", "loss", "Figure 7")):
        block = blocks(lang, [cell], [result])[-1]
        ((svg, text),), (replay, replay_text) = block.figures, block.replay
        assert text == replay_text == alt
        assert f">{word}<" in svg and alt in svg
        assert f'"label":"{word}"' in replay.replace(": ", ":")


@pytest.mark.parametrize(
    "result", [CellResult(figures=[SVG.format("1")]), CellResult(replay=REPLAY.format(""))]
)
def test_a_drawing_without_alternative_text(result):
    assert errors(Cell("X = 1", 10), result) == [
        "lessons/ch01_a/b.py:9: this cell draws: give it alt_zh and alt_en"
    ]


def test_every_unknown_word_is_named():
    cell = Cell("X = 1", 10, alt={"zh": "图", "en": "F"})
    figures = [SVG.format("speed"), SVG.format("loss"), SVG.format("force")]
    message = (
        "lessons/ch01_a/b.py:10: the figure's label '{}' is not in docs/glossary.yml; add it under figures"
    )
    found = errors(cell, CellResult(figures=figures, replay=REPLAY.format("power")))
    assert found == [message.format(word) for word in ("speed", "force", "power")]


def test_links_and_formulas_are_checked_where_they_stand():
    targets = {"ch01_a/b": {"one"}, "/glossary.md": {"loss", "bias"}}
    text = "[a](b.py#one)\n[b](#two)\n[c](/glossary.md#mean)\n[d](c.py)\n[e](https://x.org/c.py) $\\alpha$ $\\nosuch$\n$$\n\\frac\n$$"
    found = errors(Cell(text, 10, "en"), targets=targets)
    assert found[0].startswith(r"lessons/ch01_a/b.py:14: formula '\\nosuch': Undefined control sequence")
    assert found[1].startswith(r"lessons/ch01_a/b.py:15: formula '\n\\frac\n': ")
    assert found[2:] == [
        "lessons/ch01_a/b.py:11: no heading 'two' in ch01_a/b; there is: one",
        "lessons/ch01_a/b.py:12: no heading 'mean' in /glossary.md; there is: bias, loss",
        "lessons/ch01_a/b.py:13: dead link 'c.py'; there is: /glossary.md, ch01_a/b",
    ]
    assert blocks("zh", [Cell(text, 10, "en")], [CellResult()], targets)  # each language reports its own


def test_equal_headings_get_numbers():
    cells = [
        cell
        for k in range(3)
        for cell in (Cell("## 甲", 9 + 8 * k, "zh"), Cell("## -- One: 2 --", 12 + 8 * k, "en"))
    ]
    assert heading_ids(lesson(*cells)) == ["the-title", "one-2", "one-2-2", "one-2-3"]


@pytest.mark.parametrize(
    ("link", "name"),
    [
        ("", "ch01_a/b"),
        ("c.py", "ch01_a/c"),
        ("__init__.py", "ch01_a/index"),
        ("../ch02_b/d.py", "ch02_b/d"),
        ("/glossary.md", "/glossary.md"),
        ("/c.py", "/c.py"),
        ("notes.txt", "notes.txt"),
    ],
)
def test_what_a_link_means(link, name):
    assert resolve(lesson(), link) == name


@pytest.mark.parametrize(
    ("text", "joined"),
    [
        ("中\n文", "中文"),
        ("中\n  文", "中文"),
        ("中\nword", "中\nword"),
        ("word，\nword", "word，word"),
        ("word\n，字", "word，字"),
        ("字\n\n字", "字\n\n字"),
        ("## 字\n字", "## 字\n字"),
        ("字\n| 字 |", "字\n| 字 |"),
        ("字\n> 字", "字\n> 字"),
        ("字\n- 字\n  字", "字\n- 字字"),
        ("字\n12. 字", "字\n12. 字"),
        ("字\n$$\nx\n$$\n字", "字\n$$\nx\n$$\n字"),
        ("字\n```\n字\n字\n```\n字\n字", "字\n```\n字\n字\n```\n字字"),
        ("字\n  ```\n  字\n  字\n  ```", "字\n  ```\n  字\n  字\n  ```"),
        ("一\n二\n三", "一二三"),
    ],
)
def test_lines_join_where_a_space_would_show(text, joined):
    assert join_lines(text) == joined


def test_the_errors_of_all_cells_are_told_together():
    bare, drawn = Cell("X = 1", 10), CellResult(figures=[SVG.format("1")])
    link = "[a](http://x.org/b.py) [b](https://x.org/b.py) [c](c.py)"
    cells = [bare, Cell(link, 14, "en"), Cell("X = 1", 18), Cell(link, 22, "en")]
    with pytest.raises(CourseErrors) as caught:
        blocks("en", cells, [drawn, CellResult(), drawn, CellResult()])
    places = [str(error).split(" ")[0] for error in caught.value.errors]
    assert places == [f"{PATH.as_posix()}:{line}:" for line in (9, 14, 17, 22)]


def test_english_keeps_its_lines_and_a_page_knows_its_lesson():
    own = lesson(Cell("He said “yes”\nto her.", 10, "en"))
    page = localise(own, Run([CellResult()] * 3, 1.0), "en", GLOSSARY, {})
    assert (page.lesson, page.lang) == (own, "en")
    assert page.blocks[-1].source == "He said “yes”\nto her."


def test_a_formula_is_tried_as_it_will_be_shown():
    assert blocks("en", [Cell("$$\nx \\tag{1}\n$$", 10, "en")], [CellResult()])
    assert "tag" in errors(Cell("$x \\tag{1}$", 10, "en"))[0]  # only for formulas of their own line
