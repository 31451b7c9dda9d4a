import { resolve, type PluginPackage } from '@agent-factory/kernel';
import { neededPlugins, type PackageJson } from '@agent-factory/plugin-package';
import type { PluginManifest } from '@agent-factory/sdk';
import semver from 'semver';
import { blockOf, type Block } from './block-list.ts';
import { errors } from './errors.ts';
import { manifestOf, type Packument, type PackumentVersion } from './packument.ts';

/** A package that is to be installed. */
export interface Wanted {
  readonly name: string;
  /** Semver range, or `*`. */
  readonly range: string;
}

/** A version that was chosen. */
export interface Chosen extends Wanted {
  readonly id: string;
  readonly manifest: PluginManifest;
  readonly version: PackumentVersion;
  readonly published: string | undefined;
}

/** What versions are chosen among, and beside what. */
export interface ChoiceInput {
  readonly wanted: readonly Wanted[];
  /** The document of a package; asked once for each. */
  readonly packument: (name: string) => Promise<Packument>;
  /** Plugins that run beside and stay as they are. */
  readonly beside: readonly PluginManifest[];
  /** Plugin id to version that is preferred where it fits. */
  readonly preferred: Readonly<Record<string, { readonly version: string }>>;
  readonly providers: Readonly<Record<string, string>>;
  readonly kernelVersion: string;
  /** Milliseconds a version must have been public. */
  readonly cooldownMs: number;
  readonly blocks: readonly Block[];
  readonly now: number;
}

const mostRounds = 12;

/**
 * Chooses versions that fit together and with what runs beside them, by the kernel's own rules: the highest that
 * was neither yanked nor blocked and has been public for long enough. Plugins they need come along.
 *
 * @throws AF_INSTALL_NO_VERSION, AF_RESOLVE_FAILED
 */
export async function chooseVersions(input: ChoiceInput): Promise<readonly Chosen[]> {
  let wanted = [...input.wanted];
  for (let round = 0; ; round++) {
    const candidates = await Promise.all(wanted.map((one) => candidatesOf(one, input)));
    const best = candidates.flatMap((versions) => versions.slice(0, 1));
    // What the best versions need is looked for first; a version that fits may need something else.
    const early = missingAmong(best, [...wanted, ...input.beside]);
    const chosen = early.length > 0 ? [] : fit(candidates, input);
    const missing = [...early, ...missingAmong(chosen, [...wanted, ...input.beside])];
    if (missing.length === 0 || round === mostRounds) return needed(chosen, input.wanted);
    wanted = [...wanted, ...missing];
  }
}

/** Those that were asked for, and those they need. */
function needed(chosen: readonly Chosen[], wanted: readonly Wanted[]): readonly Chosen[] {
  const names = new Set(wanted.map(({ name }) => name));
  for (let before = -1; before !== names.size;) {
    before = names.size;
    for (const one of chosen)
      if (names.has(one.name)) for (const name of needsOf(one).keys()) names.add(name);
  }
  return chosen.filter(({ name }) => names.has(name));
}

function fit(candidates: readonly (readonly Chosen[])[], input: ChoiceInput): readonly Chosen[] {
  const ids = new Set(candidates.map(([first]) => first?.id));
  const besides = input.beside.filter(({ id }) => !ids.has(id)).map((manifest) => onPaper(manifest, 'local'));
  const sources = new Map<PluginPackage, Chosen>();
  const requested = candidates.map((versions) => ({
    use: versions[0]?.name ?? '',
    ...(versions[0] && versions[0].range !== '*' && { range: versions[0].range }),
    candidates: versions.map((one) => {
      const pkg = onPaper(one.manifest, 'store');
      sources.set(pkg, one);
      return pkg;
    }),
  }));
  const { packages } = resolve({
    requested: [...requested, ...besides.map((pkg) => ({ use: pkg.manifest.id, candidates: [pkg] }))],
    providers: input.providers,
    kernelVersion: input.kernelVersion,
    locked: input.preferred,
  });
  return packages.flatMap((pkg) => sources.get(pkg) ?? []);
}

function onPaper(manifest: PluginManifest, source: 'local' | 'store'): PluginPackage {
  return { manifest, source, folder: '', entry: '' };
}

/** Plugins that the chosen ones name as needed and that are not there. */
function missingAmong(chosen: readonly Chosen[], there: readonly { readonly name: string }[]): Wanted[] {
  const known = new Set(there.map(({ name }) => name));
  const missing = new Map(chosen.flatMap((one) => [...needsOf(one)].filter(([name]) => !known.has(name))));
  return [...missing].map(([name, range]) => ({ name, range }));
}

function needsOf({ version }: Chosen): ReadonlyMap<string, string> {
  return neededPlugins(version as PackageJson); // it has name and version
}

/** The versions that may be chosen; all of one plugin. */
async function candidatesOf({ name, range }: Wanted, input: ChoiceInput): Promise<readonly Chosen[]> {
  const packument = await input.packument(name);
  const refused: { readonly version: string; readonly why: string }[] = [];
  const candidates = Object.values(packument.versions).flatMap((version): Chosen[] => {
    const why = reasonAgainst(version, packument, range, input);
    if (why !== undefined) {
      refused.push({ version: version.version, why });
      return [];
    }
    const manifest = manifestOf(version);
    return [{ name, range, id: manifest.id, manifest, version, published: packument.time[version.version] }];
  });
  const newest = candidates.toSorted((left, right) =>
    semver.rcompare(left.version.version, right.version.version),
  );
  const id = newest[0]?.id;
  const same = newest.filter((one) => one.id === id);
  if (same.length > 0) return same;
  const listed = refused.toSorted((left, right) => semver.rcompare(left.version, right.version)).slice(0, 8);
  const list = listed.map(({ version, why }) => `- ${version}: ${why}`).join('\n') || '- it has no versions';
  const young = listed.some(({ why }) => why.startsWith('it was published'));
  const mend = young
    ? 'Wait, or add --cooldown 0 when you know that the version is good.'
    : 'Ask for another range; "agent-factory plugin info" lists the versions.';
  throw errors.AF_INSTALL_NO_VERSION({ name, range, list, mend });
}

function reasonAgainst(
  version: PackumentVersion,
  { time }: Packument,
  range: string,
  { cooldownMs, blocks, now, preferred }: ChoiceInput,
): string | undefined {
  const { version: number, yanked, agentFactory } = version;
  if (semver.valid(number) === null) return 'its number is no version';
  const isFit =
    range === '*' ||
    semver.satisfies(number, range, { includePrerelease: semver.prerelease(range) !== null });
  if (!isFit) return `it is not in the range ${range}`;
  if (typeof agentFactory?.['id'] !== 'string' || typeof agentFactory['kernel'] !== 'string')
    return 'it is no plugin: its manifest has no id or no kernel range';
  const block = blockOf(blocks, version);
  if (block) return `it is blocked: ${block.reason}`;
  const isThere = preferred[agentFactory['id']]?.version === number;
  if (yanked === true && !isThere) return 'its author took it back';
  const published = Date.parse(time[number] ?? '');
  if (cooldownMs > 0 && !isThere && !(now - published >= cooldownMs))
    return `it was published ${Number.isNaN(published) ? 'at no known time' : `at ${time[number]}`}, less than ${hours(cooldownMs)} ago`;
  return undefined;
}

function hours(ms: number): string {
  const count = Math.round(ms / 360_000) / 10;
  return `${count} ${count === 1 ? 'hour' : 'hours'}`;
}
