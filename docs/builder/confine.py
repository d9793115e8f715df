"""Keeps a lesson's process within bounds: its folder, its memory, what it prints, and its end."""

import multiprocessing
import os
import signal
import sys
import tempfile
import threading
from pathlib import Path

# Address space is no measure, torch reserves a gigabyte of it. Of data the course's lessons have 0.45 GB at most.
MEMORY = 4 * 1024**3
FILE_SIZE = 256 * 1024**2  # of one file that a lesson writes
OUTPUT = "output"  # in the lesson's folder: what went past `print`


def confine(folder: Path, memory: int = MEMORY) -> None:
    """Confine this process, a lesson's own, to ``folder``: it works in an empty folder there."""
    if hasattr(os, "setsid"):
        os.setsid()  # what it starts can then be ended with it
    end_with_parent()
    _limit(memory)
    output = os.open(folder / OUTPUT, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for standard in (1, 2):
        os.dup2(output, standard)
    os.chdir(tempfile.mkdtemp(dir=folder))


def end_with_parent() -> None:
    """Let this process end, and what it started in its own session, as soon as the one that ordered it is gone."""

    def wait() -> None:
        multiprocessing.parent_process().join()
        if hasattr(os, "killpg") and os.getpgrp() == os.getpid():
            os.killpg(os.getpid(), signal.SIGKILL)
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


def _limit(memory: int) -> None:
    if sys.platform != "linux":  # elsewhere the system takes such limits and does not keep them, or has none
        return
    import resource

    for kind, limit in ((resource.RLIMIT_DATA, memory), (resource.RLIMIT_FSIZE, FILE_SIZE)):
        hard = resource.getrlimit(kind)[1]
        resource.setrlimit(kind, (limit if hard == resource.RLIM_INFINITY else min(limit, hard), hard))


def written_past_print(folder: Path) -> str:
    """The last line of what the lesson in ``folder`` wrote past ``print``; empty if it wrote nothing."""
    try:
        with (folder / OUTPUT).open("rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - 2000))
            lines = file.read().decode("utf-8", "replace").split("\n")
    except FileNotFoundError:
        return ""
    return next((line.strip() for line in reversed(lines) if line.strip()), "")
