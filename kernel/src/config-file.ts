import { readFileSync, realpathSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isAgentFactoryError, type PlatformConfig, type PluginEntry } from '@agent-factory/sdk';
import { cosmiconfig, defaultLoaders, type Loader } from 'cosmiconfig';
import { placed, type ConfigProblem } from './config-problem.ts';
import { errors } from './errors.ts';
import { applyEnvOverrides, interpolate, type Env } from './interpolate.ts';
import { createLocate, jsonFault, type Locate, type Place } from './locate.ts';
import { platformSchema } from './platform-schema.ts';
import { coerceLeaf, isRecord, mapLeaves, pointerKeys } from './schema-walk.ts';
import { compileValidator } from './validator.ts';

/** A configuration, read and interpolated; what is wrong with it is in `problems`. */
export interface LoadedConfig {
  /** Safe to walk even when there are problems: a plugin entry of the wrong shape is `{ use: '', enabled: false }`. */
  readonly config: PlatformConfig;
  /** Absolute path; `undefined` for a configuration given as an object. */
  readonly file: string | undefined;
  /** Absolute folder that relative paths start from. */
  readonly baseDir: string;
  /** The place of a JSON Pointer in the file; `undefined` for TypeScript, JavaScript and objects. */
  locate(pointer: string): Place | undefined;
  readonly problems: ConfigProblem[];
}

const extensions = ['ts', 'mts', 'js', 'mjs', 'json', 'yaml', 'yml'];
const packageKey = 'agentFactoryConfig';

/**
 * Finds the configuration file from `cwd` upward (as far as the home folder or the root) or takes `file`, and
 * reads it anew each time. Throws AF_CONFIG_NOT_FOUND or AF_CONFIG_UNREADABLE.
 */
export async function loadConfigFile(options: {
  readonly file?: string;
  readonly cwd: string;
  readonly env: Env;
}): Promise<LoadedConfig> {
  const found = await find(
    options.file === undefined ? undefined : resolve(options.cwd, options.file),
    options.cwd,
  );
  const extension = extname(found.filepath);
  let locate: Locate = () => undefined;
  if (/^\.(json|ya?ml)$/.test(extension)) {
    const prefix = basename(found.filepath) === 'package.json' ? `/${packageKey}` : '';
    const inText = createLocate(
      readFileSync(found.filepath, 'utf8'),
      extension === '.json' ? 'json' : 'yaml',
    );
    locate = (pointer) => inText(prefix + pointer);
  }
  return build(found.config, found.filepath, dirname(found.filepath), locate, options.env);
}

/** Takes a configuration given as an object; relative paths start from `baseDir`. */
export function configFromObject(config: unknown, baseDir: string, env: Env): LoadedConfig {
  return build(config, undefined, resolve(baseDir), () => undefined, env);
}

async function find(file: string | undefined, cwd: string): Promise<{ config: unknown; filepath: string }> {
  let reading = file ?? resolve(cwd);
  const watched =
    (loader: Loader): Loader =>
    async (path, content) => {
      reading = path;
      try {
        return (await loader(path, content)) as unknown;
      } catch (error) {
        throw unreadable(path, error, content); // cosmiconfig would take an ENOENT for "no file here"
      }
    };
  try {
    const explorer = cosmiconfig('agent-factory', {
      cache: false,
      packageProp: packageKey,
      ignoreEmptySearchPlaces: false,
      searchStrategy: 'none', // the strategy that goes upward also looks outside, in ~/.config
      searchPlaces: [...extensions.map((end) => `agent-factory.config.${end}`), 'package.json'],
      loaders: {
        ...Object.fromEntries(['.ts', '.mts', '.js', '.mjs'].map((end) => [end, watched(importDefault)])),
        ...Object.fromEntries(
          ['.json', '.yaml', '.yml'].map((end) => [end, watched(defaultLoaders[end as '.json'])]),
        ),
      },
    });
    if (file !== undefined) return filled(await explorer.load(file), file);
    const home = homedir();
    for (let folder = resolve(cwd); ; folder = dirname(folder)) {
      const result = await explorer.search(folder);
      if (result !== null) return filled(result, result.filepath);
      if (folder === home || folder === dirname(folder)) break;
    }
  } catch (error) {
    throw isAgentFactoryError(error) ? error : unreadable(reading, error, '');
  }
  throw errors.AF_CONFIG_NOT_FOUND({ folder: resolve(cwd) });
}

