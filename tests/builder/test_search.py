"""What the search index keeps, and the mending of Material's worker, on documents made by hand."""

import json

import pytest

from docs.builder.errors import CourseError
from docs.builder.glossary import Term
from docs.builder.search import WORKER, finish_search, introductions, searchable, slim_text

RATE, LOSS = Term("learning rate", "学习率", "", ""), Term("loss", "损失", "", "")


def doc(location: str, title: str, text: str) -> dict:
    return {"location": location, "title": title, "text": text}


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
        doc("lessons/ch02_b/three/", "", "学习率（Learning rate）、损失（loss）"),
    ]
    assert introductions(docs, [RATE, LOSS]) == {
        "lessons/ch01_a/one/": ["学习率（learning rate）"],
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
    index = json.loads((site / "en/search/search_index.json").read_text(encoding="utf-8"))
    lesson, glossary = index["docs"]
    assert lesson["text"] == "The rate.<p>下降</p><p>学习率（learning rate）</p>"
    assert "boost" not in lesson and glossary["boost"] < 1
    assert index["config"] == {"lang": ["zh"]}


def test_the_worker_is_mended_in_both_languages_and_a_strange_one_is_refused(site):
    finish_search(site, [])
    for folder in (".", "en"):
        path = site / folder / "assets/javascripts/workers/search.0.min.js"
        assert path.read_text() == " … ".join(WORKER.values())
    with pytest.raises(CourseError, match=r"docs/builder/search\.py:\d+: mkdocs-material's search worker"):
        finish_search(site, [])
