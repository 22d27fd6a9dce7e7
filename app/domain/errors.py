"""What can go wrong, as the product names it.

    PalimpsestError
    ├── Invalid            the request cannot be understood
    │   ├── InvalidArguments   of a tool
    │   ├── InvalidCursor
    │   └── UnknownRecipe
    ├── NotFound           no such thing in this scope
    │   └── UnknownTool
    ├── Conflict           it contradicts what is stored
    │   ├── ClientIdConflict
    │   ├── IdempotencyConflict
    │   ├── DuplicateMemory  an agent keeps exactly this already
    │   ├── StaleRevision    the memory changed since it was read; plan again
    │   └── IllegalTransition
    ├── TooLarge
    │   └── CoreTooLong
    ├── Unauthenticated
    ├── Forbidden
    ├── LeaseLost          another worker has the lane now
    ├── BadAnswer          a language model answered something else than it was asked for
    ├── ReadingFailed      whoever read it broke down over it, perhaps because of what it is
    └── Unavailable        an engine is away; the same call may succeed later
        ├── BudgetExhausted  the tenant has used up its tokens for now
        ├── StoreNewer     the files were written by a newer version of the code
        ├── StoreUnmigrated
        ├── StoreInUse     another process has the data folder
        └── EmbedderMismatch

Each class carries a stable `code`; what status it becomes is decided at the rim.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar


class PalimpsestError(Exception):
    """`str(error)` is the message for a person: what is wrong and what to do next."""

    code: ClassVar[str] = "internal"
    retryable: ClassVar[bool] = False

    @property
    def members(self) -> Mapping[str, str | int]:
        """What else a caller may want to know, by name."""
        return {}


class Invalid(PalimpsestError):
    code = "invalid_request"


class InvalidArguments(Invalid):
    code = "invalid_arguments"


class InvalidCursor(Invalid):
    code = "invalid_cursor"


class UnknownRecipe(Invalid):
    code = "unknown_recipe"


class NotFound(PalimpsestError):
    code = "not_found"


class UnknownTool(NotFound):
    code = "unknown_tool"


class Conflict(PalimpsestError):
    code = "conflict"


class ClientIdConflict(Conflict):
    code = "client_id_conflict"


class IdempotencyConflict(Conflict):
    code = "idempotency_conflict"


class DuplicateMemory(Conflict):
    """`existing_id`: of what says so already."""

    code = "duplicate_memory"

    def __init__(self, message: str = "", *, existing_id: str = "") -> None:
        super().__init__(message)
        self.existing_id = existing_id

    @property
    def members(self) -> Mapping[str, str | int]:
        return {"existing_id": self.existing_id}


class StaleRevision(Conflict):
    code = "stale_revision"
    retryable = True


class IllegalTransition(Conflict):
    code = "illegal_transition"


class TooLarge(PalimpsestError):
    code = "too_large"


class CoreTooLong(TooLarge):
    """`tokens`: how many it has; `allowed`: how many it may have."""

    code = "core_too_long"

    def __init__(self, message: str = "", *, tokens: int = 0, allowed: int = 0) -> None:
        super().__init__(message)
        self.tokens = tokens
        self.allowed = allowed

    @property
    def members(self) -> Mapping[str, str | int]:
        return {"tokens": self.tokens, "tokens_allowed": self.allowed}


class Unauthenticated(PalimpsestError):
    code = "unauthenticated"


class Forbidden(PalimpsestError):
    code = "forbidden"


class LeaseLost(PalimpsestError):
    code = "lease_lost"
    retryable = True


class BadAnswer(PalimpsestError):
    code = "bad_model_answer"
    retryable = True


class ReadingFailed(PalimpsestError):
    code = "reading_failed"
    retryable = True


class Unavailable(PalimpsestError):
    """`until`: when it is worth another try, aware UTC; None where nobody knows."""

    code = "unavailable"
    retryable = True

    def __init__(self, message: str = "", *, until: datetime | None = None) -> None:
        super().__init__(message)
        self.until = until


class BudgetExhausted(Unavailable):
    code = "budget_exhausted"


class StoreNewer(Unavailable):
    code = "store_newer"
    retryable = False


class StoreUnmigrated(Unavailable):
    code = "store_unmigrated"
    retryable = False


class StoreInUse(Unavailable):
    code = "store_in_use"
    retryable = False


class EmbedderMismatch(Unavailable):
    code = "embedder_mismatch"
    retryable = False
