import type { PinnedKey } from '@agent-factory/plugin-package';
import type { PackageRow } from '../store/packages.ts';

/** The key a package's author signs with, as it is kept. */
interface Pin {
  readonly keyId: string;
  readonly publicKey: string;
  /** When it was first seen. */
  readonly since: string;
  /** Keys an owner announced: id to the moment from which it may sign. */
  readonly announced?: Readonly<Record<string, string>>;
  /** Those that have signed, or handed over to what did; hosts that have not looked for long still learn of them. */
  readonly taken?: Readonly<Record<string, string>>;
}

/** Who signed a version. */
export interface Signer {
  readonly keyId: string;
  readonly publicKey: string;
  /** Keys that handed over to it. */
  readonly formerKeyIds: readonly string[];
}

type Pinned = Pick<PackageRow, 'author_key'> | undefined;

/** The key that the next version must be signed with; nothing before a first one was seen. */
export function pinnedKeyOf(row: Pinned, now: Date): PinnedKey | undefined {
  const pin = read(row);
  if (!pin) return undefined;
  const ready = Object.entries(pin.announced ?? {}).filter(([, from]) => from <= now.toISOString());
  return { keyId: pin.keyId, announced: ready.map(([keyId]) => keyId) };
}

/**
 * A package's pin after a version: kept, changed to the key that signed, or the reason why it must not be.
 *
 * @param scanned - the pin that the version was held to when it was looked through
 */
export function pinAfter(
  row: Pinned,
  author: Signer | undefined,
  now: Date,
  scanned: PinnedKey | undefined,
): { readonly changed?: string; readonly refused?: string } {
  const pin = read(row);
  if (!author) return pin ? { refused: 'this version carries no signature of its author.' } : {};
  if (pin?.keyId === author.keyId) return {};
  if (pin?.keyId !== scanned?.keyId) return { refused: 'another version, signed by it, came first.' };
  // The scan proved the change: by the old key's word, or by an announcement whose time has come.
  const signed = [author.keyId, ...author.formerKeyIds];
  const used = Object.entries(pin?.announced ?? {}).filter(([keyId]) => signed.includes(keyId));
  const taken = { ...pin?.taken, ...Object.fromEntries(used) };
  const next: Pin = {
    keyId: author.keyId,
    publicKey: author.publicKey,
    since: now.toISOString(),
    ...(Object.keys(taken).length > 0 && { taken }),
  };
  return { changed: JSON.stringify(next) };
}

/**
 * A package's pin with a key announced that may sign from a moment on, or, without one, not announced any more. Nothing
 * where there is no pin, or no such announcement.
 */
export function withAnnounced(row: Pinned, keyId: string, from: Date | undefined): string | undefined {
  const pin = read(row);
  const { [keyId]: before, ...others } = pin?.announced ?? {};
  if (!pin || (!from && before === undefined)) return undefined;
  const announced = from ? { ...others, [keyId]: from.toISOString() } : others;
  return JSON.stringify({ ...pin, announced });
}

/** The keys that were announced, with the moment from which each may sign; those that have signed as well. */
export function announcedKeys(row: Pinned): readonly { readonly keyId: string; readonly from: string }[] {
  const { announced, taken } = read(row) ?? {};
  return Object.entries({ ...taken, ...announced }).map(([keyId, from]) => ({ keyId, from }));
}

/** As it is shown: which key signs, since when, and which ones are announced. */
export function shownPin(row: Pinned): Pick<Pin, 'keyId' | 'since' | 'announced'> | null {
  const pin = read(row);
  if (!pin) return null;
  const { keyId, since, announced } = pin;
  return { keyId, since, ...(announced && { announced }) };
}

function read(row: Pinned): Pin | undefined {
  return typeof row?.author_key === 'string' ? (JSON.parse(row.author_key) as Pin) : undefined; // written here
}
