import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Validator } from '@agent-factory/sdk';
import { knowledgeErrors } from '@agent-factory/sdk/contracts';
import type { KnowledgePack } from '@agent-factory/sdk/domain';
import { parse } from 'yaml';
import { assertFits } from './check-base.ts';

const names = ['knowledge.yaml', 'knowledge.yml', 'knowledge.json'];

/** What a pack says of itself; its version is its package's. AF_KNOWLEDGE_INVALID when it is no pack. */
export async function readPack(
  folder: string,
  plugin: string,
  version: string,
  check: Validator,
): Promise<KnowledgePack> {
  const invalid = (reason: string, cause?: unknown): Error =>
    knowledgeErrors.AF_KNOWLEDGE_INVALID(
      { name: plugin, reason, mend: `Look at ${names[0]} of the plugin; docs/knowledge.md shows one.` },
      { cause },
    );
  for (const name of names) {
    const text = await readFile(join(folder, name), 'utf8').catch(() => undefined);
    if (text === undefined) continue;
    let value: unknown;
    try {
      value = parse(text, { maxAliasCount: 100 });
    } catch (error) {
      throw invalid(
        `${name} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
        error,
      );
    }
    if (typeof value !== 'object' || value === null) throw invalid(`${name} holds no object`);
    const pack = { ...value, version } as KnowledgePack; // checked in the next line
    assertFits(pack, check);
    return pack;
  }
  throw invalid(`the plugin has no ${names.join(', ')}`);
}
