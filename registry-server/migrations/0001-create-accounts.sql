CREATE TABLE accounts (
  name TEXT PRIMARY KEY,
  email TEXT NOT NULL,
  password TEXT NOT NULL,
  role TEXT NOT NULL,
  totp TEXT,
  totp_next TEXT,
  totp_step BIGINT NOT NULL DEFAULT 0,
  recovery TEXT NOT NULL DEFAULT '[]',
  created TEXT NOT NULL,
  frozen TEXT
);

CREATE TABLE tokens (
  id TEXT PRIMARY KEY,
  hash TEXT NOT NULL UNIQUE,
  account TEXT NOT NULL REFERENCES accounts (name),
  label TEXT NOT NULL,
  kind TEXT NOT NULL,
  rights TEXT NOT NULL,
  created TEXT NOT NULL,
  expires TEXT NOT NULL
);

CREATE INDEX tokens_of_account ON tokens (account);

-- Web logins and second factors that a person is still to confirm.
CREATE TABLE sessions (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  account TEXT,
  proof TEXT,
  expires TEXT NOT NULL
);

CREATE TABLE orgs (
  name TEXT PRIMARY KEY,
  created TEXT NOT NULL
);

CREATE TABLE org_members (
  org TEXT NOT NULL REFERENCES orgs (name),
  account TEXT NOT NULL REFERENCES accounts (name),
  role TEXT NOT NULL,
  PRIMARY KEY (org, account)
);

CREATE TABLE teams (
  org TEXT NOT NULL REFERENCES orgs (name),
  name TEXT NOT NULL,
  description TEXT NOT NULL,
  PRIMARY KEY (org, name)
);

CREATE TABLE team_members (
  org TEXT NOT NULL,
  team TEXT NOT NULL,
  account TEXT NOT NULL REFERENCES accounts (name),
  PRIMARY KEY (org, team, account),
  FOREIGN KEY (org, team) REFERENCES teams (org, name) ON DELETE CASCADE
);

CREATE TABLE team_grants (
  org TEXT NOT NULL,
  team TEXT NOT NULL,
  package TEXT NOT NULL,
  permission TEXT NOT NULL,
  PRIMARY KEY (org, team, package),
  FOREIGN KEY (org, team) REFERENCES teams (org, name) ON DELETE CASCADE
);
