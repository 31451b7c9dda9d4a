import { existsSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import type { PluginManifest } from '@agent-factory/sdk';
import { errors } from '../errors.ts';
import { isRecord } from './schema-walk.ts';

const flags = [...process.execArgv, process.env['NODE_OPTIONS']].join(' ');
const conditionFlags = flags.matchAll(/(?:^|\s)(?:--conditions|-C)[=\s]\s*"?([^\s"]+)/g);

/** The conditions this process resolves `exports` with beside Node's own: `--conditions` and `-C`. */
export const processConditions: readonly string[] = Array.from(conditionFlags, ([, name = '']) => name);

/**
 * The absolute path of the file a plugin's code begins in, as Node finds it: `exports["."]` by conditions, else
 * `main`, else index.js (or index.ts). A file that is named is not looked for: loading tells. Throws
 * AF_DISCOVER_NOT_FOUND when none is named or found, and AF_LOAD_FAILED for TypeScript inside node_modules.
 */
export function findEntry(
  folder: string,
  { exports, main }: Readonly<Record<string, unknown>>,
  { id, name, format }: PluginManifest,
  conditions: readonly string[] = processConditions,
): string {
  const file =
    exports === undefined ? byMain(folder, main) : byExports(exports, conditionsOf(format, conditions))[0];
  const entry = file === undefined ? '' : join(folder, file);
  if (!entry.startsWith(folder + sep)) {
    const reason = `the package in ${folder} is there, but not its entry file ${file ?? ''}.`;
    const mend = 'Build the plugin, or mend "exports" in its package.json.';
    throw errors.AF_DISCOVER_NOT_FOUND({ use: name, reason, mend });
  }
  if (typeScript.test(entry) && realpathSync(entry).includes(`${sep}node_modules${sep}`)) {
    const reason = `its entry ${entry} is TypeScript inside node_modules, where Node strips no types.`;
    throw errors.AF_LOAD_FAILED({ plugin: id, reason });
  }
  return entry;
}

/** Whether the entry is surely an ES module: by its name, or by the package.json in `folder`, if none is nearer. */
export function isModule(
  entry: string,
  folder: string,
  { type }: Readonly<Record<string, unknown>>,
): boolean {
  if (!entry.endsWith('.js') || type !== 'module') return entry.endsWith('.mjs');
  let at = dirname(entry);
  while (at.length > folder.length && !existsSync(join(at, 'package.json'))) at = dirname(at);
  return at.length <= folder.length;
}

const hasExtension = /\.[cm]?[jt]s$/;
const typeScript = /\.[cm]?ts$/;

/** `main`, and what Node tries for one without an extension, and for none. */
function byMain(folder: string, main: unknown): string | undefined {
  if (typeof main === 'string' && hasExtension.test(main)) return main;
  const fallback = ['index.js', 'index.ts'];
  const candidates = typeof main === 'string' ? [`${main}.js`, `${main}/index.js`, ...fallback] : fallback;
  return candidates.find((file) => statSync(join(folder, file), { throwIfNoEntry: false })?.isFile());
}

function conditionsOf(format: PluginManifest['format'], conditions: readonly string[]): ReadonlySet<string> {
  const kind = format === 'commonjs' ? 'require' : 'import';
  return new Set([...conditions, 'node', 'node-addons', 'module-sync', kind, 'default']);
}

/** The files that a part of `exports` may mean, best first. */
function byExports(part: unknown, active: ReadonlySet<string>): string[] {
  if (typeof part === 'string') return part.startsWith('./') ? [part] : [];
  if (Array.isArray(part)) return part.flatMap((one) => byExports(one, active));
  const entries = isRecord(part) ? Object.entries(part) : [];
  const fitting = entries.filter(([key]) => key === '.' || active.has(key));
  return fitting.flatMap(([, below]) => byExports(below, active));
}
