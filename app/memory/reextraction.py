"""Reading again, with a newer extractor, what an older one read: what it says replaces what the older one said."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from app.domain.errors import BadAnswer, ReadingFailed
from app.domain.fact import Retirement, Statement
from app.domain.scope import Scope
from app.domain.time import Clock
from app.domain.timeline import Rule
from app.memory.entities.identify import Identification
from app.memory.facts.believing import Believing
from app.memory.facts.canonical import Rearrangement
from app.memory.facts.given import CALLER
from app.memory.facts.statements import names, statements
from app.memory.indexing import Indexing
from app.memory.notes.rereading import NoteRereading
from app.memory.pipeline import mentions
from app.memory.planning import committed
from app.memory.reading import Read, Reader
from app.memory.understanding.deciding import by_decision
from app.ports.graph.history import HistoryStore
from app.ports.graph.knowledge import ChangeSet, FactStore, Group, Ledger, Marks

BATCH = 32


@dataclass(frozen=True, slots=True)
class Reread:
    """Counts: episodes read again, of these the ones that now say something else, statements added and outdated."""

    episodes: int = 0
    changed: int = 0
    added: int = 0
    outdated: int = 0

    def __add__(self, other: Reread) -> Reread:
        return Reread(
            self.episodes + other.episodes,
            self.changed + other.changed,
            self.added + other.added,
            self.outdated + other.outdated,
        )


class Reextraction:
    def __init__(
        self,
        *,
        reader: Reader,
        history: HistoryStore,
        facts: FactStore,
        ledger: Ledger,
        identification: Identification,
        believing: Believing,
        rereading: NoteRereading,
        indexing: Indexing,
        clock: Clock,
        new_id: Callable[[], str],
    ) -> None:
        self._reader = reader
        self._history = history
        self._facts = facts
        self._ledger = ledger
        self._identification = identification
        self._believing = believing
        self._rereading = rereading
        self._indexing = indexing
        self._clock = clock
        self._new_id = new_id

    async def reread(self, scope: Scope) -> Reread:
        """All of a user's episodes that another extractor read last, each in a commit of its own; after an
        interruption it goes on where it was. What is too much at once for a model is read in parts. Raises
        Unavailable, and BadAnswer or ReadingFailed for an episode that cannot be read on its own."""
        done, after, most = Reread(), 0, BATCH
        while outdated := await self._history.outdated(scope, self._reader.extractor, after, BATCH):
            batch = self._reader.portion(outdated)[:most]
            try:
                found = await self._reader.read(scope, batch)
            except (BadAnswer, ReadingFailed):
                if len(batch) == 1:
                    raise
                most = len(batch) // 2
                continue
            for read in found:
                done += await self._replaced(scope, read)
            await self._indexing.follow(scope)
            after, most = batch[-1].seq, BATCH
        return done

    async def _replaced(self, scope: Scope, read: Read) -> Reread:

        async def plan(revision: int) -> ChangeSet:
            changes = await self._plan(scope, read, revision)
            await self._indexing.warm([version.text for version in changes.append])
            return changes

        changes = await committed(self._ledger, scope, plan)
        added, outdated = len(changes.statements), len(changes.outdated)
        return Reread(1, int(added + outdated > 0), added, outdated)

    async def _plan(self, scope: Scope, read: Read, revision: int) -> ChangeSet:
        """What is said in the same words of the same place stays as it is. What a caller took back or restored stays
        so where the newer extractor says the same of it in other words."""
        now = self._clock()
        item = read.checked
        resolution = await self._identification.identify(scope, names([item]), now, [read.heard])
        made = statements(item, resolution.ids, extractor=self._reader.extractor, recorded_at=now, new_id=self._new_id)
        said = [s for s in await self._facts.statements_from(scope, [item.episode.id]) if not _given(s)]
        marks = await self._facts.marks(scope, list({Group(s.subject_id, s.predicate): None for s in said}))
        news, gone = _difference([s for s in said if s.id not in marks.outdated], made)
        withdraw, restore = _carried(news, gone, marks)
        revised = await self._believing.revise(
            scope,
            news,
            now,
            touched=[*resolution.touched, *gone],
            withdraw=[*(s.id for s in gone), *withdraw],
            restore=restore,
            cause=Retirement(Rule.REEXTRACTED, episode_id=item.episode.id),
            rearrangement=Rearrangement(merge=resolution.merge),
        )
        changes = ChangeSet(
            revision=revision,
            recorded_at=now,
            entities=(*resolution.settled, *resolution.fresh),
            aliases=resolution.aliases,
            merge=resolution.merge,
            doubt=resolution.doubt,
            mentions=mentions([item], resolution),
            statements=tuple(news),
            close=revised.close,
            append=revised.append,
            support=revised.support,
            withdraw=withdraw,
            restore=restore,
            outdated=tuple(statement.id for statement in gone),
            reread=(item.episode.id,),
            extractor=self._reader.extractor,
        )
        return await self._rereading.with_notes(scope, changes, item.episode, item.extraction, resolution.fresh, now)


def _given(statement: Statement) -> bool:
    """Whether it came from elsewhere than an extractor, and so stays: a caller's, or what was decided."""
    return statement.extractor == CALLER or by_decision(statement.extractor)


def _difference(old: Iterable[Statement], new: Iterable[Statement]) -> tuple[list[Statement], list[Statement]]:
    """What is only in the new, and what is only in the old."""
    before: dict[object, list[Statement]] = {}
    for statement in old:
        before.setdefault(_words(statement), []).append(statement)
    news = [statement for statement in new if not _taken(before, statement)]
    return news, [statement for left in before.values() for statement in left]


def _taken(before: dict[object, list[Statement]], statement: Statement) -> bool:
    same = before.get(_words(statement))
    if not same:
        return False
    same.pop(0)
    return True


def _words(s: Statement) -> object:
    """All that it says, and where."""
    place = None if s.span is None else (s.span.start, s.span.end)
    held = s.valid, s.precision, s.said_at, s.seq
    return s.subject_id, s.predicate, s.object, s.replaces, s.polarity, s.cardinality, s.kind, s.text, place, held


def _carried(
    news: Sequence[Statement], gone: Sequence[Statement], marks: Marks
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Ids of news that say what was taken back, and what was restored."""

    def of(s: Statement) -> object:
        return s.subject_id, s.predicate, s.object.key, s.polarity

    taken_back = {of(s) for s in gone if s.id in marks.withdrawn}
    restored = {of(s) for s in gone if s.id in marks.restored}
    return tuple(s.id for s in news if of(s) in taken_back), tuple(s.id for s in news if of(s) in restored)
