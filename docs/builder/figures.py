"""Turns Matplotlib's SVG into a figure of the page: once its colours and size, then for each language its words.

This module's text is part of the cache key: tidied figures are what the cache keeps.
"""

import html
import re
import xml.etree.ElementTree as ET

from .glossary import Glossary

SVG = "http://www.w3.org/2000/svg"
HREF = "{http://www.w3.org/1999/xlink}href"
ET.register_namespace("", SVG)

# What figure.mplstyle and Matplotlib's named colours draw with -> the page's colour (light, dark).
PALETTE = {
    "#0b6bcb": ("fig-0", "#0b6bcb", "#74c0fc"),
    "#d9480f": ("fig-1", "#d9480f", "#ffa94d"),
    "#2b8a3e": ("fig-2", "#2b8a3e", "#8ce99a"),
    "#9c36b5": ("fig-3", "#9c36b5", "#e599f7"),
    "#c92a2a": ("fig-4", "#c92a2a", "#ff8787"),
    "#0c8599": ("fig-5", "#0c8599", "#66d9e8"),
    "#000000": ("fig-ink", "#1f2328", "#e6e6e6"),
    "#808080": ("fig-muted", "#6b7280", "#a1a7b3"),
    "#b0b0b0": ("fig-rule", "#b0b0b0", "#6b7280"),
    "#ffffff": ("fig-paper", "#ffffff", "#1e2129"),
}
FONT_FAMILY = re.compile(r"font-family: [^;]*;? ?")  # the page's own font
DECIMALS = re.compile(r"-?\d+\.\d{2,}")
REFERENCE = re.compile(r"(?<=url\(#)[\w-]+(?=\))|(?<=^#)[\w-]+$")
TEXT = re.compile(r"(<text[^>]*>)(.*?)(</text>)")
STRAIGHT = re.compile(r"[-\d.]+ [-\d.]+(?: L [-\d.]+ [-\d.]+){20,}")
ON_LINE = 0.02  # points
FONT_SIZE = re.compile(r"font-size: ([\d.]+)px")
LABEL, INDEX = 9, 6.9  # CSS pixels that a label, and an index or exponent in it, must have to be legible


def tidy_figure(svg: str, prefix: str) -> str:
    """Matplotlib's ``svg`` as one line for both languages: the page's colours, ids that begin with ``prefix``."""
    root = ET.fromstring(svg)
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in (f"{{{SVG}}}metadata", f"{{{SVG}}}style"):
                parent.remove(child)
    values = [value for element in root.iter() for value in element.attrib.values()]
    used = {match[0] for value in values for match in REFERENCE.finditer(value)}
    for element in root.iter():
        _tidy(element, used, prefix)
        element.tail = None
        if element.text and not element.text.strip():
            element.text = None
    _share_styles(root)
    _size(root)
    style = ET.Element(f"{{{SVG}}}style")
    style.text = _standalone_colours()
    root.insert(0, style)
    return ET.tostring(root, encoding="unicode")


def localise_figure(svg: str, lang: str, glossary: Glossary, alt: str) -> str:
    """A tidied figure with its words in ``lang``, labelled ``alt``.

    Raises ``UnknownWord`` for a label without a translation.
    """

    def translated(match: re.Match) -> str:
        if (
            "<tspan" in match[2]
        ):  # maths: Matplotlib sorts its signs by style, words are not to be found in it
            return match[0]
        label = html.unescape(match[2]).strip()
        word = glossary.label(label, lang)
        return f"{match[1]}{html.escape(word, quote=False)}{match[3]}" if word != label else match[0]

    labelled = svg.replace("<svg ", f'<svg role="img" aria-label="{html.escape(alt)}" ', 1)
    return TEXT.sub(translated, labelled)


