DROP TABLE af_journal_sql_events;
DROP TABLE af_journal_sql_runs;
