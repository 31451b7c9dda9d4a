import assert from 'node:assert/strict';
import type { Account, Accounts } from '../contracts/accounts.ts';
import type { Permission } from '../contracts/permission.ts';
import { onFixture, type ConformanceCase, type ConformanceSuite } from './conformance.ts';
import { rejectsWith } from './rejects-with.ts';

/** Accounts without any in them, for one case. */
export interface AccountsFixture {
  readonly accounts: Accounts;
  /** Another handle on the same accounts, as a second process would have. */
  readonly another: Accounts;
  /** Two tenants of its own. */
  readonly tenants: readonly [string, string];
  close(): Promise<void>;
}

const permissions: readonly Permission[] = [
  { name: 'things:read', description: 'Look.', roles: ['viewer', 'builder', 'tenant-admin'] },
  { name: 'things:write', description: 'Change.', roles: ['builder', 'tenant-admin'] },
  { name: 'plugins:read', description: 'See plugins.', roles: ['platform-admin'], scope: 'platform' },
];

/** What every {@link Accounts} must do. `open` gives an empty one each time. */
export function accountsSuite(open: () => Promise<AccountsFixture>): ConformanceSuite {
  const given = onFixture(open);
  const on = (name: string, work: (fixture: AccountsFixture) => Promise<void>): ConformanceCase =>
    given(name, async (fixture) => {
      fixture.accounts.know(permissions);
      fixture.another.know(permissions);
      await work(fixture);
    });
  const ann = (accounts: Accounts): Promise<Account> =>
    accounts.create({ kind: 'user', name: 'Ann', email: 'Ann@Example.com' });

  return [
    on('are made once for an email, whatever its case, and found by it', async ({ accounts, another }) => {
      assert.equal(await accounts.isEmpty(), true);
      const made = await ann(accounts);
      assert.deepEqual(
        [made.kind, made.name, made.email, made.disabled],
        ['user', 'Ann', 'ann@example.com', false],
      );
      assert.deepEqual(await another.account('ANN@example.com'), made);
      assert.deepEqual(await another.account(made.id), made);
      assert.equal(await another.isEmpty(), false);
      await rejectsWith(
        accounts.create({ kind: 'user', name: 'Other', email: 'ann@EXAMPLE.com' }),
        'AF_ACCOUNTS_EMAIL_TAKEN',
      );
      const program = await accounts.create({ kind: 'service', name: 'Import' });
      assert.equal(program.email, undefined);
      assert.notEqual(program.id, (await accounts.create({ kind: 'service', name: 'Import' })).id);
    }),
    on('are refused without a name, and users without a proper email', async ({ accounts }) => {
      for (const wrong of [
        { kind: 'user', name: 'Ann' },
        { kind: 'user', name: '', email: 'a@b.c' },
        { kind: 'user', name: 'Ann', email: 'nobody' },
        { kind: 'user', name: 'Ann', email: 'a@b@c' },
        { kind: 'robot', name: 'Ann' },
      ])
        await rejectsWith(accounts.create(wrong as never), 'AF_ACCOUNTS_INVALID');
      assert.equal(await accounts.isEmpty(), true);
    }),
    on('may do what their roles in the tenant say, and nothing elsewhere', async ({ accounts, tenants }) => {
      const [here, there] = tenants;
      const { id } = await ann(accounts);
      assert.equal(await accounts.rights(id, here), undefined);
      await accounts.setMember(here, id, { roles: ['viewer'] });
      const rights = await accounts.rights(id, here);
      assert.deepEqual(rights?.permissions, ['things:read']);
      assert.deepEqual([rights?.account, rights?.tenant, rights?.kind], [id, here, 'user']);
      assert.equal(await accounts.rights(id, there), undefined);
      assert.equal(await accounts.rights(id, ''), undefined);
      assert.equal((await accounts.rights(id))?.tenant, here);
      assert.equal(await accounts.rights(id, ''), undefined);
      assert.deepEqual(await accounts.members(there), []);
      const [member] = await accounts.members(here);
      assert.deepEqual([member?.account, member?.of.name], [id, 'Ann']);
    }),
    on('feel every change at once', async ({ accounts, tenants: [here] }) => {
      const { id } = await ann(accounts);
      const may = async (): Promise<readonly string[] | undefined> =>
        (await accounts.rights(id, here))?.permissions;
      await accounts.setMember(here, id, { roles: ['builder'] });
      assert.deepEqual(await may(), ['things:read', 'things:write']);
      await accounts.setMember(here, id, { roles: ['viewer'] });
      assert.deepEqual(await may(), ['things:read']);
      await accounts.disable(id, true);
      assert.equal(await may(), undefined);
      await accounts.disable(id, false);
      assert.deepEqual(await may(), ['things:read']);
      assert.equal(await accounts.removeMember(here, id), true);
      assert.equal(await may(), undefined);
      assert.equal(await accounts.removeMember(here, id), false);
    }),
    on('are members anew after they left', async ({ accounts, tenants: [here] }) => {
      const { id } = await ann(accounts);
      await accounts.setMember(here, id, { roles: ['viewer'] });
      const first = (await accounts.rights(id, here))?.membership;
      await accounts.setMember(here, id, { roles: ['builder'] });
      assert.equal((await accounts.rights(id, here))?.membership, first);
      await accounts.removeMember(here, id);
      await accounts.setMember(here, id, { roles: ['viewer'] });
      assert.notEqual((await accounts.rights(id, here))?.membership, first);
    }),
    on('have roles that a tenant made itself, for itself', async ({ accounts, another, tenants }) => {
      const [here, there] = tenants;
      const { id } = await ann(accounts);
      const lead = { name: 'lead', description: 'Leads.', permissions: ['things:write'] };
      await accounts.putRole(here, lead);
      await accounts.setMember(here, id, { roles: ['lead'] });
      assert.deepEqual((await accounts.rights(id, here))?.permissions, ['things:write']);
      assert.deepEqual(
        (await another.roles(here)).find(({ name }) => name === 'lead'),
        { ...lead, builtIn: false },
      );
      assert.equal(
        (await accounts.roles(there)).some(({ name }) => name === 'lead'),
        false,
      );
      await rejectsWith(accounts.setMember(there, id, { roles: ['lead'] }), 'AF_ACCOUNTS_ROLE_UNKNOWN');
      await accounts.putRole(here, { ...lead, permissions: ['things:read'] });
      assert.deepEqual((await accounts.rights(id, here))?.permissions, ['things:read']);
      assert.equal(await accounts.removeRole(here, 'lead'), true);
      assert.deepEqual((await accounts.rights(id, here))?.permissions, []);
      assert.equal(await accounts.removeRole(here, 'lead'), false);
      await accounts.putRole(here, lead); // another of that name is not theirs
      assert.ok((await accounts.members(here)).every(({ roles }) => !roles.includes('lead')));
    }),
    on('know roles that are built in, which nobody changes', async ({ accounts, tenants: [here] }) => {
      const roles = await accounts.roles(here);
      const admin = roles.find(({ name }) => name === 'platform-admin');
      assert.deepEqual([admin?.permissions, admin?.builtIn], [['plugins:read'], true]);
      const own = { name: 'viewer', description: 'Mine.', permissions: ['things:write'] };
      await rejectsWith(accounts.putRole(here, own), 'AF_ACCOUNTS_ROLE_BUILT_IN');
      await rejectsWith(accounts.removeRole(here, 'viewer'), 'AF_ACCOUNTS_ROLE_BUILT_IN');
      for (const wrong of [
        { ...own, name: 'My Role' },
        { ...own, name: 'mine', permissions: ['things:fly'] },
      ])
        await rejectsWith(accounts.putRole(here, wrong), 'AF_ACCOUNTS_INVALID');
    }),
    on('hold permissions on single things', async ({ accounts, tenants: [here] }) => {
      const { id } = await ann(accounts);
      const grants = [{ permission: 'things:write', resource: 'things/7' }];
      await accounts.setMember(here, id, { roles: [], grants });
      assert.deepEqual((await accounts.rights(id, here))?.grants, grants);
      for (const wrong of [
        { permission: 'things:fly', resource: 'things/7' },
        { permission: 'things:write', resource: 'everything' },
        { permission: 'things:write', resource: '*' },
      ])
        await rejectsWith(
          accounts.setMember(here, id, { roles: [], grants: [wrong] }),
          'AF_ACCOUNTS_INVALID',
        );
    }),
    on('say why somebody may do something, or may not', async ({ accounts, tenants: [here] }) => {
      const { id } = await ann(accounts);
      const why = async (permission: string, resource?: string): Promise<string> => {
        const what = { tenant: here, permission, ...(resource !== undefined && { resource }) };
        const { allowed, reasons } = await accounts.explain(id, what);
        return `${allowed}: ${reasons.join(' ')}`;
      };
      assert.match(await why('things:read'), /^false: .* is no member/);
      const grants = [{ permission: 'things:write', resource: 'things/7' }];
      await accounts.setMember(here, id, { roles: ['viewer'], grants });
      assert.match(await why('things:read'), /^true: The role viewer .* has things:read/);
      assert.match(await why('things:write', 'things/7'), /^true: .* was granted things:write on things\/7/);
      assert.match(
        await why('things:write'),
        /^false: .*Roles that have it: builder, tenant-admin.*on things\/7/,
      );
      assert.match(await why('things:fly'), /^false: No active plugin knows/);
    }),
    on(
      'never keep the name of a role that is removed while it is given',
      async ({ accounts, another, tenants: [here] }) => {
        const { id } = await ann(accounts);
        const lead = { name: 'lead', description: '', permissions: [] };
        for (let time = 0; time < 5; time += 1) {
          await accounts.putRole(here, lead);
          await Promise.allSettled([
            another.setMember(here, id, { roles: ['viewer', 'lead'] }),
            accounts.removeRole(here, 'lead'),
          ]);
          const [kept] = await accounts.memberships(id);
          assert.ok(!kept?.roles.includes('lead'));
        }
      },
    ),
    on('are forgotten with their tenant, and stay what they are elsewhere', async ({ accounts, tenants }) => {
      const [here, there] = tenants;
      const { id } = await ann(accounts);
      for (const tenant of tenants) await accounts.setMember(tenant, id, { roles: ['viewer'] });
      await accounts.putRole(here, { name: 'lead', description: '', permissions: [] });
      await accounts.forgetTenant(here);
      assert.equal(await accounts.rights(id, here), undefined);
      assert.equal(
        (await accounts.roles(here)).some(({ name }) => name === 'lead'),
        false,
      );
      assert.deepEqual(
        (await accounts.memberships(id)).map(({ tenant }) => tenant),
        [there],
      );
    }),
    on('are refused as members when nobody knows them', async ({ accounts, tenants: [here] }) => {
      await rejectsWith(accounts.setMember(here, 'usr_nobody', { roles: [] }), 'AF_ACCOUNTS_UNKNOWN');
      await rejectsWith(accounts.disable('usr_nobody', true), 'AF_ACCOUNTS_UNKNOWN');
      assert.equal(await accounts.account('usr_nobody'), undefined);
    }),
  ];
}
