"""From settings to a running container of services, closed in reverse. Nothing else imports app.adapters."""

from app.compose.assembly import Assembly, assembled, indexing_of, new_id, now
from app.compose.container import Container, running
from app.compose.upkeep import Rebuild, drop_replaced, migrate, rebuilding

__all__ = [
    "Assembly",
    "Container",
    "Rebuild",
    "assembled",
    "drop_replaced",
    "indexing_of",
    "migrate",
    "new_id",
    "now",
    "rebuilding",
    "running",
]
