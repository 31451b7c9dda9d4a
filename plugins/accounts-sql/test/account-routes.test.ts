import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import { isAgentFactoryError, type InMemoryPlugin, type Json } from '@agent-factory/sdk';
import {
  Accounts,
  HttpRoute,
  storageErrors,
  TenantEraser,
  TenantStorage,
  type MemberChange,
  type Permission,
  type Principal,
} from '@agent-factory/sdk/contracts';
import { bootTestKernel, testPlugin, type TestKernel } from '@agent-factory/sdk/testing';
import { accountPermissions } from '../src/routes/account-routes.ts';

const folder = dirname(import.meta.dirname);
const things: readonly Permission[] = [
  { name: 'things:read', description: 'Look.', roles: ['viewer', 'tenant-admin'] },
  { name: 'things:burn', description: 'Burn.', roles: ['platform-admin'] },
];

describe('the routes of accounts', () => {
  let kernel: TestKernel;
  let accounts: Accounts;
  let made = 0;
  const erased: string[] = [];
  let eraserFails = false;
  let admin: Principal;
  before(async () => {
    const elsewhere: InMemoryPlugin = testPlugin('elsewhere', [TenantEraser], (ctx) =>
      ctx.contribute(TenantEraser, {
        name: 'elsewhere',
        async erase(tenant) {
          if (eraserFails) throw storageErrors.AF_STORAGE_CLOSED({ database: 'elsewhere' });
          erased.push(tenant);
        },
      }),
    );
    kernel = await bootTestKernel({ plugins: [join(dirname(folder), 'storage-sqlite'), folder, elsewhere] });
    accounts = kernel.use(Accounts);
    accounts.know([...accountPermissions, ...things]);
    await kernel.use(TenantStorage).create('acme');
    const id = await member('acme', { roles: ['tenant-admin'] });
    const permissions = await accounts.permissionsOf('acme', ['tenant-admin']);
    admin = { id, tenant: 'acme', kind: 'user', permissions };
  });
  after(() => kernel?.close());

  const emailOf = (): string => `p${(made += 1)}@example.com`;
  const member = async (tenant: string, change: MemberChange): Promise<string> => {
    const email = emailOf();
    const { id } = await accounts.create({ kind: 'user', name: email, email });
    await accounts.setMember(tenant, id, change);
    return id;
  };
  /** What the handler of a route says: the code of an error, or `done`. */
  const ask = async (
    operationId: string,
    {
      params = {},
      body = null,
      by = admin,
    }: { params?: Record<string, string>; body?: Json; by?: Principal },
  ): Promise<string> => {
    const route = kernel.all(HttpRoute).find(({ value }) => value.operationId === operationId)?.value;
    assert.ok(route);
    const { signal } = new AbortController();
    try {
      await route.handler({ params, body, query: {}, headers: {}, principal: by, requestId: 'r', signal });
      return 'done';
    } catch (error) {
      if (isAgentFactoryError(error)) return error.code;
      throw error;
    }
  };
  const change = (account: string, body: Json): Promise<string> =>
    ask('changeMember', { params: { account }, body });
  const remove = (account: string): Promise<string> => ask('removeMember', { params: { account } });
  const burn = [{ permission: 'things:burn', resource: 'things/7' }];

  it('give nothing that whoever asks does not have', async () => {
    const body = { kind: 'user', name: 'New', email: emailOf() };
    assert.equal(await ask('addMember', { body: { ...body, roles: ['viewer'] } }), 'done');
    const id = await member('acme', { roles: ['viewer'] });
    for (const wide of [{ roles: ['platform-admin'] }, { roles: [], grants: burn }]) {
      assert.equal(await ask('addMember', { body: { ...body, ...wide } }), 'AF_ACCESS_GRANT_TOO_WIDE');
      assert.equal(await change(id, wide), 'AF_ACCESS_GRANT_TOO_WIDE');
    }
    const role = { description: '', permissions: ['things:burn'] };
    const put = { params: { role: 'fire' }, body: role };
    assert.equal(await ask('putRole', put), 'AF_ACCESS_GRANT_TOO_WIDE');
    await accounts.putRole('acme', { name: 'fire', ...role });
    assert.equal(
      await ask('putRole', { ...put, body: { ...role, permissions: [] } }),
      'AF_ACCESS_GRANT_TOO_WIDE',
    );
    assert.equal(await ask('removeRole', put), 'AF_ACCESS_GRANT_TOO_WIDE');
  });

  it('touch nobody who has more: by a role, on one thing, or as soon as their account is enabled', async () => {
    const disabled = await member('acme', { roles: ['platform-admin'] });
    await accounts.disable(disabled, true);
    for (const above of [
      await member('acme', { roles: ['platform-admin'] }),
      await member('acme', { roles: [], grants: burn }),
      disabled,
    ]) {
      assert.equal(await change(above, { roles: ['viewer'] }), 'AF_ACCESS_GRANT_TOO_WIDE');
      assert.equal(await remove(above), 'AF_ACCESS_GRANT_TOO_WIDE');
      const { email } = (await accounts.account(above)) ?? {};
      const again = { kind: 'user', name: 'Again', email: email ?? '', roles: ['viewer'] };
      assert.equal(await ask('addMember', { body: again }), 'AF_ACCESS_GRANT_TOO_WIDE');
    }
  });

  it('touch neither oneself nor who is a member elsewhere alone', async () => {
    assert.equal(await change(admin.id, { roles: ['viewer'] }), 'AF_ACCOUNTS_SELF');
    assert.equal(await remove(admin.id), 'AF_ACCOUNTS_SELF');
    const theirs = await member('globex', { roles: ['viewer'] });
    assert.equal(await change(theirs, { roles: ['viewer'] }), 'AF_ACCOUNTS_UNKNOWN');
    assert.equal(await remove(theirs), 'AF_ACCOUNTS_UNKNOWN');
  });

  it('make no account for what is refused, and find none by its id', async () => {
    const email = emailOf();
    const body = { kind: 'user', name: 'New', email, roles: [] };
    const grants = [{ permission: 'things:read', resource: 'everything' }];
    assert.equal(await ask('addMember', { body: { ...body, grants } }), 'AF_ACCOUNTS_INVALID');
    assert.equal(await ask('addMember', { body: { ...body, roles: ['none'] } }), 'AF_ACCOUNTS_ROLE_UNKNOWN');
    assert.equal(await accounts.account(email), undefined);
    const theirs = await member('globex', { roles: ['viewer'] });
    assert.equal(await ask('addMember', { body: { ...body, email: theirs } }), 'AF_ACCOUNTS_INVALID');
    assert.equal(await accounts.rights(theirs, 'acme'), undefined);
  });

  it('let in an account that is there already only for who manages accounts', async () => {
    const email = emailOf();
    const { id } = await accounts.create({ kind: 'user', name: 'Ann', email });
    const body = { kind: 'user', name: 'Ann', email, roles: ['viewer'] };
    assert.equal(await ask('addMember', { body }), 'AF_ACCOUNTS_EMAIL_TAKEN');
    assert.deepEqual(await accounts.memberships(id), []);
    const by = { ...admin, permissions: [...admin.permissions, 'accounts:write'] };
    assert.equal(await ask('addMember', { body, by }), 'done');
    assert.equal((await accounts.memberships(id))[0]?.tenant, 'acme');
  });

  afterEach(() => void erased.splice(0));

  it('let nobody into a tenant that is there, nor back into one that was erased', async () => {
    const owner = await member('default', { roles: ['platform-admin'] });
    const put = { params: { tenant: 'initech' }, body: { admin: owner } };
    const before = await member('initech', { roles: ['tenant-admin'] });
    assert.equal(await ask('createTenant', put), 'done');
    assert.equal(await accounts.rights(before, 'initech'), undefined);
    assert.deepEqual((await accounts.rights(owner, 'initech'))?.roles, ['tenant-admin']);
    assert.equal(await ask('createTenant', { ...put, params: { tenant: 'acme' } }), 'done');
    assert.equal(await accounts.rights(owner, 'acme'), undefined);
    await kernel.use(TenantStorage).erase('initech'); // as the command line does
    assert.equal(await ask('createTenant', { ...put, body: {} }), 'done');
    assert.deepEqual(await accounts.members('initech'), []);
    assert.equal(await ask('eraseTenant', put), 'done');
    await accounts.setMember('initech', before, { roles: ['tenant-admin'] }); // as if nobody had forgotten it
    assert.equal(await ask('eraseTenant', put), 'AF_TENANT_UNKNOWN');
    assert.deepEqual(await accounts.memberships(before), []);
    assert.equal(await ask('eraseTenant', { params: { tenant: 'default' } }), 'AF_TENANT_PROTECTED');
    assert.equal((await accounts.members('default')).length, 1);
  });

  it('erase what plugins keep of a tenant elsewhere, and leave a tenant of which that cannot be erased', async () => {
    const put = { params: { tenant: 'umbrella' } };
    assert.equal(await ask('createTenant', { ...put, body: {} }), 'done');
    assert.deepEqual(erased.splice(0), ['umbrella'], 'what an old one of that name may have left');
    eraserFails = true;
    assert.equal(await ask('eraseTenant', put), 'AF_STORAGE_CLOSED');
    await kernel.use(TenantStorage).tenant('umbrella');
    eraserFails = false;
    assert.equal(await ask('eraseTenant', put), 'done');
    assert.deepEqual(new Set(erased.splice(0)), new Set(['umbrella']));
    await ask('eraseTenant', { params: { tenant: 'default' } });
    assert.deepEqual(erased, [], 'nothing goes of a tenant that is protected');
  });
});
