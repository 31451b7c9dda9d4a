import { defineErrors, type ErrorFactories } from '@agent-factory/sdk';

/** Every error of this plugin. */
export const errorTable = {
  AF_MCP_VERSION: {
    message: 'The version "{version}" of the Model Context Protocol is not spoken here.',
    fix: 'Use one of: {known}.',
    status: 400,
  },
  AF_MCP_MESSAGE: {
    message: 'The body is no message of the Model Context Protocol: {reason}',
    fix: 'Send one JSON-RPC 2.0 message, or a list of at most 50.',
    status: 400,
  },
  AF_MCP_TOOL_UNKNOWN: {
    message: 'There is no tool "{tool}" here.',
    fix: 'Ask tools/list for those there are.',
    status: 404,
  },
} as const;

/** Makes this plugin's errors. */
export const errors: ErrorFactories<typeof errorTable> = defineErrors(errorTable);
