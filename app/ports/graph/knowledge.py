"""Entities and facts: what was derived, and the one transaction that changes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from app.domain.entity import Entity
from app.domain.fact import FactVersion, Span, Statement, Value
from app.domain.identity import Doubt, Merge
from app.domain.jobs import Outcome
from app.domain.note import LinkKey, Note, NoteLink
from app.domain.operations import CoreVersion, Operation
from app.domain.scope import Scope
from app.domain.timeline import Closure, Horizon, Support
from app.ports.graph.lanes import Lease


class FactState(StrEnum):
    """`current`: believed now (or at `known_at`) and valid now (or `as_of`). `all`: every version, whatever
    `as_of` and `known_at` say."""

    CURRENT = "current"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class FactQuery:
    """`subject`, `object`: entity ids (merges already followed by the caller). `as_of`: aware UTC; with state
    CURRENT only versions valid then, None = valid at any time. `known_at`: believed then; None = believed now."""

    subjects: tuple[str, ...] | None = None
    predicate: str | None = None
    objects: tuple[Value, ...] | None = None
    as_of: datetime | None = None
    known_at: datetime | None = None
    state: FactState = FactState.CURRENT


@dataclass(frozen=True, slots=True)
class EntityCard:
    """An entity with how many believed facts name it and how many episodes mention it."""

    entity: Entity
    facts: int
    episodes: int


@dataclass(frozen=True, slots=True)
class Mention:
    """An episode mentions an entity at code points `[start, end)`; both None where its speaker is meant."""

    entity_id: str
    episode_id: str
    start: int | None
    end: int | None


@dataclass(frozen=True, slots=True)
class Processed:
    """An episode that is done, and what it gave to its job's outcome."""

    episode_id: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """All that one step of work changes, to be committed as one. `revision`: the one it was planned against.
    `entities`: new ones, and known ones as they are to be from now on, aliases included. `aliases`: names to add, by
    entity id. `merge`: new merges, of entities that stand for themselves; `unmerge`: ids of entities whose merge is
    undone; `doubt`: pairs to be looked at, one that is known with its new score.
    `deleted_episodes` go with their mentions and statements; what is believed without them is for `close`,
    `append` and `support` to say. `withdraw`, `reinstate`, `restore`: ids of statements to be marked as taken back,
    to be marked so no longer, and to stand against what retired them; `outdated`: of those that a newer extraction
    replaces. `extractor`: who read the episodes `processed` and `reread`; the latter's mentions give way to the ones
    given.
    `notes`: new versions of notes, each of which ends the one before it; what belongs to the note itself is taken from
    its first. `link`: one that is there already stays as it is. `unlink`ed may be what is not there. `remove_notes` go
    with all their versions and links. `core`: the version after the present one. `operation`: the call of a tool that
    all this is the effect of, to be logged."""

    revision: int
    recorded_at: datetime
    entities: tuple[Entity, ...] = ()
    aliases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    mentions: tuple[Mention, ...] = ()
    statements: tuple[Statement, ...] = ()
    close: tuple[Closure, ...] = ()
    append: tuple[FactVersion, ...] = ()
    support: tuple[Support, ...] = ()
    processed: tuple[Processed, ...] = ()
    deleted_episodes: tuple[str, ...] = ()
    merge: tuple[Merge, ...] = ()
    unmerge: tuple[str, ...] = ()
    doubt: tuple[Doubt, ...] = ()
    withdraw: tuple[str, ...] = ()
    reinstate: tuple[str, ...] = ()
    restore: tuple[str, ...] = ()
    outdated: tuple[str, ...] = ()
    reread: tuple[str, ...] = ()
    extractor: str | None = None
    notes: tuple[Note, ...] = ()
    link: tuple[NoteLink, ...] = ()
    unlink: tuple[LinkKey, ...] = ()
    remove_notes: tuple[str, ...] = ()
    core: CoreVersion | None = None
    operation: Operation | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """The facts of a subject under a predicate; with `object_key` (Value.key) only those of this value."""

    subject_id: str
    predicate: str
    object_key: str | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A start of validity within a group. Here a group without an object has its single-valued facts and statements
    only, one with an object the many-valued ones of that value only."""

    group: Group
    start: datetime


@dataclass(frozen=True, slots=True)
class Vicinity:
    """What there is around a place. `versions`: the believed ones that begin before it or there and do not end before
    it, and the first that begins after it, by start; where several hold at one time, two of them at least. `reach`:
    the horizon of all statements that bear on the group, None without any. `plain`: all of them are, in the sense of
    domain.timeline.plain. `restored`: some may have been."""

    versions: tuple[FactVersion, ...]
    reach: Horizon | None
    plain: bool
    restored: bool


@dataclass(frozen=True, slots=True)
class Backing:
    """`statements`: what supports the versions asked for. `former`: the latest versions of facts that are believed no
    longer, as far as any of these statements supports them. `fences`: what was told last to begin at a place."""

    statements: tuple[Statement, ...]
    former: tuple[FactVersion, ...]
    fences: Mapping[Place, Statement]


@dataclass(frozen=True, slots=True)
class Marks:
    """What became of statements that were made: ids of those that callers took back or newer extraction replaced
    (`outdated`: of these alone), and since when callers restored others."""

    withdrawn: frozenset[str]
    restored: Mapping[str, datetime]
    outdated: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Derived:
    """`entities` that the episodes mention, `facts` believed on their evidence, `retired` because of them, `notes` that
    rest on them, by id."""

    entities: tuple[Entity, ...]
    facts: tuple[FactVersion, ...]
    retired: tuple[FactVersion, ...]
    notes: tuple[Note, ...] = ()


class Ledger(Protocol):
    """The one way in which derived memory changes. Each commit raises the user's revision by one."""

    async def revision(self, scope: Scope) -> int:
        """Read it before anything that a ChangeSet is planned from. 0 for an unknown user."""
        ...

    async def commit(self, scope: Scope, changes: ChangeSet, lease: Lease | None = None) -> int | None:
        """Apply all or nothing, durably, with one index task per entity, fact, note and episode that is new, changed or
        gone. `processed` episodes turn from pending to processed and their outcomes are added to their jobs; a job
        with none left succeeds. Raises StaleRevision when the revision has moved on, LeaseLost when `lease` is not
        the lane's present one; then nothing is applied. Returns the number under which the operation is logged, if
        there is one."""
        ...

    async def derived_from(self, scope: Scope, episode_ids: Sequence[str]) -> Derived: ...


