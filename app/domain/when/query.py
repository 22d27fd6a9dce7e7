"""What a search query says about when the conversation was that it looks for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.domain.time import Interval, Precision, utc
from app.domain.when.find import find_times
from app.domain.when.mention import Relation, TimeMention
from app.domain.when.names import row
from app.domain.when.sessions import SessionMention, SessionRange, find_sessions
from app.domain.when.spans import DAY
from app.domain.when.words import Line, read


@dataclass(frozen=True, slots=True)
class QueryTime:
    """text: the words that say when. strict: the query asks about that time itself ("what did we talk about last
    Tuesday?"); otherwise it is a hint beside content. ranges: what they mean; an episode in any of them fits."""

    text: str
    strict: bool
    ranges: tuple[Interval | SessionRange, ...]


_LATELY = row("recently lately")
"""Beside content these mean little more than that it happened."""

SESSION_GAP = timedelta(minutes=30)
"""What is "earlier" is no part of the session in progress; half an hour of silence is taken to end one."""

_DAYS_AGO = (" day ago", " days ago", " days back")
"""Counted in midnights or in whole days elapsed, so the search takes in both."""

_TALK = row(
    "talk talked talking discuss discussed discussing chat chatted chatting speak spoke spoken say said tell told "
    "mention mentioned converse conversed cover covered message messages messaged conversation conversations "
    "discussion discussions session sessions chats summarize summarise summary recap overview"
)
_PLAIN = _TALK | row(
    "what which that this it there and or of in on at to from for over across through throughout during with about "
    "the a an all any some we us our you your i me my did do does was were is are had have has been be can could "
    "would will please just again back up so ok okay hey hi give list show find get recall remember remind review "
    "go went happen happened sort sorts kind kinds type types thing things topic topics subject subjects stuff "
    "everything anything main key important exact exactly details detail one not but before time like know want "
    "need see quick short brief bring brought come came 's 'd 'm 're 've"
)
_AUXILIARIES = row("did do does was were is are am will would has have had should can could 's 'd")
_TIME_NOUNS = row("date day weekday month year season century decade")
_SPANS = row("days weeks months years hours minutes")
_APART = row("ago before after passed elapsed since until between had have has")
_YEAR = re.compile(r"\b(?:1[89]|20|21)\d\d\b")
_SAID = row("mentioned discussed said described noted stated shared told talked reported stated expressed")
_RECORDS = row("conversation conversations chat chats discussion discussions session sessions talk message messages")


def understand(query: str, reference: datetime) -> QueryTime | None:
    """None where the query says nothing about when, or asks when. reference: aware, the moment of asking. Raises
    ValueError for a naive one."""
    line = read(query, reference)
    try:
        return _understood(query, line, reference)
    except OverflowError:  # beyond the years that a datetime can hold
        return None


def _understood(query: str, line: Line, reference: datetime) -> QueryTime | None:
    now = utc(reference)
    sessions = find_sessions(line)
    times = [time for time in find_times(query, reference) if time.relation is not Relation.FOR]
    times = [time for time in times if not any(_overlap(line, time, session) for session in sessions)]
    told = [time for time in times if _told_then(line, time)]
    if _asks_when(line) and not told:
        return None
    times = _leading(told or times)
    alone = _about_time_only(line, times, sessions)
    strict = alone and all(time.certain for time in times)
    if not alone:
        times = [time for time in times if time.text.lower() not in _LATELY]
        sessions = [session for session in sessions if not session.latest]
    found: list[tuple[int, str, Interval | SessionRange]] = [
        (time.start, time.text, interval) for time in times if (interval := _past(time, now))
    ]
    for session in sessions:
        start, end = line.spans[session.start][0], line.spans[session.end - 1][1]
        found.append((start, query[start:end], session.sessions))
    if not found:
        return None
    found.sort(key=lambda one: one[0])
    return QueryTime(", ".join(text for _, text, _ in found), strict, tuple(where for _, _, where in found))


def _leading(times: list[TimeMention]) -> list[TimeMention]:
    """Those that the others are relative to: a dated one before "last weekend", a certain one before "recently"."""
    times = [time for time in times if time.certain or time.precision is not Precision.DAY or _is_long(time)]
    times = [time for time in times if _YEAR.search(time.text)] or times
    return [time for time in times if time.certain] or times


def _is_long(time: TimeMention) -> bool:
    """Not a mere hour of some day."""
    start, end = time.interval.start, time.interval.end
    return start is None or end is None or end - start >= DAY


def _past(time: TimeMention, now: datetime) -> Interval | None:
    """The interval as a place to look in; what is still to come has no sessions yet."""
    interval = time.interval
    if interval.start is not None and interval.start >= now:
        return None
    if time.text.endswith(_DAYS_AGO) and interval.start is not None:
        since_midnight = now - interval.start - (now - interval.start) // DAY * DAY
        return Interval(interval.start - (DAY - since_midnight), interval.end)
    if time.text.lower().startswith("earlier") and interval.start is not None:
        return Interval(interval.start, max(interval.start, now - SESSION_GAP))
    return interval


def _overlap(line: Line, time: TimeMention, session: SessionMention) -> bool:
    return time.start < line.spans[session.end - 1][1] and line.spans[session.start][0] < time.end


def _asks_when(line: Line) -> bool:
    """When did …, what year was …, how long ago …, how many days passed …, tell me when …"""
    for i, word in enumerate(line.words):
        after = line.at(i + 1)
        if word == "when" and (after in _AUXILIARIES or line.at(i - 1) in {"me", "know", "remember", "since"}):
            return True
        if word in {"what", "which"} and after in _TIME_NOUNS:
            return True
        if line.starts(i, "how", "long") and line.at(i + 2) in _APART:
            return True
        if line.starts(i, "how", "many") and line.at(i + 2) in _SPANS and line.at(i + 3) in _APART:
            return True
    return False


def _told_then(line: Line, time: TimeMention) -> bool:
    """Whether it is the time of the conversation: as mentioned on …, according to the conversation on …"""
    first = next((i for i, (start, _) in enumerate(line.spans) if start >= time.start), 0)
    before = line.at(first - 1)
    return before in _RECORDS or (before in _SAID and line.at(first - 2) in {"as", "was", "were", "been", "is"})


def _about_time_only(line: Line, times: list[TimeMention], sessions: list[SessionMention]) -> bool:
    """Whether nothing but a request for what was said is left beside the time; names of those who said it aside."""
    covered = [(time.start, time.end) for time in times]
    covered += [(line.spans[one.start][0], line.spans[one.end - 1][1]) for one in sessions]
    talk, asked = bool(sessions), False
    for i, (word, (start, _)) in enumerate(zip(line.words, line.spans, strict=True)):
        if any(begin <= start < finish for begin, finish in covered) or not word[-1].isalnum():
            continue
        asked = True
        if word in _PLAIN:
            talk = talk or word in _TALK
        elif talk or not line.capital(i) or i == 0:
            return False
    return bool(covered) and (talk or not asked)
