import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { Json } from '@agent-factory/sdk';
import { errors } from '../errors.ts';

const unzip = promisify(gunzip);
const deepest = 64;
/** Bytes of all bodies larger than a megabyte that are read at the same time. */
const mostAtOnce = 512 * 2 ** 20;
const large = 2 ** 20;
const utf8 = new TextDecoder('utf-8', { fatal: true });
let underWay = 0;

/**
 * Reads what was sent, at most `limit` bytes, unpacked where the client packed it.
 *
 * @throws AF_REGISTRY_BODY_TOO_LARGE, AF_REGISTRY_BUSY, AF_REGISTRY_REQUEST
 */
export async function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > limit) throw errors.AF_REGISTRY_BODY_TOO_LARGE({ limit });
  const reserved = announced > large ? announced : 0;
  if (underWay + reserved > mostAtOnce) throw errors.AF_REGISTRY_BUSY({});
  underWay += reserved;
  try {
    const bytes = await collect(request, limit);
    const encoding = request.headers['content-encoding'] ?? 'identity';
    if (encoding === 'identity') return bytes;
    if (encoding !== 'gzip')
      throw errors.AF_REGISTRY_REQUEST({ reason: `its encoding ${encoding.slice(0, 40)} is not known here` });
    return await unzip(bytes, { maxOutputLength: limit });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException; // of zlib, or ours
    if (code === 'ERR_BUFFER_TOO_LARGE') throw errors.AF_REGISTRY_BODY_TOO_LARGE({ limit }, { cause: error });
    if (code?.startsWith('Z_'))
      throw errors.AF_REGISTRY_REQUEST({ reason: 'it is no whole gzip stream' }, { cause: error });
    throw error;
  } finally {
    underWay -= reserved;
  }
}

/**
 * JSON that was sent.
 *
 * @throws AF_REGISTRY_REQUEST when it is none, or nested too deep
 */
export function parseJson(bytes: Buffer): Json {
  let value: Json;
  try {
    value = JSON.parse(utf8.decode(bytes)) as Json; // what JSON.parse gives
  } catch (error) {
    const reason = error instanceof SyntaxError ? 'its body is no JSON' : 'its body is no UTF-8';
    throw errors.AF_REGISTRY_REQUEST({ reason }, { cause: error });
  }
  const open: { value: Json; depth: number }[] = [{ value, depth: 1 }];
  for (let next = open.pop(); next; next = open.pop()) {
    if (typeof next.value !== 'object' || next.value === null) continue;
    if (next.depth > deepest)
      throw errors.AF_REGISTRY_REQUEST({ reason: `its body is nested more than ${deepest} deep` });
    for (const inner of Object.values(next.value))
      if (typeof inner === 'object') open.push({ value: inner, depth: next.depth + 1 });
  }
  return value;
}

function collect(request: IncomingMessage, limit: number): Promise<Buffer> {
  // It announced no body, and its stream never tells of an end.
  if (request.readableEnded) return Promise.resolve(Buffer.alloc(0));
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limit) return void chunks.push(chunk);
      chunks.length = 0; // the rest is let pass, so that the client comes to read the answer
      reject(errors.AF_REGISTRY_BODY_TOO_LARGE({ limit }));
    });
    request.once('end', () => resolve(Buffer.concat(chunks)));
    request.once('close', () => {
      if (!request.complete)
        reject(errors.AF_REGISTRY_REQUEST({ reason: 'it ended before all of it had arrived' }));
    });
  });
}
