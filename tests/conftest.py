from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import pytest
import torch
from hypothesis import settings

from tests.program import run_program

# Tiny models: a second thread burns a core and saves no time, and pytest already runs one process a core.
torch.set_num_threads(1)

# The same examples on every run, and no timed tests: these machines are shared.
settings.register_profile("course", derandomize=True, deadline=None)
settings.load_profile("course")


@pytest.fixture(params=[range(20), pytest.param(range(200), marks=pytest.mark.sweep)], ids=["20", "200"])
def seeds(request) -> range:
    """The seeds of an outcome bar: 20 in the daily suite, 200 by `make sweep`."""
    return request.param


@pytest.fixture(scope="session")
def program_output():
    """``program_output(file)``: what a lesson prints as a plain program, without a screen, warnings being errors."""

    def run(file: str | Path) -> str:
        code, out, err = run_program(file)
        assert (code, err) == (0, "")
        return out

    return run
