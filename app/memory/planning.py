"""Plan against what is read, commit, and plan again where the memory changed meanwhile."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

from app.domain.errors import StaleRevision, Unavailable
from app.domain.scope import Scope
from app.ports.graph.knowledge import ChangeSet, Ledger
from app.ports.graph.lanes import Lease

PLANS = 10

Plan = Callable[[int], Awaitable[ChangeSet]]
"""Given the revision to plan against; called again for each new one."""


async def committed(
    ledger: Ledger, scope: Scope, plan: Plan, *, lease: Lease | None = None, stale: Callable[[], None] = lambda: None
) -> ChangeSet:
    """What was committed in the end. `stale` is called for each plan that came too late. Raises LeaseLost,
    Unavailable after PLANS of those, and whatever `plan` raises; then nothing is committed."""
    for _ in range(PLANS):
        try:
            changes = await plan(await ledger.revision(scope))
            number = await ledger.commit(scope, changes, lease)
        except StaleRevision:
            stale()
            continue
        if number is None or changes.operation is None:
            return changes
        return replace(changes, operation=replace(changes.operation, number=number))
    raise Unavailable("the memory of this user keeps changing; try again")
