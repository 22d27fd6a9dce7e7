"""The numbers of index tasks."""

from __future__ import annotations

import asyncio

from neo4j import AsyncManagedTransaction

from app.adapters.graph.neo4j.connection import Connection, Query, rows

BLOCK = 8_192
LOW = 2_048
"""More than one request may store."""
TAKE_SECONDS = 10.0
"""Everybody waits for whoever takes some."""

_TAKE = Query(
    "tickets.take",
    """
    MERGE (s:Sequence {name: 'index_task'})
    ON CREATE SET s.value = 0
    SET s.value = s.value + $wanted
    RETURN s.value AS last
    """,
    writes=True,
)
QUERIES = (_TAKE,)


class Tickets:
    """A process takes them in blocks, in transactions of their own, so that no two users ever wait for the sequence.
    They ascend within a process; of two processes, the one with the higher block may be the earlier."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._next = 1
        self._last = 0
        self._filling = asyncio.Lock()

    async def stock(self) -> None:
        """To be called before a transaction that takes some. Raises Unavailable."""
        async with self._filling:
            if self._last - self._next < LOW:
                last = await self._connection.write(lambda tx: _take(tx, BLOCK), seconds=TAKE_SECONDS)
                self._next, self._last = last - BLOCK + 1, last

    async def take(self, tx: AsyncManagedTransaction, wanted: int) -> range:
        """So many, ascending. Where the stock does not suffice they come out of the transaction, which then keeps the
        sequence locked, and what is in stock is thrown away, for it is lower."""
        if self._last - self._next + 1 < wanted:
            self._next, self._last = 1, 0
            last = await _take(tx, wanted)
            return range(last - wanted + 1, last + 1)
        taken = range(self._next, self._next + wanted)
        self._next += wanted
        return taken


async def _take(tx: AsyncManagedTransaction, wanted: int) -> int:
    """The last of so many."""
    (taken,) = await rows(tx, _TAKE, wanted=wanted)
    return int(taken["last"])
