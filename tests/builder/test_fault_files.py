"""Files that are damaged, misread or cannot be written: lessons, the glossary, kept runs, a full disk."""

import errno
import os
import re
import shutil
import sys
from pathlib import Path

import pytest

from docs.builder import cache, language
from docs.builder.building import work_folder
from docs.builder.cache import RUNS, UNUSED_RUNS, forget_runs, load_run, save_run
from docs.builder.course import build_course
from docs.builder.errors import CourseError, CourseErrors
from docs.builder.execute import CellResult, Run
from docs.builder.workbooks import keep_sound, note_digests
from tests.project import TINY, contents, differences

FIRST = Path("lessons/ch01_tiny/first.py")
SECOND = Path("lessons/ch01_tiny/second.py")
GLOSSARY = Path("docs/glossary.yml")
PAGE = Path("docs/zh/lessons/ch01_tiny/first.md")
TERM = "{ en: a, zh: 甲, meaning_en: A., meaning_zh: 甲。 }"
NO_SPACE = OSError(errno.ENOSPC, "No space left on device")

pytestmark = pytest.mark.xdist_group("builds")


@pytest.fixture(scope="module")
def clean(tmp_path_factory) -> Path:
    """A tiny course with its pages written and its runs kept, which no test changes."""
    root = tmp_path_factory.mktemp("clean") / "tiny"
    shutil.copytree(TINY, root, ignore=shutil.ignore_patterns("__pycache__"))
    build_course(root)
    return root


@pytest.fixture
def built(tiny, clean) -> Path:
    """A copy of it, for a test to change."""
    return shutil.copytree(clean, tiny, dirs_exist_ok=True)


def error_of(root: Path) -> str:
    """What the next build says; the pages stay as they were, and no draft is left."""
    before = contents(root / "docs")
    with pytest.raises((CourseError, CourseErrors)) as caught:
        build_course(root)
    assert differences(contents(root / "docs"), before) == []
    assert not work_folder(root).exists()
    return str(caught.value)


def rewrite(path: Path, change) -> None:
    path.write_bytes(change(path.read_bytes()))


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data.replace(b"\n", b"\r\n"),
        lambda data: data.replace(b"\n", b"\r"),
        lambda data: b"\xef\xbb\xbf" + data,
        lambda data: b"\xef\xbb\xbf" + data.replace(b"\n", b"\r\n") + b"\r\n\r\n",
    ],
    ids=["CRLF", "CR", "BOM", "BOM and CRLF"],
)
def test_line_ends_and_a_byte_order_mark_change_nothing(built, change):
    clean = contents(built / "docs")
    runs = {path: path.stat().st_mtime_ns for path in (built / RUNS).iterdir()}
    for path in (FIRST, SECOND, GLOSSARY):
        rewrite(built / path, change)
    build_course(built)
    assert {path: path.stat().st_mtime_ns for path in (built / RUNS).iterdir()} == runs  # nothing ran again
    ends = re.compile(rb"\n+\Z")  # of the copy to download
    now = {name: ends.sub(b"\n", data) for name, data in contents(built / "docs").items()}
    assert set(differences(now, clean)) <= {"glossary.yml"}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "no cell in this file"),
        (b"\xef\xbb\xbf", "no cell in this file"),
        ("# %%\n".encode("utf-16"), "this is not UTF-8 (byte 0xff); save the file as UTF-8"),
    ],
)
def test_a_file_that_holds_no_lesson(built, data, message):
    (built / FIRST).write_bytes(data)
    assert f"{FIRST.as_posix()}:1: {message}" in error_of(built)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("(两倍)", "(两倍)".encode("gbk"), "this is not UTF-8 (byte 0xc1)"),
        ("FACTOR = 2", "FACTOR == = 2", "SyntaxError: invalid syntax"),
        ("FACTOR = 2", "return", "SyntaxError: 'return' outside function"),
        ("FACTOR = 2", r"FACTOR = '\d'", "SyntaxError: "),
        ("FACTOR = 2", "FACTOR = 2 is 2", 'SyntaxError: "is" with'),
        ("import matplotlib.pyplot as plt", "import math; X = '\0'", "SyntaxError: source code string cannot contain null bytes"),
        ("    return FACTOR", "\treturn FACTOR", "SyntaxError: inconsistent use of tabs"),
        ("# ## Run it", "#\t## Run it", "a markdown cell's lines begin with '# '"),
        ("# %%\nimport", "#%%\nimport", "a cell's first line begins with '# %%', not '#%%'"),
        ("# %%\nimport", " # %%\nimport", "a cell's first line begins with '# %%'"),
        ("# %%\nimport", "# %%%\nimport", "cannot read the cell header '# %%%'"),
        ("# %%\nimport", "# %%import", "cannot read the cell header '# %%import"),
        ('# %% [markdown] lang="en"\n# ## Run', '# %% [markdown] lang="en\n# ## Run', "cannot read the cell header"),
        ('# %% [markdown] lang="en"\n# ## Run', '# %% [markdown] lang=["en"]\n# ## Run', 'cannot read lang=["en"]: expected a text, lang="'),
        ('# %% tags=["bug"]', '# %% tags="bug"', 'cannot read tags="bug": expected a list of words, tags=["bug"]'),
        ('# %% tags=["bug"]', "# %% tags=[1]", "cannot read tags=[1]: expected a list of words"),
        ('# %% tags=["bug"]', '# %% tags=[["bug"]]', "cannot read tags="),
        ('to `{python} answer`"', 'to `{python} answer +`"', "inline expression 'answer +': SyntaxError: invalid syntax"),
        ("The answer is `{python} answer`", "The answer is `{python} answer(`", "inline expression 'answer(': SyntaxError: '(' was never closed"),
        ("The answer is `{python} answer`, from `double`", "The answer is `{python} answer", "an inline expression stands between two backticks"),
        ("The answer is `{python} answer`", "The answer is ``{python} answer``", "an inline expression stands between two backticks"),
    ],
)  # fmt: skip
def test_a_lesson_s_file_that_cannot_be_read_names_its_line(built, old, new, message):
    data, old, new = (
        (built / FIRST).read_bytes(),
        old.encode(),
        new if isinstance(new, bytes) else new.encode(),
    )
    assert data.count(old) == 1
    line = data[: data.index(old)].count(b"\n") + 1
    (built / FIRST).write_bytes(data.replace(old, new))
    assert f"{FIRST.as_posix()}:{line}: {message}" in error_of(built)


