import type { Readable } from 'node:stream';

/** Where tarballs are kept, each under the hex of its sha512. What is put is there to stay when the promise settles. */
export interface BlobStore {
  /** Keeps some bytes; those that are there already are left as they are. */
  put(key: string, bytes: Uint8Array): Promise<void>;
  /** All of it; `undefined` when there is none. */
  read(key: string): Promise<Uint8Array | undefined>;
  /** As a stream, for large ones. */
  stream(key: string): Promise<Readable | undefined>;
  /** Takes it away, if it is there. */
  remove(key: string): Promise<void>;
}

/** The key of a tarball, from its subresource-integrity string. */
export function blobKey(integrity: string): string {
  return Buffer.from(integrity.replace(/^sha512-/, ''), 'base64').toString('hex');
}
