import { errors } from '../errors.ts';
import { findDocument } from '../store/packages.ts';
import { blockList, blockListTarget } from '../trust/block-list.ts';
import { packumentTarget } from '../trust/tuf-targets.ts';
import { binOf } from '../trust/tuf-signing.ts';
import type { Call, Reply, Route } from '../app/route.ts';

const mostPlugins = 50;
/** What is beyond is left out, and asked for by itself. */
const mostBytes = 2 * 2 ** 20;
const tuf = '-/af/v1/tuf';

/** What an installer asks for before it chooses versions, in one answer: each question takes both sides longer than its bytes. */
export const documentRoutes: readonly Route[] = [
  { method: 'GET', path: '/-/af/v1/documents', access: 'public', handler: sendDocuments },
];

/**
 * Documents of packages that everybody may read, keys, blocks and the metadata that proves them, by the path each has
 * by itself; `null` for what there is not. What is published meanwhile fits no proof here, and is asked for again.
 */
async function sendDocuments({ registry, query }: Call): Promise<Reply> {
  const names = [...new Set(query.getAll('plugin'))];
  if (names.length === 0 || names.length > mostPlugins)
    throw errors.AF_REGISTRY_REQUEST({ reason: `"plugin" names 1 to ${mostPlugins} plugins.` });
  const answers: Record<string, string | null> = {
    '-/npm/v1/keys': JSON.stringify({ keys: registry.keys.list() }),
    '-/af/v1/blocklist': await blockList(registry),
  };
  const targets = [blockListTarget];
  let size = 0;
  for (const name of names) {
    targets.push(packumentTarget({ name, visibility: 'public' }));
    const found = size > mostBytes ? undefined : await findDocument(registry.database, name, 'full');
    if (!found || found.restricted) {
      // As much is said of a restricted one as of none, or of one left out.
      targets.push(packumentTarget({ name, visibility: 'restricted' }));
      continue;
    }
    size += found.bytes.length;
    if (size <= mostBytes) answers[name.replace('/', '%2f')] = textOf(found.bytes);
  }
  let roots = 0;
  for (const [file, bytes] of await registry.tuf.chain(targets.map(binOf))) {
    if (file.endsWith('.root.json')) roots += 1;
    answers[`${tuf}/${file}`] = textOf(bytes);
  }
  answers[`${tuf}/${roots + 1}.root.json`] = null;
  return { body: { answers } };
}

/** Each of them is JSON in UTF-8. */
function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
}
