import type { IncomingHttpHeaders } from 'node:http';
import type { AgentFactoryError } from '@agent-factory/sdk';
import { modelErrors } from '@agent-factory/sdk/contracts';
import { readFailure, type SaidFailure } from './failure-text.ts';
import { readRetryAfter } from './retry-after.ts';

/** Whose failures are told, and what takes keys out of the server's words. */
export interface FailureSource {
  readonly server: string;
  redact(text: string): string;
}

interface FailureDetails {
  readonly server: string;
  readonly status: number;
  readonly reason: string;
  /** How long the server asks to be left alone. */
  readonly retryAfterMs?: number;
}

/** The codes that a server's own words are told as. */
type FailureCode =
  | 'AF_MODEL_AUTH'
  | 'AF_MODEL_CONTENT_FILTERED'
  | 'AF_MODEL_CONTEXT_OVERFLOW'
  | 'AF_MODEL_NOT_FOUND'
  | 'AF_MODEL_OVERLOADED'
  | 'AF_MODEL_QUOTA'
  | 'AF_MODEL_RATE_LIMITED'
  | 'AF_MODEL_REQUEST_INVALID';

/** Codes and types that say more than the status, of the OpenAI family and of Anthropic. */
const byCode: Readonly<Record<string, FailureCode>> = {
  insufficient_quota: 'AF_MODEL_QUOTA',
  billing_hard_limit_reached: 'AF_MODEL_QUOTA',
  billing_not_active: 'AF_MODEL_QUOTA',
  billing_error: 'AF_MODEL_QUOTA',
  invalid_api_key: 'AF_MODEL_AUTH',
  authentication_error: 'AF_MODEL_AUTH',
  permission_error: 'AF_MODEL_AUTH',
  rate_limit_exceeded: 'AF_MODEL_RATE_LIMITED',
  rate_limit_error: 'AF_MODEL_RATE_LIMITED',
  overloaded_error: 'AF_MODEL_OVERLOADED',
  server_is_overloaded: 'AF_MODEL_OVERLOADED',
  api_error: 'AF_MODEL_OVERLOADED',
  server_error: 'AF_MODEL_OVERLOADED',
  timeout_error: 'AF_MODEL_OVERLOADED',
  model_not_found: 'AF_MODEL_NOT_FOUND',
  not_found_error: 'AF_MODEL_NOT_FOUND',
  context_length_exceeded: 'AF_MODEL_CONTEXT_OVERFLOW',
  string_above_max_length: 'AF_MODEL_CONTEXT_OVERFLOW',
  request_too_large: 'AF_MODEL_CONTEXT_OVERFLOW',
  content_filter: 'AF_MODEL_CONTENT_FILTERED',
  content_policy_violation: 'AF_MODEL_CONTENT_FILTERED',
  invalid_prompt: 'AF_MODEL_CONTENT_FILTERED',
};

/** Servers without codes say it in words: vLLM, llama.cpp, Ollama, Anthropic. */
const tooLong =
  /maximum context length|context (?:window|length|size)|prompt is too long|input (?:is|length).{0,40}(?:too long|exceeds?)|too many (?:input )?tokens|exceeds? the (?:available|maximum) context/i;
const noCredit = /credit balance|insufficient (?:credits?|funds|balance)/i;

/** The error for an answer whose status says that it failed. */
export function statusFailure(
  source: FailureSource,
  status: number,
  headers: IncomingHttpHeaders,
  body: string,
): AgentFactoryError {
  const { server } = source;
  if (status >= 300 && status < 400) {
    const target = source.redact(headers.location ?? 'another address');
    return modelErrors.AF_MODEL_RESPONSE_INVALID({
      server,
      status,
      reason: `it sends the request on to ${target}.`,
    });
  }
  const said = readFailure(body);
  const retryAfterMs = readRetryAfter(headers);
  const details = { server, status, reason: source.redact(said.reason) };
  return failureOf(status, said, retryAfterMs === undefined ? details : { ...details, retryAfterMs });
}

/** The error for an `error` found in an answer, or in a stream, that began well. */
export function reportedFailure(source: FailureSource, error: unknown): AgentFactoryError {
  const said = readFailure(JSON.stringify({ error }));
  const code = Number(said.code);
  const status = code >= 400 && code < 600 ? code : 500;
  return failureOf(status, said, { server: source.server, status, reason: source.redact(said.reason) });
}

function failureOf(status: number, said: SaidFailure, details: FailureDetails): AgentFactoryError {
  return modelErrors[codeOf(status, said)]({ ...details });
}

function codeOf(status: number, said: SaidFailure): FailureCode {
  const named = byCode[said.code] ?? byCode[said.type];
  if (named) return named;
  if (status === 402 || (status < 500 && noCredit.test(said.reason))) return 'AF_MODEL_QUOTA';
  if (status === 401 || status === 403) return 'AF_MODEL_AUTH';
  if (status === 429) return 'AF_MODEL_RATE_LIMITED';
  if (status === 413 || (status < 500 && tooLong.test(said.reason))) return 'AF_MODEL_CONTEXT_OVERFLOW';
  if (status >= 500 || status === 408) return 'AF_MODEL_OVERLOADED';
  return status === 404 ? 'AF_MODEL_NOT_FOUND' : 'AF_MODEL_REQUEST_INVALID';
}
