import { defineErrors, type ErrorFactories } from '@agent-factory/sdk';

/** Every error of the SQLite storage. A code is never reused. */
export const errorTable = {
  AF_STORAGE_OPEN_FAILED: {
    message: 'The database {file} cannot be opened: {reason}',
    fix: 'Name a file, in a folder that can be written to, under "file" in the configuration of storage-sqlite.',
  },
  AF_STORAGE_CORRUPT: {
    message: '{file} is not a SQLite database, or it is damaged: {reason}',
    fix: 'Name another file under "file" in the configuration, or put back a backup. The file was left as it is.',
  },
  AF_STORAGE_READ_ONLY: {
    message: 'The database {file} cannot be written to: {reason}',
    fix: 'Let the user that runs the platform write to the file and to its folder.',
  },
  AF_STORAGE_LOCKED: {
    message: 'The database {file} was still in use by another after {ms} ms: {reason}',
    fix: 'Try again. If it happens often, look for a second process or a long transaction, or raise "busyTimeoutMs".',
    status: 503,
    retryable: true,
  },
  AF_STORAGE_FULL: {
    message: 'There is no room left for the database {file}: {reason}',
    fix: 'Free space on that disk, then try again. What was acknowledged before is safe.',
    status: 507,
    retryable: true,
  },
  AF_STORAGE_IO: {
    message: 'Reading or writing the database {file} failed: {reason}',
    fix: 'Look at the disk and the system log, then restart the platform.',
  },
  AF_STORAGE_CLOSED: {
    message: 'The database {file} is closed.',
    fix: 'Use the storage only while the plugin that was given it is active.',
    status: 503,
    retryable: true,
  },
  AF_STORAGE_STATEMENT_INVALID: {
    message: 'A statement cannot run: {reason} (in: {sql})',
    fix: 'Mend the statement or the number of its parameters.',
  },
  AF_STORAGE_PARAMETER_INVALID: {
    message: 'Parameter {position} of a statement is {problem} (in: {sql})',
    fix: '{mend}',
  },
  AF_STORAGE_CONSTRAINT: {
    message: 'A constraint of the table refused the change: {reason}',
    fix: 'Change the values, or handle the conflict where the statement is run.',
    status: 409,
  },
  AF_STORAGE_GUARD_FAILED: {
    message:
      'Statement {index} of a batch changed {found} row(s) instead of {expected}; the batch was undone.',
    fix: 'Somebody else changed the rows first: read them again, then decide.',
    status: 409,
  },
  AF_STORAGE_NESTED: {
    message: 'The storage was used inside one of its own transactions.',
    fix: 'Inside "transaction", use the handle that "work" is given.',
  },
  AF_STORAGE_TRANSACTION_OVER: {
    message: 'A statement came after its transaction had ended.',
    fix: 'Await every statement inside "work", and do not keep its handle.',
  },
  AF_STORAGE_MIGRATION_CHANGED: {
    message: 'Migration {version} ({name}) of {plugin} was edited after it had been applied.',
    fix: 'Put its old text back and add a new migration with the next number.',
  },
  AF_STORAGE_MIGRATION_ORDER: {
    message: 'The migrations of {plugin} are not numbered 1, 2, 3 …: place {place} holds number {found}.',
    fix: 'Number them in order, from 1, without gaps.',
  },
  AF_STORAGE_MIGRATION_FAILED: {
    message: 'Migration {version} ({name}) of {plugin} failed and was undone: {reason}',
    fix: 'Mend the migration; those before it are applied and stay.',
  },
  AF_STORAGE_LEDGER_INVALID: {
    message: 'The list of applied migrations in {file} is damaged: {plugin} lacks number {version}.',
    fix: 'Put back a backup of the database; somebody deleted from af_storage_sqlite_migrations.',
  },
  AF_TEXT_SEARCH_NAME_INVALID: {
    message: '"{name}" is no name for a search index.',
    fix: 'Use 1 to 48 lower-case letters, digits and underscores.',
  },
  AF_TEXT_SEARCH_PASSAGE_INVALID: {
    message: 'Passage "{id}" cannot go into the search index {index}: {reason}',
    fix: 'Give every passage an id of its own and the group it is stored with.',
    status: 409,
  },
} as const;

/** Makes the errors of {@link errorTable}. */
export const errors: ErrorFactories<typeof errorTable> = defineErrors(errorTable);
