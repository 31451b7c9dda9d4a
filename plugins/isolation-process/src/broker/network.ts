import { StringDecoder } from 'node:string_decoder';
import type { OpenAnswer, Outbound } from '@agent-factory/sdk/outbound';
import type { Limits } from '../config.ts';
import { errors } from '../errors.ts';
import type { Grants } from '../grants.ts';
import type { OpenAnswers } from './open-answers.ts';
import type { HeldSecret, SecretHandles } from './secrets.ts';

/** A request as a plugin asks for it. */
interface AskedRequest {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  /** Whether each character of the body is a byte. */
  readonly isBytes: boolean;
  readonly signal: AbortSignal | undefined;
}

/** A piece of an answer on its way to a plugin: text, or bytes as the characters 0 to 255. */
type Piece = { readonly text: string } | { readonly bytes: string };

/** What {@link createFetch} needs. */
export interface FetchParts {
  readonly plugin: string;
  readonly grants: Grants;
  readonly secrets: SecretHandles;
  readonly outbound: Outbound;
  readonly limits: Limits;
  readonly open: OpenAnswers;
}

const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
/** Headers that belong to the connection, or would make two requests of one. */
const withheld =
  /^(host|connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|content-length|expect)$/;
const maxHeaders = 64;
const pieceBytes = 32_768;
const defaultPorts: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' };

/** The permission a request needs: `net:<host>:<port>:<method>`. */
function netPermission(url: URL, method: string): string {
  return `net:${url.hostname}:${url.port || defaultPorts[url.protocol]}:${method}`;
}

/** The name of the grant that lets a request pass, if there is one. */
function grantFor(grants: Grants, url: URL, method: string): string | undefined {
  const isDefault = url.port === '';
  return grants.covering(netPermission(url, method)).find((name) => {
    // A grant without a port is for the scheme's own.
    return isDefault || name.split(':').length > 2;
  });
}

/** Whether a host was granted by its name, not with all the others: the only ones a plugin's own secrets go to. */
export function isNamedHost(grants: Grants, url: URL): boolean {
  const safe = url.protocol === 'https:' || grants.granted.includes(`net:${url.host}`);
  return (
    safe &&
    grants.granted.some((name) => name === `net:${url.hostname}` || name.startsWith(`net:${url.hostname}:`))
  );
}

/** Requests of one plugin, made for it by the platform: what it was granted, with its secrets, within its limits. */
export function createFetch({
  plugin,
  grants,
  secrets,
  outbound,
  limits,
  open,
}: FetchParts): (asked: unknown) => Promise<object> {
  const invalid = (reason: string): Error => errors.AF_ISOLATION_REQUEST_INVALID({ plugin, reason });

  const admit = (url: URL, method: string): string => {
    const grant = grantFor(grants, url, method);
    if (grant !== undefined) return grant;
    throw grants.refuse(`reach ${url.host} with ${method}`, netPermission(url, method));
  };

  return async (asked) => {
    const request = readRequest(asked, invalid);
    const { method } = request;
    const grant = admit(request.url, method);
    const refuse = ({ name }: HeldSecret): Error => {
      grants.note(`send the secret ${name} to ${request.url.host}`);
      return errors.AF_ISOLATION_SECRET_HOST({ plugin, name, host: request.url.hostname });
    };
    const sent: HeldSecret[] = [];
    const put = (text: string): { text: string; filled: boolean } => {
      const whole = secrets.fill(text, request.url, refuse);
      sent.push(...whole.filled);
      return { text: whole.text, filled: whole.filled.length > 0 };
    };
    const address = put(request.url.href);
    const headers: Record<string, string> = {};
    const secretHeaders: string[] = [];
    for (const [name, value] of Object.entries(request.headers)) {
      const { text, filled } = put(value);
      headers[name] = text;
      if (filled) secretHeaders.push(name);
    }
    const body =
      request.body === undefined ? undefined : request.isBytes ? request.body : put(request.body).text;
    const deadline = new AbortController();
    const late = (): void =>
      deadline.abort(
        errors.AF_ISOLATION_DEADLINE({ plugin, what: `(${request.url.host})`, ms: limits.callMs }),
      );
    const timer = setTimeout(late, limits.callMs);
    const signal = AbortSignal.any([
      grants.use(grant),
      deadline.signal,
      ...sent.flatMap(({ signal: mayBeSent }) => mayBeSent ?? []),
      ...(request.signal ? [request.signal] : []),
    ]);
    try {
      const answer = await outbound.open({
        url: new URL(address.text),
        method,
        headers,
        secretHeaders,
        ...(body !== undefined && { body: Buffer.from(body, request.isBytes ? 'latin1' : 'utf8') }),
        hideQuery: address.filled,
        signal,
        admit: (url, how) => void admit(url, how),
      });
      if (!open.add(answer.close)) {
        answer.close();
        throw invalid('it reads too many answers at once');
      }
      const shown = Object.entries(answer.headers).slice(0, maxHeaders);
      return {
        status: answer.status,
        url: secrets.hide(answer.url.href),
        headers: Object.fromEntries(shown.map(([name, value]) => [name, secrets.hide(value)])),
        body: pieces(answer, { most: limits.maxResponseBytes, secrets, signal, invalid, open }),
      };
    } finally {
      clearTimeout(timer);
    }
  };
}

