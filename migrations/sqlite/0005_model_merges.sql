-- A merge may be a model's. What a column may hold cannot be changed, so the table is made anew.

CREATE TABLE entity_merge_anew (
    tenant     TEXT NOT NULL,
    user       TEXT NOT NULL,
    id         TEXT NOT NULL,
    entity_id  TEXT NOT NULL,
    into_id    TEXT NOT NULL,
    score      REAL NOT NULL,
    reason     TEXT NOT NULL,
    evidence   TEXT NOT NULL,  -- JSON array of episode ids, some of which may be deleted since
    merged_by  TEXT NOT NULL CHECK (merged_by IN ('rule', 'caller', 'model')),
    merged_at  INTEGER NOT NULL,
    undone_at  INTEGER,
    PRIMARY KEY (tenant, user, id),
    CHECK (entity_id <> into_id),
    FOREIGN KEY (tenant, user, entity_id) REFERENCES entity (tenant, user, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant, user, into_id) REFERENCES entity (tenant, user, id) ON DELETE CASCADE
) STRICT;

INSERT INTO entity_merge_anew
SELECT tenant, user, id, entity_id, into_id, score, reason, evidence, merged_by, merged_at, undone_at
FROM entity_merge;

DROP TABLE entity_merge;

ALTER TABLE entity_merge_anew RENAME TO entity_merge;

CREATE UNIQUE INDEX entity_merge_holds ON entity_merge (tenant, user, entity_id) WHERE undone_at IS NULL;
CREATE INDEX entity_merge_from ON entity_merge (tenant, user, entity_id);
CREATE INDEX entity_merge_into ON entity_merge (tenant, user, into_id);

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
