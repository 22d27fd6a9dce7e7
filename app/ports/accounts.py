"""Tenants and their keys."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class Right(StrEnum):
    READ = "read"
    WRITE = "write"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Tenant:
    id: str
    name: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Key:
    """`digest`: hex SHA-256 of the secret, which is never stored. `users`: None = all of the tenant's."""

    id: str
    tenant: str
    name: str
    digest: str
    rights: frozenset[Right]
    users: frozenset[str] | None
    created_at: datetime
    revoked_at: datetime | None = None


class AccountStore(Protocol):
    async def add_tenant(self, tenant: Tenant) -> None:
        """Raises Conflict when the id is taken."""
        ...

    async def tenant(self, id: str) -> Tenant | None: ...

    async def tenants(self, after: str | None, limit: int) -> list[Tenant]:
        """By id, ascending, beyond `after`."""
        ...

    async def add_key(self, key: Key) -> None:
        """Raises NotFound for an unknown tenant."""
        ...

    async def key_by_digest(self, digest: str) -> Key | None:
        """Revoked ones too; the caller decides."""
        ...

    async def keys(self, tenant: str, after: str | None, limit: int) -> list[Key]: ...

    async def revoke_key(self, tenant: str, id: str, at: datetime) -> Key:
        """Idempotent: the first time stands. Raises NotFound."""
        ...
