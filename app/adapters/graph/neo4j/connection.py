"""One driver for the store: every unit of work is one transaction with a timeout, tried again where that may help."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self, TypeVar
from urllib.parse import unquote, urlsplit, urlunsplit

import neo4j
from neo4j import (
    READ_ACCESS,
    WRITE_ACCESS,
    AsyncDriver,
    AsyncGraphDatabase,
    AsyncManagedTransaction,
    AsyncSession,
    NotificationMinimumSeverity,
    unit_of_work,
)
from neo4j.exceptions import (
    AuthError,
    ClientError,
    ConfigurationError,
    ConstraintError,
    DriverError,
    Forbidden,
    Neo4jError,
    TransientError,
)

from app.domain.errors import Conflict, Invalid, Unavailable
from app.ports.metrics import Meter

SCHEMES = ("bolt", "bolt+s", "bolt+ssc", "neo4j", "neo4j+s", "neo4j+ssc")
READ_SECONDS = 15.0
WRITE_SECONDS = 60.0
LEASED_SECONDS = 30.0
"""For what keeps a lane locked: whoever stands still in the midst of it holds the lane, and posts of its user, for no
longer than a lease lasts."""
CHECK_SECONDS = 5.0
RETRY_SECONDS = 5.0
CONNECT_SECONDS = 5.0
IDLE_SECONDS = 30.0
"""After so long a connection is tried before it is used."""
CONNECTIONS = 64
TRIES = 8
PAUSE_SECONDS = 0.5
LOOKS = 3
GONE = "Neo.ClientError.Statement.EntityNotFound"

T = TypeVar("T")
Work = Callable[[AsyncManagedTransaction], Awaitable[T]]


@dataclass(frozen=True, slots=True)
class Query:
    """A statement, by name; all that varies in it are its parameters. `writes`: it changes something."""

    name: str
    text: str
    writes: bool


async def rows(tx: AsyncManagedTransaction, query: Query, /, **parameters: Any) -> list[dict[str, Any]]:
    result = await tx.run(query.text, parameters)
    return [record.data() async for record in result]


class Connection:
    """Reads follow the writes of this process, also in a cluster. Work may run more than once, each time on what is
    stored then; it is not run again when the answer to its commit was lost."""

    def __init__(self, driver: AsyncDriver, place: str, database: str | None, meter: Meter) -> None:
        self.place = place
        self._driver = driver
        self._database = database
        self._meter = meter
        self._bookmarks = AsyncGraphDatabase.bookmark_manager()

    @classmethod
    def to(cls, url: str, *, user: str | None, password: str | None, meter: Meter, database: str | None = None) -> Self:
        """Asks the server nothing yet. The credentials may stand in `url` as well, which go before.
        `database`: None for the one that is the user's own. Raises Invalid."""
        bare, given_user, given_password = _parts(url)
        user, password = given_user or user, given_password if given_user else password
        try:
            driver = AsyncGraphDatabase.driver(
                bare,
                auth=(user, password or "") if user else None,
                connection_timeout=CONNECT_SECONDS,
                connection_acquisition_timeout=READ_SECONDS,
                connection_write_timeout=READ_SECONDS,
                liveness_check_timeout=IDLE_SECONDS,
                max_connection_pool_size=CONNECTIONS,
                max_transaction_retry_time=RETRY_SECONDS,
                notifications_min_severity=NotificationMinimumSeverity.OFF,
                telemetry_disabled=True,
            )
        except (ConfigurationError, ValueError) as error:
            raise Invalid(f"GRAPH_URL cannot be used: {error}") from error
        return cls(driver, bare, database, meter)

    async def read(self, work: Work[T], *, seconds: float = READ_SECONDS) -> T:
        """Raises Unavailable, and whatever `work` raises."""
        for _ in range(LOOKS - 1):
            # nothing is locked for readers: what is deleted at this moment can be seen with some of its properties gone
            # or empty. It is not there when one looks again
            try:
                return await self._run(READ_ACCESS, work, seconds)
            except (KeyError, Invalid):
                continue
            except ClientError as error:
                if error.code != GONE:
                    raise
        return await self._run(READ_ACCESS, work, seconds)

    async def write(self, work: Work[T], *, seconds: float = WRITE_SECONDS) -> T:
        """All or nothing. `seconds`: the most that one try may take. Raises Unavailable, after which it may have been
        done all the same; Conflict for a broken constraint; and whatever `work` raises."""
        return await self._run(WRITE_ACCESS, work, seconds)

    async def command(
        self, text: str, parameters: dict[str, Any] | None = None, *, seconds: float = WRITE_SECONDS
    ) -> list[dict[str, Any]]:
        """A statement in a transaction that it makes itself, as some of the migrations need. It can be repeated, and
        is after a passing trouble. Raises as `write`."""
        left = TRIES
        while True:
            left -= 1
            try:
                with translated(self.place), self._meter.timed("graph_call", access="schema"):
                    async with asyncio.timeout(seconds), self._session(WRITE_ACCESS) as session:
                        result = await session.run(neo4j.Query(text, timeout=seconds), parameters)
                        return [record.data() async for record in result]
            except Unavailable as error:
                self._meter.count("graph_failures", access="schema")
                if not left or not isinstance(error.__cause__, TransientError):
                    raise
            await asyncio.sleep(random.uniform(0, PAUSE_SECONDS))

    async def close(self) -> None:
        """Idempotent."""
        await self._driver.close()

    async def _run(self, access: str, work: Work[T], seconds: float) -> T:
        attempt = unit_of_work(timeout=seconds)(work)
        try:
            with translated(self.place), self._meter.timed("graph_call", access=access.lower()):
                # the server ends a transaction in time; this is for a server that does not answer at all
                async with asyncio.timeout(seconds + RETRY_SECONDS), self._session(access) as session:
                    if access == READ_ACCESS:
                        return await session.execute_read(attempt)
                    return await session.execute_write(attempt)
        except Unavailable:
            self._meter.count("graph_failures", access=access.lower())
            raise

    def _session(self, access: str) -> AsyncSession:
        return self._driver.session(
            database=self._database, default_access_mode=access, bookmark_manager=self._bookmarks
        )


