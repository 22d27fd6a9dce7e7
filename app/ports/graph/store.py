"""The graph store as a whole: one opened engine that serves every port of it."""

from __future__ import annotations

from typing import Protocol

from app.ports.accounts import AccountStore
from app.ports.graph.episodes import EpisodeStore
from app.ports.graph.guidance import GuidanceStore
from app.ports.graph.history import HistoryStore
from app.ports.graph.identity import IdentityStore
from app.ports.graph.knowledge import EntityStore, FactStore, Ledger
from app.ports.graph.lanes import JobStore, LaneStore, Outbox
from app.ports.graph.notes import NoteStore
from app.ports.graph.operations import OperationStore
from app.ports.graph.transfer import TransferStore
from app.ports.graph.usage import UsageStore


class GraphStore(Protocol):
    @property
    def episodes(self) -> EpisodeStore: ...
    @property
    def ledger(self) -> Ledger: ...
    @property
    def entities(self) -> EntityStore: ...
    @property
    def identities(self) -> IdentityStore: ...
    @property
    def facts(self) -> FactStore: ...
    @property
    def history(self) -> HistoryStore: ...
    @property
    def notes(self) -> NoteStore: ...
    @property
    def operations(self) -> OperationStore: ...
    @property
    def lanes(self) -> LaneStore: ...
    @property
    def jobs(self) -> JobStore: ...
    @property
    def outbox(self) -> Outbox: ...
    @property
    def accounts(self) -> AccountStore: ...
    @property
    def usage(self) -> UsageStore: ...
    @property
    def guidance(self) -> GuidanceStore: ...
    @property
    def transfer(self) -> TransferStore: ...

    async def check(self) -> None:
        """Raises Unavailable with the reason when it would not take a write."""
        ...

    async def close(self) -> None:
        """Lets what runs come to its end. Idempotent."""
        ...
