-- The record: what was said, what was derived from it, and the work that is still to be done.
--
-- Times are microseconds since 1970-01-01 UTC. Everything that belongs to somebody is keyed by (tenant, user) first,
-- and foreign keys never leave that pair. Text compares exactly, code point by code point.

CREATE TABLE tenant (
    id          TEXT NOT NULL PRIMARY KEY,
    name        TEXT NOT NULL,
    created_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE access_key (
    tenant      TEXT NOT NULL REFERENCES tenant (id),
    id          TEXT NOT NULL,
    name        TEXT NOT NULL,
    digest      TEXT NOT NULL UNIQUE,
    rights      TEXT NOT NULL,  -- JSON array
    users       TEXT,           -- JSON array; null: all of the tenant's
    created_at  INTEGER NOT NULL,
    revoked_at  INTEGER,
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

-- The counts are kept by the triggers below, so that no way of changing the record can forget them.
CREATE TABLE user (
    tenant         TEXT NOT NULL,
    user           TEXT NOT NULL,
    next_seq       INTEGER NOT NULL DEFAULT 1,
    revision       INTEGER NOT NULL DEFAULT 0,
    last_activity  INTEGER,
    pending_since  INTEGER,  -- when the oldest pending episode was recorded
    sessions       INTEGER NOT NULL DEFAULT 0,
    episodes       INTEGER NOT NULL DEFAULT 0,
    pending        INTEGER NOT NULL DEFAULT 0,
    failed         INTEGER NOT NULL DEFAULT 0,
    entities       INTEGER NOT NULL DEFAULT 0,
    facts          INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant, user)
) STRICT;

CREATE INDEX user_waiting ON user (pending_since) WHERE pending_since IS NOT NULL;

CREATE TABLE lane (
    tenant      TEXT NOT NULL,
    user        TEXT NOT NULL,
    token       INTEGER NOT NULL,
    owner       TEXT,     -- null: nobody has it
    expires_at  INTEGER,
    not_before  INTEGER,
    attempts    INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant, user)
) STRICT, WITHOUT ROWID;

CREATE TABLE session (
    tenant         TEXT NOT NULL,
    user           TEXT NOT NULL,
    id             TEXT NOT NULL,
    next_position  INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant, user, id),
    FOREIGN KEY (tenant, user) REFERENCES user (tenant, user) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE job (
    tenant        TEXT NOT NULL,
    user          TEXT NOT NULL,
    id            TEXT NOT NULL,
    kind          TEXT NOT NULL,
    state         TEXT NOT NULL CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
    created_at    INTEGER NOT NULL,
    remaining     INTEGER NOT NULL DEFAULT 0 CHECK (remaining >= 0),
    attempts      INTEGER NOT NULL DEFAULT 0,
    started_at    INTEGER,
    finished_at   INTEGER,
    error_code    TEXT,
    error_detail  TEXT,
    outcome       TEXT NOT NULL DEFAULT '{}',  -- JSON object of counts
    PRIMARY KEY (tenant, user, id),
    UNIQUE (tenant, id),
    FOREIGN KEY (tenant, user) REFERENCES user (tenant, user) ON DELETE CASCADE
) STRICT;

CREATE INDEX job_by_state ON job (tenant, user, state, id);

CREATE TABLE episode (
    tenant       TEXT NOT NULL,
    user         TEXT NOT NULL,
    id           TEXT NOT NULL,
    session_id   TEXT NOT NULL,
    seq          INTEGER NOT NULL,
    position     INTEGER NOT NULL,
    role         TEXT NOT NULL,
    name         TEXT,
    kind         TEXT NOT NULL,
    content      TEXT NOT NULL,
    occurred_at  INTEGER NOT NULL,
    recorded_at  INTEGER NOT NULL,
    client_id    TEXT,
    metadata     TEXT NOT NULL,  -- JSON object
    state        TEXT NOT NULL CHECK (state IN ('pending', 'processed', 'failed')),
    job_id       TEXT NOT NULL,
    read_by      TEXT,           -- the extractor that read it last
    speaker      TEXT GENERATED ALWAYS AS (coalesce(name, role)) VIRTUAL,
    PRIMARY KEY (tenant, user, id),
    UNIQUE (tenant, user, seq),
    UNIQUE (tenant, user, session_id, position),
    FOREIGN KEY (tenant, user, session_id) REFERENCES session (tenant, user, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant, user, job_id) REFERENCES job (tenant, user, id)
) STRICT;

