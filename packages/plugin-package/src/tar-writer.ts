import { errors } from './errors.ts';
import type { PackageFile } from './read-archive.ts';

const block = 512;
const nameLength = 100;
const prefixLength = 155;

/**
 * Writes a tar archive in which everything but the files themselves is fixed, so that the same files give the same
 * bytes on every machine: modes 0644 and 0755, no owner, one time.
 *
 * @param root - folder that everything lies in
 */
export function writeTar(files: readonly PackageFile[], root: string): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const { path, bytes, executable } of files) {
    parts.push(header(`${root}/${path}`, bytes.length, executable ? 0o755 : 0o644), bytes);
    parts.push(new Uint8Array((block - (bytes.length % block)) % block));
  }
  parts.push(new Uint8Array(2 * block));
  return Buffer.concat(parts);
}

function header(path: string, size: number, mode: number): Uint8Array {
  const [prefix, name] = split(path);
  const bytes = Buffer.alloc(block);
  const octal = (value: number, length: number): string => `${value.toString(8).padStart(length - 1, '0')}\0`;
  bytes.write(name, 0);
  bytes.write(octal(mode, 8), 100);
  bytes.write(octal(0, 8), 108);
  bytes.write(octal(0, 8), 116);
  bytes.write(octal(size, 12), 124);
  bytes.write(octal(499_162_500, 12), 136); // the time npm gives to all files
  bytes.write(' '.repeat(8), 148);
  bytes.write('0', 156);
  bytes.write('ustar\u000000', 257);
  bytes.write(prefix, 345);
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return bytes;
}

/** A long path is divided at a slash; one that cannot be is refused. */
function split(path: string): readonly [prefix: string, name: string] {
  if (Buffer.byteLength(path) <= nameLength) return ['', path];
  for (let at = path.indexOf('/'); at > 0; at = path.indexOf('/', at + 1)) {
    const [prefix, name] = [path.slice(0, at), path.slice(at + 1)];
    if (Buffer.byteLength(name) <= nameLength && Buffer.byteLength(prefix) <= prefixLength)
      return [prefix, name];
  }
  throw errors.AF_ARCHIVE_PATH({ path, reason: 'has a name of more than 100 bytes' });
}
