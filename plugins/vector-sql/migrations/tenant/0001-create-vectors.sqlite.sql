CREATE TABLE af_vector_sql_collections (
  {{tenant.column}}
  name TEXT NOT NULL,
  -- Made at random with the collection, so that another one of its name is not taken for it.
  identity TEXT NOT NULL,
  -- One more with each change: what is kept in memory is as old as the number it was read at.
  revision BIGINT NOT NULL,
  PRIMARY KEY ({{tenant.key}} name)
);

CREATE TABLE af_vector_sql_documents (
  {{tenant.column}}
  collection TEXT NOT NULL,
  id TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  space TEXT,
  -- Numbers in each vector; 0 when there are none.
  dimensions BIGINT NOT NULL,
  chunks BIGINT NOT NULL,
  expires_at BIGINT,
  PRIMARY KEY ({{tenant.key}} collection, id)
);

CREATE INDEX af_vector_sql_documents_expiry ON af_vector_sql_documents ({{tenant.key}} expires_at);

CREATE TABLE af_vector_sql_chunks (
  {{tenant.column}}
  key INTEGER PRIMARY KEY,
  collection TEXT NOT NULL,
  document TEXT NOT NULL,
  ordinal BIGINT NOT NULL,
  space TEXT,
  title TEXT NOT NULL,
  text TEXT NOT NULL,
  meta TEXT NOT NULL,
  -- Of length one, as 32-bit floats, little-endian.
  vector BLOB
);

CREATE UNIQUE INDEX af_vector_sql_chunks_place ON af_vector_sql_chunks ({{tenant.key}} collection, document, ordinal);

CREATE INDEX af_vector_sql_chunks_key ON af_vector_sql_chunks ({{tenant.key}} collection, key);

-- The number of the last chunk: none is ever given twice.
CREATE TABLE af_vector_sql_counters (
  {{tenant.column}}
  name TEXT NOT NULL,
  value BIGINT NOT NULL,
  PRIMARY KEY ({{tenant.key}} name)
);

CREATE VIRTUAL TABLE af_vector_sql_words USING fts5(
  title, text, content='af_vector_sql_chunks', content_rowid='key',
  tokenize='porter unicode61 remove_diacritics 2'
);

CREATE TRIGGER af_vector_sql_chunks_added AFTER INSERT ON af_vector_sql_chunks BEGIN
  INSERT INTO af_vector_sql_words (rowid, title, text) VALUES (new.key, new.title, new.text);
END;

CREATE TRIGGER af_vector_sql_chunks_removed AFTER DELETE ON af_vector_sql_chunks BEGIN
  INSERT INTO af_vector_sql_words (af_vector_sql_words, rowid, title, text)
  VALUES ('delete', old.key, old.title, old.text);
END;
