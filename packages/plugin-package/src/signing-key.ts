import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';
import { errors } from './errors.ts';

/** A key that signs, with the name it goes by. */
export interface SigningKey {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  /** `SHA256:` and the unpadded base64 of the hash of its public half, as npm names keys. */
  readonly keyId: string;
}

/** A new author's key: ed25519. */
export function createAuthorKey(): SigningKey {
  return fromPrivate(generateKeyPairSync('ed25519').privateKey);
}

/** A new registry's key: ECDSA on P-256, the kind npm's clients check. */
export function createRegistryKey(): SigningKey {
  return fromPrivate(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);
}

/** The private half as PKCS#8 PEM, to be kept in a file that only its owner may read. */
export function privatePem({ privateKey }: SigningKey): string {
  return String(privateKey.export({ type: 'pkcs8', format: 'pem' }));
}

/** The public half as base64 of its SPKI DER. */
export function publicText(key: KeyObject): string {
  return key.export({ type: 'spki', format: 'der' }).toString('base64');
}

/**
 * Reads a private key.
 *
 * @param named - what errors call it, such as its file
 * @throws AF_KEY_INVALID
 */
export function readSigningKey(pem: string, named: string): SigningKey {
  try {
    return fromPrivate(createPrivateKey(pem));
  } catch (error) {
    throw errors.AF_KEY_INVALID({ key: named, reason: 'it is no private key in PEM' }, { cause: error });
  }
}

/** Keys that were read; the same few sign package after package. */
const read = new Map<string, KeyObject>();
const mostRead = 100;
/** Longer texts than a key needs are whatever a package brings, and are not kept. */
const longestRead = 200;

/**
 * Reads a public key from base64 of its SPKI DER.
 *
 * @throws AF_KEY_INVALID
 */
export function readPublicKey(text: string, named: string): KeyObject {
  const known = read.get(text);
  if (known) return known;
  try {
    const key = createPublicKey({ key: Buffer.from(text, 'base64'), type: 'spki', format: 'der' });
    if (read.size === mostRead) read.clear();
    if (text.length <= longestRead) read.set(text, key);
    return key;
  } catch (error) {
    throw errors.AF_KEY_INVALID({ key: named, reason: 'it is no public key' }, { cause: error });
  }
}

const keyIds = new WeakMap<KeyObject, string>();

/** What a public key goes by. */
export function keyIdOf(publicKey: KeyObject): string {
  const known = keyIds.get(publicKey) ?? hashed(publicKey);
  keyIds.set(publicKey, known);
  return known;
}

function hashed(publicKey: KeyObject): string {
  const der = publicKey.export({ type: 'spki', format: 'der' });
  return `SHA256:${createHash('sha256').update(der).digest('base64').replace(/=+$/, '')}`;
}

function fromPrivate(privateKey: KeyObject): SigningKey {
  const publicKey = createPublicKey(privateKey);
  return { privateKey, publicKey, keyId: keyIdOf(publicKey) };
}
