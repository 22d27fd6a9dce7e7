-- What agents keep with the memory tools, the log of their calls, and what became of those.

ALTER TABLE note ADD COLUMN memory TEXT CHECK (memory IN ('semantic', 'episodic'));  -- null: not written by an agent

CREATE INDEX note_memory ON note (tenant, user, memory, id) WHERE memory IS NOT NULL;

-- Of the content, as agents are refused to keep the same twice; null for what was written before there were agents.
ALTER TABLE note_version ADD COLUMN digest TEXT;

CREATE INDEX note_version_digest ON note_version (tenant, user, digest)
WHERE recorded_to IS NULL AND digest IS NOT NULL;

CREATE TABLE core_memory (
    tenant   TEXT NOT NULL,
    user     TEXT NOT NULL,
    version  INTEGER NOT NULL,
    content  TEXT NOT NULL,
    at       INTEGER NOT NULL,
    PRIMARY KEY (tenant, user, version),
    FOREIGN KEY (tenant, user) REFERENCES user (tenant, user) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE operation (
    tenant     TEXT NOT NULL,
    user       TEXT NOT NULL,
    number     INTEGER NOT NULL,
    at         INTEGER NOT NULL,
    tool       TEXT NOT NULL,
    arguments  TEXT NOT NULL,  -- JSON object
    seen       TEXT NOT NULL,  -- JSON object: the version of the core, and by type pairs of id and version
    results    TEXT NOT NULL,  -- JSON array of pairs of id and version
    error      TEXT,
    actor      TEXT,
    PRIMARY KEY (tenant, user, number),
    FOREIGN KEY (tenant, user) REFERENCES user (tenant, user) ON DELETE CASCADE
) STRICT;

CREATE TABLE operation_outcome (
    tenant   TEXT NOT NULL,
    user     TEXT NOT NULL,
    number   INTEGER NOT NULL,
    first    INTEGER NOT NULL,  -- of the operations that it is about
    last     INTEGER NOT NULL,
    reward   REAL NOT NULL,
    details  TEXT NOT NULL,     -- JSON object
    at       INTEGER NOT NULL,
    actor    TEXT,
    PRIMARY KEY (tenant, user, number),
    CHECK (first <= last),
    FOREIGN KEY (tenant, user, first) REFERENCES operation (tenant, user, number) ON DELETE CASCADE,
    FOREIGN KEY (tenant, user, last) REFERENCES operation (tenant, user, number) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE INDEX operation_outcome_first ON operation_outcome (tenant, user, first, last);
CREATE INDEX operation_outcome_last ON operation_outcome (tenant, user, last);

CREATE TRIGGER core_memory_stands BEFORE UPDATE ON core_memory
BEGIN
    SELECT RAISE(ABORT, 'a version of the core memory is never changed');
END;

CREATE TRIGGER operation_stands BEFORE UPDATE ON operation
BEGIN
    SELECT RAISE(ABORT, 'an operation is never changed');
END;

CREATE TRIGGER operation_outcome_stands BEFORE UPDATE ON operation_outcome
BEGIN
    SELECT RAISE(ABORT, 'an outcome is never changed');
END;

DROP TRIGGER note_version_closes_once;

CREATE TRIGGER note_version_closes_once BEFORE UPDATE ON note_version
WHEN NOT (
    old.recorded_to IS NULL AND new.recorded_to >= old.recorded_from
    AND new.tenant = old.tenant AND new.user = old.user
    AND new.note_id = old.note_id AND new.version = old.version
    AND new.content = old.content AND new.context = old.context
    AND new.keywords = old.keywords AND new.tags = old.tags AND new.stale = old.stale
    AND new.origin = old.origin AND new.cause_episode IS old.cause_episode
    AND new.cause_note IS old.cause_note AND new.cause_by IS old.cause_by
    AND new.recorded_from = old.recorded_from AND new.digest IS old.digest
)
BEGIN
    SELECT RAISE(ABORT, 'a version of a note is closed once and never changed otherwise');
END;
