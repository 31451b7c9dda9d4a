import { readFileSync } from 'node:fs';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { canonicalJson, isAgentFactoryError, Secret, type JsonSchema, type ValidationProblem } from '@agent-factory/sdk';
import type { PluginPackage } from '../plugin-package.ts';
import type { LoadedConfig } from './config-file.ts';
import { applyEnvOverrides, envName } from './env-overrides.ts';
import { replaceSecrets, type Env, type SecretReference } from './interpolate.ts';
import { platformSchema } from './platform-schema.ts';
import type { ConfigProblem } from './problem.ts';
import { coerceLeaf, hidesMarks, isRecord, mapLeaves } from './schema-walk.ts';
import { compileValidator } from './validator.ts';

/** A plugin's configuration, checked and complete. */
export interface PreparedConfig {
  /** Frozen: defaults filled in, paths absolute, secrets as {@link Secret}. Empty when there are problems. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Canonical JSON (RFC 8785) without secrets and machine paths: equal on every machine set up alike. */
  readonly canonical: string;
  readonly problems: readonly ConfigProblem[];
}

type Report = (path: string, message: string, fix?: string) => void;

const nothing: PreparedConfig = { config: Object.freeze({}), canonical: '{}', problems: [] };
const noSettings: JsonSchema = { type: 'object', properties: {}, additionalProperties: false };
const platformNames = new Set(Object.keys(platformSchema['properties'] ?? {}).map(envName));

/**
 * Checks a plugin's `config` against the schema in its manifest and completes it. `pointer` says where `raw`
 * stands in the file. A secret that is empty or not there is left out. Throws nothing.
 */
export function preparePluginConfig(
  pkg: PluginPackage,
  raw: unknown,
  pointer: string,
  { baseDir, env, locate }: Pick<LoadedConfig, 'baseDir' | 'env' | 'locate'>,
): PreparedConfig {
  const { id, config: declared } = pkg.manifest;
  const isEmpty = raw === undefined || (isRecord(raw) && Object.keys(raw).length === 0);
  if (isEmpty && declared === undefined) return nothing;
  const problems: ConfigProblem[] = [];
  const report: Report = (path, message, fix) => {
    const at = pointer + path;
    problems.push({ pointer: at, message, fix, line: locate(at), plugin: id });
  };
  if (raw !== undefined && !isRecord(raw)) report('', 'must be an object');

  const schema = closedSchema(declared);
  const draft = isRecord(raw) ? structuredClone(raw) : {};
  const variables = overrideByEnv(draft, id, schema, env, report);
  const easy = Object.keys(draft).length === 0 ? plainDefaults(schema) : undefined;
  const filled = easy ?? mapLeaves(draft, schema, coerceLeaf);
  if (easy === undefined) check(filled, schema); // for its defaults; problems are told once secrets are there

  const gaps = new Map<string, string>();
  const resolved = mapLeaves(filled, schema, (leaf, part, path) => {
    if (typeof leaf !== 'string') return leaf;
    if (part['secret'] === true) return revealSecret(leaf, env, baseDir, (gap) => gaps.set(path, gap));
    const fix = 'Write ${env:NAME}, or mark it "secret": true in the schema.';
    return replaceSecrets(leaf, ({ text }) => {
      report(path, 'holds a secret reference, but is no secret', fix);
      return text;
    });
  });
  for (const { path, message, fix } of easy === undefined ? check(resolved, schema) : []) {
    const variable = variables.get(path);
    const hint = variable === undefined ? fix : `It is set by the environment variable ${variable}.`;
    report(path, gaps.get(path) ?? message, hint);
  }
  if (problems.length > 0) return { ...nothing, problems };
  const config = mapLeaves(resolved, schema, (leaf, part) => {
    if (typeof leaf !== 'string' || leaf === '') return leaf;
    if (part['secret'] === true) return new Secret(leaf);
    return part['path'] === true ? resolve(baseDir, leaf) : leaf;
  });
  deepFreeze(config);
  return { config: isRecord(config) ? config : {}, canonical: canonicalForm(filled, schema, baseDir), problems };
}

const closedSchemas = new WeakMap<JsonSchema, JsonSchema>();

