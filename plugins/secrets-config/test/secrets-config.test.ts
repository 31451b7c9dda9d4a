import assert from 'node:assert/strict';
import { dirname } from 'node:path';
import type { JsonObject } from '@agent-factory/sdk';
import { SecretStore, secretFor } from '@agent-factory/sdk/contracts';
import { bootTestKernel, secretStoreSuite, type TestKernel } from '@agent-factory/sdk/testing';

describe('secrets-config', () => {
  let kernel: TestKernel;
  const boot = (secrets: JsonObject): Promise<TestKernel> =>
    bootTestKernel({
      plugins: [{ use: dirname(import.meta.dirname), config: { secrets } }],
      env: { TOKEN: 's3cret' },
    });
  before(async () => {
    kernel = await boot({
      everybody: { value: '${secret:env:TOKEN}', hosts: ['api.example.org', 'wiki.internal:8443'] },
      acme_only: { value: '${secret:env:TOKEN}', hosts: ['api.example.org'], tenants: ['acme'] },
      nowhere: { value: '${secret:env:TOKEN}' },
    });
  });
  after(() => kernel.close());

  const suite = secretStoreSuite(async (given) => {
    const tenants = ['t1', 't2'] as const;
    const own = await boot(
      Object.fromEntries(
        given.map(({ of, name, value, hosts }) => [name, { value, hosts, tenants: [tenants[of]] }]),
      ),
    );
    return { store: own.use(SecretStore), tenants, close: () => own.close() };
  });
  for (const { name: says, run } of suite) it(says, run);

  const sent = (name: string, url: string, tenant = 'default'): Promise<string> =>
    secretFor(kernel.use(SecretStore), { tenant, name, url: new URL(url) });

  it('names what a tenant may use, and no values', async () => {
    const store = kernel.use(SecretStore);
    assert.deepEqual(await store.names('default'), ['everybody', 'nowhere']);
    assert.deepEqual(await store.names('acme'), ['acme_only', 'everybody', 'nowhere']);
    assert.doesNotMatch(JSON.stringify(await store.find('acme', 'everybody')), /s3cret/);
  });

  it('gives a secret for the hosts it is meant for', async () => {
    assert.equal(await sent('everybody', 'https://api.example.org/x'), 's3cret');
    assert.equal(await sent('everybody', 'https://wiki.internal:8443/'), 's3cret');
    for (const url of [
      'https://wiki.internal/',
      'https://example.org/',
      'https://api.example.org.evil.example/',
    ])
      await assert.rejects(sent('everybody', url), { code: 'AF_SECRET_HOST' });
    await assert.rejects(sent('nowhere', 'https://api.example.org/'), { code: 'AF_SECRET_HOST' });
  });

  it('gives nothing to tenants it is not for, and nothing that is not there', async () => {
    assert.equal(await sent('acme_only', 'https://api.example.org/', 'acme'), 's3cret');
    for (const name of ['acme_only', 'none', '__proto__', 'toString'])
      await assert.rejects(sent(name, 'https://api.example.org/'), { code: 'AF_SECRET_UNKNOWN' });
  });

  it('refuses a name or tenant that is none', async () => {
    await assert.rejects(boot({ 'a b': { value: '${secret:env:TOKEN}' } }), { code: 'AF_CONFIG_INVALID' });
    await assert.rejects(boot({ a: { value: '${secret:env:TOKEN}', tenants: ['A'] } }), {
      code: 'AF_CONFIG_INVALID',
    });
  });
});
