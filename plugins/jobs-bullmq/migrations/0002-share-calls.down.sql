ALTER TABLE af_jobs_bullmq_jobs DROP COLUMN packet;
