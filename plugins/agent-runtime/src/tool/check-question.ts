import { canonicalJson } from '@agent-factory/sdk';
import { errors } from '../errors.ts';
import { reasonOf } from '../run/failure.ts';

const maxChars = 100_000;

/** Refuses what is no question (AF_TOOL_QUESTION_INVALID): it goes into the journal, and to a client, as it is. */
export function checkQuestion(tool: string, question: unknown): void {
  const refuse = (reason: string): Error => errors.AF_TOOL_QUESTION_INVALID({ tool, reason });
  let size: number;
  try {
    size = canonicalJson(question).length;
  } catch (error) {
    throw refuse(`it is no JSON: ${reasonOf(error)}`);
  }
  if (size > maxChars) throw refuse(`it has ${size} characters`);
  const { kind, message, schema, messages, maxTokens } = Object(question) as Record<string, unknown>;
  if (kind === 'form') {
    if (typeof message !== 'string' || typeof schema !== 'object' || schema === null)
      throw refuse('a form has a message and a schema');
  } else if (kind === 'model') {
    if (!Array.isArray(messages) || messages.length === 0 || !Number.isInteger(maxTokens))
      throw refuse('a model is asked with messages and maxTokens');
  } else throw refuse('its kind is neither "form" nor "model"');
}
