import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';

/** Things that keep a process alive, counted by kind. */
function openHandles(): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}

/** Fails if there are more than before. Sockets need a moment to be gone, and a busy machine a longer one. */
async function closedAgain(before: ReadonlyMap<string, number>): Promise<void> {
  let left: string[] = [];
  for (let turns = 0; turns < 5000; turns += 1) {
    left = [...openHandles()]
      .filter(([kind, count]) => count > (before.get(kind) ?? 0))
      .map(([kind]) => kind);
    if (left.length === 0) return;
    await delay(2);
  }
  assert.fail(`left open: ${left.join(', ')}`);
}

/** Runs a case with what it needs, and sees that nothing is left open afterwards. */
export async function withNothingLeft<Setup extends { close?(): Promise<void> }>(
  create: () => Promise<Setup>,
  run: (setup: Setup) => Promise<void>,
): Promise<void> {
  await delay(0); // so that timers of the test runner itself count as open before
  const before = openHandles();
  const setup = await create();
  try {
    await run(setup);
  } finally {
    await setup.close?.();
  }
  await closedAgain(before);
}
