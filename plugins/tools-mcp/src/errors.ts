import { defineErrors, type ErrorFactories } from '@agent-factory/sdk';

/** Every error of this plugin. */
export const errorTable = {
  AF_TOOLS_MCP_UNAVAILABLE: {
    message: 'The MCP server "{name}" cannot be reached: {reason}.',
    fix: 'Check that it runs, and what was registered for it; it is tried again by itself.',
    status: 503,
    retryable: true,
  },
  AF_TOOLS_MCP_REFUSED: {
    message: 'The MCP server "{name}" refuses: {reason}.',
    fix: 'Check its address and the secrets that were named.',
    status: 502,
  },
  AF_TOOLS_MCP_TIMEOUT: {
    message: 'The tool "{tool}" did not answer within {ms} ms.',
    fix: 'Try again later, or allow more time ("timeoutMs" of the registration).',
    status: 504,
    retryable: true,
  },
  AF_TOOLS_MCP_TOOL_FAILED: {
    message: 'The tool "{tool}" failed: {text}',
    fix: 'Change the input as it says, or go on without the tool.',
    status: 502,
  },
  AF_TOOLS_MCP_PROTOCOL: {
    message: 'The MCP server "{name}" answered what the protocol does not know: {reason}.',
    fix: 'The server has a fault; go on without it.',
    status: 502,
  },
} as const;

/** Makes this plugin's errors. */
export const errors: ErrorFactories<typeof errorTable> = defineErrors(errorTable);
