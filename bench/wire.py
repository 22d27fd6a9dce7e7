"""One kept-alive connection that costs next to nothing: an HTTP library takes up to 2 ms a request, and what is to be
measured is the service."""

from __future__ import annotations

import json
import socket
from time import perf_counter
from typing import Any, Self
from urllib.parse import urlsplit

SECONDS = 60.0
CHUNK = 65_536


class Wire:
    def __init__(self, url: str) -> None:
        place = urlsplit(url)
        self._host = place.netloc
        self._socket = socket.create_connection((place.hostname or "", place.port or 80), SECONDS)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def post(self, path: str, body: dict[str, Any]) -> float:
        """Milliseconds from the first byte sent to the last one received. Raises RuntimeError for a refusal."""
        content = json.dumps(body).encode()
        head = (
            f"POST {path} HTTP/1.1\r\nHost: {self._host}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(content)}\r\n\r\n"
        )
        request = head.encode() + content
        began = perf_counter()
        self._socket.sendall(request)
        told, reply = self._received()
        took = (perf_counter() - began) * 1_000
        if not 200 <= told < 300:
            raise RuntimeError(f"{path} was refused with {told}: {reply.decode(errors='replace')}")
        return took

    def _received(self) -> tuple[int, bytes]:
        """The status and the content."""
        came = b""
        while b"\r\n\r\n" not in came:
            came += self._more()
        head, _, content = came.partition(b"\r\n\r\n")
        first, *fields = head.decode("latin-1").split("\r\n")
        length = next(int(value) for name, _, value in (f.partition(":") for f in fields) if name == "content-length")
        while len(content) < length:
            content += self._more()
        return int(first.split()[1]), content

    def _more(self) -> bytes:
        if not (came := self._socket.recv(CHUNK)):
            raise ConnectionError("the server closed the connection")
        return came

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()
