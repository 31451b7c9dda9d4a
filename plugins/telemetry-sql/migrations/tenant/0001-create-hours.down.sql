DROP TABLE af_telemetry_sql_marks;

DROP TABLE af_telemetry_sql_runs;

DROP TABLE af_telemetry_sql_hours;
