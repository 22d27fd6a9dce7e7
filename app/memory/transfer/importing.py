"""Into the store: first everything is checked, the file and what is there already, then it is written user by user."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import groupby
from threading import Event

from app.domain.errors import Conflict, NotFound, Unavailable
from app.domain.guidance import GuidanceVersion
from app.domain.scope import Scope
from app.domain.usage import Usage
from app.memory.indexing import Indexing
from app.memory.transfer.checking import Contents, digest_of, parsed, surveyed
from app.memory.transfer.lines import Budget, Entry, OfTenant, entries, position
from app.ports.accounts import AccountStore, Key, Tenant
from app.ports.graph.episodes import EpisodeStore
from app.ports.graph.guidance import GuidanceStore
from app.ports.graph.transfer import Record, TransferStore
from app.ports.graph.usage import UsageStore

SHOWN = 5
MOST_OF_A_DAY = 10_000


@dataclass(frozen=True, slots=True)
class Plan:
    """What there is to do. `there`: users that are in the store just as in the file. `kept`: tenants that have others
    than the file's users or keys and so keep the name and time that they have."""

    contents: Contents
    there: frozenset[Scope]
    kept: frozenset[str]

    @property
    def indexed(self) -> int:
        """How many things will get vectors."""
        return sum(user.indexed for user in self.contents.users if user.scope not in self.there)


@dataclass(frozen=True, slots=True)
class Moved:
    """Counts of users and of their records. `there`: users that were there already. `postponed`: users who are
    stored, but whose vectors an engine was away for; the sweep of a running service makes them."""

    users: int = 0
    records: int = 0
    keys: int = 0
    there: int = 0
    postponed: int = 0


