import { defineErrors, type ErrorFactories } from '../errors.ts';

/** Errors that every artifact store fails with. A code is never reused. */
export const errorTable = {
  AF_ARTIFACT_REQUEST_INVALID: {
    message: 'The artifact store cannot take this: {reason}.',
    fix: '{mend}',
    status: 400,
  },
  AF_ARTIFACT_NOT_FOUND: {
    message: 'There is no artifact {id}.',
    fix: 'Check the id; an artifact that is over, or was deleted, is gone for good.',
    status: 404,
  },
  AF_ARTIFACT_TOO_LARGE: {
    message: 'The artifact has more than the {max} bytes that one may have.',
    fix: 'Keep less, or in parts; the operator can raise the limit.',
    status: 413,
  },
  AF_ARTIFACT_QUOTA: {
    message: 'The tenant keeps {used} bytes of artifacts and may keep {max}; {bytes} more do not fit.',
    fix: 'Delete artifacts that are not needed, or have the operator raise the quota.',
    status: 507,
  },
  AF_ARTIFACT_DAMAGED: {
    message: 'The content of the artifact {id} is not what was kept: {reason}.',
    fix: 'Look at the disk it lies on; delete the artifact, and make it again.',
  },
  AF_ARTIFACT_UNAVAILABLE: {
    message: 'Artifacts cannot be {what}: {reason}.',
    fix: 'Look at the disk and its rights, then try again.',
    status: 503,
    retryable: true,
  },
} as const;

/** Makes the errors of {@link errorTable}. */
export const artifactErrors: ErrorFactories<typeof errorTable> = defineErrors(errorTable);
