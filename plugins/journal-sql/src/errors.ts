import { defineErrors, type ErrorFactories } from '@agent-factory/sdk';

/** Every error of the SQL journal. A code is never reused. */
export const errorTable = {
  AF_JOURNAL_CONFLICT: {
    message: 'Event {seq} cannot be appended to run {runId}: {reason}',
    fix: 'Somebody else advanced the run, or started it. Read it again before going on.',
    status: 409,
  },
  AF_JOURNAL_FENCED: {
    message: 'Event {seq} cannot be appended to run {runId} under fence {fence}: {reason}',
    fix: 'Stop working on the run: it belongs to somebody else. Nothing was written. Claim it to work on it again.',
    status: 409,
  },
  AF_JOURNAL_EVENTS_INVALID: {
    message: 'The events of run {runId} cannot be appended: {reason}',
    fix: 'Append one run at a time: events of that run as JSON, and the run as it stands after the last of them.',
  },
  AF_JOURNAL_LEASE_INVALID: {
    message: 'The lease of run {runId} cannot be used: {reason}',
    fix: 'Give an owner of 1 to 200 characters and a time of 1 ms to a day; a run begins with fence 1.',
  },
  AF_JOURNAL_QUERY_INVALID: {
    message: 'Runs cannot be listed: {reason}',
    fix: 'Use a limit from 1 to 200, known states, and as "before" the id of the last run of the page before.',
    status: 400,
  },
  AF_JOURNAL_CLOSED: {
    message: 'The journal was closed before event {seq} of run {runId} could be appended.',
    fix: 'Start the run again: it goes on from what its journal holds.',
    status: 503,
    retryable: true,
  },
  AF_JOURNAL_ARCHIVE_FAILED: {
    message: 'Runs cannot be written to the archive {file}: {reason}',
    fix: 'Make room, or let the user that runs the platform write there. No run was removed.',
    status: 507,
    retryable: true,
  },
  AF_JOURNAL_ARCHIVE_DAMAGED: {
    message: 'The archive {file} cannot be read: {reason}',
    fix: 'Put back a copy of the file; the runs before the damage were read.',
  },
} as const;

/** Makes the errors of {@link errorTable}. */
export const errors: ErrorFactories<typeof errorTable> = defineErrors(errorTable);
