"""A training to scrub through: what a lesson's replay cell describes, checked, rounded, and put in a language's words.

The cell (tag "replay") leaves a dictionary named ``replay``. JavaScript of the site (replay.js) draws it.

    replay = {
        "frame": {"label": "step", "values": [0, 1, 2, 5, 10]},
        "setting": {"label": "learning rate", "values": [0.1, 0.5, 1.1]},  # may be absent
        "readout": [{"label": "loss", "values": [[...]]}],  # [setting][frame]
        "panels": [{"x": {"label": "weight", "range": [-4, 4]}, "y": {...}, "layers": [...]}],
    }

A setting's values may be names (``"constant"``), which are translated as labels are. An axis may say ``"log": True``. Layers, drawn in order, each with an optional "label" and "color" ("C0" to "C5", "black",
"gray"):

    {"kind": "points", "x": [...], "y": [...]}                    the same in all frames; "marker": "o", "x" or "s"
    {"kind": "curve", "x": [...], "y": [...]}                     the same in all frames; "dashed": True
    {"kind": "line", "x": [...], "y": [[[...]]]}                  [setting][frame][point]
    {"kind": "trail", "x": [[...]], "y": [[...]]}                 [setting][frame]: drawn up to the frame
    {"kind": "field", "levels": [[[[...]]]], "colors": [...]}     [setting][frame][row][column] from 0 to 1, the panel filled
"""

import gzip
import json
import math
import string
from collections.abc import Iterator

from .glossary import Glossary

LIMIT_BYTES = 60_000  # gzipped: what a reader on a slow line waits for
DIGITS = 4
SIGNS = string.digits + string.ascii_uppercase + string.ascii_lowercase + "+-"
LAYERS = {
    "points": {"x": 1, "y": 1},
    "curve": {"x": 1, "y": 1},
    "line": {"x": 1, "y": 3},
    "trail": {"x": 2, "y": 2},
    "field": {"levels": 4},
}
COLOURS = {"C0", "C1", "C2", "C3", "C4", "C5", "black", "gray"}
OPTIONS = {"kind", "label", "color", "marker", "dashed", "colors"}


class ReplayError(ValueError):
    """What is wrong with a replay's description, and what was expected."""


def take_replay(namespace: dict) -> str:
    """The description that a cell left behind, checked and rounded, as compact JSON.

    Raises ``ReplayError``.
    """
    if not isinstance(namespace.get("replay"), dict):
        raise ReplayError(
            "a replay cell leaves a dictionary named replay (docs/builder/replay.py says which)"
        )
    replay = _plain(namespace.pop("replay"))
    _check(replay)
    for layer in (layer for panel in replay["panels"] for layer in panel["layers"]):
        if layer["kind"] == "field":
            layer |= _encoded(layer["levels"])
    text = json.dumps(replay, ensure_ascii=False, separators=(",", ":"))
    size = len(gzip.compress(text.encode()))
    if size > LIMIT_BYTES:
        raise ReplayError(
            f"the replay weighs {size} bytes gzipped, at most {LIMIT_BYTES}: fewer frames or points"
        )
    return text


def localise_replay(text: str, lang: str, glossary: Glossary) -> str:
    """The replay with its labels in ``lang``. Raises ``UnknownWord`` for one without a translation."""
    replay = json.loads(text)
    for part in _labelled(replay):
        part["label"] = glossary.label(part["label"], lang)
    if "setting" in replay:
        values = replay["setting"]["values"]
        replay["setting"]["values"] = [glossary.label(v, lang) if isinstance(v, str) else v for v in values]
    return json.dumps(replay, ensure_ascii=False, separators=(",", ":"))


def _labelled(replay: dict) -> Iterator[dict]:
    """Everything that carries a label."""
    yield replay["frame"]
    if "setting" in replay:
        yield replay["setting"]
    yield from replay["readout"]
    for panel in replay["panels"]:
        yield panel["x"]
        yield panel["y"]
        yield from (layer for layer in panel["layers"] if "label" in layer)


def _plain(value):
    """Lists, texts and rounded numbers; what is not finite becomes None, as JSON has no word for it."""
    if hasattr(value, "tolist"):  # tensors and arrays
        value = value.tolist()
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}") if math.isfinite(value) else None
    return value


