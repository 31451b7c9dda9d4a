import assert from 'node:assert/strict';
import { rollBack, runTask } from '@agent-factory/sdk/testing';
import { sqlEngines } from '@agent-factory/test-servers';
import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from 'jose';
import { pairOf, textOf, TokenPlatform } from './support/token-platform.ts';

const invalid = 'AF_ACCESS_CREDENTIAL_INVALID';

for (const engine of Object.keys(sqlEngines)) {
  describe(`auth-jwt on ${engine}`, () => {
    let on: TokenPlatform;
    before(async function () {
      this.timeout(60_000);
      on = await TokenPlatform.open(engine);
    });
    after(() => on?.close());

    it('gives tokens for a key, which prove the same account in the same tenant', async () => {
      const { id, key } = await on.person(['viewer']);
      const [status, body, headers] = await on.ask('POST', 'auth/tokens', {
        bearer: key,
        body: { name: 'app' },
      });
      assert.deepEqual([status, body['tokenType'], body['expiresIn']], [201, 'Bearer', 300]);
      assert.equal(headers.get('cache-control'), 'no-store');
      const [, me] = await on.ask('GET', 'me', { bearer: textOf(body['accessToken']) });
      assert.deepEqual([me['id'], me['tenant'], me['credential']], [id, 'acme', 'jwt']);
      const [, { tokens }] = await on.ask('GET', 'auth/tokens', { bearer: key });
      const [only] = tokens as { name: string; madeWith: string }[];
      assert.deepEqual([only?.name, only?.madeWith], ['app', 'api-key']);
      const elsewhere = { bearer: textOf(body['accessToken']), headers: { 'x-tenant': 'globex' } };
      assert.equal((await on.ask('GET', 'me', elsewhere))[1]['code'], 'AF_ACCESS_TENANT_REFUSED');
    });

    it('gives tokens in a session, which end when it ends', async () => {
      const { id, key } = await on.person(['tenant-admin', 'platform-admin']);
      const { id: account } = await on.accounts.create({
        kind: 'user',
        name: 'Ann',
        email: 'ann@example.com',
      });
      await on.accounts.setMember('acme', account, { roles: ['viewer'] });
      const [, { url }] = await on.ask('POST', `members/${account}/invitation`, { bearer: key });
      const token = textOf(url).split('#')[1] ?? '';
      const begun = await on.ask('POST', 'auth/accept', {
        body: { token, password: 'correct horse battery' },
      });
      const cookie = begun[2].getSetCookie()[0]?.split(';', 1)[0] ?? '';
      const headers = { cookie, 'x-csrf-token': textOf(begun[1]['csrfToken']) };
      const pair = pairOf(await on.ask('POST', 'auth/tokens', { headers, body: {} }));
      assert.equal(await on.refused(pair.access), 200);
      // What the account gains later the token has too: a session carries all.
      await on.accounts.setMember('acme', account, { roles: ['builder'] });
      assert.equal(await on.refused(pair.access, 'roles'), 200);
      await on.ask('POST', 'auth/logout', { headers });
      assert.equal(await on.refused(pair.access), invalid);
      assert.equal((await on.refresh(pair.refresh))[1]['code'], 'AF_JWT_REFRESH_INVALID');
      assert.notEqual(id, account);
    });

    it('never carries more than what it was made with', async () => {
      const { key } = await on.person(['tenant-admin'], {
        scopes: ['me:read', 'tokens:write', 'roles:read'],
      });
      const whole = await on.tokens(key);
      assert.equal(await on.refused(whole.access, 'members'), 'AF_ACCESS_DENIED');
      const less = await on.tokens(key, { scopes: ['me:read'] });
      assert.equal(await on.refused(less.access), 200);
      assert.equal(await on.refused(less.access, 'roles'), 'AF_ACCESS_DENIED');
      const [, wide] = await on.ask('POST', 'auth/tokens', {
        bearer: key,
        body: { scopes: ['members:read'] },
      });
      assert.equal(wide['code'], 'AF_ACCESS_GRANT_TOO_WIDE');
      const [, own] = await on.ask('POST', 'auth/tokens', { bearer: whole.access, body: {} });
      assert.equal(own['code'], 'AF_JWT_CREDENTIAL_REFUSED'); // a token makes no other tokens
    });

    it('makes no key that outlives the key it came from', async () => {
      const expiresAt = Date.now() + 3_600_000;
      const { key } = await on.person(['tenant-admin'], { expiresAt });
      const { access } = await on.tokens(key);
      const [status, made] = await on.ask('POST', 'keys', { bearer: access, body: { name: 'longer' } });
      assert.deepEqual([status, Object(made['key']).expiresAt], [201, expiresAt]);
    });

    it('ends at once with a role, a membership, an account, its key, and by itself', async () => {
      const refuses = async (pair: { access: string; refresh: string }): Promise<void> => {
        assert.equal(await on.refused(pair.access), invalid);
        assert.equal((await on.refresh(pair.refresh))[1]['code'], 'AF_JWT_REFRESH_INVALID');
      };
      const demoted = await on.person(['builder']);
      const { access } = await on.tokens(demoted.key);
      assert.equal(await on.refused(access, 'roles'), 200);
      await on.accounts.setMember('acme', demoted.id, { roles: ['viewer'] });
      assert.equal(await on.refused(access, 'roles'), 'AF_ACCESS_DENIED');

      const left = await on.person(['viewer']);
      const ofLeft = await on.tokens(left.key);
      await on.accounts.removeMember('acme', left.id);
      await refuses(ofLeft);
      await on.accounts.setMember('acme', left.id, { roles: ['viewer'] });
      await refuses(ofLeft); // who comes back is somebody new

      const disabled = await on.person(['viewer']);
      const ofDisabled = await on.tokens(disabled.key);
      await on.accounts.disable(disabled.id, true);
      await refuses(ofDisabled);

      const revoked = await on.person(['viewer']);
      const ofRevoked = await on.tokens(revoked.key);
      await on.keys.tenant('acme').revoke(revoked.keyId);
      await refuses(ofRevoked);

      const ended = await on.person(['viewer']);
      const ofEnded = await on.tokens(ended.key);
      const stranger = await on.person(['tenant-admin']);
      const foreign = await on.ask('DELETE', `auth/tokens/${ofEnded.id}`, { bearer: stranger.key });
      assert.equal(foreign[1]['code'], 'AF_JWT_UNKNOWN');
      assert.equal((await on.ask('DELETE', `auth/tokens/${ofEnded.id}`, { bearer: ofEnded.access }))[0], 200);
      await refuses(ofEnded);
      assert.equal((await on.ask('GET', 'me', { bearer: ofEnded.access, on: on.other }))[0], 401);
    });

    it('is signed so that others can check it with the public keys alone', async () => {
      const { id, key } = await on.person(['viewer']);
      const { access, id: family } = await on.tokens(key);
      const [, set, headers] = await on.ask('GET', 'auth/jwks.json');
      assert.equal(headers.get('content-type'), 'application/jwk-set+json');
      assert.ok(!JSON.stringify(set).includes('"d":'));
      const { payload, protectedHeader } = await jwtVerify(
        access,
        createLocalJWKSet(set as unknown as JSONWebKeySet), // as RFC 7517 says
        { issuer: 'http://127.0.0.1:7070', audience: 'agent-factory' },
      );
      assert.deepEqual([payload.sub, payload['tid'], payload['sid']], [id, 'acme', family]);
      assert.equal(protectedHeader.typ, 'at+jwt');
      assert.ok(!('roles' in payload) && !('scope' in payload)); // what one may do is looked up
    });

    it('keeps no refresh token, and no key in the clear', async () => {
      const { key } = await on.person(['viewer']);
      const { refresh } = await on.tokens(key);
      const rows = JSON.stringify([
        await on.storage.query('SELECT * FROM af_auth_jwt_families'),
        await on.storage.query('SELECT * FROM af_auth_jwt_signing_keys'),
      ]);
      for (const part of refresh.split('.').slice(2)) assert.ok(!rows.includes(part));
      assert.ok(!rows.includes('"d\\":'));
    });

    it('tells of those that were refreshed last, and not without end', async () => {
      const { key } = await on.person(['viewer']);
      const { id } = await on.tokens(key);
      const rest =
        'tenant, account, membership, name, scopes, made_with, made_with_id, made_with_until, created_at, refreshed_at';
      const hashes = 'root_hash, refresh_hash, previous_hash, salt';
      const copy = `INSERT INTO af_auth_jwt_families (id, ${rest}, ${hashes})
        SELECT CAST(? AS TEXT), ${rest} - 1, ${hashes} FROM af_auth_jwt_families WHERE id = ?`;
      const copies = Array.from({ length: 205 }, (_none, at) => ({ sql: copy, params: [`copy-${at}`, id] }));
      await on.storage.batch(copies);
      const [, { tokens }] = await on.ask('GET', 'auth/tokens', { bearer: key });
      const listed = tokens as { id: string }[];
      assert.equal(listed.length, 200);
      assert.ok(listed.some((one) => one.id === id));
    });

    it('forgets what nobody refreshed for a week', async () => {
      const { key } = await on.person(['viewer']);
      const { id, refresh } = await on.tokens(key);
      await on.passes(id, 604_800_001);
      assert.equal((await on.refresh(refresh))[1]['code'], 'AF_JWT_REFRESH_INVALID');
      assert.deepEqual((await on.ask('GET', 'auth/tokens', { bearer: key }))[1]['tokens'], []);
      const { removed } = await runTask(on.kernel, 'auth-jwt-sweep');
      assert.ok(Number(removed) >= 1);
    });

    describe('at the end', () => {
      it('has a way back', async () => {
        assert.deepEqual(await rollBack(on.kernel, 'auth-jwt', 'platform'), ['create-tokens']);
      });
    });
  });
}
