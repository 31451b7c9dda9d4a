import { basename } from 'node:path';
import type { JsonSchema } from '@agent-factory/sdk';
import type { PluginPackage } from '../plugin-package.ts';
import { isRecord } from './schema-walk.ts';

const text: JsonSchema = { type: 'string', minLength: 1 };
const described = (description: string, schema: JsonSchema): JsonSchema => ({ description, ...schema });
const closed = (properties: Record<string, JsonSchema>): JsonSchema => ({
  type: 'object',
  additionalProperties: false,
  properties,
});

const pluginEntry = {
  ...closed({
    use: described('npm package name, folder or id of an installed plugin.', text),
    version: described('Semver range, where several versions are installed.', text),
    config: described("The plugin's configuration.", { type: 'object' }),
    enabled: described('false leaves the plugin out.', { type: 'boolean', default: true }),
  }),
  type: ['object', 'string'],
  minLength: 1,
  required: ['use'],
} satisfies JsonSchema;

const properties = {
  $schema: described('Where editors find the schema of this file.', { type: 'string' }),
  name: described('Name shown to people.', { ...text, default: 'agent-factory' }),
  dataDir: described("Folder for the platform's state, relative to this file.", {
    ...text,
    default: '.agent-factory',
  }),
  plugins: described('The plugins to run. A string is short for { use: string }.', {
    type: 'array',
    items: pluginEntry,
  }),
  providers: described('Which plugin provides a contract that several offer: contract id to plugin id.', {
    type: 'object',
    additionalProperties: text,
  }),
  grants: described('Permissions granted: plugin id to permission names.', {
    type: 'object',
    additionalProperties: { type: 'array', items: text, uniqueItems: true },
  }),
  log: closed({
    level: { enum: ['debug', 'info', 'warn', 'error', 'silent'], default: 'info' },
    format: described('Default: pretty on a terminal, else json.', { enum: ['pretty', 'json'] }),
  }),
  generations: closed({
    drainMs: described('Milliseconds work in flight may go on after a swap.', {
      type: 'integer',
      minimum: 0,
      default: 30_000,
    }),
    maxLive: described('How many generations may be alive at once, the serving one included.', {
      type: 'integer',
      minimum: 2,
      default: 4,
    }),
  }),
};

/** JSON Schema of the configuration file; each plugin's own `config` is checked against its manifest. */
export const platformSchema: JsonSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'Agent Factory configuration',
  ...closed(properties),
  required: ['plugins'],
};

/**
 * JSON Schema of the whole configuration file with the given plugins, for completion in editors: what a
 * plugin entry's `use` names decides what its `config` may hold. Numbers and booleans may also be `${env:…}`.
 */
export function mergedConfigSchema(packages: readonly PluginPackage[]): JsonSchema {
  const names = packages.map(({ manifest, folder, source }) =>
    source === 'local' ? `./${basename(folder)}` : manifest.name,
  );
  const use = { anyOf: [{ enum: names }, text] };
  const items = {
    anyOf: [{ ...pluginEntry, properties: { ...pluginEntry.properties, use }, 
  }
}
