from tests.servers.neo4j import own_neo4j
from tests.servers.qdrant import own_qdrant
from tests.servers.redis import own_redis

__all__ = ["own_neo4j", "own_qdrant", "own_redis"]
