"""Counts and durations, by name and a few labels of bounded cardinality."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol


class Meter(Protocol):
    def count(self, name: str, amount: int = 1, **labels: str) -> None: ...

    def gauge(self, name: str, value: float, **labels: str) -> None: ...

    def timed(self, name: str, **labels: str) -> AbstractContextManager[None]:
        """Observe how long the block took, in seconds, also when it raises."""
        ...
