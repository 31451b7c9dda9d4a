-- The job after which the first call for this one is named, when jobs that came together share a call.
ALTER TABLE af_jobs_bullmq_jobs ADD COLUMN packet TEXT;
