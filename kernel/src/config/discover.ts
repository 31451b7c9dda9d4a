import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { closest, type PluginEntry } from '@agent-factory/sdk';
import { errors } from '../errors.ts';
import type { PluginPackage } from '../plugin-package.ts';
import { findEntry, isModule } from './entry-file.ts';
import { kindOf, readPackage } from './manifest.ts';

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
}

const folderPattern = /^\.{0,2}[\\/]|^file:|^\.{1,2}$/;
const idPattern = /^[a-z][a-z0-9-]{0,63}$/;
const packagePattern = /^(@[a-z0-9~-][\w.~-]*\/)?[a-z0-9~-][\w.~-]*$/i;

/**
 * Finds the packages an entry may mean, without running their code: one for a folder or npm package, each
 * installed version for an id. Throws AF_DISCOVER_NOT_FOUND, AF_MANIFEST_* or AF_LOAD_FAILED.
 */
export function discover({ use }: PluginEntry, context: DiscoverContext): PluginPackage[] {
  if (folderPattern.test(use) || isAbsolute(use)) return [inFolder(use, context)];
  const stored = idPattern.test(use) ? inStore(use, context) : [];
  if (stored.length > 0) return stored;
  const found = packagePattern.test(use) ? inModules(use, context) : undefined;
  if (found === undefined) throw notFound(use, context);
  return [found];
}

function packageIn(folder: string): PluginPackage | undefined {
  const found = readPackage(folder);
  if (found === undefined) return undefined;
  const { manifest, json } = found;
  const entry = kindOf(manifest) === 'code' ? findEntry(folder, json, manifest) : '';
  const source = folder.includes(`${sep}node_modules${sep}`) ? 'npm' : 'local';
  return { manifest, source, folder, entry, isModule: isModule(entry, folder, json) };
}

function inFolder(use: string, context: DiscoverContext): PluginPackage {
  const folder = use.startsWith('file:') ? fileURLToPath(use) : resolve(context.baseDir, use);
  const found = packageIn(folder);
  if (found !== undefined) return found;
  const near = closest(basename(folder), names(dirname(folder)));
  const hint = near === undefined ? '' : `Did you mean "${use.replace(/[^\\/]+[\\/]?$/, near)}"? `;
  const mend = `${hint}Mend the path; it starts from ${context.baseDir}.`;
  throw errors.AF_DISCOVER_NOT_FOUND({ use, reason: `${folder} has no package.json.`, mend });
}

function inStore(id: string, context: DiscoverContext): PluginPackage[] {
  const found: PluginPackage[] = [];
  const failures: unknown[] = [];
  for (const name of names(join(context.storeDir, id))) {
    if (name.startsWith('.') || name.endsWith('.integrity')) continue;
    const folder = join(context.storeDir, id, name);
    try {
      const one = packageIn(folder);
      if (one?.manifest.id !== id || !name.startsWith(`${one.manifest.version}-`)) continue;
      const integrity = fileText(`${folder}.integrity`)?.trim();
      found.push({ ...one, source: 'store', ...(integrity && { integrity }) });
    } catch (error) {
      failures.push(error); // another version may do
    }
  }
  if (found.length === 0 && failures.length > 0) throw failures[0];
  return found;
}

function inModules(name: string, context: DiscoverContext): PluginPackage | undefined {
  for (const modules of modulesFolders(context.baseDir)) {
    const folder = join(modules, name);
    const found = existsSync(folder) ? packageIn(realpathSync(folder)) : undefined;
    if (found === undefined) continue;
    const integrity = found.source === 'npm' ? installedIntegrity(modules, name) : undefined;
    return { ...found, ...(integrity && { integrity }) };
  }
  return undefined;
}

/** The node_modules folders from the configuration upward, then those the kernel itself stands in. */
function modulesFolders(baseDir: string): string[] {
  const above = (folder: string): string[] =>
    folder === dirname(folder) ? [folder] : [folder, ...above(dirname(folder))];
  const folders = [...above(baseDir), ...above(import.meta.dirname)];
  return [...new Set(folders.map((folder) => join(folder, 'node_modules')))];
}

type Installed = Readonly<Record<string, { readonly integrity?: string } | undefined>>;
const read = new Map<string, { readonly mtimeMs: number; readonly packages: Installed }>();

/** npm writes what it installed, with integrity, to a lock file inside node_modules. */
function installedIntegrity(modules: string, name: string): string | undefined {
  const file = join(modules, '.package-lock.json');
  const mtimeMs = statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  let lock = read.get(file);
  if (lock?.mtimeMs !== mtimeMs) {
    const { packages = {} } = JSON.parse(fileText(file) ?? '{}') as { readonly packages?: Installed }; // npm's own
    read.set(file, (lock = { mtimeMs, packages }));
  }
  return lock.packages[`node_modules/${name}`]?.integrity;
}

function notFound(use: string, { baseDir, storeDir }: DiscoverContext): Error {
  const folders = [storeDir, ...modulesFolders(baseDir)].filter((folder) => existsSync(folder));
  const known = new Map<string, string>();
  for (const name of folders.flatMap(packageNames)) {
    known.set(name, name);
    known.set(name.replace(/^.*plugin-/, ''), name); // "weather" may be meant for "@acme/plugin-weather"
  }
  if (existsSync(join(baseDir, use, 'package.json'))) known.set(use, `./${use}`);
  const near = known.get(use) ?? known.get(closest(use, known.keys()) ?? '');
  const hint = near === undefined ? '' : `Did you mean "${near}"? If not: `;
  const isName = packagePattern.test(use);
  const install = isName
    ? `Run "npm install ${use}" or "agent-factory plugin add ${use}".`
    : 'Mend the entry.';
  const reason = isName
    ? `it is in none of ${folders.join(', ')}.`
    : 'it is neither a folder (those begin with ./, ../ or /) nor the name of a package or plugin.';
  return errors.AF_DISCOVER_NOT_FOUND({ use, reason, mend: hint + install });
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
    return []; // not there, or no folder
  }
}

function fileText(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}
