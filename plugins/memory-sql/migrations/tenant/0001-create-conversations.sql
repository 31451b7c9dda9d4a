CREATE TABLE af_memory_sql_conversations (
  {{tenant.column}}
  id TEXT NOT NULL,
  last_seq BIGINT NOT NULL,
  -- Messages up to this one were trimmed.
  trimmed_to BIGINT NOT NULL,
  -- Characters of all messages that ever were.
  chars BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  expires_at BIGINT,
  -- A JSON string.
  summary TEXT,
  summary_up_to BIGINT,
  PRIMARY KEY ({{tenant.key}} id),
  CHECK (trimmed_to <= last_seq),
  CHECK (summary_up_to <= last_seq)
);

CREATE TABLE af_memory_sql_messages (
  {{tenant.column}}
  conversation TEXT NOT NULL,
  seq BIGINT NOT NULL,
  at BIGINT NOT NULL,
  -- Characters of all messages of the conversation that came before it.
  chars_before BIGINT NOT NULL,
  message TEXT NOT NULL,
  PRIMARY KEY ({{tenant.key}} conversation, seq),
  FOREIGN KEY ({{tenant.key}} conversation)
    REFERENCES af_memory_sql_conversations ({{tenant.key}} id) ON DELETE CASCADE
);

CREATE INDEX af_memory_sql_conversations_expiry ON af_memory_sql_conversations ({{tenant.key}} expires_at);

CREATE INDEX af_memory_sql_conversations_recent ON af_memory_sql_conversations ({{tenant.key}} updated_at, id);
