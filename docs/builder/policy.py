"""Gives each page of the finished site a Content-Security-Policy: what it loads comes from the site itself, and of what
stands in the page only the scripts and styles that the build knows by their hash may act.

It stands in the page, as GitHub Pages sends no headers of ours. Style attributes (formulas and figures have hundreds) would
need a hash each, so they become classes of one style element.
"""

import base64
import hashlib
import re
from html import unescape
from pathlib import Path

RULES = (
    "default-src 'none'; script-src 'self' {scripts}; style-src 'self' {styles}; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; worker-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'"
)
META = '<meta http-equiv="Content-Security-Policy" content="{rules}">'
STYLE_ATTRIBUTE = re.compile(r'<([a-zA-Z][\w:-]*)((?: [^<>]*?)?) style="([^"]*)"([^<>]*)>')
CLASS = re.compile(r'( class="[^"]*)"')
SCRIPT = re.compile(r'<script(?![^>]*\b(?:src|type="application/json"))[^>]*>(.*?)</script>', re.DOTALL)
FIRST = '<meta charset="utf-8">'


def protect(site: Path) -> None:
    """Rewrite every page of ``site``."""
    for path in sorted(site.rglob("*.html")):
        path.write_text(protected(path.read_text(encoding="utf-8")), encoding="utf-8")


def protected(page: str) -> str:
    """The page's HTML with its policy, and without style attributes. Raises ``ValueError`` for one without a head."""
    if FIRST not in page:
        raise ValueError(f"no {FIRST} in the page")
    page, style = _styles_as_classes(page)
    scripts = " ".join(dict.fromkeys(_hash(script) for script in SCRIPT.findall(page)))
    rules = RULES.format(scripts=scripts, styles=_hash(style) if style else "")
    added = META.format(rules=rules) + (f'<style class="page-styles">{style}</style>' if style else "")
    return page.replace(FIRST, FIRST + added, 1)


def _styles_as_classes(page: str) -> tuple[str, str]:
    """The page with a class for each style attribute, and the style sheet of those classes."""
    styles: dict[str, str] = {}

    def replace(match: re.Match) -> str:
        tag, before, style, after = match.groups()
        name = _class_name(style, styles)
        styles[name] = style
        rest = before + after
        rest, found = CLASS.subn(rf'\1 {name}"', rest, count=1)
        return f"<{tag}{rest}>" if found else f'<{tag} class="{name}"{rest}>'

    page = STYLE_ATTRIBUTE.sub(replace, page)
    # :not(#_) makes them outrank every rule of the theme, as attributes do.
    return page, "".join(f".{name}:not(#_){{{unescape(style)}}}" for name, style in styles.items())


def _class_name(style: str, taken: dict[str, str]) -> str:
    """A name made of the style itself: a part of the other language's page, shown in this one, has the same."""
    digest = "s" + base64.b32encode(hashlib.sha256(style.encode()).digest()).decode().lower()
    names = (digest[:length] for length in range(6, len(digest)))
    return next(name for name in names if taken.get(name, style) == style)


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
