"""No field of a value is lost in its row, also none that is added one day."""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar, get_type_hints

from hypothesis import given
from hypothesis import strategies as st

from app.adapters.graph.sqlite import rows
from app.domain.entity import Entity
from app.domain.episode import Episode, Metadata
from app.domain.fact import FactVersion, Statement, Value
from app.domain.jobs import Outcome
from app.domain.time import Interval

T = TypeVar("T")

MOMENTS = st.datetimes(timezones=st.just(UTC))
INTERVALS = st.lists(MOMENTS, min_size=2, max_size=2).flatmap(
    lambda pair: st.builds(Interval, st.sampled_from([None, min(pair)]), st.sampled_from([None, max(pair)]))
)
VALUES = st.builds(Value, entity_id=st.text()) | st.builds(Value, literal=st.text())
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
OF_TYPE: dict[Any, st.SearchStrategy[Any]] = {
    datetime: MOMENTS,
    datetime | None: st.none() | MOMENTS,
    Interval: INTERVALS,
    Value: VALUES,
    Value | None: st.none() | VALUES,
    Metadata: st.dictionaries(st.text(), JSON),
}


def any_of(kind: type[T]) -> st.SearchStrategy[T]:
    """Values of a dataclass with every field set to something."""
    hints = get_type_hints(kind)
    given_ = {f.name: OF_TYPE.get(hints[f.name], st.from_type(hints[f.name])) for f in fields(kind)}  # type: ignore[arg-type]
    return st.builds(kind, **given_)


@given(any_of(Episode))
def test_episodes(made: Episode) -> None:
    assert rows.episode(rows.episode_row(made)) == made


@given(any_of(Entity))
def test_entities(made: Entity) -> None:
    assert rows.entity((*rows.entity_row(made), json.dumps(made.aliases))) == made


@given(any_of(Statement))
def test_statements(made: Statement) -> None:
    assert rows.statement(rows.statement_row(made)) == made


@given(any_of(FactVersion))
def test_fact_versions(made: FactVersion) -> None:
    assert rows.fact((*rows.fact_row(made), json.dumps(made.statement_ids))) == made


@given(any_of(Outcome))
def test_outcomes(made: Outcome) -> None:
    assert rows.outcome(rows.outcome_text(made)) == made


@given(MOMENTS)
def test_a_moment_of_any_year_is_kept_to_the_microsecond(at: datetime) -> None:
    assert rows.moment(rows.micros(at)) == at


@given(MOMENTS, MOMENTS)
def test_moments_keep_their_order(one: datetime, other: datetime) -> None:
    assert (rows.micros(one) < rows.micros(other)) == (one < other)
    assert rows.micros(one) - rows.micros(other) == (one - other) // timedelta(microseconds=1)
