"""Neo4j keeps the contracts of the ports for what was said and the work on it."""

from __future__ import annotations

from tests.contracts.graph.accounts import AccountContract
from tests.contracts.graph.episodes import EpisodeStoreContract
from tests.contracts.graph.guidance import GuidanceContract
from tests.contracts.graph.jobs import JobContract
from tests.contracts.graph.lanes import LaneContract
from tests.contracts.graph.operations import OperationContract
from tests.contracts.graph.outbox import OutboxContract
from tests.contracts.graph.usage import UsageContract


class TestAccounts(AccountContract): ...


class TestEpisodes(EpisodeStoreContract): ...


class TestJobs(JobContract): ...


class TestLanes(LaneContract): ...


class TestOutbox(OutboxContract): ...


class TestUsage(UsageContract): ...


class TestGuidance(GuidanceContract): ...


class TestOperations(OperationContract): ...
