"""Whether the words around a time speak of what was or of what will be."""

from __future__ import annotations

from enum import Enum

from app.domain.when.names import row
from app.domain.when.words import Line

_REACH = 12
"""Words looked at on either side."""

_STOPS = frozenset(".!?;")
_TO_COME = row(
    "will 'll gonna going shall upcoming planning plan plans hoping hope forward wait soon "
    "tomorrow need needs must should want wants intend intends scheduled expecting expect booked"
)
_PRESENT = row("am 'm is are 're 's")
_GONE = row(
    "was were did didn had hadn been ate became began bought broke brought built came caught chose drank drew drove "
    "fell felt flew forgot found gave got grew heard held hit hurt kept knew learnt left lost made met moved paid ran "
    "read rode rose said sang saw sent slept sold spent spoke started stood swam taught thought threw told took went "
    "won woke wore wrote ago"
)
_PERFECT = row("have 've has been haven hasn")


class Tense(Enum):
    PAST = "past"
    FUTURE = "future"
    PRESENT = "present"
    UNKNOWN = "unknown"


def tense(line: Line, start: int, end: int) -> Tense:
    """Of the sentence that holds words `start` to `end`; the nearest telling word before it decides, else the nearest
    after it."""
    weak = Tense.UNKNOWN
    for i in range(start - 1, max(-1, start - 1 - _REACH), -1):
        word = line.at(i)
        if word in _STOPS:
            break
        found = _tells(line, i)
        if found is not None and found is not Tense.PRESENT:
            return found
        weak = found or weak
    for i in range(end, min(len(line.words), end + _REACH)):
        if line.at(i) in _STOPS:
            break
        found = _tells(line, i)
        if found is not None and found is not Tense.PRESENT:
            return found
        weak = found or weak
    return weak


def _tells(line: Line, i: int) -> Tense | None:
    word = line.at(i)
    if word in _TO_COME or (word == "won" and line.at(i + 1) == "'t"):
        return Tense.PAST if line.at(i - 1) in {"was", "were"} else Tense.FUTURE
    if word in _GONE or (len(word) > 4 and word.endswith("ed") and line.at(i - 1) not in {"be", "get"}):
        return Tense.PAST
    return Tense.PRESENT if word in _PRESENT else None


def lasts(line: Line, start: int) -> bool:
    """Whether a duration that begins at the word `start` reaches the present: "I have lived here for two years", or
    nothing before it in its sentence."""
    empty = True
    for i in range(start - 1, max(-1, start - 1 - _REACH), -1):
        word = line.at(i)
        if word in _STOPS:
            break
        if word in _PERFECT:
            return True
        if word.isalnum():
            empty = False
    return empty
