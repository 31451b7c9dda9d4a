import assert from 'node:assert/strict';
import { allRoutes } from '../src/app/routes.ts';
import { auditSince } from '../src/store/records.ts';
import { totpAt } from '../src/trust/totp.ts';
import { makePlugin } from './support/make-plugin.ts';
import { openTestRegistry, type Answer, type TestRegistry } from './support/open-test-registry.ts';

const hour = 3_600_000;
const day = 24 * hour;

describe('attacks by a stolen or spread token', function () {
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

  it('a token is nowhere in the store nor in the log', async () => {
    const rows = await registry.registry.database.all('SELECT * FROM tokens');
    await registry.ask('DELETE', `/-/user/token/${ann.slice(0, -1)}x`, { token: ann });
    for (const token of [ann, eve, admin]) {
      assert.ok(!JSON.stringify(rows).includes(token));
      assert.ok(!registry.log.join('\n').includes(token));
    }
  });

  it('one that only reads, is for another package, or has run out changes nothing', async () => {
    const read = await registry.account('reader', { rights: { level: 'read' } });
    assert.deepEqual(code(await registry.publish(read, await makePlugin({ name: '@reader/x' }))), [
      403,
      'AF_REGISTRY_FORBIDDEN',
    ]);
    const narrow = await registry.account('narrow', { rights: { level: 'publish', only: ['@narrow/a'] } });
    assert.equal((await registry.publish(narrow, await makePlugin({ name: '@narrow/a' }))).status, 201);
    assert.equal((await registry.publish(narrow, await makePlugin({ name: '@narrow/ab' }))).status, 403);
    const stage = await registry.account('stager', { rights: { level: 'stage' } });
    assert.equal((await registry.publish(stage, await makePlugin({ name: '@stager/x' }))).status, 403);
    const far = await registry.account('far', { rights: { level: 'publish', cidrs: ['10.0.0.0/8'] } });
    assert.deepEqual(code(await registry.ask('GET', '/-/whoami', { token: far })), [
      401,
      'AF_REGISTRY_TOKEN_REFUSED',
    ]);
    for (const token of ['af_x', 'npm_x', `${ann.slice(0, -1)}${ann.endsWith('a') ? 'b' : 'a'}`])
      assert.deepEqual(code(await registry.ask('GET', '/-/whoami', { token })), [
        401,
        'AF_REGISTRY_TOKEN_REFUSED',
      ]);
  });

  it('one of an administrator that is for some packages, or only reads, administers nothing', async () => {
    const token = await registry.account('narrow-admin', {
      role: 'admin',
      rights: { level: 'publish', only: ['@narrow-admin/a'] },
    });
    const reads = await registry.account('reading-admin', { role: 'admin', rights: { level: 'read' } });
    const before = await auditSince(registry.registry.database, 0, 1000);
    const routes = allRoutes(registry.registry).filter(({ access }) => access === 'admin');
    assert.ok(routes.length >= 10);
    for (const { method, path } of routes) {
      const there = path.replaceAll(/[:*]\w+/g, '1');
      assert.deepEqual(
        code(await registry.ask(method, there, { token })),
        [403, 'AF_REGISTRY_FORBIDDEN'],
        path,
      );
      if (method !== 'GET')
        assert.deepEqual(code(await registry.ask(method, there, { token: reads })), [
          403,
          'AF_REGISTRY_FORBIDDEN',
        ]);
    }
    assert.deepEqual(await auditSince(registry.registry.database, 0, 1000), before);
  });

  it('one of a machine publishes without the second factor, and changes nothing else without it', async () => {
    const bot = await registry.account('bot', { rights: { level: 'publish', automation: true } });
    const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
    const { database, settings } = registry.registry;
    await database.write((sql) => sql.run(`UPDATE accounts SET totp = ? WHERE name = 'bot'`, [secret]));
    assert.equal((await registry.publish(bot, await makePlugin({ name: '@bot/tool' }))).status, 201);
    const tag = await registry.ask('PUT', '/-/package/@bot%2ftool/dist-tags/beta', {
      token: bot,
      body: '"1.0.0"',
    });
    assert.equal(tag.status, 201, tag.text);

    const password = 'correct horse battery';
    const maintainers = [{ name: 'bot' }, { name: 'eve' }];
    const changes: readonly (readonly [string, string, object?])[] = [
      ['POST', '/-/package/@bot%2ftool/access', { access: 'restricted' }],
      ['PUT', '/@bot%2ftool/-rev/undefined', { maintainers }],
      ['DELETE', '/@bot%2ftool/-rev/undefined'],
      ['POST', '/-/npm/v1/tokens', { password, name: 'more' }],
      ['POST', '/-/npm/v1/user', { email: 'eve@example.com' }],
      ['POST', '/-/package/@bot%2ftool/trust', {}],
      ['POST', '/-/af/v1/plugins/@bot%2ftool/author-key', { keyId: `SHA256:${'a'.repeat(43)}` }],
      ['PUT', '/-/org/bot/user', { user: 'eve', role: 'owner' }],
    ];
    for (const [method, path, body] of changes)
      assert.deepEqual(
        code(await registry.ask(method, path, { token: bot, body })),
        [401, 'AF_REGISTRY_OTP_NEEDED'],
        path,
      );
    const { json } = await registry.ask('GET', '/@bot%2ftool');
    assert.deepEqual(
      json.maintainers.map(({ name }: { name: string }) => name),
      ['bot'],
    );
    const headers = { 'npm-otp': totpAt(secret, settings.now()) };
    const body = { maintainers };
    const shown = await registry.ask('PUT', '/@bot%2ftool/-rev/undefined', { token: bot, body, headers });
    assert.equal(shown.status, 201, shown.text);
  });

  it('one that only reads does not change where mail goes', async () => {
    const token = await registry.account('quiet', { rights: { level: 'read' } });
    const asked = await registry.ask('POST', '/-/npm/v1/user', { token, body: { email: 'eve@example.com' } });
    assert.deepEqual(code(asked), [403, 'AF_REGISTRY_FORBIDDEN']);
  });

  it('guessing passwords gets slower, also for the right one', async () => {
    const put = (password: string): Promise<Answer> =>
      registry.ask('PUT', '/-/user/org.couchdb.user:eve', { body: { name: 'eve', password } });
    for (let i = 0; i < 5; i += 1)
      assert.deepEqual(code(await put('wrong wrong')), [401, 'AF_REGISTRY_LOGIN_REFUSED']);
    assert.deepEqual(code(await put('correct horse battery')), [429, 'AF_REGISTRY_LOGIN_SLOWED']);
    registry.pass(hour);
    assert.equal((await put('correct horse battery')).status, 201);
  });

  it('what a worm does freezes the account', async () => {
    const own = await openTestRegistry({ publishRate: { packages: 5, minutes: 10 } });
    const token = await own.account('worm');
    const boss = await own.account('boss', { role: 'admin' });
    const answers: number[] = [];
    for (let i = 0; i < 8; i += 1)
      answers.push((await own.publish(token, await makePlugin({ name: `@worm/package-${i}` }))).status);
    assert.deepEqual(answers, [201, 201, 201, 201, 201, 403, 403, 403]);
    own.pass(day);
    const next = await makePlugin({ name: '@worm/later' });
    assert.deepEqual(code(await own.publish(token, next)), [403, 'AF_REGISTRY_ACCOUNT_FROZEN']);
    await own.ask('POST', '/-/af/v1/accounts/worm/unfreeze', { token: boss, body: {} });
    assert.equal((await own.publish(token, next)).status, 201);
    assert.equal(
      (await own.ask('POST', '/-/af/v1/accounts/worm/revoke', { token: boss, body: { reason: 'stolen' } }))
        .status,
      200,
    );
    assert.equal((await own.publish(token, await makePlugin({ name: '@worm/last' }))).status, 401);
    await own.close();
  });

  it('a publisher who was revoked changes nothing any more, by no token old or new', async () => {
    const mallory = await registry.account('mallory');
    assert.equal((await registry.publish(mallory, await makePlugin({ name: '@mallory/tool' }))).status, 201);
    const revoke = { body: { reason: 'it spread a worm' } };
    const path = '/-/af/v1/accounts/mallory/revoke';
    assert.equal((await registry.ask('POST', path, { token: ann, ...revoke })).status, 403);
    assert.equal((await registry.ask('POST', path, { token: admin, ...revoke })).status, 200);
    const next = await makePlugin({ name: '@mallory/tool', version: '1.1.0' });
    assert.equal((await registry.publish(mallory, next)).status, 401);
    const login = await registry.ask('PUT', '/-/user/org.couchdb.user:mallory', {
      body: { name: 'mallory', password: 'correct horse battery' },
    });
    if (login.json.token !== undefined)
      assert.deepEqual(code(await registry.publish(login.json.token, next)), [
        403,
        'AF_REGISTRY_ACCOUNT_FROZEN',
      ]);
    const { versions } = (await registry.ask('GET', '/@mallory%2ftool')).json;
    assert.deepEqual(Object.keys(versions), ['1.0.0']);
    const lines = await auditSince(registry.registry.database, 0, 1000);
    assert.ok(lines.some(({ action, subject }) => action === 'account.revoked' && subject === 'mallory'));
  });

  it('an owner who was long idle has no right left while another is active', async () => {
    const old = await registry.account('oldhand');
    await registry.publish(old, await makePlugin({ name: '@oldhand/tool' }));
    const { json } = await registry.ask('GET', '/@oldhand/tool');
    const owners = (names: string[], token: string): Promise<Answer> =>
      registry.ask('PUT', `/@oldhand%2ftool/-rev/undefined`, {
        token,
        body: { _id: json._id, maintainers: names.map((name) => ({ name })) },
      });
    assert.equal((await owners(['oldhand', 'ann'], old)).status, 201);
    registry.pass(181 * day);
    const stale = await registry.publish(old, await makePlugin({ name: '@oldhand/tool', version: '1.0.1' }));
    assert.equal(stale.status, 201, 'the last active one keeps the right');
    registry.pass(100 * day);
    assert.equal(
      (await registry.publish(old, await makePlugin({ name: '@oldhand/tool', version: '1.0.2' }))).status,
      201,
    );
    const idle = await registry.publish(ann, await makePlugin({ name: '@oldhand/tool', version: '1.0.3' }));
    assert.deepEqual(code(idle), [403, 'AF_REGISTRY_FORBIDDEN']);
    assert.match(idle.json.reason, /not used for 180 days/);
    const lines = await auditSince(registry.registry.database, 0, 1000);
    assert.ok(
      lines.some(({ action, subject }) => action === 'package.owners' && subject === '@oldhand/tool'),
    );
  });
});
