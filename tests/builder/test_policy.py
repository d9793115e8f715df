import re

import pytest

from docs.builder.policy import _class_name, _hash, protect, protected
from tests.project import contents

HEAD = '<!doctype html><head><meta charset="utf-8">'


def test_a_hash_is_that_of_the_standard_s_example():
    """https://www.w3.org/TR/CSP3/#unsafe-hashes-usage"""
    assert _hash("alert('Hello, world.');") == "'sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng='"


def test_each_script_in_the_page_has_its_hash_but_neither_files_nor_data():
    scripts = "<script>alert('Hello, world.');</script><script>alert('Hello, world.');</script><script src=a.js></script>"
    page = protected(f'{HEAD}{scripts}<script id="c" type="application/json">{{}}</script>')
    assert page.count("sha256-") == page.count("'sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng='") == 1
    assert page.index("Content-Security-Policy") < page.index("<script>")
    assert "script-src 'self' 'sha256-" in page and "style-src 'self' ;" in page


def test_different_scripts_have_their_hashes_side_by_side():
    page = protected(f"{HEAD}<script>a()</script><script>b()</script>")
    assert f"script-src 'self' {_hash('a()')} {_hash('b()')}; " in page


def test_the_policy_is_all_that_a_page_without_styles_gets_and_it_gets_it_once():
    body = '<p>a</p><!-- after <meta charset="utf-8"> -->'
    rules = re.fullmatch(
        re.escape(HEAD) + '<meta http-equiv="Content-Security-Policy" content="([^"]*)">(.*)',
        protected(HEAD + body),
    )
    assert rules and rules[2] == body
    assert rules[1].startswith("default-src 'none'; ")


def test_every_page_of_a_site_is_rewritten_and_no_other_file(tmp_path):
    page = f'{HEAD}<p style="--w:2">梯度</p>'
    for name in ("index.html", "en/lessons/index.html", "en/example.txt"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page, encoding="utf-8")
    protect(tmp_path)
    new = protected(page).encode()
    assert contents(tmp_path) == {
        "en/example.txt": page.encode(),
        "en/lessons/index.html": new,
        "index.html": new,
    }


def test_style_attributes_become_classes_with_the_same_declarations():
    body = '<p style="height:1em">a</p><b class="x" style="height:1em">c</b><img alt="d" style="--w:2"/>'
    page = protected(HEAD + body)
    one, two = (_class_name(style, {}) for style in ("height:1em", "--w:2"))
    assert f'<p class="{one}">a</p><b class="x {one}">c</b><img class="{two}" alt="d"/>' in page
    style = f".{one}:not(#_){{height:1em}}.{two}:not(#_){{--w:2}}"
    assert f">{style}</style>" in page and f"style-src 'self' {_hash(style)}" in page


def test_what_stands_in_a_style_attribute_as_an_entity_is_a_character_in_a_style_sheet():
    assert "{font-family:&quot;a&quot;}" not in (
        page := protected(f'{HEAD}<p style="font-family:&quot;a&quot;">')
    )
    assert '{font-family:"a"}' in page


def test_code_that_shows_a_style_attribute_stays():
    shown = '<code>&lt;p style="height:1em"&gt;</code>'
    assert shown in protected(HEAD + shown)


def test_two_styles_never_share_a_name():
    name = _class_name("a:b", {})
    assert re.fullmatch(r"s[a-z2-7]{5}", name)  # short, and one name where capitals do not count, too
    other = _class_name("a:b", {name: "c:d"})
    assert other != name and other.startswith(name)
    assert _class_name("a:b", {name: "a:b"}) == name


def test_a_page_without_a_head_is_an_error():
    with pytest.raises(ValueError, match='no <meta charset="utf-8"> in the page'):
        protected("<p>")
