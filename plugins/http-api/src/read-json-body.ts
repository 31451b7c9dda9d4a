import type { IncomingMessage } from 'node:http';
import type { Json, ValidationProblem } from '@agent-factory/sdk';
import { errors } from './errors.ts';
import { refuseProblems } from './problem.ts';
import { unfitText } from './unfit-text.ts';

const deepest = 100;
const jsonType = /^application\/(?:[\w.+-]+\+)?json *(?:; *charset="?utf-8"? *)?$/i;

/** Whether the request brings a body (RFC 9112, 6). */
export function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/**
 * Reads a JSON body of at most `limit` bytes; `null` when there is none. Only JSON in UTF-8 is taken, not
 * compressed, nested at most 100 deep, without the key `__proto__`, which turns dangerous when copied, and without text
 * that not every storage keeps.
 */
export async function readJsonBody(request: IncomingMessage, limit: number): Promise<Json> {
  if (!hasBody(request)) return null;
  const type = request.headers['content-type'] ?? 'none';
  if (!jsonType.test(type)) throw errors.AF_HTTP_MEDIA_TYPE({ type: type.slice(0, 100) });
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity')
    throw errors.AF_HTTP_MEDIA_TYPE({ type: `${type}, ${encoding}`.slice(0, 100) });

  const bytes = await readBytes(request, limit);
  const text = decode(bytes);
  const body = parse(text);
  // Only escapes bring what is no fit text: UTF-8 has no half characters, and JSON no control characters as they are.
  const problem = unsafeAt(body, '/body', 1) ?? (text.includes('\\u') ? unfitAt(body, '/body') : undefined);
  if (problem) refuseProblems([problem]);
  return body;
}

function readBytes(request: IncomingMessage, limit: number): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > limit) throw errors.AF_HTTP_BODY_TOO_LARGE({ limit });
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const take = (chunk: Buffer): void => {
      size += chunk.length;
      if (size <= limit) {
        chunks.push(chunk);
        return;
      }
      request.off('data', take).off('end', end).off('close', leave);
      request.resume(); // the rest is let pass, so that the client comes to read the answer
      reject(errors.AF_HTTP_BODY_TOO_LARGE({ limit }));
    };
    const end = (): void => {
      request.off('close', leave);
      resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks));
    };
    const leave = (): void => reject(errors.AF_HTTP_CLIENT_LEFT({}));
    request.on('data', take).once('end', end).once('close', leave);
  });
}

function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw errors.AF_HTTP_BODY_MALFORMED({ reason: 'it is not UTF-8.' }, { cause: error });
  }
}

function parse(text: string): Json {
  try {
    return JSON.parse(text) as Json; // what JSON.parse gives
  } catch (error) {
    const reason = (error as Error).message.slice(0, 200); // JSON.parse throws SyntaxError
    throw errors.AF_HTTP_BODY_MALFORMED({ reason }, { cause: error });
  }
}

function unsafeAt(value: Json, path: string, depth: number): ValidationProblem | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth > deepest) return { path, message: `is nested more than ${deepest} deep` };
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      const item = value[i] as Json; // every index below the length is there
      const found = typeof item === 'object' ? unsafeAt(item, `${path}/${i}`, depth + 1) : undefined;
      if (found) return found;
    }
    return undefined;
  }
  for (const [key, member] of Object.entries(value)) {
    if (key === '__proto__')
      return { path: `${path}/__proto__`, message: 'is not allowed', fix: 'Take it out.' };
    if (typeof member !== 'object' || member === null) continue;
    const found = unsafeAt(member, below(path, key), depth + 1);
    if (found) return found;
  }
  return undefined;
}

/** Of a value that is not too deep. */
function unfitAt(value: Json, path: string): ValidationProblem | undefined {
  if (typeof value === 'string') return unfitText(value, path);
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, member] of Object.entries(value)) {
    // A name that is no fit text cannot be told of: its object is.
    const found = unfitText(key, path) ?? unfitAt(member, below(path, key));
    if (found) return found;
  }
  return undefined;
}

function below(path: string, key: string): string {
  return `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}
