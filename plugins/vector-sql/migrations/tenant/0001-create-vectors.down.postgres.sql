DROP TABLE af_vector_sql_counters;

DROP TABLE af_vector_sql_chunks;

DROP TABLE af_vector_sql_documents;

DROP TABLE af_vector_sql_collections;
