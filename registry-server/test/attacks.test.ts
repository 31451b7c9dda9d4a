import assert from 'node:assert/strict';
import { createPublicKey, verify } from 'node:crypto';
import { createAuthorKey, handOver } from '@agent-factory/plugin-package';
import { canonicalJson } from '@agent-factory/sdk';
import { addDownloads } from '../src/store/packages.ts';
import { verifyAudit } from '../src/store/records.ts';
import { totpAt } from '../src/trust/totp.ts';
import { makePlugin, publishBody } from './support/make-plugin.ts';
import { openTestRegistry, type Answer, type TestRegistry } from './support/open-test-registry.ts';

const hour = 3_600_000;

describe('attacks on the registry', function () {
  this.timeout(60_000);
  let registry: TestRegistry;
  let ann: string;
  let eve: string;
  let admin: string;
  before(async () => {
    registry = await openTestRegistry();
    ann = await registry.account('ann');
    eve = await registry.account('eve');
    admin = await registry.account('root-admin', { role: 'admin' });
  });
  after(() => registry.close());

  const code = ({ status, json }: Answer): [number, string] => [status, json.code];

  describe('by a name that looks like another', () => {
    before(async () => {
      await registry.publish(ann, await makePlugin({ name: '@ann/weather-forecast' }));
      const counts = [{ name: '@ann/weather-forecast', version: '1.0.0', day: '2026-01-01', count: 5000 }];
      await registry.registry.database.write((sql) => addDownloads(sql, counts));
    });

    it('mutations of a popular name are refused, others are not', async () => {
      const bare = 'weather-forecast';
      const mutations = new Set([
        ...Array.from(bare, (_, at) => bare.slice(0, at) + bare.slice(at + 1)),
        ...Array.from(bare, (letter, at) => bare.slice(0, at) + letter + bare.slice(at)),
        'weatherforecast',
        'weather--forecast',
        'vveather-forecast',
        'weather-f0recast',
        'plugin-weather-forecast',
      ]);
      for (const name of mutations) {
        const answer = await registry.publish(eve, await makePlugin({ name: `@eve/${name}` }));
        assert.equal(answer.status, 403, `${name} was let through: ${answer.text}`);
      }
      assert.equal((await registry.publish(eve, await makePlugin({ name: '@eve/tax-report' }))).status, 201);
    });

    it('letters of other alphabets, hidden ones and odd ones are refused', async () => {
      for (const name of [
        '@ann/wеather',
        '@ann/weather\u200b',
        '@аnn/weather',
        '@ann/Weather',
        '@ann/weather_x',
        '@ann/w\u202ea',
        'unscoped',
        '@ann/weather.js',
      ]) {
        const encoded = encodeURIComponent(name);
        const plugin = await makePlugin({ name: '@ann/template' });
        const body = publishBody({ ...plugin, name, packageJson: { ...plugin.packageJson, name } });
        const answer = await registry.ask('PUT', `/${encoded}`, { token: ann, body });
        assert.equal(answer.status, 403, `${name} ${answer.text}`);
      }
    });

    it('a scope that looks like another is refused', async () => {
      await registry.publish(ann, await makePlugin({ name: '@corner/x' }));
      const answer = await registry.publish(eve, await makePlugin({ name: '@comer/x' }));
      assert.deepEqual(code(answer), [403, 'AF_REGISTRY_NAME_REFUSED']);
    });
  });

  describe('by a manifest that is not the tarball’s', () => {
    const spoiled: Record<string, Record<string, never>> = JSON.parse(
      JSON.stringify({
        'a dependency that is not in it': { dependencies: { evil: '1.0.0' } },
        'a script that is not in it': { scripts: { postinstall: 'curl evil' } },
        'a command that is not in it': { bin: { x: './evil.js' } },
        'other permissions': { agentFactory: { id: 'confused', kernel: '^0.1.0', permissions: {} } },
        'another version': { version: '9.9.9' },
      }),
    );
    for (const [what, claim] of Object.entries(spoiled))
      it(`${what} is refused`, async () => {
        const plugin = await makePlugin({ name: '@ann/confused', permissions: { net: 'to ask' } });
        const answer = await registry.publish(ann, plugin, { claim });
        assert.equal(answer.status, what === 'another version' ? 400 : 422, answer.text);
        assert.equal((await registry.ask('GET', '/@ann/confused')).status, 404);
      });

    it('what it keeps quiet about is told all the same', async () => {
      const packageJson = { scripts: { postinstall: 'node index.js' } };
      const plugin = await makePlugin({ name: '@ann/quiet', packageJson });
      const { scripts: _, ...claim } = plugin.packageJson;
      const body = publishBody({ ...plugin, packageJson: claim as typeof plugin.packageJson });
      assert.equal((await registry.ask('PUT', '/@ann%2fquiet', { token: ann, body })).status, 201);
      const { versions } = (await registry.ask('GET', '/@ann/quiet')).json;
      assert.deepEqual(versions['1.0.0'].scripts, packageJson.scripts);
      assert.equal(versions['1.0.0'].hasInstallScript, true);
    });

    it('a tarball of another package is refused', async () => {
      const plugin = await makePlugin({ name: '@eve/other' });
      const body = publishBody({
        ...plugin,
        name: '@ann/stolen',
        packageJson: { ...plugin.packageJson, name: '@ann/stolen' },
      });
      assert.equal((await registry.ask('PUT', '/@ann%2fstolen', { token: ann, body })).status, 422);
    });
  });

  describe('by what is inside', () => {
    const cases: [what: string, code: string, parts: Parameters<typeof makePlugin>[0]][] = [
      ['no signature of its author', 'AF_SIGNATURE_MISSING', { name: '@ann/inside', key: null }],
      [
        'a dependency that npm would have to fetch',
        'AF_PACKAGE_DEPENDENCY',
        { name: '@ann/inside', packageJson: { dependencies: { evil: '1.0.0' } } },
      ],
      [
        'a token',
        'AF_PACKAGE_SECRET',
        { name: '@ann/inside', files: { 'index.js': `const t = 'af_${'a1'.repeat(19)}';` } },
      ],
      [
        'text that nobody sees',
        'AF_PACKAGE_HIDDEN_TEXT',
        { name: '@ann/inside', files: { 'index.js': 'let a\u202e = 1;' } },
      ],
      [
        'no manifest',
        'AF_REGISTRY_PACKAGE_REFUSED',
        { name: '@ann/inside', packageJson: { agentFactory: null } },
      ],
    ];
    for (const [what, expected, parts] of cases)
      it(`${what} is refused`, async () => {
        const answer = await registry.publish(ann, await makePlugin(parts));
        assert.deepEqual(code(answer), [422, expected], answer.text);
      });
  });

  describe('by another key', () => {
    it('a version signed by a stranger is refused, one with a handover is not', async () => {
      const [mine, next, other] = [createAuthorKey(), createAuthorKey(), createAuthorKey()];
      const make = (version: string, key: typeof mine, handovers = {}): ReturnType<typeof makePlugin> =>
        makePlugin({ name: '@ann/keys', version, key, ...handovers });
      assert.equal((await registry.publish(ann, await make('1.0.0', mine))).status, 201);
      assert.deepEqual(code(await registry.publish(ann, await make('1.0.1', other))), [
        422,
        'AF_SIGNATURE_KEY_CHANGED',
      ]);
      const handed = await make('1.0.1', next, { handovers: [handOver(mine, next.keyId)] });
      assert.equal((await registry.publish(ann, handed)).status, 201);
      assert.deepEqual(code(await registry.publish(ann, await make('1.0.2', mine))), [
        422,
        'AF_SIGNATURE_KEY_CHANGED',
      ]);
    });

    it('an announced key needs a second factor, and waits three days', async () => {
      const fresh = createAuthorKey();
      const announce = (token: string): Promise<Answer> =>
        registry.ask('POST', '/-/af/v1/plugins/@ann%2fkeys/author-key', {
          token,
          body: { keyId: fresh.keyId },
        });
      assert.deepEqual(code(await announce(ann)), [403, 'AF_REGISTRY_FORBIDDEN']);
      const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
      const { database, settings } = registry.registry;
      await database.write((sql) => sql.run(`UPDATE accounts SET totp = ? WHERE name = 'ann'`, [secret]));
      const asked = await announce(ann);
      assert.equal(asked.headers.get('www-authenticate'), 'OTP');
      assert.ok(asked.json.authUrl && asked.json.doneUrl);
      // A machine has none to show, and a workflow only publishes.
      const have = (rights: object): Promise<number> =>
        database.write((sql) =>
          sql.run(`UPDATE tokens SET rights = ? WHERE account = 'ann'`, [JSON.stringify(rights)]),
        );
      await have({ level: 'publish', automation: true });
      assert.deepEqual(code(await announce(ann)), [401, 'AF_REGISTRY_OTP_NEEDED']);
      await have({ level: 'publish', trusted: { id: 'x', type: 'github' } });
      assert.deepEqual(code(await announce(ann)), [403, 'AF_REGISTRY_FORBIDDEN']);
      await have({ level: 'publish' });
      const withOtp = await registry.ask('POST', '/-/af/v1/plugins/@ann%2fkeys/author-key', {
        token: ann,
        body: { keyId: fresh.keyId },
        headers: { 'npm-otp': totpAt(secret, settings.now()) },
      });
      assert.equal(withOtp.status, 201, withOtp.text);
      await database.write((sql) => sql.run(`UPDATE accounts SET totp = NULL WHERE name = 'ann'`));
      const plugin = await makePlugin({ name: '@ann/keys', version: '1.1.0', key: fresh });
      assert.deepEqual(code(await registry.publish(ann, plugin)), [422, 'AF_SIGNATURE_KEY_CHANGED']);
      registry.pass(73 * hour);
      assert.equal((await registry.publish(ann, plugin)).status, 201);
    });
  });

  it('by killing the scanner: what could not be looked at is held back', async () => {
    const own = await openTestRegistry();
    const [token, boss] = [await own.account('ann'), await own.account('boss', { role: 'admin' })];
    const plugins = await Promise.all(
      Array.from({ length: 6 }, (_, i) => makePlugin({ name: `@ann/load-${i}` })),
    );
    const kill = setInterval(() => void own.registry.scanner.interrupt(), 60);
    const answers = await Promise.all(plugins.map((plugin) => own.publish(token, plugin)));
    clearInterval(kill);
    for (const [i, answer] of answers.entries()) {
      assert.equal(answer.status, 201);
      const served = (await own.ask('GET', `/@ann/load-${i}`)).status;
      assert.equal(served, answer.json.waits ? 404 : 200, 'nothing unscanned is served');
    }
    await own.registry.scanner.interrupt();
    const waiting = (await own.ask('GET', '/-/stage', { token: boss })).json.items;
    assert.equal(waiting.length, answers.filter(({ json }) => json.waits).length);
    for (const { id, reason } of waiting) {
      assert.match(reason, /scan/);
      assert.equal((await own.ask('POST', `/-/stage/${id}/approve`, { token, body: {} })).status, 403);
      assert.equal((await own.ask('POST', `/-/stage/${id}/approve`, { token: boss, body: {} })).status, 201);
    }
    for (const i of plugins.keys()) assert.equal((await own.ask('GET', `/@ann/load-${i}`)).status, 200);
    await own.close();
  });

  it('a blocked version is served no more, and is on the signed list', async () => {
    for (const version of ['1.0.0', '1.1.0'])
      await registry.publish(ann, await makePlugin({ name: '@ann/bad-one', version }));
    const body = { name: '@ann/bad-one', versions: '>=1.1.0', reason: 'It steals.' };
    assert.equal((await registry.ask('POST', '/-/af/v1/blocks', { token: eve, body })).status, 403);
    const { id } = (await registry.ask('POST', '/-/af/v1/blocks', { token: admin, body })).json;
    const { json } = await registry.ask('GET', '/@ann/bad-one');
    assert.deepEqual([Object.keys(json.versions), json['dist-tags'].latest], [['1.0.0'], '1.0.0']);
    assert.deepEqual(code(await registry.ask('GET', '/@ann/bad-one/-/bad-one-1.1.0.tgz')), [
      403,
      'AF_REGISTRY_BLOCKED',
    ]);
    assert.equal(
      (await registry.publish(ann, await makePlugin({ name: '@ann/bad-one', version: '1.2.0' }))).json.code,
      'AF_REGISTRY_BLOCKED',
    );
    const { signature, ...list } = (await registry.ask('GET', '/-/af/v1/blocklist')).json;
    assert.equal(list.blocked[0].reason, 'It steals.');
    const [key] = (await registry.ask('GET', '/-/npm/v1/keys')).json.keys;
    const publicKey = createPublicKey({ key: Buffer.from(key.key, 'base64'), format: 'der', type: 'spki' });
    assert.ok(
      verify('sha256', Buffer.from(canonicalJson(list)), publicKey, Buffer.from(signature, 'base64')),
    );
    assert.equal((await registry.ask('DELETE', `/-/af/v1/blocks/${id}`, { token: admin })).status, 204);
    assert.equal((await registry.ask('GET', '/@ann/bad-one')).json['dist-tags'].latest, '1.0.0');
    assert.ok((await registry.ask('GET', '/@ann/bad-one')).json.versions['1.1.0']);
  });

  it('a key that was rotated stays listed with its end, and what it signed stays good', async () => {
    const before = (await registry.ask('GET', '/@ann/bad-one')).json.versions['1.0.0'].dist.signatures[0]
      .keyid;
    assert.equal(
      (await registry.ask('POST', '/-/af/v1/keys/rotate', { token: admin, body: {} })).status,
      201,
    );
    const { keys } = (await registry.ask('GET', '/-/npm/v1/keys')).json;
    assert.equal(keys.length, 2);
    assert.equal(keys[1].keyid, before);
    assert.ok(keys[0].expires === null && keys[1].expires !== null);
    const list = (await registry.ask('GET', '/-/af/v1/blocklist')).json;
    assert.equal(list.keyid, keys[0].keyid);
  });

  // In a group of its own: those come after all others.
  describe('in the end', () => {
    it('and all of it stands in an audit log that is whole', async () => {
      const answer = await registry.ask('GET', '/-/af/v1/audit?verify=true&limit=1000', { token: admin });
      assert.equal(answer.json.verified.broken, undefined);
      const actions = new Set(answer.json.lines.map(({ action }: { action: string }) => action));
      for (const action of [
        'account.created',
        'version.published',
        'key.announced',
        'block.added',
        'key.begun',
      ])
        assert.ok(actions.has(action), action);
      assert.deepEqual(await verifyAudit(registry.registry.database), answer.json.verified);
      assert.equal((await registry.ask('GET', '/-/af/v1/audit', { token: ann })).status, 403);
    });
  });
});
