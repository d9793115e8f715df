"""Tips in a browser, where there is one: hover, keyboard, tap, Escape, a narrow screen, no script."""

from pathlib import Path

import pytest

THEME = Path(__file__).parents[2] / "docs" / "theme"
PAGE = """<!doctype html><html lang="{lang}"><meta name="viewport" content="width=device-width">
<link rel="stylesheet" href="{theme}/stylesheets/primer.css">
<style>:root {{ --md-default-bg-color: #fff; --md-default-fg-color: #000 }} body {{ margin: 0.5rem }}</style>
<body class="md-typeset"><p style="text-align: right">A word at the edge is <a id="word" class="tip"
 href="#entry" title="{title}">gradient</a></p>
<p><a id="after" href="#after">another link</a></p><p style="height: 120vh"></p>
<p>The last line: <a id="last" class="tip" href="#entry" title="ReLU: max(0, t): a fold.">ReLU</a></p>
<p class="term-filter"><label>Find <input type="search"></label> <output></output></p>
<div class="md-content"><h2>One</h2><dl><dt>axis 轴</dt><dd>A.</dd><dt>vector 向量</dt><dd>B.</dd></dl>
<h2>Two</h2><dl><dt>slope 斜率</dt><dd>C.</dd></dl></div>
<script src="{theme}/javascripts/tips.js"></script></body></html>"""
TITLES = {
    "en": "gradient · 梯度: The derivatives of the loss: one for each parameter, all of them together in one vector.",
    "zh": "梯度 · gradient：损失对参数的导数：有几个参数就有几个，排成一个向量。",
}


@pytest.fixture
def opened(browser, tmp_path):
    """``opened(lang, **options)``: the page above at 360 px, from disk."""

    def show(lang: str = "en", **options):
        file = tmp_path / "page.html"
        file.write_text(PAGE.format(lang=lang, theme=THEME.as_uri(), title=TITLES[lang]), encoding="utf-8")
        context = browser.new_context(viewport={"width": 360, "height": 640}, **options)
        page = context.new_page()
        page.goto(file.as_uri())
        return page

    return show


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_hovering_shows_both_names_the_meaning_and_a_link(opened, lang):
    page = opened(lang)
    page.hover("#word")
    box = page.locator(".tip-box")
    box.wait_for(state="visible")
    names, _, meaning = TITLES[lang].partition("：" if lang == "zh" else ": ")
    assert box.locator("b").inner_text() == names.split(" · ")[0]
    assert box.locator("> span[lang]").inner_text() == names.split(" · ")[1]
    assert box.locator(".tip-meaning").inner_text() == meaning
    assert box.locator("a").get_attribute("href").endswith("#entry")
    box.locator("a").hover()  # the way from the word to its box does not close it
    page.wait_for_timeout(400)
    assert box.is_visible()
    page.mouse.move(5, 600)
    box.wait_for(state="hidden")


def test_nothing_overflows_or_moves(opened):
    page = opened(has_touch=True)
    size = "[document.documentElement.scrollWidth, document.documentElement.scrollHeight]"
    before = page.evaluate(size)
    for word in ("#word", "#last"):
        page.locator(word).scroll_into_view_if_needed()
        place = page.locator(word).bounding_box()
        page.tap(word)
        edges = page.locator(".tip-box").bounding_box()
        assert edges["x"] >= 0 and edges["x"] + edges["width"] <= 360
        assert edges["y"] >= 0 and edges["y"] + edges["height"] <= 640
        assert page.evaluate(size) == before and page.locator(word).bounding_box() == place
        page.keyboard.press("Escape")


def test_a_tap_opens_and_a_tap_elsewhere_closes(opened):
    page = opened(has_touch=True)
    page.tap("#word")
    assert page.locator(".tip-box").is_visible() and "#entry" not in page.url
    page.touchscreen.tap(5, 600)
    page.locator(".tip-box").wait_for(state="hidden")
    page.tap("#word")
    page.tap(".tip-box a")
    assert "#entry" in page.url


def test_the_keyboard_opens_enters_closes_and_follows(opened):
    page = opened()
    page.keyboard.press("Tab")
    box = page.locator(".tip-box")
    assert box.is_visible() and page.get_attribute("#word", "aria-description") == TITLES["en"]
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.parentElement.className") == "tip-box"
    page.keyboard.press("Escape")
    assert not box.is_visible()
    page.focus("#word")
    page.keyboard.press("Tab")  # closed, so the next link is the text's own
    assert page.evaluate("document.activeElement.id") == "after" and not box.is_visible()
    page.focus("#word")
    page.keyboard.press("Enter")
    assert "#entry" in page.url


def test_without_a_script_the_word_is_a_link_with_its_meaning(opened):
    page = opened(java_script_enabled=False)
    assert page.get_attribute("#word", "title") == TITLES["en"]
    page.click("#word")
    assert "#entry" in page.url
    assert not page.is_visible(".term-filter")


def test_the_glossary_s_field_shows_what_contains_the_words(opened):
    page = opened()
    page.fill("input", "斜")
    assert page.locator("dt:visible, h2:visible").all_inner_texts() == ["Two", "slope 斜率"]
    assert page.locator("output").inner_text() == "1"
    page.fill("input", "")
    assert page.locator("dt:visible").count() == 3 and page.locator("output").inner_text() == ""
