"""Every route under /v1 says who may call it, and says it in its types."""

from __future__ import annotations

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from app.http import auth
from app.http.routes import ROUTERS

OPEN = {"/", "/health/live", "/health/ready", "/metrics"}
READS = {auth.reading, auth.reader}
WRITES = {auth.writing, auth.writer}
GATES = READS | WRITES | {auth.administrator}

ROUTES = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
READING_POSTS = {"/v1/users/{user_id}/search", "/v1/users/{user_id}/context"}


def gates(dependant: Dependant) -> set[object]:
    found = {dependant.call} & GATES
    return found.union(*(gates(inner) for inner in dependant.dependencies))


def named(route: APIRoute) -> str:
    return f"{min(route.methods)} {route.path}"


@pytest.mark.parametrize("route", ROUTES, ids=named)
def test_a_route_is_either_known_to_be_open_or_has_one_gate(route: APIRoute) -> None:
    assert len(gates(route.dependant)) == (0 if route.path in OPEN else 1)
    assert route.path in OPEN or route.path.startswith(auth.GUARDED + "/")


@pytest.mark.parametrize("route", [route for route in ROUTES if "{user_id}" in route.path], ids=named)
def test_a_route_of_a_user_goes_through_the_scope_of_that_user(route: APIRoute) -> None:
    assert gates(route.dependant) <= {auth.reading, auth.writing}


@pytest.mark.parametrize("route", [route for route in ROUTES if route.path not in OPEN], ids=named)
def test_what_changes_something_wants_more_than_the_right_to_read(route: APIRoute) -> None:
    changes = route.methods != {"GET"} and route.path not in READING_POSTS
    assert bool(gates(route.dependant) & READS) != changes or gates(route.dependant) == {auth.administrator}


@pytest.mark.parametrize("route", [route for route in ROUTES if route.path.startswith("/v1/admin")], ids=named)
def test_administration_is_for_the_root_key(route: APIRoute) -> None:
    assert gates(route.dependant) == {auth.administrator}
