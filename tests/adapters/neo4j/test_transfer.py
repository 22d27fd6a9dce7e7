"""Neo4j keeps the contract of memories that leave and arrive."""

from __future__ import annotations

from tests.contracts.graph.transfer import TransferContract


class TestTransfer(TransferContract): ...
