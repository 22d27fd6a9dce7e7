"""A server and its workers as processes on Neo4j, Qdrant and Redis."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from subprocess import CompletedProcess

import pytest
import redis

from tests.engines import INSTALLATIONS
from tests.faults.test_stop import PROC, children
from tests.serving import Server, command, serving, wait_for, working

pytestmark = pytest.mark.server

Settings = dict[str, str]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def addresses(folder: Path) -> Settings:
    """Of stores that are not migrated."""
    found = INSTALLATIONS.at(folder, migrated=False)
    return {name.upper(): value for name, value in found.items() if name != "data_dir"}


@pytest.fixture(scope="module")
def told(addresses: Settings, folder: Path) -> dict[str, CompletedProcess[str]]:
    """What became of these commands, one after the other."""
    return {
        name: command(folder, *arguments, **addresses)
        for name, arguments in {
            "too early": ("serve", "--port", "0"),
            "dry run": ("migrate", "--dry-run"),
            "first": ("migrate",),
            "second": ("migrate",),
        }.items()
    }


@pytest.fixture(scope="module")
def migrated(addresses: Settings, told: object) -> Settings:
    return addresses


@pytest.fixture(scope="module")
def server(migrated: Settings, folder: Path) -> Iterator[Server]:
    with serving(folder, **migrated) as server:
        yield server


def post(server: Server, user: str, *contents: str) -> str:
    """The job's id."""
    told = [{"role": "user", "name": user.title(), "content": content} for content in contents]
    return server.post(f"/v1/users/{user}/episodes", {"session_id": "s1", "episodes": told})["job_id"]


def succeeds(server: Server, job: str) -> None:
    wait_for(lambda: server.get(f"/v1/jobs/{job}")["state"] == "succeeded")


def test_a_server_refuses_stores_that_are_not_migrated_and_names_the_command(
    told: dict[str, CompletedProcess[str]],
) -> None:
    refused = told["too early"]
    assert refused.returncode == 1
    assert "`palimpsest migrate`" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_migrate_tells_what_it_would_do_does_it_and_does_it_once(told: dict[str, CompletedProcess[str]]) -> None:
    assert [told[name].returncode for name in ("dry run", "first", "second")] == [0, 0, 0]
    stores = ("graph: 0001", "vectors: 0001")
    assert all(store in told["dry run"].stdout for store in (*stores, "to be applied"))
    assert all(store in told["first"].stdout for store in (*stores, "applied at"))
    assert all(line in told["second"].stdout for line in ("graph: up to date", "vectors: up to date", "queue: nothing"))


@pytest.mark.skipif(not PROC.exists(), reason="asks /proc for the processes")
def test_the_server_leaves_the_work_to_workers(server: Server, migrated: Settings, folder: Path) -> None:
    job = post(server, "ana", "I moved to Porto last week.")
    assert server.get(f"/v1/jobs/{job}")["state"] == "queued"
    with working(folder, "one", **migrated):
        succeeds(server, job)
    assert {fact["predicate"] for fact in server.pages("/v1/users/ana/facts")} == {"lives_in"}
    assert children(server.process.pid) == set(), "the parser is loaded in workers only"


def test_workers_come_and_go_and_redis_forgets_and_nothing_is_lost(
    server: Server, migrated: Settings, folder: Path
) -> None:
    users = [f"user-{number}" for number in range(8)]
    with working(folder, "one", **migrated) as one, working(folder, "two", **migrated) as two:
        first = [post(server, user, *(f"I visited Town {number}." for number in range(10))) for user in users]
        one.kill()
        with redis.Redis.from_url(migrated["QUEUE_URL"]) as queue:
            queue.flushdb()
        second = [post(server, user, "I work at Acme.", "I live in Oslo.") for user in users]
        for job in (*first, *second):
            succeeds(server, job)
        assert two.http.get("/health/ready").status_code == 200
        assert "palimpsest_episodes_processed_total" in two.http.get("/metrics").text
        assert two.http.get("/v1/users").status_code == 404
        assert two.stop() == 0
        assert "Traceback" not in two.log.read_text()
    for user in users:
        summary = server.get(f"/v1/users/{user}")
        assert (summary["episodes"], summary["pending"], summary["failed"]) == (12, 0, 0)
        jobs = server.pages(f"/v1/users/{user}/jobs")
        assert sum(job["outcome"]["episodes"] for job in jobs) == 12


def test_credentials_are_told_nowhere(server: Server, migrated: Settings, folder: Path) -> None:
    password = migrated["NEO4J_PASSWORD"]
    place = migrated["GRAPH_URL"].partition("://")[2]
    url = f"bolt://neo4j:{password}@{place}"
    settings = {**migrated, "GRAPH_URL": url, "NEO4J_USER": "", "NEO4J_PASSWORD": ""}
    with working(folder, "three", **settings) as worker:
        told = worker.http.get("/health/ready").text + worker.log.read_text() + server.logged()
    assert place in told
    assert password not in told


def test_vectors_are_rebuilt_while_the_service_runs(server: Server, migrated: Settings, folder: Path) -> None:
    finished = command(folder, "reindex", **migrated)
    assert finished.returncode == 0, finished
    assert "--finish" in finished.stdout
    post(server, "ana", "The spare key lies under the blue pot.")
    query = {"query": "Where is the spare key?", "kinds": ["episode"], "limit": 1}
    found = server.post("/v1/users/ana/search", query)["results"]
    assert [one["text"] for one in found] == ["The spare key lies under the blue pot."]
    assert command(folder, "reindex", "--finish", **migrated).returncode == 0
    assert server.post("/v1/users/ana/search", query)["results"] == found
