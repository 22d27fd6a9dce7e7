"""The rooms in which agents keep a memory themselves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app.compose.engines import Engines
from app.domain.time import Clock
from app.memory.agent.core import CoreBook
from app.memory.agent.log import OperationLog
from app.memory.agent.searching import MemorySearch
from app.memory.agent.tools import Toolset
from app.memory.agent.view import AgentView
from app.memory.entities.standing import Standing
from app.memory.facts.book import FactBook
from app.memory.indexing import Indexing
from app.memory.insights import Insights
from app.memory.notes.book import NoteBook


@dataclass(frozen=True, slots=True)
class Agents:
    core: CoreBook
    tools: Toolset
    operations: OperationLog


def agents_of(
    engines: Engines,
    *,
    note_book: NoteBook,
    fact_book: FactBook,
    standing: Standing,
    insights: Insights,
    indexing: Indexing,
    clock: Clock,
    new_id: Callable[[], str],
) -> Agents:
    graph = engines.graph
    core = CoreBook(operations=graph.operations, ledger=graph.ledger, clock=clock)
    view = AgentView(
        operations=graph.operations,
        notes=graph.notes,
        facts=graph.facts,
        history=graph.history,
        insights=insights,
        clock=clock,
    )
    tools = Toolset(
        operations=graph.operations,
        ledger=graph.ledger,
        notes=graph.notes,
        facts=graph.facts,
        standing=standing,
        note_book=note_book,
        fact_book=fact_book,
        core=core,
        view=view,
        search=MemorySearch(
            embedder=engines.embedder,
            keywords=engines.keywords,
            vectors=engines.vectors,
            notes=graph.notes,
            facts=graph.facts,
            view=view,
            clock=clock,
        ),
        indexing=indexing,
        clock=clock,
        new_id=new_id,
    )
    log = OperationLog(operations=graph.operations, notes=graph.notes, facts=graph.facts, clock=clock)
    return Agents(core, tools, log)
