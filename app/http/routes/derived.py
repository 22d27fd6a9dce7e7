"""The reply of a write that waited: what became of its episodes."""

from __future__ import annotations

from app.domain.jobs import Job
from app.domain.scope import Scope
from app.http.schemas.episodes import accepted
from app.http.schemas.jobs import DerivedOut, EpisodesProcessed, JobOut
from app.http.schemas.knowledge import EntityOut, FactOut
from app.http.schemas.notes import NoteOut
from app.memory.insights import Insights
from app.ports.graph.episodes import Receipt


async def processed(insights: Insights, scope: Scope, job: Job, receipt: Receipt) -> EpisodesProcessed:
    derived = await insights.derived(scope, [episode.id for episode in receipt.accepted])
    return EpisodesProcessed(
        job=JobOut.of(job),
        episodes=accepted(receipt),
        derived=DerivedOut(
            entities=[EntityOut.of(await insights.entity(scope, entity.id)) for entity in derived.entities],
            facts=[FactOut.of(view) for view in derived.facts],
            notes=[NoteOut.of(view) for view in derived.notes],
            retired=[FactOut.of(view) for view in derived.retired],
        ),
    )