def _tidy(element: ET.Element, used: set[str], prefix: str) -> None:
    """Shorten numbers, name colours, keep only ids that something refers to."""
    if href := element.attrib.pop(HREF, None):
        element.set("href", href)
    for name, value in list(element.attrib.items()):
        if name == "id":
            del element.attrib["id"]
            if value in used:
                element.set("id", prefix + value)
            continue
        if name in ("d", "x", "y", "points", "transform", "width", "height"):
            value = _thinned(" ".join(value.split())) if name == "d" else value
            value = DECIMALS.sub(lambda m: f"{float(m[0]):.2f}".rstrip("0").rstrip("."), value)
        if name in ("style", "fill", "stroke"):
            value = FONT_FAMILY.sub("", value)
            for colour, (variable, light, _) in PALETTE.items():
                value = value.replace(colour, f"var(--{variable}, {light})")
        element.set(name, REFERENCE.sub(lambda m: prefix + m[0], value))


def _thinned(path: str) -> str:
    """A long path of straight pieces without the points that lie on the line between their neighbours.

    Filled contours have one at every line of their grid; a browser draws the same picture without them.
    """
    return STRAIGHT.sub(lambda m: " L ".join(_corners(m[0].split(" L "))), path)


def _corners(points: list[str]) -> list[str]:
    """Douglas and Peucker (1973): keep the ends, and the farthest point while it is off the line between them."""
    places = [complex(*map(float, point.split())) for point in points]
    kept, pieces = {0, len(points) - 1}, [(0, len(points) - 1)]
    while pieces:
        first, last = pieces.pop()
        between = range(first + 1, last)
        far = max(between, key=lambda i: _off_line(places[i], places[first], places[last]), default=first)
        if _off_line(places[far], places[first], places[last]) > ON_LINE:
            kept.add(far)
            pieces += [(first, far), (far, last)]
    return [points[i] for i in sorted(kept)]


def _off_line(place: complex, start: complex, end: complex) -> float:
    """Distance of ``place`` from the piece of line between ``start`` and ``end``."""
    along = end - start
    share = ((place - start) * along.conjugate()).real / abs(along) ** 2 if along else 0
    return abs(place - start - min(max(share, 0), 1) * along)


def _share_styles(root: ET.Element) -> None:
    """A group of markers says its colours once."""
    for group in root.iter(f"{{{SVG}}}g"):
        styles = {child.get("style") for child in group}
        if len(group) > 1 and len(styles) == 1 and all(child.tag == f"{{{SVG}}}use" for child in group):
            group.set("style", styles.pop() or "")
            for child in group:
                child.attrib.pop("style", None)


def _size(root: ET.Element) -> None:
    """As wide as drawn (points are 4/3 of a CSS pixel), narrower where the page is; black is the page's ink."""
    width = float(root.attrib.pop("width").removesuffix("pt"))
    root.attrib.pop("height")
    root.attrib.pop("version", None)
    size = f"width: 100%; max-width: {width * 4 / 3:.0f}px; min-width: {_narrowest(root, width):.0f}px"
    root.set("style", f"{size}; stroke-linejoin: round")
    root.set("fill", "var(--fig-ink, #1f2328)")


def _narrowest(root: ET.Element, width: float) -> float:
    """The width in CSS pixels at which the smallest words are just legible; on less, the figure scrolls."""
    enlarged = 0.0
    for text in root.iter(f"{{{SVG}}}text"):
        sizes = [float(s) for e in text.iter() for s in FONT_SIZE.findall(e.get("style", ""))]
        enlarged = max(enlarged, LABEL / max(sizes), INDEX / min(sizes))
    return width * enlarged


def _standalone_colours() -> str:
    """For the file opened by itself; inside a page the site's style sheet decides, and this is left out."""
    dark = "".join(f"--{variable}:{dark};" for variable, _, dark in PALETTE.values())
    return f"@media (prefers-color-scheme:dark){{svg{{{dark}background:#1e2129}}}}"


def page_colours() -> str:
    """The style sheet rules that give a page's figures their light and dark colours; paper is light."""
    light = "".join(f"--{variable}:{light};" for variable, light, _ in PALETTE.values())
    dark = "".join(f"--{variable}:{dark};" for variable, _, dark in PALETTE.values())
    return f":root{{{light}}}\n@media screen{{[data-md-color-scheme=slate]{{{dark}}}}}\n"
