"""Changes Material for MkDocs' built scripts; takes out of its bundle what is a load to every page or its readers."""

from pathlib import Path

# Each text occurs once in the bundle of mkdocs-material 9.8.1, and becomes the other.
LAZY = {
    # The search index (hundreds of kilobytes) is fetched when the search is first opened, as it is from disk ...
    'L($(location.protocol!=="file:"),Je("search"))': 'Je("search")',
    # ... or when words found by it are to be marked on this page, and not for every page's sake.
    'V("search.highlight")?': 'V("search.highlight")&&we().searchParams.get("h")?',
    # The scheme is set before the bundle runs (partials/javascripts/palette.html): these would have every element of the
    # page styled again, four times on each load. The root's own style replaces the meta element.
    'document.body.setAttribute("data-md-color-switching",""),s.color': "s.color",
    "document.head.appendChild(o);let n=Wt(": "let n=Wt(",
    "o.content=a.colorScheme": "document.documentElement.style.colorScheme=a.colorScheme",
    # A landmark without a name at each code block; it holds a button or two.
    'x("nav",{class:"md-code__nav"})': 'x("div",{class:"md-code__nav"})',
}


def changed(code: str, changes: dict[str, str]) -> str:
    """A script with each text replaced by its partner. Raises ``LookupError`` with one that is not there once."""
    for old, new in changes.items():
        if code.count(old) != 1:
            raise LookupError(old)
        code = code.replace(old, new)
    return code


def slim_bundle(site: Path) -> None:
    """Change the bundle in a built ``site``. Raises ``PluginError`` where it is not the one we know."""
    (bundle,) = (site / "assets" / "javascripts").glob("bundle.*.min.js")
    try:
        code = changed(bundle.read_text(encoding="utf-8"), LAZY)
    except LookupError as missing:
        from mkdocs.exceptions import (
            PluginError,  # not above: search.py, which needs no MkDocs, imports this module
        )

        raise PluginError(
            f"{bundle.name} of mkdocs-material is a new one: it does not hold {missing.args[0]!r} once. "
            "Find what takes its place and change LAZY in docs/builder/material.py."
        ) from None
    bundle.write_text(code.partition("//# sourceMappingURL=")[0], encoding="utf-8")
    bundle.with_name(f"{bundle.name}.map").unlink()  # fits no more
