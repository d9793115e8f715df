import re
from pathlib import Path

import jupytext
import pytest

from docs.builder import read
from docs.builder.errors import CourseError
from docs.builder.read import Lesson, page_name, read_lesson

ROOT = Path(__file__).parents[2]
LESSONS = sorted((ROOT / "lessons").glob("ch*/[a-z]*.py")) + sorted(
    (ROOT / "tests/builder/tiny/lessons").glob("ch*/[a-z]*.py")
)


@pytest.mark.parametrize("path", LESSONS, ids=lambda p: p.stem)
def test_reads_the_same_cells_as_jupytext(path):
    ours = read_lesson(ROOT, path.relative_to(ROOT)).cells
    theirs = jupytext.read(path, fmt="py:percent").cells
    assert [c.source for c in ours] == [c.source for c in theirs]
    assert ["code" if c.is_code else "markdown" for c in ours] == [c.cell_type for c in theirs]
    assert [c.lang for c in ours] == [c.metadata.get("lang") for c in theirs]
    assert [list(c.tags) for c in ours] == [c.metadata.get("tags", []) for c in theirs]
    assert [c.alt.get("zh") for c in ours] == [c.metadata.get("alt_zh") for c in theirs]


@pytest.mark.parametrize("path", LESSONS, ids=lambda p: p.stem)
def test_a_cell_knows_its_line(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    for cell in read_lesson(ROOT, path.relative_to(ROOT)).cells:
        first = lines[cell.line - 1]
        assert (first if cell.is_code else first[2:]) == cell.source.split("\n")[0]


def read_text(tmp_path: Path, text: str):
    (tmp_path / "x.py").write_text(text, encoding="utf-8")
    lesson = read_lesson(tmp_path, Path("x.py"))
    return lesson, lesson.code


def test_a_page_shows_the_block_without_its_guard(tmp_path):
    text = '# %%\ndef f():\n    return 1\n\n\nif __name__ == "__main__":\n    # why\n    print(f())\n'
    lesson, code = read_text(tmp_path, text)
    assert (lesson.root, lesson.path) == (tmp_path, Path("x.py"))
    assert code[0].shown == "def f():\n    return 1\n\n\n# why\nprint(f())"
    assert [node.lineno for node in code[0].tree.body] == [2, 8]  # as in the file


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("", 1, "no cell in this file"),
        ("import torch\n# %%\nX = 1\n", 1, "text before the first cell"),
        ('# %% [markdown] lang="zh"\n# a\nb\n', 3, "a markdown cell's lines begin with '# '"),
        ("# %%\n\n# %%\nX = 1\n", 1, "empty cell"),
        ('# %% lang="zh"\nX = 1\n', 1, "unknown option 'lang'"),
        ("# %% [markdown]\n# a\n", 1, 'a markdown cell says its language: lang="zh" or lang="en"'),
        ('# %% [markdown] lang="fr"\n# a\n', 1, 'a markdown cell says its language: lang="zh" or lang="en"'),
        ('# %% tags=["hint"]\nX = 1\n', 1, "unknown tag 'hint'"),
        ('# %% tags=["bug", "check"]\nX = 1\n', 1, "one tag a cell"),
        ("# %% tags=[bug]\nX = 1\n", 1, "cannot read tags=[bug]"),
        ("# %% hello\nX = 1\n", 1, "cannot read the cell header"),
        ("# %%\n\nX = 1\nY = = 2\n", 4, "SyntaxError"),
        ("# %%\nX = 1\nprint(X)\n", 3, "importing a lesson only defines names"),
        ("# %%\nx = 1\n", 2, "importing a lesson only defines names"),
        (
            '# %%\nif __name__ == "__main__":\n    x = """a\n  b"""\n',
            2,
            "a text over several lines must be indented like its block",
        ),
    ],
)
def test_names_the_line_of_what_it_cannot_read(tmp_path, text, line, message):
    with pytest.raises(CourseError, match=rf"^x\.py:{line}: {re.escape(message)}"):
        read_text(tmp_path, text)


@pytest.mark.parametrize(
    ("data", "line", "message"),
    [
        (None, 1, "this file cannot be read: No such file or directory"),
        (b"\n# %%\nX = 1\n# \xff\n\n", 4, "this is not UTF-8 (byte 0xff); save the file as UTF-8"),
        (b"# %%\nX = 1\n#%% foobar\n", 3, "a cell's first line begins with '# %%', not '#%% foob'"),
        (b'# %% tags="bug"\nX = 1\n', 1, 'cannot read tags="bug": expected a list of words, tags=["bug"]'),
        (b"# %% tags=[1]\nX = 1\n", 1, 'cannot read tags=[1]: expected a list of words, tags=["bug"]'),
        (b"# %%\nX = 1\nY = 2 is 2\n", 3, 'SyntaxError: "is" with'),  # a warning elsewhere
        (b"# %%\nX = '\\d'\n", 2, "SyntaxError: "),
    ],
)
def test_names_the_line_of_bytes_and_signs_that_it_cannot_read(tmp_path, data, line, message):
    if data is not None:
        (tmp_path / "x.py").write_bytes(data)
    with pytest.raises(CourseError, match=rf"^x\.py:{line}: {re.escape(message)}"):
        assert read_lesson(tmp_path, Path("x.py")).code


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_and_a_byte_order_mark_are_no_part_of_a_cell(tmp_path, mark, end):
    (tmp_path / "x.py").write_bytes(f"{mark}# %%\nX = 1\nY = '词'\n# %%\nZ = 3".replace("\n", end).encode())
    cells = read_lesson(tmp_path, Path("x.py")).cells
    assert [(cell.source, cell.line) for cell in cells] == [("X = 1\nY = '词'", 2), ("Z = 3", 5)]


