import { Generation, type Report } from './generation.ts';
import { Instance, type InstanceBlueprint } from './instance.ts';
import type { PreparedPlan } from './plan.ts';
import type { Host } from './plugin-context.ts';

/** What building a generation needs from the kernel. */
export interface SwapContext {
  /** What an instance is lent while the generation with these instances is being built. */
  hostFor(instances: ReadonlyMap<string, Instance>): Host;
  readonly report: Report;
  readonly tapFailed: (failure: { plugin: string; hook: string; error: unknown }) => void;
  /** Ids of plugins that were left out. */
  readonly except: readonly string[];
}

/**
 * Builds the next generation beside the serving one: carries over what is unchanged, activates the rest in
 * parallel along the dependencies, compiles the hooks, runs the health checks. When anything fails, all that was
 * started is disposed and the error names the plugin; the serving generation has not been touched.
 */
export async function buildGeneration(
  plan: PreparedPlan,
  serving: ReadonlyMap<string, Instance>,
  context: SwapContext,
): Promise<Generation> {
  const instances = new Map<string, Instance>();
  const fresh: Instance[] = [];
  for (const [id, blueprint] of plan.blueprints) {
    const old = serving.get(id);
    const instance = old?.key === blueprint.key ? old : new Instance(blueprint, context.report);
    if (instance !== old) fresh.push(instance);
    instances.set(id, instance);
  }
  try {
    await activateAll(plan.blueprints, instances, context.hostFor(instances));
    const generation = new Generation(plan.generation, instances, plan.resolution);
    try {
      generation.seal(context.tapFailed, context.except);
      const checked = fresh.filter(({ healthChecks }) => healthChecks.length > 0);
      await Promise.all(checked.map((instance) => instance.checkHealth()));
      return generation;
    } catch (error) {
      await generation.retire(0, 'it failed before it served');
      throw error;
    }
  } catch (error) {
    for (const instance of fresh.reverse()) await instance.dispose();
    throw error;
  }
}

/** Activates every new instance as soon as those it depends on are ready. Waits for all, then fails with the first. */
async function activateAll(
  blueprints: ReadonlyMap<string, InstanceBlueprint>,
  instances: ReadonlyMap<string, Instance>,
  host: Host,
): Promise<void> {
  const pending = new Map<string, Promise<void>>();
  for (const [id, blueprint] of blueprints) {
    const instance = instances.get(id);
    if (!instance || instance.state !== 'starting') continue;
    const below = blueprint.dependencies.flatMap((name) => pending.get(name) ?? []);
    const activate = (): Promise<void> => instance.activate(host);
    pending.set(id, below.length > 0 ? Promise.all(below).then(activate) : activate());
  }
  const results = await Promise.allSettled(pending.values());
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
}

/**
 * Puts `next` into service in place of `old`: stops what may run only once, starts what serves, and swaps by
 * `commit`, which must be synchronous. When a start fails, what was stopped is started again.
 */
export async function swapGenerations(
  old: Generation | undefined,
  next: Generation,
  commit: () => void,
  report: Report,
): Promise<void> {
  const leaving = [...(old?.instances.values() ?? [])].filter((one) => next.instances.get(one.id) !== one);
  const exclusive = leaving.filter((one) => one.pkg.manifest.handover === 'exclusive');
  const arriving = [...next.instances.values()].filter(
    (one) => one.serving.length === 0 && one.serves.length > 0,
  );
  for (const instance of exclusive.toReversed()) await instance.stopServing();
  const started: Instance[] = [];
  try {
    for (const instance of arriving) {
      started.push(instance);
      await instance.startServing();
    }
  } catch (error) {
    for (const instance of started.reverse()) await instance.stopServing();
    for (const instance of exclusive) await restart(instance, report);
    throw error;
  }
  commit();
  for (const instance of leaving.reverse()) await instance.stopServing();
}

async function restart(instance: Instance, report: Report): Promise<void> {
  try {
    await instance.startServing();
  } catch (error) {
    report(`${instance.scope.plugin} could not be started again after a failed swap`, error);
  }
}
