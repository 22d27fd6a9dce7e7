"""No field of a value is lost in its row, also none that is added one day."""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar, get_type_hints

from hypothesis import given
from hypothesis import strategies as st

from app.adapters.graph import encoding
from app.adapters.graph.sqlite import rows
from app.domain.entity import Entity
from app.domain.episode import Episode
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
}


def any_of(kind: type[T], **known: st.SearchStrategy[Any]) -> st.SearchStrategy[T]:
    """Values of a dataclass with every field set to something; `known`: what some fields are made of."""
    hints = get_type_hints(kind)
    for name in {f.name for f in fields(kind)} - known.keys():  # type: ignore[arg-type]
        known[name] = OF_TYPE.get(hints[name], st.from_type(hints[name]))
    return st.builds(kind, **known)


@given(any_of(Episode, metadata=st.dictionaries(st.text(), JSON)))
def test_episodes(made: Episode) -> None:
    assert rows.episode(rows.episode_row(made)) == made


@given(any_of(Entity))
def test_entities(made: Entity) -> None:
    assert rows.entity((*rows.entity_row(made), made.merged_into, json.dumps(made.aliases))) == made


@given(any_of(Statement))
def test_statements(made: Statement) -> None:
    assert rows.statement(rows.statement_row(made)) == made


@given(any_of(FactVersion))
def test_fact_versions(made: FactVersion) -> None:
    assert rows.fact((*rows.fact_row(made), json.dumps(made.statement_ids))) == made


@given(any_of(Outcome))
def test_outcomes(made: Outcome) -> None:
    assert encoding.outcome(encoding.outcome_text(made)) == made


@given(MOMENTS)
def test_a_moment_of_any_year_is_kept_to_the_microsecond(at: datetime) -> None:
    assert encoding.moment(encoding.micros(at)) == at


@given(MOMENTS, MOMENTS)
def test_moments_keep_their_order(one: datetime, other: datetime) -> None:
    assert (encoding.micros(one) < encoding.micros(other)) == (one < other)
    assert encoding.micros(one) - encoding.micros(other) == (one - other) // timedelta(microseconds=1)
