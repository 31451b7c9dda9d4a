DROP TABLE af_auth_jwt_families;

DROP TABLE af_auth_jwt_signing_keys;
