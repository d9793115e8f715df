"""Turns Matplotlib's SVG into a figure of the page: its words, its colours, its size."""

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
DECIMALS = re.compile(r"-?\d+\.\d{3,}")
REFERENCE = re.compile(r"(?<=url\(#)[\w-]+(?=\))|(?<=^#)[\w-]+$")
WIDE = 420  # points; a figure of the default size is narrower


class UnknownWord(ValueError):
    """A label that the glossary does not know."""


def localise_figure(svg: str, lang: str, glossary: Glossary, prefix: str, alt: str) -> str:
    """``svg`` as one line: words in ``lang``, the page's colours, ids that begin with ``prefix``, labelled ``alt``.

    Raises ``UnknownWord`` for a label without a translation, also when ``lang`` is English: both pages need it.
    """
    root = ET.fromstring(svg)
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in (f"{{{SVG}}}metadata", f"{{{SVG}}}style"):
                parent.remove(child)
    used = {
        m[0]
        for element in root.iter()
        for value in element.attrib.values()
        for m in REFERENCE.finditer(value)
    }
    for element in root.iter():
        _tidy(element, used, prefix)
        if element.tag == f"{{{SVG}}}text":
            _translate(element, lang, glossary)
        element.tail = None
        if element.text and not element.text.strip():
            element.text = None
    _size(root)
    root.set("role", "img")
    root.set("aria-label", alt)
    style = ET.Element(f"{{{SVG}}}style")
    style.text = _standalone_colours()
    root.insert(0, style)
    return ET.tostring(root, encoding="unicode")


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
            value = DECIMALS.sub(
                lambda m: f"{float(m[0]):.2f}".rstrip("0").rstrip("."), " ".join(value.split())
            )
        if name in ("style", "fill", "stroke"):
            value = FONT_FAMILY.sub("", value)
            for colour, (variable, light, _) in PALETTE.items():
                value = value.replace(colour, f"var(--{variable}, {light})")
        element.set(name, REFERENCE.sub(lambda m: prefix + m[0], value))


def _translate(element: ET.Element, lang: str, glossary: Glossary) -> None:
    label = "".join(element.itertext()).strip()
    chinese = glossary.in_chinese(label)
    if chinese is None:
        raise UnknownWord(label)
    if lang == "zh" and chinese != label:
        for child in list(element):
            element.remove(child)
        element.text = chinese


def _size(root: ET.Element) -> None:
    """As wide as drawn (points are 4/3 of a CSS pixel), narrower where the page is; black is the page's ink."""
    width = float(root.attrib.pop("width").removesuffix("pt"))
    root.attrib.pop("height")
    root.attrib.pop("version", None)
    narrowest = (
        width if width > WIDE else 0
    )  # side-by-side panels scroll on a phone rather than shrink to dots
    size = f"width: 100%; max-width: {width * 4 / 3:.0f}px; min-width: {narrowest:.0f}px"
    root.set("style", f"{size}; stroke-linejoin: round")
    root.set("fill", "var(--fig-ink, #1f2328)")


def _standalone_colours() -> str:
    """For the file opened by itself; inside a page the site's style sheet decides, and this is left out."""
    dark = "".join(f"--{variable}:{dark};" for variable, _, dark in PALETTE.values())
    return f"@media (prefers-color-scheme:dark){{svg{{{dark}background:#1e2129}}}}"


def page_colours() -> str:
    """The style sheet rules that give a page's figures their light and dark colours."""
    light = "".join(f"--{variable}:{light};" for variable, light, _ in PALETTE.values())
    dark = "".join(f"--{variable}:{dark};" for variable, _, dark in PALETTE.values())
    return f":root{{{light}}}\n[data-md-color-scheme=slate]{{{dark}}}\n"
