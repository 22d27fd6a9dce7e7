"""From settings to a running container of services, closed in reverse. Nothing else imports app.adapters."""

from app.compose.container import Container, new_id, now, running
from app.compose.upkeep import Rebuild, migrate, rebuilding

__all__ = ["Container", "Rebuild", "migrate", "new_id", "now", "rebuilding", "running"]
