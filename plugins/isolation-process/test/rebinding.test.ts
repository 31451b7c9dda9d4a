import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Isolation, type InMemoryPlugin } from '@agent-factory/sdk';
import type { HostAddress, ResolveHost } from '@agent-factory/sdk/outbound';
import { bootTestKernel, type TestKernel } from '@agent-factory/sdk/testing';
import { ProcessIsolation } from '../src/process-isolation.ts';
import { RunnerPool } from '../src/runner-pool.ts';
import { callTool } from './support/call-tool.ts';
import { settings } from './support/settings.ts';
import { toolCode, writePlugin } from './support/write-plugin.ts';

/** What the isolated plugin says of its request. */
interface Told {
  readonly text?: string;
  readonly code?: string;
  readonly message?: string;
}

const reader = writePlugin(
  'reader',
  toolCode(
    'read',
    `async ({ url }) => {
      try {
        return { text: await (await fetch(url)).text() };
      } catch ({ code, message }) {
        return { code, message };
      }
    }`,
  ),
  { manifest: { permissions: { net: 'Reads pages.' } } },
);

const addressOf = (address: string): HostAddress => ({ address, family: address.includes(':') ? 6 : 4 });

describe('a host that a plugin may reach by its name', function () {
  this.timeout(60_000);
  let server: Server;
  let port = 0;
  let kernel: TestKernel;
  const seen: string[] = [];
  /** What a name leads to, the first time it is asked for, the second, and so on; the last stays. */
  let names: Record<string, string[][]> = {};
  const asked: string[] = [];
  const resolve: ResolveHost = async (name) => {
    const at = asked.push(name) && asked.filter((one) => one === name).length - 1;
    const answers = names[name] ?? assert.fail(`${name} was asked for`);
    return (answers[at] ?? answers.at(-1) ?? []).map(addressOf);
  };

  before(async () => {
    server = createServer((request, response) => {
      seen.push(`${request.headers.host}${request.url}`);
      const to = new URL(request.url ?? '', 'http://x').searchParams.get('to');
      if (to === null) response.end('reached');
      else response.writeHead(302, { location: to }).end();
    });
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
    port = (server.address() as AddressInfo).port;
    const config = { ...settings, strongest: 'L1' as const, allowHosts: [`inside.example:${port}`] };
    const isolator: InMemoryPlugin = {
      manifest: {
        id: 'isolation-process',
        name: 'isolation-process',
        version: '1.0.0',
        kernel: '*',
        provides: { isolation: '1.0.0' },
      },
      plugin: {
        setup(ctx) {
          const isolation = new ProcessIsolation(config, ctx.log, new RunnerPool(config), resolve);
          ctx.own(() => isolation.close());
          ctx.provide(Isolation, isolation);
        },
      },
    };
    kernel = await bootTestKernel({
      plugins: [isolator, { use: reader, isolation: 'L1' }],
      grants: { reader: ['net:rebind.example', `net:inside.example:${port}`] },
    });
  });
  after(async () => {
    await kernel?.close();
    server.closeAllConnections();
    server.close();
  });
  beforeEach(() => {
    for (const list of [seen, asked]) list.length = 0;
    names = {};
  });

  const read = async (url: string): Promise<Told> => (await callTool(kernel, 'read', { url })) as Told; // as above

  const hidden: Readonly<Record<string, readonly string[]>> = {
    'this machine': ['127.0.0.1'],
    'this machine, as IPv6 has it': ['::1'],
    'this machine, written as IPv6': ['::ffff:127.0.0.1'],
    'this machine, behind a gateway to IPv4': ['64:ff9b::7f00:1'],
    'every address of this machine': ['0.0.0.0'],
    'a private network': ['10.0.0.7'],
    'a private network, as IPv6 has it': ['fd00::7'],
    'the metadata of a cloud': ['169.254.169.254'],
    'a public address and this machine': ['93.184.215.14', '127.0.0.1'],
    'this machine and a public address': ['127.0.0.1', '2606:2800:21f:cb07:6820:80da:af6b:8b2c'],
  };
  for (const [name, addresses] of Object.entries(hidden))
    it(`is refused where it leads to ${name}`, async () => {
      names = { 'rebind.example': [[...addresses]] };
      const { code, message } = await read('http://rebind.example/');
      assert.equal(code, 'AF_OUTBOUND_ADDRESS_REFUSED', message);
      assert.match(
        message ?? '',
        /^The host rebind\.example is refused: it leads to \S+, which is no public address/,
      );
      assert.deepEqual([asked, seen], [['rebind.example'], []]);
    });

  it('is refused where it leads nowhere', async () => {
    names = { 'rebind.example': [[]] };
    assert.equal((await read('http://rebind.example/')).code, 'AF_OUTBOUND_FAILED');
  });

  it('is looked up once for a request: what was looked at is dialled, whatever the name leads to by then', async () => {
    names = { 'inside.example': [['127.0.0.1'], ['127.0.0.3']] };
    assert.deepEqual(await read(`http://inside.example:${port}/`), { text: 'reached' });
    assert.deepEqual([asked, seen], [['inside.example'], [`inside.example:${port}/`]]);
  });

  it('is looked up anew for each request: no answer is kept from before', async () => {
    names = { 'inside.example': [['127.0.0.1'], []] };
    assert.deepEqual(await read(`http://inside.example:${port}/`), { text: 'reached' });
    assert.equal((await read(`http://inside.example:${port}/`)).code, 'AF_OUTBOUND_FAILED');
    assert.deepEqual(asked, ['inside.example', 'inside.example']);
    assert.equal(seen.length, 1);
  });

  it('is refused where a redirect leads to it, and it to this machine', async () => {
    names = { 'inside.example': [['127.0.0.1']], 'rebind.example': [['127.0.0.1']] };
    const to = encodeURIComponent('http://rebind.example/canary');
    const { code } = await read(`http://inside.example:${port}/?to=${to}`);
    assert.equal(code, 'AF_OUTBOUND_ADDRESS_REFUSED');
    assert.deepEqual(asked, ['inside.example', 'rebind.example']);
    assert.equal(seen.length, 1);
  });

  it('is refused on a port that was not granted, before it is looked up', async () => {
    assert.equal((await read(`http://inside.example/`)).code, 'AF_ISOLATION_NOT_GRANTED');
    assert.equal((await read(`http://rebind.example:${port}/`)).code, 'AF_ISOLATION_NOT_GRANTED');
    assert.equal((await read(`http://other.example/`)).code, 'AF_ISOLATION_NOT_GRANTED');
    assert.deepEqual([asked, seen], [[], []]);
  });
});
