import functools
import json
import os
import shutil
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import pytest
import torch
from hypothesis import settings

from docs.builder.replay import SIGNS
from tests.program import run_program
from tests.seeds import GROUP, MANY, Bars, lesson_of, read_table

# Tiny models: a second thread burns a core and saves no time, and pytest already runs one process a core.
torch.set_num_threads(1)

# The same examples on every run, and no timed tests: these machines are shared.
settings.register_profile("course", derandomize=True, deadline=None)
settings.load_profile("course")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """A file's tests stay in one process: what a fixture trains or builds for them is made once."""
    for item in items:
        if not item.get_closest_marker("xdist_group"):
            item.add_marker(pytest.mark.xdist_group(item.location[0]))


@pytest.fixture(params=[range(GROUP), pytest.param(range(MANY), marks=pytest.mark.seeds)], ids=["20", "200"])
def seeds(request) -> range:
    """The seeds of an outcome bar: 20 in the daily suite, 200 by `make seeds`."""
    return request.param


@pytest.fixture
def bar(request):
    """``bar(values, zh=…, en=…, at_least=…, at_most=…, of=…)``: see tests/seeds.py."""
    measuring = bool(request.node.get_closest_marker("seeds"))
    known = read_table().get(lesson_of(request.path), {"bars": []})["bars"]
    bars, failed_before = Bars(request.node.originalname, measuring, known), request.session.testsfailed
    yield bars
    request.node.user_properties += [("bar", row) for row in bars.rows]
    if request.session.testsfailed == failed_before:
        bars.finish()


@pytest.fixture(scope="session")
def lesson_run():
    """A lesson run once as a plain program, without a screen, warnings being errors: its output and its replay."""

    @functools.cache
    def run(file: str) -> tuple[str, str]:
        code, out, err, replay = run_program(file)
        assert (code, err) == (0, "")
        return out, replay

    return run


@pytest.fixture(scope="session")
def program_output(lesson_run):
    """``program_output(file)``: what a lesson prints."""
    return lambda file: lesson_run(str(file))[0]


@pytest.fixture(scope="session")
def replay_of(lesson_run):
    """``replay_of(file)``: a lesson's replay as the site has it, fields with their ``levels`` as numbers again."""

    def read(file: str | Path) -> dict:
        replay = json.loads(lesson_run(str(file))[1])
        for layer in (layer for panel in replay["panels"] for layer in panel["layers"]):
            if layer["kind"] == "field":
                signs = [[[SIGNS.index(s) / 63 for s in grid] for grid in run] for run in layer["levels"]]
                shape = (len(signs), len(signs[0]), layer["rows"], layer["columns"])
                layer["levels"] = torch.tensor(signs).reshape(shape)
        return replay

    return read


@pytest.fixture(scope="module")  # while it runs, its thread has an event loop that others cannot share
def browser():
    """Chromium, driven by Playwright; where either is missing, the tests that ask for it are skipped."""
    api = pytest.importorskip(
        "playwright.sync_api", reason="no Playwright: pip install -r requirements-checks.txt"
    )
    programs = (
        os.environ.get("CHROME_PATH"),
        *map(shutil.which, ("chromium", "chromium-browser", "google-chrome")),
    )
    program = next((found for found in programs if found), None)
    if not program:
        pytest.skip("no Chromium: install it or set CHROME_PATH")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()
