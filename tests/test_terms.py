"""The glossary's terms in the lessons: wherever Chinese text introduces a term with its English, the two are the glossary's."""

import re
from collections import defaultdict
from pathlib import Path

import pytest

from docs.builder.glossary import read_glossary
from docs.builder.read import read_lesson

ROOT = Path(__file__).parents[1]
LESSONS = sorted(p.relative_to(ROOT) for p in ROOT.glob("lessons/ch*/*.py"))
PAIR = re.compile(
    r"([\u4e00-\u9fffA-Za-z -]*[\u4e00-\u9fff])\*{0,2}（([A-Za-z][A-Za-z -]*[A-Za-z])(?=[），；])"
)

# Words that are used otherwise than as the term of that name.
OTHERWISE = {
    ("一批", "batch"),  # "16 张叫一批": the classifier, where the noun 批次 would be stiff
    ("轮", "epoch"),  # "300 轮": likewise
    ("乘积", "matrix product"),  # the result; the glossary has the operation, 矩阵乘法
    ("导数", "slope"),  # names a printed column
    ("得分", "logits"),  # PyTorch's own word for the scores that a softmax takes
    ("一样", "adam"),  # "和……一样（Adam, …)": no introduction
}


def chinese_names() -> dict[str, set[str]]:
    """The Chinese names of each English term, in lower case; "fold (cross-validation)" and "fold" are one word."""
    names = defaultdict(set)
    for term in read_glossary(ROOT).terms:
        names[term.en.split(" (")[0].lower()].add(term.zh.split("（")[0])
    return names


def contradictions(text: str, names: dict[str, set[str]]) -> list[tuple[int, str]]:
    """Lines of ``text`` that introduce an English term of the glossary by another Chinese name than the glossary's."""
    found = []
    for match in PAIR.finditer(text):
        chinese, english = match[1].replace("*", ""), match[2].lower()
        wanted = names.get(english) or names.get(english.removesuffix("s")) or set()
        free = any(chinese.endswith(zh) and english == en for zh, en in OTHERWISE)
        if wanted and not free and not chinese.endswith(tuple(wanted)):
            line = text.count("\n", 0, match.start())
            found.append((line, f"{chinese}（{match[2]}）; the glossary has {' or '.join(sorted(wanted))}"))
    return found


@pytest.mark.parametrize("path", LESSONS, ids=lambda p: p.as_posix())
def test_a_term_is_introduced_by_the_glossary_s_names(path):
    names = chinese_names()
    cells = [cell for cell in read_lesson(ROOT, path).cells if cell.lang == "zh"]
    found = [(cell.line + line, what) for cell in cells for line, what in contradictions(cell.source, names)]
    assert [f"{path}:{line}: {what}" for line, what in found] == []


def test_the_check_can_fail():
    names = {"learning rate": {"学习率"}, "gradient": {"梯度"}}
    assert contradictions("好\n**学习速率**（learning rate）", names) == [
        (1, "学习速率（learning rate）; the glossary has 学习率")
    ]
    assert contradictions("**学习率**（learning rate），梯度（gradients），坡（slope）", names) == []


def test_every_exception_is_needed():
    text = "\n".join(
        cell.source for path in LESSONS for cell in read_lesson(ROOT, path).cells if cell.lang == "zh"
    )
    pairs = [(match[1].replace("*", ""), match[2].lower()) for match in PAIR.finditer(text)]
    for chinese, english in OTHERWISE:
        assert any(zh.endswith(chinese) and en == english for zh, en in pairs), (chinese, english)
