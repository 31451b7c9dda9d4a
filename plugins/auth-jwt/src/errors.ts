import { defineErrors, type ErrorFactories } from '@agent-factory/sdk';

/** Every error of this plugin. */
export const errorTable = {
  AF_JWT_CREDENTIAL_REFUSED: {
    message: 'No tokens are made with {credential}.',
    fix: 'Log in, or send an API key; a token makes no other tokens, but is refreshed.',
    status: 409,
  },
  AF_JWT_REFRESH_INVALID: {
    message: 'The refresh token does not hold: it is wrong, over, or was taken back.',
    fix: 'Get tokens anew with POST /api/v1/auth/tokens.',
    status: 401,
  },
  AF_JWT_REFRESH_REUSED: {
    message:
      'The refresh token was used before. Somebody else may have it, so all that came from it has ended.',
    fix: 'Get tokens anew; keep a refresh token in one place, and replace it with each answer.',
    status: 401,
  },
  AF_JWT_UNKNOWN: {
    message: 'You have no tokens "{id}" here.',
    fix: 'See GET /api/v1/auth/tokens for those you have in this tenant.',
    status: 404,
  },
} as const;

/** Makes this plugin's errors. */
export const errors: ErrorFactories<typeof errorTable> = defineErrors(errorTable);
