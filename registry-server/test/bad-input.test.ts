import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createConnection } from 'node:net';
import { gzipSync } from 'node:zlib';
import { makePlugin, publishBody } from './support/make-plugin.ts';
import { openTestRegistry, type Answer, type TestRegistry } from './support/open-test-registry.ts';

type Loose = Answer['json'];

describe('bad input', () => {
  let registry: TestRegistry;
  let ann: string;
  before(async () => {
    registry = await openTestRegistry({ maxPackageBytes: 100_000 });
    ann = await registry.account('ann');
  });
  after(() => registry.close());

  const put = (body: unknown, name = '@ann%2fbad'): Promise<Answer> =>
    registry.ask('PUT', `/${name}`, { token: ann, body });
  const changed = async (change: (body: Loose) => void): Promise<Answer> => {
    // A publish is of the shape that npm sends; each test spoils one part of it.
    const body: Loose = publishBody(await makePlugin({ name: '@ann/bad' }));
    change(body);
    return put(body);
  };

  it('is answered by a code, what was wrong and what to do, for people and for programs', async () => {
    const answer = await changed((body) => delete body.versions);
    assert.equal(answer.status, 400);
    for (const field of ['error', 'reason', 'type', 'title', 'status', 'detail', 'instance', 'code', 'fix'])
      assert.ok(answer.json[field], field);
    const problem = await registry.ask('GET', '/-/none', { headers: { accept: 'application/problem+json' } });
    assert.equal(problem.headers.get('content-type'), 'application/problem+json');
    assert.doesNotMatch(answer.text, /\bat .*\.ts:/);
  });

  const spoiled: Record<string, [status: number, code: string, change: (body: Loose) => void]> = {
    'no version': [400, 'AF_REGISTRY_REQUEST', (body) => (body.versions = {})],
    'two versions': [400, 'AF_REGISTRY_REQUEST', (body) => (body.versions['2.0.0'] = body.versions['1.0.0'])],
    'two tarballs': [400, 'AF_REGISTRY_REQUEST', (body) => (body._attachments['x.tgz'] = { data: '' })],
    'versions that are a list': [400, 'AF_REGISTRY_REQUEST', (body) => (body.versions = [1])],
    'a manifest that is a number': [400, 'AF_REGISTRY_REQUEST', (body) => (body.versions['1.0.0'] = 7)],
    'a tarball that is no base64': [400, 'AF_REGISTRY_REQUEST', (body) => (attachment(body).data = '!!!')],
    'a tarball cut short': [
      422,
      'AF_REGISTRY_INTEGRITY',
      (body) => (attachment(body).data = attachment(body).data.slice(0, 400)),
    ],
    'a length that is not so': [422, 'AF_REGISTRY_INTEGRITY', (body) => (attachment(body).length = 3)],
    'another sha512': [
      422,
      'AF_REGISTRY_INTEGRITY',
      (body) => (body.versions['1.0.0'].dist.integrity = 'sha512-AAAA'),
    ],
    'another shasum': [422, 'AF_REGISTRY_INTEGRITY', (body) => (body.versions['1.0.0'].dist.shasum = '00')],
    'no hash at all': [422, 'AF_REGISTRY_INTEGRITY', (body) => (body.versions['1.0.0'].dist = {})],
    'another name inside': [400, 'AF_REGISTRY_REQUEST', (body) => (body.name = '@ann/worse')],
    'a tag that is a range': [400, 'AF_REGISTRY_TAG', (body) => (body['dist-tags'] = { '1.x': '1.0.0' })],
    'a tag for another version': [
      400,
      'AF_REGISTRY_REQUEST',
      (body) => (body['dist-tags'] = { latest: '3.0.0' }),
    ],
    'an access of its own': [400, 'AF_REGISTRY_REQUEST', (body) => (body.access = 'secret')],
    'provenance of something else': [
      400,
      'AF_REGISTRY_REQUEST',
      (body) =>
        (body._attachments['x.sigstore'] = { data: JSON.stringify({ dsseEnvelope: { payload: 'e30=' } }) }),
    ],
  };
  const attachment = (body: Loose): Loose => Object.values(body._attachments)[0];
  for (const [what, [status, code, change]] of Object.entries(spoiled)) {
    it(`${what} is refused`, async () => {
      const answer = await changed(change);
      assert.deepEqual([answer.status, answer.json.code], [status, code], answer.text);
    });
  }

  for (const version of ['1', '1.0', 'v1.0.0', '1.0.0 ', '../1.0.0', '1.0.0+', 'latest', '1'.repeat(200)])
    it(`a version "${version.slice(0, 12)}" is refused`, async () => {
      const answer = await changed((body) => {
        body.versions = { [version]: { ...body.versions['1.0.0'], version } };
        body['dist-tags'] = { latest: version };
      });
      assert.deepEqual([answer.status, answer.json.code], [400, 'AF_REGISTRY_REQUEST']);
    });

  it('JSON that is none, no object, or nested deep is refused', async () => {
    const deep = `${'['.repeat(200_00)}${']'.repeat(200_00)}`;
    for (const body of ['{', 'null', '[]', '7', '"x"', deep, `{"versions":${deep}}`]) {
      const answer = await put(body);
      assert.deepEqual([answer.status, answer.json.code], [400, 'AF_REGISTRY_REQUEST'], body.slice(0, 20));
    }
    assert.equal((await put(Buffer.from([0x7b, 0xff, 0x7d]))).json.code, 'AF_REGISTRY_REQUEST');
  });

  it('a key __proto__ changes nothing', async () => {
    await put('{"__proto__":{"polluted":true},"name":"@ann/bad"}');
    assert.equal(Object(undefined).polluted, undefined);
  });

  it('what is too large is refused, announced or not', async () => {
    const answer = await put('x'.repeat(5_000_000));
    assert.deepEqual([answer.status, answer.json.code], [413, 'AF_REGISTRY_BODY_TOO_LARGE']);
    const packed = await registry.ask('POST', '/-/npm/v1/security/advisories/bulk', {
      body: gzipSync(Buffer.alloc(50_000_000)),
      headers: { 'content-encoding': 'gzip' },
    });
    assert.deepEqual([packed.status, packed.json.code], [413, 'AF_REGISTRY_BODY_TOO_LARGE']);
    const noise = Array.from({ length: 60_000 }, (_, i) => Math.sin(i).toString(36)).join('');
    const large = await makePlugin({ name: '@ann/large', files: { 'data.txt': noise } });
    assert.deepEqual((await registry.publish(ann, large)).json.code, 'AF_ARCHIVE_TOO_LARGE');
  });

  it('an encoding that is not known, or not whole, is refused', async () => {
    for (const [encoding, body] of [
      ['br', Buffer.from('x')],
      ['gzip', Buffer.from('no gzip')],
      ['gzip', gzipSync('{}').subarray(0, 15)],
    ] as const) {
      const answer = await registry.ask('POST', '/-/npm/v1/security/advisories/bulk', {
        body,
        headers: { 'content-encoding': encoding },
      });
      assert.deepEqual([answer.status, answer.json.code], [400, 'AF_REGISTRY_REQUEST']);
    }
  });

  it('an upload that breaks off publishes nothing', async () => {
    const plugin = await makePlugin({ name: '@ann/broken-off' });
    const body = JSON.stringify(publishBody(plugin));
    const socket = createConnection(registry.port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write(
      `PUT /@ann%2fbroken-off HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${ann}\r\ncontent-length: ${body.length}\r\n\r\n`,
    );
    socket.write(body.slice(0, body.length - 10));
    socket.destroy();
    await once(socket, 'close');
    assert.equal((await registry.ask('GET', '/@ann/broken-off')).status, 404);
    assert.equal((await registry.publish(ann, plugin)).status, 201);
  });

  it('paths that are none, lead elsewhere or are broken find nothing', async () => {
    const cases: [string, number][] = [
      ['/%', 400],
      ['/%c0%af', 400],
      ['/@ann', 404],
      ['/@/x', 404],
      ['/@ann/', 404],
      ['/..%2f..%2fetc%2fpasswd', 404],
      ['/@ann/x/-/..%2f..%2fkeys%2fregistry.pem', 404],
      ['/@ann/broken-off/-/broken-off-1.0.0.tgz%00', 404],
      ['/@ann/broken-off/-/other-1.0.0.tgz', 404],
      [`/${'a'.repeat(300)}`, 404],
      ['/-/af/v1/tuf/..%2fkeys', 404],
      ['/-/af/v1/tuf/targets/..%2f..%2fkeys%2fregistry.pem', 404],
    ];
    for (const [path, status] of cases) assert.equal((await registry.ask('GET', path)).status, status, path);
  });

  it('queries out of range are brought into it or refused', async () => {
    for (const query of ['size=99999', 'from=99999999', 'text=%00', `text=${'a '.repeat(400)}`])
      assert.equal((await registry.ask('GET', `/-/v1/search?${query}`)).status, 200, query);
    for (const query of ['size=-1', 'from=x', 'size=1e3'])
      assert.equal((await registry.ask('GET', `/-/v1/search?${query}`)).status, 400, query);
    assert.equal((await registry.ask('GET', '/-/af/v1/plugins?kernel=nonsense')).status, 400);
  });

  it('ranges made to be slow are refused before they are tried', async () => {
    const bomb = `${'1.x || '.repeat(200)}1.x`;
    const plugin = await makePlugin({
      name: '@ann/slow',
      packageJson: { agentFactory: { id: 'slow', kernel: bomb, permissions: {} } },
    });
    assert.equal((await registry.publish(ann, plugin)).json.code, 'AF_REGISTRY_PACKAGE_REFUSED');
    assert.equal((await registry.ask('GET', `/-/af/v1/plugins?kernel=${'1'.repeat(300)}`)).status, 400);
  });
});
