// What agents keep with the memory tools, the log of their calls, and what became of those.
//
// `Note.memory` is there on what an agent wrote; `NoteVersion.digest`, of the content, on all that is written from here
// on. `OperationOutcome.first` and `last` are the numbers of the operations that it is about.

CREATE INDEX note_memory IF NOT EXISTS
FOR (n:Note) ON (n.tenant, n.user, n.memory, n.id);

CREATE INDEX note_version_digest IF NOT EXISTS
FOR (v:NoteVersion) ON (v.tenant, v.user, v.current, v.digest);

CREATE CONSTRAINT core_memory IF NOT EXISTS
FOR (c:CoreMemory) REQUIRE (c.tenant, c.user, c.version) IS UNIQUE;

CREATE CONSTRAINT operation IF NOT EXISTS
FOR (o:Operation) REQUIRE (o.tenant, o.user, o.number) IS UNIQUE;

CREATE CONSTRAINT operation_outcome IF NOT EXISTS
FOR (r:OperationOutcome) REQUIRE (r.tenant, r.user, r.number) IS UNIQUE;

CREATE INDEX operation_outcome_first IF NOT EXISTS
FOR (r:OperationOutcome) ON (r.tenant, r.user, r.first);
