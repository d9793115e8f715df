"""The real site, built once as it is published: both languages, warnings as errors."""

import json
import os
import re
import shutil
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag

import pytest

from docs.builder.glossary import read_glossary
from docs.builder.offline import offline_files
from docs.builder.read import read_lesson
from tests.project import contents, differences, make_project, nav_of, publish

ROOT = Path(__file__).parents[2]
LESSONS = sorted(p.relative_to(ROOT / "lessons").with_suffix("") for p in ROOT.glob("lessons/ch*/[a-z]*.py"))
LANGUAGE_ROOT = {"zh": "", "en": "en/"}

pytestmark = pytest.mark.xdist_group("site")


class Page(HTMLParser):
    """What a test asks of a page: its ids, its links, what it loads, its language."""

    def __init__(self, path: Path):
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.loads: list[str] = []
        self.lang = ""
        self.switch = ""
        self.html = path.read_text(encoding="utf-8")
        self.feed(self.html)

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        if "id" in values:
            self.ids.append(values["id"])
        if tag == "html":
            self.lang = values["lang"]
        if tag == "a" and "href" in values:
            self.links.append(values["href"])
            if "language-switch" in values.get("class", ""):
                self.switch = values["href"]
        if tag in ("img", "script", "iframe", "source") and "src" in values:
            self.loads.append(values["src"])
        if tag == "link" and values.get("rel") in ("stylesheet", "icon", "preload", "preconnect"):
            self.loads.append(values["href"])


@pytest.fixture(scope="module")
def pages(site) -> dict[str, Page]:
    """Every page by its address below the site, "lessons/…/" or "en/lessons/…/"."""
    return {address_of(site, path): Page(path) for path in site.rglob("index.html")}


def address_of(site: Path, path: Path) -> str:
    below = path.parent.relative_to(site).as_posix()
    return "" if below == "." else f"{below}/"


def test_one_process_has_all_tests_of_the_site(request):
    """pytest-xdist writes the group into a test's id; where it does not, every process builds the site."""
    grouped = getattr(request.config.option, "loadgroup", False)
    assert request.node.nodeid.endswith("@site") == grouped


def test_every_lesson_is_there_as_page_workbook_and_downloads_in_both_languages(site, pages):
    assert LESSONS
    for root in LANGUAGE_ROOT.values():
        for lesson in LESSONS:
            for kind in ("lessons", "workbooks"):
                assert f"{root}{kind}/{lesson.as_posix()}/" in pages
            for suffix in (".py", ".ipynb"):
                assert (site / root / "downloads" / lesson.with_suffix(suffix)).is_file()


def target_of(site: Path, page: Path, link: str) -> Path:
    target = (page.parent / unquote(link)).resolve() if link else page
    return target / "index.html" if target.is_dir() else target


def test_no_link_is_dead(site, pages):
    dead = []
    for address, page in pages.items():
        here = site / address / "index.html"
        for link in page.links + page.loads:
            path, anchor = urldefrag(link)
            if re.match(r"[a-z]+:", link):
                continue
            target = target_of(site, here, path)
            if not target.is_file():
                dead.append((address, link))
            elif anchor and target.suffix == ".html" and anchor not in ("__skip", "__search"):
                owner = pages[address_of(site.resolve(), target)]
                if unquote(anchor) not in owner.ids:
                    dead.append((address, link))
    assert dead == []


def test_offline_every_link_names_a_file(site):
    files = offline_files(site)
    pages = {name: data.decode() for name, data in files.items() if name.endswith(".html")}
    assert len(pages) > 4 * len(LESSONS)
    for name, html in pages.items():
        folder = Path("/", name).parent
        for link in set(re.findall(r"""(?:href|src|data-source)=["']?([^"'#?>\s]+)""", html)):
            if not re.match(r"[a-z]+:", link):
                target = os.path.normpath(folder / unquote(link)).removeprefix("/")
                assert target in files, (name, link)


def test_nothing_is_loaded_from_another_site(site, pages):
    assert [(a, u) for a, page in pages.items() for u in page.loads if re.match(r"(?:https?:)?//", u)] == []
    sheets = [*site.rglob("*.css")]
    assert sheets and not [
        s for s in sheets if re.search(r"url\([\"']?https?:|@import", s.read_text(encoding="utf-8"))
    ]


def test_ids_on_a_page_are_unique(pages):
    for address, page in pages.items():
        twice = {i for i in page.ids if page.ids.count(i) > 1}
        assert not twice, (address, twice)


