"""The compose file starts the whole service in order, and opens one port."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.architecture.tree import ROOT
from tests.deploy.files import SETTINGS, pinned, read, text

FILE = read(ROOT / "docker-compose.yml")
SERVICES: dict[str, dict[str, Any]] = FILE["services"]
OURS = {"api", "worker", "migrate"}
STORES = {"neo4j", "qdrant", "redis"}
SECRET = ("ROOT_KEY", "NEO4J_PASSWORD", "QDRANT_API_KEY", "REDIS_PASSWORD")


def test_all_parts_are_there_and_two_workers() -> None:
    assert set(SERVICES) == OURS | STORES
    assert SERVICES["worker"]["deploy"]["replicas"] == 2


@pytest.mark.parametrize("name", sorted(STORES))
def test_a_store_is_pinned_to_one_release(name: str) -> None:
    assert pinned(SERVICES[name]["image"])


def test_the_versions_are_those_that_are_supported() -> None:
    images = {name: SERVICES[name]["image"] for name in STORES}
    assert re.match(r"neo4j:5\.26\.\d+-community$", images["neo4j"])
    assert re.match(r"qdrant/qdrant:v1\.17\.\d+$", images["qdrant"])
    assert re.match(r"redis:7\.\d+\.\d+", images["redis"])


def test_one_image_for_everything_of_ours() -> None:
    assert len({SERVICES[name]["image"] for name in OURS}) == 1
    assert [name for name in OURS if "build" in SERVICES[name]] == ["api"]
    assert {name: SERVICES[name]["command"] for name in OURS} == {
        "api": ["serve"],
        "worker": ["worker"],
        "migrate": ["migrate"],
    }


@pytest.mark.parametrize("name", sorted(set(SERVICES) - {"migrate"}))
def test_whoever_stays_says_whether_they_are_well(name: str) -> None:
    check = SERVICES[name]["healthcheck"]
    assert check["test"][0] in ("CMD", "CMD-SHELL")
    assert {"interval", "timeout", "retries"} <= set(check)
    assert SERVICES[name]["restart"] == "unless-stopped"


def test_migrations_end_before_anybody_starts() -> None:
    assert SERVICES["migrate"]["restart"] == "no"
    assert {store: need["condition"] for store, need in SERVICES["migrate"]["depends_on"].items()} == {
        "neo4j": "service_healthy",
        "qdrant": "service_healthy",
    }
    for name in ("api", "worker"):
        assert SERVICES[name]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"


def test_only_the_api_has_a_port_and_it_is_this_machines_own() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["api"]
    (port,) = SERVICES["api"]["ports"]
    assert port.startswith("${API_ADDRESS:-127.0.0.1}:")


def test_the_stores_have_no_way_out() -> None:
    assert FILE["networks"]["stores"]["internal"] is True
    assert all(SERVICES[store]["networks"] == ["stores"] for store in STORES)


@pytest.mark.parametrize("name", sorted(OURS))
def test_what_is_ours_runs_without_rights(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_nobody_takes_all_the_memory(name: str) -> None:
    assert re.fullmatch(r"\$\{[A-Z0-9_]+_MEMORY:-\d+[mg]\}", SERVICES[name]["mem_limit"])


@pytest.mark.parametrize("name", sorted(OURS))
def test_what_is_set_are_settings(name: str) -> None:
    assert set(SERVICES[name]["environment"]) <= SETTINGS


def test_redis_writes_its_log_and_refuses_rather_than_drops() -> None:
    command = " ".join(SERVICES["redis"]["command"])
    assert "--appendonly yes" in command
    assert "--maxmemory-policy noeviction" in command


def test_every_store_keeps_its_data_on_a_volume() -> None:
    mounted = {entry.partition(":")[0] for store in STORES for entry in SERVICES[store]["volumes"]}
    assert mounted == set(FILE["volumes"])


@pytest.mark.parametrize("name", SECRET)
def test_without_a_password_nothing_starts(name: str) -> None:
    uses = re.findall(rf"\$\{{{name}[^}}]*\}}", text("docker-compose.yml"))
    assert uses
    assert all(use.startswith(f"${{{name}:?") for use in uses)
    assert re.search(rf"(?m)^{name}=$", text(".env.example")), "committed without a value"


def test_the_example_names_every_variable_there_is() -> None:
    used = set(re.findall(r"(?<!\$)\$\{([A-Z0-9_]+)", text("docker-compose.yml")))
    passed_on = {name for name, value in SERVICES["api"]["environment"].items() if value is None}
    named = set(re.findall(r"(?m)^#?([A-Z0-9_]+)=", text(".env.example")))
    assert used | passed_on == named
