import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { Secret } from '@agent-factory/sdk';
import { SecretStore, SecretVault, TenantStorage } from '@agent-factory/sdk/contracts';
import { bootTestKernel, rejectsWith, waitFor, type TestKernel } from '@agent-factory/sdk/testing';
import { sqlEngines, type FreshStorage } from '@agent-factory/test-servers';
import { keep, rowsOf, secretsPlugin } from './support/open-secrets.ts';

for (const [engine, open] of Object.entries(sqlEngines)) {
  describe(`keys of the operator change, on ${engine}`, function () {
    this.timeout(60_000);
    let storage: FreshStorage;
    let dataDir: string;
    const running: TestKernel[] = [];
    beforeEach(async () => {
      dataDir = await mkdtemp(join(tmpdir(), 'agent-factory-secrets-'));
      storage = await open();
    });
    afterEach(async () => {
      for (const kernel of running.splice(0)) await kernel.close();
      await storage.close();
      await rm(dataDir, { recursive: true, force: true });
    });

    const boot = async (keys: readonly string[]) => {
      const plugin = secretsPlugin(keys, { maxSecrets: 1000 });
      const kernel = await bootTestKernel({ plugins: [storage.plugin, plugin], dataDir });
      running.push(kernel);
      const [store, vault] = [kernel.use(SecretStore), kernel.use(SecretVault)];
      const tenants = kernel.use(TenantStorage);
      const valueOf = async (tenant: string, name: string): Promise<string | undefined> =>
        (await store.find(tenant, name))?.value.reveal();
      return { store, vault, tenants, valueOf, rows: async (id: string) => rowsOf(await tenants.tenant(id)) };
    };

    it('while secrets are read and set', async () => {
      const old = await boot(['k1']);
      const ids = ['default', 'acme', 'globex'];
      for (const id of ids) {
        await old.tenants.create(id);
        for (let at = 0; at < 15; at += 1) await keep(old.vault, id, `s${at}`, `${id} ${at}`);
      }
      // First every process learns to open with the new key, then they seal with it.
      const [opens, seals] = [await boot(['k1', 'k2']), await boot(['k2', 'k1'])];
      let isOver = false;
      let reads = 0;
      const reading = [opens, seals].map(async ({ valueOf }) => {
        while (!isOver) {
          for (const id of ids) {
            const at = reads++ % 15;
            await turn();
            assert.equal(await valueOf(id, `s${at}`), `${id} ${at}`);
          }
        }
      });
      const setting = (async () => {
        for (let at = 0; !isOver; at += 1) {
          await turn();
          await keep(opens.vault, 'acme', 'changing', `value ${at}`);
        }
      })();
      const [done, renewed] = await (async () => {
        try {
          return [await seals.vault.rewrap(), await seals.vault.rewrap({ renew: true })] as const;
        } finally {
          isOver = true;
          await Promise.all([...reading, setting]);
        }
      })();
      assert.ok(reads > 3, `${reads} reads`);
      assert.deepEqual([done.tenants, done.rewrapped, done.unopened], [3, 3, 0]);
      assert.equal(renewed.unopened, 0);
      assert.ok(renewed.resealed >= 45, `${renewed.resealed} values`);
      assert.deepEqual(await seals.vault.usage(), [
        { id: 'k2', state: 'seals', wraps: 3, made: 3 },
        { id: 'k1', state: 'opens', wraps: 0, made: 0 },
      ]);
      assert.deepEqual(await seals.vault.rewrap({ renew: true }), {
        tenants: 3,
        rewrapped: 0,
        resealed: 0,
        unopened: 0,
      });
      const { valueOf } = await boot(['k2']);
      for (const id of ids)
        for (let at = 0; at < 15; at += 1) assert.equal(await valueOf(id, `s${at}`), `${id} ${at}`);
      const { message } = await rejectsWith(old.store.find('acme', 's1'), 'AF_SECRET_KEY_MISSING');
      assert.match(message, /"s1".*"k2" that it is under is not configured/);
    });

    it('some tenants at a time', async () => {
      const old = await boot(['k1']);
      for (const id of ['a', 'b', 'c']) {
        await old.tenants.create(id);
        await keep(old.vault, id, 's', id);
      }
      const { vault } = await boot(['k2', 'k1']);
      const first = await vault.rewrap({ limit: 2 });
      assert.deepEqual([first.tenants, first.rewrapped, first.next], [2, 2, 'b']);
      assert.equal((await vault.usage())[1]?.wraps, 1);
      // The default tenant is there, and keeps none.
      const second = await vault.rewrap({ after: first.next ?? '', limit: 2 });
      assert.deepEqual([second.tenants, second.rewrapped, second.next], [2, 1, undefined]);
      await assert.rejects(vault.rewrap({ signal: AbortSignal.abort() }), { name: 'AbortError' });
    });

    it('and what is under one that was lost fails alone, until it is back or set anew', async () => {
      const old = await boot(['k1']);
      await old.tenants.create('acme');
      for (const name of ['lost', 'other']) await keep(old.vault, 'acme', name, `${name} value`);
      const now = await boot(['k2']);
      await keep(now.vault, 'default', 'mine', 'fine');
      assert.equal(await now.valueOf('default', 'mine'), 'fine');
      const { message, fix } = await rejectsWith(now.store.find('acme', 'lost'), 'AF_SECRET_KEY_MISSING');
      assert.match(message, /"lost".*"k1"/);
      assert.match(fix, /put the key back/);
      assert.doesNotMatch(message + fix, /lost value/);
      assert.deepEqual(await now.store.names('acme'), ['lost', 'other']);
      await rejectsWith(now.vault.tenant('acme').rollback('lost', 1), 'AF_SECRET_KEY_MISSING');
      await now.vault.tenant('acme').put('lost', { value: new Secret('set anew') });
      assert.equal(await now.valueOf('acme', 'lost'), 'set anew');
      const { unopened } = await now.vault.rewrap({ renew: true });
      assert.equal(unopened, 3, 'a data key, and two values under it');
      assert.deepEqual((await now.vault.usage())[1], { id: 'k1', state: 'missing', wraps: 1, made: 1 });
      const back = await boot(['k2', 'k1']);
      assert.equal(await back.valueOf('acme', 'other'), 'other value');
      assert.deepEqual(await back.vault.rewrap({ renew: true }), {
        tenants: 2,
        rewrapped: 1,
        resealed: 2,
        unopened: 0,
      });
      assert.equal(await now.valueOf('acme', 'other'), 'other value');
      assert.equal((await now.vault.usage()).length, 1);
    });

    it('also when the process is killed in the middle of it', async () => {
      const count = 110;
      const old = await boot(['k1']);
      await old.tenants.create('acme');
      for (let at = 0; at < count; at += 1) await keep(old.vault, 'acme', `s${at}`, `value ${at}`);
      const now = await boot(['k2', 'k1']);
      const allOpen = async (): Promise<void> => {
        for (let at = 0; at < count; at += 9)
          assert.equal(await now.valueOf('acme', `s${at}`), `value ${at}`);
      };
      // The keys are wrapped, and no value is sealed; then all values are sealed but the last ten.
      for (const [step, sealed] of [
        [2, count],
        [3, 10],
      ] as const) {
        await killIn(step);
        await allOpen();
        const { af_secrets_sql_versions: versions } = await now.rows('acme');
        assert.equal(versions.filter((row) => Number(row['data_key']) === 1).length, sealed);
      }
      const done = await now.vault.rewrap({ renew: true });
      assert.deepEqual([done.resealed, done.unopened], [10, 0]);
      await allOpen();
      const { af_secrets_sql_keys: keys } = await now.rows('acme');
      assert.deepEqual(
        keys.map((row) => [Number(row['number']), row['wrapped_by'], row['made_under']]),
        [[2, 'k2', 'k2']],
      );
    });

    async function killIn(step: number): Promise<void> {
      const script = join(import.meta.dirname, 'fixtures/rewrap-and-hold.ts');
      const child = spawn(
        process.execPath,
        [
          '--conditions=@agent-factory/source',
          script,
          JSON.stringify(storage.plugin),
          dataDir,
          'acme',
          'k2,k1',
          String(step),
        ],
        { stdio: ['ignore', 'pipe', 'inherit'] },
      );
      const ended = once(child, 'exit');
      let said = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
      await waitFor('the step', () => said.includes('held'), 40_000);
      child.kill('SIGKILL');
      await ended;
    }
  });
}
