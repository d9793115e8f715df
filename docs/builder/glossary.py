"""The term pairs of ``docs/glossary.yml``: words of figures, and the glossary page."""

import re
from dataclasses import dataclass
from pathlib import Path

import yaml

from .errors import CourseError
from .read import read_text

PATH = Path("docs/glossary.yml")
SECTIONS = ("terms", "figures")
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
    sections = _read_sections(root)
    terms: dict[str, Term] = {}  # by its anchor
    words: dict[str, str] = {}
    for entry, line in sections["terms"]:
        texts = {name: value for name, value in entry.items() if name != "tip"}
        if not isinstance(entry.get("tip", True), bool):
            raise CourseError(PATH, line, f"tip is true or false, not {entry['tip']!r}")
        term = Term(**_fields(texts, line, ("en", "zh", "meaning_en", "meaning_zh")), tip=entry.get("tip"))
        if term_id(term) in terms:
            raise CourseError(PATH, line, f"the term {term.en!r} stands here twice")
        terms[term_id(term)] = term
        words[term.en] = term.zh
    for entry, line in sections["figures"]:
        _fields(entry, line, ("en", "zh"))
        if words.get(entry["en"], entry["zh"]) != entry["zh"]:
            raise CourseError(PATH, line, f"{entry['en']!r} has two translations")
        words[entry["en"]] = entry["zh"]
    return Glossary(tuple(terms.values()), words)


def _read_sections(root: Path) -> dict[str, list[tuple[dict, int]]]:
    """The entries of each section, with their lines."""
    text = read_text(root, PATH)
    try:
        document, data = yaml.compose(text), yaml.safe_load(text)
    except (yaml.YAMLError, ValueError) as error:  # ValueError: a value like 2026-13-01
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or error
        raise CourseError(PATH, mark.line + 1 if mark else 1, f"this is not YAML: {problem}") from None
    pairs = document.value if isinstance(document, yaml.MappingNode) else []
    if sorted(key.value for key, _ in pairs) != sorted(SECTIONS):
        raise CourseError(PATH, 1, f"the file has two lists, each once: {' and '.join(SECTIONS)}")
    return {key.value: _entries(items, data[key.value]) for key, items in pairs}


def _entries(node: yaml.Node, data: object) -> list[tuple[dict, int]]:
    if not isinstance(data, list):
        raise CourseError(PATH, node.start_mark.line + 1, f"expected a list of entries, not {data!r}")
    lines = [item.start_mark.line + 1 for item in node.value]
    for item, entry, line in zip(node.value, data, lines, strict=True):
        if not isinstance(entry, dict):
            raise CourseError(PATH, line, f"an entry is {{ en: …, zh: … }}; this one is {entry!r}")
        if len(item.value) != len(entry):
            raise CourseError(PATH, line, f"a field stands twice in the entry {entry}")
    return list(zip(data, lines, strict=True))


def _fields(entry: dict, line: int, names: tuple[str, ...]) -> dict:
    if set(entry) != set(names) or not all(isinstance(v, str) and v.strip() for v in entry.values()):
        raise CourseError(PATH, line, f"an entry has the texts {', '.join(names)}; this one is {entry}")
    for name in ("en", "zh"):
        if set("{}") & set(entry[name].replace("{}", "")):
            raise CourseError(PATH, line, f"braces stand for a number, as {{}}; this is {entry[name]!r}")
    if entry["en"].count("{}") != entry["zh"].count("{}"):
        raise CourseError(PATH, line, "both languages need the same number of {}")
    return entry
