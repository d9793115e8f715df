"""Replays in a real browser, opened from disk: both languages, keyboard alone, no console message.

Needs Playwright (``pip install playwright``) and Chromium, of the system or ``playwright install chromium``; skipped without.
"""

import shutil
from pathlib import Path

import pytest
import torch

from docs.builder.figures import page_colours
from docs.builder.glossary import Glossary
from docs.builder.replay import localise_replay, take_replay

THEME = Path(__file__).parents[2] / "docs/theme"
WORDS = {"step": "步", "rate": "学习率", "loss": "损失", "none": "没有", "rate {}": "率 {}", "price": "价格"}
FRAMES = [0, 1, 2, 5]
LOSSES = [[8.0, 4.0, 2.0, 1.0], [8.0, 16.0, 640000.0, float("inf")]]


def described() -> dict:
    axis = {"label": "price", "range": [0, 5]}
    line = {"kind": "line", "x": [0, 5], "y": torch.ones(2, 4, 2), "label": "loss"}
    field = {"kind": "field", "levels": torch.linspace(0, 1, 2 * 4 * 5 * 6).reshape(2, 4, 5, 6)}
    trail = {"kind": "trail", "x": [FRAMES] * 2, "y": LOSSES}
    return {
        "frame": {"label": "step", "values": FRAMES},
        "setting": {"label": "rate", "values": ["none", "rate 3"]},
        "readout": [{"label": "loss", "values": LOSSES}],
        "panels": [
            {"x": axis, "y": axis, "layers": [field, line]},
            {"x": axis, "y": {"label": "loss", "range": [0.1, 100], "log": True}, "layers": [trail]},
        ],
    }


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    """A page per language, as the builder writes a replay, with the site's own script and styles."""
    folder = tmp_path_factory.mktemp("replays")
    shutil.copy(THEME / "javascripts/replay.js", folder)
    shutil.copy(THEME / "stylesheets/primer.css", folder)
    (folder / "figures.css").write_text(page_colours(), encoding="utf-8")
    data = take_replay({"replay": described()})
    for lang in ("zh", "en"):
        own = localise_replay(data, lang, Glossary((), WORDS))
        (folder / f"{lang}.js").write_text(f"globalThis.replay = {own}\n", encoding="utf-8")
        (folder / f"{lang}.html").write_text(
            f'<!doctype html><html lang="{lang}"><meta charset="utf-8"><link rel="icon" href="data:,">'
            '<link rel="stylesheet" href="figures.css"><link rel="stylesheet" href="primer.css">'
            "<style>html { font-size: 125%; } body { margin: 16px; }</style>"  # as Material has it
            '<script defer src="replay.js"></script><body class="md-typeset" data-md-color-scheme="default">'
            f'<div class="replay" data-source="{lang}.js" data-panels="2"><p>text</p></div></body></html>',
            encoding="utf-8",
        )
    return folder


@pytest.fixture
def opened(browser, site):
    """``opened(lang, **settings)``: the page with its replay drawn; at the end, nothing may be on the console."""
    said, contexts = [], []

    def open_page(lang: str, **settings):
        contexts.append(browser.new_context(viewport={"width": 900, "height": 700}, **settings))
        page = contexts[-1].new_page()
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto((site / f"{lang}.html").as_uri())
        page.wait_for_selector(".replay-ready")
        return page

    yield open_page
    assert said == []
    for context in contexts:
        context.close()


def shown(page) -> tuple[str, list[str]]:
    """The numbers read off, and everything that is drawn and moves."""
    drawn = (
        "els => els.map(e => e.getAttribute('d') ?? e.getAttribute('fill') + e.getAttribute('fill-opacity'))"
    )
    return (
        page.inner_text(".replay-readout b"),
        page.eval_on_selector_all(".replay-panel g path, .replay-panel g rect", drawn),
    )


def walk(page) -> list:
    """Every frame of every setting, reached by the arrow keys alone."""
    frame, setting = page.locator(".replay input").all()
    seen = []
    for key in ("Home", "ArrowRight"):
        setting.press(key)
        frame.press("Home")
        seen.append(shown(page))
        for _ in FRAMES[1:]:
            frame.press("ArrowRight")
            seen.append(shown(page))
    return seen


def test_the_keyboard_reaches_the_same_frames_in_both_languages(opened):
    chinese, english = (walk(opened(lang)) for lang in ("zh", "en"))
    assert chinese == english
    assert [number for number, _ in chinese] == ["8", "4", "2", "1", "8", "16", "6.4e5", "∞"]
    pictures = [tuple(drawn) for _, drawn in chinese]
    assert len(set(pictures)) == len(pictures)  # each frame looks different


@pytest.mark.parametrize(
    ("lang", "names", "values"),
    [("zh", ["步", "学习率"], ["5", "率 3"]), ("en", ["step", "rate"], ["5", "rate 3"])],
)
def test_controls_say_what_they_are_and_show_the_focus(opened, lang, names, values):
    page = opened(lang)
    button, sliders = page.get_by_role("button"), page.get_by_role("slider").all()
    assert button.inner_text() == {"zh": "▶ 播放", "en": "▶ Play"}[lang]
    assert page.get_by_role("button", name={"zh": "播放", "en": "Play"}[lang], exact=True).count() == 1
    for slider, name, value in zip(sliders, names, values, strict=True):
        assert slider.get_attribute("aria-label") == name
        slider.press("End")
        assert slider.get_attribute("aria-valuetext") == value
        assert slider.bounding_box()["height"] >= 24
        assert slider.evaluate("e => getComputedStyle(e).outlineStyle") == "solid"


def test_playing_stops_at_the_end_and_at_the_reader_s_own_move(opened):
    page = opened("en")
    button, frame = page.get_by_role("button"), page.get_by_role("slider").first
    button.press("Enter")
    assert button.inner_text() == "⏸ Pause"
    page.wait_for_function("document.querySelector('.replay-play').innerText === '▶ Play'")
    assert frame.input_value() == "3"
    button.press("Enter")  # again, from the start
    page.wait_for_function("document.querySelector('.replay input').value === '1'")
    frame.press("Home")
    assert button.inner_text() == "▶ Play" and frame.input_value() == "0"


def test_less_motion_no_play_button(opened):
    page = opened("en", reduced_motion="reduce")
    assert page.get_by_role("button").count() == 0 and page.get_by_role("slider").count() == 2


def test_drawing_moves_nothing(opened, site, browser):
    for width in (360, 520, 900):
        heights = []
        for script in (True, False):
            context = browser.new_context(viewport={"width": width, "height": 900})
            page = context.new_page()
            if not script:
                page.route("**/en.js", lambda route: route.abort())
            page.goto((site / "en.html").as_uri())
            if script:
                page.wait_for_selector(".replay-ready")
            heights.append(page.locator(".replay").bounding_box()["height"])
            context.close()
        assert heights[0] == pytest.approx(heights[1], abs=1), width


def test_without_javascript_there_is_the_text_and_no_gap(browser, site):
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto((site / "en.html").as_uri())
    assert page.inner_text(".replay") == "text"
    assert page.locator(".replay").bounding_box()["height"] < 100
