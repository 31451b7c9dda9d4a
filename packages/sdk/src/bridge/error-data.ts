import { AgentFactoryError, type ErrorCode } from '../errors.ts';

/** An error as data, on its way to another process. */
export interface ErrorData {
  readonly code?: string;
  readonly message: string;
  readonly fix?: string;
  readonly status?: number;
  readonly retryable?: boolean;
  readonly details?: Readonly<Record<string, unknown>>;
}

const longest = 2000;

/** The error of {@link ErrorData}; `fallback` says what is not known of one that carries no code. */
export function errorFrom(data: ErrorData, fallback: (message: string) => Error): Error {
  const message = String(data.message).slice(0, longest);
  const { code, fix = '', status, retryable, details } = data;
  if (typeof code !== 'string' || !/^AF_[A-Z0-9_]{1,80}$/.test(code)) return fallback(message);
  return new AgentFactoryError(
    code as ErrorCode, // tested just above
    {
      // Braces would be filled from the details; what arrives has been filled already.
      message: '{text}',
      fix: '{mend}',
      ...(Number.isInteger(status) &&
        Number(status) >= 400 &&
        Number(status) < 600 && { status: Number(status) }),
      ...(retryable === true && { retryable }),
    },
    { ...Object(details), text: message, mend: String(fix).slice(0, longest) },
  );
}
