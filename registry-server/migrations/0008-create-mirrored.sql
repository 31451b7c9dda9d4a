-- Documents of packages that come from another registry, as they are served here.
CREATE TABLE mirrored (
  package TEXT PRIMARY KEY,
  origin TEXT NOT NULL,
  url TEXT NOT NULL,
  bytes BYTEA NOT NULL,
  tag TEXT NOT NULL,
  origin_tag TEXT,
  fetched TEXT NOT NULL
);
