CREATE TABLE settings (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
);

CREATE TABLE changes (
  seq BIGINT PRIMARY KEY,
  at TEXT NOT NULL,
  kind TEXT NOT NULL,
  package TEXT NOT NULL,
  version TEXT,
  detail TEXT NOT NULL
);

CREATE TABLE audit (
  seq BIGINT PRIMARY KEY,
  at TEXT NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  subject TEXT NOT NULL,
  detail TEXT NOT NULL,
  hash TEXT NOT NULL
);

CREATE TABLE blocks (
  id TEXT PRIMARY KEY,
  package TEXT NOT NULL,
  versions TEXT NOT NULL,
  reason TEXT NOT NULL,
  since TEXT NOT NULL
);

CREATE TABLE advisories (
  id BIGINT PRIMARY KEY,
  package TEXT NOT NULL,
  vulnerable TEXT NOT NULL,
  severity TEXT NOT NULL,
  title TEXT NOT NULL,
  url TEXT NOT NULL,
  cwe TEXT NOT NULL,
  created TEXT NOT NULL
);

CREATE INDEX advisories_by_package ON advisories (package);

CREATE TABLE tuf_files (
  role TEXT NOT NULL,
  version BIGINT NOT NULL,
  bytes BYTEA NOT NULL,
  expires TEXT NOT NULL,
  written TEXT NOT NULL,
  PRIMARY KEY (role, version)
);
