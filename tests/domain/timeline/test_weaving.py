"""Weaving in what is near gives what full reconciliation gives."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import count

from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.fact import Cardinality, FactVersion, Statement
from app.domain.time import BEGINNING, END, Precision
from app.domain.timeline import Revision, applied, plain, reconcile, weave
from tests.domain.timeline.chronicle import Chronicle, day, said
from tests.domain.timeline.test_laws import in_order, picture

STARTS = [day("2026") + timedelta(days=number) for number in range(9)]


@st.composite
def plain_statements(draw: st.DrawFn) -> list[Statement]:
    told = []
    for seq in range(draw(st.integers(1, 14))):
        start = draw(st.sampled_from(STARTS))
        on = start if draw(st.booleans()) else draw(st.sampled_from(STARTS))
        precision = draw(st.sampled_from([Precision.SECOND, Precision.ASSUMED, Precision.DAY]))
        if precision is Precision.DAY:
            on = min(on, start)
        told.append(said(draw(st.sampled_from("ABC")), on, start, precision=precision, seq=seq, text=f"told {seq}"))
    return told


def stretch(versions: tuple[FactVersion, ...], news: list[Statement]) -> list[FactVersion]:
    """From the first to the last that `weave` asks for."""
    believed = sorted((v for v in versions if v.believed), key=lambda v: v.valid.start or BEGINNING)
    near: set[int] = set()
    for statement in news:
        start = statement.valid.start
        assert start is not None
        near |= {
            index
            for index, version in enumerate(believed)
            if (version.valid.start or BEGINNING) <= start <= (version.valid.end or END)
        }
        near |= {index for index, v in enumerate(believed) if (v.valid.start or BEGINNING) > start and index == min(
            i for i, w in enumerate(believed) if (w.valid.start or BEGINNING) > start)}  # fmt: skip
    return believed[min(near) : max(near) + 1] if near else []


def woven(
    versions: tuple[FactVersion, ...],
    told: list[Statement],
    news: list[Statement],
    chronicle: Chronicle,
    ids: count[int],
) -> Revision | None:
    near = stretch(versions, news)
    supporting = {id for version in near for id in version.statement_ids}
    statements = [s for s in told if s.id in supporting]
    latest: dict[str, FactVersion] = {}
    for version in sorted(versions, key=lambda v: v.version):
        latest[version.fact_id] = version
    former = [v for v in latest.values() if not v.believed and supporting.intersection(v.statement_ids)]
    end = near[-1].valid.end if near else None
    beyond = [s for s in told if s.valid.start == end]
    fence = max(beyond, key=lambda s: (s.said_at, s.seq)) if beyond else None
    return weave([*near, *former], statements, news, fence, now=chronicle.now, new_id=lambda: f"f{next(ids)}")


@given(plain_statements(), st.lists(st.integers(1, 3), max_size=8), st.booleans(), st.data())
@settings(max_examples=200, deadline=None)
def test_weaving_gives_what_full_reconciliation_gives(
    told: list[Statement], sizes: list[int], many: bool, data: st.DataObject
) -> None:
    if many:
        told = [replace(s, cardinality=Cardinality.MANY, object=told[0].object) for s in told]
    assert all(plain(statement) for statement in told)
    chronicle = Chronicle()
    heard: list[Statement] = []
    rest = list(told)
    ids = 0
    for size in [*sizes, *[1] * len(told)]:
        if heard and data.draw(st.integers(0, 5)) == 0:
            gone = data.draw(st.sampled_from(heard))
            heard.remove(gone)
            chronicle.delete(gone)
        news, rest = rest[:size], rest[size:]
        if not news:
            break
        chronicle.now += timedelta(minutes=1)
        full_ids, near_ids = count(ids), count(ids)
        chronicle.ids = (f"f{number}" for number in full_ids)
        before = chronicle.versions
        full = reconcile(before, [*heard, *news], now=chronicle.now, new_id=chronicle.ids.__next__)
        near = woven(before, heard, news, chronicle, near_ids)
        heard += news
        assert near is None or in_order(near) == in_order(full)
        chronicle.statements = list(heard)
        chronicle.versions = applied(before, full, chronicle.now)
        ids += 100
        chronicle.ids = (f"f{number}" for number in count(ids))
        ids += 100


def test_late_news_needs_three_versions_whatever_the_length_of_the_history() -> None:
    chronicle = Chronicle()
    told = [said(f"value {n}", day("2026") + timedelta(hours=2 * n), seq=n) for n in range(100)]
    chronicle.tell(*told)
    late = said("late", day("2027"), day("2026") + timedelta(hours=2 * 50 + 1), seq=1000)
    assert len(stretch(chronicle.versions, [late])) == 2
    revision = woven(chronicle.versions, told, [late], chronicle, count(1000))
    assert revision is not None
    chronicle.versions = applied(chronicle.versions, revision, chronicle.now)
    everything = Chronicle()
    everything.tell(*told, late)
    assert picture(chronicle.believed, [*told, late]) == picture(everything.believed, [*told, late])
