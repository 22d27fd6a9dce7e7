"""All vectors anew from the graph store, while the service may go on writing.

First everything, then whoever changed since, again and again until that is little; then the new vectors are served, and
whoever changed up to that moment is done once more, or handed over to those who serve them. Writers that still know
only the old vectors leave what they could not index to be done by others, so nothing is lost in between.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

from app.domain.scope import Scope
from app.memory.indexing import Indexing
from app.ports.accounts import AccountStore
from app.ports.graph.episodes import EpisodeStore
from app.ports.graph.knowledge import EntityStore, FactQuery, FactState, FactStore, Ledger
from app.ports.graph.lanes import Outbox
from app.ports.graph.notes import NoteStore
from app.ports.vectors import VectorKind

PAGE = 200
ROUNDS = 3


@dataclass(frozen=True, slots=True)
class _Mark:
    """A memory that has the same mark is the same."""

    revision: int
    episodes: int


class Rebuilding:
    """`indexing` writes to the new vectors."""

    def __init__(
        self,
        *,
        indexing: Indexing,
        accounts: AccountStore,
        episodes: EpisodeStore,
        entities: EntityStore,
        facts: FactStore,
        notes: NoteStore,
        ledger: Ledger,
        outbox: Outbox,
    ) -> None:
        self._indexing = indexing
        self._accounts = accounts
        self._episodes = episodes
        self._entities = entities
        self._facts = facts
        self._notes = notes
        self._ledger = ledger
        self._outbox = outbox
        self._marks: dict[Scope, _Mark] = {}

    async def changed(self) -> list[Scope]:
        """Whose memory is not, or no longer, as it was when it was rebuilt: at first everybody's."""
        present = {scope: await self._mark(scope) async for scope in self._scopes()}
        return [scope for scope in {**self._marks, **present} if self._marks.get(scope) != present.get(scope)]

    async def user(self, scope: Scope) -> int:
        """How many things there are. Repeating it is harmless; whoever is overtaken by changes begins again, and if
        that happens too often, the user counts as changed. Raises Unavailable."""
        things = 0
        for _ in range(ROUNDS):
            mark = await self._mark(scope)
            things = await self._everything(scope)
            if await self._mark(scope) == mark:
                self._marks[scope] = mark
                break
        return things

    async def hand_over(self, scope: Scope) -> None:
        """Leave it to those who serve these vectors, as index tasks."""
        await self._outbox.refill(scope)

    async def _everything(self, scope: Scope) -> int:
        things = 0
        for kind, pages in (
            (VectorKind.EPISODE, self._episode_ids(scope)),
            (VectorKind.ENTITY, self._entity_ids(scope)),
            (VectorKind.FACT, self._fact_ids(scope)),
            (VectorKind.NOTE, self._note_ids(scope)),
        ):
            present: set[str] = set()
            async for ids in pages:
                await self._indexing.write(scope, kind, ids)
                present.update(ids)
            await self._indexing.withdraw_all_but(scope, kind, present)
            things += len(present)
        return things

    async def _mark(self, scope: Scope) -> _Mark:
        return _Mark(await self._ledger.revision(scope), (await self._episodes.user(scope)).episodes)

    async def _scopes(self) -> AsyncIterator[Scope]:
        tenant_after: str | None = None
        while tenants := await self._accounts.tenants(tenant_after, PAGE):
            for tenant in tenants:
                after: str | None = None
                while users := await self._episodes.users(tenant.id, after, PAGE):
                    for user in users:
                        yield Scope(tenant.id, user.user_id)
                    after = users[-1].user_id
            tenant_after = tenants[-1].id

    async def _episode_ids(self, scope: Scope) -> AsyncIterator[list[str]]:
        after = 0
        while page := await self._episodes.all(scope, after, PAGE):
            yield [episode.id for episode in page]
            after = page[-1].seq

    async def _entity_ids(self, scope: Scope) -> AsyncIterator[list[str]]:
        after: str | None = None
        while page := await self._entities.cards(scope, None, after, PAGE):
            yield [card.entity.id for card in page]
            after = page[-1].entity.id

    async def _fact_ids(self, scope: Scope) -> AsyncIterator[list[str]]:
        after: tuple[str, int] | None = None
        while page := await self._facts.facts(scope, FactQuery(state=FactState.ALL), after, PAGE):
            yield list(dict.fromkeys(version.fact_id for version in page))
            after = (page[-1].fact_id, page[-1].version)

    async def _note_ids(self, scope: Scope) -> AsyncIterator[list[str]]:
        after: str | None = None
        while page := await self._notes.page(scope, after, PAGE):
            yield [note.id for note in page]
            after = page[-1].id
