"""Vectors in a Qdrant server or cluster, or in the local mode of its client."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from functools import partial
from typing import Any, Self

from qdrant_client import models

from app.adapters.migration_files import shipped
from app.adapters.vectors import qdrant_collections as collections
from app.adapters.vectors import qdrant_query as ask
from app.adapters.vectors.folder import Manifest
from app.adapters.vectors.payload import shown
from app.adapters.vectors.qdrant_calls import READ_SECONDS, Calls
from app.adapters.vectors.qdrant_collections import NEXT, PREFIX, SERVED, Layout, named
from app.adapters.vectors.qdrant_frequencies import Frequencies
from app.adapters.vectors.qdrant_migrations import ENGINE, create, refuse_unmigrated
from app.adapters.vectors.qdrant_serving import OnCollection, Serving
from app.domain.scope import Scope
from app.domain.time import Clock
from app.ports.metrics import Meter
from app.ports.models import NO_WORDS, Sparse, Vectors
from app.ports.vectors import EVERYTHING, Arms, Ask, Hit, Pick, Scores, VectorFilter, VectorKind, VectorRecord

TIED = 2
LEAST_TIED = 64
READ_CHUNK = 1_000


class QdrantVectorStore:
    """See VectorStore. Made by `open` or, for a reindex, by `open_next`."""

    def __init__(self, calls: Calls, serving: Serving) -> None:
        self._calls = calls
        self._serving = serving
        self._frequencies = Frequencies()

    @classmethod
    async def open(
        cls,
        url: str,
        *,
        api_key: str | None,
        embedder_identity: str,
        dimension: int,
        keyword_identity: str,
        meter: Meter,
        prefix: str = PREFIX,
    ) -> Self:
        """The collections that are served. Raises StoreUnmigrated when there are none, StoreNewer, EmbedderMismatch
        when other models made them, StoreInUse, Invalid, Unavailable."""
        calls = await Calls.connect(url, api_key=api_key, meter=meter)
        try:
            await collections.version(calls)
            generation = await collections.served(calls, prefix)
            refuse_unmigrated(generation, shipped(ENGINE))
            generation.manifest.check(
                Manifest(embedder_identity, dimension, keyword_identity), f"the Qdrant collections {prefix}-*"
            )
        except BaseException:
            await calls.close()
            raise
        return cls(calls, Serving(calls, prefix, SERVED, generation))

    @classmethod
    async def open_next(
        cls,
        url: str,
        *,
        api_key: str | None,
        embedder_identity: str,
        dimension: int,
        keyword_identity: str,
        clock: Clock,
        meter: Meter,
        prefix: str = PREFIX,
        layout: Layout | None = None,
    ) -> Self:
        """Empty collections beside those that are served, which go on being so: fill them, then `activate`. What an
        earlier reindex left, finished or not, is dropped. Raises StoreInUse, Invalid, Unavailable."""
        manifest = Manifest(embedder_identity, dimension, keyword_identity)
        calls = await Calls.connect(url, api_key=api_key, meter=meter)
        try:
            served = named(await collections.aliases(calls), prefix, SERVED)
            number = max((await collections.generations(calls, prefix)).values(), default=0) + 1
            await collections.drop(calls, prefix, [served] if served else [])
            names = collections.generation_names(prefix, manifest, number)
            await create(calls, names, manifest, layout or Layout(), clock(), shipped(ENGINE))
            await collections.point(calls, prefix, names, NEXT)
            generation = await collections.described(calls, names)
        except BaseException:
            await calls.close()
            raise
        return cls(calls, Serving(calls, prefix, NEXT, generation))

    async def activate(self) -> None:
        """Serve these collections from now on; all kinds change at once. Those they replace stay, for processes that
        still read them, until `drop_replaced` or the next reindex."""
        await self._serving.activate()

    async def drop_replaced(self) -> None:
        """Drop what is neither served nor being filled."""
        await self._serving.drop_replaced()

    async def upsert(self, scope: Scope, kind: VectorKind, records: Sequence[VectorRecord]) -> None:
        try:
            await self._serving.write(
                kind,
                "upsert",
                lambda now: (_upserting(batch) for batch in ask.points(scope, records, terms=now.counted)),
            )
        finally:
            self._frequencies.forget(scope)

    async def nearest(
        self, scope: Scope, kind: VectorKind, query: Vectors, limit: int, where: VectorFilter = EVERYTHING
    ) -> list[Hit]:
        return list((await self._arms(scope, Ask(kind, limit, where), query, NO_WORDS)).nearest)

    async def keyword(
        self, scope: Scope, kind: VectorKind, query: Sparse, limit: int, where: VectorFilter = EVERYTHING
    ) -> list[Hit]:
        return list((await self._arms(scope, Ask(kind, limit, where), None, query)).keyword)

    async def arms(self, scope: Scope, asks: Sequence[Ask], dense: Vectors | None, keyword: Sparse) -> list[Arms]:
        return list(await asyncio.gather(*(self._arms(scope, each, dense, keyword) for each in asks)))

    async def _arms(self, scope: Scope, each: Ask, dense: Vectors | None, keyword: Sparse) -> Arms:
        """Both in one request."""
        if each.limit <= 0 or each.where.refs == () or (dense is None and not keyword.indices):
            return Arms()
        where, enough, requests = ask.matching(scope, each.where), _enough(each.limit), []
        if dense is not None:
            requests.append(ask.nearest(dense, where, enough, quantised=self._serving.generation.quantised))
        if keyword.indices:
            words, corpus = await self._weighted(scope, each.kind, keyword)
            requests.append(ask.keyword(words, corpus, where, enough))
        hits = [_best(found, each.limit) for found in await self._query(each.kind, requests)]
        return Arms(hits[0] if dense is not None else (), hits[-1] if keyword.indices else ())

    async def scores(self, scope: Scope, picks: Sequence[Pick], dense: Vectors | None, keyword: Sparse) -> list[Scores]:
        return list(await asyncio.gather(*(self._scores(scope, pick, dense, keyword) for pick in picks)))

    async def _scores(self, scope: Scope, pick: Pick, dense: Vectors | None, keyword: Sparse) -> Scores:
        if not pick.ids or pick.where.refs == ():
            return Scores({}, {})
        these, requests = ask.matching(scope, pick.where, pick.ids), []
        if dense is not None:
            quantised = self._serving.generation.quantised
            requests.append(ask.nearest(dense, these, len(pick.ids), quantised=quantised, shown=False))
        if keyword.indices:
            words, corpus = await self._weighted(scope, pick.kind, keyword)
            requests.append(ask.keyword(words, corpus, these, len(pick.ids), shown=False))
        found = await self._query(pick.kind, requests) if requests else []
        by_id = [{str(one.id): one.score for one in points} for points in found]
        return Scores(by_id.pop(0) if dense is not None else {}, by_id.pop() if keyword.indices else {})

    async def remove(self, scope: Scope, kind: VectorKind, refs: Sequence[str], keep: Collection[str] = ()) -> None:
        chunks = [refs[start : start + READ_CHUNK] for start in range(0, len(refs), READ_CHUNK)]
        deletions = [_deleting(ask.refs_of(scope, chunk, keep)) for chunk in chunks]
        if deletions:
            try:
                await self._serving.write(kind, "delete", lambda _: deletions)
            finally:
                self._frequencies.forget(scope)

    async def remove_all(self, scope: Scope) -> None:
        try:
            for kind in VectorKind:
                await self._serving.erase(kind, _deleting(ask.everything_of(scope)))
        finally:
            self._frequencies.forget(scope)

    async def refs(self, scope: Scope, kind: VectorKind) -> set[str]:
        mine, found = ask.everything_of(scope), set[str]()
        offset: Any = None
        while True:
            page, offset = await self._serving.read(kind, "scroll", self._page(mine, offset))
            found |= {record.payload["ref"] for record in page if record.payload}
            if offset is None:
                return found

    async def count(self, scope: Scope, kind: VectorKind) -> int:
        return await self._counted(kind, ask.everything_of(scope))

    async def check(self) -> None:
        await self._serving.check()

    async def close(self) -> None:
        """Idempotent."""
        await self._calls.close()

    async def _weighted(self, scope: Scope, kind: VectorKind, words: Sparse) -> tuple[Sparse, models.Filter | None]:
        """The query's words, and over which records the engine is to count their frequencies."""
        if not self._serving.generation.counted:
            return words, ask.everything_of(scope)
        counting = partial(self._counted, kind)
        return await self._frequencies.weighted(scope, kind, words, counting), None

    async def _counted(self, kind: VectorKind, where: models.Filter) -> int:
        # a count is of one replica: the client has no way to ask most of them
        found = await self._serving.read(
            kind, "count", lambda client, name: client.count(name, count_filter=where, exact=True)
        )
        return found.count

    async def _query(
        self, kind: VectorKind, requests: Sequence[models.QueryRequest]
    ) -> list[Sequence[models.ScoredPoint]]:
        consistency = self._consistency
        answers = await self._serving.read(
            kind,
            "query",
            lambda client, name: client.query_batch_points(
                name, requests=requests, consistency=consistency, timeout=int(READ_SECONDS)
            ),
        )
        return [answer.points for answer in answers]

    def _page(self, mine: models.Filter, offset: Any) -> OnCollection[tuple[list[models.Record], Any]]:
        consistency = self._consistency
        return lambda client, name: client.scroll(
            name,
            scroll_filter=mine,
            limit=READ_CHUNK,
            offset=offset,
            with_payload=["ref"],
            with_vectors=False,
            consistency=consistency,
        )

    @property
    def _consistency(self) -> models.ReadConsistencyType | None:
        """Most replicas have what was acknowledged, so most of them have to be asked."""
        return models.ReadConsistencyType.MAJORITY if self._serving.generation.replicated else None


def _upserting(batch: list[models.PointStruct]) -> OnCollection[Any]:
    return lambda client, name: client.upsert(name, batch, wait=True, ordering=models.WriteOrdering.MEDIUM)


def _deleting(where: models.Filter) -> OnCollection[Any]:
    selector = models.FilterSelector(filter=where)
    return lambda client, name: client.delete(name, selector, wait=True, ordering=models.WriteOrdering.MEDIUM)


def _enough(limit: int) -> int:
    """The engine breaks ties as it likes, so it is asked for more than are wanted: a tie that is longer still is among
    texts that say the same."""
    return max(TIED * limit, LEAST_TIED)


def _best(points: Sequence[models.ScoredPoint], limit: int) -> list[Hit]:
    """By score, ties by id."""
    ordered = sorted(points, key=lambda one: (-one.score, str(one.id)))[:limit]
    return [Hit(*shown(str(one.id), one.payload or {}), one.score) for one in ordered]
