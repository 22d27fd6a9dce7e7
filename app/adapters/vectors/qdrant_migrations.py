"""Makes the collections and brings them up to what the code was written for, one numbered migration at a time.

A migration is a JSON object: `create`, in the first, says how collections are made; `index` names the payload fields
to be indexed in every collection, each with Qdrant's parameters of the index. Every step may be repeated, and by
several processes at once, since collections are named after what they hold.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from qdrant_client import models

from app.adapters.migration_files import Migration, MigrationStatus, shipped
from app.adapters.vectors.folder import Manifest
from app.adapters.vectors.qdrant_calls import Calls
from app.adapters.vectors.qdrant_collections import (
    ENGINE_IDF,
    PREFIX,
    SERVED,
    Generation,
    Layout,
    Names,
    aliases,
    described,
    exist,
    generation_names,
    named,
    point,
    version,
)
from app.adapters.vectors.qdrant_query import DENSE, KEYWORD
from app.domain.errors import StoreNewer, StoreUnmigrated, Unavailable
from app.domain.time import Clock
from app.ports.metrics import Meter
from app.ports.vectors import VectorKind

ENGINE = "qdrant"
QUANTILE = 0.99

_INDEX: TypeAdapter[Any] = TypeAdapter(models.PayloadSchemaParams)


async def migrate(
    url: str,
    *,
    api_key: str | None,
    embedder_identity: str,
    dimension: int,
    keyword_identity: str,
    clock: Clock,
    meter: Meter,
    prefix: str = PREFIX,
    layout: Layout | None = None,
    migrations: Sequence[Migration] | None = None,
) -> list[MigrationStatus]:
    """Make the collections where there are none, apply what is missing where there are, and return what was applied.
    May be run again, and by several processes at once. Collections of another embedder are migrated as they are.
    Raises StoreNewer, StoreUnmigrated for a migration that changed since it was applied, Invalid, Unavailable."""
    wanted = shipped(ENGINE) if migrations is None else migrations
    calls = await Calls.connect(url, api_key=api_key, meter=meter)
    try:
        names = named(await aliases(calls), prefix, SERVED)
        if names is None:
            names = generation_names(prefix, Manifest(embedder_identity, dimension, keyword_identity), 1)
            manifest = Manifest(embedder_identity, dimension, keyword_identity)
            applied = await create(calls, names, manifest, layout or Layout(), clock(), wanted)
            await point(calls, prefix, names, SERVED)
            return applied
        generation = await described(calls, names)
        refuse_strangers(generation, wanted)
        missing = [migration for migration in wanted if migration.number not in generation.applied]
        return await _apply(calls, names, missing, clock())
    finally:
        await calls.close()


async def status(
    url: str,
    *,
    api_key: str | None,
    meter: Meter,
    prefix: str = PREFIX,
    migrations: Sequence[Migration] | None = None,
) -> list[MigrationStatus]:
    """Every migration, applied or not, by number; changes nothing. Raises as `migrate` does."""
    wanted = shipped(ENGINE) if migrations is None else migrations
    calls = await Calls.connect(url, api_key=api_key, meter=meter)
    try:
        names = named(await aliases(calls), prefix, SERVED)
        applied: Mapping[int, tuple[str, str, str]] = {}
        if names is not None:
            generation = await described(calls, names)
            refuse_strangers(generation, wanted)
            applied = generation.applied
        return [
            MigrationStatus(
                m.number, m.name, datetime.fromisoformat(applied[m.number][2]) if m.number in applied else None
            )
            for m in wanted
        ]
    finally:
        await calls.close()


def refuse_strangers(generation: Generation, wanted: Sequence[Migration]) -> None:
    """Raises StoreNewer, or StoreUnmigrated for a migration that changed since it was applied."""
    where = ", ".join(generation.names.values())
    newest = max(generation.applied, default=0)
    if newest > len(wanted):
        raise StoreNewer(
            f"the collections {where} were made by a newer version of Palimpsest (its migration {newest:04} "
            f"{generation.applied[newest][0]!r} is unknown here); install that version or a later one"
        )
    for migration in wanted:
        known = generation.applied.get(migration.number)
        if known is not None and known[1] != migration.checksum:
            raise StoreUnmigrated(
                f"migration {migration.number:04} {migration.name!r} differs from the one that {where} were made "
                "with; reinstall Palimpsest, or use the version that made them"
            )


def refuse_unmigrated(generation: Generation, wanted: Sequence[Migration]) -> None:
    """Raises StoreNewer, StoreUnmigrated."""
    refuse_strangers(generation, wanted)
    if missing := [migration for migration in wanted if migration.number not in generation.applied]:
        raise StoreUnmigrated(
            f"the collections in Qdrant lack migration {missing[0].number:04} {missing[0].name!r}: "
            "run `palimpsest migrate`"
        )


async def create(
    calls: Calls, names: Names, manifest: Manifest, layout: Layout, now: datetime, migrations: Sequence[Migration]
) -> list[MigrationStatus]:
    """Collections of these names, with all indexes, before there is any data in them."""
    engine_idf = layout.engine_idf
    told = await version(calls)
    if engine_idf is None:
        # with several shards the engine counts in each on its own
        engine_idf = told >= ENGINE_IDF and layout.shards == 1
    settings = _settings(json.loads(migrations[0].text)["create"], manifest, layout, engine_idf=engine_idf)
    for kind, name in names.items():
        await _create(calls, kind, name, settings)
    return await _apply(calls, names, migrations, now)


def _settings(create: Mapping[str, Any], manifest: Manifest, layout: Layout, *, engine_idf: bool) -> dict[str, Any]:
    quantised = models.ScalarQuantization(
        scalar=models.ScalarQuantizationConfig(type=models.ScalarType.INT8, quantile=QUANTILE, always_ram=True)
    )
    return {
        "vectors_config": {
            DENSE: models.VectorParams(
                size=manifest.dimension, distance=models.Distance(create["distance"]), on_disk=layout.on_disk
            )
        },
        "sparse_vectors_config": {
            KEYWORD: models.SparseVectorParams(
                index=models.SparseIndexParams(on_disk=layout.on_disk),
                modifier=models.Modifier.IDF if engine_idf else None,
            )
        },
        "hnsw_config": models.HnswConfigDiff(**create["hnsw"], on_disk=layout.on_disk),
        "quantization_config": quantised if layout.quantised else None,
        "on_disk_payload": True,
        "shard_number": layout.shards,
        "replication_factor": layout.replicas,
        "write_consistency_factor": layout.replicas // 2 + 1,
        "metadata": {"manifest": asdict(manifest)},
    }


async def _create(calls: Calls, kind: VectorKind, name: str, settings: Mapping[str, Any]) -> None:
    try:
        await calls.arrange("create_collection", lambda client: client.create_collection(name, **settings))
    except Unavailable:
        # another process was as quick, or the answer to an earlier try was lost
        if not await exist(calls, {kind: name}):
            raise


async def _apply(calls: Calls, names: Names, migrations: Sequence[Migration], now: datetime) -> list[MigrationStatus]:
    for migration in migrations:
        for name in names.values():
            for field, index in json.loads(migration.text).get("index", {}).items():
                await _index(calls, name, field, index)
            await _record(calls, name, migration, now)
    return [MigrationStatus(migration.number, migration.name, now) for migration in migrations]


async def _index(calls: Calls, name: str, field: str, index: Mapping[str, Any]) -> None:
    if calls.embedded:
        return
    schema = _INDEX.validate_python(index)
    await calls.arrange(
        "create_index", lambda client: client.create_payload_index(name, field, field_schema=schema, wait=True)
    )


async def _record(calls: Calls, name: str, migration: Migration, now: datetime) -> None:
    entry = {"name": migration.name, "checksum": migration.checksum, "applied_at": now.isoformat()}
    metadata = {f"migration_{migration.number:04}": entry}
    await calls.arrange("record_migration", lambda client: client.update_collection(name, metadata=metadata))
