import { hash, sign } from 'node:crypto';
import type { SigningKey } from '@agent-factory/plugin-package';
import { canonicalJson, type Json } from '@agent-factory/sdk';
import { Key, Root, Targets } from '@tufjs/models';
import type { JsonObject } from '../protocol/json-object.ts';
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
  return binName(hash('sha256', path, 'buffer').readUInt32BE() >>> (32 - binBits));
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
  const keyID = hash('sha256', canonical);
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
): TufContent {
  const { spec_version: specVersion, ...rest } = common(version, now, lifetimes.root);
  const root = new Root({ ...rest, specVersion, consistentSnapshot: true });
  for (const name of tufKeyNames) {
    const key = keyOf(name);
    if (key) root.addKey(tufKey(key), name);
  }
  return { text: canonicalJson(root.toJSON()), expires: root.expires };
}

/** The top-level targets: nothing of their own, everything is in the bins. */
export function targetsOf(version: number, now: Date, key: SigningKey): TufContent {
  const { keyID } = tufKey(key);
  const succinct = { keyids: [keyID], threshold: 1, bit_length: binBits, name_prefix: binPrefix };
  const targets = Targets.fromJSON({
    _type: 'targets',
    ...common(version, now, lifetimes.targets),
    targets: {},
    delegations: { keys: { [keyID]: tufKey(key).toJSON() }, succinct_roles: succinct },
  });
  return { text: canonicalJson(targets.toJSON()), expires: targets.expires };
}

/** What metadata says of one file; a type, as only that is known to be JSON. */
export type TufTarget = {
  readonly length: number;
  readonly hashes: { readonly sha512: string };
  readonly custom?: JsonObject;
};

// The three that follow are written with every change, so as JSON, without a detour by objects of the library.

/** One bin. */
export function binTargetsOf(
  version: number,
  now: Date,
  targets: Readonly<Record<string, TufTarget>>,
): TufContent {
  return contentOf({ _type: 'targets', ...common(version, now, lifetimes.targets), targets });
}

/** The targets that a bin names. */
export function targetsIn(bytes: Uint8Array | undefined): Record<string, TufTarget> {
  // Written by us, as a bin.
  return bytes ? (contentIn(bytes)['targets'] as Record<string, TufTarget>) : {};
}

/** The snapshot: the version of every targets file. */
export function snapshotOf(
  version: number,
  now: Date,
  versions: Readonly<Record<string, number>>,
): TufContent {
  const meta = Object.entries(versions).map(([role, each]) => [`${role}.json`, { version: each }] as const);
  return snapshotWith(version, now, Object.fromEntries(meta));
}

/** The snapshot that follows one: some targets files have new versions. */
export function snapshotAfter(
  before: Uint8Array,
  version: number,
  now: Date,
  changed: Readonly<Record<string, number>>,
): TufContent {
  const meta = { ...(contentIn(before)['meta'] as JsonObject) }; // written by us, as a snapshot
  for (const [role, each] of Object.entries(changed)) meta[`${role}.json`] = { version: each };
  return snapshotWith(version, now, meta);
}

function snapshotWith(version: number, now: Date, meta: JsonObject): TufContent {
  const { expires, spec_version } = common(version, now, lifetimes.snapshot);
  const sorted: Record<string, Json> = {};
  for (const file of Object.keys(meta).sort()) sorted[file] = meta[file] ?? {};
  // With all its keys in order, JSON is canonical. This is the longest of what each change signs.
  return {
    expires,
    text: JSON.stringify({ _type: 'snapshot', expires, meta: sorted, spec_version, version }),
  };
}

/** The timestamp: the newest snapshot, by hash. */
export function timestampOf(
  version: number,
  now: Date,
  snapshot: { version: number; bytes: Uint8Array },
): TufContent {
  const about = {
    version: snapshot.version,
    length: snapshot.bytes.length,
    hashes: { sha512: hash('sha512', snapshot.bytes) },
  };
  const meta = { 'snapshot.json': about };
  return contentOf({ _type: 'timestamp', ...common(version, now, lifetimes.timestamp), meta });
}

/** What is signed. */
export interface TufContent {
  /** Canonical JSON. */
  readonly text: string;
  readonly expires: string;
}

/** Metadata as it is served. */
export interface SignedFile {
  readonly bytes: Buffer;
  readonly expires: string;
}

/** Signs metadata and writes it as it is served. */
export function signed({ text, expires }: TufContent, keys: readonly SigningKey[]): SignedFile {
  // Canonical JSON is JSON: what is signed is sent.
  const bytes = Buffer.from(text);
  const signatures = keys.map((key) => ({ keyid: tufKey(key).keyID, sig: signature(bytes, key) }));
  return {
    bytes: Buffer.from(`{"signatures":${JSON.stringify(signatures)},"signed":${text}}`),
    expires,
  };
}

function contentOf(content: JsonObject & { readonly expires: string }): TufContent {
  // TUF's canonical JSON and ours differ in control characters alone, and there are none.
  return { text: canonicalJson(content), expires: content.expires };
}

function contentIn(bytes: Uint8Array): JsonObject {
  const { signed: content } = JSON.parse(Buffer.from(bytes).toString('utf8')) as { signed: JsonObject };
  return content;
}

function signature(bytes: Buffer, { privateKey }: SigningKey): string {
  return sign(null, bytes, privateKey).toString('hex');
}

function common(
  version: number,
  now: Date,
  lifetime: number,
): { version: number; spec_version: string; expires: string } {
  const expires = new Date(now.getTime() + lifetime).toISOString().replace(/\.\d+Z$/, 'Z');
  return { version, spec_version: specVersion, expires };
}

function binName(number: number): string {
  return `${binPrefix}-${number.toString(16).padStart((2 ** binBits - 1).toString(16).length, '0')}`;
}
