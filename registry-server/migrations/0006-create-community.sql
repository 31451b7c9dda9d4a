-- What people say of packages; one review for each account and package.
CREATE TABLE reviews (
  package TEXT NOT NULL REFERENCES packages (name),
  account TEXT NOT NULL REFERENCES accounts (name),
  rating BIGINT NOT NULL CHECK (rating BETWEEN 1 AND 5),
  title TEXT NOT NULL,
  body TEXT NOT NULL,
  version TEXT NOT NULL,
  created TEXT NOT NULL,
  changed TEXT NOT NULL,
  hidden TEXT,
  PRIMARY KEY (package, account)
);

CREATE INDEX reviews_by_time ON reviews (package, changed);

-- What somebody wants looked at: a package, a version, a review.
CREATE TABLE reports (
  id TEXT PRIMARY KEY,
  package TEXT NOT NULL REFERENCES packages (name),
  version TEXT,
  review TEXT,
  account TEXT NOT NULL REFERENCES accounts (name),
  kind TEXT NOT NULL,
  body TEXT NOT NULL,
  created TEXT NOT NULL,
  outcome TEXT,
  answer TEXT,
  closed TEXT
);

CREATE INDEX reports_by_time ON reports (created);

-- What a scope says it is, and what showed it to be so.
CREATE TABLE publisher_proofs (
  publisher TEXT NOT NULL,
  kind TEXT NOT NULL,
  value TEXT NOT NULL,
  challenge TEXT NOT NULL,
  created TEXT NOT NULL,
  verified TEXT,
  PRIMARY KEY (publisher, kind, value)
);
