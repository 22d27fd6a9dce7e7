// The record: what was said, and the work that is still to be done.
//
// Times are microseconds since 1970-01-01 UTC. Everything that belongs to somebody is keyed by (tenant, user) first.
// An index on several properties holds only what has all of them.

CREATE CONSTRAINT tenant IF NOT EXISTS
FOR (t:Tenant) REQUIRE t.id IS UNIQUE;

CREATE CONSTRAINT access_key IF NOT EXISTS
FOR (k:Key) REQUIRE (k.tenant, k.id) IS UNIQUE;

CREATE CONSTRAINT access_key_digest IF NOT EXISTS
FOR (k:Key) REQUIRE k.digest IS UNIQUE;

CREATE CONSTRAINT user IF NOT EXISTS
FOR (u:User) REQUIRE (u.tenant, u.user) IS UNIQUE;

// Those alone that have something pending: since when the oldest of it waits.
CREATE INDEX user_waiting IF NOT EXISTS
FOR (u:User) ON (u.pending_since);

CREATE CONSTRAINT lane IF NOT EXISTS
FOR (l:Lane) REQUIRE (l.tenant, l.user) IS UNIQUE;

CREATE CONSTRAINT session IF NOT EXISTS
FOR (s:Session) REQUIRE (s.tenant, s.user, s.id) IS UNIQUE;

CREATE CONSTRAINT job IF NOT EXISTS
FOR (j:Job) REQUIRE (j.tenant, j.id) IS UNIQUE;

CREATE INDEX job_of_user IF NOT EXISTS
FOR (j:Job) ON (j.tenant, j.user, j.id);

CREATE INDEX job_by_state IF NOT EXISTS
FOR (j:Job) ON (j.tenant, j.user, j.state, j.id);

CREATE CONSTRAINT episode IF NOT EXISTS
FOR (e:Episode) REQUIRE (e.tenant, e.user, e.id) IS UNIQUE;

CREATE CONSTRAINT episode_seq IF NOT EXISTS
FOR (e:Episode) REQUIRE (e.tenant, e.user, e.seq) IS UNIQUE;

CREATE CONSTRAINT episode_position IF NOT EXISTS
FOR (e:Episode) REQUIRE (e.tenant, e.user, e.session_id, e.position) IS UNIQUE;

CREATE CONSTRAINT episode_client IF NOT EXISTS
FOR (e:Episode) REQUIRE (e.tenant, e.user, e.client_id) IS UNIQUE;

CREATE INDEX episode_session IF NOT EXISTS
FOR (e:Episode) ON (e.tenant, e.user, e.session_id, e.seq);

CREATE INDEX episode_job IF NOT EXISTS
FOR (e:Episode) ON (e.tenant, e.user, e.job_id, e.seq);

CREATE INDEX episode_state IF NOT EXISTS
FOR (e:Episode) ON (e.tenant, e.user, e.state, e.seq);

// Who takes part, and in how many episodes.
CREATE CONSTRAINT voice IF NOT EXISTS
FOR (v:Voice) REQUIRE (v.tenant, v.user, v.name) IS UNIQUE;

CREATE CONSTRAINT idempotency IF NOT EXISTS
FOR (r:IdempotencyRecord) REQUIRE (r.tenant, r.user, r.key) IS UNIQUE;

// What an index has still to learn. It outlives what it is about: that something is gone is news too.
CREATE CONSTRAINT index_task IF NOT EXISTS
FOR (t:IndexTask) REQUIRE t.ticket IS UNIQUE;

CREATE INDEX index_task_user IF NOT EXISTS
FOR (t:IndexTask) ON (t.tenant, t.user, t.ticket);

CREATE CONSTRAINT sequence IF NOT EXISTS
FOR (s:Sequence) REQUIRE s.name IS UNIQUE;
