import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import { Accounts, ApiKeys, HttpRoute, TenantStorage, type NewApiKey } from '@agent-factory/sdk/contracts';
import { bootTestKernel, rejectsWith, type TestKernel } from '@agent-factory/sdk/testing';

const folder = dirname(import.meta.dirname);
const at = (name: string): string => join(dirname(folder), name);

describe('a key that is over', () => {
  let kernel: TestKernel;
  before(async () => {
    kernel = await bootTestKernel({ plugins: [at('storage-sqlite'), at('accounts-sql'), folder] });
    await kernel.use(TenantStorage).create('acme');
  });
  after(() => kernel?.close());

  const member = async (name: string): Promise<{ readonly id: string; readonly key: NewApiKey }> => {
    const accounts = kernel.use(Accounts);
    const { id } = await accounts.create({ kind: 'service', name });
    await accounts.setMember('acme', id, { roles: ['tenant-admin'] });
    return { id, key: await kernel.use(ApiKeys).tenant('acme').create({ account: id, name, by: id }) };
  };

  it('is nothing to a member who came back, while the account is disabled either', async () => {
    const accounts = kernel.use(Accounts);
    const { id, key } = await member('back');
    await accounts.removeMember('acme', id);
    await accounts.setMember('acme', id, { roles: ['viewer'] });
    await accounts.disable(id, true);
    const listed = await kernel.use(ApiKeys).tenant('acme').list();
    assert.ok(!listed.some((one) => one.id === key.key.id));
  });

  it('makes no other, nor rotates one, also in a request that was let in before', async () => {
    const [{ id, key }, other] = [await member('late'), await member('other')];
    await kernel.use(ApiKeys).tenant('acme').revoke(key.key.id);
    const credential = { scheme: 'api-key', id: key.key.id };
    const principal = { id, tenant: 'acme', kind: 'service', credential, permissions: ['*'] } as const;
    for (const [operation, body, params] of [
      ['createKey', { name: 'late' }, {}],
      ['rotateKey', {}, { id: other.key.key.id }],
    ] as const) {
      const route = kernel.all(HttpRoute).find(({ value }) => value.operationId === operation);
      const request = { principal, body, params, query: {}, headers: {}, requestId: 'r1' };
      const answer = route?.value.handler({ ...request, signal: new AbortController().signal });
      await rejectsWith(answer ?? Promise.resolve(), 'AF_ACCESS_CREDENTIAL_INVALID');
    }
  });
});
