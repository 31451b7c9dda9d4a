import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createOutbound, type OutboundAnswer } from '@agent-factory/sdk/outbound';

interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

describe('outbound requests', () => {
  const servers: Server[] = [];
  const seen: Seen[] = [];
  let [first, second] = ['', ''];

  /** `/to/<status>/<url>` redirects there; everything else answers `ok`. */
  const serve = async (): Promise<string> => {
    const server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        const { method = '', url = '', headers } = request;
        seen.push({ method, url, headers, body });
        const [, status, target] = /^\/to\/(\d+)\/(.*)$/.exec(url) ?? [];
        if (status === undefined) response.end('ok');
        else response.writeHead(Number(status), { location: decodeURIComponent(target ?? '') }).end();
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    servers.push(server);
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // it listens on TCP
  };
  before(async () => {
    [first, second] = [await serve(), await serve()];
  });
  after(() => {
    for (const server of servers) {
      server.closeAllConnections();
      server.close();
    }
  });
  beforeEach(() => {
    seen.length = 0;
  });

  const send = (
    url: string,
    more: { method?: string; body?: string; headers?: Record<string, string> } = {},
  ): Promise<OutboundAnswer> => {
    const { method = 'GET', body, headers = {} } = more;
    const outbound = createOutbound({
      allowHosts: [new URL(first).host, new URL(second).host],
      settings: { hosts: '"allowHosts" of test', time: '"timeoutMs" of test' },
    });
    return outbound.request({
      url: new URL(url),
      method,
      headers,
      secretHeaders: ['X-Api-Key'],
      ...(body !== undefined && { body: new TextEncoder().encode(body) }),
      timeoutMs: 5_000,
      maxBytes: 1_000,
      signal: new AbortController().signal,
    });
  };
  const to = (from: string, status: number, target: string): string =>
    `${from}/to/${status}/${encodeURIComponent(target)}`;
  const secrets = { authorization: 'Bearer a', cookie: 'b=1', 'x-api-key': 'c', accept: 'text/plain' };

  it('keep what is secret on the same origin, and lose it on the way to another', async () => {
    await send(to(first, 302, '/next'), { headers: secrets });
    assert.equal(seen[1]?.headers.authorization, 'Bearer a');
    assert.equal(seen[1]?.headers['x-api-key'], 'c');
    await send(to(first, 302, `${second}/next`), { headers: secrets });
    const { authorization, cookie, accept, ...rest } = seen[3]?.headers ?? {};
    assert.deepEqual(
      [authorization, cookie, rest['x-api-key'], accept],
      [undefined, undefined, undefined, 'text/plain'],
    );
  });

  it('become a GET after a 303, and a POST after a 302 too', async () => {
    for (const status of [302, 303]) {
      seen.length = 0;
      await send(to(first, status, `${second}/done`), { method: 'POST', body: 'x' });
      assert.deepEqual(
        seen.map(({ method, body }) => [method, body]),
        [
          ['POST', 'x'],
          ['GET', ''],
        ],
      );
    }
  });

  it('are sent again with their body after a 307, but not to another origin', async () => {
    await send(to(first, 307, '/again'), { method: 'PUT', body: 'x' });
    assert.deepEqual(
      seen.map(({ method, url, body }) => [method, url.slice(0, 6), body]),
      [
        ['PUT', '/to/30', 'x'],
        ['PUT', '/again', 'x'],
      ],
    );
    seen.length = 0;
    await assert.rejects(send(to(first, 307, `${second}/again`), { method: 'PUT', body: 'x' }), {
      code: 'AF_OUTBOUND_URL_REFUSED',
    });
    assert.equal(seen.length, 1);
  });

  it('end after five redirects, and at one that leads nowhere', async () => {
    let url = `${first}/end`;
    for (let hop = 0; hop < 6; hop++) url = to(first, 302, url);
    await assert.rejects(send(url), { code: 'AF_OUTBOUND_REDIRECTS' });
    assert.equal(seen.length, 6);
    await assert.rejects(send(to(first, 302, 'http://')), { code: 'AF_OUTBOUND_URL_REFUSED' });
  });

  it('refuse a redirect to a private address that was not allowed, whatever way it is written', async () => {
    for (const target of ['http://169.254.169.254/latest', 'http://[::1]/', 'http://2130706433/'])
      await assert.rejects(send(to(first, 302, target)), { code: 'AF_OUTBOUND_ADDRESS_REFUSED' });
    assert.equal(seen.length, 3);
  });
});
