"""What keeps a lesson's process within bounds, one measure at a time; test_fault_lessons.py has lessons that misbehave."""

import os
import sys
from types import SimpleNamespace

import pytest

from docs.builder import confine as module
from docs.builder.confine import FILE_SIZE, MEMORY, OUTPUT, confine, end_with_parent, written_past_print


def test_a_process_works_in_an_empty_folder_and_its_output_goes_to_a_file(tmp_path, monkeypatch):
    calls = []
    for owner, name in (
        (module, "end_with_parent"),
        (module, "_limit"),
        (os, "setsid"),
        (os, "dup2"),
        (os, "chdir"),
    ):
        record = lambda *arguments, name=name: calls.append((name, *arguments))  # noqa: E731
        monkeypatch.setattr(owner, name, record, raising=False)
    (tmp_path / OUTPUT).write_text("0")
    confine(tmp_path)
    output, folder = calls[3][1], calls[5][1]
    assert calls == [
        ("setsid",),
        ("end_with_parent",),
        ("_limit", MEMORY),
        ("dup2", output, 1),
        ("dup2", output, 2),
        ("chdir", folder),
    ]
    assert os.path.dirname(folder) == str(tmp_path) and os.listdir(folder) == []
    os.write(output, b"a")
    with (tmp_path / OUTPUT).open("a") as file:  # another process, which it started
        file.write("b")
    os.write(output, b"c")
    os.close(output)
    assert (tmp_path / OUTPUT).read_text() == "0abc"
    monkeypatch.delattr(os, "setsid", raising=False)  # Windows
    confine(tmp_path, 7)
    os.close(calls[-3][1])
    assert [name for name, *_ in calls[6:]] == ["end_with_parent", "_limit", "dup2", "dup2", "chdir"]
    assert calls[7] == ("_limit", 7)


@pytest.mark.parametrize(
    ("group", "ended"), [(5, [("killpg", 5, 9), ("exit", 1)]), (4, [("exit", 1)]), (None, [("exit", 1)])]
)
def test_a_process_ends_after_its_parent_and_with_its_group_if_it_leads_one(monkeypatch, group, ended):
    calls, threads = [], []

    class Thread:
        def __init__(self, target, daemon):
            self.target, self.daemon = target, daemon

        def start(self):
            threads.append(self)

    parent = SimpleNamespace(join=lambda: calls.append("parent"))
    monkeypatch.setattr(module.threading, "Thread", Thread)
    monkeypatch.setattr(module.multiprocessing, "parent_process", lambda: parent)
    monkeypatch.setattr(module.signal, "SIGKILL", 9, raising=False)
    monkeypatch.setattr(os, "getpid", lambda: 5)
    monkeypatch.setattr(os, "_exit", lambda code: calls.append(("exit", code)))
    if group:
        monkeypatch.setattr(os, "getpgrp", lambda: group, raising=False)
        monkeypatch.setattr(os, "killpg", lambda *call: calls.append(("killpg", *call)), raising=False)
    else:  # Windows
        monkeypatch.delattr(os, "killpg", raising=False)
    end_with_parent()
    (thread,) = threads
    assert thread.daemon is True and calls == []
    thread.target()
    assert calls == ["parent", *ended]


@pytest.mark.parametrize("platform", ["linux", "darwin"])
@pytest.mark.parametrize("hard", [-1, 60, 10**12])
def test_limits_are_set_on_linux_and_no_higher_than_allowed(monkeypatch, platform, hard):
    asked = {}
    fake = SimpleNamespace(
        RLIM_INFINITY=-1,
        RLIMIT_DATA="data",
        RLIMIT_FSIZE="file",
        getrlimit={"data": (7, hard), "file": (8, hard)}.__getitem__,
        setrlimit=asked.__setitem__,
    )
    monkeypatch.setitem(sys.modules, "resource", fake)
    monkeypatch.setattr(module, "sys", SimpleNamespace(platform=platform))
    module._limit(100)
    wanted = {"data": (60 if hard == 60 else 100, hard), "file": (60 if hard == 60 else FILE_SIZE, hard)}
    assert asked == (wanted if platform == "linux" else {})


@pytest.mark.parametrize(
    ("output", "said"),
    [
        (None, ""),
        (b"", ""),
        (b" \n\n", ""),
        (b"Oh", "Oh"),
        (b"one\n\n  two words  \n \n", "two words"),
        (b"x\n" * 5000 + b"last", "last"),
        (b"x" * 3000, "x" * 2000),  # of a long line, its end
        (b"\xff!\n", "\N{REPLACEMENT CHARACTER}!"),
        ("词\n".encode(), "词"),
    ],
)
def test_the_last_line_that_says_something_of_what_went_past_print(tmp_path, output, said):
    if output is not None:
        (tmp_path / OUTPUT).write_bytes(output)
    assert written_past_print(tmp_path) == said
