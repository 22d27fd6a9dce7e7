"""Episodes, sessions and users."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from neo4j import AsyncManagedTransaction

from app.adapters.graph.encoding import bounded, moment
from app.adapters.graph.neo4j import users
from app.adapters.graph.neo4j.append import EPISODE, append, episode
from app.adapters.graph.neo4j.connection import Connection, Query, rows
from app.adapters.graph.neo4j.tickets import Tickets
from app.domain.episode import Episode
from app.domain.scope import Scope
from app.ports.graph.episodes import AppendRequest, Receipt, SessionSummary, Turn, UserSummary

_BY_ID = Query(
    "episodes.by_id",
    f"""
    UNWIND $ids AS id
    MATCH (e:Episode {{tenant: $tenant, user: $user, id: id}})
    RETURN {EPISODE} AS episode
    """,
    writes=False,
)
_PAGE = Query(
    "episodes.page",
    f"""
    MATCH (e:Episode)
    WHERE e.tenant = $tenant AND e.user = $user AND e.session_id = $session AND e.seq > $after
    RETURN {EPISODE} AS episode ORDER BY e.tenant, e.user, e.session_id, e.seq LIMIT $limit
    """,
    writes=False,
)
_AT_POSITIONS = Query(
    "episodes.at_positions",
    """
    UNWIND $places AS place
    MATCH (e:Episode {tenant: $tenant, user: $user, session_id: place.session, position: place.position})
    RETURN e.id AS id, e.session_id AS session, e.position AS position, e.speaker AS speaker
    """,
    writes=False,
)
_PENDING = Query(
    "episodes.pending",
    f"""
    MATCH (e:Episode)
    WHERE e.tenant = $tenant AND e.user = $user AND e.state = 'pending' AND e.seq > 0
    RETURN {EPISODE} AS episode ORDER BY e.tenant, e.user, e.state, e.seq LIMIT $limit
    """,
    writes=False,
)
_ALL = Query(
    "episodes.all",
    f"""
    MATCH (e:Episode)
    WHERE e.tenant = $tenant AND e.user = $user AND e.seq > $after
    RETURN {EPISODE} AS episode ORDER BY e.tenant, e.user, e.seq LIMIT $limit
    """,
    writes=False,
)
_SESSIONS = Query(
    "episodes.sessions",
    """
    MATCH (s:Session)
    WHERE s.tenant = $tenant AND s.user = $user AND s.id > $after
    WITH s ORDER BY s.tenant, s.user, s.id LIMIT $limit
    CALL (s) {
        MATCH (e:Episode)
        WHERE e.tenant = $tenant AND e.user = $user AND e.session_id = s.id AND e.seq > 0
        RETURN count(*) AS episodes, min(e.occurred_at) AS first_at, max(e.occurred_at) AS last_at,
            min(e.seq) AS first_seq, max(e.seq) AS last_seq
    }
    RETURN s.id AS id, episodes, first_at, last_at, first_seq, last_seq ORDER BY id
    """,
    writes=False,
)
_IN_SESSION = Query(
    "episodes.voices_in_session",
    """
    MATCH (e:Episode)
    WHERE e.tenant = $tenant AND e.user = $user AND e.session_id = $session AND e.seq > 0 AND e.voice IS NOT NULL
    RETURN e.voice AS name, max(e.seq) AS last ORDER BY last DESC LIMIT $limit
    """,
    writes=False,
)
_VOICES = Query(
    "episodes.voices",
    """
    MATCH (v:Voice)
    WHERE v.tenant = $tenant AND v.user = $user AND v.name >= ''
    RETURN v.name AS name ORDER BY v.tenant, v.user, v.name LIMIT $limit
    """,
    writes=False,
)
QUERIES = (_BY_ID, _PAGE, _AT_POSITIONS, _PENDING, _ALL, _SESSIONS, _IN_SESSION, _VOICES)


class Neo4jEpisodes:
    def __init__(self, connection: Connection, tickets: Tickets) -> None:
        self._connection = connection
        self._tickets = tickets

    async def append(self, scope: Scope, request: AppendRequest) -> Receipt:
        await self._tickets.stock()
        return await self._connection.write(lambda tx: append(tx, scope, request, self._tickets))

    async def get(self, scope: Scope, ids: Sequence[str]) -> list[Episode]:
        if not ids:
            return []
        found = {e.id: e for e in await self._episodes(_BY_ID, scope, ids=list(dict.fromkeys(ids)))}
        return [found[id] for id in ids if id in found]

    async def page(self, scope: Scope, session_id: str, after_seq: int, limit: int) -> list[Episode]:
        return await self._episodes(_PAGE, scope, session=session_id, after=bounded(after_seq), limit=limit)

    async def at_positions(self, scope: Scope, places: Sequence[tuple[str, int]]) -> list[Turn]:
        if not places:
            return []
        wanted = [{"session": session, "position": bounded(position)} for session, position in dict.fromkeys(places)]
        found = await self._rows(_AT_POSITIONS, scope, places=wanted)
        return [Turn(row["id"], row["session"], row["position"], row["speaker"]) for row in found]

    async def pending(self, scope: Scope, limit: int) -> list[Episode]:
        return await self._episodes(_PENDING, scope, limit=limit)

    async def all(self, scope: Scope, after_seq: int, limit: int) -> list[Episode]:
        return await self._episodes(_ALL, scope, after=bounded(after_seq), limit=limit)

    async def sessions(self, scope: Scope, after: str | None, limit: int) -> list[SessionSummary]:
        return [
            SessionSummary(
                row["id"],
                row["episodes"],
                moment(row["first_at"]),
                moment(row["last_at"]),
                row["first_seq"],
                row["last_seq"],
            )
            for row in await self._rows(_SESSIONS, scope, after=after or "", limit=limit)
        ]

    async def user(self, scope: Scope) -> UserSummary:
        return await self._connection.read(lambda tx: users.summary(tx, scope))

    async def users(self, tenant: str, after: str | None, limit: int) -> list[UserSummary]:
        return await self._connection.read(lambda tx: users.summaries(tx, tenant, after, limit))

    async def participants(self, scope: Scope, session_id: str | None, limit: int) -> list[str]:
        query = _VOICES if session_id is None else _IN_SESSION
        return [row["name"] for row in await self._rows(query, scope, session=session_id, limit=limit)]

    async def _episodes(self, query: Query, scope: Scope, **given: Any) -> list[Episode]:
        return [episode(row["episode"]) for row in await self._rows(query, scope, **given)]

    async def _rows(self, query: Query, scope: Scope, **given: Any) -> list[dict[str, Any]]:
        async def work(tx: AsyncManagedTransaction) -> list[dict[str, Any]]:
            return await rows(tx, query, tenant=scope.tenant, user=scope.user, **given)

        return await self._connection.read(work)
