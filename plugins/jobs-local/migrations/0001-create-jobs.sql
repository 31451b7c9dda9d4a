-- What a worker holds is marked by the lease; the fence grows each time a job is handed out. The lease stands in no index, so
-- that renewing it is cheap.
CREATE TABLE af_jobs_local_jobs (
  id TEXT NOT NULL PRIMARY KEY,
  queue TEXT NOT NULL,
  tenant TEXT NOT NULL,
  data TEXT NOT NULL,
  dedupe_key TEXT,
  priority BIGINT NOT NULL CHECK (priority BETWEEN 0 AND 100),
  attempt BIGINT NOT NULL DEFAULT 0 CHECK (attempt >= 0),
  attempts BIGINT NOT NULL CHECK (attempts > 0),
  backoff TEXT,
  state TEXT NOT NULL
    CHECK (state IN ('waiting', 'delayed', 'active', 'blocked', 'completed', 'dead', 'cancelled')),
  run_at BIGINT NOT NULL,
  fence BIGINT NOT NULL DEFAULT 0 CHECK (fence >= 0),
  lease_until BIGINT,
  parent_id TEXT,
  place BIGINT,
  children BIGINT NOT NULL DEFAULT 0,
  children_left BIGINT NOT NULL DEFAULT 0 CHECK (children_left BETWEEN 0 AND children),
  progress TEXT,
  result TEXT,
  error TEXT,
  created_at BIGINT NOT NULL,
  ended_at BIGINT,
  CHECK ((state = 'active') = (lease_until IS NOT NULL)),
  CHECK ((state IN ('completed', 'dead', 'cancelled')) = (ended_at IS NOT NULL)),
  CHECK ((parent_id IS NULL) = (place IS NULL))
);
-- One index for each state, so that a job stands in few at a time and those that wait are found past those that ended.
-- The order in which jobs are handed out; and the same within a tenant, for limits.
CREATE INDEX af_jobs_local_jobs_order ON af_jobs_local_jobs (queue, priority DESC, id) WHERE state = 'waiting';
CREATE INDEX af_jobs_local_jobs_tenants ON af_jobs_local_jobs (queue, tenant, priority DESC, id)
  WHERE state = 'waiting';
CREATE INDEX af_jobs_local_jobs_active ON af_jobs_local_jobs (queue, tenant) WHERE state = 'active';
CREATE INDEX af_jobs_local_jobs_due ON af_jobs_local_jobs (queue, run_at) WHERE state = 'delayed';
CREATE INDEX af_jobs_local_jobs_blocked ON af_jobs_local_jobs (queue) WHERE state = 'blocked';
CREATE INDEX af_jobs_local_jobs_ended ON af_jobs_local_jobs (state, ended_at, queue) WHERE ended_at IS NOT NULL;
CREATE UNIQUE INDEX af_jobs_local_jobs_key ON af_jobs_local_jobs (queue, dedupe_key)
  WHERE dedupe_key IS NOT NULL AND ended_at IS NULL;
CREATE INDEX af_jobs_local_jobs_parent ON af_jobs_local_jobs (parent_id, place) WHERE parent_id IS NOT NULL;

CREATE TABLE af_jobs_local_queues (
  name TEXT NOT NULL PRIMARY KEY,
  paused BIGINT NOT NULL CHECK (paused IN (0, 1))
);

-- When jobs of a queue with a rate began, as long as that counts.
CREATE TABLE af_jobs_local_starts (
  queue TEXT NOT NULL,
  tenant TEXT NOT NULL,
  counts_until BIGINT NOT NULL,
  job_id TEXT NOT NULL,
  fence BIGINT NOT NULL,
  PRIMARY KEY (queue, tenant, counts_until, job_id, fence)
);

CREATE TABLE af_jobs_local_schedules (
  name TEXT NOT NULL PRIMARY KEY,
  schedule TEXT NOT NULL,
  next_at BIGINT NOT NULL
);
