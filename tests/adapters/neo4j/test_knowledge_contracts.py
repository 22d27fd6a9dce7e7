"""Neo4j keeps the contracts of the ports for what was derived, and nobody sees what is another's."""

from __future__ import annotations

from tests.contracts.graph.entities import EntityStoreContract
from tests.contracts.graph.facts import FactStoreContract
from tests.contracts.graph.history import HistoryContract
from tests.contracts.graph.identities import IdentityStoreContract
from tests.contracts.graph.isolation import IsolationContract
from tests.contracts.graph.ledger import LedgerContract
from tests.contracts.graph.notes import NoteStoreContract
from tests.contracts.graph.vicinity import VicinityContract


class TestLedger(LedgerContract): ...


class TestEntities(EntityStoreContract): ...


class TestIdentities(IdentityStoreContract): ...


class TestFacts(FactStoreContract): ...


class TestVicinity(VicinityContract): ...


class TestHistory(HistoryContract): ...


class TestNotes(NoteStoreContract): ...


class TestIsolation(IsolationContract): ...
