"""What each tenant used of the language model, day by day (UTC), and how much it may."""

from __future__ import annotations

from datetime import date
from typing import Protocol

from app.domain.usage import Tally, Usage

UsagePosition = tuple[date, str, str]
"""Day, purpose and model: the order of a listing."""


class UsageStore(Protocol):
    async def add(self, tenant: str, usage: Usage) -> None:
        """On top of what is there of this day, purpose and model. Nothing checks that the tenant is known."""
        ...

    async def spent(self, tenant: str, day: date) -> Tally:
        """All purposes and models together."""
        ...

    async def page(
        self, tenant: str, first: date, until: date | None, after: UsagePosition | None, limit: int
    ) -> list[Usage]:
        """The days of `[first, until)`; None: to the last. By position, ascending, beyond `after`."""
        ...

    async def budget(self, tenant: str) -> int | None:
        """Tokens a day that were set for this tenant; None where none were, or the tenant is unknown."""
        ...

    async def set_budget(self, tenant: str, tokens: int | None) -> None:
        """None: none of its own. Raises NotFound for an unknown tenant."""
        ...
