-- Notes: what they rest on, their versions, and how they hang together.

ALTER TABLE user ADD COLUMN notes INTEGER NOT NULL DEFAULT 0;

CREATE TABLE note (
    tenant       TEXT NOT NULL,
    user         TEXT NOT NULL,
    id           TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    occurred_at  INTEGER NOT NULL,
    PRIMARY KEY (tenant, user, id),
    FOREIGN KEY (tenant, user) REFERENCES user (tenant, user) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE note_version (
    tenant         TEXT NOT NULL,
    user           TEXT NOT NULL,
    note_id        TEXT NOT NULL,
    version        INTEGER NOT NULL,
    content        TEXT NOT NULL,
    context        TEXT NOT NULL,
    keywords       TEXT NOT NULL,  -- JSON array
    tags           TEXT NOT NULL,  -- JSON array
    stale          INTEGER NOT NULL CHECK (stale IN (0, 1)),
    origin         TEXT NOT NULL,
    cause_episode  TEXT,           -- may name an episode that was deleted since
    cause_note     TEXT,           -- may name a note that was deleted since
    cause_by       TEXT,
    recorded_from  INTEGER NOT NULL,
    recorded_to    INTEGER,
    PRIMARY KEY (tenant, user, note_id, version),
    FOREIGN KEY (tenant, user, note_id) REFERENCES note (tenant, user, id) ON DELETE CASCADE
) STRICT;

CREATE UNIQUE INDEX note_version_current ON note_version (tenant, user, note_id) WHERE recorded_to IS NULL;

CREATE TABLE note_source (
    tenant      TEXT NOT NULL,
    user        TEXT NOT NULL,
    note_id     TEXT NOT NULL,
    episode_id  TEXT NOT NULL,
    position    INTEGER NOT NULL,
    PRIMARY KEY (tenant, user, note_id, episode_id),
    FOREIGN KEY (tenant, user, note_id) REFERENCES note (tenant, user, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant, user, episode_id) REFERENCES episode (tenant, user, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE INDEX note_source_episode ON note_source (tenant, user, episode_id, note_id);

CREATE TABLE note_basis (
    tenant    TEXT NOT NULL,
    user      TEXT NOT NULL,
    note_id   TEXT NOT NULL,
    basis_id  TEXT NOT NULL,  -- the note that it is derived from
    position  INTEGER NOT NULL,
    PRIMARY KEY (tenant, user, note_id, basis_id),
    CHECK (note_id <> basis_id),
    FOREIGN KEY (tenant, user, note_id) REFERENCES note (tenant, user, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant, user, basis_id) REFERENCES note (tenant, user, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE INDEX note_basis_basis ON note_basis (tenant, user, basis_id, note_id);

CREATE TABLE note_entity (
    tenant     TEXT NOT NULL,
    user       TEXT NOT NULL,
    note_id    TEXT NOT NULL,
    entity_id  TEXT NOT NULL,
    position   INTEGER NOT NULL,
    PRIMARY KEY (tenant, user, note_id, entity_id),
    FOREIGN KEY (tenant, user, note_id) REFERENCES note (tenant, user, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant, user, entity_id) REFERENCES entity (tenant, user, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE INDEX note_entity_entity ON note_entity (tenant, user, entity_id, note_id);

-- From the older note to the newer.
CREATE TABLE note_link (
    tenant         TEXT NOT NULL,
    user           TEXT NOT NULL,
    from_id        TEXT NOT NULL,
    to_id          TEXT NOT NULL,
    relation       TEXT NOT NULL,
    origin         TEXT NOT NULL,
    cause_episode  TEXT,
    cause_note     TEXT,
    cause_by       TEXT,
    created_at     INTEGER NOT NULL,
    PRIMARY KEY (tenant, user, from_id, to_id, relation),
    CHECK (from_id <> to_id),
    FOREIGN KEY (tenant, user, from_id) REFERENCES note (tenant, user, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant, user, to_id) REFERENCES note (tenant, user, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE INDEX note_link_to ON note_link (tenant, user, to_id, from_id);

CREATE TRIGGER note_version_closes_once BEFORE UPDATE ON note_version
WHEN NOT (
    old.recorded_to IS NULL AND new.recorded_to >= old.recorded_from
    AND new.tenant = old.tenant AND new.user = old.user
    AND new.note_id = old.note_id AND new.version = old.version
    AND new.content = old.content AND new.context = old.context
    AND new.keywords = old.keywords AND new.tags = old.tags AND new.stale = old.stale
    AND new.origin = old.origin AND new.cause_episode IS old.cause_episode
    AND new.cause_note IS old.cause_note AND new.cause_by IS old.cause_by
    AND new.recorded_from = old.recorded_from
)
BEGIN
    SELECT RAISE(ABORT, 'a version of a note is closed once and never changed otherwise');
END;

CREATE TRIGGER note_added AFTER INSERT ON note
BEGIN
    UPDATE user SET notes = notes + 1 WHERE tenant = new.tenant AND user = new.user;
END;

CREATE TRIGGER note_removed AFTER DELETE ON note
BEGIN
    UPDATE user SET notes = notes - 1 WHERE tenant = old.tenant AND user = old.user;
END;
