-- Definitions that were made for some runs alone, with the tools and the schema that a request brought: nobody finds them
-- by a name, and they go when their last run has gone.
CREATE TABLE af_agent_runtime_made (
  {{tenant.column}}
  hash TEXT NOT NULL,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  definition TEXT NOT NULL,
  -- When a run last began with it, or one was last found that did.
  used_at BIGINT NOT NULL,
  PRIMARY KEY ({{tenant.key}} hash)
);

CREATE INDEX af_agent_runtime_made_used ON af_agent_runtime_made ({{tenant.key}} used_at);
