import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isAgentFactoryError, type PluginEntry } from '@agent-factory/sdk';
import { findEntry, processConditions } from './entry-file.ts';
import { errors } from './errors.ts';
import { readPackage } from './manifest.ts';
import type { PackageSource, PluginPackage } from './plugin-package.ts';
import { isRecord } from './schema-walk.ts';
import { closest } from './suggest.ts';

/** Where plugins are looked for. */
export interface DiscoverContext {
  /** Absolute folder of the config file. */
  readonly baseDir: string;
  /**
   * Absolute folder of installed plugins: `<id>/<version>-<hash>/` holds one package as it was published, its
   * dependencies in `node_modules` inside; `<id>/<version>-<hash>.integrity` beside it holds the package's
   * subresource-integrity string (`sha512-…`). `<hash>` is the first 12 hex digits of that SHA-512, so a folder
   * never changes once it is there. Names that begin with a dot are unfinished installs and are passed over.
   */
  readonly storeDir: string;
  /** Conditions for `exports`. Default: those the process was started with. */
  readonly conditions?: readonly string[];
}

const idPattern = /^[a-z][a-z0-9-]{0,63}$/;
const packagePattern = /^(@[a-z0-9~-][\w.~-]*\/)?[a-z0-9~-][\w.~-]*$/i;
const modulesPart = `${sep}node_modules${sep}`;

/**
 * Finds the packages an entry may mean, without running their code: one for a folder or npm package, each
 * installed version for an id. Throws AF_DISCOVER_NOT_FOUND, AF_MANIFEST_* or AF_LOAD_FAILED.
 */
export function discover(entry: PluginEntry, context: DiscoverContext): PluginPackage[] {
  const { use } = entry;
  const conditions = context.conditions ?? processConditions();
  if (/^\.{0,2}[\\/]|^file:|^\.{1,2}$/.test(use) || isAbsolute(use))
    return [fromFolder(use, context.baseDir, conditions)];
  if (idPattern.test(use)) {
    const stored = fromStore(use, context.storeDir, conditions);
    if (stored.length > 0) return stored;
  }
  if (packagePattern.test(use)) {
    for (const start of [context.baseDir, import.meta.dirname]) {
      for (const modules of modulesAbove(start)) {
        const folder = join(modules, use);
        if (!exists(join(folder, 'package.json'))) continue;
        const real = realpathSync(folder);
        return [toPackage(real, sourceOf(real), conditions, () => lockedIntegrity(modules, use))];
      }
    }
  }
  throw notFound(use, context);
}

function fromFolder(use: string, baseDir: string, conditions: readonly string[]): PluginPackage {
  const folder = use.startsWith('file:') ? fileURLToPath(use) : resolve(baseDir, use);
  try {
    return toPackage(folder, sourceOf(folder), conditions);
  } catch (error) {
    if (!isAgentFactoryError(error, 'AF_MANIFEST_MISSING') || exists(join(folder, 'package.json')))
      throw error;
    const parent = dirname(folder);
    const near = closest(
      basename(folder),
      names(parent).filter((name) => exists(join(parent, name, 'package.json'))),
    );
    const hint = near === undefined ? '' : `Did you mean "${use.replace(/[^\\/]+[\\/]?$/, near)}"? `;
    const reason = exists(folder)
      ? `the folder ${folder} has no package.json.`
      : `there is no folder ${folder}.`;
    throw errors.AF_DISCOVER_NOT_FOUND({
      use,
      reason,
      mend: `${hint}Mend the path; it starts from ${baseDir}.`,
    });
  }
}

function fromStore(id: string, storeDir: string, conditions: readonly string[]): PluginPackage[] {
  const found: PluginPackage[] = [];
  let failure: unknown;
  for (const name of names(join(storeDir, id))) {
    const folder = join(storeDir, id, name);
    if (name.startsWith('.') || name.endsWith('.integrity') || !exists(join(folder, 'package.json')))
      continue;
    try {
      const made = toPackage(folder, 'store', conditions, () => readIntegrity(`${folder}.integrity`));
      const { manifest } = made;
      if (manifest.id !== id || !name.startsWith(`${manifest.version}-`))
        throw errors.AF_DISCOVER_NOT_FOUND({
          use: id,
          reason: `the store's folder ${folder} holds ${manifest.id} ${manifest.version} instead.`,
          mend: `Run "agent-factory plugin remove ${id}" and install it again.`,
        });
      found.push(made);
    } catch (error) {
      failure ??= error; // another version may do
    }
  }
  if (found.length === 0 && failure !== undefined) throw failure as Error; // caught above
  return found.sort((a, b) => (a.folder < b.folder ? -1 : 1));
}

