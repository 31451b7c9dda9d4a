import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { createRequire, registerHooks } from 'node:module';
import { sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isAgentFactoryError, type Plugin, type PluginContext } from '@agent-factory/sdk';
import { dataVersion, kindOf } from './config/manifest.ts';
import { reasonOf } from './deadline.ts';
import { errors } from './errors.ts';
import { newestChange } from './newest-change.ts';
import type { PluginPackage } from './plugin-package.ts';

const require = createRequire(import.meta.url);
const sdkName = '@agent-factory/sdk';
const marker = 'agent-factory-revision';

interface Loaded {
  /** Milliseconds since the epoch when loading began. */
  readonly at: number;
  /** How many times the files have changed, or failed to load, since the first load. */
  readonly revision: number;
  /** Whose code is in memory. */
  readonly pkg: PluginPackage;
}

const loaded = new Map<string, Loaded>();
let hooked = false;

/**
 * How many times a plugin's files have changed since this process first loaded them. Only local folders change
 * in place; other sources keep each version in a folder of its own.
 */
export function revisionOf(pkg: PluginPackage): number {
  const known = loaded.get(pkg.entry);
  if (!known || pkg.source !== 'local') return known?.revision ?? 0;
  return newestChange(pkg.folder).at > known.at ? known.revision + 1 : known.revision;
}

/** Runs a plugin's code and returns its default export. Errors name the plugin and the file. */
export async function loadPlugin(pkg: PluginPackage): Promise<Plugin> {
  if (pkg.plugin) return pkg.plugin;
  if (kindOf(pkg.manifest) !== 'code') return dataPlugin(pkg);
  const revision = revisionOf(pkg);
  const now = { at: Date.now(), revision, pkg };
  const label = `${pkg.manifest.id}@${pkg.manifest.version}`;
  loaded.set(pkg.entry, now);
  let found: unknown;
  try {
    found = await run(pkg, revision);
  } catch (error) {
    // A failed module stays failed under its URL; what it lacked may be there next time.
    loaded.set(pkg.entry, { ...now, revision: revision + 1 });
    if (isAgentFactoryError(error)) throw error;
    throw errors.AF_LOAD_FAILED({ plugin: label, reason: describe(error, pkg) }, { cause: error });
  }
  const plugin = unwrap(found);
  if (!plugin) throw errors.AF_LOAD_NO_PLUGIN({ plugin: label, file: pkg.entry });
  return plugin;
}

/** A plugin without code contributes its folder to the collection of its kind. */
function dataPlugin({ manifest, folder }: PluginPackage): Plugin {
  const token = { id: kindOf(manifest), kind: 'many', version: dataVersion, description: '' } as const;
  return { setup: (ctx: PluginContext) => ctx.contribute(token, { manifest, folder }) };
}

/** Gives back the memory of CommonJS code that is still the plugin's; ES modules cannot be unloaded (nodejs/node#49442). */
export function unloadPlugin(pkg: PluginPackage): void {
  if (pkg.manifest.format === 'commonjs' && loaded.get(pkg.entry)?.pkg === pkg) forget(pkg.folder);
}

/** Takes the CommonJS modules of a folder out of memory. */
function forget(folder: string): void {
  for (const file of Object.keys(require.cache)) {
    if (!file.startsWith(folder + sep)) continue;
    const module = require.cache[file];
    delete require.cache[file];
    const siblings = module?.parent?.children;
    const place = module && siblings ? siblings.indexOf(module) : -1;
    if (place >= 0) siblings?.splice(place, 1);
  }
}

async function run(pkg: PluginPackage, revision: number): Promise<unknown> {
  const isCommonJs = pkg.manifest.format === 'commonjs';
  // ES modules may load CommonJS files too, which keep no revision apart.
  if (isCommonJs || revision > 0) forget(pkg.folder);
  if (revision > 0) hookResolution();
  const isLent = hooked; // as it was when loading began: several plugins load at once
  try {
    return isCommonJs ? requireUncached(pkg.entry) : await loadModule(pkg, revision);
  } catch (error) {
    if (!lacksSdk(error) || isLent) throw error;
    // A folder outside any project has no SDK to import: lend it the kernel's own.
    hookResolution();
    return isCommonJs ? requireUncached(pkg.entry) : import(`${pathToFileURL(pkg.entry).href}?${marker}=0`);
  }
}

