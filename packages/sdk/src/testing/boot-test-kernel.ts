import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PlatformConfig, PluginEntry } from '../config.ts';
import type { CollectionContract, Contribution, SingleContract } from '../contract.ts';
import type { InMemoryPlugin, Lease, PlatformRole } from '../plugin.ts';
import type { PlatformSnapshot } from '../snapshot.ts';

/** What to boot. */
export interface TestKernelOptions {
  /** Config-file entries (folders, package names) or plugins given as objects. */
  readonly plugins: readonly (string | PluginEntry | InMemoryPlugin)[];
  /** Which plugin provides a contract that several offer. */
  readonly providers?: Readonly<Record<string, string>>;
  /** Permissions granted: plugin id to permission names. */
  readonly grants?: PlatformConfig['grants'];
  /** Folder that relative paths start from. Default: the working directory. */
  readonly baseDir?: string;
  /** Folder for state. Default: a temporary one, removed by `close`. */
  readonly dataDir?: string;
  /** What the process is for. Default `all`. */
  readonly role?: PlatformRole;
  /** Environment variables the configuration may refer to. Default none. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A running kernel with the chosen plugins active. */
export interface TestKernel {
  /** Absolute folder for state. */
  readonly dataDir: string;
  /** The provider of a contract. */
  use<T>(contract: SingleContract<T>): T;
  /** Everything contributed to a collection. */
  all<T>(collection: CollectionContract<T>): readonly Contribution<T>[];
  lease(): Lease;
  inspect(): PlatformSnapshot;
  /** Disposes every plugin and removes the temporary folder. */
  close(): Promise<void>;
}

interface KernelModule {
  createKernel(options: {
    readonly config: PlatformConfig;
    readonly baseDir: string;
    readonly memory: readonly InMemoryPlugin[];
    readonly env: Readonly<Record<string, string>>;
    readonly lock: false;
    readonly role?: PlatformRole;
  }): TestKernel & { start(): Promise<unknown> };
}

/**
 * Boots a real kernel with chosen plugins, for tests. Needs `@agent-factory/kernel` installed beside the SDK.
 *
 * @example
 * ```ts
 * const kernel = await bootTestKernel({ plugins: ['@agent-factory/plugin-storage-sqlite', './my-plugin'] });
 * try {
 *   kernel.inspect().plugins; // each with its state
 * } finally {
 *   await kernel.close();
 * }
 * ```
 */
export async function bootTestKernel(options: TestKernelOptions): Promise<TestKernel> {
  const memory = options.plugins.filter(isInMemory);
  const entries = options.plugins.map((entry) =>
    isInMemory(entry) ? { use: entry.manifest.id, ...(entry.config && { config: entry.config }) } : entry,
  );
  const temporary = options.dataDir ? undefined : await mkdtemp(join(tmpdir(), 'agent-factory-test-'));
  const dataDir = options.dataDir ?? temporary ?? '';
  // The SDK stands on nothing, so the kernel is found at run time, and only by tests.
  const specifier: string = '@agent-factory/kernel';
  const { createKernel } = (await import(specifier)) as KernelModule;
  const kernel = createKernel({
    config: {
      plugins: entries,
      dataDir,
      log: { level: 'silent' },
      ...(options.providers && { providers: options.providers }),
      ...(options.grants && { grants: options.grants }),
    },
    baseDir: options.baseDir ?? process.cwd(),
    memory,
    env: options.env ?? {},
    lock: false,
    ...(options.role && { role: options.role }),
  });
  const close = async (): Promise<void> => {
    await kernel.close();
    if (temporary) await rm(temporary, { recursive: true, force: true });
  };
  try {
    await kernel.start();
  } catch (error) {
    await close();
    throw error;
  }
  return {
    dataDir,
    use: (contract) => kernel.use(contract),
    all: (collection) => kernel.all(collection),
    lease: () => kernel.lease(),
    inspect: () => kernel.inspect(),
    close,
  };
}

function isInMemory(entry: string | PluginEntry | InMemoryPlugin): entry is InMemoryPlugin {
  return typeof entry === 'object' && 'manifest' in entry;
}
