"""What a newcomer reads: the guide is the same in both languages, forms speak both, licences are where they are named."""

import re
from pathlib import Path

import pytest
import yaml

from docs.builder.text import parts

ROOT = Path(__file__).parents[1]
GITHUB = ROOT / ".github"
ENGLISH, CHINESE = (
    (GITHUB / name).read_text(encoding="utf-8") for name in ("CONTRIBUTING.md", "CONTRIBUTING.zh.md")
)
FENCE = re.compile(r"(?ms)^```(\w+)\n(.*?)^```\n")
FORMS = sorted(GITHUB.glob("ISSUE_TEMPLATE/[0-9]*.yml"))
CHINESE_SIGN, LETTER = re.compile(r"[\u3400-\u9fff]"), re.compile(r"[A-Za-z]{3}")


def links(text: str) -> set[str]:
    found = re.findall(r"\]\(([^)\s]+)\)", FENCE.sub("", text))
    return {target for target in found if not target.startswith("CONTRIBUTING")}


def structure(text: str) -> list[str]:
    """What stands in the guide in which order: headings, blocks of code, the items of lists."""
    text = FENCE.sub(lambda block: f"{block[1]} block\n", text)
    found = re.findall(r"(?m)^(#+|-) |^(\w+ block)$", text)
    return [line or block for line, block in found]


def test_the_guide_is_built_alike_in_both_languages():
    assert structure(ENGLISH) == structure(CHINESE)
    assert structure(ENGLISH).count("##") >= 10


def test_the_guide_has_the_same_commands_code_and_links_in_both_languages():
    assert FENCE.findall(ENGLISH) == FENCE.findall(CHINESE)
    assert links(ENGLISH) == links(CHINESE)
    names = [{p.text for p in parts(FENCE.sub("", text)) if p.kind == "code"} for text in (ENGLISH, CHINESE)]
    assert names[0] == names[1]


@pytest.mark.parametrize("text", [ENGLISH, CHINESE], ids=["en", "zh"])
def test_the_guide_names_files_and_targets_that_are_there(text):
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"\bmake (\w+)", "".join(block for _, block in FENCE.findall(text))):
        assert re.search(rf"(?m)^{target}:", makefile), target
    for path in re.findall(r"`((?:docs|tests|lessons|\.github)/[\w./-]+)`", text):
        made_up = re.search(r"NN|/(?:test_)?(?:my_lesson|name)\.py", path)
        assert made_up or (ROOT / path).exists(), path
    for target in links(text):
        if not re.match(r"https:|/|\.\./ch|…", target):
            assert (GITHUB / target.split("#")[0]).exists(), target


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_a_form_speaks_both_languages(path):
    form = yaml.safe_load(path.read_text(encoding="utf-8"))
    said = [form["name"], form["description"]]
    for field in form["body"]:
        said += [field["attributes"][key] for key in ("label", "description") if key in field["attributes"]]
    for text in said:
        assert CHINESE_SIGN.search(text) and LETTER.search(text), text


def test_there_are_forms_for_a_wrong_result_an_unclear_passage_the_language_and_a_new_lesson():
    kinds = ["wrong-result", "unclear", "translation", "new-lesson", "fails"]
    assert [path.stem.split("-", 1)[1] for path in FORMS] == kinds


def test_the_licences_are_named_where_a_reader_looks_in_both_languages():
    assert "Permission is hereby granted" in (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert (
        (ROOT / "LICENSE-CONTENT")
        .read_text(encoding="utf-8")
        .startswith("Creative Commons Attribution 4.0 International Public License")
    )
    english, chinese = (ROOT / "README.md").read_text(encoding="utf-8").split("\n## 中文\n")
    for text in (english, chinese):
        assert re.findall(r"\]\((LICENSE[\w-]*|NOTICE\.md)\)", text) == [
            "LICENSE",
            "LICENSE-CONTENT",
            "NOTICE.md",
        ]
    for config in ("mkdocs.yml", "mkdocs.en.yml"):
        footer = re.search(r"(?m)^copyright: >-\n((?:  .*\n)+)", (ROOT / config).read_text(encoding="utf-8"))[
            1
        ]
        assert "MIT" in footer and "creativecommons.org/licenses/by/4.0/" in footer


def test_the_notice_names_every_folder_with_a_licence_of_its_own():
    notice = (ROOT / "NOTICE.md").read_text(encoding="utf-8")
    linked = re.findall(r"\]\(([\w./-]+)\)", notice)
    assert all((ROOT / target).is_file() for target in linked)
    for path in ROOT.glob("docs/[bt]*/**/LICENSE"):
        assert f"`{path.parent.relative_to(ROOT).as_posix()}`" in notice
