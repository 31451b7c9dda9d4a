-- Tarballs of few bytes, each under the hex of its sha512; larger ones are files, or objects.
CREATE TABLE small_blobs (
  key TEXT PRIMARY KEY,
  bytes BYTEA NOT NULL
);
