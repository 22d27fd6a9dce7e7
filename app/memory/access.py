"""Who may do what: keys, the tenant they belong to, and the rights they carry."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from app.domain.errors import Conflict, Forbidden, Invalid, NotFound, Unauthenticated
from app.domain.scope import Scope, checked_name
from app.domain.time import Clock
from app.ports.accounts import AccountStore, Key, Right, Tenant

DEFAULT_TENANT = "default"
ROOT_KEY_LENGTH = 32
EVERY_RIGHT = frozenset(Right)


@dataclass(frozen=True, slots=True)
class Principal:
    """Whoever calls: the tenant comes from here and from nowhere else. `root`: may administer all tenants."""

    tenant: str
    rights: frozenset[Right]
    users: frozenset[str] | None = None
    root: bool = False

    def scope(self, user_id: str, right: Right) -> Scope:
        """Raises Forbidden when the key lacks the right or is narrowed to other users, Invalid for a bad name."""
        self.require(right)
        scope = Scope(self.tenant, user_id)
        if self.users is not None and user_id not in self.users:
            raise Forbidden("this key is not for that user")
        return scope

    def require(self, right: Right) -> None:
        if right not in self.rights:
            raise Forbidden(f"this key lacks the scope {right.value!r}")

    def require_root(self) -> None:
        if not self.root:
            raise Forbidden("only the root key may administer tenants")


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """`secret` is shown once and never stored."""

    key: Key
    secret: str


def digest(secret: str) -> str:
    """Hex SHA-256: keys are random and long, so a slow password hash would add nothing but delay."""
    return hashlib.sha256(secret.encode()).hexdigest()


def check_root_key(root_key: str | None) -> None:
    """Raises Invalid for one that is too short to be one."""
    if root_key is not None and len(root_key) < ROOT_KEY_LENGTH:
        raise Invalid(f"ROOT_KEY must have at least {ROOT_KEY_LENGTH} characters; try: openssl rand -hex 32")


class Access:
    def __init__(
        self,
        *,
        accounts: AccountStore,
        root_key: str | None,
        open_access: bool,
        clock: Clock,
        new_id: Callable[[], str],
    ) -> None:
        """`open_access`: calls without a key act for the default tenant; only for loopback.
        Raises Invalid for a root key that is too short to be one."""
        check_root_key(root_key)
        self._accounts = accounts
        self._root_digest = digest(root_key) if root_key is not None else None
        self._open = open_access
        self._clock = clock
        self._new_id = new_id

    async def authenticate(self, secret: str | None) -> Principal:
        """Raises Unauthenticated."""
        if secret is None or not secret:
            if self._open:
                return Principal(DEFAULT_TENANT, EVERY_RIGHT, root=True)
            raise Unauthenticated("send a key: Authorization: Bearer <key>")
        given = digest(secret)
        if self._root_digest is not None and secrets.compare_digest(given, self._root_digest):
            return Principal(DEFAULT_TENANT, EVERY_RIGHT, root=True)
        key = await self._accounts.key_by_digest(given)
        if key is None or key.revoked_at is not None:
            raise Unauthenticated("this key is unknown or revoked")
        return Principal(key.tenant, key.rights, key.users)

    async def ensure_default_tenant(self) -> None:
        """The tenant of the root key and of open access is always there."""
        if await self._accounts.tenant(DEFAULT_TENANT) is None:
            with suppress(Conflict):
                await self.create_tenant(DEFAULT_TENANT, "Default")

    async def create_tenant(self, id: str, name: str) -> Tenant:
        tenant = Tenant(checked_name("tenant", id), name, self._clock())
        await self._accounts.add_tenant(tenant)
        return tenant

    async def tenants(self, after: str | None, limit: int) -> list[Tenant]:
        return await self._accounts.tenants(after, limit)

    async def issue_key(
        self, tenant: str, name: str, rights: frozenset[Right], users: frozenset[str] | None
    ) -> IssuedKey:
        """Raises NotFound for an unknown tenant."""
        if not rights:
            raise Invalid("a key needs at least one scope")
        if await self._accounts.tenant(tenant) is None:
            raise NotFound(f"no tenant {tenant}")
        for user in users or ():
            Scope(tenant, user)
        secret = "pk_" + secrets.token_urlsafe(32)
        now: datetime = self._clock()
        key = Key(self._new_id(), tenant, name, digest(secret), rights, users, now)
        await self._accounts.add_key(key)
        return IssuedKey(key, secret)

    async def keys(self, tenant: str, after: str | None, limit: int) -> list[Key]:
        """Raises NotFound for an unknown tenant."""
        if await self._accounts.tenant(tenant) is None:
            raise NotFound(f"no tenant {tenant}")
        return await self._accounts.keys(tenant, after, limit)

    async def revoke_key(self, tenant: str, id: str) -> Key:
        return await self._accounts.revoke_key(tenant, id, self._clock())
