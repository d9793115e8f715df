"""The ZIP, made of a site written here by hand."""

import json
import re
import zlib
from pathlib import Path
from types import SimpleNamespace
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from docs.builder.errors import CourseErrors
from docs.builder.offline import NAME, pack_offline
from docs.builder.page_hooks import on_page_markdown

ROOT = Path(__file__).parents[2]

HOME = """<html><head><meta http-equiv="Content-Security-Policy" content="default-src 'self'"><link rel="canonical" href="https://example.org/primer/">
<link rel="alternate" hreflang="en" href="https://example.org/primer/en/">
<link rel="icon" href="assets/icon.png">
</head><body>
<a href="." class="logo">home</a> <a class="x" href="lessons/grad/">1</a> <a href="en/">English</a>
<a href="https://pytorch.org/docs/">torch</a> <a href="#top">top</a> <a href="downloads/grad.py">file</a>
<a href="mailto:me@example.com">mail</a> <a href="//pytorch.org/">torch</a> <a href="MAX/">max</a> <!-- no </head> -->
</body></html>
"""
LESSON = """<head></head><a href="../..">up</a> <a href="../../?a=1#top">top</a> <a href="./">here</a>
<a href="../../glossary/#%E6%A2%AF">term</a> <a href="../../en/lessons/grad">English</a>"""
PLACES = {"": "index.html", "#top": "index.html#top", "lessons/grad/": "lessons/grad/index.html"}
PLACES |= {"lessons/grad/#a-step": "lessons/grad/index.html#a-step"}


@pytest.fixture
def root(tmp_path) -> Path:
    index = json.dumps(
        {"config": {"lang": ["zh"]}, "docs": [{"location": x, "text": "梯度"} for x in PLACES]}
    )
    texts = {
        "index.html": HOME,
        "lessons/grad/index.html": LESSON,
        "en/lessons/grad/index.html": "<head></head>",
        "en/index.html": "<head></head>",
        "glossary/index.html": "<head></head>",
        "MAX/index.html": "<head></head>",
        "404.html": '<a href="/lessons/grad/">',
        "en/404.html": '<a href="/lessons/grad/">',
        "sitemap.xml": "<urlset/>",
        "assets/icon.png": "png",
        "assets/bundle.min.js.map": "{}",
        "downloads/grad.py": 'href="/"',
        "search/search_index.json": index,
        "en/search/search_index.json": index,
    }
    for name, text in texts.items():
        path = tmp_path / "site" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def unpacked(path: Path) -> dict[str, str]:
    with ZipFile(path) as archive:
        assert archive.testzip() is None
        return {
            name.removeprefix("torch-primer/"): archive.read(name).decode() for name in archive.namelist()
        }


def hrefs(html: str) -> list[str]:
    return re.findall(r'<a [^>]*href="([^"]*)"', html)


def test_links_to_folders_name_the_page_and_other_links_stay(root):
    files = unpacked(pack_offline(root))
    assert hrefs(files["index.html"]) == [
        "./index.html",
        "lessons/grad/index.html",
        "en/index.html",
        "https://pytorch.org/docs/",
        "#top",
        "downloads/grad.py",
        "mailto:me@example.com",
        "//pytorch.org/",
        "MAX/index.html",
    ]
    assert hrefs(files["lessons/grad/index.html"]) == [
        "../../index.html",
        "../../index.html?a=1#top",
        "./index.html",
        "../../glossary/index.html#%E6%A2%AF",
        "../../en/lessons/grad/index.html",
    ]
    assert files["downloads/grad.py"] == 'href="/"'


def test_only_what_opens_from_disk_is_packed(root):
    files = unpacked(pack_offline(root))
    assert not {"404.html", "en/404.html", "sitemap.xml", "assets/bundle.min.js.map"} & set(files)
    script = '<script src="iframe-worker/shim.js"></script>'
    head = f'<html><head><link rel="icon" href="assets/icon.png">\n{script}</head><body>'
    assert files["index.html"].startswith(head)  # no address of the published pages, no policy
    assert files["index.html"].count(script) == 1


