-- What the metadata does not say yet of files: JSON, or nothing of one that is gone.
CREATE TABLE tuf_pending (
  path TEXT PRIMARY KEY,
  target TEXT
);
