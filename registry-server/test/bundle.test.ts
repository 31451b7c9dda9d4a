import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { kernelVersion } from '@agent-factory/kernel';
import { install, openBundle, readInstalled } from '@agent-factory/plugin-install';
import { waitFor } from '@agent-factory/sdk/testing';
import { makePlugin } from './support/make-plugin.ts';
import { openTestRegistry, type TestRegistry } from './support/open-test-registry.ts';

describe('a bundle of the registry', function () {
  this.timeout(60_000);
  let registry: TestRegistry;
  let ann: string;
  before(async () => {
    registry = await openTestRegistry();
    ann = await registry.account('ann');
    for (const name of ['@ann/one', '@ann/two']) await registry.publish(ann, await makePlugin({ name }));
  });
  after(() => registry.close());

  const asked = '/-/af/v1/bundle?plugin=@ann/one@1.0.0&plugin=@ann/two@1.0.0';

  /** Fetches it and unpacks it as a person does. */
  async function unpacked(path = asked, token?: string): Promise<string> {
    const folder = mkdtempSync(join(registry.folder, 'bundle-'));
    const response = await fetch(`http://127.0.0.1:${registry.port}${path}`, {
      headers: { ...(token !== undefined && { authorization: `Bearer ${token}` }) },
    });
    assert.equal(response.headers.get('content-type'), 'application/gzip');
    writeFileSync(join(folder, 'bundle.tgz'), Buffer.from(await response.arrayBuffer()));
    execFileSync('tar', ['-xzf', 'bundle.tgz'], { cwd: folder });
    return join(folder, 'bundle');
  }

  /** Installs from it; gives the platform's folder and what was asked for. */
  async function installed(folder?: string): Promise<{ dataDir: string; paths: readonly string[] }> {
    const { transport, scopes, specs } = openBundle(folder ?? (await unpacked()));
    if (folder === undefined) assert.deepEqual(specs, ['@ann/one@1.0.0', '@ann/two@1.0.0']);
    const dataDir = mkdtempSync(join(registry.folder, 'platform-'));
    const paths: string[] = [];
    await install({
      dataDir,
      mode: 'add',
      specs,
      scopes,
      transport: {
        get: (from, path, limit) => {
          paths.push(path);
          return transport.get(from, path, limit);
        },
      },
      beside: [],
      providers: {},
      kernelVersion,
      cooldownMs: 0,
      consent: async () => ({}),
      check: async () => {},
    });
    return { dataDir, paths };
  }

  it('installs without a network, with every check', async () => {
    const { dataDir, paths } = await installed();
    assert.deepEqual(
      Object.values(readInstalled(dataDir).plugins).map(({ name, registry: from }) => `${name} ${from}`),
      [`@ann/one ${registry.url}`, `@ann/two ${registry.url}`],
    );
    assert.ok(paths.some((path) => path.endsWith('timestamp.json')));
  });

  it('is of one moment, also when something is published while it is put together', async () => {
    const { tuf } = registry.registry;
    const { chain } = tuf;
    tuf.chain = async (bins) => {
      tuf.chain = chain;
      const next = await makePlugin({ name: '@ann/one', version: '1.1.0' });
      assert.equal((await registry.publish(ann, next)).status, 201);
      return chain(bins);
    };
    const { dataDir } = await installed();
    assert.equal(tuf.chain, chain);
    assert.equal(Object.keys(readInstalled(dataDir).plugins).length, 2);
  });

  it('installs restricted plugins too, with proof that there is none for everybody', async () => {
    // Each in a part of the metadata of its own, or nearly.
    for (const name of ['@ann/secret-a', '@ann/secret-b', '@ann/secret-c']) {
      await registry.publish(ann, await makePlugin({ name }), { access: 'restricted' });
      const path = `/-/af/v1/bundle?plugin=${name}@1.0.0`;
      const { dataDir } = await installed(await unpacked(path, ann));
      assert.equal(Object.values(readInstalled(dataDir).plugins)[0]?.name, name);
    }
  });

  it('is not held for whoever has left before it was made', async () => {
    const own = await openTestRegistry({ bundleBytes: 1 });
    const token = await own.account('ann');
    assert.equal((await own.publish(token, await makePlugin({ name: '@ann/one' }))).status, 201);
    const path = '/-/af/v1/bundle?plugin=@ann/one@1.0.0';
    const { tuf } = own.registry;
    const { chain } = tuf;
    const made = Promise.withResolvers<void>();
    const leaver = get({ port: own.port, path, agent: false }).on('error', () => {});
    tuf.chain = async (bins) => {
      tuf.chain = chain;
      leaver.destroy();
      await new Promise<void>((done) => leaver.once('close', () => done()));
      await own.ask('GET', '/-/ping'); // it has heard of that by now
      made.resolve();
      return chain(bins);
    };
    await made.promise;
    await waitFor('the next reader', async () => (await own.ask('GET', path)).status === 200);
    await own.close();
  });

  it('is held for slow readers only so far; whoever comes then is told to come later', async () => {
    const own = await openTestRegistry({ bundleBytes: 1 });
    const token = await own.account('ann');
    // More than the system takes off our hands at once.
    const noise = randomBytes(8 * 2 ** 20);
    const plugin = await makePlugin({ name: '@ann/large', pictures: { 'noise.bin': noise } });
    assert.equal((await own.publish(token, plugin)).status, 201);
    const path = '/-/af/v1/bundle?plugin=@ann/large@1.0.0';
    const slow = get({ port: own.port, path, agent: false });
    const [answer] = (await once(slow, 'response')) as [IncomingMessage];
    assert.equal(answer.statusCode, 200);
    const refused = await own.ask('GET', path);
    assert.deepEqual([refused.status, refused.json.code], [503, 'AF_REGISTRY_BUSY']);
    slow.destroy();
    await waitFor('the end of the slow reader', async () => {
      const response = await fetch(`http://127.0.0.1:${own.port}${path}`, { method: 'GET' });
      await response.body?.cancel();
      return response.status === 200;
    });
    await own.close();
  });

  it('holds only what there is, and what whoever asks may read', async () => {
    const ask = async (query: string, token?: string): Promise<[number, string]> => {
      const { status, json } = await registry.ask('GET', `/-/af/v1/bundle${query}`, {
        ...(token && { token }),
      });
      return [status, json?.code];
    };
    assert.deepEqual(await ask(''), [400, 'AF_REGISTRY_REQUEST']);
    assert.deepEqual(await ask('?plugin=one'), [400, 'AF_REGISTRY_REQUEST']);
    assert.deepEqual(await ask('?plugin=@ann/../x@1.0.0'), [400, 'AF_REGISTRY_REQUEST']);
    assert.deepEqual(await ask('?plugin=@ann/one@9.0.0'), [404, 'AF_REGISTRY_VERSION_UNKNOWN']);
    assert.deepEqual(await ask('?plugin=@ann/none@1.0.0'), [404, 'AF_REGISTRY_PACKAGE_UNKNOWN']);
    const many = Array.from({ length: 51 }, (_, i) => `plugin=@ann/one@1.0.${i}`).join('&');
    assert.deepEqual(await ask(`?${many}`), [400, 'AF_REGISTRY_REQUEST']);
    await registry.publish(ann, await makePlugin({ name: '@ann/own' }), { access: 'restricted' });
    assert.deepEqual(await ask('?plugin=@ann/own@1.0.0'), [404, 'AF_REGISTRY_PACKAGE_UNKNOWN']);
    assert.deepEqual(await ask('?plugin=@ann/own@1.0.0', ann), [200, undefined]);
    const admin = await registry.account('boss', { role: 'admin' });
    const body = { name: '@ann/two', versions: '*', reason: 'It steals.' };
    await registry.ask('POST', '/-/af/v1/blocks', { token: admin, body });
    assert.deepEqual(await ask('?plugin=@ann/two@1.0.0'), [403, 'AF_REGISTRY_BLOCKED']);
  });
});
