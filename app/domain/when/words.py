"""A text as the row of words and marks that the grammar reads."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, tzinfo

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
      [^\W\d_]\w*
    | (?<=\w)'(?:s|t|re|ve|ll|d|m|clock|S|T|RE|VE|LL|D|M)\b
    | '\d0s\b
    | \d{4}-\d{1,2}-\d{1,2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:Z|[+-]\d{2}:?\d{2})?)?(?![\w-])
    | \d{1,4}/\d{1,2}/\d{1,4}(?![\w/])
    | \d{1,2}\.\d{1,2}\.\d{4}(?![\w.]\d)
    | \d{1,2}:\d{2}(?::\d{2})?(?:[ap]m|[AP]M)?(?![\w:])
    | \d+(?:\.\d+)+\w*
    | \d{1,3}(?:,\d{3})+(?!\d)
    | \d\w*
    | \S
    """,
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Line:
    """words: the words, numbers and marks of the text, in lower case. spans: their code point offsets. now: the
    reference on its own wall clock, naive. zone: whose wall clock that is."""

    text: str
    words: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]
    now: datetime
    zone: tzinfo

    def at(self, i: int) -> str:
        """The word there, or "" beyond either end."""
        return self.words[i] if 0 <= i < len(self.words) else ""

    def capital(self, i: int) -> bool:
        return i < len(self.spans) and self.text[self.spans[i][0]].isupper()

    def starts(self, i: int, *words: str) -> bool:
        return self.words[i : i + len(words)] == words


def may_hold_time(text: str) -> bool:
    """False only where there is no time expression; cheap."""
    return any(found in _ANCHORS or found.isdecimal() for found in _LOOK.findall(text.lower()))


def refuse_naive(reference: datetime) -> tzinfo:
    """Its time zone. Raises ValueError where it has none."""
    if reference.tzinfo is None or reference.utcoffset() is None:
        raise ValueError("naive reference: give an offset")
    return reference.tzinfo


def read(text: str, reference: datetime) -> Line:
    """Raises ValueError for a naive reference."""
    zone = refuse_naive(reference)
    spans = tuple(found.span() for found in _WORDS.finditer(text.replace("’", "'")))
    words = tuple(text[start:end].lower().replace("’", "'") for start, end in spans)
    return Line(text, words, spans, reference.replace(tzinfo=None), zone)
