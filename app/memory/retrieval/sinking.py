"""What holds no longer is scored down: words whose facts were overtaken, and notes that rest on what is gone."""

from __future__ import annotations

from collections.abc import Sequence

from app.domain.note import Note
from app.domain.ranking import Scored, sink
from app.domain.sayings import superseded
from app.domain.scope import Scope
from app.memory.retrieval.filling import Moment
from app.memory.views import Kind
from app.ports.graph.history import HistoryStore
from app.ports.graph.notes import NoteStore
from app.ports.metrics import Meter

MARGIN = 10
"""Results beyond the limit that are looked at too, since some of the best may sink below them."""


class Sinking:
    def __init__(self, *, history: HistoryStore, notes: NoteStore, meter: Meter) -> None:
        self._history = history
        self._notes = notes
        self._meter = meter

    async def sunk(
        self, scope: Scope, ranked: list[Scored], limit: int, moment: Moment, *, overtaken: bool
    ) -> list[Scored]:
        """As far as it bears on the best `limit`. What the query asks for by its time is left where it is.
        `overtaken`: with what was overtaken, or else only with what is stale."""
        checked: set[str] = set()
        while True:
            unchecked = [
                scored
                for scored in ranked[: limit + MARGIN]
                if (scored.kind == Kind.NOTE or (scored.kind == Kind.EPISODE and overtaken))
                and scored.id not in checked
                and not scored.signals.get("time")
            ]
            if not unchecked:
                return ranked
            checked.update(scored.id for scored in unchecked)
            notes = await self._known(scope, [s.id for s in unchecked if s.kind == Kind.NOTE], moment)
            stale = {note.id for note in notes if note.stale}
            gone = await self._overtaken(scope, unchecked, notes, moment) if overtaken else set()
            if not stale and not gone:
                return ranked
            ranked = sink(ranked, gone, stale)

    async def _known(self, scope: Scope, ids: Sequence[str], moment: Moment) -> list[Note]:
        found = await self._notes.versions(scope, ids) if ids else []
        return [version for version in found if version.known(moment.known_at)]

    async def _overtaken(
        self, scope: Scope, results: Sequence[Scored], notes: Sequence[Note], moment: Moment
    ) -> set[str]:
        """Episodes that say nothing but what was overtaken, and notes that rest on such alone."""
        episodes = {scored.id for scored in results if scored.kind == Kind.EPISODE}
        wanted = sorted(episodes.union(source for note in notes for source in note.sources))
        with self._meter.timed("superseded"):
            words = superseded(await self._history.sayings(scope, wanted, moment.valid_at, moment.known_at))
        return (words & episodes) | {note.id for note in notes if note.sources and words.issuperset(note.sources)}
