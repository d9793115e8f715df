"""Splits a markdown cell into fenced code, inline code, formulas, inline expressions and prose."""

import re
from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple

PARTS = re.compile(
    r"(?P<fence>^```.*?^```[^\n]*$)"
    r"|(?P<expression>`\{python\} (?P<python>[^`]+)`)"
    r"|(?P<code>(?P<ticks>`+)(?!`).+?(?<!`)(?P=ticks)(?!`))"
    r"|(?P<display>\$\$.+?\$\$)"
    r"|(?P<inline>(?<![\\$])\$(?!\s|\$).+?(?<![\s\\])\$(?!\$))",
    re.DOTALL | re.MULTILINE,
)
LINK = re.compile(r"(?<!!)\[(?P<label>[^\]]*)\]\((?P<target>[^)\s]+)\)")
HEADING = re.compile(r"^(?P<marks>#{1,6}) +(?P<title>.+?) *$", re.MULTILINE)

FORMULAS = ("display", "inline")


class Part(NamedTuple):
    kind: str  # "fence", "expression", "code", "display", "inline" or "prose"
    text: str  # an expression's Python, a formula's TeX; otherwise the text as it stands
    offset: int  # lines from the cell's first


def parts(source: str) -> list[Part]:
    """The parts of ``source``, in order; together they are all of it."""
    found, end = [], 0
    for match in PARTS.finditer(source):
        if match.start() > end:
            found.append(Part("prose", source[end : match.start()], source.count("\n", 0, end)))
        kind = next(k for k in ("fence", "expression", "code", "display", "inline") if match[k] is not None)
        text = (
            match["python"] if kind == "expression" else match[0].strip("$") if kind in FORMULAS else match[0]
        )
        found.append(Part(kind, text, source.count("\n", 0, match.start())))
        end = match.end()
    if end < len(source):
        found.append(Part("prose", source[end:], source.count("\n", 0, end)))
    return found


def expressions(source: str) -> list[str]:
    """The inline expressions of a cell or an alt text, in order."""
    return [part.text for part in parts(source) if part.kind == "expression"]


def fill(source: str, values: dict[str, str]) -> str:
    """``source`` with each inline expression replaced by its value."""
    return PARTS.sub(lambda m: values[m["python"]] if m["expression"] else m[0], source)


def _masked(source: str) -> str:
    """``source`` with code and formulas blotted out, length kept: what looks like Markdown in them is none."""
    return PARTS.sub(lambda m: re.sub(r"[^\n]", "x", m[0]), source)


class Heading(NamedTuple):
    level: int
    title: str
    end: int


def headings(source: str) -> list[Heading]:
    """The headings of a cell; ``end`` is the position behind the title."""
    found = HEADING.finditer(_masked(source))
    return [Heading(len(m["marks"]), source[slice(*m.span("title"))], m.end("title")) for m in found]


def sections(source: str) -> list[str]:
    """The cell cut before each heading.

    >>> sections("It fell.\\n\\n## Why\\nBecause.")
    ['It fell.', '## Why\\nBecause.']
    """
    starts = [source.rfind("\n", 0, heading.end) + 1 for heading in headings(source)]
    cuts = [0, *(start for start in starts if start), len(source)]
    return [source[a:b].strip("\n") for a, b in pairwise(cuts)]


class Link(NamedTuple):
    target: str
    offset: int  # lines from the cell's first


def links(source: str) -> list[Link]:
    """The links of a cell, in order."""
    return [Link(m["target"], source.count("\n", 0, m.start())) for m in LINK.finditer(_masked(source))]


def change_links(source: str, change: Callable[[str, str], str]) -> str:
    """``source`` with each link replaced by ``change(label, target)``."""
    pieces, end = [], 0
    for m in LINK.finditer(_masked(source)):
        label = source[slice(*m.span("label"))]
        pieces += [source[end : m.start()], change(label, m["target"])]
        end = m.end()
    return "".join([*pieces, source[end:]])
