import { createSealedText } from '@agent-factory/sdk/contracts';
import { errors } from './errors.ts';
import type { KeyRing } from './key-ring.ts';

/** Where a value belongs: it opens nowhere else, and for no other hosts. */
export interface ValuePlace {
  readonly tenant: string;
  readonly name: string;
  /** Of the secret. */
  readonly id: string;
  readonly version: number;
  /** JSON, as it is kept. */
  readonly hosts: string;
}

/** A value as it is kept, with the data key it names; null where that is gone. */
export interface SealedRow extends Omit<ValuePlace, 'tenant'> {
  readonly sealed: string;
  readonly number: number | null;
  readonly wrapped: string | null;
  readonly wrapped_by: string | null;
}

const purpose = 'secrets-sql values';

/** Seals a value for its place. */
export function sealValue(dataKey: string, place: ValuePlace, value: string): string {
  return createSealedText(dataKey, purpose).seal(Buffer.from(value), about(place));
}

/** The value. AF_SECRET_KEY_MISSING; AF_SECRET_DAMAGED. */
export function openValue(ring: KeyRing, tenant: string, row: SealedRow): string {
  const { name, number, wrapped, wrapped_by } = row;
  if (number === null || wrapped === null || wrapped_by === null) throw errors.AF_SECRET_DAMAGED({ name });
  const key = ring.unwrap({ number, wrapped, wrapped_by }, tenant);
  if (key.dataKey === undefined)
    throw errors.AF_SECRET_KEY_MISSING({ name, key: key.key, reason: key.reason });
  try {
    const place = { ...row, tenant };
    return Buffer.from(createSealedText(key.dataKey, purpose).open(row.sealed, about(place))).toString();
  } catch {
    throw errors.AF_SECRET_DAMAGED({ name }); // what node:crypto says of it helps nobody
  }
}

function about({ tenant, name, id, version, hosts }: ValuePlace): string {
  return JSON.stringify(['value', tenant, name, id, version, hosts]);
}
