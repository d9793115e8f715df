"""The real site in a browser; skipped where there is none (.github/CONTRIBUTING.md)."""

import re
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

pytestmark = pytest.mark.xdist_group("site")


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def base(site):
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(site))) as server:
        threading.Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture
def page(browser):
    page = browser.new_page(color_scheme="dark")
    page.requested = []
    page.on("request", lambda request: page.requested.append(request.url))
    yield page
    page.close()


@pytest.fixture
def refused(page):
    """What the page's Content-Security-Policy has refused, so far."""
    page.add_init_script(
        "globalThis.refused = []; addEventListener('securitypolicyviolation', "
        "(event) => refused.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`))"
    )
    return lambda: page.evaluate("refused")


LESSON = "lessons/ch02_autograd/gradient_descent/"


@pytest.mark.parametrize(
    "address", ["", LESSON, f"en/{LESSON}", "en/workbooks/ch02_autograd/gradient_descent/", "glossary/"]
)
def test_a_page_read_to_its_end_and_searched_asks_nothing_of_another_site(base, page, address):
    page.goto(base + address, wait_until="networkidle")
    page.keyboard.press("End")
    page.wait_for_load_state("networkidle")
    assert not [url for url in page.requested if "search_index" in url]  # large: not before it is asked for
    page.focus(".md-search__input")
    page.wait_for_load_state("networkidle")
    page.keyboard.type("zero_grad")  # the search listens to keys
    page.wait_for_selector(".md-search-result__item")
    assert [url for url in page.requested if "search_index" in url]
    elsewhere = [url for url in page.requested if not url.startswith((base, "data:", "blob:"))]
    assert elsewhere == []


def test_words_that_the_search_found_are_marked_on_the_page(base, page):
    page.goto(f"{base}en/{LESSON}?h=gradient", wait_until="networkidle")
    assert page.locator("mark[data-md-highlight]").first.inner_text().lower() == "gradient"


def test_the_scheme_of_the_system_is_there_before_material_s_bundle(base, page):
    page.route("**/bundle.*.js", lambda route: route.abort())
    page.goto(base + LESSON)
    assert page.get_attribute("body", "data-md-color-scheme") == "slate"


def test_a_chosen_scheme_stays_and_the_system_s_returns(base, page):
    page.goto(base + LESSON, wait_until="networkidle")
    shown = []
    for _ in range(4):
        label = page.locator("[data-md-component=palette] label:visible")
        before = page.get_attribute("body", "data-md-color-scheme")
        title = label.get_attribute("title")
        page.reload(wait_until="networkidle")
        assert page.get_attribute("body", "data-md-color-scheme") == before
        assert label.get_attribute("title") == title
        root = page.evaluate("getComputedStyle(document.documentElement).colorScheme")  # for scroll bars
        assert root == {"slate": "dark", "default": "light"}[before]
        shown.append((title, before))
        label.click()
    assert shown == [("跟随系统", "slate"), ("浅色", "default"), ("深色", "slate"), ("跟随系统", "slate")]


def test_blocks_out_of_sight_keep_the_room_that_they_take(base, browser):
    """What is not laid out yet is as high as it will be: the heading that a link leads to stays where it is."""
    for width in (360, 1280):
        page = browser.new_page(viewport={"width": width, "height": 800}, bypass_csp=True)
        page.goto(base + LESSON, wait_until="networkidle")
        height = "document.querySelector('article').scrollHeight"
        guessed = page.evaluate(height)
        page.add_style_tag(content="* { content-visibility: visible !important }")
        assert guessed == pytest.approx(page.evaluate(height), rel=0.03)
        page.close()


@pytest.mark.parametrize("address", [LESSON, f"en/{LESSON}"])
def test_all_that_a_lesson_offers_works_under_its_policy(base, page, refused, address):
    page.goto(base + address, wait_until="networkidle")
    page.locator(".both-languages input").check()
    page.wait_for_selector(".other-cell .katex")
    page.locator("[data-md-component=palette] label:visible").click()
    page.locator(".replay").first.scroll_into_view_if_needed()
    page.locator(".replay button").first.click()
    page.locator("figure.figure svg").first.click()
    page.wait_for_selector("dialog[open]")
    page.keyboard.press("Escape")
    page.locator(".tip").first.hover()
    page.wait_for_selector(".tip-box:popover-open")
    page.locator("article > .highlight").first.scroll_into_view_if_needed()
    page.locator(".md-code__button:visible").first.click()
    page.focus(".md-search__input")
    page.keyboard.type("zero_grad")
    page.wait_for_selector(".md-search-result__item")
    assert refused() == []


@pytest.mark.parametrize(
    "address", ["", "lessons/ch02_autograd/", f"en/workbooks/{LESSON[8:]}", "glossary/", "404.html"]
)
def test_pages_of_every_kind_keep_to_their_policy(base, page, refused, address):
    page.goto(base + address, wait_until="networkidle")
    assert refused() == []


def test_the_styles_of_the_other_language_s_formulas_come_along(base, page):
    page.goto(base + LESSON, wait_until="networkidle")
    page.locator(".both-languages input").check()
    page.wait_for_selector(".other-cell .katex")
    used, brought = page.evaluate("""() => {
        const used = [...document.querySelectorAll(".other-cell [class]")].flatMap((e) => [...e.classList])
        const rules = document.adoptedStyleSheets.flatMap((sheet) => [...sheet.cssRules])
        return [used, rules.map((rule) => rule.selectorText.split(":")[0].slice(1))]
    }""")
    used = {name for name in used if re.fullmatch("s[a-z2-7]{5}", name)}
    assert len(used) > 50 and used <= set(brought)


@pytest.mark.parametrize(
    ("added", "directive"),
    [
        (
            "{const s = document.createElement('script'); s.textContent = 'globalThis.ran = true'; document.head.append(s)}",
            "script-src-elem",
        ),
        ("{const i = new Image(); i.src = 'https://example.org/x.png'; document.body.append(i)}", "img-src"),
        ("fetch('https://example.org/').catch(() => {})", "connect-src"),
        ("document.body.setAttribute('style', 'color: red')", "style-src-attr"),
        (
            "{const s = document.createElement('style'); s.textContent = 'a {}'; document.head.append(s)}",
            "style-src-elem",
        ),
    ],
)
def test_the_policy_refuses_what_the_build_did_not_put_there(base, page, refused, added, directive):
    page.goto(base + LESSON, wait_until="networkidle")
    page.evaluate(added)
    page.wait_for_function("refused.length")
    assert [found.split()[0] for found in refused()] == [directive]
    assert not page.evaluate("globalThis.ran")
