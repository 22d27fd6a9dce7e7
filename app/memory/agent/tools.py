"""The tools at work. Each call is done or refused, and logged either way.

What changes a memory is committed together with its entry in the log, so that after a crash there are both or neither.
A refusal, or a search, changes nothing; its entry is written before it is answered, and a crash in between loses an
entry of which nobody has heard. That an engine is away is no refusal: nothing happened, and nothing is logged.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace

from app.domain.episode import Json
from app.domain.errors import Conflict, DuplicateMemory, Invalid, NotFound, PalimpsestError, TooLarge
from app.domain.fact import FactVersion, Statement, Value
from app.domain.note import Note, NoteMemory
from app.domain.operations import CORE_ID, NO_CORE, CoreVersion, MemoryType, Operation, Ref, Seen
from app.domain.scope import Scope
from app.domain.time import Clock
from app.memory.agent.calls import (
    Call,
    Change,
    DeleteFact,
    DeleteNote,
    InsertFact,
    InsertNote,
    Search,
    UpdateCore,
    UpdateFact,
    UpdateNote,
)
from app.memory.agent.core import CoreBook
from app.memory.agent.definitions import call_of, definitions
from app.memory.agent.searching import MemoriesFound, MemorySearch
from app.memory.agent.view import AgentState, AgentView, Memory, ref
from app.memory.entities.standing import Standing
from app.memory.facts.book import FactBook
from app.memory.facts.given import FactInput
from app.memory.indexing import Indexing
from app.memory.notes.book import NoteBook, NoteInput, NotePatch
from app.memory.planning import committed
from app.ports.graph.knowledge import ChangeSet, FactQuery, FactStore, Ledger
from app.ports.graph.notes import NoteStore
from app.ports.graph.operations import OperationStore

REFUSALS = (Invalid, NotFound, Conflict, TooLarge)

Result = CoreVersion | Memory | MemoriesFound
Work = Callable[[int], Awaitable[tuple[ChangeSet, tuple[Ref, ...]]]]
"""A plan, and what it writes or takes away."""


@dataclass(frozen=True, slots=True)
class Ran:
    """Where there is no `refusal` the call was done. `result`: what was written, found, or deleted, as it was; None
    where somebody else deleted it right after."""

    number: int
    result: Result | None = None
    refusal: PalimpsestError | None = None


class Toolset:
    def __init__(
        self,
        *,
        operations: OperationStore,
        ledger: Ledger,
        notes: NoteStore,
        facts: FactStore,
        standing: Standing,
        note_book: NoteBook,
        fact_book: FactBook,
        core: CoreBook,
        view: AgentView,
        search: MemorySearch,
        indexing: Indexing,
        clock: Clock,
        new_id: Callable[[], str],
    ) -> None:
        self._operations = operations
        self._ledger = ledger
        self._notes = notes
        self._facts = facts
        self._standing = standing
        self._note_book = note_book
        self._fact_book = fact_book
        self._core = core
        self._view = view
        self._search = search
        self._indexing = indexing
        self._clock = clock
        self._new_id = new_id

    def definitions(self) -> list[dict[str, Json]]:
        """As an OpenAI-compatible chat endpoint takes them for `tools`."""
        return definitions()

    async def state(self, scope: Scope) -> AgentState:
        """What a policy sees before it writes."""
        return await self._view.state(scope)

    async def run(self, scope: Scope, tool: str, arguments: Mapping[str, Json], actor: str | None = None) -> Ran:
        """`arguments`: as the policy gave them; what is wrong with them is a refusal like any other.
        Raises Unavailable."""
        entry = Operation(0, self._clock(), tool, arguments, Seen(), actor=actor)
        try:
            call = call_of(tool, arguments)
            if isinstance(call, Search):
                return await self._found(scope, call, entry)
            return await self._done(scope, call, entry)
        except REFUSALS as refusal:
            seen = await self._view.seen(scope)
            number = await self._operations.log(scope, replace(entry, seen=seen, error=refusal.code))
            return Ran(number, refusal=refusal)

    async def _found(self, scope: Scope, call: Search, entry: Operation) -> Ran:
        seen = await self._view.seen(scope)
        found = await self._search.search(scope, call)
        results = tuple(_ref(memory) for memory, _ in found.memories)
        return Ran(await self._operations.log(scope, replace(entry, seen=seen, results=results)), found)

    async def _done(self, scope: Scope, call: Change, entry: Operation) -> Ran:
        work = self._work(scope, call)
        gone: list[Memory] = []

        async def plan(revision: int) -> ChangeSet:
            seen = await self._view.seen(scope)
            changes, refs = await work(revision)
            if isinstance(call, DeleteNote):
                gone[:] = await self._view.shown(scope, MemoryType(call.memory), refs)
            return replace(changes, operation=replace(entry, seen=seen, results=refs))

        logged = (await committed(self._ledger, scope, plan)).operation
        await self._indexing.follow(scope)
        assert logged is not None
        if isinstance(call, UpdateCore):
            cores = await self._operations.cores(scope, [one.version for one in logged.results])
            return Ran(logged.number, next(iter(cores), NO_CORE))
        shown = gone or await self._view.shown(scope, _type(call), logged.results)
        return Ran(logged.number, next(iter(shown), None))

    def _work(self, scope: Scope, call: Change) -> Work:
        match call:
            case UpdateCore():
                return self._writing_core(scope, call)
            case InsertNote():
                return self._inserting_note(scope, call)
            case UpdateNote():
                return self._updating_note(scope, call)
            case DeleteNote():
                return self._deleting_note(scope, call)
            case InsertFact():
                return self._inserting_fact(scope, call.fact)
            case UpdateFact():
                return self._updating_fact(scope, call)
            case DeleteFact():
                return self._deleting_fact(scope, call)

    def _writing_core(self, scope: Scope, call: UpdateCore) -> Work:
        async def work(revision: int) -> tuple[ChangeSet, tuple[Ref, ...]]:
            changes = await self._core.writing(scope, call.content)(revision)
            version = changes.core or await self._core.current(scope)
            return changes, (Ref(CORE_ID, version.version),)

        return work

    def _inserting_note(self, scope: Scope, call: InsertNote) -> Work:
        id = self._new_id()
        given = NoteInput(call.content, occurred_at=call.occurred_at, memory=call.memory)

        async def work(revision: int) -> tuple[ChangeSet, tuple[Ref, ...]]:
            await self._refuse_again(scope, call.memory, call.content)
            return await self._note_book.creating(scope, id, given)(revision), (Ref(id, 1),)

        return work

    def _updating_note(self, scope: Scope, call: UpdateNote) -> Work:
        async def work(revision: int) -> tuple[ChangeSet, tuple[Ref, ...]]:
            note = await self._kept(scope, call.memory, call.id)
            await self._refuse_again(scope, call.memory, call.content, but=call.id)
            changes = await self._note_book.revising(scope, call.id, NotePatch(content=call.content))(revision)
            return changes, (ref(next(iter(changes.notes), note)),)

        return work

    def _deleting_note(self, scope: Scope, call: DeleteNote) -> Work:
        async def work(revision: int) -> tuple[ChangeSet, tuple[Ref, ...]]:
            note = await self._kept(scope, call.memory, call.id)
            return await self._note_book.deleting(scope, call.id)(revision), (ref(note),)

        return work

    def _inserting_fact(self, scope: Scope, fact: FactInput) -> Work:
        async def work(revision: int) -> tuple[ChangeSet, tuple[Ref, ...]]:
            changes = await self._fact_book.stating(scope, [fact])(revision)
            (said,) = changes.statements
            if known := await self._believed(scope, fact, said):
                raise DuplicateMemory(f"fact {known.fact_id} says exactly this already", existing_id=known.fact_id)
            return changes, _told(changes, said)

        return work

    def _updating_fact(self, scope: Scope, call: UpdateFact) -> Work:
        async def work(revision: int) -> tuple[ChangeSet, tuple[Ref, ...]]:
            changes = await self._fact_book.correcting(scope, call.id, call.correction)(revision)
            (said,) = changes.statements
            return changes, _told(changes, said)

        return work

    def _deleting_fact(self, scope: Scope, call: DeleteFact) -> Work:
        async def work(revision: int) -> tuple[ChangeSet, tuple[Ref, ...]]:
            changes = await self._fact_book.retracting(scope, call.id)(revision)
            return changes, tuple(Ref(c.fact_id, c.version) for c in changes.close if c.fact_id == call.id)

        return work

    async def _kept(self, scope: Scope, memory: NoteMemory, id: str) -> Note:
        """Raises NotFound."""
        for note in await self._notes.notes(scope, [id]):
            if note.memory is memory:
                return note
        raise NotFound(f"no {memory} memory {id}")

    async def _refuse_again(self, scope: Scope, memory: NoteMemory, content: str, *, but: str | None = None) -> None:
        """Raises DuplicateMemory where another says exactly this."""
        for note in await self._notes.saying(scope, memory, content):
            if note.id != but:
                raise DuplicateMemory(f"{memory} memory {note.id} says exactly this already", existing_id=note.id)

    async def _believed(self, scope: Scope, fact: FactInput, said: Statement) -> FactVersion | None:
        """The same triple at the same time; told without a time, one that holds now."""
        id = said.object.entity_id
        query = FactQuery(
            subjects=await self._standing.everyone(scope, [said.subject_id]),
            predicate=said.predicate,
            objects=(said.object,)
            if id is None
            else tuple(Value(entity_id=one) for one in await self._standing.everyone(scope, [id])),
        )
        timeless = fact.valid_from is None and fact.valid_to is None
        after: tuple[str, int] | None = None
        while page := await self._facts.facts(scope, query, after, 100):
            for version in page:
                if version.valid == said.valid or (timeless and version.holds(said.said_at)):
                    return version
            after = page[-1].fact_id, page[-1].version
        return None


def _told(changes: ChangeSet, said: Statement) -> tuple[Ref, ...]:
    """The version that rests on the statement; a believed one, if there is any."""
    appended = sorted((v for v in changes.append if said.id in v.statement_ids), key=lambda v: not v.believed)
    supported = (Ref(s.fact_id, s.version) for s in changes.support if said.id in s.statement_ids)
    return (*map(ref, appended), *supported)[:1]


def _type(call: Call) -> MemoryType:
    match call:
        case InsertNote(memory=memory) | UpdateNote(memory=memory) | DeleteNote(memory=memory):
            return MemoryType(memory)
        case UpdateCore():
            return MemoryType.CORE
        case Search(type=type):
            return type
        case _:
            return MemoryType.FACT


def _ref(memory: Memory) -> Ref:
    return ref(memory if isinstance(memory, Note) else memory.version)
