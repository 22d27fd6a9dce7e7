"""Names in paths are opaque: an encoded slash is a character of the name, not a separator.

Servers decode a path before routing, and then `a%2Fb` cannot be told from `a/b`. So routing sees a path in which
each segment is decoded once, and the few characters that would confuse it are escaped; `plain` undoes that.
"""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

from starlette.types import ASGIApp, Receive, Scope, Send

_CONFUSING = re.compile(r"[%/\x00-\x1f\x7f]")
_ESCAPED = re.compile(r"%([0-9A-F]{2})")


class OpaqueSegments:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            raw: bytes | None = scope.get("raw_path")
            scope["path"] = routable(raw) if raw else scope["path"].replace("%", "%25")
        await self._app(scope, receive, send)


def routable(raw_path: bytes) -> str:
    """Bytes that are not UTF-8 become lone surrogates, which no name may have."""
    segments = raw_path.partition(b"?")[0].split(b"/")
    return "/".join(_escaped(unquote_to_bytes(segment).decode("utf-8", "surrogateescape")) for segment in segments)


def plain(segment: str) -> str:
    """A segment of a routable path as the caller meant it."""
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), segment)


def _escaped(text: str) -> str:
    return _CONFUSING.sub(lambda match: f"%{ord(match[0]):02X}", text)
