"""The search of the finished site: small indexes that know both languages' words, and a worker that reads Chinese."""

import ast
import builtins
import html
import json
import re
from collections.abc import Iterable
from pathlib import Path

from .errors import CourseError
from .glossary import Term, read_glossary
from .material import changed

FOLDERS = {"zh": ".", "en": "en"}  # where each language's site lies
# These pages speak of everything and teach none of it: below the lessons in every list of hits.
OVERVIEW = re.compile(r"(?:glossary/|lessons/ch\d\d_\w+/(?:claims_checked/)?)?(?:#.*)?")
OVERVIEW_BOOST = 0.3

SPLIT = "\u200b"  # what Material's search plugin puts around every Chinese word
MARKS = "、。，：；？！（）“”"
NEEDLESS = re.compile(rf"(?:(?<=[\s>{MARKS}])|^){SPLIT}|{SPLIT}(?=[\s<{MARKS}]|$)")
BLOCK = re.compile(r"<pre>(?:<span></span>)?<code>(.*?)</code></pre>", re.DOTALL)
TAG = re.compile(r"<[^>]+>")
CHINESE = re.compile(rf"[\u3400-\u9fff][\u3400-\u9fff{SPLIT}]*")
MESSAGE = re.compile(r"(?:[A-Za-z'_-]+[ ,]+){4}[A-Za-z]")  # an error's text, not a row of a table
WORD = re.compile(r"[^\W\u3400-\u9fff]{3,}|[\u3400-\u9fff]+")
GLOSS = re.compile(r"（([^（），；、]+)[^（）]*）")

# Material's worker cuts a query's Chinese into words of the index, but never looks at its last character: 梯度消失
# becomes 梯度, 转置 becomes 转. What stands there -> what should; both must stand there exactly once.
WORKER = {
    "o<t.length;o++)t.slice(s,o)in e": "o<=t.length;o++)t.slice(s,o)in e",
    "n[a]&&a<t.length-1&&": "n[a]&&a<t.length&&",
}


def known_terms(root: Path) -> tuple[Term, ...]:
    """The glossary's terms; none where it cannot be read: the builder has said so, and a server goes on."""
    try:
        return read_glossary(root).terms
    except CourseError:
        return ()


def finish_search(site: Path, terms: Iterable[Term]) -> None:
    """Rewrite both languages' indexes and workers below ``site``, which holds both languages.

    Raises ``CourseError`` if Material's worker is not the one that this module mends.
    """
    paths = {lang: site / folder / "search/search_index.json" for lang, folder in FOLDERS.items()}
    indexes = {lang: json.loads(path.read_text(encoding="utf-8")) for lang, path in paths.items()}
    pairs = introductions(indexes["zh"]["docs"], terms)
    titles = {lang: {d["location"]: d["title"] for d in index["docs"]} for lang, index in indexes.items()}
    for lang, other in (("zh", "en"), ("en", "zh")):
        docs = [slim(doc, titles[other], pairs) for doc in indexes[lang]["docs"]]
        text = json.dumps(indexes[lang] | {"docs": docs}, ensure_ascii=False, separators=(",", ":"))
        paths[lang].write_text(text, encoding="utf-8")
        mend_worker(site / FOLDERS[lang])


def mend_worker(site: Path) -> None:
    """Let the worker below ``site`` read every character of a Chinese query."""
    for path in site.glob("assets/javascripts/workers/search.*.min.js"):
        try:
            text = changed(path.read_text(encoding="utf-8"), WORKER)
        except LookupError as missing:
            wrong = missing.args[0]
            message = f"mkdocs-material's search worker no longer reads {wrong!r}: see WORKER, is it mended?"
            raise CourseError(Path("docs/builder/search.py"), 1, message) from None
        path.write_text(text, encoding="utf-8")


def introductions(docs: list[dict], terms: Iterable[Term]) -> dict[str, list[str]]:
    """For each page, the terms that the Chinese text introduces there: 学习率（learning rate）.

    Later chapters introduce some again; the first chapter that does so is where a reader should land.
    """
    by_name, chapters, found = {term.en.lower(): term for term in terms}, {}, {}
    for doc in docs:
        page, _, _ = doc["location"].partition("#")
        if OVERVIEW.fullmatch(page):
            continue
        text = TAG.sub("", doc["text"]).replace(SPLIT, "")
        for gloss in GLOSS.finditer(text):
            term = by_name.get(gloss[1].strip().lower())
            if term and text.endswith(term.zh, 0, gloss.start()):
                chapter = page.split("/")[1]
                if chapters.setdefault(term.en, chapter) == chapter:
                    found.setdefault(page, {})[f"{term.zh}（{term.en}）"] = None
    return {page: [*names] for page, names in found.items()}


def slim(doc: dict, titles: dict[str, str], pairs: dict[str, list[str]]) -> dict:
    """A section with names and messages in place of code and outputs; a page also with its other title and terms."""
    location, text = doc["location"], slim_text(doc["text"])
    if "#" not in location:
        other = [NEEDLESS.sub("", titles[location])] if location in titles else []
        text += "".join(f"<p>{words}</p>" for words in [*other, *pairs.get(location, [])])
    doc = doc | {"title": NEEDLESS.sub("", doc["title"]), "text": text}
    return doc | {"boost": OVERVIEW_BOOST} if OVERVIEW.fullmatch(location) else doc


def slim_text(text: str) -> str:
    """Prose as it is, then what is searchable in its code and outputs, once.

    A name of the code that the prose speaks of thus stands there twice, and ranks above one that is only used.
    """
    prose, found, seen = BLOCK.sub(" ", text), [], set()
    for block in BLOCK.findall(text):
        for item in searchable(html.unescape(block)):
            words = set(WORD.findall(item))
            if not words <= seen:
                seen |= words
                # an element of its own: a hit shows the elements in which something was found
                found.append(f"<code>{html.escape(item, quote=False)}</code>")
    return NEEDLESS.sub("", prose.strip() + "".join(found))


def searchable(block: str) -> list[str]:
    """What a reader may look for in a block: the names and Chinese words of code, the messages of an output.

    >>> searchable("optimizer.zero_grad(set_to_none=True)  # 清零")
    ['optimizer.zero_grad', 'set_to_none', '清零']
    >>> searchable("epoch  loss\\nstack expects each tensor to be equal size")
    ['stack expects each tensor to be equal size']
    """
    try:
        tree = ast.parse(block.replace(SPLIT, ""))
    except SyntaxError:
        return [line.strip() for line in block.splitlines() if MESSAGE.search(line)]
    names = dict.fromkeys(name for node in ast.walk(tree) for name in _names(node))
    return [name for name in names if not hasattr(builtins, name)] + CHINESE.findall(block)


def _names(node: ast.AST) -> list[str]:
    match node:
        case ast.Attribute():
            return [_dotted(node)]
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.alias(name=name):
            return [name]
        case ast.keyword(arg=str(name)) | ast.Call(func=ast.Name(id=name)):
            return [name]
    return []


def _dotted(node: ast.AST) -> str:
    """``nn.Linear`` as it stands; of ``loss(x).backward`` the last name alone."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=ast.Name() | ast.Attribute() as value, attr=name):
            return f"{_dotted(value)}.{name}"
        case ast.Attribute(attr=name):
            return name
    return ""