def test_a_sign_that_only_looks_like_a_line_s_end_stays_in_its_line(tiny, edit):
    line = edit(FIRST, "FACTOR = 2", "FACTOR = 2\nSIGNS = '\u2028\x0c\x85'\nLAST = 1 / 0") + 2
    with pytest.raises(CourseErrors) as caught:
        build_course(tiny)
    assert f"{FIRST.as_posix()}:{line}: ZeroDivisionError" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("", 1, "the file has two lists"),
        ("terms: []\n", 1, "the file has two lists"),
        ("terms: []\nfigures: []\nfigures: []\n", 1, "the file has two lists, each once"),
        ("terms: []\nfigure: []\n", 1, "the file has two lists, each once: terms and figures"),
        ("- a\n", 1, "the file has two lists"),
        ("? [a]\n: b\n", 1, "this is not YAML: found unhashable key"),
        ("terms:\n  - { en: a\nfigures: []\n", 3, "this is not YAML: expected ',' or '}'"),
        ("terms: []\nfigures:\n\t- a\n", 3, "this is not YAML: found character '\\t'"),
        ("terms: []\nfigures: [2026-13-01]\n", 1, "this is not YAML: month must be in 1..12"),
        ("terms: []\nfigures: [!!python/name:os.system ]\n", 2, "this is not YAML: could not determine"),
        ("figures: []\nterms: no\n", 2, "expected a list of entries, not False"),
        ("figures: []\nterms:\n", 2, "expected a list of entries, not None"),
        ("figures: []\nterms:\n  - a\n", 3, "an entry is { en: …, zh: … }; this one is 'a'"),
        ("figures: []\nterms:\n  - { en: a, en: b, zh: c }\n", 3, "a field stands twice"),
        ("figures: []\nterms:\n  - { en: a, zh: 甲 }\n", 3, "an entry has the texts en, zh, meaning_en"),
        ("figures: []\nterms:\n  - { en: 1, zh: 甲, meaning_en: A., meaning_zh: 甲。 }\n", 3, "an entry has the texts"),
        ("figures: []\nterms:\n  - { en: a, zh: '', meaning_en: A., meaning_zh: 甲。 }\n", 3, "an entry has the texts"),
        (f"figures: []\nterms:\n  - {TERM}\n  - {TERM.replace('en: a', 'en: A')}\n", 4, "the term 'A' stands here twice"),
        (f"terms:\n  - {TERM}\nfigures:\n  - {{ en: a, zh: 乙 }}\n", 4, "'a' has two translations"),
        ("terms: []\nfigures:\n  - { en: 'a {x}', zh: '甲 {x}' }\n", 3, "braces stand for a number"),
        ("terms: []\nfigures:\n  - { en: 'a {}', zh: 甲 }\n", 3, "both languages need the same number of {}"),
        ("terms: []\nfigures:\n  - [en, zh]\n", 3, "an entry is { en: …, zh: … }"),
        (b"terms: []\nfigures: []\n# \xff\n", 3, "this is not UTF-8 (byte 0xff)"),
        ("terms: []\nfigures: []\n# \x01\n", 1, "this is not YAML"),
    ],
)  # fmt: skip
def test_a_malformed_glossary_names_its_line(built, text, line, message):
    (built / GLOSSARY).write_bytes(text if isinstance(text, bytes) else text.encode())
    assert f"docs/glossary.yml:{line}: {message}" in error_of(built)


