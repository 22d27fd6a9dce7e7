"""An app with our surroundings and nothing of the product, to see what the rim does by itself."""

from __future__ import annotations

import httpx
from fastapi import FastAPI
from starlette.middleware import Middleware

from app.http import errors
from app.http.middleware import BodyLimit, KnownHosts, Surround
from app.http.paths import OpaqueSegments
from app.http.schemas.base import Input
from app.http.schemas.names import PathName, Text
from app.observe import PrometheusMeter

LIMIT = 1_000


class Note(Input):
    words: Text
    number: int = 0


def rim(meter: PrometheusMeter, *, hosts: frozenset[str] | None = None, failure: Exception | None = None) -> FastAPI:
    surrounding = [Middleware(Surround, meter=meter)]
    if hosts is not None:
        surrounding.append(Middleware(KnownHosts, hosts=hosts))
    surrounding += [Middleware(OpaqueSegments), Middleware(BodyLimit, limit=LIMIT)]
    app = FastAPI(middleware=surrounding, redirect_slashes=False)
    errors.install(app)

    @app.get("/fails")
    async def fails() -> None:
        assert failure is not None
        raise failure

    @app.post("/notes")
    async def take(note: Note) -> str:
        return note.words

    @app.get("/named/{name}")
    async def named(name: PathName) -> str:
        return name

    @app.get("/named/{name}/rooms/{room}")
    async def rooms(name: PathName, room: PathName) -> list[str]:
        return [name, room]

    return app


def client(app: FastAPI) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://localhost:8080")
