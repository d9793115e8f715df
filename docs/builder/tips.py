"""Where lessons use the glossary's terms, and the tips: a term's first use on a page links to its meaning.

A word may be a term in one sentence and everyday language in the next ("a bit", 连续两天). The other language tells:
a term counts as used where both cells of a pair have it.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import NamedTuple

from .check import pairs
from .glossary import Glossary, Term, term_id
from .localise import Page
from .read import Lesson
from .text import HEADING, LINK, PARTS, headings

TIPS_A_PARAGRAPH = 2
GLOSSARY_PAGE = "../../glossary.md"  # from a lesson's page
FOLDED = "solution"  # the first use that a reader meets does not stand in a folded box
BOLD = re.compile(r"\*\*(?!\s)(?P<text>[^*\n]+(?:\n[^*\n]+)*?)(?<!\s)\*\*")
NO_PROSE = re.compile(
    r"^\s*\|.*$|<[^>]*>|!\[[^\]]*\]\([^)]*\)", re.MULTILINE
)  # a table's row, a tag, an image
UNTOUCHED = (PARTS, BOLD, LINK, HEADING, NO_PROSE)  # what holds no tip
PARAGRAPH_END = re.compile(r"\n\s*(?:\n|[-*+] |\d+\. )")
INFLECTIONS = (  # the ends of an English word: simple plurals, and the forms of a verb
    ("y", ("y", "ies")),
    ("is", ("is", "es")),
    ("ix", ("ix", "ices")),
    ("ex", ("ex", "exes", "ices")),
    ("e", ("e", "es", "ed", "ing")),
    ("", ("", "s", "es", "ed", "ing")),
)


class Use(NamedTuple):
    term: Term
    start: int
    end: int


def _forms(term: Term, lang: str) -> list[str]:
    """How the term may stand in a text, in small letters; its name first."""
    if lang == "zh":
        return [term.zh.lower(), term.zh.lower().removesuffix(" 函数")]
    name = term.en.lower()
    end, ends = next(rule for rule in INFLECTIONS if name.endswith(rule[0]))
    spelled = dict.fromkeys((name, name.replace(" ", "-"), name.replace("-", " ")))
    return [f"{spelling.removesuffix(end)}{other}" for spelling in spelled for other in ends]


@cache
def _matcher(terms: tuple[Term, ...], lang: str) -> tuple[re.Pattern, dict[str, Term]]:
    """A pattern of all forms, the longest first, and the term of each form.

    It branches on the first letter: one flat list of forms takes ten times as long.
    """
    known = {form: term for term in terms for form in _forms(term, lang)}
    known |= {_forms(term, lang)[0]: term for term in terms}  # a name goes before another's inflection
    letter = "[a-z0-9_]" if lang == "zh" else r"[\w-]"  # Chinese words stand side by side, Latin ones do not
    branches = []
    for first in sorted({form[0] for form in known}):  # all of them letters
        rests = sorted((form[1:] for form in known if form[0] == first), key=lambda rest: (-len(rest), rest))
        after = "|".join(re.escape(rest).replace(r"\ ", " +") for rest in rests)
        before = rf"(?<!{letter}{first})" if re.match(letter, first) else ""
        branches.append(f"{first}{before}(?:{after})")
    return re.compile(rf"(?:{'|'.join(branches)})(?!(?<={letter}){letter})"), known


def find(text: str, glossary: Glossary, lang: str) -> Iterator[Use]:
    """The terms in ``text``, in order; where one stands within another, the longer wins."""
    if not glossary.terms:  # a pattern of no words would match everywhere
        return
    pattern, known = _matcher(glossary.terms, lang)
    for match in pattern.finditer(re.sub(r"\s", " ", text.lower())):
        yield Use(known[re.sub(" +", " ", match[0])], *match.span())


def _blot(text: str, patterns: Iterable[re.Pattern]) -> str:
    for pattern in patterns:
        text = pattern.sub(lambda m: re.sub(r"[^\n]", "\0", m[0]), text)
    return text


def _terms(text: str, glossary: Glossary, lang: str) -> set[Term]:
    """The terms in a cell, headings and bold text too; not in code, formulas and addresses."""
    text = LINK.sub(lambda m: m["label"], _blot(text, [PARTS]))
    return {use.term for use in find(text, glossary, lang)}


def used_terms(lesson: Lesson, glossary: Glossary) -> dict[int, set[Term]]:
    """The terms that both cells of a pair have, by the line of each of the two."""
    uses: dict[int, set[Term]] = {}
    for zh, en in pairs(lesson):
        both = _terms(zh.source, glossary, "zh") & _terms(en.source, glossary, "en")
        uses |= {zh.line: both, en.line: both}
    return uses


def defined_terms(texts: Iterable[str], glossary: Glossary, lang: str) -> set[Term]:
    """The terms that stand in bold: this is how a lesson shows that it says here what the word means."""
    bold = [m["text"] for text in texts for m in BOLD.finditer(_blot(text, [PARTS]))]
    return {u.term for text in bold for u in find(text, glossary, lang) if u.end - u.start == len(text)}


def introductions(
    lessons: list[Lesson], glossary: Glossary, used_in: dict[str, dict[int, set[Term]]]
) -> dict[Term, Lesson]:
    """The lesson that introduces each term: the first that defines it in bold or has it in its title, or else the
    first that uses it.

    ``lessons`` are in reading order, and so are the terms of the answer; those of a lesson as in the glossary.
    ``used_in`` holds the ``used_terms`` of each, by its name.
    """
    defining: dict[Term, Lesson] = {}
    using: dict[Term, Lesson] = {}
    for lesson in lessons:
        used = set().union(*used_in[lesson.name].values())
        texts = [cell.source for cell in lesson.cells if cell.lang == "zh"]
        defined = defined_terms(texts, glossary, "zh") | _terms(headings(texts[0])[0].title, glossary, "zh")
        for found, terms in ((using, used), (defining, defined & used)):
            for term in terms:
                found.setdefault(term, lesson)
    found = using | defining
    return {term: lesson for lesson in lessons for term in glossary.terms if found.get(term) is lesson}


def with_tips(page: Page, glossary: Glossary, used: dict[int, set[Term]]) -> list[str]:
    """The source of each block of ``page``, the first use of each term in prose being a link with its meaning.

    A term that the page itself defines gets none. ``used`` are the lesson's ``used_terms``.
    """
    done = defined_terms((b.source for b in page.blocks if not b.is_code), glossary, page.lang)
    done |= {term for term in glossary.terms if not term.has_tip}
    sources = []
    for block in page.blocks:
        text = block.source
        if not block.is_code and block.tag != FOLDED:
            chosen = _choose(text, used[block.line] - done, glossary, page.lang)
            done |= {use.term for use in chosen}
            for use in reversed(chosen):
                text = text[: use.start] + _link(text, use, page.lang) + text[use.end :]
        sources.append(text)
    return sources


def _choose(text: str, wanted: set[Term], glossary: Glossary, lang: str) -> list[Use]:
    """The first use of each wanted term, no more than a few a paragraph."""
    chosen: list[Use] = []
    paragraphs: list[int] = []
    plain = _blot(text, UNTOUCHED)
    ends = [match.start() for match in PARAGRAPH_END.finditer(plain)]
    for use in find(plain, glossary, lang):
        paragraph = sum(end < use.start for end in ends)
        if use.term in wanted and paragraphs.count(paragraph) < TIPS_A_PARAGRAPH:
            chosen.append(use)
            paragraphs.append(paragraph)
            wanted = wanted - {use.term}
    return chosen


def _link(text: str, use: Use, lang: str) -> str:
    term = use.term
    names, meaning = (
        ((term.zh, term.en), term.meaning_zh) if lang == "zh" else ((term.en, term.zh), term.meaning_en)
    )
    # tips.js takes this apart again; without it, browsers show a title and screen readers read it
    title = f"{' · '.join(dict.fromkeys(names))}{'：' if lang == 'zh' else ': '}{meaning.replace('`', '')}"
    for sign, entity in (("&", "&amp;"), ('"', "&quot;"), ("<", "&lt;")):
        title = title.replace(sign, entity)
    return f'[{text[use.start : use.end]}]({GLOSSARY_PAGE}#{term_id(term)} "{title}"){{ .tip }}'
