/** What can go wrong when a run is forked. */
export const forkErrorTable = {
  AF_FORK_INVALID: {
    message: 'Run {run} cannot be forked like this: {reason}.',
    fix: '{mend}',
    status: 400,
  },
  AF_FORK_NOT_RECORDED: {
    message: 'The run {run} has no {what}, and this fork may not ask for it.',
    fix: 'Fork with live models or tools, or in a way that asks for the same.',
    status: 409,
  },
} as const;
