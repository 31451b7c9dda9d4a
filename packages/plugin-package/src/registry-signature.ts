import { sign, verify } from 'node:crypto';
import { errors } from './errors.ts';
import { readPublicKey, type SigningKey } from './signing-key.ts';

/** What a registry signs of one version. */
export interface SignedVersion {
  readonly name: string;
  readonly version: string;
  /** `sha512-…` of the package file. */
  readonly integrity: string;
}

/** A signature as it stands in `dist.signatures` of a version. */
export interface RegistrySignature {
  readonly keyid: string;
  /** ECDSA P-256 with SHA-256 over `name@version:integrity`, base64. */
  readonly sig: string;
}

/** A key as `/-/npm/v1/keys` lists it. */
export interface RegistryKey {
  readonly keyid: string;
  readonly keytype: string;
  readonly scheme: string;
  /** Base64 of its SPKI DER. */
  readonly key: string;
  /** When it ended (ISO 8601); `null` while it is in use. What was published before stays valid. */
  readonly expires: string | null;
}

const scheme = 'ecdsa-sha2-nistp256';

/** Signs one version, as npm's and pnpm's `audit signatures` check it. */
export function signVersion(version: SignedVersion, { privateKey, keyId }: SigningKey): RegistrySignature {
  return { keyid: keyId, sig: sign('sha256', textOf(version), privateKey).toString('base64') };
}

/**
 * Checks that a registry signed a version with a key of its own that held when the version was published. A
 * version without a signature is refused.
 *
 * @param published - when the registry says it was published (ISO 8601)
 * @returns the id of the key
 * @throws AF_SIGNATURE_MISSING, AF_SIGNATURE_KEY_UNKNOWN, AF_SIGNATURE_KEY_EXPIRED or AF_SIGNATURE_INVALID
 */
export function verifyVersion(
  version: SignedVersion,
  signatures: readonly RegistrySignature[] | undefined,
  keys: readonly RegistryKey[],
  published: string | undefined,
): string {
  const label = `${version.name}@${version.version}`;
  const signer = 'the registry';
  const [first] = signatures ?? [];
  if (!signatures || !first) {
    const mend = 'Ask who runs the registry to have it signed.';
    throw errors.AF_SIGNATURE_MISSING({ package: label, signer, mend });
  }
  const known = signatures.flatMap((signature) => {
    const key = keys.find(({ keyid }) => keyid === signature.keyid);
    return key ? [{ signature, key }] : [];
  });
  const [found] = known;
  if (!found) throw errors.AF_SIGNATURE_KEY_UNKNOWN({ package: label, key: String(first.keyid) });
  const { signature, key } = found;
  const when = Date.parse(published ?? '');
  if (key.expires !== null && !(when < Date.parse(key.expires)))
    throw errors.AF_SIGNATURE_KEY_EXPIRED({
      package: label,
      key: key.keyid,
      published: published ?? 'no known time',
      expired: key.expires,
    });
  const publicKey = readPublicKey(key.key, key.keyid);
  const isKind = key.scheme === scheme && publicKey.asymmetricKeyType === 'ec';
  if (!isKind || !verify('sha256', textOf(version), publicKey, Buffer.from(String(signature.sig), 'base64')))
    throw errors.AF_SIGNATURE_INVALID({ package: label, signer, reason: 'it was not made with its key' });
  return key.keyid;
}

/** A key's public half as `/-/npm/v1/keys` lists it. */
export function registryKeyOf({ publicKey, keyId }: SigningKey, expires: string | null = null): RegistryKey {
  const key = publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
  return { keyid: keyId, keytype: scheme, scheme, key, expires };
}

function textOf({ name, version, integrity }: SignedVersion): Buffer {
  return Buffer.from(`${name}@${version}:${integrity}`);
}
