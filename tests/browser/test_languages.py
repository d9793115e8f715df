"""Two languages: what the pages say of each other, and what a reader of both can do, in a browser where there is one."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.project import make_project, publish

LESSON = "lessons/ch01_tiny/first/"
URL = "https://example.org/primer"
CELL = re.compile(r'<div class="cell" data-cell="(\d+)">(.*?)</div>', re.DOTALL)


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    """The tiny course, published as the real one is, at an address."""
    project = make_project(tmp_path_factory.mktemp("languages") / "project")
    done = publish(project, SITE_URL=URL)
    assert done.returncode == 0, done.stderr
    return project / "site"


def html(site: Path, address: str) -> str:
    return (site / address / "index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "below", ["", LESSON, "lessons/ch01_tiny/", "workbooks/ch01_tiny/first/", "glossary/"]
)
def test_both_pages_name_their_addresses_in_both_languages(site, below):
    alternate = re.compile(r'<link rel="alternate" hreflang="([^"]+)" href="([^"]+)">')
    for root in ("", "en/"):
        page = html(site, f"{root}{below}")
        assert re.findall(r'<link rel="canonical" href="([^"]+)">', page) == [f"{URL}/{root}{below}"]
        assert alternate.findall(page) == [
            ("en", f"{URL}/en/{below}"),
            ("zh", f"{URL}/{below}"),
            ("x-default", f"{URL}/{below}"),
        ]


def test_an_address_that_leads_nowhere_is_answered_in_both_languages(site):
    page = (site / "404.html").read_text(encoding="utf-8")
    assert "找不到这一页" in page and "There is no such page" in page
    assert re.findall(r'href="([^"]*)">(?:从首页|Start)', page) == ["/primer/", "/primer/en/"]
    assert 'href="/primer/en/" hreflang="en"' in page  # the switch; not //en/, which is another host


def test_no_word_of_the_interface_is_in_the_other_language(site):
    """Attributes that are read out or shown; and the texts that Material's scripts show."""
    attribute = re.compile(r'\b(?:title|aria-label|placeholder)="([^"]+)"')

    def words(address: str) -> list[str]:
        return attribute.findall(re.sub(r'<a class="tip".*?>', "", html(site, address)))  # tips name both

    for address in ("", LESSON, "lessons/ch01_tiny/", "glossary/"):
        chinese = [word for word in words(address) if not re.search("[\u3400-\u9fff]", word)]
        assert set(chinese) <= {"torch-primer"}
        assert [word for word in words(f"en/{address}") if re.search("[\u3400-\u9fff]", word)] == []
        assert "Copy to clipboard" in html(site, f"en/{address}")
        assert "Copy to clipboard" not in html(site, address)


def test_cells_are_paired_by_number(site):
    zh, en = (dict(CELL.findall(html(site, f"{root}{LESSON}"))) for root in ("", "en/"))
    partners = [
        ("把一个数加倍", "Double a number"),
        ("数字 21 的两倍", "What is twice 21?"),
        ("答案是 42", "The answer is 42"),
        ("除以零会报错", "Dividing by zero fails"),
        ("写出一半", "Write the half"),
    ]
    assert list(zh) == list(en) == [str(n + 1) for n in range(len(partners))]
    for number, (chinese, english) in zip(zh, partners, strict=True):
        assert chinese in zh[number] and english in en[number]
    assert "<h2" in zh["2"] and "<h1" not in zh["1"]
    for root in ("", "en/"):
        page = html(site, f"{root}{LESSON}")
        assert "<!--" not in page and "<p></p>" not in page
        index = (site / root / "search/search_index.json").read_text(encoding="utf-8")
        assert "cell" not in index.replace("cells", "")


def test_the_search_still_has_the_code_under_its_heading(site):
    docs = json.loads((site / "en/search/search_index.json").read_text(encoding="utf-8"))["docs"]
    run_it = next(doc for doc in docs if doc["location"] == f"{LESSON}#run-it")
    assert "<code>double</code>" in run_it["text"] and "What is twice 21?" in run_it["text"]


