"""A text as the row of words and marks that the grammar reads."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import NamedTuple

from app.domain.when.names import DAY_PARTS, HOLIDAYS, MONTHS, SEASONS, UNIT_WORDS, WEEKDAYS

_ANCHORS = frozenset(
    {*MONTHS, *WEEKDAYS, *SEASONS, *UNIT_WORDS, *DAY_PARTS}
    | {name for name in HOLIDAYS if name not in {"new", "good", "st"}}
    | {"year", "friday", "today", "yesterday", "tomorrow", "tonight", "recently", "lately", "ago", "nineties"}
    | {"eighties", "seventies", "sixties", "fifties", "forties", "thirties", "twenties", "nye"}
    | {"weekends", "nights", "mondays", "tuesdays", "wednesdays", "thursdays", "fridays", "saturdays", "sundays"}
    | {"springs", "summers", "autumns", "falls", "winters", "new"}
)
"""No expression of the grammar is without one of these or a digit."""

_LOOK = re.compile(r"[a-z]+|\d", re.IGNORECASE)
_WORDS = re.compile(
    r"""
      \d{4}-\d{1,2}-\d{1,2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:Z|[+-]\d{2}:?\d{2})?)?(?![\w-])
    | \d{1,4}/\d{1,2}/\d{1,4}(?![\w/])
    | \d{1,2}\.\d{1,2}\.\d{4}(?![\w.]\d)
    | \d{1,2}:\d{2}(?::\d{2})?(?:am|pm)?(?![\w:])
    | \d+(?:\.\d+)+\w*
    | \d{1,3}(?:,\d{3})+(?!\d)
    | (?<=\w)['’](?:s|t|re|ve|ll|d|m|clock)\b
    | ['’]\d0s\b
    | (?:[^\W_]|(?<=\w)_)+
    | \S
    """,
    re.VERBOSE | re.IGNORECASE,
)


class Word(NamedTuple):
    """A word, number or mark. word: lower case, with straight apostrophes. end: code point offset, exclusive."""

    word: str
    start: int
    end: int
    capital: bool


NOTHING = Word("", 0, 0, False)


@dataclass(frozen=True, slots=True)
class Line:
    """words: those of the text. now: the reference on its own wall clock, naive. zone: whose wall clock that is."""

    words: tuple[Word, ...]
    now: datetime
    zone: tzinfo

    def at(self, i: int) -> str:
        """The word there, or "" beyond either end."""
        return self.words[i].word if 0 <= i < len(self.words) else ""

    def word(self, i: int) -> Word:
        return self.words[i] if 0 <= i < len(self.words) else NOTHING

    def starts(self, i: int, *words: str) -> bool:
        return all(self.at(i + n) == word for n, word in enumerate(words))


def may_hold_time(text: str) -> bool:
    """False only where there is no time expression; cheap."""
    return any(found in _ANCHORS or found.isdecimal() for found in _LOOK.findall(text.lower()))


def read(text: str) -> tuple[Word, ...]:
    return tuple(
        Word(found.group().lower().replace("’", "'"), found.start(), found.end(), found.group()[0].isupper())
        for found in _WORDS.finditer(text)
    )
