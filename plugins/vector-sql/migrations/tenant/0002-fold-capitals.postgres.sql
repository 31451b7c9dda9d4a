-- By the rules of Unicode: a database of the locale C knows only capitals of ASCII.
ALTER TABLE af_vector_sql_chunks DROP COLUMN words;

ALTER TABLE af_vector_sql_chunks ADD COLUMN words TSVECTOR GENERATED ALWAYS AS (
    setweight(
      to_tsvector(
        'pg_catalog.english',
        regexp_replace(normalize(lower(left(title, 250000) COLLATE "und-x-icu"), NFD), U&'[\0300-\036F]', '', 'g')
      ),
      'A'
    ) || setweight(
      to_tsvector(
        'pg_catalog.english',
        regexp_replace(normalize(lower(left(text, 250000) COLLATE "und-x-icu"), NFD), U&'[\0300-\036F]', '', 'g')
      ),
      'D'
    )
  ) STORED;
