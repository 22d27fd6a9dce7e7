"""Between the properties of notes, their versions and links, and their values."""

from __future__ import annotations

from app.adapters.graph.encoding import digest, micros, moment
from app.adapters.graph.neo4j.properties import Properties
from app.domain.note import Cause, LinkKey, Note, NoteLink, NoteMemory, Origin, Relation

NOTE = """v {.*, created_at: n.created_at, occurred_at: n.occurred_at, memory: n.memory,
    sources: COLLECT { MATCH (n)-[rests:RESTS_ON]->(d:Episode) RETURN d.id ORDER BY rests.position },
    derived_from: COLLECT { MATCH (n)-[from:DERIVED_FROM]->(b:Note) RETURN b.id ORDER BY from.position },
    entities: COLLECT { MATCH (n)-[about:ABOUT]->(e:Entity) RETURN e.id ORDER BY about.position }
}"""
"""Of a version `v` of a note `n`, as `note` reads it."""
LINK = "link {.*}"


def version_properties(note: Note) -> Properties:
    """`current`: true while it is, and not there afterwards."""
    return {
        "note_id": note.id,
        "version": note.version,
        "content": note.content,
        "context": note.context,
        "keywords": list(note.keywords),
        "tags": list(note.tags),
        "stale": note.stale,
        **_cause_properties(note.cause),
        "recorded_from": micros(note.recorded_from),
        "recorded_to": micros(note.recorded_to),
        "current": True if note.current else None,
        "digest": digest(note.content),
    }


def note_properties(note: Note) -> Properties:
    """What belongs to the note itself; beside it what its relationships lead to, by their order."""
    return {
        "id": note.id,
        "note": {
            "id": note.id,
            "created_at": micros(note.created_at),
            "occurred_at": micros(note.occurred_at),
            "memory": note.memory and note.memory.value,
        },
        "sources": list(dict.fromkeys(note.sources)),
        "derived_from": list(dict.fromkeys(note.derived_from)),
        "entities": list(dict.fromkeys(note.entities)),
    }


def note(found: Properties) -> Note:
    return Note(
        id=found["note_id"],
        version=found["version"],
        content=found["content"],
        context=found["context"],
        keywords=tuple(found["keywords"]),
        tags=tuple(found["tags"]),
        sources=tuple(found["sources"]),
        cause=_cause(found),
        created_at=moment(found["created_at"]),
        occurred_at=moment(found["occurred_at"]),
        recorded_from=moment(found["recorded_from"]),
        recorded_to=moment(found.get("recorded_to")),
        derived_from=tuple(found["derived_from"]),
        entities=tuple(found["entities"]),
        stale=found["stale"],
        memory=None if found["memory"] is None else NoteMemory(found["memory"]),
    )


def key_properties(key: LinkKey) -> Properties:
    return {"from_id": key.from_id, "to_id": key.to_id, "relation": key.relation.value}


def link_properties(link: NoteLink) -> Properties:
    return {**key_properties(link.key), **_cause_properties(link.cause), "created_at": micros(link.created_at)}


def note_link(found: Properties) -> NoteLink:
    key = LinkKey(found["from_id"], found["to_id"], Relation(found["relation"]))
    return NoteLink(key, _cause(found), moment(found["created_at"]))


def _cause_properties(cause: Cause) -> Properties:
    return {
        "origin": cause.origin.value,
        "cause_episode": cause.episode_id,
        "cause_note": cause.note_id,
        "cause_by": cause.by,
    }


def _cause(found: Properties) -> Cause:
    return Cause(Origin(found["origin"]), found.get("cause_episode"), found.get("cause_note"), found.get("cause_by"))
