/** What can go wrong when runs are executed again. */
export const replayErrorTable = {
  AF_REPLAY_MISMATCH: {
    message: 'The replay of run {run} differs from its journal at event {seq}:\n{diff}',
    fix: 'The code, a plugin or a tool is not as it was. Bring back what was there, or fork the run at that event.',
    status: 409,
  },
  AF_REPLAY_TAMPERED: {
    message: 'The journal of run {run} cannot be trusted from event {seq} on: {reason}.',
    fix: 'Restore the journal from a backup; what was changed cannot be replayed.',
    status: 409,
  },
} as const;
