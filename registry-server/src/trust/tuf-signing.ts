import { createHash, sign } from 'node:crypto';
import type { SigningKey } from '@agent-factory/plugin-package';
import {
  Key,
  Metadata,
  MetadataKind,
  MetaFile,
  Root,
  Signature,
  Snapshot,
  Targets,
  Timestamp,
} from '@tufjs/models';
import { tufKeyNames, type TufKeyName } from './key-folder.ts';

/** Targets lie in 64 bins by the hash of their path: at 10,000 packages some 35 kB each. */
const binBits = 6;
const binPrefix = 'bin';
const specVersion = '1.0.0';

/** A day in milliseconds. */
export const day = 86_400_000;

/** How long each role's word holds. The timestamp's is how old what a client sees can be. */
export const lifetimes: Readonly<Record<'root' | 'targets' | 'snapshot' | 'timestamp', number>> = {
  root: 365 * day,
  targets: 90 * day,
  snapshot: 7 * day,
  timestamp: day,
};

/** The keys that must be at hand while the registry runs. */
export type OnlineKeys = Readonly<Record<Exclude<TufKeyName, 'root'>, SigningKey>>;

/** The names of all bins. */
export function binNames(): string[] {
  return Array.from({ length: 2 ** binBits }, (_, number) => binName(number));
}

/** The bin that a target lies in. */
export function binOf(path: string): string {
  return binName(createHash('sha256').update(path).digest().readUInt32BE() >>> (32 - binBits));
}

const tufKeys = new WeakMap<SigningKey, Key>();

/** A key as TUF writes it. */
function tufKey(key: SigningKey): Key {
  const found = tufKeys.get(key) ?? writeKey(key);
  tufKeys.set(key, found);
  return found;
}

function writeKey({ publicKey }: SigningKey): Key {
  const raw = publicKey.export({ type: 'spki', format: 'der' }).subarray(-32).toString('hex');
  const keyVal = { public: raw };
  const canonical = `{"keytype":"ed25519","keyval":{"public":"${raw}"},"scheme":"ed25519"}`;
  const keyID = createHash('sha256').update(canonical).digest('hex');
  return new Key({ keyID, keyType: 'ed25519', scheme: 'ed25519', keyVal });
}

/** The id by which the root names a key. */
export function tufKeyId(key: SigningKey): string {
  return tufKey(key).keyID;
}

/** The root: which key signs which role. */
export function rootOf(
  version: number,
  now: Date,
  keyOf: (name: TufKeyName) => SigningKey | undefined,
): Root {
  const root = new Root({ ...common(version, now, lifetimes.root), consistentSnapshot: true });
  for (const name of tufKeyNames) {
    const key = keyOf(name);
    if (key) root.addKey(tufKey(key), name);
  }
  return root;
}

/** The top-level targets: nothing of their own, everything is in the bins. */
export function targetsOf(version: number, now: Date, key: SigningKey): Targets {
  const { keyID } = tufKey(key);
  const { specVersion: spec_version, ...rest } = common(version, now, lifetimes.targets);
  const succinct = { keyids: [keyID], threshold: 1, bit_length: binBits, name_prefix: binPrefix };
  return Targets.fromJSON({
    _type: 'targets',
    spec_version,
    ...rest,
    targets: {},
    delegations: { keys: { [keyID]: tufKey(key).toJSON() }, succinct_roles: succinct },
  });
}

/** One bin. */
export function binTargetsOf(version: number, now: Date, targets: Targets['targets']): Targets {
  return new Targets({ ...common(version, now, lifetimes.targets), targets });
}

/** The snapshot: the version of every targets file. */
export function snapshotOf(version: number, now: Date, versions: Readonly<Record<string, number>>): Snapshot {
  const meta = Object.entries(versions).map(
    ([role, each]) => [`${role}.json`, new MetaFile({ version: each })] as const,
  );
  return new Snapshot({ ...common(version, now, lifetimes.snapshot), meta: Object.fromEntries(meta) });
}

/** The versions of targets files that a snapshot names. */
export function versionsIn(bytes: Uint8Array | undefined): Record<string, number> {
  if (!bytes) return {};
  const json: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
  // Written by us as a JSON object.
  const { meta } = Metadata.fromJSON(MetadataKind.Snapshot, json as never).signed;
  return Object.fromEntries(
    Object.entries(meta).map(([file, { version }]) => [file.replace(/\.json$/, ''), version]),
  );
}

/** The timestamp: the newest snapshot, by hash. */
export function timestampOf(
  version: number,
  now: Date,
  snapshot: { version: number; bytes: Uint8Array },
): Timestamp {
  const hashes = { sha512: createHash('sha512').update(snapshot.bytes).digest('hex') };
  const snapshotMeta = new MetaFile({ version: snapshot.version, length: snapshot.bytes.length, hashes });
  return new Timestamp({ ...common(version, now, lifetimes.timestamp), snapshotMeta });
}

/** Metadata as it is served. */
export interface SignedFile {
  readonly bytes: Buffer;
  readonly expires: string;
}

/** Signs metadata and writes it as it is served. */
export function signed(
  content: Root | Targets | Snapshot | Timestamp,
  keys: readonly SigningKey[],
): SignedFile {
  // It is written twice, to be signed and to be sent, and each of its fields makes an object for that.
  const json = content.toJSON();
  const metadata = new Metadata(Object.assign(content, { toJSON: () => json }));
  for (const key of keys)
    metadata.sign((bytes) => new Signature({ keyID: tufKey(key).keyID, sig: signature(bytes, key) }), true);
  return { bytes: Buffer.from(JSON.stringify(metadata.toJSON())), expires: content.expires };
}

function signature(bytes: Buffer, { privateKey }: SigningKey): string {
  return sign(null, bytes, privateKey).toString('hex');
}

function common(
  version: number,
  now: Date,
  lifetime: number,
): { version: number; specVersion: string; expires: string } {
  const expires = new Date(now.getTime() + lifetime).toISOString().replace(/\.\d+Z$/, 'Z');
  return { version, specVersion, expires };
}

function binName(number: number): string {
  return `${binPrefix}-${number.toString(16).padStart((2 ** binBits - 1).toString(16).length, '0')}`;
}
