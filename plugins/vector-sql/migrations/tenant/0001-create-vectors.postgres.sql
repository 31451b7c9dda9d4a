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
  key BIGINT NOT NULL,
  collection TEXT NOT NULL,
  document TEXT NOT NULL,
  ordinal BIGINT NOT NULL,
  space TEXT,
  title TEXT NOT NULL,
  text TEXT NOT NULL,
  meta TEXT NOT NULL,
  -- Of length one, as 32-bit floats, little-endian.
  vector BYTEA,
  words TSVECTOR GENERATED ALWAYS AS (
    setweight(
      to_tsvector(
        'pg_catalog.english',
        regexp_replace(normalize(lower(left(title, 250000)), NFD), U&'[\0300-\036F]', '', 'g')
      ),
      'A'
    ) || setweight(
      to_tsvector(
        'pg_catalog.english',
        regexp_replace(normalize(lower(left(text, 250000)), NFD), U&'[\0300-\036F]', '', 'g')
      ),
      'D'
    )
  ) STORED,
  PRIMARY KEY ({{tenant.key}} key)
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
