"""The core that agents keep of a user, what they did with the memory tools, and what became of it. The core, and what
changes a memory, is written by the Ledger."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from app.domain.operations import CoreVersion, Operation, OperationOutcome
from app.domain.scope import Scope


class OperationStore(Protocol):
    """Everything here is only ever added to. Numbers ascend from 1 without gaps, for each user, in the order of
    commits."""

    async def core(self, scope: Scope, known_at: datetime | None = None) -> CoreVersion:
        """The present one, or the one of then; NO_CORE while there is none."""
        ...

    async def core_versions(self, scope: Scope, before: int | None, limit: int) -> list[CoreVersion]:
        """Newest first, below the version `before`."""
        ...

    async def cores(self, scope: Scope, versions: Sequence[int]) -> list[CoreVersion]:
        """Ascending; unknown ones are left out."""
        ...

    async def log(self, scope: Scope, operation: Operation) -> int:
        """Of a call that changed nothing. Returns its number, whatever the one that is given."""
        ...

    async def operations(self, scope: Scope, after: int, limit: int) -> list[Operation]:
        """By number, ascending, beyond `after`."""
        ...

    async def add_outcome(self, scope: Scope, outcome: OperationOutcome) -> int:
        """Returns its number, whatever the one that is given. Raises NotFound for operations that are not there."""
        ...

    async def outcomes(self, scope: Scope, first: int, last: int) -> list[OperationOutcome]:
        """Those of any operation from `first` to `last`, by number."""
        ...

    async def last(self, scope: Scope) -> tuple[int, int]:
        """The numbers of the last operation and of the last outcome, 0 for none."""
        ...
