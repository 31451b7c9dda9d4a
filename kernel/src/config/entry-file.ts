import { realpathSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';
import type { PluginManifest } from '@agent-factory/sdk';
import { errors } from '../errors.ts';
import { isRecord } from './schema-walk.ts';

const flags = [...process.execArgv, process.env['NODE_OPTIONS']].join(' ');
const conditionFlags = flags.matchAll(/(?:^|\s)(?:--conditions|-C)[=\s]\s*"?([^\s"]+)/g);

/** The conditions this process resolves `exports` with beside Node's own: `--conditions` and `-C`. */
export const processConditions: readonly string[] = Array.from(conditionFlags, ([, name = '']) => name);

/**
 * The absolute path of the file a plugin's code begins in, as Node finds it: `exports["."]` by conditions, else
 * `main`, else index.js (or index.ts). Throws AF_DISCOVER_NOT_FOUND when it is not there, and AF_LOAD_FAILED
 * for TypeScript inside node_modules.
 */
export function findEntry(
  folder: string,
  { exports, main }: Readonly<Record<string, unknown>>,
  { id, name, format }: PluginManifest,
  conditions: readonly string[] = processConditions,
): string {
  const candidates =
    exports === undefined ? byMain(main) : byExports(exports, conditionsOf(format, conditions)).slice(0, 1);
  const found = candidates.find((file) => isFileIn(folder, file));
  if (found === undefined) {
    const reason = `the package in ${folder} is there, but not its entry file ${candidates[0] ?? ''}.`;
    const mend = 'Build the plugin, or mend "exports" in its package.json.';
    throw errors.AF_DISCOVER_NOT_FOUND({ use: name, reason, mend });
  }
  const entry = join(folder, found);
  if (/\.[cm]?ts$/.test(entry) && realpathSync(entry).includes(`${sep}node_modules${sep}`)) {
    const reason = `its entry ${entry} is TypeScript inside node_modules, where Node strips no types.`;
    throw errors.AF_LOAD_FAILED({ plugin: id, reason });
  }
  return entry;
}

function conditionsOf(
  format: PluginManifest['format'],
  conditions: readonly string[],
): ReadonlySet<string> {
  const kind = format === 'commonjs' ? 'require' : 'import';
  return new Set([...conditions, 'node', 'node-addons', 'module-sync', kind, 'default']);
}

function isFileIn(folder: string, name: string): boolean {
  const file = join(folder, name);
  return file.startsWith(folder + sep) && statSync(file, { throwIfNoEntry: false })?.isFile() === true;
}

function byMain(main: unknown): string[] {
  const fallback = ['index.js', 'index.ts'];
  return typeof main === 'string' ? [main, `${main}.js`, `${main}/index.js`, ...fallback] : fallback;
}

/** The files that a part of `exports` may mean, best first. */
function byExports(part: unknown, active: ReadonlySet<string>): string[] {
  if (typeof part === 'string') return part.startsWith('./') ? [part] : [];
  if (Array.isArray(part)) return part.flatMap((one) => byExports(one, active));
  const entries = isRecord(part) ? Object.entries(part) : [];
  const fitting = entries.filter(([key]) => key === '.' || active.has(key));
  return fitting.flatMap(([, below]) => byExports(below, active));
}
