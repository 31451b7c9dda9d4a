import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { makePlugin } from './support/make-plugin.ts';
import { openTestRegistry, type TestRegistry } from './support/open-test-registry.ts';

const name = '@far/tool';
const path = '/@far%2ftool';
const file = '/@far/tool/-/tool-1.0.0.tgz';
const minute = 60_000;

describe('a name that comes from another registry', function () {
  this.timeout(60_000);
  const tarball = randomBytes(200_000);
  const sha512 = `sha512-${createHash('sha512').update(tarball).digest('base64')}`;
  const asked: string[] = [];
  /** What the other registry does. */
  let mode: 'good' | 'down' | 'broken' | 'other' | 'elsewhere' | 'tampered' = 'good';
  let elsewhere: Server;
  let registry: TestRegistry;

  before(async () => {
    elsewhere = createServer((request, response) => {
      asked.push(request.url ?? '');
      if (mode === 'down') return void response.writeHead(500).end();
      if (mode === 'elsewhere')
        return void response.writeHead(302, { location: 'http://169.254.169.254/' }).end();
      if (request.url === file) {
        response.writeHead(200, { 'content-length': tarball.length });
        if (mode === 'broken')
          return void response.write(tarball.subarray(0, 1000), () => response.destroy());
        return void response.end(mode === 'tampered' ? randomBytes(tarball.length) : tarball);
      }
      if (request.url !== path) return void response.writeHead(404).end('{}');
      const dist = { integrity: sha512, tarball: 'http://evil.example/tool.tgz' };
      const body = {
        name: mode === 'other' ? '@far/other' : name,
        'dist-tags': { latest: '1.0.0' },
        versions: { '1.0.0': { name, version: '1.0.0', dist } },
      };
      response.writeHead(200, { etag: '"one"' }).end(JSON.stringify(body));
    }).listen(0, '127.0.0.1');
    await once(elsewhere, 'listening');
    const { port } = elsewhere.address() as AddressInfo; // it listens on a port
    registry = await openTestRegistry({
      policy: 'any',
      uplinks: [{ pattern: '@far/*', url: `http://127.0.0.1:${port}/` }],
    });
  });
  after(async () => {
    elsewhere.closeAllConnections();
    elsewhere.close();
    await registry.close();
  });
  beforeEach(() => {
    registry.pass(2 * minute);
    mode = 'good';
    asked.length = 0;
  });

  const refusal = async (where: string): Promise<[number, string]> => {
    const { status, json } = await registry.ask('GET', where);
    return [status, json?.code];
  };

  it('is not served by half, not as another, and not where its registry sends to elsewhere', async () => {
    for (const wrong of ['down', 'other', 'elsewhere'] as const) {
      mode = wrong;
      assert.deepEqual(await refusal(path), [502, 'AF_REGISTRY_UPLINK'], wrong);
    }
    for (const wrong of ['broken', 'tampered'] as const) {
      mode = 'good';
      assert.equal((await registry.ask('GET', path)).status, 200);
      mode = wrong;
      assert.deepEqual(await refusal(file), [502, 'AF_REGISTRY_UPLINK'], wrong);
    }
  });

  it('is served with tarballs that are here, fetched once by whoever asks first', async () => {
    const [first] = await Promise.all([registry.ask('GET', path), registry.ask('GET', path)]);
    assert.equal(first.json.versions['1.0.0'].dist.tarball, `${registry.url}${file}`);
    assert.ok(!first.text.includes('evil.example'));
    const get = async (): Promise<void> => {
      const response = await fetch(`http://127.0.0.1:${registry.port}${file}`);
      assert.equal(response.headers.get('content-length'), String(tarball.length));
      assert.ok(Buffer.from(await response.arrayBuffer()).equals(tarball));
    };
    await Promise.all([get(), get(), get()]);
    await get();
    assert.deepEqual(asked, [path, file]);
    const head = await fetch(`http://127.0.0.1:${registry.port}${file}`, { method: 'HEAD' });
    assert.equal(head.headers.get('content-length'), String(tarball.length));
    assert.equal((await registry.ask('GET', '/@far%2ftool/latest')).json.version, '1.0.0');
    const known = { headers: { 'if-none-match': String(first.headers.get('etag')) } };
    assert.equal((await registry.ask('GET', path, known)).status, 304);
    assert.deepEqual(await refusal('/@far/tool/-/tool-2.0.0.tgz'), [404, 'AF_REGISTRY_VERSION_UNKNOWN']);
  });

  it('is served while that registry is down, once it was seen', async () => {
    await registry.ask('GET', path);
    registry.pass(2 * minute);
    mode = 'down';
    assert.equal((await registry.ask('GET', path)).status, 200);
    assert.equal((await registry.ask('GET', file)).status, 200);
    assert.deepEqual(await refusal('/@far%2fnone'), [502, 'AF_REGISTRY_UPLINK']);
  });

  it('does not wait for another registry that is slow, though that one names the same tarball', async () => {
    const asks: string[] = [];
    const four = Promise.withResolvers<void>();
    const slow = createServer((request, response) => {
      const { url = '' } = request;
      if (url.endsWith('.tgz')) {
        asks.push(url); // and no answer, ever
        if (asks.length === 4) four.resolve();
        return;
      }
      const its = decodeURIComponent(url.slice(1));
      const versions = { '1.0.0': { name: its, version: '1.0.0', dist: { integrity: sha512 } } };
      response.end(JSON.stringify({ name: its, versions }));
    }).listen(0, '127.0.0.1');
    await once(slow, 'listening');
    // Both listen on a port.
    const at = (server: Server): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const own = await openTestRegistry({
      policy: 'any',
      uplinks: [
        { pattern: '@slow/*', url: at(slow) },
        { pattern: '@far/*', url: at(elsewhere) },
      ],
    });
    const waiting = ['a', 'b', 'c', 'd'].map((one) => own.ask('GET', `/@slow/${one}/-/${one}-1.0.0.tgz`));
    await four.promise;
    assert.equal((await own.ask('GET', file)).status, 200);
    slow.closeAllConnections();
    slow.close();
    for (const { status } of await Promise.all(waiting)) assert.equal(status, 502);
    await own.close();
  });

  it('cannot be published here, and no other name is asked for there', async () => {
    const ann = await registry.account('ann');
    const refused = await registry.publish(ann, await makePlugin({ name, version: '9.0.0' }));
    assert.deepEqual([refused.status, refused.json.code], [403, 'AF_REGISTRY_NAME_REFUSED']);
    assert.deepEqual(await refusal('/@near%2ftool'), [404, 'AF_REGISTRY_PACKAGE_UNKNOWN']);
    assert.deepEqual(asked, []);
  });

  it('does not get what is here for others by naming its hash', async () => {
    const own = { hash: '', sent: Buffer.alloc(0) as Uint8Array };
    const server = createServer((request, response) => {
      if (request.url?.endsWith('.tgz')) return void response.end(own.sent);
      const versions = { '1.0.0': { name, version: '1.0.0', dist: { integrity: own.hash } } };
      response.end(JSON.stringify({ name, versions }));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo; // it listens on a port
    const uplinks = [{ pattern: '@far/*', url: `http://127.0.0.1:${port}` }];
    const shared = await openTestRegistry({ policy: 'any', uplinks });
    const secret = await makePlugin({ name: '@ann/secret' });
    const published = await shared.publish(await shared.account('ann'), secret, { access: 'restricted' });
    assert.equal(published.status, 201, published.text);
    assert.equal((await shared.ask('GET', '/@ann/secret/-/secret-1.0.0.tgz')).status, 404);
    own.hash = secret.integrity;
    const refused = await shared.ask('GET', file);
    assert.deepEqual([refused.status, refused.json?.code], [502, 'AF_REGISTRY_UPLINK']);
    own.sent = secret.bytes; // whoever has it tells nobody anything new
    assert.equal((await shared.ask('GET', file)).status, 200);
    await shared.close();
    server.closeAllConnections();
    server.close();
  });

  it('can be blocked here, though it was kept', async () => {
    assert.equal((await registry.ask('GET', file)).status, 200);
    const admin = await registry.account('boss', { role: 'admin' });
    const body = { name, versions: '*', reason: 'It steals.' };
    const block = await registry.ask('POST', '/-/af/v1/blocks', { token: admin, body });
    assert.equal(block.status, 201);
    assert.deepEqual(await refusal(file), [403, 'AF_REGISTRY_BLOCKED']);
    await registry.ask('DELETE', `/-/af/v1/blocks/${block.json.id}`, { token: admin });
    assert.equal((await registry.ask('GET', file)).status, 200);
  });
});
