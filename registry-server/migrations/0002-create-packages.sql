CREATE TABLE packages (
  name TEXT PRIMARY KEY,
  visibility TEXT NOT NULL,
  second_factor TEXT NOT NULL,
  created TEXT NOT NULL,
  modified TEXT NOT NULL,
  revision BIGINT NOT NULL,
  tags TEXT NOT NULL,
  author_key TEXT,
  downloads BIGINT NOT NULL DEFAULT 0
);

CREATE INDEX packages_by_downloads ON packages (downloads);

CREATE TABLE owners (
  package TEXT NOT NULL REFERENCES packages (name),
  account TEXT NOT NULL REFERENCES accounts (name),
  granted TEXT NOT NULL,
  used TEXT NOT NULL,
  PRIMARY KEY (package, account)
);

CREATE INDEX owners_by_account ON owners (account);

-- A row is never taken away: a version that is gone cannot be published anew.
CREATE TABLE versions (
  package TEXT NOT NULL REFERENCES packages (name),
  version TEXT NOT NULL,
  state TEXT NOT NULL,
  reason TEXT,
  manifest TEXT NOT NULL,
  readme TEXT NOT NULL,
  changelog TEXT NOT NULL,
  integrity TEXT NOT NULL,
  shasum TEXT NOT NULL,
  bytes BIGINT NOT NULL,
  unpacked BIGINT NOT NULL,
  files BIGINT NOT NULL,
  published TEXT NOT NULL,
  publisher TEXT NOT NULL,
  signature TEXT NOT NULL,
  author_key TEXT,
  permissions TEXT NOT NULL,
  deprecated TEXT,
  provenance TEXT,
  trusted_publisher TEXT,
  PRIMARY KEY (package, version)
);

CREATE INDEX versions_by_publisher ON versions (publisher, published);

-- What is served, ready to be sent.
CREATE TABLE documents (
  package TEXT PRIMARY KEY REFERENCES packages (name),
  restricted INTEGER NOT NULL,
  modified TEXT NOT NULL,
  full_bytes BYTEA NOT NULL,
  full_tag TEXT NOT NULL,
  short_bytes BYTEA NOT NULL,
  short_tag TEXT NOT NULL
);

-- Versions that wait: for their author's second factor, or, with a reason, for a person who looks at them.
CREATE TABLE staged (
  id TEXT PRIMARY KEY,
  package TEXT NOT NULL,
  version TEXT NOT NULL,
  tag TEXT NOT NULL,
  account TEXT NOT NULL REFERENCES accounts (name),
  created TEXT NOT NULL,
  shasum TEXT NOT NULL,
  integrity TEXT NOT NULL,
  claim TEXT NOT NULL,
  quarantine TEXT,
  UNIQUE (package, version)
);

CREATE TABLE stars (
  package TEXT NOT NULL REFERENCES packages (name),
  account TEXT NOT NULL REFERENCES accounts (name),
  PRIMARY KEY (package, account)
);

CREATE TABLE trusted_publishers (
  id TEXT PRIMARY KEY,
  package TEXT NOT NULL REFERENCES packages (name),
  type TEXT NOT NULL,
  claims TEXT NOT NULL,
  permissions TEXT NOT NULL,
  account TEXT NOT NULL,
  created TEXT NOT NULL
);

CREATE TABLE downloads (
  package TEXT NOT NULL,
  version TEXT NOT NULL,
  day TEXT NOT NULL,
  count BIGINT NOT NULL,
  PRIMARY KEY (package, version, day)
);
