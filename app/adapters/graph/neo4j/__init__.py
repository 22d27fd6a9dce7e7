"""The graph store on Neo4j: one server or cluster, any number of processes."""

from app.adapters.graph.neo4j.store import Neo4jGraph, migrate, migrated

__all__ = ["Neo4jGraph", "migrate", "migrated"]
