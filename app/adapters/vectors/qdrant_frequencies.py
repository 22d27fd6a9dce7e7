"""Inverse document frequencies of one user's records, counted by exact requests.

The engine's own are those of a whole collection before version 1.19, and of each shard on its own ever since. So where
they would not be exact, records carry their terms in an indexed field, and the weights of a query are made here. Counts
are remembered for a moment, since one search asks twice with the same words.
"""

from __future__ import annotations

import asyncio
import math
from collections import OrderedDict
from collections.abc import Awaitable, Callable

from qdrant_client import models

from app.adapters.vectors.qdrant_query import containing, spoken_of
from app.domain.scope import Scope
from app.ports.models import Sparse
from app.ports.vectors import VectorKind

SECONDS = 1.0
"""How long what other processes write may go uncounted."""
REMEMBERED_USERS = 256
REMEMBERED_TERMS = 512
AT_ONCE = 16

Counting = Callable[[models.Filter], Awaitable[int]]
_Known = dict[tuple[VectorKind, int | None], tuple[float, int]]


class Frequencies:
    def __init__(self) -> None:
        self._known: OrderedDict[Scope, _Known] = OrderedDict()
        self._at_once = asyncio.Semaphore(AT_ONCE)

    def forget(self, scope: Scope) -> None:
        """After this process wrote for the user."""
        self._known.pop(scope, None)

    async def weighted(self, scope: Scope, kind: VectorKind, words: Sparse, counting: Counting) -> Sparse:
        """The query with each weight times the inverse document frequency of its term. `counting`: how many records of
        the kind match a filter."""
        known = self._known_of(scope)
        documents, *frequencies = await asyncio.gather(
            *(self._count(known, scope, kind, term, counting) for term in (None, *words.indices))
        )
        weights = (
            weight * inverse_frequency(documents, frequency)
            for weight, frequency in zip(words.values, frequencies, strict=True)
        )
        return Sparse(words.indices, tuple(weights))

    async def _count(self, known: _Known, scope: Scope, kind: VectorKind, term: int | None, counting: Counting) -> int:
        """Records with this term, or with any."""
        now = asyncio.get_running_loop().time()
        at, count = known.get((kind, term), (-math.inf, 0))
        if now - at < SECONDS:
            return count
        where = spoken_of(scope) if term is None else containing(scope, term)
        async with self._at_once:
            found = await counting(where)
        # when the user was forgotten meanwhile, this is no longer what is remembered
        known[kind, term] = (now, found)
        return found

    def _known_of(self, scope: Scope) -> _Known:
        known = self._known.setdefault(scope, {})
        self._known.move_to_end(scope)
        if len(known) > REMEMBERED_TERMS:
            known.clear()
        while len(self._known) > REMEMBERED_USERS:
            self._known.popitem(last=False)
        return known


def inverse_frequency(documents: int, containing: int) -> float:
    """As the engine has it. The two were not counted in the same instant."""
    containing = min(containing, documents)
    return math.log1p((documents - containing + 0.5) / (containing + 0.5))
