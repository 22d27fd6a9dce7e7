"""Plain reads: what is stored, joined for a reader. REST, MCP, the command line and the dashboard all ask here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from app.domain.episode import Episode
from app.domain.errors import NotFound
from app.domain.fact import FactVersion, Value
from app.domain.jobs import Job, JobState
from app.domain.scope import Scope
from app.domain.time import Clock
from app.memory.entities.standing import Standing
from app.memory.notes.book import viewed
from app.memory.views import DerivedView, FactView
from app.ports.graph.episodes import EpisodeStore, SessionSummary, UserSummary
from app.ports.graph.knowledge import EntityCard, EntityStore, FactQuery, FactState, FactStore, Ledger
from app.ports.graph.lanes import JobStore
from app.ports.graph.notes import NoteStore


class Insights:
    def __init__(
        self,
        *,
        episodes: EpisodeStore,
        entities: EntityStore,
        facts: FactStore,
        notes: NoteStore,
        standing: Standing,
        ledger: Ledger,
        jobs: JobStore,
        clock: Clock,
    ) -> None:
        self._episodes = episodes
        self._entities = entities
        self._facts = facts
        self._notes = notes
        self._standing = standing
        self._ledger = ledger
        self._jobs = jobs
        self._clock = clock

    # --- the record

    async def user(self, scope: Scope) -> UserSummary:
        return await self._episodes.user(scope)

    async def users(self, tenant: str, after: str | None, limit: int) -> list[UserSummary]:
        return await self._episodes.users(tenant, after, limit)

    async def sessions(self, scope: Scope, after: str | None, limit: int) -> list[SessionSummary]:
        return await self._episodes.sessions(scope, after, limit)

    async def session_episodes(self, scope: Scope, session_id: str, after_seq: int, limit: int) -> list[Episode]:
        return await self._episodes.page(scope, session_id, after_seq, limit)

    async def episode(self, scope: Scope, id: str) -> Episode:
        found = await self._episodes.get(scope, [id])
        if not found:
            raise NotFound(f"no episode {id}")
        return found[0]

    async def job(self, tenant: str, id: str) -> Job:
        job = await self._jobs.get(tenant, id)
        if job is None:
            raise NotFound(f"no job {id}")
        return job

    async def jobs(self, scope: Scope, state: JobState | None, after: str | None, limit: int) -> list[Job]:
        return await self._jobs.page(scope, state, after, limit)

    # --- what was derived

    async def entities(
        self,
        scope: Scope,
        containing: str | None,
        after: str | None,
        limit: int,
        *,
        as_of: datetime | None = None,
        known_at: datetime | None = None,
    ) -> list[EntityCard]:
        return await self._entities.cards(scope, containing or None, after, limit, as_of=as_of, known_at=known_at)

    async def entity(
        self, scope: Scope, id: str, *, as_of: datetime | None = None, known_at: datetime | None = None
    ) -> EntityCard:
        card = await self._entities.card(scope, id, as_of=as_of, known_at=known_at)
        if card is None:
            raise NotFound(f"no entity {id}")
        return card

    async def named(self, scope: Scope, name_or_id: str, known_at: datetime | None = None) -> tuple[str, ...]:
        """The ids of the entities that a caller may mean, by id, or by name or alias, and of all who are one with
        them, now or at `known_at`; empty where there is none."""
        return await self._standing.named(scope, name_or_id, known_at)

    async def facts(
        self,
        scope: Scope,
        *,
        subject: str | None = None,
        predicate: str | None = None,
        object: str | None = None,
        as_of: datetime | None = None,
        known_at: datetime | None = None,
        state: FactState = FactState.CURRENT,
        after: tuple[str, int] | None = None,
        limit: int = 50,
    ) -> list[FactView]:
        """`subject`, `object`: an entity's id, name or alias; `object` may also be a literal. CURRENT without
        `as_of` means valid now (or at `known_at`)."""
        subjects = None if subject is None else await self.named(scope, subject, known_at)
        objects: tuple[Value, ...] | None = None
        if object is not None:
            named = await self.named(scope, object, known_at)
            objects = (*(Value(entity_id=id) for id in named), Value(literal=object))
        if subjects == ():
            return []
        at = as_of if as_of is not None or state is FactState.ALL else known_at or self._clock()
        query = FactQuery(
            subjects=subjects, predicate=predicate, objects=objects, as_of=at, known_at=known_at, state=state
        )
        return await self.views(scope, await self._facts.facts(scope, query, after, limit), known_at)

    async def fact(self, scope: Scope, id: str) -> list[FactView]:
        """All versions, oldest first. Raises NotFound."""
        versions = await self._facts.versions(scope, [id])
        if not versions:
            raise NotFound(f"no fact {id}")
        return await self.views(scope, versions)

    async def derived(self, scope: Scope, episode_ids: Sequence[str]) -> DerivedView:
        """What these episodes gave rise to."""
        derived = await self._ledger.derived_from(scope, episode_ids)
        facts = await self.views(scope, derived.facts)
        retired = await self.views(scope, derived.retired)
        shown = await self._standing.shown(scope, [entity.id for entity in derived.entities])
        entities = {entity.id: entity for entity in shown.values()}
        notes = await viewed(self._notes, scope, derived.notes)
        return DerivedView(tuple(entities.values()), tuple(facts), tuple(retired), tuple(notes))

    async def views(
        self, scope: Scope, versions: Sequence[FactVersion], known_at: datetime | None = None
    ) -> list[FactView]:
        """The versions with the entities that stand for those they name, now or at `known_at`, and their evidence, in
        the same order."""
        if not versions:
            return []
        ids = dict.fromkeys(v.subject_id for v in versions)
        ids.update(dict.fromkeys(v.object.entity_id for v in versions if v.object.entity_id is not None))
        entities = await self._standing.shown(scope, ids, known_at)
        evidence = await self._facts.evidence(scope, [(v.fact_id, v.version) for v in versions])
        return [
            FactView(
                version=v,
                subject=entities[v.subject_id],
                object=entities[v.object.entity_id] if v.object.entity_id is not None else None,
                evidence=tuple(evidence.get((v.fact_id, v.version), ())),
            )
            for v in versions
        ]
