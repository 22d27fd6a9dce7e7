"""When what is said holds: from the words for it, by our own grammar. A model computes no dates."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from app.domain.fact import Polarity
from app.domain.own_words import HIDDEN, find_quote
from app.domain.time import Interval, Precision
from app.domain.when import Relation, TimeMention, find_times

Validity = tuple[Interval | None, Precision | None]

NOTHING_SAID: Validity = (None, None)


class Aspect(StrEnum):
    """How what is said lies in time."""

    STATE = "state"
    """It began and goes on."""
    EVENT = "event"
    """It took place."""
    PAST = "past"
    """It was so and is over."""
    FUTURE = "future"
    """It is to come."""


def dated(
    words: str, span: tuple[int, int], said: str, aspect: Aspect, polarity: Polarity, said_at: datetime
) -> Validity | None:
    """`words`: the own words of an episode; `span`: what it is said in; `said`: the expression of time, empty where
    there is none. None where it is not in the words or no time can be made of it."""
    if not said:
        if aspect is Aspect.PAST and polarity is Polarity.HOLDS:
            return Interval(None, said_at), Precision.ASSUMED
        return NOTHING_SAID
    mention = _mention(words, span, said, aspect, said_at)
    return None if mention is None else _validity(mention, aspect, polarity, said_at)


def _mention(words: str, span: tuple[int, int], said: str, aspect: Aspect, said_at: datetime) -> TimeMention | None:
    places = _places(words, said)
    if not places:
        return None
    start, end = min(places, key=lambda place: max(span[0] - place[1], place[0] - span[1], 0))
    text = words.replace(HIDDEN, " ")
    here = [m for m in find_times(text, said_at) if m.start < end and start < m.end]
    if here and aspect is not Aspect.FUTURE:
        return here[0]
    alone = text[start:end].strip()
    ahead = "will " if aspect is Aspect.FUTURE else ""
    # a name such as June or 2019 is a time only behind a preposition, and models leave it out or quote another
    for phrase in (alone, f"in {alone}", f"in {alone.partition(' ')[2]}"):
        if found := find_times(ahead + phrase, said_at):
            return found[0]
    return here[0] if here else None


def _places(words: str, said: str) -> Sequence[tuple[int, int]]:
    places: list[tuple[int, int]] = []
    behind = 0
    while (found := find_quote(words[behind:], said)) is not None:
        places.append((behind + found[0], behind + found[1]))
        behind += found[1]
    return places


def _validity(mention: TimeMention, aspect: Aspect, polarity: Polarity, said_at: datetime) -> Validity:
    interval, precision = mention.interval, mention.precision
    if polarity in (Polarity.ENDS, Polarity.ENDS_ALL):
        start = interval.start or interval.end
        return (Interval(start), precision) if start is not None else NOTHING_SAID
    match mention.relation:
        case Relation.SINCE | Relation.AFTER | Relation.FOR:
            over = said_at if aspect is Aspect.PAST and (interval.start is None or interval.start < said_at) else None
            return Interval(interval.start, over), precision
        case Relation.UNTIL | Relation.BEFORE:
            return Interval(None, interval.end), precision
    if aspect in (Aspect.STATE, Aspect.FUTURE):
        return (Interval(interval.start), precision) if interval.start is not None else NOTHING_SAID
    return interval, precision
