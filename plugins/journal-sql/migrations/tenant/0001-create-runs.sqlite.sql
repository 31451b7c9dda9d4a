-- The outcome repeats a final status and is null before: set once in the life of a run, it is what the partial indexes stand
-- on, so that the appends in between, and the renewals of a lease, touch no index.
-- The states are compared one by one: a list of them (IN) is sorted anew for each row, a third of an append's UPDATE.
-- Events of one run lie side by side in the primary key itself; a second tree would double each write.
CREATE TABLE af_journal_sql_runs (
  {{tenant.column}}
  id TEXT NOT NULL,
  subject TEXT NOT NULL,
  status TEXT NOT NULL,
  outcome TEXT CHECK (outcome = status),
  idempotency_key TEXT,
  created_at BIGINT NOT NULL,
  last_seq BIGINT NOT NULL CHECK (last_seq > 0),
  hash TEXT NOT NULL,
  owner TEXT,
  fence BIGINT NOT NULL CHECK (fence >= 0),
  lease_until BIGINT,
  wake_at BIGINT,
  wishes TEXT,
  request TEXT NOT NULL,
  run TEXT NOT NULL,
  PRIMARY KEY ({{tenant.key}} id),
  CHECK (status = 'running' OR status = 'succeeded' OR status = 'failed' OR status = 'waiting' OR status = 'queued'
    OR status = 'cancelled'),
  CHECK ((owner IS NULL) = (lease_until IS NULL)),
  CHECK (owner IS NULL OR outcome IS NULL)
);
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
  run_id TEXT NOT NULL,
  seq BIGINT NOT NULL CHECK (seq > 0),
  type TEXT NOT NULL,
  at BIGINT NOT NULL,
  data TEXT NOT NULL,
  hash TEXT NOT NULL,
  PRIMARY KEY ({{tenant.key}} run_id, seq)
) WITHOUT ROWID;
