import type { IncomingHttpHeaders } from 'node:http';
import { modelErrors } from '@agent-factory/sdk/contracts';
import type { Wire } from '../protocol/model-protocol.ts';
import type { HttpAnswer } from './http-answer.ts';
import type { ModelEndpoint, PostOptions } from './model-endpoint.ts';
import { reportedFailure, statusFailure, type FailureSource } from './server-failure.ts';

/** More characters than any model writes; what is longer is a fault of the server. */
const longestAnswer = 32 * 1024 * 1024;
const longestErrorBody = 64 * 1024;

/** What a server answers, checked as far as every API needs it. */
export interface AnswerReader {
  readonly server: string;
  /** Asks; rejects unless the status is 200. */
  open(path: string, body: string, options: PostOptions): Promise<HttpAnswer>;
  /** The whole answer as JSON. */
  readJson(answer: HttpAnswer): Promise<Wire>;
  /** Reads JSON, or throws: for what is none, and for a failure reported in it. */
  parse(text: string): Wire;
  /** Refuses an answer of that many characters that is too long. */
  checkLength(length: number): void;
  /** The error for an answer that makes no sense. */
  garbled(reason: string): Error;
  /** The error for a failure the server reports in an answer that began well. */
  reported(failure: unknown): Error;
}

/** Reads answers of an endpoint; `redact` takes keys out of what goes into errors. */
export function createAnswerReader(endpoint: ModelEndpoint, redact: (text: string) => string): AnswerReader {
  const { server } = endpoint;
  const source: FailureSource = { server, redact };
  const garbled = (reason: string): Error =>
    modelErrors.AF_MODEL_RESPONSE_INVALID({ server, reason: redact(reason) });
  const reported = (failure: unknown): Error => reportedFailure(source, failure);
  const checkLength = (length: number): void => {
    if (length > longestAnswer) throw garbled('it is too long.');
  };
  const parse = (text: string): Wire => {
    let parsed: unknown;
    try {
      parsed = JSON.parse(text);
    } catch {
      const begin = text.trim().slice(0, 80);
      throw garbled(begin === '' ? 'it is empty.' : `it is no JSON, it begins with: ${begin}`);
    }
    if (typeof parsed !== 'object' || parsed === null) throw garbled('it is no JSON object.');
    const wire = parsed as Wire; // an object, as just seen
    if (wire['error'] !== undefined && wire['error'] !== null) throw reported(wire['error']);
    return wire;
  };
  return {
    server,
    parse,
    checkLength,
    garbled,
    reported,
    async open(path, body, options) {
      const answer = await endpoint.post(path, body, options);
      if (answer.status === 200) return answer;
      const text = await readAll(answer, (length) => length <= longestErrorBody).catch(() => '');
      answer.release(false);
      options.signal.throwIfAborted();
      throw statusFailure(source, answer.status, answer.headers, text);
    },
    async readJson(answer) {
      const text = await readAll(answer, (length) => {
        checkLength(length);
        return true;
      });
      return parse(text);
    },
  };
}

/** The provider's own id of a call, for its support. */
export function requestIdOf(headers: IncomingHttpHeaders): string | undefined {
  const id = headers['x-request-id'] ?? headers['request-id'];
  return typeof id === 'string' && id !== '' && id.length <= 200 ? id : undefined;
}

async function readAll(answer: HttpAnswer, goOn: (length: number) => boolean): Promise<string> {
  let all = '';
  for (let text = await answer.read(); text !== undefined; text = await answer.read()) {
    all += text;
    if (!goOn(all.length)) break;
  }
  return all;
}
