import { canonicalJson, type PluginContext } from '@agent-factory/sdk';
import { toolQuestionSchema } from '@agent-factory/sdk/domain';
import { errors } from '../errors.ts';
import { reasonOf } from '../run/failure.ts';
import { listed } from './problem-list.ts';

const maxChars = 100_000;

/** Refuses what is no question (AF_TOOL_QUESTION_INVALID): it goes into the journal, and to a client, as it is. */
export function checkQuestion(tool: string, question: unknown, validator: PluginContext['validator']): void {
  const refuse = (reason: string): Error => errors.AF_TOOL_QUESTION_INVALID({ tool, reason });
  let size: number;
  try {
    size = canonicalJson(question).length;
  } catch (error) {
    throw refuse(`it is no JSON: ${reasonOf(error)}`);
  }
  if (size > maxChars) throw refuse(`it has ${size} characters`);
  const problems = validator(toolQuestionSchema)(question);
  if (problems.length > 0) throw refuse(listed(problems));
}
