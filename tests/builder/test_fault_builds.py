"""Builds that are killed, and two at once: the next one, or both, end as a clean build does.

`make faults` runs the long ones: 20 moments, the whole site, the real course.
"""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from docs.builder import site as publishing
from docs.builder.building import building, old_site, work_folder
from docs.builder.course import build_course
from docs.builder.errors import CourseError
from docs.builder.run import warm_context
from tests.project import ROOT, contents, differences, make_project, processes_in, publish

FIRST = Path("lessons/ch01_tiny/first.py")
SITE = [sys.executable, "-m", "docs.builder", "site"]

pytestmark = [
    pytest.mark.xdist_group("builds"),
    pytest.mark.skipif(not hasattr(os, "killpg"), reason="SIGKILL and groups of processes are POSIX"),
]


def started(target, *args):
    """``target(*args)`` in a process forked from the warm server, as a lesson is."""
    process = warm_context().Process(target=on_this_server, args=(target, *args))
    process.start()
    return process


def on_this_server(target, *args) -> None:
    """Python would start a second server, and import torch again, in a process that a server forked: seconds each."""
    from multiprocessing import forkserver  # not to be imported where there is none

    if sys.version_info < (3, 14):  # from there on, a server serves only those who know its key
        for owner in (forkserver, forkserver._forkserver):
            owner.ensure_running = lambda: None
    target(*args)


def wait_until(condition, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.01)


def left_over(root: Path) -> list[str]:
    """What stands in ``.cache`` besides what belongs there."""
    return sorted({p.name for p in (root / ".cache").iterdir()} - {"build.lock", "runs", "mkdocs-jupyter"})


@pytest.fixture(scope="module")
def clean(tmp_path_factory) -> dict[str, bytes]:
    """What a clean build of the tiny course writes."""
    root = make_tiny(tmp_path_factory.mktemp("clean") / "tiny")
    build_course(root)
    return contents(root / "docs")


@pytest.fixture(scope="module")
def taken(clean, tmp_path_factory) -> float:
    """The seconds that a build takes once the server is warm."""
    start = time.monotonic()
    started(build_course, make_tiny(tmp_path_factory.mktemp("timed") / "tiny")).join()
    return time.monotonic() - start


def make_tiny(root: Path) -> Path:
    return shutil.copytree(ROOT / "tests/builder/tiny", root, ignore=shutil.ignore_patterns("__pycache__"))


@pytest.mark.parametrize("moment", range(3))
def test_after_a_build_killed_at_a_random_moment_the_next_equals_a_clean_one(tiny, clean, taken, moment):
    process = started(build_course, tiny)
    process.join(random.Random(moment).uniform(0, taken))
    process.kill()
    process.join()
    wait_until(lambda: not processes_in(tiny))  # its lessons end by themselves
    build_course(tiny)
    assert differences(contents(tiny / "docs"), clean) == []
    assert left_over(tiny) == []


def killed_at_move(root: Path, number: int) -> None:
    """Build, and die just before the ``number``th file takes its place."""
    real, count = Path.replace, iter(range(number))

    def replace(path: Path, target: Path) -> Path:
        if next(count, None) is None:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(path, target)

    Path.replace = replace
    build_course(root)


@pytest.mark.parametrize("number", [1, 9])
def test_after_a_build_killed_between_two_files_the_next_equals_a_clean_one(tiny, clean, number):
    process = started(killed_at_move, tiny, number)
    process.join()
    assert process.exitcode == -signal.SIGKILL
    assert len([name for name in contents(tiny / "docs") if name != "glossary.yml"]) == max(0, number - 2)
    assert work_folder(tiny).exists()
    build_course(tiny)
    assert differences(contents(tiny / "docs"), clean) == []
    assert left_over(tiny) == []


