import { defineErrors, type ErrorFactories } from '@agent-factory/sdk';

/** Every error of this plugin. */
export const errorTable = {
  AF_TOOLS_BUILTIN_EXPRESSION_INVALID: {
    message: 'The expression cannot be read at character {position}: {reason}.',
    fix: 'Write numbers, + - * / % ^, parentheses, and functions such as sqrt(2): {example}.',
    status: 400,
  },
  AF_TOOLS_BUILTIN_EXPRESSION_UNDEFINED: {
    message: 'The expression has no result at character {position}: {reason}.',
    fix: 'Change the numbers named, then calculate again.',
    status: 400,
  },
  AF_TOOLS_BUILTIN_TIME_ZONE_UNKNOWN: {
    message: 'No time zone or city is known by the name "{name}".',
    fix: 'Use an IANA name such as {suggestions}.',
    status: 400,
  },
  AF_TOOLS_BUILTIN_FOLDER_UNREADABLE: {
    message: 'The document folder {folder} cannot be read: {reason}.',
    fix: 'Create the folder, or change "documents" in the configuration of tools-builtin.',
  },
  AF_TOOLS_BUILTIN_URL_REFUSED: {
    message: 'The URL {url} is refused: {reason}.',
    fix: '{mend}',
    status: 400,
  },
  AF_TOOLS_BUILTIN_ADDRESS_REFUSED: {
    message: 'The host {host} is refused: it leads to {address}, which is no public address.',
    fix: 'If it is meant to be reached, the operator can list it under "allowHosts" of tools-builtin.',
    status: 403,
  },
  AF_TOOLS_BUILTIN_FETCH_FAILED: {
    message: '{url} could not be fetched: {reason}.',
    fix: 'Check the address and whether the server is up, then try again.',
    status: 502,
    retryable: true,
  },
  AF_TOOLS_BUILTIN_FETCH_TIMEOUT: {
    message: '{url} did not answer in full within {ms} ms.',
    fix: 'Try again later, or raise "fetchTimeoutMs" of tools-builtin.',
    status: 504,
    retryable: true,
  },
  AF_TOOLS_BUILTIN_FETCH_REDIRECTS: {
    message: '{url} redirects more than {limit} times.',
    fix: 'Use the address the page ends at.',
    status: 502,
  },
  AF_TOOLS_BUILTIN_FETCH_CONTENT: {
    message: '{url} answers with {found}, which cannot be read as text.',
    fix: 'Use an address that serves HTML, text, JSON or XML.',
    status: 502,
  },
} as const;

/** Makes this plugin's errors. */
export const errors: ErrorFactories<typeof errorTable> = defineErrors(errorTable);
