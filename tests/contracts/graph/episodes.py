"""What any store of episodes does."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest

from app.domain.episode import Accepted, EpisodeKind, EpisodeState, Role
from app.domain.errors import ClientIdConflict, IdempotencyConflict
from app.domain.jobs import JobState
from app.domain.scope import Scope
from app.ports.graph.episodes import SessionSummary, UserSummary
from app.ports.graph.store import GraphStore
from tests.contracts.graph.made import BOB, CAROLINE, DAY, HOUR, NOON, change, draft, request, said


class EpisodeStoreContract:
    async def test_what_is_appended_comes_back_as_it_was_sent(self, graph: GraphStore) -> None:
        sent = [
            draft("Hi \0 there, 李明 🙂\n\t\"'\\", client_id="m-17", metadata={"a": {"b": [1, 2.5, None, True, "ü"]}}),
            draft('{"x": 1}', role=Role.TOOL, kind=EpisodeKind.JSON, name=None),
            draft("", occurred_at=datetime(1, 1, 1, tzinfo=UTC), role=Role.SYSTEM, kind=EpisodeKind.TEXT),
            draft("z", occurred_at=datetime.max.replace(tzinfo=UTC), role=Role.ASSISTANT),
        ]
        receipt = await said(graph, *sent)

        assert await graph.episodes.get(CAROLINE, [e.id for e in receipt.fresh]) == list(receipt.fresh)
        stored = receipt.fresh
        assert [(e.role, e.content, e.occurred_at, e.kind, e.name, e.client_id, e.metadata) for e in stored] == [
            (d.role, d.content, d.occurred_at, d.kind, d.name, d.client_id, d.metadata) for d in sent
        ]
        assert [(e.seq, e.position, e.state, e.recorded_at) for e in stored] == [
            (n, n - 1, EpisodeState.PENDING, NOON) for n in range(1, 5)
        ]

    async def test_the_receipt_stands_in_the_order_of_the_drafts(self, graph: GraphStore) -> None:
        sent = request("one", "two")
        receipt = await graph.episodes.append(CAROLINE, sent)
        assert receipt.job_id == sent.job_id
        assert receipt.accepted == (Accepted(sent.ids[0], 1, False), Accepted(sent.ids[1], 2, False))
        tasks = await graph.outbox.due_of(CAROLINE, 0, 10)
        assert [(task.ticket, task.kind, task.id) for task in tasks] == [
            (ticket, "episode", id) for ticket, id in zip(receipt.tickets, sent.ids, strict=True)
        ]

    async def test_seq_counts_the_user_and_position_the_session(self, graph: GraphStore) -> None:
        await said(graph, "a", "b", session="s1")
        await said(graph, "c", session="s2")
        (last,) = (await said(graph, "d", session="s1")).fresh
        assert (last.seq, last.position) == (4, 2)

    async def test_the_same_client_id_and_content_is_a_duplicate(self, graph: GraphStore) -> None:
        first = await said(graph, draft("hello", client_id="m-1"))
        again = await said(graph, draft("hello", client_id="m-1"), draft("more", client_id="m-2"))
        assert again.accepted[0] == Accepted(first.fresh[0].id, 1, duplicate=True)
        assert [e.content for e in again.fresh] == ["more"]
        assert [e.seq for e in await graph.episodes.all(CAROLINE, 0, 10)] == [1, 2]

    @pytest.mark.parametrize("client_id", ["a\0b", "\u2028", '"\\', "🙂", "é", " ", ""])
    async def test_any_text_may_be_a_client_id(self, graph: GraphStore, client_id: str) -> None:
        first = await said(graph, draft("hello", client_id=client_id))
        again = await said(graph, draft("hello", client_id=client_id), draft("other", client_id=client_id + "\0c"))
        assert [answer.duplicate for answer in again.accepted] == [True, False]
        assert again.accepted[0].id == first.accepted[0].id

    async def test_a_request_of_duplicates_names_the_job_that_took_care_of_them(self, graph: GraphStore) -> None:
        first = await said(graph, draft("hello", client_id="m-1"))
        again = await said(graph, draft("hello", client_id="m-1"), session="elsewhere")
        assert (again.job_id, again.fresh, again.tickets) == (first.job_id, (), ())
        assert [s.id for s in await graph.episodes.sessions(CAROLINE, None, 10)] == ["s1"]
        assert [job.id for job in await graph.jobs.page(CAROLINE, None, None, 10)] == [first.job_id]

    async def test_a_client_id_with_other_content_stores_nothing(self, graph: GraphStore) -> None:
        await said(graph, draft("hello", client_id="m-1"))
        before = await graph.episodes.user(CAROLINE)
        with pytest.raises(ClientIdConflict):
            await said(graph, "new", draft("goodbye", client_id="m-1"), key="k")
        assert await graph.episodes.user(CAROLINE) == before
        assert len(await graph.outbox.due_of(CAROLINE, 0, 10)) == 1
        assert (await said(graph, "other", key="k", fingerprint="other")).fresh

    async def test_a_repeated_key_gets_the_first_receipt(self, graph: GraphStore) -> None:
        first = await said(graph, "one", draft("two", client_id="m"), key="k")
        for _ in range(2):
            again = await said(graph, "one", draft("two", client_id="m"), key="k")
            assert (again.job_id, again.accepted) == (first.job_id, first.accepted)
            assert (again.fresh, again.tickets) == ((), ())
        assert (await graph.episodes.user(CAROLINE)).episodes == 2

    async def test_a_key_with_another_request_is_refused(self, graph: GraphStore) -> None:
        await said(graph, "one", key="k", fingerprint="f")
        with pytest.raises(IdempotencyConflict):
            await said(graph, "two", key="k", fingerprint="g")
        assert (await graph.episodes.user(CAROLINE)).episodes == 1
        assert (await said(graph, "two", scope=BOB, key="k", fingerprint="g")).fresh

    async def test_writers_at_once_leave_no_gap(self, graph: GraphStore) -> None:
        receipts = await asyncio.gather(
            *(said(graph, *("x" for _ in range(1 + n % 3)), session=f"s{n % 4}") for n in range(40))
        )
        stored = await graph.episodes.all(CAROLINE, 0, 1_000)
        assert [e.seq for e in stored] == list(range(1, len(stored) + 1))
        assert {e.id for e in stored} == {e.id for receipt in receipts for e in receipt.fresh}
        for session in await graph.episodes.sessions(CAROLINE, None, 10):
            positions = [e.position for e in await graph.episodes.page(CAROLINE, session.id, 0, 1_000)]
            assert positions == list(range(session.episodes))
        tickets = [ticket for receipt in receipts for ticket in receipt.tickets]
        assert len(set(tickets)) == len(stored)

    async def test_the_same_request_delivered_at_once_is_stored_once(self, graph: GraphStore) -> None:
        receipts = await asyncio.gather(*(said(graph, "hello", key="k") for _ in range(8)))
        assert len({receipt.accepted for receipt in receipts}) == 1
        assert sum(len(receipt.fresh) for receipt in receipts) == 1

    async def test_get_keeps_the_order_asked_for(self, graph: GraphStore) -> None:
        one, two, three = (await said(graph, "1", "2", "3")).fresh
        assert await graph.episodes.get(CAROLINE, [three.id, "unknown", one.id, two.id]) == [three, one, two]
        assert await graph.episodes.get(CAROLINE, []) == []

    async def test_pages_stay_stable_while_episodes_arrive(self, graph: GraphStore) -> None:
        await said(graph, "1", "2", "3")
        await said(graph, "elsewhere", session="s2")
        first = await graph.episodes.page(CAROLINE, "s1", 0, 2)
        await said(graph, "4")
        rest = await graph.episodes.page(CAROLINE, "s1", first[-1].seq, 10)
        assert [e.content for e in first + rest] == ["1", "2", "3", "4"]
        assert await graph.episodes.page(CAROLINE, "s1", 2**80, 10) == []
        assert await graph.episodes.page(CAROLINE, "unknown", 0, 10) == []

    async def test_places_in_sessions_are_found(self, graph: GraphStore) -> None:
        _, b, _ = (await said(graph, "a", "b", "c")).fresh
        (d,) = (await said(graph, "d", session="s2")).fresh
        places = [("s1", 1), ("s2", 0), ("s1", 9), ("s3", 0), ("s1", -1), ("s1", 1)]
        found = await graph.episodes.at_positions(CAROLINE, places)
        assert {turn.id: (turn.session_id, turn.position, turn.speaker) for turn in found} == {
            episode.id: (episode.session_id, episode.position, episode.speaker) for episode in (b, d)
        }
        assert await graph.episodes.at_positions(CAROLINE, []) == []

    async def test_pending_is_what_is_still_to_be_processed(self, graph: GraphStore) -> None:
        one, two, three = (await said(graph, "1", "2", "3")).fresh
        assert await graph.episodes.pending(CAROLINE, 2) == [one, two]
        await change(graph, deleted_episodes=(one.id,))
        assert await graph.episodes.pending(CAROLINE, 5) == [two, three]

    async def test_sessions_are_summed_up(self, graph: GraphStore) -> None:
        await said(graph, draft(occurred_at=NOON), draft(occurred_at=NOON - DAY), session="b")
        await said(graph, draft(occurred_at=NOON + DAY), session="a")
        await said(graph, draft(occurred_at=NOON + HOUR), session="b")
        a = SessionSummary("a", 1, NOON + DAY, NOON + DAY, 3, 3)
        b = SessionSummary("b", 3, NOON - DAY, NOON + HOUR, 1, 4)
        assert await graph.episodes.sessions(CAROLINE, None, 10) == [a, b]
        assert await graph.episodes.sessions(CAROLINE, None, 1) == [a]
        assert await graph.episodes.sessions(CAROLINE, "a", 10) == [b]

    async def test_users_are_counted_and_paged(self, graph: GraphStore) -> None:
        nobody = UserSummary("nobody", 0, 0, 0, 0, 0, 0, 0, None)
        assert await graph.episodes.user(Scope("acme", "nobody")) == nobody
        await said(graph, "a", "b")
        await said(graph, "c", session="s2", at=NOON + HOUR)
        await said(graph, "d", scope=BOB)
        await said(graph, "e", scope=Scope("other", "mallory"))
        caroline = UserSummary("caroline", 2, 3, 0, 0, 0, 3, 0, NOON + HOUR)
        bob = UserSummary("bob", 1, 1, 0, 0, 0, 1, 0, NOON)
        assert await graph.episodes.user(CAROLINE) == caroline
        assert await graph.episodes.users("acme", None, 10) == [bob, caroline]
        assert await graph.episodes.users("acme", "bob", 10) == [caroline]
        assert await graph.episodes.users("acme", None, 1) == [bob]
        assert await graph.episodes.users("unknown", None, 10) == []

    async def test_participants_of_a_session_the_latest_first(self, graph: GraphStore) -> None:
        await said(graph, draft(name="Mel"), draft(name="Caroline"), draft(name="Mel"))
        await said(graph, draft(role=Role.SYSTEM, name="Rules"), draft(role=Role.ASSISTANT, name=None))
        await said(graph, draft(name="Zoe"), session="s2")
        assert await graph.episodes.participants(CAROLINE, "s1", 5) == ["assistant", "Mel", "Caroline"]
        assert await graph.episodes.participants(CAROLINE, "s1", 2) == ["assistant", "Mel"]
        assert await graph.episodes.participants(CAROLINE, "unknown", 5) == []

    async def test_participants_of_the_whole_memory_by_name(self, graph: GraphStore) -> None:
        assert await graph.episodes.participants(CAROLINE, None, 5) == []
        await said(graph, draft(name="Mel"), draft(name="Caroline"), draft(name="Mel"), draft(role=Role.TOOL, name="x"))
        await said(graph, draft(name="Zoe"), session="s2")
        await said(graph, draft(name="Bob"), scope=BOB)
        assert await graph.episodes.participants(CAROLINE, None, 5) == ["Caroline", "Mel", "Zoe"]
        assert await graph.episodes.participants(CAROLINE, None, 2) == ["Caroline", "Mel"]

    async def test_seq_is_not_used_again_after_a_deletion(self, graph: GraphStore) -> None:
        (gone,) = (await said(graph, "a")).fresh
        await change(graph, deleted_episodes=(gone.id,))
        assert await graph.episodes.sessions(CAROLINE, None, 10) == []
        assert (await graph.episodes.user(CAROLINE)).sessions == 0
        assert (await said(graph, "b")).fresh[0].seq == 2

    async def test_what_was_accepted_is_there_after_a_restart(
        self, graph: GraphStore, restart: Callable[[], Awaitable[GraphStore]]
    ) -> None:
        receipt = await said(graph, draft("kept", metadata={"a": [1]}), key="k")
        after = await restart()
        assert await after.episodes.get(CAROLINE, [receipt.accepted[0].id]) == list(receipt.fresh)
        assert await after.lanes.waiting(NOON + timedelta(seconds=1), 10) == [CAROLINE]
        job = await after.jobs.get("acme", receipt.job_id)
        assert job is not None
        assert (job.state, job.remaining) == (JobState.QUEUED, 1)
        assert (await said(after, "kept", key="k")).accepted == receipt.accepted
        assert (await said(after, "next")).fresh[0].seq == 2
