"""How Qdrant is asked: points, filters and requests."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from qdrant_client import models

from app.adapters.vectors.payload import SHOWN, metadata_term, moment, owner, payload
from app.domain.scope import Scope
from app.ports.models import Sparse, Vectors
from app.ports.vectors import VectorFilter, VectorRecord

DENSE = "dense"
KEYWORD = "keyword"
TERMS = "terms"
"""The term ids of a record's keyword vector, where document frequencies are counted on our side."""

BATCH_POINTS = 256
BATCH_BYTES = 4_000_000
OVERSAMPLING = 2.0


def points(scope: Scope, records: Sequence[VectorRecord], *, terms: bool) -> Iterator[list[models.PointStruct]]:
    """In batches that fit into one message. `terms`: stored beside the keyword vector."""
    batch: list[models.PointStruct] = []
    size = 0
    for record in records:
        weight = _bytes(record)
        if batch and (len(batch) == BATCH_POINTS or size + weight > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(_point(scope, record, terms=terms))
        size += weight
    if batch:
        yield batch


def _point(scope: Scope, record: VectorRecord, *, terms: bool) -> models.PointStruct:
    vectors: dict[str, Any] = {DENSE: record.dense.tolist()}
    stored = payload(scope, record)
    # an empty one would be counted among the documents and bend the frequencies
    if record.sparse.indices:
        vectors[KEYWORD] = _sparse(record.sparse)
        if terms:
            stored[TERMS] = list(record.sparse.indices)
    return models.PointStruct(id=record.id, vector=vectors, payload=stored)


def _bytes(record: VectorRecord) -> int:
    """About as many as it has as JSON, which is the larger of the two protocols."""
    metadata = sum(len(str(value)) for value in record.metadata.values())
    return 1_000 + 22 * record.dense.size + 40 * len(record.sparse.indices) + 40 * len(record.sources) + metadata


def nearest(
    vector: Vectors, where: models.Filter, limit: int, *, quantised: bool, shown: bool = True
) -> models.QueryRequest:
    """`quantised`: the best by the small vectors are compared again by the whole ones."""
    rescoring = models.QuantizationSearchParams(rescore=True, oversampling=OVERSAMPLING)
    return models.QueryRequest(
        query=vector.tolist(),
        using=DENSE,
        filter=where,
        limit=limit,
        params=models.SearchParams(quantization=rescoring) if quantised else None,
        with_payload=list(SHOWN) if shown else False,
    )


def keyword(
    words: Sparse, corpus: models.Filter | None, where: models.Filter, limit: int, *, shown: bool = True
) -> models.QueryRequest:
    """`corpus`: the records over which the engine counts document frequencies; None where `words` carry them."""
    return models.QueryRequest(
        query=_sparse(words),
        using=KEYWORD,
        filter=where,
        limit=limit,
        params=models.SearchParams(idf=models.IdfCorpusParams(corpus=corpus)) if corpus is not None else None,
        with_payload=list(SHOWN) if shown else False,
    )


def everything_of(scope: Scope) -> models.Filter:
    return models.Filter(must=[_is("owner", owner(scope))])


def spoken_of(scope: Scope) -> models.Filter:
    """Everything with a keyword vector."""
    return models.Filter(must=[_is("owner", owner(scope)), models.HasVectorCondition(has_vector=KEYWORD)])


def containing(scope: Scope, term: int) -> models.Filter:
    return models.Filter(must=[_is("owner", owner(scope)), _is(TERMS, term)])


def refs_of(scope: Scope, refs: Sequence[str], keep: Collection[str] = ()) -> models.Filter:
    kept: list[models.Condition] = [_ids(keep)] if keep else []
    return models.Filter(must=[_is("owner", owner(scope)), _any("ref", refs)], must_not=kept or None)


def matching(scope: Scope, where: VectorFilter, ids: Collection[str] | None = None) -> models.Filter:
    """`ids`: of points, where only these are meant."""
    must: list[models.Condition] = [_is("owner", owner(scope))]
    if ids is not None:
        must.append(_ids(ids))
    must += [
        _is(name, value)
        for name, value in (("session", where.session_id), ("speaker", where.speaker), ("role", where.role))
        if value is not None
    ]
    must += [_is("metadata", metadata_term(path, value)) for path, value in where.metadata.items()]
    if where.refs is not None:
        must.append(_any("ref", where.refs))
    if where.occurred_from is not None or where.occurred_to is not None:
        must.append(_within("occurred_at", models.Range(gte=moment(where.occurred_from), lt=moment(where.occurred_to))))
    # an end that is not stored is open, so the ends that exclude the moment are refused instead of the others wanted
    must_not: list[models.Condition] = []
    for interval, at in (("valid", where.valid_at), ("recorded", where.known_at)):
        if at is not None:
            must_not.append(_within(f"{interval}_from", models.Range(gt=moment(at))))
            must_not.append(_within(f"{interval}_to", models.Range(lte=moment(at))))
    return models.Filter(must=must, must_not=must_not or None)


def _is(name: str, value: str | int) -> models.FieldCondition:
    return models.FieldCondition(key=name, match=models.MatchValue(value=value))


def _any(name: str, values: Sequence[str]) -> models.FieldCondition:
    return models.FieldCondition(key=name, match=models.MatchAny(any=list(values)))


def _within(name: str, range: models.Range) -> models.FieldCondition:
    return models.FieldCondition(key=name, range=range)


def _ids(ids: Collection[str]) -> models.HasIdCondition:
    return models.HasIdCondition(has_id=list(ids))


def _sparse(words: Sparse) -> models.SparseVector:
    return models.SparseVector(indices=list(words.indices), values=list(words.values))
