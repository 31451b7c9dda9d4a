CREATE TABLE search_entries (
  id INTEGER PRIMARY KEY,
  package TEXT NOT NULL UNIQUE,
  restricted INTEGER NOT NULL,
  downloads INTEGER NOT NULL,
  modified TEXT NOT NULL,
  entry TEXT NOT NULL
);

CREATE TABLE search_facets (
  id INTEGER NOT NULL REFERENCES search_entries (id) ON DELETE CASCADE,
  facet TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (facet, value, id)
) WITHOUT ROWID;

CREATE INDEX search_facets_by_id ON search_facets (id);

CREATE VIRTUAL TABLE search_words USING fts5(name, description, keywords, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3');
