CREATE TABLE af_blueprints_installs (
  {{tenant.column}}
  name TEXT NOT NULL,
  -- Grows with each change, so that of two at once one is refused.
  revision BIGINT NOT NULL,
  -- 'installed', or 'changing' as long as a change has not ended.
  state TEXT NOT NULL,
  version TEXT NOT NULL,
  hash TEXT NOT NULL,
  -- JSON: what was answered.
  parameters TEXT NOT NULL,
  -- JSON: each part, what it was made of, and what is kept of it.
  parts TEXT NOT NULL,
  changed_at BIGINT NOT NULL,
  PRIMARY KEY ({{tenant.key}} name)
);