class EntityStore(Protocol):
    async def entities(self, scope: Scope, ids: Sequence[str]) -> list[Entity]:
        """In the order of `ids`; unknown ones are left out. Merges are not followed, but said."""
        ...

    async def named(self, scope: Scope, names: Sequence[str]) -> dict[str, list[Entity]]:
        """By normal_name: the entities with that name or alias, oldest first."""
        ...

    async def cards(
        self,
        scope: Scope,
        containing: str | None,
        after: str | None,
        limit: int,
        *,
        as_of: datetime | None = None,
        known_at: datetime | None = None,
    ) -> list[EntityCard]:
        """By id, ascending, beyond `after`, without those that are merged into others; `containing`: in a name or
        alias, any case. Names and counts are of all that are one with it. `as_of`: count facts that hold then, None =
        at any time; `known_at`: those that were known then, by the merges and facts of then."""
        ...

    async def card(
        self, scope: Scope, id: str, *, as_of: datetime | None = None, known_at: datetime | None = None
    ) -> EntityCard | None:
        """As in a list; one that is merged has its own names and counts alone."""
        ...


class FactStore(Protocol):
    async def facts(
        self, scope: Scope, query: FactQuery, after: tuple[str, int] | None, limit: int
    ) -> list[FactVersion]:
        """By (fact_id, version), ascending, beyond `after`."""
        ...

    async def versions(self, scope: Scope, fact_ids: Sequence[str]) -> list[FactVersion]:
        """Every version of these facts, by (fact_id, version)."""
        ...

    async def groups(self, scope: Scope, groups: Sequence[Group]) -> list[FactVersion]:
        """Every version of these groups, believed or not, by (fact_id, version)."""
        ...

    async def statements(self, scope: Scope, groups: Sequence[Group]) -> list[Statement]:
        """Every statement of these groups, by seq, then id. To a group with an object belong also those that end
        every value, and those that replace its own."""
        ...

    async def marks(self, scope: Scope, groups: Sequence[Group]) -> Marks:
        """The marks on the statements of these groups."""
        ...

    async def vicinities(self, scope: Scope, places: Sequence[Place]) -> list[Vicinity]:
        """In the order of `places`. What it takes does not depend on how much a group holds."""
        ...

    async def backing(self, scope: Scope, versions: Sequence[tuple[str, int]], fences: Sequence[Place]) -> Backing:
        """Of versions by (fact_id, version). A fence where nothing begins is left out."""
        ...

    async def statements_from(self, scope: Scope, episode_ids: Sequence[str]) -> list[Statement]:
        """Every statement whose span is in one of these episodes, by seq, then id."""
        ...

    async def evidence(self, scope: Scope, facts: Sequence[tuple[str, int]]) -> dict[tuple[str, int], list[Span]]:
        """By (fact_id, version): the spans of the statements that support it, oldest statement first."""
        ...
