"""Replays: what a cell may describe, what becomes of it, and every error."""

import copy
import gzip
import json
import math

import pytest
import torch

from docs.builder import replay as module
from docs.builder.glossary import Glossary, UnknownWord
from docs.builder.replay import LIMIT_BYTES, SIGNS, ReplayError, localise_replay, take_replay

GLOSSARY = Glossary((), {"step": "步", "rate": "学习率", "loss": "损失", "price": "价格", "path": "路"})
REPLAY = {
    "frame": {"label": "step", "values": [0, 1, 2]},
    "setting": {"label": "rate", "values": [0.1, 0.2]},
    "readout": [{"label": "loss", "values": [[3.0, 2.0, 1.0], [3.0, math.inf, math.nan]]}],
    "panels": [
        {
            "x": {"label": "price", "range": [0, 1]},
            "y": {"label": "loss", "range": [0.1, 10], "log": True},
            "layers": [
                {"kind": "points", "x": [0.1, 0.2], "y": [1.0, 2.0], "color": "C1", "marker": "x"},
                {"kind": "curve", "x": torch.tensor([0.0, 1.0]), "y": [1 / 3, 2.0], "dashed": True},
                {"kind": "line", "x": [0.0, 1.0], "y": torch.ones(2, 3, 2), "label": "path"},
                {"kind": "trail", "x": [[0, 1, 2]] * 2, "y": torch.rand(2, 3)},
                {"kind": "field", "levels": torch.linspace(0, 1, 2 * 3 * 4 * 5).reshape(2, 3, 4, 5)},
            ],
        }
    ],
}


def changed(*path, to):
    """REPLAY with one entry replaced, or removed where ``to`` is None."""
    replay = copy.deepcopy(REPLAY)
    here = replay
    for step in path[:-1]:
        here = here[step]
    if to is None:
        del here[path[-1]]
    else:
        here[path[-1]] = to
    return replay


def taken(replay) -> dict:
    return json.loads(take_replay({"replay": replay}))


def test_numbers_are_rounded_and_what_is_not_finite_becomes_null():
    layers = taken(REPLAY)["panels"][0]["layers"]
    assert layers[1]["y"] == [0.3333, 2.0]
    assert taken(REPLAY)["readout"][0]["values"] == [[3.0, 2.0, 1.0], [3.0, None, None]]


def test_a_field_is_one_sign_a_cell():
    field = taken(REPLAY)["panels"][0]["layers"][4]
    assert (field["rows"], field["columns"]) == (4, 5)
    assert [len(grid) for run in field["levels"] for grid in run] == [20] * 6
    whole = [SIGNS.index(sign) / 63 for run in field["levels"] for grid in run for sign in grid]
    assert torch.allclose(torch.tensor(whole), torch.linspace(0, 1, 120), atol=0.5 / 63 + 1e-6)


def test_a_level_outside_0_and_1_is_the_nearest_of_the_two():
    replay = taken(changed("panels", 0, "layers", 4, "levels", to=[[[[-0.5, 1.6, 9.0]]] * 3] * 2))
    assert replay["panels"][0]["layers"][4]["levels"] == [[f"{SIGNS[0]}{SIGNS[63]}{SIGNS[63]}"] * 3] * 2


def test_the_cell_s_variable_is_taken_away():
    namespace = {"replay": copy.deepcopy(REPLAY)}
    take_replay(namespace)
    assert namespace == {}


def test_labels_are_translated_and_nothing_else():
    text = take_replay({"replay": copy.deepcopy(REPLAY)})
    assert localise_replay(text, "en", GLOSSARY) == text
    chinese = json.loads(localise_replay(text, "zh", GLOSSARY))
    assert (chinese["frame"]["label"], chinese["setting"]["label"]) == ("步", "学习率")
    assert chinese["readout"][0]["label"] == chinese["panels"][0]["y"]["label"] == "损失"
    assert chinese["panels"][0]["layers"][2]["label"] == "路"
    assert chinese["panels"][0]["layers"][4] == json.loads(text)["panels"][0]["layers"][4]
    with pytest.raises(UnknownWord, match="price"):
        localise_replay(text, "en", Glossary((), {"step": "步", "rate": "学习率", "loss": "损失"}))


def test_a_sign_stands_in_the_text_as_it_is():
    text = take_replay({"replay": changed("frame", "label", to="η")})
    assert '"label":"η"' in text
    assert '"label":"η"' in localise_replay(text, "zh", GLOSSARY)


def test_a_setting_s_names_are_translated_its_numbers_stay():
    named = changed("setting", "values", to=["path", 0.2])
    chinese = json.loads(localise_replay(take_replay({"replay": named}), "zh", GLOSSARY))
    assert chinese["setting"]["values"] == ["路", 0.2]
    unknown = take_replay({"replay": changed("setting", "values", to=["lane", 0.2])})
    with pytest.raises(UnknownWord, match="lane"):
        localise_replay(unknown, "en", GLOSSARY)


