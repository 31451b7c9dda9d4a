import { defineErrors, type ErrorFactories } from '../errors.ts';

/** Errors that every storage fails with, whatever its engine. A code is never reused. */
export const errorTable = {
  AF_STORAGE_OPEN_FAILED: {
    message: 'The database {database} cannot be opened: {reason}',
    fix: '{mend}',
  },
  AF_STORAGE_CORRUPT: {
    message: 'The database {database} is damaged, or is none: {reason}',
    fix: 'Name another one in the configuration, or put back a backup. What is there was left as it is.',
  },
  AF_STORAGE_READ_ONLY: {
    message: 'The database {database} cannot be written to: {reason}',
    fix: 'Let the user that runs the platform write to it. What reads across tenants never writes.',
  },
  AF_STORAGE_LOCKED: {
    message: 'The database {database} was still in use by another after {ms} ms: {reason}',
    fix: 'Try again. If it happens often, look for another process or a long transaction, or raise the time to wait in the configuration.',
    status: 503,
    retryable: true,
  },
  AF_STORAGE_FULL: {
    message: 'There is no room left for the database {database}: {reason}',
    fix: 'Free space on that disk, then try again; removing rows needs room too. What was acknowledged before is safe.',
    status: 507,
    retryable: true,
  },
  AF_STORAGE_IO: {
    message: 'Reading or writing the database {database} failed: {reason}',
    fix: 'Look at the disk and the system log, then restart the platform.',
  },
  AF_STORAGE_CLOSED: {
    message: 'The database {database} is closed.',
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
    message: 'Migration {version} ({name}) of {plugin} failed: {reason}',
    fix: 'Mend the migration, or the rows that stand against it; those before it are applied and stay. What it did was undone, unless it runs without a transaction: then it goes on where it stopped.',
  },
  AF_STORAGE_LEDGER_INVALID: {
    message: 'The list of applied migrations in {database} is damaged: {plugin} lacks number {version}.',
    fix: 'Put back a backup of the database; somebody deleted from the list.',
  },
  AF_STORAGE_UNAVAILABLE: {
    message: 'The database server at {server} cannot be used: {reason}',
    fix: '{mend}',
    status: 503,
    retryable: true,
  },
  AF_STORAGE_BUSY: {
    message: 'No connection to {database} became free within {ms} ms: all {connections} are in use.',
    fix: 'Try again. If it happens often, raise the number of connections in the configuration, or look for long transactions.',
    status: 503,
    retryable: true,
  },
  AF_STORAGE_UNSUPPORTED: {
    message: 'The server at {server} is {found}, and {needed} or newer is needed.',
    fix: 'Upgrade the server, or name another one in the configuration.',
  },
  AF_STORAGE_COMMIT_UNKNOWN: {
    message:
      'The connection to {database} broke while a transaction was being committed; whether it was is not known.',
    fix: 'Read what the transaction wrote, then decide.',
    status: 503,
    retryable: true,
  },
  AF_STORAGE_MIGRATION_FILE: {
    message: 'The migration file {file} does not fit: {reason}',
    fix: 'Name files like 0001-create-runs.sql and 0001-create-runs.down.sql, one pair a number.',
  },
  AF_STORAGE_MIGRATION_NONE: {
    message: 'There is no migration of {plugin} above version {to} to undo.',
    fix: 'Look at what was applied: agent-factory storage status.',
    status: 404,
  },
  AF_TENANT_ID_INVALID: {
    message: '"{tenant}" is no id of a tenant.',
    fix: 'Use 1 to 63 lower-case letters, digits and hyphens, beginning with a letter or digit.',
    status: 400,
  },
  AF_TENANT_UNKNOWN: {
    message: 'There is no tenant "{tenant}".',
    fix: 'Check the id, or create the tenant first.',
    status: 404,
  },
  AF_TENANT_PROTECTED: {
    message: 'The tenant "{tenant}" cannot be erased: the platform itself uses it.',
    fix: 'Erase what it holds through the parts it belongs to.',
    status: 409,
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
export const storageErrors: ErrorFactories<typeof errorTable> = defineErrors(errorTable);
