import type { JsonObject, JsonSchema } from '@agent-factory/sdk';
import type { ConditionTypes, ModelTool } from '@agent-factory/sdk/contracts';
import { textOf } from '@agent-factory/sdk/domain';
import type { AgentScope } from './agent-loop.ts';

const input: JsonSchema = {
  type: 'object',
  properties: { reason: { type: 'string', description: 'Why, in one sentence.' } },
  additionalProperties: false,
};

/** Name of the tool by which a model hands over to another agent. */
export function transferName(agent: string): string {
  return `transfer_to_${agent.replaceAll('-', '_')}`;
}

/** What a model is told of an agent to which it may hand over. */
export function handoffOffer(agent: string, description: string | undefined): ModelTool {
  const about = description === undefined ? '' : ` ${description}`;
  return {
    name: transferName(agent),
    description: `Hands the conversation over to "${agent}".${about}`,
    input,
  };
}

/** What conditions on hand-offs may read. */
export function handoffTypes(result: 'boolean' | 'any'): ConditionTypes {
  const text = { type: 'string' };
  const variables = { input: text, output: {}, agent: text, turns: { type: 'integer' }, metadata: {} };
  return { variables, result };
}

/** The values that conditions on hand-offs read. `output`: the answer, or what the model says beside its call. */
export function handoffValues(
  { state, progress }: AgentScope,
  agent: string,
  output: JsonObject[string],
): JsonObject {
  const asked = state.messages.findLast(({ role }) => role === 'user');
  return {
    input: asked ? textOf(asked) : '',
    output,
    agent,
    turns: progress.run.turns,
    metadata: progress.run.metadata ?? {},
  };
}
