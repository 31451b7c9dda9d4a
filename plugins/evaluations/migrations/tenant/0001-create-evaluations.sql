-- Suites of the tenant's own; those of blueprints stay with their blueprints.
CREATE TABLE af_evaluations_suites (
  {{tenant.column}}
  name TEXT NOT NULL,
  -- JSON.
  suite TEXT NOT NULL,
  PRIMARY KEY ({{tenant.key}} name)
);

CREATE TABLE af_evaluations_evaluations (
  {{tenant.column}}
  -- Sorts by the time of creation.
  id TEXT NOT NULL,
  suite_name TEXT NOT NULL,
  -- JSON: the suite as it was, with the cases that were chosen, so that it can change meanwhile.
  suite TEXT NOT NULL,
  target_hash TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('running', 'finished', 'cancelled', 'failed')),
  passed BIGINT,
  runs BIGINT NOT NULL,
  repetitions BIGINT NOT NULL,
  concurrency BIGINT NOT NULL,
  -- JSON, once it has ended.
  summary TEXT,
  -- JSON: why it could not go on.
  error TEXT,
  started_by TEXT,
  -- Whoever carries it out, and until when others leave it alone.
  owner TEXT,
  lease_until BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  ended_at BIGINT,
  PRIMARY KEY ({{tenant.key}} id)
);
CREATE INDEX af_evaluations_evaluations_suite ON af_evaluations_evaluations ({{tenant.key}} suite_name, id);
CREATE INDEX af_evaluations_evaluations_running ON af_evaluations_evaluations ({{tenant.key}} id)
  WHERE state = 'running';

-- One row for each run that is to be made; written with the evaluation.
CREATE TABLE af_evaluations_results (
  {{tenant.column}}
  evaluation_id TEXT NOT NULL,
  -- From 0: by case, then by repetition.
  position BIGINT NOT NULL,
  case_name TEXT NOT NULL,
  repetition BIGINT NOT NULL,
  run_id TEXT,
  -- Set once it is judged, and not changed from then on.
  outcome TEXT,
  -- JSON: scores, error, usage, cost, durationMs and judging.
  verdict TEXT,
  PRIMARY KEY ({{tenant.key}} evaluation_id, position)
);
