import {
  integrityOf,
  readArchive,
  verifyFiles,
  verifyVersion,
  type PackageArchive,
  type PackageJson,
  type PinnedKey,
  type RegistryKey,
} from '@agent-factory/plugin-package';
import { canonicalJson } from '@agent-factory/sdk';
import type { Chosen } from './choose.ts';
import { errors } from './errors.ts';
import type { PackumentVersion } from './packument.ts';
import type { RegistryClient } from './registry-client.ts';

/** A package file that passed every check. */
export interface VerifiedPackage {
  readonly archive: PackageArchive;
  readonly authorKey: string;
  readonly registryKey: string;
}

/** What the document and the package must agree on: whatever decides what runs and what it may do. */
const agreed = [
  'name',
  'version',
  'agentFactory',
  'dependencies',
  'peerDependencies',
  'exports',
  'main',
  'type',
] as const;

/**
 * Fetches a version and checks it: signed by the registry with a key of its own, the bytes that were published,
 * harmless to unpack, signed by its author, and in its package.json what the registry said. Absence of a signature
 * is refused like a wrong one.
 */
export async function fetchVerified(
  client: RegistryClient,
  { name, version, published }: Chosen,
  keys: readonly RegistryKey[],
  pinned: PinnedKey | undefined,
): Promise<VerifiedPackage> {
  const { integrity, signatures } = version.dist;
  const registryKey = verifyVersion(
    { name, version: version.version, integrity },
    signatures,
    keys,
    published,
  );
  const bytes = await client.tarball(name, version.version);
  const label = `${name}@${version.version}`;
  if (integrityOf(bytes) !== integrity) {
    const reason = `it has another SHA-512 (${bytes.length} bytes arrived)`;
    throw errors.AF_INSTALL_CONTENT({ package: label, reason });
  }
  const archive = await readArchive(bytes);
  const { keyId } = verifyFiles(archive.files, { name, version: version.version }, pinned);
  checkAgreement(archive.packageJson, version, label);
  return { archive, authorKey: keyId, registryKey };
}

function checkAgreement(inside: PackageJson, told: PackumentVersion, label: string): void {
  const fields = agreed.filter((field) => plain(inside[field]) !== plain(told[field]));
  if (fields.length > 0) throw errors.AF_INSTALL_MANIFEST({ package: label, fields: fields.join(', ') });
}

/** Nothing and an empty record say the same. */
function plain(value: unknown): string {
  const isEmpty = typeof value === 'object' && value !== null && Object.keys(value).length === 0;
  return value === undefined || isEmpty ? '' : canonicalJson(value);
}
