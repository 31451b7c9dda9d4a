import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { isolationLevels, type IsolationLevel, type JsonObject } from '@agent-factory/sdk';
import { ProcessSandbox, Tool, type ToolCallContext } from '@agent-factory/sdk/contracts';
import { bootTestKernel, type TestKernel, type TestKernelOptions } from '@agent-factory/sdk/testing';

const own: string = fileURLToPath(new URL('../..', import.meta.url));
const isolation = '@agent-factory/plugin-isolation-process';

/** The folder that the Python files of these tests are in. */
const fixtures: string = fileURLToPath(new URL('../fixtures', import.meta.url));

/** Settings of tools-python that run tools at exactly this level. */
export interface At {
  readonly level: IsolationLevel | 'trusted';
  readonly config?: JsonObject;
  /** Other plugins. */
  readonly more?: TestKernelOptions['plugins'];
  readonly baseDir?: string;
}

/** A kernel with these Python tools, and what they stand on. */
export function bootPython(tools: readonly JsonObject[], at: At): Promise<TestKernel> {
  const { level, config = {}, more = [], baseDir = fixtures } = at;
  const strongest = level === 'trusted' ? 'L3' : level;
  return bootTestKernel({
    plugins: [
      { use: isolation, config: { spare: 0, strongest } },
      ...more,
      { use: own, config: { tools, isolation: level, timeoutMs: 60_000, ...config } },
    ],
    baseDir,
  });
}

/** Skips the tests of a level this machine does not offer, or of python3 where there is none, and says why. */
export async function skipUnoffered(
  test: Mocha.Context,
  level: At['level'],
  { python = 'python3' }: { readonly python?: 'python3' | 'pyodide' } = {},
): Promise<void> {
  test.timeout(60_000);
  const { error } = python === 'pyodide' ? {} : spawnSync('/usr/bin/python3', ['--version']);
  const kernel = await bootTestKernel({ plugins: [{ use: isolation, config: { spare: 0 } }] });
  try {
    const offers = await kernel.use(ProcessSandbox).levels();
    const offer = isolationLevels.includes(level as IsolationLevel)
      ? offers.find((one) => one.level === level)
      : undefined;
    const why = error ? 'there is no /usr/bin/python3' : offer?.available === false ? offer.why : undefined;
    if (why === undefined) return;
    console.log(`      skipped: ${level} cannot be tried here: ${why}`);
    test.skip(); // what the machine lacks is its own affair, and said above
  } finally {
    await kernel.close();
  }
}

/** A tool of the kernel by its name. */
export function toolOf(kernel: TestKernel, name: string): Tool {
  const found = kernel.all(Tool).find(({ value }) => value.name === name);
  if (!found) throw new Error(`no tool is named ${name}`);
  return found.value;
}

/** What goes with a call of a test; lines of its log go to `lines`. */
export function callContext(
  more: Partial<ToolCallContext> = {},
  lines: Record<string, unknown>[] = [],
): ToolCallContext {
  const write = (message: string, fields?: object): void => void lines.push({ message, ...fields });
  const log = { debug: write, info: write, warn: write, error: write, child: () => log };
  const { signal } = new AbortController();
  return { signal, runId: 'run-1', tenant: 'default', idempotencyKey: 'run-1:1', log, ...more };
}
