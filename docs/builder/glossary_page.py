"""The glossary as a page, one anchor per term, the same in both languages."""

import re

from .glossary import Glossary, Term

INTRO = {
    "zh": "# 术语表 { #glossary }\n\n课程里的每个概念只用一个名字。这里按出现的先后列出它们的中文、英文和一句话的意思。",
    "en": "# Glossary { #glossary }\n\nThe course uses one name for one thing. Here they are in order of appearance, in both languages.",
}


def term_id(term: Term) -> str:
    return re.sub(r"[^a-z0-9]+", "-", term.en.lower()).strip("-")


def render_glossary(glossary: Glossary, lang: str) -> str:
    """A Markdown definition list of all terms."""
    entries = []
    for term in glossary.terms:
        name, other, meaning = (
            (term.zh, term.en, term.meaning_zh) if lang == "zh" else (term.en, term.zh, term.meaning_en)
        )
        entries.append(f"**{name}**{{ #{term_id(term)} }} {other}\n\n:   {meaning}")
    return "\n\n".join([INTRO[lang], *entries]) + "\n"
