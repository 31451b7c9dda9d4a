-- What is searched by an index of pgvector. All of it can be made anew from the chunks, so no copy or archive holds it.
CREATE TABLE af_vector_sql_derived_indexes (
  {{tenant.column}}
  collection TEXT NOT NULL,
  space TEXT NOT NULL,
  -- The last part of the names of its table and function; another one each time it is made.
  id TEXT NOT NULL,
  dimensions BIGINT NOT NULL,
  -- Every chunk up to this key is in the index, and those after it are compared one by one; -1 before its table is made.
  reached BIGINT NOT NULL,
  -- Of the collection, when what is no longer there was last taken out of the index.
  cleaned BIGINT NOT NULL,
  PRIMARY KEY ({{tenant.key}} collection, space),
  -- Whoever removes the collection, a restore too, takes the trust in its index along.
  FOREIGN KEY ({{tenant.key}} collection) REFERENCES af_vector_sql_collections ({{tenant.key}} name) ON DELETE CASCADE
);
