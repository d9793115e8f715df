import subprocess
import sys

import pytest

from docs.builder.maths import FormulaError, render_formula
from tests.project import ROOT


def test_a_formula_is_html_and_mathml_and_names_no_other_site():
    html = render_formula(r"\hat y = w_1 x", display=False)
    assert "<math" in html and 'class="katex-html" aria-hidden="true"' in html
    assert 'encoding="application/x-tex">\\hat y = w_1 x<' in html
    assert html.count("http") == html.count("http://www.w3.org/1998/Math/MathML")
    assert "katex-display" in render_formula("x", display=True)


@pytest.mark.parametrize(
    ("tex", "message"),
    [
        (r"\frac{1}{", "Unexpected end of input"),
        (r"\nosuch", "Undefined control sequence"),
        ("损失", "LaTeX-incompatible"),
    ],
)
def test_says_what_is_wrong_with_a_formula(tex, message):
    with pytest.raises(FormulaError, match=message):
        render_formula(tex, display=False)


# Asked after everything else that runs at the end; where it still answers, the interpreter would close it.
LAST_WORDS = """
import atexit
from docs.builder import maths

def ask():
    try:
        print(maths._katex().eval("1"))
    except AssertionError:
        print("closed")

atexit.register(ask)
maths.render_formula("x", display=False)
"""


def test_the_engine_is_closed_before_the_interpreter_ends():
    command = [sys.executable, "-c", LAST_WORDS]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "closed\n"
