from __future__ import annotations

import sys

import pytest

from app.adapters.models.fastembed import FastEmbedEmbedder
from app.domain.errors import Unavailable


async def test_without_the_extra_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fastembed", None)
    with pytest.raises(Unavailable, match=r"palimpsest\[fastembed\]"):
        await FastEmbedEmbedder.open("BAAI/bge-small-en-v1.5")
