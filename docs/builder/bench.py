"""Measures the builder against mkdocs-jupyter executing the same lessons itself: ``python -m docs.builder.bench``.

Prints ratios within one run (machines differ, and shared ones are noisy), each from the median of several runs.
Everything happens in a temporary folder. With 40 lessons, mkdocs-jupyter alone takes some ten minutes a run.
"""

import argparse
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from .read import LANGUAGES, read_lesson

ROOT = Path(__file__).parents[2]
ENVIRONMENT = os.environ | {"NO_MKDOCS_2_WARNING": "1", "PYTHONPATH": "", "MPLBACKEND": "agg"}
BASELINE = """\
site_name: baseline
theme: {name: material, font: false}
plugins:
  search: {}
  mkdocs-jupyter: {include: ["*.py"], execute: true, allow_errors: false, cache: false}
"""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m docs.builder.bench", description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="runs of each measurement (default 3)")
    parser.add_argument(
        "--lessons", type=int, nargs="+", default=[4, 40], help="sizes of the course (default 4 40)"
    )
    arguments = parser.parse_args()
    for size in arguments.lessons:
        with tempfile.TemporaryDirectory(prefix="torch-primer-bench-") as folder:
            measure(Path(folder), size, arguments.runs)


def measure(folder: Path, size: int, runs: int) -> None:
    """Print the ratios for a course of ``size`` lessons made from the course's own."""
    ours, theirs = make_course(folder / "ours", size), make_baseline(folder / "theirs", size)
    builder = ["-m", "docs.builder", "site"]
    cold, jupyter, unchanged, alone = [], [], [], []
    for _ in range(runs):
        shutil.rmtree(ours / ".cache", ignore_errors=True)
        cold.append(seconds(ours, builder))
        jupyter.append(seconds(theirs, ["-m", "mkdocs", "build", "-q"]))
        unchanged.append(seconds(ours, builder))
        alone.append(
            sum(
                seconds(ours, ["-m", "mkdocs", "build", "-q", "-f", f"alone.{lang}.yml"])
                for lang in LANGUAGES
            )
        )
    report(f"{size} lessons, cold, both languages: mkdocs-jupyter / ours", jupyter, cold)
    report(f"{size} lessons, nothing changed: ours / MkDocs on the same pages", unchanged, alone)
    edits, ran = serve_edits(ours, runs)
    print(
        f"{size} lessons, served: a saved prose edit is on the page after {spread(edits)}, lessons run: {ran}"
    )


def report(what: str, upper: list[float], lower: list[float]) -> None:
    ratio = statistics.median(upper) / statistics.median(lower)
    print(f"{what}: {ratio:.2f}  ({spread(upper)} / {spread(lower)})", flush=True)


def spread(values: list[float]) -> str:
    return f"{statistics.median(values):.1f} s [{min(values):.1f}, {max(values):.1f}]"


def seconds(root: Path, arguments: list[str]) -> float:
    """Wall time of ``python arguments`` in ``root``; an exit code other than 0 ends the benchmark."""
    with tempfile.TemporaryFile(
        "w+"
    ) as output:  # a pipe would wait for helper processes that end after the command
        start = time.perf_counter()
        done = subprocess.run(
            [sys.executable, *arguments], cwd=root, env=ENVIRONMENT, stdout=output, stderr=output, check=False
        )
        taken = time.perf_counter() - start
        if done.returncode:
            output.seek(0)
            sys.exit(f"{' '.join(arguments)} failed in {root}:\n{output.read()}")
    return taken


