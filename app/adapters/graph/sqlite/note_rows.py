"""Between the rows of notes and their values."""

from __future__ import annotations

import json

from app.adapters.graph.encoding import micros, moment
from app.adapters.graph.sqlite.rows import Row, listed, of
from app.domain.note import Cause, LinkKey, Note, NoteLink, NoteMemory, Origin, Relation


def _own(column: str) -> str:
    """Of the note itself."""
    return f"(SELECT n.{column} FROM note n WHERE n.tenant = v.tenant AND n.user = v.user AND n.id = v.note_id)"


def _named(table: str, column: str) -> str:
    return f"""(
        SELECT json_group_array({column}) FROM (
            SELECT x.{column} FROM {table} x
            WHERE x.tenant = v.tenant AND x.user = v.user AND x.note_id = v.note_id ORDER BY x.position
        )
    )"""


VERSION = (
    "note_id, version, content, context, keywords, tags, stale, origin, cause_episode, cause_note, cause_by, "
    "recorded_from, recorded_to"
)
NOTE = ", ".join(
    (
        of("v", VERSION),
        _own("created_at"),
        _own("occurred_at"),
        _named("note_source", "episode_id"),
        _named("note_basis", "basis_id"),
        _named("note_entity", "entity_id"),
        _own("memory"),
    )
)
"""Of a version `v`, as `note` reads them."""


def version_row(note: Note) -> Row:
    return (
        note.id,
        note.version,
        note.content,
        note.context,
        listed(note.keywords),
        listed(note.tags),
        int(note.stale),
        *_cause_row(note.cause),
        micros(note.recorded_from),
        micros(note.recorded_to),
    )


def note(row: Row) -> Note:
    return Note(
        id=row[0],
        version=row[1],
        content=row[2],
        context=row[3],
        keywords=tuple(json.loads(row[4])),
        tags=tuple(json.loads(row[5])),
        stale=bool(row[6]),
        cause=_cause(row[7:11]),
        recorded_from=moment(row[11]),
        recorded_to=moment(row[12]),
        created_at=moment(row[13]),
        occurred_at=moment(row[14]),
        sources=tuple(json.loads(row[15])),
        derived_from=tuple(json.loads(row[16])),
        entities=tuple(json.loads(row[17])),
        memory=None if row[18] is None else NoteMemory(row[18]),
    )


LINK = "from_id, to_id, relation, origin, cause_episode, cause_note, cause_by, created_at"


def link_row(link: NoteLink) -> Row:
    return (link.from_id, link.to_id, link.relation.value, *_cause_row(link.cause), micros(link.created_at))


def note_link(row: Row) -> NoteLink:
    return NoteLink(LinkKey(row[0], row[1], Relation(row[2])), _cause(row[3:7]), moment(row[7]))


def _cause_row(cause: Cause) -> Row:
    return (cause.origin.value, cause.episode_id, cause.note_id, cause.by)


def _cause(row: Row) -> Cause:
    return Cause(Origin(row[0]), *row[1:])
