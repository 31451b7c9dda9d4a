DROP TABLE af_settings_sql_values;
