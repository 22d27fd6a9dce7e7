"""Sessions named by their place in the row: "our third session", "two conversations ago", "sessions 2 to 4"."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from app.domain.when.counts import count, ordinal
from app.domain.when.names import row
from app.domain.when.words import Line


@dataclass(frozen=True, slots=True)
class SessionRange:
    """first, last: ordinals of the user's sessions in time order, both included; 1 is the earliest, -1 the latest."""

    first: int
    last: int


class SessionMention(NamedTuple):
    """Words `start` to `end` of the line. latest: "our last chat", which beside content mostly means some earlier
    one."""

    start: int
    end: int
    sessions: SessionRange
    latest: bool = False


_NOUNS = row(
    "session sessions discussion discussions conversation conversations chat chats convo convos dialogue dialogues "
    "dialog dialogs"
)
_OUR_NOUNS = _NOUNS | row("talk talks meeting meetings call calls exchange exchanges interaction interactions")
_LAST = row("last latest previous past")
_TO = row("to through thru until till and - – —")
_WE_TALKED = row("talked spoke chatted met discussed conversed connected")


def find_sessions(line: Line) -> list[SessionMention]:
    """In order, non-overlapping; at each place the longest."""
    found: list[SessionMention] = []
    behind = 0
    for i in range(len(line.words)):
        if i < behind or line.at(i - 1) in {"my", "his", "her", "their", "a", "an", "'s"}:
            continue
        j = i + 1 if line.at(i) in {"the", "our"} else i
        j = j + 1 if line.at(j) == "very" else j
        readings = [reading for rule in _RULES if (reading := rule(line, j))]
        if readings:
            best = max(readings, key=lambda reading: reading.end)
            found.append(best._replace(start=i))
            behind = best.end
    return found


def _noun(line: Line, i: int) -> bool:
    """Whether the word is one for sessions of this very user, not for a session of yoga or a talk with a friend."""
    before = i
    while before and line.at(before) != "our" and i - before < 6:
        before -= 1
    ours = line.at(before) == "our"
    if line.at(i) not in (_OUR_NOUNS if ours else _NOUNS):
        return False
    return ours or line.at(i + 1) not in {"with", "of"}


def _mention(first: int, last: int, end: int, latest: bool = False) -> SessionMention:
    return SessionMention(0, end, SessionRange(min(first, last), max(first, last)), latest)


def _number(line: Line, i: int) -> tuple[int, int] | None:
    i = i + 1 if line.at(i) in {"#", "number", "no"} else i
    word = line.at(i)
    if word.isdecimal() and 0 < len(word) <= 4:
        return (int(word), i + 1) if int(word) else None
    counted = count(line, i)
    return (counted.low, counted.end) if counted and counted.certain and counted.low else None


def _numbered(line: Line, i: int) -> SessionMention | None:
    """Session 3, sessions 1 through 3."""
    known = line.at(i) in _NOUNS and _noun(line, i) and line.at(i + 1) not in {"a", "an"}
    first = _number(line, i + 1) if known else None
    if first is None:
        return None
    last = _number(line, first[1] + 1) if line.at(first[1]) in _TO else None
    return _mention(first[0], *last) if last else _mention(first[0], *first)


def _nth(line: Line, i: int) -> SessionMention | None:
    """The first session, the 1st through 3rd sessions, the second to last chat, the first time we talked."""
    first = ordinal(line, i)
    if first is None:
        return None
    number, j = first
    if _noun(line, j):
        return _mention(number, number, j + 1)
    if line.at(j) == "time" and (end := _we_talked(line, j + 1)):
        return _mention(number, number, end)
    spelled = "-" if line.at(j) == "-" else ""
    step = 2 if spelled else 1
    if line.at(j + step - 1) == "to" and line.at(j + 2 * step - 1) == "last" and _noun(line, j + 2 * step):
        return _mention(-number, -number, j + 2 * step + 1)
    last = ordinal(line, j + 1 if line.at(j + 1) != "the" else j + 2) if line.at(j) in _TO else None
    return _mention(number, last[0], last[1] + 1) if last and _noun(line, last[1]) else None


def _several(line: Line, i: int) -> SessionMention | None:
    """The first three sessions, our last two chats."""
    counted = count(line, i + 1)
    if counted is None or counted.low < 1 or not _noun(line, counted.end):
        return None
    if line.at(i) == "first":
        return _mention(1, counted.high, counted.end + 1)
    return _mention(-counted.high, -1, counted.end + 1) if line.at(i) in _LAST else None


def _latest(line: Line, i: int) -> SessionMention | None:
    """Our last session, the most recent conversation, last time."""
    j = i + 2 if line.starts(i, "most", "recent") else i + 1
    if j == i + 1 and line.at(i) not in _LAST:
        return None
    if _noun(line, j) and not line.at(j).endswith("s"):
        return _mention(-1, -1, j + 1, latest=True)
    if line.at(j) == "time" and line.at(i) == "last":
        return _mention(-1, -1, _we_talked(line, j + 1) or j + 1, latest=True)
    return None


def _ago(line: Line, i: int) -> SessionMention | None:
    """Two sessions ago: one ago is the latest."""
    counted = count(line, i)
    if counted is None or counted.low < 1 or not _noun(line, counted.end):
        return None
    return (
        _mention(-counted.high, -counted.low, counted.end + 2) if line.at(counted.end + 1) in {"ago", "back"} else None
    )


def _but_one(line: Line, i: int) -> SessionMention | None:
    """The session before last; not the last chat, but the one before; the penultimate session."""
    if line.at(i) == "penultimate" and _noun(line, i + 1):
        return _mention(-2, -2, i + 2)
    if _noun(line, i) or line.at(i) == "time":
        j = i + 3 if line.starts(i + 1, "before", "the") else i + 2
        if (
            line.at(i + 1) == "before"
            and line.at(j) in _LAST
            and (line.at(j + 1) == "one" or not line.at(j + 1).isalnum())
        ):
            return _mention(-2, -2, j + 2 if line.at(j + 1) == "one" else j + 1)
    if line.at(i) == "not":
        last = _latest(line, i + 2 if line.at(i + 1) in {"the", "our"} else i + 1)
        j = last.end if last else 0
        j = j + 1 if line.at(j) == "," else j
        if last and line.starts(j, "but", "the", "one", "before"):
            return _mention(-2, -2, j + 5 if line.at(j + 4) in {"that", "it", "this"} else j + 4)
    return None


def _we_talked(line: Line, i: int) -> int | None:
    """Index behind "[that] we talked"."""
    i = i + 1 if line.at(i) == "that" else i
    return i + 2 if line.at(i) == "we" and line.at(i + 1) in _WE_TALKED else None


_RULES: tuple[Callable[[Line, int], SessionMention | None], ...] = (
    _numbered,
    _nth,
    _several,
    _latest,
    _ago,
    _but_one,
)