function toPackage(
  folder: string,
  source: PackageSource,
  conditions: readonly string[],
  integrity?: () => string | undefined,
): PluginPackage {
  const { manifest, json } = readPackage(folder);
  const entry = (manifest.kind ?? 'code') === 'code' ? findEntry(folder, json, manifest, conditions) : '';
  const known = source === 'local' ? undefined : integrity?.();
  return { manifest, source, folder, entry, ...(known === undefined ? {} : { integrity: known }) };
}

function sourceOf(folder: string): PackageSource {
  return folder.includes(modulesPart) ? 'npm' : 'local';
}

function modulesAbove(start: string): string[] {
  const found: string[] = [];
  for (let folder = start; ; folder = dirname(folder)) {
    if (basename(folder) !== 'node_modules') found.push(join(folder, 'node_modules'));
    if (folder === dirname(folder)) return found;
  }
}

function readIntegrity(file: string): string | undefined {
  return exists(file) ? readFileSync(file, 'utf8').trim() : undefined;
}

const installed = new Map<string, { readonly mtimeMs: number; readonly packages: Record<string, unknown> }>();

// npm writes what it installed, with integrity, to a lock file inside node_modules.
function lockedIntegrity(modules: string, name: string): string | undefined {
  const file = join(modules, '.package-lock.json');
  const mtimeMs = statSync(file, { throwIfNoEntry: false })?.mtimeMs;
  if (mtimeMs === undefined) return undefined;
  let lock = installed.get(file);
  if (lock?.mtimeMs !== mtimeMs) {
    const json: unknown = JSON.parse(readFileSync(file, 'utf8'));
    lock = { mtimeMs, packages: isRecord(json) && isRecord(json['packages']) ? json['packages'] : {} };
    installed.set(file, lock);
  }
  const found = lock.packages[`node_modules/${name}`];
  return isRecord(found) && typeof found['integrity'] === 'string' ? found['integrity'] : undefined;
}

function notFound(use: string, context: DiscoverContext): Error {
  const { baseDir, storeDir } = context;
  const known = packagePattern.test(use);
  const places = [
    ...(known ? modulesAbove(baseDir).filter(exists) : []),
    ...(idPattern.test(use) ? [storeDir] : []),
  ];
  const stored = names(storeDir).filter((name) => idPattern.test(name));
  const plugins = new Map(stored.map((id) => [id, id]));
  for (const modules of new Set([...modulesAbove(baseDir), ...modulesAbove(import.meta.dirname)]))
    for (const name of packagesIn(modules)) {
      plugins.set(name, name);
      plugins.set(name.replace(/^.*plugin-/, ''), name);
    }
  const beside = exists(join(baseDir, use, 'package.json')) ? `./${use}` : undefined;
  const near = beside ?? plugins.get(use) ?? plugins.get(closest(use, plugins.keys()) ?? '');
  const reason = known
    ? `it is in none of ${places.join(', ') || `the node_modules folders from ${baseDir} upward`}.`
    : 'it is neither a folder (those begin with ./, ../ or /) nor the name of a package or plugin.';
  const install = known
    ? `Run "npm install ${use}" or "agent-factory plugin add ${use}".`
    : 'Mend the entry.';
  const mend = near === undefined ? install : `Did you mean "${near}"? If not: ${install}`;
  return errors.AF_DISCOVER_NOT_FOUND({ use, reason, mend, places });
}

/** Names of the plugin packages in a node_modules folder. */
function packagesIn(modules: string): string[] {
  const all = names(modules).flatMap((name) =>
    name.startsWith('@') ? names(join(modules, name)).map((part) => `${name}/${part}`) : [name],
  );
  return all.filter((name) => {
    const file = join(modules, name, 'package.json');
    return !name.startsWith('.') && exists(file) && readFileSync(file, 'utf8').includes('"agentFactory"');
  });
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}
