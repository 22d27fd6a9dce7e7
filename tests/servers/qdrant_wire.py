"""The local mode of Qdrant's client behind Qdrant's own protocol, for a machine that has no server: several processes
can use it, and what the adapter sends crosses the wire. Where local mode is laxer it is as strict as a server: a field
is filtered by only once it is indexed, and what a version does not know is refused.

    python -m tests.servers.qdrant_wire 6334 folder 1.17.1
"""

# ruff: noqa: N802 - the methods have the names of the calls

from __future__ import annotations

import asyncio
import json
import sys
import warnings
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any

import grpc
from qdrant_client import AsyncQdrantClient, models
from qdrant_client import grpc as wire
from qdrant_client.conversions.conversion import GrpcToRest, RestToGrpc
from qdrant_client.local import local_collection
from qdrant_client.local.distances import calculate_distance

KEY = "the key that opens it"
LARGEST = 64 * 1024 * 1024

Handler = Callable[[Any, Any], Awaitable[Any]]


def conditions(where: models.Filter | None) -> Iterable[models.FieldCondition]:
    if where is not None:
        for group in (where.must, where.must_not, where.should):
            for condition in group if isinstance(group, list) else []:
                if isinstance(condition, models.FieldCondition):
                    yield condition


class Refused(Exception):
    def __init__(self, code: grpc.StatusCode, reason: str) -> None:
        super().__init__(reason)
        self.code = code


class Wire:
    """All three services."""

    def __init__(self, client: AsyncQdrantClient, indexes: Path, version: str) -> None:
        self._client = client
        self._file = indexes
        self._indexes: dict[str, dict[str, str]] = json.loads(indexes.read_text()) if indexes.exists() else {}
        self._version = version
        self._corpora = tuple(int(part) for part in version.split(".")[:2]) >= (1, 19)

    # The service as a whole

    async def HealthCheck(self, request: Any, context: Any) -> Any:
        return wire.HealthCheckReply(title="qdrant - vector search engine", version=self._version)

    # Collections

    async def Get(self, request: Any, context: Any) -> Any:
        info = await self._client.get_collection(request.collection_name)
        return wire.GetCollectionInfoResponse(result=RestToGrpc.convert_collection_info(info))

    async def List(self, request: Any, context: Any) -> Any:
        found = await self._client.get_collections()
        return wire.ListCollectionsResponse(
            collections=[RestToGrpc.convert_collection_description(one) for one in found.collections]
        )

    async def Create(self, request: Any, context: Any) -> Any:
        await self._client.create_collection(
            request.collection_name,
            vectors_config=GrpcToRest.convert_vectors_config(request.vectors_config),
            sparse_vectors_config=GrpcToRest.convert_sparse_vector_config(request.sparse_vectors_config),
            hnsw_config=GrpcToRest.convert_hnsw_config_diff(request.hnsw_config),
            metadata=GrpcToRest.convert_payload(request.metadata),
        )
        return wire.CollectionOperationResponse(result=True)

    async def Update(self, request: Any, context: Any) -> Any:
        await self._client.update_collection(
            request.collection_name, metadata=GrpcToRest.convert_payload(request.metadata)
        )
        return wire.CollectionOperationResponse(result=True)

    async def Delete(self, request: Any, context: Any) -> Any:
        if isinstance(request, wire.DeletePoints):
            return await self._delete_points(request)
        self._indexes.pop(request.collection_name, None)
        return wire.CollectionOperationResponse(result=await self._client.delete_collection(request.collection_name))

    async def UpdateAliases(self, request: Any, context: Any) -> Any:
        actions = [GrpcToRest.convert_alias_operations(action) for action in request.actions]
        return wire.CollectionOperationResponse(result=await self._client.update_collection_aliases(actions))

    async def ListAliases(self, request: Any, context: Any) -> Any:
        found = await self._client.get_aliases()
        return wire.ListAliasesResponse(aliases=[RestToGrpc.convert_alias_description(one) for one in found.aliases])

    # Points

    async def CreateFieldIndex(self, request: Any, context: Any) -> Any:
        await self._client.get_collection(request.collection_name)
        index = GrpcToRest.convert_payload_schema_params(request.field_index_params)
        self._indexes.setdefault(request.collection_name, {})[request.field_name] = index.model_dump_json()
        self._file.write_text(json.dumps(self._indexes))
        return self._done()

    async def Upsert(self, request: Any, context: Any) -> Any:
        points = [GrpcToRest.convert_point_struct(point) for point in request.points]
        await self._client.upsert(request.collection_name, points)
        return self._done()

    async def _delete_points(self, request: Any) -> Any:
        selector = GrpcToRest.convert_points_selector(request.points)
        await self._check(request.collection_name, selector.filter)
        await self._client.delete(request.collection_name, selector)
        return self._done()

    async def Count(self, request: Any, context: Any) -> Any:
        where = GrpcToRest.convert_filter(request.filter)
        await self._check(request.collection_name, where)
        found = await self._client.count(request.collection_name, count_filter=where, exact=request.exact)
        return wire.CountResponse(result=RestToGrpc.convert_count_result(found))

    async def QueryBatch(self, request: Any, context: Any) -> Any:
        asked = [GrpcToRest.convert_query_points(one) for one in request.query_points]
        for one in asked:
            await self._check(request.collection_name, one.filter)
            if one.params is not None and one.params.idf is not None and not self._corpora:
                raise Refused(grpc.StatusCode.INVALID_ARGUMENT, "idf: not before 1.19")
        found = await self._client.query_batch_points(request.collection_name, asked)
        return wire.QueryBatchResponse(
            result=[
                wire.BatchResult(result=[RestToGrpc.convert_scored_point(point) for point in one.points])
                for one in found
            ]
        )

    async def Scroll(self, request: Any, context: Any) -> Any:
        where = GrpcToRest.convert_filter(request.filter)
        await self._check(request.collection_name, where)
        records, beyond = await self._client.scroll(
            request.collection_name,
            scroll_filter=where,
            limit=request.limit,
            offset=GrpcToRest.convert_point_id(request.offset) if request.HasField("offset") else None,
            with_payload=GrpcToRest.convert_with_payload_interface(request.with_payload),
        )
        return wire.ScrollResponse(
            result=[RestToGrpc.convert_record(record) for record in records],
            next_page_offset=RestToGrpc.convert_extended_point_id(beyond) if beyond is not None else None,
        )

    def _done(self) -> Any:
        return wire.PointsOperationResponse(result=wire.UpdateResult(status=wire.UpdateStatus.Completed))

    async def _check(self, collection: str, where: models.Filter | None) -> None:
        await self._client.get_collection(collection)
        indexes = self._indexes.get(collection, {})
        for condition in conditions(where):
            if condition.key not in indexes:
                raise Refused(grpc.StatusCode.INVALID_ARGUMENT, f"Index required but not found for {condition.key!r}")

    def __getattr__(self, name: str) -> Any:
        """What the service has and no adapter asks for; the generated code looks for every method."""
        if name.startswith("_"):
            raise AttributeError(name)

        async def unknown(request: Any, context: Any) -> Any:
            raise Refused(grpc.StatusCode.UNIMPLEMENTED, name)

        return unknown