def test_the_language_switch_leads_to_the_same_page_with_the_same_headings(site, pages):
    assert sum(a.startswith("en/") for a in pages) == len(pages) / 2
    headings = re.compile(r'<h[1-6] id="([^"]+)"|<a id="([^"]+)"')
    for address, page in pages.items():
        other = address.removeprefix("en/") if address.startswith("en/") else f"en/{address}"
        target = target_of(site, site / address / "index.html", page.switch)
        assert target == (site / other / "index.html").resolve()
        assert headings.findall(page.html) == headings.findall(pages[other].html) != []
        assert page.lang == ("en" if address.startswith("en/") else "zh")


def test_both_languages_show_the_same_code_and_outputs(pages):
    code = re.compile(r"<pre>.*?</pre>", re.DOTALL)
    for lesson in LESSONS:
        zh, en = (pages[f"{root}lessons/{lesson.as_posix()}/"].html for root in LANGUAGE_ROOT.values())
        assert code.findall(zh) == code.findall(en) != []


def test_no_guard_expression_or_unrendered_formula_is_left(pages):
    for lesson in LESSONS:
        cells = read_lesson(ROOT, Path("lessons", f"{lesson.as_posix()}.py")).cells
        for lang, root in LANGUAGE_ROOT.items():
            written = sum(cell.source.count("__main__") for cell in cells if cell.lang == lang)
            for kind in ("lessons", "workbooks"):
                html = pages[f"{root}{kind}/{lesson.as_posix()}/"].html
                prose = re.sub(r"<(pre|code|svg|annotation|script)\b.*?</\1>", "", html, flags=re.DOTALL)
                assert html.count("__main__") == written  # what the prose says of it, no cell's own
                assert "{python}" not in html
                assert "arithmatex" not in html and not re.search(r"\$[^$<]+\$", prose)
                assert html.count('class="katex-html"') > 5
                figures = re.findall(r'<figure class="figure[" ][^>]*>\s*<svg [^>]*>', html)
                assert figures and all('role="img"' in f and 'aria-label="' in f for f in figures)


def test_a_workbook_is_light_and_out_of_the_search(site, pages):
    for root in LANGUAGE_ROOT.values():
        for lesson in LESSONS:
            workbook = pages[f"{root}workbooks/{lesson.as_posix()}/"].html
            page = pages[f"{root}lessons/{lesson.as_posix()}/"].html
            assert len(workbook) < 1.2 * len(page)
            assert "mathjax" not in workbook.lower() and "data:image/svg" not in workbook
        index = (site / root / "search/search_index.json").read_text(encoding="utf-8")
        assert "workbooks/" not in index and "lessons/" in index


def folded_code(html: str) -> list[tuple[str, str]]:
    """Title and code of each box of folded code."""
    boxes = re.findall(
        r'<details class="abstract"[^>]*>\s*<summary>(.*?)</summary>(.*?)</details>', html, re.DOTALL
    )
    return [(title, unescape(re.sub(r"<[^>]+>", "", code)).strip()) for title, code in boxes]


def test_a_notebook_folds_the_code_that_the_page_folds(site, pages):
    for root in LANGUAGE_ROOT.values():
        for lesson in map(Path.as_posix, LESSONS):
            folded = folded_code(pages[f"{root}lessons/{lesson}/"].html)
            assert len(folded) > 2
            assert folded_code(pages[f"{root}workbooks/{lesson}/"].html) == folded
            notebook = json.loads((site / root / f"downloads/{lesson}.ipynb").read_text(encoding="utf-8"))
            hidden = [
                cell
                for cell in notebook["cells"]
                if cell["metadata"].get("jupyter") == {"source_hidden": True}
            ]
            assert [cell["source"] for cell in hidden] == [code for _, code in folded]


def test_chinese_words_are_split_for_the_search(site):
    index = json.loads((site / "search/search_index.json").read_text(encoding="utf-8"))
    text = " ".join(doc["text"] for doc in index["docs"])
    assert "的\u200b学习率\u200b" in text  # what jieba leaves between words


def test_the_reading_order_is_one_in_both_languages_and_holds_every_lesson():
    navs = [nav_of(ROOT / config) for config in ("mkdocs.yml", "mkdocs.en.yml")]
    assert navs[0] == navs[1]
    wanted = {f"lessons/{x.as_posix()}.md" for x in LESSONS} | {
        f"lessons/{x.parent}/index.md" for x in LESSONS
    }
    assert {p for p in navs[0] if p.startswith("lessons/")} == wanted