CREATE UNIQUE INDEX episode_client ON episode (tenant, user, client_id) WHERE client_id IS NOT NULL;
-- It holds all that summaries of a session ask for.
CREATE INDEX episode_session ON episode (tenant, user, session_id, seq, occurred_at, role, speaker);
CREATE INDEX episode_speaker ON episode (tenant, user, speaker) WHERE role IN ('user', 'assistant');
CREATE INDEX episode_job ON episode (tenant, user, job_id, seq);
CREATE INDEX episode_pending ON episode (tenant, user, seq, recorded_at) WHERE state = 'pending';

CREATE TABLE idempotency (
    tenant       TEXT NOT NULL,
    user         TEXT NOT NULL,
    key          TEXT NOT NULL,
    fingerprint  TEXT NOT NULL,
    job_id       TEXT NOT NULL,
    accepted     TEXT NOT NULL,  -- JSON array of [id, seq, duplicate]
    recorded_at  INTEGER NOT NULL,
    PRIMARY KEY (tenant, user, key),
    FOREIGN KEY (tenant, user) REFERENCES user (tenant, user) ON DELETE CASCADE
) STRICT;

CREATE TABLE entity (
    tenant       TEXT NOT NULL,
    user         TEXT NOT NULL,
    id           TEXT NOT NULL,
    name         TEXT NOT NULL,
    type         TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    summary      TEXT,
    PRIMARY KEY (tenant, user, id),
    FOREIGN KEY (tenant, user) REFERENCES user (tenant, user) ON DELETE CASCADE
) STRICT;

