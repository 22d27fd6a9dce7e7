"""Time read back: what held when, with the gaps between, and what was learned and unlearned between two moments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from app.domain.errors import NotFound
from app.domain.fact import Cardinality, FactVersion, Value
from app.domain.scope import Scope
from app.domain.time import BEGINNING, Clock, Interval
from app.domain.timeline import diff, timeline
from app.memory.insights import Insights
from app.memory.views import Change, FactView, Gap, Learned, Timeline
from app.ports.graph.history import HistoryStore
from app.ports.graph.knowledge import FactQuery, FactStore

TIMELINE_LIMIT = 10_000


class Chronicle:
    def __init__(self, *, facts: FactStore, history: HistoryStore, insights: Insights, clock: Clock) -> None:
        self._facts = facts
        self._history = history
        self._insights = insights
        self._clock = clock

    async def timeline(
        self,
        scope: Scope,
        *,
        entity: str | None,
        predicate: str | None,
        within: Interval,
        as_of: datetime | None = None,
        known_at: datetime | None = None,
    ) -> Timeline:
        """What held when, as believed now (or at `known_at`): by start of validity, unknown starts first. `as_of`:
        only what had begun by then. Raises NotFound for an unknown entity."""
        subjects = None if entity is None else await self._insights.named(scope, entity, known_at)
        if subjects == ():
            raise NotFound(f"no entity called {entity!r}")
        query = FactQuery(subjects=subjects, predicate=predicate, known_at=known_at)
        found = await self._facts.facts(scope, query, None, TIMELINE_LIMIT)
        begun = [v for v in found if as_of is None or (v.valid.start or BEGINNING) <= as_of]
        begun.sort(key=lambda v: (v.valid.start or BEGINNING, v.recorded_from, v.fact_id))
        views = await self._insights.views(scope, begun, known_at)
        now = as_of or known_at or self._clock()
        gaps = [gap for gap in _gaps(views, now) if gap.valid.overlaps(within)]
        return Timeline(tuple(view for view in views if view.version.valid.overlaps(within)), tuple(gaps))

    async def diff(
        self, scope: Scope, known_from: datetime, known_to: datetime, after: str | None, limit: int
    ) -> list[Change]:
        """By fact id, ascending, beyond `after`. What was learned and unlearned in between is left out."""
        changes: list[Change] = []
        while len(changes) < limit:
            ids = await self._history.changed(scope, known_from, known_to, after, limit)
            if not ids:
                break
            after = ids[-1]
            changes += await self._changes(scope, ids, known_from, known_to)
        return changes[:limit]

    async def _changes(
        self, scope: Scope, ids: Sequence[str], known_from: datetime, known_to: datetime
    ) -> list[Change]:
        found = diff(await self._facts.versions(scope, ids), known_from, known_to)
        told: list[tuple[Learned, FactVersion | None, FactVersion | None]] = [
            *((Learned.LEARNED, None, version) for version in found.learned),
            *((Learned.UNLEARNED, version, None) for version in found.unlearned),
            *((Learned.REVISED, before, after) for before, after in found.revised),
        ]
        shown = list(dict.fromkeys(version for _, *pair in told for version in pair if version is not None))
        views = dict(zip(shown, await self._insights.views(scope, shown), strict=True))
        changes = [
            Change(
                how,
                views[before] if before is not None else None,
                views[after] if after is not None else None,
            )
            for how, before, after in told
        ]
        return sorted(changes, key=lambda change: change.fact_id)


def _gaps(views: Sequence[FactView], now: datetime) -> list[Gap]:
    """By start. Of a single-valued predicate the times without any value, the last of which may last; of one value
    among many the times between. What took place leaves no gap."""
    groups: dict[tuple[str, str, str], list[FactView]] = {}
    for view in views:
        version = view.version
        if not version.event:
            value = version.object if view.object is None else Value(entity_id=view.object.id)
            key = "" if version.cardinality is Cardinality.ONE else value.key
            groups.setdefault((view.subject.id, version.predicate, key), []).append(view)
    gaps: list[Gap] = []
    for same in groups.values():
        # versions believed at one moment, whichever it was
        held = timeline(replace(view.version, recorded_to=None) for view in same)
        view = same[0]
        single = view.version.cardinality is Cardinality.ONE
        spans = [period.valid for period in held if not period.versions]
        last = held[-1].valid.end if held else None
        if single and last is not None and last <= now:
            spans.append(Interval(last))
        gaps += [Gap(view.subject, view.version.predicate, None if single else view, span) for span in spans]
    return sorted(gaps, key=lambda gap: (gap.valid.start or BEGINNING, gap.subject.id, gap.predicate))
