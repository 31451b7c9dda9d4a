import type { Readable } from 'node:stream';

/**
 * Where tarballs are kept, each under the hex of its sha512. What is put is there to stay when the promise settles, and
 * is never taken away: one and the same tarball may be of several packages, of other registries too.
 */
export interface BlobStore {
  /** Keeps some bytes; those that are there already are left as they are. */
  put(key: string, bytes: Uint8Array): Promise<void>;
  has(key: string): Promise<boolean>;
  /** All of it; `undefined` when there is none. */
  read(key: string): Promise<Uint8Array | undefined>;
  /** As a stream, for large ones, with how many bytes it has. */
  stream(key: string): Promise<{ readonly bytes: number; readonly stream: Readable } | undefined>;
}

/** The key of a tarball, from its subresource-integrity string. */
export function blobKey(integrity: string): string {
  return Buffer.from(integrity.replace(/^sha512-/, ''), 'base64').toString('hex');
}
