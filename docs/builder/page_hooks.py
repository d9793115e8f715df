"""MkDocs calls these for each page of both languages: formulas and figures go into the page, notebooks lose weight."""

import html
import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from docs.builder.maths import render_formula

FORMULA = re.compile(r'<(span|div) class="arithmatex">\\[(\[](.+?)\\[)\]]</\1>', re.DOTALL)
FIGURE = re.compile(r'<p><img alt="([^"]*)" class="figure" src="(?:[^"]*/)?(figures/[^"]+\.svg)" ?/?></p>')
STANDALONE_STYLE = re.compile(r"<style>.*?</style>", re.DOTALL)

# What mkdocs-jupyter puts on each page: its style sheet (575 kB), scripts, a copy button of its own.
INLINED = re.compile(
    r"<style.*?</style>|<script.*?</script>|<!-- Load mathjax -->|<!-- End of mathjax configuration -->"
    r'|<div class="zeroclipboard-container">.*?</clipboard-copy>\s*</div>',
    re.DOTALL,
)
NOTEBOOK_FORMULA = re.compile(
    r"(?P<skip><pre.*?</pre>|<code.*?</code>|<svg.*?</svg>|<[^>]*>)|\$\$(?P<display>[^$]+)\$\$|\$(?P<inline>[^$]+)\$",
    re.DOTALL,
)


def on_page_content(content, page, config, files):
    if page.file.src_uri.startswith("workbooks/"):
        page.meta |= {"search": {"exclude": True}, "hide": ["toc"]}
        return slim_notebook(content)
    content = FORMULA.sub(lambda m: render_formula(html.unescape(m[2]), m[1] == "div"), content)
    return FIGURE.sub(lambda m: inline_figure(Path(config.docs_dir, m[2]), m[1]), content)


def inline_figure(path: Path, label: str) -> str:
    """The SVG itself, so that it follows the page's colours and its words can be read and copied."""
    svg = STANDALONE_STYLE.sub("", path.read_text(encoding="utf-8").strip())
    svg = svg.replace("<svg ", f'<svg role="img" aria-label="{label}" ', 1)
    return f'<figure class="figure" data-search-exclude>{svg}</figure>'


def slim_notebook(content: str) -> str:
    """mkdocs-jupyter's page without what it inlines, with the site's own maths and code colours."""

    def formula(match: re.Match) -> str:
        if match["skip"]:
            return match[0]
        return render_formula(html.unescape(match["display"] or match["inline"]), bool(match["display"]))

    content = INLINED.sub("", content).replace("highlight-ipynb", "highlight")
    content = re.sub(r"<h([1-6]) id=\"[^\"]*\">", r"<h\1>", content)  # of Chinese words it makes empty ids
    content = re.sub(r'<a class="anchor-link"[^>]*>¶</a>', "", content)
    return NOTEBOOK_FORMULA.sub(formula, STANDALONE_STYLE.sub("", content))
