"""Nobody sees, finds or moves what is another's, whatever the ids and names."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from itertools import count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.episode import EpisodeState
from app.domain.errors import PalimpsestError
from app.domain.fact import Retirement, Value
from app.domain.scope import Scope
from app.domain.time import Interval
from app.domain.timeline import Closure, Support
from app.ports.graph.knowledge import FactQuery, FactState, Group, Mention
from app.ports.graph.store import GraphStore
from tests.contracts.graph.made import (
    HOUR,
    NOON,
    RUBBISH,
    TTL,
    change,
    draft,
    entity,
    processed,
    request,
    statement,
    version,
)

IDS = ("1", "2", "3")
CAROLINE, MEL = entity("Caroline", id="1"), entity("Mel", id="2")
GROUPS = [Group("1", "likes"), Group("2", "likes")]

_runs = count(1)

Step = Callable[[GraphStore, Scope], Awaitable[object]]


async def _append(graph: GraphStore, scope: Scope) -> object:
    one = draft("to " + "everybody", client_id="m-1")
    # a job's id is one per tenant, all others may be anybody's
    job_id = f"{scope.user}-1"
    return await graph.episodes.append(scope, request(one, "2", "3", ids=IDS, job_id=job_id, key="k"))


async def _know(graph: GraphStore, scope: Scope) -> object:
    return await change(graph, scope=scope, entities=(CAROLINE, MEL), aliases={"2": ("Melanie",)})


async def _mention(graph: GraphStore, scope: Scope) -> object:
    return await change(graph, scope=scope, mentions=tuple(Mention("2", id, 0, 3) for id in IDS))


async def _learn(graph: GraphStore, scope: Scope) -> object:
    news = [
        statement(CAROLINE, "likes", MEL, "1", id="1"),
        statement(MEL, "likes", "tea", "2", id="2", replaces=Value(literal="coffee")),
    ]
    facts = [version(said_so, fact_id=said_so.id, valid=Interval(NOON)) for said_so in news]
    return await change(graph, scope=scope, statements=tuple(news), append=tuple(facts))


async def _support(graph: GraphStore, scope: Scope) -> object:
    more = statement(MEL, "likes", "tea", "3", id="3")
    return await change(graph, scope=scope, statements=(more,), support=(Support("2", 1, ("3",)),), withdraw=("2",))


async def _retire(graph: GraphStore, scope: Scope) -> object:
    return await change(graph, scope=scope, close=(Closure("1", 1, Retirement("ended", "2", "3")),), at=NOON + HOUR)


async def _process(graph: GraphStore, scope: Scope) -> object:
    lease = await graph.lanes.acquire(scope, "w", NOON, TTL)
    return await change(graph, scope=scope, processed=processed("1"), lease=lease)


async def _bury(graph: GraphStore, scope: Scope) -> object:
    lease = await graph.lanes.acquire(scope, "w", NOON, TTL)
    return lease and await graph.lanes.bury(lease, ["2", "3"], RUBBISH, NOON)


async def _rest(graph: GraphStore, scope: Scope) -> object:
    lease = await graph.lanes.acquire(scope, "w", NOON, TTL)
    return lease and await graph.lanes.rest(lease, NOON, RUBBISH)


async def _replay(graph: GraphStore, scope: Scope) -> object:
    return await graph.jobs.replay(scope, f"{scope.user}-1", NOON)


async def _forget(graph: GraphStore, scope: Scope) -> object:
    return await change(graph, scope=scope, deleted_episodes=("2",))


async def _forget_all(graph: GraphStore, scope: Scope) -> object:
    return await change(graph, scope=scope, deleted_episodes=IDS)


async def _index(graph: GraphStore, scope: Scope) -> object:
    return await graph.outbox.done([task.ticket for task in await graph.outbox.due_of(scope, 0, 2)])


async def _refill(graph: GraphStore, scope: Scope) -> object:
    return await graph.outbox.refill(scope)


STEPS: Sequence[Step] = (
    _append,
    _know,
    _mention,
    _learn,
    _support,
    _retire,
    _process,
    _bury,
    _rest,
    _replay,
    _forget,
    _index,
    _refill,
)


async def perform(graph: GraphStore, scope: Scope, step: Step) -> str:
    """How it ended; some steps make no sense without others, and are refused."""
    try:
        await step(graph, scope)
    except PalimpsestError as error:
        return error.code
    return "done"


async def seen_by(graph: GraphStore, scope: Scope) -> list[object]:
    """All that can be read in a scope, by every read there is. Names of the scope itself, and tickets, are left out."""
    episodes, entities, facts, ledger = graph.episodes, graph.entities, graph.facts, graph.ledger
    versions = await facts.facts(scope, FactQuery(state=FactState.ALL), None, 100)
    jobs = await graph.jobs.page(scope, None, None, 100)
    stored = await episodes.all(scope, 0, 100)
    assert {e.id for e in stored if e.state is EpisodeState.PENDING} == {e.id for e in await episodes.pending(scope, 9)}
    return [
        [replace(episode, job_id="") for episode in stored],
        [replace(episode, job_id="") for episode in await episodes.get(scope, IDS)],
        len(await episodes.page(scope, "s1", 0, 100)),
        len(await episodes.at_positions(scope, [("s1", n) for n in range(9)])),
        await episodes.sessions(scope, None, 100),
        await episodes.participants(scope, "s1", 9),
        await episodes.participants(scope, None, 9),
        replace(await episodes.user(scope), user_id=""),
        [
            replace(user, user_id="")
            for user in await episodes.users(scope.tenant, None, 9)
            if user.user_id == scope.user
        ],
        await ledger.revision(scope),
        await ledger.derived_from(scope, IDS),
        await entities.entities(scope, IDS),
        await entities.named(scope, ["caroline", "mel", "melanie"]),
        await entities.cards(scope, None, None, 100),
        [await entities.card(scope, id) for id in IDS],
        versions,
        await facts.facts(scope, FactQuery(as_of=NOON, known_at=NOON), None, 100),
        await facts.facts(scope, FactQuery(objects=(Value(literal="tea"), Value(entity_id="2"))), None, 100),
        await facts.versions(scope, IDS),
        await facts.groups(scope, GROUPS),
        await facts.statements(scope, GROUPS),
        await facts.marks(scope, GROUPS),
        await facts.statements_from(scope, IDS),
        await facts.evidence(scope, [(id, 1) for id in IDS]),
        [replace(job, id="", user_id="") for job in jobs],
        [await graph.jobs.get(scope.tenant, job.id) == job for job in jobs],
        [await graph.jobs.episodes_of(scope, job.id) for job in jobs],
        [(task.kind, task.id) for task in await graph.outbox.due_of(scope, 0, 1_000)],
        scope in await graph.lanes.waiting(NOON + TTL, 1_000),
    ]


Pair = tuple[tuple[str, str], tuple[str, str]]

PAIRS = st.sampled_from(
    [
        (("{n}", "u"), ("{n}", "v")),
        (("{n}a", "u"), ("{n}b", "u")),
        (("{n}ab", "c"), ("{n}a", "bc")),
        (("{n}a", "a"), ("{n}A", "A")),
        (("{n}*", "%"), ("{n}x", "_")),
        (("{n}\u00e9", "u"), ("{n}e\u0301", "u")),
    ]
)


class IsolationContract:
    @given(PAIRS, st.lists(st.tuples(st.booleans(), st.sampled_from([*STEPS, _forget_all])), max_size=24))
    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    async def test_each_sees_what_it_would_see_alone(
        self, graph: GraphStore, names: Pair, steps: list[tuple[bool, Step]]
    ) -> None:
        run = f"{next(_runs)}-"
        both = [Scope(tenant.format(n=run), user) for tenant, user in names]
        alone = [Scope(scope.tenant + "-alone" + str(n), scope.user) for n, scope in enumerate(both)]
        for second, step in steps:
            ended = await perform(graph, both[second], step)
            assert ended == await perform(graph, alone[second], step)
        for together, apart in zip(both, alone, strict=True):
            assert await seen_by(graph, together) == await seen_by(graph, apart)

    async def test_everything_at_once_in_many_scopes(self, graph: GraphStore) -> None:
        """The whole story of a user, told by many users side by side, is the same story each time."""
        scopes = [Scope(tenant, user) for tenant in ("a", "b", "c") for user in ("x", "y", "z")]

        async def live(scope: Scope) -> list[str]:
            return [await perform(graph, scope, step) for step in STEPS]

        stories = await asyncio.gather(*(live(scope) for scope in scopes))
        assert all(story == stories[0] for story in stories)
        assert set(stories[0]) == {"done"}
        views = [await seen_by(graph, scope) for scope in scopes]
        assert all(view == views[0] for view in views)
