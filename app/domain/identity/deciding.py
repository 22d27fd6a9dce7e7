"""Who is who, given everybody whose name is near: which to merge by rule, and which pairs to leave to a person.

- A name joins what differs from it in spelling, legal form or title only.
- A single first name joins the one person whose full name begins with it. With two such persons it stays apart.
- A short form ("Mel") joins the one person whose first name begins with it if somebody in a conversation with that
  person used it as an address. Otherwise it stays apart.
- Two who speak in the same session are never merged by rule, nor are two whose merge was undone.

Decisions rest on the set of names, not on their order: all fresh names are there before the first is decided.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.domain.entity import Entity, EntityType
from app.domain.identity.judging import Judgement, Reason, Verdict, judge
from app.domain.identity.merging import Same
from app.domain.identity.names import VAGUE, Named, anatomy

MOST_DOUBTS = 3
"""Doubtful pairs to be noted of one fresh entity, at most; the likeliest ones."""

Pair = frozenset[str]

_NEITHER = Judgement(Verdict.DIFFERENT, Reason.UNLIKE, 0.0)


@dataclass(frozen=True, slots=True)
class Ruling:
    """Of two entities by their ids. With verdict SAME, `entity_id` is to be merged into `other_id`."""

    entity_id: str
    other_id: str
    judgement: Judgement


@dataclass(frozen=True, slots=True)
class Evidence:
    """What else is known of the entities beside their names, by ids. `addressed`: that one of the pair was used as an
    address of the other. `apart`: that they are two (they spoke in the same session, or their merge was undone)."""

    addressed: Collection[Pair] = frozenset()
    apart: Collection[Pair] = frozenset()


def decide(
    pairs: Iterable[tuple[str, str]],
    entities: Sequence[Entity],
    same: Same,
    evidence: Evidence,
    similarity: Callable[[str, str], float],
) -> list[Ruling]:
    """`pairs`: by id, those to decide about, the one that it is about first. `entities`: everybody in them, everybody
    who is one with these, and whoever else has such a first name, in order of age. `same`: the merges that hold.
    Rulings SAME come first, strongest first, to be carried out in that order; each is of two that stand for
    themselves by then."""
    by_id = {entity.id: entity for entity in entities}
    age = {entity.id: place for place, entity in enumerate(entities)}
    judged = [
        Ruling(one, other, judgement)
        for one, other in pairs
        if same.one(one) != same.one(other)
        and (judgement := _of(by_id[one], by_id[other], similarity)).verdict is not Verdict.DIFFERENT
    ]
    people = _People(entities, same)
    settled = [_settled(ruling, by_id, same, evidence, people) for ruling in judged]
    certain = [ruling for ruling in settled if ruling.judgement.verdict is Verdict.SAME]
    certain.sort(key=lambda r: (-r.judgement.score, age[r.entity_id], age[r.other_id]))
    rulings: list[Ruling] = []
    for ruling in certain:
        one, other = same.one(ruling.entity_id), same.one(ruling.other_id)
        if one == other:
            continue
        if _kept_apart(same.all(one), same.all(other), evidence.apart):
            settled.append(Ruling(ruling.entity_id, ruling.other_id, _doubted(ruling.judgement)))
            continue
        source, into = sorted((one, other), key=lambda id: _standing(by_id[id], age[id]), reverse=True)
        rulings.append(Ruling(source, into, ruling.judgement))
        same = same.joined(source, into)
    doubtful = [ruling for ruling in settled if ruling.judgement.verdict is Verdict.DOUBTFUL]
    return rulings + _worth_a_look(doubtful, same, age)


def _of(one: Entity, other: Entity, similarity: Callable[[str, str], float]) -> Judgement:
    """The best over all names that they have."""
    return max(
        (judge(mine, theirs, similarity(mine[0], theirs[0])) for mine in _names(one) for theirs in _names(other)),
        key=lambda judgement: judgement.score,
    )


def _names(entity: Entity) -> list[Named]:
    return [(name, entity.type) for name in (entity.name, *entity.aliases)]


class _People:
    """Who has a given first name, counted by who they are."""

    def __init__(self, entities: Iterable[Entity], same: Same) -> None:
        self._persons = [
            (same.one(entity.id), anatomy(name, EntityType.PERSON))
            for entity in entities
            if entity.type is EntityType.PERSON
            for name, _ in _names(entity)
        ]

    def called(self, first: str) -> set[str]:
        return {id for id, parts in self._persons if parts.full and parts.core[0] == first}

    def beginning(self, short: str) -> set[str]:
        return {
            id
            for id, parts in self._persons
            if parts.core and parts.owner is None and parts.core[0] != short and parts.core[0].startswith(short)
        }


def _settled(ruling: Ruling, by_id: Mapping[str, Entity], same: Same, evidence: Evidence, people: _People) -> Ruling:
    """What the names leave open, decided by who else there is."""
    reason = ruling.judgement.reason
    if reason not in (Reason.GIVEN_NAME, Reason.SHORT_FORM):
        return ruling
    one, other = by_id[ruling.entity_id], by_id[ruling.other_id]
    if one.type is not EntityType.PERSON or other.type is not EntityType.PERSON:
        return ruling
    short = min((one, other), key=lambda entity: len(anatomy(entity.name, entity.type).compact))
    parts = anatomy(short.name, EntityType.PERSON)
    if not parts.bare:
        return ruling
    me = same.one(short.id)
    if reason is Reason.GIVEN_NAME:
        others = people.called(parts.core[0]) - {me}
        alone = me not in people.called(parts.core[0])
        if not alone:
            return Ruling(one.id, other.id, _NEITHER)
        if len(others) == 1 and ruling.judgement.score >= 0.8:
            return Ruling(one.id, other.id, Judgement(Verdict.SAME, reason, 0.88))
        return Ruling(one.id, other.id, Judgement(Verdict.DOUBTFUL, reason, round(0.8 / max(len(others), 1), 2)))
    others = people.beginning(parts.core[0]) - {me}
    if len(others) == 1 and _met({one.id, other.id}, evidence.addressed):
        return Ruling(one.id, other.id, Judgement(Verdict.SAME, reason, 0.85))
    return Ruling(one.id, other.id, Judgement(Verdict.DOUBTFUL, reason, round(0.6 / max(len(others), 1), 2)))


def _met(pair: set[str], addressed: Collection[Pair]) -> bool:
    return frozenset(pair) in addressed


def _kept_apart(ones: Iterable[str], others: Sequence[str], apart: Collection[Pair]) -> bool:
    return any(frozenset((one, other)) in apart for one in ones for other in others)


def _doubted(judgement: Judgement) -> Judgement:
    return Judgement(Verdict.DOUBTFUL, judgement.reason, round(judgement.score / 2, 2))


def _standing(entity: Entity, age: int) -> tuple[int, bool, int]:
    """Who stands for both: the fuller name of a person, then what has a definite type, then the older."""
    words = len(anatomy(entity.name, entity.type).core) if entity.type is EntityType.PERSON else 0
    length = len(anatomy(entity.name, entity.type).compact) if entity.type is EntityType.PERSON else 0
    return -(words * 1_000 + length), entity.type in VAGUE, age


def _worth_a_look(doubtful: Iterable[Ruling], same: Same, age: Mapping[str, int]) -> list[Ruling]:
    """Each pair once, by who they are, the likeliest first, and of no fresh one more than a few."""
    noted: dict[Pair, Ruling] = {}
    count: dict[str, int] = {}
    for ruling in sorted(doubtful, key=lambda r: (-r.judgement.score, age[r.entity_id], age[r.other_id])):
        one, other = same.one(ruling.entity_id), same.one(ruling.other_id)
        pair = frozenset((one, other))
        if one == other or pair in noted or count.get(ruling.entity_id, 0) >= MOST_DOUBTS:
            continue
        noted[pair] = Ruling(one, other, ruling.judgement)
        count[ruling.entity_id] = count.get(ruling.entity_id, 0) + 1
    return list(noted.values())


def between(one: str, other: str) -> tuple[str, str]:
    """The ids of a doubtful pair, in their order."""
    return (one, other) if one < other else (other, one)


def merge_order(one: Entity, other: Entity) -> tuple[str, str]:
    """The ids of two that are one: of the one to be merged, and of the one that stands for both."""
    older = oldest_first((one, other))
    source, into = sorted(older, key=lambda entity: _standing(entity, older.index(entity)), reverse=True)
    return source.id, into.id


def sessions_apart(sessions: Iterable[Collection[str]]) -> set[Pair]:
    """Those who speak in the same session are not one another. `sessions`: ids of who takes part in each."""
    return {frozenset((one, other)) for people in sessions for one in people for other in people if one < other}


def oldest_first(entities: Iterable[Entity]) -> list[Entity]:
    """Each once."""
    found = {entity.id: entity for entity in entities}
    return sorted(found.values(), key=_age)


def _age(entity: Entity) -> tuple[datetime, bool, str]:
    return entity.created_at, entity.type in VAGUE, entity.id
