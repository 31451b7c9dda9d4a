import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Updater } from 'tuf-js';
import type { TestRegistry } from './open-test-registry.ts';

/** A stock client of The Update Framework. */
export type TufClient = Updater & { readonly folder: string };

/** A client that trusts a root, or one that goes on in the folder of another. */
export function tufClient(registry: TestRegistry, root: string, of?: string): TufClient {
  const folder = of ?? mkdtempSync(join(registry.folder, 'client-'));
  for (const part of ['metadata', 'targets']) mkdirSync(join(folder, part), { recursive: true });
  if (of === undefined) writeFileSync(join(folder, 'metadata/root.json'), root);
  const base = `http://127.0.0.1:${registry.port}/-/af/v1/tuf`;
  const updater = new Updater({
    metadataBaseUrl: base,
    metadataDir: join(folder, 'metadata'),
    targetBaseUrl: `${base}/targets`,
    targetDir: join(folder, 'targets'),
    config: { fetchRetries: 0 },
  });
  return Object.assign(updater, { folder });
}
