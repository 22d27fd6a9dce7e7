"""Tenants and keys on the wire."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from app.http.schemas.base import Input, Output, Page
from app.http.schemas.names import Name
from app.memory.access import IssuedKey
from app.ports.accounts import Key, Right, Tenant


class TenantIn(Input):
    id: Name
    name: Name | None = Field(None, description="For people; the id if there is none.")


class TenantOut(Output):
    id: str
    name: str
    created_at: datetime

    @classmethod
    def of(cls, tenant: Tenant) -> TenantOut:
        return cls(id=tenant.id, name=tenant.name, created_at=tenant.created_at)


class TenantPage(Page[TenantOut]):
    """Tenants by id, ascending."""


class KeyIn(Input):
    name: Name = Field(description="For people: what the key is for.")
    scopes: list[Right] = Field(min_length=1, max_length=len(Right))
    users: list[Name] | None = Field(None, min_length=1, max_length=1_000, description="Only these users; null: all.")


class KeyOut(Output):
    """A key, without its secret, which is not stored."""

    id: str
    tenant: str
    name: str
    scopes: list[Right]
    users: list[str] | None
    created_at: datetime
    revoked_at: datetime | None

    @classmethod
    def of(cls, key: Key) -> KeyOut:
        return cls.model_validate(_fields(key))


class KeyIssued(KeyOut):
    """A new key. This is the only time that its secret is shown."""

    key: str = Field(description="Send it as `Authorization: Bearer <key>`.")

    @classmethod
    def of_new(cls, issued: IssuedKey) -> KeyIssued:
        return cls.model_validate(_fields(issued.key) | {"key": issued.secret})


def _fields(key: Key) -> dict[str, object]:
    return {
        "id": key.id,
        "tenant": key.tenant,
        "name": key.name,
        "scopes": sorted(key.rights),
        "users": None if key.users is None else sorted(key.users),
        "created_at": key.created_at,
        "revoked_at": key.revoked_at,
    }


class KeyPage(Page[KeyOut]):
    """Keys of a tenant by id, ascending; revoked ones too."""