def _check(replay: dict) -> None:
    _keys(replay, "replay", {"frame", "readout", "panels"}, {"setting"})
    frames = len(_slider(replay["frame"], "frame"))
    settings = len(_slider(replay["setting"], "setting")) if "setting" in replay else 1
    for number, entry in enumerate(replay["readout"]):
        _keys(entry, f"readout {number}", {"label", "values"})
        _shape(entry["values"], f"readout {number}", settings, frames)
    for number, panel in enumerate(replay["panels"]):
        _keys(panel, f"panel {number}", {"x", "y", "layers"})
        for name in ("x", "y"):
            _axis(panel[name], f"panel {number}, {name}")
        for place, layer in enumerate(panel["layers"]):
            _layer(layer, f"panel {number}, layer {place}", settings, frames)


def _keys(entry, where: str, needed: set[str], optional: set[str] = frozenset()) -> None:
    found = set(entry) if isinstance(entry, dict) else set()
    if not needed <= found or not found <= needed | optional:
        raise ReplayError(
            f"{where} has the entries {sorted(needed)}, perhaps {sorted(optional)}; got {entry!r:.80}"
        )


def _slider(entry, where: str) -> list:
    _keys(entry, where, {"label", "values"})
    if not isinstance(entry["values"], list) or len(entry["values"]) < 2:
        raise ReplayError(f"{where} needs at least two values, got {entry['values']!r:.80}")
    return entry["values"]


def _axis(axis, where: str) -> None:
    _keys(axis, where, {"label", "range"}, {"log"})
    if len(axis["range"]) != 2 or None in axis["range"] or not axis["range"][0] < axis["range"][1]:
        raise ReplayError(f"{where}: the range is two rising numbers, got {axis['range']!r:.80}")
    if axis.get("log") and axis["range"][0] <= 0:
        raise ReplayError(f"{where}: a log axis begins above 0, got {axis['range']}")


def _layer(layer, where: str, settings: int, frames: int) -> None:
    kind = layer.get("kind") if isinstance(layer, dict) else None
    if kind not in LAYERS:
        raise ReplayError(f"{where}: kind is one of {sorted(LAYERS)}, got {kind!r}")
    _keys(layer, where, {"kind", *LAYERS[kind]}, OPTIONS)
    for colour in [layer.get("color", "C0"), *layer.get("colors", [])]:
        if colour not in COLOURS:
            raise ReplayError(f"{where}: colours are {sorted(COLOURS)}, got {colour!r}")
    for name, axes in LAYERS[kind].items():
        if axes > 1:
            _shape(layer[name], f"{where}, {name}", settings, frames)
    if kind in ("points", "curve") and len(layer["x"]) != len(layer["y"]):
        raise ReplayError(f"{where}: x and y need one length, got {len(layer['x'])} and {len(layer['y'])}")
    if kind == "line" and any(len(line) != len(layer["x"]) for run in layer["y"] for line in run):
        raise ReplayError(f"{where}: every frame of y needs {len(layer['x'])} points, one for each x")
    if kind == "field":
        if any(v is None for run in layer["levels"] for rows in run for row in rows for v in row):
            raise ReplayError(f"{where}: a level is a number from 0 to 1, got one that is not finite")
        sizes = {(len(rows), *map(len, rows)) for run in layer["levels"] for rows in run}
        if len(sizes) != 1 or len(set(next(iter(sizes))[1:])) != 1:
            raise ReplayError(f"{where}: every frame is a grid of one size, got {sorted(sizes)!r:.80}")


def _encoded(levels: list) -> dict:
    """A field's grids as one sign a cell: 64 levels are more than an eye tells apart, at a tenth of the bytes."""
    rows, columns = len(levels[0][0]), len(levels[0][0][0])
    signs = [
        ["".join(SIGNS[round(min(max(v, 0), 1) * 63)] for row in grid for v in row) for grid in run]
        for run in levels
    ]
    return {"levels": signs, "rows": rows, "columns": columns}


def _shape(values, where: str, settings: int, frames: int) -> None:
    found = (
        [len(row) if isinstance(row, list) else 0 for row in values] if isinstance(values, list) else values
    )
    if found != [frames] * settings:
        raise ReplayError(f"{where} needs {settings} settings of {frames} frames, got {found!r:.80}")
