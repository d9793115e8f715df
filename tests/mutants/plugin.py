"""Loaded by pytest in a mutation run: the fastest tests first, and no process that would import torch anew."""

import json
import multiprocessing
from pathlib import Path

from docs.builder import (
    run,
    warm,  # noqa: F401 - imported once, before mutmut forks
)

OTHER_PROCESS = {"lesson_run", "program_output", "replay_of"}  # these run the lesson's file, not its mutants

OTHER_PYTEST = {"test_what_it_lays_down_builds_and_passes"}  # a course's own tests, run by another pytest
# Tests that read a function's code, or give it to torch.compile to read, find all its mutants and mutmut's switch there.
READS_CODE = {
    "test_the_engine_has_at_most_a_hundred_lines",
    "test_compiled_follows_the_closed_form_on_both_sides",
    "test_captures_are_counted_and_both_roads_are_right",
    "test_where_needs_one_graph_for_every_usage",
    "test_fullgraph_turns_a_break_into_an_error",
    "test_a_trace_keeps_the_old_price_and_a_guard_notices",
    "test_the_first_call_is_slow",
}

run.warm_context = lambda: multiprocessing.get_context("fork")


def pytest_collection_modifyitems(config, items):
    stats = Path("mutmut-stats.json")  # written by mutmut's first run
    seconds = json.loads(stats.read_text())["duration_by_test"] if stats.is_file() else {}
    dropped = [
        item
        for item in items
        if OTHER_PROCESS & set(item.fixturenames) or item.originalname in READS_CODE | OTHER_PYTEST
    ]
    config.hook.pytest_deselected(items=dropped)
    items[:] = [item for item in items if item not in dropped]
    items.sort(key=lambda item: seconds.get(item.nodeid, 0))
