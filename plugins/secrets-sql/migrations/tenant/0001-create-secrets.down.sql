DROP TABLE af_secrets_sql_versions;
DROP TABLE af_secrets_sql_secrets;
DROP TABLE af_secrets_sql_keys;
