"""SQLite does what any graph store does."""

from __future__ import annotations

from tests.contracts.graph.accounts import AccountContract
from tests.contracts.graph.entities import EntityStoreContract
from tests.contracts.graph.episodes import EpisodeStoreContract
from tests.contracts.graph.facts import FactStoreContract
from tests.contracts.graph.guidance import GuidanceContract
from tests.contracts.graph.history import HistoryContract
from tests.contracts.graph.identities import IdentityStoreContract
from tests.contracts.graph.isolation import IsolationContract
from tests.contracts.graph.jobs import JobContract
from tests.contracts.graph.lanes import LaneContract
from tests.contracts.graph.ledger import LedgerContract
from tests.contracts.graph.notes import NoteStoreContract
from tests.contracts.graph.operations import OperationContract
from tests.contracts.graph.outbox import OutboxContract
from tests.contracts.graph.transfer import TransferContract
from tests.contracts.graph.usage import UsageContract
from tests.contracts.graph.vicinity import VicinityContract


class TestEpisodes(EpisodeStoreContract): ...


class TestLedger(LedgerContract): ...


class TestEntities(EntityStoreContract): ...


class TestIdentities(IdentityStoreContract): ...


class TestFacts(FactStoreContract): ...


class TestVicinity(VicinityContract): ...


class TestHistory(HistoryContract): ...


class TestNotes(NoteStoreContract): ...


class TestLanes(LaneContract): ...


class TestJobs(JobContract): ...


class TestOutbox(OutboxContract): ...


class TestAccounts(AccountContract): ...


class TestIsolation(IsolationContract): ...


class TestTransfer(TransferContract): ...


class TestUsage(UsageContract): ...


class TestGuidance(GuidanceContract): ...


class TestOperations(OperationContract): ...
