import { existsSync, readFileSync } from 'node:fs';
import { permissionDiff, type AskedPermission } from '@agent-factory/plugin-package';
import type { PluginEntry, PluginManifest } from '@agent-factory/sdk';
import { keepBlocks } from './block-list.ts';
import { chooseVersions, type Chosen, type Wanted } from './choose.ts';
import { errors } from './errors.ts';
import { withInstallLock } from './install-lock.ts';
import { commitInstalled, readInstalled, type InstalledPlugin, type InstalledSet } from './installed-set.ts';
import { Market, type MarketOptions } from './market.ts';
import { parseSpec, scopeOf } from './spec.ts';
import { placesIn } from './store-places.ts';
import { clearDrafts, unpack } from './unpack.ts';
import { fetchVerified } from './verified-package.ts';
import { verifyInstalled } from './verify-installed.ts';

/** One plugin about to be installed, for a person to judge. */
export interface Proposal {
  readonly id: string;
  readonly name: string;
  readonly version: string;
  /** What it replaces. */
  readonly from: string | undefined;
  readonly registry: string;
  readonly published: string | undefined;
  readonly deprecated: string | undefined;
  /** Whether its author's key is trusted from now on, not yet known. */
  readonly newAuthor: boolean;
  /** Permissions it asks for that were not granted. */
  readonly added: readonly AskedPermission[];
  readonly kept: readonly AskedPermission[];
  readonly removed: readonly AskedPermission[];
  /** The least level it will run at, or `trusted`, where the operator said so. */
  readonly isolation: PluginEntry['isolation'];
}

/** What is to be installed, and how. */
export interface InstallRequest extends MarketOptions {
  /** The platform's folder for state. */
  readonly dataDir: string;
  /** `add` takes specs; `upgrade` too, or everything that is installed. */
  readonly mode: 'add' | 'upgrade';
  readonly specs: readonly string[];
  /** Plugins of the platform that come from elsewhere. */
  readonly beside: readonly PluginManifest[];
  readonly providers: Readonly<Record<string, string>>;
  readonly kernelVersion: string;
  /** Milliseconds a version must have been public. */
  readonly cooldownMs: number;
  /** Ids of author keys that are accepted although another was used before. */
  readonly acceptKeys?: readonly string[];
  /** The least level they run at, or `trusted`. Default: what was said before, else that of the platform. */
  readonly isolation?: PluginEntry['isolation'];
  /** Asks the person; returns the permissions granted by plugin id, or throws. */
  readonly consent: (proposals: readonly Proposal[]) => Promise<Readonly<Record<string, readonly string[]>>>;
  /** Whether the platform could run with this set; throws why not. */
  readonly check: (set: InstalledSet) => Promise<void>;
  /** Told what is being done. */
  readonly progress?: (text: string) => void;
  readonly now?: () => number;
}

/** What an install did. */
export interface InstallResult {
  readonly set: InstalledSet;
  readonly installed: readonly Proposal[];
}

/**
 * Installs or upgrades plugins. Until the very end only the store gains folders that nothing refers to; then one
 * pointer is moved. Whatever fails or is killed before leaves what was installed as it was.
 */
export async function install(request: InstallRequest): Promise<InstallResult> {
  const places = placesIn(request.dataDir);
  return withInstallLock(places.lock, async () => {
    clearDrafts(places.packages);
    const before = readInstalled(request.dataDir);
    const now = request.now?.() ?? Date.now();
    const say = request.progress ?? (() => {});
    const market = new Market(places, before, request);
    const wanted = wantedBy(request, before);
    say(`looking for ${wanted.map(({ name }) => name).join(', ')}`);
    const chosen = await choose(request, market, before, wanted, now);
    const broken = new Set(
      verifyInstalled(request.dataDir, before).flatMap(({ id, problem }) =>
        problem === undefined ? [] : [id],
      ),
    );
    const levelOf = (id: string): PluginEntry['isolation'] =>
      request.isolation ?? before.plugins[id]?.isolation;
    const changes = chosen.filter(
      (one) =>
        isChange(one, before) || broken.has(one.id) || levelOf(one.id) !== before.plugins[one.id]?.isolation,
    );
    const proposals = changes.map((one) => propose(one, before, market, levelOf(one.id)));
    const granted = proposals.length > 0 ? await request.consent(proposals) : {};
    let done = 0;
    const fetched = await Promise.all(
      changes.map(async (one) => {
        const { source } = await market.packument(one.name);
        const pinned = await market.pinned(one.name, request.acceptKeys ?? [], now);
        const verified = await fetchVerified(source.client, one, source.keys, pinned);
        await unpack(
          verified.archive,
          places.package(one.id, one.version.version, verified.archive.integrity),
        );
        say(`${++done} of ${changes.length} verified and unpacked`);
        return [one, verified, source.freshness.version] as const;
      }),
    );
    const plugins: Record<string, InstalledPlugin> = { ...before.plugins };
    for (const [one, { archive, authorKey, registryKey }, freshness] of fetched) {
      const isolation = levelOf(one.id);
      plugins[one.id] = {
        name: one.name,
        version: one.version.version,
        integrity: archive.integrity,
        registry: market.registryOf(one.name),
        range: one.range,
        granted: [...(granted[one.id] ?? [])].toSorted(),
        authorKey,
        registryKey,
        freshness,
        ...(isolation !== undefined && { isolation }),
      };
    }
    keepBlocks(places.blocks, await market.blocks());
    if (changes.length === 0) return { set: before, installed: [] };
    const change = {
      plugins,
      why: `${request.mode} ${changes.map(({ name, version }) => `${name}@${version.version}`).join(' ')}`,
      scopes: {
        ...before.scopes,
        ...Object.fromEntries(changes.map(({ name }) => [scopeOf(name), market.registryOf(name)])),
      },
      authors: {
        ...before.authors,
        ...Object.fromEntries(fetched.map(([{ name }, { authorKey }]) => [name, authorKey])),
      },
    };
    say('checking that the platform can run with it');
    await request.check({ ...before, ...change });
    return { set: commitInstalled(request.dataDir, before, change, new Date(now)), installed: proposals };
  });
}

