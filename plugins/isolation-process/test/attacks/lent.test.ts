import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import { Isolation, Secret, type InMemoryPlugin } from '@agent-factory/sdk';
import { SecretStore } from '@agent-factory/sdk/contracts';
import { waitFor } from '@agent-factory/sdk/testing';
import { besiege, type Besieged, type SiegeOptions } from './hostile.ts';
import { mirror } from './mirror.ts';
import { atTheWeakest, type Siege } from './sieges.ts';

const open: Besieged[] = [];

async function siege({ level, mode }: Siege, options: SiegeOptions = {}): Promise<Besieged> {
  const besieged = await besiege(level, mode, options);
  open.push(besieged);
  return besieged;
}

/** A store with one secret, for one host. */
function vault(host: string): InMemoryPlugin {
  const manifest = {
    id: 'vault',
    name: 'vault',
    version: '1.0.0',
    kernel: '*',
    provides: { 'secret-store': '1.0.0' },
  };
  const store: SecretStore = {
    names: async () => ['key'],
    find: async (_tenant, name) =>
      name === 'key' ? { value: new Secret('stored-secret-81c2'), hosts: [host] } : undefined,
  };
  return { manifest, plugin: { setup: (ctx) => ctx.provide(SecretStore, store) } };
}

describe('what is lent to a hostile plugin', () => {
  let server: Server;
  let port = 0;
  const hits: { authorization: string | undefined }[] = [];
  const waiting: (() => void)[] = [];
  before(async () => {
    server = createServer((request, response) => {
      hits.push({ authorization: request.headers.authorization });
      if (request.url === '/hold') waiting.push(() => response.end('late'));
      else response.end('ok');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  afterEach(async () => {
    for (const { kernel } of open.splice(0)) await kernel.close();
  });

  atTheWeakest((at) => {
    it('is no stored secret once that is taken away: neither by what is under way, nor by its handle later', async () => {
      const host = `127.0.0.1:${port}`;
      const besieged = await siege(at, {
        granted: [`net:${host}`, 'secrets:key'],
        beside: [vault(host)],
        config: { allowHosts: [host] },
      });
      hits.length = 0;
      const fine = await besieged.attack('stored', { url: `http://${host}/fine`, name: 'key' });
      assert.deepEqual(fine.worked, ['send']);
      assert.equal(hits.at(-1)?.authorization, 'stored-secret-81c2');
      const call = besieged.attack('stored', { url: `http://${host}/hold`, name: 'key' });
      await waitFor('the request', () => waiting.length > 0);
      assert.equal(await besieged.kernel.use(Isolation).revoke('hostile', 'secrets:key'), true);
      assert.deepEqual((await call).refused, { send: 'AF_ISOLATION_NOT_GRANTED' });
      for (const end of waiting.splice(0)) end();
      const { refused } = await besieged.attack('kept', { url: `http://${host}/fine` });
      assert.deepEqual(refused, { send: 'AF_ISOLATION_SECRET_HOST' });
      await besieged.attack('stored', { url: `http://${host}/fine`, name: 'key' });
      assert.equal(hits.at(-1)?.authorization, 'AF_ISOLATION_NOT_GRANTED', 'it is not lent again');
    });

    it('is there in the middle of a stream', async () => {
      const { plugin, calls } = mirror(() => besieged);
      const besieged: Besieged = await siege(at, { granted: ['tools'], beside: [plugin] });
      const pieces: unknown[] = [];
      const stream = (await besieged.attack(
        'drip',
        {},
        { tenant: 'own' },
      )) as unknown as AsyncIterable<unknown>;
      for await (const piece of stream) pieces.push(piece); // a stream, as the fixture gives it
      assert.deepEqual(pieces, ['first', { tenant: 'own' }]);
      assert.equal(calls.count, 1);
    });

    it('is not waited for without end, when calls of calls use up all it may ask for at once', async () => {
      const { plugin } = mirror(() => besieged);
      const config = { maxRequests: 2, callMs: 600_000 };
      const besieged: Besieged = await siege(at, { granted: ['tools'], beside: [plugin], config });
      const calls = Array.from({ length: 6 }, () => besieged.attack('bounce', { depth: 0 }));
      for (const { status, reason } of (await Promise.allSettled(calls)) as PromiseRejectedResult[]) {
        assert.equal(status, 'rejected');
        assert.match((reason as { code: string }).code, /^AF_ISOLATION_(BUSY|DEPTH)$/);
      }
      assert.equal((await besieged.attack('stack')).tried, 1);
    });
  });
});
