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
  AF_MCP_RESOURCE_UNKNOWN: {
    message: 'There is no resource "{uri}" here.',
    fix: 'Ask resources/list and resources/templates/list for those there are.',
    status: 404,
  },
  AF_MCP_RESOURCE_TOO_LARGE: {
    message: 'The resource "{uri}" has {bytes} bytes, and a message may hold {max}.',
    fix: 'Read the artifact in parts, under /api/v1/artifacts.',
    status: 413,
  },
  AF_MCP_PROMPT_UNKNOWN: {
    message: 'There is no prompt "{prompt}" here.',
    fix: 'Ask prompts/list for those there are.',
    status: 404,
  },
  AF_MCP_ARGUMENT_MISSING: {
    message: 'The prompt "{prompt}" needs the argument "{argument}".',
    fix: 'Give all that prompts/list calls required.',
    status: 400,
  },
  AF_MCP_SESSION_UNKNOWN: {
    message: 'There is no such session of yours (any more).',
    fix: 'Begin a new one with "initialize", without the header mcp-session-id.',
    status: 404,
  },
  AF_MCP_SESSION_MISSING: {
    message: '{what} needs a session, and the request names none.',
    fix: 'Send the header mcp-session-id of the answer to "initialize". Without a plugin that keeps data (data-sql) there are no sessions.',
    status: 400,
  },
  AF_MCP_STREAM_MISSING: {
    message: 'There is no stream to listen to without a session.',
    fix: 'Send the header mcp-session-id of the answer to "initialize", or go on without the stream.',
    status: 405,
  },
  AF_MCP_EVENT_UNKNOWN: {
    message: 'The event "{event}" belongs to no call of this session.',
    fix: 'Send the id of the last event as last-event-id, as it came.',
    status: 404,
  },
} as const;

/** Makes this plugin's errors. */
export const errors: ErrorFactories<typeof errorTable> = defineErrors(errorTable);
