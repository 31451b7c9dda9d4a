import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PluginEntry } from '@agent-factory/sdk';
import { errors } from '../errors.ts';
import type { PluginPackage } from '../plugin-package.ts';
import { closest } from '../suggest.ts';
import { findEntry, processConditions } from './entry-file.ts';
import { readPackage } from './manifest.ts';

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

const pathPattern = /^\.{0,2}[\\/]|^file:|^\.{1,2}$/;
const idPattern = /^[a-z][a-z0-9-]{0,63}$/;
const packagePattern = /^(@[a-z0-9~-][\w.~-]*\/)?[a-z0-9~-][\w.~-]*$/i;

/**
 * Finds the packages an entry may mean, without running their code: one for a folder or npm package, each
 * installed version for an id. Throws AF_DISCOVER_NOT_FOUND, AF_MANIFEST_* or AF_LOAD_FAILED.
 */
export function discover({ use }: PluginEntry, context: DiscoverContext): PluginPackage[] {
  if (pathPattern.test(use) || isAbsolute(use)) {
    const folder = use.startsWith('file:') ? fileURLToPath(use) : resolve(context.baseDir, use);
    const found = packageIn(folder, context);
    if (found === undefined) throw folderNotFound(use, folder, context);
    return [found];
  }
  const stored = idPattern.test(use) ? inStore(use, context) : [];
  if (stored.length > 0) return stored;
  const found = packagePattern.test(use) ? inModules(use, context) : undefined;
  if (found === undefined) throw packageNotFound(use, context);
  return [found];
}

function packageIn(folder: string, context: DiscoverContext): PluginPackage | undefined {
  const read = readPackage(folder);
  if (read === undefined) return undefined;
  const { manifest, json } = read;
  const hasCode = (manifest.kind ?? 'code') === 'code';
  const entry = hasCode ? findEntry(folder, json, manifest, context.conditions ?? processConditions) : '';
  const source = folder.includes(`${sep}node_modules${sep}`) ? 'npm' : 'local';
  return { manifest, source, folder, entry };
}

function inStore(id: string, context: DiscoverContext): PluginPackage[] {
  const found: PluginPackage[] = [];
  const failures: unknown[] = [];
  for (const name of names(join(context.storeDir, id))) {
    const folder = join(context.storeDir, id, name);
    if (name.startsWith('.') || name.endsWith('.integrity')) continue;
    try {
      const installed = packageIn(folder, context);
      if (installed === undefined) continue;
      const { manifest } = installed;
      if (manifest.id !== id || !name.startsWith(`${manifest.version}-`))
        throw errors.AF_DISCOVER_NOT_FOUND({
          use: id,
          reason: `the store's folder ${folder} holds ${manifest.id} ${manifest.version} instead.`,
          mend: `Run "agent-factory plugin remove ${id}" and install it again.`,
        });
      const note = `${folder}.integrity`;
      const integrity = existsSync(note) ? readFileSync(note, 'utf8').trim() : undefined;
      found.push({ ...installed, source: 'store', ...(integrity && { integrity }) });
    } catch (error) {
      failures.push(error); // another version may do
    }
  }
  if (found.length === 0 && failures.length > 0) throw failures[0];
  return found;
}

function inModules(name: string, context: DiscoverContext): PluginPackage | undefined {
  for (const modules of modulesFolders(context)) {
    const folder = join(modules, name);
    if (!existsSync(folder)) continue;
    const found = packageIn(realpathSync(folder), context);
    if (found === undefined) continue;
    const integrity = found.source === 'npm' ? lockedIntegrity(modules, name) : undefined;
    return { ...found, ...(integrity && { integrity }) };
  }
  return undefined;
}

/** The node_modules folders from the configuration upward, then those the kernel itself stands in. */
function modulesFolders({ baseDir }: DiscoverContext): string[] {
  const found = new Set<string>();
  for (const start of [baseDir, import.meta.dirname])
    for (let folder = start; ; folder = dirname(folder)) {
      if (basename(folder) !== 'node_modules') found.add(join(folder, 'node_modules'));
      if (folder === dirname(folder)) break;
    }
  return [...found];
}

type InstalledPackages = Readonly<Record<string, { readonly integrity?: string } | undefined>>;
const installed = new Map<string, { readonly mtimeMs: number; readonly packages: InstalledPackages }>();

// npm writes what it installed, with integrity, to a lock file inside node_modules.
function lockedIntegrity(modules: string, name: string): string | undefined {
  const file = join(modules, '.package-lock.json');
  const mtimeMs = statSync(file, { throwIfNoEntry: false })?.mtimeMs;
  if (mtimeMs === undefined) return undefined;
  let lock = installed.get(file);
  if (lock?.mtimeMs !== mtimeMs) {
    const { packages = {} } = JSON.parse(readFileSync(file, 'utf8')) as { packages?: InstalledPackages }; // npm's own
    installed.set(file, (lock = { mtimeMs, packages }));
  }
  return lock.packages[`node_modules/${name}`]?.integrity;
}

function folderNotFound(use: string, folder: string, { baseDir }: DiscoverContext): Error {
  const near = closest(basename(folder), names(dirname(folder)));
  const hint = near === undefined ? '' : `Did you mean "${use.replace(/[^\\/]+[\\/]?$/, near)}"? `;
  return errors.AF_DISCOVER_NOT_FOUND({
    use,
    reason: existsSync(folder) ? `the folder ${folder} has no package.json.` : `there is no folder ${folder}.`,
    mend: `${hint}Mend the path; it starts from ${baseDir}.`,
  });
}

function packageNotFound(use: string, context: DiscoverContext): Error {
  const { baseDir, storeDir } = context;
  const folders = modulesFolders(context).filter((folder) => existsSync(folder));
  // By what each might be asked for: its name, or its name without "@scope/plugin-".
  const known = new Map(names(storeDir).map((id) => [id, id]));
  for (const name of folders.flatMap(packageNames)) known.set(name, name).set(name.replace(/^.*plugin-/, ''), name);
  const beside = existsSync(join(baseDir, use, 'package.json')) ? `./${use}` : undefined;
  const near = beside ?? known.get(use) ?? known.get(closest(use, known.keys()) ?? '');
  const isName = packagePattern.test(use);
  const hint = near === undefined ? '' : `Did you mean "${near}"? If not: `;
  return errors.AF_DISCOVER_NOT_FOUND({
    use,
    reason: isName
      ? `it is in none of ${[storeDir, ...folders].join(', ')}.`
      : 'it is neither a folder (those begin with ./, ../ or /) nor the name of a package or plugin.',
    mend: `${hint}${isName ? `Run "npm install ${use}" or "agent-factory plugin add ${use}".` : 'Mend the entry.'}`,
  });
}

function packageNames(modules: string): string[] {
  return names(modules).flatMap((name) =>
    name.startsWith('@') ? names(join(modules, name)).map((part) => `${name}/${part}`) : [name],
  );
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}
