"""Runs lessons in parallel, each in its own process, forked from a server that has torch imported already."""

import contextlib
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from multiprocessing.connection import Connection
from pathlib import Path

from .building import work_folder
from .confine import written_past_print
from .errors import CourseError, CourseErrors
from .execute import Run, serve_run
from .read import Lesson

TIMEOUT_SECONDS = 300
SECONDS_TO_EXIT = 5
OUT_OF_MEMORY = {-9: "killed, as the system does where memory runs out"}  # SIGKILL


def warm_context():
    """Processes forked from one that has the libraries imported; where nothing forks, as on Windows, fresh ones."""
    if "forkserver" not in multiprocessing.get_all_start_methods():  # Windows
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["__main__", "docs.builder.warm", "docs.builder.execute"])
    return context


def start_server() -> None:
    """Let the fork server import torch while this process does something else."""
    if warm_context().get_start_method() == "forkserver":
        from multiprocessing import forkserver  # not to be imported where there is none

        forkserver.ensure_running()


def run_lessons(
    lessons: list[Lesson],
    finished: Callable[[Lesson, Run], None],
    workers: int | None = None,
    timeout: float = TIMEOUT_SECONDS,
) -> None:
    """Run ``lessons``, as many at a time as there are cores, and call ``finished`` for each as it ends.

    Raises ``CourseErrors`` with every lesson that failed, after the others are done.
    """
    processes, errors = set(), []  # those that run
    with ThreadPoolExecutor(workers or os.cpu_count()) as pool:
        futures = {pool.submit(_run_in_process, lesson, timeout, processes): lesson for lesson in lessons}
        try:
            for number, future in enumerate(as_completed(futures), 1):
                lesson = futures[future]
                try:
                    run = future.result()
                except CourseError as error:
                    errors.append(error)
                    outcome = "failed"
                else:
                    finished(lesson, run)
                    outcome = f"ran in {run.seconds:.1f} s"
                left = len(lessons) - number
                _report(f"[{number}/{len(lessons)}] {lesson.path.as_posix()} {outcome}, {left} left")
        except BaseException:  # Ctrl-C, or a run that could not be kept: the others need not go on
            pool.shutdown(wait=False, cancel_futures=True)
            while not all(future.done() for future in futures):  # one of them may start its process only now
                for process in tuple(processes):
                    _end(process)
                time.sleep(0.01)
            raise
    if errors:
        raise CourseErrors(sorted(errors, key=str))


def _report(line: str) -> None:
    sys.stderr.write(f"{line}\n")  # one write: two threads report


def _run_in_process(lesson: Lesson, timeout: float, processes: set) -> Run:
    _report(f"running {lesson.path.as_posix()} …")
    context, folder = warm_context(), work_folder(lesson.root) / lesson.name
    folder.mkdir(parents=True)
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=serve_run, args=(sender, lesson, folder))
    process.start()
    processes.add(process)
    sender.close()
    try:
        run = _receive(receiver, lesson, process, timeout, folder)
        process.join(SECONDS_TO_EXIT)  # killed before it cleaned up, it would leave semaphores behind
        return run
    finally:
        processes.discard(process)
        _end(process)
        receiver.close()


def _end(process) -> None:
    """End a lesson's process, with whatever it started and left running."""
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError, PermissionError):  # it has none left
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.join()


def _receive(receiver: Connection, lesson: Lesson, process, timeout: float, folder: Path) -> Run:
    deadline, line = time.monotonic() + timeout, 1
    while True:
        if not receiver.poll(max(0, deadline - time.monotonic())):
            message = f"still running after {timeout:g} s; make this cell's work smaller"
            raise CourseError(lesson.path, line, message)
        try:
            kind, *content = receiver.recv()
        except EOFError:
            process.join(SECONDS_TO_EXIT)
            said = written_past_print(folder) or OUT_OF_MEMORY.get(process.exitcode, "it said nothing")
            message = f"the process died here (exit code {process.exitcode}): {said}; run the file itself to see why"
            raise CourseError(lesson.path, line, message) from None
        if kind == "done":
            return content[0]
        if kind == "failed":
            raise CourseError(
                lesson.path, content[0], f"{content[1]} (python {lesson.path.as_posix()} shows it all)"
            )
        line = content[0]
