import { realpathSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';
import type { PluginManifest } from '@agent-factory/sdk';
import { errors } from './errors.ts';
import { isRecord } from './schema-walk.ts';

let ofProcess: readonly string[] | undefined;

/** The conditions this process resolves `exports` with beside Node's own: `--conditions`, `-C`, NODE_OPTIONS. */
export function processConditions(): readonly string[] {
  if (ofProcess === undefined) {
    const flags = [...process.execArgv, process.env['NODE_OPTIONS'] ?? ''].join(' ');
    ofProcess = [...flags.matchAll(/(?:^|\s)(?:--conditions|-C)[=\s]\s*"?([^\s"]+)/g)].map(
      (match) => match[1] ?? '',
    );
  }
  return ofProcess;
}

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
  const { exports, main } = json;
  const kind = manifest.format === 'commonjs' ? 'require' : 'import';
  const active = new Set([...conditions, 'node', 'node-addons', 'module-sync', kind, 'default']);
  const named =
    exports === undefined || exports === null ? undefined : walkExports(rootExport(exports), active);
  const first = exports === undefined && typeof main === 'string' ? main : undefined;
  const candidates =
    exports !== undefined
      ? [named]
      : first === undefined
        ? []
        : [first, `${first}.js`, join(first, 'index.js')];
  if (exports === undefined) candidates.push('index.js', 'index.ts');
  for (const candidate of candidates) {
    const file = candidate === undefined ? folder : join(folder, candidate);
    if (!file.startsWith(folder + sep) || statSync(file, { throwIfNoEntry: false })?.isFile() !== true)
      continue;
    if (/\.[cm]?ts$/.test(file) && realpathSync(file).split(sep).includes('node_modules'))
      throw errors.AF_LOAD_FAILED({
        plugin: manifest.id,
        reason: `its entry ${file} is TypeScript inside node_modules, where Node strips no types; it must ship JavaScript.`,
      });
    return file;
  }
  throw errors.AF_DISCOVER_NOT_FOUND({
    use: manifest.name,
    reason: `the package in ${folder} is there, but not its entry file ${named ?? first ?? 'index.js'}.`,
    mend: 'Build the plugin, or mend "exports" in its package.json.',
  });
}

function rootExport(exports: unknown): unknown {
  return isRecord(exports) && Object.keys(exports).some((key) => key.startsWith('.'))
    ? exports['.']
    : exports;
}

function walkExports(target: unknown, active: ReadonlySet<string>): string | undefined {
  if (typeof target === 'string') return target.startsWith('./') ? target : undefined;
  const parts = Array.isArray(target)
    ? target
    : isRecord(target)
      ? Object.keys(target)
          .filter((key) => active.has(key))
          .map((key) => target[key])
      : [];
  for (const part of parts) {
    const found = walkExports(part, active);
    if (found !== undefined) return found;
  }
  return undefined;
}
