"""Episodes, sessions and users."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from functools import partial
from sqlite3 import Connection

from app.adapters.graph.encoding import bounded, moment
from app.adapters.graph.sqlite import users
from app.adapters.graph.sqlite.append import append
from app.adapters.graph.sqlite.database import Database
from app.adapters.graph.sqlite.rows import EPISODE, Row, episode, listed
from app.domain.episode import Episode
from app.domain.scope import Scope
from app.ports.graph.episodes import AppendRequest, Receipt, SessionSummary, Turn, UserSummary

REMEMBERED = 1_000
"""Users and sessions whose speakers are kept in memory."""

_BY_ID = f"""
    SELECT {EPISODE} FROM episode
    WHERE tenant = :tenant AND user = :user AND id IN (SELECT value FROM json_each(:ids))
"""
_PAGE = f"""
    SELECT {EPISODE} FROM episode
    WHERE tenant = :tenant AND user = :user AND session_id = :session AND seq > :after ORDER BY seq LIMIT :limit
"""
_AT_POSITIONS = """
    SELECT e.id, e.session_id, e.position, coalesce(e.name, e.role)
    FROM json_each(:places) p CROSS JOIN episode e
    ON e.tenant = :tenant AND e.user = :user
        AND e.session_id = json_extract(p.value, '$[0]') AND e.position = json_extract(p.value, '$[1]')
"""
_PENDING = f"""
    SELECT {EPISODE} FROM episode
    WHERE tenant = :tenant AND user = :user AND state = 'pending' ORDER BY seq LIMIT :limit
"""
_ALL = f"""
    SELECT {EPISODE} FROM episode
    WHERE tenant = :tenant AND user = :user AND seq > :after ORDER BY seq LIMIT :limit
"""
_SESSIONS = """
    SELECT s.id, count(*), min(e.occurred_at), max(e.occurred_at), min(e.seq), max(e.seq)
    FROM (
        SELECT id FROM session WHERE tenant = :tenant AND user = :user AND id > :after ORDER BY id LIMIT :limit
    ) s CROSS JOIN episode e INDEXED BY episode_session
    ON e.tenant = :tenant AND e.user = :user AND e.session_id = s.id
    GROUP BY s.id ORDER BY s.id
"""
_IN_SESSION = """
    SELECT speaker FROM episode INDEXED BY episode_session
    WHERE tenant = :tenant AND user = :user AND session_id = :session AND role IN ('user', 'assistant')
    GROUP BY speaker ORDER BY max(seq) DESC LIMIT :limit
"""
# One step of the index per speaker, however much they said.
_SPEAKER = """
    SELECT speaker FROM episode INDEXED BY episode_speaker
    WHERE tenant = :tenant AND user = :user AND role IN ('user', 'assistant') {beyond} ORDER BY speaker LIMIT 1
"""
_SPEAKERS = f"""
    WITH RECURSIVE spoke (name) AS (
        SELECT * FROM ({_SPEAKER.format(beyond="")})
        UNION ALL
        SELECT ({_SPEAKER.format(beyond="AND speaker > spoke.name")}) FROM spoke WHERE spoke.name IS NOT NULL
    )
    SELECT name FROM spoke WHERE name IS NOT NULL LIMIT :limit
"""


class SqliteEpisodes:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._speakers: OrderedDict[tuple[Scope, str | None, int], tuple[int, tuple[str, ...]]] = OrderedDict()

    async def append(self, scope: Scope, request: AppendRequest) -> Receipt:
        return await self._database.write(lambda connection: append(connection, scope, request))

    async def get(self, scope: Scope, ids: Sequence[str]) -> list[Episode]:
        if not ids:
            return []
        found = {e.id: e for e in await self._episodes(_BY_ID, scope, ids=listed(ids))}
        return [found[id] for id in ids if id in found]

    async def page(self, scope: Scope, session_id: str, after_seq: int, limit: int) -> list[Episode]:
        return await self._episodes(_PAGE, scope, session=session_id, after=bounded(after_seq), limit=limit)

    async def at_positions(self, scope: Scope, places: Sequence[tuple[str, int]]) -> list[Turn]:
        if not places:
            return []
        rows = await self._rows(_AT_POSITIONS, scope, places=listed(dict.fromkeys(places)))
        return [Turn(*row) for row in rows]

    async def pending(self, scope: Scope, limit: int) -> list[Episode]:
        return await self._episodes(_PENDING, scope, limit=limit)

    async def all(self, scope: Scope, after_seq: int, limit: int) -> list[Episode]:
        return await self._episodes(_ALL, scope, after=bounded(after_seq), limit=limit)

    async def sessions(self, scope: Scope, after: str | None, limit: int) -> list[SessionSummary]:
        rows = await self._rows(_SESSIONS, scope, after=after or "", limit=limit)
        return [
            SessionSummary(id, count, moment(first), moment(last), first_seq, last_seq)
            for id, count, first, last, first_seq, last_seq in rows
        ]

    async def user(self, scope: Scope) -> UserSummary:
        return await self._database.read(partial(users.summary, scope=scope))

    async def users(self, tenant: str, after: str | None, limit: int) -> list[UserSummary]:
        return await self._database.read(lambda connection: users.summaries(connection, tenant, after, limit))

    async def participants(self, scope: Scope, session_id: str | None, limit: int) -> list[str]:
        # every search asks, and seldom was anything written since the one before
        asked, writes = (scope, session_id, limit), self._database.writes
        known = self._speakers.get(asked)
        if known is None or known[0] != writes:
            statement = _SPEAKERS if session_id is None else _IN_SESSION
            rows = await self._rows(statement, scope, session=session_id, limit=limit)
            known = self._speakers[asked] = (writes, tuple(name for (name,) in rows))
            if len(self._speakers) > REMEMBERED:
                self._speakers.popitem(last=False)
        return list(known[1])

    async def _episodes(self, statement: str, scope: Scope, **parameters: str | int | None) -> list[Episode]:
        return [episode(row) for row in await self._rows(statement, scope, **parameters)]

    async def _rows(self, statement: str, scope: Scope, **parameters: str | int | None) -> list[Row]:
        def work(connection: Connection) -> list[Row]:
            given = {"tenant": scope.tenant, "user": scope.user, **parameters}
            return connection.execute(statement, given).fetchall()

        return await self._database.read(work)
