import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { waitFor } from '@agent-factory/sdk/testing';
import { totpAt } from '../src/trust/totp.ts';
import { clientSuite, key } from './support/client-suite.ts';
import { isEverything } from './support/npm-clients.ts';

const password = 'correct horse battery';
const names = isEverything ? (['npm-12', 'npm-11', 'npm-10'] as const) : (['npm-12'] as const);

describe('npm, with who it is', function () {
  this.timeout(180_000);
  const suite = clientSuite();
  const { setUp } = suite;

  /** An account with a second factor. */
  async function careful(account: string): Promise<{ token: string; otp: () => string }> {
    const { registry } = suite;
    const token = await registry.account(account);
    const tfa = { password, mode: 'auth-and-writes' };
    const begun = await registry.ask('POST', '/-/npm/v1/user', { token, body: { tfa } });
    const secret = /secret=(\w+)/.exec(begun.json.tfa)?.[1] ?? '';
    const otp = (): string => totpAt(secret, registry.registry.settings.now());
    const confirmed = await registry.ask('POST', '/-/npm/v1/user', { token, body: { tfa: [otp()] } });
    assert.equal(confirmed.json.tfa.length, 8);
    registry.pass(60_000); // each code is good once
    return { token, otp };
  }

  /** The page that a client waits for somebody to visit. */
  const pageOf = (kind: 'login' | 'otp'): Promise<string> =>
    waitFor(
      'the page',
      async () => {
        const row = await suite.registry.registry.database.get<{ id: string }>(
          'SELECT id FROM sessions WHERE kind = ? AND proof IS NULL',
          [kind],
        );
        return row && `/-/login/${row.id}`;
      },
      60_000,
    );
  const send = (page: string, form: Record<string, string>): Promise<{ status: number }> =>
    suite.registry.ask('POST', page, {
      body: new URLSearchParams(form).toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });

  for (const name of names)
    describe(name, () => {
      it('logs in on a page of the registry, with a second factor, and out', async () => {
        const account = `web-${name}`;
        const { otp } = await careful(account);
        const client = await setUp(name, null);
        const login = client.good(['login', '--auth-type=web']);
        const page = await pageOf('login');
        assert.match(
          (await suite.registry.ask('GET', page)).text,
          /only if you have just started this yourself/,
        );
        const form = { name: account, password };
        assert.equal((await send(page, { ...form, otp: '000000' })).status, 401);
        assert.equal((await send(page, { ...form, otp: otp() })).status, 200);
        await login;
        assert.equal((await client.good(['whoami'])).trim(), account);
        await client.plugin('p', `@${account}/safe`, '1.0.0', key);
        const refused = await client.run(['publish'], { folder: 'p' });
        assert.match(refused.output, /EOTP|one-time password/);
        suite.registry.pass(60_000);
        await client.good(['publish', `--otp=${otp()}`], { folder: 'p' });
        await client.good(['logout']);
        assert.notEqual((await client.run(['whoami'])).code, 0);
      });

      it('shows the second factor on a page, and goes on publishing', async () => {
        const account = `factor-${name}`;
        const { token, otp } = await careful(account);
        const client = await setUp(name, null, token);
        await client.plugin('p', `@${account}/safe`, '1.0.0', key);
        await suite.registry.registry.database.write((sql) => sql.run('DELETE FROM sessions'));
        const publish = client.good(['publish'], { folder: 'p', terminal: [] });
        assert.equal((await send(await pageOf('otp'), { otp: otp() })).status, 200);
        assert.match(await publish, /\/safe@1\.0\.0/);
      });

      it('logs in at its terminal, the way CouchDB did', async () => {
        const account = `couch-${name}`;
        await suite.registry.account(account);
        const client = await setUp(name, null);
        const login = [
          [/username:/i, account],
          [/password:/i, password],
        ] as const;
        await client.good(['login', '--auth-type=legacy'], { terminal: login });
        assert.equal((await client.good(['whoami'])).trim(), account);
        if (name === 'npm-12') return; // has no command to sign up
        const fresh = await setUp(name, null);
        const mine = [
          [/username:/i, `new-${account}`],
          [/password:/i, password],
          [/email/i, 'new@example.com'],
        ] as const;
        await fresh.good(['adduser', '--auth-type=legacy'], { terminal: mine });
        assert.equal((await fresh.good(['whoami'])).trim(), `new-${account}`);
      });

      const newer = name === 'npm-10' ? it.skip : it;
      newer('publishes from a workflow, by the word of its forge and without a token', async () => {
        const account = `forge-${name}`;
        const one = `@${account}/built`;
        const owner = await setUp(name, account);
        await owner.plugin('p', one, '1.0.0', key);
        await owner.good(['publish'], { folder: 'p' });
        await owner.good([
          'trust',
          'github',
          one,
          '--file=release.yml',
          `--repo=${account}/built`,
          '--allow-publish',
          '--yes',
        ]);
        const workflow = await setUp(name, null);
        await workflow.plugin('p', one, '1.1.0', key);
        const forge = createServer((request, response) => {
          const aud = new URL(request.url ?? '', 'http://forge').searchParams.get('audience');
          const now = suite.registry.registry.settings.now();
          response.setHeader('content-type', 'application/json');
          response.end(JSON.stringify({ value: suite.issuer.token(now, `${account}/built`, { aud }) }));
        });
        await new Promise<void>((done) => forge.listen(0, '127.0.0.1', done));
        const { port } = forge.address() as AddressInfo; // it listens on a port
        const env = {
          GITHUB_ACTIONS: 'true',
          ACTIONS_ID_TOKEN_REQUEST_URL: `http://127.0.0.1:${port}/token`,
          ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'of this job',
        };
        await workflow.good(['publish'], { folder: 'p', env });
        forge.close();
        const { versions } = (await suite.registry.ask('GET', `/${one}`)).json;
        assert.equal(versions['1.1.0']['_npmUser'].trustedPublisher.id, 'github');
      });
    });
});
