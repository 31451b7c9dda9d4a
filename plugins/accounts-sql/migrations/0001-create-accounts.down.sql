DROP TABLE af_accounts_sql_roles;

DROP TABLE af_accounts_sql_members;

DROP TABLE af_accounts_sql_accounts;