def test_before_python_3_11_4_a_null_byte_is_a_value_error(tmp_path, monkeypatch):
    def refuse(source):
        raise ValueError("source code string cannot contain null bytes")

    monkeypatch.setattr(read, "_parsed", refuse)
    with pytest.raises(CourseError, match=r"^x\.py:2: SyntaxError: source code string cannot contain null"):
        read_text(tmp_path, "# %%\nX = 1\n")


def test_a_cell_has_its_options_and_its_lines(tmp_path):
    text = (
        '\n\n# %% [markdown] lang="zh" tags=["bug"]\n# # 甲\n#\n# 乙  \n\n'
        '# %% alt_zh="图 \\"一\\"" alt_en="One" tags=["plot"]\nX = 1\n\n\n# %% [markdown] lang="en"\n# A\n'
    )
    (first, code, last), parsed = read_text(tmp_path, text)[0].cells, read_text(tmp_path, text)[1]
    assert (first.source, first.line, first.lang, first.tags, first.alt) == (
        "# 甲\n\n乙  ",
        4,
        "zh",
        ("bug",),
        {},
    )
    assert (code.source, code.line, code.lang, code.tags) == ("X = 1", 9, None, ("plot",))
    assert code.alt == {"zh": '图 "一"', "en": "One"}
    assert (last.line, last.tags, last.is_code) == (13, (), False)
    assert list(parsed) == [1] and parsed[1].shown == "X = 1"
    assert parsed[1].tree.body[0].lineno == 9


def test_only_empty_lines_are_taken_from_the_ends_of_what_is_shown(tmp_path):
    text = '# %%\nX = 1\n\n\nif __name__ == "__main__":\n\n    print(X)  # X'
    assert read_text(tmp_path, text)[1][0].shown == "X = 1\n\n\n\nprint(X)  # X"
    assert read_text(tmp_path, text.replace("X = 1\n\n\n", "") + "\t")[1][0].shown == "print(X)  # X\t"


def test_what_no_line_can_be_blamed_for_is_blamed_on_the_cell(tmp_path):
    with pytest.raises(
        CourseError, match=r"^x\.py:4: SyntaxError: source code string cannot contain null bytes$"
    ):
        read_text(tmp_path, "# %%\nX = 1\n# %%\nY = '\0'\n")


def test_pages_are_named_by_their_files():
    assert page_name("ch01_tensors/__init__.py") == "ch01_tensors/index"
    assert page_name("ch01_tensors/my__init__.py") == "ch01_tensors/my__init__"
    lesson = Lesson(ROOT, Path("lessons/ch01_a/b.py"), ())
    assert (lesson.name, lesson.is_chapter) == ("ch01_a/b", False)
    chapter = Lesson(ROOT, Path("lessons/ch01_a/__init__.py"), ())
    assert (chapter.name, chapter.is_chapter) == ("ch01_a/index", True)


@pytest.mark.parametrize(
    "definition",
    [
        "import os",
        "from os import path",
        "N: int = 1",
        "A = B = 1",
        "class A:\n    pass",
        "def f():\n    pass",
    ],
)
def test_definitions_may_stand_outside_the_block(tmp_path, definition):
    _, code = read_text(tmp_path, f"# %%\n{definition}\n")
    assert code[0].shown == definition


@pytest.mark.parametrize(
    "code", ["A, b = 1, 2", "a: int = 1", "A[0] = 1", "if True:\n    A = 1", "A = 1\nf()"]
)
def test_what_runs_may_not(tmp_path, code):
    line = code.count("\nf()") + 2
    message = re.escape("put what runs under 'if __name__ == \"__main__\":' at the end of its cell")
    with pytest.raises(
        CourseError, match=rf"^x\.py:{line}: importing a lesson only defines names; {message}$"
    ):
        read_text(tmp_path, f"# %%\n{code}\n")


@pytest.mark.parametrize(
    "guard", ['if __name__ == "__main__":\n    f()\nelse:\n    g()', 'if __name__ == "x":\n    f()']
)
def test_only_the_guard_is_a_guard(tmp_path, guard):
    with pytest.raises(CourseError, match=r"^x\.py:2: importing"):
        read_text(tmp_path, f"# %%\n{guard}\n")


def test_known_options_and_tags_are_listed(tmp_path):
    with pytest.raises(CourseError, match=r"unknown option 'size'; known: \['lang', 'tags'\]$"):
        read_text(tmp_path, '# %% [markdown] lang="zh" size="1"\n# a\n')
    with pytest.raises(CourseError, match=r"unknown option 'lang'; known: \['alt_en', 'alt_zh', 'tags'\]$"):
        read_text(tmp_path, '# %% lang="zh"\nX = 1\n')
    with pytest.raises(CourseError, match=r"unknown tag 'hint'; known: \['bug', 'check', .*'solution'\]$"):
        read_text(tmp_path, '# %% tags=["hint"]\nX = 1\n')


def test_a_text_over_several_lines_that_its_block_would_change(tmp_path):
    with pytest.raises(
        CourseError, match=r"^x\.py:2: a text over several lines must be indented like its block$"
    ):
        read_text(tmp_path, '# %%\nif __name__ == "__main__":\n    x = """a\n  b"""\n')
