CREATE TABLE af_journal_sql_events_new (
  {{tenant.column}}
  run_id TEXT NOT NULL,
  seq BIGINT NOT NULL CHECK (seq > 0),
  type TEXT NOT NULL,
  at BIGINT NOT NULL,
  data TEXT NOT NULL,
  hash TEXT NOT NULL,
  PRIMARY KEY ({{tenant.key}} run_id, seq)
) WITHOUT ROWID;
INSERT INTO af_journal_sql_events_new (run_id, seq, type, at, data, hash)
  SELECT run_id, seq, type, at, data, hash FROM af_journal_sql_events ORDER BY run_id, seq;
DROP TABLE af_journal_sql_events;
ALTER TABLE af_journal_sql_events_new RENAME TO af_journal_sql_events;
