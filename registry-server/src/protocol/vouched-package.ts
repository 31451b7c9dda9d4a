import type { DocumentRow, PackageRow } from '../store/packages.ts';
import { announcedKeys } from '../trust/author-pin.ts';
import { packumentTarget, type TufChange } from '../trust/tuf-targets.ts';

/** What the metadata says of a package: its full document, and keys of its author that an owner announced, and when. */
export function vouchedPackage(row: PackageRow, documents: DocumentRow | undefined): TufChange {
  const path = packumentTarget(row);
  if (!documents) return { path };
  const keys = announcedKeys(row).map(({ keyId, at }) => ({ keyId, since: at }));
  return { path, bytes: documents.full_bytes, ...(keys.length > 0 && { custom: { keys } }) };
}
