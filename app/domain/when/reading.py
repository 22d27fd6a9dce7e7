"""What a rule of the grammar makes of a run of words."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from app.domain.when.names import row
from app.domain.when.spans import Cycle, Span, change
from app.domain.when.words import Line


class Reading(NamedTuple):
    """what: a span where the words fix one, a cycle where they leave the year, week or day open. end: index of the
    first word that is not part of it. needs: the openers one of which has to stand before it, since the words alone
    may mean something else; empty where they stand on their own. both_ends: the words name a first and a last."""

    what: Span | Cycle
    end: int
    needs: frozenset[str] = frozenset()
    certain: bool = True
    both_ends: bool = False


def shaped(inner: Reading | None, how: Callable[[Span], Span | None]) -> Reading | None:
    """The reading with its span, or each of its spans, changed; it then stands on its own."""
    what = inner and change(inner.what, how)
    return Reading(what, inner.end, certain=inner.certain) if inner and what else None


Rule = Callable[[Line, int], Reading | None]
"""Reads what begins at the word with that index."""

OWNED = row("my your his her our their its 's")

_FRAME = frozenset({"in", "since", "until", "before", "after", "by", "during", "between", "throughout", "around"})
MONTH_NEEDS = _FRAME
YEAR_NEEDS = _FRAME | {"from"}
SEASON_NEEDS = (_FRAME | {"from", "over", "for"}) - {"by"}
FALL_NEEDS = frozenset({"in", "during", "over", "throughout", "until", "between"})
HOLIDAY_NEEDS = _FRAME | {"on", "at", "over", "for", "from"}
CLOCK_NEEDS = frozenset({"at", "by", "around", "until", "before", "after", "since", "between"})
WEEKEND_NEEDS = _FRAME | {"on", "at", "over", "for", "from"}
DAY_NEEDS = frozenset({"on", "since", "until", "before", "after", "by", "around", "from", "between"})

COUNTED = row(
    "people persons men women kids dollars euros pounds bucks users members followers subscribers employees students "
    "attendees guests steps words lines calories miles kilometers kilometres km kg meters metres feet pages points "
    "items copies pieces times square sq percent % years days weeks months hours minutes mins seconds cups grams "
    "other more of or ° f c k"
)
"""After a number these make it an amount, not a day or a year."""

_FUNCTION_WORDS = row(
    "and or but so because when where while who which that this these with without for to at in on of by from into "
    "as than then if i we you he she they it my our your his her their its the a an was were is are am be been had "
    "has have did do does will would can could should may might must not just now too also again already after "
    "before since until till during over about around there here what how why last next every all both"
)


def ends_phrase(line: Line, i: int) -> bool:
    """Whether no noun follows, so that what stands before `i` is no mere attribute ("spring" of "spring roll")."""
    word = line.at(i)
    return not word[:1].isalnum() or (word in _FUNCTION_WORDS and word != "of")
