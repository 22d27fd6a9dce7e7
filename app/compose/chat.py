"""The language model that LLM_BASE_URL and LLM_MODEL name, within the budgets of tenants."""

from __future__ import annotations

from app.compose.stores import secret, without_secrets
from app.domain.errors import Invalid
from app.domain.time import Clock
from app.memory.modelling.absent import NoModel
from app.memory.modelling.budgets import Budgets
from app.ports.graph.store import GraphStore
from app.ports.metrics import Meter
from app.ports.models import ChatModel
from app.settings import Settings


def check_model(settings: Settings) -> None:
    """Before anything is opened. Raises Invalid."""
    if settings.llm_base_url is not None and not settings.llm_base_url.startswith(("http://", "https://")):
        raise Invalid("LLM_BASE_URL must begin with http:// or https://, for example http://localhost:11434/v1")
    if settings.llm_base_url is None and settings.llm_model is not None:
        raise Invalid("LLM_MODEL needs LLM_BASE_URL, for example https://api.openai.com/v1")
    # an endpoint may be there for embeddings alone
    if settings.llm_base_url is not None and settings.llm_model is None and not settings.embedder.startswith("openai:"):
        raise Invalid("LLM_BASE_URL needs LLM_MODEL: the name of the model to use there")


def budgets_of(graph: GraphStore, settings: Settings, clock: Clock, meter: Meter) -> Budgets:
    return Budgets(
        usage=graph.usage,
        accounts=graph.accounts,
        daily_tokens=settings.llm_daily_tokens,
        clock=clock,
        meter=meter,
    )


def chat_of(graph: GraphStore, settings: Settings, clock: Clock, meter: Meter) -> ChatModel:
    """Asks nothing yet."""
    if settings.llm_base_url is None or settings.llm_model is None:
        return NoModel()
    from app.adapters.models.chat import OpenAIChat
    from app.memory.modelling.asking import AskedModel

    endpoint = OpenAIChat.to(
        settings.llm_model,
        base_url=settings.llm_base_url,
        api_key=secret(settings.llm_api_key),
        timeout=settings.llm_timeout_seconds,
        concurrency=settings.llm_concurrency,
        clock=clock,
        meter=meter,
    )
    return AskedModel(endpoint=endpoint, budgets=budgets_of(graph, settings, clock, meter), clock=clock, meter=meter)


def described_model(settings: Settings) -> str:
    """In a few words, without credentials."""
    if settings.llm_base_url is None or settings.llm_model is None:
        return "none"
    return f"{settings.llm_model}, {without_secrets(settings.llm_base_url)}"