-- Position 0 is the entity's name, the others are its aliases in order.
CREATE TABLE entity_name (
    tenant     TEXT NOT NULL,
    user       TEXT NOT NULL,
    entity_id  TEXT NOT NULL,
    position   INTEGER NOT NULL,
    name       TEXT NOT NULL,
    normal     TEXT NOT NULL,  -- for equality
    folded     TEXT NOT NULL,  -- for containment in any case
    PRIMARY KEY (tenant, user, entity_id, position),
    FOREIGN KEY (tenant, user, entity_id) REFERENCES entity (tenant, user, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE INDEX entity_name_normal ON entity_name (tenant, user, normal);

-- The words of an entity's names, to find names that are like another.
CREATE TABLE entity_word (
    tenant     TEXT NOT NULL,
    user       TEXT NOT NULL,
    word       TEXT NOT NULL,
    entity_id  TEXT NOT NULL,
    PRIMARY KEY (tenant, user, word, entity_id),
    FOREIGN KEY (tenant, user, entity_id) REFERENCES entity (tenant, user, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE INDEX entity_word_entity ON entity_word (tenant, user, entity_id);

-- Who was found to be who. A merge holds until it is undone, and is not forgotten then.
CREATE TABLE entity_merge (
    tenant     TEXT NOT NULL,
    user       TEXT NOT NULL,
    id         TEXT NOT NULL,
    entity_id  TEXT NOT NULL,
    into_id    TEXT NOT NULL,
    score      REAL NOT NULL,
    reason     TEXT NOT NULL,
    evidence   TEXT NOT NULL,  -- JSON array of episode ids, some of which may be deleted since
    merged_by  TEXT NOT NULL CHECK (merged_by IN ('rule', 'caller')),
    merged_at  INTEGER NOT NULL,
    undone_at  INTEGER,
    PRIMARY KEY (tenant, user, id),
    CHECK (entity_id <> into_id),
    FOREIGN KEY (tenant, user, entity_id) REFERENCES entity (tenant, user, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant, user, into_id) REFERENCES entity (tenant, user, id) ON DELETE CASCADE
) STRICT;

CREATE UNIQUE INDEX entity_merge_holds ON entity_merge (tenant, user, entity_id) WHERE undone_at IS NULL;
CREATE INDEX entity_merge_from ON entity_merge (tenant, user, entity_id);
CREATE INDEX entity_merge_into ON entity_merge (tenant, user, into_id);

-- Pairs that may be one, for a person to look at.
CREATE TABLE entity_doubt (
    tenant     TEXT NOT NULL,
    user       TEXT NOT NULL,
    entity_id  TEXT NOT NULL,
    other_id   TEXT NOT NULL,
    score      REAL NOT NULL,
    reason     TEXT NOT NULL,
    evidence   TEXT NOT NULL,  -- JSON array of episode ids, some of which may be deleted since
    noted_at   INTEGER NOT NULL,
    PRIMARY KEY (tenant, user, entity_id, other_id),
    CHECK (entity_id < other_id),
    FOREIGN KEY (tenant, user, entity_id) REFERENCES entity (tenant, user, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant, user, other_id) REFERENCES entity (tenant, user, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE INDEX entity_doubt_other ON entity_doubt (tenant, user, other_id);

-- span_start is -1 where the speaker of the episode is meant.
CREATE TABLE mention (
    tenant      TEXT NOT NULL,
    user        TEXT NOT NULL,
    episode_id  TEXT NOT NULL,
    entity_id   TEXT NOT NULL,
    span_start  INTEGER NOT NULL,
    span_end    INTEGER NOT NULL,
    PRIMARY KEY (tenant, user, episode_id, entity_id, span_start),
    FOREIGN KEY (tenant, user, episode_id) REFERENCES episode (tenant, user, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant, user, entity_id) REFERENCES entity (tenant, user, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE INDEX mention_entity ON mention (tenant, user, entity_id, episode_id);

CREATE TABLE statement (
    tenant            TEXT NOT NULL,
    user              TEXT NOT NULL,
    id                TEXT NOT NULL,
    subject_id        TEXT NOT NULL,
    predicate         TEXT NOT NULL,
    object_key        TEXT NOT NULL,
    object_entity     TEXT,
    object_literal    TEXT,
    polarity          TEXT NOT NULL,
    cardinality       TEXT NOT NULL,
    kind              TEXT NOT NULL,
    text              TEXT NOT NULL,
    valid_from        INTEGER,
    valid_to          INTEGER,
    precision         TEXT NOT NULL,
    said_at           INTEGER NOT NULL,
    recorded_at       INTEGER NOT NULL,
    seq               INTEGER NOT NULL,
    extractor         TEXT NOT NULL,
    episode_id        TEXT,
    span_start        INTEGER,
    span_end          INTEGER,
    quote             TEXT,
    replaces_key      TEXT,
    replaces_entity   TEXT,
    replaces_literal  TEXT,
    -- What it is reconciled with: all of a single-valued predicate, of a many-valued one those of the same value.
    group_key         TEXT GENERATED ALWAYS AS (CASE cardinality WHEN 'one' THEN '' ELSE object_key END) VIRTUAL,
    -- All but what simply holds from a known start on.
    special           INTEGER GENERATED ALWAYS AS (
        polarity <> 'holds' OR replaces_key IS NOT NULL OR valid_from IS NULL OR valid_to IS NOT NULL
        OR (precision IN ('day', 'week', 'month', 'season', 'year') AND said_at > valid_from)
    ) VIRTUAL,
    PRIMARY KEY (tenant, user, id),
    CHECK ((object_entity IS NULL) <> (object_literal IS NULL)),
    CHECK (replaces_key IS NULL OR (replaces_entity IS NULL) <> (replaces_literal IS NULL)),
    FOREIGN KEY (tenant, user) REFERENCES user (tenant, user) ON DELETE CASCADE,
    FOREIGN KEY (tenant, user, subject_id) REFERENCES entity (tenant, user, id),
    FOREIGN KEY (tenant, user, object_entity) REFERENCES entity (tenant, user, id),
    FOREIGN KEY (tenant, user, replaces_entity) REFERENCES entity (tenant, user, id),
    FOREIGN KEY (tenant, user, episode_id) REFERENCES episode (tenant, user, id) ON DELETE CASCADE
) STRICT;

CREATE INDEX statement_group ON statement (tenant, user, subject_id, predicate, object_key);
CREATE INDEX statement_start
    ON statement (tenant, user, subject_id, predicate, group_key, valid_from, said_at, seq, span_start);
CREATE INDEX statement_told ON statement (tenant, user, subject_id, predicate, group_key, said_at, seq, span_start);
CREATE INDEX statement_special ON statement (tenant, user, subject_id, predicate, group_key, valid_to) WHERE special;
CREATE INDEX statement_replaces ON statement (tenant, user, subject_id, predicate, replaces_key)
    WHERE replaces_key IS NOT NULL;
CREATE INDEX statement_ends_all ON statement (tenant, user, subject_id, predicate) WHERE polarity = 'ends_all';
CREATE INDEX statement_replaces_entity ON statement (tenant, user, replaces_entity) WHERE replaces_entity IS NOT NULL;
CREATE INDEX statement_object ON statement (tenant, user, object_entity) WHERE object_entity IS NOT NULL;
CREATE INDEX statement_episode ON statement (tenant, user, episode_id) WHERE episode_id IS NOT NULL;

-- What callers did to a statement, which itself stands as it was said.
CREATE TABLE statement_mark (
    tenant        TEXT NOT NULL,
    user          TEXT NOT NULL,
    statement_id  TEXT NOT NULL,
    subject_id    TEXT NOT NULL,  -- the statement's, to find the marks of a group by
    predicate     TEXT NOT NULL,
    withdrawn     INTEGER NOT NULL DEFAULT 0 CHECK (withdrawn IN (0, 1)),
    outdated      INTEGER NOT NULL DEFAULT 0 CHECK (outdated IN (0, 1)),  -- a newer extraction says otherwise
    restored_at   INTEGER,
    PRIMARY KEY (tenant, user, statement_id),
    FOREIGN KEY (tenant, user, statement_id) REFERENCES statement (tenant, user, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE INDEX statement_mark_group ON statement_mark (tenant, user, subject_id, predicate);
CREATE INDEX statement_mark_restored ON statement_mark (tenant, user, subject_id, predicate)
    WHERE restored_at IS NOT NULL;

CREATE TABLE fact_version (
    tenant           TEXT NOT NULL,
    user             TEXT NOT NULL,
    fact_id          TEXT NOT NULL,
    version          INTEGER NOT NULL,
    subject_id       TEXT NOT NULL,
    predicate        TEXT NOT NULL,
    object_key       TEXT NOT NULL,
    object_entity    TEXT,
    object_literal   TEXT,
    cardinality      TEXT NOT NULL,
    kind             TEXT NOT NULL,
    text             TEXT NOT NULL,
    valid_from       INTEGER,
    valid_to         INTEGER,
    precision        TEXT NOT NULL,
    recorded_from    INTEGER NOT NULL,
    recorded_to      INTEGER,
    extractor        TEXT NOT NULL,
    retired_rule     TEXT,
    retired_fact     TEXT,
    retired_episode  TEXT,  -- may name an episode that was deleted since
    event            INTEGER NOT NULL CHECK (event IN (0, 1)),
    group_key        TEXT GENERATED ALWAYS AS (CASE cardinality WHEN 'one' THEN '' ELSE object_key END) VIRTUAL,
    PRIMARY KEY (tenant, user, fact_id, version),
    CHECK ((object_entity IS NULL) <> (object_literal IS NULL)),
    FOREIGN KEY (tenant, user) REFERENCES user (tenant, user) ON DELETE CASCADE,
    FOREIGN KEY (tenant, user, subject_id) REFERENCES entity (tenant, user, id),
    FOREIGN KEY (tenant, user, object_entity) REFERENCES entity (tenant, user, id)
) STRICT;

CREATE INDEX fact_believed_subject ON fact_version (tenant, user, subject_id, predicate) WHERE recorded_to IS NULL;
CREATE INDEX fact_believed_object ON fact_version (tenant, user, object_key, subject_id) WHERE recorded_to IS NULL;
CREATE INDEX fact_believed_group ON fact_version (tenant, user, subject_id, predicate, group_key, valid_from)
    WHERE recorded_to IS NULL;
CREATE INDEX fact_group ON fact_version (tenant, user, subject_id, predicate, object_key);
CREATE INDEX fact_object ON fact_version (tenant, user, object_key);
CREATE INDEX fact_object_entity ON fact_version (tenant, user, object_entity) WHERE object_entity IS NOT NULL;
CREATE INDEX fact_recorded_from ON fact_version (tenant, user, recorded_from);
CREATE INDEX fact_recorded_to ON fact_version (tenant, user, recorded_to) WHERE recorded_to IS NOT NULL;
CREATE INDEX fact_retired_by ON fact_version (tenant, user, retired_episode) WHERE retired_episode IS NOT NULL;

CREATE TABLE support (
    tenant        TEXT NOT NULL,
    user          TEXT NOT NULL,
    fact_id       TEXT NOT NULL,
    version       INTEGER NOT NULL,
    position      INTEGER NOT NULL,
    statement_id  TEXT NOT NULL,
    PRIMARY KEY (tenant, user, fact_id, version, position),
    UNIQUE (tenant, user, statement_id, fact_id, version),
    FOREIGN KEY (tenant, user, fact_id, version)
        REFERENCES fact_version (tenant, user, fact_id, version) ON DELETE CASCADE,
    FOREIGN KEY (tenant, user, statement_id) REFERENCES statement (tenant, user, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- What an index has still to learn. It outlives what it is about: that something is gone is news too.
CREATE TABLE index_task (
    ticket  INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant  TEXT NOT NULL,
    user    TEXT NOT NULL,
    kind    TEXT NOT NULL,
    id      TEXT NOT NULL
) STRICT;

CREATE INDEX index_task_user ON index_task (tenant, user, ticket);

-- What was said and what was believed is never rewritten.

CREATE TRIGGER statement_stands BEFORE UPDATE ON statement
BEGIN
    SELECT RAISE(ABORT, 'a statement is never changed');
END;

CREATE TRIGGER fact_version_closes_once BEFORE UPDATE ON fact_version
WHEN NOT (
    old.recorded_to IS NULL AND new.recorded_to >= old.recorded_from AND new.retired_rule IS NOT NULL
    AND new.tenant = old.tenant AND new.user = old.user
    AND new.fact_id = old.fact_id AND new.version = old.version
    AND new.subject_id = old.subject_id AND new.predicate = old.predicate
    AND new.object_key = old.object_key AND new.object_entity IS old.object_entity
    AND new.object_literal IS old.object_literal
    AND new.cardinality = old.cardinality AND new.kind = old.kind AND new.text = old.text
    AND new.valid_from IS old.valid_from AND new.valid_to IS old.valid_to AND new.precision = old.precision
    AND new.recorded_from = old.recorded_from AND new.extractor = old.extractor
)
BEGIN
    SELECT RAISE(ABORT, 'a fact version is closed once and never changed otherwise');
END;

-- The counts.

CREATE TRIGGER session_added AFTER INSERT ON session
BEGIN
    UPDATE user SET sessions = sessions + 1 WHERE tenant = new.tenant AND user = new.user;
END;

CREATE TRIGGER session_removed AFTER DELETE ON session
BEGIN
    UPDATE user SET sessions = sessions - 1 WHERE tenant = old.tenant AND user = old.user;
END;

CREATE TRIGGER episode_added AFTER INSERT ON episode
BEGIN
    UPDATE user
    SET episodes = episodes + 1, pending = pending + (new.state = 'pending'), failed = failed + (new.state = 'failed')
    WHERE tenant = new.tenant AND user = new.user;
    UPDATE user SET pending_since = new.recorded_at
    WHERE tenant = new.tenant AND user = new.user AND pending_since IS NULL AND new.state = 'pending';
    UPDATE job SET remaining = remaining + (new.state = 'pending')
    WHERE tenant = new.tenant AND user = new.user AND id = new.job_id;
END;

CREATE TRIGGER episode_moved AFTER UPDATE OF state ON episode WHEN old.state <> new.state
BEGIN
    UPDATE user
    SET pending = pending + (new.state = 'pending') - (old.state = 'pending'),
        failed = failed + (new.state = 'failed') - (old.state = 'failed'),
        pending_since = (
            SELECT recorded_at FROM episode
            WHERE tenant = new.tenant AND user = new.user AND state = 'pending' ORDER BY seq LIMIT 1
        )
    WHERE tenant = new.tenant AND user = new.user;
    UPDATE job SET remaining = remaining + (new.state = 'pending') - (old.state = 'pending')
    WHERE tenant = new.tenant AND user = new.user AND id = new.job_id;
END;

CREATE TRIGGER episode_removed AFTER DELETE ON episode
BEGIN
    UPDATE user
    SET episodes = episodes - 1,
        pending = pending - (old.state = 'pending'),
        failed = failed - (old.state = 'failed'),
        pending_since = (
            SELECT recorded_at FROM episode
            WHERE tenant = old.tenant AND user = old.user AND state = 'pending' ORDER BY seq LIMIT 1
        )
    WHERE tenant = old.tenant AND user = old.user;
    UPDATE job SET remaining = remaining - (old.state = 'pending')
    WHERE tenant = old.tenant AND user = old.user AND id = old.job_id;
END;

CREATE TRIGGER entity_added AFTER INSERT ON entity
BEGIN
    UPDATE user SET entities = entities + 1 WHERE tenant = new.tenant AND user = new.user;
END;

CREATE TRIGGER entity_removed AFTER DELETE ON entity
BEGIN
    UPDATE user SET entities = entities - 1 WHERE tenant = old.tenant AND user = old.user;
END;

-- Two that are one count once.
CREATE TRIGGER entity_merge_begun AFTER INSERT ON entity_merge WHEN new.undone_at IS NULL
BEGIN
    UPDATE user SET entities = entities - 1 WHERE tenant = new.tenant AND user = new.user;
END;

CREATE TRIGGER entity_merge_ended AFTER UPDATE OF undone_at ON entity_merge
WHEN old.undone_at IS NULL AND new.undone_at IS NOT NULL
BEGIN
    UPDATE user SET entities = entities + 1 WHERE tenant = new.tenant AND user = new.user;
END;

CREATE TRIGGER entity_merge_removed AFTER DELETE ON entity_merge WHEN old.undone_at IS NULL
BEGIN
    UPDATE user SET entities = entities + 1 WHERE tenant = old.tenant AND user = old.user;
END;

CREATE TRIGGER fact_version_added AFTER INSERT ON fact_version WHEN new.recorded_to IS NULL
BEGIN
    UPDATE user SET facts = facts + 1 WHERE tenant = new.tenant AND user = new.user;
END;

CREATE TRIGGER fact_version_closed AFTER UPDATE OF recorded_to ON fact_version
WHEN old.recorded_to IS NULL AND new.recorded_to IS NOT NULL
BEGIN
    UPDATE user SET facts = facts - 1 WHERE tenant = new.tenant AND user = new.user;
END;

CREATE TRIGGER fact_version_removed AFTER DELETE ON fact_version WHEN old.recorded_to IS NULL
BEGIN
    UPDATE user SET facts = facts - 1 WHERE tenant = old.tenant AND user = old.user;
END;
