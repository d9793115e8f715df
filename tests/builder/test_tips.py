"""Which words of a lesson get a tip, and where the glossary page says that they are introduced."""

import html
import re
from pathlib import Path

import pytest
import yaml

from docs.builder import tips as tips_module
from docs.builder.course import build_course, read_course, reading_order
from docs.builder.errors import CourseError
from docs.builder.glossary import Glossary, Term, read_glossary
from docs.builder.read import read_lesson
from docs.builder.tips import TIPS_A_PARAGRAPH, defined_terms, find, introductions, used_terms

ROOT = Path(__file__).parents[2]
FIRST = Path("lessons/ch01_tiny/first.py")
TIP = re.compile(r'\[([^\]]*)\]\(\.\./\.\./glossary\.md#([\w-]+) "([^"]*)"\)\{ \.tip \}')

pytestmark = pytest.mark.xdist_group("builds")

# Terms of the real glossary that no lesson has in both languages of one cell yet; take a word out when one does.
UNUSED = {
    "memory address",
    "fold (cross-validation)",
    "saturation",
    "unbiased estimate",
    "ceiling (of the accuracy)",
    "data loader",
}


@pytest.fixture(autouse=True)
def no_pattern_of_an_earlier_test():
    tips_module._matcher.cache_clear()


def glossary_of(*pairs: tuple[str, str]) -> Glossary:
    return Glossary(tuple(Term(en, zh, "M.", "意。") for en, zh in pairs), {})


WORDS = glossary_of(
    ("gradient", "梯度"),
    ("gradient descent", "梯度下降"),
    ("matrix", "矩阵"),
    ("axis", "轴"),
    ("mini-batch", "小批量"),
    ("batch", "批次"),
    ("learning-rate schedule", "学习率调度"),
    ("ReLU", "ReLU"),
    ("softmax", "softmax 函数"),
)


@pytest.mark.parametrize(
    "text, lang, found",
    [
        ("梯度下降沿梯度走", "zh", ["梯度下降", "梯度"]),
        ("Gradient descent, GRADIENTS; gradient\ndescent", "en", ["Gradient descent", "GRADIENTS", "gradient\ndescent"]),
        ("matrices, matrixes, axes, axioms", "en", ["matrices", "axes"]),
        ("mini-batches of a batch, sub-batch, batch-wise, batch_size", "en", ["mini-batches", "batch"]),
        ("learning rate schedules", "en", ["learning rate schedules"]),
        ("Gradient-descent by mini batches; gradient \n  descents", "en", ["Gradient-descent", "mini batches", "gradient \n  descents"]),
        ("用ReLU，LeakyReLU 和 ReLU6 不是", "zh", ["ReLU"]),
        ("softmax 函数，softmax", "zh", ["softmax 函数", "softmax"]),
    ],
)  # fmt: skip
def test_terms_in_a_text(text, lang, found):
    assert [text[use.start : use.end] for use in find(text, WORDS, lang)] == found


@pytest.mark.parametrize(
    "zh, tip, expected",
    [
        ("层", None, False),
        ("熵", True, True),
        ("损失", None, True),
        ("更新", False, False),
        ("ReLU", None, True),
    ],
)
def test_a_word_of_one_chinese_character_gets_a_tip_only_if_its_entry_says_so(zh, tip, expected):
    assert Term("word", zh, "M.", "意。", tip).has_tip is expected


def test_in_the_real_glossary_everyday_characters_have_no_tip():
    short = {term.zh: term.has_tip for term in read_glossary(ROOT).terms if len(term.zh) == 1}
    assert short == {"轴": False, "位": False, "层": False, "折": False, "熵": True}


