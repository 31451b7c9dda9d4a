import { defineErrors, type ErrorFactories } from '@agent-factory/sdk';

/** Every error of this plugin. */
export const errorTable = {
  AF_SESSION_LOGIN_FAILED: {
    message: 'The email and the password do not belong together.',
    fix: 'Check both. An administrator of your tenant can send you a link to set a password.',
    status: 401,
  },
  AF_SESSION_CSRF: {
    message: 'The request brings no token of the session, or that of another.',
    fix: 'Send the "csrfToken" of GET /api/v1/auth/session in the header x-csrf-token.',
    status: 403,
  },
  AF_SESSION_PASSWORD_WEAK: {
    message: 'The password cannot be taken: {reason}.',
    fix: 'Choose 10 to 200 characters that nobody guesses from your name.',
    status: 400,
  },
  AF_SESSION_INVITATION_INVALID: {
    message: 'The link is over, or was used.',
    fix: 'Ask an administrator of your tenant for a new one; the owner starts the platform again.',
    status: 400,
  },
  AF_SESSION_INVITATION_REFUSED: {
    message: 'A link cannot be made: {reason}.',
    fix: '{mend}',
    status: 409,
  },
  AF_SESSION_SECOND_FACTOR_OFF: {
    message: 'Second factors are not set up on this platform.',
    fix: 'Have the operator set "secondFactorKey" in the configuration of auth-session.',
    status: 409,
  },
  AF_SESSION_SECOND_FACTOR_THERE: {
    message: 'A second factor is set up already.',
    fix: 'Remove it first.',
    status: 409,
  },
  AF_SESSION_UNKNOWN: {
    message: 'You have no session "{session}".',
    fix: 'See GET /api/v1/auth/sessions for those you have.',
    status: 404,
  },
} as const;

/** Makes this plugin's errors. */
export const errors: ErrorFactories<typeof errorTable> = defineErrors(errorTable);
