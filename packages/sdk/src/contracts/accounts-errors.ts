import { defineErrors, type ErrorFactories } from '../errors.ts';

/** Errors about accounts, members and roles. A code is never reused. */
export const errorTable = {
  AF_ACCOUNTS_UNKNOWN: {
    message: 'There is no account "{account}" here.',
    fix: 'See GET /api/v1/members for those of your tenant.',
    status: 404,
  },
  AF_ACCOUNTS_INVALID: {
    message: 'The {what} does not hold: {reason}.',
    fix: '{mend}',
    status: 400,
  },
  AF_ACCOUNTS_EMAIL_TAKEN: {
    message: 'The email belongs to an account already.',
    fix: 'Use another email, or have whoever manages accounts of the platform make that account a member.',
    status: 409,
  },
  AF_ACCOUNTS_SELF: {
    message: 'Nobody changes what they have themselves.',
    fix: 'Ask another administrator of the tenant.',
    status: 409,
  },
  AF_ACCOUNTS_ROLE_BUILT_IN: {
    message: 'The role "{role}" is built in and cannot be changed.',
    fix: 'Make a role of another name.',
    status: 409,
  },
  AF_ACCOUNTS_ROLE_UNKNOWN: {
    message: 'There is no role "{role}" here.',
    fix: 'See GET /api/v1/roles for those of your tenant.',
    status: 404,
  },
} as const;

/** Makes the errors of {@link errorTable}. */
export const accountsErrors: ErrorFactories<typeof errorTable> = defineErrors(errorTable);
