"""A page from blocks made by hand: the whole of its Markdown, and the names of its files."""

import itertools
from pathlib import Path

import pytest
import yaml

from docs.builder.localise import Block, Page
from docs.builder.page import _fenced, _link, _markdown, box_titles, figure_name, render_page, replay_name
from docs.builder.read import Lesson
from docs.builder.seeds import Measured, render_seeds

LESSON = Lesson(Path("/course"), Path("lessons/ch01_a/b.py"), ())
CHAPTER = Lesson(Path("/course"), Path("lessons/ch01_a/__init__.py"), ())
TITLE = Block("# Title\nFirst *paragraph*,\nits end.\n\nSecond.", 2, None, False, ("title",))


def page(*blocks: Block, lang: str = "en", lesson: Lesson = LESSON) -> Page:
    return Page(lesson, lang, (TITLE, *blocks))


def rendered(page: Page, repository: str | None = None) -> str:
    return render_page(page, [block.source for block in page.blocks], repository)


def code(source: str, line: int, tag: str | None = None, **outcome) -> Block:
    return Block(source, line, tag, True, **outcome)


WHOLE = page(
    code("x = 1", 8, stdout="1\n\n", figures=(("<svg/>", "A [b]\nc"),)),
    Block("Guess.", 10, "predict", False),
    Block("Try.", 12, "exercise", False),
    Block("Try again.", 14, "exercise", False),
    code("y = 2", 16, "solution"),
    Block("So it is.", 18, "solution", False),
    code("draw()", 20, "plot", figures=(("<svg/>", "one"), ("<svg/>", "two"))),
    Block("Last.", 22, None, False),
)
EXPECTED = """\
---
title: "Title"
description: "First paragraph, its end."
---
# Title { #title }

[:material-file-code: Python file](../../downloads/ch01_a/b.py){ download } \
· [:material-notebook: Notebook](../../downloads/ch01_a/b.ipynb){ download } \
· [View the notebook](../../workbooks/ch01_a/b.ipynb)
{ .lesson-files }

<!--cell 1-->

First *paragraph*,
its end.

Second.

<!--/cell-->

``` python
x = 1
```

``` { .text .output .no-copy }
1
```

![A (b) c](../../figures/ch01_a/b-1.svg){ .figure }

!!! question "Predict before you run"

    <!--cell 2-->

    Guess.

    <!--/cell-->

!!! example "Exercise 1"

    <!--cell 3-->

    Try.

    <!--/cell-->

!!! example "Exercise 2"

    <!--cell 4-->

    Try again.

    <!--/cell-->

??? note "Solution"

    ``` python
    y = 2
    ```

    <!--cell 5-->

    So it is.

    <!--/cell-->

??? abstract "Plotting code"

    ``` python
    draw()
    ```

![one](../../figures/ch01_a/b-2.svg){ .figure }

![two](../../figures/ch01_a/b-3.svg){ .figure }

<!--cell 6-->

Last.

<!--/cell-->

<p class="lesson-done" data-search-exclude><label><input type="checkbox" data-lesson="ch01_a/b"> \
I have finished this lesson</label> <small>kept in this browser alone</small></p>
"""


def test_a_whole_page():
    assert rendered(WHOLE) == EXPECTED


def test_boxes_are_counted_and_neighbours_of_one_tag_share_one():
    assert box_titles(WHOLE) == {
        2: "Predict before you run",
        3: "Exercise 1",
        4: "Exercise 2",
        5: "Solution",
        7: "Plotting code",
    }
    bug = Block("No.", 2, "bug", False)
    ends = Page(LESSON, "en", (bug, bug, TITLE, bug))
    assert box_titles(ends) == {0: "Common mistake", 3: "Common mistake"}
    chinese = Page(LESSON, "zh", (Block("一", 2, "measure", True), Block("二", 4, "measure", True)))
    assert box_titles(chinese) == {0: "辅助代码 1", 1: "辅助代码 2"}


def test_figures_and_replays_are_numbered_through_the_lesson():
    first, last = WHOLE.blocks[1], WHOLE.blocks[7]
    assert figure_name(WHOLE, first, 0) == "ch01_a/b-1.svg"
    assert [figure_name(WHOLE, last, n) for n in (0, 1)] == ["ch01_a/b-2.svg", "ch01_a/b-3.svg"]
    replays = page(code("r", 5, replay=("{}", "a")), code("r", 7, replay=("{}", "b")))
    assert [replay_name(replays, block) for block in replays.blocks[1:]] == ["ch01_a/b-1.js", "ch01_a/b-2.js"]


