"""The collections that a store speaks to, and what becomes of it when others take their place.

They are spoken to by their own names, since collections of another embedder may take over the aliases at any time.
After each write it is looked whether they have: what was written to collections that are no longer served counts as
not written, so whoever asked keeps it to be done again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, TypeVar

import structlog
from qdrant_client import AsyncQdrantClient, models

from app.adapters.vectors import qdrant_collections as collections
from app.adapters.vectors.qdrant_calls import Calls, CollectionMissing
from app.adapters.vectors.qdrant_collections import NEXT, SERVED, Generation, Slot, alias, named
from app.domain.errors import EmbedderMismatch, Unavailable
from app.ports.vectors import VectorKind

MOVES = 3
"""How often the collections may change under one call before it gives up."""

T = TypeVar("T")
OnCollection = Callable[[AsyncQdrantClient, str], Awaitable[T]]

log = structlog.get_logger(__name__)


class Serving:
    """`slot`: SERVED, or NEXT while a reindex fills them."""

    def __init__(self, calls: Calls, prefix: str, slot: Slot, generation: Generation) -> None:
        self._calls = calls
        self._prefix = prefix
        self._slot = slot
        self._generation = generation

    @property
    def generation(self) -> Generation:
        return self._generation

    async def read(self, kind: VectorKind, name: str, operation: OnCollection[T]) -> T:
        try:
            return await self._calls.read(name, self._on(kind, operation))
        except CollectionMissing:
            await self._follow()
            return await self._calls.read(name, self._on(kind, operation))

    async def write(
        self, kind: VectorKind, name: str, operations: Callable[[Generation], Iterable[OnCollection[Any]]]
    ) -> None:
        """Returns when it is done in the collection that is served, or being filled. Raises EmbedderMismatch when
        another embedder's has taken its place."""
        for _ in range(MOVES):
            generation = self._generation
            try:
                for operation in operations(generation):
                    await self._calls.write(name, self._on(kind, operation))
                if named(await collections.aliases(self._calls), self._prefix, self._slot) == generation.names:
                    return
            except CollectionMissing:
                log.info("a collection was dropped while it was written to", kind=kind.value)
            await self._follow()
        raise Unavailable("the collections in Qdrant keep changing: is a reindex running over and over?")

    async def erase(self, kind: VectorKind, operation: OnCollection[Any]) -> None:
        """In every collection of the kind that is read, served or being filled: to erase a user takes no embedder, and
        nothing that was read before it."""
        done: set[str] = set()
        todo = {self._generation.names[kind]}
        while todo:
            for name in todo:
                await self._erase(name, operation)
            done |= todo
            found = await collections.aliases(self._calls)
            others = (found.get(alias(self._prefix, kind, slot)) for slot in (SERVED, NEXT))
            todo = {name for name in others if name is not None} - done

    async def activate(self) -> None:
        await collections.point(self._calls, self._prefix, self._generation.names, SERVED)
        self._slot = SERVED

    async def drop_replaced(self) -> None:
        found = await collections.aliases(self._calls)
        kept = [names for slot in (SERVED, NEXT) if (names := named(found, self._prefix, slot))]
        await collections.drop(self._calls, self._prefix, [self._generation.names, *kept])

    async def check(self) -> None:
        """See VectorStore. Where another embedder's collections have taken over, the replaced ones still answer as
        long as they are there."""
        found = await self._calls.probe("aliases", lambda client: client.get_aliases())
        by_alias = {one.alias_name: one.collection_name for one in found.aliases}
        if named(by_alias, self._prefix, self._slot) != self._generation.names:
            try:
                await self._follow()
            except EmbedderMismatch as error:
                if not await collections.exist(self._calls, self._generation.names):
                    raise
                log.warning("searching collections that were replaced; nothing is indexed", reason=str(error))
        names = self._generation.names.values()
        infos = await asyncio.gather(*(self._calls.probe("collection", _describing(name)) for name in names))
        if any(info.status == models.CollectionStatus.RED for info in infos):
            raise Unavailable("a collection in Qdrant is in state red: see the log of Qdrant")

    async def _follow(self) -> None:
        """To the collections that are served now. Raises EmbedderMismatch when they are another embedder's."""
        if self._slot == NEXT:
            raise Unavailable("another reindex has taken the place of this one")
        generation = await collections.served(self._calls, self._prefix)
        generation.manifest.check(self._generation.manifest, f"the Qdrant collections {self._prefix}-*")
        self._generation = generation

    def _on(self, kind: VectorKind, operation: OnCollection[T]) -> Callable[[AsyncQdrantClient], Awaitable[T]]:
        collection = self._generation.names[kind]
        return lambda client: operation(client, collection)

    async def _erase(self, name: str, operation: OnCollection[Any]) -> None:
        try:
            await self._calls.write("erase", lambda client: operation(client, name))
        except CollectionMissing:
            return


def _describing(name: str) -> Callable[[AsyncQdrantClient], Awaitable[models.CollectionInfo]]:
    return lambda client: client.get_collection(name)
