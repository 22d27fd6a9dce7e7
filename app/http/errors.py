"""What goes wrong, as problem details. One table says what status each domain error becomes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Literal, cast

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from app.domain.errors import (
    BadAnswer,
    Conflict,
    Forbidden,
    Invalid,
    LeaseLost,
    NotFound,
    PalimpsestError,
    ReadingFailed,
    TooLarge,
    Unauthenticated,
    Unavailable,
)
from app.http.schemas.problem import MEDIA_TYPE, FieldError, Problem

STATUS: Mapping[type[PalimpsestError], HTTPStatus] = {
    Invalid: HTTPStatus.UNPROCESSABLE_ENTITY,
    NotFound: HTTPStatus.NOT_FOUND,
    Conflict: HTTPStatus.CONFLICT,
    TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    Unauthenticated: HTTPStatus.UNAUTHORIZED,
    Forbidden: HTTPStatus.FORBIDDEN,
    LeaseLost: HTTPStatus.SERVICE_UNAVAILABLE,
    BadAnswer: HTTPStatus.BAD_GATEWAY,
    ReadingFailed: HTTPStatus.SERVICE_UNAVAILABLE,
    Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
}
"""By the nearest ancestor; an error that has none here is ours, hence 500."""

CODES = {
    HTTPStatus.BAD_REQUEST: "malformed_request",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "too_large",
}
"""For what the framework refuses before the product is asked; otherwise the phrase of the status."""

DETAILS = {
    HTTPStatus.NOT_FOUND: "there is no such path; the paths are listed at /docs",
    HTTPStatus.METHOD_NOT_ALLOWED: "this path does not take this method; see the Allow header",
}
"""In place of a bare phrase."""

LOCATIONS = ("body", "query", "path", "header")
MAX_ERRORS = 50
MAX_DETAIL = 1_000
RETRY_AFTER_SECONDS = 1

log = structlog.get_logger(__name__)


def install(app: FastAPI) -> None:
    for kind in (PalimpsestError, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, _handle)


def respond(error: Exception, **members: object) -> Response:
    """The reply for any exception. What is not expected is logged and says nothing of our inside. `members`: more
    that the problem is to have where it is the product's own."""
    match error:
        case PalimpsestError():
            return _domain(error, members)
        case RequestValidationError():
            return _validation(error.errors())
        case HTTPException():
            return _framework(error)
        case _:
            log.error("unhandled", exc_info=error)
            return _internal()


async def _handle(request: Request, error: Exception) -> Response:
    return respond(error)


def _domain(error: PalimpsestError, members: Mapping[str, object]) -> Response:
    status = next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), None)
    if status is None:
        log.error("unhandled", exc_info=error)
        return _internal()
    headers: dict[str, str] = {}
    if status is HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    if status is HTTPStatus.SERVICE_UNAVAILABLE and error.retryable:
        headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    more: dict[str, Any] = {**error.members, **members}
    return problem(status, error.code, str(error), retryable=error.retryable, headers=headers, **more)


def _framework(error: HTTPException) -> Response:
    status = HTTPStatus(error.status_code)
    code = CODES.get(status) or status.phrase.lower().replace(" ", "_")
    detail = DETAILS.get(status, error.detail) if error.detail == status.phrase else error.detail
    return problem(status, code, str(detail), headers=error.headers)


def _validation(errors: Sequence[Mapping[str, Any]]) -> Response:
    if any(error["type"] == "json_invalid" for error in errors):
        reason = errors[0].get("ctx", {}).get("error", "")
        return problem(HTTPStatus.BAD_REQUEST, "malformed_json", f"the body is not JSON: {reason}")
    if any(error["loc"] == ("body",) and isinstance(error.get("input"), bytes) for error in errors):
        detail = "the body was not read as JSON: send the header Content-Type: application/json"
        return problem(HTTPStatus.UNPROCESSABLE_ENTITY, "validation_failed", detail)
    shown = [_field_error(error) for error in errors[:MAX_ERRORS]]
    detail = "; ".join(f"{e.location}{e.pointer}: {e.detail}" for e in shown[:3])
    if len(errors) > 3:
        detail += f"; and {len(errors) - 3} more"
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, "validation_failed", detail, errors=shown)


def _field_error(error: Mapping[str, Any]) -> FieldError:
    """Never shows the value itself, which may be somebody's words."""
    first, *rest = error["loc"] or ("body",)
    location = first if first in LOCATIONS else "body"
    pointer = "".join("/" + str(part)[:100].replace("~", "~0").replace("/", "~1") for part in rest)
    return FieldError(
        location=cast(Literal["body", "query", "path", "header"], location),
        pointer=_printable(pointer),
        code=error["type"],
        detail=_printable(str(error["msg"])),
    )


def _internal() -> Response:
    return problem(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "internal",
        "something failed on our side; the log has it under the id in the X-Request-ID header",
    )


def problem(
    status: HTTPStatus,
    code: str,
    detail: str,
    *,
    retryable: bool = False,
    errors: Sequence[FieldError] = (),
    headers: Mapping[str, str] | None = None,
    **extensions: object,
) -> Response:
    """`extensions`: further members, JSON-able."""
    body = Problem(
        type=f"urn:palimpsest:problem:{code}",
        title=code.replace("_", " ").capitalize(),
        status=status.value,
        detail=_printable(detail)[:MAX_DETAIL],
        code=code,
        retryable=retryable,
        errors=list(errors),
    )
    content = json.dumps(body.model_dump() | extensions, ensure_ascii=False).encode()
    return Response(content, status.value, dict(headers or {}), media_type=MEDIA_TYPE)


def _printable(text: str) -> str:
    """Lone surrogates cannot be sent, and what a caller wrote may hold some."""
    return text.encode("utf-8", "replace").decode()
