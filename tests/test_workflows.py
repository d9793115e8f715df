"""The workflows: README's commands and no others, few rights, everything pinned, nothing without an end."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from docs.builder.repository import NOTEBOOKS_BRANCH, colab_address

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
WORKFLOWS = {path.stem: path for path in sorted((ROOT / ".github/workflows").glob("*.yml"))}
TEST, THOROUGH = (
    yaml.safe_load(WORKFLOWS[name].read_text(encoding="utf-8")) for name in ("test", "thorough")
)
JOBS = {
    f"{workflow}: {name}": job
    for workflow, path in WORKFLOWS.items()
    for name, job in yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"].items()
}
TESTING = ["site", "make", "windows"]
ON_MAIN = "github.ref == 'refs/heads/main'"
SCHEMAS = {
    "workflows": "workflows/*.yml",
    "issue-forms": "ISSUE_TEMPLATE/[0-9]*.yml",
    "issue-config": "ISSUE_TEMPLATE/config.yml",
}


def readme_commands() -> set[str]:
    """The lines of README's code blocks, without their comments."""
    blocks = re.findall(r"(?ms)^```(?:bash|powershell)\n(.*?)^```", README)
    return {re.sub(r"\s+# .*", "", line) for block in blocks for line in block.splitlines()}


def commands(job: dict) -> list[str]:
    """What a job runs, line by line, for each value of its matrix."""
    texts = [step["run"] for step in job["steps"] if "run" in step]
    values = job.get("strategy", {}).get("matrix", {}).get("command", [""])
    filled = [text.replace("${{ matrix.command }}", value) for text in texts for value in values]
    return [line for text in filled for line in text.splitlines()]


