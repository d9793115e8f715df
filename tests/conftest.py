import os
import subprocess
import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import pytest
import torch
from hypothesis import settings

# Tiny models: a second thread burns a core and saves no time, and pytest already runs one process a core.
torch.set_num_threads(1)

# The same examples on every run, and no timed tests: these machines are shared.
settings.register_profile("course", derandomize=True, deadline=None)
settings.load_profile("course")


@pytest.fixture(scope="session")
def program_output():
    """``program_output(file)``: what a lesson prints as a plain program, without a screen, warnings being errors."""

    def run(file: str | Path) -> str:
        done = subprocess.run(
            [sys.executable, "-W", "error", str(file)],
            env=os.environ | {"MPLBACKEND": "agg", "OMP_NUM_THREADS": "1", "PYTHONIOENCODING": "utf-8"},
            capture_output=True,
            encoding="utf-8",
            timeout=120,
        )
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    return run
