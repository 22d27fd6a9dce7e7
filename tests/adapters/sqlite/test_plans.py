"""Every statement that the adapter runs finds its rows by an index."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from app.adapters.graph.sqlite import SqliteGraph
from app.domain.episode import EpisodeState
from app.domain.fact import Value
from app.domain.guidance import Guidance
from app.domain.jobs import JobState
from app.domain.scope import Scope
from app.domain.usage import Tally, Usage
from app.ports.accounts import Key, Right, Tenant
from app.ports.graph.knowledge import FactQuery, FactState, Group, Place
from tests.contracts.graph.isolation import STEPS, perform, seen_by
from tests.contracts.graph.made import CAROLINE, NOON, TTL, leased, said

WALKED_IN_ORDER = {"SCAN u USING INDEX user_waiting"}
"""Lanes with work to do, the longest waiting first: there are no others in that index."""
SMALL = re.compile(
    r"SCAN (\w+ VIRTUAL TABLE|\(subquery-\d+\)|[a-z]\w* VIRTUAL TABLE INDEX|CONSTANT ROW"
    r"|s$|k$|up$|g$|group_of$|spoke$)"
)
"""Lists that came in as a parameter, and what a statement itself has found by an index just before."""


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Whatever is run on a connection from now on."""
    seen: set[str] = set()
    connect = sqlite3.connect

    def traced(*args: object, **given: object) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*args, **given)  # type: ignore[call-overload]
        connection.set_trace_callback(seen.add)
        return connection

    monkeypatch.setattr(sqlite3, "connect", traced)
    return seen


async def everything(graph: SqliteGraph) -> None:
    """Each method at least once, in each of its ways."""
    for step in STEPS:
        await perform(graph, CAROLINE, step)
    await seen_by(graph, CAROLINE)
    await said(graph)
    lease = await leased(graph)
    await graph.lanes.renew(lease, NOON, TTL)
    await graph.lanes.release(lease)
    for state in (None, JobState.FAILED):
        for after in (None, "zzz"):
            await graph.jobs.page(CAROLINE, state, after, 10)
    tea, one = (Value(literal="tea"),), ("1",)
    for query in (
        FactQuery(),
        FactQuery(subjects=one),
        FactQuery(subjects=one, predicate="likes", objects=tea, as_of=NOON),
        FactQuery(objects=tea),
        FactQuery(predicate="likes"),
        FactQuery(subjects=one, known_at=NOON, as_of=NOON),
        FactQuery(objects=tea, known_at=NOON),
        FactQuery(subjects=one, state=FactState.ALL),
        FactQuery(objects=tea, state=FactState.ALL),
        FactQuery(state=FactState.ALL),
    ):
        for page in (None, ("1", 1)):
            await graph.facts.facts(CAROLINE, query, page, 10)
    narrow = [Group("1", "likes", "l:tea")]
    await graph.facts.groups(CAROLINE, narrow)
    await graph.facts.statements(CAROLINE, narrow)
    await graph.facts.marks(CAROLINE, narrow)
    await graph.history.changed(CAROLINE, NOON, NOON, "1", 10)
    await graph.history.sayings(CAROLINE, ["1"], NOON, NOON)
    await graph.history.outdated(CAROLINE, "1", 0, 10)
    places = [Place(group, NOON) for group in (*narrow, Group("1", "likes"))]
    await graph.facts.vicinities(CAROLINE, places)
    await graph.facts.backing(CAROLINE, [("1", 1)], places)
    await graph.entities.cards(CAROLINE, "mel", "0", 10)
    await graph.outbox.due(0, 10)
    await graph.accounts.add_tenant(Tenant("acme", "Acme", NOON))
    await graph.accounts.add_key(Key("k", "acme", "k", "d", frozenset(Right), None, NOON))
    await graph.accounts.tenant("acme")
    await graph.accounts.tenants("a", 10)
    await graph.accounts.keys("acme", "a", 10)
    await graph.accounts.key_by_digest("d")
    await graph.accounts.revoke_key("acme", "k", NOON)
    usage = Usage(NOON.date(), "extract", "m", Tally(1, 1, 1))
    await graph.usage.add("acme", usage)
    await graph.usage.spent("acme", usage.day)
    await graph.usage.page("acme", usage.day, None, (usage.day, "extract", "m"), 10)
    await graph.usage.set_budget("acme", 10)
    await graph.usage.budget("acme")
    await graph.guidance.put("acme", Guidance("All."), NOON)
    await graph.guidance.current("acme")
    await graph.guidance.versions("acme", 2, 10)


