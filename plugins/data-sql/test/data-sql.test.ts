import assert from 'node:assert/strict';
import { dirname } from 'node:path';
import { MaintenanceTask, PluginData } from '@agent-factory/sdk/contracts';
import {
  bootTwoKernels,
  pluginDataSuite,
  type PluginDataFixture,
  type TwoKernels,
} from '@agent-factory/sdk/testing';
import { sqlEngines, type FreshStorage } from '@agent-factory/test-servers';

const folder = dirname(import.meta.dirname);
const use = { use: folder, config: { maxEntries: 20, maxBytes: 4000, maxValueBytes: 2000 } };

for (const [name, open] of Object.entries(sqlEngines)) {
  describe(`data-sql on ${name}`, () => {
    let storage: FreshStorage;
    let kernels: TwoKernels;
    before(async function () {
      this.timeout(60_000);
      storage = await open();
      kernels = await bootTwoKernels(storage.plugin, use);
    });
    after(async () => {
      await kernels?.close();
      await storage?.close();
    });

    const openData = async (): Promise<PluginDataFixture> => {
      const { tenants, each, close } = await kernels.openTenants();
      return {
        data: kernels.kernel.use(PluginData),
        another: async () => kernels.other.use(PluginData),
        tenants,
        elapse: (ms) =>
          each((database) =>
            database.execute('UPDATE af_data_sql_entries SET expires_at = expires_at - ?', [ms]),
          ),
        close,
      };
    };

    for (const { name: says, run } of pluginDataSuite(openData)) it(says, run);

    it('removes what is over by and by, and what a plugin has in all stays true', async () => {
      const { data, tenants: own, elapse, close } = await openData();
      const me = { plugin: 'notes', tenant: own[0] };
      await data.put(me, 'kept', 1);
      for (let at = 0; at < 5; at += 1) await data.put(me, `k${at}`, at, { ttlMs: 1000 });
      await data.put({ ...me, tenant: own[1] }, 'theirs', 1, { ttlMs: 1000 });
      await elapse(2000);
      const task = kernels.kernel.all(MaintenanceTask).find(({ value }) => value.name === 'data-sql-sweep');
      const report = await task?.value.run({ signal: AbortSignal.abort() } as never);
      assert.deepEqual(report, { removed: 0 });
      const swept = await task?.value.run({ signal: new AbortController().signal } as never);
      assert.deepEqual(swept, { removed: 6 });
      const { entries, bytes } = await data.usage(me);
      assert.deepEqual([entries, bytes], [1, 'kept1'.length]);
      await close();
    });
  });
}
