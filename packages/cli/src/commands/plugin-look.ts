import { kernelVersion } from '@agent-factory/kernel';
import {
  auditInstalled,
  Market,
  parseSpec,
  placesIn,
  readInstalled,
  searchPlugins,
  verifyInstalled,
  type AuditFinding,
  type InstalledSet,
  type SearchFacets,
} from '@agent-factory/plugin-install';
import { permissionDiff, permissionsOf } from '@agent-factory/plugin-package';
import { errors } from '../errors.ts';
import { marketOptions, oneRegistry, pluginPlatform, type RegistryOptions } from '../plugin-platform.ts';
import { registryTransport } from '../registry-token.ts';
import { paint, print, table } from '../terminal.ts';

/** Options of the commands that look at registries. */
export interface LookOptions extends RegistryOptions {
  readonly json?: boolean;
}

/** Options of `plugin search`: each facet may be given several values. */
export interface SearchOptions extends LookOptions {
  readonly capability?: string[];
  readonly category?: string[];
  readonly permission?: string[];
  /** `true`: the kernel of this platform. */
  readonly kernel?: string | true;
  readonly kind?: string[];
  readonly scope?: string[];
}

const shownVersions = 10;

/** `agent-factory plugin search [words…]`: finds plugins in a registry. */
export async function searchRegistry(words: string, options: SearchOptions): Promise<void> {
  const { dataDir } = await pluginPlatform(options);
  const registry = oneRegistry(options, readInstalled(dataDir));
  const facets = facetsOf(options);
  const found = await searchPlugins(registry, words, 20, marketOptions(options).transport, facets);
  if (options.json) return print(JSON.stringify(found, null, 2));
  const asked = [
    ...(words === '' ? [] : [`"${words}"`]),
    ...Object.entries(facets).map(([facet, values]) => `${facet} ${values.join(' or ')}`),
  ];
  if (found.length === 0) return print(`${registry} has no plugin for ${asked.join(', ') || 'that'}.`);
  const rows = found.map(({ name, version, date, description }) => [
    name,
    version,
    date.slice(0, 10),
    description,
  ]);
  for (const line of table([['PLUGIN', 'VERSION', 'PUBLISHED', 'ABOUT'], ...rows])) print(line);
}

function facetsOf({ capability, category, permission, kernel, kind, scope }: SearchOptions): SearchFacets {
  const version = kernel === true ? kernelVersion : kernel;
  const all = { capability, category, permission, kernel: version && [version], kind, scope };
  return Object.fromEntries(
    Object.entries(all).flatMap(([facet, values]) => (values ? [[facet, values]] : [])),
  );
}

/** `agent-factory plugin info <package>`: what a plugin is, what it asks for, and its versions. */
export async function pluginInfo(spec: string, options: LookOptions): Promise<void> {
  const { dataDir } = await pluginPlatform(options);
  const set = readInstalled(dataDir);
  const installed = Object.values(set.plugins).find(
    (one, at) => Object.keys(set.plugins)[at] === spec || one.name === spec,
  );
  const { name, range } = parseSpec(installed?.name ?? spec);
  const { packument, source } = await new Market(placesIn(dataDir), set, marketOptions(options)).packument(
    name,
  );
  const versions = Object.values(packument.versions);
  const wanted = range === '*' ? packument.tags['latest'] : range;
  const shown = packument.versions[wanted ?? ''] ?? versions.at(-1);
  if (!shown) throw errors.AF_CLI_NO_VERSIONS({ name });
  if (options.json)
    return print(
      JSON.stringify({ ...shown, versions: Object.keys(packument.versions), time: packument.time }, null, 2),
    );
  const manifest = Object(shown.agentFactory);
  const offers = (field: string): string => Object.keys(Object(manifest[field])).join(', ') || 'nothing';
  print(`${paint('bold', name)} ${shown.version}, from ${source.client.registry}`);
  if (packument.description !== '') print(`  ${packument.description}`);
  const rows = [
    ['  provides', offers('provides')],
    ['  adds to', offers('contributes')],
    ['  requires', offers('requires')],
    ['  runs on', `kernel ${String(manifest.kernel)}`],
    ['  installed', installedLine(name, set)],
  ];
  for (const line of table(rows)) print(line);
  printPermissions(name, manifest.permissions, set);
  print('  versions:');
  const newest = versions.toReversed().slice(0, shownVersions);
  const marks = newest.map((one) => [
    `    ${one.version}`,
    (packument.time[one.version] ?? '').slice(0, 10),
    [
      one.yanked === true ? 'taken back' : '',
      typeof one.deprecated === 'string' ? `deprecated: ${one.deprecated}` : '',
    ]
      .filter(Boolean)
      .join('; '),
  ]);
  for (const line of table(marks)) print(line);
  if (versions.length > shownVersions) print(`    and ${versions.length - shownVersions} more`);
}

function installedLine(name: string, { plugins }: InstalledSet): string {
  const found = Object.values(plugins).find((one) => one.name === name);
  if (!found) return 'no';
  return found.blocked === undefined ? found.version : `${found.version}, stopped: ${found.blocked}`;
}

function printPermissions(name: string, asked: unknown, { plugins }: InstalledSet): void {
  const found = Object.values(plugins).find((one) => one.name === name);
  const { added } = permissionDiff(found?.granted ?? [], asked);
  const all = permissionsOf(asked);
  if (all.length === 0) return print('  asks for no permission');
  print('  asks to:');
  for (const { name: id, sentence, reason } of all) {
    const isNew = found !== undefined && added.some((one) => one.name === id);
    print(
      `    ${sentence} (${id})${reason === '' ? '' : `: “${reason}”`}${isNew ? paint('yellow', ' not granted yet') : ''}`,
    );
  }
}

/** `agent-factory plugin verify`: compares installed files with what was signed. False when something differs. */
export async function verifyPlugins(options: LookOptions): Promise<boolean> {
  const { dataDir } = await pluginPlatform(options);
  const verdicts = verifyInstalled(dataDir);
  const good = verdicts.every(({ problem }) => problem === undefined);
  if (options.json) print(JSON.stringify(verdicts, null, 2));
  else if (verdicts.length === 0) print('No plugin was installed from a registry.');
  else
    for (const { id, version, files, problem, authorKey } of verdicts)
      print(
        problem === undefined
          ? `${paint('green', '✓')} ${id} ${version}: ${files} files are as signed by ${authorKey}`
          : `${paint('red', '✗')} ${id} ${version}: ${problem}`,
      );
  return good;
}

/** Findings that should stop a plugin from running. */
const grave: readonly AuditFinding['kind'][] = ['blocked', 'changed', 'advisory'];

/** `agent-factory plugin audit`: what is known against installed plugins. False when something is grave. */
export async function auditPlugins(options: LookOptions): Promise<boolean> {
  const { dataDir } = await pluginPlatform(options);
  const findings = await auditInstalled(dataDir, { transport: registryTransport });
  const good = !findings.some(({ kind }) => grave.includes(kind));
  if (options.json) {
    print(JSON.stringify(findings, null, 2));
    return good;
  }
  for (const { plugin, version, kind, what } of findings)
    print(
      `${grave.includes(kind) ? paint('red', '✗') : paint('yellow', '•')} ${plugin} ${version} (${kind}): ${what}`,
    );
  if (findings.length === 0) {
    const count = Object.keys(readInstalled(dataDir).plugins).length;
    print(
      paint(
        'green',
        `Nothing is known against the ${count} installed ${count === 1 ? 'plugin' : 'plugins'}.`,
      ),
    );
  }
  return good;
}
