import type { Json } from '@agent-factory/sdk';
import type { Message } from '@agent-factory/sdk/domain';

/** What an agent is asked with a value: a text as it is, an object of `message` alone as its text, else JSON. */
export function questionOf(input: Json): readonly Message[] {
  const isObject = typeof input === 'object' && input !== null && !Array.isArray(input);
  const { message, ...more } = isObject ? (input as Record<string, Json>) : {}; // no list, as was just found
  const text = typeof message === 'string' && Object.keys(more).length === 0 ? message : input;
  return [{ role: 'user', content: typeof text === 'string' ? text : JSON.stringify(text) }];
}
