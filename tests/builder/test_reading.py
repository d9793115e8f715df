"""What a lesson's page offers around its text: links to files, source and Colab, the box to tick; figures' least width."""

import io
import re
import xml.etree.ElementTree as ET

import matplotlib.pyplot as plt
import pytest

from docs.builder import execute
from docs.builder.course import build_course
from docs.builder.errors import CourseError
from docs.builder.figures import page_colours, tidy_figure
from docs.builder.repository import colab_address, repository


@pytest.fixture
def unknown(monkeypatch):
    """A build that nobody told where the project is published."""
    for variable in ("REPOSITORY", "GITHUB_REPOSITORY"):
        monkeypatch.delenv(variable, raising=False)
    return monkeypatch


def test_the_repository_is_what_a_person_says_else_what_github_says(unknown):
    assert repository() is None
    unknown.setenv("GITHUB_REPOSITORY", "someone/torch-primer")
    assert repository() == "someone/torch-primer"
    unknown.setenv("REPOSITORY", "else/where.io")
    assert repository() == "else/where.io"
    unknown.setenv("REPOSITORY", "")
    assert repository() == "someone/torch-primer"


@pytest.mark.parametrize(
    "value", ["torch-primer", "https://github.com/a/b", "a/b/c", "a b/c", "a/b\n", "a/b)", "作者/b"]
)
def test_a_repository_that_is_none_is_an_error(unknown, value):
    unknown.setenv("REPOSITORY", value)
    with pytest.raises(CourseError, match=r"^REPOSITORY:1: .* expected owner/name$"):
        repository()


def test_colab_opens_the_notebook_of_the_language_from_the_notebooks_branch():
    base = "https://colab.research.google.com/github"
    assert (
        colab_address("a/b", "zh", "ch01_tiny/first") == f"{base}/a/b/blob/notebooks/zh/ch01_tiny/first.ipynb"
    )


def test_pages_lead_to_source_and_colab_only_where_the_repository_is_known(tiny, unknown):
    pages = [tiny / "docs" / lang / "lessons/ch01_tiny/first.md" for lang in ("zh", "en")]
    build_course(tiny, workers=1)
    assert not any(re.search("github|colab", page.read_text(encoding="utf-8")) for page in pages)
    unknown.setenv("REPOSITORY", "a/b")
    build_course(tiny, workers=1)
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert text.count("(https://github.com/a/b/blob/HEAD/lessons/ch01_tiny/first.py)") == 1
        assert text.count(f"({colab_address('a/b', page.parts[-4], 'ch01_tiny/first')})") == 1
        # one name, so one mark, for both languages
        assert re.findall(r'data-lesson="([^"]+)"', text) == ["ch01_tiny/first"]
    chapter = (tiny / "docs/en/lessons/ch01_tiny/index.md").read_text(encoding="utf-8")
    assert "data-lesson" not in chapter and "colab" not in chapter


def sizes_at_least_width(draw, size=(5.2, 3.5)) -> tuple[float, float, float]:
    """A figure's least width, and there the sizes in CSS pixels of its smallest label and of its smallest sign."""
    with plt.style.context(execute.STYLE):
        fig, ax = plt.subplots(figsize=size)
        draw(ax)
        buffer = io.StringIO()
        fig.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
        plt.close(fig)
    svg = tidy_figure(buffer.getvalue(), "a-")
    width = float(re.search(r"min-width: (\d+)px", svg)[1])
    pixels = width / float(re.search(r'viewBox="0 0 ([\d.]+)', svg)[1])
    texts = [ET.fromstring(text) for text in re.findall(r"<text.*?</text>", svg)]
    found = [[float(s) for s in re.findall(r"font-size: ([\d.]+)", str(ET.tostring(t)))] for t in texts]
    return width, min(max(s) for s in found) * pixels, min(min(s) for s in found) * pixels


@pytest.mark.parametrize("points", [5, 8, 9, 11])
@pytest.mark.parametrize("size", [(5.2, 3.5), (7, 3)])
def test_labels_stay_legible_where_the_page_is_narrow(points, size):
    width, label, sign = sizes_at_least_width(lambda ax: ax.set_xlabel("step", fontsize=points), size)
    assert label == pytest.approx(9, rel=0.01) and sign == label
    index = sizes_at_least_width(lambda ax: ax.set_xlabel("$w_1$", fontsize=points), size)
    assert index[1] >= 8.95 and index[2] >= 6.85 and index[0] >= width


def test_a_figure_of_the_default_size_fits_a_phone():
    assert sizes_at_least_width(lambda ax: ax.set_xlabel("step"))[0] <= 360
    assert sizes_at_least_width(lambda ax: ax.set_xlabel("$x_1$"))[0] <= 360


def test_a_figure_without_words_may_be_any_width():
    assert "min-width: 0px" in tidy_figure(
        '<svg xmlns="http://www.w3.org/2000/svg" width="300pt" height="9pt"/>', "a-"
    )


def test_paper_is_light():
    dark = page_colours().partition("\n")[2]
    assert re.fullmatch(r"@media screen\{\[data-md-color-scheme=slate\]\{[^{}]+\}\}\n", dark)
