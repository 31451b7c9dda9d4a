import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { dirname } from 'node:path';
import { ConversationMemory, MaintenanceTask } from '@agent-factory/sdk/contracts';
import { bootTestKernel, conversationMemorySuite } from '@agent-factory/sdk/testing';
import { freshRedis, startRedis, type TestServer } from '@agent-factory/test-servers';
import { Redis } from 'ioredis';
import { openTestMemory, recordLog } from './open-test-memory.ts';

const folder = dirname(import.meta.dirname);

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // of a TCP server
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe('memory-redis', function () {
  this.timeout(30_000);

  describe('as a conversation memory', () => {
    for (const { name, run } of conversationMemorySuite(() => openTestMemory())) it(name, run);
  });

  for (const cluster of [false, true]) {
    const through = cluster ? 'through a client of clusters' : 'through a client of one server';
    describe(`as a conversation memory on a cluster, ${through}`, () => {
      let server: TestServer;
      before(async () => {
        // Without a port of its own, the bus would take one that may be too high.
        const args = ['--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1'];
        server = await startRedis({ args: [...args, '--cluster-port', String(await freePort())] });
        const redis = new Redis(server.url);
        await redis.cluster('ADDSLOTSRANGE', 0, 16_383);
        while (!/cluster_state:ok/.test(await redis.cluster('INFO')));
        redis.disconnect();
      });
      after(() => server?.stop());

      for (const { name, run } of conversationMemorySuite(() => openTestMemory(server.url, { cluster })))
        it(name, run);
    });
  }

  it('leaves nothing behind of what is over once it was swept', async () => {
    const { memory, tenants, redis, elapse, close } = await openTestMemory();
    for (const id of tenants)
      await memory.tenant(id).append('c', [{ role: 'user', content: 'x' }], { ttlMs: 1_000 });
    await elapse(3_000);
    assert.equal(await memory.sweep(), 2);
    assert.deepEqual(await redis.keys('*'), ['test:tenants']);
    await close();
  });

  it('leaves no key of a tenant that is erased, and every key of others', async () => {
    const { memory, redis, close } = await openTestMemory();
    const say = (tenant: string, conversation: string, ttlMs: number) =>
      memory.tenant(tenant).append(conversation, [{ role: 'user', content: 'x' }], { ttlMs });
    for (let n = 0; n < 250; n++) await say('acme', `c${n}`, n % 2 === 0 ? 0 : 60_000);
    await say('acme-2', 'c', 0);
    const others = (await redis.keys('*{acme-2}*')).length;
    await memory.erase('acme');
    assert.deepEqual(await redis.keys('*{acme}*'), []);
    assert.deepEqual(await redis.smembers('test:tenants'), ['acme-2']);
    assert.equal((await redis.keys('*{acme-2}*')).length, others);
    await memory.erase('acme');
    await close();
  });

  it('warns once where a restart of Redis would lose what it keeps, and not where it would not', async () => {
    for (const appendonly of ['off', 'everysec'] as const) {
      const server = await startRedis({ appendonly });
      const { lines, log } = recordLog();
      const { memory, close } = await openTestMemory(server.url, { log });
      for (let times = 0; times < 3; times++) await memory.check();
      const warnings = lines.filter((line) => line.includes('append-only'));
      assert.equal(warnings.length, appendonly === 'off' ? 1 : 0, warnings.join('\n'));
      await close();
      await server.stop();
    }
  });

  it('boots as a plugin, sweeps by a task, and lets go of its connection', async () => {
    const server = await freshRedis();
    const kernel = await bootTestKernel({ plugins: [{ use: folder, config: { url: server.url } }] });
    const memory = kernel.use(ConversationMemory);
    await memory.tenant('default').append('c', [{ role: 'user', content: 'x' }]);
    const redis = new Redis(server.url);
    const ttl = await redis.pttl('af:memory:{default}:c:c');
    assert.ok(ttl > 2_591_000_000 && ttl <= 2_592_000_000, 'thirty days, as configured');
    redis.disconnect();
    const [task] = kernel.all(MaintenanceTask);
    const { signal } = new AbortController();
    assert.deepEqual(await task?.value.run({ signal, log: recordLog().log }), { removed: 0 });
    await kernel.close();
    await server.close();
  });
});
