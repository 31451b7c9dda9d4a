import type { MemoryOwner, ToolCallContext } from '@agent-factory/sdk/contracts';
import { errors } from '../errors.ts';

/** Whose memory a run uses; AF_RUN_NO_OWNER when it does not say. */
export function ownerOf(scope: MemoryOwner['scope'], { session, user }: ToolCallContext): MemoryOwner {
  const id = scope === 'user' ? user : session;
  if (id === undefined) throw errors.AF_RUN_NO_OWNER({ scope });
  return { scope, id };
}
