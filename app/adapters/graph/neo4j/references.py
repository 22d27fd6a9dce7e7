"""What a foreign key is elsewhere: a change that names something which is not there is refused."""

from __future__ import annotations

from app.domain.errors import Conflict


def all_there(what: str, found: int, wanted: int) -> None:
    """Raises Conflict unless everything that was named was found."""
    if found != wanted:
        raise Conflict(f"the graph store refuses the change: one of the {what} points at nothing")