function readRequest(asked: unknown, invalid: (reason: string) => Error): AskedRequest {
  const { url, method = 'GET', headers = {}, body, bytes, signal } = Object(asked) as Record<string, unknown>;
  const address = typeof url === 'string' ? URL.parse(url) : null;
  if (!address) throw invalid('its address is no URL');
  if (address.username || address.password) throw invalid('its address holds a name or password');
  if (typeof method !== 'string' || !methods.has(method))
    throw invalid(`its method is none of ${[...methods].join(', ')}`);
  const pairs = Object.entries(Object(headers) as Record<string, unknown>);
  if (pairs.length > maxHeaders) throw invalid(`it has more than ${maxHeaders} headers`);
  const plain = pairs.map(([name, value]) => {
    if (!/^[\w!#$%&'*+.^`|~-]{1,100}$/.test(name)) throw invalid('the name of a header is none');
    if (typeof value !== 'string' || /[\r\n\0]/.test(value)) throw invalid(`the header ${name} is no line`);
    return [name.toLowerCase(), value] as const;
  });
  const content = bytes ?? body;
  if (content !== undefined && typeof content !== 'string') throw invalid('its body is no text');
  return {
    url: address,
    method,
    headers: Object.fromEntries(plain.filter(([name]) => !withheld.test(name))),
    body: content,
    isBytes: bytes !== undefined,
    signal: signal instanceof AbortSignal ? signal : undefined,
  };
}

interface Reading {
  /** Most bytes. */
  readonly most: number;
  readonly secrets: SecretHandles;
  readonly signal: AbortSignal;
  readonly open: OpenAnswers;
  invalid(reason: string): Error;
}

async function* pieces(
  { body, headers, close }: OpenAnswer,
  { most, secrets, signal, open, invalid }: Reading,
): AsyncGenerator<Piece> {
  if (!open.begin(close)) throw invalid('it asked for many others before it read this answer');
  const type = headers['content-type'] ?? '';
  const isText = /^text\/|[/+](json|xml)\b|event-stream/i.test(type) && !/charset=(?!"?utf-8)/i.test(type);
  const decoder = isText ? new StringDecoder('utf8') : undefined;
  const hider = secrets.hideAcross();
  const pieceOf = (text: string): Piece => (isText ? { text } : { bytes: text });
  let length = 0;
  try {
    for await (const chunk of body) {
      signal.throwIfAborted();
      length += chunk.length;
      if (length > most) throw invalid(`the answer has more than ${most} bytes`);
      for (let at = 0; at < chunk.length; at += pieceBytes) {
        const part = Buffer.from(
          chunk.buffer,
          chunk.byteOffset + at,
          Math.min(pieceBytes, chunk.length - at),
        );
        const shown = hider.write(decoder ? decoder.write(part) : part.toString('latin1'));
        if (shown !== '') yield pieceOf(shown);
      }
    }
    const rest = hider.write(decoder?.end() ?? '') + hider.end();
    if (rest !== '') yield pieceOf(rest);
  } finally {
    open.end(close);
    close();
  }
}
