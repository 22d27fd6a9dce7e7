"""Who is meant: names to entities, with merges where it is certain who is who, and doubts where it is not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from app.domain.entity import Entity, EntityType, normal_name
from app.domain.episode import EpisodeKind, Role
from app.domain.extraction import Source
from app.domain.fact import Statement
from app.domain.identity import (
    By,
    Doubt,
    Evidence,
    Judgement,
    Merge,
    Named,
    Pair,
    Reason,
    Ruling,
    Same,
    Verdict,
    addressed,
    between,
    decide,
    may_mean_the_same,
    oldest_first,
    sessions_apart,
    short_form,
)
from app.domain.scope import Scope
from app.memory.entities.blocking import clues, pairs, similarity
from app.memory.entities.meaning import Meaning
from app.memory.entities.resolve import Matches, resolve
from app.ports.graph.identity import IdentityStore
from app.ports.graph.knowledge import EntityStore

PER_CLUE = 16
"""Entities to compare with for one word, at most."""
MOST_EVIDENCE = 5
MEANING_SCORE = 0.6
"""What a cosine similarity of one is worth as a score."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What an episode tells about who is who: who spoke to whom, whom the words speak to, and whom they name."""

    episode_id: str
    speaker: str
    others: tuple[str, ...]
    addressed: tuple[str, ...]
    names: tuple[Named, ...]


@dataclass(frozen=True, slots=True)
class Resolution:
    """`ids`: the entity for each proposed name and type, whatever it is merged into. `fresh`, `settled`: new ones, and
    known ones as they are to be. `aliases`: spellings to add. `touched`: what was said of those whom a merge joins.
    `apart`: pairs that are known to be two."""

    ids: Mapping[Named, str]
    fresh: tuple[Entity, ...] = ()
    settled: tuple[Entity, ...] = ()
    aliases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    merge: tuple[Merge, ...] = ()
    doubt: tuple[Doubt, ...] = ()
    touched: tuple[Statement, ...] = ()
    apart: frozenset[Pair] = frozenset()


def heard(source: Source, names: Iterable[Named]) -> Heard:
    """Only people speak to one another."""
    speaks = source.kind is EpisodeKind.MESSAGE and source.role in (Role.USER, Role.ASSISTANT)
    return Heard(
        episode_id=source.episode_id,
        speaker=source.speaker,
        others=tuple(source.others) if speaks else (),
        addressed=addressed(source.content) if speaks and source.others else (),
        names=tuple(names),
    )


class Identification:
    def __init__(
        self, *, entities: EntityStore, identities: IdentityStore, meaning: Meaning, new_id: Callable[[], str]
    ) -> None:
        self._entities = entities
        self._identities = identities
        self._meaning = meaning
        self._new_id = new_id

    async def identify(
        self, scope: Scope, proposed: Sequence[Named], now: datetime, said: Sequence[Heard] = ()
    ) -> Resolution:
        """Deterministic, but for ids. `said`: the episodes that the names come from."""
        calls = [call for episode in said for call in _calls(episode)]
        people = {name for episode in said for name in (episode.speaker, *episode.others)}
        wanted = dict.fromkeys(normal_name(name) for name in (*(n for n, _ in proposed), *people, *_words(calls)))
        known = await self._entities.named(scope, list(wanted))
        matches = resolve(proposed, known, now=now, new_id=self._new_id)
        persons = _persons(known, matches)
        called = {
            frozenset((persons[short], persons[full])): call.episode_id
            for call in calls
            if (short := normal_name(call.word)) in persons
            and (full := normal_name(call.person)) in persons
            and persons[short] != persons[full]
        }
        about = {entity.id: entity for entity in matches.fresh}
        about |= {e.id: e for found in known.values() for e in found if any(e.id in pair for pair in called)}
        if not about:
            return _plain(matches)
        return await self._decided(scope, matches, about, said, called, persons, now)

    async def _decided(
        self,
        scope: Scope,
        matches: Matches,
        about: Mapping[str, Entity],
        said: Sequence[Heard],
        called: Mapping[Pair, str],
        persons: Mapping[str, str],
        now: datetime,
    ) -> Resolution:
        everybody, same = await self._everybody(scope, about, matches.settled)
        if all(same.one(one) == same.one(other) for one, other in map(tuple, called)) and not matches.fresh:
            return _plain(matches)
        undone = [m for m in await self._identities.merges(scope, list(about)) if m.undone_at is not None]
        apart = sessions_apart(
            {persons[name] for name in map(normal_name, (episode.speaker, *episode.others)) if name in persons}
            for episode in said
        )
        apart |= {frozenset((made.entity_id, made.into_id)) for made in undone}
        rulings = decide(pairs(about.values(), everybody), everybody, same, Evidence(called, apart), similarity)
        rulings += await self._meant(scope, matches.fresh, rulings)
        witnesses = _witnesses(matches, said, called)
        merges = tuple(
            self._merge(ruling, witnesses, now) for ruling in rulings if ruling.judgement.verdict is Verdict.SAME
        )
        doubts = tuple(
            _doubt(ruling, witnesses, now) for ruling in rulings if ruling.judgement.verdict is Verdict.DOUBTFUL
        )
        fresh = {entity.id for entity in matches.fresh}
        moved: set[str] = set()
        for made in merges:
            moved |= {id for id in same.all(made.entity_id) if id not in fresh}
            same = same.joined(made.entity_id, made.into_id)
        return Resolution(
            matches.ids,
            matches.fresh,
            matches.settled,
            matches.aliases,
            merges,
            doubts,
            tuple(await self._identities.said_of(scope, sorted(moved))) if moved else (),
            frozenset(apart),
        )

    async def _meant(self, scope: Scope, fresh: Sequence[Entity], rulings: Sequence[Ruling]) -> list[Ruling]:
        """Who else may be meant by new names of which nothing was decided by their spelling."""
        settled = {id for ruling in rulings for id in (ruling.entity_id, ruling.other_id)}
        found = await self._meaning.near(scope, [entity for entity in fresh if entity.id not in settled])
        by_id = {entity.id: entity for entity in fresh}
        by_id |= {e.id: e for e in await self._entities.entities(scope, [other for _, other, _ in found])}
        return [
            Ruling(one, other, Judgement(Verdict.DOUBTFUL, Reason.MEANING, round(score * MEANING_SCORE, 2)))
            for one, other, score in found
            if other in by_id and may_mean_the_same(_named(by_id[one]), _named(by_id[other]))
        ]

    async def _everybody(
        self, scope: Scope, about: Mapping[str, Entity], settled: Iterable[Entity]
    ) -> tuple[list[Entity], Same]:
        """Those in question, whoever has a name like theirs, and all who are one with any of these; in order of age."""
        wanted = [clues(entity) for entity in about.values()]
        near = await self._identities.alike(
            scope,
            sorted({word for one in wanted for word in one.words}),
            sorted({start for one in wanted for start in one.beginnings}),
            PER_CLUE,
        )
        found = {entity.id: entity for entity in near} | dict(about)
        same = await self._identities.same(scope, sorted(found))
        missing = [id for id in same.everyone(found) if id not in found]
        found |= {entity.id: entity for entity in await self._entities.entities(scope, missing)}
        found |= {entity.id: entity for entity in settled if entity.id in found}
        return oldest_first(found.values()), same

    def _merge(self, ruling: Ruling, witnesses: Mapping[str, tuple[str, ...]], now: datetime) -> Merge:
        return Merge(
            id=self._new_id(),
            entity_id=ruling.entity_id,
            into_id=ruling.other_id,
            score=ruling.judgement.score,
            reason=ruling.judgement.reason,
            evidence=_evidence(ruling, witnesses),
            by=By.RULE,
            at=now,
        )