async def test_no_statement_scans_a_table(statements: set[str], path: Path) -> None:
    graph = await SqliteGraph.open(path, lambda: NOON)
    statements.clear()
    await everything(graph)
    hot = {
        s for s in statements if s.lstrip().split(" ", 1)[0].upper() in {"SELECT", "WITH", "INSERT", "UPDATE", "DELETE"}
    }
    assert len(hot) > 80
    scans = {}
    with closing(sqlite3.connect(path)) as connection:
        for statement in hot:
            for *_, detail in connection.execute(f"EXPLAIN QUERY PLAN {statement}"):
                if detail.startswith("SCAN") and detail not in WALKED_IN_ORDER and not SMALL.match(detail):
                    scans[" ".join(statement.split())] = detail
    await graph.close()
    assert not scans


async def test_pages_come_in_order_without_sorting(statements: set[str], path: Path) -> None:
    graph = await SqliteGraph.open(path, lambda: NOON)
    await said(graph)
    statements.clear()
    await graph.episodes.page(CAROLINE, "s1", 0, 100)
    await graph.episodes.all(CAROLINE, 0, 100)
    await graph.episodes.pending(CAROLINE, 100)
    await graph.episodes.users("acme", "a", 100)
    await graph.entities.cards(CAROLINE, None, "a", 100)
    await graph.jobs.page(CAROLINE, None, "zzz", 100)
    await graph.jobs.page(CAROLINE, JobState.QUEUED, "zzz", 100)
    await graph.facts.facts(CAROLINE, FactQuery(), ("a", 1), 100)
    await graph.outbox.due(0, 100)
    await graph.outbox.due_of(CAROLINE, 0, 100)
    await graph.lanes.waiting(NOON, 100)
    await graph.usage.page("acme", NOON.date(), None, None, 100)
    await graph.guidance.versions("acme", None, 100)
    asked = [statement for statement in statements if statement.lstrip().startswith("SELECT")]
    assert len(asked) == 13
    with closing(sqlite3.connect(path)) as connection:
        for statement in asked:
            plan = [detail for *_, detail in connection.execute(f"EXPLAIN QUERY PLAN {statement}")]
            assert not any("TEMP B-TREE" in detail for detail in plan), statement
    await graph.close()


async def test_a_version_can_only_be_closed_and_a_statement_not_be_changed(graph: SqliteGraph, path: Path) -> None:
    for step in STEPS[:4]:
        await perform(graph, CAROLINE, step)
    await graph.close()
    with closing(sqlite3.connect(path)) as connection:
        for table, refusal in (("fact_version", "is closed once"), ("statement", "is never changed")):
            for _, column, type, *_ in connection.execute(f"PRAGMA table_info({table})").fetchall():
                if column.startswith(("recorded_to", "retired_")):
                    continue
                other = f"coalesce({column}, 0) + 1" if type == "INTEGER" else f"coalesce({column}, '') || 'x'"
                with pytest.raises(sqlite3.IntegrityError, match=refusal):
                    connection.execute(f"UPDATE {table} SET {column} = {other}")
        closing_it = "UPDATE fact_version SET recorded_to = recorded_from + 1, retired_rule = 'ended'"
        connection.execute(closing_it)
        for again in (closing_it, "UPDATE fact_version SET recorded_to = NULL"):
            with pytest.raises(sqlite3.IntegrityError, match="closed once"):
                connection.execute(again)


async def test_the_counts_kept_are_the_counts_there_are(graph: SqliteGraph, path: Path) -> None:
    for n in range(len(STEPS)):
        for step in (*STEPS[: n + 1], *STEPS[n // 2 : n]):
            await perform(graph, Scope("acme", f"user-{n}"), step)
    users = await graph.episodes.users("acme", None, 100)
    await graph.close()
    with closing(sqlite3.connect(path)) as connection:

        def count(table: str, user: str, where: str = "TRUE") -> int:
            sql = f"SELECT count(*) FROM {table} WHERE tenant = 'acme' AND user = ? AND {where}"
            return int(connection.execute(sql, (user,)).fetchone()[0])

        for user in users:
            assert (user.sessions, user.episodes, user.entities, user.facts) == (
                count("session", user.user_id),
                count("episode", user.user_id),
                count("entity", user.user_id) - count("entity_merge", user.user_id, "undone_at IS NULL"),
                count("fact_version", user.user_id, "recorded_to IS NULL"),
            )
            for state, kept in ((EpisodeState.PENDING, user.pending), (EpisodeState.FAILED, user.failed)):
                assert kept == count("episode", user.user_id, f"state = '{state}'")
            remaining = (
                "remaining <> (SELECT count(*) FROM episode e WHERE e.tenant = job.tenant AND e.user = job.user "
            )
            assert count("job", user.user_id, remaining + "AND e.job_id = job.id AND e.state = 'pending')") == 0
