import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { awsHeaders, sha256, type AwsCredentials } from '../../src/store/aws-signature.ts';

/** A store of objects that checks every signature as S3 does. */
export interface FakeS3 {
  readonly endpoint: string;
  readonly objects: Map<string, Buffer>;
  /** Answers the next request with this status. */
  failNext(status: number): void;
  close(): void;
}

export async function startFakeS3(credentials: AwsCredentials, bucket: string): Promise<FakeS3> {
  const objects = new Map<string, Buffer>();
  let fail = 0;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks);
      const { headers, method = '' } = request;
      const url = new URL(request.url ?? '', `http://${headers.host}`);
      const stamp = String(headers['x-amz-date']);
      const at = new Date(stamp.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6Z'));
      const expected = awsHeaders({ method, url, bodyHash: sha256(body), at }, credentials);
      const isSigned =
        headers.authorization === expected['authorization'] &&
        headers['x-amz-content-sha256'] === sha256(body) &&
        Math.abs(at.getTime() - Date.now()) < 900_000;
      const status = fail || (isSigned ? 0 : 403);
      fail = 0;
      if (status) return void response.writeHead(status).end();
      const key = url.pathname;
      if (!key.startsWith(`/${bucket}/`)) return void response.writeHead(404).end();
      if (method === 'PUT') objects.set(key, body);
      if (method === 'PUT') return void response.writeHead(200).end();
      const found = objects.get(key);
      response.writeHead(found ? 200 : 404, { 'content-length': found?.length ?? 0 }).end(found);
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo; // it listens on a port
  return {
    endpoint: `http://127.0.0.1:${port}`,
    objects,
    failNext: (status) => void (fail = status),
    close: () => void server.close(),
  };
}
