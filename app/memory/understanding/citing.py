"""What a proposal points at: an episode that may be a source, words of it, and a fact that was known."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.own_words import find_quote
from app.memory.understanding.answers import Item, text
from app.memory.understanding.briefing import Briefing, Known, Told
from app.memory.understanding.grounds import asks_or_supposes
from app.memory.understanding.refusals import Refusal, Refused


@dataclass(frozen=True, slots=True)
class Quote:
    """Where a proposal says that it is said: code points `[start, end)` of the episode."""

    told: Told
    start: int
    end: int

    @property
    def words(self) -> str:
        return self.told.source.content[self.start : self.end]


def speaking(briefing: Briefing, item: Item) -> Told:
    """Raises Refused for an episode that was not shown or is no source."""
    told = briefing.episodes.get(text(item, "episode"))
    if told is None:
        raise Refused(Refusal.UNKNOWN_ALIAS)
    if not told.speaks:
        raise Refused(Refusal.NO_SOURCE)
    return told


def quoted(briefing: Briefing, item: Item) -> Quote:
    """Raises Refused for words that the episode does not say, or says only to ask or suppose."""
    told = speaking(briefing, item)
    span = find_quote(told.words, text(item, "quote"))
    if span is None:
        raise Refused(Refusal.NO_QUOTE)
    if asks_or_supposes(told.words, *span):
        raise Refused(Refusal.UNSAID)
    return Quote(told, *span)


def known(briefing: Briefing, item: Item) -> Known | None:
    """None where none is named. Raises Refused for one that was not shown."""
    alias = text(item, "known")
    if alias in ("", "null", "none"):
        return None
    fact = briefing.facts.get(alias)
    if fact is None:
        raise Refused(Refusal.UNKNOWN_ALIAS)
    return fact
