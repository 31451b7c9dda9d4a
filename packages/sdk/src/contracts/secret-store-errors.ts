import { defineErrors, type ErrorFactories } from '../errors.ts';

/** Errors around secrets that are named by reference. A code is never reused. */
export const errorTable = {
  AF_SECRET_UNKNOWN: {
    message: 'There is no secret named "{name}" here.',
    fix: 'Add it for this tenant, or have it added, or name another; the secrets there are can be listed.',
    status: 400,
  },
  AF_SECRET_HOST: {
    message: 'The secret "{name}" is not meant for {host}, and was not sent.',
    fix: 'Have the host listed with the secret, or name the secret that is meant for it.',
    status: 403,
  },
} as const;

/** Makes the errors of {@link errorTable}. */
export const secretErrors: ErrorFactories<typeof errorTable> = defineErrors(errorTable);
