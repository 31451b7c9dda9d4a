import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, rmSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { JsonObject, PluginEntry } from '@agent-factory/sdk';
import {
  ArtifactStore,
  TenantStorage,
  Tool,
  type SqlDatabase,
  type TenantArtifacts,
} from '@agent-factory/sdk/contracts';
import {
  artifactStoreSuite,
  bootTestKernel,
  rollBack,
  silentLog,
  type ArtifactStoreFixture,
  type TestKernel,
} from '@agent-factory/sdk/testing';
import { sqlEngines, type FreshStorage } from '@agent-factory/test-servers';

const folder = dirname(import.meta.dirname);
const artifacts: PluginEntry = { use: folder, config: { maxBytes: 1_048_576, quotaBytes: 2_097_152 } };
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const hour = 3_600_000;

async function readAll(from: TenantArtifacts, id: string): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of from.read(id)) parts.push(part);
  return Buffer.concat(parts).toString();
}

for (const [name, open] of Object.entries(sqlEngines)) {
  describe(`artifacts-fs on ${name}`, () => {
    let storage: FreshStorage;
    let kernel: TestKernel;
    let tenants: TenantStorage;
    let made = 0;
    before(async function () {
      this.timeout(60_000);
      storage = await open();
      kernel = await bootTestKernel({ plugins: [storage.plugin, artifacts] });
      tenants = kernel.use(TenantStorage);
    });
    after(async () => {
      await kernel?.close();
      await storage?.close();
    });

    /** Two tenants of its own for each case. */
    const openStore = async (): Promise<ArtifactStoreFixture> => {
      const own = [`t${++made}`, `t${++made}`] as const;
      for (const id of own) await tenants.create(id);
      const each = async (work: (database: SqlDatabase) => Promise<unknown>): Promise<void> => {
        for (const id of own) await work(await tenants.tenant(id));
      };
      return {
        store: kernel.use(ArtifactStore),
        tenants: own,
        elapse: (ms) =>
          each((database) =>
            database.execute('UPDATE af_artifacts_fs_artifacts SET expires_at = expires_at - ?', [ms]),
          ),
        close: async () => {
          for (const id of own) await tenants.erase(id);
        },
      };
    };
    const fileOf = (tenant: string, id: string): string =>
      join(kernel.dataDir, 'artifacts', tenant, id.slice(0, 2), id);

    describe('as an artifact store', () => {
      for (const { name: says, run } of artifactStoreSuite(openStore)) it(says, run);
    });

    it('says that content was changed, cut or lost, and takes it anew', async () => {
      const { store, tenants: own, close } = await openStore();
      const mine = store.tenant(own[0]);
      const { id } = await mine.put(bytesOf('the content'), { mediaType: 'text/plain' });
      const file = fileOf(own[0], id);
      for (const damage of [
        () => truncateSync(file, 3),
        () => rmSync(file),
        () => writeFileSync(file, 'THE CONTENT'),
      ]) {
        damage();
        await assert.rejects(readAll(mine, id), { code: 'AF_ARTIFACT_DAMAGED' });
      }
      await mine.put(bytesOf('the content'), { mediaType: 'text/plain' });
      assert.equal(await readAll(mine, id), 'the content');
      await close();
    });

    it('removes files that nothing points to, when they are old, and those of erased tenants', async () => {
      const { store, tenants: own } = await openStore();
      const mine = store.tenant(own[0]);
      const { id } = await mine.put(bytesOf('kept'), { mediaType: 'text/plain' });
      const stray = fileOf(own[0], 'f'.repeat(64));
      const fresh = fileOf(own[0], 'e'.repeat(64));
      for (const file of [stray, fresh]) {
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, 'x');
      }
      const old = new Date(Date.now() - 2 * hour);
      for (const file of [stray, fileOf(own[0], id)]) utimesSync(file, old, old);
      await store.sweep();
      assert.deepEqual(
        [existsSync(stray), existsSync(fresh), existsSync(fileOf(own[0], id))],
        [false, true, true],
      );
      for (const tenant of own) await tenants.erase(tenant);
      await store.sweep();
      assert.equal(existsSync(dirname(dirname(stray))), false);
    });

    it('leaves nothing beside what it keeps', async () => {
      const { store, tenants: own, close } = await openStore();
      await store.tenant(own[0]).put(bytesOf('a'), { mediaType: 'text/plain' });
      await store.tenant(own[0]).put(bytesOf('a'), { mediaType: 'text/plain' });
      await assert.rejects(store.tenant('nobody').put(bytesOf('a'), { mediaType: 'text/plain' }), {
        code: 'AF_TENANT_UNKNOWN',
      });
      assert.deepEqual(readdirSync(join(kernel.dataDir, 'artifacts', '.incoming')), []);
      await close();
    });

    it('gives agents a tool that reads artifacts in parts, between whole characters', async () => {
      const { store, tenants: own, close } = await openStore();
      const text = 'ä✓😀'.repeat(10);
      const { id } = await store.tenant(own[0]).put(bytesOf(text), { mediaType: 'text/plain' });
      const tool = kernel.all(Tool).find(({ value }) => value.name === 'read_artifact')?.value;
      assert.ok(tool);
      const context = {
        signal: new AbortController().signal,
        runId: 'r',
        idempotencyKey: 'k',
        log: silentLog,
      };
      let read = '';
      for (let offset: number | undefined = 0; offset !== undefined;) {
        const input: JsonObject = { id, offset, length: 10 };
        const part = Object(await tool.run(input, { ...context, tenant: own[0] }));
        read += part.text;
        offset = part.next;
      }
      assert.equal(read, text);
      await assert.rejects(tool.run({ id }, { ...context, tenant: own[1] }), {
        code: 'AF_ARTIFACT_NOT_FOUND',
      });
      await close();
    });

    // Suites inside run after what stands beside them, in order: this one is the last.
    describe('at the end', () => {
      it('has a way back', async () => {
        assert.deepEqual(await rollBack(kernel, 'artifacts-fs', 'tenant'), ['create-artifacts']);
      });
    });
  });
}
