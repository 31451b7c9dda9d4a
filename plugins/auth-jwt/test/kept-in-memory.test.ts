import assert from 'node:assert/strict';
import { textOf, TokenPlatform } from './support/token-platform.ts';

const invalid = 'AF_ACCESS_CREDENTIAL_INVALID';

describe('what another process keeps in memory of a credential that has ended', () => {
  let on: TokenPlatform;
  before(async () => {
    // No signals tell of an end, and nothing is looked up anew by itself for as long as this runs.
    on = await TokenPlatform.open('SQLite', 60_000);
  });
  after(() => on?.close());

  /** What the other process answers: to a look, and to a wish for a key and for tokens. */
  const answers = async (bearer: string): Promise<readonly unknown[]> => {
    const there = { bearer, on: on.other };
    const [look] = await on.ask('GET', 'me', there);
    const [, key] = await on.ask('POST', 'keys', { ...there, body: { name: 'outlives it' } });
    const [, tokens] = await on.ask('POST', 'auth/tokens', { ...there, body: {} });
    return [look, key['code'], tokens['code']];
  };

  it('makes no key and no token with a key that was revoked, nor with a token of it', async () => {
    const { key, keyId } = await on.person(['tenant-admin']);
    const { access } = await on.tokens(key);
    assert.deepEqual(await answers(access), [200, undefined, 'AF_JWT_CREDENTIAL_REFUSED']);
    assert.deepEqual(await answers(key), [200, undefined, undefined]);
    await on.keys.tenant('acme').revoke(keyId);
    assert.deepEqual(await answers(access), [200, invalid, invalid]);
    assert.deepEqual(await answers(key), [200, invalid, invalid]);
  });

  it('makes no key with tokens that were ended', async () => {
    const { key } = await on.person(['tenant-admin']);
    const { access, id } = await on.tokens(key);
    assert.deepEqual(await answers(access), [200, undefined, 'AF_JWT_CREDENTIAL_REFUSED']);
    assert.equal((await on.ask('DELETE', `auth/tokens/${id}`, { bearer: key }))[0], 200);
    assert.deepEqual(await answers(access), [200, invalid, invalid]);
  });

  it('makes no key in a session that was ended', async () => {
    const { key } = await on.person(['tenant-admin', 'platform-admin']);
    const { id } = await on.accounts.create({ kind: 'user', name: 'Ann', email: 'ann@example.com' });
    await on.accounts.setMember('acme', id, { roles: ['tenant-admin'] });
    const [, { url }] = await on.ask('POST', `members/${id}/invitation`, { bearer: key });
    const token = textOf(url).split('#')[1] ?? '';
    const begun = await on.ask('POST', 'auth/accept', { body: { token, password: 'correct horse battery' } });
    const cookie = begun[2].getSetCookie()[0]?.split(';', 1)[0] ?? '';
    const headers = { cookie, 'x-csrf-token': textOf(begun[1]['csrfToken']) };
    const make = async (): Promise<unknown> =>
      (await on.ask('POST', 'keys', { headers, on: on.other, body: { name: 'x' } }))[1]['code'];
    const look = async (): Promise<number> => (await on.ask('GET', 'me', { headers, on: on.other }))[0];
    assert.deepEqual([await look(), await make()], [200, undefined]);
    assert.equal((await on.ask('POST', 'auth/logout', { headers }))[0], 200);
    assert.deepEqual([await look(), await make()], [200, invalid]);
  });
});

describe('looking at one’s tokens', () => {
  it('is no use of what they were made with', async () => {
    const on = await TokenPlatform.open('SQLite');
    try {
      const { id, key, keyId } = await on.person(['viewer']);
      await on.tokens(key);
      const own = on.keys.tenant('acme');
      const { key: second, secret } = await own.create({ account: id, name: 'looks', by: id });
      await on.storage.execute('UPDATE af_auth_api_key_keys SET last_used_at = NULL');
      const [, { tokens }] = await on.ask('GET', 'auth/tokens', { bearer: secret, on: on.other });
      assert.equal((tokens as unknown[]).length, 1);
      await on.other.close(); // and all it had to note is written
      assert.equal((await own.get(keyId))?.lastUsedAt, undefined);
      assert.notEqual((await own.get(second.id))?.lastUsedAt, undefined);
    } finally {
      await on.close();
    }
  });
});
