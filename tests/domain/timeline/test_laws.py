"""What holds for every set of statements, whatever it says and however it arrives."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import count, pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.fact import Cardinality, FactVersion, Polarity, Statement
from app.domain.time import BEGINNING, END, Precision
from app.domain.timeline import Revision, applied, believe, horizon, insert, reconcile
from tests.domain.timeline.chronicle import Chronicle, day, said

DATES = [day("2025-12-28") + timedelta(days=days) for days in range(14)]
VALUES = "ABC"


@st.composite
def statements(
    draw: st.DrawFn, *, cardinality: Cardinality | None = Cardinality.ONE, max_size: int = 9
) -> list[Statement]:
    """Crowded on purpose: few dates, few values, every polarity, ties, vague and unknown times."""
    told: list[Statement] = []
    for seq in range(1, draw(st.integers(1, max_size)) + 1):
        polarity = draw(st.sampled_from([Polarity.HOLDS] * 6 + list(Polarity)))
        value = draw(st.sampled_from(VALUES))
        date = draw(st.sampled_from(DATES))
        shape = draw(st.sampled_from(["undated", "undated", "since", "since", "between", "until", "whenever"]))
        start = end = None
        if shape in ("since", "between"):
            start = draw(st.sampled_from(DATES))
        if shape == "until":
            end = draw(st.sampled_from(DATES))
        if shape == "between" and start is not None:
            end = start + timedelta(days=draw(st.integers(0, 5)))
        precision = None
        if start is not None:
            precision = draw(st.sampled_from([Precision.SECOND, Precision.DAY, Precision.WEEK, Precision.YEAR]))
        replaces = draw(st.sampled_from([None] * 5 + list(VALUES))) if polarity is Polarity.HOLDS else None
        told.append(
            said(
                value,
                date,
                start,
                end,
                polarity=polarity,
                precision=precision,
                cardinality=cardinality or draw(st.sampled_from(list(Cardinality))),
                instead_of=replaces,
                whenever=shape == "whenever",
                seq=seq,
                text=f"{value} told {seq}",
            )
        )
    return told


Belief = set[tuple[object, ...]]


def picture(versions: list[FactVersion] | tuple[FactVersion, ...], among: list[Statement]) -> Belief:
    """What is believed, without ids and recorded times, on evidence that is still there."""
    there = {statement.id for statement in among}
    return {
        (v.object, v.cardinality, v.kind, v.text, v.valid, v.precision, frozenset(there & set(v.statement_ids)))
        for v in versions
        if v.believed
    }


def arrived(told: list[Statement], batches: list[int] | None = None) -> Chronicle:
    chronicle = Chronicle()
    sizes = iter(batches or [])
    rest = list(told)
    while rest:
        size = next(sizes, 1)
        chronicle.tell(*rest[:size])
        rest = rest[size:]
    return chronicle


@given(statements(cardinality=None), st.randoms(), st.lists(st.integers(1, 4), max_size=6))
@settings(deadline=None)
def test_every_order_of_arrival_in_any_batches_ends_in_the_same_belief(
    told: list[Statement], random: object, batches: list[int]
) -> None:
    shuffled = list(told)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = arrived(told), arrived(shuffled, batches)
    assert picture(other.believed, told) == picture(one.believed, told)
    for date in (BEGINNING, *DATES, END):
        assert other.holding(date) == one.holding(date)


@given(statements(cardinality=None), st.data())
@settings(deadline=None)
def test_replaying_any_statements_changes_nothing(told: list[Statement], data: st.DataObject) -> None:
    chronicle = arrived(told)
    again = data.draw(st.lists(st.sampled_from(told)))
    revision = chronicle.tell(*again)
    assert (revision.close, revision.append, revision.support) == ((), (), ())
    assert believe([*told, *again]) == believe(told)


@given(statements(cardinality=None), st.data())
@settings(deadline=None)
def test_what_was_known_at_a_moment_never_changes_whatever_comes_later(
    told: list[Statement], data: st.DataObject
) -> None:
    chronicle = Chronicle()
    seen: dict[object, list[tuple[object, ...]]] = {}

    def look(now: object) -> list[tuple[object, ...]]:
        return sorted(
            (v.fact_id, v.version, v.text, str(v.valid), v.precision)
            for v in chronicle.versions
            if v.known(now)  # type: ignore[arg-type]
        )

    for statement in told:
        chronicle.tell(statement)
        seen[chronicle.now] = look(chronicle.now)
    for statement in data.draw(st.lists(st.sampled_from(told), max_size=3, unique_by=lambda s: s.id)):
        chronicle.delete(statement)
        seen[chronicle.now] = look(chronicle.now)
    assert {now: look(now) for now in seen} == seen


@given(statements(cardinality=None), st.data())
@settings(deadline=None)
def test_deleting_an_episode_gives_the_state_as_if_it_had_never_come(
    told: list[Statement], data: st.DataObject
) -> None:
    gone = data.draw(st.sampled_from(told))
    rest = [statement for statement in told if statement.id != gone.id]
    chronicle = arrived(told)
    chronicle.delete(gone)
    never = arrived(rest)
    assert picture(chronicle.believed, rest) == picture(never.believed, rest)


@given(statements(cardinality=None), st.data())
@settings(deadline=None)
def test_retracting_and_restoring_gives_the_state_before(told: list[Statement], data: st.DataObject) -> None:
    chronicle = arrived(told)
    before = picture(chronicle.believed, told)
    values = sorted({str(v.object.literal) for v in chronicle.believed})
    if values:
        value = data.draw(st.sampled_from(values))
        chronicle.retract(value)
        chronicle.withdrawn.clear()
        chronicle.now += timedelta(minutes=1)
        chronicle.reconcile()
        assert picture(chronicle.believed, told) == before


@given(statements(max_size=14))
@settings(deadline=None)
def test_a_single_valued_group_never_holds_two_values_at_once(told: list[Statement]) -> None:
    runs = believe(told).runs
    for earlier, later in pairwise(runs):
        assert earlier.valid.end is not None
        assert earlier.valid.end <= (later.valid.start or BEGINNING)
        assert not earlier.valid.empty
        if earlier.object.key == later.object.key:
            assert earlier.valid.end < (later.valid.start or BEGINNING)


@given(statements(cardinality=None), st.data())
@settings(deadline=None)
def test_every_statement_that_holds_is_believed_or_reported(told: list[Statement], data: st.DataObject) -> None:
    restored = data.draw(st.dictionaries(st.sampled_from([s.id for s in told]), st.sampled_from(DATES), max_size=3))
    belief = believe(told, restored=restored)
    supported = {id for run in belief.runs for id in run.statement_ids}
    assert supported | belief.unbelieved.keys() == {s.id for s in told if s.polarity is Polarity.HOLDS}
    assert supported.isdisjoint(belief.unbelieved)


@given(statements(cardinality=None), st.data())
@settings(deadline=None)
def test_versions_count_upwards_and_are_never_touched_once_closed(told: list[Statement], data: st.DataObject) -> None:
    chronicle = Chronicle()
    for statement in told:
        before = {(v.fact_id, v.version): v for v in chronicle.versions}
        if chronicle.statements and data.draw(st.integers(0, 4)) == 0:
            chronicle.delete(data.draw(st.sampled_from(chronicle.statements)))
        else:
            chronicle.tell(statement)
        after = {(v.fact_id, v.version): v for v in chronicle.versions}
        assert len(after) == len(chronicle.versions)
        for key, version in before.items():
            if not version.believed:
                assert after[key] == version
            else:
                kept = replace(after[key], recorded_to=None, retired_by=None, statement_ids=version.statement_ids)
                assert kept == version
    for fact_id in {version.fact_id for version in chronicle.versions}:
        numbers = [version.version for version in chronicle.versions if version.fact_id == fact_id]
        assert numbers == list(range(1, len(numbers) + 1))
        believed = [v for v in chronicle.versions if v.fact_id == fact_id and v.believed]
        assert len(believed) <= 1


def in_order(revision: Revision) -> Revision:
    """Support is a set; the order in which it came is not part of a revision."""
    append = tuple(replace(v, statement_ids=tuple(sorted(v.statement_ids))) for v in revision.append)
    return replace(revision, append=append)


@given(statements(max_size=12), st.booleans(), st.data())
@settings(max_examples=300, deadline=None)
def test_inserting_the_newest_gives_what_full_reconciliation_gives(
    told: list[Statement], many: bool, data: st.DataObject
) -> None:
    """In the order of telling, mostly, so that the quick way is taken often."""
    if data.draw(st.integers(0, 3)):
        told = sorted(told, key=lambda s: (s.said_at, s.seq))
    if many:
        told = [replace(s, cardinality=Cardinality.MANY, object=told[0].object, replaces=None) for s in told]
    versions: tuple[FactVersion, ...] = ()
    now, ids = day("2027"), 0
    for index, statement in enumerate(told):
        now += timedelta(minutes=1)
        full_ids, quick_ids = count(ids), count(ids)
        full = reconcile(versions, told[: index + 1], now=now, new_id=lambda: f"f{next(full_ids)}")  # noqa: B023
        start = statement.valid.start or BEGINNING
        affected = [v for v in versions if v.believed and (v.valid.end is None or v.valid.end >= start)]
        quick = insert(
            affected,
            statement,
            horizon(told[:index]),
            now=now,
            new_id=lambda: f"f{next(quick_ids)}",  # noqa: B023
        )
        assert quick is None or in_order(quick) == in_order(full)
        versions = applied(versions, full, now)
        ids += len(told) + 1


def test_the_quick_way_is_the_one_that_updates_of_a_key_take() -> None:
    versions: dict[tuple[str, int], FactVersion] = {}
    told: list[Statement] = []
    reach = None
    ids = count()
    loaded = 0
    for seq in range(1, 401):
        statement = said(f"value {seq}", day("2026") + timedelta(minutes=seq), seq=seq)
        affected = [v for v in versions.values() if v.believed and v.valid.end is None]
        loaded += len(affected)
        revision = insert(affected, statement, reach, now=statement.said_at, new_id=lambda: f"f{next(ids)}")
        assert revision is not None
        for version in applied(affected, revision, statement.said_at):
            versions[version.fact_id, version.version] = version
        told.append(statement)
        reach = horizon([statement])
    assert loaded == 399
    believed = [version for version in versions.values() if version.believed]
    assert len(believed) == 400
    assert picture(believed, told) == picture(arrived(told, [400]).believed, told)
