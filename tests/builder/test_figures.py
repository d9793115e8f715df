import io
import math
import re
import xml.etree.ElementTree as ET
from itertools import pairwise

import matplotlib.pyplot as plt
import pytest

from docs.builder import execute
from docs.builder.figures import (
    ON_LINE,
    PALETTE,
    _share_styles,
    _thinned,
    localise_figure,
    page_colours,
    tidy_figure,
)
from docs.builder.glossary import Glossary, UnknownWord

GLOSSARY = Glossary((), {"learning rate": "学习率", "step {} of {}": "第 {} 步，共 {} 步"})


@pytest.fixture
def drawn():
    """``drawn(draw)``: the SVG of what ``draw(ax)`` draws, in the site's style."""

    def svg(draw) -> str:
        with plt.style.context(execute.STYLE):
            fig, ax = plt.subplots()
            draw(ax)
            buffer = io.StringIO()
            fig.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
            plt.close(fig)
        return buffer.getvalue()

    return svg


def page_figure(svg: str, lang: str, alt: str = "x", prefix: str = "a-") -> str:
    return localise_figure(tidy_figure(svg, prefix), lang, GLOSSARY, alt)


def labelled(ax):
    ax.plot([0, 1], [0, 1], label="step 3 of 12")
    ax.scatter([0.5], [0.5], color="black")
    ax.set_xlabel("learning rate")
    ax.set_ylabel("$w_1$")
    ax.legend()


def words(svg: str) -> set[str]:
    texts = (
        "".join(e.itertext()).strip() for e in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")
    )
    return {t for t in texts if not re.fullmatch(r"[−\d.]+", t)}


def test_one_drawing_has_the_words_of_each_language(drawn):
    svg = drawn(labelled)
    assert words(page_figure(svg, "en")) == {"learning rate", "step 3 of 12", "w1"}
    assert words(page_figure(svg, "zh")) == {"学习率", "第 3 步，共 12 步", "w1"}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_word_without_translation_is_an_error_in_both_languages(drawn, lang):
    with pytest.raises(UnknownWord, match=r"^momentum$"):
        page_figure(drawn(lambda ax: ax.set_xlabel("momentum")), lang)


def test_only_words_change_and_only_their_letters():
    svg = '<svg xmlns="http://www.w3.org/2000/svg"><svg width="1"/><text> w </text><text>cost &lt; "b"</text></svg>'
    glossary = Glossary((), {'cost < "b"': '步 < "丙"'})
    assert localise_figure(svg, "en", glossary, "x") == svg.replace(
        "<svg ", '<svg role="img" aria-label="x" ', 1
    )
    chinese = localise_figure(svg, "zh", glossary, "x")
    assert chinese.count("aria-label") == 1
    assert chinese.endswith('<text> w </text><text>步 &lt; "丙"</text></svg>')


DRAWN = """<?xml version="1.0" encoding="utf-8"?>
<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"
 width="300pt" height="150pt" viewBox="0 0 300 150" version="1.1">
 <metadata>2026</metadata>
 <defs>
  <style type="text/css">*{stroke-linejoin: round}</style>
  <path id="m1" d="M 0 3.123456
L 0.5000 -0.126
" style="stroke: #0b6bcb; stroke-width: 0.123456"/>
 </defs>
 <g id="axes_1">
  <use xlink:href="#m1" x="10.000000" y="20.126000" fill="#000000" stroke="#808080"/>
  <rect width="100.00" height="0.125001" style="clip-path: url(#m1)"/>
  <polyline points="1.2345,2.001 3.100,4"/>
  <text style="font-family: Arial; font-size: 10px" transform="translate(0.12345 100.00)">w</text>
 </g>
</svg>
"""


