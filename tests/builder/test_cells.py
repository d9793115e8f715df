"""What happens in the process of a lesson, tried in this one: a lesson's own is killed before coverage is written."""

from pathlib import Path

import pytest

from docs.builder import __main__ as command
from docs.builder import cache, execute
from docs.builder.errors import CourseError
from docs.builder.read import Cell, Lesson
from docs.builder.search import known_terms, searchable
from docs.builder.sides import bare_marks, wrap

LESSON = Lesson(Path("/course"), Path("lessons/ch01_a/b.py"), ())


@pytest.mark.parametrize(
    ("source", "line", "message"),
    [
        ("x = 1\nf = lambda: 1 / 0\nf()", 3, "ZeroDivisionError: division by zero"),
        ("import json\njson.loads('')", 2, "JSONDecodeError: Expecting value: line 1 column 1 (char 0)"),
        ("exit(3)", 1, "SystemExit: 3"),
    ],
)
def test_a_cell_that_raises_is_blamed_at_the_lesson_s_own_line(source, line, message):
    code = compile(source, str(LESSON.path), "exec")
    with pytest.raises(execute.CellFailed) as caught:
        execute._run_cell(code, {"exit": exit}, LESSON, 9)
    expected = 2 if "lambda" in source else line
    assert (caught.value.line, caught.value.message) == (expected, message)


def test_all_that_a_cell_prints_is_kept():
    code = compile("print(1)\nprint(2, 3)", str(LESSON.path), "exec")
    assert execute._run_cell(code, {}, LESSON, 9) == "1\n2 3\n"


def test_a_bad_replay_is_blamed_on_its_cell():
    with pytest.raises(execute.CellFailed, match="leaves a dictionary named replay") as caught:
        execute._take_replay({}, Cell("X = 1", 9))
    assert caught.value.line == 9


def test_a_failure_is_sent_and_the_connection_closed(monkeypatch, tmp_path):
    def fail(lesson, around):
        with around(5):
            pass
        raise execute.CellFailed(7, "so it is")

    class Connection:
        sent, closed = [], False

        def send(self, message):
            self.sent.append(message)

        def close(self):
            self.closed = True

    monkeypatch.setattr(execute, "run_lesson", fail)
    monkeypatch.setattr(execute, "confine", lambda folder: None)  # this process goes on
    monkeypatch.setattr(execute.sys, "path", [*execute.sys.path])
    connection = Connection()
    execute.serve_run(connection, LESSON, tmp_path)
    assert connection.sent == [("cell", 5), ("failed", 7, "so it is")]
    assert connection.closed and execute.sys.path[0] == "/course"


def test_a_library_that_is_not_installed_is_absent():
    assert cache._version("no-such-library-of-ours") == "absent"


@pytest.mark.parametrize(
    ("arguments", "called"), [([], ["pages"]), (["site"], ["site"]), (["offline"], ["site", "offline"])]
)
def test_the_command_builds_what_it_is_asked_for(monkeypatch, tmp_path, capsys, arguments, called):
    done = []
    packed = tmp_path / "course.zip"
    packed.write_bytes(bytes(1_500_000))
    monkeypatch.setattr(command, "build_course", lambda root: done.append("pages"))
    monkeypatch.setattr(command, "build_site", lambda root: done.append("site"))
    monkeypatch.setattr(command, "pack_offline", lambda root: done.append("offline") or packed)
    monkeypatch.setattr(command.sys, "argv", ["builder", *arguments])
    assert command.main() == 0
    assert done == called
    assert capsys.readouterr().out == ("course.zip: 1.5 MB\n" if "offline" in called else "")


def test_the_command_prints_what_is_wrong(monkeypatch, capsys):
    def fail(root):
        raise CourseError("a.py", 3, "wrong")

    monkeypatch.setattr(command, "build_course", fail)
    monkeypatch.setattr(command.sys, "argv", ["builder"])
    assert command.main() == 1
    assert capsys.readouterr() == ("", "a.py:3: wrong\n")


def test_search_without_a_readable_glossary_has_no_terms(tiny, edit):
    assert [term.en for term in known_terms(tiny)] == ["learning rate", "loss"]
    edit("docs/glossary.yml", "zh: 损失, ", "")
    assert known_terms(tiny) == ()


def test_names_behind_a_call_are_searchable():
    assert searchable("loss(x).backward()") == ["backward", "loss"]
    assert searchable("a[0].b.c") == ["b.c", "b"]


def test_marks_become_elements_with_the_switch_before_the_first():
    page = wrap(bare_marks("<p><!--cell 1--></p>A<p><!--/cell--></p><!--cell 2-->B<!--/cell-->"), "en")
    switch = '<p class="both-languages"><label><input type="checkbox" autocomplete="off"> Show the Chinese too</label></p>\n'
    assert page == (f'{switch}<div class="cell" data-cell="1">A</div><div class="cell" data-cell="2">B</div>')
