"""What mutation runs found, kept in ``results.json``, and which survivors ``equivalent.yml`` explains."""

import ast
import contextlib
import json
import platform
from importlib.metadata import version
from pathlib import Path

import yaml

from .campaign import ROOT, folder_of, statuses

HERE = Path(__file__).parent
RESULTS, EQUIVALENT = HERE / "results.json", HERE / "equivalent.yml"
Survivor = dict  # function, line, old, new


def collect(file: str) -> dict:
    """The numbers of ``file``'s last run and its survivors, without the functions that draw."""
    everything, drawing = statuses(file), _drawing(file)
    found = {name: status for name, status in everything.items() if _function(name)[1] not in drawing}
    left = [name for name, status in found.items() if status in ("survived", "untested")]
    seconds = json.loads((folder_of(file) / "run.json").read_text())["seconds"]
    return {
        "mutants": len(found),
        "drawing": len(everything) - len(found),
        "timeouts": sum(status == "timeout" for status in found.values()),
        "seconds": round(seconds),
        "python": platform.python_version(),
        "torch": version("torch").partition("+")[0],
        "survivors": [_survivor(file, name) for name in left],
    }


def _drawing(file: str) -> set[str]:
    """The functions that put something onto axes they are given: what they draw, a reader judges."""
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    return {f.name for f in functions if any(a.arg == "ax" for a in f.args.args)}


def _function(mutant: str) -> tuple[str | None, str]:
    """The class, if any, and the function of a mutant."""
    from mutmut.utils.format_utils import orig_function_and_class_names_from_key

    function, owner = orig_function_and_class_names_from_key(mutant)
    return owner, function


def _survivor(file: str, name: str) -> Survivor:
    from mutmut.mutation.diff_apply import get_diff_for_mutant

    owner, function = _function(name)
    with contextlib.chdir(folder_of(file)):
        changed = get_diff_for_mutant(name, path=file).splitlines()[3:]
    old, new = (" ".join(line[1:].strip() for line in changed if line[0] == sign) for sign in "-+")
    first = next(line[1:].strip() for line in changed if line[0] in "-+")
    qualified = f"{owner}.{function}" if owner else function
    return {"function": qualified, "line": _line(file, owner, function, first), "old": old, "new": new}


def _line(file: str, owner: str | None, function: str, text: str) -> int:
    """The first line of the function that reads ``text``."""
    source = (ROOT / file).read_text(encoding="utf-8")
    body = ast.parse(source).body
    if owner:
        body = next(n.body for n in body if isinstance(n, ast.ClassDef) and n.name == owner)
    node = next(n for n in body if isinstance(n, ast.FunctionDef) and n.name == function)
    lines = source.splitlines()
    return next(
        (n for n in range(node.lineno, node.end_lineno + 1) if lines[n - 1].strip() == text), node.lineno
    )


def read_results() -> dict[str, dict]:
    return json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.is_file() else {}


def keep(file: str, result: dict) -> dict[str, dict]:
    """All results, ``file``'s replaced; written at once, so that a long run can be stopped."""
    results = read_results() | {file: result}
    text = json.dumps(dict(sorted(results.items())), ensure_ascii=False, indent=1)
    RESULTS.write_text(text + "\n", encoding="utf-8")
    return results


def explained(results: dict[str, dict]) -> tuple[dict[str, list[tuple[Survivor, str]]], list[str]]:
    """The survivors of each file with the reason why they are equivalent ("" where there is none), and what is wrong
    in the list of reasons: an entry must be a survivor of a file that was tried."""
    listed = yaml.safe_load(EQUIVALENT.read_text(encoding="utf-8"))
    rules = listed.pop("every file")
    known = {
        (file, e["in"], e["old"], e["new"]): e["why"] for file, entries in listed.items() for e in entries
    }
    found, unused = {}, set(known)
    for file, result in results.items():
        found[file] = []
        for mutant in result["survivors"]:
            key = (file, mutant["function"], mutant["old"], mutant["new"])
            unused.discard(key)
            found[file].append((mutant, known.get(key) or _by_rule(mutant, rules)))
    stale = [
        f"{EQUIVALENT.name}: {k[0]}: no survivor of {k[1]}: {k[2]} -> {k[3]}" for k in known if k in unused
    ]
    return found, stale


def _by_rule(mutant: Survivor, rules: list[dict]) -> str:
    for rule in rules:
        if any(mutant["old"].replace(rule["part"], other) == mutant["new"] for other in rule["instead"]):
            return rule["why"]
    return ""
