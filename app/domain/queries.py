"""What to search for, given how a question is put and who speaks in the memory."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

_WORD = re.compile(r"\w+")

# Words that say nothing of what is asked for.
_EMPTY = frozenset(
    _WORD.findall(
        "a about all an and any are as at be been by can could did do does for from had has have how i in is it know "
        "me my of on or say said says tell that the their them they this to was we were what when where which who "
        "whom whose why will with would you your"
    )
)
_TITLES = frozenset(("dr", "miss", "mr", "mrs", "ms", "prof", "sir"))


@dataclass(frozen=True, slots=True)
class SearchText:
    """`dense`: to be embedded; `keyword`: for BM25. `named`: the speakers whom the query names, as given."""

    dense: str
    keyword: str
    named: frozenset[str]


def search_text(query: str, speakers: Collection[str]) -> SearchText:
    """Take the speakers' names out of what is embedded. A name tells who spoke or was spoken to, which turns seldom
    repeat; in a sentence embedding it outweighs the rest of a short question. Where little else is left, it stays.

    `speakers`: the names of those who speak in this memory; roles such as "user" are not names.
    """
    forms = {form: speaker for speaker in speakers for form in _forms(speaker)}
    if not forms:
        return SearchText(query, query, frozenset())
    alternatives = "|".join(re.escape(form) for form in sorted(forms, key=len, reverse=True))
    pattern = re.compile(rf"(?<!\w)(?:{alternatives})(?!\w)(?:['’]s?(?!\w))?", re.IGNORECASE)
    present = {match[0].casefold() for match in pattern.finditer(query)}
    named = frozenset(speaker for speaker in speakers if any(_names(form, present) for form in _forms(speaker)))
    if not named:
        return SearchText(query, query, frozenset())
    rest = " ".join(pattern.sub(" ", query).split())
    content = [word for word in _WORD.findall(rest.casefold()) if word not in _EMPTY]
    return SearchText(rest if len(content) >= 2 else query, query, named)


def _forms(speaker: str) -> set[str]:
    """The ways in which a query may name them: in full, or by one part of the name."""
    full = " ".join(speaker.casefold().split())
    parts = {part for part in full.split() if len(part) > 2 and part.strip(".") not in _TITLES}
    return {full, *parts} - {""}


def _names(form: str, present: set[str]) -> bool:
    return any(found == form or (found.startswith(form) and found[len(form)] in "'’") for found in present)
