"""Calls to Qdrant: each has its time, is tried again where that may help, is measured, and fails as Unavailable."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol, Self, TypeVar
from urllib.parse import parse_qs, urlsplit, urlunsplit

import grpc
from httpx import HTTPError
from qdrant_client import AsyncQdrantClient
from qdrant_client.common.client_exceptions import ResourceExhaustedResponse
from qdrant_client.http.exceptions import ResponseHandlingException, UnexpectedResponse

from app.domain.errors import Invalid, StoreInUse, Unavailable
from app.ports.metrics import Meter

READ_SECONDS = 5.0
WRITE_SECONDS = 30.0
SCHEMA_SECONDS = 120
CHECK_SECONDS = 0.9
TRIES = 3
PAUSE_SECONDS = 0.1
HTTP_PORT = 6333
GRPC_PORT = 6334
_UNKNOWN = "VECTORS_URL is not known; use http(s)://host:6333, if need be with ?grpc_port=, or local:///folder"

_RETRIED = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.RESOURCE_EXHAUSTED, grpc.StatusCode.ABORTED)
"""What took too long is not: whoever waits has waited enough, and the server has enough to do."""
_CHANNEL: Mapping[str, int] = {
    # the default lets a server that is back wait for up to two minutes
    "grpc.initial_reconnect_backoff_ms": 200,
    "grpc.max_reconnect_backoff_ms": 2_000,
    # a connection whose other end vanished is noticed and made anew
    "grpc.keepalive_time_ms": 30_000,
    "grpc.keepalive_timeout_ms": 5_000,
}

T = TypeVar("T")
Operation = Callable[[AsyncQdrantClient], Awaitable[T]]


class CollectionMissing(Unavailable):
    """The collection asked is not there; perhaps another has taken its place."""


class _Runner(Protocol):
    """How an operation is carried out."""

    async def run(self, operation: Operation[T]) -> T: ...

    async def close(self) -> None: ...


class Calls:
    """Every operation is safe to repeat. `embedded`: the client's own engine answers, which knows no indexes and no
    search parameters."""

    def __init__(self, runner: _Runner, place: str, meter: Meter, *, embedded: bool) -> None:
        self._runner = runner
        self._place = place
        self._meter = meter
        self._closed = False
        self.embedded = embedded

    @classmethod
    async def connect(cls, url: str, *, api_key: str | None, meter: Meter) -> Self:
        """`http(s)://host:6333`, with `?grpc_port=` where it is not 6334, 0 for none; or `local:///folder`, relative,
        `local:////folder` absolute. Does not ask the server yet. Raises Invalid, StoreInUse."""
        parts = urlsplit(url)
        if parts.scheme == "local":
            folder = parts.path.removeprefix("/")
            if parts.netloc or not folder:
                raise Invalid("VECTORS_URL=local:///folder needs a folder and no host")
            return cls(await _Thread.open(folder), f"the folder {folder}", meter, embedded=True)
        options = parse_qs(parts.query)
        grpc_port = options.pop("grpc_port", [str(GRPC_PORT)])[-1]
        if parts.scheme not in ("http", "https") or not parts.hostname or options or not grpc_port.isdecimal():
            raise Invalid(_UNKNOWN)
        if parts.username or parts.password:
            raise Invalid("VECTORS_URL holds credentials; give the key as QDRANT_API_KEY")
        try:
            port = parts.port or (443 if parts.scheme == "https" else HTTP_PORT)
        except ValueError as error:
            raise Invalid(_UNKNOWN) from error
        client = AsyncQdrantClient(
            url=urlunsplit((parts.scheme, parts.netloc, parts.path, "", "")),
            port=port,
            grpc_port=int(grpc_port),
            prefer_grpc=grpc_port != "0",
            api_key=api_key,
            timeout=SCHEMA_SECONDS,
            grpc_options=dict(_CHANNEL),
            # it would only warn, and from a thread of its own; the version is looked at when the store opens
            check_compatibility=False,
        )
        return cls(_Direct(client), f"{parts.scheme}://{parts.hostname}", meter, embedded=False)

    async def read(self, name: str, operation: Operation[T], seconds: float = READ_SECONDS) -> T:
        return await self._call(name, operation, seconds, TRIES)

    async def write(self, name: str, operation: Operation[T]) -> T:
        return await self._call(name, operation, WRITE_SECONDS, TRIES)

    async def arrange(self, name: str, operation: Operation[T]) -> T:
        """For collections, indexes and aliases, on which a cluster has to agree."""
        return await self._call(name, operation, SCHEMA_SECONDS, TRIES)

    async def probe(self, name: str, operation: Operation[T]) -> T:
        """Once, and soon."""
        return await self._call(name, operation, CHECK_SECONDS, 1)

    async def _call(self, name: str, operation: Operation[T], seconds: float, tries: int) -> T:
        for left in reversed(range(tries)):
            if self._closed:
                raise Unavailable("the vector store is closed")
            try:
                with self._meter.timed("qdrant_call", call=name):
                    async with asyncio.timeout(seconds):
                        return await self._runner.run(operation)
            except Exception as error:
                failure, again = self._understood(error, seconds)
                self._meter.count("qdrant_failures", call=name)
                if not (again and left):
                    raise failure from error
                pause = PAUSE_SECONDS * 4 ** (tries - left - 1)
                await asyncio.sleep(pause * random.uniform(0.5, 1.5))
        raise AssertionError("unreachable")

    def _understood(self, error: Exception, seconds: float) -> tuple[Exception, bool]:
        """What to raise, and whether trying again may help."""
        match error:
            case Unavailable():
                return error, False
            case TimeoutError():
                return Unavailable(f"Qdrant at {self._place} did not answer within {seconds:g} s"), False
            case grpc.aio.AioRpcError():
                return self._refused(error.code(), error.details() or ""), error.code() in _RETRIED
            case UnexpectedResponse():
                status = error.status_code or 500
                return self._refused(_code(status), str(error)), status == 429 or status >= 500
            case ResourceExhaustedResponse() | ResponseHandlingException() | HTTPError() | OSError():
                return self._refused(grpc.StatusCode.UNAVAILABLE, str(error) or type(error).__name__), True
            case ValueError() | RuntimeError() if self.embedded:
                missing = str(error).startswith("Collection ") and str(error).endswith(" not found")
                return (CollectionMissing if missing else Unavailable)(f"the vector store failed: {error}"), False
        return error, False

    def _refused(self, code: grpc.StatusCode, details: str) -> Unavailable:
        match code:
            case grpc.StatusCode.UNAUTHENTICATED | grpc.StatusCode.PERMISSION_DENIED:
                return Unavailable(f"Qdrant at {self._place} refuses the key: set QDRANT_API_KEY to one that may write")
            case grpc.StatusCode.NOT_FOUND:
                return CollectionMissing(f"Qdrant at {self._place} lacks a collection: {details}")
            case grpc.StatusCode.UNAVAILABLE:
                return Unavailable(f"Qdrant at {self._place} cannot be reached, see VECTORS_URL: {details}")
        return Unavailable(f"Qdrant at {self._place} failed: {details or code.name}")

    async def close(self) -> None:
        """Idempotent."""
        if not self._closed:
            self._closed = True
            await self._runner.close()


class _Direct:
    def __init__(self, client: AsyncQdrantClient) -> None:
        self._client = client

    async def run(self, operation: Operation[T]) -> T:
        return await operation(self._client)

    async def close(self) -> None:
        await self._client.close()


class _Thread:
    """The client's local mode awaits nothing while it works, so it has a thread and a loop of its own."""

    def __init__(self, thread: ThreadPoolExecutor, loop: asyncio.AbstractEventLoop, client: AsyncQdrantClient) -> None:
        self._thread = thread
        self._loop = loop
        self._client = client

    @classmethod
    async def open(cls, folder: str) -> Self:
        thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="qdrant")
        own = asyncio.new_event_loop()
        try:
            client = await asyncio.get_running_loop().run_in_executor(thread, _local_client, folder)
        except BaseException:
            own.close()
            thread.shutdown(wait=False)
            raise
        return cls(thread, own, client)

    async def run(self, operation: Operation[T]) -> T:
        async def performed() -> T:
            return await operation(self._client)

        return await asyncio.get_running_loop().run_in_executor(
            self._thread, lambda: self._loop.run_until_complete(performed())
        )

    async def close(self) -> None:
        def shut() -> None:
            self._loop.run_until_complete(self._client.close())
            self._loop.close()

        try:
            await asyncio.get_running_loop().run_in_executor(self._thread, shut)
        finally:
            self._thread.shutdown(wait=False)


def _local_client(folder: str) -> AsyncQdrantClient:
    try:
        return AsyncQdrantClient(path=folder)
    except RuntimeError as error:
        raise StoreInUse(
            f"the vectors in {folder} are in use by another process: stop it, or give this one another VECTORS_URL"
        ) from error


def _code(status: int) -> grpc.StatusCode:
    known: dict[int, Any] = {
        401: grpc.StatusCode.UNAUTHENTICATED,
        403: grpc.StatusCode.PERMISSION_DENIED,
        404: grpc.StatusCode.NOT_FOUND,
        503: grpc.StatusCode.UNAVAILABLE,
    }
    code: grpc.StatusCode = known.get(status, grpc.StatusCode.UNKNOWN)
    return code
