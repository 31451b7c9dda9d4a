import { randomFillSync } from 'node:crypto';

const bytesEach = 8;
/** Random bytes are fetched for many ids at once: each fetch costs as much as a hundred ids. */
const random = Buffer.alloc(128 * bytesEach);
let used = random.length;

/** A new id of a run. Ids sort by the time of creation, so that new runs lie together in an index. */
export function newRunId(): string {
  if (used === random.length) {
    randomFillSync(random);
    used = 0;
  }
  const own = random.toString('hex', used, (used += bytesEach));
  return `run_${Date.now().toString(36).padStart(9, '0')}${own}`;
}
