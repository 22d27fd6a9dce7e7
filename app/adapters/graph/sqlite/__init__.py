"""The graph store in one SQLite file."""

from app.adapters.graph.sqlite.store import SqliteGraph

__all__ = ["SqliteGraph"]
