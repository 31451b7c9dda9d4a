-- Definitions by the hash of their canonical JSON: what a run began with stays, whatever becomes of the definition.
CREATE TABLE af_agent_runtime_texts (
  {{tenant.column}}
  hash TEXT NOT NULL,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  definition TEXT NOT NULL,
  kept_at BIGINT NOT NULL,
  PRIMARY KEY ({{tenant.key}} hash)
);

-- What a name meant, revision by revision; without a hash it was removed.
CREATE TABLE af_agent_runtime_revisions (
  {{tenant.column}}
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  revision BIGINT NOT NULL,
  hash TEXT,
  created_at BIGINT NOT NULL,
  PRIMARY KEY ({{tenant.key}} kind, name, revision)
);
