"""The core: one paragraph that is always in view, and only ever replaced as a whole. The server never shortens it."""

from __future__ import annotations

from app.domain.errors import Conflict, CoreTooLong
from app.domain.operations import MAX_CORE_TOKENS, CoreVersion
from app.domain.scope import Scope
from app.domain.time import Clock
from app.memory.planning import Plan, committed
from app.ports.graph.knowledge import ChangeSet, Ledger
from app.ports.graph.operations import OperationStore


class CoreBook:
    def __init__(self, *, operations: OperationStore, ledger: Ledger, clock: Clock) -> None:
        self._operations = operations
        self._ledger = ledger
        self._clock = clock

    async def current(self, scope: Scope) -> CoreVersion:
        return await self._operations.core(scope)

    async def versions(self, scope: Scope, before: int | None, limit: int) -> list[CoreVersion]:
        """Newest first, below the version `before`."""
        return await self._operations.core_versions(scope, before, limit)

    async def put(self, scope: Scope, content: str, expected: int | None) -> CoreVersion:
        """As another version, unless it says the same. `expected`: the version that the caller has seen, 0 for none at
        all; None for whichever it is. Raises CoreTooLong, Conflict where another is the current one, Unavailable."""
        await committed(self._ledger, scope, self.writing(scope, content, expected))
        return await self.current(scope)

    def writing(self, scope: Scope, content: str, expected: int | None = None) -> Plan:
        """`put` as a plan, for who commits more with it."""

        async def plan(revision: int) -> ChangeSet:
            before, now = await self._operations.core(scope), self._clock()
            if expected is not None and expected != before.version:
                raise Conflict(f"the core memory is at version {before.version}, not {expected}; read it again")
            written = CoreVersion(before.version + 1, content, now)
            if written.tokens > MAX_CORE_TOKENS:
                raise CoreTooLong(
                    f"the core memory may have {MAX_CORE_TOKENS} tokens, and this has {written.tokens}; "
                    "write it shorter",
                    tokens=written.tokens,
                    allowed=MAX_CORE_TOKENS,
                )
            return ChangeSet(revision, now, core=None if content == before.content else written)

        return plan
