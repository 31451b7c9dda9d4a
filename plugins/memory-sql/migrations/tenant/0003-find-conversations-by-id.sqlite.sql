-- A conversation lies where its id is found: one tree less is read and written with every exchange.
CREATE TABLE af_memory_sql_conversations_new (
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
) WITHOUT ROWID;

CREATE TABLE af_memory_sql_messages_new (
  {{tenant.column}}
  conversation TEXT NOT NULL,
  seq BIGINT NOT NULL,
  at BIGINT NOT NULL,
  -- Characters of all messages of the conversation that came before it.
  chars_before BIGINT NOT NULL,
  message TEXT NOT NULL,
  PRIMARY KEY ({{tenant.key}} conversation, seq),
  FOREIGN KEY ({{tenant.key}} conversation)
    REFERENCES af_memory_sql_conversations_new ({{tenant.key}} id) ON DELETE CASCADE
);

INSERT INTO af_memory_sql_conversations_new
  (id, last_seq, trimmed_to, chars, updated_at, expires_at, summary, summary_up_to)
  SELECT id, last_seq, trimmed_to, chars, updated_at, expires_at, summary, summary_up_to
  FROM af_memory_sql_conversations ORDER BY id;

INSERT INTO af_memory_sql_messages_new (conversation, seq, at, chars_before, message)
  SELECT conversation, seq, at, chars_before, message FROM af_memory_sql_messages ORDER BY conversation, seq;

DROP TABLE af_memory_sql_messages;

DROP TABLE af_memory_sql_conversations;

ALTER TABLE af_memory_sql_conversations_new RENAME TO af_memory_sql_conversations;

ALTER TABLE af_memory_sql_messages_new RENAME TO af_memory_sql_messages;

CREATE INDEX af_memory_sql_conversations_expiry ON af_memory_sql_conversations ({{tenant.key}} expires_at);

CREATE INDEX af_memory_sql_conversations_recent ON af_memory_sql_conversations ({{tenant.key}} updated_at, id);