class Import:
    def __init__(
        self,
        *,
        accounts: AccountStore,
        guidance: GuidanceStore,
        usage: UsageStore,
        episodes: EpisodeStore,
        transfer: TransferStore,
        indexing: Indexing,
    ) -> None:
        self._accounts = accounts
        self._guidance = guidance
        self._usage = usage
        self._episodes = episodes
        self._transfer = transfer
        self._indexing = indexing

    async def check(self, lines: Iterable[bytes], tenant: str | None) -> Plan:
        """Reads all of it and writes nothing. `tenant`: the only one wanted. Raises Invalid naming the line that is
        wrong, NotFound for a tenant that is not in the file, Conflict for users and keys that are in the store with
        other content than in the file."""
        contents = await asyncio.to_thread(surveyed, lines)
        if tenant is not None:
            contents = _only(contents, tenant)
        differing: list[str] = []
        there: set[Scope] = set()
        for user in contents.users:
            digest = await self._digest(user.scope)
            if digest == user.digest:
                there.add(user.scope)
            elif digest is not None:
                differing.append(f"user {user.scope.user!r} of tenant {user.scope.tenant!r}")
        for key in contents.keys:
            known = await self._accounts.key_by_digest(key.digest)
            if known is not None and known != key:
                differing.append(f"key {key.id!r} of tenant {key.tenant!r}")
        if differing:
            more = f" and {len(differing) - SHOWN} more" if len(differing) > SHOWN else ""
            raise Conflict(
                f"already there, with other content than in the file: {', '.join(differing[:SHOWN])}{more}; "
                "nothing was imported"
            )
        kept = [one.id for one in contents.tenants if await self._inhabited(one, contents)]
        return Plan(contents, frozenset(there), frozenset(kept))

    async def carry_out(self, lines: Iterable[bytes], plan: Plan, indexed: Callable[[int], None]) -> Moved:
        """Write what is not there yet, in the order of the file, and make the vectors; `indexed` is told how many
        more have been made. `lines`: the same that were checked. A user is there when all of him is. After an
        interruption the same can be done again, and goes on with the user it was at."""
        moved = Moved()
        wanted = {tenant.id for tenant in plan.contents.tenants}
        owned = groupby(parsed(lines), key=lambda line: (line[1].tenant, line[1].scope))
        while (found := await asyncio.to_thread(next, owned, None)) is not None:
            (tenant, scope), group = found
            if tenant not in wanted:
                continue
            own = (entry for _, entry in group)
            if scope is None:
                moved = await self._account(own, plan, moved)
            elif scope in plan.there:
                moved = replace(moved, there=moved.there + 1)
            else:
                moved = await self._user(scope, own, moved)
            if scope is not None:
                moved = await self._index(scope, moved, indexed)
        return moved

    async def _user(self, scope: Scope, own: Iterator[Entry], moved: Moved) -> Moved:
        given_up, records = Event(), 0

        def arriving() -> Iterator[Record]:
            nonlocal records
            for entry in own:
                if given_up.is_set():
                    raise Unavailable("the import was given up")
                assert not isinstance(entry.record, OfTenant)
                yield entry.record
                records += 1

        try:
            await self._transfer.load(scope, arriving())
        finally:
            # should this call be cancelled, the store's thread stops at the next record and takes back the others
            given_up.set()
        return replace(moved, users=moved.users + 1, records=moved.records + records)

    async def _index(self, scope: Scope, moved: Moved, indexed: Callable[[int], None]) -> Moved:
        """Also of a user that was there, whose import may have been interrupted here."""
        try:
            indexed(await self._indexing.settle(scope))
        except Unavailable:
            return replace(moved, postponed=moved.postponed + 1)
        return moved

    async def _account(self, own: Iterator[Entry], plan: Plan, moved: Moved) -> Moved:
        for entry in own:
            match entry.record:
                case Tenant() | Budget() | GuidanceVersion() | Usage() if entry.tenant not in plan.kept:
                    await self._set(entry.tenant, entry.record)
                case Key(digest=digest) if await self._accounts.key_by_digest(digest) is None:
                    await self._accounts.add_key(entry.record)
                    moved = replace(moved, keys=moved.keys + 1)
        return moved

    async def _set(self, tenant: str, record: Tenant | Budget | GuidanceVersion | Usage) -> None:
        """A budget, versions of guidance and days of use that are there stay."""
        match record:
            case Tenant():
                await self._transfer.put_tenant(record)
            case Budget(tokens=tokens) if await self._usage.budget(tenant) is None:
                await self._usage.set_budget(tenant, tokens)
            case GuidanceVersion(number=number, guidance=guidance, at=at):
                if at is not None and number > (await self._guidance.current(tenant)).number:
                    await self._guidance.put(tenant, guidance, at)
            case Usage(day=day):
                known = await self._usage.page(tenant, day, day + timedelta(days=1), None, MOST_OF_A_DAY)
                if position(record) not in map(position, known):
                    await self._usage.add(tenant, record)

    async def _digest(self, scope: Scope) -> int | None:
        """As of a user in a file; None for one who is not there."""
        digest: int | None = None
        async for page in self._transfer.records(scope):
            digest = (digest or 0) + sum(digest_of(entry) for entry in entries(scope, page))
        return digest if digest is None else digest % 2**256

    async def _inhabited(self, tenant: Tenant, contents: Contents) -> bool:
        """Whether somebody or some key is in it whom the file does not bring."""
        if await self._accounts.tenant(tenant.id) is None:
            return False
        users = {user.scope.user for user in contents.users if user.scope.tenant == tenant.id}
        keys = {key.id for key in contents.keys if key.tenant == tenant.id}
        there = await self._episodes.users(tenant.id, None, len(users) + 1)
        issued = await self._accounts.keys(tenant.id, None, len(keys) + 1)
        return not ({user.user_id for user in there} <= users and {key.id for key in issued} <= keys)


def _only(contents: Contents, tenant: str) -> Contents:
    if not any(one.id == tenant for one in contents.tenants):
        raise NotFound(f"the file has no tenant {tenant!r}")
    return Contents(
        tuple(one for one in contents.tenants if one.id == tenant),
        tuple(key for key in contents.keys if key.tenant == tenant),
        tuple(user for user in contents.users if user.scope.tenant == tenant),
    )