@pytest.fixture
def tips_of(tiny, edit):
    """``tips_of(zh, en)``: the tips on each language's page once these texts stand in the first lesson."""

    def build(zh: str, en: str) -> dict[str, list[tuple[str, str, str]]]:
        for old, new in (("数字 21 的两倍是多少？", zh), ("What is twice 21?", en)):
            edit(FIRST, f"# {old}", "\n".join(f"# {line}".rstrip() for line in new.split("\n")))
        build_course(tiny)
        pages = {lang: tiny / f"docs/{lang}/lessons/ch01_tiny/first.md" for lang in ("zh", "en")}
        return {lang: TIP.findall(page.read_text(encoding="utf-8")) for lang, page in pages.items()}

    return build


def test_the_first_use_links_to_the_entry_and_carries_the_meaning_once(tips_of):
    tips = tips_of("损失多大？学习率定损失。", "How large are the losses? The learning rate sets the loss.")
    assert tips["zh"] == [
        ("损失", "loss", "损失 · loss：模型错得有多厉害。"),
        ("学习率", "learning-rate", "学习率 · learning rate：每次更新走多远。"),
    ]
    assert tips["en"] == [
        ("losses", "loss", "loss · 损失: How wrong the model is."),
        ("learning rate", "learning-rate", "learning rate · 学习率: How far one update goes."),
    ]


def test_a_word_that_the_other_language_does_not_have_is_everyday_language(tips_of):
    assert tips_of("丢了钱包，损失不小。", "A wallet was lost.") == {"zh": [], "en": []}


def test_a_word_of_a_link_counts_as_used(tiny, edit):
    edit(FIRST, "# 数字 21 的两倍是多少？", "# 21 的[损失](second.py)？")
    edit(FIRST, "# What is twice 21?", "# The [loss](second.py) of 21?")
    used = used_terms(read_lesson(tiny, FIRST), read_glossary(tiny))
    assert [{term.en for term in terms} for terms in used.values() if terms] == [
        {"loss"}
    ] * 2  # a pair of cells


def test_only_a_term_that_is_all_of_the_bold_text_is_defined():
    def defined(*texts):
        return {term.en for term in defined_terms(texts, WORDS, "en")}

    assert defined("**Matrix**, **gradient\ndescent**") == {"matrix", "gradient descent"}
    assert defined("**a matrix b**, **the axis**, **batches of it**") == set()


def test_the_meaning_is_escaped_and_has_no_code_marks(tiny, edit, tips_of):
    edit("docs/glossary.yml", "How far one update goes.", "'`a` < b & \"c\"'")
    tips = tips_of("学习率", "Learning rate")["en"]
    assert [title for _, _, title in tips] == [html.escape('learning rate · 学习率: a < b & "c"')]


def test_headings_code_formulas_links_tables_and_bold_hold_no_tip(tips_of):
    zh = "### 损失\n`loss 损失` $\\text{loss}$ [损失](first.py) **大损失**\n\n| 损失 | 损失 |\n|---|---|\n| 损失 | 1 |\n\n```\n损失\n```"
    en = zh.replace("# 损失", "# Loss").replace("[损失]", "[loss]").replace("大损失", "big loss")
    assert tips_of(zh, en.replace("| 损失", "| loss")) == {"zh": [], "en": []}


def test_a_page_that_defines_a_term_in_bold_has_no_tip_for_it(tips_of):
    tips = tips_of(
        "损失是什么？这叫**损失**。\n\n损失，学习率。",
        "The loss? This is the **loss**.\n\nLoss, learning rate.",
    )
    assert [[tip[1] for tip in tips[lang]] for lang in ("zh", "en")] == [["learning-rate"]] * 2


def test_only_a_few_tips_a_paragraph_and_the_next_paragraph_has_the_rest(tiny, edit, tips_of):
    more = [{"en": f"w{c}", "zh": f"词{c}", "meaning_en": "M.", "meaning_zh": "意。"} for c in "abcd"]
    data = yaml.safe_load((tiny / "docs/glossary.yml").read_text(encoding="utf-8"))
    data["terms"] += more
    (tiny / "docs/glossary.yml").write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
    tips = tips_of("词a，词b，词c。\n\n- 词d，词c。", "wa, wb, wc.\n\n- wd, wc.")
    assert TIPS_A_PARAGRAPH == 2
    assert [tip[0] for tip in tips["zh"]] == ["词a", "词b", "词d", "词c"]
    assert [tip[0] for tip in tips["en"]] == ["wa", "wb", "wd", "wc"]


