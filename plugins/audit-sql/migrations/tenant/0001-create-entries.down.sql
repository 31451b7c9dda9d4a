DROP TABLE af_audit_sql_entries;
