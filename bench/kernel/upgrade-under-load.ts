import { setTimeout as sleep } from 'node:timers/promises';
import { createKernel, type Kernel } from '@agent-factory/kernel';
import {
  defineContract,
  isAgentFactoryError,
  type PlatformConfig,
  type SingleContract,
} from '@agent-factory/sdk';
import { breakageOf, versionFolder, writeVersion } from './upgrade-fixture.ts';

interface Echo {
  ask(text: string): Promise<string>;
}

const echo: SingleContract<Echo> = defineContract<Echo>({
  id: 'echo',
  version: '1.0.0',
  description: 'Answers.',
});

/** What a thousand upgrades did to the calls that went on meanwhile. */
export interface UpgradeResult {
  readonly upgrades: number;
  readonly broken: number;
  readonly calls: number;
  readonly failedCalls: number;
  /** Broken versions whose error did not name them and their fault, or that were let into service. */
  readonly wrongBlame: number;
  /** Sound versions that did not come into service. */
  readonly refusedSound: number;
  /** Bytes of heap kept for each upgrade after ordinary full collections. */
  readonly bytesKept: number;
  /** The same after the collection V8 makes when memory runs out, which also drops its compilation cache. */
  readonly bytesKeptUnderPressure: number;
  /** Effects open at the end beyond those of the serving version. */
  readonly effectsLeft: number;
  readonly peakGenerations: number;
  /** Median and 99th percentile of wall milliseconds for each upgrade that came into service. */
  readonly medianMs: number;
  readonly slowMs: number;
}

/** Upgrades one plugin again and again while a caller asks it every millisecond. */
export async function upgradeUnderLoad(folder: string, upgrades: number): Promise<UpgradeResult> {
  const effects = { open: 0 };
  (globalThis as { benchEffects?: typeof effects }).benchEffects = effects;
  writeVersion(folder, 0);
  const kernel = createKernel({ config: configOf(folder, 0), baseDir: folder, lock: false, env: {} });
  await kernel.start();
  const load = startLoad(kernel);

  const warmUp = Math.floor(upgrades / 10);
  const times: number[] = [];
  const seen = { broken: 0, wrongBlame: 0, refusedSound: 0, peakGenerations: 0 };
  let before = { settled: 0, pressed: 0 };
  for (let at = 1; at <= upgrades; at++) {
    writeVersion(folder, at);
    const breakage = breakageOf(at);
    const begun = performance.now();
    const error = await failureOf(kernel.apply(configOf(folder, at)));
    if (breakage === undefined) {
      times.push(performance.now() - begun);
      if (error !== undefined) seen.refusedSound++;
    } else {
      seen.broken++;
      if (!blames(error, at, breakage.code)) seen.wrongBlame++;
    }
    seen.peakGenerations = Math.max(seen.peakGenerations, kernel.inspect().liveGenerations);
    if (at === warmUp) before = await heapOf(kernel);
    await sleep(2);
  }
  const after = await heapOf(kernel);
  const { calls, failed } = await load.stop();
  const effectsLeft = effects.open - 1;
  await kernel.close();
  times.sort((a, b) => a - b);
  return {
    upgrades,
    calls,
    failedCalls: failed,
    bytesKept: (after.settled - before.settled) / (upgrades - warmUp),
    bytesKeptUnderPressure: (after.pressed - before.pressed) / (upgrades - warmUp),
    effectsLeft: effectsLeft + effects.open,
    medianMs: times[Math.floor(times.length / 2)] ?? 0,
    slowMs: times[Math.floor(times.length * 0.99)] ?? 0,
    ...seen,
  };
}

function configOf(folder: string, at: number): PlatformConfig {
  return { plugins: [versionFolder(folder, at)], log: { level: 'silent' } };
}

/** Asks every millisecond; each answer takes five and must come from the version that was asked. */
function startLoad(kernel: Kernel): { stop(): Promise<{ calls: number; failed: number }> } {
  const pending = new Set<Promise<void>>();
  let calls = 0;
  let failed = 0;
  const ask = async (): Promise<void> => {
    calls++;
    const lease = kernel.lease();
    try {
      const provider = kernel.use(echo);
      const answer = await lease.run(() => provider.ask('hello '));
      const again = await lease.run(() => provider.ask('hello '));
      if (!answer.startsWith('hello 1.0.') || answer !== again) failed++;
    } catch {
      failed++;
    } finally {
      lease.release();
    }
  };
  const timer = setInterval(() => {
    const call = ask().finally(() => pending.delete(call));
    pending.add(call);
  }, 1);
  return {
    async stop() {
      clearInterval(timer);
      await Promise.all(pending);
      return { calls, failed };
    },
  };
}

async function failureOf(apply: Promise<unknown>): Promise<unknown> {
  try {
    await apply;
    return undefined;
  } catch (error) {
    return error ?? new Error('nothing was thrown');
  }
}

function blames(error: unknown, at: number, code: string): boolean {
  return isAgentFactoryError(error) && error.code === code && error.message.includes(`echo@1.0.${at} `);
}

async function heapOf(kernel: Kernel): Promise<{ settled: number; pressed: number }> {
  while (kernel.inspect().liveGenerations > 1) await sleep(5);
  // V8 drops code that several collections in a row found unused.
  for (let round = 0; round < 10; round++) {
    await globalThis.gc?.({ type: 'major', execution: 'async' });
    await sleep(5);
  }
  const settled = process.memoryUsage().heapUsed;
  await globalThis.gc?.({ type: 'major', flavor: 'last-resort', execution: 'async' });
  return { settled, pressed: process.memoryUsage().heapUsed };
}