@contextmanager
def translated(place: str) -> Iterator[None]:
    """Errors of the driver and the server become Unavailable, broken constraints Conflict; errors in a statement stay
    as they are, for they are ours."""
    try:
        yield
    except ConstraintError as error:
        raise Conflict(f"the graph store refuses the change: {error.message}") from error
    except (AuthError, Forbidden) as error:
        raise Unavailable(
            f"the graph store {place} refuses the credentials; correct them in GRAPH_URL or in NEO4J_USER and "
            f"NEO4J_PASSWORD ({error.message})"
        ) from error
    except Neo4jError as error:
        reason = _reason(error)
        if reason is None:
            raise
        raise Unavailable(f"the graph store {place} does not answer: {reason} ({error.code})") from error
    except DriverError as error:
        raise Unavailable(
            f"the graph store {place} does not answer; check that Neo4j runs and that GRAPH_URL names it ({error})"
        ) from error
    except TimeoutError as error:
        raise Unavailable(f"the graph store {place} does not answer in time; try again") from error
    except OSError as error:
        raise Unavailable(f"the graph store {place} cannot be reached: {error}; check GRAPH_URL") from error


def _reason(error: Neo4jError) -> str | None:
    """None when the statement is to blame."""
    code = error.code or ""
    if "TransactionTimedOut" in code:
        return "it took too long; try again"
    if code.startswith("Neo.ClientError.Database."):
        return f"{error.message}; check the name of the database"
    if error.is_retryable():
        return f"{error.message}; try again"
    return None if isinstance(error, ClientError) else f"{error.message}; look into its log"


def _parts(url: str) -> tuple[str, str | None, str | None]:
    """The address, the user and the password. Raises Invalid, without repeating what may be a password."""
    parts = urlsplit(url)
    if parts.scheme not in SCHEMES or not parts.hostname:
        raise Invalid("GRAPH_URL is not known; use bolt://host:7687 or neo4j://host:7687, with +s for TLS")
    address = parts.netloc.rpartition("@")[2]
    bare = urlunsplit((parts.scheme, address, parts.path, parts.query, ""))
    user, password = (None if part is None else unquote(part) for part in (parts.username, parts.password))
    return bare, user, password
