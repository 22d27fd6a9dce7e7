// What was derived from the record: entities and who is one with whom, statements, versions of facts.
//
// An index on several properties holds only what has all of them. `Fact.believed` is there while a version is
// believed, `Statement.special_to` on those that are not plain, `StatementMark.restored_at` on what was restored.

CREATE CONSTRAINT entity IF NOT EXISTS
FOR (e:Entity) REQUIRE (e.tenant, e.user, e.id) IS UNIQUE;

CREATE INDEX entity_name IF NOT EXISTS
FOR (n:EntityName) ON (n.tenant, n.user, n.normal);

CREATE CONSTRAINT entity_word IF NOT EXISTS
FOR (w:EntityWord) REQUIRE (w.tenant, w.user, w.word, w.entity_id) IS UNIQUE;

CREATE CONSTRAINT merge IF NOT EXISTS
FOR ()-[m:MERGED_INTO]-() REQUIRE (m.tenant, m.user, m.id) IS UNIQUE;

CREATE CONSTRAINT doubt IF NOT EXISTS
FOR ()-[d:IN_DOUBT]-() REQUIRE (d.tenant, d.user, d.entity_id, d.other_id) IS UNIQUE;

CREATE CONSTRAINT statement IF NOT EXISTS
FOR (s:Statement) REQUIRE (s.tenant, s.user, s.id) IS UNIQUE;

CREATE INDEX statement_group IF NOT EXISTS
FOR (s:Statement) ON (s.tenant, s.user, s.subject_id, s.predicate, s.object_key);

CREATE INDEX statement_polarity IF NOT EXISTS
FOR (s:Statement) ON (s.tenant, s.user, s.subject_id, s.predicate, s.polarity);

CREATE INDEX statement_replaces IF NOT EXISTS
FOR (s:Statement) ON (s.tenant, s.user, s.subject_id, s.predicate, s.replaces_key);

CREATE INDEX statement_start IF NOT EXISTS
FOR (s:Statement) ON (s.tenant, s.user, s.subject_id, s.predicate, s.group_key, s.valid_from, s.said_at, s.seq, s.place);

CREATE INDEX statement_told IF NOT EXISTS
FOR (s:Statement) ON (s.tenant, s.user, s.subject_id, s.predicate, s.group_key, s.said_at, s.seq, s.place);

CREATE INDEX statement_special IF NOT EXISTS
FOR (s:Statement) ON (s.tenant, s.user, s.subject_id, s.predicate, s.group_key, s.special_to);

CREATE CONSTRAINT statement_mark IF NOT EXISTS
FOR (m:StatementMark) REQUIRE (m.tenant, m.user, m.statement_id) IS UNIQUE;

CREATE INDEX statement_mark_group IF NOT EXISTS
FOR (m:StatementMark) ON (m.tenant, m.user, m.subject_id, m.predicate);

CREATE INDEX statement_mark_restored IF NOT EXISTS
FOR (m:StatementMark) ON (m.tenant, m.user, m.subject_id, m.predicate, m.restored_at);

CREATE CONSTRAINT fact IF NOT EXISTS
FOR (f:Fact) REQUIRE (f.tenant, f.user, f.fact_id, f.version) IS UNIQUE;

CREATE INDEX fact_believed_subject IF NOT EXISTS
FOR (f:Fact) ON (f.tenant, f.user, f.believed, f.subject_id, f.fact_id, f.version);

CREATE INDEX fact_believed_object IF NOT EXISTS
FOR (f:Fact) ON (f.tenant, f.user, f.believed, f.object_key, f.fact_id, f.version);

CREATE INDEX fact_believed_group IF NOT EXISTS
FOR (f:Fact) ON (f.tenant, f.user, f.believed, f.subject_id, f.predicate, f.group_key, f.begins);

CREATE INDEX fact_group IF NOT EXISTS
FOR (f:Fact) ON (f.tenant, f.user, f.subject_id, f.predicate, f.object_key);

CREATE INDEX fact_object IF NOT EXISTS
FOR (f:Fact) ON (f.tenant, f.user, f.object_key);

CREATE INDEX fact_recorded_from IF NOT EXISTS
FOR (f:Fact) ON (f.tenant, f.user, f.recorded_from);

CREATE INDEX fact_recorded_to IF NOT EXISTS
FOR (f:Fact) ON (f.tenant, f.user, f.recorded_to);

CREATE INDEX fact_retired_by IF NOT EXISTS
FOR (f:Fact) ON (f.tenant, f.user, f.retired_episode);
