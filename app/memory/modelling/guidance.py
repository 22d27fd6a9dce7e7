"""What tenants tell the language model that reads for them."""

from __future__ import annotations

from app.domain.errors import NotFound
from app.domain.guidance import Guidance, GuidanceVersion
from app.domain.time import Clock
from app.ports.accounts import AccountStore
from app.ports.graph.guidance import GuidanceStore


class GuidanceBook:
    def __init__(self, *, guidance: GuidanceStore, accounts: AccountStore, clock: Clock) -> None:
        self._guidance = guidance
        self._accounts = accounts
        self._clock = clock

    async def guidance(self, tenant: str) -> Guidance:
        """For whoever asks the model; that of a tenant that gave none says nothing."""
        return (await self._guidance.current(tenant)).guidance

    async def current(self, tenant: str) -> GuidanceVersion:
        """Raises NotFound for an unknown tenant."""
        await self._require(tenant)
        return await self._guidance.current(tenant)

    async def put(self, tenant: str, guidance: Guidance) -> GuidanceVersion:
        """For what is read from now on. What is current already stays the version it is. Raises NotFound for an
        unknown tenant."""
        return await self._guidance.put(tenant, guidance, self._clock())

    async def versions(self, tenant: str, before: int | None, limit: int) -> list[GuidanceVersion]:
        """Newest first, below the number `before`. Raises NotFound for an unknown tenant."""
        await self._require(tenant)
        return await self._guidance.versions(tenant, before, limit)

    async def _require(self, tenant: str) -> None:
        if await self._accounts.tenant(tenant) is None:
            raise NotFound(f"no tenant {tenant}")