def tool(name: str) -> str:
    """A program of `requirements-checks.txt`; without it, the test is skipped."""
    found = shutil.which(name, path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    return found or pytest.skip(f"no {name}: pip install -r requirements-checks.txt")


@pytest.mark.parametrize("name", TESTING)
def test_the_tests_run_readme_s_commands_and_no_others(name):
    ran = commands(TEST["jobs"][name])
    known = readme_commands() | set(re.findall(r"`(make \w+)`", README))
    assert ran and [command for command in ran if command not in known] == []


def test_no_job_runs_anything_else():
    running = {name for name, job in TEST["jobs"].items() if commands(job)}
    assert running == {*TESTING, "notebooks"}  # the last only pushes: see below


@pytest.mark.parametrize("command", [c for job in THOROUGH["jobs"].values() for c in commands(job)])
def test_the_thorough_run_names_targets_of_make(command):
    target = re.fullmatch(r"make (\w+)", command)[1]
    assert re.search(rf"(?m)^{target}:", MAKEFILE)


def test_without_make_readme_gives_the_same_commands():
    recipes = {
        target: re.findall(r"\t\$\(RUN\) (.*)\n", recipe)
        for target, recipe in re.findall(r"(?m)^(\w+): \$\(VENV\)/installed\n((?:\t.*\n)+)", MAKEFILE)
    }
    wanted = [line for target in ("serve", "site", "offline", "test") for line in recipes[target]]
    python = ".venv\\Scripts\\python "
    windows = re.search(r"(?s)```powershell\n(.*?)```", README)[1].splitlines()
    given = [re.sub(r"\s+# .*", "", line) for line in windows if line.startswith(python)]
    assert [line.removeprefix(python) for line in given if " pip " not in line] == wanted


def test_the_version_of_torch_is_written_alike_everywhere():
    texts = (README, MAKEFILE, (ROOT / "requirements.txt").read_text(encoding="utf-8"))
    versions = [set(re.findall(r"torch==([\d.]+)", text)) for text in texts]
    assert versions[0] == versions[1] == versions[2] and len(versions[0]) == 1


def test_every_system_has_the_oldest_and_the_newest_python_that_readme_names():
    (oldest, newest), *others = re.findall(r"Python (3\.\d+) (?:to|到) (3\.\d+)", README)
    assert set(others) == {(oldest, newest)}
    tried = set()
    for name in TESTING:
        job = TEST["jobs"][name]
        matrix = job.get("strategy", {}).get("matrix", {})
        (setup,) = (step for step in job["steps"] if "setup-python" in step.get("uses", ""))
        for python in matrix.get("python", [setup["with"]["python-version"]]):
            for one in matrix.get("include", [{}]):
                tried.add((one.get("os", job["runs-on"]), one.get("python", python)))
    systems = ("ubuntu-latest", "macos-latest", "windows-latest")
    assert tried == {(system, python) for system in systems for python in (oldest, newest)}


@pytest.mark.parametrize("path", WORKFLOWS.values(), ids=lambda path: path.stem)
def test_a_workflow_has_no_rights_of_its_own_and_every_action_is_a_commit(path):
    text = path.read_text(encoding="utf-8")
    workflow = yaml.safe_load(text)
    assert workflow["permissions"] == {} and workflow["concurrency"]
    assert "pull_request_target" not in text and "secrets." not in text
    uses = re.findall(r"uses: (.*)", text)
    assert uses and all(re.fullmatch(r"[\w-]+/[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", use) for use in uses)
    pins = dict(use.split("@") for use in set(uses))
    assert len(pins) == len(set(uses))  # an action has one version


@pytest.mark.parametrize("job", JOBS.values(), ids=JOBS)
def test_a_job_ends_and_a_checkout_leaves_no_credentials(job):
    assert 0 < job["timeout-minutes"] < 360
    for step in job["steps"]:
        if "actions/checkout@" in step.get("uses", ""):
            assert step["with"]["persist-credentials"] is False


def test_only_what_publishes_may_write_and_it_does_so_from_main_after_the_tests():
    writing = {name for name, job in JOBS.items() if job["permissions"] != {"contents": "read"}}
    assert writing == {"test: publish", "test: notebooks"}
    assert TEST["jobs"]["publish"]["permissions"] == {"pages": "write", "id-token": "write"}
    assert TEST["jobs"]["notebooks"]["permissions"] == {"contents": "write"}
    for name in ("publish", "notebooks"):
        job = TEST["jobs"][name]
        assert job["if"] == ON_MAIN and job["needs"] == TESTING
        assert not any("checkout" in step.get("uses", "") for step in job["steps"])


def test_the_site_is_built_once_by_the_job_that_tests_it_with_everything():
    steps = TEST["jobs"]["site"]["steps"]
    order = [step.get("run", step.get("uses", "").split("@")[0]) for step in steps]
    build, checks, tests, publish = (
        order.index(name)
        for name in (
            "make offline",
            ".venv/bin/python -m pip install -r requirements-checks.txt",
            "make test",
            "actions/upload-pages-artifact",
        )
    )
    assert build < checks < tests < publish
    assert steps[publish] == {
        "if": ON_MAIN,
        "uses": steps[publish]["uses"],
        "with": {"path": "site"},
    }
    uploads = [name for name in JOBS if "upload-pages-artifact" in str(JOBS[name])]
    assert uploads == ["test: site"]
    assert [step["uses"].split("@")[0] for step in TEST["jobs"]["publish"]["steps"]] == [
        "actions/deploy-pages"
    ]


def test_a_reviewer_can_download_the_site_and_the_zip():
    steps = [s for s in TEST["jobs"]["site"]["steps"] if "actions/upload-artifact@" in s.get("uses", "")]
    uploads = {step["with"]["path"]: step.get("if") for step in steps}
    assert uploads["torch-primer-offline.zip"] is None
    assert uploads["site"] == "github.event_name == 'pull_request'"


@pytest.mark.skipif(sys.platform == "win32", reason="the job runs on Linux")
def test_the_notebooks_arrive_where_colab_looks_for_them(tmp_path):
    """The job's own script, with a repository on this disk in place of GitHub's; twice, as after two merges."""
    (step,) = (step for step in TEST["jobs"]["notebooks"]["steps"] if "run" in step)
    (upload,) = (s for s in TEST["jobs"]["site"]["steps"] if s.get("with", {}).get("name") == "notebooks")
    assert upload["with"]["path"] == "docs/*/downloads/*/*.ipynb" and upload["if"] == ON_MAIN
    subprocess.run(["git", "init", "--quiet", "--bare", tmp_path / "server/owner/name"], check=True)
    fixed = {name: value for name, value in step["env"].items() if name != "TOKEN"}
    environment = os.environ | fixed | {"TOKEN": "t", "GITHUB_REPOSITORY": "owner/name", "GITHUB_SHA": "abc"}
    environment["GITHUB_SERVER_URL"] = (tmp_path / "server").as_uri()
    for text in ("first", "second"):
        for lang in ("zh", "en"):  # what the artifact unpacks to
            folder = tmp_path / text / lang / "downloads/ch01_tensors"
            folder.mkdir(parents=True)
            (folder / "creation.ipynb").write_text(f"{text} {lang}", encoding="utf-8")
        script = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
        subprocess.run(script, cwd=tmp_path / text, env=environment, check=True, capture_output=True)
    for lang in ("zh", "en"):
        branch, path = (
            colab_address("owner/name", lang, "ch01_tensors/creation").split("/blob/")[1].split("/", 1)
        )
        assert branch == NOTEBOOKS_BRANCH
        show = ["git", "-C", tmp_path / "server/owner/name", "show", f"{branch}:{path}"]
        assert subprocess.run(show, capture_output=True, text=True, check=True).stdout == f"second {lang}"


def test_zizmor_finds_nothing():
    command = [tool("zizmor"), "--offline", "--no-progress", "--format=plain", ROOT]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stdout
    assert "No findings to report" in done.stdout + done.stderr


@pytest.mark.parametrize("schema", [*SCHEMAS, "dependabot"])
def test_github_understands_its_files(schema):
    pattern = SCHEMAS.get(schema, "dependabot.yml")
    builtin = f"vendor.{schema}" if schema == "dependabot" else f"vendor.github-{schema}"
    files = [str(path) for path in (ROOT / ".github").glob(pattern)]
    assert files
    command = [tool("check-jsonschema"), "--builtin-schema", builtin, *files]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stdout


def test_updates_come_grouped_once_a_month_and_not_on_the_first_day():
    dependabot = yaml.safe_load((ROOT / ".github/dependabot.yml").read_text(encoding="utf-8"))
    places = {update["package-ecosystem"]: update for update in dependabot["updates"]}
    assert places.keys() == {"pip", "github-actions", "npm"}
    for update in places.values():
        assert update["schedule"] == {"interval": "monthly"} and update["cooldown"]["default-days"] >= 7
        assert [group["patterns"] for group in update["groups"].values()] == [["*"]]
    assert (ROOT / places["npm"]["directory"].lstrip("/") / "package-lock.json").is_file()
