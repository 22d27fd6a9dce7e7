"""Who calls, and what a route lets them do. Every route under /v1 declares one of the types at the end.

The caller is authenticated before the body is read, so that only those with a key can make us read one.
"""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Send
from starlette.types import Scope as Connection

from app.domain.errors import Unauthenticated
from app.domain.scope import Scope
from app.http.schemas.names import PathName
from app.memory.access import Access, Principal
from app.ports.accounts import Right

GUARDED = "/v1"

bearer = HTTPBearer(
    auto_error=False,
    scheme_name="Key",
    description="A key of the tenant. A server on a loopback address without any key configured needs none.",
)


class Authentication:
    """Resolves the key of every call under /v1. Raises Unauthenticated."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app = app
        self._access = access

    async def __call__(self, scope: Connection, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and _guarded(scope):
            secret = _secret(Headers(scope=scope).get("authorization"))
            scope.setdefault("state", {})["principal"] = await self._access.authenticate(secret)
        await self._app(scope, receive, send)


def _guarded(scope: Connection) -> bool:
    path: str = scope["path"].removeprefix(scope.get("root_path", ""))
    return path == GUARDED or path.startswith(GUARDED + "/")


def _secret(header: str | None) -> str | None:
    if header is None:
        return None
    scheme, _, secret = header.strip().partition(" ")
    if scheme.lower() != "bearer" or not secret.strip():
        raise Unauthenticated("send a key as: Authorization: Bearer <key>")
    return secret.strip()


async def principal(
    request: Request, _: Annotated[HTTPAuthorizationCredentials | None, Security(bearer)] = None
) -> Principal:
    return cast(Principal, request.state.principal)


Caller = Annotated[Principal, Depends(principal)]


async def reader(caller: Caller) -> Principal:
    caller.require(Right.READ)
    return caller


async def writer(caller: Caller) -> Principal:
    caller.require(Right.WRITE)
    return caller


async def administrator(caller: Caller) -> Principal:
    caller.require(Right.ADMIN)
    caller.require_root()
    return caller


async def reading(caller: Caller, user_id: PathName) -> Scope:
    return caller.scope(user_id, Right.READ)


async def writing(caller: Caller, user_id: PathName) -> Scope:
    return caller.scope(user_id, Right.WRITE)


Reading = Annotated[Scope, Depends(reading)]
"""Reads the memory of the user in the path."""

Writing = Annotated[Scope, Depends(writing)]
"""Changes the memory of the user in the path."""

Reader = Annotated[Principal, Depends(reader)]
"""Reads across the users that the key may see."""

Writer = Annotated[Principal, Depends(writer)]
"""Changes something across the users that the key may see."""

Admin = Annotated[Principal, Depends(administrator)]
"""Administers tenants and keys."""
