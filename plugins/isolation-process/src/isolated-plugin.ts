import type { AnyHook, IsolationRequest, PluginContext } from '@agent-factory/sdk';
import type { Outbound } from '@agent-factory/sdk/outbound';
import { lend } from './broker/lend.ts';
import { createFetch, isNamedHost } from './broker/network.ts';
import { OpenAnswers } from './broker/open-answers.ts';
import { SecretHandles } from './broker/secrets.ts';
import type { IsolationProcessConfig } from './config.ts';
import { checkManifest, fitContribution } from './contributions.ts';
import { errors } from './errors.ts';
import type { Grants } from './grants.ts';
import type { BootSettings } from './guest/guest-main.ts';
import { bootFunction } from './guest/host-call.ts';
import { PluginRun, type Booted } from './plugin-run.ts';
import { readRegistration, registeredBy, type Registration } from './registration.ts';
import type { RunnerPool } from './runner-pool.ts';

/** How many answers of servers may wait to be read, for each request that may be made at once: bursts are common. */
const openAnswers = 16;

/** What a contribution lets a plugin do, and the permission that takes; the others take none. */
const askedFor: ReadonlyMap<string, readonly [what: string, permission: string]> = new Map([
  ['http-route', ['answer requests', 'routes']],
  ['console-page', ['show pages in the console', 'console']],
]);

/** What an isolated plugin is made from. */
export interface IsolatedParts {
  readonly request: IsolationRequest;
  readonly level: IsolationRequest['level'];
  readonly code: string;
  readonly grants: Grants;
  readonly pool: RunnerPool;
  readonly outbound: Outbound;
  readonly config: IsolationProcessConfig;
}

/** Starts a plugin isolated and registers, in its name, what it offers. The `setup` of its stand-in. */
export async function setUpIsolated(ctx: PluginContext, parts: IsolatedParts): Promise<PluginRun> {
  const { request, level, grants, outbound, config } = parts;
  const { manifest } = request;
  const plugin = `${manifest.id}@${manifest.version}`;
  const wants = checkManifest(manifest);
  const secrets = new SecretHandles();
  let first: Registration | undefined;
  const open = new OpenAnswers(config.maxRequests * openAnswers);
  ctx.own(() => open.clear());
  const fetch = createFetch({ plugin, grants, secrets, outbound, limits: config, open });

  const boot = async (run: PluginRun): Promise<Booted> => {
    open.clear(); // what the process before had asked for
    const { runner, registration } = await bootOnce(ctx, parts, run, secrets, { fetch, ...lent });
    first ??= registration;
    if (first.shape !== registration.shape) {
      runner.kill('it registered something else than before');
      throw errors.AF_ISOLATION_START_FAILED({ plugin, reason: 'it registered something else than before' });
    }
    return { runner, functions: registration.functions, dispose: registration.dispose };
  };
  const run = new PluginRun({
    plugin,
    level,
    limits: config,
    log: ctx.log,
    boot,
    now: () => performance.now(),
  });
  ctx.own(() => run.close());
  const lent = lend({ plugin, ctx, grants, secrets, run }, wants);
  await run.start();
  if (first) register(ctx, parts, run, first);
  return run;
}

async function bootOnce(
  ctx: PluginContext,
  { level, code, grants, pool, config }: IsolatedParts,
  run: PluginRun,
  secrets: SecretHandles,
  lent: object,
): Promise<{ runner: Awaited<ReturnType<RunnerPool['take']>>; registration: Registration }> {
  const plugin = grants.plugin;
  const failed = (error: unknown): Error => {
    const reason = error instanceof Error ? error.message : String(error);
    return errors.AF_ISOLATION_START_FAILED({ plugin, reason }, { cause: error });
  };
  const runner = await pool.take(level).catch((error: unknown) => {
    throw failed(error);
  });
  try {
    runner.take(
      {
        failure: (data) => run.failure(data),
        log: (line, text, dropped) => run.log(line, text, dropped),
        ended: (reason) => run.ended(runner, reason),
      },
      code,
    );
    const { name, kernelVersion, role } = ctx.platform;
    const settings: BootSettings = {
      plugin: ctx.plugin,
      platform: { name, kernelVersion, role },
      maxRequests: config.maxRequests,
      logLines: config.logLines,
      ...secrets.takeOut(ctx.config, (url) => isNamedHost(grants, url)),
      lent: runner.peer.pack({ uses: {}, all: {}, ...lent }),
    };
    const ms = config.callMs;
    const late = (): Error => errors.AF_ISOLATION_DEADLINE({ plugin, what: 'its setup', ms });
    const answer = await runner.peer.call(bootFunction, [settings], { deadlineMs: ms, late });
    return { runner, registration: readRegistration(answer) };
  } catch (error) {
    runner.kill('its setup failed');
    throw error instanceof Error && 'code' in error ? error : failed(error);
  } finally {
    void pool.refill(level);
  }
}

function register(
  ctx: PluginContext,
  { grants, request }: IsolatedParts,
  run: PluginRun,
  first: Registration,
): void {
  const { id } = request.manifest;
  const { provides, contributes, taps, health, serves } = registeredBy(first, run);
  const fit = (contract: string, value: unknown): unknown =>
    fitContribution({ plugin: grants.plugin, id, ctx, grants }, contract, value);
  // Tokens are compared by their ids, and nothing else of them is known here.
  for (const [contract, value] of provides) ctx.provide({ id: contract } as never, fit(contract, value));
  for (const [contract, value] of contributes) {
    const [what, permission] = askedFor.get(contract) ?? [];
    if (what !== undefined && permission !== undefined && grants.covering(permission).length === 0)
      skip(ctx, grants, what, permission);
    else ctx.contribute({ id: contract } as never, fit(contract, value));
  }
  for (const [hook, handler, options] of taps) {
    const permission = `hooks:${hook}`;
    if (grants.covering(permission).length === 0) {
      skip(ctx, grants, `look at ${hook}`, permission);
      continue;
    }
    const tap = (input: unknown, info: unknown): unknown => {
      const [granted] = grants.covering(permission);
      if (granted === undefined) return undefined;
      grants.use(granted);
      return handler(input, info);
    };
    ctx.tap({ id: hook } as AnyHook, tap as never, options);
  }
  for (const check of health) ctx.health(async (signal) => void (await check({ signal })));
  for (const start of serves) {
    ctx.serve(async () => {
      const end = run.keepServing(() => start());
      await end.started;
      return end.stop;
    });
  }
}

function skip(ctx: PluginContext, grants: Grants, what: string, permission: string): void {
  grants.note(what);
  ctx.log.warn(`It would ${what}, and was not granted ${permission}; it goes on without.`);
}
