"""Everything that goes wrong is told as problem details, and nothing of our inside with it."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx
import pytest

from app.domain import errors as domain
from app.domain.errors import PalimpsestError
from app.http.errors import STATUS, respond
from app.http.schemas.problem import Problem
from app.observe import PrometheusMeter
from tests.http.rim import client, rim


def descendants(kind: type[PalimpsestError]) -> Iterator[type[PalimpsestError]]:
    for child in kind.__subclasses__():
        yield child
        yield from descendants(child)


def problem(reply: httpx.Response, status: int) -> Problem:
    assert reply.status_code == status
    assert reply.headers["content-type"] == "application/problem+json"
    told = Problem.model_validate_json(reply.content)
    assert told.status == status
    assert told.type.endswith(told.code)
    return told


@pytest.mark.parametrize("kind", sorted(descendants(PalimpsestError), key=lambda kind: kind.__name__))
def test_every_domain_error_has_its_place_in_the_table(kind: type[PalimpsestError]) -> None:
    assert any(ancestor in STATUS for ancestor in kind.__mro__)
    reply = respond(kind("what is wrong"))
    told = json.loads(reply.body)
    assert (told["code"], told["detail"], told["retryable"]) == (kind.code, "what is wrong", kind.retryable)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (domain.Invalid("x"), 422),
        (domain.InvalidCursor("x"), 422),
        (domain.NotFound("x"), 404),
        (domain.ClientIdConflict("x"), 409),
        (domain.TooLarge("x"), 413),
        (domain.Unauthenticated("x"), 401),
        (domain.Forbidden("x"), 403),
        (domain.Unavailable("x"), 503),
    ],
)
async def test_a_domain_error_raised_by_a_route_becomes_its_status(error: PalimpsestError, status: int) -> None:
    async with client(rim(PrometheusMeter(), failure=error)) as http:
        assert problem(await http.get("/fails"), status).code == error.code


async def test_a_refused_key_says_what_kind_of_key_is_wanted() -> None:
    async with client(rim(PrometheusMeter(), failure=domain.Unauthenticated("x"))) as http:
        assert (await http.get("/fails")).headers["www-authenticate"] == "Bearer"


async def test_an_engine_that_is_away_says_when_to_come_again() -> None:
    async with client(rim(PrometheusMeter(), failure=domain.Unavailable("x"))) as http:
        reply = await http.get("/fails")
    assert problem(reply, 503).retryable
    assert int(reply.headers["retry-after"]) > 0


async def test_what_nobody_expected_is_a_500_that_tells_nothing() -> None:
    failure = RuntimeError("SELECT secret FROM people WHERE name = 'Ana'")
    async with client(rim(PrometheusMeter(), failure=failure)) as http:
        reply = await http.get("/fails")
    problem(reply, 500)
    assert "SELECT" not in reply.text
    assert "RuntimeError" not in reply.text
    assert reply.headers["x-request-id"]


async def test_unknown_routes_and_methods() -> None:
    async with client(rim(PrometheusMeter())) as http:
        assert problem(await http.get("/nothing"), 404).code == "not_found"
        wrong_method = await http.put("/notes", json={})
        assert problem(wrong_method, 405).code == "method_not_allowed"
        assert wrong_method.headers["allow"] == "POST"


async def test_a_trailing_slash_is_another_path_not_a_redirect() -> None:
    async with client(rim(PrometheusMeter())) as http:
        problem(await http.get("/named/ana/"), 404)


@pytest.mark.parametrize(
    "body", [b"{nope", b"", b"\xff\xfe", b"[" * 100_000, b'{"words": ' + b"9" * 5_000 + b"}", b"null", b"[]"]
)
async def test_what_is_not_the_json_that_is_wanted(body: bytes) -> None:
    async with client(rim(PrometheusMeter())) as http:
        reply = await http.post("/notes", content=body[:900], headers={"Content-Type": "application/json"})
    assert reply.status_code in (400, 422)
    problem(reply, reply.status_code)


async def test_a_body_that_does_not_validate_is_pointed_at_but_not_repeated() -> None:
    async with client(rim(PrometheusMeter())) as http:
        reply = await http.post("/notes", json={"words": 5, "colour": "red", "number": "my secret"})
    told = problem(reply, 422)
    assert {(error.location, error.pointer, error.code) for error in told.errors} == {
        ("body", "/words", "string_type"),
        ("body", "/colour", "extra_forbidden"),
        ("body", "/number", "int_parsing"),
    }
    assert "my secret" not in reply.text
    assert "red" not in told.detail


async def test_a_field_may_be_called_anything() -> None:
    async with client(rim(PrometheusMeter())) as http:
        headers = {"Content-Type": "application/json"}
        reply = await http.post("/notes", content=b'{"words": "x", "a/b~\\ud800": 1}', headers=headers)
    problem(reply, 422)


async def test_lone_surrogates_are_refused() -> None:
    async with client(rim(PrometheusMeter())) as http:
        headers = {"Content-Type": "application/json"}
        problem(await http.post("/notes", content=b'{"words": "\\ud800"}', headers=headers), 422)