@dataclass(frozen=True, slots=True)
class _Call:
    """A word used as an address, to a person for whose name it may be short."""

    episode_id: str
    word: str
    person: str


def _calls(episode: Heard) -> list[_Call]:
    """Where it may be meant for one of those who are there, and for no other of them."""
    calls: list[_Call] = []
    for word in episode.addressed:
        meant = [name for name in episode.others if short_form(word, name)]
        if len(meant) == 1 and normal_name(word) != normal_name(episode.speaker):
            calls.append(_Call(episode.episode_id, word, meant[0]))
    return calls


def _words(calls: Iterable[_Call]) -> list[str]:
    return [call.word for call in calls]


def _named(entity: Entity) -> Named:
    return entity.name, entity.type


def _persons(known: Mapping[str, Sequence[Entity]], matches: Matches) -> dict[str, str]:
    """By normal name, the person that is meant by it, by id."""
    persons: dict[str, str] = {}
    for name, found in known.items():
        person = next((entity for entity in found if entity.type is EntityType.PERSON), None)
        if person is not None:
            persons[name] = person.id
    for entity in (*matches.settled, *matches.fresh):
        if entity.type is EntityType.PERSON:
            persons.setdefault(normal_name(entity.name), entity.id)
    return persons


def _plain(matches: Matches) -> Resolution:
    return Resolution(matches.ids, matches.fresh, matches.settled, matches.aliases)


def _witnesses(matches: Matches, said: Sequence[Heard], called: Mapping[Pair, str]) -> dict[str, tuple[str, ...]]:
    """By entity id, the episodes that name it or speak to it by that name."""
    found: dict[str, dict[str, None]] = {}
    for episode in said:
        for named in episode.names:
            found.setdefault(matches.ids[named], {})[episode.episode_id] = None
    for pair, episode_id in called.items():
        for id in pair:
            found.setdefault(id, {})[episode_id] = None
    return {id: tuple(episodes) for id, episodes in found.items()}


def _evidence(ruling: Ruling, witnesses: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """What names the one and the other, with what names both first."""
    one, other = witnesses.get(ruling.entity_id, ()), witnesses.get(ruling.other_id, ())
    both = [id for id in one if id in other]
    return tuple(dict.fromkeys((*both, *one, *other)))[:MOST_EVIDENCE]


def _doubt(ruling: Ruling, witnesses: Mapping[str, tuple[str, ...]], now: datetime) -> Doubt:
    one, other = between(ruling.entity_id, ruling.other_id)
    return Doubt(one, other, ruling.judgement.score, ruling.judgement.reason, _evidence(ruling, witnesses), now)
