/** What can go wrong when runs are executed again. */
export const replayErrorTable = {
  AF_REPLAY_MISMATCH: {
    message: 'The replay of run {run} differs from its journal at event {seq}:\n{diff}',
    fix: 'The code, a plugin or a tool is not as it was. Bring back what was there, or fork the run at that event.',
    status: 409,
  },
  AF_REPLAY_ABORTED: {
    message: 'The replay of run {run} was given up before its end.',
    fix: 'Replay it again, and wait for the report.',
    status: 503,
    retryable: true,
  },
  AF_REPLAY_TOO_LONG: {
    message:
      'Run {run} and the runs it started have more than {most} events, and a replay keeps all of them in memory.',
    fix: 'Raise "maxReplayEvents" of agent-runtime, or replay the runs it started one by one.',
    status: 422,
  },
  AF_REPLAY_TAMPERED: {
    message: 'The journal of run {run} cannot be trusted from event {seq} on: {reason}.',
    fix: 'Restore the journal from a backup; what was changed cannot be replayed.',
    status: 409,
  },
} as const;
