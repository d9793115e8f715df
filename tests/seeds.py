"""Outcome bars: what a training must reach whatever its seed, and the table of what 200 seeds gave.

``python -m tests.seeds`` (``make seeds``) holds every bar against 200 seeds and writes ``tests/seeds.yml``, which the
lessons' pages show; given test files, it measures those lessons alone. The daily suite trains with 20 of these seeds: it
holds them against the same bars, and checks that the table is about these bars and these trainings.
"""

import argparse
import functools
import platform
import sys
from collections import defaultdict
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml

TABLE = Path(__file__).with_name("seeds.yml")
MANY, GROUP = 200, 20
STATISTICS = {
    "median": np.median,
    "mean": np.mean,
    "share": np.mean,
    "ratio": lambda pairs: np.divide(*np.median(pairs, axis=0)),
}
HEAD = """\
# What the trainings of the tests gave over many seeds. `make seeds` (python -m tests.seeds) writes this file: do not edit it.
# Without `of`, a row is about single seeds; with it, about groups of them.
"""


class Bars:
    """The bars of one test, as the fixture ``bar``: all of a run's values have to pass, and are compared or recorded."""

    def __init__(self, test: str, measuring: bool, known: list[dict]):
        self.test, self.measuring = test, measuring
        self.known = [row for row in known if row["test"] == test]
        self.rows: list[dict] = []

    def __call__(self, values, *, zh: str, en: str, at_least=None, at_most=None, of=None) -> None:
        """Hold ``values``, one a seed, against a bar on either side or both; the bounds themselves pass.

        ``of`` takes 20 seeds together: their "median", their "mean", the "share" that is true, or the "ratio" of the
        medians of two columns. ``zh`` and ``en`` say what is measured, and in which unit.
        """
        results = self._results(np.asarray(values, dtype=float), of)
        low, high = (-np.inf if at_least is None else at_least), (np.inf if at_most is None else at_most)
        bar = {"at_least": at_least, "at_most": at_most}
        broken = results[~((results >= low) & (results <= high) & np.isfinite(results))]
        assert not len(broken), f"{en}: {len(broken)} of {len(results)} break {bar}: {broken}"
        row = {"test": self.test, "en": en, "zh": zh, "of": of, **bar}
        row = {name: value for name, value in row.items() if value is not None}
        assert row not in [_definition(other) for other in self.rows], f"two bars are named {en!r}"
        numbers = {"least": results.min(), "median": np.median(results), "most": results.max()}
        self.rows.append(row | {name: float(f"{value:.4g}") for name, value in numbers.items()})
        if not self.measuring:
            self._compare(self.rows[-1], low, high)

    def _results(self, values: np.ndarray, of) -> np.ndarray:
        assert not self.measuring or len(values) == MANY, f"{len(values)} values, not one a seed"
        if of is None:
            assert values.ndim == 1, f"one value a seed, not {values.shape}"
            return values
        return np.array([STATISTICS[of](values[i : i + GROUP]) for i in range(0, len(values), GROUP)])

    def _compare(self, row: dict, low: float, high: float) -> None:
        """The same bar must be in the table, and these few seeds within what the many gave.

        Not to the digit: another processor, torch or batch adds in another order, and a training can magnify that.
        Allowed is half the range more, or a quarter of the way to the bar.
        """
        known = next((k for k in self.known if _definition(k) == _definition(row)), None)
        assert known, f"{TABLE.name} lacks this bar, run `make seeds`: {_definition(row)}"
        margin = min(known["least"] - low, high - known["most"])
        slack = max((known["most"] - known["least"]) / 2, margin / 4)
        within = known["least"] - slack <= row["least"] and row["most"] <= known["most"] + slack
        assert within, (
            f"{TABLE.name} is about another training, run `make seeds`: {row} is not within {known}"
        )

    def finish(self) -> None:
        """Every row that the table has of this test must have been asked for."""
        asked = [_definition(row) for row in self.rows]
        stale = [row for row in self.known if _definition(row) not in asked]
        assert self.measuring or not stale, f"{TABLE.name} has bars that are gone, run `make seeds`: {stale}"


def _definition(row: dict) -> dict:
    return {name: row[name] for name in row if name not in ("least", "median", "most")}


def lesson_of(test_file: Path | str) -> str:
    """``"ch05_networks/first_network"`` of ``tests/ch05_networks/test_first_network.py``."""
    path = Path(test_file)
    return f"{path.parent.name}/{path.stem.removeprefix('test_')}"


@functools.cache
def read_table() -> dict[str, dict]:
    """What ``tests/seeds.yml`` says of each lesson."""
    return yaml.safe_load(TABLE.read_text(encoding="utf-8")) if TABLE.is_file() else {}


class Recorder:
    """A plugin of pytest that gathers the rows of all tests, in whatever order and process they ran."""

    def __init__(self):
        self.found: dict[str, list[tuple[int, list[dict]]]] = defaultdict(list)

    def pytest_runtest_logreport(self, report) -> None:
        rows = [row for name, row in report.user_properties if name == "bar"]
        if report.when == "teardown" and rows:  # all of them are there only then
            path, line, _ = report.location
            self.found[lesson_of(path)].append((line, rows))

    def lessons(self) -> dict[str, dict]:
        """What was measured, in the order in which the tests stand in their files."""
        made = (
            f"torch {torch.__version__}, NumPy {np.__version__}, scikit-learn {version('scikit-learn')}, "
            f"{platform.machine()} with {torch.backends.cpu.get_cpu_capability()}"
        )
        return {
            name: {
                "made_with": made,
                "seeds": MANY,
                "group": GROUP,
                "bars": [row for _, rows in sorted(tests) for row in rows],
            }
            for name, tests in self.found.items()
        }


def write_table(lessons: dict[str, dict]) -> None:
    """One line a bar, so that a change can be read."""
    lines = [HEAD]
    for name, lesson in sorted(lessons.items()):
        lines.append(f"{name}:\n")
        lines += [f"  {key}: {value}\n" for key, value in lesson.items() if key != "bars"]
        lines.append("  bars:\n")
        for row in lesson["bars"]:
            text = yaml.safe_dump(
                row, default_flow_style=True, sort_keys=False, allow_unicode=True, width=10_000
            )
            lines.append(f"  - {text}")
    TABLE.write_text("".join(lines), encoding="utf-8", newline="\n")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.seeds", description=__doc__)
    parser.add_argument("files", nargs="*", help="test files whose lessons to measure; without: all")
    parser.add_argument("-n", default="auto", help="processes (auto: one a core)")
    arguments = parser.parse_args()
    recorder = Recorder()
    code = pytest.main(["-m", "seeds", "-n", arguments.n, *arguments.files], plugins=[recorder])
    if code:
        print(f"a bar was broken: {TABLE.name} is as it was", file=sys.stderr)
        return int(code)
    write_table((read_table() if arguments.files else {}) | recorder.lessons())
    return 0


if __name__ == "__main__":
    sys.exit(main())
