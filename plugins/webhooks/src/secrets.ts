import { randomBytes } from 'node:crypto';
import type { SealedText } from '@agent-factory/sdk/contracts';
import { errors } from './errors.ts';

/** What a webhook signs with, as it is kept. */
export interface SealedSecret {
  readonly sealed: string;
  /** It signs until then, in milliseconds since the epoch; the newest has no end. */
  readonly until?: number;
}

const secretBytes = 32;
/** Secrets that sign at the same time, the newest among them. */
const mostSecrets = 3;

/** Makes a secret: as it is shown, this once, and as it is kept. */
export function makeSecret(
  sealed: SealedText,
  webhook: string,
): { readonly shown: string; readonly kept: SealedSecret } {
  const bytes = randomBytes(secretBytes);
  return { shown: `whsec_${bytes.toString('base64')}`, kept: { sealed: sealed.seal(bytes, webhook) } };
}

/** Those that sign once `newest` is the newest; those before do so for `overlapMs` more. */
export function rotated(
  secrets: readonly SealedSecret[],
  newest: SealedSecret,
  overlapMs: number,
  now: number,
): readonly SealedSecret[] {
  const end = now + overlapMs;
  const former = secrets
    .map((secret) => ({ ...secret, until: Math.min(secret.until ?? end, end) }))
    .filter(({ until }) => until > now);
  return [newest, ...former].slice(0, mostSecrets);
}

/** The keys that sign now, the newest first. AF_WEBHOOK_SECRET_LOST where none can be read. */
export function keysOf(
  secrets: readonly SealedSecret[],
  sealed: SealedText,
  webhook: string,
  now: number,
): readonly Uint8Array[] {
  const keys: Uint8Array[] = [];
  let cause: unknown;
  for (const secret of secrets) {
    if (secret.until !== undefined && secret.until <= now) continue;
    try {
      keys.push(sealed.open(secret.sealed, webhook));
    } catch (error) {
      cause = error;
    }
  }
  if (keys.length === 0) throw errors.AF_WEBHOOK_SECRET_LOST({}, { cause });
  return keys;
}