/** Begins to load an ES module, so that Node need not find out again what is known: that takes half of the time. */
function loadModule({ entry, isModule }: PluginPackage, revision: number): Promise<unknown> {
  if (revision > 0 || !isModule) {
    return import(pathToFileURL(entry).href + (revision > 0 ? `?${marker}=${revision}` : ''));
  }
  const url = pathToFileURL(realpathSync.native(entry)).href;
  const own = { url, format: 'module', shortCircuit: true } as const;
  const hooks = registerHooks({
    resolve: (specifier, context, next) => (specifier === url ? own : next(specifier, context)),
    load: (wanted, context, next) =>
      wanted === url ? { ...own, source: readFileSync(entry, 'utf8') } : next(wanted, context),
  });
  try {
    return import(url); // resolved and read before it returns
  } finally {
    hooks.deregister();
  }
}

/** V8 would keep the source and bytecode of each version it has compiled, for a version that never comes back. */
function requireUncached(entry: string): unknown {
  const { setFlagsFromString } = process.getBuiltinModule('node:v8'); // needed for a reload alone
  setFlagsFromString('--no-compilation-cache');
  try {
    return require(entry);
  } finally {
    setFlagsFromString('--compilation-cache');
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
          return { url: import.meta.resolve(specifier), shortCircuit: true };
        }
      }
      const result = next(specifier, context);
      const revision = context.parentURL && new URLSearchParams(context.parentURL.split('?')[1]).get(marker);
      const isOwn = /^(\.\.?\/|#)/.test(specifier) && !result.url.includes('/node_modules/');
      if (!revision || !isOwn || result.url.includes('?')) return result;
      return { ...result, url: `${result.url}?${marker}=${revision}` };
    },
  });
}

function lacksSdk(error: unknown): boolean {
  if (!(error instanceof Error) || !error.message.includes(sdkName)) return false;
  return 'code' in error && /^(ERR_)?MODULE_NOT_FOUND$/.test(String(error.code));
}

function unwrap(found: unknown): Plugin | undefined {
  const outer = found as { default?: unknown } | undefined;
  const inner = outer?.default as { default?: unknown } | undefined;
  for (const candidate of [outer, inner, inner?.default]) {
    if (typeof (candidate as Plugin | undefined)?.setup === 'function') return candidate as Plugin;
  }
  return undefined;
}

/**
 * Which of `owners` (the newest of equals) an error's stack points at: that whose file is named nearest to the
 * throw. Plugins may lie inside each other's folders.
 */
export function ownerOf<Owner extends { readonly pkg: PluginPackage }>(
  error: unknown,
  owners: readonly Owner[],
): Owner | undefined {
  if (!(error instanceof Error)) return undefined;
  const deepFirst = owners.toReversed().sort((a, b) => b.pkg.folder.length - a.pkg.folder.length);
  for (const line of frames(error.stack)) {
    const owner = deepFirst.find(({ pkg }) => placeIn(line, pkg.folder) !== undefined);
    if (owner) return owner;
  }
  return undefined;
}

function frames(stack = ''): string[] {
  return stack.split('\n').filter((line) => /^\s+at /.test(line));
}

/** What follows a folder in a line of a stack: file, line and column. ES modules stand there as URLs. */
function placeIn(line: string, folder: string): string | undefined {
  if (folder === '') return undefined;
  for (const start of [`${pathToFileURL(folder).href}/`, folder + sep]) {
    const at = line.indexOf(start);
    if (at >= 0) return line.slice(at + start.length).replace(/\)$/, '');
  }
  return undefined;
}

/** The reason a load failed, with file and line when the error came from the plugin's own files. */
function describe(error: unknown, pkg: PluginPackage): string {
  if (!existsSync(pkg.entry)) return `its entry file ${pkg.entry} is not there; is it built?`;
  if (!(error instanceof Error)) return reasonOf(error);
  const told = error instanceof SyntaxError ? checkSyntax(pkg.entry) : (error.stack ?? '');
  const places = told.split('\n').map((line) => placeIn(line, pkg.folder));
  const where = places.find(Boolean);
  return where && !error.message.includes(where) ? `${error.message} (${where})` : error.message;
}

/** Node tells the place of a syntax error only on a terminal, so it is asked for once more. */
function checkSyntax(file: string): string {
  const { spawnSync } = process.getBuiltinModule('node:child_process');
  return spawnSync(process.execPath, ['--check', file], { encoding: 'utf8', timeout: 5000 }).stderr;
}