def test_a_replay_is_its_text_until_a_script_draws_it():
    text = rendered(page(code("run()", 5, "replay", replay=('{"panels": [1, 2]}', "w < 2"))))
    box = '<div class="replay" data-source="../../../replays/ch01_a/b-1.js" data-panels="2"><p>w &lt; 2</p></div>'
    assert f'??? abstract "Code of the replay"\n\n    ``` python\n    run()\n    ```\n\n{box}\n\n' in text


def test_a_known_repository_is_linked_in_each_language():
    for lang, words in (
        ("en", ("Source on GitHub", "Open in Colab")),
        ("zh", ("GitHub 上的源文件", "在 Colab 中打开")),
    ):
        text = rendered(page(lang=lang), "me/course")
        assert ":material-file-code:" in text
        assert f"[{words[0]}](https://github.com/me/course/blob/HEAD/lessons/ch01_a/b.py)" in text
        assert (
            f"[{words[1]}](https://colab.research.google.com/github/me/course/blob/notebooks/{lang}/ch01_a/b.ipynb)"
            in text
        )


def test_a_chapter_has_neither_files_nor_a_box_to_tick():
    text = rendered(page(lesson=CHAPTER))
    assert "download" not in text and "checkbox" not in text
    assert text.endswith("Second.\n\n<!--/cell-->\n")


def test_a_title_alone():
    only = Page(CHAPTER, "en", (Block("# Title", 2, None, False, ("title",)),))
    assert rendered(only).startswith('---\ntitle: "Title"\ndescription: ""\n---\n# Title { #title }')


@pytest.mark.parametrize(
    ("lang", "paragraph", "description"),
    [
        ("en", "Say `x`, $y$ and [this](first.py).", "Say x, y and this."),
        ("en", "word " * 40, f"{'word ' * 31}…"),
        ("zh", "字" * 130, "字" * 120),
    ],
)
def test_the_description_is_the_first_paragraph_shortened(lang, paragraph, description):
    block = Block(f"# T\n\n{paragraph}\n\nMore.", 2, None, False, ("t",))
    front = rendered(Page(LESSON, lang, (block,))).split("---\n")[1]
    assert description in front  # no \\u for Chinese characters
    assert yaml.safe_load(front) == {"title": "T", "description": description}


def test_each_section_is_numbered_and_each_heading_has_its_id():
    text = _markdown("Before.\n\n## One\nA.\n\n## Two\nB.", ("one", "two"), itertools.count(7))
    assert text == (
        "<!--cell 7-->\n\nBefore.\n\n<!--/cell-->\n\n"
        "<!--cell 8-->\n\n## One { #one }\nA.\n\n<!--/cell-->\n\n"
        "<!--cell 9-->\n\n## Two { #two }\nB.\n\n<!--/cell-->"
    )


@pytest.mark.parametrize(
    ("target", "shown"),
    [
        ("first.py#run-it", "first.md#run-it"),
        ("../ch02_b/__init__.py", "../ch02_b/index.md"),
        ("/glossary.md#loss", "../../glossary.md#loss"),
        ("#here", "#here"),
        ("https://example.org/a.html", "https://example.org/a.html"),
    ],
)
def test_links_lead_to_pages(target, shown):
    assert _link("a", target) == f"[a]({shown})"


def test_a_fence_is_longer_than_any_in_its_text():
    assert _fenced("python", "x") == "``` python\nx\n```"
    assert _fenced("text", "a ```` b `c`") == "````` text\na ```` b `c`\n`````"


@pytest.mark.parametrize(("stdout", "shown"), [("1 X\n\n", "1 X"), ("1 \n", "1 "), ("\n1", "\n1")])
def test_an_output_loses_only_its_last_empty_lines(stdout, shown):
    assert f"no-copy }}\n{shown}\n```\n" in rendered(page(code("print()", 5, stdout=stdout)))
    assert "no-copy" not in rendered(page(code("print()", 5, stdout=" \n")))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_was_measured_stands_after_the_last_check(lang):
    row = {"en": "loss", "zh": "损失", "at_most": 2, "least": 0, "median": 0, "most": 1}
    measured = Measured("torch 9.9", 200, 20, [row])
    checks = (Block("A.", 8, "check", False), Block("B.", 10, None, False), Block("C.", 12, "check", False))
    whole = page(*checks, Block("D.", 14, None, False), lang=lang)
    sources = [block.source for block in whole.blocks]
    without, last = render_page(whole, sources), "    C.\n\n    <!--/cell-->\n\n"
    assert without.count(last) == 1
    shown = render_page(whole, sources, None, measured)
    assert shown == without.replace(last, f"{last}{render_seeds(measured, lang)}\n\n")
    unchecked = page(Block("B.", 10, "bug", False), lang=lang)
    sources = [block.source for block in unchecked.blocks]
    assert render_page(unchecked, sources, None, measured) == render_page(unchecked, sources)
