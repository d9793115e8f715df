"""MkDocs calls these for each page of both languages: formulas and figures go into the page, notebooks lose weight."""

import base64
import html
import json
import logging
import os
import re
import sys
from pathlib import Path
from urllib.parse import urljoin

import jieba
from mkdocs.structure.files import File
from mkdocs.structure.toc import TableOfContents

ROOT = Path(__file__).parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from docs.builder.material import slim_bundle
from docs.builder.maths import render_formula
from docs.builder.offline import NAME as ZIP
from docs.builder.search import known_terms
from docs.builder.sides import bare_marks, wrap
from docs.builder.workbooks import keep_sound, note_digests

FORMULA = re.compile(
    r'<(span|div) data-search-exclude class="arithmatex">\\[(\[](.+?)\\[)\]]</\1>([，。；：、？！）]?)',
    re.DOTALL,
)
NOT_SEARCHED = re.compile(
    r'<details class="(?:abstract|success seeds)"|<p class="lesson-files"'
)  # folded code, links to files
SHORT = 24  # characters of TeX: such a formula may share a line's end with the sign after it
FIGURE = re.compile(r'<p><img alt="[^"]*" class="figure" src="(?:[^"]*/)?(figures/[^"]+\.svg)" ?/?></p>')
WORKBOOK_LINKS = {
    "zh": ("回到课程页面", "下载这本笔记本"),
    "en": ("Back to the lesson", "Download this notebook"),
}
JOINED = "javascripts/site.js"
PERMALINK_TITLES = {"zh": "本节链接", "en": "Link to this section"}
FIGURE_SIZE = re.compile(r'<svg\b[^>]*? viewBox="0 0 ([\d.]+) ([\d.]+)"')
CODE = re.compile(r'(<div class="[^"]*\bhighlight")(><pre>(.*?)</pre>)', re.DOTALL)
# Two of Material's elements lack a name: the search, and each chapter in the navigation.
CHAPTER = re.compile(
    r'aria-labelledby="__nav_\w+_label"([^>]*>\s*<label class="md-nav__title"[^>]*>\s*<span [^>]*></span>\s*([^<]+?)\s*</label>)'
)
SEARCH_DIALOG = re.compile(r'(data-md-component="search" role="dialog")>.*?placeholder="([^"]*)"', re.DOTALL)
ZIP_LINE = re.compile(rf"^.*\]\({re.escape(ZIP)}\).*\n", re.MULTILINE)
STANDALONE_STYLE = re.compile(r"<style>.*?</style>", re.DOTALL)

# What mkdocs-jupyter puts on each page: its style sheet (575 kB), scripts, a copy button of its own, tab stops.
NOTEBOOK_WEIGHT = re.compile(
    r"<style.*?</style>|<script.*?</script>|<!--.*?-->"
    r'|<div class="zeroclipboard-container">.*?</clipboard-copy>\s*</div>'
    r'|<div class="clipboard-copy-txt".*?</div>'
    r'|<a class="anchor-link"[^>]*>¶</a>| tabindex="0"',
    re.DOTALL,
)
NOTEBOOK_FIGURE = re.compile(r'<img alt="[^"]*" src="data:image/svg\+xml;base64,([^"]+)"\s*/?>')
NOTEBOOK_CODE = re.compile(r'<div class="highlight(?:-ipynb)?[^"]*"><pre>(.*?)</pre></div>', re.DOTALL)
NOTEBOOK_HEADING = re.compile(r'<h([1-6]) id="[^"]*">')  # ids made of Chinese words are empty
NOTEBOOK_FORMULA = re.compile(
    r"(?P<skip><pre.*?</pre>|<code.*?</code>|<svg.*?</svg>|<[^>]*>)|\$\$(?P<display>[^$]+)\$\$|\$(?P<inline>[^$]+)\$",
    re.DOTALL,
)

jieba.setLogLevel(
    logging.WARNING
)  # it reports its dictionary on every build; the import also proves it is there


def on_config(config):
    scripts = config.extra_javascript
    config.extra["joined"] = [script.path for script in scripts]
    scripts[0].path = JOINED
    del scripts[1:]
    config.mdx_configs["toc"]["permalink_title"] = PERMALINK_TITLES[config.theme["language"]]


def on_files(files, config):
    """The theme's scripts as one file: on a slow line each further request costs more than its bytes."""
    parts = [files.get_file_from_path(path) for path in config.extra["joined"]]
    # in braces: their names stay their own
    code = "".join(f"{{\n{part.content_string}}}\n" for part in parts)
    for part in parts:
        files.remove(part)
    files.append(File.generated(config, JOINED, content=code))
    return files


