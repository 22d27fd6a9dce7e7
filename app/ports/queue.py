"""The doorbell: it says that a lane has work, now. It is not a ledger: a lost ring is found by the sweep."""

from __future__ import annotations

from typing import Protocol

from app.domain.scope import Scope


class Doorbell(Protocol):
    async def ring(self, scope: Scope) -> None:
        """Ask for the lane to be drained soon. Rings for one lane may be merged. Never raises for a queue that is
        away: the work is durable elsewhere and will be found."""
        ...

    async def check(self) -> None:
        """Raises Unavailable with the reason when rings are not getting through."""
        ...
