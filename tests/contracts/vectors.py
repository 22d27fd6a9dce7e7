"""What every vector store keeps to. Backends inherit `VectorStoreContract`."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import numpy as np
import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.scope import Scope
from app.domain.time import Interval
from app.ports.models import Sparse, Vectors
from app.ports.vectors import EVERYTHING, Ask, Pick, Scores, VectorFilter, VectorKind, VectorRecord, VectorStore
from tests.contracts import SHARED

DIMENSION = 8
EPISODE = VectorKind.EPISODE
ANNA = Scope("acme", "anna")
BEN = Scope("acme", "ben")
OTHER_ANNA = Scope("globex", "anna")

# Names that would run into each other if they were joined, matched as patterns or read as paths.
NAMES = ["a", "a,b", "b", "b,a", '"a"', '["a","b"]', "*", "..", "a/b", "A", "é", "李明", "user:1", "1"]
SCOPES = st.builds(Scope, st.sampled_from(NAMES), st.sampled_from(NAMES))


def at(day: int) -> datetime:
    return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=day)


def axis(i: int, tilt: float = 0.0) -> Vectors:
    """A unit vector along axis i, tilted a little towards the next."""
    vector = np.zeros(DIMENSION, np.float32)
    vector[i % DIMENSION], vector[(i + 1) % DIMENSION] = 1.0, tilt
    return (vector / np.linalg.norm(vector)).astype(np.float32)


def words(*terms: int, weight: float = 1.0) -> Sparse:
    return Sparse(tuple(sorted(terms)), (weight,) * len(terms))


def record(
    ref: str | None = None, dense: Vectors | None = None, sparse: Sparse | None = None, **rest: object
) -> VectorRecord:
    id = str(uuid4())
    return VectorRecord(
        id=str(rest.pop("id", id)),
        ref=ref or id,
        dense=axis(0) if dense is None else dense,
        sparse=words(1) if sparse is None else sparse,
        **rest,  # type: ignore[arg-type]
    )


def inverse_frequency(documents: int, containing: int) -> float:
    return math.log(1 + (documents - containing + 0.5) / (containing + 0.5))


async def found(store: VectorStore, where: VectorFilter, kind: VectorKind = EPISODE) -> set[str]:
    """What the filter lets through, the same by both arms."""
    dense = {hit.ref for hit in await store.nearest(ANNA, kind, axis(0), 100, where)}
    assert dense == {hit.ref for hit in await store.keyword(ANNA, kind, words(1), 100, where)}
    return dense


Opening = Callable[[], AbstractAsyncContextManager[VectorStore]]


@pytest.mark.asyncio(loop_scope="module")
class VectorStoreContract:
    """The module of a backend has two fixtures: `one_store` of module scope, shared since opening takes time, and
    `reopenable`, an Opening that comes to the same, own place each time."""

    @pytest_asyncio.fixture(loop_scope="module")
    async def store(self, one_store: VectorStore) -> VectorStore:
        for scope in (ANNA, BEN, OTHER_ANNA):
            await one_store.remove_all(scope)
        return one_store

    # What is found

    async def test_scores_are_those_that_a_search_gives(self, store: VectorStore) -> None:
        mine = [
            record(dense=axis(n), sparse=words(1, n + 2) if n < 4 else words(7), session_id="s" if n % 2 else "t")
            for n in range(6)
        ]
        theirs = record()
        await store.upsert(ANNA, EPISODE, mine)
        await store.upsert(Scope("elsewhere", "anna"), EPISODE, [theirs])
        nearest = {hit.id: hit.score for hit in await store.nearest(ANNA, EPISODE, axis(0, 0.5), 100)}
        keyword = {hit.id: hit.score for hit in await store.keyword(ANNA, EPISODE, words(1, 2), 100)}
        wanted = [mine[0].id, mine[1].id, mine[5].id]
        picks = [Pick(EPISODE, [*wanted, theirs.id]), Pick(VectorKind.FACT, wanted), Pick(EPISODE, [])]
        scores, *others = await store.scores(ANNA, picks, axis(0, 0.5), words(1, 2))
        assert scores.dense == pytest.approx({id: nearest[id] for id in wanted})
        assert scores.keyword == pytest.approx({id: keyword[id] for id in wanted[:2]})
        assert others == [Scores({}, {})] * 2
        (within,) = await store.scores(ANNA, [Pick(EPISODE, wanted, VectorFilter(session_id="s"))], None, words(1))
        assert (within.dense, set(within.keyword)) == ({}, {mine[1].id})
        assert await store.scores(ANNA, [Pick(EPISODE, [])], axis(0), words(1)) == [Scores({}, {})]
        assert await store.scores(ANNA, [], axis(0), words(1)) == []

    async def test_both_arms_asked_at_once_find_what_each_finds_alone(self, store: VectorStore) -> None:
        mine = [record(dense=axis(n), sparse=words(1, n + 2), session_id="s" if n % 2 else "t") for n in range(6)]
        await store.upsert(ANNA, EPISODE, mine)
        await store.upsert(ANNA, VectorKind.FACT, [record(dense=axis(2), sparse=words(2))])
        await store.upsert(OTHER_ANNA, EPISODE, [record()])
        dense, keyword, narrow = axis(0, 0.5), words(1, 2), VectorFilter(session_id="s")
        asks = [
            Ask(EPISODE, 4),
            Ask(VectorKind.FACT, 4),
            Ask(VectorKind.NOTE, 4),
            Ask(EPISODE, 9, narrow),
            Ask(EPISODE, 0),
            Ask(EPISODE, 9, VectorFilter(refs=())),
        ]
        for ask, found in zip(asks, await store.arms(ANNA, asks, dense, keyword), strict=True):
            assert list(found.nearest) == await store.nearest(ANNA, ask.kind, dense, ask.limit, ask.where)
            assert list(found.keyword) == await store.keyword(ANNA, ask.kind, keyword, ask.limit, ask.where)
        for found in await store.arms(ANNA, asks[:3], None, keyword):
            assert not found.nearest
        for found in await store.arms(ANNA, asks[:3], dense, Sparse((), ())):
            assert not found.keyword

    async def test_nearest_orders_by_cosine(self, store: VectorStore) -> None:
        near, far, opposite = record(dense=axis(0, 0.2)), record(dense=axis(0, 5.0)), record(dense=-axis(0))
        await store.upsert(ANNA, EPISODE, [far, opposite, near])
        hits = await store.nearest(ANNA, EPISODE, axis(0), 10)
        assert [hit.id for hit in hits] == [near.id, far.id, opposite.id]
        assert [hit.score for hit in hits] == pytest.approx([float(axis(0) @ r.dense) for r in (near, far, opposite)])

    async def test_a_hit_carries_what_identifies_it(self, store: VectorStore) -> None:
        stored = record("fact-1", session_id="s1", position=3, speaker="Caroline", sources=("e1", "e2"))
        await store.upsert(ANNA, EPISODE, [stored])
        for hits in (
            await store.nearest(ANNA, EPISODE, axis(0), 1),
            await store.keyword(ANNA, EPISODE, words(1), 1),
        ):
            (hit,) = hits
            assert (hit.id, hit.ref, hit.session_id, hit.position, hit.speaker, hit.sources) == (
                stored.id, "fact-1", "s1", 3, "Caroline", ("e1", "e2"),
            )  # fmt: skip

    async def test_keyword_finds_only_what_shares_a_word(self, store: VectorStore) -> None:
        both, one, none = record(sparse=words(1, 2)), record(sparse=words(2)), record(sparse=words(3))
        await store.upsert(ANNA, EPISODE, [none, one, both])
        hits = await store.keyword(ANNA, EPISODE, words(1, 2), 10)
        assert [hit.id for hit in hits] == [both.id, one.id]
        assert all(hit.score > 0 for hit in hits)

    async def test_a_keyword_score_is_the_weights_times_inverse_document_frequency(self, store: VectorStore) -> None:
        await store.upsert(ANNA, EPISODE, [record(sparse=words(2)) for _ in range(7)])
        stored = record(sparse=Sparse((1, 2), (0.5, 2.0)))
        await store.upsert(ANNA, EPISODE, [stored])
        hits = await store.keyword(ANNA, EPISODE, words(1, 2), 1)
        assert hits[0].id == stored.id
        assert hits[0].score == pytest.approx(0.5 * inverse_frequency(8, 1) + 2.0 * inverse_frequency(8, 8), rel=1e-5)

    async def test_a_record_without_words_is_found_by_meaning_and_counts_in_no_frequency(
        self, store: VectorStore
    ) -> None:
        wordless, spoken = record(sparse=words()), record(sparse=words(1))
        await store.upsert(ANNA, EPISODE, [wordless, spoken])
        assert len(await store.nearest(ANNA, EPISODE, axis(0), 10)) == 2
        hits = await store.keyword(ANNA, EPISODE, words(1), 10)
        assert [(hit.id, hit.score) for hit in hits] == [(spoken.id, pytest.approx(inverse_frequency(1, 1)))]

    @pytest.mark.parametrize("limit", [1, 2, 3, 7, 40])
    async def test_ties_stand_in_the_order_of_their_ids(self, store: VectorStore, limit: int) -> None:
        records = [record() for _ in range(37)]
        await store.upsert(ANNA, EPISODE, [record(dense=axis(1)), *records])
        expected = sorted(r.id for r in records)[:limit]
        assert [hit.id for hit in await store.nearest(ANNA, EPISODE, axis(0), limit)][:37] == expected
        await store.upsert(ANNA, EPISODE, records[:5])
        assert [hit.id for hit in await store.nearest(ANNA, EPISODE, axis(0), limit)][:37] == expected
        by_word = await store.keyword(ANNA, EPISODE, words(1), 38)
        assert [hit.id for hit in by_word] == sorted(hit.id for hit in by_word)

    async def test_nothing_asked_is_nothing_found(self, store: VectorStore) -> None:
        assert await store.nearest(ANNA, EPISODE, axis(0), 10) == []
        await store.upsert(ANNA, EPISODE, [record()])
        assert await store.keyword(ANNA, EPISODE, words(), 10) == []
        assert await store.keyword(ANNA, EPISODE, words(99), 10) == []
        assert await store.nearest(ANNA, EPISODE, axis(0), 0) == []
        assert await store.nearest(ANNA, EPISODE, axis(0), 10, VectorFilter(refs=())) == []
        await store.upsert(ANNA, EPISODE, [])
        await store.remove(ANNA, EPISODE, [])

    # Filters

    async def test_filters_by_what_a_record_says_of_itself(self, store: VectorStore) -> None:
        await store.upsert(
            ANNA,
            EPISODE,
            [
                record("a", session_id="s1", speaker="Anna", role="user", occurred_at=at(1)),
                record("b", session_id="s1", speaker="assistant", role="assistant", occurred_at=at(2)),
                record("c", session_id="s2", speaker="Anna", role="user", occurred_at=at(3)),
                record("bare"),
            ],
        )
        assert await found(store, EVERYTHING) == {"a", "b", "c", "bare"}
        assert await found(store, VectorFilter(session_id="s1")) == {"a", "b"}
        assert await found(store, VectorFilter(speaker="Anna")) == {"a", "c"}
        assert await found(store, VectorFilter(role="assistant")) == {"b"}
        assert await found(store, VectorFilter(session_id="s1", speaker="Anna")) == {"a"}
        assert await found(store, VectorFilter(session_id="*")) == set()
        assert await found(store, VectorFilter(refs=("a", "c", "unknown"))) == {"a", "c"}

    async def test_the_time_it_occurred_is_a_half_open_range(self, store: VectorStore) -> None:
        tick = timedelta(microseconds=1)
        moments = {"before": at(1) - tick, "first": at(1), "last": at(2) - tick, "after": at(2)}
        await store.upsert(ANNA, EPISODE, [record(name, occurred_at=moment) for name, moment in moments.items()])
        assert await found(store, VectorFilter(occurred_from=at(1), occurred_to=at(2))) == {"first", "last"}
        assert await found(store, VectorFilter(occurred_from=at(2))) == {"after"}
        assert await found(store, VectorFilter(occurred_to=at(1))) == {"before"}

    @pytest.mark.parametrize(("valid", "known"), [(True, False), (False, True)])
    async def test_intervals_hold_the_moments_they_contain(self, store: VectorStore, valid: bool, known: bool) -> None:
        intervals = {
            "closed": Interval(at(2), at(4)), "until": Interval(None, at(3)), "since": Interval(at(3), None),
            "always": Interval(), "empty": Interval(at(3), at(3)), "none": None,
        }  # fmt: skip
        name = "valid" if valid else "recorded"
        await store.upsert(
            ANNA, VectorKind.FACT, [record(ref, **{name: interval}) for ref, interval in intervals.items()]
        )
        for moment in (at(1), at(2), at(3) - timedelta(microseconds=1), at(3), at(4), datetime.max.replace(tzinfo=UTC)):
            where = VectorFilter(valid_at=moment) if valid else VectorFilter(known_at=moment)
            assert await found(store, where, VectorKind.FACT) == {
                ref for ref, interval in intervals.items() if interval is None or interval.contains(moment)
            }, moment

    async def test_metadata_is_matched_by_path_and_by_kind_of_value(self, store: VectorStore) -> None:
        records = {
            "web": {"channel": "web", "n": 1, "flag": True, "tags": ["x", "y"], "deep": {"er": {"key": "v"}}},
            "app": {"channel": "app", "n": 3.0, "flag": False, "tags": "x", "deep": [{"er": {"key": "v"}}, {"er": 1}]},
            "odd": {'a"].b[': "quoted", "": "empty", "ключ": "李明", "n": "1", "flag": 1, "none": None, "big": 2**80},
        }
        await store.upsert(ANNA, EPISODE, [record(ref, metadata=metadata) for ref, metadata in records.items()])
        for path, value, expected in [
            ("channel", "web", {"web"}), ("channel", "WEB", set()), ("n", 1, {"web"}), ("n", "1", {"odd"}),
            ("n", 3, {"app"}), ("flag", True, {"web"}), ("flag", False, {"app"}), ("flag", 1, {"odd"}),
            ("tags", "x", {"web", "app"}), ("tags", "y", {"web"}), ("deep.er.key", "v", {"web", "app"}),
            ("deep.er", 1, {"app"}), ("deep.er.*", "v", set()), ('a"].b[', "quoted", {"odd"}), ("", "empty", {"odd"}),
            ("ключ", "李明", {"odd"}), ("none", "None", set()), ("big", 2**80, {"odd"}), ("missing", "x", set()),
        ]:  # fmt: skip
            assert await found(store, VectorFilter(metadata={path: value})) == expected, (path, value)
        assert await found(store, VectorFilter(metadata={"channel": "web", "n": 3})) == set()

    async def test_metadata_cannot_pose_as_a_field_of_the_record(self, store: VectorStore) -> None:
        forged: dict[str, str] = {
            "owner": '["acme", "ben"]',
            "tenant": "acme",
            "user": "ben",
            "session": "s9",
            "ref": "z",
        }
        await store.upsert(ANNA, EPISODE, [record("a", metadata=forged, session_id="s1")])
        assert await store.count(BEN, EPISODE) == 0
        assert await found(store, VectorFilter(session_id="s9")) == set()
        assert await found(store, VectorFilter(metadata={"user": "ben"})) == {"a"}

    # Whose it is

    @settings(
        deadline=None,
        max_examples=40,
        suppress_health_check=[*SHARED, HealthCheck.too_slow],
    )
    @given(
        st.lists(
            st.tuples(SCOPES, st.sampled_from(list(VectorKind)), st.sets(st.integers(0, 5), max_size=3)), max_size=25
        )
    )
    async def test_no_scope_sees_or_sways_another(
        self, store: VectorStore, written: list[tuple[Scope, VectorKind, set[int]]]
    ) -> None:
        for scope in {scope for scope, _, _ in written}:
            await store.remove_all(scope)
        mine: dict[tuple[Scope, VectorKind], list[VectorRecord]] = {}
        for scope, kind, terms in written:
            stored = record(dense=axis(len(terms)), sparse=words(*terms))
            mine.setdefault((scope, kind), []).append(stored)
            await store.upsert(scope, kind, [stored])
        for (scope, kind), records in mine.items():
            ids = {r.id for r in records}
            assert {hit.id for hit in await store.nearest(scope, kind, axis(0), 100)} == ids
            assert await store.count(scope, kind) == len(ids)
            assert await store.refs(scope, kind) == {r.ref for r in records}
            spoken = [r for r in records if r.sparse.indices]
            frequency = inverse_frequency(len(spoken), sum(1 in r.sparse.indices for r in spoken))
            hits = await store.keyword(scope, kind, words(1), 100)
            assert {hit.id for hit in hits} == {r.id for r in records if 1 in r.sparse.indices}
            assert [hit.score for hit in hits] == pytest.approx([frequency] * len(hits), rel=1e-5)

    async def test_what_another_user_says_changes_no_score(self, store: VectorStore) -> None:
        await store.upsert(ANNA, EPISODE, [record(sparse=words(1)), record(sparse=words(2))])
        before = await store.keyword(ANNA, EPISODE, words(1), 10)
        for scope in (BEN, OTHER_ANNA):
            await store.upsert(scope, EPISODE, [record(sparse=words(1)) for _ in range(50)])
        assert await store.keyword(ANNA, EPISODE, words(1), 10) == before

    async def test_removal_stays_within_the_scope(self, store: VectorStore) -> None:
        for scope in (ANNA, BEN, OTHER_ANNA):
            await store.upsert(scope, EPISODE, [record("shared name"), record()])
            await store.upsert(scope, VectorKind.NOTE, [record()])
        await store.remove(ANNA, EPISODE, ["shared name"])
        assert [await store.count(scope, EPISODE) for scope in (ANNA, BEN, OTHER_ANNA)] == [1, 2, 2]
        await store.remove_all(BEN)
        assert [await store.count(scope, EPISODE) for scope in (ANNA, BEN, OTHER_ANNA)] == [1, 0, 2]
        assert [await store.count(scope, VectorKind.NOTE) for scope in (ANNA, BEN, OTHER_ANNA)] == [1, 0, 1]

    # Writing

    async def test_an_upsert_is_visible_at_once_and_idempotent(self, store: VectorStore) -> None:
        first = record("a", dense=axis(0), sparse=words(1, 2), session_id="s1", metadata={"k": "v"})
        for _ in range(3):
            await store.upsert(ANNA, EPISODE, [first])
        assert await store.count(ANNA, EPISODE) == 1
        assert (await store.keyword(ANNA, EPISODE, words(1), 9))[0].score == pytest.approx(inverse_frequency(1, 1))
        await store.upsert(ANNA, EPISODE, [record("a", id=first.id, dense=axis(3), sparse=words(7))])
        (hit,) = await store.nearest(ANNA, EPISODE, axis(3), 9)
        assert hit.score == pytest.approx(1.0)
        assert hit.session_id is None
        assert await store.keyword(ANNA, EPISODE, words(1), 9) == []
        assert len(await store.keyword(ANNA, EPISODE, words(7), 9)) == 1
        assert await store.nearest(ANNA, EPISODE, axis(3), 9, VectorFilter(metadata={"k": "v"})) == []

    async def test_one_thing_may_have_several_vectors_and_loses_all_of_them(self, store: VectorStore) -> None:
        await store.upsert(ANNA, EPISODE, [record("long", dense=axis(i)) for i in range(3)] + [record("short")])
        assert await store.count(ANNA, EPISODE) == 4
        assert await store.refs(ANNA, EPISODE) == {"long", "short"}
        await store.remove(ANNA, EPISODE, ["long", "unknown"])
        await store.remove(ANNA, EPISODE, ["long"])
        assert await store.refs(ANNA, EPISODE) == {"short"}
        assert await found(store, EVERYTHING) == {"short"}

    async def test_what_is_removed_leaves_the_document_frequencies(self, store: VectorStore) -> None:
        kept = record(sparse=words(1))
        await store.upsert(ANNA, EPISODE, [kept, *(record("gone", sparse=words(1)) for _ in range(9))])
        await store.remove(ANNA, EPISODE, ["gone"])
        (hit,) = await store.keyword(ANNA, EPISODE, words(1), 10)
        assert hit.score == pytest.approx(inverse_frequency(1, 1), rel=1e-5)

    async def test_kinds_are_apart(self, store: VectorStore) -> None:
        for kind in VectorKind:
            await store.upsert(ANNA, kind, [record(kind.value)])
        for kind in VectorKind:
            assert [hit.ref for hit in await store.nearest(ANNA, kind, axis(0), 10)] == [kind.value]

    async def test_a_thousand_records_at_once(self, store: VectorStore) -> None:
        records = [record(dense=axis(i, i / 1000), sparse=words(i % 50), position=i) for i in range(1_000)]
        await store.upsert(ANNA, EPISODE, records)
        assert await store.count(ANNA, EPISODE) == 1_000
        assert await store.refs(ANNA, EPISODE) == {r.ref for r in records}
        assert len(await store.nearest(ANNA, EPISODE, axis(0), 1_000)) == 1_000
        assert len(await store.keyword(ANNA, EPISODE, words(7), 1_000)) == 20
        await store.remove(ANNA, EPISODE, [r.ref for r in records[:999]])
        assert [hit.id for hit in await store.nearest(ANNA, EPISODE, axis(0), 10)] == [records[999].id]

    async def test_exactness_against_comparing_everything(self, store: VectorStore) -> None:
        rng = np.random.default_rng(7)
        dense = rng.standard_normal((2_500, DIMENSION)).astype(np.float32)
        dense /= np.linalg.norm(dense, axis=1, keepdims=True)
        records = [record(id=UUID(int=i), dense=row, session_id=f"s{i % 3}") for i, row in enumerate(dense)]
        for scope, theirs in ((ANNA, records[:2_000]), (BEN, records[2_000:])):
            await store.upsert(scope, EPISODE, theirs)
        for query in dense[:20]:
            expected = sorted(range(2_000), key=lambda i: -float(dense[i] @ query))[:30]
            hits = await store.nearest(ANNA, EPISODE, query, 30)
            assert [UUID(hit.id).int for hit in hits] == expected
            within = [i for i in sorted(range(2_000), key=lambda i: -float(dense[i] @ query)) if i % 3 == 1][:30]
            hits = await store.nearest(ANNA, EPISODE, query, 30, VectorFilter(session_id="s1"))
            assert [UUID(hit.id).int for hit in hits] == within

    async def test_it_outlives_its_closing(self, reopenable: Opening) -> None:
        records = [record(f"r{i}", dense=axis(i), sparse=words(i), speaker="李明", occurred_at=at(i)) for i in range(5)]
        async with reopenable() as store:
            await store.upsert(ANNA, EPISODE, records)
            await store.remove(ANNA, EPISODE, ["r4"])
        async with reopenable() as store:
            assert await store.refs(ANNA, EPISODE) == {"r0", "r1", "r2", "r3"}
            assert [hit.ref for hit in await store.keyword(ANNA, EPISODE, words(2), 10)] == ["r2"]
            assert [
                hit.ref for hit in await store.nearest(ANNA, EPISODE, axis(0), 1, VectorFilter(speaker="李明"))
            ] == ["r0"]

    async def test_it_answers_when_checked(self, store: VectorStore) -> None:
        await store.check()
