"""What surrounds every request: an id, a line in the log, metrics, a limit, and a reply whatever happens."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Mapping

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.http.errors import respond
from app.observe import PrometheusMeter

REQUEST_ID = "X-Request-ID"
UNMATCHED = "unmatched"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
SAFE_HEADERS: Mapping[str, str] = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}

_USABLE_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")

log = structlog.get_logger(__name__)


class Surround:
    """Outermost: gives the request an id, answers for what nobody else caught, counts and logs. The log line has
    the route, never the path, the query or the content, which are the users' own."""

    def __init__(self, app: ASGIApp, meter: PrometheusMeter) -> None:
        self._app = app
        self._meter = meter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get(REQUEST_ID, "")
        request_id = given if _USABLE_ID.fullmatch(given) else uuid.uuid4().hex
        started = time.perf_counter()
        status = 0

        async def send_marked(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers[REQUEST_ID] = request_id
                for name, value in SAFE_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self._app(scope, receive, send_marked)
            except Exception as error:
                if status:
                    raise
                await respond(error)(scope, receive, send_marked)
            finally:
                self._note(scope, status, time.perf_counter() - started)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        """`status` 0: the caller went away before there was a reply."""
        method = scope["method"] if scope["method"] in METHODS else "other"
        route: str = getattr(scope.get("route"), "path", UNMATCHED)
        self._meter.count("http_requests", method=method, route=route, status=str(status))
        self._meter.observe("http_request", seconds, method=method, route=route)
        log.info("request", method=method, route=route, status=status, ms=round(seconds * 1_000, 1))


class BodyLimit:
    """Refuses a body over `limit` bytes, by its declared length or, if it has none, as soon as it has come so far."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        declared = Headers(scope=scope).get("content-length", "")
        if declared.isdecimal() and int(declared) > self._limit:
            raise self._refusal()
        taken = 0

        async def receive_within() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > self._limit:
                raise self._refusal()
            return message

        await self._app(scope, receive_within, send)

    def _refusal(self) -> HTTPException:
        # not the domain's TooLarge: the framework lets only its own exceptions through while it reads a body
        return HTTPException(413, f"a request may have at most {self._limit} bytes; send it in parts")


class KnownHosts:
    """Refuses requests addressed to another host. A server that is open to its own machine must not be open to
    every web page that resolves its own name to that machine."""

    def __init__(self, app: ASGIApp, hosts: frozenset[str]) -> None:
        self._app = app
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and _host(Headers(scope=scope).get("host", "")) not in self._hosts:
            raise HTTPException(421, "this server does not answer to that host name")
        await self._app(scope, receive, send)


def _host(header: str) -> str:
    """Without the port; an IPv6 address without its brackets."""
    if header.startswith("["):
        return header[1:].partition("]")[0].lower()
    return header.rpartition(":")[0].lower() if ":" in header else header.lower()
