CREATE TABLE af_webhooks_endpoints (
  {{tenant.column}}
  id TEXT NOT NULL,
  url TEXT NOT NULL,
  description TEXT NOT NULL,
  -- JSON: types of events.
  events TEXT NOT NULL,
  -- JSON: contents of a run that are sent along.
  include TEXT NOT NULL,
  enabled BIGINT NOT NULL,
  -- JSON: sealed secrets, the newest first, each with its end where it has one.
  secrets TEXT NOT NULL,
  -- Why it is disabled: a code, or by hand.
  disabled_by TEXT,
  disabled_at BIGINT,
  -- When it failed first since it last succeeded.
  failing_since BIGINT,
  created_by TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY ({{tenant.key}} id)
);

-- One event for one webhook, written in the transaction of the event.
CREATE TABLE af_webhooks_deliveries (
  {{tenant.column}}
  webhook_id TEXT NOT NULL,
  -- The same at every attempt.
  message_id TEXT NOT NULL,
  type TEXT NOT NULL,
  run_id TEXT,
  happened_at BIGINT NOT NULL,
  -- JSON: what is told, without contents.
  data TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('pending', 'delivered', 'dead')),
  -- Attempts since it was written or replayed, and in all.
  attempts BIGINT NOT NULL,
  tries BIGINT NOT NULL,
  -- When to try; nothing once it has ended.
  next_at BIGINT,
  -- Somebody is at it until then.
  lease_until BIGINT,
  -- Why it is dead, or failed last: a code.
  error TEXT,
  created_at BIGINT NOT NULL,
  ended_at BIGINT,
  PRIMARY KEY ({{tenant.key}} webhook_id, message_id)
);
CREATE INDEX af_webhooks_deliveries_due ON af_webhooks_deliveries ({{tenant.key}} next_at, webhook_id)
  WHERE next_at IS NOT NULL;
CREATE INDEX af_webhooks_deliveries_order
  ON af_webhooks_deliveries ({{tenant.key}} webhook_id, created_at, message_id);
CREATE INDEX af_webhooks_deliveries_ended ON af_webhooks_deliveries ({{tenant.key}} ended_at)
  WHERE ended_at IS NOT NULL;

CREATE TABLE af_webhooks_attempts (
  {{tenant.column}}
  webhook_id TEXT NOT NULL,
  message_id TEXT NOT NULL,
  -- From 1, over all replays.
  number BIGINT NOT NULL,
  at BIGINT NOT NULL,
  duration_ms BIGINT NOT NULL,
  status BIGINT,
  error TEXT,
  reason TEXT,
  -- The beginning of the answer.
  answer TEXT,
  PRIMARY KEY ({{tenant.key}} webhook_id, message_id, number)
);
