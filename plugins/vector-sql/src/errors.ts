import { defineErrors, type ErrorFactories } from '@agent-factory/sdk';

/** What can go wrong with this plugin alone; all else has the codes every vector store has. */
export const errorTable = {
  AF_VECTOR_SQL_PGVECTOR: {
    message: 'vector-sql is configured to search by pgvector, and cannot: {reason}.',
    fix: '{mend} Or set "pgvector" of vector-sql to "auto": every vector is then compared.',
  },
} as const;

/** Makes the plugin's errors. */
export const errors: ErrorFactories<typeof errorTable> = defineErrors(errorTable);
