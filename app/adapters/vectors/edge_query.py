"""How Qdrant Edge is asked: its shards' shape, points, filters and requests."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import TypeVar

import qdrant_edge as edge

from app.adapters.vectors.payload import metadata_term, moment, owner, payload
from app.domain.scope import Scope
from app.ports.models import Sparse, Vectors
from app.ports.vectors import VectorFilter, VectorKind, VectorRecord

DENSE = "dense"
KEYWORD = "keyword"
SEGMENT_KB = 20_000

T = TypeVar("T")
Index = edge.KeywordIndexParams | edge.IntegerIndexParams

_WORD: Index = edge.KeywordIndexParams()
_TIME: Index = edge.IntegerIndexParams(lookup=False, range=True)
_FILTERED: dict[VectorKind, tuple[tuple[str, ...], tuple[str, ...]]] = {
    VectorKind.EPISODE: (("session", "speaker", "role", "metadata"), ("occurred_at",)),
    VectorKind.FACT: ((), ("valid_from", "valid_to", "recorded_from", "recorded_to")),
    VectorKind.ENTITY: ((), ()),
    VectorKind.NOTE: (("metadata",), ()),
}
"""By kind, the words and the times that its records carry and searches filter by."""


def indexes(kind: VectorKind) -> dict[str, Index]:
    """Which fields are indexed: making an index costs 10 ms at the birth of a store, so a kind has those that its
    records fill. Any other field can be filtered by as well, only slowly."""
    words, times = _FILTERED[kind]
    owner: Index = edge.KeywordIndexParams(is_tenant=True)
    return {"owner": owner} | dict.fromkeys(("ref", *words), _WORD) | dict.fromkeys(times, _TIME)


def shard_config(dimension: int) -> edge.EdgeConfig:
    """Exact search: building a graph over the vectors blocks the whole process for seconds at 10,000 points, and
    comparing all of one user's takes a millisecond or two. Small segments bound how long a compaction blocks it. One
    search thread: to hand a segment to another costs more than searching it."""
    return edge.EdgeConfig(
        vectors={DENSE: edge.EdgeVectorParams(size=dimension, distance=edge.Distance.Cosine)},
        sparse_vectors={KEYWORD: edge.EdgeSparseVectorParams(modifier=edge.Modifier.Idf)},
        hnsw_config=edge.HnswIndexConfig(m=0, ef_construct=100, full_scan_threshold=10_000),
        optimizers=edge.EdgeOptimizersConfig(max_segment_size=SEGMENT_KB),
        max_search_threads=1,
    )


def point(scope: Scope, record: VectorRecord) -> edge.Point:
    vectors: dict[str, edge.NamedVector] = {DENSE: record.dense.tolist()}
    # an empty one would be counted among the documents and bend the frequencies
    if record.sparse.indices:
        vectors[KEYWORD] = _sparse(record.sparse)
    return edge.Point(record.id, vectors, payload(scope, record))


class Question:
    """A query of one user's, for either arm. Made once for all kinds, since handing a vector over costs as much as
    finding it among hundreds."""

    def __init__(self, scope: Scope, dense: Vectors | None, words: Sparse) -> None:
        self._dense = edge.Query.Nearest(dense.tolist(), using=DENSE) if dense is not None else None
        self._keyword = edge.Query.Nearest(_sparse(words), using=KEYWORD) if words.indices else None
        # document frequencies are counted over all that the user has
        self._counting = edge.SearchParams(idf=edge.IdfParams(corpus=everything_of(scope)))

    def asked(self, where: edge.Filter, limit: int) -> list[edge.QueryRequest]:
        """Of the arms that there are, the dense one first. Without payload: reading it costs more than the search."""
        requests = []
        if self._dense is not None:
            requests.append(edge.QueryRequest(limit=limit, query=self._dense, filter=where, with_payload=False))
        if self._keyword is not None:
            requests.append(
                edge.QueryRequest(
                    limit=limit, query=self._keyword, filter=where, with_payload=False, params=self._counting
                )
            )
        return requests

    def told(self, answers: Sequence[T], silent: T) -> tuple[T, T]:
        """The answers of the dense and the keyword arm, `silent` for one that there is not."""
        return (
            answers[0] if self._dense is not None else silent,
            answers[-1] if self._keyword is not None else silent,
        )


def everything_of(scope: Scope) -> edge.Filter:
    return edge.Filter(must=[_is("owner", owner(scope))])


def refs_of(scope: Scope, refs: Sequence[str], keep: Collection[str] = ()) -> edge.Filter:
    kept: list[edge.ConditionType] = [edge.HasIdCondition(set(keep))] if keep else []
    return edge.Filter(must=[_is("owner", owner(scope)), _any("ref", refs)], must_not=kept or None)


def matching(scope: Scope, where: VectorFilter, ids: Collection[str] | None = None) -> edge.Filter:
    """`ids`: of points, where only these are meant."""
    must: list[edge.ConditionType] = [_is("owner", owner(scope))]
    if ids is not None:
        must.append(edge.HasIdCondition(set(ids)))
    must += [
        _is(name, value)
        for name, value in (("session", where.session_id), ("speaker", where.speaker), ("role", where.role))
        if value is not None
    ]
    must += [_is("metadata", metadata_term(path, value)) for path, value in where.metadata.items()]
    if where.refs is not None:
        must.append(_any("ref", where.refs))
    if where.occurred_from is not None or where.occurred_to is not None:
        must.append(
            _within(
                "occurred_at",
                edge.RangeFloat(gte=moment(where.occurred_from), lt=moment(where.occurred_to)),
            )
        )
    # an end that is not stored is open, so the ends that exclude the moment are refused instead of the others wanted
    must_not = [*_excluding("valid", where.valid_at), *_excluding("recorded", where.known_at)]
    return edge.Filter(must=list(must), must_not=list(must_not) or None)


def _excluding(interval: str, at: datetime | None) -> list[edge.FieldCondition]:
    if at is None:
        return []
    return [
        _within(f"{interval}_from", edge.RangeFloat(gt=moment(at))),
        _within(f"{interval}_to", edge.RangeFloat(lte=moment(at))),
    ]


def _is(name: str, value: str) -> edge.FieldCondition:
    return edge.FieldCondition(name, match=edge.MatchValue(value))


def _any(name: str, values: Sequence[str]) -> edge.FieldCondition:
    return edge.FieldCondition(name, match=edge.MatchAny(list(values)))


def _within(name: str, range: edge.RangeFloat) -> edge.FieldCondition:
    return edge.FieldCondition(name, range=range)


def _sparse(words: Sparse) -> edge.SparseVector:
    return edge.SparseVector(list(words.indices), list(words.values))
