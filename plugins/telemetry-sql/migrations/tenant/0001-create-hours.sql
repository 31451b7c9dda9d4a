-- What happened in an hour (UTC, its beginning in milliseconds since the epoch), by what it was and how it ended.
CREATE TABLE af_telemetry_sql_hours (
  {{tenant.column}}
  hour BIGINT NOT NULL,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  source TEXT NOT NULL,
  outcome TEXT NOT NULL,
  code TEXT NOT NULL,
  n BIGINT NOT NULL,
  duration_ms BIGINT NOT NULL,
  input_tokens BIGINT NOT NULL,
  output_tokens BIGINT NOT NULL,
  cost_nano_usd BIGINT NOT NULL,
  -- How many took no longer than 100 ms, then 500 ms, 2.5 s, 10 s, 1 min, 5 min, 1 h, and those that took longer.
  took_0 BIGINT NOT NULL,
  took_1 BIGINT NOT NULL,
  took_2 BIGINT NOT NULL,
  took_3 BIGINT NOT NULL,
  took_4 BIGINT NOT NULL,
  took_5 BIGINT NOT NULL,
  took_6 BIGINT NOT NULL,
  took_7 BIGINT NOT NULL,
  PRIMARY KEY ({{tenant.key}} kind, hour, name, source, outcome, code)
);
CREATE INDEX af_telemetry_sql_hours_time ON af_telemetry_sql_hours ({{tenant.key}} hour);

-- How far each run was read; written together with what was counted.
CREATE TABLE af_telemetry_sql_runs (
  {{tenant.column}}
  run_id TEXT NOT NULL,
  seq BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  -- 1 as long as the run had not ended when it was read.
  is_open BIGINT NOT NULL,
  PRIMARY KEY ({{tenant.key}} run_id)
);
CREATE INDEX af_telemetry_sql_runs_open ON af_telemetry_sql_runs ({{tenant.key}} run_id) WHERE is_open = 1;
CREATE INDEX af_telemetry_sql_runs_time ON af_telemetry_sql_runs ({{tenant.key}} created_at, run_id);

-- read: runs created before were read, those open above excepted. pruned: those that ended, of runs created before, are
-- known no more and never counted again.
CREATE TABLE af_telemetry_sql_marks (
  {{tenant.column}}
  name TEXT NOT NULL,
  value BIGINT NOT NULL,
  PRIMARY KEY ({{tenant.key}} name)
);
