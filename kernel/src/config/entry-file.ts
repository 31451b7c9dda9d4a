import { realpathSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';
import type { PluginManifest } from '@agent-factory/sdk';
import { errors } from '../errors.ts';
import { isRecord } from './schema-walk.ts';

const flags = [...process.execArgv, process.env['NODE_OPTIONS']].join(' ');

/** The conditions this process resolves `exports` with beside Node's own: `--conditions` and `-C`. */
export const processConditions: readonly string[] = [
  ...flags.matchAll(/(?:^|\s)(?:--conditions|-C)[=\s]\s*"?([^\s"]+)/g),
].map(([, condition = '']) => condition);

/**
 * The absolute path of the file a plugin's code begins in, as Node finds it: `exports["."]` by conditions, else
 * `main`, else index.js (or index.ts). Throws AF_DISCOVER_NOT_FOUND when it is not there, and AF_LOAD_FAILED
 * for TypeScript inside node_modules.
 */
export function findEntry(
  folder: string,
  json: Readonly<Record<string, unknown>>,
  manifest: PluginManifest,
  conditions: readonly string[],
): string {
  const candidates = json['exports'] === undefined ? byMain(json['main']) : byExports(json, manifest, conditions);
  const entry = candidates.map((name) => join(folder, name)).find((file) => isFileIn(folder, file));
  if (entry === undefined)
    throw errors.AF_DISCOVER_NOT_FOUND({
      use: manifest.name,
      reason: `the package in ${folder} is there, but not its entry file ${candidates[0] ?? '"."'}.`,
      mend: 'Build the plugin, or mend "exports" in its package.json.',
    });
  if (/\.[cm]?ts$/.test(entry) && realpathSync(entry).includes(`${sep}node_modules${sep}`))
    throw errors.AF_LOAD_FAILED({
      plugin: manifest.id,
      reason: `its entry ${entry} is TypeScript inside node_modules, where Node strips no types; it must ship JavaScript.`,
    });
  return entry;
}

function isFileIn(folder: string, file: string): boolean {
  return file.startsWith(folder + sep) && statSync(file, { throwIfNoEntry: false })?.isFile() === true;
}

function byMain(main: unknown): string[] {
  const named = typeof main === 'string' ? [main, `${main}.js`, join(main, 'index.js')] : [];
  return [...named, 'index.js', 'index.ts'];
}

function byExports(
  { exports }: Readonly<Record<string, unknown>>,
  { format }: PluginManifest,
  conditions: readonly string[],
): string[] {
  const kind = format === 'commonjs' ? 'require' : 'import';
  const active = new Set([...conditions, 'node', 'node-addons', 'module-sync', kind, 'default']);
  const hasPaths = isRecord(exports) && Object.keys(exports).some((key) => key.startsWith('.'));
  return targets(hasPaths ? exports['.'] : exports, active).slice(0, 1);
}

/** The files a target of `exports` may mean, best first. */
function targets(target: unknown, active: ReadonlySet<string>): string[] {
  if (typeof target === 'string') return target.startsWith('./') ? [target] : [];
  if (Array.isArray(target)) return target.flatMap((part) => targets(part, active));
  const entries = isRecord(target) ? Object.entries(target) : [];
  return entries.flatMap(([condition, part]) => (active.has(condition) ? targets(part, active) : []));
}
