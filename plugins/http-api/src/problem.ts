import {
  isAgentFactoryError,
  type AgentFactoryError,
  type ErrorTable,
  type ValidationProblem,
} from '@agent-factory/sdk';
import type { HttpProblem } from '@agent-factory/sdk/contracts';
import { errors, errorTable } from './errors.ts';

/** One thing wrong with a request. */
interface ProblemEntry {
  /** JSON Pointer (RFC 6901) that begins with the part of the request: `/body/limits/turns`. */
  readonly pointer: string;
  readonly message: string;
  readonly fix?: string;
}

/** A problem document (RFC 9457), with our extension members. */
export interface Problem extends HttpProblem {
  /** Relative reference to the error's documentation. */
  readonly type: string;
  /** The request's id; also in the `x-request-id` header and in the log. */
  readonly instance: string;
  /** What is wrong with which part of the request. */
  readonly errors?: readonly ProblemEntry[];
}

/**
 * The error a client may see: ours as they are, anything else without its words, which may hold secrets. So are errors of
 * ours that say nothing of HTTP, and so have the status 500, but those that the route `declares`: they were written for
 * whoever runs the platform, with statements, tables and files in them.
 */
export function publicError(
  thrown: unknown,
  requestId: string,
  declared: ErrorTable = {},
): AgentFactoryError {
  // An error may carry one of our codes and yet be made by hand.
  const known = isAgentFactoryError(thrown) && thrown.status >= 400 && thrown.status <= 599;
  const isTold = known && (thrown.status !== 500 || thrown.code in errorTable || thrown.code in declared);
  return isTold ? thrown : errors.AF_HTTP_INTERNAL({ requestId });
}

/** Throws AF_HTTP_REQUEST_INVALID for the problems found in a request. */
export function refuseProblems(found: readonly ValidationProblem[]): never {
  const shown = found.slice(0, 5).map(({ path, message }) => `${path} ${message}`);
  if (found.length > shown.length) shown.push(`and ${found.length - shown.length} more`);
  throw errors.AF_HTTP_REQUEST_INVALID({ count: found.length, list: shown.join('; '), problems: found });
}

/** The problem document of an error. */
export function problemOf(error: AgentFactoryError, requestId: string): Problem {
  const found: unknown = error.details?.['problems'];
  return {
    type: `/api/v1/errors/${error.code}`,
    title: titleOf(error.code),
    status: error.status,
    detail: error.message,
    instance: `urn:request:${requestId}`,
    code: error.code,
    fix: error.fix,
    retryable: error.retryable,
    ...(Array.isArray(found) && { errors: (found as ValidationProblem[]).map(entryOf) }), // by their contract
  };
}

function entryOf({ path, message, fix }: ValidationProblem): ProblemEntry {
  return { pointer: path, message, ...(fix !== undefined && { fix }) };
}

/** `AF_HTTP_NOT_FOUND` becomes `Http not found`. */
export function titleOf(code: string): string {
  const words = code.replace(/^AF_/, '').replaceAll('_', ' ').toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** JSON Schema of {@link Problem}. */
export const problemSchema: Readonly<Record<string, unknown>> = {
  type: 'object',
  description: 'A problem document (RFC 9457).',
  properties: {
    type: { type: 'string', description: 'Documentation of the error.' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    instance: { type: 'string', description: 'Id of the request, as in the log.' },
    code: { type: 'string', pattern: '^AF_' },
    fix: { type: 'string', description: 'What to do.' },
    retryable: { type: 'boolean' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        properties: { pointer: { type: 'string' }, message: { type: 'string' }, fix: { type: 'string' } },
        required: ['pointer', 'message'],
      },
    },
  },
  required: ['type', 'title', 'status', 'detail', 'instance', 'code', 'fix', 'retryable'],
};
