"""All that the product can do, for whichever face is asking: HTTP, the command line, MCP, the dashboard."""

from __future__ import annotations

from dataclasses import dataclass

from app.memory.access import Access
from app.memory.agent.core import CoreBook
from app.memory.agent.log import OperationLog
from app.memory.agent.tools import Toolset
from app.memory.chronicle import Chronicle
from app.memory.facts.book import FactBook
from app.memory.forgetting import Forgetting
from app.memory.health import Health
from app.memory.ingest import Ingest
from app.memory.insights import Insights
from app.memory.lanes import Lanes
from app.memory.merging import Merging
from app.memory.modelling.budgets import Budgets
from app.memory.modelling.guidance import GuidanceBook
from app.memory.notes.book import NoteBook
from app.memory.notes.timelines import NoteTimelines
from app.memory.reextraction import Reextraction
from app.memory.retrieval.context import ContextBuilder
from app.memory.retrieval.recall import Recall
from app.memory.surroundings import Surroundings


@dataclass(frozen=True, slots=True)
class Services:
    ingest: Ingest
    recall: Recall
    context: ContextBuilder
    insights: Insights
    chronicle: Chronicle
    surroundings: Surroundings
    lanes: Lanes
    facts: FactBook
    merging: Merging
    notes: NoteBook
    note_timelines: NoteTimelines
    core: CoreBook
    tools: Toolset
    operations: OperationLog
    forgetting: Forgetting
    reextraction: Reextraction
    access: Access
    health: Health
    budgets: Budgets
    guidance: GuidanceBook
