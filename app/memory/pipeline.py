"""One batch of a lane, from words to what is believed: extract, resolve, reconcile, note, commit, index."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from app.domain.episode import Episode
from app.domain.jobs import Outcome
from app.domain.scope import Scope
from app.domain.time import Clock
from app.memory.entities.identify import Identification, Resolution
from app.memory.facts.believing import Believing, Revised
from app.memory.facts.canonical import Rearrangement
from app.memory.facts.statements import Checked, names, statements
from app.memory.indexing import Indexing
from app.memory.notes.making import NoteMaking, NotesMade
from app.memory.planning import committed
from app.memory.reading import Read, Reader
from app.memory.understanding.deciding import Deciding, Verdicts
from app.memory.understanding.evolution import Evolution, Thoughts
from app.ports.graph.knowledge import ChangeSet, Ledger, Mention, Processed
from app.ports.graph.lanes import Lease
from app.ports.metrics import Meter


class Pipeline:
    def __init__(
        self,
        *,
        reader: Reader,
        identification: Identification,
        deciding: Deciding,
        ledger: Ledger,
        believing: Believing,
        making: NoteMaking,
        evolution: Evolution,
        indexing: Indexing,
        clock: Clock,
        new_id: Callable[[], str],
        meter: Meter,
    ) -> None:
        self._reader = reader
        self._identification = identification
        self._deciding = deciding
        self._ledger = ledger
        self._believing = believing
        self._making = making
        self._evolution = evolution
        self._indexing = indexing
        self._clock = clock
        self._new_id = new_id
        self._meter = meter

    def portion(self, pending: Sequence[Episode]) -> Sequence[Episode]:
        """As many of the first of these as make a batch; one at least."""
        return self._reader.portion(pending)

    async def process(self, lease: Lease, batch: Sequence[Episode]) -> None:
        """All of the batch is processed when it returns, or nothing of it is. Raises LeaseLost, Unavailable,
        BadAnswer."""
        scope = lease.scope
        read = await self._reader.read(scope, batch)
        verdicts, thoughts = Verdicts(), Thoughts()

        async def plan(revision: int) -> ChangeSet:
            changes = await self._plan(scope, read, verdicts, thoughts, revision)
            await self._indexing.warm([version.text for version in changes.append])
            return changes

        await committed(self._ledger, scope, plan, lease=lease, stale=lambda: self._meter.count("plans_stale"))
        await self._indexing.follow(scope)

    async def _plan(
        self, scope: Scope, read: Sequence[Read], verdicts: Verdicts, thoughts: Thoughts, revision: int
    ) -> ChangeSet:
        now = self._clock()
        checked = [one.checked for one in read]
        resolution = await self._identification.identify(scope, names(checked), now, [one.heard for one in read])
        made = [
            statement
            for item in checked
            for statement in statements(
                item, resolution.ids, extractor=self._reader.extractor, recorded_at=now, new_id=self._new_id
            )
        ]
        settled = await self._deciding.settle(scope, resolution, made, now, verdicts)
        resolution, said = settled.resolution, settled.said
        revised = await self._believing.revise(
            scope, said, now, touched=resolution.touched, rearrangement=Rearrangement(merge=resolution.merge)
        )
        notes = await self._making.of_batch(
            scope, [(item.episode, item.extraction) for item in checked], resolution.fresh, self._reader.extractor, now
        )
        notes, grown = await self._evolution.evolve(scope, notes, resolution.fresh, now, thoughts)
        decided = verdicts.cost + Outcome(rejected=settled.refused, degraded=verdicts.open)
        return ChangeSet(
            revision=revision,
            recorded_at=now,
            entities=(*resolution.settled, *resolution.fresh),
            aliases=resolution.aliases,
            merge=resolution.merge,
            doubt=resolution.doubt,
            mentions=mentions(checked, resolution),
            statements=said,
            close=revised.close,
            append=revised.append,
            support=revised.support,
            processed=_processed(checked, resolution, revised, notes, decided + thoughts.cost + grown),
            extractor=self._reader.extractor,
            notes=notes.notes,
            link=notes.links,
        )


def mentions(checked: Sequence[Checked], resolution: Resolution) -> tuple[Mention, ...]:
    """Each once."""
    found = (
        Mention(resolution.ids[entity.name, entity.type], item.episode.id, entity.start, entity.end)
        for item in checked
        for entity in item.entities
    )
    return tuple(dict.fromkeys(found))


def _processed(
    checked: Sequence[Checked], resolution: Resolution, revised: Revised, notes: NotesMade, together: Outcome
) -> tuple[Processed, ...]:
    """Each episode with its share of the outcome: a new entity counts for the first that names it, a fact for the
    episode of its first statement, a retirement for the episode that caused it. `together`: what the whole batch gave,
    for its first episode."""
    fresh = {entity.id for entity in resolution.fresh}
    added = Counter(revised.added_by.values())
    retired = Counter(closure.retirement.episode_id for closure in revised.retirements)
    batch = {item.episode.id for item in checked}
    # what is merged may rest on an earlier episode first
    together += Outcome(facts_added=sum(count for id, count in added.items() if id not in batch))
    done: list[Processed] = []
    for item in checked:
        named = {resolution.ids[entity.name, entity.type] for entity in item.entities}
        named |= {resolution.ids[fact.subject, fact.subject_type] for fact in item.facts}
        named |= {resolution.ids[f.object, f.object_type] for f in item.facts if f.object_type is not None}
        first = named & fresh
        fresh -= first
        outcome = Outcome(
            episodes=1,
            entities=len(first),
            facts_added=added[item.episode.id],
            facts_retired=retired[item.episode.id],
            notes=notes.made_by.get(item.episode.id, 0),
            rejected=item.rejected + notes.rejected.get(item.episode.id, 0),
            model_calls=item.extraction.model_calls,
            tokens=item.extraction.tokens,
        )
        done.append(Processed(item.episode.id, outcome if done else outcome + together))
    return tuple(done)
