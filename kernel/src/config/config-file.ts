import { readFileSync, realpathSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isAgentFactoryError, type PlatformConfig } from '@agent-factory/sdk';
import { cosmiconfigSync, defaultLoadersSync } from 'cosmiconfig';
import { errors } from '../errors.ts';
import { applyEnvOverrides } from './env-overrides.ts';
import { interpolate, type Env } from './interpolate.ts';
import { createLocate, jsonFault, type Locate } from './locate.ts';
import { platformSchema } from './platform-schema.ts';
import { throwIfProblems, type ConfigProblem } from './problem.ts';
import { coerceLeaf, isRecord, mapLeaves } from './schema-walk.ts';
import { problemsIn } from './validator.ts';

/** A configuration, read, interpolated and checked, all but the plugins' own parts. */
export interface LoadedConfig {
  readonly config: PlatformConfig;
  /** Absolute path; `undefined` for a configuration given as an object. */
  readonly file: string | undefined;
  /** Absolute folder that relative paths start from. */
  readonly baseDir: string;
  /** The environment as it was when the configuration was read. */
  readonly env: Env;
  /** The line of a JSON Pointer in the file; `undefined` for TypeScript, JavaScript and objects. */
  readonly locate: Locate;
}

/** What else is wrong with a configuration that is refused already: everything is told at once. */
export type FindMore = (loaded: LoadedConfig) => readonly ConfigProblem[];

const packageKey = 'agentFactoryConfig';
const codeEnds = ['.ts', '.mts', '.js', '.mjs'];
/** Code is imported once it is found. The search is soon done; each step of it handed to a thread takes longer. */
const codeLoaders = Object.fromEntries(codeEnds.map((end) => [end, () => true]));
const { '.json': parseJson, '.yaml': parseYaml } = defaultLoadersSync;
const loaders = { ...codeLoaders, '.json': parseJson, '.yaml': parseYaml, '.yml': parseYaml };
const explorer = cosmiconfigSync('agent-factory', {
  cache: false,
  packageProp: packageKey,
  ignoreEmptySearchPlaces: false,
  searchStrategy: 'none', // the strategy that goes upward also looks outside, in ~/.config
  searchPlaces: [...Object.keys(loaders).map((end) => `agent-factory.config${end}`), 'package.json'],
  loaders,
});

/**
 * Finds the configuration file from `cwd` upward (as far as the home folder or the root) or takes `file`, and
 * reads it anew each time. Throws AF_CONFIG_NOT_FOUND, AF_CONFIG_UNREADABLE, or AF_CONFIG_INVALID with every
 * problem and its line.
 */
export async function loadConfigFile(options: {
  readonly file?: string | undefined;
  readonly cwd: string;
  readonly env: Env;
  readonly findMore?: FindMore;
}): Promise<LoadedConfig> {
  const file = options.file && resolve(options.cwd, options.file);
  const found = find(file, resolve(options.cwd));
  const filepath = found?.filepath ?? file;
  if (filepath === undefined) throw errors.AF_CONFIG_NOT_FOUND({ folder: resolve(options.cwd) });
  const reason = `it is empty, exports nothing as default, or has no key "${packageKey}".`;
  const isCode = codeEnds.includes(extname(filepath));
  const raw: unknown = found && isCode ? await importDefault(filepath) : found?.config;
  if (raw === undefined) throw errors.AF_CONFIG_UNREADABLE({ file: filepath, reason });
  return check(raw, options.env, dirname(filepath), filepath, options.findMore);
}

/** Takes a configuration given as an object; relative paths start from `baseDir`. Throws AF_CONFIG_INVALID. */
export function configFromObject(
  config: unknown,
  baseDir: string,
  env: Env,
  findMore?: FindMore,
): LoadedConfig {
  return check(config, env, resolve(baseDir), undefined, findMore);
}

function find(file: string | undefined, cwd: string): ReturnType<typeof explorer.search> {
  try {
    if (file !== undefined) return explorer.load(file);
    for (let folder = cwd; ; folder = dirname(folder)) {
      const found = explorer.search(folder);
      if (found !== null || folder === homedir() || folder === dirname(folder)) return found;
    }
  } catch (error) {
    throw unreadable(Object(error).filepath ?? file ?? cwd, error);
  }
}

