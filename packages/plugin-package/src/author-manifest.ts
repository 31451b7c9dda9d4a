import { sign, verify } from 'node:crypto';
import { canonicalJson } from '@agent-factory/sdk';
import { errors } from './errors.ts';
import { integrityOf, type PackageFile } from './read-archive.ts';
import { keyIdOf, publicText, readPublicKey, type SigningKey } from './signing-key.ts';

/** Name of the file inside a package that its author signed. */
export const authorManifestPath = 'AF-MANIFEST.json';

/** An author's old key naming the new one; it lets a key change without anybody being asked. */
export interface KeyHandover {
  /** Base64 of the old key's SPKI DER. */
  readonly publicKey: string;
  /** ed25519 over the canonical JSON of `{ handover: 1, to }`, base64. */
  readonly signature: string;
}

/** `AF-MANIFEST.json`: every other file of the package by hash, signed by the author. */
export interface AuthorManifest {
  readonly format: 1;
  readonly name: string;
  readonly version: string;
  /** Path to `sha512-…`, of every file but this one. */
  readonly files: Readonly<Record<string, string>>;
  readonly keyId: string;
  /** Base64 of the key's SPKI DER, so that the file can be checked offline. */
  readonly publicKey: string;
  /** From the author's key before this one to this one; the newest last. */
  readonly handovers?: readonly KeyHandover[];
  /** ed25519 over the canonical JSON (RFC 8785) of everything above, base64. */
  readonly signature: string;
}

/** What is signed: files by path, of a package as it will be packed. */
interface Signable {
  readonly name: string;
  readonly version: string;
  readonly files: readonly Pick<PackageFile, 'path' | 'bytes'>[];
}

/** Signs a package's files. */
export function signFiles(
  { name, version, files }: Signable,
  key: SigningKey,
  handovers: readonly KeyHandover[] = [],
): AuthorManifest {
  const hashes = files
    .filter(({ path }) => path !== authorManifestPath)
    .map(({ path, bytes }) => [path, integrityOf(bytes)] as const)
    .toSorted(([left], [right]) => (left < right ? -1 : 1));
  const signed = {
    format: 1,
    name,
    version,
    files: Object.fromEntries(hashes),
    keyId: key.keyId,
    publicKey: publicText(key.publicKey),
    ...(handovers.length > 0 && { handovers }),
  } as const;
  return {
    ...signed,
    signature: sign(null, Buffer.from(canonicalJson(signed)), key.privateKey).toString('base64'),
  };
}

/** An old key's word that another one takes its place. */
export function handOver(from: SigningKey, toKeyId: string): KeyHandover {
  const signature = sign(null, handoverText(toKeyId), from.privateKey).toString('base64');
  return { publicKey: publicText(from.publicKey), signature };
}

/** What the check of a package's author found. */
export interface AuthorVerdict {
  readonly manifest: AuthorManifest;
  readonly keyId: string;
  /** Keys that handed over to this one, each proven; the newest last. */
  readonly formerKeyIds: readonly string[];
}

/** Whose key signed before. */
export interface PinnedKey {
  readonly keyId: string;
  /** Ids of keys that the name's owner announced through the registry, and whose waiting time is over. */
  readonly announced?: readonly string[];
}

/**
 * Checks that the author signed exactly these files, and with a key that may sign them.
 *
 * @param files - every file of the package, from the archive or from the disk
 * @param expected - the name and version they must be
 * @param pinned - the key of earlier versions, if there were any; without it the key is taken as it is
 * @throws AF_SIGNATURE_MISSING, AF_SIGNATURE_INVALID, AF_SIGNATURE_KEY_CHANGED or AF_KEY_INVALID
 */
