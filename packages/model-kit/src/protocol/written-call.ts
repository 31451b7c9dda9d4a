import { randomUUID } from 'node:crypto';
import type { JsonObject } from '@agent-factory/sdk';
import type { ToolCall } from '@agent-factory/sdk/domain';

/** A tool call before its arguments are parsed. */
export interface WrittenCall {
  readonly id: string;
  readonly name: string;
  readonly arguments: string;
}

/** An id for a call that the server gave none. */
export function newCallId(): string {
  return `call_${randomUUID()}`;
}

/** Parses the arguments; what is no JSON object is told with `malformed`. */
export function toToolCall({ id, name, arguments: text }: WrittenCall): ToolCall {
  const call = { id: id || newCallId(), name };
  if (text.trim() === '') return { ...call, input: {} };
  try {
    const input: unknown = JSON.parse(text);
    if (typeof input === 'object' && input !== null && !Array.isArray(input)) {
      return { ...call, input: input as JsonObject }; // JSON.parse makes nothing but JSON
    }
  } catch {
    // told with `malformed`
  }
  return { ...call, input: {}, malformed: text };
}