def test_the_notebooks_and_the_description_stay_without_tips(tiny, edit):
    edit(FIRST, "# 把一个数加倍，", "# 损失加倍，")
    edit(FIRST, "# Double a number,", "# Double a loss,")
    build_course(tiny)
    page = (tiny / "docs/en/lessons/ch01_tiny/first.md").read_text(encoding="utf-8")
    assert len(TIP.findall(page)) == 1
    assert 'description: "Double a loss, with' in page
    assert "glossary.md" not in (tiny / "docs/en/downloads/ch01_tiny/first.ipynb").read_text(encoding="utf-8")


def test_the_glossary_page_names_the_lesson_that_introduces_a_term(tiny, edit):
    edit(FIRST, "# 数字 21 的两倍是多少？", "# 学习率和损失是多少？")
    edit(FIRST, "# What is twice 21?", "# What are learning rate and loss?")
    second = "lessons/ch01_tiny/second.py"
    edit(second, "# 用上", "# **损失**用上")
    edit(second, "# Uses", "# **Loss** uses")
    build_course(tiny)
    page = (tiny / "docs/en/glossary.md").read_text(encoding="utf-8")
    # in reading order; the loss is used before, but defined here
    assert re.findall(r"\*\*(.+?)\*\*.*\n\n:   .*\(lessons/ch01_tiny/(\w+)\.md\)", page) == [
        ("learning rate", "first"),
        ("loss", "second"),
    ]
    assert "## 1 Tiny { #ch01_tiny }" in page and "#others" not in page


def test_a_lesson_with_the_term_in_its_title_introduces_it(tiny, edit):
    edit(FIRST, "# 数字 21 的两倍是多少？", "# 学习率是多少？")
    edit(FIRST, "# What is twice 21?", "# What is the learning rate?")
    edit("lessons/ch01_tiny/second.py", "# # 第二课", "# # 学习率")
    edit("lessons/ch01_tiny/second.py", "# # Lesson two", "# # The learning rate")
    lessons = [lesson for lesson in read_course(tiny) if not lesson.is_chapter]
    glossary = read_glossary(tiny)
    found = introductions(lessons, glossary, {n.name: used_terms(n, glossary) for n in lessons})
    assert {term.en: lesson.path.stem for term, lesson in found.items()} == {"learning rate": "second"}


def test_terms_that_no_lesson_uses_stand_at_the_end(tiny):
    build_course(tiny)
    page = (tiny / "docs/zh/glossary.md").read_text(encoding="utf-8")
    assert page.index("## 其他 { #others }") < page.index("**学习率**{ #learning-rate }")


def test_the_reading_order_is_the_navigation_s(tiny):
    assert [lesson.path.stem for lesson in read_course(tiny)] == ["__init__", "first", "second"]
    (tiny / "mkdocs.yml").write_text(
        "nav:\n  - lessons/ch01_tiny/second.md\n  - lessons/ch01_tiny/first.md\n"
    )
    assert [lesson.path.stem for lesson in read_course(tiny)] == ["second", "first", "__init__"]


def test_an_entry_s_tip_is_true_or_false(tiny, edit):
    line = edit("docs/glossary.yml", "{ en: loss,", "{ tip: perhaps, en: loss,")
    with pytest.raises(CourseError, match=rf"glossary\.yml:{line}: tip is true or false, not 'perhaps'"):
        read_glossary(tiny)


def test_every_term_of_the_real_glossary_is_used_by_a_lesson():
    lessons = [lesson for lesson in read_course(ROOT) if not lesson.is_chapter]
    glossary = read_glossary(ROOT)
    used = introductions(lessons, glossary, {n.name: used_terms(n, glossary) for n in lessons})
    assert {term.en for term in glossary.terms if term not in used} == UNUSED
    assert len(reading_order(ROOT)) >= len(lessons)
