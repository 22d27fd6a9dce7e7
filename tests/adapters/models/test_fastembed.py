"""FastEmbed itself, offline, with a model that it finds in its cache: the built-in one under the name it has there."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from app.adapters.models.fastembed import FastEmbedEmbedder
from app.adapters.models.onnx import OnnxEmbedder
from app.adapters.models.sentence_model import minilm
from app.domain.errors import Unavailable

NAME = "sentence-transformers/all-MiniLM-L6-v2"
CACHED = "models--Qdrant--all-MiniLM-L6-v2-onnx"
TEXTS = ["I live in Oslo.", "", "Ana bought running shoes.", "李明住在北京", "What a day it was. " * 300] * 8


@pytest.fixture
def cached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model, revision = minilm(), "0" * 40
    snapshot = tmp_path / CACHED / "snapshots" / revision
    snapshot.mkdir(parents=True)
    shutil.copy(model.model, snapshot / "model.onnx")
    shutil.copy(model.tokenizer, snapshot / "tokenizer.json")
    described = {
        "config.json": {"pad_token_id": 0},
        "tokenizer_config.json": {"max_length": 256, "model_max_length": 256, "pad_token": "[PAD]"},
        "special_tokens_map.json": {"cls_token": "[CLS]", "pad_token": "[PAD]", "sep_token": "[SEP]"},
    }
    for name, content in described.items():
        (snapshot / name).write_text(json.dumps(content))
    (tmp_path / CACHED / "refs").mkdir()
    (tmp_path / CACHED / "refs" / "main").write_text(revision)
    monkeypatch.setenv("FASTEMBED_CACHE_PATH", str(tmp_path))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


@pytest.fixture
async def embedder(cached: None) -> AsyncIterator[FastEmbedEmbedder]:
    embedder = await FastEmbedEmbedder.open(NAME)
    yield embedder
    await embedder.close()


async def test_it_makes_of_a_model_what_the_model_makes(embedder: FastEmbedEmbedder) -> None:
    plain = await OnnxEmbedder.open()
    vectors = await embedder.embed_passages(TEXTS)
    assert (vectors.shape, vectors.dtype) == ((len(TEXTS), embedder.dimension), np.float32)
    assert vectors == pytest.approx(await plain.embed_passages(TEXTS), abs=1e-3)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-5)
    query = await embedder.embed_query(TEXTS[0])
    assert query == pytest.approx(vectors[0], abs=1e-4)
    assert (await embedder.embed_passages([])).shape == (0, 384)
    await plain.close()


async def test_its_identity_names_the_model_and_how_it_pools(embedder: FastEmbedEmbedder) -> None:
    assert embedder.identity.startswith(f"fastembed:{NAME}/")
    assert "Pooled" in embedder.identity
    assert embedder.identity.endswith("/384")


async def test_closed_it_is_unavailable(embedder: FastEmbedEmbedder) -> None:
    for _ in range(2):
        await embedder.close()
    with pytest.raises(Unavailable, match="closed"):
        await embedder.embed_query("one")
    with pytest.raises(Unavailable, match="closed"):
        await embedder.embed_passages(["one"])


@pytest.mark.parametrize("name", ["no/such-model", "BAAI/bge-small-en-v1.5"])
async def test_a_model_that_is_unknown_or_cannot_be_had_says_so(cached: None, name: str) -> None:
    with pytest.raises(Unavailable, match=f"FastEmbed cannot load {name}"):
        await FastEmbedEmbedder.open(name)


async def test_without_the_extra_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fastembed", None)
    with pytest.raises(Unavailable, match=r"palimpsest\[fastembed\]"):
        await FastEmbedEmbedder.open("BAAI/bge-small-en-v1.5")