function filled(
  result: { config: unknown; filepath: string; isEmpty?: boolean } | null,
  file: string,
): { config: unknown; filepath: string } {
  if (result === null) throw errors.AF_CONFIG_UNREADABLE({ file, reason: `it has no "${packageKey}" key.` });
  if (result.isEmpty === true || result.config === undefined)
    throw errors.AF_CONFIG_UNREADABLE({ file, reason: 'it is empty, or exports nothing as default.' });
  return result;
}

async function importDefault(file: string): Promise<unknown> {
  const url = pathToFileURL(realpathSync(file));
  const { mtimeMs, size } = statSync(file);
  url.search = `v=${mtimeMs}-${size}`; // Node keeps modules by URL, so a changed file needs another one
  const module = (await import(url.href)) as { readonly default?: unknown };
  return module.default;
}

// Parsers quote the text around a fault, which may hold a secret; so only the reason and the place are kept.
function unreadable(file: string, error: unknown, content: string): Error {
  const fault = (isRecord(error) ? error : {}) as {
    code?: string;
    reason?: string;
    mark?: { line: number; column: number };
  };
  const message = error instanceof Error ? error.message : String(error);
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  let reason = message.split('\n', 1)[0] ?? '';
  let place: Place | undefined;
  if (file.endsWith('.json') && error instanceof SyntaxError) {
    reason = 'it is not valid JSON';
    place = jsonFault(content);
  } else if (fault.reason !== undefined) {
    reason = `it is not valid YAML: ${fault.reason.replace(/"[^"]*"|<.*>/g, '…')}`;
    if (fault.mark !== undefined) place = { line: fault.mark.line + 1, column: fault.mark.column + 1 };
  } else if (fault.code === 'ENOENT' && content === '') {
    reason = 'there is no such file';
  } else {
    const line = new RegExp(
      `${basename(file).replaceAll('.', '\\.')}(?:\\?[^:\\s]*)?:(\\d+)(?::(\\d+))?`,
    ).exec(stack);
    if (line !== null) place = { line: Number(line[1]), column: Number(line[2] ?? 1) };
  }
  const at = place === undefined ? file : `${file}:${place.line}:${place.column}`;
  return errors.AF_CONFIG_UNREADABLE({ file: at, reason: `${reason.replace(/\.$/, '')}.`, ...place });
}

function build(
  raw: unknown,
  file: string | undefined,
  baseDir: string,
  locate: Locate,
  env: Env,
): LoadedConfig {
  const { value, problems } = interpolate(raw, env);
  const draft = isRecord(value) ? value : undefined;
  const overridden =
    draft === undefined
      ? new Map<string, string>()
      : applyEnvOverrides(draft, { prefix: 'AF_', schema: platformSchema, env });
  const config = mapLeaves(draft ?? value, platformSchema, (leaf, schemas, pointer) =>
    isPluginConfig(pointer) ? leaf : coerceLeaf(leaf, schemas),
  );
  for (const { path: pointer, message, fix } of compileValidator(platformSchema)(config)) {
    const variable = overridden.get(pointer);
    const hint = variable === undefined ? fix : `It is set by the environment variable ${variable}.`;
    problems.push({ pointer, message, ...(hint === undefined ? {} : { fix: hint }) });
  }
  const usable = isRecord(config) ? config : {};
  const listed: unknown = usable['plugins'];
  const plugins = (Array.isArray(listed) ? listed : []).map((entry: unknown): string | PluginEntry => {
    if (typeof entry === 'string' && entry !== '') return entry;
    return isRecord(entry) && typeof entry['use'] === 'string' ? (entry as unknown as PluginEntry) : unusable;
  });
  const isOff = (pointer: string): boolean => {
    const [first, index] = pointerKeys(pointer);
    const entry = first === 'plugins' ? plugins[Number(index)] : undefined;
    return (
      isPluginConfig(pointer) && typeof entry === 'object' && entry !== unusable && entry.enabled === false
    );
  };
  return {
    config: { ...usable, plugins },
    file,
    baseDir,
    locate,
    problems: problems.filter(({ pointer }) => !isOff(pointer)).map((problem) => placed(problem, locate)),
  };
}

const unusable: PluginEntry = { use: '', enabled: false };

function isPluginConfig(pointer: string): boolean {
  return /^\/plugins\/\d+\/config\//.test(pointer);
}
