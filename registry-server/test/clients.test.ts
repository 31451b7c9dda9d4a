import assert from 'node:assert/strict';
import { createAuthorKey } from '@agent-factory/plugin-package';
import { totpAt } from '../src/trust/totp.ts';
import { createNpmClient, installedVersion, type ClientName, type NpmClient } from './support/npm-clients.ts';
import { openTestRegistry, type TestRegistry } from './support/open-test-registry.ts';

const key = createAuthorKey();
const password = 'correct horse battery';

describe('real clients', function () {
  this.timeout(180_000);
  let registry: TestRegistry;
  let admin: string;
  const clients: NpmClient[] = [];

  before(async () => {
    registry = await openTestRegistry();
    admin = await registry.account('root', { role: 'admin' });
  });
  after(async () => {
    await registry.close();
    for (const client of clients) client.remove();
  });

  async function setUp(name: ClientName, account: string = name): Promise<NpmClient> {
    const client = createNpmClient(name, registry.url, await registry.account(account));
    clients.push(client);
    return client;
  }

  /** Something is wrong with version 1.0.0 of a package. */
  async function advise(name: string): Promise<void> {
    const body = {
      name,
      versions: '<1.1.0',
      severity: 'high',
      title: 'It leaks',
      url: 'https://example.com/1',
    };
    assert.equal((await registry.ask('POST', '/-/af/v1/advisories', { token: admin, body })).status, 201);
  }

  const tagsOf = async (name: string): Promise<unknown> =>
    (await registry.ask('GET', `/-/package/${name.replace('/', '%2f')}/dist-tags`)).json;

  for (const name of ['npm-12', 'npm-11'] as const)
    describe(name, () => {
      /** What the two do alike is tried with the newer one, and with both by `npm run registry:e2e`. */
      const both = name === 'npm-12' || process.env['AF_REGISTRY_E2E'] !== undefined ? it : it.skip;
      let npm: NpmClient;
      const one = `@${name}/one`;
      before(async () => (npm = await setUp(name)));

      it('knows who it is, publishes, tags and installs', async () => {
        await npm.good(['ping']);
        assert.equal((await npm.good(['whoami'])).trim(), name);
        await npm.plugin('p', one, '1.0.0', key);
        assert.match(await npm.good(['publish'], { folder: 'p' }), /\+ @npm-1[12]\/one@1\.0\.0/);
        await npm.plugin('p', one, '1.1.0', key);
        await npm.good(['publish', '--tag=next'], { folder: 'p' });
        assert.match((await npm.run(['publish'], { folder: 'p' })).output, /You cannot publish over/);
        npm.project('q');
        await npm.good(['install', one, '--no-audit'], { folder: 'q' });
        assert.equal(installedVersion(npm.home, 'q', one), '1.0.0');
        assert.match(await npm.good(['dist-tag', 'ls', one]), /latest: 1\.0\.0\nnext: 1\.1\.0/);
        await npm.good(['dist-tag', 'add', `${one}@1.1.0`, 'stable']);
        await npm.good(['dist-tag', 'rm', one, 'next']);
        assert.deepEqual(await tagsOf(one), { latest: '1.0.0', stable: '1.1.0' });
      });

      it('finds, shows, deprecates and audits', async () => {
        assert.match(await npm.good(['search', 'published', '--parseable']), new RegExp(one));
        assert.deepEqual(JSON.parse(await npm.good(['view', one, 'versions', '--json'])), ['1.0.0', '1.1.0']);
        await npm.good(['deprecate', `${one}@1.0.0`, 'use 1.1']);
        assert.match(await npm.good(['view', `${one}@1.0.0`, 'deprecated']), /use 1\.1/);
        await advise(one);
        const audit = await npm.run(['audit', '--json'], { folder: 'q' });
        assert.equal(JSON.parse(audit.stdout).metadata.vulnerabilities.high, 1);
        assert.equal(audit.code, 1);
      });

      both('changes owners, access, organisations and teams', async () => {
        const friend = `friend-${name}`;
        await registry.account(friend);
        assert.match(await npm.good(['owner', 'add', friend, one]), /\+ friend/);
        assert.match(await npm.good(['owner', 'ls', one]), new RegExp(friend));
        await npm.good(['owner', 'rm', friend, one]);
        const org = `org-${name}`;
        await npm.plugin('o', `@${org}/tool`, '1.0.0', key);
        await npm.good(['publish'], { folder: 'o' });
        await npm.good(['org', 'set', org, friend, 'developer']);
        assert.match(await npm.good(['org', 'ls', org]), new RegExp(friend));
        await npm.good(['team', 'create', `@${org}:dev`]);
        await npm.good(['team', 'add', `@${org}:dev`, friend]);
        assert.match(await npm.good(['team', 'ls', `@${org}:dev`]), new RegExp(friend));
        await npm.good(['access', 'grant', 'read-only', `@${org}:dev`, `@${org}/tool`]);
        assert.match(
          await npm.good(['access', 'list', 'collaborators', `@${org}/tool`]),
          new RegExp(`${friend}: read-only`),
        );
        assert.match(await npm.good(['access', 'list', 'packages', `@${org}:dev`]), /tool: read-only/);
        assert.match(await npm.good(['access', 'list', 'packages', name]), new RegExp(`${one}: read-write`));
        await npm.good(['access', 'set', 'status=private', `@${org}/tool`]);
        assert.match(await npm.good(['access', 'get', 'status', `@${org}/tool`]), /private/);
        await npm.good(['access', 'set', 'mfa=none', `@${org}/tool`]);
        await npm.good(['access', 'revoke', `@${org}:dev`, `@${org}/tool`]);
        await npm.good(['team', 'rm', `@${org}:dev`, friend]);
        await npm.good(['team', 'destroy', `@${org}:dev`]);
        await npm.good(['org', 'rm', org, friend]);
      });

      both('makes and revokes tokens, and unpublishes', async () => {
        const made = await npm.good([
          'token',
          'create',
          '--json',
          `--password=${password}`,
          '--name=ci',
          '--packages',
          one,
          '--packages-and-scopes-permission=read-write',
        ]);
        const { token } = JSON.parse(made) as { token: string };
        const listed = JSON.parse(await npm.good(['token', 'list', '--json'])) as {
          name: string;
          key: string;
        }[];
        const ci = listed.find((each) => each.name === 'ci');
        assert.ok(ci && !JSON.stringify(listed).includes(token));
        await npm.good(['token', 'revoke', ci.key]);
        assert.equal((await registry.ask('GET', '/-/whoami', { token })).status, 401);
        await npm.good(['unpublish', `${one}@1.1.0`]);
        assert.match(await npm.good(['view', one, 'versions', '--json']), /^\[?\s*"1\.0\.0"\s*\]?\s*$/);
      });

      both('stages a version, which a person approves, and trusts a workflow', async () => {
        await npm.plugin('p', one, '1.2.0', key);
        await npm.good(['stage', 'publish'], { folder: 'p' });
        const { id } = JSON.parse(await npm.good(['stage', 'list', '--json']))[0];
        assert.match(await npm.good(['stage', 'view', id]), /1\.2\.0/);
        await npm.good(['stage', 'approve', id]);
        assert.match(await npm.good(['view', `${one}@1.2.0`, 'version']), /1\.2\.0/);
        await npm.plugin('p', one, '1.3.0', key);
        await npm.good(['stage', 'publish'], { folder: 'p' });
        await npm.good(['stage', 'reject', JSON.parse(await npm.good(['stage', 'list', '--json']))[0].id]);
        assert.equal((await registry.ask('GET', `/${one}`)).json.versions['1.3.0'], undefined);
        await npm.good([
          'trust',
          'github',
          one,
          '--file=release.yml',
          '--repo=acme/one',
          '--allow-publish',
          '--yes',
        ]);
        assert.match(await npm.good(['trust', 'list', one]), /acme\/one/);
      });

      both('logs in on a page of the registry, with a second factor, and out', async () => {
        const account = `web-${name}`;
        const token = await registry.account(account);
        const begun = await registry.ask('POST', '/-/npm/v1/user', {
          token,
          body: { tfa: { password, mode: 'auth-and-writes' } },
        });
        const secret = /secret=(\w+)/.exec(begun.json.tfa)?.[1] ?? '';
        const otp = (): string => totpAt(secret, registry.registry.settings.now());
        const confirmed = await registry.ask('POST', '/-/npm/v1/user', { token, body: { tfa: [otp()] } });
        assert.equal(confirmed.json.tfa.length, 8);
        const client = createNpmClient(name, registry.url);
        clients.push(client);
        const login = client.good(['login', '--auth-type=web']);
        const { promise: seen, resolve } = Promise.withResolvers<string>();
        const look = setInterval(() => {
          void registry.registry.database
            .get<{ id: string }>(`SELECT id FROM sessions WHERE kind = 'login' AND proof IS NULL`)
            .then((row) => row && resolve(row.id));
        }, 50);
        const id = await seen;
        clearInterval(look);
        assert.match(
          (await registry.ask('GET', `/-/login/${id}`)).text,
          /only if you have just started this yourself/,
        );
        const form = (code: string): Promise<{ status: number }> =>
          registry.ask('POST', `/-/login/${id}`, {
            body: new URLSearchParams({ name: account, password, otp: code }).toString(),
            headers: { 'content-type': 'application/x-www-form-urlencoded' },
          });
        assert.equal((await form('000000')).status, 401);
        assert.equal((await form(otp())).status, 200);
        await login;
        assert.equal((await client.good(['whoami'])).trim(), account);
        await client.plugin('p', `@${account}/safe`, '1.0.0', key);
        const refused = await client.run(['publish'], { folder: 'p' });
        assert.match(refused.output, /EOTP|one-time password/);
        registry.pass(60_000);
        await client.good(['publish', `--otp=${otp()}`], { folder: 'p' });
        await client.good(['logout']);
        assert.notEqual((await client.run(['whoami'])).code, 0);
      });
    });

  describe('pnpm-11', () => {
    let pnpm: NpmClient;
    const one = '@pnpm-11/one';
    before(async () => (pnpm = await setUp('pnpm-11')));

    it('publishes, tags, installs, deprecates and finds', async () => {
      await pnpm.plugin('p', one, '1.0.0', key);
      await pnpm.good(['publish', '--no-git-checks'], { folder: 'p' });
      await pnpm.plugin('p', one, '1.1.0', key);
      await pnpm.good(['publish', '--no-git-checks', '--tag=next'], { folder: 'p' });
      pnpm.project('q');
      await pnpm.good(['add', one], { folder: 'q' });
      assert.equal(installedVersion(pnpm.home, 'q', one), '1.0.0');
      await pnpm.good(['dist-tag', 'add', `${one}@1.1.0`, 'stable']);
      assert.deepEqual(await tagsOf(one), { latest: '1.0.0', next: '1.1.0', stable: '1.1.0' });
      await pnpm.good(['deprecate', `${one}@1.0.0`, 'use 1.1']);
      assert.equal((await registry.ask('GET', `/${one}`)).json.versions['1.0.0'].deprecated, 'use 1.1');
      assert.match(await pnpm.good(['search', 'published']), /pnpm-11/);
    });

    it('audits, and tells a good signature from one that was tampered with', async () => {
      await advise(one);
      assert.match((await pnpm.run(['audit'], { folder: 'q' })).output, /It leaks/);
      assert.match((await pnpm.run(['audit', 'signatures'], { folder: 'q' })).output, /verified/);
      const { database } = registry.registry;
      await database.write(async (sql) => {
        const row = await sql.get<{ full_bytes: Uint8Array; short_bytes: Uint8Array }>(
          'SELECT * FROM documents WHERE package = ?',
          [one],
        );
        const spoil = (bytes: Uint8Array = Buffer.of()): Buffer =>
          Buffer.from(
            Buffer.from(bytes)
              .toString()
              .replaceAll(/"sig":"M[^"]{20}/g, (sig) => sig.replace(/.{3}$/, 'AAA')),
          );
        await sql.run(
          'UPDATE documents SET full_bytes = ?, full_tag = ?, short_bytes = ?, short_tag = ? WHERE package = ?',
          [spoil(row?.full_bytes), '"t1"', spoil(row?.short_bytes), '"t2"', one],
        );
      });
      const tampered = await pnpm.run(['audit', 'signatures'], {
        folder: 'q',
        env: { XDG_CACHE_HOME: `${pnpm.home}/other` },
      });
      assert.equal(tampered.code, 1, tampered.output);
      assert.match(tampered.output, /invalid|tampered/i);
    });
  });

  describe('yarn-1', () => {
    it('publishes, installs, tags, and shows owners', async () => {
      const yarn = await setUp('yarn-1');
      const one = '@yarn-1/one';
      const publish = async (version: string, tag: string): Promise<void> => {
        await yarn.plugin('p', one, version, key);
        await yarn.good(['publish', '--new-version', version, '--non-interactive', '--tag', tag], {
          folder: 'p',
        });
      };
      await publish('1.0.0', 'latest');
      await publish('1.1.0', 'next');
      yarn.project('q');
      await yarn.good(['add', one], { folder: 'q' });
      assert.equal(installedVersion(yarn.home, 'q', one), '1.0.0');
      await yarn.good(['tag', 'add', `${one}@1.1.0`, 'stable']);
      await yarn.good(['tag', 'remove', one, 'next']);
      assert.deepEqual(await tagsOf(one), { latest: '1.0.0', stable: '1.1.0' });
      assert.match(await yarn.good(['owner', 'list', one]), /yarn-1/);
      assert.match(await yarn.good(['info', one, 'versions']), /1\.1\.0/);
    });
  });

  describe('yarn-4', () => {
    it('publishes, installs, tags, shows and audits', async () => {
      const yarn = await setUp('yarn-4');
      const one = '@yarn-4/one';
      const publish = async (version: string, tag: string): Promise<void> => {
        await yarn.plugin('p', one, version, key);
        await yarn.good(['install'], { folder: 'p' });
        await yarn.good(['npm', 'publish', '--tag', tag], { folder: 'p' });
      };
      assert.match(await yarn.good(['npm', 'whoami']), /yarn-4/);
      await publish('1.0.0', 'latest');
      await publish('1.1.0', 'next');
      yarn.project('q');
      await yarn.good(['add', one], { folder: 'q' });
      assert.equal(installedVersion(yarn.home, 'q', one), '1.0.0');
      await yarn.good(['npm', 'tag', 'add', `${one}@1.1.0`, 'stable'], { folder: 'q' });
      await yarn.good(['npm', 'tag', 'remove', one, 'next'], { folder: 'q' });
      assert.deepEqual(await tagsOf(one), { latest: '1.0.0', stable: '1.1.0' });
      assert.match(await yarn.good(['npm', 'info', one, '--json'], { folder: 'q' }), /1\.1\.0/);
      await advise(one);
      assert.match((await yarn.run(['npm', 'audit', '--all'], { folder: 'q' })).output, /It leaks/);
    });
  });
});
