import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Knowledge } from '@agent-factory/sdk/contracts';
import { openPlatform } from './support/open-platform.ts';

describe('a web page in a knowledge base', () => {
  it('stays while its server does not answer, and goes when the server says that it is gone', async () => {
    let status = 200;
    const server = createServer((_request, response) => {
      response.writeHead(status, { 'content-type': 'text/html' }).end('<h1>Terms</h1><p>Money back.</p>');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const host = `127.0.0.1:${(server.address() as AddressInfo).port}`; // it listens on TCP
    const platform = await openPlatform('sqlite');
    try {
      const sources = [{ type: 'url', url: `http://${host}/terms` }];
      const kernel = await platform.boot({ allowHosts: [host], bases: [{ name: 'web', sources }] });
      const mine = kernel.use(Knowledge).tenant('default');
      const looked = async (answer: number): Promise<readonly [failed: number, documents: number]> => {
        status = answer;
        const { failed, documents } = await mine.ingest('web');
        return [failed, documents];
      };
      assert.deepEqual(await looked(200), [0, 1]);
      assert.deepEqual(await looked(503), [1, 1]);
      assert.deepEqual(await looked(429), [1, 1]);
      assert.deepEqual(await looked(404), [1, 0]);
    } finally {
      await platform.close();
      server.close();
    }
  });
});
