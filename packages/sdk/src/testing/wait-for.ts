import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';

/** Asks every few milliseconds until the answer is neither false nor undefined, and gives it; fails after `ms` (default 25,000). */
export async function waitFor<T>(
  what: string,
  ask: () => T | Promise<T>,
  ms = 25_000,
): Promise<Exclude<T, false | undefined>> {
  const end = performance.now() + ms;
  for (;;) {
    const answer = await ask();
    if (answer !== false && answer !== undefined) return answer as Exclude<T, false | undefined>; // just looked at
    assert.ok(performance.now() < end, `waited ${ms} ms for ${what}`);
    await sleep(5);
  }
}