def test_without_a_setting_there_is_one_run():
    replay = {
        "frame": REPLAY["frame"],
        "readout": [],
        "panels": [REPLAY["panels"][0] | {"layers": [{"kind": "trail", "x": [[0, 1, 2]], "y": [[0, 1, 2]]}]}],
    }
    assert taken(replay)["panels"][0]["layers"][0]["x"] == [[0, 1, 2]]


LAYERS = ("panels", 0, "layers")


@pytest.mark.parametrize(
    ("replay", "message"),
    [
        ([1], "leaves a dictionary named replay"),
        (changed("frame", to=None), "replay has the entries"),
        (changed("frame", "label", to=None), "^frame has the entries"),
        (changed("readout", 0, "label", to=None), "^readout 0 has the entries"),
        (changed("panels", 0, "x", to=None), "^panel 0 has the entries"),
        (changed("frame", "values", to=[1]), "frame needs at least two values"),
        (changed("setting", "values", to=3), "setting needs at least two values"),
        (changed("readout", 0, "values", to=[[1, 2, 3]]), "readout 0 needs 2 settings of 3 frames"),
        (changed("readout", 0, "values", to=5), "readout 0 needs 2 settings of 3 frames, got 5"),
        (changed("readout", 0, "values", to=[1, 2]), r"readout 0 needs .* got \[0, 0\]"),  # runs of no frame
        (changed("panels", 0, "x", "range", to=[0, 1, 2]), "panel 0, x: the range is two rising numbers"),
        (changed("panels", 0, "x", "range", to=[0, math.inf]), "panel 0, x: the range is two rising numbers"),
        (changed("panels", 0, "x", "range", to=[1, 1]), "panel 0, x: the range is two rising numbers"),
        (changed("panels", 0, "y", "range", to=[0, 1]), "panel 0, y: a log axis begins above 0"),
        (changed("panels", 0, "y", to=3), "panel 0, y has the entries"),
        (changed(*LAYERS, 0, to=3), "layer 0: kind is one of .* got None"),
        (changed(*LAYERS, 0, "kind", to="dots"), "layer 0: kind is one of .* got 'dots'"),
        (changed(*LAYERS, 0, "colour", to="C0"), "layer 0 has the entries"),
        (changed(*LAYERS, 0, "color", to="red"), "layer 0: colours are .* got 'red'"),
        (changed(*LAYERS, 4, "colors", to=["C0", "blue"]), "layer 4: colours are .* got 'blue'"),
        (changed(*LAYERS, 1, "y", to=[1.0]), "layer 1: x and y need one length, got 2 and 1"),
        (changed(*LAYERS, 0, "x", to=[1.0]), "layer 0: x and y need one length, got 1 and 2"),
        (changed(*LAYERS, 2, "x", to=[1.0]), "layer 2: every frame of y needs 1 points"),
        (changed(*LAYERS, 3, "y", to=[[0, 1]] * 2), "layer 3, y needs 2 settings of 3 frames"),
        (
            changed(*LAYERS, 4, "levels", to=[[[[0, 1], [0]]] * 3] * 2),
            "layer 4: every frame is a grid of one size",
        ),
        (
            changed(*LAYERS, 4, "levels", to=[[[[0, math.nan]]] * 3] * 2),
            "layer 4: a level is a number from 0 to 1",
        ),
    ],
)
def test_bad_descriptions(replay, message):
    with pytest.raises(ReplayError, match=message):
        taken(replay)


def test_a_cell_without_a_replay():
    with pytest.raises(ReplayError, match=r"^a replay cell leaves a dictionary named replay"):
        take_replay({})


def test_a_heavy_replay_is_refused():
    heavy = changed(*LAYERS, 3, "y", to=torch.rand(2, 30_000, generator=torch.Generator().manual_seed(0)))
    heavy = heavy | {"frame": {"label": "step", "values": list(range(30_000))}}
    heavy["panels"][0]["layers"] = [heavy["panels"][0]["layers"][3] | {"x": torch.zeros(2, 30_000)}]
    heavy["readout"] = []
    with pytest.raises(ReplayError, match=rf"weighs \d+ bytes gzipped, at most {LIMIT_BYTES}"):
        taken(heavy)
    assert len(gzip.compress(take_replay({"replay": copy.deepcopy(REPLAY)}).encode())) < LIMIT_BYTES


def test_a_replay_may_weigh_the_limit_and_no_byte_more(monkeypatch):
    text = take_replay({"replay": copy.deepcopy(REPLAY)})
    size = len(gzip.compress(text.encode()))
    monkeypatch.setattr(module, "LIMIT_BYTES", size)
    assert take_replay({"replay": copy.deepcopy(REPLAY)}) == text
    monkeypatch.setattr(module, "LIMIT_BYTES", size - 1)
    with pytest.raises(ReplayError, match=f"weighs {size} bytes gzipped, at most {size - 1}"):
        taken(REPLAY)