def test_a_drawing_is_tidied_to_this():
    root = ET.fromstring(tidy_figure(DRAWN, "a-"))
    size = "width: 100%; max-width: 400px; min-width: 270px"  # 9 pixels for the letters of 10 points
    found = [
        (element.tag.removeprefix("{http://www.w3.org/2000/svg}"), element.attrib) for element in root.iter()
    ]
    ink = "var(--fig-ink, #1f2328)"
    assert found == [
        ("svg", {"viewBox": "0 0 300 150", "style": f"{size}; stroke-linejoin: round", "fill": ink}),
        ("style", {}),
        ("defs", {}),
        (
            "path",
            {
                "id": "a-m1",
                "d": "M 0 3.12 L 0.5 -0.13",
                "style": "stroke: var(--fig-0, #0b6bcb); stroke-width: 0.123456",
            },
        ),
        ("g", {}),
        (
            "use",
            {"href": "#a-m1", "x": "10", "y": "20.13", "fill": ink, "stroke": "var(--fig-muted, #6b7280)"},
        ),
        ("rect", {"width": "100", "height": "0.13", "style": "clip-path: url(#a-m1)"}),
        ("polyline", {"points": "1.23,2 3.1,4"}),
        ("text", {"style": "font-size: 10px", "transform": "translate(0.12 100)"}),
    ]
    assert "".join(root.itertext()) == f"{root[0].text}w"  # no blanks between the elements


def declarations(block: str) -> dict[str, str]:
    return dict(entry.split(":") for entry in block.strip("{};").split(";"))


def test_each_style_sheet_has_each_colour_of_its_scheme():
    light, dark = ({name: pair[k] for name, *pair in PALETTE.values()} for k in (0, 1))
    light, dark = ({f"--{name}": colour for name, colour in scheme.items()} for scheme in (light, dark))
    of_page, of_slate = page_colours().splitlines()
    assert declarations(of_page.removeprefix(":root")) == light
    assert declarations(of_slate.removeprefix("@media screen{[data-md-color-scheme=slate]")) == dark
    alone = ET.fromstring(tidy_figure(DRAWN, "a-"))[0].text
    alone = alone.removeprefix("@media (prefers-color-scheme:dark){svg")
    assert declarations(alone) == dark | {"background": dark["--fig-paper"]}


def test_colours_are_the_page_s_and_none_is_left(drawn):
    svg = page_figure(drawn(labelled), "en")
    assert "var(--fig-0, #0b6bcb)" in svg and "var(--fig-ink, #1f2328)" in svg
    body = re.sub(r"<style>.*?</style>|var\([^)]*\)", "", svg)
    assert re.findall(r"#[0-9a-f]{6}\b", body) == []
    for name, light, dark in PALETTE.values():
        assert page_colours().count(f"--{name}:") == 2 and light in page_colours() and dark in page_colours()


def contrast(one: str, other: str) -> float:
    """WCAG 2 contrast ratio of two colours."""

    def luminance(colour: str) -> float:
        channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
        r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(
    "name", ["fig-0", "fig-1", "fig-2", "fig-3", "fig-4", "fig-5", "fig-ink", "fig-muted"]
)
def test_lines_stand_out_in_light_and_dark(name):
    colours = {variable: (light, dark) for variable, light, dark in PALETTE.values()}
    for ink, paper in zip(colours[name], colours["fig-paper"], strict=True):
        assert contrast(ink, paper) >= 3  # WCAG 1.4.11, graphics


def test_ids_do_not_collide_and_every_reference_is_met(drawn):
    svg = drawn(labelled)
    one, two = (page_figure(svg, "en", "x", prefix) for prefix in ("f1-", "f2-"))
    ids = [set(re.findall(r' id="([^"]+)"', text)) for text in (one, two)]
    assert ids[0] and not ids[0] & ids[1]
    for text, own in zip((one, two), ids, strict=True):
        used = set(re.findall(r'(?:url\(|href=")#([^")]+)', text))
        assert used == own  # nothing dangling, nothing left over


def test_the_same_drawing_gives_the_same_bytes_and_carries_its_text(drawn):
    one, two = (page_figure(drawn(labelled), "zh", '损失 < 1 & "好"') for _ in range(2))
    assert one == two and "\n" not in one
    assert ET.fromstring(one).get("aria-label") == '损失 < 1 & "好"'


