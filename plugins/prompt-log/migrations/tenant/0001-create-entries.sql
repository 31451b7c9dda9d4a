-- A narrow row for lists; what was said lies apart, so that filters read little.
CREATE TABLE af_prompt_log_entries (
  {{tenant.column}}
  run_id TEXT NOT NULL,
  seq BIGINT NOT NULL,
  at BIGINT NOT NULL,
  kind TEXT NOT NULL CHECK (kind = 'model' OR kind = 'tool'),
  agent TEXT NOT NULL,
  provider TEXT,
  model TEXT,
  tool TEXT,
  status TEXT NOT NULL CHECK (status = 'ok' OR status = 'failed'),
  error TEXT,
  session TEXT,
  tokens BIGINT,
  cost_nano_usd BIGINT,
  duration_ms DOUBLE PRECISION NOT NULL,
  redacted BIGINT NOT NULL,
  PRIMARY KEY ({{tenant.key}} run_id, seq)
);
CREATE INDEX af_prompt_log_entries_time ON af_prompt_log_entries ({{tenant.key}} at, run_id, seq);
CREATE INDEX af_prompt_log_entries_agent ON af_prompt_log_entries ({{tenant.key}} agent, at, run_id, seq);
CREATE INDEX af_prompt_log_entries_model ON af_prompt_log_entries ({{tenant.key}} model, at, run_id, seq)
  WHERE model IS NOT NULL;
CREATE INDEX af_prompt_log_entries_tool ON af_prompt_log_entries ({{tenant.key}} tool, at, run_id, seq)
  WHERE tool IS NOT NULL;
CREATE INDEX af_prompt_log_entries_failed ON af_prompt_log_entries ({{tenant.key}} at, run_id, seq)
  WHERE status = 'failed';

CREATE TABLE af_prompt_log_bodies (
  {{tenant.column}}
  run_id TEXT NOT NULL,
  seq BIGINT NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY ({{tenant.key}} run_id, seq)
);

-- Words and where they stand. Row-level security keeps PostgreSQL from using an index of its own text search.
CREATE TABLE af_prompt_log_words (
  {{tenant.column}}
  word TEXT NOT NULL,
  at BIGINT NOT NULL,
  run_id TEXT NOT NULL,
  seq BIGINT NOT NULL,
  PRIMARY KEY ({{tenant.key}} word, at, run_id, seq)
);

-- How far each run was read.
CREATE TABLE af_prompt_log_runs (
  {{tenant.column}}
  run_id TEXT NOT NULL,
  seq BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  agent TEXT NOT NULL,
  -- 1 as long as the run had not ended when it was read.
  is_open BIGINT NOT NULL,
  PRIMARY KEY ({{tenant.key}} run_id)
);
CREATE INDEX af_prompt_log_runs_open ON af_prompt_log_runs ({{tenant.key}} run_id) WHERE is_open = 1;

-- One row: runs created before this moment were read; those that had not ended then are open above.
CREATE TABLE af_prompt_log_marks (
  {{tenant.column}}
  name TEXT NOT NULL,
  value BIGINT NOT NULL,
  PRIMARY KEY ({{tenant.key}} name)
);
