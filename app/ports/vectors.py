"""Vectors are derived: every one can be rebuilt from the graph store. One module (memory/indexing) writes them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Protocol

from app.domain.episode import Json
from app.domain.scope import Scope
from app.domain.time import Interval
from app.ports.models import Sparse, Vectors


class VectorKind(StrEnum):
    EPISODE = "episode"
    FACT = "fact"
    ENTITY = "entity"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class VectorRecord:
    """One vector to be found. `id` is a UUID, unique over all tenants; `ref` is the id of the thing it stands for,
    which may have several vectors (a long episode, the versions of a fact). The other fields are for filters; leave
    out what a kind does not have. `valid`, `recorded`: a fact version's two intervals. `sources`: episode ids."""

    id: str
    ref: str
    dense: Vectors
    sparse: Sparse
    session_id: str | None = None
    position: int | None = None
    seq: int | None = None
    speaker: str | None = None
    role: str | None = None
    occurred_at: datetime | None = None
    metadata: Mapping[str, Json] = field(default_factory=dict)
    valid: Interval | None = None
    recorded: Interval | None = None
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class VectorFilter:
    """All given conditions must hold. `occurred_from` inclusive, `occurred_to` exclusive, aware UTC.
    `metadata`: dotted paths below metadata to the value wanted; a list in the record matches if it contains the
    value. `refs`: only vectors of these things. `valid_at`, `known_at`: only where `valid` and `recorded` contain the
    moment; a record without such an interval matches."""

    session_id: str | None = None
    speaker: str | None = None
    role: str | None = None
    occurred_from: datetime | None = None
    occurred_to: datetime | None = None
    metadata: Mapping[str, str | int | bool] = field(default_factory=dict)
    refs: tuple[str, ...] | None = None
    valid_at: datetime | None = None
    known_at: datetime | None = None


EVERYTHING = VectorFilter()


class Hit(NamedTuple):
    """`score`: for dense the cosine similarity in [-1, 1]; for keyword the BM25 sum, 0 or more, with the inverse
    document frequencies of this user's records. Higher is nearer in both."""

    # a tuple: a search makes hundreds, and a frozen dataclass takes four times as long to make
    id: str
    ref: str
    session_id: str | None
    position: int | None
    speaker: str | None
    sources: tuple[str, ...]
    score: float


@dataclass(frozen=True, slots=True)
class Ask:
    """What both arms are asked for at once: the best `limit` of one kind."""

    kind: VectorKind
    limit: int
    where: VectorFilter = EVERYTHING


@dataclass(frozen=True, slots=True)
class Arms:
    """What each arm found."""

    nearest: Sequence[Hit] = ()
    keyword: Sequence[Hit] = ()


@dataclass(frozen=True, slots=True)
class Pick:
    """Vectors of one kind by their ids, as far as they match."""

    kind: VectorKind
    ids: Sequence[str]
    where: VectorFilter = EVERYTHING


@dataclass(frozen=True, slots=True)
class Scores:
    """By id: as in Hit. `keyword` leaves out what shares no term with the query."""

    dense: Mapping[str, float]
    keyword: Mapping[str, float]


class VectorStore(Protocol):
    """Filters, the tenant's and user's first of all, apply inside the index. Writes are visible to the next read
    of the same process when they return, and survive a kill of the process. Raises Unavailable."""

    async def upsert(self, scope: Scope, kind: VectorKind, records: Sequence[VectorRecord]) -> None:
        """Idempotent by id."""
        ...

    async def nearest(
        self, scope: Scope, kind: VectorKind, query: Vectors, limit: int, where: VectorFilter = EVERYTHING
    ) -> list[Hit]:
        """By cosine, best first, ties by id. `query`: [dim] unit length."""
        ...

    async def keyword(
        self, scope: Scope, kind: VectorKind, query: Sparse, limit: int, where: VectorFilter = EVERYTHING
    ) -> list[Hit]:
        """By BM25, best first, ties by id; only records that share a term with the query."""
        ...

    async def arms(self, scope: Scope, asks: Sequence[Ask], dense: Vectors | None, keyword: Sparse) -> list[Arms]:
        """Of each ask what `nearest` and `keyword` find, in one go; without `dense` the former is not asked."""
        ...

    async def scores(self, scope: Scope, picks: Sequence[Pick], dense: Vectors | None, keyword: Sparse) -> list[Scores]:
        """Of each pick what `nearest` and `keyword` would say of its vectors, in one go; a `dense` of None is not
        asked about."""
        ...

    async def remove(self, scope: Scope, kind: VectorKind, refs: Sequence[str], keep: Collection[str] = ()) -> None:
        """All vectors of these things, but for those with the ids `keep`. Idempotent: unknown refs are passed over,
        and so are other scopes'."""
        ...

    async def remove_all(self, scope: Scope) -> None:
        """Everything of this user, of every kind."""
        ...

    async def refs(self, scope: Scope, kind: VectorKind) -> set[str]:
        """The things that have vectors; for the reconciler."""
        ...

    async def count(self, scope: Scope, kind: VectorKind) -> int: ...

    async def check(self) -> None:
        """Raises Unavailable with the reason when it would not answer, EmbedderMismatch when its vectors were made
        by another embedder than the one it was opened for."""
        ...

    async def close(self) -> None: ...