function wantedBy({ mode, specs }: InstallRequest, before: InstalledSet): readonly Wanted[] {
  const all = Object.entries(before.plugins);
  const byName = (name: string): InstalledPlugin | undefined =>
    all.find(([id, one]) => id === name || one.name === name)?.[1];
  if (mode === 'add') return specs.map((spec) => byId(spec, byName));
  const named = specs.map((spec) => {
    const at = spec.indexOf('@', 1);
    const plugin = at < 0 ? spec : spec.slice(0, at);
    if (byName(plugin)) return byId(spec, byName);
    throw errors.AF_INSTALL_UNKNOWN_PLUGIN({ plugin, known: all.map(([id]) => id).join(', ') || 'none' });
  });
  return named.length > 0 ? named : all.map(([, { name, range }]) => ({ name, range }));
}

/** A spec may also be the id of an installed plugin. */
function byId(spec: string, byName: (name: string) => InstalledPlugin | undefined): Wanted {
  const [, id = '', range] = /^([a-z][a-z0-9-]*)(?:@(.+))?$/.exec(spec) ?? [];
  const found = byName(id);
  return parseSpec(found ? `${found.name}${range === undefined ? '' : `@${range}`}` : spec);
}

async function choose(
  { mode, beside, providers, kernelVersion, cooldownMs, dataDir }: InstallRequest,
  market: Market,
  before: InstalledSet,
  wanted: readonly Wanted[],
  now: number,
): Promise<readonly Chosen[]> {
  const names = new Set(wanted.map(({ name }) => name));
  const fixed = Object.entries(before.plugins).filter(
    ([, { name, blocked }]) => !names.has(name) && blocked === undefined,
  );
  const installed = fixed.map(([id, one]) => manifestIn(dataDir, id, one));
  market.expect([...names]); // refused before anybody is asked
  await Promise.all([...names].map((name) => market.packument(name)));
  return chooseVersions({
    wanted,
    packument: async (name) => (await market.packument(name)).packument,
    beside: [...beside, ...installed],
    preferred: mode === 'add' ? before.plugins : {},
    providers,
    kernelVersion,
    cooldownMs,
    blocks: await market.blocks(),
    now,
  });
}

/** The manifest of an installed plugin, from the store. */
export function manifestIn(
  dataDir: string,
  id: string,
  { version, integrity }: InstalledPlugin,
): PluginManifest {
  const file = `${placesIn(dataDir).package(id, version, integrity)}/package.json`;
  if (!existsSync(file)) {
    const mend = 'Install it again with "agent-factory plugin add", or remove it.';
    throw errors.AF_INSTALL_STORE({ reason: `${id} ${version} is missing in it`, mend });
  }
  const { name, version: number, agentFactory } = JSON.parse(readFileSync(file, 'utf8'));
  return { ...agentFactory, name, version: number };
}

function isChange({ id, version }: Chosen, before: InstalledSet): boolean {
  const now = before.plugins[id];
  return (
    now?.version !== version.version || now.integrity !== version.dist.integrity || now.blocked !== undefined
  );
}

function propose(
  { id, name, version, published, manifest }: Chosen,
  before: InstalledSet,
  market: Market,
  isolation: PluginEntry['isolation'],
): Proposal {
  const old = before.plugins[id];
  const { added, kept, removed } = permissionDiff(old?.granted ?? [], manifest.permissions);
  return {
    id,
    name,
    version: version.version,
    from: old?.version,
    registry: market.registryOf(name),
    published,
    deprecated: typeof version.deprecated === 'string' ? version.deprecated : undefined,
    newAuthor: !Object.hasOwn(before.authors, name),
    added,
    kept,
    removed,
    isolation,
  };
}
