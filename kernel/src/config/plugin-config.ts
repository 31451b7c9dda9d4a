import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { canonicalJson, isAgentFactoryError, Secret } from '@agent-factory/sdk';
import type { JsonSchema, ValidationProblem } from '@agent-factory/sdk';
import type { PluginPackage } from '../plugin-package.ts';
import type { LoadedConfig } from './config-file.ts';
import { applyEnvOverrides, envName } from './env-overrides.ts';
import { replaceSecrets, type Env } from './interpolate.ts';
import { platformSchema } from './platform-schema.ts';
import type { ConfigProblem } from './problem.ts';
import { coerceLeaf, hidesMarks, isRecord, mapLeaves, schemaBelow } from './schema-walk.ts';
import { problemsIn } from './validator.ts';

type Settings = Readonly<Record<string, unknown>>;

/** A plugin's configuration, checked and complete. */
export interface PreparedConfig {
  /** Frozen: defaults filled in, paths absolute, secrets as {@link Secret}. Empty when there are problems. */
  readonly config: Settings;
  /** Canonical JSON (RFC 8785) without secrets and machine paths: equal on every machine set up alike. */
  readonly canonical: string;
  /** The texts of its secrets. */
  readonly secrets: readonly string[];
  /** Absolute paths whose content belongs to the configuration. */
  readonly watched: readonly string[];
  readonly problems: readonly ConfigProblem[];
}

const nothing: PreparedConfig = {
  config: Object.freeze({}),
  canonical: '{}',
  secrets: [],
  watched: [],
  problems: [],
};
const platformNames = new Set(Object.keys(platformSchema['properties'] ?? {}).map(envName));

type Source = Pick<LoadedConfig, 'baseDir' | 'env' | 'locate'>;
type Report = (path: string, message: string, fix?: string) => void;

/**
 * Checks a plugin's `config` against the schema in its manifest and completes it. `pointer` says where `raw`
 * stands in the file. A secret that is empty or not there is left out. Throws nothing.
 */
export function preparePluginConfig(
  { manifest: { id, config: declared } }: PluginPackage,
  raw: Settings,
  pointer: string,
  source: Source,
): PreparedConfig {
  if (declared === undefined && Object.keys(raw).length === 0) return nothing;
  const problems: ConfigProblem[] = [];
  const report: Report = (path, message, fix) => {
    const at = pointer + path;
    problems.push({ pointer: at, message, fix, line: source.locate(at), plugin: id });
  };
  const schema = closedSchema(declared);
  const draft = mapLeaves(raw, {}, (leaf) => leaf) as Record<string, unknown>; // a copy, to be written to
  const overrides = override(draft, id, schema, source.env, report);
  const filled = withDefaults(mapLeaves(draft, schema, coerceLeaf), schema);
  const { revealed, secrets, missing } = revealSecrets(filled, schema, source, report);
  for (const { path, message, fix } of check(revealed, schema))
    report(path, missing.get(path) ?? message, overrides.get(path) ?? fix);
  if (problems.length > 0) return { ...nothing, problems };

  const watched: string[] = [];
  const shared = mapLeaves(revealed, schema, (leaf, part) => (part['secret'] === true ? '[secret]' : leaf));
  const config = mapLeaves(revealed, schema, (leaf, part) => {
    if (typeof leaf !== 'string' || leaf === '') return leaf;
    if (part['secret'] === true) return new Secret(leaf);
    if (part['path'] !== true) return leaf;
    const path = resolve(source.baseDir, leaf);
    if (part['reload'] === true) watched.push(path);
    return path;
  });
  return { config: frozen(config) as Settings, canonical: canonicalJson(shared), secrets, watched, problems };
}

function override(
  draft: Record<string, unknown>,
  id: string,
  schema: JsonSchema,
  env: Env,
  report: Report,
): ReadonlyMap<string, string> {
  const name = envName(id);
  if (platformNames.has(name)) return new Map(); // AF_LOG__LEVEL is the platform's, even beside a plugin "log"
  return applyEnvOverrides(draft, `AF_${name}__`, schema, env, (variable, near) =>
    report('', `has no setting for the environment variable ${variable}`, near && `Did you mean "${near}"?`),
  );
}

/** Reads secrets from where their references lead; those that lead nowhere are left out, and `missing` by pointer. */
function revealSecrets(
  config: unknown,
  schema: JsonSchema,
  source: Source,
  report: Report,
): { revealed: unknown; secrets: string[]; missing: Map<string, string> } {
  const secrets: string[] = [];
  const missing = new Map<string, string>();
  const revealed = mapLeaves(config, schema, (leaf, part, path) => {
    if (typeof leaf !== 'string') return leaf;
    if (part['secret'] !== true)
      return replaceSecrets(leaf, () => {
        report(path, 'holds a secret reference, but is no secret', 'Write ${env:NAME} instead.');
        return '';
      });
    const text = replaceSecrets(leaf, (reference, from, name) => {
      const found = from === 'env' ? source.env[name] : fileText(resolve(source.baseDir, name));
      if (!found) missing.set(path, `needs ${reference}, which is empty or not there`);
      return found ?? '';
    });
    if (text === '' || missing.has(path)) return undefined;
    secrets.push(text);
    return text;
  });
  return { revealed, secrets, missing };
}

function fileText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch {
    return undefined;
  }
}

const noSettings: JsonSchema = { type: 'object', additionalProperties: false };
const closedSchemas = new WeakMap<JsonSchema, JsonSchema>();

/** Unknown settings are refused unless the schema says what to do with them. */
function closedSchema(schema: JsonSchema | undefined): JsonSchema {
  if (schema === undefined) return noSettings;
  if ('additionalProperties' in schema || 'unevaluatedProperties' in schema) return schema;
  const closed = closedSchemas.get(schema) ?? { ...schema, unevaluatedProperties: false };
  closedSchemas.set(schema, closed);
  return closed;
}

/** A copy with the defaults that `properties` name filled in. */
function withDefaults(value: unknown, schema: JsonSchema): unknown {
  if (Array.isArray(value))
    return value.map((item, index) => withDefaults(item, schemaBelow(schema, String(index))));
  if (!isRecord(value)) return value;
  const missing = Object.entries(schema['properties'] ?? {})
    .filter(([key, part]) => !Object.hasOwn(value, key) && isRecord(part) && 'default' in part)
    .map(([key, part]) => [key, (part as JsonSchema)['default']] as const); // filtered above
  const entries = [...Object.entries(value), ...missing];
  return Object.fromEntries(
    entries.map(([key, child]) => [key, withDefaults(child, schemaBelow(schema, key))]),
  );
}

/** What is wrong with a configuration, or with the schema itself. */
function check(config: unknown, schema: JsonSchema): readonly ValidationProblem[] {
  let reason = '"secret" and "path" count only below "properties", "items" and "additionalProperties"';
  try {
    if (!hidesMarks(schema)) return problemsIn(schema, config);
  } catch (error) {
    if (!isAgentFactoryError(error, 'AF_SCHEMA_INVALID')) throw error;
    reason = String(error.details['reason']);
  }
  return [
    { path: '', message: `cannot be checked: the schema in the plugin's manifest is wrong (${reason})` },
  ];
}

function frozen(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Secret) return value;
  Object.values(value).forEach(frozen);
  return Object.freeze(value);
}
