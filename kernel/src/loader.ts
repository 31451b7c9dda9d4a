import { spawnSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { createRequire, registerHooks } from 'node:module';
import { join, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isAgentFactoryError, type Plugin } from '@agent-factory/sdk';
import { errors } from './errors.ts';
import type { PluginPackage } from './plugin-package.ts';

const require = createRequire(import.meta.url);
const sdkName = '@agent-factory/sdk';
const marker = 'agent-factory-revision';

interface Loaded {
  /** Milliseconds since the epoch when loading began. */
  readonly at: number;
  /** How many times the files have changed since the first load. */
  readonly revision: number;
}

const loaded = new Map<string, Loaded>();
const noCode: Plugin = { setup: () => {} };
let hooked = false;

/**
 * How many times a plugin's files have changed since this process first loaded them. Only local folders change
 * in place; other sources keep each version in a folder of its own.
 */
export function revisionOf(pkg: PluginPackage): number {
  const known = loaded.get(pkg.entry);
  if (!known || pkg.source !== 'local') return known?.revision ?? 0;
  return changedSince(pkg.folder, known.at) ? known.revision + 1 : known.revision;
}

/** Runs a plugin's code and returns its default export. Errors name the plugin and the file. */
export async function loadPlugin(pkg: PluginPackage): Promise<Plugin> {
  if (pkg.plugin) return pkg.plugin;
  if ((pkg.manifest.kind ?? 'code') !== 'code') return noCode;
  const revision = revisionOf(pkg);
  loaded.set(pkg.entry, { at: Date.now(), revision });
  const label = `${pkg.manifest.id}@${pkg.manifest.version}`;
  let found: unknown;
  try {
    found = pkg.manifest.format === 'commonjs' ? requireFresh(pkg) : await importPlugin(pkg.entry, revision);
  } catch (error) {
    if (isAgentFactoryError(error)) throw error;
    throw errors.AF_LOAD_FAILED({ plugin: label, reason: describe(error, pkg) }, { cause: error });
  }
  const plugin = unwrap(found);
  if (!plugin) throw errors.AF_LOAD_NO_PLUGIN({ plugin: label, file: pkg.entry });
  return plugin;
}

/** Gives back the memory of a CommonJS plugin's code; ES modules cannot be unloaded (nodejs/node#49442). */
export function unloadPlugin(pkg: PluginPackage): void {
  if (pkg.manifest.format !== 'commonjs' || pkg.plugin) return;
  for (const file of Object.keys(require.cache)) {
    if (!file.startsWith(pkg.folder + sep)) continue;
    const module = require.cache[file];
    delete require.cache[file];
    const siblings = module?.parent?.children;
    const place = module && siblings ? siblings.indexOf(module) : -1;
    if (place >= 0) siblings?.splice(place, 1);
  }
}

function requireFresh(pkg: PluginPackage): unknown {
  unloadPlugin(pkg);
  return require(pkg.entry);
}

async function importPlugin(entry: string, revision: number): Promise<unknown> {
  const url = pathToFileURL(entry).href;
  if (revision > 0) {
    hookResolution();
    return import(`${url}?${marker}=${revision}`);
  }
  try {
    return await import(url);
  } catch (error) {
    if (!lacksSdk(error) || hooked) throw error;
    // A folder outside any project has no SDK to import: lend it the kernel's own.
    hookResolution();
    return import(`${url}?${marker}=0`);
  }
}

/** Once needed: passes a revision on to the plugin's own files, and finds the SDK for those who have none. */
function hookResolution(): void {
  if (hooked) return;
  hooked = true;
  registerHooks({
    resolve(specifier, context, next) {
      if (specifier === sdkName || specifier.startsWith(`${sdkName}/`)) {
        try {
          return next(specifier, context);
        } catch {
          return next(specifier, { ...context, parentURL: import.meta.url });
        }
      }
      const result = next(specifier, context);
      const revision = context.parentURL && new URLSearchParams(context.parentURL.split('?')[1]).get(marker);
      const relative = specifier.startsWith('./') || specifier.startsWith('../');
      if (!revision || !relative || result.url.includes('?')) return result;
      return { ...result, url: `${result.url}?${marker}=${revision}` };
    },
  });
}

function lacksSdk(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    error.code === 'ERR_MODULE_NOT_FOUND' &&
    error.message.includes(sdkName)
  );
}

function unwrap(found: unknown): Plugin | undefined {
  const outer = found as { default?: unknown } | undefined;
  const inner = outer?.default as { default?: unknown } | undefined;
  for (const candidate of [outer, inner, inner?.default]) {
    if (typeof (candidate as Plugin | undefined)?.setup === 'function') return candidate as Plugin;
  }
  return undefined;
}

/** The reason a load failed, with file and line when the error came from the plugin's own files. */
function describe(error: unknown, pkg: PluginPackage): string {
  if (!(error instanceof Error)) return `it threw ${String(error)}, which is no Error`;
  const told = error instanceof SyntaxError ? checkSyntax(pkg.entry) : error.stack;
  const place = told?.split('\n').find((line) => line.includes(pkg.folder));
  const where = place?.slice(place.indexOf(pkg.folder) + pkg.folder.length + 1).replace(/\)$/, '');
  return where && !error.message.includes(where) ? `${error.message} (${where})` : error.message;
}

/** Node tells the place of a syntax error only on a terminal, so it is asked for once more. */
function checkSyntax(file: string): string {
  return spawnSync(process.execPath, ['--check', file], { encoding: 'utf8', timeout: 5000 }).stderr;
}

function changedSince(folder: string, at: number): boolean {
  for (const item of readdirSync(folder, { withFileTypes: true })) {
    if (item.name === 'node_modules' || item.name.startsWith('.')) continue;
    const path = join(folder, item.name);
    if (item.isDirectory() ? changedSince(path, at) : statSync(path).mtimeMs > at) return true;
  }
  return false;
}
