import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import type { JsonObject, PluginEntry } from '@agent-factory/sdk';
import {
  Accounts,
  ApiKeys,
  Authenticator,
  HttpServer,
  Storage,
  TenantStorage,
  type NewApiKey,
} from '@agent-factory/sdk/contracts';
import { bootTestKernel, rollBack, type TestKernel } from '@agent-factory/sdk/testing';
import { sqlEngines, type FreshStorage } from '@agent-factory/test-servers';
import { makeKey } from '../src/key-text.ts';

const folder = dirname(import.meta.dirname);
const at = (name: string): string => join(dirname(folder), name);
const hour = 3_600_000;

const rest: readonly (string | PluginEntry)[] = [
  at('accounts-sql'),
  folder,
  { use: at('http-api'), config: { port: 0 } },
];
for (const [name, open] of Object.entries(sqlEngines)) {
  describe(`auth-api-key on ${name}`, () => {
    let storage: FreshStorage;
    let kernel: TestKernel;
    let accounts: Accounts;
    let made = 0;
    before(async function () {
      this.timeout(60_000);
      storage = await open();
      kernel = await bootTestKernel({ plugins: [storage.plugin, ...rest] });
      accounts = kernel.use(Accounts);
      for (const tenant of ['acme', 'globex']) await kernel.use(TenantStorage).create(tenant);
    });
    after(async () => {
      await kernel?.close();
      await storage?.close();
    });

    /** A new member with a key that carries all they have. */
    const member = async (
      tenant: string,
      ...roles: string[]
    ): Promise<{ readonly id: string; readonly key: NewApiKey; readonly secret: string }> => {
      const email = `p${(made += 1)}@example.com`;
      const { id } = await accounts.create({ kind: 'user', name: email, email });
      await accounts.setMember(tenant, id, { roles });
      const key = await kernel.use(ApiKeys).tenant(tenant).create({ account: id, name: 'own', by: id });
      return { id, key, secret: key.secret };
    };
    const ask = async (
      secret: string | undefined,
      method: string,
      path: string,
      body?: JsonObject,
      headers: Record<string, string> = {},
    ): Promise<readonly [status: number, body: JsonObject]> => {
      const answer = await fetch(`${kernel.use(HttpServer).url()}/api/v1/${path}`, {
        method,
        headers: {
          ...(secret !== undefined && { authorization: `Bearer ${secret}` }),
          ...(body && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body && { body: JSON.stringify(body) }),
      });
      return [answer.status, Object(await answer.json())];
    };
    const newKey = (body: JsonObject): NewApiKey => body as unknown as NewApiKey; // as the schema of the route says

    it('lets nobody in without a key, nor with one that is wrong in any way', async () => {
      const { secret } = await member('acme', 'viewer');
      const other = secret.slice(0, -10) + (secret.at(-10) === 'a' ? 'b' : 'a') + secret.slice(-9);
      for (const wrong of [
        makeKey().text,
        other,
        'af_',
        `${secret}x`,
        secret.toUpperCase(),
        `af_${'a'.repeat(9000)}`,
      ]) {
        const [status, { code }] = await ask(wrong, 'GET', 'me');
        assert.deepEqual([status, code], [401, 'AF_ACCESS_CREDENTIAL_INVALID'], wrong.slice(0, 80));
      }
      assert.equal((await ask(undefined, 'GET', 'me'))[1]['code'], 'AF_ACCESS_NO_CREDENTIAL');
      assert.equal((await ask(secret, 'GET', 'me'))[0], 200);
    });

    it('knows whose the key is, and lets it do what the account may do at this moment', async () => {
      const { id, secret } = await member('acme', 'viewer');
      const [, me] = await ask(secret, 'GET', 'me');
      assert.deepEqual([me['id'], me['tenant'], me['credential']], [id, 'acme', 'api-key']);
      assert.equal((await ask(secret, 'GET', 'keys'))[0], 403);
      await accounts.setMember('acme', id, { roles: ['tenant-admin'] });
      assert.equal((await ask(secret, 'GET', 'keys'))[0], 200);
      await accounts.setMember('acme', id, { roles: [] });
      assert.equal((await ask(secret, 'GET', 'me'))[0], 403);
    });

    it('is for one tenant, whatever the request asks for', async () => {
      const { id, secret } = await member('acme', 'tenant-admin');
      await accounts.setMember('globex', id, { roles: ['tenant-admin'] });
      const named = (tenant: string) => ask(secret, 'GET', 'me', undefined, { 'x-tenant': tenant });
      assert.equal((await named('acme'))[1]['tenant'], 'acme');
      const [status, { code }] = await named('globex');
      assert.deepEqual([status, code], [403, 'AF_ACCESS_TENANT_REFUSED']);
    });

    it('shows and touches the keys of its own tenant alone', async () => {
      const mine = await member('acme', 'tenant-admin');
      const theirs = await member('globex', 'tenant-admin');
      const [, { keys }] = await ask(mine.secret, 'GET', 'keys');
      assert.doesNotMatch(JSON.stringify(keys), new RegExp(theirs.key.key.id));
      assert.doesNotMatch(JSON.stringify(keys), /hash|[0-9a-f]{64}/);
      for (const [method, path] of [
        ['DELETE', ''],
        ['POST', '/rotate'],
      ] as const) {
        const body = method === 'POST' ? {} : undefined;
        const missing = await ask(mine.secret, method, `keys/AAAAAAAAAAAA${path}`, body);
        const foreign = await ask(mine.secret, method, `keys/${theirs.key.key.id}${path}`, body);
        assert.deepEqual([foreign[0], foreign[1]['code']], [404, 'AF_API_KEY_UNKNOWN']);
        assert.deepEqual([missing[0], missing[1]['code']], [404, 'AF_API_KEY_UNKNOWN']);
      }
      assert.equal((await ask(theirs.secret, 'GET', 'me'))[0], 200);
    });

    it('carries no more than its scopes, and never makes a wider one', async () => {
      const admin = await member('acme', 'tenant-admin');
      const narrow = { name: 'narrow', scopes: ['me:read', 'keys:write'] };
      const [status, answer] = await ask(admin.secret, 'POST', 'keys', narrow);
      assert.equal(status, 201);
      const { secret } = newKey(answer);
      assert.equal((await ask(secret, 'GET', 'keys'))[0], 403);
      for (const scopes of [['members:write'], undefined]) {
        const wider = { name: 'wider', ...(scopes && { scopes }) };
        assert.equal((await ask(secret, 'POST', 'keys', wider))[1]['code'], 'AF_ACCESS_GRANT_TOO_WIDE');
      }
      const rotated = await ask(secret, 'POST', `keys/${admin.key.key.id}/rotate`, {});
      assert.equal(rotated[1]['code'], 'AF_ACCESS_GRANT_TOO_WIDE');
    });

    it('is made for others only where they may do nothing one may not oneself', async () => {
      const admin = await member('acme', 'tenant-admin');
      const above = await member('acme', 'tenant-admin', 'platform-admin');
      const outside = await member('globex', 'viewer');
      const make = async (account: string): Promise<unknown> =>
        (await ask(admin.secret, 'POST', 'keys', { name: 'x', account }))[1]['code'];
      assert.equal(await make(above.id), 'AF_ACCESS_GRANT_TOO_WIDE');
      assert.equal(await make(outside.id), 'AF_API_KEY_ACCOUNT');
      const program = await accounts.create({ kind: 'service', name: 'import' });
      await accounts.setMember('acme', program.id, { roles: ['service'] });
      const [status, answer] = await ask(admin.secret, 'POST', 'keys', { name: 'x', account: program.id });
      assert.equal(status, 201);
      assert.equal((await ask(newKey(answer).secret, 'GET', 'me'))[1]['kind'], 'service');
    });

    it('is rotated with a time in which both hold', async () => {
      const { key, secret } = await member('acme', 'tenant-admin');
      const [, answer] = await ask(secret, 'POST', `keys/${key.key.id}/rotate`, { overlapMs: hour });
      const next = newKey(answer);
      assert.equal(next.key.replaces, key.key.id);
      for (const each of [secret, next.secret]) assert.equal((await ask(each, 'GET', 'me'))[0], 200);
      await ask(next.secret, 'POST', `keys/${key.key.id}/rotate`, { overlapMs: 0 });
      assert.equal((await ask(secret, 'GET', 'me'))[0], 401);
      assert.equal((await ask(next.secret, 'GET', 'me'))[0], 200);
      const again = await ask(next.secret, 'POST', `keys/${key.key.id}/rotate`, {});
      assert.deepEqual([again[0], again[1]['code']], [409, 'AF_API_KEY_OVER']);
    });

    it('is dead as soon as it is revoked, its time has passed, or its account is out or disabled', async () => {
      const admin = await member('acme', 'tenant-admin');
      const dead = async ({ secret }: { readonly secret: string }): Promise<void> =>
        assert.deepEqual((await ask(secret, 'GET', 'me'))[1]['code'], 'AF_ACCESS_CREDENTIAL_INVALID');
      const revoked = await member('acme', 'viewer');
      assert.equal((await ask(admin.secret, 'DELETE', `keys/${revoked.key.key.id}`))[0], 200);
      await dead(revoked);

      const late = await member('acme', 'viewer');
      const storage = kernel.use(Storage);
      await storage.execute('UPDATE af_auth_api_key_keys SET expires_at = ? WHERE id = ?', [
        Date.now() - 1,
        late.key.key.id,
      ]);
      await dead(late);

      const out = await member('acme', 'viewer');
      assert.equal((await ask(admin.secret, 'DELETE', `members/${out.id}`))[0], 200);
      await dead(out);
      await accounts.setMember('acme', out.id, { roles: ['viewer'] });
      await dead(out); // what was made under the membership that ended stays dead

      const disabled = await member('acme', 'viewer');
      await accounts.disable(disabled.id, true);
      await dead(disabled);
      await accounts.disable(disabled.id, false);
      assert.equal((await ask(disabled.secret, 'GET', 'me'))[0], 200);
    });

    it('holds no longer than the operator allows', async () => {
      const { secret } = await member('acme', 'tenant-admin');
      for (const expiresAt of [Date.now() - 1, Date.now() + 400 * 24 * hour])
        assert.equal(
          (await ask(secret, 'POST', 'keys', { name: 'x', expiresAt }))[1]['code'],
          'AF_API_KEY_EXPIRY',
        );
      const [, answer] = await ask(secret, 'POST', 'keys', { name: 'x' });
      const { expiresAt = 0 } = newKey(answer).key;
      assert.ok(Math.abs(expiresAt - Date.now() - 365 * 24 * hour) < hour);
    });

    it('makes no key, and rotates none, that outlives it', async () => {
      const admin = await member('acme', 'tenant-admin');
      const ends = Date.now() + hour;
      const made = await ask(admin.secret, 'POST', 'keys', { name: 'short', expiresAt: ends });
      const short = newKey(made[1]);
      assert.equal(
        (await ask(short.secret, 'POST', 'keys', { name: 'longer', expiresAt: ends + 1 }))[1]['code'],
        'AF_API_KEY_EXPIRY',
      );
      const usual = newKey((await ask(short.secret, 'POST', 'keys', { name: 'usual' }))[1]);
      assert.equal(usual.key.expiresAt, ends);
      const rotated = newKey((await ask(short.secret, 'POST', `keys/${admin.key.key.id}/rotate`, {}))[1]);
      assert.equal(rotated.key.expiresAt, ends);
    });

    it('is nothing to a tenant that is made anew under the name of one that was erased', async () => {
      const tenants = kernel.use(TenantStorage);
      await tenants.create('phoenix');
      const before = await member('phoenix', 'tenant-admin');
      await accounts.forgetTenant('phoenix'); // as the route that erases does
      await tenants.erase('phoenix');
      await tenants.create('phoenix');
      const after = await member('phoenix', 'tenant-admin');
      const [, { keys }] = await ask(after.secret, 'GET', 'keys');
      assert.doesNotMatch(JSON.stringify(keys), new RegExp(before.key.key.id));
      for (const [method, path] of [
        ['DELETE', ''],
        ['POST', '/rotate'],
      ] as const) {
        const answer = await ask(
          after.secret,
          method,
          `keys/${before.key.key.id}${path}`,
          path ? {} : undefined,
        );
        assert.equal(answer[1]['code'], 'AF_API_KEY_UNKNOWN');
      }
      await accounts.setMember('phoenix', before.id, { roles: ['tenant-admin'] });
      const [, again] = await ask(after.secret, 'GET', 'keys');
      assert.doesNotMatch(JSON.stringify(again), new RegExp(before.key.key.id));
    });

    it('notes when it was last used', async () => {
      const { key } = await member('acme', 'tenant-admin');
      const keys = kernel.use(ApiKeys).tenant('acme');
      assert.equal((await keys.get(key.key.id))?.lastUsedAt, undefined);
      const [authenticator] = kernel.all(Authenticator);
      await authenticator?.value.authenticate({ authorization: `Bearer ${key.secret}`, unsafe: false });
      // The note is written beside the request; whatever the database does next comes after it on SQLite, soon on others.
      for (let tries = 0; tries < 500 && (await keys.get(key.key.id))?.lastUsedAt === undefined; tries += 1)
        await new Promise((resolve) => setTimeout(resolve, 10));
      assert.ok(((await keys.get(key.key.id))?.lastUsedAt ?? 0) > 0);
    });

    it('keeps no secret anywhere', async () => {
      const { secret } = await member('acme', 'viewer');
      const rows = await kernel.use(Storage).query('SELECT * FROM af_auth_api_key_keys');
      assert.ok(rows.length > 0);
      assert.doesNotMatch(JSON.stringify(rows), new RegExp(secret.slice(-20)));
    });

    describe('at the end', () => {
      it('has a way back', async () => {
        assert.deepEqual(await rollBack(kernel, 'auth-api-key', 'platform'), ['create-keys']);
      });
    });
  });
}
