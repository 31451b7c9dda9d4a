-- The truth about every job; Redis only carries the call to work.
CREATE TABLE af_jobs_bullmq_jobs (
  id TEXT NOT NULL PRIMARY KEY,
  queue TEXT NOT NULL,
  tenant TEXT NOT NULL,
  data TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'active', 'blocked', 'completed', 'dead', 'cancelled')),
  priority INTEGER NOT NULL CHECK (priority BETWEEN 0 AND 100),
  -- Attempts begun, and allowed in all.
  attempt INTEGER NOT NULL,
  attempts INTEGER NOT NULL CHECK (attempts > 0),
  backoff TEXT NOT NULL,
  dedupe_key TEXT,
  -- How many jobs this one waits for.
  children INTEGER NOT NULL,
  -- 1: other jobs wait for this one.
  has_parent INTEGER NOT NULL CHECK (has_parent IN (0, 1)),
  -- 1: held back by a limit of its tenant, so not in Redis.
  parked INTEGER NOT NULL CHECK (parked IN (0, 1)),
  -- Grows with every time the job is handed out.
  fence BIGINT NOT NULL,
  -- Which call to work Redis carries now; older ones find nothing to do.
  dispatch BIGINT NOT NULL,
  run_at BIGINT NOT NULL,
  -- active: end of the worker's lease; waiting, blocked: when to look whether it was forgotten.
  check_at BIGINT NOT NULL,
  progress TEXT,
  result TEXT,
  error TEXT,
  created_at BIGINT NOT NULL,
  ended_at BIGINT
);

CREATE UNIQUE INDEX af_jobs_bullmq_jobs_dedupe ON af_jobs_bullmq_jobs (queue, dedupe_key)
  WHERE dedupe_key IS NOT NULL AND state IN ('waiting', 'active', 'blocked');

-- One for each state: SQLite uses a partial index only for its very condition.
CREATE INDEX af_jobs_bullmq_jobs_waiting ON af_jobs_bullmq_jobs (check_at) WHERE state = 'waiting';

CREATE INDEX af_jobs_bullmq_jobs_active ON af_jobs_bullmq_jobs (check_at) WHERE state = 'active';

CREATE INDEX af_jobs_bullmq_jobs_blocked ON af_jobs_bullmq_jobs (check_at) WHERE state = 'blocked';

CREATE INDEX af_jobs_bullmq_jobs_parked ON af_jobs_bullmq_jobs (queue, tenant, priority, id) WHERE parked = 1;

CREATE TABLE af_jobs_bullmq_children (
  parent TEXT NOT NULL REFERENCES af_jobs_bullmq_jobs (id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  child TEXT NOT NULL,
  PRIMARY KEY (parent, position)
);

CREATE INDEX af_jobs_bullmq_children_child ON af_jobs_bullmq_children (child);

CREATE TABLE af_jobs_bullmq_queues (
  name TEXT NOT NULL PRIMARY KEY,
  paused INTEGER NOT NULL CHECK (paused IN (0, 1))
);

-- When the last jobs of a tenant began, for its rate: a JSON array of times.
CREATE TABLE af_jobs_bullmq_rates (
  queue TEXT NOT NULL,
  tenant TEXT NOT NULL,
  begun TEXT NOT NULL,
  PRIMARY KEY (queue, tenant)
);

CREATE TABLE af_jobs_bullmq_schedules (
  name TEXT NOT NULL PRIMARY KEY,
  schedule TEXT NOT NULL,
  next_at BIGINT NOT NULL
);
