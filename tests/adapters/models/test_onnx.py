from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio

from app.adapters.models import sentence_model
from app.adapters.models.onnx import OnnxEmbedder
from app.adapters.models.sentence_model import Pooling, exported, minilm
from app.domain.errors import Unavailable

PARAPHRASES = [
    ("I moved to Berlin last week.", "Last week I relocated to Berlin."),
    ("My dog is ill.", "The puppy is not feeling well."),
    ("The invoice is due in March.", "We have to pay the bill by March."),
    ("She plays the violin in an orchestra.", "She is a violinist."),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def minilm_embedder() -> AsyncIterator[OnnxEmbedder]:
    embedder = await OnnxEmbedder.open()
    yield embedder
    await embedder.close()


@pytest.mark.asyncio(loop_scope="module")
async def test_a_paraphrase_is_nearer_than_any_other_sentence(minilm_embedder: OnnxEmbedder) -> None:
    passages = await minilm_embedder.embed_passages([passage for passage, _ in PARAPHRASES])
    for i, (_, paraphrase) in enumerate(PARAPHRASES):
        similarity = passages @ await minilm_embedder.embed_query(paraphrase)
        assert np.argmax(similarity) == i
        assert similarity[i] > 0.2 + np.delete(similarity, i).max()


@pytest.mark.asyncio(loop_scope="module")
async def test_vectors_have_unit_length_and_the_promised_shape(minilm_embedder: OnnxEmbedder) -> None:
    vectors = await minilm_embedder.embed_passages(["", " ", "one", "李明住在北京", "x" * 10_000, "🦊" * 300])
    assert vectors.shape == (6, minilm_embedder.dimension) == (6, 384)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-5)
    assert (await minilm_embedder.embed_query("one")).shape == (384,)
    assert (await minilm_embedder.embed_passages([])).shape == (0, 384)


@pytest.mark.asyncio(loop_scope="module")
async def test_a_text_has_the_same_vector_in_whatever_company(minilm_embedder: OnnxEmbedder) -> None:
    texts = [" ".join(["word", *(f"number {i}" for i in range(n))]) for n in (0, 1, 3, 40, 7, 90, 2, 300)] * 5
    together = await minilm_embedder.embed_passages(texts)
    backwards = (await minilm_embedder.embed_passages(texts[::-1]))[::-1]
    alone = np.array([await minilm_embedder.embed_query(text) for text in texts])
    assert together == pytest.approx(backwards, abs=1e-4)
    assert together == pytest.approx(alone, abs=1e-4)


@pytest.mark.asyncio(loop_scope="module")
async def test_what_is_beyond_the_length_does_not_count(minilm_embedder: OnnxEmbedder) -> None:
    text = "word " * 300
    first, second = await minilm_embedder.embed_passages([text, text + "and something else altogether"])
    assert first == pytest.approx(second, abs=1e-4)


@pytest.mark.asyncio(loop_scope="module")
async def test_a_query_does_not_wait_for_all_passages(minilm_embedder: OnnxEmbedder) -> None:
    passages = asyncio.create_task(minilm_embedder.embed_passages(["a message of some words, repeated " * 20] * 64))
    await minilm_embedder.embed_query("Where?")
    assert not passages.done()
    assert len(await passages) == 64


@pytest.mark.asyncio(loop_scope="module")
async def test_the_identity_tells_how_vectors_are_made(minilm_embedder: OnnxEmbedder) -> None:
    assert minilm_embedder.identity == "all-MiniLM-L6-v2-int8/mean/256"


@pytest.mark.asyncio(loop_scope="module")
async def test_a_closed_embedder_says_so() -> None:
    embedder = await OnnxEmbedder.open()
    await embedder.close()
    await embedder.close()
    with pytest.raises(Unavailable, match="closed"):
        await embedder.embed_query("Where?")
    with pytest.raises(Unavailable, match="closed"):
        await embedder.embed_passages(["Here."])


