CREATE TABLE af_artifacts_fs_artifacts (
  {{tenant.column}}
  -- SHA-256 of the content, hex.
  id TEXT NOT NULL,
  -- Order in which they were kept.
  seq BIGINT NOT NULL,
  media_type TEXT NOT NULL,
  name TEXT,
  bytes BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT,
  PRIMARY KEY ({{tenant.key}} id)
);

CREATE UNIQUE INDEX af_artifacts_fs_artifacts_order ON af_artifacts_fs_artifacts ({{tenant.key}} seq);

CREATE INDEX af_artifacts_fs_artifacts_expiry ON af_artifacts_fs_artifacts ({{tenant.key}} expires_at);

CREATE TABLE af_artifacts_fs_runs (
  {{tenant.column}}
  run_id TEXT NOT NULL,
  artifact TEXT NOT NULL,
  PRIMARY KEY ({{tenant.key}} run_id, artifact),
  FOREIGN KEY ({{tenant.key}} artifact)
    REFERENCES af_artifacts_fs_artifacts ({{tenant.key}} id) ON DELETE CASCADE
);

CREATE INDEX af_artifacts_fs_runs_artifact ON af_artifacts_fs_runs ({{tenant.key}} artifact);