def test_every_file_is_packed_at_the_highest_level_and_readable_by_all(root):
    text = " ".join(str(number**2) for number in range(5000)).encode()
    (root / "site/squares.txt").write_bytes(text)
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    with ZipFile(pack_offline(root)) as archive:
        packed = archive.getinfo("torch-primer/squares.txt").compress_size
        assert packed == len(deflate.compress(text) + deflate.flush())
        for entry in archive.infolist():
            assert entry.compress_type == ZIP_DEFLATED
            assert (entry.create_system, entry.external_attr >> 16) == (3, 0o644)  # Unix: rw-r--r--


@pytest.mark.parametrize("below", ["", "en/"])
def test_the_search_index_is_also_a_script_whose_locations_are_files(root, below):
    files = unpacked(pack_offline(root))
    script, data = (files[f"{below}search/search_index.{suffix}"] for suffix in ("js", "json"))
    assert script == f"var __index={data}"
    index = json.loads(data)
    assert [entry["location"] for entry in index["docs"]] == list(PLACES.values())
    assert index["config"] == {"lang": ["zh"]} and index["docs"][0]["text"] == "梯度"
    assert "梯度" in data and '": ' not in data and ", {" not in data  # a large file


def test_every_page_loads_the_worker_s_stand_in_from_the_zip_before_its_body(root):
    files = unpacked(pack_offline(root))
    assert "IFrameWorker" in files["iframe-worker/shim.js"]
    assert "Permission is hereby granted" in files["iframe-worker/LICENSE"]
    for page, up in {"index.html": "", "en/lessons/grad/index.html": "../../../"}.items():
        assert f'<script src="{up}iframe-worker/shim.js"></script></head>' in files[page]


def test_the_same_site_gives_the_same_bytes_whenever_it_was_built(root):
    first = pack_offline(root).read_bytes()
    for path in (root / "site").rglob("*"):
        path.touch()
    assert pack_offline(root).read_bytes() == first


@pytest.mark.parametrize("link", ["nowhere/", "/lessons/grad/", "../index.html"])
def test_a_link_that_leads_nowhere_is_named_and_the_old_zip_stays(root, link):
    old = pack_offline(root).read_bytes()
    page = root / "site/en/index.html"
    page.write_text(f'\n<head></head>\n<a href="{link}x">\n</a>\n', encoding="utf-8")
    with pytest.raises(
        CourseErrors, match=re.escape(f"site/en/index.html:3: the link '{link}x' leads to no file")
    ):
        pack_offline(root)
    assert (root / "torch-primer-offline.zip").read_bytes() == old


def test_where_a_site_is_published_the_zip_goes_with_it_and_not_into_the_next(root, monkeypatch):
    pack_offline(root)
    assert not (root / "site" / NAME).exists()
    monkeypatch.setenv("SITE_URL", "https://example.org/primer/")
    first = pack_offline(root).read_bytes()
    assert (root / "site" / NAME).read_bytes() == first == pack_offline(root).read_bytes()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_home_page_leads_to_the_zip_where_it_is_published(monkeypatch, lang):
    text = (ROOT / "docs" / lang / "index.md").read_text(encoding="utf-8")
    page = SimpleNamespace(file=SimpleNamespace(src_uri="index.md"))
    monkeypatch.delenv("SITE_URL", raising=False)
    here = on_page_markdown(text, page, config=None, files=None)
    assert [line for line in text.splitlines() if line not in here.splitlines()] == [
        line for line in text.splitlines() if NAME in line
    ]
    assert len(here.splitlines()) == len(text.splitlines()) - 1
    monkeypatch.setenv("SITE_URL", "https://example.org/primer/")
    published = on_page_markdown(text, page, config=None, files=None)
    assert published == text.replace(NAME, f"https://example.org/primer/{NAME}")
