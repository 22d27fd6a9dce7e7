"""Pages of what a store lists: one more than wanted is asked for, and tells whether there is a next page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

Row = TypeVar("Row")


def page_of(rows: Sequence[Row], limit: int, cursor: Callable[[Row], str]) -> tuple[list[Row], str | None]:
    """`rows`: up to `limit` + 1, in the order of the listing; `cursor`: of the row that a page ends with."""
    if len(rows) <= limit:
        return list(rows), None
    return list(rows[:limit]), cursor(rows[limit - 1])
