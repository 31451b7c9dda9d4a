DROP TABLE af_memory_sql_documents;
