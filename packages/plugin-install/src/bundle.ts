import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Chosen } from './choose.ts';
import { errors } from './errors.ts';
import { readInstalled } from './installed-set.ts';
import { Market } from './market.ts';
import { manifestOf } from './packument.ts';
import { placesIn } from './store-places.ts';
import type { RegistryAnswer, Transport } from './transport.ts';
import { fetchVerified } from './verified-package.ts';
import { storeFailed } from './write-durably.ts';

interface StoredAnswer {
  readonly status: number;
  readonly type: string;
  /** Name of the file with its bytes, in the folder `files`: their SHA-256. */
  readonly file: string;
}

/** `bundle.json`: what registries answered, so that it can be asked again without a network. */
interface BundleIndex {
  readonly format: 1;
  /** ISO 8601. */
  readonly at: string;
  readonly plugins: readonly { readonly name: string; readonly version: string }[];
  readonly scopes: Readonly<Record<string, string>>;
  /** By registry and path. */
  readonly answers: Readonly<Record<string, Readonly<Record<string, StoredAnswer>>>>;
}

/** A bundle that was opened. */
export interface OpenBundle {
  readonly transport: Transport;
  /** `name@version` of everything in it. */
  readonly specs: readonly string[];
  readonly scopes: Readonly<Record<string, string>>;
}

/**
 * Writes everything that is needed to install the installed plugins elsewhere without a network: package files,
 * documents, signed metadata, keys, blocks; each checked on the way as an install checks it.
 *
 * @returns `name@version` of each
 */
export async function writeBundle(
  dataDir: string,
  folder: string,
  transport: Transport,
  now: Date = new Date(),
): Promise<readonly string[]> {
  const set = readInstalled(dataDir);
  const plugins = Object.values(set.plugins).map(({ name, version }) => ({ name, version }));
  if (plugins.length === 0) throw errors.AF_INSTALL_UNKNOWN_PLUGIN({ plugin: '*', known: 'none' });
  const scratch = mkdtempSync(join(tmpdir(), 'agent-factory-bundle-'));
  const answers = new Map<string, Map<string, RegistryAnswer>>();
  try {
    const market = new Market(placesIn(scratch), set, { transport: recorded(transport, answers) });
    await Promise.all(plugins.map((one) => fetchOne(market, one.name, one.version, now)));
    for (const registry of answers.keys()) refuseOtherRoot(dataDir, scratch, registry);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  try {
    save(folder, { format: 1, at: now.toISOString(), plugins, scopes: set.scopes }, answers);
  } catch (error) {
    throw storeFailed(error);
  }
  return plugins.map(({ name, version }) => `${name}@${version}`);
}

/** Opens a bundle. @throws AF_INSTALL_BUNDLE */
export function openBundle(folder: string): OpenBundle {
  const file = join(folder, 'bundle.json');
  const refuse = (reason: string): Error => errors.AF_INSTALL_BUNDLE({ folder, reason });
  if (!existsSync(file)) throw refuse('there is no bundle.json in it');
  let index: BundleIndex;
  try {
    index = JSON.parse(readFileSync(file, 'utf8'));
    if (index.format !== 1) throw new Error('another format');
  } catch {
    throw refuse('its bundle.json cannot be read');
  }
  return {
    specs: index.plugins.map(({ name, version }) => `${name}@${version}`),
    scopes: index.scopes,
    transport: {
      get: async (registry, path) => {
        const found = Object.hasOwn(index.answers, registry) ? index.answers[registry]?.[path] : undefined;
        if (!found) return { status: 404, type: '', bytes: new Uint8Array() };
        if (!/^[0-9a-f]{64}$/.test(found.file)) throw refuse('its bundle.json names a file outside');
        const place = join(folder, 'files', found.file);
        if (!existsSync(place)) throw refuse(`its file ${found.file} is missing`);
        return { status: found.status, type: found.type, bytes: readFileSync(place) };
      },
    },
  };
}

async function fetchOne(market: Market, name: string, number: string, now: Date): Promise<void> {
  const { packument, source } = await market.packument(name);
  const version = packument.versions[number];
  if (!version) {
    const list = `- ${number}: the registry does not serve it any more`;
    throw errors.AF_INSTALL_NO_VERSION({ name, range: number, list, mend: 'Upgrade it first, then bundle.' });
  }
  const manifest = manifestOf(version);
  const chosen: Chosen = {
    name,
    range: number,
    id: manifest.id,
    manifest,
    version,
    published: packument.time[number],
  };
  await fetchVerified(source.client, chosen, source.keys, await market.pinned(name, [], now.getTime()));
}

function recorded(inner: Transport, answers: Map<string, Map<string, RegistryAnswer>>): Transport {
  return {
    get: async (registry, path, limit) => {
      const answer = await inner.get(registry, path, limit);
      const paths = answers.get(registry) ?? new Map<string, RegistryAnswer>();
      answers.set(registry, paths.set(path, answer));
      return answer;
    },
  };
}

/** The registry that was just asked must be the one that is trusted here. */
function refuseOtherRoot(dataDir: string, scratch: string, registry: string): void {
  const [ours, theirs] = [dataDir, scratch].map((dir) =>
    join(placesIn(dir).freshness(registry), 'root.json'),
  );
  if (ours === undefined || theirs === undefined || !existsSync(ours)) return;
  if (readFileSync(ours).equals(readFileSync(theirs))) return;
  throw errors.AF_INSTALL_UNTRUSTED({ registry, reason: 'its root is not the one that is trusted here' });
}

function save(
  folder: string,
  index: Omit<BundleIndex, 'answers'>,
  answers: ReadonlyMap<string, ReadonlyMap<string, RegistryAnswer>>,
): void {
  mkdirSync(join(folder, 'files'), { recursive: true });
  const stored = [...answers].map(([registry, paths]) => {
    const entries = [...paths].map(([path, { status, type, bytes }]) => {
      const file = hash('sha256', bytes);
      writeFileSync(join(folder, 'files', file), bytes);
      return [path, { status, type, file }] as const;
    });
    return [registry, Object.fromEntries(entries)] as const;
  });
  const whole: BundleIndex = { ...index, answers: Object.fromEntries(stored) };
  writeFileSync(join(folder, 'bundle.json'), `${JSON.stringify(whole, null, 2)}\n`);
}
