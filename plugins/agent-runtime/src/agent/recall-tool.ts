import type { Tool, SemanticMemory } from '@agent-factory/sdk/contracts';
import type { AgentSemanticMemory } from '@agent-factory/sdk/domain';
import { errors } from '../errors.ts';
import { ownerOf } from './memory-owner.ts';

/** Name of the tool by which a model recalls what was said earlier. */
export const recallName = 'recall';

/** The tool `recall` of an agent. */
export function recallTool(
  { scope = 'user' }: AgentSemanticMemory,
  memory: SemanticMemory | undefined,
): Tool {
  const whom = scope === 'user' ? 'with this user' : 'in this conversation';
  return {
    name: recallName,
    description: `Finds what was said ${whom} in earlier conversations and has to do with a text.`,
    input: {
      type: 'object',
      properties: {
        query: { type: 'string', minLength: 1, maxLength: 2000, description: 'What it may have been about.' },
        limit: { type: 'integer', minimum: 1, maximum: 20, default: 5, description: 'How many at most.' },
      },
      required: ['query'],
      additionalProperties: false,
    },
    output: {
      type: 'object',
      properties: {
        query: { type: 'string', description: 'The query as given.' },
        results: {
          type: 'array',
          description: 'Questions with their answers, best first; none when nothing was found.',
          items: {
            type: 'object',
            properties: {
              text: { type: 'string', description: 'What was said.' },
              at: { type: 'string', description: 'When, in UTC.' },
              score: { type: 'number', description: 'Higher is better; comparable within one search.' },
            },
            required: ['text', 'at', 'score'],
            additionalProperties: false,
          },
        },
      },
      required: ['query', 'results'],
      additionalProperties: false,
    },
    effect: 'read',
    async run(input, context) {
      if (!memory) throw errors.AF_RUN_NO_SEMANTIC_MEMORY({});
      const { query, limit = 5 } = input as { query: string; limit?: number }; // as the schema says
      const { tenant, signal } = context;
      const found = await memory.tenant(tenant).recall(ownerOf(scope, context), query, { limit, signal });
      const results = found.map(({ text, at, score }) => ({ text, at: new Date(at).toISOString(), score }));
      return { query, results };
    },
  };
}
