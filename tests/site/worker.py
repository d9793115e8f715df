"""Material's own search worker, run in V8 without a browser: what it answers is what a reader gets."""

import json
from pathlib import Path

from py_mini_racer import MiniRacer

# What a worker finds around it. A script of importScripts is read from the site, before it is asked for.
AROUND = """
var self = globalThis, scripts = {}, warnings = [], listener, answer;
var console = { warn: (...parts) => { warnings.push(parts.join(" ")) } };
var addEventListener = (_, f) => { listener = f };
var postMessage = message => { answer = message };
var importScripts = (...names) => { for (const name of names) (0, eval)(scripts[name]) };
var send = message => { answer = null; listener({ data: message }) };
"""
SETUP, READY, QUERY, RESULT = range(4)  # Material's SearchMessageType


class SearchWorker:
    """The worker of the site below ``site``, set up with its index as the page sets it up."""

    def __init__(self, site: Path):
        scripts = site / "assets/javascripts"
        (worker,) = scripts.glob("workers/search.*.min.js")
        self._engine = MiniRacer()
        self._engine.eval(AROUND)
        for path in scripts.glob("lunr/min/*.js"):
            source = json.dumps(path.read_text(encoding="utf-8"))
            self._engine.eval(f"scripts['../lunr/min/{path.name}'] = {source}; 0")
        self._engine.eval(worker.read_text(encoding="utf-8") + "; 0")
        index = json.loads((site / "search/search_index.json").read_text(encoding="utf-8"))
        ready = self._send(SETUP, index | {"options": {"suggest": True}})
        assert ready == {"type": READY}, self._engine.eval("String(warnings)")

    def _send(self, kind: int, data) -> dict:
        self._engine.eval(f"send({json.dumps({'type': kind, 'data': data})}); 0")
        return json.loads(self._engine.eval("JSON.stringify(answer)"))  # a task of its own: promises are done

    def find(self, query: str) -> list[list[dict]]:
        """The hits, best first; each is a page with its sections, best first too."""
        answer = self._send(QUERY, query)
        assert answer["type"] == RESULT
        return answer["data"]["items"]

    def pages(self, query: str) -> list[str]:
        """The addresses of the hits' pages, best first."""
        return [hit[0]["location"].partition("#")[0] for hit in self.find(query)]

    def close(self) -> None:
        self._engine.close()
