DROP TABLE af_data_sql_owners;
DROP TABLE af_data_sql_entries;
