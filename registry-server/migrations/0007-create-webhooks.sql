-- Who is told of changes. Each has its own place in the change feed, so nothing is told twice or forgotten.
CREATE TABLE webhooks (
  id TEXT PRIMARY KEY,
  account TEXT NOT NULL REFERENCES accounts (name),
  url TEXT NOT NULL,
  package TEXT,
  secret TEXT NOT NULL,
  created TEXT NOT NULL,
  told BIGINT NOT NULL,
  attempts BIGINT NOT NULL DEFAULT 0,
  due TEXT NOT NULL,
  problem TEXT,
  stopped TEXT
);

CREATE INDEX webhooks_by_account ON webhooks (account);
CREATE INDEX webhooks_by_time ON webhooks (due) WHERE stopped IS NULL;
