-- What each tenant used of the language model, what it may use a day, and what it tells it.

ALTER TABLE tenant ADD COLUMN daily_tokens INTEGER CHECK (daily_tokens >= 0);  -- null: no budget of its own

CREATE TABLE usage (
    tenant             TEXT NOT NULL,
    day                TEXT NOT NULL,  -- as 2026-06-01, UTC
    purpose            TEXT NOT NULL,
    model              TEXT NOT NULL,
    calls              INTEGER NOT NULL,
    prompt_tokens      INTEGER NOT NULL,
    completion_tokens  INTEGER NOT NULL,
    failures           INTEGER NOT NULL,
    PRIMARY KEY (tenant, day, purpose, model)
) STRICT, WITHOUT ROWID;

CREATE TABLE guidance (
    tenant   TEXT NOT NULL REFERENCES tenant (id),
    number   INTEGER NOT NULL,
    content  TEXT NOT NULL,  -- JSON object
    at       INTEGER NOT NULL,
    PRIMARY KEY (tenant, number)
) STRICT, WITHOUT ROWID;
