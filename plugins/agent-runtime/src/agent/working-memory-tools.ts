import type { Json, JsonObject, JsonSchema } from '@agent-factory/sdk';
import {
  checkMemoryKey,
  patchedMemory,
  type ToolCallContext,
  type WorkingMemory,
  type WorkingMemoryKey,
} from '@agent-factory/sdk/contracts';
import type { AgentDefinition, AgentWorkingMemory } from '@agent-factory/sdk/domain';
import { errors } from '../errors.ts';
import type { Tried } from '../tool/tool-set.ts';
import { ownerOf } from './memory-owner.ts';
import type { OwnTool, OwnToolParts } from './own-tools.ts';

/** Names of the tools by which a model reads and changes its working memory. */
export const workingMemoryNames = { read: 'read_memory', update: 'update_memory' } as const;

const document: JsonSchema = {
  type: 'object',
  properties: {
    memory: { type: ['object', 'null'], description: 'The memory as it stands; null when nothing is kept.' },
  },
  required: ['memory'],
  additionalProperties: false,
};

/** The tools `read_memory` and `update_memory` of an agent. In a fork what changes is seen by that fork alone. */
export function workingMemoryTools(
  { name: agent }: AgentDefinition,
  field: AgentWorkingMemory,
  { workingMemory: memory, validator }: Pick<OwnToolParts, 'workingMemory' | 'validator'>,
): readonly OwnTool[] {
  const { schema, scope = 'session', name = agent, maxBytes, ttlMs } = field;
  const rules = {
    schema,
    ...(maxBytes !== undefined && { maxBytes }),
    ...(ttlMs !== undefined && { ttlMs }),
  };
  const keyOf = (context: ToolCallContext): WorkingMemoryKey => ({ ...ownerOf(scope, context), name });
  const own = (): WorkingMemory => {
    if (!memory) throw errors.AF_RUN_NO_WORKING_MEMORY({});
    return memory;
  };
  const stored = async (context: ToolCallContext): Promise<JsonObject | undefined> =>
    (await own().tenant(context.tenant).read(keyOf(context)))?.value;
  const triedOut = (tried: Tried): JsonObject | undefined =>
    (tried.get(workingMemoryNames.update) as { readonly memory: JsonObject } | undefined)?.memory; // as its output says
  const whose = scope === 'user' ? 'this user' : 'this conversation';
  return [
    {
      name: workingMemoryNames.read,
      description: `Reads what you keep in mind about ${whose}.`,
      input: { type: 'object', properties: {}, additionalProperties: false },
      output: document,
      effect: 'read',
      async run(_input, context) {
        return { memory: (await stored(context)) ?? null };
      },
      async tryOut(_input, context, tried) {
        return { memory: triedOut(tried) ?? (await stored(context)) ?? null };
      },
    },
    {
      name: workingMemoryNames.update,
      description:
        `Changes what you keep in mind about ${whose}, and gives the whole. Give what changes only: objects are merged, ` +
        'everything else is replaced, and null removes. The whole must fit this JSON Schema: ' +
        JSON.stringify(schema),
      input: {
        type: 'object',
        properties: { changes: { type: 'object', description: 'What changes (a JSON merge patch).' } },
        required: ['changes'],
        additionalProperties: false,
      },
      output: document,
      effect: 'idempotent-write',
      async run({ changes }, context): Promise<Json> {
        const patch = changes as JsonObject; // as the schema says
        const { value } = await own().tenant(context.tenant).merge(keyOf(context), patch, rules);
        return { memory: value };
      },
      async tryOut({ changes }, context, tried) {
        const key = keyOf(context);
        checkMemoryKey(key);
        const before = triedOut(tried) ?? (await stored(context)) ?? {};
        return { memory: patchedMemory(key, before, changes ?? null, rules, validator).value };
      },
    },
  ];
}
