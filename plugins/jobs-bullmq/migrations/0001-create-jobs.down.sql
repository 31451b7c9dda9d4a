DROP TABLE af_jobs_bullmq_schedules;
DROP TABLE af_jobs_bullmq_rates;
DROP TABLE af_jobs_bullmq_queues;
DROP TABLE af_jobs_bullmq_children;
DROP TABLE af_jobs_bullmq_jobs;
