CREATE TABLE af_idempotency_sql_requests (
  {{tenant.column}}
  -- SHA-256 of whose key it is and which, hex.
  key TEXT NOT NULL,
  -- Who carries it out.
  claim TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  -- running, done
  state TEXT NOT NULL,
  -- JSON; null where none is kept.
  answer TEXT,
  expires_at BIGINT NOT NULL,
  PRIMARY KEY ({{tenant.key}} key)
);

CREATE INDEX af_idempotency_sql_requests_over ON af_idempotency_sql_requests ({{tenant.key}} expires_at);
