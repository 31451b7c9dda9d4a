-- Tarballs that came from another registry, by package: whoever names the hash of one that is here for others gets nothing.
CREATE TABLE mirrored_tarballs (
  package TEXT NOT NULL,
  version TEXT NOT NULL,
  origin TEXT NOT NULL,
  blob TEXT NOT NULL,
  PRIMARY KEY (package, version, origin, blob)
);
