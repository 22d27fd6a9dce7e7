"""RFC 9457 problem details, the one shape in which anything goes wrong."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

MEDIA_TYPE = "application/problem+json"


class FieldError(BaseModel):
    """One thing that is wrong with the request."""

    location: Literal["body", "query", "path", "header"] = Field(description="The part of the request.")
    pointer: str = Field(description="JSON Pointer (RFC 6901) into that part.", examples=["/episodes/0/occurred_at"])
    code: str = Field(description="Stable and machine-readable.", examples=["missing"])
    detail: str = Field(description="For a person.", examples=["Field required"])


class Problem(BaseModel):
    """What went wrong (RFC 9457)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "urn:palimpsest:problem:not_found",
                    "title": "Not found",
                    "status": 404,
                    "detail": "no episode 01J9ZK3V",
                    "code": "not_found",
                    "retryable": False,
                    "errors": [],
                }
            ]
        }
    )

    type: str = Field(description="A URI that names the kind of problem.")
    title: str = Field(description="The kind of problem, for a person; the same for every problem of the type.")
    status: int = Field(description="The HTTP status.", ge=400, le=599)
    detail: str = Field(description="What is wrong this time, and what to do next.")
    code: str = Field(description="Stable and machine-readable.")
    retryable: bool = Field(description="Whether the same request may succeed later.")
    errors: list[FieldError] = Field(default=[], description="Where the request did not validate.")


def problem_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For `responses=` of a route: these statuses answer with a Problem."""
    return {status: {"model": Problem, "description": DESCRIPTIONS[status]} for status in statuses}


DESCRIPTIONS = {
    400: "The request could not be read",
    401: "No valid key",
    403: "The key may not do this",
    404: "No such thing",
    405: "No such method here",
    409: "It contradicts what is stored",
    413: "Too large",
    422: "The request does not validate",
    503: "A part of the service is away",
}
