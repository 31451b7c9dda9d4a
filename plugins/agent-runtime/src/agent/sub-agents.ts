import type { JsonObject, JsonSchema, ValidationProblem } from '@agent-factory/sdk';
import type { ModelTool } from '@agent-factory/sdk/contracts';
import type { Message } from '@agent-factory/sdk/domain';

const maxMessageChars = 1_000_000;

const input: JsonSchema = {
  type: 'object',
  properties: {
    message: {
      type: 'string',
      minLength: 1,
      description: 'All that it needs to know, and what it has to do.',
    },
  },
  required: ['message'],
  additionalProperties: false,
};

/** Name of the tool by which a model asks another agent. */
export function askName(agent: string): string {
  return `ask_${agent.replaceAll('-', '_')}`;
}

/** What a model is told of an agent that it may ask. */
export function offerOf(agent: string, description: string | undefined): ModelTool {
  const about = description ?? `Asks the agent "${agent}".`;
  return { name: askName(agent), description: `${about} It knows nothing of this conversation.`, input };
}

/** What is wrong with the input of such a call. */
export function checkQuestion({ message, ...more }: JsonObject): readonly ValidationProblem[] {
  const problems: ValidationProblem[] = [];
  if (typeof message !== 'string' || message.trim() === '')
    problems.push({ path: '/message', message: 'must be text that is not empty' });
  else if (message.length > maxMessageChars)
    problems.push({ path: '/message', message: `must have at most ${maxMessageChars} characters` });
  for (const name of Object.keys(more)) problems.push({ path: `/${name}`, message: 'is not known here' });
  return problems;
}

/** The conversation that the agent asked begins with. */
export function questionOf({ message }: JsonObject): readonly Message[] {
  return [{ role: 'user', content: message as string }]; // the input was checked
}
