"""The lines of an export. Each is an object that says what it is and whose, so that lines mean the same in any order:

    {"kind": "export", "format": "palimpsest", "version": 1}
    {"kind": "tenant", "tenant": "acme", "record": {…}}
    {"kind": "user", "tenant": "acme", "user": "ana", "record": {…}}
    …
    {"kind": "key", "tenant": "acme", "record": {…}}
    {"kind": "end", "records": 3}

The first says how to read the others, the last how many there are, so that a file that was cut off is known for one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, BinaryIO

from app.domain.entity import Entity
from app.domain.errors import Invalid
from app.domain.fact import FactVersion, Statement
from app.domain.guidance import GuidanceVersion
from app.domain.identity import Doubt, Merge
from app.domain.jobs import Job
from app.domain.note import Note, NoteLink
from app.domain.operations import CoreVersion, Operation, OperationOutcome
from app.domain.scope import Scope, checked_name
from app.domain.timeline import Support
from app.domain.usage import Usage
from app.memory.transfer.encoding import plain, reader
from app.ports.accounts import Key, Tenant
from app.ports.graph.knowledge import Mention
from app.ports.graph.transfer import AnsweredRequest, EpisodeRecord, Mark, NoteBasis, Record, SessionState, UserState
from app.ports.graph.usage import UsagePosition

FORMAT = "palimpsest"
VERSION = 1
MAX_LINE_BYTES = 8 * 1024 * 1024
MOST_STATEMENTS = 1_000
"""In one line. Those that also support the same version follow as lines of their own."""


@dataclass(frozen=True, slots=True)
class Budget:
    """Tokens a day that a tenant may use."""

    tokens: int


OfTenant = Tenant | Budget | GuidanceVersion | Usage | Key

OF_TENANTS: Mapping[str, type[OfTenant]] = {
    "tenant": Tenant,
    "budget": Budget,
    "guidance": GuidanceVersion,
    "usage": Usage,
    "key": Key,
}
OF_USERS: Mapping[str, type[Record]] = {
    "user": UserState,
    "session": SessionState,
    "job": Job,
    "episode": EpisodeRecord,
    "answer": AnsweredRequest,
    "entity": Entity,
    "merge": Merge,
    "doubt": Doubt,
    "mention": Mention,
    "statement": Statement,
    "mark": Mark,
    "fact": FactVersion,
    "support": Support,
    "note": Note,
    "basis": NoteBasis,
    "link": NoteLink,
    "core": CoreVersion,
    "operation": Operation,
    "outcome": OperationOutcome,
}
"""In the order in which they stand in a file; a fact's support follows the fact."""
_NAMES: Mapping[type, str] = {kind: name for name, kind in (*OF_TENANTS.items(), *OF_USERS.items())}


@dataclass(frozen=True, slots=True)
class Entry:
    """A line between the first and the last. `user`: None for what a tenant has."""

    tenant: str
    user: str | None
    record: Record | OfTenant

    @property
    def scope(self) -> Scope | None:
        return Scope(self.tenant, self.user) if self.user is not None else None


@dataclass(frozen=True, slots=True)
class End:
    records: int


def position(usage: Usage) -> UsagePosition:
    return usage.day, usage.purpose, usage.model


def first_line() -> bytes:
    return _line({"kind": "export", "format": FORMAT, "version": VERSION})


def last_line(records: int) -> bytes:
    return _line({"kind": "end", "records": records})


def line(entry: Entry) -> bytes:
    """Raises ValueError for text that has no UTF-8."""
    owner = {"tenant": entry.tenant} if entry.user is None else {"tenant": entry.tenant, "user": entry.user}
    return _line({"kind": _NAMES[type(entry.record)], **owner, "record": plain(entry.record)})


def entries(scope: Scope, records: Sequence[Record]) -> Iterator[Entry]:
    """The lines that these take."""
    for record in records:
        if isinstance(record, FactVersion) and len(record.statement_ids) > MOST_STATEMENTS:
            ids = record.statement_ids
            yield Entry(scope.tenant, scope.user, replace(record, statement_ids=ids[:MOST_STATEMENTS]))
            for start in range(MOST_STATEMENTS, len(ids), MOST_STATEMENTS):
                more = Support(record.fact_id, record.version, ids[start : start + MOST_STATEMENTS])
                yield Entry(scope.tenant, scope.user, more)
        else:
            yield Entry(scope.tenant, scope.user, record)


def check_first(read: bytes) -> None:
    """Raises Invalid for what is no export, or one of a newer version."""
    try:
        said = json.loads(read)
        version = said["version"] if (said["kind"], said["format"]) == ("export", FORMAT) else None
    except (ValueError, TypeError, KeyError):
        version = None
    if not isinstance(version, int):
        raise Invalid("line 1: this is not an export of Palimpsest")
    if version != VERSION:
        raise Invalid(
            f"line 1: the export has format {version}, and this version of Palimpsest reads format {VERSION}; "
            "import it with the version that wrote it or a newer one"
        )


def entry(read: bytes) -> Entry | End:
    """Raises ValueError, saying what is wrong."""
    said = json.loads(read)
    if not isinstance(said, dict) or not isinstance(said.get("kind"), str):
        raise ValueError("is not an object with a kind")
    kind = said["kind"]
    if kind == "end":
        return End(reader(int)(said.get("records")))
    of = OF_TENANTS.get(kind) or OF_USERS.get(kind)
    if of is None:
        raise ValueError(f"has the kind {kind!r}, which is not known")
    wanted = {"kind", "tenant", "record"} | ({"user"} if kind in OF_USERS else set())
    if said.keys() != wanted:
        raise ValueError(f"has not just the fields {', '.join(sorted(wanted))}")
    try:
        tenant = checked_name("tenant", reader(str)(said["tenant"]))
        user = checked_name("user", reader(str)(said["user"])) if kind in OF_USERS else None
    except Invalid as error:
        raise ValueError(str(error)) from error
    try:
        return Entry(tenant, user, reader(of)(said["record"]))
    except (ValueError, Invalid) as error:
        raise ValueError(f"{kind}: {error}") from error


def split(file: BinaryIO) -> Iterator[bytes]:
    """The lines of a file, never more than one at a time. Raises Invalid for one that is too long."""
    number = 0
    while read := file.readline(MAX_LINE_BYTES + 1):
        number += 1
        if len(read) > MAX_LINE_BYTES:
            raise Invalid(f"line {number}: is longer than {MAX_LINE_BYTES} bytes")
        yield read


def _line(said: dict[str, Any]) -> bytes:
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
