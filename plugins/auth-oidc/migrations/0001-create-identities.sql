CREATE TABLE af_auth_oidc_identities (
  id TEXT NOT NULL PRIMARY KEY,
  -- Who says so, and what they call the person; never the email, which people change and lose.
  issuer TEXT NOT NULL,
  subject TEXT NOT NULL,
  account TEXT NOT NULL,
  provider TEXT NOT NULL,
  -- What the provider called it when it was linked, for people to read.
  label TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  UNIQUE (issuer, subject)
);

CREATE INDEX af_auth_oidc_identities_of_account ON af_auth_oidc_identities (account, created_at);

CREATE TABLE af_auth_oidc_attempts (
  -- SHA-256 of the state, hex.
  state_hash TEXT NOT NULL PRIMARY KEY,
  -- SHA-256 of the browser's cookie, hex: who begins is who ends.
  browser_hash TEXT NOT NULL,
  provider TEXT NOT NULL,
  nonce TEXT NOT NULL,
  verifier TEXT NOT NULL,
  return_to TEXT NOT NULL,
  -- The account that an identity is to be linked with; null for a login.
  account TEXT,
  -- The session that asks for it: what is linked after its end would outlive it.
  session TEXT,
  expires_at BIGINT NOT NULL
);
