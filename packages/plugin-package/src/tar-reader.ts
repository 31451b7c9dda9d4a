import { errors } from './errors.ts';

/** One file or folder as it stands in an archive, before any rule has been applied. */
export interface TarEntry {
  /** As written, with its root folder. */
  readonly path: string;
  readonly kind: 'file' | 'folder';
  /** Permission bits, such as 0o644. */
  readonly mode: number;
  /** A view into the archive, no copy. */
  readonly bytes: Uint8Array;
}

const block = 512;
const zeros = Buffer.alloc(block);
const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** What stands in the type field of things that are neither file nor folder. */
const kinds: Readonly<Record<string, string>> = {
  '1': 'a hard link',
  '2': 'a symbolic link',
  '3': 'a device',
  '4': 'a device',
  '6': 'a pipe',
  '7': 'a contiguous file',
  K: 'a long link',
  S: 'a sparse file',
};

/**
 * Reads a tar archive (ustar, with pax and GNU long names) strictly: whatever two readers could understand in two
 * ways is refused, so that what is checked is what anybody unpacks. Nothing is copied or written.
 *
 * @throws AF_ARCHIVE_UNREADABLE, AF_ARCHIVE_KIND
 */
export function* readTar(archive: Uint8Array): Generator<TarEntry> {
  let at = 0;
  let longName: string | undefined;
  for (;;) {
    const header = archive.subarray(at, at + block);
    if (header.length < block) throw unreadable('it ends before its end mark');
    if (isZero(header)) break;
    checkSum(header, at);
    const size = number(header, 124, 12, 'size');
    const body = archive.subarray(at + block, at + block + size);
    if (body.length < size) throw unreadable('it ends in the middle of a file');
    at += block + Math.ceil(size / block) * block;
    const type = String.fromCharCode(header[156] || 48);
    if (type === 'x' || type === 'g' || type === 'L') {
      if (longName !== undefined) throw unreadable('it names one file twice');
      longName = type === 'L' ? field(body, 0, size) : paxPath(body, type === 'g', archive.subarray(at));
      continue;
    }
    const path = longName ?? headerName(header);
    longName = undefined;
    if (type !== '0' && type !== '5')
      throw errors.AF_ARCHIVE_KIND({ path, what: kinds[type] ?? 'of no known kind' });
    const kind = type === '5' ? 'folder' : 'file';
    if (kind === 'folder' && size > 0) throw unreadable(`the folder ${path} has content`);
    yield { path, kind, mode: number(header, 100, 8, 'mode'), bytes: body };
  }
  if (longName !== undefined) throw unreadable('its last name belongs to no file');
  if (!isZero(archive.subarray(at))) throw unreadable('something follows its end mark');
}

/** The path in a pax header, if it has one; headers for the whole archive may only hold comments. */
function paxPath(body: Uint8Array, isGlobal: boolean, next: Uint8Array): string | undefined {
  let path: string | undefined;
  for (let at = 0; at < body.length;) {
    const space = body.indexOf(32, at);
    const length = Number(ascii(body.subarray(at, space)));
    const record = body.subarray(space + 1, at + length);
    if (
      space < 0 ||
      !Number.isInteger(length) ||
      length < 5 ||
      at + length > body.length ||
      record.at(-1) !== 10
    )
      throw unreadable('it has a broken pax header');
    at += length;
    const equals = record.indexOf(61);
    const key = ascii(record.subarray(0, Math.max(equals, 0)));
    const value = record.subarray(equals + 1, -1);
    if (isGlobal && key !== 'comment') throw unreadable(`it sets "${key}" for all of its files`);
    if (key === 'path') {
      if (path !== undefined) throw unreadable('it names one file twice');
      path = decode(value);
    } else if (key === 'size') {
      if (Number(ascii(value)) !== number(next, 124, 12, 'size'))
        throw unreadable('it gives one file two sizes');
    } else if (
      !/^(comment|[acm]time|[ug]id|[ug]name|SCHILY\.(dev|ino|nlink)|LIBARCHIVE\.creationtime|NODETAR\..*)$/.test(
        key,
      )
    )
      throw unreadable(`it uses the pax field "${key}"`);
  }
  return path;
}

function headerName(header: Uint8Array): string {
  const name = field(header, 0, 100);
  // GNU's own format keeps other things where ustar has the prefix.
  const isUstar = ascii(header.subarray(257, 263)) === 'ustar\0';
  const prefix = isUstar ? field(header, 345, 155) : '';
  return prefix === '' ? name : `${prefix}/${name}`;
}

/** Text up to its first zero byte. */
function field(bytes: Uint8Array, from: number, length: number): string {
  const all = bytes.subarray(from, from + length);
  const end = all.indexOf(0);
  return decode(end < 0 ? all : all.subarray(0, end));
}

function decode(bytes: Uint8Array): string {
  try {
    return text.decode(bytes);
  } catch (error) {
    throw errors.AF_ARCHIVE_UNREADABLE({ reason: 'a path in it is not UTF-8' }, { cause: error });
  }
}

function ascii(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 256)).toString('latin1');
}

function number(bytes: Uint8Array, from: number, length: number, what: string): number {
  const [, digits] = /^ *([0-7]{1,11})[ \0]*$/.exec(ascii(bytes.subarray(from, from + length))) ?? [];
  if (digits === undefined) throw unreadable(`a ${what} in it is no number`);
  return Number.parseInt(digits, 8);
}

/** The sum of all bytes, those of the sum itself as spaces. */
function checkSum(header: Uint8Array, at: number): void {
  let sum = 8 * 32;
  for (let index = 0; index < 148; index++) sum += header[index] ?? 0;
  for (let index = 156; index < block; index++) sum += header[index] ?? 0;
  if (sum !== number(header, 148, 8, 'checksum')) throw unreadable(`the header at byte ${at} is damaged`);
}

function isZero(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; at += zeros.length) {
    const some = bytes.subarray(at, at + zeros.length);
    if (Buffer.compare(some, some.length < zeros.length ? zeros.subarray(0, some.length) : zeros) !== 0)
      return false;
  }
  return true;
}

function unreadable(reason: string): Error {
  return errors.AF_ARCHIVE_UNREADABLE({ reason });
}
