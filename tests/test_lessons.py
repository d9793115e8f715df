"""What holds for every lesson file, whatever it teaches."""

import importlib.util
import random
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch

ROOT = Path(__file__).parents[1]
LESSONS = sorted(ROOT.glob("lessons/ch*/[a-z]*.py"))


def global_state() -> tuple:
    numpy_state = np.random.get_state()[1].tolist()  # noqa: NPY002 - the legacy state is the one to be left alone
    return (
        torch.get_rng_state().tolist(),
        random.getstate(),
        numpy_state,
        plt.get_fignums(),
        torch.get_num_threads(),
    )


@pytest.mark.parametrize("path", LESSONS, ids=lambda p: p.stem)
def test_importing_a_lesson_defines_names_and_does_nothing_else(path, capsys):
    before = global_state()
    spec = importlib.util.spec_from_file_location(f"fresh_{path.stem}", path)
    spec.loader.exec_module(importlib.util.module_from_spec(spec))
    assert capsys.readouterr() == ("", "")
    assert global_state() == before


@pytest.mark.parametrize("path", LESSONS, ids=lambda p: p.stem)
def test_every_lesson_has_its_test(path):
    assert (ROOT / "tests" / path.parent.name / f"test_{path.name}").is_file()


def test_every_chapter_has_its_page():
    for folder in {path.parent for path in LESSONS}:
        assert (folder / "__init__.py").read_text(encoding="utf-8").startswith("# %% [markdown]"), folder
