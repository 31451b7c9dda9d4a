CREATE TABLE af_auth_session_passwords (
  account TEXT NOT NULL PRIMARY KEY,
  -- PHC string of Argon2id.
  hash TEXT NOT NULL,
  changed_at BIGINT NOT NULL
);

CREATE TABLE af_auth_session_totps (
  account TEXT NOT NULL PRIMARY KEY,
  -- Encrypted with the key of the configuration.
  secret TEXT NOT NULL,
  confirmed BIGINT NOT NULL DEFAULT 0,
  -- The last code's step; a code holds once.
  last_step BIGINT NOT NULL DEFAULT 0
);

CREATE TABLE af_auth_session_sessions (
  id TEXT NOT NULL PRIMARY KEY,
  -- SHA-256 of the cookie, hex.
  hash TEXT NOT NULL,
  account TEXT NOT NULL,
  csrf TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  seen_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);

CREATE INDEX af_auth_session_sessions_of_account ON af_auth_session_sessions (account, created_at);

CREATE TABLE af_auth_session_invitations (
  -- SHA-256 of the token, hex.
  hash TEXT NOT NULL PRIMARY KEY,
  account TEXT NOT NULL,
  created_by TEXT NOT NULL,
  expires_at BIGINT NOT NULL
);

CREATE TABLE af_auth_session_failures (
  -- SHA-256 of the email, hex: also of those nobody has.
  subject TEXT NOT NULL PRIMARY KEY,
  count BIGINT NOT NULL,
  last_at BIGINT NOT NULL
);
