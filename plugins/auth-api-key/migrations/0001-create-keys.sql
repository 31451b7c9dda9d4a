CREATE TABLE af_auth_api_key_keys (
  id TEXT NOT NULL PRIMARY KEY,
  tenant TEXT NOT NULL,
  account TEXT NOT NULL,
  -- The membership it was made under; it ends with it.
  membership TEXT NOT NULL,
  name TEXT NOT NULL,
  -- SHA-256 of the whole key, hex.
  hash TEXT NOT NULL,
  -- JSON: names of permissions; null for all of the account's.
  scopes TEXT,
  created_at BIGINT NOT NULL,
  created_by TEXT NOT NULL,
  expires_at BIGINT,
  revoked_at BIGINT,
  last_used_at BIGINT,
  replaces TEXT
);

CREATE INDEX af_auth_api_key_keys_of_tenant ON af_auth_api_key_keys (tenant, created_at, id);
