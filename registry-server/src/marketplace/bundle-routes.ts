import { hash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { writeTar } from '@agent-factory/plugin-package';
import { errors } from '../errors.ts';
import { blobKey } from '../store/blobs.ts';
import { findDocument, findDocumentTag, findVersion } from '../store/packages.ts';
import { blockList, blockListTarget } from '../trust/block-list.ts';
import { packumentTarget } from '../trust/tuf-targets.ts';
import { binOf } from '../trust/tuf-signing.ts';
import type { Registry } from '../app/registry.ts';
import type { Call, Reply, Route } from '../app/route.ts';
import { createTurns } from '../app/turns.ts';
import { requireReadable } from '../protocol/access-routes.ts';

const mostPlugins = 50;
const mostBytes = 128 * 2 ** 20;
const json = 'application/json';
const pack = promisify(gzip);
const mostReadings = 5;
/** Each is held in memory whole, so one is made at a time. */
const inTurn = createTurns();
/** A reader who takes longer is cut off, for what is sent is held in memory until it is read. */
const longestSendMs = 10 * 60_000;
let held = 0;

/** For places without a network: everything an installer would ask for some versions. */
export const bundleRoutes: readonly Route[] = [
  { method: 'GET', path: '/-/af/v1/bundle', access: 'public', handler: sendBundle },
];

/** What the registry answers, by the path that is asked. */
type Answers = Map<string, { readonly type: string; readonly bytes: Uint8Array }>;

/** A plugin in its version. */
interface Wanted {
  readonly name: string;
  readonly version: string;
}

/** A folder as `agent-factory plugin bundle` writes it, packed: `?plugin=@acme/weather@1.2.0`, several times. */
async function sendBundle(call: Call): Promise<Reply> {
  const specs = [...new Set(call.query.getAll('plugin'))];
  if (specs.length === 0 || specs.length > mostPlugins)
    throw errors.AF_REGISTRY_REQUEST({ reason: `"plugin" names 1 to ${mostPlugins} versions.` });
  const plugins = specs.map(parse);
  const body = await inTurn(async () => {
    if (held >= call.registry.settings.bundleBytes) throw errors.AF_REGISTRY_BUSY({});
    const made = await packed(call, plugins);
    held += made.length;
    return made;
  });
  return {
    headers: {
      'content-type': 'application/gzip',
      'content-disposition': 'attachment; filename="bundle.tgz"',
      'cache-control': 'no-store',
    },
    body,
    sending: { withinMs: longestSendMs, ended: () => void (held -= body.length) },
  };
}

async function packed(call: Call, plugins: readonly Wanted[]): Promise<Uint8Array> {
  const { registry } = call;
  const answers = await gather(call, plugins);
  const stored = [...answers].map(([path, { type, bytes }]) => {
    const file = hash('sha256', bytes);
    return { path, entry: { status: 200, type, file }, bytes };
  });
  const index = {
    format: 1,
    at: registry.settings.now().toISOString(),
    plugins,
    scopes: Object.fromEntries(plugins.map(({ name }) => [name.slice(0, name.indexOf('/')), registry.url])),
    answers: { [registry.url]: Object.fromEntries(stored.map(({ path, entry }) => [path, entry])) },
  };
  const files = new Map(stored.map(({ entry, bytes }) => [`files/${entry.file}`, bytes]));
  files.set('bundle.json', Buffer.from(`${JSON.stringify(index, null, 2)}\n`));
  const tar = writeTar(
    [...files].map(([path, bytes]) => ({ path, bytes, executable: false })),
    'bundle',
  );
  return pack(tar, { level: 1 });
}

/** All of it as it was at one moment: where something is published meanwhile, proofs would not fit documents. */
async function gather(call: Call, plugins: readonly Wanted[]): Promise<Answers> {
  const { registry } = call;
  for (let readings = 1; ; readings += 1) {
    const answers: Answers = new Map();
    const tags = new Map<string, string>();
    const targets: string[] = [];
    for (const one of plugins) {
      const row = await requireReadable(call, one.name);
      // Hosts look for a public one first, and must find proof that there is none.
      targets.push(packumentTarget({ ...row, visibility: 'public' }), packumentTarget(row));
      tags.set(one.name, await addPackage(registry, answers, one));
    }
    const list = await blockList(registry);
    await addProofs(registry, answers, targets, list);
    let isSame = (await blockList(registry)) === list;
    for (const [name, tag] of tags)
      isSame &&= (await findDocumentTag(registry.database, name, 'full'))?.tag === tag;
    if (isSame || readings === mostReadings) return answers;
  }
}

function parse(spec: string): Wanted {
  const [, name, version] = /^(@[^@/]{1,100}\/[^@/]{1,150})@([^@/]{1,128})$/.exec(spec) ?? [];
  if (name === undefined || version === undefined)
    throw errors.AF_REGISTRY_REQUEST({
      reason: `"${spec.slice(0, 100)}" is no plugin with its version, such as @acme/weather@1.2.0.`,
    });
  return { name, version };
}

/** The document of a package and the tarball of one version. Gives back the document's tag. */
async function addPackage(registry: Registry, answers: Answers, { name, version }: Wanted): Promise<string> {
  const found = await findVersion(registry.database, name, version);
  if (found?.state === 'blocked')
    throw errors.AF_REGISTRY_BLOCKED({ name, version, reason: found.reason ?? 'its operator blocked it.' });
  const document = await findDocument(registry.database, name, 'full');
  if (!found || !document || found.state === 'removed')
    throw errors.AF_REGISTRY_VERSION_UNKNOWN({ name, version });
  const tarball = await registry.blobs.read(blobKey(found.integrity));
  if (!tarball) throw errors.AF_REGISTRY_BLOB_DAMAGED({ name, version });
  answers.set(name.replace('/', '%2f'), { type: json, bytes: document.bytes });
  const file = `${name}/-/${name.slice(name.indexOf('/') + 1)}-${version}.tgz`;
  answers.set(file, { type: 'application/octet-stream', bytes: tarball });
  const size = [...answers.values()].reduce((sum, { bytes }) => sum + bytes.length, 0);
  if (size > mostBytes)
    throw errors.AF_REGISTRY_REQUEST({
      reason: `those are more than ${mostBytes / 2 ** 20} MiB together; ask for fewer at a time.`,
    });
  return document.tag;
}

/** Keys, the block list, and the metadata down to what it says of the packages. */
async function addProofs(
  registry: Registry,
  answers: Answers,
  targets: readonly string[],
  list: string,
): Promise<void> {
  answers.set('-/npm/v1/keys', {
    type: json,
    bytes: Buffer.from(JSON.stringify({ keys: registry.keys.list() })),
  });
  answers.set('-/af/v1/blocklist', { type: json, bytes: Buffer.from(list) });
  const bins = [blockListTarget, ...targets].map(binOf);
  for (const [file, bytes] of await registry.tuf.chain(bins))
    answers.set(`-/af/v1/tuf/${file}`, { type: json, bytes });
}
