"""A circuit breaker: whoever failed time and again is left alone for a while, and then tried once.

Closed, calls pass. After so many failures in a row it opens, and calls are refused at once. When its rest is over it
is half open: one call passes, and by how that goes it closes or opens again.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from enum import IntEnum

from app.domain.errors import Unavailable
from app.domain.time import Clock
from app.ports.metrics import Meter

FAILURES = 5
REST = timedelta(seconds=30)


class State(IntEnum):
    CLOSED = 0
    HALF_OPEN = 1
    OPEN = 2


class Breaker:
    """For one process. `name`: what is behind it, for messages."""

    def __init__(
        self, name: str, clock: Clock, meter: Meter, *, failures: int = FAILURES, rest: timedelta = REST
    ) -> None:
        self._name = name
        self._clock = clock
        self._meter = meter
        self._limit = failures
        self._rest = rest
        self._failures = 0
        self._open_until: datetime | None = None
        self._trying = False
        self._show()

    @property
    def state(self) -> State:
        if self._open_until is None:
            return State.CLOSED
        return State.OPEN if self._clock() < self._open_until else State.HALF_OPEN

    def check(self) -> None:
        """Raises Unavailable while calls are refused."""
        if self.state is State.OPEN or (self.state is State.HALF_OPEN and self._trying):
            raise Unavailable(
                f"{self._name} failed {self._failures} times in a row and is left alone for now",
                until=max(self._open_until or self._clock(), self._clock()),
            )

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Around one call. It fails by Unavailable; by any other error it shows that somebody is there. Raises
        Unavailable while calls are refused."""
        self.check()
        trial = self.state is State.HALF_OPEN
        self._trying = trial
        self._show()
        try:
            yield
        except Unavailable:
            self._failed(trial)
            raise
        except Exception:
            self._succeeded()
            raise
        else:
            self._succeeded()
        finally:
            # also when it was cancelled, which says nothing of who was called
            if trial:
                self._trying = False
            self._show()

    def _succeeded(self) -> None:
        self._failures = 0
        self._open_until = None

    def _failed(self, trial: bool) -> None:
        self._failures += 1
        if trial or self._failures >= self._limit:
            self._open_until = self._clock() + self._rest

    def _show(self) -> None:
        self._meter.gauge("model_breaker", self.state)
