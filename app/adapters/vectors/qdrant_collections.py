"""Which collections there are, and which are served.

    palimpsest-episode-3f2a91c0-000002    one collection for each kind, embedder and generation
    palimpsest-episode                    alias: the one that is served
    palimpsest-episode-next               alias: the one that a reindex is filling

What made a collection, and which migrations it has had, stands in its metadata. A reindex fills new collections beside
those that are served and then moves all aliases in one request.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from qdrant_client import models

from app.adapters.vectors.folder import Manifest
from app.adapters.vectors.qdrant_calls import Calls, CollectionMissing
from app.adapters.vectors.qdrant_query import KEYWORD
from app.domain.errors import StoreUnmigrated, Unavailable
from app.ports.vectors import VectorKind

OLDEST = (1, 17)
"""Of the versions of the server that have all that is asked of them."""
ENGINE_IDF = (1, 19)
"""Since then the engine counts document frequencies over a part of a collection."""

PREFIX = "palimpsest"

Names = Mapping[VectorKind, str]
Slot = Literal["", "-next"]
SERVED: Slot = ""
NEXT: Slot = "-next"


@dataclass(frozen=True, slots=True)
class Layout:
    """How collections are made; a change reaches those that exist with the next `palimpsest reindex`.

    `on_disk`: whole vectors and keyword vectors are read from disk. `quantised`: vectors of 8 bits are kept in memory
    to search in, and the best are compared again by the whole ones. `replicas`: a write is acknowledged by most of
    them, and a read asks most of them. `engine_idf`: the engine counts document frequencies; by default where it can
    do so exactly.
    """

    on_disk: bool = False
    quantised: bool = False
    shards: int = 1
    replicas: int = 1
    engine_idf: bool | None = None


@dataclass(frozen=True, slots=True)
class Generation:
    """Collections that belong together. `applied`: by number of migration, its checksum and when, where all of them
    have it. `counted`: document frequencies are counted on our side, by the terms stored with each record."""

    names: Names
    manifest: Manifest
    applied: Mapping[int, tuple[str, str, str]]
    counted: bool
    quantised: bool
    replicated: bool


def alias(prefix: str, kind: VectorKind, slot: Slot) -> str:
    return f"{prefix}-{kind.value}{slot}"


def generation_names(prefix: str, manifest: Manifest, number: int) -> Names:
    identity = hashlib.blake2b(json.dumps(asdict(manifest), sort_keys=True).encode(), digest_size=4).hexdigest()
    return {kind: f"{prefix}-{kind.value}-{identity}-{number:06d}" for kind in VectorKind}


async def version(calls: Calls) -> tuple[int, int]:
    """Of the server. Raises Unavailable when it is too old."""
    told = (await calls.read("info", lambda client: client.info())).version
    match = re.match(r"v?(\d+)\.(\d+)", told)
    found = (int(match[1]), int(match[2])) if match else OLDEST
    if found < OLDEST:
        raise Unavailable(f"Qdrant is of version {told}: upgrade it to {OLDEST[0]}.{OLDEST[1]} or later")
    return found


async def aliases(calls: Calls) -> Mapping[str, str]:
    """Collection by alias, of every installation on the server."""
    found = await calls.read("aliases", lambda client: client.get_aliases())
    return {one.alias_name: one.collection_name for one in found.aliases}


def named(found: Mapping[str, str], prefix: str, slot: Slot) -> Names | None:
    """The collections of a slot; None where not every kind has one."""
    names = {kind: found.get(alias(prefix, kind, slot)) for kind in VectorKind}
    present = {kind: name for kind, name in names.items() if name is not None}
    return present if len(present) == len(names) else None


async def served(calls: Calls, prefix: str) -> Generation:
    """Raises StoreUnmigrated when there is none yet, StoreNewer, Unavailable."""
    names = named(await aliases(calls), prefix, SERVED)
    if names is None:
        raise StoreUnmigrated(f"Qdrant has no collections under {prefix}-*: run `palimpsest migrate` to make them")
    return await described(calls, names)


async def described(calls: Calls, names: Names) -> Generation:
    """Raises CollectionMissing, StoreNewer, Unavailable where the metadata is not ours."""
    infos = [await _info(calls, name) for name in names.values()]
    manifests, applied = [], []
    for name, info in zip(names.values(), infos, strict=True):
        stored = info.config.metadata or {}
        try:
            manifests.append(Manifest.of(stored["manifest"], name))
            applied.append(
                {
                    int(key.removeprefix("migration_")): (one["name"], one["checksum"], one["applied_at"])
                    for key, one in stored.items()
                    if key.startswith("migration_")
                }
            )
        except (ValueError, KeyError, TypeError) as error:
            raise Unavailable(
                f"the metadata of the collection {name} cannot be read ({error!r}): run `palimpsest reindex` to "
                "rebuild it"
            ) from error
    if any(manifest != manifests[0] for manifest in manifests):
        raise Unavailable(f"the collections {', '.join(names.values())} differ: run `palimpsest reindex`")
    common = set(applied[0]).intersection(*applied[1:])
    config = infos[0].config
    sparse = (config.params.sparse_vectors or {}).get(KEYWORD)
    return Generation(
        names=names,
        manifest=manifests[0],
        applied={number: applied[0][number] for number in sorted(common)},
        counted=sparse is None or sparse.modifier != models.Modifier.IDF,
        quantised=config.quantization_config is not None,
        replicated=(config.params.replication_factor or 1) > 1,
    )


async def _info(calls: Calls, name: str) -> models.CollectionInfo:
    return await calls.read("collection", lambda client: client.get_collection(name))


async def exist(calls: Calls, names: Names) -> bool:
    try:
        for name in names.values():
            await _info(calls, name)
    except CollectionMissing:
        return False
    return True


async def generations(calls: Calls, prefix: str) -> dict[str, int]:
    """Every collection of this installation, with the number of its generation."""
    kinds = "|".join(kind.value for kind in VectorKind)
    ours = re.compile(rf"{re.escape(prefix)}-(?:{kinds})-[0-9a-f]{{8}}-(\d+)")
    found = await calls.read("collections", lambda client: client.get_collections())
    return {one.name: int(match[1]) for one in found.collections if (match := ours.fullmatch(one.name))}


async def point(calls: Calls, prefix: str, names: Names, slot: Slot) -> None:
    """Let a slot stand for these collections: all kinds in one request, so nobody sees some of them. The served ones
    are no longer the next ones."""
    actions: list[Any] = []
    for kind, name in names.items():
        actions.append(_unnamed(alias(prefix, kind, slot)))
        actions.append(
            models.CreateAliasOperation(
                create_alias=models.CreateAlias(collection_name=name, alias_name=alias(prefix, kind, slot))
            )
        )
        if slot == SERVED:
            actions.append(_unnamed(alias(prefix, kind, NEXT)))
    await calls.arrange("update_aliases", lambda client: client.update_collection_aliases(actions))


def _unnamed(name: str) -> models.DeleteAliasOperation:
    return models.DeleteAliasOperation(delete_alias=models.DeleteAlias(alias_name=name))


async def drop(calls: Calls, prefix: str, kept: Sequence[Names]) -> None:
    """Every collection of this installation but those kept; what another process has dropped already is no matter."""
    keep = {name for names in kept for name in names.values()}
    gone = [name for name in await generations(calls, prefix) if name not in keep]
    for name in gone:
        await _drop(calls, name)


async def _drop(calls: Calls, name: str) -> None:
    try:
        await calls.arrange("delete_collection", lambda client: client.delete_collection(name))
    except CollectionMissing:
        return
