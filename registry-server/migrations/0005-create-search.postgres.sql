CREATE TABLE search_entries (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  package TEXT NOT NULL UNIQUE,
  restricted INTEGER NOT NULL,
  downloads BIGINT NOT NULL,
  modified TEXT NOT NULL,
  entry TEXT NOT NULL,
  words tsvector NOT NULL
);

CREATE INDEX search_entries_by_words ON search_entries USING gin (words);

CREATE TABLE search_facets (
  id BIGINT NOT NULL REFERENCES search_entries (id) ON DELETE CASCADE,
  facet TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (facet, value, id)
);

CREATE INDEX search_facets_by_id ON search_facets (id);
