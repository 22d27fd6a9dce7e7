"""No field of a value is lost in its properties, also none that is added one day."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.adapters.graph.neo4j.append import episode, episode_properties
from app.adapters.graph.neo4j.jobs import job, job_properties
from app.domain.episode import Episode
from app.domain.jobs import Job
from tests.adapters.sqlite.test_rows import JSON, any_of


def stored(properties: dict[str, Any]) -> dict[str, Any]:
    """A node has no property that is null."""
    return {name: value for name, value in properties.items() if value is not None}


@given(any_of(Episode, metadata=st.dictionaries(st.text(), JSON)))
def test_episodes(made: Episode) -> None:
    assert episode(stored(episode_properties(made))) == made


@given(any_of(Job))
def test_jobs(made: Job) -> None:
    assert job(stored({**job_properties(made), "user": made.user_id})) == made
