"""Out of the store: tenants, their users, and last the tenants' keys, so that whoever reads the file in that order
lets nobody in before there is something to see."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date
from tempfile import SpooledTemporaryFile

from app.domain.errors import NotFound, Unavailable
from app.domain.scope import Scope
from app.domain.usage import Usage
from app.memory.transfer.lines import Budget, Entry, OfTenant, entries, first_line, last_line, line, position
from app.ports.accounts import AccountStore, Tenant
from app.ports.graph.episodes import EpisodeStore
from app.ports.graph.guidance import GuidanceStore
from app.ports.graph.knowledge import Ledger
from app.ports.graph.operations import OperationStore
from app.ports.graph.transfer import TransferStore
from app.ports.graph.usage import UsagePosition, UsageStore

PAGE = 200
ATTEMPTS = 5
SPOOLED_BYTES = 8 * 1024 * 1024
READ_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Page:
    """Some whole lines. `users`: how many users are complete with it that were not before."""

    lines: bytes
    records: int
    users: int = 0


class Export:
    def __init__(
        self,
        *,
        accounts: AccountStore,
        guidance: GuidanceStore,
        usage: UsageStore,
        episodes: EpisodeStore,
        ledger: Ledger,
        operations: OperationStore,
        transfer: TransferStore,
    ) -> None:
        self._accounts = accounts
        self._guidance = guidance
        self._usage = usage
        self._episodes = episodes
        self._ledger = ledger
        self._operations = operations
        self._transfer = transfer

    async def users(self, tenant: str | None) -> int:
        """How many there are to be exported. Raises NotFound for an unknown tenant."""
        return len([user async for one in self._tenants(tenant) async for user in self._users(one.id)])

    async def pages(self, tenant: str | None) -> AsyncIterator[Page]:
        """The file, of one tenant or of all. Each user is as at one moment, which need not be the same for all.
        Raises NotFound for an unknown tenant, Unavailable when a user is written to again and again meanwhile."""
        yield Page(first_line(), 0)
        records = 0
        async for one in self._tenants(tenant):
            own = _of_tenant(one.id, [one, *await self._set_for(one.id), *await self._used_by(one.id)])
            yield own
            records += own.records
            async for user in self._users(one.id):
                async for page in self._user(Scope(one.id, user)):
                    yield page
                    records += page.records
            after: str | None = None
            while keys := await self._accounts.keys(one.id, after, PAGE):
                yield _of_tenant(one.id, keys)
                records += len(keys)
                after = keys[-1].id
        yield Page(last_line(records), 0)

    async def _set_for(self, tenant: str) -> list[OfTenant]:
        """Its budget and its guidance, the oldest first."""
        budget = await self._usage.budget(tenant)
        versions: list[OfTenant] = []
        before: int | None = None
        while page := await self._guidance.versions(tenant, before, PAGE):
            versions += page
            before = page[-1].number
        return [*([] if budget is None else [Budget(budget)]), *reversed(versions)]

    async def _used_by(self, tenant: str) -> list[Usage]:
        found: list[Usage] = []
        after: UsagePosition | None = None
        while page := await self._usage.page(tenant, date.min, None, after, PAGE):
            found += page
            after = position(page[-1])
        return found

    async def _user(self, scope: Scope) -> AsyncIterator[Page]:
        """Nothing of it leaves before all of it is read and nothing was written meanwhile."""
        for _ in range(ATTEMPTS):
            with SpooledTemporaryFile(SPOOLED_BYTES) as spool:
                records, before = 0, await self._as_of(scope)
                async for page in self._transfer.records(scope):
                    made = [line(entry) for entry in entries(scope, page)]
                    records += len(made)
                    await asyncio.to_thread(spool.writelines, made)
                if before != await self._as_of(scope):
                    continue
                await asyncio.to_thread(spool.seek, 0)
                while lines := b"".join(await asyncio.to_thread(spool.readlines, READ_BYTES)):
                    yield Page(lines, 0)
                yield Page(b"", records, users=1)
                return
        raise Unavailable(
            f"the memory of user {scope.user!r} of tenant {scope.tenant!r} changed each time it was read; "
            "export it when less is written to it"
        )

    async def _as_of(self, scope: Scope) -> object:
        """Differs after anything was written that an export has."""
        return await self._episodes.user(scope), await self._ledger.revision(scope), await self._operations.last(scope)

    async def _tenants(self, only: str | None) -> AsyncIterator[Tenant]:
        if only is not None:
            tenant = await self._accounts.tenant(only)
            if tenant is None:
                raise NotFound(f"no tenant {only!r}")
            yield tenant
            return
        after: str | None = None
        while tenants := await self._accounts.tenants(after, PAGE):
            for tenant in tenants:
                yield tenant
            after = tenants[-1].id

    async def _users(self, tenant: str) -> AsyncIterator[str]:
        after: str | None = None
        while users := await self._episodes.users(tenant, after, PAGE):
            for user in users:
                yield user.user_id
            after = users[-1].user_id


def _of_tenant(tenant: str, records: Sequence[OfTenant]) -> Page:
    made = [line(Entry(tenant, None, record)) for record in records]
    return Page(b"".join(made), len(made))
