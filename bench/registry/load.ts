import http from 'node:http';

const agent = new http.Agent({ keepAlive: true, maxSockets: 32 });

/** An answer. */
export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Asks a server on this machine. */
export function ask(
  port: number,
  method: string,
  path: string,
  { body, headers = {} }: { body?: Buffer; headers?: Readonly<Record<string, string>> } = {},
): Promise<Answer> {
  return new Promise((done, fail) => {
    const request = http.request(
      {
        host: '127.0.0.1',
        port,
        method,
        path,
        agent,
        headers: {
          ...(body && { 'content-type': 'application/json', 'content-length': body.length }),
          ...headers,
        },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () =>
          done({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
        );
      },
    );
    request.on('error', fail);
    request.end(body);
  });
}

/** Asks for `count` paths in turn, 16 at a time; gives back the time each took, in milliseconds. */
export async function load(
  port: number,
  paths: readonly string[],
  count: number,
  expected: number,
  headers: Readonly<Record<string, string>> = {},
): Promise<number[]> {
  const times: number[] = [];
  let next = 0;
  await Promise.all(
    Array.from({ length: 16 }, async () => {
      while (next < count) {
        const path = paths[next++ % paths.length] ?? '/';
        const began = performance.now();
        const { status } = await ask(port, 'GET', path, { headers });
        if (status !== expected) throw new Error(`${path} answered ${status}`);
        times.push(performance.now() - began);
      }
    }),
  );
  return times;
}

/** The value below which a share of some numbers lies. */
export function percentile(numbers: readonly number[], share: number): number {
  const sorted = numbers.toSorted((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
