"""What a model is told of the memory before it reads a batch: who takes part, who is known by the names that occur,
and which current facts the words may bear on. All of it under short aliases."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from app.domain.entity import EntityType, normal_name
from app.domain.episode import Role
from app.domain.errors import Unavailable
from app.domain.extraction import Source
from app.domain.fact import Cardinality, FactVersion
from app.domain.identity import Named
from app.domain.own_words import HIDDEN, own_words
from app.domain.passages import ROLES
from app.domain.scope import Scope
from app.domain.time import Clock
from app.memory.entities.standing import Standing
from app.ports.graph.knowledge import EntityStore, FactQuery, FactStore
from app.ports.models import Embedder
from app.ports.vectors import VectorFilter, VectorKind, VectorStore

NEAREST = 6
"""Current facts to look at for one episode."""
MOST_FACTS = 32
MOST_ENTITIES = 40
MOST_NAMES = 64
ALWAYS = ("works_at", "works_as", "lives_in", "studies_at", "married_to", "partner_of", "named")
"""What people change in words that are far from the fact: "I quit"."""
OF_EACH = 4
LOOKED_AT = 1_000
"""Characters of an episode by which facts are looked for."""

T = TypeVar("T")

_NAME = re.compile(r"[A-Z][\w'’&.-]*(?:\s+(?:of|de|the|and)?\s*[A-Z][\w'’&.-]*){0,3}")
_GAP = re.compile(f"{HIDDEN}[{HIDDEN}\\s]*")


@dataclass(frozen=True, slots=True)
class Told:
    """An episode as it is shown. `words`: its own words, HIDDEN elsewhere. `speaks`: it may be a source."""

    source: Source
    words: str
    speaks: bool

    @property
    def shown(self) -> str:
        return _GAP.sub("[…] ", self.words).strip()


@dataclass(frozen=True, slots=True)
class Known:
    """A current fact as it is shown. The subject, and the object unless it is a literal, by name and type."""

    fact_id: str
    subject: Named
    predicate: str
    object: str
    object_type: EntityType | None
    cardinality: Cardinality
    text: str
    valid_from: datetime | None


@dataclass(frozen=True, slots=True)
class Briefing:
    """Each by its alias: e1, e2 …, n1 …, f1 …"""

    episodes: Mapping[str, Told]
    entities: Mapping[str, Named]
    facts: Mapping[str, Known]


def told(source: Source) -> Told | None:
    """None for what is never shown: system text, the output of tools, and what has no words of its own. An assistant
    without a name is shown, but speaks for nobody."""
    if source.role in (Role.SYSTEM, Role.TOOL):
        return None
    words = own_words(source.content)
    if not any(c.isalnum() for c in words):
        return None
    return Told(source, words, not (source.role is Role.ASSISTANT and source.speaker.casefold() in ROLES))


class Briefings:
    def __init__(
        self,
        *,
        entities: EntityStore,
        facts: FactStore,
        standing: Standing,
        embedder: Embedder,
        vectors: VectorStore,
        clock: Clock,
    ) -> None:
        self._entities = entities
        self._facts = facts
        self._standing = standing
        self._embedder = embedder
        self._vectors = vectors
        self._clock = clock

    async def of(self, scope: Scope, sources: Sequence[Source]) -> Briefing:
        """Raises Unavailable when the graph store is away. Without vectors there are fewer facts."""
        shown = [one for source in sources if (one := told(source)) is not None]
        if not any(one.speaks for one in shown):
            return Briefing({}, {}, {})
        people = _people(shown)
        named = await self._entities.named(scope, list(dict.fromkeys(map(normal_name, [*people, *_names(shown)]))))
        speakers = [e.id for name in people for e in named.get(normal_name(name), ()) if e.type is EntityType.PERSON]
        facts = await self._known(scope, shown, speakers)
        known = await self._standing.shown(scope, [entity.id for found in named.values() for entity in found])
        entities: dict[Named, None] = {(name, EntityType.PERSON): None for name in people}
        entities |= dict.fromkeys((entity.name, entity.type) for entity in known.values())
        entities |= dict.fromkeys(name for fact in facts for name in _names_of(fact))
        return Briefing(
            _aliased("e", shown), _aliased("n", list(entities)[: MOST_ENTITIES + len(people)]), _aliased("f", facts)
        )

    async def _known(self, scope: Scope, shown: Sequence[Told], speakers: Sequence[str]) -> list[Known]:
        """As of the latest of these episodes, the nearest first."""
        at = max(one.source.occurred_at for one in shown)
        near = await self._near(scope, [one.shown[:LOOKED_AT] for one in shown if one.speaks], at)
        found = [v for v in await self._facts.versions(scope, near) if v.believed and v.holds(at)]
        found.sort(key=lambda v: near.index(v.fact_id))
        if speakers:
            everyone = await self._standing.everyone(scope, speakers)
            for predicate in ALWAYS:
                asked = FactQuery(everyone, predicate, as_of=at)
                found += await self._facts.facts(scope, asked, None, OF_EACH)
        versions = list({version.fact_id: version for version in found}.values())[: MOST_FACTS + len(ALWAYS)]
        # what is read again is not to be taken for known because of its first reading
        again = {one.source.episode_id for one in shown}
        evidence = await self._facts.evidence(scope, [(v.fact_id, v.version) for v in versions])
        said_in = {key[0]: {span.episode_id for span in spans} for key, spans in evidence.items()}
        elsewhere = [v for v in versions if again.isdisjoint(said_in.get(v.fact_id, ()))]
        return await self._shown(scope, elsewhere)

    async def _near(self, scope: Scope, texts: Sequence[str], at: datetime) -> list[str]:
        best: dict[str, float] = {}
        where = VectorFilter(valid_at=at, known_at=self._clock())
        try:
            for vector in await self._embedder.embed_passages(texts):
                for hit in await self._vectors.nearest(scope, VectorKind.FACT, vector, NEAREST, where):
                    best[hit.ref] = max(hit.score, best.get(hit.ref, hit.score))
        except Unavailable:
            return []
        return sorted(best, key=lambda id: (-best[id], id))[:MOST_FACTS]

    async def _shown(self, scope: Scope, versions: Sequence[FactVersion]) -> list[Known]:
        ids = [id for v in versions for id in (v.subject_id, v.object.entity_id) if id is not None]
        by_id = await self._standing.shown(scope, ids)
        facts: list[Known] = []
        for version in versions:
            subject = by_id.get(version.subject_id)
            object = by_id.get(version.object.entity_id) if version.object.entity_id is not None else None
            if subject is None or (object is None and version.object.literal is None):
                continue
            facts.append(
                Known(
                    version.fact_id,
                    (subject.name, subject.type),
                    version.predicate,
                    object.name if object is not None else version.object.literal or "",
                    object.type if object is not None else None,
                    version.cardinality,
                    version.text,
                    version.valid.start,
                )
            )
        return facts


def _people(shown: Iterable[Told]) -> list[str]:
    """Who speaks or is spoken to, by name; the user, though without one."""
    everyone = (name for one in shown for name in (one.source.speaker, *one.source.others))
    nobody = ROLES - {Role.USER.value}
    return [name for name in dict.fromkeys(everyone) if name not in nobody]


def _names(shown: Iterable[Told]) -> list[str]:
    """What may be names in these words: what is written with a capital, and the words of it alone."""
    found: dict[str, None] = {}
    for one in shown:
        for match in _NAME.finditer(one.words):
            found[match[0]] = None
            found |= dict.fromkeys(word for word in match[0].split() if word[0].isupper())
    return list(found)[:MOST_NAMES]


def _names_of(fact: Known) -> list[Named]:
    return [fact.subject] if fact.object_type is None else [fact.subject, (fact.object, fact.object_type)]


def _aliased(letter: str, things: Sequence[T]) -> dict[str, T]:
    return {f"{letter}{number}": thing for number, thing in enumerate(things, 1)}
