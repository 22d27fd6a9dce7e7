"""Every setting there is, read once by app.compose from the environment (and a .env file in the working folder)."""

from __future__ import annotations

import os
import sys
from ipaddress import ip_address
from pathlib import Path

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


def default_data_dir() -> Path:
    """The user's data folder, by the custom of the system."""
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local"))
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return base / "palimpsest"


def _blank(value: object) -> bool:
    return isinstance(value, str) and not value.strip()


class Settings(BaseSettings):
    """Documented in docs/settings.md, which a test holds equal to this class."""

    model_config = SettingsConfigDict(frozen=True, env_file=".env", extra="ignore")

    host: str = Field("127.0.0.1", description="Address to listen on. Anything but loopback needs ROOT_KEY.")
    port: int = Field(
        8080,
        ge=0,
        le=65535,
        description="Port to listen on; 0 takes a free one, and so does a worker, for its health, if it is not set.",
    )
    root_key: SecretStr | None = Field(
        None, description="A key with every scope for tenant `default`, 32 characters or more."
    )
    data_dir: Path = Field(
        default_factory=default_data_dir,
        description="Where the embedded stores live; by default in the user's data folder.",
    )
    graph_url: str = Field(
        "sqlite:///",
        description="`sqlite:///` (in DATA_DIR), `sqlite:///file`, or Neo4j: `bolt://host:7687`, `neo4j://host:7687`, "
        "with `+s` for TLS.",
    )
    neo4j_user: str | None = Field(None, description="Who we are in Neo4j, unless GRAPH_URL says so.")
    neo4j_password: SecretStr | None = Field(None, description="The password of NEO4J_USER.")
    neo4j_database: str | None = Field(None, description="The database in Neo4j; by default the user's own.")
    vectors_url: str = Field(
        "edge:///",
        description="`edge:///` (in DATA_DIR), `edge:///folder`, or Qdrant: `http(s)://host:6333`, if need be with "
        "`?grpc_port=`.",
    )
    qdrant_api_key: SecretStr | None = Field(None, description="The key of the Qdrant server.")
    qdrant_prefix: str = Field(
        "palimpsest", description="What the names of our collections begin with, in a Qdrant that serves others too."
    )
    qdrant_on_disk: bool = Field(False, description="For collections made from now on: vectors are read from disk.")
    qdrant_quantised: bool = Field(
        False, description="For collections made from now on: memory holds vectors of 8 bits."
    )
    qdrant_shards: int = Field(1, ge=1, description="For collections made from now on: their shards.")
    qdrant_replicas: int = Field(1, ge=1, description="For collections made from now on: the copies of each shard.")
    queue_url: str = Field(
        "memory://",
        description="`memory://` (within the process), or Redis: `redis://`, `rediss://`, `redis+sentinel://`, "
        "`redis+cluster://`, `unix://`.",
    )
    with_worker: bool | None = Field(
        None, description="Whether `serve` does the background work too; by default where the queue is `memory://`."
    )
    embedder: str = Field(
        "minilm",
        description="`minilm` (built in), `onnx:<folder>`, `openai:<model>`, or `fastembed:<model>` (extra).",
    )
    embedder_threads: int = Field(1, ge=1, description="Threads of one embedding call.")
    extractor: str = Field("spacy", description="`spacy` (local rules) is the one there is without a model.")
    llm_base_url: str | None = Field(None, description="Base URL of an OpenAI-compatible endpoint.")
    llm_api_key: SecretStr | None = Field(None, description="Its key.")
    llm_model: str | None = Field(None, description="The chat model to use there.")
    llm_timeout_seconds: float = Field(60.0, gt=0, description="How long one model call may take.")
    llm_concurrency: int = Field(4, ge=1, description="Model calls at one time, of each process.")
    llm_batch_tokens: int = Field(
        6_000, ge=100, description="Tokens of messages in one question; fewer for a model with a short context."
    )
    llm_daily_tokens: int | None = Field(
        None,
        ge=0,
        description="Tokens that a tenant without a budget of its own may use a day (UTC); unset: as many as it likes.",
    )
    log_level: str = Field("info", description="debug, info, warning or error.")
    log_format: str = Field("auto", description="`json`, `console`, or `auto`: console on a terminal.")
    sweep_seconds: float = Field(3.0, gt=0, description="How often pending work is looked for without the queue.")
    lease_seconds: float = Field(30.0, gt=0, description="How long a lane's lease lasts without a heartbeat.")

    @model_validator(mode="before")
    @classmethod
    def _empty_is_unset(cls, given: dict[str, object]) -> dict[str, object]:
        """As compose files and charts pass on what nobody set about the model."""
        return {name: value for name, value in given.items() if not (name.startswith("llm_") and _blank(value))}

    @field_validator("log_level")
    @classmethod
    def _known_level(cls, value: str) -> str:
        if value.lower() not in ("debug", "info", "warning", "error"):
            raise ValueError("must be debug, info, warning or error")
        return value.lower()

    @property
    def works(self) -> bool:
        """Whether `serve` has a worker inside."""
        return self.queue_url.startswith("memory:") if self.with_worker is None else self.with_worker

    @property
    def loopback(self) -> bool:
        if self.host == "localhost":
            return True
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return False
