"""Nobody sees, finds or moves what is another's, whatever the ids and names."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from itertools import count

from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.entity import Entity
from app.domain.episode import EpisodeState
from app.domain.errors import PalimpsestError
from app.domain.fact import Retirement, Value
from app.domain.identity import By, Doubt, Merge, Reason
from app.domain.note import BY_CALLER, Note, NoteMemory
from app.domain.note_history import revised
from app.domain.operations import OperationOutcome
from app.domain.scope import Scope
from app.domain.time import Interval
from app.domain.timeline import Closure, Support
from app.ports.graph.knowledge import FactQuery, FactState, Group, Mention
from app.ports.graph.store import GraphStore
from tests.contracts import SHARED
from tests.contracts.graph.made import (
    HOUR,
    NOON,
    RUBBISH,
    TTL,
    change,
    core,
    draft,
    entity,
    link,
    note,
    operation,
    processed,
    request,
    statement,
    version,
)


def ids(w: str) -> tuple[str, ...]:
    return (w + "1", w + "2", w + "3")


def people(w: str) -> tuple[Entity, Entity]:
    return entity("Caroline", id=w + "1"), entity("Mel", id=w + "2")


def jotted(w: str) -> tuple[Note, Note]:
    first = note("Mel likes tea.", id=w + "1", sources=(w + "2", w + "3"), entities=(w + "2",), keywords=("tea",))
    return first, note("So does Caroline.", id=w + "2", derived_from=(w + "1",), memory=NoteMemory.SEMANTIC)


_runs = count(1)

Step = Callable[[GraphStore, Scope, str], Awaitable[object]]
"""`w`, the world that it happens in: what stands before every id and name in it."""


async def _append(graph: GraphStore, scope: Scope, w: str) -> object:
    one = draft("to everybody", client_id=w + "m")
    # a job's id is one per tenant, all others may be anybody's
    job_id = f"{w}{scope.user}"
    return await graph.episodes.append(scope, request(one, "2", "3", session=w + "s", ids=ids(w), job_id=job_id, key=w))


async def _know(graph: GraphStore, scope: Scope, w: str) -> object:
    return await change(graph, scope=scope, entities=people(w), aliases={w + "2": ("Melanie",)})


async def _mention(graph: GraphStore, scope: Scope, w: str) -> object:
    return await change(graph, scope=scope, mentions=tuple(Mention(w + "2", id, 0, 3) for id in ids(w)))


async def _learn(graph: GraphStore, scope: Scope, w: str) -> object:
    caroline, mel = people(w)
    news = [
        statement(caroline, "likes", mel, w + "1", id=w + "1"),
        statement(mel, "likes", "tea", w + "2", id=w + "2", replaces=Value(literal="coffee")),
    ]
    facts = [version(said_so, fact_id=said_so.id, valid=Interval(NOON)) for said_so in news]
    return await change(graph, scope=scope, statements=tuple(news), append=tuple(facts))


async def _support(graph: GraphStore, scope: Scope, w: str) -> object:
    more = statement(people(w)[1], "likes", "tea", w + "3", id=w + "3")
    return await change(
        graph, scope=scope, statements=(more,), support=(Support(w + "2", 1, (w + "3",)),), withdraw=(w + "2",)
    )


async def _merge(graph: GraphStore, scope: Scope, w: str) -> object:
    link = Merge(w + "1", w + "2", w + "1", 0.9, Reason.CALLER, (w + "1",), By.CALLER, NOON)
    pair = Doubt(w + "1", w + "2", 0.5, Reason.ALIKE, (w + "2",), NOON)
    return await change(graph, scope=scope, merge=(link,), doubt=(pair,))


async def _unmerge(graph: GraphStore, scope: Scope, w: str) -> object:
    return await change(graph, scope=scope, unmerge=(w + "2",), at=NOON + HOUR)


async def _jot(graph: GraphStore, scope: Scope, w: str) -> object:
    first, second = jotted(w)
    return await change(graph, scope=scope, notes=(first, second), link=(link(first, second),))


async def _rewrite(graph: GraphStore, scope: Scope, w: str) -> object:
    made = revised(jotted(w)[0], NOON + HOUR, BY_CALLER, context="At breakfast.", stale=True)
    return await change(graph, scope=scope, notes=(made,))


async def _unlink(graph: GraphStore, scope: Scope, w: str) -> object:
    return await change(graph, scope=scope, unlink=(link(*jotted(w)).key,))


async def _tear_up(graph: GraphStore, scope: Scope, w: str) -> object:
    return await change(graph, scope=scope, remove_notes=(w + "1",))


async def _keep(graph: GraphStore, scope: Scope, w: str) -> object:
    there = (await graph.operations.core(scope)).version
    return await change(graph, scope=scope, core=core(there + 1, f"{there} so far."), operation=operation())


async def _judge(graph: GraphStore, scope: Scope, w: str) -> object:
    number = await graph.operations.log(scope, operation(error="not_found"))
    return await graph.operations.add_outcome(scope, OperationOutcome(0, 1, number, 1.0, {}, NOON))


async def _retire(graph: GraphStore, scope: Scope, w: str) -> object:
    return await change(
        graph, scope=scope, close=(Closure(w + "1", 1, Retirement("ended", w + "2", w + "3")),), at=NOON + HOUR
    )


async def _process(graph: GraphStore, scope: Scope, w: str) -> object:
    lease = await graph.lanes.acquire(scope, "w", NOON, TTL)
    return await change(graph, scope=scope, processed=processed(w + "1"), lease=lease)


async def _bury(graph: GraphStore, scope: Scope, w: str) -> object:
    lease = await graph.lanes.acquire(scope, "w", NOON, TTL)
    return lease and await graph.lanes.bury(lease, [w + "2", w + "3"], RUBBISH, NOON)


async def _rest(graph: GraphStore, scope: Scope, w: str) -> object:
    lease = await graph.lanes.acquire(scope, "w", NOON, TTL)
    return lease and await graph.lanes.rest(lease, NOON, RUBBISH)


async def _replay(graph: GraphStore, scope: Scope, w: str) -> object:
    return await graph.jobs.replay(scope, f"{w}{scope.user}", NOON)


async def _forget(graph: GraphStore, scope: Scope, w: str) -> object:
    return await change(graph, scope=scope, deleted_episodes=(w + "2",))


async def _forget_all(graph: GraphStore, scope: Scope, w: str) -> object:
    return await change(graph, scope=scope, deleted_episodes=ids(w))


async def _index(graph: GraphStore, scope: Scope, w: str) -> object:
    return await graph.outbox.done([task.ticket for task in await graph.outbox.due_of(scope, 0, 2)])


async def _refill(graph: GraphStore, scope: Scope, w: str) -> object:
    return await graph.outbox.refill(scope)


STEPS: Sequence[Step] = (
    _append,
    _know,
    _mention,
    _learn,
    _merge,
    _unmerge,
    _support,
    _jot,
    _rewrite,
    _keep,
    _judge,
    _retire,
    _process,
    _bury,
    _rest,
    _replay,
    _forget,
    _index,
    _refill,
)


async def perform(graph: GraphStore, scope: Scope, step: Step, w: str = "") -> str:
    """How it ended; some steps make no sense without others, and are refused."""
    try:
        await step(graph, scope, w)
    except PalimpsestError as error:
        return error.code
    return "done"


async def seen_by(graph: GraphStore, scope: Scope, w: str = "") -> str:
    """All that can be read in a scope, by every read there is, as text. Its own name, its world's and tickets are left
    out."""
    groups = [Group(w + "1", "likes"), Group(w + "2", "likes")]
    episodes, entities, facts, ledger = graph.episodes, graph.entities, graph.facts, graph.ledger
    versions = await facts.facts(scope, FactQuery(state=FactState.ALL), None, 100)
    jobs = await graph.jobs.page(scope, None, None, 100)
    stored = await episodes.all(scope, 0, 100)
    assert {e.id for e in stored if e.state is EpisodeState.PENDING} == {e.id for e in await episodes.pending(scope, 9)}
    seen: list[object] = [
        [replace(episode, job_id="") for episode in stored],
        [replace(episode, job_id="") for episode in await episodes.get(scope, ids(w))],
        len(await episodes.page(scope, w + "s", 0, 100)),
        len(await episodes.at_positions(scope, [(w + "s", n) for n in range(9)])),
        await episodes.sessions(scope, None, 100),
        await episodes.participants(scope, w + "s", 9),
        await episodes.participants(scope, None, 9),
        replace(await episodes.user(scope), user_id=""),
        [
            replace(user, user_id="")
            for user in await episodes.users(scope.tenant, None, 9)
            if user.user_id == scope.user
        ],
        await ledger.revision(scope),
        await ledger.derived_from(scope, ids(w)),
        await entities.entities(scope, ids(w)),
        await entities.named(scope, ["caroline", "mel", "melanie"]),
        await entities.cards(scope, None, None, 100),
        [await entities.card(scope, id) for id in ids(w)],
        sorted((await graph.identities.same(scope, ids(w))).groups.items()),
        sorted((await graph.identities.same(scope, ids(w), NOON)).groups.items()),
        await graph.identities.alike(scope, ["caroline"], ["m"], 9),
        await graph.identities.merges(scope, ids(w)),
        await graph.identities.doubts(scope, None, 9),
        versions,
        await facts.facts(scope, FactQuery(as_of=NOON, known_at=NOON), None, 100),
        await facts.facts(scope, FactQuery(objects=(Value(literal="tea"), Value(entity_id=w + "2"))), None, 100),
        await facts.versions(scope, ids(w)),
        await facts.groups(scope, groups),
        await facts.statements(scope, groups),
        await facts.marks(scope, groups),
        await facts.statements_from(scope, ids(w)),
        await facts.evidence(scope, [(id, 1) for id in ids(w)]),
        await graph.notes.notes(scope, ids(w)),
        await graph.notes.page(scope, None, 9),
        await graph.notes.versions(scope, ids(w)),
        await graph.notes.links(scope, ids(w)),
        await graph.notes.resting_on(scope, ids(w), ids(w)),
        await graph.notes.about(scope, ids(w), 9),
        await graph.notes.newest(scope, NoteMemory.SEMANTIC, 9),
        await graph.notes.saying(scope, NoteMemory.SEMANTIC, "So does Caroline."),
        await graph.history.newest(scope, NOON, 9),
        await graph.operations.core(scope),
        await graph.operations.core(scope, NOON),
        await graph.operations.core_versions(scope, None, 9),
        await graph.operations.cores(scope, [1, 2]),
        await graph.operations.operations(scope, 0, 99),
        await graph.operations.outcomes(scope, 1, 99),
        await graph.operations.last(scope),
        [replace(job, id="", user_id="") for job in jobs],
        [await graph.jobs.get(scope.tenant, job.id) == job for job in jobs],
        [await graph.jobs.episodes_of(scope, job.id) for job in jobs],
        [(task.kind, task.id) for task in await graph.outbox.due_of(scope, 0, 1_000)],
        scope in await graph.lanes.waiting(NOON + TTL, 1_000),
    ]
    return repr(seen).replace(w, "") if w else repr(seen)


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
    @given(
        PAIRS,
        st.tuples(*[st.integers(0, len(STEPS))] * 2),
        st.lists(st.tuples(st.booleans(), st.sampled_from([*STEPS, _forget_all, _unlink, _tear_up])), max_size=8),
    )
    @settings(max_examples=40, deadline=None, suppress_health_check=SHARED)
    async def test_each_sees_what_it_would_see_alone(
        self, graph: GraphStore, names: Pair, told: tuple[int, int], more: list[tuple[bool, Step]]
    ) -> None:
        """`told`: how much of the usual story has happened to each; `more`: to whom what happened then."""
        story = [(bool(second), step) for second in (0, 1) for step in STEPS[: told[second]]]
        run = f"{next(_runs)}-"
        both = [Scope(tenant.format(n=run), user) for tenant, user in names]
        shared, *own = (f"w{next(_runs):08}-" for _ in range(3))
        alone = [Scope(f"{scope.tenant}-alone-{n}", scope.user) for n, scope in enumerate(both)]
        for second, step in story + more:
            ended, expected = await asyncio.gather(
                perform(graph, both[second], step, shared), perform(graph, alone[second], step, own[second])
            )
            assert ended == expected
        views = await asyncio.gather(
            *(seen_by(graph, together, shared) for together in both),
            *(seen_by(graph, apart, w) for apart, w in zip(alone, own, strict=True)),
        )
        assert views[:2] == views[2:]

    async def test_everything_at_once_in_many_scopes(self, graph: GraphStore) -> None:
        """The whole story of a user, told by many users side by side, is the same story each time."""
        scopes = [Scope(tenant, user) for tenant in ("a", "b", "c") for user in ("x", "y", "z")]

        async def live(scope: Scope) -> list[str]:
            return [await perform(graph, scope, step) for step in STEPS]

        stories = await asyncio.gather(*(live(scope) for scope in scopes))
        assert all(story == stories[0] for story in stories)
        assert set(stories[0]) == {"done"}
        views = [await seen_by(graph, scope) for scope in scopes]
        alone = Scope("d", "x")
        for step in STEPS:
            await perform(graph, alone, step, "w-")
        assert set(views) == {await seen_by(graph, alone, "w-")}
