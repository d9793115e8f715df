"""``python -m tests.mutants``: try every mutant and every named bug, and write .github/MUTANTS.md.

``… FILE …``: only these files. ``… bugs``: only the bugs. ``… table``: only the table, of the results there are.
What was tried already is not tried again unless its function or, for a survivor, its tests changed.
"""

import argparse
import sys

from .bugs import killer, read_bugs
from .campaign import files, run
from .results import collect, explained, keep, read_results
from .table import TABLE, problems, render


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("what", nargs="*", help="files below lessons/ or docs/builder/, or: bugs, or: table")
    wanted = parser.parse_args().what
    known = files()
    if unknown := [what for what in wanted if what not in (*known, "bugs", "table")]:
        parser.error(
            f"{unknown[0]}: give files of lessons/ or docs/builder/ that have functions, or bugs, or table"
        )
    for file in [what for what in wanted if what in known] if wanted else known:
        run(file)
        result = collect(file)
        keep(file, result)
        print(f"{file}: {result['mutants']} mutants, {len(result['survivors'])} survived", flush=True)
    results = read_results()
    if not wanted or "bugs" in wanted:
        results = keep("bugs", {"killed by": {f"{b.file}: {b.name}": killer(b) for b in read_bugs()}})
    bugs = results.pop("bugs", {"killed by": {}})["killed by"]
    found, stale = explained(results)
    TABLE.write_text(render(results, found, bugs, known), encoding="utf-8")
    wrong = [*stale, *problems(results, found, bugs)]
    print(
        "\n".join(wrong) or f"nothing left open; {TABLE.name} is written",
        file=sys.stderr if wrong else sys.stdout,
    )
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
