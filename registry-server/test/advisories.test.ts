import assert from 'node:assert/strict';
import { makePlugin } from './support/make-plugin.ts';
import { openTestRegistry, type TestRegistry } from './support/open-test-registry.ts';

const audits = '/-/npm/v1/security/audits';

describe('what older clients and the newest ask for', function () {
  this.timeout(60_000);
  let registry: TestRegistry;
  let ann: string;
  before(async () => {
    registry = await openTestRegistry();
    ann = await registry.account('ann');
    const admin = await registry.account('root-admin', { role: 'admin' });
    for (const version of ['1.0.0', '1.1.0'])
      await registry.publish(ann, await makePlugin({ name: '@ann/leaky', version }));
    const body = {
      name: '@ann/leaky',
      versions: '<1.1.0',
      severity: 'high',
      title: 'It leaks',
      url: 'https://example.com/1',
    };
    await registry.ask('POST', '/-/af/v1/advisories', { token: admin, body });
  });
  after(() => registry.close());

  it('one version alone, by its number or by a tag', async () => {
    const { versions } = (await registry.ask('GET', '/@ann/leaky')).json;
    for (const [asked, version] of [
      ['latest', '1.1.0'],
      ['1.0.0', '1.0.0'],
    ] as const)
      for (const path of [`/@ann%2Fleaky/${asked}`, `/@ann/leaky/${asked}`]) {
        const answer = await registry.ask('GET', path);
        assert.deepEqual([answer.status, answer.json], [200, versions[version]], path);
      }
    const none = await registry.ask('GET', '/@ann%2fleaky/2.0.0');
    assert.deepEqual([none.status, none.json.code], [404, 'AF_REGISTRY_VERSION_UNKNOWN']);
    assert.equal((await registry.ask('GET', '/@ann%2fleaky/__proto__')).status, 404);
    assert.equal((await registry.ask('GET', '/@ann%2fother/latest')).status, 404);
  });

  it('letters of every alphabet, as they were sent, the first time and from memory', async () => {
    const description = 'Grüße, Привет, 你好 🦊';
    const name = '@ann/letters';
    assert.equal(
      (await registry.publish(ann, await makePlugin({ name, packageJson: { description } }))).status,
      201,
    );
    for (const time of ['first', 'second'])
      assert.equal((await registry.ask('GET', `/${name}`)).json.description, description, time);
  });

  it('one version of a package that is restricted, only for who may read it', async () => {
    await registry.publish(ann, await makePlugin({ name: '@ann/own' }), { access: 'restricted' });
    assert.equal((await registry.ask('GET', '/@ann%2fown/latest')).status, 404);
    assert.equal((await registry.ask('GET', '/@ann%2fown/latest', { token: ann })).status, 200);
  });

  it('what is known against a whole tree', async () => {
    const leaky = { version: '1.0.0', integrity: 'sha512-x' };
    const body = {
      dependencies: {
        app: {
          version: '2.0.0',
          requires: { '@ann/leaky': '1.0.0' },
          dependencies: { '@ann/leaky': leaky, fine: { version: '1.0.0' } },
        },
        '@ann/leaky': { version: '1.1.0' },
      },
    };
    for (const path of [audits, `${audits}/quick`]) {
      const { status, json } = await registry.ask('POST', path, { body });
      assert.equal(status, 200);
      const [advisory, ...others] = Object.values<Record<string, unknown>>(json.advisories);
      assert.deepEqual(others, []);
      assert.deepEqual(advisory?.['findings'], [{ version: '1.0.0', paths: ['app>@ann/leaky'] }]);
      assert.deepEqual(
        [advisory?.['module_name'], advisory?.['title'], json.metadata.vulnerabilities.high],
        ['@ann/leaky', 'It leaks', 1],
      );
      assert.equal(json.metadata.totalDependencies, 4);
    }
  });

  it('a tree that is made to have far longer answers than questions, in a short answer', async () => {
    const leaves = Object.fromEntries(
      Array.from({ length: 900 }, (_, i) => [
        `p${i}`,
        { dependencies: { '@ann/leaky': { version: `1.0.0-${i}` } } },
      ]),
    );
    let body: object = { dependencies: leaves };
    for (let i = 0; i < 25; i += 1) body = { dependencies: { ['x'.repeat(200)]: body } };
    const { status, json, text } = await registry.ask('POST', audits, { body });
    assert.equal(status, 200);
    const [advisory] = Object.values<{ findings: unknown[] }>(json.advisories);
    assert.equal(advisory?.findings.length, 900);
    assert.ok(text.length < 2 ** 21, `${text.length} characters`);
  });

  it('not more versions of a package than any tree has, nor names that are none', async () => {
    const versions = Array.from({ length: 1001 }, (_, i) => `1.0.0-${i}`);
    const bulk = '/-/npm/v1/security/advisories/bulk';
    const tree = versions.map((version, i) => [`p${i}`, { dependencies: { a: { version } } }] as const);
    for (const [where, body] of [
      [bulk, { '@ann/leaky': versions }],
      [audits, { dependencies: Object.fromEntries(tree) }],
      [audits, { dependencies: { ['x'.repeat(215)]: { version: '1.0.0' } } }],
    ] as const) {
      const { status, json } = await registry.ask('POST', where, { body });
      assert.deepEqual([status, json.code], [400, 'AF_REGISTRY_REQUEST'], where);
    }
  });

  it('not a tree that is none, or has no end', async () => {
    const deep = `${'{"dependencies":{"a":'.repeat(90)}{}${'}}'.repeat(90)}`;
    for (const body of [deep, '{"dependencies":{"a":7}}', '[]']) {
      const answer = await registry.ask('POST', audits, { body });
      assert.deepEqual([answer.status, answer.json.code], [400, 'AF_REGISTRY_REQUEST'], body.slice(0, 30));
    }
  });
});
