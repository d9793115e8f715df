"""`make offline`: its ZIP, unpacked and opened from disk in a browser that may ask nobody else for anything."""

import re
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.project import ROOT, lay_down, publish

LESSON = "ch02_autograd/gradient_descent"  # it has maths, figures and a replay
OTHER_LESSON = re.compile(r"\]\([\w./]*/?\w+\.py(?:#[\w-]+)?\)")


@pytest.fixture(scope="module")
def unpacked(browser, tmp_path_factory) -> Path:
    """A course of one lesson, built for an address as the published one is, packed and unpacked as readers do."""
    project = tmp_path_factory.mktemp("offline")
    lay_down(project, f"lessons/{LESSON}.md")
    lesson = project / "lessons" / f"{LESSON}.py"
    lesson.parent.mkdir(parents=True)
    text = (ROOT / "lessons" / f"{LESSON}.py").read_text(encoding="utf-8")
    lesson.write_text(OTHER_LESSON.sub("](/glossary.md)", text), encoding="utf-8")
    done = publish(project, "offline", SITE_URL="https://example.org/primer")
    assert done.returncode == 0, done.stderr
    folder = project / "下载 of mine"
    ZipFile(project / "torch-primer-offline.zip").extractall(folder)
    return folder / "torch-primer"


@pytest.fixture
def page(browser, unpacked):
    """A page that looked for nothing outside the ZIP, missed nothing and reported no error."""
    context = browser.new_context()
    context.set_default_timeout(20_000)
    asked, wrong = [], []
    context.on("request", lambda request: asked.append(request.url))
    cut_short = "net::ERR_ABORTED"  # by the way to the next page
    context.on("requestfailed", lambda r: r.failure != cut_short and wrong.append((r.url, r.failure)))
    context.on("weberror", lambda error: wrong.append(str(error.error)))
    context.on("console", lambda message: message.type == "error" and wrong.append(message.text))
    yield context.new_page()
    context.close()
    assert asked and [url for url in asked if not url.startswith(unpacked.as_uri())] == []
    assert wrong == []


@pytest.mark.parametrize(("root", "lang"), [("", "zh"), ("en/", "en")])
def test_a_lesson_has_its_maths_figures_and_replay(page, unpacked, root, lang):
    page.goto((unpacked / root / "index.html").as_uri())
    page.locator(f'.md-nav--primary a[href*="{LESSON}"]').click()
    page.wait_for_url((unpacked / root / f"lessons/{LESSON}/index.html").as_uri())
    assert page.locator("html").get_attribute("lang") == lang
    assert page.locator(".katex").first.is_visible()
    page.evaluate("document.fonts.ready")
    fonts = page.evaluate("[...document.fonts].filter(f => f.status === 'loaded').map(f => f.family)")
    assert any("KaTeX_Main" in font for font in fonts)

    figure = page.locator("figure.figure svg").first
    figure.scroll_into_view_if_needed()
    assert figure.bounding_box()["width"] > 300

    replay = page.locator(".replay").first
    replay.scroll_into_view_if_needed()
    slider = replay.locator("input[type=range]").first
    before = replay.locator(".replay-readout").inner_text()
    slider.press("End")
    assert replay.locator(".replay-readout").inner_text() != before


@pytest.mark.parametrize(
    ("root", "query", "title"),
    [("", "梯度下降", "梯度下降"), ("en/", "gradient descent", "Gradient descent")],
)
def test_the_search_finds_a_lesson_and_leads_there(page, unpacked, root, query, title):
    page.goto((unpacked / root / "glossary/index.html").as_uri())
    page.locator("input[name=query]").fill(query)
    lesson = (unpacked / root / f"lessons/{LESSON}/index.html").as_uri()
    result = page.locator(f'.md-search-result__item a[href^="{lesson}"]').first
    result.wait_for()
    assert result.locator("h1").inner_text().replace("\u200b", "") == title
    result.click()
    page.wait_for_url(re.compile(re.escape(lesson)))
    assert page.locator("h1").inner_text().startswith(title)


def test_the_switch_leads_to_the_same_page_and_heading_and_back(page, unpacked):
    chinese, english = ((unpacked / root / f"lessons/{LESSON}/index.html").as_uri() for root in ("", "en/"))
    page.goto(f"{chinese}#exercises")
    page.locator("header a.language-switch").click()
    page.wait_for_url(f"{english}#exercises")
    page.locator("header a.language-switch").click()
    page.wait_for_url(f"{chinese}#exercises")


@pytest.mark.parametrize("root", ["", "en/"])
def test_workbook_and_downloads_are_there(page, unpacked, root):
    page.goto((unpacked / root / f"lessons/{LESSON}/index.html").as_uri())
    for link in page.locator("a[download]").all():
        path = link.evaluate("link => decodeURIComponent(new URL(link.href).pathname)")
        assert Path(path).stat().st_size > 1000
    page.locator('.lesson-files a[href*="workbooks/"]').click()
    page.wait_for_url((unpacked / root / f"workbooks/{LESSON}/index.html").as_uri())
    assert page.locator(".katex").first.is_visible()
