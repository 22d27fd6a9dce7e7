"""What lies ahead: a state with a time begins then; anything else that somebody means to do is a plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from app.adapters.models.spacy import attitudes, mood
from app.adapters.models.spacy.clauses import Clause, Stance
from app.adapters.models.spacy.draft import Draft
from app.adapters.models.spacy.frames import Aspect
from app.adapters.models.spacy.phrases import verb_phrase
from app.domain.fact import FactKind, Polarity
from app.domain.when import TimeMention

PLANS = Stance.PLANS.value
_BEGINNING = frozenset(
    ("lives_in", "works_at", "works_as", "studies_at", "married_to", "partner_of", "member_of", "owns", "is_a")
)


_AT_ONCE = frozenset(("visited", "attended", "met"))
"""Events that are told in the progressive only before they happen: "I'm meeting Ann on Friday"."""


def settled(draft: Draft, when: Sequence[TimeMention], said_at: datetime) -> Draft | None:
    """The draft as it may be believed now. `when`: the times in its clause. None for what may or may not come."""
    clause = draft.clause
    if clause is None or draft.predicate == PLANS or draft.polarity is Polarity.DENIES:
        return draft
    ahead = any(m.interval.start is not None and m.interval.start > said_at for m in when)
    if not ahead and not _announced(clause, draft):
        return draft
    if draft.predicate in _BEGINNING and (ahead or when):
        return replace(draft, aspect=Aspect.BEGIN if draft.aspect is Aspect.STATE else draft.aspect, over=False)
    if clause.past or draft.kind is FactKind.SUBJECTIVE or (not when and _promised(clause)):
        return None
    phrase = verb_phrase(clause.verb)
    if phrase is None or not attitudes.substantial(clause.verb, phrase):
        return None
    return replace(
        draft, predicate=PLANS, object=phrase, aspect=Aspect.STATE, kind=FactKind.SUBJECTIVE, polarity=Polarity.HOLDS
    )


def coming(draft: Draft) -> bool:
    """Whether a bare month, day or hour is the one to come: "she's moving in June", "I have a meeting on Friday"."""
    clause = draft.clause
    if clause is None or clause.past or mood.perfect(clause.head):
        return False
    return _announced(clause, draft) or (draft.predicate == "has" and clause.stance is Stance.DOES)


def _announced(clause: Clause, draft: Draft) -> bool:
    """As in "I will …", "I'm going to …"; "I'm moving to Rome" where it is a beginning or end that has yet to come."""
    if clause.stance is Stance.WILL:
        return True
    turning = draft.aspect in (Aspect.BEGIN, Aspect.END) or draft.predicate in _AT_ONCE
    turning = turning and clause.stance is Stance.DOES
    return turning and mood.progressive(clause.head) and not clause.past and not mood.perfect(clause.head)


def _promised(clause: Clause) -> bool:
    """As in "I'll …" without a time is said of anything."""
    return mood.future(clause.head)
