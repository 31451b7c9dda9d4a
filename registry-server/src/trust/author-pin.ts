import type { PinnedKey } from '@agent-factory/plugin-package';
import type { PackageRow } from '../store/packages.ts';

/** The key a package's author signs with, as it is kept. */
interface Pin {
  readonly keyId: string;
  readonly publicKey: string;
  /** When it was first seen. */
  readonly since: string;
  /** Keys an owner announced, by id. */
  readonly announced?: Readonly<Record<string, Announcement>>;
  /** Those that have signed, or handed over to what did; hosts that have not looked for long still learn of them. */
  readonly taken?: Readonly<Record<string, Announcement>>;
}

/** When a key was announced, and from when it may sign: kept, for how long it waits may be set anew meanwhile. */
export interface Announcement {
  readonly at: string;
  readonly from: string;
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
  const ready = Object.entries(pin.announced ?? {}).filter(([, { from }]) => from <= now.toISOString());
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

/** A package's pin with a key announced. Nothing where there is no pin. */
export function withAnnounced(row: Pinned, keyId: string, announcement: Announcement): string | undefined {
  const pin = read(row);
  return pin && JSON.stringify({ ...pin, announced: { ...pin.announced, [keyId]: announcement } });
}

/**
 * A package's pin without a key that was announced, whether it has signed since or not, or the reason why it must stay.
 * Nothing where no such key was announced.
 */
export function withoutAnnounced(
  row: Pinned,
  keyId: string,
): { readonly changed?: string; readonly refused?: string } {
  const pin = read(row);
  const { [keyId]: waiting, ...announced } = pin?.announced ?? {};
  const { [keyId]: used, ...taken } = pin?.taken ?? {};
  if (!waiting && !used) return {};
  if (waiting) return { changed: JSON.stringify({ ...pin, announced }) };
  if (pin?.keyId === keyId) return { refused: 'it signs now; publish a version with another key first.' };
  return { changed: JSON.stringify({ ...pin, taken }) };
}

/** The keys that were announced, with when; those that have signed as well. */
export function announcedKeys(row: Pinned): readonly (Announcement & { readonly keyId: string })[] {
  const { announced, taken } = read(row) ?? {};
  return Object.entries({ ...taken, ...announced }).map(([keyId, when]) => ({ keyId, ...when }));
}

/** As it is shown: which key signs, since when, and which ones are announced, each with when it may sign. */
export function shownPin(
  row: Pinned,
): (Pick<Pin, 'keyId' | 'since'> & { readonly announced?: Readonly<Record<string, string>> }) | null {
  const pin = read(row);
  if (!pin) return null;
  const { keyId, since, announced } = pin;
  const froms = Object.entries(announced ?? {}).map(([id, { from }]) => [id, from] as const);
  return { keyId, since, ...(announced && { announced: Object.fromEntries(froms) }) };
}

function read(row: Pinned): Pin | undefined {
  return typeof row?.author_key === 'string' ? (JSON.parse(row.author_key) as Pin) : undefined; // written here
}
