import { defineErrors, type ErrorFactories } from '@agent-factory/sdk';

/** Every error of the backup. A code is never reused. */
export const errorTable = {
  AF_BACKUP_DAMAGED: {
    message: 'The archive {file} is damaged: {reason}',
    fix: 'Use another archive. Nothing was taken from this one before it had been read to its end.',
  },
  AF_BACKUP_FILE: {
    message: 'The archive {file} cannot be {done}: {reason}',
    fix: 'Name a file, in a folder that this user may read and write.',
  },
  AF_BACKUP_FORMAT: {
    message: 'The file {file} is no archive that can be read here: {reason}',
    fix: 'Name an archive made by "agent-factory storage backup", of this version or an older one.',
  },
  AF_BACKUP_SCHEMA_DIFFERS: {
    message:
      'The tables do not fit. What is moved was made by migrations that are missing in the target: {missing}',
    fix: 'Bring the target up to date first: the same plugins, of the same version or newer, then "agent-factory storage migrate".',
    status: 409,
  },
  AF_BACKUP_TARGET_DIFFERS: {
    message: 'The table {table} ({scope}) of the target holds rows that are not those to be moved.',
    fix: 'Name an empty target, or say that what is there may be replaced (--replace).',
    status: 409,
  },
  AF_BACKUP_SAME_STORAGE: {
    message: 'What is to be copied and where it is to be copied to are the same database.',
    fix: 'Name the configuration of another platform.',
    status: 409,
  },
  AF_BACKUP_NOT_EQUAL: {
    message:
      'After the transfer the table {table} ({scope}) is not equal: {expected} row(s) expected, {found} found.',
    fix: 'Somebody else is writing to the target, or the source changed. Stop the platform and run it again: it goes on where it stopped.',
    status: 409,
    retryable: true,
  },
  AF_BACKUP_TENANT_UNKNOWN: {
    message: 'There is no tenant "{tenant}" in what is to be archived.',
    fix: 'Check the id: agent-factory storage tenants.',
    status: 404,
  },
} as const;

/** Makes the errors of {@link errorTable}. */
export const errors: ErrorFactories<typeof errorTable> = defineErrors(errorTable);
