"""Every statement that the adapter runs finds what it looks for by an index."""

from __future__ import annotations

import pkgutil
import re
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
from neo4j import Driver, GraphDatabase

from app.adapters.graph import neo4j as package
from app.adapters.graph.neo4j.connection import Query
from app.adapters.graph.neo4j.store import Neo4jGraph
from app.domain.scope import Scope
from tests.contracts.graph.isolation import STEPS, perform
from tests.servers.neo4j import Neo4jServer

WALKED = {"lanes.waiting": "user_waiting"}
"""Lanes with work to do: there are no others in that index."""
IN_ORDER = {
    "accounts.keys",
    "accounts.tenants",
    "entities.listed",
    "episodes.all",
    "episodes.page",
    "episodes.pending",
    "guidance.versions",
    "history.outdated",
    "identities.beginning",
    "identities.doubts",
    "identities.with_word",
    "jobs.first_page",
    "jobs.first_page_in",
    "jobs.page",
    "jobs.page_in",
    "operations.cores",
    "operations.last_operation",
    "operations.last_outcome",
    "operations.page",
    "outbox.due",
    "outbox.due_of",
    "usage.page",
    "users.summaries",
}
"""Pages that come as the index gives them, so that a page costs no more than itself."""

_SORTS = {"Sort", "PartialSort", "Top", "PartialTop", "Top1WithTies", "PartialTop1WithTies"}
_PARAMETER = re.compile(r"\$(\w+)")


def modules() -> list[Any]:
    return [import_module(f"{package.__name__}.{found.name}") for found in pkgutil.iter_modules(package.__path__)]


def registered() -> list[Query]:
    return [query for module in modules() for query in getattr(module, "QUERIES", ())]


def plan(driver: Driver, query: Query) -> dict[str, Any]:
    parameters: dict[str, Any] = dict.fromkeys(_PARAMETER.findall(query.text))
    found = driver.execute_query(f"EXPLAIN {query.text}", parameters).summary  # type: ignore[arg-type]
    assert (found.query_type != "r") == query.writes, query.name
    assert found.plan is not None
    return found.plan


def operators(plan: dict[str, Any]) -> Iterator[tuple[str, str]]:
    yield plan["operatorType"].partition("@")[0], str(plan["args"].get("Details", ""))
    for child in plan.get("children", ()):
        yield from operators(child)


def scans(driver: Driver) -> dict[str, str]:
    return {
        query.name: details
        for query in registered()
        for operator, details in operators(plan(driver, query))
        if "Scan" in operator and query.name not in WALKED
    }


@pytest.fixture
def driver(database: Neo4jServer) -> Iterator[Driver]:
    with GraphDatabase.driver(database.url, auth=(database.user, database.password)) as driver:
        yield driver


def test_every_statement_is_registered_by_a_name_of_its_own() -> None:
    queries = registered()
    assert len({query.name for query in queries}) == len(queries) > 90
    for module in modules():
        values = [
            one for found in vars(module).values() for one in (found.values() if type(found) is dict else [found])
        ]
        for query in values:
            if isinstance(query, Query):
                assert query in queries, f"{query.name} is not among the QUERIES of its module"


def test_no_statement_scans_while_there_is_nothing(driver: Driver) -> None:
    assert scans(driver) == {}


async def test_no_statement_scans_when_there_is_something(driver: Driver, graph: Neo4jGraph) -> None:
    for user in range(3):
        for step in STEPS:
            await perform(graph, Scope("acme", f"user-{user}"), step)
    driver.execute_query("CALL db.prepareForReplanning()")
    assert scans(driver) == {}


def test_who_waits_is_found_among_those_who_wait(driver: Driver) -> None:
    (query,) = (query for query in registered() if query.name in WALKED)
    walked = [details for operator, details in operators(plan(driver, query)) if "Scan" in operator]
    assert len(walked) == 1
    assert "User(pending_since)" in walked[0]


def test_pages_come_in_order_without_sorting(driver: Driver) -> None:
    paged = {query.name: query for query in registered() if query.name in IN_ORDER}
    assert paged.keys() == IN_ORDER
    sorted_ones = {
        name for name, query in paged.items() for operator, _ in operators(plan(driver, query)) if operator in _SORTS
    }
    assert not sorted_ones


def test_what_is_around_a_place_is_stepped_to(driver: Driver) -> None:
    stepping = [query for query in registered() if query.name in ("vicinity.vicinities", "vicinity.fences")]
    assert len(stepping) == 2
    for query in stepping:
        found = [operator for operator, _ in operators(plan(driver, query))]
        assert "Limit" in found
        assert not {"Top", "PartialTop", "Top1WithTies"} & set(found)
