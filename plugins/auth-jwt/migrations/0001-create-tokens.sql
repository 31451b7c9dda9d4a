CREATE TABLE af_auth_jwt_signing_keys (
  kid TEXT NOT NULL PRIMARY KEY,
  -- JWK.
  public_key TEXT NOT NULL,
  -- JWK, encrypted with the secret of the configuration.
  private_key TEXT NOT NULL,
  signs_from BIGINT NOT NULL,
  signs_until BIGINT NOT NULL
);

CREATE TABLE af_auth_jwt_families (
  id TEXT NOT NULL PRIMARY KEY,
  tenant TEXT NOT NULL,
  account TEXT NOT NULL,
  -- The membership it was made under; it ends with it.
  membership TEXT NOT NULL,
  name TEXT NOT NULL,
  -- JSON: names of permissions; null for all of the account's.
  scopes TEXT,
  -- The credential it was made with; it ends with that too.
  made_with TEXT NOT NULL,
  made_with_id TEXT NOT NULL,
  made_with_until BIGINT,
  created_at BIGINT NOT NULL,
  refreshed_at BIGINT NOT NULL,
  -- SHA-256, hex, of the part of a refresh token that stays: who has it was given one.
  root_hash TEXT NOT NULL,
  -- The same of the part that changes: of the token that holds, and of the one before.
  refresh_hash TEXT NOT NULL,
  previous_hash TEXT,
  -- What the one before was turned into the next with.
  salt TEXT
);

CREATE INDEX af_auth_jwt_families_of_account ON af_auth_jwt_families (account, created_at);
