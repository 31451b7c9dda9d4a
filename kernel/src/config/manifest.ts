import { readFileSync } from 'node:fs';
import { sep } from 'node:path';
import type { JsonSchema, Manifest, PluginManifest } from '@agent-factory/sdk';
import { errors } from '../errors.ts';
import { createLocate, jsonFault, type Locate } from './locate.ts';
import { listProblems } from './problem.ts';
import { isRecord } from './schema-walk.ts';
import { problemsIn } from './validator.ts';

const id = '^[a-z][a-z0-9-]{0,63}$';
const token = '^[a-z][A-Za-z0-9.:/-]{0,127}$';
const version: JsonSchema = { type: 'string', semver: 'version' };
const range: JsonSchema = { type: 'string', semver: 'range' };
const tokens: JsonSchema = { type: 'array', items: { type: 'string', pattern: token }, uniqueItems: true };
const mapOf = (pattern: string, value: JsonSchema): JsonSchema => ({
  type: 'object',
  propertyNames: { pattern },
  additionalProperties: value,
});

const manifestSchema: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['id', 'kernel'],
  properties: {
    id: { type: 'string', pattern: id },
    kernel: range,
    kind: { enum: ['code', 'blueprint', 'knowledge'] },
    provides: mapOf(token, version),
    contributes: mapOf(token, version),
    requires: mapOf(token, range),
    optional: mapOf(token, range),
    collects: mapOf(token, range),
    plugins: mapOf(id, range),
    conflicts: mapOf(id, range),
    hooks: { type: 'object', additionalProperties: false, properties: { defines: tokens, taps: tokens } },
    permissions: mapOf('^[a-z]', { type: 'string' }),
    config: { type: 'object' },
    isolation: { enum: ['any', 'trusted-only'] },
    handover: { enum: ['overlap', 'exclusive'] },
    format: { enum: ['module', 'commonjs'] },
    activationMs: { type: 'integer', minimum: 1, maximum: 3_600_000 },
  },
};

/** JSON Schema of a plugin's package.json, as far as the platform reads it. */
export const packageSchema: JsonSchema = {
  type: 'object',
  required: ['name', 'version', 'agentFactory'],
  properties: { name: { type: 'string', minLength: 1 }, version, agentFactory: manifestSchema },
};

/** Version of the collections that plugins without code contribute to. */
export const dataVersion = '1.0.0';

/** What a package holds. */
export function kindOf({ kind = 'code' }: Manifest): NonNullable<Manifest['kind']> {
  return kind;
}

/** A manifest, and the whole package.json it stands in. */
type ReadPackage = { readonly manifest: PluginManifest; readonly json: Readonly<Record<string, unknown>> };

/**
 * Reads the package.json in `folder`, if there is one, and checks its manifest; runs none of its code.
 * Throws AF_MANIFEST_MISSING without an agentFactory block, AF_MANIFEST_INVALID with every problem and its line.
 */
export function readPackage(folder: string): ReadPackage | undefined {
  const file = folder + sep + 'package.json'; // normal already
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    const list = listProblems(file, [{ pointer: '', message: 'is not valid JSON', line: jsonFault(text) }]);
    throw errors.AF_MANIFEST_INVALID({ file, count: 1, list });
  }
  if (!isRecord(json) || json['agentFactory'] === undefined) throw errors.AF_MANIFEST_MISSING({ file });
  return { manifest: checkManifest(json, file, createLocate(text, 'json')), json };
}

/**
 * The manifest in a package.json given as data. `file` is what errors name; `locate`, if given, finds lines
 * in it. Throws AF_MANIFEST_INVALID with every problem.
 */
export function checkManifest(json: unknown, file: string, locate?: Locate): PluginManifest {
  const problems = problemsIn(packageSchema, json).map(({ path, ...problem }) => {
    return { ...problem, pointer: path, line: locate?.(path) };
  });
  if (problems.length > 0)
    throw errors.AF_MANIFEST_INVALID({ file, count: problems.length, list: listProblems(file, problems) });
  const { name, version, agentFactory } = json as PluginManifest & { agentFactory: Manifest }; // checked above
  const kind = kindOf(agentFactory);
  // Data needs no line that says what it offers.
  return { ...agentFactory, ...(kind !== 'code' && { contributes: { [kind]: dataVersion } }), name, version };
}
