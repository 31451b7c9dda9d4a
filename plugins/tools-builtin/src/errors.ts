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
  AF_TOOLS_BUILTIN_FETCH_CONTENT: {
    message: '{url} answers with {found}, which cannot be read as text.',
    fix: 'Use an address that serves HTML, text, JSON or XML.',
    status: 502,
  },
} as const;

/** Makes this plugin's errors. */
export const errors: ErrorFactories<typeof errorTable> = defineErrors(errorTable);
