"""Runs a lesson's file as a program, in a process forked from one that has the libraries imported already.

Starting Python afresh for each lesson would cost three seconds of imports and tell nothing more.
"""

import os
import runpy
import sys
import tempfile
import warnings
from pathlib import Path

from docs.builder.replay import take_replay
from docs.builder.run import warm_context

ROOT = Path(__file__).parents[1]
TIMEOUT_SECONDS = 120


def run_program(file: str | Path) -> tuple[int, str, str, str]:
    """Exit code, standard output and standard error of ``python -W error file``, without a screen, and its replay."""
    with tempfile.TemporaryDirectory() as folder:
        out, err, replay = (Path(folder, name) for name in ("out", "err", "replay"))
        replay.touch()
        process = warm_context().Process(target=_as_main, args=(str(file), str(out), str(err), str(replay)))
        process.start()
        process.join(TIMEOUT_SECONDS)
        if process.is_alive():
            process.kill()
            process.join()
        return process.exitcode, *(p.read_text(encoding="utf-8") for p in (out, err, replay))


def _as_main(file: str, out: str, err: str, replay: str) -> None:
    for path, standard in ((out, 1), (err, 2)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT), standard)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8")
    import docs.builder.warm  # noqa: F401 - where nothing was forked, as on Windows

    warnings.simplefilter("error")
    sys.argv = [file]
    # As `python file` has it: the file's folder first, and the repository's root nowhere.
    sys.path[:] = [str(Path(file).parent), *(p for p in sys.path if Path(p).resolve() != ROOT)]
    namespace = runpy.run_path(file, run_name="__main__")
    if isinstance(namespace.get("replay"), dict):  # a lesson may have a function of that name
        Path(replay).write_text(take_replay(namespace), encoding="utf-8")
