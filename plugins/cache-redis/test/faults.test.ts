import assert from 'node:assert/strict';
import { connect, createServer, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAgentFactoryError } from '@agent-factory/sdk';
import type { Cache } from '@agent-factory/sdk/contracts';
import { freshRedis, startRedis } from '@agent-factory/test-servers';
import { Redis } from 'ioredis';
import { openTestCache, recordLog, testCache } from './open-test-cache.ts';

/** Waits until the cache keeps what it is given. */
async function untilUp(cache: Cache): Promise<void> {
  for (;;) {
    await cache.set('probe', 1);
    if ((await cache.get('probe')) === 1) return;
    await sleep(20);
  }
}

describe('cache-redis in trouble', function () {
  this.timeout(30_000);

  it('is empty while the server is away, says so once, and comes back by itself', async () => {
    const server = await startRedis();
    const { lines, log } = recordLog();
    const cache = testCache(server.url, { log });
    await cache.opened;
    await cache.set('k', 'before');
    await server.kill('SIGKILL');
    for (let times = 0; times < 20; times++) assert.equal(await cache.get('k'), undefined);
    assert.equal(await cache.getOrSet('k', async () => 'made'), 'made');
    await server.start();
    await untilUp(cache);
    assert.equal(await cache.get('k'), undefined, 'this server keeps nothing on disk');
    assert.equal(lines.filter((line) => line.startsWith('warn')).length, 1, lines.join('\n'));
    assert.match(lines[0] ?? '', /out of order.*127\.0\.0\.1:\d+|127\.0\.0\.1:\d+.*out of order/);
    assert.equal(lines.filter((line) => line.startsWith('info') && line.includes('is back')).length, 1);
    cache.close();
    await server.stop();
  });

  it('never shows after a break what was removed or replaced during it', async () => {
    const server = await startRedis({ appendonly: 'always' });
    const cache = testCache(server.url);
    await cache.opened;
    await cache.set('deleted', 'old');
    await cache.set('tagged', 'old', { tags: ['t'] });
    await cache.set('replaced', 'old');
    await cache.set('kept', 'old');
    await server.kill('SIGKILL');
    await cache.delete('deleted');
    await cache.deleteTag('t');
    await cache.set('replaced', 'new');
    await server.start();
    await untilUp(cache);
    const read = await Promise.all(['deleted', 'tagged', 'replaced', 'kept'].map((key) => cache.get(key)));
    assert.deepEqual(read, [undefined, undefined, undefined, 'old']);
    cache.close();
    await server.stop();
  });

  it('says that a tenant was not erased while the server is away, and erases it after', async () => {
    const server = await startRedis({ appendonly: 'always' });
    const cache = testCache(server.url);
    await cache.opened;
    await cache.set('acme:k', 'kept');
    await server.kill('SIGKILL');
    await assert.rejects(cache.erase('acme'), (error) => {
      assert.ok(isAgentFactoryError(error, 'AF_CACHE_REDIS_NOT_ERASED'), String(error));
      assert.match(error.message, /127\.0\.0\.1:\d+/);
      return error.retryable;
    });
    await server.start();
    await untilUp(cache);
    assert.equal(await cache.get('acme:k'), 'kept');
    await cache.erase('acme');
    assert.equal(await cache.get('acme:k'), undefined);
    cache.close();
    await server.stop();
  });

  it('removes everything after a break in which too much was removed to remember', async () => {
    const server = await startRedis({ appendonly: 'always' });
    const cache = testCache(server.url);
    await cache.opened;
    await cache.set('deleted', 'old');
    const client = new Redis(server.url);
    await client.set('another program', 'stays');
    client.disconnect();
    await server.kill('SIGKILL');
    await cache.delete('deleted');
    for (let index = 0; index < 10_001; index++) await cache.delete(`k${index}`);
    await server.start();
    await untilUp(cache);
    assert.equal(await cache.get('deleted'), undefined);
    const after = new Redis(server.url);
    assert.equal(await after.get('another program'), 'stays');
    after.disconnect();
    cache.close();
    await server.stop();
  });

  it('is empty after the server was flushed', async () => {
    const { cache, redis, close } = await openTestCache();
    await cache.set('k', 1, { tags: ['t'] });
    await redis.flushall();
    assert.equal(await cache.get('k'), undefined);
    await cache.set('k', 2, { tags: ['t'] });
    assert.equal(await cache.get('k'), 2);
    await close();
  });

  it('holds nobody up when the server does not answer', async () => {
    const server = await startRedis();
    const cache = testCache(server.url, { timeoutMs: 100 });
    await cache.opened;
    process.kill(server.pid, 'SIGSTOP');
    let ended = false;
    const calls = (async () => {
      for (let index = 0; index < 200; index++) await cache.get('k');
      ended = true;
    })();
    // One wait and no more: two hundred of them would take twenty seconds.
    await Promise.race([calls, sleep(10_000, undefined, { ref: false })]);
    assert.ok(ended);
    process.kill(server.pid, 'SIGCONT');
    await untilUp(cache);
    cache.close();
    await server.stop();
  });

  it('is empty with a wrong password, and shows it nowhere', async () => {
    const server = await startRedis({ args: ['--requirepass', 'right'] });
    const { lines, log } = recordLog();
    const cache = testCache(server.url.replace('redis://', 'redis://:wr0ng@'), { log });
    await cache.opened;
    await cache.set('k', 1);
    assert.equal(await cache.get('k'), undefined);
    assert.match(lines.join('\n'), /WRONGPASS|NOAUTH/);
    assert.doesNotMatch(lines.join('\n'), /wr0ng/);
    cache.close();
    const good = testCache(server.url.replace('redis://', 'redis://:right@'));
    await good.opened;
    await good.set('k', 1);
    assert.equal(await good.get('k'), 1);
    good.close();
    await server.stop();
  });

  it('is empty on a server that is too old, and says which it needs', async () => {
    const server = await freshRedis();
    // The real server behind a wire that makes it older by its word alone.
    const { hostname, port } = new URL(server.url);
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
    const { lines, log } = recordLog();
    const address = wire.address() as AddressInfo; // of a TCP server
    const cache = testCache(`redis://127.0.0.1:${address.port}`, { log });
    await cache.opened;
    await cache.set('k', 1);
    assert.equal(await cache.get('k'), undefined);
    assert.match(lines.join('\n'), /Redis 5\.\d.*6\.2 or newer/);
    cache.close();
    wire.close();
    await server.close();
  });

  it('goes on reading when the server has no room for more, and shows nothing older', async () => {
    const { cache, redis, close } = await openTestCache();
    await cache.set('kept', 1);
    await cache.set('k', 'old');
    await redis.config('SET', 'maxmemory', '1');
    await cache.set('k', 'new');
    assert.deepEqual([await cache.get('k'), await cache.get('kept')], [undefined, 1]);
    await redis.config('SET', 'maxmemory', '0');
    await cache.set('k', 'new');
    assert.equal(await cache.get('k'), 'new');
    await close();
  });
});
