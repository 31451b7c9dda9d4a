CREATE TABLE af_knowledge_vector_bases (
  {{tenant.column}}
  name TEXT NOT NULL,
  -- JSON of a base of the tenant's own; none for one of the platform.
  definition TEXT,
  -- Who is taking documents in, until when at the latest.
  lease_owner TEXT,
  lease_until BIGINT NOT NULL DEFAULT 0,
  -- JSON: what the last look at the sources changed.
  report TEXT,
  -- Hash of the definition and the embedder with which that was done.
  made_of TEXT,
  PRIMARY KEY ({{tenant.key}} name)
);
