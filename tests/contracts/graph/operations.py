"""What any store keeps of agents: the core, the log of what they did, and what became of it."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from app.domain.errors import Conflict, NotFound, StaleRevision
from app.domain.operations import MAX_SPAN, NO_CORE, OperationOutcome, Ref, Seen
from app.domain.scope import Scope
from app.ports.graph.knowledge import ChangeSet
from app.ports.graph.store import GraphStore
from tests.contracts.graph.made import BOB, CAROLINE, HOUR, NOON, change, core, note, operation

ODD = {"content": "\x00 \u2028 李明 \U0001f9ed", "n": [1, 2.5, None, True, {"": "x"}], "big": 2**80}


def outcome(first: int = 1, last: int = 1, **given: object) -> OperationOutcome:
    return replace(OperationOutcome(0, first, last, 0.5, {"correct": True}, NOON), **given)  # type: ignore[arg-type]


class OperationContract:
    async def test_before_any_was_written_there_is_no_core(self, graph: GraphStore) -> None:
        assert await graph.operations.core(CAROLINE) == NO_CORE
        assert await graph.operations.core(CAROLINE, NOON) == NO_CORE
        assert await graph.operations.core_versions(CAROLINE, None, 10) == []
        assert await graph.operations.cores(CAROLINE, [1]) == []

    async def test_what_the_core_said_before_stays_readable(self, graph: GraphStore) -> None:
        one, two, three = (core(n, f"As of {n}. \x00\u2603", NOON + n * HOUR) for n in (1, 2, 3))
        for version in (one, two, three):
            assert await change(graph, core=version) is None
            assert await graph.operations.core(CAROLINE) == version
        assert await graph.operations.core_versions(CAROLINE, None, 2) == [three, two]
        assert await graph.operations.core_versions(CAROLINE, 2, 2) == [one]
        assert await graph.operations.cores(CAROLINE, [3, 9, 1]) == [one, three]
        assert await graph.operations.core(CAROLINE, NOON + 2 * HOUR) == two
        assert await graph.operations.core(CAROLINE, NOON) == NO_CORE
        assert await graph.operations.core(BOB) == NO_CORE

    async def test_a_version_of_the_core_that_does_not_come_next_is_refused(self, graph: GraphStore) -> None:
        await change(graph, core=core(1))
        for wrong in (1, 3):
            with pytest.raises(Conflict):
                await change(graph, core=core(wrong), notes=(note(),))
        assert (await graph.operations.core(CAROLINE)).version == 1
        assert await graph.notes.page(CAROLINE, None, 9) == []

    async def test_an_operation_comes_back_as_it_was_logged(self, graph: GraphStore) -> None:
        plain = operation(seen=Seen())
        full = operation(
            "memory_search",
            arguments=ODD,
            seen=Seen(7, (Ref("a", 1),), (Ref("b", 2), Ref("c", 1)), (Ref("d", 4),)),
            results=(Ref("x", 1), Ref("y", 2)),
            error="not_found",
            actor="policy 7",
            at=NOON + HOUR,
        )
        assert [await graph.operations.log(CAROLINE, one) for one in (plain, full)] == [1, 2]
        assert await graph.operations.operations(CAROLINE, 0, 10) == [
            replace(plain, number=1),
            replace(full, number=2),
        ]
        assert await graph.operations.operations(CAROLINE, 1, 10) == [replace(full, number=2)]
        assert await graph.operations.operations(CAROLINE, 0, 1) == [replace(plain, number=1)]
        assert await graph.operations.operations(BOB, 0, 10) == []
        assert await graph.operations.last(CAROLINE) == (2, 0)
        assert (await graph.episodes.user(CAROLINE)).last_activity == full.at

    async def test_what_a_call_changes_and_its_entry_stand_or_fall_together(self, graph: GraphStore) -> None:
        written, entry = note(), operation()
        assert await change(graph, notes=(written,), core=core(), operation=entry) == 1
        late = ChangeSet(0, NOON, notes=(note("Late."),), operation=entry)
        with pytest.raises(StaleRevision):
            await graph.ledger.commit(CAROLINE, late)
        with pytest.raises(Conflict):
            await change(graph, core=core(9), operation=entry)
        assert await graph.operations.operations(CAROLINE, 0, 9) == [replace(entry, number=1)]
        assert await graph.notes.page(CAROLINE, None, 9) == [written]
        assert await change(graph, operation=entry) == 2

    async def test_an_entry_alone_makes_no_plan_stale(self, graph: GraphStore) -> None:
        revision = await graph.ledger.revision(CAROLINE)
        await graph.operations.log(CAROLINE, operation())
        assert await graph.ledger.revision(CAROLINE) == revision

    async def test_calls_at_once_are_numbered_one_after_another(self, graph: GraphStore) -> None:
        numbers = await asyncio.gather(*(graph.operations.log(CAROLINE, operation(actor=str(n))) for n in range(12)))
        assert sorted(numbers) == list(range(1, 13))
        logged = await graph.operations.operations(CAROLINE, 0, 100)
        assert {one.number: one.actor for one in logged} == {number: str(n) for n, number in enumerate(numbers)}

    async def test_an_outcome_is_about_operations_that_are_there(self, graph: GraphStore) -> None:
        for _ in range(3):
            await graph.operations.log(CAROLINE, operation())
        for first, last in ((0, 1), (1, 4), (4, 4), (3, 2), (-1, 1), (1, 2**70)):
            with pytest.raises(NotFound):
                await graph.operations.add_outcome(CAROLINE, outcome(first, last))
        with pytest.raises(NotFound):
            await graph.operations.add_outcome(BOB, outcome(1, 1))
        one, two, three = (
            outcome(1, 2, details=ODD, actor="judge", at=NOON + HOUR),
            outcome(2, 3, reward=-1.0, details={}),
            outcome(3, 3),
        )
        assert [await graph.operations.add_outcome(CAROLINE, given) for given in (one, two, three)] == [1, 2, 3]
        assert await graph.operations.last(CAROLINE) == (3, 3)
        stored = [replace(given, number=n) for n, given in enumerate((one, two, three), 1)]
        assert await graph.operations.outcomes(CAROLINE, 1, 3) == stored
        assert await graph.operations.outcomes(CAROLINE, 1, 1) == stored[:1]
        assert await graph.operations.outcomes(CAROLINE, 3, MAX_SPAN) == stored[1:]
        assert await graph.operations.outcomes(CAROLINE, 4, 9) == []
        assert await graph.operations.outcomes(BOB, 1, 3) == []

    async def test_each_user_has_a_log_and_a_core_of_their_own(self, graph: GraphStore) -> None:
        for scope in (CAROLINE, BOB, Scope("globex", "caroline")):
            assert await change(graph, scope=scope, core=core(1, scope.user), operation=operation()) == 1
            assert await graph.operations.log(scope, operation(actor=scope.tenant)) == 2
            assert await graph.operations.add_outcome(scope, outcome(1, 2)) == 1
        for scope in (CAROLINE, BOB, Scope("globex", "caroline")):
            assert (await graph.operations.core(scope)).content == scope.user
            assert [one.actor for one in await graph.operations.operations(scope, 0, 9)] == [None, scope.tenant]
