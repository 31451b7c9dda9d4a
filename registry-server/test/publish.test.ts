import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { verifyVersion } from '@agent-factory/plugin-package';
import { makePlugin, publishBody } from './support/make-plugin.ts';
import { openTestRegistry, type Answer, type TestRegistry } from './support/open-test-registry.ts';

const hour = 3_600_000;
const short = 'application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8, */*';

describe('publishing', () => {
  let registry: TestRegistry;
  let ann: string;
  let bob: string;
  before(async () => {
    registry = await openTestRegistry();
    ann = await registry.account('ann');
    bob = await registry.account('bob');
  });
  after(() => registry.close());

  const get = (path: string, headers: Record<string, string> = {}): Promise<Answer> =>
    registry.ask('GET', path, { headers });

  it('serves what was published, in full and in short, and its tarball', async () => {
    const plugin = await makePlugin({ name: '@ann/first', files: { 'CHANGELOG.md': '# 1.0.0\n' } });
    assert.equal((await registry.publish(ann, plugin)).status, 201);
    const full = await get('/@ann/first');
    const version = full.json.versions['1.0.0'];
    assert.equal(full.json['dist-tags'].latest, '1.0.0');
    assert.equal(version.dist.integrity, plugin.integrity);
    assert.equal(version.readme, undefined);
    assert.match(full.json.readme, /A plugin of the tests/);
    assert.equal(version.agentFactory.id, 'first');
    assert.equal(
      verifyVersion(
        { name: '@ann/first', version: '1.0.0', integrity: plugin.integrity },
        version.dist.signatures,
        registry.registry.keys.list(),
        full.json.time['1.0.0'],
      ),
      registry.registry.keys.list()[0]?.keyid,
    );
    const brief = await get('/@ann/first', { accept: short });
    assert.equal(brief.headers.get('content-type'), 'application/vnd.npm.install-v1+json');
    assert.ok(brief.json.time['1.0.0'], 'pnpm asks for the full document without it');
    assert.equal(brief.json.versions['1.0.0'].description, undefined);
    const tarball = await fetch(version.dist.tarball);
    assert.deepEqual(Buffer.from(await tarball.arrayBuffer()), Buffer.from(plugin.bytes));
  });

  it('knows a package by every way to write its scope', async () => {
    for (const path of ['/@ann/first', '/@ann%2ffirst', '/@ann%2Ffirst', '/%40ann%2ffirst'])
      assert.equal((await get(path)).json.name, '@ann/first', path);
    for (const path of ['/@ann/first', '/@ann%2ffirst', '/@ann%2Ffirst'])
      assert.equal((await get(`${path}/-/first-1.0.0.tgz`)).status, 200, path);
    assert.equal((await get('/@ann/first/-/@ann/first-1.0.0.tgz')).status, 200);
    for (const path of ['/-/package/@ann/first/dist-tags', '/-/package/@ann%2Ffirst/dist-tags'])
      assert.deepEqual((await get(path)).json, { latest: '1.0.0' }, path);
  });

  it('says that nothing has changed to who knows the newest', async () => {
    for (const accept of [short, 'application/json']) {
      const { headers } = await get('/@ann/first', { accept });
      const tag = headers.get('etag') ?? '';
      assert.match(tag, /^"[^"]+"$/);
      assert.equal(headers.get('vary'), 'Accept');
      assert.ok(headers.get('last-modified'));
      for (const known of [tag, `W/${tag}`, `"x", ${tag}`])
        assert.equal((await get('/@ann/first', { accept, 'if-none-match': known })).status, 304, known);
      assert.equal((await get('/@ann/first', { accept, 'if-none-match': '"old"' })).status, 200);
    }
    const tarball = await get('/@ann/first/-/first-1.0.0.tgz');
    assert.match(tarball.headers.get('cache-control') ?? '', /immutable/);
    const tag = tarball.headers.get('etag') ?? '';
    assert.equal((await get('/@ann/first/-/first-1.0.0.tgz', { 'if-none-match': tag })).status, 304);
  });

  it('never lets a version be published over', async () => {
    const other = await makePlugin({ name: '@ann/first', files: { 'index.js': 'export default 2;\n' } });
    const answer = await registry.publish(ann, other);
    assert.equal(answer.status, 403);
    assert.equal(answer.json.code, 'AF_REGISTRY_VERSION_TAKEN');
    assert.match(answer.json.error, /You cannot publish over @ann\/first@1\.0\.0/);
  });

  it('lets one of two publishes of the same version win', async () => {
    const plugins = await Promise.all(
      ['a', 'b', 'c', 'd'].map((text) =>
        makePlugin({ name: '@ann/race', files: { 'index.js': `export default '${text}';\n` } }),
      ),
    );
    const answers = await Promise.all(plugins.map((plugin) => registry.publish(ann, plugin)));
    assert.deepEqual(
      answers.map(({ status }) => status).toSorted((left, right) => left - right),
      [201, 403, 403, 403],
    );
    const winner = plugins[answers.findIndex(({ status }) => status === 201)];
    const served = (await get('/@ann/race')).json.versions['1.0.0'].dist;
    assert.equal(served.integrity, winner?.integrity);
    const tarball = await fetch(served.tarball);
    const sum = createHash('sha512')
      .update(Buffer.from(await tarball.arrayBuffer()))
      .digest('base64');
    assert.equal(`sha512-${sum}`, served.integrity);
  });

  it('needs a login, and a right to the package', async () => {
    const next = await makePlugin({ name: '@ann/first', version: '1.0.1' });
    const nobody = await registry.ask('PUT', '/@ann%2ffirst', { body: publishBody(next) });
    assert.deepEqual([nobody.status, nobody.json.code], [401, 'AF_REGISTRY_LOGIN_NEEDED']);
    const stranger = await registry.publish(bob, next);
    assert.deepEqual([stranger.status, stranger.json.code], [403, 'AF_REGISTRY_FORBIDDEN']);
    const squatter = await registry.publish(bob, await makePlugin({ name: '@ann/other' }));
    assert.deepEqual([squatter.status, squatter.json.code], [403, 'AF_REGISTRY_FORBIDDEN']);
  });

  it('moves tags, deprecates, and takes both back', async () => {
    await registry.publish(ann, await makePlugin({ name: '@ann/tags' }));
    await registry.publish(ann, await makePlugin({ name: '@ann/tags', version: '2.0.0-rc.1' }), {
      tag: 'next',
    });
    const tags = '/-/package/@ann%2ftags/dist-tags';
    assert.deepEqual((await get(tags)).json, { latest: '1.0.0', next: '2.0.0-rc.1' });
    const set = await registry.ask('PUT', `${tags}/stable`, { token: ann, body: '"1.0.0"' });
    assert.deepEqual([set.status, set.json], [201, { ok: true }]);
    assert.equal((await registry.ask('DELETE', `${tags}/next`, { token: ann })).status, 200);
    assert.deepEqual((await get(tags)).json, { latest: '1.0.0', stable: '1.0.0' });
    for (const [tag, version, code] of [
      ['1.0.0', '1.0.0', 'AF_REGISTRY_TAG'],
      ['^1', '1.0.0', 'AF_REGISTRY_TAG'],
      ['good', '9.9.9', 'AF_REGISTRY_VERSION_UNKNOWN'],
    ])
      assert.equal(
        (await registry.ask('PUT', `${tags}/${tag}`, { token: ann, body: `"${version}"` })).json.code,
        code,
      );
    assert.equal(
      (await registry.ask('DELETE', `${tags}/latest`, { token: ann })).json.code,
      'AF_REGISTRY_TAG',
    );

    const edit = async (message: string): Promise<Answer> => {
      const { json } = await registry.ask('GET', '/@ann%2ftags?write=true', { token: ann });
      json.versions['1.0.0'].deprecated = message;
      return registry.ask('PUT', '/@ann%2ftags', { token: ann, body: json });
    };
    assert.equal((await edit('use 2')).status, 201);
    assert.equal((await get('/@ann/tags')).json.versions['1.0.0'].deprecated, 'use 2');
    assert.equal((await edit('')).status, 201);
    assert.equal((await get('/@ann/tags')).json.versions['1.0.0'].deprecated, undefined);
  });

  it('refuses an edit of a state that is not the newest', async () => {
    const { json } = await registry.ask('GET', '/@ann%2ftags?write=true', { token: ann });
    await registry.ask('PUT', '/-/package/@ann%2ftags/dist-tags/other', { token: ann, body: '"1.0.0"' });
    const answer = await registry.ask('PUT', '/@ann%2ftags', { token: ann, body: json });
    assert.deepEqual([answer.status, answer.json.code], [409, 'AF_REGISTRY_CONFLICT']);
  });

  it('changes owners without touching versions', async () => {
    const { json } = await get('/@ann/tags');
    const put = (names: string[], revision = json._rev): Promise<Answer> =>
      registry.ask('PUT', `/@ann%2ftags/-rev/${revision}`, {
        token: ann,
        body: { _id: json._id, _rev: revision, maintainers: names.map((name) => ({ name, email: 'x@y.z' })) },
      });
    assert.equal((await put(['ann', 'bob'])).status, 201);
    const now = (await get('/@ann/tags')).json;
    assert.deepEqual(Object.keys(now.versions), Object.keys(json.versions));
    assert.deepEqual(
      now.maintainers.map(({ name }: { name: string }) => name),
      ['ann', 'bob'],
    );
    assert.equal(
      (await registry.publish(bob, await makePlugin({ name: '@ann/tags', version: '1.0.1' }))).status,
      201,
    );
    const latest = (await get('/@ann/tags')).json._rev;
    assert.equal((await put([], latest)).status, 400);
    assert.equal((await put(['ann', 'ghost'], latest)).json.code, 'AF_REGISTRY_THING_UNKNOWN');
    assert.equal((await put(['ann'], latest)).status, 201);
    assert.equal(
      (await registry.publish(bob, await makePlugin({ name: '@ann/tags', version: '1.0.2' }))).status,
      403,
    );
  });

  describe('and taking back', () => {
    const unpublish = async (name: string, version: string): Promise<Answer> => {
      const path = `/${name.replace('/', '%2f')}`;
      const { json } = await registry.ask('GET', `${path}?write=true`, { token: ann });
      delete json.versions[version];
      return registry.ask('PUT', `${path}/-rev/${json._rev}`, { token: ann, body: json });
    };

    it('removes a young version for good', async () => {
      for (const version of ['1.0.0', '1.1.0'])
        await registry.publish(ann, await makePlugin({ name: '@ann/young', version }));
      assert.equal((await unpublish('@ann/young', '1.1.0')).status, 201);
      const { json } = await get('/@ann/young');
      assert.deepEqual([Object.keys(json.versions), json['dist-tags']], [['1.0.0'], { latest: '1.0.0' }]);
      assert.equal((await get('/@ann/young/-/young-1.1.0.tgz')).status, 404);
      const again = await registry.publish(ann, await makePlugin({ name: '@ann/young', version: '1.1.0' }));
      assert.deepEqual([again.status, again.json.code], [403, 'AF_REGISTRY_VERSION_TAKEN']);
    });

    it('yanks an old one: still there for who has it locked, chosen by nobody anew', async () => {
      for (const version of ['1.0.0', '1.1.0'])
        await registry.publish(ann, await makePlugin({ name: '@ann/old', version }));
      registry.pass(73 * hour);
      const answer = await unpublish('@ann/old', '1.1.0');
      assert.match(answer.headers.get('npm-notice') ?? '', /yanked, not removed/);
      const { json } = await get('/@ann/old');
      assert.equal(json['dist-tags'].latest, '1.0.0');
      assert.equal(json.versions['1.1.0'].yanked, true);
      assert.match(json.versions['1.1.0'].deprecated, /Yanked/);
      assert.equal((await get('/@ann/old/-/old-1.1.0.tgz')).status, 200);
    });

    it('takes a whole package only while all of it is young', async () => {
      const old = await get('/@ann/old');
      const refused = await registry.ask('DELETE', `/@ann%2fold/-rev/${old.json._rev}`, { token: ann });
      assert.deepEqual([refused.status, refused.json.code], [403, 'AF_REGISTRY_UNPUBLISH_REFUSED']);
      await registry.publish(ann, await makePlugin({ name: '@ann/gone' }));
      const young = await get('/@ann/gone');
      assert.equal(
        (await registry.ask('DELETE', `/@ann%2fgone/-rev/${young.json._rev}`, { token: ann })).status,
        200,
      );
      assert.equal((await get('/@ann/gone')).status, 404);
      assert.equal(
        (await registry.publish(bob, await makePlugin({ name: '@ann/gone', version: '2.0.0' }))).status,
        403,
      );
    });
  });

  it('hides a restricted package from all who may not read it', async () => {
    await registry.publish(ann, await makePlugin({ name: '@ann/private' }), { access: 'restricted' });
    const paths = [
      '/@ann/private',
      '/@ann/private/-/private-1.0.0.tgz',
      '/-/package/@ann%2fprivate/dist-tags',
      '/-/af/v1/plugins/@ann/private',
      '/-/af/v1/tuf/targets/packuments/@ann/private.json',
      '/@ann%2fprivate?write=true',
    ];
    for (const path of paths) {
      assert.equal((await get(path)).status, 404, path);
      assert.equal((await registry.ask('GET', path, { token: bob })).status, 404, path);
      assert.equal((await registry.ask('GET', path, { token: ann })).status, 200, path);
    }
    // Nor do they learn that it is there: they are told what they are told of one that is not.
    const told = async (path: string, token?: string): Promise<[number, string]> => {
      const { status, json } = await registry.ask('GET', path, { ...(token !== undefined && { token }) });
      return [status, json.code];
    };
    for (const path of ['/@ann/private', '/@ann/private/-/private-1.0.0.tgz'])
      for (const token of [undefined, bob, 'af_gone'])
        assert.deepEqual(await told(path, token), await told(path.replaceAll('private', 'none'), token));
    for (const name of ['@ann/private', '@ann/none']) {
      const { status, json } = await registry.publish(bob, await makePlugin({ name, version: '2.0.0' }));
      assert.deepEqual([status, json.code], [403, 'AF_REGISTRY_FORBIDDEN'], name);
    }
    const star = { _id: '@ann/private', users: { ann: true } };
    assert.equal((await registry.ask('PUT', '/@ann%2fprivate', { token: ann, body: star })).status, 201);
    for (const list of ['/-/user/ann/package', '/-/_view/starredByUser?key=%22ann%22']) {
      assert.doesNotMatch((await registry.ask('GET', list, { token: bob })).text, /@ann\/private/);
      assert.match((await registry.ask('GET', list, { token: ann })).text, /@ann\/private/);
    }
    assert.equal((await get('/-/v1/search?text=private')).json.total, 0);
    assert.doesNotMatch((await get('/-/af/v1/changes')).text, /@ann\/private/);
    const known = (await registry.ask('GET', '/@ann/private', { token: ann })).headers.get('etag') ?? '';
    assert.equal((await get('/@ann/private', { 'if-none-match': known })).status, 404);
    await registry.ask('POST', '/-/package/@ann%2fprivate/access', {
      token: ann,
      body: { access: 'public' },
    });
    assert.equal((await get('/@ann/private')).status, 200);
  });
});
