import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { InMemoryPlugin, PlatformRole } from '@agent-factory/sdk';
import { Maintenance, MaintenanceTask, Storage } from '@agent-factory/sdk/contracts';
import { bootTestKernel, testPlugin, type TestKernel } from '@agent-factory/sdk/testing';
import { freshPostgres } from '@agent-factory/test-servers';

interface Platform {
  boot(tasks: readonly MaintenanceTask[], options?: BootOptions): Promise<TestKernel>;
  close(): Promise<void>;
}

interface BootOptions {
  readonly role?: PlatformRole;
  readonly config?: Readonly<Record<string, number | string[] | Record<string, number>>>;
}

function contributing(tasks: readonly MaintenanceTask[]): InMemoryPlugin {
  return testPlugin('tidy', [MaintenanceTask], (ctx) => {
    for (const task of tasks) ctx.contribute(MaintenanceTask, task);
  });
}

function platformOn(
  storage: string | { use: string; config: { url: string } },
  end: () => Promise<void>,
  dataDir: string,
): Platform {
  const open: TestKernel[] = [];
  return {
    async boot(tasks, { role, config = {} } = {}) {
      const kernel = await bootTestKernel({
        plugins: [storage, { use: '@agent-factory/plugin-maintenance', config }, contributing(tasks)],
        dataDir,
        ...(role && { role }),
      });
      open.push(kernel);
      return kernel;
    },
    async close() {
      for (const kernel of open) await kernel.close();
      await end();
    },
  };
}

const engines: Readonly<Record<string, () => Promise<Platform>>> = {
  async sqlite() {
    const dataDir = await mkdtemp(join(tmpdir(), 'agent-factory-maintenance-'));
    const remove = (): Promise<void> => rm(dataDir, { recursive: true, force: true });
    return platformOn('@agent-factory/plugin-storage-sqlite', remove, dataDir);
  },
  async postgres() {
    const dataDir = await mkdtemp(join(tmpdir(), 'agent-factory-maintenance-'));
    const { url, close } = await freshPostgres();
    const remove = async (): Promise<void> => {
      await close();
      await rm(dataDir, { recursive: true, force: true });
    };
    return platformOn({ use: '@agent-factory/plugin-storage-postgres', config: { url } }, remove, dataDir);
  },
};

function task(name: string, run: MaintenanceTask['run'], everyMs = 60_000): MaintenanceTask {
  return { name, description: `Does ${name}.`, everyMs, run };
}

/** Resolves when `condition` holds. */
async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 10));
}

for (const [engine, open] of Object.entries(engines)) {
  describe(`maintenance on ${engine}`, () => {
    let platform: Platform;
    beforeEach(async () => (platform = await open()));
    afterEach(() => platform.close());

    it('does a task by itself, again and again, and keeps what it gave', async () => {
      let times = 0;
      const sweep = task('sweep', () => Promise.resolve({ removed: ++times }), 100);
      const kernel = await platform.boot([sweep]);
      await until(() => times >= 3);
      const [state] = await kernel.use(Maintenance).list();
      assert.equal(state?.name, 'sweep');
      assert.ok(Number(state?.lastResult?.['removed']) >= 2);
      assert.ok((state?.lastStartedAt ?? 0) > 0);
    });

    it('lets one process at a time do a task', async () => {
      let inside = 0;
      let most = 0;
      let times = 0;
      const alone = task(
        'alone',
        async () => {
          most = Math.max(most, ++inside);
          await new Promise((resolve) => setTimeout(resolve, 20));
          inside--;
          times++;
          return {};
        },
        100,
      );
      await platform.boot([alone]);
      await platform.boot([alone], { role: 'worker' });
      await until(() => times >= 4);
      assert.equal(most, 1);
    });

    it('does nothing by itself in the role api, nor a task that is off, but anything that is asked for', async () => {
      const done: string[] = [];
      const of = (name: string): MaintenanceTask =>
        task(name, () => Promise.resolve({ count: done.push(name) }), 100);
      const api = await platform.boot([of('one')], { role: 'api' });
      const all = await platform.boot([of('two'), of('three')], { config: { off: ['two'] } });
      await until(() => done.length > 0);
      assert.deepEqual([...new Set(done)], ['three']);
      await all.use(Maintenance).run('two');
      await api.use(Maintenance).run('one');
      assert.ok(done.includes('one') && done.includes('two'));
    });

    it('keeps why a task failed, and tries again', async () => {
      let times = 0;
      const flaky = task(
        'flaky',
        () => {
          times++;
          return times < 3 ? Promise.reject(new Error('no disk')) : Promise.resolve({});
        },
        100,
      );
      const kernel = await platform.boot([flaky], { config: { off: ['flaky'] } });
      const maintenance = kernel.use(Maintenance);
      await assert.rejects(maintenance.run('flaky'), /no disk/);
      assert.equal((await maintenance.list())[0]?.lastError, 'no disk');
      await assert.rejects(maintenance.run('flaky'));
      await maintenance.run('flaky');
      assert.equal((await maintenance.list())[0]?.lastError, undefined);
    });

    it('takes over from a process that does not report, and tells that one', async () => {
      const started: string[] = [];
      const seen = Promise.withResolvers<unknown>();
      const stuck = task('stuck', async ({ signal }) => {
        started.push('first');
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        seen.resolve(signal.reason);
        return {};
      });
      const first = await platform.boot([stuck], { config: { leaseMs: 1000, off: ['stuck'] } });
      const late = first.use(Maintenance).run('stuck');
      await until(() => started.length > 0);
      // As if the process had stood still until its time was over.
      await first.use(Storage).execute('UPDATE af_maintenance_tasks SET lease_until = 0');
      const second = await platform.boot(
        [task('stuck', () => Promise.resolve({ by: started.push('second') }))],
        { config: { off: ['stuck'] } },
      );
      assert.deepEqual(await second.use(Maintenance).run('stuck'), { by: 2 });
      assert.match(String(await seen.promise), /AF_MAINTENANCE_TASK_BUSY|another process/);
      await late;
      assert.deepEqual(
        (await second.use(Maintenance).list())[0]?.lastResult,
        { by: 2 },
        'what came late is dropped',
      );
    });

    it('says so when a task is unknown, taken, or there twice', async () => {
      const gate = Promise.withResolvers<void>();
      const slow = task('slow', () => gate.promise.then(() => ({})));
      const kernel = await platform.boot([slow], { config: { off: ['slow'] } });
      const maintenance = kernel.use(Maintenance);
      await assert.rejects(maintenance.run('slwo'), { code: 'AF_MAINTENANCE_TASK_UNKNOWN' });
      const running = maintenance.run('slow');
      await until(async () => (await maintenance.list())[0]?.running === true);
      await assert.rejects(maintenance.run('slow'), { code: 'AF_MAINTENANCE_TASK_BUSY' });
      gate.resolve();
      await running;
      await assert.rejects(platform.boot([slow, slow]), /two plugins|AF_MAINTENANCE_TASK_TWICE/);
    });
  });
}
