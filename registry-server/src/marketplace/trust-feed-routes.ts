import { createHash } from 'node:crypto';
import { errors } from '../errors.ts';
import { findDocument, findPackage } from '../store/packages.ts';
import { changesSince, newestChange } from '../store/records.ts';
import { blockList, blockListTarget } from '../trust/block-list.ts';
import { mayRead } from '../app/package-rights.ts';
import type { Call, Reply, Route } from '../app/route.ts';
import { count } from '../protocol/body-fields.ts';

const json = { 'content-type': 'application/json' } as const;

/** What installed hosts follow: changes, blocks, and the metadata that proves both to be fresh. */
export const trustFeedRoutes: readonly Route[] = [
  { method: 'GET', path: '/-/af/v1/changes', access: 'public', handler: listChanges },
  { method: 'GET', path: '/-/af/v1/blocklist', access: 'public', handler: sendBlockList },
  { method: 'GET', path: '/-/af/v1/tuf/:file', access: 'public', handler: sendMetadata },
  { method: 'GET', path: '/-/af/v1/tuf/targets/*path', access: 'public', handler: sendTarget },
];

async function listChanges({ registry, query }: Call): Promise<Reply> {
  const { database } = registry;
  const since = count(query, 'since', 0, Number.MAX_SAFE_INTEGER);
  const limit = Math.max(1, count(query, 'limit', 100, 1000));
  const changes = await changesSince(database, since, limit);
  const newest = await newestChange(database);
  // Names of restricted packages are nobody's business.
  const shown = [];
  for (const change of changes) {
    const found = await findPackage(database, change.package);
    if (found?.visibility !== 'restricted') shown.push(change);
  }
  return { body: { changes: shown, next: changes.at(-1)?.seq ?? since, newest } };
}

async function sendBlockList({ registry }: Call): Promise<Reply> {
  return { headers: { ...json, 'cache-control': 'no-cache' }, body: await blockList(registry) };
}

async function sendMetadata({ registry, params: { file = '' } }: Call): Promise<Reply> {
  const bytes = await registry.tuf.file(file);
  if (!bytes) throw errors.AF_REGISTRY_THING_UNKNOWN({ kind: 'metadata', name: file.slice(0, 100) });
  const isFixed = /^\d/.test(file);
  const cache = isFixed ? 'public, max-age=31536000, immutable' : 'no-cache';
  return { headers: { ...json, 'cache-control': cache }, body: bytes };
}

/** What the metadata vouches for, under its hash: `packuments/@scope/HASH.name.json`. */
async function sendTarget({ registry, params, caller }: Call): Promise<Reply> {
  const path = params['path'] ?? '';
  const found = /^(.*?)(?:([0-9a-f]{128})\.)?([^/]+)$/.exec(path);
  const [, folder = '', hash, base = ''] = found ?? [];
  const target = `${folder}${base}`;
  const bytes = await targetBytes(registry, target, caller);
  const isIt = bytes && (hash === undefined || createHash('sha512').update(bytes).digest('hex') === hash);
  if (!isIt) throw errors.AF_REGISTRY_THING_UNKNOWN({ kind: 'target', name: path.slice(0, 300) });
  return { headers: { ...json, 'cache-control': 'no-cache' }, body: bytes };
}

async function targetBytes(
  registry: Call['registry'],
  target: string,
  caller: Call['caller'],
): Promise<Uint8Array | undefined> {
  if (target === blockListTarget) return Buffer.from(await blockList(registry));
  const name = /^packuments\/(.+)\.json$/.exec(target)?.[1];
  if (name === undefined) return undefined;
  const found = await findDocument(registry.database, name, 'full');
  if (found?.restricted && !(caller && (await mayRead(registry.database, name, caller)))) return undefined;
  return found?.bytes;
}