class Guard(grpc.aio.ServerInterceptor):
    """Refuses a wrong key and gives failures the codes that a server gives them."""

    async def intercept_service(self, continuation: Any, call: Any) -> Any:
        handler = await continuation(call)
        given = dict(call.invocation_metadata).get("api-key")
        inner = handler.unary_unary

        async def guarded(request: Any, context: Any) -> Any:
            if given not in (None, KEY):
                await context.abort(grpc.StatusCode.UNAUTHENTICATED, "Invalid API key or JWT")
            try:
                return await inner(request, context)
            except Refused as error:
                await context.abort(error.code, str(error))
            except ValueError as error:
                await context.abort(_code(str(error)), str(error))

        return grpc.unary_unary_rpc_method_handler(
            guarded, request_deserializer=handler.request_deserializer, response_serializer=handler.response_serializer
        )


def _code(reason: str) -> grpc.StatusCode:
    if reason.endswith("not found"):
        return grpc.StatusCode.NOT_FOUND
    return grpc.StatusCode.ALREADY_EXISTS if reason.endswith("already exists") else grpc.StatusCode.INVALID_ARGUMENT


def undisturbed(query: Any, vectors: Any, distance: models.Distance) -> Any:
    """Local mode normalises what is stored once more with every search, so that the same search would give other
    scores the second time."""
    return calculate_distance(query, vectors.copy(), distance)


async def main(port: str, folder: str, version: str) -> None:
    local_collection.calculate_distance = undisturbed
    warnings.simplefilter("ignore")
    client = AsyncQdrantClient(path=folder)
    services = Wire(client, Path(folder) / "indexes.json", version)
    server = grpc.aio.server(interceptors=[Guard()], options=[("grpc.max_receive_message_length", LARGEST)])
    wire.add_QdrantServicer_to_server(services, server)
    wire.add_CollectionsServicer_to_server(services, server)
    wire.add_PointsServicer_to_server(services, server)
    assert server.add_insecure_port(f"127.0.0.1:{port}")
    await server.start()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await server.wait_for_termination()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
