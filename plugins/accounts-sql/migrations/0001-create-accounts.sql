CREATE TABLE af_accounts_sql_accounts (
  id TEXT NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  -- In lower case.
  email TEXT UNIQUE,
  disabled BIGINT NOT NULL DEFAULT 0,
  created_at BIGINT NOT NULL
);

CREATE TABLE af_accounts_sql_members (
  id TEXT NOT NULL PRIMARY KEY,
  account TEXT NOT NULL REFERENCES af_accounts_sql_accounts (id),
  tenant TEXT NOT NULL,
  -- JSON: names.
  roles TEXT NOT NULL,
  -- JSON: permissions on single things.
  grants TEXT NOT NULL DEFAULT '[]',
  created_at BIGINT NOT NULL,
  UNIQUE (account, tenant)
);

CREATE INDEX af_accounts_sql_members_of_tenant ON af_accounts_sql_members (tenant, account);

CREATE TABLE af_accounts_sql_roles (
  tenant TEXT NOT NULL,
  name TEXT NOT NULL,
  description TEXT NOT NULL,
  -- JSON: names.
  permissions TEXT NOT NULL,
  PRIMARY KEY (tenant, name)
);
