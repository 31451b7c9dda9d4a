import { errors } from './errors.ts';

/** The one folder everything in a package file lies in. */
const root = 'package';
/** Longest path inside the package, in UTF-16 units: with the store's folder in front it stays under Windows' 260. */
const longestPath = 180;
const longestName = 255;
const reserved = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(\.|$)/i;
// Control, bidirectional, zero-width and other format characters; and what Windows refuses in names.
const unprintable = /[\p{C}\p{Zl}\p{Zp}]/u;
/** Paths without any of them. The pattern above is so large that most installs do without it. */
const printable = /^[\x20-\x7E]*$/;
const unportable = /[<>:"|?*]/;

/**
 * The path inside the package that an entry of an archive means.
 *
 * @returns the path without `package/`; empty for the root folder itself
 * @throws AF_ARCHIVE_PATH for any that is not the same plain path on every system
 */
export function entryPath(written: string): string {
  const refuse = (reason: string): Error => errors.AF_ARCHIVE_PATH({ path: JSON.stringify(written), reason });
  if (!printable.test(written) && unprintable.test(written))
    throw refuse('has characters that cannot be seen');
  if (written.includes('\\')) throw refuse('has a backslash');
  const parts = written.replace(/\/$/, '').split('/');
  if (parts[0] !== root) throw refuse(`does not lie in the folder ${root}`);
  for (const part of parts) {
    if (part === '' || part === '.' || part === '..')
      throw refuse('leads outside, or is written in a roundabout way');
    if (unportable.test(part)) throw refuse('has a character that Windows refuses');
    if (/[. ]$/.test(part)) throw refuse('has a name that ends with a dot or a space');
    if (reserved.test(part)) throw refuse('has a name that Windows keeps for devices');
    if (Buffer.byteLength(part) > longestName) throw refuse('has a name of more than 255 bytes');
  }
  const path = parts.slice(1).join('/');
  if (path.length > longestPath) throw refuse(`is longer than ${longestPath} characters`);
  if (path !== path.normalize('NFC')) throw refuse('is not in Unicode form NFC');
  return path;
}

/** Paths seen so far; refuses two that are one on a system that does not tell cases apart. */
export class SeenPaths {
  readonly #files = new Set<string>();
  readonly #folders = new Set<string>();

  /** @throws AF_ARCHIVE_PATH */
  add(path: string, kind: 'file' | 'folder'): void {
    const refuse = (reason: string): Error => errors.AF_ARCHIVE_PATH({ path: JSON.stringify(path), reason });
    const folded = foldCase(path);
    const parts = folded.split('/');
    for (let count = 1; count < parts.length; count++) {
      const above = parts.slice(0, count).join('/');
      if (this.#files.has(above)) throw refuse('lies inside a file');
      this.#folders.add(above);
    }
    if (kind === 'folder') {
      if (this.#files.has(folded)) throw refuse('is a file and a folder');
      this.#folders.add(folded);
      return;
    }
    if (this.#folders.has(folded)) throw refuse('is a file and a folder');
    if (this.#files.has(folded)) throw refuse('is there twice, or differs from another only in its case');
    this.#files.add(folded);
  }
}

function foldCase(path: string): string {
  return path.toUpperCase().toLowerCase().normalize('NFC');
}
