DROP TABLE af_jobs_local_schedules;
DROP TABLE af_jobs_local_starts;
DROP TABLE af_jobs_local_queues;
DROP TABLE af_jobs_local_jobs;