@pytest.fixture(scope="module")
def server(site):
    """The address of a server for the site, at the path that it was built for."""
    root = site.parent / "www"
    root.mkdir()
    (root / "primer").symlink_to(site)
    command = [
        sys.executable,
        "-u",
        "-m",
        "http.server",
        "0",
        "--bind",
        "127.0.0.1",
        "--directory",
        str(root),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        port = re.search(r"port (\d+)", process.stdout.readline())[1]
        yield f"http://127.0.0.1:{port}/primer/"
        process.terminate()


@pytest.fixture
def open_page(browser):
    """``open_page(address, locale)``: a page of a fresh profile; ``page.requested`` lists what it asked for."""
    contexts, errors = [], []

    def open_page(address: str, locale: str):
        context = browser.new_context(locale=locale, viewport={"width": 1000, "height": 500})
        contexts.append(context)
        page = context.new_page()
        page.requested = []
        page.on("request", lambda request: page.requested.append(request.url))
        page.on("pageerror", lambda error: errors.append(error.stack or str(error)))
        page.goto(address)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert [error for error in errors if "site.js" in error] == []


def test_one_cell_in_the_other_language_by_keyboard(open_page, server):
    page = open_page(server + LESSON, "zh-CN")
    other = f"{server}en/{LESSON}"
    assert other not in page.requested and page.locator(".other-cell:visible").count() == 0
    page.evaluate("""() => { // else heights are estimates at first
        const sheet = new CSSStyleSheet()
        sheet.replaceSync("* { content-visibility: visible !important }")
        document.adoptedStyleSheets = [sheet]
    }""")
    height = page.evaluate("document.documentElement.scrollHeight")
    button = page.get_by_role("button", name="这一段的英文").nth(1)
    button.focus()
    page.keyboard.press("Enter")
    panel = page.locator('.cell[data-cell="2"] + .other-cell')
    panel.get_by_text("What is twice 21?").wait_for()
    assert button.get_attribute("aria-expanded") == "true" and panel.get_attribute("lang") == "en"
    assert panel.locator("[id], h2, .headerlink").count() == 0 and "Run it" in panel.inner_text()
    page.keyboard.press("Space")
    assert button.get_attribute("aria-expanded") == "false" and not panel.is_visible()
    assert page.evaluate("document.documentElement.scrollHeight") == height
    page.get_by_role("button", name="这一段的英文").first.press("Enter")
    link = page.locator(".other-cell a", has_text="glossary")
    assert link.evaluate("a => a.href") == f"{server}en/glossary/#learning-rate"
    assert page.requested.count(other) == 1


def test_all_cells_at_once_and_again_on_the_next_page(open_page, server):
    page = open_page(f"{server}en/{LESSON}", "en-US")
    page.get_by_label("Show the Chinese too").press("Space")
    page.get_by_text("写出一半。").wait_for()
    assert page.locator(".other-cell:visible").count() == page.locator(".cell").count() == 5
    page.goto(f"{server}lessons/ch01_tiny/second/")
    page.get_by_text("Uses double of lesson one").wait_for()
    page.wait_for_function("!document.documentElement.className.includes('both-loading')")
    page.get_by_label("同时显示英文").press("Space")
    page.reload()
    assert not page.get_by_label("同时显示英文").is_checked()


def test_a_page_that_cannot_be_loaded_is_asked_for_again(open_page, server):
    page = open_page(server + LESSON, "zh-CN")
    page.route("**/en/**", lambda route: route.abort())
    button = page.get_by_role("button", name="这一段的英文").first
    button.press("Enter")
    page.get_by_text("没能取到英文页面").wait_for()
    page.unroute("**/en/**")
    button.press("Enter")
    button.press("Enter")
    page.get_by_text("Double a number").wait_for()


@pytest.mark.parametrize(("root", "other"), [("", "en/"), ("en/", "")])
def test_the_switch_keeps_page_and_heading(open_page, server, root, other):
    page = open_page(server + root + LESSON, "zh-CN" if not root else "en-US")
    page.locator(".language-switch").click()
    page.wait_for_url(server + other + LESSON)
    page.go_back()
    page.evaluate("document.getElementById('run-it').scrollIntoView()")  # no address was asked for
    page.wait_for_timeout(200)
    page.locator(".language-switch").click()
    page.wait_for_url(f"{server}{other}{LESSON}#run-it")


def test_one_hint_to_who_prefers_the_other_language(open_page, server):
    page = open_page(server + LESSON, "en-US")
    hint = page.locator(".language-hint")
    assert (
        hint.inner_text().startswith("This course is also in English") and hint.get_attribute("lang") == "en"
    )
    page.reload()
    assert hint.count() == 1
    page.get_by_role("button", name="Do not show this again").click()
    assert hint.count() == 0
    page.reload()
    assert hint.count() == 0

    page = open_page(server + LESSON, "en-GB")
    page.locator(".language-hint a").click()
    page.wait_for_url(f"{server}en/{LESSON}")
    page.locator("header .language-switch").click()  # back again, by choice
    page.wait_for_url(server + LESSON)
    assert page.locator(".language-hint").count() == 0
    assert open_page(server + LESSON, "zh-TW").locator(".language-hint").count() == 0
    assert open_page(server + LESSON, "de-DE").locator(".language-hint").count() == 0
    assert (
        open_page(f"{server}en/{LESSON}", "zh-CN")
        .locator(".language-hint")
        .inner_text()
        .startswith("这个课程")
    )


def test_side_by_side_from_the_disk(open_page, site):
    page = open_page((site / LESSON / "index.html").as_uri(), "zh-CN")
    page.get_by_role("button", name="这一段的英文").first.press("Enter")
    page.get_by_text("Double a number").wait_for()
    assert page.locator("iframe").count() == 0


def test_without_scripts_nothing_is_offered_that_does_not_work(browser, site):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((site / LESSON / "index.html").as_uri())
    assert page.get_by_text("把一个数加倍").is_visible()
    assert not page.locator(".both-languages").is_visible() and page.locator(".cell-button").count() == 0
    context.close()
