import { join } from 'node:path';
import type { InMemoryPlugin, JsonObject, PluginEntry } from '@agent-factory/sdk';
import { HttpServer, MaintenanceTask } from '@agent-factory/sdk/contracts';
import { bootTestKernel, silentLog, type TestKernel } from '@agent-factory/sdk/testing';
import type { FreshStorage } from '@agent-factory/test-servers';
import { callerOf } from '../matrix/call-platform.ts';
import type { MatrixPlatform } from '../matrix/matrix-platform.ts';
import type { SimulatedTime } from './simulated-time.ts';

const root = join(import.meta.dirname, '../../..');
const hour = 3_600_000;
/** One of ours. */
export const plugin = (id: string, config: JsonObject = {}): PluginEntry => ({
  use: join(root, 'plugins', id),
  config,
});

/** What a process has besides. */
export interface More {
  readonly plugins: readonly (PluginEntry | InMemoryPlugin)[];
  readonly env?: Readonly<Record<string, string>>;
}

/** One process of the platform, whose clock is off, and which is started again now and then. */
export class Instance {
  /** Milliseconds that its clock is ahead. */
  readonly off: { ms: number };
  readonly call: MatrixPlatform['call'];
  readonly #time: SimulatedTime;
  readonly #storage: FreshStorage;
  readonly #dataDir: string;
  readonly #more: More;
  #kernel: TestKernel | undefined;

  constructor(
    time: SimulatedTime,
    storage: FreshStorage,
    dataDir: string,
    offMs: number,
    more: More = { plugins: [] },
  ) {
    this.#time = time;
    this.#storage = storage;
    this.#dataDir = dataDir;
    this.#more = more;
    this.off = { ms: offMs };
    this.call = callerOf(() => this.url);
  }

  get kernel(): TestKernel {
    if (!this.#kernel) throw new Error('It is not running.');
    return this.#kernel;
  }

  /** Where it listens. */
  get url(): string {
    return this.kernel.use(HttpServer).url() ?? '';
  }

  get isUp(): boolean {
    return this.#kernel !== undefined;
  }

  /** Starts it, with a secret that keys are encrypted with. */
  async start(keySecret: string): Promise<void> {
    // On SQLite nothing tells another process of a change, so nothing may be kept.
    const kept = this.#storage.plugin.config ? {} : { keepMs: 0 };
    const plugins = [
      this.#storage.plugin,
      plugin('accounts-sql', this.#storage.plugin.config ? {} : { rightsMs: 0 }),
      plugin('audit-sql'),
      plugin('auth-api-key', kept),
      plugin('auth-session', { ...kept, idleMs: 2 * hour, maxMs: 14 * hour }),
      plugin('auth-jwt', {
        ...kept,
        keySecret: '${secret:env:KEY_SECRET}',
        accessMs: 0.3 * hour,
        rotateMs: 2 * hour,
        retryMs: 60_000,
      }),
      plugin('http-api', { port: 0, rateLimits: [] }),
      ...this.#more.plugins,
    ];
    const boot = { plugins, env: { ...this.#more.env, KEY_SECRET: keySecret }, dataDir: this.#dataDir };
    this.#kernel = await this.#time.as(this.off, () => bootTestKernel(boot));
  }

  async stop(): Promise<void> {
    const kernel = this.#kernel;
    this.#kernel = undefined;
    await kernel?.close();
  }

  /** Does what its plugins do now and then to keep order. */
  async sweep(): Promise<void> {
    for (const { value } of this.kernel.all(MaintenanceTask))
      await this.#time.as(this.off, () =>
        value.run({ signal: new AbortController().signal, log: silentLog }),
      );
  }
}
