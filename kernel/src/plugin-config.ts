import { readFileSync } from 'node:fs';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { isAgentFactoryError, Secret, type JsonSchema } from '@agent-factory/sdk';
import { placed, throwIfProblems, type ConfigProblem } from './config-problem.ts';
import {
  applyEnvOverrides,
  envName,
  replaceSecrets,
  secretReferences,
  type Env,
  type SecretReference,
} from './interpolate.ts';
import type { Locate } from './locate.ts';
import { platformSchema } from './platform-schema.ts';
import type { PluginPackage } from './plugin-package.ts';
import { coerceLeaf, isRecord, mapLeaves, marked } from './schema-walk.ts';
import { compileValidator } from './validator.ts';

/** A plugin's configuration, checked; secrets in it are still references. */
export interface PreparedConfig {
  /** Defaults filled in, paths absolute. Empty when there are problems. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Canonical JSON (RFC 8785) without secrets and machine paths: equal on every machine set up alike. */
  readonly canonical: string;
  readonly problems: ConfigProblem[];
}

/** Where a plugin's configuration comes from. */
export interface PluginConfigContext {
  /** Absolute folder that relative paths start from. */
  readonly baseDir: string;
  readonly env: Env;
  /** JSON Pointer to the configuration in the file, for example `/plugins/1/config`. */
  readonly pointer: string;
  readonly locate: Locate;
}

type Report = (path: string, message: string, fix?: string) => void;

const nothing: PreparedConfig['config'] = Object.freeze({});

/** Checks `raw` against the schema in the plugin's manifest and completes it. Throws nothing. */
export function preparePluginConfig(
  pkg: PluginPackage,
  raw: unknown,
  context: PluginConfigContext,
): PreparedConfig {
  const { id, config: declared } = pkg.manifest;
  const problems: ConfigProblem[] = [];
  const failed = { config: nothing, canonical: '{}', problems };
  if (declared === undefined && (raw === undefined || (isRecord(raw) && Object.keys(raw).length === 0)))
    return failed;
  const report: Report = (path, message, fix) => {
    const problem = {
      pointer: context.pointer + path,
      message,
      plugin: id,
      ...(fix !== undefined && { fix }),
    };
    problems.push(placed(problem, context.locate));
  };
  if (raw !== undefined && !isRecord(raw)) report('', 'must be an object');
  const schema = closedSchema(declared);
  const config = complete(id, isRecord(raw) ? structuredClone(raw) : {}, schema, context.env, report);
  const shared = mapLeaves(config, schema, (leaf, schemas, path) => {
    if (typeof leaf !== 'string') return leaf;
    const references = secretReferences(leaf).map(({ text }) => text);
    if (marked(schemas, 'secret')) return references.join('') || '[secret]';
    if (references.length > 0)
      report(
        path,
        'holds a secret reference, but is no secret',
        'Write ${env:NAME}, or mark it "secret": true in the schema.',
      );
    const text = replaceSecrets(leaf, () => '');
    return marked(schemas, 'path') ? portable(text, context.baseDir) : text;
  });
  if (problems.length > 0) return failed;
  const local = mapLeaves(config, schema, (leaf, schemas) => {
    if (typeof leaf !== 'string' || leaf === '') return leaf;
    if (marked(schemas, 'secret')) return withAbsoluteFiles(leaf, context.baseDir);
    const text = replaceSecrets(leaf, () => '');
    return marked(schemas, 'path') ? resolve(context.baseDir, text) : text;
  });
  return { config: isRecord(local) ? local : nothing, canonical: canonicalJson(shared), problems };
}

/** Where a configuration stands, for messages. */
export interface SecretsPlace extends Partial<Pick<PluginConfigContext, 'pointer' | 'locate'>> {
  /** Absolute path of the configuration file. */
  readonly file?: string | undefined;
  /** Id of the plugin. */
  readonly plugin?: string;
}

/**
 * A frozen copy of a prepared configuration in which each `secret` string is a {@link Secret}, its references
 * read from `env` and files (a file's last line break is cut). One that is empty or not there is left out.
 * Throws AF_CONFIG_INVALID, without the secrets, when the outcome no longer fits the schema; `place` says where
 * the configuration stands, for the message.
 */
export function resolveSecrets(
  config: Readonly<Record<string, unknown>>,
  schema: JsonSchema | undefined,
  env: Env,
  place: SecretsPlace = {},
): Readonly<Record<string, unknown>> {
  const closed = closedSchema(schema);
  const missing = new Map<string, string>();
  let resolved = false;
  const plain = mapLeaves(config, closed, (leaf, schemas, path) => {
    if (typeof leaf !== 'string' || !marked(schemas, 'secret')) return leaf;
    let gap = leaf === '' ? 'is empty' : undefined;
    const text = replaceSecrets(leaf, (reference) => {
      const found = readSecret(reference, env);
      if (found === '')
        gap = `needs the secret ${reference.text}, which is ${reference.from === 'env' ? 'not set' : 'empty or not there'}`;
      return found;
    });
    resolved ||= text !== leaf || gap !== undefined;
    if (gap !== undefined) missing.set(path, gap);
    return gap === undefined ? text : undefined;
  });
  const found = resolved ? compileValidator(closed)(plain) : [];
  const problems = found.map(({ path, message, fix }) => {
    const { plugin, locate = () => undefined } = place;
    const pointer = (place.pointer ?? '') + path;
    const problem = {
      pointer,
      message: missing.get(path) ?? message,
      ...(fix && { fix }),
      ...(plugin && { plugin }),
    };
    return placed(problem, locate);
  });
  throwIfProblems(place.file, problems);
  const wrapped = mapLeaves(plain, closed, (leaf, schemas) =>
    typeof leaf === 'string' && marked(schemas, 'secret') ? new Secret(leaf) : leaf,
  );
  return deepFreeze(isRecord(wrapped) ? wrapped : {});
}

