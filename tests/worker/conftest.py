from tests.servers.neo4j import neo4j_server
from tests.servers.qdrant import qdrant_places, qdrant_server
from tests.servers.redis import redis_server

__all__ = ["neo4j_server", "qdrant_places", "qdrant_server", "redis_server"]
