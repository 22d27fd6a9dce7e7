"""The words that tell a note from others, found by counting: for when nobody says which they are."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

MOST_KEYWORDS = 6

_WORD = re.compile(r"\w+(?:['’-]\w+)*")
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u30ff\u3400-\u9fff\uf900-\ufaff]")
"""Letters of scripts that put no spaces between words."""

_EMPTY = frozenset(
    re.findall(
        r"[\w']+",
        "a about above after again ago all also am an and any are as at be because been before being below "
        "between both but by can could did do does doing done down during each few for from further get gets "
        "getting go goes going gone got had has have having he her here hers herself him himself his how i if "
        "in into is it its itself just know last let like lot made make makes many may maybe me might more "
        "most much must my myself next no nor not now of off on once one only or other our ours out over own "
        "please really said same say says she should so some such take than that the their theirs them then "
        "there these they thing things this those though through to today told tomorrow too under until up us "
        "very was way we well went were what when where which while who whom why will with would yes "
        "yesterday yet you your yours "
        "i'm i've i'd i'll it's that's there's don't didn't doesn't isn't wasn't can't",
    )
)


def keywords_of(content: str, others: Sequence[str] = (), limit: int = MOST_KEYWORDS) -> tuple[str, ...]:
    """As they are spelt where they come first, the most telling first. A word tells more the more often it is said
    here, and names and numbers tell more than other words; what `others`, texts of the same kind, also say tells less.
    Of scripts without spaces whole runs are taken, as long as they are short."""
    said: dict[str, list[str]] = {}
    begins: set[str] = set()
    for sentence in re.split(r"[.!?。！？\n]+", content):
        for number, match in enumerate(_WORD.finditer(sentence)):
            word = match[0]
            key = _key(word)
            if _tells(word, key):
                said.setdefault(key, []).append(re.sub(r"['’]s$", "", word))
                if number == 0:
                    begins.add(key)
    common = [{_key(match[0]) for match in _WORD.finditer(other)} for other in others]
    place = {key: number for number, key in enumerate(said)}

    def weight(key: str) -> float:
        words = said[key]
        named = any(word[0].isupper() for word in words) and (len(words) > 1 or key not in begins)
        known = sum(key in other for other in common)
        return len(words) * (1.5 if named or words[0][0].isdigit() else 1.0) / (1 + known)

    return tuple(said[key][0] for key in sorted(said, key=lambda key: (-weight(key), place[key]))[:limit])


def _key(word: str) -> str:
    folded = unicodedata.normalize("NFKC", word).casefold().replace("’", "'")
    return folded.removesuffix("'s")


def _tells(word: str, key: str) -> bool:
    if _UNSPACED.search(word):
        return 2 <= len(word) <= 12
    return len(key) > 2 and key not in _EMPTY


def phrases_of(text: str, most: int = 300) -> list[str]:
    """Runs of one to three words in which a name may stand, each once."""
    found: dict[str, None] = {}
    words = [match[0] for match in _WORD.finditer(text)]
    for length in (1, 2, 3):
        for start in range(len(words) - length + 1):
            if length > 1 or _tells(words[start], _key(words[start])):
                found[" ".join(words[start : start + length])] = None
    return list(found)[:most]