@pytest.mark.parametrize("root", LANGUAGE_ROOT.values())
def test_previous_and_next_follow_the_reading_order_in_the_page_s_language(site, pages, root):
    paths = (path.removesuffix(".md") + "/" for path in nav_of(ROOT / "mkdocs.yml"))
    order = [root + re.sub(r"(^|/)index/$", r"\1", path) for path in paths]
    for place, address in enumerate(order):
        here = site / address / "index.html"
        for kind, neighbour in (("prev", place - 1), ("next", place + 1)):
            found = re.search(rf'<a href="([^"]*)" class="[^"]*md-footer__link--{kind}"', pages[address].html)
            wanted = order[neighbour] if 0 <= neighbour < len(order) else None
            assert (found and address_of(site.resolve(), target_of(site, here, found[1]))) == wanted


def test_the_readme_s_figure_is_the_lesson_s(site):
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    source = re.search(r"<!-- figure: (\S+) -->", readme)[1]
    committed, built = (
        (p).read_text(encoding="utf-8") for p in (ROOT / ".github/figure.svg", site / "en" / source)
    )
    numbers = re.compile(r"-?\d+(?:\.\d+)?")
    hint = f"copy docs/en/{source} to .github/figure.svg"
    assert numbers.sub("", committed) == numbers.sub("", built) or words(committed) == words(built), hint


def words(svg: str) -> list[str]:
    return re.findall(r"<text[^>]*>([^<]+)</text>", svg)


def test_every_label_of_the_glossary_is_written_well():
    glossary = read_glossary(ROOT)
    assert len(glossary.terms) >= 20
    for term in glossary.terms:
        assert term.meaning_en.endswith(".") and term.meaning_zh.endswith("。")


def test_a_failed_build_leaves_the_site_as_it_was(tmp_path):
    """The whole way through: a project of its own, published, broken, and published again."""
    project = make_project(tmp_path / "project")
    first = publish(project)
    assert first.returncode == 0, first.stderr
    before = contents(project / "site")
    assert "en/lessons/ch01_tiny/second/index.html" in before

    lesson = project / "lessons/ch01_tiny/first.py"
    good = lesson.read_text(encoding="utf-8")
    lesson.write_text(good.replace("return FACTOR * x", "return FACTOR / 0"), encoding="utf-8")
    failed = publish(project)
    assert failed.returncode == 1
    assert "lessons/ch01_tiny/first.py:19: ZeroDivisionError" in failed.stderr
    assert contents(project / "site") == before

    index = project / "docs/en/index.md"  # a mistake that only MkDocs sees, in the other language
    lesson.write_text(good, encoding="utf-8")
    index.write_text("# Home { #home }\n\n[nowhere](nowhere.md)\n", encoding="utf-8")
    failed = publish(project)
    assert failed.returncode == 1 and "nowhere.md" in failed.stderr
    assert contents(project / "site") == before

    index.write_text("# Home { #home }\n", encoding="utf-8")
    shutil.rmtree(project / ".cache")
    assert publish(project).returncode == 0
    assert differences(contents(project / "site"), before) == []  # two cold builds, identical bytes


def test_a_formula_keeps_the_chinese_sign_after_it_on_its_line(pages):
    html = "".join(page.html for address, page in pages.items() if address.startswith("lessons/"))
    glued = re.findall(
        r'<span class="unbroken"><span class="katex">(?:(?!class="katex").)*?</span>[，。；：、？！）]</span>',
        html,
    )
    assert len(glued) > 10


def test_replays_are_where_their_pages_look_with_the_same_numbers_in_both_languages(site, pages):
    numbers, found = re.compile(r"-?\d[\d.e+-]*(?=[],])"), {}
    for address, page in pages.items():
        for source in re.findall(r'data-source="([^"]+)"', page.html):
            text = target_of(site, site / address / "index.html", source).read_text(encoding="utf-8")
            found[address] = numbers.findall(text), re.findall(r'"levels":.*?\]\]', text)
    assert "" in found and len(found) >= 2 * 6  # the home page and five lessons
    for address in (a for a in found if not a.startswith("en/")):
        assert found[address] == found[f"en/{address}"] and len(found[address][0]) > 100
