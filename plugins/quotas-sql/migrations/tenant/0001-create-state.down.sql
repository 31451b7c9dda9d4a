DROP TABLE af_quotas_sql_places;

DROP TABLE af_quotas_sql_state;
