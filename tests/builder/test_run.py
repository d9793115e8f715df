"""Lessons run in processes of their own: how many at once, how they end, and what is said of it."""

import importlib.util
import multiprocessing
import os
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from docs.builder import run
from docs.builder.course import build_course
from docs.builder.errors import CourseError, CourseErrors
from docs.builder.execute import Run
from docs.builder.read import Lesson, read_lesson
from tests.project import error_of, processes_in

FIRST = Path("lessons/ch01_tiny/first.py")
SECOND = Path("lessons/ch01_tiny/second.py")

pytestmark = pytest.mark.xdist_group("builds")
FORKS = pytest.mark.skipif(not hasattr(os, "fork"), reason="signals and groups of processes are POSIX")


@pytest.mark.parametrize("workers, threads", [(2, 2), (None, 3)])
def test_as_many_lessons_at_once_as_asked_for_or_as_there_are_cores(monkeypatch, workers, threads):
    asked = []

    class Pool(ThreadPoolExecutor):
        def __init__(self, number):
            asked.append(number)
            super().__init__(number)

    monkeypatch.setattr(run, "ThreadPoolExecutor", Pool)
    monkeypatch.setattr(run.os, "cpu_count", lambda: 3)
    run.run_lessons([], pytest.fail, workers)
    assert asked == [threads]


def lessons_named(*names: str) -> list[Lesson]:
    return [Lesson(Path("/course"), Path(f"lessons/ch01_a/{name}.py"), ()) for name in names]


def test_each_lesson_that_ends_is_counted_and_the_others_go_on(monkeypatch, capsys):
    def fake(lesson, timeout, processes):
        assert (timeout, processes) == (7, set())
        if lesson.path.stem != "good":
            raise CourseError(lesson.path, 1, "it fails")
        return Run([], 1.5)

    monkeypatch.setattr(run, "_run_in_process", fake)
    kept = []
    with pytest.raises(CourseErrors) as caught:
        run.run_lessons(lessons_named("worse", "good", "bad"), lambda *pair: kept.append(pair), 1, 7)
    assert kept == [(lessons_named("good")[0], Run([], 1.5))]
    said = re.findall(
        r"^\[(\d)/3\] lessons/ch01_a/(\w+)\.py (.*), (\d) left$", capsys.readouterr().err, re.MULTILINE
    )
    assert {name: outcome for _, name, outcome, _ in said} == {
        "good": "ran in 1.5 s",
        "bad": "failed",
        "worse": "failed",
    }
    assert [(number, left) for number, _, _, left in said] == [("1", "2"), ("2", "1"), ("3", "0")]
    assert str(caught.value).splitlines() == [
        f"lessons/ch01_a/{name}.py:1: it fails" for name in ("bad", "worse")
    ]


def test_when_a_run_cannot_be_kept_the_others_are_ended_and_none_begins(monkeypatch):
    begun, ended = [], []

    def fake(lesson, timeout, processes):
        end = threading.Event()
        if lesson.path.stem != "a":
            processes.add(end)
        begun.append(lesson.path.stem)
        if end in processes:
            ended.append(end.wait(20))
        return Run([], 0.0)

    def keep(lesson, run):
        while len(begun) < 3:  # b and c: two at once
            time.sleep(0.01)
        raise CourseError("runs", 1, "no space left")

    monkeypatch.setattr(run, "_run_in_process", fake)
    monkeypatch.setattr(run, "_end", lambda process: process.set())
    with pytest.raises(CourseError, match="no space left"):
        run.run_lessons(lessons_named(*"abcde"), keep, 2)
    assert sorted(begun) == ["a", "b", "c"] and ended == [True, True]


@FORKS
def test_a_lesson_that_starts_while_the_others_are_ended_is_ended_too(monkeypatch):
    begun, failed, ended = (threading.Event() for _ in range(3))

    def fake(lesson, timeout, processes):
        if lesson.path.stem == "a":
            begun.wait(10)
            return Run([], 0.0)
        begun.set()
        failed.wait(10)
        time.sleep(0.2)  # by now those that ran were ended
        processes.add(lesson.path)
        ended.wait(10)
        processes.clear()
        return Run([], 0.0)

    def keep(lesson, run):
        failed.set()
        raise OSError("the disk is full")

    monkeypatch.setattr(run, "_run_in_process", fake)
    monkeypatch.setattr(run, "_end", lambda process: ended.set())
    with pytest.raises(OSError, match="the disk is full"):
        run.run_lessons(lessons_named("a", "late"), keep, 2)
    assert ended.is_set()


def test_processes_are_forked_from_a_warm_server_and_started_anew_on_windows(monkeypatch):
    spec = importlib.util.spec_from_file_location(run.__name__, run.__file__)
    fresh = importlib.util.module_from_spec(spec)  # of a module whose context no other test has replaced
    spec.loader.exec_module(fresh)
    asked = []

    def context_of(method: str) -> SimpleNamespace:
        asked.append(method)
        return SimpleNamespace(set_forkserver_preload=asked.append, get_start_method=lambda: method)

    monkeypatch.setattr(multiprocessing, "get_context", context_of)
    monkeypatch.setattr("multiprocessing.forkserver.ensure_running", lambda: asked.append("server"))
    preloaded = ["__main__", "docs.builder.warm", "docs.builder.execute"]
    for methods, wanted in (
        (["fork", "spawn", "forkserver"], ["forkserver", preloaded, "server"]),
        (["spawn"], ["spawn"]),
    ):
        asked.clear()
        monkeypatch.setattr(multiprocessing, "get_all_start_methods", lambda methods=methods: methods)
        fresh.start_server()
        assert asked == wanted


