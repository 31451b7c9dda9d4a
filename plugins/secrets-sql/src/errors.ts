import { defineErrors, type ErrorFactories } from '@agent-factory/sdk';

/** Every error of this plugin. None carries a value. */
export const errorTable = {
  AF_SECRET_NOT_FOUND: {
    message: 'There is no secret "{name}".',
    fix: 'See GET /api/v1/secrets for those there are.',
    status: 404,
  },
  AF_SECRET_VERSION_UNKNOWN: {
    message: 'Version {version} of the secret "{name}" is not kept.',
    fix: 'See GET /api/v1/secrets/{name} for those that are, or set its value anew.',
    status: 404,
  },
  AF_SECRET_INVALID: {
    message: 'The secret "{name}" cannot be kept so: {reason}.',
    fix: '{mend}',
    status: 400,
  },
  AF_SECRET_FULL: {
    message: 'There are {most} secrets, and no room for "{name}".',
    fix: 'Remove one that is not needed, or have the operator raise "maxSecrets" of secrets-sql.',
    status: 409,
  },
  AF_SECRET_UNMATCHED: {
    message:
      'The secret "{name}" {found}, which is not what "if-match" or "if-none-match" of the request asks for.',
    fix: 'Read it again, and make the change on what is there now, with the "etag" it has.',
    status: 412,
  },
  AF_SECRET_KEY_MISSING: {
    message: 'The secret "{name}" cannot be opened: the key "{key}" that it is under {reason}.',
    fix: 'Have the operator put the key back under "keys" of secrets-sql as it was, or set the value of the secret anew.',
    status: 503,
  },
  AF_SECRET_DAMAGED: {
    message: 'The secret "{name}" cannot be opened: what is kept of it was changed, or belongs elsewhere.',
    fix: 'Find out who can write to the database; then set its value anew, or restore it from an archive.',
    status: 500,
  },
  AF_SECRET_KEY_TWICE: {
    message: 'Two of the "keys" of secrets-sql have the id "{id}".',
    fix: 'Give each key an id of its own.',
    status: 500,
  },
} as const;

/** Makes this plugin's errors. */
export const errors: ErrorFactories<typeof errorTable> = defineErrors(errorTable);
