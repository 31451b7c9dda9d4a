import { defineErrors, type ErrorFactories } from '@agent-factory/sdk';

/** Every error of this plugin. */
export const errorTable = {
  AF_OIDC_CONFIG: {
    message: 'The provider "{provider}" cannot be used: {reason}.',
    fix: 'Mend it in the configuration of auth-oidc.',
  },
  AF_OIDC_PROVIDER_UNKNOWN: {
    message: 'There is no provider "{provider}".',
    fix: 'See GET /api/v1/auth/oidc for those there are.',
    status: 404,
  },
  AF_OIDC_PROVIDER_FAILED: {
    message: 'The provider "{provider}" did not tell who you are: {reason}.',
    fix: 'Try again; if it stays so, have the operator look at the log of the platform.',
    status: 502,
    retryable: true,
  },
  AF_OIDC_ATTEMPT_INVALID: {
    message: 'This login was not begun here, took too long, or has ended already.',
    fix: 'Begin again, in the same browser.',
    status: 400,
  },
  AF_OIDC_REFUSED: {
    message: 'The provider "{provider}" says no: {reason}.',
    fix: 'Begin again, and agree there.',
    status: 403,
  },
  AF_OIDC_NOT_LINKED: {
    message: 'Nobody here is known by this login.',
    fix: 'Ask an administrator to add you with the email of this login; or, if you have an account, log in as before and link it.',
    status: 403,
  },
  AF_OIDC_ACCOUNT_REFUSED: {
    message: 'The account of this login is disabled, or belongs to no tenant.',
    fix: 'Ask an administrator of your tenant.',
    status: 403,
  },
  AF_OIDC_LINKED_ELSEWHERE: {
    message: 'This login belongs to another account.',
    fix: 'Log in with it and unlink it there first.',
    status: 409,
  },
  AF_OIDC_SESSION_NEEDED: {
    message: 'A login is linked in a session only, not with a key or a token.',
    fix: 'Log in with a browser.',
    status: 403,
  },
  AF_OIDC_IDENTITY_UNKNOWN: {
    message: 'You have no login "{id}".',
    fix: 'See GET /api/v1/auth/identities for those you have.',
    status: 404,
  },
  AF_OIDC_LAST_WAY: {
    message: 'This is the only way you have to log in.',
    fix: 'Link another first, or have an administrator of the platform send you a link to set a password.',
    status: 409,
  },
} as const;

/** Makes this plugin's errors. */
export const errors: ErrorFactories<typeof errorTable> = defineErrors(errorTable);
