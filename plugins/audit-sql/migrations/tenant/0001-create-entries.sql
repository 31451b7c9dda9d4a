CREATE TABLE af_audit_sql_entries (
  {{tenant.column}}
  seq BIGINT NOT NULL,
  at BIGINT NOT NULL,
  who TEXT NOT NULL,
  tenant TEXT,
  credential TEXT,
  action TEXT NOT NULL,
  permission TEXT,
  target TEXT NOT NULL,
  outcome TEXT NOT NULL,
  code TEXT,
  request_id TEXT NOT NULL,
  hash TEXT NOT NULL,
  PRIMARY KEY ({{tenant.key}} seq)
);

CREATE INDEX af_audit_sql_entries_by_who ON af_audit_sql_entries ({{tenant.key}} who, seq);
