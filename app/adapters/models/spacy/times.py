"""When what a clause says holds, from the time expressions that stand in it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from spacy.tokens import Doc, Token

from app.adapters.models.spacy.clauses import Clause
from app.adapters.models.spacy.draft import Draft
from app.adapters.models.spacy.frames import Aspect
from app.domain.fact import Polarity
from app.domain.time import Interval, Precision
from app.domain.when import Relation, TimeMention, find_times

Validity = tuple[Interval | None, Precision | None]

_FOR_LIFE = frozenset(("born_in", "born_on", "grew_up_in", "from"))
"""What stays true of someone: the time is when it began, if it says which year."""
_DATED = re.compile(r"\d{4}|\d0s|last|ago|yesterday|today|this")
_NAMED = re.compile(r"[A-Z]|\d")


def within(mentions: Sequence[TimeMention], clause: Clause | None, start: int, end: int) -> list[TimeMention]:
    """Those inside code points `[start, end)` of the passage that say when the clause holds, its own before those of a
    verb that it is joined to ("in May I moved and *started* …")."""
    inside = [m for m in mentions if start <= m.start and m.end <= end]
    if clause is None or not inside:
        return inside
    verbs = (clause.head, clause.verb)
    joined = {v.i for v in clause.head.conjuncts if v.i < clause.head.i}
    placed = [(m, _verb_of(m, clause.head.doc)) for m in inside]
    own = [m for m, verb in placed if verb is not None and any(verb == v or v in verb.ancestors for v in verbs)]
    shared = [m for m, verb in placed if verb is not None and verb.i in joined]
    return own or shared


def outside(mentions: Sequence[TimeMention], told: tuple[int, int] | None) -> Sequence[TimeMention]:
    """Those that do not belong to what is told."""
    return mentions if told is None else [m for m in mentions if m.end <= told[0] or told[1] <= m.start]


def ahead(mentions: Sequence[TimeMention], said_at: datetime) -> list[TimeMention]:
    """Those of a clause that speaks of what is to come, read so: "in June" is the next."""
    found = [(m, find_times(f"will {m.text}", said_at)) for m in mentions]
    return [replace(m, interval=again[0].interval) if len(again) == 1 else m for m, again in found]


def _verb_of(mention: TimeMention, doc: Doc) -> Token | None:
    """The verb that the time belongs to; None where it belongs to a thing or to what an adjective is about."""
    span = doc.char_span(mention.start, mention.end, alignment_mode="expand")
    if span is None:
        return None
    token = span.root
    for _ in range(8):
        if token.head == token:
            break
        if token.dep_ == "prep" and token.lower_ in ("from", "of", "about") and token.head.pos_ != "VERB":
            return None
        token = token.head
        if token.pos_ in ("VERB", "AUX"):
            return token
        if token.pos_ == "ADJ" and token.dep_ == "acomp" and token.i < span.start - 3:
            return None
    return token if token.pos_ in ("VERB", "AUX") else None


def is_time(token: Token, mentions: Sequence[TimeMention]) -> bool:
    return any(m.start <= token.idx < m.end for m in mentions)


def validity(draft: Draft, mentions: Sequence[TimeMention], said_at: datetime) -> Validity:
    """`mentions`: those of the draft's clause. (None, None) where nothing is said about when."""
    if not mentions:
        return (Interval(None, said_at), Precision.ASSUMED) if draft.over else (None, None)
    if (span := _from_to(mentions)) is not None:
        return span
    mention = mentions[0]
    interval = mention.interval
    if draft.predicate in _FOR_LIFE and draft.polarity is Polarity.HOLDS:
        dated = _DATED.search(mention.text) is not None or not _NAMED.search(mention.text)
        return _since(interval.start, mention.precision) if dated else (None, None)
    if draft.predicate == "plans":
        # A plan stands from when it is told until its time has passed.
        over = interval.end if interval.end is not None and interval.end > said_at else None
        return Interval(said_at, over), Precision.ASSUMED
    if draft.polarity in (Polarity.ENDS, Polarity.ENDS_ALL):
        return _since(interval.start or interval.end, mention.precision)
    match mention.relation:
        case Relation.SINCE | Relation.AFTER:
            return Interval(interval.start, said_at if draft.over else None), mention.precision
        case Relation.UNTIL | Relation.BEFORE:
            if draft.aspect is Aspect.BEGIN:
                return Interval(None, None), mention.precision
            return Interval(None, interval.end), mention.precision
        case Relation.FOR:
            if draft.over:
                return Interval(None, said_at), Precision.ASSUMED
            return Interval(
                interval.start, None if draft.aspect is not Aspect.EVENT else interval.end
            ), mention.precision
    if draft.aspect is Aspect.BEGIN:
        return _since(interval.start, mention.precision)
    return interval, mention.precision


def _since(start: datetime | None, precision: Precision) -> Validity:
    return (Interval(start, None), precision) if start is not None else (None, None)


def _from_to(mentions: Sequence[TimeMention]) -> Validity | None:
    """As in "since 2019 … until March": two mentions that bound one interval."""
    starts = [m for m in mentions if m.relation is Relation.SINCE and m.interval.start]
    ends = [m for m in mentions if m.relation is Relation.UNTIL and m.interval.end]
    if not starts or not ends:
        return None
    start, end = starts[0].interval.start, ends[0].interval.end
    return (Interval(start, end), starts[0].precision) if start and end and start <= end else None
