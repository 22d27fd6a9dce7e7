"""What any store of facts does."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.fact import Cardinality, FactKind, Polarity, Retirement, Span, Value
from app.domain.scope import Scope
from app.domain.time import ALWAYS, Interval, Precision
from app.domain.timeline import Support
from app.ports.graph.knowledge import FactQuery, FactState, Group, Marks
from app.ports.graph.store import GraphStore
from tests.contracts import SHARED
from tests.contracts.graph.made import (
    BOB,
    CAROLINE,
    DAY,
    HOUR,
    NOON,
    change,
    closure,
    entity,
    new_id,
    said,
    statement,
    version,
)

MARCH, MAY, JUNE, OCTOBER = (datetime(2026, month, 1, tzinfo=UTC) for month in (3, 5, 6, 10))
MONTHS = [MARCH, MAY, JUNE, NOON + 60 * DAY, OCTOBER]
EVERY = FactQuery(state=FactState.ALL)


class FactStoreContract:
    async def test_every_field_of_a_statement_is_kept(self, graph: GraphStore) -> None:
        (episode,) = (await said(graph)).fresh
        caroline, acme = entity(), entity("Acme")
        made = [
            statement(
                caroline,
                "works_at",
                acme,
                polarity=Polarity.ENDS_ALL,
                cardinality=Cardinality.MANY,
                kind=FactKind.SUBJECTIVE,
                text='Quoted "text" of 李明',
                valid=Interval(datetime(1, 1, 1, tzinfo=UTC), datetime.max.replace(tzinfo=UTC)),
                precision=Precision.SEASON,
                said_at=NOON - DAY,
                recorded_at=NOON + HOUR,
                seq=1,
                extractor="spacy-3.8/2",
                span=Span(episode.id, 3, 9, "quoted"),
                replaces=Value(entity_id=caroline.id),
            ),
            statement(caroline, "likes", " Green  TEA ", seq=2, valid=ALWAYS, replaces=Value(literal="Coffee")),
            statement(caroline, "likes", "tea", seq=3, valid=Interval(None, NOON)),
            statement(caroline, "likes", "tea", seq=3, valid=Interval(NOON, NOON)),
        ]
        await change(graph, entities=(caroline, acme), statements=tuple(reversed(made)))
        groups = [Group(caroline.id, "works_at"), Group(caroline.id, "likes")]
        assert await graph.facts.statements(CAROLINE, groups) == made
        assert await graph.facts.statements_from(CAROLINE, [episode.id, "unknown"]) == made[:1]
        assert await graph.facts.statements_from(CAROLINE, []) == []

    async def test_every_field_of_a_version_is_kept(self, graph: GraphStore) -> None:
        caroline, acme = entity(), entity("Acme")
        one, two = statement(caroline, "works_at", acme), statement(caroline, "works_at", acme, seq=2)
        fact = version(
            two,
            one,
            cardinality=Cardinality.MANY,
            kind=FactKind.EXPERIENTIAL,
            text="A text of its own",
            valid=Interval(None, NOON),
            precision=Precision.YEAR,
            recorded_from=NOON - HOUR,
            extractor="other",
            event=True,
        )
        ended = version(
            one, fact_id=fact.fact_id, version=2, recorded_to=NOON + HOUR, retired_by=Retirement("late_news", "f", "e")
        )
        bare = version(one, object=Value(literal="Acme"), valid=ALWAYS, statement_ids=())
        await change(graph, entities=(caroline, acme), statements=(one, two), append=(ended, fact, bare))
        assert await graph.facts.versions(CAROLINE, [fact.fact_id, bare.fact_id, "unknown"]) == [fact, ended, bare]
        assert await graph.facts.facts(CAROLINE, EVERY, None, 10) == [fact, ended, bare]
        assert await graph.facts.versions(CAROLINE, []) == []
        assert await graph.facts.versions(BOB, [fact.fact_id]) == []

    async def test_a_view_of_each_moment_on_both_axes(self, graph: GraphStore) -> None:
        """The worked example: Acme since March; in June it is heard that it was Globex since May."""
        caroline, acme, globex = entity(), entity("Acme"), entity("Globex")
        first, second = statement(caroline, "works_at", acme), statement(caroline, "works_at", globex, seq=2)
        v1 = version(first, valid=Interval(MARCH), recorded_from=MARCH)
        v2 = version(first, fact_id=v1.fact_id, version=2, valid=Interval(MARCH, MAY), recorded_from=JUNE)
        v3 = version(second, valid=Interval(MAY), recorded_from=JUNE)
        people = (caroline, acme, globex)
        await change(graph, entities=people, statements=(first, second), append=(v1,), at=MARCH)
        why = closure(v1, "superseded", fact_id=v3.fact_id)
        await change(graph, close=(why,), append=(v2, v3), at=JUNE)
        (v1_closed, *_) = await graph.facts.versions(CAROLINE, [v1.fact_id])

        async def view(as_of: datetime | None = None, known_at: datetime | None = None) -> list[object]:
            return list(await graph.facts.facts(CAROLINE, FactQuery(as_of=as_of, known_at=known_at), None, 10))

        assert await view() == [v2, v3]
        assert await view(as_of=NOON) == [v3]
        assert await view(as_of=MAY) == [v3]
        assert await view(as_of=MAY - HOUR) == [v2]
        assert await view(as_of=MARCH) == [v2]
        assert await view(as_of=MARCH - HOUR) == []
        assert await view(as_of=NOON, known_at=JUNE - HOUR) == [v1_closed]
        assert await view(known_at=JUNE) == [v2, v3]
        assert await view(as_of=OCTOBER, known_at=MARCH) == [v1_closed]
        assert await view(known_at=MARCH - HOUR) == []
        assert await graph.facts.facts(CAROLINE, EVERY, None, 10) == [v1_closed, v2, v3]

    @given(
        st.lists(st.tuples(*[st.sampled_from([None, *MONTHS])] * 2, st.booleans(), st.booleans()), max_size=12),
        st.none() | st.sampled_from(MONTHS),
        st.none() | st.sampled_from(MONTHS),
    )
    @settings(max_examples=30, deadline=None, suppress_health_check=SHARED)
    async def test_a_view_is_what_was_known_and_holds(
        self,
        graph: GraphStore,
        made: list[tuple[datetime | None, datetime | None, bool, bool]],
        as_of: datetime | None,
        known_at: datetime | None,
    ) -> None:
        scope, caroline = Scope("acme", new_id("user")), entity()
        news = statement(caroline, "likes", "tea")
        facts = [
            version(
                news,
                valid=Interval(start, end if start is None or end is None else max(start, end)),
                recorded_from=MAY if early else JUNE,
                event=event,
            )
            for start, end, early, event in made
        ]
        half = tuple(closure(fact) for fact in facts[::2])
        await change(graph, scope=scope, entities=(caroline,), statements=(news,), append=tuple(facts))
        await change(graph, scope=scope, close=half, at=NOON + 60 * DAY)
        every = await graph.facts.facts(scope, EVERY, None, 100)
        assert await graph.facts.facts(scope, FactQuery(as_of=as_of, known_at=known_at), None, 100) == [
            fact
            for fact in every
            if (fact.believed if known_at is None else fact.known(known_at)) and (as_of is None or fact.holds(as_of))
        ]

    async def test_open_ends_hold_for_ever(self, graph: GraphStore) -> None:
        caroline = entity()
        news = statement(caroline, "likes", "tea")
        spans = (ALWAYS, Interval(None, MAY), Interval(MAY, None), Interval(MAY, MAY))
        always, until, since, _ = facts = [version(news, valid=valid) for valid in spans]
        await change(graph, entities=(caroline,), statements=(news,), append=tuple(facts))
        for as_of, expected in (
            (datetime(1, 1, 1, tzinfo=UTC), [always, until]),
            (MAY, [always, since]),
            (datetime.max.replace(tzinfo=UTC), [always, since]),
        ):
            assert await graph.facts.facts(CAROLINE, FactQuery(as_of=as_of), None, 10) == expected

    async def test_facts_are_asked_for_by_subject_predicate_and_object(self, graph: GraphStore) -> None:
        caroline, mel, tea = entity(), entity("Mel"), entity("tea")
        news = [
            statement(caroline, "likes", tea),
            statement(caroline, "drinks", tea),
            statement(mel, "likes", tea),
            statement(mel, "likes", "Long Walks"),
        ]
        likes, drinks, mel_likes, walks = facts = [version(said_so) for said_so in news]
        closed = version(news[0])
        await change(graph, entities=(caroline, mel, tea), statements=tuple(news), append=(*facts, closed))
        await change(graph, close=(closure(closed),), at=NOON + HOUR)

        async def found(**asked: object) -> list[object]:
            return list(await graph.facts.facts(CAROLINE, FactQuery(**asked), None, 10))  # type: ignore[arg-type]

        assert await found(subjects=(caroline.id,)) == [likes, drinks]
        assert await found(subjects=(caroline.id, mel.id), predicate="likes") == [likes, mel_likes, walks]
        assert await found(predicate="drinks") == [drinks]
        assert await found(objects=(Value(entity_id=tea.id),)) == [likes, drinks, mel_likes]
        assert await found(objects=(Value(literal="long  walks"), Value(literal=tea.id))) == [walks]
        assert await found(subjects=(mel.id,), objects=(Value(entity_id=tea.id),)) == [mel_likes]
        assert await found(subjects=()) == []
        assert await found(objects=()) == []
        ended = await found(subjects=(caroline.id,), objects=(Value(entity_id=tea.id),), state=FactState.ALL)
        assert len(ended) == 3
        assert len(await found(subjects=(caroline.id,), known_at=NOON)) == 3
        assert await found(subjects=(caroline.id,), known_at=NOON + HOUR) == [likes, drinks]

    async def test_pages_stay_stable_while_facts_change(self, graph: GraphStore) -> None:
        caroline = entity()
        news = statement(caroline, "likes", "tea")
        facts = [version(news) for _ in range(5)]
        await change(graph, entities=(caroline,), statements=(news,), append=tuple(facts))
        first = await graph.facts.facts(CAROLINE, EVERY, None, 2)
        second_of_first = version(news, fact_id=facts[0].fact_id, version=2)
        second_of_last = version(news, fact_id=facts[4].fact_id, version=2)
        await change(graph, append=(second_of_first, second_of_last))
        rest = await graph.facts.facts(CAROLINE, EVERY, (first[-1].fact_id, first[-1].version), 10)
        assert first + rest == [*facts, second_of_last]
        assert await graph.facts.facts(CAROLINE, EVERY, (facts[4].fact_id, 2**80), 10) == []

    async def test_groups_hold_every_version(self, graph: GraphStore) -> None:
        caroline, mel = entity(), entity("Mel")
        news = [
            statement(caroline, "likes", "tea"),
            statement(caroline, "likes", "Coffee"),
            statement(caroline, "owns", "tea"),
            statement(mel, "likes", "tea"),
        ]
        tea, coffee, owns, mel_tea = facts = [version(said_so) for said_so in news]
        await change(graph, entities=(caroline, mel), statements=tuple(news), append=tuple(facts))
        await change(graph, close=(closure(tea),))
        (tea,) = await graph.facts.versions(CAROLINE, [tea.fact_id])
        likes, narrow = Group(caroline.id, "likes"), Group(caroline.id, "likes", Value(literal="coffee").key)
        assert await graph.facts.groups(CAROLINE, [likes]) == [tea, coffee]
        assert await graph.facts.groups(CAROLINE, [narrow]) == [coffee]
        overlapping = [narrow, likes, likes, Group(mel.id, "likes", Value(literal="TEA").key), Group(mel.id, "owns")]
        assert await graph.facts.groups(CAROLINE, overlapping) == [tea, coffee, mel_tea]
        assert owns in await graph.facts.groups(CAROLINE, [Group(caroline.id, "owns")])
        assert await graph.facts.groups(CAROLINE, []) == []
        assert await graph.facts.groups(BOB, overlapping) == []

    async def test_statements_of_a_value_include_those_that_end_or_replace_it(self, graph: GraphStore) -> None:
        caroline = entity()
        tea, coffee = Value(literal="tea"), Value(literal="coffee")
        holds = statement(caroline, "likes", "tea", seq=4)
        replaces = statement(caroline, "likes", "coffee", seq=3, replaces=tea)
        ends_all = statement(caroline, "likes", "all that", seq=2, polarity=Polarity.ENDS_ALL)
        elsewhere = statement(caroline, "drinks", "all that", seq=1, polarity=Polarity.ENDS_ALL, replaces=tea)
        both = statement(caroline, "likes", "tea", seq=5, polarity=Polarity.ENDS_ALL, replaces=tea)
        every = (holds, replaces, ends_all, elsewhere, both)
        await change(graph, entities=(caroline,), statements=every)
        of_tea, of_coffee = Group(caroline.id, "likes", tea.key), Group(caroline.id, "likes", coffee.key)
        assert await graph.facts.statements(CAROLINE, [of_tea]) == [ends_all, replaces, holds, both]
        assert await graph.facts.statements(CAROLINE, [of_coffee]) == [ends_all, replaces, both]
        whole = [of_tea, Group(caroline.id, "likes")]
        assert await graph.facts.statements(CAROLINE, whole) == [ends_all, replaces, holds, both]
        assert await graph.facts.statements(CAROLINE, []) == []
        assert await graph.facts.statements(BOB, whole) == []

    async def test_marks_on_statements(self, graph: GraphStore) -> None:
        caroline = entity()
        one, two, three = (statement(caroline, "likes", of) for of in ("tea", "coffee", "milk"))
        group, unmarked = Group(caroline.id, "likes"), Marks(frozenset(), {})
        await change(graph, entities=(caroline,), statements=(one, two, three))
        assert await graph.facts.marks(CAROLINE, [group]) == unmarked
        await change(graph, withdraw=(one.id, two.id), restore=(three.id,), at=NOON + HOUR)
        marked = Marks(frozenset({one.id, two.id}), {three.id: NOON + HOUR})
        assert await graph.facts.marks(CAROLINE, [group]) == marked
        narrow = Group(caroline.id, "likes", Value(literal="tea").key)
        assert await graph.facts.marks(CAROLINE, [narrow]) == Marks(frozenset({one.id}), {})
        assert await graph.facts.marks(BOB, [group]) == unmarked
        await change(graph, reinstate=(one.id,), withdraw=(three.id,), restore=(two.id,), at=NOON + DAY)
        assert await graph.facts.marks(CAROLINE, [group]) == Marks(frozenset({two.id, three.id}), {})
        await change(graph, reinstate=(two.id,), at=NOON + DAY + HOUR)
        assert await graph.facts.marks(CAROLINE, [group]) == Marks(frozenset({three.id}), {two.id: NOON + DAY})
        assert await graph.facts.statements(CAROLINE, [group]) == sorted((one, two, three), key=lambda s: (s.seq, s.id))

    async def test_evidence_is_the_oldest_statement_first(self, graph: GraphStore) -> None:
        one, two = (await said(graph, "1", "2")).fresh
        caroline = entity()
        late = statement(caroline, "likes", "tea", two.id, seq=2)
        early = statement(caroline, "likes", "tea", one.id, seq=1)
        unspoken = statement(caroline, "likes", "tea", seq=0)
        fact = version(unspoken, late)
        other = version(unspoken)
        await change(graph, entities=(caroline,), statements=(late, early, unspoken), append=(fact, other))
        more = Support(fact.fact_id, 1, (early.id, late.id))
        await change(graph, support=(more,))
        key = (fact.fact_id, 1)
        asked = [key, (other.fact_id, 1), (fact.fact_id, 2), key]
        assert await graph.facts.evidence(CAROLINE, asked) == {key: [early.span, late.span]}
        assert await graph.facts.evidence(CAROLINE, []) == {}
        assert await graph.facts.evidence(BOB, asked) == {}
        (supported,) = await graph.facts.versions(CAROLINE, [fact.fact_id])
        assert supported.statement_ids == (unspoken.id, late.id, early.id)
        assert supported.believed
