"""One shard of Qdrant Edge. Everything here blocks, and the engine holds the interpreter's lock while it works."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import neg
from pathlib import Path
from typing import Self, cast
from uuid import UUID

import qdrant_edge as edge

from app.adapters.vectors.edge_query import indexes, point, shard_config
from app.adapters.vectors.payload import SHOWN, Shown, shown
from app.domain.scope import Scope
from app.ports.vectors import Hit, VectorKind, VectorRecord

TIED = 2
LEAST_TIED = 64
REMEMBERED = 50_000
"""Points of which it is kept in memory what their hits show, about 20 MB; reading it from the files costs more than
the search itself."""
READ_CHUNK = 1_000


@dataclass(frozen=True, slots=True)
class Upkeep:
    """When what was written is tidied; counted in records of one kind.

    `flush_after`: then the log is written out, about 15 ms; a start after a crash replays what came since.
    `compact_after`: then, once nothing was asked for `idle_seconds`, segments are merged and deleted records leave the
    files: about half a second for 10,000 records, during which the process does nothing else. After twice as many it
    waits no longer, so that the pause stays short.
    """

    flush_after: int = 1_000
    compact_after: int = 10_000
    idle_seconds: float = 10.0


class Shard:
    def __init__(self, folder: Path, engine: edge.EdgeShard, config: edge.EdgeConfig, upkeep: Upkeep) -> None:
        self._folder = folder
        self._engine = engine
        self._config = config
        self._upkeep = upkeep
        self._unflushed = 0
        self._uncompacted = 0
        self._shown: dict[int, Shown] = {}

    @classmethod
    def create(cls, folder: Path, kind: VectorKind, dimension: int, upkeep: Upkeep) -> Self:
        folder.mkdir()
        config = shard_config(dimension)
        engine = edge.EdgeShard.create(str(folder), config)
        for name, index in indexes(kind).items():
            engine.update(edge.UpdateOperation.create_field_index(name, index))
        return cls(folder, engine, config, upkeep)

    @classmethod
    def load(cls, folder: Path, dimension: int, upkeep: Upkeep) -> Self:
        config = shard_config(dimension)
        return cls(folder, edge.EdgeShard.load(str(folder), config), config, upkeep)

    @property
    def wants_compaction(self) -> bool:
        return self._uncompacted >= self._upkeep.compact_after

    @property
    def needs_compaction(self) -> bool:
        return self._uncompacted >= 2 * self._upkeep.compact_after

    def upsert(self, scope: Scope, records: Sequence[VectorRecord]) -> None:
        points = [point(scope, record) for record in records]
        for record in records:
            self._shown.pop(_number(record.id), None)
        self._update(edge.UpdateOperation.upsert_points(points), len(points))

    def delete(self, where: edge.Filter) -> None:
        if records := self.count(where):
            self._update(edge.UpdateOperation.delete_points_by_filter(where), records)

    def best(self, asked: Callable[[int], list[edge.QueryRequest]], limit: int) -> list[list[Hit]]:
        """Of each request by score, ties by id. `asked`: the requests for so many results. The engine breaks ties as it
        likes, so it is asked for more than are wanted: a tie that is longer still is among texts that say the same."""
        enough = max(TIED * limit, LEAST_TIED)
        found = self._engine.query_batch(edge.QueryBatchRequest(asked(enough)))
        return [self._hits(each, limit) for each in found]

    def _hits(self, found: Sequence[edge.ScoredPoint], limit: int) -> list[Hit]:
        scores = [one.score for one in found]
        # an id costs more than a score, so it is read only of those that may be among the best
        enough = bisect_right(scores, -scores[limit - 1], key=neg) if len(scores) > limit else len(scores)
        best = sorted([(-score, _uuid(one.id).int) for score, one in zip(scores, found[:enough], strict=False)])[:limit]
        known = self._of([number for _, number in best])
        return [Hit(*known[number], -negative) for negative, number in best]

    def _of(self, numbers: Sequence[int]) -> Mapping[int, Shown]:
        """What hits show of these points; the engine is asked only for what is not remembered."""
        known = self._shown
        unknown: list[int | UUID | str] = [UUID(int=number) for number in numbers if number not in known]
        if unknown:
            for record in self._engine.retrieve(unknown, with_payload=list(SHOWN), with_vector=False):
                id = _uuid(record.id)
                known[id.int] = shown(str(id), record.payload or {})
        found = {number: known[number] for number in numbers}
        while len(known) > REMEMBERED:
            known.pop(next(iter(known)))
        return found

    def scores(self, requests: list[edge.QueryRequest], ids: Sequence[str]) -> list[dict[str, float]]:
        """Of each request, by id; all that is found is among `ids`."""
        names = {_number(id): id for id in ids}
        found = self._engine.query_batch(edge.QueryBatchRequest(requests))
        return [{names[_uuid(one.id).int]: one.score for one in each} for each in found]

    def refs(self, where: edge.Filter, offset: edge.PointId | None) -> tuple[set[str], edge.PointId | None]:
        """Of one page from `offset`, and where the next begins."""
        records, beyond = self._engine.scroll(
            edge.ScrollRequest(offset=offset, limit=READ_CHUNK, filter=where, with_payload=["ref"])
        )
        return {record.payload["ref"] for record in records if record.payload}, beyond

    def count(self, where: edge.Filter) -> int:
        return self._engine.count(edge.CountRequest(exact=True, filter=where))

    def check(self) -> None:
        self._engine.info()

    def flush(self) -> None:
        self._engine.flush()
        self._unflushed = 0

    def compact(self) -> None:
        if self._engine.optimize():
            # loaded anew it gives back the memory of the segments that were merged
            self._engine.close()
            self._engine = edge.EdgeShard.load(str(self._folder), self._config)
        self._unflushed = self._uncompacted = 0

    def close(self) -> None:
        """Flushes."""
        self._engine.close()

    def _update(self, operation: edge.UpdateOperation, records: int) -> None:
        self._engine.update(operation)
        self._unflushed += records
        self._uncompacted += records
        if self._unflushed >= self._upkeep.flush_after:
            self.flush()


def _uuid(id: edge.PointId) -> UUID:
    return cast(UUID, id)  # ours are no others


def _number(id: str) -> int:
    """A UUID as a number: those that the engine gives have theirs at hand, and writing one out takes as long as
    finding it. Numbers and canonical text are in the same order."""
    return int(id.replace("-", ""), 16)
