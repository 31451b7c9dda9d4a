import assert from 'node:assert/strict';
import { isAgentFactoryError } from '@agent-factory/sdk';
import {
  ArtifactStore,
  Quotas,
  TenantStorage,
  type QuotaOverrides,
  type QuotaUse,
} from '@agent-factory/sdk/contracts';
import { askApi, trustingPlugin, type TestKernel } from '@agent-factory/sdk/testing';
import { sqlEngines, type FreshStorage } from '@agent-factory/test-servers';
import { bootQuotas } from './support/quotas-platform.ts';

const dayMs = 86_400_000;

for (const [name, openStorage] of Object.entries(sqlEngines)) {
  describe(`those who ask quotas-sql on ${name}`, function () {
    this.timeout(60_000);
    let storage: FreshStorage;
    let kernel: TestKernel;
    let tenants = 0;
    before(async () => {
      storage = await openStorage();
      kernel = await bootQuotas(storage, { limits: { runsPerDay: 50 } });
    });
    after(async () => {
      await kernel?.close();
      await storage?.close();
    });

    const tenantWith = async (limits: QuotaOverrides): Promise<string> => {
      const tenant = `t-${(tenants += 1)}`;
      await kernel.use(TenantStorage).create(tenant);
      await kernel.use(Quotas).tenant(tenant).override(limits);
      return tenant;
    };

    it('serves what a tenant uses, and lets the operator set it', async () => {
      const tenant = await tenantWith({});
      const path = `tenants/${tenant}/quotas`;
      const [, set] = await askApi(kernel, 'PUT', path, { body: { runsAtOnce: 4, runsPerDay: null } });
      assert.deepEqual(set, {
        limits: { runsAtOnce: 4, runsPerDay: null },
        quotas: [{ quota: 'runsAtOnce', most: 4, used: 0 }],
      });
      assert.deepEqual((await askApi(kernel, 'GET', path))[1], set);
      const [, removed] = await askApi(kernel, 'DELETE', path);
      const { limits, quotas } = removed as unknown as {
        readonly limits: object;
        readonly quotas: readonly QuotaUse[];
      }; // its schema
      assert.deepEqual([limits, quotas.map(({ quota, most }) => [quota, most])], [{}, [['runsPerDay', 50]]]);
      assert.equal((await askApi(kernel, 'GET', 'tenants/nobody/quotas'))[1]['code'], 'AF_TENANT_UNKNOWN');
      assert.equal((await askApi(kernel, 'PUT', path, { body: { runsPerDay: -1 } }))[0], 400);
      const [, own] = await askApi(kernel, 'GET', 'quotas');
      assert.equal(
        (own as unknown as { readonly quotas: readonly QuotaUse[] }).quotas[0]?.quota,
        'runsPerDay',
      ); // its schema
    });

    it('says over HTTP what is used up, and when it begins anew', async () => {
      const limit = (body: QuotaOverrides) => askApi(kernel, 'PUT', 'tenants/default/quotas', { body });
      const run = () => askApi(kernel, 'POST', 'runs', { body: { agent: 'guide', input: 'x' } });
      await limit({ runsPerDay: 0 });
      const [status, body, headers] = await run();
      assert.deepEqual([status, body['code'], body['retryable']], [429, 'AF_QUOTA_EXCEEDED', true]);
      const wait = Number(headers.get('retry-after'));
      assert.ok(wait > 0 && wait <= dayMs / 1000, String(wait));
      assert.equal(headers.get('ratelimit-policy'), '"runsPerDay";q=0;qu="runs";w=86400');
      assert.equal(headers.get('ratelimit'), `"runsPerDay";r=0;t=${wait}`);
      await limit({ runsPerDay: null, runsAtOnce: 0 });
      const [refused, , atOnce] = await run();
      // Nobody knows when a run will end.
      assert.deepEqual([refused, atOnce.get('retry-after')], [429, null]);
      assert.equal(atOnce.get('ratelimit-policy'), '"runsAtOnce";q=0;qu="runs"');
      await limit({ runsPerDay: null, usdPerMonth: 0 });
      const [, , money] = await run();
      assert.match(money.get('ratelimit-policy') ?? '', /^"usdPerMonth";q=0;qu="us-cents";w=2\d{6}$/);
    });

    it('keeps no more bytes of artifacts than there may be, whatever holds for others', async () => {
      const tenant = await tenantWith({ storageBytes: 10 });
      const artifacts = kernel.use(ArtifactStore).tenant(tenant);
      const mediaType = 'text/plain';
      await artifacts.put(Buffer.from('12345678'), { mediaType });
      await assert.rejects(artifacts.put(Buffer.from('abc'), { mediaType }), (error) => {
        return isAgentFactoryError(error, 'AF_ARTIFACT_QUOTA') && error.details['max'] === 10;
      });
      await kernel.use(Quotas).tenant(tenant).override({ storageBytes: 11 });
      await artifacts.put(Buffer.from('abc'), { mediaType });
      assert.equal((await artifacts.usage()).bytes, 11);
    });

    it('counts requests of a tenant beside the limits of the API', async () => {
      const [slow, quick] = [await tenantWith({ requestsPerMinute: 2 }), await tenantWith({})];
      const guarded = await bootQuotas(storage, { dataDir: kernel.dataDir, more: [trustingPlugin] });
      try {
        const get = (tenant: string) => askApi(guarded, 'GET', 'quotas', { headers: { 'x-tenant': tenant } });
        const [served, , first] = await get(slow);
        assert.equal(served, 200);
        assert.match(first.get('ratelimit-policy') ?? '', /"requestsPerMinute";q=2;w=60/);
        assert.match(first.get('ratelimit') ?? '', /"requestsPerMinute";r=1;t=30/);
        await get(slow);
        const [status, body, headers] = await get(slow);
        assert.deepEqual([status, body['code']], [429, 'AF_HTTP_RATE_LIMITED']);
        assert.ok(Number(headers.get('retry-after')) > 0);
        const [free, , quickly] = await get(quick);
        assert.equal(free, 200);
        assert.doesNotMatch(quickly.get('ratelimit-policy') ?? '', /requestsPerMinute/);
      } finally {
        await guarded.close();
      }
    });
  });
}
