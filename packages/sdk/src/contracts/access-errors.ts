import { defineErrors, type ErrorFactories } from '../errors.ts';

/** Errors about who asks and what they may do. A code is never reused. */
export const errorTable = {
  AF_ACCESS_NO_CREDENTIAL: {
    message: 'This needs a login, and the request brings none.',
    fix: 'Log in, or send an API key with the header authorization: Bearer <key>.',
    status: 401,
  },
  AF_ACCESS_CREDENTIAL_INVALID: {
    message: 'The credential of the request does not hold: it is wrong, over, or was taken back.',
    fix: 'Log in again, or use another key.',
    status: 401,
  },
  AF_ACCESS_DENIED: {
    message: 'This needs the permission {permission}{on}.',
    fix: 'Ask an administrator of your tenant for a role that has it; GET /api/v1/access/explain tells which have.',
    status: 403,
  },
  AF_ACCESS_TENANT_REFUSED: {
    message: 'The tenant "{tenant}" is none of yours.',
    fix: 'Name one of your own in the header x-tenant, or leave the header out.',
    status: 403,
  },
  AF_ACCESS_GRANT_TOO_WIDE: {
    message: 'Nobody gives what they do not have: {permissions}.',
    fix: 'Leave these out, or ask somebody who has them.',
    status: 403,
  },
} as const;

/** Makes the errors of {@link errorTable}. */
export const accessErrors: ErrorFactories<typeof errorTable> = defineErrors(errorTable);
