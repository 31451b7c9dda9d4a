import { parse } from 'node:querystring';
import type { JsonObject, JsonSchema } from '@agent-factory/sdk';

/**
 * Makes the reader of a route's query. A parameter the schema calls a list is one also when it is given once; any
 * other that is given twice stays a list, so that validation refuses it.
 */
export function createQueryReader(schema: JsonSchema): (url: string) => Record<string, unknown> {
  const properties = (schema['properties'] ?? {}) as JsonObject; // JSON Schema says so
  const lists = Object.keys(properties).filter((name) => Object(properties[name])['type'] === 'array');
  return (url) => {
    const start = url.indexOf('?');
    if (start === -1) return {};
    const query: Record<string, unknown> = { ...parse(url.slice(start + 1)) };
    for (const name of lists) if (typeof query[name] === 'string') query[name] = [query[name]];
    return query;
  };
}
