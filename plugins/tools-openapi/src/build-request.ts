import type { Json, JsonObject } from '@agent-factory/sdk';
import { errors } from './errors.ts';
import { isJson } from './operation-schemas.ts';
import type { Operation, Parameter } from './operation.ts';
import { writeMultipart } from './write-multipart.ts';

/** A request without its credentials. */
export interface BuiltRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

/** Headers that belong to the connection, whoever wishes to set them. */
const connectionHeaders = /^(host|connection|content-length|transfer-encoding|upgrade|te|trailer|expect)$/i;

/** Whether a registration or an input may set a header. */
export function isOwnHeader(name: string): boolean {
  return !connectionHeaders.test(name);
}

/** Makes a request of an input that was checked against the operation's schema. */
export function buildRequest(operation: Operation, input: JsonObject): BuiltRequest {
  const headers: Record<string, string> = { accept: 'application/json, text/*;q=0.9, */*;q=0.5' };
  for (const [name, value] of Object.entries(operation.headers))
    if (isOwnHeader(name)) headers[name.toLowerCase()] = value;
  const query: string[] = [];
  const cookies: string[] = [];
  let path = operation.path;
  for (const parameter of operation.parameters) {
    const value = input[parameter.property];
    if (value === undefined) continue;
    switch (parameter.in) {
      case 'path':
        path = path.replaceAll(`{${parameter.name}}`, () => pathPart(operation, parameter, value));
        break;
      case 'query':
        query.push(...formPairs(parameter, value).map(([key, one]) => `${encode(key)}=${one}`));
        break;
      case 'header':
        if (isOwnHeader(parameter.name))
          headers[parameter.name.toLowerCase()] = headerText(operation, parameter, value);
        break;
      case 'cookie':
        cookies.push(...formPairs(parameter, value).map(([key, one]) => `${encode(key)}=${one}`));
        break;
    }
  }
  if (cookies.length > 0) headers['cookie'] = cookies.join('; ');
  const url = urlOf(operation, path, query);
  const { bodyMembers: members } = operation;
  const content = members
    ? Object.fromEntries(Object.entries(input).filter(([key]) => members.includes(key)))
    : input['body'];
  const body = bodyOf(operation, content);
  if (body === undefined) return { url, headers };
  return { url, headers: { ...headers, 'content-type': body.type }, body: body.bytes };
}

function urlOf({ name, base, path: template }: Operation, path: string, query: readonly string[]): URL {
  const [bare = '', fixed] = path.split('?');
  const all = [...(fixed === undefined ? [] : [fixed]), ...query].join('&');
  const url = URL.parse(`${base}${bare}${all === '' ? '' : `?${all}`}`);
  const wanted = URL.parse(base)?.pathname.replace(/\/$/, '') ?? '';
  // A value of "..", however written, would lead to another path than the one that was registered.
  const segments = (text: string): number => text.split('/').length;
  const isSame =
    url !== null && segments(url.pathname) === segments(`${wanted}${template.split('?')[0] ?? ''}`);
  if (isSame && url.pathname.startsWith(wanted)) return url;
  throw errors.AF_TOOLS_OPENAPI_INPUT({
    tool: name,
    reason: 'a part of the path leads to another path',
    mend: 'Give ids and names as they are, without "." or ".." alone.',
  });
}

function pathPart({ name: tool }: Operation, parameter: Parameter, value: Json): string {
  const text = listed(parameter, value);
  if (text !== '' && !/^\.{1,2}$/.test(text)) return text;
  throw errors.AF_TOOLS_OPENAPI_INPUT({
    tool,
    reason: `"${parameter.property}" is a part of the path and cannot be ${text === '' ? 'empty' : `"${text}"`}`,
    mend: 'Give the id or name that is meant.',
  });
}

function headerText({ name: tool }: Operation, parameter: Parameter, value: Json): string {
  const text =
    parameter.style === 'json' ? JSON.stringify(value) : decodeURIComponent(listed(parameter, value));
  if (/^[\t\x20-\x7e\x80-\xff]*$/.test(text)) return text;
  const reason = `"${parameter.property}" is a header and holds characters that none can`;
  throw errors.AF_TOOLS_OPENAPI_INPUT({ tool, reason, mend: 'Leave out line breaks and other signs.' });
}

/** The styles of one text (simple): `a,b`, `k,v` or `k=v`. */
function listed({ style, explode }: Parameter, value: Json): string {
  if (style === 'json') return encode(JSON.stringify(value));
  if (Array.isArray(value)) return value.map((one: Json) => encode(plain(one))).join(',');
  if (typeof value === 'object' && value !== null)
    return Object.entries(value)
      .map(([key, one]) => `${encode(key)}${explode ? '=' : ','}${encode(plain(one))}`)
      .join(',');
  return encode(plain(value));
}

/** The styles of pairs (form, deepObject, delimited), values encoded. */
function formPairs({ name, style, explode }: Parameter, value: Json): readonly (readonly [string, string])[] {
  if (style === 'json') return [[name, encode(JSON.stringify(value))]];
  if (Array.isArray(value)) {
    const parts = value.map((one: Json) => encode(plain(one)));
    if (explode && style !== 'spaceDelimited' && style !== 'pipeDelimited')
      return parts.map((one) => [name, one] as const);
    const between = { spaceDelimited: '%20', pipeDelimited: '%7C' }[String(style)] ?? ',';
    return [[name, parts.join(between)]];
  }
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value);
    if (style === 'deepObject')
      return entries.map(([key, one]) => [`${name}[${key}]`, encode(plain(one))] as const);
    if (explode) return entries.map(([key, one]) => [key, encode(plain(one))] as const);
    return [[name, entries.map(([key, one]) => `${encode(key)},${encode(plain(one))}`).join(',')]];
  }
  return [[name, encode(plain(value))]];
}

function bodyOf(
  { bodyType = '', name: tool }: Operation,
  value: Json | undefined,
): { readonly type: string; readonly bytes: Uint8Array } | undefined {
  if (value === undefined || bodyType === '') return undefined;
  const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
  if (isJson(bodyType)) {
    const type = bodyType === '*/*' ? 'application/json' : bodyType;
    return { type, bytes: utf8(JSON.stringify(value)) };
  }
  const members =
    typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
  if (bodyType.startsWith('application/x-www-form-urlencoded')) {
    const pairs = members.flatMap(([key, one]) =>
      [one].flat().map((each: Json): [string, string] => [key, plain(each)]),
    );
    return { type: bodyType, bytes: utf8(new URLSearchParams(pairs).toString()) };
  }
  if (bodyType.startsWith('multipart/form-data'))
    return writeMultipart(members.map(([key, one]) => [key, plain(one)]));
  if (typeof value === 'string' && /^text\/|xml/.test(bodyType))
    return { type: bodyType, bytes: utf8(value) };
  if (typeof value === 'string' && /^[A-Za-z0-9+/]*={0,2}$/.test(value))
    return {
      type: bodyType.includes('*') ? 'application/octet-stream' : bodyType,
      bytes: Buffer.from(value, 'base64'),
    };
  const reason = `its body is ${bodyType}, which is given as text in base64`;
  throw errors.AF_TOOLS_OPENAPI_INPUT({ tool, reason, mend: 'Give "body" as text in base64.' });
}

function plain(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}
