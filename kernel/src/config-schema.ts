import { basename } from 'node:path';
import type { JsonSchema } from '@agent-factory/sdk';
import { platformSchema } from './platform-schema.ts';
import type { PluginPackage } from './plugin-package.ts';
import { isRecord } from './schema-walk.ts';

/**
 * JSON Schema of the whole configuration file with the given plugins, for completion in editors: what a
 * plugin entry's `use` names decides what its `config` may hold. Numbers and booleans may also be `${env:…}`.
 */
export function mergedConfigSchema(packages: readonly PluginPackage[]): JsonSchema {
  const known = packages.filter(({ manifest }) => manifest.config !== undefined);
  const merged = structuredClone(platformSchema) as {
    $defs?: Record<string, unknown>;
    properties: {
      plugins: { items: { anyOf: [unknown, { allOf?: unknown[]; properties: { use: unknown } }] } };
    };
  }; // the parts of the platform schema that are filled in below
  const names = packages.map(({ manifest, folder, source }) =>
    source === 'local' ? `./${basename(folder)}` : manifest.name,
  );
  const items = merged.properties.plugins.items;
  items.anyOf[0] = { anyOf: [{ enum: [...new Set(names)].sort() }, items.anyOf[0]] };
  items.anyOf[1].properties.use = {
    anyOf: [{ enum: [...new Set(names)].sort() }, items.anyOf[1].properties.use],
  };
  items.anyOf[1].allOf = known.map(({ manifest, folder }) => ({
    if: {
      required: ['use'],
      properties: { use: { anyOf: [{ enum: [manifest.name, manifest.id] }, ...byFolder(folder)] } },
    },
    // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
    then: { properties: { config: { $ref: `#/$defs/${manifest.id}` } } },
  }));
  const made = withReferences(merged, '') as JsonSchema; // an object stays one
  const parts = known.map(({ manifest }) => [
    manifest.id,
    withReferences(manifest.config, `/$defs/${manifest.id}`),
  ]);
  return { ...made, $defs: Object.fromEntries(parts) as Record<string, unknown> };
}

function byFolder(folder: string): readonly JsonSchema[] {
  if (folder === '') return [];
  return [{ pattern: `^[./].*/?${basename(folder).replace(/[^\w-]/g, '\\$&')}/?$` }];
}

// References inside a plugin's schema start at its root, which is no longer the document's.
function withReferences(part: unknown, root: string): unknown {
  if (Array.isArray(part)) return part.map((item) => withReferences(item, root));
  if (!isRecord(part)) return part;
  const entries = Object.entries(part).map(([key, value]) => {
    const isReference = key === '$ref' && typeof value === 'string' && value.startsWith('#') && root !== '';
    return [key, isReference ? `#${root}${value.slice(1)}` : withReferences(value, root)];
  });
  const made = Object.fromEntries(entries) as Record<string, unknown>;
  if (typeof made['type'] !== 'string' || !/^(integer|number|boolean)$/.test(made['type'])) return made;
  const { title, description, default: preset, ...rule } = made;
  const notes = Object.entries({ title, description, default: preset }).filter(
    ([, note]) => note !== undefined,
  );
  return { ...Object.fromEntries(notes), anyOf: [rule, { type: 'string', pattern: '\\$\\{env:' }] };
}
