-- What was set for this tenant.
CREATE TABLE af_settings_sql_values (
  {{tenant.column}}
  name TEXT NOT NULL,
  -- JSON.
  value TEXT NOT NULL,
  set_at BIGINT NOT NULL,
  PRIMARY KEY ({{tenant.key}} name)
);
