-- The outcome repeats a final status and is null before: set once in the life of a run, it is what the partial indexes stand
-- on, so that the appends in between, and the renewals of a lease, touch no index.
-- Room is left in each page for the newer version of a row, which then needs no new entry in any index.
-- Ids are ordered byte by byte, as on SQLite, which also costs less than by the rules of a language.
-- Rows hold no checks here: the server reads the text of each anew for every statement, and an append changes one row,
-- which six of them would make four times as dear. The same table on SQLite has them.
CREATE TABLE af_journal_sql_runs (
  {{tenant.column}}
  id TEXT COLLATE "C" NOT NULL,
  subject TEXT NOT NULL,
  status TEXT NOT NULL,
  outcome TEXT,
  idempotency_key TEXT,
  created_at BIGINT NOT NULL,
  last_seq BIGINT NOT NULL,
  hash TEXT NOT NULL,
  owner TEXT,
  fence BIGINT NOT NULL,
  lease_until BIGINT,
  wake_at BIGINT,
  wishes TEXT,
  request TEXT NOT NULL,
  run TEXT NOT NULL,
  PRIMARY KEY ({{tenant.key}} id)
) WITH (fillfactor = 50);
CREATE UNIQUE INDEX af_journal_sql_runs_key ON af_journal_sql_runs ({{tenant.key}} idempotency_key)
  WHERE idempotency_key IS NOT NULL;
CREATE INDEX af_journal_sql_runs_time ON af_journal_sql_runs ({{tenant.key}} created_at, id);
CREATE INDEX af_journal_sql_runs_subject ON af_journal_sql_runs ({{tenant.key}} subject, created_at, id);
CREATE INDEX af_journal_sql_runs_live ON af_journal_sql_runs ({{tenant.key}} created_at, id)
  WHERE outcome IS NULL;
CREATE INDEX af_journal_sql_runs_lost ON af_journal_sql_runs ({{tenant.key}} created_at, id)
  WHERE outcome IN ('failed', 'cancelled');
CREATE INDEX af_journal_sql_runs_subject_lost ON af_journal_sql_runs ({{tenant.key}} subject, created_at, id)
  WHERE outcome IN ('failed', 'cancelled');

CREATE TABLE af_journal_sql_events (
  {{tenant.column}}
  run_id TEXT COLLATE "C" NOT NULL,
  seq BIGINT NOT NULL CHECK (seq > 0),
  type TEXT NOT NULL,
  at BIGINT NOT NULL,
  data TEXT NOT NULL,
  hash TEXT NOT NULL,
  PRIMARY KEY ({{tenant.key}} run_id, seq)
);
