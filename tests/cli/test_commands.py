"""The commands as a person runs them."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tests.serving import Server, command, serving

Finished = CompletedProcess[str]

DIARY = [
    "I moved to Porto last week.",
    "I work at Acme since 2020.",
    "The spare key lies under the blue pot.",
]


def lines(user: str, *contents: str) -> str:
    return "".join(
        json.dumps({"name": user.title(), "content": content, "at": f"2026-05-08T09:0{minute}:00Z"}) + "\n"
        for minute, content in enumerate(contents)
    )


def said_in_one_line(finished: Finished) -> str:
    """A refusal: one line, no traceback, exit code 1."""
    assert finished.returncode == 1, finished
    (said,) = finished.stderr.strip().splitlines()
    assert said.startswith("palimpsest: ")
    return said


def printed(finished: Finished) -> str:
    assert finished.returncode == 0, finished.stderr
    assert "Traceback" not in finished.stderr
    return " ".join(finished.stdout.split())


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Finished]:
    """A folder into which a diary was loaded without any server, and what the command said."""
    folder = tmp_path_factory.mktemp("data")
    (folder / "ana.jsonl").write_text(lines("ana", *DIARY))
    return folder, command(folder, "load", "ana.jsonl")


@pytest.fixture(scope="module")
def reindexed(loaded: tuple[Path, Finished]) -> Finished:
    """What was said of reindexing it."""
    return command(loaded[0], "reindex")


@pytest.fixture(scope="module")
def server(loaded: tuple[Path, Finished], reindexed: Finished) -> Iterator[Server]:
    with serving(loaded[0]) as server:
        yield server


@pytest.fixture
def folder(server: Server, loaded: tuple[Path, Finished]) -> Path:
    """The data folder of a server that runs."""
    return loaded[0]


def test_load_without_a_server_takes_a_file_in(loaded: tuple[Path, Finished]) -> None:
    said = printed(loaded[1])
    assert "3 episodes stored, 0 were there already" in said
    assert "ana: 1 sessions, 3 episodes" in said


def test_load_again_changes_nothing(folder: Path, server: Server) -> None:
    before = server.get("/v1/users/ana")
    assert "0 episodes stored, 3 were there already" in printed(command(folder, "load", "ana.jsonl"))
    assert server.get("/v1/users/ana") == before


def test_load_goes_on_where_it_was_interrupted(folder: Path, server: Server) -> None:
    """The file of today begins as that of yesterday did."""
    diary = [f"Day {number} was quiet." for number in range(9)]
    (folder / "ben.jsonl").write_text(lines("ben", *diary[:4]))
    assert "4 episodes stored, 0 were there already" in printed(command(folder, "load", "ben.jsonl", "--no-wait"))
    (folder / "ben.jsonl").write_text(lines("ben", *diary))
    assert "5 episodes stored, 4 were there already" in printed(command(folder, "load", "ben.jsonl"))
    stored = server.pages("/v1/users/ben/sessions/main/episodes")
    assert [episode["content"] for episode in stored] == diary
    assert server.get("/v1/users/ben")["pending"] == 0


def test_commands_find_the_server_through_the_data_folder(folder: Path, server: Server) -> None:
    """What the server was told a moment ago is what they see."""
    episode = {"role": "user", "name": "Cleo", "content": "The red kayak is in the shed."}
    server.post("/v1/users/cleo/episodes?wait=true", {"session_id": "s1", "episodes": [episode]})
    assert "The red kayak is in the shed." in printed(command(folder, "search", "cleo", "Where is the kayak?"))


def test_search_prints_what_it_finds(folder: Path) -> None:
    said = printed(command(folder, "search", "ana", "Where is the spare key?", "--kind", "episode", "--limit", "1"))
    assert "2026-05-08T09:02 Ana The spare key lies under the blue pot." in said
    assert "I moved" not in said
    assert "confidence" in said


def test_context_prints_the_block_and_nothing_else(folder: Path) -> None:
    finished = command(folder, "context", "ana", "Where is the spare key?", "--budget", "300")
    assert "The spare key lies under the blue pot." in printed(finished)
    assert finished.stdout.startswith("<memory")
    assert finished.stdout.rstrip().endswith("</memory>")
    assert "citations" in finished.stderr


def test_facts_prints_what_is_believed(folder: Path) -> None:
    said = printed(command(folder, "facts", "ana"))
    assert "Ana works_at Acme" in said
    assert "Ana lives_in Porto" in said


def test_status_prints_the_parts_and_the_users(folder: Path) -> None:
    said = printed(command(folder, "status"))
    for part in ("graph ok", "vectors ok", "queue ok", "embedder ok", "extractor ok", "ana 1 3"):
        assert part in said


def test_openapi_prints_the_document(tmp_path: Path) -> None:
    document = json.loads(command(tmp_path, "openapi").stdout)
    assert document["openapi"].startswith("3.1")
    assert "/v1/users/{user_id}/episodes" in document["paths"]


def test_reindex_says_what_it_did_and_loses_nothing(reindexed: Finished, folder: Path) -> None:
    assert "1 users indexed" in printed(reindexed)
    assert "blue pot" in printed(command(folder, "search", "ana", "Where is the spare key?"))


def test_an_open_server_is_for_this_machine_only(tmp_path: Path) -> None:
    assert "ROOT_KEY" in said_in_one_line(command(tmp_path, "serve", "--host", "0.0.0.0", "--port", "0"))


def test_a_root_key_that_is_too_short_is_none(tmp_path: Path) -> None:
    assert "32" in said_in_one_line(command(tmp_path, "serve", "--port", "0", ROOT_KEY="short"))


@pytest.mark.parametrize(
    ("name", "value"),
    [("PORT", "many"), ("EMBEDDER", "magic"), ("GRAPH_URL", "ftp://x")],
)
def test_a_setting_that_cannot_be_is_named(tmp_path: Path, name: str, value: str) -> None:
    assert name in said_in_one_line(command(tmp_path, "serve", **{name: value}))


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert str(port) in said_in_one_line(command(tmp_path, "serve", "--port", str(port)))


def test_a_server_that_is_not_there_is_said_to_be_away(tmp_path: Path) -> None:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{reserved.getsockname()[1]}"
        assert "cannot reach" in said_in_one_line(command(tmp_path, "status", "--url", url))


def test_what_the_server_refuses_is_passed_on(folder: Path) -> None:
    said = said_in_one_line(command(folder, "search", "ana", "keys", "--recipe", "grandmothers"))
    assert "422" in said
    assert "grandmothers" in said


def test_a_file_that_cannot_be_loaded_is_named(tmp_path: Path) -> None:
    (tmp_path / "odd.json").write_text("[1, 2]")
    for name in ("odd.json", "missing.jsonl"):
        assert name in said_in_one_line(command(tmp_path, "load", name))


def test_a_server_with_a_key_is_asked_with_the_key(tmp_path: Path) -> None:
    key = "k" * 32
    with serving(tmp_path, ROOT_KEY=key) as server:
        assert server.http.get("/v1/users").status_code == 401
        assert "graph" in printed(command(tmp_path, "status", ROOT_KEY=key))
        elsewhere = command(tmp_path, "status", PALIMPSEST_URL=str(server.http.base_url))
        assert "401" in said_in_one_line(elsewhere)
