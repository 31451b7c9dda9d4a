import { defineErrors, type ErrorFactories } from '@agent-factory/sdk';

/** Every error of this plugin. A code is never reused. */
export const errorTable = {
  AF_TOOLS_PYTHON_NOT_STARTED: {
    message: 'No Python can be started for tools: {reason}',
    fix: 'Install python3 (3.9 or newer) where other users may read it, or name one with "python" of tools-python; "python: pyodide" needs none.',
  },
  AF_TOOLS_PYTHON_LEVEL: {
    message: 'Python tools cannot run at isolation level {level}: {reason}.',
    fix: 'Write "isolation: L2" for tools-python, or "python: pyodide", or "isolation: trusted" if all of their code is yours.',
  },
  AF_TOOLS_PYTHON_SOURCE: {
    message: 'No tools can be made of {file}: {reason}.',
    fix: '{mend}',
  },
  AF_TOOLS_PYTHON_PACKAGES: {
    message: 'The tools of {file} need packages that {python} has not: {missing}.',
    fix: '{mend}',
  },
  AF_TOOLS_PYTHON_FAILED: {
    message: 'The Python tool "{tool}" failed: {reason}',
    fix: 'Look at its input; if that is as it should be, report it to the author of the tool.',
    status: 502,
  },
  AF_TOOLS_PYTHON_TIMEOUT: {
    message: 'The Python tool "{tool}" did not answer within {ms} ms and was ended.',
    fix: 'Ask for less at once, or raise "timeoutMs" of the tool.',
    status: 504,
  },
  AF_TOOLS_PYTHON_CRASHED: {
    message: 'The process of the Python tool "{tool}" ended during the call: {reason}.',
    fix: 'The next call gets a new one. Whether this one had an effect is not known.',
    status: 502,
  },
  AF_TOOLS_PYTHON_BUSY: {
    message: 'All processes for Python tools are busy, and {waiting} calls wait.',
    fix: 'Try again, or raise "workers" of tools-python.',
    status: 503,
    retryable: true,
  },
} as const;

/** Makes this plugin's errors. */
export const errors: ErrorFactories<typeof errorTable> = defineErrors(errorTable);