def test_every_word_has_one_translation():
    assert GLOSSARY.in_chinese("learning rate") == "学习率"
    assert GLOSSARY.in_chinese("step -1 of 2.5e-3") == "第 -1 步，共 2.5e-3 步"
    assert [GLOSSARY.in_chinese(x) for x in ("0.5", "−3", "w", "$w$", "b = 2")] == [
        "0.5",
        "−3",
        "w",
        "$w$",
        "b = 2",
    ]
    assert GLOSSARY.in_chinese("Learning rate") is None


def numbers(path: str) -> list[complex]:
    return [complex(*map(float, pair.split())) for pair in re.findall(r"-?[\d.]+ -?[\d.]+", path)]


def distance(place: complex, corners: list[complex]) -> float:
    """From ``place`` to the nearest of 2000 points spread over the line through ``corners``."""
    return min(abs(a + k / 2000 * (b - a) - place) for a, b in pairwise(corners) for k in range(2001))


@pytest.mark.parametrize("radius", [5.0, 50.0, 5000.0])
def test_thinned_paths_stay_where_they_were(radius):
    angles = [i / 60 for i in range(61)] if radius < 100 else [i / 6000 for i in range(61)]
    arc = [(radius * math.cos(a), radius * math.sin(a)) for a in angles]
    line = [(radius + i, 0.0) for i in range(40, 0, -1)]
    path = "M " + " L ".join(f"{x:.3f} {y:.3f}" for x, y in line + arc) + " z"
    thin = _thinned(path)
    before, after = numbers(path), numbers(thin)
    assert thin.startswith("M ") and thin.endswith(" z")
    assert (after[0], after[-1]) == (before[0], before[-1])
    assert len(after) <= len(before) - 38  # the line of 40 points needs two
    assert max(distance(place, after) for place in before) < 0.03  # points: less than anyone sees


def test_a_path_that_turns_back_keeps_its_turn():
    there_and_back = [*range(30), *range(28, -1, -1)]
    path = "M " + " L ".join(f"{x} 0" for x in there_and_back)
    assert numbers(_thinned(path)) == [0, 29, 0]


def test_a_path_that_turns_back_part_of_its_way_keeps_its_turn():
    path = "M " + " L ".join(f"{x} 0" for x in [*range(30), *range(28, 19, -1)])
    assert _thinned(path) == "M 0 0 L 29 0 L 20 0"


def test_corners_beside_the_ends_stay():
    top = " L ".join(f"{x} 5" for x in range(31))
    assert _thinned(f"M 0 0 L {top} L 30 0 z") == "M 0 0 L 0 5 L 30 5 L 30 0 z"


@pytest.mark.parametrize(("height", "points"), [(ON_LINE, 2), (1.5 * ON_LINE, 5)])
def test_a_point_counts_as_on_the_line_up_to_a_distance(height, points):
    path = "M " + " L ".join(f"{x} {height if x == 20 else 0}" for x in range(41))
    assert len(numbers(_thinned(path))) == points


def test_what_is_no_group_of_several_styled_markers_stays():
    use = '<use style="fill: red"/>'
    for inside in (f"<g>{use}</g>", f"<defs>{use}{use}</defs>", "<g><use/><use/></g>"):
        root = ET.fromstring(f'<svg xmlns="http://www.w3.org/2000/svg">{inside}</svg>')
        before = [child.get("style") for child in root[0]]
        _share_styles(root)
        assert [child.get("style") for child in root[0]] == before
        assert not root[0].get("style") and not root.get("style")


def test_a_group_of_markers_says_its_colours_once():
    use = '<use xmlns="http://www.w3.org/2000/svg" style="fill: {}" x="{}"/>'
    group = '<svg xmlns="http://www.w3.org/2000/svg"><g>{}</g></svg>'
    alike, mixed = (
        ET.fromstring(group.format("".join(use.format(colour, k) for k, colour in enumerate(colours))))
        for colours in (("red", "red"), ("red", "blue"))
    )
    for root in (alike, mixed):
        _share_styles(root)
    assert (alike[0].get("style"), [child.get("style") for child in alike[0]]) == ("fill: red", [None, None])
    assert [child.get("x") for child in alike[0]] == ["0", "1"]
    assert (mixed[0].get("style"), [child.get("style") for child in mixed[0]]) == (
        None,
        ["fill: red", "fill: blue"],
    )
