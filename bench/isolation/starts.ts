import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createKernel } from '@agent-factory/kernel';
import { Isolation, type IsolationLevel, type PlatformConfig } from '@agent-factory/sdk';

/** What starting plugins costs at a level. */
export interface Starts {
  /** Milliseconds from reading a plugin's code to the end of its setup, with nothing ready for it. */
  readonly coldMs: number;
  /** The same where a process was ready. */
  readonly warmMs: number;
  /** MiB of memory of each plugin's processes (PSS), where there are so many. */
  readonly mibEach: number;
  readonly plugins: number;
}

/** Starts one plugin after another, cold and warm, then many at once. */
export async function measureStarts(level: IsolationLevel, plugins: number): Promise<Starts> {
  const folder = mkdtempSync(join(tmpdir(), 'agent-factory-bench-isolation-'));
  const names = Array.from({ length: plugins }, (_, at) => `echo-${at + 1}`);
  for (const name of names) {
    cpSync(join(import.meta.dirname, 'echo'), join(folder, name), { recursive: true });
    const file = join(folder, name, 'package.json');
    const json = JSON.parse(readFileSync(file, 'utf8'));
    writeFileSync(file, JSON.stringify({ ...json, name, agentFactory: { ...json.agentFactory, id: name } }));
  }
  const configOf = (count: number, spare: number): PlatformConfig => ({
    plugins: [
      { use: '@agent-factory/plugin-isolation-process', config: { strongest: level, spare } },
      ...names.slice(0, count).map((name) => ({ use: `./${name}`, isolation: level })),
    ],
    dataDir: join(folder, 'state'),
    log: { level: 'silent' as const },
  });
  /** Activation of the second plugin: the first has paid for trying the levels. */
  const second = async (spare: number): Promise<number> => {
    const kernel = createKernel({ config: configOf(1, spare), baseDir: folder, lock: false, env: {} });
    try {
      await kernel.start();
      await sleep(spare > 0 ? 1500 : 0); // until the spare process is ready
      await kernel.apply(configOf(2, spare));
      return kernel.inspect().plugins.find(({ id }) => id === 'echo-2')?.activationMs ?? NaN;
    } finally {
      await kernel.close();
    }
  };
  try {
    const [coldMs, warmMs] = [await second(0), await second(1)];
    const kernel = createKernel({ config: configOf(plugins, 0), baseDir: folder, lock: false, env: {} });
    try {
      await kernel.start();
      const running = await kernel.use(Isolation).plugins();
      if (running.some(({ state }) => state !== 'running')) throw new Error('not all of them run');
      const bytes = descendants(process.pid).reduce((sum, pid) => sum + pssOf(pid), 0);
      return { coldMs, warmMs, mibEach: bytes / 1_048_576 / plugins, plugins };
    } finally {
      await kernel.close();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Every process below one, wrappers included. */
function descendants(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return children === ''
    ? []
    : children.split(' ').flatMap((child) => [Number(child), ...descendants(Number(child))]);
}

function pssOf(pid: number): number {
  const [, kib = '0'] = /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')) ?? [];
  return Number(kib) * 1024;
}
