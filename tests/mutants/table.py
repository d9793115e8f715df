"""The results as a page for contributors."""

from .campaign import ROOT
from .results import Survivor

TABLE = ROOT / ".github" / "MUTANTS.md"
LEAST = 0.9  # of a file's mutants are killed by a test
HEAD = """\
# Tests that were tested

Written by `make mutants`; do not edit. [mutmut](https://mutmut.readthedocs.io) changes one thing in the body of a function (a
sign, a number, an argument, a default) and runs the tests of its file: they must fail. A mutant that survives
is a test to write, or it is equivalent: no test can tell it from the original. Then `tests/mutants/equivalent.yml` has it,
with the reason.

- Not mutated: what runs only as a program, docstrings, annotations, decorated functions (mutmut leaves them out) and
  the wording of errors. Not counted: functions that draw onto axes they are given; a reader judges what they draw.
- Tests that only read what a lesson prints as a program are left out: mutants live in functions that tests import.
- Not tried: the files of the builder that only join it to MkDocs (`UNTESTED` in `tests/mutants/campaign.py`).
- A mutant that runs three times as long as its tests is stopped and counts as killed.
"""


def render(
    results: dict[str, dict],
    found: dict[str, list[tuple[Survivor, str]]],
    bugs: dict[str, str | None],
    known: list[str],
) -> str:
    """The page: a row for each file, each bug and each survivor."""
    rows = [_row(file, results[file], found[file]) for file in known if file in results]
    tried = [results[file] for file in known if file in results]
    mutants, left = sum(r["mutants"] for r in tried), sum(len(r["survivors"]) for r in tried)
    minutes = sum(r["seconds"] for r in tried) / 60
    made_with = sorted({f"Python {r['python']}, torch {r['torch']}" for r in tried})
    summary = (
        f"**{mutants:,} mutants in {len(tried)} of {len(known)} files, {mutants - left:,} killed "
        f"({_percent(mutants - left, mutants)})**, in {minutes:.0f} minutes, one process ({'; '.join(made_with)})."
    )
    table = [
        "| File | Mutants | Killed | of these stopped | Equivalent | Open | Killed | Seconds |",
        "|---|" + "--:|" * 7,
        *rows,
    ]
    untried = [f"`{file}`" for file in known if file not in results]
    missing = f"Not tried yet: {', '.join(untried)}." if untried else "Every file was tried."
    parts = [HEAD, summary, "\n".join(table), missing, _bugs(bugs), _survivors(found)]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _row(file: str, result: dict, found: list[tuple[Survivor, str]]) -> str:
    mutants, killed = result["mutants"], result["mutants"] - len(found)
    equal = sum(bool(why) for _, why in found)
    cells = (
        f"`{file}`",
        mutants,
        killed,
        result["timeouts"],
        equal,
        len(found) - equal,
        _percent(killed, mutants),
        result["seconds"],
    )
    return f"| {' | '.join(map(str, cells))} |"


def _percent(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "–"


def _bugs(bugs: dict[str, str | None]) -> str:
    rows = [f"| {name} | {f'`{test}`' if test else '**no test**'} |" for name, test in bugs.items()]
    killed = sum(test is not None for test in bugs.values())
    title = f"## Bugs that lessons name, put into their own functions: {killed} of {len(bugs)} killed"
    return "\n".join([title, "", "| Lesson and bug | First test that fails |", "|---|---|", *rows])


def _survivors(found: dict[str, list[tuple[Survivor, str]]]) -> str:
    lines = ["## Survivors"]
    for file, survivors in found.items():
        if survivors:
            lines += ["", f"### {file}", ""]
        for mutant, why in survivors:
            change = f"`{_inline(mutant['old'])}` → `{_inline(mutant['new'])}`"
            lines.append(f"- {file}:{mutant['line']} `{mutant['function']}`: {change}. {why or '**Open.**'}")
    return "\n".join(lines)


def _inline(code: str) -> str:
    return code.replace("`", "'")


def problems(
    results: dict[str, dict], found: dict[str, list[tuple[Survivor, str]]], bugs: dict[str, str | None]
) -> list[str]:
    """What fails the command: open survivors, files below the bar, bugs that no test sees."""
    wrong = [
        f"{file}:{m['line']}: {m['function']}: no test tells {m['new']!r} from {m['old']!r}"
        for file, survivors in found.items()
        for m, why in survivors
        if not why
    ]
    for file, result in results.items():
        if result["mutants"] - len(result["survivors"]) < LEAST * result["mutants"]:
            wrong.append(f"{file}: less than {LEAST:.0%} of {result['mutants']} mutants are killed")
    return wrong + [f"no test fails with {name}" for name, test in bugs.items() if test is None]
