import type { DocumentRow, PackageRow } from '../store/packages.ts';
import { announcedKeys } from '../trust/author-pin.ts';
import { packumentTarget, type TufChange } from '../trust/tuf-repository.ts';
import type { Registry } from '../app/registry.ts';

const hour = 3_600_000;

/** What the metadata says of a package: its full document, and keys of its author that an owner announced, and when. */
export function vouchedPackage(
  { settings }: Pick<Registry, 'settings'>,
  row: PackageRow,
  documents: DocumentRow | undefined,
): TufChange {
  const path = packumentTarget(row);
  if (!documents) return { path };
  const keys = announcedKeys(row).map(({ keyId, from }) => ({
    keyId,
    since: new Date(Date.parse(from) - settings.keyChangeHours * hour).toISOString(),
  }));
  return { path, bytes: documents.full_bytes, ...(keys.length > 0 && { custom: { keys } }) };
}
