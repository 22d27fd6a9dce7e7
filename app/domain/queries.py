"""What to search for, given how a question is put and who speaks in the memory."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from app.domain.episode import Role

_WORD = re.compile(r"\w+")

# Words that say nothing of what is asked for.
_EMPTY = frozenset(
    _WORD.findall(
        "a about all an and any are as at be been by can could did do does for from had has have how i in is it know "
        "me my of on or say said says tell that the their them they this to was we were what when where which who "
        "whom whose why will with would you your"
    )
)
# In a question to a memory "I" is its user, and "you" whoever answered before, if something is said that they did.
_I = re.compile(r"\b(?:i|me|my|mine|myself|we|us|our|ours)\b", re.IGNORECASE)
_YOU = re.compile(
    r"\b(?:did you|you(?: had|['’]d)?(?: also| previously| once)? (?:said|told|gave|wrote|made|chose|\w+ed))\b",
    re.IGNORECASE,
)
_ROLES = frozenset(role.value for role in Role)
_TITLES = frozenset(("dr", "miss", "mr", "mrs", "ms", "prof", "sir"))


@dataclass(frozen=True, slots=True)
class SearchText:
    """`dense`: to be embedded; `keyword`: for BM25. `named`: the speakers whom the query names, as given, and the
    roles it means by "I" or "you", for turns whose speaker has no name."""

    dense: str
    keyword: str
    named: frozenset[str]


def search_text(query: str, speakers: Collection[str]) -> SearchText:
    """Take the speakers' names out of what is embedded. A name tells who spoke or was spoken to, which turns seldom
    repeat; in a sentence embedding it outweighs the rest of a short question. Where little else is left, it stays.

    `speakers`: the names of those who speak in this memory; roles such as "user" are not names.
    """
    roles = _roles(query)
    forms = {form for speaker in speakers for form in _forms(speaker)}
    alternatives = "|".join(re.escape(form) for form in sorted(forms, key=len, reverse=True))
    pattern = re.compile(rf"(?<!\w)({alternatives})(?!\w)(?:['’]s?(?!\w))?", re.IGNORECASE)
    present = {match[1].casefold() for match in pattern.finditer(query)} if forms else set()
    if not present:
        return SearchText(query, query, roles)
    named = {speaker for speaker in speakers if not present.isdisjoint(_forms(speaker))}
    rest = " ".join(pattern.sub(" ", query).split())
    telling = [word for word in _WORD.findall(rest.casefold()) if word not in _EMPTY]
    return SearchText(rest if len(telling) >= 2 else query, query, roles | named)


def _roles(query: str) -> frozenset[str]:
    if _YOU.search(query):
        return frozenset((Role.ASSISTANT.value,))
    return frozenset((Role.USER.value,)) if _I.search(query) else frozenset()


def _forms(speaker: str) -> set[str]:
    """The ways in which a query may name them: in full, or by one part of the name."""
    full = " ".join(speaker.casefold().split())
    parts = {part for part in full.split() if len(part) > 2 and part.strip(".") not in _TITLES}
    return {full, *parts} - {"", *_ROLES}
