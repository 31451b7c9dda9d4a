import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKernel, type Kernel, type KernelOptions } from '@agent-factory/kernel';
import type { InMemoryPlugin, Manifest, PlatformConfig, Plugin, PluginContext } from '@agent-factory/sdk';

/** A plugin given as a function, with what its manifest lists. */
export function memoryPlugin(
  id: string,
  setup: (ctx: PluginContext) => void | Promise<void>,
  manifest: Partial<Manifest> & { readonly version?: string } = {},
): InMemoryPlugin {
  const full = { kernel: '*', name: `test-${id}`, version: '1.0.0', ...manifest, id };
  return { manifest: full, plugin: { setup } as Plugin };
}

/** A kernel over such plugins; `logged` collects its lines. */
export function memoryKernel(
  memory: readonly InMemoryPlugin[],
  options: Omit<KernelOptions, 'memory'> = {},
): { readonly kernel: Kernel; readonly logged: string[]; readonly configOf: typeof configOf } {
  const logged: string[] = [];
  const kernel = createKernel({
    config: configOf(memory.map(({ manifest }) => manifest.id)),
    baseDir: import.meta.dirname,
    lock: false,
    env: {},
    writeLog: (line) => logged.push(line),
    ...options,
    memory,
  });
  return { kernel, logged, configOf };
}

/** {@link memoryKernel} for a suite; after each test, closes what it made and what was put into `open`. */
export function suiteKernels(): { readonly kernelOf: typeof memoryKernel; readonly open: Kernel[] } {
  const open: Kernel[] = [];
  const kernelOf: typeof memoryKernel = (...given) => {
    const made = memoryKernel(...given);
    open.push(made.kernel);
    return made;
  };
  afterEach(async () => {
    for (const kernel of open.splice(0)) await kernel.close();
  });
  return { kernelOf, open };
}

/** A configuration that names plugins, some with settings. */
export function configOf(
  plugins: PlatformConfig['plugins'],
  rest: Omit<PlatformConfig, 'plugins'> = {},
): PlatformConfig {
  return { plugins, dataDir: dataDir(), log: { level: 'warn', format: 'json' }, ...rest };
}

let made: string | undefined;

/** One temporary folder a test process; nothing is written into it. */
function dataDir(): string {
  made ??= mkdtempSync(join(tmpdir(), 'agent-factory-kernel-'));
  return made;
}
process.once('exit', () => made && rmSync(made, { recursive: true, force: true }));
