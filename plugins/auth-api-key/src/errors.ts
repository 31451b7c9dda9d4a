import { defineErrors, type ErrorFactories } from '@agent-factory/sdk';

/** Every error of this plugin. */
export const errorTable = {
  AF_API_KEY_UNKNOWN: {
    message: 'There is no key "{key}" here.',
    fix: 'See GET /api/v1/keys for those of your tenant.',
    status: 404,
  },
  AF_API_KEY_OVER: {
    message: 'The key "{key}" is over: it was revoked, or its time has passed.',
    fix: 'Make a new one.',
    status: 409,
  },
  AF_API_KEY_ACCOUNT: {
    message: 'The account "{account}" is no member of the tenant.',
    fix: 'Make it a member first, or name another.',
    status: 400,
  },
  AF_API_KEY_EXPIRY: {
    message: 'A key cannot hold until then: {reason}.',
    fix: 'Choose a time between now and {days} days from now.',
    status: 400,
  },
} as const;

/** Makes this plugin's errors. */
export const errors: ErrorFactories<typeof errorTable> = defineErrors(errorTable);
