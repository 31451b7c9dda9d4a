DROP TABLE af_auth_api_key_keys;
