"""What a decision comes to, in statements: the temporal algebra does the rest, and nothing is overwritten."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.domain.fact import FactVersion, Polarity, Statement, Value
from app.domain.time import BEGINNING, Interval, Precision
from app.memory.understanding.decide_prompt import Answer
from app.memory.understanding.grounds import Ground
from app.memory.understanding.refusals import Refusal, Refused

RESOLVED_AFTER = timedelta(seconds=1)
"""How long what settles something is itself of concern, unless it was told: for the moment of telling."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`value`, `statement`: of a merge of facts, what they come to."""

    answer: Answer
    value: str = ""
    statement: str = ""


@dataclass(frozen=True, slots=True)
class Decided:
    """A verdict on what is new and a fact; `support`: the statements that the fact rests upon."""

    old: FactVersion
    verdict: Verdict
    support: tuple[Statement, ...] = ()


class Effects:
    """`extractor`: whose decisions they are."""

    def __init__(self, *, extractor: str, now: datetime, new_id: Callable[[], str]) -> None:
        self._extractor = extractor
        self._now = now
        self._new_id = new_id

    def of(self, new: Statement, decided: Sequence[Decided], refuse: Callable[[Refusal], None]) -> list[Statement]:
        """What is to be stated in the place of something new. It is stated itself unless an old fact says it already
        or is told better by it; whatever is said of other facts beside is stated too."""
        stated: Statement | None = new
        beside: list[Statement] = []
        for one in decided:
            try:
                stated, more = self._one(new, stated, one)
            except Refused as refused:
                refuse(refused.why)
            else:
                beside += more
        return beside if stated is None else [stated, *beside]

    def _one(
        self, new: Statement, stated: Statement | None, decided: Decided
    ) -> tuple[Statement | None, list[Statement]]:
        """What is stated then in the place of `stated`, and what beside."""
        old = decided.old
        match decided.verdict.answer:
            case Answer.ADD:
                return stated, []
            case Answer.NOOP:
                return None, [_repeated(new, old)]
            case Answer.UPDATE:
                if stated is not None and stated.replaces is None and stated.predicate == old.predicate:
                    better = replace(stated, replaces=old.object, cardinality=old.cardinality)
                    return _since_the_old(better, old), []
                return stated, [self._about(new, old, Polarity.DENIES, new.valid)]
            case Answer.SUPERSEDE:
                return stated, [self._ended(new, old)]
            case Answer.RESOLVE:
                ended = self._ended(new, old)
                return (None if stated is None else replace(stated, valid=Interval(stated.valid.start))), [
                    ended,
                    *([] if stated is None else [self._settled(stated)]),
                ]
            case Answer.MERGE:
                return None, self._merged(new, decided)

    def _about(self, new: Statement, old: FactVersion, polarity: Polarity, valid: Interval) -> Statement:
        """What the new words say of an old fact."""
        return replace(
            new,
            id=self._new_id(),
            subject_id=old.subject_id,
            predicate=old.predicate,
            object=old.object,
            cardinality=old.cardinality,
            kind=old.kind,
            text=old.text,
            polarity=polarity,
            valid=valid,
            extractor=self._extractor,
            replaces=None,
        )

    def _ended(self, new: Statement, old: FactVersion) -> Statement:
        """Raises Refused where the old began no earlier than the new."""
        at = new.valid.start or new.said_at
        if (old.valid.start or BEGINNING) >= at:
            raise Refused(Refusal.RULE)
        return self._about(new, old, Polarity.ENDS, Interval(at))

    def _settled(self, stated: Statement) -> Statement:
        """The end of what settled something."""
        end = stated.valid.end or (stated.valid.start or stated.said_at) + RESOLVED_AFTER
        return replace(
            stated,
            id=self._new_id(),
            polarity=Polarity.ENDS,
            valid=Interval(end),
            extractor=self._extractor,
            replaces=None,
        )

    def _merged(self, new: Statement, decided: Decided) -> list[Statement]:
        """One fact in the place of both, on the evidence of both. Raises Refused for one that says more than they."""
        old, verdict = decided.old, decided.verdict
        ground = Ground([old.text, new.text, new.span.quote if new.span is not None else ""], [])
        if not verdict.value or not verdict.statement:
            raise Refused(Refusal.INCOMPLETE)
        if not (ground.wholly(verdict.value) and ground.wholly(verdict.statement)):
            raise Refused(Refusal.UNGROUNDED)
        both = Value(literal=verdict.value)
        if both.key == old.object.key:
            raise Refused(Refusal.RULE)
        told = self._about(new, old, Polarity.HOLDS, new.valid)
        made = _since_the_old(replace(told, object=both, text=verdict.statement, replaces=old.object), old)
        carried = [
            replace(
                before,
                id=self._new_id(),
                object=both,
                text=verdict.statement,
                recorded_at=self._now,
                extractor=self._extractor,
                replaces=None,
            )
            for before in decided.support
            if before.span is not None and before.polarity is Polarity.HOLDS
        ]
        return [made, *carried]


def _since_the_old(better: Statement, old: FactVersion) -> Statement:
    """What was told without a time holds since what it takes the place of."""
    if better.precision is not Precision.ASSUMED or old.valid.start is None:
        return better
    return replace(better, valid=Interval(old.valid.start), precision=old.precision)


def _repeated(new: Statement, old: FactVersion) -> Statement:
    """The new words as one more piece of evidence. Raises Refused where they speak of another time."""
    if not old.valid.contains(new.valid.start or new.said_at) or new.valid.end is not None:
        raise Refused(Refusal.RULE)
    return replace(
        new,
        subject_id=old.subject_id,
        predicate=old.predicate,
        object=old.object,
        cardinality=old.cardinality,
        kind=old.kind,
        text=old.text,
        replaces=None,
    )
