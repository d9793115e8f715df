"""The term pairs of ``docs/glossary.yml``: words of figures, and the glossary page."""

import re
from dataclasses import dataclass
from pathlib import Path

import yaml

from .errors import CourseError

PATH = Path("docs/glossary.yml")
NUMBER = re.compile(r"[-−+]?\d+(?:[.,]\d+)*(?:e[-−+]?\d+)?")
WORD = re.compile(r"[A-Za-z]{2,}")


class UnknownWord(ValueError):
    """A label that the glossary does not know."""


@dataclass(frozen=True)
class Term:
    en: str
    zh: str
    meaning_en: str
    meaning_zh: str
    tip: bool | None = None  # whether lessons explain the word where it stands; None: by the rule of has_tip

    @property
    def has_tip(self) -> bool:
        """A Chinese word of one character (层, 轴, 位) is everyday language or part of other words: no tip."""
        return len(self.zh) > 1 if self.tip is None else self.tip


def term_id(term: Term) -> str:
    """The anchor of the term's entry on the glossary page, the same in both languages."""
    return re.sub(r"[^a-z0-9]+", "-", term.en.lower()).strip("-")


@dataclass(frozen=True)
class Glossary:
    terms: tuple[Term, ...]
    words: dict[str, str]  # English label -> Chinese label; "{}" stands for a number

    def label(self, label: str, lang: str) -> str:
        """A figure's English label in ``lang``.

        Raises ``UnknownWord`` for a label without a translation, also when ``lang`` is English: both pages need it.
        """
        chinese = self.in_chinese(label)
        if chinese is None:
            raise UnknownWord(label)
        return chinese if lang == "zh" else label

    def in_chinese(self, label: str) -> str | None:
        """A figure's English label in Chinese; ``None`` if the glossary does not know it.

        >>> Glossary((), {"width {}": "宽度 {}"}).in_chinese("width 16")
        '宽度 16'
        """
        if not WORD.search(label):  # digits, signs and single letters read the same in both languages
            return label
        if label in self.words:
            return self.words[label]
        numbers = NUMBER.findall(label)
        template = self.words.get(NUMBER.sub("{}", label))
        return template.format(*numbers) if template else None


def read_glossary(root: Path) -> Glossary:
    """Read ``docs/glossary.yml``. Raises ``CourseError`` for an entry with a missing field or a word twice."""
    text = (root / PATH).read_text(encoding="utf-8")
    document = yaml.compose(text)
    data = yaml.safe_load(text)
    lines = {
        section.value: [item.start_mark.line + 1 for item in items.value] for section, items in document.value
    }
    terms, words = [], {}
    for entry, line in zip(data["terms"], lines["terms"], strict=True):
        texts = {name: value for name, value in entry.items() if name != "tip"}
        if not isinstance(entry.get("tip", True), bool):
            raise CourseError(PATH, line, f"tip is true or false, not {entry['tip']!r}")
        texts = _fields(texts, line, ("en", "zh", "meaning_en", "meaning_zh"))
        terms.append(Term(**texts, tip=entry.get("tip")))
        words[entry["en"]] = entry["zh"]
    if len(words) != len(terms):
        names = [term.en for term in terms]
        twice = next(i for i, name in enumerate(names) if name in names[:i])
        raise CourseError(PATH, lines["terms"][twice], f"the term {names[twice]!r} stands here twice")
    for entry, line in zip(data["figures"], lines["figures"], strict=True):
        _fields(entry, line, ("en", "zh"))
        if words.get(entry["en"], entry["zh"]) != entry["zh"]:
            raise CourseError(PATH, line, f"{entry['en']!r} has two translations")
        words[entry["en"]] = entry["zh"]
    return Glossary(tuple(terms), words)


def _fields(entry: dict, line: int, names: tuple[str, ...]) -> dict:
    if (
        not isinstance(entry, dict)
        or set(entry) != set(names)
        or not all(isinstance(v, str) for v in entry.values())
    ):
        raise CourseError(PATH, line, f"an entry has the texts {', '.join(names)}; this one is {entry}")
    if entry["en"].count("{}") != entry["zh"].count("{}"):
        raise CourseError(PATH, line, "both languages need the same number of {}")
    return entry
