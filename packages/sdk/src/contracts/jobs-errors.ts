import { defineErrors, type ErrorFactories } from '../errors.ts';

/** Errors that every engine of jobs fails with. A code is never reused. */
export const errorTable = {
  AF_JOB_INVALID: {
    message: 'A job for the queue "{queue}" was not accepted: {reason}.',
    fix: 'Mend the job; none of those given with it was accepted.',
    status: 400,
  },
  AF_JOB_WORKER_INVALID: {
    message: 'A worker on the queue "{queue}" was not started: {reason}.',
    fix: 'Name the queue, and the limits as whole numbers of at least 1.',
    status: 400,
  },
  AF_JOB_QUERY_INVALID: {
    message: 'Jobs cannot be looked after like that: {reason}.',
    fix: 'Use a limit from 1 to 200, known states, names of queues as they are enqueued to, and ids that enqueue gave.',
    status: 400,
  },
  AF_JOB_SCHEDULE_INVALID: {
    message: 'The schedule "{name}" was not accepted: {reason}.',
    fix: 'Give five fields of cron, or milliseconds of at least 1,000, and a time zone by its IANA name.',
    status: 400,
  },
  AF_JOB_FAILED: {
    message: 'The job failed: {reason}',
    fix: "Look at the handler's log; the job is tried again if it has attempts left.",
    retryable: true,
  },
  AF_JOB_LOST: {
    message: 'The job {job} was given to another worker, because this one did not report for {ms} ms.',
    fix: 'Nothing: the other worker does it. If it happens often, give this process more room.',
  },
  AF_JOB_CANCELLED: {
    message: 'The job {job} was cancelled.',
    fix: 'Nothing, if it was meant; else redrive the job.',
  },
  AF_JOB_CHILD_FAILED: {
    message: 'The job {job} cannot begin: its child {child} is {state}.',
    fix: 'Redrive the child, then this job.',
  },
  AF_JOB_WORKER_EXISTS: {
    message: 'The queue "{queue}" has a worker in this process already.',
    fix: 'Close it first, or raise its concurrency.',
  },
  AF_JOBS_CLOSED: {
    message: 'The jobs engine is closed.',
    fix: 'Use it only while the plugin that was given it is active.',
    status: 503,
    retryable: true,
  },
  AF_JOBS_UNAVAILABLE: {
    message: 'The server of the jobs engine cannot be reached at {server}: {reason}',
    fix: 'Start that server, or correct its address and credentials in the configuration of {plugin}.',
    status: 503,
    retryable: true,
  },
} as const;

/** Makes the errors of {@link errorTable}. */
export const jobsErrors: ErrorFactories<typeof errorTable> = defineErrors(errorTable);
