import { blockOf, knownBlocks, keepBlocks, type Block } from './block-list.ts';
import { errors } from './errors.ts';
import { withInstallLock } from './install-lock.ts';
import { manifestIn } from './install.ts';
import {
  commitInstalled,
  installedGenerations,
  readInstalled,
  type InstalledPlugin,
  type InstalledSet,
} from './installed-set.ts';
import { Market, type MarketOptions } from './market.ts';
import { placesIn } from './store-places.ts';
import { refuseChanged } from './verify-installed.ts';

/** Whether the platform could run with a set; throws why not. */
type Check = (set: InstalledSet) => Promise<void>;

/** Takes plugins out, by id or package name. Their versions stay in the store, for a rollback. */
export async function removePlugins(
  dataDir: string,
  given: readonly string[],
  check: Check,
): Promise<InstalledSet> {
  return withInstallLock(placesIn(dataDir).lock, async () => {
    const before = readInstalled(dataDir);
    const all = Object.entries(before.plugins);
    const ids = given.map((one) => {
      const found = all.find(([id, { name }]) => id === one || name === one);
      if (found) return found[0];
      const known = all.map(([id]) => id).join(', ') || 'none';
      throw errors.AF_INSTALL_UNKNOWN_PLUGIN({ plugin: one, known });
    });
    const left = all.filter(([id]) => !ids.includes(id));
    const used = new Set(left.map(([, { name }]) => name.split('/', 1)[0]));
    const scopes = Object.fromEntries(Object.entries(before.scopes).filter(([scope]) => used.has(scope)));
    const change = { plugins: Object.fromEntries(left), scopes, why: `remove ${ids.join(' ')}` };
    await check({ ...before, ...change });
    return commitInstalled(dataDir, before, change);
  });
}

/**
 * Takes a permission from an installed plugin, for later starts too; what an upgrade asks for is asked again. Nothing
 * when it is not installed, or was not granted that.
 */
export async function revokeGranted(
  dataDir: string,
  given: string,
  permission: string,
): Promise<InstalledSet | undefined> {
  return withInstallLock(placesIn(dataDir).lock, async () => {
    const before = readInstalled(dataDir);
    const [id, one] =
      Object.entries(before.plugins).find(([key, { name }]) => key === given || name === given) ?? [];
    if (id === undefined || !one?.granted.includes(permission)) return undefined;
    const granted = one.granted.filter((name) => name !== permission);
    const plugins = { ...before.plugins, [id]: { ...one, granted } };
    return commitInstalled(dataDir, before, { plugins, why: `revoke ${permission} of ${id}` });
  });
}

/**
 * Brings back what was installed before, or in the generation named. What was blocked since is refused, and so is
 * what is no longer whole in the store.
 *
 * @throws AF_INSTALL_NO_ROLLBACK, AF_INSTALL_BLOCKED, AF_INSTALL_CHANGED
 */
export async function rollBack(dataDir: string, to: number | undefined, check: Check): Promise<InstalledSet> {
  const places = placesIn(dataDir);
  return withInstallLock(places.lock, async () => {
    const before = readInstalled(dataDir);
    const target = rollbackTarget(dataDir, before, to);
    const blocks = knownBlocks(places.blocks);
    for (const one of Object.values(target.plugins)) {
      const block = blockOf(blocks, one);
      if (block) throw blockedError(one, block.reason);
    }
    refuseChanged(dataDir, target);
    const change = {
      ...target,
      authors: { ...target.authors, ...before.authors },
      restores: target.generation,
    };
    const why = `roll back to generation ${target.generation}`;
    await check({ ...change, why });
    return commitInstalled(dataDir, before, { ...change, why });
  });
}

function rollbackTarget(dataDir: string, before: InstalledSet, to: number | undefined): InstalledSet {
  const all = installedGenerations(dataDir);
  const none = { ...before, generation: 0, plugins: {}, scopes: {} }; // before the first install there was nothing
  if (to === 0) return none;
  if (to !== undefined) {
    const found = all.find(({ generation }) => generation === to);
    if (!found) throw errors.AF_INSTALL_NO_ROLLBACK({ reason: `there is no generation ${to}` });
    return found;
  }
  const effective = before.restores ?? before.generation;
  const found = all.filter(({ generation }) => generation < effective).at(-1);
  if (found) return found;
  if (effective === 0) throw errors.AF_INSTALL_NO_ROLLBACK({ reason: 'nothing was installed yet' });
  return none;
}

/** What a look at the lists of blocked versions found. */
export interface BlockCheck {
  /** Plugins that were stopped now, each with why. */
  readonly stopped: readonly { readonly id: string; readonly reason: string }[];
  /** Registries that could not be asked, each with why. */
  readonly silent: readonly { readonly registry: string; readonly reason: string }[];
}

/**
 * Reads the lists of blocked versions of all registries in use, and stops installed plugins that are on them, with
 * those that cannot run without them. A registry that cannot be asked changes nothing.
 */
export async function applyBlocks(dataDir: string, options: MarketOptions): Promise<BlockCheck> {
  const places = placesIn(dataDir);
  const set = readInstalled(dataDir);
  const market = new Market(places, set, options);
  const registries = [...new Set(Object.values(set.plugins).map(({ registry }) => registry))];
  const silent: { registry: string; reason: string }[] = [];
  const found: Block[] = [];
  await Promise.all(
    registries.map(async (registry) => {
      try {
        found.push(...(await market.source(registry)).blocks);
      } catch (error) {
        silent.push({ registry, reason: (error as Error).message });
      }
    }),
  );
  const blocks = silent.length > 0 ? [...found, ...knownBlocks(places.blocks)] : found;
  if (registries.length > 0) keepBlocks(places.blocks, blocks);
  if (stoppedBy(dataDir, set, blocks).length === 0) return { stopped: [], silent };
  return withInstallLock(places.lock, async () => {
    const before = readInstalled(dataDir);
    const stopped = stoppedBy(dataDir, before, blocks);
    const reasons = new Map(stopped.map(({ id, reason }) => [id, reason]));
    const plugins = Object.fromEntries(
      Object.entries(before.plugins).map(([id, one]) => {
        const blocked = reasons.get(id);
        return [id, blocked === undefined ? one : { ...one, blocked }];
      }),
    );
    if (stopped.length > 0)
      commitInstalled(dataDir, before, { plugins, why: `block ${[...reasons.keys()].join(' ')}` });
    return { stopped, silent };
  });
}

function stoppedBy(
  dataDir: string,
  { plugins }: InstalledSet,
  blocks: readonly Block[],
): { id: string; reason: string }[] {
  const running = new Map(Object.entries(plugins).filter(([, { blocked }]) => blocked === undefined));
  const stopped: { id: string; reason: string }[] = [];
  const stop = (id: string, reason: string): void => {
    running.delete(id);
    stopped.push({ id, reason });
  };
  for (const [id, one] of running) {
    const block = blockOf(blocks, one);
    if (block) stop(id, `it is blocked: ${block.reason}`);
  }
  for (let before = -1; before !== stopped.length && stopped.length > 0;) {
    before = stopped.length;
    for (const [id, one] of running) {
      const needed = Object.keys(manifestIn(dataDir, id, one).plugins ?? {});
      const gone = needed.find((other) => stopped.some((each) => each.id === other));
      if (gone !== undefined) stop(id, `it needs ${gone}, which is blocked`);
    }
  }
  return stopped;
}

function blockedError({ name, version }: InstalledPlugin, reason: string): Error {
  return errors.AF_INSTALL_BLOCKED({ package: `${name}@${version}`, reason });
}
