import { hash } from 'node:crypto';
import type { JsonObject } from '../protocol/json-object.ts';
import type { PackageRow } from '../store/packages.ts';
import type { TufTarget } from './tuf-signing.ts';

/** A file whose content the metadata vouches for; without bytes, one that is gone. */
export interface TufChange {
  readonly path: string;
  readonly bytes?: Uint8Array;
  /** What is said of it beside. */
  readonly custom?: JsonObject;
}

/** What a package's full document is called among the targets, which everybody may read: a restricted one has no name. */
export function packumentTarget({ name, visibility }: Pick<PackageRow, 'name' | 'visibility'>): string {
  return visibility === 'public' ? `packuments/${name}.json` : `restricted/${hash('sha256', name)}.json`;
}

/** What the metadata says of a file. */
export function tufTargetOf(bytes: Uint8Array, custom: JsonObject | undefined): TufTarget {
  return { length: bytes.length, hashes: { sha512: hash('sha512', bytes) }, ...(custom && { custom }) };
}
