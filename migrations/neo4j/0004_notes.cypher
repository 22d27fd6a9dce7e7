// Notes, their versions, and how they hang together. `NoteVersion.current` is there on the current one alone.

CREATE CONSTRAINT note IF NOT EXISTS
FOR (n:Note) REQUIRE (n.tenant, n.user, n.id) IS UNIQUE;

CREATE CONSTRAINT note_version IF NOT EXISTS
FOR (v:NoteVersion) REQUIRE (v.tenant, v.user, v.note_id, v.version) IS UNIQUE;

CREATE INDEX note_version_current IF NOT EXISTS
FOR (v:NoteVersion) ON (v.tenant, v.user, v.current, v.note_id);

CREATE CONSTRAINT note_link IF NOT EXISTS
FOR ()-[l:LINKED_TO]-() REQUIRE (l.tenant, l.user, l.from_id, l.to_id, l.relation) IS UNIQUE;
