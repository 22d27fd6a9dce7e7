"""What is undecided in a batch is put to the model once, as labelled pairs; code carries out what the rules allow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from app.domain.entity import Entity, EntityType
from app.domain.errors import BadAnswer, IllegalTransition, Invalid, Unavailable
from app.domain.fact import Statement
from app.domain.identity import (
    By,
    Doubt,
    Merge,
    Reason,
    Same,
    Verdict,
    checked_merge,
    judge,
    may_mean_the_same,
    merge_order,
)
from app.domain.jobs import Outcome
from app.domain.scope import Scope
from app.memory.entities.identify import Resolution
from app.memory.understanding import effects
from app.memory.understanding.answers import choice, items, text
from app.memory.understanding.candidates import Candidates, FactPair, IdentityPair, Key, Undecided
from app.memory.understanding.decide_prompt import NAME, VERSION, Answer, decide_prompt
from app.memory.understanding.effects import Decided, Effects
from app.memory.understanding.refusals import Refusal, Refusals
from app.ports.graph.identity import IdentityStore
from app.ports.graph.knowledge import FactStore
from app.ports.metrics import Meter
from app.ports.models import ChatModel

_DECIDED = f"+{NAME}@"

NO_VERDICT = effects.Verdict(Answer.ADD)


@dataclass(slots=True)
class Verdicts:
    """Of one batch, however often it is planned: the model is asked once. `cost`: what that took; `open`: how many
    pairs it was needed for and did not answer."""

    asked: bool = False
    given: dict[Key, effects.Verdict] = field(default_factory=dict)
    cost: Outcome = field(default_factory=Outcome)
    open: int = 0


@dataclass(frozen=True, slots=True)
class Settled:
    """`said`: what is to be stated in the end. `refused`: decisions that the rules do not allow."""

    resolution: Resolution
    said: tuple[Statement, ...]
    refused: int = 0


class Deciding:
    def __init__(
        self,
        *,
        chat: ChatModel,
        candidates: Candidates,
        facts: FactStore,
        identities: IdentityStore,
        new_id: Callable[[], str],
        meter: Meter,
    ) -> None:
        self._chat = chat
        self._candidates = candidates
        self._facts = facts
        self._identities = identities
        self._new_id = new_id
        self._meter = meter

    async def settle(
        self, scope: Scope, resolution: Resolution, said: Sequence[Statement], now: datetime, verdicts: Verdicts
    ) -> Settled:
        """What the model does not answer, or wrongly, stays as it is: statements stand side by side, names are left to
        a person. Raises Unavailable when a store is away."""
        if not self._chat.configured:
            verdicts.open = len(resolution.doubt)
            return Settled(resolution, tuple(said))
        undecided = await self._candidates.undecided(scope, resolution, said)
        if not verdicts.asked and (undecided.facts or undecided.identities):
            await self._ask(scope, undecided, verdicts)
        refusals = Refusals(NAME)
        resolution = await self._merged(scope, resolution, undecided, now, verdicts, refusals)
        stated = await self._stated(scope, said, undecided.facts, now, verdicts, refusals)
        refusals.tell(self._meter)
        return Settled(resolution, tuple(stated), refusals.total)

    async def _ask(self, scope: Scope, undecided: Undecided, verdicts: Verdicts) -> None:
        verdicts.asked = True
        facts = {f"p{number}": pair for number, pair in enumerate(undecided.facts, 1)}
        identities = {f"p{number}": pair for number, pair in enumerate(undecided.identities, len(facts) + 1)}
        try:
            answer = await self._chat.answer(scope.tenant, decide_prompt(facts, identities))
        except (BadAnswer, Unavailable) as error:
            self._meter.count("model_steps_left_out", step=NAME, reason=error.code)
            verdicts.open = len(facts) + len(identities)
            return
        refusals = Refusals(NAME)
        for item in items(answer.value, "decisions"):
            alias = text(item, "pair")
            pair: FactPair | IdentityPair | None = facts.get(alias) or identities.get(alias)
            said = choice(item, "answer", Answer)
            if pair is None or pair.key in verdicts.given:
                refusals.add(Refusal.UNKNOWN_ALIAS)
            elif said is None or (isinstance(pair, IdentityPair) and said not in OF_IDENTITY):
                refusals.add(Refusal.RULE)
            else:
                verdicts.given[pair.key] = effects.Verdict(said, text(item, "value"), text(item, "statement"))
        refusals.tell(self._meter)
        verdicts.open = len(facts) + len(identities) - len(verdicts.given)
        verdicts.cost = Outcome(rejected=refusals.total, model_calls=answer.calls, tokens=answer.tokens)

    # -- facts --------------------------------------------------------------------------------------------------------

    async def _stated(
        self,
        scope: Scope,
        said: Sequence[Statement],
        pairs: Sequence[FactPair],
        now: datetime,
        verdicts: Verdicts,
        refusals: Refusals,
    ) -> list[Statement]:
        carry = Effects(
            extractor=f"llm:{self._chat.identity}{_DECIDED}{VERSION}",
            now=now,
            new_id=self._new_id,
        )
        decided: dict[str, list[Decided]] = {}
        for pair in pairs:
            verdict = verdicts.given.get(pair.key, NO_VERDICT)
            if verdict.answer is not Answer.ADD:
                support = await self._support(scope, pair) if verdict.answer is Answer.MERGE else ()
                decided.setdefault(pair.new.id, []).append(Decided(pair.old, verdict, support))
        stated: list[Statement] = []
        for new in said:
            about = new.span.episode_id if new.span is not None else None

            def refuse(why: Refusal, about: str | None = about) -> None:
                refusals.add(why, about)

            stated += carry.of(new, decided.get(new.id, ()), refuse)
        return stated

    async def _support(self, scope: Scope, pair: FactPair) -> tuple[Statement, ...]:
        return (await self._facts.backing(scope, [(pair.old.fact_id, pair.old.version)], [])).statements

    # -- identities ---------------------------------------------------------------------------------------------------

    async def _merged(
        self,
        scope: Scope,
        resolution: Resolution,
        undecided: Undecided,
        now: datetime,
        verdicts: Verdicts,
        refusals: Refusals,
    ) -> Resolution:
        """With the merges that the model sees and the rules allow, and without the pairs that it knows to be two."""
        same = undecided.same
        merges: list[Merge] = []
        moved: set[str] = set()
        settled: set[tuple[str, str]] = set()
        for pair in undecided.identities:
            answer = verdicts.given.get(pair.key, effects.Verdict(Answer.NOOP)).answer
            if answer is Answer.ADD:
                settled.add(_ids(pair.doubt))
            elif answer is Answer.MERGE:
                made = self._merge(pair, same, resolution, now)
                if made is None:
                    refusals.add(Refusal.RULE)
                    continue
                merges.append(made)
                moved.update(same.all(made.entity_id))
                same = same.joined(made.entity_id, made.into_id)
                settled.add(_ids(pair.doubt))
        if not settled:
            return resolution
        known = sorted(moved - {entity.id for entity in resolution.fresh})
        touched = tuple(await self._identities.said_of(scope, known)) if known else ()
        return replace(
            resolution,
            merge=(*resolution.merge, *merges),
            doubt=tuple(doubt for doubt in resolution.doubt if _ids(doubt) not in settled),
            touched=(*resolution.touched, *touched),
        )

    def _merge(self, pair: IdentityPair, same: Same, resolution: Resolution, now: datetime) -> Merge | None:
        """None where digits, codes or types differ, where they are known to be two, or are merged otherwise."""
        one, other = _named(pair.one), _named(pair.other)
        if judge(one, other, 1.0).verdict is Verdict.DIFFERENT and not may_mean_the_same(one, other):
            return None
        source, into = merge_order(pair.one, pair.other)
        if any(frozenset((a, b)) in resolution.apart for a in same.all(source) for b in same.all(into)):
            return None
        try:
            target = checked_merge(source, into, same)
        except (Invalid, IllegalTransition):
            return None
        doubt = pair.doubt
        return Merge(self._new_id(), source, target, doubt.score, Reason(doubt.reason), doubt.evidence, By.MODEL, now)


def by_decision(extractor: str) -> bool:
    """Whether statements with this extractor come of a decision."""
    return _DECIDED in extractor


OF_IDENTITY = frozenset({Answer.MERGE, Answer.ADD, Answer.NOOP})


def _ids(doubt: Doubt) -> tuple[str, str]:
    return doubt.entity_id, doubt.other_id


def _named(entity: Entity) -> tuple[str, EntityType]:
    return entity.name, entity.type