@pytest.mark.asyncio(loop_scope="module")
async def test_a_file_that_is_not_the_expected_one_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sentence_model, "MINILM_TOKENIZER_SHA256", "0" * 64)
    with pytest.raises(Unavailable, match=r"tokenizer\.json is not the file palimpsest was built with"):
        await OnnxEmbedder.open()


# Exported models


def export(folder: Path, **configs: object) -> Path:
    """MiniLM as sentence-transformers would lay it out."""
    bundled = minilm()
    (folder / "onnx").mkdir(parents=True)
    shutil.copy(bundled.model, folder / "onnx" / "model.onnx")
    shutil.copy(bundled.tokenizer, folder / "tokenizer.json")
    for name, content in configs.items():
        path = folder / f"{name.replace('__', '/')}.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(content))
    return folder


@pytest.mark.asyncio(loop_scope="module")
async def test_an_exported_model_makes_the_vectors_it_was_trained_to_make(
    tmp_path: Path, minilm_embedder: OnnxEmbedder
) -> None:
    embedder = await OnnxEmbedder.open(export(tmp_path / "mini", sentence_bert_config={"max_seq_length": 256}))
    text = PARAPHRASES[0][0]
    assert await embedder.embed_query(text) == pytest.approx(await minilm_embedder.embed_query(text), abs=1e-4)
    assert embedder.identity.startswith("mini-")
    await embedder.close()


@pytest.mark.asyncio(loop_scope="module")
async def test_the_first_token_can_stand_for_the_text(tmp_path: Path, minilm_embedder: OnnxEmbedder) -> None:
    pooling = {"word_embedding_dimension": 384, "pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False}
    embedder = await OnnxEmbedder.open(export(tmp_path / "cls", **{"1_Pooling__config": pooling}))
    vector = await embedder.embed_query("I moved to Berlin last week.")
    assert np.linalg.norm(vector) == pytest.approx(1.0, abs=1e-5)
    assert vector @ await minilm_embedder.embed_query("I moved to Berlin last week.") < 0.99
    assert "/cls/" in embedder.identity
    await embedder.close()


@pytest.mark.asyncio(loop_scope="module")
async def test_prompts_are_put_before_the_text(tmp_path: Path, minilm_embedder: OnnxEmbedder) -> None:
    prompts = {"prompts": {"query": "query: ", "document": "passage: "}}
    embedder = await OnnxEmbedder.open(export(tmp_path / "e5", config_sentence_transformers=prompts))
    expected = await minilm_embedder.embed_passages(["query: dogs", "passage: dogs"])
    assert await embedder.embed_query("dogs") == pytest.approx(expected[0], abs=1e-4)
    assert (await embedder.embed_passages(["dogs"]))[0] == pytest.approx(expected[1], abs=1e-4)
    await embedder.close()


def test_settings_of_an_export_are_read(tmp_path: Path) -> None:
    plain = exported(export(tmp_path / "plain"))
    assert (plain.pooling, plain.max_tokens, plain.query_prefix) == (Pooling.MEAN, 512, "")
    short = exported(export(tmp_path / "short", sentence_bert_config={"max_seq_length": 128}))
    assert short.max_tokens == 128


def test_a_pooling_that_is_not_known_is_refused(tmp_path: Path) -> None:
    weighted = {"pooling_mode_weightedmean_tokens": True}
    with pytest.raises(Unavailable, match="pooling_mode_weightedmean_tokens"):
        exported(export(tmp_path / "weighted", **{"1_Pooling__config": weighted}))


@pytest.mark.parametrize("broken", ["onnx/model.onnx", "tokenizer.json"])
async def test_a_broken_export_names_the_file(tmp_path: Path, broken: str) -> None:
    folder = export(tmp_path / "broken")
    (folder / broken).write_bytes(b"not what it says")
    with pytest.raises(Unavailable, match=broken.rpartition("/")[2].replace(".", r"\.")):
        await OnnxEmbedder.open(folder)


@pytest.mark.asyncio(loop_scope="module")
async def test_a_folder_without_a_model_says_what_it_needs(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match=r"needs model\.onnx"):
        await OnnxEmbedder.open(tmp_path)
