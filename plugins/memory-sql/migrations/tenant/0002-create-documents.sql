-- Working memories: JSON of a session or user.
CREATE TABLE af_memory_sql_documents (
  {{tenant.column}}
  scope TEXT NOT NULL,
  owner TEXT NOT NULL,
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  revision BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  expires_at BIGINT,
  PRIMARY KEY ({{tenant.key}} scope, owner, name)
);

CREATE INDEX af_memory_sql_documents_expiry ON af_memory_sql_documents ({{tenant.key}} expires_at);
