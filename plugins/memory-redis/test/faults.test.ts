import assert from 'node:assert/strict';
import { connect, createServer, type AddressInfo } from 'node:net';
import { dirname } from 'node:path';
import { isAgentFactoryError, type AgentFactoryError, type ErrorCode } from '@agent-factory/sdk';
import { ConversationMemory } from '@agent-factory/sdk/contracts';
import type { Message } from '@agent-factory/sdk/domain';
import { bootTestKernel } from '@agent-factory/sdk/testing';
import { freshRedis, startRedis } from '@agent-factory/test-servers';
import { openTestMemory, recordLog, testMemory } from './open-test-memory.ts';

const folder = dirname(import.meta.dirname);
const said = (content: string): Message => ({ role: 'user', content });

async function failure(promise: Promise<unknown>, code: ErrorCode): Promise<AgentFactoryError> {
  const error: unknown = await promise.then(
    () => assert.fail(`expected ${code}`),
    (reason: unknown) => reason,
  );
  assert.ok(isAgentFactoryError(error, code), String(error));
  assert.equal(error.cause, undefined, "the driver's error may hold a password");
  return error;
}

describe('memory-redis in trouble', function () {
  this.timeout(30_000);

  it('keeps the platform from starting when its server cannot be reached, and names it without the password', async () => {
    const config = { url: 'redis://user:s3cret@127.0.0.1:1/2', timeoutMs: 200 };
    const error: unknown = await bootTestKernel({ plugins: [{ use: folder, config }] }).catch(
      (reason) => reason,
    );
    assert.ok(error instanceof Error && isAgentFactoryError(error));
    const text = JSON.stringify([error.message, error.fix, error.details]);
    assert.match(text, /127\.0\.0\.1:1\/2/);
    assert.match(text, /ECONNREFUSED/);
    assert.doesNotMatch(text, /s3cret/);
  });

  it('says that the password is wrong, and shows it nowhere', async () => {
    const server = await startRedis({ args: ['--requirepass', 'right'] });
    const { lines, log } = recordLog();
    for (const [credentials, mend] of [
      [':wr0ng@', /user name and password/],
      ['', /password/],
    ] as const) {
      const url = server.url.replace('redis://', `redis://${credentials}`);
      const memory = testMemory(url, { timeoutMs: 500, log });
      const error = await failure(memory.check(), 'AF_MEMORY_UNAVAILABLE');
      assert.match(error.message, /WRONGPASS|NOAUTH/);
      assert.match(error.fix, mend);
      assert.doesNotMatch(JSON.stringify([error, lines]), /wr0ng/);
      memory.close();
    }
    const good = testMemory(server.url.replace('redis://', 'redis://:right@'));
    await good.check();
    good.close();
    await server.stop();
  });

  it('refuses a server that is too old, and says which it needs', async () => {
    const server = await freshRedis();
    const { hostname, port } = new URL(server.url);
    // The real server behind a wire that makes it older by its word alone.
    const wire = createServer((client) => {
      const behind = connect(Number(port), hostname);
      client.pipe(behind);
      behind.on('data', (data) => {
        const text = data.toString('latin1').replace(/redis_version:\d/, 'redis_version:5');
        client.write(text, 'latin1');
      });
      client.on('error', () => behind.destroy()).on('close', () => behind.destroy());
      behind.on('error', () => client.destroy());
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => wire.once('listening', resolve));
    const address = wire.address() as AddressInfo; // of a TCP server
    const memory = testMemory(`redis://127.0.0.1:${address.port}`);
    const error = await failure(memory.tenant('t').read('c'), 'AF_MEMORY_REDIS_VERSION');
    assert.match(error.message, /Redis 5\.\S+, and 6\.2 or newer/);
    memory.close();
    wire.close();
    await server.close();
  });

  it('fails in time while the server is away, and goes on when it is back, with what an append-only file kept', async () => {
    const server = await startRedis({ appendonly: 'always' });
    const memory = testMemory(server.url, { timeoutMs: 300 });
    const tenant = memory.tenant('t');
    assert.equal(await tenant.append('c', [said('before')]), 1);
    await server.kill('SIGKILL');
    const error = await failure(tenant.append('c', [said('lost')]), 'AF_MEMORY_UNAVAILABLE');
    assert.ok(error.retryable);
    await server.start();
    const patient = testMemory(server.url);
    assert.equal(await patient.tenant('t').append('c', [said('after')]), 2);
    assert.deepEqual(
      (await patient.tenant('t').read('c')).messages.map(({ message }) => message.content),
      ['before', 'after'],
    );
    while ((await tenant.read('c').catch(() => undefined)) === undefined);
    assert.equal((await tenant.read('c')).messages.length, 2);
    memory.close();
    patient.close();
    await server.stop();
  });

  it('waits for a server that restarts, and never adds a message twice', async () => {
    const server = await startRedis({ appendonly: 'always' });
    const memory = testMemory(server.url, { timeoutMs: 10_000 });
    const tenant = memory.tenant('t');
    await tenant.append('c', [said('0')]);
    const appends = Promise.allSettled(
      Array.from({ length: 50 }, (_, index) => tenant.append('c', [said(`${index + 1}`)])),
    );
    await server.kill('SIGKILL');
    const late = tenant.append('c', [said('late')]);
    await server.start();
    const acknowledged = (await appends).flatMap((result, index) =>
      result.status === 'fulfilled' ? [`${index + 1}`] : [],
    );
    for (const result of await appends)
      if (result.status === 'rejected') assert.match(String(result.reason), /may have been done/);
    await late;
    const kept = (await tenant.read('c')).messages.map(({ message }) => message.content);
    assert.equal(new Set(kept).size, kept.length, 'each at most once');
    for (const content of [...acknowledged, '0', 'late']) assert.ok(kept.includes(content), content);
    memory.close();
    await server.stop();
  });

  it('begins anew after the server was flushed', async () => {
    const { memory, redis, elapse, close } = await openTestMemory();
    const tenant = memory.tenant('t');
    await tenant.append('c', [said('gone')]);
    await redis.flushall();
    await redis.script('FLUSH');
    assert.deepEqual([await tenant.read('c'), await tenant.list()], [{ messages: [] }, []]);
    assert.equal(await tenant.append('c', [said('anew')], { ttlMs: 1_000 }), 1);
    await elapse(3_000);
    assert.equal(await memory.sweep(), 1, 'the list of tenants is there again');
    await close();
  });

  it('goes on when Redis evicted a part of a conversation', async () => {
    const { memory, redis, close } = await openTestMemory();
    const tenant = memory.tenant('t');
    await tenant.append('c', [said('1'), said('2')]);
    await redis.del('test:{t}:m:c');
    assert.deepEqual((await tenant.read('c')).messages, []);
    assert.equal(await tenant.append('c', [said('3')]), 3);
    await redis.del('test:{t}:c:c');
    assert.deepEqual([await tenant.read('c'), await tenant.list()], [{ messages: [] }, []]);
    assert.equal(await tenant.append('c', [said('anew')]), 1);
    assert.deepEqual(
      (await tenant.read('c')).messages.map(({ message }) => message.content),
      ['anew'],
    );
    await close();
  });

  it('refuses keys of another program under its prefix, and changes nothing', async () => {
    for (const key of ['c:c', 'm:c', 'recent', 'expiry']) {
      const { memory, redis, close } = await openTestMemory();
      await redis.set(`test:{t}:${key}`, 'theirs');
      const error = await failure(
        memory.tenant('t').append('c', [said('x')], { ttlMs: 1_000 }),
        'AF_MEMORY_REDIS_KEY_CLASH',
      );
      assert.match(error.fix, /test:/);
      assert.deepEqual(await redis.keys('*'), [`test:{t}:${key}`]);
      await close();
    }
  });

  it('adds all or none when the server has no room', async () => {
    const { memory, redis, close } = await openTestMemory();
    const tenant = memory.tenant('t');
    await tenant.append('c', [said('1')]);
    await redis.config('SET', 'maxmemory', '1');
    const error = await failure(tenant.append('c', [said('2'), said('3')]), 'AF_MEMORY_UNAVAILABLE');
    assert.match(error.fix, /more memory/);
    assert.equal((await tenant.read('c')).messages.length, 1);
    await redis.config('SET', 'maxmemory', '0');
    assert.equal(await tenant.append('c', [said('2')]), 2);
    await close();
  });

  it('boots where a user may do no more than it needs', async () => {
    const { redis, close } = await openTestMemory();
    const commands = ['+@read', '+@write', '+@scripting', '+@connection', '+time', '-info'];
    await redis.call('ACL', 'SETUSER', 'worker', 'on', '>pass', '~af:memory:*', ...commands);
    const { host, port } = redis.options;
    const config = { url: `redis://worker:pass@${host}:${port}` };
    const kernel = await bootTestKernel({ plugins: [{ use: folder, config }] });
    const tenant = kernel.use(ConversationMemory).tenant('default');
    assert.equal(await tenant.append('c', [said('x')]), 1);
    assert.equal((await tenant.list()).length, 1);
    await kernel.close();
    await redis.call('ACL', 'DELUSER', 'worker');
    await close();
  });
});
