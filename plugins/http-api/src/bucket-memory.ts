import type { AgentFactoryError } from '@agent-factory/sdk';

const mostKept = 10_000;

/** What a rate limit that refused says of itself, as details of its error. */
export interface EmptyBucket {
  readonly bucket: string;
  readonly windowMs: number;
}

/**
 * Makes what says whether an error is worth an entry of the audit log: any but a refusal by a bucket that refused within
 * its window before. Else whoever is refused could fill the log. Past 10,000 buckets the oldest is forgotten.
 */
export function createBucketMemory(
  now: () => number = () => performance.now(),
): (problem: AgentFactoryError) => boolean {
  const until = new Map<string, number>();
  return ({ details }) => {
    const { bucket, windowMs } = (details ?? {}) as Partial<EmptyBucket>; // as rate limits give them
    if (typeof bucket !== 'string' || typeof windowMs !== 'number') return true;
    const at = now();
    if ((until.get(bucket) ?? 0) > at) return false;
    until.delete(bucket);
    until.set(bucket, at + windowMs);
    const [oldest] = until.keys();
    if (until.size > mostKept && oldest !== undefined) until.delete(oldest);
    return true;
  };
}
