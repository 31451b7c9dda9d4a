import type { AgentFactoryError } from '@agent-factory/sdk';
import { errors } from './errors.ts';
import type { HttpAnswer } from './http-answer.ts';
import { readText } from './read-completion.ts';

/** Turns what a server says of a failure into one of our errors. `redact` takes keys out of its words. */
export interface ServerErrorOptions {
  readonly server: string;
  readonly redact: (text: string) => string;
}

/** The error for an answer whose status says that it failed. */
export function statusError(
  options: ServerErrorOptions,
  answer: HttpAnswer,
  body: string,
): AgentFactoryError {
  const { status, headers } = answer;
  const said = readFailure(body);
  const details = { server: options.server, status, reason: options.redact(said.reason) };
  if (status >= 300 && status < 400) {
    const target = options.redact(headers.location ?? 'another address');
    return errors.AF_LLM_OPENAI_BAD_RESPONSE({ ...details, reason: `it sends the request on to ${target}.` });
  }
  const retryAfterMs = readRetryAfter(headers['retry-after-ms'], headers['retry-after']);
  return byStatus(status, said.code, retryAfterMs === undefined ? details : { ...details, retryAfterMs });
}

/** The error for an `error` field found in an answer that began well. */
export function reportedError(options: ServerErrorOptions, error: unknown): AgentFactoryError {
  const said = readFailure(JSON.stringify({ error }));
  const code = Number(said.code);
  const status = code >= 400 && code < 600 ? code : said.code === 'rate_limit_exceeded' ? 429 : 500;
  return byStatus(status, said.code, { server: options.server, status, reason: options.redact(said.reason) });
}

interface FailureDetails {
  readonly server: string;
  readonly status: number;
  readonly reason: string;
  /** How long the server asks to be left alone. */
  readonly retryAfterMs?: number;
}

function byStatus(status: number, code: string, details: FailureDetails): AgentFactoryError {
  if (status === 402 || code === 'insufficient_quota') return errors.AF_LLM_OPENAI_QUOTA({ ...details });
  if (status === 401 || status === 403) return errors.AF_LLM_OPENAI_AUTH({ ...details });
  if (status === 429) return errors.AF_LLM_OPENAI_RATE_LIMIT({ ...details });
  if (status >= 500 || status === 408) return errors.AF_LLM_OPENAI_UNAVAILABLE({ ...details });
  return errors.AF_LLM_OPENAI_BAD_REQUEST({ ...details });
}

/** `{"error":{"message"}}` (OpenAI), `{"error":"…"}` (Ollama), `{"detail":"…"}` (vLLM), or plain text. */
function readFailure(body: string): { readonly reason: string; readonly code: string } {
  const whole = parseObject(body);
  const inner = whole?.['error'];
  const error = typeof inner === 'object' && inner !== null ? (inner as Fields) : whole;
  const reason =
    readText(error?.['message']) ||
    readText(inner) ||
    readText(whole?.['message']) ||
    readText(whole?.['detail']) ||
    (whole ? body : strip(body));
  const code = error?.['code'];
  return {
    reason: shorten(reason),
    code: typeof code === 'number' ? String(code) : readText(code) || readText(error?.['type']),
  };
}

type Fields = Readonly<Record<string, unknown>>;

function parseObject(text: string): Fields | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null ? (parsed as Fields) : undefined;
  } catch {
    return undefined; // plain text or a page
  }
}

function strip(page: string): string {
  return page.replace(/<(style|script)\b[\s\S]*?<\/\1>/gi, ' ').replace(/<[^>]*>/g, ' ');
}

function shorten(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  if (line === '') return 'it gave no reason.';
  return line.length > 500 ? `${line.slice(0, 500)}…` : line;
}

/** Seconds or an HTTP date (RFC 9110, 10.2.3), or OpenAI's milliseconds. */
function readRetryAfter(ms: unknown, header: string | undefined): number | undefined {
  const exact = typeof ms === 'string' && ms.trim() !== '' ? Number(ms) : Number.NaN;
  if (exact >= 0) return exact;
  if (header === undefined || header.trim() === '') return undefined;
  const seconds = Number(header);
  const wait = Number.isNaN(seconds) ? Date.parse(header) - Date.now() : seconds * 1000;
  return Number.isNaN(wait) ? undefined : Math.max(0, wait);
}
