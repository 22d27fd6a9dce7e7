"""What any outbox does."""

from __future__ import annotations

import asyncio

from app.domain.scope import Scope
from app.ports.graph.lanes import IndexTask
from app.ports.graph.store import GraphStore
from tests.contracts.graph.made import BOB, CAROLINE, change, entity, said, statement, version


class OutboxContract:
    async def test_tasks_are_due_in_the_order_of_their_tickets(self, graph: GraphStore) -> None:
        one = await said(graph, "1", "2")
        two = await said(graph, "3", scope=BOB)
        three = await said(graph, "4", scope=Scope("other", "caroline"))
        tasks = await graph.outbox.due(0, 10)
        assert [task.ticket for task in tasks] == [*one.tickets, *two.tickets, *three.tickets]
        assert [task.ticket for task in tasks] == sorted({task.ticket for task in tasks})
        assert tasks[2] == IndexTask(two.tickets[0], BOB, "episode", two.fresh[0].id)
        assert await graph.outbox.due(0, 1) == tasks[:1]
        assert await graph.outbox.due(tasks[1].ticket, 10) == tasks[2:]

    async def test_a_users_tasks_are_its_own(self, graph: GraphStore) -> None:
        mine = await said(graph, "1", "2", "3")
        await said(graph, "4", scope=BOB)
        assert [task.ticket for task in await graph.outbox.due_of(CAROLINE, 0, 2)] == list(mine.tickets[:2])
        assert [task.ticket for task in await graph.outbox.due_of(CAROLINE, mine.tickets[1], 2)] == [mine.tickets[2]]

    async def test_what_is_done_is_due_no_more(self, graph: GraphStore) -> None:
        receipt = await said(graph, "1", "2", "3")
        one, two, three = receipt.tickets
        for _ in range(2):
            await graph.outbox.done([one, three, 10**12])
        assert [task.ticket for task in await graph.outbox.due(0, 10)] == [two]
        await graph.outbox.done([])
        later = await said(graph, "4")
        assert later.tickets[0] > three

    async def test_what_is_done_while_it_is_read_troubles_no_reader(self, graph: GraphStore) -> None:
        receipt = await said(graph, *map(str, range(1_000)))
        expected = {ticket: ("episode", one.id) for ticket, one in zip(receipt.tickets, receipt.fresh, strict=True)}

        async def finish() -> None:
            for start in range(0, 1_000, 10):
                await graph.outbox.done(list(receipt.tickets[start : start + 10]))

        finishing = asyncio.create_task(finish())
        while not finishing.done():
            for tasks in await asyncio.gather(graph.outbox.due(0, 1_000), graph.outbox.due_of(CAROLINE, 0, 1_000)):
                assert {task.ticket: (task.kind, task.id) for task in tasks}.items() <= expected.items()
        await finishing
        assert await graph.outbox.due(0, 10) == []

    async def test_a_ticket_is_not_used_again(self, graph: GraphStore) -> None:
        first = await said(graph, "1", "2")
        await graph.outbox.done(list(first.tickets))
        assert (await said(graph, "3")).tickets[0] > first.tickets[-1]

    async def test_refilling_asks_for_everything_of_a_user(self, graph: GraphStore) -> None:
        receipt = await said(graph, "1", "2")
        await said(graph, "3", scope=BOB)
        caroline = entity()
        news = statement(caroline, "lives_in", "Berlin")
        fact = version(news)
        again = version(news, fact_id=fact.fact_id, version=2)
        await change(graph, entities=(caroline,), statements=(news,), append=(fact, again))
        await graph.outbox.done([task.ticket for task in await graph.outbox.due(0, 100)])
        assert await graph.outbox.refill(CAROLINE) == 4
        assert sorted((task.kind, task.id) for task in await graph.outbox.due_of(CAROLINE, 0, 100)) == sorted(
            [("entity", caroline.id), ("fact", fact.fact_id), *(("episode", e.id) for e in receipt.fresh)]
        )
        assert await graph.outbox.due_of(BOB, 0, 100) == []
        assert await graph.outbox.refill(Scope("acme", "nobody")) == 0
