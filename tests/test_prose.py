"""Chinese typography of everything a Chinese reader reads: autocorrect has nothing to mend."""

from pathlib import Path

import autocorrect_py
import pytest

from docs.builder.glossary import read_glossary
from docs.builder.read import read_lesson
from docs.builder.text import parts
from tests.seeds import read_table

ROOT = Path(__file__).parents[1]
LESSONS = sorted(p.relative_to(ROOT) for p in ROOT.glob("lessons/ch*/*.py"))


def mended(text: str) -> list[tuple[str, str]]:
    """The lines that autocorrect would change, with its version."""
    wanted = autocorrect_py.format(text)
    return [(a, b) for a, b in zip(text.splitlines(), wanted.splitlines(), strict=True) if a != b]


@pytest.mark.parametrize("path", LESSONS, ids=lambda p: p.as_posix())
def test_lessons(path):
    for cell in read_lesson(ROOT, path).cells:
        for text in [cell.source] if cell.lang == "zh" else [cell.alt.get("zh", "")]:
            # Python inside an inline expression is no prose.
            prose = "".join(
                "`x`" if p.kind == "expression" else p.text if p.kind == "prose" else "`x`"
                for p in parts(text)
            )
            assert mended(prose) == [], f"{path}:{cell.line}"


def test_glossary():
    glossary = read_glossary(ROOT)
    for text in [*glossary.words.values(), *(term.meaning_zh for term in glossary.terms)]:
        assert mended(text) == []


def test_what_the_bars_are_called():
    for lesson in read_table().values():
        for row in lesson["bars"]:
            assert mended(row["zh"]) == []


@pytest.mark.parametrize(
    "path", sorted(p.relative_to(ROOT) for p in ROOT.glob("docs/zh/*.md") if p.name != "glossary.md"), ids=str
)
def test_pages(path):
    assert mended((ROOT / path).read_text(encoding="utf-8")) == []


def test_readme():
    chinese = (ROOT / "README.md").read_text(encoding="utf-8").split("## 中文\n")[1]
    assert mended(chinese) == []


def test_guide():
    assert mended((ROOT / ".github/CONTRIBUTING.zh.md").read_text(encoding="utf-8")) == []


def test_the_check_can_fail():
    assert mended("用torch训练,很快") != []