/** Unknown settings are refused unless the schema says what to do with them. */
function closedSchema(schema: JsonSchema | undefined): JsonSchema {
  if (schema === undefined) return noSettings;
  const known = closedSchemas.get(schema);
  if (known !== undefined) return known;
  const isOpen = 'additionalProperties' in schema || 'unevaluatedProperties' in schema;
  const isComposed = ['$ref', 'allOf', 'anyOf', 'oneOf', 'if'].some((word) => word in schema);
  const refusal = { [isComposed ? 'unevaluatedProperties' : 'additionalProperties']: false };
  const closed = { type: 'object', ...schema, ...(isOpen ? {} : refusal) };
  closedSchemas.set(schema, closed);
  return closed;
}

function overrideByEnv(
  draft: Record<string, unknown>,
  id: string,
  schema: JsonSchema,
  env: Env,
  report: Report,
): ReadonlyMap<string, string> {
  const name = envName(id);
  if (platformNames.has(name)) return new Map(); // AF_LOG__LEVEL is the platform's, even beside a plugin "log"
  const onUnknown = (variable: string, near: string | undefined): void =>
    report('', `has no setting for the environment variable ${variable}`, near && `Did you mean "${near}"?`);
  return applyEnvOverrides(draft, { prefix: `AF_${name}__`, schema, env, onUnknown });
}

const plainWords = /^(type|title|description|properties|additionalProperties|\$schema|examples)$/;

// Compiling a schema costs milliseconds; where nothing is configured and nothing required, defaults are enough.
function plainDefaults(schema: JsonSchema): Record<string, unknown> | undefined {
  if (!Object.keys(schema).every((word) => plainWords.test(word))) return undefined;
  const defaults: [string, unknown][] = [];
  for (const [key, part] of Object.entries(schema['properties'] ?? {})) {
    const value: unknown = isRecord(part) ? part['default'] : undefined;
    if (typeof value === 'object' || String(value).includes('${')) return undefined; // not plain after all
    if (value !== undefined) defaults.push([key, value]);
  }
  return Object.fromEntries(defaults);
}

/** Fills the defaults in, and lists what is wrong. */
function check(config: unknown, schema: JsonSchema): readonly ValidationProblem[] {
  const unusable = (reason: string): readonly ValidationProblem[] => {
    const message = `cannot be checked: the schema in the plugin's manifest is wrong (${reason})`;
    return [{ path: '', message }];
  };
  if (hidesMarks(schema))
    return unusable('"secret" and "path" count only below "properties", "items" and "additionalProperties"');
  try {
    return compileValidator(schema, { defaults: true })(config);
  } catch (error) {
    if (isAgentFactoryError(error, 'AF_SCHEMA_INVALID')) return unusable(String(error.details['reason']));
    throw error;
  }
}

function revealSecret(
  text: string,
  env: Env,
  baseDir: string,
  onGap: (gap: string) => void,
): string | undefined {
  const gaps = text === '' ? ['is empty'] : [];
  const revealed = replaceSecrets(text, (reference) => {
    const found = readSecret(reference, env, baseDir);
    const what = reference.from === 'env' ? 'not set' : 'empty or not there';
    if (found === '') gaps.push(`needs the secret ${reference.text}, which is ${what}`);
    return found;
  });
  if (gaps[0] === undefined) return revealed;
  onGap(gaps[0]);
  return undefined;
}

function readSecret({ from, name }: SecretReference, env: Env, baseDir: string): string {
  if (from === 'env') return env[name] ?? '';
  try {
    return readFileSync(resolve(baseDir, name), 'utf8').replace(/\r?\n$/, '');
  } catch {
    return '';
  }
}

function canonicalForm(config: unknown, schema: JsonSchema, baseDir: string): string {
  const shared = mapLeaves(config, schema, (leaf, part) => {
    if (typeof leaf !== 'string') return leaf;
    const references: string[] = [];
    const text = replaceSecrets(leaf, (reference) => String(references.push(reference.text)));
    if (part['secret'] === true) return references.join('') || '[secret]';
    return part['path'] === true ? portable(text, baseDir) : text;
  });
  return canonicalJson(shared);
}

function portable(path: string, baseDir: string): string {
  const near = relative(baseDir, resolve(baseDir, path));
  return near.startsWith('..') || isAbsolute(near) ? path : `./${near.split(sep).join('/')}`;
}

function deepFreeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || value instanceof Secret) return;
  Object.values(value).forEach(deepFreeze);
  Object.freeze(value);
}