def copies(size: int) -> list[tuple[Path, str, str]]:
    """``size`` lessons (file, chapter, name): four of the course's own, again and again in further chapters.

    The four are spread over the course: lessons that train take longer than lessons on tensors.
    """
    lessons = sorted(p for p in (ROOT / "lessons").glob("ch*/*.py") if p.name != "__init__.py")
    originals = [lessons[(2 * k + 1) * len(lessons) // 8] for k in range(4)]
    found = []
    for number in range(size):
        original = originals[number % len(originals)]
        chapter = (
            original.parent.name
            if size <= len(originals)
            else f"{original.parent.name}_{number // len(originals)}"
        )
        found.append((original, chapter, original.stem))
    return found


def make_course(root: Path, size: int) -> Path:
    """The project with ``size`` lessons, and two configurations that run MkDocs without the builder."""
    generated = shutil.ignore_patterns("lessons", "workbooks", "downloads", "figures", "__pycache__")
    shutil.copytree(ROOT / "docs", root / "docs", ignore=generated)
    nav = []
    for original, chapter, name in copies(size):
        target = root / "lessons" / chapter / f"{name}.py"
        target.parent.mkdir(parents=True, exist_ok=True)
        # Not every lesson that this one links to is among the copies.
        text = re.sub(r"\]\([\w./]+\.py(#[\w-]+)?\)", "](/index.md)", original.read_text(encoding="utf-8"))
        target.write_text(text, encoding="utf-8")
        nav.append(f"lessons/{chapter}/{name}.md")
    for path in root.glob("docs/??/index.md"):
        path.write_text("# Bench\n", encoding="utf-8")
    for lang, config in zip(LANGUAGES, ("mkdocs.yml", "mkdocs.en.yml"), strict=True):
        text = (ROOT / config).read_text(encoding="utf-8")
        text = re.sub(r"(?ms)^nav:.*?^(?=\S)", f"nav: {['index.md', *nav, 'glossary.md']}\n", text)
        (root / config).write_text(text, encoding="utf-8")
        # The same pages, theme and plugins, none of our hooks.
        lines = f"INHERIT: {config}\nhooks: []\nsite_dir: alone/{lang}\n"
        (root / f"alone.{lang}.yml").write_text(lines, encoding="utf-8")
    return root


def make_baseline(root: Path, size: int) -> Path:
    """The same lessons as pages that mkdocs-jupyter executes, one file a language."""
    for original, chapter, name in copies(size):
        lesson = read_lesson(ROOT, original.relative_to(ROOT))
        lines = original.read_text(encoding="utf-8").splitlines()
        starts = [cell.line - 2 for cell in lesson.cells] + [len(lines)]
        for lang in LANGUAGES:
            kept = [
                "\n".join(lines[a:b])
                for cell, a, b in zip(lesson.cells, starts, starts[1:], strict=False)
                if cell.lang in (None, lang)
            ]
            path = root / "docs" / lang / chapter / f"{name}.py"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("\n".join(kept) + "\n", encoding="utf-8")
    (root / "mkdocs.yml").write_text(BASELINE, encoding="utf-8")
    return root


def serve_edits(root: Path, runs: int) -> tuple[list[float], int]:
    """Seconds from saving a prose edit to the served page that shows it, and how many lessons that ran."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    _, chapter, name = copies(4)[0]
    lesson = next(root.glob(f"lessons/{chapter}*/{name}.py"))
    log = root / "serve.log"
    with log.open("w") as stderr:
        command = [sys.executable, "-m", "mkdocs", "serve", "-a", address]
        server = subprocess.Popen(command, cwd=root, env=ENVIRONMENT, stderr=stderr, stdout=stderr)
    try:
        url = f"http://{address}/lessons/{lesson.parent.name}/{name}/"
        wait_for(url, "</html>", 600)
        time.sleep(3)  # the watcher has seen everything that the first build wrote
        before = log.read_text(encoding="utf-8").count("\nrunning ")
        taken = []
        for number in range(runs):
            word = f"改动{number}号"
            text = lesson.read_text(encoding="utf-8")
            start = time.perf_counter()
            lesson.write_text(
                re.sub(r"(lang=\"zh\"\n# # .*\n(?:#\n)?# )", rf"\g<1>{word}", text, count=1), encoding="utf-8"
            )
            wait_for(url, word, 60)
            taken.append(time.perf_counter() - start)
            time.sleep(3)
        return taken, log.read_text(encoding="utf-8").count("\nrunning ") - before
    finally:
        server.terminate()
        server.wait()


def wait_for(url: str, word: str, limit: float) -> None:
    deadline = time.monotonic() + limit
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                if word in answer.read().decode():
                    return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            pass
        time.sleep(0.05)
    sys.exit(f"{url} did not show {word!r} within {limit} s")


if __name__ == "__main__":
    main()
