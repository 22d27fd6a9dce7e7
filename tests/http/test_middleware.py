"""What surrounds every request."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest
from prometheus_client import generate_latest
from structlog.testing import capture_logs

from app.observe import PrometheusMeter
from tests.http.rim import LIMIT, client, rim


async def test_a_request_keeps_the_id_that_it_came_with() -> None:
    async with client(rim(PrometheusMeter())) as http:
        reply = await http.get("/named/ana", headers={"X-Request-ID": "trace-17.a:b"})
    assert reply.headers["x-request-id"] == "trace-17.a:b"


@pytest.mark.parametrize("given", ["", "a b", "x" * 129, "a\tb", "<script>"])
async def test_an_unusable_id_is_replaced(given: str) -> None:
    async with client(rim(PrometheusMeter())) as http:
        first, second = [await http.get("/named/ana", headers={"X-Request-ID": given}) for _ in range(2)]
    assert first.headers["x-request-id"] not in ("", given, second.headers["x-request-id"])


async def test_refusals_carry_the_id_too() -> None:
    async with client(rim(PrometheusMeter(), failure=RuntimeError("x"))) as http:
        for path in ("/nothing", "/fails"):
            assert (await http.get(path, headers={"X-Request-ID": "one"})).headers["x-request-id"] == "one"


async def test_the_log_has_the_route_and_nothing_that_the_caller_said() -> None:
    with capture_logs() as lines:
        async with client(rim(PrometheusMeter())) as http:
            await http.get("/named/secret-user?q=secret-query")
            await http.post("/notes", json={"words": "secret words"})
            await http.post("/notes", json={"words": 1, "secret field": 2})
            await http.get("/secret-path")
    seen = [(line["method"], line["route"], line["status"]) for line in lines if line["event"] == "request"]
    assert seen == [
        ("GET", "/named/{name}", 200),
        ("POST", "/notes", 200),
        ("POST", "/notes", 422),
        ("GET", "unmatched", 404),
    ]
    assert "secret" not in str(lines)


async def test_metrics_count_by_route_not_by_path() -> None:
    meter = PrometheusMeter()
    async with client(rim(meter)) as http:
        for number in range(20):
            await http.get(f"/named/user-{number}")
            await http.get(f"/unknown-{number}")
            await http.request(f"VERB{number}", "/notes")
    text = generate_latest(meter.registry).decode()
    assert 'palimpsest_http_requests_total{method="GET",route="/named/{name}",status="200"} 20.0' in text
    assert 'palimpsest_http_requests_total{method="GET",route="unmatched",status="404"} 20.0' in text
    assert 'palimpsest_http_requests_total{method="other",route="/notes",status="405"} 20.0' in text
    assert 'palimpsest_http_request_seconds_count{method="GET",route="/named/{name}"} 20.0' in text
    assert "user-" not in text


async def test_a_body_over_the_limit_is_refused_by_its_length() -> None:
    async with client(rim(PrometheusMeter())) as http:
        reply = await http.post("/notes", json={"words": "x" * LIMIT})
    assert (reply.status_code, reply.json()["code"]) == (413, "too_large")


async def test_a_body_over_the_limit_is_refused_though_it_does_not_tell_its_length() -> None:
    taken = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal taken
        yield b'{"words": "'
        while taken < 1_000:
            taken += 1
            yield b"x" * 100

    async with client(rim(PrometheusMeter())) as http:
        reply = await http.post("/notes", content=endless(), headers={"Content-Type": "application/json"})
    assert (reply.status_code, reply.json()["code"]) == (413, "too_large")


async def test_a_body_at_the_limit_is_taken() -> None:
    words = "x" * (LIMIT - len('{"words":""}'))
    async with client(rim(PrometheusMeter())) as http:
        reply = await http.post(
            "/notes",
            content=json.dumps({"words": words}, separators=(",", ":")),
            headers={"Content-Type": "application/json"},
        )
    assert reply.json() == words


@pytest.mark.parametrize("host", ["localhost:8080", "LOCALHOST", "127.0.0.1", "[::1]:8080", "[::1]"])
async def test_a_server_answers_to_its_own_names(host: str) -> None:
    app = rim(PrometheusMeter(), hosts=frozenset({"localhost", "127.0.0.1", "::1"}))
    async with client(app) as http:
        assert (await http.get("/named/ana", headers={"Host": host})).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8080", "", "localhost.evil.example", "[::2]"])
async def test_a_web_page_that_points_its_name_at_us_is_refused(host: str) -> None:
    app = rim(PrometheusMeter(), hosts=frozenset({"localhost", "127.0.0.1", "::1"}))
    async with client(app) as http:
        assert (await http.get("/named/ana", headers={"Host": host})).status_code == 421


async def test_replies_are_not_to_be_kept_by_proxies() -> None:
    async with client(rim(PrometheusMeter())) as http:
        assert (await http.get("/named/ana")).headers["cache-control"] == "no-store"