def test_what_a_build_says_while_lessons_run(tiny, capsys):
    build_course(tiny, workers=1)
    said = re.sub(r"\d+\.\d s", "0.1 s", capsys.readouterr().err)
    assert sorted(said.splitlines()) == [
        "2 of 2 lessons to run",
        "[1/2] lessons/ch01_tiny/first.py ran in 0.1 s, 1 left",
        "[2/2] lessons/ch01_tiny/second.py ran in 0.1 s, 0 left",
        "running lessons/ch01_tiny/first.py …",
        "running lessons/ch01_tiny/second.py …",
    ]


def test_a_lesson_s_process_is_known_as_long_as_it_runs(tiny, monkeypatch):
    known, seen, real = set(), [], run._receive

    def receive(receiver, lesson, process, *rest):
        seen.append(known == {process})
        return real(receiver, lesson, process, *rest)

    monkeypatch.setattr(run, "_receive", receive)
    result = run._run_in_process(read_lesson(tiny, FIRST), 60, known)
    assert [cell.stdout for cell in result.cells if cell.stdout] == ["42\n", "division by zero\n"]
    assert seen == [True] and known == set()


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("import os; os._exit(3)", "the process died here (exit code 3): it said nothing; run the file itself"),
        ("import os; os.write(2, b'native\\n'); os._exit(3)", "the process died here (exit code 3): native; run"),
        pytest.param("import os; os.kill(os.getpid(), 9)", "the process died here (exit code -9): killed, as", marks=FORKS),
        ("import os; os.write(2, b'native\\n')", "this cell writes past print, to stderr or from another process: 'native';"),
        ("import sys; print('Oh', end='', file=sys.__stdout__)", "this cell writes past print, to stderr or from another process: 'Oh';"),
    ],
)  # fmt: skip
def test_a_lesson_that_does_not_end_well(tiny, edit, code, message):
    line = edit(FIRST, "    print(answer)", f"    {code}") - 2  # the guard's, which stands for its cell
    assert f"{FIRST.as_posix()}:{line}: {message}" in error_of(tiny)


def test_what_fails_says_how_to_see_it_all(tiny, edit):
    edit(FIRST, "    print(answer)", "    print(1 / 0)")
    assert f"division by zero (python {FIRST.as_posix()} shows it all)" in error_of(tiny)


@FORKS
def test_a_lesson_that_is_done_is_ended_with_what_it_started(tiny, edit, monkeypatch):
    monkeypatch.setattr(run, "SECONDS_TO_EXIT", 0.2)
    sleep = "[sys.executable, '-Sc', 'import time; time.sleep(600)']"
    child = f"import subprocess, sys; child = subprocess.Popen({sleep}); print(child.pid)"
    thread = "import threading, time; threading.Thread(target=time.sleep, args=(600,)).start()"
    edit(FIRST, "    print(answer)", f"    {child}; {thread}")
    result = run._run_in_process(read_lesson(tiny, FIRST), 60, set())
    (pid,) = (int(cell.stdout) for cell in result.cells if cell.stdout.strip().isdigit())
    assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == "zombie"
    assert processes_in(tiny) == []


@pytest.mark.parametrize("error", [ProcessLookupError, PermissionError, None])
def test_a_process_is_ended_whatever_becomes_of_its_group(monkeypatch, error):
    calls = []

    def killpg(group, number):
        calls.append((group, number))
        raise error

    if error:
        monkeypatch.setattr(run.os, "killpg", killpg, raising=False)
        monkeypatch.setattr(run.signal, "SIGKILL", 9, raising=False)
    else:  # Windows
        monkeypatch.delattr(run.os, "killpg", raising=False)
    run._end(SimpleNamespace(pid=7, kill=lambda: calls.append("kill"), join=lambda: calls.append("join")))
    assert calls == [(7, 9)] * bool(error) + ["kill", "join"]


def test_a_lesson_that_runs_too_long_stands_at_the_cell_that_it_began(tmp_path):
    (lesson,), messages = lessons_named("a"), [("cell", 9), ("cell", 2)]
    receiver = SimpleNamespace(poll=lambda seconds: bool(messages), recv=messages.pop)
    message = "lessons/ch01_a/a.py:9: still running after 30 s; make this cell's work smaller"
    with pytest.raises(CourseError, match=f"^{re.escape(message)}$"):
        run._receive(receiver, lesson, None, 30, tmp_path)


@pytest.mark.parametrize("timeout, least, most", [(30, 20, 30), (-5, 0, 0)])
def test_before_its_first_cell_a_lesson_stands_at_its_first_line(tmp_path, timeout, least, most):
    (lesson,), asked = lessons_named("a"), []
    silent = SimpleNamespace(poll=lambda seconds: asked.append(seconds))
    with pytest.raises(CourseError, match=rf"^lessons/ch01_a/a\.py:1: still running after {timeout} s"):
        run._receive(silent, lesson, None, timeout, tmp_path)
    assert least <= asked[0] <= most
    receiver, sender = multiprocessing.Pipe(duplex=False)
    sender.close()
    process = SimpleNamespace(exitcode=1, join=asked.append)
    with (
        receiver,
        pytest.raises(CourseError, match=r"^lessons/ch01_a/a\.py:1: the process died here \(exit code 1\)"),
    ):
        run._receive(receiver, lesson, process, 30, tmp_path)
    assert asked[1:] == [run.SECONDS_TO_EXIT]
