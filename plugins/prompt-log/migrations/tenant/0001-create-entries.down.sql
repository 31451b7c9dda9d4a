DROP TABLE af_prompt_log_marks;

DROP TABLE af_prompt_log_runs;

DROP TABLE af_prompt_log_words;

DROP TABLE af_prompt_log_bodies;

DROP TABLE af_prompt_log_entries;
