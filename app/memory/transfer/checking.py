"""The whole of a file is looked at before any of it is written: that every line can be read, that lines stand in the
order in which they can be written, and that whatever a record names is there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from app.domain.entity import Entity
from app.domain.errors import Invalid
from app.domain.fact import FactVersion, Statement, Value
from app.domain.identity import Doubt, Merge
from app.domain.jobs import Job
from app.domain.note import Note, NoteLink
from app.domain.operations import MAX_SPAN, CoreVersion, Operation, OperationOutcome
from app.domain.scope import Scope
from app.domain.timeline import Support
from app.memory.transfer.lines import OF_USERS, Entry, OfTenant, check_first, entry, line
from app.ports.accounts import Key, Tenant
from app.ports.graph.knowledge import Mention
from app.ports.graph.transfer import AnsweredRequest, EpisodeRecord, Mark, NoteBasis, Record, SessionState, UserState

_PLACE = {kind: place for place, kind in enumerate(OF_USERS.values())}
_PLACE[Support] = _PLACE[FactVersion]


@dataclass(frozen=True, slots=True)
class UserContent:
    """`digest`: the same for the same records in any order. `indexed`: how many of them have vectors."""

    scope: Scope
    records: int
    digest: int
    indexed: int


@dataclass(frozen=True, slots=True)
class Contents:
    tenants: tuple[Tenant, ...]
    keys: tuple[Key, ...]
    users: tuple[UserContent, ...]


def parsed(lines: Iterable[bytes]) -> Iterator[tuple[int, Entry]]:
    """With the numbers of the lines, which count from 1. Raises Invalid, naming the line, also for a file that ends
    before its end."""
    number, ended = 0, False
    for number, read in enumerate(lines, 1):
        if number == 1:
            check_first(read)
            continue
        if ended:
            raise Invalid(f"line {number}: stands after the end")
        try:
            found = entry(read)
        except (ValueError, RecursionError) as error:
            raise Invalid(f"line {number}: {error}") from error
        if isinstance(found, Entry):
            yield number, found
        elif found.records != number - 2:
            raise Invalid(f"line {number}: there should be {found.records} records, but there are {number - 2}")
        else:
            ended = True
    if not ended:
        raise Invalid(f"the file ends after line {number}, before the export does; export again")


def surveyed(lines: Iterable[bytes]) -> Contents:
    """Raises Invalid, naming the line."""
    tenants: dict[str, Tenant] = {}
    keys: dict[str, Key] = {}
    users: dict[Scope, User] = {}
    latest: User | None = None
    for number, found in parsed(lines):
        try:
            scope = found.scope
            if isinstance(found.record, Tenant):
                _once(tenants, found.tenant, found.record.id == found.tenant)
                tenants[found.tenant] = found.record
            elif found.tenant not in tenants:
                raise ValueError(f"tenant {found.tenant!r} has no line before this one")
            elif isinstance(found.record, Key):
                _once(keys, found.record.id, found.record.tenant == found.tenant)
                keys[found.record.id] = found.record
            elif scope is None:
                latest = None
            else:
                if latest is None or latest.scope != scope:
                    _once(users, scope, isinstance(found.record, UserState))
                    latest = users[scope] = User(scope)
                latest.add(found.record)
        except ValueError as error:
            raise Invalid(f"line {number}: {error}") from error
    return Contents(tuple(tenants.values()), tuple(keys.values()), tuple(user.content() for user in users.values()))


def _once(seen: Mapping[Any, object], name: object, fits: bool) -> None:
    if name in seen:
        raise ValueError(f"{name} was there before; the lines of one stand together")
    if not fits:
        raise ValueError(f"{name} does not begin like this")


def digest_of(found: Entry) -> int:
    """To be added up."""
    return int.from_bytes(sha256(line(found)).digest())


@dataclass(slots=True)
class User:
    """What was seen of a user so far; ids by what they are of."""

    scope: Scope
    records: int = 0
    digest: int = 0
    place: int = -1
    state: UserState | None = None
    ids: dict[str, set[object]] = field(default_factory=dict)

    def content(self) -> UserContent:
        indexed = sum(len(self.ids.get(of, ())) for of in ("episode", "entity", "fact", "note"))
        return UserContent(self.scope, self.records, self.digest % 2**256, indexed)

    def add(self, record: Record | OfTenant) -> None:
        """Raises ValueError for one that does not fit those before."""
        assert not isinstance(record, OfTenant)
        place = _PLACE[type(record)]
        if place < self.place or (isinstance(record, UserState) and self.state is not None):
            raise ValueError("stands too late: the lines of a user are ordered by kind")
        self.place = place
        self._check(record)
        self.records += 1
        self.digest += digest_of(Entry(self.scope.tenant, self.scope.user, record))

    def _check(self, record: Record) -> None:
        match record:
            case UserState():
                self.state = record
            case SessionState(id=id):
                self._new("session", id)
            case Job(id=id, user_id=user):
                self._new("job", id)
                if user != self.scope.user:
                    raise ValueError("the job is another user's")
            case EpisodeRecord(episode=episode):
                self._known("session", episode.session_id)
                self._known("job", episode.job_id)
                self._new("episode", episode.id)
                self._new("seq", episode.seq)
                self._new("position", (episode.session_id, episode.position))
                if episode.client_id is not None:
                    self._new("client_id", episode.client_id)
                if self.state is None or not 0 < episode.seq <= self.state.seq:
                    raise ValueError("the episode's seq is not one that was given")
            case AnsweredRequest(key=key):
                self._new("answer", key)
            case Entity(id=id):
                self._new("entity", id)
            case Merge():
                self._known("entity", record.entity_id, record.into_id)
                self._new("merge", record.id)
                if record.undone_at is None:
                    self._new("merge of", record.entity_id)
                if record.entity_id == record.into_id:
                    raise ValueError("an entity is merged into itself")
            case Doubt(entity_id=one, other_id=other):
                self._known("entity", one, other)
                self._new("doubt", (one, other))
            case Mention():
                self._known("episode", record.episode_id)
                self._known("entity", record.entity_id)
                self._new("mention", (record.episode_id, record.entity_id, record.start))
            case Statement():
                self._known("entity", record.subject_id, *_named(record.object, record.replaces))
                self._new("statement", record.id)
                if record.span is not None:
                    self._known("episode", record.span.episode_id)
            case Mark(statement_id=id):
                self._known("statement", id)
                self._new("mark", id)
            case FactVersion():
                self._known("entity", record.subject_id, *_named(record.object))
                self._known("statement", *record.statement_ids)
                self._new("version", (record.fact_id, record.version))
                self.ids.setdefault("fact", set()).add(record.fact_id)
                if (record.recorded_to is None) != (record.retired_by is None):
                    raise ValueError("a version is retired by something just when it is believed no longer")
            case Support():
                self._known("version", (record.fact_id, record.version))
                self._known("statement", *record.statement_ids)
            case Note(id=id, version=version):
                self._known("episode", *record.sources)
                self._known("entity", *record.entities)
                self._new("note" if version == 1 else "version of the note", id if version == 1 else (id, version))
                if version > 1:
                    self._known("note", id)
                if version > 2:
                    self._known("version of the note", (id, version - 1))
            case NoteBasis(note_id=id):
                self._known("note", id, *record.derived_from)
                self._new("basis", id)
                if id in record.derived_from:
                    raise ValueError("a note is derived from itself")
            case NoteLink(key=key):
                self._known("note", key.from_id, key.to_id)
                self._new("link", key)
                if key.from_id == key.to_id:
                    raise ValueError("a note is linked with itself")
            case CoreVersion(version=number):
                self._next("version of the core", number)
                if record.at is None:
                    raise ValueError("nobody knows when the core was written")
            case Operation(number=number):
                self._next("operation", number)
            case OperationOutcome(number=number):
                self._next("outcome", number)
                self._known("operation", record.first, record.last)
                if not 0 <= record.last - record.first < MAX_SPAN:
                    raise ValueError("the outcome is about no operation or about too many")
                if not -1 <= record.reward <= 1:
                    raise ValueError("the reward is not from -1 to 1")

    def _next(self, of: str, number: int) -> None:
        if number != len(self.ids.get(of, ())) + 1:
            raise ValueError(f"the {of} {number} does not come next")
        self._new(of, number)

    def _new(self, of: str, id: object) -> None:
        seen = self.ids.setdefault(of, set())
        if id in seen:
            raise ValueError(f"the {of} {id!r} was there before")
        seen.add(id)

    def _known(self, of: str, *ids: object) -> None:
        seen = self.ids.get(of, set())
        for id in ids:
            if id not in seen:
                raise ValueError(f"there is no {of} {id!r} before this line")


def _named(*values: Value | None) -> list[str]:
    return [value.entity_id for value in values if value is not None and value.entity_id is not None]
