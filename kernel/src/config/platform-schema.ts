import { basename } from 'node:path';
import type { JsonSchema } from '@agent-factory/sdk';
import type { PluginPackage } from '../plugin-package.ts';
import { isRecord } from './schema-walk.ts';

const text = { type: 'string', minLength: 1 };
const closed = (properties: object) => ({ type: 'object', additionalProperties: false, properties });
const use = { ...text, description: 'npm package name, folder or id of an installed plugin.' };
const entryKeys = {
  use,
  version: { ...text, description: 'Semver range, where several versions are installed.' },
  config: { type: 'object', description: "The plugin's configuration." },
  isolation: {
    enum: ['trusted', 'L1', 'L2', 'L3'],
    description: 'Least level it runs isolated at. Default: L2 if from a registry, else trusted.',
  },
  enabled: { type: 'boolean', description: 'false leaves the plugin out.' },
  reason: { type: 'string', description: 'Why it is left out.' },
};
const entry = { ...closed(entryKeys), type: ['string', 'object'], minLength: 1, required: ['use'] };
const platformKeys = {
  $schema: { type: 'string', description: 'Where editors find the schema of this file.' },
  name: { ...text, description: 'Name shown to people. Default: agent-factory.' },
  dataDir: {
    ...text,
    description: "Folder for the platform's state. Default: .agent-factory beside this file.",
  },
  plugins: {
    type: 'array',
    items: entry,
    description: 'The plugins to run. A string is short for { use: string }.',
  },
  providers: {
    type: 'object',
    additionalProperties: text,
    description: 'Which plugin provides a contract that several offer: contract id to plugin id.',
  },
  grants: {
    type: 'object',
    additionalProperties: { type: 'array', items: text, uniqueItems: true },
    description: 'Permissions granted: plugin id to permission names.',
  },
  log: closed({
    level: { enum: ['debug', 'info', 'warn', 'error', 'silent'], description: 'Default: info.' },
    format: { enum: ['pretty', 'json'], description: 'Default: pretty on a terminal, else json.' },
  }),
  generations: closed({
    drainMs: { type: 'integer', minimum: 0, description: 'Milliseconds that work may go on after a swap.' },
    maxLive: { type: 'integer', minimum: 2, description: 'How many generations may be alive at once.' },
  }),
};

/** JSON Schema of the configuration file; each plugin's own `config` is checked against its manifest. */
export const platformSchema: JsonSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'Agent Factory configuration',
  ...closed(platformKeys),
  required: ['plugins'],
};

/**
 * JSON Schema of the whole configuration file with the given plugins, for completion in editors: what a
 * plugin entry's `use` names decides what its `config` may hold. Numbers and booleans may also be `${env:…}`.
 */
export function mergedConfigSchema(packages: readonly PluginPackage[]): JsonSchema {
  const isNamed = { enum: [...new Set(packages.map(shortestUse))].sort() };
  const named = { ...entry, properties: { ...entryKeys, use: { anyOf: [isNamed, use] } } };
  const known = packages.filter(({ manifest }) => manifest.config !== undefined);
  const items = {
    anyOf: [isNamed, named],
    allOf: known.map(({ manifest: { id, name }, folder }) => ({
      if: { required: ['use'], properties: { use: { anyOf: [{ enum: [name, id] }, pathTo(folder)] } } },
      // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
      then: { properties: { config: { $ref: `#/$defs/${id}` } } },
    })),
  };
  const plugins = { ...platformKeys.plugins, items };
  const whole = forEditors({ ...platformSchema, properties: { ...platformKeys, plugins } }, '#');
  const parts = known.map(({ manifest: { id, config } }) => [id, forEditors(config, `#/$defs/${id}`)]);
  return { ...whole, $defs: Object.fromEntries(parts) as unknown };
}

function shortestUse({ manifest, folder, source }: PluginPackage): string {
  return source === 'local' ? `./${basename(folder)}` : manifest.name;
}

function pathTo(folder: string): JsonSchema {
  const name = basename(folder).replace(/[^\w-]/g, '\\$&');
  return folder === '' ? { not: {} } : { pattern: `^[./].*/?${name}/?$` };
}

const interpolated = { type: 'string', pattern: '\\$\\{env:' };

/** A copy whose references start from `root`, and in which `${env:…}` may stand for a number or boolean. */
function forEditors(schema: JsonSchema | undefined, root: string): JsonSchema {
  return JSON.parse(JSON.stringify(schema), (key, part: unknown) => {
    if (key === '$ref') return String(part).replace('#', root);
    const type = isRecord(part) ? part['type'] : undefined;
    const isTyped = type === 'integer' || type === 'number' || type === 'boolean';
    return isTyped ? { anyOf: [part, interpolated] } : part;
  }) as JsonSchema; // an object stays one
}
