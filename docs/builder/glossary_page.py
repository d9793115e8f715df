"""The glossary as a page: by the chapter that introduces a term, one anchor per term, the same in both languages."""

from itertools import groupby

from .glossary import Glossary, Term, term_id
from .read import Lesson

WORDS = {
    "zh": {
        "intro": "# 术语表 { #glossary }\n\n课程里的每个概念只用一个名字。这里按课程的顺序列出它们的中文、英文和一句话的意思，以及讲它的那一课。",
        "find": "查找术语",
        "others": "其他",
    },
    "en": {
        "intro": "# Glossary { #glossary }\n\nThe course uses one name for one thing. Here they are in the order of the course, in both languages, each with the lesson that explains it.",
        "find": "Find a term",
        "others": "Others",
    },
}


def render_glossary(
    glossary: Glossary, lang: str, introduced: dict[Term, Lesson], titles: dict[str, str]
) -> str:
    """A Markdown definition list for each chapter.

    ``introduced`` has the lesson of each term, in reading order; ``titles`` the titles of all pages, by name.
    """
    words = WORDS[lang]
    # without JavaScript the style sheet hides it
    field = f'<p class="term-filter"><label>{words["find"]} <input type="search" autocomplete="off"></label> <output></output></p>'
    chunks = [words["intro"], field]
    for chapter, terms in groupby(introduced, lambda term: introduced[term].path.parent.name):
        chunks.append(f"## {titles.get(f'{chapter}/index', chapter)} {{ #{chapter} }}")
        for term in terms:
            name = introduced[term].name
            chunks.append(_entry(term, lang, f"[{titles[name]}](lessons/{name}.md){{ .introduced }}"))
    if others := [term for term in glossary.terms if term not in introduced]:
        chunks.append(f"## {words['others']} {{ #others }}")
        chunks += [_entry(term, lang, "") for term in others]
    return "\n\n".join(chunks) + "\n"


def _entry(term: Term, lang: str, lesson: str) -> str:
    name, other, meaning = (
        (term.zh, term.en, term.meaning_zh) if lang == "zh" else (term.en, term.zh, term.meaning_en)
    )
    tongue, space = ("en", "") if lang == "zh" else ("zh", " ")  # the full stop 。 brings its own space
    return f'**{name}**{{ #{term_id(term)} }} <span lang="{tongue}">{other}</span>\n\n:   {meaning}{space}{lesson}'.rstrip()
