-- Entries of plugins, and what each plugin has in all.
CREATE TABLE af_data_sql_entries (
  {{tenant.column}}
  plugin TEXT NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  revision BIGINT NOT NULL,
  bytes BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  expires_at BIGINT,
  PRIMARY KEY ({{tenant.key}} plugin, key)
);

CREATE INDEX af_data_sql_entries_expiry ON af_data_sql_entries ({{tenant.key}} expires_at);

CREATE TABLE af_data_sql_owners (
  {{tenant.column}}
  plugin TEXT NOT NULL,
  entries BIGINT NOT NULL CHECK (entries >= 0),
  bytes BIGINT NOT NULL CHECK (bytes >= 0),
  PRIMARY KEY ({{tenant.key}} plugin)
);
