CREATE TABLE af_maintenance_tasks (
  name TEXT PRIMARY KEY,
  fence BIGINT NOT NULL DEFAULT 0,
  lease_until BIGINT NOT NULL DEFAULT 0,
  next_at BIGINT NOT NULL DEFAULT 0,
  last_started_at BIGINT,
  last_ms BIGINT,
  last_result TEXT,
  last_error TEXT
);
