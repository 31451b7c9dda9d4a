-- Keys that values are sealed under, each wrapped by a key of the operator.
CREATE TABLE af_secrets_sql_keys (
  {{tenant.column}}
  number BIGINT NOT NULL,
  wrapped TEXT NOT NULL,
  wrapped_by TEXT NOT NULL,
  made_under TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY ({{tenant.key}} number)
);

CREATE TABLE af_secrets_sql_secrets (
  {{tenant.column}}
  name TEXT NOT NULL,
  id TEXT NOT NULL,
  description TEXT NOT NULL,
  version BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  changed_at BIGINT NOT NULL,
  last_used_at BIGINT,
  PRIMARY KEY ({{tenant.key}} name)
);

CREATE TABLE af_secrets_sql_versions (
  {{tenant.column}}
  name TEXT NOT NULL,
  version BIGINT NOT NULL,
  hosts TEXT NOT NULL,
  data_key BIGINT NOT NULL,
  sealed TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY ({{tenant.key}} name, version)
);

CREATE INDEX af_secrets_sql_versions_data_key ON af_secrets_sql_versions ({{tenant.key}} data_key, name, version);
