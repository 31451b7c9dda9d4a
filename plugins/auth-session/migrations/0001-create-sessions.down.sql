DROP TABLE af_auth_session_failures;

DROP TABLE af_auth_session_invitations;

DROP TABLE af_auth_session_sessions;

DROP TABLE af_auth_session_totps;

DROP TABLE af_auth_session_passwords;
