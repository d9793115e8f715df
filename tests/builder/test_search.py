"""What the search index keeps, and the mending of Material's worker, on documents made by hand."""

import json
import re

import pytest

from docs.builder.errors import CourseError
from docs.builder.glossary import Term
from docs.builder.search import WORKER, finish_search, introductions, known_terms, searchable, slim, slim_text

RATE, LOSS = Term("learning rate", "学习率", "", ""), Term("loss", "损失", "", "")


def doc(location: str, title: str, text: str) -> dict:
    return {"location": location, "title": title, "text": text}


def test_the_terms_are_the_glossary_s_and_none_where_it_cannot_be_read(tiny):
    assert [term.en for term in known_terms(tiny)] == ["learning rate", "loss"]
    (tiny / "docs/glossary.yml").write_text("terms: [", encoding="utf-8")
    assert known_terms(tiny) == ()


def test_code_leaves_its_names_once_and_its_chinese_words():
    code = (
        "def descend(lr):\n    # 学习率 too large diverges\n"
        "    optimizer = torch.optim.SGD(p, lr=lr, momentum=0.9)\n"
        "    loss(p).backward(retain_graph=True)\n    print(0.123, optimizer.step(), len(p))"
    )
    names = {"descend", "torch.optim.SGD", "momentum", "backward", "retain_graph", "optimizer.step", "学习率"}
    assert names <= set(searchable(code))
    assert not {"print", "len", "diverges", "0.123"} & set(searchable(code))
    text = f"<p>Call <code>step</code>.</p><pre><code>{code}</code></pre><pre><code>{code}</code></pre>"
    slimmed = slim_text(text)
    assert slimmed.startswith("<p>Call <code>step</code>.</p><code>")
    assert slimmed.count("step") == 2  # spoken of and used: it ranks above a name that is only used
    assert slimmed.count("torch.optim.SGD") == slimmed.count("学习率") == 1
    assert "<pre>" not in slimmed and "diverges" not in slimmed


def test_an_output_leaves_its_messages_and_no_numbers():
    output = "epoch   1  loss 0.693\nview size is not compatible with input &lt;x&gt;"
    slimmed = slim_text(f"<pre><code>{output}</code></pre>")
    assert slimmed == "<code>view size is not compatible with input &lt;x&gt;</code>"


def test_what_was_found_stands_once_and_apart():
    code = "<pre><code>step(); stop()</code></pre>"
    assert slim_text(code * 2) == "<code>step</code><code>stop</code>"
    assert slim_text("<pre><code>step()</code></pre>" * 2) == "<code>step</code>"
    quoted = 'can\'t view "x" as a tensor of size 2'
    assert slim_text(f"<pre><code>{quoted}</code></pre>") == f"<code>{quoted}</code>"


def test_a_chinese_name_of_the_code_is_found():
    assert searchable("train(\u200b轮数\u200b=3)")[:2] == ["train", "轮数"]


def test_only_a_page_s_first_section_gets_its_other_title_and_terms():
    titles, pairs = {"a/": "\u200b下降\u200b", "a/#b": "下"}, {"a/": ["学习率（learning rate）"]}
    assert slim(doc("a/", "\u200b梯度\u200b", "x"), titles, pairs) == doc(
        "a/", "梯度", "x<p>下降</p><p>学习率（learning rate）</p>"
    )
    assert slim(doc("a/#b", "B", "x"), titles, pairs) == doc("a/#b", "B", "x")
    assert slim(doc("c/", "C", "x"), titles, pairs) == doc(
        "c/", "C", "x"
    )  # the other language has no such page


def test_the_marks_between_chinese_words_stay_where_a_reader_needs_them():
    assert slim_text("<p>\u200b训练\u200b网络\u200b，\u200b用\u200bAdam\u200b</p>") == (
        "<p>训练\u200b网络，用\u200bAdam\u200b</p>".replace("Adam\u200b<", "Adam<")
    )


def test_a_term_belongs_to_the_first_chapter_that_introduces_it():
    docs = [
        doc("glossary/", "", "学习率（learning rate）"),
        doc("lessons/ch01_a/", "", "损失（loss）"),  # a chapter's page teaches nothing
        doc("lessons/ch01_a/one/#x", "", "<p>\u200b学习\u200b率\u200b（learning rate，常写成 lr）</p>"),
        doc("lessons/ch01_a/two/", "", "率（learning rate）与损失（the loss）"),
        doc("lessons/ch01_a/again/", "", "学习率（learning rate）"),
        doc("lessons/ch02_b/three/", "", "学习率（Learning rate）、<strong>损失</strong>（loss）"),
    ]
    assert introductions(docs, [RATE, LOSS]) == {
        "lessons/ch01_a/one/": ["学习率（learning rate）"],
        "lessons/ch01_a/again/": ["学习率（learning rate）"],
        "lessons/ch02_b/three/": ["损失（loss）"],
    }


@pytest.fixture
def site(tmp_path):
    """A site of one lesson and the glossary in both languages."""
    worker = " … ".join(WORKER)
    for folder, title, text in ((".", "下降", "学习率（learning rate）"), ("en", "Descent", "The rate.")):
        docs = [doc("lessons/ch01_a/one/", title, text), doc("glossary/", title, "")]
        (tmp_path / folder / "search").mkdir(parents=True)
        index = json.dumps({"config": {"lang": ["zh"]}, "docs": docs})
        (tmp_path / folder / "search/search_index.json").write_text(index)
        (tmp_path / folder / "assets/javascripts/workers").mkdir(parents=True)
        (tmp_path / folder / "assets/javascripts/workers/search.0.min.js").write_text(worker)
    return tmp_path


def test_a_page_is_found_by_its_title_and_its_terms_in_both_languages(site):
    finish_search(site, [RATE])
    text = (site / "en/search/search_index.json").read_text(encoding="utf-8")
    assert "下降" in text and '": ' not in text and ", {" not in text  # every visitor who searches loads it
    index = json.loads(text)
    lesson, glossary = index["docs"]
    assert lesson["text"] == "The rate.<p>下降</p><p>学习率（learning rate）</p>"
    assert "boost" not in lesson and glossary["boost"] < 1
    assert index["config"] == {"lang": ["zh"]}


def test_the_worker_is_mended_in_both_languages_and_a_strange_one_is_refused(site):
    finish_search(site, [])
    for folder in (".", "en"):
        path = site / folder / "assets/javascripts/workers/search.0.min.js"
        assert path.read_text() == " … ".join(WORKER.values())
    first = re.escape(repr(next(iter(WORKER))))
    with pytest.raises(CourseError, match=rf"docs/builder/search\.py:1: .* worker no longer reads {first}"):
        finish_search(site, [])
