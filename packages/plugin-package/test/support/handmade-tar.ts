import { gzipSync } from 'node:zlib';

/** One entry of an archive made byte by byte, as no tool would make it. */
export interface HandmadeEntry {
  readonly path: string;
  readonly content?: string | Uint8Array;
  /** Type field: `0` file, `5` folder, `1` hard link, `2` symbolic link, … Default `0`. */
  readonly type?: string;
  readonly mode?: number;
  readonly linkTo?: string;
  /** What the header claims. Default: the content's size. */
  readonly size?: number;
  /** Makes the header's checksum wrong. */
  readonly damaged?: boolean;
}

/** A pax header for the entry after it. */
export function pax(records: Readonly<Record<string, string>>, type = 'x'): HandmadeEntry {
  const content = Object.entries(records)
    .map(([key, value]) => {
      const body = ` ${key}=${value}\n`;
      const least = Buffer.byteLength(body);
      const length = least + String(least + String(least).length).length;
      return `${length}${body}`;
    })
    .join('');
  return { path: 'package/PaxHeader', content, type };
}

/** The archive, with its end mark. */
export function tarOf(entries: readonly HandmadeEntry[], tail: Uint8Array = Buffer.alloc(1024)): Uint8Array {
  const parts = entries.flatMap(
    ({ path, content = '', type = '0', mode = 0o644, linkTo = '', size, damaged }) => {
      const body = Buffer.from(content);
      const header = Buffer.alloc(512);
      header.write(path, 0, 100);
      header.write(`${mode.toString(8).padStart(7, '0')}\0`, 100);
      header.write('0000000\0', 108);
      header.write('0000000\0', 116);
      header.write(`${(size ?? body.length).toString(8).padStart(11, '0')}\0`, 124);
      header.write('00000000000\0', 136);
      header.write('        ', 148);
      header.write(type, 156);
      header.write(linkTo, 157, 100);
      header.write('ustar\u000000', 257);
      const sum = header.reduce((total, byte) => total + byte, damaged ? 1 : 0);
      header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
      return [header, body, Buffer.alloc((512 - (body.length % 512)) % 512)];
    },
  );
  return Buffer.concat([...parts, tail]);
}

/** A package.json that is always there. */
export const packageJson: HandmadeEntry = {
  path: 'package/package.json',
  content: '{"name":"@acme/plugin-weather","version":"1.0.0"}',
};

/** A package file with a package.json and the entries given. */
export function packageFile(...entries: readonly HandmadeEntry[]): Uint8Array {
  return gzipSync(tarOf([packageJson, ...entries]));
}
