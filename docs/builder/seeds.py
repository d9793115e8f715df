"""What the tests measured over many seeds (``tests/seeds.yml``), as the table that a lesson's page ends its check with."""

import math
import textwrap
from dataclasses import dataclass
from pathlib import Path

import yaml

from .errors import CourseError
from .read import Lesson, read_text

PATH = Path("tests/seeds.yml")
TITLE = {"zh": "怎么知道是对的：换 {seeds} 个种子", "en": "How we know: {seeds} seeds"}
HEAD = {"zh": ("量的是什么", "标准", "最差", "中位数"), "en": ("What is measured", "Bar", "Worst", "Median")}
OF = {
    "median": {"zh": "{group} 个种子的中位数", "en": "median of {group} seeds"},
    "mean": {"zh": "{group} 个种子的平均值", "en": "mean of {group} seeds"},
    "share": {"zh": "{group} 个种子中的占比", "en": "share of {group} seeds"},
    "ratio": {"zh": "{group} 个种子的中位数之比", "en": "ratio of the medians of {group} seeds"},
}
NOTE = {
    "zh": "每个种子都重新训练一次，全部达标。写着“{group} 个种子”的行，把种子分成每组 {group} 个，一组算一个数。标准有上下限时，“最差”给出最小值和最大值。由 `make seeds` 测得（{made_with}）。",
    "en": "Trained anew with each seed; all of them meet the bars. A row “of {group} seeds” has one number for each group of {group}. Where a bar has two ends, “worst” gives the lowest and the highest value. Measured by `make seeds` ({made_with}).",
}
GLUE = "\N{NO-BREAK SPACE}"  # a number and its sign stay in one line
SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class Measured:
    """The rows of one lesson's table; from how many seeds, taken together how many at a time, and with what software."""

    made_with: str
    seeds: int
    group: int
    bars: list[dict]


def read_seeds(root: Path, lessons: list[Lesson]) -> dict[str, Measured]:
    """The tables by lesson. Raises ``CourseError`` for a lesson that there is not, or a row that says too little."""
    if not (root / PATH).is_file():
        return {}
    text = read_text(root, PATH)
    try:
        lines = {key.value: key.start_mark.line + 1 for key, _ in yaml.compose(text).value}
        data, found = yaml.safe_load(text), {}
    except (yaml.YAMLError, AttributeError, TypeError) as error:
        raise CourseError(PATH, 1, f"not a table that `make seeds` wrote: {error}") from None
    names = {lesson.name for lesson in lessons if any("check" in cell.tags for cell in lesson.cells)}
    for name, entry in data.items():
        if name not in names:
            message = f"no lesson {name!r} with a cell tagged check, where this belongs"
            raise CourseError(PATH, lines[name], message)
        try:
            rows = [_checked(row) for row in entry["bars"]]
            found[name] = Measured(entry["made_with"], entry["seeds"], entry["group"], rows)
        except (KeyError, TypeError) as error:
            message = f"{name} has a row that `make seeds` did not write ({error}); run it"
            raise CourseError(PATH, lines[name], message) from None
    return found


def _checked(row: dict) -> dict:
    numbers = [row[name] for name in ("least", "median", "most")]
    numbers += (bar := [row[name] for name in ("at_least", "at_most") if name in row])
    if not bar or not all(isinstance(number, int | float) and math.isfinite(number) for number in numbers):
        raise TypeError(f"numbers and a bar expected: {row}")
    if not all(isinstance(row[lang], str) for lang in HEAD) or row.get("of", "mean") not in OF:
        raise TypeError(f"labels expected: {row}")
    return row


def render_seeds(measured: Measured, lang: str) -> str:
    """A box of its own, since a table inside another would scroll with it; a reader can fold it."""
    rows = [f"| {' | '.join(HEAD[lang])} |", "| --- | --- | --- | --- |"]
    rows += [_row(row, lang, measured.group) for row in measured.bars]
    text = "\n".join([*rows, "", NOTE[lang].format(**vars(measured))])
    title = TITLE[lang].format(seeds=measured.seeds)
    return f'???+ success seeds "{title}"\n\n{textwrap.indent(text, "    ")}'


def _row(row: dict, lang: str, group: int) -> str:
    """Of a bar on one side the value nearest to it is the worst; of a bar on both sides, both ends are of interest."""
    label = row[lang] + (f"<br>*{OF[row['of']][lang].format(group=group)}*" if "of" in row else "")
    if "at_most" not in row:
        bar, worst = f"≥{GLUE}{number(row['at_least'])}", number(row["least"])
    elif "at_least" not in row:
        bar, worst = f"≤{GLUE}{number(row['at_most'])}", number(row["most"])
    else:
        bar = _span(row["at_least"], row["at_most"])
        worst = _span(row["least"], row["most"])
    label = label.replace("|", "&#124;")
    return f"| {label} | {bar} | {worst} | {number(row['median'])} |"


def _span(low: float, high: float) -> str:
    ends = number(low), number(high)
    return ends[0] if ends[0] == ends[1] else f"{GLUE}… ".join(ends)


def number(value: float) -> str:
    """At most four significant digits.

    >>> number(0.0012345), number(1e-7), number(3)
    ('0.001234', '10⁻⁷', '3')
    """
    digits, _, power = f"{value:.4g}".replace("-", "−").partition("e")
    if not power:
        return digits
    tens = "10" + str(int(power.replace("−", "-"))).translate(SUPERSCRIPT)
    return tens if digits == "1" else f"{digits}{GLUE}× {tens}"
