import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Manifest, PluginManifest } from '@agent-factory/sdk';
import { reasonOf } from '../json-value.ts';
import { invalid } from '../problems.ts';

/** The manifest of a blueprint in a folder that is no active plugin. The kernel checks it anew when it becomes one. */
export async function readManifest(folder: string): Promise<PluginManifest> {
  const refuse = (message: string, fix: string): Error =>
    invalid(folder, [{ file: 'package.json', path: '', message, fix }]);
  let found: unknown;
  try {
    found = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
  } catch (error) {
    throw refuse(`cannot be read: ${reasonOf(error)}`, 'Name the folder that holds it.');
  }
  // Looked at field by field.
  const { name, version, agentFactory } = Object(found) as Partial<PluginManifest> & {
    agentFactory?: Partial<Manifest>;
  };
  const { id, kernel, kind } = Object(agentFactory) as Partial<Manifest>;
  if (kind !== 'blueprint' || typeof id !== 'string' || typeof kernel !== 'string')
    throw refuse(
      'is not that of a blueprint',
      'It needs "agentFactory": { "id": "…", "kernel": "^0.1.0", "kind": "blueprint" }.',
    );
  if (typeof name !== 'string' || typeof version !== 'string')
    throw refuse('has no name or version', 'Give both, as npm asks for them.');
  return { ...(agentFactory as Manifest), name, version }; // as looked at above
}
