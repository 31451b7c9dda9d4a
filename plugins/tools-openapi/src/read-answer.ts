import type { Json, JsonObject } from '@agent-factory/sdk';
import type { ArtifactStore, ToolCallContext } from '@agent-factory/sdk/contracts';
import type { OutboundAnswer } from '@agent-factory/sdk/outbound';
import { errors } from './errors.ts';
import { isJson } from './operation-schemas.ts';
import type { Operation } from './operation.ts';

/** Characters of an answer that means failure that are told. */
const mostTold = 500;
const busy: ReadonlySet<number> = new Set([408, 425, 429, 502, 503, 504]);

/** The result in a server's answer, or the error it means. */
export async function readAnswer(
  operation: Operation,
  answer: OutboundAnswer,
  context: ToolCallContext,
  artifacts: ArtifactStore | undefined,
): Promise<Json> {
  const { name: tool } = operation;
  const { status, headers, body, truncated } = answer;
  if (status < 200 || status > 299) throw failed(tool, answer);
  if (truncated) {
    const reason = `it is longer than ${body.length} bytes`;
    const mend = 'Ask for less (a page, a filter), or have the operator raise "maxResponseBytes".';
    throw errors.AF_TOOLS_OPENAPI_ANSWER({ tool, reason, mend });
  }
  if (body.length === 0) return null;
  const type = (headers['content-type'] ?? '').trim().toLowerCase();
  if (isJson(type)) return pick(operation, parse(tool, body));
  if (type === '' || /^text\/|xml|yaml|javascript|urlencoded/.test(type)) {
    const text = decode(body, type);
    const value = type === '' ? tryParse(text) : text;
    return operation.result === undefined ? value : pick(operation, value);
  }
  if (artifacts === undefined) {
    const reason = `it is ${body.length} bytes of ${type.slice(0, 100)}`;
    const mend = 'Add an artifact store (@agent-factory/plugin-artifacts-fs), which such answers go to.';
    throw errors.AF_TOOLS_OPENAPI_ANSWER({ tool, reason, mend });
  }
  const kept = await artifacts.tenant(context.tenant).put(body, {
    mediaType: /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+/.exec(type)?.[0] ?? 'application/octet-stream',
    runId: context.runId,
  });
  return { artifact: { id: kept.id, mediaType: kept.mediaType, bytes: kept.bytes } };
}

function failed(tool: string, { status, headers, body }: OutboundAnswer): Error {
  const type = headers['content-type'] ?? '';
  const readable = type === '' || isJson(type) || /^text\/|xml/i.test(type);
  const whole = readable
    ? decode(body.subarray(0, mostTold * 4), type)
        .replaceAll(/\s+/g, ' ')
        .trim()
    : '';
  const text =
    whole.length > mostTold ? `${whole.slice(0, mostTold).toWellFormed()}…` : whole || '(nothing said)';
  if (busy.has(status)) {
    const after = headers['retry-after'] ?? '';
    const later = /^\d{1,6}$/.test(after) ? `, in ${after} s at the earliest` : '';
    return errors.AF_TOOLS_OPENAPI_BUSY({ tool, status, text, later });
  }
  const mend =
    status === 401 || status === 403
      ? 'Have the operator look at the secret it sends, and at what it is allowed.'
      : status === 404 || status === 410
        ? 'Check the ids in the input; what they name is not there.'
        : status < 500
          ? 'Change the input as the answer says.'
          : 'The server has a fault; go on without it, or try another input.';
  return errors.AF_TOOLS_OPENAPI_REFUSED({ tool, status, text, mend });
}

function parse(tool: string, body: Uint8Array): Json {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body)) as Json; // what JSON.parse gives is JSON
  } catch (cause) {
    const reason = 'it says that it is JSON, and is not';
    throw errors.AF_TOOLS_OPENAPI_ANSWER(
      { tool, reason, mend: 'The server has a fault; go on without it.' },
      { cause },
    );
  }
}

function tryParse(text: string): Json {
  try {
    return JSON.parse(text) as Json; // see above
  } catch {
    return text;
  }
}

function decode(body: Uint8Array, type: string): string {
  const named = /charset\s*=\s*["']?([\w-]+)/i.exec(type)?.[1] ?? 'utf-8';
  try {
    return new TextDecoder(named).decode(body, { stream: true });
  } catch {
    return new TextDecoder().decode(body, { stream: true });
  }
}

/** The part of an answer that a registration's `result` points to. */
function pick({ name: tool, result = '' }: Operation, value: Json): Json {
  let at: Json | undefined = value;
  for (const key of result.split('/').slice(1)) {
    const step = key.replaceAll('~1', '/').replaceAll('~0', '~');
    const own: boolean = typeof at === 'object' && at !== null && Object.hasOwn(at, step);
    at = own ? (at as JsonObject)[step] : undefined; // a list is asked by its index
    if (at !== undefined) continue;
    const reason = `it has nothing at "${result}"`;
    throw errors.AF_TOOLS_OPENAPI_ANSWER({ tool, reason, mend: 'Change "result" of the registration.' });
  }
  return at ?? null;
}
