"""What each tenant tells the language model, as it was from one change to the next."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from app.domain.guidance import Guidance, GuidanceVersion


class GuidanceStore(Protocol):
    async def put(self, tenant: str, guidance: Guidance, at: datetime) -> GuidanceVersion:
        """The next version; what is current already stays the version it is. Raises NotFound for an unknown tenant."""
        ...

    async def current(self, tenant: str) -> GuidanceVersion:
        """NO_GUIDANCE while there is none."""
        ...

    async def versions(self, tenant: str, before: int | None, limit: int) -> list[GuidanceVersion]:
        """Newest first, below the number `before`."""
        ...
