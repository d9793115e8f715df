"""The glossary as it is read, its labels in figures, and its page."""

from pathlib import Path

import pytest

from docs.builder.errors import CourseError
from docs.builder.glossary import Glossary, Term, UnknownWord, read_glossary, term_id
from docs.builder.glossary_page import render_glossary
from docs.builder.read import Lesson

LOSS = Term("loss", "损失", "How wrong.", "错得多厉害。")
LAYER = Term("Layer (of units)", "层", "A row of units.", "一排单元。")
ENTRY = "{{ en: {}, zh: {}, meaning_en: A., meaning_zh: 甲。{} }}"


def read(tmp_path: Path, terms: list[str], figures: list[str] = ()) -> Glossary:
    lists = ("\n".join(f"  - {entry}" for entry in entries) or "  []" for entries in (terms, figures))
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/glossary.yml").write_text("terms:\n{}\nfigures:\n{}\n".format(*lists), encoding="utf-8")
    return read_glossary(tmp_path)


def test_terms_and_words_of_figures(tmp_path):
    terms = [ENTRY.format("loss", "损失", ""), ENTRY.format("axis", "轴", ", tip: true")]
    glossary = read(tmp_path, terms, ['{ en: "step {}", zh: "第 {} 步" }', "{ en: loss, zh: 损失 }"])
    assert glossary.terms == (
        Term("loss", "损失", "A.", "甲。", None),
        Term("axis", "轴", "A.", "甲。", True),
    )
    assert glossary.words == {"loss": "损失", "axis": "轴", "step {}": "第 {} 步"}
    assert [term.has_tip for term in glossary.terms] == [True, True]


@pytest.mark.parametrize(
    ("terms", "figures", "line", "message"),
    [
        ([ENTRY.format("a", "甲", ", tip: 1")], [], 2, "tip is true or false, not 1"),
        ([ENTRY.format("a", "甲", ""), "{ en: b, zh: 乙 }"], [], 3, "an entry has the texts en, zh, meaning_en, meaning_zh; this one is {'en': 'b', 'zh': '乙'}"),
        ([ENTRY.format("a", "甲", ", more: b")], [], 2, "an entry has the texts"),
        ([ENTRY.format("a", "5", "")], [], 2, "an entry has the texts"),
        ([ENTRY.format(w, "甲", "") for w in "aba"], [], 4, "the term 'a' stands here twice"),
        ([ENTRY.format("a", "甲", "")], ["{ en: b, zh: 乙 }", "{ en: a, zh: 乙 }"], 5, "'a' has two translations"),
        ([ENTRY.format("a", "甲", "")], ['{ en: "a {} {}", zh: "{} 甲" }'], 4, "both languages need the same number of {}"),
        ([ENTRY.format("a", "甲", "")], ["{ en: b, zh: 乙, meaning_en: B. }"], 4, "an entry has the texts en, zh; this one is {"),
        ([ENTRY.format("a", "甲", "")], ["step"], 4, "an entry is { en: …, zh: … }; this one is 'step'"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_line(tmp_path, terms, figures, line, message):
    with pytest.raises(CourseError) as caught:
        read(tmp_path, terms, figures)
    assert str(caught.value).startswith(f"docs/glossary.yml:{line}: {message}")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("terms: []\n", "1: the file has two lists, each once: terms and figures"),
        ("- a\n", "1: the file has two lists, each once"),
        ("terms:\n  - { en: a\nfigures: []\n", "3: this is not YAML: expected ',' or '}'"),
        ("terms: []\nfigures: [2026-13-01]\n", "1: this is not YAML: month must be in 1..12"),
        ("figures: []\nterms: no\n", "2: expected a list of entries, not False"),
        ("figures: []\nterms:\n  - { en: a, en: b, zh: c }\n", "3: a field stands twice in the entry {'en': 'b', 'zh': 'c'}"),
        ("terms: []\nfigures:\n  - { en: 'a {x}', zh: 甲 }\n", "3: braces stand for a number, as {}; this is 'a {x}'"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_glossary_is_named_with_its_line(tmp_path, text, message):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/glossary.yml").write_text(text, encoding="utf-8")
    with pytest.raises(CourseError) as caught:
        read_glossary(tmp_path)
    assert str(caught.value).startswith(f"docs/glossary.yml:{message}")


def test_a_letter_is_no_brace(tmp_path):
    assert read(tmp_path, [], ["{ en: X, zh: X }"]).words == {"X": "X"}


@pytest.mark.parametrize(
    ("label", "chinese"),
    [
        ("loss", "损失"),
        ("width 16", "宽度 16"),
        ("width -1,5e−3 of +2.25", "2.25 里的宽度"),
        ("16", "16"),
        ("w", "w"),
        ("$w$ = 3", "$w$ = 3"),
        ("", ""),
        ("momentum", None),
        ("momentum 3", None),
    ],
)
def test_a_label_in_chinese(label, chinese):
    glossary = Glossary((), {"loss": "损失", "width {}": "宽度 {}", "width {} of {}": "{1} 里的宽度"})
    expected = chinese if label != "width -1,5e−3 of +2.25" else "+2.25 里的宽度"
    assert glossary.in_chinese(label) == expected
    for lang, shown in (("zh", expected), ("en", label)):
        if expected is None:
            with pytest.raises(UnknownWord, match=f"^{label}$"):
                glossary.label(label, lang)
        else:
            assert glossary.label(label, lang) == shown


def test_ids_of_terms():
    assert [term_id(term) for term in (LOSS, LAYER)] == ["loss", "layer-of-units"]


def test_the_page_of_the_glossary():
    lesson = Lesson(Path("/course"), Path("lessons/ch01_a/b.py"), ())
    alone = Lesson(Path("/course"), Path("lessons/ch02_c/d.py"), ())
    titles = {"ch01_a/b": "B", "ch01_a/index": "1 A", "ch02_c/d": "D"}
    bias = Term("bias", "偏置", "An offset.", "偏移。")
    glossary = Glossary((LAYER, LOSS, bias), {})
    english = render_glossary(glossary, "en", {LOSS: lesson, bias: alone}, titles).split("\n\n")
    assert english[0] == "# Glossary { #glossary }"
    assert english[1].startswith("The course uses one name") and english[2].count("Find a term") == 1
    assert english[2].startswith('<p class="term-filter"><label>') and english[2].endswith(
        "<output></output></p>"
    )
    assert english[3:] == [
        "## 1 A { #ch01_a }",
        '**loss**{ #loss } <span lang="zh">损失</span>',
        ":   How wrong. [B](lessons/ch01_a/b.md){ .introduced }",
        "## ch02_c { #ch02_c }",
        '**bias**{ #bias } <span lang="zh">偏置</span>',
        ":   An offset. [D](lessons/ch02_c/d.md){ .introduced }",
        "## Others { #others }",
        '**Layer (of units)**{ #layer-of-units } <span lang="zh">层</span>',
        ":   A row of units.\n",
    ]
    chinese = render_glossary(Glossary((LOSS,), {}), "zh", {LOSS: lesson}, titles)
    assert (
        '**损失**{ #loss } <span lang="en">loss</span>\n\n:   错得多厉害。[B](lessons/ch01_a/b.md)' in chinese
    )
    assert "查找术语" in chinese and chinese.startswith("# 术语表 { #glossary }") and "#others" not in chinese
    others = render_glossary(Glossary((LOSS, LAYER), {}), "zh", {LOSS: lesson}, titles)
    assert (
        '## 其他 { #others }\n\n**层**{ #layer-of-units } <span lang="en">Layer (of units)</span>' in others
    )