def test_a_missing_glossary(built):
    (built / GLOSSARY).unlink()
    assert "docs/glossary.yml:1: this file cannot be read: No such file" in error_of(built)


def test_a_glossary_without_entries_is_a_glossary(built, edit):
    edit(FIRST, "见[术语表](/glossary.md#learning-rate)", "")
    edit(FIRST, " See the [glossary](/glossary.md#learning-rate).", "")
    edit(FIRST, '    ax.set_ylabel("learning rate")\n', "")
    edit(FIRST, ', label="step 1 of 2"', ', label="1"')
    (built / GLOSSARY).write_text("terms: []\nfigures: []\n", encoding="utf-8")
    build_course(built)
    assert "glossary.md#" not in (built / PAGE).read_text(encoding="utf-8")


def cut(path: Path, length: int) -> None:
    rewrite(path, lambda data: data[:length])


def flip(path: Path, place: float) -> None:
    data = bytearray(path.read_bytes())
    data[int(place * (len(data) - 1))] ^= 1
    path.write_bytes(data)


def make_folder(path: Path) -> None:
    path.unlink()
    (path / "inside").mkdir(parents=True)


def forbid(path: Path) -> None:
    path.chmod(0)


def exchange(path: Path) -> None:
    other = next(p for p in path.parent.iterdir() if p != path)
    shutil.copyfile(other, path)


def damages() -> dict:
    """Each kind of damage to a kept run: the digest is 64 characters, then a line's end, then JSON."""
    cuts = {f"cut after {n} bytes": lambda path, n=n: cut(path, n) for n in (0, 1, 63, 64, 65, 66, 400)}
    flips = {f"a bit flipped at {p:.0%}": lambda path, p=p: flip(path, p) for p in (0, 0.3, 0.6, 1)}
    return {
        **cuts,
        "cut before the last byte": lambda path: cut(path, -1),
        **flips,
        "twice its length": lambda path: rewrite(path, lambda data: 2 * data),
        "zeros": lambda path: rewrite(path, lambda data: bytes(len(data))),
        "not text": lambda path: rewrite(path, lambda data: b"\xff\xfe" + data),
        "another lesson's": exchange,
        "a folder": make_folder,
        "not to be read": forbid,
        "gone": Path.unlink,
    }


@pytest.mark.parametrize("damage", damages().values(), ids=damages())
def test_a_damaged_run_is_made_anew(clean, built, damage):
    if damage is forbid and (sys.platform == "win32" or os.getuid() == 0):
        pytest.skip("this user may read every file")
    damage(sorted((built / RUNS).iterdir())[0])
    build_course(built)
    assert differences(contents(built / "docs"), contents(clean / "docs")) == []
    ignored = re.compile(rb'^\w+|"seconds": [\d.e-]+')  # what a run took is new
    runs, wanted = (
        {name: ignored.sub(b"", data) for name, data in contents(folder / RUNS).items()}
        for folder in (built, clean)
    )
    assert differences(runs, wanted) == []


def test_old_runs_are_forgotten_but_none_in_use(tmp_path):
    used = [f"used{n}" for n in range(3)]
    for age, key in enumerate([*used, *(f"old{n:03}" for n in range(UNUSED_RUNS + 5))]):
        save_run(tmp_path, key, Run([CellResult("x")], 0.0))
        os.utime(tmp_path / RUNS / f"{key}.json", (age, age))
    forget_runs(tmp_path, used)
    kept = {path.stem for path in (tmp_path / RUNS).iterdir()}
    assert kept == {*used, *(f"old{n:03}" for n in range(5, UNUSED_RUNS + 5))}
    assert all(load_run(tmp_path, key) for key in used)


