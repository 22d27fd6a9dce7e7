from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpx2
import numpy as np
import openai
import pytest

from app.adapters.models.openai import BATCH_TEXTS, MAX_CHARACTERS, RETRIES, OpenAIEmbedder
from app.domain.errors import Unavailable

Answer = Callable[[httpx2.Request], httpx2.Response]


def vector_of(text: str) -> list[float]:
    """Not of unit length, and another for every text."""
    return [float(len(text)), float(sum(map(ord, text)) % 97), 3.0]


def answered(request: httpx2.Request) -> httpx2.Response:
    texts = json.loads(request.content)["input"]
    rows = [{"object": "embedding", "index": i, "embedding": vector_of(text)} for i, text in enumerate(texts)]
    # an endpoint may answer in any order
    return httpx2.Response(200, json={"object": "list", "model": "m", "data": rows[::-1]})


class Endpoint:
    """Answers as told, or as it should, and remembers what it was asked."""

    def __init__(self) -> None:
        self.requests: list[httpx2.Request] = []
        self.answer: Answer = answered

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        return self.answer(request)

    @property
    def texts(self) -> list[list[str]]:
        return [json.loads(request.content)["input"] for request in self.requests]

    @asynccontextmanager
    async def embedder(self) -> AsyncIterator[OpenAIEmbedder]:
        client = openai.AsyncOpenAI(
            base_url="http://models.test/v1",
            api_key="secret",
            timeout=1.0,
            max_retries=RETRIES,
            http_client=httpx2.AsyncClient(transport=httpx2.MockTransport(self)),
        )
        embedder = await OpenAIEmbedder.probing(client, "some-model")
        self.requests.clear()
        try:
            yield embedder
        finally:
            await embedder.close()


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Endpoint:
    monkeypatch.setattr("openai._base_client.INITIAL_RETRY_DELAY", 0.0)
    monkeypatch.setattr("openai._base_client.MAX_RETRY_DELAY", 0.0)
    return Endpoint()


async def test_vectors_come_in_the_order_of_the_texts_with_unit_length(endpoint: Endpoint) -> None:
    texts = [f"text {'x' * i}" for i in range(2 * BATCH_TEXTS + 3)]
    async with endpoint.embedder() as embedder:
        vectors = await embedder.embed_passages(texts)
        query = await embedder.embed_query(texts[5])
    expected = np.array([vector_of(text) for text in texts])
    assert vectors == pytest.approx(expected / np.linalg.norm(expected, axis=1, keepdims=True), abs=1e-6)
    assert vectors.dtype == np.float32
    assert query == pytest.approx(vectors[5])
    assert [len(batch) for batch in endpoint.texts] == [BATCH_TEXTS, BATCH_TEXTS, 3, 1]


async def test_the_endpoint_is_asked_for_what_it_is_configured_for(endpoint: Endpoint) -> None:
    async with endpoint.embedder() as embedder:
        await embedder.embed_query("Where?")
        assert embedder.dimension == 3
        assert embedder.identity.startswith("openai:some-model/3")
        assert (await embedder.embed_passages([])).shape == (0, 3)
    (request,) = endpoint.requests
    assert str(request.url) == "http://models.test/v1/embeddings"
    assert request.headers["authorization"] == "Bearer secret"
    assert json.loads(request.content)["model"] == "some-model"


async def test_no_text_is_empty_or_endless(endpoint: Endpoint) -> None:
    async with endpoint.embedder() as embedder:
        await embedder.embed_passages(["", "x" * 100_000])
    assert [len(text) for text in endpoint.texts[0]] == [1, MAX_CHARACTERS]


async def test_a_passing_failure_is_tried_again(endpoint: Endpoint) -> None:
    async with endpoint.embedder() as embedder:
        failures = iter([httpx2.Response(503), httpx2.Response(429)])
        endpoint.answer = lambda request: next(failures, None) or answered(request)
        await embedder.embed_query("Where?")
    assert len(endpoint.requests) == 1 + RETRIES


def refused(request: httpx2.Request) -> httpx2.Response:
    raise httpx2.ConnectError("nobody there", request=request)


def holding(*rows: object) -> Answer:
    return lambda _: httpx2.Response(200, json={"object": "list", "model": "m", "data": list(rows)})


@pytest.mark.parametrize(
    ("answer", "tried"),
    [
        (lambda _: httpx2.Response(500), 1 + RETRIES),
        (lambda _: httpx2.Response(401, json={"error": {"message": "bad key"}}), 1),
        (lambda _: httpx2.Response(404), 1),
        (refused, 1 + RETRIES),
        (lambda _: httpx2.Response(200, text="<html>"), 1),
        (lambda _: httpx2.Response(200, json={"error": "overloaded"}), 1),
        (holding(), 1),
        (holding({"index": 0, "embedding": None}), 1),
        (holding({"index": 0, "embedding": [1.0, 2.0, 3.0]}, {"index": 1, "embedding": [1.0, 2.0, 3.0]}), 1),
        (holding({"index": 0, "embedding": [1.0, 2.0]}), 1),
    ],
)
async def test_whatever_else_goes_wrong_is_unavailable(endpoint: Endpoint, answer: Answer, tried: int) -> None:
    async with endpoint.embedder() as embedder:
        endpoint.answer = answer
        with pytest.raises(Unavailable):
            await embedder.embed_query("Where?")
    assert len(endpoint.requests) == tried


async def test_an_endpoint_that_is_away_at_the_start_is_unavailable(endpoint: Endpoint) -> None:
    endpoint.answer = refused
    with pytest.raises(Unavailable, match=r"models\.test"):
        async with endpoint.embedder():
            pass
