import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { errors } from '../errors.ts';
import { awsHeaders, sha256, type AwsCredentials } from './aws-signature.ts';
import type { BlobStore } from './blobs.ts';

/** An S3-compatible store. */
export interface S3Options extends AwsCredentials {
  /** Address of the service; the bucket is part of the path, which every such service understands. */
  readonly endpoint: string;
  readonly bucket: string;
  /** What every key begins with, such as `registry/`. Default: nothing. */
  readonly prefix?: string;
}

const timeoutMs = 60_000;
const nothing = new Uint8Array();

/** Keeps blobs in an S3-compatible store. */
export function createS3Blobs(options: S3Options): BlobStore {
  const urlOf = (key: string): URL =>
    new URL(`/${options.bucket}/${options.prefix ?? ''}${key}`, options.endpoint);

  async function ask(method: string, key: string, body: Uint8Array = nothing): Promise<Response | undefined> {
    const url = urlOf(key);
    const headers = awsHeaders({ method, url, bodyHash: sha256(body), at: new Date() }, options);
    const { host: _, ...sent } = headers;
    const response = await fetch(url, {
      method,
      headers: sent,
      ...(method === 'PUT' && { body: Buffer.from(body) }),
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (response.ok) return response;
    await response.body?.cancel();
    if (response.status === 404) return undefined;
    throw errors.AF_REGISTRY_STORAGE({ reason: `the object store answered ${response.status} to ${method}` });
  }

  return {
    async put(key, bytes) {
      const response = await ask('PUT', key, bytes);
      if (!response)
        throw errors.AF_REGISTRY_STORAGE({ reason: `the object store has no bucket ${options.bucket}` });
      await response.body?.cancel();
    },
    async has(key) {
      const response = await ask('HEAD', key);
      await response?.body?.cancel();
      return response !== undefined;
    },
    async read(key) {
      const response = await ask('GET', key);
      return response && new Uint8Array(await response.arrayBuffer());
    },
    async stream(key) {
      const response = await ask('GET', key);
      if (!response?.body) return undefined;
      const stream = Readable.fromWeb(response.body as ReadableStream); // the two types of one and the same class
      return { bytes: Number(response.headers.get('content-length')), stream };
    },
  };
}
