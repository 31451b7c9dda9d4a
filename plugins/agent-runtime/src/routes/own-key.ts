import { createHash } from 'node:crypto';
import type { Principal } from '@agent-factory/sdk/contracts';

const longest = 255;

/**
 * A key to start a run with is its sender's alone: another's of the same name starts another run, and tells nothing of
 * the first.
 */
export function ownKey({ kind, id }: Principal, key: string | undefined): string | undefined {
  if (key === undefined || kind === 'local') return key;
  const own = `${id}/${key}`;
  return own.length <= longest ? own : `${id}/${createHash('sha256').update(key).digest('hex')}`;
}
