DROP TABLE af_auth_oidc_attempts;

DROP TABLE af_auth_oidc_identities;