const closedSchemas = new WeakMap<JsonSchema, JsonSchema>();
const noSettings: JsonSchema = { type: 'object', properties: {}, additionalProperties: false };

// Unknown settings are refused unless the schema says what to do with them.
function closedSchema(schema: JsonSchema | undefined): JsonSchema {
  if (schema === undefined) return noSettings;
  let closed = closedSchemas.get(schema);
  if (closed === undefined) {
    const open = 'additionalProperties' in schema || 'unevaluatedProperties' in schema;
    const composed = ['$ref', 'allOf', 'anyOf', 'oneOf', 'if'].some((word) => word in schema);
    closed = {
      type: 'object',
      ...schema,
      ...(open ? {} : { [composed ? 'unevaluatedProperties' : 'additionalProperties']: false }),
    };
    closedSchemas.set(schema, closed);
  }
  return closed;
}

function complete(
  id: string,
  draft: Record<string, unknown>,
  schema: JsonSchema,
  env: Env,
  report: Report,
): unknown {
  const name = envName(id);
  const isOurs = Object.keys(platformSchema['properties'] ?? {}).every((key) => envName(key) !== name);
  const onUnknown = (variable: string, near: string | undefined): void =>
    report('', `has no setting for the environment variable ${variable}`, near && `Did you mean "${near}"?`);
  const variables = isOurs
    ? applyEnvOverrides(draft, { prefix: `AF_${name}__`, schema, env, onUnknown })
    : new Map<string, string>(); // AF_LOG__LEVEL is the platform's, even beside a plugin named log
  const easy = Object.keys(draft).length === 0 ? plainDefaults(schema) : undefined;
  if (easy !== undefined) return easy;
  const references = new Set<string>();
  const config = mapLeaves(draft, schema, (leaf, schemas, path) => {
    if (typeof leaf === 'string' && marked(schemas, 'secret') && secretReferences(leaf).length > 0)
      references.add(path);
    return coerceLeaf(leaf, schemas);
  });
  try {
    for (const { path, message, fix } of compileValidator(schema, { defaults: true })(config)) {
      if (references.has(path)) continue; // its text is checked once it is resolved
      const variable = variables.get(path);
      report(
        path,
        message,
        variable === undefined ? fix : `It is set by the environment variable ${variable}.`,
      );
    }
  } catch (error) {
    if (!isAgentFactoryError(error, 'AF_SCHEMA_INVALID')) throw error;
    const reason = String(error.details['reason']);
    report('', `cannot be checked: the schema in the plugin's manifest is wrong (${reason})`);
  }
  return config;
}

// Compiling a schema costs milliseconds; where nothing is configured and nothing required, defaults are enough.
function plainDefaults(schema: JsonSchema): Record<string, unknown> | undefined {
  const plain = /^(type|title|description|properties|additionalProperties|\$schema|\$defs|examples)$/;
  if (schema['type'] !== 'object' || Object.keys(schema).some((word) => !plain.test(word))) return undefined;
  const entries = Object.entries(schema['properties'] ?? {}).filter(
    ([, part]) => isRecord(part) && 'default' in part,
  );
  const filled = entries.map(([key, part]) => [key, (part as JsonSchema)['default']] as const); // filtered above
  if (filled.some(([, value]) => typeof value === 'object')) return undefined; // may have defaults inside
  return Object.fromEntries(filled);
}

function portable(path: string, baseDir: string): string {
  const near = relative(baseDir, resolve(baseDir, path));
  return near.startsWith('..') || isAbsolute(near) ? path : `./${near.split(sep).join('/')}`;
}

function withAbsoluteFiles(text: string, baseDir: string): string {
  let absolute = text;
  for (const { text: whole, from, name } of secretReferences(text))
    if (from === 'file')
      absolute = absolute.replace(whole, () => `\${secret:file:${resolve(baseDir, name)}}`);
  return absolute;
}

function readSecret({ from, name }: SecretReference, env: Env): string {
  if (from === 'env') return env[name] ?? '';
  try {
    return readFileSync(name, 'utf8').replace(/\r?\n$/, '');
  } catch {
    return '';
  }
}

/** JSON with sorted keys and no white space, after RFC 8785. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (!isRecord(value)) return JSON.stringify(value) ?? 'null';
  const keys = Object.keys(value).sort();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key])}`).join(',')}}`;
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || value instanceof Secret) return value;
  for (const part of Object.values(value)) deepFreeze(part);
  return Object.freeze(value);
}
