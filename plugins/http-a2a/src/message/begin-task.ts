import { createHash, randomUUID } from 'node:crypto';
import { isAgentFactoryError, type JsonObject } from '@agent-factory/sdk';
import type { TenantRuntime } from '@agent-factory/sdk/contracts';
import type { Run } from '@agent-factory/sdk/domain';
import { errors } from '../errors.ts';
import type { TaskMark, TaskOwner } from '../task/own-task.ts';
import type { Message } from '../wire.ts';
import { userContent } from './content.ts';

/** Begins a task with a message. The same message again, from the same caller, gives the task it began. */
export async function beginTask(runs: TenantRuntime, message: Message, owner: TaskOwner): Promise<Run> {
  const { principal, agent } = owner;
  const { messageId, contextId = '', metadata, parts } = message;
  const mark: TaskMark = { messageId, ...(metadata && { metadata }) };
  try {
    return await runs.start({
      agent,
      input: [{ role: 'user', content: userContent(parts) }],
      stream: true,
      session: contextId === '' ? `ctx_${randomUUID()}` : contextId,
      metadata: { askedBy: principal.id, a2a: mark as unknown as JsonObject }, // plain data
      idempotencyKey: keyOf(message, owner),
    });
  } catch (error) {
    if (!isAgentFactoryError(error, 'AF_AGENT_UNKNOWN')) throw error;
    throw errors.AF_A2A_AGENT_UNKNOWN({ agent }, { cause: error });
  }
}

/** Of two messages of one id that say something else, the second is another message. */
function keyOf(message: Message, { principal, agent }: TaskOwner): string {
  return createHash('sha256')
    .update(JSON.stringify(['a2a', principal.id, agent, message]))
    .digest('hex');
}
