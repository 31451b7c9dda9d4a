import { randomBytes } from 'node:crypto';
import { createSealedText, type SealedText } from '@agent-factory/sdk/contracts';
import type { OperatorKey } from './config.ts';
import { errors } from './errors.ts';

/** A data key as it is kept. */
interface WrappedKey {
  readonly number: number;
  readonly wrapped: string;
  /** Id of the key of the operator that wraps it. */
  readonly wrapped_by: string;
}

/** A data key that can be used, or why it cannot. */
type Unwrapped =
  | { readonly dataKey: string }
  | { readonly dataKey?: undefined; readonly key: string; readonly reason: string };

/** The operator's keys. Data keys are under them; values never are. */
export interface KeyRing {
  /** Id of the one that seals. */
  readonly seals: string;
  /** All, that one first. */
  readonly ids: readonly string[];
  /** Wraps a data key. It opens for this tenant, in this place, alone. */
  wrap(dataKey: string, tenant: string, number: number): Omit<WrappedKey, 'number'>;
  unwrap(row: WrappedKey, tenant: string): Unwrapped;
}

/** AF_SECRET_KEY_TWICE. */
export function createKeyRing(keys: readonly OperatorKey[]): KeyRing {
  const sealedBy = new Map<string, SealedText>();
  for (const { id, secret } of keys) {
    if (sealedBy.has(id)) throw errors.AF_SECRET_KEY_TWICE({ id });
    sealedBy.set(id, createSealedText(secret.reveal(), 'secrets-sql data keys'));
  }
  const [[seals, sealed] = []] = sealedBy;
  if (seals === undefined || sealed === undefined) throw new Error('no key'); // the schema asks for one
  return {
    seals,
    ids: [...sealedBy.keys()],
    wrap: (dataKey, tenant, number) => ({
      wrapped: sealed.seal(Buffer.from(dataKey), aboutKey(tenant, number)),
      wrapped_by: seals,
    }),
    unwrap({ number, wrapped, wrapped_by: key }, tenant) {
      const opens = sealedBy.get(key);
      if (!opens) return { key, reason: 'is not configured' };
      try {
        return { dataKey: Buffer.from(opens.open(wrapped, aboutKey(tenant, number))).toString() };
      } catch {
        return { key, reason: 'is another than it was, or what it sealed was changed' };
      }
    },
  };
}

/** A data key: chance of 256 bits. */
export function makeDataKey(): string {
  return randomBytes(32).toString('base64');
}

function aboutKey(tenant: string, number: number): string {
  return JSON.stringify(['data key', tenant, number]);
}
