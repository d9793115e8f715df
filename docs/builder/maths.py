"""Formulas to HTML at build time: nothing is fetched, nothing moves when the page loads.

KaTeX itself (MIT licence, ``katex/``) runs in the V8 of mini-racer; its style sheet and fonts are in the theme.
"""

import atexit
import re
from functools import cache
from pathlib import Path

from py_mini_racer import JSEvalException, MiniRacer

SOURCE = Path(__file__).parent / "katex" / "katex.min.js"


class FormulaError(ValueError):
    """KaTeX does not understand the formula."""


@cache
def _katex() -> MiniRacer:
    engine = MiniRacer()
    # V8 ends while its threads can still answer; closed by the dying interpreter, it may wait for one of them for ever.
    atexit.register(engine.close)
    engine.eval(SOURCE.read_text(encoding="utf-8"))
    return engine


@cache
def render_formula(tex: str, display: bool) -> str:
    """The formula as HTML, with MathML for screen readers.

    Raises ``FormulaError`` with KaTeX's own message.
    """
    options = {"displayMode": display, "strict": "error", "trust": False}
    try:
        return _katex().call("katex.renderToString", tex.strip(), options)
    except JSEvalException as error:
        message = re.search(r"KaTeX parse error: (.*)|(LaTeX-incompatible.*)", str(error))
        raise FormulaError((message[1] or message[2]).strip() if message else str(error)) from None
