/** What the client itself can say; all else is said by the platform. */
export const errorTable = {
  AF_CLIENT_UNREACHABLE: {
    message: 'The platform gave no answer to {request}: {reason}.',
    fix: 'See that it runs and that the url is its own. Whether it did what was asked is not known; asked again with the same idempotency key it does it once.',
    retryable: true,
  },
  AF_CLIENT_TIMEOUT: {
    message: 'The platform did not answer {request} within {timeoutMs} ms.',
    fix: 'Give timeoutMs more, or start what takes long without waiting and follow it.',
    retryable: true,
  },
  AF_CLIENT_ANSWER: {
    message: '{request} was answered with status {status} and not as Agent Factory answers: {reason}.',
    fix: 'See that the url is that of the platform, and what a proxy in between answers.',
    retryable: false,
  },
  AF_CLIENT_PARAMETER: {
    message: '{operation} is not called right: {reason}.',
    fix: 'Give the parameters that its types ask for.',
    retryable: false,
  },
  AF_CLIENT_STREAM_CUT: {
    message: 'The event stream of {request} was cut and cannot be gone on with: {reason}.',
    fix: 'Ask for it again.',
    retryable: true,
  },
} as const;

/** A problem document (RFC 9457) as the platform answers with. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** The request's id, as in the platform's log. */
  readonly instance: string;
  readonly code: string;
  readonly fix: string;
  readonly retryable: boolean;
  /** What is wrong with which part of the request, by JSON Pointer. */
  readonly errors?: readonly { readonly pointer: string; readonly message: string; readonly fix?: string }[];
}

/** Thrown for everything that goes wrong, but for a call that its own signal ended: that throws the signal's reason. */
export class AgentFactoryClientError extends Error {
  override readonly name = 'AgentFactoryClientError';
  /** Stable: `AF_RUN_NOT_FOUND`. Those of the client itself begin with `AF_CLIENT_`. */
  readonly code: string;
  /** What to do. */
  readonly fix: string;
  /** Whether the same may succeed later. */
  readonly retryable: boolean;
  /** What the platform answered, if it did. */
  readonly problem: Problem | undefined;
  /** Milliseconds after which it may be tried again, where the platform said so. */
  readonly retryAfterMs: number | undefined;

  constructor(
    told: {
      readonly code: string;
      readonly message: string;
      readonly fix: string;
      readonly retryable: boolean;
    },
    {
      problem,
      retryAfterMs,
      cause,
    }: { problem?: Problem; retryAfterMs?: number | undefined; cause?: unknown } = {},
  ) {
    super(told.message, cause === undefined ? undefined : { cause });
    this.code = told.code;
    this.fix = told.fix;
    this.retryable = told.retryable;
    this.problem = problem;
    this.retryAfterMs = retryAfterMs;
  }
}

/** An error of the table, with its words. */
export function clientError(
  code: keyof typeof errorTable,
  words: Readonly<Record<string, string | number>>,
  cause?: unknown,
): AgentFactoryClientError {
  const { message, fix, retryable } = errorTable[code];
  const told = message.replace(/\{(\w+)\}/g, (_all, name: string) => String(words[name]));
  return new AgentFactoryClientError({ code, message: told, fix, retryable }, { cause });
}

/** The error of a problem document. */
export function problemError(problem: Problem, retryAfterMs?: number): AgentFactoryClientError {
  const { code, detail, fix, retryable } = problem;
  return new AgentFactoryClientError({ code, message: detail, fix, retryable }, { problem, retryAfterMs });
}

/** Whether something is a problem document of the platform. */
export function isProblem(value: unknown): value is Problem {
  const { code, detail } = Object(value) as Partial<Problem>; // looked at below
  return typeof code === 'string' && typeof detail === 'string';
}