def on_page_context(context, page, config, nav):
    """The page's addresses in both languages; they have to be absolute, so there are none without SITE_URL."""
    if config.site_url:
        lang, other = config.theme["language"], config.extra["other_language"]
        there = urljoin(config.site_url, other["root"].lstrip("/") + page.url)
        addresses = {lang: page.canonical_url, other["lang"]: there}
        context["alternates"] = [*sorted(addresses.items()), ("x-default", addresses["zh"])]


def on_pre_build(config):
    """Terms stay whole in the search: 过拟合, cut into 过 and 拟合, would be found wherever there is a 过."""
    for term in known_terms(ROOT):
        jieba.add_word(term.zh)
    keep_sound(kept_workbooks(config))


def kept_workbooks(config) -> Path:
    return Path(config.plugins["mkdocs-jupyter"].config["cache_dir"])


def on_page_markdown(markdown, page, config, files):
    """The line that leads to the ZIP is only for a published site: `… offline` lays it beside the pages where SITE_URL is set."""
    if page.file.src_uri == "index.md":
        url = os.environ.get("SITE_URL", "").rstrip("/")
        return markdown.replace(f"]({ZIP})", f"]({url}/{ZIP})") if url else ZIP_LINE.sub("", markdown)
    return markdown


def on_page_content(content, page, config, files):
    if page.file.src_uri.startswith("workbooks/"):
        page.meta |= {"search": {"exclude": True}, "hide": ["toc"]}
        page.toc = TableOfContents([])  # made of ids that these headings do not have
        name = page.file.src_uri.removeprefix("workbooks/").removesuffix(".ipynb")
        back, download = WORKBOOK_LINKS[config.theme["language"]]
        links = f'<a href="../../../lessons/{name}/">{back}</a> · <a download href="../../../downloads/{name}.ipynb">{download}</a>'
        cells = json.loads(page.file.content_string)["cells"]
        return f'<p class="lesson-files">{links}</p>' + fold(slim_notebook(content), cells)
    content = bare_marks(content).replace(' class="arithmatex"', ' data-search-exclude class="arithmatex"')
    return NOT_SEARCHED.sub(r'\g<0> data-search-exclude="1"', content)


def on_post_page(output, page, config):
    """After the search has read the page: it need not wade through formulas and figures."""
    output = wrap(FORMULA.sub(page_formula, output), config.theme["language"])
    output = FIGURE.sub(
        lambda m: page_figure(Path(config.docs_dir, m[1]).read_text(encoding="utf-8")), output
    )
    output = SEARCH_DIALOG.sub(lambda m: m[0].replace(m[1], f'{m[1]} aria-label="{m[2]}"', 1), output)
    output = CHAPTER.sub(r'aria-label="\2"\1', output)
    return CODE.sub(lambda m: f'{m[1]} style="--lines:{m[3].count(chr(10))}"{m[2]}', output)


def on_post_build(config):
    note_digests(kept_workbooks(config))
    slim_bundle(Path(config.site_dir))


def page_formula(match: re.Match) -> str:
    """The formula, and no line break between it and a Chinese sign: browsers break a line after a formula."""
    kind, tex, sign = match[1], html.unescape(match[2]), match[3]
    rendered = render_formula(tex, kind == "div") + sign
    return f'<span class="unbroken">{rendered}</span>' if sign and len(tex) <= SHORT else rendered


def page_figure(svg: str) -> str:
    """The SVG itself, so that it follows the page's colours and its words can be read and copied."""
    svg = STANDALONE_STYLE.sub("", svg.strip())
    width, height = FIGURE_SIZE.search(svg).groups()  # primer.css keeps that room while it is out of sight
    return f'<figure class="figure" style="--w:{width};--h:{height}">{svg}</figure>'


def slim_notebook(content: str) -> str:
    """mkdocs-jupyter's page without what it inlines, with the site's own maths, figures and code colours."""

    def formula(match: re.Match) -> str:
        if match["skip"]:
            return match[0]
        return render_formula(html.unescape(match["display"] or match["inline"]), bool(match["display"]))

    content = NOTEBOOK_WEIGHT.sub("", content)
    content = NOTEBOOK_FIGURE.sub(lambda m: page_figure(base64.b64decode(m[1]).decode()), content)
    content = NOTEBOOK_CODE.sub(
        r'<div class="language-python highlight"><pre><code>\1</code></pre></div>', content
    )
    return NOTEBOOK_FORMULA.sub(formula, NOTEBOOK_HEADING.sub(r"<h\1>", content))


def fold(content: str, cells: list[dict]) -> str:
    """The notebook's page with the code that the lesson's page folds in a box of the same title."""
    for cell in cells:
        if title := cell["metadata"].get("title"):
            code = re.compile(
                rf'(id="cell-id={cell["id"]}">.*?)(<div class="language-python.*?</pre></div>)', re.DOTALL
            )
            box = rf'\1<details class="abstract"><summary>{html.escape(title)}</summary>\2</details>'
            content = code.sub(box, content, count=1)
    return content
