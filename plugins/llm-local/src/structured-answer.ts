import type { Json, JsonObject, JsonSchema } from '@agent-factory/sdk';
import type { Conversation } from './conversation.ts';
import { fillInput } from './fill-input.ts';
import { profileTools } from './tool-profile.ts';

/**
 * Fills the fields of a schema from what tools gave back, by name, then from what the message says. What neither
 * says is left out, so that whoever asked sees that it is missing.
 */
export function structuredAnswer(schema: JsonSchema, conversation: Conversation): JsonObject {
  const { question, questionBefore, outcomes } = conversation;
  const [profile] = profileTools([{ name: 'answer', description: '', input: schema }]);
  const said = profile ? fillInput(profile, question, questionBefore).input : {};
  const found: Record<string, Json> = {};
  for (const outcome of outcomes) if (!outcome.isError) collect(parse(outcome.content), found);
  const answer: Record<string, Json> = {};
  for (const { name } of profile?.parameters ?? []) {
    const value = found[name] ?? said[name];
    if (value !== undefined) answer[name] = value;
  }
  return answer;
}

function parse(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    return content;
  }
}

/** The outermost value of each name. */
function collect(value: unknown, found: Record<string, Json>): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return;
  const entries = Object.entries(value as Readonly<Record<string, Json>>); // parsed from JSON
  for (const [name, inner] of entries) if (!Object.hasOwn(found, name)) found[name] = inner;
  for (const [, inner] of entries) collect(inner, found);
}
