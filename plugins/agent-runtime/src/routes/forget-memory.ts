import {
  semanticMemoryErrorTable,
  workingMemoryErrorTable,
  type ConversationMemory,
  type HttpRoute,
  type MemoryOwner,
  type SemanticMemory,
  type WorkingMemory,
} from '@agent-factory/sdk/contracts';

/** What keeps things that agents remember, where plugins do. */
export interface KeptMemories {
  readonly conversations: ConversationMemory | undefined;
  readonly working: WorkingMemory | undefined;
  readonly semantic: SemanticMemory | undefined;
}

const count = { type: 'integer', minimum: 0 } as const;

/** Erases what agents remember of somebody. */
export function forgetMemory({ conversations, working, semantic }: KeptMemories): HttpRoute {
  return {
    method: 'DELETE',
    path: '/api/v1/memory/{scope}/{owner}',
    operationId: 'forgetMemory',
    summary: 'Erase what agents remember of a session or user.',
    description:
      'Working memories and what was said; of a session also its conversation. The conversations of a user are those ' +
      'of their sessions. Journals of runs stay as they are.',
    tag: 'Memory',
    permission: 'memory:write',
    params: {
      type: 'object',
      properties: {
        scope: { enum: ['session', 'user'] },
        owner: { type: 'string', minLength: 1, maxLength: 200 },
      },
      required: ['scope', 'owner'],
    },
    responses: {
      200: {
        description: 'How much was erased.',
        schema: {
          type: 'object',
          properties: { workingMemories: count, exchanges: count },
          required: ['workingMemories', 'exchanges'],
          additionalProperties: false,
        },
        example: { workingMemories: 1, exchanges: 12 },
      },
    },
    errors: {
      AF_WORKING_MEMORY_INVALID: workingMemoryErrorTable.AF_WORKING_MEMORY_INVALID,
      AF_SEMANTIC_MEMORY_INVALID: semanticMemoryErrorTable.AF_SEMANTIC_MEMORY_INVALID,
    },
    rate: 'write',
    handler: async ({ params, principal: { tenant } }) => {
      const { scope, owner: id = '' } = params;
      const owner = { scope, id } as MemoryOwner; // as its schema says
      if (owner.scope === 'session') await conversations?.tenant(tenant).forget(id);
      return {
        body: {
          workingMemories: (await working?.tenant(tenant).forget(owner)) ?? 0,
          exchanges: (await semantic?.tenant(tenant).forget(owner)) ?? 0,
        },
      };
    },
  };
}
