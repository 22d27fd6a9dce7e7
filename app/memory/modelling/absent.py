"""The model where none is configured."""

from __future__ import annotations

from app.domain.errors import Unavailable
from app.ports.models import Answer, Prompt


class NoModel:
    """See ChatModel."""

    identity = "none"
    configured = False

    async def check(self) -> None: ...

    async def answer(self, tenant: str, prompt: Prompt) -> Answer:
        raise Unavailable("there is no language model; set LLM_BASE_URL and LLM_MODEL")

    async def close(self) -> None: ...
