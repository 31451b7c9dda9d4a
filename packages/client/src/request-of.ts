import { clientError } from './errors.ts';
import type { Route } from './route.ts';

/** A request as it is sent, but for who sends it. */
export interface PlainRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

type Value = string | number | boolean;
type Parameter = Value | readonly Value[] | undefined;

/** The request of an operation: what its path names goes there, `if-match` among the headers, `body` is the body. */
export function requestOf(operation: string, route: Route, base: string, input: object): PlainRequest {
  // As the types of all operations say.
  const { body, ...parameters } = input as { readonly body?: unknown } & Readonly<Record<string, Parameter>>;
  const headers: Record<string, string> = {};
  const query = new URLSearchParams();
  const left = new Map(Object.entries(parameters));
  const path = route.path.replace(/\{(\w+)\}/g, (_all, name: string) => {
    const value = left.get(name);
    left.delete(name);
    // Addresses are made simple on their way: what is nothing, or dots, would be another route.
    const isText = typeof value === 'string' || typeof value === 'number';
    if (!isText || /^\.{0,2}$/.test(String(value))) {
      const reason = value === undefined ? `"${name}" is missing` : `"${name}" cannot be "${String(value)}"`;
      throw clientError('AF_CLIENT_PARAMETER', { operation, reason });
    }
    return encodeURIComponent(String(value));
  });
  for (const [name, value] of left) {
    if (value === undefined) continue;
    if (name.startsWith('if-')) headers[name] = String(value);
    else for (const one of [value].flat()) query.append(name, String(one));
  }
  if (body !== undefined) headers['content-type'] = 'application/json';
  return {
    method: route.method,
    url: `${base}${path}${query.size > 0 ? `?${query.toString()}` : ''}`,
    headers,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  };
}