def test_a_build_forgets_old_runs(tiny, monkeypatch):
    monkeypatch.setattr(cache, "UNUSED_RUNS", 0)
    (tiny / RUNS).mkdir(parents=True)
    (tiny / RUNS / "old.json").write_text("{}")
    build_course(tiny)
    assert len(contents(tiny / RUNS)) == 2


@pytest.fixture
def full_disk(monkeypatch):
    """``full_disk(n)``: the ``n``th file from now on cannot be written, nor any after it."""

    def fill(n: int) -> None:
        real, count = Path.write_bytes, iter(range(10_000))

        def write(path: Path, data: bytes) -> int:
            if next(count) < n:
                return real(path, data)
            path.touch()
            raise NO_SPACE

        monkeypatch.setattr(Path, "write_bytes", write)

    return fill


def test_a_disk_that_is_full_when_a_run_is_kept(tiny, full_disk, monkeypatch):
    full_disk(1)
    message = error_of(tiny)
    assert re.fullmatch(
        r"\.cache/runs/\w+\.json:1: this file cannot be written: No space left on device", message
    )
    assert len(contents(tiny / RUNS)) == 1
    monkeypatch.undo()
    build_course(tiny)
    assert (tiny / PAGE).is_file()


@pytest.mark.parametrize("written", [0, 1, 3])
def test_a_disk_that_is_full_when_pages_are_written(built, edit, full_disk, written):
    edit(GLOSSARY, "meaning_zh: 每次更新走多远。", "meaning_zh: 一步。")
    for old, new in (("# # 第一课", "# # 课"), ("# # Lesson one", "# # Lesson")):
        edit(FIRST, old, new)
    full_disk(written)
    assert re.fullmatch(r"docs/\S+:1: this file cannot be written: No space left on device", error_of(built))


def test_a_disk_that_is_full_when_the_site_is_built(monkeypatch, tmp_path):
    monkeypatch.setattr(
        language, "load_config", lambda *_, **__: type("Config", (), {"plugins": Plugins()})()
    )
    monkeypatch.setattr(language, "build", refuse)
    message = language.build_language(tmp_path / "mkdocs.en.yml", tmp_path / "site")
    assert message == "mkdocs.en.yml: [Errno 28] No space left on device"


class Plugins:
    def on_startup(self, **_): ...

    def on_shutdown(self): ...


def refuse(*_) -> None:
    raise NO_SPACE


def fill_up(folder: Path, leave: int) -> Path:
    filler = folder / "filler"
    filler.write_bytes(bytes(shutil.disk_usage(folder).free - leave))
    return filler


@pytest.mark.parametrize("leave", [0, 8192, 40960])
def test_a_small_disk_that_is_full(clean, small_disk, leave):
    root = shutil.copytree(clean, small_disk("2m") / "tiny")
    text = (root / FIRST).read_text(encoding="utf-8")
    (root / FIRST).write_text(text.replace("21", "34"), encoding="utf-8")
    filler = fill_up(root.parent, leave)
    assert re.search(r":1: .*No space left on device", error_of(root))
    filler.unlink()
    build_course(root)
    assert "68" in (root / PAGE).read_text(encoding="utf-8")


def test_a_page_s_place_is_taken_by_a_folder(built):
    (built / PAGE).unlink()
    (built / PAGE / "inside").mkdir(parents=True)
    assert f"{PAGE.as_posix()}:1: this file cannot be written" in error_of(built)


def test_a_folder_s_place_is_taken_by_a_file(tiny):
    (tiny / ".cache").write_text("")
    with pytest.raises(CourseError, match=r"\.cache:1: "):
        build_course(tiny)


@pytest.mark.parametrize(
    "damage", [Path.unlink, lambda path: flip(path, 0.5), lambda path: cut(path, 10), make_folder]
)
def test_a_damaged_notebook_that_mkdocs_jupyter_kept_is_removed(tmp_path, damage):
    for name in "abc":
        (tmp_path / f"{name}.json").write_text(f'{{"content": "{name}"}}', encoding="utf-8")
    note_digests(tmp_path)
    (tmp_path / "new.json").write_text("{", encoding="utf-8")  # by a build that did not end
    damage(tmp_path / "b.json")
    keep_sound(tmp_path)
    assert {path.stem for path in tmp_path.glob("*.json")} == {"a", "c"}
    (tmp_path / "digests").unlink()
    keep_sound(tmp_path)
    assert contents(tmp_path) == {}
    (tmp_path / "a.json").write_text("{}", encoding="utf-8")
    (tmp_path / "digests").write_bytes(b"\xff")
    keep_sound(tmp_path)
    assert contents(tmp_path) == {"digests": b"\xff"}
    keep_sound(tmp_path / "absent")
