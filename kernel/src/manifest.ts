import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonSchema, Manifest, PluginManifest } from '@agent-factory/sdk';
import semver from 'semver';
import { listProblems, placed, type ConfigProblem } from './config-problem.ts';
import { errors } from './errors.ts';
import { createLocate, jsonFault, type Place } from './locate.ts';
import { isRecord, step } from './schema-walk.ts';
import { compileValidator } from './validator.ts';

const name = '^[a-z][a-z0-9-]{0,63}$';
const token = '^[a-z][A-Za-z0-9.:/-]{0,127}$';
const words = (pattern: string): JsonSchema => ({
  type: 'object',
  propertyNames: { type: 'string', pattern },
  additionalProperties: { type: 'string' },
});
const tokens: JsonSchema = { type: 'array', items: { type: 'string', pattern: token }, uniqueItems: true };

/** JSON Schema of the `agentFactory` block. Versions and ranges are checked with semver beside it. */
export const manifestSchema: JsonSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: "A plugin's manifest: the agentFactory block of its package.json",
  type: 'object',
  additionalProperties: false,
  required: ['id', 'kernel'],
  properties: {
    id: { type: 'string', pattern: name },
    kernel: { type: 'string' },
    kind: { enum: ['code', 'blueprint', 'knowledge'] },
    provides: words(token),
    contributes: words(token),
    requires: words(token),
    optional: words(token),
    collects: words(token),
    plugins: words(name),
    conflicts: words(name),
    hooks: {
      type: 'object',
      additionalProperties: false,
      properties: { defines: tokens, taps: tokens },
    },
    permissions: words('^[a-z]'),
    config: { type: 'object' },
    isolation: { enum: ['any', 'trusted-only'] },
    handover: { enum: ['overlap', 'exclusive'] },
    format: { enum: ['module', 'commonjs'] },
    activationMs: { type: 'integer', minimum: 1, maximum: 3_600_000 },
  },
};

/** A package.json that holds a manifest. */
export interface ReadPackage {
  readonly manifest: PluginManifest;
  /** The whole package.json. */
  readonly json: Readonly<Record<string, unknown>>;
}

const blockPointer = '/agentFactory';
const versions = new Map<string, boolean>();
const ranges = new Map<string, boolean>();

/** Reads a plugin's manifest from the package.json in `folder`. Errors as {@link readPackage}. */
export function readManifest(folder: string): PluginManifest {
  return readPackage(folder).manifest;
}

/**
 * Reads the package.json in `folder` and checks its manifest; runs none of the package's code.
 * Throws AF_MANIFEST_MISSING without file or block, AF_MANIFEST_INVALID with every problem and its line.
 */
export function readPackage(folder: string): ReadPackage {
  const file = join(folder, 'package.json');
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw errors.AF_MANIFEST_MISSING({ file }, { cause });
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    const problem = { pointer: '', message: 'is not valid JSON', ...jsonFault(text) };
    throw errors.AF_MANIFEST_INVALID({ file, count: 1, list: listProblems(file, [problem]) });
  }
  if (!isRecord(json) || json['agentFactory'] === undefined) throw errors.AF_MANIFEST_MISSING({ file });
  const locate = createLocate(text, 'json');
  return { manifest: checkManifest(json['agentFactory'], json['name'], json['version'], file, locate), json };
}

/**
 * Checks a manifest given as data. `file` is what errors name; `locate`, if given, finds lines in it.
 * Throws AF_MANIFEST_INVALID with every problem.
 */
export function checkManifest(
  block: unknown,
  packageName: unknown,
  version: unknown,
  file: string,
  locate: (pointer: string) => Place | undefined = () => undefined,
): PluginManifest {
  const problems: ConfigProblem[] = [];
  const report = (pointer: string, message: string, fix?: string): void => {
    problems.push(placed({ pointer, message, ...(fix === undefined ? {} : { fix }) }, locate));
  };
  if (typeof packageName !== 'string' || packageName === '') report('/name', 'is required');
  if (!isVersion(version))
    report('/version', `must be a version such as 1.0.0, got ${JSON.stringify(version)}`);
  for (const { path, message, fix } of compileValidator(manifestSchema)(block))
    report(blockPointer + path, message, fix);
  if (isRecord(block)) checkSemver(block, report);
  if (problems.length > 0)
    throw errors.AF_MANIFEST_INVALID({ file, count: problems.length, list: listProblems(file, problems) });
  return { ...(block as unknown as Manifest), name: packageName as string, version: version as string }; // checked above
}

function checkSemver(
  block: Record<string, unknown>,
  report: (pointer: string, message: string) => void,
): void {
  const check = (pointer: string, text: unknown, exact: boolean): void => {
    if (typeof text !== 'string' || (exact ? isVersion(text) : isRange(text))) return;
    const wanted = exact ? 'a version such as 1.0.0' : 'a semver range such as ^1.0.0';
    report(blockPointer + pointer, `must be ${wanted}, got ${JSON.stringify(text)}`);
  };
  check('/kernel', block['kernel'], false);
  for (const field in block) {
    const exact = field === 'provides' || field === 'contributes';
    if (!exact && !/^(requires|optional|collects|plugins|conflicts)$/.test(field)) continue;
    const map = block[field];
    if (isRecord(map)) for (const key in map) check(`${step(field)}${step(key)}`, map[key], exact);
  }
}

function isVersion(text: unknown): text is string {
  return (
    typeof text === 'string' &&
    remembered(versions, text, () => /^\d/.test(text) && semver.valid(text) !== null)
  );
}

function isRange(text: string): boolean {
  return remembered(ranges, text, () => semver.validRange(text) !== null);
}

function remembered(cache: Map<string, boolean>, text: string, find: () => boolean): boolean {
  let answer = cache.get(text);
  if (answer === undefined) cache.set(text, (answer = find()));
  return answer;
}