def publish_new(root: Path, kill: bool) -> None:
    """Publish a new site, made here; die, if asked, when the old one has been put aside."""
    real = Path.rename

    def rename(path: Path, target: Path) -> Path:
        if kill and target == root / "site":
            os.kill(os.getpid(), signal.SIGKILL)
        return real(path, target)

    def build(root: Path, staging: Path) -> Path:
        staging.mkdir(parents=True)
        (staging / "index.html").write_text("new")
        return staging

    Path.rename, publishing._build = rename, build
    publishing.build_site(root)


def test_a_build_killed_while_it_publishes_leaves_the_old_site_to_the_next(tmp_path):
    (tmp_path / "site").mkdir()
    (tmp_path / "site/index.html").write_text("old")
    killed = started(publish_new, tmp_path, True)
    killed.join()
    assert killed.exitcode == -signal.SIGKILL and old_site(tmp_path).is_dir()
    with building(tmp_path):  # whatever this build does, and if it fails
        assert contents(tmp_path / "site") == {"index.html": b"old"}
    again = started(publish_new, tmp_path, False)
    again.join()
    assert again.exitcode == 0
    assert contents(tmp_path / "site") == {"index.html": b"new"} and left_over(tmp_path) == []


def test_a_site_that_cannot_take_its_place_leaves_the_old_one(tmp_path, monkeypatch):
    (tmp_path / "site").mkdir()
    (tmp_path / "site/index.html").write_text("old")
    monkeypatch.setattr(publishing, "_build", lambda root, staging: root / "absent")
    with pytest.raises(CourseError, match="No such file or directory; site/ is as it was"):
        publishing.build_site(tmp_path)
    assert contents(tmp_path / "site") == {"index.html": b"old"} and left_over(tmp_path) == []


def never_ending(root: Path) -> None:
    """Let the first lesson wait for a child that never ends."""
    text = (root / FIRST).read_text(encoding="utf-8")
    wait = "import subprocess, sys; subprocess.run([sys.executable, '-Sc', 'import time; time.sleep(600)'])"
    (root / FIRST).write_text(text.replace("    print(answer)", f"    {wait}"), encoding="utf-8")


def test_a_killed_build_leaves_no_process_and_no_lock(tiny, clean):
    good = (tiny / FIRST).read_bytes()
    never_ending(tiny)
    process = started(build_course, tiny)
    wait_until(
        lambda: len(processes_in(tiny)) >= 2
    )  # the lesson and its child; the second lesson may wait as well
    process.kill()  # it alone: what it started must notice
    process.join()
    wait_until(lambda: not processes_in(tiny), seconds=10)
    (tiny / FIRST).write_bytes(good)
    with building(tiny, wait=0):
        pass
    build_course(tiny)
    assert differences(contents(tiny / "docs"), clean) == []


def test_an_interrupted_build_ends_its_lessons(tiny):
    never_ending(tiny)
    process = started(build_course, tiny)
    wait_until(lambda: len(processes_in(tiny)) >= 2)
    os.kill(process.pid, signal.SIGINT)  # Ctrl-C
    process.join(20)
    assert process.exitcode == 1
    assert processes_in(tiny) == [] and left_over(tiny) == []


def hold(root: Path) -> None:
    with building(root):
        (root / "held").touch()
        time.sleep(600)


def test_a_second_build_waits_and_says_so(tiny, capfd):
    holder = started(hold, tiny)
    wait_until((tiny / "held").exists)
    with (
        pytest.raises(
            CourseError, match=r"\.cache/build\.lock:1: another build .* still running after 0\.2 s"
        ),
        building(tiny, wait=0.2),
    ):
        pytest.fail("two builds at once")
    assert "another build of this course is running; waiting for it …" in capfd.readouterr().err
    holder.kill()
    holder.join()
    with building(tiny, wait=0):  # the lock has vanished with its process
        assert work_folder(tiny).parent.is_dir()


def test_builds_at_once_all_end_as_a_clean_one(tiny, clean):
    processes = [started(build_course, tiny) for _ in range(3)]
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0, 0]
    assert differences(contents(tiny / "docs"), clean) == []
    assert left_over(tiny) == []
    assert {path.name for path in tiny.iterdir()} == {"docs", "lessons", ".cache"}


