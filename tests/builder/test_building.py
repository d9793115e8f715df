"""The work folder of a build and the site put aside, in one process; test_fault_builds.py kills builds, and starts several."""

import errno
import re

import pytest

from docs.builder.building import building, old_site, work_folder
from docs.builder.errors import CourseError
from tests.project import contents


def test_all_that_is_unfinished_lies_in_one_folder_that_git_ignores(tmp_path):
    assert work_folder(tmp_path) == tmp_path / ".cache/work"
    assert work_folder(tmp_path) in old_site(tmp_path).parents


def test_the_work_folder_is_empty_at_first_and_gone_in_the_end(tmp_path):
    (work_folder(tmp_path) / "drafts").mkdir(parents=True)
    (work_folder(tmp_path) / "drafts/0").touch()
    with building(tmp_path):
        assert not work_folder(tmp_path).exists()
        work_folder(tmp_path).mkdir()
        (work_folder(tmp_path) / "new").touch()
    assert not work_folder(tmp_path).exists()
    assert [path.name for path in tmp_path.iterdir()] == [".cache"]


@pytest.mark.parametrize(
    ("aside", "published", "kept"),
    [("old", None, "old"), ("old", "new", "new"), (None, "new", "new"), (None, None, None)],
)
def test_a_site_put_aside_comes_back_where_there_is_none(tmp_path, aside, published, kept):
    for folder, text in ((old_site(tmp_path), aside), (tmp_path / "site", published)):
        if text:
            folder.mkdir(parents=True)
            (folder / "index.html").write_text(text)
    with building(tmp_path):
        assert contents(tmp_path / "site") == ({"index.html": kept.encode()} if kept else {})
    assert contents(tmp_path / "site") == ({"index.html": kept.encode()} if kept else {})


@pytest.mark.parametrize("file", ["docs/a.md", None])
def test_what_the_system_refuses_is_an_error_of_the_course(tmp_path, file):
    message = re.escape(f"{file or tmp_path.as_posix()}:1: No space left; site/ is as it was")
    with pytest.raises(CourseError, match=f"^{message}$"), building(tmp_path):
        work_folder(tmp_path).mkdir()
        raise OSError(errno.ENOSPC, "No space left", *([file] if file else []))
    assert not work_folder(tmp_path).exists()