async function importDefault(file: string): Promise<unknown> {
  const url = pathToFileURL(realpathSync(file));
  const { mtimeMs, size } = statSync(file);
  url.search = `v=${mtimeMs}-${size}`; // Node keeps modules by URL, so a changed file needs another one
  try {
    return ((await import(url.href)) as { readonly default?: unknown }).default;
  } catch (error) {
    throw unreadable(file, error);
  }
}

// Parsers quote the text around a fault, which may hold a secret; so only the reason and the line are kept.
function unreadable(file: string, error: unknown): Error {
  if (isAgentFactoryError(error)) return error;
  const fault = (isRecord(error) ? error : { message: String(error) }) as {
    readonly message?: string;
    readonly stack?: string;
    readonly reason?: string; // this and the next are the YAML parser's
    readonly mark?: { readonly line: number };
  };
  let [reason = ''] = (fault.message ?? '').split('\n', 1);
  const inCode = new RegExp(`${basename(file).replaceAll('.', '\\.')}(?:\\?[^:\\s]*)?:(\\d+)`);
  let line: string | number | undefined = inCode.exec(fault.stack ?? '')?.[1];
  if (error instanceof SyntaxError && file.endsWith('.json')) {
    reason = 'it is not valid JSON';
    line = jsonFault(readFileSync(file, 'utf8'));
  } else if (fault.reason !== undefined) {
    reason = `it is not valid YAML: ${fault.reason.replace(/"[^"]*"|<.*>/g, '…')}`;
    line = fault.mark && fault.mark.line + 1;
  }
  const place = line === undefined ? file : `${file}:${line}`;
  return errors.AF_CONFIG_UNREADABLE({ file: place, reason: `${reason.replace(/\.$/, '')}.` });
}

function check(
  raw: unknown,
  given: Env,
  baseDir: string,
  file: string | undefined,
  findMore: FindMore = () => [],
): LoadedConfig {
  const env = { ...given }; // process.env is slow to read
  const { value, problems: unread } = interpolate(raw, env);
  const overrides = isRecord(value) ? applyEnvOverrides(value, 'AF_', platformSchema, env) : undefined;
  const config = mapLeaves(value, platformSchema, coerceLeaf) as PlatformConfig; // which is checked here:
  const misfits = problemsIn(platformSchema, config)
    .map(({ path, message, fix }) => ({ pointer: path, message, fix: overrides?.get(path) ?? fix }))
    .filter(isNewBeside(unread));
  const locate = file === undefined ? () => undefined : locateIn(file);
  const told = [...unread, ...misfits]
    .filter(({ pointer }) => !isSwitchedOff(config, pointer))
    .map((problem) => ({ ...problem, line: locate(problem.pointer) }));
  const loaded = { config, file, baseDir, env, locate };
  const more = told.length > 0 && namesPlugins(config) ? findMore(loaded).filter(isNewBeside(told)) : [];
  throwIfProblems(file, [...told, ...more]);
  return loaded;
}

/** Whether a configuration that is wrong somewhere still says which plugins it wants. */
function namesPlugins(config: unknown): boolean {
  const { plugins, dataDir = '' } = isRecord(config) ? config : {};
  const isEntry = (one: unknown): boolean => typeof one === 'string' || isRecord(one);
  return Array.isArray(plugins) && plugins.every(isEntry) && typeof dataDir === 'string';
}

/** Whether something is wrong where nothing is told to be wrong already, nor above it. */
function isNewBeside(told: readonly ConfigProblem[]): (problem: ConfigProblem) => boolean {
  return ({ pointer }) => !told.some((one) => one.pointer && `${pointer}/`.startsWith(`${one.pointer}/`));
}

/** Whether a pointer leads into the settings of a plugin that is left out, and may miss what it likes. */
function isSwitchedOff(config: unknown, pointer: string): boolean {
  const index = /^\/plugins\/(\d+)\/config\//.exec(pointer)?.[1];
  const plugins = isRecord(config) ? config['plugins'] : undefined;
  const entry: unknown = Array.isArray(plugins) ? plugins[Number(index)] : undefined;
  return isRecord(entry) && entry['enabled'] === false;
}

function locateIn(file: string): Locate {
  const format = /^\.(json|ya?ml)$/.exec(extname(file))?.[1];
  if (format === undefined) return () => undefined;
  const inText = createLocate(readFileSync(file, 'utf8'), format === 'json' ? 'json' : 'yaml');
  return basename(file) === 'package.json' ? (pointer) => inText(`/${packageKey}${pointer}`) : inText;
}
