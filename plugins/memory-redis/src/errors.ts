import { defineErrors, type ErrorFactories } from '@agent-factory/sdk';

/** Every error of the memory in Redis that others do not have. A code is never reused. */
export const errorTable = {
  AF_MEMORY_REDIS_KEY_CLASH: {
    message: 'A key of the conversation memory at {server} holds something else: {reason}',
    fix: 'Give this platform a "prefix" or a database of its own in the configuration of memory-redis, or remove the keys under "{prefix}" that are not its own.',
  },
  AF_MEMORY_REDIS_VERSION: {
    message: 'The server at {server} is Redis {found}, and {needed} or newer is needed.',
    fix: 'Upgrade the server, or name another one in the configuration of memory-redis.',
  },
} as const;

/** Makes the errors of {@link errorTable}. */
export const errors: ErrorFactories<typeof errorTable> = defineErrors(errorTable);
