import {
  isolationLevels,
  type IsolatedPlugin,
  type Isolation,
  type IsolationLevel,
  type IsolationOffer,
  type IsolationRequest,
  type Logger,
  type Plugin,
} from '@agent-factory/sdk';
import { createOutbound, type Outbound, type ResolveHost } from '@agent-factory/sdk/outbound';
import { bundleCode } from './bundle-code.ts';
import type { IsolationProcessConfig } from './config.ts';
import { checkManifest } from './contributions.ts';
import { errors } from './errors.ts';
import { Grants } from './grants.ts';
import { setUpIsolated } from './isolated-plugin.ts';
import { notEnforced } from './launch/levels.ts';
import type { PluginRun } from './plugin-run.ts';
import { whyRefused } from './refused-levels.ts';
import { RunnerPool } from './runner-pool.ts';

interface Running {
  readonly request: IsolationRequest;
  readonly grants: Grants;
  run: PluginRun | undefined;
}

/** Isolation by processes: one for each plugin, started at the strongest level the machine offers. */
export class ProcessIsolation implements Isolation {
  readonly #config: IsolationProcessConfig;
  readonly #log: Logger;
  readonly #pool: RunnerPool;
  readonly #outbound: Outbound;
  readonly #running = new Set<Running>();

  /** `resolve` finds the addresses of host names; default: the system's resolver. */
  constructor(
    config: IsolationProcessConfig,
    log: Logger,
    pool: RunnerPool = new RunnerPool(config),
    resolve?: ResolveHost,
  ) {
    this.#config = config;
    this.#log = log;
    this.#pool = pool;
    this.#outbound = createOutbound({
      allowHosts: config.allowHosts,
      resolve,
      settings: { hosts: '"allowHosts" of isolation-process', time: '"callMs" of isolation-process' },
    });
  }

  levels(): Promise<readonly IsolationOffer[]> {
    return this.#pool.levels();
  }

  async load(request: IsolationRequest): Promise<Plugin> {
    const { manifest, granted } = request;
    const plugin = `${manifest.id}@${manifest.version}`;
    checkManifest(manifest);
    const [code, level] = await Promise.all([bundleCode(request), this.#pool.strongest(request.level)]);
    if (!level) throw await this.#unavailable(plugin, request.level);
    const told = { notEnforced: notEnforced[level] };
    if (level === 'L1') this.#log.warn(`${plugin} runs isolated at L1 only.`, told);
    else this.#log.info(`${plugin} runs isolated at ${level}.`, told);
    const grants = new Grants(plugin, granted);
    this.#narrowOthers(request);
    return {
      setup: async (ctx) => {
        const running: Running = { request, grants, run: undefined };
        this.#running.add(running);
        const { signal } = ctx as { signal: AbortSignal }; // the context is the kernel's
        signal.addEventListener('abort', () => this.#running.delete(running), { once: true });
        const parts = {
          request,
          level,
          code,
          grants,
          pool: this.#pool,
          outbound: this.#outbound,
          config: this.#config,
        };
        running.run = await setUpIsolated(ctx, parts);
      },
    };
  }

  async plugins(): Promise<readonly IsolatedPlugin[]> {
    return [...this.#running].flatMap(({ request: { manifest, level }, grants, run }) => {
      const state = run?.state() ?? { level, state: 'idle' as const, why: 'it is being started', crashes: 0 };
      const { granted, used, refused } = grants;
      return [{ id: manifest.id, version: manifest.version, ...state, granted, used, refused }];
    });
  }

  async revoke(plugin: string, permission: string): Promise<boolean> {
    const found = [...this.#running].filter(({ request }) => request.manifest.id === plugin);
    return found.map(({ grants }) => grants.revoke(permission)).some(Boolean);
  }

  /** Ends all processes. */
  close(): Promise<void> {
    return this.#pool.close();
  }

  /** Why a level is not to be had, what is, and what that leaves open. */
  async #unavailable(plugin: string, level: IsolationLevel): Promise<Error> {
    const offers = await this.#pool.levels();
    const asked = isolationLevels.indexOf(level);
    const limit = isolationLevels.indexOf(this.#config.strongest);
    const offered = offers.slice(0, asked).findLast(({ available }, at) => available && at <= limit);
    return errors.AF_ISOLATION_LEVEL_UNAVAILABLE({
      plugin,
      level,
      reason: whyRefused(offers, level, this.#config.strongest),
      offered: offered?.level ?? 'trusted',
      missing: offered?.notEnforced.join('; ') ?? 'anything at all; it may do what the platform may',
    });
  }

  /** What a plugin lost by its newest grants is taken from its older copies as well, while they still drain. */
  #narrowOthers({ manifest, granted }: IsolationRequest): void {
    for (const { request, grants } of this.#running) {
      if (request.manifest.id !== manifest.id) continue;
      for (const name of grants.granted) if (!granted.includes(name)) grants.revoke(name);
    }
  }
}
