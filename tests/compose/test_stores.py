"""Which stores the URLs name, and that nothing else is told of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from app.compose.stores import check_addresses, described, edge_folder, sqlite_path, without_secrets
from app.domain.errors import Invalid
from app.settings import Settings


def chosen(**given: Any) -> Settings:
    return Settings(_env_file=None, **given)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("bolt://neo4j:hush@db.example:7687", "bolt://db.example:7687"),
        ("redis://:hush@redis:6379/0?health_check_interval=5", "redis://redis:6379/0"),
        ("redis+sentinel://u:hush@a:26379,b:26379/main/0", "redis+sentinel://a:26379,b:26379/main/0"),
        ("redis://redis/0?password=hush", "redis://redis/0"),
        ("redis://redis/0?password=hu@sh", "redis://…"),
        ("redis://:hu/sh@redis/0", "redis://redis/0"),
        ("redis://:hu?sh@redis/0", "redis://…"),
        ("redis://:hu@sh@redis/0", "redis://redis/0"),
        ("http://qdrant:6333?grpc_port=6334", "http://qdrant:6333"),
        ("memory://", "memory://"),
    ],
)
def test_an_address_is_told_without_its_credentials(url: str, told: str) -> None:
    assert without_secrets(url) == told


@pytest.mark.parametrize(
    "given",
    [
        {"graph_url": "mysql://root:hush@db"},
        {"vectors_url": "pinecone://hush"},
        {"graph_url": "sqlite://host/file"},
        {"vectors_url": "edge://host/folder"},
    ],
)
def test_an_address_that_names_no_store_is_refused(given: dict[str, str]) -> None:
    (setting,) = given
    with pytest.raises(Invalid, match=setting.upper()) as refused:
        check_addresses(chosen(**given))
    assert "hush" not in str(refused.value)


@pytest.mark.parametrize("graph", ["sqlite:///", "bolt://db", "neo4j+s://db:7687", "neo4j+ssc://db"])
@pytest.mark.parametrize("vectors", ["edge:///", "http://q:6333", "https://q", "local:///folder"])
@pytest.mark.parametrize("queue", ["memory://", "redis://r/0", "rediss://r/0"])
def test_stores_may_be_mixed(graph: str, vectors: str, queue: str) -> None:
    settings = chosen(graph_url=graph, vectors_url=vectors, queue_url=queue)
    check_addresses(settings)
    assert set(described(settings)) == {"graph", "vectors", "queue"}


def test_embedded_stores_are_in_the_data_folder_unless_they_are_given_a_place(tmp_path: Path) -> None:
    settings = chosen(data_dir=tmp_path)
    assert (sqlite_path(settings), edge_folder(settings)) == (tmp_path / "graph.db", tmp_path / "vectors")
    settings = chosen(data_dir=tmp_path, graph_url="sqlite:////srv/a.db", vectors_url="edge:///beside")
    assert (sqlite_path(settings), edge_folder(settings)) == (Path("/srv/a.db"), Path("beside"))


@pytest.mark.parametrize(
    ("queue", "with_worker", "works"),
    [
        ("memory://", None, True),
        ("redis://r/0", None, False),
        ("redis://r/0", True, True),
        ("memory://", False, False),
    ],
)
def test_the_server_works_too_where_nobody_else_would_hear_the_rings(
    queue: str, with_worker: bool | None, works: bool
) -> None:
    assert chosen(queue_url=queue, with_worker=with_worker).works is works
