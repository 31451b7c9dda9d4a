CREATE TABLE af_tools_registry_registrations (
  {{tenant.column}}
  name TEXT NOT NULL,
  -- The version that holds; of one that was removed the last, and then it holds no more.
  version BIGINT NOT NULL,
  removed BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY ({{tenant.key}} name)
);

CREATE TABLE af_tools_registry_versions (
  {{tenant.column}}
  name TEXT NOT NULL,
  version BIGINT NOT NULL,
  kind TEXT NOT NULL,
  -- JSON.
  spec TEXT NOT NULL,
  hash TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  created_by TEXT,
  PRIMARY KEY ({{tenant.key}} name, version),
  FOREIGN KEY ({{tenant.key}} name) REFERENCES af_tools_registry_registrations ({{tenant.key}} name)
);