# What follows builds whole sites: `make faults`.


@pytest.fixture(scope="module")
def clean_site(tmp_path_factory) -> tuple[dict[str, bytes], float]:
    """A project's site, built cold, and the seconds that it took."""
    project = make_project(tmp_path_factory.mktemp("clean") / "project")
    start = time.monotonic()
    done = publish(project)
    assert done.returncode == 0, done.stderr
    return contents(project / "site"), time.monotonic() - start


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Path:
    """A project that is killed again and again."""
    return make_project(tmp_path_factory.mktemp("killed") / "project")


@pytest.mark.faults
@pytest.mark.parametrize("whom", ["the group", "the parent alone"])
@pytest.mark.parametrize("moment", range(20))
def test_after_a_site_killed_at_a_random_moment_the_next_equals_a_clean_one(
    project, clean_site, moment, whom
):
    clean, taken = clean_site
    if moment % 2:  # every other time with nothing kept, so that lessons run
        shutil.rmtree(project / ".cache", ignore_errors=True)
    before = contents(project / "site")
    process = subprocess.Popen(
        SITE, cwd=project, start_new_session=True, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )
    time.sleep(random.Random(f"{moment} {whom}").uniform(0, taken))
    family = psutil.Process(process.pid).children(recursive=True)
    if whom == "the group":
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()
    _, alive = psutil.wait_procs(family, timeout=20)
    assert [p for p in alive if p.status() != psutil.STATUS_ZOMBIE] == []
    published = contents(project / "site") or contents(old_site(project))
    assert published in (before, clean)
    done = publish(project)
    assert done.returncode == 0, done.stderr
    assert differences(contents(project / "site"), clean) == []
    assert left_over(project) == []


@pytest.mark.faults
def test_sites_at_once_all_end_as_a_clean_one(tmp_path, clean_site):
    project = make_project(tmp_path / "project")
    processes = [subprocess.Popen(SITE, cwd=project, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    said = [process.communicate()[1] for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0], said
    assert sum("waiting for it" in text for text in said) == 2
    assert differences(contents(project / "site"), clean_site[0]) == []
    assert left_over(project) == []


@pytest.mark.faults
@pytest.mark.parametrize("leave", [0, 2**16, 2**20, 2**22])
def test_a_small_disk_that_is_full_keeps_the_site(small_disk, clean_site, leave):
    project = make_project(small_disk("80m") / "project")
    assert publish(project).returncode == 0
    good = (project / FIRST).read_bytes()
    (project / FIRST).write_bytes(good.replace(b"21", b"34"))
    filler = project.parent / "filler"
    filler.write_bytes(bytes(shutil.disk_usage(project).free - leave))
    failed = publish(project)
    assert failed.returncode == 1 and "No space left on device" in failed.stderr
    assert "Traceback" not in failed.stderr
    assert differences(contents(project / "site"), clean_site[0]) == []
    filler.unlink()
    (project / FIRST).write_bytes(good)
    assert publish(project).returncode == 0
    assert differences(contents(project / "site"), clean_site[0]) == []
    assert left_over(project) == []


@pytest.mark.faults
def test_two_clean_builds_of_the_course_are_identical(tmp_path, monkeypatch):
    monkeypatch.setenv("SITE_URL", "https://example.org/primer/")  # addresses, and a site map that lists them
    names = ("docs", "lessons", "mkdocs.yml", "mkdocs.en.yml")
    sites = []
    for folder in (tmp_path / "one", tmp_path / "another" / "folder"):
        tracked = subprocess.run(["git", "ls-files", "-z", *names], cwd=ROOT, capture_output=True, check=True)
        for name in filter(None, tracked.stdout.decode().split("\0")):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, folder / name)
        done = publish(folder)
        assert done.returncode == 0, done.stderr
        sites.append(contents(folder / "site"))
    assert len(sites[0]) > 100 and b"https://example.org/primer/en/" in sites[0]["en/sitemap.xml"]
    assert differences(*sites) == []
