import { defineErrors, type ErrorFactories } from '@agent-factory/sdk';

/** What can go wrong with PostgreSQL alone; all else has the codes every storage has. */
export const errorTable = {
  AF_STORAGE_POSTGRES_URL: {
    message: 'The "url" in the configuration of storage-postgres is none that can be used: {reason}',
    fix: 'Write it like postgres://user:password@host:5432/database; encode what is special in the password: @ as %40, / as %2F, ? as %3F, # as %23.',
  },
  AF_STORAGE_POSTGRES_RIGHTS: {
    message:
      'The user {user} of {server} passes over row-level security, and there is no role for the work of tenants that does not: {reason}',
    fix: 'Configure a plain user that owns the database, or let a superuser run: {mend}',
  },
  AF_STORAGE_POSTGRES_TRANSFER_OPEN: {
    message:
      'A transfer into {server} was not finished, and {count} foreign key(s) are off until it is: {keys}',
    fix: 'Wait for the transfer that is under way, or run the restore or copy that was broken off again, to its end: that puts them on.',
  },
} as const;

/** Makes the plugin's errors. */
export const errors: ErrorFactories<typeof errorTable> = defineErrors(errorTable);
