"""Which language model the settings name, and that a service without one is whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from app.adapters.graph.sqlite import SqliteGraph
from app.compose.chat import chat_of, check_model, described_model
from app.domain.errors import Invalid, Unavailable
from app.observe import PrometheusMeter
from app.ports.models import Prompt
from app.settings import Settings
from tests.scripted import Watch

LOCAL = {"llm_base_url": "http://user:hush@localhost:11434/v1", "llm_model": "qwen3:8b"}


def chosen(**given: Any) -> Settings:
    return Settings(_env_file=None, **given)


@pytest.fixture
async def graph(tmp_path: Path) -> Any:
    graph = await SqliteGraph.open(tmp_path / "graph.db", Watch())
    yield graph
    await graph.close()


async def test_without_an_endpoint_there_is_a_model_that_says_so(graph: SqliteGraph) -> None:
    model = chat_of(graph, chosen(), Watch(), PrometheusMeter())
    assert not model.configured
    with pytest.raises(Unavailable, match="set LLM_BASE_URL"):
        await model.answer("acme", Prompt("extract", 1, "", "", {}, 1))
    assert described_model(chosen()) == "none"


async def test_an_endpoint_is_opened_without_being_asked_and_told_without_its_credentials(graph: SqliteGraph) -> None:
    model = chat_of(graph, chosen(**LOCAL), Watch(), PrometheusMeter())
    assert (model.configured, model.identity) == (True, "qwen3:8b")
    await model.check()
    await model.close()
    assert described_model(chosen(**LOCAL)) == "qwen3:8b, http://localhost:11434/v1"


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({"llm_base_url": "http://localhost/v1"}, "LLM_MODEL"),
        ({"llm_model": "qwen3"}, "LLM_BASE_URL"),
        ({**LOCAL, "llm_base_url": "localhost:11434"}, "http://"),
    ],
)
def test_half_a_model_is_refused(given: dict[str, Any], missing: str) -> None:
    with pytest.raises(Invalid, match=missing):
        check_model(chosen(**given))


@pytest.mark.parametrize(
    "given",
    [{}, LOCAL, {"llm_base_url": "http://localhost/v1", "embedder": "openai:nomic"}],
)
def test_a_model_none_or_embeddings_alone_are_well(given: dict[str, Any]) -> None:
    check_model(chosen(**given))


def test_empty_settings_of_the_model_are_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    names = [name for name in Settings.model_fields if name.startswith("llm_")]
    for name in names:
        monkeypatch.setenv(name.upper(), " " if name == "llm_model" else "")
    found, default = chosen(), chosen(**{name: Settings.model_fields[name].default for name in names})
    assert [getattr(found, name) for name in names] == [getattr(default, name) for name in names]
    assert found.llm_base_url is None