export function verifyFiles(
  files: readonly Pick<PackageFile, 'path' | 'bytes'>[],
  expected: { readonly name: string; readonly version: string },
  pinned?: PinnedKey,
): AuthorVerdict {
  const label = `${expected.name}@${expected.version}`;
  const own = files.find(({ path }) => path === authorManifestPath);
  const mend = 'Its author can sign it with "agent-factory plugin sign".';
  if (!own) throw errors.AF_SIGNATURE_MISSING({ package: label, signer: 'its author', mend });
  const manifest = parse(own.bytes, label);
  checkSignature(manifest, label);
  if (manifest.name !== expected.name || manifest.version !== expected.version)
    throw invalid(label, `it is for ${manifest.name}@${manifest.version}`);
  checkFiles(manifest, files, label);
  const formerKeyIds = provenHandovers(manifest, label);
  checkPin(manifest.keyId, formerKeyIds, pinned, label);
  return { manifest, keyId: manifest.keyId, formerKeyIds };
}

function parse(bytes: Uint8Array, label: string): AuthorManifest {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    throw invalid(label, `${authorManifestPath} is not JSON`);
  }
  const {
    format,
    name,
    version,
    files,
    keyId,
    publicKey,
    signature,
    handovers = [],
  } = Object(value) as Partial<AuthorManifest>; // checked next
  const texts = [name, version, keyId, publicKey, signature, ...Object.values(Object(files))];
  const isWhole =
    typeof files === 'object' && files !== null && texts.every((one) => typeof one === 'string');
  const handed = Array.isArray(handovers) && handovers.length <= 16;
  if (format !== 1 || !isWhole || !handed) throw invalid(label, `${authorManifestPath} has another shape`);
  return value as AuthorManifest; // of this shape, as just checked; handovers are checked one by one
}

function checkSignature({ signature, ...signed }: AuthorManifest, label: string): void {
  const key = readPublicKey(signed.publicKey, `of ${label}`);
  if (key.asymmetricKeyType !== 'ed25519') throw invalid(label, 'its key is not of the kind ed25519');
  if (keyIdOf(key) !== signed.keyId) throw invalid(label, 'it names another key than it brings');
  if (!verify(null, Buffer.from(canonicalJson(signed)), key, Buffer.from(signature, 'base64')))
    throw invalid(label, 'it was not made with that key');
}

function checkFiles(
  manifest: AuthorManifest,
  files: readonly Pick<PackageFile, 'path' | 'bytes'>[],
  label: string,
): void {
  const promised = new Map(Object.entries(manifest.files));
  for (const { path, bytes } of files) {
    if (path === authorManifestPath) continue;
    const sum = promised.get(path);
    if (sum === undefined) throw invalid(label, `${path} was added`);
    if (sum !== integrityOf(bytes)) throw invalid(label, `${path} was changed`);
    promised.delete(path);
  }
  const [missing] = promised.keys();
  if (missing !== undefined) throw invalid(label, `${missing} is missing`);
}

/** Follows the handovers back from the signing key; one that is not proven ends the chain with an error. */
function provenHandovers({ keyId, handovers = [] }: AuthorManifest, label: string): string[] {
  const former: string[] = [];
  let to = keyId;
  for (const { publicKey, signature } of handovers.toReversed()) {
    const key = readPublicKey(String(publicKey), `before ${to}`);
    if (
      key.asymmetricKeyType !== 'ed25519' ||
      !verify(null, handoverText(to), key, Buffer.from(String(signature), 'base64'))
    )
      throw invalid(label, `the handover to ${to} is not signed by the key before it`);
    to = keyIdOf(key);
    former.unshift(to);
  }
  return former;
}

function checkPin(
  keyId: string,
  former: readonly string[],
  pinned: PinnedKey | undefined,
  label: string,
): void {
  const known = pinned && [pinned.keyId, ...(pinned.announced ?? [])];
  if (!known || [keyId, ...former].some((one) => known.includes(one))) return;
  throw errors.AF_SIGNATURE_KEY_CHANGED({
    package: label,
    key: keyId,
    pinned: pinned.keyId,
    mend: `If it is, add --accept-key ${keyId}.`,
  });
}

function handoverText(to: string): Buffer {
  return Buffer.from(canonicalJson({ handover: 1, to }));
}

function invalid(label: string, reason: string): Error {
  return errors.AF_SIGNATURE_INVALID({ package: label, signer: 'its author', reason });
}
