"""What any store knows of changes, and of which words are still good."""

from __future__ import annotations

from datetime import datetime, timedelta

from app.domain.fact import Polarity, Span
from app.domain.sayings import Saying
from app.domain.time import Interval
from app.ports.graph.store import GraphStore
from tests.contracts.graph.made import (
    BOB,
    CAROLINE,
    DAY,
    HOUR,
    NOON,
    change,
    closure,
    entity,
    processed,
    said,
    statement,
    version,
)

LATER = NOON + 30 * DAY


class HistoryContract:
    async def test_facts_that_changed_between_two_moments(self, graph: GraphStore) -> None:
        caroline = entity()
        news = statement(caroline, "likes", "tea")
        facts = [version(news, recorded_from=NOON + n * HOUR) for n in range(4)]
        await change(graph, entities=(caroline,), statements=(news,), append=tuple(facts))
        await change(graph, close=(closure(facts[0]),), at=NOON + 10 * HOUR)
        ids = [fact.fact_id for fact in facts]

        async def changed(start: float, end: float, after: str | None = None, limit: int = 10) -> list[str]:
            moments = NOON + start * HOUR, NOON + end * HOUR
            return await graph.history.changed(CAROLINE, *moments, after, limit)

        assert await changed(-1, 20) == ids
        assert await changed(0, 2) == ids[1:3]
        assert await changed(3, 9) == []
        assert await changed(9, 10) == ids[:1]
        assert await changed(-1, 20, after=ids[1]) == ids[2:]
        assert await changed(-1, 20, limit=2) == ids[:2]
        assert await graph.history.changed(BOB, NOON - HOUR, LATER, None, 10) == []

    async def test_what_is_believed_and_holds_the_latest_to_be_believed_first(self, graph: GraphStore) -> None:
        caroline = entity()
        news = statement(caroline, "likes", "tea")
        always = version(news, valid=Interval())
        later, ended = version(news, recorded_from=NOON + HOUR), version(news, valid=Interval(NOON - DAY, NOON))
        event = version(news, valid=Interval(NOON - DAY, NOON), event=True, recorded_from=NOON + 2 * HOUR)
        planned, retired = version(news, valid=Interval(NOON + DAY)), version(news, recorded_from=NOON + 3 * HOUR)
        given = (always, later, ended, event, planned, retired)
        await change(graph, entities=(caroline,), statements=(news,), append=given)
        await change(graph, close=(closure(retired),), at=NOON + 4 * HOUR)
        assert await graph.history.newest(CAROLINE, NOON, 9) == [event, later, always]
        assert await graph.history.newest(CAROLINE, NOON, 2) == [event, later]
        assert await graph.history.newest(CAROLINE, NOON + DAY, 9) == [event, later, planned, always]
        assert await graph.history.newest(BOB, NOON, 9) == []

    async def test_words_stand_while_something_is_believed_that_holds(self, graph: GraphStore) -> None:
        (episode,) = (await said(graph, "I work at Acme.")).fresh
        caroline = entity()

        def told(place: int, **given: object) -> object:
            span = Span(episode.id, place, place + 1, "I")
            return statement(caroline, "works_at", "Acme", span=span, **given)

        open_ended, bounded, ended, _denied, retired, late = every = (
            told(0),
            told(1, valid=Interval(NOON, NOON + DAY)),
            told(2),
            told(3, polarity=Polarity.DENIES),
            told(4),
            told(5, recorded_at=LATER),
        )
        ended_version = version(ended, valid=Interval(NOON, NOON + DAY))  # type: ignore[arg-type]
        retired_version = version(retired)  # type: ignore[arg-type]
        await change(
            graph,
            entities=(caroline,),
            statements=every,
            append=(
                version(open_ended),  # type: ignore[arg-type]
                version(bounded),  # type: ignore[arg-type]
                ended_version,
                retired_version,
                version(late, recorded_from=LATER),  # type: ignore[arg-type]
            ),
        )
        await change(graph, close=(closure(retired_version),), at=NOON + 2 * DAY)

        async def standing(at: datetime, known_at: datetime) -> list[bool]:
            found = await graph.history.sayings(CAROLINE, [episode.id, "unknown"], at, known_at)
            assert all(saying.size == len("I work at Acme.") for saying in found)
            assert [saying.holds for saying in found] == [True, True, True, False, True, True][: len(found)]
            return [saying.stands for saying in sorted(found, key=lambda saying: saying.start)]

        assert await standing(NOON, NOON) == [True, True, True, False, True]
        assert await standing(NOON + 3 * DAY, NOON + DAY) == [True, True, False, False, True]
        assert await standing(NOON + 3 * DAY, NOON + 3 * DAY) == [True, True, False, False, False]
        assert await standing(LATER, LATER) == [True, True, False, False, False, True]
        assert await graph.history.sayings(BOB, [episode.id], LATER, LATER) == []
        assert await graph.history.sayings(CAROLINE, [], LATER, LATER) == []

    async def test_an_event_stands_after_it_took_place(self, graph: GraphStore) -> None:
        (episode,) = (await said(graph, "I ran.")).fresh
        caroline = entity()
        ran = statement(caroline, "does", "run", span=Span(episode.id, 0, 5, "I ran"))
        took_place = version(ran, valid=Interval(NOON, NOON + DAY), event=True)
        await change(graph, entities=(caroline,), statements=(ran,), append=(took_place,))
        (saying,) = await graph.history.sayings(CAROLINE, [episode.id], LATER, LATER)
        assert saying == Saying(episode.id, 6, 0, 5, holds=True, stands=True)

    async def test_words_that_a_newer_extraction_reads_otherwise_are_left_out(self, graph: GraphStore) -> None:
        (episode,) = (await said(graph, "I ran.")).fresh
        caroline = entity()
        ran = statement(caroline, "does", "run", span=Span(episode.id, 0, 5, "I ran"))
        await change(graph, entities=(caroline,), statements=(ran,))
        await change(graph, outdated=(ran.id,))
        assert await graph.history.sayings(CAROLINE, [episode.id], LATER, LATER) == []

    async def test_episodes_read_by_another_extractor(self, graph: GraphStore) -> None:
        a, b, c = (await said(graph, "a", "b", "c")).fresh
        await change(graph, processed=processed(a.id), extractor="one")
        await change(graph, processed=processed(b.id), extractor="two")

        async def outdated(extractor: str, after: int = 0, limit: int = 10) -> list[str]:
            return [e.id for e in await graph.history.outdated(CAROLINE, extractor, after, limit)]

        assert await outdated("three") == [a.id, b.id]
        assert await outdated("two") == [a.id]
        assert await outdated("three", after=a.seq) == [b.id]
        assert await outdated("three", limit=1) == [a.id]
        await change(graph, reread=(a.id,), extractor="two", at=NOON + timedelta(hours=1))
        assert await outdated("two") == []
        assert c.id not in await outdated("three")
        assert await graph.history.outdated(BOB, "three", 0, 10) == []
