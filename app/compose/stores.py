"""The stores that GRAPH_URL, VECTORS_URL and QUEUE_URL name. The drivers are imported where they are wanted."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from pydantic import SecretStr

from app.adapters.vectors.edge import EdgeVectorStore
from app.domain.errors import Invalid
from app.domain.time import Clock
from app.ports.graph.store import GraphStore
from app.ports.metrics import Meter
from app.ports.models import Embedder, KeywordEncoder
from app.ports.vectors import VectorStore
from app.settings import Settings

if TYPE_CHECKING:
    from app.adapters.vectors.qdrant_collections import Layout

NEO4J = ("bolt", "bolt+s", "bolt+ssc", "neo4j", "neo4j+s", "neo4j+ssc")
QDRANT = ("http", "https", "local")


class NextVectors(VectorStore, Protocol):
    """Vectors in the making, beside those that are served."""

    async def activate(self) -> None:
        """Serve these from now on."""
        ...


@dataclass(frozen=True, slots=True)
class Models:
    """What makes vectors, and what the vectors that are stored must have been made by."""

    embedder: Embedder
    keywords: KeywordEncoder


def check_addresses(settings: Settings) -> None:
    """Before anything is opened. Raises Invalid, which never repeats what may be a password."""
    _scheme("GRAPH_URL", settings.graph_url, ("sqlite", *NEO4J))
    _scheme("VECTORS_URL", settings.vectors_url, ("edge", *QDRANT))
    if graph_is_embedded(settings):
        sqlite_path(settings)
    if vectors_are_embedded(settings):
        edge_folder(settings)


def graph_is_embedded(settings: Settings) -> bool:
    """Then it belongs to one process at a time; otherwise others may be at work on it."""
    return settings.graph_url.startswith("sqlite:")


def vectors_are_embedded(settings: Settings) -> bool:
    return settings.vectors_url.startswith("edge:")


async def graph_of(settings: Settings, clock: Clock, meter: Meter) -> GraphStore:
    """The embedded one is migrated on the way; the server's has to be. Raises StoreUnmigrated, StoreNewer, Invalid,
    Unavailable."""
    if graph_is_embedded(settings):
        from app.adapters.graph.sqlite import SqliteGraph

        embedded = await SqliteGraph.open(sqlite_path(settings), clock)
        # the folder is locked, so whoever held these leases is dead, and nobody need wait for them to run out
        await embedded.lanes.free()
        return embedded
    from app.adapters.graph.neo4j import Neo4jGraph

    return await Neo4jGraph.open(
        settings.graph_url,
        user=settings.neo4j_user,
        password=secret(settings.neo4j_password),
        meter=meter,
        database=settings.neo4j_database,
    )


async def vectors_of(settings: Settings, models: Models, meter: Meter) -> VectorStore:
    """Raises StoreUnmigrated, StoreNewer, StoreInUse, EmbedderMismatch, Invalid, Unavailable."""
    if vectors_are_embedded(settings):
        return await EdgeVectorStore.open(
            edge_folder(settings),
            embedder_identity=models.embedder.identity,
            dimension=models.embedder.dimension,
            keyword_identity=models.keywords.identity,
        )
    from app.adapters.vectors.qdrant import QdrantVectorStore

    return await QdrantVectorStore.open(
        settings.vectors_url,
        api_key=secret(settings.qdrant_api_key),
        embedder_identity=models.embedder.identity,
        dimension=models.embedder.dimension,
        keyword_identity=models.keywords.identity,
        meter=meter,
        prefix=settings.qdrant_prefix,
    )


async def next_vectors_of(settings: Settings, models: Models, clock: Clock, meter: Meter) -> NextVectors:
    """Empty ones, beside those that are served. Raises StoreInUse, Invalid, Unavailable."""
    if vectors_are_embedded(settings):
        return await EdgeVectorStore.open_next(
            edge_folder(settings),
            embedder_identity=models.embedder.identity,
            dimension=models.embedder.dimension,
            keyword_identity=models.keywords.identity,
        )
    from app.adapters.vectors.qdrant import QdrantVectorStore

    return await QdrantVectorStore.open_next(
        settings.vectors_url,
        api_key=secret(settings.qdrant_api_key),
        embedder_identity=models.embedder.identity,
        dimension=models.embedder.dimension,
        keyword_identity=models.keywords.identity,
        clock=clock,
        meter=meter,
        prefix=settings.qdrant_prefix,
        layout=layout_of(settings),
    )


def layout_of(settings: Settings) -> Layout:
    """How collections are made in a Qdrant server."""
    from app.adapters.vectors.qdrant_collections import Layout

    return Layout(
        on_disk=settings.qdrant_on_disk,
        quantised=settings.qdrant_quantised,
        shards=settings.qdrant_shards,
        replicas=settings.qdrant_replicas,
    )


def described(settings: Settings) -> dict[str, str]:
    """Each store in a few words, without credentials."""
    return {
        "graph": f"SQLite, {sqlite_path(settings)}"
        if graph_is_embedded(settings)
        else f"Neo4j, {without_secrets(settings.graph_url)}",
        "vectors": f"Qdrant Edge, {edge_folder(settings)}"
        if vectors_are_embedded(settings)
        else f"Qdrant, {without_secrets(settings.vectors_url)}",
        "queue": "docket, in this process"
        if settings.queue_url.startswith("memory:")
        else f"docket, {without_secrets(settings.queue_url)}",
    }


def sqlite_path(settings: Settings) -> Path:
    """`sqlite:///` is the default file; `sqlite:///name` is relative to the working folder, `sqlite:////name` not."""
    return _local(settings.graph_url, "GRAPH_URL", "sqlite") or settings.data_dir / "graph.db"


def edge_folder(settings: Settings) -> Path:
    return _local(settings.vectors_url, "VECTORS_URL", "edge") or settings.data_dir / "vectors"


def without_secrets(url: str) -> str:
    """Where it leads, for people to read: no user, password or options."""
    scheme, _, rest = url.partition("://")
    place = rest.partition("?")[0]
    if "@" in rest and "@" not in place:
        # somebody's password holds a question mark, or somebody's options hold an @
        return f"{scheme}://…"
    return f"{scheme}://{place.rpartition('@')[2]}"


def _local(url: str, setting: str, scheme: str) -> Path | None:
    parts = urlsplit(url)
    if parts.scheme != scheme or parts.netloc:
        raise Invalid(f"{setting}={url!r} is not known; use {scheme}:///path")
    path = parts.path.removeprefix("/")
    return Path(path) if path else None


def _scheme(setting: str, url: str, known: tuple[str, ...]) -> None:
    scheme = url.partition(":")[0]
    if scheme not in known:
        raise Invalid(f"{setting} cannot begin with {scheme!r}; use one of {', '.join(known)}, and ://…")


def secret(value: SecretStr | None) -> str | None:
    return None if value is None else value.get_secret_value()
