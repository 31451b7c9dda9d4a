-- One row: what the operator set for this tenant, and what is used of the day and the month.
CREATE TABLE af_quotas_sql_state (
  {{tenant.column}}
  id BIGINT NOT NULL CHECK (id = 1),
  -- JSON; nothing where what holds for all holds here.
  limits TEXT,
  -- Beginning of the day and of the month (UTC) that are counted, in milliseconds since the epoch.
  day BIGINT NOT NULL,
  month BIGINT NOT NULL,
  day_runs BIGINT NOT NULL,
  day_tokens BIGINT NOT NULL,
  day_nano_usd BIGINT NOT NULL,
  month_tokens BIGINT NOT NULL,
  month_nano_usd BIGINT NOT NULL,
  PRIMARY KEY ({{tenant.key}} id)
);

-- Runs that are queued or worked on, where the number of those is limited.
CREATE TABLE af_quotas_sql_places (
  {{tenant.column}}
  run_id TEXT NOT NULL,
  PRIMARY KEY ({{tenant.key}} run_id)
);
