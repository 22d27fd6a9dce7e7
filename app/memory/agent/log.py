"""What agents did, and what became of it: to be paged, judged, and taken elsewhere to learn from."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from app.domain.episode import Json
from app.domain.errors import Invalid
from app.domain.operations import CORE_ID, MAX_SPAN, Operation, OperationOutcome, Ref
from app.domain.scope import Scope
from app.domain.time import Clock
from app.ports.graph.knowledge import FactStore
from app.ports.graph.notes import NoteStore
from app.ports.graph.operations import OperationStore

PAGE = 100


@dataclass(frozen=True, slots=True)
class Logged:
    """An operation with all that was found out about it since."""

    operation: Operation
    outcomes: tuple[OperationOutcome, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """Operations in order, with the words of what they name, as far as it is still there."""

    logged: tuple[Logged, ...]
    words: Mapping[Ref, str]


class OperationLog:
    def __init__(self, *, operations: OperationStore, notes: NoteStore, facts: FactStore, clock: Clock) -> None:
        self._operations = operations
        self._notes = notes
        self._facts = facts
        self._clock = clock

    async def page(self, scope: Scope, after: int, limit: int) -> list[Logged]:
        """By number, ascending, beyond `after`."""
        found = await self._operations.operations(scope, after, limit)
        if not found:
            return []
        outcomes = await self._operations.outcomes(scope, found[0].number, found[-1].number)
        return [Logged(operation, tuple(one for one in outcomes if one.about(operation.number))) for operation in found]

    async def judge(
        self, scope: Scope, first: int, last: int, reward: float, details: Mapping[str, Json], actor: str | None
    ) -> OperationOutcome:
        """Raises Invalid for a range that is too long, NotFound for operations that are not there."""
        if last - first >= MAX_SPAN:
            raise Invalid(f"an outcome may be about {MAX_SPAN} operations at most")
        outcome = OperationOutcome(0, first, last, reward, details, self._clock(), actor)
        number = await self._operations.add_outcome(scope, outcome)
        return replace(outcome, number=number)

    async def export(self, scope: Scope, after: int) -> AsyncIterator[Told]:
        """All beyond `after`, in pages. What was deleted has no words any more."""
        while logged := await self.page(scope, after, PAGE):
            operations = [one.operation for one in logged]
            yield Told(tuple(logged), await self._words(scope, operations))
            after = operations[-1].number

    async def _words(self, scope: Scope, operations: Sequence[Operation]) -> dict[Ref, str]:
        refs = {ref for operation in operations for ref in _refs(operation)}
        ids = sorted({ref.id for ref in refs})
        cores = await self._operations.cores(scope, sorted({ref.version for ref in refs if ref.id == CORE_ID}))
        words = {Ref(CORE_ID, core.version): core.content for core in cores}
        words |= {Ref(note.id, note.version): note.content for note in await self._notes.versions(scope, ids)}
        words |= {Ref(fact.fact_id, fact.version): fact.text for fact in await self._facts.versions(scope, ids)}
        return {ref: words[ref] for ref in refs if ref in words}


def _refs(operation: Operation) -> Iterator[Ref]:
    seen = operation.seen
    yield Ref(CORE_ID, seen.core)
    yield from (*seen.semantic, *seen.episodic, *seen.fact, *operation.results)
