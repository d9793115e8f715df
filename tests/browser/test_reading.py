"""figures.js, progress.js and the print style in Chromium, on small pages of their own opened from disk."""

from pathlib import Path

import pytest

THEME = Path(__file__).parents[2] / "docs/theme"
FIGURE = """<figure class="figure"><svg role="img" aria-label="The loss falls to 0.2" xmlns="http://www.w3.org/2000/svg"
  viewBox="0 0 300 200" style="width: 100%; max-width: 400px; min-width: 245px" fill="var(--fig-ink)"><defs><path id="f1-m"
  d="M 0 0 L 9 9" /></defs><use href="#f1-m" /><text x="20" y="50" style="font-size: 11px">step</text></svg></figure>"""
PAGE = """<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<style>:root {{ --md-default-bg-color: #fff; --md-default-fg-color: #000; --fig-ink: #1f2328 }}</style>
<link rel="stylesheet" href="{theme}/stylesheets/primer.css">
<script src="{theme}/javascripts/print.js"></script><script defer src="{theme}/javascripts/figures.js"></script>
<script defer src="{theme}/javascripts/progress.js"></script></head><body><nav class="md-nav md-nav--primary">
<a class="md-nav__link" id="first" href="{up}/lessons/ch01_tiny/first/index.html">1</a>
<a class="md-nav__link" id="anchor" href="{up}/lessons/ch01_tiny/first/index.html#a">a</a>
<a class="md-nav__link" id="second" href="{up}/lessons/ch01_tiny/second.html">2</a>
<a class="md-nav__link" id="chapter" href="{up}/lessons/ch01_tiny/index.html">chapter</a></nav>
<main class="md-content md-typeset">{figure}{figure}
<details class="note"><summary>Solution</summary><p>42</p></details>
<p class="lesson-done"><label><input type="checkbox" data-lesson="ch01_tiny/first"> done</label></p></main></body></html>"""


@pytest.fixture
def lesson(browser, tmp_path):
    """``lesson(lang)`` opens the lesson "ch01_tiny/first" from disk in one language; the browser forgets after a test."""
    context = browser.new_context(viewport={"width": 360, "height": 640}, color_scheme="dark")
    page, errors = context.new_page(), []
    page.on("pageerror", lambda error: errors.append(str(error)))

    def open_lesson(lang: str):
        up = tmp_path / ("en" if lang == "en" else "")
        file = up / "lessons/ch01_tiny/first/index.html"
        file.parent.mkdir(parents=True, exist_ok=True)
        text = PAGE.format(lang=lang, theme=THEME.as_uri(), up=up.as_uri(), figure=FIGURE)
        file.write_text(text, encoding="utf-8")
        page.goto(file.as_uri())
        return page

    yield open_lesson
    context.close()
    assert errors == []


@pytest.mark.parametrize(("lang", "name"), [("zh", "放大这张图"), ("en", "Enlarge this figure")])
def test_a_figure_opens_by_keyboard_and_gives_the_focus_back(lesson, lang, name):
    page = lesson(lang)
    opener = page.get_by_role("button", name=name).nth(1)
    opener.focus()
    assert opener.evaluate("e => getComputedStyle(e).opacity") == "1"
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    assert dialog.get_by_role("img", name="The loss falls to 0.2").is_visible()
    assert dialog.locator("[id]").count() == 0  # ids are the page's
    page.keyboard.press("Escape")
    assert dialog.count() == 0
    assert opener.evaluate("e => e === document.activeElement")


def test_a_figure_opens_on_a_click_larger_and_zooms(lesson):
    page = lesson("en")
    page.locator("figure svg").first.click()
    width = "document.querySelector('dialog svg').getBoundingClientRect().width"
    assert page.evaluate(width) == 400  # as drawn, 4/3 of a point: the page is narrower
    page.get_by_role("button", name="Larger").click()
    assert page.evaluate(width) == pytest.approx(560)
    assert page.evaluate("(s => s.scrollWidth > s.clientWidth)(document.querySelector('.figure-stage'))")
    for _ in range(9):
        page.get_by_role("button", name="Smaller").click()
    assert page.evaluate(width) == 360  # not smaller than what fits
    page.mouse.click(180, 630)  # beside the figure
    assert page.get_by_role("dialog").count() == 0


def test_selected_words_of_a_figure_do_not_open_it(lesson):
    page = lesson("en")
    page.evaluate("getSelection().selectAllChildren(document.querySelector('figure text'))")
    page.evaluate(
        "document.querySelector('figure svg').dispatchEvent(new MouseEvent('click', { bubbles: true }))"
    )
    assert page.get_by_role("dialog").count() == 0


def checks(page) -> list[str]:
    return page.evaluate("[...document.querySelectorAll('.lesson-check')].map(c => c.parentElement.id)")


def test_a_mark_is_kept_and_shown_in_both_languages(lesson):
    page = lesson("zh")
    assert checks(page) == []
    page.get_by_role("checkbox").check()
    assert checks(page) == ["first"]
    page.reload()
    assert page.get_by_role("checkbox").is_checked()
    page = lesson("en")
    assert page.get_by_role("checkbox").is_checked() and checks(page) == ["first"]
    assert page.get_by_role("link", name="1 finished").count() == 1
    page.get_by_role("checkbox").uncheck()
    assert checks(lesson("zh")) == []


@pytest.mark.parametrize("kept", ["", "{}", "5", "[", '"x"', '["ch01_tiny/second", 7]'])
def test_other_marks_and_damaged_ones_do_no_harm(lesson, kept):
    page = lesson("en")
    page.evaluate("kept => localStorage.setItem('torch-primer.done', kept)", kept)
    page.reload()
    assert checks(page) == (["second"] if "second" in kept else [])
    page.get_by_role("checkbox").check()
    page.reload()
    assert "first" in checks(page)


def test_without_storage_a_mark_lasts_as_long_as_the_page(lesson):
    page = lesson("en")
    page.add_init_script(
        "Object.defineProperty(window, 'localStorage', { get() { throw new Error('denied') } })"
    )
    page.reload()
    page.get_by_role("checkbox").check()
    assert checks(page) == ["first"]


def test_what_the_reader_unfolded_is_printed_and_controls_are_not(lesson):
    page = lesson("en")
    solution = page.locator("details")
    page.emulate_media(media="print")
    solution.evaluate("e => { e.open = true }")  # as Material does before printing
    assert not solution.is_visible()
    assert (
        not page.locator(".figure-open").first.is_visible() and not page.get_by_role("checkbox").is_visible()
    )
    assert page.locator("figure svg").first.is_visible()
    page.emulate_media(media="screen")
    solution.evaluate("e => { e.open = false }")
    page.get_by_text("Solution").click()
    page.emulate_media(media="print")
    assert solution.is_visible()
